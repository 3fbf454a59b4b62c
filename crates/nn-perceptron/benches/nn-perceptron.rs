//! The cases of `bench/peers/mlp.py` and `perceptron.py` on our side: training by mini-batch and by single sample,
//! inference; the perceptron's rule.
//!
//! Same data, sizes, rates and number of updates. Two things differ: our Glorot start leaves the biases at 0, and each
//! side draws its own random numbers.

use std::process::ExitCode;

use anyhow::Result;
use nn_bench::{Data, Measured, Over, Run, Timing, Variant, Work, dtype, growth};
use nn_core::Scalar;
use nn_perceptron::{Activation, Fit, Init, Mlp, MlpParams, Model, PerceptronParams, Rule, Scaling};
use serde_json::{Value, json};

const BATCH: usize = 64;
const MOMENTUM: f64 = 0.9;
/// Rows of the training by single sample.
const ROWS_ONE: usize = 1000;
/// Rows of the training before the clock starts.
const WARM_ROWS: usize = 640;
/// Test rows that are asked one at a time, in turn.
const ROWS_IN_TURN: usize = 256;

/// A network and what it learns.
#[derive(Clone, Copy)]
struct Net {
    name: &'static str,
    data: &'static str,
    /// Units, inputs and outputs included.
    layers: &'static [usize],
    learning_rate: f64,
    epochs: usize,
}

const BIG: Net = Net { name: "big", data: "mnist10k", layers: &[784, 256, 128, 10], learning_rate: 0.05, epochs: 5 };
const SMALL: Net = Net { name: "small", data: "digits", layers: &[64, 64, 10], learning_rate: 0.1, epochs: 20 };

fn main() -> ExitCode {
    let mut variants = Vec::new();
    for net in [BIG, SMALL] {
        for (case, measure_f32, measure_f64) in [
            ("train", train::<f32> as Measure, train::<f64> as Measure),
            ("train-one", train_one::<f32>, train_one::<f64>),
            ("predict-one", predict_one::<f32>, predict_one::<f64>),
            ("predict-all", predict_all::<f32>, predict_all::<f64>),
        ] {
            let case = format!("mlp-{}-{case}", net.name);
            let f32 = Variant::new(&case, "nn-f32", move |run| measure_f32(run, net));
            variants.push(with_goals(f32, &case));
            variants.push(Variant::new(&case, "nn-f64", move |run| measure_f64(run, net)));
        }
    }
    let f32 = Variant::new("perceptron-train", "nn-f32", perceptron::<f32>);
    let f64 = Variant::new("perceptron-train", "nn-f64", perceptron::<f64>);
    variants.extend([f32, f64.goal(1, 2.0, Over::Best).goal(2, 2.0, Over::Best)]);
    let sizes = [1000, 4000, 16_000];
    variants.extend(growth("growth-mlp-samples", "samples", &sizes, |run, n| grown(run, n, 64, 64)));
    variants.extend(growth("growth-mlp-features", "features", &[16, 64, 256, 1024], |run, n| grown(run, 4000, n, 64)));
    variants.extend(growth("growth-mlp-units", "units", &[16, 64, 256, 1024], |run, n| grown(run, 4000, 64, n)));
    let sizes = [1000, 10_000, 100_000];
    variants.extend(growth("growth-perceptron-samples", "samples", &sizes, |run, n| grown_perceptron(run, n, 100)));
    let sizes = [10, 100, 1000];
    variants
        .extend(growth("growth-perceptron-features", "features", &sizes, |run, n| grown_perceptron(run, 10_000, n)));
    nn_bench::main(env!("CARGO_PKG_VERSION"), &variants)
}

type Measure = fn(&Run, Net) -> Result<Measured>;

/// How fast each case is to be in single precision.
fn with_goals(variant: Variant, case: &str) -> Variant {
    match case {
        "mlp-big-train" => variant.goal(1, 2.5, Over::Best).goal(2, 3.0, Over::Best),
        "mlp-small-train" => variant.goal(1, 8.0, Over::Best).goal(2, 8.0, Over::Best),
        "mlp-small-predict-one" => variant.goal(1, 20.0, Over::Peer("torch")),
        // At most 0.6 times as long as burn.
        "mlp-big-predict-one" => variant.goal(1, 1.0 / 0.6, Over::Peer("burn")),
        _ => variant,
    }
}

impl Net {
    fn params(&self) -> MlpParams {
        MlpParams::default()
            .hidden_layers(self.hidden())
            .activation(Activation::Relu)
            .init(Init::Glorot)
            .scaling(Scaling::None)
            .optimizer(Rule::Sgd)
            .momentum(MOMENTUM)
            .learning_rate(self.learning_rate)
            .batch_size(BATCH)
            .epochs(self.epochs)
    }

    fn hidden(&self) -> Vec<usize> {
        self.layers[1..self.layers.len() - 1].to_vec()
    }

    /// Inputs times outputs of each layer.
    fn weights(&self) -> impl Iterator<Item = usize> {
        self.layers.windows(2).map(|pair| pair[0] * pair[1])
    }

    /// Forward, the weights' gradient, and, but for the first layer, the inputs' gradient: a multiply-add each a weight.
    fn training_operations(&self) -> f64 {
        let products = |(layer, weights)| if layer == 0 { 2 * weights } else { 3 * weights };
        2.0 * self.weights().enumerate().map(products).sum::<usize>() as f64
    }

    fn settings<F>(&self, epochs: usize, batch: usize, learning_rate: f64) -> Value {
        json!({
            "data": self.data,
            "layers": self.layers,
            "learning_rate": learning_rate,
            "epochs": epochs,
            "batch": batch,
            "momentum": MOMENTUM,
            "nesterov": false,
            "weight_decay": 0.0,
            "activation": "relu",
            "loss": "softmax cross-entropy",
            "init": "glorot uniform, biases 0",
            "shuffle": true,
            "dtype": dtype::<F>(),
        })
    }
}

/// Mini-batches; the clock holds making the network and all epochs.
fn train<F: Scalar>(run: &Run, net: Net) -> Result<Measured> {
    let data = run.load::<F>(net.data)?;
    net.params().epochs(1).fit(&data.first(WARM_ROWS))?;
    let (timing, mlp) = run.measure(|| Ok(net.params().fit(&data.train())?))?;
    let presentations = (data.train().samples() * net.epochs) as f64;
    let settings = net.settings::<F>(net.epochs, BATCH, net.learning_rate);
    let measured = Measured::new(timing, presentations).settings(settings);
    Ok(measured.work(Work::Operations(net.training_operations())).quality("test_accuracy", data.accuracy(&mlp)?))
}

/// Batches of one sample; the rate is divided by the usual batch, so that a sample counts as much as there.
fn train_one<F: Scalar>(run: &Run, net: Net) -> Result<Measured> {
    let data = run.load::<F>(net.data)?;
    let rows = data.first(ROWS_ONE);
    let learning_rate = net.learning_rate / BATCH as f64;
    let params = net.params().epochs(1).batch_size(1).learning_rate(learning_rate);
    params.fit(&data.first(ROWS_ONE / 10))?;
    let (timing, mlp) = run.measure(|| Ok(params.fit(&rows)?))?;
    let settings = net.settings::<F>(1, 1, learning_rate);
    let measured = Measured::new(timing, rows.samples() as f64).settings(settings);
    Ok(measured.work(Work::Operations(net.training_operations())).quality("test_accuracy", data.accuracy(&mlp)?))
}

/// One test row at a time.
fn predict_one<F: Scalar>(run: &Run, net: Net) -> Result<Measured> {
    let (data, mlp) = trained::<F>(run, net)?;
    let test = data.test();
    let timing = run.measure_in_turn(&mlp, &test, test.samples().min(ROWS_IN_TURN))?;
    // A sample alone reads every weight once: the weights of these networks lie in the second cache.
    let bytes = net.weights().sum::<usize>() * size_of::<F>();
    let measured = asked(timing, 1, net, &data, &mlp)?;
    Ok(measured.one_row().work(Work::CacheBytes(bytes as f64)))
}

/// The rule over samples some of which have the wrong class, so that all epochs are done; the clock holds the whole fit.
fn perceptron<F: Scalar>(run: &Run) -> Result<Measured> {
    let data = run.load::<F>("planted")?;
    let train = data.train();
    let epochs = 10;
    // The peer looks for no proof.
    let params = PerceptronParams::default().epochs(epochs).scaling(Scaling::None).explain(false);
    let (timing, unit) = run.measure(|| Ok(params.fit(&train)?))?;
    let settings = json!({
        "data": "planted", "epochs": epochs, "learning_rate": 1.0, "shuffle": false,
        "dtype": dtype::<F>(),
    });
    let measured = Measured::new(timing, (train.samples() * epochs) as f64).settings(settings);
    Ok(measured.work(Work::Operations(2.0 * train.features() as f64)).quality("test_accuracy", data.accuracy(&unit)?))
}

/// An epoch of a network with one layer of so many hidden units.
fn grown(run: &Run, samples: usize, features: usize, units: usize) -> Result<Measured> {
    let data = Data::<f32>::uniform(samples, features, 10)?;
    let params = SMALL.params().hidden_layers(vec![units]).epochs(1);
    let (timing, _) = run.measure(|| Ok(params.fit(&data.train())?))?;
    let settings = json!({ "samples": 4000, "layers": [64, 64, 10], "batch": BATCH, "dtype": dtype::<f32>() });
    Ok(Measured::new(timing, samples as f64).settings(settings))
}

/// Ten epochs of the rule over classes that no plane parts.
fn grown_perceptron(run: &Run, samples: usize, features: usize) -> Result<Measured> {
    let data = Data::<f64>::uniform(samples, features, 2)?;
    let params = PerceptronParams::default().epochs(10).scaling(Scaling::None).explain(false);
    let (timing, _) = run.measure(|| Ok(params.fit(&data.train())?))?;
    let settings = json!({ "samples": 10_000, "features": 100, "epochs": 10, "dtype": dtype::<f64>() });
    Ok(Measured::new(timing, samples as f64).settings(settings))
}

/// The whole test set in one call.
fn predict_all<F: Scalar>(run: &Run, net: Net) -> Result<Measured> {
    let (data, mlp) = trained::<F>(run, net)?;
    let (timing, _) = run.measure(|| Ok(mlp.predict(&data.test())?))?;
    let operations = 2.0 * net.weights().sum::<usize>() as f64;
    let measured = asked(timing, data.test().samples(), net, &data, &mlp)?;
    Ok(measured.work(Work::Operations(operations)))
}

/// For inference: trained for one epoch, so that its numbers are usual ones.
fn trained<F: Scalar>(run: &Run, net: Net) -> Result<(Data<F>, Mlp<F>)> {
    run.trained(net.data, &net.params().epochs(1))
}

fn asked<F: Scalar>(timing: Timing, rows: usize, net: Net, data: &Data<F>, mlp: &Mlp<F>) -> Result<Measured> {
    let settings = net.settings::<F>(1, BATCH, net.learning_rate);
    Ok(Measured::new(timing, rows as f64).settings(settings).quality("test_accuracy", data.accuracy(mlp)?))
}
