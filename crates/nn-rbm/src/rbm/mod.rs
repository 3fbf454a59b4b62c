//! The restricted Boltzmann machine.

mod ais;
mod contrastive;
mod exact;
mod gibbs;
mod machine;
mod measures;
mod model;
mod params;
mod pictures;
mod train;

pub use ais::Estimate;
pub use contrastive::Contrastive;
pub use exact::Side;
pub use machine::{Machine, VisibleUnits, Weights};
pub use model::Rbm;
pub use params::{Algorithm, RbmParams, VisibleBias};
