//! Dropout: its mask is drawn from the key of the pass and kept in the tape for `backward`.

use nn_core::random::Key;
use nn_core::testing::{forward, layer_gradient_error, objective_gradient_error, shard, start};
use nn_core::{
    Activate, Activation, BatchSize, Chain, Dataset, Dense, Dropout, Layer, Loss, Samples, Scalar, Shard, State,
    Supervised, Training, train,
};
use nn_outsider::Case;

fn network<F: Scalar>() -> Supervised<F> {
    let chain = Chain::new("hidden", Dense::new(3, 8))
        .then("tanh", Activate::new(Activation::Tanh, 8))
        .then("dropout", Dropout::new(0.5, 8).unwrap())
        .then("output", Dense::new(8, 1));
    Supervised { chain, loss: Loss::SquaredError }
}

/// A hundred samples of three features and one quantity.
fn samples() -> (Vec<f64>, Vec<f64>) {
    let x: Vec<f64> = (0..300).map(|i| f64::from(i * i).sin()).collect();
    let y = x.chunks(3).map(|x| x[0] * x[1] + x[2]).collect();
    (x, y)
}

/// What comes out of a layer for ones, in training at `key`.
fn outputs(layer: &dyn Layer<f64>, key: Key) -> Vec<f64> {
    forward(layer, &[], &vec![1.0; 16 * layer.inputs()], 16, Some(key))
}

#[test]
fn gradients_are_the_slopes_under_the_mask_of_the_key() {
    assert!(layer_gradient_error(&Dropout::new(0.4, 5).unwrap(), 16) < 1e-6);
    assert!(layer_gradient_error(&network().chain, 16) < 1e-6);

    let (x, target): (Vec<f64>, Vec<f64>) = ((0..48).map(|i| f64::from(i).sin()).collect(), vec![0.3; 16]);
    let shard = Shard { key: Key { seed: 4, step: 5, shard: 6 }, ..shard(16, &x, &target) };
    let objective = network();
    let error = objective_gradient_error(&objective, &start(&objective), &shard);
    assert!(error < 1e-6, "{error}");
}

#[test]
fn each_shard_step_and_seed_draws_another_mask_and_the_same_again() {
    let dropout = Dropout::new(0.5, 4).unwrap();
    let key = Key { seed: 1, step: 2, shard: 3 };
    let mask = outputs(&dropout, key);
    assert_eq!(outputs(&dropout, key), mask);
    for other in [Key { seed: 2, ..key }, Key { step: 3, ..key }, Key { shard: 4, ..key }] {
        assert_ne!(outputs(&dropout, other), mask);
    }
}

/// Two dropouts in a row let through the units that both let through: a quarter. With the same mask it would be half.
#[test]
fn no_two_layers_draw_the_same_mask_however_deep_they_stand() {
    let dropout = || Dropout::new(0.5, 1000).unwrap();
    let identity = || Activate::new(Activation::Identity, 1000);
    let inner = || Chain::new("inner", identity()).then("dropout", dropout());
    let side_by_side = Chain::new("first", dropout()).then("second", dropout());
    let two_chains = Chain::new("first", inner()).then("second", inner());
    let chain_then_layer = Chain::new("first", inner()).then("between", identity()).then("second", dropout());
    for chain in [side_by_side, two_chains, chain_then_layer] {
        let through = outputs(&chain, Key::once(1)).iter().filter(|&&y| y != 0.0).count() as f64 / 16_000.0;
        assert!((through - 0.25).abs() < 0.02, "{through}");
    }
}

#[test]
fn outside_of_training_nothing_is_dropped() {
    let (x, y) = samples();
    let objective = network();
    let samples = Samples::new(Dataset::from_slice(3, &x).values_from_slice(1, &y), 1);
    let state = State::new(&objective, start(&objective), Training::default().optimizer);

    let chain = Chain::new("hidden", Dense::new(3, 8))
        .then("tanh", Activate::new(Activation::Tanh, 8))
        .then("output", Dense::new(8, 1));
    let without = Supervised { chain, loss: Loss::SquaredError };
    assert_eq!(train::mean_loss(&objective, state.at(), &samples), train::mean_loss(&without, state.at(), &samples));
}

#[test]
fn it_learns_while_units_are_dropped() {
    let (x, y) = samples();
    let objective = network();
    let samples = Samples::new(Dataset::from_slice(3, &x).values_from_slice(1, &y), 1);
    let training = Training { learning_rate: 0.01, epochs: 200, ..Training::default() };
    let case = Case { objective: &objective, theta: start(&objective), samples, training };
    let before =
        train::mean_loss(&objective, State::new(&objective, start(&objective), case.training.optimizer).at(), &samples);
    let (state, _) = case.train();
    let after = train::mean_loss(&objective, state.at(), &samples);
    assert!(after < 0.3 * before, "{after} {before}");
}

#[test]
fn neither_threads_nor_a_kill_show() {
    let (x, y) = samples();
    let objective = network();
    let samples = Samples::new(Dataset::from_slice(3, &x).values_from_slice(1, &y), 1);
    for batch_size in [BatchSize::Count(1), BatchSize::Count(32), BatchSize::All] {
        let training = Training { batch_size, epochs: 5, ..Training::default() };
        Case { objective: &objective, theta: start(&objective), samples, training }.keeps_its_promises();
    }
}
