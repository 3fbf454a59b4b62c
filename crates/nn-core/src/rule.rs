//! Rules: how a gradient moves theta.

use crate::kernels::optimiser as kernel;
use crate::minimise;
use crate::{BatchSize, Scalar, threads};
use std::ops::Range;

crate::choices! {
    /// The rule by which a gradient moves theta. All its memory is one slice. g is the mean gradient of a batch, eta the
    /// step size.
    pub enum Rule {
        /// Gradient descent with momentum mu: `v <- mu v + g`, `theta <- theta - eta v`. Without momentum it is the
        /// chapter's `Delta w = -eta dE/dw`, (6), taken by (5).
        Sgd = "sgd",
        /// Nesterov's momentum: `v <- mu v + g`, `theta <- theta - eta (g + mu v)`. Sutskever and others 2013, sec. 2.
        Nesterov = "nesterov",
        /// Steps scaled by a running mean of g^2: `v <- 0.99 v + 0.01 g^2`, `theta <- theta - eta g / (sqrt v + 1e-8)`.
        /// Tieleman and Hinton 2012, lecture 6e.
        RmsProp = "rmsprop",
        /// Adam: `m <- 0.9 m + 0.1 g`, `v <- 0.999 v + 0.001 g^2`, `theta <- theta - eta m' / (sqrt v' + 1e-8)`, with `m' = m / (1 -
        /// 0.9^t)` and `v' = v / (1 - 0.999^t)` at step t. Kingma and Ba 2015, algorithm 1.
        Adam = "adam",
        /// Adam whose weight decay is no part of the gradient: `w <- (1 - eta decay) w` before each step. Loshchilov and
        /// Hutter 2019, algorithm 2.
        AdamW = "adamw",
        /// Rprop+: a step size for each weight, which grows 1.2 times where the sign of the slope stays, and halves where it
        /// turns, the last step being taken back. eta is the first of them, and all stay within 1e-6 and 50. For all
        /// samples at a time. Riedmiller and Braun 1993.
        Rprop = "rprop",
        /// iRprop+: as `rprop`, but a step is taken back only where the loss has risen. Igel and Hüsken 2003, section 2.
        Irprop = "irprop",
        /// Quickprop: each weight jumps to the minimum of the parabola through its last two slopes, at most 1.75 times as far
        /// as the last time. For all samples at a time. Fahlman 1988.
        Quickprop = "quickprop",
        /// Gradient descent with a step size for each weight, `eta / (mu + h)`: h is the weight's own curvature of the mean loss
        /// (the diagonal of the Gauss-Newton matrix), measured anew on some samples as training goes on. LeCun, Bottou, Bengio and
        /// Haffner 1998, appendix C, eq. 21; the stochastic diagonal Levenberg-Marquardt method.
        Diagonal = "diagonal",
        /// L-BFGS: a quasi-Newton method that remembers the last 10 steps, with a line search; an epoch is a step, and
        /// takes all samples. Liu and Nocedal 1989.
        Lbfgs = "lbfgs",
        /// Levenberg-Marquardt: least squares by their Jacobian, for squared error and small networks; an epoch is a step,
        /// and takes all samples. Hagan and Menhaj 1994.
        LevenbergMarquardt = "levenberg-marquardt",
    }
}

/// What a rule is told at each step. With the summed gradient G of a batch, the rule sees
/// `g = gradient_scale G + (decay + pull) w`.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Step size eta.
    pub learning_rate: f64,
    /// Momentum mu.
    pub momentum: f64,
    /// How many steps were taken before.
    pub taken: u64,
    /// What the summed gradient is multiplied by: 1 over the weight of the batch, say.
    pub gradient_scale: f64,
    /// Weight decay, which `adamw` takes apart from the gradient.
    pub decay: f64,
    /// A decay that is part of the gradient for each rule.
    pub pull: f64,
    /// Whether the loss is higher than at the step before; only `irprop` asks.
    pub error_rose: bool,
}

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const RHO: f64 = 0.99;
const EPSILON: f64 = 1e-8;
/// mu of the diagonal rule: no step is larger than eta / mu. LeCun and others 1998, section III.
const DAMPING: f64 = 0.02;
/// How much further quickprop jumps than the last time, at most.
const GROWTH: f64 = 1.75;

/// Numbers that one thread takes at a time.
const CHUNK: usize = 1 << 14;

impl Rule {
    /// The step size that the rule is usually given.
    pub fn usual_rate(self) -> f64 {
        match self {
            Self::Adam | Self::AdamW | Self::RmsProp => 0.001,
            Self::Quickprop => 0.1,
            Self::Diagonal => 0.0005,
            Self::Sgd | Self::Nesterov | Self::Rprop | Self::Irprop => 0.01,
            // These read none.
            Self::Lbfgs | Self::LevenbergMarquardt => 0.01,
        }
    }

    /// The batch that the rule is usually given, where that of the model is `usual`: rules that compare one gradient with
    /// the one before need both to be of the same samples.
    pub fn usual_batch(self, usual: BatchSize) -> BatchSize {
        match self {
            Self::Sgd | Self::Nesterov | Self::RmsProp | Self::Adam | Self::AdamW | Self::Diagonal => usual,
            Self::Rprop | Self::Irprop | Self::Quickprop | Self::Lbfgs | Self::LevenbergMarquardt => BatchSize::All,
        }
    }

    /// Whether it takes its steps itself, by as many gradients of all samples as it needs.
    pub fn is_minimiser(self) -> bool {
        matches!(self, Self::Lbfgs | Self::LevenbergMarquardt)
    }

    /// How many numbers the rule remembers for a theta of this length.
    pub fn memory(self, theta_len: usize) -> usize {
        match self {
            Self::Sgd | Self::Nesterov | Self::RmsProp | Self::Diagonal => theta_len,
            Self::Adam | Self::AdamW | Self::Quickprop => 2 * theta_len,
            Self::Rprop => 3 * theta_len,
            // And the last loss.
            Self::Irprop => 3 * theta_len + 1,
            Self::Lbfgs => minimise::lbfgs_memory(theta_len),
            Self::LevenbergMarquardt => minimise::levenberg_marquardt_memory(),
        }
    }

    /// Whether the loss is higher than the one before, for the rule that asks; it is remembered.
    pub(crate) fn error_rose<F: Scalar>(self, loss: impl FnOnce() -> f64, memory: &mut [F]) -> bool {
        match (self, memory.last_mut()) {
            (Self::Irprop, Some(before)) => {
                let now = F::from_f64(loss());
                std::mem::replace(before, now) < now
            }
            _ => false,
        }
    }

    /// Moves the `part` of theta by the summed `gradient`, updates `memory`, and leaves zeros of the gradient, to which the next
    /// batch is added: cleared while it is in a cache, it costs no way to memory of its own.
    ///
    /// # Shapes
    /// `memory`: [`memory`](Self::memory) numbers, zero at first; kept by slices as long as theta.
    pub fn step<F: Scalar>(
        self,
        part: Range<usize>,
        theta: &mut [F],
        gradient: &mut [F],
        memory: &mut [F],
        step: &Step,
    ) {
        let apart = if self == Self::AdamW { step.decay } else { 0.0 };
        let each = kernel::Step {
            learning_rate: F::from_f64(step.learning_rate),
            gradient_scale: F::from_f64(step.gradient_scale),
            decay: F::from_f64(step.decay - apart + step.pull),
            shrink: F::from_f64(1.0 - step.learning_rate * apart),
        };
        let mut slices = memory.chunks_mut(theta.len().max(1));
        let mut slice = || slices.next().map_or(&mut [][..], |slice| &mut slice[part.clone()]);
        let gradient = &mut gradient[part.clone()];
        let theta = &mut theta[part.clone()];
        let mu = F::from_f64(step.momentum);
        match self {
            Self::Sgd if step.momentum == 0.0 => {
                in_chunks([theta], gradient, |[theta], g| kernel::sgd(each, theta, g));
            }
            Self::Sgd => in_chunks([theta, slice()], gradient, |[theta, v], g| kernel::momentum(each, mu, theta, g, v)),
            Self::Nesterov => {
                in_chunks([theta, slice()], gradient, |[theta, v], g| kernel::nesterov(each, mu, theta, g, v));
            }
            Self::Diagonal => {
                let damping = F::from_f64(DAMPING);
                in_chunks([theta, slice()], gradient, |[theta, h], g| kernel::diagonal(each, damping, theta, g, h));
            }
            Self::RmsProp => {
                let [rho, epsilon] = [RHO, EPSILON].map(F::from_f64);
                in_chunks([theta, slice()], gradient, |[theta, v], g| kernel::rmsprop(each, rho, epsilon, theta, g, v));
            }
            Self::Adam | Self::AdamW => {
                let [beta1, beta2, epsilon] = [BETA_1, BETA_2, EPSILON].map(F::from_f64);
                let adam = kernel::Adam { beta1, beta2, epsilon, time: step.taken + 1 };
                let parts = [theta, slice(), slice()];
                in_chunks(parts, gradient, |[theta, m, v], g| kernel::adam(each, adam, theta, g, m, v));
            }
            Self::Rprop | Self::Irprop => {
                let [increase, decrease, least, most] = [1.2, 0.5, 1e-6, 50.0].map(F::from_f64);
                let backtrack = self == Self::Rprop || step.error_rose;
                let rprop = kernel::Rprop { increase, decrease, least, most, backtrack };
                let parts = [theta, slice(), slice(), slice()];
                in_chunks(parts, gradient, |[theta, memory @ ..], g| kernel::rprop(each, rprop, theta, g, memory));
            }
            Self::Quickprop => {
                let growth = F::from_f64(GROWTH);
                let parts = [theta, slice(), slice()];
                in_chunks(parts, gradient, |[theta, memory @ ..], g| kernel::quickprop(each, growth, theta, g, memory));
            }
            // These take their steps themselves.
            Self::Lbfgs | Self::LevenbergMarquardt => gradient.fill(F::ZERO),
        }
    }
}

/// Calls `work` on matching chunks of all slices, on several threads where there is enough to do, and clears each chunk of the
/// gradient after it. No chunk knows of another, so the cut does not show in the bits.
fn in_chunks<F: Scalar, const N: usize>(
    parts: [&mut [F]; N],
    gradient: &mut [F],
    work: impl Fn([&mut [F]; N], &[F]) + Sync + Copy,
) {
    if gradient.len() <= CHUNK {
        work(parts, gradient);
        return gradient.fill(F::ZERO);
    }
    let middle = gradient.len() / 2;
    let (gradient_left, gradient_right) = gradient.split_at_mut(middle);
    let none = || std::array::from_fn(|_| &mut [] as &mut [F]);
    let (mut left, mut right) = (none(), none());
    for (index, part) in parts.into_iter().enumerate() {
        (left[index], right[index]) = part.split_at_mut(middle);
    }
    if threads::threads() == 1 {
        in_chunks(left, gradient_left, work);
        in_chunks(right, gradient_right, work);
    } else {
        threads::join(|| in_chunks(left, gradient_left, work), || in_chunks(right, gradient_right, work));
    }
}
