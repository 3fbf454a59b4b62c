//! Bytes as they come: of a file or of standard input, and unpacked where gzip has packed them.

use super::GZIP;
use anyhow::{Result, anyhow};
use flate2::read::MultiGzDecoder;
use std::fmt;
use std::io::{self, Cursor, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is asked for at a time where nobody knows how much there will be.
const AT_ONCE: usize = 1 << 16;

/// Bytes that are read once, front to back.
pub(super) struct Bytes {
    reader: Box<dyn Read + Send>,
    packed: bool,
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bytes").field("packed", &self.packed).finish_non_exhaustive()
    }
}

impl Bytes {
    /// Those of `raw`, which are counted into `read` before they are unpacked.
    pub(super) fn new(raw: impl Read + Send + 'static, read: Arc<AtomicU64>) -> Result<Self> {
        let mut raw = Counted { raw, read };
        let mut first = Vec::new();
        raw.by_ref().take(GZIP.len() as u64).read_to_end(&mut first)?;
        let packed = first.starts_with(GZIP);
        let all = Cursor::new(first).chain(raw);
        let reader: Box<dyn Read + Send> = if packed { Box::new(MultiGzDecoder::new(all)) } else { Box::new(all) };
        Ok(Self { reader, packed })
    }

    /// Appends so many bytes, fewer only where they end, and tells how many.
    pub(super) fn fill(&mut self, into: &mut Vec<u8>, most: usize) -> Result<usize> {
        self.reader.by_ref().take(most as u64).read_to_end(into).map_err(|error| self.problem(error))
    }

    /// Appends what is there, at most so many bytes, and tells how many: none where they end.
    pub(super) fn some(&mut self, into: &mut Vec<u8>, most: usize) -> Result<usize> {
        let before = into.len();
        into.resize(before + most.min(AT_ONCE), 0);
        let read = loop {
            match self.reader.read(&mut into[before..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        into.truncate(before + read.as_ref().copied().unwrap_or(0));
        read.map_err(|error| self.problem(error))
    }

    /// How many there are still; they are passed over.
    pub(super) fn rest(&mut self) -> Result<u64> {
        io::copy(&mut self.reader, &mut io::sink()).map_err(|error| self.problem(error))
    }

    fn problem(&self, error: io::Error) -> anyhow::Error {
        if self.packed { anyhow!("damaged gzip: {error}") } else { error.into() }
    }
}

/// A reader that tells others how far it is.
struct Counted<R> {
    raw: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.raw.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
