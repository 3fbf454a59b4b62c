//! exp, tanh, sigmoid, ln and their kin, on whole vectors.
//!
//! Own polynomials (see [`Float::EXP`] and [`Float::LOG`]); at most 3 units in the last place from the true value, for
//! f32 and f64, subnormals included. NaN stays NaN, exp runs over to infinity and under to zero, tanh and sigmoid reach
//! their limits. Integers are made by adding 1.5 x 2^23: a saturating cast was six times slower.

use fearless_simd::{Select, Simd, SimdBase, SimdFloat};

use crate::elementwise::Map;
use crate::{Float, Lanes};

/// `c_0 + c_1 x + c_2 x^2 + ...` by Horner's rule.
#[inline(always)]
fn polynomial<S: Simd, F: Float>(simd: S, coefficients: &[F], x: F::Vector<S>) -> F::Vector<S> {
    let [lower @ .., last] = coefficients else { return splat::<S, F>(simd, 0.0) };
    let mut sum = F::Vector::<S>::splat(simd, *last);
    for &coefficient in lower.iter().rev() {
        sum = sum.mul_add(x, F::Vector::<S>::splat(simd, coefficient));
    }
    sum
}

#[inline(always)]
fn splat<S: Simd, F: Float>(simd: S, x: f64) -> F::Vector<S> {
    F::Vector::<S>::splat(simd, F::from_f64(x))
}

#[inline(always)]
fn clamp<S: Simd, F: Float>(simd: S, x: F::Vector<S>, limit: F) -> F::Vector<S> {
    x.min(F::Vector::<S>::splat(simd, limit)).max(F::Vector::<S>::splat(simd, -limit))
}

/// `x = n ln 2 + r` with an integer n and `|r| <= ln 2 / 2`: gives `ROUNDER + n`, and `e^r - 1`.
#[inline(always)]
fn reduce<S: Simd, F: Float>(simd: S, x: F::Vector<S>) -> (F::Vector<S>, F::Vector<S>) {
    let rounder = F::Vector::<S>::splat(simd, F::ROUNDER);
    let shifted = x.mul_add(splat::<S, F>(simd, std::f64::consts::LOG2_E), rounder);
    let n = shifted - rounder;
    let r = n.mul_add(F::Vector::<S>::splat(simd, -F::LN_2_HIGH), x);
    let r = n.mul_add(F::Vector::<S>::splat(simd, -F::LN_2_LOW), r);
    let rest = polynomial::<S, F>(simd, F::EXP, r);
    (shifted, (r * r).mul_add(rest, r))
}

/// -1, 0 or 1 by the sign of x; NaN stays NaN.
#[inline(always)]
pub(super) fn sign_vector<S: Simd, F: Float>(simd: S, x: F::Vector<S>) -> F::Vector<S> {
    let zero = splat::<S, F>(simd, 0.0);
    let one = splat::<S, F>(simd, 1.0);
    x.simd_gt(zero).select(one, x.simd_lt(zero).select(zero - one, x))
}

/// `e^x`.
#[inline(always)]
pub(super) fn exp_vector<S: Simd, F: Float>(simd: S, x: F::Vector<S>) -> F::Vector<S> {
    let rounder = F::Vector::<S>::splat(simd, F::ROUNDER);
    let clamped = clamp::<S, F>(simd, x, F::EXP_LIMIT);
    let (n, less_one) = reduce::<S, F>(simd, clamped);
    // 2^n in two halves: the first product is exact and the second rounds once, into subnormals or infinity where they
    // are due.
    let half = clamped.mul_add(splat::<S, F>(simd, 0.5 * std::f64::consts::LOG2_E), rounder);
    let y = (less_one + splat::<S, F>(simd, 1.0))
        * F::Vector::<S>::power_of_two(half, rounder)
        * F::Vector::<S>::power_of_two(n, half);
    x.simd_eq(x).select(y, x)
}

/// `e^x - 1`, accurate near zero.
#[inline(always)]
pub(super) fn exp_m1_vector<S: Simd, F: Float>(simd: S, x: F::Vector<S>) -> F::Vector<S> {
    let rounder = F::Vector::<S>::splat(simd, F::ROUNDER);
    let one = splat::<S, F>(simd, 1.0);
    let clamped = clamp::<S, F>(simd, x, F::EXP_LIMIT);
    let (n, less_one) = reduce::<S, F>(simd, clamped);
    let half = clamped.mul_add(splat::<S, F>(simd, 0.5 * std::f64::consts::LOG2_E), rounder);
    let (a, b) = (F::Vector::<S>::power_of_two(half, rounder), F::Vector::<S>::power_of_two(n, half));
    // 2^n (e^r - 1) + (2^n - 1), scaled by b last: a b may be infinite where the sum is not.
    let y = (a * less_one + (a - one / b)) * b;
    x.simd_eq(x).select(y, x)
}

/// `e^x - 1` where 2^n is a normal number, `|x| <= 80`: no halves to multiply, no NaN to restore.
#[inline(always)]
fn exp_m1_small<S: Simd, F: Float>(simd: S, x: F::Vector<S>) -> F::Vector<S> {
    let (n, less_one) = reduce::<S, F>(simd, x);
    let power = F::Vector::<S>::power_of_two(n, F::Vector::<S>::splat(simd, F::ROUNDER));
    power.mul_add(less_one, power - splat::<S, F>(simd, 1.0))
}

/// The hyperbolic tangent.
///
/// `tanh |x| = t / (t + 2)`, `t = e^(2|x|) - 1`; the quotient halves the error of t, which the negative side would
/// double.
#[inline(always)]
pub(super) fn tanh_vector<S: Simd, F: Float>(simd: S, x: F::Vector<S>) -> F::Vector<S> {
    // Beyond 20, tanh is 1 in both floats.
    let magnitude = x.abs().min(splat::<S, F>(simd, 20.0));
    let t = exp_m1_small::<S, F>(simd, magnitude + magnitude);
    let y = (t / (t + splat::<S, F>(simd, 2.0))).copysign(x);
    x.simd_eq(x).select(y, x)
}

/// The logistic function `1 / (1 + e^-x)`, also written `e^x / (1 + e^x)` where x is negative, so that small values
/// keep their digits.
#[inline(always)]
pub(super) fn sigmoid_vector<S: Simd, F: Float>(simd: S, x: F::Vector<S>) -> F::Vector<S> {
    let zero = splat::<S, F>(simd, 0.0);
    let one = splat::<S, F>(simd, 1.0);
    let e = exp_vector::<S, F>(simd, -x.abs());
    x.simd_lt(zero).select(e, one) / (one + e)
}

/// `e ln 2 + ln(1 + f)` for f in [sqrt 1/2 - 1, sqrt 2 - 1].
///
/// With `s = f / (2 + f)`: `ln(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + z P(z))`, `z = s^2`, which rounds only
/// small terms.
#[inline(always)]
fn ln_of_parts<S: Simd, F: Float>(simd: S, exponent: F::Vector<S>, f: F::Vector<S>) -> F::Vector<S> {
    let s = f / (f + splat::<S, F>(simd, 2.0));
    let z = s * s;
    let half_square = f * f * splat::<S, F>(simd, 0.5);
    let rest = z.mul_add(polynomial::<S, F>(simd, F::LOG, z), half_square);
    let low = s.mul_add(rest, exponent * F::Vector::<S>::splat(simd, F::LN_2_LOW));
    exponent.mul_add(F::Vector::<S>::splat(simd, F::LN_2_HIGH), f - (half_square - low))
}

/// The natural logarithm: minus infinity at zero, NaN below.
#[inline(always)]
pub(super) fn ln_vector<S: Simd, F: Float>(simd: S, x: F::Vector<S>) -> F::Vector<S> {
    let zero = splat::<S, F>(simd, 0.0);
    let small = x.simd_lt(F::Vector::<S>::splat(simd, F::SMALLEST_NORMAL));
    let lifted = small.select(x * F::Vector::<S>::splat(simd, F::LIFT), x);
    let lift = small.select(F::Vector::<S>::splat(simd, F::LIFT_EXPONENT), zero);
    let (exponent, mantissa) = lifted.split_exponent();
    let y = ln_of_parts::<S, F>(simd, exponent - lift, mantissa - splat::<S, F>(simd, 1.0));
    // Infinity and NaN pass through; zero and negatives get their own answers.
    let y = x.simd_lt(splat::<S, F>(simd, f64::INFINITY)).select(y, x);
    let y = x.simd_eq(zero).select(splat::<S, F>(simd, f64::NEG_INFINITY), y);
    x.simd_lt(zero).select(splat::<S, F>(simd, f64::NAN), y)
}

/// `ln(1 + y)` for y in [0, 1], the range of softplus and of log-sum-exp.
#[inline(always)]
pub(super) fn ln_1p_vector<S: Simd, F: Float>(simd: S, y: F::Vector<S>) -> F::Vector<S> {
    let zero = splat::<S, F>(simd, 0.0);
    let one = splat::<S, F>(simd, 1.0);
    // Above sqrt 2 - 1, take (1 + y) / 2 and one power of two.
    let large = y.simd_gt(splat::<S, F>(simd, 0.414));
    let f = large.select((y - one) * splat::<S, F>(simd, 0.5), y);
    ln_of_parts::<S, F>(simd, large.select(one, zero), f)
}

/// `ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|)`, which does not overflow.
#[inline(always)]
pub(super) fn softplus_vector<S: Simd, F: Float>(simd: S, x: F::Vector<S>) -> F::Vector<S> {
    let zero = splat::<S, F>(simd, 0.0);
    let tail = ln_1p_vector::<S, F>(simd, exp_vector::<S, F>(simd, -x.abs()));
    x.simd_gt(zero).select(x, zero) + x.simd_eq(x).select(tail, x)
}

macro_rules! map_of {
    ($(#[$doc:meta])* $name:ident = $function:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(super) struct $name;

        impl<F: Float> Map<F> for $name {
            #[inline(always)]
            fn apply<S: Simd>(self, simd: S, x: F::Vector<S>) -> F::Vector<S> {
                $function::<S, F>(simd, x)
            }
        }
    };
}

map_of!(/// The exponential.
    Exp = exp_vector);
map_of!(/// The natural logarithm.
    Ln = ln_vector);
map_of!(/// The logistic function.
    Sigmoid = sigmoid_vector);
/// `e^-x`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExpOfMinus;

impl<F: Float> Map<F> for ExpOfMinus {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: F::Vector<S>) -> F::Vector<S> {
        exp_vector::<S, F>(simd, splat::<S, F>(simd, 0.0) - x)
    }
}
