//! What is to be learned from a target.

use crate::{Dataset, Error, Result, Scalar, Target};

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
        match data.target() {
            Target::Labels { classes, .. } => Ok(Self::Classes(classes)),
            Target::Values { outputs, .. } => Ok(Self::Values(outputs)),
            Target::None => Err(Error::data(format!("{learner} learns from a target, and there is none"))),
        }
    }

    /// That the target of `data` is one that was learned for: as many quantities, or no more classes.
    ///
    /// # Errors
    /// Those of [`of`](Self::of); [`Error::Shape`] and [`Error::Data`] for another target.
    pub fn check<F: Scalar>(self, data: &Dataset<'_, F>, learner: &str) -> Result<()> {
        match (Self::of(data, learner)?, self) {
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
