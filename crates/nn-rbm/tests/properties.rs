//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_core::testing::answers_or_errors;
use nn_rbm::{Dataset, RbmParams, Scaling};
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
        let params = RbmParams::default().scaling(scaling).epochs(epochs);
        let labels = &labels[..x.ncols()];
        answers_or_errors(&params, &Dataset::new(&x).labels(labels));
        answers_or_errors(&params, &Dataset::new(&x.map(|v| v as f32)).labels(labels));
    }
}
