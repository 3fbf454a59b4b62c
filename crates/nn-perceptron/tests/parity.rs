//! Losses, gradients and weights after 0, 1 and 10 steps, equal to PyTorch's and scikit-learn's from the same start.
//!
//! The numbers in `parity/*.json` were made by `parity/make.py`, which names the versions of both libraries.

use nn_core::{Activate, Activation, BatchSize, Chain, Dense, FitOptions, Rule, Samples, State, Supervised, Training};
use nn_core::{At, Dataset, Loss, Objective, Shard, Sums, testing::shard, train};
use serde_json::Value;

const FILES: [&str; 2] = [include_str!("parity/mlp_3_4_3.json"), include_str!("parity/mlp_5_6_4_3.json")];

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        number => vec![number.as_f64().unwrap()],
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// The largest `|a - b| / max(1, |b|)`.
fn distance(ours: &[f64], theirs: &[f64]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs() / b.abs().max(1.0)).fold(0.0, f64::max)
}

struct Case<'a> {
    file: &'a Value,
    objective: Supervised<f64>,
    gradient: Vec<f64>,
    runs: &'a [Value],
}

fn cases(file: &Value) -> impl Iterator<Item = Case<'_>> {
    list(&file["cases"]).iter().map(move |case| {
        let activation = match case["activation"].as_str().unwrap() {
            "sigmoid" => Activation::Sigmoid,
            "tanh" => Activation::Tanh,
            "relu" => Activation::Relu,
            other => panic!("unknown activation {other}"),
        };
        let loss = match case["loss"].as_str().unwrap() {
            "cross_entropy" => Loss::CrossEntropy,
            "squared_error" => Loss::SquaredError,
            other => panic!("unknown loss {other}"),
        };
        let sizes: Vec<usize> = numbers(&file["sizes"]).into_iter().map(|size| size as usize).collect();
        let mut chain = Chain::new("0", Dense::new(sizes[0], sizes[1]));
        for (index, pair) in sizes[1..].windows(2).enumerate() {
            chain = chain.then("activation", Activate::new(activation, pair[0]));
            chain = chain.then(&(index + 1).to_string(), Dense::new(pair[0], pair[1]));
        }
        let gradient = numbers(&case["gradient"]);
        Case { file, objective: Supervised { chain, loss }, gradient, runs: list(&case["runs"]) }
    })
}

impl Case<'_> {
    /// What is to be learned, a row a sample: quantities, or classes as one column each.
    fn targets(&self) -> Vec<Vec<f64>> {
        match self.objective.loss {
            Loss::SquaredError => list(&self.file["targets"]).iter().map(numbers).collect(),
            _ => {
                let one_hot = |label: f64| (0..3).map(|class| f64::from(u8::from(class == label as i32))).collect();
                numbers(&self.file["labels"]).into_iter().map(one_hot).collect()
            }
        }
    }
}

/// Losses before each of `steps` steps and after the last, and theta after the last.
fn trained(case: &Case<'_>, rule: &str, steps: usize) -> (Vec<f64>, Vec<f64>) {
    let rules = &case.file["rules"][rule];
    let optimizer = match rule {
        "sgd" | "momentum" => Rule::Sgd,
        "nesterov" => Rule::Nesterov,
        "adam" => Rule::Adam,
        other => panic!("unknown rule {other}"),
    };
    let number = |name: &str| rules.get(name).and_then(Value::as_f64);
    let training = Training {
        optimizer,
        learning_rate: number("learning_rate").unwrap(),
        momentum: number("momentum").unwrap_or(0.0),
        batch_size: BatchSize::All,
        epochs: steps,
        shuffle: false,
        ..Training::default()
    };
    let (x, targets) = (numbers(&case.file["x"]), case.targets().concat());
    let inputs = numbers(&case.file["sizes"])[0] as usize;
    let data = Dataset::from_slice(inputs, &x).values_from_slice(3, &targets);
    let samples = Samples::new(data, 3);
    let mut state = State::new(&case.objective, numbers(&case.file["start"]), optimizer);
    let mut losses = Vec::new();
    if 0 < steps {
        let mut options = FitOptions::default();
        let history = train::train(&case.objective, &mut state, &samples, None, &training, &mut options).unwrap();
        losses = history.losses;
    }
    losses.push(train::mean_loss(&case.objective, state.at(), &samples));
    (losses, state.theta.to_vec())
}

/// The mean gradient at the start.
fn gradient(case: &Case<'_>) -> Vec<f64> {
    let x = list(&case.file["x"]).iter().map(numbers).collect();
    // Twelve samples in sixteen lanes, the last four only filling up.
    let lanes = |rows: Vec<Vec<f64>>| -> Vec<f64> {
        let width = rows[0].len();
        (0..width)
            .flat_map(|c| (0..16).map(move |l| (l, c)))
            .map(|(l, c)| rows.get(l).map_or(0.0, |row| row[c]))
            .collect()
    };
    let (x, target) = (lanes(x), lanes(case.targets()));
    let weights: Vec<f64> = (0..16).map(|lane| if lane < 12 { 1.0 } else { 0.0 }).collect();
    let lengths: Vec<u32> = weights.iter().map(|&weight| weight as u32).collect();
    let shard = Shard { weights: &weights, lengths: &lengths, ..shard(16, &x, &target) };
    let theta = numbers(&case.file["start"]);
    let mut gradient = vec![0.0; theta.len()];
    let sums = Sums { first: true, gradient: &mut gradient, extra: &mut [] };
    let mut scratch = vec![0.0; case.objective.scratch_len(16, 1)];
    case.objective.gradient(At { theta: &theta, running: &[] }, &shard, sums, &mut [], &mut scratch);
    gradient.iter().map(|g| g / 12.0).collect()
}

#[test]
fn gradients_at_the_start() {
    for file in FILES.map(|text| serde_json::from_str::<Value>(text).unwrap()) {
        for case in cases(&file) {
            let error = distance(&gradient(&case), &case.gradient);
            assert!(error < 1e-10, "{:?}: {error}", case.objective);
        }
    }
}

#[test]
fn losses_and_weights_after_0_1_and_10_steps() {
    let mut compared = 0;
    for file in FILES.map(|text| serde_json::from_str::<Value>(text).unwrap()) {
        for case in cases(&file) {
            for run in case.runs {
                let rule = run["rule"].as_str().unwrap();
                // scikit-learn adds Adam's epsilon before the correction of the root; PyTorch and we after it.
                let sklearn = if rule == "adam" { 1e-4 } else { 1e-10 };
                let (losses, theta_1) = (numbers(&run["torch"]["losses"]), trained(&case, rule, 1).1);
                let (ours, theta_10) = trained(&case, rule, 10);
                let sampled = [ours[0], ours[1], ours[10]];
                for (name, ours, theirs, most) in [
                    ("torch losses", &ours[..], losses, 1e-10),
                    ("torch theta_1", &theta_1[..], numbers(&run["torch"]["theta_1"]), 1e-10),
                    ("torch theta_10", &theta_10[..], numbers(&run["torch"]["theta_10"]), 1e-10),
                    ("sklearn losses", &sampled[..], numbers(&run["sklearn"]["losses"]), sklearn),
                    ("sklearn theta_1", &theta_1[..], numbers(&run["sklearn"]["theta_1"]), sklearn),
                    ("sklearn theta_10", &theta_10[..], numbers(&run["sklearn"]["theta_10"]), sklearn),
                ] {
                    let error = distance(ours, &theirs);
                    assert!(error < most, "{name}, {rule}, {:?}: {error}", case.objective);
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 6 * 27);
}
