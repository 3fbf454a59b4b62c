#![doc = include_str!("../README.md")]

mod augment;
mod conv;
mod frame;
mod model;
mod params;
mod pool;
mod rbf_output;
mod spec;
mod table;
mod train;

pub use augment::{Augment, Distortion};
pub use conv::Conv2d;
pub use frame::{Frame, Framing};
pub use model::Cnn;
pub use nn_core::prelude::*;
pub use nn_core::{Activation, BatchSize, ClassWeight, Image, Init, Loss, Rule, ScheduleKind};
pub use params::{CnnParams, Output, PixelScaling, Variant};
pub use pool::Pool;
pub use rbf_output::RbfOutput;
pub use spec::LayerSpec;
pub use table::Table;

use nn_core::{Entry, Learns, Precision};

/// The models of this crate, as the command lists them.
pub static MODELS: &[Entry] = &[Entry::new::<CnnParams>(
    "convolutional network, LeNet-5 and its kin; classes and quantities of images",
    Learns::Targets,
    Precision::F32,
)];
