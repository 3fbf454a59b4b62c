//! Squared distances of samples from points: by differences, where no digit is lost though both are far from 0, or what is left
//! to do after a product.

use fearless_simd::{Select, Simd, SimdBase, SimdFloat};

use crate::arrays::slices;
use crate::float::{load, store};
use crate::reduce::sum_lanes;
use crate::{Float, Lanes, level};

/// `d_lj = sum_i r_ij (x_li - c_ij)^2`, i in order; with r = 1 where there are no `rates`.
///
/// By a product, `|x|^2 - 2 x c + |c|^2` is faster where there are many features, and loses digits where |x| is much
/// larger than the distance.
///
/// # Shapes
/// `x`: lanes x features, `c`, `rates`: features x points, `d`: lanes x points. `lanes` is 1 or a multiple of 16.
pub fn distances<F: Float>(x: &[F], lanes: usize, c: &[F], rates: Option<&[F]>, d: &mut [F]) {
    assert!(lanes == 1 || lanes > 0 && lanes.is_multiple_of(F::LANES));
    assert!(x.len().is_multiple_of(lanes) && d.len().is_multiple_of(lanes));
    assert!(c.len() == x.len() / lanes * (d.len() / lanes) && rates.is_none_or(|rates| rates.len() == c.len()));
    if x.is_empty() {
        return d.fill(F::default());
    }
    F::distances(level(), x, lanes, c, rates, d);
}

/// `s_lk = r_k (|x_l|^2 - 2 s_lk)` where `s_lk = x_l c_k - |c_k|^2 / 2` was before: the distances that a product of samples and
/// points has prepared, times a rate a point. What rounding makes negative is 0; what is more than `most`, or no number since two
/// infinities met, is `most`.
///
/// # Shapes
/// `x`: lanes x features, `rates`: points, `s`: lanes x points. `lanes` is a multiple of 16.
pub fn distances_of_products<F: Float>(x: &[F], lanes: usize, rates: &[F], most: F, s: &mut [F]) {
    assert!(0 < lanes && lanes.is_multiple_of(F::LANES) && x.len().is_multiple_of(lanes));
    assert_eq!(s.len(), lanes * rates.len());
    F::distances_of_products(level(), x, lanes, rates, most, s);
}

/// `s_lk = min(r_k s_lk, most)`; what is no number is `most`.
///
/// # Shapes
/// `rates`: points, `s`: lanes x points. `lanes` is 1 or a multiple of 16.
pub fn weigh_distances<F: Float>(lanes: usize, rates: &[F], most: F, s: &mut [F]) {
    assert!(lanes == 1 || lanes > 0 && lanes.is_multiple_of(F::LANES));
    assert_eq!(s.len(), lanes * rates.len());
    F::weigh_distances(level(), lanes, rates, most, s);
}

#[inline(always)]
pub(super) fn products_kernel<S: Simd, F: Float>(simd: S, x: &[F], lanes: usize, rates: &[F], most: F, s: &mut [F]) {
    let zero = F::Vector::<S>::splat(simd, F::default());
    for from in (0..lanes).step_by(F::LANES) {
        let mut norm = zero;
        for x in x.chunks_exact(lanes) {
            let x = F::Vector::<S>::from_slice(simd, &x[from..from + F::LANES]);
            norm = x.mul_add(x, norm);
        }
        for (s, &rate) in s.chunks_exact_mut(lanes).zip(rates) {
            let s = &mut s[from..from + F::LANES];
            let product = F::Vector::<S>::from_slice(simd, s);
            let far = (norm - (product + product)) * F::Vector::<S>::splat(simd, rate);
            let far = at_most::<S, F>(simd, far, most);
            far.simd_lt(zero).select(zero, far).store_slice(s);
        }
    }
}

#[inline(always)]
fn at_most<S: Simd, F: Float>(simd: S, x: F::Vector<S>, most: F) -> F::Vector<S> {
    let most = F::Vector::<S>::splat(simd, most);
    x.simd_lt(most).select(x, most)
}

#[inline(always)]
pub(super) fn weigh_kernel<S: Simd, F: Float>(simd: S, lanes: usize, rates: &[F], most: F, s: &mut [F]) {
    if lanes == 1 {
        for (s, rates) in s.chunks_mut(F::LANES).zip(rates.chunks(F::LANES)) {
            let weighed = load::<S, F>(simd, s) * load::<S, F>(simd, rates);
            store(at_most::<S, F>(simd, weighed, most), s);
        }
        return;
    }
    for (s, &rate) in s.chunks_exact_mut(lanes).zip(rates) {
        let rate = F::Vector::<S>::splat(simd, rate);
        for s in s.chunks_exact_mut(F::LANES) {
            let weighed = F::Vector::<S>::from_slice(simd, s) * rate;
            at_most::<S, F>(simd, weighed, most).store_slice(s);
        }
    }
}

#[inline(always)]
pub(super) fn distances_kernel<S: Simd, F: Float>(
    simd: S,
    x: &[F],
    lanes: usize,
    c: &[F],
    rates: Option<&[F]>,
    d: &mut [F],
) {
    let features = x.len() / lanes;
    if lanes == 1 {
        return of_one_sample(simd, x, c, rates, d);
    }
    for (point, (d, c)) in d.chunks_exact_mut(lanes).zip(c.chunks_exact(features)).enumerate() {
        let rates = rates.map(|rates| &rates[point * features..][..features]);
        let mut from = 0;
        while from < lanes {
            if from + 4 * F::LANES <= lanes {
                some_lanes::<S, F, 4>(simd, &x[from..], lanes, c, rates, &mut d[from..]);
                from += 4 * F::LANES;
            } else {
                some_lanes::<S, F, 1>(simd, &x[from..], lanes, c, rates, &mut d[from..]);
                from += F::LANES;
            }
        }
    }
}

/// The first `N` vectors of lanes.
#[inline(always)]
fn some_lanes<S: Simd, F: Float, const N: usize>(
    simd: S,
    x: &[F],
    lanes: usize,
    c: &[F],
    rates: Option<&[F]>,
    d: &mut [F],
) {
    let mut sums = [F::Vector::<S>::splat(simd, F::default()); N];
    for (feature, &c) in c.iter().enumerate() {
        let c = F::Vector::<S>::splat(simd, c);
        let x = &x[feature * lanes..][..N * F::LANES];
        for (sum, x) in sums.iter_mut().zip(x.chunks_exact(F::LANES)) {
            let apart = F::Vector::<S>::from_slice(simd, x) - c;
            let weighed = match rates {
                Some(rates) => apart * F::Vector::<S>::splat(simd, rates[feature]),
                None => apart,
            };
            *sum = weighed.mul_add(apart, *sum);
        }
    }
    for (sum, d) in sums.iter().zip(d.chunks_exact_mut(F::LANES)) {
        sum.store_slice(d);
    }
}

/// One sample alone, its features in the vector lanes: some points at once, whose sums are then folded together.
#[inline(always)]
fn of_one_sample<S: Simd, F: Float>(simd: S, x: &[F], c: &[F], rates: Option<&[F]>, d: &mut [F]) {
    // As many sums as there are registers for: AVX-512 has 32, AVX2 16 of half the width.
    let most = if <S::f32s as SimdBase<S>>::LEN == 16 { F::LANES } else { 4 };
    let mut from = 0;
    while from < d.len() {
        let (c, rates) = (&c[from * x.len()..], rates.map(|rates| &rates[from * x.len()..]));
        let width = most.min(1 << (d.len() - from).ilog2());
        let d = &mut d[from..from + width];
        match width {
            16 => some_points::<S, F, 16>(simd, x, c, rates, d),
            8 => some_points::<S, F, 8>(simd, x, c, rates, d),
            4 => some_points::<S, F, 4>(simd, x, c, rates, d),
            2 => some_points::<S, F, 2>(simd, x, c, rates, d),
            _ => some_points::<S, F, 1>(simd, x, c, rates, d),
        }
        from += width;
    }
}

/// The first `N` points, a power of two of at most LANES.
#[inline(always)]
fn some_points<S: Simd, F: Float, const N: usize>(simd: S, x: &[F], c: &[F], rates: Option<&[F]>, d: &mut [F]) {
    if N > F::LANES {
        return;
    }
    let features = x.len();
    let whole = features - features % F::LANES;
    let mut sums = [F::Vector::<S>::splat(simd, F::default()); N];
    let columns: [&[F]; N] = slices(
        #[inline(always)]
        |point| &c[point * features..][..features],
    );
    for from in (0..whole).step_by(F::LANES) {
        let x = F::Vector::<S>::from_slice(simd, &x[from..from + F::LANES]);
        for point in 0..N {
            let apart = x - F::Vector::<S>::from_slice(simd, &columns[point][from..from + F::LANES]);
            let weighed = match rates {
                Some(rates) => apart * F::Vector::<S>::from_slice(simd, &rates[point * features + from..][..F::LANES]),
                None => apart,
            };
            sums[point] = weighed.mul_add(apart, sums[point]);
        }
    }
    if whole < features {
        let x = F::Vector::<S>::load_partial(simd, &x[whole..]);
        for point in 0..N {
            let apart = x - F::Vector::<S>::load_partial(simd, &columns[point][whole..]);
            let weighed = match rates {
                Some(rates) => {
                    let rates = &rates[point * features + whole..(point + 1) * features];
                    apart * F::Vector::<S>::load_partial(simd, rates)
                }
                None => apart,
            };
            sums[point] = weighed.mul_add(apart, sums[point]);
        }
    }
    let folded = sum_lanes::<S, F, N>(sums);
    for (point, d) in d.iter_mut().enumerate() {
        *d = folded[point * F::LANES / N];
    }
}
