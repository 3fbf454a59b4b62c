//! The folds of a search: which samples a candidate learns from, and which it is measured on.

use crate::split;
use crate::{Dataset, Error, Result, Scalar, Target};

crate::choices! {
    /// How samples are dealt out over the folds.
    #[derive(Default)]
    pub enum Order {
        /// At random, each class evenly; whole sequences, where there are any.
        #[default]
        Stratified = "stratified",
        /// At random, whatever their classes; whole sequences, where there are any.
        Shuffled = "shuffled",
        /// Each fold lies behind all that was learned for it: for samples, or sequences, that follow one another in time.
        Time = "time",
    }
}

/// The samples to learn from and those to measure on.
pub(super) type Fold = (Vec<usize>, Vec<usize>);

/// Indices in the lists of all folds together, at most: a gigabyte of them.
const MOST_INDICES: usize = 1 << 27;
/// So many folds are never too many.
const MANY: usize = 20;

/// The folds of `data`.
///
/// # Errors
/// [`Error::Param`] for fewer than two, more than there are samples, or more than there is room for; [`Error::Data`] for a class that has fewer samples than there
/// are folds, so that some fold would be measured without it: the first of its samples is named.
pub(super) fn folds<F: Scalar>(data: &Dataset<'_, F>, order: Order, folds: usize, seed: u64) -> Result<Vec<Fold>> {
    let most = (MOST_INDICES / data.samples().max(1)).max(MANY);
    if most < folds {
        let expected =
            format!("at most {most} for {} samples, each of which stands in the lists of all folds", data.samples());
        return Err(Error::param("folds", folds, expected));
    }
    match order {
        Order::Time => split::forward_chain(data, folds),
        Order::Shuffled => split::k_fold(&data.inputs_only(), folds, seed),
        Order::Stratified => {
            let dealt = split::k_fold(data, folds, seed)?;
            check_classes(data, folds)?;
            Ok(dealt)
        }
    }
}

fn check_classes<F: Scalar>(data: &Dataset<'_, F>, folds: usize) -> Result<()> {
    let Target::Labels { labels, classes } = data.target() else { return Ok(()) };
    if data.starts().is_some() {
        return Ok(());
    }
    let mut counts = vec![0_usize; classes];
    labels.iter().for_each(|&label| counts[label as usize] += 1);
    let smallest = (0..classes).filter(|&class| 0 < counts[class]).min_by_key(|&class| counts[class]);
    match smallest {
        Some(class) if counts[class] < folds => {
            let count = counts[class];
            let samples = if count == 1 { "sample" } else { "samples" };
            let first = labels.iter().position(|&label| label as usize == class).unwrap_or(0);
            Err(Error::sample(format!("its class has {count} {samples}, fewer than the {folds} folds"), first))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_that_is_smaller_than_the_folds_is_named_by_its_first_sample() {
        let x = [0.0_f32; 12];
        let labels = [0, 0, 0, 2, 0, 0, 2, 0, 0, 0, 0, 0];
        let data = Dataset::from_slice(1, &x).labels(&labels);
        let told = folds(&data, Order::Stratified, 3, 1).unwrap_err().to_string();
        assert_eq!(told, "its class has 2 samples, fewer than the 3 folds (sample 3)");
        assert_eq!(folds(&data, Order::Stratified, 2, 1).unwrap().len(), 2);
        for order in [Order::Shuffled, Order::Time] {
            assert_eq!(folds(&data, order, 3, 1).unwrap().len(), 3);
        }
    }
}
