//! The suite that every model passes, and what it does not cover: learning on, stopping and continuing.

use nn_core::testing::{conformance, conformance_online};
use nn_rbm::nalgebra::DMatrix;
use nn_rbm::{Algorithm, Dataset, Fit, FitOptions, Model, RbmParams, VisibleUnits};

/// Twenty samples of five features from 0 to 1 in three classes.
fn samples() -> (DMatrix<f64>, Vec<u32>) {
    let x = DMatrix::from_fn(5, 20, |i, j| (((7 * j + 3 * i) as f64).sin() + 1.0) / 2.0);
    (x, (0..20).map(|j| j % 3).collect())
}

fn params() -> RbmParams {
    RbmParams::default().hidden_units(4).epochs(3).batch_size(8)
}

#[test]
fn every_algorithm() {
    let (x, _) = samples();
    for &algorithm in Algorithm::ALL {
        for centering in [false, true] {
            let params = params().algorithm(algorithm).centering(centering);
            conformance(&params, &Dataset::new(&x));
            conformance(&params, &Dataset::new(&x.map(|x| x as f32)));
        }
    }
}

#[test]
fn gaussian_units() {
    let (x, _) = samples();
    for &algorithm in Algorithm::ALL {
        let params = params().algorithm(algorithm).visible_units(VisibleUnits::Gaussian).cd_steps(2);
        conformance(&params, &Dataset::new(&(x.clone() * 50.0)));
    }
}

#[test]
fn label_units_and_weights() {
    let (x, labels) = samples();
    let weights: Vec<f64> = (0..20).map(|j| f64::from(j % 4)).collect();
    let params = params().label_units(true).sparsity_cost(0.1);
    conformance(&params, &Dataset::new(&x).labels(&labels).weights(&weights));
}

/// Sampling is cut by fixed chunks, and so large a machine spreads its products over threads.
#[test]
fn a_large_machine_has_the_same_bits_on_any_number_of_threads() {
    let x = DMatrix::from_fn(120, 150, |i, j| ((7 * j + 3 * i) % 11) as f32 / 10.0);
    let params = RbmParams::default().hidden_units(600).epochs(2).batch_size(100).algorithm(Algorithm::Persistent);
    let bytes = |threads| {
        let model = nn_rbm::with_threads(Some(threads), || params.fit(&Dataset::new(&x)).unwrap()).unwrap();
        let sampled = nn_rbm::with_threads(Some(threads), || model.sample(100, 3, 5).unwrap()).unwrap();
        (model.to_file().to_bytes(), sampled)
    };
    let one = bytes(1);
    assert!(bytes(2) == one && bytes(5) == one);
}

#[test]
fn learning_part_by_part_equals_learning_the_whole() {
    let (x, _) = samples();
    let data = Dataset::new(&x);
    for &algorithm in Algorithm::ALL {
        let params = params().algorithm(algorithm).batch_size(4);
        conformance_online(|| params.fit(&data.part(0..8)).unwrap(), &data.part(8..20), 4);
    }
}

#[test]
fn a_validation_set_has_a_loss_in_every_epoch() {
    let (x, _) = samples();
    let data = Dataset::new(&x);
    let model = params().fit_with(&data, FitOptions::default().validation(data)).unwrap();
    let history = model.history();
    assert_eq!((history.losses.len(), history.validation_losses.len()), (3, 3));
    let measured = model.evaluate(&data).unwrap().get("reconstruction_error").unwrap();
    assert!((history.validation_losses[2] - measured).abs() < 1e-12);
}
