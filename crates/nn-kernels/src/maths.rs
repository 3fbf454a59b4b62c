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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elementwise;
    use crate::level::{level, levels};
    use fearless_simd::Level;

    map_of!(/// The hyperbolic tangent, which activations have by their own name.
        Tanh = tanh_vector);
    map_of!(/// `ln(1 + e^x)`, likewise.
        Softplus = softplus_vector);

    fn map_at<F: Float>(level: Level, f: impl Map<F>, x: &[F], y: &mut [F]) {
        dispatch_at!(level, simd => elementwise::map(simd, f, x, y));
    }

    /// Units in the last place of f32 between `y` and `exact`.
    fn ulp32(y: f32, exact: f64) -> f64 {
        if f64::from(y) == exact || y == exact as f32 {
            return 0.0;
        }
        let unit = f64::from((exact as f32).abs().next_up()) - f64::from((exact as f32).abs());
        (f64::from(y) - exact).abs() / unit
    }

    /// Units in the last place between `y` and a reference that is itself right to one.
    fn ulp64(y: f64, exact: f64) -> f64 {
        if y == exact { 0.0 } else { (y - exact).abs() / (exact.abs().next_up() - exact.abs()) }
    }

    fn worst<M: Map<f32> + Map<f64>>(f: M, exact: impl Fn(f64) -> f64, from: f64, to: f64) -> Vec<(f64, f64)> {
        let n = 400_000;
        let x64: Vec<f64> = (0..n).map(|i| from + (to - from) * f64::from(i) / f64::from(n - 1)).collect();
        let x32: Vec<f32> = x64.iter().map(|&x| x as f32).collect();
        let mut worst = Vec::new();
        for level in levels() {
            let (mut y32, mut y64) = (vec![0.0; x32.len()], vec![0.0; x64.len()]);
            map_at(level, f, &x32, &mut y32);
            map_at(level, f, &x64, &mut y64);
            let error32 = x32.iter().zip(&y32).map(|(&x, &y)| ulp32(y, exact(f64::from(x)))).fold(0.0, f64::max);
            let error64 = x64.iter().zip(&y64).map(|(&x, &y)| ulp64(y, exact(x))).fold(0.0, f64::max);
            worst.push((error32, error64));
        }
        worst
    }

    fn check<M: Map<f32> + Map<f64>>(f: M, exact: impl Fn(f64) -> f64 + Copy, ranges: &[(f64, f64)]) {
        for &(from, to) in ranges {
            for (error32, error64) in worst(f, exact, from, to) {
                println!("{} [{from}, {to}]: {error32:.2} {error64:.2} ulp", std::any::type_name::<M>());
                assert!(error32 <= 3.0 && error64 <= 4.0, "{error32} {error64} ulp in [{from}, {to}]");
            }
        }
    }

    #[test]
    fn exp_is_right_to_three_units_from_subnormals_to_infinity() {
        check(Exp, f64::exp, &[(-1.0, 1.0), (-105.0, 90.0), (-750.0, 711.0)]);
    }

    #[test]
    fn tanh_is_right_to_three_units_also_near_zero() {
        check(Tanh, f64::tanh, &[(-1e-3, 1e-3), (-1.0, 1.0), (-25.0, 25.0)]);
    }

    #[test]
    fn sigmoid_is_right_to_three_units_in_both_tails() {
        check(
            Sigmoid,
            |x| if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) },
            &[(-4.0, 4.0), (-100.0, 100.0)],
        );
    }

    #[test]
    fn ln_is_right_to_three_units_around_one_and_far_away() {
        check(Ln, f64::ln, &[(0.5, 2.0), (1e-40, 1e-37), (1e-310, 1e-307), (1.0, 1e30)]);
    }

    #[test]
    fn softplus_is_right_to_three_units_in_both_tails() {
        check(Softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p(), &[(-4.0, 4.0), (-100.0, 100.0)]);
    }

    #[test]
    fn levels_that_fuse_multiply_and_add_give_the_same_bits() {
        let x: Vec<f32> = (-2000..2000).map(|i| i as f32 * 0.01).collect();
        let fused: Vec<_> = levels()
            .into_iter()
            .skip(1)
            .map(|level| {
                let mut y = vec![0.0; x.len()];
                map_at(level, Tanh, &x, &mut y);
                y
            })
            .collect();
        assert!(fused.windows(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn the_ends_of_the_line_are_right() {
        let inf = f32::INFINITY;
        let x = [inf, -inf, 0.0, 1000.0, -1000.0];
        let mut y = [0.0; 5];
        map_at(level(), Exp, &x, &mut y);
        assert_eq!(y, [inf, 0.0, 1.0, inf, 0.0]);
        map_at(level(), Tanh, &x, &mut y);
        assert_eq!(y, [1.0, -1.0, 0.0, 1.0, -1.0]);
        map_at(level(), Sigmoid, &x, &mut y);
        assert_eq!(y, [1.0, 0.0, 0.5, 1.0, 0.0]);
        map_at(level(), Softplus, &x, &mut y);
        assert_eq!(y, [inf, 0.0, std::f32::consts::LN_2, 1000.0, 0.0]);
        map_at(level(), Ln, &x, &mut y);
        assert_eq!([y[0], y[2]], [inf, -inf]);
        assert!(y[1].is_nan() && y[4].is_nan());
        let mut y = [0.0];
        map_at(level(), Exp, &[f64::NAN], &mut y);
        assert!(y[0].is_nan());
        map_at(level(), Ln, &[f64::NAN], &mut y);
        assert!(y[0].is_nan());
    }
}
