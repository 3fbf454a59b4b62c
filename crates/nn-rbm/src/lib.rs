#![doc = include_str!("../README.md")]

mod rbm;

pub use nn_core::prelude::*;
pub use rbm::{Algorithm, Contrastive, Estimate, Machine, Rbm, RbmParams, Side, VisibleBias, VisibleUnits, Weights};

use nn_core::{Entry, Learns, Precision};

/// The models of this crate, as the command lists them.
pub static MODELS: &[Entry] = &[Entry::new::<RbmParams>(
    "restricted Boltzmann machine: CD, PCD or exact; binary or Gaussian units, labels, likelihoods with error bars",
    Learns::Inputs,
    Precision::F32,
)];
