//! The micro-kernel of every product: a few vectors of rows times a few columns, held in registers over a block of k.

use fearless_simd::{Simd, SimdBase, SimdFloat};

use crate::kernels::{Float, Lanes, Onto, View};

/// Vectors of rows in a panel.
///
/// AVX-512 has 32 registers of 64 bytes: 4 x 6 sums, 4 of the left operand and a broadcast fill them. AVX2 has 16 of 32
/// bytes: 1 x 6.
#[inline(always)]
pub(super) const fn panel_vectors<S: Simd>() -> usize {
    if native_lanes::<S>() == 16 { 4 } else { 1 }
}

/// Lanes of f32 in one register of this instruction set.
#[inline(always)]
const fn native_lanes<S: Simd>() -> usize {
    <S::f32s as SimdBase<S>>::LEN
}

/// Rows in a panel of the packed left operand.
#[inline(always)]
pub(crate) const fn panel_height<S: Simd, F: Float>() -> usize {
    panel_vectors::<S>() * F::LANES
}

/// Most columns a tile of `vectors` vectors of rows can hold in registers.
#[inline(always)]
pub(super) const fn most_columns<S: Simd>(vectors: usize) -> usize {
    match (native_lanes::<S>(), vectors) {
        // A column more costs a load more: 16 sums of one vector hide them best.
        (16, 1) => 16,
        (16, 2) => 12,
        (16, 3) => 8,
        (16 | 8, _) => 6,
        _ if cfg!(target_arch = "aarch64") => 6,
        // SSE2: 16 registers of 16 bytes, four to a vector of ours.
        _ => 3,
    }
}

/// Elements of k per pass over C: 128 x 64 f32 of the left operand fill two thirds of a first-level cache.
pub(crate) const K_BLOCK: usize = 128;

/// Where the columns of a left operand begin.
pub(crate) trait Starts: Copy {
    /// Where column `p` begins.
    fn start(self, p: usize) -> usize;
}

/// Columns so far apart.
#[derive(Clone, Copy)]
pub(crate) struct Apart(pub usize);

impl Starts for Apart {
    #[inline(always)]
    fn start(self, p: usize) -> usize {
        p * self.0
    }
}

/// One panel of A: `k` columns of whole vectors.
#[derive(Clone, Copy)]
pub(crate) struct Panel<'a, F, P> {
    pub data: &'a [F],
    pub columns: P,
    /// Whole vectors of rows.
    pub vectors: usize,
    /// Rows that exist; the others are padding.
    pub rows: usize,
}

/// `C = init + A B` for the rows of one panel: all columns of B, k in order.
#[inline(always)]
pub(crate) fn panel<S: Simd, F: Float, P: Starts>(
    simd: S,
    a: Panel<F, P>,
    b: View<F>,
    init: Onto<F>,
    c: &mut [F],
    ldc: usize,
) {
    debug_assert!(b.row_stride == 1 || b.col_stride == 1);
    // Outlined: one function per height, else the compiler drowns in one of a hundred tiles.
    match a.vectors {
        1 => simd.vectorize(
            #[inline(always)]
            || columns::<S, F, P, 1>(simd, a, b, init, c, ldc),
        ),
        2 => {
            if const { panel_vectors::<S>() > 1 } {
                simd.vectorize(
                    #[inline(always)]
                    || columns::<S, F, P, 2>(simd, a, b, init, c, ldc),
                );
            }
        }
        3 => {
            if const { panel_vectors::<S>() > 1 } {
                simd.vectorize(
                    #[inline(always)]
                    || columns::<S, F, P, 3>(simd, a, b, init, c, ldc),
                );
            }
        }
        4 => {
            if const { panel_vectors::<S>() > 1 } {
                simd.vectorize(
                    #[inline(always)]
                    || columns::<S, F, P, 4>(simd, a, b, init, c, ldc),
                );
            }
        }
        _ => unreachable!("a panel is at most panel_vectors high"),
    }
}

macro_rules! tiles {
    ($width:expr, $vectors:ident, [$($n:literal)*], $arguments:tt) => {
        match $width {
            // Behind a constant, so that tiles wider than this level's registers are never compiled.
            $($n => if const { $n <= most_columns::<S>($vectors) } { tile::<S, F, P, $vectors, $n> $arguments })*
            _ => unreachable!(),
        }
    };
}

#[inline(always)]
fn columns<S: Simd, F: Float, P: Starts, const V: usize>(
    simd: S,
    a: Panel<F, P>,
    b: View<F>,
    init: Onto<F>,
    c: &mut [F],
    ldc: usize,
) {
    let most = const { most_columns::<S>(V) };
    let mut from = 0;
    while from < b.cols {
        // Tiles of even width: 10 columns are 5 + 5, not 6 + 4, so that none is too thin to hide the latency of the
        // multiply-add.
        let left = b.cols - from;
        let width = if left <= most { left } else { left.div_ceil(left.div_ceil(most)) };
        let b = View { data: &b.data[from * b.col_stride..], cols: width, ..b };
        let init = match init {
            Onto::Bias(bias) => Onto::Bias(&bias[from..]),
            other => other,
        };
        let c = &mut c[from * ldc..];
        tiles!(width, V, [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16], (simd, a, b, init, c, ldc));
        from += width;
    }
}

/// One tile of C. A panel with padding rows works on a copy of its tile, so every element sees the same multiply-adds
/// in the same order.
#[inline(always)]
fn tile<S: Simd, F: Float, P: Starts, const V: usize, const N: usize>(
    simd: S,
    a: Panel<F, P>,
    b: View<F>,
    init: Onto<F>,
    c: &mut [F],
    ldc: usize,
) {
    let mut sums = [[F::Vector::<S>::splat(simd, F::default()); V]; N];
    let whole = a.rows == V * F::LANES;
    match init {
        Onto::Zero => {}
        Onto::Bias(bias) => {
            for (sums, &bias) in sums.iter_mut().zip(&bias[..N]) {
                *sums = [F::Vector::<S>::splat(simd, bias); V];
            }
        }
        Onto::Old => {
            for (j, sums) in sums.iter_mut().enumerate() {
                let c = &c[j * ldc..][..a.rows];
                for (v, sum) in sums.iter_mut().enumerate() {
                    let from = v * F::LANES;
                    *sum = if whole {
                        F::Vector::<S>::from_slice(simd, &c[from..from + F::LANES])
                    } else {
                        F::Vector::<S>::load_partial(simd, &c[from..])
                    };
                }
            }
        }
    }
    let sums = if b.row_stride == 1 {
        by_columns::<S, F, P, V, N>(simd, a, b, sums)
    } else {
        by_rows::<S, F, P, V, N>(simd, a, b, sums)
    };
    for (j, sums) in sums.iter().enumerate() {
        let c = &mut c[j * ldc..][..a.rows];
        for (v, sum) in sums.iter().enumerate() {
            let from = v * F::LANES;
            if whole {
                sum.store_slice(&mut c[from..from + F::LANES]);
            } else {
                sum.store_partial(&mut c[from..]);
            }
        }
    }
}

/// `sums += A B` where the columns of B are contiguous, as weights are in a forward pass.
#[inline(always)]
pub(super) fn by_columns<S: Simd, F: Float, P: Starts, const V: usize, const N: usize>(
    simd: S,
    a: Panel<F, P>,
    b: View<F>,
    mut sums: [[F::Vector<S>; V]; N],
) -> [[F::Vector<S>; V]; N] {
    let k = b.rows;
    let columns: [&[F]; N] = std::array::from_fn(|j| &b.data[j * b.col_stride..][..k]);
    for p in 0..k {
        let a = load::<S, F, P, V>(simd, a, p);
        for (sums, column) in sums.iter_mut().zip(&columns) {
            multiply_add::<S, F, V>(simd, a, column[p], sums);
        }
    }
    sums
}

/// `sums += A B` where the rows of B are contiguous, as transposed weights are in a backward pass.
#[inline(always)]
fn by_rows<S: Simd, F: Float, P: Starts, const V: usize, const N: usize>(
    simd: S,
    a: Panel<F, P>,
    b: View<F>,
    mut sums: [[F::Vector<S>; V]; N],
) -> [[F::Vector<S>; V]; N] {
    for p in 0..b.rows {
        let a = load::<S, F, P, V>(simd, a, p);
        let row = &b.data[p * b.row_stride..][..N];
        for (sums, &b) in sums.iter_mut().zip(row) {
            multiply_add::<S, F, V>(simd, a, b, sums);
        }
    }
    sums
}

#[inline(always)]
fn load<S: Simd, F: Float, P: Starts, const V: usize>(simd: S, a: Panel<F, P>, p: usize) -> [F::Vector<S>; V] {
    let column = &a.data[a.columns.start(p)..][..V * F::LANES];
    std::array::from_fn(
        #[inline(always)]
        |v| F::Vector::<S>::from_slice(simd, &column[v * F::LANES..(v + 1) * F::LANES]),
    )
}

#[inline(always)]
fn multiply_add<S: Simd, F: Float, const V: usize>(simd: S, a: [F::Vector<S>; V], b: F, sums: &mut [F::Vector<S>; V]) {
    let b = F::Vector::<S>::splat(simd, b);
    for (sum, a) in sums.iter_mut().zip(a) {
        *sum = a.mul_add(b, *sum);
    }
}
