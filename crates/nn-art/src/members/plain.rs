//! The chapter's plain form: the unit that represents a sample best is the nearest one.
//!
//! - Choice: `T_j = -|x - w_j|^2`.
//! - Match: `1 - |x - w_j| / sqrt(M)`, 1 for a sample on its unit, 0 in the opposite corner of the unit cube.
//! - Update: `w_j <- w_j + beta (x - w_j)`; with `beta` = 1 the unit is set to the sample.
//! - New category: `w = x`.
//!
//! Zhou, Machine Learning, 2016, section 5.5.2, which tells the competition, the threshold and the new unit in words.

use crate::family::{Member, Work};
use crate::field::Categories;
use nn_core::Scalar;
use nn_core::kernels::{Asked, Distance};

/// The plain form with its learning rate beta.
#[derive(Clone, Debug)]
pub(crate) struct PlainMember {
    pub(crate) rate: f64,
}

impl<F: Scalar> Member<F> for PlainMember {
    fn present(&self, x: &[F], input: &mut [F]) {
        input.copy_from_slice(x);
    }

    fn choose(&self, categories: &Categories<F>, work: &mut Work<F>) {
        let asked = Asked { x: &work.input, present: None, rates: None, distance: Distance::Euclidean };
        categories.units.distances(asked, &mut work.choices);
        let features = work.input.len() as f64;
        for (choice, matched) in work.choices.iter_mut().zip(&mut work.matches) {
            *matched = F::from_f64(1.0 - (choice.to_f64() / features).sqrt());
            *choice = -*choice;
        }
        work.size = F::ONE;
    }

    fn update(&self, input: &[F], w: &mut [F], _: &mut Vec<F>) {
        let rate = F::from_f64(self.rate);
        w.iter_mut().zip(input).for_each(|(w, &x)| *w = if rate == F::ONE { x } else { *w + rate * (x - *w) });
    }

    fn commit(&self, input: &[F], w: &mut [F], _: &mut Vec<F>) {
        w.copy_from_slice(input);
    }

    fn settled(&self) -> f64 {
        // As that of art2a.
        if self.rate < 1.0 { 1e-6 } else { 0.0 }
    }
}
