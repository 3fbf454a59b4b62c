//! Arrays made place by place, as [`std::array::from_fn`] makes them, in a tenth of the code to compile: that one thinks of items to
//! be dropped, and what stands here is compiled for a hundred tiles.

use fearless_simd::{Simd, SimdBase};

use crate::Float;

/// `N` slices.
#[inline(always)]
pub(crate) fn slices<'a, T, const N: usize>(each: impl Fn(usize) -> &'a [T]) -> [&'a [T]; N] {
    array(&[], each)
}

/// `N` vectors.
#[inline(always)]
pub(crate) fn vectors<S: Simd, F: Float, const N: usize>(
    simd: S,
    each: impl Fn(usize) -> F::Vector<S>,
) -> [F::Vector<S>; N] {
    array(F::Vector::<S>::splat(simd, F::default()), each)
}

#[inline(always)]
fn array<T: Copy, const N: usize>(empty: T, each: impl Fn(usize) -> T) -> [T; N] {
    let mut all = [empty; N];
    let mut place = 0;
    while place < N {
        all[place] = each(place);
        place += 1;
    }
    all
}
