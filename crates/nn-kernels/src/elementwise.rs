//! A function of vectors, applied to whole slices, and the doors of those that models ask for.
//!
//! Closures cannot be generic over the instruction set, so a function is a small type that implements [`Map`] or
//! [`Zip`].

use fearless_simd::{Simd, SimdBase};

use crate::arrays::{slices, vectors};
use crate::{Float, Lanes, level};

/// A function of one vector.
pub(super) trait Map<F: Float>: Copy {
    /// The value for each lane of `x`. Must be `#[inline(always)]`.
    fn apply<S: Simd>(self, simd: S, x: F::Vector<S>) -> F::Vector<S>;
}

/// A function of several vectors, one from each of `N` slices.
pub(super) trait Zip<F: Float, const N: usize>: Copy {
    /// The value for each lane. Must be `#[inline(always)]`.
    fn apply<S: Simd>(self, simd: S, x: [F::Vector<S>; N]) -> F::Vector<S>;
}

/// `y = e^y`.
pub fn exp<F: Float>(y: &mut [F]) {
    F::exp(level(), y);
}

/// `y = e^-x`. Panics if the lengths differ.
pub fn exp_of_minus<F: Float>(x: &[F], y: &mut [F]) {
    F::exp_of_minus(level(), x, y);
}

/// `y = ln x`. Panics if the lengths differ.
pub fn ln<F: Float>(x: &[F], y: &mut [F]) {
    F::ln(level(), x, y);
}

/// `y = 1 / (1 + e^-y)`.
pub fn sigmoid<F: Float>(y: &mut [F]) {
    F::sigmoid(level(), y);
}

/// `y = f(x)`.
#[inline(always)]
pub(super) fn map<S: Simd, F: Float>(simd: S, f: impl Map<F>, x: &[F], y: &mut [F]) {
    zip_kernel(simd, Single(f), [x], y);
}

/// `y = f(y)`.
#[inline(always)]
pub(super) fn map_in_place<S: Simd, F: Float>(simd: S, f: impl Map<F>, y: &mut [F]) {
    zip_own_kernel(simd, Own(f), [], y);
}

/// A function of several vectors and of the value it replaces.
pub(super) trait ZipOwn<F: Float, const N: usize>: Copy {
    /// The new value for each lane. Must be `#[inline(always)]`.
    fn apply<S: Simd>(self, simd: S, x: [F::Vector<S>; N], own: F::Vector<S>) -> F::Vector<S>;
}

/// A function of one slice.
#[derive(Clone, Copy)]
pub(super) struct Single<M>(pub M);

impl<F: Float, M: Map<F>> Zip<F, 1> for Single<M> {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, [x]: [F::Vector<S>; 1]) -> F::Vector<S> {
        self.0.apply(simd, x)
    }
}

/// A function of the value it replaces alone.
#[derive(Clone, Copy)]
pub(super) struct Own<M>(pub M);

impl<F: Float, M: Map<F>> ZipOwn<F, 0> for Own<M> {
    #[inline(always)]
    fn apply<S: Simd>(self, simd: S, []: [F::Vector<S>; 0], own: F::Vector<S>) -> F::Vector<S> {
        self.0.apply(simd, own)
    }
}

#[inline(always)]
pub(super) fn zip_kernel<S: Simd, F: Float, const N: usize>(simd: S, f: impl Zip<F, N>, x: [&[F]; N], y: &mut [F]) {
    let x: [&[F]; N] = slices(
        #[inline(always)]
        |n| {
            assert_eq!(x[n].len(), y.len());
            &x[n][..y.len()]
        },
    );
    let whole = y.len() - y.len() % F::LANES;
    let (body, tail) = y.split_at_mut(whole);
    for (chunk, y) in body.chunks_exact_mut(F::LANES).enumerate() {
        let from = chunk * F::LANES;
        f.apply(simd, whole_vectors::<S, F, N>(simd, x, from)).store_slice(y);
    }
    if !tail.is_empty() {
        f.apply(simd, vectors_left::<S, F, N>(simd, x, whole)).store_partial(tail);
    }
}

#[inline(always)]
pub(super) fn zip_own_kernel<S: Simd, F: Float, const N: usize>(
    simd: S,
    f: impl ZipOwn<F, N>,
    x: [&[F]; N],
    y: &mut [F],
) {
    let x: [&[F]; N] = slices(
        #[inline(always)]
        |n| {
            assert_eq!(x[n].len(), y.len());
            &x[n][..y.len()]
        },
    );
    let whole = y.len() - y.len() % F::LANES;
    let (body, tail) = y.split_at_mut(whole);
    for (chunk, y) in body.chunks_exact_mut(F::LANES).enumerate() {
        let from = chunk * F::LANES;
        let own = F::Vector::<S>::from_slice(simd, y);
        f.apply(simd, whole_vectors::<S, F, N>(simd, x, from), own).store_slice(y);
    }
    if !tail.is_empty() {
        let own = F::Vector::<S>::load_partial(simd, tail);
        f.apply(simd, vectors_left::<S, F, N>(simd, x, whole), own).store_partial(tail);
    }
}

/// A vector of each slice, from this place on.
#[inline(always)]
fn whole_vectors<S: Simd, F: Float, const N: usize>(simd: S, x: [&[F]; N], from: usize) -> [F::Vector<S>; N] {
    vectors::<S, F, N>(
        simd,
        #[inline(always)]
        |n| F::Vector::<S>::from_slice(simd, &x[n][from..from + F::LANES]),
    )
}

/// The same of slices that end before the vector is full.
#[inline(always)]
fn vectors_left<S: Simd, F: Float, const N: usize>(simd: S, x: [&[F]; N], from: usize) -> [F::Vector<S>; N] {
    vectors::<S, F, N>(
        simd,
        #[inline(always)]
        |n| F::Vector::<S>::load_partial(simd, &x[n][from..]),
    )
}
