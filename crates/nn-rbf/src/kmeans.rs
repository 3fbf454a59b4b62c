//! Clusters of samples: k-means from a k-means++ start. No second model asks for it; what it is made of is nn-core's.

use crate::lottery::Lottery;
use nn_core::kernels::{BestTwo, Nearest, Onto, View, add_columns, dot, gemm};
use nn_core::random::{Key, uniform};
use nn_core::{Scalar, side_by_side, side_by_side_for};
use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};

/// Samples whose distances are held at a time.
const ROWS: usize = 128;
/// Samples whose distances one thread takes on at a time.
const RUN: usize = 8 * ROWS;
/// New centres of k-means++ that are drawn at a time.
const MOST_PROPOSALS: usize = 16;
/// Numbers of all centres from which on it pays to remember what is sure of a sample: below, a look costs no more.
const DEAR: usize = 1 << 16;
/// Features from which on a first look in single precision pays.
const MANY_FEATURES: usize = 32;

/// Clusters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Clusters<F> {
    /// The mean of each cluster: features × clusters, column-major.
    pub(crate) centers: Vec<F>,
    /// The cluster of each sample.
    pub(crate) labels: Vec<u32>,
}

/// Samples to be put into clusters, shifted so that their mean is 0: distances are taken by products, which lose digits far
/// from it.
struct Samples<F> {
    x: Vec<F>,
    features: usize,
    mean: Vec<F>,
    norms: Vec<F>,
    weights: Option<Vec<F>>,
    /// The samples once more for a first look, and how long each is at most.
    single: Option<Vec<f32>>,
}

/// Puts samples into at most `k` clusters: each in that whose mean is nearest, which is the mean of those in it.
///
/// The start is k-means++: sample after sample becomes a centre, with a chance in proportion to its squared distance D^2 from
/// the nearest centre so far. Several are drawn at a time, each of which is then kept with the chance `D_new^2 / D^2`, where D_new
/// looks at those kept before it, too; that gives the same distribution. Then Lloyd's passes: every sample to its nearest mean,
/// every mean to the middle of its samples. A cluster that has lost all its samples starts again at the one that is farthest from
/// its mean. There are fewer clusters than `k` where there are fewer different samples.
///
/// Lloyd 1982; Arthur and Vassilvitskii 2007.
///
/// # Shapes
/// `x`: features × samples. `weights`: one a sample, where they differ.
pub(crate) fn k_means<F: Scalar>(
    x: &[F],
    features: usize,
    weights: Option<&[F]>,
    k: usize,
    passes: usize,
    seed: u64,
    stop: Option<&AtomicBool>,
) -> Clusters<F> {
    let samples = Samples::new(x, features, weights);
    let start = samples.start(k, seed);
    let bounded = DEAR <= start.len();
    samples.lloyd(start, passes, bounded, stop)
}

/// The nearest of `centers` to each sample.
pub(crate) fn nearest<F: Scalar>(x: &[F], features: usize, centers: &[F]) -> Vec<u32> {
    let samples = Samples::new(x, features, None);
    let mut shifted = centers.to_vec();
    for center in shifted.chunks_exact_mut(features) {
        center.iter_mut().zip(&samples.mean).for_each(|(c, &mean)| *c -= mean);
    }
    samples.nearest(&shifted)
}

impl<F: Scalar> Samples<F> {
    fn new(x: &[F], features: usize, weights: Option<&[F]>) -> Self {
        let mean = means(x, features);
        let screened = F::EPSILON < 1e-10 && MANY_FEATURES <= features;
        let (mut shifted, mut norms) = (vec![F::ZERO; x.len()], vec![F::ZERO; x.len() / features]);
        let mut single = vec![0.0_f32; if screened { x.len() } else { 0 }];
        let singles = single.chunks_mut(RUN * features).map(Some).chain(std::iter::repeat_with(|| None));
        let mut runs: Vec<_> = x
            .chunks(RUN * features)
            .zip(shifted.chunks_mut(RUN * features))
            .zip(norms.chunks_mut(RUN))
            .zip(singles)
            .collect();
        side_by_side_for(x.len(), &mut runs, |_, (((x, shifted), norms), single)| {
            let samples = x.chunks_exact(features).zip(shifted.chunks_exact_mut(features)).zip(norms.iter_mut());
            for ((x, shifted), norm) in samples {
                shifted.iter_mut().zip(x).zip(&mean).for_each(|((shifted, &x), &mean)| *shifted = x - mean);
                *norm = dot(shifted, shifted);
            }
            if let Some(single) = single {
                single.iter_mut().zip(shifted.iter()).for_each(|(single, x)| *single = x.to_f64() as f32);
            }
        });
        // In single precision squares must neither overflow nor vanish.
        let longest = norms.iter().fold(0.0, |most: f64, norm| most.max(norm.to_f64()));
        let single = (screened && (1e-20..1e30).contains(&longest)).then_some(single);
        Self { x: shifted, features, mean, norms, weights: weights.map(<[F]>::to_vec), single }
    }

    fn len(&self) -> usize {
        self.norms.len()
    }

    /// Lloyd's passes from these centres, of samples shifted to their mean; the centres that are given back are not.
    ///
    /// A sample that is nearer to its centre than it can be to any other, after what all have moved since it was looked at, is not
    /// looked at again where it is `bounded`: the triangle inequality. Hamerly 2010.
    fn lloyd(&self, mut centers: Vec<F>, passes: usize, bounded: bool, stop: Option<&AtomicBool>) -> Clusters<F> {
        let mut labels = vec![u32::MAX; self.len()];
        let mut bounds = vec![Bounds::NONE; if bounded { self.len() } else { 0 }];
        for _ in 0..passes {
            let settled = !self.assign(&centers, &mut labels, &mut bounds);
            if settled || stop.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
                break;
            }
            let before = if bounded { centers.clone() } else { Vec::new() };
            self.move_to_means(&labels, &mut centers);
            loosen(&mut bounds, &labels, &moved(&before, &centers, self.features));
        }
        for center in centers.chunks_exact_mut(self.features) {
            center.iter_mut().zip(&self.mean).for_each(|(c, &mean)| *c += mean);
        }
        Clusters { centers, labels }
    }

    fn sample(&self, index: usize) -> &[F] {
        &self.x[index * self.features..][..self.features]
    }

    fn weight(&self, index: usize) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[index].to_f64())
    }

    /// The centres of k-means++.
    fn start(&self, k: usize, seed: u64) -> Vec<F> {
        let mut stream = Key::once(seed).stream("k-means");
        // Squared distances from the nearest centre; before there is one, all are alike.
        let mut squares = vec![F::ONE; self.len()];
        let mut chosen: Vec<usize> = Vec::new();
        while chosen.len() < k {
            let lottery = Lottery::new(squares.iter().enumerate().map(|(index, d)| self.weight(index) * d.to_f64()));
            let proposals = (chosen.len() / 4).clamp(1, MOST_PROPOSALS).min(k - chosen.len());
            let mut kept: Vec<usize> = Vec::with_capacity(proposals);
            for _ in 0..proposals {
                let Some(index) = lottery.draw(uniform(&mut stream)) else { break };
                let luck = uniform(&mut stream);
                let before = squares[index].to_f64();
                let now = kept.iter().map(|&other| self.square(index, other)).fold(before, f64::min);
                if luck * before < now {
                    kept.push(index);
                }
            }
            if kept.is_empty() {
                // No sample is left that is not a centre.
                break;
            }
            self.shrink(&kept, chosen.is_empty(), &mut squares);
            kept.iter().for_each(|&index| squares[index] = F::ZERO);
            chosen.extend(kept);
        }
        chosen.iter().flat_map(|&index| self.sample(index).iter().copied()).collect()
    }

    /// The squared distance of two samples.
    fn square(&self, a: usize, b: usize) -> f64 {
        self.sample(a).iter().zip(self.sample(b)).map(|(&a, &b)| (a - b).to_f64().powi(2)).sum()
    }

    /// Brings the squared distances down to those from the samples in `new`, where these are nearer. They are chances, for which
    /// single precision does where it can hold them.
    fn shrink(&self, new: &[usize], first: bool, squares: &mut [F]) {
        match &self.single {
            Some(x) => self.shrink_by(x, new, first, squares),
            None => self.shrink_by(&self.x, new, first, squares),
        }
    }

    /// The same, by products of these numbers of all samples.
    fn shrink_by<G: Scalar>(&self, x: &[G], new: &[usize], first: bool, squares: &mut [F]) {
        let own = |index: usize| &x[index * self.features..][..self.features];
        let columns: Vec<G> = new.iter().flat_map(|&index| own(index).iter().copied()).collect();
        let norms: Vec<F> = new.iter().map(|&index| self.norms[index]).collect();
        let two = F::from_f64(2.0);
        let rounding = F::from_f64(64.0 * G::EPSILON);
        let mut runs: Vec<&mut [F]> = squares.chunks_mut(RUN).collect();
        side_by_side(&mut runs, |run, squares| {
            let mut products = vec![G::ZERO; ROWS * new.len()];
            for (block, squares) in squares.chunks_mut(ROWS).enumerate() {
                let from = run * RUN + block * ROWS;
                let rows = squares.len();
                let x = View::new(&x[from * self.features..], self.features, rows).transposed();
                let c = View::new(&columns, self.features, new.len());
                gemm(x, c, Onto::Zero, &mut products, rows);
                for (products, &norm) in products.chunks_exact(rows).zip(&norms) {
                    for ((square, &own), &product) in squares.iter_mut().zip(&self.norms[from..]).zip(products) {
                        let both = own + norm;
                        let distance = both - two * F::from_f64(product.to_f64());
                        // What is rounding is no distance: a sample that is there already.
                        let distance = if distance <= rounding * both { F::ZERO } else { distance };
                        if first || distance < *square {
                            *square = distance;
                        }
                    }
                }
            }
        });
    }

    /// The nearest of `centers` to each sample, the first of several.
    fn nearest(&self, centers: &[F]) -> Vec<u32> {
        let mut labels = vec![u32::MAX; self.len()];
        self.assign(centers, &mut labels, &mut []);
        labels
    }

    /// Finds the nearest of `centers` to each sample whose bounds leave it open, and its bounds; to every sample where there are
    /// none. Tells whether a label is another.
    ///
    /// The nearest is the one of the largest `x c - |c|^2 / 2`. In double precision a first look in single precision finds the best
    /// two; where they are nearer one another than rounding, all are looked at again.
    fn assign(&self, centers: &[F], labels: &mut [u32], bounds: &mut [Bounds]) -> bool {
        let half = F::from_f64(0.5);
        let biases: Vec<F> = centers.chunks_exact(self.features).map(|c| -(half * dot(c, c))).collect();
        let longest = biases.iter().fold(0.0, |most: f64, bias| most.max(-2.0 * bias.to_f64())).sqrt();
        let single = |numbers: &[F]| -> Vec<f32> { numbers.iter().map(|number| number.to_f64() as f32).collect() };
        let units = match &self.single {
            Some(x) => Units::Single(x, Nearest::new(&single(centers), &single(&biases))),
            None => Units::Whole(Nearest::new(centers, &biases)),
        };
        let bounded = !bounds.is_empty();
        let looked = Looked { samples: self, centers, biases: &biases, longest, bounded };
        let open: Vec<usize> = (0..self.len()).filter(|&index| !(bounded && bounds[index].is_sure())).collect();
        let mut found = vec![(0_u32, Bounds::NONE); open.len()];
        let mut runs: Vec<_> = open.chunks(RUN).zip(found.chunks_mut(RUN)).collect();
        side_by_side(&mut runs, |_, (open, found)| {
            let mut two = vec![BestTwo::default(); open.len()];
            let mut sums = vec![[0.0_f32; 2]; open.len()];
            match &units {
                Units::Single(x, units) => {
                    units.find_with_sums(&gathered(x, self.features, open), &mut two, &mut sums);
                }
                Units::Whole(units) => units.find(&gathered(&self.x, self.features, open), bounded, &mut two),
            }
            for (((found, &index), two), sums) in found.iter_mut().zip(open.iter()).zip(two).zip(sums) {
                *found = looked.at(index, two, sums.map(f64::from));
            }
        });
        let mut changed = false;
        for (index, (label, bound)) in open.into_iter().zip(found) {
            changed |= labels[index] != label;
            labels[index] = label;
            if bounded {
                bounds[index] = bound;
            }
        }
        changed
    }

    /// How far each sample is from the centre of its label, squared.
    fn far(&self, centers: &[F], labels: &[u32]) -> Vec<f64> {
        let square = |(index, &label): (usize, &u32)| {
            let c = &centers[label as usize * self.features..][..self.features];
            self.sample(index).iter().zip(c).map(|(&x, &c)| (x - c).to_f64().powi(2)).sum()
        };
        labels.iter().enumerate().map(square).collect()
    }

    /// Moves each centre to the mean of its samples.
    fn move_to_means(&self, labels: &[u32], centers: &mut [F]) {
        let k = centers.len() / self.features;
        // The samples of each cluster side by side, in their order.
        let mut ends = vec![0_usize; k + 1];
        labels.iter().for_each(|&label| ends[label as usize + 1] += 1);
        for unit in 0..k {
            ends[unit + 1] += ends[unit];
        }
        let mut places = ends.clone();
        let mut members = vec![0_u32; labels.len()];
        for (sample, &label) in (0..).zip(labels) {
            members[places[label as usize]] = sample;
            places[label as usize] += 1;
        }
        let mut units: Vec<(&mut [F], bool)> = centers.chunks_exact_mut(self.features).map(|c| (c, false)).collect();
        side_by_side(&mut units, |unit, (center, empty)| {
            let members = &members[ends[unit]..ends[unit + 1]];
            let total: f64 = members.iter().map(|&sample| self.weight(sample as usize)).sum();
            if total <= 0.0 {
                *empty = true;
                return;
            }
            let mut sums = vec![0.0; self.features];
            let shares: Vec<f64> = members.iter().map(|&sample| self.weight(sample as usize) / total).collect();
            add_columns(&self.x, members, &shares, &mut sums);
            center.iter_mut().zip(sums).for_each(|(c, sum)| *c = F::from_f64(sum));
        });
        let empty: Vec<usize> = (0..k).filter(|&unit| units[unit].1).collect();
        if empty.is_empty() {
            return;
        }
        let mut far = self.far(centers, labels);
        far.iter_mut().enumerate().for_each(|(at, far)| *far *= self.weight(at));
        for unit in empty {
            let center = &mut centers[unit * self.features..][..self.features];
            let farthest = (0..far.len()).fold(0, |best, at| if far[best] < far[at] { at } else { best });
            center.copy_from_slice(self.sample(farthest));
            far[farthest] = f64::NEG_INFINITY;
        }
    }
}

/// The mean of each feature: of runs of samples, which are added in their order.
fn means<F: Scalar>(x: &[F], features: usize) -> Vec<F> {
    let count = x.len() / features;
    let mut runs: Vec<_> = x.chunks(RUN * features).map(|x| (x, vec![0.0; features])).collect();
    side_by_side_for(x.len(), &mut runs, |_, (x, sums)| {
        let all: Vec<u32> = (0..(x.len() / features) as u32).collect();
        add_columns(x, &all, &vec![1.0 / count as f64; all.len()], sums);
    });
    let mut sums = vec![0.0; features];
    for (_, of_run) in &runs {
        sums.iter_mut().zip(of_run).for_each(|(sum, of_run)| *sum += of_run);
    }
    sums.into_iter().map(F::from_f64).collect()
}

/// What is sure of a sample: how far it is at most from its own centre, and at least from every other.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bounds {
    own: f64,
    others: f64,
}

impl Bounds {
    const NONE: Self = Self { own: f64::INFINITY, others: 0.0 };

    /// Whether no other centre can be as near.
    fn is_sure(self) -> bool {
        self.own < self.others
    }
}

/// How far each centre has moved, at most.
fn moved<F: Scalar>(before: &[F], after: &[F], features: usize) -> Vec<f64> {
    let far = |(a, b): (&[F], &[F])| {
        let square: f64 = a.iter().zip(b).map(|(a, b)| (a.to_f64() - b.to_f64()).powi(2)).sum();
        // More than rounding takes away.
        square.sqrt() * (1.0 + 1e-9)
    };
    before.chunks_exact(features).zip(after.chunks_exact(features)).map(far).collect()
}

/// What is still sure after centres have `moved`: its own by so much, the others by the most of them.
fn loosen(bounds: &mut [Bounds], labels: &[u32], moved: &[f64]) {
    let farthest = (0..moved.len()).fold(0, |best, unit| if moved[best] < moved[unit] { unit } else { best });
    let others =
        moved.iter().enumerate().filter(|(unit, _)| *unit != farthest).fold(0.0, |most: f64, (_, &m)| most.max(m));
    for (bound, &label) in bounds.iter_mut().zip(labels) {
        bound.own += moved[label as usize];
        bound.others -= if label as usize == farthest { others } else { moved[farthest] };
    }
}

/// Units to compare samples with, and the samples themselves where they are read in single precision.
enum Units<'a, F> {
    Single(&'a [f32], Nearest<f32>),
    Whole(Nearest<F>),
}

/// The samples of these indices side by side.
fn gathered<'a, F: Scalar>(x: &'a [F], features: usize, indices: &[usize]) -> Cow<'a, [F]> {
    match indices {
        [first, .., last] if last - first + 1 == indices.len() => {
            Cow::Borrowed(&x[first * features..(last + 1) * features])
        }
        _ => indices.iter().flat_map(|&index| &x[index * features..(index + 1) * features]).copied().collect(),
    }
}

/// What the best two of some units are looked at with again.
struct Looked<'a, F: Scalar> {
    samples: &'a Samples<F>,
    centers: &'a [F],
    /// `-|c|^2 / 2`.
    biases: &'a [F],
    /// How long the longest centre is.
    longest: f64,
    /// Whether bounds are wanted.
    bounded: bool,
}

impl<F: Scalar> Looked<'_, F> {
    fn score(&self, index: usize, unit: u32) -> f64 {
        let features = self.samples.features;
        let c = &self.centers[unit as usize * features..][..features];
        (dot(self.samples.sample(index), c) + self.biases[unit as usize]).to_f64()
    }

    /// The nearest unit of a sample and what is sure of it, given what the first look has found: the best two and, where it was in
    /// single precision, their sums.
    fn at(&self, index: usize, BestTwo { first, second }: BestTwo, sums: [f64; 2]) -> (u32, Bounds) {
        if second == first {
            return (first, Bounds::NONE);
        }
        let norm = self.samples.norms[index].to_f64();
        let length = norm.sqrt();
        // What a score may be wrong by: a rounding a term, of numbers that were rounded.
        let wrong = |epsilon: f64| {
            (self.samples.features + 4) as f64 * (epsilon / 2.0) * self.longest * (length + self.longest)
        };
        let own = wrong(F::EPSILON);
        let look = if self.samples.single.is_some() { wrong(f64::from(f32::EPSILON)) } else { own };
        // Norms are rounded as scores are.
        let rounding = 4.0 * own + (self.samples.features + 4) as f64 * F::EPSILON * norm;
        let far = |square: f64| square.max(0.0).sqrt();
        let sure = |unit: u32, score: f64, others: f64, wrong: f64| match self.bounded {
            false => (unit, Bounds::NONE),
            true => {
                let (own, others) = (norm - 2.0 * (score - wrong) + rounding, norm - 2.0 * (others + wrong) - rounding);
                (unit, Bounds { own: far(own), others: far(others) })
            }
        };
        if self.samples.single.is_some() && 2.0 * look < sums[0] - sums[1] {
            return sure(first, sums[0], sums[1], look);
        }
        let mut best = (first, self.score(index, first));
        // Any third unit had at most the second's score, at the first look.
        let mut others = self.score(index, second) + 2.0 * look;
        if best.1 <= others {
            best = (0, f64::NEG_INFINITY);
            others = f64::NEG_INFINITY;
            for unit in 0..self.biases.len() as u32 {
                let score = self.score(index, unit);
                if best.1 < score {
                    others = best.1;
                    best = (unit, score);
                } else if others < score {
                    others = score;
                }
            }
        }
        sure(best.0, best.1, others, 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three heaps of points around (0, 0), (10, 0), (0, 10).
    fn heaps() -> Vec<f64> {
        let around = |i: usize| [(i as f64 * 1.7).sin(), (i as f64 * 2.3).cos()];
        (0..60).flat_map(|i| [around(i)[0] + [0.0, 10.0, 0.0][i % 3], around(i)[1] + [0.0, 0.0, 10.0][i % 3]]).collect()
    }

    fn sorted(mut centers: Vec<f64>, features: usize) -> Vec<Vec<f64>> {
        let mut columns: Vec<Vec<f64>> = centers.chunks_mut(features).map(|c| c.to_vec()).collect();
        columns.sort_by(|a, b| a.partial_cmp(b).unwrap());
        columns
    }

    #[test]
    fn heaps_are_found_and_every_centre_is_the_mean_of_its_samples() {
        let x = heaps();
        for seed in 0..20 {
            let Clusters { centers, labels } = k_means(&x, 2, None, 3, 100, seed, None);
            for (unit, center) in centers.chunks(2).enumerate() {
                let own: Vec<&[f64]> =
                    x.chunks(2).zip(&labels).filter(|(_, label)| **label as usize == unit).map(|(x, _)| x).collect();
                assert_eq!(own.len(), 20);
                for axis in 0..2 {
                    let mean = own.iter().map(|x| x[axis]).sum::<f64>() / 20.0;
                    assert!((center[axis] - mean).abs() < 1e-12);
                }
            }
        }
    }

    /// From the same start the same means, as `tests/reference/make.py` had them of scikit-learn.
    #[test]
    fn passes_from_a_given_start_end_where_those_of_scikit_learn_do() {
        let cases: serde_json::Value = serde_json::from_str(include_str!("../tests/reference/cases.json")).unwrap();
        for case in cases["lloyd"].as_array().unwrap() {
            let features = case["features"].as_u64().unwrap() as usize;
            let numbers = |name: &str| -> Vec<f64> {
                case[name].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
            };
            let samples = Samples::new(&numbers("x"), features, None);
            let start: Vec<f64> = numbers("start")
                .chunks(features)
                .flat_map(|c| c.iter().zip(&samples.mean).map(|(c, m)| c - m))
                .collect();
            let found = samples.lloyd(start, 1000, false, None);
            assert!(found.labels.iter().zip(numbers("labels")).all(|(&ours, theirs)| f64::from(ours) == theirs));
            let apart = found.centers.iter().zip(numbers("centers")).map(|(ours, theirs)| (ours - theirs).abs());
            assert!(apart.fold(0.0, f64::max) < 1e-13);
        }
    }

    /// Every sample is looked at in every pass, and the end is the same.
    #[test]
    fn what_is_sure_is_not_looked_at_again_and_changes_no_answer() {
        fn check<F: Scalar>(features: usize) {
            let x: Vec<F> =
                (0..300 * features).map(|i| F::from_f64(((i * i + 7) as f64 * 0.37).sin() * 1e4 % 1.0)).collect();
            for seed in 0..10 {
                let samples = Samples::new(&x, features, None);
                let mut centers = samples.start(12, seed);
                let start = centers.clone();
                let mut labels = Vec::new();
                for _ in 0..100 {
                    let found = samples.nearest(&centers);
                    if found == labels {
                        break;
                    }
                    labels = found;
                    samples.move_to_means(&labels, &mut centers);
                }
                assert_eq!(samples.lloyd(start, 100, true, None).labels, labels, "{features} {seed}");
            }
        }
        for features in [1, 2, 9, 40] {
            check::<f64>(features);
            check::<f32>(features);
        }
    }

    #[test]
    fn a_sample_of_weight_3_counts_as_three() {
        let x = [0.0, 1.0, 10.0, 11.0];
        let weighed = k_means(&x, 1, Some(&[3.0, 1.0, 1.0, 0.0]), 2, 100, 1, None);
        assert_eq!(sorted(weighed.centers, 1), [[0.25], [10.0]]);
    }

    #[test]
    fn there_are_no_more_centres_than_different_samples() {
        for shift in [0.0, 1e8] {
            let x: Vec<f64> = [1.0, 2.0, 1.0, 2.0, 3.0, 3.0].map(|x| x + shift).to_vec();
            let found = k_means(&x, 1, None, 5, 100, 1, None);
            assert_eq!(sorted(found.centers, 1), [[1.0 + shift], [2.0 + shift], [3.0 + shift]]);
        }
    }

    #[test]
    fn the_first_look_in_single_precision_changes_no_answer() {
        let x: Vec<f64> = (0..500 * 40).map(|i| ((i * i) as f64 * 0.37).sin() * 1e4 % 1.0 + 3.0).collect();
        let screened = Samples::new(&x, 40, None);
        let plain = Samples { single: None, ..Samples::new(&x, 40, None) };
        assert!(screened.single.is_some());
        // Among them centres that are all but equal, so that many a sample is looked at twice.
        let mut centers = screened.start(20, 1);
        let twins: Vec<f64> = centers.iter().map(|c| c + 1e-5).collect();
        centers.extend(twins);
        assert_eq!(screened.nearest(&centers), plain.nearest(&centers));
    }

    #[test]
    fn a_cluster_without_samples_starts_again_at_the_farthest() {
        let samples = Samples::new(&[0.0, 1.0, 2.0, 30.0], 1, None);
        let mut centers = vec![0.0_f64, 0.0];
        samples.move_to_means(&[0; 4], &mut centers);
        assert!(centers[0].abs() < 1e-12, "{centers:?}");
        assert_eq!(centers[1], 30.0 - 8.25);
    }

    /// The chance of each pair of centres among four points, by its definition and by many draws.
    #[test]
    fn drawing_several_at_a_time_keeps_the_distribution_of_k_means_plus_plus() {
        let x: Vec<f64> = (0..40).map(|i| ((i * i) as f64 * 0.61).sin() * (1.0 + i as f64 / 10.0)).collect();
        let samples = Samples::new(&x, 1, None);
        let potential = |centers: &[f64]| -> f64 { samples.far(centers, &samples.nearest(centers)).iter().sum() };
        // One at a time, by the definition.
        let plain = |seed: u64| {
            let mut stream = Key::once(seed).stream("plain");
            let mut chosen = vec![samples.x[(uniform(&mut stream) * 40.0) as usize]];
            while chosen.len() < 12 {
                let far = samples.far(&chosen, &samples.nearest(&chosen));
                let next = Lottery::new(far.into_iter()).draw(uniform(&mut stream)).unwrap();
                chosen.push(samples.x[next]);
            }
            potential(&chosen)
        };
        let mean = |draw: &dyn Fn(u64) -> f64| {
            let all: Vec<f64> = (0..4000).map(draw).collect();
            let mean = all.iter().sum::<f64>() / 4000.0;
            (mean, (all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 4000.0 / 4000.0).sqrt())
        };
        let (several, spread) = mean(&|seed| potential(&samples.start(12, seed)));
        let (single, other) = mean(&plain);
        assert!((several - single).abs() < 4.0 * spread.hypot(other), "{several} {single} +- {spread}");
    }
}
