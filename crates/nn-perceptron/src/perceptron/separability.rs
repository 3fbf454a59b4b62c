//! Whether classes can be parted by hyperplanes at all, with a proof either way.
//!
//! For a sample x of class y and another class k let z be the vector with the augmented sample `(x, -1)` in the part of
//! y, its negative in that of k, and 0 elsewhere (Kesler's construction). Weights w get every sample right with room to
//! spare exactly if `w . z > 0` for all z. So there are two cases (Gordan 1873), and the point p of the convex hull of all
//! z that is nearest to 0 tells which:
//!
//! - p is not 0. Then `w = p / |p|` parts the classes with the margin `gamma = |p|`, the largest that unit weights can
//!   have, and the perceptron rule, started at 0, makes at most `(R / gamma)^2` mistakes, R being the largest `|z|`
//!   (Novikoff 1962).
//! - p is 0: some convex combination of the z cancels. Any w would have to give it a positive sum, so there is none. Of two
//!   classes it says that a weighted mean of samples of the one is a weighted mean of samples of the other.
//!
//! The nearest point is found by Wolfe's method (Finding the nearest point in a polytope, 1976), which keeps a few
//! affinely independent z and solves for the nearest point of their plane.

use nn_core::nalgebra::{DMatrix, DVector};
use nn_core::{Dataset, Error, Result, Scalar, Target, kernels};

/// Whether the classes of some samples can be parted, each from each, by hyperplanes.
///
/// For a sample x of class y and another class k, z holds `(x, -1)` in the part of y, `-(x, -1)` in that of k, and 0 elsewhere
/// (Kesler's construction). Weights w part the classes exactly if `w . z > 0` for all z. Where they do, the perceptron started at 0
/// makes at most `(R / gamma)^2` mistakes. Gordan 1873; Novikoff 1962.
#[derive(Clone, Debug, PartialEq)]
pub enum Separability {
    /// They can.
    Separable {
        /// gamma: the least `w . z` over all samples and wrong classes, for unit weights w; of two classes the least
        /// distance of an augmented sample from the plane.
        margin: f64,
        /// R: the largest `|z|`; of two classes the length of the longest augmented sample.
        radius: f64,
    },
    /// They cannot, and this is why.
    Inseparable(Witness),
    /// The search was given up before it came to an end.
    Undecided,
}

/// A convex combination of samples that cancels, each taken with the sign of its class: the proof that no weights part
/// the classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// What is combined.
    pub terms: Vec<Term>,
    /// What is left of the sum, as a share of R: rounding.
    pub rest: f64,
}

/// One sample in a [`Witness`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// Index of the sample, from 0.
    pub sample: usize,
    /// The class that it is not of, and should be told from.
    pub other: u32,
    /// Its share, above 0; all shares add up to 1.
    pub share: f64,
}

/// What is left of a sum that cancels, as a share of R, is no more than this.
const ROUNDING: f64 = 1e-10;

/// A search that needs more multiply-adds than this is given up.
const MOST_WORK: usize = 1 << 30;

impl Separability {
    /// Looks for the proof. Samples that weigh nothing do not count, and other weights make no difference.
    ///
    /// The work is limited to some thousand million multiply-adds, so that for large data that are hard to part the
    /// answer may be [`Undecided`](Self::Undecided).
    ///
    /// # Errors
    /// Those of [`Dataset::check`]; [`Error::Data`] where there are no classes.
    pub fn of<F: Scalar>(data: &Dataset<'_, F>) -> Result<Self> {
        data.check()?;
        match data.target() {
            Target::Labels { .. } => Ok(Vectors::new(data).map_or(Self::Undecided, |vectors| Self::search(&vectors))),
            _ => Err(Error::data("only classes can be parted, and the target holds none")),
        }
    }

    /// Wolfe's method.
    fn search(vectors: &Vectors<'_>) -> Self {
        let mut left = MOST_WORK;
        let mut nearest = Nearest::new(vectors);
        loop {
            let work = vectors.work() + nearest.work();
            if left < work {
                return nearest.margin(vectors).unwrap_or(Self::Undecided);
            }
            left -= work;
            let length = nearest.point.norm();
            if length <= ROUNDING * vectors.radius {
                return Self::Inseparable(nearest.witness(vectors));
            }
            let (least, value) = vectors.least(&nearest.point);
            // Optimal where no vector reaches below the plane through p; also where rounding lets none in anew.
            let close = length * length - value <= 1e-12 * vectors.radius * vectors.radius;
            if close || !nearest.add(least, vectors) {
                return nearest.margin(vectors).unwrap_or(Self::Undecided);
            }
        }
    }

    /// Novikoff's bound `(R / gamma)^2` on the mistakes of the rule from weights of 0, where the classes can be parted.
    pub fn bound(&self) -> Option<f64> {
        match self {
            Self::Separable { margin, radius } => Some((radius / margin).powi(2)),
            _ => None,
        }
    }
}

/// One z: a sample, and a class that it is not of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair {
    sample: usize,
    other: u32,
}

/// All z, which are never written down: the augmented samples, and their classes.
struct Vectors<'a> {
    /// Augmented samples, one after another: (features + 1) × samples.
    x: Vec<f64>,
    rows: usize,
    labels: &'a [u32],
    classes: usize,
    /// Samples that weigh something.
    counted: Vec<usize>,
    /// Classes that have a sample.
    present: Vec<u32>,
    radius: f64,
}

impl<'a> Vectors<'a> {
    fn new<F: Scalar>(data: &Dataset<'a, F>) -> Option<Self> {
        let Target::Labels { labels, classes } = data.target() else { return None };
        let rows = data.features() + 1;
        if MOST_WORK / 4 < rows.saturating_mul(data.samples().max(classes)) {
            return None;
        }
        let mut x = Vec::with_capacity(rows * data.samples());
        for sample in data.x().chunks(data.features()) {
            x.extend(sample.iter().map(|x| x.to_f64()));
            x.push(-1.0);
        }
        let weighs = |sample: &usize| data.sample_weights().is_none_or(|weights| F::ZERO < weights[*sample]);
        let counted: Vec<usize> = (0..data.samples()).filter(weighs).collect();
        let mut present: Vec<u32> = counted.iter().map(|&sample| labels[sample]).collect();
        present.sort_unstable();
        present.dedup();
        let norm = |sample: &usize| kernels::dot(&x[sample * rows..][..rows], &x[sample * rows..][..rows]);
        let radius = counted.iter().map(norm).fold(0.0, f64::max).sqrt() * std::f64::consts::SQRT_2;
        let usable = 1 < present.len() && radius.is_finite();
        usable.then_some(Self { x, rows, labels, classes, counted, present, radius })
    }

    /// Multiply-adds of [`least`](Self::least).
    fn work(&self) -> usize {
        self.rows.saturating_mul(self.counted.len()).saturating_mul(self.present.len())
    }

    fn sample(&self, sample: usize) -> &[f64] {
        &self.x[sample * self.rows..][..self.rows]
    }

    /// The z with the least `p . z`, and this product.
    fn least(&self, p: &DVector<f64>) -> (Pair, f64) {
        let part = |class: u32| &p.as_slice()[class as usize * self.rows..][..self.rows];
        let mut least = (Pair { sample: 0, other: 0 }, f64::INFINITY);
        for &sample in &self.counted {
            let (x, label) = (self.sample(sample), self.labels[sample]);
            let own = kernels::dot(part(label), x);
            for &other in self.present.iter().filter(|&&other| other != label) {
                let value = own - kernels::dot(part(other), x);
                if value < least.1 {
                    least = (Pair { sample, other }, value);
                }
            }
        }
        least
    }

    /// `z_a . z_b`.
    fn product(&self, a: Pair, b: Pair) -> f64 {
        let (own_a, own_b) = (self.labels[a.sample], self.labels[b.sample]);
        let same = |a: u32, b: u32| f64::from(u8::from(a == b));
        let signs = same(own_a, own_b) - same(own_a, b.other) - same(a.other, own_b) + same(a.other, b.other);
        if signs == 0.0 { 0.0 } else { signs * kernels::dot(self.sample(a.sample), self.sample(b.sample)) }
    }

    /// `p += share z`.
    fn add(&self, pair: Pair, share: f64, p: &mut DVector<f64>) {
        for (class, share) in [(self.labels[pair.sample], share), (pair.other, -share)] {
            let part = &mut p.as_mut_slice()[class as usize * self.rows..][..self.rows];
            kernels::axpy(share, self.sample(pair.sample), part);
        }
    }
}

/// The nearest point so far, as a convex combination of affinely independent z.
struct Nearest {
    pairs: Vec<Pair>,
    shares: Vec<f64>,
    /// Products of the pairs with each other, row by row as they came.
    products: Vec<Vec<f64>>,
    point: DVector<f64>,
}

impl Nearest {
    /// At the z of the first sample that counts.
    fn new(vectors: &Vectors<'_>) -> Self {
        let sample = vectors.counted[0];
        let other = *vectors.present.iter().find(|&&class| class != vectors.labels[sample]).unwrap_or(&0);
        let mut nearest = Self {
            pairs: Vec::new(),
            shares: Vec::new(),
            products: Vec::new(),
            point: DVector::zeros(vectors.rows * vectors.classes),
        };
        nearest.push(Pair { sample, other }, 1.0, vectors);
        nearest.update(vectors);
        nearest
    }

    /// Multiply-adds of [`add`](Self::add), roughly.
    fn work(&self) -> usize {
        let count = self.pairs.len() + 1;
        count * count * count / 3 + 2 * count * self.point.len()
    }

    fn push(&mut self, pair: Pair, share: f64, vectors: &Vectors<'_>) {
        let mut row: Vec<f64> = self.pairs.iter().map(|&other| vectors.product(pair, other)).collect();
        row.push(vectors.product(pair, pair));
        self.pairs.push(pair);
        self.shares.push(share);
        self.products.push(row);
    }

    fn remove(&mut self, at: usize) {
        self.pairs.remove(at);
        self.shares.remove(at);
        self.products.remove(at);
        for row in &mut self.products[at..] {
            row.remove(at);
        }
    }

    fn update(&mut self, vectors: &Vectors<'_>) {
        self.point.fill(0.0);
        for (&pair, &share) in self.pairs.iter().zip(&self.shares) {
            vectors.add(pair, share, &mut self.point);
        }
    }

    /// Takes in `pair`, and goes to the nearest point of what is then spanned. False where nothing changes, because
    /// `pair` is in already or adds nothing that rounding would not.
    fn add(&mut self, pair: Pair, vectors: &Vectors<'_>) -> bool {
        if self.pairs.contains(&pair) {
            return false;
        }
        let before = self.point.norm();
        self.push(pair, 0.0, vectors);
        loop {
            let Some(shares) = self.plane() else {
                self.remove(self.pairs.len() - 1);
                self.update(vectors);
                return false;
            };
            // As far towards the nearest point of the plane as all shares stay positive.
            let reach = |(&old, &new): (&f64, &f64)| if new <= 0.0 { old / (old - new) } else { f64::INFINITY };
            let limits: Vec<f64> = self.shares.iter().zip(&shares).map(reach).collect();
            let step = limits.iter().copied().fold(1.0, f64::min);
            for (old, new) in self.shares.iter_mut().zip(&shares) {
                *old += step * (new - *old);
            }
            if 1.0 <= step {
                break;
            }
            for at in (0..limits.len()).rev().filter(|&at| limits[at] <= step) {
                self.remove(at);
            }
        }
        self.update(vectors);
        self.point.norm() < before
    }

    /// The shares of the nearest point to 0 of the plane through the pairs, which may be negative: with G the products
    /// and 1 a vector of ones, `(G + s 1 1^T) u = 1`, scaled to the sum 1. None where the pairs do not span a plane.
    fn plane(&self) -> Option<Vec<f64>> {
        let count = self.pairs.len();
        let scale = self.products.iter().filter_map(|row| row.last()).copied().fold(0.0, f64::max);
        let product = |i: usize, j: usize| self.products[i.max(j)][i.min(j)] / scale + 1.0;
        let solved = DMatrix::from_fn(count, count, product).cholesky()?.solve(&DVector::from_element(count, 1.0));
        let sum = solved.sum();
        let shares: Vec<f64> = solved.iter().map(|share| share / sum).collect();
        shares.iter().all(|share| share.is_finite()).then_some(shares)
    }

    /// The margin that the point itself has, if it parts the classes.
    fn margin(&self, vectors: &Vectors<'_>) -> Option<Separability> {
        let margin = vectors.least(&self.point).1 / self.point.norm();
        let parted = ROUNDING * vectors.radius < margin;
        // Of two classes Kesler's weights are those of the one unit and their negative: both lengths are sqrt 2 times its.
        let one_unit = if vectors.classes <= 2 { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 };
        let radius = vectors.radius * one_unit;
        parted.then_some(Separability::Separable { margin: margin * one_unit, radius })
    }

    fn witness(&self, vectors: &Vectors<'_>) -> Witness {
        let term = |(pair, &share): (&Pair, &f64)| Term { sample: pair.sample, other: pair.other, share };
        let mut terms: Vec<Term> = self.pairs.iter().zip(&self.shares).map(term).collect();
        terms.retain(|term| 0.0 < term.share);
        terms.sort_by_key(|term| (vectors.labels[term.sample], term.sample, term.other));
        Witness { terms, rest: self.point.norm() / vectors.radius }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(x: &[f64], features: usize, labels: &[u32]) -> Separability {
        Separability::of(&Dataset::from_slice(features, x).labels(labels)).unwrap()
    }

    const SQUARE: [f64; 8] = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];

    #[test]
    fn the_diagonals_of_xor_cross() {
        let Separability::Inseparable(witness) = of(&SQUARE, 2, &[0, 1, 1, 0]) else { panic!("xor is parted") };
        assert!(witness.rest < 1e-14);
        let shares: Vec<f64> = witness.terms.iter().map(|term| (term.share * 1e12).round() / 1e12).collect();
        assert_eq!(shares, [0.25; 4]);
    }

    #[test]
    fn the_margin_is_the_largest_one() {
        // The augmented samples of AND: by symmetry w = (a, a), threshold t; both 2a - t and t - a must be large.
        let Separability::Separable { margin, radius } = of(&SQUARE, 2, &[0, 0, 0, 1]) else { panic!("AND is parted") };
        assert!((radius - 3.0_f64.sqrt()).abs() < 1e-14);
        let best = (1..4000)
            .map(|i| f64::from(i) / 1000.0)
            .map(|t| (2.0 - t).min(t - 1.0) / (2.0 + t * t).sqrt())
            .fold(0.0, f64::max);
        assert!((margin - best).abs() < 1e-3, "{margin} {best}");
    }

    #[test]
    fn a_sample_in_both_classes_is_a_proof() {
        let Separability::Inseparable(witness) = of(&[1.0, 5.0, 1.0], 1, &[0, 1, 1]) else { panic!("parted") };
        assert_eq!(witness.terms.iter().map(|term| term.sample).collect::<Vec<_>>(), [0, 2]);
    }

    #[test]
    fn three_classes_on_a_line() {
        // Class 1 between the others: no problem for three weight vectors, each sample having its largest sum.
        assert!(of(&[-1.0, 0.0, 1.0], 1, &[0, 1, 2]).bound().is_some());
        // With a gap inside class 0, the sums of classes 0 and 1 would have to cross twice.
        assert!(matches!(of(&[-1.0, 0.0, 1.0, 9.0], 1, &[0, 1, 0, 2]), Separability::Inseparable(_)));
    }

    #[test]
    fn what_weighs_nothing_does_not_count() {
        let data = Dataset::from_slice(2, &SQUARE).labels(&[0, 1, 1, 0]);
        assert!(Separability::of(&data.weights(&[1.0, 1.0, 1.0, 0.0])).unwrap().bound().is_some());
    }

    #[test]
    fn data_that_do_not_fit_together_are_refused() {
        let data = Dataset::from_slice(2, &SQUARE);
        for bad in
            [data, data.labels(&[0, 1]), data.labels_of(1, &[0, 1, 1, 0]), data.values_from_slice(1, &SQUARE[..4])]
        {
            assert!(Separability::of(&bad).is_err());
        }
    }
}
