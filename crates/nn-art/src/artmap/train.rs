//! Learning: the search of the [family](crate::family), in which a category of another class is no answer.
//!
//! A category that is like enough to the sample but stands for another class is a prediction that fails. *Match tracking* then
//! raises the vigilance of this sample to just above the match of that category, `rho = |I ∧ w_J| / |I| + epsilon`, so that it is
//! reset, and the search goes on among those that are more like the sample. A new category stands for the class of the sample
//! that it was made for, for ever.
//!
//! The papers have a second ART module for the targets, and a map field between the two. For classes that module has a category
//! a class whatever happens, and the map field is a list: the simplified form, with the same categories.
//!
//! Carpenter, Grossberg, Reynolds, ARTMAP: supervised real-time learning and classification of nonstationary data by a
//! self-organizing neural network, Neural Networks 4 (1991); Carpenter, Grossberg, Markuzon, Reynolds, Rosen, Fuzzy ARTMAP,
//! IEEE Transactions on Neural Networks 3 (1992); Kasuba, Simplified fuzzy ARTMAP, AI Expert 8 (1993).

use super::model::ArtMap;
use super::params::ArtMapParams;
use crate::art::{CATEGORIES, REJECTED};
use crate::field::Field;
use crate::lesson::{Rule, Tally, keep, order, take_up};
use crate::ranges::Ranges;
use nn_core::{
    Course, Dataset, Error, Fit, FitOptions, History, Online, Params, Passed, Recipe, Result, Scalar, State,
    StoppingCriteria, Task, side_by_side_for,
};

/// Who learns, as errors say it.
pub(super) const WHO: &str = "ARTMAP";
/// What [`History::measures`] calls the mistakes of each epoch.
pub(super) const MISTAKES: &str = "mistakes";

impl<F: Scalar> Fit<F> for ArtMapParams {
    type Model = ArtMap<F>;

    fn fit_with(&self, data: &Dataset<'_, F>, mut options: FitOptions<'_, F>) -> Result<ArtMap<F>> {
        self.validate()?;
        data.check()?;
        let classes = Task::classes_of(data, WHO)?;
        let mut model = ArtMap::untaught(self.clone(), data.features(), classes)?;
        model.see_ranges(data);
        model.fields[0].check(data, model.ranges.as_ref())?;
        let validation = options.validation;
        if let Some(validation) = &validation {
            Task::Classes(classes).check_alike(validation, data.features(), WHO)?;
            model.fields[0].check_kind(validation)?;
        }
        // What grows is as long at the start of a training that goes on as its checkpoint left it.
        let mut state = options.resume.as_ref().map_or_else(|| State::of(Vec::new()), |resumed| resumed.state.clone());
        let criteria = StoppingCriteria::epochs(self.epochs);
        let course = Course::start(criteria, Recipe::of(self), &mut state, data, validation.as_ref(), &mut options)?;
        if !state.carry.is_empty() {
            take_up(&mut model.fields, &state, classes)?;
        }
        let history = course.run(&mut state, &mut options, |state, history, options| {
            let tallies = model.epoch(data, history.epoch(), options);
            keep(&model.fields, state);
            state.steps += tallies.iter().map(|tally| tally.samples as u64).sum::<u64>();
            let validation_loss = validation.as_ref().map(|data| model.error_rate(data));
            Ok(passed(&model.fields, &tallies, validation_loss))
        })?;
        model.history = history;
        Ok(model)
    }
}

/// What the history keeps of a pass: the mistakes of all voters over all that they answered, and their means.
fn passed<F: Scalar>(fields: &[Field<F>], tallies: &[Tally], validation_loss: Option<f64>) -> Passed {
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>() as f64;
    let voters = fields.len() as f64;
    let categories = fields.iter().map(Field::count).sum::<usize>() as f64;
    let mistakes = sum(|tally| tally.mistakes);
    let whole = tallies.iter().all(|tally| tally.whole);
    Passed {
        whole,
        converged: whole && !tallies.iter().any(|tally| tally.changed),
        measures: vec![
            (CATEGORIES, categories / voters),
            (MISTAKES, mistakes / voters),
            (REJECTED, sum(|tally| tally.rejected) / voters),
        ],
        ..Passed::new(mistakes / sum(|tally| tally.samples).max(1.0), validation_loss)
    }
}

impl<F: Scalar> ArtMap<F> {
    /// Learns one sample, and tells the category that took it, old or new; none where it was rejected.
    ///
    /// # Errors
    /// Those of [`Online::partial_fit`]; [`Error::Param`] where ranges are wanted and neither given nor learned, since one
    /// sample has none.
    pub fn learn(&mut self, x: &[F], class: u32) -> Result<Option<usize>> {
        let labels = [class];
        let data = Dataset::from_slice(x.len(), x).labels_of(self.classes, &labels);
        data.check_features(self.features)?;
        if 1 < self.fields.len() {
            return Err(Error::param("voters", self.fields.len(), "1 where samples are learned one by one"));
        }
        if self.params.is_scaled() && self.ranges.is_none() {
            return Err(Error::param("range", "none", "a low and a high, where samples are learned one by one"));
        }
        self.fields[0].check(&data, self.ranges.as_ref())?;
        let rule = self.rule();
        Ok(self.fields[0].learn_one(self.ranges.as_ref(), x, Some(class), rule).category)
    }

    /// Without categories.
    pub(super) fn untaught(params: ArtMapParams, features: usize, classes: usize) -> Result<Self> {
        let ranges = if params.is_scaled() { Ranges::given(&params.range, features)? } else { None };
        let fields = vec![Field::new(params.member(), features); params.voters];
        Ok(Self { params, history: History::default(), features, classes, fields, ranges })
    }

    fn see_ranges(&mut self, data: &Dataset<'_, F>) {
        if self.params.is_scaled() && self.ranges.is_none() {
            self.ranges = Some(Ranges::learned(data));
        }
    }

    fn rule(&self) -> Rule {
        let ArtMapParams { vigilance, tracking, categories, .. } = self.params;
        Rule { vigilance, tracking, most: categories.unwrap_or(usize::MAX) }
    }

    /// One pass of each voter.
    fn epoch(&mut self, data: &Dataset<'_, F>, epoch: usize, options: &FitOptions<'_, F>) -> Vec<Tally> {
        let (rule, seed, ranges) = (self.rule(), self.params.seed, self.ranges.as_ref());
        let at_random = self.params.shuffle || 1 < self.params.voters;
        let stop = options.stop;
        let mut voters: Vec<_> = self.fields.iter_mut().map(|field| (field, Tally::default())).collect();
        // About as many multiply-adds as a pass is with some categories; where there are many more it pays all the more.
        let cost = 64 * data.x().len() * self.params.voters;
        side_by_side_for(cost, &mut voters, |voter, (field, tally)| {
            field.support.fill(F::ZERO);
            let order = order(data.samples(), at_random, seed, epoch, voter);
            *tally = field.pass(data, ranges, rule, order.into_iter().map(|sample| sample as usize), stop);
        });
        voters.into_iter().map(|(_, tally)| tally).collect()
    }
}

impl<F: Scalar> Online<F> for ArtMap<F> {
    /// One pass in the given order. Where no range was given, that of the first part holds for all that follow.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`], and [`Error::Data`] for a value out of its range, and [`Error::Param`] for several voters,
    /// who would all see one order; the model is then what it was before.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        Task::Classes(self.classes).check_alike(data, self.features, WHO)?;
        let [field] = self.fields.as_slice() else {
            return Err(Error::param("voters", self.fields.len(), "1 where samples are learned part by part"));
        };
        let learned = (self.params.is_scaled() && self.ranges.is_none()).then(|| Ranges::learned(data));
        field.check(data, learned.as_ref().or(self.ranges.as_ref()))?;
        self.see_ranges(data);
        let rule = self.rule();
        let tally = self.fields[0].pass(data, self.ranges.as_ref(), rule, 0..data.samples(), None);
        self.history.add(&passed(&self.fields, &[tally], None));
        Ok(())
    }
}
