//! Squared distances of samples from points, by differences: no digit is lost where both are far from 0.

use fearless_simd::{Simd, SimdBase, SimdFloat};

use crate::kernels::float::load;
use crate::kernels::reduce::sum_lanes;
use crate::kernels::{Float, Lanes, level};

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
    for (point, (d, c)) in d.chunks_exact_mut(lanes).zip(c.chunks_exact(features)).enumerate() {
        let rates = rates.map(|rates| &rates[point * features..][..features]);
        if lanes == 1 {
            d[0] = one_distance(simd, x, c, rates);
            continue;
        }
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

/// One sample alone, its features in the vector lanes.
#[inline(always)]
fn one_distance<S: Simd, F: Float>(simd: S, x: &[F], c: &[F], rates: Option<&[F]>) -> F {
    let mut sum = F::Vector::<S>::splat(simd, F::default());
    for (block, (x, c)) in x.chunks(F::LANES).zip(c.chunks(F::LANES)).enumerate() {
        let apart = load::<S, F>(simd, x) - load::<S, F>(simd, c);
        let weighed = match rates {
            Some(rates) => apart * load::<S, F>(simd, &rates[block * F::LANES..][..x.len()]),
            None => apart,
        };
        sum = weighed.mul_add(apart, sum);
    }
    let mut all = [F::default(); 16];
    sum_lanes::<S, F, 1>([sum]).store_partial(&mut all[..1]);
    all[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Small whole numbers, of which every sum is exact.
    fn numbers(n: usize, seed: usize) -> Vec<f32> {
        (0..n).map(|i| ((i * 7 + seed * 13) % 17) as f32 - 8.0).collect()
    }

    #[test]
    fn distances_agree_with_the_definition_in_any_shape() {
        for lanes in [1, 16, 48, 64] {
            for features in [1, 3, 16, 37] {
                for points in [1, 5] {
                    let (x, c) = (numbers(lanes * features, 1), numbers(features * points, 2));
                    let rates: Vec<f32> = numbers(features * points, 3).iter().map(|r| r.abs()).collect();
                    for rates in [None, Some(rates.as_slice())] {
                        let mut d = vec![-1.0; lanes * points];
                        distances(&x, lanes, &c, rates, &mut d);
                        for (at, &d) in d.iter().enumerate() {
                            let (lane, point) = (at % lanes, at / lanes);
                            let term = |i: usize| {
                                let apart = x[i * lanes + lane] - c[point * features + i];
                                rates.map_or(1.0, |rates| rates[point * features + i]) * apart * apart
                            };
                            assert_eq!(d, (0..features).map(term).sum::<f32>(), "{lanes} {features} {at}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn samples_far_from_0_keep_their_distance() {
        let (x, mut d) = (vec![1e8 + 1.0_f64; 16], vec![0.0; 16]);
        distances(&x, 16, &[1e8], None, &mut d);
        assert_eq!(d, [1.0; 16]);
    }
}
