//! A user's own objective: an autoencoder whose way back uses the weights of its way in; and a search that asks for
//! losses only.

use nn_core::kernels;
use nn_core::random::Key;
use nn_core::testing::{objective_gradient_error, shard, start};
use nn_core::{
    At, BatchSize, Dataset, Objective, Role, Samples, Scalar, Shard, Span, State, Sum, Sums, Training, linalg, train,
};
use nn_outsider::Case;

/// `z = sigmoid(W^T x + b)`, `y = W z + c`, `E = 1/2 |y - x|^2`: nothing but inputs is needed, and W learns from both
/// its uses, since gradients add.
///
/// theta: [W inputs × hidden, column-major | b | c].
#[derive(Debug)]
struct TiedAutoencoder {
    inputs: usize,
    hidden: usize,
}

impl TiedAutoencoder {
    /// W, b and c.
    fn parts<'a, F>(&self, theta: &'a [F]) -> [&'a [F]; 3] {
        let (w, rest) = theta.split_at(self.inputs * self.hidden);
        let (b, c) = rest.split_at(self.hidden);
        [w, b, c]
    }

    /// Writes z, and the difference y - x times the weight of each lane; gives the loss.
    fn forward<F: Scalar>(&self, theta: &[F], shard: &Shard<'_, F>, z: &mut [F], difference: &mut [F]) -> Sum {
        let lanes = shard.lanes;
        let [w, b, c] = self.parts(theta);
        linalg::forward(lanes, shard.x, w, b, z);
        kernels::sigmoid(z);
        linalg::input_gradient(lanes, z, w, difference);
        let mut sum = Sum { loss: 0.0, weight: shard.weights.iter().map(|w| w.to_f64()).sum() };
        let columns = difference.chunks_mut(lanes).zip(shard.x.chunks(lanes)).zip(c);
        for ((difference, x), &c) in columns {
            for ((d, &x), &weight) in difference.iter_mut().zip(x).zip(shard.weights) {
                let off = *d + c - x;
                *d = weight * off;
                sum.loss += 0.5 * (*d * off).to_f64();
            }
        }
        sum
    }
}

impl<F: Scalar> Objective<F> for TiedAutoencoder {
    fn spans(&self) -> Vec<Span> {
        let weights = self.inputs * self.hidden;
        vec![
            Span::new("weight", 0, &[self.hidden, self.inputs], Role::Weight),
            Span::new("hidden_bias", weights, &[self.hidden], Role::Bias),
            Span::new("output_bias", weights + self.hidden, &[self.inputs], Role::Bias),
        ]
    }

    fn targets(&self) -> usize {
        0
    }

    fn scratch_len(&self, lanes: usize, _steps: usize) -> usize {
        lanes * (2 * self.hidden + self.inputs) + self.inputs
    }

    fn loss(&self, at: At<'_, F>, shard: &Shard<'_, F>, _: &mut [F], scratch: &mut [F]) -> Sum {
        let (z, rest) = scratch.split_at_mut(shard.lanes * self.hidden);
        self.forward(at.theta, shard, z, &mut rest[..shard.lanes * self.inputs])
    }

    fn gradient(&self, at: At<'_, F>, shard: &Shard<'_, F>, sums: Sums<'_, F>, _: &mut [F], scratch: &mut [F]) -> Sum {
        let lanes = shard.lanes;
        let (z, rest) = scratch.split_at_mut(lanes * self.hidden);
        let (dz, rest) = rest.split_at_mut(lanes * self.hidden);
        let (dy, unused) = rest.split_at_mut(lanes * self.inputs);
        let sum = self.forward(at.theta, shard, z, dy);

        let [w, _, _] = self.parts(at.theta);
        let (dw, biases) = sums.gradient.split_at_mut(w.len());
        let (db, dc) = biases.split_at_mut(self.hidden);
        kernels::sum_columns(dy, lanes, dc);
        // The way back: dW += dY^T Z, and dZ = dY W. The product also sums Z, which nobody needs.
        linalg::weight_gradient(lanes, dy, z, kernels::Onto::Old, dw, &mut unused[..self.hidden]);
        for (unit, dz) in dz.chunks_mut(lanes).enumerate() {
            dz.fill(F::ZERO);
            let w = &w[unit * self.inputs..][..self.inputs];
            dy.chunks(lanes).zip(w).for_each(|(dy, &w)| kernels::axpy(w, dy, dz));
        }
        // The way in.
        dz.iter_mut().zip(z.iter()).for_each(|(dz, &z)| *dz = *dz * z * (F::ONE - z));
        linalg::weight_gradient(lanes, shard.x, dz, kernels::Onto::Old, dw, db);
        sum
    }
}

/// Eight inputs of which one is on, through three units: the encoder of Rumelhart, Hinton and Williams 1986.
const ENCODER: TiedAutoencoder = TiedAutoencoder { inputs: 8, hidden: 3 };

fn one_of_eight() -> Vec<f64> {
    (0..64).map(|i| if i / 8 == i % 8 { 1.0 } else { 0.0 }).collect()
}

#[test]
fn its_gradient_is_the_slope_with_tied_weights_too() {
    let x: Vec<f64> = (0..16 * 8).map(|i| f64::from(i).sin()).collect();
    let weights: Vec<f64> = (0..16).map(|lane| f64::from(lane % 4) / 2.0).collect();
    let theta: Vec<f64> = (0..35).map(|i| f64::from(i).cos()).collect();
    let error = objective_gradient_error(&ENCODER, &theta, &Shard { weights: &weights, ..shard(16, &x, &[]) });
    assert!(error < 1e-6, "{error}");
}

/// Eight corners of a simplex fill seven dimensions alike; three of them leave 1/2 (7 - 3) / 8 a corner.
#[test]
fn it_finds_the_best_code_of_three_dimensions() {
    let x = one_of_eight();
    let samples = Samples::new(Dataset::from_slice(8, &x), 0);
    let training = Training { batch_size: BatchSize::All, learning_rate: 0.05, epochs: 2000, ..Training::default() };
    let (_, history) = Case { objective: &ENCODER, theta: start(&ENCODER), samples, training }.train();
    assert!((history.losses[1999] - 0.25).abs() < 1e-4, "{:?}", history.losses.last());
}

#[test]
fn neither_threads_nor_a_kill_show() {
    // Twenty-five times eight samples make four shards.
    let x = one_of_eight().repeat(25);
    let samples = Samples::new(Dataset::from_slice(8, &x), 0);
    let training = Training { batch_size: BatchSize::All, epochs: 5, ..Training::default() };
    Case { objective: &ENCODER, theta: start(&ENCODER), samples, training }.keeps_its_promises();
}

/// Random directions, and along each the best of some steps: losses alone bring it down.
#[test]
fn a_search_needs_losses_only() {
    let x = one_of_eight();
    let samples = Samples::new(Dataset::from_slice(8, &x), 0);
    let mut state = State::new(&ENCODER, start(&ENCODER), Training::default().optimizer);
    let first = train::mean_loss(&ENCODER, state.at(), &samples);
    let mut best = first;
    let mut direction = vec![0.0; state.theta.len()];
    for round in 0..300 {
        let mut stream = Key { seed: 1, step: round, shard: 0 }.stream("search");
        kernels::random::fill_uniform(&mut stream, &mut direction);
        let from = state.theta.clone();
        for step in [-0.8, -0.2, 0.2, 0.8] {
            let mut there = state.clone();
            there.theta = from.iter().zip(&direction).map(|(t, d)| t + step * (d - 0.5)).collect();
            let loss = train::mean_loss(&ENCODER, there.at(), &samples);
            if loss < best {
                (best, state) = (loss, there);
            }
        }
    }
    assert!(best < 0.7 * first, "{best} {first}");
    // What a loss says does not depend on how it is added up: one sample after another gives the same.
    let alone =
        x.chunks(8).map(|x| train::mean_loss(&ENCODER, state.at(), &Samples::new(Dataset::from_slice(8, x), 0)));
    assert!((alone.sum::<f64>() / 8.0 - best).abs() < 1e-14);
}
