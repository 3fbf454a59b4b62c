//! Learning: a sample finds its best matching unit c, and the units around it on the grid move towards the sample.
//!
//! Online, sample after sample, with rate eta and radius sigma that shrink:
//!
//! `w_i <- w_i + eta(t) h(i, c) (x - w_i)`.
//!
//! In batch all samples find their units first; then each unit moves to the mean of the samples around it:
//!
//! `w_i <- sum_j h(i, c_j) x_j / sum_j h(i, c_j)`,
//!
//! where the sums over samples are those over winners, `S_c = sum_{j: c_j = c} x_j`, spread over the grid. A unit around which
//! there is no sample stays where it is. A part of a stream that is smaller than what the map was begun on speaks for its share
//! of the samples only: it moves the units by that share of the way to these means.
//!
//! Kohonen, Self-Organizing Maps, 3rd ed. 2001, eqs. 3.2, 3.3 and 3.30; Zhou, Machine Learning, 2016, section 5.5.3. The
//! chapter tells the step in words: the best matching unit and those near it move so that their distance to the sample
//! becomes less.

use crate::grid::Grid;
use crate::model::{Som, TOPOGRAPHIC_ERROR, Ways};
use crate::neighborhood::{Kernel, LEAST, Lines, Room};
use crate::params::{Algorithm, SomParams};
use crate::search::{Finder, Found, Measure, Scratch};
use crate::start::{self, Cloud, Plane, Start};
use nn_core::kernels::{Nearest, Units, add_columns, all_finite};
use nn_core::random::epoch_order;
use nn_core::{
    Course, Dataset, Error, Fit, FitOptions, History, Online, Params, Passed, Recipe, Result, Scalar, Scaler, State,
    StoppingCriteria, metrics, side_by_side_for, split,
};
use std::borrow::Cow;

/// Samples between two looks at the stop flag, in batch training at the least.
const LOOK: usize = 1024;
/// So many multiply-adds take about a tenth of a second: then batch training looks.
const LONG: usize = 1 << 32;
/// Units whose sums a thread makes at a time.
const BLOCK: usize = 16;

/// Why a training is continued with no other steps.
const OVER_ALL: &str = "over which rate and radius fall; with the same steps it may go on for more epochs";

impl<F: Scalar> Fit<F> for SomParams {
    type Model = Som<F>;

    fn fit_with(&self, data: &Dataset<'_, F>, mut options: FitOptions<'_, F>) -> Result<Som<F>> {
        self.validate()?;
        let check = |data: &Dataset<'_, F>, features: usize| self.check_data(data, features);
        check(data, data.features())?;
        if let Some(validation) = &options.validation {
            check(validation, data.features()).map_err(|error| error.within("validation"))?;
        }
        // Early stopping watches samples that are not learned from. Classes are not learned, so they do not say which.
        let given = options.validation.is_some();
        match &split::watched(data, &data.inputs_only(), self.early(), given, self.validation_fraction, self.seed)? {
            None => self.learn(data, options.validation, &mut options),
            Some((learned, watched)) => {
                // What weighed something may all be in one of the two.
                check(&learned.view(), data.features())?;
                check(&watched.view(), data.features())?;
                self.learn(&learned.view(), Some(watched.view()), &mut options)
            }
        }
    }

    fn check_online(&self) -> Result<()> {
        Ok(())
    }
}

impl SomParams {
    /// A map that has learned nothing: its size, its start, its scaling and its radius are those that
    /// [`fit`](nn_core::Fit::fit) would take from `data`. It learns by [`partial_fit`](nn_core::Online::partial_fit), from a
    /// stream of any length; `steps` says how many samples are expected (of batch training, how many parts).
    ///
    /// # Errors
    /// As [`Fit::fit_with`](nn_core::Fit::fit_with).
    pub fn start_on<F: Scalar>(&self, data: &Dataset<'_, F>) -> Result<Som<F>> {
        self.validate()?;
        self.check_data(data, data.features())?;
        self.begin(data)
    }

    /// That the map can take these samples.
    pub(crate) fn check_data<F: Scalar>(&self, data: &Dataset<'_, F>, features: usize) -> Result<()> {
        self.check_together(features)?;
        data.check_features_by(self.missing_values, features)?;
        if !self.missing_values {
            return Ok(());
        }
        let counts = |feature: usize| self.feature_weights.get(feature).is_none_or(|&weight| 0.0 < weight);
        let finds_none = |x: &[F]| !x.iter().enumerate().any(|(feature, x)| x.is_finite() && counts(feature));
        match data.x().chunks_exact(features).position(finds_none) {
            Some(sample) => {
                Err(Error::sample("every number of a sample is missing but those of feature weight 0", sample))
            }
            None => Ok(()),
        }
    }

    fn begin<F: Scalar>(&self, data: &Dataset<'_, F>) -> Result<Som<F>> {
        let features = data.features();
        // A mean of numbers that are not there would be of no use, however the features are scaled.
        if let Some(feature) =
            (0..features).find(|&feature| data.x()[feature..].iter().step_by(features).all(|x| !x.is_finite()))
        {
            let what = "every number of a feature is missing".to_owned();
            return Err(Error::Data { what, sample: None, feature: Some(feature) });
        }
        let scaler = Scaler::fit(self.scaling, data.x(), features)?;
        let x = data.scaled(scaler.as_ref());
        let cloud = Cloud { x: &x, features, weights: data.sample_weights() };
        let asks_for_size = self.width.is_none() || self.height.is_none();
        let plane = (self.start == Start::Pca || asks_for_size).then(|| Plane::of(cloud));
        let grid = start::grid(self, cloud, plane.as_ref())?;
        let weights = start::weights(self, &grid, cloud, plane.as_ref(), scaler.as_ref())?;
        check_finite(&weights)?;
        let (radius, radius_end) = start::radii(self, &grid);
        let whole = data.counted().map(|sample| data.weight(sample).to_f64()).sum();
        let steps = self.steps.unwrap_or(match self.algorithm {
            // A sample of weight 0 makes no step.
            Algorithm::Online => self.epochs.saturating_mul(data.counted().count()),
            Algorithm::Batch => self.epochs,
        });
        let ways = Ways { radius, radius_end, steps: steps as f64 };
        Ok(Som::start(self.clone(), grid, features, weights, scaler, ways, whole))
    }

    fn learn<F: Scalar>(
        &self,
        data: &Dataset<'_, F>,
        validation: Option<Dataset<'_, F>>,
        options: &mut FitOptions<'_, F>,
    ) -> Result<Som<F>> {
        let mut model = self.begin(data)?;
        let samples = Inputs::to_learn(data, &model);
        let watched = validation.as_ref().map(|data| Inputs::to_learn(data, &model));
        let criteria = StoppingCriteria {
            early: self.early(),
            tied: Some(("steps", OVER_ALL)),
            ..StoppingCriteria::epochs(self.epochs)
        };
        let mut state = model.state.clone();
        // Steps that nobody gave are those of the epochs.
        let steps = model.ways.steps as usize;
        let recipe = || Recipe::of(&self.clone().steps(steps));
        let course = Course::start(criteria, recipe, &mut state, data, validation.as_ref(), options)?;
        let mut learner = Learner::new(&model, data.samples());
        let history = course.run(&mut state, options, |state, history, options| {
            let passed = learner.pass(state, &samples, self.order(history, data.samples()), Some(options))?;
            let validation_loss = watched.as_ref().map(|samples| learner.error(&state.theta, samples)).transpose()?;
            Ok(Passed { validation_loss, ..passed })
        })?;
        (model.state, model.history) = (state, history);
        model.remember(data, &samples.into_asked(&model))?;
        Ok(model)
    }

    /// The order in which an epoch of online training takes the samples; none is that of the data.
    fn order(&self, history: &History, samples: usize) -> Option<Vec<u32>> {
        (self.algorithm == Algorithm::Online && self.shuffle).then(|| {
            let mut order = vec![0; samples];
            epoch_order(self.seed, history.epoch(), 0, &mut order);
            order
        })
    }
}

impl<F: Scalar> Online<F> for Som<F> {
    /// One more pass, in the given order: of online training sample after sample, so that parts equal the whole; of batch
    /// training one move by all the samples given. A part that weighs less than what the map was begun on moves a batch map by
    /// that share of the way, so that no small part takes it all. Rate and radius go on where they were; the scaling stays what it was
    /// learned to be at first. Labels are not learned from; [`label`](Som::label) names the units anew.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`]; the map is then what it was before.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        self.params.check_data(data, self.features)?;
        let mut state = self.state.clone();
        let samples = Inputs::to_learn(data, self);
        let weight: f64 = data.counted().map(|sample| data.weight(sample).to_f64()).sum();
        let share = if weight < self.whole { weight / self.whole } else { 1.0 };
        let passed = Learner { share, ..Learner::new(self, data.samples()) }.pass(&mut state, &samples, None, None)?;
        self.state = state;
        self.history.add(&passed);
        Ok(())
    }
}

fn check_finite<F: Scalar>(weights: &[F]) -> Result<()> {
    if all_finite(weights) {
        return Ok(());
    }
    Err(Error::data("the features are so large that the weights overflow; scale them"))
}

/// Samples as the map sees them.
pub(crate) struct Inputs<'a, F: Scalar> {
    pub(crate) x: Cow<'a, [F]>,
    data: Dataset<'a, F>,
    by_products: bool,
}

impl<'a, F: Scalar> Inputs<'a, F> {
    /// Those that the map is asked about.
    pub(crate) fn new(data: &Dataset<'a, F>, model: &Som<F>) -> Self {
        Self { x: data.scaled(model.scaler.as_ref()), data: *data, by_products: false }.into_asked(model)
    }

    /// Those that it learns from; while it does, its units lie now here, now there.
    fn to_learn(data: &Dataset<'a, F>, model: &Som<F>) -> Self {
        let x = data.scaled(model.scaler.as_ref());
        let by_products = model.measure.takes_products(&x, data.features());
        Self { x, data: *data, by_products }
    }

    /// The same, the map being asked about them.
    fn into_asked(self, model: &Som<F>) -> Self {
        Self { by_products: model.measure.takes_products(&model.state.theta, model.features), ..self }
    }

    fn weight(&self, sample: usize) -> f64 {
        self.data.weight(sample).to_f64()
    }

    /// What each sample finds among these weights.
    pub(crate) fn find(&self, measure: &Measure<F>, weights: &[F], features: usize, with_second: bool) -> Vec<Found> {
        let mut found = vec![Found::default(); self.x.len() / features];
        Finder::new(measure, weights, features, self.by_products, None).find(&self.x, with_second, &mut found);
        found
    }

    /// The mean of a number a sample, each counting by its weight.
    pub(crate) fn mean(&self, numbers: impl Iterator<Item = f64>) -> f64 {
        metrics::weighted_mean(numbers, self.data.sample_weights())
    }
}

/// What passes are made with; its memory is made once.
struct Learner<'a, F: Scalar> {
    params: &'a SomParams,
    grid: Grid,
    features: usize,
    measure: &'a Measure<F>,
    ways: Ways,
    /// Share of the way to the means of their samples that the units go in a batch.
    share: f64,
    found: Vec<Found>,
    nearest: Option<Nearest<F>>,
    /// Numbers a unit × units: what the samples add up to that each has won, and the same spread over the grid.
    sums: Vec<F>,
    spread: Vec<F>,
    room: Room<F>,
}

impl<'a, F: Scalar> Learner<'a, F> {
    fn new(model: &'a Som<F>, samples: usize) -> Self {
        Self {
            params: &model.params,
            grid: model.grid,
            features: model.features,
            measure: &model.measure,
            ways: model.ways,
            share: 1.0,
            found: vec![Found::default(); if model.params.algorithm == Algorithm::Batch { samples } else { 0 }],
            nearest: None,
            sums: Vec::new(),
            spread: Vec::new(),
            room: Room::default(),
        }
    }

    /// The neighbourhood after the share `t` of the way.
    fn kernel(&self, t: f64) -> Kernel {
        let radius = self.params.radius_decay.at(self.ways.radius, self.ways.radius_end, t);
        Kernel { grid: self.grid, kind: self.params.neighborhood, radius }
    }

    /// The mean distance of samples to their units.
    fn error(&self, weights: &[F], samples: &Inputs<'_, F>) -> Result<f64> {
        let found = samples.find(self.measure, weights, self.features, false);
        finite(samples.mean(found.iter().map(|found| found.far)))
    }

    fn pass(
        &mut self,
        state: &mut State<F>,
        samples: &Inputs<'_, F>,
        order: Option<Vec<u32>>,
        options: Option<&FitOptions<'_, F>>,
    ) -> Result<Passed> {
        let passed = match self.params.algorithm {
            Algorithm::Online => self.online(state, samples, order, options),
            Algorithm::Batch => self.batch(state, samples, options),
        };
        check_finite(&state.theta)?;
        finite(passed.loss)?;
        Ok(passed)
    }

    /// Sample after sample.
    fn online(
        &self,
        state: &mut State<F>,
        samples: &Inputs<'_, F>,
        order: Option<Vec<u32>>,
        options: Option<&FitOptions<'_, F>>,
    ) -> Passed {
        let params = self.params;
        let mut units = Units::new(&state.theta, self.grid.units());
        let (mut scratch, mut lines) = (Scratch::new(&units), Lines::default());
        let mut g = vec![F::ZERO; units.padded()];
        let mut last: Option<&[F]> = None;
        let (mut sum, mut total, mut whole, mut errors) = (0.0, 0.0, true, 0.0);
        for step in 0..samples.x.len() / self.features {
            if step.is_multiple_of(LOOK) && options.is_some_and(FitOptions::is_stopped) {
                whole = false;
                break;
            }
            let sample = order.as_ref().map_or(step, |order| order[step] as usize);
            let weight = samples.weight(sample);
            if weight == 0.0 {
                continue;
            }
            let x = &samples.x[sample * self.features..][..self.features];
            // The step of the sample before is taken on the way to this one, so that the map is fetched once.
            let found = match last {
                Some(before) => scratch.pull_and_ask(&mut units, self.measure, before, &g, x),
                None => scratch.ask(&units, self.measure, x),
            };
            last = Some(x);
            sum += weight * found.far;
            total += weight;
            errors += weight * f64::from(u8::from(self.is_torn(&found)));

            let t = state.steps as f64 / self.ways.steps;
            let rate = params.learning_rate_decay.at(params.learning_rate, params.learning_rate_end, t);
            self.kernel(t).around(found.best.first as usize, rate, &mut lines, &mut g);
            if weight != 1.0 {
                // A sample of weight 2 moves a unit as far as two steps would.
                g.iter_mut().for_each(|g| *g = F::from_f64(1.0 - (1.0 - g.to_f64()).powf(weight)));
            }
            params.pinned.iter().for_each(|&unit| g[unit] = F::ZERO);
            state.steps += 1;
        }
        if let Some(last) = last {
            scratch.pull(&mut units, last, &g);
        }
        units.write(&mut state.theta);
        // What ends before its first sample has lost nothing.
        let mean = |sum: f64| if total == 0.0 { 0.0 } else { sum / total };
        Passed { whole, measures: self.watched(mean(errors)), ..Passed::new(mean(sum), None) }
    }

    /// All samples at once.
    fn batch(&mut self, state: &mut State<F>, samples: &Inputs<'_, F>, options: Option<&FitOptions<'_, F>>) -> Passed {
        let mut found = std::mem::take(&mut self.found);
        let kept = self.nearest.take();
        let finder = Finder::new(self.measure, &state.theta, self.features, samples.by_products, kept);
        let part = (LONG / state.theta.len()).max(LOOK);
        for (x, found) in samples.x.chunks(part * self.features).zip(found.chunks_mut(part)) {
            if options.is_some_and(FitOptions::is_stopped) {
                return Passed { whole: false, measures: self.watched(0.0), ..Passed::new(0.0, None) };
            }
            finder.find(x, self.params.watch_topology, found);
        }
        self.nearest = finder.into_kept();
        let loss = samples.mean(found.iter().map(|found| found.far));
        let torn = match self.params.watch_topology {
            true => samples.mean(found.iter().map(|found| f64::from(u8::from(self.is_torn(found))))),
            false => 0.0,
        };

        // For each unit what the samples add up to that it has won, and what they weigh: of each feature on its own where
        // numbers may be missing.
        let counts = if self.params.missing_values { self.features } else { 1 };
        let numbers = self.features + counts;
        let mut sums = std::mem::take(&mut self.sums);
        sums.resize(self.grid.units() * numbers, F::ZERO);
        self.add_up(samples, &found, counts, &mut sums);
        // The first pass has the radius of the start, the last one that of the end.
        let t = if self.ways.steps <= 1.0 { 0.0 } else { state.steps as f64 / (self.ways.steps - 1.0) };
        self.spread.resize(sums.len(), F::ZERO);
        self.kernel(t).spread(&sums, &mut self.spread, &mut self.room);

        let mut moves = vec![true; self.grid.units()];
        self.params.pinned.iter().for_each(|&unit| moves[unit] = false);
        let share = F::from_f64(self.share);
        let goes = |w: &mut F, mean: F| *w = if self.share == 1.0 { mean } else { *w + share * (mean - *w) };
        let units = state.theta.chunks_exact_mut(self.features).zip(self.spread.chunks_exact(numbers)).zip(moves);
        for ((w, sums), _) in units.filter(|(_, moves)| *moves) {
            let (sums, weights) = sums.split_at(self.features);
            if let [weight] = *weights {
                if F::from_f64(LEAST) <= weight {
                    w.iter_mut().zip(sums).for_each(|(w, &sum)| goes(w, sum / weight));
                }
                continue;
            }
            for ((w, &sum), &weight) in w.iter_mut().zip(sums).zip(weights) {
                if F::from_f64(LEAST) <= weight {
                    goes(w, sum / weight);
                }
            }
        }
        state.steps += 1;
        (self.found, self.sums) = (found, sums);
        Passed { measures: self.watched(torn), ..Passed::new(loss, None) }
    }

    /// `S_c`: units add up their own samples, in the order of the data.
    fn add_up(&self, samples: &Inputs<'_, F>, found: &[Found], counts: usize, sums: &mut [F]) {
        let mut ends = vec![0_usize; self.grid.units() + 1];
        found.iter().for_each(|found| ends[found.best.first as usize + 1] += 1);
        (1..ends.len()).for_each(|unit| ends[unit] += ends[unit - 1]);
        let mut places = ends.clone();
        let mut members = vec![0_u32; found.len()];
        for (sample, found) in (0..).zip(found) {
            let place = &mut places[found.best.first as usize];
            members[*place] = sample;
            *place += 1;
        }
        let numbers = self.features + counts;
        let mut blocks: Vec<&mut [F]> = sums.chunks_mut(BLOCK * numbers).collect();
        // In doubles, number by number: some four times the time of a multiply-add of a product.
        let cost = 4 * (found.len() + self.grid.units()) * numbers;
        side_by_side_for(cost, &mut blocks, |block, sums| {
            let mut own = vec![0.0; numbers];
            for (unit, sums) in (block * BLOCK..).zip(sums.chunks_exact_mut(numbers)) {
                own.fill(0.0);
                let members = &members[ends[unit]..ends[unit + 1]];
                if self.params.missing_values {
                    for &sample in members {
                        let x = &samples.x[sample as usize * self.features..][..self.features];
                        add_what_is_there(x, samples.weight(sample as usize), &mut own);
                    }
                } else {
                    let weights = samples.data.sample_weights();
                    let weighed = weights.is_some();
                    let weights = weights.map(|all| members.iter().map(|&m| all[m as usize].to_f64()).collect());
                    let weights: Vec<f64> = weights.unwrap_or_default();
                    let (sums, weight) = own.split_at_mut(self.features);
                    add_columns(&samples.x, members, &weights, sums);
                    weight[0] = if weighed { weights.iter().sum() } else { members.len() as f64 };
                }
                sums.iter_mut().zip(&own).for_each(|(sum, &own)| *sum = F::from_f64(own));
            }
        });
    }

    /// Whether the two best units of a sample are no neighbours.
    fn is_torn(&self, found: &Found) -> bool {
        let (first, second) = (found.best.first as usize, found.best.second as usize);
        first != second && self.params.watch_topology && !self.grid.are_neighbors(first, second, self.grid.adjacency())
    }

    /// What is told of a pass beside its loss.
    fn watched(&self, topographic_error: f64) -> Vec<(&'static str, f64)> {
        if self.params.watch_topology { vec![(TOPOGRAPHIC_ERROR, topographic_error)] } else { Vec::new() }
    }
}

/// Adds the numbers of a sample that are there, and its weight to each of theirs.
fn add_what_is_there<F: Scalar>(x: &[F], weight: f64, own: &mut [f64]) {
    let (sums, counts) = own.split_at_mut(x.len());
    for ((sum, count), x) in sums.iter_mut().zip(counts).zip(x).filter(|(_, x)| x.is_finite()) {
        *sum += weight * x.to_f64();
        *count += weight;
    }
}

pub(crate) fn finite(error: f64) -> Result<f64> {
    if error.is_finite() {
        Ok(error)
    } else {
        Err(Error::data("the features are so large that distances overflow; scale them"))
    }
}
