//! How good scores and probabilities are, whichever of them wins.

use super::{check_labels, check_weights, weight, weighted_mean};
use crate::{Error, Result, Scalar};

/// Area under the ROC curve: the chance that a sample of the class has a larger score than one that is not of it, equal
/// scores counting half.
///
/// `sum_(i in class) sum_(j not) w_i w_j ([s_i > s_j] + [s_i = s_j] / 2) / (sum_(i in class) w_i sum_(j not) w_j)`, found
/// by sorting, without cutting the curve into pieces. `None` where one of the two sides has no weight: there is no pair.
///
/// # Shapes
/// `scores`, `positive`, `weights`: one a sample; `positive` says which samples are of the class.
///
/// # Errors
/// [`Error::Shape`] for different lengths; [`Error::Data`] for a score that is NaN, and for a weight that is negative or
/// not finite.
///
/// Hanley and McNeil, The meaning and use of the area under a receiver operating characteristic (ROC) curve, 1982.
pub fn roc_auc<F: Scalar>(scores: &[F], positive: &[bool], weights: Option<&[F]>) -> Result<Option<f64>> {
    if positive.len() != scores.len() {
        return Err(Error::shape("samples that are of the class or not", scores.len(), positive.len()));
    }
    check_weights(weights, scores.len())?;
    let scores: Vec<f64> = scores.iter().map(|score| score.to_f64()).collect();
    check_scores(&scores, 1)?;
    Ok(area(&scores, |sample| positive[sample], weights))
}

/// The mean over the classes of the area under the ROC curve of each against all others, every class counting alike.
///
/// Of two classes it is the area of the second: their scores mirror each other, but a probability of nearly 1 has fewer
/// digits left than its counterpart. A class without weight has no curve and is left out of the mean, where scikit-learn
/// has no answer at all. `None` where fewer than two classes have weight.
///
/// # Shapes
/// `scores`: classes × samples. `labels`, `weights`: one a sample.
///
/// # Errors
/// Those of [`roc_auc`]; [`Error::Data`] for a label that is not below `classes`.
pub fn roc_auc_of_classes<F: Scalar>(
    scores: &[F],
    labels: &[u32],
    classes: usize,
    weights: Option<&[F]>,
) -> Result<Option<f64>> {
    check_table("scores", scores, labels, classes, weights)?;
    let (mut sum, mut curves) = (0.0, 0.0);
    let first = if classes == 2 { 1 } else { 0 };
    let mut of_class = vec![0.0; labels.len()];
    for class in first..classes {
        for (score, column) in of_class.iter_mut().zip(scores.chunks_exact(classes)) {
            *score = column[class].to_f64();
        }
        if let Some(area) = area(&of_class, |sample| labels[sample] as usize == class, weights) {
            sum += area;
            curves += 1.0;
        }
    }
    Ok((0.0 < curves).then(|| sum / curves))
}

/// `-ln p` of the right class, the mean over the samples; 0 of nothing.
///
/// A probability is taken as no less than epsilon and no more than 1 - epsilon, with the epsilon of the float it comes in,
/// as scikit-learn does: one that is 0 costs much, 36.0 in `f64` and 15.9 in `f32`, and not infinitely much.
///
/// # Shapes
/// `probabilities`: classes × samples. `labels`, `weights`: one a sample.
///
/// # Errors
/// [`Error::Shape`] for different lengths; [`Error::Data`] for a probability that is NaN, for a label that is not below
/// `classes`, and for a weight that is negative or not finite.
pub fn log_loss<F: Scalar>(probabilities: &[F], labels: &[u32], classes: usize, weights: Option<&[F]>) -> Result<f64> {
    check_table("probabilities", probabilities, labels, classes, weights)?;
    let epsilon = F::EPSILON;
    // Without classes there are no samples either, or a label would have been too large.
    let columns = probabilities.chunks_exact(classes.max(1)).zip(labels);
    let cost = |(column, &label): (&[F], &u32)| -column[label as usize].to_f64().clamp(epsilon, 1.0 - epsilon).ln();
    Ok(weighted_mean(columns.map(cost), weights))
}

/// The area under the curve of scores that are numbers.
fn area<F: Scalar>(scores: &[f64], positive: impl Fn(usize) -> bool, weights: Option<&[F]>) -> Option<f64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let weigh = |samples: &[usize], side: bool| -> f64 {
        // A fold, since an empty sum of floats is -0.
        samples.iter().filter(|&&s| positive(s) == side).fold(0.0, |sum, &s| sum + weight(weights, s))
    };
    let (inside, outside) = (weigh(&order, true), weigh(&order, false));
    if inside == 0.0 || outside == 0.0 {
        return None;
    }
    let (mut area, mut below) = (0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let beside = weigh(tied, false);
        // Shares rather than weights: the product of two large weights may be beyond a float.
        area += weigh(tied, true) / inside * ((below + beside / 2.0) / outside);
        below += beside;
    }
    // The shares add up to 1 but for their rounding.
    Some(area.min(1.0))
}

/// That there are `classes` numbers for each label, and that all fits.
fn check_table<F: Scalar>(
    what: &str,
    table: &[F],
    labels: &[u32],
    classes: usize,
    weights: Option<&[F]>,
) -> Result<()> {
    let expected = labels.len().saturating_mul(classes);
    if table.len() != expected {
        return Err(Error::shape(format!("{what} (classes × samples)"), expected, table.len()));
    }
    check_labels("label", labels, labels.len(), classes)?;
    check_weights(weights, labels.len())?;
    check_scores(table, classes)
}

/// That no score is NaN; there are `classes` a sample.
fn check_scores<F: Scalar>(scores: &[F], classes: usize) -> Result<()> {
    match scores.iter().position(|score| score.to_f64().is_nan()) {
        Some(at) => Err(Error::sample("a score is not a number".to_owned(), at / classes)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_is_the_share_of_pairs_in_order_and_ties_count_half() {
        let area = |weights| roc_auc(&[0.1, 0.4, 0.4, 0.8], &[false, true, false, true], weights).unwrap();
        // Of the four pairs three are in order and one is tied.
        assert_eq!(area(None), Some(3.5 / 4.0));
        assert_eq!(area(Some(&[1.0, 3.0, 1.0, 1.0])), Some((3.0 + 1.5 + 2.0) / 8.0));
    }

    #[test]
    fn order_alone_decides_and_equal_scores_tell_nothing() {
        let all = [true, false, true, false];
        assert_eq!(roc_auc(&[9.0, -1.0, 8.0, f64::NEG_INFINITY], &all, None).unwrap(), Some(1.0));
        assert_eq!(roc_auc(&[-9.0, 1.0, -8.0, 2.0], &all, None).unwrap(), Some(0.0));
        // The two zeros are equal.
        assert_eq!(roc_auc(&[0.0, -0.0, -0.0, 0.0], &all, None).unwrap(), Some(0.5));
    }

    #[test]
    fn one_class_alone_has_no_area() {
        assert_eq!(roc_auc(&[0.5_f64; 3], &[true; 3], None).unwrap(), None);
        assert_eq!(roc_auc(&[0.1, 0.9], &[false, true], Some(&[0.0, 1.0])).unwrap(), None);
        assert_eq!(roc_auc::<f64>(&[], &[], None).unwrap(), None);
        assert_eq!(roc_auc_of_classes(&[0.5, 0.5, 0.0], &[1], 3, None::<&[f64]>).unwrap(), None);
        assert_eq!(roc_auc_of_classes::<f64>(&[], &[], 0, None).unwrap(), None);
    }

    #[test]
    fn weights_beyond_the_square_root_of_the_float_give_the_same_area() {
        let area = roc_auc(&[0.1, 0.4, 0.4, 0.8], &[false, true, false, true], Some(&[1e307; 4])).unwrap();
        assert_eq!(area, Some(3.5 / 4.0));
    }

    #[test]
    fn of_two_classes_the_second_has_the_area() {
        let scores = [0.8, 0.2, 0.3, 0.7, 0.6, 0.4, 0.1, 0.9];
        assert_eq!(roc_auc_of_classes(&scores, &[0, 1, 0, 1], 2, None).unwrap(), Some(1.0));
        assert_eq!(roc_auc_of_classes(&scores, &[0, 1, 1, 0], 2, None).unwrap(), Some(0.5));
    }

    #[test]
    fn a_class_that_does_not_occur_is_left_out_of_the_mean() {
        let scores = [0.5, 0.1, 0.4, 0.2, 0.5, 0.3, 0.6, 0.3, 0.1];
        // Class 0: 0.6 and 0.5 against 0.2, both in order. Class 1: 0.5 against 0.1 and 0.3, both in order.
        assert_eq!(roc_auc_of_classes(&scores, &[0, 1, 0], 3, None).unwrap(), Some(1.0));
        // Class 0: 0.2 against 0.5 and 0.6, none. Class 1: 0.1 and 0.3 against 0.5, none.
        assert_eq!(roc_auc_of_classes(&scores, &[1, 0, 1], 3, None).unwrap(), Some(0.0));
    }

    #[test]
    fn a_wrong_certainty_costs_much_and_not_infinitely_much() {
        let loss = log_loss(&[0.25, 0.75, 1.0, 0.0], &[0, 1], 2, None::<&[f64]>).unwrap();
        assert!((loss - (4.0_f64.ln() - f64::EPSILON.ln()) / 2.0).abs() < 1e-12, "{loss}");
        let loss = log_loss(&[1.0_f32, 0.0], &[1], 2, None).unwrap();
        assert!((loss + f64::from(f32::EPSILON).ln()).abs() < 1e-12, "{loss}");
        let sure = log_loss(&[1.0, 0.0], &[0], 2, None::<&[f64]>).unwrap();
        assert!(0.0 < sure && sure < 1e-15, "{sure}");
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let refused = |scores: &[f64], labels: &[u32], classes| {
            let [loss, area] = [
                log_loss(scores, labels, classes, None).map(|_| ()),
                roc_auc_of_classes(scores, labels, classes, None).map(|_| ()),
            ];
            assert!(area.is_err());
            loss.unwrap_err().to_string()
        };
        assert_eq!(refused(&[0.5; 3], &[0, 1], 2), "probabilities (classes × samples): expected 4, got 3");
        assert_eq!(refused(&[0.5; 4], &[0, 2], 2), "label 2 is not below the number of classes, 2 (sample 1)");
        assert_eq!(refused(&[], &[0], 0), "label 0 is not below the number of classes, 0 (sample 0)");
        assert_eq!(refused(&[0.5, 0.5, f64::NAN, 0.5], &[0, 1], 2), "a score is not a number (sample 1)");
        assert!(roc_auc(&[0.5], &[], None::<&[f64]>).is_err());
        assert!(roc_auc(&[0.5], &[true], Some(&[-1.0])).is_err());
    }
}
