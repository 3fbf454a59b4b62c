//! `nn predict`: an answer to every sample, as CSV.

use super::Outcome;
use crate::args::PredictArgs;
use crate::data::roles::Truth;
use crate::data::{Part, Source, Stream};
use crate::environment;
use crate::files::{CsvFile, CsvPlace};
use crate::interrupt;
use crate::output;
use crate::progress::Progress;
use crate::saved::{self, Saved};
use anyhow::{Result, bail};
use nn_core::metrics::largest;
use nn_core::nalgebra::DMatrix;
use nn_core::{Answer, ModelFile, Precision, Scalar, Schema};
use std::fmt::Write;
use std::path::Path;
use std::sync::atomic::Ordering;

/// Reads the model and the data, and writes the answers.
pub(super) fn run(args: &PredictArgs) -> Result<Outcome> {
    let file = saved::read(&args.question.model)?;
    environment::with_threads(None, || in_float!(file.precision, predict(args, &file)))
}

fn predict<F: Scalar>(args: &PredictArgs, file: &ModelFile) -> Result<Outcome> {
    let saved = Saved::<F>::new(file, &args.question.model)?;
    let mut answers = Answers { args, saved: &saved, csv: None, told: false };
    match args.stream {
        None => answers.add(Source::open(&args.question.data)?, 0)?,
        Some(rows) => {
            if let Outcome::Interrupted = stream(&mut answers, rows as usize)? {
                return Ok(Outcome::Interrupted);
            }
        }
    }
    answers.finish()?;
    Ok(Outcome::Done)
}

/// Answers part by part.
fn stream<F: Scalar>(answers: &mut Answers<'_, F>, rows: usize) -> Result<Outcome> {
    let question = &answers.args.question;
    if answers.saved.trained.remembers() {
        let kind = answers.saved.entry.name;
        bail!(
            "{}: an answer of {kind} hangs on all rows before it, so they are not answered part by part; without --stream they \
             are",
            question.model.display()
        );
    }
    let mut stream = Stream::open(&question.data, rows)?;
    stream.pair_up();
    // Standard output has what was answered so far; beside a file that is not whole nothing is to stay.
    let to_file = answers.args.out != Path::new("-");
    let place = answers.args.out.canonicalize().unwrap_or_else(|_| answers.args.out.clone());
    let stop = if to_file { Some(interrupt::watch(Some(&place))?) } else { None };
    let is_stopped = || stop.is_some_and(|stop| stop.load(Ordering::Relaxed));
    let mut progress = Progress::new(!to_file);
    loop {
        let part = stream.next();
        // Before an error is told: Ctrl-C also ends the command at the other end of a pipe, so that the last line may be torn.
        if is_stopped() {
            progress.clear();
            output::note(format_args!("interrupted after {} rows; nothing is written", stream.progress().0));
            return Ok(Outcome::Interrupted);
        }
        let Some(part) = part? else { break };
        answers.add(part.source, part.again)?;
        progress.see_part(stream.progress(), None);
    }
    progress.clear();
    Ok(Outcome::Done)
}

/// The answers to data that come at once or part by part.
struct Answers<'a, F: Scalar> {
    args: &'a PredictArgs,
    saved: &'a Saved<F>,
    /// The names of the columns, and what the answers are written to; nothing before the first part is answered.
    csv: Option<(String, CsvFile)>,
    /// Whether a part had something to tell.
    told: bool,
}

impl<F: Scalar> Answers<'_, F> {
    /// Answers `source`, the first rows of which were answered `again` in the part before.
    fn add(&mut self, source: Source, again: usize) -> Result<()> {
        let trained = &*self.saved.trained;
        let (table, schema) = self.saved.read_from(source, None, Truth::Unused)?;
        let part = Part::new(&table, &schema, None)?;
        let answer = trained.answer();
        // What stands beside an answer may hang on what all samples have: a machine tells no probability where one leaves too much open.
        let beside = part.beside(trained)?;
        let names: Vec<&str> = beside.iter().map(|(name, _)| *name).collect();
        let header = header(&schema, answer, &names);
        let (begun, place) = match &self.csv {
            Some((begun, _)) if *begun != header => bail!(
                "{}: from {} on the columns of the answers are {header}, but before they are {begun}; without --stream all have \
                 the same",
                table.name,
                part.place(again)
            ),
            Some((begun, _)) => (begun, None),
            None => (&header, Some(CsvPlace::claim(&self.args.out, self.args.force, &header)?)),
        };
        let answers = part.predict(trained)?;
        let remarks = trained.remarks_of(&match again {
            0 => part.data(),
            _ => part.data().part(again..usize::MAX),
        })?;
        if !self.told && !remarks.is_empty() {
            self.told = true;
            let rows = match self.args.stream {
                None => String::new(),
                Some(_) => format!("{} to {}: ", part.place(again), part.place(part.data().samples() - 1)),
            };
            remarks.iter().for_each(|remark| output::note(format_args!("note: {rows}{remark}")));
        }
        let mut text = if place.is_some() { format!("{begun}\n") } else { String::new() };
        csv(&mut text, &schema, answer, &answers, &beside, again);
        if let Some(beyond) = part.beyond(trained)? {
            // Nothing stands beside what has not come yet.
            let none: Vec<(&str, Vec<f64>)> =
                beside.iter().map(|(name, _)| (*name, vec![0.0; beyond.ncols()])).collect();
            csv(&mut text, &schema, answer, &beyond, &none, 0);
        }
        if let Some(place) = place {
            self.csv = Some((header, place.begin()?));
        }
        self.csv.as_mut().map_or(Ok(()), |(_, file)| file.write(&text))
    }

    /// There are no more.
    fn finish(self) -> Result<()> {
        self.csv.map_or(Ok(()), |(_, file)| file.finish())
    }
}

/// The names of the columns of the answers.
fn header(schema: &Schema, answer: Answer, beside: &[&str]) -> String {
    let names: Vec<String> = match answer {
        Answer::Classes(classes) => by_class(schema, "probability", classes),
        Answer::Scores(classes) => by_class(schema, "output", classes),
        Answer::Columns(names) => names.iter().map(|&name| name.to_owned()).collect(),
        Answer::Units(units) => (1..=units).map(|unit| format!("hidden_{unit}")).collect(),
        Answer::Values(outputs) if 1 < outputs && schema.targets.len() == outputs => {
            schema.targets.iter().map(|target| format!("prediction_{}", target.name)).collect()
        }
        Answer::Values(outputs) if 1 < outputs => (1..=outputs).map(|number| format!("prediction_{number}")).collect(),
        _ => vec!["prediction".to_owned()],
    };
    names.iter().map(String::as_str).chain(beside.iter().copied()).map(cell).collect::<Vec<_>>().join(",")
}

/// The prediction, and a column a class.
fn by_class(schema: &Schema, what: &str, classes: usize) -> Vec<String> {
    let names = (0..classes).map(|class| format!("{what}_{}", schema.class_name(class)));
    std::iter::once("prediction".to_owned()).chain(names).collect()
}

/// Appends the answers but for the first ones, a line a sample, and what is told of each beside it.
fn csv<F: Scalar>(
    text: &mut String,
    schema: &Schema,
    answer: Answer,
    answers: &DMatrix<F>,
    beside: &[(&str, Vec<f64>)],
    first: usize,
) {
    let names: Vec<String> = match answer {
        Answer::Classes(classes) | Answer::Scores(classes) => {
            (0..classes).map(|class| cell(&schema.class_name(class))).collect()
        }
        _ => Vec::new(),
    };
    for (sample, column) in answers.column_iter().enumerate().skip(first) {
        let mut parter = "";
        if !names.is_empty() {
            *text += &names[largest(column.as_slice()) as usize];
            parter = ",";
        }
        for &value in column {
            *text += parter;
            number(text, value);
            parter = ",";
        }
        for (_, values) in beside {
            *text += parter;
            number(text, F::from_f64(values[sample]));
        }
        text.push('\n');
    }
}

/// Appends a number with the digits that give it back exactly, and no more.
fn number<F: Scalar>(text: &mut String, value: F) {
    let size = value.to_f64().abs();
    let plain = size == 0.0 || (1e-5..1e15).contains(&size);
    // Writing to a string cannot fail.
    let _ = match F::PRECISION {
        _ if plain => write!(text, "{value}"),
        Precision::F32 => write!(text, "{:e}", value.to_f64() as f32),
        Precision::F64 => write!(text, "{:e}", value.to_f64()),
    };
}

/// A name as a cell, in quotes where it needs them.
fn cell(name: &str) -> String {
    if name.contains([',', '"', '\n', '\r']) { format!("\"{}\"", name.replace('"', "\"\"")) } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::Column;

    #[test]
    fn a_class_is_named_and_its_probabilities_follow() {
        let classes = vec!["a,b".to_owned(), "c".to_owned()];
        let schema = Schema { targets: vec![Column::categorical("t", classes)], ..Schema::default() };
        let header = header(&schema, Answer::Classes(2), &["unknown"]);
        assert_eq!(header, "prediction,\"probability_a,b\",probability_c,unknown");
        let answers = DMatrix::from_column_slice(2, 2, &[0.5_f32, 0.5, 1e-9, 1.0]);
        let mut text = String::new();
        csv(&mut text, &schema, Answer::Classes(2), &answers, &[("unknown", vec![0.0, 1.0])], 0);
        assert_eq!(text.lines().collect::<Vec<_>>(), ["\"a,b\",0.5,0.5,0", "c,1e-9,1,1"]);
    }

    #[test]
    fn quantities_are_named_after_their_targets() {
        let schema = Schema { targets: vec![Column::numeric("x"), Column::numeric("y")], ..Schema::default() };
        assert_eq!(header(&schema, Answer::Values(2), &[]), "prediction_x,prediction_y");
        assert_eq!(header(&Schema::default(), Answer::Values(1), &[]), "prediction");
    }
}
