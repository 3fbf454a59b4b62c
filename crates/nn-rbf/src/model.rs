//! What a trained radial basis function network can do.

use crate::layer::{Squares, Units, beta};
use crate::train::{Near, WHO, nearest_of};
use crate::{Basis, Criterion, RbfParams, Selection};
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Answer, Arrays, Chain, Dataset, Error, History, LayerFacts, Loss, Measures, Model, Network, Objective, Picture,
    Result, Scalar, Supervised, Task,
};

/// A radial basis function network: units that answer to the distance from a centre, and weighted sums of their answers.
///
/// `phi(x) = sum_i w_i rho(x, c_i)`, with `rho(x, c_i) = e^(-beta_i |x - c_i|^2)` for the Gaussian; the chapter's (18) and (19).
///
/// Made by [`RbfParams::fit`](nn_core::Fit::fit).
#[derive(Debug)]
pub struct Rbf<F: Scalar = f64> {
    pub(crate) params: RbfParams,
    pub(crate) network: Network<F>,
    pub(crate) story: Story,
}

/// How the first step went.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Story {
    /// The ridge in force.
    pub(crate) ridge: f64,
    /// The condition number of what was solved.
    pub(crate) condition: f64,
    /// What the widths were multiplied by.
    pub(crate) factor: f64,
    /// Beyond this distance a sample is unknown.
    pub(crate) reach: f64,
    /// How many training samples are, since they lie far from all others.
    pub(crate) beyond: usize,
    /// How many samples of an interpolation have another target than a sample at the same place.
    pub(crate) contradictions: usize,
    /// How many centres there were to be.
    pub(crate) asked: usize,
    /// The criterion of ridge and factor in force, where it was looked at.
    pub(crate) error: Option<f64>,
    /// Ridges that were tried, each with its criterion.
    pub(crate) curve: Vec<(f64, f64)>,
    /// What each centre explains of the target, of orthogonal least squares.
    pub(crate) reductions: Vec<f64>,
    /// Whether a second step has moved on from there.
    pub(crate) second_step: bool,
}

impl<F: Scalar> Rbf<F> {
    /// The most probable class of each sample.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`Error::Data`] where quantities were learned.
    pub fn classify(&self, data: &Dataset<'_, F>) -> Result<Vec<u32>> {
        self.network.classify(data)
    }

    /// The centres, in the units of the data: features × units.
    pub fn centers(&self) -> DMatrix<F> {
        let mut centers = self.network.state.theta[..self.units().centers_len()].to_vec();
        if let Some(scaler) = &self.network.input_scaler {
            scaler.undo(&mut centers);
        }
        DMatrix::from_vec(self.network.features(), self.units().units, centers)
    }

    /// The betas, of inputs as they are scaled: 1, one a unit, or features × units, as `widths` says.
    pub fn betas(&self) -> Vec<F> {
        let units = self.units();
        self.network.state.theta[units.centers_len()..][..units.widths_len()].iter().map(|&tau| beta(tau)).collect()
    }

    /// The ridge in force: the one given, or the one that was chosen.
    pub fn ridge(&self) -> f64 {
        self.story.ridge
    }

    /// The condition number of what was solved for the weights, ridge included: about so many times are rounding errors of the
    /// data enlarged in them. Infinite where units are so alike that their weights are not told apart.
    pub fn condition(&self) -> f64 {
        self.story.condition
    }

    /// The ridges that were tried, each with its error by `criterion`: the mean over the samples of the sum of squared errors of
    /// all targets, quantities as they are scaled. Empty where the ridge was given.
    pub fn ridge_errors(&self) -> &[(f64, f64)] {
        &self.story.curve
    }

    /// The share of the target's squares that each centre explains beyond those before it, where orthogonal least squares chose
    /// them; else empty.
    pub fn error_reductions(&self) -> &[f64] {
        &self.story.reductions
    }

    /// How far each sample is from its nearest centre, in widths: `sqrt(2 s)` with `s = beta |x - c|^2`, so that a Gaussian has
    /// fallen to `e^(-1/2)` at 1.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    pub fn distances(&self, data: &Dataset<'_, F>) -> Result<Vec<f64>> {
        let all = nearest_of(&self.network, &self.network.state.theta, self.units(), data)?;
        Ok(all.into_iter().map(|near| in_widths(near.square)).collect())
    }

    /// Beyond this [distance](Self::distances) a sample is unknown: `reach` of the settings, or that of the farthest sample that
    /// was learned from, had it not been.
    pub fn reach(&self) -> f64 {
        self.story.reach
    }

    /// Whether each sample is farther from every centre than [`reach`](Self::reach): then no unit has learned anything about it,
    /// and its answer had better be rejected.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    pub fn is_unknown(&self, data: &Dataset<'_, F>) -> Result<Vec<bool>> {
        Ok(self.distances(data)?.into_iter().map(|distance| self.is_beyond(distance)).collect())
    }

    /// Whether a sample at this distance is unknown.
    fn is_beyond(&self, distance: f64) -> bool {
        // A sample answered alone is summed in another order than among many.
        self.story.reach * (1.0 + 64.0 * F::EPSILON) < distance
    }

    /// The width of each unit along each feature, in the units of the data: features × units. There a Gaussian has fallen to
    /// `e^(-1/2)`.
    pub fn widths(&self) -> DMatrix<f64> {
        let (units, betas) = (self.units(), self.betas());
        let width = |unit: usize, feature: usize| {
            let beta = match betas.len() {
                1 => betas[0],
                count if count == units.units => betas[unit],
                _ => betas[unit * units.features + feature],
            };
            (1.0 / (2.0 * beta.to_f64())).sqrt()
        };
        let scaler = self.network.input_scaler.as_ref();
        let unit_of = scaler.map_or_else(|| vec![1.0; units.features], |scaler| scaler.units().collect());
        DMatrix::from_fn(units.features, units.units, |feature, unit| width(unit, feature) * unit_of[feature])
    }

    /// The basis units.
    pub(crate) fn units(&self) -> Units {
        units_of(&self.params, &self.network)
    }
}

fn units_of<F: Scalar>(params: &RbfParams, network: &Network<F>) -> Units {
    params.units(network.features(), network.supervised.spans()[0].shape[0])
}

/// How far samples lie from the nearest centre, those that were learned from, each as if it had not been.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reach {
    /// The distance of the farthest but for strays.
    pub(crate) far: f64,
    /// How many strays there are.
    pub(crate) beyond: usize,
}

/// A sample is a stray where it is farther than so many times the distance that three of four samples do not exceed, and than so
/// many times the middle half of all distances is wide beyond that. (Of distances that are exponential 5 and 1 % lie beyond
/// Tukey's fences, which take 1.5 and 3 times, and 0.02 % beyond this one.)
const STRAY: f64 = 6.0;

impl Reach {
    /// Of all distances. One stray among the samples must not make a network know all between it and the others.
    fn of(mut distances: Vec<f64>) -> Self {
        distances.sort_unstable_by(f64::total_cmp);
        let quartile = |quarter: usize| distances[(distances.len() - 1) * quarter / 4];
        let Some(&last) = distances.last() else { return Self::default() };
        let (low, high) = (quartile(1), quartile(3));
        let fence = (high + STRAY * (high - low)).max(STRAY * high);
        let known = distances.partition_point(|&distance| distance <= fence);
        // Where most samples stand on a centre, all others would be strays.
        if high == 0.0 {
            return Self { far: last, beyond: 0 };
        }
        Self { far: distances[known - 1], beyond: distances.len() - known }
    }
}

/// The distance of the farthest of the samples that were learned from, each as if it had not been, strays left out. A sample that
/// is new to the network lies as far away as these do.
///
/// A mean of samples that weigh W together moves away when one of weight w that is d from it is left out: to `d W / (W - w)`.
/// Centres that are samples stay where they are. Of either kind, one that has only this sample would not be there. Centres that
/// were given are there in any case.
pub(crate) fn farthest<F: Scalar>(
    params: &RbfParams,
    network: &Network<F>,
    theta: &[F],
    data: &Dataset<'_, F>,
) -> Result<Reach> {
    let units = units_of(params, network);
    let all = nearest_of(network, theta, units, data)?;
    let weight = |sample: usize| data.sample_weights().map_or(1.0, |weights| weights[sample].to_f64());
    // How many samples are nearest to each centre, and what they weigh.
    let mut own = vec![(0_usize, 0.0); units.units];
    for (sample, near) in all.iter().enumerate() {
        let (count, whole) = &mut own[near.unit];
        (*count, *whole) = (*count + 1, *whole + weight(sample));
    }
    let without = |(sample, near): (usize, &Near)| {
        let nearest = match params.selection {
            Selection::Given => near.square,
            Selection::KMeans => {
                let whole = own[near.unit].1;
                let rest = whole - weight(sample);
                let moved = if 0.0 < rest { near.square * (whole / rest).powi(2) } else { f64::INFINITY };
                moved.min(near.next)
            }
            Selection::Random | Selection::Ols | Selection::EverySample => match own[near.unit].0 {
                1 => near.next,
                _ => near.square,
            },
        };
        // One sample alone.
        in_widths(if nearest.is_finite() { nearest } else { near.square })
    };
    Ok(Reach::of(all.iter().enumerate().map(without).collect()))
}

fn in_widths(square: f64) -> f64 {
    (2.0 * square).sqrt()
}

/// Distances that are held at a time: they stay in the second cache.
const AT_ONCE: usize = 1 << 16;

/// The squared distances, in betas, of all samples from all centres: units × samples, in blocks.
pub(crate) fn squares<F: Scalar>(
    network: &Network<F>,
    theta: &[F],
    units: Units,
    data: &Dataset<'_, F>,
    mut see: impl FnMut(&[F]),
) -> Result<()> {
    data.check_features(network.features())?;
    let layer = Squares(units.still());
    let supervised = Supervised { chain: Chain::new("basis", layer), loss: Loss::SquaredError };
    let theta = &theta[..supervised.theta_len()];
    let block = (AT_ONCE / units.units).max(1).next_multiple_of(64);
    let mut answers = Vec::new();
    for first in (0..data.samples()).step_by(block) {
        let part = data.part(first..first + block);
        answers.resize(units.units * part.samples(), F::ZERO);
        supervised.answer(theta, &network.questions(&part), &mut answers);
        answers.chunks_exact(units.units).for_each(&mut see);
    }
    Ok(())
}

impl<F: Scalar> Model<F> for Rbf<F> {
    type Params = RbfParams;

    fn params(&self) -> &RbfParams {
        &self.params
    }

    fn history(&self) -> &History {
        &self.network.history
    }

    fn features(&self) -> usize {
        self.network.features()
    }

    fn answer(&self) -> Answer {
        self.network.answer(true)
    }

    /// Column j holds the output for each class for sample j, of which the largest wins and none is a probability; or the
    /// quantities in the units of the target.
    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        self.network.predict(data)
    }

    /// `loss` and `accuracy` for classes; `loss`, `rmse` and `r2` for quantities, in their own units; and how many samples are
    /// `accepted`, and how many `rejected` since they are farther from every centre than [`reach`](Rbf::reach).
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        let mut measures = self.network.evaluate(data)?;
        let unknown = self.is_unknown(data)?.into_iter().filter(|unknown| *unknown).count();
        measures.0.push(("accepted", (data.samples() - unknown) as f64));
        measures.0.push(("rejected", unknown as f64));
        Ok(measures)
    }

    /// `distance`, that from the nearest centre in widths, and `unknown`, 1 where it is beyond [`reach`](Rbf::reach), else 0.
    fn beside(&self, data: &Dataset<'_, F>) -> Result<Vec<(&'static str, Vec<f64>)>> {
        let distances = self.distances(data)?;
        let unknown = distances.iter().map(|&distance| f64::from(u8::from(self.is_beyond(distance)))).collect();
        Ok(vec![("distance", distances), ("unknown", unknown)])
    }

    fn remarks(&self) -> Vec<String> {
        let Story { ridge, condition, factor, reach, beyond, contradictions, asked, error, second_step, .. } =
            &self.story;
        let units = self.units().units;
        let centres = if units == 1 { "1 centre".to_owned() } else { format!("{units} centres") };
        let widths = match self.params.basis {
            Basis::ThinPlateSpline | Basis::Cubic => String::new(),
            _ => format!(", widths times {}", short(*factor)),
        };
        let mut first = format!("{centres}{widths}, ridge {ridge:.3e}");
        if let Some(error) = error {
            // Of an interpolation there is no other.
            let criterion = if self.interpolates() { Criterion::LeaveOneOut } else { self.params.criterion };
            first += &match self.unit_of_target() {
                Some(unit) => format!(", chosen by an rmse of {} ({criterion})", short(error.sqrt() * unit)),
                None => format!(", chosen by a mean squared error of {} over all outputs ({criterion})", short(*error)),
            };
        }
        let mut remarks = self.params.remarks();
        remarks.push(first);
        remarks.push(format!("a sample is unknown that is farther than {} widths from every centre", short(*reach)));
        if 0 < *beyond {
            let (lie, they) = if *beyond == 1 { ("lies", "it is") } else { ("lie", "they are") };
            remarks.push(format!(
                "{beyond} of the samples to learn from {lie} so far from all others that {they} unknown as well"
            ));
        }
        if 0 < *contradictions {
            remarks.push(format!(
                "samples with another target than one at the same place: {contradictions}; the answer there is their mean"
            ));
        }
        let condition = match condition {
            condition if condition.is_infinite() => {
                "some units are so alike that only their sum is told; the shortest weights were taken".to_owned()
            }
            condition => format!("condition number of the weights' equations: {condition:.2e}"),
        };
        remarks.push(if *second_step { format!("{condition}, before the second step") } else { condition });
        let given = self.params.ridge.unwrap_or(0.0);
        if self.params.ridge.is_some_and(|given| given < *ridge) || self.interpolates() && given < *ridge {
            remarks.push(format!(
                "samples lie too near one another for a ridge of {given}: {ridge:.1e} was taken, and answers miss them by a little"
            ));
        }
        let counts = matches!(self.params.selection, Selection::KMeans | Selection::Random);
        if counts && units < *asked {
            remarks.push(format!("there are no more than {units} different samples, so {centres} will do"));
        }
        remarks
    }

    /// The centres with their widths; and the errors of the ridges that were tried.
    fn pictures(&self) -> Vec<Picture> {
        let reaches = match self.params.basis {
            // These answer the more the farther, and have no width.
            Basis::ThinPlateSpline | Basis::Cubic => DMatrix::zeros(0, 0),
            _ => self.widths(),
        };
        let places = self.centers().map(F::to_f64);
        let mut pictures = vec![Picture::Places { title: "centres".to_owned(), places, reaches }];
        if !self.story.curve.is_empty() {
            let error = match self.params.criterion {
                Criterion::LeaveOneOut => "leave-one-out error",
                Criterion::Gcv => "generalised cross-validation",
            };
            pictures.push(Picture::Choice {
                title: format!("{error} over ridge"),
                text: "The mean squared error on each sample by the weights that all others give, without solving for                        these: too small a ridge on the left, too large a one on the right."
                    .to_owned(),
                names: ["ridge".to_owned(), error.to_owned()],
                points: self.story.curve.clone(),
                chosen: self.story.ridge,
            });
        }
        pictures
    }

    fn layers(&self) -> Vec<LayerFacts> {
        self.network.supervised.chain.facts()
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = self.network.arrays();
        let Story { ridge, condition, factor, reach, error, curve, reductions, second_step, .. } = &self.story;
        let counts = [self.story.beyond, self.story.contradictions, self.story.asked].map(|count| count as f64);
        let numbers = [&[*ridge, *condition, *factor, *reach, f64::from(u8::from(*second_step))][..], &counts].concat();
        arrays.insert("first_step", &[numbers.len()], &numbers);
        if let Some(error) = error {
            arrays.insert("first_step.error", &[1], &[*error]);
        }
        if !curve.is_empty() {
            let pairs: Vec<f64> = curve.iter().flat_map(|&(ridge, error)| [ridge, error]).collect();
            arrays.insert("first_step.ridges", &[curve.len(), 2], &pairs);
        }
        if !reductions.is_empty() {
            arrays.insert("first_step.error_reductions", &[reductions.len()], reductions);
        }
        arrays
    }

    fn from_arrays(params: RbfParams, history: History, arrays: &Arrays) -> Result<Self> {
        let (units, features) = match arrays.shape("basis.centers") {
            Some(&[units, features]) if 0 < units && 0 < features => (units, features),
            _ => return Err(Error::format("array basis.centers: expected a matrix")),
        };
        let outputs = match arrays.shape("output.weight") {
            Some(&[outputs, _]) if 0 < outputs => outputs,
            _ => return Err(Error::format("array output.weight: expected a matrix")),
        };
        let task = Network::<F>::saved_task(arrays, outputs)?;
        let supervised = params.supervised(features, units, task)?;
        let network = Network::restored(WHO, task, supervised, params.rule(), history, arrays)?;
        Ok(Self { params, network, story: Story::load(arrays)? })
    }
}

/// A number with four digits behind the point, or fewer.
fn short(number: f64) -> String {
    if number == 0.0 || (1e-3..1e6).contains(&number) {
        return format!("{}", (number * 1e4).round() / 1e4);
    }
    format!("{number:.3e}")
}

impl<F: Scalar> Rbf<F> {
    /// What 1 of the target as it is learned is in its own units, of a single quantity.
    fn unit_of_target(&self) -> Option<f64> {
        match self.network.task {
            Task::Values(1) => {
                let scaler = self.network.target_scaler.as_ref();
                Some(scaler.and_then(|scaler| scaler.units().next()).unwrap_or(1.0))
            }
            _ => None,
        }
    }

    /// Whether the answer passes through the samples.
    fn interpolates(&self) -> bool {
        self.params.selection == Selection::EverySample && !self.params.normalized
    }
}

impl Story {
    /// What [`Model::arrays`] saved of it.
    fn load(arrays: &Arrays) -> Result<Self> {
        let list = |name: &str| match arrays.shape(name) {
            None => Ok(Vec::new()),
            Some(shape) => {
                let shape = shape.to_vec();
                arrays.get::<f64>(name, &shape)
            }
        };
        let numbers = arrays.get::<f64>("first_step", &[8])?;
        if numbers.iter().any(|number| number.is_nan() || *number < 0.0) {
            return Err(Error::format("array first_step: expected numbers of 0 or more"));
        }
        let pairs = list("first_step.ridges")?;
        Ok(Self {
            ridge: numbers[0],
            condition: numbers[1],
            factor: numbers[2],
            reach: numbers[3],
            second_step: numbers[4] != 0.0,
            beyond: numbers[5] as usize,
            contradictions: numbers[6] as usize,
            asked: numbers[7] as usize,
            error: list("first_step.error")?.first().copied(),
            curve: pairs.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect(),
            reductions: list("first_step.error_reductions")?,
        })
    }
}
