//! What a machine learns by: the statistics of the data less those of the model.
//!
//! The gradient of the mean log-likelihood is `d/dW = <v h^T>_data - <v h^T>_model`, and likewise `<h>` and `<v>` of the biases.
//! The three algorithms differ in where the statistics of the model are taken:
//!
//! - *contrastive divergence*, CD-k, the chapter's (24): after k steps of Gibbs sampling that begin at the data. Hinton, Neural
//!   Computation 14, 2002;
//! - *persistent contrastive divergence*, PCD-k: chains that go on from where the last step left them. Tieleman, ICML 2008;
//! - *exactly*: the sum over all states of the smaller side.
//!
//! **Hidden units** are sampled where they drive the visible ones, and are probabilities in the statistics (Hinton 2010,
//! section 3).
//!
//! **Centring.** With offsets mu and lambda the gradient is that of a machine with the energy
//! `-(v - mu) W (h - lambda) - b' v - c' h`, told in the biases b and c of the usual one:
//! `dW = <(v - mu)(h - lambda)^T>_data - <...>_model`, `db = <v>_data - <v>_model - dW lambda`,
//! `dc = <h>_data - <h>_model - dW^T mu` (Montavon and Mueller 2012; Melchior, Fischer and Wiskott, JMLR 17, 2016, algorithm 1
//! and section 2.2). Since theta holds the usual biases at all times, moving the offsets leaves the distribution as it is, and
//! no bias has to follow them as in the paper's own algorithm. The offsets are the running means of the data and of
//! `P(h = 1 | v)`.

use super::exact::{LANES, States, draw};
use super::machine::{Machine, log_sum_exp};
use super::measures::watched;
use super::params::Algorithm;
use nn_core::kernels::{self, Onto, View};
use nn_core::{At, Cut, Objective, Samples, Scalar, Shard, Span, Sum, Sums, linalg};

/// Lanes of a shard at most: a batch of 100 is one shard, whose products read and write W once.
const MOST_LANES: usize = 128;
/// The same where all states are summed for each shard.
const MOST_LANES_EXACT: usize = 4096;
/// From so many parameters on, adding the gradients of groups costs more than it saves.
const LARGE: usize = 1 << 16;

/// How a machine learns; see the module. It is what [`train`](nn_core::train::train) trains.
#[derive(Clone, Debug)]
pub struct Contrastive {
    /// What learns.
    pub machine: Machine,
    /// Where the statistics of the model come from.
    pub algorithm: Algorithm,
    /// Steps of Gibbs sampling, k, 1 or more.
    pub steps: usize,
    /// Whether the visible units are sampled on the way, too, or are the means that the hidden ones give them.
    pub sample_visible: bool,
    /// Whether the gradient is that of the centred machine.
    pub centering: bool,
    /// How far the running means go to those of a batch.
    pub mean_rate: f64,
    /// How often a hidden unit should be on, and how much that counts; a cost of 0 is none.
    pub sparsity: Sparsity,
    /// All states of the smaller side; for [`Algorithm::Exact`].
    pub(crate) states: Option<States>,
    /// Whether the likelihood is measured after each epoch.
    pub(crate) watch_likelihood: bool,
    /// The seed of what is measured.
    pub(crate) seed: u64,
}

/// How often hidden units should be on.
///
/// With q_j the running mean of `P(h_j = 1 | v)`, the cost's slope by what arrives at unit j is `cost (q_j - target)`. Hinton
/// 2010, section 11.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sparsity {
    /// The share of samples for which a unit should be on.
    pub target: f64,
    /// How much it counts.
    pub cost: f64,
}

impl Contrastive {
    /// Whether running means are kept.
    fn keeps_means(&self) -> bool {
        self.centering || self.sparsity.cost != 0.0
    }

    /// The running means of visible and hidden units, where there are such.
    fn means<'a, F>(&self, at: At<'a, F>) -> (&'a [F], &'a [F]) {
        at.running.split_at(at.running.len().min(self.machine.visible()))
    }

    /// The visible units of a shard: its features, and its classes behind them.
    fn visible<F: Scalar>(&self, shard: &Shard<'_, F>, v: &mut [F]) {
        let (features, labels) = v.split_at_mut(shard.lanes * self.machine.features);
        features.copy_from_slice(shard.x);
        labels.copy_from_slice(&shard.target[..labels.len()]);
    }

    /// The summed squared error of the reconstruction `means` of the features in v, a mean over the features.
    fn reconstruction_error<F: Scalar>(&self, v: &[F], means: &[F], weights: &[F]) -> f64 {
        let (lanes, features) = (weights.len(), self.machine.features);
        let mut errors = [F::ZERO; MOST_LANES];
        let errors = &mut errors[..lanes];
        for (v, mean) in v.chunks_exact(lanes).zip(means.chunks_exact(lanes)).take(features) {
            for ((error, &v), &mean) in errors.iter_mut().zip(v).zip(mean) {
                *error += (v - mean) * (v - mean);
            }
        }
        let weighted = errors.iter().zip(weights).map(|(error, weight)| error.to_f64() * weight.to_f64());
        weighted.sum::<f64>() / features as f64
    }

    /// Adds `sign sum_l w_l` times the statistics of the lanes to the gradient, and leaves nothing of v and h.
    ///
    /// With `v' = v - mu`, `h' = h - lambda`: `W += v' h'^T`, `b += v' (1 - h' lambda)` and `c += h' (1 - v' mu)`, in which
    /// the terms in mu and lambda alone cancel between data and model, whose weights have the same sum. Without centring mu and
    /// lambda are 0. `pull` is what sparsity adds to h' of the data in W and c.
    fn add_statistics<F: Scalar>(
        &self,
        side: Statistics<'_, F>,
        at: At<'_, F>,
        init: Onto<'_, F>,
        gradient: &mut [F],
        room: &mut [F],
    ) {
        let Statistics { v, h, weights, sign, pull } = side;
        let lanes = weights.len();
        let (dw, biases) = gradient.split_at_mut(self.machine.visible() * self.machine.hidden);
        let (dc, db) = biases.split_at_mut(self.machine.hidden);
        let (by_hidden, rest) = room.split_at_mut(lanes);
        let (by_visible, rest) = rest.split_at_mut(lanes);
        let signed = &mut rest[..lanes];
        signed.iter_mut().zip(weights).for_each(|(signed, &weight)| *signed = sign * weight);
        if self.centering {
            let (mu, lambda) = self.means(at);
            center(lanes, v, mu, by_visible);
            center(lanes, h, lambda, by_hidden);
        }
        if pull {
            let Sparsity { target, cost } = self.sparsity;
            for (column, q) in h.chunks_exact_mut(lanes).zip(self.means(at).1) {
                let pull = F::from_f64(cost * (q.to_f64() - target));
                column.iter_mut().for_each(|h| *h -= pull);
            }
        }
        weigh(lanes, h, signed);
        linalg::product(
            View::new(v, lanes, self.machine.visible()).transposed(),
            View::new(h, lanes, self.machine.hidden),
            init,
            dw,
        );
        if self.centering {
            weigh(lanes, h, by_visible);
            signed.iter_mut().zip(by_hidden).for_each(|(signed, &mut by)| *signed *= by);
        }
        kernels::sum_columns(h, lanes, dc);
        weigh(lanes, v, signed);
        kernels::sum_columns(v, lanes, db);
    }

    /// The statistics of all states, each with its probability times `weight`. Gives back `ln Z`.
    fn add_model<F: Scalar>(
        &self,
        states: &States,
        at: At<'_, F>,
        weight: f64,
        gradient: &mut [F],
        scratch: &mut [F],
    ) -> f64 {
        let Machine { hidden, .. } = self.machine;
        let (x, rest) = scratch.split_at_mut(LANES * states.units());
        let (other, rest) = rest.split_at_mut(LANES * (self.machine.visible() + hidden - states.units()));
        let (room, rest) = rest.split_at_mut(States::room(&self.machine));
        let (shares, lane_room) = rest.split_at_mut(LANES);
        let mut logs = [0.0; LANES];
        let log_z = {
            // One number a block is kept of each look, so that no step has to make room for all.
            let mut most = f64::NEG_INFINITY;
            let mut sum = 0.0;
            for first in (0..states.count).step_by(LANES) {
                states.fill(first, LANES, x);
                states.logs(at.theta, first, x, room, &mut logs);
                let block = log_sum_exp(logs.iter().copied());
                if most < block {
                    sum *= (most - block).exp();
                    most = block;
                }
                sum += (block - most).exp();
            }
            most + sum.ln()
        };
        for first in (0..states.count).step_by(LANES) {
            states.fill(first, LANES, x);
            states.logs(at.theta, first, x, room, &mut logs);
            other.copy_from_slice(&room[..other.len()]);
            shares.iter_mut().zip(&logs).for_each(|(share, log)| *share = F::from_f64(weight * (log - log_z).exp()));
            let (v, h) = match states.side {
                super::exact::Side::Hidden => {
                    self.machine.means_of_sums(LANES, other);
                    (&mut *other, &mut *x)
                }
                super::exact::Side::Visible => {
                    linalg::sigmoid(other);
                    (&mut *x, &mut *other)
                }
            };
            let side = Statistics { v, h, weights: shares, sign: F::ONE, pull: false };
            self.add_statistics(side, at, Onto::Old, gradient, lane_room);
        }
        log_z
    }

    /// One walk of k steps from hidden units to hidden units: v and h are then where it ended, h as probabilities. `see` is shown
    /// the first means of the visible units.
    fn walk<F: Scalar>(
        &self,
        theta: &[F],
        shard: &Shard<'_, F>,
        chain: &mut [F],
        [v, h, means]: [&mut [F]; 3],
        mut see: impl FnMut(&[F]),
    ) {
        for step in 0..self.steps {
            if self.sample_visible {
                self.machine.visible_means(theta, shard.lanes, chain, means);
                self.machine.sample_visible(draw(shard.key, 2 * step + 2), shard.lanes, means, v);
                if step == 0 {
                    see(means);
                }
            } else {
                self.machine.visible_means(theta, shard.lanes, chain, v);
                if step == 0 {
                    see(v);
                }
            }
            self.machine.hidden_probabilities(theta, shard.lanes, v, h);
            if step + 1 < self.steps || self.algorithm == Algorithm::Persistent {
                self.machine.sample_hidden(draw(shard.key, 2 * step + 3), h, chain);
            }
        }
    }
}

/// The samples of one side in lanes, and what they weigh.
struct Statistics<'a, F> {
    v: &'a mut [F],
    h: &'a mut [F],
    weights: &'a [F],
    sign: F,
    /// Whether these are data, whose hidden units sparsity pulls at.
    pull: bool,
}

/// `x -= offsets`, and `1 - x offsets` of each lane.
fn center<F: Scalar>(lanes: usize, x: &mut [F], offsets: &[F], by: &mut [F]) {
    by.fill(F::ONE);
    for (column, &offset) in x.chunks_exact_mut(lanes).zip(offsets) {
        for (x, by) in column.iter_mut().zip(&mut *by) {
            *x -= offset;
            *by -= *x * offset;
        }
    }
}

/// Each lane times its number.
fn weigh<F: Scalar>(lanes: usize, x: &mut [F], by: &[F]) {
    for column in x.chunks_exact_mut(lanes) {
        column.iter_mut().zip(by).for_each(|(x, &by)| *x *= by);
    }
}

impl<F: Scalar> Objective<F> for Contrastive {
    fn spans(&self) -> Vec<Span> {
        self.machine.spans()
    }

    /// The classes, where labels are units.
    fn targets(&self) -> usize {
        self.machine.classes
    }

    fn lanes(&self, samples: usize) -> usize {
        let most = if self.algorithm == Algorithm::Exact { MOST_LANES_EXACT } else { MOST_LANES };
        samples.next_multiple_of(16).min(most)
    }

    fn cut(&self) -> Cut {
        // All states would be summed for each group.
        let together = self.algorithm == Algorithm::Exact || LARGE <= self.machine.theta_len();
        if together { Cut::Layers } else { Cut::Shards }
    }

    fn scratch_len(&self, lanes: usize, _steps: usize) -> usize {
        let Machine { hidden, .. } = self.machine;
        let visible = self.machine.visible();
        let lane_room = 3 * lanes.max(LANES);
        let own = lanes * (3 * visible + 3 * hidden) + lane_room;
        let exact = LANES * (visible + hidden) + States::room(&self.machine) + LANES + lane_room;
        own + if self.algorithm == Algorithm::Exact { exact + lanes * hidden } else { 0 }
    }

    /// The hidden units of each chain, of PCD. They begin with all units off.
    fn carry_len(&self, lanes: usize) -> usize {
        if self.algorithm == Algorithm::Persistent { lanes * self.machine.hidden } else { 0 }
    }

    fn extra_len(&self) -> usize {
        if self.keeps_means() { self.machine.visible() + self.machine.hidden } else { 0 }
    }

    fn running_len(&self) -> usize {
        Objective::<F>::extra_len(self)
    }

    /// The error of the reconstruction by means alone; of the exact gradient what it is the gradient of,
    /// `-ln P(v) = F(v) + ln Z`.
    fn loss(&self, at: At<'_, F>, shard: &Shard<'_, F>, _carry: &mut [F], scratch: &mut [F]) -> Sum {
        let (lanes, weights) = (shard.lanes, shard.weights);
        let (v, rest) = scratch.split_at_mut(lanes * self.machine.visible());
        self.visible(shard, v);
        let weight = weights.iter().map(|weight| weight.to_f64()).sum();
        let loss = match &self.states {
            Some(states) if self.algorithm == Algorithm::Exact => {
                let energy = energy(&self.machine, at.theta, v, weights, rest);
                energy + weight * states.log_partition(at.theta)
            }
            _ => {
                let (h, rest) = rest.split_at_mut(lanes * self.machine.hidden);
                let means = &mut rest[..v.len()];
                self.machine.hidden_probabilities(at.theta, lanes, v, h);
                self.machine.visible_means(at.theta, lanes, h, means);
                self.reconstruction_error(v, means, weights)
            }
        };
        Sum { loss, weight }
    }

    /// Its loss is the error of the first reconstruction, from sampled hidden units (of PCD, whose chains reconstruct nothing, by
    /// means alone); of the exact gradient it is that of [`loss`](Objective::loss).
    fn gradient(
        &self,
        at: At<'_, F>,
        shard: &Shard<'_, F>,
        sums: Sums<'_, F>,
        carry: &mut [F],
        scratch: &mut [F],
    ) -> Sum {
        let (lanes, weights) = (shard.lanes, shard.weights);
        let (visible, hidden) = (lanes * self.machine.visible(), lanes * self.machine.hidden);
        let weight: f64 = weights.iter().map(|weight| weight.to_f64()).sum();
        let (v, rest) = scratch.split_at_mut(visible);
        let (p, rest) = rest.split_at_mut(hidden);
        self.visible(shard, v);
        self.machine.hidden_probabilities(at.theta, lanes, v, p);
        if self.keeps_means() {
            let (of_visible, of_hidden) = sums.extra.split_at_mut(self.machine.visible());
            add_weighted(lanes, v, weights, of_visible);
            add_weighted(lanes, p, weights, of_hidden);
        }
        let pull = self.sparsity.cost != 0.0;
        let init = if sums.first { Onto::Zero } else { Onto::Old };
        if let (Algorithm::Exact, Some(states)) = (self.algorithm, &self.states) {
            let energy = energy(&self.machine, at.theta, v, weights, rest);
            let data = Statistics { v, h: p, weights, sign: -F::ONE, pull };
            self.add_statistics(data, at, init, sums.gradient, rest);
            let log_z = self.add_model(states, at, weight, sums.gradient, rest);
            return Sum { loss: energy + weight * log_z, weight };
        }

        let (v2, rest) = rest.split_at_mut(visible);
        let (h2, rest) = rest.split_at_mut(hidden);
        let (means, rest) = rest.split_at_mut(visible);
        let (begin, rest) = rest.split_at_mut(hidden);
        let mut loss = 0.0;
        if self.algorithm == Algorithm::Persistent {
            self.machine.visible_means(at.theta, lanes, p, means);
            loss = self.reconstruction_error(v, means, weights);
            self.walk(at.theta, shard, carry, [v2, h2, means], |_| {});
        } else {
            self.machine.sample_hidden(draw(shard.key, 1), p, begin);
            self.walk(at.theta, shard, begin, [v2, h2, means], |means| {
                loss = self.reconstruction_error(v, means, weights);
            });
        }
        let data = Statistics { v, h: p, weights, sign: -F::ONE, pull };
        self.add_statistics(data, at, init, sums.gradient, rest);
        // A chain belongs to no sample: each counts alike.
        let chains = &mut begin[..lanes];
        chains.fill(F::from_f64(weight / lanes as f64));
        let weights = if self.algorithm == Algorithm::Persistent { &*chains } else { weights };
        let model = Statistics { v: v2, h: h2, weights, sign: F::ONE, pull: false };
        self.add_statistics(model, at, Onto::Old, sums.gradient, rest);
        Sum { loss, weight }
    }

    fn after_step(&self, _theta: &mut [F], running: &mut [F], extra: &[F], weight: f64) {
        let rate = F::from_f64(self.mean_rate);
        let share = F::from_f64(1.0 / weight);
        running.iter_mut().zip(extra).for_each(|(mean, &sum)| *mean += rate * (share * sum - *mean));
    }

    /// Where it is asked for: `log_likelihood`, and `log_likelihood_error`, the standard error of its estimate, 0 where it is exact.
    fn measures(&self, at: At<'_, F>, samples: &Samples<'_, F>) -> Vec<(&'static str, f64)> {
        if !self.watch_likelihood {
            return Vec::new();
        }
        watched(self, at.theta, samples)
    }
}

/// `out_i += sum_l w_l x_li`.
fn add_weighted<F: Scalar>(lanes: usize, x: &[F], weights: &[F], out: &mut [F]) {
    for (column, out) in x.chunks_exact(lanes).zip(out) {
        let sum = column.iter().zip(weights).fold(F::ZERO, |sum, (&x, &weight)| sum + weight * x);
        *out += sum;
    }
}

/// The weighted sum of the free energies of the lanes.
fn energy<F: Scalar>(machine: &Machine, theta: &[F], v: &[F], weights: &[F], room: &mut [F]) -> f64 {
    let mut energies = vec![0.0; weights.len()];
    machine.free_energies(theta, weights.len(), v, room, &mut energies);
    energies.iter().zip(weights).map(|(energy, weight)| energy * weight.to_f64()).sum()
}
