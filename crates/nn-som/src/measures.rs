//! How good a map is: how near its units are to the samples, and how well it keeps neighbours together.

use crate::grid::Adjacency;
use crate::model::Som;
use crate::train::Inputs;
use nn_core::{Dataset, Error, Measures, Result, Scalar, Target, metrics, side_by_side};

impl<F: Scalar> Som<F> {
    /// The mean distance of the samples from their best matching units, `sum_j v_j d(x_j, w_c) / sum_j v_j` for sample weights v,
    /// over scaled and weighted features.
    ///
    /// # Errors
    /// Those of [`Model::predict`](nn_core::Model::predict).
    pub fn quantization_error(&self, data: &Dataset<'_, F>) -> Result<f64> {
        let found = self.found(data, false)?;
        Ok(metrics::weighted_mean(found.iter().map(|found| found.far), data.sample_weights()))
    }

    /// The share of the samples whose best and second best matching units are no neighbours; 0 for a map of one unit, which has
    /// no second. Which units are neighbours changes the figure several times over, so it must be said.
    ///
    /// # Errors
    /// Those of [`Model::predict`](nn_core::Model::predict).
    ///
    /// Kiviluoto, Topology preservation in self-organizing maps, 1996.
    pub fn topographic_error(&self, data: &Dataset<'_, F>, adjacency: Adjacency) -> Result<f64> {
        let found = self.found(data, true)?;
        let torn = found.iter().map(|found| {
            let (first, second) = (found.best.first as usize, found.best.second as usize);
            f64::from(u8::from(first != second && !self.grid.are_neighbors(first, second, adjacency)))
        });
        Ok(metrics::weighted_mean(torn, data.sample_weights()))
    }

    pub(crate) fn measures(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        let mut all = Measures::new().with("quantization_error", self.quantization_error(data)?);
        if 1 < self.grid.units() {
            all = all.with("topographic_error", self.topographic_error(data, self.grid.adjacency())?);
            if self.grid.adjacency() == Adjacency::Eight {
                all = all.with("topographic_error_4", self.topographic_error(data, Adjacency::Four)?);
            }
        }
        if let (Target::Labels { labels, .. }, Some(_)) = (data.target(), &self.labels) {
            all = all.with("accuracy", metrics::accuracy(&self.classify(data)?, labels, data.sample_weights()));
        }
        Ok(all)
    }

    /// Whether samples that are near on the map are near in the data: 1 where the k nearest on the map are always among the
    /// k nearest of the data.
    ///
    /// `M_1 = 1 - 2 / (n k (2n - 3k - 1)) sum_i sum_{j in U_k(i)} (r(i, j) - k)`, where U_k(i) holds those of the k nearest of
    /// sample i on the map that are not among its k nearest in the data, and r(i, j) is the rank of j there. Many samples
    /// are equally far on a map; of these it is the mean of the best and the worst choice.
    ///
    /// It takes n^2 distances. Two samples that lack numbers are as far apart as the features that both have make them on
    /// average; those that have none in common are farthest.
    ///
    /// # Errors
    /// Those of [`Model::predict`](nn_core::Model::predict); [`Error::Param`] for k of 0, or of half the samples or more.
    ///
    /// Venna and Kaski, Neighborhood preservation in nonlinear projection methods, 2001, eq. 1.
    pub fn trustworthiness(&self, data: &Dataset<'_, F>, k: usize) -> Result<f64> {
        self.ranked(data, k, untrue)
    }

    /// Whether samples that are near in the data are near on the map: as [`trustworthiness`](Self::trustworthiness), with map
    /// and data in each other's place.
    ///
    /// # Errors
    /// As [`trustworthiness`](Self::trustworthiness).
    ///
    /// Venna and Kaski 2001, eq. 2.
    pub fn neighborhood_preservation(&self, data: &Dataset<'_, F>, k: usize) -> Result<f64> {
        self.ranked(data, k, lost)
    }

    fn ranked(&self, data: &Dataset<'_, F>, k: usize, ranks: fn(&[usize], &[f64], usize) -> f64) -> Result<f64> {
        let n = data.samples();
        if k == 0 || n <= 2 * k {
            return Err(Error::param("k", k, format!("a number from 1 to below half of the {n} samples")));
        }
        let found = self.found(data, false)?;
        let samples = Inputs::new(data, self);
        let x = |sample: usize| &samples.x[sample * self.features..][..self.features];
        let mut excess = vec![0.0; n];
        side_by_side(&mut excess, |own, excess| {
            let others = || (0..n).filter(|&other| other != own);
            let far: Vec<f64> = others().map(|other| self.measure.between_samples(x(own), x(other))).collect();
            let unit = |sample: usize| found[sample].best.first as usize;
            let on_map: Vec<f64> = others().map(|other| self.grid.squared_distance(unit(own), unit(other))).collect();
            let mut order: Vec<usize> = (0..far.len()).collect();
            order.sort_by(|&a, &b| far[a].total_cmp(&far[b]).then(a.cmp(&b)));
            *excess = ranks(&order, &on_map, k);
        });
        let (n, k) = (n as f64, k as f64);
        Ok(1.0 - 2.0 / (n * k * (2.0 * n - 3.0 * k - 1.0)) * excess.iter().sum::<f64>())
    }
}

/// By how much the ranks in the data of the k nearest on the map exceed k; `order` is that of the data, nearest first.
fn untrue(order: &[usize], on_map: &[f64], k: usize) -> f64 {
    let mut rank = vec![0; order.len()];
    order.iter().enumerate().for_each(|(place, &other)| rank[other] = place + 1);
    let mut sorted = on_map.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let reach = sorted[k - 1];
    let excess = |rank: usize| rank.saturating_sub(k) as f64;
    let within = (0..order.len()).filter(|&other| on_map[other] < reach);
    let (mut sum, mut count) = (0.0, 0);
    for other in within {
        sum += excess(rank[other]);
        count += 1;
    }
    let mut tied: Vec<usize> =
        (0..order.len()).filter(|&other| on_map[other] == reach).map(|other| rank[other]).collect();
    tied.sort_unstable();
    let (best, worst) = (&tied[..k - count], &tied[tied.len() - (k - count)..]);
    let both: f64 = best.iter().chain(worst).map(|&rank| excess(rank)).sum();
    sum + both / 2.0
}

/// By how much the ranks on the map of the k nearest in the data exceed k.
fn lost(order: &[usize], on_map: &[f64], k: usize) -> f64 {
    let mut sorted = on_map.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut near: Vec<f64> = order[..k].iter().map(|&other| on_map[other]).collect();
    near.sort_unstable_by(f64::total_cmp);
    let excess = |rank: usize| rank.saturating_sub(k) as f64;
    let mut sum = 0.0;
    for group in near.chunk_by(|a, b| a == b) {
        let nearer = sorted.partition_point(|d| *d < group[0]);
        let beyond = sorted.partition_point(|d| *d <= group[0]);
        // Of all that are as far they come first, or last.
        let best = (nearer + 1..=nearer + group.len()).map(excess).sum::<f64>();
        let worst = (beyond - group.len() + 1..=beyond).map(excess).sum::<f64>();
        sum += (best + worst) / 2.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_beyond_k_are_counted_as_the_definition_says() {
        // In the data 0 is nearest, then 1, 2, 3; on the map it is the other way round.
        let (order, on_map) = ([0, 1, 2, 3], [4.0, 3.0, 2.0, 1.0]);
        // The two nearest on the map, 3 and 2, have the ranks 4 and 3 in the data: 2 + 1 beyond 2.
        assert_eq!((untrue(&order, &on_map, 2), lost(&order, &on_map, 2)), (3.0, 3.0));
        assert_eq!((untrue(&order, &[1.0, 2.0, 3.0, 4.0], 2), lost(&order, &[1.0, 2.0, 3.0, 4.0], 2)), (0.0, 0.0));
    }

    #[test]
    fn what_is_equally_far_on_the_map_counts_as_the_mean_of_best_and_worst() {
        let order = [0, 1, 2, 3];
        // All are as near: the best choice of two has ranks 1 and 2, the worst 3 and 4.
        assert_eq!(untrue(&order, &[1.0; 4], 2), (0.0 + 3.0) / 2.0);
        assert_eq!(lost(&order, &[1.0; 4], 2), (0.0 + 3.0) / 2.0);
    }
}
