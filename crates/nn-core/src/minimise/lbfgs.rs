//! L-BFGS: Newton's step with a picture of the curvature that the last steps have left.
//!
//! For the last steps `s_k = theta_(k+1) - theta_k` and what they did to the gradient, `y_k = g_(k+1) - g_k`, the inverse
//! Hessian is taken to be what turns each y into its s and is else a multiple of the identity; it is never written down, only
//! multiplied by the gradient. Nocedal and Wright, Numerical Optimization, 2006, algorithms 7.4 and 7.5.

use super::line_search::Line;
use super::{Iteration, dot, flat, largest};
use crate::Scalar;

/// Steps that are remembered.
const PAIRS: usize = 10;
/// Numbers before the gradient: how many pairs were ever made, whether it has begun, and the value in two parts.
const HEAD: usize = 4;

/// How many numbers are kept from iteration to iteration for so many parameters.
pub fn lbfgs_memory(parameters: usize) -> usize {
    HEAD + (2 * PAIRS + 1) * parameters
}

/// One iteration: moves theta to a lower place of `function`, which gives the value at a theta and overwrites a gradient.
/// Where it gives no finite number the step was too long, and a shorter one is tried.
///
/// # Shapes
/// `memory`: [`lbfgs_memory`] numbers, zero at first.
pub fn lbfgs<F: Scalar>(
    function: &mut impl FnMut(&[F], &mut [F]) -> f64,
    theta: &mut [F],
    memory: &mut [F],
) -> Iteration {
    let mut past = Past::of(memory, theta.len());
    if past.head[1] == F::ZERO {
        let value = function(theta, past.gradient);
        past.set_value(value);
    }
    let value = past.value();
    let stay = |converged| Iteration { value, new_value: value, converged };
    if !value.is_finite() || largest(past.gradient) <= flat::<F>(value) {
        return stay(value.is_finite());
    }
    loop {
        let direction = past.direction();
        let slope = dot(past.gradient, &direction);
        // The first step of all knows nothing of the curvature, so it is short.
        let first = if past.pairs() == 0 { (1.0 / dot(past.gradient, past.gradient).sqrt()).min(1.0) } else { 1.0 };
        let (place, gradient) = (theta.to_vec(), past.gradient.to_vec());
        let mut line = Line { function, from: &*theta, direction: &direction, theta: place, gradient };
        let found = if slope < 0.0 { line.search(value, slope, first) } else { None };
        match found {
            Some(new_value) => {
                let Line { theta: new_theta, gradient: new_gradient, .. } = line;
                past.remember(theta, &new_theta, &new_gradient);
                past.set_value(new_value);
                theta.copy_from_slice(&new_theta);
                let converged = largest(&new_gradient) <= flat::<F>(new_value);
                return Iteration { value, new_value, converged };
            }
            // Not even straight down is there anything lower.
            None if past.pairs() == 0 => return stay(true),
            None => past.forget(),
        }
    }
}

/// The memory, in its parts.
struct Past<'a, F> {
    head: &'a mut [F],
    gradient: &'a mut [F],
    s: &'a mut [F],
    y: &'a mut [F],
}

impl<'a, F: Scalar> Past<'a, F> {
    fn of(memory: &'a mut [F], len: usize) -> Self {
        let (head, rest) = memory.split_at_mut(HEAD);
        let (gradient, rest) = rest.split_at_mut(len);
        let (s, y) = rest.split_at_mut(PAIRS * len);
        Self { head, gradient, s, y }
    }

    /// The value at theta: of a narrow float it takes two.
    fn value(&self) -> f64 {
        self.head[2].to_f64() + self.head[3].to_f64()
    }

    fn set_value(&mut self, value: f64) {
        self.head[1] = F::ONE;
        self.head[2] = F::from_f64(value);
        let rest = value - self.head[2].to_f64();
        self.head[3] = if rest.is_finite() { F::from_f64(rest) } else { F::ZERO };
    }

    /// How many pairs were made since the last time all were forgotten.
    fn made(&self) -> usize {
        self.head[0].to_f64() as usize
    }

    /// How many pairs there are.
    fn pairs(&self) -> usize {
        self.made().min(PAIRS)
    }

    fn forget(&mut self) {
        self.head[0] = F::ZERO;
    }

    /// The pair that was made `back` pairs ago.
    fn pair(&self, back: usize) -> (&[F], &[F]) {
        let (len, place) = (self.gradient.len(), (self.made() - 1 - back) % PAIRS);
        (&self.s[place * len..][..len], &self.y[place * len..][..len])
    }

    /// Takes up a step and the gradient at its end. A pair that tells of no curvature is left out.
    fn remember(&mut self, theta: &[F], new_theta: &[F], new_gradient: &[F]) {
        let (len, made) = (self.gradient.len(), self.made());
        let difference = |new: &[F], old: &[F]| new.iter().zip(old).map(|(&new, &old)| new - old).collect::<Vec<F>>();
        let (s, y) = (difference(new_theta, theta), difference(new_gradient, self.gradient));
        if F::EPSILON * dot(&y, &y) < dot(&s, &y) {
            let at = made % PAIRS * len..(made % PAIRS + 1) * len;
            self.s[at.clone()].copy_from_slice(&s);
            self.y[at].copy_from_slice(&y);
            // Counted up to twice the pairs, beyond which only the place matters: a float counts no further than its digits.
            let count = if made + 1 == 2 * PAIRS { PAIRS } else { made + 1 };
            self.head[0] = F::from_f64(count as f64);
        }
        self.gradient.copy_from_slice(new_gradient);
    }

    /// `-H g`: the two loops of algorithm 7.4.
    fn direction(&self) -> Vec<F> {
        let mut q: Vec<f64> = self.gradient.iter().map(|g| -g.to_f64()).collect();
        let inner = |a: &[F], q: &[f64]| a.iter().zip(q).map(|(a, q)| a.to_f64() * q).sum::<f64>();
        let add = |by: f64, a: &[F], q: &mut [f64]| q.iter_mut().zip(a).for_each(|(q, a)| *q += by * a.to_f64());
        let mut alphas = [0.0; PAIRS];
        for (back, alpha) in alphas.iter_mut().enumerate().take(self.pairs()) {
            let (s, y) = self.pair(back);
            *alpha = inner(s, &q) / dot(s, y);
            add(-*alpha, y, &mut q);
        }
        if 0 < self.pairs() {
            let (s, y) = self.pair(0);
            let gamma = dot(s, y) / dot(y, y);
            q.iter_mut().for_each(|q| *q *= gamma);
        }
        for back in (0..self.pairs()).rev() {
            let (s, y) = self.pair(back);
            let beta = inner(y, &q) / dot(s, y);
            add(alphas[back] - beta, s, &mut q);
        }
        q.into_iter().map(F::from_f64).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rosenbrock's valley: `sum 100 (x_(i+1) - x_i^2)^2 + (1 - x_i)^2`.
    fn rosenbrock<F: Scalar>(x: &[F], gradient: &mut [F]) -> f64 {
        let x: Vec<f64> = x.iter().map(|x| x.to_f64()).collect();
        let mut slopes = vec![0.0; x.len()];
        let mut value = 0.0;
        for i in 0..x.len() - 1 {
            let (bend, far) = (x[i + 1] - x[i] * x[i], 1.0 - x[i]);
            value += 100.0 * bend * bend + far * far;
            slopes[i] += -400.0 * x[i] * bend - 2.0 * far;
            slopes[i + 1] += 200.0 * bend;
        }
        gradient.iter_mut().zip(slopes).for_each(|(g, slope)| *g = F::from_f64(slope));
        value
    }

    /// Iterations until it has converged, at most 500.
    fn run<F: Scalar>(mut function: impl FnMut(&[F], &mut [F]) -> f64, theta: &mut [F]) -> (usize, Iteration) {
        let mut memory = vec![F::ZERO; lbfgs_memory(theta.len())];
        let mut value = f64::INFINITY;
        for count in 1..=500 {
            let iteration = lbfgs(&mut function, theta, &mut memory);
            assert!(iteration.new_value <= iteration.value && iteration.new_value <= value);
            value = iteration.new_value;
            if iteration.converged {
                return (count, iteration);
            }
        }
        panic!("not converged: {value}");
    }

    #[test]
    fn the_valley_is_followed_to_its_end() {
        for dimensions in [2, 10] {
            let mut x: Vec<f64> = (0..dimensions).map(|i| if i % 2 == 0 { -1.2 } else { 1.0 }).collect();
            let (iterations, end) = run(rosenbrock, &mut x);
            assert!(iterations < 100, "{iterations}");
            // Of 10 dimensions there is a second minimum, of 3.9866.
            let expected = if x[0] < 0.0 { -1.0 } else { 1.0 };
            assert!((x[0] - expected).abs() < 1e-2 || end.new_value < 1e-15, "{x:?}");
            assert!(dimensions == 10 || end.new_value < 1e-15, "{end:?}");
        }
        let mut x = [-1.2_f32, 1.0];
        let (_, end) = run(rosenbrock, &mut x);
        assert!(end.new_value < 1e-8, "{end:?}");
    }

    #[test]
    fn a_long_narrow_bowl_is_no_hindrance() {
        let stretch = |i: usize| 10.0_f64.powf(2.0 * i as f64 / 29.0);
        let bowl = |x: &[f64], g: &mut [f64]| {
            (0..30).for_each(|i| g[i] = stretch(i) * (x[i] - 1.0));
            (0..30).map(|i| stretch(i) * (x[i] - 1.0).powi(2) / 2.0).sum()
        };
        let mut x = [0.0; 30];
        let (iterations, end) = run(bowl, &mut x);
        assert!(iterations < 200 && end.new_value < 1e-15, "{iterations} {end:?}");
    }

    #[test]
    fn a_step_out_of_the_domain_is_shortened() {
        // -ln(1 - x^2) - x/2 is infinite from 1 on; its minimum is at 2 - sqrt(5), negated: x^2 + 4x - 1 = 0.
        let function = |x: &[f64], g: &mut [f64]| {
            g[0] = 2.0 * x[0] / (1.0 - x[0] * x[0]) - 0.5;
            if x[0].abs() < 1.0 { -(1.0 - x[0] * x[0]).ln() - 0.5 * x[0] } else { f64::NAN }
        };
        let mut x = [0.999999];
        run(function, &mut x);
        assert!((x[0] - (5.0_f64.sqrt() - 2.0)).abs() < 1e-7, "{x:?}");
    }

    #[test]
    fn a_plain_has_no_lower_place_and_a_slope_no_end() {
        let (iterations, end) = run(
            |_: &[f64], g: &mut [f64]| {
                g.fill(0.0);
                3.0
            },
            &mut [1.0, 2.0],
        );
        assert_eq!((iterations, end.converged, end.new_value), (1, true, 3.0));
        let mut theta = [0.0_f64];
        let mut memory = vec![0.0; lbfgs_memory(1)];
        let mut slope = |x: &[f64], g: &mut [f64]| {
            g[0] = -1.0;
            -x[0]
        };
        for _ in 0..20 {
            lbfgs(&mut slope, &mut theta, &mut memory);
        }
        assert!(1e6 < theta[0]);
        let undefined = lbfgs(&mut |_: &[f64], _: &mut [f64]| f64::NAN, &mut [0.0], &mut vec![0.0; lbfgs_memory(1)]);
        assert!(undefined.new_value.is_nan() && !undefined.converged);
    }

    #[test]
    fn all_that_the_next_iteration_needs_is_in_theta_and_memory() {
        let mut x = [-1.2_f32, 1.0, -0.5, 0.3];
        let mut memory = vec![0.0; lbfgs_memory(4)];
        for _ in 0..30 {
            let (mut copy, mut copied) = (x, memory.clone());
            lbfgs(&mut rosenbrock, &mut x, &mut memory);
            lbfgs(&mut rosenbrock, &mut copy, &mut copied);
            assert_eq!((x, &memory), (copy, &copied));
        }
    }

    #[test]
    fn a_pair_that_tells_of_no_curvature_takes_no_other_ones_place() {
        let mut memory = vec![0.0_f64; lbfgs_memory(1)];
        let mut past = Past::of(&mut memory, 1);
        for step in 1..=25 {
            let theta = f64::from(step);
            past.remember(&[theta - 1.0], &[theta], &[2.0 * theta]);
        }
        let before = (past.s.to_vec(), past.y.to_vec(), past.made());
        // The gradient falls along the step.
        past.remember(&[25.0], &[26.0], &[40.0]);
        assert_eq!((past.s.to_vec(), past.y.to_vec(), past.made()), before);
        assert_eq!(past.gradient, [40.0]);
        // The curvature is 2, so Newton's step is half the gradient.
        assert!((past.direction()[0] + 20.0).abs() < 1e-12);
    }
}
