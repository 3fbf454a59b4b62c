#![doc = include_str!("../README.md")]

mod mlp;
mod neuron;
mod perceptron;

pub use mlp::{Mlp, MlpParams, Starts};
pub use neuron::Neuron;
pub use nn_core::prelude::*;
pub use nn_core::search::Search;
pub use nn_core::{Activation, BatchSize, ClassWeight, Init, Loss, Rule, ScheduleKind, stationary};
pub use perceptron::{Perceptron, PerceptronParams, Separability, Term, Variant, Witness};

use nn_core::{Entry, Learns, Precision};

/// The models of this crate, as the command lists them.
pub static MODELS: &[Entry] = &[
    Entry::new::<PerceptronParams>(
        "perceptron, by the rule of its mistakes; classes, with a proof where none can part them",
        Learns::Classes,
        Precision::F64,
    ),
    Entry::new::<MlpParams>(
        "multilayer perceptron, trained by back-propagation; classes and quantities",
        Learns::Targets,
        Precision::F32,
    ),
];
