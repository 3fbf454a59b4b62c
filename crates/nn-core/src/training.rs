//! What a training is told, and all that it moves.

use crate::course::StoppingCriteria;
use crate::descent::Penalty;
use crate::early::Early;
use crate::kernels::Buffer;
use crate::model::History;
use crate::objective::{At, Objective};
use crate::params::{LazyRecipe, Recipe, object};
use crate::rule::Rule;
use crate::schedule::{Pacer, Schedule};
use crate::{BatchSize, Error, Result, Scalar};
use serde::Serialize;

/// The settings of the training loop. A model's own settings hold them flat; see [`params!`](crate::params!).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Training {
    /// Rule by which a gradient moves theta.
    pub optimizer: Rule,
    /// Step size eta, above 0.
    pub learning_rate: f64,
    /// Step size of each layer in place of eta; none where they have one in common.
    pub layer_rates: Vec<f64>,
    /// Momentum mu, 0 to 1, for the rules that have one.
    pub momentum: f64,
    /// How the step sizes change from epoch to epoch.
    #[serde(flatten)]
    pub schedule: Schedule,
    /// Step size of each epoch in place of eta and its schedule, the last one holding on; none where they follow from these.
    pub schedule_rates: Vec<f64>,
    /// What is asked of theta beside a small loss.
    #[serde(flatten)]
    pub penalty: Penalty,
    /// The greatest norm of the mean gradient of a batch; 0 is no limit.
    pub clip_norm: f64,
    /// The greatest norm of the weights that come into a unit; 0 is no limit.
    pub max_norm: f64,
    /// Samples, or sequences, per step.
    pub batch_size: BatchSize,
    /// Passes over the samples.
    pub epochs: usize,
    /// Whether each pass takes the samples in a new random order.
    pub shuffle: bool,
    /// Mean training loss of a pass below which training stops; 0 never stops it.
    pub target_loss: f64,
    /// When the validation loss stops training.
    #[serde(flatten)]
    pub early: Early,
    /// Seed of all random numbers.
    pub seed: u64,
    /// The settings of the model they belong to, where they belong to one: a checkpoint of others is not continued.
    #[serde(skip)]
    pub recipe: Option<LazyRecipe>,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            optimizer: Rule::Adam,
            learning_rate: Rule::Adam.usual_rate(),
            layer_rates: Vec::new(),
            momentum: 0.9,
            schedule: Schedule::default(),
            schedule_rates: Vec::new(),
            penalty: Penalty::default(),
            clip_norm: 0.0,
            max_norm: 0.0,
            batch_size: BatchSize::Count(32),
            epochs: 50,
            shuffle: true,
            target_loss: 0.0,
            early: Early::NEVER,
            seed: 1,
            recipe: None,
        }
    }
}

/// Why such a training is continued for no more epochs.
const OVER_ALL: &str = "since its rates are those of a way to the last epoch; with another schedule it may go on";

impl Training {
    /// What a checkpoint keeps of them: the model's own settings, from which they follow, or, of no model, themselves.
    pub(crate) fn recipe(&self) -> Recipe {
        let own = || Recipe { model: String::new(), settings: object(self) };
        self.recipe.as_ref().map_or_else(own, LazyRecipe::get)
    }

    /// That it takes a step a batch, so that samples can be learned part by part: what [`Fit::check_online`](crate::Fit::check_online) of
    /// what learns by descent asks.
    ///
    /// # Errors
    /// [`Error::Param`] for a rule that is more than a step a batch.
    pub fn check_online(&self) -> Result<()> {
        if self.optimizer.is_minimiser() {
            let expected = "a rule that takes a step a batch, where samples are learned part by part";
            return Err(Error::param("optimizer", self.optimizer, expected));
        }
        Ok(())
    }

    /// When such a training ends.
    pub fn stopping_criteria(&self) -> StoppingCriteria {
        let hangs =
            self.schedule.kind.hangs_on_epochs() && self.schedule_rates.is_empty() && !self.optimizer.is_minimiser();
        StoppingCriteria {
            epochs: self.epochs,
            tied: hangs.then_some(("epochs", OVER_ALL)),
            target_loss: self.target_loss,
            early: self.early,
            grows: false,
            unjudged: 0,
        }
    }

    /// What the step size of the epoch that follows those of `history` is multiplied by.
    pub(crate) fn scale(&self, pacer: &mut Pacer, history: &History) -> f64 {
        let own = self.schedule_rates.get(history.losses.len()).or(self.schedule_rates.last());
        own.map_or_else(|| pacer.scale(history, self.epochs), |rate| rate / self.learning_rate)
    }
}

/// All that training moves. Whoever keeps it can train on as if there had been no pause.
#[derive(Clone, Debug, PartialEq)]
pub struct State<F: Scalar> {
    /// The parameters, from a cache line on.
    pub theta: Buffer<F>,
    /// Running numbers of the objective; see [`Objective::running_len`].
    pub running: Vec<F>,
    /// What the rule remembers.
    pub memory: Vec<F>,
    /// What the lanes of each shard keep from batch to batch; see [`Objective::carry_len`].
    pub carry: Vec<F>,
    /// Steps taken.
    pub steps: u64,
}

impl<F: Scalar> State<F> {
    /// At the start, at `theta`.
    pub fn new(objective: &impl Objective<F>, theta: Vec<F>, rule: Rule) -> Self {
        let memory = vec![F::ZERO; rule.memory(theta.len())];
        Self { running: vec![F::ZERO; objective.running_len()], memory, ..Self::of(theta) }
    }

    /// At the start of a training that moves theta and nothing else.
    pub fn of(theta: Vec<F>) -> Self {
        Self { theta: theta.into(), running: Vec::new(), memory: Vec::new(), carry: Vec::new(), steps: 0 }
    }

    /// Where an objective is evaluated in this state.
    pub fn at(&self) -> At<'_, F> {
        At { theta: &self.theta, running: &self.running }
    }
}
