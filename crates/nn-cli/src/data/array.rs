//! An array of numbers as it stands in its file, and the two forms of such files: NumPy's `.npy`, and IDX as of MNIST.
//!
//! Its numbers stay bytes until a model takes them: 60,000 images of 784 bytes are 47 MB so, and would be 376 MB as
//! numbers of 64 bits.

use anyhow::{Result, anyhow, bail};
use nn_core::Image;

/// Samples along the first axis; the other axes, laid end to end with the last one fastest, are its columns.
#[derive(Debug)]
pub(crate) struct Array {
    bytes: Vec<u8>,
    /// Where its numbers begin.
    start: usize,
    number: Number,
    big_endian: bool,
    rows: usize,
    columns: usize,
    /// The lengths of all its axes.
    shape: Vec<usize>,
    /// Whether the first axis is the fastest, as in Fortran, and not the last.
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

/// Grey images of so many pixels with each pixel three times: as red, green and blue.
pub(crate) fn in_colour(bytes: &[u8], pixels: usize) -> Vec<u8> {
    bytes.chunks(pixels).flat_map(|image| [image; 3]).collect::<Vec<_>>().concat()
}

impl Array {
    /// The bytes of images, one image after another.
    ///
    /// # Errors
    /// Other bytes than there are in so many images.
    pub(crate) fn of_images(image: Image, count: usize, bytes: Vec<u8>) -> Result<Self> {
        Self::new(bytes, 0, Number::U8, false, vec![count, image.channels, image.rows, image.columns])
    }

    /// The same images in colour; `None` where they are not grey images of bytes.
    pub(crate) fn in_colour(&self) -> Option<Self> {
        let grey = self.image().filter(|image| image.channels == 1)?;
        if self.number != Number::U8 || self.by_column {
            return None;
        }
        let bytes = in_colour(&self.bytes[self.start..], grey.numbers());
        Self::of_images(Image { channels: 3, ..grey }, self.rows, bytes).ok()
    }

    /// An array of `shape` whose numbers are the rest of `bytes`.
    fn new(bytes: Vec<u8>, start: usize, number: Number, big_endian: bool, shape: Vec<usize>) -> Result<Self> {
        let columns = shape.iter().skip(1).try_fold(1_usize, |product, &axis| product.checked_mul(axis));
        let rows = shape.first().copied().unwrap_or(0);
        let needed = columns.and_then(|columns| columns.checked_mul(rows)?.checked_mul(number.width()));
        let got = bytes.len() - start;
        match (columns, needed) {
            // Without rows a shape may claim any number of columns.
            (_, Some(0)) => bail!("there are no numbers in it"),
            (Some(columns), Some(needed)) if needed == got => {
                Ok(Self { bytes, start, number, big_endian, rows, columns, shape, by_column: false })
            }
            (_, needed) => {
                let needed =
                    needed.map_or("more than there is memory for".to_owned(), |bytes| format!("{bytes} bytes"));
                bail!("the numbers of an array of {shape:?} take {needed}, but there are {got} bytes")
            }
        }
    }

    /// How many samples it has.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// How many numbers each of them has.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// How many axes it has.
    pub(crate) fn axes(&self) -> usize {
        self.shape.len()
    }

    /// The images that its samples are, if it has axes for their rows and columns.
    pub(crate) fn image(&self) -> Option<Image> {
        match *self.shape.as_slice() {
            [_, rows, columns] => Some(Image { channels: 1, rows, columns }),
            [_, channels, rows, columns] => Some(Image { channels, rows, columns }),
            _ => None,
        }
    }

    /// Whether its numbers may be infinite or none at all.
    pub(crate) fn is_of_floats(&self) -> bool {
        matches!(self.number, Number::F32 | Number::F64)
    }

    /// Whether all its numbers are numbers of 32 bits as well.
    pub(crate) fn fits_in_f32(&self) -> bool {
        matches!(self.number, Number::U8 | Number::I8 | Number::U16 | Number::I16 | Number::F32)
    }

    /// One number.
    pub(crate) fn get(&self, row: usize, column: usize) -> f64 {
        let mut number = 0.0;
        self.each(column, &[row], |_, got| number = got);
        number
    }

    /// Hands over the numbers of a column in these `rows`, each with its place among them.
    pub(crate) fn each(&self, column: usize, rows: &[usize], take: impl FnMut(usize, f64)) {
        match self.number {
            Number::U8 => self.decoded(column, rows, take, |[byte]| f64::from(byte)),
            Number::I8 => self.decoded(column, rows, take, |[byte]| f64::from(byte as i8)),
            Number::U16 => self.decoded(column, rows, take, |bytes| f64::from(u16::from_le_bytes(bytes))),
            Number::I16 => self.decoded(column, rows, take, |bytes| f64::from(i16::from_le_bytes(bytes))),
            Number::U32 => self.decoded(column, rows, take, |bytes| f64::from(u32::from_le_bytes(bytes))),
            Number::I32 => self.decoded(column, rows, take, |bytes| f64::from(i32::from_le_bytes(bytes))),
            Number::U64 => self.decoded(column, rows, take, |bytes| u64::from_le_bytes(bytes) as f64),
            Number::I64 => self.decoded(column, rows, take, |bytes| i64::from_le_bytes(bytes) as f64),
            Number::F32 => self.decoded(column, rows, take, |bytes| f64::from(f32::from_le_bytes(bytes))),
            Number::F64 => self.decoded(column, rows, take, f64::from_le_bytes),
        }
    }

    /// [`each`](Self::each) for numbers of `N` bytes, which are handed to `decode` little-endian.
    #[inline]
    fn decoded<const N: usize>(
        &self,
        column: usize,
        rows: &[usize],
        mut take: impl FnMut(usize, f64),
        decode: impl Fn([u8; N]) -> f64,
    ) {
        let numbers: &[[u8; N]] = self.bytes[self.start..].as_chunks().0;
        let (first, step) = match self.by_column {
            true => (self.rows * self.fortran_place(column), 1),
            false => (column, self.columns),
        };
        for (place, &row) in rows.iter().enumerate() {
            let mut bytes = numbers[first + row * step];
            if self.big_endian {
                bytes.reverse();
            }
            take(place, decode(bytes));
        }
    }

    /// Where the numbers of a column are where the earlier of its axes are the faster ones.
    fn fortran_place(&self, column: usize) -> usize {
        let (mut rest, mut weight, mut place) = (column, self.columns, 0);
        for &axis in self.shape[1..].iter().rev() {
            weight /= axis;
            place += rest % axis * weight;
            rest /= axis;
        }
        place
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
}

/// What every `.npy` begins with.
pub(crate) const NPY: &[u8] = b"\x93NUMPY";

/// Reads a `.npy`: the magic word, a version, the length of the header, a Python dictionary, the numbers.
pub(crate) fn npy(bytes: Vec<u8>) -> Result<Array> {
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
    if !(1..=4).contains(&shape.len()) {
        bail!(
            "expected an array of one or two axes (samples, columns), or of images (samples, rows, columns or samples, \
             channels, rows, columns), got {} axes",
            shape.len()
        );
    }
    let by_column = match value("fortran_order").ok_or_else(damaged)? {
        order if order.starts_with("True") => true,
        order if order.starts_with("False") => false,
        _ => return Err(damaged()),
    };
    let (start, big_endian) = (NPY.len() + before + length, descr.starts_with('>'));
    Ok(Array { by_column, ..Array::new(bytes, start, number, big_endian, shape)? })
}

/// Whether `bytes` begin as an IDX does: two zeros, the type of the numbers, the number of axes.
pub(crate) fn is_idx(bytes: &[u8]) -> bool {
    matches!(bytes, [0, 0, 0x08 | 0x09 | 0x0B..=0x0E, 1..=4, ..])
}

/// Reads an IDX: after the four bytes of [`is_idx`] the length of each axis, then the numbers, all big-endian.
pub(crate) fn idx(bytes: Vec<u8>) -> Result<Array> {
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
    let shape = lengths.as_chunks().0.iter().map(|&axis| u32::from_be_bytes(axis) as usize).collect();
    Array::new(bytes, start, number, true, shape)
}
