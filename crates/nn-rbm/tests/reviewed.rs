//! What a reviewer found, and stays mended.

use crate::drawn::{machine, theta};
use nn_core::random::{Key, normal};
use nn_rbm::{Algorithm, Dataset, Fit, FitOptions, Model, Rbm, RbmParams, Rule, Scaling, VisibleUnits};

fn message<T>(result: nn_rbm::Result<T>) -> String {
    result.err().map_or_else(|| "no error".to_owned(), |error| error.to_string())
}

/// The sixteen rows of bars and stripes of 3 × 3.
fn bars_and_stripes() -> Vec<f64> {
    let mut rows = Vec::new();
    for state in 0..8_usize {
        let line = |at: usize| f64::from(u8::from(state >> at & 1 == 1));
        rows.extend((0..9).map(|at| line(at % 3)));
        rows.extend((0..9).map(|at| line(at / 3)));
    }
    rows
}

/// The centred gradient stands in the biases of the usual machine, which rules that scale each number by itself tear apart.
#[test]
fn every_rule_learns_with_the_default_of_centring() {
    let rows = bars_and_stripes();
    let data = Dataset::from_slice(9, &rows);
    for (rule, at_least) in
        [(Rule::Irprop, -3.2), (Rule::Rprop, -3.2), (Rule::Quickprop, -3.2), (Rule::RmsProp, -5.3), (Rule::Adam, -5.5)]
    {
        let params = RbmParams::default()
            .algorithm(Algorithm::Exact)
            .hidden_units(9)
            .init_scale(0.3)
            .epochs(1000)
            .batch_size(16)
            .optimizer(rule);
        let params = if rule.usual_batch(nn_rbm::BatchSize::Count(1)) == nn_rbm::BatchSize::All {
            params.batch_size(nn_rbm::BatchSize::All)
        } else {
            params
        };
        let told = params.fit(&data).unwrap().evaluate(&data).unwrap().get("log_likelihood").unwrap();
        assert!(at_least < told && told < -2.599, "{rule}: {told}");
    }
    let params = RbmParams::default().optimizer(Rule::Adam).centering(true);
    let told = message(params.fit(&data));
    assert!(told.starts_with("centering: expected auto or false with optimizer=adam"), "{told}");
}

/// Three heaps in three dimensions: without the noise of the visible units the model's spread is told too small.
#[test]
fn contrastive_divergence_learns_a_density_of_gaussian_units_as_the_exact_gradient_does() {
    let mut stream = Key::once(3).stream("heaps");
    let centres = [[2.0, 0.0, -1.0], [-2.0, 1.5, 0.0], [0.0, -2.0, 2.0]];
    let x: Vec<f64> =
        (0..600).flat_map(|sample| centres[sample % 3]).map(|centre| centre + normal(&mut stream)).collect();
    let data = Dataset::from_slice(3, &x);
    let learned = |algorithm| {
        let params = RbmParams::default()
            .visible_units(VisibleUnits::Gaussian)
            .scaling(Scaling::None)
            .hidden_units(6)
            .algorithm(algorithm)
            .learning_rate(0.02)
            .epochs(300);
        params.fit(&data).unwrap().evaluate(&data).unwrap().get("log_likelihood").unwrap()
    };
    let (short, exact) = (learned(Algorithm::Contrastive), learned(Algorithm::Exact));
    assert!(exact - 0.05 < short, "cd {short}, exact {exact}");
}

#[test]
fn values_outside_0_and_1_are_refused_wherever_samples_are_asked() {
    let rows = bars_and_stripes();
    let data = Dataset::from_slice(9, &rows);
    let params = RbmParams::default().hidden_units(4).epochs(2);
    let rbm = params.fit(&data).unwrap();
    let wide: Vec<f64> = rows.iter().map(|x| 16.0 * x).collect();
    let asked = Dataset::from_slice(9, &wide);
    let told = [
        message(rbm.evaluate(&asked)),
        message(rbm.predict(&asked)),
        message(rbm.reconstruct(&asked)),
        message(rbm.free_energy(&asked)),
        message(rbm.log_likelihood(&asked, 0.0)),
        message(rbm.estimate_log_partition(&asked, 10, 10, 1)),
        message(rbm.complete(&asked)),
        message(rbm.sample_given(&asked, 1, 1)),
    ];
    let expected = "x is 16, and binary units take numbers from 0 to 1";
    assert!(told.iter().all(|told| told.starts_with(expected)), "{told:?}");
    let watched = message(params.fit_with(&data, FitOptions::default().validation(asked)));
    assert!(watched.starts_with(&format!("validation: {expected}")), "{watched}");
}

#[test]
fn values_beyond_a_scaling_that_was_learned_are_taken_for_its_ends_and_counted() {
    let x = [0.0, 10.0, 5.0, 20.0, 10.0, 15.0];
    let params = RbmParams::default().scaling(Scaling::MinMax).hidden_units(3).epochs(2);
    let rbm = params.fit(&Dataset::from_slice(2, &x)).unwrap();
    let (beyond, ends) = ([-3.0, 12.0, 4.0, 25.0, 5.0, 12.0], [0.0, 12.0, 4.0, 20.0, 5.0, 12.0]);
    let (beyond, ends) = (Dataset::from_slice(2, &beyond), Dataset::from_slice(2, &ends));
    assert_eq!(rbm.predict(&beyond).unwrap(), rbm.predict(&ends).unwrap());
    assert_eq!(rbm.reconstruct(&beyond).unwrap(), rbm.reconstruct(&ends).unwrap());
    assert_eq!(rbm.free_energy(&beyond).unwrap(), rbm.free_energy(&ends).unwrap());
    assert_eq!(rbm.evaluate(&beyond).unwrap(), rbm.evaluate(&ends).unwrap());
    assert!(rbm.evaluate(&beyond).unwrap().get("log_likelihood").unwrap() < 0.0);
    assert_eq!(
        rbm.remarks_of(&beyond).unwrap(),
        ["2 of 3 samples have values beyond those that were learned, which are taken for the nearest"]
    );
    assert!(rbm.remarks_of(&Dataset::from_slice(2, &x)).unwrap().is_empty());
    let kept = |data| params.fit_with(&Dataset::from_slice(2, &x), FitOptions::default().validation(data)).unwrap();
    assert_eq!(kept(beyond).history().validation_losses, kept(ends).history().validation_losses);
}

#[test]
fn samples_with_numbers_missing_are_measured_by_what_is_there() {
    let rows = bars_and_stripes()[18..126].to_vec();
    let labels: Vec<u32> = (0..12).map(|row| row % 2).collect();
    let params = RbmParams::default().hidden_units(30).label_units(true).learning_rate(0.1).epochs(400).batch_size(12);
    let params = params.missing_values(true);
    let rbm = params.fit(&Dataset::from_slice(9, &rows).labels(&labels)).unwrap();
    let mut holes = rows.clone();
    (0..12).for_each(|row| holes[9 * row + row % 9] = f64::NAN);
    let data = Dataset::from_slice(9, &holes).labels(&labels);
    let measures = rbm.evaluate(&data).unwrap();
    assert!(0.8 < measures.get("accuracy").unwrap() && measures.get("loss").unwrap() < 1.0, "{measures:?}");
    let error = measures.get("reconstruction_error").unwrap();
    assert!(0.0 < error && error < 0.25, "{error}");
    assert_eq!((measures.get("log_likelihood"), measures.get("pseudo_log_likelihood")), (None, None));
    let told = message(params.fit(&data));
    assert!(told.starts_with("x is missing, and a restricted Boltzmann machine learns from whole samples"), "{told}");
}

#[test]
fn rules_that_cannot_learn_this_are_named_with_what_can() {
    let x = [0.0, 1.0, 1.0, 0.0];
    let data = Dataset::from_slice(2, &x);
    let exact = RbmParams::default().hidden_units(2).algorithm(Algorithm::Exact).epochs(5);
    assert!(exact.clone().optimizer(Rule::Lbfgs).fit(&data).is_ok());
    let told = message(exact.clone().optimizer(Rule::Lbfgs).sparsity_cost(0.1).fit(&data));
    assert!(told.starts_with("sparsity_cost: expected 0 with optimizer=lbfgs"), "{told}");
    let told = message(exact.clone().optimizer(Rule::Lbfgs).centering(true).fit(&data));
    assert!(told.starts_with("centering: expected auto or false with optimizer=lbfgs"), "{told}");
    for rule in [Rule::LevenbergMarquardt, Rule::Diagonal] {
        let told = message(exact.clone().optimizer(rule).fit(&data));
        assert!(told.starts_with("optimizer: expected a rule that follows a gradient alone"), "{told}");
    }
}

#[test]
fn a_single_class_is_refused_where_a_machine_is_made() {
    let params = RbmParams::default().hidden_units(2);
    assert!(message(Rbm::from_theta(params, 2, 1, vec![0.0; 11])).starts_with("classes: expected 0"));
}

#[test]
fn numbers_beyond_the_float_are_errors() {
    let params = RbmParams::default().hidden_units(2).visible_units(VisibleUnits::Gaussian);
    let rbm = Rbm::from_theta(params, 2, 0, theta(8, 1e200)).unwrap();
    let x = [1.0, 2.0, 0.5, -1.0];
    let data = Dataset::from_slice(2, &x);
    let told = [
        message(rbm.log_partition()),
        message(rbm.log_partition_by(nn_rbm::Side::Hidden)),
        message(rbm.estimate_log_partition(&data, 10, 10, 1)),
        message(rbm.log_likelihood(&data, 0.0)),
        message(rbm.evaluate(&data)),
    ];
    assert!(
        told.iter().all(|told| told.contains("beyond what the float can hold") || told.contains("not finite")),
        "{told:?}"
    );
    let small = machine(1, 0, 1, 1.0);
    assert!(message(small.sample(usize::MAX / 4, 1, 1)).contains("more than memory holds"));
    assert!(
        message(small.estimate_log_partition(&Dataset::from_slice(1, &[1.0]), usize::MAX, 1, 1)).starts_with("chains")
    );
}

#[test]
fn all_states_are_summed_once_for_all_samples_with_the_same_bits_on_any_number_of_threads() {
    let x: Vec<f64> = theta(40 * 100, 1.0).iter().map(|&x| f64::from(u8::from(x < 0.0))).collect();
    let data = Dataset::from_slice(40, &x);
    let params = RbmParams::default().hidden_units(14).algorithm(Algorithm::Exact).epochs(2);
    let bytes = |params: &RbmParams, threads| {
        nn_rbm::with_threads(Some(threads), || params.fit(&data).unwrap().to_file().to_bytes()).unwrap()
    };
    let one = bytes(&params, 1);
    assert!(bytes(&params, 2) == one && bytes(&params, 5) == one);
    // As many samples as there are, and not 32 of them.
    let losses = |params: &RbmParams| params.fit(&data).unwrap().history().losses.clone();
    assert_eq!(losses(&params), losses(&params.clone().batch_size(nn_rbm::BatchSize::All)));
}

#[test]
fn free_energies_of_training_and_validation_are_told_where_there_are_both() {
    let rows = bars_and_stripes();
    let (learned, kept) = (Dataset::from_slice(9, &rows[..108]), Dataset::from_slice(9, &rows[108..]));
    let params = RbmParams::default().hidden_units(4).epochs(3);
    let rbm = params.fit_with(&learned, FitOptions::default().validation(kept)).unwrap();
    for (name, data) in [("free_energy", &learned), ("validation_free_energy", &kept)] {
        let energies = rbm.free_energy(data).unwrap();
        let mean = energies.iter().sum::<f64>() / energies.len() as f64;
        let told = &rbm.history().measures[name];
        assert!(told.len() == 3 && (told[2] - mean).abs() < 1e-12, "{name}: {told:?} {mean}");
    }
    assert!(params.fit(&learned).unwrap().history().measures.is_empty());
}

/// Weights of samples are no counts: twice as much of everything is the same.
#[test]
fn weights_in_common_to_all_samples_change_no_start() {
    let rows = bars_and_stripes();
    let learned = |weight: f64| {
        let weights = [weight; 5];
        let params = RbmParams::default().hidden_units(4).epochs(1).learning_rate(1e-300);
        params.fit(&Dataset::from_slice(9, &rows[..45]).weights(&weights)).unwrap().visible_bias().to_vec()
    };
    let one = learned(1.0);
    for weight in [1e-6, 1e6] {
        assert!(learned(weight).iter().zip(&one).all(|(a, b)| (a - b).abs() < 1e-9), "{weight}");
    }
}

/// The bundled samples with nothing but the defaults and enough epochs.
#[test]
fn the_first_use_learns_something() {
    let rows = bars_and_stripes();
    let data = Dataset::from_slice(9, &rows);
    let rbm = RbmParams::default().epochs(300).fit(&data).unwrap();
    assert!(rbm.remarks().is_empty(), "{:?}", rbm.remarks());
    let told = rbm.reconstruct(&data).unwrap();
    let right = told.iter().zip(&rows).filter(|(told, own)| (*told - *own).abs() < 0.5).count();
    assert!(140 <= right, "{right} of 144");
}
