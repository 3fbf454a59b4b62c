//! What was taken for what.

use super::{check_labels, check_weights, share, weight};
use crate::{Error, MOST_CLASSES, Result, Scalar};
use std::collections::BTreeMap;

/// How often each class was taken for each, samples counting by their weight: rows are the truth, columns the answers.
///
/// What would be 0/0 counts 0, as in scikit-learn with `zero_division=0`: the precision of a class that is never answered,
/// the recall of one that never occurs. A class beyond the last one has 0 of everything.
#[derive(Clone, Debug, PartialEq)]
pub struct Confusion {
    /// Weight of each pair of truth and answer that occurs: all pairs of 65,536 classes would fill 32 GB.
    cells: BTreeMap<(u32, u32), f64>,
    /// Weight of what was answered rightly: the diagonal.
    right: Vec<f64>,
    /// Weight of each class in the truth: the sums of the rows.
    support: Vec<f64>,
    /// Weight of each class in the answers: the sums of the columns.
    answered: Vec<f64>,
}

impl Confusion {
    /// Counts the answers.
    ///
    /// # Shapes
    /// `predicted`, `labels`, `weights`: one a sample, classes counted from 0 and below `classes`.
    ///
    /// # Errors
    /// [`Error::Shape`] for different lengths; [`Error::Data`] for a class that is not below `classes`, for more classes
    /// than [`MOST_CLASSES`], and for a weight that is negative or not finite.
    pub fn new<F: Scalar>(predicted: &[u32], labels: &[u32], classes: usize, weights: Option<&[F]>) -> Result<Self> {
        if MOST_CLASSES < classes {
            return Err(Error::data(format!("there are {classes} classes; at most {MOST_CLASSES} are taken")));
        }
        check_labels("label", labels, labels.len(), classes)?;
        check_labels("answer", predicted, labels.len(), classes)?;
        check_weights(weights, labels.len())?;
        let none = vec![0.0; classes];
        let mut all = Self { cells: BTreeMap::new(), right: none.clone(), support: none.clone(), answered: none };
        for (sample, (&answer, &label)) in predicted.iter().zip(labels).enumerate() {
            let weight = weight(weights, sample);
            *all.cells.entry((label, answer)).or_default() += weight;
            all.support[label as usize] += weight;
            all.answered[answer as usize] += weight;
            if label == answer {
                all.right[label as usize] += weight;
            }
        }
        Ok(all)
    }

    /// How many classes there are: its rows, and its columns.
    pub fn classes(&self) -> usize {
        self.support.len()
    }

    /// Weight of the samples of class `label` that were taken for `answer`.
    pub fn count(&self, label: usize, answer: usize) -> f64 {
        let cell = u32::try_from(label).ok().zip(u32::try_from(answer).ok());
        cell.and_then(|cell| self.cells.get(&cell)).copied().unwrap_or(0.0)
    }

    /// The pairs of a class and another answer that occur, `(label, answer, weight)`, the heaviest first and equal ones in
    /// the order of their classes.
    pub fn mistakes(&self) -> Vec<(usize, usize, f64)> {
        let wrong = self.cells.iter().filter(|((label, answer), weight)| label != answer && 0.0 < **weight);
        let mut wrong: Vec<_> =
            wrong.map(|(&(label, answer), &weight)| (label as usize, answer as usize, weight)).collect();
        wrong.sort_by(|a, b| b.2.total_cmp(&a.2));
        wrong
    }

    /// Weight of the samples of a class.
    pub fn support(&self, class: usize) -> f64 {
        at(&self.support, class)
    }

    /// Of what was taken for the class, the share that is of it.
    pub fn precision(&self, class: usize) -> f64 {
        share(at(&self.right, class), at(&self.answered, class))
    }

    /// Of what is of the class, the share that was taken for it.
    pub fn recall(&self, class: usize) -> f64 {
        share(at(&self.right, class), at(&self.support, class))
    }

    /// The harmonic mean of precision and recall: twice what was right, of the weight in the truth and in the answers.
    pub fn f1(&self, class: usize) -> f64 {
        // Halves rather than a double, which might be beyond a float.
        share(at(&self.right, class), at(&self.support, class) / 2.0 + at(&self.answered, class) / 2.0)
    }

    /// The share of all samples that was answered rightly; 0 of nothing.
    pub fn accuracy(&self) -> f64 {
        share(self.right.iter().sum(), self.support.iter().sum())
    }

    /// The mean recall of the classes that occur: accuracy where every class counts alike. 0 where none does.
    pub fn balanced_accuracy(&self) -> f64 {
        self.mean_where(|class| 0.0 < self.support[class], Self::recall)
    }

    /// The mean precision of the classes that occur in the truth or in the answers, every class counting alike.
    pub fn macro_precision(&self) -> f64 {
        self.mean_where(|class| self.is_met(class), Self::precision)
    }

    /// The mean recall of the classes that occur in the truth or in the answers: lower than [`balanced_accuracy`] where a
    /// class is answered that never occurs.
    ///
    /// [`balanced_accuracy`]: Self::balanced_accuracy
    pub fn macro_recall(&self) -> f64 {
        self.mean_where(|class| self.is_met(class), Self::recall)
    }

    /// The mean of [`f1`](Self::f1) over the classes that occur in the truth or in the answers.
    pub fn macro_f1(&self) -> f64 {
        self.mean_where(|class| self.is_met(class), Self::f1)
    }

    /// Whether a class has any weight. One without does not drag the means down: no answer could have served it.
    fn is_met(&self, class: usize) -> bool {
        0.0 < self.support[class] || 0.0 < self.answered[class]
    }

    fn mean_where(&self, counts: impl Fn(usize) -> bool, measure: fn(&Self, usize) -> f64) -> f64 {
        let (mut sum, mut classes) = (0.0, 0.0);
        for class in (0..self.classes()).filter(|&class| counts(class)) {
            sum += measure(self, class);
            classes += 1.0;
        }
        share(sum, classes)
    }
}

fn at(numbers: &[f64], class: usize) -> f64 {
    numbers.get(class).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Class 3 neither occurs nor is answered.
    fn small() -> Confusion {
        Confusion::new::<f64>(&[0, 0, 1, 1, 2, 2], &[0, 1, 1, 1, 2, 0], 4, None).unwrap()
    }

    #[test]
    fn rows_are_the_truth_and_columns_the_answers() {
        let confusion = small();
        let row = |label: usize| [0, 1, 2, 3].map(|answer| confusion.count(label, answer));
        assert_eq!([0, 1, 2, 3].map(row), [[1., 0., 1., 0.], [1., 2., 0., 0.], [0., 0., 1., 0.], [0.; 4]]);
        assert_eq!([0, 1, 2, 3].map(|class| confusion.support(class)), [2.0, 3.0, 1.0, 0.0]);
    }

    #[test]
    fn mistakes_come_with_the_heaviest_first() {
        assert_eq!(small().mistakes(), [(0, 2, 1.0), (1, 0, 1.0)]);
        let weighted = Confusion::new(&[0, 1, 2], &[1, 0, 2], 3, Some(&[1.0, 4.0, 9.0])).unwrap();
        assert_eq!(weighted.mistakes(), [(0, 1, 4.0), (1, 0, 1.0)]);
    }

    #[test]
    fn precision_looks_down_a_column_and_recall_along_a_row() {
        let confusion = small();
        assert_eq!([0, 1, 2, 3].map(|class| confusion.precision(class)), [0.5, 1.0, 0.5, 0.0]);
        assert_eq!([0, 1, 2, 3].map(|class| confusion.recall(class)), [0.5, 2.0 / 3.0, 1.0, 0.0]);
        assert_eq!([0, 1, 2, 3].map(|class| confusion.f1(class)), [0.5, 0.8, 2.0 / 3.0, 0.0]);
        assert_eq!(confusion.accuracy(), 4.0 / 6.0);
    }

    #[test]
    fn a_class_that_is_nowhere_is_left_out_of_the_means() {
        let confusion = small();
        assert_eq!(confusion.macro_precision(), 2.0 / 3.0);
        assert!((confusion.macro_recall() - (0.5 + 2.0 / 3.0 + 1.0) / 3.0).abs() < 1e-15);
        assert!((confusion.macro_f1() - (0.5 + 0.8 + 2.0 / 3.0) / 3.0).abs() < 1e-15);
    }

    #[test]
    fn a_class_that_is_answered_but_never_occurs_counts_in_the_macro_recall_only() {
        let confusion = Confusion::new::<f64>(&[0, 0, 2, 1], &[0, 0, 0, 1], 3, None).unwrap();
        assert_eq!(confusion.balanced_accuracy(), (2.0 / 3.0 + 1.0) / 2.0);
        assert_eq!(confusion.macro_recall(), (2.0 / 3.0 + 1.0) / 3.0);
    }

    #[test]
    fn a_sample_of_weight_2_counts_as_two() {
        let twice = Confusion::new::<f64>(&[0, 1, 1], &[0, 0, 0], 2, None).unwrap();
        let weighted = Confusion::new(&[0, 1], &[0, 0], 2, Some(&[1.0, 2.0])).unwrap();
        assert_eq!(twice, weighted);
        assert_eq!(weighted.recall(0), 1.0 / 3.0);
    }

    #[test]
    fn the_largest_weights_there_may_be_give_a_number() {
        let confusion = Confusion::new(&[0, 0], &[0, 1], 2, Some(&[f64::MAX, 1.0])).unwrap();
        assert_eq!([confusion.f1(0), confusion.macro_f1(), confusion.accuracy()], [1.0, 0.5, 1.0]);
    }

    #[test]
    fn nothing_counts_0_and_what_does_not_fit_is_named() {
        let nothing = Confusion::new::<f64>(&[], &[], 2, None).unwrap();
        assert_eq!([nothing.accuracy(), nothing.balanced_accuracy(), nothing.macro_f1(), nothing.f1(0)], [0.0; 4]);
        assert_eq!([nothing.recall(9), nothing.count(9, usize::MAX)], [0.0; 2]);
        let refused = |predicted: &[u32], labels: &[u32], classes, weights: Option<&[f64]>| {
            Confusion::new(predicted, labels, classes, weights).unwrap_err().to_string()
        };
        assert_eq!(refused(&[0], &[0, 1], 2, None), "answers (one a sample): expected 2, got 1");
        assert_eq!(refused(&[0, 0], &[0, 2], 2, None), "label 2 is not below the number of classes, 2 (sample 1)");
        assert_eq!(refused(&[3], &[0], 2, None), "answer 3 is not below the number of classes, 2 (sample 0)");
        assert_eq!(
            refused(&[0], &[0], usize::MAX, None),
            format!("there are {} classes; at most 65536 are taken", usize::MAX)
        );
        assert_eq!(refused(&[0], &[0], 1, Some(&[])), "weights (one a sample): expected 1, got 0");
        for weight in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(refused(&[0], &[0], 1, Some(&[weight])).starts_with("a weight is"));
        }
        assert!(refused(&[0, 0], &[0, 0], 1, Some(&[f64::MAX; 2])).starts_with("the weights add up"));
    }

    #[test]
    fn the_most_classes_there_may_be_take_little_memory() {
        let last = MOST_CLASSES as u32 - 1;
        let confusion = Confusion::new::<f32>(&[0, last], &[last, last], MOST_CLASSES, None).unwrap();
        assert_eq!((confusion.count(last as usize, 0), confusion.recall(last as usize)), (1.0, 0.5));
    }
}
