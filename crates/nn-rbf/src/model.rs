//! What a trained radial basis function network can do.

use crate::RbfParams;
use crate::layer::{Squares, Units, beta};
use crate::train::{WHO, nearest_of};
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Answer, Arrays, Chain, Dataset, Error, History, LayerFacts, Loss, Measures, Model, Network, Objective, Result,
    Scalar, Supervised,
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
        Ok(nearest_of(&self.network, self.units(), data)?.into_iter().map(|[nearest, _]| in_widths(nearest)).collect())
    }

    /// Beyond this [distance](Self::distances) a sample is unknown: `reach` of the settings, or that of the farthest sample that
    /// was learned from.
    pub fn reach(&self) -> f64 {
        self.story.reach
    }

    /// Whether each sample is farther from every centre than [`reach`](Self::reach): then no unit has learned anything about it,
    /// and its answer had better be rejected.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    pub fn is_unknown(&self, data: &Dataset<'_, F>) -> Result<Vec<bool>> {
        // A sample answered alone is summed in another order than among many.
        let reach = self.story.reach * (1.0 + 64.0 * F::EPSILON);
        Ok(self.distances(data)?.into_iter().map(|distance| reach < distance).collect())
    }

    /// The distance of the farthest of some samples; where each is a centre, of that which is farthest from all others.
    pub(crate) fn farthest(&self, data: &Dataset<'_, F>) -> Result<f64> {
        let all = nearest_of(&self.network, self.units(), data)?;
        let most = |which: usize| all.iter().fold(0.0, |most: f64, distances| most.max(distances[which]));
        let nearest = most(0);
        Ok(in_widths(if 1e-20 < nearest { nearest } else { most(1) }))
    }

    /// The basis units.
    pub(crate) fn units(&self) -> Units {
        let features = self.network.features();
        let spans = self.network.supervised.spans();
        self.params.units(features, spans[0].shape[0])
    }
}

fn in_widths(square: f64) -> f64 {
    (2.0 * square).sqrt()
}

/// Numbers that are held at a time.
const AT_ONCE: usize = 1 << 22;

/// The squared distances, in betas, of all samples from all centres: units × samples, in blocks.
pub(crate) fn squares<F: Scalar>(
    network: &Network<F>,
    units: Units,
    data: &Dataset<'_, F>,
    mut see: impl FnMut(&[F]),
) -> Result<()> {
    data.check_features(network.features())?;
    let layer = Squares(units.still());
    let supervised = Supervised { chain: Chain::new("basis", layer), loss: Loss::SquaredError };
    let theta = &network.state.theta[..supervised.theta_len()];
    let block = (AT_ONCE / units.units).next_multiple_of(64);
    let mut answers = Vec::new();
    for first in (0..data.samples()).step_by(block) {
        let part = data.inputs_only().part(first..first + block);
        answers.resize(units.units * part.samples(), F::ZERO);
        supervised.answer(theta, &network.samples(part), &mut answers);
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

    /// `loss` and `accuracy` for classes; `loss`, `rmse` and `r2` for quantities, in their own units; and `unknown`, how many
    /// samples are farther from every centre than [`reach`](Rbf::reach).
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        let mut measures = self.network.evaluate(data)?;
        let unknown = self.is_unknown(data)?.into_iter().filter(|unknown| *unknown).count();
        measures.0.push(("unknown", unknown as f64));
        Ok(measures)
    }

    fn remarks(&self) -> Vec<String> {
        let Story { ridge, condition, factor, error, second_step, .. } = &self.story;
        let units = self.units().units;
        let mut first = format!("{units} centres, widths times {factor}, ridge {ridge:.3e}");
        if let Some(error) = error {
            first += &format!(", chosen by a mean squared error of {error:.4e} ({})", self.params.criterion);
        }
        let mut remarks = vec![first];
        let condition = match condition {
            condition if condition.is_infinite() => {
                "some units are so alike that only their sum is told; the shortest weights were taken".to_owned()
            }
            condition => format!("condition number of the weights' equations: {condition:.2e}"),
        };
        remarks.push(if *second_step { format!("{condition}, before the second step") } else { condition });
        let asked = self.params.ridge.unwrap_or(0.0);
        if self.params.ridge.is_some_and(|given| given < *ridge) || self.interpolates() && asked < *ridge {
            remarks.push(format!("samples lie too near one another for a ridge of {asked}: {ridge:.1e} was taken"));
        }
        let counts = matches!(self.params.selection, crate::Selection::KMeans | crate::Selection::Random);
        if counts && units < self.params.centers {
            remarks.push(format!("there are no more than {units} different samples, so {units} centres do"));
        }
        remarks
    }

    fn layers(&self) -> Vec<LayerFacts> {
        self.network.supervised.chain.facts()
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = self.network.arrays();
        let Story { ridge, condition, factor, reach, error, curve, reductions, second_step } = &self.story;
        let numbers = [*ridge, *condition, *factor, *reach, f64::from(u8::from(*second_step))];
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

impl<F: Scalar> Rbf<F> {
    /// Whether the answer passes through the samples.
    fn interpolates(&self) -> bool {
        self.params.selection == crate::Selection::EverySample && !self.params.normalized
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
        let numbers = arrays.get::<f64>("first_step", &[5])?;
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
            error: list("first_step.error")?.first().copied(),
            curve: pairs.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect(),
            reductions: list("first_step.error_reductions")?,
        })
    }
}
