//! The data sets that come with the command. `data/README.md` tells source and terms of each.

use super::generated::{BARS_AND_STRIPES, CIRCLE_IN_SQUARE, ENCODER, Generator, PARITY, Rows};
use super::sequences::{EMBEDDED_REBER, LETTERS_IN_WORDS, MACKEY_GLASS, REBER, TEMPORAL_XOR};
use anyhow::{Context, Result, bail};
use std::f64::consts::PI;
use std::fmt::Write;

/// A set that comes with the command.
#[derive(Debug)]
pub(crate) struct Bundled {
    /// What `--data` calls it.
    pub(crate) name: &'static str,
    /// What it is, in a line.
    pub(crate) summary: &'static str,
    text: Text,
}

/// Where its rows come from.
#[derive(Debug)]
enum Text {
    /// A file in `data/`.
    File(&'static str),
    /// A formula.
    Formula(fn() -> String),
    /// A formula with settings.
    Generated(&'static Generator),
}

/// All of them.
pub(crate) static BUNDLED: &[Bundled] = &[
    Bundled {
        name: "digits",
        summary: "handwritten digits, 8 x 8 pixels (UCI optdigits)",
        text: Text::File(include_str!("../../data/digits.csv")),
    },
    Bundled {
        name: "iris",
        summary: "Fisher's irises, 3 species",
        text: Text::File(include_str!("../../data/iris.csv")),
    },
    Bundled {
        name: "wine",
        summary: "chemistry of wines from 3 cultivars (UCI)",
        text: Text::File(include_str!("../../data/wine.csv")),
    },
    Bundled {
        name: "breast-cancer",
        summary: "tumours, malignant or benign (UCI, Wisconsin)",
        text: Text::File(include_str!("../../data/breast-cancer.csv")),
    },
    Bundled {
        name: "animals",
        summary: "16 animals by 13 traits (Ritter, Kohonen 1989)",
        text: Text::File(include_str!("../../data/animals.csv")),
    },
    Bundled {
        name: "watermelon",
        summary: "watermelon 3.0: traits, density, sugar; ripe?",
        text: Text::File(WATERMELON),
    },
    Bundled {
        name: "watermelon-alpha",
        summary: "watermelon 3.0 alpha: density and sugar",
        text: Text::Formula(watermelon_alpha),
    },
    Bundled {
        name: "two-spirals",
        summary: "two interlocked spirals (Lang, Witbrock 1988)",
        text: Text::Formula(two_spirals),
    },
    Bundled { name: "xor", summary: "exclusive or of two bits", text: Text::Formula(xor) },
    Bundled { name: "parity", summary: "is the number of ones odd? (:bits=4)", text: Text::Generated(&PARITY) },
    Bundled {
        name: "encoder",
        summary: "each unit told again; several targets (:bits=8)",
        text: Text::Generated(&ENCODER),
    },
    Bundled {
        name: "bars-and-stripes",
        summary: "lines of a square, across or along (:side=3)",
        text: Text::Generated(&BARS_AND_STRIPES),
    },
    Bundled {
        name: "circle-in-square",
        summary: "is a point within the circle? (:samples=1000,seed=1)",
        text: Text::Generated(&CIRCLE_IN_SQUARE),
    },
    Bundled {
        name: "temporal-xor",
        summary: "bits of which each third is foretold by two (:samples=3000,seed=1)",
        text: Text::Generated(&TEMPORAL_XOR),
    },
    Bundled {
        name: "reber",
        summary: "strings of Reber's grammar (:strings=1000,seed=1)",
        text: Text::Generated(&REBER),
    },
    Bundled {
        name: "embedded-reber",
        summary: "the same between T and T or P and P (:strings=1000,seed=1)",
        text: Text::Generated(&EMBEDDED_REBER),
    },
    Bundled {
        name: "letters-in-words",
        summary: "ba, dii and guuu by features of letters (:words=1000,seed=1)",
        text: Text::Generated(&LETTERS_IN_WORDS),
    },
    Bundled {
        name: "mackey-glass",
        summary: "a chaotic series, tau 17 (:samples=1000,seed=0)",
        text: Text::Generated(&MACKEY_GLASS),
    },
    Bundled {
        name: "sunspots",
        summary: "a series: sunspots by year, 1700 to 2008",
        text: Text::File(include_str!("../../data/sunspots.csv")),
    },
    Bundled {
        name: "airline",
        summary: "a series: airline passengers by month, 1949 to 1960",
        text: Text::File(include_str!("../../data/airline.csv")),
    },
];

const WATERMELON: &str = include_str!("../../data/watermelon.csv");

/// The set that is meant by `data`, a name and perhaps settings, `parity:bits=6`; `None` if there is none of the name.
///
/// # Errors
/// Settings that the set does not have.
pub(crate) fn find(data: &str) -> Result<Option<Rows>> {
    let (name, settings) = match data.split_once(':') {
        Some((name, settings)) => (name, Some(settings)),
        None => (data, None),
    };
    let set = BUNDLED.iter().find(|set| set.name == name);
    set.map(|set| set.rows(settings).with_context(|| data.to_owned())).transpose()
}

impl Bundled {
    /// The set, made with `settings` where it is one that is made.
    pub(crate) fn rows(&self, settings: Option<&str>) -> Result<Rows> {
        match (&self.text, settings) {
            (Text::Generated(generator), settings) => generator.make(settings),
            (_, Some(_)) => bail!("{} has no settings", self.name),
            (Text::File(text), None) => Ok(Rows::new((*text).to_owned(), 1)),
            (Text::Formula(formula), None) => Ok(Rows::new(formula(), 1)),
        }
    }
}

/// The last three columns of watermelon 3.0.
fn watermelon_alpha() -> String {
    let last_three = |line: &'static str| line.rsplitn(4, ',').take(3).collect::<Vec<_>>();
    WATERMELON.lines().map(|line| last_three(line).into_iter().rev().collect::<Vec<_>>().join(",") + "\n").collect()
}

fn xor() -> String {
    "a,b,xor\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n".to_owned()
}

/// 97 points a spiral: `phi = i pi / 16`, `r = 6.5 (104 - i) / 104` for i from 0 to 96; the other is its mirror image.
///
/// Lang and Witbrock, Learning to tell two spirals apart, 1988.
fn two_spirals() -> String {
    let mut csv = "x,y,class\n".to_owned();
    for i in 0..=96 {
        let (phi, r) = (f64::from(i) * PI / 16.0, 6.5 * f64::from(104 - i) / 104.0);
        let (x, y) = (r * phi.sin(), r * phi.cos());
        // Writing to a string cannot fail.
        let _ = writeln!(csv, "{x:.5},{y:.5},1\n{:.5},{:.5},0", -x, -y);
    }
    csv
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_the_data_has_a_row_for_each() {
        let page = include_str!("../../data/README.md");
        for set in BUNDLED {
            assert!(page.contains(&format!("| `{}", set.name)), "{}", set.name);
        }
    }

    #[test]
    fn the_watermelons_are_those_of_the_book() {
        let csv = find("watermelon-alpha").unwrap().unwrap().csv;
        assert!(csv.starts_with("密度,含糖率,好瓜\n0.697,0.460,是\n"));
        let sum = |column| {
            csv.lines().skip(1).map(|l| l.split(',').nth(column).unwrap().parse::<f64>().unwrap()).sum::<f64>()
        };
        assert!((sum(0) - 9.055).abs() < 1e-9 && (sum(1) - 3.618).abs() < 1e-9);
        assert_eq!(csv.lines().filter(|line| line.ends_with('是')).count(), 8);
        assert_eq!(csv.lines().count(), 18);
    }

    #[test]
    fn the_spirals_are_those_of_lang_and_witbrock() {
        // tests/two-spirals.csv was computed elsewhere, in Python, from the formula of the paper.
        assert_eq!(find("two-spirals").unwrap().unwrap().csv, include_str!("../../tests/two-spirals.csv"));
    }
}
