//! Exercise 5.5 of the chapter: its network.

use nn_perceptron::{Activation, BatchSize, Init, Loss, MlpParams, Rule, Scaling};

/// The chapter's network.
pub(crate) fn chapter(rate: f64, batch: BatchSize, seed: u64) -> MlpParams {
    MlpParams::default()
        .hidden_layers([5])
        .activation(Activation::Sigmoid)
        .loss(Loss::SquaredError)
        .init(Init::Unit)
        .scaling(Scaling::None)
        .optimizer(Rule::Sgd)
        .momentum(0.0)
        .shuffle(false)
        .learning_rate(rate)
        .batch_size(batch)
        .seed(seed)
}
