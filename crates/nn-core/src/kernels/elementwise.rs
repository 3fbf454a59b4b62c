//! A function of vectors, applied to whole slices.
//!
//! Closures cannot be generic over the instruction set, so a function is a small type that implements [`Map`] or
//! [`Zip`].

use fearless_simd::{Level, Simd, SimdBase};

use crate::kernels::{Float, Lanes};

/// A function of one vector.
pub trait Map<F: Float>: Copy {
    /// The value for each lane of `x`. Must be `#[inline(always)]`.
    fn apply<S: Simd>(self, simd: S, x: F::Vector<S>) -> F::Vector<S>;
}

/// A function of several vectors, one from each of `N` slices.
pub trait Zip<F: Float, const N: usize>: Copy {
    /// The value for each lane. Must be `#[inline(always)]`.
    fn apply<S: Simd>(self, simd: S, x: [F::Vector<S>; N]) -> F::Vector<S>;
}

/// `y = f(x)`. Panics if the lengths differ.
pub fn map<F: Float>(f: impl Map<F>, x: &[F], y: &mut [F]) {
    zip(Single(f), [x], y);
}

/// `y = f(y)`.
pub fn map_in_place<F: Float>(f: impl Map<F>, y: &mut [F]) {
    zip_in_place(Own(f), [], y);
}

/// `y = f(x_1, ..., x_N)`, element by element. Panics if the lengths differ.
pub fn zip<F: Float, const N: usize>(f: impl Zip<F, N>, x: [&[F]; N], y: &mut [F]) {
    zip_at(crate::kernels::level(), f, x, y);
}

/// `y = f(x_1, ..., x_N; y)`, element by element. Panics if the lengths differ.
pub fn zip_in_place<F: Float, const N: usize>(f: impl ZipOwn<F, N>, x: [&[F]; N], y: &mut [F]) {
    dispatch!(simd => zip_own_kernel(simd, f, x, y));
}

/// A function of several vectors and of the value it replaces.
pub trait ZipOwn<F: Float, const N: usize>: Copy {
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

pub(crate) fn zip_at<F: Float, const N: usize>(level: Level, f: impl Zip<F, N>, x: [&[F]; N], y: &mut [F]) {
    dispatch_at!(level, simd => zip_kernel(simd, f, x, y));
}

#[inline(always)]
pub(super) fn zip_kernel<S: Simd, F: Float, const N: usize>(simd: S, f: impl Zip<F, N>, x: [&[F]; N], y: &mut [F]) {
    let x = x.map(|x| {
        assert_eq!(x.len(), y.len());
        &x[..y.len()]
    });
    let whole = y.len() - y.len() % F::LANES;
    let (body, tail) = y.split_at_mut(whole);
    for (chunk, y) in body.chunks_exact_mut(F::LANES).enumerate() {
        let from = chunk * F::LANES;
        f.apply(simd, x.map(|x| F::Vector::<S>::from_slice(simd, &x[from..from + F::LANES]))).store_slice(y);
    }
    if !tail.is_empty() {
        f.apply(simd, x.map(|x| F::Vector::<S>::load_partial(simd, &x[whole..]))).store_partial(tail);
    }
}

#[inline(always)]
pub(super) fn zip_own_kernel<S: Simd, F: Float, const N: usize>(
    simd: S,
    f: impl ZipOwn<F, N>,
    x: [&[F]; N],
    y: &mut [F],
) {
    let x = x.map(|x| {
        assert_eq!(x.len(), y.len());
        &x[..y.len()]
    });
    let whole = y.len() - y.len() % F::LANES;
    let (body, tail) = y.split_at_mut(whole);
    for (chunk, y) in body.chunks_exact_mut(F::LANES).enumerate() {
        let from = chunk * F::LANES;
        let own = F::Vector::<S>::from_slice(simd, y);
        f.apply(simd, x.map(|x| F::Vector::<S>::from_slice(simd, &x[from..from + F::LANES])), own).store_slice(y);
    }
    if !tail.is_empty() {
        let own = F::Vector::<S>::load_partial(simd, tail);
        f.apply(simd, x.map(|x| F::Vector::<S>::load_partial(simd, &x[whole..])), own).store_partial(tail);
    }
}
