#![doc = include_str!("../README.md")]

#[cfg(test)]
mod exact;
mod gradient;
mod model;
mod params;
mod pictures;
mod recurrent;
mod series;
mod stream;
mod train;

pub use gradient::Gradient;
pub use model::Elman;
pub use nn_core::prelude::*;
pub use nn_core::{Activation, BatchSize, ClassWeight, Init, Loss, Rule, ScheduleKind};
pub use params::{ElmanParams, StateRule, TargetSteps};
pub use stream::RunningState;

use nn_core::{Entry, Learns, Precision};

/// The models of this crate, as the command lists them.
pub static MODELS: &[Entry] = &[Entry::new::<ElmanParams>(
    "simple recurrent network: sequences, series and symbols, with a choice of gradient",
    Learns::Sequences,
    Precision::F32,
)];
