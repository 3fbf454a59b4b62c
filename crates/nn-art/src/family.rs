//! The family: four verbs in which its members differ, and the search that they share.
//!
//! A sample lies in the *comparison layer*. Each category of the *recognition layer* says how much it is like the sample
//! (choice); the one that says most is asked whether it is like enough (match, beside the *vigilance*). If it is, the two
//! resonate, and the category learns (update). If it is not, it is *reset*, silent for the rest of this sample, and the next
//! best is asked. Where none is left, a unit that has no category yet takes the sample for one (new category).

use crate::field::Categories;
use nn_core::Scalar;
use std::cmp::Ordering;
use std::fmt::Debug;

/// A member of the family. Samples come to it scaled to [0, 1] where its model has a range.
pub(crate) trait Member<F: Scalar>: Debug + Send + Sync {
    /// How many numbers stand for a sample of so many features in the comparison layer; a category has as many weights.
    fn inputs(&self, features: usize) -> usize {
        features
    }

    /// The first feature for which this member cannot take a sample, and what it takes.
    fn refuses(&self, _x: &[F]) -> Option<(usize, &'static str)> {
        None
    }

    /// Writes what stands for a sample in the comparison layer.
    fn present(&self, x: &[F], input: &mut [F]);

    /// Choice: writes T of every category into `choices`; into `matches` what vigilance times `size` is compared with, or,
    /// where that has to be found out one by one, what it cannot exceed.
    fn choose(&self, categories: &Categories<F>, work: &mut Work<F>);

    /// Match: what vigilance times `size` is compared with, of one category.
    fn matching(&self, _: &Categories<F>, work: &mut Work<F>, category: usize) -> F {
        work.matches[category]
    }

    /// What the choice of a category is divided by.
    fn over(&self, _w: &[F]) -> F {
        F::ONE
    }

    /// Update: the weights of a category that resonates with `input`.
    fn update(&self, input: &[F], w: &mut [F], room: &mut Vec<F>);

    /// New category: the weights of one that begins with `input`.
    fn commit(&self, input: &[F], w: &mut [F], room: &mut Vec<F>);

    /// No weight is larger, but for rounding.
    fn largest(&self) -> f64 {
        1.0
    }

    /// A weight that moves by no more has not changed.
    fn settled(&self) -> f64 {
        0.0
    }
}

/// What a search works with: made once, and used for sample after sample.
#[derive(Clone, Debug, Default)]
pub(crate) struct Work<F> {
    /// The sample, scaled.
    pub(crate) x: Vec<F>,
    /// What stands for it in the comparison layer.
    pub(crate) input: Vec<F>,
    /// `|I|`, or 1 where a match needs no measure.
    pub(crate) size: F,
    /// T of each category, and of some padding; minus infinity after a reset.
    pub(crate) choices: Vec<F>,
    /// See [`Member::choose`].
    pub(crate) matches: Vec<F>,
    /// The weights of a category.
    pub(crate) w: Vec<F>,
    /// What these were before an update.
    pub(crate) old: Vec<F>,
    /// What a member makes of the sample on its way.
    pub(crate) pattern: Vec<F>,
    /// Whatever a member needs.
    pub(crate) room: Vec<F>,
    /// The inputs that are not 0.
    pub(crate) present: Vec<u32>,
    order: Vec<u32>,
}

/// How a search goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand<F> {
    /// rho.
    pub(crate) vigilance: F,
    /// What a prediction that turns out wrong adds to the match of its category to make the vigilance of what follows.
    pub(crate) tracking: F,
}

/// What a search came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found<F> {
    /// The category that resonates.
    pub(crate) category: Option<usize>,
    /// Its match, over `|I|`.
    pub(crate) matched: F,
    /// Whether the first category that was like enough stood for something else.
    pub(crate) contradicted: bool,
}

/// After so many resets the categories that are left are put in order, instead of looked through for the best each time: a
/// search of any length takes no more than that of a sort.
const FEW: usize = 6;

impl<F: Scalar> Work<F> {
    /// Makes room for samples of so many features, which are so many numbers in the comparison layer, unless it is there.
    pub(crate) fn make_room(&mut self, features: usize, inputs: usize) {
        self.x.resize(features, F::ZERO);
        for numbers in [&mut self.input, &mut self.w, &mut self.old] {
            numbers.resize(inputs, F::ZERO);
        }
    }

    /// Finds the category that resonates with `input`; `agrees` says of one that is like enough whether it may.
    ///
    /// Of equal choices the category that came first is asked first.
    pub(crate) fn search(
        &mut self,
        member: &dyn Member<F>,
        categories: &Categories<F>,
        demand: Demand<F>,
        agrees: impl Fn(usize) -> bool,
    ) -> Found<F> {
        let mut found = Found { category: None, matched: F::ZERO, contradicted: false };
        if categories.count() == 0 {
            return found;
        }
        self.choices.resize(categories.units.padded(), F::ZERO);
        self.matches.resize(categories.units.padded(), F::ZERO);
        member.choose(categories, self);
        let baseline = demand.vigilance * self.size;
        let mut least = baseline;
        let count = categories.count();
        for _ in 0..FEW {
            let Some(best) = categories.units.foremost(&self.matches, &self.choices, least) else { return found };
            if self.asked(best, member, categories, demand, &agrees, &mut least, &mut found) {
                return found;
            }
            self.choices[best] = F::from_f64(f64::NEG_INFINITY);
        }
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        let silent = F::from_f64(f64::NEG_INFINITY);
        order.extend(
            (0..count as u32).filter(|&j| baseline <= self.matches[j as usize] && silent < self.choices[j as usize]),
        );
        let choice = |j: &u32| self.choices[*j as usize];
        order.sort_unstable_by(|a, b| choice(b).partial_cmp(&choice(a)).unwrap_or(Ordering::Equal).then(a.cmp(b)));
        for &next in &order {
            let like_enough = least <= self.matches[next as usize];
            if like_enough && self.asked(next as usize, member, categories, demand, &agrees, &mut least, &mut found) {
                break;
            }
        }
        self.order = order;
        found
    }

    /// Whether a category resonates. Where it stands for something else, vigilance rises just above its match: match tracking.
    #[expect(clippy::too_many_arguments, reason = "what a search knows, in the one place that asks")]
    fn asked(
        &mut self,
        category: usize,
        member: &dyn Member<F>,
        categories: &Categories<F>,
        demand: Demand<F>,
        agrees: &impl Fn(usize) -> bool,
        least: &mut F,
        found: &mut Found<F>,
    ) -> bool {
        let matched = member.matching(categories, self, category);
        if matched < *least {
            return false;
        }
        if !agrees(category) {
            found.contradicted = true;
            let above = matched + demand.tracking * self.size;
            // Nothing is more like a sample than one that equals it: where equal samples contradict each other, each has its own.
            let above = if above < self.size { above } else { self.size };
            let baseline = demand.vigilance * self.size;
            *least = if above < baseline { baseline } else { above };
            return false;
        }
        found.category = Some(category);
        found.matched = if F::ZERO < self.size { matched / self.size } else { F::ONE };
        true
    }
}
