#![doc = include_str!("../README.md")]

mod boltzmann;
mod logs;
mod rbm;

pub use boltzmann::{
    Annealing, BoltzmannMachine, BoltzmannParams, Chain, Connections, Couplings, Learning, MOST_ENUMERATED, Moments,
};
pub use nn_core::prelude::*;
pub use nn_core::{BatchSize, Rule, ScheduleKind};
pub use rbm::{Algorithm, Contrastive, Estimate, Machine, Rbm, RbmParams, Side, VisibleBias, VisibleUnits, Weights};

use nn_core::{Entry, Learns, Precision};

/// The models of this crate, as the command lists them.
pub static MODELS: &[Entry] = &[
    Entry::new::<RbmParams>(
        "restricted Boltzmann machine: CD, PCD or exact; binary or Gaussian units, labels, likelihoods with error bars",
        Learns::Inputs,
        Precision::F32,
    ),
    Entry::new::<BoltzmannParams>(
        "the general Boltzmann machine: any units may be joined; completes samples, judges them and makes up its own",
        Learns::Inputs,
        Precision::F64,
    ),
];
