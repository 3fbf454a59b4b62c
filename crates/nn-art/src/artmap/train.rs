//! Learning: the search of the [family](crate::family), in which a category of another class is no answer.
//!
//! A category that is like enough to the sample but stands for another class is a prediction that fails. *Match tracking* then
//! raises the vigilance of this sample to just above the match of that category, `rho = |I ∧ w_J| / |I| + epsilon`, so that it is
//! reset, and the search goes on among those that are more like the sample. A new category stands for the class of the sample
//! that it was made for, for ever.
//!
//! The papers have a second ART module for the targets, ART_b, and a map field from the categories of the samples to those of
//! the targets. Here it is so where targets are quantities: a category of them is a box, and the middle of the box is the answer.
//! For classes that module has a category a class whatever happens, and the map field is a list: the simplified form, with the
//! same categories.
//!
//! Carpenter, Grossberg, Reynolds, ARTMAP: supervised real-time learning and classification of nonstationary data by a
//! self-organizing neural network, Neural Networks 4 (1991); Carpenter, Grossberg, Markuzon, Reynolds, Rosen, Fuzzy ARTMAP,
//! IEEE Transactions on Neural Networks 3 (1992); Kasuba, Simplified fuzzy ARTMAP, AI Expert 8 (1993).

use super::model::ArtMap;
use super::params::ArtMapParams;
use super::voter::{Aim, Lesson, Voter};
use crate::field::{Field, Learned};
use crate::lesson::{CATEGORIES, REJECTED, Tally, keep, pass, take_up};
use crate::ranges::Ranges;
use nn_core::random::epoch_order;
use nn_core::split;
use nn_core::{
    Course, Dataset, Error, Fit, FitOptions, History, Online, Params, Passed, Recipe, Result, Scalar, State, Stopped,
    StoppingCriteria, Target, Task, side_by_side_for,
};
use std::sync::atomic::AtomicBool;

/// Who learns, as errors say it.
pub(super) const WHO: &str = "ARTMAP";
/// What [`History::measures`] calls the mistakes of each epoch.
pub(super) const MISTAKES: &str = "mistakes";

impl<F: Scalar> Fit<F> for ArtMapParams {
    type Model = ArtMap<F>;

    fn fit_with(&self, data: &Dataset<'_, F>, mut options: FitOptions<'_, F>) -> Result<ArtMap<F>> {
        self.validate()?;
        data.check()?;
        let task = Task::of(data, WHO)?;
        let mut model = ArtMap::start(self.clone(), data.features(), task)?;
        model.see_ranges(data);
        model.check(data)?;
        if let Some(orders) = self.orders.filter(|_| model.has_values() || data.samples() < 2) {
            return Err(Error::param("orders", orders, "none where quantities or a single sample are learned"));
        }
        let validation = options.validation;
        if let Some(validation) = &validation {
            task.check_alike(validation, data.features(), WHO).map_err(|error| error.within("validation"))?;
            model.voters[0].field.check_kind(validation).map_err(|error| error.within("validation"))?;
        }
        // What grows is as long at the start of a training that goes on as its checkpoint left it.
        let mut state = options.resume.as_ref().map_or_else(|| State::of(Vec::new()), |resumed| resumed.state.clone());
        let criteria = StoppingCriteria::epochs(self.epochs);
        let course = Course::start(criteria, || Recipe::of(self), &mut state, data, validation.as_ref(), &mut options)?;
        if !state.carry.is_empty() {
            take_up(model.voters.iter_mut().flat_map(Voter::fields_mut), &state)?;
            model.check_map()?;
        }
        let at_random = self.shuffle || 1 < self.voters;
        let history = course.run(&mut state, &mut options, |state, history, options| {
            for field in model.voters.iter_mut().flat_map(Voter::fields_mut) {
                field.support.fill(F::ZERO);
            }
            let tallies = model.pass(data, at_random.then_some(history.epoch()), options.stop);
            keep(model.voters.iter().flat_map(Voter::fields), state);
            state.steps += tallies.iter().map(|tally| tally.samples as u64).sum::<u64>();
            let validation_loss = validation.as_ref().map(|data| model.error_rate(data));
            Ok(passed(&model.voters, &tallies, validation_loss))
        })?;
        model.history = history;
        if let Some(orders) = self.orders.filter(|_| model.history.stopped != Stopped::Interrupted) {
            // Of what it has learned it gets most right in any order; so others are asked. Where the halves cannot be learned,
            // there is no effect to tell, and the model is what it is.
            let (learned, asked) = split::hold_out(data, 0.5, self.seed);
            let (learned, asked) = (data.select(&learned)?, data.select(&asked)?);
            let effect = model.orders(&learned.view(), &asked.view(), orders, options.stop);
            model.order_effect = effect.ok().flatten();
        }
        Ok(model)
    }

    fn check_online(&self) -> Result<()> {
        Ok(())
    }
}

/// What the history keeps of a pass: the mistakes of all voters over all that they answered; their mean, and the categories and
/// rejected samples of all.
fn passed<F: Scalar>(voters: &[Voter<F>], tallies: &[Tally], validation_loss: Option<f64>) -> Passed {
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>() as f64;
    let count = voters.len() as f64;
    let categories = voters.iter().map(|voter| voter.field.count()).sum::<usize>() as f64;
    let mistakes = sum(|tally| tally.mistakes);
    let weighed = |of: fn(&Tally) -> f64| tallies.iter().map(of).sum::<f64>();
    let (wrong, weight) = (weighed(|tally| tally.wrong), weighed(|tally| tally.weight));
    let whole = tallies.iter().all(|tally| tally.whole);
    Passed {
        whole,
        converged: whole && !tallies.iter().any(|tally| tally.changed),
        measures: vec![(CATEGORIES, categories), (MISTAKES, mistakes / count), (REJECTED, sum(|tally| tally.rejected))],
        ..Passed::new(if 0.0 < weight { wrong / weight } else { 0.0 }, validation_loss)
    }
}

impl<F: Scalar> ArtMap<F> {
    /// Learns one sample of a class, and tells the category of the first voter that took it, old or new; none where it was
    /// rejected. It allocates where categories have to grow, and nowhere else.
    ///
    /// # Errors
    /// Those of [`Online::partial_fit`]; [`Error::Param`] where ranges are wanted and neither given nor learned, since one
    /// sample has none.
    pub fn learn(&mut self, x: &[F], class: u32) -> Result<Option<usize>> {
        let (classes, labels) = (self.classes().unwrap_or(class as usize + 1), [class]);
        self.learn_one(&Dataset::from_slice(x.len(), x).labels_of(classes, &labels))
    }

    /// The same of a sample of quantities.
    ///
    /// # Errors
    /// Those of [`learn`](Self::learn).
    pub fn learn_values(&mut self, x: &[F], y: &[F]) -> Result<Option<usize>> {
        self.learn_one(&Dataset::from_slice(x.len(), x).values_from_slice(y.len(), y))
    }

    fn learn_one(&mut self, data: &Dataset<'_, F>) -> Result<Option<usize>> {
        self.task.check_alike(data, self.features, WHO)?;
        let wanted = [
            ("range", self.params.is_scaled() && self.ranges.is_none()),
            ("target_range", self.has_values() && self.target_ranges.is_none()),
        ];
        if let Some((name, _)) = wanted.into_iter().find(|(_, wanted)| *wanted) {
            return Err(Error::param(name, "none", "a low and a high, where samples are learned one by one"));
        }
        self.check(data)?;
        let (x, aim) = (data.sample(0), Aim::of(data, 0).ok_or_else(|| Error::data("there is no target"))?);
        let (voters, lesson) = self.lesson();
        let learned = voters.iter_mut().map(|voter| voter.learn(x, aim, F::ONE, lesson));
        // Each of them learns; the first one answers.
        Ok(learned.fold(None, |first, learned| first.or(Some(learned))).and_then(|learned| learned.category))
    }

    /// Without categories.
    pub(super) fn untaught(params: ArtMapParams, features: usize, task: Task, ranges: [Option<Ranges<F>>; 2]) -> Self {
        let targets = match task {
            Task::Values(outputs) => Some(Field::new(params.target_member(), outputs)),
            Task::Classes(_) => None,
        };
        let voter = Voter { field: Field::new(params.member(), features).taught(), targets };
        let voters = vec![voter; params.voters];
        let [ranges, target_ranges] = ranges;
        let (history, order_effect) = (History::default(), None);
        Self { params, history, features, task, voters, ranges, target_ranges, order_effect }
    }

    /// Learns the ranges of the first part, where they are wanted and not given.
    fn see_ranges(&mut self, data: &Dataset<'_, F>) {
        if self.params.is_scaled() && self.ranges.is_none() {
            self.ranges = Some(Ranges::learned(data));
        }
        if self.has_values() && self.target_ranges.is_none() {
            self.target_ranges = targets_of(data).map(|targets| Ranges::learned(&targets));
        }
    }

    /// That all samples can be learned, within their ranges where these are known.
    fn check(&self, data: &Dataset<'_, F>) -> Result<()> {
        self.voters[0].field.check(data, self.ranges.as_ref())?;
        match (&self.target_ranges, targets_of(data)) {
            (Some(ranges), Some(targets)) => ranges.check_targets(&targets),
            _ => Ok(()),
        }
    }

    /// The voters, and what they learn by.
    fn lesson(&mut self) -> (&mut [Voter<F>], Lesson<'_, F>) {
        let Self { voters, params, ranges, target_ranges, .. } = self;
        (voters, params.lesson(ranges.as_ref(), target_ranges.as_ref()))
    }

    /// One pass of each voter: as the samples come, or by the epoch's order at random, each voter its own.
    fn pass(&mut self, data: &Dataset<'_, F>, at_random: Option<usize>, stop: Option<&AtomicBool>) -> Vec<Tally> {
        let seed = self.params.seed;
        let (voters, lesson) = self.lesson();
        // About as many multiply-adds as a pass is with some categories; where there are many more it pays all the more.
        let cost = 64 * data.x().len() * voters.len();
        let mut voters: Vec<_> = voters.iter_mut().map(|voter| (voter, Tally::default())).collect();
        side_by_side_for(cost, &mut voters, |shard, (voter, tally)| {
            let mut learn = |sample: usize, weight: F| match Aim::of(data, sample) {
                Some(aim) => voter.learn(data.sample(sample), aim, weight, lesson),
                None => Learned::default(),
            };
            *tally = match at_random {
                None => pass(data, 0..data.samples(), stop, &mut learn),
                Some(epoch) => {
                    let mut order = vec![0; data.samples()];
                    epoch_order(seed, epoch, shard, &mut order);
                    pass(data, order.into_iter().map(|sample| sample as usize), stop, &mut learn)
                }
            };
        });
        voters.into_iter().map(|(_, tally)| tally).collect()
    }
}

/// The targets as samples, where they are quantities.
fn targets_of<'d, F: Scalar>(data: &Dataset<'d, F>) -> Option<Dataset<'d, F>> {
    match data.target() {
        Target::Values { values, outputs } => Some(Dataset::from_slice(outputs, values)),
        _ => None,
    }
}

impl<F: Scalar> Online<F> for ArtMap<F> {
    /// One pass in the given order; of several voters each takes the part in an order of its own. Where no range was given,
    /// that of the first part holds for all that follow.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`], and [`Error::Data`] for a value out of its range; the model is then what it was before.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        self.task.check_alike(data, self.features, WHO)?;
        // The first part has no values out of the ranges that it tells.
        self.check(data)?;
        self.see_ranges(data);
        let at_random = (1 < self.voters.len()).then_some(self.history.losses.len() + 1);
        let tallies = self.pass(data, at_random, None);
        self.history.add(&passed(&self.voters, &tallies, None));
        Ok(())
    }
}
