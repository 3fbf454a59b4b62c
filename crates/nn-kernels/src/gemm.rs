//! The product of two matrices, for dense layers forward and back.

use std::ops::Range;

use fearless_simd::{Level, Simd};

use crate::level::is_wide;
use crate::pack::pack_right;
use crate::tile::{Apart, Panel, Together, k_block, most_columns, packed_tiles, panel, panel_height, panel_vectors};
use crate::{Float, View, level};

/// What a product starts from.
#[derive(Clone, Copy, Debug)]
pub enum Onto<'a, F> {
    /// Zero: the old contents of C are not read.
    Zero,
    /// The old contents of C.
    Old,
    /// One number for each column of C: the biases of a layer.
    Bias(&'a [F]),
}

impl<F> Onto<'_, F> {
    /// That of the columns from the one numbered `first` on.
    #[inline(always)]
    pub(crate) fn from(self, first: usize) -> Self {
        match self {
            Self::Bias(bias) => Self::Bias(&bias[first..]),
            other => other,
        }
    }
}

/// `C = init + A B`, on this thread.
///
/// Each element starts from `init` and adds its k products one after another, so its bits do not depend on the shape
/// around it.
///
/// # Shapes
/// `a`: m x k, `b`: k x n, any strides. `c`: m x n, column-major, columns `ldc >= m` apart. Any of m, n and k may be 0.
///
/// The left operand is packed in a buffer of this thread unless a copy is not worth it, and so is the right one where it meets many
/// rows.
pub fn gemm<F: Float>(a: View<F>, b: View<F>, init: Onto<F>, c: &mut [F], ldc: usize) {
    gemm_at(level(), a, b, init, c, ldc);
}

pub(crate) fn gemm_at<F: Float>(level: Level, a: View<F>, b: View<F>, init: Onto<F>, c: &mut [F], ldc: usize) {
    assert_eq!(a.cols, b.rows, "the columns of A are the rows of B");
    with_unit_stride(b, |b| {
        if is_used_where_it_lies(level, a, b.cols) {
            let left = Left { data: a.data, rows: a.rows, columns: a.cols, apart: Some(a.col_stride) };
            return F::gemm(level, left, b, init, c, ldc);
        }
        F::with_scratch(|buffer| {
            let data = buffer.get(a.rows.next_multiple_of(F::LANES) * a.cols);
            F::pack(level, a, a.cols, 0, data);
            let left = Left { data, rows: a.rows, columns: a.cols, apart: None };
            F::gemm(level, left, b, init, c, ldc);
        });
    });
}

/// `C = init + sum_i A_i B_i`, on this thread: the gradient of weights that several pairs of matrices have met, steps of a sequence or
/// phases of a machine. C is read and written once, where a product for each pair would do so for each.
///
/// The bits are those of the products one after another, in the order of the pairs. Without pairs C stays as it is.
///
/// # Shapes
/// `a_i`: m x k_i, `b_i`: k_i x n with contiguous columns, as many columns each. `c`: m x n, column-major, columns `ldc >= m` apart.
///
/// All of both operands is packed in buffers of this thread: pairs whose k add up to some hundred are enough at a time.
pub fn gemm_sum<F: Float>(pairs: &[(View<F>, View<F>)], init: Onto<F>, c: &mut [F], ldc: usize) {
    let &[(first, right), ref others @ ..] = pairs else { return };
    let (rows, columns) = (first.rows, right.cols);
    let terms = pairs.iter().map(|(a, _)| a.cols).sum();
    if others.is_empty() || terms == 0 {
        return gemm(first, right, init, c, ldc);
    }
    F::with_scratch(|left| {
        F::with_scratch(|right| {
            let data = left.get(rows.next_multiple_of(F::LANES) * terms);
            let right = right.get(terms * columns);
            let mut from = 0;
            for (a, b) in pairs {
                assert!(a.rows == rows && b.cols == columns && a.cols == b.rows && b.row_stride == 1);
                if b.rows == 0 {
                    continue;
                }
                F::pack(level(), *a, terms, from, data);
                for (j, column) in right.chunks_exact_mut(terms).enumerate() {
                    column[from..from + b.rows].copy_from_slice(&b.data[j * b.col_stride..][..b.rows]);
                }
                from += b.rows;
            }
            let left = Left { data, rows, columns: terms, apart: None };
            F::gemm(level(), left, View::new(right, terms, columns), init, c, ldc);
        });
    });
}

/// Gives `f` the same matrix with contiguous rows or columns. A copy is made for the rare view that has neither.
#[inline(always)]
fn with_unit_stride<F: Float>(b: View<F>, f: impl FnOnce(View<F>)) {
    if b.row_stride == 1 || b.col_stride == 1 {
        return f(b);
    }
    let mut copy = Vec::with_capacity(b.rows * b.cols);
    for j in 0..b.cols {
        copy.extend((0..b.rows).map(|i| b.data[i * b.row_stride + j * b.col_stride]));
    }
    f(View::new(&copy, b.rows, b.cols));
}

/// The left operand as the micro-kernel takes it.
#[derive(Clone, Copy, Debug)]
pub struct Left<'a, F> {
    data: &'a [F],
    rows: usize,
    columns: usize,
    /// How far its columns are apart where it is used as it lies; it is packed otherwise.
    apart: Option<usize>,
}

/// Whether the left operand needs no copy. Half registers take twice the instructions, of which a packed operand saves some, so there
/// only few columns are not worth a copy; whole ones do without, but for operands so high that their columns cost pages and cache sets.
fn is_used_where_it_lies<F: Float>(level: Level, a: View<F>, columns: usize) -> bool {
    let lies_well = a.row_stride == 1 && a.rows.is_multiple_of(F::LANES);
    lies_well && if is_wide(level) { a.rows <= 16 * F::LANES } else { columns < 24 }
}
/// Columns of B that all panels of A meet before the next ones: a block of them stays in a cache meanwhile, and so do those of C until
/// they are whole, where there are some thousand rows at most. A is read anew for each block, at a few bytes a cycle.
const fn block_columns<S: Simd>() -> usize {
    if panel_vectors::<S>() > 1 { 96 } else { 48 }
}
/// From so many panels of A on, a copy of B in the order of the inner loop costs less than it saves.
const MANY_PANELS: usize = 6;

/// `C = init + A B` for a B with contiguous rows or columns.
#[inline(always)]
pub(super) fn product<S: Simd, F: Float>(simd: S, left: Left<F>, b: View<F>, init: Onto<F>, c: &mut [F], ldc: usize) {
    let k = left.columns;
    assert!(k == b.rows && (ldc >= left.rows || b.cols <= 1));
    if left.rows == 0 || b.cols == 0 {
        return;
    }
    assert!(c.len() >= (b.cols - 1) * ldc + left.rows);
    // Without terms, any operand will do: this one has all its empty columns at the start of an empty slice.
    let b = if k == 0 { View { data: &[], row_stride: 1, col_stride: 0, ..b } } else { b };
    match left.apart {
        Some(apart) => few_columns(simd, left, apart, b, init, c, ldc),
        None if k < 1 || left.rows < MANY_PANELS * panel_height::<S, F>() => {
            by_blocks(simd, left, b, init, c, ldc, &mut []);
        }
        None => F::with_scratch(|room| {
            by_blocks(simd, left, b, init, c, ldc, room.get(k_block::<S>(false) * block_columns::<S>()));
        }),
    }
}

/// The product with a left operand that is used where it lies.
#[inline(always)]
fn few_columns<S: Simd, F: Float>(
    simd: S,
    left: Left<F>,
    apart: usize,
    b: View<F>,
    init: Onto<F>,
    c: &mut [F],
    ldc: usize,
) {
    let (k, height, most) = (left.columns, panel_height::<S, F>(), k_block::<S>(b.row_stride != 1));
    for from in (0..k.max(1)).step_by(most) {
        let rows = k.min(from + most) - from;
        let b = View { data: &b.data[from * b.row_stride..], rows, ..b };
        let init = if from == 0 { init } else { Onto::Old };
        for first in (0..left.rows).step_by(height) {
            let rows = height.min(left.rows - first);
            let data = left.data.get(first + from * apart..).unwrap_or_default();
            let a = Panel { data, columns: Apart(apart), vectors: rows.div_ceil(F::LANES), rows };
            panel(simd, a, b, init, &mut c[first..], ldc);
        }
    }
}

/// The product with a packed left operand, whose panels all meet one block of B before the next one: as a copy in `room`, if there is
/// any.
#[inline(always)]
fn by_blocks<S: Simd, F: Float>(
    simd: S,
    left: Left<F>,
    b: View<F>,
    init: Onto<F>,
    c: &mut [F],
    ldc: usize,
    room: &mut [F],
) {
    let k = left.columns;
    let most = k_block::<S>(room.is_empty() && b.row_stride != 1);
    for first in (0..b.cols).step_by(block_columns::<S>()) {
        for from in (0..k.max(1)).step_by(most) {
            let terms = from..k.min(from + most);
            let init = if from == 0 { init.from(first) } else { Onto::Old };
            let start = terms.start * b.row_stride + first * b.col_stride;
            let cols = block_columns::<S>().min(b.cols - first);
            let b = View { data: &b.data[start..], rows: terms.len(), cols, ..b };
            block(simd, (left, &terms), b, init, &mut c[first * ldc..], ldc, room);
        }
    }
}

/// `C = init + A B` for a block of B and some columns of A.
#[inline(always)]
fn block<S: Simd, F: Float>(
    simd: S,
    (left, terms): (Left<F>, &Range<usize>),
    b: View<F>,
    init: Onto<F>,
    c: &mut [F],
    ldc: usize,
    room: &mut [F],
) {
    // The columns that fill no tile are used where they lie.
    let width = const { most_columns::<S>(panel_vectors::<S>()) };
    let whole = if room.is_empty() { 0 } else { b.cols / width * width };
    let packed = &mut room[..whole * b.rows];
    match width {
        _ if whole == 0 => {}
        6 => pack_right::<F, 6>(b, packed),
        _ => pack_right::<F, 3>(b, packed),
    }
    let height = panel_height::<S, F>();
    for first in (0..left.rows).step_by(height) {
        let c = &mut c[first..];
        let rows = height.min(left.rows - first);
        let padded = rows.next_multiple_of(F::LANES);
        let data = &left.data[first * left.columns + terms.start * padded..][..terms.len() * padded];
        let a = Panel { data, columns: Together, vectors: padded / F::LANES, rows };
        match width {
            _ if whole == 0 => {}
            6 => packed_tiles::<S, F, 6>(simd, a, packed, init, c, ldc),
            _ => packed_tiles::<S, F, 3>(simd, a, packed, init, c, ldc),
        }
        if whole < b.cols {
            panel(simd, a, b.columns(whole..b.cols), init.from(whole), &mut c[whole * ldc..], ldc);
        }
    }
}
