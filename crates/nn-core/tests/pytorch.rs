//! The rules that PyTorch has, too, go where PyTorch's go; the numbers are from `pytorch.py`.

use nn_core::{Rule, Step};
use std::collections::BTreeMap;

const START: [f64; 5] = [0.5, -1.5, 2.0, 0.0, -0.25];

/// Theta after 1, 10 and 100 steps over a bowl whose lowest place moves.
fn course(rule: Rule, learning_rate: f64, momentum: f64, decay: f64) -> Vec<Vec<f64>> {
    let (mut theta, mut memory) = (START, vec![0.0; rule.memory(5)]);
    let mut stations = Vec::new();
    for taken in 0..100_u64 {
        let time = 0.1 * (taken + 1) as f64;
        // As the sum over two samples, which the rule is to halve.
        let mut gradient: [f64; 5] = std::array::from_fn(|i| {
            let place = i as f64;
            2.0 * (0.3 * (place + 1.0) * theta[i] + (place + time).cos())
        });
        let step = Step { learning_rate, momentum, taken, gradient_scale: 0.5, decay, pull: 0.0, error_rose: false };
        rule.step(0..5, &mut theta, &mut gradient, &mut memory, &step);
        assert_eq!(gradient, [0.0; 5], "what was taken is cleared");
        if [0, 9, 99].contains(&taken) {
            stations.push(theta.to_vec());
        }
    }
    stations
}

#[test]
fn each_rule_takes_the_same_course_as_in_pytorch() {
    let expected: BTreeMap<String, Vec<Vec<f64>>> = serde_json::from_str(include_str!("pytorch.json")).unwrap();
    let courses = [
        ("sgd", course(Rule::Sgd, 0.05, 0.0, 0.0)),
        ("sgd momentum", course(Rule::Sgd, 0.05, 0.9, 0.01)),
        ("nesterov", course(Rule::Nesterov, 0.05, 0.9, 0.01)),
        ("rmsprop", course(Rule::RmsProp, 0.01, 0.0, 0.01)),
        ("adam", course(Rule::Adam, 0.02, 0.0, 0.01)),
        ("adamw", course(Rule::AdamW, 0.02, 0.0, 0.1)),
    ];
    assert_eq!(courses.len(), expected.len());
    for rule in Rule::ALL {
        let beside = match rule {
            Rule::Sgd | Rule::Nesterov | Rule::RmsProp | Rule::Adam | Rule::AdamW => true,
            // Another Rprop, another L-BFGS or none is there.
            Rule::Rprop | Rule::Irprop | Rule::Quickprop | Rule::Diagonal | Rule::Lbfgs | Rule::LevenbergMarquardt => {
                false
            }
        };
        assert_eq!(expected.contains_key(rule.name()), beside, "{rule}");
    }
    for (name, stations) in courses {
        for (ours, theirs) in stations.iter().flatten().zip(expected[name].iter().flatten()) {
            assert!((ours - theirs).abs() < 1e-12 * (1.0 + theirs.abs()), "{name}: {ours} {theirs}");
        }
    }
}
