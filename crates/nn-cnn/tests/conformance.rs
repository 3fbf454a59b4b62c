//! The suite that every model passes, and what it does not cover: other targets, learning on, stopping and continuing.

use nn_cnn::nalgebra::DMatrix;
use nn_cnn::{
    BatchSize, CnnParams, Dataset, Error, Fit, Image, LayerSpec, Loss, Output, Params, PixelScaling, Rule, Table,
};
use nn_core::testing::{conformance, conformance_online};

/// Twelve images of 5x6 in three classes, and two quantities of each.
fn samples() -> (DMatrix<f64>, Vec<u32>, DMatrix<f64>) {
    let x = DMatrix::from_fn(30, 12, |i, j| ((7 * j + 3 * i) as f64).sin() + (i % (1 + j % 3)) as f64);
    let labels = (0..12).map(|j| j % 3).collect();
    let values = DMatrix::from_fn(2, 12, |i, j| 100.0 * x[(i, j)] - 7.0);
    (x, labels, values)
}

fn params() -> CnnParams {
    CnnParams::default().image(Image::grey(5, 6)).epochs(2).batch_size(5)
}

#[test]
fn classes() {
    let (x, labels, _) = samples();
    conformance(&params(), &Dataset::new(&x).labels(&labels));
    conformance(&params().shift(1.0).rotation(10.0).zoom(0.1), &Dataset::new(&x.clone().cast::<f32>()).labels(&labels));
    conformance(&params().loss(Loss::SquaredError), &Dataset::new(&x).labels(&labels));
}

#[test]
fn quantities() {
    let (x, _, values) = samples();
    conformance(&params(), &Dataset::new(&x).values(&values));
    conformance(&params().batch_size(1).input(Image::grey(8, 8)), &Dataset::new(&x).values(&values));
}

#[test]
fn layers_of_every_kind_and_images_of_two_channels() {
    let (x, labels, _) = samples();
    let table = Table::Maps(vec![vec![0, 1], vec![1, 2], vec![2]]);
    let layers = [
        LayerSpec::conv(3, 2).padded(1),
        nn_cnn::Activation::Tanh.into(),
        LayerSpec::subsample(2),
        LayerSpec::conv(3, 2).joined(table),
        LayerSpec::Mean { size: 2, stride: 1 },
        LayerSpec::Dropout(0.1),
        LayerSpec::dense(4),
    ];
    let image = Image { rows: 5, columns: 3, channels: 2 };
    let params = params().image(image).input(Image::grey(7, 5)).layers(layers.clone());
    conformance(&params, &Dataset::new(&x).labels(&labels));
    let rbf = params.output(Output::Rbf).optimizer(Rule::Diagonal).batch_size(1);
    conformance(&rbf, &Dataset::new(&x).labels(&labels));
}

#[test]
fn lenet_as_it_is_today_and_as_printed() {
    let (x, labels, _) = samples();
    let x = x.cast::<f32>();
    let data = Dataset::new(&x).labels(&labels);
    conformance(&CnnParams::lenet5().image(Image::grey(5, 6)).epochs(2), &data);
    conformance(&CnnParams::lenet5_1998().image(Image::grey(5, 6)).epochs(4), &data);
}

#[test]
fn parts_equal_the_whole() {
    let (x, labels, values) = samples();
    let data = Dataset::new(&x).labels(&labels);
    for (rule, batch) in [(Rule::Adam, 3), (Rule::Sgd, 1)] {
        let params = params().optimizer(rule).batch_size(batch).epochs(1);
        conformance_online(|| params.fit(&data).unwrap(), &data, 6);
    }
    let data = Dataset::new(&x).values(&values);
    conformance_online(|| params().fit(&data).unwrap(), &data, 5);
}

/// What surrounds images whose pixels add up to more than the float holds is a number all the same, which a file brings back.
#[test]
fn the_brightest_pixels_there_can_be_make_no_infinite_background() {
    let x = DMatrix::from_fn(30, 12, |_, j| if j % 2 == 0 { f64::MAX } else { 0.0 });
    let labels: Vec<u32> = (0..12).map(|j| j % 3).collect();
    nn_core::testing::answers_or_errors(&params().scaling(PixelScaling::MinMax), &Dataset::new(&x).labels(&labels))
        .unwrap();
}

#[test]
fn what_does_not_fit_together_is_named() {
    let (x, labels, values) = samples();
    let refused = |params: &CnnParams| match params.fit(&Dataset::new(&x).labels(&labels)).unwrap_err() {
        error @ Error::Param { .. } => error.to_string(),
        error => panic!("{error}"),
    };
    let layers = |layers: &[LayerSpec]| refused(&params().layers(layers.to_vec()));
    assert!(
        layers(&[LayerSpec::conv(2, 7)]).starts_with("layers: expected for layer c1: a kernel that fits into 5x6, got")
    );
    assert!(
        layers(&[LayerSpec::conv(2, 2), LayerSpec::max(3)])
            .contains("for layer s2: windows of 3x3, 3 apart, that fill 4x5")
    );
    let bare = Table::Maps(vec![vec![0], vec![]]);
    assert!(
        layers(&[LayerSpec::conv(2, 2).joined(bare)]).contains("for layer c1: a table that gives each map an input")
    );
    let unread = Table::Maps(vec![vec![0], vec![0]]);
    assert!(
        layers(&[LayerSpec::conv(2, 2), LayerSpec::conv(2, 2).joined(unread)])
            .contains("for layer c2: a table in which some map has each input")
    );
    assert!(layers(&[LayerSpec::dense(3), LayerSpec::conv(2, 2)]).contains("for layer c2: maps before it"));
    assert!(layers(&[LayerSpec::dense(3), LayerSpec::max(2)]).contains("for layer s2: maps before it"));
    assert!(layers(&[LayerSpec::conv(60_000, 5), LayerSpec::conv(60_000, 1)]).contains("at most"));
    assert!(layers(&[LayerSpec::conv(2, 2).padded(4)]).contains("less padding"));

    let typed = |list: &str| match CnnParams::default().set("layers", list) {
        Err(error) => error.to_string(),
        Ok(()) => panic!("{list}"),
    };
    assert!(
        typed("conv:6:5-relu-pool:2-dense:84").ends_with(", got pool:2"),
        "{}",
        typed("conv:6:5-relu-pool:2-dense:84")
    );

    assert!(typed("conv:4").starts_with("layers: expected auto, or none, or joined by -: conv:MAPS:KERNEL"));

    let image = |image: Image| refused(&params().image(image));
    assert!(
        image(Image::grey(5, 5))
            .starts_with("image: expected rows x columns x channels that make 30 features, got 5x5")
    );
    let square = CnnParams::default().epochs(1);
    assert!(refused(&square).starts_with("image: expected rows x columns x channels, as 30 features are no square"));
    assert!(refused(&params().input(Image::grey(4, 4)).framing(nn_cnn::Framing::Pad)).contains("framing=resize"));
    assert!(refused(&params().input(Image { rows: 8, columns: 8, channels: 3 })).starts_with("input: expected"));
    assert!(refused(&params().output(Output::Rbf).loss(Loss::SquaredError)).starts_with("loss: expected"));
    let lbfgs = params().optimizer(Rule::Lbfgs).batch_size(BatchSize::All);
    assert_eq!(refused(&lbfgs), "layers: expected a list without dropout with lbfgs, got dropout:0.25");
    let plain = [LayerSpec::conv(2, 2)];
    assert_eq!(refused(&lbfgs.layers(plain.clone()).shift(1.0)), "shift: expected 0 with lbfgs, got 1");
    let two = params().output(Output::Rbf).layers([LayerSpec::dense(1)]);
    assert!(refused(&two).starts_with("layers: expected for layer output: at least 2 units before it"));
    let vast = params().input(Image::grey(4096, 4096));
    assert!(refused(&vast.clone().layers(plain)).contains("for layer c1: at most 16777216 numbers of an image"));
    assert!(refused(&vast.layers([LayerSpec::max(4096)])).contains("for layer s1: at most 16777216 numbers"));
    let rbf = params().output(Output::Rbf).fit(&Dataset::new(&x).values(&values)).unwrap_err().to_string();
    assert!(rbf.starts_with("output: expected dense where quantities are learned"), "{rbf}");
    let huber = params().optimizer(Rule::Diagonal).loss(Loss::Huber);
    assert!(
        huber
            .fit(&Dataset::new(&x).values(&values))
            .unwrap_err()
            .to_string()
            .contains("a loss that tells its curvature: squared-error, ")
    );
}
