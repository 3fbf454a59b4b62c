//! Widths from the data: how far units reach where nobody says.

use crate::Widths;
use crate::kmeans;
use nn_core::kernels::distances;
use nn_core::{Scalar, side_by_side};

/// A feature's width is at most so many times that of its unit, or so small a share of it.
const MOST_UNLIKE: f64 = 4.0;

/// The width of each unit: the mean distance of its centre from its `neighbors` nearest other centres. Moody and Darken 1989.
/// Centres that stand at one place are no neighbours; a centre without any has the spread of the samples around it.
///
/// # Shapes
/// `centers`: features × units, `x`: features × samples. The widths: one a unit.
pub(crate) fn of_units<F: Scalar>(centers: &[F], x: &[F], features: usize, neighbors: usize) -> Vec<f64> {
    let units = centers.len() / features;
    let mut widths = vec![0.0; units];
    side_by_side(&mut widths, |unit, width| {
        let mut squares = vec![F::ZERO; units];
        distances(&centers[unit * features..][..features], 1, centers, None, &mut squares);
        let mut others: Vec<f64> = squares.iter().map(|s| s.to_f64().sqrt()).filter(|d| 0.0 < *d).collect();
        let count = neighbors.min(others.len());
        if 0 < count {
            others.select_nth_unstable_by(count - 1, f64::total_cmp);
            others.truncate(count);
            others.sort_by(f64::total_cmp);
            *width = others.iter().sum::<f64>() / count as f64;
        }
    });
    let known: Vec<f64> = widths.iter().copied().filter(|width| usable(*width)).collect();
    let usual = match known.len() {
        0 => around(&centers[..features], x),
        count => known.iter().sum::<f64>() / count as f64,
    };
    widths.iter_mut().filter(|width| !usable(**width)).for_each(|width| *width = usual);
    widths
}

/// The root of the mean squared distance of all samples from one centre; 1 where they all stand there.
fn around<F: Scalar>(center: &[F], x: &[F]) -> f64 {
    let samples = x.chunks_exact(center.len());
    let count = samples.len() as f64;
    let square = |x: &[F]| x.iter().zip(center).map(|(&x, &c)| (x - c).to_f64().powi(2)).sum::<f64>() / count;
    Some(samples.map(square).sum::<f64>().sqrt()).filter(|width| usable(*width)).unwrap_or(1.0)
}

/// Whether `1 / (2 width^2)` is a number to go on with.
fn usable(width: f64) -> bool {
    (1e-100..1e100).contains(&width)
}

/// `ln beta` of the units, as theta holds it, for widths that are multiplied by `factor`: `beta = 1 / (2 width^2)`.
///
/// One of all is their mean. One a feature is that of the unit times the share that the feature has of the spread of the
/// samples nearest to the centre, within limits.
pub(crate) fn log_betas<F: Scalar>(kind: Widths, widths: &[f64], shares: &[f64], factor: f64) -> Vec<F> {
    let tau = |width: f64| F::from_f64(-(2.0_f64.ln()) - 2.0 * (factor * width).ln());
    match kind {
        Widths::One => vec![tau(widths.iter().sum::<f64>() / widths.len() as f64)],
        Widths::PerUnit => widths.iter().map(|&width| tau(width)).collect(),
        Widths::PerFeature => {
            let features = shares.len() / widths.len();
            shares.iter().enumerate().map(|(at, share)| tau(share * widths[at / features])).collect()
        }
    }
}

/// How wide the samples nearest to each centre lie along each feature, beside the root mean square over features: features × units.
pub(crate) fn shares<F: Scalar>(centers: &[F], x: &[F], features: usize) -> Vec<f64> {
    let labels = kmeans::nearest(x, features, centers);
    let mut squares = vec![0.0; centers.len()];
    for (x, &label) in x.chunks_exact(features).zip(&labels) {
        let own = label as usize * features..(label as usize + 1) * features;
        for ((square, &x), &c) in squares[own.clone()].iter_mut().zip(x).zip(&centers[own]) {
            *square += (x - c).to_f64().powi(2);
        }
    }
    for squares in squares.chunks_exact_mut(features) {
        let mean = squares.iter().sum::<f64>() / features as f64;
        let share = |square: f64| (square / mean).sqrt().clamp(1.0 / MOST_UNLIKE, MOST_UNLIKE);
        squares.iter_mut().for_each(|square| *square = if usable(mean) { share(*square) } else { 1.0 });
    }
    squares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_width_is_the_mean_distance_from_the_nearest_other_centres() {
        let centers = [0.0, 1.0, 3.0, 3.0];
        assert_eq!(of_units(&centers, &[9.0], 1, 2), [2.0, 1.5, 2.5, 2.5]);
        assert_eq!(of_units(&centers, &[9.0], 1, 1), [1.0, 1.0, 2.0, 2.0]);
    }

    #[test]
    fn a_centre_without_neighbours_has_the_spread_of_the_samples() {
        assert_eq!(of_units(&[1.0, 1.0], &[4.0, -2.0], 1, 2), [3.0, 3.0]);
        assert_eq!(of_units(&[1.0], &[1.0, 1.0], 1, 2), [1.0]);
    }

    #[test]
    fn a_feature_is_as_wide_as_its_samples_lie() {
        let x = [3.0, 1.0, -3.0, -1.0];
        let shares = shares(&[0.0, 0.0], &x, 2);
        assert!(
            (shares[0] / shares[1] - 3.0).abs() < 1e-12 && (shares[0].powi(2) + shares[1].powi(2) - 2.0).abs() < 1e-12
        );
        let tau: Vec<f64> = log_betas(Widths::PerFeature, &[2.0], &shares, 1.0);
        assert!((tau[0].exp() - 1.0 / (2.0 * (2.0 * shares[0]).powi(2))).abs() < 1e-12);
    }
}
