#![doc = include_str!("../README.md")]

pub mod idx;
mod images;
mod shelf;
mod tables;

pub use images::{ImagePart, ImageSet, Images};
pub use tables::{Table, TableSet};

use nalgebra::DMatrix;
use serde::Serialize;
use shelf::Shelf;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{env, panic, thread};

/// How sure a published figure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Read in the source.
    Read,
    /// Known, and not found again.
    Recalled,
    /// Found by an independent program.
    Measured,
    /// Exact arithmetic.
    Computed,
    /// A band that we have set ourselves: it guards against change and reproduces nothing.
    Ours,
}

/// An experiment, as the table tells it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Row {
    /// The chapter of the table: `Multilayer perceptron`.
    pub section: &'static str,
    /// What is done.
    pub experiment: &'static str,
    /// With which settings.
    pub setting: &'static str,
    /// The figure there is.
    pub figure: &'static str,
    /// Where it is from.
    pub source: &'static str,
    /// How sure it is.
    pub certainty: Certainty,
    /// Where a right implementation falls.
    pub band: &'static str,
    /// Why ours is out of the band, where it is known to be; else empty.
    pub reason: &'static str,
    /// Finds ours.
    #[serde(skip)]
    pub run: Run,
}

/// What finds ours, and what it needs to be there.
#[derive(Clone, Copy, Debug)]
pub enum Run {
    /// Only what is in the repository.
    Alone(fn(Effort) -> Outcome),
    /// A set of images that is fetched, without which the row is not run.
    Images(ImageSet, fn(&Images, Effort) -> Outcome),
    /// A table that is fetched, without which the row is not run.
    Table(TableSet, fn(&Table, Effort) -> Outcome),
}

/// How much may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Fewer trials.
    pub fast: bool,
}

impl Effort {
    /// So many trials, of which the fast mode makes the fewer.
    pub fn trials(self, fast: usize, full: usize) -> usize {
        if self.fast { fast } else { full }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// In words, with its spread.
    pub ours: String,
    /// Trials that were made; 1 for what has no chance in it.
    pub trials: usize,
    /// Whether it lies in the band.
    pub inside: bool,
}

/// How many of the trials came out so, and where the share of them lies that endless trials would have: `17 of 20 (64 to 95 %)`.
pub fn share(found: usize, trials: usize) -> String {
    let (low, high) = wilson(found, trials);
    format!("{found} of {trials} ({:.0} to {:.0} %)", 100.0 * low, 100.0 * high)
}

/// The interval of Wilson (1927), which holds the true share in 95 of 100 cases.
pub fn wilson(found: usize, trials: usize) -> (f64, f64) {
    // Of the normal distribution 95 % lie within so many deviations.
    const Z: f64 = 1.96;
    let (found, trials) = (found as f64, trials as f64);
    let share = found / trials;
    let middle = share + Z * Z / (2.0 * trials);
    let half = Z * (share * (1.0 - share) / trials + (Z / (2.0 * trials)).powi(2)).sqrt();
    let [low, high] = [middle - half, middle + half].map(|end| end / (1.0 + Z * Z / trials));
    (low.max(0.0), high.min(1.0))
}

/// The mean of what was found.
pub fn mean(found: &[f64]) -> f64 {
    found.iter().sum::<f64>() / found.len() as f64
}

/// The deviation of what was found, as that of all that could be found is guessed from it: over one less than there are.
pub fn deviation(found: &[f64]) -> f64 {
    let mean = mean(found);
    let squares: f64 = found.iter().map(|found| (found - mean).powi(2)).sum();
    (squares / (found.len() as f64 - 1.0).max(1.0)).sqrt()
}

/// The 1797 digits of 8x8 pixels that come along: an image a column, and which digit it is.
///
/// # Panics
/// Where the file is not what it was.
pub fn digits() -> (DMatrix<f32>, Vec<u32>) {
    let text = include_str!("../../crates/nn-cli/data/digits.csv");
    let rows: Vec<Vec<f32>> = text
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(|cell| cell.parse().expect("a number")).collect())
        .collect();
    let x = DMatrix::from_fn(64, rows.len(), |pixel, row| rows[row][pixel]);
    (x, rows.iter().map(|row| row[64] as u32).collect())
}

/// A line of JSON. What was not run has no outcome, and so no `inside`.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    row: &'a Row,
    #[serde(flatten)]
    outcome: Option<&'a Outcome>,
}

/// What the command line says.
#[derive(Debug, Default, PartialEq)]
struct Arguments {
    list: bool,
    json: bool,
    fast: bool,
    /// The folder of what is fetched.
    data: Option<PathBuf>,
    /// Text that the rows hold, in lower case.
    filter: String,
}

impl Arguments {
    /// What the test harness is given besides is passed over.
    fn parse(words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self::default();
        let mut words = words;
        while let Some(word) = words.next() {
            match word.as_str() {
                "--list" => arguments.list = true,
                "--json" => arguments.json = true,
                "--fast" => arguments.fast = true,
                "--data" => {
                    let folder = words.next().map(PathBuf::from).ok_or("--data needs a folder")?;
                    if !folder.is_dir() {
                        return Err(format!("--data: there is no folder {}", folder.display()));
                    }
                    arguments.data = Some(folder);
                }
                other if other.starts_with('-') || !arguments.filter.is_empty() => {}
                text => arguments.filter = text.to_lowercase(),
            }
        }
        Ok(arguments)
    }
}

/// Runs the rows whose experiment or section holds the first free argument in whatever case, all of them without one;
/// `--json` prints a line of JSON for each and takes the full number of trials unless there is `--fast`; `--data DIR` is the
/// folder of what is fetched. It fails where a row is out of its band and has no reason; a row whose data are absent is
/// none of these. What the test harness is given besides is passed over.
pub fn main(rows: &[Row]) -> ExitCode {
    let arguments = match Arguments::parse(env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::FAILURE;
        }
    };
    if arguments.list {
        return ExitCode::SUCCESS;
    }
    let effort = Effort { fast: arguments.fast || !arguments.json };
    let wanted = |text: &str| text.to_lowercase().contains(&arguments.filter);
    let rows: Vec<&Row> = rows.iter().filter(|row| wanted(row.experiment) || wanted(row.section)).collect();

    let mut failed = false;
    for (row, outcome) in rows.iter().zip(run(&rows, effort, &Shelf::new(arguments.data))) {
        failed |= outcome.as_ref().is_some_and(|outcome| !outcome.inside) && row.reason.is_empty();
        if arguments.json {
            match serde_json::to_string(&Line { row, outcome: outcome.as_ref() }) {
                Ok(line) => println!("{line}"),
                Err(error) => eprintln!("{}: {error}", row.experiment),
            }
        } else {
            let (place, ours) = match &outcome {
                None => ("not run", "data absent"),
                Some(outcome) if outcome.inside => ("in band", outcome.ours.as_str()),
                Some(outcome) => ("OUT OF BAND", outcome.ours.as_str()),
            };
            println!("{place}: {}, {}: {ours} (band {})", row.experiment, row.setting, row.band);
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Runs all rows, side by side; their outcomes in the order of the rows.
fn run(rows: &[&Row], effort: Effort, shelf: &Shelf) -> Vec<Option<Outcome>> {
    let next = AtomicUsize::new(0);
    let outcomes: Mutex<Vec<Option<Outcome>>> = Mutex::new(vec![None; rows.len()]);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(row) = rows.get(index) else { break };
            let outcome = find(row, effort, shelf);
            outcomes.lock().unwrap_or_else(PoisonError::into_inner)[index] = outcome;
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    outcomes.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// What a row finds; `None` where its data are absent. A row that panics, or whose data cannot be read, is out of its band.
fn find(row: &Row, effort: Effort, shelf: &Shelf) -> Option<Outcome> {
    let failed = || Outcome { ours: "failed".to_owned(), trials: 0, inside: false };
    let broken = |error: &anyhow::Error| {
        // Not on the page: it may name a folder.
        eprintln!("{}: {error:#}", row.experiment);
        Some(failed())
    };
    let outcome = match row.run {
        Run::Alone(run) => panic::catch_unwind(|| run(effort)),
        Run::Images(set, run) => match shelf.images(set) {
            Ok(images) => images.map(|images| panic::catch_unwind(|| run(images, effort)))?,
            Err(error) => return broken(error),
        },
        Run::Table(set, run) => match shelf.table(set) {
            Ok(table) => table.map(|table| panic::catch_unwind(|| run(table, effort)))?,
            Err(error) => return broken(error),
        },
    };
    Some(outcome.unwrap_or_else(|_| failed()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::tests::{in_folder, write};

    const ROW: Row = Row {
        section: "s",
        experiment: "e",
        setting: "",
        figure: "1",
        source: "",
        certainty: Certainty::Computed,
        band: "1",
        reason: "",
        run: Run::Alone(|effort| Outcome { ours: "1".to_owned(), trials: effort.trials(2, 4), inside: true }),
    };
    const IMAGES: Row = Row {
        run: Run::Images(ImageSet::Mnist, |images, _| {
            let ours = format!("{} and {}", images.train.labels.len(), images.test.labels.len());
            Outcome { ours, trials: 1, inside: true }
        }),
        ..ROW
    };

    fn arguments(words: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(words.iter().map(|&word| word.to_owned()))
    }

    /// The first of the examples in Newcombe 1998 (Statistics in Medicine 17, 857), table I, method 3; and both ends.
    #[test]
    fn a_share_is_told_with_its_interval() {
        let (low, high) = wilson(81, 263);
        assert!((low - 0.2553).abs() < 1e-4 && (high - 0.3662).abs() < 1e-4, "{low} to {high}");
        assert_eq!(share(200, 200), "200 of 200 (98 to 100 %)");
        assert_eq!(share(0, 100), "0 of 100 (0 to 4 %)");
    }

    #[test]
    fn a_deviation_is_that_of_what_could_be_found() {
        assert_eq!(
            (mean(&[1.0, 2.0, 3.0, 6.0]), deviation(&[1.0, 3.0]), deviation(&[5.0])),
            (3.0, 2.0_f64.sqrt(), 0.0)
        );
    }

    #[test]
    fn the_digits_are_there() {
        let (x, labels) = digits();
        assert_eq!((x.shape(), labels.len(), labels[..3].to_vec()), ((64, 1797), 1797, vec![0, 1, 2]));
    }

    #[test]
    fn outcomes_come_in_the_order_of_their_rows_and_a_panic_is_one() {
        let rows = [ROW, Row { run: Run::Alone(|_| panic!("on purpose")), ..ROW }, ROW];
        let rows: Vec<&Row> = rows.iter().collect();
        let outcomes = run(&rows, Effort { fast: true }, &Shelf::default());
        let told: Vec<(usize, bool)> =
            outcomes.iter().flatten().map(|outcome| (outcome.trials, outcome.inside)).collect();
        assert_eq!(told, [(2, true), (0, false), (2, true)]);
        assert_eq!(run(&rows[..1], Effort { fast: false }, &Shelf::default())[0].as_ref().unwrap().trials, 4);
    }

    #[test]
    fn a_row_gets_the_images_it_asks_for_and_is_not_run_without_them() {
        let fast = Effort { fast: true };
        let ours = |folder: Option<PathBuf>| find(&IMAGES, fast, &Shelf::new(folder)).map(|outcome| outcome.ours);
        assert_eq!(ours(None), None);
        in_folder("rows", |folder| {
            assert_eq!(ours(Some(folder.to_path_buf())), None);
            write(folder);
            assert_eq!(ours(Some(folder.to_path_buf())), Some("3 and 1".to_owned()));
            std::fs::write(folder.join("train-labels-idx1-ubyte"), "no labels").unwrap();
            assert_eq!(ours(Some(folder.to_path_buf())), Some("failed".to_owned()));
        });
    }

    #[test]
    fn a_row_gets_the_table_it_asks_for() {
        let run = Run::Table(TableSet::Letters, |table, _| Outcome {
            ours: table.labels.len().to_string(),
            trials: 1,
            inside: true,
        });
        let row = Row { run, ..ROW };
        let ours = |folder: &std::path::Path| {
            find(&row, Effort { fast: true }, &Shelf::new(Some(folder.to_path_buf()))).map(|outcome| outcome.ours)
        };
        in_folder("a-table", |folder| {
            assert_eq!(ours(folder), None);
            std::fs::create_dir(folder.join("letter")).unwrap();
            std::fs::write(folder.join("letter/letter.dat"), "1,A\n2,B\n").unwrap();
            assert_eq!(ours(folder), Some("2".to_owned()));
            std::fs::write(folder.join("letter/letter.dat"), "1,AB\n").unwrap();
            assert_eq!(ours(folder), Some("failed".to_owned()));
        });
    }

    #[test]
    fn arguments_of_ours_are_read_and_those_of_the_test_harness_passed_over() {
        let found = arguments(&["--nocapture", "XOR", "--fast", "--json", "more"]).unwrap();
        assert_eq!(found, Arguments { fast: true, json: true, filter: "xor".to_owned(), ..Arguments::default() });
        in_folder("arguments", |folder| {
            let found = arguments(&["--data", folder.to_str().unwrap(), "parity"]).unwrap();
            assert_eq!((found.data.as_deref(), found.filter.as_str()), (Some(folder), "parity"));
        });
        assert_eq!(arguments(&["--data"]).unwrap_err(), "--data needs a folder");
        assert!(arguments(&["--data", "no/such"]).unwrap_err().ends_with("there is no folder no/such"));
    }

    #[test]
    fn a_line_holds_the_row_and_what_was_found() {
        let outcome = find(&ROW, Effort { fast: true }, &Shelf::default());
        let line = serde_json::to_value(Line { row: &ROW, outcome: outcome.as_ref() }).unwrap();
        assert_eq!(
            (&line["section"], &line["certainty"], &line["inside"]),
            (&"s".into(), &"computed".into(), &true.into())
        );
        let line = serde_json::to_value(Line { row: &IMAGES, outcome: None }).unwrap();
        assert!(line["experiment"] == "e" && line.get("inside").is_none(), "{line}");
    }
}
