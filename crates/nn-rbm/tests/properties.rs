//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_core::Learns;
use nn_core::testing::{answers_or_errors, hard_data};
use nn_rbm::{Algorithm, Dataset, RbmParams, Scaling, VisibleUnits};
use nn_strategies::matrix;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_samples(
        x in matrix(1..4_usize, 0..40_usize),
        labels in prop::collection::vec(0..3_u32, 40),
        visible_units in prop::sample::select(VisibleUnits::ALL),
        algorithm in prop::sample::select(Algorithm::ALL),
        scaling in prop::sample::select(Scaling::ALL),
        hidden_units in 1..5_usize,
        (label_units, centering) in any::<(bool, bool)>(),
        rate in prop::sample::select(&[0.01, 1.0, 1e30][..]),
    ) {
        let params = RbmParams::default()
            .hidden_units(hidden_units)
            .visible_units(visible_units)
            .algorithm(algorithm)
            .scaling(scaling)
            .label_units(label_units)
            .centering(centering)
            .learning_rate(rate)
            .epochs(2);
        let labels = &labels[..x.ncols()];
        answers_or_errors(&params, &Dataset::new(&x).labels(labels));
        answers_or_errors(&params, &Dataset::new(&x.map(|v| v as f32)).labels(labels));
    }
}

/// How many of the trainings come to a model shows that not everything is refused.
#[test]
fn data_at_their_worst() {
    let [begun, fitted] = hard_data(&RbmParams::default().hidden_units(3).epochs(2), Learns::Inputs);
    assert!(begun / 10 < fitted, "{fitted} of {begun}");
}
