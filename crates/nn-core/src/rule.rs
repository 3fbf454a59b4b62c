//! First-order rules: how one gradient moves theta.

use crate::Scalar;
use crate::kernels::optimiser as kernel;
use crate::threads;

crate::choices! {
    /// The rule by which a gradient moves theta. Each sees one gradient at a time, so all its memory is one slice.
    pub enum Rule {
        /// Gradient descent with momentum mu: `v <- mu v + g`, `theta <- theta - eta v`. Without momentum it is the
        /// chapter's `Delta w = -eta dE/dw`, (6) and (7).
        Sgd = "sgd",
        /// Nesterov's momentum: `v <- mu v + g`, `theta <- theta - eta (g + mu v)`. Sutskever and others 2013, sec. 2.
        Nesterov = "nesterov",
        /// Adam: steps of the size eta scaled by running means of g and g^2, beta_1 = 0.9, beta_2 = 0.999,
        /// epsilon = 1e-8. Kingma and Ba 2015, algorithm 1.
        Adam = "adam",
    }
}

/// What a rule is told at each step.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Step size eta.
    pub learning_rate: f64,
    /// Momentum mu.
    pub momentum: f64,
    /// How many steps were taken before.
    pub taken: u64,
    /// What the summed gradient is divided by: the weight of the batch.
    pub weight: f64,
}

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// Numbers that one thread takes at a time.
const CHUNK: usize = 1 << 14;

impl Rule {
    /// The step size that the rule is usually given.
    pub fn usual_rate(self) -> f64 {
        match self {
            Self::Sgd | Self::Nesterov => 0.01,
            Self::Adam => 0.001,
        }
    }

    /// How many numbers the rule remembers for each of theta's.
    pub fn memory(self) -> usize {
        match self {
            Self::Sgd | Self::Nesterov => 1,
            Self::Adam => 2,
        }
    }

    /// Moves theta by the summed `gradient`, and updates `state`.
    ///
    /// # Shapes
    /// `state`: [`memory`](Self::memory) numbers for each of theta's, zero at first; kept by slices as long as theta.
    pub fn step<F: Scalar>(self, theta: &mut [F], gradient: &[F], state: &mut [F], step: &Step) {
        let mu = F::from_f64(step.momentum);
        let each = kernel::Step {
            learning_rate: F::from_f64(step.learning_rate),
            gradient_scale: F::from_f64(1.0 / step.weight),
            decay: F::ZERO,
        };
        match self {
            Self::Sgd if step.momentum == 0.0 => {
                in_chunks([theta], gradient, |[theta], g| kernel::sgd(each, theta, g));
            }
            Self::Sgd => in_chunks([theta, state], gradient, |[theta, v], g| kernel::momentum(each, mu, theta, g, v)),
            Self::Nesterov => {
                in_chunks([theta, state], gradient, |[theta, v], g| kernel::nesterov(each, mu, theta, g, v));
            }
            Self::Adam => {
                let (mean, square) = state.split_at_mut(theta.len());
                let [beta1, beta2, epsilon] = [BETA_1, BETA_2, EPSILON].map(F::from_f64);
                let adam = kernel::Adam { beta1, beta2, epsilon, time: step.taken + 1 };
                in_chunks([theta, mean, square], gradient, |[theta, m, v], g| kernel::adam(each, adam, theta, g, m, v));
            }
        }
    }
}

/// Calls `work` on matching chunks of all slices, on several threads where there is enough to do. No chunk knows of
/// another, so the cut does not show in the bits.
fn in_chunks<F: Scalar, const N: usize>(
    parts: [&mut [F]; N],
    gradient: &[F],
    work: impl Fn([&mut [F]; N], &[F]) + Sync + Copy,
) {
    if gradient.len() <= CHUNK || threads::threads() == 1 {
        return work(parts, gradient);
    }
    let middle = gradient.len() / 2;
    let (gradient_left, gradient_right) = gradient.split_at(middle);
    let none = || std::array::from_fn(|_| &mut [] as &mut [F]);
    let (mut left, mut right) = (none(), none());
    for (index, part) in parts.into_iter().enumerate() {
        (left[index], right[index]) = part.split_at_mut(middle);
    }
    threads::join(|| in_chunks(left, gradient_left, work), || in_chunks(right, gradient_right, work));
}
