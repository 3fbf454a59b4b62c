//! All states of the smaller side, one after another: what is exact where it can be had.
//!
//! Given one side the other is independent, so `Z = sum_h e^(-F(h)) = sum_v e^(-F(v))` is a sum over the states of either,
//! of which there are 2^units; the smaller side is taken.

use super::machine::{Machine, VisibleUnits};
use crate::logs::log_sum_exp;
use nn_core::random::Key;
use nn_core::{Error, Result, Scalar, side_by_side_for};

/// Units of the smaller side at most: some million states.
pub(crate) const MOST_UNITS: u32 = 20;
/// States that lie in the lanes side by side.
pub(crate) const LANES: usize = 128;
/// States that a thread takes at a time.
const PART: usize = 32 * LANES;

/// One of the two layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The visible units.
    Visible,
    /// The hidden units.
    Hidden,
}

/// The states of one side of a machine, numbered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct States {
    machine: Machine,
    pub(crate) side: Side,
    pub(crate) count: usize,
}

impl States {
    /// Those of this side, where there are at most 2^20, or as many times the number of classes.
    pub(crate) fn of(machine: Machine, side: Side) -> Option<Self> {
        let (units, classes) = match side {
            Side::Hidden => (machine.hidden, 1),
            // A Gaussian unit has no end of states.
            Side::Visible if machine.units == VisibleUnits::Gaussian => return None,
            Side::Visible => (machine.features, machine.classes.max(1)),
        };
        let count = (units <= MOST_UNITS as usize).then(|| classes << units)?;
        (count <= 1 << MOST_UNITS).then_some(Self { machine, side, count })
    }

    /// Those of the smaller side.
    pub(crate) fn smaller(machine: Machine) -> Option<Self> {
        let sides = [Side::Hidden, Side::Visible].map(|side| Self::of(machine, side));
        sides.into_iter().flatten().min_by_key(|states| states.count)
    }

    /// As [`smaller`](Self::smaller).
    ///
    /// # Errors
    /// [`Error::Data`] that says what the sum would cost where it is too large.
    pub(crate) fn needed(machine: Machine, instead: &str) -> Result<Self> {
        Self::smaller(machine).ok_or_else(|| {
            let (visible, hidden) = (machine.visible(), machine.hidden);
            let units = match machine.units {
                VisibleUnits::Binary => visible.min(hidden),
                VisibleUnits::Gaussian => hidden,
            };
            Error::data(format!(
                "the exact sum of a machine of {visible} visible and {hidden} hidden units has 2^{units} terms, and at most \
                 2^{MOST_UNITS} are summed; {instead}"
            ))
        })
    }

    /// States side by side: no more than there are, rounded up to whole vectors.
    pub(crate) fn lanes(&self) -> usize {
        self.count.next_multiple_of(16).min(LANES)
    }

    /// Units of this side.
    pub(crate) fn units(&self) -> usize {
        match self.side {
            Side::Hidden => self.machine.hidden,
            Side::Visible => self.machine.visible(),
        }
    }

    /// Writes the states from `first` on into the lanes; lanes beyond the last state hold it again.
    ///
    /// # Shapes
    /// `x`: lanes × units.
    pub(crate) fn fill<F: Scalar>(&self, first: usize, lanes: usize, x: &mut [F]) {
        let bits = if self.side == Side::Hidden { self.machine.hidden } else { self.machine.features };
        for (unit, column) in x.chunks_exact_mut(lanes).enumerate() {
            for (lane, x) in column.iter_mut().enumerate() {
                let state = (first + lane).min(self.count - 1);
                let on = if unit < bits { state >> unit & 1 == 1 } else { state >> bits == unit - bits };
                *x = if on { F::ONE } else { F::ZERO };
            }
        }
    }

    /// Numbers of scratch that [`logs`](Self::logs) needs beside the states.
    pub(crate) fn room(machine: &Machine) -> usize {
        2 * LANES * machine.visible().max(machine.hidden)
    }

    /// `ln sum e^-E` over the other side, for the states in `x`; the sums that arrive at the other side stay at the beginning of
    /// `room`. Lanes beyond the last state are minus infinity.
    pub(crate) fn logs<F: Scalar>(&self, theta: &[F], first: usize, x: &[F], room: &mut [F], logs: &mut [f64]) {
        let lanes = logs.len();
        match self.side {
            Side::Hidden => {
                let (sums, soft) =
                    room[..2 * lanes * self.machine.visible()].split_at_mut(lanes * self.machine.visible());
                self.machine.hidden_logs(theta, lanes, x, sums, soft, logs);
            }
            Side::Visible => {
                self.machine.free_energies(theta, lanes, x, room, logs);
                logs.iter_mut().for_each(|log| *log = -*log);
            }
        }
        logs.iter_mut().skip(self.count - first).for_each(|log| *log = f64::NEG_INFINITY);
    }

    /// `ln Z`. It may be infinite or NaN where the parameters are beyond all measure.
    pub(crate) fn log_partition<F: Scalar>(&self, theta: &[F]) -> f64 {
        let mut logs = vec![0.0; self.count.next_multiple_of(LANES)];
        let mut parts: Vec<&mut [f64]> = logs.chunks_mut(PART).collect();
        side_by_side_for(self.count * theta.len(), &mut parts, |part, logs| {
            let mut x = vec![F::ZERO; LANES * self.units()];
            let mut room = vec![F::ZERO; Self::room(&self.machine)];
            for (block, logs) in logs.chunks_exact_mut(LANES).enumerate() {
                let first = part * PART + block * LANES;
                self.fill(first, LANES, &mut x);
                self.logs(theta, first, &x, &mut room, logs);
            }
        });
        log_sum_exp(logs.iter().copied())
    }

    /// As [`log_partition`](Self::log_partition).
    ///
    /// # Errors
    /// [`Error::Data`] where it is not finite.
    pub(crate) fn finite_log_partition<F: Scalar>(&self, theta: &[F]) -> Result<f64> {
        finite("the logarithm of the partition function", self.log_partition(theta))
    }
}

/// That a number that was asked for is one.
///
/// # Errors
/// [`Error::Data`] where it is infinite or NaN.
pub(crate) fn finite(what: &str, number: f64) -> Result<f64> {
    match number.is_finite() {
        true => Ok(number),
        false => Err(Error::data(format!("{what} is beyond what the float can hold"))),
    }
}

/// A key for the `draw`-th draw of random numbers within a step.
pub(crate) fn draw(key: Key, draw: usize) -> Key {
    Key { shard: (key.shard << 16).wrapping_add(draw as u64), ..key }
}
