//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_core::Learns;
use nn_core::testing::{answers_or_errors, hard_data};
use nn_rbf::{Basis, Criterion, Dataset, Fit, Rbf, RbfParams, Scaling, Selection, Widths};
use nn_strategies::matrix;
use proptest::prelude::*;

prop_compose! {
    fn params()(
        centers in 1..60_usize,
        selection in prop::sample::select(Selection::ALL),
        basis in prop::sample::select(Basis::ALL),
        widths in prop::sample::select(Widths::ALL),
        criterion in prop::sample::select(Criterion::ALL),
        scaling in prop::sample::select(Scaling::ALL),
        ridge in prop_oneof![Just(None), Just(Some(0.0)), (0.0..1.0_f64).prop_map(Some), Just(Some(1e-300))],
        beta in prop_oneof![4 => Just(None), 1 => (0.01..100.0_f64).prop_map(Some), 1 => Just(Some(1e300))],
        factor in prop_oneof![Just(None), (0.01..10.0_f64).prop_map(Some)],
        switches in prop::array::uniform6(any::<bool>()),
        given in prop::collection::vec(-3.0..3.0_f64, 1..8),
    ) -> RbfParams {
        let params = RbfParams::default().centers(centers).selection(selection).basis(basis).widths(widths)
            .criterion(criterion).scaling(scaling).ridge(ridge).beta(beta).width_factor(if beta.is_some() { None } else { factor })
            .normalized(switches[0]).bias(switches[1]).linear_tail(switches[2]).epochs(2).batch_size(7);
        let params = params.tune_weights(switches[3]).tune_widths(switches[4]).tune_centers(switches[5]);
        if selection == Selection::Given { params.given(given) } else { params }
    }
}

/// Fits, answers and measures, and asks what only this model tells.
fn try_all<F: nn_core::Scalar>(params: &RbfParams, data: &Dataset<'_, F>)
where
    RbfParams: Fit<F, Model = Rbf<F>>,
{
    let Some(model) = answers_or_errors(params, data) else { return };
    assert!(!model.condition().is_nan() && !model.reach().is_nan());
    assert!(model.distances(data).is_ok_and(|all| all.iter().all(|distance| !distance.is_nan())));
}

proptest! {
    #[test]
    fn any_classes(
        x in matrix(1..12_usize, 0..40_usize),
        labels in prop::collection::vec(0..3_u32, 40),
        params in params(),
    ) {
        let labels = &labels[..x.ncols()];
        try_all(&params, &Dataset::new(&x).labels(labels));
        try_all(&params, &Dataset::new(&x.map(|v| v as f32)).labels(labels));
    }

    #[test]
    fn any_quantities_and_weights(
        x in matrix(1..12_usize, 0..40_usize),
        params in params(),
        weights in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.0..5.0_f64], 40),
    ) {
        let weights = &weights[..x.ncols()];
        try_all(&params, &Dataset::new(&x).values(&x).weights(weights));
        let (x, weights) = (x.map(|v| v as f32), weights.iter().map(|&w| w as f32).collect::<Vec<_>>());
        try_all(&params, &Dataset::new(&x).values(&x).weights(&weights));
    }
}

/// Drawn once, when there was no answer to it.
#[test]
fn numbers_whose_squares_overflow() {
    let x = [
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
        -2.0,
        -1.4114835878670409,
        -2.0,
        8.589837987225328,
        2.3586483952737853e175,
        0.8810321622038647,
        -4.780620647171316,
        1.0,
        3.807414663044984,
        -4.541403302413134,
        -8.163607882550917,
        0.0,
        -9.280843328355042,
        -2.0,
        7.580805538175919,
        3.9994588010278733e-87,
        9.979012311887404,
        -2.0,
        1.0,
    ];
    let weights = [
        1.0,
        0.0,
        0.0,
        0.0,
        0.6124548283676342,
        0.0,
        3.4504070003121408,
        0.0,
        2.2980454118138756,
        2.340313573424361,
        3.981837248574523,
        0.2534044997130932,
        0.0,
        0.0,
        4.144695830786189,
        0.0,
        1.0,
        0.0,
        1.0,
    ];
    let params = RbfParams::default().centers(44).width_factor(0.745938306594958).bias(false).linear_tail(true);
    let params = params.ridge(1e-300).tune_centers(true).scaling(Scaling::None).batch_size(7).epochs(2);
    try_all(&params, &Dataset::from_slice(2, &x).values_from_slice(2, &x).weights(&weights));
}

/// How many of the trainings come to a model shows that not everything is refused.
#[test]
fn data_at_their_worst() {
    let [begun, fitted] = hard_data(&RbfParams::default().centers(3), Learns::Targets);
    assert!(begun / 10 < fitted, "{fitted} of {begun}");
}
