//! Activation functions: what a unit makes of the sum of its inputs.

use crate::Scalar;
use crate::kernels::level;
use crate::layer::{Layer, Pass, Point};

crate::choices! {
    /// What a unit makes of the sum x of its inputs.
    pub enum Activation {
        /// `1` where `x >= 0`, else `0`: the M-P neuron. Its derivative is taken as 0, so nothing is learned through it.
        Step = "step",
        /// `-1`, `0` or `1` by the sign of x. Its derivative is taken as 0.
        Sign = "sign",
        /// `x`.
        Identity = "identity",
        /// `1 / (1 + e^-x)`; `f' = f (1 - f)`.
        Sigmoid = "sigmoid",
        /// `tanh x`; `f' = 1 - f^2`.
        Tanh = "tanh",
        /// `1.7159 tanh(2x/3)`, so that `f(1) = 1` and `f(-1) = -1`. LeCun and others 1998.
        ScaledTanh = "scaled-tanh",
        /// `max(0, x)`.
        Relu = "relu",
        /// `x` where `x > 0`, else `0.01 x`.
        LeakyRelu = "leaky-relu",
        /// `x` where `x > 0`, else `e^x - 1`.
        Elu = "elu",
        /// `x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`, near `x Phi(x)` with the normal distribution function Phi. Hendrycks and
        /// Gimpel 2016.
        Gelu = "gelu",
        /// `x / (1 + e^-x)`.
        Silu = "silu",
        /// `ln(1 + e^x)`.
        Softplus = "softplus",
    }
}

impl Activation {
    /// `y = f(x)`, one number after another.
    pub fn forward<F: Scalar>(self, x: &[F], y: &mut [F]) {
        F::activate(level(), self, x, y);
    }

    /// `dx = dy f'(x)`, given `y = f(x)`.
    pub fn backward<F: Scalar>(self, x: &[F], y: &[F], dy: &[F], dx: &mut [F]) {
        F::activate_back(level(), self, x, y, dy, dx);
    }

    /// Whether it is zero, or nearly so, for negative sums: such units start better from larger weights.
    pub fn rectifies(self) -> bool {
        match self {
            Self::Relu | Self::LeakyRelu | Self::Elu | Self::Gelu | Self::Silu | Self::Softplus => true,
            Self::Step | Self::Sign | Self::Identity | Self::Sigmoid | Self::Tanh | Self::ScaledTanh => false,
        }
    }
}

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
