//! Ways out of local minima: searches of which none follows a single gradient downhill.
//!
//! A function that is made small is `f(theta)`, for a network its mean loss ([`train::mean_loss`](crate::train::mean_loss)). Each search keeps
//! to a [`Budget`] of evaluations of it, gives the best theta it has seen, and draws its random numbers from streams of
//! their own: the same seed gives the same bits, on any number of threads.
//!
//! - [`multi_start`]: begin again from other weights, and keep the best end.
//! - [`anneal`]: accept a worse place now and then, and ever more rarely (Kirkpatrick, Gelatt, Vecchi 1983).
//! - [`genetic`]: a population whose better members have children (Goldberg 1989).
//!
//! The fourth way is not here: where the gradient of all samples together is nothing, those of single samples need not be,
//! and a rule that is shown a few at a time goes on. So it is [`train`](crate::train) with a small
//! [`batch_size`](crate::Training), on a budget of epochs.

mod anneal;
mod genetic;
mod multi_start;

pub use anneal::{Annealing, anneal};
pub use genetic::{Genetic, genetic};
pub use multi_start::multi_start;

use crate::random::{Key, uniform};
use crate::{Error, Result, Scalar};
use std::sync::atomic::{AtomicBool, Ordering};

crate::choices! {
    /// What looks for a start before the training, or for the best of several trainings.
    pub enum Search {
        /// Nothing: one start, one training.
        None = "none",
        /// Several trainings, each from weights of its own, of which the best is kept.
        MultiStart = "multi-start",
        /// Simulated annealing, then the training from what it found.
        Anneal = "anneal",
        /// A genetic algorithm, then the training from what it found.
        Genetic = "genetic",
    }
}

/// How long a search may take, and what it draws from.
#[derive(Clone, Copy, Debug)]
pub struct Budget<'a> {
    /// Evaluations of the function, at least 1; no search takes more.
    pub evaluations: usize,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Once true, the search ends with what it has found.
    pub stop: Option<&'a AtomicBool>,
}

impl Budget<'_> {
    /// So many evaluations.
    pub fn new(evaluations: usize, seed: u64) -> Self {
        Self { evaluations, seed, stop: None }
    }

    fn check(&self) -> Result<()> {
        let any = 0 < self.evaluations;
        if any { Ok(()) } else { Err(Error::param("evaluations", self.evaluations, "1 or more")) }
    }

    fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

/// What a search has found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<F> {
    /// The best place it has seen.
    pub theta: Vec<F>,
    /// The function there; infinite where it was never a number.
    pub value: f64,
    /// Evaluations that it took.
    pub evaluations: usize,
    /// Each time it found a better place: the number of that evaluation, counted from 1, and the value.
    pub improvements: Vec<(usize, f64)>,
}

impl<F: Scalar> Found<F> {
    /// Nothing yet.
    fn nothing(theta: &[F]) -> Self {
        Self { theta: theta.to_vec(), value: f64::INFINITY, evaluations: 0, improvements: Vec::new() }
    }

    /// Sees one evaluation.
    fn see(&mut self, theta: &[F], value: f64) {
        self.evaluations += 1;
        if value < self.value {
            self.value = value;
            self.theta.copy_from_slice(theta);
            self.improvements.push((self.evaluations, value));
        }
    }
}

/// A value to compare: what is no number is worse than any.
fn height(value: f64) -> f64 {
    if value.is_nan() { f64::INFINITY } else { value }
}

/// The least and the greatest value that parameters may have.
pub type Bounds = (f64, f64);

/// A value as it lies within its bounds: thrown back by what it is beyond them, as by a mirror.
fn within(value: f64, bounds: Option<Bounds>) -> f64 {
    let Some((low, high)) = bounds else { return value };
    let back = if value < low { 2.0 * low - value } else { value };
    let back = if high < back { 2.0 * high - back } else { back };
    back.clamp(low, high)
}

/// Brings a start within its bounds.
fn bring_within<F: Scalar>(theta: &mut [F], bounds: Option<Bounds>) {
    theta.iter_mut().for_each(|value| *value = F::from_f64(within(value.to_f64(), bounds)));
}

fn check_bounds(bounds: Option<Bounds>) -> Result<()> {
    match bounds {
        Some((low, high)) if !(low < high && low.is_finite() && high.is_finite()) => {
            Err(Error::param("bounds", format!("{low} to {high}"), "two finite numbers, the lower one first"))
        }
        _ => Ok(()),
    }
}

/// A start for a search: every parameter uniform from `low` to `high`.
pub fn uniform_start<F: Scalar>(theta: &mut [F], low: f64, high: f64, key: Key) {
    let mut stream = key.stream("search start");
    theta.iter_mut().for_each(|value| *value = F::from_f64(low + (high - low) * uniform(&mut stream)));
}

/// That a setting of a search is a number within its range.
fn check(name: &str, value: f64, fits: bool, expected: &str) -> Result<()> {
    if fits && value.is_finite() { Ok(()) } else { Err(Error::param(name, value, expected)) }
}
