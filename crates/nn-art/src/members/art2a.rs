//! ART2-A: what ART2 comes to, in three lines of algebra; patterns are compared by their direction alone.
//!
//! - Comparison layer: `I = N(F0(N(x)))`, where `N` shortens to length 1 and `F0` sets to 0 what does not exceed theta.
//! - Choice and match: `T_j = I · w_j`, which resonates where `T_j >= rho`.
//! - Update: `w_j <- N(beta N(psi) + (1 - beta) w_j)`, where psi is I wherever `w_j` exceeds theta, else 0.
//! - New category: `w = I`.
//!
//! Carpenter, Grossberg, Rosen, ART 2-A: an adaptive resonance algorithm for rapid category learning and recognition, Neural
//! Networks 4 (1991). Where this differs: units without a category do not compete.

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
        let mut input = x.to_vec();
        self.present(x, &mut input);
        super::art2::no_pattern(x).or_else(|| {
            let nothing = input.iter().all(|&x| x == F::ZERO);
            nothing.then_some((0, "no feature of the sample exceeds the threshold, so it has no direction"))
        })
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

/// `N`: to length 1. What has no length stays as it is.
pub(super) fn shorten<F: Scalar>(x: &mut [F]) {
    let length = length(x);
    if 0.0 < length {
        x.iter_mut().for_each(|x| *x = F::from_f64(x.to_f64() / length));
    }
}

/// The Euclidean length, of the numbers over their largest, so that none overflows in its square.
pub(super) fn length<F: Scalar>(x: &[F]) -> f64 {
    let most = x.iter().fold(0.0_f64, |most, x| most.max(x.to_f64().abs()));
    if most == 0.0 { 0.0 } else { most * x.iter().map(|x| (x.to_f64() / most).powi(2)).sum::<f64>().sqrt() }
}
