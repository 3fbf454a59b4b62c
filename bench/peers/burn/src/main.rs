//! The perceptron 784-256-128-10 of `mlp.py` in burn: `burn-peer FOLDER CASE REPEATS`, called by `burn.py`.
//!
//! It reads arrays without heads that `burn.py` has written, and prints seconds a repeat, presentations a repeat, and the accuracy:
//! three lines of numbers.

use std::time::Instant;
use std::{env, fs, io};

use burn::module::Initializer;
use burn::nn::loss::CrossEntropyLoss;
use burn::nn::{Linear, LinearConfig};
use burn::optim::momentum::MomentumConfig;
use burn::optim::{GradientsParams, SgdConfig};
use burn::prelude::*;
use burn::tensor::activation::relu;

const FEATURES: usize = 784;
const BATCH: usize = 64;
const EPOCHS: usize = 5;
/// Test rows that are asked one at a time, in turn.
const ROWS_IN_TURN: usize = 256;
/// A repeat of what is short is as many calls as fill so many seconds.
const AT_LEAST: f64 = 0.2;

#[derive(Module, Debug)]
struct Mlp {
    first: Linear,
    second: Linear,
    last: Linear,
}

impl Mlp {
    fn new(device: &Device) -> Self {
        let glorot = Initializer::XavierUniform { gain: 1.0 };
        let dense = |inputs, outputs| LinearConfig::new(inputs, outputs).with_initializer(glorot.clone()).init(device);
        Self { first: dense(FEATURES, 256), second: dense(256, 128), last: dense(128, 10) }
    }

    fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        self.last.forward(relu(self.second.forward(relu(self.first.forward(x)))))
    }
}

/// Samples and their classes.
struct Set {
    x: Vec<f32>,
    labels: Vec<i32>,
}

impl Set {
    fn read(folder: &str, name: &str) -> io::Result<Self> {
        let words = |end: &str| -> io::Result<Vec<[u8; 4]>> {
            let bytes = fs::read(format!("{folder}/{name}.{end}"))?;
            Ok(bytes.as_chunks::<4>().0.to_vec())
        };
        let x = words("x")?.into_iter().map(f32::from_le_bytes).collect();
        Ok(Self { x, labels: words("y")?.into_iter().map(i32::from_le_bytes).collect() })
    }

    fn rows(&self, rows: &[usize], device: &Device) -> (Tensor<2>, Tensor<1, Int>) {
        let x: Vec<f32> = rows.iter().flat_map(|row| &self.x[row * FEATURES..][..FEATURES]).copied().collect();
        let labels: Vec<i32> = rows.iter().map(|&row| self.labels[row]).collect();
        let x = Tensor::from_data(TensorData::new(x, [rows.len(), FEATURES]), device);
        (x, Tensor::from_data(TensorData::new(labels, [rows.len()]), device))
    }
}

/// The net after so many epochs over the first `rows`.
fn fit(set: &Set, rows: usize, epochs: usize) -> Mlp {
    let device = Device::flex().autodiff();
    device.seed(0);
    let mut net = Mlp::new(&device);
    let momentum = MomentumConfig::new().with_momentum(0.9).with_dampening(0.0);
    let mut optimizer = SgdConfig::new().with_momentum(Some(momentum)).init();
    let loss = CrossEntropyLoss::new(None, &device);
    let mut order: Vec<usize> = (0..rows).collect();
    let mut state = 1_u64;
    for _ in 0..epochs {
        for last in (1..rows).rev() {
            // The upper half of a linear congruential generator's state, by Knuth's constants.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(last, (state >> 33) as usize % (last + 1));
        }
        for chosen in order.chunks(BATCH) {
            let (x, labels) = set.rows(chosen, &device);
            let gradients = loss.forward(net.forward(x), labels).backward();
            let gradients = GradientsParams::from_grads(gradients, &net);
            net = optimizer.step(0.05, net, gradients);
        }
    }
    net
}

fn accuracy(net: &Mlp, test: &Set) -> f64 {
    let rows: Vec<usize> = (0..test.labels.len()).collect();
    let right: i64 = rows
        .chunks(1000)
        .map(|rows| {
            let (x, labels) = test.rows(rows, &Device::flex());
            let answer: Tensor<1, Int> = net.forward(x).argmax(1).reshape([-1]);
            answer.equal(labels).int().sum().into_scalar::<i64>()
        })
        .sum();
    right as f64 / rows.len() as f64
}

/// Seconds of so many repeats, and calls of each.
fn time(repeats: usize, mut block: impl FnMut()) -> (Vec<f64>, usize) {
    let mut calls = 1;
    let calls = loop {
        let start = Instant::now();
        (0..calls).for_each(|_| block());
        let spent = start.elapsed().as_secs_f64();
        if AT_LEAST / 4.0 <= spent {
            break ((calls as f64 * AT_LEAST / spent).round() as usize).max(1);
        }
        calls *= 2;
    };
    let repeat = |_| {
        let start = Instant::now();
        (0..calls).for_each(|_| block());
        start.elapsed().as_secs_f64()
    };
    ((0..repeats).map(repeat).collect(), calls)
}

fn main() -> io::Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [folder, case, repeats] = &words[..] else { return Err(io::Error::other("expected FOLDER CASE REPEATS")) };
    let repeats = repeats.parse().map_err(io::Error::other)?;
    let (set, test) = (Set::read(folder, "train")?, Set::read(folder, "test")?);
    let samples = set.labels.len();
    let (seconds, presentations, net) = match case.as_str() {
        "mlp-big-train" => {
            fit(&set, 640, 1);
            let mut net = None;
            let (seconds, calls) = time(repeats, || net = Some(fit(&set, samples, EPOCHS)));
            (seconds, calls * samples * EPOCHS, net.expect("it was called").valid())
        }
        "mlp-big-predict-one" => {
            let net = fit(&set, samples, 1).valid();
            let rows: Vec<_> = (0..ROWS_IN_TURN).map(|row| test.rows(&[row], &Device::flex()).0).collect();
            let mut turn = 0;
            let (seconds, calls) = time(repeats, || {
                net.forward(rows[turn].clone()).into_data();
                turn = (turn + 1) % ROWS_IN_TURN;
            });
            (seconds, calls, net)
        }
        "mlp-big-predict-all" => {
            let net = fit(&set, samples, 1).valid();
            let rows: Vec<usize> = (0..test.labels.len()).collect();
            let (all, _) = test.rows(&rows, &Device::flex());
            let (seconds, calls) = time(repeats, || {
                net.forward(all.clone()).into_data();
            });
            (seconds, calls * rows.len(), net)
        }
        other => return Err(io::Error::other(format!("no such case: {other}"))),
    };
    let seconds: Vec<String> = seconds.iter().map(f64::to_string).collect();
    println!("{}\n{presentations}\n{}", seconds.join(" "), accuracy(&net, &test));
    Ok(())
}
