//! The gradient of every layer, activation and loss against differences of the loss, in f64.

use nn_core::testing::{layer_gradient_error, objective_gradient_error, shard, start};
use nn_core::{Activate, Activation, Chain, Dense, Layer, Loss, Shard, Supervised};

/// Largest relative error that is let pass.
const MOST: f64 = 1e-6;

/// Functions with a slope to follow; step and sign have none.
fn smooth() -> impl Iterator<Item = Activation> {
    Activation::ALL.iter().copied().filter(|a| !matches!(a, Activation::Step | Activation::Sign))
}

#[test]
fn dense_in_shards_of_every_width() {
    for lanes in [1, 16, 32, 48, 64] {
        for (inputs, outputs) in [(1, 1), (5, 3), (17, 20)] {
            let error = layer_gradient_error(&Dense::new(inputs, outputs), lanes);
            assert!(error < MOST, "{lanes} lanes, {inputs} to {outputs}: {error}");
        }
    }
}

#[test]
fn every_activation() {
    for activation in smooth() {
        for lanes in [1, 16] {
            let error = layer_gradient_error(&Activate::new(activation, 7), lanes);
            assert!(error < MOST, "{activation}, {lanes} lanes: {error}");
        }
    }
}

#[test]
fn a_chain_of_chains() {
    let inner = Chain::new("a", Dense::new(4, 6)).then("b", Activate::new(Activation::Silu, 6));
    let chain = Chain::new("first", inner).then("c", Dense::new(6, 2)).then("d", Activate::new(Activation::Tanh, 2));
    let names: Vec<_> = Layer::<f64>::spans(&chain).into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["first.a.weight", "first.a.bias", "c.weight", "c.bias"]);
    let error = layer_gradient_error(&chain, 16);
    assert!(error < MOST, "{error}");
}

#[test]
fn every_activation_under_every_loss() {
    for lanes in [1, 16] {
        for activation in smooth() {
            // Absolute error has a kink, which a difference may straddle; its slope is tested with its kernel.
            for &loss in Loss::ALL.iter().filter(|&&loss| loss != Loss::AbsoluteError) {
                let chain = Chain::new("hidden", Dense::new(3, 5))
                    .then("activation", Activate::new(activation, 5))
                    .then("output", Dense::new(5, 4));
                let error = supervised_error(&Supervised { chain, loss }, lanes);
                assert!(error < MOST, "{activation} under {loss}, {lanes} lanes: {error}");
            }
        }
    }
}

/// On a shard with unequal weights, one lane of it only filling up.
fn supervised_error(objective: &Supervised<f64>, lanes: usize) -> f64 {
    let x: Vec<f64> = (0..3 * lanes).map(|i| (i as f64 * 0.7 + 0.3).sin()).collect();
    let mut target = vec![0.0; 4 * lanes];
    (0..lanes).for_each(|lane| target[lane % 4 * lanes + lane] = 1.0);
    let weights: Vec<f64> = (0..lanes).map(|lane| if lane == 1 { 0.0 } else { 0.5 + lane as f64 / 8.0 }).collect();
    let shard = Shard { weights: &weights, ..shard(lanes, &x, &target) };
    objective_gradient_error(objective, &start(objective), &shard)
}
