//! Models that were saved, and trainings that were.

use crate::data::roles::Truth;
use crate::data::table::{Gaps, Table};
use crate::data::{STANDARD_INPUT, Source};
use crate::models;
use crate::settings::{MISSING_LABELS, MISSING_VALUES};
use anyhow::{Context, Result, bail};
use nn_core::entry::Trained;
use nn_core::tune::Ledger;
use nn_core::{Answer, Checkpoint, Column, Entry, ModelFile, Recipe, Scalar, Schema};
use std::path::{Path, PathBuf};

/// Reads a model file; whatever is wrong with it is told with its path.
pub(crate) fn read(path: &Path) -> Result<ModelFile> {
    Ok(ModelFile::read(path)?)
}

/// The entry of the model in `file`.
pub(crate) fn entry(file: &ModelFile, path: &Path) -> Result<&'static Entry> {
    if Ledger::is_in(file) {
        bail!("{}: is a search for settings, not a model; nn tune --resume continues it", path.display());
    }
    if file.checkpoint_of().is_some() {
        bail!("{}: is a checkpoint, not a model; nn train --resume continues it", path.display());
    }
    models::find(&file.kind).with_context(|| path.display().to_string())
}

/// The file of `--resume`.
pub(crate) struct Resumed {
    path: PathBuf,
    file: ModelFile,
}

impl Resumed {
    /// Reads it, and sees that it is of this kind of model.
    pub(crate) fn read(path: &Path, entry: &Entry) -> Result<Self> {
        Self::of(read(path)?, path, entry)
    }

    /// The same of a `file` that was read from `path`.
    pub(crate) fn of(file: ModelFile, path: &Path, entry: &Entry) -> Result<Self> {
        let shown = path.display();
        match file.checkpoint_of() {
            None => bail!("{shown}: expected a checkpoint, got a saved {}", file.kind),
            Some(Recipe { model, .. }) if model != entry.name => {
                bail!("{shown}: is a checkpoint of {model}, not of {}", entry.name)
            }
            Some(_) => Ok(Self { path: path.to_owned(), file }),
        }
    }

    /// Its content, for a training in the float `F`.
    pub(crate) fn checkpoint<F: Scalar>(&self) -> Result<Checkpoint<F>> {
        let shown = self.path.display();
        if self.file.precision != F::PRECISION {
            let float = self.file.precision;
            bail!("{shown}: was made in {float}, so --precision {float} continues it");
        }
        Ok(Checkpoint::from_file(&self.file).map_err(|error| error.within(shown))?)
    }
}

/// The fits of the search that `nn tune --resume` continues.
pub(crate) fn ledger(path: &Path) -> Result<Ledger> {
    Ok(Ledger::read(path)?)
}

/// A saved model, ready to answer.
pub(crate) struct Saved<F: Scalar> {
    pub(crate) trained: Box<dyn Trained<F>>,
    pub(crate) entry: &'static Entry,
    schema: Option<Schema>,
    /// Whether cells of the inputs may be missing, and whether those of the target.
    gaps: [Gaps; 2],
}

impl<F: Scalar> Saved<F> {
    /// The model in `file`, which was read from `path`.
    pub(crate) fn new(file: &ModelFile, path: &Path) -> Result<Self> {
        let entry = entry(file, path)?;
        let trained = entry.face::<F>().load(file).map_err(|error| error.within(path.display()))?;
        let settings = trained.recipe().settings;
        let gaps = [MISSING_VALUES, MISSING_LABELS].map(|name| match settings.get(name) {
            Some(value) if *value == true => Gaps::Taken,
            _ => Gaps::Refused,
        });
        Ok(Self { trained, entry, schema: file.schema.clone(), gaps })
    }

    /// Reads `data` with the columns that the model knows, and tells what they are to it.
    pub(crate) fn read(&self, data: &str, target: Option<&[String]>, truth: Truth) -> Result<(Table, Schema)> {
        self.read_from(Source::open(data)?, target, truth)
    }

    /// The same of data that are open, or a part of such.
    pub(crate) fn read_from(&self, source: Source, target: Option<&[String]>, truth: Truth) -> Result<(Table, Schema)> {
        let schema = match &self.schema {
            Some(schema) => schema.clone(),
            None => nameless(&source.name, &source.header, self.trained.features(), self.trained.answer())?,
        };
        Ok((source.read_known(&schema, target, truth, self.gaps)?, schema))
    }
}

impl<F: Scalar> Saved<F> {
    /// Sequences that do not belong to `data`, where there are any.
    pub(crate) fn strangers(&self, data: &str, schema: &Schema) -> Result<Option<Table>> {
        let known = |source: Source| source.read_known(schema, None, Truth::Needed, self.gaps);
        if data == STANDARD_INPUT { Ok(None) } else { Source::open(data)?.strangers()?.map(known).transpose() }
    }
}

/// The columns of a model that was saved by a program and has no names: the inputs first, then the target.
fn nameless(data: &str, header: &[String], features: usize, answer: Answer) -> Result<Schema> {
    if header.len() < features {
        bail!("{data}: the model has no names of columns and takes {features}, but there are {}", header.len());
    }
    let (inputs, targets) = header.split_at(features);
    let classes = match answer {
        Answer::Classes(classes) | Answer::Scores(classes) => (0..classes).map(|class| class.to_string()).collect(),
        _ => Vec::new(),
    };
    Ok(Schema {
        inputs: inputs.iter().map(Column::numeric).collect(),
        targets: targets.iter().map(|name| Column::categorical(name, classes.clone())).collect(),
        ..Schema::default()
    })
}
