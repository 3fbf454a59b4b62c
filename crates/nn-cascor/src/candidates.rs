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
    pub(crate) fn new(
        kinds: Vec<HiddenUnit>,
        cascade: &Cascade,
        outputs: usize,
        mover: &Mover,
        draw: Draw,
        attempt: usize,
    ) -> Self {
        let (count, fan) = (kinds.len(), cascade.inputs + cascade.units.len());
        let mut theta = vec![F::ZERO; count * (fan + 1)];
        draw.fill("candidates", cascade.units.len(), attempt, &mut theta);
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

    /// An epoch: a pass over the samples, a step where there is a `turn`, and the correlations before that step. Gives back how
    /// many candidates came to numbers that are none, and start again.
    pub(crate) fn epoch(
        &mut self,
        blocks: &mut Blocks<F>,
        cascade: &Cascade,
        theta: &[F],
        mover: &Mover,
        draw: Draw,
        turn: Option<Turn>,
    ) -> usize {
        let signs = self.signs();
        let cost = blocks.cost(2 * self.theta.len());
        let pool = &*self;
        blocks.visit(cost, |block| {
            block.with_values(cascade, theta, |block, values| {
                pool.correlate(block, values, &signs, turn.is_some());
            });
        });
        let mut restarts = 0;
        if let Some(turn) = turn {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::Scaled;
    use crate::outputs::Head;
    use crate::params::Output;
    use nn_core::{Dataset, Samples};

    const UNITS: [HiddenUnit; 2] = [HiddenUnit::Tanh, HiddenUnit::Gaussian];

    /// 150 samples in two blocks, of three features, three classes and a weight each, with two units in place.
    fn blocks(keeps: bool) -> (Blocks<f64>, Cascade, Vec<f64>) {
        let x: Vec<f64> = (0..450).map(|i| ((i * i) as f64).sin()).collect();
        let labels: Vec<u32> = (0..150).map(|j| (j * 7 / 2) % 3).collect();
        let weights: Vec<f64> = (0..150).map(|j| f64::from(j % 4) / 2.0).collect();
        let cascade = Cascade { inputs: 3, units: UNITS.to_vec() };
        let theta: Vec<f64> = (0..9).map(|i| f64::from(i * 5 % 7) / 4.0 - 0.8).collect();
        let data = Dataset::from_slice(3, &x).labels(&labels).weights(&weights);
        let scaled = Scaled { x: &x, targets: &[] };
        (Blocks::new(&Samples::new(data, 3), scaled, 3, &cascade, &theta, keeps), cascade, theta)
    }

    fn head(output: Output) -> (Head, Vec<f64>) {
        // Without the offset it is the slope of the loss.
        let weights = (0..18).map(|i| f64::from(i * 11 % 13) / 6.0 - 1.0).collect();
        (Head { output, offset: 0.0, threshold: 0.4 }, weights)
    }

    /// The largest difference of `told` from the slopes of `loss` by differences.
    fn worst(told: &[f64], at: &[f64], mut loss: impl FnMut(&[f64]) -> f64) -> f64 {
        let mut at = at.to_vec();
        let mut worst: f64 = 0.0;
        for (index, told) in told.iter().enumerate() {
            let start = at[index];
            let mut moved = |h: f64| {
                at[index] = start + h;
                loss(&at)
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            at[index] = start;
            worst = worst.max((slope - told).abs() / (1.0 + told.abs()));
        }
        worst
    }

    #[test]
    fn slopes_of_the_outputs_are_right() {
        for &output in Output::ALL {
            let (mut blocks, cascade, theta) = blocks(true);
            let (head, weights) = head(output);
            head.pass(&mut blocks, &cascade, &theta, &weights, true);
            let told = blocks.slopes().to_vec();
            let worst = worst(&told, &weights, |weights| head.pass(&mut blocks, &cascade, &theta, weights, false).loss);
            assert!(worst < 1e-8, "{output}: {worst}");
        }
    }

    /// S, sample after sample, from its definition.
    fn score(pool: &Pool<f64>, blocks: &mut Blocks<f64>, cascade: &Cascade, theta: &[f64], errors: &[f64]) -> f64 {
        let mut pool = pool.clone();
        let mover = Mover { rule: None, rate: 1.0, decay: 0.0, growth: 2.0, momentum: 0.0 };
        blocks.take_residuals(errors);
        pool.epoch(blocks, cascade, theta, &mover, DRAW, None);
        pool.correlations.iter().map(|correlation| correlation.abs()).sum()
    }

    const DRAW: Draw = Draw { seed: 3, range: 1.0 };

    #[test]
    fn slopes_of_the_correlations_are_right() {
        let (mut blocks, cascade, theta) = blocks(true);
        let (head, weights) = head(Output::Sigmoid);
        let judged = head.pass(&mut blocks, &cascade, &theta, &weights, true);
        Pool::center(&mut blocks, &judged);
        let errors: Vec<f64> = blocks.residuals().collect();
        let kinds = HiddenUnit::ALL.iter().copied().cycle().take(5).collect();
        let mover = Mover { rule: None, rate: 1.0, decay: 0.0, growth: 2.0, momentum: 0.0 };
        let mut pool = Pool::new(kinds, &cascade, 3, &mover, DRAW, 0);
        // The first pass finds the signs.
        pool.epoch(&mut blocks, &cascade, &theta, &mover, DRAW, None);
        let start = pool.clone();
        pool.epoch(&mut blocks, &cascade, &theta, &mover, DRAW, Some(Turn { taken: 0, restarts: 0 }));
        let told: Vec<f64> = blocks.slopes().iter().map(|slope| -slope).collect();
        let worst = worst(&told, &start.theta, |weights| {
            score(&Pool { theta: weights.to_vec(), ..start.clone() }, &mut blocks, &cascade, &theta, &errors)
        });
        assert!(worst < 1e-8, "{worst}");
        // A first step of quickprop goes down the slope, over the samples and the connections with the bias.
        let share = blocks.weight * 6.0;
        for ((after, before), slope) in pool.theta.iter().zip(&start.theta).zip(&told) {
            assert!((after - before - slope / share).abs() < 1e-15);
        }
    }

    #[test]
    fn the_score_is_that_of_the_paper() {
        let (mut blocks, cascade, theta) = blocks(true);
        let (head, weights) = head(Output::Linear);
        let judged = head.pass(&mut blocks, &cascade, &theta, &weights, true);
        let raw: Vec<Vec<f64>> = blocks.all.iter().map(|block| block.residuals.clone()).collect();
        Pool::center(&mut blocks, &judged);
        let mover = Mover { rule: None, rate: 1.0, decay: 0.0, growth: 2.0, momentum: 0.0 };
        let mut pool = Pool::new(vec![HiddenUnit::Sigmoid], &cascade, 3, &mover, DRAW, 0);
        pool.epoch(&mut blocks, &cascade, &theta, &mover, DRAW, None);
        // Over all samples: value, weight, and weight x error of three outputs.
        let mut samples = Vec::new();
        for (block, raw) in blocks.all.iter_mut().zip(&raw) {
            let lanes = block.lanes;
            block.with_values(&cascade, &theta, |block, values| {
                for lane in 0..lanes {
                    let sum = (0..5).map(|i| pool.theta[i] * values[i * lanes + lane]).sum::<f64>() + pool.theta[5];
                    let value = 1.0 / (1.0 + (-sum).exp()) - 0.5;
                    samples.push((value, block.weights[lane], [0, 1, 2].map(|o| raw[o * lanes + lane])));
                }
            });
        }
        let weight: f64 = samples.iter().map(|(_, weight, _)| weight).sum();
        let (mut score, mut squares) = (0.0, 0.0);
        for output in 0..3 {
            let mean = samples.iter().map(|(.., e)| e[output]).sum::<f64>() / weight;
            score += samples.iter().map(|(v, w, e)| v * (e[output] - w * mean)).sum::<f64>().abs();
            squares += samples.iter().filter(|(_, w, _)| 0.0 < *w).map(|(_, w, e)| e[output].powi(2) / w).sum::<f64>();
        }
        assert!((pool.best().1 - score / squares).abs() < 1e-12, "{} {}", pool.best().1, score / squares);
    }

    #[test]
    fn values_that_are_not_kept_are_computed_to_the_same_bits() {
        let ((mut kept, cascade, theta), (mut computed, ..)) = (blocks(true), blocks(false));
        let (head, weights) = head(Output::Softmax);
        let [first, second] = [&mut kept, &mut computed].map(|blocks| {
            let judged = head.pass(blocks, &cascade, &theta, &weights, true);
            (judged, blocks.slopes().to_vec())
        });
        assert_eq!(first, second);
    }
}
