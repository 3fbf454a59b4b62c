//! The suite that every model passes, and what it does not cover: other targets, both steps, stopping and continuing.

use nn_core::testing::{conformance, conformance_online};
use nn_rbf::nalgebra::DMatrix;
use nn_rbf::{
    Basis, BatchSize, Checkpoint, ClassWeight, Criterion, Dataset, Error, Fit, FitOptions, Model, Online, Params,
    RbfParams, Rule, Selection, Widths,
};
use std::sync::atomic::AtomicBool;

/// Twenty samples in three classes, and two quantities of each.
fn samples() -> (DMatrix<f64>, Vec<u32>, DMatrix<f64>) {
    let x = DMatrix::from_fn(3, 20, |i, j| ((7 * j + 3 * i) as f64).sin() + (j % 3) as f64);
    let labels = (0..20).map(|j| j % 3).collect();
    let values = DMatrix::from_fn(2, 20, |i, j| 100.0 * x[(i, j)] - 7.0 * x[(1, j)]);
    (x, labels, values)
}

fn params() -> RbfParams {
    RbfParams::default().centers(6)
}

fn tuned() -> RbfParams {
    params().tune_weights(true).tune_widths(true).tune_centers(true).epochs(3).batch_size(4)
}

#[test]
fn classes_and_quantities_by_the_first_step_alone() {
    let (x, labels, values) = samples();
    conformance(&params(), &Dataset::new(&x).labels(&labels));
    conformance(&params(), &Dataset::new(&x.clone().cast::<f32>()).labels(&labels));
    conformance(&params(), &Dataset::new(&x).values(&values));
    conformance(&params().ridge(0.1).width_factor(1.0), &Dataset::new(&x).values(&values));
    let two: Vec<u32> = labels.iter().map(|&label| label % 2).collect();
    conformance(&params().ridge(0.0).criterion(Criterion::Gcv), &Dataset::new(&x).labels(&two));
}

#[test]
fn both_steps() {
    let (x, labels, values) = samples();
    conformance(&tuned(), &Dataset::new(&x).labels(&labels));
    conformance(&tuned().normalized(true).linear_tail(true), &Dataset::new(&x.clone().cast::<f32>()).labels(&labels));
    conformance(&tuned().widths(Widths::PerFeature), &Dataset::new(&x).values(&values));
    let whole = tuned().batch_size(BatchSize::All).optimizer(Rule::Lbfgs);
    conformance(&whole, &Dataset::new(&x).values(&values));
}

#[test]
fn every_way_to_choose_centres_and_every_basis() {
    let (x, labels, values) = samples();
    let given = params().selection(Selection::Given).given([0.0, 0.5, 1.0, 1.0, -0.5, 2.0]);
    conformance(&given, &Dataset::new(&x).labels(&labels));
    for &selection in [Selection::Random, Selection::Ols, Selection::EverySample].iter() {
        for &basis in Basis::ALL {
            let params = params().selection(selection).basis(basis).widths(Widths::PerUnit).linear_tail(true);
            conformance(&params, &Dataset::new(&x).values(&values));
        }
    }
}

#[test]
fn a_sample_that_weighs_nothing_is_not_there() {
    let (mut x, labels, values) = samples();
    let weights: Vec<f64> = (0..20).map(|j| f64::from((j + 1) % 4)).collect();
    let counted: Vec<usize> = (0..20).filter(|j| weights[*j] != 0.0).collect();
    // Far from all others.
    (0..20).filter(|j| weights[*j] == 0.0).for_each(|j| x[(0, j)] = 50.0 + j as f64);
    let all = [Dataset::new(&x).labels(&labels), Dataset::new(&x).values(&values)];
    for (data, balanced) in
        all.map(|data| data.weights(&weights)).into_iter().flat_map(|data| [(data, false), (data, true)])
    {
        let part = data.select(&counted).unwrap();
        for params in [params(), params().criterion(Criterion::Gcv).widths(Widths::PerFeature), tuned()] {
            for &selection in [Selection::KMeans, Selection::Random, Selection::Ols, Selection::EverySample].iter() {
                let params = params.clone().selection(selection).class_weight(if balanced {
                    ClassWeight::Balanced
                } else {
                    ClassWeight::None
                });
                let [mut with, mut without] = [data, part.view()].map(|data| params.fit(&data).unwrap());
                assert!(with.to_file().to_bytes() == without.to_file().to_bytes(), "{selection}");
                if params.tune_weights {
                    with.partial_fit(&data).unwrap();
                    without.partial_fit(&part.view()).unwrap();
                    assert!(with.to_file().to_bytes() == without.to_file().to_bytes(), "{selection}");
                }
            }
        }
    }
}

/// Also where it was stopped before its centres were found.
#[test]
fn what_was_stopped_at_once_goes_on_to_the_same_bytes() {
    let x = DMatrix::from_fn(2, 600, |i, j| ((j * j + 3) as f64 * (0.37 + 0.24 * i as f64)).sin() * 1e3 % 1.0);
    let y = DMatrix::from_fn(1, 600, |_, j| (4.0 * x[(0, j)]).sin());
    let data = Dataset::new(&x).values(&y);
    for tune in [false, true] {
        let params = RbfParams::default().centers(20).ridge(1e-3).width_factor(1.0).tune_weights(tune).epochs(2);
        let whole = params.fit(&data).unwrap().to_file().to_bytes();
        let path = std::env::temp_dir().join(format!("nn-rbf-stopped-{}-{tune}", std::process::id()));
        let stop = AtomicBool::new(true);
        params.fit_with(&data, FitOptions::default().stop(&stop).checkpoint(&path, 1)).unwrap();
        let kept = Checkpoint::read(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let resumed = params.fit_with(&data, FitOptions::default().resume(kept)).unwrap();
        assert!(resumed.to_file().to_bytes() == whole, "tune_weights={tune}");
    }
}

#[test]
fn parts_equal_the_whole() {
    let (x, labels, values) = samples();
    let data = Dataset::new(&x).labels(&labels);
    conformance_online(|| tuned().epochs(1).batch_size(5).fit(&data).unwrap(), &data, 10);
    let quantities = Dataset::new(&x).values(&values);
    conformance_online(|| tuned().fit(&quantities).unwrap(), &quantities, 8);
    let error = params().fit(&data).unwrap().partial_fit(&data).unwrap_err();
    assert!(matches!(error, Error::Param { ref name, .. } if name == "tune_weights"), "{error}");
}

#[test]
fn what_does_not_fit_together_is_named() {
    let (x, labels, _) = samples();
    let refused = |params: RbfParams| params.fit(&Dataset::new(&x).labels(&labels)).unwrap_err().to_string();
    let given = params().selection(Selection::Given);
    assert!(refused(given.clone()).starts_with("given: expected the centres"));
    assert!(refused(given.clone().given([1.0, 2.0])).starts_with("given: expected 3 numbers for each centre"));
    let not_finite = refused(given.given([f64::NAN; 3]));
    assert!(not_finite.starts_with("given: expected") && not_finite.contains("NaN"), "{not_finite}");
    assert!(
        refused(params().normalized(true).basis(Basis::Cubic)).starts_with("normalized: expected false with cubic")
    );
    assert!(refused(params().beta(2.0).width_factor(3.0)).starts_with("width_factor: expected auto where beta"));
    assert!(refused(params().lambda(0.5)).starts_with("lambda: expected 1"));
    assert!(refused(params().optimizer(Rule::Lbfgs).batch_size(3)).starts_with("batch_size: expected"));
    assert!(params().centers(0).validate().is_err());
}

#[test]
fn what_a_file_holds_is_what_was_fitted() {
    let (x, labels, values) = samples();
    let model = params().fit(&Dataset::new(&x).labels(&labels)).unwrap();
    let again: nn_rbf::Rbf = Model::from_file(&model.to_file()).unwrap();
    assert_eq!((again.remarks(), again.reach()), (model.remarks(), model.reach()));
    assert_eq!(again.ridge_errors(), model.ridge_errors());
    assert_eq!(again.centers(), model.centers());
    let chosen = params().selection(Selection::Ols).fit(&Dataset::new(&x).values(&values)).unwrap();
    let again: nn_rbf::Rbf = Model::from_file(&chosen.to_file()).unwrap();
    assert_eq!(again.error_reductions(), chosen.error_reductions());
    assert_eq!(again.error_reductions().len(), 6);
}

/// More units than distances are held at a time.
#[test]
fn a_file_of_many_units_answers() {
    let x = DMatrix::from_row_slice(1, 4, &[0.0, 1.0, 2.0, 3.0]);
    let model = RbfParams::default().centers(2).fit(&Dataset::new(&x).values(&x)).unwrap();
    let (mut file, units) = (model.to_file(), 70_000);
    let centers: Vec<f64> = (0..units).map(f64::from).collect();
    file.arrays.insert("basis.centers", &[units as usize, 1], &centers);
    file.arrays.insert("output.weight", &[1, units as usize], &centers);
    let large: nn_rbf::Rbf = Model::from_file(&file).unwrap();
    assert_eq!(large.distances(&Dataset::new(&x)).unwrap().len(), 4);
}

#[test]
fn the_loss_of_the_course_is_the_one_that_is_measured() {
    let (x, labels, values) = samples();
    for classes in [2, 3] {
        let labels: Vec<u32> = labels.iter().map(|&label| label % classes).collect();
        let data = Dataset::new(&x).labels(&labels);
        let model = params().fit(&data).unwrap();
        let measured = model.evaluate(&data).unwrap().get("loss").unwrap();
        assert!((model.history().losses[0] - measured).abs() < 1e-12, "{classes}: {measured}");
    }
    let weights: Vec<f64> = (0..20).map(|i| f64::from(i % 3)).collect();
    let data = Dataset::new(&x).values(&values).weights(&weights);
    let model = params().target_scaling(nn_rbf::Scaling::None).ridge(0.1).fit(&data).unwrap();
    let measured = model.evaluate(&data).unwrap().get("loss").unwrap();
    assert!((model.history().losses[0] / measured - 1.0).abs() < 1e-9, "{measured}");
}
