//! How near quantities are to the truth.

use super::weighted_mean;
use crate::Scalar;

/// Root of the mean squared error over all numbers: `sqrt(sum_i w_i mean_k (y_ki - t_ki)^2 / sum_i w_i)`; 0 of nothing.
///
/// # Shapes
/// `predicted`, `values`: outputs × samples.
pub fn rmse<F: Scalar>(predicted: &[F], values: &[F], outputs: usize, weights: Option<&[F]>) -> f64 {
    mean_over_all(predicted, values, outputs, weights, square).sqrt()
}

/// Mean absolute error over all numbers: `sum_i w_i mean_k |y_ki - t_ki| / sum_i w_i`; 0 of nothing.
///
/// # Shapes
/// `predicted`, `values`: outputs × samples.
pub fn mae<F: Scalar>(predicted: &[F], values: &[F], outputs: usize, weights: Option<&[F]>) -> f64 {
    mean_over_all(predicted, values, outputs, weights, f64::abs)
}

/// `R^2 = 1 - sum (y - t)^2 / sum (t - mean t)^2`, the mean over the outputs, each sample counting by its weight. 1 is
/// perfect, 0 is as good as telling the mean. A constant target counts 1 where it is met exactly and 0 otherwise.
///
/// # Shapes
/// `predicted`, `values`: outputs × samples.
pub fn r2<F: Scalar>(predicted: &[F], values: &[F], outputs: usize, weights: Option<&[F]>) -> f64 {
    if outputs == 0 {
        return 0.0;
    }
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

/// The mean over all numbers of what `cost` makes of their errors.
fn mean_over_all<F: Scalar>(
    predicted: &[F],
    values: &[F],
    outputs: usize,
    weights: Option<&[F]>,
    cost: impl Fn(f64) -> f64,
) -> f64 {
    if outputs == 0 {
        return 0.0;
    }
    let of_sample = |(p, v): (&[F], &[F])| {
        let costs = p.iter().zip(v).map(|(p, v)| cost(p.to_f64() - v.to_f64()));
        costs.sum::<f64>() / outputs as f64
    };
    weighted_mean(predicted.chunks(outputs).zip(values.chunks(outputs)).map(of_sample), weights)
}

fn square(number: f64) -> f64 {
    number * number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r2_is_1_for_the_truth_and_0_for_the_mean() {
        let truth = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        assert_eq!(r2(&truth, &truth, 2, None), 1.0);
        assert_eq!(r2(&[2.0, 20.0, 2.0, 20.0, 2.0, 20.0], &truth, 2, None), 0.0);
        assert_eq!(rmse(&[1.0, 2.0], &[1.0, 4.0], 1, None), 2.0_f64.sqrt());
    }

    #[test]
    fn the_mean_absolute_error_counts_by_weight_and_over_all_outputs() {
        assert_eq!(mae(&[1.0, 2.0], &[1.0, 5.0], 1, Some(&[1.0, 2.0])), 2.0);
        assert_eq!(mae(&[1.0, 2.0, 3.0, 4.0], &[1.0, 0.0, 4.0, 9.0], 2, None), 2.0);
    }

    #[test]
    fn no_outputs_and_no_weight_measure_0_and_not_nan() {
        for measure in [rmse::<f64>, mae::<f64>, r2::<f64>] {
            assert_eq!(measure(&[1.0], &[2.0], 0, None), 0.0);
            assert!(!measure(&[1.0], &[2.0], 1, Some(&[0.0])).is_nan());
            assert!(!measure(&[], &[], 1, None).is_nan());
        }
    }
}
