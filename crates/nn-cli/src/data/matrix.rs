//! Numbers in a binary file: NumPy's `.npy`, and the IDX files of MNIST.
//!
//! They have no header, so their columns are called `0`, `1`, ... in a `.npy`, as they are indexed there, and
//! `pixel0`, `pixel1`, ... and `label` in an IDX.

use super::csv::Wanted;
use super::table::Table;
use anyhow::{Result, anyhow, bail};
use nn_core::Image;

/// Arrays of the same number of rows, side by side.
#[derive(Debug)]
pub(crate) struct Matrix {
    name: String,
    header: Vec<String>,
    parts: Vec<Array>,
    /// Whether these are images without their labels, so that no column is one to learn unless the user says so.
    pub(super) lacks_labels: bool,
    /// The shape of its rows where they are images.
    pub(super) image: Option<Image>,
}

/// One array as it stands in its file.
#[derive(Debug)]
pub(crate) struct Array {
    bytes: Vec<u8>,
    /// Where its numbers begin.
    start: usize,
    number: Number,
    big_endian: bool,
    rows: usize,
    columns: usize,
    /// Whether the numbers of a column lie side by side, as in Fortran, and not those of a row.
    by_column: bool,
}

/// What a number is stored as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    U8,
    I8,
    U16,
    I16,
    U32,
    I32,
    U64,
    I64,
    F32,
    F64,
}

impl Matrix {
    /// The columns of a `.npy`.
    pub(crate) fn from_npy(name: String, bytes: Vec<u8>) -> Result<Self> {
        let array = npy(bytes).map_err(|e| e.context(name.clone()))?;
        let header = (0..array.columns).map(|column| column.to_string()).collect();
        Ok(Self { name, header, parts: vec![array], lacks_labels: false, image: None })
    }

    /// The columns of an IDX of images, and the labels that belong to them; or a file of labels alone.
    pub(crate) fn from_idx(name: String, bytes: Vec<u8>, labels: Option<(String, Vec<u8>)>) -> Result<Self> {
        let (images, shape) = idx(bytes).map_err(|e| e.context(name.clone()))?;
        let mut header: Vec<String> = (0..images.columns).map(|column| format!("pixel{column}")).collect();
        if shape.len() == 1 {
            header = vec!["label".to_owned()];
        }
        let mut parts = vec![images];
        if let Some((labels_name, bytes)) = labels {
            let (labels, _) = idx(bytes).map_err(|e| e.context(labels_name.clone()))?;
            if (labels.rows, labels.columns) != (parts[0].rows, 1) {
                bail!("{labels_name}: expected {} labels, got {} x {}", parts[0].rows, labels.rows, labels.columns);
            }
            parts.push(labels);
            header.push("label".to_owned());
        }
        let lacks_labels = shape.len() != 1 && parts.len() == 1;
        let image = match shape.as_slice() {
            [_, rows, columns] => Some(Image { channels: 1, rows: *rows, columns: *columns }),
            _ => None,
        };
        Ok(Self { name, header, parts, lacks_labels, image })
    }

    /// What messages call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The names of the columns.
    pub(crate) fn header(&self) -> &[String] {
        &self.header
    }

    /// Reads the columns that are `wanted`.
    ///
    /// # Errors
    /// A number that is not finite.
    pub(crate) fn read(&self, wanted: &[Wanted]) -> Result<Table> {
        let columns = wanted.iter().map(|w| (self.header[w.column].clone(), w.expect));
        let mut table = Table::new(self.name.clone(), columns);
        table.counts = "row";
        let rows = self.parts[0].rows;
        let places: Vec<(&Array, usize)> = wanted.iter().map(|w| self.place(w.column)).collect();
        for row in 0..rows {
            table.lines.push(row as u64);
            for (column, (array, place)) in table.columns.iter_mut().zip(&places) {
                column
                    .push_number(array.get(row, *place))
                    .map_err(|problem| anyhow!("{}: row {row}, column {}: {problem}", self.name, column.name))?;
            }
        }
        Ok(table)
    }

    /// The array that holds a column, and which of its columns it is.
    fn place(&self, column: usize) -> (&Array, usize) {
        match self.parts.as_slice() {
            [first, second, ..] if first.columns <= column => (second, column - first.columns),
            parts => (&parts[0], column),
        }
    }
}

impl Array {
    /// An array of `shape` whose numbers are the rest of `bytes`; axes after the first are laid end to end.
    fn new(bytes: Vec<u8>, start: usize, number: Number, big_endian: bool, shape: &[usize]) -> Result<Self> {
        let columns = shape.iter().skip(1).try_fold(1_usize, |product, &axis| product.checked_mul(axis));
        let rows = shape.first().copied().unwrap_or(0);
        let needed = columns.and_then(|columns| columns.checked_mul(rows)?.checked_mul(number.width()));
        let got = bytes.len() - start;
        match (columns, needed) {
            // Without rows a shape may claim any number of columns.
            (_, Some(0)) => bail!("there are no numbers in it"),
            (Some(columns), Some(needed)) if needed == got => {
                Ok(Self { bytes, start, number, big_endian, rows, columns, by_column: false })
            }
            (_, needed) => {
                let needed =
                    needed.map_or("more than there is memory for".to_owned(), |bytes| format!("{bytes} bytes"));
                bail!("the numbers of an array of {shape:?} take {needed}, but there are {got} bytes")
            }
        }
    }

    fn get(&self, row: usize, column: usize) -> f64 {
        let place = if self.by_column { column * self.rows + row } else { row * self.columns + column };
        let width = self.number.width();
        let stored = &self.bytes[self.start + place * width..][..width];
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(stored);
        if self.big_endian {
            bytes[..width].reverse();
        }
        self.number.decode(bytes)
    }
}

impl Number {
    fn width(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// The number in the first bytes, little-endian.
    fn decode(self, [a, b, c, d, e, f, g, h]: [u8; 8]) -> f64 {
        match self {
            Self::U8 => f64::from(a),
            Self::I8 => f64::from(a as i8),
            Self::U16 => f64::from(u16::from_le_bytes([a, b])),
            Self::I16 => f64::from(i16::from_le_bytes([a, b])),
            Self::U32 => f64::from(u32::from_le_bytes([a, b, c, d])),
            Self::I32 => f64::from(i32::from_le_bytes([a, b, c, d])),
            Self::F32 => f64::from(f32::from_le_bytes([a, b, c, d])),
            Self::U64 => u64::from_le_bytes([a, b, c, d, e, f, g, h]) as f64,
            Self::I64 => i64::from_le_bytes([a, b, c, d, e, f, g, h]) as f64,
            Self::F64 => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
        }
    }
}

/// What every `.npy` begins with.
pub(crate) const NPY: &[u8] = b"\x93NUMPY";

/// Reads a `.npy`: the magic word, a version, the length of the header, a Python dictionary, the numbers.
fn npy(bytes: Vec<u8>) -> Result<Array> {
    let damaged = || anyhow!("the header of the .npy is damaged");
    let rest = bytes.strip_prefix(NPY).ok_or_else(damaged)?;
    let (length, before) = match *rest {
        [1, _, a, b, ..] => (usize::from(u16::from_le_bytes([a, b])), 4),
        [2 | 3, _, a, b, c, d, ..] => (u32::from_le_bytes([a, b, c, d]) as usize, 6),
        _ => return Err(damaged()),
    };
    let header = rest.get(before..).and_then(|rest| rest.get(..length)).ok_or_else(damaged)?;
    let header = str::from_utf8(header).map_err(|_| damaged())?;
    let value = |key: &str| header.split_once(&format!("'{key}':")).map(|(_, rest)| rest.trim_start());

    let descr = value("descr").ok_or_else(damaged)?;
    let descr = descr.strip_prefix('\'').and_then(|rest| rest.split_once('\''));
    let (descr, _) = descr.ok_or_else(|| anyhow!("expected an array of numbers, got one of records"))?;
    let number = match descr.strip_prefix(['<', '>', '|', '=']).unwrap_or(descr) {
        "u1" | "b1" => Number::U8,
        "i1" => Number::I8,
        "u2" => Number::U16,
        "i2" => Number::I16,
        "u4" => Number::U32,
        "i4" => Number::I32,
        "u8" => Number::U64,
        "i8" => Number::I64,
        "f4" => Number::F32,
        "f8" => Number::F64,
        _ => bail!("expected an array of numbers, got one of dtype {descr}"),
    };
    let shape = value("shape").and_then(|rest| rest.strip_prefix('(')?.split_once(')')).ok_or_else(damaged)?.0;
    let axes = shape.split(',').map(str::trim).filter(|axis| !axis.is_empty());
    let shape = axes.map(|axis| axis.parse().map_err(|_| damaged())).collect::<Result<Vec<usize>>>()?;
    if shape.is_empty() || 2 < shape.len() {
        bail!("expected an array of one or two axes (samples, columns), got {}", shape.len());
    }
    let by_column = match value("fortran_order").ok_or_else(damaged)? {
        order if order.starts_with("True") => true,
        order if order.starts_with("False") => false,
        _ => return Err(damaged()),
    };
    let (start, big_endian) = (NPY.len() + before + length, descr.starts_with('>'));
    Ok(Array { by_column, ..Array::new(bytes, start, number, big_endian, &shape)? })
}

/// Whether `bytes` begin as an IDX does: two zeros, the type of the numbers, the number of axes.
pub(crate) fn is_idx(bytes: &[u8]) -> bool {
    matches!(bytes, [0, 0, 0x08 | 0x09 | 0x0B..=0x0E, 1..=4, ..])
}

/// Reads an IDX: after the four bytes of [`is_idx`] the length of each axis, then the numbers, all big-endian.
/// Gives the lengths of the axes too.
fn idx(bytes: Vec<u8>) -> Result<(Array, Vec<usize>)> {
    if !is_idx(&bytes) {
        bail!("not an IDX file");
    }
    let number = match bytes[2] {
        0x08 => Number::U8,
        0x09 => Number::I8,
        0x0B => Number::I16,
        0x0C => Number::I32,
        0x0D => Number::F32,
        _ => Number::F64,
    };
    let axes = usize::from(bytes[3]);
    let start = 4 + 4 * axes;
    let lengths = bytes.get(4..start).ok_or_else(|| anyhow!("the header of the IDX is not whole"))?;
    let shape: Vec<usize> = lengths.as_chunks().0.iter().map(|&axis| u32::from_be_bytes(axis) as usize).collect();
    Ok((Array::new(bytes, start, number, true, &shape)?, shape))
}

#[cfg(test)]
mod tests {
    use super::super::table::{Cells, Expect};
    use super::*;

    fn npy_of(descr: &str, fortran: &str, shape: &str, numbers: &[u8]) -> Result<Vec<Vec<f64>>> {
        let header = format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
        let mut bytes = [NPY, &[1, 0], &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
        bytes.extend_from_slice(numbers);
        columns(&Matrix::from_npy("t".to_owned(), bytes)?)
    }

    fn columns(matrix: &Matrix) -> Result<Vec<Vec<f64>>> {
        let wanted = (0..matrix.header().len()).map(|column| Wanted { column, expect: Expect::Either });
        let table = matrix.read(&wanted.collect::<Vec<_>>())?;
        let numbers = table.columns.into_iter().map(|column| match column.cells {
            Cells::Numbers(numbers) => numbers,
            Cells::Names(_) => panic!("numbers"),
        });
        Ok(numbers.collect())
    }

    #[test]
    fn arrays_of_either_order_and_either_end_are_read() {
        let expected = [vec![1.0, 3.0], vec![2.0, 4.0]];
        assert_eq!(npy_of("'|u1'", "False", "(2, 2)", &[1, 2, 3, 4]).unwrap(), expected);
        assert_eq!(npy_of("'|u1'", "True", "(2, 2)", &[1, 3, 2, 4]).unwrap(), expected);
        assert_eq!(npy_of("'>i2'", "False", "(2, 1)", &[0, 1, 255, 254]).unwrap(), [vec![1.0, -2.0]]);
        assert_eq!(npy_of("'<f4'", "False", "(1,)", &1.5_f32.to_le_bytes()).unwrap(), [vec![1.5]]);
        assert_eq!(npy_of("'<i8'", "False", "(1,)", &(-7_i64).to_le_bytes()).unwrap(), [vec![-7.0]]);
    }

    #[test]
    fn arrays_that_are_no_table_of_numbers_are_refused() {
        let message = |descr: &str, shape: &str, numbers: &[u8]| {
            format!("{:#}", npy_of(descr, "False", shape, numbers).unwrap_err())
        };
        assert_eq!(message("'<f8'", "(1,)", &f64::NAN.to_le_bytes()), "t: row 0, column 0: not a finite number: NaN");
        assert_eq!(message("'|O'", "(1,)", &[0]), "t: expected an array of numbers, got one of dtype |O");
        assert!(message("[('a', '<f8')]", "(1,)", &[0; 8]).contains("records"));
        assert!(message("'|u1'", "(2, 2)", &[1, 2, 3]).contains("take 4 bytes, but there are 3"));
        assert!(message("'|u1'", "(18446744073709551615, 2)", &[1]).contains("more than there is memory for"));
        assert!(message("'|u1'", "(1, 1, 1)", &[1]).contains("got 3"));
        assert!(message("'|u1'", "(0, 3)", &[]).contains("no numbers"));
        assert!(message("'|u1'", "(x)", &[]).contains("damaged"));
        assert!(Matrix::from_npy("t".to_owned(), NPY.to_vec()).is_err());
    }

    #[test]
    fn images_and_their_labels_stand_side_by_side() {
        let images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 20, 30, 40].to_vec();
        let labels = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9].to_vec();
        let matrix = Matrix::from_idx("i".to_owned(), images.clone(), Some(("l".to_owned(), labels))).unwrap();
        assert_eq!(matrix.header(), ["pixel0", "pixel1", "label"]);
        assert_eq!(columns(&matrix).unwrap(), [vec![10.0, 30.0], vec![20.0, 40.0], vec![7.0, 9.0]]);
        let few = [0, 0, 8, 1, 0, 0, 0, 1, 7].to_vec();
        let error = Matrix::from_idx("i".to_owned(), images.clone(), Some(("l".to_owned(), few))).unwrap_err();
        assert_eq!(error.to_string(), "l: expected 2 labels, got 1 x 1");
        let error = Matrix::from_idx("i".to_owned(), images[..19].to_vec(), None).unwrap_err();
        assert!(format!("{error:#}").starts_with("i: the numbers of an array of [2, 1, 2] take 4 bytes"), "{error:#}");
    }
}
