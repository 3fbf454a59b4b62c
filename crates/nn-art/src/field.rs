//! The recognition layer: the categories, side by side in memory, and what one sample does to them.

use crate::family::{Demand, Member, Work};
use nn_core::kernels::{Overlap, Units};
use nn_core::{Error, Result, Scalar};
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

    /// The overlap of the input with each category, and over what each is divided by.
    pub(crate) fn overlaps(&self, how: Overlap, work: &mut Work<F>) {
        self.units.overlaps(how, &work.input, &self.over, &mut work.matches, &mut work.choices);
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
    /// Without categories.
    pub(crate) fn new(member: Arc<dyn Member<F>>, features: usize) -> Self {
        let units = Units::empty(member.inputs(features));
        let categories = Categories { units, over: Vec::new() };
        Self { member, categories, support: Vec::new(), classes: Vec::new() }
    }

    pub(crate) fn count(&self) -> usize {
        self.categories.count()
    }

    /// Learns the sample in `work.x`, which weighs `weight`, by `demand`; with a class only categories of it may resonate.
    pub(crate) fn learn(
        &mut self,
        work: &mut Work<F>,
        demand: Demand<F>,
        class: Option<u32>,
        weight: F,
        most: usize,
    ) -> Learned {
        let member = Arc::clone(&self.member);
        member.present(&work.x, &mut work.input);
        let classes = &self.classes;
        let found = work.search(&*member, &self.categories, demand, |j| class.is_none_or(|class| classes[j] == class));
        let mistaken = found.contradicted || found.category.is_none();
        let Work { input, w, room, pattern, .. } = work;
        let Some(category) = found.category else {
            if most <= self.count() {
                return Learned { rejected: true, mistaken, ..Learned::default() };
            }
            member.commit(input, w, room);
            self.add(w, weight, class);
            return Learned { changed: true, mistaken, category: Some(self.count() - 1), ..Learned::default() };
        };
        self.categories.units.get(category, w);
        pattern.clear();
        pattern.extend_from_slice(w);
        member.update(input, w, room);
        let settled = F::from_f64(member.settled());
        let changed = pattern.iter().zip(&*w).any(|(&old, &new)| settled < new - old || settled < old - new);
        if changed {
            self.categories.units.set(category, w);
            self.categories.over[category] = member.over(w);
        }
        self.support[category] += weight;
        Learned { changed, mistaken, rejected: false, category: Some(category), unlike: 1.0 - found.matched.to_f64() }
    }

    /// Adds a category.
    pub(crate) fn add(&mut self, w: &[F], support: F, class: Option<u32>) {
        self.categories.units.push(w);
        self.categories.over.resize(self.categories.units.padded(), F::ONE);
        let own = self.count() - 1;
        self.categories.over[own] = self.member.over(w);
        self.support.push(support);
        self.classes.extend(class);
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

    /// The weights of the categories, one after another.
    pub(crate) fn weights(&self) -> Vec<F> {
        let units = &self.categories.units;
        let mut weights = vec![F::ZERO; units.count() * units.features()];
        units.write(&mut weights);
        weights
    }

    /// The categories that [`weights`](Self::weights) tells, in place of those that are there.
    pub(crate) fn restore(&mut self, weights: &[F], support: &[F], classes: &[u32]) -> Result<()> {
        let inputs = self.categories.units.features();
        let fits = weights.len() == support.len() * inputs && (classes.is_empty() || classes.len() == support.len());
        // No member has a weight below 0: the sum that a choice is divided by might vanish.
        let sound = weights.iter().chain(support).all(|number| number.is_finite() && F::ZERO <= *number);
        if !fits || !sound {
            return Err(Error::format(
                "array weight: expected numbers of 0 or more, as many for each category as its model has",
            ));
        }
        *self = Self {
            categories: Categories { units: Units::empty(inputs), over: Vec::new() },
            support: Vec::new(),
            classes: Vec::new(),
            member: Arc::clone(&self.member),
        };
        for (j, (w, &support)) in weights.chunks_exact(inputs).zip(support).enumerate() {
            self.add(w, support, classes.get(j).copied());
        }
        Ok(())
    }
}
