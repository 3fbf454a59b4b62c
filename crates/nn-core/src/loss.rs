//! What the outputs of a network are judged by.

use crate::Scalar;
use crate::kernels::{self, Sigmoid, Zip, ZipOwn, sigmoid_vector, softplus_vector};
use crate::objective::{Shard, Sum};
use fearless_simd::{Simd, SimdBase};

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
            Self::SquaredError => by_output(HalfSquare, Difference, y, target, weights, losses, dy),
            Self::CrossEntropy => kernels::loss::softmax_cross_entropy(y, target, weights, losses, dy),
            Self::BinaryCrossEntropy => by_output(Surprise, Excess, y, target, weights, losses, dy),
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
            Self::CrossEntropy => kernels::loss::softmax(y, lanes),
            Self::BinaryCrossEntropy => kernels::map_in_place(Sigmoid, y),
        }
    }
}

/// A loss that is a sum over the outputs, each on its own.
fn by_output<F: Scalar>(
    loss: impl ZipOwn<F, 2>,
    slope: impl Zip<F, 3>,
    y: &[F],
    target: &[F],
    weights: &[F],
    losses: &mut [F],
    dy: &mut [F],
) {
    let lanes = losses.len();
    for ((y, t), dy) in y.chunks_exact(lanes).zip(target.chunks_exact(lanes)).zip(dy.chunks_exact_mut(lanes)) {
        kernels::zip_in_place(loss, [y, t], losses);
        kernels::zip(slope, [y, t, weights], dy);
    }
}

/// `own + (y - t)^2 / 2`.
#[derive(Clone, Copy)]
struct HalfSquare;

impl<F: Scalar> ZipOwn<F, 2> for HalfSquare {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, [y, t]: [F::Vector<S>; 2], own: F::Vector<S>) -> F::Vector<S> {
        let difference = y - t;
        own + F::Vector::<S>::splat(simd, F::from_f64(0.5)) * difference * difference
    }
}

/// `w (y - t)`.
#[derive(Clone, Copy)]
struct Difference;

impl<F: Scalar> Zip<F, 3> for Difference {
    #[inline(always)]
    fn apply<S: Simd>(self, _: S, [y, t, w]: [F::Vector<S>; 3]) -> F::Vector<S> {
        w * (y - t)
    }
}

/// `own - t ln p - (1 - t) ln(1 - p)`, which is `own + ln(1 + e^y) - t y`: nothing overflows.
#[derive(Clone, Copy)]
struct Surprise;

impl<F: Scalar> ZipOwn<F, 2> for Surprise {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, [y, t]: [F::Vector<S>; 2], own: F::Vector<S>) -> F::Vector<S> {
        own + (softplus_vector::<S, F>(simd, y) - t * y)
    }
}

/// `w (p - t)`.
#[derive(Clone, Copy)]
struct Excess;

impl<F: Scalar> Zip<F, 3> for Excess {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, [y, t, w]: [F::Vector<S>; 3]) -> F::Vector<S> {
        w * (sigmoid_vector::<S, F>(simd, y) - t)
    }
}
