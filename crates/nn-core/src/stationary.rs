//! Where a training has ended: in a minimum, on a saddle, on a plateau, or nowhere yet.
//!
//! A loss that falls no more is not yet a minimum. What a place is, its gradient and the eigenvalues of its Hessian say:
//! the curvatures of the loss along as many directions as there are parameters.

use crate::linalg::norm;
use crate::{Error, Result, Scalar};
use nalgebra::DMatrix;

/// More parameters have a Hessian that takes too long; of theirs only the gradient is told.
const MOST_PARAMETERS: usize = 1024;

/// What the loss is like around a theta.
#[derive(Clone, Debug, PartialEq)]
pub struct Surroundings {
    /// The loss there.
    pub loss: f64,
    /// The Euclidean norm of its gradient.
    pub gradient_norm: f64,
    /// The largest parameter, without its sign.
    pub largest: f64,
    /// The loss where every parameter is twice as large.
    pub outward_loss: f64,
    /// The eigenvalues of the Hessian, the smallest first; none where there are more than 1,024 parameters.
    pub eigenvalues: Vec<f64>,
}

crate::choices! {
    /// What kind of place a theta is.
    pub enum Place {
        /// The gradient is no zero: training had more to do.
        Slope = "slope",
        /// No direction leads down: every curvature is positive, or zero along what moves nothing.
        Minimum = "minimum",
        /// No gradient, but a direction that curves downwards.
        Saddle = "saddle",
        /// Neither gradient nor curvature in any direction.
        Plateau = "plateau",
        /// Neither gradient nor downward curvature, and weights so large that units are saturated, of which twice as large ones
        /// are better still: the loss falls for ever and less and less, and its minimum is at infinity.
        Runaway = "runaway",
    }
}

/// When numbers count as zero or as large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// A gradient of a smaller norm is none.
    pub gradient: f64,
    /// A curvature between this and its negative is none; where the largest curvature is above 1, so many times that one, since
    /// rounding errors grow with it.
    pub curvature: f64,
    /// Weights up to this do not run away: a logistic unit is within 0.00005 of its end at 10.
    pub weight: f64,
}

impl Default for Limits {
    /// What suits a small network in f64.
    fn default() -> Self {
        Self { gradient: 1e-6, curvature: 1e-8, weight: 10.0 }
    }
}

impl Surroundings {
    /// What kind of place it is.
    pub fn place(&self, limits: &Limits) -> Place {
        let (least, most) = (self.eigenvalues.first(), self.eigenvalues.last());
        let none = limits.curvature * most.map_or(1.0, |most| most.max(1.0));
        if limits.gradient <= self.gradient_norm || !self.gradient_norm.is_finite() {
            Place::Slope
        } else if least.is_some_and(|&least| least < -none) {
            Place::Saddle
        } else if limits.weight < self.largest && self.outward_loss < self.loss {
            Place::Runaway
        } else if most.is_some_and(|&most| most <= none) {
            Place::Plateau
        } else {
            Place::Minimum
        }
    }
}

/// Looks around `theta`. `gradient` gives the loss at a theta and overwrites its gradient.
///
/// The Hessian is that of central differences of the gradient, `(g(theta + h e_i) - g(theta - h e_i)) / 2h` in its column i,
/// made symmetric; so it is for f64, whose eigenvalues are right to some 1e-10 of the largest.
///
/// # Errors
/// [`Error::Data`] where a loss, a gradient or a curvature nearby is not finite.
pub fn surroundings<F: Scalar>(mut gradient: impl FnMut(&[F], &mut [F]) -> f64, theta: &[F]) -> Result<Surroundings> {
    let parameters = theta.len();
    let mut slopes = vec![F::ZERO; parameters];
    let loss = gradient(theta, &mut slopes);
    let finite = |loss: f64, slopes: &[F]| loss.is_finite() && slopes.iter().all(|slope| slope.is_finite());
    if !finite(loss, &slopes) {
        return Err(not_finite());
    }
    let largest = theta.iter().map(|value| value.to_f64().abs()).fold(0.0, f64::max);
    let gradient_norm = norm(&slopes);
    let twice: Vec<F> = theta.iter().map(|&value| value + value).collect();
    let outward_loss = gradient(&twice, &mut vec![F::ZERO; parameters]);
    let mut eigenvalues = Vec::new();
    if parameters <= MOST_PARAMETERS {
        let mut hessian = DMatrix::from_element(parameters, parameters, 0.0);
        let (mut place, mut behind) = (theta.to_vec(), slopes.clone());
        for index in 0..parameters {
            let here = theta[index].to_f64();
            let step = f64::EPSILON.cbrt() * here.abs().max(1.0);
            place[index] = F::from_f64(here + step);
            let ahead_loss = gradient(&place, &mut slopes);
            let ahead = place[index].to_f64();
            place[index] = F::from_f64(here - step);
            let behind_loss = gradient(&place, &mut behind);
            if !finite(ahead_loss, &slopes) || !finite(behind_loss, &behind) {
                return Err(not_finite());
            }
            // What the float has made of the step.
            let width = ahead - place[index].to_f64();
            for (row, (ahead, behind)) in slopes.iter().zip(&behind).enumerate() {
                hessian[(row, index)] = (ahead.to_f64() - behind.to_f64()) / width;
            }
            place[index] = theta[index];
        }
        let symmetric = DMatrix::from_fn(parameters, parameters, |i, j| 0.5 * (hessian[(i, j)] + hessian[(j, i)]));
        if !symmetric.iter().all(|curvature| curvature.is_finite()) {
            return Err(not_finite());
        }
        eigenvalues = symmetric.symmetric_eigenvalues().as_slice().to_vec();
        eigenvalues.sort_by(f64::total_cmp);
    }
    Ok(Surroundings { loss, gradient_norm, largest, outward_loss, eigenvalues })
}

fn not_finite() -> Error {
    Error::data("the loss around these weights is beyond what the float can hold")
}

/// How many of these places are different ones: two are the same where no coordinate differs by more than `tolerance` of
/// the larger of the two, or of 1. Each is compared with the first of every kind so far.
pub fn count_distinct<F: Scalar>(places: &[Vec<F>], tolerance: f64) -> usize {
    let near = |a: &F, b: &F| {
        let (a, b) = (a.to_f64(), b.to_f64());
        (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0)
    };
    let mut kinds: Vec<&Vec<F>> = Vec::new();
    for place in places {
        let known =
            kinds.iter().any(|kind| kind.len() == place.len() && kind.iter().zip(place).all(|(a, b)| near(a, b)));
        if !known {
            kinds.push(place);
        }
    }
    kinds.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a x^2 / 2 + b y^2 / 2 + c y^4 / 4`, around a point.
    fn bowl(a: f64, b: f64, c: f64) -> impl Fn(&[f64], &mut [f64]) -> f64 {
        move |at, slope| {
            (slope[0], slope[1]) = (a * at[0], b * at[1] + c * at[1].powi(3));
            0.5 * a * at[0].powi(2) + 0.5 * b * at[1].powi(2) + 0.25 * c * at[1].powi(4)
        }
    }

    #[test]
    fn each_kind_of_place_is_told() {
        let limits = Limits::default();
        let place = |function: &dyn Fn(&[f64], &mut [f64]) -> f64, at: [f64; 2]| {
            surroundings(function, &at).unwrap().place(&limits)
        };
        assert_eq!(place(&bowl(2.0, 3.0, 0.0), [0.0, 0.0]), Place::Minimum);
        assert_eq!(place(&bowl(2.0, 3.0, 0.0), [0.0, 1e-3]), Place::Slope);
        assert_eq!(place(&bowl(2.0, -3.0, 0.0), [0.0, 0.0]), Place::Saddle);
        assert_eq!(place(&bowl(2.0, 0.0, 1.0), [0.0, 0.0]), Place::Minimum);
        assert_eq!(place(&bowl(0.0, 0.0, 0.0), [3.0, 0.0]), Place::Plateau);
        // exp(-x): lower and lower, and never lowest.
        let falling = |at: &[f64], slope: &mut [f64]| {
            slope[0] = -(-at[0]).exp();
            (-at[0]).exp()
        };
        assert_eq!(surroundings(falling, &[30.0]).unwrap().place(&limits), Place::Runaway);
        assert_eq!(surroundings(falling, &[3.0]).unwrap().place(&limits), Place::Slope);
    }

    /// Weights are large where what is learned is large, too: a minimum is one wherever it lies.
    #[test]
    fn a_minimum_with_large_weights_does_not_run_away() {
        let far = |at: &[f64], slope: &mut [f64]| {
            slope[0] = at[0] - 50.0;
            0.5 * slope[0].powi(2)
        };
        assert_eq!(surroundings(far, &[50.0]).unwrap().place(&Limits::default()), Place::Minimum);
        // The higher minimum of a logistic unit on the samples x = 1, t = 0 and x = 0.1, t = 0.9.
        let unit = |at: &[f64], slope: &mut [f64]| {
            let [first, second] = [1.0, 0.1].map(|x: f64| 1.0 / (1.0 + (-x * at[0]).exp()));
            slope[0] = first * first * (1.0 - first) + 0.1 * (second - 0.9) * second * (1.0 - second);
            0.5 * (first.powi(2) + (second - 0.9).powi(2))
        };
        assert_eq!(surroundings(unit, &[21.972_242_233]).unwrap().place(&Limits::default()), Place::Minimum);
    }

    /// A curvature that is nothing beside the others may come out below zero, by rounding.
    #[test]
    fn rounding_makes_no_saddle() {
        let at = |least: f64| Surroundings {
            loss: 1e6,
            gradient_norm: 0.0,
            largest: 1.0,
            outward_loss: 4e6,
            eigenvalues: vec![least, 1e6],
        };
        assert_eq!(at(-1e-4).place(&Limits::default()), Place::Minimum);
        assert_eq!(at(-1.0).place(&Limits::default()), Place::Saddle);
    }

    #[test]
    fn the_eigenvalues_are_those_of_the_hessian() {
        // x^2 + x y + y^2 has the curvatures 1 and 3.
        let function = |at: &[f64], slope: &mut [f64]| {
            (slope[0], slope[1]) = (2.0 * at[0] + at[1], at[0] + 2.0 * at[1]);
            at[0] * at[0] + at[0] * at[1] + at[1] * at[1]
        };
        let found = surroundings(function, &[0.5, -0.25]).unwrap();
        assert!((found.eigenvalues[0] - 1.0).abs() < 1e-9 && (found.eigenvalues[1] - 3.0).abs() < 1e-9);
        assert_eq!((found.loss, found.largest), (0.1875, 0.5));
        assert!((found.gradient_norm - 0.75).abs() < 1e-15);
    }

    #[test]
    fn what_is_not_finite_is_an_error() {
        let broken = |_: &[f64], slope: &mut [f64]| {
            slope[0] = f64::NAN;
            1.0
        };
        assert!(surroundings(broken, &[0.0]).is_err());
        // Each slope is finite, and their difference is not.
        let steep = |at: &[f64], slope: &mut [f64]| {
            slope[0] = f64::MAX * at[0].signum();
            0.0
        };
        assert!(surroundings(steep, &[0.0]).is_err());
    }

    #[test]
    fn the_same_place_is_counted_once() {
        let places = [vec![1.0, 100.0], vec![1.0 + 1e-9, 100.0 + 1e-5], vec![1.0, 101.0], vec![1.0]];
        assert_eq!(count_distinct(&places, 1e-6), 3);
        assert_eq!(count_distinct::<f64>(&[], 1e-6), 0);
    }
}
