#![doc = include_str!("../README.md")]

mod boltzmann;
mod rbm;

pub use boltzmann::{
    Annealing, BoltzmannMachine, BoltzmannParams, Chain, Connections, Couplings, Learning, MOST_ENUMERATED, Moments,
};
pub use nn_core::prelude::*;
pub use rbm::{Rbm, RbmParams};

use nn_core::{Entry, Learns, Precision};

/// The models of this crate, as the command lists them.
pub static MODELS: &[Entry] = &[
    Entry::new::<RbmParams>("the class whose mean is nearest; made from the template", Learns::Classes, Precision::F64),
    Entry::new::<BoltzmannParams>(
        "the general Boltzmann machine: any units may be joined; completes, judges and dreams",
        Learns::Inputs,
        Precision::F64,
    ),
];
