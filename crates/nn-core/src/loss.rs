//! What the outputs of a network are judged by.

use crate::Scalar;
use crate::kernels::loss as kernel;
use crate::objective::{Shard, Sum};

crate::choices! {
    /// What the outputs of a network are judged by; t is the target, y the output.
    pub enum Loss {
        /// The chapter's (4), `E = 1/2 sum_j (y_j - t_j)^2`; `dE/dy_j = y_j - t_j`.
        SquaredError = "squared-error",
        /// `E = sum_j |y_j - t_j|`; `dE/dy_j` is the sign of `y_j - t_j`. Its best answer is the median, which an outlier
        /// does not move.
        AbsoluteError = "absolute-error",
        /// Squared error near 0 and absolute error beyond 1: `E = sum_j e_j^2 / 2` where `|e_j| <= 1`, else `|e_j| - 1/2`,
        /// with `e_j = y_j - t_j`. Huber 1964.
        Huber = "huber",
        /// `E = -sum_j t_j ln p_j` with `p = softmax(y)` of the outputs as they come; `dE/dy_j = p_j - t_j`.
        CrossEntropy = "cross-entropy",
        /// `E = -sum_j (t_j ln p_j + (1 - t_j) ln(1 - p_j))` with `p = 1 / (1 + e^-y)` of the outputs as they come;
        /// `dE/dy_j = p_j - t_j`.
        BinaryCrossEntropy = "binary-cross-entropy",
    }
}

/// The most lanes that a shard has.
const MOST_LANES: usize = 64;

impl Loss {
    /// Summed weight × loss and weight of a shard of one step, and weight × dE/dy into `dy`.
    ///
    /// # Shapes
    /// y, dy: lanes × outputs.
    pub fn gradient<F: Scalar>(self, shard: &Shard<'_, F>, y: &[F], dy: &mut [F]) -> Sum {
        let (target, weights) = (shard.target, shard.weights);
        let mut losses = [F::ZERO; MOST_LANES];
        let losses = &mut losses[..shard.lanes];
        match self {
            Self::SquaredError => kernel::squared_error(y, target, weights, losses, dy),
            Self::AbsoluteError => kernel::absolute_error(y, target, weights, losses, dy),
            Self::Huber => kernel::huber(y, target, weights, losses, dy),
            Self::CrossEntropy => kernel::softmax_cross_entropy(y, target, weights, losses, dy),
            Self::BinaryCrossEntropy => kernel::binary_cross_entropy(y, target, weights, losses, dy),
        }
        let mut sum = Sum::default();
        for (loss, weight) in losses.iter().zip(weights).filter(|(_, weight)| **weight != F::ZERO) {
            sum += Sum { loss: loss.to_f64() * weight.to_f64(), weight: weight.to_f64() };
        }
        sum
    }

    /// The loss of one answer in its own units; of a cross-entropy nothing.
    fn of_error(self, error: f64) -> f64 {
        match self {
            Self::SquaredError => error * error / 2.0,
            Self::AbsoluteError => error.abs(),
            Self::Huber if error.abs() <= 1.0 => error * error / 2.0,
            Self::Huber => error.abs() - 0.5,
            Self::CrossEntropy | Self::BinaryCrossEntropy => 0.0,
        }
    }

    /// The mean loss of answers to quantities, summed over the outputs of a sample, each sample by its weight: for errors in
    /// the units of the data, whatever the network learned from. 0 where the loss judges classes.
    ///
    /// # Shapes
    /// `answers`, `values`: outputs × samples. `weights`: one a sample.
    pub fn mean_of<F: Scalar>(self, answers: &[F], values: &[F], outputs: usize, weights: Option<&[F]>) -> f64 {
        let mut sum = Sum::default();
        for (sample, (y, t)) in answers.chunks(outputs.max(1)).zip(values.chunks(outputs.max(1))).enumerate() {
            let weight = weights.map_or(1.0, |weights| weights[sample].to_f64());
            let loss: f64 = y.iter().zip(t).map(|(y, t)| self.of_error(y.to_f64() - t.to_f64())).sum();
            if weight != 0.0 {
                sum += Sum { loss: weight * loss, weight };
            }
        }
        sum.mean()
    }

    /// Turns outputs into what they are told as: probabilities where the loss works on outputs as they come.
    ///
    /// # Shapes
    /// y: lanes × outputs.
    pub fn answer<F: Scalar>(self, lanes: usize, y: &mut [F]) {
        match self {
            Self::SquaredError | Self::AbsoluteError | Self::Huber => {}
            Self::CrossEntropy => kernel::softmax(y, lanes),
            Self::BinaryCrossEntropy => kernel::sigmoid(y),
        }
    }
}
