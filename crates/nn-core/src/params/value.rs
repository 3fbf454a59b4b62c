//! The types that settings can have, and how users type them.

use super::{Range, Setting};
use crate::kernels::Distance;
use crate::{Activation, Error, Result};

/// A type that a setting can have.
pub trait Value: Clone + PartialEq + Sized {
    /// Letters that it may have where it is one of a list.
    const LONGEST: usize = 40;

    /// Reads what a user typed.
    fn parse(text: &str) -> Option<Self>;
    /// Writes it as a user would type it; [`parse`](Value::parse) reads it back.
    fn show(&self) -> String;
    /// Whether it lies in `range`.
    fn within(&self, range: &Range) -> bool;
    /// Which values there are: `a number from 0 to 1`.
    fn describe(range: &Range) -> String;
    /// The part of `text` that is wrong, where it is no value or not in `range`.
    fn wrong_part<'a>(text: &'a str, _: &Range) -> &'a str {
        text
    }
    /// That it lies in `range`, as the value of the setting `name`.
    ///
    /// # Errors
    /// [`Error::Param`] where it does not.
    fn check(&self, name: &str, range: &Range) -> Result<()> {
        if self.within(range) {
            return Ok(());
        }
        Err(Error::param(name, Self::wrong_part(&self.show(), range), Self::describe(range)))
    }
    /// The lines of the table of settings for the setting `name`, whose default it is.
    fn lines(&self, name: &str, range: &Range, meaning: String) -> Vec<Setting> {
        vec![Setting { name: name.to_owned(), values: Self::describe(range), default: self.show(), meaning }]
    }
    /// Sets what stands within it behind a dot, the value of the setting `name`; `None` where there is no such thing.
    fn set_within(&mut self, _name: &str, _inner: &str, _text: &str, _range: &Range) -> Option<Result<()>> {
        None
    }
}

impl Value for f64 {
    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }
    fn show(&self) -> String {
        self.to_string()
    }
    fn within(&self, range: &Range) -> bool {
        range.holds(*self)
    }
    fn describe(range: &Range) -> String {
        range.describe("a number")
    }
}

macro_rules! whole_number {
    ($($type:ty),+) => {$(
        impl Value for $type {
            fn parse(text: &str) -> Option<Self> {
                text.trim().parse().ok()
            }
            fn show(&self) -> String {
                self.to_string()
            }
            fn within(&self, range: &Range) -> bool {
                matches!(range, Range::Any) || range.holds(*self as f64)
            }
            fn describe(range: &Range) -> String {
                range.describe("a whole number")
            }
        }
    )+};
}
whole_number!(usize, u64);

impl Value for bool {
    fn parse(text: &str) -> Option<Self> {
        text.trim().parse().ok()
    }
    fn show(&self) -> String {
        self.to_string()
    }
    fn within(&self, _: &Range) -> bool {
        true
    }
    fn describe(_: &Range) -> String {
        "true or false".to_owned()
    }
}

/// A list within a value is joined by `-`; `none` is the empty list.
impl<T: Value> Value for Vec<T> {
    /// `64-32`. What is joined may hold the sign itself, as `leaky-relu` and `1e-5` do: the longest beginning
    /// that is a value is the next one.
    fn parse(text: &str) -> Option<Self> {
        if text.trim() == "none" { Some(Vec::new()) } else { parts(text) }
    }
    fn show(&self) -> String {
        if self.is_empty() { "none".to_owned() } else { self.iter().map(T::show).collect::<Vec<_>>().join("-") }
    }
    fn within(&self, range: &Range) -> bool {
        self.iter().all(|item| item.within(range))
    }
    fn describe(range: &Range) -> String {
        format!("none, or joined by -: {}", T::describe(range))
    }
    /// The first item that is wrong.
    fn wrong_part<'a>(text: &'a str, range: &Range) -> &'a str {
        let mut rest = text;
        while let Some((end, item)) = first_of(rest) {
            let tail = rest.get(end + 1..);
            match tail {
                _ if !T::within(&item, range) => return &rest[..end],
                Some(tail) => rest = tail,
                None => return text,
            }
        }
        let item = rest.split('-').next().unwrap_or(rest);
        if item.is_empty() { text } else { item }
    }
}

/// The values that `text` joins.
fn parts<T: Value>(text: &str) -> Option<Vec<T>> {
    let mut values = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let (end, value) = first_of(text)?;
        values.push(value);
        rest = text.get(end + 1..);
    }
    Some(values)
}

/// The first of the values that `text` joins, and where it ends.
fn first_of<T: Value>(text: &str) -> Option<(usize, T)> {
    let ends = text.match_indices('-').map(|(at, _)| at).chain([text.len()]);
    let near: Vec<usize> = ends.take_while(|&at| at <= T::LONGEST).collect();
    near.iter().rev().find_map(|&end| Some((end, T::parse(&text[..end])?)))
}

/// `auto` leaves the choice to the model.
impl<T: Value> Value for Option<T> {
    fn parse(text: &str) -> Option<Self> {
        if text.trim() == "auto" { Some(None) } else { T::parse(text).map(Some) }
    }
    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "auto".to_owned(), T::show)
    }
    fn within(&self, range: &Range) -> bool {
        self.as_ref().is_none_or(|value| value.within(range))
    }
    fn describe(range: &Range) -> String {
        format!("auto, or {}", T::describe(range))
    }
    fn wrong_part<'a>(text: &'a str, range: &Range) -> &'a str {
        T::wrong_part(text, range)
    }
}

// Choices of the kernels, which know no settings.
crate::choice_as_value!(Activation);
crate::choice_as_value!(Distance);
