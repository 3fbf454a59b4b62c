//! How good answers are.
//!
//! A sample counts by its weight, or 1. Where slices have different lengths, what can name the error does; the plain means
//! ([`accuracy`], [`error_rate`], [`rmse`], [`mae`], [`r2`]) end with the shorter one.

mod confusion;
mod scores;
mod values;

pub use confusion::Confusion;
pub use scores::{log_loss, roc_auc, roc_auc_of_classes};
pub use values::{mae, r2, rmse};

use crate::{Error, Result, Scalar};

/// The class with the largest of `scores`, the first of equals.
pub fn largest<F: Scalar>(scores: &[F]) -> u32 {
    let mut best = 0;
    for (class, score) in scores.iter().enumerate() {
        if scores[best] < *score {
            best = class;
        }
    }
    best as u32
}

/// The share of `labels` that `predicted` meets.
pub fn accuracy<F: Scalar>(predicted: &[u32], labels: &[u32], weights: Option<&[F]>) -> f64 {
    let right = predicted.iter().zip(labels).map(|(p, l)| f64::from(u8::from(p == l)));
    weighted_mean(right, weights)
}

/// The share of `labels` that `predicted` misses.
pub fn error_rate<F: Scalar>(predicted: &[u32], labels: &[u32], weights: Option<&[F]>) -> f64 {
    let wrong = predicted.iter().zip(labels).map(|(p, l)| f64::from(u8::from(p != l)));
    weighted_mean(wrong, weights)
}

/// The mean of one number a sample, each counting by its weight; 0 where nothing weighs anything.
pub fn weighted_mean<F: Scalar>(numbers: impl Iterator<Item = f64>, weights: Option<&[F]>) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (sample, number) in numbers.enumerate() {
        let weight = weight(weights, sample);
        // 0 times an infinite error would not be a number.
        if weight != 0.0 {
            sum += weight * number;
            total += weight;
        }
    }
    share(sum, total)
}

/// What a sample weighs; beyond the end of the weights nothing.
fn weight<F: Scalar>(weights: Option<&[F]>, sample: usize) -> f64 {
    weights.map_or(1.0, |weights| weights.get(sample).map_or(0.0, |weight| weight.to_f64()))
}

/// A part of the whole; 0 of nothing.
fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

/// That there is one weight a sample, none of them negative, and that their sum is a finite number.
fn check_weights<F: Scalar>(weights: Option<&[F]>, samples: usize) -> Result<()> {
    let Some(weights) = weights else { return Ok(()) };
    if weights.len() != samples {
        return Err(Error::shape("weights (one a sample)", samples, weights.len()));
    }
    if let Some(sample) = weights.iter().position(|&weight| !(weight.is_finite() && F::ZERO <= weight)) {
        return Err(Error::sample(
            format!("a weight is {}, not a finite number of 0 or more", weights[sample]),
            sample,
        ));
    }
    if weights.iter().map(|weight| weight.to_f64()).sum::<f64>().is_finite() {
        Ok(())
    } else {
        Err(Error::data("the weights add up to more than a float can hold"))
    }
}

/// That there are `samples` labels, each below `classes`.
fn check_labels(what: &str, labels: &[u32], samples: usize, classes: usize) -> Result<()> {
    if labels.len() != samples {
        return Err(Error::shape(format!("{what}s (one a sample)"), samples, labels.len()));
    }
    match labels.iter().position(|&label| classes <= label as usize) {
        Some(at) => {
            Err(Error::sample(format!("{what} {} is not below the number of classes, {classes}", labels[at]), at))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_counts_what_is_met() {
        assert_eq!(accuracy::<f32>(&[0, 1, 2, 2], &[0, 1, 1, 2], None), 0.75);
        assert_eq!(accuracy(&[0, 1, 2, 2], &[0, 1, 1, 2], Some(&[1.0, 0.0, 1.0, 0.0])), 0.5);
        assert_eq!(error_rate(&[0, 1, 2, 2], &[0, 1, 1, 2], Some(&[1.0, 0.0, 3.0, 0.0])), 0.75);
        assert_eq!(largest(&[0.1, 0.7, 0.7]), 1);
    }

    #[test]
    fn nothing_to_measure_is_0_and_no_panic() {
        assert_eq!(largest::<f64>(&[]), 0);
        assert_eq!(accuracy::<f64>(&[], &[], None), 0.0);
        assert_eq!(accuracy(&[1, 1], &[1, 0], Some(&[0.0, 0.0])), 0.0);
        assert_eq!(accuracy(&[1, 0], &[1, 1], Some(&[1.0])), 1.0);
    }
}
