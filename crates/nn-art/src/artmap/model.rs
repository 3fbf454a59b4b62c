//! What a trained one can do: classify, say when it does not know, show its categories and rules, go to a file and back.

use super::params::ArtMapParams;
use super::train::{MISTAKES, WHO};
use crate::art::{CATEGORIES, REJECTED};
use crate::boxes::{self, Category};
use crate::family::Work;
use crate::field::Field;
use crate::lesson::{features_of, scale};
use crate::order::{OrderEffect, Shuffled};
use crate::ranges::Ranges;
use nn_core::metrics::{accuracy, largest};
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Answer, Arrays, Dataset, Error, Fit, History, MOST_CLASSES, Measures, Model, Params, Picture, Result, Scalar,
    Target, Task,
};

/// Categories that stand for classes: ARTMAP or Fuzzy ARTMAP, and several that vote.
///
/// A sample is of the class of its category: the best choice among those that are like enough by the baseline vigilance. Where
/// there is none the sample is *unknown*, and the best choice of all is only a guess.
///
/// Made by [`ArtMapParams::fit`](nn_core::Fit::fit), or by [`start`](Self::start) to learn sample by sample.
#[derive(Clone, Debug)]
pub struct ArtMap<F: Scalar = f64> {
    pub(super) params: ArtMapParams,
    pub(super) history: History,
    pub(super) features: usize,
    pub(super) classes: usize,
    /// One a voter.
    pub(super) fields: Vec<Field<F>>,
    /// None where samples are not scaled, or nothing has been seen that could tell.
    pub(super) ranges: Option<Ranges<F>>,
}

/// What voters say of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The share of the voters that are for each class; those who do not know are for none, unless nobody knows: then each
    /// guesses.
    pub votes: Vec<f64>,
    /// Whether nobody knows.
    pub unknown: bool,
    /// How like the sample and the categories that voted are, on the average.
    pub matched: f64,
    /// The category of the first voter, where it knows.
    pub category: Option<usize>,
}

impl<F: Scalar> ArtMap<F> {
    /// Without categories, for samples of so many features in so many classes:
    /// [`partial_fit`](nn_core::Online::partial_fit) makes them.
    ///
    /// # Errors
    /// [`Error::Param`] for a setting out of its range, or a `range` of another number of features.
    pub fn start(params: ArtMapParams, features: usize, classes: usize) -> Result<Self> {
        params.validate()?;
        if features == 0 || classes == 0 || MOST_CLASSES < classes {
            return Err(Error::data(format!("{features} features and {classes} classes cannot be learned")));
        }
        Self::untaught(params, features, classes)
    }

    /// How many categories each voter has.
    pub fn categories(&self) -> Vec<usize> {
        self.fields.iter().map(Field::count).collect()
    }

    /// The weights of a voter's categories, as the comparison layer sees them: inputs × categories. With complement coding a
    /// feature has two inputs, itself and in the second half its complement. `None` for a voter that is not there.
    pub fn weights(&self, voter: usize) -> Option<DMatrix<F>> {
        let field = self.fields.get(voter)?;
        Some(DMatrix::from_vec(field.categories.units.features(), field.count(), field.weights()))
    }

    /// What the voters say of each sample.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn verdicts(&self, data: &Dataset<'_, F>) -> Result<Vec<Verdict>> {
        data.check_features(self.features)?;
        self.fields[0].check_kind(data)?;
        Ok(self.asked(data).collect())
    }

    /// The class of each sample; none where it is unknown.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn classify(&self, data: &Dataset<'_, F>) -> Result<Vec<Option<u32>>> {
        let known = |verdict: &Verdict| (!verdict.unknown).then(|| largest(&verdict.votes));
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
        let ranges = self.ranges.as_ref().filter(|_| self.params.complement);
        let found = found.iter().map(|verdict| verdict.category);
        Ok(ranges.map(|ranges| boxes::read(&self.fields[0], ranges, data, found)).unwrap_or_default())
    }

    /// How much the order of the samples matters: learns them anew, with these settings, in so many orders at random, and
    /// compares the classes that it answers for the samples `asked`, which should be others: of its own samples it gets all
    /// right in any order. The categories are those of all voters.
    ///
    /// # Errors
    /// Those of [`Fit::fit`] and [`Model::predict`]; [`Error::Data`] for fewer than two orders.
    pub fn order_effect(&self, data: &Dataset<'_, F>, asked: &Dataset<'_, F>, orders: usize) -> Result<OrderEffect> {
        asked.check_features(self.features)?;
        self.fields[0].check_kind(asked)?;
        OrderEffect::of(data, orders, self.params.seed, |shuffled| {
            let model = self.params.fit(shuffled)?;
            Ok(Shuffled { categories: model.categories().iter().sum(), groups: model.answers(asked) })
        })
    }

    fn asked<'d>(&'d self, data: &Dataset<'d, F>) -> impl Iterator<Item = Verdict> + 'd {
        let mut work = Work::new(self.features, self.fields[0].member.inputs(self.features));
        let vigilance = F::from_f64(self.params.vigilance);
        data.x().chunks_exact(self.features).map(move |x| {
            scale(self.ranges.as_ref(), x, &mut work.x);
            self.verdict(&mut work, vigilance)
        })
    }

    /// What is said of the sample in `work.x`.
    fn verdict(&self, work: &mut Work<F>, vigilance: F) -> Verdict {
        let voters = self.fields.len();
        let mut verdict = Verdict { votes: vec![0.0; self.classes], unknown: true, matched: 0.0, category: None };
        let (mut knowing, mut guesses) = (0.0, vec![0.0; self.classes]);
        let mut guessed = 0.0;
        for (voter, field) in self.fields.iter().enumerate() {
            let Some((category, matched, known)) = field.ask(work, vigilance) else { continue };
            let class = field.classes[category] as usize;
            if known {
                verdict.votes[class] += 1.0 / voters as f64;
                verdict.matched += matched.to_f64();
                knowing += 1.0;
                verdict.category = verdict.category.or((voter == 0).then_some(category));
            } else {
                guesses[class] += 1.0 / voters as f64;
                guessed += matched.to_f64();
            }
        }
        if 0.0 < knowing {
            verdict.unknown = false;
            verdict.matched /= knowing;
        } else {
            (verdict.votes, verdict.matched) = (guesses, guessed / voters as f64);
        }
        verdict
    }

    fn answers(&self, data: &Dataset<'_, F>) -> Vec<u32> {
        self.asked(data).map(|verdict| largest(&verdict.votes)).collect()
    }

    /// The share of checked samples that it gets wrong.
    pub(super) fn error_rate(&self, data: &Dataset<'_, F>) -> f64 {
        match data.target() {
            Target::Labels { labels, .. } => 1.0 - accuracy(&self.answers(data), labels, data.sample_weights()),
            _ => 0.0,
        }
    }
}

impl<F: Scalar> Model<F> for ArtMap<F> {
    type Params = ArtMapParams;

    fn params(&self) -> &ArtMapParams {
        &self.params
    }

    fn history(&self) -> &History {
        &self.history
    }

    fn features(&self) -> usize {
        self.features
    }

    fn answer(&self) -> Answer {
        Answer::Scores(self.classes)
    }

    /// Column j holds the share of the voters that are for each class: 1 and 0 where there is one voter.
    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        let verdicts = self.verdicts(data)?;
        let votes = verdicts.iter().flat_map(|verdict| &verdict.votes).map(|&share| F::from_f64(share)).collect();
        Ok(DMatrix::from_vec(self.classes, data.samples(), votes))
    }

    /// `accuracy`, guesses about unknown samples included; `categories` of all voters; `unknown`, how many samples are so.
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        Task::Classes(self.classes).check_alike(data, self.features, WHO)?;
        let Target::Labels { labels, .. } = data.target() else { return Ok(Measures::new()) };
        let verdicts = self.verdicts(data)?;
        let answers: Vec<u32> = verdicts.iter().map(|verdict| largest(&verdict.votes)).collect();
        let unknown = verdicts.iter().filter(|verdict| verdict.unknown).count();
        let measures = Measures::new().with("accuracy", accuracy(&answers, labels, data.sample_weights()));
        let categories = self.categories().iter().sum();
        measures.with_count("categories", categories).with_count("unknown", unknown).check()
    }

    /// `match`, how like the sample and its category are, and `unknown`, 1 where no category is like enough.
    fn beside(&self, data: &Dataset<'_, F>) -> Result<Vec<(&'static str, Vec<f64>)>> {
        let verdicts = self.verdicts(data)?;
        let matched = verdicts.iter().map(|verdict| verdict.matched).collect();
        let unknown = verdicts.iter().map(|verdict| f64::from(u8::from(verdict.unknown))).collect();
        Ok(vec![("match", matched), ("unknown", unknown)])
    }

    /// `mistakes`: what was answered wrongly, or not at all, just before it was learned, over all passes; of several voters
    /// the mean.
    fn tally(&self) -> Measures {
        let mistakes = self.history.measures.get(MISTAKES).map_or(0.0, |mistakes| mistakes.iter().sum());
        Measures::new().with_count("mistakes", mistakes as usize)
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = self.params.idle();
        remarks.extend(boxes::grown(&self.history, CATEGORIES));
        remarks.extend(boxes::rejected(&self.history, REJECTED));
        remarks
    }

    fn remarks_of(&self, data: &Dataset<'_, F>) -> Result<Vec<String>> {
        data.check_features(self.features)?;
        Ok(boxes::remark_outside(self.outside(data), data.samples()))
    }

    fn pictures_of(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
        Ok(boxes::drawn(&self.boxes(data)?, true, data))
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = Arrays::new();
        arrays.insert_counts("features", &[self.features]);
        arrays.insert_counts("classes", &[self.classes]);
        for (voter, field) in self.fields.iter().enumerate() {
            let [weight, support, class] = names(voter);
            let shape = [field.count(), field.categories.units.features()];
            arrays.insert(weight, &shape, &field.weights());
            arrays.insert(support, &shape[..1], &field.support);
            arrays.insert_counts(class, &field.classes.iter().map(|&class| class as usize).collect::<Vec<_>>());
        }
        if let Some(ranges) = &self.ranges {
            ranges.save(&mut arrays);
        }
        arrays
    }

    fn from_arrays(params: ArtMapParams, history: History, arrays: &Arrays) -> Result<Self> {
        let (features, classes) = (features_of(arrays)?, arrays.count("classes")?);
        if classes == 0 || MOST_CLASSES < classes {
            return Err(Error::format(format!("array classes: {classes} is out of its range")));
        }
        let mut model = Self::untaught(params, features, classes)?;
        model.history = history;
        model.ranges = Ranges::load(features, arrays)?;
        let mut taught = false;
        for (voter, field) in model.fields.iter_mut().enumerate() {
            let [weight, support, class] = names(voter);
            let weights: Vec<F> = arrays.list(&weight)?;
            let support: Vec<F> = arrays.list(&support)?;
            let own: Vec<u32> = arrays.counts(&class, support.len())?.iter().map(|&class| class as u32).collect();
            if own.iter().any(|&class| classes <= class as usize) {
                return Err(Error::format(format!("array {class}: expected classes below {classes}")));
            }
            field.restore(&weights, &support, &own)?;
            taught |= !own.is_empty();
        }
        if taught && model.params.is_scaled() != model.ranges.is_some() {
            return Err(Error::format("array low: expected the ranges of samples that are scaled, and of no others"));
        }
        Ok(model)
    }
}

/// What the arrays of a voter are called.
fn names(voter: usize) -> [String; 3] {
    ["weight", "support", "class"].map(|what| format!("voter{voter}.{what}"))
}
