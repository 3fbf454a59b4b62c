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
        let pairs: Vec<f64> = match range.len() {
            0 => return Ok(None),
            2 => range.repeat(features),
            length if length == 2 * features => range.to_vec(),
            length => {
                let expected = format!("2 or {} of them, a low and a high for all features or for each", 2 * features);
                return Err(Error::param("range", format!("{length} numbers"), expected));
            }
        };
        let pairs = pairs.chunks_exact(2);
        if let Some(pair) = pairs.clone().find(|pair| pair[1] <= pair[0]) {
            return Err(Error::param("range", pair[1], format!("a high above its low, {}", pair[0])));
        }
        let (low, high) = pairs.map(|pair| (F::from_f64(pair[0]), F::from_f64(pair[1]))).unzip();
        Ok(Some(Self { low, high }))
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
                Err(Error::value(format!("x is {x}, out of its range from {low} to {high}"), sample, i))
            }
        }
    }

    /// Sample and feature of each value that lies outside.
    pub(crate) fn outside<'d>(&'d self, data: &Dataset<'d, F>) -> impl Iterator<Item = (usize, usize)> + 'd {
        let features = self.low.len();
        let out = move |(at, &x): (usize, &F)| {
            let i = at % features;
            (x < self.low[i] || self.high[i] < x).then_some((at / features, i))
        };
        data.x().iter().enumerate().filter_map(out)
    }

    /// `(x - low) / (high - low)`, at least 0 and at most 1; 0 for a feature that is the same in all samples.
    pub(crate) fn scale(&self, x: &[F], scaled: &mut [F]) {
        for (i, (&x, scaled)) in x.iter().zip(scaled).enumerate() {
            let (low, high) = (self.low[i], self.high[i]);
            let share = if low < high { (x - low) / (high - low) } else { F::ZERO };
            let share = if share < F::ZERO { F::ZERO } else { share };
            // What is infinite over infinite is far out, on whichever side; ranges that wide have lost all digits.
            *scaled = if share <= F::ONE { share } else { F::ONE };
        }
    }

    /// What was scaled to `share`, in the units of the data.
    pub(crate) fn undo(&self, feature: usize, share: f64) -> f64 {
        let (low, high) = (self.low[feature].to_f64(), self.high[feature].to_f64());
        low + share * (high - low)
    }

    pub(crate) fn save(&self, arrays: &mut Arrays) {
        arrays.insert("low", &[self.low.len()], &self.low);
        arrays.insert("high", &[self.high.len()], &self.high);
    }

    pub(crate) fn load(features: usize, arrays: &Arrays) -> Result<Option<Self>> {
        if !arrays.has("low") {
            return Ok(None);
        }
        let (low, high): (Vec<F>, Vec<F>) = (arrays.get("low", &[features])?, arrays.get("high", &[features])?);
        match low.iter().zip(&high).all(|(low, high)| low.is_finite() && high.is_finite() && low <= high) {
            true => Ok(Some(Self { low, high })),
            false => Err(Error::format("array high: expected numbers from those of low up")),
        }
    }
}
