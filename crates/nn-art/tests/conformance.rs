//! The suite that every model passes, and what it does not cover: learning part by part, and what is refused.

use nn_art::nalgebra::DMatrix;
use nn_art::{
    Art1, Art1Params, Art2, Art2Params, Art2Variant, ArtMap, ArtMapParams, ArtMapVariant, Dataset, Error, Fit,
    FitOptions, FuzzyArt, FuzzyArtParams, FuzzyArtVariant, Model, Online, Task,
};
use nn_core::Scalar;
use nn_core::testing::{conformance, conformance_online};

/// Samples of three features from 0 to 1, in three classes.
fn samples() -> (DMatrix<f64>, Vec<u32>) {
    let x = DMatrix::from_fn(3, 31, |i, j| (((7 * j + 3 * i) as f64).sin() + 1.0 + (j % 3) as f64) / 4.0);
    (x, (0..31).map(|j| j % 3).collect())
}

/// The same as 0 and 1, eight features.
fn patterns() -> (DMatrix<f64>, Vec<u32>) {
    let x = DMatrix::from_fn(8, 31, |i, j| f64::from(u8::from(0.0 < ((11 * j + 5 * i + j * i) as f64).sin())));
    (x, (0..31).map(|j| j % 3).collect())
}

fn in_both_floats<P: Fit<f32> + Fit<f64>>(params: &P, x: &DMatrix<f64>) {
    conformance(params, &Dataset::new(x));
    conformance(params, &Dataset::new(&x.map(|x| x as f32)));
}

#[test]
fn fuzzy_art() {
    let (x, _) = samples();
    for &variant in FuzzyArtVariant::ALL {
        for vigilance in [0.3, 0.9] {
            let params = FuzzyArtParams::default().variant(variant).vigilance(vigilance).epochs(4);
            in_both_floats(&params, &x);
            in_both_floats(&params.learning_rate(0.5).shuffle(true), &x);
        }
    }
    in_both_floats(&FuzzyArtParams::default().complement(false).fast_commit(false).learning_rate(0.3).epochs(3), &x);
    in_both_floats(&FuzzyArtParams::default().vigilance(0.95).categories(4).epochs(3), &x);
    in_both_floats(&FuzzyArtParams::default().orders(3), &x);
}

#[test]
fn art1() {
    let (x, _) = patterns();
    for (complement, rule) in [(false, true), (true, true), (false, false)] {
        in_both_floats(
            &Art1Params::default().vigilance(0.6).complement(complement).two_thirds_rule(rule).epochs(4),
            &x,
        );
    }
    let (x, _) = samples();
    in_both_floats(&Art1Params::default().threshold(0.4).epochs(4), &x);
}

#[test]
fn art2() {
    let (x, _) = samples();
    for &variant in Art2Variant::ALL {
        for rate in [1.0, 0.4] {
            in_both_floats(&Art2Params::default().variant(variant).vigilance(0.97).learning_rate(rate).epochs(4), &x);
        }
    }
}

#[test]
fn artmap() {
    for (&variant, (x, labels)) in ArtMapVariant::ALL.iter().zip([samples(), patterns()]) {
        for voters in [1, 3] {
            let params = ArtMapParams::default().variant(variant).voters(voters).epochs(4);
            let weights: Vec<f64> = (0..31).map(|j| f64::from(j % 4)).collect();
            let data = Dataset::new(&x).labels(&labels);
            conformance(&params, &data);
            conformance(&params, &data.weights(&weights));
            conformance(&params.clone().orders(2), &data);
            conformance(&params, &Dataset::new(&x.map(|x| x as f32)).labels(&labels));
        }
    }
}

/// Quantities, two a sample.
fn quantities<F: Scalar>(x: &DMatrix<f64>) -> DMatrix<F> {
    DMatrix::from_fn(2, x.ncols(), |k, j| F::from_f64((x[(k, j)] + x[(2, j)]).sin() * 30.0 - 5.0))
}

#[test]
fn artmap_of_quantities() {
    let (x, _) = samples();
    for voters in [1, 3] {
        let params = ArtMapParams::default().voters(voters).epochs(4);
        conformance(&params, &Dataset::new(&x).values(&quantities(&x)));
        conformance(&params.shuffle(false), &Dataset::new(&x.map(|x| x as f32)).values(&quantities(&x)));
    }
    let (bits, _) = patterns();
    let params = ArtMapParams::default().variant(ArtMapVariant::Art1).target_vigilance(0.7).epochs(4);
    conformance(&params, &Dataset::new(&bits).values(&quantities(&bits)));
}

#[test]
fn learning_part_by_part_equals_learning_the_whole() {
    let ((x, labels), (bits, _)) = (samples(), patterns());
    let data = Dataset::new(&x);
    let fuzzy = FuzzyArtParams::default().range([0.0, 1.0]).vigilance(0.8);
    let learned = conformance_online(|| FuzzyArt::<f64>::start(fuzzy.clone(), 3).unwrap(), &data, 7);
    assert_eq!(learned.weights(), fuzzy.clone().epochs(1).fit(&data).unwrap().weights());
    let plain = fuzzy.variant(FuzzyArtVariant::Plain).learning_rate(0.5);
    conformance_online(|| FuzzyArt::<f64>::start(plain.clone(), 3).unwrap(), &data, 7);
    conformance_online(|| Art1::<f64>::start(Art1Params::default(), 8).unwrap(), &Dataset::new(&bits), 7);
    conformance_online(|| Art2::<f64>::start(Art2Params::default(), 3).unwrap(), &data, 7);
    let taught = data.labels(&labels);
    let params = ArtMapParams::default().range([0.0, 1.0]).shuffle(false);
    let learned = conformance_online(|| ArtMap::<f64>::start(params.clone(), 3, Task::Classes(3)).unwrap(), &taught, 7);
    assert_eq!(learned.weights(0), params.clone().epochs(1).fit(&taught).unwrap().weights(0));
    let y = quantities(&x);
    let (taught, params) = (Dataset::new(&x).values(&y), params.target_range([-40.0, 40.0]));
    let start = || ArtMap::<f64>::start(params.clone(), 3, Task::Values(2)).unwrap();
    let learned = conformance_online(start, &taught, 7);
    let mut one_by_one = start();
    for (x, y) in x.column_iter().zip(y.column_iter()) {
        one_by_one.learn_values(x.as_slice(), y.as_slice()).unwrap();
    }
    assert_eq!(one_by_one.predict(&taught).unwrap(), learned.predict(&taught).unwrap());
}

#[test]
fn voters_take_each_part_in_an_order_of_their_own() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let start =
        || ArtMap::<f64>::start(ArtMapParams::default().voters(3).range([0.0, 1.0]), 3, Task::Classes(3)).unwrap();
    let (mut voters, mut again) = (start(), start());
    for part in [0..20, 20..31] {
        voters.partial_fit(&data.part(part.clone())).unwrap();
        again.partial_fit(&data.part(part)).unwrap();
    }
    assert_eq!(voters.to_file().to_bytes(), again.to_file().to_bytes());
    assert!(voters.weights(0) != voters.weights(1) && voters.weights(1) != voters.weights(2));
    voters.learn(&[0.5, 0.5, 0.5], 1).unwrap();
    assert_eq!(voters.classify(&Dataset::from_slice(3, &[0.5, 0.5, 0.5])).unwrap(), [Some(1)]);
}

#[test]
fn what_is_refused_is_named_and_leaves_the_model_as_it_was() {
    let mut art = FuzzyArt::<f64>::start(FuzzyArtParams::default(), 2).unwrap();
    assert!(matches!(art.learn(&[0.5, 0.5]), Err(Error::Param { name, .. }) if name == "range"));
    art.partial_fit(&Dataset::from_slice(2, &[0.0, 10.0, 4.0, 30.0])).unwrap();
    let before = art.to_file().to_bytes();
    let message = art.learn(&[5.0, 20.0]).unwrap_err().to_string();
    assert_eq!(message, "x is 5, out of its range from 0 to 4; range=LOW-HIGH widens it (sample 0, feature 0)");
    let part = Dataset::from_slice(2, &[1.0, 20.0, 2.0, 9.0]);
    let message = art.partial_fit(&part).unwrap_err().to_string();
    assert_eq!(message, "x is 9, out of its range from 10 to 30; range=LOW-HIGH widens it (sample 1, feature 1)");
    assert!(matches!(art.learn(&[1.0]), Err(Error::Shape { expected: 2, got: 1, .. })));
    assert!(matches!(art.learn(&[1.0, f64::NAN]), Err(Error::Data { sample: Some(0), feature: Some(1), .. })));
    assert_eq!(art.to_file().to_bytes(), before);
    // In prediction it is the end of the range, and counted.
    let far = Dataset::from_slice(2, &[5.0, 20.0, 4.0, 20.0, -1.0, 99.0]);
    assert_eq!(art.outside(&far), 2);
    assert_eq!(art.remarks_of(&far).unwrap().len(), 1);
    let answers = art.predict(&far).unwrap();
    assert_eq!(answers.column(0), answers.column(1));

    let mut art = Art1::<f64>::start(Art1Params::default(), 2).unwrap();
    let message = art.learn(&[1.0, 0.3]).unwrap_err().to_string();
    assert_eq!(message, "x is 0.3: ART1 takes 0 and 1, or a threshold between them (sample 0, feature 1)");
    let mut art = Art2::<f64>::start(Art2Params::default(), 2).unwrap();
    assert!(art.learn(&[1.0, -0.3]).is_err() && art.learn(&[0.0, 0.0]).is_err());
    assert_eq!(art.categories(), 0);
    for wrong in [-0.1, 1.1, f64::NAN] {
        let error = Art1::<f64>::start(Art1Params::default().vigilance(wrong), 2).err();
        assert!(matches!(error, Some(Error::Param { name, .. }) if name == "vigilance"));
    }
    let params = ArtMapParams::default().range([0.0, 1.0]);
    let mut art = ArtMap::<f64>::start(params.clone(), 1, Task::Values(1)).unwrap();
    assert!(matches!(art.learn_values(&[0.0], &[0.0]), Err(Error::Param { name, .. }) if name == "target_range"));
    assert!(art.learn(&[0.0], 0).unwrap_err().to_string().starts_with("the target holds classes"));
    art.partial_fit(&Dataset::from_slice(1, &[0.0, 1.0]).values_from_slice(1, &[5.0, 6.0])).unwrap();
    let before = art.to_file().to_bytes();
    let message = art.learn_values(&[0.5], &[7.0]).unwrap_err().to_string();
    assert_eq!(message, "the target is 7, out of its range from 5 to 6; target_range=LOW-HIGH widens it (sample 0)");
    assert_eq!(art.to_file().to_bytes(), before);
    let wrong = ArtMap::<f64>::start(params.target_range([1.0]), 1, Task::Values(1)).err();
    assert!(matches!(wrong, Some(Error::Param { name, .. }) if name == "target_range"));
    assert!(ArtMap::<f64>::start(ArtMapParams::default(), 1, Task::Values(0)).is_err());
}

#[test]
fn beyond_the_limit_a_sample_is_rejected_and_unknown() {
    let mut art = FuzzyArt::<f64>::start(FuzzyArtParams::default().range([0.0, 1.0]).categories(2), 1).unwrap();
    let learned = [0.0, 0.5, 1.0, 0.4].map(|x| art.learn(&[x]).unwrap());
    assert_eq!(learned, [Some(0), Some(1), None, Some(1)]);
    let answers = art.resonances(&Dataset::from_slice(1, &[1.0, 0.1])).unwrap();
    assert_eq!([answers[0].category, answers[1].category], [None, Some(0)]);
    let params = FuzzyArtParams::default().categories(2);
    let model = params.fit(&Dataset::from_slice(1, &[0.0, 0.5, 1.0])).unwrap();
    assert!(model.remarks().iter().any(|remark| remark.starts_with("1 sample asked for a category beyond the limit")));
}

#[test]
fn a_validation_set_has_a_loss_in_every_epoch() {
    let (x, labels) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let model = ArtMapParams::default().fit_with(&data, FitOptions::default().validation(data)).unwrap();
    let history = model.history();
    assert_eq!(history.validation_losses.len(), history.losses.len());
    assert_eq!(
        history.validation_losses.last().copied(),
        Some(1.0 - model.evaluate(&data).unwrap().get("accuracy").unwrap())
    );
}
