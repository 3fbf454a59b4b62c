//! The suite that every model passes, and what it does not cover: every setting, streams, stopping and continuing.

use nn_core::testing::{conformance, conformance_online};
use nn_som::nalgebra::DMatrix;
use nn_som::{
    Algorithm, Checkpoint, Dataset, Decay, Distance, Fit, FitOptions, Lattice, Model, Neighborhood, Online, Som,
    SomParams, Start, Surface,
};
use std::ops::ControlFlow;

/// Forty samples in three classes.
fn samples() -> (DMatrix<f64>, Vec<u32>) {
    let x = DMatrix::from_fn(3, 40, |i, j| ((7 * j + 3 * i) as f64).sin() + 4.0 * (j % 3) as f64);
    (x, (0..40).map(|j| j % 3).collect())
}

fn params() -> SomParams {
    SomParams::default().width(4).height(4).epochs(3)
}

#[test]
fn every_setting() {
    let (x, labels) = samples();
    let data = Dataset::new(&x);
    conformance(&SomParams::default().epochs(2), &data);
    conformance(&params(), &data.labels(&labels));
    conformance(&params(), &Dataset::new(&x.clone().cast::<f32>()).labels(&labels));
    for &algorithm in Algorithm::ALL {
        let params = params().algorithm(algorithm);
        for &start in &[Start::Pca, Start::Random, Start::Samples] {
            conformance(&params.clone().start(start), &data);
        }
        for &distance in Distance::ALL {
            conformance(
                &params.clone().distance(distance).feature_weights([1.0, 0.0, 2.0]).watch_topology(true),
                &data,
            );
        }
        for &neighborhood in Neighborhood::ALL {
            for &lattice in Lattice::ALL {
                for &surface in Surface::ALL {
                    let params = params.clone().grid(lattice).surface(surface).neighborhood(neighborhood);
                    conformance(&params.pinned([3]).radius_end(0.0), &Dataset::new(&x.clone().cast::<f32>()));
                }
            }
        }
        conformance(&params.clone().patience(1), &data);
    }
}

#[test]
fn a_training_that_goes_on_keeps_its_errors_and_the_length_of_its_way() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let folder = std::env::temp_dir().join(format!("nn-som-resume-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for &algorithm in Algorithm::ALL {
        let params = params().algorithm(algorithm).watch_topology(true).epochs(6).patience(3);
        let path = folder.join(algorithm.name());
        let mut passes = 0;
        let mut stop = |_: &nn_som::Epoch| {
            passes += 1;
            if passes == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        params.fit_with(&data, FitOptions::default().monitor(&mut stop).checkpoint(&path, 1)).unwrap();
        let checkpoint = Checkpoint::read(&path).unwrap();
        let resumed = params.fit_with(&data, FitOptions::default().resume(checkpoint.clone())).unwrap();
        assert!(2 < resumed.history().losses.len(), "{algorithm}");
        assert_eq!(resumed.topographic_errors().len(), resumed.history().losses.len());
        // More epochs would have been another way from the first step on.
        let longer = params.epochs(9).fit_with(&data, FitOptions::default().resume(checkpoint)).unwrap_err();
        assert!(longer.to_string().starts_with("steps: expected"), "{longer}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn parts_of_a_stream_equal_the_whole_and_the_way_is_not_begun_anew() {
    let (x, _) = samples();
    let data = Dataset::new(&x);
    let params = params().algorithm(Algorithm::Online).shuffle(false).epochs(1).steps(40);
    let fitted = params.fit(&data).unwrap();
    let start = || -> Som<f64> { params.start_on(&data).unwrap() };
    assert_eq!(start().progress(), 0.0);
    let mut learned = conformance_online(start, &data, 7);
    assert_eq!(learned.weights(), fitted.weights());
    assert_eq!((learned.progress(), fitted.progress()), (1.0, 1.0));
    // Beyond the end of the way the rate is that of the end: hardly anything moves.
    let before = learned.weights();
    learned.partial_fit(&data).unwrap();
    let moved = (learned.weights() - before).amax();
    assert!(0.0 < moved && moved < 0.3, "{moved}");
}

/// Parts as large as what a batch map was begun on are passes of a fit; a smaller one goes its share of the way, so that a
/// sample that comes alone does not draw all units to itself.
#[test]
fn a_small_part_moves_a_batch_map_by_its_share() {
    let (x, _) = samples();
    let data = Dataset::new(&x);
    let params = params().epochs(2);
    let mut by_parts: Som<f64> = params.start_on(&data).unwrap();
    by_parts.partial_fit(&data).unwrap();
    by_parts.partial_fit(&data).unwrap();
    let fitted = params.fit(&data).unwrap();
    assert_eq!(by_parts.weights(), fitted.weights());

    let one = data.part(0..1);
    // A file keeps what a part is measured by.
    let kept = std::env::temp_dir().join(format!("nn-som-share-{}.nn", std::process::id()));
    fitted.save(&kept).unwrap();
    for mut som in [fitted.clone(), Som::load(&kept).unwrap()] {
        som.partial_fit(&one).unwrap();
        for (before, after) in fitted.weights().column_iter().zip(som.weights().column_iter()) {
            let expected = before + (x.column(0) - before) / 40.0;
            assert!((after - &expected).amax() < 1e-9, "{before} to {after}, not {expected}");
        }
    }
    std::fs::remove_file(kept).unwrap();

    // A share is one of weights, and of each feature where numbers may be missing.
    let (weights, missing) = (vec![3.0; 40], params.clone().missing_values(true));
    let fitted = missing.fit(&data.weights(&weights)).unwrap();
    let (mut som, one) = (fitted.clone(), [x[(0, 0)], f64::NAN, x[(2, 0)]]);
    som.partial_fit(&Dataset::from_slice(3, &one).weights(&[6.0])).unwrap();
    for (before, after) in fitted.weights().column_iter().zip(som.weights().column_iter()) {
        for (feature, &x) in one.iter().enumerate() {
            let way = if x.is_nan() { 0.0 } else { (x - before[feature]) * 6.0 / 120.0 };
            assert!((after[feature] - before[feature] - way).abs() < 1e-9, "{before} to {after}");
        }
    }
}

/// What is wrong is told as it is, whatever else is: a number that is missing is hinted at only where it is the matter.
#[test]
fn a_number_that_is_missing_hides_no_other_error() {
    let (x, _) = samples();
    let told = |features: usize, x: &[f64]| {
        SomParams::default().fit(&Dataset::from_slice(features, x)).unwrap_err().to_string()
    };
    assert_eq!(told(0, &[f64::NAN]), "x has no features");
    assert_eq!(told(2, &[f64::INFINITY, f64::NAN]), "x is inf (sample 0, feature 0)");
    assert_eq!(told(2, &[f64::NAN; 3]), "numbers of x, whole samples of 2 each: expected 2, got 3");
    let som = params().fit(&Dataset::new(&x)).unwrap();
    let error = som.predict(&Dataset::from_slice(2, &[f64::NAN; 2])).unwrap_err();
    assert_eq!(error.to_string(), "rows of x (features): expected 3, got 2");
}

#[test]
fn what_does_not_fit_together_is_named() {
    let (x, _) = samples();
    let refused = |params: SomParams| params.fit(&Dataset::new(&x)).unwrap_err().to_string();
    let begins = |params: SomParams, with: &str| {
        let told = refused(params);
        assert!(told.starts_with(with), "{told}");
    };
    let given = params().start(Start::Given);
    begins(given.clone(), "given: expected the weights of all units");
    begins(given.clone().given([1.0; 5]), "given: expected 48 numbers");
    begins(given.given([f64::NAN; 48]), "given: expected");
    begins(SomParams::default().start(Start::Given).given([1.0]), "width: expected a number");
    begins(params().feature_weights([1.0]), "feature_weights: expected 3 numbers");
    begins(params().feature_weights([0.0; 3]), "feature_weights: expected one above 0");
    begins(params().feature_weights([-1.0; 3]), "feature_weights: expected");
    begins(params().pinned([16]), "pinned: expected a unit below 16");
    begins(params().pinned([1]).pinned_to([1.0]), "pinned_to: expected 3 numbers");
    begins(params().radius(-1.0), "radius: expected auto, or a number from 0, got -1");
    begins(params().height(3).surface(Surface::Torus), "height: expected 1 or more, and an even number");
    begins(params().width(0), "width: expected");
    begins(params().width(100_000).height(100_000), "width: expected");
    begins(params().learning_rate(0.0), "learning_rate: expected");
    begins(params().clusters(0), "clusters: expected");
}

#[test]
fn strange_data_have_clear_answers() {
    let nan = f64::NAN;
    let missing = params().missing_values(true);
    let told = |params: &SomParams, x: &[f64]| params.fit(&Dataset::from_slice(2, x)).unwrap_err().to_string();
    let told_of_missing =
        "x is NaN; where that is a number that is missing, missing_values takes it (sample 0, feature 1)";
    assert_eq!(told(&params(), &[1.0, nan, 2.0, 3.0]), told_of_missing);
    assert_eq!(told(&missing, &[1.0, nan, 2.0, nan]), "every number of a feature is missing (feature 1)");
    assert_eq!(told(&missing, &[1.0, 2.0, nan, nan]), "every number of a sample is missing (sample 1)");
    assert_eq!(told(&missing, &[1.0, f64::INFINITY]), "x is inf (sample 0, feature 1)");

    // All samples equal: every unit is where they are.
    for algorithm in Algorithm::ALL {
        let equal = params().algorithm(*algorithm).fit(&Dataset::from_slice(2, &[5.0; 20])).unwrap();
        assert_eq!(equal.weights(), DMatrix::from_element(2, 16, 5.0));
        assert!(equal.remarks().iter().any(|remark| remark.starts_with("every sample lies on its unit")));
        assert!(equal.outlier_scores(&Dataset::from_slice(2, &[5.0; 2])).is_err());
    }

    // More units than samples work and are told.
    let few = params().fit(&Dataset::from_slice(2, &[1.0, 2.0, 3.0, 5.0])).unwrap();
    assert!(few.remarks().contains(&"there are more units than samples, 16 for 2".to_owned()));

    // A map of one unit is the mean.
    let one = SomParams::default().width(1).height(1).fit(&Dataset::from_slice(2, &[1.0, 2.0, 3.0, 6.0])).unwrap();
    assert!((one.weights() - DMatrix::from_column_slice(2, 1, &[2.0, 4.0])).amax() < 1e-12);
    let measures = one.evaluate(&Dataset::from_slice(2, &[2.0, 4.0])).unwrap();
    assert_eq!(measures.all().len(), 1);
    assert!(measures.all()[0].value.abs() < 1e-12, "{measures:?}");
    assert_eq!(one.clusters(None).unwrap().count, 1);
    assert!(one.pictures_of(&Dataset::from_slice(2, &[2.0, 4.0])).is_ok());
}

#[test]
fn the_first_numbers_of_a_trained_map_are_pinned() {
    let (x, _) = samples();
    let som = params().algorithm(Algorithm::Online).start(Start::Random).learning_rate_decay(Decay::Linear);
    let weights = som.fit(&Dataset::new(&x)).unwrap().weights();
    let pinned = [4.089_179_940_958_67, 4.254_493_343_994_025];
    assert!((weights[(0, 0)] - pinned[0]).abs() < 1e-9 && (weights[(2, 15)] - pinned[1]).abs() < 1e-9, "{weights}");
}
