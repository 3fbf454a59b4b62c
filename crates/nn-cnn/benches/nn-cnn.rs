//! The cases of `bench/peers/cnn.py` on our side: LeNet-5, its training by mini-batch and its answers.
//!
//! Same images, layers, rate and number of updates; each side draws its own random numbers.

use std::process::ExitCode;

use anyhow::Result;
use nn_bench::{Data, Measured, Over, Run, Variant, Work, dtype, growth};
use nn_cnn::{Activation, Cnn, CnnParams, Fit, Image, Init, LayerSpec, Model, PixelScaling, Rule, ScheduleKind};
use nn_core::Scalar;
use serde_json::{Value, json};

const DATA: &str = "mnist10k";
const BATCH: usize = 64;
const LEARNING_RATE: f64 = 0.05;
const MOMENTUM: f64 = 0.9;
const EPOCHS: usize = 2;
/// Images of the training before the clock starts.
const WARM_ROWS: usize = 640;
/// Images that are asked one at a time, in turn, or at once.
const ASKED: usize = 256;

fn main() -> ExitCode {
    let f32s = [
        Variant::new("lenet5-train", "nn-f32", train::<f32>).goal(1, 5.0, Over::Peer("torch")).goal(
            2,
            5.0,
            Over::Peer("torch"),
        ),
        // At most 0.7 times as long.
        Variant::new("lenet5-predict-one", "nn-f32", predict_one::<f32>).goal(1, 1.0 / 0.7, Over::Peer("onnxruntime")),
        Variant::new("lenet5-predict-256", "nn-f32", predict_256::<f32>).goal(1, 2.0, Over::Peer("onnxruntime")).goal(
            2,
            2.0,
            Over::Peer("onnxruntime"),
        ),
    ];
    let f64s = [
        Variant::new("lenet5-train", "nn-f64", train::<f64>),
        Variant::new("lenet5-predict-one", "nn-f64", predict_one::<f64>),
        Variant::new("lenet5-predict-256", "nn-f64", predict_256::<f64>),
    ];
    let mut variants: Vec<Variant> = f32s.into_iter().chain(f64s).collect();
    variants.extend(growth("growth-cnn-samples", "samples", &[250, 1000, 4000], |run, n| grown(run, n, 32)));
    variants.extend(growth("growth-cnn-pixels", "pixels", &[256, 1024, 4096], |run, n| grown(run, 500, n.isqrt())));
    nn_bench::main(env!("CARGO_PKG_VERSION"), &variants)
}

fn params(epochs: usize) -> CnnParams {
    let tanh = LayerSpec::from(Activation::Tanh);
    let mean = LayerSpec::Mean { size: 2, stride: 2 };
    let layers = [
        LayerSpec::conv(6, 5),
        tanh.clone(),
        mean.clone(),
        LayerSpec::conv(16, 5),
        tanh.clone(),
        mean,
        LayerSpec::dense(120),
        tanh.clone(),
        LayerSpec::dense(84),
        tanh,
    ];
    CnnParams::default()
        .layers(layers)
        .input(Image::grey(32, 32))
        .scaling(PixelScaling::Lenet5)
        .init(Init::Glorot)
        .optimizer(Rule::Sgd)
        .schedule(ScheduleKind::Constant)
        .learning_rate(LEARNING_RATE)
        .momentum(MOMENTUM)
        .batch_size(BATCH)
        .epochs(epochs)
}

fn settings<F>(epochs: usize) -> Value {
    json!({
        "data": DATA,
        "net": "LeNet-5, tanh, mean pooling, 61,706 parameters",
        "batch": BATCH,
        "epochs": epochs,
        "learning_rate": LEARNING_RATE,
        "momentum": MOMENTUM,
        "loss": "softmax cross-entropy",
        "init": "glorot uniform, biases 0",
        "shuffle": true,
        "dtype": dtype::<F>(),
    })
}

/// Multiply-adds of an image forwards: all connections but the biases, and the means.
fn products<F: Scalar>(cnn: &Cnn<F>) -> f64 {
    let weighed = cnn.layers().into_iter().filter(|layer| 0 < layer.parameters);
    weighed.map(|layer| layer.connections as f64).sum()
}

/// The clock holds the whole fit, the network's making and the scaling of the images included.
fn train<F: Scalar>(run: &Run) -> Result<Measured> {
    let data = run.load::<F>(DATA)?;
    params(1).fit(&data.first(WARM_ROWS))?;
    let (timing, cnn) = run.measure(|| Ok(params(EPOCHS).fit(&data.train())?))?;
    let presentations = (data.train().samples() * EPOCHS) as f64;
    // Forwards, the weights' gradient, and but for the first layer the inputs' gradient.
    let first = 28.0 * 28.0 * 6.0 * 26.0;
    let operations = 2.0 * (3.0 * products(&cnn) - first);
    let measured = Measured::new(timing, presentations).settings(settings::<F>(EPOCHS));
    Ok(measured.work(Work::Operations(operations)).quality("test_accuracy", data.accuracy(&cnn)?))
}

/// Trained for one epoch, so that its numbers are usual ones; so is what answers many at once.
fn predict_one<F: Scalar>(run: &Run) -> Result<Measured> {
    let (data, cnn) = run.trained::<F, _>(DATA, &params(1))?;
    let timing = run.measure_in_turn(&cnn, &data.test(), ASKED)?;
    let measured = Measured::new(timing, 1.0).settings(settings::<F>(1)).one_row();
    Ok(measured.work(Work::Operations(2.0 * products(&cnn))).quality("test_accuracy", data.accuracy(&cnn)?))
}

/// An epoch over square images of so many pixels a side.
fn grown(run: &Run, samples: usize, side: usize) -> Result<Measured> {
    let data = Data::<f32>::uniform(samples, side * side, 10)?;
    let params = params(1).input(Image::grey(side, side)).scaling(PixelScaling::None);
    let (timing, _) = run.measure(|| Ok(params.fit(&data.train())?))?;
    let settings = json!({ "samples": 500, "pixels": 1024, "net": "LeNet-5", "batch": BATCH, "dtype": dtype::<f32>() });
    Ok(Measured::new(timing, samples as f64).settings(settings))
}

fn predict_256<F: Scalar>(run: &Run) -> Result<Measured> {
    let (data, cnn) = run.trained::<F, _>(DATA, &params(1))?;
    let batch = data.test().part(0..ASKED);
    let (timing, _) = run.measure(|| Ok(cnn.predict(&batch)?))?;
    let measured = Measured::new(timing, ASKED as f64).settings(settings::<F>(1));
    Ok(measured.work(Work::Operations(2.0 * products(&cnn))).quality("test_accuracy", data.accuracy(&cnn)?))
}
