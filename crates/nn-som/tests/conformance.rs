//! The suite that every model passes, and what it does not cover: learning on, stopping and continuing.

use nn_core::testing::conformance;
use nn_som::nalgebra::DMatrix;
use nn_som::{Dataset, Fit, FitOptions, Model, Online, Scaling, SomParams};

/// Twelve samples of two features in three classes.
fn samples() -> (DMatrix<f64>, Vec<u32>) {
    let x = DMatrix::from_fn(2, 12, |i, j| ((7 * j + 3 * i) as f64).sin() + (j % 3) as f64);
    (x, (0..12).map(|j| j % 3).collect())
}

#[test]
fn classes() {
    let (x, labels) = samples();
    for &scaling in Scaling::ALL {
        let params = SomParams::default().scaling(scaling);
        conformance(&params, &Dataset::new(&x).labels(&labels));
        conformance(&params, &Dataset::new(&x.map(|x| x as f32)).labels(&labels));
    }
}

#[test]
fn sample_weights() {
    let (x, labels) = samples();
    let weights: Vec<f64> = (0..12).map(|j| f64::from(j % 4)).collect();
    conformance(&SomParams::default(), &Dataset::new(&x).labels(&labels).weights(&weights));
}

#[test]
fn learning_part_by_part_equals_learning_the_whole() {
    let (x, labels) = samples();
    let params = SomParams::default().epochs(1).scaling(Scaling::None);
    let whole = params.fit(&Dataset::new(&x).labels(&labels)).unwrap();
    let data = Dataset::new(&x).labels(&labels);
    let mut model = params.fit(&data.part(0..5)).unwrap();
    for part in [5..6, 6..12] {
        model.partial_fit(&data.part(part)).unwrap();
    }
    assert_eq!(model.means(), whole.means());
}

#[test]
fn a_part_that_does_not_fit_leaves_the_model_as_it_was() {
    let (x, labels) = samples();
    let mut model = SomParams::default().fit(&Dataset::new(&x).labels(&labels)).unwrap();
    let before = model.to_file().to_bytes();
    assert!(model.partial_fit(&Dataset::new(&x)).is_err());
    assert!(model.partial_fit(&Dataset::new(&x).values(&x)).is_err());
    assert!(model.partial_fit(&Dataset::new(&x).labels_of(4, &labels)).is_err());
    assert!(model.partial_fit(&Dataset::new(&(x.clone() * f64::NAN)).labels(&labels)).is_err());
    assert_eq!(model.to_file().to_bytes(), before);
}

#[test]
fn a_validation_set_has_a_loss_in_every_epoch() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let params = SomParams::default().epochs(3);
    let model = params.fit_with(&data, FitOptions::default().validation(data)).unwrap();
    let history = model.history();
    assert_eq!((history.losses.len(), history.validation_losses.len()), (3, 3));
    assert_eq!(history.validation_losses.last().copied(), model.evaluate(&data).unwrap().get("loss"));
}
