//! Products for one sample alone, its features in the vector lanes.
//!
//! Padded to 16 lanes, one sample of a 784x256 layer took 68 us; here 7. The weights of a unit are contiguous and serve
//! all three products.

use fearless_simd::{Simd, SimdBase, SimdFloat};

use crate::arrays::{slices, vectors};
use crate::reduce::sum_lanes;
use crate::{Float, Lanes, Onto, level};

/// `y_o = init_o + sum_i w_io x_i`: a dense layer forward.
///
/// Each sum has LANES partial sums, folded in halves, then added to `init`: the order is the same whatever the other
/// columns are.
///
/// # Shapes
/// `w`: inputs x outputs, column-major. `x`: inputs. `y`: outputs.
pub fn gemv_t<F: Float>(w: &[F], x: &[F], init: Onto<F>, y: &mut [F]) {
    assert_eq!(w.len(), x.len() * y.len());
    F::gemv_t(level(), w, x, init, y);
}

/// `dx_i += sum_o w_io dy_o`, o in order: the gradient for the input.
///
/// # Shapes
/// As [`gemv_t`].
pub fn gemv_n<F: Float>(w: &[F], dy: &[F], dx: &mut [F]) {
    assert_eq!(w.len(), dx.len() * dy.len());
    if !dx.is_empty() {
        F::gemv_n(level(), w, dy, dx);
    }
}

/// `dw_io += x_i dy_o`: the gradient for the weights.
///
/// # Shapes
/// As [`gemv_t`].
pub fn ger<F: Float>(x: &[F], dy: &[F], dw: &mut [F]) {
    assert_eq!(dw.len(), x.len() * dy.len());
    if !x.is_empty() {
        F::ger(level(), x, dy, dw);
    }
}

/// `sum_i x_i y_i`, in the order of [`gemv_t`].
pub fn dot<F: Float>(x: &[F], y: &[F]) -> F {
    let mut sum = [F::default()];
    gemv_t(x, y, Onto::Zero, &mut sum);
    sum[0]
}

/// `y += a x`.
pub fn axpy<F: Float>(a: F, x: &[F], y: &mut [F]) {
    assert_eq!(x.len(), y.len());
    F::axpy(level(), a, x, y);
}

#[inline(always)]
pub(super) fn ger_kernel<S: Simd, F: Float>(simd: S, x: &[F], dy: &[F], dw: &mut [F]) {
    for (dw, &dy) in dw.chunks_exact_mut(x.len()).zip(dy) {
        axpy_kernel(simd, dy, x, dw);
    }
}

#[inline(always)]
pub(super) fn axpy_kernel<S: Simd, F: Float>(simd: S, a: F, x: &[F], y: &mut [F]) {
    let a = F::Vector::<S>::splat(simd, a);
    let mut bodies = y.chunks_exact_mut(F::LANES);
    let mut xs = x.chunks_exact(F::LANES);
    for (y, x) in (&mut bodies).zip(&mut xs) {
        F::Vector::<S>::from_slice(simd, x).mul_add(a, F::Vector::<S>::from_slice(simd, y)).store_slice(y);
    }
    let y = bodies.into_remainder();
    if !y.is_empty() {
        let x = F::Vector::<S>::load_partial(simd, xs.remainder());
        x.mul_add(a, F::Vector::<S>::load_partial(simd, y)).store_partial(y);
    }
}

/// Lanes of the longest vector.
const LONGEST_VECTOR: usize = 16;

#[inline(always)]
pub(super) fn gemv_t_kernel<S: Simd, F: Float>(simd: S, w: &[F], x: &[F], init: Onto<F>, y: &mut [F]) {
    // AVX-512 holds a sum for each of LANES columns; half as many registers of half the width hold four.
    let most = if <S::f32s as SimdBase<S>>::LEN == 16 { F::LANES } else { 4 };
    let tail = x.len() % F::LANES;
    // The features beyond the whole vectors, as the last lanes of a vector that begins before them: a column is then read
    // in whole vectors to its end, what is read twice meeting zeros.
    let mut ends = [F::default(); LONGEST_VECTOR];
    let to = if x.len() < F::LANES { tail } else { F::LANES };
    ends[to - tail..to].copy_from_slice(&x[x.len() - tail..]);
    let last = F::Vector::<S>::from_slice(simd, &ends[..F::LANES]);
    let mut from = 0;
    while from < y.len() {
        let width = most.min(prev_power_of_two(y.len() - from));
        let w = &w[from * x.len()..];
        let init = match init {
            Onto::Bias(bias) => Onto::Bias(&bias[from..]),
            other => other,
        };
        let y = &mut y[from..from + width];
        match width {
            16 => dots::<S, F, 16>(simd, w, x, last, init, y),
            8 => dots::<S, F, 8>(simd, w, x, last, init, y),
            4 => dots::<S, F, 4>(simd, w, x, last, init, y),
            2 => dots::<S, F, 2>(simd, w, x, last, init, y),
            _ => dots::<S, F, 1>(simd, w, x, last, init, y),
        }
        from += width;
    }
}

#[inline(always)]
fn prev_power_of_two(n: usize) -> usize {
    1 << n.ilog2()
}

/// `N` columns at once; `last` holds the features beyond the whole vectors.
#[inline(always)]
fn dots<S: Simd, F: Float, const N: usize>(simd: S, w: &[F], x: &[F], last: F::Vector<S>, init: Onto<F>, y: &mut [F]) {
    if N > F::LANES {
        return;
    }
    let inputs = x.len();
    let whole = inputs - inputs % F::LANES;
    let columns: [&[F]; N] = slices(
        #[inline(always)]
        |c| &w[c * inputs..(c + 1) * inputs],
    );
    let mut sums = [F::Vector::<S>::splat(simd, F::default()); N];
    for from in (0..whole).step_by(F::LANES) {
        let x = F::Vector::<S>::from_slice(simd, &x[from..from + F::LANES]);
        for (sum, column) in sums.iter_mut().zip(&columns) {
            *sum = F::Vector::<S>::from_slice(simd, &column[from..from + F::LANES]).mul_add(x, *sum);
        }
    }
    if whole < inputs {
        for (sum, column) in sums.iter_mut().zip(&columns) {
            let end = match column.len().checked_sub(F::LANES) {
                Some(from) => F::Vector::<S>::from_slice(simd, &column[from..]),
                None => F::Vector::<S>::load_partial(simd, column),
            };
            *sum = end.mul_add(last, *sum);
        }
    }
    let folded = sum_lanes::<S, F, N>(sums);
    for (c, y) in y.iter_mut().enumerate() {
        let start = match init {
            Onto::Zero => F::default(),
            Onto::Old => *y,
            Onto::Bias(bias) => bias[c],
        };
        *y = start + folded[c * F::LANES / N];
    }
}

#[inline(always)]
pub(super) fn gemv_n_kernel<S: Simd, F: Float>(simd: S, w: &[F], dy: &[F], dx: &mut [F]) {
    // Eight columns per pass over dx: eight streams of weights, one load and store of dx for eight multiply-adds.
    let mut groups = dy.chunks_exact(8);
    let mut weights = w.chunks_exact(8 * dx.len());
    for (dy, w) in (&mut groups).zip(&mut weights) {
        add_columns::<S, F, 8>(simd, w, dy, dx);
    }
    for (dy, w) in groups.remainder().chunks_exact(1).zip(weights.remainder().chunks_exact(dx.len())) {
        add_columns::<S, F, 1>(simd, w, dy, dx);
    }
}

#[inline(always)]
fn add_columns<S: Simd, F: Float, const N: usize>(simd: S, w: &[F], dy: &[F], dx: &mut [F]) {
    let inputs = dx.len();
    let whole = inputs - inputs % F::LANES;
    let columns: [&[F]; N] = slices(
        #[inline(always)]
        |c| &w[c * inputs..(c + 1) * inputs],
    );
    let dy = vectors::<S, F, N>(
        simd,
        #[inline(always)]
        |c| F::Vector::<S>::splat(simd, dy[c]),
    );
    for from in (0..whole).step_by(F::LANES) {
        let mut sum = F::Vector::<S>::from_slice(simd, &dx[from..from + F::LANES]);
        for (column, dy) in columns.iter().zip(dy) {
            sum = F::Vector::<S>::from_slice(simd, &column[from..from + F::LANES]).mul_add(dy, sum);
        }
        sum.store_slice(&mut dx[from..from + F::LANES]);
    }
    if whole < inputs {
        let mut sum = F::Vector::<S>::load_partial(simd, &dx[whole..]);
        for (column, dy) in columns.iter().zip(dy) {
            sum = F::Vector::<S>::load_partial(simd, &column[whole..]).mul_add(dy, sum);
        }
        sum.store_partial(&mut dx[whole..]);
    }
}
