//! What units have in common with a sample, and which of them has most: the search of adaptive resonance.

use fearless_simd::{Select, Simd, SimdBase, SimdFloat};

use crate::arrays::slices;
use crate::units::TOGETHER;
use crate::{Float, Units, level};

/// What a sample and a unit have in common, feature by feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// `min(x_i, w_i)`: of numbers from 0 to 1 what both are, of 0 and 1 where both are 1.
    Minimum,
    /// `x_i w_i`.
    Product,
}

/// A sample and what units have in common with it.
#[derive(Clone, Copy, Debug)]
pub struct Met<'a, F> {
    /// All its features.
    pub x: &'a [F],
    /// The features, rising, to which the sums are confined. Where all others are 0 and no weight is below 0, the sums are the
    /// same bits and cost less.
    pub present: Option<&'a [u32]>,
    /// The measure.
    pub overlap: Overlap,
}

impl<F: Float> Units<F> {
    /// What each unit j has in common with `x`: `s_j = sum_i m(x_i, w_ij)`, m being what `met` measures by, and `t_j = s_j / over_j`, for all of
    /// [`padded`](Self::padded); of the padding s means nothing and t is minus infinity. The terms are added in the order of the
    /// features, so that a sum over `x` alone in that order is the same bits as that of a unit equal to `x`.
    pub fn overlaps(&self, met: Met<'_, F>, over: &[F], s: &mut [F], t: &mut [F]) {
        let padded = self.padded();
        assert!(met.x.len() == self.features && [over.len(), s.len(), t.len()] == [padded; 3]);
        assert!(met.present.is_none_or(|present| present.iter().all(|&i| (i as usize) < self.features)));
        F::unit_overlaps(level(), &self.w, met, over, s, t);
        t[self.units..].fill(F::from_f64(f64::NEG_INFINITY));
    }

    /// The unit of the largest `t` of those whose `s` is `least` or more, of equal ones the first: a search among what
    /// [`overlaps`](Self::overlaps) found. A `t` of minus infinity is never found, nor one that is not a number.
    pub fn foremost(&self, s: &[F], t: &[F], least: F) -> Option<usize> {
        assert!([s.len(), t.len()] == [self.padded(); 2]);
        F::foremost(level(), s, t, least).map(|unit| unit as usize)
    }
}

#[inline(always)]
pub(super) fn overlaps_kernel<S: Simd, F: Float>(
    simd: S,
    w: &[F],
    met: Met<'_, F>,
    over: &[F],
    s: &mut [F],
    t: &mut [F],
) {
    match met.overlap {
        Overlap::Minimum => overlaps_by::<S, F, true>(simd, w, met, over, s, t),
        Overlap::Product => overlaps_by::<S, F, false>(simd, w, met, over, s, t),
    }
}

#[inline(always)]
fn overlaps_by<S: Simd, F: Float, const MINIMUM: bool>(
    simd: S,
    w: &[F],
    met: Met<'_, F>,
    over: &[F],
    s: &mut [F],
    t: &mut [F],
) {
    let (size, together) = (met.x.len() * F::LANES, TOGETHER * F::LANES);
    let mut from = 0;
    while from < s.len() {
        let w = &w[from * met.x.len()..];
        if together <= s.len() - from {
            let at = from..from + together;
            let w = &w[..TOGETHER * size];
            block_overlaps::<S, F, MINIMUM, TOGETHER>(simd, w, met, &over[at.clone()], &mut s[at.clone()], &mut t[at]);
            from += together;
        } else {
            let at = from..from + F::LANES;
            block_overlaps::<S, F, MINIMUM, 1>(
                simd,
                &w[..size],
                met,
                &over[at.clone()],
                &mut s[at.clone()],
                &mut t[at],
            );
            from += F::LANES;
        }
    }
}

/// Of `N` blocks.
#[inline(always)]
fn block_overlaps<S: Simd, F: Float, const MINIMUM: bool, const N: usize>(
    simd: S,
    w: &[F],
    met: Met<'_, F>,
    over: &[F],
    s: &mut [F],
    t: &mut [F],
) {
    let sums = match met.present {
        None => sums_of::<S, F, MINIMUM, N>(simd, w, met.x, 0..met.x.len()),
        Some(present) => sums_of::<S, F, MINIMUM, N>(simd, w, met.x, present.iter().map(|&i| i as usize)),
    };
    for (b, sum) in sums.into_iter().enumerate() {
        let at = b * F::LANES..(b + 1) * F::LANES;
        sum.store_slice(&mut s[at.clone()]);
        (sum / F::Vector::<S>::from_slice(simd, &over[at.clone()])).store_slice(&mut t[at]);
    }
}

#[inline(always)]
fn sums_of<S: Simd, F: Float, const MINIMUM: bool, const N: usize>(
    simd: S,
    w: &[F],
    x: &[F],
    features: impl Iterator<Item = usize>,
) -> [F::Vector<S>; N] {
    let size = x.len() * F::LANES;
    let blocks: [&[F]; N] = slices(
        #[inline(always)]
        |b| &w[b * size..(b + 1) * size],
    );
    let mut sums = [F::Vector::<S>::splat(simd, F::default()); N];
    for feature in features {
        let x = F::Vector::<S>::splat(simd, x[feature]);
        for b in 0..N {
            let w = F::Vector::<S>::from_slice(simd, &blocks[b][feature * F::LANES..][..F::LANES]);
            sums[b] = if MINIMUM { sums[b] + w.min(x) } else { w.mul_add(x, sums[b]) };
        }
    }
    sums
}

/// The place of the largest t of those whose s is `least` or more: first in each lane, then across them.
#[inline(always)]
pub(super) fn foremost_kernel<S: Simd, F: Float>(simd: S, s: &[F], t: &[F], least: F) -> Option<u32> {
    let silent = F::Vector::<S>::splat(simd, F::from_f64(f64::NEG_INFINITY));
    let least = F::Vector::<S>::splat(simd, least);
    let (mut best, mut at) = (silent, F::Vector::<S>::splat(simd, F::default()));
    for (block, (s, t)) in s.chunks_exact(F::LANES).zip(t.chunks_exact(F::LANES)).enumerate() {
        let here = F::Vector::<S>::splat(simd, F::from_f64(block as f64));
        let (s, t) = (F::Vector::<S>::from_slice(simd, s), F::Vector::<S>::from_slice(simd, t));
        let t = s.simd_ge(least).select(t, silent);
        let better = t.simd_gt(best);
        best = better.select(t, best);
        at = better.select(here, at);
    }
    let mut all = [[F::default(); 16]; 2];
    for (lanes, vector) in all.iter_mut().zip([best, at]) {
        vector.store_slice(&mut lanes[..F::LANES]);
    }
    let [best, at] = all;
    let place = |lane: usize| at[lane].to_f64() as u32 * F::LANES as u32 + lane as u32;
    let mut found = 0;
    for lane in 1..F::LANES {
        if best[found] < best[lane] || best[lane] == best[found] && place(lane) < place(found) {
            found = lane;
        }
    }
    (F::from_f64(f64::NEG_INFINITY) < best[found]).then(|| place(found))
}
