//! Early stopping: when the validation samples say that training has gone on for long enough.

use serde::Serialize;

crate::choices! {
    /// When training stops for the sake of samples that it does not learn from. The weights of the best validation loss
    /// come back.
    pub enum EarlyStopping {
        /// Never.
        Never = "never",
        /// After so many epochs without a better validation loss.
        Patience = "patience",
        /// The chapter's: once the training loss has fallen while the validation loss has risen.
        Rise = "rise",
        /// Prechelt's `GL(t) > alpha`: the generalisation loss `GL(t) = 100 (E_va(t) / min E_va - 1)`, in percent.
        GeneralizationLoss = "gl",
        /// Prechelt's `PQ(t) > alpha`: GL(t) over the progress of training, `P(t) = 1000 (mean E_tr / min E_tr - 1)` of the
        /// last 5 epochs, looked at after every 5. Prechelt, Early Stopping - But When?, 1998, section 2.2.
        Progress = "pq",
    }
}

/// Epochs of one of Prechelt's strips.
const STRIP: usize = 5;

impl EarlyStopping {
    /// The alpha that the rule is usually given.
    pub fn usual_alpha(self) -> f64 {
        match self {
            Self::Progress => 1.0,
            _ => 5.0,
        }
    }
}

/// A rule of early stopping with its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Early {
    /// Which.
    #[serde(rename = "early_stopping")]
    pub rule: EarlyStopping,
    /// Epochs without a better validation loss.
    pub patience: usize,
    /// The alpha of `gl` and `pq`.
    #[serde(rename = "early_alpha")]
    pub alpha: f64,
}

impl Early {
    /// Training never stops early.
    pub const NEVER: Self = Self { rule: EarlyStopping::Never, patience: 0, alpha: 0.0 };

    /// After `patience` epochs without a better validation loss; 0 is never.
    pub fn patience(patience: usize) -> Self {
        let rule = if patience == 0 { EarlyStopping::Never } else { EarlyStopping::Patience };
        Self { rule, patience, alpha: rule.usual_alpha() }
    }

    /// What these settings say, each of which may be left to the others.
    pub fn of(rule: Option<EarlyStopping>, patience: usize, alpha: Option<f64>) -> Self {
        let Some(rule) = rule else { return Self::patience(patience) };
        Self { rule, patience: patience.max(1), alpha: alpha.unwrap_or_else(|| rule.usual_alpha()) }
    }

    /// Whether it needs validation samples.
    pub fn watches(&self) -> bool {
        self.rule != EarlyStopping::Never
    }

    /// Whether training is over after epochs of these losses, of which that numbered `best` from 1 had the best validation loss.
    pub(crate) fn is_over(&self, training: &[f64], validation: &[f64], best: usize) -> bool {
        let done = validation.len();
        if done == 0 || training.len() != done || best == 0 {
            return false;
        }
        match self.rule {
            EarlyStopping::Never => false,
            EarlyStopping::Patience => self.patience <= done - best,
            EarlyStopping::Rise => {
                2 <= done && training[done - 1] < training[done - 2] && validation[done - 2] < validation[done - 1]
            }
            EarlyStopping::GeneralizationLoss => self.alpha < generalization_loss(validation, best),
            EarlyStopping::Progress => {
                done.is_multiple_of(STRIP)
                    && self.alpha * progress(&training[done - STRIP..]) < generalization_loss(validation, best)
            }
        }
    }
}

/// `GL = 100 (E_va / E_opt - 1)`.
fn generalization_loss(validation: &[f64], best: usize) -> f64 {
    let (last, least) = (validation[validation.len() - 1], validation[best - 1]);
    // Nothing is better than no loss at all: then any other is infinitely much worse.
    if last == least { 0.0 } else { 100.0 * (last / least - 1.0) }
}

/// `P = 1000 (mean E_tr / min E_tr - 1)` of a strip.
fn progress(strip: &[f64]) -> f64 {
    let least = strip.iter().copied().fold(f64::INFINITY, f64::min);
    let mean = strip.iter().sum::<f64>() / strip.len() as f64;
    if mean == least { 0.0 } else { 1000.0 * (mean / least - 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The epoch, from 1, after which the rule ends a training of these losses.
    fn ends(rule: EarlyStopping, patience: usize, alpha: f64, training: &[f64], validation: &[f64]) -> Option<usize> {
        let early = Early { rule, patience, alpha };
        (1..=validation.len()).find(|&done| {
            let (training, validation) = (&training[..done], &validation[..done]);
            let least = validation.iter().copied().fold(f64::INFINITY, f64::min);
            let best = validation.iter().position(|&loss| loss == least).unwrap() + 1;
            early.is_over(training, validation, best)
        })
    }

    const FALLING: [f64; 10] = [10.0, 9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0];

    #[test]
    fn patience_counts_epochs_without_a_better_loss() {
        let validation = [5.0, 4.0, 4.5, 3.0, 3.0, 3.5, 2.9, 3.0, 3.0, 3.0];
        assert_eq!(ends(EarlyStopping::Patience, 2, 0.0, &FALLING, &validation), Some(6));
        assert_eq!(ends(EarlyStopping::Patience, 3, 0.0, &FALLING, &validation), Some(10));
        assert_eq!(ends(EarlyStopping::Never, 3, 0.0, &FALLING, &validation), None);
    }

    #[test]
    fn the_chapter_stops_where_training_falls_and_validation_rises() {
        let validation = [5.0, 4.0, 4.1, 3.0, 3.5, 3.5, 2.9, 3.0, 3.0, 3.0];
        assert_eq!(ends(EarlyStopping::Rise, 0, 0.0, &FALLING, &validation), Some(3));
        let rising = FALLING.map(|loss| 11.0 - loss);
        assert_eq!(ends(EarlyStopping::Rise, 0, 0.0, &rising, &validation), None);
    }

    #[test]
    fn the_generalisation_loss_is_a_share_of_the_best() {
        let validation = [5.0, 4.0, 4.1, 4.19, 4.21, 4.0, 4.0, 4.0, 4.0, 4.0];
        assert_eq!(ends(EarlyStopping::GeneralizationLoss, 0, 5.0, &FALLING, &validation), Some(5));
        assert_eq!(ends(EarlyStopping::GeneralizationLoss, 0, 6.0, &FALLING, &validation), None);
        let perfect = [5.0, 0.0, 0.0, 1e-9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert_eq!(ends(EarlyStopping::GeneralizationLoss, 0, 5.0, &FALLING, &perfect), Some(4));
    }

    #[test]
    fn progress_excuses_a_generalisation_loss() {
        // After epoch 5: GL = 100, P = 1000 (8 / 6 - 1) = 333. After epoch 10: GL = 100, P = 1000 (3 / 1 - 1) = 2000.
        let validation = [4.0, 5.0, 6.0, 7.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0];
        assert_eq!(ends(EarlyStopping::Progress, 0, 0.29, &FALLING, &validation), Some(5));
        assert_eq!(ends(EarlyStopping::Progress, 0, 0.31, &FALLING, &validation), None);
        assert_eq!(ends(EarlyStopping::Progress, 0, 9.0, &[2.0; 10], &validation), Some(5));
    }
}
