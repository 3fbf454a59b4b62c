//! How good answers are.

use crate::Scalar;

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

/// The share of `labels` that `predicted` meets, each sample counting by its weight.
pub fn accuracy<F: Scalar>(predicted: &[u32], labels: &[u32], weights: Option<&[F]>) -> f64 {
    let right = predicted.iter().zip(labels).map(|(p, l)| f64::from(u8::from(p == l)));
    weighted_mean(right, weights)
}

/// The share of `labels` that `predicted` misses, each sample counting by its weight.
pub fn error_rate<F: Scalar>(predicted: &[u32], labels: &[u32], weights: Option<&[F]>) -> f64 {
    let wrong = predicted.iter().zip(labels).map(|(p, l)| f64::from(u8::from(p != l)));
    weighted_mean(wrong, weights)
}

/// Root of the mean squared error over all numbers, each sample counting by its weight.
///
/// # Shapes
/// `predicted`, `values`: outputs × samples.
pub fn rmse<F: Scalar>(predicted: &[F], values: &[F], outputs: usize, weights: Option<&[F]>) -> f64 {
    let error = |(p, v): (&[F], &[F])| {
        let squares = p.iter().zip(v).map(|(p, v)| square(p.to_f64() - v.to_f64()));
        squares.sum::<f64>() / outputs as f64
    };
    weighted_mean(predicted.chunks(outputs).zip(values.chunks(outputs)).map(error), weights).sqrt()
}

/// `R^2 = 1 - sum (y - t)^2 / sum (t - mean t)^2`, the mean over the outputs, each sample counting by its weight. 1 is
/// perfect, 0 is as good as telling the mean. A constant target counts 1 where it is met exactly and 0 otherwise.
///
/// # Shapes
/// `predicted`, `values`: outputs × samples.
pub fn r2<F: Scalar>(predicted: &[F], values: &[F], outputs: usize, weights: Option<&[F]>) -> f64 {
    let score = |output: usize| {
        let of = |all: &[F]| all.iter().skip(output).step_by(outputs).map(|v| v.to_f64()).collect::<Vec<_>>();
        let (p, t) = (of(predicted), of(values));
        let mean = weighted_mean(t.iter().copied(), weights);
        let error = weighted_mean(p.iter().zip(&t).map(|(p, t)| square(p - t)), weights);
        let spread = weighted_mean(t.iter().map(|t| square(t - mean)), weights);
        if 0.0 < spread { 1.0 - error / spread } else { f64::from(u8::from(error == 0.0)) }
    };
    (0..outputs).map(score).sum::<f64>() / outputs as f64
}

fn square(number: f64) -> f64 {
    number * number
}

/// The mean of one number a sample; 0 where nothing weighs anything.
fn weighted_mean<F: Scalar>(numbers: impl Iterator<Item = f64>, weights: Option<&[F]>) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (sample, number) in numbers.enumerate() {
        let weight = weights.map_or(1.0, |weights| weights[sample].to_f64());
        sum += weight * number;
        total += weight;
    }
    if total == 0.0 { 0.0 } else { sum / total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_counts_what_is_met() {
        assert_eq!(accuracy::<f32>(&[0, 1, 2, 2], &[0, 1, 1, 2], None), 0.75);
        assert_eq!(accuracy(&[0, 1, 2, 2], &[0, 1, 1, 2], Some(&[1.0, 0.0, 1.0, 0.0])), 0.5);
        assert_eq!(largest(&[0.1, 0.7, 0.7]), 1);
    }

    #[test]
    fn r2_is_1_for_the_truth_and_0_for_the_mean() {
        let truth = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        assert_eq!(r2(&truth, &truth, 2, None), 1.0);
        assert_eq!(r2(&[2.0, 20.0, 2.0, 20.0, 2.0, 20.0], &truth, 2, None), 0.0);
        assert_eq!(rmse(&[1.0, 2.0], &[1.0, 4.0], 1, None), 2.0_f64.sqrt());
    }
}
