//! Passes over the columns of a shard that do several things to a number while it is there: what contrastive divergence makes of
//! its samples beside products and conditionals.

use fearless_simd::{Simd, SimdBase, SimdFloat};

use crate::reduce::sum_lanes;
use crate::{Float, level};

fn check<F: Float>(x: &[F], lanes: usize, by_lane: &[F], by_column: &[F]) {
    assert!(lanes > 0 && lanes.is_multiple_of(F::LANES) && by_lane.len() == lanes);
    assert_eq!(x.len(), lanes * by_column.len());
}

/// `x_lo *= w_l`, and then `out_o += sum_l x_lo`.
///
/// # Shapes
/// `x`: lanes x outputs, `w`: lanes, `out`: outputs. `lanes` is a multiple of 16.
pub fn weigh_columns<F: Float>(x: &mut [F], lanes: usize, w: &[F], out: &mut [F]) {
    check(x, lanes, w, out);
    F::weigh_columns(level(), x, w, out);
}

/// `out_o += sum_l w_l x_lo`.
///
/// # Shapes
/// As [`weigh_columns`].
pub fn sum_weighted_columns<F: Float>(x: &[F], lanes: usize, w: &[F], out: &mut [F]) {
    check(x, lanes, w, out);
    F::sum_weighted_columns(level(), x, w, out);
}

/// `x_lo -= m_o`, and then `by_l -= sum_o x_lo m_o`, o in order.
///
/// # Shapes
/// `x`: lanes x outputs, `m`: outputs, `by`: lanes. `lanes` is a multiple of 16.
pub fn center_columns<F: Float>(x: &mut [F], lanes: usize, m: &[F], by: &mut [F]) {
    check(x, lanes, by, m);
    F::center_columns(level(), x, m, by);
}

/// `e_l += sum_o (x_lo - y_lo)^2`, o in order.
///
/// # Shapes
/// `x` and `y`: lanes x outputs, `e`: lanes. `lanes` is a multiple of 16.
pub fn squared_errors<F: Float>(x: &[F], y: &[F], lanes: usize, e: &mut [F]) {
    assert!(lanes > 0 && lanes.is_multiple_of(F::LANES) && e.len() == lanes);
    assert!(x.len() == y.len() && x.len().is_multiple_of(lanes));
    F::squared_errors(level(), x, y, e);
}

#[inline(always)]
pub(super) fn weigh_kernel<S: Simd, F: Float>(simd: S, x: &mut [F], w: &[F], out: &mut [F]) {
    let zero = F::Vector::<S>::splat(simd, F::default());
    for (column, out) in x.chunks_exact_mut(w.len()).zip(out) {
        let mut sum = zero;
        for (x, w) in column.chunks_exact_mut(F::LANES).zip(w.chunks_exact(F::LANES)) {
            let weighed = F::Vector::<S>::from_slice(simd, x) * F::Vector::<S>::from_slice(simd, w);
            weighed.store_slice(x);
            sum += weighed;
        }
        *out += sum_lanes::<S, F, 1>([sum])[0];
    }
}

#[inline(always)]
pub(super) fn sum_weighted_kernel<S: Simd, F: Float>(simd: S, x: &[F], w: &[F], out: &mut [F]) {
    let zero = F::Vector::<S>::splat(simd, F::default());
    for (column, out) in x.chunks_exact(w.len()).zip(out) {
        let mut sum = zero;
        for (x, w) in column.chunks_exact(F::LANES).zip(w.chunks_exact(F::LANES)) {
            sum = F::Vector::<S>::from_slice(simd, x).mul_add(F::Vector::<S>::from_slice(simd, w), sum);
        }
        *out += sum_lanes::<S, F, 1>([sum])[0];
    }
}

#[inline(always)]
pub(super) fn center_kernel<S: Simd, F: Float>(simd: S, x: &mut [F], m: &[F], by: &mut [F]) {
    let lanes = by.len();
    for (column, &m) in x.chunks_exact_mut(lanes).zip(m) {
        let (m, minus) = (F::Vector::<S>::splat(simd, m), F::Vector::<S>::splat(simd, -m));
        for (x, by) in column.chunks_exact_mut(F::LANES).zip(by.chunks_exact_mut(F::LANES)) {
            let centered = F::Vector::<S>::from_slice(simd, x) - m;
            centered.store_slice(x);
            centered.mul_add(minus, F::Vector::<S>::from_slice(simd, by)).store_slice(by);
        }
    }
}

#[inline(always)]
pub(super) fn squared_errors_kernel<S: Simd, F: Float>(simd: S, x: &[F], y: &[F], e: &mut [F]) {
    let lanes = e.len();
    for (x, y) in x.chunks_exact(lanes).zip(y.chunks_exact(lanes)) {
        let columns = x.chunks_exact(F::LANES).zip(y.chunks_exact(F::LANES));
        for ((x, y), e) in columns.zip(e.chunks_exact_mut(F::LANES)) {
            let error = F::Vector::<S>::from_slice(simd, x) - F::Vector::<S>::from_slice(simd, y);
            error.mul_add(error, F::Vector::<S>::from_slice(simd, e)).store_slice(e);
        }
    }
}
