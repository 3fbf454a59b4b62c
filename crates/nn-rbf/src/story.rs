//! What a first step tells of itself, and how it goes to a file and back.

use nn_core::{Arrays, Error, Result};

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
}

impl Story {
    pub(crate) fn save(&self, arrays: &mut Arrays) {
        let Self { ridge, condition, factor, reach, beyond, contradictions, asked, error, curve, reductions } = self;
        arrays.insert("first_step", &[4], &[*ridge, *condition, *factor, *reach]);
        arrays.insert_counts("first_step.counts", &[*beyond, *contradictions, *asked]);
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
    }

    /// What [`save`](Self::save) saved.
    pub(crate) fn load(arrays: &Arrays) -> Result<Self> {
        // A condition number may be infinite.
        let numbers = arrays.get::<f64>("first_step", &[4])?;
        if numbers.iter().any(|number| number.is_nan() || *number < 0.0) {
            return Err(Error::format("array first_step: expected numbers of 0 or more"));
        }
        let counts = arrays.counts("first_step.counts", 3)?;
        let numbers_of = |name: &str| match arrays.list::<f64>(name)? {
            numbers if numbers.iter().all(|number| number.is_finite()) => Ok(numbers),
            _ => Err(Error::format(format!("array {name}: expected finite numbers"))),
        };
        let pairs = numbers_of("first_step.ridges")?;
        Ok(Self {
            ridge: numbers[0],
            condition: numbers[1],
            factor: numbers[2],
            reach: numbers[3],
            beyond: counts[0],
            contradictions: counts[1],
            asked: counts[2],
            error: numbers_of("first_step.error")?.first().copied(),
            curve: pairs.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect(),
            reductions: numbers_of("first_step.error_reductions")?,
        })
    }
}
