//! CSV: a header with the names of the columns, then a row a line, cells parted by commas.
//!
//! The crate `csv` finds the cells. Lines are counted here, because a message must name the line that an editor shows,
//! whatever the line ends are and however many lines a quoted cell takes.

use super::table::{Origins, Table, Wanted, quoted};
use anyhow::{Result, anyhow, bail};
use std::borrow::Cow;
use std::collections::HashMap;
use std::str;

/// The text of a CSV file, or a part of it.
#[derive(Debug)]
pub(crate) struct Csv {
    text: Cow<'static, [u8]>,
    /// The line on which the text begins, counted from 1.
    line: u64,
    /// Whether its first row are the names of the columns.
    has_header: bool,
}

/// What a text may begin with to say that it is UTF-8.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

impl Csv {
    /// Reads the header of `text`: the names of its columns.
    pub(super) fn new(text: impl Into<Cow<'static, [u8]>>) -> Result<(Self, Vec<String>)> {
        let mut text = text.into();
        if text.starts_with(BYTE_ORDER_MARK) {
            text = text[BYTE_ORDER_MARK.len()..].to_vec().into();
        }
        Self::first(text)
    }

    /// The same of a text without a byte-order mark, which need not be all of it.
    pub(super) fn first(text: impl Into<Cow<'static, [u8]>>) -> Result<(Self, Vec<String>)> {
        let text = text.into();
        let header = Records::new(&text, 1).next()?.ok_or_else(|| anyhow!("the file is empty"))?.header()?;
        Ok((Self { text, line: 1, has_header: true }.checked()?, header))
    }

    /// A further part of a text, without a header: it begins with the break of `line`, which ends the row before it, so that
    /// nothing at its beginning is taken for a byte-order mark.
    pub(super) fn further(text: Vec<u8>, line: u64) -> Result<Self> {
        Self { text: text.into(), line, has_header: false }.checked()
    }

    /// The text up to this place, and the rest.
    pub(super) fn split_at(mut self, place: usize) -> (Self, Vec<u8>) {
        let rest = self.text.to_mut().split_off(place);
        (self, rest)
    }

    /// The line on which it ends.
    pub(super) fn last_line(&self) -> u64 {
        self.line + count_lines(&self.text)
    }

    /// A zero is UTF-8, but what has one is a binary file or text of 16 bits.
    fn checked(self) -> Result<Self> {
        match self.text.iter().position(|&byte| byte == 0) {
            None => Ok(self),
            Some(place) => {
                bail!("line {}: not text: there is a zero byte", self.line + count_lines(&self.text[..place]))
            }
        }
    }

    /// Fills `table` with the cells of the columns of `header` that are `wanted`, and looks at no other.
    ///
    /// # Errors
    /// No rows, a row of another length than the header, or a cell that its column cannot hold.
    pub(super) fn fill(&self, table: &mut Table, header: &[String], wanted: &[Wanted]) -> Result<()> {
        let mut records = Records::new(&self.text, self.line);
        let (mut expected_line, mut numbered) = match self.has_header {
            true => (records.next()?.map_or(1, |header| header.line + header.lines()), numbered(header)),
            false => (self.line + 1, None),
        };
        let mut lines = Vec::new();
        while let Some(record) = records.next()? {
            // Where there is one column, an empty line is an empty cell.
            if let [only] = header
                && expected_line < record.line
            {
                bail!("line {expected_line}, column {only}: the cell is empty");
            }
            expected_line = record.line + record.lines();
            if record.cells.len() != header.len() {
                let cells = if record.cells.len() == 1 { "cell" } else { "cells" };
                bail!("line {}: {} {cells}, but the header has {}", record.line, record.cells.len(), header.len());
            }
            // In a file without a header the names are numbers where the cells are.
            let like_the_names = |(cell, &name): (&[u8], &bool)| is_number(&String::from_utf8_lossy(cell)) == name;
            if numbered.take().is_some_and(|names| record.cells.iter().zip(&names).all(like_the_names)) {
                bail!("line 1: the first line must name the columns, but it looks like a row of data");
            }
            for (column, &Wanted { column: place, .. }) in table.columns.iter_mut().zip(wanted) {
                let cell = str::from_utf8(&record.cells[place]).map_err(|_| "not UTF-8 text".to_owned());
                cell.and_then(|cell| column.push(cell))
                    .map_err(|problem| anyhow!("line {}, column {}: {problem}", record.line_of(place), column.name))?;
            }
            lines.push(record.line);
        }
        if lines.is_empty() {
            bail!("there is a header, but no row of data");
        }
        table.origins = Origins::Lines(lines);
        Ok(())
    }
}

/// Which names are numbers, if any are. Whole numbers that rise may well be names: `0,1,2` or `1990,1995,2000`.
fn numbered(header: &[String]) -> Option<Vec<bool>> {
    let numbers: Vec<f64> = header.iter().filter_map(|name| name.parse().ok()).collect();
    let names = numbers.is_sorted_by(|one, next| one < next) && numbers.iter().all(|number| number.fract() == 0.0);
    (!names).then(|| header.iter().map(|name| is_number(name)).collect())
}

fn is_number(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok()
}

/// The rows of a text, each with its line.
struct Records<'a> {
    text: &'a [u8],
    reader: csv::Reader<&'a [u8]>,
    record: csv::ByteRecord,
    /// Lines are counted up to here.
    counted: usize,
    line: u64,
}

/// One row.
struct Record<'a> {
    cells: &'a csv::ByteRecord,
    /// The line on which it starts.
    line: u64,
}

impl<'a> Records<'a> {
    /// Those of `text`, which begins on this line.
    fn new(text: &'a [u8], line: u64) -> Self {
        let reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        Self { text, reader, record: csv::ByteRecord::new(), counted: 0, line }
    }

    /// The next row that is not an empty line.
    fn next(&mut self) -> Result<Option<Record<'_>>> {
        if !self.reader.read_byte_record(&mut self.record)? {
            return Ok(None);
        }
        let said = self.record.position().map_or(0, |position| position.byte() as usize);
        let breaks = self.text[said..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let start = said + breaks;
        self.line += count_lines(&self.text[self.counted..start]);
        self.counted = start;

        // A quote that is never closed swallows the rest of the file.
        let end = self.reader.position().byte() as usize;
        if end == self.text.len() && ends_quoted(&self.text[start..]) {
            bail!("line {}: a quote is opened and never closed", self.line);
        }
        Ok(Some(Record { cells: &self.record, line: self.line }))
    }
}

/// Whether `text`, which starts with a cell, ends within one that began with a quote.
fn ends_quoted(text: &[u8]) -> bool {
    let mut quotes = Quotes::default();
    text.iter().for_each(|&byte| quotes.see(byte));
    quotes.opened
}

/// Whether a place in a text, which starts with a cell, is within a cell that began with a quote. A quote elsewhere is a
/// character as any other: `3" pipe`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quotes {
    /// Whether a quote is open; of two in a row within a cell the first closes it, and the second opens it again.
    pub(super) opened: bool,
    /// Whether a quote would open one here.
    opens: bool,
    /// Whether the byte before closed one.
    closed: bool,
}

impl Default for Quotes {
    fn default() -> Self {
        Self { opened: false, opens: true, closed: false }
    }
}

impl Quotes {
    /// Goes on behind `byte`.
    pub(super) fn see(&mut self, byte: u8) {
        let is_quote = byte == b'"';
        let was_opened = self.opened;
        self.opened = if is_quote { !was_opened && (self.opens || self.closed) } else { was_opened };
        self.closed = is_quote && was_opened;
        self.opens = !self.opened && matches!(byte, b',' | b'\r' | b'\n');
    }
}

/// How many lines end in `text`, be it with `\n`, `\r\n` or `\r`.
pub(super) fn count_lines(text: &[u8]) -> u64 {
    let ends = |(at, &byte): (usize, &u8)| byte == b'\n' || byte == b'\r' && text.get(at + 1) != Some(&b'\n');
    text.iter().enumerate().filter(|&pair| ends(pair)).count() as u64
}

impl Record<'_> {
    /// How many lines it takes.
    fn lines(&self) -> u64 {
        1 + self.cells.iter().map(count_lines).sum::<u64>()
    }

    /// The line on which its cell `place` starts.
    fn line_of(&self, place: usize) -> u64 {
        self.line + self.cells.iter().take(place).map(count_lines).sum::<u64>()
    }

    /// Its cells as names of columns.
    fn header(&self) -> Result<Vec<String>> {
        let line = self.line;
        let mut places = HashMap::new();
        let mut names = Vec::with_capacity(self.cells.len());
        for (place, cell) in self.cells.iter().enumerate() {
            let number = place + 1;
            let name = str::from_utf8(cell).map_err(|_| anyhow!("line {line}: not UTF-8 text"))?.trim();
            if name.is_empty() {
                bail!("line {line}: column {number} has no name");
            }
            if let Some(earlier) = places.insert(name.to_owned(), number) {
                let hint = if is_number(name) { "; the first line must name the columns" } else { "" };
                bail!("line {line}: columns {earlier} and {number} are both called {}{hint}", quoted(name));
            }
            names.push(name.to_owned());
        }
        if let [only] = names.as_slice() {
            for (parter, called) in [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")] {
                if only.contains(parter) {
                    bail!(
                        "line {line}: one column {}: columns are parted by commas here, not by {called}",
                        quoted(only)
                    );
                }
            }
        }
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Source;
    use super::super::table::Cells;
    use super::*;

    fn read(text: &str) -> Result<Table> {
        let source = Source::of_csv("t".to_owned(), text.as_bytes().to_vec())?;
        source.read(&Wanted::first(source.header.len()))
    }

    fn message(text: &str) -> String {
        format!("{:#}", read(text).unwrap_err())
    }

    #[test]
    fn a_byte_order_mark_and_any_line_ends_are_taken() {
        for text in ["\u{feff}a,b\r\n1,x\r\n2,y\r\n", "a,b\n1,x\n2,y", "a,b\r1,x\r2,y\r", "\n\na,b\n\n1,x\n2,y\n\n"] {
            let table = read(text).unwrap();
            assert!(matches!(&table.columns[0].cells, Cells::Numbers(n) if *n == [1.0, 2.0]), "{text:?}");
            assert_eq!(table.columns[0].name, "a", "{text:?}");
        }
    }

    #[test]
    fn lines_are_those_that_an_editor_shows() {
        let lines = |text| match read(text).unwrap().origins {
            Origins::Lines(lines) => lines,
            _ => panic!("lines"),
        };
        assert_eq!(lines("a,b\n1,x\n\n\n2,y\n"), [2, 5]);
        assert_eq!(lines("a,b\r\n\"1\",\"x\r\ny\"\r\n2,z\r\n"), [2, 4]);
        assert_eq!(lines("a,b\r1,x\r2,y"), [2, 3]);
        assert_eq!(message("a,b\n\"x\ny\nz\",nan\n"), "t: line 4, column b: not a finite number: \"nan\"");
    }

    #[test]
    fn a_quoted_cell_may_hold_commas_quotes_and_breaks() {
        let table = read("a,\"b,c\"\n1,\"say \"\"x\"\",\ny\"\n").unwrap();
        assert_eq!(table.columns[1].name, "b,c");
        assert!(matches!(&table.columns[1].cells, Cells::Names(n) if n.names == ["say \"x\",\ny"]));
    }

    #[test]
    fn a_quote_within_a_cell_is_a_character() {
        for last in ["2,4\" pipe", "2,\"4\"\" pipe\"", "2,\"a\" b\" c"] {
            assert_eq!(read(&format!("a,b\n1,3\" pipe\n{last}\n")).unwrap().rows(), 2, "{last}");
        }
    }

    #[test]
    fn a_file_that_is_no_table_is_refused() {
        assert_eq!(message(""), "t: the file is empty");
        assert_eq!(message("\n\n"), "t: the file is empty");
        assert_eq!(message("a,b\n"), "t: there is a header, but no row of data");
        assert_eq!(message("a,b\n1,2\n3\n"), "t: line 3: 1 cell, but the header has 2");
        assert_eq!(message("a,b,a\n"), "t: line 1: columns 1 and 3 are both called \"a\"");
        assert_eq!(message("a,,b\n"), "t: line 1: column 2 has no name");
        assert_eq!(message("a,b\n1,x\n2,\"y\n3,z\n"), "t: line 3: a quote is opened and never closed");
        assert_eq!(message("a,b\n1,x\n2,\"y\"\"\n3,z\n"), "t: line 3: a quote is opened and never closed");
        assert!(message("a;b\n1;2\n").contains("not by semicolons"));
    }

    #[test]
    fn a_file_without_a_header_is_noticed() {
        let looks = "t: line 1: the first line must name the columns, but it looks like a row of data";
        assert_eq!(message("5.1,3.5,setosa\n4.9,3.0,setosa\n"), looks);
        assert_eq!(message("3,1\n4,2\n"), looks);
        assert!(message("0,0,5\n1,0,3\n").ends_with("the first line must name the columns"));
        for header in ["0,1,2", "country,1990,1995", "a,0.5,0.25"] {
            assert!(read(&format!("{header}\nx,5,6\n")).is_ok() != header.contains('.'), "{header}");
        }
        assert!(read("0.5,0.25\n5,x\n").is_ok());
    }

    #[test]
    fn an_empty_line_is_an_empty_cell_where_there_is_one_column() {
        assert_eq!(message("a\n1\n\n2\n"), "t: line 3, column a: the cell is empty");
        assert_eq!(read("a\r\n1\r\n2\r\n\r\n").unwrap().rows(), 2);
    }

    #[test]
    fn text_of_another_encoding_is_refused() {
        let source = Source::of_csv("t".to_owned(), b"a,b\n1,caf\xE9\n".to_vec()).unwrap();
        let error = source.read(&Wanted::first(2)[1..]).unwrap_err();
        assert_eq!(format!("{error:#}"), "t: line 2, column b: not UTF-8 text");
    }
}
