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
            F::pack(level, a, data);
            let left = Left { data, rows: a.rows, columns: a.cols, apart: None };
            F::gemm(level, left, b, init, c, ldc);
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
/// Columns of B that all panels of A meet before the next ones: a block of them stays in a cache meanwhile.
const COLUMNS: usize = 48;
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
            by_blocks(simd, left, b, init, c, ldc, room.get(k_block::<S>() * COLUMNS));
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
    let (k, height) = (left.columns, panel_height::<S, F>());
    for from in (0..k.max(1)).step_by(k_block::<S>()) {
        let rows = k.min(from + k_block::<S>()) - from;
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
    for from in (0..k.max(1)).step_by(k_block::<S>()) {
        let terms = from..k.min(from + k_block::<S>());
        let init = if from == 0 { init } else { Onto::Old };
        for first in (0..b.cols).step_by(COLUMNS) {
            let start = terms.start * b.row_stride + first * b.col_stride;
            let b = View { data: &b.data[start..], rows: terms.len(), cols: COLUMNS.min(b.cols - first), ..b };
            block(simd, (left, &terms), b, init.from(first), &mut c[first * ldc..], ldc, room);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::levels;
    use crate::numbers;

    fn check<F: Float>(level: Level, (m, n, k): (usize, usize, usize)) {
        let (a, b) = (numbers::<F>(m * k, 1), numbers::<F>(k * n, 2));
        let bias = numbers::<F>(n, 3);
        let ldc = m + 3;
        for init in [Onto::Zero, Onto::Old, Onto::Bias(&bias)] {
            for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
                let av = if ta { View::new(&a, k, m).transposed() } else { View::new(&a, m, k) };
                let bv = if tb { View::new(&b, n, k).transposed() } else { View::new(&b, k, n) };
                let old = numbers::<F>(ldc * n.max(1), 4);
                let mut c = old.clone();
                gemm_at(level, av, bv, init, &mut c, ldc);
                for j in 0..n {
                    for i in 0..ldc {
                        let start = match init {
                            _ if i >= m => old[i + j * ldc],
                            Onto::Zero => F::default(),
                            Onto::Old => old[i + j * ldc],
                            Onto::Bias(bias) => bias[j],
                        };
                        let terms = if i < m { k } else { 0 };
                        let sum = (0..terms).fold(start.to_f64(), |sum, p| {
                            let x = av.data[i * av.row_stride + p * av.col_stride].to_f64();
                            sum + x * bv.data[p * bv.row_stride + j * bv.col_stride].to_f64()
                        });
                        assert_eq!(c[i + j * ldc].to_f64(), sum, "{m} {n} {k} at {i} {j}");
                    }
                }
            }
        }
    }

    #[test]
    fn any_shape_agrees_with_the_definition() {
        for level in levels() {
            for m in [0, 1, 5, 8, 16, 17, 33, 64, 80, 130] {
                for n in [0, 1, 2, 5, 7, 10, 13, 25, 53] {
                    for k in [0, 1, 3, 16, 37, 130, 260] {
                        check::<f32>(level, (m, n, k));
                        check::<f64>(level, (m, n, k));
                    }
                }
            }
        }
    }

    #[test]
    fn views_with_two_strides_are_products_too() {
        let a = numbers::<f64>(4 * 6, 1);
        let every_second = View::with_strides(&a, 2, 3, 2, 8);
        let mut c = [0.0; 4];
        gemm(every_second.columns(0..2).transposed(), every_second.columns(1..3), Onto::Zero, &mut c, 2);
        assert_eq!(c[0], a[0] * a[8] + a[2] * a[10]);
    }

    #[test]
    fn an_element_has_the_same_bits_in_every_shape() {
        let k = 300;
        let x: Vec<f32> = (0..64 * k).map(|i| (i as f32).sin()).collect();
        let w: Vec<f32> = (0..k * 13).map(|i| (i as f32).cos()).collect();
        let product = |m: usize, n: usize, padded: usize| {
            let mut c = vec![0.0; m * n];
            let packed: Vec<f32> =
                (0..k).flat_map(|p| (0..padded).map(move |i| (i, p))).map(|(i, p)| x[i % 64 + p * 64]).collect();
            gemm(View::with_strides(&packed, m, k, 1, padded), View::new(&w, k, n), Onto::Zero, &mut c, m);
            c
        };
        let all = product(64, 13, 64);
        for (m, n) in [(16, 13), (32, 5), (48, 1), (7, 13), (64, 10), (1, 1)] {
            let part = product(m, n, 64);
            for j in 0..n {
                assert_eq!(part[j * m..(j + 1) * m], all[j * 64..j * 64 + m], "{m} x {n}");
            }
        }
    }

    #[test]
    fn a_split_of_the_columns_does_not_show_in_the_bits() {
        let (a, b): (Vec<f32>, Vec<f32>) =
            ((0..50 * 70).map(|i| (i as f32).sin()).collect(), (0..50 * 9).map(|i| (i as f32).cos()).collect());
        let (a, b) = (View::new(&a, 50, 70).transposed(), View::new(&b, 50, 9));
        let mut whole = vec![0.0; 70 * 9];
        gemm(a, b, Onto::Zero, &mut whole, 70);
        let mut split = vec![0.0; 70 * 9];
        let (left, right) = split.split_at_mut(70 * 4);
        gemm(a, b.columns(0..4), Onto::Zero, left, 70);
        gemm(a, b.columns(4..9), Onto::Zero, right, 70);
        assert_eq!(whole, split);
    }

    #[test]
    fn levels_that_fuse_multiply_and_add_give_the_same_bits() {
        let (a, b): (Vec<f32>, Vec<f32>) =
            ((0..64 * 200).map(|i| (i as f32).sin()).collect(), (0..200 * 11).map(|i| (i as f32).cos()).collect());
        let product = |level| {
            let mut c = vec![0.0; 64 * 11];
            gemm_at(level, View::new(&a, 64, 200), View::new(&b, 200, 11), Onto::Zero, &mut c, 64);
            c
        };
        let fused: Vec<_> = levels().into_iter().skip(1).map(product).collect();
        assert!(fused.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
