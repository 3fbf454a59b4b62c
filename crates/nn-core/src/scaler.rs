//! Features of unlike size made alike, and kept with the model so that prediction scales as training did.

use crate::arrays::Arrays;
use crate::kernels::Affine;
use crate::{Error, Result, Scalar, kernels};

crate::choices! {
    /// How features are scaled before they are learned from.
    pub enum Scaling {
        /// Not at all.
        None = "none",
        /// To mean 0 and standard deviation 1.
        Standard = "standard",
        /// To the range from 0 to 1.
        MinMax = "min-max",
    }
}

/// A shift and a factor a feature: `x' = (x - offset) factor`.
///
/// A constant feature becomes 0 and stays finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaler<F> {
    offset: Vec<F>,
    factor: Vec<F>,
}

impl<F: Scalar> Scaler<F> {
    /// Learned from `values`, each sample counting alike whatever its weight: `rows` numbers a sample, one sample after another. `None` where nothing is to be scaled.
    /// A NaN is a number that is missing, and passed over; models that take none have refused it before.
    ///
    /// Mean and deviation are summed in `f64`, the deviation around the mean, so that large offsets do no harm.
    ///
    /// # Errors
    /// [`Error::Data`] for a feature whose range is wider than the float can tell, or of which every number is missing.
    pub fn fit(scaling: Scaling, values: &[F], rows: usize) -> Result<Option<Self>> {
        Self::fit_blocks(scaling, values, rows, 1)
    }

    /// The same where each `block` of features, such as the pixels of a channel, has its shift and factor in common.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_blocks(scaling: Scaling, values: &[F], rows: usize, block: usize) -> Result<Option<Self>> {
        if scaling == Scaling::None {
            return Ok(None);
        }
        let ranges = ranges(values, rows, block);
        for (at, Range { low, width, .. }) in ranges.iter().enumerate() {
            let what = if *low == f64::INFINITY {
                "every number of a feature is missing".to_owned()
            } else if F::from_f64(*width).is_finite() {
                continue;
            } else {
                format!("a range from {low:e} that is {width:e} wide cannot be scaled")
            };
            return Err(Error::Data { what, sample: None, feature: Some(at * block) });
        }
        let measured = match scaling {
            Scaling::Standard => means_and_deviations(values, rows, block, &ranges),
            Scaling::MinMax | Scaling::None => ranges.iter().map(|range| (range.low, range.width)).collect(),
        };
        let (mut offsets, mut factors) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        for (offset, width) in measured {
            // A width that vanishes beside the offset is rounding, not information.
            let constant = width <= f64::EPSILON * offset.abs() || !F::from_f64(1.0 / width).is_finite();
            let factor = if constant { F::ONE } else { F::from_f64(1.0 / width) };
            offsets.extend(std::iter::repeat_n(F::from_f64(offset), block));
            factors.extend(std::iter::repeat_n(factor, block));
        }
        Ok(Some(Self { offset: offsets, factor: factors }))
    }

    /// As the gathering kernel takes it.
    pub(crate) fn affine(&self) -> Affine<'_, F> {
        Affine { offset: &self.offset, scale: &self.factor }
    }

    /// This scaling and then another of all features alike: `x'' = low + width x'`.
    #[must_use]
    pub fn then(mut self, low: f64, width: f64) -> Self {
        for (offset, factor) in self.offset.iter_mut().zip(&mut self.factor) {
            // low + width (x - o) f = (x - (o - low / (width f))) width f.
            *offset = F::from_f64(offset.to_f64() - low / (width * factor.to_f64()));
            *factor = F::from_f64(width * factor.to_f64());
        }
        self
    }

    /// `x' = (x - offset) factor`, for samples one after another, in place.
    pub fn apply(&self, values: &mut [F]) {
        for sample in values.chunks_mut(self.offset.len()) {
            for ((value, &offset), &factor) in sample.iter_mut().zip(&self.offset).zip(&self.factor) {
                *value = (*value - offset) * factor;
            }
        }
    }

    /// `x = x' / factor + offset`, for samples one after another, in place.
    pub fn undo(&self, values: &mut [F]) {
        for sample in values.chunks_mut(self.offset.len()) {
            for ((value, &offset), &factor) in sample.iter_mut().zip(&self.offset).zip(&self.factor) {
                *value = *value / factor + offset;
            }
        }
    }

    /// What 1 of each scaled feature is in the data, `1 / factor`: for widths, of which [`undo`](Self::undo) would lose digits
    /// where the offset is large.
    pub fn scales(&self) -> impl Iterator<Item = f64> + '_ {
        self.factor.iter().map(|factor| 1.0 / factor.to_f64())
    }

    /// Adds it to the arrays of a file, as `name.offset` and `name.factor`.
    pub fn save(&self, name: &str, arrays: &mut Arrays) {
        arrays.insert(format!("{name}.offset"), &[self.offset.len()], &self.offset);
        arrays.insert(format!("{name}.factor"), &[self.factor.len()], &self.factor);
    }

    /// What [`save`](Self::save) added, for so many `rows`; `None` where nothing was.
    ///
    /// # Errors
    /// [`Error::Format`](crate::Error::Format) where it is of another length.
    pub fn load(name: &str, rows: usize, arrays: &Arrays) -> Result<Option<Self>> {
        let [offset, factor] = ["offset", "factor"].map(|part| format!("{name}.{part}"));
        if arrays.shape(&offset).is_none() && arrays.shape(&factor).is_none() {
            return Ok(None);
        }
        let scaler = Self { offset: arrays.get(&offset, &[rows])?, factor: arrays.get::<F>(&factor, &[rows])? };
        let usable = kernels::all_finite(&scaler.offset)
            && kernels::all_finite(&scaler.factor)
            && scaler.factor.iter().all(|factor| *factor != F::ZERO);
        if usable {
            Ok(Some(scaler))
        } else {
            Err(Error::format(format!("array {name}.factor: not that of a scaling")))
        }
    }
}

/// Where the numbers of a block of features lie.
struct Range {
    low: f64,
    width: f64,
    /// How many there are: those that are missing do not count.
    count: f64,
}

/// Where the numbers of each block lie. All features are looked at in one pass over the samples.
fn ranges<F: Scalar>(values: &[F], rows: usize, block: usize) -> Vec<Range> {
    let infinity = F::from_f64(f64::INFINITY);
    let (mut lows, mut highs, mut counts) = (vec![infinity; rows], vec![-infinity; rows], vec![0_u32; rows]);
    for sample in values.chunks_exact(rows) {
        for (((low, high), count), &v) in lows.iter_mut().zip(&mut highs).zip(&mut counts).zip(sample) {
            *low = if v < *low { v } else { *low };
            *high = if *high < v { v } else { *high };
            *count += u32::from(!v.to_f64().is_nan());
        }
    }
    let range = |first: usize| {
        let block = first..first + block;
        let low = lows[block.clone()].iter().fold(f64::INFINITY, |low, v| low.min(v.to_f64()));
        let high = highs[block.clone()].iter().fold(f64::NEG_INFINITY, |high, v| high.max(v.to_f64()));
        Range { low, width: high - low, count: counts[block].iter().map(|&count| f64::from(count)).sum() }
    };
    (0..rows).step_by(block).map(range).collect()
}

/// Mean and standard deviation of each block of features. The deviations are taken as shares of the range, so that their squares
/// neither overflow nor vanish.
fn means_and_deviations<F: Scalar>(values: &[F], rows: usize, block: usize, ranges: &[Range]) -> Vec<(f64, f64)> {
    let number = |v: &F| if v.to_f64().is_nan() { 0.0 } else { v.to_f64() };
    let shares: Vec<f64> = (0..rows).map(|row| 1.0 / ranges[row / block].count).collect();
    let mut sums = vec![0.0; rows];
    for sample in values.chunks_exact(rows) {
        sums.iter_mut().zip(sample).zip(&shares).for_each(|((sum, v), share)| *sum += number(v) * share);
    }
    let means: Vec<f64> = sums.chunks(block).map(|sums| sums.iter().sum()).collect();
    let way = |row: usize| {
        let width = ranges[row / block].width;
        (means[row / block], if 0.0 < width { width } else { 1.0 })
    };
    let ways: Vec<(f64, f64)> = (0..rows).map(way).collect();
    sums.fill(0.0);
    for sample in values.chunks_exact(rows) {
        for ((sum, v), (mean, width)) in sums.iter_mut().zip(sample).zip(&ways) {
            let share = (v.to_f64() - mean) / width;
            *sum += if share.is_nan() { 0.0 } else { share * share };
        }
    }
    let deviation = |(sums, range): (&[f64], &Range)| (sums.iter().sum::<f64>() / range.count).sqrt() * range.width;
    means.iter().copied().zip(sums.chunks(block).zip(ranges).map(deviation)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of both features as training reads them.
    fn scaled(scaling: Scaling, values: &[f64]) -> Vec<f64> {
        let scaler = Scaler::fit(scaling, values, 2).unwrap().unwrap();
        let scale = |(at, v): (usize, &f64)| (v - scaler.offset[at % 2]) * scaler.factor[at % 2];
        values.iter().enumerate().map(scale).collect()
    }

    #[test]
    fn standard_gives_mean_0_and_deviation_1() {
        assert_eq!(scaled(Scaling::Standard, &[1.0, 5.0, 3.0, 5.0]), [-1.0, 0.0, 1.0, 0.0]);
    }

    #[test]
    fn min_max_gives_0_to_1_and_a_constant_feature_becomes_0() {
        assert_eq!(scaled(Scaling::MinMax, &[2.0, 7.0, 6.0, 7.0, 4.0, 7.0]), [0.0, 0.0, 1.0, 0.0, 0.5, 0.0]);
    }

    #[test]
    fn what_is_missing_is_passed_over() {
        let nan = f64::NAN;
        let scaler = Scaler::fit(Scaling::Standard, &[1.0, nan, nan, 5.0, 3.0, 7.0], 2).unwrap();
        assert_eq!(scaler, Scaler::fit(Scaling::Standard, &[1.0, 5.0, 3.0, 7.0], 2).unwrap());
        let error = Scaler::fit(Scaling::MinMax, &[1.0, nan, 2.0, nan], 2).unwrap_err();
        assert_eq!(error.to_string(), "every number of a feature is missing (feature 1)");
    }

    #[test]
    fn huge_and_tiny_features_stay_finite() {
        for scaling in [Scaling::Standard, Scaling::MinMax] {
            for values in [[1e300, 1e-300, -1e300, 2e-300], [1e16, 5e-324, 1e16, 0.0]] {
                assert!(scaled(scaling, &values).iter().all(|v| v.is_finite()), "{values:?} {scaling}");
            }
            let wide = scaled(scaling, &[1e300, 1e-300, -1e300, 2e-300]);
            let one = if scaling == Scaling::Standard { 2.0 } else { 1.0 };
            assert!(((wide[0] - wide[2]) - one).abs() < 1e-9 && ((wide[3] - wide[1]) - one).abs() < 1e-9, "{wide:?}");
            let error = Scaler::fit(scaling, &[0.0, f64::MAX, 0.0, -f64::MAX], 2).unwrap_err();
            assert!(error.to_string().ends_with("(feature 1)"), "{error}");
        }
    }

    #[test]
    fn undo_takes_the_scaling_back() {
        let values = [1.0, 5.0, 3.0, 9.0];
        let scaler = Scaler::fit(Scaling::Standard, &values, 2).unwrap().unwrap();
        assert_eq!(scaler.scales().collect::<Vec<_>>(), [1.0, 2.0]);
        let mut back = scaled(Scaling::Standard, &values);
        scaler.undo(&mut back);
        assert_eq!(back, values);
    }
}
