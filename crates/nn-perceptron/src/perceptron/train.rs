//! Learning: the chapter's rule, (1) and (2), and two ways to keep the best of it.
//!
//! For a sample (x, y) with the answer y', `w_i <- w_i + eta (y - y') x_i`. The threshold is the weight of an input that
//! is always -1, so that `theta <- theta - eta (y - y')`; it is kept as the bias `-theta`. Where the answer is right
//! nothing moves.
//!
//! Of more than two classes each has a unit, and the largest sum wins. A mistake moves two of them: the unit of the right
//! class towards the sample, that of the answer away from it. For two classes this is the rule above.

use super::model::Perceptron;
use super::params::{PerceptronParams, Start, Variant};
use super::separability::Separability;
use nn_core::metrics::largest;
use nn_core::params::settings_json;
use nn_core::random::{Key, below, shuffle};
use nn_core::{
    Course, Dataset, Ends, Error, Fit, FitOptions, Init, Online, Params, Passed, Result, Role, Scalar, Scaler, Scaling,
    Span, State, Stopped, Target, Task, kernels,
};

/// Who learns, as errors say it.
pub(super) const WHO: &str = "a perceptron";

impl<F: Scalar> Fit<F> for PerceptronParams {
    type Model = Perceptron<F>;

    fn fit_with(&self, data: &Dataset<'_, F>, mut options: FitOptions<'_, F>) -> Result<Perceptron<F>> {
        self.validate()?;
        data.check()?;
        let classes = classes(data)?;
        Task::check_learnable(data)?;
        if let Some(validation) = &options.validation {
            validation.check_features(data.features())?;
            Task::Classes(classes).check(validation, WHO)?;
        }
        let weights = self.class_weight.weigh(data);
        let weighed = weights.as_deref().map_or(*data, |weights| data.weights(weights));

        let mut model = self.untrained(data, classes)?;
        let mut state = model.state.clone();
        let validation = options.validation;
        // Without a mistake there is nothing left to learn, so any loss above none is too much.
        let ends = Ends { epochs: self.epochs, target_loss: f64::MIN_POSITIVE, patience: 0 };
        let settings = settings_json(self);
        let course = Course::start(ends, &settings, &mut state, 0, &weighed, validation.as_ref(), &mut options)?;
        let (units, scaler) = (model.units, model.scaler.clone());
        let mut samples = Columns::new(weighed, scaler.as_ref());
        model.history = course.run(&mut state, &mut options, |state, epoch, options| {
            let passed = self.epoch(state, &mut samples, &units, epoch, options)?;
            let validation_loss = validation.as_ref().map(|data| {
                wrong(&units, &self.kept(&units, state), &mut Columns::new(*data, scaler.as_ref())).share()
            });
            Ok(Passed { validation_loss, ..passed })
        })?;
        model.state = state;
        model.keep();
        if self.variant != Variant::Pocket {
            // The loss of an epoch is the share of its mistakes.
            let mistakes = model.history.losses.iter().map(|loss| (loss * samples.counted as f64).round() as u64);
            model.mistakes = mistakes.sum();
        }
        if self.explain && model.history.stopped != Stopped::Interrupted {
            model.separability = samples.separability();
        }
        Ok(model)
    }
}

impl<F: Scalar> Online<F> for Perceptron<F> {
    /// One pass of the rule. The scaling stays what it was learned to be at first.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`], and [`Error::Param`] for a pocket, which must see all samples to compare weights.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        data.check_features(self.units.features)?;
        Task::Classes(self.units.classes).check(data, WHO)?;
        if self.params.variant == Variant::Pocket {
            let expected = "standard or averaged where samples are learned part by part";
            return Err(Error::param("variant", self.params.variant, expected));
        }
        let mut state = self.state.clone();
        let mut samples = Columns::new(*data, self.scaler.as_ref());
        let order: Vec<u32> = (0..data.samples() as u32).collect();
        let (mistakes, _) = self.params.pass(&mut state, &mut samples, &self.units, &order, &FitOptions::default())?;
        self.state = state;
        self.mistakes += mistakes;
        self.history.losses.push(mistakes as f64 / samples.counted.max(1) as f64);
        // What was proved, was proved of other samples.
        self.separability = Separability::Undecided;
        self.keep();
        Ok(())
    }
}

/// The classes to be learned.
fn classes<F: Scalar>(data: &Dataset<'_, F>) -> Result<usize> {
    match Task::of(data, WHO)? {
        Task::Classes(classes) => Ok(classes),
        Task::Values(_) => Err(Error::data("a perceptron learns classes, and the target holds quantities")),
    }
}

/// How many units there are, and where their weights stand in theta: `[W features × units | biases]`, column-major.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Units {
    pub(super) features: usize,
    pub(super) classes: usize,
}

impl Units {
    /// One threshold unit tells two classes apart; more classes have one each.
    pub(super) fn count(self) -> usize {
        if self.classes <= 2 { 1 } else { self.classes }
    }

    pub(super) fn theta_len(self) -> usize {
        (self.features + 1) * self.count()
    }

    pub(super) fn spans(self) -> [Span; 2] {
        let weights = self.features * self.count();
        [
            Span::new("weight", 0, &[self.count(), self.features], Role::Weight),
            Span::new("bias", weights, &[self.count()], Role::Bias),
        ]
    }

    /// W and the biases.
    fn parts<F>(self, theta: &[F]) -> (&[F], &[F]) {
        theta.split_at(self.features * self.count())
    }

    /// The sum of each unit for samples that lie one after another in `x`; `sums`: units × samples.
    pub(super) fn sums<F: Scalar>(self, theta: &[F], x: &[F], sums: &mut [F]) {
        let (w, b) = self.parts(theta);
        if self.count() == 1 {
            // The samples as the columns of a matrix: so w is read once for several of them.
            kernels::gemv_t(x, w, kernels::Init::Zero, sums);
            sums.iter_mut().for_each(|sum| *sum += b[0]);
        } else {
            for (x, sums) in x.chunks(self.features).zip(sums.chunks_mut(self.count())) {
                kernels::gemv_t(w, x, kernels::Init::Zero, sums);
                sums.iter_mut().zip(b).for_each(|(sum, &b)| *sum += b);
            }
        }
    }

    /// The class that these sums tell: of a single unit the step, which is 1 at 0; of several the largest.
    pub(super) fn class<F: Scalar>(self, sums: &[F]) -> u32 {
        if self.count() == 1 { u32::from(F::ZERO <= sums[0]) } else { largest(sums) }
    }

    /// Moves theta by `eta (y - y') x`, times what the sample weighs, and tells each part of theta that moved.
    fn correct<F: Scalar>(self, theta: &mut [F], x: &[F], step: F, label: u32, answer: u32) {
        let (w, b) = theta.split_at_mut(self.features * self.count());
        let mut shift = |unit: usize, step: F| {
            kernels::axpy(step, x, &mut w[unit * self.features..][..self.features]);
            b[unit] += step;
        };
        if self.count() == 1 {
            shift(0, if label == 1 { step } else { -step });
        } else {
            shift(label as usize, step);
            shift(answer as usize, -step);
        }
    }
}

/// Samples one after another, scaled, in any order.
pub(super) struct Columns<'a, F: Scalar> {
    data: Dataset<'a, F>,
    scaler: Option<&'a Scaler<F>>,
    labels: &'a [u32],
    buffer: Vec<F>,
    /// Samples that weigh something.
    counted: usize,
}

impl<'a, F: Scalar> Columns<'a, F> {
    pub(super) fn new(data: Dataset<'a, F>, scaler: Option<&'a Scaler<F>>) -> Self {
        let labels = match data.target() {
            Target::Labels { labels, .. } => labels,
            _ => &[],
        };
        let weighs = |weights: &[F]| weights.iter().filter(|&&weight| F::ZERO < weight).count();
        let counted = data.sample_weights().map_or(data.samples(), weighs);
        Self { data, scaler, labels, buffer: Vec::new(), counted }
    }

    /// The features of the samples from `first` on, as many as `count` says. Unscaled, nothing is copied.
    pub(super) fn run(&mut self, first: usize, count: usize) -> &[F] {
        let features = self.data.features();
        let x = &self.data.x()[first * features..][..count * features];
        let Some(scaler) = self.scaler else { return x };
        self.buffer.clear();
        self.buffer.extend_from_slice(x);
        scaler.apply(&mut self.buffer);
        &self.buffer
    }

    /// The features of these samples.
    fn get(&mut self, samples: &[u32]) -> &[F] {
        if let &[sample] = samples {
            return self.run(sample as usize, 1);
        }
        self.buffer.clear();
        for &sample in samples {
            self.buffer.extend_from_slice(self.data.sample(sample as usize));
        }
        if let Some(scaler) = self.scaler {
            scaler.apply(&mut self.buffer);
        }
        &self.buffer
    }

    fn weight(&self, sample: u32) -> F {
        self.data.sample_weights().map_or(F::ONE, |weights| weights[sample as usize])
    }

    /// Whether these samples, scaled as they are, can be parted.
    fn separability(&mut self) -> Separability {
        let Some(scaler) = self.scaler else { return Separability::of(&self.data) };
        let mut x = self.data.x().to_vec();
        scaler.apply(&mut x);
        let mut scaled = Dataset::from_slice(self.data.features(), &x);
        if let Target::Labels { labels, classes } = self.data.target() {
            scaled = scaled.labels_of(classes, labels);
        }
        Separability::of(&self.data.sample_weights().map_or(scaled, |weights| scaled.weights(weights)))
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
    /// Averaged: sum of each step taken, times the number of the sample it was taken at. Pocket: the best weights.
    kept: &'s mut [F],
    /// Theta as it was after an epoch long ago, to see whether it comes back.
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
        if self.init == Start::Random {
            Init::Unit.fill(&units.spans(), &mut theta, Key::once(self.seed));
        }
        let scaling = self.scaling.unwrap_or_else(|| {
            let small = data.x().iter().all(|x| (-F::ONE..=F::ONE).contains(x));
            if small { Scaling::None } else { Scaling::MinMax }
        });
        let scaler = Scaler::fit(scaling, data.x(), data.features())?;
        Ok(Perceptron::new(self.clone(), units, theta, scaler))
    }

    /// Everything that training moves, at its start.
    pub(super) fn state<F: Scalar>(&self, theta: Vec<F>) -> State<F> {
        let len = theta.len();
        let kept = if self.variant == Variant::Standard { 0 } else { len };
        let anchor = if self.repeats() { len } else { 0 };
        State { running: vec![F::ZERO; 3], rule: vec![F::ZERO; kept + anchor], carry: Vec::new(), steps: 0, theta }
    }

    /// Whether every epoch is like every other, so that weights which come back once come back for ever.
    pub(super) fn repeats(&self) -> bool {
        self.variant != Variant::Pocket && !self.shuffle
    }

    fn memory<'s, F: Scalar>(&self, len: usize, rule: &'s mut [F], running: &'s mut [F]) -> Memory<'s, F> {
        let (kept, anchor) = rule.split_at_mut(if self.variant == Variant::Standard { 0 } else { len });
        let (cycle, best_right) = running.split_at_mut(2);
        Memory { kept, anchor, cycle, best_right }
    }

    /// The weights to answer with: `w`; of the averaged variant `w - u / c`, u being the sum of steps times their time
    /// and c the time now, which is the mean of w over all times; or what is in the pocket.
    pub(super) fn kept<F: Scalar>(&self, units: &Units, state: &State<F>) -> Vec<F> {
        let memory = &state.rule[..if self.variant == Variant::Standard { 0 } else { units.theta_len() }];
        match self.variant {
            Variant::Standard => state.theta.clone(),
            Variant::Averaged => {
                let time = F::from_f64(state.steps as f64 + 1.0);
                state.theta.iter().zip(memory).map(|(&w, &u)| w - u / time).collect()
            }
            Variant::Pocket if state.steps == 0 => state.theta.clone(),
            Variant::Pocket => memory.to_vec(),
        }
    }

    /// One epoch, in the order of this variant.
    fn epoch<F: Scalar>(
        &self,
        state: &mut State<F>,
        samples: &mut Columns<'_, F>,
        units: &Units,
        epoch: usize,
        options: &FitOptions<'_, F>,
    ) -> Result<Passed> {
        let count = samples.data.samples() as u32;
        let mut order: Vec<u32> = (0..count).collect();
        let key = Key { seed: self.seed, step: epoch as u64 - 1, shard: 0 };
        if self.variant == Variant::Pocket {
            let mut stream = key.stream("pocket");
            order.iter_mut().for_each(|sample| *sample = below(count, &mut stream));
            let whole = self.pocket_pass(state, samples, units, &order, options)?;
            let wrong = wrong(units, &self.kept(units, state), samples);
            return Ok(Passed { loss: wrong.share(), validation_loss: None, whole });
        }
        if self.shuffle {
            shuffle(&mut order, &mut key.stream("shuffle"));
        }
        let (mistakes, whole) = self.pass(state, samples, units, &order, options)?;
        if self.repeats() && whole {
            self.look_for_a_cycle(state, epoch);
        }
        Ok(Passed { loss: mistakes as f64 / samples.counted as f64, validation_loss: None, whole })
    }

    /// The rule, sample after sample. Tells the mistakes, and whether the stop flag left the pass whole.
    fn pass<F: Scalar>(
        &self,
        state: &mut State<F>,
        samples: &mut Columns<'_, F>,
        units: &Units,
        order: &[u32],
        options: &FitOptions<'_, F>,
    ) -> Result<(u64, bool)> {
        let eta = F::from_f64(self.learning_rate);
        let (theta, time) = (&mut state.theta, &mut state.steps);
        let Memory { kept, .. } = self.memory(theta.len(), &mut state.rule, &mut state.running);
        let in_a_row = order.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        let mut sums = vec![F::ZERO; MOST_AT_ONCE * units.count()];
        let (mut mistakes, mut from, mut at_once, mut look) = (0, 0, FEWEST_AT_ONCE, BETWEEN_LOOKS);
        while from < order.len() {
            // Sums of several samples ahead, which hold as long as no mistake moves the weights.
            let ahead = &order[from..order.len().min(from + at_once)];
            let sums = &mut sums[..ahead.len() * units.count()];
            let x = if in_a_row { samples.run(ahead[0] as usize, ahead.len()) } else { samples.get(ahead) };
            units.sums(theta, x, sums);
            let mut right = 0;
            let missed = ahead.iter().zip(sums.chunks(units.count())).find_map(|(&sample, sums)| {
                let (label, answer) = (samples.labels[sample as usize], units.class(sums));
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
        finite(state)?;
        Ok((mistakes, order.len() <= from))
    }

    /// The rule on samples as they are drawn, with the best weights so far in the pocket. Weights go there that are right
    /// more often in a row than any compared before, and then on more of all samples, too: the ratchet. The row is
    /// counted from 0 in each epoch, else one lucky row would shut out all later weights.
    fn pocket_pass<F: Scalar>(
        &self,
        state: &mut State<F>,
        samples: &mut Columns<'_, F>,
        units: &Units,
        order: &[u32],
        options: &FitOptions<'_, F>,
    ) -> Result<bool> {
        let eta = F::from_f64(self.learning_rate);
        let (theta, time) = (&mut state.theta, &mut state.steps);
        let Memory { kept: pocket, best_right, .. } = self.memory(theta.len(), &mut state.rule, &mut state.running);
        let [best_right] = best_right else { return Ok(true) };
        let (mut run, mut best_run) = (0, 0);
        if *time == 0 {
            pocket.copy_from_slice(theta);
            *best_right = F::from_f64(wrong(units, theta, samples).right);
        }
        let mut sums = vec![F::ZERO; units.count()];
        // Whether these weights were compared with those in the pocket.
        let mut compared = pocket == theta.as_slice();
        for (index, &sample) in order.iter().enumerate() {
            if index % BETWEEN_LOOKS == BETWEEN_LOOKS - 1 && options.is_stopped() {
                return Ok(false);
            }
            *time += 1;
            if samples.weight(sample) == F::ZERO {
                continue;
            }
            units.sums(theta, samples.get(&[sample]), &mut sums);
            let (label, answer) = (samples.labels[sample as usize], units.class(&sums));
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
                let right = F::from_f64(wrong(units, theta, samples).right);
                if *best_right < right {
                    pocket.copy_from_slice(theta);
                    *best_right = right;
                }
            }
        }
        finite(state)?;
        Ok(true)
    }

    /// Whether theta is what it was after an epoch before: an anchor is dropped after epochs 1, 2, 4, 8, ..., so that a
    /// cycle is found however long it is (Brent 1980), with the memory of one theta.
    fn look_for_a_cycle<F: Scalar>(&self, state: &mut State<F>, epoch: usize) {
        let Memory { anchor, cycle, .. } = self.memory(state.theta.len(), &mut state.rule, &mut state.running);
        if cycle[1] != F::ZERO {
            return;
        }
        let since = if epoch.is_power_of_two() { epoch / 2 } else { 1 << epoch.ilog2() };
        if 1 < epoch && anchor == state.theta.as_slice() {
            (cycle[0], cycle[1]) = (F::from_f64(since as f64), F::from_f64((epoch - since) as f64));
        } else if epoch.is_power_of_two() {
            anchor.copy_from_slice(&state.theta);
        }
    }
}

/// That the weights have not gone astray.
fn finite<F: Scalar>(state: &State<F>) -> Result<()> {
    let all_finite = state.theta.iter().chain(&state.rule).all(|number| number.is_finite());
    if all_finite {
        Ok(())
    } else {
        Err(Error::data("the features are so large that the weights overflow; scale them"))
    }
}

/// What weights get right and wrong, each sample by its weight.
pub(super) struct Count {
    right: f64,
    wrong: f64,
}

impl Count {
    /// The share that is wrong.
    pub(super) fn share(&self) -> f64 {
        self.wrong / (self.right + self.wrong)
    }
}

/// Counts over all samples what these weights get wrong.
pub(super) fn wrong<F: Scalar>(units: &Units, theta: &[F], samples: &mut Columns<'_, F>) -> Count {
    let mut sums = vec![F::ZERO; MOST_AT_ONCE * units.count()];
    let mut count = Count { right: 0.0, wrong: 0.0 };
    let all = samples.data.samples();
    for first in (0..all).step_by(MOST_AT_ONCE) {
        let sums = &mut sums[..MOST_AT_ONCE.min(all - first) * units.count()];
        units.sums(theta, samples.run(first, sums.len() / units.count()), sums);
        for (sample, sums) in (first..).zip(sums.chunks(units.count())) {
            let right = units.class(sums) == samples.labels[sample];
            *(if right { &mut count.right } else { &mut count.wrong }) += samples.weight(sample as u32).to_f64();
        }
    }
    count
}
