//! A table in memory: named columns of numbers or of names, and for each row where it came from.

use super::array::Array;
use anyhow::{Error, anyhow};
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// The columns that were asked for, in the order in which they were asked for.
#[derive(Debug)]
pub(crate) struct Table {
    /// Where it came from, for messages: a path or the name of a bundled set.
    pub(crate) name: String,
    /// The columns, all of the same length.
    pub(crate) columns: Vec<Column>,
    /// Where each row is.
    pub(crate) origins: Origins,
}

/// Where each row of a table is in what it was read from.
#[derive(Debug)]
pub(crate) enum Origins {
    /// The line on which it starts, counted from 1.
    Lines(Vec<u64>),
    /// Its index, counted from 0 in the whole file.
    Rows(Range<usize>),
    /// A file of its own in a folder.
    Files(Arc<Vec<String>>),
}

/// One column.
#[derive(Debug)]
pub(crate) struct Column {
    /// Its name in the header.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) cells: Cells,
    expect: Expect,
    gaps: Gaps,
}

/// The cells of a column, one a row.
#[derive(Clone, Debug)]
pub(crate) enum Cells {
    /// Finite numbers.
    Numbers(Vec<f64>),
    /// Finite numbers that are still as their file stores them.
    Stored(Stored),
    /// Names, none of which is a number.
    Names(Names),
}

/// A column of an array.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) array: Arc<Array>,
    pub(crate) column: usize,
}

/// The code of a name that is missing.
pub(crate) const MISSING: u32 = u32::MAX;

/// Words for a cell that is missing, in small letters.
const WORDS_FOR_MISSING: [&str; 6] = ["", "nan", "na", "n/a", "null", "?"];

/// Names, each stored once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// The different names, in the order in which they came.
    pub(crate) names: Vec<String>,
    /// Which of them each cell is, or [`MISSING`].
    pub(crate) codes: Vec<u32>,
    index: HashMap<String, u32>,
}

/// Whether cells may be missing: empty, or one of the words that stand for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gaps {
    /// They may not.
    Refused,
    /// They may not, but the model would take them if it were asked to.
    Offered,
    /// The same of labels.
    LabelsOffered,
    /// They may.
    Taken,
}

/// What a column must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Numbers or names, as its first cell says.
    Either,
    /// Numbers.
    Numbers,
    /// Names; a number is a name as well.
    Names,
}

/// A column to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// Its place in the header.
    pub(crate) column: usize,
    /// What it must hold.
    pub(crate) expect: Expect,
    /// Whether cells may be missing.
    pub(crate) gaps: Gaps,
}

impl Table {
    /// An empty table with the columns of `header` that are `wanted`.
    pub(crate) fn new(name: String, header: &[String], wanted: &[Wanted]) -> Self {
        let column = |wanted: &Wanted| Column::new(header[wanted.column].clone(), wanted.expect, wanted.gaps);
        Self { name, columns: wanted.iter().map(column).collect(), origins: Origins::Lines(Vec::new()) }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        match &self.origins {
            Origins::Lines(lines) => lines.len(),
            Origins::Rows(rows) => rows.len(),
            Origins::Files(files) => files.len(),
        }
    }

    /// For each row, whether one of its cells in these columns is missing.
    pub(crate) fn gaps_in(&self, columns: &[Column]) -> Vec<bool> {
        let mut missing = vec![false; self.rows()];
        for column in columns {
            let mut see = |row: usize, is_missing: bool| missing[row] |= is_missing;
            match &column.cells {
                Cells::Names(names) => {
                    names.codes.iter().enumerate().for_each(|(row, &code)| see(row, code == MISSING));
                }
                numbers => {
                    numbers.numbers().iter().enumerate().for_each(|(row, number)| see(row, number.is_nan()));
                }
            }
        }
        missing
    }

    /// Something wrong with one cell, named with its line and column.
    pub(crate) fn problem(&self, row: usize, column: &str, what: impl std::fmt::Display) -> Error {
        anyhow!("{}, column {column}: {what}", self.row(row))
    }

    /// A row as a message names it.
    pub(crate) fn row(&self, row: usize) -> String {
        match &self.origins {
            Origins::Files(files) => Path::new(&self.name).join(&files[row]).display().to_string(),
            _ => format!("{}: {}", self.name, self.place(row)),
        }
    }

    /// Where in its data a row is: `line 5`, `cats/7.png`.
    pub(crate) fn place(&self, row: usize) -> String {
        match &self.origins {
            Origins::Lines(lines) => format!("line {}", lines[row]),
            Origins::Rows(rows) => format!("row {}", rows.start + row),
            Origins::Files(files) => files[row].clone(),
        }
    }
}

impl Cells {
    /// All its numbers; none of names.
    pub(crate) fn numbers(&self) -> Cow<'_, [f64]> {
        match self {
            Self::Numbers(numbers) => numbers.into(),
            Self::Stored(Stored { array, column }) => {
                let mut numbers = Vec::with_capacity(array.rows());
                array.each(*column, &(0..array.rows()).collect::<Vec<_>>(), |_, number| numbers.push(number));
                numbers.into()
            }
            Self::Names(_) => Cow::default(),
        }
    }

    /// For each row, which of the different cells it is, in the order in which they came; [`MISSING`] where it is.
    pub(crate) fn codes(&self) -> Cow<'_, [u32]> {
        if let Self::Names(names) = self {
            return Cow::Borrowed(&names.codes);
        }
        let mut different = HashMap::new();
        let code = |&number: &f64| {
            let next = different.len() as u32;
            // Zero has no sign here.
            if number.is_nan() { MISSING } else { *different.entry((number + 0.0).to_bits()).or_insert(next) }
        };
        self.numbers().iter().map(code).collect()
    }

    /// Hands over the numbers in these `rows`, each with its place among them; none of names.
    pub(crate) fn each_number(&self, rows: &[usize], mut take: impl FnMut(usize, f64)) {
        match self {
            Self::Numbers(numbers) => rows.iter().enumerate().for_each(|(place, &row)| take(place, numbers[row])),
            Self::Stored(Stored { array, column }) => array.each(*column, rows, take),
            Self::Names(_) => {}
        }
    }
}

impl Column {
    fn new(name: String, expect: Expect, gaps: Gaps) -> Self {
        let cells = if expect == Expect::Names { Cells::Names(Names::default()) } else { Cells::Numbers(Vec::new()) };
        Self { name, cells, expect, gaps }
    }

    /// Appends a cell, or says what is wrong with it.
    pub(crate) fn push(&mut self, cell: &str) -> Result<(), String> {
        let cell = cell.trim();
        let number = cell.parse::<f64>().ok();
        if self.gaps == Gaps::Taken && is_missing(cell) {
            match &mut self.cells {
                Cells::Names(names) => names.codes.push(MISSING),
                Cells::Numbers(numbers) => numbers.push(f64::NAN),
                Cells::Stored(_) => {}
            }
            return Ok(());
        }
        let way_out = if is_missing(cell) { self.gaps.way_out() } else { "" };
        if cell.is_empty() {
            return Err(format!("the cell is empty{way_out}"));
        }
        if number.is_some_and(|number| !number.is_finite()) {
            return Err(format!("not a finite number: {}{way_out}", quoted(cell)));
        }
        // The first cell that is not missing decides.
        if let (Cells::Numbers(numbers), None, Expect::Either) = (&self.cells, number, self.expect)
            && numbers.iter().all(|number| number.is_nan())
        {
            let codes = vec![MISSING; numbers.len()];
            self.cells = Cells::Names(Names { codes, ..Names::default() });
        }
        match (&mut self.cells, number) {
            (Cells::Numbers(numbers), Some(number)) => numbers.push(number),
            (Cells::Numbers(_) | Cells::Stored(_), _) => {
                return Err(format!("not a number: {}{way_out}", quoted(cell)));
            }
            (Cells::Names(_), Some(_)) if self.expect == Expect::Either => {
                return Err(format!("a number in a column of names: {}", quoted(cell)));
            }
            (Cells::Names(names), _) => names.push(cell),
        }
        Ok(())
    }
}

impl Gaps {
    /// What may be done about a missing cell, as the end of a message.
    pub(crate) fn way_out(self) -> &'static str {
        match self {
            Self::Offered => "; --set missing_values=true lets cells be missing",
            Self::LabelsOffered => "; --set missing_labels=true learns from such samples without their targets",
            Self::Refused | Self::Taken => "",
        }
    }
}

fn is_missing(cell: &str) -> bool {
    WORDS_FOR_MISSING.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

impl Names {
    pub(crate) fn push(&mut self, name: &str) {
        let code = self.index.get(name).copied().unwrap_or_else(|| {
            let code = self.names.len() as u32;
            self.names.push(name.to_owned());
            self.index.insert(name.to_owned(), code);
            code
        });
        self.codes.push(code);
    }
}

/// A cell as a message shows it: on one line, and not all of a long one.
pub(crate) fn quoted(cell: &str) -> String {
    const MOST: usize = 40;
    match cell.char_indices().nth(MOST) {
        Some((end, _)) => format!("{:?}...", &cell[..end]),
        None => format!("{cell:?}"),
    }
}

#[cfg(test)]
impl Wanted {
    /// So many columns of which nothing is known.
    pub(crate) fn first(count: usize) -> Vec<Self> {
        (0..count).map(|column| Self { column, expect: Expect::Either, gaps: Gaps::Refused }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(expect: Expect, cells: &[&str]) -> Result<Cells, String> {
        let mut column = Column::new("x".to_owned(), expect, Gaps::Refused);
        cells.iter().try_for_each(|cell| column.push(cell))?;
        Ok(column.cells)
    }

    #[test]
    fn the_first_cell_decides_what_a_column_holds() {
        assert!(matches!(column(Expect::Either, &["1", " -2.5e3 "]), Ok(Cells::Numbers(n)) if n == [1.0, -2500.0]));
        let Ok(Cells::Names(names)) = column(Expect::Either, &["b", "a", "b"]) else { panic!("names") };
        assert_eq!((names.names, names.codes), (vec!["b".to_owned(), "a".to_owned()], vec![0, 1, 0]));
        assert_eq!(column(Expect::Either, &["1", "n/a"]).unwrap_err(), "not a number: \"n/a\"");
        assert_eq!(column(Expect::Either, &["a", "1"]).unwrap_err(), "a number in a column of names: \"1\"");
    }

    #[test]
    fn what_is_missing_or_not_finite_is_refused_in_every_column() {
        for expect in [Expect::Either, Expect::Numbers, Expect::Names] {
            for cell in ["", "  ", "nan", "NaN", "inf", "-Infinity"] {
                assert!(column(expect, &[cell]).is_err(), "{cell:?}");
            }
        }
    }

    #[test]
    fn numbers_and_names_may_be_missing_where_that_is_allowed() {
        let filled = |cells: &[&str]| {
            let mut column = Column::new("x".to_owned(), Expect::Either, Gaps::Taken);
            cells.iter().try_for_each(|cell| column.push(cell)).unwrap();
            column
        };
        let mut column = filled(&["", "1", " NaN", "2", "n/a", "NA"]);
        let Cells::Numbers(numbers) = &column.cells else { panic!("numbers") };
        let there: Vec<Option<f64>> = numbers.iter().map(|&n| (!n.is_nan()).then_some(n)).collect();
        assert_eq!(there, [None, Some(1.0), None, Some(2.0), None, None]);
        assert!(column.push("inf").is_err() && column.push("red").is_err());
        let Cells::Names(names) = filled(&["?", "red", "", "blue", "red"]).cells else { panic!("names") };
        assert_eq!((names.names.len(), names.codes), (2, vec![MISSING, 0, MISSING, 1, 0]));
    }

    #[test]
    fn where_cells_could_be_missing_the_refusal_tells_how() {
        let mut column = Column::new("x".to_owned(), Expect::Either, Gaps::Offered);
        column.push("1").unwrap();
        for cell in ["", "nan", "NA"] {
            assert!(column.push(cell).unwrap_err().ends_with("; --set missing_values=true lets cells be missing"));
        }
        assert_eq!(column.push("red").unwrap_err(), "not a number: \"red\"");
    }

    #[test]
    fn numbers_have_codes_as_names_have() {
        for expect in [Expect::Numbers, Expect::Names] {
            assert_eq!(*column(expect, &["7", "0", "7", "2", "0"]).unwrap().codes(), [0, 1, 0, 2, 1], "{expect:?}");
        }
        assert_eq!(*Cells::Numbers(vec![0.0, f64::NAN, -0.0, 1.0]).codes(), [0, MISSING, 0, 1]);
    }

    #[test]
    fn a_long_cell_is_cut_and_stays_on_one_line() {
        assert_eq!(quoted("a\nb"), r#""a\nb""#);
        assert_eq!(quoted(&"瓜".repeat(50)), format!("\"{}\"...", "瓜".repeat(40)));
    }
}
