//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_cnn::nalgebra::DMatrix;
use nn_cnn::{Activation, CnnParams, Dataset, Fit, Image, LayerSpec, Model, Output, Params, PixelScaling, Rule, Table};
use nn_core::params::Value;
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
    fn matrix()(rows in (1..4_usize).prop_map(|half| 2 * half), columns in 0..20_usize)(
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

/// Layers that may or may not fit.
fn layer() -> impl Strategy<Value = LayerSpec> {
    let table = prop_oneof![Just(Table::All), Just(Table::Lenet5), Just(Table::Maps(vec![vec![0], vec![0, 1]]))];
    let conv = (1..4_usize, 1..4_usize, 1..4_usize, 1..4_usize, 0..3_usize, table);
    prop_oneof![
        conv.prop_map(|(maps, rows, columns, stride, padding, table)| LayerSpec::Conv {
            maps,
            kernel: [rows, columns],
            stride,
            padding,
            table
        }),
        (1..4_usize, 1..3_usize).prop_map(|(size, stride)| LayerSpec::Max { size, stride }),
        (1..4_usize, 1..3_usize).prop_map(|(size, stride)| LayerSpec::Mean { size, stride }),
        (1..3_usize, 1..3_usize).prop_map(|(size, stride)| LayerSpec::Subsample { size, stride }),
        (1..5_usize).prop_map(LayerSpec::dense),
        prop::sample::select(Activation::ALL).prop_map(LayerSpec::Activation),
        (0.0..0.9).prop_map(LayerSpec::Dropout),
    ]
}

proptest! {
    #[test]
    fn any_images(
        x in matrix(),
        labels in prop::collection::vec(0..3_u32, 40),
        layers in prop::collection::vec(layer(), 0..4),
        scaling in prop::sample::select(PixelScaling::ALL),
        output in prop::sample::select(Output::ALL),
        rule in prop::sample::select(&[Rule::Sgd, Rule::Adam, Rule::Diagonal, Rule::Rprop][..]),
        side in 1..6_usize,
        moved in prop_oneof![Just(0.0), 0.0..3.0_f64],
        f32s in any::<bool>(),
        quantities in any::<bool>(),
    ) {
        let image = Image::grey(x.nrows() / 2, 2);
        let params = CnnParams::default().image(image).layers(layers).input(Image::grey(side, side + 1)).scaling(scaling)
            .output(output).optimizer(rule).shift(moved).epochs(2).batch_size(7);
        let labels = &labels[..x.ncols()];
        if quantities {
            try_all(&params, &Dataset::new(&x).values(&x))?;
        } else if f32s {
            try_all(&params, &Dataset::new(&x.map(|v| v as f32)).labels(labels))?;
        } else {
            try_all(&params, &Dataset::new(&x).labels(labels))?;
        }
    }

    #[test]
    fn any_text_is_a_list_of_layers_or_refused(text in "[a-z0-9:./+-]{0,60}") {
        let mut params = CnnParams::default();
        if params.set("layers", &text).is_ok() {
            let again = params.clone().set("layers", &params.layers.show());
            prop_assert!(again.is_ok(), "{}", params.layers.show());
        }
    }
}
