//! Growth beside an independent program, epoch by epoch: `reference.py`, which goes sample by sample with targets of +-1/2, wrote
//! `reference.json`.

use nn_cascor::{CascorParams, Dataset, Fit, Model, Scaling};
use nn_core::kernels::random::fill_uniform;
use nn_core::random::Key;
use serde_json::{Value, json};

/// Weights at the start, drawn evenly from -1 to 1, as training draws them.
fn drawn(purpose: &str, units: u64, count: usize) -> Vec<f64> {
    let mut weights = vec![0.0; count];
    fill_uniform(&mut Key { seed: 1, step: units, shard: 0 }.stream(purpose), &mut weights);
    weights.into_iter().map(|w: f64| w + w - 1.0).collect()
}

/// Of the outputs, and of eight candidates for each of three units: weights, the bias last.
fn starts() -> Value {
    let pool = |units: u64| {
        let fan = 2 + units as usize;
        let all = drawn("candidates", units, 8 * (fan + 1));
        // Training has the biases of all candidates behind the weights of all.
        let of = |c: usize| [&all[c * fan..(c + 1) * fan], &all[8 * fan + c..][..1]].concat();
        (0..8).map(of).collect::<Vec<_>>()
    };
    json!({ "outputs": drawn("outputs", 0, 3), "candidates": [pool(0), pool(1), pool(2)] })
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn assert_near(ours: &[f64], theirs: &[f64], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (place, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        assert!((ours - theirs).abs() <= 1e-8 * (1.0 + theirs.abs()), "{what} {place}: {ours} {theirs}");
    }
}

#[test]
fn every_epoch_is_that_of_an_independent_program() {
    let file: Value = serde_json::from_str(include_str!("reference.json")).unwrap();
    assert_eq!(file["starts"], starts(), "reference.json begins from other weights; {:#}", starts());
    let x: Vec<f64> = (0..60).map(|at| (7.0 * f64::from(at / 2) + 3.0 * f64::from(at % 2)).sin()).collect();
    let labels: Vec<u32> = (0..30).map(|j| j * 7 / 2 % 2).collect();
    // Phases are short, since quickprop doubles rounding errors in a few steps: of 100 passes a phase 1e-9 becomes 1e-4.
    let params = CascorParams::default().scaling(Scaling::None).hidden_units(3).output_epochs(8).candidate_epochs(8);
    let model = params.fit(&Dataset::from_slice(2, &x).labels(&labels)).unwrap();
    let grown = &file["grown"];
    assert_near(&model.history().losses, &numbers(&grown["losses"]), "loss");
    assert_near(&model.history().measures["correlation"], &numbers(&grown["correlations"]), "correlation");
    let units = grown["units"].as_array().unwrap();
    assert_eq!(model.units().len(), units.len());
    for (unit, weights) in units.iter().enumerate() {
        assert_near(model.weights(unit).unwrap(), &numbers(weights), "weight");
    }
    let outputs = numbers(&grown["outputs"]);
    assert_near(model.output_weights().as_slice(), &outputs[..outputs.len() - 1], "output weight");
}
