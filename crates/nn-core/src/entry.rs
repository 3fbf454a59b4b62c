//! The face of a model for the command: what nn-cli needs to list, describe, train and load a model it knows nothing of.

use crate::file::ModelFile;
use crate::model::{Fit, FitOptions, Model};
use crate::{Dataset, Params, Precision, Recipe, Result, Scalar, Setting};
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
    recipe: fn(&[(String, String)]) -> Result<Recipe>,
    online: fn(&[(String, String)]) -> Result<()>,
    f32_face: &'static dyn Face<f32>,
    f64_face: &'static dyn Face<f64>,
}

crate::choices! {
    /// What a model learns from.
    pub enum Learns {
        /// Inputs and targets, classes or quantities.
        Targets = "targets",
        /// Inputs and classes.
        Classes = "classes",
        /// Inputs alone.
        Inputs = "inputs",
        /// Sequences of inputs and targets, or what comes next.
        Sequences = "sequences",
    }
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
            recipe: |settings| params::<P>(settings).map(|params| Recipe::of(&params)),
            // Settings know nothing of the float.
            online: |settings| Fit::<f32>::check_online(&params::<P>(settings)?),
            f32_face: &Kind::<P>(PhantomData),
            f64_face: &Kind::<P>(PhantomData),
        }
    }

    /// Every setting of the model.
    pub fn settings(&self) -> Vec<Setting> {
        (self.settings)()
    }

    /// Checks settings, a later one of the same name taking the place of an earlier one.
    ///
    /// # Errors
    /// [`Error::Param`](crate::Error::Param) for an unknown name or a value out of its range.
    pub fn check(&self, settings: &[(String, String)]) -> Result<()> {
        self.recipe(settings).map(drop)
    }

    /// All settings of the model where these are given, a later one of the same name taking the place of an earlier one.
    ///
    /// # Errors
    /// Those of [`check`](Self::check).
    pub fn recipe(&self, settings: &[(String, String)]) -> Result<Recipe> {
        (self.recipe)(settings)
    }

    /// That the model of these settings learns on part by part.
    ///
    /// # Errors
    /// Those of [`check`](Self::check) and of [`Fit::check_online`].
    pub fn check_online(&self, settings: &[(String, String)]) -> Result<()> {
        (self.online)(settings)
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
    /// Checks the settings and learns from `data`.
    ///
    /// # Errors
    /// Those of [`Entry::check`] and of [`Fit::fit_with`].
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

/// A fitted model of a kind that the caller does not know: what [`Model`] can do without knowing it, and what its settings say.
pub trait Trained<F: Scalar>: Model<F> {
    /// The settings it came from.
    fn recipe(&self) -> Recipe;
    /// [`Model::to_file`]: what saves a model whose type is not known, by [`ModelFile::write`].
    fn file(&self) -> ModelFile;
}

impl<F: Scalar, M: Model<F>> Trained<F> for M {
    fn recipe(&self) -> Recipe {
        Recipe::of(self.params())
    }

    fn file(&self) -> ModelFile {
        self.to_file()
    }
}

/// The face that any settings have.
struct Kind<P>(PhantomData<fn() -> P>);

/// Settings that come as text.
fn params<P: Params>(settings: &[(String, String)]) -> Result<P> {
    let mut params = P::default();
    for (name, text) in settings {
        params.set(name, text)?;
    }
    params.validate()?;
    Ok(params)
}

impl<F: Scalar, P: Fit<F>> Face<F> for Kind<P> {
    fn fit(
        &self,
        settings: &[(String, String)],
        data: &Dataset<'_, F>,
        options: FitOptions<'_, F>,
    ) -> Result<Box<dyn Trained<F>>> {
        Ok(Box::new(params::<P>(settings)?.fit_with(data, options)?))
    }

    fn load(&self, file: &ModelFile) -> Result<Box<dyn Trained<F>>> {
        Ok(Box::new(P::Model::from_file(file)?))
    }
}
