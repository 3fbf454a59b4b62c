//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_core::testing::{answers_or_errors, hard_data};
use nn_core::{BatchSize, Learns};
use nn_rbm::nalgebra::DMatrix;
use nn_rbm::{BoltzmannParams, Connections, Couplings, Dataset, Fit, Learning, Model};
use nn_strategies::{matrix, number};
use proptest::prelude::*;

prop_compose! {
    /// Settings, most of which fit three features.
    fn settings()(
        learning in prop::option::of(prop::sample::select(Learning::ALL)),
        connections in prop::sample::select(Connections::ALL),
        hidden in prop::option::of(0..18_usize),
        edges in prop::collection::vec(0..6_usize, 0..8),
        groups in prop::option::of(prop::collection::vec(1..4_usize, 0..3)),
        (rate, scale) in (1e-6..1e120_f64, 0.0..1e6_f64),
        temperature in prop::option::of(prop::sample::select(&[1e-6, 0.5, 10.0, 1e6][..])),
        factor in prop::sample::select(&[1e-3, 1.0, 1e6][..]),
        (collecting, clampings, answer) in (1..3_usize, 1..3_usize, 1..4_usize),
        (off, on) in (0.0..=1.0_f64, 0.0..=1.0_f64),
        threshold in prop::option::of(number().prop_filter("a setting", |number| number.is_finite())),
        (missing, batch, momentum) in (any::<bool>(), 1..6_usize, 0.0..0.999_f64),
        (decay, patience) in (0.0..10.0_f64, 0..2_usize),
    ) -> BoltzmannParams {
        let mut params = BoltzmannParams::default().connections(connections).epochs(3).missing_values(missing);
        (params.learning, params.hidden_units, params.edges, params.groups) = (learning, hidden, edges, groups);
        (params.temperature, params.threshold) = (temperature, threshold);
        params = params.learning_rate(rate.ln().abs() / 20.0).init_scale(scale).momentum(momentum).weight_decay(decay);
        if rate > 1e100 {
            params = params.learning_rate(rate);
        }
        params = params.annealing_factors([factor]).annealing_times([2]).collecting_time(collecting).clampings(clampings);
        params.answer_time(answer).noise_off(off).noise_on(on).batch_size(BatchSize::Count(batch)).patience(patience)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_samples(
        params in settings(),
        x in matrix(1..5_usize, 0..12_usize),
        bits in prop::collection::vec(prop::sample::select(&[0.0, 1.0, 1.0, 0.0, f64::NAN][..]), 60),
        labels in prop::collection::vec(0..3_u32, 12),
    ) {
        let count = x.ncols();
        let labels = &labels[..count];
        answers_or_errors(&params, &Dataset::new(&x).labels(labels));
        let binary = DMatrix::from_fn(3, 12, |i, j| bits[3 * j + i]);
        answers_or_errors(&params, &Dataset::new(&binary));
        answers_or_errors(&params, &Dataset::new(&binary.map(|v| v as f32)));
        let told = DMatrix::from_fn(2, 12, |i, j| if bits[36 + 2 * j + i] == 1.0 { 1.0 } else { 0.0 });
        answers_or_errors(&params, &Dataset::new(&binary).values(&told));
    }

    /// Few states of the machine, and more than 20 joined units that a row leaves free.
    #[test]
    fn any_gaps(
        params in settings(),
        bits in prop::collection::vec(prop::sample::select(&[0.0, 1.0, f64::NAN, f64::NAN][..]), 2 * 30),
    ) {
        let params = params.connections(Connections::Bipartite).missing_values(true).epochs(2).threshold(0.5);
        let x = DMatrix::from_vec(30, 2, bits);
        answers_or_errors(&params.clone().hidden_units(3), &Dataset::new(&x));
        if let Ok(model) = params.hidden_units(3).fit(&Dataset::new(&x)) {
            // Nobody knows all that was asked.
            prop_assert!(x.iter().all(|x| x.is_nan()) || model.history().losses.iter().all(|&loss| 0.0 < loss));
        }
    }

    #[test]
    fn any_couplings(weights in matrix(1..6_usize, 1..6_usize), biases in prop::collection::vec(number(), 1..6)) {
        let symmetric = DMatrix::from_fn(biases.len(), biases.len(), |i, j| {
            if i == j { 0.0 } else { weights[(i.min(j) % weights.nrows(), i.max(j) % weights.ncols())] }
        });
        prop_assume!(Couplings::new(&weights, &biases).is_err() || weights.nrows() == biases.len());
        if let Ok(couplings) = Couplings::new(&symmetric, &biases) {
            prop_assert!(couplings.log_partition().unwrap().is_finite());
            prop_assert!(couplings.distribution().unwrap().iter().all(|p| (0.0..=1.0).contains(p)));
            let mut chain = couplings.chain(&vec![0.0; biases.len()], &[], 1).unwrap();
            for temperature in [0.0, 1e-300, 1.0, 1e300] {
                chain.run(temperature).unwrap();
            }
            chain.settle(10);
            prop_assert!(chain.energy().is_finite());
        }
    }
}

/// How many of the trainings come to a model shows that not everything is refused.
#[test]
fn data_at_their_worst() {
    let [begun, fitted] = hard_data(&BoltzmannParams::default().epochs(2), Learns::Inputs);
    assert!(begun / 20 < fitted, "{fitted} of {begun}");
}
