//! Machines with weights that are drawn.

use nn_core::testing::numbers;
use nn_rbm::{Rbm, RbmParams};

/// So many numbers, uniformly between `-2 scale` and `2 scale`.
pub(crate) fn theta(len: usize, scale: f64) -> Vec<f64> {
    numbers(len, "theta").iter().map(|x| 2.0 * scale * x).collect()
}

/// A machine of these weights.
pub(crate) fn machine(features: usize, classes: usize, hidden: usize, scale: f64) -> Rbm<f64> {
    let visible = features + classes;
    let theta = theta(visible * hidden + visible + hidden, scale);
    Rbm::from_theta(RbmParams::default().hidden_units(hidden), features, classes, theta).unwrap()
}
