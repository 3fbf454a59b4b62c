//! Growth, pass by pass: output weights are trained until their loss stands still; then candidates, until their correlation
//! with the errors stands still; the best of them is put in place and frozen, and the outputs are trained again.
//!
//! It begins without hidden units. It ends where every output is near enough to its target, at the limit of units, where units
//! no longer help, or where no candidate correlates with anything.

use crate::block::{Blocks, Judged};
use crate::candidates::{Draw, Pool, Turn};
use crate::cascade::{Cascade, heads_len, hidden_len};
use crate::outputs::Head;
use crate::params::{CascorParams, Output};
use crate::quickprop::{Mover, Scale};
use crate::unit::HiddenUnit;
use nn_core::kernels::all_finite;
use nn_core::{Error, History, Passed, Result, Scalar, State};

nn_core::choices! {
    /// Why growth came to an end of its own.
    pub enum Ended {
        /// Every output is near enough to its target.
        Solved = "solved",
        /// There are as many hidden units as there may be.
        UnitLimit = "unit-limit",
        /// Several units in a row have hardly lowered the loss.
        Stagnant = "stagnant",
        /// No candidate correlates with the errors that are left.
        NoCandidate = "no-candidate",
    }
}

nn_core::choices! {
    /// What became of the network that growth came to last.
    pub(crate) enum GivenBack {
        /// It is the one.
        Last = "last",
        /// Another one had the best validation loss.
        Best = "best",
        /// Growth was stopped while its outputs had a larger loss than at the end of the phase before, and these came back.
        Before = "before",
    }
}

/// What [`History::measures`] calls the number of hidden units in each epoch.
pub(crate) const UNITS: &str = "hidden_units";
/// And the best correlation of a candidate; 0 in epochs of the outputs.
pub(crate) const CORRELATION: &str = "correlation";

/// Pools that are trained before it is said that no candidate helps, and phases of outputs that run away.
const ATTEMPTS: usize = 4;
/// Whole numbers at the front of what a checkpoint carries.
const COUNTS: usize = 9;
/// How many times as large as without its last unit the loss is of outputs that have run away.
const RUNAWAY: f64 = 1.1;

/// The loss when there were fewer than so many units, or the first one where this training has seen none of these.
fn loss_before(history: &History, units: usize) -> Option<f64> {
    let counts = history.measures.get(UNITS)?;
    let last = counts.iter().rposition(|&count| count < units as f64).unwrap_or(0);
    history.losses.get(last).copied()
}

/// How a phase of outputs or candidates is watched for standing still.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Watch {
    most: usize,
    patience: usize,
    change: f64,
}

/// Where a phase is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Clock<F> {
    /// Epochs of the phase.
    done: usize,
    /// That at which it is over, unless something changes before.
    quit: usize,
    /// What was measured when it last changed.
    last: F,
    /// Phases of these outputs before this one, all of which ran away; or pools, of whose candidates none helped.
    again: usize,
}

impl Watch {
    /// Counts an epoch, and says whether the phase is over.
    fn tick<F: Scalar>(&self, clock: &mut Clock<F>, now: f64) -> bool {
        clock.done += 1;
        let last = clock.last.to_f64();
        if clock.done == 1 {
            (clock.last, clock.quit) = (F::from_f64(now), self.patience);
        } else if self.change * last < (now - last).abs() {
            (clock.last, clock.quit) = (F::from_f64(now), clock.done + self.patience);
        } else if 0 < self.patience && clock.quit <= clock.done {
            return true;
        }
        self.most <= clock.done
    }
}

/// The settings in force.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) head: Head,
    units: usize,
    kinds: Vec<HiddenUnit>,
    output_mover: Mover,
    candidate_mover: Mover,
    output_watch: Watch,
    candidate_watch: Watch,
    unit_patience: usize,
    unit_change: f64,
    draw: Draw,
}

impl Plan {
    pub(crate) fn new(params: &CascorParams, head: Head) -> Self {
        Self {
            head,
            units: params.hidden_units,
            kinds: params.kinds(),
            output_mover: params.output_mover(),
            candidate_mover: params.candidate_mover(),
            output_watch: Watch {
                most: params.output_epochs,
                patience: params.output_patience,
                change: params.output_change,
            },
            candidate_watch: Watch {
                most: params.candidate_epochs,
                patience: params.candidate_patience,
                change: params.candidate_change,
            },
            unit_patience: params.unit_patience,
            unit_change: params.unit_change,
            draw: Draw { seed: params.seed, range: params.weight_range },
        }
    }
}

/// All that growth has come to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grown<F> {
    pub(crate) units: Vec<HiddenUnit>,
    /// The weights of the units in place.
    pub(crate) hidden: Vec<F>,
    /// The output weights, (inputs + units) × outputs, and the output biases.
    pub(crate) head: Vec<F>,
    /// What these were at the end of each phase of outputs, from that without units on, one after another.
    pub(crate) stages: Vec<F>,
    /// Candidates that were restarted.
    pub(crate) restarts: usize,
    /// Phases in which the outputs ran away.
    pub(crate) runaways: usize,
    pub(crate) ended: Option<Ended>,
    pub(crate) given_back: GivenBack,
}

/// Growth under way.
pub(crate) struct Growth<F> {
    plan: Plan,
    blocks: Blocks<F>,
    watched: Option<Blocks<F>>,
    cascade: Cascade,
    pub(crate) grown: Grown<F>,
    head_memory: Vec<F>,
    /// Candidates, while they are trained.
    pool: Option<Pool<F>>,
    clock: Clock<F>,
    /// The least loss at the end of a phase of outputs, and phases since then.
    least: F,
    lean: usize,
    /// Where a trained network grows on: its units, and the outputs that it came with.
    given: Option<(usize, Vec<F>)>,
    /// How often the steps of the outputs have been shortened: once more where they run away; of outputs that are no sigmoids,
    /// which do so more often, once less for a unit that comes.
    shorter: usize,
}

impl<F: Scalar> Growth<F> {
    /// From `grown` on, which is at the beginning of a phase of outputs.
    pub(crate) fn new(
        plan: Plan,
        inputs: usize,
        grown: Grown<F>,
        given: Option<(usize, Vec<F>)>,
        make: impl Fn(&Cascade, &[F]) -> (Blocks<F>, Option<Blocks<F>>),
    ) -> Self {
        let cascade = Cascade { inputs, units: grown.units.clone() };
        let (blocks, watched) = make(&cascade, &grown.hidden);
        let head_memory = vec![F::ZERO; plan.output_mover.memory(grown.head.len())];
        Self {
            plan,
            blocks,
            watched,
            cascade,
            grown,
            head_memory,
            pool: None,
            clock: Clock::default(),
            least: F::ZERO,
            lean: 0,
            given,
            shorter: 0,
        }
    }

    /// One epoch: a pass of the outputs or of the candidates.
    ///
    /// # Errors
    /// [`Error::Data`] where the loss or an output weight is no finite number, however short the steps are.
    pub(crate) fn epoch(&mut self, history: &History) -> Result<Passed> {
        let units = self.grown.units.len();
        let (loss, validation_loss, correlation) = match self.pool.take() {
            Some(pool) => {
                let last = |losses: &[f64]| losses.last().copied();
                let correlation = self.candidates_epoch(pool);
                // Nothing that answers has moved.
                (last(&history.losses).unwrap_or(0.0), last(&history.validation_losses), correlation)
            }
            None => (self.outputs_epoch(history)?, self.validation_loss(), 0.0),
        };
        Ok(Passed {
            converged: self.grown.ended.is_some(),
            measures: vec![(UNITS, units as f64), (CORRELATION, correlation)],
            ..Passed::new(loss, validation_loss)
        })
    }

    /// Sets outputs whose targets are all the same to these: of quantities that are scaled they are 0, and nothing is left to
    /// learn.
    pub(crate) fn rest(&mut self, output: Output) {
        if output != Output::Linear {
            return;
        }
        let Some(first) = self.blocks.all.first() else { return };
        let targets = first.targets.iter().step_by(first.lanes);
        self.grown.head.fill(F::ZERO);
        let weights = self.grown.head.len() - self.blocks.outputs;
        self.grown.head[weights..].iter_mut().zip(targets).for_each(|(bias, &target)| *bias = target);
    }

    fn validation_loss(&mut self) -> Option<f64> {
        let Self { plan, watched, cascade, grown, .. } = self;
        let watched = watched.as_mut()?;
        let loss = plan.head.pass(watched, cascade, &grown.hidden, &grown.head, false).loss / watched.weight;
        // Outputs that run away begin again, so that a loss beyond all numbers ends nothing.
        Some(loss.min(f64::MAX))
    }

    /// The outputs that these begin from in the first phase of a trained network that grows on.
    fn given(&self) -> Option<&[F]> {
        self.given.as_ref().filter(|(units, _)| *units == self.cascade.units.len()).map(|(_, head)| head.as_slice())
    }

    fn outputs_epoch(&mut self, history: &History) -> Result<f64> {
        let Self { plan, blocks, cascade, grown, .. } = self;
        let judged = plan.head.pass(blocks, cascade, &grown.hidden, &grown.head, true);
        let loss = judged.loss / blocks.weight;
        if judged.wrong == 0 || judged.loss == 0.0 {
            // No step is taken, and so the answers stay as near as they are.
            grown.ended = Some(Ended::Solved);
            self.end_outputs();
            return Ok(loss);
        }
        if self.clock.again == ATTEMPTS {
            // All attempts ran away: the outputs stay what they were with a unit less.
            self.end_outputs();
            self.begin_candidates(&judged, loss);
            return Ok(loss);
        }
        let scale = Scale { share: blocks.weight, scale: 1.0 / blocks.weight, taken: self.clock.done as u64 };
        let is_bounded = plan.head.output == Output::Sigmoid;
        let judged_head = if is_bounded { Vec::new() } else { grown.head.clone() };
        let mover = plan.output_mover.shortened(self.shorter);
        mover.step(&mut grown.head, blocks.slopes(), &mut self.head_memory, scale);
        let is_finite = loss.is_finite() && all_finite(&grown.head) && all_finite(&self.head_memory);
        if is_finite && !plan.output_watch.tick(&mut self.clock, judged.loss) {
            return Ok(loss);
        }
        let units = self.grown.units.len();
        let is_fresh = units == 0 && self.given().is_none();
        // The error of sigmoids is bounded, and without units a random start may be better than what the slopes lead to.
        let before = loss_before(history, units).filter(|_| !(is_fresh && is_bounded));
        // What was learned before is not to be lost.
        let most = if self.given().is_some() { 1.0 } else { RUNAWAY };
        // A random start is nothing to stay with.
        let is_last = is_fresh && self.clock.again + 1 == ATTEMPTS;
        if is_finite && (is_last || before.is_none_or(|before| loss <= most * before)) {
            if !is_bounded {
                // Nobody has judged the last step, and nothing bounds what it may have come to.
                self.grown.head = judged_head;
            }
            self.end_outputs();
            self.begin_candidates(&judged, loss);
            return Ok(loss);
        }
        if is_last {
            return Err(Error::data(format!(
                "the output weights ran away in epoch {}, beyond what numbers can be; a smaller output_learning_rate, or \
                 scaling=standard, may help",
                history.epoch()
            )));
        }
        self.begin_outputs_again();
        Ok(if loss.is_finite() { loss } else { history.losses.last().copied().unwrap_or(0.0) })
    }

    /// With a unit more outputs can be no worse than without it. Where they are, quickprop has leapt to weights so large that no
    /// slope leads back from them, and all later units would come in vain; so they begin once more where they were without the
    /// unit, by shorter steps. Fahlman's program goes on. Of 100 networks of Gaussians on the two spirals it happens to 2, of
    /// sigmoids to none; linear outputs, which nothing bounds, need it where many inputs or units say nearly the same.
    fn begin_outputs_again(&mut self) {
        let given = self.given().map(<[F]>::to_vec);
        let Self { plan, blocks, cascade, grown, .. } = self;
        let (width, outputs) = (cascade.inputs + cascade.units.len(), blocks.outputs);
        if let Some(given) = given {
            grown.head = given;
        } else if cascade.units.is_empty() {
            plan.draw.fill("outputs", 0, 0, &mut grown.head);
        } else {
            grown.head = widened(grown.last_stage(width, outputs), width - 1, outputs, &vec![F::ZERO; outputs]);
        }
        grown.runaways += 1;
        self.shorter += 1;
        self.head_memory = vec![F::ZERO; plan.output_mover.memory(grown.head.len())];
        self.clock = Clock { again: self.clock.again + 1, ..Clock::default() };
    }

    /// Where growth was stopped, gives back the outputs of the phase before if those under way have not yet come to a loss as
    /// small, and with a unit less where one has just come. Says whether it did.
    pub(crate) fn settle(&mut self, history: &History) -> bool {
        let units = self.grown.units.len();
        let given = self.given().map(<[F]>::to_vec);
        let is_open = self.pool.is_none() && self.grown.ended.is_none() && (0 < units || given.is_some());
        let losses = loss_before(history, units).zip(history.losses.last());
        if !is_open || 0 < self.clock.done && losses.is_none_or(|(before, now)| *now <= before) {
            return false;
        }
        if let Some(given) = given {
            self.grown.head = given;
            return true;
        }
        let (inputs, outputs) = (self.cascade.inputs, self.blocks.outputs);
        let Grown { units, hidden, .. } = &mut self.grown;
        units.pop();
        self.cascade.units.pop();
        hidden.truncate(hidden_len(inputs, units.len()));
        self.grown.head = self.grown.last_stage(inputs + self.cascade.units.len() + 1, outputs).to_vec();
        true
    }

    /// Remembers the outputs of this many units.
    fn end_outputs(&mut self) {
        self.grown.stages.extend_from_slice(&self.grown.head);
    }

    /// Begins to train candidates, unless growth ends here.
    fn begin_candidates(&mut self, judged: &Judged, loss: f64) {
        let units = self.grown.units.len();
        let least = self.least.to_f64();
        if least == 0.0 || loss < (1.0 - self.plan.unit_change) * least {
            (self.least, self.lean) = (F::from_f64(loss), 0);
        } else {
            self.lean += 1;
        }
        let is_lean = 0 < self.plan.unit_patience && self.plan.unit_patience <= self.lean;
        self.grown.ended = match () {
            () if self.plan.units <= units => Some(Ended::UnitLimit),
            () if is_lean => Some(Ended::Stagnant),
            () if judged.squares == 0.0 => Some(Ended::NoCandidate),
            () => None,
        };
        if self.grown.ended.is_none() {
            Pool::center(&mut self.blocks, judged);
            self.begin_pool(0);
        }
    }

    /// Draws candidates, those of another attempt from another stream.
    fn begin_pool(&mut self, attempt: usize) {
        self.pool = Some(self.drawn_pool(attempt));
        self.clock = Clock { again: attempt, ..Clock::default() };
    }

    fn drawn_pool(&self, attempt: usize) -> Pool<F> {
        let Self { plan, blocks, cascade, .. } = self;
        Pool::new(plan.kinds.clone(), cascade, blocks.outputs, &plan.candidate_mover, plan.draw, attempt)
    }

    /// Gives back the best correlation.
    fn candidates_epoch(&mut self, mut pool: Pool<F>) -> f64 {
        let Self { plan, blocks, cascade, grown, .. } = self;
        // The first pass finds the signs, and takes no step; from then on there is an epoch at which the phase is over.
        let is_first = self.clock.quit == 0 && self.clock.done == 0;
        let turn = Turn { taken: self.clock.done as u64, restarts: grown.restarts };
        let turn = (!is_first).then_some(turn);
        let mover = plan.candidate_mover.shortened(self.clock.again);
        grown.restarts += pool.epoch(blocks, cascade, &grown.hidden, &mover, plan.draw, turn);
        let (best, score) = pool.best();
        if is_first {
            self.clock.quit = plan.candidate_watch.patience.max(1);
        } else if plan.candidate_watch.tick(&mut self.clock, score) {
            self.place(&pool, best, score);
            return score;
        }
        self.pool = Some(pool);
        score
    }

    /// Puts the best candidate in place: its weights are frozen. To sigmoid outputs its weights begin at minus its correlations,
    /// as the paper has it; to others where they lower the loss.
    fn place(&mut self, pool: &Pool<F>, best: usize, score: f64) {
        // What rounding alone makes of values that are the same for all samples.
        let noise = self.blocks.residuals().map(|error| error.to_f64().abs()).sum::<f64>() * 64.0 * F::EPSILON;
        if score <= noise || score.is_nan() {
            // Where samples are few, steps are long, and all Gaussians may have leapt away from them, as on exclusive or.
            match self.clock.again + 1 {
                attempt if attempt < ATTEMPTS => self.begin_pool(attempt),
                _ => self.grown.ended = Some(Ended::NoCandidate),
            }
            return;
        }
        let Self { plan, blocks, watched, cascade, grown, .. } = self;
        let (width, outputs) = (cascade.inputs + cascade.units.len(), blocks.outputs);
        let is_bounded = plan.head.output == Output::Sigmoid;
        if !is_bounded {
            // Leaves the errors as they are now in the blocks.
            plan.head.pass(blocks, cascade, &grown.hidden, &grown.head, false);
        }
        grown.hidden.extend(pool.weights(best));
        grown.units.push(pool.kinds[best]);
        cascade.units.push(pool.kinds[best]);
        let unit = cascade.units.len() - 1;
        for blocks in std::iter::once(&mut *blocks).chain(watched) {
            blocks.keep(unit, cascade, &grown.hidden);
        }
        let (first, shifts): (Vec<F>, Vec<F>) = if is_bounded {
            pool.correlations(best).map(|correlation| (-correlation, F::ZERO)).unzip()
        } else {
            plan.head.fitted(blocks, cascade, &grown.hidden).into_iter().unzip()
        };
        grown.head = widened(&grown.head, width, outputs, &first);
        let biases = grown.head.iter_mut().rev().zip(shifts.into_iter().rev());
        biases.for_each(|(bias, shift)| *bias += shift);
        if !is_bounded {
            self.shorter = self.shorter.saturating_sub(1);
        }
        self.head_memory = match plan.output_mover.rule {
            // Quickprop goes on with what it knows of the other weights, as the paper's program does.
            None if is_bounded => {
                let nothing = vec![F::ZERO; outputs];
                let parts = self.head_memory.chunks((width + 1) * outputs);
                parts.flat_map(|part| widened(part, width, outputs, &nothing)).collect()
            }
            _ => vec![F::ZERO; plan.output_mover.memory(grown.head.len())],
        };
        self.clock = Clock::default();
    }

    /// Leaves all that training moves in `state`: the network in theta; in the others, where `whole`, what a checkpoint needs
    /// beside it.
    pub(crate) fn keep(&self, state: &mut State<F>, whole: bool) {
        let Grown { units, hidden, head, stages, restarts, runaways, ended, .. } = &self.grown;
        state.steps += 1;
        let (own, rest) = state.theta.get(hidden.len() + head.len()).split_at_mut(hidden.len());
        own.copy_from_slice(hidden);
        rest.copy_from_slice(head);
        if !whole {
            return;
        }
        let number = |number: usize| F::from_f64(number as f64);
        let Clock { done, quit, last, again } = self.clock;
        state.memory.clone_from(&self.head_memory);
        state.running.clone_from(stages);
        if let Some(pool) = &self.pool {
            state.memory.extend_from_slice(&pool.memory);
            state.running.extend_from_slice(&pool.theta);
            state.running.extend_from_slice(&pool.correlations);
            state.running.extend(self.blocks.residuals());
        }
        let ended = ended.map_or(0, |ended| 1 + ended as usize);
        let has_pool = usize::from(self.pool.is_some());
        let counts = [has_pool, done, quit, again, *restarts, *runaways, ended, self.lean, self.shorter];
        state.carry.clear();
        state.carry.extend(counts.map(number));
        state.carry.extend([last, self.least]);
        state.carry.extend(units.iter().map(|&unit| number(unit as usize)));
    }

    /// Goes on from what [`keep`](Self::keep) left, once the units of it are in place.
    ///
    /// # Errors
    /// [`Error::Format`] where it does not fit together.
    pub(crate) fn take_up(&mut self, state: &State<F>) -> Result<()> {
        let carry: Vec<f64> = state.carry.iter().map(|number| number.to_f64()).collect();
        let counts =
            carry.get(..COUNTS).and_then(|counts| counts.iter().map(|&n| count(n)).collect::<Option<Vec<_>>>());
        let Some(counts) = counts else { return Err(unfit()) };
        let &[has_pool, done, quit, again, restarts, runaways, ended, lean, shorter] = counts.as_slice() else {
            return Err(unfit());
        };
        self.clock = Clock { done, quit, last: state.carry[COUNTS], again };
        (self.least, self.lean, self.shorter) = (state.carry[COUNTS + 1], lean, shorter);
        (self.grown.restarts, self.grown.runaways) = (restarts, runaways);
        self.grown.ended = match ended {
            0 => None,
            ended => Some(*Ended::ALL.get(ended - 1).ok_or_else(unfit)?),
        };
        let mut memory = state.memory.as_slice();
        let mut running = state.running.as_slice();
        let head_memory = memory.split_off(..self.head_memory.len()).ok_or_else(unfit)?;
        self.head_memory = head_memory.to_vec();
        if 0 < has_pool {
            let mut pool = self.drawn_pool(0);
            let remembered = memory.split_off(..pool.memory.len()).ok_or_else(unfit)?;
            pool.memory.copy_from_slice(remembered);
            let [theta, correlations] = [pool.theta.len(), pool.correlations.len()];
            let stages = running.len().checked_sub(theta + correlations + self.blocks.residuals_len());
            self.grown.stages = running.split_off(..stages.ok_or_else(unfit)?).ok_or_else(unfit)?.to_vec();
            pool.theta.copy_from_slice(running.split_off(..theta).ok_or_else(unfit)?);
            pool.correlations.copy_from_slice(running.split_off(..correlations).ok_or_else(unfit)?);
            self.blocks.take_residuals(running);
            self.pool = Some(pool);
        } else {
            self.grown.stages = running.to_vec();
        }
        // The phase of these outputs is over or not.
        let stages = self.grown.units.len() + usize::from(has_pool == 1 || self.grown.ended.is_some());
        let expected = heads_len(self.cascade.inputs, self.blocks.outputs, stages);
        if !memory.is_empty() || 1 < has_pool || self.grown.stages.len() != expected {
            return Err(unfit());
        }
        Ok(())
    }
}

/// What a checkpoint says of the units in place: their kinds, weights, and the outputs behind them.
///
/// # Errors
/// [`Error::Format`] where it does not fit together.
pub(crate) fn units_of<F: Scalar>(state: &State<F>, inputs: usize, outputs: usize) -> Result<Grown<F>> {
    let kind = |number: &F| count(number.to_f64()).and_then(|number| HiddenUnit::ALL.get(number).copied());
    let units: Option<Vec<HiddenUnit>> =
        state.carry.get(COUNTS + 2..).and_then(|kinds| kinds.iter().map(kind).collect());
    let Some(units) = units else { return Err(unfit()) };
    let (hidden, head) = parts_of(&state.theta, inputs, units.len(), outputs).ok_or_else(unfit)?;
    Ok(Grown::new(units, hidden, head, Vec::new()))
}

impl<F: Scalar> Grown<F> {
    /// At the beginning of a phase of outputs, with these stages behind it.
    pub(crate) fn new(units: Vec<HiddenUnit>, hidden: Vec<F>, head: Vec<F>, stages: Vec<F>) -> Self {
        let given_back = GivenBack::Last;
        Self { units, hidden, head, stages, restarts: 0, runaways: 0, ended: None, given_back }
    }

    /// The outputs at the end of the last phase of them, which had so many numbers each.
    fn last_stage(&self, numbers: usize, outputs: usize) -> &[F] {
        &self.stages[self.stages.len() - numbers * outputs..]
    }
}

/// The parts of theta, if it is as long as those of so many units.
pub(crate) fn parts_of<F: Scalar>(
    theta: &[F],
    inputs: usize,
    units: usize,
    outputs: usize,
) -> Option<(Vec<F>, Vec<F>)> {
    let (hidden, head) = theta.split_at_checked(hidden_len(inputs, units))?;
    (head.len() == (inputs + units + 1) * outputs).then(|| (hidden.to_vec(), head.to_vec()))
}

fn unfit() -> Error {
    Error::format("the checkpoint holds another network than it says")
}

/// A whole number that no growth exceeds.
fn count(number: f64) -> Option<usize> {
    ((0.0..=f64::from(1 << 24)).contains(&number) && number.fract() == 0.0).then_some(number as usize)
}

/// Weights, width × outputs, and biases, with a weight more an output.
fn widened<F: Scalar>(numbers: &[F], width: usize, outputs: usize, added: &[F]) -> Vec<F> {
    let (weights, biases) = numbers.split_at(width * outputs);
    let mut wide = Vec::with_capacity(numbers.len() + outputs);
    for (output, &new) in added.iter().enumerate() {
        wide.extend_from_slice(&weights[output * width..][..width]);
        wide.push(new);
    }
    wide.extend_from_slice(biases);
    wide
}
