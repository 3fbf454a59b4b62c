//! What cannot be done is told, with what can be.

use crate::drawn::machine;
use nn_rbm::{Algorithm, Dataset, Fit, Model, RbmParams, Scaling, VisibleUnits};

fn message<T>(result: nn_rbm::Result<T>) -> String {
    result.err().map_or_else(|| "no error".to_owned(), |error| error.to_string())
}

#[test]
fn features_beyond_0_to_1_are_told_what_takes_them() {
    let x = [0.0, 1.0, 0.5, 17.0];
    let told = message(RbmParams::default().fit(&Dataset::from_slice(2, &x)));
    assert_eq!(
        told,
        "x is 17, and binary units take numbers from 0 to 1: scaling=min-max brings features there, and \
         visible_units=gaussian takes any (sample 1, feature 1)"
    );
    assert!(RbmParams::default().scaling(Scaling::MinMax).fit(&Dataset::from_slice(2, &x)).is_ok());
    assert!(RbmParams::default().visible_units(VisibleUnits::Gaussian).fit(&Dataset::from_slice(2, &x)).is_ok());
}

#[test]
fn a_feature_that_never_varies_is_learned_as_a_constant() {
    let x = [3.0, 1.0, 3.0, 2.0, 3.0, 5.0];
    let data = Dataset::from_slice(2, &x);
    let rbm = RbmParams::default().visible_units(VisibleUnits::Gaussian).fit(&data).unwrap();
    let told = rbm.reconstruct(&data).unwrap();
    assert!(told.row(0).iter().all(|&v: &f64| (v - 3.0).abs() < 0.5), "{told}");
    assert!(rbm.evaluate(&data).unwrap().get("log_likelihood").is_none());
}

#[test]
fn a_sum_that_is_too_large_says_what_it_would_cost() {
    let large = machine(30, 0, 25, 0.1);
    let told = message(large.log_partition());
    assert!(told.contains("2^25 terms, and at most 2^20 are summed"), "{told}");
    let x = [0.5; 60];
    let params = RbmParams::default().hidden_units(25).algorithm(Algorithm::Exact);
    let told = message(params.fit(&Dataset::from_slice(30, &x)));
    assert!(told.starts_with("algorithm: expected cd or pcd") && told.contains("2^25 states"), "{told}");
    assert_eq!(large.evaluate(&Dataset::from_slice(30, &x)).unwrap().get("log_likelihood"), None);
}

#[test]
fn settings_that_do_not_go_together_are_named() {
    let x = [0.0, 1.0, 1.0, 0.0];
    let data = Dataset::from_slice(2, &x);
    let told = message(RbmParams::default().optimizer(nn_core::Rule::Lbfgs).fit(&data));
    assert!(told.starts_with("optimizer: expected") && told.contains("algorithm=exact"), "{told}");
    let told = message(RbmParams::default().scaling(Scaling::Standard).fit(&data));
    assert!(told.starts_with("scaling: expected none or min-max"), "{told}");
    let told = message(RbmParams::default().label_units(true).fit(&data));
    assert!(told.contains("no target of classes is given"), "{told}");
    let told = message(RbmParams::default().fit_from(vec![0.0; 3], &data, Default::default()));
    assert_eq!(told, "length of theta: expected 302, got 3");
}

#[test]
fn numbers_that_are_missing_are_filled_in_where_that_is_allowed() {
    let rbm = machine(3, 0, 4, 1.0);
    let x = [1.0, f64::NAN, 0.0];
    assert!(rbm.predict(&Dataset::from_slice(3, &x)).is_err());
    let params = RbmParams::default().hidden_units(4).missing_values(true);
    let allowed = nn_rbm::Rbm::from_theta(params, 3, 0, rbm.theta().to_vec()).unwrap();
    let told = allowed.predict(&Dataset::from_slice(3, &x)).unwrap();
    let between = |unit: usize| {
        let [a, b] = [0.0, 1.0].map(|v| rbm.predict(&Dataset::from_slice(3, &[1.0, v, 0.0])).unwrap()[(unit, 0)]);
        a.min(b) <= told[(unit, 0)] && told[(unit, 0)] <= a.max(b)
    };
    assert!((0..4).all(between), "{told}");
}

#[test]
fn the_exact_gradient_may_be_followed_by_lbfgs() {
    let x = [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0];
    let params = RbmParams::default()
        .hidden_units(2)
        .algorithm(Algorithm::Exact)
        .centering(false)
        .optimizer(nn_core::Rule::Lbfgs)
        .init_scale(0.5)
        .epochs(100);
    let data = Dataset::from_slice(4, &x);
    let found = params.fit(&data).unwrap().evaluate(&data).unwrap().get("log_likelihood").unwrap();
    // Three samples that are equally frequent: at best -ln 3.
    assert!(-1.2 < found && found < -(3.0_f64.ln()) + 1e-12, "{found}");
}

#[test]
fn units_that_tell_nothing_are_told() {
    let x = [1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
    let rbm = RbmParams::default().hidden_units(3).epochs(1).init_scale(0.0).fit(&Dataset::from_slice(2, &x)).unwrap();
    assert!(rbm.remarks().iter().any(|remark| remark.starts_with("3 of 3 hidden units are the same")));
}
