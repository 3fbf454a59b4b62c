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

/// The share of `labels` that `predicted` meets.
pub fn accuracy(predicted: &[u32], labels: &[u32]) -> f64 {
    let right = predicted.iter().zip(labels).filter(|(p, l)| p == l).count();
    right as f64 / labels.len() as f64
}

/// Root of the mean squared error, over all numbers.
pub fn rmse<F: Scalar>(predicted: &[F], values: &[F]) -> f64 {
    (squares(predicted.iter().zip(values).map(|(p, v)| p.to_f64() - v.to_f64())) / values.len() as f64).sqrt()
}

/// `R^2 = 1 - sum (y - t)^2 / sum (t - mean t)^2`, the mean over the outputs. 1 is perfect, 0 is as good as telling
/// the mean. A constant target counts 1 where it is met exactly and 0 otherwise.
///
/// # Shapes
/// `predicted`, `values`: outputs × samples.
pub fn r2<F: Scalar>(predicted: &[F], values: &[F], outputs: usize) -> f64 {
    let of =
        |all: &[F], output: usize| all.iter().skip(output).step_by(outputs).map(|v| v.to_f64()).collect::<Vec<_>>();
    let score = |output: usize| {
        let (p, t) = (of(predicted, output), of(values, output));
        let mean = t.iter().sum::<f64>() / t.len() as f64;
        let error = squares(p.iter().zip(&t).map(|(p, t)| p - t));
        let spread = squares(t.iter().map(|t| t - mean));
        if 0.0 < spread { 1.0 - error / spread } else { f64::from(u8::from(error == 0.0)) }
    };
    (0..outputs).map(score).sum::<f64>() / outputs as f64
}

fn squares(numbers: impl Iterator<Item = f64>) -> f64 {
    numbers.map(|number| number * number).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_counts_what_is_met() {
        assert_eq!(accuracy(&[0, 1, 2, 2], &[0, 1, 1, 2]), 0.75);
        assert_eq!(largest(&[0.1, 0.7, 0.7]), 1);
    }

    #[test]
    fn r2_is_1_for_the_truth_and_0_for_the_mean() {
        let truth = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        assert_eq!(r2(&truth, &truth, 2), 1.0);
        assert_eq!(r2(&[2.0, 20.0, 2.0, 20.0, 2.0, 20.0], &truth, 2), 0.0);
        assert_eq!(rmse(&[1.0, 2.0], &[1.0, 4.0]), 2.0_f64.sqrt());
    }
}
