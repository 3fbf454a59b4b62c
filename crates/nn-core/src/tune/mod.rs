//! Settings chosen by trial: cross-validation over any settings by name.
//!
//! The samples are cut into K folds, the same for all candidates. A candidate learns from all folds but one and is measured on
//! that one, for each fold in turn; the mean of the K measures estimates how good a model with these settings is on samples it
//! has not seen (Stone 1974; Geisser 1975), and their standard deviation over `sqrt(K)` how sure that is. Whatever a model fits to
//! its samples, scaling and early stopping among it, it fits within what it learns from.
//!
//! - **What is tried**: a [`Space`] names settings and their values, from the simplest to the most complex; its grid is every
//!   combination, or candidates are drawn from it at random (Bergstra and Bengio 2012). Any [`Params`](crate::Params) have names.
//! - **What is measured**: [`Measures::usual`](crate::Measures::usual) of what the model measures, or another by name;
//!   which way is better, the measure itself says ([`better`](crate::better)).
//! - **Which is chosen**: the best mean, or the simplest within one standard error of it ([`Choice`]).
//! - **Which folds**: classes evenly, whole sequences, and for what follows in time each fold behind what was learned ([`Order`]).
//! - **What is spared**: after three folds, those that the folds to come cannot be expected to save ([`ERROR`]). All candidates see a fold
//!   before any sees the next one, so that nothing hangs on which thread is quicker: the same bits on any number of threads.
//! - **What is reported**: a candidate that diverges fails alone, with its reason.
//! - **What it is worth**: the mean of the one that was chosen is too good, since it was chosen for it. [`Tuning::nested`] repeats
//!   the whole search without each of some outer folds and measures what it chooses there on that fold, which has no part in it: an
//!   honest estimate of searching so and learning then (Varma and Simon 2006; Cawley and Talbot 2010).
//!
//! ```
//! # use nn_core::tune::{Candidate, Space};
//! let space = Space::new().over("hidden_layers", ["4", "16"]).over("lambda", [0.99, 1.0]);
//! assert_eq!(space.grid()?[1].to_string(), "hidden_layers=4 lambda=1");
//! # Ok::<(), nn_core::Error>(())
//! ```
//!
//! A whole search stands in the example `tuning` of nn-perceptron.

mod candidates;
mod folds;
mod learner;
mod ledger;
mod race;
mod search;
mod trial;

pub use candidates::{Candidate, Interval, MOST_CANDIDATES, Space};
pub use folds::Order;
pub use learner::{Learner, OfEntry, with};
pub use ledger::Ledger;
pub use race::ERROR;
pub use trial::{Choice, Ended, Trial};

use crate::{Better, CheckpointTo, Dataset, Result, Scalar};
use std::fmt::Debug;
use std::sync::atomic::AtomicBool;

/// How candidates are tried, and which is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Folds, 2 or more (default 5).
    pub folds: usize,
    /// Outer folds of the nested estimate; none where there is to be none.
    pub nested: Option<usize>,
    /// How samples are dealt out over the folds.
    pub order: Order,
    /// The measure by which candidates are compared; where it is not named, [`Measures::usual`](crate::Measures::usual).
    pub measure: Option<String>,
    /// Which candidate is chosen.
    pub choice: Choice,
    /// Whether hopeless candidates are stopped before they have seen every fold.
    pub race: bool,
    /// Seed by which samples are dealt out.
    pub seed: u64,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            folds: 5,
            nested: None,
            order: Order::default(),
            measure: None,
            choice: Choice::default(),
            race: true,
            seed: 1,
        }
    }
}

/// What the search came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// What was measured; empty where the search was stopped before anything was.
    pub measure: &'static str,
    /// Which way is better.
    pub better: Better,
    /// What each candidate came to, in the order in which they were given.
    pub trials: Vec<Trial>,
    /// The one that was chosen; none where the search was stopped.
    pub chosen: Option<usize>,
    /// The honest estimate, if it was asked for and the search was not stopped.
    pub nested: Option<Nested>,
}

impl Tuned {
    /// The trial of the candidate that was chosen; none where the search was stopped.
    pub fn best(&self) -> Option<&Trial> {
        self.chosen.map(|chosen| &self.trials[chosen])
    }

    /// The candidate with the best mean, which is not always the one that was chosen.
    pub fn best_mean(&self) -> Option<usize> {
        Choice::Best.of(&self.trials, self.better)
    }
}

/// How good what such a search chooses is on samples that had no part in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nested {
    /// What was chosen without each of the outer folds.
    pub chosen: Vec<Candidate>,
    /// What it measured on that fold.
    pub values: Vec<f64>,
    /// Why there are no more of them, where one could not be had.
    pub failed: Option<String>,
}

impl Nested {
    /// Mean over the outer folds; `None` where one of them failed.
    pub fn mean(&self) -> Option<f64> {
        (self.failed.is_none() && !self.values.is_empty()).then(|| trial::mean(&self.values))
    }

    /// Its standard error; see [`Trial::standard_error`].
    pub fn standard_error(&self) -> Option<f64> {
        self.mean().and_then(|_| trial::standard_error(&self.values))
    }
}

/// How far a search is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Fits that are done.
    pub done: usize,
    /// Fits there are to be at most.
    pub fits: usize,
    /// The measure and the best mean so far, once every candidate has seen the same folds.
    pub best: Option<(&'static str, f64)>,
}

/// How to watch over a search.
#[non_exhaustive]
pub struct TuneOptions<'a, F: Scalar> {
    /// Samples without a target that every fit is given; see [`FitOptions::unlabelled`](crate::FitOptions::unlabelled).
    pub unlabelled: Option<Dataset<'a, F>>,
    /// Sees how far it is after each fit, from whichever thread has done it.
    pub monitor: Option<&'a (dyn Fn(Progress) + Sync)>,
    /// Once true, the search ends: the fits under way are given up.
    pub stop: Option<&'a AtomicBool>,
    /// Where the fits that are done are kept, so that the search can be continued; [`Every::Epochs`](crate::Every::Epochs) counts fits.
    pub checkpoint: Option<CheckpointTo>,
    /// A search that is continued.
    pub resume: Option<Ledger>,
}

impl<F: Scalar> Default for TuneOptions<'_, F> {
    fn default() -> Self {
        Self { unlabelled: None, monitor: None, stop: None, checkpoint: None, resume: None }
    }
}

impl<F: Scalar> Debug for TuneOptions<'_, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TuneOptions").field("checkpoint", &self.checkpoint).finish_non_exhaustive()
    }
}

impl Tuning {
    /// With so many folds.
    #[must_use]
    pub fn folds(self, folds: usize) -> Self {
        Self { folds, ..self }
    }

    /// With an honest estimate over so many outer folds.
    #[must_use]
    pub fn nested(self, folds: usize) -> Self {
        Self { nested: Some(folds), ..self }
    }

    /// With samples dealt out so.
    #[must_use]
    pub fn order(self, order: Order) -> Self {
        Self { order, ..self }
    }

    /// Comparing by the measure of this name.
    #[must_use]
    pub fn measure(self, name: impl Into<String>) -> Self {
        Self { measure: Some(name.into()), ..self }
    }

    /// Choosing so.
    #[must_use]
    pub fn choice(self, choice: Choice) -> Self {
        Self { choice, ..self }
    }

    /// Whether hopeless candidates are stopped early.
    #[must_use]
    pub fn race(self, race: bool) -> Self {
        Self { race, ..self }
    }

    /// With samples dealt out by this seed.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Tries all of `candidates`, from the simplest to the most complex, and chooses one.
    ///
    /// # Errors
    /// [`Error::Param`](crate::Error::Param) for a setting that is unknown or a value that it cannot have, for candidates that are
    /// the same, for a measure that compares nothing, and for folds that cannot be;
    /// [`Error::Data`](crate::Error::Data) for a class with fewer samples than folds, and where every candidate failed;
    /// [`Error::Io`](crate::Error::Io) where the checkpoint cannot be written.
    pub fn run<F: Scalar>(
        &self,
        learner: &impl Learner<F>,
        candidates: &[Candidate],
        data: &Dataset<'_, F>,
    ) -> Result<Tuned> {
        self.run_with(learner, candidates, data, TuneOptions::default())
    }

    /// The same, told how to watch over it by `options`.
    ///
    /// # Errors
    /// Those of [`run`](Self::run); [`Error::Param`](crate::Error::Param) where another search is continued.
    pub fn run_with<F: Scalar>(
        &self,
        learner: &impl Learner<F>,
        candidates: &[Candidate],
        data: &Dataset<'_, F>,
        options: TuneOptions<'_, F>,
    ) -> Result<Tuned> {
        search::Search::new(self, learner, candidates, *data, options)?.run()
    }
}
