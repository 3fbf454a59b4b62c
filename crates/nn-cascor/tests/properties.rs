//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_cascor::{CascorParams, Dataset, HiddenUnit, Output, Scaling};
use nn_core::Learns;
use nn_core::testing::{answers_or_errors, hard_data};
use nn_strategies::matrix;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_target(
        x in matrix(1..4_usize, 0..40_usize),
        y in matrix(1..3_usize, 40..41_usize),
        labels in prop::collection::vec(0..3_u32, 40),
        scaling in prop::sample::select(Scaling::ALL),
        kinds in prop::collection::vec(prop::sample::select(HiddenUnit::ALL), 1..3),
        output in prop::option::of(prop::sample::select(Output::ALL)),
        (units, candidates) in (0..4_usize, 1..5_usize),
        (rate, patience, cache) in (1e-3..1e6_f64, 0..4_usize, any::<bool>()),
    ) {
        let mut params = CascorParams::default().scaling(scaling).hidden_units(units).candidates(candidates);
        params = params.output_epochs(8).candidate_epochs(7).candidate_learning_rate(rate).cache(cache);
        params = params.candidate_patience(patience).output_patience(patience).unit_patience(patience);
        params.activation = kinds;
        params.output = output;
        let count = x.ncols();
        let small = x.map(|v| v as f32);
        answers_or_errors(&params, &Dataset::new(&x).labels(&labels[..count]));
        answers_or_errors(&params, &Dataset::new(&small).labels(&labels[..count]));
        let y = y.columns(0, count).into_owned();
        answers_or_errors(&params, &Dataset::new(&x).values(&y));
        answers_or_errors(&params, &Dataset::new(&small).values(&y.map(|v| v as f32)));
    }
}

/// How many of the trainings come to a model shows that not everything is refused.
#[test]
fn data_at_their_worst() {
    let [begun, fitted] = hard_data(
        &CascorParams::default().hidden_units(2).candidates(2).output_epochs(8).candidate_epochs(8),
        Learns::Targets,
    );
    assert!(begun / 10 < fitted, "{fitted} of {begun}");
}
