//! A whole net's loss, minimised from the same start as by SciPy; the numbers are from `minima.py`.

use nn_core::{
    Activate, Activation, BatchSize, Chain, Dataset, Dense, FitOptions, Loss, Rule, Samples, State, Supervised,
    Training, train,
};
use std::collections::BTreeMap;

const SAMPLES: usize = 12;

/// The losses on the way from SciPy's start.
fn course(optimizer: Rule, epochs: usize) -> Vec<f64> {
    let x: Vec<f64> = (0..SAMPLES).map(|i| -1.0 + 2.0 * i as f64 / (SAMPLES - 1) as f64).collect();
    let y: Vec<f64> = x.iter().map(|x| (-4.0 * x * x).exp() + 0.2 * (9.0 * x).sin()).collect();
    let theta = (1..=7).map(|i| 0.9 * (2.0 * f64::from(i)).sin()).collect();
    let chain = Chain::new("hidden", Dense::new(1, 2))
        .then("units", Activate::new(Activation::Tanh, 2))
        .then("output", Dense::new(2, 1));
    let network = Supervised { chain, loss: Loss::SquaredError };
    let training = Training { optimizer, epochs, batch_size: BatchSize::All, ..Training::default() };
    let data = Dataset::from_slice(1, &x).values_from_slice(1, &y);
    let mut state = State::new(&network, theta, optimizer);
    train::train(&network, &mut state, &Samples::new(data, 1), None, &training, &mut FitOptions::default())
        .unwrap()
        .losses
}

#[test]
fn both_minimisers_end_where_scipys_end() {
    let theirs: BTreeMap<String, f64> = serde_json::from_str(include_str!("minima.json")).unwrap();
    for (rule, name, epochs) in [
        (Rule::Lbfgs, "lbfgs", 10 * theirs["lbfgs_iterations"] as usize),
        (Rule::LevenbergMarquardt, "levenberg_marquardt", 1000),
    ] {
        let losses = course(rule, epochs);
        let (end, expected) = (losses[losses.len() - 1], theirs[name]);
        assert!((end - expected).abs() < 1e-9, "{name}: {end} after {} steps, {expected}", losses.len());
        assert!(losses[0] < theirs["start"] && losses.len() < epochs, "{name}: {} steps", losses.len());
    }
}
