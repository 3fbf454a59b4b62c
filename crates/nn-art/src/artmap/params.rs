//! The settings: written once, here.

use super::voter::Lesson;
use crate::family::Member;
use crate::field::Rule;
use crate::members::{Art1Member, FuzzyMember};
use crate::ranges::Ranges;
use nn_core::params::{Range, idle};
use nn_core::{Scalar, Task};
use std::sync::Arc;

nn_core::choices! {
    /// Which member of the family the categories are of.
    pub enum ArtMapVariant {
        /// Fuzzy ARTMAP: on Fuzzy ART, for numbers in a range.
        Fuzzy = "fuzzy",
        /// ARTMAP: on ART1, for 0 and 1.
        Art1 = "art1",
    }
}

nn_core::params! {
    /// Settings of ARTMAP and Fuzzy ARTMAP: plain data, each field with a setter of its name.
    pub struct ArtMapParams: "artmap" {
        /// Which member of the family the categories are of.
        variant: ArtMapVariant = ArtMapVariant::Fuzzy, ..;
        /// Baseline vigilance rho: how much a sample must be like a category to be of it, before any mistake. 0 makes the fewest categories and answers always.
        vigilance: f64 = 0.0, 0.0..=1.0;
        /// What match tracking adds to the match of a category of another class to make the vigilance of what follows. Below 0 a sample may lie on one of another class.
        tracking: f64 = 0.0001, Range::Real { low: -1.0, high: 1.0, closed: true };
        /// Choice parameter alpha of fuzzy, and L - 1 of art1: near 0, the category that is contained in the sample most fully comes first.
        choice: f64 = 0.001, Range::above(0.0);
        /// Share beta of the way that a category of fuzzy goes in an update; 1 is fast learning.
        learning_rate: f64 = 1.0, Range::above_to(0.0, 1.0);
        /// Whether a new category of fuzzy takes all of its first sample, whatever the learning rate.
        fast_commit: bool = true, ..;
        /// Whether each feature is seen with its complement.
        complement: bool = true, ..;
        /// From where to where the features of fuzzy go: a low and a high for all of them, or for each; none is learned from the first part.
        range: Vec<f64> = Vec::new(), Range::Any;
        /// Vigilance of the categories of targets, where quantities are learned: the sides of a box of targets, as shares of their ranges, together come to 1 less this, times the number of targets, at most.
        target_vigilance: f64 = 0.95, 0.0..=1.0;
        /// From where to where the targets go, where quantities are learned: a low and a high for all of them, or for each; none is learned from the first part.
        target_range: Vec<f64> = Vec::new(), Range::Any;
        /// Numbers above it are 1 for art1 and others 0; `auto` takes 0 and 1 alone.
        threshold: Option<f64> = None, Range::Any;
        /// Categories of a voter at most; a sample that asks for one more is not learned, and counted as rejected.
        categories: Option<usize> = None, 1..=10_000_000;
        /// How many learn the samples in an order of their own, and then vote.
        voters: usize = 1, 1..=1000;
        /// Passes over the training samples at most; training ends before that where a pass changes no weight.
        epochs: usize = 100, 1..=1_000_000_000;
        /// Whether each pass takes the samples in a new random order; voters always do, each its own.
        shuffle: bool = true, ..;
        /// After training, in so many orders at random every other sample is learned anew and the rest asked, to tell how much hangs on the order of samples; `auto` does not.
        orders: Option<usize> = None, 2..=1000;
        /// Seed of all random numbers: the same seed gives the same bits.
        seed: u64 = 1, ..;
    }
}

impl ArtMapParams {
    pub(super) fn member<F: Scalar>(&self) -> Arc<dyn Member<F>> {
        let Self { choice, learning_rate: rate, complement, fast_commit, threshold, .. } = *self;
        match self.variant {
            ArtMapVariant::Fuzzy => Arc::new(FuzzyMember { choice, rate, complement, fast_commit }),
            ArtMapVariant::Art1 => Arc::new(Art1Member { choice, two_thirds_rule: true, threshold, complement }),
        }
    }

    /// Of the module of the targets: Fuzzy ART in fast learning, so that a category is the least box around its targets.
    pub(super) fn target_member<F: Scalar>(&self) -> Arc<dyn Member<F>> {
        Arc::new(FuzzyMember { choice: self.choice, rate: 1.0, complement: true, fast_commit: true })
    }

    /// What voters learn by.
    pub(super) fn lesson<'r, F>(
        &self,
        ranges: Option<&'r Ranges<F>>,
        target_ranges: Option<&'r Ranges<F>>,
    ) -> Lesson<'r, F> {
        let Self { vigilance, tracking, categories, target_vigilance, .. } = *self;
        let rule = Rule { vigilance, tracking, most: categories.unwrap_or(usize::MAX) };
        Lesson { rule, target_vigilance, ranges, target_ranges }
    }

    /// Whether categories are boxes: of fuzzy in fast commitment and complement coding, of 0 and 1 always.
    pub(super) fn has_boxes(&self) -> bool {
        match self.variant {
            ArtMapVariant::Fuzzy => self.complement && self.fast_commit,
            ArtMapVariant::Art1 => self.threshold.is_none(),
        }
    }

    /// Whether samples are scaled by ranges.
    pub(super) fn is_scaled(&self) -> bool {
        self.variant == ArtMapVariant::Fuzzy
    }

    /// Settings that were given and do nothing beside the others, or for such a task.
    pub(super) fn idle(&self, task: Task) -> Vec<String> {
        let of_classes = matches!(task, Task::Classes(_));
        idle(self, |name| match name {
            "target_vigilance" | "target_range" => of_classes.then_some("quantities as targets"),
            "learning_rate" | "fast_commit" | "range" => (!self.is_scaled()).then_some("variant=fuzzy"),
            "threshold" => self.is_scaled().then_some("variant=art1"),
            "shuffle" => (1 < self.voters).then_some("voters=1"),
            _ => None,
        })
    }
}
