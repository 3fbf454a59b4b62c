//! One sample beside all units of a map, the units in the vector lanes: how far it is from each, and how each moves towards
//! it.
//!
//! Distances are taken by differences, so no digit is lost, and a feature that a sample lacks is simply left out. A block of
//! LANES units lies feature by feature: `w[(block * features + feature) * LANES + lane]`.

use fearless_simd::{Select, Simd, SimdBase, SimdFloat};

use crate::arrays::slices;
use crate::{BestTwo, Float, level};

crate::choice! {
    /// How the distance of a sample from a unit is measured, over the features that the sample has, with a weight r a feature.
    pub enum Distance {
        /// `sqrt(sum_i r_i (x_i - w_i)^2)`.
        Euclidean = "euclidean",
        /// `sum_i r_i |x_i - w_i|`.
        Manhattan = "manhattan",
        /// `1 - sum_i r_i x_i w_i / (|x| |w|)` with `|x|^2 = sum_i r_i x_i^2`; 1 where one of the lengths is 0.
        Cosine = "cosine",
    }
}

/// Units in lanes.
#[derive(Clone, Debug, PartialEq)]
pub struct Units<F> {
    pub(super) w: Vec<F>,
    pub(super) features: usize,
    pub(super) units: usize,
}

/// A sample and how it is compared.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a, F> {
    /// All its features; those that are missing may be anything.
    pub x: &'a [F],
    /// The features that are there, rising, where not all are.
    pub present: Option<&'a [u32]>,
    /// A weight for each feature, where they differ.
    pub rates: Option<&'a [F]>,
    /// The measure.
    pub distance: Distance,
}

impl<F: Float> Units<F> {
    /// Units with the weights `w`, features × units. Panics for lengths that do not fit, no units or no features.
    pub fn new(w: &[F], units: usize) -> Self {
        assert!(0 < units && units <= 1 << 24 && !w.is_empty() && w.len().is_multiple_of(units));
        let features = w.len() / units;
        let mut lanes = vec![F::default(); units.next_multiple_of(F::LANES) * features];
        for (unit, w) in w.chunks_exact(features.max(1)).enumerate() {
            let at = unit / F::LANES * features * F::LANES + unit % F::LANES;
            lanes[at..].iter_mut().step_by(F::LANES).zip(w).for_each(|(lane, &w)| *lane = w);
        }
        Self { w: lanes, features, units }
    }

    /// No units yet, of so many features; [`push`](Self::push) adds them.
    pub fn empty(features: usize) -> Self {
        Self { w: Vec::new(), features, units: 0 }
    }

    /// How many units there are.
    pub fn count(&self) -> usize {
        self.units
    }

    /// How many features each has.
    pub fn features(&self) -> usize {
        self.features
    }

    /// Adds a unit with the weights `w`. Allocates once in a while, as a `Vec` does.
    pub fn push(&mut self, w: &[F]) {
        if self.units.is_multiple_of(F::LANES) {
            self.w.resize(self.w.len() + self.features * F::LANES, F::default());
        }
        self.units += 1;
        self.set(self.units - 1, w);
    }

    /// Gives a unit the weights `w`.
    pub fn set(&mut self, unit: usize, w: &[F]) {
        assert!(unit < self.units && w.len() == self.features);
        let at = unit / F::LANES * self.features * F::LANES + unit % F::LANES;
        self.w[at..].iter_mut().step_by(F::LANES).zip(w).for_each(|(lane, &w)| *lane = w);
    }

    /// Writes the weights of a unit into `w`.
    pub fn get(&self, unit: usize, w: &mut [F]) {
        assert!(unit < self.units && w.len() == self.features);
        let at = unit / F::LANES * self.features * F::LANES + unit % F::LANES;
        self.w[at..].iter().step_by(F::LANES).zip(w).for_each(|(&lane, w)| *w = lane);
    }

    /// The weights, features × units.
    pub fn write(&self, w: &mut [F]) {
        assert_eq!(w.len(), self.features * self.units);
        for (unit, w) in w.chunks_exact_mut(self.features.max(1)).enumerate() {
            let at = unit / F::LANES * self.features * F::LANES + unit % F::LANES;
            self.w[at..].iter().step_by(F::LANES).zip(w).for_each(|(&lane, w)| *w = lane);
        }
    }

    /// How many numbers [`distances`](Self::distances) writes: the units, up to whole vectors.
    pub fn padded(&self) -> usize {
        self.units.next_multiple_of(F::LANES)
    }

    /// The distance of the sample from each unit, the Euclidean one squared; infinite for the padding. Gives the nearest two
    /// units, of equal ones the first; the second is the first where there is only one.
    pub fn distances(&self, asked: Asked<'_, F>, d: &mut [F]) -> BestTwo {
        self.check(&asked, d);
        F::unit_distances(level(), &self.w, asked, self.units, d)
    }

    /// `w_i += g_i (x - w_i)` over the features that the sample has. A block of units whose g are all 0 is passed over.
    pub fn pull(&mut self, pull: Pull<'_, F>) {
        self.check_pull(&pull);
        F::pull_units(level(), &mut self.w, pull);
    }

    /// [`pull`](Self::pull) and then [`distances`](Self::distances), the same bits in one way through the units: a map that is
    /// larger than the first cache is fetched once a step.
    pub fn pull_and_ask(&mut self, pull: Pull<'_, F>, asked: Asked<'_, F>, d: &mut [F]) -> BestTwo {
        self.check_pull(&pull);
        self.check(&asked, d);
        F::pull_and_ask(level(), &mut self.w, pull, asked, self.units, d)
    }

    fn check(&self, asked: &Asked<'_, F>, d: &[F]) {
        assert!(d.len() == self.padded() && asked.x.len() == self.features);
        assert!(asked.rates.is_none_or(|rates| rates.len() == self.features));
        assert!(asked.present.is_none_or(|present| present.iter().all(|&i| (i as usize) < self.features)));
    }

    fn check_pull(&self, pull: &Pull<'_, F>) {
        assert!(pull.g.len() == self.padded() && pull.x.len() == self.features);
        assert!(pull.present.is_none_or(|present| present.iter().all(|&i| (i as usize) < self.features)));
    }
}

/// A sample that units move towards.
#[derive(Clone, Copy, Debug)]
pub struct Pull<'a, F> {
    /// All its features; those that are missing may be anything.
    pub x: &'a [F],
    /// The features that are there, rising, where not all are.
    pub present: Option<&'a [u32]>,
    /// The share of the way that each unit goes, up to whole vectors.
    pub g: &'a [F],
}

/// Blocks that are gone through together, so that their sums hide each other's latency.
pub(super) const TOGETHER: usize = 4;

#[inline(always)]
pub(super) fn distances_kernel<S: Simd, F: Float>(
    simd: S,
    w: &[F],
    asked: Asked<'_, F>,
    units: usize,
    d: &mut [F],
) -> BestTwo {
    let size = asked.x.len() * F::LANES;
    for (w, d) in w.chunks(TOGETHER * size).zip(d.chunks_mut(TOGETHER * F::LANES)) {
        blocks::<S, F>(simd, w, asked, d);
    }
    d[units..].fill(F::from_f64(f64::INFINITY));
    least_two(simd, d)
}

#[inline(always)]
pub(super) fn pull_and_ask_kernel<S: Simd, F: Float>(
    simd: S,
    w: &mut [F],
    pull: Pull<'_, F>,
    asked: Asked<'_, F>,
    units: usize,
    d: &mut [F],
) -> BestTwo {
    let size = asked.x.len() * F::LANES;
    let together = w.chunks_mut(TOGETHER * size).zip(pull.g.chunks(TOGETHER * F::LANES));
    for ((w, g), d) in together.zip(d.chunks_mut(TOGETHER * F::LANES)) {
        pull_kernel(simd, w, Pull { g, ..pull });
        blocks::<S, F>(simd, w, asked, d);
    }
    d[units..].fill(F::from_f64(f64::INFINITY));
    least_two(simd, d)
}

/// Up to so many blocks as are gone through together.
#[inline(always)]
fn blocks<S: Simd, F: Float>(simd: S, w: &[F], asked: Asked<'_, F>, d: &mut [F]) {
    if d.len() == TOGETHER * F::LANES {
        return some_blocks::<S, F, TOGETHER>(simd, w, asked, d);
    }
    for (w, d) in w.chunks_exact(asked.x.len() * F::LANES).zip(d.chunks_exact_mut(F::LANES)) {
        some_blocks::<S, F, 1>(simd, w, asked, d);
    }
}

#[inline(always)]
fn some_blocks<S: Simd, F: Float, const N: usize>(simd: S, w: &[F], asked: Asked<'_, F>, d: &mut [F]) {
    match asked.present {
        None => measured::<S, F, N>(simd, w, asked, 0..asked.x.len(), d),
        Some(present) => measured::<S, F, N>(simd, w, asked, present.iter().map(|&i| i as usize), d),
    }
}

#[inline(always)]
fn measured<S: Simd, F: Float, const N: usize>(
    simd: S,
    w: &[F],
    asked: Asked<'_, F>,
    features: impl Iterator<Item = usize>,
    d: &mut [F],
) {
    let size = asked.x.len() * F::LANES;
    let zero = F::Vector::<S>::splat(simd, F::default());
    let blocks: [&[F]; N] = slices(
        #[inline(always)]
        |b| &w[b * size..(b + 1) * size],
    );
    let mut sums = [zero; N];
    let mut norms = [zero; N];
    let mut length = F::default();
    for feature in features {
        let number = asked.x[feature];
        let rate = asked.rates.map(|rates| rates[feature]);
        let x = F::Vector::<S>::splat(simd, number);
        for b in 0..N {
            let w = F::Vector::<S>::from_slice(simd, &blocks[b][feature * F::LANES..][..F::LANES]);
            match asked.distance {
                Distance::Euclidean => {
                    let apart = x - w;
                    sums[b] = weighed::<S, F>(simd, apart, rate).mul_add(apart, sums[b]);
                }
                Distance::Manhattan => sums[b] += weighed::<S, F>(simd, (x - w).abs(), rate),
                Distance::Cosine => {
                    let w_rated = weighed::<S, F>(simd, w, rate);
                    sums[b] = w_rated.mul_add(x, sums[b]);
                    norms[b] = w_rated.mul_add(w, norms[b]);
                }
            }
        }
        length += match rate {
            Some(rate) => rate * number * number,
            None => number * number,
        };
    }
    for b in 0..N {
        let sum = if asked.distance == Distance::Cosine {
            let one = F::Vector::<S>::splat(simd, F::from_f64(1.0));
            let lengths = norms[b].sqrt() * F::Vector::<S>::splat(simd, F::from_f64(length.to_f64().sqrt()));
            let cosine = lengths.simd_gt(zero).select(sums[b] / lengths, zero);
            // Rounding makes no distance negative; what overflowed stays NaN, and is no distance of 0.
            zero.simd_gt(one - cosine).select(zero, one - cosine)
        } else {
            sums[b]
        };
        sum.store_slice(&mut d[b * F::LANES..(b + 1) * F::LANES]);
    }
}

#[inline(always)]
fn weighed<S: Simd, F: Float>(simd: S, value: F::Vector<S>, rate: Option<F>) -> F::Vector<S> {
    match rate {
        Some(rate) => value * F::Vector::<S>::splat(simd, rate),
        None => value,
    }
}

/// The places of the two least numbers: first in each lane, then across them.
#[inline(always)]
fn least_two<S: Simd, F: Float>(simd: S, d: &[F]) -> BestTwo {
    let most = F::Vector::<S>::splat(simd, F::from_f64(f64::INFINITY));
    let zero = F::Vector::<S>::splat(simd, F::default());
    let (mut least, mut at, mut next, mut next_at) = (most, zero, most, zero);
    for (block, d) in d.chunks_exact(F::LANES).enumerate() {
        let d = F::Vector::<S>::from_slice(simd, d);
        let here = F::Vector::<S>::splat(simd, F::from_f64(block as f64));
        let better = d.simd_lt(least);
        let (loser, loser_at) = (better.select(least, d), better.select(at, here));
        let closer = loser.simd_lt(next);
        next = closer.select(loser, next);
        next_at = closer.select(loser_at, next_at);
        least = better.select(d, least);
        at = better.select(here, at);
    }
    let mut all = [[F::default(); 16]; 4];
    for (lanes, vector) in all.iter_mut().zip([least, at, next, next_at]) {
        vector.store_slice(&mut lanes[..F::LANES]);
    }
    let [least, at, next, next_at] = all;
    let place = |lane: usize, at: &[F; 16]| at[lane].to_f64() as u32 * F::LANES as u32 + lane as u32;
    let mut winner = 0;
    for lane in 1..F::LANES {
        if least[lane] < least[winner] || least[lane] == least[winner] && place(lane, &at) < place(winner, &at) {
            winner = lane;
        }
    }
    let first = place(winner, &at);
    let mut second = (next[winner], place(winner, &next_at));
    for lane in (0..F::LANES).filter(|&lane| lane != winner) {
        if least[lane] < second.0 || least[lane] == second.0 && place(lane, &at) < second.1 {
            second = (least[lane], place(lane, &at));
        }
    }
    let found = second.0 < F::from_f64(f64::INFINITY);
    BestTwo { first, second: if found { second.1 } else { first } }
}

#[inline(always)]
pub(super) fn pull_kernel<S: Simd, F: Float>(simd: S, w: &mut [F], pull: Pull<'_, F>) {
    let Pull { x, present, g } = pull;
    let size = x.len() * F::LANES;
    if size == 0 {
        return;
    }
    for (w, g) in w.chunks_exact_mut(size).zip(g.chunks_exact(F::LANES)) {
        if g.iter().all(|&g| g == F::default()) {
            continue;
        }
        let g = F::Vector::<S>::from_slice(simd, g);
        match present {
            None => {
                for (w, &x) in w.chunks_exact_mut(F::LANES).zip(x) {
                    moved::<S, F>(simd, w, x, g);
                }
            }
            Some(present) => {
                for &i in present {
                    moved::<S, F>(simd, &mut w[i as usize * F::LANES..][..F::LANES], x[i as usize], g);
                }
            }
        }
    }
}

#[inline(always)]
fn moved<S: Simd, F: Float>(simd: S, w: &mut [F], x: F, g: F::Vector<S>) {
    let old = F::Vector::<S>::from_slice(simd, w);
    let apart = F::Vector::<S>::splat(simd, x) - old;
    g.mul_add(apart, old).store_slice(w);
}
