//! Data as it comes in: one sample a column.
//!
//! A C-order array of n rows and d columns, the layout of NumPy and of every CSV reader, is byte for byte a
//! column-major matrix of d rows and n columns. So a sample is a column here, and nothing is copied at the door.

use crate::{Error, Result, Scalar, Scaler, linalg};
use nalgebra::DMatrix;
use std::borrow::Cow;
use std::ops::Range;

/// Classes are counted and one output unit is made for each: a label beyond this is taken for an error.
pub const MOST_CLASSES: usize = 65_536;

/// A view of samples, and of what belongs to them. It is `Copy`: a whole set, a part and a foreign buffer are one type.
///
/// ```
/// let data = nn_core::Dataset::from_slice(2, &[0.0, 1.0, 2.0, 3.0]).labels(&[0, 1]); // two samples of two features
/// assert_eq!((data.samples(), data.sample(1)), (2, &[2.0, 3.0][..]));
/// ```
///
/// # Shapes
/// x: features × samples, column-major. Labels: one per sample. Values: outputs × samples. Weights: one per sample.
#[derive(Clone, Copy, Debug)]
pub struct Dataset<'a, F: Scalar> {
    x: &'a [F],
    features: usize,
    target: Target<'a, F>,
    weights: Option<&'a [F]>,
    starts: Option<&'a [usize]>,
}

/// What is to be learned.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Target<'a, F: Scalar> {
    /// Nothing: the inputs are all there is.
    None,
    /// A class for each sample, counted from 0.
    Labels {
        /// One label a sample, each below `classes`.
        labels: &'a [u32],
        /// How many classes there are, also if some have no sample here.
        classes: usize,
    },
    /// Quantities: outputs × samples, column-major.
    Values {
        /// The quantities, one sample after another.
        values: &'a [F],
        /// How many there are a sample.
        outputs: usize,
    },
}

impl<'a, F: Scalar> Dataset<'a, F> {
    /// The columns of `x` as samples.
    pub fn new(x: &'a DMatrix<F>) -> Self {
        Self::from_slice(x.nrows(), x.as_slice())
    }

    /// Samples of `features` numbers each, one after another.
    pub fn from_slice(features: usize, x: &'a [F]) -> Self {
        Self { x, features, target: Target::None, weights: None, starts: None }
    }

    /// With a class for each sample, counted from 0. There are as many classes as the largest label says.
    #[must_use]
    pub fn labels(self, labels: &'a [u32]) -> Self {
        let classes = labels.iter().max().map_or(0, |&most| most as usize + 1);
        self.labels_of(classes, labels)
    }

    /// With a class for each sample, where `classes` says how many there are: a part need not hold them all.
    #[must_use]
    pub fn labels_of(self, classes: usize, labels: &'a [u32]) -> Self {
        Self { target: Target::Labels { labels, classes }, ..self }
    }

    /// With quantities to learn: the columns of `y`, one a sample.
    #[must_use]
    pub fn values(self, y: &'a DMatrix<F>) -> Self {
        self.values_from_slice(y.nrows(), y.as_slice())
    }

    /// With `outputs` quantities a sample, one sample after another.
    #[must_use]
    pub fn values_from_slice(self, outputs: usize, values: &'a [F]) -> Self {
        Self { target: Target::Values { values, outputs }, ..self }
    }

    /// With a weight for each sample, 0 or more: a sample of weight 2 counts as two.
    #[must_use]
    pub fn weights(self, weights: &'a [F]) -> Self {
        Self { weights: Some(weights), ..self }
    }

    /// As sequences: columns are time steps, and `starts` names the first column of each sequence, the first being 0.
    #[must_use]
    pub fn sequences(self, starts: &'a [usize]) -> Self {
        Self { starts: Some(starts), ..self }
    }

    /// The same samples with other features, such as scaled ones: as many numbers as x has.
    #[must_use]
    pub fn with_x<'b>(self, x: &'b [F]) -> Dataset<'b, F>
    where
        'a: 'b,
    {
        Dataset { x, ..self }
    }

    /// Without its target, as a model sees it that only answers.
    #[must_use]
    pub fn inputs_only(self) -> Self {
        Self { target: Target::None, ..self }
    }

    /// The samples from `range.start` up to `range.end`, or to the last one; starts of sequences are not kept.
    ///
    /// # Panics
    /// Where labels, values or weights are fewer than the samples: [`check`](Self::check) data first that are not your own.
    #[must_use]
    pub fn part(self, range: Range<usize>) -> Self {
        let end = range.end.min(self.samples());
        let range = range.start.min(end)..end;
        let columns = |all: &'a [F], rows: usize| &all[range.start * rows..range.end * rows];
        let target = match self.target {
            Target::None => Target::None,
            Target::Labels { labels, classes } => Target::Labels { labels: &labels[range.clone()], classes },
            Target::Values { values, outputs } => Target::Values { values: columns(values, outputs), outputs },
        };
        let weights = self.weights.map(|weights| &weights[range.clone()]);
        Self { x: columns(self.x, self.features), features: self.features, target, weights, starts: None }
    }

    /// Rows of x.
    pub fn features(&self) -> usize {
        self.features
    }

    /// Columns of x.
    pub fn samples(&self) -> usize {
        self.x.len().checked_div(self.features).unwrap_or(0)
    }

    /// All of x: features × samples, column-major.
    pub fn x(&self) -> &'a [F] {
        self.x
    }

    /// How many items there are: what is learned or cut off as one, a whole sequence where there are sequences, else a
    /// sample.
    pub(crate) fn items(&self) -> usize {
        self.starts.map_or(self.samples(), <[usize]>::len)
    }

    /// The samples of an item.
    pub(crate) fn item(&self, item: usize) -> Range<usize> {
        match self.starts {
            None => item..item + 1,
            Some(starts) => starts[item]..starts.get(item + 1).copied().unwrap_or(self.samples()),
        }
    }

    /// The features of one sample.
    ///
    /// # Panics
    /// For a sample that is not there.
    pub fn sample(&self, index: usize) -> &'a [F] {
        &self.x[index * self.features..][..self.features]
    }

    /// What is to be learned.
    pub fn target(&self) -> Target<'a, F> {
        self.target
    }

    /// The features of all samples, scaled: a copy where there is a scaler.
    pub fn scaled(&self, scaler: Option<&Scaler<F>>) -> Cow<'a, [F]> {
        let mut x = Cow::Borrowed(self.x);
        if let Some(scaler) = scaler {
            scaler.apply(x.to_mut());
        }
        x
    }

    /// The weight of a sample: 1 where none was given.
    pub fn weight(&self, sample: usize) -> F {
        self.weights.map_or(F::ONE, |weights| weights[sample])
    }

    /// The samples that weigh something.
    pub fn counted(&self) -> impl Iterator<Item = usize> + use<'a, F> {
        let data = *self;
        (0..data.samples()).filter(move |&sample| F::ZERO < data.weight(sample))
    }

    /// The first sample of each class, of `most` classes; or the first samples, where there are no classes.
    pub fn examples(&self, most: usize) -> Vec<usize> {
        match self.target {
            Target::Labels { labels, classes } => {
                let first = |class: usize| labels.iter().position(|&label| label as usize == class);
                (0..classes).filter_map(first).take(most).collect()
            }
            Target::None | Target::Values { .. } => (0..self.samples().min(most)).collect(),
        }
    }

    /// The weight of each sample, where they differ.
    pub fn sample_weights(&self) -> Option<&'a [F]> {
        self.weights
    }

    /// The first column of each sequence, where the columns are time steps.
    pub fn starts(&self) -> Option<&'a [usize]> {
        self.starts
    }

    /// Checks that all the parts fit together and that every number is finite. Every public door calls it.
    ///
    /// # Errors
    /// [`Error::Data`] for no samples, no features, a number that is not finite, a negative weight, a label out of
    /// range, or starts that do not rise from 0; [`Error::Shape`] for parts of different lengths.
    pub fn check(&self) -> Result<()> {
        self.check_but(|x| finite("x", x, self.features))
    }

    /// [`check`](Self::check), and that there are `features` rows, where a NaN in x is a number that is missing; of each
    /// sample one at least must be there.
    ///
    /// # Errors
    /// Those of [`check_features`](Self::check_features), but for NaN; [`Error::Data`] for a sample without any number.
    pub fn check_features_or_missing(&self, features: usize) -> Result<()> {
        self.check_rows(features)?;
        self.check_but(|x| {
            // Whole blocks of finite numbers are the rule.
            if finite("x", x, self.features).is_ok() {
                return Ok(());
            }
            let endless = |v: &F| !v.is_finite() && !v.to_f64().is_nan();
            if let Some(at) = x.iter().position(endless) {
                return Err(Error::value(format!("x is {}", x[at]), at / self.features, at % self.features));
            }
            match x.chunks_exact(self.features).position(|sample| sample.iter().all(|v| !v.is_finite())) {
                Some(sample) => Err(Error::sample("every number of a sample is missing", sample)),
                None => Ok(()),
            }
        })
    }

    /// What a model checks that has a setting `missing_values`: [`check_features_or_missing`](Self::check_features_or_missing) where it is
    /// set, else [`check_features`](Self::check_features), whose error for a NaN in x then tells of the setting.
    ///
    /// # Errors
    /// Those of either.
    pub fn check_features_by(&self, missing_values: bool, features: usize) -> Result<()> {
        if missing_values {
            return self.check_features_or_missing(features);
        }
        self.check_features(features).map_err(|error| match error {
            Error::Data { sample: Some(sample), feature: Some(feature), .. }
                if self.x.get(sample * self.features + feature).is_some_and(|x| x.to_f64().is_nan()) =>
            {
                let what = "x is NaN; where that is a number that is missing, missing_values takes it";
                Error::value(what, sample, feature)
            }
            other => other,
        })
    }

    fn check_but(&self, check_x: impl FnOnce(&[F]) -> Result<()>) -> Result<()> {
        if self.features == 0 {
            return Err(Error::data("x has no features"));
        }
        if self.x.is_empty() {
            return Err(Error::data("there are no samples"));
        }
        if !self.x.len().is_multiple_of(self.features) {
            return Err(Error::shape(
                format!("numbers of x, whole samples of {} each", self.features),
                self.samples() * self.features,
                self.x.len(),
            ));
        }
        check_x(self.x)?;
        self.check_target()?;
        self.check_weights()?;
        self.check_starts()
    }

    /// [`check`](Self::check), and that there are `features` rows, as the model has learned them.
    ///
    /// # Errors
    /// Those of [`check`](Self::check); [`Error::Shape`] for another number of features.
    pub fn check_features(&self, features: usize) -> Result<()> {
        self.check_rows(features)?;
        self.check()
    }

    fn check_rows(&self, features: usize) -> Result<()> {
        if self.features == features {
            return Ok(());
        }
        Err(Error::shape("rows of x (features)", features, self.features))
    }

    fn check_target(&self) -> Result<()> {
        match self.target {
            Target::None => Ok(()),
            Target::Labels { labels, classes } => {
                if labels.len() != self.samples() {
                    return Err(Error::shape("labels (one a sample, a column of x)", self.samples(), labels.len()));
                }
                if classes > MOST_CLASSES {
                    return Err(Error::data(format!("there are {classes} classes; at most {MOST_CLASSES} are taken")));
                }
                match labels.iter().position(|&label| label as usize >= classes) {
                    Some(sample) => {
                        let what = format!("label {} is not below the number of classes, {classes}", labels[sample]);
                        Err(Error::sample(what, sample))
                    }
                    None => Ok(()),
                }
            }
            Target::Values { values, outputs } => {
                if outputs == 0 {
                    return Err(Error::data("the target has no values"));
                }
                if values.len().is_multiple_of(outputs) && values.len() / outputs != self.samples() {
                    let what = "columns of the target (one a sample)";
                    return Err(Error::shape(what, self.samples(), values.len() / outputs));
                }
                if values.len() != outputs * self.samples() {
                    return Err(Error::shape("values of the target", outputs * self.samples(), values.len()));
                }
                finite("target", values, outputs)
            }
        }
    }

    fn check_weights(&self) -> Result<()> {
        let Some(weights) = self.weights else { return Ok(()) };
        if weights.len() != self.samples() {
            return Err(Error::shape("weights (one a sample)", self.samples(), weights.len()));
        }
        if let Some(sample) = weights.iter().position(|&w| !(w.is_finite() && F::ZERO <= w)) {
            let what = format!("a weight is {}, not a finite number of 0 or more", weights[sample]);
            return Err(Error::sample(what, sample));
        }
        if weights.iter().all(|&w| w == F::ZERO) {
            return Err(Error::data("all weights are zero"));
        }
        Ok(())
    }

    fn check_starts(&self) -> Result<()> {
        let Some(starts) = self.starts else { return Ok(()) };
        let rising = starts.windows(2).all(|pair| pair[0] < pair[1]);
        let inside = starts.first() == Some(&0) && starts.last().is_some_and(|&last| last < self.samples());
        if rising && inside { Ok(()) } else { Err(Error::data("starts of sequences must rise from 0 and stay inside")) }
    }
}

/// Says where the first number is that is not finite.
fn finite<F: Scalar>(what: &str, values: &[F], rows: usize) -> Result<()> {
    if linalg::all_finite(values) {
        return Ok(());
    }
    match values.iter().position(|v| !v.is_finite()) {
        Some(at) => Err(Error::value(format!("{what} is {}", values[at]), at / rows, at % rows)),
        None => Ok(()),
    }
}

/// Samples that own their numbers: what [`Dataset::select`] gives back, and what a reader of data makes.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnedDataset<F: Scalar> {
    x: Vec<F>,
    features: usize,
    target: OwnedTarget<F>,
    weights: Option<Vec<F>>,
    starts: Option<Vec<usize>>,
}

/// What is to be learned, as [`Target`], where it owns its numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum OwnedTarget<F: Scalar> {
    /// Nothing: the inputs are all there is.
    None,
    /// A class for each sample, counted from 0.
    Labels {
        /// One label a sample, each below `classes`.
        labels: Vec<u32>,
        /// How many classes there are, also if some have no sample here.
        classes: usize,
    },
    /// Quantities: outputs × samples, column-major.
    Values {
        /// The quantities, one sample after another.
        values: Vec<F>,
        /// How many there are a sample.
        outputs: usize,
    },
}

impl<F: Scalar> Dataset<'_, F> {
    /// A copy of the chosen samples, in the order of `chosen`. A sequence goes on where a sample follows that followed it
    /// here, and begins anew where another does, so that what was chosen whole stays whole.
    ///
    /// # Errors
    /// [`Error::Data`] for a sample that is not there; those of [`check`](Self::check) where the parts do not fit together.
    pub fn select(&self, chosen: &[usize]) -> Result<OwnedDataset<F>> {
        let samples = self.samples();
        if let Some(&beyond) = chosen.iter().find(|&&sample| samples <= sample) {
            return Err(Error::data(format!("sample {beyond} is chosen, but there are {samples}")));
        }
        self.check_target()?;
        self.check_weights()?;
        self.check_starts()?;
        let columns = |data: &[F], rows: usize| {
            chosen.iter().flat_map(|&s| data[s * rows..][..rows].iter().copied()).collect::<Vec<F>>()
        };
        let target = match self.target {
            Target::None => OwnedTarget::None,
            Target::Labels { labels, classes } => {
                OwnedTarget::Labels { labels: chosen.iter().map(|&s| labels[s]).collect(), classes }
            }
            Target::Values { values, outputs } => OwnedTarget::Values { values: columns(values, outputs), outputs },
        };
        Ok(OwnedDataset {
            weights: self.weights.map(|w| chosen.iter().map(|&s| w[s]).collect()),
            starts: self.starts.map(|starts| starts_of(chosen, starts)),
            ..OwnedDataset::new(self.features, columns(self.x, self.features), target)
        })
    }
}

/// Where sequences start among the `chosen` samples, which have their `starts`.
fn starts_of(chosen: &[usize], starts: &[usize]) -> Vec<usize> {
    let follows = |at: usize| at != 0 && chosen[at] == chosen[at - 1] + 1 && starts.binary_search(&chosen[at]).is_err();
    (0..chosen.len()).filter(|&at| !follows(at)).collect()
}

impl<F: Scalar> OwnedDataset<F> {
    /// Samples of `features` numbers each, one after another, and their target. Nothing is checked here: models do.
    pub fn new(features: usize, x: Vec<F>, target: OwnedTarget<F>) -> Self {
        Self { x, features, target, weights: None, starts: None }
    }

    /// As sequences: the first column of each, the first being 0.
    #[must_use]
    pub fn sequences(self, starts: Vec<usize>) -> Self {
        Self { starts: Some(starts), ..self }
    }

    /// With one number of x replaced.
    pub(crate) fn with_number(mut self, at: usize, number: F) -> Self {
        self.x[at] = number;
        self
    }

    /// A view of it, which is what every model takes.
    pub fn view(&self) -> Dataset<'_, F> {
        Dataset {
            x: &self.x,
            features: self.features,
            target: self.target.view(),
            weights: self.weights.as_deref(),
            starts: self.starts.as_deref(),
        }
    }
}

impl<F: Scalar> OwnedTarget<F> {
    fn view(&self) -> Target<'_, F> {
        match self {
            Self::None => Target::None,
            Self::Labels { labels, classes } => Target::Labels { labels, classes: *classes },
            Self::Values { values, outputs } => Target::Values { values, outputs: *outputs },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_a_column() {
        let x = DMatrix::from_column_slice(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let data = Dataset::new(&x);
        assert_eq!((data.features(), data.samples()), (2, 3));
        assert_eq!(data.sample(1), &[3.0, 4.0]);
    }

    #[test]
    fn what_is_not_finite_is_named_with_its_place() {
        let x = DMatrix::from_column_slice(2, 2, &[1.0, 2.0, f64::NAN, 4.0]);
        let error = Dataset::new(&x).check().unwrap_err();
        assert_eq!(error.to_string(), "x is NaN (sample 1, feature 0)");
    }

    #[test]
    fn missing_numbers_are_taken_where_they_may_be() {
        let nan = f64::NAN;
        let told = |x: &[f64]| Dataset::from_slice(2, x).check_features_or_missing(2).map_err(|e| e.to_string());
        assert_eq!(told(&[1.0, nan, nan, 4.0]), Ok(()));
        assert_eq!(told(&[1.0, nan, nan, nan]).unwrap_err(), "every number of a sample is missing (sample 1)");
        assert_eq!(told(&[1.0, nan, nan, f64::INFINITY]).unwrap_err(), "x is inf (sample 1, feature 1)");
        assert!(Dataset::from_slice(2, &[1.0, nan]).check().is_err());
    }

    #[test]
    fn parts_of_different_lengths_are_refused() {
        let x = DMatrix::from_column_slice(1, 3, &[1.0_f32, 2.0, 3.0]);
        let error = Dataset::new(&x).labels(&[0, 1]).check().unwrap_err();
        assert_eq!(error.to_string(), "labels (one a sample, a column of x): expected 3, got 2");
        assert!(Dataset::new(&x).weights(&[1.0, -1.0, 1.0]).check().is_err());
        assert!(Dataset::new(&x).sequences(&[0, 3]).check().is_err());
        assert!(Dataset::new(&x).labels(&[0, u32::MAX, 1]).check().is_err());
        assert!(Dataset::<f32>::from_slice(0, &[]).check().is_err());
    }

    #[test]
    fn a_selection_holds_the_chosen_samples_in_their_order() {
        let x = DMatrix::from_column_slice(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let labels = [0, 1, 2];
        let chosen = Dataset::new(&x).labels(&labels).select(&[2, 0]).unwrap();
        assert_eq!(chosen.view().x(), &[5.0, 6.0, 1.0, 2.0]);
        let Target::Labels { labels, classes } = chosen.view().target() else { panic!("labels are kept") };
        assert_eq!((labels, classes), (&[2, 0][..], 3));
    }

    #[test]
    fn a_selection_of_whole_sequences_holds_sequences() {
        let x = [0.0_f32, 1.0, 2.0, 3.0, 4.0, 5.0];
        let data = Dataset::from_slice(1, &x).sequences(&[0, 2, 5]);
        let starts = |chosen: &[usize]| data.select(chosen).unwrap().view().starts().unwrap().to_vec();
        assert_eq!(starts(&[0, 1, 5]), [0, 2]);
        assert_eq!(starts(&[2, 3, 4, 5]), [0, 3]);
        assert_eq!(starts(&[0, 1, 2, 4]), [0, 2, 3]);
        let error = data.select(&[0, 6]).unwrap_err().to_string();
        assert_eq!(error, "sample 6 is chosen, but there are 6");
    }
}
