#![doc = include_str!("../README.md")]

mod model;
mod params;
mod train;

pub use model::Elman;
pub use nn_core::prelude::*;
pub use params::ElmanParams;

use nn_core::{Entry, Learns, Precision};

/// The models of this crate, as the command lists them.
pub static MODELS: &[Entry] = &[Entry::new::<ElmanParams>(
    "the class whose mean is nearest; made from the template",
    Learns::Classes,
    Precision::F64,
)];
