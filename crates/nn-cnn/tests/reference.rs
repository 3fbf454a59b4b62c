//! Layers beside PyTorch's: what they answer and the gradients they give back, on random cases that `reference/make.py` wrote.

use nn_cnn::{Conv2d, LayerSpec, Pool};
use nn_core::Layer;
use nn_core::params::Value;
use nn_core::testing::backward;
use serde_json::Value as Json;

fn numbers(case: &Json, key: &str) -> Vec<f64> {
    case[key].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// Samples side by side, the lanes beyond them zero.
fn into_lanes(samples: &[f64], count: usize, lanes: usize) -> Vec<f64> {
    let features = samples.len() / count;
    let mut shard = vec![0.0; features * lanes];
    for (at, number) in samples.iter().enumerate() {
        shard[at % features * lanes + at / features] = *number;
    }
    shard
}

fn from_lanes(shard: &[f64], count: usize, lanes: usize) -> Vec<f64> {
    let features = shard.len() / lanes;
    (0..features * count).map(|at| shard[at % features * lanes + at / features]).collect()
}

fn near(what: &str, got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{what}");
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-10 * (1.0 + expected.abs()), "{what}: {got} {expected}");
    }
}

#[test]
fn layers_answer_and_learn_as_those_of_pytorch() {
    let cases: Json = serde_json::from_str(include_str!("reference/layers.json")).unwrap();
    for case in cases.as_array().unwrap() {
        let text = case["layer"].as_str().unwrap();
        let shape: Vec<usize> = numbers(case, "shape").into_iter().map(|size| size as usize).collect();
        let input = <[usize; 3]>::try_from(shape).unwrap();
        let layer: Box<dyn Layer<f64>> = match LayerSpec::parse(text).unwrap() {
            LayerSpec::Conv { maps, kernel, stride, padding, table } => {
                Box::new(Conv2d::new(input, maps, kernel, stride, padding, &table).unwrap())
            }
            LayerSpec::Max { size, stride } => Box::new(Pool::max(input, size, stride).unwrap()),
            LayerSpec::Mean { size, stride } => Box::new(Pool::mean(input, size, stride).unwrap()),
            other => panic!("{other}"),
        };
        let samples = case["samples"].as_u64().unwrap() as usize;
        let [theta, x, dy] = ["theta", "x", "dy"].map(|key| numbers(case, key));
        let lanes = 16;
        let told = backward(&*layer, &theta, &into_lanes(&x, samples, lanes), &into_lanes(&dy, samples, lanes), lanes);
        near(&format!("{text}: y"), &from_lanes(&told.y, samples, lanes), &numbers(case, "y"));
        near(&format!("{text}: dx"), &from_lanes(&told.dx, samples, lanes), &numbers(case, "dx"));
        near(&format!("{text}: dtheta"), &told.dtheta, &numbers(case, "dtheta"));
    }
}
