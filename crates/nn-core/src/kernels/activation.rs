//! Activation functions and their slopes, over slices.
//!
//! A second pass over stored sums: fused into the product's store loop, its registers spilled and 110 GFLOP/s became
//! 55.

use fearless_simd::{Select, Simd, SimdBase, SimdFloat};

use crate::kernels::elementwise::ZipOwn;
use crate::kernels::maths::{exp_m1_vector, sigmoid_vector, softplus_vector, tanh_vector};
use crate::kernels::{Float, Map, Zip, map, map_in_place, zip, zip_in_place};

/// A function y = f(x) applied to every unit alike.
pub trait Activation: Copy {
    /// Whether [`Activation::slope`] looks at x. If not, the caller may overwrite x with y and hand y in twice.
    const USES_INPUT: bool;

    /// `f(x)`.
    fn value<S: Simd, F: Float>(simd: S, x: F::Vector<S>) -> F::Vector<S>;

    /// `f'(x)`, given x and `y = f(x)`.
    fn slope<S: Simd, F: Float>(simd: S, x: F::Vector<S>, y: F::Vector<S>) -> F::Vector<S>;
}

/// `y = f(x)`.
pub fn forward<F: Float, A: Activation>(activation: A, x: &[F], y: &mut [F]) {
    map(Value(activation), x, y);
}

/// `y = f(y)`.
pub fn forward_in_place<F: Float, A: Activation>(activation: A, y: &mut [F]) {
    map_in_place(Value(activation), y);
}

/// `dx = dy f'(x)`, given x and `y = f(x)`.
pub fn backward<F: Float, A: Activation>(activation: A, x: &[F], y: &[F], dy: &[F], dx: &mut [F]) {
    zip(Slope(activation), [x, y, dy], dx);
}

/// `d = d f'(x)`, given x and `y = f(x)`.
pub fn backward_in_place<F: Float, A: Activation>(activation: A, x: &[F], y: &[F], d: &mut [F]) {
    zip_in_place(Slope(activation), [x, y], d);
}

#[derive(Clone, Copy)]
struct Value<A>(A);

impl<F: Float, A: Activation> Map<F> for Value<A> {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: F::Vector<S>) -> F::Vector<S> {
        A::value::<S, F>(simd, x)
    }
}

#[derive(Clone, Copy)]
struct Slope<A>(A);

impl<F: Float, A: Activation> Zip<F, 3> for Slope<A> {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, [x, y, dy]: [F::Vector<S>; 3]) -> F::Vector<S> {
        dy * A::slope::<S, F>(simd, x, y)
    }
}

impl<F: Float, A: Activation> ZipOwn<F, 2> for Slope<A> {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, [x, y]: [F::Vector<S>; 2], d: F::Vector<S>) -> F::Vector<S> {
        d * A::slope::<S, F>(simd, x, y)
    }
}

#[inline(always)]
fn splat<S: Simd, F: Float>(simd: S, x: f64) -> F::Vector<S> {
    F::Vector::<S>::splat(simd, F::from_f64(x))
}

macro_rules! activation {
    ($(#[$doc:meta])* $name:ident, uses_input $uses_input:literal,
     value($simd:ident, $x:ident) $value:expr, slope($input:ident, $y:ident) $slope:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl Activation for $name {
            const USES_INPUT: bool = $uses_input;

            #[inline(always)]
            #[allow(unused_variables, reason = "not every function needs the token")]
            fn value<S: Simd, F: Float>($simd: S, $x: F::Vector<S>) -> F::Vector<S> {
                $value
            }

            #[inline(always)]
            #[allow(unused_variables, reason = "each slope takes what it needs of x and y")]
            fn slope<S: Simd, F: Float>($simd: S, $input: F::Vector<S>, $y: F::Vector<S>) -> F::Vector<S> {
                $slope
            }
        }
    };
}

activation!(
    /// `y = x`.
    Identity, uses_input false,
    value(simd, x) x,
    slope(x, y) splat::<S, F>(simd, 1.0)
);

activation!(
    /// `y = 1` where `x >= 0`, else 0; slope 0.
    Step, uses_input false,
    value(simd, x) {
        let zero = splat::<S, F>(simd, 0.0);
        let y = x.simd_ge(zero).select(splat::<S, F>(simd, 1.0), zero);
        x.simd_eq(x).select(y, x)
    },
    slope(x, y) splat::<S, F>(simd, 0.0)
);

activation!(
    /// `y = -1, 0, 1` by the sign of x; slope 0.
    Sign, uses_input false,
    value(simd, x) x.simd_eq(splat::<S, F>(simd, 0.0)).select(x, x.simd_eq(x).select(splat::<S, F>(simd, 1.0).copysign(x), x)),
    slope(x, y) splat::<S, F>(simd, 0.0)
);

activation!(
    /// `y = 1 / (1 + e^-x)`, `y' = y (1 - y)`.
    Sigmoid, uses_input false,
    value(simd, x) sigmoid_vector::<S, F>(simd, x),
    slope(x, y) y * (splat::<S, F>(simd, 1.0) - y)
);

activation!(
    /// `y = tanh x`, `y' = 1 - y^2`.
    Tanh, uses_input false,
    value(simd, x) tanh_vector::<S, F>(simd, x),
    slope(x, y) splat::<S, F>(simd, 1.0) - y * y
);

activation!(
    /// `y = 1.7159 tanh(2x/3)`, which maps 1 to 1; `y' = 2/3 (1.7159 - y^2 / 1.7159)`.
    ///
    /// LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998, section 4.4.
    ScaledTanh, uses_input false,
    value(simd, x) tanh_vector::<S, F>(simd, x * splat::<S, F>(simd, 2.0 / 3.0)) * splat::<S, F>(simd, 1.7159),
    slope(x, y) splat::<S, F>(simd, 1.7159 * 2.0 / 3.0) - y * y * splat::<S, F>(simd, 2.0 / 3.0 / 1.7159)
);

activation!(
    /// `y = max(x, 0)`; slope 0 at 0.
    Relu, uses_input false,
    value(simd, x) {
        let zero = splat::<S, F>(simd, 0.0);
        x.simd_lt(zero).select(zero, x)
    },
    slope(x, y) {
        let zero = splat::<S, F>(simd, 0.0);
        y.simd_gt(zero).select(splat::<S, F>(simd, 1.0), zero)
    }
);

activation!(
    /// `y = x` where `x > 0`, else `0.01 x`.
    LeakyRelu, uses_input false,
    value(simd, x) x.simd_gt(splat::<S, F>(simd, 0.0)).select(x, x * splat::<S, F>(simd, 0.01)),
    slope(x, y) y.simd_gt(splat::<S, F>(simd, 0.0)).select(splat::<S, F>(simd, 1.0), splat::<S, F>(simd, 0.01))
);

activation!(
    /// `y = x` where `x > 0`, else `e^x - 1`; slope 1 or `y + 1`.
    Elu, uses_input false,
    value(simd, x) x.simd_gt(splat::<S, F>(simd, 0.0)).select(x, exp_m1_vector::<S, F>(simd, x)),
    slope(x, y) {
        let one = splat::<S, F>(simd, 1.0);
        y.simd_gt(splat::<S, F>(simd, 0.0)).select(one, y + one)
    }
);

/// sqrt(2 / pi), twice: `1 + tanh u = 2 sigmoid(2 u)`.
const GELU: f64 = 1.595_769_121_605_730_7;
const GELU_CUBE: f64 = 0.044_715;

activation!(
    /// GELU in its tanh form, `y = x/2 (1 + tanh u) = x sigmoid(2 u)`, `u = sqrt(2/pi) (x + 0.044715 x^3)`; within 5e-4
    /// of `x Phi(x)`.
    ///
    /// Hendrycks and Gimpel, Gaussian Error Linear Units, 2016, section 2.
    Gelu, uses_input true,
    value(simd, x) {
        let u = x * (x * x).mul_add(splat::<S, F>(simd, GELU * GELU_CUBE), splat::<S, F>(simd, GELU));
        x * sigmoid_vector::<S, F>(simd, u)
    },
    slope(x, y) {
        let one = splat::<S, F>(simd, 1.0);
        // Beyond 30 the slope is 0 or 1; the square must not overflow on the way to it.
        let limit = splat::<S, F>(simd, 30.0);
        let near = x.min(limit).max(-limit);
        let square = near * near;
        let u = near * square.mul_add(splat::<S, F>(simd, GELU * GELU_CUBE), splat::<S, F>(simd, GELU));
        let u_slope = square.mul_add(splat::<S, F>(simd, 3.0 * GELU * GELU_CUBE), splat::<S, F>(simd, GELU));
        let s = sigmoid_vector::<S, F>(simd, u);
        x.simd_eq(x).select(s + near * u_slope * s * (one - s), x)
    }
);

activation!(
    /// SiLU, or swish: `y = x sigmoid(x)`, `y' = s (1 + x (1 - s))`.
    Silu, uses_input true,
    value(simd, x) x * sigmoid_vector::<S, F>(simd, x),
    slope(x, y) {
        let one = splat::<S, F>(simd, 1.0);
        let s = sigmoid_vector::<S, F>(simd, x);
        s * x.mul_add(one - s, one)
    }
);

activation!(
    /// `y = ln(1 + e^x)`, `y' = sigmoid(x)`.
    Softplus, uses_input true,
    value(simd, x) softplus_vector::<S, F>(simd, x),
    slope(x, y) sigmoid_vector::<S, F>(simd, x)
);

#[cfg(test)]
mod tests {
    use super::*;

    fn check<A: Activation>(activation: A, f: impl Fn(f64) -> f64) {
        let x: Vec<f64> = (-50..50).map(|i| f64::from(i) * 0.13 + 0.001).collect();
        let mut y = vec![0.0; x.len()];
        forward(activation, &x, &mut y);
        let mut d = vec![2.0; x.len()];
        let twice = d.clone();
        let mut dx = vec![0.0; x.len()];
        backward(activation, &x, &y, &twice, &mut dx);
        backward_in_place(activation, if A::USES_INPUT { &x } else { &y }, &y, &mut d);
        assert_eq!(d, dx);
        for ((&x, &y), &dx) in x.iter().zip(&y).zip(&dx) {
            assert!(
                (y - f(x)).abs() < 1e-14 * (1.0 + f(x).abs()),
                "{activation}: f({x}) = {y}",
                activation = std::any::type_name::<A>()
            );
            let slope = (f(x + 1e-6) - f(x - 1e-6)) / 2e-6;
            assert!(
                (dx - 2.0 * slope).abs() < 1e-8,
                "{activation}: f'({x}) = {dx}",
                activation = std::any::type_name::<A>()
            );
        }
    }

    #[test]
    fn values_and_slopes_agree_with_the_definitions() {
        check(Identity, |x| x);
        check(Step, |x| f64::from(x >= 0.0));
        check(Sign, f64::signum);
        check(Sigmoid, |x| 1.0 / (1.0 + (-x).exp()));
        check(Tanh, f64::tanh);
        check(ScaledTanh, |x| 1.7159 * (x * 2.0 / 3.0).tanh());
        check(Relu, |x| x.max(0.0));
        check(LeakyRelu, |x| if x > 0.0 { x } else { 0.01 * x });
        check(Elu, |x| if x > 0.0 { x } else { x.exp_m1() });
        check(Gelu, |x| 0.5 * x * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x * x * x)).tanh()));
        check(Silu, |x| x / (1.0 + (-x).exp()));
        check(Softplus, |x| x.exp().ln_1p());
    }

    #[test]
    fn every_activation_lets_nan_through() {
        fn is_nan<A: Activation>(activation: A) -> bool {
            let mut y = [f32::NAN; 3];
            forward_in_place(activation, &mut y);
            y.iter().all(|y| y.is_nan())
        }
        assert!(is_nan(Step) && is_nan(Sign) && is_nan(Sigmoid) && is_nan(Tanh) && is_nan(ScaledTanh) && is_nan(Relu));
        assert!(is_nan(LeakyRelu) && is_nan(Elu) && is_nan(Gelu) && is_nan(Silu) && is_nan(Softplus));
    }
}
