//! The micro-kernel of every product: a few vectors of rows times a few columns, held in registers over a block of k.

use fearless_simd::{Simd, SimdBase, SimdFloat};

use crate::arrays::{slices, vectors};
use crate::{Float, Lanes, Onto, View};

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

/// Elements of k per pass over C, for rows of B so many bytes apart, which counts with AVX-512 alone: so many that a panel of the left operand stays in the first cache,
/// or, with AVX-512, is streamed from the second, at a third of what that can give. Fewer where the inner loop would take rows of B from
/// more pages than a core remembers.
#[inline(always)]
pub(super) const fn k_block<S: Simd>(apart: usize) -> usize {
    // As many as 64 pages hold, but enough to be worth a pass.
    match 64 * 4096 / if apart == 0 { 1 } else { apart } {
        _ if native_lanes::<S>() < 16 => 256,
        ..128 => 128,
        rows @ 128..400 => rows,
        400.. => 400,
    }
}

/// Where the columns of a left operand lie.
pub(crate) trait Columns: Copy {
    /// Whether one check of bounds does for several columns.
    const TOGETHER: bool;

    /// What tells column `first + u` of so many numbers each, for `u` below `count`.
    fn some<'a, F>(self, data: &'a [F], first: usize, count: usize, height: usize) -> impl Fn(usize) -> &'a [F];
}

/// One after another, as [`pack`](crate::pack) leaves them.
#[derive(Clone, Copy)]
pub(crate) struct Together;

impl Columns for Together {
    const TOGETHER: bool = true;

    #[inline(always)]
    fn some<'a, F>(self, data: &'a [F], first: usize, count: usize, height: usize) -> impl Fn(usize) -> &'a [F] {
        // One check for all of them.
        let all = &data[first * height..][..count * height];
        #[inline(always)]
        move |u| &all[u * height..(u + 1) * height]
    }
}

/// So far apart, in a matrix that is used where it lies.
#[derive(Clone, Copy)]
pub(crate) struct Apart(pub usize);

impl Columns for Apart {
    const TOGETHER: bool = false;

    #[inline(always)]
    fn some<'a, F>(self, data: &'a [F], first: usize, _: usize, height: usize) -> impl Fn(usize) -> &'a [F] {
        #[inline(always)]
        move |u| &data[(first + u) * self.0..][..height]
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
pub(crate) fn panel<S: Simd, F: Float, P: Columns>(
    simd: S,
    a: Panel<F, P>,
    b: View<F>,
    init: Onto<F>,
    c: &mut [F],
    ldc: usize,
) {
    debug_assert!(b.row_stride == 1 || b.col_stride == 1);
    if const { P::TOGETHER && native_lanes::<S>() == 16 } {
        // Then it makes next to no difference, and half as many tiles are to be compiled.
        let columns = Apart(a.vectors * F::LANES);
        return panel(simd, Panel { data: a.data, columns, vectors: a.vectors, rows: a.rows }, b, init, c, ldc);
    }
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
fn columns<S: Simd, F: Float, P: Columns, const V: usize>(
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
        let init = init.from(from);
        let c = &mut c[from * ldc..];
        tiles!(width, V, [1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16], (simd, a, b, init, c, ldc));
        from += width;
    }
}

/// One tile of C, by columns or rows of B where they lie. Padding rows are computed like the others and not stored, so every element
/// sees the same multiply-adds in the same order.
#[inline(always)]
fn tile<S: Simd, F: Float, P: Columns, const V: usize, const N: usize>(
    simd: S,
    a: Panel<F, P>,
    b: View<F>,
    init: Onto<F>,
    c: &mut [F],
    ldc: usize,
) {
    let sums = begin::<S, F, V, N>(simd, a.rows, init, c, ldc);
    let sums = if b.row_stride == 1 {
        by_columns::<S, F, P, V, N>(simd, a, b, sums)
    } else {
        by_rows::<S, F, P, V, N>(simd, a, b, sums)
    };
    end::<S, F, V, N>(sums, a.rows, c, ldc);
}

/// `C = init + A B` for the rows of one packed panel and a B of k rows that [`pack_right`](crate::pack::pack_right) has put into tiles
/// of N columns.
#[inline(always)]
pub(super) fn packed_tiles<S: Simd, F: Float, const N: usize>(
    simd: S,
    a: Panel<F, Together>,
    b: &[F],
    k: usize,
    init: Onto<F>,
    c: &mut [F],
    ldc: usize,
) {
    match a.vectors {
        1 => packed_tiles_of::<S, F, 1, N>(simd, a, b, k, init, c, ldc),
        2 => packed_tiles_of::<S, F, 2, N>(simd, a, b, k, init, c, ldc),
        3 => packed_tiles_of::<S, F, 3, N>(simd, a, b, k, init, c, ldc),
        _ => packed_tiles_of::<S, F, 4, N>(simd, a, b, k, init, c, ldc),
    }
}

#[inline(always)]
fn packed_tiles_of<S: Simd, F: Float, const V: usize, const N: usize>(
    simd: S,
    a: Panel<F, Together>,
    b: &[F],
    k: usize,
    init: Onto<F>,
    c: &mut [F],
    ldc: usize,
) {
    if const { V > panel_vectors::<S>() } {
        return;
    }
    simd.vectorize(
        #[inline(always)]
        || {
            for (from, b) in (0..).step_by(N).zip(b.chunks_exact(N * k)) {
                let c = &mut c[from * ldc..];
                let sums = begin::<S, F, V, N>(simd, a.rows, init.from(from), c, ldc);
                let sums = by_tile::<S, F, V, N, 4>(simd, a.data, b, sums);
                end::<S, F, V, N>(sums, a.rows, c, ldc);
            }
        },
    );
}

/// What the sums of a tile begin with.
#[inline(always)]
fn begin<S: Simd, F: Float, const V: usize, const N: usize>(
    simd: S,
    rows: usize,
    init: Onto<F>,
    c: &[F],
    ldc: usize,
) -> [[F::Vector<S>; V]; N] {
    let mut sums = [[F::Vector::<S>::splat(simd, F::default()); V]; N];
    // Only the last vector can have padding. Each place is a constant, so that the sums never leave their registers.
    let (whole, is_whole) = ((V - 1) * F::LANES, rows == V * F::LANES);
    match init {
        Onto::Zero => {}
        Onto::Bias(bias) => {
            for (sums, &bias) in sums.iter_mut().zip(&bias[..N]) {
                *sums = [F::Vector::<S>::splat(simd, bias); V];
            }
        }
        Onto::Old => {
            for (j, sums) in sums.iter_mut().enumerate() {
                let (above, below) = c[j * ldc..][..rows].split_at(whole);
                for (sum, c) in sums.iter_mut().zip(above.chunks_exact(F::LANES)) {
                    *sum = F::Vector::<S>::from_slice(simd, c);
                }
                sums[V - 1] = if is_whole {
                    F::Vector::<S>::from_slice(simd, &below[..F::LANES])
                } else {
                    F::Vector::<S>::load_partial(simd, below)
                };
            }
        }
    }
    sums
}

/// Puts the sums of a tile in their place.
#[inline(always)]
fn end<S: Simd, F: Float, const V: usize, const N: usize>(
    sums: [[F::Vector<S>; V]; N],
    rows: usize,
    c: &mut [F],
    ldc: usize,
) {
    let (whole, is_whole) = ((V - 1) * F::LANES, rows == V * F::LANES);
    for (j, sums) in sums.iter().enumerate() {
        let (above, below) = c[j * ldc..][..rows].split_at_mut(whole);
        for (sum, c) in sums.iter().zip(above.chunks_exact_mut(F::LANES)) {
            sum.store_slice(c);
        }
        if is_whole {
            sums[V - 1].store_slice(&mut below[..F::LANES]);
        } else {
            sums[V - 1].store_partial(below);
        }
    }
}

/// Columns of the left operand that a turn of the inner loop takes, for so many vectors of rows.
///
/// What holds a core up is not the multiply-adds but the instructions around them, where it shares its front end with another thread or
/// these take the ports of those. With several columns a turn there are fewer. Where a register holds a whole vector of ours there is
/// half as much around them to begin with. But the places of too many columns want more registers than there are.
#[inline(always)]
const fn columns_at_once<S: Simd, P: Columns>(vectors: usize) -> usize {
    match (native_lanes::<S>(), P::TOGETHER) {
        (16, _) if vectors == 4 => 2,
        (..16, true) => 4,
        _ => 1,
    }
}

/// `sums += A B` where the columns of B are contiguous, as weights are in a forward pass.
#[inline(always)]
pub(super) fn by_columns<S: Simd, F: Float, P: Columns, const V: usize, const N: usize>(
    simd: S,
    a: Panel<F, P>,
    b: View<F>,
    sums: [[F::Vector<S>; V]; N],
) -> [[F::Vector<S>; V]; N] {
    match const { columns_at_once::<S, P>(V) } {
        2 => some_by_columns::<S, F, P, V, N, 2>(simd, a, b, sums),
        4 => some_by_columns::<S, F, P, V, N, 4>(simd, a, b, sums),
        _ => some_by_columns::<S, F, P, V, N, 1>(simd, a, b, sums),
    }
}

/// The same, `U` products of each sum at a time.
#[inline(always)]
fn some_by_columns<S: Simd, F: Float, P: Columns, const V: usize, const N: usize, const U: usize>(
    simd: S,
    a: Panel<F, P>,
    b: View<F>,
    mut sums: [[F::Vector<S>; V]; N],
) -> [[F::Vector<S>; V]; N] {
    let k = b.rows;
    let columns: [&[F]; N] = slices(
        #[inline(always)]
        |j| &b.data[j * b.col_stride..][..k],
    );
    let whole = if const { 1 < U } { k / U * U } else { 0 };
    if const { 1 < U } {
        let blocks: [&[[F; U]]; N] = slices(
            #[inline(always)]
            |j| &columns[j].as_chunks().0[..k / U],
        );
        for block in 0..k / U {
            let left = a.columns.some(a.data, block * U, U, V * F::LANES);
            for u in 0..U {
                let left = load::<S, F, V>(simd, left(u));
                for (sums, column) in sums.iter_mut().zip(&blocks) {
                    multiply_add::<S, F, V>(simd, left, column[block][u], sums);
                }
            }
        }
    }
    for p in whole..k {
        let left = load::<S, F, V>(simd, a.columns.some(a.data, p, 1, V * F::LANES)(0));
        for (sums, column) in sums.iter_mut().zip(&columns) {
            multiply_add::<S, F, V>(simd, left, column[p], sums);
        }
    }
    sums
}

/// `sums += A B` where the rows of B are contiguous, as transposed weights are in a backward pass.
#[inline(always)]
fn by_rows<S: Simd, F: Float, P: Columns, const V: usize, const N: usize>(
    simd: S,
    a: Panel<F, P>,
    b: View<F>,
    sums: [[F::Vector<S>; V]; N],
) -> [[F::Vector<S>; V]; N] {
    match const { columns_at_once::<S, P>(V) } {
        2 => some_by_rows::<S, F, P, V, N, 2>(simd, a, b, sums),
        4 => some_by_rows::<S, F, P, V, N, 4>(simd, a, b, sums),
        _ => some_by_rows::<S, F, P, V, N, 1>(simd, a, b, sums),
    }
}

/// The same, `U` products of each sum at a time.
#[inline(always)]
fn some_by_rows<S: Simd, F: Float, P: Columns, const V: usize, const N: usize, const U: usize>(
    simd: S,
    a: Panel<F, P>,
    b: View<F>,
    mut sums: [[F::Vector<S>; V]; N],
) -> [[F::Vector<S>; V]; N] {
    let whole = if const { 1 < U } { b.rows / U * U } else { 0 };
    if const { 1 < U } {
        for first in (0..whole).step_by(U) {
            let left = a.columns.some(a.data, first, U, V * F::LANES);
            for u in 0..U {
                let left = load::<S, F, V>(simd, left(u));
                let row = &b.data[(first + u) * b.row_stride..][..N];
                for (sums, &b) in sums.iter_mut().zip(row) {
                    multiply_add::<S, F, V>(simd, left, b, sums);
                }
            }
        }
    }
    for p in whole..b.rows {
        let left = load::<S, F, V>(simd, a.columns.some(a.data, p, 1, V * F::LANES)(0));
        let row = &b.data[p * b.row_stride..][..N];
        for (sums, &b) in sums.iter_mut().zip(row) {
            multiply_add::<S, F, V>(simd, left, b, sums);
        }
    }
    sums
}

/// `sums += A B` for a tile of B, row by row, `U` products of each sum at a time: the places of a packed tile are one register's.
#[inline(always)]
fn by_tile<S: Simd, F: Float, const V: usize, const N: usize, const U: usize>(
    simd: S,
    a: &[F],
    b: &[F],
    mut sums: [[F::Vector<S>; V]; N],
) -> [[F::Vector<S>; V]; N] {
    let height = V * F::LANES;
    let rows = b.as_chunks::<N>().0;
    let (blocks, rest) = rows.as_chunks::<U>();
    for (left, rows) in a.chunks_exact(U * height).zip(blocks) {
        for u in 0..U {
            let left = load::<S, F, V>(simd, &left[u * height..(u + 1) * height]);
            for (sums, &b) in sums.iter_mut().zip(&rows[u]) {
                multiply_add::<S, F, V>(simd, left, b, sums);
            }
        }
    }
    for (left, row) in a[blocks.len() * U * height..].chunks_exact(height).zip(rest) {
        let left = load::<S, F, V>(simd, left);
        for (sums, &b) in sums.iter_mut().zip(row) {
            multiply_add::<S, F, V>(simd, left, b, sums);
        }
    }
    sums
}

/// The vectors of a column.
#[inline(always)]
fn load<S: Simd, F: Float, const V: usize>(simd: S, column: &[F]) -> [F::Vector<S>; V] {
    vectors::<S, F, V>(
        simd,
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
