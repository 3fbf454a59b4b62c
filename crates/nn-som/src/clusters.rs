//! Clusters of units: regions of the map within which weights are alike.
//!
//! Neighbouring regions are joined, two at a time, always those whose joining adds least to the squared distances of units
//! from the mean of their region: `n_a n_b / (n_a + n_b) |m_a - m_b|^2` (Ward 1963). Only regions that touch are joined, so a
//! cluster is one piece of the map. Vesanto and Alhoniemi, Clustering of the self-organizing map, 2000, section III.

use crate::model::Som;
use nn_core::{Error, Result, Scalar};
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeSet, BinaryHeap};

/// The number of clusters is looked for up to this one: more colours are not told apart.
const MOST: usize = 8;

/// Which cluster each unit is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clusters {
    /// How many there are.
    pub count: usize,
    /// The cluster of each unit, counted from 0 in the order in which the units come.
    pub of_units: Vec<usize>,
}

impl<F: Scalar> Som<F> {
    /// The units in so many clusters; or, from 2 up to the root of the units and to 8, in as many as have the least index of Davies and
    /// Bouldin 1979, the mean over clusters of the largest `(s_a + s_b) / |m_a - m_b|`, s being the mean distance of units from the mean m of their cluster.
    ///
    /// # Errors
    /// [`Error::Param`] for no cluster, or more than there are units.
    pub fn clusters(&self, count: Option<usize>) -> Result<Clusters> {
        let units = self.grid.units();
        if count.is_some_and(|count| count == 0 || units < count) {
            let expected = format!("auto, or a number from 1 to the {units} units");
            return Err(Error::param("clusters", count.unwrap_or_default(), expected));
        }
        let points = self.points();
        let joins = joins(&points, |unit| self.grid.neighbors(unit, self.grid.adjacency()));
        if let Some(count) = count {
            return Ok(cut(units, &joins, count));
        }
        let most = units.isqrt().min(MOST);
        let candidates = (2..=most).map(|count| cut(units, &joins, count));
        let least = candidates
            .map(|clusters| (davies_bouldin(&points, &clusters), clusters))
            .filter(|(index, _)| index.is_finite())
            .min_by(|a, b| a.0.total_cmp(&b.0));
        Ok(least.map_or_else(|| cut(units, &joins, 1), |(_, clusters)| clusters))
    }

    /// The weights of units, each feature by the root of its weight in distances.
    fn points(&self) -> Vec<Vec<f64>> {
        let rate = |feature: usize| self.measure.rates.as_ref().map_or(1.0, |rates| rates[feature].to_f64().sqrt());
        let point = |w: &[F]| w.iter().enumerate().map(|(feature, w)| rate(feature) * w.to_f64()).collect();
        self.state.theta.chunks_exact(self.features).map(point).collect()
    }
}

/// What joining two regions costs. Older entries of a region that has grown since are passed over.
#[derive(PartialEq)]
struct Offer {
    cost: f64,
    pair: (usize, usize),
}

impl Eq for Offer {}

impl PartialOrd for Offer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Offer {
    fn cmp(&self, other: &Self) -> Ordering {
        self.cost.total_cmp(&other.cost).then(self.pair.cmp(&other.pair))
    }
}

/// The pairs of regions that are joined, in their order; the n-th join makes the region `units + n`.
fn joins(points: &[Vec<f64>], neighbors: impl Fn(usize) -> Vec<usize>) -> Vec<(usize, usize)> {
    let units = points.len();
    let mut means: Vec<Vec<f64>> = points.to_vec();
    let mut sizes = vec![1.0; units];
    let mut touching: Vec<BTreeSet<usize>> = (0..units).map(|unit| neighbors(unit).into_iter().collect()).collect();
    let mut lives = vec![true; units];
    let cost = |means: &[Vec<f64>], sizes: &[f64], a: usize, b: usize| {
        sizes[a] * sizes[b] / (sizes[a] + sizes[b]) * squared(&means[a], &means[b])
    };
    let mut offers = BinaryHeap::new();
    for (a, around) in touching.iter().enumerate() {
        for &b in around.iter().filter(|&&b| a < b) {
            offers.push(Reverse(Offer { cost: cost(&means, &sizes, a, b), pair: (a, b) }));
        }
    }
    let mut joins = Vec::new();
    while let Some(Reverse(Offer { pair: (a, b), .. })) = offers.pop() {
        if !lives[a] || !lives[b] {
            continue;
        }
        let (new, size) = (means.len(), sizes[a] + sizes[b]);
        let mean = means[a].iter().zip(&means[b]).map(|(x, y)| x * (sizes[a] / size) + y * (sizes[b] / size)).collect();
        let mut around: BTreeSet<usize> = touching[a].union(&touching[b]).copied().collect();
        around.remove(&a);
        around.remove(&b);
        (lives[a], lives[b]) = (false, false);
        means.push(mean);
        sizes.push(size);
        lives.push(true);
        for &other in &around {
            touching[other].remove(&a);
            touching[other].remove(&b);
            touching[other].insert(new);
            offers.push(Reverse(Offer { cost: cost(&means, &sizes, other, new), pair: (other, new) }));
        }
        // What is gone needs no memory.
        for gone in [a, b] {
            means[gone] = Vec::new();
            touching[gone] = BTreeSet::new();
        }
        touching.push(around);
        joins.push((a, b));
    }
    joins
}

/// The clusters that are left before the last joins.
fn cut(units: usize, joins: &[(usize, usize)], count: usize) -> Clusters {
    let done = units - count;
    let mut parent: Vec<usize> = (0..units + done).collect();
    for (at, &(a, b)) in joins.iter().enumerate().take(done) {
        (parent[a], parent[b]) = (units + at, units + at);
    }
    // A join is numbered above the two that it joins, so what is above is known first.
    let mut root: Vec<usize> = (0..parent.len()).collect();
    for region in (0..parent.len()).rev().filter(|&region| parent[region] != region) {
        root[region] = root[parent[region]];
    }
    let mut numbers = vec![None; parent.len()];
    let mut count = 0;
    let mut of_units = Vec::with_capacity(units);
    for &root in &root[..units] {
        of_units.push(*numbers[root].get_or_insert_with(|| {
            count += 1;
            count - 1
        }));
    }
    Clusters { count, of_units }
}

fn squared(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Infinite where two clusters have one mean.
fn davies_bouldin(points: &[Vec<f64>], clusters: &Clusters) -> f64 {
    let mut means = vec![vec![0.0; points[0].len()]; clusters.count];
    let mut sizes = vec![0.0; clusters.count];
    for (point, &cluster) in points.iter().zip(&clusters.of_units) {
        sizes[cluster] += 1.0;
        means[cluster].iter_mut().zip(point).for_each(|(mean, x)| *mean += x);
    }
    for (mean, size) in means.iter_mut().zip(&sizes) {
        mean.iter_mut().for_each(|x| *x /= size);
    }
    let mut spread = vec![0.0; clusters.count];
    for (point, &cluster) in points.iter().zip(&clusters.of_units) {
        spread[cluster] += squared(point, &means[cluster]).sqrt() / sizes[cluster];
    }
    let worst = |a: usize| {
        let others = (0..clusters.count).filter(|&b| b != a);
        let ratio = |b: usize| (spread[a] + spread[b]) / squared(&means[a], &means[b]).sqrt();
        // Two clusters of one point each at one place are nothing over nothing.
        others.map(ratio).fold(0.0, |worst: f64, ratio| if ratio.is_nan() { f64::INFINITY } else { worst.max(ratio) })
    };
    (0..clusters.count).map(worst).sum::<f64>() / clusters.count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A chain, each unit beside the next.
    fn chain(units: usize) -> impl Fn(usize) -> Vec<usize> {
        move |unit| [unit.wrapping_sub(1), unit + 1].into_iter().filter(|&other| other < units).collect()
    }

    fn points(numbers: &[f64]) -> Vec<Vec<f64>> {
        numbers.iter().map(|&number| vec![number]).collect()
    }

    #[test]
    fn neighbours_that_are_alike_are_joined_first() {
        // 5 is near 6 and far from 0; the two 0 at the ends do not touch.
        let points = points(&[0.0, 0.5, 5.0, 6.0, 0.0]);
        let joins = joins(&points, chain(5));
        assert_eq!(joins[..2], [(0, 1), (2, 3)]);
        assert_eq!(cut(5, &joins, 3), Clusters { count: 3, of_units: vec![0, 0, 1, 1, 2] });
        assert_eq!(cut(5, &joins, 5).of_units, [0, 1, 2, 3, 4]);
        assert_eq!(cut(5, &joins, 1).of_units, [0; 5]);
    }

    #[test]
    fn the_index_is_that_of_davies_and_bouldin() {
        let clusters = Clusters { count: 2, of_units: vec![0, 0, 1, 1] };
        // Means 1 and 11, mean distances 1 and 2: (1 + 2) / 10.
        assert_eq!(davies_bouldin(&points(&[0.0, 2.0, 9.0, 13.0]), &clusters), 0.3);
        assert_eq!(davies_bouldin(&points(&[1.0; 4]), &clusters), f64::INFINITY);
    }
}
