//! Memory that starts on a cache line: scratch that grows, and parameters.

use std::ops::{Deref, DerefMut};

use crate::Float;

/// Memory aligned to 64 bytes, so that no 512-bit load or store straddles two cache lines. It grows and never
/// shrinks. As a slice it is what was asked for last.
///
/// Safe code cannot ask the allocator for an alignment, so the buffer allocates a cache line too much and starts inside
/// it.
#[derive(Debug, Default)]
pub struct Buffer<F> {
    data: Vec<F>,
    offset: usize,
    len: usize,
}

impl<F: Float> Buffer<F> {
    /// An empty buffer; allocates nothing.
    pub const fn new() -> Self {
        Self { data: Vec::new(), offset: 0, len: 0 }
    }

    /// So many zeros.
    pub fn zeros(len: usize) -> Self {
        let mut buffer = Self::new();
        buffer.get(len);
        buffer
    }

    /// The first `len` elements, with whatever they last held.
    ///
    /// Allocates only if `len` is larger than ever before.
    pub fn get(&mut self, len: usize) -> &mut [F] {
        if self.data.len() < self.offset + len {
            self.data = vec![F::default(); len + F::LINE];
            let offset = self.data.as_ptr().align_offset(64);
            self.offset = if offset <= F::LINE { offset } else { 0 };
        }
        self.len = len;
        self
    }

    /// Elements that it has room for.
    pub(crate) fn capacity(&self) -> usize {
        self.data.len()
    }
}

impl<F: Float> Clone for Buffer<F> {
    /// Of its own alignment.
    fn clone(&self) -> Self {
        Self::from(&**self)
    }
}

impl<F: Float> From<&[F]> for Buffer<F> {
    fn from(numbers: &[F]) -> Self {
        let mut buffer = Self::new();
        buffer.get(numbers.len()).copy_from_slice(numbers);
        buffer
    }
}

impl<F: Float> From<Vec<F>> for Buffer<F> {
    fn from(numbers: Vec<F>) -> Self {
        Self::from(numbers.as_slice())
    }
}

impl<F: Float> FromIterator<F> for Buffer<F> {
    fn from_iter<I: IntoIterator<Item = F>>(numbers: I) -> Self {
        Self::from(numbers.into_iter().collect::<Vec<F>>())
    }
}

impl<'a, F> IntoIterator for &'a Buffer<F> {
    type Item = &'a F;
    type IntoIter = std::slice::Iter<'a, F>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<F: PartialEq> PartialEq for Buffer<F> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<F> Deref for Buffer<F> {
    type Target = [F];

    fn deref(&self) -> &[F] {
        &self.data[self.offset..self.offset + self.len]
    }
}

impl<F> DerefMut for Buffer<F> {
    fn deref_mut(&mut self) -> &mut [F] {
        &mut self.data[self.offset..self.offset + self.len]
    }
}
