//! One step of an optimiser over a slice of weights, in one pass: the weights, the gradient and the state are each read
//! once.

use fearless_simd::{Select, Simd, SimdBase, SimdFloat};

use crate::arrays::vectors;
use crate::maths::sign_vector;
use crate::{Float, Lanes, level};

/// What every step needs: `g' = gradient_scale g + decay w` is the gradient that it uses, and the step is taken from
/// `shrink w`.
#[derive(Clone, Copy, Debug)]
pub struct Step<F> {
    /// Step size eta.
    pub learning_rate: F,
    /// 1 / batch, say, or a clipping factor.
    pub gradient_scale: F,
    /// L2 decay; 0 for none.
    pub decay: F,
    /// What the weights are multiplied by before they move; 1 for decay that is none or part of the gradient.
    pub shrink: F,
}

/// The constants of Adam.
#[derive(Clone, Copy, Debug)]
pub struct Adam<F> {
    /// How much the mean of the gradients keeps.
    pub beta1: F,
    /// How much the mean of their squares keeps.
    pub beta2: F,
    /// Added to the root, so that nothing is divided by zero.
    pub epsilon: F,
    /// Steps taken, this one included: from 1.
    pub time: u64,
}

/// The constants of Rprop.
#[derive(Clone, Copy, Debug)]
pub struct Rprop<F> {
    /// How much a step size grows.
    pub increase: F,
    /// How much it shrinks.
    pub decrease: F,
    /// The least step size.
    pub least: F,
    /// The greatest one.
    pub most: F,
    /// Whether a step is taken back where the sign of the slope has turned.
    pub backtrack: bool,
}

/// `w -= eta g'`.
pub fn sgd<F: Float>(step: Step<F>, w: &mut [F], g: &[F]) {
    F::sgd(level(), step, w, g);
}

/// `w -= eta / (mu + h) g'`: a step size for each weight by its curvature h.
pub fn diagonal<F: Float>(step: Step<F>, mu: F, w: &mut [F], g: &[F], h: &mut [F]) {
    F::diagonal(level(), step, mu, w, g, h);
}

/// `v = mu v + g'`, `w -= eta v`: momentum as in PyTorch.
pub fn momentum<F: Float>(step: Step<F>, mu: F, w: &mut [F], g: &[F], v: &mut [F]) {
    F::momentum(level(), step, mu, w, g, v);
}

/// `v = mu v + g'`, `w -= eta (g' + mu v)`: Nesterov's momentum as in PyTorch.
pub fn nesterov<F: Float>(step: Step<F>, mu: F, w: &mut [F], g: &[F], v: &mut [F]) {
    F::nesterov(level(), step, mu, w, g, v);
}

/// `m = beta1 m + (1 - beta1) g'`, `v = beta2 v + (1 - beta2) g'^2`, `w -= eta (m / c1) / (sqrt(v / c2) + epsilon)`, `c
/// = 1 - beta^time`.
///
/// Kingma and Ba, Adam, 2015, algorithm 1.
pub fn adam<F: Float>(step: Step<F>, adam: Adam<F>, w: &mut [F], g: &[F], m: &mut [F], v: &mut [F]) {
    F::adam(level(), step, adam, w, g, m, v);
}

/// `v = rho v + (1 - rho) g'^2`, `w -= eta g' / (sqrt(v) + epsilon)`.
///
/// Tieleman and Hinton, lecture 6e, 2012; epsilon stands where PyTorch has it.
pub fn rmsprop<F: Float>(step: Step<F>, rho: F, epsilon: F, w: &mut [F], g: &[F], v: &mut [F]) {
    F::rmsprop(level(), step, rho, epsilon, w, g, v);
}

/// Each weight has a step size d, eta at first. Where g' has the sign of the gradient before, d grows; where it has the
/// other, d shrinks, the step before is taken back if `backtrack` says so, and the gradient is remembered as 0; else `w -=
/// sign(g') d`.
///
/// # Shapes
/// `memory`: the step sizes, the gradients before, and the last changes of the weights; zero at first, each as long as w.
///
/// Igel and Hüsken, Empirical evaluation of the improved Rprop learning algorithms, 2003, algorithms 1 and 3.
pub fn rprop<F: Float>(step: Step<F>, rprop: Rprop<F>, w: &mut [F], g: &[F], memory: [&mut [F]; 3]) {
    F::rprop(level(), step, rprop, w, g, memory);
}

/// With the slope S = g', the slope S' before and the change d before: `w += d S / (S' - S)`, the minimum of the parabola
/// through both, but no further than mu d, and `-eta S` more while the slope still points along d. Where there was no change
/// before, or the parabola points uphill, `w -= eta S`.
///
/// # Shapes
/// `memory`: the slopes before and the changes before; zero at first, each as long as w.
///
/// Fahlman, An empirical study of learning speed in back-propagation networks, 1988.
pub fn quickprop<F: Float>(step: Step<F>, mu: F, w: &mut [F], g: &[F], memory: [&mut [F]; 2]) {
    F::quickprop(level(), step, mu, w, g, memory);
}

#[inline(always)]
pub(super) fn sgd_kernel<S: Simd, F: Float>(simd: S, step: Step<F>, w: &mut [F], g: &[F]) {
    kernel(simd, Sgd, step, w, g, []);
}

#[inline(always)]
pub(super) fn diagonal_kernel<S: Simd, F: Float>(simd: S, step: Step<F>, mu: F, w: &mut [F], g: &[F], h: &mut [F]) {
    kernel(simd, Diagonal(mu), step, w, g, [h]);
}

#[inline(always)]
pub(super) fn momentum_kernel<S: Simd, F: Float>(simd: S, step: Step<F>, mu: F, w: &mut [F], g: &[F], v: &mut [F]) {
    kernel(simd, Momentum(mu), step, w, g, [v]);
}

#[inline(always)]
pub(super) fn nesterov_kernel<S: Simd, F: Float>(simd: S, step: Step<F>, mu: F, w: &mut [F], g: &[F], v: &mut [F]) {
    kernel(simd, Nesterov(mu), step, w, g, [v]);
}

#[inline(always)]
pub(super) fn adam_kernel<S: Simd, F: Float>(
    simd: S,
    step: Step<F>,
    adam: Adam<F>,
    w: &mut [F],
    g: &[F],
    m: &mut [F],
    v: &mut [F],
) {
    let power = i32::try_from(adam.time).unwrap_or(i32::MAX);
    let correction1 = 1.0 - adam.beta1.to_f64().powi(power);
    let correction2 = 1.0 - adam.beta2.to_f64().powi(power);
    let step = Step { learning_rate: F::from_f64(step.learning_rate.to_f64() / correction1), ..step };
    kernel(simd, AdamRule { adam, root: F::from_f64(1.0 / correction2.sqrt()) }, step, w, g, [m, v]);
}

#[inline(always)]
pub(super) fn rmsprop_kernel<S: Simd, F: Float>(
    simd: S,
    step: Step<F>,
    rho: F,
    epsilon: F,
    w: &mut [F],
    g: &[F],
    v: &mut [F],
) {
    kernel(simd, RmsProp { rho, epsilon }, step, w, g, [v]);
}

#[inline(always)]
pub(super) fn rprop_kernel<S: Simd, F: Float>(
    simd: S,
    step: Step<F>,
    rprop: Rprop<F>,
    w: &mut [F],
    g: &[F],
    memory: [&mut [F]; 3],
) {
    // The rule tells whole changes, so eta is only the first step size.
    let whole = Step { learning_rate: F::from_f64(1.0), ..step };
    kernel(simd, RpropRule { rprop, first: step.learning_rate }, whole, w, g, memory);
}

#[inline(always)]
pub(super) fn quickprop_kernel<S: Simd, F: Float>(
    simd: S,
    step: Step<F>,
    mu: F,
    w: &mut [F],
    g: &[F],
    memory: [&mut [F]; 2],
) {
    let whole = Step { learning_rate: F::from_f64(1.0), ..step };
    kernel(simd, Quickprop { mu, eta: step.learning_rate }, whole, w, g, memory);
}

/// How the state of `N` slices and a gradient give the step: `w -= eta rule(g', state)`.
trait Rule<F: Float, const N: usize>: Copy {
    fn direction<S: Simd>(self, simd: S, g: F::Vector<S>, state: &mut [F::Vector<S>; N]) -> F::Vector<S>;
}

#[derive(Clone, Copy)]
struct Sgd;

impl<F: Float> Rule<F, 0> for Sgd {
    #[inline(always)]
    fn direction<S: Simd>(self, _: S, g: F::Vector<S>, _: &mut [F::Vector<S>; 0]) -> F::Vector<S> {
        g
    }
}

#[derive(Clone, Copy)]
struct Diagonal<F>(F);

impl<F: Float> Rule<F, 1> for Diagonal<F> {
    #[inline(always)]
    fn direction<S: Simd>(self, simd: S, g: F::Vector<S>, [h]: &mut [F::Vector<S>; 1]) -> F::Vector<S> {
        g / (*h + splat::<S, F>(simd, self.0))
    }
}

#[derive(Clone, Copy)]
struct Momentum<F>(F);

impl<F: Float> Rule<F, 1> for Momentum<F> {
    #[inline(always)]
    fn direction<S: Simd>(self, simd: S, g: F::Vector<S>, [v]: &mut [F::Vector<S>; 1]) -> F::Vector<S> {
        *v = v.mul_add(splat::<S, F>(simd, self.0), g);
        *v
    }
}

#[derive(Clone, Copy)]
struct Nesterov<F>(F);

impl<F: Float> Rule<F, 1> for Nesterov<F> {
    #[inline(always)]
    fn direction<S: Simd>(self, simd: S, g: F::Vector<S>, [v]: &mut [F::Vector<S>; 1]) -> F::Vector<S> {
        let mu = splat::<S, F>(simd, self.0);
        *v = v.mul_add(mu, g);
        v.mul_add(mu, g)
    }
}

#[derive(Clone, Copy)]
struct AdamRule<F> {
    adam: Adam<F>,
    /// `1 / sqrt(c2)`.
    root: F,
}

impl<F: Float> Rule<F, 2> for AdamRule<F> {
    #[inline(always)]
    fn direction<S: Simd>(self, simd: S, g: F::Vector<S>, [m, v]: &mut [F::Vector<S>; 2]) -> F::Vector<S> {
        let Adam { beta1, beta2, epsilon, .. } = self.adam;
        let one = F::from_f64(1.0);
        *m = m.mul_add(splat::<S, F>(simd, beta1), g * splat::<S, F>(simd, one - beta1));
        *v = v.mul_add(splat::<S, F>(simd, beta2), g * g * splat::<S, F>(simd, one - beta2));
        *m / v.sqrt().mul_add(splat::<S, F>(simd, self.root), splat::<S, F>(simd, epsilon))
    }
}

#[derive(Clone, Copy)]
struct RmsProp<F> {
    rho: F,
    epsilon: F,
}

impl<F: Float> Rule<F, 1> for RmsProp<F> {
    #[inline(always)]
    fn direction<S: Simd>(self, simd: S, g: F::Vector<S>, [v]: &mut [F::Vector<S>; 1]) -> F::Vector<S> {
        let rest = splat::<S, F>(simd, F::from_f64(1.0) - self.rho);
        *v = v.mul_add(splat::<S, F>(simd, self.rho), g * g * rest);
        g / (v.sqrt() + splat::<S, F>(simd, self.epsilon))
    }
}

#[derive(Clone, Copy)]
struct RpropRule<F> {
    rprop: Rprop<F>,
    /// The step size that a weight starts with.
    first: F,
}

impl<F: Float> Rule<F, 3> for RpropRule<F> {
    #[inline(always)]
    fn direction<S: Simd>(
        self,
        simd: S,
        g: F::Vector<S>,
        [size, before, moved]: &mut [F::Vector<S>; 3],
    ) -> F::Vector<S> {
        let Rprop { increase, decrease, least, most, backtrack } = self.rprop;
        let [zero, first, increase, decrease, least, most] =
            splat_all::<S, F, 6>(simd, [F::from_f64(0.0), self.first, increase, decrease, least, most]);
        let now = size.simd_eq(zero).select(first, *size);
        // Of signs, not of slopes: the product of two small ones is 0.
        let product = sign_vector::<S, F>(simd, g) * sign_vector::<S, F>(simd, *before);
        let (stays, turns) = (product.simd_gt(zero), product.simd_lt(zero));
        let larger = now * increase;
        let larger = larger.simd_gt(most).select(most, larger);
        let smaller = now * decrease;
        let smaller = smaller.simd_lt(least).select(least, smaller);
        *size = stays.select(larger, turns.select(smaller, now));
        let onward = sign_vector::<S, F>(simd, g) * *size;
        let back = if backtrack { *moved } else { zero };
        let change = turns.select(back, onward);
        *before = turns.select(zero, g);
        // What was taken back or left out is no step that could be taken back later: the gradient remembered is 0.
        *moved = turns.select(zero, zero - onward);
        change
    }
}

#[derive(Clone, Copy)]
struct Quickprop<F> {
    mu: F,
    eta: F,
}

impl<F: Float> Rule<F, 2> for Quickprop<F> {
    #[inline(always)]
    fn direction<S: Simd>(self, simd: S, g: F::Vector<S>, [before, moved]: &mut [F::Vector<S>; 2]) -> F::Vector<S> {
        let [zero, one, mu, eta] = splat_all::<S, F, 4>(simd, [F::from_f64(0.0), F::from_f64(1.0), self.mu, self.eta]);
        let plain = zero - eta * g;
        let along = sign_vector::<S, F>(simd, *moved);
        let downhill = (g * along).simd_lt(zero);
        let farthest = mu * *moved;
        // The parabola's minimum is farther than that where the slope has hardly fallen, or has grown.
        let shrink = mu / (one + mu);
        let far = (g * along).simd_lt(shrink * *before * along);
        let jump = *moved * g / (*before - g);
        let limit = farthest * along;
        let jump = jump.simd_gt(limit).select(limit, jump);
        let jump = jump.simd_lt(zero - limit).select(zero - limit, jump);
        // Where both slopes are the same, this is no number, and so not below 0.
        let uphill = downhill.select(zero, plain);
        let jump = (jump * sign_vector::<S, F>(simd, g)).simd_lt(zero).select(jump, uphill);
        let jump = downhill.select(plain + far.select(farthest, jump), jump);
        let change = moved.simd_eq(zero).select(plain, jump);
        (*before, *moved) = (g, change);
        zero - change
    }
}

#[inline(always)]
fn splat<S: Simd, F: Float>(simd: S, x: F) -> F::Vector<S> {
    F::Vector::<S>::splat(simd, x)
}

#[inline(always)]
fn splat_all<S: Simd, F: Float, const N: usize>(simd: S, x: [F; N]) -> [F::Vector<S>; N] {
    vectors::<S, F, N>(
        simd,
        #[inline(always)]
        |n| splat::<S, F>(simd, x[n]),
    )
}

/// The new weights.
#[inline(always)]
fn update<S: Simd, F: Float, const N: usize>(
    simd: S,
    rule: impl Rule<F, N>,
    step: Step<F>,
    w: F::Vector<S>,
    g: F::Vector<S>,
    state: &mut [F::Vector<S>; N],
) -> F::Vector<S> {
    let g = w.mul_add(splat::<S, F>(simd, step.decay), g * splat::<S, F>(simd, step.gradient_scale));
    let w = w * splat::<S, F>(simd, step.shrink);
    rule.direction(simd, g, state).mul_add(splat::<S, F>(simd, -step.learning_rate), w)
}

#[inline(always)]
fn kernel<S: Simd, F: Float, const N: usize>(
    simd: S,
    rule: impl Rule<F, N>,
    step: Step<F>,
    w: &mut [F],
    g: &[F],
    mut state: [&mut [F]; N],
) {
    let len = w.len();
    assert_eq!(g.len(), len);
    for state in &state {
        assert_eq!(state.len(), len);
    }
    let whole = len - len % F::LANES;
    let (g, g_tail) = g[..len].split_at(whole);
    let (w, w_tail) = w.split_at_mut(whole);
    for (chunk, (w, g)) in w.chunks_exact_mut(F::LANES).zip(g.chunks_exact(F::LANES)).enumerate() {
        let at = chunk * F::LANES..(chunk + 1) * F::LANES;
        let mut now = vectors::<S, F, N>(
            simd,
            #[inline(always)]
            |n| F::Vector::<S>::from_slice(simd, &state[n][at.clone()]),
        );
        let (old, g) = (F::Vector::<S>::from_slice(simd, w), F::Vector::<S>::from_slice(simd, g));
        update::<S, F, N>(simd, rule, step, old, g, &mut now).store_slice(w);
        for (state, now) in state.iter_mut().zip(now) {
            now.store_slice(&mut state[at.clone()]);
        }
    }
    if whole < len {
        let mut now = vectors::<S, F, N>(
            simd,
            #[inline(always)]
            |n| F::Vector::<S>::load_partial(simd, &state[n][whole..]),
        );
        let (old, g) = (F::Vector::<S>::load_partial(simd, w_tail), F::Vector::<S>::load_partial(simd, g_tail));
        update::<S, F, N>(simd, rule, step, old, g, &mut now).store_partial(w_tail);
        for (state, now) in state.iter_mut().zip(now) {
            now.store_partial(&mut state[whole..]);
        }
    }
}
