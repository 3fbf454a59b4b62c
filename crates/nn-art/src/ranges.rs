//! From where to where each feature goes: what a sample is scaled to [0, 1] by.

use nn_core::{Arrays, Dataset, Error, Result, Scalar};

/// The least and the greatest value of each feature.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ranges<F> {
    pub(crate) low: Vec<F>,
    pub(crate) high: Vec<F>,
}

impl<F: Scalar> Ranges<F> {
    /// Those that the setting `range` gives: low and high of all features, or of each in turn. None where it is empty.
    pub(crate) fn given(range: &[f64], features: usize) -> Result<Option<Self>> {
        Self::given_as("range", range, features)
    }

    /// Those that the setting of this `name` gives.
    pub(crate) fn given_as(name: &'static str, range: &[f64], features: usize) -> Result<Option<Self>> {
        let pairs: Vec<f64> = match range.len() {
            0 => return Ok(None),
            2 => range.repeat(features),
            length if length == 2 * features => range.to_vec(),
            length => {
                let expected = format!("2 or {} of them, a low and a high for all or for each", 2 * features);
                return Err(Error::param(name, format!("{length} numbers"), expected));
            }
        };
        let pairs = pairs.chunks_exact(2).map(|pair| [F::from_f64(pair[0]), F::from_f64(pair[1])]);
        let wrong = |[low, high]: &[F; 2]| !(low.is_finite() && high.is_finite() && low < high);
        if let Some([low, high]) = pairs.clone().find(wrong) {
            return Err(Error::param(name, high, format!("a high above its low, {low}")));
        }
        let (low, high) = pairs.map(|[low, high]| (low, high)).unzip();
        Ok(Some(Self { low, high }))
    }

    /// From 0 to 1, for so many features.
    pub(crate) fn unit(features: usize) -> Self {
        Self { low: vec![F::ZERO; features], high: vec![F::ONE; features] }
    }

    /// Those of samples.
    pub(crate) fn learned(data: &Dataset<'_, F>) -> Self {
        let first = data.sample(0);
        let (mut low, mut high) = (first.to_vec(), first.to_vec());
        for x in data.x().chunks_exact(data.features()) {
            for (&x, (low, high)) in x.iter().zip(low.iter_mut().zip(&mut high)) {
                *low = if x < *low { x } else { *low };
                *high = if *high < x { x } else { *high };
            }
        }
        Self { low, high }
    }

    /// That all samples lie within.
    ///
    /// # Errors
    /// [`Error::Data`] that names the first value which does not.
    pub(crate) fn check(&self, data: &Dataset<'_, F>) -> Result<()> {
        match self.outside(data).next() {
            None => Ok(()),
            Some((sample, i)) => {
                let (x, low, high) = (data.sample(sample)[i], self.low[i], self.high[i]);
                Err(Error::value(
                    format!("x is {x}, out of its range from {low} to {high}; range=LOW-HIGH widens it"),
                    sample,
                    i,
                ))
            }
        }
    }

    /// The same of targets, which are no features.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub(crate) fn check_targets(&self, targets: &Dataset<'_, F>) -> Result<()> {
        match self.outside(targets).next() {
            None => Ok(()),
            Some((sample, k)) => {
                let (y, low, high) = (targets.sample(sample)[k], self.low[k], self.high[k]);
                let what = format!(
                    "the target is {y}, out of its range from {low} to {high}; target_range=LOW-HIGH widens it"
                );
                Err(Error::sample(what, sample))
            }
        }
    }

    /// Sample and feature of each value that lies outside.
    pub(crate) fn outside<'d>(&'d self, data: &Dataset<'d, F>) -> impl Iterator<Item = (usize, usize)> + 'd {
        let samples = data.x().chunks_exact(self.low.len().max(1)).enumerate();
        samples.filter(|(_, sample)| !self.holds(sample)).flat_map(|(at, sample)| {
            let outside = |&(i, x): &(usize, &F)| *x < self.low[i] || self.high[i] < *x;
            sample.iter().enumerate().filter(outside).map(move |(i, _)| (at, i))
        })
    }

    /// Whether no value of a sample lies outside: without an early end, which the compiler would take number by number.
    fn holds(&self, sample: &[F]) -> bool {
        let ends = self.low.iter().zip(&self.high);
        !sample.iter().zip(ends).fold(false, |any, (x, (low, high))| any | (x < low) | (high < x))
    }

    /// `(x - low) / (high - low)`, at least 0 and at most 1; 0 for a feature that is the same in all samples.
    pub(crate) fn scale(&self, x: &[F], scaled: &mut [F]) {
        for (i, (&x, scaled)) in x.iter().zip(scaled).enumerate() {
            let (low, high) = (self.low[i], self.high[i]);
            // Of halves, since a difference may be more than the float can hold; to halve a number loses nothing.
            let half = F::from_f64(0.5);
            let share = if low < high { (half * x - half * low) / (half * high - half * low) } else { F::ZERO };
            let share = if share < F::ZERO { F::ZERO } else { share };
            *scaled = if share < F::ONE { share } else { F::ONE };
        }
    }

    /// What was scaled to `share`, in the units of the data.
    pub(crate) fn undo(&self, feature: usize, share: f64) -> f64 {
        let (low, high) = (self.low[feature].to_f64(), self.high[feature].to_f64());
        // So that 0 and 1 are the ends themselves, and nothing is more than the float can hold.
        low * (1.0 - share) + high * share
    }

    /// Under these names.
    pub(crate) fn save(&self, [low, high]: [&str; 2], arrays: &mut Arrays) {
        arrays.insert(low, &[self.low.len()], &self.low);
        arrays.insert(high, &[self.high.len()], &self.high);
    }

    /// Those that were saved under these names, of so many features; none where there are none.
    pub(crate) fn load(names: [&str; 2], features: usize, arrays: &Arrays) -> Result<Option<Self>> {
        if !arrays.has(names[0]) {
            return Ok(None);
        }
        let (low, high): (Vec<F>, Vec<F>) = (arrays.get(names[0], &[features])?, arrays.get(names[1], &[features])?);
        match low.iter().zip(&high).all(|(low, high)| low.is_finite() && high.is_finite() && low <= high) {
            true => Ok(Some(Self { low, high })),
            false => Err(Error::format(format!("array {}: expected numbers from those of {} up", names[1], names[0]))),
        }
    }
}

/// That a file has ranges where its model scales by ranges and they were given or learned, and nowhere else. `given` is
/// the setting, none where nothing is scaled.
pub(crate) fn check_there(there: bool, given: Option<&[f64]>, learned: bool) -> Result<()> {
    let wanted = given.is_some_and(|given| learned || !given.is_empty());
    let allowed = given.is_some();
    if wanted && !there || there && !allowed {
        return Err(Error::format("array low: expected the ranges of samples that are scaled, and of no others"));
    }
    Ok(())
}
