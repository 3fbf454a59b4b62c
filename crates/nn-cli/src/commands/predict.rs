//! `nn predict`: an answer to every sample, as CSV.

use crate::args::PredictArgs;
use crate::data::Part;
use crate::data::roles::Truth;
use crate::environment;
use crate::files::CsvPlace;
use crate::output;
use crate::saved::{self, Saved};
use anyhow::Result;
use nn_core::metrics::largest;
use nn_core::nalgebra::DMatrix;
use nn_core::{Answer, ModelFile, Precision, Scalar, Schema};
use std::fmt::Write;

/// Reads the model and the data, and writes the answers.
pub(super) fn run(args: &PredictArgs) -> Result<()> {
    let file = saved::read(&args.question.model)?;
    environment::with_threads(None, || in_float!(file.precision, predict(args, &file)))
}

fn predict<F: Scalar>(args: &PredictArgs, file: &ModelFile) -> Result<()> {
    let saved = Saved::<F>::new(file, &args.question.model)?;
    let (table, schema) = saved.read(&args.question.data, None, Truth::Unused)?;
    let part = Part::new(&table, &schema, None)?;
    let answer = saved.trained.answer();
    // What stands beside an answer may hang on what all samples have: a machine tells no probability where one leaves too much open.
    let beside = part.beside(&*saved.trained)?;
    let names: Vec<&str> = beside.iter().map(|(name, _)| *name).collect();
    let header = header(&schema, answer, &names);
    let place = CsvPlace::claim(&args.out, args.force, &header)?;
    let answers = part.predict(&*saved.trained)?;
    saved.trained.remarks_of(&part.data())?.iter().for_each(|remark| output::note(format_args!("note: {remark}")));
    let mut text = csv(&header, &schema, answer, &answers, &beside);
    if let Some(beyond) = part.beyond(&*saved.trained)? {
        // Nothing stands beside what has not come yet.
        let none: Vec<(&str, Vec<f64>)> = beside.iter().map(|(name, _)| (*name, vec![0.0; beyond.ncols()])).collect();
        let lines = csv(&header, &schema, answer, &beyond, &none);
        text += lines.split_once('\n').map_or("", |(_, lines)| lines);
    }
    place.write(&text)
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

/// The answers, a line a sample, and what is told of each beside it.
fn csv<F: Scalar>(
    header: &str,
    schema: &Schema,
    answer: Answer,
    answers: &DMatrix<F>,
    beside: &[(&str, Vec<f64>)],
) -> String {
    let names: Vec<String> = match answer {
        Answer::Classes(classes) | Answer::Scores(classes) => {
            (0..classes).map(|class| cell(&schema.class_name(class))).collect()
        }
        _ => Vec::new(),
    };
    let mut text = format!("{header}\n");
    for (sample, column) in answers.column_iter().enumerate() {
        let mut parter = "";
        if !names.is_empty() {
            text += &names[largest(column.as_slice()) as usize];
            parter = ",";
        }
        for &value in column {
            text += parter;
            number(&mut text, value);
            parter = ",";
        }
        for (_, values) in beside {
            text += parter;
            number(&mut text, F::from_f64(values[sample]));
        }
        text.push('\n');
    }
    text
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
        let text = csv(&header, &schema, Answer::Classes(2), &answers, &[("unknown", vec![0.0, 1.0])]);
        assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), ["\"a,b\",0.5,0.5,0", "c,1e-9,1,1"]);
    }

    #[test]
    fn quantities_are_named_after_their_targets() {
        let schema = Schema { targets: vec![Column::numeric("x"), Column::numeric("y")], ..Schema::default() };
        assert_eq!(header(&schema, Answer::Values(2), &[]), "prediction_x,prediction_y");
        assert_eq!(header(&Schema::default(), Answer::Values(1), &[]), "prediction");
    }
}
