//! The sets that both sides learn from.

use std::path::Path;

use anyhow::{Context, Result, bail};
use nn_core::kernels::random::fill_uniform;
use nn_core::random::Key;
use nn_core::{Dataset, Model, Scalar};

use crate::npy;

/// A set in memory: samples to learn from and samples to be asked, each with a class.
#[derive(Clone, Debug)]
pub struct Data<F> {
    features: usize,
    classes: usize,
    x: Vec<F>,
    labels: Vec<u32>,
    test_x: Vec<F>,
    test_labels: Vec<u32>,
}

impl<F: Scalar> Data<F> {
    /// Reads `NAME_x.npy`, `NAME_y.npy`, `NAME_test_x.npy` and `NAME_test_y.npy` of a folder.
    pub(crate) fn load(folder: &Path, name: &str) -> Result<Self> {
        if !folder.join(format!("{name}_x.npy")).exists() {
            bail!("data absent: {name}");
        }
        let (features, x, labels) = part(folder, name)?;
        let (test_features, test_x, test_labels) = part(folder, &format!("{name}_test"))?;
        if features != test_features {
            bail!("{name}: {features} features to learn from, {test_features} to be asked");
        }
        let classes = labels.iter().chain(&test_labels).max().map_or(0, |&most| most as usize + 1);
        Ok(Self { features, classes, x, labels, test_x, test_labels })
    }

    /// So many samples of uniform numbers between 0 and 1, to be learned and as many to be asked, with classes in turn: for how the
    /// cost grows, where what is learned is of no account.
    ///
    /// # Errors
    /// Where there are more classes than numbers of 32 bits.
    pub fn uniform(samples: usize, features: usize, classes: usize) -> Result<Self> {
        let labels = (0..samples).map(|sample| u32::try_from(sample % classes)).collect::<Result<Vec<u32>, _>>()?;
        let mut stream = Key::once(0).stream("uniform");
        let mut numbers = || {
            let mut x = vec![F::ZERO; samples * features];
            fill_uniform(&mut stream, &mut x);
            x
        };
        Ok(Self { features, classes, x: numbers(), labels: labels.clone(), test_x: numbers(), test_labels: labels })
    }

    /// The samples to learn from.
    pub fn train(&self) -> Dataset<'_, F> {
        self.first(self.labels.len())
    }

    /// The first `rows` of them, or all if there are fewer.
    pub fn first(&self, rows: usize) -> Dataset<'_, F> {
        let rows = rows.min(self.labels.len());
        let x = &self.x[..rows * self.features];
        Dataset::from_slice(self.features, x).labels_of(self.classes, &self.labels[..rows])
    }

    /// The share of the samples to be asked that `model` answers rightly.
    ///
    /// # Errors
    /// Where it cannot be asked or measures no accuracy.
    pub fn accuracy(&self, model: &impl Model<F>) -> Result<f64> {
        model.evaluate(&self.test())?.get("accuracy").context("a classifier measures its accuracy")
    }

    /// The samples to be asked.
    pub fn test(&self) -> Dataset<'_, F> {
        Dataset::from_slice(self.features, &self.test_x).labels_of(self.classes, &self.test_labels)
    }
}

/// How both sides call this float.
pub fn dtype<F>() -> &'static str {
    if size_of::<F>() == 4 { "float32" } else { "float64" }
}

/// Features, numbers and classes of one of the two parts.
fn part<F: Scalar>(folder: &Path, name: &str) -> Result<(usize, Vec<F>, Vec<u32>)> {
    let (shape, x) = npy::read_f32(&folder.join(format!("{name}_x.npy")))?;
    let (_, y) = npy::read_i64(&folder.join(format!("{name}_y.npy")))?;
    let labels = y.iter().map(|&class| u32::try_from(class)).collect::<Result<Vec<u32>, _>>();
    let labels = labels.with_context(|| format!("{name}: a class is not counted from 0"))?;
    match shape[..] {
        [rows, features] if rows == labels.len() => {
            Ok((features, x.iter().map(|&x| F::from_f64(f64::from(x))).collect(), labels))
        }
        _ => bail!("{name}: {shape:?} numbers do not go with {} classes", labels.len()),
    }
}

/// Writes the part `name` of a set into `folder` for both sides: `x` is samples × features, row by row.
///
/// # Errors
/// Where the operating system refuses, or where `x` and `labels` do not fit together.
pub fn write(folder: &Path, name: &str, x: &[f32], labels: &[i64]) -> Result<()> {
    if labels.is_empty() || !x.len().is_multiple_of(labels.len()) {
        bail!("{name}: {} numbers do not go with {} classes", x.len(), labels.len());
    }
    npy::write_f32(&folder.join(format!("{name}_x.npy")), &[labels.len(), x.len() / labels.len()], x)?;
    npy::write_i64(&folder.join(format!("{name}_y.npy")), &[labels.len()], labels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_as_it_was_written() {
        let folder = std::env::temp_dir().join(format!("nn-bench-data-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        write(&folder, "set", &[0.0, 0.25, 0.5, 0.75], &[1, 0]).unwrap();
        write(&folder, "set_test", &[1.0, 0.5], &[2]).unwrap();
        let data = Data::<f64>::load(&folder, "set");
        let absent = Data::<f64>::load(&folder, "other");
        std::fs::remove_dir_all(&folder).unwrap();
        let data = data.unwrap();
        assert_eq!(data.train().sample(1), [0.5, 0.75]);
        assert_eq!(data.first(1).samples(), 1);
        assert_eq!((data.test().x(), data.classes), (&[1.0, 0.5][..], 3));
        assert_eq!(absent.unwrap_err().to_string(), "data absent: other");
    }
}
