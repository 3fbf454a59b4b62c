//! Model files: valid safetensors files, so that any reader of that format opens them.
//!
//! Eight bytes say how long the header is, a JSON object names each array with its type, shape and place, and the
//! numbers follow. What makes a file ours stands under `__metadata__`: the format and its version, the kind of model,
//! its settings, the names of the columns, why training ended, and a checksum over all of it. The losses of the epochs
//! are arrays beside those of the model, since there may be millions of them.
//!
//! Keys are written sorted, and nothing in the file depends on clock, path or number of threads: the same training
//! gives the same bytes. (The crate `safetensors` writes its metadata in random order; it checks our files in the tests.)

use crate::arrays::{Array, Arrays, dtype};
use crate::model::History;
use crate::{Error, Precision, Result, Schema, write_whole};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

/// What `__metadata__` calls a file of ours.
const FORMAT: &str = "nn";
/// The version that this code writes, and the newest that it reads.
const VERSION: &str = "2";
/// Stands in the header where the checksum goes, while the checksum is computed.
const NO_CHECKSUM: &str = "00000000";
/// What the names of the arrays that hold the course of the training begin with.
const HISTORY: &str = "history.";
const LOSSES: &str = "losses";
const VALIDATION_LOSSES: &str = "validation_losses";
/// What stands before the name of anything else that was measured.
const MEASURE: &str = "measure.";
/// A header is names, shapes and settings: one beyond this is not read.
const LONGEST_HEADER: usize = 64 << 20;

/// The content of a model file.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ModelFile {
    /// The kind of model: `mlp`.
    pub kind: String,
    /// Its settings as a JSON object.
    pub params: String,
    /// The names of its columns and classes, where the data had any.
    pub schema: Option<Schema>,
    /// The course of its training.
    pub history: History,
    /// Its numbers.
    pub arrays: Arrays,
    /// The float of its numbers.
    pub precision: Precision,
}

impl ModelFile {
    /// A file of these parts, without names of columns. `params` is a JSON object.
    pub fn new(kind: &str, params: &str, history: History, arrays: Arrays, precision: Precision) -> Self {
        Self { kind: kind.to_owned(), params: params.to_owned(), schema: None, history, arrays, precision }
    }

    /// That this is a `what` of such a kind and float.
    ///
    /// # Errors
    /// [`Error::Format`] where it is another.
    pub(crate) fn check(&self, what: &str, kind: &str, precision: Precision) -> Result<()> {
        if self.kind != kind {
            return Err(Error::format(format!("kind of {what}: expected {kind}, got {}", self.kind)));
        }
        if self.precision != precision {
            let [expected, got] = [precision, self.precision].map(dtype);
            let type_name = got.to_lowercase();
            let told =
                format!("float of the {what}: expected {expected}, got {got}, which a model of {type_name} reads");
            return Err(Error::format(told));
        }
        Ok(())
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut data = Vec::new();
        let mut header = Map::new();
        let History { losses, validation_losses, measures, .. } = &self.history;
        let mut course = Arrays::new();
        for (name, values) in [(LOSSES, losses), (VALIDATION_LOSSES, validation_losses)] {
            course.insert(format!("{HISTORY}{name}"), &[values.len()], values);
        }
        for (name, values) in measures {
            course.insert(format!("{HISTORY}{MEASURE}{name}"), &[values.len()], values);
        }
        let all: BTreeMap<_, _> = self.arrays.0.iter().chain(&course.0).collect();
        for (name, array) in all {
            let start = data.len();
            data.extend_from_slice(&array.bytes);
            let entry =
                json!({"data_offsets": [start, data.len()], "dtype": dtype(array.precision), "shape": array.shape});
            header.insert(name.clone(), entry);
        }
        header.insert("__metadata__".to_owned(), self.metadata());
        whole(header, &data)
    }

    fn metadata(&self) -> Value {
        let mut metadata = json!({
            "checksum": NO_CHECKSUM,
            "crate_version": env!("CARGO_PKG_VERSION"),
            "format": FORMAT,
            "format_version": VERSION,
            "kind": self.kind,
            "params": self.params,
            "precision": dtype(self.precision),
            "stopped": self.history.stopped,
        });
        if let Some(schema) = &self.schema {
            metadata["schema"] = json!(schema).to_string().into();
        }
        metadata
    }

    /// Reads the bytes of a file. Everything is checked against the length of `bytes` before anything is allocated.
    ///
    /// # Errors
    /// [`Error::Format`] for anything but a whole, unaltered model file of a version that this code knows.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (header, data) = split(bytes)?;
        let header = parsed(header).ok_or_else(not_a_model)?;
        let text = |key: &str| header["__metadata__"].get(key).and_then(Value::as_str);
        match text("format_version") {
            Some(VERSION) => {}
            other => {
                let got = other.unwrap_or("none");
                return Err(Error::format(format!("format version of the file: expected {VERSION}, got {got}")));
            }
        }
        if text("checksum") != Some(&checksum(&header, data)) {
            return Err(Error::format("the file is damaged: its checksum does not match its content"));
        }
        let needed = |key: &str| text(key).ok_or_else(|| Error::format(format!("metadata {key} is missing")));
        let json_error = |e: serde_json::Error| Error::format(format!("metadata of the file: {e}"));
        let mut arrays = read_arrays(&header, data)?;
        let mut history = History {
            stopped: serde_json::from_value(needed("stopped")?.into()).map_err(json_error)?,
            ..History::default()
        };
        let names: Vec<String> = arrays.0.keys().filter(|name| name.starts_with(HISTORY)).cloned().collect();
        for name in names {
            let values = arrays.list(&name)?;
            arrays.0.remove(&name);
            match &name[HISTORY.len()..] {
                LOSSES => history.losses = values,
                VALIDATION_LOSSES => history.validation_losses = values,
                other => match other.strip_prefix(MEASURE) {
                    Some(measure) => drop(history.measures.insert(measure.to_owned(), values)),
                    None => return Err(Error::format(format!("array {name}: no history has it"))),
                },
            }
        }
        Ok(Self {
            kind: needed("kind")?.to_owned(),
            params: needed("params")?.to_owned(),
            schema: text("schema").map(serde_json::from_str).transpose().map_err(json_error)?,
            precision: precision(needed("precision")?)?,
            history,
            arrays,
        })
    }

    /// The same bytes with the checksum that belongs to them; `None` where they are no file of ours. What tries a reader needs it: else
    /// the checksum tells of any altered byte before anything looks at it.
    #[doc(hidden)]
    pub fn sealed(bytes: &[u8]) -> Option<Vec<u8>> {
        let (header, data) = split(bytes).ok()?;
        parsed(header).map(|header| whole(header, data))
    }

    /// Writes the file: to a temporary file beside `path`, flushed, which then takes its place.
    ///
    /// # Errors
    /// [`Error::Io`] where the operating system refuses; nothing is left behind then.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        write_whole(path.as_ref(), &self.to_bytes())
    }

    /// Whether the file at `path` begins as a model file of ours, be it of another version; its numbers are not read.
    pub fn is_at(path: &Path) -> bool {
        let header = || {
            let mut file = fs::File::open(path).ok()?;
            let mut first = [0; 8];
            file.read_exact(&mut first).ok()?;
            let mut header = Vec::new();
            file.take(length(first)? as u64).read_to_end(&mut header).ok()?;
            parsed(&header)
        };
        header().is_some()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be read, and those of [`from_bytes`](Self::from_bytes).
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = fs::read(path).map_err(|error| Error::io(path, error))?;
        Self::from_bytes(&bytes).map_err(|error| error.within(path.display()))
    }
}

fn not_a_model() -> Error {
    Error::format("not a model file of nn")
}

/// Header and data of a safetensors file.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first_chunk().ok_or_else(not_a_model)?;
    let length = length(*first).filter(|_| rest.first() == Some(&b'{')).ok_or_else(not_a_model)?;
    rest.split_at_checked(length).ok_or_else(|| Error::format("the file is truncated: its header is not whole"))
}

/// The length of the header, which the first bytes of a file tell; `None` where it is longer than any of ours.
fn length(first: [u8; 8]) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(first)).ok().filter(|length| *length <= LONGEST_HEADER)
}

/// The header of a model file of ours, of whatever version.
fn parsed(header: &[u8]) -> Option<Map<String, Value>> {
    let header: Map<String, Value> = serde_json::from_slice(header).ok()?;
    (header.get("__metadata__")?.get("format")? == FORMAT).then_some(header)
}

/// The bytes of a file with this header, in which the checksum is not that of the content yet.
fn whole(mut header: Map<String, Value>, data: &[u8]) -> Vec<u8> {
    let checksum = checksum(&header, data);
    if let Some(metadata) = header.get_mut("__metadata__") {
        metadata["checksum"] = checksum.into();
    }
    let mut text = Value::Object(header).to_string();
    // The format asks that the numbers start at a multiple of eight bytes.
    text.extend(std::iter::repeat_n(' ', text.len().next_multiple_of(8) - text.len()));
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    bytes.extend_from_slice(data);
    bytes
}

/// CRC-32 of the header, written without a checksum, and the data: any altered byte that means something shows.
fn checksum(header: &Map<String, Value>, data: &[u8]) -> String {
    let mut header = header.clone();
    if let Some(metadata) = header.get_mut("__metadata__") {
        metadata["checksum"] = NO_CHECKSUM.into();
    }
    let mut crc = crc32fast::Hasher::new();
    crc.update(Value::Object(header).to_string().as_bytes());
    crc.update(data);
    format!("{:08x}", crc.finalize())
}

fn precision(name: &str) -> Result<Precision> {
    [Precision::F32, Precision::F64]
        .into_iter()
        .find(|&p| dtype(p) == name)
        .ok_or_else(|| Error::format(format!("float of an array: expected F32 or F64, got {name}")))
}

/// The arrays of a header. As the format asks, they fill the data without holes and without overlap, so that no small
/// file makes large arrays.
fn read_arrays(header: &Map<String, Value>, data: &[u8]) -> Result<Arrays> {
    let mut places = Vec::new();
    for (name, entry) in header.iter().filter(|(name, _)| *name != "__metadata__") {
        let place = Place::read(entry).ok_or_else(|| Error::format(format!("array {name}: malformed")))?;
        places.push((place, name));
    }
    places.sort_by_key(|(place, _)| (place.start, place.end));
    let mut arrays = BTreeMap::new();
    let mut filled = 0;
    for (Place { start, end, shape, precision }, name) in places {
        if start != filled || end < start || data.len() < end {
            return Err(Error::format(format!(
                "array {name}: its place in the data overlaps, leaves a hole or ends outside"
            )));
        }
        filled = end;
        arrays.insert(name.clone(), Array { shape, precision, bytes: data[start..end].to_vec() });
    }
    if filled != data.len() {
        return Err(Error::format(format!("bytes of the arrays: expected {}, got {filled}", data.len())));
    }
    Ok(Arrays(arrays))
}

/// Where an array stands, and what it is.
struct Place {
    start: usize,
    end: usize,
    shape: Vec<usize>,
    precision: Precision,
}

impl Place {
    /// `None` where the entry is malformed, or the shape does not fill the place.
    fn read(entry: &Value) -> Option<Self> {
        let whole = |value: &Value| value.as_u64().and_then(|v| usize::try_from(v).ok());
        let shape = entry.get("shape")?.as_array()?.iter().map(whole).collect::<Option<Vec<_>>>()?;
        let precision = precision(entry.get("dtype")?.as_str()?).ok()?;
        let width = match precision {
            Precision::F32 => size_of::<f32>(),
            Precision::F64 => size_of::<f64>(),
        };
        let offsets = entry.get("data_offsets")?;
        let (start, end) = (whole(offsets.get(0)?)?, whole(offsets.get(1)?)?);
        let bytes = shape.iter().try_fold(width, |size, &axis| size.checked_mul(axis))?;
        (end.checked_sub(start)? == bytes).then_some(Self { start, end, shape, precision })
    }
}
