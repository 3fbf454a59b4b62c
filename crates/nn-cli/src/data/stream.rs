//! Data that are read part by part, once, front to back, so that they may be larger than memory, or never at rest in a file.
//!
//! A part is a [`Source`] like any other, whose rows know where they are in the whole: what reads a table reads a part of one.

use super::bytes::{Awaited, Bytes};
use super::csv::Csv;
use super::cut::{MOST_OF_ARRAY, MOST_OF_TEXT, Rows, Texts};
use super::generated;
use super::matrix::{Form, check_labels};
use super::table::{Expect, Gaps, Wanted};
use super::{Content, IN_WORDS, Named, Source, folder, labels_beside};
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// As many bytes as tell what data are, and how long the header of an array is.
const FIRST: usize = 16;
/// A header of an array that claims more is none.
const MOST_OF_A_HEADER: usize = 1 << 20;

/// Data under way.
#[derive(Debug)]
pub(crate) struct Stream {
    name: String,
    /// The most rows of a part.
    rows: usize,
    cutter: Cutter,
    /// What is known of all parts beside their rows; no names of columns before the first part.
    common: Common,
    /// The column by which parts end where sequences do.
    sequence: Option<String>,
    repeat: Repeat,
    begun: bool,
    /// Rows handed out, none twice.
    done: u64,
    /// Bytes read of the file, and how many there are where that is known.
    read: Arc<AtomicU64>,
    length: Option<u64>,
}

/// What cuts them.
#[derive(Debug)]
enum Cutter {
    Text(Texts),
    Arrays {
        form: Form,
        rows: Rows,
        /// The labels beside them, and the name of their file.
        labels: Option<(String, Rows)>,
    },
}

/// What all parts have in common.
#[derive(Debug)]
struct Common {
    header: Vec<String>,
    targets: usize,
    sequence: Option<&'static str>,
    strangers: Option<String>,
    labelled: bool,
}

/// Whether a part begins with the row that the part before ended with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repeat {
    Never,
    /// Each does.
    Always,
    /// Only one that would have a single row.
    Alone,
}

/// A part of the data.
#[derive(Debug)]
pub(crate) struct Portion {
    /// The part.
    pub(crate) source: Source,
    /// How many of its first rows were in the part before as well: one or none.
    pub(crate) again: usize,
}

impl Stream {
    /// Opens what `--data` names, to be read in parts of at most so many `rows`.
    ///
    /// # Errors
    /// A folder of images, or an array in which no row is whole before all are there.
    pub(crate) fn open(data: &str, rows: usize) -> Result<Self> {
        match Named::find(data)? {
            Named::StandardInput => Self::awaited(IN_WORDS, io::stdin(), rows),
            Named::File(path) => {
                let file = File::open(path).with_context(|| data.to_owned())?;
                match file.metadata().ok().filter(fs::Metadata::is_file) {
                    Some(metadata) => Self::of(data, file, Some(metadata.len()), Some(path), rows),
                    None => Self::awaited(data, file, rows),
                }
            }
            Named::Bundled(generated::Rows { csv, targets, sequence, strangers }) => {
                let length = Some(csv.len() as u64);
                let stream = Self::of(data, Cursor::new(csv.into_bytes()), length, None, rows)?;
                let common = Common { header: Vec::new(), targets, sequence, strangers, labelled: true };
                Ok(Self { common, ..stream })
            }
            Named::Folder(_) => bail!(of_images(data)),
        }
    }

    /// Those that come out of a pipe.
    fn awaited(name: &str, pipe: impl Read + Send + 'static, rows: usize) -> Result<Self> {
        let pipe = Awaited::new(pipe).with_context(|| name.to_owned())?;
        Self::of(name, pipe, None, None, rows)
    }

    fn of(
        name: &str,
        raw: impl Read + Send + 'static,
        length: Option<u64>,
        path: Option<&Path>,
        rows: usize,
    ) -> Result<Self> {
        let read = Arc::new(AtomicU64::new(0));
        let begin = || -> Result<(Bytes, Vec<u8>)> {
            let mut bytes = Bytes::new(raw, Arc::clone(&read))?;
            let mut start = Vec::new();
            bytes.fill(&mut start, FIRST)?;
            Ok((bytes, start))
        };
        let (bytes, start) = begin().with_context(|| name.to_owned())?;
        if start.starts_with(folder::SIGNATURE) {
            bail!(of_images(name));
        }
        let cutter = match Form::of(&start) {
            None => Cutter::Text(Texts::new(bytes, start)),
            Some(form) => {
                let rows = array(form, bytes, start).with_context(|| name.to_owned())?;
                let labels = path.filter(|_| form.has_labels_beside(rows.layout())).and_then(labels_beside);
                let labels = labels.map(|path| labels_of(form, &rows, &path)).transpose()?;
                Cutter::Arrays { form, rows, labels }
            }
        };
        Ok(Self {
            name: name.to_owned(),
            rows,
            cutter,
            common: Common { header: Vec::new(), targets: 1, sequence: None, strangers: None, labelled: false },
            sequence: None,
            repeat: Repeat::Never,
            begun: false,
            done: 0,
            read,
            length,
        })
    }

    /// The column that says which sequence a row is of, where that is known.
    pub(crate) fn sequence(&self) -> Option<&'static str> {
        self.common.sequence
    }

    /// From here on a part ends where a sequence does, as this column tells it.
    pub(crate) fn end_with_sequences(&mut self, column: Option<&str>) {
        self.sequence = column.map(str::to_owned);
    }

    /// From here on the last row of a part is also the first of the next: a series, of whose last row the next one is to be foretold.
    pub(crate) fn overlap(&mut self) {
        self.repeat = Repeat::Always;
    }

    /// From here on no part is a single row, but that of data which have no other. A model sums the answer to one sample
    /// in another order than those to many, and its last digits would show where parts end.
    pub(crate) fn pair_up(&mut self) {
        self.repeat = Repeat::Alone;
    }

    /// The next part; `None` behind the last. Data without any row have a part all the same, which says so when it is read.
    ///
    /// # Errors
    /// What ends the reading: bytes that are no text or of another number than a header says, a row or a sequence that is longer than
    /// a part may be.
    pub(crate) fn next(&mut self) -> Result<Option<Portion>> {
        let overlaps = self.begun && self.repeat == Repeat::Always;
        // Whether the last sequence ends with the part, the row behind it tells.
        let wanted = self.rows + usize::from(self.sequence.is_some()) - usize::from(overlaps);
        let mut found = self.fill(wanted)?;
        if self.begun && found == 0 {
            return Ok(None);
        }
        let again = usize::from(overlaps || self.begun && self.repeat == Repeat::Alone && found == 1);
        if 0 < again {
            self.repeat_last();
        }
        let mut source = self.cut(found + again)?;
        if let Some(column) = self.sequence.clone() {
            let back = self.rows_of_the_next(&source, &column, found)?;
            if 0 < back {
                source = self.take_back(source, back)?;
                found -= back;
            }
        }
        self.begun = true;
        self.done += found as u64;
        Ok(Some(Portion { source, again }))
    }

    /// How many rows were handed out, and the bytes read of how many, where that is known.
    pub(crate) fn progress(&self) -> (u64, Option<[u64; 2]>) {
        (self.done, self.length.map(|length| [self.read.load(Ordering::Relaxed), length]))
    }

    fn fill(&mut self, rows: usize) -> Result<usize> {
        match &mut self.cutter {
            Cutter::Text(texts) => texts.fill(rows).with_context(|| self.name.clone()),
            Cutter::Arrays { rows: array, labels, .. } => {
                // A label may take more bytes than its image.
                let rows = labels.as_ref().map_or(rows, |(_, labels)| rows.min(labels.most()));
                let found = array.fill(rows).with_context(|| self.name.clone())?;
                if let Some((name, labels)) = labels {
                    let got = labels.fill(found).with_context(|| name.clone())?;
                    if got != found {
                        bail!("{name}: expected {found} more labels, got {got}");
                    }
                }
                Ok(found)
            }
        }
    }

    fn repeat_last(&mut self) {
        match &mut self.cutter {
            Cutter::Text(texts) => texts.repeat_last(),
            Cutter::Arrays { rows, labels, .. } => {
                rows.repeat_last();
                labels.iter_mut().for_each(|(_, labels)| labels.repeat_last());
            }
        }
    }

    fn cut(&mut self, rows: usize) -> Result<Source> {
        match &mut self.cutter {
            Cutter::Text(texts) => {
                let (csv, header) = texts.cut().with_context(|| self.name.clone())?;
                if let Some(header) = header {
                    self.common.header = header;
                }
                Ok(self.of_csv(csv))
            }
            Cutter::Arrays { form, rows: array, labels } => {
                let (array, first) = array.cut(rows)?;
                let labels = labels.as_mut().map(|(_, labels)| labels.cut(rows)).transpose()?;
                Ok(form.source(self.name.clone(), array, labels.map(|(labels, _)| labels), first))
            }
        }
    }

    fn of_csv(&mut self, csv: Csv) -> Source {
        let Common { header, targets, sequence, strangers, labelled } = &mut self.common;
        Source {
            targets: *targets,
            sequence: *sequence,
            // They are asked about once.
            strangers: strangers.take(),
            labelled: *labelled,
            ..Source::new(self.name.clone(), header.clone(), Content::Csv(csv))
        }
    }

    /// How many of the last rows of `source`, of the `found` ones, are of a sequence that the next part is to begin with.
    fn rows_of_the_next(&self, source: &Source, column: &str, found: usize) -> Result<usize> {
        // Who looks at all columns says that this one is not there.
        let Some(place) = source.header.iter().position(|name| name == column) else { return Ok(0) };
        let wanted = Wanted { column: place, expect: Expect::Names, gaps: Gaps::Refused };
        // What is wrong here need not be the first that is: whoever reads all columns says what is.
        let Ok(table) = source.read(&[wanted]) else { return Ok(0) };
        let is_over = match &self.cutter {
            Cutter::Text(texts) => texts.is_over(),
            // They are handed out already.
            Cutter::Arrays { rows, .. } => rows.is_over(0),
        };
        if is_over && found <= self.rows {
            return Ok(0);
        }
        let codes = table.columns[0].cells.codes();
        let begins = |row: &usize| codes[*row] != codes[row - 1];
        match (1..found).rev().find(begins) {
            Some(row) => Ok(found - row),
            None => {
                let most = if let Cutter::Text(_) = self.cutter { MOST_OF_TEXT } else { MOST_OF_ARRAY };
                let (rows, size) = (self.rows, most >> 20);
                let what = format!("a sequence of more than {rows} rows, or {size} MiB; a part holds whole sequences");
                Err(table.problem(0, column, what))
            }
        }
    }

    fn take_back(&mut self, source: Source, back: usize) -> Result<Source> {
        match (&mut self.cutter, source.content) {
            (Cutter::Text(texts), Content::Csv(csv)) => {
                let content = Content::Csv(texts.take_back(csv, back));
                Ok(Source { content, ..source })
            }
            (Cutter::Arrays { form, rows, labels }, Content::Matrix(matrix)) => {
                let first = matrix.first();
                let [array, label] = matrix.into_arrays().unwrap_or_default();
                let (Some(array), labels) = (array, labels.as_mut().zip(label)) else {
                    bail!("{}: a part is still being read", self.name);
                };
                let array = rows.take_back(array, back)?;
                let label = labels.map(|((_, labels), label)| labels.take_back(label, back)).transpose()?;
                Ok(form.source(self.name.clone(), array, label, first))
            }
            _ => bail!("{}: a part of another kind of data", self.name),
        }
    }
}

/// Why a folder of images, or an image, is no stream.
fn of_images(data: &str) -> String {
    format!(
        "{data}: images in files of their own have no order to be read in; an .npy or IDX of them is read part by part"
    )
}

/// The rows of a binary file, of whose bytes those in `start` have been read.
fn array(form: Form, mut bytes: Bytes, mut start: Vec<u8>) -> Result<Rows> {
    let end = form.end_of_header(&start)?;
    if start.len() < end && end <= MOST_OF_A_HEADER {
        let lacking = end - start.len();
        bytes.fill(&mut start, lacking)?;
    }
    let (layout, end) = form.header(&start)?;
    let rest = start.split_off(end);
    Rows::new(bytes, layout, rest)
}

/// The labels of these `rows`, which are in the file at `path`, and its name.
fn labels_of(form: Form, rows: &Rows, path: &Path) -> Result<(String, Rows)> {
    let name = path.display().to_string();
    let open = || -> Result<Rows> {
        let mut bytes = Bytes::new(File::open(path)?, Arc::default())?;
        let mut start = Vec::new();
        bytes.fill(&mut start, FIRST)?;
        array(form, bytes, start)
    };
    let labels = open().with_context(|| name.clone())?;
    check_labels(&name, labels.layout().sizes(), rows.layout().sizes()[0])?;
    Ok((name, labels))
}

#[cfg(test)]
mod tests {
    use super::super::table::{Cells, Table};
    use super::*;

    /// A text that comes three bytes at a time.
    struct Drops(Cursor<Vec<u8>>);

    impl Read for Drops {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(3);
            self.0.read(&mut buffer[..most])
        }
    }

    fn stream(bytes: &[u8], rows: usize) -> Result<Stream> {
        Stream::of("t", Drops(Cursor::new(bytes.to_vec())), None, None, rows)
    }

    /// All columns, of names.
    fn names(header: &[String]) -> Vec<Wanted> {
        (0..header.len()).map(|column| Wanted { column, expect: Expect::Names, gaps: Gaps::Refused }).collect()
    }

    /// Each row, its place and its cells, but for so many of the first ones.
    fn rows(table: &Table, again: usize) -> Vec<String> {
        let cell = |row: usize, cells: &Cells| match cells {
            Cells::Names(names) => format!("{:?}", names.names[names.codes[row] as usize]),
            numbers => numbers.numbers()[row].to_string(),
        };
        let row = |row| {
            let cells = table.columns.iter().map(|column| cell(row, &column.cells)).collect::<Vec<_>>();
            format!("{}: {}", table.place(row), cells.join(" "))
        };
        (again..table.rows()).map(row).collect()
    }

    /// The rows of each part.
    fn parts(mut stream: Stream) -> Result<Vec<Vec<String>>, String> {
        let mut all = Vec::new();
        while let Some(part) = stream.next().map_err(|error| format!("{error:#}"))? {
            let table = part.source.read(&names(&part.source.header)).map_err(|error| format!("{error:#}"))?;
            assert!(table.rows() <= stream.rows);
            all.push(rows(&table, part.again));
        }
        Ok(all)
    }

    fn told<T>(result: Result<T>) -> Result<T, String> {
        result.map_err(|error| format!("{error:#}"))
    }

    /// That the parts put together are the whole, error and all.
    fn agree(bytes: &[u8]) {
        let whole =
            told(Source::of_bytes("t", bytes.to_vec(), None).and_then(|source| source.read(&names(&source.header))));
        let whole = whole.map(|table| rows(&table, 0));
        for size in [2, 3, 5, 100] {
            let together = told(stream(bytes, size)).and_then(parts).map(|parts| parts.concat());
            assert_eq!(together, whole, "{size}: {:?}", String::from_utf8_lossy(bytes));
        }
        for (size, pairs) in [(2, false), (3, true)] {
            let Ok(mut stream) = stream(bytes, size) else { continue };
            if pairs {
                stream.pair_up();
            } else {
                stream.overlap();
            }
            assert_eq!(parts(stream).map(|parts| parts.concat()), whole, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn parts_of_a_text_are_the_whole() {
        for text in [
            "a,b\n1,x\n2,y\n3,z\n4,x\n5,y\n6,z\n7,x",
            "a,b\r\n1,x\r\n2,y\r\n3,z\r\n4,x\r\n5,y\r\n",
            "a,b\r1,x\r2,y\r3,z\r4,x\r5,y\r\r\r",
            "\u{feff}a,b\n1,x\n\u{feff}2,y\n\u{feff}3,z\n",
            "\u{feff}\"a\nb\",c\n1,x\n2,y\n3,z\n",
            "\n\n\"a\",b\n\n1,x\n\n\n2,y\n3,\"x\n\ny\"\n\"4\r\n\",\"say \"\"z\"\",\"\r\n\r\n5,6\" tall\n",
            "a\n1\n2\n3\n4\n5\n\n\n",
        ] {
            agree(text.as_bytes());
        }
    }

    #[test]
    fn what_is_wrong_with_a_text_is_told_with_its_line_in_the_whole() {
        for text in [
            "",
            "\n\n",
            "a,b\n",
            "3,1\n4,2\n",
            "a;b\n1;2\n",
            "a,b\n1,x\n2,y\n3,z\n4\n5,y\n",
            "a,b\n1,x\n2,y\n3,z\n4,\n5,y\n",
            "a,b\n1,x\n2,\"y\nz\"\n3,z\n4,nan\n5,y\n",
            "a,b\n1,x\n2,y\n3,\"z\n4,x\n5,y\n",
            "a,b\n1,x\n2,y\n3,\0\n4,x\n",
            "a\n1\n2\n3\n\n4\n",
            "a\n1\n2\n\n3\n4\n",
        ] {
            agree(text.as_bytes());
        }
        agree(b"a,b\n1,x\n2,y\n3,\xE9\n4,x\n");
    }

    #[test]
    fn parts_of_any_text_are_the_whole() {
        // A walk through the numbers of 31 bits, whose bits from the eighteenth on look drawn.
        let mut number: u64 = 1;
        let mut draw = |below: u64| {
            number = number * 1_103_515_245 % (1 << 31) + 12_345;
            (number >> 17) % below
        };
        for _ in 0..3000 {
            let body = (0..draw(40)).map(|_| ["a", "1", ",", ",", "\"", "\n", "\n", "\r", " x"][draw(9) as usize]);
            agree(format!("p,q\n{}", body.collect::<String>()).as_bytes());
        }
    }

    /// An IDX of bytes.
    fn idx(shape: &[u32], bytes: &[u8]) -> Vec<u8> {
        let axes: Vec<u8> = shape.iter().flat_map(|axis| axis.to_be_bytes()).collect();
        [&[0, 0, 8, shape.len() as u8], axes.as_slice(), bytes].concat()
    }

    fn npy(order: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
        npy_of("<f4", order, shape, bytes)
    }

    fn npy_of(descr: &str, order: &str, shape: &str, bytes: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}\n");
        [b"\x93NUMPY\x01\x00", (header.len() as u16).to_le_bytes().as_slice(), header.as_bytes(), bytes].concat()
    }

    #[test]
    fn parts_of_an_array_are_the_whole() {
        let numbers = |count: u8| (0..count).flat_map(|number| f32::from(number).to_le_bytes()).collect::<Vec<u8>>();
        agree(&idx(&[7, 2, 1], &(0..14).collect::<Vec<u8>>()));
        agree(&idx(&[5], &[3, 1, 4, 1, 5]));
        agree(&npy("False", "(7, 3)", &numbers(21)));
        agree(&npy("True", "(7,)", &numbers(7)));
        // The rest is wrong; a header is looked at before anything is read.
        let mut endless = numbers(9);
        endless.extend(f32::NAN.to_le_bytes());
        agree(&npy("False", "(10, 1)", &endless));
        agree(&npy("False", "(7, 3)", &numbers(20)));
        agree(&npy("False", "(7, 3)", &numbers(22)));
        agree(&npy("False", "(0, 3)", &[]));
        agree(&npy("?", "(1, 3)", &numbers(3)));
        agree(&npy("False", "(18446744073709551615, 2)", &[1]));
        agree(&idx(&[7, 2], &[1])[..9]);
        let message = told(stream(&npy("True", "(2, 2)", &numbers(4)), 2)).unwrap_err();
        assert!(message.starts_with("t: its numbers stand column after column (fortran_order)"), "{message}");
        let wide = told(stream(&npy("False", "(2, 9000000)", &[]), 2)).unwrap_err();
        let says =
            "t: the numbers of an array of [2, 9000000] take 72000000 bytes, those of a row more than 32 MiB, the most";
        assert!(wide.starts_with(says), "{wide}");
    }

    #[test]
    fn a_part_ends_where_a_sequence_does() {
        let sizes = |text: &str, rows: usize| {
            let mut stream = stream(text.as_bytes(), rows).unwrap();
            stream.end_with_sequences(Some("s"));
            parts(stream).map(|parts| parts.iter().map(Vec::len).collect::<Vec<_>>())
        };
        let text = "s,x\na,1\na,2\nb,3\nb,4\nb,5\nc,6\nd,7\nd,8\n";
        assert_eq!(sizes(text, 3), Ok(vec![2, 3, 3]));
        assert_eq!(sizes(text, 4), Ok(vec![2, 4, 2]));
        assert_eq!(sizes(text, 5), Ok(vec![5, 3]));
        assert_eq!(sizes(text, 8), Ok(vec![8]));
        let message = "t: line 4, column s: a sequence of more than 2 rows, or 8 MiB; a part holds whole sequences";
        assert_eq!(sizes(text, 2), Err(message.to_owned()));
        let bytes = idx(&[6, 2], &[1, 1, 1, 2, 2, 3, 2, 4, 3, 5, 3, 6]);
        let mut stream = stream(&bytes, 3).unwrap();
        stream.end_with_sequences(Some("pixel0"));
        let parts = parts(stream).unwrap();
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2]);
        assert_eq!(parts[1], ["row 2: 2 3", "row 3: 2 4"]);
    }

    #[test]
    fn a_series_goes_on_from_the_last_row_of_the_part_before() {
        let mut stream = stream(b"a\n1\n2\n3\n4\n5\n", 3).unwrap();
        stream.overlap();
        let mut all = Vec::new();
        while let Some(part) = stream.next().unwrap() {
            all.push(rows(&part.source.read(&names(&part.source.header)).unwrap(), 0));
        }
        let lines =
            |lines: &[u32]| lines.iter().map(|line| format!("line {line}: \"{}\"", line - 1)).collect::<Vec<_>>();
        assert_eq!(all, [lines(&[2, 3, 4]), lines(&[4, 5, 6])]);
    }

    #[test]
    fn labels_that_take_more_bytes_than_their_images_end_a_part_as_well() {
        const ROWS: usize = MOST_OF_ARRAY / 8 + 1;
        let directory = tempfile::tempdir().unwrap();
        let [images, labels] = ["t_x.npy", "t_y.npy"].map(|name| directory.path().join(name));
        let write = |path: &Path, descr: &str, shape: &str, bytes: &[u8]| {
            std::fs::write(path, npy_of(descr, "False", shape, bytes)).unwrap();
        };
        write(&images, "|u1", &format!("({ROWS}, 1, 1)"), &vec![7; ROWS]);
        write(&labels, "<i8", &format!("({ROWS},)"), &vec![0; 8 * ROWS]);
        let mut stream = Stream::open(images.to_str().unwrap(), 1_000_000_000).unwrap();
        let mut rows = Vec::new();
        while let Some(part) = stream.next().unwrap() {
            assert_eq!(part.source.header, ["pixel0", "label"]);
            let Content::Matrix(matrix) = part.source.content else { panic!("numbers") };
            rows.push(matrix.into_arrays().unwrap().map(|array| array.unwrap().rows()));
        }
        assert_eq!(rows, [[ROWS - 1; 2], [1; 2]]);
    }

    #[test]
    fn what_is_wrong_is_told_alike_where_sequences_end_parts() {
        for text in ["a,s\n1,x\n,x\n2,\n3,y\n", "a,s\n1,x\n2\n2,\n", "a,s\n1,\n2,x\n"] {
            let whole = told(Source::of_bytes("t", text.into(), None).unwrap().read(&names(&["a".into(), "s".into()])));
            let mut stream = stream(text.as_bytes(), 3).unwrap();
            stream.end_with_sequences(Some("s"));
            assert_eq!(parts(stream).unwrap_err(), whole.unwrap_err(), "{text:?}");
        }
    }

    #[test]
    fn a_part_has_at_most_so_many_bytes() {
        let long = "x".repeat(MOST_OF_TEXT / 2);
        let sizes = parts(stream_of(format!("a,b\n1,{long}\n2,{long}\n3,y\n"))).unwrap();
        assert_eq!(sizes.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
        let message = "t: line 3: a row of more than 8 MiB, the most that is read at a time";
        assert_eq!(parts(stream_of(format!("a,b\n1,x\n2,{long}{long}\n"))).unwrap_err(), message);
        let message = parts(stream_of(format!("a,b\n1,x\n2,\"{long}\n{long}\n"))).unwrap_err();
        assert!(
            message.starts_with("t: line 3: a row") && message.ends_with("; a quote is open at its end"),
            "{message}"
        );
    }

    fn stream_of(text: String) -> Stream {
        Stream::of("t", Cursor::new(text.into_bytes()), None, None, 1000).unwrap()
    }
}
