#![doc = include_str!("../README.md")]

mod basis;
mod kmeans;
mod layer;
mod linear;
mod lottery;
mod model;
mod params;
mod reach;
mod select;
mod solve;
mod spectrum;
mod spread;
mod story;
mod tail;
mod train;

pub use basis::Basis;
pub use layer::{Output, Units, Widths};
pub use model::Rbf;
pub use nn_core::prelude::*;
pub use nn_core::{BatchSize, ClassWeight, Rule, ScheduleKind};
pub use params::{RbfParams, Selection};
pub use solve::Criterion;

use nn_core::{Entry, Learns, Precision};

/// The models of this crate, as the command lists them.
pub static MODELS: &[Entry] = &[Entry::new::<RbfParams>(
    "radial basis functions: centres, widths and ridge from the data; classes and quantities",
    Learns::Targets,
    Precision::F64,
)];
