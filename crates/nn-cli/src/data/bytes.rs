//! Bytes as they come: of a file or of standard input, and unpacked where gzip has packed them.

use super::{GZIP, gzip_problem};
use crate::interrupt;
use anyhow::Result;
use flate2::read::MultiGzDecoder;
use std::fmt;
use std::io::{self, Cursor, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// What is asked for at a time where nobody knows how much there will be.
const AT_ONCE: usize = 1 << 16;

/// How often who waits for a pipe looks whether Ctrl-C has ended that.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

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
        if self.packed { gzip_problem(error) } else { error.into() }
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

/// What comes out of a pipe, which may stay silent for as long as it likes: it is read in a thread of its own, so that Ctrl-C ends the
/// waiting. No more than a block is read ahead.
pub(super) struct Awaited {
    blocks: Receiver<io::Result<Vec<u8>>>,
    block: Cursor<Vec<u8>>,
}

impl Awaited {
    /// Begins to read.
    ///
    /// # Errors
    /// There is no thread for it.
    pub(super) fn new(mut pipe: impl Read + Send + 'static) -> io::Result<Self> {
        // A block waits in the thread until it is asked for.
        let (sender, blocks) = sync_channel(0);
        let read = move || {
            let mut is_over = false;
            while !is_over {
                let mut block = vec![0; AT_ONCE];
                let read = match pipe.read(&mut block) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    read => read,
                };
                // The end is told by an empty block, which an error is not.
                is_over = !matches!(read, Ok(1..));
                let block = read.map(|count| {
                    block.truncate(count);
                    block
                });
                is_over |= sender.send(block).is_err();
            }
        };
        thread::Builder::new().name("reader".to_owned()).spawn(read)?;
        Ok(Self { blocks, block: Cursor::default() })
    }
}

impl Read for Awaited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.block.position() == self.block.get_ref().len() as u64 {
            // The standard library would try again what is called interrupted.
            if interrupt::is_raised() {
                return Err(io::Error::other("Ctrl-C ended the reading"));
            }
            match self.blocks.recv_timeout(BETWEEN_LOOKS) {
                Ok(Ok(block)) if block.is_empty() => return Ok(0),
                Ok(block) => self.block = Cursor::new(block?),
                Err(RecvTimeoutError::Timeout) => {}
                // It has told the end.
                Err(RecvTimeoutError::Disconnected) => return Ok(0),
            }
        }
        self.block.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A pipe that breaks behind its bytes.
    struct Breaks(Cursor<Vec<u8>>);

    impl Read for Breaks {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(ErrorKind::ConnectionReset.into()),
                count => Ok(count),
            }
        }
    }

    #[test]
    fn what_a_thread_reads_comes_whole_and_so_does_its_error() {
        let bytes: Vec<u8> = (0..3 * AT_ONCE + 5).map(|place| place as u8).collect();
        let mut read = Vec::new();
        let mut awaited = Awaited::new(Cursor::new(bytes.clone())).unwrap();
        awaited.read_to_end(&mut read).unwrap();
        assert!(read == bytes && awaited.read(&mut [0]).unwrap() == 0);
        read.clear();
        let error = Awaited::new(Breaks(Cursor::new(bytes.clone()))).unwrap().read_to_end(&mut read).unwrap_err();
        assert!(read == bytes && error.kind() == ErrorKind::ConnectionReset);
    }
}
