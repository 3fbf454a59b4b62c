//! The restricted Boltzmann machine.

mod model;
mod params;
mod train;

pub use model::Rbm;
pub use params::RbmParams;
