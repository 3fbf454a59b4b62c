//! The bundled sequences: bits, letters and strings of a grammar, in which what comes next hangs on what came before, and a chaotic
//! series.

use super::generated::{Generator, Rows, Setting};
use nn_core::random::{Key, below, uniform};
use std::fmt::Write;

const SEED: Setting = Setting { name: "seed", default: 1, range: 0..=u32::MAX };
const STRINGS: Setting = Setting { name: "strings", default: 1000, range: 2..=1_000_000 };

/// Bits in threes, of which the third is the exclusive or of the first two.
pub(crate) static TEMPORAL_XOR: Generator = Generator {
    settings: &[Setting { name: "samples", default: 3000, range: 6..=3_000_000 }, SEED],
    make: |values| temporal_xor(values[0], values[1]),
};

/// Strings of Reber's grammar.
pub(crate) static REBER: Generator =
    Generator { settings: &[STRINGS, SEED], make: |values| strings("reber", values[0], values[1], reber) };

/// The same, each between two letters that agree.
pub(crate) static EMBEDDED_REBER: Generator = Generator {
    settings: &[STRINGS, SEED],
    make: |values| strings("embedded-reber", values[0], values[1], embedded_reber),
};

/// The words ba, dii and guuu, letter by letter.
pub(crate) static LETTERS_IN_WORDS: Generator = Generator {
    settings: &[Setting { name: "words", default: 1000, range: 2..=1_000_000 }, SEED],
    make: |values| letters_in_words(values[0], values[1]),
};

/// The series of Mackey and Glass.
pub(crate) static MACKEY_GLASS: Generator = Generator {
    settings: &[
        Setting { name: "samples", default: 1000, range: 3..=1_000_000 },
        Setting { name: "seed", default: 0, range: 0..=u32::MAX },
    ],
    make: |values| mackey_glass(values[0], values[1]),
};

/// A line of text; writing to a string cannot fail.
macro_rules! line {
    ($text:expr, $($part:tt)*) => {{ let _ = writeln!($text, $($part)*); }};
}

/// A row for each bit that is foretold, with the one before it; a sequence is the three bits a, b and a xor b that are foretold, so
/// that the third position alone can be known. Elman, Finding structure in time, 1990, "Exclusive-or".
fn temporal_xor(samples: u32, seed: u32) -> Rows {
    let mut stream = Key::once(seed.into()).stream("temporal-xor");
    let mut csv = "triple,bit,next\n".to_owned();
    let (mut last, mut written) = (0, 0);
    for triple in 1.. {
        let (a, b) = (below(2, &mut stream), below(2, &mut stream));
        for bit in [a, b, a ^ b] {
            if written == samples {
                return Rows { sequence: Some("triple"), ..Rows::new(csv, 1) };
            }
            line!(csv, "{triple},{last},{bit}");
            (last, written) = (bit, written + 1);
        }
    }
    Rows::new(csv, 1)
}

/// Letter and next place of each of the two ways on from a place, each as likely.
const WAYS: [[(char, usize); 2]; 5] =
    [[('T', 1), ('P', 2)], [('S', 1), ('X', 3)], [('T', 2), ('V', 4)], [('X', 2), ('S', 5)], [('P', 3), ('V', 5)]];

/// `B`, the letters on the way from the first place to the last, `E`. Reber, Implicit learning of artificial grammars, 1967, in the form
/// of Cleeremans, Servan-Schreiber and McClelland, Finite state automata and simple recurrent networks, 1989.
fn reber(toss: &mut dyn FnMut() -> u32) -> String {
    let mut string = "B".to_owned();
    let mut place = 0;
    while let Some(ways) = WAYS.get(place) {
        let (letter, next) = ways[toss() as usize % 2];
        string.push(letter);
        place = next;
    }
    string + "E"
}

/// `B`, then T or P, a string of the grammar, the same letter again, and `E`. Cleeremans and others 1989, and Hochreiter and
/// Schmidhuber, Long short-term memory, 1997, experiment 1.
fn embedded_reber(toss: &mut dyn FnMut() -> u32) -> String {
    let letter = if toss() == 0 { 'T' } else { 'P' };
    format!("B{letter}{}{letter}E", reber(toss))
}

/// Whether a string is one of the grammar.
fn is_reber(string: &str) -> bool {
    let Some(inner) = string.strip_prefix('B').and_then(|rest| rest.strip_suffix('E')) else { return false };
    let step = |place: usize, letter: char| WAYS.get(place)?.iter().find(|way| way.0 == letter).map(|way| way.1);
    inner.chars().try_fold(0, step) == Some(WAYS.len())
}

/// Whether it is one of the embedded grammar.
fn is_embedded_reber(string: &str) -> bool {
    ["T", "P"].iter().any(|letter| {
        let inner = string
            .strip_prefix('B')
            .and_then(|rest| rest.strip_prefix(letter)?.strip_suffix('E')?.strip_suffix(letter));
        inner.is_some_and(is_reber)
    })
}

/// Strings, a row a letter; and as many of letters drawn at random, B first and up to the first E, that are none of these.
fn strings(name: &str, count: u32, seed: u32, draw: fn(&mut dyn FnMut() -> u32) -> String) -> Rows {
    let mut stream = Key::once(seed.into()).stream(name);
    let mut csv = "string,symbol\n".to_owned();
    for number in 1..=count {
        let string = draw(&mut || below(2, &mut stream));
        string.chars().for_each(|letter| line!(csv, "{number},{letter}"));
    }
    let mut stream = Key::once(seed.into()).stream("strange strings");
    let mut strangers = "string,symbol\n".to_owned();
    let mut number = 0;
    while number < count {
        let mut string = "B".to_owned();
        while !string.ends_with('E') {
            string.push(['T', 'S', 'X', 'P', 'V', 'E'][below(6, &mut stream) as usize]);
        }
        if !is_reber(&string) && !is_embedded_reber(&string) {
            number += 1;
            string.chars().for_each(|letter| line!(strangers, "{number},{letter}"));
        }
    }
    Rows { sequence: Some("string"), strangers: Some(strangers), ..Rows::new(csv, 1) }
}

/// What is told of a letter.
const FEATURES: [&str; 6] = ["consonant", "vowel", "interrupted", "high", "back", "voiced"];
/// Each word: its letters by these.
const WORDS: [(&[u8; 6], &[u8; 6], usize); 3] = [
    (&[1, 0, 1, 0, 0, 1], &[0, 1, 0, 0, 1, 1], 1),
    (&[1, 0, 1, 1, 0, 1], &[0, 1, 0, 1, 0, 1], 2),
    (&[1, 0, 1, 0, 1, 1], &[0, 1, 0, 1, 1, 1], 3),
];

/// A row for each letter that is foretold, with the one before it; a sequence is the letters of a word. Elman 1990, "Letters in words":
/// a consonant cannot be known, the vowels and how many there are follow from it.
fn letters_in_words(words: u32, seed: u32) -> Rows {
    let mut stream = Key::once(seed.into()).stream("letters-in-words");
    let next = FEATURES.map(|feature| format!("next_{feature}"));
    let mut csv = format!("word,{},{}\n", FEATURES.join(","), next.join(","));
    let bits = |letter: &[u8; 6]| letter.map(|bit| bit.to_string()).join(",");
    let mut last = bits(&[0; 6]);
    for number in 1..=words {
        let (consonant, vowel, times) = WORDS[below(3, &mut stream) as usize];
        for letter in std::iter::once(consonant).chain(std::iter::repeat_n(vowel, times)).map(bits) {
            line!(csv, "{number},{last},{letter}");
            last = letter;
        }
    }
    Rows { sequence: Some("word"), ..Rows::new(csv, FEATURES.len()) }
}

/// `x' = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x`, every unit of time from 1,000 on; x is x(0) before 0, 1.2 for the seed 0 and else
/// drawn between 0.5 and 1.5. By Runge and Kutta's fourth order in steps of 0.1, where what was in the middle of a step is the mean of its
/// ends. Mackey and Glass, Oscillation and chaos in physiological control systems, 1977.
fn mackey_glass(samples: u32, seed: u32) -> Rows {
    const STEP: f64 = 0.1;
    const DELAY: usize = 170;
    const DROPPED: usize = 1000;
    let begin = if seed == 0 { 1.2 } else { 0.5 + uniform(&mut Key::once(seed.into()).stream("mackey-glass")) };
    let mut x = vec![begin];
    for at in 0..10 * (samples as usize + DROPPED) {
        let before = |back: usize| if at < back { begin } else { x[at - back] };
        let (old, new) = (before(DELAY), before(DELAY - 1));
        let slope = |x: f64, delayed: f64| 0.2 * delayed / (1.0 + delayed.powi(10)) - 0.1 * x;
        let now = x[at];
        let middle = (old + new) / 2.0;
        let first = slope(now, old);
        let second = slope(now + STEP / 2.0 * first, middle);
        let third = slope(now + STEP / 2.0 * second, middle);
        let fourth = slope(now + STEP * third, new);
        x.push(now + STEP / 6.0 * (first + 2.0 * second + 2.0 * third + fourth));
    }
    let mut csv = "x\n".to_owned();
    x.iter().step_by(10).skip(DROPPED).take(samples as usize).for_each(|x| line!(csv, "{x:.6}"));
    Rows::new(csv, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(csv: &str) -> Vec<Vec<String>> {
        csv.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
    }

    /// The strings of a set, letters joined.
    fn joined(csv: &str) -> Vec<String> {
        let mut strings: Vec<String> = Vec::new();
        for row in rows(csv) {
            if row[1] == "B" && strings.len() < row[0].parse().unwrap() {
                strings.push(String::new());
            }
            strings.last_mut().unwrap().push_str(&row[1]);
        }
        strings
    }

    #[test]
    fn the_third_bit_is_the_exclusive_or_of_the_two_before() {
        let set = TEMPORAL_XOR.make(Some("samples=3001")).unwrap();
        let rows = rows(&set.csv);
        assert_eq!((rows.len(), set.sequence), (3001, Some("triple")));
        let bits: Vec<u32> = rows.iter().map(|row| row[2].parse().unwrap()).collect();
        assert!(bits.chunks_exact(3).all(|three| three[2] == three[0] ^ three[1]));
        assert!(rows.windows(2).all(|pair| pair[1][1] == pair[0][2]), "each bit is the next one's input");
        let ones = bits.iter().sum::<u32>();
        assert!((1380..1620).contains(&ones), "{ones}");
    }

    #[test]
    fn strings_are_of_the_grammar_and_strangers_are_not() {
        for (set, is_one) in [(&REBER, is_reber as fn(&str) -> bool), (&EMBEDDED_REBER, is_embedded_reber)] {
            let rows = set.make(Some("strings=500,seed=3")).unwrap();
            let strings = joined(&rows.csv);
            assert!(strings.len() == 500 && strings.iter().all(|string| is_one(string)));
            let strangers = joined(rows.strangers.as_deref().unwrap());
            assert!(strangers.len() == 500 && !strangers.iter().any(|string| is_one(string)));
        }
        assert!(is_reber("BTXSE") && is_reber("BPVVE") && is_reber("BTSSXXTVPSE"));
        assert!(!is_reber("BTXE") && !is_reber("BTXSSE") && !is_reber("E") && !is_embedded_reber("BTBTXSEPE"));
    }

    #[test]
    fn a_consonant_tells_its_vowels() {
        let set = LETTERS_IN_WORDS.make(Some("words=300")).unwrap();
        let rows = rows(&set.csv);
        assert_eq!((rows[0].len(), set.targets), (13, 6));
        let lengths: Vec<usize> =
            (1..=300).map(|word| rows.iter().filter(|row| row[0] == word.to_string()).count()).collect();
        for length in 2..=4 {
            assert!((70..130).contains(&lengths.iter().filter(|&&l| l == length).count()), "{lengths:?}");
        }
        assert!(rows.windows(2).all(|pair| pair[1][1..7] == pair[0][7..13]));
    }

    #[test]
    fn the_series_has_the_mean_and_the_spread_of_the_attractor() {
        for setting in [None, Some("samples=3000,seed=5")] {
            let csv = MACKEY_GLASS.make(setting).unwrap().csv;
            let x: Vec<f64> = csv.lines().skip(1).map(|line| line.parse().unwrap()).collect();
            let mean = x.iter().sum::<f64>() / x.len() as f64;
            let deviation = (x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64).sqrt();
            assert!((mean - 0.93).abs() < 0.02 && (deviation - 0.226).abs() < 0.015, "{mean} {deviation}");
        }
    }
}
