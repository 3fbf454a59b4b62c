#![doc = include_str!("../README.md")]

mod clusters;
mod grid;
mod labels;
mod measures;
mod model;
mod neighborhood;
mod params;
mod pictures;
mod search;
mod start;
mod train;

pub use clusters::Clusters;
pub use grid::{Adjacency, Grid, Lattice, Surface};
pub use labels::Labels;
pub use model::Som;
pub use neighborhood::Neighborhood;
pub use nn_core::kernels::{BestTwo, Distance};
pub use nn_core::prelude::*;
pub use params::{Algorithm, Decay, SomParams};
pub use start::Start;

use nn_core::{Entry, Learns, Precision};

/// The models of this crate, as the command lists them.
pub static MODELS: &[Entry] = &[Entry::new::<SomParams>(
    "self-organising map: hexagons or squares, plane or torus, online or batch; missing values, labels, clusters",
    Learns::Inputs,
    Precision::F32,
)];
