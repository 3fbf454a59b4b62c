//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{
    Activation, BatchSize, ClassWeight, Dataset, EarlyStopping, Fit, Init, Loss, MlpParams, Model, PerceptronParams,
    Rule, Scaling, ScheduleKind, Variant,
};
use proptest::prelude::*;

/// Numbers of every kind: plain, huge, tiny, and not finite at all.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => -10.0..10.0_f64,
        1 => prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        1 => prop::sample::select(vec![0.0, -0.0, 1.0, 1e30, -1e30, f64::MAX, f64::MIN_POSITIVE]),
    ]
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![60 => number(), 1 => prop::num::f64::ANY]
}

prop_compose! {
    /// Columns that may be constant or the same as another.
    fn matrix()(rows in 1..4_usize, columns in 0..40_usize)(
        numbers in prop::collection::vec(any_number(), rows * columns),
        constant in any::<bool>(),
        rows in Just(rows),
        columns in Just(columns),
    ) -> DMatrix<f64> {
        let x = DMatrix::from_vec(rows, columns, numbers);
        DMatrix::from_fn(rows, columns, |i, j| if constant && i == 0 { 3.0 } else { x[(i, j)] })
    }
}

prop_compose! {
    fn params()(
        hidden in prop::collection::vec(1..6_usize, 0..3),
        activation in prop::sample::select(Activation::ALL),
        output in prop::option::of(prop::sample::select(Activation::ALL)),
        loss in prop::option::of(prop::sample::select(Loss::ALL)),
        scaling in prop::sample::select(Scaling::ALL),
        optimizer in prop::sample::select(Rule::ALL),
        rate in prop_oneof![Just(0.01), 1e-6..1e6_f64],
        batch in prop::option::of(1..50_usize),
        patience in 0..2_usize,
        (decay, l1, lambda) in prop_oneof![Just((0.0, 0.0, 1.0)), (0.0..1e3_f64, 0.0..1e3_f64, 1e-300..1.0_f64)],
        (max_norm, clip_norm, dropout) in prop_oneof![Just((0.0, 0.0, 0.0)), (0.0..10_f64, 0.0..10_f64, 0.0..0.99_f64)],
        schedule in prop::sample::select(ScheduleKind::ALL),
        early in prop::option::of(prop::sample::select(EarlyStopping::ALL)),
        init in prop::option::of(prop::sample::select(Init::ALL)),
        seed in any::<u64>(),
    ) -> MlpParams {
        let mut params = MlpParams::default().hidden_layers(hidden).activation(activation).scaling(scaling)
            .optimizer(optimizer).learning_rate(rate).patience(patience).epochs(3).seed(seed)
            .weight_decay(decay).l1(l1).lambda(lambda).max_norm(max_norm).clip_norm(clip_norm).dropout(dropout)
            .schedule(schedule).schedule_factor(0.5).schedule_epochs(1);
        (params.output_activation, params.loss, params.init) = (output, loss, init);
        (params.batch_size, params.early_stopping) = (batch.map(BatchSize::Count), early);
        params
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
    let bytes = model.to_file().to_bytes();
    prop_assert!(nn_core::ModelFile::from_bytes(&bytes).is_ok());
    Ok(())
}

prop_compose! {
    fn perceptrons()(
        variant in prop::sample::select(Variant::ALL),
        rate in prop_oneof![Just(1.0), 1e-300..1e300_f64],
        shuffle in any::<bool>(),
        init in prop::sample::select(Init::ALL),
        class_weight in prop::sample::select(ClassWeight::ALL),
        scaling in prop::option::of(prop::sample::select(Scaling::ALL)),
        seed in any::<u64>(),
    ) -> PerceptronParams {
        let mut params = PerceptronParams::default().variant(variant).learning_rate(rate).shuffle(shuffle).init(init)
            .class_weight(class_weight).epochs(20).seed(seed);
        params.scaling = scaling;
        params
    }
}

proptest! {
    #[test]
    fn perceptrons_of_any_classes(
        params in perceptrons(),
        x in matrix(),
        labels in prop::collection::vec(0..4_u32, 40),
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
    fn classes(params in params(), x in matrix(), labels in prop::collection::vec(0..4_u32, 40), f32s in any::<bool>()) {
        let labels = &labels[..x.ncols()];
        if f32s {
            try_all(&params, &Dataset::new(&x.map(|v| v as f32)).labels(labels))?;
        } else {
            try_all(&params, &Dataset::new(&x).labels(labels))?;
        }
    }

    #[test]
    fn quantities(params in params(), x in matrix(), y in prop::collection::vec(any_number(), 40), f32s in any::<bool>()) {
        let y = DMatrix::from_row_slice(1, x.ncols(), &y[..x.ncols()]);
        if f32s {
            try_all(&params, &Dataset::new(&x.map(|v| v as f32)).values(&y.map(|v| v as f32)))?;
        } else {
            try_all(&params, &Dataset::new(&x).values(&y))?;
        }
    }
}
