//! Model files: valid safetensors files, so that any reader of that format opens them.
//!
//! Eight bytes say how long the header is, a JSON object names each array with its type, shape and place, and the
//! numbers follow. What makes a file ours stands under `__metadata__`: the format and its version, the kind of model,
//! its settings, the names of the columns, why training ended, and a checksum over all of it. The losses of the epochs
//! are arrays beside those of the model, since there may be millions of them.
//!
//! Keys are written sorted, and nothing in the file depends on clock, path or number of threads: the same training
//! gives the same bytes. (The crate `safetensors` writes its metadata in random order; it checks our files in the tests.)

use crate::model::{History, Model};
use crate::{Error, Params, Precision, Result, Scalar, Schema};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, process};

/// What `__metadata__` calls a file of ours.
const FORMAT: &str = "nn";
/// The version that this code writes, and the newest that it reads.
const VERSION: &str = "1";
/// Stands in the header where the checksum goes, while the checksum is computed.
const NO_CHECKSUM: &str = "00000000";
/// The arrays that hold the course of the training.
const LOSSES: &str = "history.losses";
const VALIDATION_LOSSES: &str = "history.validation_losses";
/// A header is names, shapes and settings: one beyond this is not read.
const LONGEST_HEADER: usize = 64 << 20;

/// Arrays by name, kept sorted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrays(BTreeMap<String, Array>);

/// Numbers with a shape, the last axis running fastest: the weights of a layer are `[outputs, inputs]`.
#[derive(Clone, Debug, PartialEq)]
struct Array {
    shape: Vec<usize>,
    precision: Precision,
    bytes: Vec<u8>,
}

impl Arrays {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `values` as `name`; `shape` has their axes, the last one running fastest.
    pub fn insert<F: Scalar>(&mut self, name: impl Into<String>, shape: &[usize], values: &[F]) {
        debug_assert_eq!(shape.iter().product::<usize>(), values.len());
        let mut bytes = Vec::with_capacity(size_of_val(values));
        F::extend_bytes(values, &mut bytes);
        self.0.insert(name.into(), Array { shape: shape.to_vec(), precision: F::PRECISION, bytes });
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

    /// All that is saved of `model`; it has no names yet.
    pub fn of<F: Scalar, M: Model<F>>(model: &M) -> Self {
        // Plain data of strings and finite numbers always has a JSON form.
        let params = serde_json::to_string(model.params()).unwrap_or_default();
        Self::new(M::Params::KIND, &params, model.history().clone(), model.arrays(), F::PRECISION)
    }

    /// The model that this holds.
    ///
    /// # Errors
    /// [`Error::Format`] where it is another kind of model or float, or its parts do not fit together;
    /// [`Error::Param`] where a setting is out of its range.
    pub fn model<F: Scalar, M: Model<F>>(&self) -> Result<M> {
        if self.kind != M::Params::KIND {
            return Err(Error::format(format!("kind of model: expected {}, got {}", M::Params::KIND, self.kind)));
        }
        if self.precision != F::PRECISION {
            let [expected, got] = [F::PRECISION, self.precision].map(dtype);
            return Err(Error::format(format!("float of the model: expected {expected}, got {got}")));
        }
        let params: M::Params =
            serde_json::from_str(&self.params).map_err(|e| Error::format(format!("settings of the model: {e}")))?;
        params.validate()?;
        M::from_arrays(params, self.history.clone(), &self.arrays)
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut data = Vec::new();
        let mut header = Map::new();
        let mut losses = Arrays::new();
        for (name, values) in [(LOSSES, &self.history.losses), (VALIDATION_LOSSES, &self.history.validation_losses)] {
            losses.insert(name, &[values.len()], values);
        }
        let all: BTreeMap<_, _> = self.arrays.0.iter().chain(&losses.0).collect();
        for (name, array) in all {
            let start = data.len();
            data.extend_from_slice(&array.bytes);
            let entry =
                json!({"data_offsets": [start, data.len()], "dtype": dtype(array.precision), "shape": array.shape});
            header.insert(name.clone(), entry);
        }
        header.insert("__metadata__".to_owned(), self.metadata());
        let checksum = checksum(&header, &data);
        header["__metadata__"]["checksum"] = checksum.into();

        let mut text = Value::Object(header).to_string();
        // The format asks that the numbers start at a multiple of eight bytes.
        text.extend(std::iter::repeat_n(' ', text.len().next_multiple_of(8) - text.len()));
        let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(text.as_bytes());
        bytes.extend_from_slice(&data);
        bytes
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
        let mut losses = |name: &str| {
            let values = arrays.get(name, arrays.shape(name).unwrap_or_default());
            arrays.0.remove(name);
            values
        };
        let history = History {
            losses: losses(LOSSES)?,
            validation_losses: losses(VALIDATION_LOSSES)?,
            stopped: serde_json::from_value(needed("stopped")?.into()).map_err(json_error)?,
        };
        Ok(Self {
            kind: needed("kind")?.to_owned(),
            params: needed("params")?.to_owned(),
            schema: text("schema").map(serde_json::from_str).transpose().map_err(json_error)?,
            precision: precision(needed("precision")?)?,
            history,
            arrays,
        })
    }

    /// Writes the file: to a temporary file beside `path`, flushed, which then takes its place.
    ///
    /// # Errors
    /// [`Error::Io`] where the operating system refuses; nothing is left behind then.
    pub fn write(&self, path: &Path) -> Result<()> {
        write_whole(path, &self.to_bytes())
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
    pub fn read(path: &Path) -> Result<Self> {
        Self::from_bytes(&fs::read(path).map_err(|e| Error::io(path, e))?)
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

/// Writes `bytes` to a file beside `path`, flushes it and renames it, so that `path` is never half-written.
///
/// # Errors
/// [`Error::Io`] where the operating system refuses; nothing is left behind then.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let (mut file, temporary) = temporary(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|e| {
        // What matters is the first error.
        let _ = fs::remove_file(&temporary);
        Error::io(path, e)
    })
}

/// That a file can be made beside `path`, as [`write_whole`] will have to; none is left there. An existing one at `path` is
/// not looked at.
///
/// # Errors
/// [`Error::Io`] where the operating system refuses.
pub fn check_writable(path: &Path) -> Result<()> {
    let (_, temporary) = temporary(path)?;
    fs::remove_file(temporary).map_err(|e| Error::io(path, e))
}

/// A new file beside `path` that is to take its place.
fn temporary(path: &Path) -> Result<(fs::File, PathBuf)> {
    // Two writers of one path, threads or processes, must not share a temporary file.
    static WRITERS: AtomicU64 = AtomicU64::new(0);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.{}.tmp", process::id(), WRITERS.fetch_add(1, Ordering::Relaxed)));
    let temporary = path.with_file_name(name);
    let file = fs::File::create_new(&temporary).map_err(|e| Error::io(path, e))?;
    // It says to others that the writer lives; where a file system has no locks, they leave the file alone.
    let _ = file.try_lock();
    Ok((file, temporary))
}

/// Removes what writers of `path` left behind that were killed: temporary files beside it that nobody is writing.
pub fn remove_leftovers(path: &Path) {
    for (_, temporary) in temporaries(path) {
        if fs::File::open(&temporary).is_ok_and(|file| file.try_lock().is_ok()) {
            // Another process may have been quicker.
            let _ = fs::remove_file(temporary);
        }
    }
}

/// Removes what this process itself is just writing beside `path`: for whoever is about to end it.
pub fn remove_unfinished(path: &Path) {
    for (_, temporary) in temporaries(path).into_iter().filter(|(writer, _)| *writer == process::id()) {
        let _ = fs::remove_file(temporary);
    }
}

/// The temporary files beside `path`, each with the process that made it.
fn temporaries(path: &Path) -> Vec<(u32, PathBuf)> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (Some(name), Ok(entries)) = (path.file_name().and_then(OsStr::to_str), fs::read_dir(directory)) else {
        return Vec::new();
    };
    let writer = |entry: &str| {
        let numbers = entry.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(".tmp")?;
        let (writer, count) = numbers.split_once('.')?;
        count.parse::<u64>().ok()?;
        writer.parse().ok()
    };
    let ours = |entry: fs::DirEntry| Some((writer(entry.file_name().to_str()?)?, entry.path()));
    entries.flatten().filter_map(ours).collect()
}
