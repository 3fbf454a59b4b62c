//! The tables that are fetched, since their terms do not let them come along.

use anyhow::{Context, Result, bail};
use nalgebra::DMatrix;
use std::path::{Path, PathBuf};

/// A table of samples with a class each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableSet {
    /// 8,124 mushrooms in 125 numbers of 0 or 1, edible or poisonous: `fann_mushroom/train.csv` and `test.csv`, with a line of
    /// names, the last two columns a class each. UCI's mushrooms as FANN codes them.
    Mushrooms,
    /// 20,000 letters in 16 numbers from 0 to 15: `letter/letter.dat`, the letter behind its numbers; lines that begin with `@`
    /// are passed over. UCI's letter recognition (Frey, Slate 1991) as KEEL writes it.
    Letters,
}

impl TableSet {
    /// The folder of the set below that of all data, and its files.
    fn files(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Mushrooms => ("fann_mushroom", &["train.csv", "test.csv"]),
            Self::Letters => ("letter", &["letter.dat"]),
        }
    }

    /// Reads the set from where it lies below `data`; `None` where it is absent.
    ///
    /// # Errors
    /// Where one of its files cannot be read, or a line is none of its kind.
    pub fn read(self, data: &Path) -> Result<Option<Table>> {
        let (folder, files) = self.files();
        let paths: Vec<PathBuf> = files.iter().map(|file| data.join(folder).join(file)).collect();
        if !paths[0].exists() {
            return Ok(None);
        }
        let mut table = Table { x: DMatrix::zeros(0, 0), labels: Vec::new() };
        let (mut x, mut features) = (Vec::new(), 0);
        for (path, file) in paths.iter().zip(files) {
            let text = std::fs::read_to_string(path).with_context(|| format!("{folder}: cannot read {file}"))?;
            let lines = text.lines().enumerate().skip(usize::from(self == Self::Mushrooms));
            for (line, text) in lines.filter(|(_, text)| !text.starts_with('@') && !text.trim().is_empty()) {
                let (own, label) = self.sample(text).with_context(|| format!("{folder}, {file}, line {}", line + 1))?;
                if features != 0 && features != own.len() {
                    bail!("{folder}, {file}, line {}: {} numbers, not {features}", line + 1, own.len());
                }
                features = own.len();
                x.extend(own);
                table.labels.push(label);
            }
        }
        if table.labels.is_empty() {
            bail!("{folder}: there are no samples");
        }
        table.x = DMatrix::from_vec(features, table.labels.len(), x);
        Ok(Some(table))
    }

    /// The numbers of a line, and its class.
    fn sample(self, line: &str) -> Result<(Vec<f64>, u32)> {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let numbers = |cells: &[&str]| -> Result<Vec<f64>> {
            cells.iter().map(|cell| cell.parse().with_context(|| format!("not a number: {cell:?}"))).collect()
        };
        match (self, cells.as_slice()) {
            (Self::Mushrooms, [x @ .., first, second]) if !x.is_empty() => match (*first, *second) {
                ("1", "0") => Ok((numbers(x)?, 0)),
                ("0", "1") => Ok((numbers(x)?, 1)),
                _ => bail!("not a class: {first}, {second}"),
            },
            (Self::Letters, [x @ .., letter]) if !x.is_empty() => match letter.as_bytes() {
                [letter @ b'A'..=b'Z'] => Ok((numbers(x)?, u32::from(letter - b'A'))),
                _ => bail!("not a letter: {letter:?}"),
            },
            _ => bail!("{} cells are too few", cells.len()),
        }
    }
}

/// A table in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Features × samples, as they stand in the file.
    pub x: DMatrix<f64>,
    /// The class of each sample, from 0.
    pub labels: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::tests::in_folder;
    use std::fs;

    /// What is read from a folder of this `name` with these files.
    fn read(name: &str, set: TableSet, files: &[(&str, &str)]) -> Result<Option<Table>> {
        in_folder(name, |folder| {
            for (name, text) in files {
                fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
                fs::write(folder.join(name), text).unwrap();
            }
            set.read(folder)
        })
    }

    #[test]
    fn a_table_is_numbers_and_a_class_a_line() {
        let header = "a,b,out1,out2\n";
        let train = format!("{header}0,1,0,1\n1,1,1,0\n");
        let test = format!("{header}1,0,0,1\n");
        let files = [("fann_mushroom/train.csv", &*train), ("fann_mushroom/test.csv", &*test)];
        let table = read("numbers", TableSet::Mushrooms, &files).unwrap().unwrap();
        assert_eq!(table.x, DMatrix::from_column_slice(2, 3, &[0.0, 1.0, 1.0, 1.0, 1.0, 0.0]));
        assert_eq!(table.labels, [1, 0, 1]);
        let letters =
            read("letters", TableSet::Letters, &[("letter/letter.dat", "@data\n2, 8, Z\n5,0,A\n")]).unwrap().unwrap();
        assert_eq!((letters.x.as_slice(), letters.labels.as_slice()), (&[2.0, 8.0, 5.0, 0.0][..], &[25, 0][..]));
        assert!(read("no-table", TableSet::Letters, &[]).unwrap().is_none());
    }

    #[test]
    fn a_line_that_is_no_sample_is_named() {
        let told =
            |text| format!("{:#}", read("no-letters", TableSet::Letters, &[("letter/letter.dat", text)]).unwrap_err());
        assert_eq!(told("1,2,A\n1,x,B\n"), "letter, letter.dat, line 2: not a number: \"x\": invalid float literal");
        assert_eq!(told("1,2,A\n1,B\n"), "letter, letter.dat, line 2: 1 numbers, not 2");
        assert_eq!(told("1,2,AB\n"), "letter, letter.dat, line 1: not a letter: \"AB\"");
        assert_eq!(told("@nothing\n"), "letter: there are no samples");
    }
}
