//! What bias and linear tail explain, the columns P of a design: they may say a thing twice, or nothing.

use crate::linear::{svd, times};
use nn_core::linalg::norm;
use nn_core::nalgebra::{DMatrix, SVD};

/// Sums of products have lost what is a smaller share of them.
pub(crate) const LOST: f64 = 1e-10;

/// What the columns of P span, told by their triangle R.
#[derive(Debug)]
pub(crate) struct Spanned {
    /// `P inverse` has orthonormal columns, as many as P has of its own: p × o.
    pub(crate) inverse: DMatrix<f64>,
    /// `R inverse`: p × o.
    pub(crate) along: DMatrix<f64>,
    /// The rest of an orthonormal basis: p × (p - o).
    pub(crate) beside: DMatrix<f64>,
}

/// With `R D = U S V^T`, D making all columns as long, since a feature that is small is no rounding: `inverse = D V / S` where S is
/// more than the rounding of so many samples.
pub(crate) fn spanned(mut r: DMatrix<f64>, samples: usize) -> Option<Spanned> {
    let size = r.nrows();
    let lengths: Vec<f64> = r.column_iter().map(|column| norm(column.as_slice())).collect();
    let lengths: Vec<f64> = lengths.into_iter().map(|length| if length == 0.0 { 1.0 } else { length }).collect();
    r.column_iter_mut().zip(&lengths).for_each(|(mut column, &length)| column /= length);
    let svd = svd(r)?;
    let (u, v, s) = (svd.u?, svd.v_t?, svd.singular_values);
    let rounding = f64::EPSILON * samples.max(size) as f64 * s.iter().copied().fold(0.0, f64::max);
    let (own, others): (Vec<usize>, Vec<usize>) = (0..size).partition(|&index| rounding < s[index]);
    Some(Spanned {
        inverse: DMatrix::from_fn(size, own.len(), |i, j| v[(own[j], i)] / s[own[j]] / lengths[i]),
        along: u.select_columns(&own),
        beside: u.select_columns(&others),
    })
}

/// The inverse of `P^T P`; columns of zeros stay zeros. `None` where columns are so nearly made of others that sums of products
/// have lost what is left of them.
pub(crate) fn inverse_of_products(products: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let size = products.nrows();
    let share = |i: usize| if 0.0 < products[(i, i)] { 1.0 / products[(i, i)].sqrt() } else { 0.0 };
    let shares: Vec<f64> = (0..size).map(share).collect();
    let alike = DMatrix::from_fn(size, size, |i, j| match shares[i] == 0.0 && i == j {
        true => 1.0,
        false => products[(i, j)] * shares[i] * shares[j],
    });
    let SVD { u, v_t, singular_values: s } = svd(alike)?;
    let (u, v) = (u?, v_t?);
    let ends = s.iter().fold((0.0, f64::INFINITY), |(most, least): (f64, f64), &s| (most.max(s), least.min(s)));
    if ends.1 <= LOST * ends.0 {
        return None;
    }
    let turned = DMatrix::from_fn(size, size, |i, j| v[(j, i)] / s[j]);
    let mut inverse = times(&turned, &u.transpose());
    inverse.iter_mut().enumerate().for_each(|(at, x)| *x *= shares[at % size] * shares[at / size]);
    Some(inverse)
}
