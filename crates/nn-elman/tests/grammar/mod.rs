//! Strings of Reber's grammar and of the one that embeds it, as sequences of symbols each of which is to tell the next.

#![allow(dead_code, reason = "experiments and benchmarks take what they need of it")]

use nn_core::random::{Key, below};
use nn_elman::Dataset;

/// The symbols, in the order of the features.
pub(crate) const SYMBOLS: [char; 7] = ['B', 'T', 'S', 'X', 'P', 'V', 'E'];
/// Letter and next place of the two ways on from each place.
const WAYS: [[(char, usize); 2]; 5] =
    [[('T', 1), ('P', 2)], [('S', 1), ('X', 3)], [('T', 2), ('V', 4)], [('X', 2), ('S', 5)], [('P', 3), ('V', 5)]];

/// A string of the grammar, and for each of its letters but the last the letters that may come next.
fn reber(draw: &mut dyn FnMut(u32) -> u32) -> (String, Vec<String>) {
    let (mut string, mut place, mut next) = ("B".to_owned(), 0, Vec::new());
    while let Some(ways) = WAYS.get(place) {
        next.push(ways.iter().map(|way| way.0).collect());
        let (letter, to) = ways[draw(2) as usize];
        string.push(letter);
        place = to;
    }
    next.push("E".to_owned());
    (string + "E", next)
}

/// Between T and T or P and P.
fn embedded(draw: &mut dyn FnMut(u32) -> u32) -> (String, Vec<String>) {
    let letter = ["T", "P"][draw(2) as usize];
    let (inner, next) = reber(draw);
    let before = ["TP".to_owned(), "B".to_owned()];
    (format!("B{letter}{inner}{letter}E"), [&before[..], &next, &[letter.to_owned(), "E".to_owned()]].concat())
}

fn is_reber(string: &str) -> bool {
    let inner = string.strip_prefix('B').and_then(|rest| rest.strip_suffix('E')).unwrap_or("?");
    let step = |place: usize, letter: char| WAYS.get(place)?.iter().find(|way| way.0 == letter).map(|way| way.1);
    inner.chars().try_fold(0, step) == Some(WAYS.len())
}

/// Which strings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Reber,
    Embedded,
    /// Of letters drawn at random, B first and up to the first E, that are none of Reber's.
    Strange,
}

/// Strings as a data set: a symbol is 1 among seven features, and the label of a step is the symbol that comes next.
pub(crate) struct Strings {
    pub(crate) x: Vec<f32>,
    pub(crate) labels: Vec<u32>,
    pub(crate) starts: Vec<usize>,
    /// Whether each symbol may come next, seven a step; of strange strings none may.
    pub(crate) legal: Vec<bool>,
}

fn code(letter: char) -> usize {
    SYMBOLS.iter().position(|symbol| *symbol == letter).unwrap()
}

impl Strings {
    pub(crate) fn new(kind: Kind, count: usize, seed: u64) -> Self {
        let mut stream = Key::once(seed).stream("strings");
        let mut draw = |count: u32| below(count, &mut stream);
        let mut all = Self { x: Vec::new(), labels: Vec::new(), starts: Vec::new(), legal: Vec::new() };
        while all.starts.len() < count {
            let (string, next) = match kind {
                Kind::Reber => reber(&mut draw),
                Kind::Embedded => embedded(&mut draw),
                Kind::Strange => {
                    let mut string = "B".to_owned();
                    while !string.ends_with('E') {
                        string.push(['T', 'S', 'X', 'P', 'V', 'E'][draw(6) as usize]);
                    }
                    let next = vec![String::new(); string.len() - 1];
                    (string, next)
                }
            };
            if kind == Kind::Strange && is_reber(&string) {
                continue;
            }
            all.starts.push(all.labels.len());
            let letters: Vec<usize> = string.chars().map(code).collect();
            for (pair, next) in letters.windows(2).zip(next) {
                all.x.extend((0..7).map(|symbol| if symbol == pair[0] { 1.0 } else { 0.0 }));
                all.labels.push(pair[1] as u32);
                all.legal.extend(SYMBOLS.map(|symbol| next.contains(symbol)));
            }
        }
        all
    }

    pub(crate) fn data(&self) -> Dataset<'_, f32> {
        Dataset::from_slice(7, &self.x).labels_of(7, &self.labels).sequences(&self.starts)
    }

    /// First step and one past the last of each string.
    pub(crate) fn each(&self) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        let ends = self.starts[1..].iter().copied().chain([self.labels.len()]);
        self.starts.iter().zip(ends).map(|(&start, end)| start..end)
    }
}
