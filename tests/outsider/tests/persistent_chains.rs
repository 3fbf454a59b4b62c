//! State that lives from step to step: a restricted Boltzmann machine whose chains go on where the last step left them
//! (persistent contrastive divergence). They are the objective's carry; the training loop owns and saves it.

use nn_core::kernels::random::fill_bernoulli;
use nn_core::kernels::{self, dot};
use nn_core::testing::start;
use nn_core::{
    At, BatchSize, Dataset, Objective, Role, Samples, Scalar, Shard, Span, State, Sum, Sums, Training, linalg, train,
};
use nn_outsider::Case;

/// Visible and hidden units, of which each is on or off.
///
/// Learns by `dW = <v h>_data - <v h>_chains`, which is no gradient of a loss that one could compute; the loss told is
/// the error of reconstruction. Tieleman 2008.
///
/// theta: [W visible × hidden, column-major | hidden bias | visible bias]. carry: the chains, lanes × visible.
#[derive(Debug)]
struct Rbm {
    visible: usize,
    hidden: usize,
}

impl Rbm {
    /// W, hidden bias, visible bias.
    fn parts<'a, F>(&self, theta: &'a [F]) -> [&'a [F]; 3] {
        let (w, rest) = theta.split_at(self.visible * self.hidden);
        let (b, c) = rest.split_at(self.hidden);
        [w, b, c]
    }

    /// `p(h_j = 1) = sigmoid(b_j + sum_i w_ij v_i)`.
    fn hidden_given<F: Scalar>(&self, theta: &[F], lanes: usize, v: &[F], h: &mut [F]) {
        let [w, b, _] = self.parts(theta);
        linalg::forward(lanes, v, w, b, h);
        kernels::sigmoid(h);
    }

    /// `p(v_i = 1) = sigmoid(c_i + sum_j w_ij h_j)`.
    fn visible_given<F: Scalar>(&self, theta: &[F], lanes: usize, h: &[F], v: &mut [F]) {
        let [w, _, c] = self.parts(theta);
        linalg::input_gradient(lanes, h, w, v);
        for (v, &c) in v.chunks_mut(lanes).zip(c) {
            v.iter_mut().for_each(|v| *v += c);
        }
        kernels::sigmoid(v);
    }

    /// Adds `sign * weight * v h` of each lane, given v; `h` is room.
    fn add_products<F: Scalar>(&self, theta: &[F], sign: F, v: &[F], shard: &Shard<'_, F>, h: &mut [F], sum: &mut [F]) {
        let lanes = shard.lanes;
        self.hidden_given(theta, lanes, v, h);
        for h in h.chunks_mut(lanes) {
            h.iter_mut().zip(shard.weights).for_each(|(h, &weight)| *h = sign * weight * *h);
        }
        let (dw, biases) = sum.split_at_mut(self.visible * self.hidden);
        let (db, dc) = biases.split_at_mut(self.hidden);
        linalg::weight_gradient(lanes, v, h, kernels::Onto::Old, dw, db);
        dc.iter_mut().zip(v.chunks(lanes)).for_each(|(dc, v)| *dc += sign * dot(shard.weights, v));
    }

    /// `F(v) = -sum_i c_i v_i - sum_j ln(1 + e^(b_j + sum_i w_ij v_i))`: the lower, the more probable.
    fn free_energy(&self, theta: &[f64], v: &[f64]) -> f64 {
        let [w, b, c] = self.parts(theta);
        let hidden = w.chunks(self.visible).zip(b).map(|(w, b)| (b + dot(w, v)).exp().ln_1p());
        -dot(c, v) - hidden.sum::<f64>()
    }
}

impl<F: Scalar> Objective<F> for Rbm {
    fn spans(&self) -> Vec<Span> {
        let weights = self.visible * self.hidden;
        vec![
            Span::new("weight", 0, &[self.hidden, self.visible], Role::Weight),
            Span::new("hidden_bias", weights, &[self.hidden], Role::Bias),
            Span::new("visible_bias", weights + self.hidden, &[self.visible], Role::Bias),
        ]
    }

    fn targets(&self) -> usize {
        0
    }

    fn scratch_len(&self, lanes: usize, _steps: usize) -> usize {
        lanes * (2 * self.hidden + self.visible)
    }

    fn carry_len(&self, lanes: usize) -> usize {
        lanes * self.visible
    }

    fn loss(&self, at: At<'_, F>, shard: &Shard<'_, F>, _: &mut [F], scratch: &mut [F]) -> Sum {
        let lanes = shard.lanes;
        let (h, rest) = scratch.split_at_mut(lanes * self.hidden);
        let v = &mut rest[..lanes * self.visible];
        self.hidden_given(at.theta, lanes, shard.x, h);
        self.visible_given(at.theta, lanes, h, v);
        let mut sum = Sum { loss: 0.0, weight: shard.weights.iter().map(|w| w.to_f64()).sum() };
        for (v, x) in v.chunks(lanes).zip(shard.x.chunks(lanes)) {
            for ((&v, &x), &weight) in v.iter().zip(x).zip(shard.weights) {
                sum.loss += (weight * (v - x) * (v - x)).to_f64();
            }
        }
        sum
    }

    fn gradient(
        &self,
        at: At<'_, F>,
        shard: &Shard<'_, F>,
        sums: Sums<'_, F>,
        chains: &mut [F],
        scratch: &mut [F],
    ) -> Sum {
        let (theta, lanes) = (at.theta, shard.lanes);
        let sum = self.loss(at, shard, chains, scratch);
        let (p, rest) = scratch.split_at_mut(lanes * self.hidden);
        let (h, rest) = rest.split_at_mut(lanes * self.hidden);
        let v = &mut rest[..lanes * self.visible];
        self.add_products(theta, F::ZERO - F::ONE, shard.x, shard, h, sums.gradient);

        let mut stream = shard.key.stream("gibbs");
        self.hidden_given(theta, lanes, chains, p);
        fill_bernoulli(&mut stream, p, h);
        self.visible_given(theta, lanes, h, v);
        fill_bernoulli(&mut stream, v, chains);
        self.add_products(theta, F::ONE, chains, shard, h, sums.gradient);
        sum
    }
}

const RBM: Rbm = Rbm { visible: 4, hidden: 3 };

/// So many samples, in turn the left and the right half being on.
fn halves(count: usize) -> Vec<f64> {
    [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0].repeat(count / 2)
}

fn samples(x: &[f64]) -> Samples<'_, f64> {
    Samples::new(Dataset::from_slice(4, x), 0)
}

#[test]
fn what_it_has_seen_becomes_more_probable_than_anything_else() {
    let x = halves(64);
    let training = Training { batch_size: BatchSize::All, learning_rate: 0.02, epochs: 1500, ..Training::default() };
    let (state, _) = Case { objective: &RBM, theta: start(&RBM), samples: samples(&x), training }.train();
    let mut energies: Vec<(f64, u32)> = (0..16)
        .map(|bits| {
            let v: Vec<f64> = (0..4).map(|i| f64::from(bits >> (3 - i) & 1)).collect();
            (RBM.free_energy(&state.theta, &v), bits)
        })
        .collect();
    energies.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut most_probable = [energies[0].1, energies[1].1];
    most_probable.sort_unstable();
    assert_eq!(most_probable, [0b0011, 0b1100], "{energies:?}");
}

#[test]
fn the_chains_go_on_from_step_to_step() {
    let x = halves(16);
    let training = Training { batch_size: BatchSize::All, ..Training::default() };
    let mut state = State::new(&RBM, start(&RBM), training.optimizer);
    let mut last = state.carry.clone();
    for _ in 0..5 {
        train::pass(&RBM, &mut state, &samples(&x), &training).unwrap();
        assert_eq!(state.carry.len(), 16 * 4);
        assert!(state.carry.iter().all(|&v| v == 0.0 || v == 1.0));
        assert_ne!(state.carry, last);
        last = state.carry.clone();
    }
    // A chain that began anew at each step would end elsewhere.
    let mut anew = State { carry: Vec::new(), ..state.clone() };
    train::pass(&RBM, &mut state, &samples(&x), &training).unwrap();
    train::pass(&RBM, &mut anew, &samples(&x), &training).unwrap();
    assert_ne!(state.carry, anew.carry);
}

/// Batches of 32, the last one short: alone, eight samples would lie in sixteen lanes, which are not those of the chains.
#[test]
fn learning_part_by_part_keeps_the_chains_of_a_short_last_part() {
    let x = halves(72);
    let training = Training { batch_size: BatchSize::Count(32), ..Training::default() };
    let mut whole = State::new(&RBM, start(&RBM), training.optimizer);
    let mut parts = whole.clone();
    train::pass(&RBM, &mut whole, &samples(&x), &training).unwrap();
    for (from, to) in [(0, 64), (64, 72)] {
        train::pass(&RBM, &mut parts, &samples(&x[4 * from..4 * to]), &training).unwrap();
    }
    assert_eq!(parts, whole);
}

#[test]
fn chains_of_another_layout_start_anew() {
    let (some, many) = (halves(16), halves(100));
    let training = Training { batch_size: BatchSize::All, ..Training::default() };
    let mut state = State::new(&RBM, start(&RBM), training.optimizer);
    train::pass(&RBM, &mut state, &samples(&some), &training).unwrap();
    train::pass(&RBM, &mut state, &samples(&many), &training).unwrap();
    assert_eq!(state.carry.len(), 2 * 64 * 4);
}

#[test]
fn neither_threads_nor_a_kill_show() {
    // Eleven hundred samples make eighteen shards, so that some groups hold two of them and the last is short.
    for (count, batch_size) in [(1100, BatchSize::All), (100, BatchSize::Count(48))] {
        let x = halves(count);
        let training = Training { batch_size, epochs: 5, ..Training::default() };
        Case { objective: &RBM, theta: start(&RBM), samples: samples(&x), training }.keeps_its_promises();
    }
}
