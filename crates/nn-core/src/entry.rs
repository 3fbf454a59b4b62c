//! The face of a model for the command: what nn-cli needs to list, describe, train and load a model it knows nothing of.

use crate::file::ModelFile;
use crate::model::{Answer, Fit, FitOptions, History, Measures, Model};
use crate::params::as_typed;
use crate::{Dataset, LayerFacts, Params, Picture, Precision, Result, Scalar, Setting};
use nalgebra::DMatrix;
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;

/// One model in the list of the command. Each model crate has a `pub static MODELS: &[Entry]`.
pub struct Entry {
    /// What the command calls it: `mlp`.
    pub name: &'static str,
    /// A line about it.
    pub summary: &'static str,
    /// What it learns from.
    pub learns: Learns,
    /// The float it computes in where the user does not say.
    pub precision: Precision,
    settings: fn() -> Vec<Setting>,
    f32_face: &'static dyn Face<f32>,
    f64_face: &'static dyn Face<f64>,
}

/// What a model learns from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learns {
    /// Inputs and targets, classes or quantities.
    Targets,
    /// Inputs and classes.
    Classes,
    /// Inputs alone.
    Inputs,
}

impl Entry {
    /// The entry of the model that `P` makes.
    pub const fn new<P>(summary: &'static str, learns: Learns, precision: Precision) -> Self
    where
        P: Fit<f32> + Fit<f64>,
    {
        Self {
            name: P::KIND,
            summary,
            learns,
            precision,
            settings: P::settings,
            f32_face: &Kind::<P>(PhantomData),
            f64_face: &Kind::<P>(PhantomData),
        }
    }

    /// Every setting of the model.
    pub fn settings(&self) -> Vec<Setting> {
        (self.settings)()
    }

    /// The model's face for the float `F`.
    pub fn face<F: Scalar>(&self) -> &'static dyn Face<F> {
        F::face(self.f32_face, self.f64_face)
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A kind of model whose settings come as text.
pub trait Face<F: Scalar>: Sync {
    /// Checks the settings, a later one of the same name taking the place of an earlier one.
    ///
    /// # Errors
    /// [`Error::Param`](crate::Error::Param) for an unknown name or a value out of its range.
    fn check(&self, settings: &[(String, String)]) -> Result<()>;

    /// Checks the settings and learns from `data`.
    ///
    /// # Errors
    /// Those of [`check`](Face::check) and of [`Fit::fit_with`].
    fn fit(
        &self,
        settings: &[(String, String)],
        data: &Dataset<'_, F>,
        options: FitOptions<'_, F>,
    ) -> Result<Box<dyn Trained<F>>>;

    /// The model that a file holds.
    ///
    /// # Errors
    /// Those of [`Model::from_file`].
    fn load(&self, file: &ModelFile) -> Result<Box<dyn Trained<F>>>;
}

/// A fitted model of a kind that the caller does not know. The methods are those of [`Model`].
pub trait Trained<F: Scalar>: Send + Sync {
    /// [`Model::history`].
    fn history(&self) -> &History;
    /// [`Model::params`]: each setting by name, with its value as one would type it.
    fn settings(&self) -> Vec<(String, String)>;
    /// [`Model::features`].
    fn features(&self) -> usize;
    /// [`Model::answer`].
    fn answer(&self) -> Answer;
    /// [`Model::predict`].
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>>;
    /// [`Model::evaluate`].
    ///
    /// # Errors
    /// Those of [`Model::evaluate`].
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures>;
    /// [`Model::beside`].
    ///
    /// # Errors
    /// Those of [`Model::beside`].
    fn beside(&self, data: &Dataset<'_, F>) -> Result<Vec<(&'static str, Vec<f64>)>>;
    /// [`Model::tally`].
    fn tally(&self) -> Measures;
    /// [`Model::remarks`].
    fn remarks(&self) -> Vec<String>;
    /// [`Model::pictures`].
    fn pictures(&self) -> Vec<Picture>;
    /// [`Model::pictures_of`].
    ///
    /// # Errors
    /// Those of [`Model::pictures_of`].
    fn pictures_of(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>>;
    /// [`Model::pictures_of_all`].
    ///
    /// # Errors
    /// Those of [`Model::pictures_of_all`].
    fn pictures_of_all(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>>;
    /// [`Model::layers`].
    fn layers(&self) -> Vec<LayerFacts>;
    /// [`Model::to_file`].
    fn to_file(&self) -> ModelFile;
}

impl<F: Scalar, M: Model<F>> Trained<F> for M {
    fn history(&self) -> &History {
        Model::history(self)
    }
    fn settings(&self) -> Vec<(String, String)> {
        match serde_json::to_value(Model::params(self)) {
            Ok(Value::Object(settings)) => {
                settings.iter().map(|(name, value)| (name.clone(), as_typed(value))).collect()
            }
            // Plain data with names always has such a form.
            _ => Vec::new(),
        }
    }
    fn features(&self) -> usize {
        Model::features(self)
    }
    fn answer(&self) -> Answer {
        Model::answer(self)
    }
    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        Model::predict(self, data)
    }
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        Model::evaluate(self, data)
    }
    fn beside(&self, data: &Dataset<'_, F>) -> Result<Vec<(&'static str, Vec<f64>)>> {
        Model::beside(self, data)
    }
    fn tally(&self) -> Measures {
        Model::tally(self)
    }
    fn remarks(&self) -> Vec<String> {
        Model::remarks(self)
    }
    fn pictures(&self) -> Vec<Picture> {
        Model::pictures(self)
    }
    fn pictures_of(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
        Model::pictures_of(self, data)
    }
    fn pictures_of_all(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
        Model::pictures_of_all(self, data)
    }
    fn layers(&self) -> Vec<LayerFacts> {
        Model::layers(self)
    }
    fn to_file(&self) -> ModelFile {
        Model::to_file(self)
    }
}

/// The face that any settings have.
struct Kind<P>(PhantomData<fn() -> P>);

impl<P: Params> Kind<P> {
    fn params(settings: &[(String, String)]) -> Result<P> {
        let mut params = P::default();
        for (name, text) in settings {
            params.set(name, text)?;
        }
        params.validate()?;
        Ok(params)
    }
}

impl<F: Scalar, P: Fit<F>> Face<F> for Kind<P> {
    fn check(&self, settings: &[(String, String)]) -> Result<()> {
        Self::params(settings).map(drop)
    }

    fn fit(
        &self,
        settings: &[(String, String)],
        data: &Dataset<'_, F>,
        options: FitOptions<'_, F>,
    ) -> Result<Box<dyn Trained<F>>> {
        Ok(Box::new(Self::params(settings)?.fit_with(data, options)?))
    }

    fn load(&self, file: &ModelFile) -> Result<Box<dyn Trained<F>>> {
        Ok(Box::new(P::Model::from_file(file)?))
    }
}
