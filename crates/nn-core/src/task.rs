//! What is to be learned from a target.

use crate::{Activation, Dataset, Error, Loss, Result, Scalar, Target};

/// What is to be learned from a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// So many classes.
    Classes(usize),
    /// So many quantities.
    Values(usize),
}

impl Task {
    /// What the target of `data` asks of `learner`, such as `a multilayer perceptron`, which errors name.
    ///
    /// # Errors
    /// [`Error::Data`] where there is no target, or where there are sequences.
    pub fn of<F: Scalar>(data: &Dataset<'_, F>, learner: &str) -> Result<Self> {
        if data.starts().is_some() {
            return Err(Error::data(format!("{learner} knows no sequences")));
        }
        Self::of_sequences(data, learner)
    }

    /// As [`of`](Self::of), where there may be sequences.
    ///
    /// # Errors
    /// [`Error::Data`] where there is no target.
    pub fn of_sequences<F: Scalar>(data: &Dataset<'_, F>, learner: &str) -> Result<Self> {
        match data.target() {
            Target::Labels { classes, .. } => Ok(Self::Classes(classes)),
            Target::Values { outputs, .. } => Ok(Self::Values(outputs)),
            Target::None => Err(Error::data(format!(
                "there is no target of labels or values: {learner} learns from one, and is judged by it"
            ))),
        }
    }

    /// That the target of `data` is one that was learned for: as many quantities, or no more classes.
    ///
    /// # Errors
    /// Those of [`of`](Self::of); [`Error::Shape`] and [`Error::Data`] for another target.
    pub fn check<F: Scalar>(self, data: &Dataset<'_, F>, learner: &str) -> Result<()> {
        Self::of(data, learner)?;
        self.check_sequences(data, learner)
    }

    /// As [`check`](Self::check), where there may be sequences.
    ///
    /// # Errors
    /// Those of [`check`](Self::check), but for sequences.
    pub fn check_sequences<F: Scalar>(self, data: &Dataset<'_, F>, learner: &str) -> Result<()> {
        match (Self::of_sequences(data, learner)?, self) {
            (Self::Classes(got), Self::Classes(expected)) if expected < got => {
                Err(Error::shape("classes of the target", expected, got))
            }
            (Self::Values(got), Self::Values(expected)) if expected != got => {
                Err(Error::shape("values of the target", expected, got))
            }
            (Self::Classes(_), Self::Values(_)) => {
                Err(Error::data("the target holds classes; quantities were learned"))
            }
            (Self::Values(_), Self::Classes(_)) => {
                Err(Error::data("the target holds quantities; classes were learned"))
            }
            _ => Ok(()),
        }
    }

    /// How many classes the target of `data` asks `learner` to tell apart.
    ///
    /// # Errors
    /// Those of [`of`](Self::of); [`Error::Data`] where quantities are to be learned.
    pub fn classes_of<F: Scalar>(data: &Dataset<'_, F>, learner: &str) -> Result<usize> {
        match Self::of(data, learner)? {
            Self::Classes(classes) => Ok(classes),
            Self::Values(_) => Err(Error::data(format!("{learner} learns classes, and the target holds quantities"))),
        }
    }

    /// That `data` have so many features and a target that was learned for: samples for validation, or to learn on from.
    ///
    /// # Errors
    /// Those of [`Dataset::check_features`] and [`check`](Self::check).
    pub fn check_alike<F: Scalar>(self, data: &Dataset<'_, F>, features: usize, learner: &str) -> Result<()> {
        data.check_features(features)?;
        self.check(data, learner)
    }

    /// The loss in force where `chosen` is asked for: cross-entropy for classes and squared error for quantities if none is.
    ///
    /// # Errors
    /// [`Error::Param`] for a loss of classes where quantities are learned.
    pub fn loss(self, chosen: Option<Loss>) -> Result<Loss> {
        match (self, chosen) {
            (Self::Classes(_), None) => Ok(Loss::CrossEntropy),
            (Self::Values(_), None) => Ok(Loss::SquaredError),
            (Self::Values(_), Some(loss)) if loss.judges_classes() => {
                let losses = Loss::list(|loss| !loss.judges_classes());
                Err(Error::param("loss", loss, format!("{losses} where quantities are learned")))
            }
            (_, Some(loss)) => Ok(loss),
        }
    }

    /// Output units under this loss: one for each class or quantity, but a single one for two classes where the loss judges
    /// each output on its own.
    pub fn outputs(self, loss: Loss) -> usize {
        match self {
            Self::Classes(2) if !loss.compares_classes() => 1,
            Self::Classes(count) | Self::Values(count) => count,
        }
    }

    /// The activation of the output units under this loss: sigmoid for classes whose outputs are compared with 0 and 1, else
    /// none.
    pub fn output_activation(self, loss: Loss) -> Activation {
        match (self, loss) {
            (Self::Classes(_), loss) if !loss.judges_classes() => Activation::Sigmoid,
            _ => Activation::Identity,
        }
    }

    /// That there is something to tell apart: two samples, and of classes two.
    ///
    /// # Errors
    /// [`Error::Data`] where there is not.
    pub fn check_learnable<F: Scalar>(data: &Dataset<'_, F>) -> Result<()> {
        if data.samples() < 2 {
            return Err(Error::data("one sample is not enough to learn from"));
        }
        match data.target() {
            Target::Labels { labels, .. } if labels.iter().all(|label| *label == labels[0]) => {
                Err(Error::data("the target has one class only, so there is nothing to tell apart"))
            }
            _ => Ok(()),
        }
    }
}
