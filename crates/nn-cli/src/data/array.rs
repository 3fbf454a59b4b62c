//! An array of numbers as it stands in its file, and the two forms of such files: NumPy's `.npy`, and IDX as of MNIST.
//!
//! Whole files and parts of them are the same here: a header tells a [`Layout`], and the bytes of so many rows are an [`Array`].
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
    layout: Layout,
    rows: usize,
    columns: usize,
}

/// How numbers are stored, as a header tells it.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    number: Number,
    big_endian: bool,
    /// The lengths of all axes.
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
        let shape = vec![count, image.channels, image.rows, image.columns];
        Self::new(bytes, 0, Layout { number: Number::U8, big_endian: false, shape, by_column: false })
    }

    /// The same images in colour; `None` where they are not grey images of bytes.
    pub(crate) fn in_colour(&self) -> Option<Self> {
        let grey = self.layout.image().filter(|image| image.channels == 1)?;
        if self.layout.number != Number::U8 || self.layout.by_column {
            return None;
        }
        let bytes = in_colour(&self.bytes[self.start..], grey.numbers());
        Self::of_images(Image { channels: 3, ..grey }, self.rows, bytes).ok()
    }

    /// So many whole rows of what a file of this `layout` holds.
    pub(super) fn part(layout: &Layout, rows: usize, bytes: Vec<u8>) -> Result<Self> {
        Self::new(bytes, 0, Layout { shape: [&[rows], &layout.shape[1..]].concat(), ..layout.clone() })
    }

    /// The bytes that such a part was made of.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// An array whose numbers are the rest of `bytes`.
    pub(super) fn new(bytes: Vec<u8>, start: usize, layout: Layout) -> Result<Self> {
        let (rows, bytes_of_row) = layout.check()?;
        if rows.checked_mul(bytes_of_row) != Some(bytes.len() - start) {
            return Err(layout.wrong_size(bytes.len() - start));
        }
        let columns = bytes_of_row / layout.number.width();
        Ok(Self { bytes, start, layout, rows, columns })
    }

    /// How many samples it has.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// How many numbers each of them has.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// How its numbers are stored.
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Whether its numbers may be infinite or none at all.
    pub(crate) fn is_of_floats(&self) -> bool {
        matches!(self.layout.number, Number::F32 | Number::F64)
    }

    /// Whether all its numbers are numbers of 32 bits as well.
    pub(crate) fn fits_in_f32(&self) -> bool {
        matches!(self.layout.number, Number::U8 | Number::I8 | Number::U16 | Number::I16 | Number::F32)
    }

    /// One number.
    pub(crate) fn get(&self, row: usize, column: usize) -> f64 {
        let mut number = 0.0;
        self.each(column, &[row], |_, got| number = got);
        number
    }

    /// Hands over the numbers of a column in these `rows`, each with its place among them.
    pub(crate) fn each(&self, column: usize, rows: &[usize], take: impl FnMut(usize, f64)) {
        match self.layout.number {
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
        let (first, step) = match self.layout.by_column {
            true => (self.rows * self.fortran_place(column), 1),
            false => (column, self.columns),
        };
        for (place, &row) in rows.iter().enumerate() {
            let mut bytes = numbers[first + row * step];
            if self.layout.big_endian {
                bytes.reverse();
            }
            take(place, decode(bytes));
        }
    }

    /// Where the numbers of a column are where the earlier of its axes are the faster ones.
    fn fortran_place(&self, column: usize) -> usize {
        let (mut rest, mut weight, mut place) = (column, self.columns, 0);
        for &axis in self.layout.shape[1..].iter().rev() {
            weight /= axis;
            place += rest % axis * weight;
            rest /= axis;
        }
        place
    }
}

impl Layout {
    /// How many rows there are, and how many bytes each takes.
    ///
    /// # Errors
    /// There are none, or more than can be counted.
    pub(super) fn check(&self) -> Result<(usize, usize)> {
        let rows = self.shape.first().copied().unwrap_or(0);
        let product = |axes: &[usize]| axes.iter().try_fold(self.number.width(), |all, &axis| all.checked_mul(axis));
        match (product(&self.shape), product(self.shape.get(1..).unwrap_or_default())) {
            (Some(0), _) => bail!("there are no numbers in it"),
            (Some(_), Some(bytes_of_row)) => Ok((rows, bytes_of_row)),
            _ => bail!("the numbers of an array of {:?} take more than there is memory for", self.shape),
        }
    }

    /// Its numbers are other than `got` bytes.
    pub(super) fn wrong_size(&self, got: usize) -> anyhow::Error {
        anyhow!("{}, but there are {got} bytes", self.size())
    }

    /// How many bytes its numbers take, in words.
    pub(super) fn size(&self) -> String {
        let bytes = self.shape.iter().product::<usize>() * self.number.width();
        format!("the numbers of an array of {:?} take {bytes} bytes", self.shape)
    }

    /// How many rows there are, and how many numbers in each.
    pub(super) fn sizes(&self) -> [usize; 2] {
        [self.shape.first().copied().unwrap_or(0), self.shape.iter().skip(1).product()]
    }

    /// How many axes there are.
    pub(super) fn axes(&self) -> usize {
        self.shape.len()
    }

    /// The images that the rows are, if there are axes for their rows and columns.
    pub(crate) fn image(&self) -> Option<Image> {
        match *self.shape.as_slice() {
            [_, rows, columns] => Some(Image { channels: 1, rows, columns }),
            [_, channels, rows, columns] => Some(Image { channels, rows, columns }),
            _ => None,
        }
    }

    /// Whether the numbers of a row are far from one another, so that no row is there before all columns are.
    pub(super) fn is_by_column(&self) -> bool {
        let (_, columns) = self.shape.split_first().unwrap_or((&0, &[]));
        self.by_column && columns.iter().any(|&axis| axis != 1)
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

/// How many bytes of an IDX tell how many there are of its header.
pub(super) const IDX: usize = 4;

/// Where the header of a `.npy` ends that begins so: behind the magic word, a version, the length of the rest, and that rest.
pub(super) fn end_of_npy(bytes: &[u8]) -> Result<[usize; 2]> {
    let before = NPY.len();
    match bytes.strip_prefix(NPY) {
        Some(&[1, _, a, b, ..]) => Ok([before + 4, before + 4 + usize::from(u16::from_le_bytes([a, b]))]),
        Some(&[2 | 3, _, a, b, c, d, ..]) => {
            Ok([before + 6, (before + 6).saturating_add(u32::from_le_bytes([a, b, c, d]) as usize)])
        }
        _ => Err(damaged()),
    }
}

fn damaged() -> anyhow::Error {
    anyhow!("the header of the .npy is damaged")
}

/// Reads the header of a `.npy`, a Python dictionary; tells where it ends, too.
pub(super) fn npy(bytes: &[u8]) -> Result<(Layout, usize)> {
    let [start, end] = end_of_npy(bytes)?;
    let header = bytes.get(start..end).ok_or_else(damaged)?;
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
    Ok((Layout { number, big_endian: descr.starts_with('>'), shape, by_column }, end))
}

/// Whether `bytes` begin as an IDX does: two zeros, the type of the numbers, the number of axes.
pub(crate) fn is_idx(bytes: &[u8]) -> bool {
    matches!(bytes, [0, 0, 0x08 | 0x09 | 0x0B..=0x0E, 1..=4, ..])
}

/// Where the header of an IDX ends that begins so: behind the four bytes of [`is_idx`] and the length of each axis.
pub(super) fn end_of_idx(bytes: &[u8]) -> Result<usize> {
    if !is_idx(bytes) {
        bail!("not an IDX file");
    }
    Ok(IDX + 4 * usize::from(bytes[3]))
}

/// Reads the header of an IDX, behind which the numbers come, all big-endian; tells where it ends, too.
pub(super) fn idx(bytes: &[u8]) -> Result<(Layout, usize)> {
    let end = end_of_idx(bytes)?;
    let number = match bytes[2] {
        0x08 => Number::U8,
        0x09 => Number::I8,
        0x0B => Number::I16,
        0x0C => Number::I32,
        0x0D => Number::F32,
        _ => Number::F64,
    };
    let lengths = bytes.get(IDX..end).ok_or_else(|| anyhow!("the header of the IDX is not whole"))?;
    let shape = lengths.as_chunks().0.iter().map(|&axis| u32::from_be_bytes(axis) as usize).collect();
    Ok((Layout { number, big_endian: true, shape, by_column: false }, end))
}
