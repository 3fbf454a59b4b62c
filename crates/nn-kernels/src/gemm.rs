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
/// The left operand is packed in a buffer of this thread unless a copy is not worth it, and so is the right one where that saves the
/// inner loop more than it costs.
pub fn gemm<F: Float>(a: View<F>, b: View<F>, init: Onto<F>, c: &mut [F], ldc: usize) {
    gemm_at(level(), a, b, init, c, ldc);
}

pub(crate) fn gemm_at<F: Float>(level: Level, a: View<F>, b: View<F>, init: Onto<F>, c: &mut [F], ldc: usize) {
    assert_eq!(a.cols, b.rows, "the columns of A are the rows of B");
    with_unit_stride(b, |b| {
        if is_used_where_it_lies(level, a, b) {
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

impl<'a, F: Float> Left<'a, F> {
    /// These columns of the panel that begins at row `first`, of a matrix that is used as it lies.
    #[inline(always)]
    fn lying_panel(self, apart: usize, first: usize, height: usize, terms: &Range<usize>) -> Panel<'a, F, Apart> {
        let rows = height.min(self.rows - first);
        // Without terms it has no numbers.
        let data = self.data.get(first + terms.start * apart..).unwrap_or_default();
        Panel { data, columns: Apart(apart), vectors: rows.div_ceil(F::LANES), rows }
    }

    /// The same of a packed one.
    #[inline(always)]
    fn packed_panel(self, first: usize, height: usize, terms: &Range<usize>) -> Panel<'a, F, Together> {
        let rows = height.min(self.rows - first);
        let padded = rows.next_multiple_of(F::LANES);
        let data = &self.data[first * self.columns + terms.start * padded..][..terms.len() * padded];
        Panel { data, columns: Together, vectors: padded / F::LANES, rows }
    }
}

/// Whether the left operand needs no copy. Half registers take twice the instructions, of which a packed operand saves some, so there
/// only few columns are not worth a copy; whole ones do without, but for operands so high that their columns cost pages and cache sets,
/// or where the right operand is packed, whose tiles want packed panels.
fn is_used_where_it_lies<F: Float>(level: Level, a: View<F>, b: View<F>) -> bool {
    if a.row_stride != 1 || !a.rows.is_multiple_of(F::LANES) {
        return false;
    }
    if is_wide(level) {
        let panels = a.rows.div_ceil(WIDE_PANEL * F::LANES);
        panels <= 4 && !is_right_packed(true, panels, b)
    } else {
        b.cols < 24
    }
}

/// Vectors of rows in a panel where registers are wide.
const WIDE_PANEL: usize = 4;

/// Whether so many panels of A are enough that a copy of B in the order of the inner loop costs less than it saves: with wide registers
/// only pages, where rows of B lie apart.
#[inline(always)]
fn is_right_packed<F>(is_wide: bool, panels: usize, b: View<F>) -> bool {
    if is_wide { b.row_stride != 1 && 2 < panels && 6 <= b.cols } else { 6 <= panels }
}

/// Columns of B, at most, that all panels of A meet before the next ones: a block of them stays in a cache meanwhile. A is read anew for
/// each block, at a few bytes a cycle.
const fn block_columns<S: Simd>() -> usize {
    if panel_vectors::<S>() == WIDE_PANEL { 96 } else { 48 }
}

/// How B is cut into blocks.
struct Cut<'a, F> {
    /// Rows of a block at most.
    rows: usize,
    /// Where a block is copied to in the order of the inner loop; empty where it is used as it lies.
    room: &'a mut [F],
}

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
    let panels = left.rows.div_ceil(panel_height::<S, F>());
    let is_wide = panel_vectors::<S>() == WIDE_PANEL;
    if left.apart.is_none() && 0 < k && is_right_packed(is_wide, panels, b) {
        F::with_scratch(|room| {
            // Packed rows lie side by side.
            let rows = k_block::<S>(1);
            let room = room.get(rows * block_columns::<S>());
            by_blocks(simd, left, b, init, c, ldc, Cut { rows, room });
        });
    } else {
        let rows = k_block::<S>(b.row_stride.saturating_mul(size_of::<F>()));
        by_blocks(simd, left, b, init, c, ldc, Cut { rows, room: &mut [] });
    }
}

/// The product, block of B by block. All panels of A meet one before the next.
#[inline(always)]
fn by_blocks<S: Simd, F: Float>(
    simd: S,
    left: Left<F>,
    b: View<F>,
    init: Onto<F>,
    c: &mut [F],
    ldc: usize,
    cut: Cut<F>,
) {
    let k = left.columns;
    let (across, down) = (b.cols.div_ceil(block_columns::<S>()), k.div_ceil(cut.rows).max(1));
    // Even blocks, of whole tiles: 100 columns are 54 and 46, not 96 and 4.
    let width = b.cols.div_ceil(across).next_multiple_of(6);
    for number in 0..across * down {
        // One block below the other, so that columns of C are whole before the next ones; but where wide registers take rows that lie
        // apart, one beside the other, while the pages of these rows are remembered.
        let is_below = b.row_stride == 1 || panel_vectors::<S>() != WIDE_PANEL;
        let (column, row) = if is_below { (number / down, number % down) } else { (number % across, number / across) };
        let (first, from) = (column * width, row * cut.rows);
        let Some(columns) = b.cols.checked_sub(first).filter(|&left| 0 < left) else { continue };
        let terms = from..k.min(from + cut.rows);
        let init = if from == 0 { init.from(first) } else { Onto::Old };
        let data = &b.data[from * b.row_stride + first * b.col_stride..];
        let b = View { data, rows: terms.len(), cols: width.min(columns), ..b };
        block(simd, (left, &terms), b, init, &mut c[first * ldc..], ldc, &mut *cut.room);
    }
}

/// `C = init + A B` for a block of B and the columns of A that meet it.
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
    if 0 < whole {
        // With the level's own instructions: what holds the room is compiled without them.
        simd.vectorize(
            #[inline(always)]
            || match width {
                6 => pack_right::<F, 6>(b, packed),
                _ => pack_right::<F, 3>(b, packed),
            },
        );
    }
    let height = panel_height::<S, F>();
    for first in (0..left.rows).step_by(height) {
        let c = &mut c[first..];
        if let Some(apart) = left.apart {
            panel(simd, left.lying_panel(apart, first, height, terms), b, init, c, ldc);
            continue;
        }
        let a = left.packed_panel(first, height, terms);
        match width {
            _ if whole == 0 => {}
            6 => packed_tiles::<S, F, 6>(simd, a, packed, b.rows, init, c, ldc),
            _ => packed_tiles::<S, F, 3>(simd, a, packed, b.rows, init, c, ldc),
        }
        if whole < b.cols {
            panel(simd, a, b.columns(whole..b.cols), init.from(whole), &mut c[whole * ldc..], ldc);
        }
    }
}
