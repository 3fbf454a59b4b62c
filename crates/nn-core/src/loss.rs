//! What the outputs of a network are judged by.

use crate::Scalar;
use crate::kernels::loss as kernel;
use crate::objective::{Shard, Sum};

crate::choices! {
    /// What the outputs of a network are judged by; t is the target, y the output.
    pub enum Loss {
        /// The chapter's (4), `E = 1/2 sum_j (y_j - t_j)^2`; `dE/dy_j = y_j - t_j`.
        SquaredError = "squared-error",
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
            Self::CrossEntropy => kernel::softmax_cross_entropy(y, target, weights, losses, dy),
            Self::BinaryCrossEntropy => kernel::binary_cross_entropy(y, target, weights, losses, dy),
        }
        let mut sum = Sum::default();
        for (loss, weight) in losses.iter().zip(weights).filter(|(_, weight)| **weight != F::ZERO) {
            sum += Sum { loss: loss.to_f64() * weight.to_f64(), weight: weight.to_f64() };
        }
        sum
    }

    /// Turns outputs into what they are told as: probabilities where the loss works on outputs as they come.
    ///
    /// # Shapes
    /// y: lanes × outputs.
    pub fn answer<F: Scalar>(self, lanes: usize, y: &mut [F]) {
        match self {
            Self::SquaredError => {}
            Self::CrossEntropy => kernel::softmax(y, lanes),
            Self::BinaryCrossEntropy => kernel::sigmoid(y),
        }
    }
}
