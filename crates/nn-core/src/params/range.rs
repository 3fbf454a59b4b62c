//! The ranges of numbers.

use std::ops::RangeInclusive;

/// What a number may be.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Range {
    /// Whatever the type allows.
    Any,
    /// A real number from `low` to `high`; `low` itself only where `closed`.
    Real {
        /// The least value, or the bound it must exceed.
        low: f64,
        /// The greatest value; infinity for none.
        high: f64,
        /// Whether `low` itself is allowed.
        closed: bool,
    },
    /// A whole number from `low` to `high`.
    Whole {
        /// The least value.
        low: u64,
        /// The greatest value.
        high: u64,
    },
    /// Settings of their own, without those of these names.
    Without(&'static [&'static str]),
}

impl Range {
    /// Any finite number above `low`.
    pub const fn above(low: f64) -> Self {
        Self::Real { low, high: f64::INFINITY, closed: false }
    }

    /// Any number above `low` up to `high`.
    pub const fn above_to(low: f64, high: f64) -> Self {
        Self::Real { low, high, closed: false }
    }

    /// Any finite number from `low` up.
    pub const fn from(low: f64) -> Self {
        Self::Real { low, high: f64::INFINITY, closed: true }
    }

    /// Settings of their own, of which these are none: the model around them answers for them.
    pub const fn without(names: &'static [&'static str]) -> Self {
        Self::Without(names)
    }

    /// Whether it leaves the setting `name` out.
    pub(super) fn leaves_out(&self, name: &str) -> bool {
        matches!(self, Self::Without(names) if names.contains(&name))
    }

    pub(super) fn holds(&self, number: f64) -> bool {
        match *self {
            Self::Any | Self::Without(_) => number.is_finite(),
            Self::Real { low, high, closed } => {
                number.is_finite() && (low < number || closed && low == number) && number <= high
            }
            Self::Whole { low, high } => low as f64 <= number && number <= high as f64,
        }
    }

    pub(super) fn describe(&self, noun: &str) -> String {
        match *self {
            Self::Any | Self::Without(_) => noun.to_owned(),
            Self::Real { low, high, closed } => {
                let from = if closed { "from" } else { "above" };
                if high.is_finite() { format!("{noun} {from} {low} to {high}") } else { format!("{noun} {from} {low}") }
            }
            Self::Whole { low, high } => format!("{noun} from {low} to {high}"),
        }
    }
}

impl From<RangeInclusive<f64>> for Range {
    fn from(range: RangeInclusive<f64>) -> Self {
        Self::Real { low: *range.start(), high: *range.end(), closed: true }
    }
}

impl From<RangeInclusive<u64>> for Range {
    fn from(range: RangeInclusive<u64>) -> Self {
        Self::Whole { low: *range.start(), high: *range.end() }
    }
}

impl From<std::ops::RangeFull> for Range {
    fn from(_: std::ops::RangeFull) -> Self {
        Self::Any
    }
}
