//! What units have in common with a sample, and which of them has most: the search of adaptive resonance.

use fearless_simd::{Select, Simd, SimdBase, SimdFloat};

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
    let blocks: [&[F]; N] = std::array::from_fn(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numbers;

    fn met<'a, F>(overlap: Overlap, x: &'a [F], present: Option<&'a [u32]>) -> Met<'a, F> {
        Met { x, present, overlap }
    }

    fn check_overlaps<F: Float>(features: usize, count: usize) {
        let (w, x) = (numbers::<F>(features * count, 1), numbers::<F>(features, 2));
        let mut units = Units::empty(features);
        w.chunks(features).for_each(|w| units.push(w));
        assert_eq!(units.w, Units::new(&w, count).w, "units that were added lie like units of the start");
        let mut own = vec![F::default(); features];
        units.get(count / 2, &mut own);
        assert_eq!(own, w[count / 2 * features..][..features]);

        let over: Vec<F> = (0..units.padded()).map(|unit| F::from_f64(1.0 + unit as f64)).collect();
        let (mut s, mut t) = (vec![F::default(); units.padded()], vec![F::default(); units.padded()]);
        units.overlaps(met(Overlap::Minimum, &x, None), &over, &mut s, &mut t);
        for unit in 0..count {
            let least = x.iter().zip(&w[unit * features..]).map(|(&x, &w)| if x < w { x } else { w });
            let sum = least.fold(F::default(), |sum, term| sum + term);
            assert!(s[unit] == sum && t[unit] == sum / over[unit], "{features} {count} {unit}");
        }
        check_foremost(&units, &s, &t);
        units.overlaps(met(Overlap::Product, &x, None), &over, &mut s, &mut t);
        for unit in 0..count {
            let sum: f64 = x.iter().zip(&w[unit * features..]).map(|(x, w)| x.to_f64() * w.to_f64()).sum();
            assert!((s[unit].to_f64() - sum).abs() < 1e-5 && t[unit] == s[unit] / over[unit]);
        }
        // Confined to the features that are not 0, the same bits.
        let mut units = Units::empty(features);
        w.chunks(features)
            .for_each(|w| units.push(&w.iter().map(|w| F::from_f64(w.to_f64().abs())).collect::<Vec<_>>()));
        let some: Vec<F> = x.iter().enumerate().map(|(i, &x)| if i % 3 == 1 { F::default() } else { x }).collect();
        let some: Vec<F> = some.iter().map(|x| F::from_f64(x.to_f64().abs())).collect();
        let present: Vec<u32> = (0..features as u32).filter(|i| i % 3 != 1).collect();
        for how in [Overlap::Minimum, Overlap::Product] {
            let (mut of_some, mut t_of_some) = (s.clone(), t.clone());
            units.overlaps(met(how, &some, None), &over, &mut s, &mut t);
            units.overlaps(met(how, &some, Some(&present)), &over, &mut of_some, &mut t_of_some);
            assert!(of_some[..count] == s[..count] && t_of_some == t);
        }
    }

    /// With each s as the least one, and with every other t doubled, so that there are equal ones.
    fn check_foremost<F: Float>(units: &Units<F>, s: &[F], t: &[F]) {
        let mut t = t.to_vec();
        for unit in 1..units.count() {
            if unit % 2 == 1 {
                t[unit] = t[unit - 1];
            }
        }
        for &least in &s[..units.count()] {
            let may = |unit: &usize| least <= s[*unit];
            let best = (0..units.count()).filter(may).map(|unit| t[unit].to_f64()).fold(f64::NEG_INFINITY, f64::max);
            let first = (0..units.count()).filter(may).find(|&unit| t[unit].to_f64() == best);
            assert_eq!(units.foremost(s, &t, least), first);
        }
        assert_eq!(units.foremost(s, &t, F::from_f64(f64::INFINITY)), None);
        t.fill(F::from_f64(f64::NEG_INFINITY));
        assert_eq!(units.foremost(s, &t, F::from_f64(f64::NEG_INFINITY)), None);
    }

    #[test]
    fn overlaps_are_those_of_the_definition_and_units_can_be_added() {
        for features in [1, 4, 37] {
            for count in [1, 8, 17, 70, 100] {
                check_overlaps::<f32>(features, count);
                check_overlaps::<f64>(features, count);
            }
        }
    }
}
