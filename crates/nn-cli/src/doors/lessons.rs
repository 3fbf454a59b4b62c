//! A training of each kind of model that takes a millisecond, for files of every kind that the product itself has written.

use crate::models;
use anyhow::{Context, Result};
use nn_core::entry::Trained;
use nn_core::{Checkpoint, Dataset, Entry, FitOptions, Learns, ModelFile, Scalar};
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

/// So many numbers are a sample: an image of 4 by 4 pixels where one is needed.
const FEATURES: usize = 16;
const SAMPLES: usize = 12;
/// Where sequences begin, for models that learn from them.
const STARTS: [usize; 3] = [0, 4, 8];

/// What one kind of model is taught.
#[derive(Debug)]
pub(super) struct Lesson {
    model: &'static str,
    settings: &'static [(&'static str, &'static str)],
}

/// One for every kind of model; a test asks for it.
pub(super) static LESSONS: &[Lesson] = &[
    Lesson { model: "perceptron", settings: &[("epochs", "3")] },
    Lesson { model: "mlp", settings: &[("epochs", "3"), ("hidden_layers", "3")] },
    Lesson { model: "cnn", settings: &[("epochs", "3"), ("image", "4x4"), ("layers", "conv:2:3")] },
    Lesson { model: "rbf", settings: &[("epochs", "3"), ("centers", "3"), ("tune_weights", "true")] },
    Lesson { model: "som", settings: &[("epochs", "3"), ("width", "2"), ("height", "2")] },
    Lesson { model: "art1", settings: &[("epochs", "3")] },
    Lesson { model: "art2", settings: &[("epochs", "3")] },
    Lesson { model: "fuzzy-art", settings: &[("epochs", "3")] },
    Lesson { model: "artmap", settings: &[("epochs", "3")] },
    Lesson {
        model: "cascor",
        settings: &[("hidden_units", "2"), ("candidates", "2"), ("candidate_epochs", "4"), ("output_epochs", "4")],
    },
    Lesson { model: "elman", settings: &[("epochs", "3"), ("hidden_units", "3")] },
    Lesson { model: "rbm", settings: &[("epochs", "3"), ("hidden_units", "3")] },
    Lesson { model: "boltzmann", settings: &[("epochs", "3"), ("hidden_units", "2")] },
    Lesson { model: "dbn", settings: &[("epochs", "3"), ("hidden_layers", "3"), ("rbm.epochs", "1")] },
];

impl Lesson {
    /// That of the kind of model that is called `name`.
    pub(super) fn of(name: &str) -> Option<&'static Self> {
        LESSONS.iter().find(|lesson| lesson.model == name)
    }

    /// The kind of model.
    pub(super) fn entry(&self) -> Result<&'static Entry> {
        models::find(self.model)
    }

    /// The file of the model that has learned it.
    pub(super) fn model<F: Scalar>(&self) -> Result<ModelFile> {
        Ok(self.fit::<F>(FitOptions::default())?.file())
    }

    /// The bytes of the checkpoint after its first epoch, which is written at `path` on the way.
    pub(super) fn checkpoint<F: Scalar>(&self, path: &Path) -> Result<Vec<u8>> {
        let mut stop = |_: &nn_core::Epoch| ControlFlow::Break(());
        self.fit::<F>(FitOptions::default().checkpoint(path, 1).monitor(&mut stop))?;
        let bytes = fs::read(path).with_context(|| path.display().to_string());
        fs::remove_file(path)?;
        bytes
    }

    /// Goes on from a checkpoint to the end.
    pub(super) fn resume<F: Scalar>(&self, checkpoint: Checkpoint<F>) -> Result<()> {
        self.fit(FitOptions::default().resume(checkpoint)).map(drop)
    }

    fn fit<F: Scalar>(&self, options: FitOptions<'_, F>) -> Result<Box<dyn Trained<F>>> {
        let entry = self.entry()?;
        let settings: Vec<(String, String)> =
            self.settings.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let x: Vec<F> = (0..SAMPLES * FEATURES).map(|at| F::from_f64(f64::from(at * at % 7 < 3))).collect();
        let labels: Vec<u32> = (0..SAMPLES as u32).map(|sample| sample % 2).collect();
        let data = Dataset::from_slice(FEATURES, &x);
        let data = match entry.learns {
            Learns::Inputs => data,
            Learns::Targets | Learns::Classes => data.labels(&labels),
            Learns::Sequences => data.labels(&labels).sequences(&STARTS),
        };
        entry.face::<F>().fit(&settings, &data, options).with_context(|| format!("the lesson of {}", self.model))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_model_has_a_lesson() {
        for entry in models::all() {
            assert!(Lesson::of(entry.name).is_some(), "{}", entry.name);
        }
        assert_eq!(LESSONS.len(), models::all().count());
    }
}
