//! A table in memory: named columns of numbers or of names, and for each row where it came from.

use super::array::Array;
use anyhow::{Error, anyhow};
use std::borrow::Cow;
use std::collections::HashMap;
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
    /// Its index, of so many.
    Rows(usize),
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
    /// Whether numbers may be missing.
    gaps: bool,
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

/// Names, each stored once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// The different names, in the order in which they came.
    pub(crate) names: Vec<String>,
    /// Which of them each cell is.
    pub(crate) codes: Vec<u32>,
    index: HashMap<String, u32>,
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

impl Table {
    /// An empty table with these columns.
    pub(crate) fn new(name: String, columns: impl Iterator<Item = (String, Expect, bool)>) -> Self {
        let columns = columns.map(|(name, expect, gaps)| Column::new(name, expect, gaps)).collect();
        Self { name, columns, origins: Origins::Lines(Vec::new()) }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        match &self.origins {
            Origins::Lines(lines) => lines.len(),
            Origins::Rows(rows) => *rows,
            Origins::Files(files) => files.len(),
        }
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
            Origins::Rows(_) => format!("row {row}"),
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
    fn new(name: String, expect: Expect, gaps: bool) -> Self {
        let cells = if expect == Expect::Names { Cells::Names(Names::default()) } else { Cells::Numbers(Vec::new()) };
        Self { name, cells, expect, gaps }
    }

    /// Appends a cell, or says what is wrong with it.
    pub(crate) fn push(&mut self, cell: &str) -> Result<(), String> {
        let cell = cell.trim();
        let number = cell.parse::<f64>().ok();
        if let Cells::Numbers(numbers) = &mut self.cells
            && self.gaps
            && (cell.is_empty() || number.is_some_and(f64::is_nan))
        {
            numbers.push(f64::NAN);
            return Ok(());
        }
        if cell.is_empty() {
            return Err("the cell is empty".to_owned());
        }
        if number.is_some_and(|number| !number.is_finite()) {
            return Err(format!("not a finite number: {}", quoted(cell)));
        }
        // The first cell decides.
        if let (Cells::Numbers(numbers), None, Expect::Either) = (&self.cells, number, self.expect)
            && numbers.is_empty()
        {
            self.cells = Cells::Names(Names::default());
        }
        match (&mut self.cells, number) {
            (Cells::Numbers(numbers), Some(number)) => numbers.push(number),
            (Cells::Numbers(_) | Cells::Stored(_), _) => return Err(format!("not a number: {}", quoted(cell))),
            (Cells::Names(_), Some(_)) if self.expect == Expect::Either => {
                return Err(format!("a number in a column of names: {}", quoted(cell)));
            }
            (Cells::Names(names), _) => names.push(cell),
        }
        Ok(())
    }
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
mod tests {
    use super::*;

    fn column(expect: Expect, cells: &[&str]) -> Result<Cells, String> {
        let mut column = Column::new("x".to_owned(), expect, false);
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
    fn numbers_may_be_missing_where_that_is_allowed_and_names_may_not() {
        let mut column = Column::new("x".to_owned(), Expect::Either, true);
        ["", "1", " NaN", "2"].iter().try_for_each(|cell| column.push(cell)).unwrap();
        let Cells::Numbers(numbers) = &column.cells else { panic!("numbers") };
        assert_eq!((numbers[0].is_nan(), numbers[1], numbers[2].is_nan(), numbers[3]), (true, 1.0, true, 2.0));
        assert!(column.push("inf").is_err() && column.push("n/a").is_err());
        let mut names = Column::new("x".to_owned(), Expect::Either, true);
        names.push("red").unwrap();
        assert_eq!(names.push("").unwrap_err(), "the cell is empty");
    }

    #[test]
    fn a_long_cell_is_cut_and_stays_on_one_line() {
        assert_eq!(quoted("a\nb"), r#""a\nb""#);
        assert_eq!(quoted(&"瓜".repeat(50)), format!("\"{}\"...", "瓜".repeat(40)));
    }
}
