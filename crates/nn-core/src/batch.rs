//! The size of a batch, as a setting.

use crate::params::{Given, Range, Value};
use serde::{Deserialize, Serialize};

/// How many samples make one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Batch", try_from = "Batch")]
pub enum BatchSize {
    /// So many; 1 is the chapter's standard back-propagation.
    Count(usize),
    /// The whole set: the chapter's accumulated back-propagation.
    All,
}

/// As it stands in JSON: a number, or `"all"`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Batch {
    Count(usize),
    Word(String),
}

impl From<BatchSize> for Batch {
    fn from(size: BatchSize) -> Self {
        match size {
            BatchSize::Count(count) => Self::Count(count),
            BatchSize::All => Self::Word(size.show()),
        }
    }
}

impl TryFrom<Batch> for BatchSize {
    type Error = String;

    fn try_from(batch: Batch) -> std::result::Result<Self, String> {
        match batch {
            Batch::Count(count) => Ok(Self::Count(count)),
            Batch::Word(word) => Self::parse(&word).ok_or_else(|| format!("not a batch size: {word}")),
        }
    }
}

impl Given<BatchSize> for usize {
    fn given(self) -> BatchSize {
        BatchSize::Count(self)
    }
}

impl Given<Option<BatchSize>> for usize {
    fn given(self) -> Option<BatchSize> {
        Some(BatchSize::Count(self))
    }
}

impl Value for BatchSize {
    fn parse(text: &str) -> Option<Self> {
        if text.trim() == "all" { Some(Self::All) } else { usize::parse(text).map(Self::Count) }
    }
    fn show(&self) -> String {
        match self {
            Self::Count(count) => count.to_string(),
            Self::All => "all".to_owned(),
        }
    }
    fn within(&self, _: &Range) -> bool {
        *self != Self::Count(0)
    }
    fn describe(_: &Range) -> String {
        "all, or a whole number from 1".to_owned()
    }
}
