//! Learning: sample after sample, by the search of the [family](crate::family), until the categories are at rest.
//!
//! They are, once a pass has changed no weight. In fast learning Fuzzy ART and ART1 always come to that: their weights only
//! fall, and there are finitely many samples. The other members follow each sample some way, for ever; they are at rest when
//! a pass leaves the weights as it found them, since all passes after it would be the same. A sample may then still be of
//! another category at its end than the one that took it, and as many such samples as there are, are told.

use super::model::Art;
use super::params::{Art1Params, Art2Params, Common, Family, FuzzyArtParams};
use crate::field::{Field, Rule, moved};
use crate::lesson::{CATEGORIES, REJECTED, RESTLESS, Tally, keep, pass, take_up};
use crate::order::OrderEffect;
use crate::ranges::Ranges;
use nn_core::random::epoch_order;
use nn_core::{
    Course, Dataset, Error, Fit, FitOptions, History, Online, Passed, Recipe, Result, Scalar, State, Stopped,
    StoppingCriteria,
};
use std::sync::atomic::AtomicBool;

impl<F: Scalar> Fit<F> for FuzzyArtParams {
    type Model = Art<Self, F>;

    fn fit_with(&self, data: &Dataset<'_, F>, options: FitOptions<'_, F>) -> Result<Art<Self, F>> {
        fit(self, data, options)
    }

    fn check_online(&self) -> Result<()> {
        Ok(())
    }
}

impl<F: Scalar> Fit<F> for Art1Params {
    type Model = Art<Self, F>;

    fn fit_with(&self, data: &Dataset<'_, F>, options: FitOptions<'_, F>) -> Result<Art<Self, F>> {
        fit(self, data, options)
    }

    fn check_online(&self) -> Result<()> {
        Ok(())
    }
}

impl<F: Scalar> Fit<F> for Art2Params {
    type Model = Art<Self, F>;

    fn fit_with(&self, data: &Dataset<'_, F>, options: FitOptions<'_, F>) -> Result<Art<Self, F>> {
        fit(self, data, options)
    }

    fn check_online(&self) -> Result<()> {
        Ok(())
    }
}

/// Learns these samples in passes.
fn fit<P: Family, F: Scalar>(params: &P, data: &Dataset<'_, F>, mut options: FitOptions<'_, F>) -> Result<Art<P, F>> {
    params.validate()?;
    data.check()?;
    let data = &fit_for_us(data)?;
    let ranges = Ranges::given(params.range().unwrap_or_default(), data.features())?;
    let mut model = Art::untaught(params.clone(), data.features(), ranges)?;
    model.see_ranges(data);
    model.field.check(data, model.ranges.as_ref())?;
    let validation = options.validation;
    if let Some(validation) = &validation {
        validation.check_features(data.features()).map_err(|error| error.within("validation"))?;
        model.field.check_kind(validation).map_err(|error| error.within("validation"))?;
    }
    let common = params.common();
    // What grows is as long at the start of a training that goes on as its checkpoint left it.
    let mut state = options.resume.as_ref().map_or_else(|| State::of(Vec::new()), |resumed| resumed.state.clone());
    let criteria = StoppingCriteria::epochs(common.epochs);
    let course = Course::start(criteria, || Recipe::of(params), &mut state, data, validation.as_ref(), &mut options)?;
    if !state.carry.is_empty() {
        take_up(std::iter::once(&mut model.field), &state)?;
    }
    let mut order: Vec<u32> = (0..data.samples() as u32).collect();
    let mut taken = vec![None; data.samples()];
    let history = course.run(&mut state, &mut options, |state, history, options| {
        model.field.support.fill(F::ZERO);
        if common.shuffle {
            epoch_order(common.seed, history.epoch(), 0, &mut order);
        }
        let samples = order.iter().map(|&sample| sample as usize);
        let tally = model.pass(data, samples, options.stop, |sample, category| taken[sample] = category);
        let before = std::mem::take(&mut state.theta);
        keep(std::iter::once(&model.field), state);
        state.steps += tally.samples as u64;
        let settled = model.field.member.settled();
        let repeats = tally.whole && tally.changed && !common.shuffle && !moved(&before, &state.theta, settled);
        let restless = if repeats { model.restless(data, &taken) } else { 0 };
        let validation_loss = validation.as_ref().map(|data| model.unlike(data));
        Ok(Passed {
            whole: tally.whole,
            converged: tally.whole && (!tally.changed || repeats),
            ..passed(&model.field, &tally, restless, validation_loss)
        })
    })?;
    model.history = history;
    if let Some(orders) = common.orders.filter(|_| model.history.stopped != Stopped::Interrupted) {
        let effect = OrderEffect::of(data, orders, common.seed, |shuffled| {
            let mut quietly = FitOptions::default();
            quietly.stop = options.stop;
            let model = fit(&params.once(), shuffled, quietly)?;
            Ok((model.history.stopped != Stopped::Interrupted).then(|| model.groups_of(data)))
        });
        // Where an order cannot be learned there is no effect to tell, and the model is what it is.
        model.order_effect = effect.ok().flatten();
    }
    Ok(model)
}

/// What the history keeps of a pass.
fn passed<F: Scalar>(field: &Field<F>, tally: &Tally, restless: usize, validation_loss: Option<f64>) -> Passed {
    let counts = [(CATEGORIES, field.count()), (REJECTED, tally.rejected), (RESTLESS, restless)];
    let measures = counts.map(|(name, count)| (name, count as f64)).to_vec();
    let loss = if 0.0 < tally.weight { tally.unlike / tally.weight } else { 0.0 };
    Passed { measures, ..Passed::new(loss, validation_loss) }
}

/// The data without a target, which is passed over, and without sequences, which are refused.
fn fit_for_us<'d, F: Scalar>(data: &Dataset<'d, F>) -> Result<Dataset<'d, F>> {
    match data.starts() {
        None => Ok(data.inputs_only()),
        Some(_) => Err(Error::data("ART knows no sequences")),
    }
}

#[expect(private_bounds, reason = "as in the file beside")]
impl<P: Family, F: Scalar> Art<P, F> {
    /// Learns one sample, and tells the category that took it, old or new; none where it was rejected.
    ///
    /// # Errors
    /// Those of [`Online::partial_fit`]; [`Error::Param`] where ranges are wanted and neither given nor learned, since one
    /// sample has none.
    pub fn learn(&mut self, x: &[F]) -> Result<Option<usize>> {
        let data = Dataset::from_slice(x.len(), x);
        data.check_features(self.features)?;
        if self.params.range().is_some() && self.ranges.is_none() {
            return Err(Error::param("range", "none", "a low and a high, where samples are learned one by one"));
        }
        self.field.check(&data, self.ranges.as_ref())?;
        let rule = self.rule();
        Ok(self.field.learn(self.ranges.as_ref(), x, None, F::ONE, rule).category)
    }

    /// Without categories.
    pub(crate) fn untaught(params: P, features: usize, ranges: Option<Ranges<F>>) -> Result<Self> {
        params.check_together()?;
        let field = Field::new(params.member(features), features);
        Ok(Self { params, history: History::default(), features, field, ranges, order_effect: None })
    }

    fn rule(&self) -> Rule {
        let Common { vigilance, most, .. } = self.params.common();
        Rule { vigilance, tracking: 0.0, most }
    }

    /// Learns the ranges of the first part, where they are wanted and not given.
    fn see_ranges(&mut self, data: &Dataset<'_, F>) {
        if self.params.range().is_some() && self.ranges.is_none() {
            self.ranges = Some(Ranges::learned(data));
        }
    }

    /// One pass; `took` hears which category took which sample.
    fn pass(
        &mut self,
        data: &Dataset<'_, F>,
        order: impl Iterator<Item = usize>,
        stop: Option<&AtomicBool>,
        mut took: impl FnMut(usize, Option<usize>),
    ) -> Tally {
        let rule = self.rule();
        pass(data, order, stop, |sample, weight| {
            let learned = self.field.learn(self.ranges.as_ref(), data.sample(sample), None, weight, rule);
            took(sample, learned.category);
            learned
        })
    }

    /// How many of the samples that count are of another category than the one that took them.
    fn restless(&self, data: &Dataset<'_, F>, taken: &[Option<usize>]) -> usize {
        let asked = self.asked(data);
        data.counted().filter(|&sample| asked[sample].category != taken[sample]).count()
    }
}

impl<P: Family, F: Scalar> Online<F> for Art<P, F>
where
    Self: nn_core::Model<F>,
{
    /// One pass in the given order. Where no range was given, that of the first part holds for all that follow.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`], and [`Error::Data`] for a value out of its range; the model is then what it was before.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        data.check_features(self.features)?;
        let data = &fit_for_us(data)?;
        // A value out of a range that was learned before is refused; of the first part there is none.
        let learned = (self.params.range().is_some() && self.ranges.is_none()).then(|| Ranges::learned(data));
        self.field.check(data, learned.as_ref().or(self.ranges.as_ref()))?;
        self.see_ranges(data);
        let tally = self.pass(data, 0..data.samples(), None, |_, _| {});
        self.history.add(&passed(&self.field, &tally, 0, None));
        Ok(())
    }
}
