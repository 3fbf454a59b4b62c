//! What a trained one can do: classify, say when it does not know, show its categories and rules, go to a file and back.

use super::params::ArtMapParams;
use super::train::{MISTAKES, WHO};
use super::voter::{Aim, Voter};
use crate::boxes::{self, Category};
use crate::family::Work;
use crate::field::{Field, ask_all};
use crate::lesson::{features_of, remarks_of_training};
use crate::order::{OrderEffect, Shuffled};
use crate::ranges::{Ranges, check_there};
use nn_core::metrics::{accuracy, largest, r2, rmse, weighted_mean};
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Answer, Arrays, Dataset, Error, Fit, FitOptions, History, MOST_CLASSES, Measures, Model, Online, Params, Picture,
    Result, Scalar, Stopped, Target, Task, check_answers,
};
use std::sync::atomic::AtomicBool;

/// Categories that stand for classes or for quantities: ARTMAP or Fuzzy ARTMAP, and several that vote.
///
/// A sample is answered by its category, the best choice of all. Where no category is like enough by the baseline vigilance the
/// sample is *unknown*, and the answer only a guess. A class is the answer itself; of quantities a category stands for a box,
/// and the answer is its middle.
///
/// Made by [`ArtMapParams::fit`](nn_core::Fit::fit), or by [`start`](Self::start) to learn sample by sample.
#[derive(Clone, Debug)]
pub struct ArtMap<F: Scalar = f64> {
    pub(super) params: ArtMapParams,
    pub(super) history: History,
    pub(super) features: usize,
    pub(super) task: Task,
    pub(super) voters: Vec<Voter<F>>,
    /// None where samples are not scaled, or nothing has been seen that could tell.
    pub(super) ranges: Option<Ranges<F>>,
    /// None for classes, or where nothing has been seen that could tell.
    pub(super) target_ranges: Option<Ranges<F>>,
    /// Where it was asked for.
    pub(super) order_effect: Option<OrderEffect>,
}

/// What voters say of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The share of the voters that are for each class, or the mean of the quantities that they say; those who do not know
    /// are passed over, unless nobody knows: then each guesses.
    pub answer: Vec<f64>,
    /// Whether nobody knows.
    pub unknown: bool,
    /// How like the sample and the categories that voted are, on the average.
    pub matched: f64,
    /// The category of the first voter, where it knows.
    pub category: Option<usize>,
}

impl<F: Scalar> ArtMap<F> {
    /// Without categories, for samples of so many features in so many classes, or of so many quantities:
    /// [`partial_fit`](nn_core::Online::partial_fit) makes them.
    ///
    /// # Errors
    /// [`Error::Param`] for a setting out of its range, or a `range` of another number of features or targets; [`Error::Data`] for no
    /// features, or a number of classes or quantities that cannot be.
    pub fn start(params: ArtMapParams, features: usize, task: Task) -> Result<Self> {
        params.validate()?;
        if features == 0 {
            return Err(Error::data("x has no features"));
        }
        check_task(task).map_err(Error::data)?;
        let ranges = if params.is_scaled() { Ranges::given(&params.range, features)? } else { None };
        let target_ranges = match task {
            Task::Values(outputs) => Ranges::given_as("target_range", &params.target_range, outputs)?,
            Task::Classes(_) => None,
        };
        Ok(Self::untaught(params, features, task, [ranges, target_ranges]))
    }

    /// How many categories each voter has.
    pub fn categories(&self) -> Vec<usize> {
        self.voters.iter().map(|voter| voter.field.count()).collect()
    }

    /// How many boxes of targets each voter has, where quantities are learned; else none.
    pub fn target_categories(&self) -> Vec<usize> {
        self.voters.iter().filter_map(|voter| voter.targets.as_ref()).map(Field::count).collect()
    }

    /// The weights of a voter's categories, as the comparison layer sees them: inputs × categories. With complement coding a
    /// feature has two inputs, itself and in the second half its complement. `None` for a voter that is not there.
    pub fn weights(&self, voter: usize) -> Option<DMatrix<F>> {
        let field = &self.voters.get(voter)?.field;
        Some(DMatrix::from_vec(field.inputs(), field.count(), field.weights()))
    }

    /// What the voters say of each sample.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn verdicts(&self, data: &Dataset<'_, F>) -> Result<Vec<Verdict>> {
        self.check_kind(data)?;
        Ok(self.asked(data))
    }

    /// The class of each sample; none where it is unknown, and for all of them where quantities were learned.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn classify(&self, data: &Dataset<'_, F>) -> Result<Vec<Option<u32>>> {
        let is_known = |verdict: &Verdict| !verdict.unknown && !self.has_values();
        let known = |verdict: &Verdict| is_known(verdict).then(|| largest(&verdict.answer));
        Ok(self.verdicts(data)?.iter().map(known).collect())
    }

    /// How many of the samples have a value outside of its range; such a value is taken for the end of the range that is
    /// nearer.
    pub fn outside(&self, data: &Dataset<'_, F>) -> usize {
        boxes::outside(self.ranges.as_ref(), data)
    }

    /// The categories of the first voter as boxes, in the units of the data; none where categories are no boxes. Counted by
    /// the samples in `data`: how many each answers, and how often that is right.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn boxes(&self, data: &Dataset<'_, F>) -> Result<Vec<Category>> {
        let found = self.verdicts(data)?;
        let found = found.iter().map(|verdict| verdict.category);
        let Some(ranges) = self.box_ranges() else { return Ok(Vec::new()) };
        let Voter { field, targets } = &self.voters[0];
        Ok(boxes::read(field, &ranges, data, found, targets.as_ref().zip(self.target_ranges.as_ref())))
    }

    /// What boxes are measured by; none where categories are no boxes.
    fn box_ranges(&self) -> Option<Ranges<F>> {
        let ranges = if self.params.is_scaled() { self.ranges.clone() } else { Some(Ranges::unit(self.features)) };
        ranges.filter(|_| self.params.has_boxes())
    }

    /// How much the order of the samples matters: learns them anew, with these settings, in so many orders at random, and
    /// compares the classes that it answers for the samples `asked`, which should be others: of its own samples it gets most
    /// right in any order. The categories are those of all voters.
    ///
    /// # Errors
    /// Those of [`Fit::fit`] and [`Model::predict`]; [`Error::Data`] for fewer than two orders, and for quantities, which are
    /// not alike or different.
    pub fn order_effect(&self, data: &Dataset<'_, F>, asked: &Dataset<'_, F>, orders: usize) -> Result<OrderEffect> {
        if self.has_values() {
            return Err(Error::data("answers are compared class by class, and quantities were learned"));
        }
        self.check_kind(asked)?;
        let effect = self.orders(data, asked, orders, None)?;
        effect.ok_or_else(|| Error::data("the orders were not all learned"))
    }

    /// The same; none where the flag stopped it.
    pub(super) fn orders(
        &self,
        data: &Dataset<'_, F>,
        asked: &Dataset<'_, F>,
        orders: usize,
        stop: Option<&AtomicBool>,
    ) -> Result<Option<OrderEffect>> {
        let params = self.params.clone().orders(None);
        OrderEffect::of(data, orders, self.params.seed, |shuffled| {
            let mut quietly = FitOptions::default();
            quietly.stop = stop;
            let model = params.fit_with(shuffled, quietly)?;
            let whole = model.history.stopped != Stopped::Interrupted;
            let categories = model.categories().iter().sum();
            Ok(whole.then(|| Shuffled { categories, groups: model.answered(asked) }))
        })
    }

    /// How many classes there are, where classes are learned.
    pub(super) fn classes(&self) -> Option<usize> {
        match self.task {
            Task::Classes(classes) => Some(classes),
            Task::Values(_) => None,
        }
    }

    pub(super) fn has_values(&self) -> bool {
        self.classes().is_none()
    }

    fn outputs(&self) -> usize {
        let (Task::Classes(outputs) | Task::Values(outputs)) = self.task;
        outputs
    }

    fn check_kind(&self, data: &Dataset<'_, F>) -> Result<()> {
        data.check_features(self.features)?;
        self.voters[0].field.check_kind(data)
    }

    /// That what a category stands for is there.
    pub(super) fn check_map(&self) -> Result<()> {
        let sound = |voter: &Voter<F>| {
            let classes = voter.targets.as_ref().map_or(self.outputs(), Field::count);
            voter.field.classes.iter().all(|&class| (class as usize) < classes)
        };
        match self.voters.iter().all(sound) {
            true => Ok(()),
            false => Err(Error::format("a category stands for a class or a target that is not there")),
        }
    }

    /// What is said of each sample that was checked.
    fn asked(&self, data: &Dataset<'_, F>) -> Vec<Verdict> {
        let vigilance = F::from_f64(self.params.vigilance);
        ask_all(data, self.ranges.as_ref(), self.size(), |_, work| self.verdict(work, vigilance))
    }

    /// How many numbers stand for a sample, and with how many it is compared.
    fn size(&self) -> [usize; 2] {
        let inputs = self.voters[0].field.inputs();
        [inputs, inputs * self.categories().iter().sum::<usize>()]
    }

    /// What is said of the sample in `work.x`.
    fn verdict(&self, work: &mut Work<F>, vigilance: F) -> Verdict {
        let mut verdict = Verdict { answer: vec![0.0; self.outputs()], unknown: true, matched: 0.0, category: None };
        let (mut knowing, mut guesses, mut guessed) = (0.0, Vec::new(), 0.0);
        for (at, voter) in self.voters.iter().enumerate() {
            let Some((category, matched, known)) = voter.field.ask_best(work, vigilance) else { continue };
            if known {
                voter.say(category, self.target_ranges.as_ref(), &mut verdict.answer);
                verdict.matched += matched.to_f64();
                knowing += 1.0;
                verdict.category = verdict.category.or((at == 0).then_some(category));
            } else {
                guesses.push((voter, category));
                guessed += matched.to_f64();
            }
        }
        let mut counted = knowing;
        if 0.0 < knowing {
            verdict.unknown = false;
            verdict.matched /= knowing;
        } else if !guesses.is_empty() {
            counted = guesses.len() as f64;
            for (voter, category) in guesses {
                voter.say(category, self.target_ranges.as_ref(), &mut verdict.answer);
            }
            verdict.matched = guessed / counted;
        }
        // Those who do not know keep their vote, and have no quantity to tell.
        let over = if self.has_values() { f64::max(counted, 1.0) } else { self.voters.len() as f64 };
        verdict.answer.iter_mut().for_each(|answer| *answer /= over);
        verdict
    }

    /// The class of each sample, guesses among them.
    fn answered(&self, data: &Dataset<'_, F>) -> Vec<u32> {
        self.asked(data).iter().map(|verdict| largest(&verdict.answer)).collect()
    }

    /// The share of checked samples that it gets wrong; of quantities, of which the category of the target is another, on the
    /// average over the voters.
    pub(super) fn error_rate(&self, data: &Dataset<'_, F>) -> f64 {
        if let Target::Labels { labels, .. } = data.target() {
            return 1.0 - accuracy(&self.answered(data), labels, data.sample_weights());
        }
        let lesson = self.params.lesson(self.ranges.as_ref(), self.target_ranges.as_ref());
        let wrong = ask_all(data, self.ranges.as_ref(), self.size(), |sample, work| {
            let Some(aim) = Aim::of(data, sample) else { return 0.0 };
            let wrong = self.voters.iter().filter(|voter| !voter.is_right(work, aim, lesson)).count();
            wrong as f64 / self.voters.len() as f64
        });
        weighted_mean(wrong.into_iter(), data.sample_weights())
    }
}

/// That so many classes or quantities can be learned.
fn check_task(task: Task) -> std::result::Result<(), String> {
    let (count, what) = match task {
        Task::Classes(count) => (count, "classes"),
        Task::Values(count) => (count, "quantities"),
    };
    match (1..=MOST_CLASSES).contains(&count) {
        true => Ok(()),
        false => Err(format!("{count} {what} cannot be learned")),
    }
}

impl<F: Scalar> Model<F> for ArtMap<F> {
    type Params = ArtMapParams;

    fn params(&self) -> &ArtMapParams {
        &self.params
    }

    fn online(&mut self) -> Option<&mut dyn Online<F>> {
        Some(self)
    }

    fn history(&self) -> &History {
        &self.history
    }

    fn features(&self) -> usize {
        self.features
    }

    fn answer(&self) -> Answer {
        match self.task {
            Task::Classes(classes) => Answer::Scores(classes),
            Task::Values(outputs) => Answer::Values(outputs),
        }
    }

    /// Column j holds the share of the voters that are for each class: 1 and 0 where there is one voter. Of quantities, the
    /// mean of what the voters say.
    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        let verdicts = self.verdicts(data)?;
        let answers: Vec<F> =
            verdicts.iter().flat_map(|verdict| &verdict.answer).map(|&number| F::from_f64(number)).collect();
        check_answers(&answers, self.outputs())?;
        Ok(DMatrix::from_vec(self.outputs(), data.samples(), answers))
    }

    /// `accuracy`, or `rmse` and `r2`, guesses about unknown samples included; `categories` of all voters; `unknown`, how many
    /// samples are so.
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        self.task.check_alike(data, self.features, WHO)?;
        let verdicts = self.verdicts(data)?;
        let (answers, weights) = (verdicts.iter().map(|verdict| &verdict.answer), data.sample_weights());
        let measures = match data.target() {
            Target::Labels { labels, .. } => {
                let answers: Vec<u32> = answers.map(|answer| largest(answer)).collect();
                Measures::new().with("accuracy", accuracy(&answers, labels, weights))
            }
            Target::Values { values, outputs } => {
                let answers: Vec<F> = answers.flatten().map(|&number| F::from_f64(number)).collect();
                check_answers(&answers, outputs)?;
                let measures = Measures::new().with("rmse", rmse(&answers, values, outputs, weights));
                measures.with("r2", r2(&answers, values, outputs, weights))
            }
            _ => Measures::new(),
        };
        let unknown = verdicts.iter().filter(|verdict| verdict.unknown).count();
        let categories = self.categories().iter().sum();
        measures.with_count("categories", categories).with_count("unknown", unknown).check()
    }

    /// `match`, how like the sample and its category are; `unknown`, 1 where no category is like enough; `category`, that of the
    /// first voter, or -1 where it does not know.
    fn beside(&self, data: &Dataset<'_, F>) -> Result<Vec<(&'static str, Vec<f64>)>> {
        let verdicts = self.verdicts(data)?;
        let told = |of: fn(&Verdict) -> f64| verdicts.iter().map(of).collect::<Vec<f64>>();
        Ok(vec![
            ("match", told(|verdict| verdict.matched)),
            ("unknown", told(|verdict| f64::from(u8::from(verdict.unknown)))),
            ("category", told(|verdict| verdict.category.map_or(-1.0, |category| category as f64))),
        ])
    }

    /// `mistakes`: what was answered wrongly, or not at all, just before it was learned, over all passes; of several voters
    /// the mean.
    fn tally(&self) -> Measures {
        let mistakes = self.history.measures.get(MISTAKES).map_or(0.0, |mistakes| mistakes.iter().sum());
        Measures::new().with_count("mistakes", mistakes as usize)
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = self.params.idle(self.task);
        remarks.extend(remarks_of_training(&self.history, self.voters.iter().map(|voter| &voter.field)));
        remarks.extend(OrderEffect::remark(self.order_effect.as_ref(), self.params.orders));
        remarks
    }

    fn remarks_of(&self, data: &Dataset<'_, F>) -> Result<Vec<String>> {
        data.check_features(self.features)?;
        Ok(boxes::remark_outside(self.outside(data), data.samples()))
    }

    fn pictures_of(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
        Ok(boxes::drawn(&self.boxes(data)?, self.box_ranges().as_ref(), !self.has_values(), self.voters.len(), data))
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = Arrays::new();
        arrays.insert_counts("features", &[self.features]);
        arrays.insert_counts(if self.has_values() { "outputs" } else { "classes" }, &[self.outputs()]);
        let mut insert = |[weight, support]: [String; 2], field: &Field<F>| {
            let shape = [field.count(), field.inputs()];
            arrays.insert(weight, &shape, &field.weights());
            arrays.insert(support, &shape[..1], &field.support);
        };
        for (at, voter) in self.voters.iter().enumerate() {
            insert(of_samples(at), &voter.field);
            if let Some(targets) = &voter.targets {
                insert(of_targets(at), targets);
            }
        }
        for (at, voter) in self.voters.iter().enumerate() {
            arrays.insert_counts(map(at), &voter.field.classes.iter().map(|&class| class as usize).collect::<Vec<_>>());
        }
        for (names, ranges) in [(RANGES, &self.ranges), (TARGET_RANGES, &self.target_ranges)] {
            if let Some(ranges) = ranges {
                ranges.save(names, &mut arrays);
            }
        }
        if let Some(effect) = &self.order_effect {
            effect.save(&mut arrays);
        }
        arrays
    }

    fn from_arrays(params: ArtMapParams, history: History, arrays: &Arrays) -> Result<Self> {
        let features = features_of(arrays)?;
        let task = match arrays.has("outputs") {
            true => Task::Values(arrays.count("outputs")?),
            false => Task::Classes(arrays.count("classes")?),
        };
        check_task(task).map_err(Error::format)?;
        let (Task::Classes(outputs) | Task::Values(outputs)) = task;
        let ranges = Ranges::load(RANGES, features, arrays)?;
        let target_ranges = Ranges::load(TARGET_RANGES, outputs, arrays)?;
        let mut model = Self::untaught(params, features, task, [ranges, target_ranges]);
        model.history = history;
        model.order_effect = OrderEffect::load(arrays)?;
        let mut learned = false;
        for (at, voter) in model.voters.iter_mut().enumerate() {
            let restore = |[weight, support]: [String; 2], classes: Option<String>, field: &mut Field<F>| {
                let (weights, support): (Vec<F>, Vec<F>) = (arrays.list(&weight)?, arrays.list(&support)?);
                let classes = classes.map_or(Ok(Vec::new()), |name| arrays.counts(&name, support.len()))?;
                let classes: Vec<u32> = classes.iter().map(|&class| class.try_into().unwrap_or(u32::MAX)).collect();
                field.restore(&weights, &support, &classes)
            };
            restore(of_samples(at), Some(map(at)), &mut voter.field)?;
            if let Some(targets) = &mut voter.targets {
                restore(of_targets(at), None, targets)?;
            }
            learned |= 0 < voter.field.count();
        }
        model.check_map()?;
        let (params, given) = (&model.params, |wanted: bool, range| wanted.then_some(range));
        check_there(model.ranges.is_some(), given(params.is_scaled(), &*params.range), learned)?;
        let target_range = given(model.has_values(), &*params.target_range);
        check_there(model.target_ranges.is_some(), target_range, learned)?;
        Ok(model)
    }
}

/// What the arrays of ranges are called.
const RANGES: [&str; 2] = ["low", "high"];
/// And those of targets.
const TARGET_RANGES: [&str; 2] = ["target.low", "target.high"];

/// What the arrays of a voter are called: of its categories of samples,
fn of_samples(voter: usize) -> [String; 2] {
    ["weight", "support"].map(|what| format!("voter{voter}.{what}"))
}

/// of its categories of targets,
fn of_targets(voter: usize) -> [String; 2] {
    ["weight", "support"].map(|what| format!("voter{voter}.target.{what}"))
}

/// and of what the former stand for.
fn map(voter: usize) -> String {
    format!("voter{voter}.class")
}
