//! Fuzzy ART: ART1 with the fuzzy `∧`, the minimum, for numbers from 0 to 1.
//!
//! - Comparison layer: complement coding, `I = (x, 1 - x)`, so that `|I| = M` for every sample.
//! - Choice: `T_j = |I ∧ w_j| / (alpha + |w_j|)`.
//! - Match: `|I ∧ w_j| >= rho |I|`.
//! - Update: `w_j <- beta (I ∧ w_j) + (1 - beta) w_j`.
//! - New category: `w = I` (fast commit), whatever the rate of what follows (slow recode); or from `w = 1` by an update.
//!
//! With complement coding a category is a box: `w = (u, 1 - v)` stands for `u <= x <= v`, which in fast learning is the least
//! box around all that it has learned, of at most `(1 - rho) M` in sides added up.
//!
//! Carpenter, Grossberg, Rosen, Fuzzy ART: fast stable learning and categorization of analog patterns by an adaptive resonance
//! system, Neural Networks 4 (1991). Where this differs: units without a category do not compete, as in [`art1`](super::art1).

use super::{less, size};
use crate::family::{Member, Work};
use crate::field::Categories;
use nn_core::Scalar;
use nn_core::kernels::Overlap;

/// Fuzzy ART with its constants.
#[derive(Clone, Debug)]
pub(crate) struct FuzzyMember {
    /// alpha.
    pub(crate) choice: f64,
    /// beta.
    pub(crate) rate: f64,
    pub(crate) complement: bool,
    pub(crate) fast_commit: bool,
}

impl<F: Scalar> Member<F> for FuzzyMember {
    fn inputs(&self, features: usize) -> usize {
        if self.complement { 2 * features } else { features }
    }

    fn present(&self, x: &[F], input: &mut [F]) {
        let (own, others) = input.split_at_mut(x.len());
        own.copy_from_slice(x);
        others.iter_mut().zip(x).for_each(|(other, &x)| *other = F::ONE - x);
    }

    fn choose(&self, categories: &Categories<F>, work: &mut Work<F>) {
        // M, but for rounding, which must be that of the overlaps.
        work.size = size(&work.input);
        categories.overlaps(Overlap::Minimum, work);
    }

    fn over(&self, w: &[F]) -> F {
        F::from_f64(self.choice) + size(w)
    }

    fn update(&self, input: &[F], w: &mut [F], _: &mut Vec<F>) {
        let rate = F::from_f64(self.rate);
        for (w, &x) in w.iter_mut().zip(input) {
            let least = less(x, *w);
            *w = if rate == F::ONE { least } else { *w - rate * (*w - least) };
        }
    }

    fn commit(&self, input: &[F], w: &mut [F], room: &mut Vec<F>) {
        w.fill(F::ONE);
        if self.fast_commit { w.copy_from_slice(input) } else { self.update(input, w, room) }
    }
}
