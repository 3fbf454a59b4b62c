//! Training of the candidates for the next hidden unit.
//!
//! A candidate of the value v is to make `S = sum_o |sum_p v_p (e_po - mean e_o)| / sum e^2` as large as it can: how much it
//! correlates with the errors e of the outputs, which stay what they were in the last epoch of these. The slope by a weight is
//! `sum_p f'_p z_p sum_o sigma_o (e_po - mean e_o) / sum e^2` with the sign sigma_o of that output's correlation, for which the
//! one of the epoch before is taken, as in Fahlman's program.

use crate::block::{Block, Blocks, Judged};
use crate::cascade::Cascade;
use crate::quickprop::{Mover, Scale};
use crate::unit::HiddenUnit;
use nn_core::kernels::{Onto, View, all_finite, gemv_t};
use nn_core::random::Key;
use nn_core::{Scalar, linalg};

/// Candidates in training.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pool<F> {
    pub(crate) kinds: Vec<HiddenUnit>,
    /// Their weights, fan × candidates, and their biases.
    pub(crate) theta: Vec<F>,
    /// What the rule remembers of them.
    pub(crate) memory: Vec<F>,
    /// Candidates × outputs.
    pub(crate) correlations: Vec<F>,
    /// Connections into a candidate, its bias left out.
    pub(crate) fan: usize,
}

/// Where random weights come from, and how far they reach.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw {
    pub(crate) seed: u64,
    pub(crate) range: f64,
}

impl Draw {
    /// Fills `weights` from the stream `purpose` of so many units and of `turn`.
    pub(crate) fn fill<F: Scalar>(self, purpose: &str, units: usize, turn: usize, weights: &mut [F]) {
        let mut stream = Key { seed: self.seed, step: units as u64, shard: turn as u64 }.stream(purpose);
        nn_core::kernels::random::fill_uniform(&mut stream, weights);
        let range = F::from_f64(self.range);
        weights.iter_mut().for_each(|w| *w = range * (*w + *w - F::ONE));
    }
}

impl<F: Scalar> Pool<F> {
    /// Of so many candidates at random weights, their kinds those of `kinds` in turn.
    pub(crate) fn new(kinds: Vec<HiddenUnit>, cascade: &Cascade, outputs: usize, mover: &Mover, draw: Draw) -> Self {
        let (count, fan) = (kinds.len(), cascade.inputs + cascade.units.len());
        let mut theta = vec![F::ZERO; count * (fan + 1)];
        draw.fill("candidates", cascade.units.len(), 0, &mut theta);
        let memory = vec![F::ZERO; mover.memory(theta.len())];
        Self { kinds, theta, memory, correlations: vec![F::ZERO; count * outputs], fan }
    }

    /// Makes the residuals `weight (e - mean e) / sum e^2`, in which S and its slope are plain sums.
    pub(crate) fn center(blocks: &mut Blocks<F>, judged: &Judged) {
        let (total, squares) = (blocks.weight, judged.squares);
        for block in &mut blocks.all {
            let lanes = block.lanes;
            for (errors, sum) in block.residuals.chunks_exact_mut(lanes).zip(&judged.errors) {
                for (error, weight) in errors.iter_mut().zip(&block.weights) {
                    let centered = error.to_f64() - weight.to_f64() * sum / total;
                    *error = F::from_f64(centered / squares);
                }
            }
        }
    }

    /// An epoch: a pass over the samples, a step where `learns` says so, and the correlations before that step. Gives back how
    /// many candidates came to numbers that are none, and start again.
    pub(crate) fn epoch(
        &mut self,
        blocks: &mut Blocks<F>,
        cascade: &Cascade,
        theta: &[F],
        mover: &Mover,
        draw: Draw,
        epoch: Option<Turn>,
    ) -> usize {
        let signs = self.signs();
        let cost = blocks.cost(2 * self.theta.len());
        let pool = &*self;
        blocks.visit(cost, |block| {
            block.with_values(cascade, theta, |block, values| {
                pool.correlate(block, values, &signs, epoch.is_some());
            });
        });
        let mut restarts = 0;
        if let Some(turn) = epoch {
            let share = blocks.weight * (self.fan + 1) as f64;
            let scale = Scale { share, scale: 1.0, taken: turn.taken };
            mover.step(&mut self.theta, blocks.slopes(), &mut self.memory, scale);
            restarts = turn.restarts;
        }
        self.correlations.copy_from_slice(blocks.correlations());
        self.restart(cascade.units.len(), draw, restarts)
    }

    /// One number for each output and candidate: the direction in which the candidate's value is to move, times -1 for a slope
    /// that goes down.
    fn signs(&self) -> Vec<F> {
        let count = self.kinds.len();
        let outputs = self.correlations.len() / count;
        let sign = |at: usize| if self.correlations[at] < F::ZERO { F::ONE } else { -F::ONE };
        (0..count).flat_map(|candidate| (0..outputs).map(move |output| output * count + candidate)).map(sign).collect()
    }

    /// Values, correlations and slopes of a block.
    ///
    /// # Shapes
    /// `values`: lanes × fan. `signs`: outputs × candidates.
    fn correlate(&self, block: &mut Block<F>, values: &[F], signs: &[F], learns: bool) {
        let (lanes, count) = (block.lanes, self.kinds.len());
        let outputs = block.residuals.len() / lanes;
        let (weights, biases) = self.theta.split_at(count * self.fan);
        F::with_scratch(|room| {
            let (sums, rest) = room.get(3 * lanes * count).split_at_mut(lanes * count);
            let (v, d) = rest.split_at_mut(lanes * count);
            linalg::forward(lanes, values, weights, biases, sums);
            let column = |candidate: usize| candidate * lanes..(candidate + 1) * lanes;
            for (candidate, kind) in self.kinds.iter().enumerate() {
                kind.forward(&sums[column(candidate)], &mut v[column(candidate)]);
            }
            block.correlations.resize(count * outputs, F::ZERO);
            let all = block.correlations.chunks_exact_mut(count).zip(block.residuals.chunks_exact(lanes));
            all.for_each(|(correlations, errors)| gemv_t(v, errors, Onto::Zero, correlations));
            if !learns {
                return;
            }
            let errors = View::new(&block.residuals, lanes, outputs);
            linalg::product(errors, View::new(signs, outputs, count), Onto::Zero, d);
            for (candidate, kind) in self.kinds.iter().enumerate() {
                kind.backward(&sums[column(candidate)], &v[column(candidate)], &mut d[column(candidate)]);
            }
            block.slopes.clear();
            block.slopes.resize(self.theta.len(), F::ZERO);
            let (dw, db) = block.slopes.split_at_mut(count * self.fan);
            linalg::weight_gradient(lanes, values, d, Onto::Zero, dw, db);
        });
    }

    /// Gives new weights to candidates whose numbers are none any more.
    fn restart(&mut self, units: usize, draw: Draw, before: usize) -> usize {
        let (count, fan) = (self.kinds.len(), self.fan);
        if all_finite(&self.theta) && all_finite(&self.correlations) && all_finite(&self.memory) {
            return 0;
        }
        let mut restarts = 0;
        for candidate in 0..count {
            let own = |at: usize| {
                if at < count * fan { at / fan.max(1) == candidate } else { at - count * fan == candidate }
            };
            let len = self.theta.len();
            let fine = (0..len).filter(|&at| own(at)).all(|at| {
                self.theta[at].is_finite() && self.memory.iter().skip(at).step_by(len).all(|number| number.is_finite())
            }) && self.correlations.iter().skip(candidate).step_by(count).all(|number| number.is_finite());
            if fine {
                continue;
            }
            restarts += 1;
            let mut fresh = vec![F::ZERO; fan + 1];
            draw.fill("restart", units, before + restarts, &mut fresh);
            let mut fresh = fresh.into_iter();
            for at in (0..len).filter(|&at| own(at)) {
                self.theta[at] = fresh.next().unwrap_or(F::ZERO);
                self.memory.iter_mut().skip(at).step_by(len).for_each(|number| *number = F::ZERO);
            }
            self.correlations.iter_mut().skip(candidate).step_by(count).for_each(|number| *number = F::ZERO);
        }
        restarts
    }

    /// The candidate of the largest S, the first of those that are alike, and its S.
    pub(crate) fn best(&self) -> (usize, f64) {
        let count = self.kinds.len();
        let score = |candidate: usize| {
            self.correlations.iter().skip(candidate).step_by(count).map(|c| c.to_f64().abs()).sum::<f64>()
        };
        (0..count)
            .map(|candidate| (candidate, score(candidate)))
            .fold((0, f64::NEG_INFINITY), |best, own| if best.1 < own.1 { own } else { best })
    }

    /// Its weights and its bias.
    pub(crate) fn weights(&self, candidate: usize) -> impl Iterator<Item = F> + '_ {
        let biases = self.kinds.len() * self.fan;
        self.theta[candidate * self.fan..][..self.fan].iter().copied().chain([self.theta[biases + candidate]])
    }

    /// Its correlation with each output.
    pub(crate) fn correlations(&self, candidate: usize) -> impl Iterator<Item = F> + '_ {
        self.correlations.iter().copied().skip(candidate).step_by(self.kinds.len())
    }
}

/// A step of candidates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// Steps taken before by these.
    pub(crate) taken: u64,
    /// Restarts before, of all candidates.
    pub(crate) restarts: usize,
}
