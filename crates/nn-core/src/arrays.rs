//! The numbers of a model by name, as its file holds them.

use crate::{Error, Precision, Result, Scalar};
use std::collections::BTreeMap;
use std::ops::RangeBounds;

/// Arrays by name, kept sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrays(pub(crate) BTreeMap<String, Array>);

/// Numbers with a shape, the last axis running fastest: the weights of a layer are `[outputs, inputs]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Array {
    pub(crate) shape: Vec<usize>,
    pub(crate) precision: Precision,
    pub(crate) bytes: Vec<u8>,
}

impl Arrays {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `values` as `name`; `shape` has their axes, the last one running fastest. Names that begin with `history.` are the
    /// file's own.
    pub fn insert<F: Scalar>(&mut self, name: impl Into<String>, shape: &[usize], values: &[F]) {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len());
        let mut bytes = Vec::with_capacity(size_of_val(values));
        F::extend_bytes(values, &mut bytes);
        self.0.insert(name.into(), Array { shape: shape.to_vec(), precision: F::PRECISION, bytes });
    }

    /// Adds whole numbers, each below 2^53.
    pub fn insert_counts(&mut self, name: impl Into<String>, counts: &[usize]) {
        let numbers: Vec<f64> = counts.iter().map(|&count| count as f64).collect();
        self.insert(name, &[counts.len()], &numbers);
    }

    /// Adds all of `other`; in place of what has the same name.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The same arrays with `prefix` before each name: those of a model that is part of another one.
    pub fn under(self, prefix: &str) -> Self {
        Self(self.0.into_iter().map(|(name, array)| (format!("{prefix}{name}"), array)).collect())
    }

    /// What [`under`](Self::under) with the same `prefix` was made of.
    pub fn within(&self, prefix: &str) -> Self {
        let own =
            self.0.iter().filter_map(|(name, array)| Some((name.strip_prefix(prefix)?.to_owned(), array.clone())));
        Self(own.collect())
    }

    /// CRC-32 of all names and numbers, in hexadecimal digits: what tells a model from another one.
    pub fn checksum(&self) -> String {
        let mut crc = crc32fast::Hasher::new();
        for (name, array) in &self.0 {
            crc.update(name.as_bytes());
            crc.update(&array.bytes);
        }
        format!("{:08x}", crc.finalize())
    }

    /// The array `name`, which must have this float and exactly this `shape`.
    ///
    /// # Errors
    /// [`Error::Format`] where it is not there, or is another.
    pub fn get<F: Scalar>(&self, name: &str, shape: &[usize]) -> Result<Vec<F>> {
        let array = self.0.get(name).ok_or_else(|| Error::format(format!("array {name} is missing")))?;
        if array.shape != shape {
            return Err(Error::format(format!("array {name}: expected shape {shape:?}, got {:?}", array.shape)));
        }
        if array.precision != F::PRECISION {
            let [expected, got] = [F::PRECISION, array.precision].map(dtype);
            return Err(Error::format(format!("array {name}: expected {expected}, got {got}")));
        }
        Ok(F::read_bytes(&array.bytes))
    }

    /// Rows and columns of the matrix `name`, neither of them 0.
    ///
    /// # Errors
    /// [`Error::Format`] where it is not there, or is no such matrix.
    pub fn matrix(&self, name: &str) -> Result<[usize; 2]> {
        match self.shape(name) {
            Some(&[rows, columns]) if 0 < rows && 0 < columns => Ok([rows, columns]),
            Some(shape) => Err(Error::format(format!("array {name}: expected a matrix, got shape {shape:?}"))),
            None => Err(Error::format(format!("array {name} is missing"))),
        }
    }

    /// All numbers of the array `name`, of any shape; none where it is not there.
    ///
    /// # Errors
    /// Those of [`get`](Self::get).
    pub fn list<F: Scalar>(&self, name: &str) -> Result<Vec<F>> {
        self.shape(name).map_or(Ok(Vec::new()), |shape| self.get(name, shape))
    }

    /// So many numbers in 64 bits, all of them finite and within a range.
    ///
    /// # Errors
    /// Those of [`get`](Self::get); [`Error::Format`] where one is not.
    pub fn numbers(&self, name: &str, len: usize, range: impl RangeBounds<f64>) -> Result<Vec<f64>> {
        let numbers = self.get::<f64>(name, &[len])?;
        match numbers.iter().find(|number| !number.is_finite() || !range.contains(number)) {
            Some(number) => Err(Error::format(format!("array {name}: {number} is out of its range"))),
            None => Ok(numbers),
        }
    }

    /// What [`insert_counts`](Self::insert_counts) added: so many whole numbers.
    ///
    /// # Errors
    /// Those of [`get`](Self::get); [`Error::Format`] where one is no whole number.
    pub fn counts(&self, name: &str, len: usize) -> Result<Vec<usize>> {
        // From 2^53 on not every whole number is an f64.
        let count = |&number: &f64| ((0.0..9e15).contains(&number) && number.fract() == 0.0).then_some(number as usize);
        let counts = self.get::<f64>(name, &[len])?.iter().map(count).collect::<Option<_>>();
        counts.ok_or_else(|| Error::format(format!("array {name}: expected whole numbers")))
    }

    /// The whole number `name`.
    ///
    /// # Errors
    /// Those of [`counts`](Self::counts).
    pub fn count(&self, name: &str) -> Result<usize> {
        Ok(self.counts(name, 1)?[0])
    }

    /// Whether there is an array of that name.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The shape of the array `name`, where it is there.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.0.get(name).map(|array| array.shape.as_slice())
    }

    /// Names and shapes, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.0.iter().map(|(name, array)| (name.as_str(), array.shape.as_slice()))
    }
}

pub(crate) fn dtype(precision: Precision) -> &'static str {
    match precision {
        Precision::F32 => "F32",
        Precision::F64 => "F64",
    }
}
