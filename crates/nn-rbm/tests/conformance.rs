//! The suite that every model passes, and what it does not cover: learning on, stopping and continuing.

use nn_core::testing::{conformance, conformance_online};
use nn_rbm::nalgebra::DMatrix;
use nn_rbm::{Dataset, Fit, FitOptions, Model, RbmParams, Scaling};

/// Twelve samples of two features in three classes.
fn samples() -> (DMatrix<f64>, Vec<u32>) {
    let x = DMatrix::from_fn(2, 12, |i, j| ((7 * j + 3 * i) as f64).sin() + (j % 3) as f64);
    (x, (0..12).map(|j| j % 3).collect())
}

#[test]
fn classes() {
    let (x, labels) = samples();
    for &scaling in Scaling::ALL {
        let params = RbmParams::default().scaling(scaling);
        conformance(&params, &Dataset::new(&x).labels(&labels));
        conformance(&params, &Dataset::new(&x.map(|x| x as f32)).labels(&labels));
    }
}

#[test]
fn sample_weights() {
    let (x, labels) = samples();
    let weights: Vec<f64> = (0..12).map(|j| f64::from(j % 4)).collect();
    conformance(&RbmParams::default(), &Dataset::new(&x).labels(&labels).weights(&weights));
}

#[test]
fn learning_part_by_part_equals_learning_the_whole() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let params = RbmParams::default().epochs(1).scaling(Scaling::None);
    let learned = conformance_online(|| params.fit(&data.part(0..5)).unwrap(), &data.part(5..12), 3);
    assert_eq!(learned.means(), params.fit(&data).unwrap().means());
}

#[test]
fn a_validation_set_has_a_loss_in_every_epoch() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let params = RbmParams::default().epochs(3);
    let model = params.fit_with(&data, FitOptions::default().validation(data)).unwrap();
    let history = model.history();
    assert_eq!((history.losses.len(), history.validation_losses.len()), (3, 3));
    assert_eq!(history.validation_losses.last().copied(), model.evaluate(&data).unwrap().get("loss"));
}
