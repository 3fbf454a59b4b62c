//! The settings of the three models that learn without a target.

use crate::family::Member;
use crate::members::{Art1Member, Art2AMember, Art2Member, FuzzyMember, PlainMember};
use nn_core::params::{Range, idle};
use nn_core::{Error, Params, Result, Scalar};
use std::sync::Arc;

nn_core::choices! {
    /// Which member of the family, of those for numbers in a range.
    pub enum FuzzyArtVariant {
        /// Fuzzy ART. With `I = (x, 1 - x)` and ∧ the minimum: choice `|I ∧ w_j| / (alpha + |w_j|)`, match `|I ∧ w_j| / |I| >=
        /// rho`, update `w_j <- beta (I ∧ w_j) + (1 - beta) w_j`. Carpenter, Grossberg and Rosen 1991.
        Fuzzy = "fuzzy",
        /// The chapter's plain form, the nearest representative: choice `-|x - w_j|^2`, match `1 - |x - w_j| / sqrt(M) >= rho` for M
        /// features, update `w_j <- w_j + beta (x - w_j)`. Zhou 2016, section 5.5.2.
        Plain = "plain",
    }
}

nn_core::choices! {
    /// Which member of the family, of those for directions.
    pub enum Art2Variant {
        /// ART2 with its loops.
        Art2 = "art2",
        /// ART2-A: choice and match `I · w_j`, I the sample without noise and of length 1; the update turns `w_j` the share beta
        /// towards I. Carpenter, Grossberg and Rosen 1991.
        Art2A = "art2a",
    }
}

nn_core::params! {
    /// Settings of Fuzzy ART: plain data, each field with a setter of its name.
    pub struct FuzzyArtParams: "fuzzy-art" {
        /// Which member of the family.
        variant: FuzzyArtVariant = FuzzyArtVariant::Fuzzy, ..;
        /// Vigilance rho: how much a sample must be like a category to be of it. More means more and narrower categories.
        vigilance: f64 = 0.75, 0.0..=1.0;
        /// Choice parameter alpha of fuzzy: near 0, the category that is contained in the sample most fully comes first.
        choice: f64 = 0.001, Range::above(0.0);
        /// Share beta of the way that a category goes in an update; 1 is fast learning.
        learning_rate: f64 = 1.0, Range::above_to(0.0, 1.0);
        /// Whether a new category of fuzzy takes all of its first sample, whatever the learning rate.
        fast_commit: bool = true, ..;
        /// Whether fuzzy sees each feature with its complement; without, categories multiply as their weights shrink.
        complement: bool = true, ..;
        /// From where to where the features go: a low and a high for all of them, or for each; none is learned from the first part.
        range: Vec<f64> = Vec::new(), Range::Any;
        /// Categories at most; a sample that asks for one more is not learned, and counted as rejected.
        categories: Option<usize> = None, 1..=10_000_000;
        /// Passes over the training samples at most; training ends before that where a pass leaves the weights as it found them.
        epochs: usize = 100, 1..=1_000_000_000;
        /// Whether each pass takes the samples in a new random order.
        shuffle: bool = false, ..;
        /// After training, in so many orders at random the samples are learned anew, to tell how much hangs on their order; `auto` does not.
        orders: Option<usize> = None, 2..=1000;
        /// Seed of all random numbers: the same seed gives the same bits.
        seed: u64 = 1, ..;
    }
}

nn_core::params! {
    /// Settings of ART1: plain data, each field with a setter of its name.
    pub struct Art1Params: "art1" {
        /// Vigilance rho: the share of a pattern's ones that its category must have. More means more and narrower categories.
        vigilance: f64 = 0.75, 0.0..=1.0;
        /// Choice parameter L: the nearer to 1, the more the category that is contained in the pattern most fully comes first.
        choice: f64 = 2.0, Range::above(1.0);
        /// Whether a category keeps only what is in the pattern, too. Without this rule codes may change for ever.
        two_thirds_rule: bool = true, ..;
        /// Numbers above it are 1 and others 0; `auto` takes 0 and 1 alone.
        threshold: Option<f64> = None, Range::Any;
        /// Whether a pattern has its complement behind it, so that what is absent counts as well.
        complement: bool = false, ..;
        /// Categories at most; a sample that asks for one more is not learned, and counted as rejected.
        categories: Option<usize> = None, 1..=10_000_000;
        /// Passes over the training samples at most; training ends before that where a pass leaves the weights as it found them.
        epochs: usize = 100, 1..=1_000_000_000;
        /// Whether each pass takes the samples in a new random order.
        shuffle: bool = false, ..;
        /// After training, in so many orders at random the samples are learned anew, to tell how much hangs on their order; `auto` does not.
        orders: Option<usize> = None, 2..=1000;
        /// Seed of all random numbers: the same seed gives the same bits.
        seed: u64 = 1, ..;
    }
}

nn_core::params! {
    /// Settings of ART2 and ART2-A: plain data, each field with a setter of its name.
    pub struct Art2Params: "art2" {
        /// Which member of the family.
        variant: Art2Variant = Art2Variant::Art2, ..;
        /// Vigilance rho: how much a sample must be like a category to be of it; of art2a the cosine between them. `auto` is 0.98 of art2, where it stands for a cosine of about 0.9, and 0.9 of art2a. With the usual c and d no match of art2 is below 0.75.
        vigilance: Option<f64> = None, 0.0..=1.0;
        /// Parameter a of art2: how much the upper loop feeds back into the lower one.
        a: f64 = 10.0, Range::from(0.0);
        /// Parameter b of art2: how much the category feeds back into what is compared.
        b: f64 = 10.0, Range::from(0.0);
        /// Parameter c of art2: how much the category counts in the match; `c d / (1 - d)` is at most 1.
        c: f64 = 0.1, Range::above(0.0);
        /// Parameter d of art2: how strongly the active category answers.
        d: f64 = 0.9, 0.01..=0.99;
        /// Activities below it are noise and become 0, of a pattern of length 1; `auto` is a tenth of that of a pattern whose features are all alike, `0.1 / sqrt(M)`.
        threshold: Option<f64> = None, 0.0..=1.0;
        /// Share beta of the way that a category goes in an update: of art2 to where its loops settle, of art2a to the sample itself. `auto` is 1 of art2, which with the usual constants is about a hundredth of the way to the sample, and 0.1 of art2a.
        learning_rate: Option<f64> = None, Range::above_to(0.0, 1.0);
        /// Categories at most; a sample that asks for one more is not learned, and counted as rejected.
        categories: Option<usize> = None, 1..=10_000_000;
        /// Passes over the training samples at most; training ends before that where a pass leaves the weights as it found them.
        epochs: usize = 100, 1..=1_000_000_000;
        /// Whether each pass takes the samples in a new random order.
        shuffle: bool = false, ..;
        /// After training, in so many orders at random the samples are learned anew, to tell how much hangs on their order; `auto` does not.
        orders: Option<usize> = None, 2..=1000;
        /// Seed of all random numbers: the same seed gives the same bits.
        seed: u64 = 1, ..;
    }
}

/// What the settings of all models without a target have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Common {
    pub(crate) vigilance: f64,
    pub(crate) most: usize,
    pub(crate) epochs: usize,
    pub(crate) shuffle: bool,
    pub(crate) orders: Option<usize>,
    pub(crate) seed: u64,
}

/// Settings that name a member of the family: [`FuzzyArtParams`], [`Art1Params`], [`Art2Params`].
pub(crate) trait Family: Params + std::fmt::Debug {
    /// The member.
    fn member<F: Scalar>(&self, features: usize) -> Arc<dyn Member<F>>;
    /// What all have in common.
    fn common(&self) -> Common;
    /// The ranges that are given, where samples are scaled by ranges.
    fn range(&self) -> Option<&[f64]> {
        None
    }
    /// Whether categories are boxes between a weight and what the complement's, where there is one, leaves of 1.
    fn has_boxes(&self) -> bool {
        false
    }
    /// That the settings fit together.
    fn check_together(&self) -> Result<()> {
        Ok(())
    }
    /// The same settings for a training of which the effect of the order is not asked again.
    #[must_use]
    fn once(&self) -> Self;
    /// Settings that were given and do nothing beside the others.
    fn idle(&self) -> Vec<String>;
}

macro_rules! common {
    ($params:expr, $vigilance:expr) => {
        Common {
            vigilance: $vigilance,
            most: $params.categories.unwrap_or(usize::MAX),
            epochs: $params.epochs,
            shuffle: $params.shuffle,
            orders: $params.orders,
            seed: $params.seed,
        }
    };
}

impl Family for FuzzyArtParams {
    fn member<F: Scalar>(&self, _: usize) -> Arc<dyn Member<F>> {
        match self.variant {
            FuzzyArtVariant::Plain => Arc::new(PlainMember { rate: self.learning_rate }),
            FuzzyArtVariant::Fuzzy => Arc::new(FuzzyMember {
                choice: self.choice,
                rate: self.learning_rate,
                complement: self.complement,
                fast_commit: self.fast_commit,
            }),
        }
    }

    fn common(&self) -> Common {
        common!(self, self.vigilance)
    }

    fn range(&self) -> Option<&[f64]> {
        Some(&self.range)
    }

    fn has_boxes(&self) -> bool {
        self.variant == FuzzyArtVariant::Fuzzy && self.complement && self.fast_commit
    }

    fn once(&self) -> Self {
        Self { orders: None, ..self.clone() }
    }

    fn idle(&self) -> Vec<String> {
        let plain = self.variant == FuzzyArtVariant::Plain;
        idle(self, |name| (plain && matches!(name, "choice" | "fast_commit" | "complement")).then_some("variant=fuzzy"))
    }
}

impl Family for Art1Params {
    fn member<F: Scalar>(&self, _: usize) -> Arc<dyn Member<F>> {
        Arc::new(Art1Member {
            choice: self.choice - 1.0,
            two_thirds_rule: self.two_thirds_rule,
            threshold: self.threshold,
            complement: self.complement,
        })
    }

    /// Of 0 and 1 a template says which features are 1, and with the complement which are 0.
    fn has_boxes(&self) -> bool {
        self.two_thirds_rule && self.threshold.is_none()
    }

    fn common(&self) -> Common {
        common!(self, self.vigilance)
    }

    fn once(&self) -> Self {
        Self { orders: None, ..self.clone() }
    }

    fn idle(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Family for Art2Params {
    fn member<F: Scalar>(&self, features: usize) -> Arc<dyn Member<F>> {
        let threshold = self.threshold.unwrap_or(0.1 / (features as f64).sqrt());
        let Self { a, b, c, d, learning_rate, .. } = *self;
        match self.variant {
            Art2Variant::Art2 => Arc::new(Art2Member { a, b, c, d, threshold, rate: learning_rate.unwrap_or(1.0) }),
            Art2Variant::Art2A => Arc::new(Art2AMember { threshold, rate: learning_rate.unwrap_or(0.1) }),
        }
    }

    fn common(&self) -> Common {
        let usual = match self.variant {
            Art2Variant::Art2 => 0.98,
            Art2Variant::Art2A => 0.9,
        };
        common!(self, self.vigilance.unwrap_or(usual))
    }

    fn check_together(&self) -> Result<()> {
        let most = (1.0 - self.d) / self.d;
        // 0.1 and 0.9 are the usual ones, and (1 - 0.9) / 0.9 is a little less than 1 / 9.
        if self.variant == Art2Variant::Art2 && most * (1.0 + 1e-12) < self.c {
            return Err(Error::param("c", self.c, format!("(1 - d) / d or less, {most}")));
        }
        Ok(())
    }

    fn once(&self) -> Self {
        Self { orders: None, ..self.clone() }
    }

    fn idle(&self) -> Vec<String> {
        let short = self.variant == Art2Variant::Art2A;
        idle(self, |name| (short && matches!(name, "a" | "b" | "c" | "d")).then_some("variant=art2"))
    }
}
