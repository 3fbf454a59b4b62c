//! How much the order of the samples matters, which all that is learned at once hangs on.

use nn_core::random::{Key, shuffle};
use nn_core::{Arrays, Dataset, Error, Result, Scalar};
use std::collections::BTreeMap;

/// What came of the same samples in several orders.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderEffect {
    /// How many categories there were with each order.
    pub categories: Vec<usize>,
    /// How far two orders put the same samples together, on the average over all pairs of orders: the adjusted Rand index, 1
    /// where they agree in every pair of samples, 0 where they agree as often as by chance.
    pub agreement: f64,
}

impl OrderEffect {
    /// It in words, where so many orders were `wanted`.
    pub(crate) fn remark(effect: Option<&Self>, wanted: Option<usize>) -> Option<String> {
        let Some(Self { categories, agreement }) = effect else {
            return wanted.map(|orders| format!("{orders} orders were wanted, and not all of them were learned"));
        };
        let (least, most) = (categories.iter().min(), categories.iter().max());
        Some(format!(
            "in {} orders of the samples there were {} to {} categories, and the answers agree to {agreement:.3} (adjusted \
             Rand index)",
            categories.len(),
            least.copied().unwrap_or_default(),
            most.copied().unwrap_or_default(),
        ))
    }

    pub(crate) fn save(&self, arrays: &mut Arrays) {
        arrays.insert_counts("orders.categories", &self.categories);
        arrays.insert("orders.agreement", &[1], &[self.agreement]);
    }

    /// None where it was not asked for.
    pub(crate) fn load(arrays: &Arrays) -> Result<Option<Self>> {
        if !arrays.has("orders.agreement") {
            return Ok(None);
        }
        let agreement = arrays.numbers("orders.agreement", 1, ..=1.0)?[0];
        let orders = arrays.shape("orders.categories").and_then(|shape| shape.first().copied());
        Ok(Some(Self { categories: arrays.counts("orders.categories", orders.unwrap_or_default())?, agreement }))
    }
}

/// What came of one order.
pub(crate) struct Shuffled {
    pub(crate) categories: usize,
    /// The group of each sample, in the order of the data.
    pub(crate) groups: Vec<u32>,
}

impl OrderEffect {
    /// Of so many orders, learned by `learn`; none where that was stopped.
    pub(crate) fn of<F: Scalar>(
        data: &Dataset<'_, F>,
        orders: usize,
        seed: u64,
        learn: impl Fn(&Dataset<'_, F>) -> Result<Option<Shuffled>>,
    ) -> Result<Option<Self>> {
        if orders < 2 {
            return Err(Error::data("one order has none to be compared with"));
        }
        data.check()?;
        let mut learned = Vec::with_capacity(orders);
        for trial in 0..orders {
            let mut order: Vec<usize> = (0..data.samples()).collect();
            shuffle(&mut order, &mut Key { seed, step: trial as u64, shard: 0 }.stream("orders"));
            match learn(&data.select(&order)?.view())? {
                Some(shuffled) => learned.push(shuffled),
                None => return Ok(None),
            }
        }
        let pairs = (0..orders).flat_map(|a| (0..a).map(move |b| (a, b)));
        let agreements = pairs.map(|(a, b)| adjusted_rand_index(&learned[a].groups, &learned[b].groups));
        let agreement = agreements.sum::<f64>() / (orders * (orders - 1) / 2) as f64;
        Ok(Some(Self { categories: learned.iter().map(|learned| learned.categories).collect(), agreement }))
    }
}

/// `(S - E) / ((A + B) / 2 - E)`: of all pairs of samples S are together in both groupings, A and B in each, and
/// `E = A B / all pairs` would be in both by chance. 1 where both groupings put all samples together, or none.
///
/// Hubert, Arabie, Comparing partitions, Journal of Classification 2 (1985).
fn adjusted_rand_index(a: &[u32], b: &[u32]) -> f64 {
    let pairs = |count: f64| count * (count - 1.0) / 2.0;
    let mut counts: [BTreeMap<(u32, u32), f64>; 3] = Default::default();
    for (&a, &b) in a.iter().zip(b) {
        for (counts, group) in counts.iter_mut().zip([(a, b), (a, 0), (b, 0)]) {
            *counts.entry(group).or_default() += 1.0;
        }
    }
    let [both, of_a, of_b] = counts.map(|counts| counts.values().map(|&count| pairs(count)).sum::<f64>());
    let by_chance = of_a * of_b / pairs(a.len() as f64).max(1.0);
    let most = (of_a + of_b) / 2.0;
    if most == by_chance { 1.0 } else { (both - by_chance) / (most - by_chance) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groupings_are_compared_whatever_their_names() {
        assert_eq!(adjusted_rand_index(&[0, 0, 1, 1], &[7, 7, 3, 3]), 1.0);
        // Two pairs each, none in both; 2 * 2 / 6 by chance.
        assert!((adjusted_rand_index(&[0, 0, 1, 1], &[0, 1, 0, 1]) + 0.5).abs() < 1e-12);
        assert_eq!(adjusted_rand_index(&[0, 0, 0], &[1, 1, 1]), 1.0);
    }
}
