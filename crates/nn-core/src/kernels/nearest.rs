//! The unit that a sample is nearest to, for many samples: an argmax fused into the product of units and samples.
//!
//! `|x - w|^2 = |x|^2 - 2 (x w - |w|^2 / 2)`, so the nearest unit is that of the largest `x w + b` with `b = -|w|^2 / 2`. The
//! product is never written: a tile of it is folded into the best so far while it is in registers. Units lie in the lanes,
//! packed once; samples are read where they lie.

use fearless_simd::{Select, Simd, SimdBase};

use crate::kernels::tile::{self, Apart, Panel, panel_height};
use crate::kernels::{Float, Lanes, View, level};

/// Samples whose best so far is kept at a time: with their features they stay in the second cache.
const SAMPLES: usize = 96;
/// Samples of a tile; a multiple of [`SAMPLES`].
const WIDTH: usize = 6;

/// Units, packed so that samples can be compared with them.
#[derive(Clone, Debug)]
pub struct Nearest<F> {
    packed: Vec<F>,
    /// Padded to whole vectors by units that are never the best.
    biases: Vec<F>,
    features: usize,
}

/// The indices of the best units for one sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BestTwo {
    /// The unit of the largest sum; of several the first.
    pub first: u32,
    /// That of the next one; the same where there is no other, or where it was not asked for.
    pub second: u32,
}

impl<F: Float> Nearest<F> {
    /// Units with the weights `w`, features × units, and their `biases`.
    ///
    /// # Panics
    /// For lengths that do not fit, no feature, or more units than an f32 counts exactly, 2^24.
    pub fn new(w: &[F], biases: &[F]) -> Self {
        let units = biases.len();
        assert!(0 < units && units <= 1 << 24 && !w.is_empty() && w.len().is_multiple_of(units));
        let features = w.len() / units;
        let padded = units.next_multiple_of(F::LANES);
        let mut packed = vec![F::default(); padded * features];
        F::pack(level(), View::new(w, features, units).transposed(), &mut packed);
        let mut all = biases.to_vec();
        all.resize(padded, F::from_f64(f64::NEG_INFINITY));
        Self { packed, biases: all, features }
    }

    /// The best unit of each sample in `x`, features × samples; and the second one, where that is asked for.
    pub fn find(&self, x: &[F], with_second: bool, best: &mut [BestTwo]) {
        assert_eq!(x.len(), self.features * best.len());
        F::nearest(level(), self, x, with_second, best);
    }
}

#[inline(always)]
pub(super) fn nearest_kernel<S: Simd, F: Float>(
    simd: S,
    units: &Nearest<F>,
    x: &[F],
    with_second: bool,
    best: &mut [BestTwo],
) {
    for (x, best) in x.chunks(SAMPLES * units.features).zip(best.chunks_mut(SAMPLES)) {
        // Outlined, as the panels of a product are.
        if with_second {
            simd.vectorize(
                #[inline(always)]
                || some_samples::<S, F, true>(simd, units, x, best),
            );
        } else {
            simd.vectorize(
                #[inline(always)]
                || some_samples::<S, F, false>(simd, units, x, best),
            );
        }
    }
}

/// What is known of a sample in each lane: the largest sum and its unit, and the next one.
#[derive(Clone, Copy)]
struct Best<V> {
    most: V,
    unit: V,
    next: V,
    next_unit: V,
}

#[inline(always)]
fn some_samples<S: Simd, F: Float, const SECOND: bool>(simd: S, units: &Nearest<F>, x: &[F], best: &mut [BestTwo]) {
    let lowest = F::Vector::<S>::splat(simd, F::from_f64(f64::NEG_INFINITY));
    let zero = F::Vector::<S>::splat(simd, F::default());
    let mut state = [Best { most: lowest, unit: zero, next: lowest, next_unit: zero }; SAMPLES];
    let state = &mut state[..best.len()];
    let (height, features) = (panel_height::<S, F>(), units.features);
    for (panel, biases) in units.biases.chunks(height).enumerate() {
        let vectors = biases.len() / F::LANES;
        let data = &units.packed[panel * height * features..][..biases.len() * features];
        let a = Panel { data, columns: Apart(biases.len()), vectors, rows: biases.len() };
        let first = panel * height;
        match vectors {
            1 => by_tiles::<S, F, SECOND, 1>(simd, a, biases, first, x, state),
            2 => by_tiles::<S, F, SECOND, 2>(simd, a, biases, first, x, state),
            3 => by_tiles::<S, F, SECOND, 3>(simd, a, biases, first, x, state),
            _ => by_tiles::<S, F, SECOND, 4>(simd, a, biases, first, x, state),
        }
    }
    for (state, best) in state.iter().zip(best) {
        *best = across_lanes::<S, F, SECOND>(state);
    }
}

#[inline(always)]
fn by_tiles<S: Simd, F: Float, const SECOND: bool, const V: usize>(
    simd: S,
    a: Panel<F, Apart>,
    biases: &[F],
    first: usize,
    x: &[F],
    state: &mut [Best<F::Vector<S>>],
) {
    if const { V > tile::panel_vectors::<S>() } {
        return;
    }
    let features = a.data.len() / biases.len();
    let whole = state.len() - state.len() % WIDTH;
    let (tiles, rest) = state.split_at_mut(whole);
    for (state, x) in tiles.chunks_exact_mut(WIDTH).zip(x.chunks_exact(WIDTH * features)) {
        // Fewer registers hold fewer sums.
        if const { tile::most_columns::<S>(V) >= WIDTH } {
            fold::<S, F, SECOND, V, WIDTH>(simd, a, biases, first, x, state);
        } else {
            let (low, high) = state.split_at_mut(WIDTH / 2);
            fold::<S, F, SECOND, V, { WIDTH / 2 }>(simd, a, biases, first, &x[..WIDTH / 2 * features], low);
            fold::<S, F, SECOND, V, { WIDTH / 2 }>(simd, a, biases, first, &x[WIDTH / 2 * features..], high);
        }
    }
    for (state, x) in rest.chunks_exact_mut(1).zip(x[whole * features..].chunks_exact(features)) {
        fold::<S, F, SECOND, V, 1>(simd, a, biases, first, x, state);
    }
}

/// The sums of `V` vectors of units and `N` samples, folded into what is known of these.
#[inline(always)]
fn fold<S: Simd, F: Float, const SECOND: bool, const V: usize, const N: usize>(
    simd: S,
    a: Panel<F, Apart>,
    biases: &[F],
    first: usize,
    x: &[F],
    state: &mut [Best<F::Vector<S>>],
) {
    let zero = F::Vector::<S>::splat(simd, F::default());
    let samples = View::new(x, x.len() / N, N);
    let sums = tile::by_columns::<S, F, Apart, V, N>(simd, a, samples, [[zero; V]; N]);
    let mut counted = [F::default(); 16];
    counted
        .iter_mut()
        .zip(0..16)
        .for_each(|(lane, number)| *lane = F::from_24_bits(number) * F::from_f64(16_777_216.0));
    let lanes = F::Vector::<S>::from_slice(simd, &counted[..F::LANES]);
    for v in 0..V {
        let bias = F::Vector::<S>::from_slice(simd, &biases[v * F::LANES..(v + 1) * F::LANES]);
        let unit = lanes + F::Vector::<S>::splat(simd, F::from_f64((first + v * F::LANES) as f64));
        for (best, sums) in state.iter_mut().zip(&sums) {
            let sum = sums[v] + bias;
            let better = sum.simd_gt(best.most);
            if SECOND {
                let (loser, loser_unit) = (better.select(best.most, sum), better.select(best.unit, unit));
                let next = loser.simd_gt(best.next);
                best.next = next.select(loser, best.next);
                best.next_unit = next.select(loser_unit, best.next_unit);
            }
            best.most = better.select(sum, best.most);
            best.unit = better.select(unit, best.unit);
        }
    }
}

/// The best of all lanes; of equal ones that with the lowest index.
#[inline(always)]
fn across_lanes<S: Simd, F: Float, const SECOND: bool>(best: &Best<F::Vector<S>>) -> BestTwo {
    let mut all = [[F::default(); 16]; 4];
    for (lanes, vector) in all.iter_mut().zip([best.most, best.unit, best.next, best.next_unit]) {
        vector.store_partial(&mut lanes[..F::LANES]);
    }
    let [most, unit, next, next_unit] = all;
    let mut winner = 0;
    for lane in 1..F::LANES {
        if most[winner] < most[lane] || most[winner] == most[lane] && unit[lane] < unit[winner] {
            winner = lane;
        }
    }
    let first = unit[winner].to_f64() as u32;
    if !SECOND {
        return BestTwo { first, second: first };
    }
    // The next one is the winner's own, or the best of another lane.
    let mut second = (next[winner], next_unit[winner]);
    for lane in (0..F::LANES).filter(|&lane| lane != winner) {
        if second.0 < most[lane] || second.0 == most[lane] && unit[lane] < second.1 {
            second = (most[lane], unit[lane]);
        }
    }
    let found = F::from_f64(f64::NEG_INFINITY) < second.0;
    BestTwo { first, second: if found { second.1.to_f64() as u32 } else { first } }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers with few bits, so that every sum is exact and ties are ties.
    fn numbers<F: Float>(n: usize, seed: usize) -> Vec<F> {
        (0..n).map(|i| F::from_f64(((i * 7 + seed * 13 + i * i) % 11) as f64 - 5.0)).collect()
    }

    fn check<F: Float>(features: usize, units: usize, samples: usize) {
        let (w, biases) = (numbers::<F>(features * units, 1), numbers::<F>(units, 2));
        let x = numbers::<F>(features * samples, 3);
        let nearest = Nearest::new(&w, &biases);
        let (mut one, mut two) = (vec![BestTwo::default(); samples], vec![BestTwo::default(); samples]);
        nearest.find(&x, false, &mut one);
        nearest.find(&x, true, &mut two);
        for (sample, x) in x.chunks(features).enumerate() {
            let sum = |unit: usize| {
                let products = x.iter().zip(&w[unit * features..]).map(|(x, w)| x.to_f64() * w.to_f64());
                products.sum::<f64>() + biases[unit].to_f64()
            };
            let mut order: Vec<usize> = (0..units).collect();
            order.sort_by(|&a, &b| sum(b).total_cmp(&sum(a)).then(a.cmp(&b)));
            let expected = BestTwo { first: order[0] as u32, second: order[1.min(units - 1)] as u32 };
            assert_eq!((one[sample].first, two[sample].first), (expected.first, expected.first), "{units} {sample}");
            // Of equal second ones any may come, but not a worse one.
            assert_eq!(sum(two[sample].second as usize), sum(expected.second as usize), "{units} {sample}");
            assert!(units == 1 || two[sample].second != two[sample].first);
        }
    }

    #[test]
    fn the_best_two_are_those_of_the_definition_in_any_shape() {
        for features in [1, 3, 64, 130] {
            for units in [1, 2, 7, 16, 25, 64, 100, 130] {
                for samples in [1, 5, 6, 97, 200] {
                    check::<f32>(features, units, samples);
                    check::<f64>(features, units, samples);
                }
            }
        }
    }
}
