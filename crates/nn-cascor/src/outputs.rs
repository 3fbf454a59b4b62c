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

    /// For each output the weight of the last unit of the cascade, and a shift of the bias, that lower the loss of outputs that
    /// are not sigmoids as far as a line through their errors can; the errors are those that a pass has left in the blocks.
    ///
    /// `a = -c sum (v - mean v)(e - mean e) / sum (v - mean v)^2` and `b = -c mean e - a mean v`. For linear outputs c is 1, and
    /// that is the least squares. The curvature of softmax is 1/2 at most in any direction, so with c = 2 it is the minimum of a
    /// parabola that lies above the loss and touches it here: the loss cannot rise.
    ///
    /// Böhning, Multinomial logistic regression algorithm, Annals of the Institute of Statistical Mathematics 44 (1992), for that
    /// bound.
    pub(crate) fn fitted<F: Scalar>(&self, blocks: &mut Blocks<F>, cascade: &Cascade, theta: &[F]) -> Vec<(F, F)> {
        let cost = blocks.cost(cascade.inputs + cascade.units.len());
        blocks.visit(cost, |block| {
            block.with_values(cascade, theta, |block, values| {
                let own = &values[values.len() - block.lanes..];
                block.slopes.clear();
                block.slopes.extend_from_slice(own);
            });
        });
        let (outputs, total) = (blocks.outputs, blocks.weight);
        let values_of = |block: &Block<F>| -> Vec<(f64, f64)> {
            block.slopes.iter().zip(&block.weights).map(|(v, w)| (v.to_f64(), w.to_f64())).collect()
        };
        let values: Vec<Vec<(f64, f64)>> = blocks.all.iter().map(values_of).collect();
        let all = || values.iter().flatten();
        let mean = all().map(|(v, w)| w * v).sum::<f64>() / total;
        let squares: f64 = all().map(|(v, w)| w * (v - mean).powi(2)).sum();
        let share = if self.output == Output::Softmax { 2.0 } else { 1.0 };
        let of = |output: usize| {
            let (mut product, mut sum) = (0.0, 0.0);
            for (block, values) in blocks.all.iter().zip(&values) {
                let errors = &block.residuals[output * block.lanes..][..block.lanes];
                for (error, (v, _)) in errors.iter().zip(values) {
                    product += error.to_f64() * (v - mean);
                    sum += error.to_f64();
                }
            }
            let weight = if 0.0 < squares { -share * product / squares } else { 0.0 };
            (F::from_f64(weight), F::from_f64(-share * sum / total - weight * mean))
        };
        (0..outputs).map(of).collect()
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
