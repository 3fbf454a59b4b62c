#![doc = include_str!("../README.md")]

mod model;
mod params;
mod train;

pub use model::Som;
pub use nn_core::{
    Dataset, Epoch, Error, Fit, FitOptions, History, Measures, Model, Online, Params, Result, Scaling, Stopped,
};
pub use nn_core::{nalgebra, with_threads};
pub use params::SomParams;

use nn_core::{Entry, Learns, Precision};

/// The models of this crate, as the command lists them.
pub static MODELS: &[Entry] = &[Entry::new::<SomParams>(
    "the class whose mean is nearest; made from the template",
    Learns::Classes,
    Precision::F64,
)];
