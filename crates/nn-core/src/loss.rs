//! What the outputs of a network are judged by.

use crate::Scalar;
use crate::kernels::{self, loss as kernel};
use crate::layer::MOST_LANES;
use crate::objective::{Shard, Sum};
use crate::params::or_list;

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
        /// As `cross-entropy` with one more class, never the right one, of the constant output -1: `E = -y_t + ln(e^-1 + sum_k
        /// e^(y_k))` for the right class t. Where the outputs are the negatives of penalties, as those of RBF
        /// units are, it keeps the penalty of the right class small and not only smaller than the others. LeCun, Bottou, Bengio
        /// and Haffner 1998, eq. 9, with their j = 1.
        MaximumAPosteriori = "maximum-a-posteriori",
        /// `E = -sum_j (t_j ln p_j + (1 - t_j) ln(1 - p_j))` with `p = 1 / (1 + e^-y)` of the outputs as they come;
        /// `dE/dy_j = p_j - t_j`.
        BinaryCrossEntropy = "binary-cross-entropy",
    }
}

/// The output of the class that is never the right one, -j. The paper asks for a positive j and names none.
const RUBBISH: f64 = -1.0;

/// The second derivatives of a loss by the outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Curvature {
    /// 1 of each output.
    One,
    /// `p (1 - p)` of each output, with its sigmoid p.
    OfSigmoid,
    /// `diag(p) - p p^T`, with the softmax p of all outputs.
    OfSoftmax,
}

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
            Self::CrossEntropy | Self::MaximumAPosteriori => {
                kernel::softmax_cross_entropy(y, F::from_f64(self.other()), target, weights, losses, dy);
            }
            Self::BinaryCrossEntropy => kernel::binary_cross_entropy(y, target, weights, losses, dy),
        }
        let mut sum = Sum::default();
        for (loss, weight) in losses.iter().zip(weights).filter(|(_, weight)| **weight != F::ZERO) {
            sum += Sum { loss: loss.to_f64() * weight.to_f64(), weight: weight.to_f64() };
        }
        sum
    }

    /// The output of a class that is never the right one.
    fn other(self) -> f64 {
        if self == Self::MaximumAPosteriori { RUBBISH } else { f64::NEG_INFINITY }
    }

    /// Whether it judges classes alone.
    pub fn judges_classes(self) -> bool {
        match self {
            Self::SquaredError | Self::AbsoluteError | Self::Huber => false,
            Self::CrossEntropy | Self::MaximumAPosteriori | Self::BinaryCrossEntropy => true,
        }
    }

    /// Whether its [`answer`](Self::answer) to so many classes is a probability for each: what is judged by its squared error, or
    /// each class on its own, is none.
    pub fn tells_probabilities(self, classes: usize) -> bool {
        match self {
            Self::SquaredError | Self::AbsoluteError | Self::Huber => false,
            Self::CrossEntropy | Self::MaximumAPosteriori => true,
            Self::BinaryCrossEntropy => classes == 2,
        }
    }

    /// Whether there is one output for each class, which the loss compares with one another.
    pub fn compares_classes(self) -> bool {
        match self {
            Self::CrossEntropy | Self::MaximumAPosteriori => true,
            Self::SquaredError | Self::AbsoluteError | Self::Huber | Self::BinaryCrossEntropy => false,
        }
    }

    /// What its curvature by the outputs is made of; `None` where it has none that is a sum of squares.
    fn curvature(self) -> Option<Curvature> {
        match self {
            Self::SquaredError => Some(Curvature::One),
            Self::BinaryCrossEntropy => Some(Curvature::OfSigmoid),
            Self::CrossEntropy | Self::MaximumAPosteriori => Some(Curvature::OfSoftmax),
            Self::AbsoluteError | Self::Huber => None,
        }
    }

    /// The names of those that are so, as `a, b or c`.
    pub(crate) fn list(which: impl Fn(&Self) -> bool) -> String {
        or_list(&Self::ALL.iter().copied().filter(which).collect::<Vec<_>>())
    }

    /// Those whose [curvature](Self::curvature_probe) is told.
    pub(crate) fn curved() -> String {
        Self::list(|loss| loss.curvature().is_some())
    }

    /// The curvature of a lane's loss, its matrix of second derivatives by the outputs y, is a sum of `f f^T`: the sum of these
    /// f, each before it times a `sign`, into `probe`, times the root of the lane's weight. Gives back whether there are any; of
    /// absolute errors and Huber's there are none.
    ///
    /// A squared error has the unit vectors. With `p = softmax(y)` a cross-entropy has `sqrt(p_c) (e_c - p)` for each class c,
    /// since `diag(p) - p p^T = sum_c p_c (e_c - p) (e_c - p)^T`.
    ///
    /// # Shapes
    /// `weights`: lanes. y, probe: lanes × outputs.
    pub(crate) fn curvature_probe<F: Scalar>(
        self,
        weights: &[F],
        y: &[F],
        sign: &mut impl FnMut() -> f64,
        probe: &mut [F],
    ) -> bool {
        let Some(curvature) = self.curvature() else { return false };
        probe.fill(F::ZERO);
        let lanes = weights.len();
        for (lane, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight != F::ZERO) {
            let outputs = || y.iter().skip(lane).step_by(lanes).map(|y| y.to_f64());
            let weight = weight.to_f64().sqrt();
            if curvature != Curvature::OfSoftmax {
                for (probe, y) in probe.iter_mut().skip(lane).step_by(lanes).zip(outputs()) {
                    let p = 1.0 / (1.0 + (-y).exp());
                    let own = if curvature == Curvature::OfSigmoid { p * (1.0 - p) } else { 1.0 };
                    *probe = F::from_f64(weight * sign() * own.sqrt());
                }
                continue;
            }
            let largest = outputs().fold(self.other(), f64::max);
            let e = |y: f64| (y - largest).exp();
            let sum = outputs().map(e).sum::<f64>() + e(self.other());
            // The sum over c of sign_c sqrt(p_c), of which each class gets its share p.
            let mut common = sign() * (e(self.other()) / sum).sqrt();
            for (probe, y) in probe.iter_mut().skip(lane).step_by(lanes).zip(outputs()) {
                let root = sign() * (e(y) / sum).sqrt();
                *probe = F::from_f64(root);
                common += root;
            }
            for (probe, y) in probe.iter_mut().skip(lane).step_by(lanes).zip(outputs()) {
                *probe = F::from_f64(weight * (probe.to_f64() - common * e(y) / sum));
            }
        }
        true
    }

    /// The loss of one answer in its own units; of a cross-entropy nothing.
    fn of_error(self, error: f64) -> f64 {
        match self {
            Self::SquaredError => error * error / 2.0,
            Self::AbsoluteError => error.abs(),
            Self::Huber if error.abs() <= 1.0 => error * error / 2.0,
            Self::Huber => error.abs() - 0.5,
            Self::CrossEntropy | Self::MaximumAPosteriori | Self::BinaryCrossEntropy => 0.0,
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
            Self::CrossEntropy | Self::MaximumAPosteriori => kernel::softmax(y, lanes),
            Self::BinaryCrossEntropy => kernels::sigmoid(y),
        }
    }
}
