//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_cnn::{Activation, CnnParams, Dataset, Image, LayerSpec, Output, Params, PixelScaling, Rule, Table};
use nn_core::Learns;
use nn_core::params::Value;
use nn_core::testing::{answers_or_errors, hard_data};
use nn_strategies::matrix;
use proptest::prelude::*;

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
        x in matrix((1..4_usize).prop_map(|half| 2 * half), 0..20_usize),
        labels in prop::collection::vec(0..3_u32, 40),
        layers in prop::collection::vec(layer(), 0..4),
        scaling in prop::sample::select(PixelScaling::ALL),
        output in prop::sample::select(Output::ALL),
        rule in prop::sample::select(&[Rule::Sgd, Rule::Adam, Rule::Diagonal, Rule::Rprop][..]),
        side in 1..6_usize,
        moved in prop_oneof![Just(0.0), 0.0..3.0_f64],
        quantities in any::<bool>(),
    ) {
        let image = Image::grey(x.nrows() / 2, 2);
        let params = CnnParams::default().image(image).layers(layers).input(Image::grey(side, side + 1)).scaling(scaling)
            .output(output).optimizer(rule).shift(moved).epochs(2).batch_size(7);
        let labels = &labels[..x.ncols()];
        if quantities {
            answers_or_errors(&params, &Dataset::new(&x).values(&x));
        } else {
            answers_or_errors(&params, &Dataset::new(&x).labels(labels));
            answers_or_errors(&params, &Dataset::new(&x.map(|v| v as f32)).labels(labels));
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

/// How many of the trainings come to a model shows that not everything is refused.
#[test]
fn data_at_their_worst() {
    // Images of one row and three columns; those of a single pixel are refused.
    let layers = [LayerSpec::Activation(Activation::Tanh), LayerSpec::dense(3)];
    let params = CnnParams::default().image(Image::grey(1, 3)).layers(layers).epochs(2);
    let [begun, fitted] = hard_data(&params, Learns::Targets);
    assert!(begun / 20 < fitted, "{fitted} of {begun}");
}
