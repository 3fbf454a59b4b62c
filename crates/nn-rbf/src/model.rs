//! What a trained radial basis function network can do.

use crate::layer::{Units, beta};
use crate::reach::{in_widths, nearest_of, units_of};
use crate::story::Story;
use crate::train::WHO;
use crate::{Criterion, RbfParams, Selection};
use nn_core::nalgebra::DMatrix;
use nn_core::{Answer, Arrays, Dataset, History, Measures, Model, Network, Online, Picture, Result, Scalar, Task};

/// A radial basis function network: units that answer to the distance from a centre, and weighted sums of their answers.
///
/// `phi(x) = sum_i w_i rho(x, c_i)`, with `rho(x, c_i) = e^(-beta_i |x - c_i|^2)` for the Gaussian; the chapter's (18) and (19).
///
/// Made by [`RbfParams::fit`](nn_core::Fit::fit).
#[derive(Clone, Debug)]
pub struct Rbf<F: Scalar = f64> {
    pub(crate) params: RbfParams,
    pub(crate) network: Network<F>,
    pub(crate) story: Story,
}

impl<F: Scalar> Rbf<F> {
    /// The most probable class of each sample.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`Error::Data`](nn_core::Error::Data) where quantities were learned.
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

    /// The condition number of the system solved for the weights, ridge included: by at most about this factor a relative error of the
    /// data grows in the weights. Infinite where two units cannot be told apart.
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
        let unit_of = scaler.map_or_else(|| vec![1.0; units.features], |scaler| scaler.scales().collect());
        DMatrix::from_fn(units.features, units.units, |feature, unit| width(unit, feature) * unit_of[feature])
    }

    /// The basis units.
    pub(crate) fn units(&self) -> Units {
        units_of(&self.params, &self.network)
    }
}

impl<F: Scalar> Model<F> for Rbf<F> {
    type Params = RbfParams;

    nn_core::answers_of_network!(F);

    fn params(&self) -> &RbfParams {
        &self.params
    }

    fn online(&mut self) -> Option<&mut dyn Online<F>> {
        Some(self)
    }

    fn answer(&self) -> Answer {
        self.network.answer(true)
    }

    /// `loss` and `accuracy` for classes; `loss`, `rmse` and `r2` for quantities, in their own units; and how many samples are
    /// `accepted`, and how many `rejected` since they are farther from every centre than [`reach`](Rbf::reach).
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        let measures = self.network.evaluate(data)?;
        let unknown = self.is_unknown(data)?.into_iter().filter(|unknown| *unknown).count();
        Ok(measures.with_count("accepted", data.samples() - unknown).with_count("rejected", unknown))
    }

    /// `distance`, that from the nearest centre in widths, and `unknown`, 1 where it is beyond [`reach`](Rbf::reach), else 0.
    fn beside(&self, data: &Dataset<'_, F>) -> Result<Vec<(&'static str, Vec<f64>)>> {
        let distances = self.distances(data)?;
        let unknown = distances.iter().map(|&distance| f64::from(u8::from(self.is_beyond(distance)))).collect();
        Ok(vec![("distance", distances), ("unknown", unknown)])
    }

    fn remarks(&self) -> Vec<String> {
        let Story { ridge, condition, factor, reach, beyond, contradictions, asked, error, .. } = &self.story;
        let units = self.units().units;
        let centres = if units == 1 { "1 centre".to_owned() } else { format!("{units} centres") };
        let widths = match self.params.basis.has_width() {
            false => String::new(),
            true => format!(", widths times {}", short(*factor)),
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
        remarks.push(if self.params.tunes() { format!("{condition}, before the second step") } else { condition });
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
        let reaches = match self.params.basis.has_width() {
            // These answer the more the farther, and have no width.
            false => DMatrix::zeros(0, 0),
            true => self.widths(),
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
                text: "The mean squared error on each sample by the weights that all others give, without solving for these: too small a ridge on the left, too large a one on the right."
                    .to_owned(),
                names: ["ridge".to_owned(), error.to_owned()],
                points: self.story.curve.clone(),
                chosen: self.story.ridge,
            });
        }
        pictures
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = self.network.arrays();
        self.story.save(&mut arrays);
        arrays
    }

    fn from_arrays(params: RbfParams, history: History, arrays: &Arrays) -> Result<Self> {
        let [units, features] = arrays.matrix("basis.centers")?;
        let [outputs, _] = arrays.matrix("output.weight")?;
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
                Some(scaler.and_then(|scaler| scaler.scales().next()).unwrap_or(1.0))
            }
            _ => None,
        }
    }

    /// Whether the answer passes through the samples.
    fn interpolates(&self) -> bool {
        self.params.selection == Selection::EverySample && !self.params.normalized
    }
}
