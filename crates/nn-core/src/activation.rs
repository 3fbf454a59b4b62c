//! The layer of an activation function.

use crate::layer::{Layer, Pass, Point};
use crate::{Activation, Scalar};

/// A layer of units without weights, each of which applies an activation function to its one input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activate {
    activation: Activation,
    units: usize,
}

impl Activate {
    /// So many units.
    pub fn new(activation: Activation, units: usize) -> Self {
        Self { activation, units }
    }
}

impl<F: Scalar> Layer<F> for Activate {
    fn inputs(&self) -> usize {
        self.units
    }

    fn outputs(&self) -> usize {
        self.units
    }

    fn forward(&self, _theta: &[F], x: &[F], y: &mut [F], _tape: &mut [F], _pass: &mut Pass<'_, F>) {
        self.activation.forward(x, y);
    }

    fn backward(&self, _: &[F], at: Point<'_, F>, dx: Option<&mut [F]>, _: &mut [F], _: &mut Pass<'_, F>) {
        if let Some(dx) = dx {
            self.activation.backward(at.x, at.y, at.dy, dx);
        }
    }
}
