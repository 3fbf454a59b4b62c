//! The one error of the workspace.
//!
//! A message is lower case without a full stop, and names the thing, what was expected and what came:
//! `rows of x (features): expected 4, got 3`.

use std::fmt;
use std::path::{Path, PathBuf};

/// A result whose error is [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What can be wrong with settings, data, files or the course of a training.
///
/// `Debug` shows what `Display` does, so that a program whose `main` gives back a [`Result`] ends with the sentence.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting has a value that it cannot have.
    #[error("{name}: expected {expected}, got {value}")]
    Param {
        /// Name of the setting, as the Rust field and as `--set` calls it; of a file's behind the path.
        name: String,
        /// The value that came, as text.
        value: String,
        /// What would have been right.
        expected: String,
    },
    /// Two sizes that should agree do not.
    #[error("{what}: expected {expected}, got {got}")]
    Shape {
        /// Which size, for instance `rows of x (features)`.
        what: String,
        /// The size that would have been right.
        expected: usize,
        /// The size that came.
        got: usize,
    },
    /// The data cannot be learned from or answered.
    #[error("{what}{}", Place(*sample, *feature))]
    Data {
        /// What is wrong.
        what: String,
        /// Index of the sample, from 0, where there is one to name.
        sample: Option<usize>,
        /// Index of the feature, from 0, where there is one to name.
        feature: Option<usize>,
    },
    /// The loss is no longer a finite number.
    #[error(
        "training diverged in epoch {epoch}: loss is {loss}; a smaller learning_rate, or a limit to the gradient by clip_norm, may help"
    )]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
        /// The loss of that epoch.
        loss: f64,
    },
    /// A file is not what it should be.
    #[error("{what}")]
    Format {
        /// What is wrong.
        what: String,
    },
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

impl Error {
    /// A setting `name` with the unfit `value`.
    pub fn param(name: &str, value: impl fmt::Display, expected: impl Into<String>) -> Self {
        Self::Param { name: name.to_owned(), value: value.to_string(), expected: expected.into() }
    }

    /// A size `what` that should be `expected` but is `got`.
    pub fn shape(what: impl Into<String>, expected: usize, got: usize) -> Self {
        Self::Shape { what: what.into(), expected, got }
    }

    /// Something wrong with the data as a whole.
    pub fn data(what: impl Into<String>) -> Self {
        Self::Data { what: what.into(), sample: None, feature: None }
    }

    /// Something wrong with one value of the data; `sample` and `feature` count from 0.
    pub fn value(what: impl Into<String>, sample: usize, feature: usize) -> Self {
        Self::Data { what: what.into(), sample: Some(sample), feature: Some(feature) }
    }

    /// Something wrong with one sample, counted from 0.
    pub fn sample(what: impl Into<String>, sample: usize) -> Self {
        Self::Data { what: what.into(), sample: Some(sample), feature: None }
    }

    /// A file that is not what it should be.
    pub fn format(what: impl Into<String>) -> Self {
        Self::Format { what: what.into() }
    }

    /// The same, said of a part of what was given: `validation: x is NaN (sample 3, feature 0)`, `map.nn: not a model file of
    /// nn`. A file that the system refused is named already, and a loss that diverged has no place; both stay as they are.
    #[must_use]
    pub fn within(self, part: impl fmt::Display) -> Self {
        match self {
            Self::Param { name, value, expected } => Self::Param { name: format!("{part}: {name}"), value, expected },
            Self::Shape { what, expected, got } => Self::Shape { what: format!("{part}: {what}"), expected, got },
            Self::Data { what, sample, feature } => Self::Data { what: format!("{part}: {what}"), sample, feature },
            Self::Format { what } => Self::Format { what: format!("{part}: {what}") },
            Self::Diverged { .. } | Self::Io { .. } => self,
        }
    }

    /// What the operating system said about `path`.
    pub fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// ` (sample 3, feature 0)`, or nothing.
struct Place(Option<usize>, Option<usize>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (Some(sample), Some(feature)) => write!(f, " (sample {sample}, feature {feature})"),
            (Some(sample), None) => write!(f, " (sample {sample})"),
            (None, Some(feature)) => write!(f, " (feature {feature})"),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_thing_what_was_expected_and_what_came() {
        let error = Error::shape("rows of x (features)", 4, 3);
        assert_eq!(error.to_string(), "rows of x (features): expected 4, got 3");
        let error = Error::param("momentum", 1.5, "a number from 0 to 1");
        assert_eq!(error.to_string(), "momentum: expected a number from 0 to 1, got 1.5");
    }

    #[test]
    fn a_data_error_says_where() {
        assert_eq!(Error::value("x is NaN", 3, 0).to_string(), "x is NaN (sample 3, feature 0)");
        assert_eq!(Error::data("no samples").to_string(), "no samples");
        let error = Error::sample("x is NaN", 3).within("validation");
        assert_eq!(error.to_string(), "validation: x is NaN (sample 3)");
    }

    #[test]
    fn a_main_that_fails_ends_with_the_sentence() {
        assert_eq!(format!("{:?}", Error::data("there are no samples")), "there are no samples");
    }
}
