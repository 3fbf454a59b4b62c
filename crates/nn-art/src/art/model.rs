//! What trained categories can do: name that of a sample, say how like they are, show themselves, go to a file and back.

use super::params::Family;
use crate::boxes::{self, Category};
use crate::field::{Field, ask_all};
use crate::lesson::{features_of, remarks_of_training};
use crate::order::{OrderEffect, Shuffled};
use crate::ranges::{Ranges, check_there};
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Answer, Arrays, Dataset, Error, Fit, History, Measures, Model, Online, Picture, Result, Scalar, check_answers,
};

/// Categories that samples were put into, without being told into which: [`FuzzyArt`](crate::FuzzyArt),
/// [`Art1`](crate::Art1) and [`Art2`](crate::Art2).
///
/// A sample is answered by the category of the best choice among those that are like enough by the vigilance; where there is
/// none it is *unknown*.
///
/// Made by [`Fit::fit`](nn_core::Fit::fit), or by [`start`](Self::start) to learn sample by sample.
#[derive(Clone, Debug)]
pub struct Art<P, F: Scalar = f64> {
    pub(crate) params: P,
    pub(crate) history: History,
    pub(crate) features: usize,
    pub(crate) field: Field<F>,
    /// None where samples are not scaled, or nothing has been seen that could tell.
    pub(crate) ranges: Option<Ranges<F>>,
    /// Where it was asked for.
    pub(crate) order_effect: Option<OrderEffect>,
}

/// The category of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resonance {
    /// The category, counted from 0 in the order in which they came; none where no category is like enough.
    pub category: Option<usize>,
    /// The match of the sample and its category, 0 to 1; of an unknown sample, that of the category of the best choice. 0 where there
    /// are no categories.
    pub matched: f64,
}

#[expect(private_bounds, reason = "members of the family are added in this crate, and users name their settings")]
impl<P: Family, F: Scalar> Art<P, F> {
    /// Without categories, for samples of so many features: [`partial_fit`](nn_core::Online::partial_fit) makes them.
    ///
    /// # Errors
    /// [`Error::Param`] for a setting out of its range, or a `range` of another number of features; [`Error::Data`] for no features.
    pub fn start(params: P, features: usize) -> Result<Self> {
        params.validate()?;
        if features == 0 {
            return Err(Error::data("x has no features"));
        }
        let ranges = Ranges::given(params.range().unwrap_or_default(), features)?;
        Self::untaught(params, features, ranges)
    }

    /// How many categories there are.
    pub fn categories(&self) -> usize {
        self.field.count()
    }

    /// The weights of the categories, as the comparison layer sees them: inputs × categories. With complement coding a feature
    /// has two inputs, itself and in the second half its complement.
    pub fn weights(&self) -> DMatrix<F> {
        DMatrix::from_vec(self.field.inputs(), self.categories(), self.field.weights())
    }

    /// For each category, the sum of the weights of the samples it learned in the last pass; under `partial_fit`, in all parts.
    pub fn support(&self) -> &[F] {
        &self.field.support
    }

    /// The category of each sample.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn resonances(&self, data: &Dataset<'_, F>) -> Result<Vec<Resonance>> {
        data.check_features(self.features)?;
        self.field.check_kind(data)?;
        Ok(self.asked(data))
    }

    /// How many samples have a value outside the range of its feature; such values are moved to the nearer end of the range. `data`
    /// must have the features that were learned: it is not checked.
    pub fn outside(&self, data: &Dataset<'_, F>) -> usize {
        boxes::outside(self.ranges.as_ref(), data)
    }

    /// The categories as boxes, in the units of the data; none where categories are no boxes. Counted by the samples in
    /// `data`: their support, and where they have classes, the class that is most frequent and its share.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn boxes(&self, data: &Dataset<'_, F>) -> Result<Vec<Category>> {
        let found = self.resonances(data)?;
        let found = found.iter().map(|found| found.category);
        let ranges = self.box_ranges();
        Ok(ranges.map(|ranges| boxes::read(&self.field, &ranges, data, found, None)).unwrap_or_default())
    }

    /// What boxes are measured by; none where categories are no boxes.
    fn box_ranges(&self) -> Option<Ranges<F>> {
        let ranges = match self.params.range() {
            Some(_) => self.ranges.clone(),
            None => Some(Ranges::unit(self.features)),
        };
        ranges.filter(|_| self.params.has_boxes())
    }

    /// How much the order of the samples matters: learns them anew, with these settings, in so many orders at random, and
    /// compares into which categories the samples `asked` then go.
    ///
    /// # Errors
    /// Those of [`Fit::fit`] and [`Model::predict`]; [`Error::Data`] for fewer than two orders.
    pub fn order_effect(&self, data: &Dataset<'_, F>, asked: &Dataset<'_, F>, orders: usize) -> Result<OrderEffect>
    where
        P: Fit<F, Model = Self>,
    {
        asked.check_features(self.features)?;
        self.field.check_kind(asked)?;
        let effect = OrderEffect::of(data, orders, self.params.common().seed, |shuffled| {
            Ok(Some(self.params.once().fit(shuffled)?.groups_of(asked)))
        });
        effect?.ok_or_else(|| Error::data("the orders were not all learned"))
    }

    /// Into which groups samples go that were checked: as many as there are categories, and one more of what is unknown.
    pub(super) fn groups_of(&self, data: &Dataset<'_, F>) -> Shuffled {
        let group = |found: Resonance| found.category.map_or(u32::MAX, |category| category as u32);
        Shuffled { categories: self.categories(), groups: self.asked(data).into_iter().map(group).collect() }
    }

    /// The category of each sample that was checked.
    pub(super) fn asked(&self, data: &Dataset<'_, F>) -> Vec<Resonance> {
        let vigilance = F::from_f64(self.params.common().vigilance);
        let numbers = self.categories() * self.field.inputs();
        ask_all(data, self.ranges.as_ref(), [self.field.inputs(), numbers], |_, work| {
            match self.field.ask(work, vigilance) {
                None => Resonance { category: None, matched: 0.0 },
                Some((category, matched, known)) => {
                    Resonance { category: known.then_some(category), matched: matched.to_f64() }
                }
            }
        })
    }

    /// How little samples that were checked are like their categories.
    pub(crate) fn unlike(&self, data: &Dataset<'_, F>) -> f64 {
        self.asked(data).iter().map(|found| 1.0 - found.matched).sum::<f64>() / data.samples() as f64
    }
}

impl<P: Family, F: Scalar> Model<F> for Art<P, F> {
    type Params = P;

    fn params(&self) -> &P {
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
        Answer::Columns(&["category", "match"])
    }

    /// Row 0: the category of each sample, from 0, or -1 where it is unknown. Row 1: the match, as [`Resonance::matched`].
    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        let found = self.resonances(data)?;
        let answer = |found: &Resonance| {
            let category = found.category.map_or(-1.0, |category| category as f64);
            [category, found.matched].map(F::from_f64)
        };
        let answers: Vec<F> = found.iter().flat_map(answer).collect();
        check_answers(&answers, 2)?;
        Ok(DMatrix::from_vec(2, data.samples(), answers))
    }

    /// `categories`, how many there are; `match`, the mean match of the samples; `unknown`, how many have no category.
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        let found = self.resonances(data)?;
        let unknown = found.iter().filter(|found| found.category.is_none()).count();
        let matched = found.iter().map(|found| found.matched).sum::<f64>() / found.len() as f64;
        let measures = Measures::new().with_count("categories", self.categories()).with("match", matched);
        measures.with_count("unknown", unknown).check()
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = self.params.idle();
        remarks.extend(remarks_of_training(&self.history, [&self.field].into_iter()));
        remarks.extend(OrderEffect::remark(self.order_effect.as_ref(), self.params.common().orders));
        remarks
    }

    fn remarks_of(&self, data: &Dataset<'_, F>) -> Result<Vec<String>> {
        data.check_features(self.features)?;
        Ok(boxes::remark_outside(self.outside(data), data.samples()))
    }

    fn pictures_of(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
        Ok(boxes::drawn(&self.boxes(data)?, self.box_ranges().as_ref(), false, 1, data))
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = Arrays::new();
        arrays.insert_counts("features", &[self.features]);
        let weight = [self.categories(), self.field.inputs()];
        arrays.insert("weight", &weight, &self.field.weights());
        arrays.insert("support", &[self.categories()], &self.field.support);
        if let Some(ranges) = &self.ranges {
            ranges.save(["low", "high"], &mut arrays);
        }
        if let Some(effect) = &self.order_effect {
            effect.save(&mut arrays);
        }
        arrays
    }

    fn from_arrays(params: P, history: History, arrays: &Arrays) -> Result<Self> {
        let features = features_of(arrays)?;
        let ranges = Ranges::load(["low", "high"], features, arrays)?;
        let weights: Vec<F> = arrays.list("weight")?;
        check_there(ranges.is_some(), params.range(), !weights.is_empty())?;
        let mut model = Self::untaught(params, features, ranges)?;
        model.history = history;
        model.order_effect = OrderEffect::load(arrays)?;
        model.field.restore(&weights, &arrays.list::<F>("support")?, &[])?;
        Ok(model)
    }
}
