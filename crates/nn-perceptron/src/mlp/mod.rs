//! The multilayer perceptron, trained by error back-propagation.

mod model;
mod params;
mod symmetry;
mod train;

pub use model::Mlp;
pub use params::MlpParams;
