//! The products of dense and convolutional layers, spread over threads where they are large.
//!
//! Models never multiply matrices of size by nalgebra's `*` or `tr_mul`: a product with a row-strided view as its left
//! operand can corrupt memory there (dimforge/nalgebra, pull request 1613), and `tr_mul` is some twelve times slower
//! than the same product with swapped strides (issue 717).
//!
//! Every element of a result is summed in the order of its inner index, so neither the cut nor the number of threads
//! shows in the bits.

use crate::kernels::{self, Conv, Onto, View};
use crate::{Scalar, threads};
use std::ops::Range;

/// Columns of a product that one run of the kernel takes; the cut over threads is a multiple of it.
const COLUMNS: usize = 6;

/// `Y = X W + 1 b^T`.
///
/// # Shapes
/// x: lanes × inputs, w: inputs × outputs, b: outputs, y: lanes × outputs; all column-major.
pub fn forward<F: Scalar>(lanes: usize, x: &[F], w: &[F], b: &[F], y: &mut [F]) {
    let (inputs, outputs) = (x.len() / lanes, b.len());
    if lanes != 1 {
        return product(View::new(x, lanes, inputs), View::new(w, inputs, outputs), Onto::Bias(b), y);
    }
    threads::for_columns(y, 1, COLUMNS, x.len() * outputs, |first, y| {
        let w = &w[first * inputs..][..y.len() * inputs];
        kernels::gemv_t(w, x, Onto::Bias(&b[first..][..y.len()]), y);
    });
}

/// `dW += X^T dY`, `db += dY^T 1`; [`Onto::Zero`] says that dW need not be read, because it is zero.
///
/// # Shapes
/// x: lanes × inputs, dy: lanes × outputs, dw: inputs × outputs, db: outputs.
pub fn weight_gradient<F: Scalar>(lanes: usize, x: &[F], dy: &[F], init: Onto<'_, F>, dw: &mut [F], db: &mut [F]) {
    let (inputs, outputs) = (x.len() / lanes, db.len());
    kernels::sum_columns(dy, lanes, db);
    let x = View::new(x, lanes, inputs).transposed();
    threads::for_columns(dw, inputs, COLUMNS, x.data.len() * outputs, |first, dw| {
        let count = dw.len() / inputs;
        let dy = &dy[first * lanes..][..count * lanes];
        match lanes {
            1 => kernels::ger(x.data, dy, dw),
            _ => kernels::gemm(x, View::new(dy, lanes, count), init, dw, inputs),
        }
    });
}

/// `dX = dY W^T`.
///
/// # Shapes
/// dy: lanes × outputs, w: inputs × outputs, dx: lanes × inputs.
pub fn input_gradient<F: Scalar>(lanes: usize, dy: &[F], w: &[F], dx: &mut [F]) {
    let (inputs, outputs) = (dx.len() / lanes, dy.len() / lanes);
    if lanes == 1 {
        dx.fill(F::ZERO);
        return kernels::gemv_n(w, dy, dx);
    }
    product(View::new(dy, lanes, outputs), View::new(w, inputs, outputs).transposed(), Onto::Zero, dx);
}

/// The sums of a convolution; see [`Conv::forward`].
///
/// # Shapes
/// `frame`: that of x by [`Conv::frame`]. `w`: taps × maps. `b`: maps. `y`: lanes × (maps, rows, columns).
pub fn conv_forward<F: Scalar>(conv: &Conv, lanes: usize, frame: &[F], w: &[F], b: &[F], y: &mut [F]) {
    let (map, cost) = (y.len() / b.len(), y.len() * conv.taps());
    threads::for_columns(y, map, COLUMNS, cost, |first, y| {
        let maps = first..first + y.len() / map;
        conv.forward(frame, lanes, &w[maps.start * conv.taps()..maps.end * conv.taps()], &b[maps], y);
    });
}

/// Adds the gradients of a convolution's weights and biases; see [`Conv::weight_gradient`].
///
/// # Shapes
/// As [`conv_forward`]; `dy`: of [`Conv::gradient_rows`].
pub fn conv_weight_gradient<F: Scalar>(conv: &Conv, lanes: usize, frame: &[F], dy: &[F], dw: &mut [F], db: &mut [F]) {
    let (map, cost) = (dy.len() / db.len(), dy.len() * conv.taps());
    kernels::sum_columns(dy, map, db);
    threads::for_columns(dw, conv.taps(), COLUMNS, cost, |first, dw| {
        let maps = first..first + dw.len() / conv.taps();
        conv.weight_gradient(frame, lanes, &dy[maps.start * map..maps.end * map], dw);
    });
}

/// `C = init + A B`, its columns spread over threads where they are many.
///
/// # Shapes
/// `a`: m × k, `b`: k × n, any strides; `c`: m × n, column-major; a bias of `init`: n.
pub fn product<F: Scalar>(a: View<'_, F>, b: View<'_, F>, init: Onto<'_, F>, c: &mut [F]) {
    let rows = a.rows;
    if c.is_empty() {
        return;
    }
    threads::for_columns(c, rows, COLUMNS, rows * a.cols * b.cols, |first, c| {
        let columns = first..first + c.len() / rows;
        kernels::gemm(a, b.columns(columns.clone()), of_columns(init, &columns), c, rows);
    });
}

/// What these columns start from.
fn of_columns<'a, F>(init: Onto<'a, F>, columns: &Range<usize>) -> Onto<'a, F> {
    match init {
        Onto::Bias(bias) => Onto::Bias(&bias[columns.clone()]),
        other => other,
    }
}

/// `C = init + sum_i A_i B_i`, its columns spread over threads where they are many; see [`kernels::gemm_sum`]. Without pairs C stays as
/// it is.
///
/// # Shapes
/// `a_i`: m × k_i; `b_i`: k_i × n with contiguous columns; `c`: m × n, column-major.
pub fn product_sum<F: Scalar>(pairs: &[(View<'_, F>, View<'_, F>)], init: Onto<'_, F>, c: &mut [F]) {
    let Some(&(a, b)) = pairs.first().filter(|_| !c.is_empty()) else { return };
    let rows = a.rows;
    let terms: usize = pairs.iter().map(|(a, _)| a.cols).sum();
    threads::for_columns(c, rows, COLUMNS, rows * terms * b.cols, |first, c| {
        let columns = first..first + c.len() / rows;
        let init = of_columns(init, &columns);
        let pairs: Vec<_> = pairs.iter().map(|&(a, b)| (a, b.columns(columns.clone()))).collect();
        kernels::gemm_sum(&pairs, init, c, rows);
    });
}

/// Multiply-adds that take as long as one logistic function.
const LOGISTIC: usize = 24;

/// `y = 1 / (1 + e^-y)`, number by number, spread over threads where they are many.
pub fn sigmoid<F: Scalar>(y: &mut [F]) {
    let cost = y.len() * LOGISTIC;
    threads::for_columns(y, 256, 1, cost, |_, y| kernels::sigmoid(y));
}

/// Multiply-adds that take as long as a look at one number that comes from memory.
const LOOK: usize = 8;
/// Numbers that a thread looks at, at a time.
const LOOKED_AT_ONCE: usize = 1 << 17;

/// Whether no number is infinite or NaN; as [`holds_of_all`].
pub fn all_finite<F: Scalar>(x: &[F]) -> bool {
    holds_of_all(x, kernels::all_finite)
}

/// Whether it holds of each part of x, however it is cut: all threads look where there are many numbers, since one alone does not read
/// as fast as memory gives.
pub fn holds_of_all<F: Scalar>(x: &[F], holds: impl Fn(&[F]) -> bool + Sync) -> bool {
    if x.len() <= LOOKED_AT_ONCE {
        return holds(x);
    }
    let mut parts: Vec<(&[F], bool)> = x.chunks(LOOKED_AT_ONCE).map(|part| (part, true)).collect();
    threads::side_by_side_for(x.len() * LOOK, &mut parts, |_, (part, told)| *told = holds(part));
    parts.iter().all(|(_, told)| *told)
}

/// `y = x^2`, number by number.
///
/// # Shapes
/// `x` and `y` are as long.
pub fn square<F: Scalar>(x: &[F], y: &mut [F]) {
    y.iter_mut().zip(x).for_each(|(y, &x)| *y = x * x);
}

/// The Euclidean norm `sqrt(sum_i x_i^2)`, of which no square overflows; infinite where one of the numbers is.
pub fn norm<F: Scalar>(x: &[F]) -> f64 {
    let most = x.iter().fold(0.0, |most: f64, number| most.max(number.to_f64().abs()));
    if most == 0.0 || !most.is_finite() {
        return most;
    }
    most * x.iter().map(|number| (number.to_f64() / most).powi(2)).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_norm_is_told_where_its_square_is_beyond_the_float() {
        assert!((norm(&[3e300, -4e300]) / 5e300 - 1.0).abs() < 1e-15);
        assert!((norm(&[3e-30_f32, 4e-30]) / 5e-30 - 1.0).abs() < 1e-6);
        assert_eq!((norm::<f32>(&[]), norm(&[0.0, f64::INFINITY])), (0.0, f64::INFINITY));
    }

    #[test]
    fn the_one_number_of_many_that_is_not_finite_is_seen() {
        let mut x = vec![1.5_f32; 3 * LOOKED_AT_ONCE + 7];
        assert!(all_finite(&x) && all_finite::<f64>(&[]));
        for at in [0, LOOKED_AT_ONCE - 1, LOOKED_AT_ONCE, x.len() - 1] {
            x[at] = f32::NAN;
            assert!(!all_finite(&x), "{at}");
            x[at] = 1.5;
        }
    }
}
