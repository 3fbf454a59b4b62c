//! The fully connected layer.

use crate::kernels::Onto;
use crate::layer::{Layer, Pass, Point, Role, Span};
use crate::linalg::square;
use crate::{Scalar, linalg};

/// Every output unit is joined to every input: `y_j = b_j + sum_i w_ij x_i`.
///
/// The chapter writes a threshold theta_j that is subtracted; it is the bias with the other sign, `b_j = -theta_j`.
///
/// # Shapes
/// theta: [W | b], W inputs × outputs, column-major, so that the weights of a unit lie side by side; as an array of a
/// file that is `[outputs, inputs]`, as PyTorch has it. x: lanes × inputs, y: lanes × outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dense {
    inputs: usize,
    outputs: usize,
}

impl Dense {
    /// A layer from `inputs` to `outputs` units.
    pub fn new(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs }
    }

    /// W and b.
    fn parts<'a, F>(&self, theta: &'a [F]) -> (&'a [F], &'a [F]) {
        theta.split_at(self.inputs * self.outputs)
    }
}

impl<F: Scalar> Layer<F> for Dense {
    fn inputs(&self) -> usize {
        self.inputs
    }

    fn outputs(&self) -> usize {
        self.outputs
    }

    fn spans(&self) -> Vec<Span> {
        let weights = self.inputs * self.outputs;
        vec![
            Span::new("weight", 0, &[self.outputs, self.inputs], Role::Weight),
            Span::new("bias", weights, &[self.outputs], Role::Bias),
        ]
    }

    /// The squares that the curvature needs.
    fn scratch_len(&self, lanes: usize) -> usize {
        lanes * (self.inputs + self.outputs)
    }

    /// `Y = X W + 1 b^T`.
    fn forward(&self, theta: &[F], x: &[F], y: &mut [F], _tape: &mut [F], pass: &mut Pass<'_, F>) {
        let (w, b) = self.parts(theta);
        linalg::forward(pass.lanes, x, w, b, y);
    }

    /// `dW += X^T dY`, `db += dY^T 1`, `dX = dY W^T`.
    fn backward(&self, theta: &[F], at: Point<'_, F>, dx: Option<&mut [F]>, grad: &mut [F], pass: &mut Pass<'_, F>) {
        let (w, _) = self.parts(theta);
        let (dw, db) = grad.split_at_mut(self.inputs * self.outputs);
        let start = if pass.first { Onto::Zero } else { Onto::Old };
        linalg::weight_gradient(pass.lanes, at.x, at.dy, start, dw, db);
        if let Some(dx) = dx {
            linalg::input_gradient(pass.lanes, at.dy, w, dx);
        }
    }

    /// Each weight has one connection: `(dy_j x_i)^2` is the gradient of squares.
    fn curvature(
        &self,
        theta: &[F],
        at: Point<'_, F>,
        dx: Option<&mut [F]>,
        diagonal: &mut [F],
        pass: &mut Pass<'_, F>,
    ) -> bool {
        let lanes = pass.lanes;
        let (dw, db) = diagonal.split_at_mut(self.inputs * self.outputs);
        let (x, mut rest) = pass.split(at.x.len());
        let (dy, _) = rest.split(at.dy.len());
        square(at.x, x);
        square(at.dy, dy);
        linalg::weight_gradient(lanes, x, dy, Onto::Old, dw, db);
        if let Some(dx) = dx {
            linalg::input_gradient(lanes, at.dy, self.parts(theta).0, dx);
        }
        true
    }
}
