//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_som::nalgebra::DMatrix;
use nn_som::{Dataset, Fit, Model, Scaling, SomParams};
use proptest::prelude::*;

/// Numbers of every kind: plain, huge, tiny, and, rarely, not finite at all.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        50 => -10.0..10.0_f64,
        9 => prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        1 => prop::num::f64::ANY,
    ]
}

prop_compose! {
    fn matrix()(rows in 1..4_usize, columns in 0..40_usize)(
        numbers in prop::collection::vec(number(), rows * columns),
        rows in Just(rows),
        columns in Just(columns),
    ) -> DMatrix<f64> {
        DMatrix::from_vec(rows, columns, numbers)
    }
}

/// Fits, answers and measures; whatever is answered must be finite.
fn try_all<F: nn_core::Scalar>(params: &impl Fit<F>, data: &Dataset<'_, F>) -> Result<(), TestCaseError> {
    let Ok(model) = params.fit(data) else { return Ok(()) };
    if let Ok(answers) = model.predict(data) {
        prop_assert_eq!(answers.ncols(), data.samples());
        prop_assert!(answers.iter().all(|answer| answer.is_finite()), "{:?}", answers);
    }
    if let Ok(measures) = model.evaluate(data) {
        prop_assert!(measures.0.iter().all(|(_, value)| !value.is_nan()), "{:?}", measures);
    }
    prop_assert!(nn_core::ModelFile::from_bytes(&model.to_file().to_bytes()).is_ok());
    Ok(())
}

proptest! {
    #[test]
    fn any_classes(
        x in matrix(),
        labels in prop::collection::vec(0..3_u32, 40),
        scaling in prop::sample::select(Scaling::ALL),
        epochs in 1..4_usize,
        f32s in any::<bool>(),
    ) {
        let params = SomParams::default().scaling(scaling).epochs(epochs);
        let labels = &labels[..x.ncols()];
        if f32s {
            try_all(&params, &Dataset::new(&x.map(|v| v as f32)).labels(labels))?;
        } else {
            try_all(&params, &Dataset::new(&x).labels(labels))?;
        }
    }
}
