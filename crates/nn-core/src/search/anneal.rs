//! Simulated annealing.

use super::{Bounds, Budget, Found, bring_within, check, check_bounds, height, within};
use crate::random::{Key, below, normal, uniform};
use crate::{Error, Result, Scalar};

/// Settings of simulated annealing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Annealing {
    /// Temperature at the start, above 0: a step that makes the function so much worse is taken in 37 of 100 cases.
    pub hot: f64,
    /// Temperature in the end, above 0 and at most `hot`.
    pub cold: f64,
    /// Deviation of a step at the start, above 0; it falls as the root of the temperature, as the width of a valley does.
    pub step: f64,
    /// Share of the parameters that a step moves, 0 to 1; one at least.
    pub moved: f64,
    /// Where the parameters may lie, those of the start included; a network whose units are saturated everywhere would drift off for ever.
    pub bounds: Option<Bounds>,
}

impl Default for Annealing {
    fn default() -> Self {
        Self { hot: 1.0, cold: 1e-3, step: 0.5, moved: 0.0, bounds: None }
    }
}

impl Annealing {
    fn check(&self) -> Result<()> {
        check("hot", self.hot, 0.0 < self.hot, "a number above 0")?;
        check("cold", self.cold, 0.0 < self.cold && self.cold <= self.hot, "a number above 0 and at most hot")?;
        check("step", self.step, 0.0 < self.step, "a number above 0")?;
        check_bounds(self.bounds)?;
        check("moved", self.moved, (0.0..=1.0).contains(&self.moved), "a number from 0 to 1")
    }
}

/// Makes `function` small by simulated annealing from `start`.
///
/// A place at random nearby is moved to where it is no worse, and with probability `exp(-(f' - f) / T)` where it is
/// (Metropolis et al. 1953). T falls from `hot` to `cold` by the same factor from evaluation to evaluation.
///
/// # Errors
/// [`Error::Param`] for a setting out of its range or a budget of nothing; [`Error::Shape`] for a theta without parameters.
pub fn anneal<F: Scalar>(
    mut function: impl FnMut(&[F]) -> f64,
    start: &[F],
    settings: &Annealing,
    budget: &Budget<'_>,
) -> Result<Found<F>> {
    settings.check()?;
    budget.check()?;
    if start.is_empty() {
        return Err(Error::shape("theta", 1, 0));
    }
    let mut stream = Key::once(budget.seed).stream("anneal");
    let mut here = start.to_vec();
    bring_within(&mut here, settings.bounds);
    let mut next = here.clone();
    let mut found = Found::nothing(&here);
    let mut value = height(function(&here));
    found.see(&here, value);
    for evaluation in 1..budget.evaluations {
        if budget.is_stopped() {
            break;
        }
        let share = evaluation as f64 / budget.evaluations as f64;
        let cooled = (settings.cold / settings.hot).powf(share);
        let (temperature, step) = (settings.hot * cooled, settings.step * cooled.sqrt());
        next.copy_from_slice(&here);
        let always = below(next.len() as u32, &mut stream) as usize;
        for (index, value) in next.iter_mut().enumerate() {
            if index == always || (0.0 < settings.moved && uniform(&mut stream) < settings.moved) {
                *value = F::from_f64(within(value.to_f64() + step * normal(&mut stream), settings.bounds));
            }
        }
        let there = height(function(&next));
        found.see(&next, there);
        if there <= value || uniform(&mut stream) < ((value - there) / temperature).exp() {
            (here, next, value) = (next, here, there);
        }
    }
    Ok(found)
}
