//! Weights of samples: one of weight 2 counts as if it were there twice, one of weight 0 as if it were not there.

use nn_core::testing::start;
use nn_core::{
    Activate, Activation, BatchSize, Chain, Dataset, Dense, Loss, Rule, Samples, State, Supervised, Training, train,
};
use nn_outsider::Case;

fn network(loss: Loss) -> Supervised<f64> {
    let chain = Chain::new("hidden", Dense::new(2, 4))
        .then("tanh", Activate::new(Activation::Tanh, 4))
        .then("output", Dense::new(4, 3));
    Supervised { chain, loss }
}

/// Seventy samples in three classes, which weigh 0, 1 or 2.
struct Weighed {
    x: Vec<f64>,
    labels: Vec<u32>,
    weights: Vec<f64>,
}

impl Weighed {
    fn new() -> Self {
        let x = (0..140).map(|i| f64::from(i * i).sin()).collect();
        Self { x, labels: (0..70).map(|i| i * i % 3).collect(), weights: (0..70).map(|i| f64::from(i % 3)).collect() }
    }

    /// The same without weights, each sample as often as it weighed.
    fn repeated(&self) -> Self {
        let often = |i: usize| std::iter::repeat_n(i, self.weights[i] as usize);
        let chosen: Vec<usize> = (0..70).flat_map(often).collect();
        Self {
            x: chosen.iter().flat_map(|&i| [self.x[2 * i], self.x[2 * i + 1]]).collect(),
            labels: chosen.iter().map(|&i| self.labels[i]).collect(),
            weights: vec![1.0; chosen.len()],
        }
    }

    fn data(&self) -> Dataset<'_, f64> {
        Dataset::from_slice(2, &self.x).labels_of(3, &self.labels)
    }
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn a_weight_counts_samples() {
    let (weighed, repeated) = (Weighed::new(), Weighed::new().repeated());
    let some = Samples::new(weighed.data().weights(&weighed.weights), 3);
    let many = Samples::new(repeated.data(), 3);
    for &loss in Loss::ALL {
        let objective = network(loss);
        let training = Training { batch_size: BatchSize::All, learning_rate: 0.01, epochs: 20, ..Training::default() };
        let trained = |samples| {
            Case { objective: &objective, theta: start(&objective), samples, training: training.clone() }.train()
        };
        let ((once, once_history), (often, often_history)) = (trained(some), trained(many));
        assert!(largest_difference(&once_history.losses, &often_history.losses) < 1e-12, "{loss}");
        assert!(largest_difference(&once.theta, &often.theta) < 1e-12, "{loss}");
        let [once, often] = [some, many].map(|samples| train::mean_loss(&objective, often.at(), &samples));
        assert!((once - often).abs() < 1e-12, "{loss}");
    }
}

/// What is left out may be anything, as long as it is a number.
#[test]
fn a_sample_that_weighs_nothing_does_not_show_in_a_bit() {
    let weighed = Weighed::new();
    let mut spoilt = Weighed::new();
    for i in (0..70).filter(|i| i % 3 == 0) {
        spoilt.x[2 * i] = 1e9;
        spoilt.labels[i] = 2;
    }
    let objective = network(Loss::CrossEntropy);
    let training = Training { batch_size: BatchSize::Count(16), epochs: 3, ..Training::default() };
    let trained = |data: &Weighed| {
        let samples = Samples::new(data.data().weights(&weighed.weights), 3);
        Case { objective: &objective, theta: start(&objective), samples, training: training.clone() }.train()
    };
    assert_eq!(trained(&weighed), trained(&spoilt));
}

#[test]
fn a_batch_that_weighs_nothing_moves_nothing() {
    let weighed = Weighed::new();
    let objective = network(Loss::CrossEntropy);
    for optimizer in [Rule::Sgd, Rule::Adam] {
        let training = Training { optimizer, batch_size: BatchSize::Count(1), ..Training::default() };
        let mut state = State::new(&objective, start(&objective), optimizer);
        let before = state.clone();
        // The first sample of all weighs nothing.
        let data = Dataset::from_slice(2, &weighed.x[..2]).labels_of(3, &weighed.labels[..1]).weights(&[0.0]);
        let loss = train::pass(&objective, &mut state, &Samples::new(data, 3), &training).unwrap();
        assert_eq!(loss, 0.0);
        assert_eq!((state.theta, state.memory), (before.theta, before.memory));
    }
}

#[test]
fn neither_threads_nor_a_kill_show() {
    let weighed = Weighed::new();
    let samples = Samples::new(weighed.data().weights(&weighed.weights), 3);
    let objective = network(Loss::CrossEntropy);
    for batch_size in [BatchSize::Count(1), BatchSize::Count(32), BatchSize::All] {
        for optimizer in [Rule::Sgd, Rule::Nesterov, Rule::Adam] {
            let training = Training { batch_size, optimizer, epochs: 5, ..Training::default() };
            Case { objective: &objective, theta: start(&objective), samples, training }.keeps_its_promises();
        }
    }
}
