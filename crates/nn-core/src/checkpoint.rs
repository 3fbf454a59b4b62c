//! A training between two epochs, in memory and as a file: stopped and continued, it gives the same bits as if it had
//! never been stopped.
//!
//! Random numbers are keyed by seed, use, step and shard, so no generator has a state to keep: the parameters, what the
//! rule and the lanes remember, the course so far and the number of steps are all.

use crate::arrays::Arrays;
use crate::course::StoppingCriteria;
use crate::file::ModelFile;
use crate::kernels::all_finite;
use crate::model::History;
use crate::params::{Recipe, as_typed};
use crate::training::State;
use crate::{Dataset, Error, Result, Scalar, Target};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the file calls itself where a model's file has the kind of model.
const KIND: &str = "checkpoint";
/// The setting that every model has.
const EPOCHS: &str = "epochs";
/// No training takes so many steps; beyond it not every whole number is an f64.
const TOO_MANY: u64 = 1 << 53;

/// A training between two epochs. It knows the settings and the data it was made with, and continues no others.
///
/// The file is of the format of model files, so that any safetensors reader opens it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checkpoint<F: Scalar> {
    /// All that training moves, as the last epoch left it.
    pub state: State<F>,
    /// The losses of the epochs that are done.
    pub history: History,
    pub(crate) best: Option<Best<F>>,
    pub(crate) origin: Origin,
}

/// Where checkpoints go, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointTo {
    /// The file; each checkpoint takes the place of the one before, and none is ever half-written.
    pub path: PathBuf,
    /// How often, beside where training ends.
    pub every: Every,
}

/// How often a checkpoint is written, beside the one where training ends. An epoch that the stop flag leaves half done
/// counts as not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    /// After every so many epochs; 0 is only where training ends.
    Epochs(usize),
    /// After the first epoch that ends so long after the last checkpoint: what small networks pass in microseconds is
    /// then not held up by the disk.
    Time(Duration),
}

impl From<usize> for Every {
    fn from(epochs: usize) -> Self {
        Self::Epochs(epochs)
    }
}

impl From<Duration> for Every {
    fn from(time: Duration) -> Self {
        Self::Time(time)
    }
}

/// The parameters with the best validation loss so far.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Best<F> {
    pub(crate) epoch: usize,
    pub(crate) theta: Vec<F>,
}

/// What must be the same where a checkpoint is continued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Origin {
    #[serde(flatten)]
    recipe: Recipe,
    data: Map<String, Value>,
    validation: Map<String, Value>,
}

/// What the file holds beside arrays and history.
#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(flatten)]
    origin: Origin,
    steps: u64,
    best_epoch: Option<usize>,
}

impl<F: Scalar> Checkpoint<F> {
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
    /// [`Error::Io`] where it cannot be read, [`Error::Format`] where it is no checkpoint of this float, whole and
    /// unaltered.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_file(&ModelFile::read(path)?).map_err(|error| error.within(path.display()))
    }

    fn to_file(&self) -> ModelFile {
        let mut arrays = Arrays::new();
        let mut insert = |name: &str, values: &[F]| arrays.insert(name, &[values.len()], values);
        insert("theta", &self.state.theta);
        insert("running", &self.state.running);
        insert("memory", &self.state.memory);
        insert("carry", &self.state.carry);
        if let Some(best) = &self.best {
            insert("best_theta", &best.theta);
        }
        let best_epoch = self.best.as_ref().map(|best| best.epoch);
        let header = Header { origin: self.origin.clone(), steps: self.state.steps, best_epoch };
        ModelFile::new(KIND, &json!(header).to_string(), self.history.clone(), arrays, F::PRECISION)
    }

    /// The checkpoint in a file's content.
    ///
    /// # Errors
    /// [`Error::Format`] where it is no checkpoint of this float, or its parts do not fit together.
    pub fn from_file(file: &ModelFile) -> Result<Self> {
        if file.kind != KIND {
            return Err(Error::format(format!("expected a checkpoint, got a file of the kind {}", file.kind)));
        }
        file.check("checkpoint", KIND, F::PRECISION)?;
        let header: Header =
            serde_json::from_str(&file.params).map_err(|e| Error::format(format!("checkpoint: {e}")))?;
        let list = |name: &str| match file.arrays.has(name) {
            true => file.arrays.list(name),
            false => Err(Error::format(format!("array {name} is missing"))),
        };
        if TOO_MANY <= header.steps {
            return Err(Error::format(format!("checkpoint: {} steps", header.steps)));
        }
        let state = State {
            theta: list("theta")?.into(),
            running: list("running")?,
            memory: list("memory")?,
            carry: list("carry")?,
            steps: header.steps,
        };
        let history = file.history.clone();
        let done = history.losses.len();
        if done < history.validation_losses.len() || history.measures.values().any(|values| values.len() != done) {
            return Err(Error::format(format!("checkpoint: more or less was measured than its {done} epochs")));
        }
        let best = match header.best_epoch {
            Some(epoch) if 1 <= epoch && epoch <= history.validation_losses.len() => {
                Some(Best { epoch, theta: list("best_theta")? })
            }
            Some(epoch) => return Err(Error::format(format!("checkpoint: there is no validation loss {epoch}"))),
            None => None,
        };
        if !all_finite(&state.theta) || best.as_ref().is_some_and(|best| !all_finite(&best.theta)) {
            return Err(Error::format("checkpoint: a weight is no finite number"));
        }
        Ok(Self { state, history, best, origin: header.origin })
    }

    /// That the training that is to be continued is this one.
    pub(crate) fn check(&self, origin: &Origin, criteria: &StoppingCriteria, fresh: &State<F>) -> Result<()> {
        let (own, other) = (&self.origin.recipe, &origin.recipe);
        if own.model != other.model {
            let [expected, got] =
                [own, other].map(|recipe| if recipe.model.is_empty() { "none" } else { &recipe.model });
            return Err(Error::param("model", got, format!("{expected} as in the checkpoint")));
        }
        if let Some(Unlike { name, expected, got }) = unlike(&own.settings, &other.settings) {
            let mut expected = format!("{expected} as in the checkpoint");
            if let Some((_, why)) = criteria.tied.filter(|(tied, _)| *tied == name) {
                expected += &format!(", {why}");
            }
            return Err(Error::param(&name, got, expected));
        }
        for (what, expected, got) in [
            ("data", &self.origin.data, &origin.data),
            ("validation data", &self.origin.validation, &origin.validation),
        ] {
            if let Some(Unlike { name, expected, got }) = unlike(expected, got) {
                return Err(Error::data(format!(
                    "{name} of the {what}: expected {expected} as in the checkpoint, got {got}"
                )));
            }
        }
        let (done, epochs) = (self.history.losses.len(), criteria.epochs);
        if epochs < done {
            let expected = format!("{done} or more in all, for the checkpoint has done so many");
            return Err(Error::param(EPOCHS, epochs, expected));
        }
        // What has grown since knows itself whether it can have been so short.
        let best = self.best.as_ref().filter(|_| !criteria.grows).map_or(fresh.theta.len(), |best| best.theta.len());
        for (what, expected, got) in [
            ("theta", fresh.theta.len(), self.state.theta.len()),
            ("best theta", fresh.theta.len(), best),
            ("running numbers", fresh.running.len(), self.state.running.len()),
            ("memory of the rule", fresh.memory.len(), self.state.memory.len()),
            ("carry", fresh.carry.len(), self.state.carry.len()),
        ] {
            if expected != got {
                return Err(Error::shape(format!("{what} of the checkpoint"), expected, got));
            }
        }
        Ok(())
    }
}

impl ModelFile {
    /// Of what training this is a checkpoint; `None` where it is none.
    pub fn checkpoint_of(&self) -> Option<Recipe> {
        let header: Header = serde_json::from_str(&self.params).ok().filter(|_| self.kind == KIND)?;
        Some(header.origin.recipe)
    }
}

impl<F: Scalar> Best<F> {
    /// Whether `loss` is better than the best in `losses`, those of all epochs; no first loss is worse.
    pub(crate) fn see(best: &mut Option<Self>, losses: &[f64], theta: &[F]) {
        let Some(loss) = losses.last() else { return };
        match best {
            None => *best = Some(Self { epoch: losses.len(), theta: theta.to_vec() }),
            Some(best) if *loss < losses[best.epoch - 1] => {
                best.epoch = losses.len();
                // What grows is longer than it was.
                best.theta.clear();
                best.theta.extend_from_slice(theta);
            }
            Some(_) => {}
        }
    }
}

impl Origin {
    pub(crate) fn new<F: Scalar>(
        mut recipe: Recipe,
        criteria: &StoppingCriteria,
        data: &Dataset<'_, F>,
        validation: Option<&Dataset<'_, F>>,
    ) -> Self {
        // A training may go on for longer, unless its steps were those of the way to its last epoch.
        if criteria.tied.is_none_or(|(tied, _)| tied != EPOCHS) {
            recipe.settings.remove(EPOCHS);
        }
        Self { recipe, data: fingerprint(data), validation: validation.map(fingerprint).unwrap_or_default() }
    }
}

/// Sizes of the data, and a checksum over their bytes.
pub(crate) fn fingerprint<F: Scalar>(data: &Dataset<'_, F>) -> Map<String, Value> {
    let mut crc = crc32fast::Hasher::new();
    add_numbers(data.x(), &mut crc);
    let (mut classes, mut values) = (0, 0);
    match data.target() {
        Target::None => {}
        Target::Labels { labels, classes: count } => {
            classes = count;
            labels.iter().for_each(|label| crc.update(&label.to_le_bytes()));
        }
        Target::Values { values: numbers, outputs } => {
            values = outputs;
            add_numbers(numbers, &mut crc);
        }
    }
    add_numbers(data.sample_weights().unwrap_or_default(), &mut crc);
    let starts = data.starts().unwrap_or_default();
    starts.iter().for_each(|start| crc.update(&(*start as u64).to_le_bytes()));
    [
        ("features", json!(data.features())),
        ("samples", json!(data.samples())),
        ("classes", json!(classes)),
        ("target values", json!(values)),
        ("weights", json!(data.sample_weights().is_some())),
        ("sequences", json!(starts.len())),
        ("checksum", json!(format!("{:08x}", crc.finalize()))),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn add_numbers<F: Scalar>(numbers: &[F], crc: &mut crc32fast::Hasher) {
    let mut bytes = Vec::new();
    for part in numbers.chunks(1 << 12) {
        bytes.clear();
        F::extend_bytes(part, &mut bytes);
        crc.update(&bytes);
    }
}

/// One entry that two maps have different.
pub(crate) struct Unlike {
    pub(crate) name: String,
    pub(crate) expected: String,
    pub(crate) got: String,
}

/// The first difference, if there is one: of what both have before what only one has, and a checksum, which says least, only
/// where all else is the same.
pub(crate) fn unlike(expected: &Map<String, Value>, got: &Map<String, Value>) -> Option<Unlike> {
    let mut names: Vec<&String> = expected.keys().chain(got.keys()).collect();
    let has_one = |name: &str| expected.contains_key(name) != got.contains_key(name);
    names.sort_by_key(|name| (name.starts_with("checksum"), has_one(name), *name));
    let name = names.into_iter().find(|name| expected.get(*name) != got.get(*name))?;
    let shown = |value: Option<&Value>| value.map_or_else(|| "none".to_owned(), as_typed);
    Some(Unlike { name: name.clone(), expected: shown(expected.get(name)), got: shown(got.get(name)) })
}
