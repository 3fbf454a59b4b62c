//! What a machine learns by: the statistics of the data less those of the model.
//!
//! The gradient of the mean log-likelihood is `d/dW = <v h^T>_data - <v h^T>_model`, and likewise `<h>` and `<v>` of the biases.
//! The three algorithms differ in where the statistics of the model are taken:
//!
//! - *contrastive divergence*, CD-k, the chapter's (24): after k steps back and forth between the sides, from the data on. Hinton,
//!   Neural Computation 14, 2002;
//! - *persistent contrastive divergence*, PCD-k: chains that go on from where the last step left them. Tieleman, ICML 2008;
//! - *exactly*: the sum over all states of the smaller side.
//!
//! **Hidden units** are sampled where they drive the visible ones, and are probabilities in the statistics (Hinton 2010,
//! section 3), which leaves their expectation as it is. **Visible units** are sampled where `sample_visible` says so: only then is
//! a step one of Gibbs sampling, and only then do the statistics of long chains tend to those of the model. Their means in their
//! place, as is usual with binary units and CD, are a little less noisy and a little biased, at the last step too: there
//! `P(h | v)` bends between the samples that a mean stands for.
//!
//! **Centring.** With offsets mu and lambda the gradient is that of a machine with the energy
//! `-(v - mu) W (h - lambda) - b' v - c' h`, told in the biases b and c of the usual one:
//! `dW = <(v - mu)(h - lambda)^T>_data - <...>_model`, `db = <v>_data - <v>_model - dW lambda`,
//! `dc = <h>_data - <h>_model - dW^T mu` (Montavon and Mueller 2012; Melchior, Fischer and Wiskott, JMLR 17, 2016, algorithm 1
//! and section 2.2). Since theta holds the usual biases at all times, moving the offsets leaves the distribution as it is, and
//! no bias has to follow them as in the paper's own algorithm. The offsets are the running means of the data and of
//! `P(h = 1 | v)`. All of this holds of steps that are a number times gradients, so that other rules learn without centring.

use super::exact::{LANES, Side, States, draw};
use super::machine::Machine;
use super::measures::watched;
use super::params::Algorithm;
use crate::logs::log_sum_exp;
use nn_core::kernels::{self, Onto, View};
use nn_core::{At, Cut, Objective, Samples, Scalar, Shard, Span, Sum, Sums, linalg, side_by_side_for};
use std::ops::Range;

/// Lanes of a shard at most: a batch of 100 is one shard, whose products read and write W once.
pub(super) const MOST_LANES: usize = 128;
/// The same where all states are summed for each shard.
const MOST_LANES_EXACT: usize = 4096;
/// States that one thread sums in the scratch it has; of more there are [`PARTS`] parts.
const TOGETHER: usize = 1 << 13;
const PARTS: usize = 16;
/// From so many parameters on, adding the gradients of groups costs more than it saves.
const LARGE: usize = 1 << 16;

/// How a restricted machine learns: its gradient is `<v h^T>_data - <v h^T>_model`, and likewise `<h>` and `<v>` for the biases.
/// [`Algorithm`] says where the second term is taken. [`train`](nn_core::train::train) trains it.
#[derive(Clone, Debug)]
pub struct Contrastive<'v, F: Scalar> {
    /// What learns.
    pub machine: Machine,
    /// Where the statistics of the model come from.
    pub(crate) algorithm: Algorithm,
    /// Steps of Gibbs sampling, k, 1 or more.
    pub(crate) steps: usize,
    /// Whether the visible units are sampled on the way, too, or are the means that the hidden ones give them.
    pub(crate) sample_visible: bool,
    /// Whether the gradient is that of the centred machine.
    pub(crate) centering: bool,
    /// How far the running means go to those of a batch.
    pub(crate) mean_rate: f64,
    /// How often a hidden unit should be on, and how much that counts; a cost of 0 is none.
    pub(crate) sparsity: Sparsity,
    /// All states of the smaller side; for [`Algorithm::Exact`].
    pub(crate) states: Option<States>,
    /// Whether the likelihood is measured after each epoch.
    pub(crate) watch_likelihood: bool,
    /// The seed of what is measured.
    pub(crate) seed: u64,
    /// What the log-density in the units of the data is less than that of scaled features.
    pub(crate) log_of_scales: f64,
    /// Samples whose free energy is told beside that of the samples learned from.
    pub(crate) validation: Option<Samples<'v, F>>,
}

/// How often hidden units should be on.
///
/// With q_j the running mean of `P(h_j = 1 | v)`, the cost's slope by what arrives at unit j is `cost (q_j - target)`. Hinton
/// 2010, section 11.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sparsity {
    /// The share of samples for which a unit should be on.
    pub(crate) target: f64,
    /// How much it counts.
    pub(crate) cost: f64,
}

impl<F: Scalar> Contrastive<'_, F> {
    /// Whether running means are kept.
    fn keeps_means(&self) -> bool {
        self.centering || self.sparsity.cost != 0.0
    }

    /// The running means of visible and hidden units, where there are such.
    fn means<'a>(&self, at: At<'a, F>) -> (&'a [F], &'a [F]) {
        at.running.split_at(at.running.len().min(self.machine.visible()))
    }

    /// The visible units of a shard: its features, and its classes behind them.
    fn visible(&self, shard: &Shard<'_, F>, v: &mut [F]) {
        let (features, labels) = v.split_at_mut(shard.lanes * self.machine.features);
        features.copy_from_slice(shard.x);
        self.machine.hold_in_range(features);
        labels.copy_from_slice(&shard.target[..labels.len()]);
    }

    /// The summed squared error of the reconstruction `means` of the features in v, a mean over the features.
    fn reconstruction_error(&self, v: &[F], means: &[F], weights: &[F]) -> f64 {
        let (lanes, features) = (weights.len(), self.machine.features);
        let mut errors = [F::ZERO; MOST_LANES];
        let errors = &mut errors[..lanes];
        kernels::squared_errors(&v[..lanes * features], &means[..lanes * features], lanes, errors);
        let weighted = errors.iter().zip(weights).map(|(error, weight)| error.to_f64() * weight.to_f64());
        weighted.sum::<f64>() / features as f64
    }

    /// Adds `sign sum_l w_l` times the statistics of the lanes to the gradient, those of the sides one after another, and leaves
    /// nothing of their v and h. The gradient of W is read and written once for all sides.
    fn add_statistics<const N: usize>(
        &self,
        sides: [Statistics<'_, F>; N],
        at: At<'_, F>,
        init: Onto<'_, F>,
        gradient: &mut [F],
        room: &mut [F],
    ) {
        let (dw, biases) = gradient.split_at_mut(self.machine.visible() * self.machine.hidden);
        let (dc, db) = biases.split_at_mut(self.machine.hidden);
        let pairs = sides.map(|side| self.weigh(side, at, [dc, db], room));
        linalg::product_sum(&pairs, init, dw);
    }

    /// The two operands whose product is what a side adds to the gradient of W; what it adds to those of the biases is added here.
    ///
    /// With `v' = v - mu`, `h' = h - lambda`: `W += v' h'^T`, `b += v' (1 - h' lambda)` and `c += h' (1 - v' mu)`, in which
    /// the terms in mu and lambda alone cancel between data and model, whose weights have the same sum. Without centring mu and
    /// lambda are 0. `pull` is what sparsity adds to h' of the data in W and c.
    fn weigh<'s>(
        &self,
        side: Statistics<'s, F>,
        at: At<'_, F>,
        [dc, db]: [&mut [F]; 2],
        room: &mut [F],
    ) -> (View<'s, F>, View<'s, F>) {
        let Statistics { v, h, weights, sign, pull } = side;
        let lanes = weights.len();
        let (by_hidden, rest) = room.split_at_mut(lanes);
        let (by_visible, rest) = rest.split_at_mut(lanes);
        let signed = &mut rest[..lanes];
        signed.iter_mut().zip(weights).for_each(|(signed, &weight)| *signed = sign * weight);
        by_visible.fill(F::ZERO);
        by_hidden.fill(F::ZERO);
        if self.centering {
            let (mu, lambda) = self.means(at);
            kernels::center_columns(v, lanes, mu, by_visible);
            kernels::center_columns(h, lanes, lambda, by_hidden);
        }
        if pull {
            let Sparsity { target, cost } = self.sparsity;
            for (column, q) in h.chunks_exact_mut(lanes).zip(self.means(at).1) {
                let pull = F::from_f64(cost * (q.to_f64() - target));
                column.iter_mut().for_each(|h| *h -= pull);
            }
        }
        kernels::weigh_columns(h, lanes, signed, dc);
        if self.centering {
            // What stands there is `-v' mu` and `-h' lambda` of each lane.
            kernels::sum_weighted_columns(h, lanes, by_visible, dc);
            signed.iter_mut().zip(by_hidden).for_each(|(signed, &mut by)| *signed += *signed * by);
        }
        kernels::sum_weighted_columns(v, lanes, signed, db);
        // Lanes that only fill up weigh nothing: the last ones are left out, 12 of 112 for a batch of 100.
        let used = weights.iter().rposition(|&weight| weight != F::ZERO).map_or(0, |last| last + 1);
        let v_transposed = View::with_strides(v, self.machine.visible(), used, lanes, 1);
        (v_transposed, View::with_strides(h, used, self.machine.hidden, 1, lanes))
    }

    /// The statistics of all states, each with its probability times `weight`. Gives back `ln Z`.
    ///
    /// Many states are cut into parts, always the same ones, which threads take side by side and whose sums are added in their order.
    fn add_model(&self, states: &States, at: At<'_, F>, weight: f64, gradient: &mut [F], scratch: &mut [F]) -> f64 {
        let all = 0..states.count;
        if states.count <= TOGETHER {
            let log_z = self.log_sum(states, at, all.clone(), scratch);
            self.add_states(states, at, all, [weight, log_z], gradient, scratch);
            return log_z;
        }
        let part = states.count.div_ceil(PARTS).next_multiple_of(LANES);
        let range = |index: usize| index * part..states.count.min((index + 1) * part);
        let cost = states.count * at.theta.len();
        let mut logs = vec![0.0; states.count.div_ceil(part)];
        side_by_side_for(cost, &mut logs, |index, log| {
            *log = self.log_sum(states, at, range(index), &mut vec![F::ZERO; scratch.len()]);
        });
        let log_z = log_sum_exp(logs.iter().copied());
        let mut sums: Vec<Vec<F>> = logs.iter().map(|_| Vec::new()).collect();
        side_by_side_for(cost, &mut sums, |index, sum| {
            *sum = vec![F::ZERO; gradient.len()];
            self.add_states(states, at, range(index), [weight, log_z], sum, &mut vec![F::ZERO; scratch.len()]);
        });
        sums.iter().for_each(|sum| kernels::axpy(F::ONE, sum, gradient));
        log_z
    }

    /// `ln sum e^(-F)` over these states.
    fn log_sum(&self, states: &States, at: At<'_, F>, range: Range<usize>, scratch: &mut [F]) -> f64 {
        let lanes = states.lanes();
        let (x, rest) = scratch.split_at_mut(lanes * states.units());
        let room = &mut rest[lanes * self.others(states)..][..States::room(&self.machine)];
        let mut logs = [0.0; LANES];
        let logs = &mut logs[..lanes];
        let (mut most, mut sum) = (f64::NEG_INFINITY, 0.0);
        for first in range.step_by(lanes) {
            states.fill(first, lanes, x);
            states.logs(at.theta, first, x, room, logs);
            let block = log_sum_exp(logs.iter().copied());
            if most < block {
                sum *= (most - block).exp();
                most = block;
            }
            sum += (block - most).exp();
        }
        most + sum.ln()
    }

    /// Units of the side that is not summed state by state.
    fn others(&self, states: &States) -> usize {
        self.machine.visible() + self.machine.hidden - states.units()
    }

    /// Adds the statistics of these states to the gradient, each with its probability times `weight`.
    fn add_states(
        &self,
        states: &States,
        at: At<'_, F>,
        range: Range<usize>,
        [weight, log_z]: [f64; 2],
        gradient: &mut [F],
        scratch: &mut [F],
    ) {
        let lanes = states.lanes();
        let (x, rest) = scratch.split_at_mut(lanes * states.units());
        let (other, rest) = rest.split_at_mut(lanes * self.others(states));
        let (room, rest) = rest.split_at_mut(States::room(&self.machine));
        let (shares, lane_room) = rest.split_at_mut(lanes);
        let mut logs = [0.0; LANES];
        let logs = &mut logs[..lanes];
        for first in range.step_by(lanes) {
            states.fill(first, lanes, x);
            states.logs(at.theta, first, x, room, logs);
            other.copy_from_slice(&room[..other.len()]);
            shares.iter_mut().zip(&*logs).for_each(|(share, log)| *share = F::from_f64(weight * (log - log_z).exp()));
            let (v, h) = match states.side {
                Side::Hidden => {
                    self.machine.means_of_sums(lanes, other);
                    (&mut *other, &mut *x)
                }
                Side::Visible => {
                    linalg::sigmoid(other);
                    (&mut *x, &mut *other)
                }
            };
            let side = Statistics { v, h, weights: shares, sign: F::ONE, pull: false };
            self.add_statistics([side], at, Onto::Old, gradient, lane_room);
        }
    }

    /// One walk of k steps from hidden units to hidden units: v and h are then where it ended, h as probabilities. `see` is shown
    /// the first means of the visible units.
    fn walk(
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

impl<F: Scalar> Objective<F> for Contrastive<'_, F> {
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
            kernels::sum_weighted_columns(v, lanes, weights, of_visible);
            kernels::sum_weighted_columns(p, lanes, weights, of_hidden);
        }
        let pull = self.sparsity.cost != 0.0;
        let init = if sums.first { Onto::Zero } else { Onto::Old };
        if let (Algorithm::Exact, Some(states)) = (self.algorithm, &self.states) {
            let energy = energy(&self.machine, at.theta, v, weights, rest);
            let data = Statistics { v, h: p, weights, sign: -F::ONE, pull };
            self.add_statistics([data], at, init, sums.gradient, rest);
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
        // A chain belongs to no sample: each counts alike.
        let chains = &mut begin[..lanes];
        chains.fill(F::from_f64(weight / lanes as f64));
        let weights = if self.algorithm == Algorithm::Persistent { &*chains } else { weights };
        let model = Statistics { v: v2, h: h2, weights, sign: F::ONE, pull: false };
        self.add_statistics([data, model], at, init, sums.gradient, rest);
        Sum { loss, weight }
    }

    fn after_step(&self, _theta: &mut [F], running: &mut [F], extra: &[F], weight: f64) {
        let rate = F::from_f64(self.mean_rate);
        let share = F::from_f64(1.0 / weight);
        running.iter_mut().zip(extra).for_each(|(mean, &sum)| *mean += rate * (share * sum - *mean));
    }

    /// With validation samples `free_energy` and `validation_free_energy`: a gap that grows between the two is overfitting (Hinton
    /// 2010, section 6). Where it is asked for: `log_likelihood`, and `log_likelihood_error`, the standard error of its estimate, 0
    /// where it is exact.
    fn measures(&self, at: At<'_, F>, samples: &Samples<'_, F>) -> Vec<(&'static str, f64)> {
        watched(self, at.theta, samples)
    }
}

/// The weighted sum of the free energies of the lanes.
fn energy<F: Scalar>(machine: &Machine, theta: &[F], v: &[F], weights: &[F], room: &mut [F]) -> f64 {
    let mut energies = [0.0; MOST_LANES_EXACT];
    let energies = &mut energies[..weights.len()];
    machine.free_energies(theta, weights.len(), v, room, energies);
    energies.iter().zip(weights).map(|(energy, weight)| energy * weight.to_f64()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbm::machine::VisibleUnits;
    use crate::rbm::params::RbmParams;
    use nn_core::random::Key;
    use nn_core::testing::{numbers, objective_gradient_error, shard};

    fn objective(features: usize, classes: usize, params: RbmParams) -> Contrastive<'static, f64> {
        let machine = params.machine(features, classes);
        params.centering(false).objective(machine).unwrap()
    }

    #[test]
    fn the_exact_gradient_is_that_of_the_likelihood() {
        let x = numbers(16 * 4, "x").iter().map(|x| f64::from(u8::from(*x < 0.2))).collect::<Vec<_>>();
        let target: Vec<f64> = (0..16 * 3).map(|at| f64::from(u8::from(at / 16 == at % 3))).collect();
        // One that sums over the hidden side, and ones that sum over the visible side, with and without label units.
        for (classes, hidden, units) in [
            (0, 3, VisibleUnits::Binary),
            (0, 6, VisibleUnits::Binary),
            (3, 3, VisibleUnits::Binary),
            (3, 9, VisibleUnits::Binary),
            (0, 3, VisibleUnits::Gaussian),
            (3, 2, VisibleUnits::Gaussian),
        ] {
            let params = RbmParams::default().algorithm(Algorithm::Exact).hidden_units(hidden).visible_units(units);
            let objective = objective(4, classes, params);
            let theta = numbers(objective.machine.theta_len(), "theta");
            let error = objective_gradient_error(&objective, &theta, &shard(16, &x, &target[..16 * classes]));
            assert!(error < 1e-7, "{classes} {hidden} {units}: {error}");
        }
    }

    /// The gradient of one shard, with the offsets that are given.
    fn gradient(objective: &Contrastive<'_, f64>, theta: &[f64], running: &[f64], shard: &Shard<'_, f64>) -> Vec<f64> {
        let (mut gradient, mut extra) = (vec![0.0; theta.len()], vec![0.0; running.len()]);
        let mut scratch = vec![0.0; Objective::<f64>::scratch_len(objective, shard.lanes, 1)];
        let mut carry = vec![0.0; Objective::<f64>::carry_len(objective, shard.lanes)];
        let sums = Sums { first: true, gradient: &mut gradient, extra: &mut extra };
        objective.gradient(At { theta, running }, shard, sums, &mut carry, &mut scratch);
        gradient
    }

    /// The centred gradient from the plain one: Melchior, Fischer and Wiskott 2016, section 2.2.
    #[test]
    fn the_centred_gradient_is_that_of_the_centred_machine() {
        let x = numbers(16 * 3, "x").iter().map(|x| f64::from(u8::from(*x < 0.2))).collect::<Vec<_>>();
        let params = RbmParams::default().algorithm(Algorithm::Exact).hidden_units(2);
        let mut objective = objective(3, 0, params);
        let theta = numbers(11, "theta");
        let plain = gradient(&objective, &theta, &[], &shard(16, &x, &[]));
        objective.centering = true;
        let running = [0.3, 0.6, 0.2, 0.5, 0.8];
        let centred = gradient(&objective, &theta, &running, &shard(16, &x, &[]));
        let (mu, lambda) = running.split_at(3);
        let (w, c, b) = (|i: usize, j: usize| plain[3 * j + i], |j: usize| plain[6 + j], |i: usize| plain[8 + i]);
        let mut expected = vec![0.0; 11];
        for j in 0..2 {
            for i in 0..3 {
                expected[3 * j + i] = w(i, j) - mu[i] * c(j) - b(i) * lambda[j];
            }
        }
        for j in 0..2 {
            expected[6 + j] = c(j) - (0..3).map(|i| expected[3 * j + i] * mu[i]).sum::<f64>();
        }
        for i in 0..3 {
            expected[8 + i] = b(i) - (0..2).map(|j| expected[3 * j + i] * lambda[j]).sum::<f64>();
        }
        for (a, b) in centred.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-10, "{centred:?} {expected:?}");
        }
    }

    /// With visible units sampled the gradient of CD-k comes over many draws to what the sum over all states says that it is: with
    /// `K(v, v') = sum_h P(h | v) P(v' | h)` the model side is that of the k-th step from each sample.
    #[test]
    fn the_mean_of_cd_is_its_expectation_by_enumeration_and_its_bias_falls_with_k() {
        let (features, hidden, states) = (3, 2, 8);
        let theta: Vec<f64> = numbers(11, "theta").iter().map(|x| 1.5 * x).collect();
        let bit = |state: usize, unit: usize| f64::from(u8::from(state >> unit & 1 == 1));
        let sigma = |x: f64| 1.0 / (1.0 + (-x).exp());
        let on =
            |v: usize, j: usize| sigma(theta[6 + j] + (0..features).map(|i| bit(v, i) * theta[3 * j + i]).sum::<f64>());
        let seen =
            |h: usize, i: usize| sigma(theta[8 + i] + (0..hidden).map(|j| bit(h, j) * theta[3 * j + i]).sum::<f64>());
        let chance = |p: f64, x: f64| if x == 1.0 { p } else { 1.0 - p };
        let step = |p: &[f64]| -> Vec<f64> {
            let mut next = vec![0.0; states];
            for (v, p) in p.iter().enumerate() {
                for h in 0..4 {
                    let to_h: f64 = (0..hidden).map(|j| chance(on(v, j), bit(h, j))).product();
                    for (v2, next) in next.iter_mut().enumerate() {
                        *next += p * to_h * (0..features).map(|i| chance(seen(h, i), bit(v2, i))).product::<f64>();
                    }
                }
            }
            next
        };
        let statistics = |p: &[f64]| -> Vec<f64> {
            let mut all = vec![0.0; 11];
            for (v, p) in p.iter().enumerate() {
                for j in 0..hidden {
                    (0..features).for_each(|i| all[3 * j + i] += p * bit(v, i) * on(v, j));
                    all[6 + j] += p * on(v, j);
                }
                (0..features).for_each(|i| all[8 + i] += p * bit(v, i));
            }
            all
        };
        // Every lane holds 101.
        let x: Vec<f64> = [1.0, 0.0, 1.0].iter().flat_map(|&x| [x; 64]).collect();
        let data: Vec<f64> = (0..states).map(|v| f64::from(u8::from(v == 5))).collect();
        let mut p = data.clone();
        let model = (0..300).fold(p.clone(), |p, _| step(&p));
        let (of_data, of_model) = (statistics(&data), statistics(&model));
        let mut biases = Vec::new();
        for k in 1..=4 {
            p = step(&p);
            let expected: Vec<f64> = statistics(&p).iter().zip(&of_data).map(|(model, data)| model - data).collect();
            let bias = statistics(&p).iter().zip(&of_model).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
            biases.push(bias);
            let params = RbmParams::default().hidden_units(hidden).cd_steps(k).sample_visible(true);
            let objective = objective(features, 0, params);
            let draws = 400;
            let mut mean = vec![0.0; 11];
            for draw in 0..draws {
                let key = Key { seed: 1, step: draw, shard: 0 };
                let one = gradient(&objective, &theta, &[], &Shard { key, ..shard(64, &x, &[]) });
                mean.iter_mut().zip(one).for_each(|(mean, one)| *mean += one / (64.0 * draws as f64));
            }
            // 25,600 draws of numbers from 0 to 1: five standard errors.
            let limit = 5.0 * 0.5 / (64.0 * draws as f64).sqrt();
            assert!(mean.iter().zip(&expected).all(|(a, b)| (a - b).abs() < limit), "{k}: {mean:?} {expected:?}");
        }
        assert!(biases.windows(2).all(|pair| pair[1] < 0.6 * pair[0]), "{biases:?}");
    }
}
