//! How good answers are.

use crate::Scalar;

/// The class with the largest of `scores`, the first of equals.
pub fn largest<F: Scalar>(scores: &[F]) -> u32 {
    let mut best = 0;
    for (class, score) in scores.iter().enumerate() {
        if scores[best] < *score {
            best = class;
        }
    }
    best as u32
}

/// The share of `labels` that `predicted` meets, each sample counting by its weight.
pub fn accuracy<F: Scalar>(predicted: &[u32], labels: &[u32], weights: Option<&[F]>) -> f64 {
    let right = predicted.iter().zip(labels).map(|(p, l)| f64::from(u8::from(p == l)));
    weighted_mean(right, weights)
}

/// The share of `labels` that `predicted` misses, each sample counting by its weight.
pub fn error_rate<F: Scalar>(predicted: &[u32], labels: &[u32], weights: Option<&[F]>) -> f64 {
    let wrong = predicted.iter().zip(labels).map(|(p, l)| f64::from(u8::from(p != l)));
    weighted_mean(wrong, weights)
}

/// Root of the mean squared error over all numbers, each sample counting by its weight.
///
/// # Shapes
/// `predicted`, `values`: outputs × samples.
pub fn rmse<F: Scalar>(predicted: &[F], values: &[F], outputs: usize, weights: Option<&[F]>) -> f64 {
    let error = |(p, v): (&[F], &[F])| {
        let squares = p.iter().zip(v).map(|(p, v)| square(p.to_f64() - v.to_f64()));
        squares.sum::<f64>() / outputs as f64
    };
    weighted_mean(predicted.chunks(outputs).zip(values.chunks(outputs)).map(error), weights).sqrt()
}

/// `R^2 = 1 - sum (y - t)^2 / sum (t - mean t)^2`, the mean over the outputs, each sample counting by its weight. 1 is
/// perfect, 0 is as good as telling the mean. A constant target counts 1 where it is met exactly and 0 otherwise.
///
/// # Shapes
/// `predicted`, `values`: outputs × samples.
pub fn r2<F: Scalar>(predicted: &[F], values: &[F], outputs: usize, weights: Option<&[F]>) -> f64 {
    let score = |output: usize| {
        let of = |all: &[F]| all.iter().skip(output).step_by(outputs).map(|v| v.to_f64()).collect::<Vec<_>>();
        let (p, t) = (of(predicted), of(values));
        let mean = weighted_mean(t.iter().copied(), weights);
        let error = weighted_mean(p.iter().zip(&t).map(|(p, t)| square(p - t)), weights);
        let spread = weighted_mean(t.iter().map(|t| square(t - mean)), weights);
        if 0.0 < spread { 1.0 - error / spread } else { f64::from(u8::from(error == 0.0)) }
    };
    (0..outputs).map(score).sum::<f64>() / outputs as f64
}

/// Mean absolute error over all numbers, each sample counting by its weight.
///
/// # Shapes
/// `predicted`, `values`: outputs × samples.
pub fn mae<F: Scalar>(predicted: &[F], values: &[F], outputs: usize, weights: Option<&[F]>) -> f64 {
    let error = |(p, v): (&[F], &[F])| {
        let sizes = p.iter().zip(v).map(|(p, v)| (p.to_f64() - v.to_f64()).abs());
        sizes.sum::<f64>() / outputs as f64
    };
    weighted_mean(predicted.chunks(outputs).zip(values.chunks(outputs)).map(error), weights)
}

/// `-ln p` of the right class, the mean over the samples, each counting by its weight. A probability is taken as no less
/// than the float's epsilon, so that one that is 0 costs much and not infinitely much.
///
/// # Shapes
/// `probabilities`: classes × samples.
pub fn log_loss<F: Scalar>(probabilities: &[F], labels: &[u32], classes: usize, weights: Option<&[F]>) -> f64 {
    let least = if size_of::<F>() == 4 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let cost = |(p, &label): (&[F], &u32)| -p[label as usize].to_f64().clamp(least, 1.0 - least).ln();
    weighted_mean(probabilities.chunks(classes).zip(labels).map(cost), weights)
}

/// Area under the ROC curve: the chance that a sample of the class has a larger score than one that is not of it, equal
/// scores counting half. Samples count by their weight. None where there is no weight on one of the two sides.
///
/// Hanley and McNeil, The meaning and use of the area under a receiver operating characteristic curve, 1982.
pub fn roc_auc<F: Scalar>(scores: &[F], positive: impl Fn(usize) -> bool, weights: Option<&[F]>) -> Option<f64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[a].to_f64().total_cmp(&scores[b].to_f64()));
    let (mut below, mut pairs, mut positives) = (0.0, 0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let (mut on, mut off) = (0.0, 0.0);
        for &sample in tied {
            let weight = weights.map_or(1.0, |weights| weights[sample].to_f64());
            *(if positive(sample) { &mut on } else { &mut off }) += weight;
        }
        pairs += on * (below + off / 2.0);
        (below, positives) = (below + off, positives + on);
    }
    (0.0 < below && 0.0 < positives).then(|| pairs / (below * positives))
}

/// The mean over the classes of the area under the ROC curve of each against all others; None where a class has no
/// sample.
///
/// # Shapes
/// `scores`: classes × samples.
pub fn roc_auc_of_classes<F: Scalar>(
    scores: &[F],
    labels: &[u32],
    classes: usize,
    weights: Option<&[F]>,
) -> Option<f64> {
    let one = |class: usize| {
        let scores: Vec<F> = scores.iter().skip(class).step_by(classes).copied().collect();
        roc_auc(&scores, |sample| labels[sample] as usize == class, weights)
    };
    Some((0..classes).map(one).sum::<Option<f64>>()? / classes as f64)
}

/// How often each class was taken for each, samples counting by their weight: rows are the truth, columns the answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Confusion {
    classes: usize,
    /// Row by row.
    counts: Vec<f64>,
}

impl Confusion {
    /// Counts the answers. Labels and answers beyond `classes` do not count.
    pub fn new<F: Scalar>(predicted: &[u32], labels: &[u32], classes: usize, weights: Option<&[F]>) -> Self {
        let mut counts = vec![0.0; classes * classes];
        for (sample, (&answer, &label)) in predicted.iter().zip(labels).enumerate() {
            let (row, column) = (label as usize, answer as usize);
            if row < classes && column < classes {
                counts[row * classes + column] += weights.map_or(1.0, |weights| weights[sample].to_f64());
            }
        }
        Self { classes, counts }
    }

    /// Weight of the samples of class `label` that were taken for `answer`.
    pub fn count(&self, label: usize, answer: usize) -> f64 {
        self.counts[label * self.classes + answer]
    }

    /// Weight of the samples of a class.
    pub fn support(&self, class: usize) -> f64 {
        (0..self.classes).map(|answer| self.count(class, answer)).sum()
    }

    /// Of what was taken for the class, the share that is of it; 0 where nothing was.
    pub fn precision(&self, class: usize) -> f64 {
        share(self.count(class, class), (0..self.classes).map(|label| self.count(label, class)).sum())
    }

    /// Of what is of the class, the share that was taken for it; 0 where nothing is.
    pub fn recall(&self, class: usize) -> f64 {
        share(self.count(class, class), self.support(class))
    }

    /// The harmonic mean of precision and recall; 0 where both are.
    pub fn f1(&self, class: usize) -> f64 {
        let (precision, recall) = (self.precision(class), self.recall(class));
        share(2.0 * precision * recall, precision + recall)
    }

    /// The mean recall of the classes that have a sample: accuracy where every class counts alike.
    pub fn balanced_accuracy(&self) -> f64 {
        let present: Vec<usize> = (0..self.classes).filter(|&class| 0.0 < self.support(class)).collect();
        share(present.iter().map(|&class| self.recall(class)).sum(), present.len() as f64)
    }
}

/// A part of the whole; 0 of nothing.
fn share(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

fn square(number: f64) -> f64 {
    number * number
}

/// The mean of one number a sample; 0 where nothing weighs anything.
fn weighted_mean<F: Scalar>(numbers: impl Iterator<Item = f64>, weights: Option<&[F]>) -> f64 {
    let (mut sum, mut total) = (0.0, 0.0);
    for (sample, number) in numbers.enumerate() {
        let weight = weights.map_or(1.0, |weights| weights[sample].to_f64());
        sum += weight * number;
        total += weight;
    }
    if total == 0.0 { 0.0 } else { sum / total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracy_counts_what_is_met() {
        assert_eq!(accuracy::<f32>(&[0, 1, 2, 2], &[0, 1, 1, 2], None), 0.75);
        assert_eq!(accuracy(&[0, 1, 2, 2], &[0, 1, 1, 2], Some(&[1.0, 0.0, 1.0, 0.0])), 0.5);
        assert_eq!(largest(&[0.1, 0.7, 0.7]), 1);
    }

    #[test]
    fn a_confusion_tells_precision_and_recall() {
        let confusion = Confusion::new::<f64>(&[0, 0, 1, 1, 2, 2], &[0, 1, 1, 1, 2, 0], 4, None);
        assert_eq!([confusion.count(1, 0), confusion.count(0, 2), confusion.count(2, 2)], [1.0, 1.0, 1.0]);
        assert_eq!([0, 1, 2, 3].map(|class| confusion.precision(class)), [0.5, 1.0, 0.5, 0.0]);
        assert_eq!([0, 1, 2, 3].map(|class| confusion.recall(class)), [0.5, 2.0 / 3.0, 1.0, 0.0]);
        assert_eq!([confusion.f1(1), confusion.f1(3), confusion.support(1)], [0.8, 0.0, 3.0]);
        assert!((confusion.balanced_accuracy() - (0.5 + 2.0 / 3.0 + 1.0) / 3.0).abs() < 1e-15);
    }

    #[test]
    fn the_area_under_the_curve_is_the_share_of_pairs_in_order() {
        let area = |weights| roc_auc(&[0.1, 0.4, 0.4, 0.8], |sample| sample % 2 == 1, weights);
        // Of the four pairs three are in order and one is tied.
        assert_eq!(area(None), Some(3.5 / 4.0));
        assert_eq!(area(Some(&[1.0, 3.0, 1.0, 1.0])), Some((3.0 + 1.5 + 2.0) / 8.0));
        assert_eq!(roc_auc(&[0.5_f64; 3], |_| true, None), None);
        let scores = [0.8, 0.2, 0.3, 0.7, 0.6, 0.4, 0.1, 0.9];
        assert_eq!(roc_auc_of_classes(&scores, &[0, 1, 0, 1], 2, None), Some(1.0));
        assert_eq!(roc_auc_of_classes(&scores, &[0, 1, 1, 0], 2, None), Some(0.5));
    }

    #[test]
    fn a_wrong_certainty_costs_much_and_not_infinitely_much() {
        let loss = log_loss(&[0.25, 0.75, 1.0, 0.0], &[0, 1], 2, None::<&[f64]>);
        assert!((loss - (4.0_f64.ln() - f64::EPSILON.ln()) / 2.0).abs() < 1e-12, "{loss}");
        assert_eq!(mae(&[1.0, 2.0], &[1.0, 5.0], 1, Some(&[1.0, 2.0])), 2.0);
    }

    #[test]
    fn r2_is_1_for_the_truth_and_0_for_the_mean() {
        let truth = [1.0, 10.0, 2.0, 20.0, 3.0, 30.0];
        assert_eq!(r2(&truth, &truth, 2, None), 1.0);
        assert_eq!(r2(&[2.0, 20.0, 2.0, 20.0, 2.0, 20.0], &truth, 2, None), 0.0);
        assert_eq!(rmse(&[1.0, 2.0], &[1.0, 4.0], 1, None), 2.0_f64.sqrt());
    }
}
