//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_core::Learns;
use nn_core::testing::{answers_or_errors, hard_data};
use nn_dbn::{Algorithm, Dataset, DbnParams, RbmParams, Scaling, VisibleUnits};
use nn_strategies::matrix;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_samples(
        x in matrix(1..4_usize, 0..40_usize),
        labels in prop::collection::vec(0..3_u32, 40),
        layers in prop::collection::vec(1..4_usize, 0..4),
        visible_units in prop::sample::select(VisibleUnits::ALL),
        algorithm in prop::sample::select(Algorithm::ALL),
        scaling in prop::option::of(prop::sample::select(Scaling::ALL)),
        (label_units, pretraining, quantities) in any::<(bool, bool, bool)>(),
        rate in prop::sample::select(&[0.01, 1.0, 1e30][..]),
    ) {
        let rbm = RbmParams::default().algorithm(algorithm).epochs(2).learning_rate(rate);
        let params = DbnParams::default()
            .hidden_layers(layers)
            .visible_units(visible_units)
            .label_units(label_units)
            .pretraining(pretraining)
            .rbm(rbm)
            .epochs(2);
        let params = match scaling {
            Some(scaling) => params.scaling(scaling),
            None => params,
        };
        let labels = &labels[..x.ncols()];
        let small = x.map(|v| v as f32);
        if quantities {
            answers_or_errors(&params, &Dataset::new(&x).values(&x));
            answers_or_errors(&params, &Dataset::new(&small).values(&small));
        } else {
            answers_or_errors(&params, &Dataset::new(&x).labels(labels));
            if let Some(model) = answers_or_errors(&params, &Dataset::new(&small).labels(labels))
                && let Ok(made) = model.stack().generate(3, label_units.then_some(0), 2, 1)
            {
                assert!(made.iter().all(|x| x.is_finite()));
            }
        }
    }
}

/// How many of the trainings come to a model shows that not everything is refused.
#[test]
fn data_at_their_worst() {
    let [begun, fitted] = hard_data(
        &DbnParams::default().hidden_layers([3, 2]).rbm(RbmParams::default().epochs(2)).epochs(2),
        Learns::Targets,
    );
    assert!(begun / 10 < fitted, "{fitted} of {begun}");
}
