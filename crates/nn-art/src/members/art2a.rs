//! ART2-A: what ART2 comes to, in three lines of algebra; patterns are compared by their direction alone.
//!
//! - Comparison layer: `I = N(F0(N(x)))`, where `N` shortens to length 1 and `F0` sets to 0 what does not exceed theta.
//! - Choice and match: `T_j = I · w_j`, which resonates where `T_j >= rho`.
//! - Update: `w_j <- N(beta N(psi) + (1 - beta) w_j)`, where psi is I wherever `w_j` exceeds theta, else 0.
//! - New category: `w = I`.
//!
//! Carpenter, Grossberg, Rosen, ART 2-A: an adaptive resonance algorithm for rapid category learning and recognition, Neural
//! Networks 4 (1991). Where this differs: units without a category do not compete.

use super::{no_direction, shorten};
use crate::family::{Member, Work};
use crate::field::Categories;
use nn_core::Scalar;
use nn_core::kernels::Overlap;

/// ART2-A with its constants.
#[derive(Clone, Debug)]
pub(crate) struct Art2AMember {
    /// theta, of a vector of length 1.
    pub(crate) threshold: f64,
    /// beta.
    pub(crate) rate: f64,
}

impl<F: Scalar> Member<F> for Art2AMember {
    fn refuses(&self, x: &[F]) -> Option<(usize, &'static str)> {
        no_direction(x, |share| self.threshold < share)
    }

    fn present(&self, x: &[F], input: &mut [F]) {
        input.copy_from_slice(x);
        shorten(input);
        let threshold = F::from_f64(self.threshold);
        input.iter_mut().filter(|x| **x <= threshold).for_each(|x| *x = F::ZERO);
        shorten(input);
    }

    fn choose(&self, categories: &Categories<F>, work: &mut Work<F>) {
        work.size = F::ONE;
        categories.overlaps(Overlap::Product, work);
    }

    fn update(&self, input: &[F], w: &mut [F], room: &mut Vec<F>) {
        let (threshold, rate) = (F::from_f64(self.threshold), F::from_f64(self.rate));
        room.clear();
        room.extend(input.iter().zip(&*w).map(|(&x, &w)| if threshold < w { x } else { F::ZERO }));
        if room.iter().all(|&psi| psi == F::ZERO) {
            // The two have nothing in common: a vigilance of 0 lets them resonate, and there is no way to go.
            return;
        }
        shorten(room);
        w.iter_mut().zip(&*room).for_each(|(w, &psi)| *w = rate * psi + (F::ONE - rate) * *w);
        shorten(w);
    }

    fn commit(&self, input: &[F], w: &mut [F], _: &mut Vec<F>) {
        w.copy_from_slice(input);
    }

    fn settled(&self) -> f64 {
        // An average of directions comes closer to rest with each pass, and to a bit perhaps never.
        if self.rate < 1.0 { 1e-6 } else { 64.0 * F::EPSILON }
    }
}
