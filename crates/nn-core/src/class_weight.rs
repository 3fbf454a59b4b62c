//! Classes that count more than their share of the samples.

use crate::{Dataset, Scalar, Target};

crate::choices! {
    /// How much the samples of a class count.
    pub enum ClassWeight {
        /// As they are: a class of many samples counts more.
        None = "none",
        /// Every class alike: a sample weighs samples / (classes x samples of its class).
        Balanced = "balanced",
    }
}

impl ClassWeight {
    /// The weight of each sample, its own weight included; `None` where they are what `data` has. Samples of weight 0 are not counted.
    pub fn weigh<F: Scalar>(self, data: &Dataset<'_, F>) -> Option<Vec<F>> {
        let (Self::Balanced, Target::Labels { labels, classes }) = (self, data.target()) else { return None };
        // A sample of weight 0 is not learned, so it makes its class no more frequent.
        let is_learned = |sample: usize| data.weight(sample) != F::ZERO;
        let mut counts = vec![0_usize; classes];
        let learned = labels.iter().enumerate().filter(|(sample, _)| is_learned(*sample));
        learned.for_each(|(_, &label)| counts[label as usize] += 1);
        let present = counts.iter().filter(|&&count| 0 < count).count();
        let total: usize = counts.iter().sum();
        // A class of which nothing is learned has no share, and no sample that needs one.
        let share = |label: u32| total as f64 / (present * counts[label as usize]).max(1) as f64;
        Some(
            labels
                .iter()
                .enumerate()
                .map(|(sample, &label)| F::from_f64(data.weight(sample).to_f64() * share(label)))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_classes_weigh_the_same_together() {
        let x = [0.0; 4];
        let weigh = |data: &Dataset<'_, f64>| ClassWeight::Balanced.weigh(data).unwrap();
        let data = Dataset::from_slice(1, &x).labels_of(5, &[0, 0, 0, 4]);
        assert_eq!(weigh(&data), [4.0 / 6.0, 4.0 / 6.0, 4.0 / 6.0, 2.0]);
        assert_eq!(weigh(&data.weights(&[1.0, 0.25, 3.0, 0.5])), [4.0 / 6.0, 0.25 * 4.0 / 6.0, 2.0, 1.0]);
        assert_eq!(ClassWeight::None.weigh(&data), None);
    }

    #[test]
    fn samples_that_are_not_learned_are_not_counted() {
        let x = [0.0; 6];
        let labels = [0, 0, 0, 0, 1, 2];
        let data = Dataset::from_slice(1, &x).labels_of(3, &labels);
        // Two of class 0 are left, one of class 1 and none of class 2.
        let weights = ClassWeight::Balanced.weigh(&data.weights(&[1.0, 0.0, 1.0, 0.0, 1.0, 0.0])).unwrap();
        assert_eq!(weights, [0.75, 0.0, 0.75, 0.0, 1.5, 0.0]);
    }
}
