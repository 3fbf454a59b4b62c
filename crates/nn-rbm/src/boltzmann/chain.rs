//! Gibbs sampling: one unit after another is asked anew, given all others.
//!
//! Unit i is turned on with probability `1 / (1 + e^(-field_i / T))`, whatever it was; at T = 0 it follows the sign of its
//! field, and stays where that is 0, so that the energy never rises. The fields of all units are kept, and move by a
//! column of weights where a unit turns.

use super::couplings::Couplings;
use nn_core::kernels::axpy;
use nn_core::random::Uniforms;
use nn_core::{Error, Result};

/// Units that are asked anew, one at a time, some of them clamped.
///
/// Made by [`Couplings::chain`].
#[derive(Clone, Debug)]
pub struct Chain<'a> {
    couplings: &'a Couplings,
    state: Vec<f64>,
    fields: Vec<f64>,
    free: Vec<u32>,
    uniforms: Uniforms,
}

/// Stages of falling temperature.
#[derive(Clone, Debug, PartialEq)]
pub struct Annealing(Vec<(f64, usize)>);

impl Annealing {
    /// Temperatures, each with how many units of time it lasts.
    pub fn new(stages: impl IntoIterator<Item = (f64, usize)>) -> Self {
        Self(stages.into_iter().collect())
    }

    /// How long it lasts, in units of time.
    pub fn time(&self) -> usize {
        self.0.iter().fold(0, |time, &(_, more)| time.saturating_add(more))
    }
}

impl<'a> Chain<'a> {
    /// That begins at a state of 0 and 1.
    pub(crate) fn new(couplings: &'a Couplings, state: Vec<f64>, free: Vec<u32>, uniforms: Uniforms) -> Self {
        let fields = couplings.fields_of(&state);
        Self { couplings, state, fields, free, uniforms }
    }

    /// Each free unit on or off, each as likely.
    pub fn scatter(&mut self) {
        for at in 0..self.free.len() {
            let unit = self.free[at] as usize;
            let on = self.uniforms.draw() < 0.5;
            self.turn(unit, on);
        }
    }

    /// One unit of time: as many updates as there are free units, each of one that is drawn at random, with replacement.
    ///
    /// # Errors
    /// [`Error::Param`] for a temperature that is no finite number of 0 or more.
    pub fn run(&mut self, temperature: f64) -> Result<()> {
        check_temperature(temperature)?;
        self.pass(temperature);
        Ok(())
    }

    /// One update of each free unit in turn.
    ///
    /// # Errors
    /// Those of [`run`](Self::run).
    pub fn sweep(&mut self, temperature: f64) -> Result<()> {
        check_temperature(temperature)?;
        for at in 0..self.free.len() {
            let chance = self.uniforms.draw();
            self.update(self.free[at] as usize, temperature, chance);
        }
        Ok(())
    }

    /// Runs through the stages of `annealing`.
    ///
    /// # Errors
    /// Those of [`run`](Self::run).
    pub fn anneal(&mut self, annealing: &Annealing) -> Result<()> {
        annealing.0.iter().try_for_each(|&(temperature, _)| check_temperature(temperature))?;
        self.cool(annealing);
        Ok(())
    }

    /// At T = 0, sweep after sweep until no unit turns, or so many sweeps are done; gives how many turned a unit. The energy falls
    /// with each turn, so that it ends.
    pub fn settle(&mut self, most_sweeps: usize) -> usize {
        for sweep in 0..most_sweeps {
            let mut turned = false;
            for at in 0..self.free.len() {
                turned |= self.update(self.free[at] as usize, 0.0, 0.5);
            }
            if !turned {
                return sweep;
            }
        }
        most_sweeps
    }

    /// The state: a number a unit, 0 or 1.
    pub fn state(&self) -> &[f64] {
        &self.state
    }

    /// The field of each unit: what its being on lowers the energy by.
    pub fn fields(&self) -> &[f64] {
        &self.fields
    }

    /// `E(s)` of the state.
    pub fn energy(&self) -> f64 {
        self.couplings.energy_of(&self.state)
    }

    pub(crate) fn pass(&mut self, temperature: f64) {
        let count = self.free.len();
        for _ in 0..count {
            // One number says which unit and, by what is left of it, whether it turns on.
            let place = self.uniforms.draw() * count as f64;
            let which = (place as usize).min(count - 1);
            self.update(self.free[which] as usize, temperature, place - which as f64);
        }
    }

    pub(crate) fn cool(&mut self, annealing: &Annealing) {
        for &(temperature, time) in &annealing.0 {
            (0..time).for_each(|_| self.pass(temperature));
        }
    }

    /// Asks one unit anew; `chance` is a number from 0 to less than 1. Whether it turned.
    #[inline]
    fn update(&mut self, unit: usize, temperature: f64, chance: f64) -> bool {
        let field = self.fields[unit];
        let on = if temperature == 0.0 {
            0.0 < field || field == 0.0 && self.state[unit] == 1.0
        } else {
            chance < 1.0 / (1.0 + (-field / temperature).exp())
        };
        self.turn(unit, on)
    }

    /// Turns a unit on or off, and moves the fields where that is new. Whether it was.
    #[inline]
    fn turn(&mut self, unit: usize, on: bool) -> bool {
        let now = f64::from(u8::from(on));
        let change = now - self.state[unit];
        if change == 0.0 {
            return false;
        }
        self.state[unit] = now;
        axpy(change, self.couplings.column(unit), &mut self.fields);
        true
    }
}

fn check_temperature(temperature: f64) -> Result<()> {
    if temperature.is_finite() && 0.0 <= temperature {
        return Ok(());
    }
    Err(Error::param("temperature", temperature, "a number from 0"))
}
