//! Levenberg-Marquardt: least squares, by a step between Newton's and steepest descent.
//!
//! For `f = 1/2 sum_i r_i^2` with the Jacobian J of the residuals, the step solves `(J'J + mu I) delta = -J'r`. A step that
//! lowers f is taken and mu made smaller by how well it was foretold; else mu grows and a shorter step is tried. Marquardt
//! 1963; for networks Hagan and Menhaj 1994; the rule for mu of Nielsen, Damping parameter in Marquardt's method, 1999.

use super::{Iteration, flat};
use crate::Scalar;
use nalgebra::{Cholesky, DMatrix, DVector};

/// More parameters would make a Hessian of more than 128 MB.
pub const MOST_PARAMETERS: usize = 4096;

/// Steps tried before it is taken that there is none.
const MOST_TRIALS: usize = 60;
/// The first mu is this share of the largest curvature.
const FIRST: f64 = 1e-3;

/// A sum of squares.
pub trait Residuals<F: Scalar> {
    /// f at theta.
    fn value(&mut self, theta: &[F]) -> f64;

    /// Adds `J'J` to `hessian`, whole and symmetric, and `J'r` to `gradient`. What else is smooth, such as a decay, may add
    /// its own.
    fn normal_equations(&mut self, theta: &[F], hessian: &mut DMatrix<f64>, gradient: &mut DVector<f64>);
}

/// How many numbers are kept from iteration to iteration: mu, and how much it grows next.
pub fn levenberg_marquardt_memory() -> usize {
    2
}

/// One iteration: moves theta by one step that lowers f.
///
/// # Shapes
/// `memory`: [`levenberg_marquardt_memory`] numbers, zero at first.
pub fn levenberg_marquardt<F: Scalar>(problem: &mut impl Residuals<F>, theta: &mut [F], memory: &mut [F]) -> Iteration {
    let len = theta.len();
    let value = problem.value(theta);
    let (mut hessian, mut gradient) = (DMatrix::zeros(len, len), DVector::zeros(len));
    problem.normal_equations(theta, &mut hessian, &mut gradient);
    let iteration = Iteration { value, new_value: value, converged: true };
    if !value.is_finite() || !hessian.iter().chain(&gradient).all(|number| number.is_finite()) {
        return Iteration { new_value: f64::NAN, converged: false, ..iteration };
    }
    if gradient.amax() <= flat::<F>(value) {
        return iteration;
    }
    let [mut damping, mut growth] = [memory[0].to_f64(), memory[1].to_f64()];
    if damping == 0.0 {
        (damping, growth) = (FIRST * hessian.diagonal().amax(), 2.0);
    }
    for _ in 0..MOST_TRIALS {
        let mut damped = hessian.clone();
        (0..len).for_each(|at| damped[(at, at)] += damping);
        let tried = Cholesky::new(damped).map(|factor| factor.solve(&-&gradient)).and_then(|delta| {
            let moved: Vec<F> = theta.iter().zip(&delta).map(|(&at, by)| F::from_f64(at.to_f64() + by)).collect();
            let new_value = problem.value(&moved);
            // What f would fall by if the residuals were straight.
            let foretold = 0.5 * delta.dot(&(damping * &delta - &gradient));
            (new_value < value).then_some((moved, new_value, (value - new_value) / foretold))
        });
        if let Some((moved, new_value, share)) = tried {
            damping *= (1.0 - (2.0 * share - 1.0).powi(3)).clamp(1.0 / 3.0, 2.0);
            theta.copy_from_slice(&moved);
            // So small a mu is none, and none would mean that there is no memory yet.
            memory[0] = F::from_f64(damping.max(1e-30));
            memory[1] = F::from_f64(2.0);
            return Iteration { new_value, converged: false, ..iteration };
        }
        damping = (damping * growth).max(1e-30);
        growth *= 2.0;
        if !(damping * growth).is_finite() {
            break;
        }
    }
    iteration
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `y = a e^(b x)` to be met at some places.
    struct Growth {
        x: Vec<f64>,
        y: Vec<f64>,
        /// A second column that is the first again.
        doubled: bool,
    }

    impl Growth {
        fn residual(&self, theta: &[f64], i: usize) -> (f64, Vec<f64>) {
            let (a, b) = (theta[0] + if self.doubled { theta[2] } else { 0.0 }, theta[1]);
            let e = (b * self.x[i]).exp();
            let mut slopes = vec![e, a * self.x[i] * e];
            if self.doubled {
                slopes.push(e);
            }
            (a * e - self.y[i], slopes)
        }
    }

    impl Residuals<f64> for Growth {
        fn value(&mut self, theta: &[f64]) -> f64 {
            (0..self.x.len()).map(|i| self.residual(theta, i).0.powi(2) / 2.0).sum()
        }

        fn normal_equations(&mut self, theta: &[f64], hessian: &mut DMatrix<f64>, gradient: &mut DVector<f64>) {
            for i in 0..self.x.len() {
                let (residual, slopes) = self.residual(theta, i);
                let slopes = DVector::from_vec(slopes);
                *hessian += &slopes * slopes.transpose();
                *gradient += residual * slopes;
            }
        }
    }

    fn growth(noise: f64, doubled: bool) -> Growth {
        let x: Vec<f64> = (0..20).map(|i| f64::from(i) / 10.0).collect();
        let y = x.iter().enumerate().map(|(i, x)| 2.0 * (0.7 * x).exp() + noise * (i as f64 * 2.1).sin()).collect();
        Growth { x, y, doubled }
    }

    fn run(problem: &mut Growth, theta: &mut [f64]) -> usize {
        let mut memory = [0.0; 2];
        for count in 1..=200 {
            let iteration = levenberg_marquardt(problem, theta, &mut memory);
            assert!(iteration.new_value <= iteration.value);
            if iteration.converged {
                return count;
            }
        }
        panic!("not converged");
    }

    #[test]
    fn a_curve_is_found_again() {
        let mut theta = [1.0, 0.0];
        let iterations = run(&mut growth(0.0, false), &mut theta);
        assert!((theta[0] - 2.0).abs() < 1e-9 && (theta[1] - 0.7).abs() < 1e-9, "{theta:?}");
        assert!(iterations < 20, "{iterations}");
    }

    #[test]
    fn of_noisy_points_the_least_squares_are_those_of_scipy() {
        // scipy.optimize.least_squares(lambda p: p[0] * exp(p[1] * x) - y, [1, 0], method='lm', xtol=1e-15, ftol=1e-15)
        let mut theta = [1.0, 0.0];
        run(&mut growth(0.3, false), &mut theta);
        let expected = [1.991865628416, 0.705679322214];
        assert!(theta.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-7), "{theta:?}");
    }

    #[test]
    fn two_equal_columns_are_no_hindrance() {
        let mut theta = [0.5, 0.0, 0.5];
        run(&mut growth(0.0, true), &mut theta);
        assert!((theta[0] + theta[2] - 2.0).abs() < 1e-7 && (theta[1] - 0.7).abs() < 1e-7, "{theta:?}");
    }

    #[test]
    fn all_that_the_next_iteration_needs_is_in_theta_and_memory() {
        let (mut problem, mut theta, mut memory) = (growth(0.3, false), [1.0, 0.0], [0.0; 2]);
        for _ in 0..5 {
            let (mut copy, mut copied) = (theta, memory);
            levenberg_marquardt(&mut problem, &mut theta, &mut memory);
            levenberg_marquardt(&mut problem, &mut copy, &mut copied);
            assert_eq!((theta, memory), (copy, copied));
        }
    }

    #[test]
    fn what_is_no_number_is_told() {
        let mut problem = Growth { x: vec![1.0], y: vec![f64::NAN], doubled: false };
        let iteration = levenberg_marquardt(&mut problem, &mut [1.0, 1.0], &mut [0.0; 2]);
        assert!(iteration.new_value.is_nan() && !iteration.converged);
    }
}
