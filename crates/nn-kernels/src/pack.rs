//! Matrices as strided views, and the left operand of a product rearranged for the micro-kernel.

use std::ops::Range;

use fearless_simd::{Simd, SimdBase};

use crate::arrays::slices;
use crate::float::load;
use crate::{Float, tile};

/// A matrix somewhere in a slice: element (i, j) is `data[i * row_stride + j * col_stride]`.
#[derive(Clone, Copy, Debug)]
pub struct View<'a, F> {
    /// The slice.
    pub data: &'a [F],
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub cols: usize,
    /// Distance of two rows of a column.
    pub row_stride: usize,
    /// Distance of two columns of a row.
    pub col_stride: usize,
}

impl<'a, F: Float> View<'a, F> {
    /// A dense column-major matrix. Panics if `data` is too short.
    pub fn new(data: &'a [F], rows: usize, cols: usize) -> Self {
        Self::with_strides(data, rows, cols, 1, rows)
    }

    /// Any strides. Panics if an element would lie outside `data`.
    pub fn with_strides(data: &'a [F], rows: usize, cols: usize, row_stride: usize, col_stride: usize) -> Self {
        if rows > 0 && cols > 0 {
            assert!(
                (rows - 1) * row_stride + (cols - 1) * col_stride < data.len(),
                "a {rows} x {cols} view of {} numbers",
                data.len()
            );
        }
        Self { data, rows, cols, row_stride, col_stride }
    }

    /// The transpose: no number moves.
    pub fn transposed(self) -> Self {
        Self { rows: self.cols, cols: self.rows, row_stride: self.col_stride, col_stride: self.row_stride, ..self }
    }

    /// A range of columns, for a caller that splits a product over threads.
    pub fn columns(self, range: Range<usize>) -> Self {
        assert!(range.start <= range.end && range.end <= self.cols);
        let from = (range.start * self.col_stride).min(self.data.len());
        Self { data: &self.data[from..], cols: range.len(), ..self }
    }
}

/// Writes `b` in tiles of `N` columns, one after another, the rows of a tile side by side. Columns that fill no tile are left out.
///
/// Fills `out`, of `b.rows` times the columns of all tiles. One of `b`'s strides is 1.
#[inline(always)]
pub(super) fn pack_right<F: Float, const N: usize>(b: View<F>, out: &mut [F]) {
    for (tile, out) in out.chunks_exact_mut(N * b.rows).enumerate() {
        let data = &b.data[tile * N * b.col_stride..];
        // As long as the columns: no place of either is checked.
        let rows = &mut out.as_chunks_mut::<N>().0[..b.rows];
        if b.row_stride == 1 {
            let columns: [&[F]; N] = slices(
                #[inline(always)]
                |j| &data[j * b.col_stride..][..b.rows],
            );
            for p in 0..b.rows {
                rows[p] = std::array::from_fn(
                    #[inline(always)]
                    |j| columns[j][p],
                );
            }
        } else {
            for (p, row) in rows.iter_mut().enumerate() {
                row.copy_from_slice(&data[p * b.row_stride..][..N]);
            }
        }
    }
}

/// Writes `a` in panels, the rows of a panel side by side for each column and padded with zeros to whole vectors: as the columns from
/// `from` on of a matrix that has `all` of them.
///
/// Fills its part of `out`, of `a.rows` rounded up to whole vectors times `all`.
#[inline(always)]
pub(super) fn pack_into<S: Simd, F: Float>(simd: S, a: View<F>, all: usize, from: usize, out: &mut [F]) {
    let height = tile::panel_height::<S, F>();
    let (rows, cols) = (a.rows, a.cols);
    if cols == 0 {
        return;
    }
    for (panel, out) in out.chunks_mut(height * all).enumerate() {
        let first = panel * height;
        let height = out.len() / all;
        let out = &mut out[from * height..][..cols * height];
        for (group, lane) in (0..height).step_by(F::LANES).enumerate() {
            let row = first + group * F::LANES;
            let here = F::LANES.min(rows - row);
            if a.row_stride == 1 {
                pack_columns::<S, F>(simd, a, row, here, &mut out[lane..], height);
            } else {
                pack_rows::<S, F>(simd, a, row, here, &mut out[lane..], height);
            }
        }
    }
}

/// Rows that lie side by side already: copied vector by vector.
#[inline(always)]
fn pack_columns<S: Simd, F: Float>(simd: S, a: View<F>, row: usize, here: usize, out: &mut [F], height: usize) {
    for (p, out) in (0..a.cols).zip(out.chunks_mut(height)) {
        let from = &a.data[row + p * a.col_stride..][..here];
        load::<S, F>(simd, from).store_slice(&mut out[..F::LANES]);
    }
}

/// Rows apart: squares of LANES x LANES are transposed in registers where the columns lie side by side, the rest is
/// copied one by one.
#[inline(always)]
fn pack_rows<S: Simd, F: Float>(simd: S, a: View<F>, row: usize, here: usize, out: &mut [F], height: usize) {
    let squares = if a.col_stride == 1 && here == F::LANES { a.cols - a.cols % F::LANES } else { 0 };
    for p in (0..squares).step_by(F::LANES) {
        let from = &a.data[row * a.row_stride + p..];
        transpose::<S, F>(simd, from, a.row_stride, &mut out[p * height..], height);
    }
    for (p, out) in (0..a.cols).zip(out.chunks_mut(height)).skip(squares) {
        for (r, out) in out[..F::LANES].iter_mut().enumerate() {
            *out = if r < here { a.data[(row + r) * a.row_stride + p * a.col_stride] } else { F::default() };
        }
    }
}

/// Transposes a square of LANES x LANES: `out[i + j * out_stride] = from[j + i * stride]`.
#[inline(always)]
fn transpose<S: Simd, F: Float>(simd: S, from: &[F], stride: usize, out: &mut [F], out_stride: usize) {
    transpose_square::<S, F>(
        #[inline(always)]
        |i| F::Vector::<S>::from_slice(simd, &from[i * stride..][..F::LANES]),
        #[inline(always)]
        |j, vector| vector.store_slice(&mut out[j * out_stride..][..F::LANES]),
    );
}

/// A perfect shuffle of the vectors' lanes, log2 LANES times over, transposes the square they hold.
///
/// Written out by number: as loops over an array, the compiler kept the sixteen vectors of f32 in memory, ten times
/// slower.
macro_rules! shuffle {
    ($load:ident, $store:ident, $float:ident, [$($i:literal)*], [$($low:literal $high:literal),*]) => {
        let square = [$($load($i)),*];
        let square = [$(square[$low].zip_low(square[$high]), square[$low].zip_high(square[$high])),*];
        let square = [$(square[$low].zip_low(square[$high]), square[$low].zip_high(square[$high])),*];
        let square = [$(square[$low].zip_low(square[$high]), square[$low].zip_high(square[$high])),*];
        let square = if $float::LANES == 16 {
            [$(square[$low].zip_low(square[$high]), square[$low].zip_high(square[$high])),*]
        } else {
            square
        };
        $($store($i, square[$i]);)*
    };
}

/// Transposes LANES vectors: lane i of the j-th vector handed to `store` is lane j of the i-th from `load`.
#[inline(always)]
pub(crate) fn transpose_square<S: Simd, F: Float>(
    load: impl Fn(usize) -> F::Vector<S>,
    mut store: impl FnMut(usize, F::Vector<S>),
) {
    if F::LANES == 16 {
        shuffle!(load, store, F, [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15], [0 8, 1 9, 2 10, 3 11, 4 12, 5 13, 6 14, 7 15]);
    } else {
        shuffle!(load, store, F, [0 1 2 3 4 5 6 7], [0 4, 1 5, 2 6, 3 7]);
    }
}
