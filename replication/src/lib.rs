#![doc = include_str!("../README.md")]

use serde::Serialize;
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
    pub run: fn(Effort) -> Outcome,
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

/// A line of JSON.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    row: &'a Row,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

/// Runs the rows whose experiment or section holds the first free argument, all of them without one; `--json` prints a line
/// of JSON for each and takes the full number of trials unless there is `--fast`. It fails where a row is out of its band
/// and has no reason. What the test harness is given besides is passed over.
pub fn main(rows: &[Row]) -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let given = |flag: &str| arguments.iter().any(|argument| argument == flag);
    if given("--list") {
        return ExitCode::SUCCESS;
    }
    let json = given("--json");
    let effort = Effort { fast: given("--fast") || !json };
    let filter = arguments.iter().find(|argument| !argument.starts_with('-')).map_or("", String::as_str);
    let wanted = |row: &&Row| row.experiment.contains(filter) || row.section.contains(filter);
    let rows: Vec<&Row> = rows.iter().filter(wanted).collect();

    let mut failed = false;
    for (row, outcome) in rows.iter().zip(run(&rows, effort)) {
        let bad = !outcome.inside && row.reason.is_empty();
        failed |= bad;
        if json {
            match serde_json::to_string(&Line { row, outcome: &outcome }) {
                Ok(line) => println!("{line}"),
                Err(error) => eprintln!("{}: {error}", row.experiment),
            }
        } else {
            let place = if outcome.inside { "in band" } else { "OUT OF BAND" };
            println!("{place}: {}, {}: {} (band {})", row.experiment, row.setting, outcome.ours, row.band);
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Runs all rows, side by side; their outcomes in the order of the rows. A row that panics is out of its band.
fn run(rows: &[&Row], effort: Effort) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let outcomes: Mutex<Vec<Option<Outcome>>> = Mutex::new(vec![None; rows.len()]);
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(row) = rows.get(index) else { break };
            let outcome = panic::catch_unwind(|| (row.run)(effort));
            let failed = |_| Outcome { ours: "failed".to_owned(), trials: 0, inside: false };
            let outcome = outcome.unwrap_or_else(failed);
            outcomes.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(outcome);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    outcomes.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Row = Row {
        section: "s",
        experiment: "e",
        setting: "",
        figure: "1",
        source: "",
        certainty: Certainty::Computed,
        band: "1",
        reason: "",
        run: |effort| Outcome { ours: "1".to_owned(), trials: effort.trials(2, 4), inside: true },
    };

    #[test]
    fn outcomes_come_in_the_order_of_their_rows_and_a_panic_is_one() {
        let rows = [ROW, Row { run: |_| panic!("on purpose"), ..ROW }, ROW];
        let rows: Vec<&Row> = rows.iter().collect();
        let outcomes = run(&rows, Effort { fast: true });
        let told: Vec<(usize, bool)> = outcomes.iter().map(|outcome| (outcome.trials, outcome.inside)).collect();
        assert_eq!(told, [(2, true), (0, false), (2, true)]);
        assert_eq!(run(&rows[..1], Effort { fast: false })[0].trials, 4);
    }

    #[test]
    fn a_line_holds_the_row_and_what_was_found() {
        let outcome = (ROW.run)(Effort { fast: true });
        let line = serde_json::to_value(Line { row: &ROW, outcome: &outcome }).unwrap();
        assert_eq!(
            (&line["section"], &line["certainty"], &line["inside"]),
            (&"s".into(), &"computed".into(), &true.into())
        );
    }
}
