//! The general Boltzmann machine: any units may be joined, visible and hidden ones alike.

mod chain;
mod couplings;
mod enumerate;
mod graph;
mod model;
mod params;
mod phases;
mod show;
mod sides;
mod train;

pub use chain::{Annealing, Chain};
pub use couplings::Couplings;
pub use enumerate::{MOST_ENUMERATED, Moments};
pub use model::BoltzmannMachine;
pub use params::{BoltzmannParams, Connections, Learning};
