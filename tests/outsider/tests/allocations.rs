//! No step of a training makes memory: twelve epochs ask the allocator for as much as two do.
//!
//! Its own test binary, since the crate `allocation-counter` puts its allocator in the place of all others. It counts on
//! the calling thread, so there is one.

use nn_core::testing::start;
use nn_core::{
    Activate, Activation, At, BatchSize, Chain, Dataset, Dense, FitOptions, Loss, Objective, Role, Rule, Samples,
    Scalar, Shard, Span, State, Sum, Sums, Supervised, Training, train, with_threads,
};

/// How often a training of so many epochs asks for memory.
fn allocations<F: Scalar>(
    objective: &impl Objective<F>,
    data: Dataset<'_, F>,
    validation: Option<Dataset<'_, F>>,
    training: &Training,
    epochs: usize,
) -> u64 {
    let training = Training { epochs, ..training.clone() };
    let theta = start(objective);
    let samples = Samples::new(data, objective.targets());
    let validation = validation.map(|data| Samples::new(data, objective.targets()));
    let count = || {
        let mut state = State::new(objective, theta, training.optimizer);
        let mut options = FitOptions::default();
        let mut losses = 0;
        let counted = allocation_counter::measure(|| {
            let history =
                train::train(objective, &mut state, &samples, validation.as_ref(), &training, &mut options).unwrap();
            losses = history.losses.len();
        });
        assert_eq!(losses, epochs, "all of them were trained");
        counted.count_total
    };
    with_threads(Some(1), count).unwrap()
}

/// # Panics
/// Where longer training makes more memory.
fn makes_no_memory<F: Scalar>(objective: &impl Objective<F>, data: Dataset<'_, F>, training: &Training) {
    for validation in [None, Some(data)] {
        // A first run makes what a thread keeps for good, such as the room for packed matrices.
        let [_, two, twelve] = [2, 2, 12].map(|epochs| allocations(objective, data, validation, training, epochs));
        assert!(0 < two, "it is counted at all");
        assert_eq!(twelve, two, "{training:?}");
    }
}

const BATCHES: [BatchSize; 3] = [BatchSize::Count(1), BatchSize::Count(32), BatchSize::All];

fn perceptron<F: Scalar>() {
    let chain = Chain::new("hidden", Dense::new(5, 20))
        .then("relu", Activate::new(Activation::Relu, 20))
        .then("output", Dense::new(20, 3));
    let objective = Supervised::<F> { chain, loss: Loss::CrossEntropy };
    let x: Vec<F> = (0..5 * 75).map(|i| F::from_f64(f64::from(i * i).sin())).collect();
    let labels: Vec<u32> = (0..75).map(|i| i % 3).collect();
    let data = Dataset::from_slice(5, &x).labels(&labels);
    for batch_size in BATCHES {
        // A minimiser makes some for each of its few long steps.
        for &optimizer in Rule::ALL.iter().filter(|rule| !rule.is_minimiser()) {
            makes_no_memory(&objective, data, &Training { batch_size, optimizer, ..Training::default() });
        }
    }
}

#[test]
fn a_perceptron_of_f32_makes_no_memory() {
    perceptron::<f32>();
}

#[test]
fn a_perceptron_of_f64_makes_no_memory() {
    perceptron::<f64>();
}

/// Early stopping keeps the best parameters in room that it makes once.
#[test]
fn early_stopping_makes_no_memory() {
    let chain = Chain::new("output", Dense::new(1, 1));
    let objective = Supervised::<f64> { chain, loss: Loss::SquaredError };
    let x: Vec<f64> = (0..40).map(f64::from).map(f64::sin).collect();
    let data = Dataset::from_slice(1, &x).values_from_slice(1, &x);
    let training = Training { early: nn_core::Early::patience(100), ..Training::default() };
    let [_, two, twelve] = [2, 2, 12].map(|epochs| allocations(&objective, data, Some(data), &training, epochs));
    assert_eq!(twelve, two);
}

/// A weight for each input, learned from a mean that each lane keeps of what it has seen, and that each step writes.
#[derive(Debug)]
struct Keeping;

impl<F: Scalar> Objective<F> for Keeping {
    fn spans(&self) -> Vec<Span> {
        vec![Span::new("weight", 0, &[1, 5], Role::Weight)]
    }

    fn targets(&self) -> usize {
        0
    }

    fn scratch_len(&self, _lanes: usize, _steps: usize) -> usize {
        0
    }

    fn carry_len(&self, lanes: usize) -> usize {
        5 * lanes
    }

    fn extra_len(&self) -> usize {
        1
    }

    fn running_len(&self) -> usize {
        1
    }

    fn loss(&self, at: At<'_, F>, shard: &Shard<'_, F>, carry: &mut [F], scratch: &mut [F]) -> Sum {
        let sums = Sums { first: true, gradient: &mut [F::ZERO; 5], extra: &mut [F::ZERO] };
        self.gradient(at, shard, sums, carry, scratch)
    }

    fn gradient(&self, at: At<'_, F>, shard: &Shard<'_, F>, sums: Sums<'_, F>, carry: &mut [F], _: &mut [F]) -> Sum {
        let mut sum = Sum::default();
        for (index, (&x, mean)) in shard.x.iter().zip(carry).enumerate() {
            let (input, weight) = (index / shard.lanes % 5, shard.weights[index % (shard.lanes * shard.steps)]);
            *mean += F::from_f64(0.1) * (x - *mean);
            let off = at.theta[input] - *mean;
            sums.gradient[input] += weight * off;
            sums.extra[0] += weight;
            sum += Sum { loss: (weight * off * off).to_f64(), weight: weight.to_f64() };
        }
        sum
    }

    fn after_step(&self, _: &mut [F], running: &mut [F], extra: &[F], _: f64) {
        running[0] += extra[0];
    }
}

#[test]
fn an_objective_that_keeps_something_makes_no_memory() {
    let x: Vec<f64> = (0..5 * 75).map(|i| f64::from(i * i).sin()).collect();
    for batch_size in BATCHES {
        makes_no_memory(&Keeping, Dataset::from_slice(5, &x), &Training { batch_size, ..Training::default() });
    }
}

/// The order of sequences is drawn anew each epoch; a longer one must not find a buffer too short.
#[test]
fn sequences_make_no_memory() {
    let x: Vec<f64> = (0..5 * 75).map(|i| f64::from(i * i).sin()).collect();
    let starts: Vec<usize> = (0..).map(|i| i * i).take_while(|&start| start < 75).collect();
    for batch_size in [BatchSize::Count(1), BatchSize::Count(2), BatchSize::All] {
        let data = Dataset::from_slice(5, &x).sequences(&starts);
        makes_no_memory(&Keeping, data, &Training { batch_size, ..Training::default() });
    }
}
