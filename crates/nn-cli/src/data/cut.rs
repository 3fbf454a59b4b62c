//! A text and an array that are cut into parts of whole rows while they are read, so that no more of them is in memory than
//! one part.
//!
//! Both go on alike: `fill` reads the rows of the next part and tells how many there are, and `cut` hands them out. In between,
//! `repeat_last` puts the last row of the part before in front of them; afterwards, `take_back` takes rows back that the next
//! part is to begin with.

use super::array::{Array, Layout};
use super::bytes::Bytes;
use super::csv::{BYTE_ORDER_MARK, Csv, Quotes, count_lines};
use anyhow::{Result, anyhow, bail};
use std::mem;

/// The most bytes of a part that is text, and so of a row: 8 MiB. Of rows as short as `1,1` the numbers, the lines and the samples
/// take 20 times as many.
pub(super) const MOST_OF_TEXT: usize = 8 << 20;

/// The most bytes of a part of an array, and so of a row: 32 MiB, for images and volumes, whose bytes become floats of 4 or 8.
pub(super) const MOST_OF_ARRAY: usize = 32 << 20;

/// A text of CSV.
///
/// A part ends before the break behind its last row, with which the next one begins: so a break of two characters is not torn,
/// and no cell at the beginning of a part is taken for the byte-order mark of a file.
#[derive(Debug)]
pub(super) struct Texts {
    bytes: Bytes,
    /// What is read, from the end of the part before on.
    text: Vec<u8>,
    /// The line on which it begins.
    line: u64,
    /// Where each row of the next part ends in it, or, once that is cut, where those of this part did.
    ends: Vec<usize>,
    /// How far it has been looked at, and whether that place is within a row and within quotes.
    seen: usize,
    within: bool,
    quotes: Quotes,
    /// Whether the next part begins with the names of the columns.
    has_header: bool,
    /// Whether there is nothing behind the rows of the next part.
    over: bool,
    /// The row that was handed out last, with the break before it, and the line on which that is.
    last: (Vec<u8>, u64),
}

impl Texts {
    /// The text that begins with `start`, which has been read of `bytes` already.
    pub(super) fn new(bytes: Bytes, mut start: Vec<u8>) -> Self {
        if start.starts_with(BYTE_ORDER_MARK) {
            start.drain(..BYTE_ORDER_MARK.len());
        }
        Self {
            bytes,
            text: start,
            line: 1,
            ends: Vec::new(),
            seen: 0,
            within: false,
            quotes: Quotes::default(),
            has_header: true,
            over: false,
            last: Default::default(),
        }
    }

    /// Reads until there are so many rows, or as many as may be, and tells how many.
    ///
    /// # Errors
    /// A row that is longer than a part may be.
    pub(super) fn fill(&mut self, rows: usize) -> Result<usize> {
        (self.ends, self.seen, self.within, self.quotes) = Default::default();
        let header = usize::from(self.has_header);
        loop {
            self.look(rows + header);
            if self.ends.len() == rows + header {
                break;
            }
            if self.text.len() == MOST_OF_TEXT {
                if self.ends.len() <= header {
                    return Err(self.too_long());
                }
                break;
            }
            let room = MOST_OF_TEXT - self.text.len();
            if self.bytes.some(&mut self.text, room)? == 0 {
                // The last row may end without a break.
                self.ends.extend(self.within.then_some(self.text.len()));
                self.over = true;
                break;
            }
        }
        Ok(self.ends.len().saturating_sub(header))
    }

    /// Finds the ends of rows in what is read, at most so many in all.
    fn look(&mut self, most: usize) {
        while self.ends.len() < most
            && let Some(&byte) = self.text.get(self.seen)
        {
            let ends = !self.quotes.opened && matches!(byte, b'\r' | b'\n');
            // Empty lines are no rows.
            if ends && self.within {
                self.ends.push(self.seen);
            }
            self.within = !ends;
            self.quotes.see(byte);
            self.seen += 1;
        }
    }

    fn too_long(&self) -> anyhow::Error {
        let start = self.ends.last().copied().unwrap_or(0);
        let breaks = self.text[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let line = self.line + count_lines(&self.text[..start + breaks]);
        let open = if self.quotes.opened { "; a quote is open at its end" } else { "" };
        anyhow!("line {line}: a row of more than {} MiB, the most that is read at a time{open}", MOST_OF_TEXT >> 20)
    }

    /// Whether there is nothing behind the rows that were found.
    pub(super) fn is_over(&self) -> bool {
        self.over
    }

    /// Puts the row that was handed out last in front of the others.
    pub(super) fn repeat_last(&mut self) {
        let (row, line) = &self.last;
        self.line = *line;
        self.ends.iter_mut().for_each(|end| *end += row.len());
        self.ends.insert(0, row.len());
        self.text.splice(..0, row.iter().copied());
    }

    /// Hands out the rows that were found; of the first part also the names of its columns.
    pub(super) fn cut(&mut self) -> Result<(Csv, Option<Vec<String>>)> {
        // Where all is read, the breaks at the end belong to the last part.
        let end = if self.over { self.text.len() } else { self.ends.last().copied().unwrap_or(0) };
        let rest = self.text.split_off(end);
        let text = mem::replace(&mut self.text, rest);
        let line = self.line;
        self.line += count_lines(&text);
        if let [.., before, last] = *self.ends.as_slice() {
            self.last = (text[before..last].to_vec(), line + count_lines(&text[..before]));
        } else if let [last] = *self.ends.as_slice() {
            self.last = (text[..last].to_vec(), line);
        }
        if mem::take(&mut self.has_header) {
            return Csv::first(text).map(|(csv, header)| (csv, Some(header)));
        }
        Ok((Csv::further(text, line)?, None))
    }

    /// Takes the last rows of the part back.
    pub(super) fn take_back(&mut self, csv: Csv, rows: usize) -> Csv {
        let end = self.ends[self.ends.len() - 1 - rows];
        let (kept, mut rest) = csv.split_at(end);
        self.line = kept.last_line();
        rest.append(&mut self.text);
        self.text = rest;
        self.over = false;
        kept
    }
}

/// The rows of an array.
#[derive(Debug)]
pub(super) struct Rows {
    bytes: Bytes,
    layout: Layout,
    bytes_of_row: usize,
    /// How many rows there are in all.
    all: usize,
    /// Which of them comes next.
    next: usize,
    /// What is read of that and of those behind it.
    read: Vec<u8>,
    /// How many bytes were read so far.
    count: usize,
    /// The row that was handed out last.
    last: Vec<u8>,
    is_checked: bool,
}

impl Rows {
    /// Those of an array that `layout` tells, of which the bytes in `start` have been read already.
    ///
    /// # Errors
    /// There are none, a row is longer than a part may be, or no row is whole before all are there.
    pub(super) fn new(bytes: Bytes, layout: Layout, start: Vec<u8>) -> Result<Self> {
        let (all, bytes_of_row) = layout.check()?;
        if layout.is_by_column() {
            bail!(
                "its numbers stand column after column (fortran_order), so that no row is whole before the last column is \
                 read; numpy.ascontiguousarray puts row after row"
            );
        }
        if MOST_OF_ARRAY < bytes_of_row {
            let size = MOST_OF_ARRAY >> 20;
            bail!("{}, those of a row more than {size} MiB, the most that is read at a time", layout.size());
        }
        let count = start.len();
        Ok(Self { bytes, layout, bytes_of_row, all, next: 0, read: start, count, last: Vec::new(), is_checked: false })
    }

    /// How its numbers are stored.
    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// How many rows a part may have.
    pub(super) fn most(&self) -> usize {
        MOST_OF_ARRAY / self.bytes_of_row
    }

    /// Reads so many rows, or as many as there are and may be, and tells how many.
    ///
    /// # Errors
    /// Fewer bytes than the header says, or more.
    pub(super) fn fill(&mut self, rows: usize) -> Result<usize> {
        let rows = rows.min(self.most()).min(self.all - self.next);
        let lacking = (rows * self.bytes_of_row).saturating_sub(self.read.len());
        self.read.reserve_exact(lacking);
        let read = self.bytes.fill(&mut self.read, lacking)?;
        self.count += read;
        if read < lacking {
            return Err(self.layout.wrong_size(self.count));
        }
        if self.next + rows == self.all && !mem::replace(&mut self.is_checked, true) {
            let beyond = self.read.len() - rows * self.bytes_of_row + self.bytes.rest()? as usize;
            if 0 < beyond {
                return Err(self.layout.wrong_size(self.all * self.bytes_of_row + beyond));
            }
        }
        Ok(rows)
    }

    /// Whether there is nothing behind so many rows that were found.
    pub(super) fn is_over(&self, rows: usize) -> bool {
        self.next + rows == self.all
    }

    /// Puts the row that was handed out last in front of the others.
    pub(super) fn repeat_last(&mut self) {
        self.next -= 1;
        self.read.splice(..0, self.last.iter().copied());
    }

    /// Hands out so many rows, and tells which the first of them is.
    pub(super) fn cut(&mut self, rows: usize) -> Result<(Array, usize)> {
        let rest = self.read.split_off(rows * self.bytes_of_row);
        let bytes = mem::replace(&mut self.read, rest);
        self.last = bytes[bytes.len() - self.bytes_of_row..].to_vec();
        let first = self.next;
        self.next += rows;
        Ok((Array::part(&self.layout, rows, bytes)?, first))
    }

    /// Takes the last rows of the part back.
    pub(super) fn take_back(&mut self, array: Array, rows: usize) -> Result<Array> {
        let kept = array.rows() - rows;
        let mut bytes = array.into_bytes();
        let mut rest = bytes.split_off(kept * self.bytes_of_row);
        rest.append(&mut self.read);
        self.read = rest;
        self.next -= rows;
        Array::part(&self.layout, kept, bytes)
    }
}
