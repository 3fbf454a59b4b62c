//! The recognition layer: the categories, side by side in memory, and what one sample does to them.

use crate::family::{Demand, Member, Work};
use crate::ranges::Ranges;
use nn_core::kernels::{Met, Overlap, Units};
use nn_core::{Dataset, Error, Result, Scalar, side_by_side_for};
use std::sync::Arc;

/// The categories, side by side.
#[derive(Clone, Debug)]
pub(crate) struct Categories<F> {
    pub(crate) units: Units<F>,
    /// What the choice of each is divided by; 1 for the padding.
    over: Vec<F>,
}

impl<F: Scalar> Categories<F> {
    pub(crate) fn count(&self) -> usize {
        self.units.count()
    }

    /// Adds a category.
    fn add(&mut self, w: &[F], over: F) {
        self.units.push(w);
        self.over.resize(self.units.padded(), F::ONE);
        self.set_over(self.count() - 1, over);
    }

    /// What the choice of each is divided by.
    pub(crate) fn over(&self) -> &[F] {
        &self.over
    }

    /// What the choice of a category is divided by; never 0, however small its settings and weights are.
    fn set_over(&mut self, category: usize, over: F) {
        let least = F::from_f64(f64::from(f32::MIN_POSITIVE));
        self.over[category] = if over < least { least } else { over };
    }

    /// The overlap of the input with each category, and over what each is divided by.
    pub(crate) fn overlaps(&self, overlap: Overlap, work: &mut Work<F>) {
        let Work { input, matches, choices, .. } = work;
        self.units.overlaps(Met { x: input, present: None, overlap }, &self.over, matches, choices);
    }

    /// The same of an input that is mostly 0.
    pub(crate) fn overlaps_of_few(&self, overlap: Overlap, work: &mut Work<F>) {
        let Work { input, present, matches, choices, .. } = work;
        // Each is written where the next one belongs, which it keeps if it is not 0: no branch to guess.
        present.resize(input.len(), 0);
        let mut count = 0;
        for (i, &x) in (0..).zip(&*input) {
            present[count] = i;
            count += usize::from(x != F::ZERO);
        }
        present.truncate(count);
        self.units.overlaps(Met { x: input, present: Some(present), overlap }, &self.over, matches, choices);
    }
}

/// A member of the family with its categories.
#[derive(Clone, Debug)]
pub(crate) struct Field<F: Scalar> {
    pub(crate) member: Arc<dyn Member<F>>,
    pub(crate) categories: Categories<F>,
    /// What the samples weigh that each has learned from.
    pub(crate) support: Vec<F>,
    /// The class that each stands for; empty where there are no classes.
    pub(crate) classes: Vec<u32>,
    /// Whether each category stands for a class.
    is_taught: bool,
    /// What learning works with.
    work: Work<F>,
}

/// How a sample is learned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) vigilance: f64,
    /// What match tracking adds.
    pub(crate) tracking: f64,
    /// Categories at most.
    pub(crate) most: usize,
}

/// What one sample came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Learned {
    /// Whether a weight changed.
    pub(crate) changed: bool,
    /// Whether what was answered before was wrong, or nothing.
    pub(crate) mistaken: bool,
    /// Whether it asked for a category when there was room for none, and was passed over.
    pub(crate) rejected: bool,
    /// The category that took it.
    pub(crate) category: Option<usize>,
    /// How little it was like its category: `1 - match`.
    pub(crate) unlike: f64,
}

impl<F: Scalar> Field<F> {
    /// Without categories, for samples of so many features.
    pub(crate) fn new(member: Arc<dyn Member<F>>, features: usize) -> Self {
        let categories = Categories { units: Units::empty(member.inputs(features)), over: Vec::new() };
        let (support, classes) = (Vec::new(), Vec::new());
        Self { member, categories, support, classes, is_taught: false, work: Work::default() }
    }

    /// The same, with categories that stand for classes.
    #[must_use]
    pub(crate) fn taught(self) -> Self {
        Self { is_taught: true, ..self }
    }

    /// Whether each category stands for a class.
    pub(crate) fn is_taught(&self) -> bool {
        self.is_taught
    }

    pub(crate) fn count(&self) -> usize {
        self.categories.count()
    }

    /// How many numbers a category has.
    pub(crate) fn inputs(&self) -> usize {
        self.categories.units.features()
    }

    /// Learns a sample that was checked and weighs `weight`; with a class only categories of it may resonate. It allocates
    /// where categories have to grow, and nowhere else.
    pub(crate) fn learn(
        &mut self,
        ranges: Option<&Ranges<F>>,
        x: &[F],
        class: Option<u32>,
        weight: F,
        rule: Rule,
    ) -> Learned {
        let Self { member, categories, classes, work, .. } = self;
        let demand = Demand { vigilance: F::from_f64(rule.vigilance), tracking: F::from_f64(rule.tracking) };
        work.make_room(x.len(), categories.units.features());
        scale(ranges, x, &mut work.x);
        member.present(&work.x, &mut work.input);
        let found = work.search(&**member, categories, demand, |j| class.is_none_or(|class| classes[j] == class));
        let mistaken = found.contradicted || found.category.is_none();
        let Work { input, w, room, old, .. } = work;
        let Some(category) = found.category else {
            if rule.most <= categories.count() {
                // How little it is like the category that comes nearest.
                let mut work = std::mem::take(work);
                let matched = self.ask(&mut work, demand.vigilance).map_or(0.0, |(_, matched, _)| matched.to_f64());
                self.work = work;
                return Learned { rejected: true, mistaken, unlike: 1.0 - matched, ..Learned::default() };
            }
            member.commit(input, w, room);
            let over = member.over(w);
            categories.add(w, over);
            self.support.push(weight);
            self.classes.extend(class);
            return Learned { changed: true, mistaken, category: Some(self.count() - 1), ..Learned::default() };
        };
        categories.units.get(category, w);
        old.copy_from_slice(w);
        member.update(input, w, room);
        // A sum, since a search for the first that differs would be a number at a time.
        let differ = old.iter().zip(&*w).map(|(old, w)| u32::from(old != w)).sum::<u32>() != 0;
        if differ {
            categories.units.set(category, w);
            categories.set_over(category, member.over(w));
        }
        let settled = member.settled();
        let changed = differ && (settled == 0.0 || moved(old, w, settled));
        self.support[category] += weight;
        Learned { changed, mistaken, rejected: false, category: Some(category), unlike: 1.0 - found.matched.to_f64() }
    }

    /// The category of the sample in `work.x` and its match: the best choice of those that match by `vigilance`, and whether
    /// there is one; else the best choice of all. `None` where there are no categories.
    pub(crate) fn ask(&self, work: &mut Work<F>, vigilance: F) -> Option<(usize, F, bool)> {
        self.member.present(&work.x, &mut work.input);
        let search = |work: &mut Work<F>, vigilance: F| {
            let demand = Demand { vigilance, tracking: F::ZERO };
            let found = work.search(&*self.member, &self.categories, demand, |_| true);
            found.category.map(|category| (category, found.matched))
        };
        let known = search(work, vigilance).map(|(category, matched)| (category, matched, true));
        // Every match is above this.
        known.or_else(|| search(work, F::from_f64(-2.0)).map(|(category, matched)| (category, matched, false)))
    }

    /// The category of the sample in `work.x` by the best choice of all, its match, and whether any category matches by
    /// `vigilance`: of categories that were taught, since a narrow one that matches says less than a wide one that nearly does.
    pub(crate) fn ask_best(&self, work: &mut Work<F>, vigilance: F) -> Option<(usize, F, bool)> {
        let (best, matched, _) = self.ask(work, F::from_f64(-2.0))?;
        if vigilance <= matched {
            return Some((best, matched, true));
        }
        self.ask(work, vigilance).map(|(.., known)| (best, matched, known))
    }

    /// The category that would take a sample: that of the best choice of those that match by `vigilance`, or a new one.
    pub(crate) fn would_take(&mut self, ranges: Option<&Ranges<F>>, x: &[F], vigilance: f64) -> usize {
        let mut work = std::mem::take(&mut self.work);
        work.make_room(x.len(), self.inputs());
        scale(ranges, x, &mut work.x);
        let found = self.ask(&mut work, F::from_f64(vigilance));
        self.work = work;
        found.and_then(|(category, _, known)| known.then_some(category)).unwrap_or(self.count())
    }

    /// The category of a sample: the best choice of those that match by `vigilance`, or of all where none does.
    pub(crate) fn category_of(&self, ranges: Option<&Ranges<F>>, x: &[F], vigilance: f64) -> Option<usize> {
        let mut work = Work::default();
        work.make_room(x.len(), self.inputs());
        scale(ranges, x, &mut work.x);
        self.ask(&mut work, F::from_f64(vigilance)).map(|(category, ..)| category)
    }

    /// A category as a box: from where to where each feature goes, in the units of the data; up to the end of its range where
    /// there is no complement to tell.
    pub(crate) fn sides(&self, category: usize, ranges: &Ranges<F>) -> Vec<[f64; 2]> {
        let mut w = vec![F::ZERO; self.inputs()];
        self.categories.units.get(category, &mut w);
        let (low, complement) = w.split_at(ranges.low.len());
        let high = |i: usize| complement.get(i).map_or(1.0, |other| 1.0 - other.to_f64());
        let side = |(i, low): (usize, &F)| [ranges.undo(i, low.to_f64()), ranges.undo(i, high(i))];
        low.iter().enumerate().map(side).collect()
    }

    /// The weights of the categories, one after another.
    pub(crate) fn weights(&self) -> Vec<F> {
        let units = &self.categories.units;
        let mut weights = vec![F::ZERO; units.count() * units.features()];
        units.write(&mut weights);
        weights
    }

    /// The categories that [`weights`](Self::weights) tells, in place of those that are there.
    pub(crate) fn restore(&mut self, weights: &[F], support: &[F], classes: &[u32]) -> Result<()> {
        let inputs = self.inputs();
        let labelled = if self.is_taught { support.len() } else { 0 };
        let fits = Some(weights.len()) == support.len().checked_mul(inputs) && classes.len() == labelled;
        // Below 0 the sum that a choice is divided by might vanish; above, answers might be beyond what the float holds.
        let largest = F::from_f64(self.member.largest() * (1.0 + 1e-6));
        let sound = weights.iter().all(|w| F::ZERO <= *w && *w <= largest);
        if !fits || !sound {
            let expected =
                format!("numbers from 0 to {}, as many for each category as its model has", self.member.largest());
            return Err(Error::format(format!("array weight: expected {expected}")));
        }
        if !support.iter().all(|number| number.is_finite() && F::ZERO <= *number) {
            return Err(Error::format("array support: expected numbers of 0 or more"));
        }
        self.categories = Categories { units: Units::empty(inputs), over: Vec::new() };
        for w in weights.chunks_exact(inputs) {
            self.categories.add(w, self.member.over(w));
        }
        self.support = support.to_vec();
        self.classes = classes.to_vec();
        Ok(())
    }
}

/// Whether weights differ by more than `settled` anywhere.
pub(crate) fn moved<F: Scalar>(old: &[F], new: &[F], settled: f64) -> bool {
    let settled = F::from_f64(settled);
    old.len() != new.len() || old.iter().zip(new).any(|(&old, &new)| settled < new - old || settled < old - new)
}

/// Samples that are asked in a row, on one thread.
const RUN: usize = 256;

/// What `ask` says of each sample, which lies scaled in the work's `x`; side by side where there are threads. `inputs` stand for
/// a sample in the comparison layer, and it is compared with `numbers`.
pub(crate) fn ask_all<F: Scalar, T: Send>(
    data: &Dataset<'_, F>,
    ranges: Option<&Ranges<F>>,
    [inputs, numbers]: [usize; 2],
    ask: impl Fn(usize, &mut Work<F>) -> T + Sync,
) -> Vec<T> {
    let (samples, features) = (data.samples(), data.features());
    let mut runs: Vec<(usize, Vec<T>)> = (0..samples).step_by(RUN).map(|first| (first, Vec::new())).collect();
    side_by_side_for(samples.saturating_mul(numbers), &mut runs, |_, (first, answers)| {
        let mut work = Work::default();
        work.make_room(features, inputs);
        answers.extend((*first..samples.min(*first + RUN)).map(|sample| {
            scale(ranges, data.sample(sample), &mut work.x);
            ask(sample, &mut work)
        }));
    });
    runs.into_iter().flat_map(|(_, answers)| answers).collect()
}

/// The sample as the comparison layer takes it.
fn scale<F: Scalar>(ranges: Option<&Ranges<F>>, x: &[F], scaled: &mut [F]) {
    match ranges {
        Some(ranges) => ranges.scale(x, scaled),
        None => scaled.copy_from_slice(x),
    }
}
