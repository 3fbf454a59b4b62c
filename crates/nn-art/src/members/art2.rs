//! ART2: a comparison layer of three loops that lift what is strong in a pattern and drown what is noise, before the pattern is
//! compared at all.
//!
//! The loops, for a sample I and the feedback `d z_J` of the active category, or none:
//!
//! ```text
//! w = I + a u        x = w / (e + |w|)
//! v = f(x) + b f(q)  u = v / (e + |v|)     f(s) = s where s >= theta, else 0
//! p = u + d z_J      q = p / (e + |p|)
//! ```
//!
//! - Choice: `T_j = p · z_j`, where the layer has settled without feedback, so that `p = u`.
//! - Match: `|r|` with `r = (u + c p) / (e + |u| + c |p|)` and `p = u + d z_j`, u still being what settled without feedback,
//!   since a reset is faster than the loops: 1 where u and `z_j` have one direction, less the more they part. It resonates
//!   where `|r| >= rho`.
//! - Update: the layer settles anew, with the feedback of j, and `z_j <- z_j + beta (u / (1 - d) - z_j)`: towards where `dz/dt = d (p - z)` comes to rest.
//! - New category: `z = u / (1 - d)`, of u without feedback, which all of `z = 0` has.
//!
//! How far an update goes: with the usual `a = b = 10` and `d = 0.9`, all lengths near 1 and nothing below theta, the loops settle
//! where `121 u = I + 10 u + 11 (9 z' + u)`, z' being the direction of `z_j`; so `u = 0.01 I + 0.99 z'`. Even with `beta = 1` one
//! presentation takes a category but a hundredth of the way, and a category is an average of many.
//!
//! Carpenter, Grossberg, ART 2: self-organization of stable category recognition codes for analog input patterns, Applied
//! Optics 26 (1987), eqs. 4 to 21; `c d / (1 - d) <= 1` is asked for there and here. Where this differs: top-down and bottom-up
//! weights are one, as they are at rest; a sample comes over its length, so that only its direction counts; an update goes the share beta of the way instead of following the differential
//! equation for the time of a presentation; units without a category do not compete.

use super::{no_direction, shorten};
use crate::family::{Member, Work};
use crate::field::Categories;
use nn_core::Scalar;
use nn_core::kernels::Overlap;

/// Turns of the loops at most; about ten suffice.
const TURNS: usize = 200;
/// The loops have settled once no u moves by more.
const SETTLED: f64 = 1e-9;

/// ART2 with its constants; e is 0, with 0 / 0 = 0.
#[derive(Clone, Debug)]
pub(crate) struct Art2Member {
    pub(crate) a: f64,
    pub(crate) b: f64,
    pub(crate) c: f64,
    pub(crate) d: f64,
    /// theta.
    pub(crate) threshold: f64,
    /// beta.
    pub(crate) rate: f64,
}

impl Art2Member {
    /// u into the front of `room`, once the loops have settled under the feedback of `z`.
    fn settle<F: Scalar>(&self, input: &[F], z: Option<&[F]>, room: &mut Vec<F>) {
        let features = input.len();
        room.clear();
        room.resize(3 * features, F::ZERO);
        let (u, rest) = room.split_at_mut(features);
        let (x, q) = rest.split_at_mut(features);
        let passed = |s: f64| if self.threshold <= s { s } else { 0.0 };
        for _ in 0..TURNS {
            for i in 0..features {
                x[i] = F::from_f64(input[i].to_f64() + self.a * u[i].to_f64());
            }
            shorten(x);
            for (x, &q) in x.iter_mut().zip(&*q) {
                *x = F::from_f64(passed(x.to_f64()) + self.b * passed(q.to_f64()));
            }
            shorten(x);
            let moved = x.iter().zip(&*u).fold(0.0_f64, |most, (x, u)| most.max((x.to_f64() - u.to_f64()).abs()));
            u.copy_from_slice(x);
            for i in 0..features {
                q[i] = F::from_f64(u[i].to_f64() + z.map_or(0.0, |z| self.d * z[i].to_f64()));
            }
            shorten(q);
            if moved <= SETTLED.max(4.0 * F::EPSILON) {
                break;
            }
        }
    }
}

impl<F: Scalar> Member<F> for Art2Member {
    /// What does not reach the threshold in the first turn has no u to be lifted by, and never will.
    fn refuses(&self, x: &[F]) -> Option<(usize, &'static str)> {
        no_direction(x, |share| self.threshold <= share)
    }

    /// The sample over its length: only its direction and the constants decide what settles.
    fn present(&self, x: &[F], input: &mut [F]) {
        input.copy_from_slice(x);
        shorten(input);
    }

    fn choose(&self, categories: &Categories<F>, work: &mut Work<F>) {
        work.size = F::ONE;
        self.settle(&work.input, None, &mut work.room);
        let features = work.input.len();
        work.pattern.clear();
        work.pattern.extend_from_slice(&work.room[..features]);
        std::mem::swap(&mut work.input, &mut work.pattern);
        categories.overlaps(Overlap::Product, work);
        std::mem::swap(&mut work.input, &mut work.pattern);
        // What |r| comes to is known when a category has been asked; none exceeds 1, but for rounding.
        work.matches.fill(F::from_f64(2.0));
    }

    fn matching(&self, categories: &Categories<F>, work: &mut Work<F>, category: usize) -> F {
        let Work { pattern: u, w, .. } = work;
        categories.units.get(category, w);
        let [mut of_u, mut of_p, mut of_r] = [0.0; 3];
        for (u, z) in u.iter().zip(&*w) {
            let u = u.to_f64();
            let p = u + self.d * z.to_f64();
            of_u += u * u;
            of_p += p * p;
            of_r += (u + self.c * p).powi(2);
        }
        let over = of_u.sqrt() + self.c * of_p.sqrt();
        F::from_f64(if over == 0.0 { 0.0 } else { of_r.sqrt() / over })
    }

    fn update(&self, input: &[F], w: &mut [F], room: &mut Vec<F>) {
        self.settle(input, Some(w), room);
        for (w, u) in w.iter_mut().zip(&*room) {
            *w = F::from_f64(w.to_f64() + self.rate * (u.to_f64() / (1.0 - self.d) - w.to_f64()));
        }
    }

    fn commit(&self, input: &[F], w: &mut [F], room: &mut Vec<F>) {
        self.settle(input, None, room);
        w.iter_mut().zip(&*room).for_each(|(w, u)| *w = F::from_f64(u.to_f64() / (1.0 - self.d)));
    }

    fn largest(&self) -> f64 {
        1.0 / (1.0 - self.d)
    }

    fn settled(&self) -> f64 {
        1e-6
    }
}
