//! Sums, in a fixed order.

use fearless_simd::{Simd, SimdBase, SimdFloat};

use crate::arrays::vectors;
use crate::{Float, Lanes, level};

/// Folds `N` vectors into the sums of their lanes: the sum of vector c is in lane `c * LANES / N`.
///
/// Halves are added to halves, the upper lanes onto the lower, for each vector alike; `N` is a power of two of at most
/// LANES.
#[inline(always)]
pub(crate) fn sum_lanes<S: Simd, F: Float, const N: usize>(mut vectors: [F::Vector<S>; N]) -> F::Vector<S> {
    // Loops of constant length, else the compiler keeps the vectors in memory.
    if N >= 16 {
        for i in 0..8 {
            vectors[i] = fold(vectors[i], vectors[i + 8]);
        }
    }
    if N >= 8 {
        for i in 0..4 {
            vectors[i] = fold(vectors[i], vectors[i + 4]);
        }
    }
    if N >= 4 {
        for i in 0..2 {
            vectors[i] = fold(vectors[i], vectors[i + 2]);
        }
    }
    if N >= 2 {
        vectors[0] = fold(vectors[0], vectors[1]);
    }
    let mut folded = vectors[0];
    let mut rest = F::LANES / N;
    while rest > 1 {
        folded = fold(folded, folded);
        rest /= 2;
    }
    folded
}

/// The upper lanes of each vector added to its lower, the two results interleaved.
#[inline(always)]
fn fold<S: Simd, V: SimdBase<S>>(a: V, b: V) -> V {
    a.zip_low(b) + a.zip_high(b)
}

/// `sum_i x_i` in f64, one after another in 16 partial sums that are added pairwise: the same bits on every level.
pub fn sum<F: Float>(x: &[F]) -> f64 {
    F::sum_in_f64(level(), x)
}

#[inline(always)]
pub(super) fn sum_kernel<S: Simd, F: Float>(_: S, x: &[F]) -> f64 {
    // Plain additions of f64: no multiply-add is involved, so no level rounds differently.
    let mut partial = [0.0; 16];
    let mut chunks = x.chunks_exact(16);
    for chunk in &mut chunks {
        for (sum, &x) in partial.iter_mut().zip(chunk) {
            *sum += x.to_f64();
        }
    }
    for (sum, &x) in partial.iter_mut().zip(chunks.remainder()) {
        *sum += x.to_f64();
    }
    let mut half = 8;
    while half > 0 {
        for i in 0..half {
            partial[i] += partial[i + half];
        }
        half /= 2;
    }
    partial[0]
}

/// `s_i += sum_m share_m x_(i, column_m)`, m in order, in f64, each product rounded before it is added: the same bits on every
/// level. All shares are 1 where there are none.
///
/// # Shapes
/// `x`: rows × any number of columns, `columns` and `shares`: as many as are added, `sums`: rows.
///
/// # Panics
/// For a column that is not there, or another number of shares.
pub fn add_columns<F: Float>(x: &[F], columns: &[u32], shares: &[f64], sums: &mut [f64]) {
    assert!(shares.is_empty() || shares.len() == columns.len());
    F::add_columns(level(), x, columns, shares, sums);
}

/// Rows whose sums are in registers at a time.
const ROWS: usize = 64;

#[inline(always)]
pub(super) fn add_columns_kernel<S: Simd, F: Float>(_: S, x: &[F], columns: &[u32], shares: &[f64], sums: &mut [f64]) {
    let rows = sums.len();
    for (from, sums) in (0..).step_by(ROWS).zip(sums.chunks_mut(ROWS)) {
        // Of a length that the compiler knows, they stay in registers.
        if let Ok(sums) = <&mut [f64; ROWS]>::try_from(&mut *sums) {
            let mut held = *sums;
            add_rows(&x[from..], rows, columns, shares, &mut held);
            *sums = held;
        } else {
            add_rows(&x[from..], rows, columns, shares, sums);
        }
    }
}

/// The sums of the first rows of `x`, whose columns are `rows` apart.
#[inline(always)]
fn add_rows<F: Float>(x: &[F], rows: usize, columns: &[u32], shares: &[f64], sums: &mut [f64]) {
    for (place, &column) in columns.iter().enumerate() {
        let share = shares.get(place).copied().unwrap_or(1.0);
        let x = &x[column as usize * rows..][..sums.len()];
        sums.iter_mut().zip(x).for_each(|(sum, x)| *sum += share * x.to_f64());
    }
}

/// Whether no number is infinite or NaN: times 0 either is NaN, and stays so in a sum.
pub fn all_finite<F: Float>(x: &[F]) -> bool {
    F::all_finite(level(), x)
}

#[inline(always)]
pub(super) fn all_finite_kernel<S: Simd, F: Float>(simd: S, x: &[F]) -> bool {
    let zero = F::Vector::<S>::splat(simd, F::default());
    let mut sums = [zero; 4];
    let mut blocks = x.chunks_exact(4 * F::LANES);
    for block in &mut blocks {
        for (sum, x) in sums.iter_mut().zip(block.chunks_exact(F::LANES)) {
            *sum = F::Vector::<S>::from_slice(simd, x).mul_add(zero, *sum);
        }
    }
    for x in blocks.remainder().chunks(F::LANES) {
        sums[0] = F::Vector::<S>::load_partial(simd, x).mul_add(zero, sums[0]);
    }
    let mut lanes = [F::default(); 16];
    ((sums[0] + sums[1]) + (sums[2] + sums[3])).store_slice(&mut lanes[..F::LANES]);
    lanes.iter().all(|lane| lane.to_f64() == 0.0)
}

/// `out_o += sum_l y_lo`: the bias gradient of a dense layer.
///
/// # Shapes
/// `y`: lanes x outputs, `out`: outputs. `lanes` is 1 or a multiple of 16.
pub fn sum_columns<F: Float>(y: &[F], lanes: usize, out: &mut [F]) {
    assert!(y.len() == lanes * out.len() && (lanes == 1 || lanes.is_multiple_of(F::LANES) && lanes > 0));
    if lanes == 1 {
        for (out, &y) in out.iter_mut().zip(y) {
            *out += y;
        }
        return;
    }
    F::sum_columns(level(), y, lanes, out);
}

#[inline(always)]
pub(super) fn sum_columns_kernel<S: Simd, F: Float>(simd: S, y: &[F], lanes: usize, out: &mut [F]) {
    let mut groups = out.chunks_exact_mut(4);
    let mut columns = y.chunks_exact(4 * lanes);
    for (out, columns) in (&mut groups).zip(&mut columns) {
        sum_group::<S, F, 4>(simd, columns, lanes, out);
    }
    for (out, column) in groups.into_remainder().chunks_exact_mut(1).zip(columns.remainder().chunks_exact(lanes)) {
        sum_group::<S, F, 1>(simd, column, lanes, out);
    }
}

#[inline(always)]
fn sum_group<S: Simd, F: Float, const N: usize>(simd: S, columns: &[F], lanes: usize, out: &mut [F]) {
    let sums = vectors::<S, F, N>(
        simd,
        #[inline(always)]
        |c| {
            let (first, others) = columns[c * lanes..(c + 1) * lanes].split_at(F::LANES);
            others.chunks_exact(F::LANES).fold(
                F::Vector::<S>::from_slice(simd, first),
                #[inline(always)]
                |sum, x| sum + F::Vector::<S>::from_slice(simd, x),
            )
        },
    );
    let folded = sum_lanes::<S, F, N>(sums);
    for (c, out) in out.iter_mut().enumerate() {
        *out += folded[c * F::LANES / N];
    }
}
