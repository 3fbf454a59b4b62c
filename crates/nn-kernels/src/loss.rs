//! Losses with their gradients, and what turns outputs into probabilities; samples in the lanes.

use fearless_simd::{Select, Simd, SimdBase, SimdFloat};

use crate::elementwise::{Zip, ZipOwn, zip_kernel, zip_own_kernel};
use crate::float::{load, store};
use crate::maths::{exp_vector, ln_vector, sigmoid_vector, sign_vector, softplus_vector};
use crate::{Float, level};

/// `y_c = e^(y_c) / sum_k e^(y_k)` for each lane, in place; the largest is subtracted first, so nothing overflows.
///
/// # Shapes
/// `y`: lanes x classes; `lanes` is 1 or a multiple of 16.
pub fn softmax<F: Float>(y: &mut [F], lanes: usize) {
    assert!(lanes > 0 && y.len().is_multiple_of(lanes));
    F::softmax(level(), y, lanes);
}

/// The cross-entropy of softmax outputs, and its gradient for the logits.
///
/// `loss_l = -sum_c t_lc ln p_lc`, `d_lc = w_l (p_lc - t_lc)`, `p_c = e^(z_c) / (e^other + sum_k e^(z_k))` of the logits z;
/// the logarithm is taken as `z - max - ln sum e^(z - max)`. The losses are not weighted.
///
/// `other` is the logit of one class more that is never the right one; minus infinity leaves it out.
///
/// # Shapes
/// `logits`, `targets`, `gradient`: lanes x classes, each row of the targets summing to 1. `weights`, `losses`: lanes,
/// 1 or a multiple of 16.
pub fn softmax_cross_entropy<F: Float>(
    logits: &[F],
    other: F,
    targets: &[F],
    weights: &[F],
    losses: &mut [F],
    gradient: &mut [F],
) {
    check_shapes(logits, targets, weights, losses, gradient);
    gradient.copy_from_slice(logits);
    F::softmax_cross_entropy(level(), other, targets, weights, losses, gradient);
}

/// Half the squared error of each lane, and its gradient.
///
/// `loss_l = 1/2 sum_o (y_lo - t_lo)^2`, `d_lo = w_l (y_lo - t_lo)`. The losses are not weighted.
///
/// # Shapes
/// As [`softmax_cross_entropy`], with any targets.
pub fn squared_error<F: Float>(y: &[F], targets: &[F], weights: &[F], losses: &mut [F], gradient: &mut [F]) {
    check_shapes(y, targets, weights, losses, gradient);
    F::squared_error(level(), y, targets, weights, losses, gradient);
}

/// The absolute error of each lane, and its gradient.
///
/// `loss_l = sum_o |y_lo - t_lo|`, `d_lo = w_l sign(y_lo - t_lo)`, 0 where both are the same. The losses are not weighted.
///
/// # Shapes
/// As [`squared_error`].
pub fn absolute_error<F: Float>(y: &[F], targets: &[F], weights: &[F], losses: &mut [F], gradient: &mut [F]) {
    check_shapes(y, targets, weights, losses, gradient);
    F::absolute_error(level(), y, targets, weights, losses, gradient);
}

/// Huber's error of each lane, half the square up to 1 and then straight on, and its gradient.
///
/// With `e = y_lo - t_lo`: `loss_l = sum_o e^2 / 2` where `|e| <= 1`, else `|e| - 1/2`; `d_lo = w_l e`, no less than -w_l
/// and no more than w_l. The losses are not weighted.
///
/// # Shapes
/// As [`squared_error`].
pub fn huber<F: Float>(y: &[F], targets: &[F], weights: &[F], losses: &mut [F], gradient: &mut [F]) {
    check_shapes(y, targets, weights, losses, gradient);
    F::huber(level(), y, targets, weights, losses, gradient);
}

/// The cross-entropy of outputs that each say yes or no, `p = 1 / (1 + e^-y)`, and its gradient for y.
///
/// `loss_l = -sum_o (t_lo ln p_lo + (1 - t_lo) ln(1 - p_lo))`, `d_lo = w_l (p_lo - t_lo)`. The losses are not weighted.
///
/// # Shapes
/// As [`softmax_cross_entropy`], each target from 0 to 1.
pub fn binary_cross_entropy<F: Float>(y: &[F], targets: &[F], weights: &[F], losses: &mut [F], gradient: &mut [F]) {
    check_shapes(y, targets, weights, losses, gradient);
    F::binary_cross_entropy(level(), y, targets, weights, losses, gradient);
}

fn check_shapes<F>(y: &[F], targets: &[F], weights: &[F], losses: &[F], gradient: &[F]) {
    let lanes = losses.len();
    assert!(lanes > 0 && weights.len() == lanes && y.len().is_multiple_of(lanes));
    assert!(targets.len() == y.len() && gradient.len() == y.len());
}

#[inline(always)]
pub(super) fn softmax_kernel<S: Simd, F: Float>(simd: S, y: &mut [F], lanes: usize) {
    if lanes == 1 {
        let sum = exponentials_alone::<S, F>(simd, no_other(), largest(no_other(), y), y);
        return scale_alone::<S, F>(simd, sum, y);
    }
    for from in (0..lanes).step_by(F::LANES) {
        let width = F::LANES.min(lanes - from);
        let sum = exponentials::<S, F>(
            simd,
            no_other(),
            y,
            lanes,
            from,
            #[inline(always)]
            |_, _| {},
        );
        let reciprocal = F::Vector::<S>::splat(simd, F::from_f64(1.0)) / sum;
        for column in y.chunks_exact_mut(lanes) {
            let y = &mut column[from..from + width];
            store(load::<S, F>(simd, y) * reciprocal, y);
        }
    }
}

/// `y` holds the logits, and then their gradient.
#[inline(always)]
pub(super) fn cross_entropy_kernel<S: Simd, F: Float>(
    simd: S,
    other: F,
    targets: &[F],
    weights: &[F],
    losses: &mut [F],
    y: &mut [F],
) {
    let lanes = losses.len();
    if lanes == 1 {
        return cross_entropy_alone(simd, other, targets, weights[0], &mut losses[0], y);
    }
    for from in (0..lanes).step_by(F::LANES) {
        let to = from + F::LANES.min(lanes - from);
        let mut hit = F::Vector::<S>::splat(simd, F::default());
        let sum = exponentials::<S, F>(
            simd,
            other,
            y,
            lanes,
            from,
            #[inline(always)]
            |class, z| hit = load::<S, F>(simd, &targets[class * lanes..][from..to]).mul_add(z, hit),
        );
        store(ln_vector::<S, F>(simd, sum) - hit, &mut losses[from..to]);
        let weight = load::<S, F>(simd, &weights[from..to]);
        let reciprocal = F::Vector::<S>::splat(simd, F::from_f64(1.0)) / sum;
        for (y, targets) in y.chunks_exact_mut(lanes).zip(targets.chunks_exact(lanes)) {
            let y = &mut y[from..to];
            store(weight * (load::<S, F>(simd, y) * reciprocal - load::<S, F>(simd, &targets[from..to])), y);
        }
    }
}

/// [`cross_entropy_kernel`] for one sample, its classes in the lanes where that changes no bits: sums still run from
/// class to class.
#[inline(always)]
fn cross_entropy_alone<S: Simd, F: Float>(simd: S, other: F, targets: &[F], weight: F, loss: &mut F, y: &mut [F]) {
    let largest = largest(other, y);
    let mut hit = F::Vector::<S>::splat(simd, F::default());
    for (&y, &target) in y.iter().zip(targets) {
        hit = F::Vector::<S>::splat(simd, target).mul_add(F::Vector::<S>::splat(simd, y - largest), hit);
    }
    let sum = exponentials_alone::<S, F>(simd, other, largest, y);
    *loss = (ln_vector::<S, F>(simd, sum) - hit)[0];
    scale_alone::<S, F>(simd, sum, y);
    for (y, &target) in y.iter_mut().zip(targets) {
        *y = weight * (*y - target);
    }
}

/// The logit of a class that is not there.
#[inline(always)]
fn no_other<F: Float>() -> F {
    F::from_f64(f64::NEG_INFINITY)
}

#[inline(always)]
fn largest<F: Float>(other: F, y: &[F]) -> F {
    y.iter().fold(
        other,
        #[inline(always)]
        |largest, &y| if y > largest { y } else { largest },
    )
}

/// Replaces y by `e^(y - largest)` and gives the sum, that of `other` included, in every lane.
#[inline(always)]
fn exponentials_alone<S: Simd, F: Float>(simd: S, other: F, largest: F, y: &mut [F]) -> F::Vector<S> {
    for y in y.chunks_mut(F::LANES) {
        store(exp_vector::<S, F>(simd, load::<S, F>(simd, y) - F::Vector::<S>::splat(simd, largest)), y);
    }
    let mut sum = exp_vector::<S, F>(simd, F::Vector::<S>::splat(simd, other - largest))[0];
    for &e in y.iter() {
        sum += e;
    }
    F::Vector::<S>::splat(simd, sum)
}

#[inline(always)]
fn scale_alone<S: Simd, F: Float>(simd: S, sum: F::Vector<S>, y: &mut [F]) {
    let reciprocal = (F::Vector::<S>::splat(simd, F::from_f64(1.0)) / sum)[0];
    for y in y {
        *y *= reciprocal;
    }
}

/// Replaces one vector of lanes of each column by `e^(y - max)`, tells `visit` each class's `y - max`, and gives the
/// sum, that of `other` included.
#[inline(always)]
fn exponentials<S: Simd, F: Float>(
    simd: S,
    other: F,
    y: &mut [F],
    lanes: usize,
    from: usize,
    mut visit: impl FnMut(usize, F::Vector<S>),
) -> F::Vector<S> {
    let to = from + F::LANES.min(lanes - from);
    let other = F::Vector::<S>::splat(simd, other);
    let mut largest = other;
    for column in y.chunks_exact(lanes) {
        largest = largest.max(load::<S, F>(simd, &column[from..to]));
    }
    let mut sum = exp_vector::<S, F>(simd, other - largest);
    for (class, column) in y.chunks_exact_mut(lanes).enumerate() {
        let y = &mut column[from..to];
        let z = load::<S, F>(simd, y) - largest;
        visit(class, z);
        let e = exp_vector::<S, F>(simd, z);
        store(e, y);
        sum += e;
    }
    sum
}

/// A loss that is a sum over the outputs, each on its own.
#[inline(always)]
#[expect(clippy::too_many_arguments, reason = "the arguments of a loss, and its two functions")]
pub(super) fn by_output<S: Simd, F: Float>(
    simd: S,
    loss: impl ZipOwn<F, 2>,
    slope: impl Zip<F, 3>,
    y: &[F],
    targets: &[F],
    weights: &[F],
    losses: &mut [F],
    gradient: &mut [F],
) {
    let lanes = losses.len();
    losses.fill(F::default());
    let columns = y.chunks_exact(lanes).zip(targets.chunks_exact(lanes)).zip(gradient.chunks_exact_mut(lanes));
    for ((y, t), gradient) in columns {
        zip_own_kernel(simd, loss, [y, t], losses);
        zip_kernel(simd, slope, [y, t, weights], gradient);
    }
}

/// `own + (y - t)^2 / 2`.
#[derive(Clone, Copy)]
pub(super) struct HalfSquare;

impl<F: Float> ZipOwn<F, 2> for HalfSquare {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, [y, t]: [F::Vector<S>; 2], own: F::Vector<S>) -> F::Vector<S> {
        let difference = y - t;
        own + F::Vector::<S>::splat(simd, F::from_f64(0.5)) * difference * difference
    }
}

/// `w (y - t)`.
#[derive(Clone, Copy)]
pub(super) struct Difference;

impl<F: Float> Zip<F, 3> for Difference {
    #[inline(always)]
    fn apply<S: Simd>(self, _: S, [y, t, w]: [F::Vector<S>; 3]) -> F::Vector<S> {
        w * (y - t)
    }
}

/// `own + |y - t|`.
#[derive(Clone, Copy)]
pub(super) struct Distance;

impl<F: Float> ZipOwn<F, 2> for Distance {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, [y, t]: [F::Vector<S>; 2], own: F::Vector<S>) -> F::Vector<S> {
        own + sign_vector::<S, F>(simd, y - t) * (y - t)
    }
}

/// `w sign(y - t)`.
#[derive(Clone, Copy)]
pub(super) struct Side;

impl<F: Float> Zip<F, 3> for Side {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, [y, t, w]: [F::Vector<S>; 3]) -> F::Vector<S> {
        w * sign_vector::<S, F>(simd, y - t)
    }
}

/// `own + c (e - c/2)` with `e = y - t` and c = e cut to -1..1, which is both halves of Huber's error.
#[derive(Clone, Copy)]
pub(super) struct Bounded;

impl<F: Float> ZipOwn<F, 2> for Bounded {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, [y, t]: [F::Vector<S>; 2], own: F::Vector<S>) -> F::Vector<S> {
        let cut = cut::<S, F>(simd, y - t);
        own + cut * ((y - t) - F::Vector::<S>::splat(simd, F::from_f64(0.5)) * cut)
    }
}

/// `w c`.
#[derive(Clone, Copy)]
pub(super) struct Limited;

impl<F: Float> Zip<F, 3> for Limited {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, [y, t, w]: [F::Vector<S>; 3]) -> F::Vector<S> {
        w * cut::<S, F>(simd, y - t)
    }
}

/// A number cut to -1..1; what is none stays so.
#[inline(always)]
fn cut<S: Simd, F: Float>(simd: S, x: F::Vector<S>) -> F::Vector<S> {
    let one = F::Vector::<S>::splat(simd, F::from_f64(1.0));
    let least = F::Vector::<S>::splat(simd, F::from_f64(-1.0));
    x.simd_gt(one).select(one, x.simd_lt(least).select(least, x))
}

/// `own - t ln p - (1 - t) ln(1 - p)`, which is `own + ln(1 + e^y) - t y`: nothing overflows.
#[derive(Clone, Copy)]
pub(super) struct Surprise;

impl<F: Float> ZipOwn<F, 2> for Surprise {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, [y, t]: [F::Vector<S>; 2], own: F::Vector<S>) -> F::Vector<S> {
        own + (softplus_vector::<S, F>(simd, y) - t * y)
    }
}

/// `w (p - t)`.
#[derive(Clone, Copy)]
pub(super) struct Excess;

impl<F: Float> Zip<F, 3> for Excess {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, [y, t, w]: [F::Vector<S>; 3]) -> F::Vector<S> {
        w * (sigmoid_vector::<S, F>(simd, y) - t)
    }
}
