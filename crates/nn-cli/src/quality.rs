//! How answers stand beside the truth, for a reader: what single measures do not show.

use crate::output::{self, number, on_one_line, shortened, strong};
use nn_core::metrics::{self, Confusion, largest};
use nn_core::nalgebra::DMatrix;
use nn_core::{Answer, Dataset, Measures, Result, Scalar, Schema, Target};

/// A matrix of more classes is wider than a terminal; then the most frequent mistakes are listed.
const WIDEST: usize = 12;
/// How many of these mistakes.
const MOST_MISTAKES: usize = 10;
/// A longer name is cut.
const LONGEST_NAME: usize = 20;

/// The measures that follow from the answers alone, after those the model has told itself, and a table of the classes or of
/// the outputs.
///
/// # Errors
/// Those of the metrics.
pub(crate) fn tables<F: Scalar>(
    schema: &Schema,
    answer: Answer,
    answers: &DMatrix<F>,
    data: &Dataset<'_, F>,
    mut told: Measures,
) -> Result<String> {
    let table = match (data.target(), answer) {
        (Target::Labels { labels, classes }, Answer::Classes(rows) | Answer::Scores(rows)) if rows == classes => {
            let predicted: Vec<u32> = answers.as_slice().chunks(classes).map(largest).collect();
            let confusion = Confusion::new::<F>(&predicted, labels, classes, None)?;
            told = told.with("balanced_accuracy", confusion.balanced_accuracy()).with("macro_f1", confusion.macro_f1());
            let area = metrics::roc_auc_of_classes(answers.as_slice(), labels, classes, None)?;
            if let Some(area) = area {
                told = told.with("roc_auc", area);
            }
            if let Answer::Classes(_) = answer {
                told = told.with("log_loss", metrics::log_loss(answers.as_slice(), labels, classes, None)?);
            }
            let names: Vec<String> = (0..classes).map(|class| fitting(&schema.class_name(class))).collect();
            by_class(&names, &confusion) + "\n" + &mistakes(&names, &confusion)
        }
        (Target::Values { values, outputs }, Answer::Values(rows)) if rows == outputs => {
            told = told.with("mae", metrics::mae(answers.as_slice(), values, outputs, None));
            if outputs == 1 { String::new() } else { by_output(schema, answers.as_slice(), values, outputs) }
        }
        _ => String::new(),
    };
    let gap = if table.is_empty() { "" } else { "\n" };
    Ok(output::measures(&[("value", &told)]) + gap + &table)
}

/// Precision, recall, F1 and number of samples of each class.
fn by_class(names: &[String], confusion: &Confusion) -> String {
    let rows = (0..names.len()).map(|class| {
        let shares = [confusion.precision(class), confusion.recall(class), confusion.f1(class)].map(number);
        [&shares[..], &[confusion.support(class).to_string()]].concat()
    });
    table("class", &["precision", "recall", "f1", "samples"].map(str::to_owned), names, rows)
}

/// The confusion matrix, or of many classes the most frequent mistakes.
fn mistakes(names: &[String], confusion: &Confusion) -> String {
    let classes = names.len();
    if classes <= WIDEST {
        let rows = (0..classes)
            .map(|label| (0..classes).map(|answer| format!("{}", confusion.count(label, answer))).collect());
        return "confusion: rows are the truth, columns the answers\n".to_owned() + &table("", names, names, rows);
    }
    let wrong = confusion.mistakes();
    if wrong.is_empty() {
        return "no sample was taken for another class\n".to_owned();
    }
    let lines = wrong
        .iter()
        .take(MOST_MISTAKES)
        .map(|&(label, answer, count)| format!("  {} for {}: {count}\n", names[answer], names[label]));
    "most frequent mistakes, the answer before the truth\n".to_owned() + &lines.collect::<String>()
}

/// The errors of each output.
fn by_output<F: Scalar>(schema: &Schema, answers: &[F], values: &[F], outputs: usize) -> String {
    let names: Vec<String> = (0..outputs).map(|output| fitting(&schema.target_name(output))).collect();
    let rows = (0..outputs).map(|output| {
        let of = |all: &[F]| all.iter().skip(output).step_by(outputs).copied().collect::<Vec<F>>();
        let (answers, values) = (of(answers), of(values));
        [metrics::rmse::<F>, metrics::mae::<F>, metrics::r2::<F>]
            .map(|measure| number(measure(&answers, &values, 1, None)))
            .to_vec()
    });
    table("output", &["rmse", "mae", "r2"].map(str::to_owned), &names, rows)
}

/// A table with a name before each row, its numbers to the right.
fn table(corner: &str, heads: &[String], names: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let rows: Vec<Vec<String>> = rows.collect();
    let length = |text: &String| text.chars().count();
    let first = names.iter().map(length).max().unwrap_or(0).max(corner.len());
    let cells = rows.iter().flatten().chain(heads).map(length).max().unwrap_or(0);
    let mut text = strong(&format!("{corner:first$}"));
    text.extend(heads.iter().map(|head| strong(&format!("  {head:>cells$}"))));
    text.push('\n');
    for (name, row) in names.iter().zip(&rows) {
        text += &format!("{name:first$}");
        text.extend(row.iter().map(|cell| format!("  {cell:>cells$}")));
        text.push('\n');
    }
    text
}

/// A name that fits a table.
fn fitting(name: &str) -> String {
    shortened(&on_one_line(name), LONGEST_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::Column;

    fn lines(text: &str) -> Vec<Vec<&str>> {
        text.lines().map(|line| line.split_whitespace().collect()).collect()
    }

    #[test]
    fn classes_have_their_rows_and_their_mistakes() {
        let answers = DMatrix::from_column_slice(2, 4, &[0.75, 0.25, 0.25, 0.75, 0.25, 0.75, 1.0, 0.0]);
        let (x, labels) = ([0.0; 4], [0, 0, 1, 0]);
        let data = Dataset::from_slice(1, &x).labels(&labels);
        let classes = Column::categorical("kind", vec!["a long\nname of twenty".to_owned(), "b".to_owned()]);
        let schema = Schema { targets: vec![classes], ..Schema::default() };
        let text =
            tables(&schema, Answer::Classes(2), &answers, &data, Measures::new().with("accuracy", 0.75)).unwrap();
        let lines = lines(&text);
        assert_eq!(lines[1..3], [["accuracy", "0.7500"], ["balanced_accuracy", "0.8333"]]);
        assert!(text.contains("roc_auc") && text.contains("log_loss"));
        assert!(lines.contains(&vec!["a", "long", "name", "of", "twen…", "1.0000", "0.6667", "0.8000", "3"]), "{text}");
        assert!(lines.contains(&vec!["b", "0.5000", "1.0000", "0.6667", "1"]), "{text}");
        assert!(lines.contains(&vec!["a", "long", "name", "of", "twen…", "2", "1"]), "{text}");
    }

    #[test]
    fn of_many_classes_the_most_frequent_mistakes_are_listed() {
        let names: Vec<String> = (0..30).map(|class| class.to_string()).collect();
        let confusion = Confusion::new::<f32>(&[1, 1, 4, 5], &[3, 3, 4, 6], 30, None).unwrap();
        let text = mistakes(&names, &confusion);
        assert_eq!(text.lines().skip(1).collect::<Vec<_>>(), ["  1 for 3: 2", "  5 for 6: 1"]);
    }

    #[test]
    fn each_of_several_outputs_has_its_errors() {
        let answers = DMatrix::from_column_slice(2, 2, &[1.0, 2.0, 3.0, 4.0]);
        let (x, values) = ([0.0, 1.0], [1.0, 2.0, 3.0, 8.0]);
        let data = Dataset::from_slice(1, &x).values_from_slice(2, &values);
        let text =
            tables(&Schema::default(), Answer::Values(2), &answers, &data, Measures::new().with("rmse", 2.0)).unwrap();
        assert!(lines(&text).contains(&vec!["mae", "1.0000"]), "{text}");
        assert!(lines(&text).contains(&vec!["1", "2.8284", "2", "0.1111"]), "{text}");
    }
}
