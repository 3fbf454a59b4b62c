//! How samples find their units: which two are nearest, and how far the nearest is.
//!
//! Two ways lead there. Where all numbers are there, and lie near 0 beside their spread, distances come from products,
//! `|x - w|^2 = |x|^2 - 2 x w + |w|^2`, which a machine does best; the one to the unit that is found is measured again by
//! differences. Else they are all taken by differences, over the features that a sample has.

use nn_core::kernels::{self, Asked, BestTwo, Distance, Nearest, Pull, Units};
use nn_core::{Scalar, side_by_side};

/// Samples that a thread takes at a time.
const RUN: usize = 384;
/// How many digits of a float products may lose beside differences.
const LOSS: f64 = 1e-5;
/// Samples whose place beside their spread is looked at.
const LOOKED_AT: usize = 1000;

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

    /// Whether products find the units of these samples: there is a number for each feature, and none is so far from 0 that
    /// its square would swallow the differences.
    pub(crate) fn takes_products(&self, x: &[F], features: usize) -> bool {
        if self.distance == Distance::Manhattan || x.iter().any(|x| !x.is_finite()) {
            return false;
        }
        if self.distance == Distance::Cosine {
            return true;
        }
        let stride = (x.len() / features).div_ceil(LOOKED_AT);
        let (mut mean, mut spread) = (0.0, 0.0);
        for feature in 0..features {
            let numbers = || x[feature..].iter().step_by(features * stride).map(|x| x.to_f64());
            let count = numbers().count() as f64;
            let middle = numbers().sum::<f64>() / count;
            mean += self.rate(feature) * middle * middle;
            spread += self.rate(feature) * numbers().map(|x| (x - middle) * (x - middle)).sum::<f64>() / count;
        }
        mean * F::EPSILON <= LOSS * spread && spread.is_finite()
    }
}

/// The units of a map, ready to be asked.
#[derive(Debug)]
pub(crate) struct Finder<'a, F> {
    measure: &'a Measure<F>,
    /// features × units.
    weights: &'a [F],
    features: usize,
    way: Way<F>,
}

#[derive(Debug)]
enum Way<F> {
    Products(Nearest<F>),
    Differences(Units<F>),
}

/// What a sample has found.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Found {
    pub(crate) best: BestTwo,
    /// The distance to the first.
    pub(crate) far: f64,
}

impl<'a, F: Scalar> Finder<'a, F> {
    pub(crate) fn new(measure: &'a Measure<F>, weights: &'a [F], features: usize, by_products: bool) -> Self {
        let units = weights.len() / features;
        let way = if by_products {
            let mut rated = weights.to_vec();
            if let Some(rates) = &measure.rates {
                let each = rated.chunks_exact_mut(features);
                each.for_each(|w| w.iter_mut().zip(rates).for_each(|(w, &rate)| *w *= rate));
            }
            let squares =
                weights.chunks_exact(features).zip(rated.chunks_exact(features)).map(|(w, r)| kernels::dot(w, r));
            let squares: Vec<F> = squares.collect();
            let biases = if measure.distance == Distance::Cosine {
                for (w, square) in rated.chunks_exact_mut(features).zip(&squares) {
                    let length = square.to_f64().sqrt();
                    let scale = F::from_f64(if length == 0.0 { 0.0 } else { 1.0 / length });
                    w.iter_mut().for_each(|w| *w *= scale);
                }
                vec![F::ZERO; units]
            } else {
                squares.iter().map(|&square| F::from_f64(-0.5) * square).collect()
            };
            Way::Products(Nearest::new(&rated, &biases))
        } else {
            Way::Differences(Units::new(weights, units))
        };
        Self { measure, weights, features, way }
    }

    /// What each sample of `x` finds; the second unit only where it is asked for.
    pub(crate) fn find(&self, x: &[F], with_second: bool, found: &mut [Found]) {
        let mut runs: Vec<(&[F], &mut [Found])> = x.chunks(RUN * self.features).zip(found.chunks_mut(RUN)).collect();
        side_by_side(&mut runs, |_, (x, found)| match &self.way {
            Way::Products(nearest) => {
                let mut best = [BestTwo::default(); RUN];
                let best = &mut best[..found.len()];
                nearest.find(x, with_second, best);
                for ((x, found), best) in x.chunks_exact(self.features).zip(found.iter_mut()).zip(best) {
                    let w = &self.weights[best.first as usize * self.features..][..self.features];
                    *found = Found { best: *best, far: self.measure.between(x, w) };
                }
            }
            Way::Differences(units) => {
                let mut scratch = Scratch::new(units);
                for (x, found) in x.chunks_exact(self.features).zip(found.iter_mut()) {
                    *found = scratch.ask(units, self.measure, x);
                }
            }
        });
    }
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
                    Finder::new(&measure, &w, 7, by_products).find(&x, true, &mut found);
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
        assert!(!measure.takes_products(&[1.0, f32::NAN], 2));
    }
}
