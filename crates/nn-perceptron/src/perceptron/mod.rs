//! The perceptron: one layer of threshold units, the rule that teaches it, and what can be proved about it.

mod columns;
mod model;
mod params;
mod separability;
mod train;
mod units;

pub use model::Perceptron;
pub use params::{PerceptronParams, Variant};
pub use separability::{Separability, Term, Witness};
