//! ART1: categories of binary patterns, each the template that all its patterns contain.
//!
//! - Choice: `T_j = L |I ∧ z_j| / (L - 1 + |z_j|)`, `L > 1`; the factor L changes no order and is left out.
//! - Match: `|I ∧ z_j| >= rho |I|`. A pattern without a 1 says nothing, and is of a category of its own kind only.
//! - Update: `z_j <- I ∧ z_j`, which is the 2/3 Rule: a unit of the comparison layer stays on only where two of its three
//!   sources, input, template and gain, say so. Without the rule `z_j <- I`, and codes may change for ever.
//! - New category: `z = I`.
//!
//! Carpenter, Grossberg, A massively parallel architecture for a self-organizing neural pattern recognition machine, CVGIP 37
//! (1987), in fast learning. Where this differs: units without a category do not compete, one is taken when none of the others
//! is left.

use super::{less, size};
use crate::family::{Member, Work};
use crate::field::Categories;
use nn_core::Scalar;
use nn_core::kernels::Overlap;

/// ART1 with its constants.
#[derive(Clone, Debug)]
pub(crate) struct Art1Member {
    /// L - 1.
    pub(crate) choice: f64,
    /// Whether the 2/3 Rule holds.
    pub(crate) two_thirds_rule: bool,
    /// Numbers above it are 1 and others 0; none takes 0 and 1 alone.
    pub(crate) threshold: Option<f64>,
    /// Whether what is not in a pattern is in its second half.
    pub(crate) complement: bool,
}

impl<F: Scalar> Member<F> for Art1Member {
    fn inputs(&self, features: usize) -> usize {
        if self.complement { 2 * features } else { features }
    }

    fn refuses(&self, x: &[F]) -> Option<(usize, &'static str)> {
        let binary = |&x: &F| x == F::ZERO || x == F::ONE;
        let at = x.iter().position(|x| self.threshold.is_none() && !binary(x))?;
        Some((at, "ART1 takes 0 and 1, or a threshold between them"))
    }

    fn present(&self, x: &[F], input: &mut [F]) {
        let threshold = F::from_f64(self.threshold.unwrap_or(0.5));
        let (own, others) = input.split_at_mut(x.len());
        own.iter_mut().zip(x).for_each(|(input, &x)| *input = if threshold < x { F::ONE } else { F::ZERO });
        others.iter_mut().zip(own).for_each(|(other, own)| *other = F::ONE - *own);
    }

    fn choose(&self, categories: &Categories<F>, work: &mut Work<F>) {
        categories.overlaps_of_few(Overlap::Minimum, work);
        work.size = F::from_f64(work.present.len() as f64);
        if work.size == F::ZERO {
            let empty = self.over(&[]);
            for (choice, &over) in work.choices.iter_mut().zip(categories.over()) {
                *choice = if over <= empty { *choice } else { F::from_f64(f64::NEG_INFINITY) };
            }
        }
    }

    fn over(&self, w: &[F]) -> F {
        F::from_f64(self.choice) + size(w)
    }

    fn update(&self, input: &[F], w: &mut [F], _: &mut Vec<F>) {
        w.iter_mut().zip(input).for_each(|(w, &x)| *w = if self.two_thirds_rule { less(x, *w) } else { x });
    }

    fn commit(&self, input: &[F], w: &mut [F], _: &mut Vec<F>) {
        w.copy_from_slice(input);
    }
}
