//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_rbf::nalgebra::DMatrix;
use nn_rbf::{Basis, Criterion, Dataset, Fit, Model, Rbf, RbfParams, Scaling, Selection, Widths};
use proptest::prelude::*;

/// Numbers of every kind: plain, whole so that many are alike, huge, tiny, and, rarely, not finite at all.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        40 => -10.0..10.0_f64,
        40 => (-2..3_i32).prop_map(f64::from),
        9 => prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        1 => prop::num::f64::ANY,
    ]
}

prop_compose! {
    fn matrix()(rows in 1..12_usize, columns in 0..40_usize)(
        numbers in prop_oneof![
            prop::collection::vec(number(), rows * columns),
            prop::collection::vec((-1..2_i32).prop_map(f64::from), rows * columns),
        ],
        rows in Just(rows),
        columns in Just(columns),
    ) -> DMatrix<f64> {
        DMatrix::from_vec(rows, columns, numbers)
    }
}

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

/// Fits, answers and measures; whatever is answered must be finite.
fn try_all<F: nn_core::Scalar>(params: &RbfParams, data: &Dataset<'_, F>) -> Result<(), TestCaseError>
where
    RbfParams: Fit<F, Model = Rbf<F>>,
{
    let Ok(model) = params.fit(data) else { return Ok(()) };
    if let Ok(answers) = model.predict(data) {
        prop_assert_eq!(answers.ncols(), data.samples());
        prop_assert!(answers.iter().all(|answer| answer.is_finite()), "{:?}", answers);
    }
    if let Ok(measures) = model.evaluate(data) {
        prop_assert!(measures.0.iter().all(|(_, value)| !value.is_nan()), "{:?}", measures);
    }
    prop_assert!(!model.condition().is_nan() && !model.reach().is_nan());
    prop_assert!(model.distances(data).is_ok_and(|all| all.iter().all(|distance| !distance.is_nan())));
    let file = nn_core::ModelFile::from_bytes(&model.to_file().to_bytes()).unwrap();
    let again = Rbf::<F>::from_file(&file);
    prop_assert!(again.is_ok(), "{:?}", again);
    Ok(())
}

proptest! {
    #[test]
    fn any_classes(
        x in matrix(),
        labels in prop::collection::vec(0..3_u32, 40),
        params in params(),
        f32s in any::<bool>(),
    ) {
        let labels = &labels[..x.ncols()];
        if f32s {
            try_all(&params, &Dataset::new(&x.map(|v| v as f32)).labels(labels))?;
        } else {
            try_all(&params, &Dataset::new(&x).labels(labels))?;
        }
    }

    #[test]
    fn any_quantities_and_weights(
        x in matrix(),
        params in params(),
        weights in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.0..5.0_f64], 40),
        f32s in any::<bool>(),
    ) {
        let weights = &weights[..x.ncols()];
        if f32s {
            let (x, weights) = (x.map(|v| v as f32), weights.iter().map(|&w| w as f32).collect::<Vec<_>>());
            try_all(&params, &Dataset::new(&x).values(&x).weights(&weights))?;
        } else {
            try_all(&params, &Dataset::new(&x).values(&x).weights(weights))?;
        }
    }
}
