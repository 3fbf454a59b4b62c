//! What is tried: settings with the values they may take, and the candidates that these make.

use crate::random::{Key, uniform};
use crate::{Error, Result};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt::{self, Display};

/// More candidates are taken for a slip; a grid of so many would train for years.
pub const MOST_CANDIDATES: usize = 100_000;
/// Draws for each candidate that is asked for, before a space is taken to hold no other.
const MOST_DRAWS: usize = 100;

/// Settings that are tried together, by name and as one types them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Candidate(pub Vec<(String, String)>);

impl Candidate {
    /// What the setting called `name` is in it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Display for Candidate {
    /// `lambda=0.9 hidden_layers=16`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.0.iter().enumerate() {
            write!(f, "{}{name}={value}", if index == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

/// The settings that are tried, each with its values in an order from the simplest to the most complex: by it the
/// [rule of one standard error](super::Choice::OneStandardError) says what is simpler, and ties go to the simpler.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Space {
    axes: Vec<Axis>,
}

#[derive(Clone, Debug, PartialEq)]
struct Axis {
    name: String,
    values: Values,
}

#[derive(Clone, Debug, PartialEq)]
enum Values {
    List(Vec<String>),
    Interval(Interval),
}

/// Numbers between two ends, to be drawn from; the first end is the simpler one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The one end, and the other.
    pub ends: [f64; 2],
    /// Whether only whole numbers are drawn, both ends among them.
    pub whole: bool,
    /// Whether all powers of ten between the ends are as likely, rather than all numbers.
    pub logarithmic: bool,
}

impl Space {
    /// Nothing yet: one candidate, which changes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// With these values of the setting called `name`, as one types them, from the simplest on.
    #[must_use]
    pub fn over(mut self, name: impl Into<String>, values: impl IntoIterator<Item = impl Display>) -> Self {
        let values = values.into_iter().map(|value| value.to_string()).collect();
        self.axes.push(Axis { name: name.into(), values: Values::List(values) });
        self
    }

    /// With numbers of the setting called `name` that are drawn; only [`draw`](Self::draw) can.
    #[must_use]
    pub fn between(mut self, name: impl Into<String>, interval: Interval) -> Self {
        self.axes.push(Axis { name: name.into(), values: Values::Interval(interval) });
        self
    }

    /// The names of the settings, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.axes.iter().map(|axis| axis.name.as_str())
    }

    /// Every combination of the values; the last setting changes fastest.
    ///
    /// # Errors
    /// [`Error::Param`] for a setting that is named twice or has no value, or has an interval; and for more than
    /// [`MOST_CANDIDATES`].
    pub fn grid(&self) -> Result<Vec<Candidate>> {
        self.check()?;
        let mut lists = Vec::new();
        for axis in &self.axes {
            match &axis.values {
                Values::List(values) => lists.push((&axis.name, values)),
                Values::Interval(_) => {
                    return Err(Error::param(&axis.name, "an interval", "values of a grid, or a number of trials"));
                }
            }
        }
        let count = lists.iter().try_fold(1_usize, |count, (_, values)| count.checked_mul(values.len()));
        if count.is_none_or(|count| MOST_CANDIDATES < count) {
            let got = count.map_or_else(|| "more".to_owned(), |count| count.to_string());
            let expected = format!("at most {MOST_CANDIDATES} candidates (a number of trials draws some of them)");
            return Err(Error::param("grid", got, expected));
        }
        let mut all = vec![Candidate::default()];
        for (name, values) in lists {
            let with = |before: &Candidate, value: &String| {
                let mut settings = before.0.clone();
                settings.push((name.clone(), value.clone()));
                Candidate(settings)
            };
            all = all.iter().flat_map(|before| values.iter().map(move |value| with(before, value))).collect();
        }
        Ok(all)
    }

    /// So many candidates that differ, each drawn at random by the stream `trials` of `seed`, in the order of the space: the
    /// values of a grid as they are listed, numbers of an interval from its first end on. Fewer where there are no more.
    ///
    /// # Errors
    /// [`Error::Param`] for a setting that is named twice or has no value, for an interval without an inside, and for no or more
    /// than [`MOST_CANDIDATES`] trials.
    pub fn draw(&self, trials: usize, seed: u64) -> Result<Vec<Candidate>> {
        self.check()?;
        if trials == 0 || MOST_CANDIDATES < trials {
            return Err(Error::param("trials", trials, format!("a whole number from 1 to {MOST_CANDIDATES}")));
        }
        let mut stream = Key::once(seed).stream("trials");
        // Where each value stands among those of its setting says where the candidate stands among the others.
        let mut drawn: BTreeSet<(Vec<Place>, Candidate)> = BTreeSet::new();
        for _ in 0..trials.saturating_mul(MOST_DRAWS) {
            if drawn.len() == trials {
                break;
            }
            let (mut places, mut settings) = (Vec::new(), Vec::new());
            for axis in &self.axes {
                let (place, value) = axis.values.draw(&mut stream);
                places.push(place);
                settings.push((axis.name.clone(), value));
            }
            drawn.insert((places, Candidate(settings)));
        }
        Ok(drawn.into_iter().map(|(_, candidate)| candidate).collect())
    }

    fn check(&self) -> Result<()> {
        for (index, Axis { name, values }) in self.axes.iter().enumerate() {
            if self.axes[..index].iter().any(|before| before.name == *name) {
                return Err(Error::param(name, "two lists", "one list of the values to try"));
            }
            match values {
                Values::List(values) if values.is_empty() => {
                    return Err(Error::param(name, "none", "one value to try or more"));
                }
                Values::Interval(interval) => interval.check(name)?,
                Values::List(_) => {}
            }
        }
        Ok(())
    }
}

/// Where a value stands among those of its setting. No such place is NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place(f64);

impl Eq for Place {}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Values {
    fn draw(&self, stream: &mut ChaCha8Rng) -> (Place, String) {
        match self {
            Self::List(values) => {
                let index = ((uniform(stream) * values.len() as f64) as usize).min(values.len() - 1);
                (Place(index as f64), values[index].clone())
            }
            Self::Interval(interval) => interval.draw(stream),
        }
    }
}

/// Whole numbers up to this are all different in an f64.
const MOST_WHOLE: f64 = 9e15;

impl Interval {
    /// All numbers between the ends, each as likely.
    pub fn new(ends: [f64; 2]) -> Self {
        Self { ends, whole: false, logarithmic: false }
    }

    fn check(&self, name: &str) -> Result<()> {
        let [from, to] = self.ends;
        let got = || format!("{from}..{to}");
        let wrong = |expected: &str| Err(Error::param(name, got(), expected));
        if !(from.is_finite() && to.is_finite()) || from == to {
            return wrong("two different finite numbers, FROM..TO");
        }
        if self.whole && self.ends.iter().any(|end| end.fract() != 0.0 || MOST_WHOLE < end.abs()) {
            return wrong("two whole numbers, FROM..TO");
        }
        if self.logarithmic && self.ends.iter().any(|&end| end <= 0.0) {
            return wrong("two numbers above 0 where they are drawn by their logarithms");
        }
        Ok(())
    }

    /// A number, and how far from the first end it lies. What is no whole number is drawn to four digits, so that it can be
    /// read and typed again.
    fn draw(&self, stream: &mut ChaCha8Rng) -> (Place, String) {
        let [low, high] = if self.ends[0] < self.ends[1] { self.ends } else { [self.ends[1], self.ends[0]] };
        let share = uniform(stream);
        // A whole number has half a step to either side of it, so that the ends are as likely as others.
        let half = if self.whole { 0.5 } else { 0.0 };
        let number = if self.logarithmic {
            let [from, to] = [low - half, high + half].map(f64::ln);
            (from + share * (to - from)).exp()
        } else {
            // Halves, since the difference of two large numbers may be none.
            let (from, to) = (low - half, high + half);
            2.0 * (from / 2.0 + share * (to / 2.0 - from / 2.0))
        };
        let number = if self.whole { number.round() } else { four_digits(number) }.clamp(low, high);
        let number = if number == 0.0 { 0.0 } else { number };
        let place = if self.ends[0] < self.ends[1] { number } else { -number };
        (Place(place), number.to_string())
    }
}

/// The number to four digits.
fn four_digits(number: f64) -> f64 {
    format!("{number:.3e}").parse().unwrap_or(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(candidates: &[Candidate]) -> Vec<String> {
        candidates.iter().map(Candidate::to_string).collect()
    }

    #[test]
    fn a_grid_is_every_combination_the_last_setting_changing_fastest() {
        let space = Space::new().over("a", [1, 2]).over("b", ["x", "y"]);
        assert_eq!(shown(&space.grid().unwrap()), ["a=1 b=x", "a=1 b=y", "a=2 b=x", "a=2 b=y"]);
        assert_eq!(shown(&Space::new().grid().unwrap()), [""]);
    }

    #[test]
    fn what_makes_no_grid_is_named() {
        let told = |space: Space| space.grid().unwrap_err().to_string();
        assert_eq!(told(Space::new().over("a", [0; 0])), "a: expected one value to try or more, got none");
        assert!(told(Space::new().over("a", [1]).over("a", [2])).starts_with("a: expected one list"));
        assert!(told(Space::new().between("a", Interval::new([0.0, 1.0]))).contains("a number of trials"));
        let huge = (0..40).fold(Space::new(), |space, index| space.over(format!("s{index}"), 0..100));
        assert!(told(huge.clone()).contains("at most 100000 candidates"));
        assert_eq!(huge.draw(3, 1).unwrap().len(), 3);
    }

    #[test]
    fn draws_differ_lie_between_the_ends_and_stand_in_the_order_of_the_space() {
        let rate = Interval { ends: [1.0, 0.001], whole: false, logarithmic: true };
        let units = Interval { ends: [2.0, 9.0], whole: true, logarithmic: false };
        let space = Space::new().between("units", units).between("rate", rate).over("kind", ["x", "y"]);
        let drawn = space.draw(60, 7).unwrap();
        assert_eq!(drawn.len(), 60);
        assert_eq!(drawn, space.draw(60, 7).unwrap());
        assert_ne!(drawn, space.draw(60, 8).unwrap());
        let numbers: Vec<(u32, f64)> = drawn
            .iter()
            .map(|candidate| {
                (candidate.get("units").unwrap().parse().unwrap(), candidate.get("rate").unwrap().parse().unwrap())
            })
            .collect();
        assert!(numbers.iter().all(|(units, rate)| (2..=9).contains(units) && (0.001..=1.0).contains(rate)));
        assert!(numbers.windows(2).all(|two| two[0].0 < two[1].0 || two[0].0 == two[1].0 && two[1].1 <= two[0].1));
        for end in [2, 9] {
            assert!(numbers.iter().any(|(units, _)| *units == end), "{end} is never drawn");
        }
        // As many lie below a half of the powers as above.
        let small = numbers.iter().filter(|(_, rate)| *rate < 0.0316).count();
        assert!((18..=42).contains(&small), "{small}");
    }

    #[test]
    fn no_more_are_drawn_than_there_are() {
        let space = Space::new().over("a", [1, 2, 3]).over("b", [1, 2]);
        assert_eq!(space.draw(50, 1).unwrap(), space.grid().unwrap());
        for trials in [0, usize::MAX] {
            assert!(space.draw(trials, 1).is_err());
        }
    }

    #[test]
    fn an_interval_without_an_inside_is_named() {
        let told = |ends, whole, logarithmic| {
            let space = Space::new().between("a", Interval { ends, whole, logarithmic });
            space.draw(1, 1).unwrap_err().to_string()
        };
        assert_eq!(told([1.0, 1.0], false, false), "a: expected two different finite numbers, FROM..TO, got 1..1");
        assert!(told([f64::NAN, 1.0], false, false).contains("finite"));
        assert!(told([0.5, 2.0], true, false).contains("whole"));
        assert!(told([0.0, 2.0], false, true).contains("above 0"));
        let huge = Space::new().between("a", Interval::new([-f64::MAX, f64::MAX])).draw(9, 1).unwrap();
        assert!(huge.iter().all(|one| one.get("a").unwrap().parse::<f64>().unwrap().is_finite()));
    }
}
