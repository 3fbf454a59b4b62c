//! Numbers that move with the steps and are no part of theta: a running mean of the inputs, summed over the shards of a
//! batch and moved once a step.

use nn_core::testing::{objective_gradient_error, shard, start};
use nn_core::{
    At, BatchSize, Dataset, Dense, Error, FitOptions, Layer, Loss, Objective, Point, Rule, Samples, Scalar, Shard,
    Span, State, Sum, Sums, Training, train,
};
use nn_outsider::Case;

/// `y = W (x - mu) + b`, where mu runs after the mean of the inputs: `mu <- mu + rate (mean of the batch - mu)`.
#[derive(Debug)]
struct Centred {
    dense: Dense,
    inputs: usize,
    rate: f64,
}

impl Centred {
    fn new(inputs: usize, rate: f64) -> Self {
        Self { dense: Dense::new(inputs, 1), inputs, rate }
    }

    /// Centred inputs, y and dy; the loss.
    fn forward<'s, F: Scalar>(
        &self,
        at: At<'_, F>,
        shard: &Shard<'_, F>,
        scratch: &'s mut [F],
    ) -> (Sum, [&'s mut [F]; 3]) {
        let lanes = shard.lanes;
        let (x, rest) = scratch.split_at_mut(lanes * self.inputs);
        let (y, rest) = rest.split_at_mut(lanes);
        let dy = &mut rest[..lanes];
        for ((x, raw), &mean) in x.chunks_mut(lanes).zip(shard.x.chunks(lanes)).zip(at.running) {
            x.iter_mut().zip(raw).for_each(|(x, &raw)| *x = raw - mean);
        }
        self.dense.forward(at.theta, x, y, &mut [], &mut shard.pass(false, &mut []));
        let sum = Loss::SquaredError.gradient(shard, y, dy);
        (sum, [x, y, dy])
    }
}

impl<F: Scalar> Objective<F> for Centred {
    fn spans(&self) -> Vec<Span> {
        Layer::<F>::spans(&self.dense)
    }

    fn targets(&self) -> usize {
        1
    }

    fn scratch_len(&self, lanes: usize, _steps: usize) -> usize {
        lanes * (self.inputs + 2)
    }

    fn extra_len(&self) -> usize {
        self.inputs
    }

    fn running_len(&self) -> usize {
        self.inputs
    }

    fn loss(&self, at: At<'_, F>, shard: &Shard<'_, F>, _: &mut [F], scratch: &mut [F]) -> Sum {
        self.forward(at, shard, scratch).0
    }

    fn gradient(&self, at: At<'_, F>, shard: &Shard<'_, F>, sums: Sums<'_, F>, _: &mut [F], scratch: &mut [F]) -> Sum {
        let (sum, [x, y, dy]) = self.forward(at, shard, scratch);
        self.dense.backward(
            at.theta,
            Point { x, y, tape: &[], dy },
            None,
            sums.gradient,
            &mut shard.pass(false, &mut []),
        );
        for (extra, x) in sums.extra.iter_mut().zip(shard.x.chunks(shard.lanes)) {
            *extra += nn_core::kernels::dot(shard.weights, x);
        }
        sum
    }

    fn after_step(&self, _theta: &mut [F], running: &mut [F], extra: &[F], weight: f64) {
        for (mean, extra) in running.iter_mut().zip(extra) {
            let before = mean.to_f64();
            *mean = F::from_f64(before + self.rate * (extra.to_f64() / weight - before));
        }
    }
}

/// Three hundred samples of two features far from zero, of unequal weights; the quantity is their sum, near zero.
fn data() -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let x: Vec<f64> = (0..600).map(|i| f64::from(i * i).sin() + if i % 2 == 0 { 100.0 } else { -50.0 }).collect();
    let y = x.chunks(2).map(|x| x[0] + x[1] - 50.0).collect();
    (x, y, (0..300).map(|i| f64::from(i % 3)).collect())
}

#[test]
fn its_gradient_is_the_slope() {
    let objective = Centred::new(3, 0.5);
    let x: Vec<f64> = (0..48).map(|i| f64::from(i).sin()).collect();
    let target = [0.4; 16];
    let error = objective_gradient_error(&objective, &start(&objective), &shard(16, &x, &target));
    assert!(error < 1e-6, "{error}");
}

/// At rate 1 one step over everything makes it the weighted mean, which all shards have a part in.
#[test]
fn after_a_step_it_is_the_mean_over_all_shards() {
    let (x, y, weights) = data();
    let objective = Centred::new(2, 1.0);
    let samples = Samples::new(Dataset::from_slice(2, &x).values_from_slice(1, &y).weights(&weights), 1);
    let training = Training { batch_size: BatchSize::All, ..Training::default() };
    let mut state = State::new(&objective, start(&objective), training.optimizer);
    train::pass(&objective, &mut state, &samples, &training).unwrap();
    for feature in 0..2 {
        let sum: f64 = weights.iter().zip(x.iter().skip(feature).step_by(2)).map(|(w, x)| w * x).sum();
        let mean = sum / weights.iter().sum::<f64>();
        assert!((state.running[feature] - mean).abs() < 1e-11, "{} {mean}", state.running[feature]);
    }
}

/// Far from zero the curvature along the mean is some ten thousand, and a rate that suits the rest is far too large.
#[test]
fn centred_inputs_are_learned_at_a_rate_at_which_raw_ones_diverge() {
    let (x, y, _) = data();
    let samples = Samples::new(Dataset::from_slice(2, &x).values_from_slice(1, &y), 1);
    let training = Training {
        optimizer: Rule::Sgd,
        learning_rate: 0.1,
        momentum: 0.0,
        batch_size: BatchSize::All,
        epochs: 1000,
        ..Training::default()
    };
    let trained = |rate| {
        let objective = Centred::new(2, rate);
        let mut state = State::new(&objective, start(&objective), training.optimizer);
        train::train(&objective, &mut state, &samples, None, &training, &mut FitOptions::default())
    };
    assert!(matches!(trained(0.0), Err(Error::Diverged { .. })));
    let history = trained(1.0).unwrap();
    assert!(history.losses[999] < 1e-12, "{:?}", history.losses.last());
}

#[test]
fn neither_threads_nor_a_kill_show() {
    let (x, y, weights) = data();
    let objective = Centred::new(2, 0.1);
    let samples = Samples::new(Dataset::from_slice(2, &x).values_from_slice(1, &y).weights(&weights), 1);
    for batch_size in [BatchSize::Count(1), BatchSize::Count(100), BatchSize::All] {
        let training = Training { batch_size, epochs: 5, ..Training::default() };
        Case { objective: &objective, theta: start(&objective), samples, training }.keeps_its_promises();
    }
}
