//! The training loop: batches, shards, threads, early stopping. It sees an [`Objective`] and nothing of the network.

use crate::course::{Course, Passed, StoppingCriteria};
use crate::descent::{Descent, Penalty};
use crate::early::Early;
use crate::kernels::Buffer;
use crate::model::{FitOptions, History};
use crate::objective::{At, Cut, Objective, Sum, Sums};
use crate::params::{Recipe, object};
use crate::random::{Key, epoch_order};
use crate::rule::Rule;
use crate::samples::{Samples, ShardBuffers};
use crate::schedule::{Pacer, Schedule};
use crate::{BatchSize, Error, Loss, Result, Scalar, kernels, threads};
use curvature::Curvature;
use serde::Serialize;

mod curvature;
mod whole_batch;

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
    /// The greatest norm of the weights that come into an item; 0 is no limit.
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
    pub recipe: Option<Recipe>,
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
    fn recipe(&self) -> Recipe {
        self.recipe.clone().unwrap_or_else(|| Recipe { model: String::new(), settings: object(self) })
    }

    fn stopping_criteria(&self) -> StoppingCriteria {
        let hangs =
            self.schedule.kind.hangs_on_epochs() && self.schedule_rates.is_empty() && !self.optimizer.is_minimiser();
        StoppingCriteria {
            epochs: self.epochs,
            no_more_epochs: hangs.then_some(OVER_ALL),
            target_loss: self.target_loss,
            early: self.early,
        }
    }

    /// What the step size of the epoch that follows those of `history` is multiplied by.
    fn scale(&self, pacer: &mut Pacer, history: &History) -> f64 {
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
        let mut run = Run::new(objective, state, samples, validation, training)?;
        run.check_minimiser(state)?;
        let mut order: Vec<u32> = (0..samples.len() as u32).collect();
        let mut pacer = Pacer::new(training.schedule);
        course.run(state, options, |state, history, options| {
            let epoch = history.epoch();
            let passed = if training.optimizer.is_minimiser() {
                run.iteration(state, samples, &order, epoch)?
            } else {
                if training.shuffle {
                    epoch_order(training.seed, epoch, &mut order);
                }
                let scale = training.scale(&mut pacer, history);
                let (sum, whole) = run.epoch(state, samples, &order, epoch, scale, options)?;
                Passed { whole, ..Passed::new(sum.mean(), None) }
            };
            let validation_loss = validation.zip(run.validation.as_mut()).map(|(data, all)| all.loss(state.at(), data));
            Ok(Passed { validation_loss, ..passed })
        })
    })
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
    Layout::new(objective, state, samples, training);
    let kept = validation.map(Samples::data);
    Course::start(training.stopping_criteria(), training.recipe(), state, &samples.data(), kept.as_ref(), options)
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
    if training.optimizer.is_minimiser() {
        let expected = "a rule that takes a step a batch, where samples are learned part by part";
        return Err(Error::param("optimizer", training.optimizer, expected));
    }
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
        let total = groups.sum(objective, at, samples, &order, Key::once(0), false);
        let weight = F::from_f64(total.sum.weight);
        gradient.iter_mut().zip(&total.gradient).for_each(|(mean, &sum)| *mean = sum / weight);
        total.sum.mean()
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

/// The groups of a batch, and how it is cut into them.
struct Groups<F> {
    layout: Layout,
    groups: Vec<Group<F>>,
}

/// How a batch is cut. It depends on the objective and the batch alone, never on the number of threads.
#[derive(Clone, Copy, Debug)]
struct Layout {
    /// Items of a batch.
    batch: usize,
    /// Lanes of a shard, but for the last one of a batch, which may have fewer.
    lanes: usize,
    shards_per_group: usize,
    groups: usize,
    /// What the lanes of a group keep from batch to batch.
    carry_per_group: usize,
}

/// Shards that add up into one gradient, one after another. The groups of a batch run side by side.
struct Group<F> {
    buffers: ShardBuffers<F>,
    scratch: Buffer<F>,
    gradient: Vec<F>,
    extra: Vec<F>,
    /// What the lanes of this group's shards keep from batch to batch.
    carry: Vec<F>,
    sum: Sum,
}

/// More partial gradients than this cost more to add up than they save.
const MOST_GROUPS: usize = 16;

impl Layout {
    /// The layout for these samples, for which the state gets a carry, unless it has one.
    fn new<F: Scalar>(
        objective: &impl Objective<F>,
        state: &mut State<F>,
        samples: &Samples<'_, F>,
        training: &Training,
    ) -> Self {
        let layout = Self::that_fits(objective, state, samples, training);
        if state.carry.len() != layout.carry() {
            // What lanes of another layout kept means nothing to these.
            state.carry = vec![F::ZERO; layout.carry()];
        }
        layout
    }

    /// Batches are no larger than there are samples, except where the state carries something from larger ones: a last,
    /// short part then meets what its lanes kept.
    fn that_fits<F: Scalar>(
        objective: &impl Objective<F>,
        state: &State<F>,
        samples: &Samples<'_, F>,
        training: &Training,
    ) -> Self {
        let count = match training.batch_size {
            BatchSize::Count(count) if !training.optimizer.is_minimiser() => count,
            _ => return Self::of(objective, samples.len()),
        };
        let whole = Self::of(objective, count.clamp(1, u32::MAX as usize));
        if !state.carry.is_empty() && state.carry.len() == whole.carry() {
            return whole;
        }
        Self::of(objective, count.clamp(1, samples.len()))
    }

    fn of<F: Scalar>(objective: &impl Objective<F>, batch: usize) -> Self {
        let lanes = objective.lanes(batch);
        let shards = batch.div_ceil(lanes);
        let shards_per_group = match objective.cut() {
            Cut::Shards => shards.div_ceil(MOST_GROUPS),
            Cut::Layers => shards,
        };
        let groups = shards.div_ceil(shards_per_group);
        Self { batch, lanes, shards_per_group, groups, carry_per_group: shards_per_group * objective.carry_len(lanes) }
    }

    /// Length of the carry.
    fn carry(&self) -> usize {
        self.groups * self.carry_per_group
    }
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
            sum += self.step(state, samples, items, scale);
            if !sum.loss.is_finite() {
                return Err(Error::Diverged { epoch, loss: sum.loss });
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

    /// One step: the gradient of a batch, and the rule applied to it.
    fn step(&mut self, state: &mut State<F>, samples: &Samples<'_, F>, items: &[u32], scale: f64) -> Sum {
        let key = Key { seed: self.training.seed, step: state.steps, shard: 0 };
        let total = self.groups.sum(self.objective, state.at(), samples, items, key, true);
        let Sum { weight, .. } = total.sum;
        if 0.0 < weight {
            let State { theta, memory, steps, .. } = state;
            self.descent.step(theta, &mut total.gradient, memory, scale, *steps, total.sum);
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

impl<F: Scalar> Groups<F> {
    /// Room for batches of this layout, whose lanes go on from `carry`.
    fn new(objective: &impl Objective<F>, samples: &Samples<'_, F>, layout: Layout, carry: &[F]) -> Self {
        let len = layout.carry_per_group;
        let theta = objective.theta_len();
        let group = |index: usize| Group {
            gradient: vec![F::ZERO; theta],
            extra: vec![F::ZERO; objective.extra_len()],
            carry: carry.get(index * len..(index + 1) * len).map_or_else(|| vec![F::ZERO; len], <[F]>::to_vec),
            ..Group::new(objective, samples, layout.lanes)
        };
        Self { layout, groups: (0..layout.groups).map(group).collect() }
    }

    /// The summed gradient of a batch, left in the first group.
    fn sum(
        &mut self,
        objective: &impl Objective<F>,
        at: At<'_, F>,
        samples: &Samples<'_, F>,
        items: &[u32],
        key: Key,
        training: bool,
    ) -> &mut Group<F> {
        let Layout { lanes, shards_per_group: per_group, .. } = self.layout;
        let used = items.len().div_ceil(lanes * per_group).max(1);
        let groups = &mut self.groups[..used];
        threads::side_by_side(groups, |index, group| {
            group.clear();
            let first = index * per_group;
            let items = &items[first * lanes..items.len().min((first + per_group) * lanes)];
            for (shard, items) in items.chunks(lanes).enumerate() {
                let key = Key { shard: (first + shard) as u64, ..key };
                group.gradient(objective, at, samples, items, lanes, shard, key, training);
            }
        });
        let (total, others) = groups.split_at_mut(1);
        others.iter().for_each(|group| total[0].add(group));
        &mut total[0]
    }

    /// Hands over what the lanes keep.
    fn give_carry(&self, carry: &mut [F]) {
        for (kept, group) in carry.chunks_mut(self.layout.carry_per_group.max(1)).zip(&self.groups) {
            kept.copy_from_slice(&group.carry);
        }
    }
}

impl<F: Scalar> Group<F> {
    /// Room for shards of these samples, without a gradient.
    fn new(objective: &impl Objective<F>, samples: &Samples<'_, F>, lanes: usize) -> Self {
        let steps = samples.longest();
        let mut buffers = ShardBuffers::default();
        buffers.reserve(lanes, steps, samples.data().features(), objective.targets());
        Self {
            buffers,
            scratch: Buffer::zeros(objective.scratch_len(lanes, steps)),
            gradient: Vec::new(),
            extra: Vec::new(),
            carry: Vec::new(),
            sum: Sum::default(),
        }
    }

    fn clear(&mut self) {
        self.gradient.fill(F::ZERO);
        self.extra.fill(F::ZERO);
        self.sum = Sum::default();
    }

    /// Adds the gradient of the `shard`-th shard of this group.
    #[expect(clippy::too_many_arguments, reason = "one shard of a step, and the step around it")]
    fn gradient(
        &mut self,
        objective: &impl Objective<F>,
        at: At<'_, F>,
        samples: &Samples<'_, F>,
        items: &[u32],
        lanes: usize,
        shard: usize,
        key: Key,
        training: bool,
    ) {
        let carry_len = objective.carry_len(lanes);
        // What a lane keeps stays in its lane, so a short shard has the same lanes then.
        let lanes = if carry_len == 0 { objective.lanes(items.len()) } else { lanes };
        samples.gather(items, lanes, &mut self.buffers);
        let sums = Sums { first: shard == 0, gradient: &mut self.gradient, extra: &mut self.extra };
        let carry = &mut self.carry[shard * carry_len..][..carry_len];
        self.sum += objective.gradient(at, &self.buffers.shard(key, training), sums, carry, &mut self.scratch);
    }

    fn add(&mut self, other: &Self) {
        kernels::axpy(F::ONE, &other.gradient, &mut self.gradient);
        kernels::axpy(F::ONE, &other.extra, &mut self.extra);
        self.sum += other.sum;
    }
}

/// The loss on some samples, again and again.
struct Evaluation<'a, F: Scalar, O> {
    objective: &'a O,
    lanes: usize,
    groups: Vec<Group<F>>,
    items: Vec<u32>,
}

impl<'a, F: Scalar, O: Objective<F>> Evaluation<'a, F, O> {
    fn new(objective: &'a O, samples: &Samples<'_, F>) -> Self {
        let lanes = objective.lanes(samples.len());
        let groups = samples.len().div_ceil(lanes).min(MOST_GROUPS);
        let group =
            |_| Group { carry: vec![F::ZERO; objective.carry_len(lanes)], ..Group::new(objective, samples, lanes) };
        let items = (0..samples.len() as u32).collect();
        Self { objective, lanes, groups: (0..groups).map(group).collect(), items }
    }

    fn loss(&mut self, at: At<'_, F>, samples: &Samples<'_, F>) -> f64 {
        let (objective, lanes, items) = (self.objective, self.lanes, &self.items);
        let per_group = items.len().div_ceil(lanes).div_ceil(self.groups.len()) * lanes;
        threads::side_by_side(&mut self.groups, |index, group| {
            group.sum = Sum::default();
            let items = &items[items.len().min(index * per_group)..items.len().min((index + 1) * per_group)];
            for items in items.chunks(lanes) {
                group.carry.fill(F::ZERO);
                samples.gather(items, lanes, &mut group.buffers);
                let shard = group.buffers.shard(Key::once(0), false);
                group.sum += objective.loss(at, &shard, &mut group.carry, &mut group.scratch);
            }
        });
        let mut sum = Sum::default();
        self.groups.iter().for_each(|group| sum += group.sum);
        sum.mean()
    }
}
