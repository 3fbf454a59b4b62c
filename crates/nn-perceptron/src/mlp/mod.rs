//! The multilayer perceptron, trained by error back-propagation.

mod model;
mod params;
mod search;
mod symmetry;
mod train;

pub use model::Mlp;
pub use params::MlpParams;
pub use search::Starts;
