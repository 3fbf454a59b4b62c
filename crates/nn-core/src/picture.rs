//! What a trained model has to show of itself: numbers, which the command draws.

use nalgebra::DMatrix;

/// Something to draw. A model that has more to show than these adds its kind here, and nn-cli the drawing of it.
/// It is exhaustive, so that a kind without its drawing does not compile.
#[derive(Clone, Debug, PartialEq)]
pub enum Picture {
    /// What weights units give to the features: images where the samples are images.
    Weights {
        /// What they are: `weights of the first hidden layer`.
        title: String,
        /// features × units.
        weights: DMatrix<f64>,
        /// Whether the units stand for the classes, in their order.
        by_class: bool,
    },
}
