//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_core::Learns;
use nn_core::testing::{answers_or_errors, hard_data};
use nn_nearest_mean::{Dataset, NearestMeanParams, Scaling};
use nn_strategies::matrix;
use proptest::prelude::*;

proptest! {
    #[test]
    fn any_classes(
        x in matrix(1..4_usize, 0..40_usize),
        labels in prop::collection::vec(0..3_u32, 40),
        scaling in prop::sample::select(Scaling::ALL),
        epochs in 1..4_usize,
    ) {
        let params = NearestMeanParams::default().scaling(scaling).epochs(epochs);
        let labels = &labels[..x.ncols()];
        answers_or_errors(&params, &Dataset::new(&x).labels(labels));
        answers_or_errors(&params, &Dataset::new(&x.map(|v| v as f32)).labels(labels));
    }
}

/// How many of the trainings come to a model shows that not everything is refused.
#[test]
fn data_at_their_worst() {
    let [begun, fitted] = hard_data(&NearestMeanParams::default(), Learns::Classes);
    assert!(begun / 20 < fitted, "{fitted} of {begun} trainings came to a model");
}
