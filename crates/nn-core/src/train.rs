//! The training loop: batches, shards, threads, early stopping. It sees an [`Objective`] and nothing of the network.

use crate::course::{Course, Passed};
use crate::descent::Descent;
use crate::model::{FitOptions, History};
use crate::objective::{At, Objective, Sum};
use crate::random::{Key, epoch_order};
use crate::rule::Rule;
use crate::samples::Samples;
use crate::schedule::Pacer;
use crate::training::{State, Training};
use crate::{Error, Loss, Result, Scalar, kernels, threads};
use curvature::Curvature;
use groups::{Evaluation, Groups, Layout};
use std::ops::Range;

mod curvature;
mod groups;
mod whole_batch;

/// Trains until the epochs are done, the loss is small enough, validation stops it, or the monitor does. With
/// `patience` and a validation set the parameters of the best validation loss are given back.
///
/// # Errors
/// [`Error::Diverged`] where the loss of a batch, or on the validation samples, is not finite; [`Error::Param`] for a rule
/// that cannot minimise this objective, or rates for other layers than it has.
pub fn train<F: Scalar>(
    objective: &impl Objective<F>,
    state: &mut State<F>,
    samples: &Samples<'_, F>,
    validation: Option<&Samples<'_, F>>,
    training: &Training,
    options: &mut FitOptions<'_, F>,
) -> Result<History> {
    threads::enter(|| {
        let course = course(objective, state, samples, validation, training, options)?;
        let mut epochs = Epochs::new(objective, state, samples, validation, training)?;
        course.run(state, options, |state, history, options| epochs.next(state, samples, validation, history, options))
    })
}

/// The epochs of a training, for whoever has a course of their own: one of several trainings, each begun where the one before
/// ended.
pub struct Epochs<'a, F: Scalar, O> {
    run: Run<'a, F, O>,
    order: Vec<u32>,
    pacer: Pacer,
}

impl<F: Scalar, O> std::fmt::Debug for Epochs<'_, F, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Epochs").field("samples", &self.order.len()).finish_non_exhaustive()
    }
}

impl<'a, F: Scalar, O: Objective<F>> Epochs<'a, F, O> {
    /// From `state` on, which gets the carry of these samples unless it has one.
    ///
    /// # Errors
    /// [`Error::Param`] for a rule that cannot minimise this objective, or rates for other layers than it has.
    pub fn new(
        objective: &'a O,
        state: &mut State<F>,
        samples: &Samples<'_, F>,
        validation: Option<&Samples<'_, F>>,
        training: &'a Training,
    ) -> Result<Self> {
        let run = Run::new(objective, state, samples, validation, training)?;
        run.check_minimiser(state)?;
        let order = (0..samples.len() as u32).collect();
        Ok(Self { run, order, pacer: Pacer::new(training.schedule) })
    }

    /// The epoch that follows those of `history`, which are all of this training, on the samples that it began with.
    ///
    /// # Errors
    /// [`Error::Diverged`] where the loss of a batch is not finite.
    pub fn next(
        &mut self,
        state: &mut State<F>,
        samples: &Samples<'_, F>,
        validation: Option<&Samples<'_, F>>,
        history: &History,
        options: &FitOptions<'_, F>,
    ) -> Result<Passed> {
        let Self { run, order, pacer } = self;
        let (training, epoch) = (run.training, history.epoch());
        let passed = if training.optimizer.is_minimiser() {
            run.iteration(state, samples, order, epoch)?
        } else {
            if training.shuffle {
                epoch_order(training.seed, epoch, 0, order);
            }
            let scale = training.scale(pacer, history);
            let (sum, whole) = run.epoch(state, samples, order, epoch, scale, options)?;
            Passed { whole, ..Passed::new(sum.mean(), None) }
        };
        let validation_loss = validation.zip(run.validation.as_mut()).map(|(data, all)| all.loss(state.at(), data));
        Ok(Passed { validation_loss, measures: run.objective.measures(state.at(), samples), ..passed })
    }
}

/// The course of a training from `state`, or from the checkpoint that `options` resume.
fn course<F: Scalar>(
    objective: &impl Objective<F>,
    state: &mut State<F>,
    samples: &Samples<'_, F>,
    validation: Option<&Samples<'_, F>>,
    training: &Training,
    options: &mut FitOptions<'_, F>,
) -> Result<Course<F>> {
    // A fresh state gets its carry, beside which that of a checkpoint is held.
    Layout::new(objective, state, samples, training);
    let kept = validation.map(Samples::data);
    Course::start(training.stopping_criteria(), || training.recipe(), state, &samples.data(), kept.as_ref(), options)
}

/// Writes the checkpoint of a training that has not begun, where `options` ask for one, and takes it out of them: for a
/// search for a start that is broken off. What [`train`] makes of the start found so far is a model, but what is continued
/// has to search again.
///
/// # Errors
/// Those of [`train`] before its first epoch; [`Error::Io`] where the checkpoint cannot be written.
pub fn keep_beginning<F: Scalar>(
    objective: &impl Objective<F>,
    state: &State<F>,
    samples: &Samples<'_, F>,
    validation: Option<&Samples<'_, F>>,
    training: &Training,
    options: &mut FitOptions<'_, F>,
) -> Result<()> {
    let mut state = state.clone();
    let course = course(objective, &mut state, samples, validation, training, options)?;
    Run::new(objective, &mut state, samples, validation, training)?;
    course.write(state, options)?;
    options.checkpoint = None;
    Ok(())
}

/// One pass over the samples in their order at the full step size, and nothing else: what learning on, part by part, is
/// made of.
///
/// # Errors
/// Those of [`train`]; [`Error::Param`] for a rule that is more than a step a batch.
pub fn pass<F: Scalar>(
    objective: &impl Objective<F>,
    state: &mut State<F>,
    samples: &Samples<'_, F>,
    training: &Training,
) -> Result<f64> {
    training.check_online()?;
    threads::enter_for(samples.len() * state.theta.len(), || {
        let order: Vec<u32> = (0..samples.len() as u32).collect();
        let mut run = Run::new(objective, state, samples, None, training)?;
        let (sum, _) = run.epoch(state, samples, &order, 1, 1.0, &FitOptions::default())?;
        Ok(sum.mean())
    })
}

/// The mean loss on `samples`, without learning: what a [`search`](crate::search) makes small.
pub fn mean_loss<F: Scalar>(objective: &impl Objective<F>, at: At<'_, F>, samples: &Samples<'_, F>) -> f64 {
    let cost = samples.len() * at.theta.len();
    threads::enter_for(cost, || Evaluation::new(objective, samples).loss(at, samples))
}

/// The gradient of the mean loss of `samples` into `gradient`, and that loss, without learning: nothing is dropped and no
/// lane keeps anything.
///
/// # Shapes
/// `gradient`: as long as theta.
pub fn mean_gradient<F: Scalar>(
    objective: &impl Objective<F>,
    at: At<'_, F>,
    samples: &Samples<'_, F>,
    gradient: &mut [F],
) -> f64 {
    threads::enter_for(samples.len() * at.theta.len(), || {
        let order: Vec<u32> = (0..samples.len() as u32).collect();
        let mut groups = Groups::new(objective, samples, Layout::of(objective, samples.len()), &[]);
        let mut sum = Sum::default();
        gradient.fill(F::ZERO);
        for piece in samples.pieces(&order, objective.piece()) {
            let total = groups.sum(objective, at, samples, &order, piece, Key::once(0), false);
            kernels::axpy(F::ONE, &total.gradient, gradient);
            sum += total.sum;
        }
        let weight = F::from_f64(sum.weight);
        gradient.iter_mut().for_each(|mean| *mean /= weight);
        sum.mean()
    })
}

/// A training under way: the memory that it uses again and again, so that no step has to make any.
struct Run<'a, F: Scalar, O> {
    objective: &'a O,
    training: &'a Training,
    descent: Descent<'a>,
    groups: Groups<F>,
    validation: Option<Evaluation<'a, F, O>>,
    curvature: Option<Curvature<F>>,
}

impl<'a, F: Scalar, O: Objective<F>> Run<'a, F, O> {
    fn new(
        objective: &'a O,
        state: &mut State<F>,
        samples: &Samples<'_, F>,
        validation: Option<&Samples<'_, F>>,
        training: &'a Training,
    ) -> Result<Self> {
        let layout = Layout::new(objective, state, samples, training);
        Ok(Self {
            objective,
            training,
            descent: Descent::new(training, &objective.spans())?,
            groups: Groups::new(objective, samples, layout, &state.carry),
            validation: validation.map(|validation| Evaluation::new(objective, validation)),
            curvature: (training.optimizer == Rule::Diagonal).then(|| Curvature::new(objective, samples)),
        })
    }

    /// Where the rule divides its steps by the curvature: measures it where it is due, after `seen` items of an epoch.
    fn measure_curvature(&mut self, state: &mut State<F>, samples: &Samples<'_, F>, seen: usize) -> Result<()> {
        let batch = self.groups.layout.batch;
        let Some(curvature) = self.curvature.as_mut().filter(|_| curvature::is_due(seen, batch)) else { return Ok(()) };
        let key = Key { seed: self.training.seed, step: state.steps, shard: 0 };
        let at = At { theta: &state.theta, running: &state.running };
        if curvature.measure(self.objective, at, samples, key, &mut state.memory) {
            return Ok(());
        }
        let expected = format!("another rule, or a loss that tells its curvature: {}", Loss::curved());
        Err(Error::param("optimizer", Rule::Diagonal, expected))
    }

    /// One pass over `order`, a step a batch, as the `epoch`-th and with each step size times `scale`. Tells the summed
    /// loss, and whether the stop flag left it whole.
    fn epoch(
        &mut self,
        state: &mut State<F>,
        samples: &Samples<'_, F>,
        order: &[u32],
        epoch: usize,
        scale: f64,
        options: &FitOptions<'_, F>,
    ) -> Result<(Sum, bool)> {
        let mut sum = Sum::default();
        let mut left = order.len();
        for items in order.chunks(self.groups.layout.batch) {
            self.measure_curvature(state, samples, order.len() - left)?;
            for piece in samples.pieces(items, self.objective.piece()) {
                sum += self.step(state, samples, items, piece, scale);
                if !sum.loss.is_finite() {
                    return Err(Error::Diverged { epoch, loss: sum.loss });
                }
            }
            left -= items.len();
            if options.is_stopped() {
                break;
            }
        }
        check_theta(state, epoch)?;
        self.groups.give_carry(&mut state.carry);
        Ok((sum, left == 0))
    }

    /// One step: the gradient of a batch, or of a piece of its sequences, and the rule applied to it.
    fn step(
        &mut self,
        state: &mut State<F>,
        samples: &Samples<'_, F>,
        items: &[u32],
        piece: Range<usize>,
        scale: f64,
    ) -> Sum {
        let key = Key { seed: self.training.seed, step: state.steps, shard: 0 };
        let total = self.groups.sum(self.objective, state.at(), samples, items, piece, key, true);
        let Sum { weight, .. } = total.sum;
        if 0.0 < weight {
            let State { theta, memory, steps, .. } = state;
            self.descent.step(theta, &mut total.gradient, memory, scale, *steps, total.sum);
            total.is_clear = self.descent.moves_all(theta.len());
            self.objective.after_step(&mut state.theta, &mut state.running, &total.extra, weight);
        }
        state.steps += 1;
        total.sum
    }
}

/// That theta has not gone astray: the loss of a batch is measured before its step, so the last step shows in theta alone.
fn check_theta<F: Scalar>(state: &State<F>, epoch: usize) -> Result<()> {
    if kernels::all_finite(&state.theta) { Ok(()) } else { Err(Error::Diverged { epoch, loss: f64::NAN }) }
}
