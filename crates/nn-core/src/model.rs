//! The front door: settings fit data and give a model, a model answers.
//!
//! There is no model that is "not fitted yet": [`Fit::fit`] takes settings and data and gives the model back.

use crate::arrays::Arrays;
use crate::course::Passed;
use crate::file::ModelFile;
use crate::{
    Checkpoint, CheckpointTo, Dataset, Error, Every, LayerFacts, Measures, Params, Picture, Result, Scalar, linalg,
    params,
};
use nalgebra::DMatrix;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Settings that can learn from data of float `F`.
pub trait Fit<F: Scalar>: Params {
    /// What comes of it.
    type Model: Model<F, Params = Self> + Clone;

    /// Learns from `data`, told how to watch over it by `options`.
    ///
    /// # Errors
    /// [`Error::Param`](crate::Error::Param) for a setting out of its range, [`Error::Data`](crate::Error::Data) and
    /// [`Error::Shape`](crate::Error::Shape) for data that do not fit, [`Error::Diverged`](crate::Error::Diverged) where the loss is no longer finite.
    fn fit_with(&self, data: &Dataset<'_, F>, options: FitOptions<'_, F>) -> Result<Self::Model>;

    /// Learns from `data`.
    ///
    /// # Errors
    /// Those of [`fit_with`](Fit::fit_with).
    fn fit(&self, data: &Dataset<'_, F>) -> Result<Self::Model> {
        self.fit_with(data, FitOptions::default())
    }

    /// That the model of these settings learns on part by part, [`Online`]: asked before the first part is learned.
    ///
    /// # Errors
    /// [`Error::Param`](crate::Error::Param) for the setting that stands against it, [`Error::Data`](crate::Error::Data) where
    /// none would help: [`Online::partial_fit`] says the same.
    fn check_online(&self) -> Result<()> {
        Err(Error::data(format!("{} learns from all samples at once, not part by part", Self::KIND)))
    }
}

/// How to watch over a training.
///
/// `FitOptions::default().validation(held_out).checkpoint("run.checkpoint", 10)` watches `held_out` and saves every 10 epochs;
/// `.resume(Checkpoint::read("run.checkpoint")?)` goes on from there.
#[non_exhaustive]
pub struct FitOptions<'a, F: Scalar> {
    /// Samples that are not learned from: their loss decides on early stopping and is told to the monitor.
    pub validation: Option<Dataset<'a, F>>,
    /// Samples without a target, for a model that learns from inputs before it learns from targets; others pass them over.
    pub unlabelled: Option<Dataset<'a, F>>,
    /// Sees every epoch, and how far a search for weights is; `ControlFlow::Break` ends the training and gives back the model
    /// so far, the best so far where early stopping watches.
    pub monitor: Option<Monitor<'a>>,
    /// Once true, training ends after the current batch and gives back the model so far, the best so far where early stopping watches.
    pub stop: Option<&'a AtomicBool>,
    /// Where the training is saved while it goes on, so that it can be continued.
    pub checkpoint: Option<CheckpointTo>,
    /// Goes on from this checkpoint. Settings and data must be the same; only `epochs` may be larger, and not where the step size
    /// depends on it (a cosine schedule, a map without `steps`).
    pub resume: Option<Checkpoint<F>>,
}

/// What sees every epoch.
pub type Monitor<'a> = &'a mut (dyn FnMut(&Epoch) -> ControlFlow<()> + Send);

impl<F: Scalar> Default for FitOptions<'_, F> {
    fn default() -> Self {
        Self { validation: None, unlabelled: None, monitor: None, stop: None, checkpoint: None, resume: None }
    }
}

impl<F: Scalar> Debug for FitOptions<'_, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FitOptions").field("validation", &self.validation.is_some()).finish_non_exhaustive()
    }
}

impl<'a, F: Scalar> FitOptions<'a, F> {
    /// Whether the stop flag is set: training then ends after the current batch.
    pub fn is_stopped(&self) -> bool {
        self.stop.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// With samples that are not learned from.
    #[must_use]
    pub fn validation(mut self, data: Dataset<'a, F>) -> Self {
        self.validation = Some(data);
        self
    }

    /// With samples that have no target. Errors about one of them count it behind the samples that are learned from.
    #[must_use]
    pub fn unlabelled(mut self, data: Dataset<'a, F>) -> Self {
        self.unlabelled = Some(data.inputs_only());
        self
    }

    /// With a monitor that sees every epoch.
    #[must_use]
    pub fn monitor(mut self, monitor: Monitor<'a>) -> Self {
        self.monitor = Some(monitor);
        self
    }

    /// With a flag that ends the training after the current batch.
    #[must_use]
    pub fn stop(mut self, flag: &'a AtomicBool) -> Self {
        self.stop = Some(flag);
        self
    }

    /// With a checkpoint after every so many epochs, or so much time, and where training ends, which writes `path` anew each time. What is
    /// stopped within an epoch is continued from the end of the one before.
    #[must_use]
    pub fn checkpoint(mut self, path: impl Into<PathBuf>, every: impl Into<Every>) -> Self {
        self.checkpoint = Some(CheckpointTo { path: path.into(), every: every.into() });
        self
    }

    /// Continuing from a checkpoint.
    #[must_use]
    pub fn resume(mut self, checkpoint: Checkpoint<F>) -> Self {
        self.resume = Some(checkpoint);
        self
    }
}

/// What is counted where a monitor sees how far a training is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// Passes over the samples.
    #[default]
    Epochs,
    /// Whole trainings, each from weights of its own, of which the best will be kept.
    Starts,
    /// Evaluations of the loss by a search before the training.
    Looks,
}

impl Stage {
    /// One of what is counted.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Epochs => "epoch",
            Self::Starts => "start",
            Self::Looks => "look",
        }
    }
}

/// What a monitor sees after each pass over the samples; and while weights are searched for ([`Stage`]), after each start,
/// and after each hundredth of the looks.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Epoch {
    /// Of what it is the end.
    pub stage: Stage,
    /// The pass, counted from 1; or the number of starts or looks that are done.
    pub epoch: usize,
    /// How many there are to be.
    pub epochs: usize,
    /// Mean training loss of the pass, each batch measured just before its step; or the least that a search has found so far.
    pub loss: f64,
    /// Mean loss on the validation samples after the pass, where there are any.
    pub validation_loss: Option<f64>,
}

impl Epoch {
    /// The pass `epoch` of `epochs`.
    pub fn new(epoch: usize, epochs: usize, loss: f64, validation_loss: Option<f64>) -> Self {
        Self { stage: Stage::Epochs, epoch, epochs, loss, validation_loss }
    }

    /// So much of a search is `done`, and this is the `least` loss so far.
    pub fn of_search(stage: Stage, done: usize, whole: usize, least: f64) -> Self {
        Self { stage, epoch: done, epochs: whole, loss: least, validation_loss: None }
    }
}

crate::choices! {
    /// Why a training ended. None of these is an error.
    #[derive(Default)]
    pub enum Stopped {
        /// The given number of epochs is done.
        #[default]
        Epochs = "epochs",
        /// The validation losses said so; see [`EarlyStopping`](crate::EarlyStopping).
        Early = "early",
        /// The training loss fell below `target_loss`, or there was nothing left to learn.
        Converged = "converged",
        /// The monitor or the stop flag ended it.
        Interrupted = "interrupted",
    }
}

/// The course of a training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Mean training loss of each epoch.
    pub losses: Vec<f64>,
    /// Mean validation loss after each epoch; empty without a validation set.
    pub validation_losses: Vec<f64>,
    /// What else a model measures in each epoch, by name.
    pub measures: BTreeMap<String, Vec<f64>>,
    /// Why it ended.
    pub stopped: Stopped,
}

impl History {
    /// The epoch that comes next, counted from 1.
    pub fn epoch(&self) -> usize {
        self.losses.len() + 1
    }

    /// Adds what an epoch came to.
    pub fn add(&mut self, passed: &Passed) {
        self.losses.push(passed.loss);
        self.validation_losses.extend(passed.validation_loss);
        for &(name, value) in &passed.measures {
            // A name is made once.
            match self.measures.get_mut(name) {
                Some(values) => values.push(value),
                None => drop(self.measures.insert(name.to_owned(), vec![value])),
            }
        }
    }
}

/// A fitted model.
///
/// ```
/// use nn_core::{Dataset, Fit, Model, Result, nalgebra::DMatrix};
///
/// fn learn_save_load_answer<P: Fit<f64>>(params: &P, data: &Dataset<'_, f64>, path: &str) -> Result<DMatrix<f64>> {
///     params.fit(data)?.save(path)?;
///     P::Model::load(path)?.predict(data)
/// }
/// ```
///
/// A file is loaded as the type that was saved, float included: `Som::<f32>::load("map.nn")?`.
///
/// Whoever does not know which it is has a `dyn Model<F>`, without what names a type: see [`Trained`](crate::entry::Trained).
pub trait Model<F: Scalar>: Debug + Send + Sync + 'static {
    /// The settings it came from.
    type Params: Params
    where
        Self: Sized;

    /// The settings it came from.
    fn params(&self) -> &Self::Params
    where
        Self: Sized;

    /// The model as one that learns on, where it is such.
    fn online(&mut self) -> Option<&mut dyn Online<F>> {
        None
    }

    /// The course of its training.
    fn history(&self) -> &History;

    /// How many features a sample has.
    fn features(&self) -> usize;

    /// What an answer is made of.
    fn answer(&self) -> Answer;

    /// Column j answers sample j.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::Error::Shape) for another number of features than it learned, [`Error::Data`](crate::Error::Data) for numbers that are not finite.
    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>>;

    /// What the model measures on `data`, by name and in the units of the data: `loss`, `accuracy`, `rmse`, `r2`, ...
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`Error::Data`](crate::Error::Data) where the target is missing or of another kind.
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures>;

    /// What is told of each answer beside it, by name, a number a sample: how far it is from all that was learned, or whether
    /// that is too far. nn-cli writes these as columns behind those of the answer.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    fn beside(&self, _data: &Dataset<'_, F>) -> Result<Vec<(&'static str, Vec<f64>)>> {
        Ok(Vec::new())
    }

    /// Whether an answer hangs on the samples before it, so that they are one after another in time.
    fn remembers(&self) -> bool {
        false
    }

    /// Its forecast beyond the last of these samples, as its settings ask: a column a step, each as an answer of
    /// [`predict`](Model::predict). `None` where it makes none.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    fn beyond(&self, _data: &Dataset<'_, F>) -> Result<Option<DMatrix<F>>> {
        Ok(None)
    }

    /// What was counted while it learned, told with what it measures on its training samples: `mistakes`.
    fn tally(&self) -> Measures {
        Measures::default()
    }

    /// What its user should know of how training went, a sentence each, lower case and without a full stop.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }

    /// What its user should know of the answers to these samples as a whole, as [`remarks`](Self::remarks): how many of them
    /// lie beyond what was learned.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    fn remarks_of(&self, _data: &Dataset<'_, F>) -> Result<Vec<String>> {
        Ok(Vec::new())
    }

    /// What it has to show of itself beside its answers.
    fn pictures(&self) -> Vec<Picture> {
        Vec::new()
    }

    /// What it has to show of these samples beside its answers.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    fn pictures_of(&self, _data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
        Ok(Vec::new())
    }

    /// Its layers from the inputs to the outputs, where it is made of such.
    fn layers(&self) -> Vec<LayerFacts> {
        Vec::new()
    }

    /// Its numbers, by name: what a file holds.
    fn arrays(&self) -> Arrays;

    /// The model again, from settings that are valid and the arrays of a file.
    ///
    /// # Errors
    /// [`Error::Format`](crate::Error::Format) where an array is missing or has another shape than the settings say.
    fn from_arrays(params: Self::Params, history: History, arrays: &Arrays) -> Result<Self>
    where
        Self: Sized;

    /// All that is saved of it.
    fn to_file(&self) -> ModelFile
    where
        Self: Sized,
    {
        let params = params::as_json(self.params());
        ModelFile::new(Self::Params::KIND, &params, self.history().clone(), self.arrays(), F::PRECISION)
    }

    /// The model again, from a file's content.
    ///
    /// # Errors
    /// [`Error::Format`](crate::Error::Format) for another kind of model, another float, content that does not fit together, or more or fewer
    /// names than features or classes;
    /// [`Error::Param`](crate::Error::Param) where a setting is out of its range.
    fn from_file(file: &ModelFile) -> Result<Self>
    where
        Self: Sized,
    {
        file.check("model", Self::Params::KIND, F::PRECISION)?;
        let model = Self::from_arrays(params::of_json(&file.params)?, file.history.clone(), &file.arrays)?;
        if let Some(schema) = &file.schema {
            schema.check(model.features(), model.answer().classes())?;
        }
        Ok(model)
    }

    /// Saves it: to a temporary file beside `path`, which then takes its place, so that none is ever half-written. Names of columns and
    /// classes are not the model's: [`to_file`](Model::to_file), [`ModelFile::schema`] and [`ModelFile::write`] save them along.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) where the operating system refuses.
    fn save(&self, path: impl AsRef<Path>) -> Result<()>
    where
        Self: Sized,
    {
        self.to_file().write(path.as_ref())
    }

    /// Loads what [`save`](Model::save) wrote.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) where the file cannot be read, [`Error::Format`](crate::Error::Format) where it is not such a model, whole and unaltered.
    fn load(path: impl AsRef<Path>) -> Result<Self>
    where
        Self: Sized,
    {
        let path = path.as_ref();
        Self::from_file(&ModelFile::read(path)?).map_err(|error| error.within(path.display()))
    }
}

/// That every number of the answers is finite: what each [`Model::predict`] ends with.
///
/// # Shapes
/// `answers`: outputs × samples.
///
/// # Errors
/// [`Error::Data`] that names the first sample whose answer is not.
pub fn check_answers<F: Scalar>(answers: &[F], outputs: usize) -> Result<()> {
    if linalg::all_finite(answers) {
        return Ok(());
    }
    match answers.iter().position(|answer| !answer.is_finite()) {
        Some(at) => Err(Error::sample("the answer is beyond what the float can hold", at / outputs)),
        None => Ok(()),
    }
}

/// What the rows of a prediction are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A probability for each of so many classes.
    Classes(usize),
    /// A number for each of so many classes, of which the largest wins, but which is no probability.
    Scores(usize),
    /// So many quantities.
    Values(usize),
    /// Columns with names of their own, such as `column`, `row`, `distance`.
    Columns(&'static [&'static str]),
    /// A number for each of so many hidden units: features that the model has made of the inputs.
    Units(usize),
}

impl Answer {
    /// How many numbers it is made of.
    pub fn numbers(self) -> usize {
        match self {
            Self::Classes(count) | Self::Scores(count) | Self::Values(count) | Self::Units(count) => count,
            Self::Columns(names) => names.len(),
        }
    }

    /// How many classes it tells apart, where it does.
    pub fn classes(self) -> Option<usize> {
        match self {
            Self::Classes(count) | Self::Scores(count) => Some(count),
            Self::Values(_) | Self::Columns(_) | Self::Units(_) => None,
        }
    }
}

/// A model that learns on, one part after another.
pub trait Online<F: Scalar>: Model<F> {
    /// Exactly one pass over these samples in the given order, whose loss is added to the history. The state of the optimiser is kept, so that parts
    /// equal the whole where every part but the last is a multiple of the batch. (A file keeps the model, not the memory of its
    /// optimiser: what was loaded begins that anew. A checkpoint keeps both.)
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`] and [`Fit::check_online`]; the model is then what it was before.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()>;
}
