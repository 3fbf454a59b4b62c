//! Learning: the chapter's rule, (1) and (2), and two ways to keep the best of it.
//!
//! For a sample (x, y) with the answer y', `w_i <- w_i + eta (y - y') x_i`. The threshold is the weight of an input that
//! is always -1, so that `theta <- theta - eta (y - y')`; it is kept as the bias `-theta`. Where the answer is right
//! nothing moves.
//!
//! Of more than two classes each has a unit, and the largest sum wins. A mistake moves two of them: the unit of the right
//! class towards the sample, that of the answer away from it. For two classes this is the rule above.

use super::columns::Columns;
use super::model::Perceptron;
use super::params::{PerceptronParams, Variant};
use super::separability::Separability;
use super::units::Units;
use nn_core::kernels::all_finite;
use nn_core::random::{Key, below, epoch_order};
use nn_core::{
    Course, Dataset, Error, Fit, FitOptions, Init, Online, Params, Passed, Recipe, Result, Scalar, Scaler, Scaling,
    State, Stopped, StoppingCriteria, Task,
};

/// Who learns, as errors say it.
pub(super) const WHO: &str = "a perceptron";

impl<F: Scalar> Fit<F> for PerceptronParams {
    type Model = Perceptron<F>;

    fn fit_with(&self, data: &Dataset<'_, F>, mut options: FitOptions<'_, F>) -> Result<Perceptron<F>> {
        self.validate()?;
        data.check()?;
        let classes = Task::classes_of(data, WHO)?;
        Task::check_learnable(data)?;
        if let Some(validation) = &options.validation {
            Task::Classes(classes)
                .check_alike(validation, data.features(), WHO)
                .map_err(|error| error.within("validation"))?;
        }
        let weights = self.class_weight.weigh(data);
        let weighed = weights.as_deref().map_or(*data, |weights| data.weights(weights));

        let mut model = self.untrained(data, classes)?;
        let mut state = model.state.clone();
        let validation = options.validation;
        let criteria = StoppingCriteria::epochs(self.epochs);
        let recipe = || Recipe::of(self);
        let course = Course::start(criteria, recipe, &mut state, &weighed, validation.as_ref(), &mut options)?;
        let (units, scaler) = (model.units, model.scaler.clone());
        let mut samples = Columns::new(weighed, scaler.as_ref());
        let mut kept_aside = validation.map(|data| Columns::new(data, scaler.as_ref()));
        let mut order: Vec<u32> = (0..data.samples() as u32).collect();
        model.history = course.run(&mut state, &mut options, |state, history, options| {
            let (loss, whole) = self.epoch(state, &mut samples, units, &mut order, history.epoch(), options)?;
            let validation_loss =
                kept_aside.as_mut().map(|samples| units.score(&self.kept(state), samples).error_rate());
            // Without a mistake there is nothing left to learn.
            Ok(Passed { whole, converged: loss == 0.0, ..Passed::new(loss, validation_loss) })
        })?;
        model.state = state;
        model.keep();
        if self.variant != Variant::Pocket {
            // The loss of an epoch is the share of its mistakes.
            let counted = samples.counted() as f64;
            model.mistakes = model.history.losses.iter().map(|loss| (loss * counted).round() as u64).sum();
        }
        if self.explain && model.history.stopped != Stopped::Interrupted {
            model.separability = samples.separability()?;
            let holds = self.variant != Variant::Pocket && self.init == Init::Zero && samples.weigh_alike();
            model.mistake_bound = model.separability.bound().filter(|_| holds);
        }
        Ok(model)
    }

    /// A pocket must see all samples to compare weights.
    fn check_online(&self) -> Result<()> {
        if self.variant == Variant::Pocket {
            let expected = "standard or averaged where samples are learned part by part";
            return Err(Error::param("variant", self.variant, expected));
        }
        Ok(())
    }
}

impl<F: Scalar> Online<F> for Perceptron<F> {
    /// One pass of the rule. The scaling stays what it was learned to be at first.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`], and [`Error::Param`] for a pocket, which must see all samples to compare weights.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        Task::Classes(self.units.classes).check_alike(data, self.units.features, WHO)?;
        Fit::<F>::check_online(&self.params)?;
        let mut state = self.state.clone();
        let mut samples = Columns::new(*data, self.scaler.as_ref());
        let order: Vec<u32> = (0..data.samples() as u32).collect();
        let (mistakes, _) = self.params.pass(&mut state, &mut samples, self.units, &order, &FitOptions::default());
        finite(&state, self.history.losses.len() + 1)?;
        // What was found out, was found out of other samples.
        self.params.memory(&mut state).cycle.fill(F::ZERO);
        (self.separability, self.mistake_bound) = (Separability::Undecided, None);
        self.state = state;
        self.mistakes += mistakes;
        self.history.losses.push(mistakes as f64 / samples.counted() as f64);
        self.keep();
        Ok(())
    }
}

/// Samples whose sums are taken at once while no mistake happens.
const MOST_AT_ONCE: usize = 64;
/// Fewer are not worth a look: the kernel takes so many side by side.
const FEWEST_AT_ONCE: usize = 8;
/// Samples between two looks at the stop flag.
const BETWEEN_LOOKS: usize = 1 << 12;

/// The memory of a training, in the parts of [`State`]: what each variant keeps beside theta.
struct Memory<'s, F> {
    theta: &'s mut [F],
    /// Samples seen.
    time: &'s mut u64,
    /// Averaged: sum of each step taken, times the number of the sample it was taken at. Pocket: the best weights.
    kept: &'s mut [F],
    /// Theta as it was after an earlier epoch, to see whether it comes back.
    anchor: &'s mut [F],
    /// The epoch of the anchor, and after how many epochs it came back, or 0.
    cycle: &'s mut [F],
    /// Pocket: what the best weights get right.
    best_right: &'s mut [F],
}

impl PerceptronParams {
    /// The perceptron at its start.
    fn untrained<F: Scalar>(&self, data: &Dataset<'_, F>, classes: usize) -> Result<Perceptron<F>> {
        let units = Units { features: data.features(), classes };
        let mut theta = vec![F::ZERO; units.theta_len()];
        self.init.fill(&units.spans(), &mut theta, Key::once(self.seed));
        let scaling = self.scaling.unwrap_or_else(|| {
            let small = data.x().iter().all(|x| (-F::ONE..=F::ONE).contains(x));
            if small { Scaling::None } else { Scaling::MinMax }
        });
        let scaler = Scaler::fit(scaling, data.x(), data.features())?;
        Ok(Perceptron::new(self.clone(), units, theta, scaler))
    }

    /// Everything that training moves, at its start.
    pub(super) fn state<F: Scalar>(&self, theta: Vec<F>) -> State<F> {
        let anchor = if self.repeats() { theta.len() } else { 0 };
        let memory = vec![F::ZERO; self.kept_len(theta.len()) + anchor];
        State { running: vec![F::ZERO; 3], memory, ..State::of(theta) }
    }

    /// Whether every epoch is like every other, so that weights which come back once come back for ever.
    fn repeats(&self) -> bool {
        self.variant != Variant::Pocket && !self.shuffle
    }

    /// Numbers that the variant keeps beside a theta of this length.
    fn kept_len(&self, theta: usize) -> usize {
        if self.variant == Variant::Standard { 0 } else { theta }
    }

    fn memory<'s, F: Scalar>(&self, state: &'s mut State<F>) -> Memory<'s, F> {
        let (kept, anchor) = state.memory.split_at_mut(self.kept_len(state.theta.len()));
        let (cycle, best_right) = state.running.split_at_mut(2);
        Memory { theta: &mut state.theta, time: &mut state.steps, kept, anchor, cycle, best_right }
    }

    /// The weights to answer with: `w`; of the averaged variant `w - u / c`, u being the sum of steps times their time
    /// and c the time now, which is the mean of w over all times; or what is in the pocket.
    pub(super) fn kept<F: Scalar>(&self, state: &State<F>) -> Vec<F> {
        let memory = &state.memory[..self.kept_len(state.theta.len())];
        match self.variant {
            Variant::Standard => state.theta.to_vec(),
            Variant::Averaged => {
                let time = F::from_f64(state.steps as f64 + 1.0);
                state.theta.iter().zip(memory).map(|(&w, &u)| w - u / time).collect()
            }
            Variant::Pocket if state.steps == 0 => state.theta.to_vec(),
            Variant::Pocket => memory.to_vec(),
        }
    }

    /// One epoch, in the order of this variant. Tells its loss, the share of mistakes or what the pocket gets wrong, and
    /// whether the stop flag left it whole.
    fn epoch<F: Scalar>(
        &self,
        state: &mut State<F>,
        samples: &mut Columns<'_, F>,
        units: Units,
        order: &mut [u32],
        epoch: usize,
        options: &FitOptions<'_, F>,
    ) -> Result<(f64, bool)> {
        if self.variant == Variant::Pocket {
            let mut stream = Key { seed: self.seed, step: epoch as u64 - 1, shard: 0 }.stream("pocket");
            order.iter_mut().for_each(|sample| *sample = below(samples.len() as u32, &mut stream));
            let whole = self.pocket_pass(state, samples, units, order, options);
            finite(state, epoch)?;
            return Ok((units.score(&self.kept(state), samples).error_rate(), whole));
        }
        if self.shuffle {
            epoch_order(self.seed, epoch, 0, order);
        }
        let (mistakes, whole) = self.pass(state, samples, units, order, options);
        finite(state, epoch)?;
        if self.repeats() && whole {
            self.look_for_a_cycle(state, epoch);
        }
        Ok((mistakes as f64 / samples.counted() as f64, whole))
    }

    /// The rule, sample after sample. Tells the mistakes, and whether the stop flag left the pass whole.
    fn pass<F: Scalar>(
        &self,
        state: &mut State<F>,
        samples: &mut Columns<'_, F>,
        units: Units,
        order: &[u32],
        options: &FitOptions<'_, F>,
    ) -> (u64, bool) {
        let eta = F::from_f64(self.learning_rate);
        let Memory { theta, time, kept, .. } = self.memory(state);
        let in_a_row = order.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        let mut sums = vec![F::ZERO; MOST_AT_ONCE * units.count()];
        let (mut mistakes, mut from, mut at_once, mut look) = (0, 0, FEWEST_AT_ONCE, BETWEEN_LOOKS);
        let mut fetched = 0;
        while from < order.len() {
            if in_a_row && fetched < order.len().min(from + at_once) {
                fetched = samples.fetch(fetched);
            }
            // Sums of several samples ahead, which hold as long as no mistake moves the weights.
            let ahead = &order[from..order.len().min(from + at_once)];
            let sums = &mut sums[..ahead.len() * units.count()];
            let x = if in_a_row { samples.run(ahead[0] as usize, ahead.len()) } else { samples.get(ahead) };
            units.sums(theta, x, sums);
            let mut right = 0;
            let missed = ahead.iter().zip(sums.chunks(units.count())).find_map(|(&sample, sums)| {
                let (label, answer) = (samples.label(sample), units.class(sums));
                let missed = label != answer && F::ZERO < samples.weight(sample);
                right += usize::from(!missed);
                missed.then_some((sample, label, answer))
            });
            *time += right as u64;
            from += right;
            // As many as the last run was long; a clean look ahead doubles it.
            at_once = if missed.is_some() {
                right.clamp(FEWEST_AT_ONCE, MOST_AT_ONCE)
            } else {
                (2 * at_once).min(MOST_AT_ONCE)
            };
            if let Some((sample, label, answer)) = missed {
                *time += 1;
                let step = eta * samples.weight(sample);
                let x = samples.get(&order[from..=from]);
                units.correct(theta, x, step, label, answer);
                if self.variant == Variant::Averaged {
                    units.correct(kept, x, step * F::from_f64(*time as f64), label, answer);
                }
                mistakes += 1;
                from += 1;
            }
            if look <= from {
                look = from + BETWEEN_LOOKS;
                if options.is_stopped() {
                    break;
                }
            }
        }
        (mistakes, order.len() <= from)
    }

    /// The rule on samples as they are drawn, with the best weights so far in the pocket. Weights go there that are right
    /// more often in a row than any compared before, and then on more of all samples, too: the ratchet. The row is
    /// counted from 0 in each epoch, else one lucky row would shut out all later weights.
    fn pocket_pass<F: Scalar>(
        &self,
        state: &mut State<F>,
        samples: &mut Columns<'_, F>,
        units: Units,
        order: &[u32],
        options: &FitOptions<'_, F>,
    ) -> bool {
        let eta = F::from_f64(self.learning_rate);
        let Memory { theta, time, kept: pocket, best_right, .. } = self.memory(state);
        let best_right = &mut best_right[0];
        let (mut run, mut best_run) = (0, 0);
        if *time == 0 {
            pocket.copy_from_slice(theta);
            *best_right = F::from_f64(units.score(theta, samples).right);
        }
        let mut sums = vec![F::ZERO; units.count()];
        // Whether these weights were compared with those in the pocket.
        let mut compared = pocket == theta;
        for (index, &sample) in order.iter().enumerate() {
            if index % BETWEEN_LOOKS == BETWEEN_LOOKS - 1 && options.is_stopped() {
                return false;
            }
            *time += 1;
            if samples.weight(sample) == F::ZERO {
                continue;
            }
            units.sums(theta, samples.get(&[sample]), &mut sums);
            let (label, answer) = (samples.label(sample), units.class(&sums));
            if label != answer {
                let step = eta * samples.weight(sample);
                units.correct(theta, samples.get(&[sample]), step, label, answer);
                run = 0;
                compared = false;
                continue;
            }
            run += 1;
            if best_run < run && !compared {
                // The same weights get the same number right, so they are compared once.
                (best_run, compared) = (run, true);
                let right = F::from_f64(units.score(theta, samples).right);
                if *best_right < right {
                    pocket.copy_from_slice(theta);
                    *best_right = right;
                }
            }
        }
        true
    }

    /// Whether theta is what it was after an epoch before: an anchor is dropped after epochs 1, 2, 4, 8, ..., so that a
    /// cycle is found however long it is (Brent 1980), with the memory of one theta.
    fn look_for_a_cycle<F: Scalar>(&self, state: &mut State<F>, epoch: usize) {
        let Memory { theta, anchor, cycle, .. } = self.memory(state);
        if cycle[1] != F::ZERO {
            return;
        }
        let since = if epoch.is_power_of_two() { epoch / 2 } else { 1 << epoch.ilog2() };
        if 1 < epoch && anchor == theta {
            (cycle[0], cycle[1]) = (F::from_f64(since as f64), F::from_f64((epoch - since) as f64));
        } else if epoch.is_power_of_two() {
            anchor.copy_from_slice(theta);
        }
    }
}

/// That the weights have not gone astray.
fn finite<F: Scalar>(state: &State<F>, epoch: usize) -> Result<()> {
    if all_finite(&state.theta) && all_finite(&state.memory) {
        Ok(())
    } else {
        Err(Error::Diverged { epoch, loss: f64::NAN })
    }
}
