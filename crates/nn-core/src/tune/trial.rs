//! What the trial of a candidate came to, and which one is chosen.

use super::Candidate;
use crate::Better;

crate::choices! {
    /// Which of the candidates is chosen.
    #[derive(Default)]
    pub enum Choice {
        /// The one with the best mean; of equal ones the first, which is the simplest.
        #[default]
        Best = "best",
        /// The first, which is the simplest, whose mean is within one standard error of the best mean. (Breiman, Friedman, Olshen,
        /// Stone 1984, section 3.4.3; the standard error is that of the best candidate.)
        OneStandardError = "one-standard-error",
    }
}

/// What the trial of a candidate came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The settings that were tried.
    pub candidate: Candidate,
    /// What was measured on each fold it was tried on, the first fold first.
    pub values: Vec<f64>,
    /// How its trial ended.
    pub ended: Ended,
}

/// How the trial of a candidate ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was tried on every fold.
    Whole,
    /// After the folds it was tried on no others could be expected to make it the best one.
    Hopeless,
    /// It could not learn without a fold, or not be measured on it; or its settings do not go together.
    Failed {
        /// The fold, from 1; none where its settings do not go together.
        fold: Option<usize>,
        /// Why.
        why: String,
    },
    /// The search was stopped before.
    Unfinished,
}

impl Trial {
    /// Mean over the folds it was tried on; `None` where it failed or was not tried.
    pub fn mean(&self) -> Option<f64> {
        let failed = matches!(self.ended, Ended::Failed { .. });
        if failed || self.values.is_empty() { None } else { Some(mean(&self.values)) }
    }

    /// Standard error of the mean, `s / sqrt(n)` with the standard deviation s of n folds; `None` of fewer than two.
    ///
    /// Folds share what they learn from, so that it is only about right; there is no unbiased one (Bengio and Grandvalet 2004).
    pub fn standard_error(&self) -> Option<f64> {
        self.mean().and_then(|_| standard_error(&self.values))
    }
}

impl Choice {
    /// The index of the candidate that is chosen among those that were tried on every fold.
    pub(super) fn of(self, trials: &[Trial], better: Better) -> Option<usize> {
        let whole = || {
            let ended = trials.iter().enumerate().filter(|(_, trial)| trial.ended == Ended::Whole);
            ended.filter_map(|(index, trial)| Some((index, trial.mean()?)))
        };
        let (best, mean) = whole().reduce(|a, b| if better.shortfall(b.1, a.1) < 0.0 { b } else { a })?;
        match self {
            Self::Best => Some(best),
            Self::OneStandardError => {
                let error = trials[best].standard_error().unwrap_or(0.0);
                whole().find(|(_, other)| better.shortfall(*other, mean) <= error).map(|(index, _)| index)
            }
        }
    }
}

pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

pub(super) fn standard_error(values: &[f64]) -> Option<f64> {
    let count = values.len() as f64;
    (1.0 < count).then(|| (variance(values) / count).sqrt())
}

/// `sum (x - mean)^2 / (n - 1)`; exactly 0 of equal values.
pub(super) fn variance(values: &[f64]) -> f64 {
    // The mean of equal values may be rounded; that of their differences is not.
    let from_first: Vec<f64> = values.iter().map(|value| value - values[0]).collect();
    let mean = mean(&from_first);
    from_first.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(values: &[f64], ended: Ended) -> Trial {
        Trial { candidate: Candidate::default(), values: values.to_vec(), ended }
    }

    #[test]
    fn mean_and_standard_error_are_those_of_the_folds() {
        let one = trial(&[1.0, 2.0, 3.0, 4.0], Ended::Whole);
        assert_eq!(one.mean(), Some(2.5));
        // The standard deviation is sqrt(5/3), and its share of sqrt(4) is the error.
        assert!((one.standard_error().unwrap() - (5.0_f64 / 3.0).sqrt() / 2.0).abs() < 1e-15);
        assert_eq!(trial(&[0.7; 3], Ended::Whole).standard_error(), Some(0.0));
        assert_eq!(trial(&[1.0], Ended::Hopeless).standard_error(), None);
        assert_eq!(trial(&[1.0, 2.0], Ended::Failed { fold: Some(3), why: "x".to_owned() }).mean(), None);
    }

    #[test]
    fn the_simplest_within_one_standard_error_of_the_best_is_chosen() {
        let trials = [
            trial(&[0.70, 0.72], Ended::Whole),
            trial(&[0.90, 0.91], Ended::Whole),
            trial(&[0.90, 0.94], Ended::Whole),
            trial(&[0.90, 0.94], Ended::Whole),
        ];
        // The best mean is 0.92 with an error of 0.02; 0.905 lies within.
        assert_eq!(Choice::Best.of(&trials, Better::Greater), Some(2));
        assert_eq!(Choice::OneStandardError.of(&trials, Better::Greater), Some(1));
        assert_eq!(Choice::Best.of(&trials, Better::Smaller), Some(0));
        assert_eq!(Choice::OneStandardError.of(&trials, Better::Smaller), Some(0));
    }

    #[test]
    fn who_has_not_seen_every_fold_is_not_chosen() {
        let failed = Ended::Failed { fold: Some(2), why: "diverged".to_owned() };
        let trials = [trial(&[1.0], failed), trial(&[0.9; 3], Ended::Hopeless), trial(&[0.1; 4], Ended::Whole)];
        assert_eq!(Choice::Best.of(&trials, Better::Greater), Some(2));
        assert_eq!(Choice::Best.of(&trials[..2], Better::Greater), None);
    }
}
