//! Minimisers: rules that look at a whole function of theta as often as they need to, and take a step of their own size.
//!
//! Each call is one iteration. All that the next one needs lies in theta and in a slice that the caller keeps, zero at
//! first: so a training can be saved after any of them and goes on with the same bits.

mod lbfgs;
mod levenberg_marquardt;
mod line_search;

pub use lbfgs::{lbfgs, lbfgs_memory};
pub use levenberg_marquardt::{MOST_PARAMETERS, Residuals, levenberg_marquardt, levenberg_marquardt_memory};

use crate::Scalar;

/// What an iteration came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Iteration {
    /// The function at theta as it was.
    pub value: f64,
    /// The function at theta as it is now: never more than `value`, where that is a number.
    pub new_value: f64,
    /// Whether it stands in a minimum, as far as the float can tell.
    pub converged: bool,
}

/// The largest slope that counts as none: some digits above what is left of a sum in this float.
fn flat<F: Scalar>(value: f64) -> f64 {
    0.01 * F::EPSILON.sqrt() * value.abs().max(1.0)
}

fn dot<F: Scalar>(a: &[F], b: &[F]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a.to_f64() * b.to_f64()).sum()
}

/// The largest absolute value.
fn largest<F: Scalar>(numbers: &[F]) -> f64 {
    numbers.iter().fold(0.0, |most, number| most.max(number.to_f64().abs()))
}
