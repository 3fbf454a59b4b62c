//! What the fits of a search came to, in memory and as a file: a search that is killed and continued does none of them twice, and
//! chooses what it would have chosen.

use super::{Candidate, Tuning};
use crate::checkpoint::{Unlike, fingerprint, unlike};
use crate::params::as_typed;
use crate::{Arrays, Dataset, Error, History, ModelFile, Precision, Recipe, Result, Scalar, compared};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// What the file calls itself where a model's file has the kind of model.
const KIND: &str = "search";

/// Which fit: the outer fold, from 1, or 0 for the search over all samples; the candidate; and the fold.
pub(super) type Place = [usize; 3];

/// What a fit came to.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    /// So much of this measure.
    Measured(&'static str, f64),
    /// Nothing, for this reason.
    Failed(String),
}

/// The fits of a search that are done. It knows the settings and the data it was made with, and continues no others.
///
/// The file is of the format of model files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    origin: Map<String, Value>,
    done: BTreeMap<Place, Outcome>,
}

/// What the file holds beside its numbers.
#[derive(Serialize, Deserialize)]
struct Header {
    origin: Map<String, Value>,
    failed: Vec<(Place, String)>,
    measures: Vec<String>,
}

impl Ledger {
    /// Of a search that begins.
    pub(super) fn new(origin: Map<String, Value>) -> Self {
        Self { origin, done: BTreeMap::new() }
    }

    /// How many fits are done.
    pub fn done(&self) -> usize {
        self.done.len()
    }

    pub(super) fn get(&self, place: Place) -> Option<&Outcome> {
        self.done.get(&place)
    }

    pub(super) fn add(&mut self, place: Place, outcome: Outcome) {
        self.done.insert(place, outcome);
    }

    /// Whether a file is one.
    pub fn is_in(file: &ModelFile) -> bool {
        file.kind == KIND
    }

    /// Writes the file: to a temporary one beside `path`, flushed, which then takes its place.
    ///
    /// # Errors
    /// [`Error::Io`] where the operating system refuses.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<()> {
        self.to_file().write(path.as_ref())
    }

    /// Reads what [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// [`Error::Io`] where it cannot be read, [`Error::Format`] where it is no such file, whole and unaltered.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_file(&ModelFile::read(path)?).map_err(|error| error.within(path.display()))
    }

    fn to_file(&self) -> ModelFile {
        let (mut places, mut values, mut kinds) = (Vec::new(), Vec::new(), Vec::new());
        let mut header = Header { origin: self.origin.clone(), failed: Vec::new(), measures: Vec::new() };
        for (&place, outcome) in &self.done {
            match outcome {
                Outcome::Failed(why) => header.failed.push((place, why.clone())),
                Outcome::Measured(name, value) => {
                    let known = header.measures.iter().position(|known| known == name);
                    kinds.push(known.unwrap_or(header.measures.len()));
                    if known.is_none() {
                        header.measures.push((*name).to_owned());
                    }
                    places.extend(place);
                    values.push(*value);
                }
            }
        }
        let mut arrays = Arrays::new();
        arrays.insert_counts("places", &places);
        arrays.insert_counts("kinds", &kinds);
        arrays.insert("values", &[values.len()], &values);
        ModelFile::new(KIND, &json!(header).to_string(), History::default(), arrays, Precision::F64)
    }

    /// The ledger in a file's content.
    ///
    /// # Errors
    /// [`Error::Format`] where it is none, or its parts do not fit together.
    pub fn from_file(file: &ModelFile) -> Result<Self> {
        if !Self::is_in(file) {
            return Err(Error::format(format!("expected a search for settings, got a file of the kind {}", file.kind)));
        }
        file.check("search", KIND, Precision::F64)?;
        let wrong = |what: &str| Error::format(format!("search: {what}"));
        let header: Header = serde_json::from_str(&file.params).map_err(|e| wrong(&e.to_string()))?;
        let values: Vec<f64> = file.arrays.list("values")?;
        let kinds = file.arrays.counts("kinds", values.len())?;
        let places = file.arrays.counts("places", values.len().saturating_mul(3))?;
        let measures = header.measures.iter().map(|name| compared().find(|known| known == name));
        let measures: Option<Vec<&'static str>> = measures.collect();
        let measures = measures.ok_or_else(|| wrong("a measure is not known"))?;
        if values.iter().any(|value| !value.is_finite()) {
            return Err(wrong("what was measured is no finite number"));
        }
        let mut done: BTreeMap<Place, Outcome> =
            header.failed.into_iter().map(|(place, why)| (place, Outcome::Failed(why))).collect();
        for ((place, kind), value) in places.chunks_exact(3).zip(kinds).zip(values) {
            let name = measures.get(kind).ok_or_else(|| wrong("a measure has no name"))?;
            done.insert([place[0], place[1], place[2]], Outcome::Measured(name, value));
        }
        Ok(Self { origin: header.origin, done })
    }

    /// That the search that is to be continued is this one.
    pub(super) fn check(&self, origin: &Map<String, Value>) -> Result<()> {
        // Settings of another model would be told as other settings.
        let model = |origin: &Map<String, Value>| origin.get("model").map(as_typed).unwrap_or_default();
        let other = unlike(&self.origin, origin).map(|unlike| match (model(&self.origin), model(origin)) {
            (expected, got) if expected != got => Unlike { name: "model".to_owned(), expected, got },
            _ => unlike,
        });
        other.map_or(Ok(()), |Unlike { name, expected, got }| {
            Err(Error::param(&name, got, format!("{expected} as in the search that is continued")))
        })
    }
}

/// What must be the same where a search is continued: settings by name, what is tried, how, and on what data.
pub(super) fn origin<F: Scalar>(
    tuning: &Tuning,
    base: &Recipe,
    candidates: &[Candidate],
    data: &Dataset<'_, F>,
    unlabelled: Option<&Dataset<'_, F>>,
) -> Map<String, Value> {
    let mut origin = base.settings.clone();
    // What is tried is told by the candidates.
    for (name, _) in candidates.iter().flat_map(|candidate| &candidate.0) {
        origin.remove(name);
    }
    let mut crc = crc32fast::Hasher::new();
    candidates.iter().for_each(|candidate| crc.update(json!(candidate).to_string().as_bytes()));
    let own = [
        ("model", json!(base.model)),
        ("candidates", json!(candidates.len())),
        ("checksum of the candidates", json!(format!("{:08x}", crc.finalize()))),
        ("folds", json!(tuning.folds)),
        ("nested", json!(tuning.nested)),
        ("order", json!(tuning.order)),
        ("seed of the folds", json!(tuning.seed)),
        ("measure", json!(tuning.measure)),
        ("rule", json!(tuning.choice)),
        ("race", json!(tuning.race)),
        ("precision", json!(F::PRECISION.name())),
    ];
    origin.extend(own.map(|(name, value)| (name.to_owned(), value)));
    for (what, data) in [("data", Some(data)), ("samples without a target", unlabelled)] {
        for (name, value) in data.into_iter().flat_map(fingerprint) {
            origin.insert(format!("{name} of the {what}"), value);
        }
    }
    origin
}
