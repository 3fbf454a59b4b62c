//! The perceptron: one layer of threshold units, the rule that teaches it, and what can be proved about it.

mod model;
mod params;
mod separability;
mod train;

pub use model::Perceptron;
pub use params::{PerceptronParams, Start, Variant};
pub use separability::{Separability, Term, Witness};
