//! The product of two matrices, for dense layers forward and back.

use fearless_simd::{Level, Simd};

use crate::kernels::tile::{Apart, K_BLOCK, Panel, panel, panel_height};
use crate::kernels::{Float, View, level};

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

/// `C = init + A B`, on this thread.
///
/// Each element starts from `init` and adds its k products one after another, so its bits do not depend on the shape
/// around it.
///
/// # Shapes
/// `a`: m x k, `b`: k x n, any strides. `c`: m x n, column-major, columns `ldc >= m` apart. Any of m, n and k may be 0.
///
/// A left operand of unit row stride and whole vectors, such as a shard of samples, is used where it lies; another is
/// packed in a buffer of this thread.
pub fn gemm<F: Float>(a: View<F>, b: View<F>, init: Onto<F>, c: &mut [F], ldc: usize) {
    gemm_at(level(), a, b, init, c, ldc);
}

pub(crate) fn gemm_at<F: Float>(level: Level, a: View<F>, b: View<F>, init: Onto<F>, c: &mut [F], ldc: usize) {
    assert_eq!(a.cols, b.rows, "the columns of A are the rows of B");
    with_unit_stride(b, |b| {
        // Beyond a few panels the strided columns of A cost more pages and cache sets than a packed copy.
        if a.row_stride == 1 && a.rows.is_multiple_of(F::LANES) && a.rows <= 16 * F::LANES {
            let left = Left { data: a.data, rows: a.rows, packed: false, stride: a.col_stride };
            F::gemm(level, left, a.cols, b, init, c, ldc);
        } else {
            F::with_scratch(|buffer| {
                let data = buffer.get(a.rows.next_multiple_of(F::LANES) * a.cols);
                F::pack(level, a, data);
                let left = Left { data, rows: a.rows, packed: true, stride: 0 };
                F::gemm(level, left, a.cols, b, init, c, ldc);
            });
        }
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

/// The left operand, ready for the micro-kernel.
#[derive(Clone, Copy, Debug)]
pub struct Left<'a, F> {
    data: &'a [F],
    rows: usize,
    packed: bool,
    /// Distance of two columns, if not packed.
    stride: usize,
}

/// `C = init + A B` for a B with contiguous rows or columns.
#[inline(always)]
pub(super) fn product<S: Simd, F: Float>(
    simd: S,
    left: Left<F>,
    k: usize,
    b: View<F>,
    init: Onto<F>,
    c: &mut [F],
    ldc: usize,
) {
    assert!(k == b.rows && (ldc >= left.rows || b.cols <= 1));
    if left.rows == 0 || b.cols == 0 {
        return;
    }
    assert!(c.len() >= (b.cols - 1) * ldc + left.rows);
    // Without terms, any operand will do: this one has all its empty columns at the start of an empty slice.
    let b = if k == 0 { View { data: &[], row_stride: 1, col_stride: 0, ..b } } else { b };
    let height = panel_height::<S, F>();
    for from in (0..k.max(1)).step_by(K_BLOCK) {
        let to = k.min(from + K_BLOCK);
        let b = View { data: &b.data[from * b.row_stride..], rows: to - from, ..b };
        let init = if from == 0 { init } else { Onto::Old };
        for first in (0..left.rows).step_by(height) {
            let rows = height.min(left.rows - first);
            let padded = rows.next_multiple_of(F::LANES);
            let (stride, start) = if left.packed {
                (padded, first * k + from * padded)
            } else {
                (left.stride, first + from * left.stride)
            };
            let data = left.data.get(start..).unwrap_or(&[]);
            let a = Panel { data, columns: Apart(stride), vectors: padded / F::LANES, rows };
            panel(simd, a, b, init, &mut c[first..], ldc);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::level::levels;
    use crate::kernels::numbers;

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
                for n in [0, 1, 2, 5, 7, 10, 13, 25] {
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
