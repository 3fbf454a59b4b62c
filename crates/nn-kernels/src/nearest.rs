//! The unit that a sample is nearest to, for many samples: an argmax fused into the product of units and samples.
//!
//! `|x - w|^2 = |x|^2 - 2 (x w - |w|^2 / 2)`, so the nearest unit is that of the largest `b + x w` with `b = -|w|^2 / 2`. The
//! product is never written: a tile of it is folded into the best so far while it is in registers. Units lie in the lanes,
//! packed once; samples are read where they lie.

use fearless_simd::{Select, Simd, SimdBase};

use crate::arrays::vectors;
use crate::tile::{self, Panel, Together, panel_height};
use crate::{Buffer, Float, Lanes, View, level};

/// Samples whose best so far is kept at a time: with their features they stay in the second cache.
const SAMPLES: usize = 96;
/// Samples of a tile; a divisor of [`SAMPLES`].
const WIDTH: usize = 6;

/// Units, packed so that samples can be compared with them.
#[derive(Debug)]
pub struct Nearest<F> {
    packed: Buffer<F>,
    /// Padded to whole vectors by units that are never the best.
    biases: Vec<F>,
    features: usize,
}

/// The two best units for one sample, as indices from 0. In products the best has the largest sum; on a map it is the nearest, the
/// best matching unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BestTwo {
    /// The best unit; of several the first.
    pub first: u32,
    /// The second best; equal to `first` where there is no other, or none was asked for.
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
        let mut all = Self { packed: Buffer::zeros(padded * features), biases: vec![F::default(); padded], features };
        all.move_to(w, biases);
        all
    }

    /// As many units with other weights `w`, features × units, and other `biases`.
    ///
    /// # Panics
    /// For a number of units that fills another number of vectors, or another number of features.
    pub fn move_to(&mut self, w: &[F], biases: &[F]) {
        let units = biases.len();
        assert!(units.next_multiple_of(F::LANES) == self.biases.len() && w.len() == units * self.features);
        let weights = View::new(w, self.features, units).transposed();
        F::pack(level(), weights, self.features, 0, &mut self.packed);
        self.biases[..units].copy_from_slice(biases);
        self.biases[units..].fill(F::from_f64(f64::NEG_INFINITY));
    }

    /// The best unit of each sample in `x`, features × samples; and the second one, where that is asked for.
    pub fn find(&self, x: &[F], with_second: bool, best: &mut [BestTwo]) {
        assert_eq!(x.len(), self.features * best.len());
        F::nearest(level(), self, x, with_second, best, &mut []);
    }

    /// The best two units of each sample, and the sums of both; that of a second that is not there is minus infinity.
    pub fn find_with_sums(&self, x: &[F], best: &mut [BestTwo], sums: &mut [[F; 2]]) {
        assert!(x.len() == self.features * best.len() && sums.len() == best.len());
        F::nearest(level(), self, x, true, best, sums);
    }
}

#[inline(always)]
pub(super) fn nearest_kernel<S: Simd, F: Float>(
    simd: S,
    units: &Nearest<F>,
    x: &[F],
    with_second: bool,
    best: &mut [BestTwo],
    sums: &mut [[F; 2]],
) {
    for (block, (x, best)) in x.chunks(SAMPLES * units.features).zip(best.chunks_mut(SAMPLES)).enumerate() {
        let sums = sums.get_mut(block * SAMPLES..).unwrap_or_default();
        // Outlined, as the panels of a product are.
        if with_second {
            simd.vectorize(
                #[inline(always)]
                || some_samples::<S, F, true>(simd, units, x, best, sums),
            );
        } else {
            simd.vectorize(
                #[inline(always)]
                || some_samples::<S, F, false>(simd, units, x, best, sums),
            );
        }
    }
}

/// What is known of a sample in each lane: the largest sum and its unit.
#[derive(Clone, Copy)]
struct Best<V> {
    most: V,
    unit: V,
}

#[inline(always)]
fn some_samples<S: Simd, F: Float, const SECOND: bool>(
    simd: S,
    units: &Nearest<F>,
    x: &[F],
    best: &mut [BestTwo],
    sums: &mut [[F; 2]],
) {
    let lowest = F::Vector::<S>::splat(simd, F::from_f64(f64::NEG_INFINITY));
    let zero = F::Vector::<S>::splat(simd, F::default());
    let nothing = Best { most: lowest, unit: zero };
    let (mut first_ones, mut second_ones) = ([nothing; SAMPLES], [nothing; SAMPLES]);
    let state = (&mut first_ones[..best.len()], &mut second_ones[..best.len()]);
    let (height, features) = (panel_height::<S, F>(), units.features);
    for (panel, biases) in units.biases.chunks(height).enumerate() {
        let vectors = biases.len() / F::LANES;
        let data = &units.packed[panel * height * features..][..biases.len() * features];
        let a = Panel { data, columns: Together, vectors, rows: biases.len() };
        let first = panel * height;
        let units = Units { panel: a, biases, first };
        let state = (&mut *state.0, &mut *state.1);
        match vectors {
            1 => by_tiles::<S, F, SECOND, 1>(simd, units, x, state),
            2 => by_tiles::<S, F, SECOND, 2>(simd, units, x, state),
            3 => by_tiles::<S, F, SECOND, 3>(simd, units, x, state),
            _ => by_tiles::<S, F, SECOND, 4>(simd, units, x, state),
        }
    }
    for (sample, ((most, next), best)) in state.0.iter().zip(state.1.iter()).zip(best).enumerate() {
        let (two, both) = across_lanes::<S, F, SECOND>(most, next);
        *best = two;
        if let Some(own) = sums.get_mut(sample) {
            *own = both;
        }
    }
}

/// Units of one panel, the first of which is number `first`.
#[derive(Clone, Copy)]
struct Units<'a, F> {
    panel: Panel<'a, F, Together>,
    biases: &'a [F],
    first: usize,
}

/// The best so far of some samples, and the second best ones, which are left alone where nobody asks for them.
type State<'a, V> = (&'a mut [Best<V>], &'a mut [Best<V>]);

#[inline(always)]
fn by_tiles<S: Simd, F: Float, const SECOND: bool, const V: usize>(
    simd: S,
    units: Units<F>,
    x: &[F],
    (most, next): State<F::Vector<S>>,
) {
    if const { V > tile::panel_vectors::<S>() } {
        return;
    }
    let features = units.panel.data.len() / units.biases.len();
    let whole = most.len() - most.len() % WIDTH;
    let ((tiles, rest), (next_tiles, next_rest)) = (most.split_at_mut(whole), next.split_at_mut(whole));
    let tiles = tiles.chunks_exact_mut(WIDTH).zip(next_tiles.chunks_exact_mut(WIDTH));
    for ((most, next), x) in tiles.zip(x.chunks_exact(WIDTH * features)) {
        // Fewer registers hold fewer sums.
        if const { tile::most_columns::<S>(V) >= WIDTH } {
            fold::<S, F, SECOND, V, WIDTH>(simd, units, x, (most, next));
        } else {
            let (low, high) = most.split_at_mut(WIDTH / 2);
            let (next_low, next_high) = next.split_at_mut(WIDTH / 2);
            fold::<S, F, SECOND, V, { WIDTH / 2 }>(simd, units, &x[..WIDTH / 2 * features], (low, next_low));
            fold::<S, F, SECOND, V, { WIDTH / 2 }>(simd, units, &x[WIDTH / 2 * features..], (high, next_high));
        }
    }
    let rest = rest.chunks_exact_mut(1).zip(next_rest.chunks_exact_mut(1));
    for ((most, next), x) in rest.zip(x[whole * features..].chunks_exact(features)) {
        fold::<S, F, SECOND, V, 1>(simd, units, x, (most, next));
    }
}

/// The sums of `V` vectors of units and `N` samples, folded into what is known of these.
#[inline(always)]
fn fold<S: Simd, F: Float, const SECOND: bool, const V: usize, const N: usize>(
    simd: S,
    units: Units<F>,
    x: &[F],
    (most, next): State<F::Vector<S>>,
) {
    let biases = vectors::<S, F, V>(
        simd,
        #[inline(always)]
        |v| F::Vector::<S>::from_slice(simd, &units.biases[v * F::LANES..(v + 1) * F::LANES]),
    );
    let samples = View::new(x, x.len() / N, N);
    let sums = tile::by_columns::<S, F, Together, V, N>(simd, units.panel, samples, [biases; N]);
    let mut counted = [F::default(); 16];
    counted
        .iter_mut()
        .zip(0..16)
        .for_each(|(lane, number)| *lane = F::from_24_bits(number) * F::from_f64(16_777_216.0));
    let lanes = F::Vector::<S>::from_slice(simd, &counted[..F::LANES]);
    for v in 0..V {
        let unit = lanes + F::Vector::<S>::splat(simd, F::from_f64((units.first + v * F::LANES) as f64));
        for ((best, next), sums) in most.iter_mut().zip(next.iter_mut()).zip(&sums) {
            let sum = sums[v];
            let better = sum.simd_gt(best.most);
            if SECOND {
                let (loser, loser_unit) = (better.select(best.most, sum), better.select(best.unit, unit));
                let second = loser.simd_gt(next.most);
                next.most = second.select(loser, next.most);
                next.unit = second.select(loser_unit, next.unit);
            }
            best.most = better.select(sum, best.most);
            best.unit = better.select(unit, best.unit);
        }
    }
}

/// The best of all lanes, of equal ones that with the lowest index; and the sums of both.
#[inline(always)]
fn across_lanes<S: Simd, F: Float, const SECOND: bool>(
    best: &Best<F::Vector<S>>,
    next: &Best<F::Vector<S>>,
) -> (BestTwo, [F; 2]) {
    let mut all = [[F::default(); 16]; 4];
    for (lanes, vector) in all.iter_mut().zip([best.most, best.unit, next.most, next.unit]) {
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
        return (BestTwo { first, second: first }, [most[winner]; 2]);
    }
    // The next one is the winner's own, or the best of another lane.
    let mut second = (next[winner], next_unit[winner]);
    for lane in (0..F::LANES).filter(|&lane| lane != winner) {
        if second.0 < most[lane] || second.0 == most[lane] && unit[lane] < second.1 {
            second = (most[lane], unit[lane]);
        }
    }
    let found = F::from_f64(f64::NEG_INFINITY) < second.0;
    (BestTwo { first, second: if found { second.1.to_f64() as u32 } else { first } }, [most[winner], second.0])
}
