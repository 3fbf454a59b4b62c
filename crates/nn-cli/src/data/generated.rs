//! The bundled sets that are made as the user asks: `parity:bits=6`.

use crate::words::{did_you_mean, list};
use anyhow::{Result, anyhow, bail};
use nn_core::kernels::random::fill_uniform;
use nn_core::random::Key;
use std::f64::consts::FRAC_1_PI;
use std::fmt::Write;
use std::ops::RangeInclusive;

/// A setting of a set: a whole number.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(super) name: &'static str,
    pub(super) default: u32,
    pub(super) range: RangeInclusive<u32>,
}

/// How a set is made.
#[derive(Debug)]
pub(crate) struct Generator {
    pub(super) settings: &'static [Setting],
    pub(super) make: fn(&[u32]) -> Rows,
}

/// A set that has been made.
#[derive(Debug)]
pub(crate) struct Rows {
    /// The set as CSV.
    pub(crate) csv: String,
    /// How many of its last columns are to be learned.
    pub(crate) targets: usize,
    /// The column that says which sequence a row is of.
    pub(crate) sequence: Option<&'static str>,
    /// Sequences that do not belong to it, as CSV with the same columns.
    pub(crate) strangers: Option<String>,
}

impl Rows {
    /// Samples that are no sequences.
    pub(crate) fn new(csv: String, targets: usize) -> Self {
        Self { csv, targets, sequence: None, strangers: None }
    }
}

/// The exclusive or of so many bits.
pub(crate) static PARITY: Generator =
    Generator { settings: &[Setting { name: "bits", default: 4, range: 2..=16 }], make: |values| parity(values[0]) };

/// One of so many units, to be told again at the other side of a bottleneck.
pub(crate) static ENCODER: Generator =
    Generator { settings: &[Setting { name: "bits", default: 8, range: 2..=1024 }], make: |values| encoder(values[0]) };

/// Lines of a square that are on or off, across or along.
pub(crate) static BARS_AND_STRIPES: Generator = Generator {
    settings: &[Setting { name: "side", default: 3, range: 2..=10 }],
    make: |values| bars_and_stripes(values[0]),
};

/// Points within a circle and around it.
pub(crate) static CIRCLE_IN_SQUARE: Generator = Generator {
    settings: &[
        Setting { name: "samples", default: 1000, range: 2..=1_000_000 },
        Setting { name: "seed", default: 1, range: 0..=u32::MAX },
    ],
    make: |values| circle_in_square(values[0], values[1]),
};

impl Generator {
    /// Makes the set with the settings in `text`: `samples=200,seed=3`, or nothing.
    ///
    /// # Errors
    /// A setting that the set does not have, one that is named twice, or a value out of its range.
    pub(crate) fn make(&self, text: Option<&str>) -> Result<Rows> {
        let mut values: Vec<Option<u32>> = vec![None; self.settings.len()];
        for pair in text.into_iter().flat_map(|text| text.split(',')) {
            let (name, value) = pair.split_once('=').ok_or_else(|| anyhow!("expected NAME=VALUE, got {pair:?}"))?;
            let (name, value) = (name.trim(), value.trim());
            let names: Vec<&str> = self.settings.iter().map(|setting| setting.name).collect();
            let Some(place) = names.iter().position(|known| *known == name) else {
                let hint = did_you_mean(name, names.iter().copied());
                bail!("unknown setting {name:?}{}", hint.unwrap_or_else(|| format!("; there is {}", list(&names))));
            };
            let range = &self.settings[place].range;
            let Some(number) = value.parse().ok().filter(|number| range.contains(number)) else {
                bail!("{name}: expected a whole number from {} to {}, got {value:?}", range.start(), range.end());
            };
            if values[place].replace(number).is_some() {
                bail!("{name} is named twice");
            }
        }
        let values: Vec<u32> =
            values.iter().zip(self.settings).map(|(value, setting)| value.unwrap_or(setting.default)).collect();
        Ok((self.make)(&values))
    }
}

/// `name1,name2,...`.
fn header(name: &str, count: u32) -> String {
    (1..=count).map(|number| format!("{name}{number}")).collect::<Vec<_>>().join(",")
}

/// Every number of so many bits, and whether an odd number of them is 1.
fn parity(bits: u32) -> Rows {
    let mut csv = format!("{},parity\n", header("bit", bits));
    for number in 0..1_u32 << bits {
        for bit in (0..bits).rev() {
            csv += if number >> bit & 1 == 1 { "1," } else { "0," };
        }
        csv += if number.count_ones() % 2 == 1 { "1\n" } else { "0\n" };
    }
    Rows::new(csv, 1)
}

/// Each unit on by itself, as input and as target.
///
/// Rumelhart, Hinton and Williams, Learning internal representations by error propagation, 1986, "The encoding problem".
fn encoder(bits: u32) -> Rows {
    let mut csv = format!("{},{}\n", header("in", bits), header("out", bits));
    for on in 0..bits {
        let units: Vec<&str> = (0..bits).map(|unit| if unit == on { "1" } else { "0" }).collect();
        let units = units.join(",");
        csv += &format!("{units},{units}\n");
    }
    Rows::new(csv, bits as usize)
}

/// Every choice of columns of a square that are on, the bars, and every choice of rows, the stripes. Nothing and all are both, so
/// that these two come twice.
///
/// Hinton and Sejnowski, Learning and relearning in Boltzmann machines, 1986; MacKay, Information Theory, Inference, and Learning
/// Algorithms, 2003, section 43.2.
fn bars_and_stripes(side: u32) -> Rows {
    let places = (0..side).flat_map(|row| (0..side).map(move |column| format!("p_{row}_{column}")));
    let mut csv = format!("{},kind\n", places.collect::<Vec<_>>().join(","));
    for (kind, of_row) in [("bars", false), ("stripes", true)] {
        for choice in 0..1_u32 << side {
            for row in 0..side {
                for column in 0..side {
                    let line = side - 1 - if of_row { row } else { column };
                    csv += if choice >> line & 1 == 1 { "1," } else { "0," };
                }
            }
            csv += kind;
            csv.push('\n');
        }
    }
    Rows::new(csv, 1)
}

/// Points drawn evenly from the unit square; the circle in its middle takes half of its area.
///
/// Carpenter, Grossberg, Markuzon, Reynolds and Rosen, Fuzzy ARTMAP, 1992, "Circle-in-the-square".
fn circle_in_square(samples: u32, seed: u32) -> Rows {
    let mut numbers = vec![0.0_f64; 2 * samples as usize];
    fill_uniform(&mut Key::once(seed.into()).stream("circle-in-square"), &mut numbers);
    let mut csv = "x,y,inside\n".to_owned();
    for point in numbers.as_chunks::<2>().0 {
        // The class is that of the point as it is written.
        let [x, y] = point.map(|number| (number * 1e6).round() / 1e6);
        let distance = (x - 0.5).powi(2) + (y - 0.5).powi(2);
        // Writing to a string cannot fail.
        let _ = writeln!(csv, "{x},{y},{}", u8::from(distance < 0.5 * FRAC_1_PI));
    }
    Rows::new(csv, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parity_of_two_bits_is_exclusive_or() {
        let csv = PARITY.make(Some("bits=2")).unwrap().csv;
        assert_eq!(csv, "bit1,bit2,parity\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n");
        assert_eq!(PARITY.make(Some("bits=6")).unwrap().csv.lines().count(), 65);
    }

    #[test]
    fn the_encoder_tells_its_inputs_again() {
        let rows = ENCODER.make(Some("bits=2")).unwrap();
        assert_eq!((rows.csv.as_str(), rows.targets), ("in1,in2,out1,out2\n1,0,1,0\n0,1,0,1\n", 2));
    }

    #[test]
    fn bars_stand_and_stripes_lie() {
        let csv = BARS_AND_STRIPES.make(Some("side=2")).unwrap().csv;
        let bars = "0,0,0,0,bars\n0,1,0,1,bars\n1,0,1,0,bars\n1,1,1,1,bars\n";
        let stripes = "0,0,0,0,stripes\n0,0,1,1,stripes\n1,1,0,0,stripes\n1,1,1,1,stripes\n";
        assert_eq!(csv, format!("p_0_0,p_0_1,p_1_0,p_1_1,kind\n{bars}{stripes}"));
        assert_eq!(BARS_AND_STRIPES.make(None).unwrap().csv.lines().count(), 17);
    }

    #[test]
    fn half_of_the_square_is_circle() {
        let csv = CIRCLE_IN_SQUARE.make(Some("samples=10000,seed=3")).unwrap().csv;
        let inside = csv.lines().filter(|line| line.ends_with(",1")).count();
        assert!(4800 < inside && inside < 5200, "{inside}");
        assert_ne!(csv, CIRCLE_IN_SQUARE.make(Some("samples=10000")).unwrap().csv);
    }

    #[test]
    fn settings_that_are_not_there_are_refused() {
        let message = |text| PARITY.make(Some(text)).unwrap_err().to_string();
        assert_eq!(message("bit=3"), "unknown setting \"bit\"; did you mean bits?");
        assert_eq!(message("samples=3"), "unknown setting \"samples\"; there is bits");
        assert_eq!(message("bits=1"), "bits: expected a whole number from 2 to 16, got \"1\"");
        assert_eq!(message("bits=3,bits=4"), "bits is named twice");
        assert_eq!(message(""), "expected NAME=VALUE, got \"\"");
    }
}
