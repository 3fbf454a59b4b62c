#![doc = include_str!("../README.md")]

mod model;
mod params;
mod train;

pub use model::Mlp;
pub use nn_core::{
    Activation, BatchSize, Dataset, Epoch, Error, Fit, FitOptions, History, Init, Loss, Measures, Model, Online,
    Params, Result, Rule, Scaling, Stopped,
};
pub use nn_core::{nalgebra, with_threads};
pub use params::MlpParams;

use nn_core::{Entry, Learns, Precision};

/// The models of this crate, as the command lists them.
pub static MODELS: &[Entry] = &[Entry::new::<MlpParams>(
    "multilayer perceptron, trained by back-propagation; classes and quantities",
    Learns::Targets,
    Precision::F32,
)];
