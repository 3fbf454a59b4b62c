//! Training of the output weights, the only ones that move while no candidate is trained.
//!
//! With `o = f(b + W z)` of all inputs and hidden values z, the slope of a weight is `sum_p e_p z_p`, where
//!
//! - sigmoid: `e = (o - t) (o (1 - o) + offset)`, the slope of the squared error but for Fahlman's offset, by which an output at
//!   the wrong end still learns;
//! - linear: `e = o - t`;
//! - softmax: `e = o - t`, the slope of `-sum t ln o`.
//!
//! These e of the last epoch are what candidates are to correlate with.

use crate::block::{Block, Blocks, Judged};
use crate::cascade::Cascade;
use crate::params::Output;
use nn_core::kernels::{Onto, sigmoid, softmax};
use nn_core::{Scalar, linalg};

/// How outputs are made and judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Head {
    pub(crate) output: Output,
    /// What is added to the slope of a sigmoid.
    pub(crate) offset: f64,
    /// An output is near enough that is nearer than this to its target; 0 is never.
    pub(crate) threshold: f64,
}

impl Head {
    /// Runs all samples through weights and biases; leaves slopes and residuals in the blocks, and tells the sums.
    ///
    /// # Shapes
    /// `theta`: that of the cascade. `head`: W, (inputs + units) × outputs, and the biases.
    pub(crate) fn pass<F: Scalar>(
        &self,
        blocks: &mut Blocks<F>,
        cascade: &Cascade,
        theta: &[F],
        head: &[F],
        learns: bool,
    ) -> Judged {
        let outputs = blocks.outputs;
        let cost = blocks.cost(2 * head.len());
        blocks.visit(cost, |block| {
            block.with_values(cascade, theta, |block, values| self.judge(block, values, head, outputs, learns));
        });
        let mut all = Judged { errors: vec![0.0; outputs], ..Judged::default() };
        for Judged { loss, wrong, errors, squares } in blocks.all.iter().map(|block| &block.judged) {
            all.loss += loss;
            all.wrong += wrong;
            all.squares += squares;
            all.errors.iter_mut().zip(errors).for_each(|(sum, error)| *sum += error);
        }
        all
    }

    fn judge<F: Scalar>(&self, block: &mut Block<F>, values: &[F], head: &[F], outputs: usize, learns: bool) {
        let lanes = block.lanes;
        let width = values.len() / lanes;
        let (weights, biases) = head.split_at(width * outputs);
        let Block { residuals, targets, judged, .. } = block;
        // The residuals hold the outputs first.
        linalg::forward(lanes, values, weights, biases, residuals);
        match self.output {
            Output::Sigmoid => sigmoid(residuals),
            Output::Softmax => softmax(residuals, lanes),
            Output::Linear => {}
        }
        *judged = Judged { errors: std::mem::take(&mut judged.errors), ..Judged::default() };
        judged.errors.clear();
        let offset = F::from_f64(self.offset);
        for (os, ts) in residuals.chunks_exact_mut(lanes).zip(targets.chunks_exact(lanes)) {
            let mut sum = 0.0;
            for ((o, &t), &weight) in os.iter_mut().zip(ts).zip(&block.weights) {
                if weight == F::ZERO {
                    *o = F::ZERO;
                    continue;
                }
                let (difference, w) = (*o - t, weight.to_f64());
                let far = difference.to_f64().abs();
                judged.wrong += usize::from(self.threshold <= far || far.is_nan());
                judged.loss += match self.output {
                    Output::Softmax if t == F::ZERO => 0.0,
                    // Of a probability that is 0 in this float the least there is.
                    Output::Softmax => -w * t.to_f64() * o.to_f64().max(f64::MIN_POSITIVE).ln(),
                    Output::Sigmoid | Output::Linear => 0.5 * w * far * far,
                };
                let slope = if self.output == Output::Sigmoid { *o * (F::ONE - *o) + offset } else { F::ONE };
                let error = difference * slope;
                *o = weight * error;
                sum += o.to_f64();
                judged.squares += o.to_f64() * error.to_f64();
            }
            judged.errors.push(sum);
        }
        if learns {
            block.slopes.clear();
            block.slopes.resize(head.len(), F::ZERO);
            let (dw, db) = block.slopes.split_at_mut(width * outputs);
            linalg::weight_gradient(lanes, values, &block.residuals, Onto::Zero, dw, db);
        }
    }
}
