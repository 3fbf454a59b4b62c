//! Numbers from elsewhere: PyTorch's nn.RNN. How they were made stands in `pytorch.py`.

use nn_core::Arrays;
use nn_elman::nalgebra::DMatrix;
use nn_elman::{Activation, BatchSize, Dataset, Elman, ElmanParams, History, Loss, Model, Online, Rule, Scaling};
use serde_json::Value;

/// Where the sequences of 5, 3 and 4 steps start.
const STARTS: [usize; 3] = [0, 5, 8];
const STEPS: usize = 12;

fn wave(count: usize, by: f64) -> Vec<f64> {
    (1..=count).map(|k| (by * k as f64).sin()).collect()
}

fn halved(numbers: Vec<f64>) -> Vec<f64> {
    numbers.iter().map(|number| 0.5 * number).collect()
}

#[test]
fn the_weights_after_twenty_steps_are_those_of_pytorch() {
    let known: Value = serde_json::from_str(include_str!("pytorch.json")).unwrap();
    let cases = known["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 4);
    for case in cases {
        let activation = if case["activation"] == "tanh" { Activation::Tanh } else { Activation::Relu };
        let classes = case["loss"] == "cross-entropy";
        let params = ElmanParams::default().hidden_units(3).activation(activation).batch_size(BatchSize::All);
        let params = params.optimizer(Rule::Sgd).learning_rate(0.1).momentum(0.9);
        let params = params.scaling(Scaling::None).target_scaling(Scaling::None);
        let mut arrays = Arrays::new();
        arrays.insert("hidden.weight", &[3, 5], &wave(15, 1.3));
        arrays.insert("hidden.bias", &[3], &halved(wave(3, 2.1)));
        arrays.insert("output.weight", &[2, 3], &wave(6, 0.7));
        arrays.insert("output.bias", &[2], &halved(wave(2, 1.9)));
        let params = if classes {
            arrays.insert_counts("classes", &[2]);
            params.loss(Loss::CrossEntropy)
        } else {
            params
        };
        let mut model = Elman::<f64>::from_arrays(params, History::default(), &arrays).unwrap();

        let x = DMatrix::from_column_slice(2, STEPS, &wave(2 * STEPS, 0.9));
        let y = DMatrix::from_column_slice(2, STEPS, &wave(2 * STEPS, 0.4));
        let labels: Vec<u32> = y.column_iter().map(|target| u32::from(0.0 < target[0])).collect();
        let data = Dataset::new(&x).sequences(&STARTS);
        let data = if classes { data.labels(&labels) } else { data.values(&y) };
        for _ in 0..20 {
            model.partial_fit(&data).unwrap();
        }
        let near = |what: &str, ours: &[f64]| {
            let theirs = case[what].as_array().unwrap();
            assert_eq!(ours.len(), theirs.len());
            for (ours, theirs) in ours.iter().zip(theirs) {
                let theirs = theirs.as_f64().unwrap();
                assert!((ours - theirs).abs() < 1e-12 * (1.0 + theirs.abs()), "{case}: {what} {ours} {theirs}");
            }
        };
        near("losses", &model.history().losses);
        near("theta", model.theta());
    }
}
