//! The kernels compiled once for each float, here and not in every crate that calls them.
//!
//! A generic function is compiled where it is called, and each of these for three instruction sets and two floats. So the
//! public functions, generic still, only check shapes and call an entry of this list, which is compiled with nn-core;
//! [`Float`](crate::Float) carries the entries.

use fearless_simd::Level;
use rand_chacha::ChaCha8Rng;

use crate::Activation;
use crate::conv::Taps;
use crate::gemm::Left;
use crate::optimiser::{Adam, Rprop, Step};
use crate::{
    Affine, Asked, BestTwo, Conv, Met, Nearest, Onto, Pull, View, Windows, activation, columns, conv, distance,
    elementwise, gather, gemm, gemv, loss, maths, nearest, optimiser, overlap, pack, pool, random, reduce, units,
};

/// `fn name(arguments) = kernel;` runs `kernel(simd, arguments)` with the token of the level, and `= kernel(parts);` runs
/// `kernel(simd, parts, arguments)`.
macro_rules! compiled {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? = $module:ident::$kernel:ident $(($($part:expr),+))?;)+) => {
        /// The entries for the float `F`. No door: the public functions of the kernels check shapes before they call.
        #[doc(hidden)]
        pub trait Compiled<F> {
            $(fn $name(level: Level, $($argument: $type),*) $(-> $result)?;)+
        }

        compiled!(@ for_f32 f32 $($name($($argument: $type),*) ($($result)?) $module $kernel ($($($part),+)?))+);
        compiled!(@ for_f64 f64 $($name($($argument: $type),*) ($($result)?) $module $kernel ($($($part),+)?))+);
    };
    (@ $for_float:ident $float:ident
       $($name:ident($($argument:ident: $type:ty),*) ($($result:ty)?) $module:ident $kernel:ident ($($part:expr),*))+) => {
        mod $for_float {
            use super::*;

            type F = $float;

            impl Compiled<F> for F {
                $(
                    #[inline(never)]
                    fn $name(level: Level, $($argument: $type),*) $(-> $result)? {
                        dispatch_at!(level, simd => $module::$kernel(simd, $($part,)* $($argument),*))
                    }
                )+
            }
        }
    };
}

compiled! {
    fn gemm(left: Left<'_, F>, b: View<'_, F>, init: Onto<'_, F>, c: &mut [F], ldc: usize) = gemm::product;
    fn pack(a: View<'_, F>, all: usize, from: usize, out: &mut [F]) = pack::pack_into;

    fn gemv_t(w: &[F], x: &[F], init: Onto<'_, F>, y: &mut [F]) = gemv::gemv_t_kernel;
    fn gemv_n(w: &[F], dy: &[F], dx: &mut [F]) = gemv::gemv_n_kernel;
    fn ger(x: &[F], dy: &[F], dw: &mut [F]) = gemv::ger_kernel;
    fn axpy(a: F, x: &[F], y: &mut [F]) = gemv::axpy_kernel;

    fn distances(x: &[F], lanes: usize, c: &[F], rates: Option<&[F]>, d: &mut [F]) = distance::distances_kernel;
    fn distances_of_products(x: &[F], lanes: usize, rates: &[F], most: F, s: &mut [F]) = distance::products_kernel;
    fn weigh_distances(lanes: usize, rates: &[F], most: F, s: &mut [F]) = distance::weigh_kernel;
    fn nearest(units: &Nearest<F>, x: &[F], with_second: bool, best: &mut [BestTwo], sums: &mut [[F; 2]])
        = nearest::nearest_kernel;
    fn unit_distances(w: &[F], asked: Asked<'_, F>, units: usize, d: &mut [F]) -> BestTwo = units::distances_kernel;
    fn unit_overlaps(w: &[F], met: Met<'_, F>, over: &[F], s: &mut [F], t: &mut [F]) = overlap::overlaps_kernel;
    fn foremost(s: &[F], t: &[F], least: F) -> Option<u32> = overlap::foremost_kernel;
    fn pull_units(w: &mut [F], pull: Pull<'_, F>) = units::pull_kernel;
    fn pull_and_ask(w: &mut [F], pull: Pull<'_, F>, asked: Asked<'_, F>, units: usize, d: &mut [F]) -> BestTwo
        = units::pull_and_ask_kernel;

    fn conv(taps: Taps<'_>, x: &[F], w: &[F], bias: &[F], y: &mut [F]) = conv::forward_kernel;
    fn conv_weights(taps: Taps<'_>, x: &[F], dy: &[F], dw: &mut [F]) = conv::weight_kernel;
    fn conv_inputs(conv: &Conv, taps: Taps<'_>, dy: &[F], turned: &[F], frame: &mut [F]) = conv::input_kernel;

    fn window_sums(windows: &Windows, lanes: usize, x: &[F], factor: F, y: &mut [F]) = pool::sums_kernel;
    fn window_spread(windows: &Windows, lanes: usize, dy: &[F], factors: &[F], dx: &mut [F]) = pool::spread_kernel;
    fn window_maxima(windows: &Windows, lanes: usize, x: &[F], y: &mut [F], which: &mut [F]) = pool::maxima_kernel;
    fn window_back(windows: &Windows, lanes: usize, dy: &[F], which: &[F], dx: &mut [F]) = pool::back_kernel;

    fn sum_in_f64(x: &[F]) -> f64 = reduce::sum_kernel;
    fn add_columns(x: &[F], columns: &[u32], shares: &[f64], sums: &mut [f64]) = reduce::add_columns_kernel;
    fn all_finite(x: &[F]) -> bool = reduce::all_finite_kernel;
    fn sum_columns(y: &[F], lanes: usize, out: &mut [F]) = reduce::sum_columns_kernel;
    fn weigh_columns(x: &mut [F], w: &[F], out: &mut [F]) = columns::weigh_kernel;
    fn sum_weighted_columns(x: &[F], w: &[F], out: &mut [F]) = columns::sum_weighted_kernel;
    fn center_columns(x: &mut [F], m: &[F], by: &mut [F]) = columns::center_kernel;
    fn squared_errors(x: &[F], y: &[F], e: &mut [F]) = columns::squared_errors_kernel;

    fn activate(f: Activation, x: &[F], y: &mut [F]) = activation::forward_kernel;
    fn activate_back(f: Activation, x: &[F], y: &[F], dy: &[F], dx: &mut [F]) = activation::backward_kernel;

    fn softmax(y: &mut [F], lanes: usize) = loss::softmax_kernel;
    fn exp(y: &mut [F]) = elementwise::map_in_place(maths::Exp);
    fn exp_of_minus(x: &[F], y: &mut [F]) = elementwise::map(maths::ExpOfMinus);
    fn ln(x: &[F], y: &mut [F]) = elementwise::map(maths::Ln);
    fn sigmoid(y: &mut [F]) = elementwise::map_in_place(maths::Sigmoid);
    fn softmax_cross_entropy(other: F, t: &[F], w: &[F], losses: &mut [F], y: &mut [F]) = loss::cross_entropy_kernel;
    fn squared_error(y: &[F], t: &[F], w: &[F], losses: &mut [F], dy: &mut [F])
        = loss::by_output(loss::HalfSquare, loss::Difference);
    fn absolute_error(y: &[F], t: &[F], w: &[F], losses: &mut [F], dy: &mut [F])
        = loss::by_output(loss::Distance, loss::Side);
    fn huber(y: &[F], t: &[F], w: &[F], losses: &mut [F], dy: &mut [F]) = loss::by_output(loss::Bounded, loss::Limited);
    fn binary_cross_entropy(y: &[F], t: &[F], w: &[F], losses: &mut [F], dy: &mut [F])
        = loss::by_output(loss::Surprise, loss::Excess);

    fn sgd(step: Step<F>, w: &mut [F], g: &[F]) = optimiser::sgd_kernel;
    fn diagonal(step: Step<F>, mu: F, w: &mut [F], g: &[F], h: &mut [F]) = optimiser::diagonal_kernel;
    fn momentum(step: Step<F>, mu: F, w: &mut [F], g: &[F], v: &mut [F]) = optimiser::momentum_kernel;
    fn nesterov(step: Step<F>, mu: F, w: &mut [F], g: &[F], v: &mut [F]) = optimiser::nesterov_kernel;
    fn adam(step: Step<F>, adam: Adam<F>, w: &mut [F], g: &[F], m: &mut [F], v: &mut [F]) = optimiser::adam_kernel;

    fn rmsprop(step: Step<F>, rho: F, epsilon: F, w: &mut [F], g: &[F], v: &mut [F]) = optimiser::rmsprop_kernel;
    fn rprop(step: Step<F>, rprop: Rprop<F>, w: &mut [F], g: &[F], memory: [&mut [F]; 3]) = optimiser::rprop_kernel;
    fn quickprop(step: Step<F>, mu: F, w: &mut [F], g: &[F], memory: [&mut [F]; 2]) = optimiser::quickprop_kernel;

    fn fill_uniform(rng: &mut ChaCha8Rng, out: &mut [F]) = random::fill_uniform_kernel;
    fn fill_bernoulli(rng: &mut ChaCha8Rng, p: &[F], out: &mut [F]) = random::fill_bernoulli_kernel;

    fn gather(data: &[F], stride: usize, columns: &[u32], affine: Option<Affine<'_, F>>, lanes: usize, x: &mut [F])
        = gather::gather_kernel;
    fn scatter(x: &[F], lanes: usize, columns: &[u32], out: &mut [F], stride: usize) = gather::scatter_kernel;
}
