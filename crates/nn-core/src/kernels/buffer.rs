//! A growing scratch buffer that starts on a cache line.

use std::ops::{Deref, DerefMut};

use crate::kernels::Float;

/// Memory aligned to 64 bytes, so that no 512-bit load or store straddles two cache lines. It grows and never
/// shrinks. As a slice it is what was asked for last.
///
/// Safe code cannot ask the allocator for an alignment, so the buffer allocates a cache line too much and starts inside
/// it.
#[derive(Clone, Debug, Default)]
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
