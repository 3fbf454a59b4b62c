//! Activation functions and their slopes, over slices.
//!
//! A second pass over stored sums: fused into the product's store loop, its registers spilled and 110 GFLOP/s became
//! 55.

use fearless_simd::{Select, Simd, SimdBase, SimdFloat};

use crate::elementwise::{Map, Single, Zip, zip_kernel};
use crate::maths::{exp_m1_vector, sigmoid_vector, sign_vector, softplus_vector, tanh_vector};
use crate::{Float, level};

crate::choice! {
    /// What a unit makes of the sum x of its inputs.
    pub enum Activation {
        /// `1` where `x >= 0`, else `0`: the M-P neuron. Its derivative is taken as 0, so nothing is learned through it.
        Step = "step",
        /// `-1`, `0` or `1` by the sign of x. Its derivative is taken as 0.
        Sign = "sign",
        /// `x`.
        Identity = "identity",
        /// `1 / (1 + e^-x)`; `f' = f (1 - f)`.
        Sigmoid = "sigmoid",
        /// `tanh x`; `f' = 1 - f^2`.
        Tanh = "tanh",
        /// `1.7159 tanh(2x/3)`, so that `f(1) = 1` and `f(-1) = -1`. LeCun and others 1998.
        ScaledTanh = "scaled-tanh",
        /// `max(0, x)`.
        Relu = "relu",
        /// `x` where `x > 0`, else `0.01 x`.
        LeakyRelu = "leaky-relu",
        /// `x` where `x > 0`, else `e^x - 1`.
        Elu = "elu",
        /// `x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`, near `x Phi(x)` with the normal distribution function Phi. Hendrycks and
        /// Gimpel 2016.
        Gelu = "gelu",
        /// `x / (1 + e^-x)`.
        Silu = "silu",
        /// `ln(1 + e^x)`.
        Softplus = "softplus",
    }
}

impl Activation {
    /// `y = f(x)`, one number after another.
    pub fn forward<F: Float>(self, x: &[F], y: &mut [F]) {
        F::activate(level(), self, x, y);
    }

    /// `dx = dy f'(x)`, given `y = f(x)`.
    pub fn backward<F: Float>(self, x: &[F], y: &[F], dy: &[F], dx: &mut [F]) {
        F::activate_back(level(), self, x, y, dy, dx);
    }

    /// Whether it is zero, or nearly so, for negative sums: such units start better from larger weights.
    pub fn rectifies(self) -> bool {
        match self {
            Self::Relu | Self::LeakyRelu | Self::Elu | Self::Gelu | Self::Silu | Self::Softplus => true,
            Self::Step | Self::Sign | Self::Identity | Self::Sigmoid | Self::Tanh | Self::ScaledTanh => false,
        }
    }
}

/// The loop over the numbers stands once for each function.
macro_rules! with_function {
    ($activation:expr, $f:ident => $call:expr) => {
        with_function!(@ $activation, $f, $call,
            Step Sign Identity Sigmoid Tanh ScaledTanh Relu LeakyRelu Elu Gelu Silu Softplus)
    };
    (@ $activation:expr, $f:ident, $call:expr, $($name:ident)+) => {
        match $activation {
            $( Activation::$name => { let $f = $name; $call } )+
        }
    };
}

/// `y = f(x)`.
#[inline(always)]
pub(super) fn forward_kernel<S: Simd, F: Float>(simd: S, activation: Activation, x: &[F], y: &mut [F]) {
    with_function!(activation, f => zip_kernel(simd, Single(Value(f)), [x], y));
}

/// `dx = dy f'(x)`, given x and `y = f(x)`.
#[inline(always)]
pub(super) fn backward_kernel<S: Simd, F: Float>(
    simd: S,
    activation: Activation,
    x: &[F],
    y: &[F],
    dy: &[F],
    dx: &mut [F],
) {
    with_function!(activation, f => zip_kernel(simd, Slope(f), [x, y, dy], dx));
}

/// A function y = f(x) applied to every unit alike: a type of its own, so that the loop is compiled for it.
trait Function: Copy {
    /// `f(x)`.
    fn value<S: Simd, F: Float>(simd: S, x: F::Vector<S>) -> F::Vector<S>;

    /// `f'(x)`, given x and `y = f(x)`.
    fn slope<S: Simd, F: Float>(simd: S, x: F::Vector<S>, y: F::Vector<S>) -> F::Vector<S>;
}

#[derive(Clone, Copy)]
struct Value<A>(A);

impl<F: Float, A: Function> Map<F> for Value<A> {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, x: F::Vector<S>) -> F::Vector<S> {
        A::value::<S, F>(simd, x)
    }
}

#[derive(Clone, Copy)]
struct Slope<A>(A);

impl<F: Float, A: Function> Zip<F, 3> for Slope<A> {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, [x, y, dy]: [F::Vector<S>; 3]) -> F::Vector<S> {
        dy * A::slope::<S, F>(simd, x, y)
    }
}

#[inline(always)]
fn splat<S: Simd, F: Float>(simd: S, x: f64) -> F::Vector<S> {
    F::Vector::<S>::splat(simd, F::from_f64(x))
}

macro_rules! activation {
    ($(#[$doc:meta])* $name:ident,
     value($simd:ident, $x:ident) $value:expr, slope($input:ident, $y:ident) $slope:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        struct $name;

        impl Function for $name {
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
    Identity,
    value(simd, x) x,
    slope(x, y) splat::<S, F>(simd, 1.0)
);

activation!(
    /// `y = 1` where `x >= 0`, else 0; slope 0.
    Step,
    value(simd, x) {
        let zero = splat::<S, F>(simd, 0.0);
        let y = x.simd_ge(zero).select(splat::<S, F>(simd, 1.0), zero);
        x.simd_eq(x).select(y, x)
    },
    slope(x, y) splat::<S, F>(simd, 0.0)
);

activation!(
    /// `y = -1, 0, 1` by the sign of x; slope 0.
    Sign,
    value(simd, x) sign_vector::<S, F>(simd, x),
    slope(x, y) splat::<S, F>(simd, 0.0)
);

activation!(
    /// `y = 1 / (1 + e^-x)`, `y' = y (1 - y)`.
    Sigmoid,
    value(simd, x) sigmoid_vector::<S, F>(simd, x),
    slope(x, y) y * (splat::<S, F>(simd, 1.0) - y)
);

activation!(
    /// `y = tanh x`, `y' = 1 - y^2`.
    Tanh,
    value(simd, x) tanh_vector::<S, F>(simd, x),
    slope(x, y) splat::<S, F>(simd, 1.0) - y * y
);

activation!(
    /// `y = 1.7159 tanh(2x/3)`, which maps 1 to 1; `y' = 2/3 (1.7159 - y^2 / 1.7159)`.
    ///
    /// LeCun, Bottou, Orr and Müller, Efficient BackProp, 1998, section 4.4.
    ScaledTanh,
    value(simd, x) tanh_vector::<S, F>(simd, x * splat::<S, F>(simd, 2.0 / 3.0)) * splat::<S, F>(simd, 1.7159),
    slope(x, y) splat::<S, F>(simd, 1.7159 * 2.0 / 3.0) - y * y * splat::<S, F>(simd, 2.0 / 3.0 / 1.7159)
);

activation!(
    /// `y = max(x, 0)`; slope 0 at 0.
    Relu,
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
    LeakyRelu,
    value(simd, x) x.simd_gt(splat::<S, F>(simd, 0.0)).select(x, x * splat::<S, F>(simd, 0.01)),
    slope(x, y) y.simd_gt(splat::<S, F>(simd, 0.0)).select(splat::<S, F>(simd, 1.0), splat::<S, F>(simd, 0.01))
);

activation!(
    /// `y = x` where `x > 0`, else `e^x - 1`; slope 1 or `y + 1`.
    Elu,
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
    Gelu,
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
    Silu,
    value(simd, x) x * sigmoid_vector::<S, F>(simd, x),
    slope(x, y) {
        let one = splat::<S, F>(simd, 1.0);
        let s = sigmoid_vector::<S, F>(simd, x);
        s * x.mul_add(one - s, one)
    }
);

activation!(
    /// `y = ln(1 + e^x)`, `y' = sigmoid(x)`.
    Softplus,
    value(simd, x) softplus_vector::<S, F>(simd, x),
    slope(x, y) sigmoid_vector::<S, F>(simd, x)
);
