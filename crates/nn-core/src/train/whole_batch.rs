//! Training by all samples at a time: the minimisers, of which an iteration is an epoch.

use super::{Evaluation, Run, check_theta};
use crate::course::Passed;
use crate::kernels::{self, Buffer, Onto, View};
use crate::minimise::{self, Residuals};
use crate::nalgebra::{DMatrix, DVector};
use crate::objective::{At, Objective};
use crate::random::Key;
use crate::rule::Rule;
use crate::samples::{Samples, ShardBuffers, WHOLE};
use crate::{Error, Result, Scalar, State};

/// Rows of a Jacobian that are multiplied at a time.
const ROWS: usize = 64;

impl<F: Scalar, O: Objective<F>> Run<'_, F, O> {
    /// That the rule can minimise this objective.
    pub(super) fn check_minimiser(&self, state: &State<F>) -> Result<()> {
        let rule = self.training.optimizer;
        let refuse = |expected: String| Err(Error::param("optimizer", rule, expected));
        if !rule.is_minimiser() {
            return Ok(());
        }
        if !state.carry.is_empty() || !state.running.is_empty() {
            return refuse(
                "a rule that takes a step a batch, as this model keeps something from batch to batch".into(),
            );
        }
        for (name, value) in [("l1", self.training.penalty.l1), ("max_norm", self.training.max_norm)] {
            if value != 0.0 {
                return refuse(format!("a rule that takes a step a batch, where {name} is not 0"));
            }
        }
        let most = minimise::MOST_PARAMETERS;
        if rule == Rule::LevenbergMarquardt && most < state.theta.len() {
            return refuse(format!("another rule for {} weights; this one takes at most {most}", state.theta.len()));
        }
        Ok(())
    }

    /// One iteration, as the `epoch`-th.
    pub(super) fn iteration(
        &mut self,
        state: &mut State<F>,
        samples: &Samples<'_, F>,
        order: &[u32],
        epoch: usize,
    ) -> Result<Passed> {
        let State { theta, memory, running, .. } = state;
        let (descent, objective) = (&self.descent, self.objective);
        let iteration = if self.training.optimizer == Rule::LevenbergMarquardt {
            let evaluation = Evaluation::new(objective, samples);
            let mut squares = Squares { run: self, samples, evaluation, running, is_squared: true };
            let iteration = minimise::levenberg_marquardt(&mut squares, theta, memory);
            if !squares.is_squared {
                let expected = "another rule, or loss=squared-error";
                return Err(Error::param("optimizer", Rule::LevenbergMarquardt, expected));
            }
            iteration
        } else {
            let groups = &mut self.groups;
            let mut function = |theta: &[F], gradient: &mut [F]| {
                let at = At { theta, running };
                let total = groups.sum(objective, at, samples, order, WHOLE, Key::once(self.training.seed), true);
                let scale = F::from_f64(descent.lambda() / total.sum.weight);
                gradient.iter_mut().zip(&total.gradient).for_each(|(mean, &sum)| *mean = scale * sum);
                descent.lambda() * total.sum.mean() + descent.penalty(theta, Some(gradient))
            };
            minimise::lbfgs(&mut function, theta, memory)
        };
        state.steps += 1;
        if !iteration.new_value.is_finite() {
            return Err(Error::Diverged { epoch, loss: iteration.new_value });
        }
        check_theta(state, epoch)?;
        let loss = (iteration.new_value - self.descent.penalty(&state.theta, None)) / self.descent.lambda();
        Ok(Passed { converged: iteration.converged, ..Passed::new(loss, None) })
    }
}

/// Half a sum of squares over all samples, and the penalty.
struct Squares<'r, 'a, 's, F: Scalar, O> {
    run: &'r Run<'a, F, O>,
    samples: &'r Samples<'s, F>,
    evaluation: Evaluation<'r, F, O>,
    running: &'r [F],
    /// Whether the objective is one.
    is_squared: bool,
}

impl<F: Scalar, O: Objective<F>> Residuals<F> for Squares<'_, '_, '_, F, O> {
    fn value(&mut self, theta: &[F]) -> f64 {
        let loss = self.evaluation.loss(At { theta, running: self.running }, self.samples);
        self.run.descent.lambda() * loss + self.run.descent.penalty(theta, None)
    }

    /// The rows of the Jacobian are `sqrt(w) dr/dtheta`, so that `J'J` and `J'r` sum over the samples by their weight.
    fn normal_equations(&mut self, theta: &[F], hessian: &mut DMatrix<f64>, gradient: &mut DVector<f64>) {
        let (objective, len) = (self.run.objective, theta.len());
        let targets = objective.targets();
        let lanes = objective.lanes(1);
        let at = At { theta, running: self.running };
        let mut scratch = Buffer::zeros(objective.scratch_len(lanes, 1));
        let mut buffers = ShardBuffers::default();
        let (mut slopes, mut residuals) = (vec![F::ZERO; targets * len], vec![F::ZERO; targets]);
        let mut rows: Vec<f64> = Vec::with_capacity((ROWS + targets) * len);
        let mut total = 0.0;
        let mut add = |rows: &mut Vec<f64>| {
            let count = rows.len() / len;
            let turned = View::new(rows, len, count);
            kernels::gemm(turned, turned.transposed(), Onto::Old, hessian.as_mut_slice(), len);
            rows.clear();
        };
        for item in 0..self.samples.len() as u32 {
            self.samples.gather(&[item], lanes, WHOLE, &mut buffers);
            let shard = buffers.shard(Key::once(0), false);
            let weight = shard.weights[0].to_f64();
            slopes.fill(F::ZERO);
            self.is_squared &= objective.residuals(at, &shard, &mut residuals, &mut slopes, &mut scratch);
            for (residual, slopes) in residuals.iter().zip(slopes.chunks(len)) {
                let residual = residual.to_f64();
                gradient.iter_mut().zip(slopes).for_each(|(g, slope)| *g += weight * residual * slope.to_f64());
                rows.extend(slopes.iter().map(|slope| weight.sqrt() * slope.to_f64()));
            }
            total += weight;
            if ROWS * len <= rows.len() {
                add(&mut rows);
            }
        }
        add(&mut rows);
        let share = self.run.descent.lambda() / total;
        hessian.iter_mut().for_each(|h| *h *= share);
        gradient.iter_mut().for_each(|g| *g *= share);
        for (at, curvature) in self.run.descent.curvature(len).into_iter().enumerate() {
            hessian[(at, at)] += curvature;
            gradient[at] += curvature * theta[at].to_f64();
        }
    }
}
