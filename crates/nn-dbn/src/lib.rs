#![doc = include_str!("../README.md")]

mod compare;
mod model;
mod params;
mod pictures;
mod pretraining;
mod stack;
mod train;

pub use compare::{Comparison, Way};
pub use model::Dbn;
pub use nn_core::prelude::*;
pub use nn_rbm::{Algorithm, Rbm, RbmParams, VisibleUnits};
pub use params::DbnParams;
pub use stack::Stack;

use nn_core::{Entry, Learns, Precision};

/// The models of this crate, as the command lists them.
pub static MODELS: &[Entry] = &[Entry::new::<DbnParams>(
    "deep belief net: layers pre-trained one by one without labels, then fine-tuned; few labels, generated samples",
    Learns::Targets,
    Precision::F32,
)];
