#![doc = include_str!("../README.md")]

mod block;
mod candidates;
mod cascade;
mod growth;
mod model;
mod outputs;
mod params;
mod quickprop;
mod show;
mod train;
mod unit;

pub use growth::Ended;
pub use model::Cascor;
pub use nn_core::prelude::*;
pub use params::{CascorParams, Output};
pub use unit::HiddenUnit;

use nn_core::{Entry, Learns, Precision};

/// The models of this crate, as the command lists them.
pub static MODELS: &[Entry] = &[Entry::new::<CascorParams>(
    "cascade-correlation: a network that grows, unit by unit, those in place frozen",
    Learns::Targets,
    Precision::F64,
)];
