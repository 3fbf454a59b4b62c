//! Data whose targets are the next inputs, so that an answer can be read as an input.

use crate::params::ElmanParams;
use crate::train::sequences;
use nn_core::{Dataset, Error, Result, Scalar, Target};

impl ElmanParams {
    /// That what is to be foretold can be: a forecast reads each answer as the next input.
    pub(crate) fn check_forecast<F: Scalar>(&self, data: &Dataset<'_, F>) -> Result<()> {
        if self.forecast < 2 || foretells_inputs(data) {
            return Ok(());
        }
        let expected =
            "0 or 1 where the targets are not the next inputs: a forecast reads each answer as the next input";
        Err(Error::param("forecast", self.forecast, expected))
    }
}

/// Whether the target of each step is the input of the next one of its sequence: the same numbers, or the class that is 1 among zeros.
pub(crate) fn foretells_inputs<F: Scalar>(data: &Dataset<'_, F>) -> bool {
    let features = data.features();
    let is_next = |step: usize| match data.target() {
        Target::Labels { labels, .. } => data.sample(step + 1).get(labels[step] as usize) == Some(&F::ONE),
        Target::Values { values, outputs } => values[step * outputs..][..outputs] == *data.sample(step + 1),
        _ => false,
    };
    let fits = match data.target() {
        Target::Labels { classes, .. } => classes == features && data.x().chunks_exact(features).all(is_symbol),
        Target::Values { outputs, .. } => outputs == features,
        _ => false,
    };
    fits && sequences(data).all(|steps| (steps.start + 1..steps.end).all(|next| is_next(next - 1)))
}

/// Whether an input is 1 among zeros.
pub(crate) fn is_symbol<F: Scalar>(x: &[F]) -> bool {
    x.iter().filter(|x| **x == F::ONE).count() == 1 && x.iter().all(|x| *x == F::ONE || *x == F::ZERO)
}
