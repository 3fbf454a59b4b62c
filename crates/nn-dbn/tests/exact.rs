//! What must hold to the last digits: the bound of greedy learning, and what is copied into the net that is fine-tuned.

use crate::bound::{bars_and_stripes, bounds, log_chance, states};
use nn_dbn::nalgebra::DMatrix;
use nn_dbn::{Algorithm, Dataset, DbnParams, Epoch, Fit, FitOptions, Rbm, RbmParams};
use std::ops::ControlFlow;

fn first_machine(x: &DMatrix<f64>) -> (RbmParams, Rbm<f64>) {
    let params = RbmParams::default().hidden_units(6).algorithm(Algorithm::Exact).epochs(300).batch_size(16);
    let params = params.learning_rate(0.2).init_scale(0.5).centering(Some(false));
    let machine = params.fit(&Dataset::new(x)).unwrap();
    (params, machine)
}

#[test]
fn a_second_machine_that_begins_upside_down_changes_no_probability() {
    let x = bars_and_stripes();
    let (params, first) = first_machine(&x);
    let second = Rbm::from_theta(params.hidden_units(9), 6, 0, first.stacked_start()).unwrap();
    let energies = first.free_energy(&Dataset::new(&x)).unwrap();
    let log_partition = first.log_partition().unwrap();
    for (bound, energy) in bounds(&first, &second, &x).iter().zip(&energies) {
        assert!((bound - (-energy - log_partition)).abs() < 1e-9, "{bound} {}", -energy - log_partition);
    }
}

#[test]
fn what_the_second_machine_learns_never_lowers_the_bound() {
    let x = bars_and_stripes();
    let (params, first) = first_machine(&x);
    let second_params = params.hidden_units(9).epochs(1).batch_size(64).learning_rate(0.05).momentum(0.0);
    // What it learns from: every state of its visible units, as often as the first machine tells it.
    let told = first.transform(&Dataset::new(&x)).unwrap();
    let seen = states(6);
    let often = |h: &[f64]| told.column_iter().map(|q| log_chance(q.as_slice(), h).exp()).sum::<f64>();
    let weights: Vec<f64> = seen.column_iter().map(|h| often(h.as_slice())).collect();
    let data = Dataset::new(&seen).weights(&weights);

    let mean = |second: &Rbm<f64>| bounds(&first, second, &x).iter().sum::<f64>() / 16.0;
    let mut theta = first.stacked_start();
    let start = mean(&Rbm::from_theta(second_params.clone(), 6, 0, theta.clone()).unwrap());
    let mut last = start;
    for step in 0..60 {
        let second: Rbm<f64> = second_params.fit_from(theta, &data, FitOptions::default()).unwrap();
        let now = mean(&second);
        assert!(last - 1e-12 <= now, "step {step}: {last} {now}");
        (last, theta) = (now, second.theta().to_vec());
    }
    assert!(start + 0.001 < last, "{start} {last}");
}

#[test]
fn a_stack_in_the_feed_forward_net_gives_the_same_activations() {
    let x = bars_and_stripes();
    let labels: Vec<u32> = (0..16).map(|sample| sample / 8).collect();
    let data = Dataset::new(&x).labels(&labels);
    for label_units in [false, true] {
        let rbm = RbmParams::default().epochs(3).learning_rate(0.5);
        let params = DbnParams::default().hidden_layers([7, 5, 4]).rbm(rbm).label_units(label_units);
        let mut left = 9;
        let mut monitor = |_: &Epoch| {
            left -= 1;
            if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        // Stopped just before its fine-tuning.
        let model = params.fit_with(&data, FitOptions::default().monitor(&mut monitor)).unwrap();
        for layer in 0..if label_units { 2 } else { 3 } {
            let net = model.hidden(&data, layer).unwrap();
            let stack = model.stack().transform(&data, layer).unwrap();
            assert!((net - stack).amax() < 1e-14, "layer {layer}");
        }
    }
}

#[test]
fn what_is_generated_of_a_class_is_of_that_class() {
    // Two patterns and their classes, each with one of nine places turned over. By CD-1 and PCD the chains of such a toy hardly
    // cross from one pattern to the other, whatever the label unit says; by the exact gradient they do.
    let patterns = [[1, 1, 1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 1, 1, 1]];
    let x = DMatrix::from_fn(9, 180, |place, sample| {
        let turned = sample / 2 % 9 == place;
        f64::from(u8::from((patterns[sample % 2][place] == 1) != turned))
    });
    let labels: Vec<u32> = (0..180).map(|sample| sample % 2).collect();
    let rbm = RbmParams::default().epochs(100).learning_rate(0.05).algorithm(Algorithm::Exact);
    let params = DbnParams::default().hidden_layers([12, 10]).rbm(rbm).label_units(true);
    let stack = params.pretrain(&Dataset::new(&x).labels(&labels), FitOptions::default()).unwrap();
    for class in [0, 1] {
        let made = stack.generate(200, Some(class), 50, 3).unwrap();
        let near = |sample: &[f64], pattern: &[i32]| -> f64 {
            sample.iter().zip(pattern).map(|(&x, &on)| (x - f64::from(on)).abs()).sum()
        };
        let (own, other) = (&patterns[class as usize], &patterns[1 - class as usize]);
        let right = made.column_iter().filter(|made| near(made.as_slice(), own) < near(made.as_slice(), other)).count();
        assert!(180 <= right, "class {class}: {right} of 200");
    }
    assert_eq!(stack.generate(3, None, 5, 1).unwrap().shape(), (9, 3));
    for class in [2, 7] {
        assert!(stack.generate(3, Some(class), 5, 1).is_err());
    }
}
