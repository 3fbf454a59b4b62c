//! The course of a training by epochs, whatever an epoch does: when it ends, who watches, what is kept of it, and how it
//! is continued.

use crate::checkpoint::{Best, Checkpoint, Every, Origin};
use crate::early::Early;
use crate::model::{Epoch, FitOptions, History, Stopped};
use crate::params::Recipe;
use crate::training::State;
use crate::{Dataset, Error, Result, Scalar, remove_leftovers};
use std::time::Instant;

/// When a training by epochs ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoppingCriteria {
    /// Epochs at most.
    pub epochs: usize,
    /// A setting that fixes every step, and why: a training is not continued with another value of it. `epochs` is one where step
    /// sizes depend on the last epoch.
    pub tied: Option<(&'static str, &'static str)>,
    /// Training loss of an epoch below which it is over; 0 never is.
    pub target_loss: f64,
    /// What the validation losses have to say.
    pub early: Early,
    /// Whether theta grows from epoch to epoch, so that the best may be shorter than the last.
    pub grows: bool,
    /// Epochs at the beginning whose losses are those of something else, such as of pre-training: neither `target_loss` nor `early`
    /// looks at them.
    pub unjudged: usize,
}

impl StoppingCriteria {
    /// After so many epochs, and nothing else.
    pub fn epochs(epochs: usize) -> Self {
        Self { epochs, tied: None, target_loss: 0.0, early: Early::NEVER, grows: false, unjudged: 0 }
    }
}

/// What an epoch came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Passed {
    /// Mean training loss.
    pub loss: f64,
    /// Mean loss on the validation samples, where there are any.
    pub validation_loss: Option<f64>,
    /// Whether the stop flag left the epoch whole.
    pub whole: bool,
    /// Whether nothing is left to learn.
    pub converged: bool,
    /// What else was measured, by name; the same names in each epoch.
    pub measures: Vec<(&'static str, f64)>,
}

impl Passed {
    /// A whole epoch of this loss, with that on the validation samples.
    pub fn new(loss: f64, validation_loss: Option<f64>) -> Self {
        Self { loss, validation_loss, whole: true, converged: false, measures: Vec::new() }
    }
}

/// A training by epochs under way. Models whose learning is no descent bring their own epoch, and share all else.
#[derive(Debug)]
pub struct Course<F: Scalar> {
    criteria: StoppingCriteria,
    origin: Option<Origin>,
    history: History,
    best: Option<Best<F>>,
    /// Since the last checkpoint was written, or the course began.
    kept: Pace,
}

/// When something was last written that is written ever again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace(Option<Instant>);

impl Pace {
    /// From now on. Where nothing `is_kept` nobody asks for the time, which not every machine can tell.
    pub(crate) fn begun(is_kept: bool) -> Self {
        Self(is_kept.then(Instant::now))
    }

    /// Whether it is to be written again after so many are `done`.
    pub(crate) fn is_due(self, every: Every, done: usize) -> bool {
        match every {
            Every::Epochs(every) => done.is_multiple_of(every),
            Every::Time(time) => self.0.is_none_or(|kept| time <= kept.elapsed()),
        }
    }
}

/// Epochs for whose losses there is room from the start, so that training makes none later.
const EPOCHS_FORESEEN: usize = 1 << 12;

impl<F: Scalar> Course<F> {
    /// At its start; or, where `options` resume a checkpoint, where that one was written: `state` is then its.
    ///
    /// `state` is as long in every part as the training makes it.
    ///
    /// # Errors
    /// [`Error::Param`], [`Error::Data`] and [`Error::Shape`] for a checkpoint of other settings or data.
    pub fn start(
        criteria: StoppingCriteria,
        recipe: impl FnOnce() -> Recipe,
        state: &mut State<F>,
        data: &Dataset<'_, F>,
        validation: Option<&Dataset<'_, F>>,
        options: &mut FitOptions<'_, F>,
    ) -> Result<Self> {
        let kept = options.checkpoint.is_some() || options.resume.is_some();
        let origin = kept.then(|| Origin::new(recipe(), &criteria, data, validation));
        let (mut history, mut best) = (History::default(), None);
        if let (Some(checkpoint), Some(origin)) = (options.resume.take(), &origin) {
            checkpoint.check(origin, &criteria, state)?;
            (*state, history, best) = (checkpoint.state, checkpoint.history, checkpoint.best);
        }
        let more = (criteria.epochs - history.losses.len()).min(EPOCHS_FORESEEN);
        history.losses.reserve(more);
        history.validation_losses.reserve(if validation.is_some() { more } else { 0 });
        if let Some(to) = &options.checkpoint {
            remove_leftovers(&to.path);
        }
        let kept = Pace::begun(options.checkpoint.is_some());
        Ok(Self { criteria, origin, history, best, kept })
    }

    /// Calls `pass` for epoch after epoch, with the history of those before, until the course ends. Where validation may
    /// stop it early, the parameters of the best validation loss are then in `state`.
    ///
    /// # Errors
    /// Those of `pass`; [`Error::Diverged`] for a validation loss that is not finite; [`Error::Io`] where a checkpoint
    /// cannot be written.
    pub fn run(
        mut self,
        state: &mut State<F>,
        options: &mut FitOptions<'_, F>,
        mut pass: impl FnMut(&mut State<F>, &History, &FitOptions<'_, F>) -> Result<Passed>,
    ) -> Result<History> {
        loop {
            if let Some(reason) = self.ended() {
                self.history.stopped = reason;
                break;
            }
            let epoch = self.history.epoch();
            // What a checkpoint holds of an epoch that is left half done: the end of the epoch before.
            let before = options.checkpoint.is_some().then(|| state.clone());
            let passed = pass(state, &self.history, options)?;
            let Passed { loss, validation_loss, whole, converged, .. } = passed;
            if !whole && let Some(before) = before {
                self.write(before, options)?;
            }
            if let Some(loss) = validation_loss.filter(|loss| !loss.is_finite()) {
                return Err(Error::Diverged { epoch, loss });
            }
            self.history.add(&passed);
            if converged {
                self.history.stopped = Stopped::Converged;
            }
            if self.criteria.early.watches() && self.criteria.unjudged < epoch {
                Best::see(&mut self.best, &self.history.validation_losses, &state.theta);
            }
            let told = Epoch::new(epoch, self.criteria.epochs, loss, validation_loss);
            let broken = options.monitor.as_mut().is_some_and(|monitor| monitor(&told).is_break());
            let interrupted = broken || !whole || options.is_stopped();
            if whole {
                self.keep(state, options, epoch, interrupted)?;
            }
            if interrupted {
                self.history.stopped = Stopped::Interrupted;
                break;
            }
        }
        if let Some(best) = self.best {
            state.theta = best.theta.into();
        }
        Ok(self.history)
    }

    /// Writes a checkpoint after this epoch, where one is due.
    fn keep(&mut self, state: &State<F>, options: &FitOptions<'_, F>, epoch: usize, interrupted: bool) -> Result<()> {
        let Some(to) = &options.checkpoint else { return Ok(()) };
        let due = self.kept.is_due(to.every, epoch);
        if due || interrupted || self.ended().is_some() {
            self.write(state.clone(), options)?;
            self.kept = Pace::begun(true);
        }
        Ok(())
    }

    /// Writes the checkpoint of `state`, which the epochs in the history have led to.
    pub(crate) fn write(&self, state: State<F>, options: &FitOptions<'_, F>) -> Result<()> {
        let (Some(to), Some(origin)) = (&options.checkpoint, &self.origin) else { return Ok(()) };
        let (history, best) = (self.history.clone(), self.best.clone());
        Checkpoint { state, history, best, origin: origin.clone() }.write(&to.path)
    }

    /// Why the course ends here, if it does.
    fn ended(&self) -> Option<Stopped> {
        let done = self.history.losses.len();
        let judged = self.history.losses.last().filter(|_| self.criteria.unjudged < done);
        let small_enough =
            judged.is_some_and(|&loss| 0.0 < self.criteria.target_loss && loss < self.criteria.target_loss);
        if small_enough || self.history.stopped == Stopped::Converged {
            Some(Stopped::Converged)
        } else if self.is_over_early() {
            Some(Stopped::Early)
        } else if self.criteria.epochs <= done {
            Some(Stopped::Epochs)
        } else {
            None
        }
    }

    /// What the rule of early stopping says of the epochs that are judged, as if there were no others.
    fn is_over_early(&self) -> bool {
        let from = self.criteria.unjudged;
        let [losses, validation] = [&self.history.losses, &self.history.validation_losses]
            .map(|losses| losses.get(from..).unwrap_or_default());
        let best = self.best.as_ref().and_then(|best| best.epoch.checked_sub(from));
        best.is_some_and(|best| self.criteria.early.is_over(losses, validation, best))
    }
}
