//! One step of an optimiser over a slice of weights, in one pass: the weights, the gradient and the state are each read
//! once.

use fearless_simd::{Simd, SimdBase, SimdFloat};

use crate::kernels::{Float, Lanes, level};

/// What every step needs: `g' = gradient_scale g + decay w` is the gradient that it uses.
#[derive(Clone, Copy, Debug)]
pub struct Step<F> {
    /// Step size eta.
    pub learning_rate: F,
    /// 1 / batch, say, or a clipping factor.
    pub gradient_scale: F,
    /// L2 decay; 0 for none.
    pub decay: F,
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

/// `w -= eta g'`.
pub fn sgd<F: Float>(step: Step<F>, w: &mut [F], g: &[F]) {
    F::sgd(level(), step, w, g);
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

#[inline(always)]
pub(super) fn sgd_kernel<S: Simd, F: Float>(simd: S, step: Step<F>, w: &mut [F], g: &[F]) {
    kernel(simd, Sgd, step, w, g, []);
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

#[inline(always)]
fn splat<S: Simd, F: Float>(simd: S, x: F) -> F::Vector<S> {
    F::Vector::<S>::splat(simd, x)
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
        let mut now: [F::Vector<S>; N] = std::array::from_fn(
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
        let mut now: [F::Vector<S>; N] = std::array::from_fn(
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

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Step<f64> = Step { learning_rate: 0.1, gradient_scale: 0.5, decay: 0.01 };

    /// Two steps of each rule on 11 weights, one whole vector and a rest, against `expected(w, g')` told for each step
    /// and weight.
    fn check(mut step: impl FnMut(u64, &mut [f64], &[f64]), mut expected: impl FnMut(u64, usize, f64, f64) -> f64) {
        let mut w: Vec<f64> = (0..11).map(|i| f64::from(i) - 5.0).collect();
        let g: Vec<f64> = (0..11).map(|i| f64::from(i * i) * 0.1 - 2.0).collect();
        for time in 1..=2 {
            let before = w.clone();
            step(time, &mut w, &g);
            for i in 0..11 {
                let exact = expected(time, i, before[i], 0.5 * g[i] + 0.01 * before[i]);
                assert!((w[i] - exact).abs() < 1e-13, "weight {i} at step {time}");
            }
        }
    }

    #[test]
    fn gradient_descent_goes_down_the_slope() {
        check(|_, w, g| sgd(STEP, w, g), |_, _, w, g| w - 0.1 * g);
    }

    #[test]
    fn momentum_remembers_the_last_step() {
        let (mut v, mut exact) = ([0.0; 11], [0.0; 11]);
        check(
            |_, w, g| momentum(STEP, 0.9, w, g, &mut v),
            |_, i, w, g| {
                exact[i] = 0.9 * exact[i] + g;
                w - 0.1 * exact[i]
            },
        );
    }

    #[test]
    fn nesterov_looks_ahead() {
        let (mut v, mut exact) = ([0.0; 11], [0.0; 11]);
        check(
            |_, w, g| nesterov(STEP, 0.9, w, g, &mut v),
            |_, i, w, g| {
                exact[i] = 0.9 * exact[i] + g;
                w - 0.1 * (g + 0.9 * exact[i])
            },
        );
    }

    #[test]
    fn adam_divides_by_the_root_of_the_mean_square() {
        let (mut m, mut v, mut exact) = ([0.0; 11], [0.0; 11], [(0.0, 0.0); 11]);
        check(
            |time, w, g| adam(STEP, Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, time }, w, g, &mut m, &mut v),
            |time, i, w, g| {
                let (m, v) = &mut exact[i];
                *m = 0.9 * *m + 0.1 * g;
                *v = 0.999 * *v + 0.001 * g * g;
                let (m, v) = (*m / (1.0 - 0.9f64.powi(time as i32)), *v / (1.0 - 0.999f64.powi(time as i32)));
                w - 0.1 * m / (v.sqrt() + 1e-8)
            },
        );
    }
}
