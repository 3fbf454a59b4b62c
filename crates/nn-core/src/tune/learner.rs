//! Who learns with the settings of a candidate.

use super::Candidate;
use crate::entry::Trained;
use crate::{Dataset, Entry, Fit, FitOptions, Recipe, Result, Scalar};

/// Settings some of which are replaced by those of a candidate. Any settings that [`Fit`] are one, and so is an [`Entry`] with
/// settings as text ([`OfEntry`]).
pub trait Learner<F: Scalar>: Sync {
    /// All its settings with those of `candidate` in place of its own.
    ///
    /// # Errors
    /// [`Error::Param`](crate::Error::Param) for an unknown name, or a value out of its range.
    fn recipe(&self, candidate: &Candidate) -> Result<Recipe>;

    /// Learns from `data` with these settings.
    ///
    /// # Errors
    /// Those of [`recipe`](Self::recipe) and of [`Fit::fit_with`].
    fn fit(
        &self,
        candidate: &Candidate,
        data: &Dataset<'_, F>,
        options: FitOptions<'_, F>,
    ) -> Result<Box<dyn Trained<F>>>;
}

impl<F: Scalar, P: Fit<F>> Learner<F> for P {
    fn recipe(&self, candidate: &Candidate) -> Result<Recipe> {
        with(self, candidate).map(|params| Recipe::of(&params))
    }

    fn fit(
        &self,
        candidate: &Candidate,
        data: &Dataset<'_, F>,
        options: FitOptions<'_, F>,
    ) -> Result<Box<dyn Trained<F>>> {
        Ok(Box::new(with(self, candidate)?.fit_with(data, options)?))
    }
}

/// `params` with the settings of `candidate` in place of its own: what is to be fitted once one is chosen.
///
/// # Errors
/// [`Error::Param`](crate::Error::Param) for an unknown name, or a value out of its range.
pub fn with<P: crate::Params>(params: &P, candidate: &Candidate) -> Result<P> {
    let mut params = params.clone();
    for (name, value) in &candidate.0 {
        params.set(name, value)?;
    }
    params.validate()?;
    Ok(params)
}

/// A model of the command's list, with settings as text.
#[derive(Clone, Copy, Debug)]
pub struct OfEntry<'a> {
    /// The model.
    pub entry: &'a Entry,
    /// Its settings, but for those that are tried; of two of the same name the later one counts.
    pub settings: &'a [(String, String)],
}

impl OfEntry<'_> {
    fn with(&self, candidate: &Candidate) -> Vec<(String, String)> {
        [self.settings, &candidate.0].concat()
    }
}

impl<F: Scalar> Learner<F> for OfEntry<'_> {
    fn recipe(&self, candidate: &Candidate) -> Result<Recipe> {
        self.entry.recipe(&self.with(candidate))
    }

    fn fit(
        &self,
        candidate: &Candidate,
        data: &Dataset<'_, F>,
        options: FitOptions<'_, F>,
    ) -> Result<Box<dyn Trained<F>>> {
        self.entry.face::<F>().fit(&self.with(candidate), data, options)
    }
}
