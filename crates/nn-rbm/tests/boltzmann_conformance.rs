//! The suite that every model passes, for each way to learn, and what it does not cover.

use nn_core::testing::{conformance, conformance_online};
use nn_core::{BatchSize, ModelFile};
use nn_rbm::nalgebra::DMatrix;
use nn_rbm::{BoltzmannMachine, BoltzmannParams, Connections, Dataset, EarlyStopping, Fit, Learning, Model, Online};

/// Twelve samples of so many features that are on and off.
fn samples(features: usize) -> DMatrix<f64> {
    DMatrix::from_fn(features, 12, |i, j| f64::from(u8::from((5 * i + 3 * j + i * j) % 7 < 3)))
}

fn params() -> BoltzmannParams {
    BoltzmannParams::default().epochs(5)
}

#[test]
fn every_way_to_learn_keeps_its_promises() {
    let x = samples(4);
    for &learning in Learning::ALL {
        for connections in [Connections::Full, Connections::Bipartite] {
            let params = params().learning(learning).connections(connections);
            conformance(&params, &Dataset::new(&x));
            conformance(&params, &Dataset::new(&x.map(|x| x as f32)));
        }
    }
}

#[test]
fn labels_are_passed_over_and_quantities_are_visible_units() {
    let x = samples(3);
    let labels: Vec<u32> = (0..12).map(|j| j % 3).collect();
    conformance(&params(), &Dataset::new(&x).labels(&labels));
    let bare = params().fit(&Dataset::new(&x)).unwrap();
    let labelled = params().fit(&Dataset::new(&x).labels(&labels)).unwrap();
    assert!(bare.couplings() == labelled.couplings(), "a label is not learned from");
    let y = samples(2);
    let weights: Vec<f64> = (0..12).map(|j| f64::from(j % 4)).collect();
    for &learning in Learning::ALL {
        conformance(&params().learning(learning), &Dataset::new(&x).values(&y).weights(&weights));
    }
    let told = params().fit(&Dataset::new(&x).values(&y)).unwrap();
    assert_eq!((told.visible_units(), told.features(), told.answer().numbers()), (5, 3, 2));
    // Sides are not joined, unless groups say so.
    assert!((0..3).all(|i| (3..5).all(|j| told.couplings().weights()[(i, j)] == 0.0)));
    let joined = params().groups([5]).fit(&Dataset::new(&x).values(&y)).unwrap();
    assert!(joined.couplings().weights()[(0, 3)] != 0.0);
}

#[test]
fn machines_that_are_too_big_to_sum_over_are_sampled() {
    let x = samples(22);
    let params = params().epochs(3).answer_time(20);
    conformance(&params, &Dataset::new(&x));
    conformance(&params.clone().learning(Learning::Sign).noise_off(0.3), &Dataset::new(&x));
    conformance(&params.clone().batch_size(BatchSize::Count(5)).hidden_units(0), &Dataset::new(&x));
    let model = params.fit(&Dataset::new(&x)).unwrap();
    let measures = model.evaluate(&Dataset::new(&x)).unwrap();
    assert!(measures.get("log_likelihood").is_none() && measures.get("pseudo_log_likelihood").unwrap() < 0.0);
    let error = model.log_probabilities(&Dataset::new(&x)).unwrap_err().to_string();
    assert!(
        error.starts_with("30 joined units are too many to sum over their states: 2^30 states, which take"),
        "{error}"
    );
    assert!(model.remarks().iter().any(|remark| remark.starts_with("the log-likelihood is not told: 30 joined units")));
    let error = params.learning(Learning::Exact).fit(&Dataset::new(&x)).unwrap_err().to_string();
    assert_eq!(
        error,
        "learning: expected sampled or sign, since about 2^30 states would be summed over in each step, of which 2^20 are the most, got exact"
    );
}

#[test]
fn parts_are_learned_as_the_whole() {
    let x = samples(5);
    for &learning in Learning::ALL {
        let params = params().learning(learning).batch_size(BatchSize::Count(4));
        let start = || BoltzmannMachine::<f64>::start(params.clone(), 5, 0).unwrap();
        let whole = conformance_online(start, &Dataset::new(&x), 4);
        let in_one_go = params.clone().epochs(1).shuffle(false).fit(&Dataset::new(&x)).unwrap();
        assert!(whole.couplings() == in_one_go.couplings(), "{learning}");
    }
}

#[test]
fn validation_stops_training_and_the_best_comes_back() {
    let x = samples(5);
    for hidden in [2, 14] {
        let params = params().hidden_units(hidden).patience(2).validation_fraction(0.3).epochs(30).learning_rate(1.0);
        let model = params.early_stopping(EarlyStopping::Patience).fit(&Dataset::new(&x)).unwrap();
        let losses = &model.history().validation_losses;
        assert!(losses.len() == model.history().losses.len() && losses.iter().all(|loss| loss.is_finite()));
    }
}

#[test]
fn what_cannot_be_clamped_is_named() {
    let x = DMatrix::from_row_slice(1, 3, &[0.0, 1.0, 0.25]);
    let error = params().fit(&Dataset::new(&x)).unwrap_err().to_string();
    assert_eq!(
        error,
        "x is 0.25, but a visible unit is 0 or 1; threshold=NUMBER turns what is above it on (sample 2, feature 0)"
    );
    let model = params().threshold(0.3).fit(&Dataset::new(&x)).unwrap();
    assert_eq!(model.complete(&Dataset::new(&x)).unwrap().as_slice(), [0.0, 1.0, 0.0]);
    let refused = |params: BoltzmannParams| params.fit(&Dataset::new(&samples(4))).unwrap_err().to_string();
    assert_eq!(refused(params().groups([3, 2])), "groups: expected sizes whose sum is the 4 visible units, got 3-2");
    assert_eq!(
        refused(params().connections(Connections::Given).edges([1, 1])),
        "edges: expected two units, since none is joined to itself, got 1-1"
    );
    assert!(
        refused(params().annealing_times([1])).starts_with("annealing_times: expected as many as annealing_factors, 4")
    );
    assert!(refused(params().hidden_units(4095)).starts_with("hidden_units: expected at most 4096 units"));
}

#[test]
fn a_file_that_holds_no_machine_is_refused() {
    let model = params().fit(&Dataset::new(&samples(3))).unwrap();
    let refused = |change: fn(&mut DMatrix<f64>), params: BoltzmannParams| {
        let mut arrays = model.arrays();
        let mut weights = model.couplings().weights();
        change(&mut weights);
        arrays.insert("weight", &[6, 6], weights.as_slice());
        BoltzmannMachine::<f64>::from_arrays(params, model.history().clone(), &arrays).unwrap_err().to_string()
    };
    assert!(refused(|w| w[(0, 1)] = 9.0, params()).contains("must be the same both ways"));
    assert!(refused(|w| w[(2, 2)] = 1.0, params()).contains("unit 2 is joined to itself by 1"));
    assert!(refused(|w| w[(0, 1)] = f64::NAN, params()).contains("is NaN"));
    let bipartite = params().connections(Connections::Bipartite);
    assert!(refused(|_| {}, bipartite).contains("there is a weight between units 0 and 1, which are not joined"));
    assert!(refused(|_| {}, params().hidden_units(7)).ends_with("units: expected 10, got 6"));
    assert!(ModelFile::from_bytes(&model.to_file().to_bytes()).is_ok());
}

#[test]
fn steps_that_run_away_are_told() {
    let params = params().learning_rate(1e99).learning(Learning::Sampled);
    let mut model = BoltzmannMachine::<f64>::start(params, 4, 0).unwrap();
    let error = (0..50).find_map(|_| model.partial_fit(&Dataset::new(&samples(4))).err()).unwrap().to_string();
    assert!(error.starts_with("training diverged"), "{error}");
    assert!(model.couplings().weights().iter().all(|weight| weight.is_finite()));
}
