//! How samples find their units: which two are nearest, and how far the nearest is.
//!
//! Two ways lead there. Where numbers lie near 0 beside their spread, distances come from products,
//! `|x - w|^2 = |x|^2 - 2 x w + |w|^2`, which a machine does best; the one to the unit that is found is measured again by
//! differences. Else, and for each sample that lacks a number or whose square the float cannot hold, they are all taken by
//! differences, over the features that the sample has.
//!
//! Training chooses the way by its samples. A map that is asked chooses by its units, so that the answer to a sample does not
//! hang on those that are asked about with it.

use nn_core::kernels::{self, Asked, BestTwo, Distance, Nearest, Pull, Units};
use nn_core::{Scalar, side_by_side_for};
use std::borrow::Cow;
use std::sync::OnceLock;

/// Samples that a thread takes at a time: twice as many as the kernel does. Fewer cost, more would leave a thread that woke late
/// with less than its share.
const RUN: usize = 192;
/// How many digits of a float products may lose beside differences.
const LOSS: f64 = 1e-5;
/// Samples whose place beside their spread is looked at.
const LOOKED_AT: usize = 300;

/// How samples and units are compared.
#[derive(Clone, Debug)]
pub(crate) struct Measure<F> {
    pub(crate) distance: Distance,
    /// A weight for each feature, where they differ.
    pub(crate) rates: Option<Vec<F>>,
}

impl<F: Scalar> Measure<F> {
    pub(crate) fn new(distance: Distance, feature_weights: &[f64]) -> Self {
        let rates = feature_weights.iter().map(|&weight| F::from_f64(weight)).collect::<Vec<F>>();
        Self { distance, rates: Some(rates).filter(|rates| !rates.is_empty()) }
    }

    fn rate(&self, feature: usize) -> f64 {
        self.rates.as_ref().map_or(1.0, |rates| rates[feature].to_f64())
    }

    /// The distance of two points over the features that both have.
    pub(crate) fn between(&self, x: &[F], w: &[F]) -> f64 {
        if self.distance == Distance::Euclidean {
            let mut square = [F::ZERO];
            kernels::distances(x, 1, w, self.rates.as_deref(), &mut square);
            if square[0].is_finite() {
                return square[0].to_f64().sqrt();
            }
        }
        let pairs = x.iter().zip(w).enumerate().map(|(feature, (x, w))| (self.rate(feature), x.to_f64(), w.to_f64()));
        let there = pairs.filter(|(_, x, w)| !x.is_nan() && !w.is_nan());
        match self.distance {
            Distance::Euclidean => there.map(|(rate, x, w)| rate * (x - w) * (x - w)).sum::<f64>().sqrt(),
            Distance::Manhattan => there.map(|(rate, x, w)| rate * (x - w).abs()).sum(),
            Distance::Cosine => {
                let sums = there.fold([0.0; 3], |[xw, xx, ww], (rate, x, w)| {
                    [xw + rate * x * w, xx + rate * x * x, ww + rate * w * w]
                });
                let lengths = sums[1].sqrt() * sums[2].sqrt();
                if lengths == 0.0 { 1.0 } else { (1.0 - sums[0] / lengths).max(0.0) }
            }
        }
    }

    /// The distance of two samples that may lack different numbers: that over the features that both have, by as much larger
    /// as they weigh less than all; infinite where they have none in common.
    pub(crate) fn between_samples(&self, a: &[F], b: &[F]) -> f64 {
        let (mut common, mut all) = (0.0, 0.0);
        for (feature, (a, b)) in a.iter().zip(b).enumerate() {
            all += self.rate(feature);
            common += if a.is_finite() && b.is_finite() { self.rate(feature) } else { 0.0 };
        }
        if common == 0.0 {
            return f64::INFINITY;
        }
        let apart = self.between(a, b);
        match self.distance {
            _ if common == all => apart,
            Distance::Euclidean => apart * (all / common).sqrt(),
            Distance::Manhattan => apart * (all / common),
            Distance::Cosine => apart,
        }
    }

    /// Whether products tell units apart among these points, samples or units: they are not so far from 0 that squares would
    /// swallow the differences.
    pub(crate) fn takes_products(&self, points: &[F], features: usize) -> bool {
        match self.distance {
            Distance::Manhattan => return false,
            Distance::Cosine => return true,
            Distance::Euclidean => {}
        }
        let stride = (points.len() / features).div_ceil(LOOKED_AT);
        let looked_at = || points.chunks_exact(features).step_by(stride);
        let mut sums = vec![[0.0_f64; 2]; features];
        for x in looked_at() {
            for ([count, sum], x) in sums.iter_mut().zip(x) {
                let x = x.to_f64();
                let there = x.is_finite();
                *count += f64::from(u8::from(there));
                *sum += if there { x } else { 0.0 };
            }
        }
        let middles: Vec<f64> = sums.iter().map(|[count, sum]| sum / count.max(1.0)).collect();
        let mut squares = vec![0.0; features];
        for x in looked_at() {
            for ((square, middle), x) in squares.iter_mut().zip(&middles).zip(x) {
                let apart = x.to_f64() - middle;
                *square += if apart.is_finite() { apart * apart } else { 0.0 };
            }
        }
        let (mut mean, mut spread) = (0.0, 0.0);
        for feature in 0..features {
            mean += self.rate(feature) * middles[feature] * middles[feature];
            spread += self.rate(feature) * squares[feature] / sums[feature][0].max(1.0);
        }
        mean * F::EPSILON <= LOSS * spread && spread.is_finite()
    }
}

/// The units of a map, ready to be asked.
#[derive(Debug)]
pub(crate) struct Finder<'a, F: Scalar> {
    measure: &'a Measure<F>,
    /// features × units.
    weights: &'a [F],
    features: usize,
    /// By products, where they tell units apart.
    nearest: Option<Nearest<F>>,
    /// By differences; made for the first sample that needs them.
    units: OnceLock<Units<F>>,
}

/// What a sample has found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    pub(crate) best: BestTwo,
    /// The distance to the first.
    pub(crate) far: f64,
}

impl<'a, F: Scalar> Finder<'a, F> {
    /// `kept` is what another one of as many units was made with, whose memory is taken over.
    pub(crate) fn new(
        measure: &'a Measure<F>,
        weights: &'a [F],
        features: usize,
        by_products: bool,
        kept: Option<Nearest<F>>,
    ) -> Self {
        let nearest = if by_products { by_product(measure, weights, features, kept) } else { None };
        Self { measure, weights, features, nearest, units: OnceLock::new() }
    }

    /// What the next one may be made with.
    pub(crate) fn into_kept(self) -> Option<Nearest<F>> {
        self.nearest
    }

    /// What each sample of `x` finds; the second unit only where it is asked for.
    pub(crate) fn find(&self, x: &[F], with_second: bool, found: &mut [Found]) {
        let mut runs: Vec<(&[F], &mut [Found])> = x.chunks(RUN * self.features).zip(found.chunks_mut(RUN)).collect();
        side_by_side_for(x.len() * self.weights.len() / self.features, &mut runs, |_, (x, found)| {
            let mut best = [BestTwo::default(); RUN];
            let best = &mut best[..found.len()];
            if let Some(nearest) = &self.nearest {
                nearest.find(x, with_second, best);
            }
            let mut scratch = None;
            for ((x, found), best) in x.chunks_exact(self.features).zip(found.iter_mut()).zip(best) {
                // Where both squares are finite their product is.
                *found = if self.nearest.is_some() && kernels::dot(x, x).is_finite() {
                    let w = &self.weights[best.first as usize * self.features..][..self.features];
                    Found { best: *best, far: self.measure.between(x, w) }
                } else {
                    let units = self.units.get_or_init(|| Units::new(self.weights, self.weights.len() / self.features));
                    scratch.get_or_insert_with(|| Scratch::new(units)).ask(units, self.measure, x)
                };
            }
        });
    }
}

/// Units that products are taken with; none where the float cannot hold their squares.
fn by_product<F: Scalar>(
    measure: &Measure<F>,
    weights: &[F],
    features: usize,
    kept: Option<Nearest<F>>,
) -> Option<Nearest<F>> {
    let mut rated = Cow::Borrowed(weights);
    if let Some(rates) = &measure.rates {
        let each = rated.to_mut().chunks_exact_mut(features);
        each.for_each(|w| w.iter_mut().zip(rates).for_each(|(w, &rate)| *w *= rate));
    }
    let pairs = weights.chunks_exact(features).zip(rated.chunks_exact(features));
    let squares: Vec<F> = pairs.map(|(w, rated)| kernels::dot(w, rated)).collect();
    let biases: Vec<F> = if measure.distance == Distance::Cosine {
        for (w, square) in rated.to_mut().chunks_exact_mut(features).zip(&squares) {
            let length = square.to_f64().sqrt();
            let scale = F::from_f64(if length == 0.0 { 0.0 } else { 1.0 / length });
            w.iter_mut().for_each(|w| *w *= scale);
        }
        vec![F::ZERO; squares.len()]
    } else {
        squares.iter().map(|&square| F::from_f64(-0.5) * square).collect()
    };
    let holds = squares.iter().all(|square| square.is_finite())
        && rated.chunks_exact(features).all(|w| kernels::dot(w, w).is_finite());
    holds.then(|| match kept {
        None => Nearest::new(&rated, &biases),
        Some(mut kept) => {
            kept.move_to(&rated, &biases);
            kept
        }
    })
}

/// What is needed to ask about one sample after another.
pub(crate) struct Scratch<F> {
    pub(crate) d: Vec<F>,
    present: Vec<u32>,
    /// The features that the sample before had.
    before: Vec<u32>,
}

impl<F: Scalar> Scratch<F> {
    pub(crate) fn new(units: &Units<F>) -> Self {
        Self { d: vec![F::ZERO; units.padded()], present: Vec::new(), before: Vec::new() }
    }

    /// What one sample finds; the distances to all units are then in `d`, the Euclidean ones squared.
    pub(crate) fn ask(&mut self, units: &Units<F>, measure: &Measure<F>, x: &[F]) -> Found {
        self.look(x);
        let best = units.distances(asked(x, &self.present, measure), &mut self.d);
        self.found(best, measure)
    }

    /// The same, after the units have moved by the shares `g` of the way to the sample `before`, that was asked about last.
    pub(crate) fn pull_and_ask(
        &mut self,
        units: &mut Units<F>,
        measure: &Measure<F>,
        before: &[F],
        g: &[F],
        x: &[F],
    ) -> Found {
        self.look(x);
        let pull = Pull { x: before, present: some_of(&self.before, x.len()), g };
        let best = units.pull_and_ask(pull, asked(x, &self.present, measure), &mut self.d);
        self.found(best, measure)
    }

    /// Moves the units by the shares `g` of the way to the sample that was asked about last.
    pub(crate) fn pull(&self, units: &mut Units<F>, last: &[F], g: &[F]) {
        units.pull(Pull { x: last, present: some_of(&self.present, last.len()), g });
    }

    fn found(&self, best: BestTwo, measure: &Measure<F>) -> Found {
        let far = self.d[best.first as usize].to_f64();
        Found { best, far: if measure.distance == Distance::Euclidean { far.sqrt() } else { far } }
    }

    fn look(&mut self, x: &[F]) {
        std::mem::swap(&mut self.present, &mut self.before);
        self.present.clear();
        if x.iter().fold(true, |all, x| all & x.is_finite()) {
            return;
        }
        self.present.extend((0..).zip(x).filter(|(_, x)| x.is_finite()).map(|(feature, _)| feature));
    }
}

fn asked<'a, F: Scalar>(x: &'a [F], present: &'a [u32], measure: &'a Measure<F>) -> Asked<'a, F> {
    Asked { x, present: some_of(present, x.len()), rates: measure.rates.as_deref(), distance: measure.distance }
}

/// The features that are there, unless all are; no sample lacks all its numbers.
fn some_of(present: &[u32], features: usize) -> Option<&[u32]> {
    Some(present).filter(|present| !present.is_empty() && present.len() < features)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_find_the_same_units() {
        let x: Vec<f64> = (0..7 * 500).map(|i| ((i * i) as f64 * 0.37).sin()).collect();
        let w: Vec<f64> = (0..7 * 33).map(|i| ((i * i) as f64 * 0.71).cos()).collect();
        for distance in [Distance::Euclidean, Distance::Cosine] {
            for rates in [&[][..], &[1.0, 0.0, 2.0, 0.5, 1.0, 3.0, 1.0]] {
                let measure = Measure::<f64>::new(distance, rates);
                assert!(measure.takes_products(&x, 7));
                let [products, differences] = [true, false].map(|by_products| {
                    let mut found = vec![Found::default(); 500];
                    Finder::new(&measure, &w, 7, by_products, None).find(&x, true, &mut found);
                    found
                });
                for (a, b) in products.iter().zip(&differences) {
                    assert_eq!(a.best, b.best);
                    assert!((a.far - b.far).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn far_from_0_only_differences_tell_units_apart() {
        let x: Vec<f32> = (0..200).map(|i| 1e5 + (i % 7) as f32).collect();
        let measure = Measure::new(Distance::Euclidean, &[]);
        assert!(!measure.takes_products(&x, 2));
        let near: Vec<f32> = x.iter().map(|x| x - 1e5).collect();
        assert!(measure.takes_products(&near, 2));
        // What is missing says nothing of where the others lie.
        assert!(measure.takes_products(&[1.0, f32::NAN, -1.0, f32::NAN], 2));
    }

    #[test]
    fn a_sample_finds_the_same_whatever_is_asked_beside_it() {
        let x: Vec<f32> = (0..3 * 50).map(|i| ((i * i) as f32 * 0.37).sin()).collect();
        let w: Vec<f32> = (0..3 * 20).map(|i| ((i * i) as f32 * 0.71).cos()).collect();
        let measure = Measure::new(Distance::Euclidean, &[]);
        let find = |x: &[f32]| {
            let mut found = vec![Found::default(); x.len() / 3];
            Finder::new(&measure, &w, 3, true, None).find(x, true, &mut found);
            found.iter().map(|found| (found.best, found.far.to_bits())).collect::<Vec<_>>()
        };
        let mut mixed = x.clone();
        mixed.extend([f32::NAN, 0.1, 0.2, 1e30, 0.1, 0.2]);
        let all = find(&mixed);
        assert_eq!(all[..50], find(&x));
        assert!(mixed.chunks(3).zip(&all).all(|(x, all)| find(x) == [*all]));
        // The second sample is at a distance whose square the float cannot hold, which is told and not guessed.
        assert_eq!(all[51].1, f64::INFINITY.to_bits());
    }

    #[test]
    fn samples_that_lack_numbers_are_not_nearer_for_it() {
        let far = |distance: Distance, a: [f64; 2], b: [f64; 2]| Measure::new(distance, &[]).between_samples(&a, &b);
        assert_eq!(far(Distance::Manhattan, [0.0, 0.0], [3.0, f64::NAN]), 6.0);
        assert_eq!(far(Distance::Euclidean, [0.0, 0.0], [3.0, f64::NAN]), 3.0 * 2.0_f64.sqrt());
        assert_eq!(far(Distance::Euclidean, [0.0, 0.0], [3.0, 4.0]), 5.0);
        assert_eq!(far(Distance::Euclidean, [1.0, f64::NAN], [f64::NAN, 1.0]), f64::INFINITY);
    }

    #[test]
    fn units_whose_squares_overflow_are_compared_by_differences() {
        let (w, x) = ([3e19_f32, 0.0, 3e19, 1.0, 3e19, 2.0], [3e19_f32, 2.0]);
        let measure = Measure::new(Distance::Euclidean, &[]);
        let mut found = [Found::default()];
        Finder::new(&measure, &w, 2, true, None).find(&x, true, &mut found);
        assert_eq!((found[0].best, found[0].far), (BestTwo { first: 2, second: 1 }, 0.0));
    }
}
