//! What a model measures on data, by name.

use crate::{Error, Result};

/// Measures by name, in the order in which they are told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measures(Vec<Measure>, Vec<(&'static str, Vec<f64>)>);

/// One of the [`Measures`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// `loss`, `accuracy`, `mistakes`.
    pub name: &'static str,
    /// What it came to.
    pub value: f64,
    /// Whether it counts something, and is told as the whole number that it is.
    pub is_count: bool,
}

/// Which of two values of a measure is the better one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The greater.
    Greater,
    /// The smaller.
    Smaller,
}

impl Better {
    /// Its name: `greater` or `smaller`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Greater => "greater",
            Self::Smaller => "smaller",
        }
    }

    /// By how much `value` is worse than `other`; below 0 where it is better.
    pub fn shortfall(self, value: f64, other: f64) -> f64 {
        match self {
            Self::Greater => other - value,
            Self::Smaller => value - other,
        }
    }
}

/// The measures by which models can be compared, and which way; those before others are what one asks for first: how near a
/// map is to its samples, whatever their labels, how often a class is right, how far a quantity is off, how likely samples are. What only counts, such as
/// categories, is neither better nor worse, and so is the match of categories, which vigilance itself bounds from below.
const COMPARED: [(&str, Better); 10] = [
    ("quantization_error", Better::Smaller),
    ("accuracy", Better::Greater),
    ("rmse", Better::Smaller),
    ("pseudo_log_likelihood", Better::Greater),
    ("log_likelihood", Better::Greater),
    ("reconstruction_error", Better::Smaller),
    ("topographic_error", Better::Smaller),
    ("topographic_error_4", Better::Smaller),
    ("r2", Better::Greater),
    ("loss", Better::Smaller),
];

/// Whether the greater or the smaller value of the measure called `name` is better; `None` where neither is.
pub fn better(name: &str) -> Option<Better> {
    COMPARED.iter().find(|(known, _)| *known == name).map(|&(_, better)| better)
}

/// Whether it is a share of the samples, and so moves in steps of one of them.
pub(crate) fn is_share(name: &str) -> bool {
    name == "accuracy"
}

/// The names of all measures of which one value is better than another, those one asks for first before others.
pub fn compared() -> impl Iterator<Item = &'static str> {
    COMPARED.iter().map(|&(name, _)| name)
}

impl Measures {
    /// The measure by which one compares models where nobody says by which: the first of [`compared`] that is among these.
    pub fn usual(&self) -> Option<&'static str> {
        compared().find(|name| self.get(name).is_some())
    }

    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: f64) -> Self {
        self.0.push(Measure { name, value, is_count: false });
        self
    }

    /// With one more, of what is counted.
    #[must_use]
    pub fn with_count(mut self, name: &'static str, count: usize) -> Self {
        self.0.push(Measure { name, value: count as f64, is_count: true });
        self
    }

    /// With one more that is a list of numbers: one for each position of a sequence.
    #[must_use]
    pub fn with_list(mut self, name: &'static str, values: Vec<f64>) -> Self {
        self.1.push((name, values));
        self
    }

    /// With all of `others` behind these.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self.1.extend(others.1);
        self
    }

    /// That every measure is a finite number.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) that names the first one that is not.
    pub fn check(self) -> Result<Self> {
        let single = self.0.iter().find(|measure| !measure.value.is_finite()).map(|measure| measure.name);
        let listed =
            || self.1.iter().find(|(_, values)| !values.iter().all(|value| value.is_finite())).map(|(name, _)| *name);
        match single.or_else(listed) {
            Some(name) => Err(Error::data(format!("the {name} is beyond what a float can hold"))),
            None => Ok(self),
        }
    }

    /// The measure called `name`.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.0.iter().find(|measure| measure.name == name).map(|measure| measure.value)
    }

    /// All of them, but for lists.
    pub fn all(&self) -> &[Measure] {
        &self.0
    }

    /// Those that are lists of numbers, by name.
    pub fn lists(&self) -> &[(&'static str, Vec<f64>)] {
        &self.1
    }
}
