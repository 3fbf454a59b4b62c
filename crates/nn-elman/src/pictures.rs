//! What a network has to show of samples: where in a sequence it errs, what its states are like, and what it foretells.

use crate::model::Elman;
use crate::series::foretells_inputs;
use crate::train::sequences;
use nn_core::kernels::{Onto, View};
use nn_core::nalgebra::DMatrix;
use nn_core::{Answer, Dataset, Model, Picture, Result, Scalar, Target, linalg};

/// Steps of which each has its error drawn.
const STEPS_DRAWN: usize = 60;
/// States that are drawn.
const MOST_STATES: usize = 1500;
/// States of more units are not turned to their principal components, which takes the cube of their number.
const MOST_UNITS: usize = 512;
/// Steps of a forecast at most, and the share of the sequence that it is.
const FORECAST: usize = 100;
const FORECAST_SHARE: usize = 3;
/// A sequence of fewer steps is not cut for a forecast.
const FEWEST_TO_FORETELL: usize = 9;

impl<F: Scalar> Elman<F> {
    /// All of it.
    pub(crate) fn drawn(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
        if !matches!(data.target(), Target::None) {
            self.check(data)?;
        }
        let mut pictures = Vec::new();
        if !matches!(data.target(), Target::None) && data.starts().is_some_and(|starts| 1 < starts.len()) {
            pictures.extend(self.saw_teeth(data)?);
        }
        pictures.extend(self.foretold(data)?);
        pictures.extend(self.plane_of_states(data)?);
        Ok(pictures)
    }

    /// The error at each position of a sequence, and at the first steps one after another.
    fn saw_teeth(&self, data: &Dataset<'_, F>) -> Result<[Picture; 2]> {
        let errors = self.errors(data)?;
        let weights = self.params.counted(data);
        let counted = |sample: &usize| weights.as_ref().is_none_or(|weights| F::ZERO < weights[*sample]);
        let first = (0..errors.len()).filter(counted).take(STEPS_DRAWN).map(|sample| errors[sample]).collect();
        let names = |steps: &str| [steps.to_owned(), "mean squared error".to_owned()];
        Ok([
            Picture::Lines {
                title: "error by position".to_owned(),
                text: "The mean squared error of an answer at each position of a sequence: low where what comes follows from what came."
                    .to_owned(),
                names: names("position in the sequence"),
                lines: vec![("error".to_owned(), self.error_by_position(data)?)],
            },
            Picture::Lines {
                title: "error from step to step".to_owned(),
                text: "The error at the first steps, one sequence after another: where it falls the network knows what comes, and it rises \
                       where something begins that it cannot know."
                    .to_owned(),
                names: names("step"),
                lines: vec![("error".to_owned(), first)],
            },
        ])
    }

    /// The end of the longest sequence foretold from the rest of it, where targets are the next inputs.
    fn foretold(&self, data: &Dataset<'_, F>) -> Result<Option<Picture>> {
        let Answer::Values(outputs) = self.answer() else { return Ok(None) };
        let longest = sequences(data).max_by_key(|sequence| (sequence.len(), usize::MAX - sequence.start));
        let (Target::Values { values, .. }, Some(sequence)) = (data.target(), longest) else { return Ok(None) };
        if outputs != self.features() || sequence.len() < FEWEST_TO_FORETELL || !foretells_inputs(data) {
            return Ok(None);
        }
        let steps = (sequence.len() / FORECAST_SHARE).min(FORECAST);
        let cut = sequence.end - steps;
        let ahead = self.predict(&data.part(sequence.clone()))?;
        let free = self.forecast(&data.part(sequence.start..cut + 1), steps)?;
        let truth = |step: usize| values[(cut + step) * outputs].to_f64();
        let lines = vec![
            ("truth".to_owned(), (0..steps).map(truth).collect()),
            (
                "one step ahead".to_owned(),
                (0..steps).map(|step| ahead[(0, cut - sequence.start + step)].to_f64()).collect(),
            ),
            ("forecast".to_owned(), (0..steps).map(|step| free[(0, step)].to_f64()).collect()),
        ];
        let which = if outputs == 1 { "" } else { ", the first quantity" };
        Ok(Some(Picture::Lines {
            title: "forecast against truth".to_owned(),
            text: format!(
                "The last {steps} steps{which}. One step ahead each value is told from the true ones before it; the forecast knows none of \
                 them and reads its own answers instead."
            ),
            names: ["step".to_owned(), "value".to_owned()],
            lines,
        }))
    }

    /// The states in the plane in which they differ most, by what comes next.
    fn plane_of_states(&self, data: &Dataset<'_, F>) -> Result<Option<Picture>> {
        let units = self.params.hidden_units;
        if !(2..=MOST_UNITS).contains(&units) || data.samples() < 2 {
            return Ok(None);
        }
        let states = self.states(data)?;
        let chosen: Vec<usize> = (0..data.samples()).step_by(data.samples().div_ceil(MOST_STATES)).collect();
        let states = DMatrix::from_fn(units, chosen.len(), |unit, at| states[(unit, chosen[at])].to_f64());
        let (points, shares) = principal(&states);
        let classes = match data.target() {
            Target::Labels { labels, .. } => chosen.iter().map(|&sample| labels[sample]).collect(),
            _ => Vec::new(),
        };
        let colours = if classes.is_empty() { "" } else { " Colours are what comes next." };
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        let axis = |at: usize| format!("component {} ({})", at + 1, percent(shares[at]));
        Ok(Some(Picture::Points {
            title: "states by their principal components".to_owned(),
            text: format!(
                "Each point is the state of the hidden units after a step, in the two directions in which the states differ most; they hold \
                 {} and {} of the variance. Points together are histories that the network takes for alike.{colours}",
                percent(shares[0]),
                percent(shares[1])
            ),
            names: [axis(0), axis(1)],
            points,
            classes,
        }))
    }
}

/// The states along the two eigenvectors of their covariance with the largest eigenvalues, each pointing to where its largest number is
/// positive, and these eigenvalues as shares of all.
fn principal(states: &DMatrix<f64>) -> (DMatrix<f64>, [f64; 2]) {
    let (units, count) = states.shape();
    let mean = states.column_mean();
    let mut centred = states.clone();
    centred.column_iter_mut().for_each(|mut state| state -= &mean);
    let mut covariance = DMatrix::from_element(units, units, 0.0);
    let x = View::new(centred.as_slice(), units, count);
    linalg::product(x, x.transposed(), Onto::Zero, covariance.as_mut_slice());
    let eigen = covariance.symmetric_eigen();
    let mut order: Vec<usize> = (0..units).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let total = eigen.eigenvalues.iter().map(|value| value.max(0.0)).sum::<f64>().max(f64::MIN_POSITIVE);
    let axes = [0, 1].map(|at| {
        let axis = eigen.eigenvectors.column(order[at]).into_owned();
        let sign = axis[axis.iamax()].signum();
        axis * sign
    });
    let shares = [0, 1].map(|at| eigen.eigenvalues[order[at]].max(0.0) / total);
    (DMatrix::from_fn(2, count, |axis, at| axes[axis].dot(&centred.column(at))), shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_the_directions_in_which_states_differ_most() {
        // Along (3, 4) / 5 far, at right angles little.
        let state = |j: usize| ((j as f64 * 0.7).sin() * 10.0, (j as f64 * 1.9).cos());
        let states = DMatrix::from_fn(2, 50, |unit, j| {
            let (far, near) = state(j);
            if unit == 0 { 0.6 * far - 0.8 * near } else { 0.8 * far + 0.6 * near }
        });
        let (points, shares) = principal(&states);
        let mean = |f: &dyn Fn(usize) -> f64| (0..50).map(f).sum::<f64>() / 50.0;
        let far_mean = mean(&|j| state(j).0);
        for j in 0..50 {
            assert!((points[(0, j)] - (state(j).0 - far_mean)).abs() < 0.5, "{j}");
        }
        assert!(shares[0] > 0.95 && (shares[0] + shares[1] - 1.0).abs() < 1e-12);
    }
}
