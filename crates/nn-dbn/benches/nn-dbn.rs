//! The case of `bench/peers/dbn.py` on our side: a net of 784-500-500-2000-10 units, each layer pre-trained for an epoch, all
//! fine-tuned for one.
//!
//! Same images, batches, rates and number of updates; each side draws its own start and random numbers. As there, machines have neither
//! momentum nor centring, and the layer above is fed probabilities.

use std::process::ExitCode;

use anyhow::Result;
use nn_bench::{Measured, Over, Run, Variant, Work};
use nn_core::{Rule, Scaling};
use nn_dbn::{Dbn, DbnParams, Fit, Model, RbmParams};
use serde_json::json;

const DATA: &str = "mnist10k";
const LAYERS: [usize; 3] = [500, 500, 2000];
const BATCH: usize = 100;
const PRETRAINING_RATE: f64 = 0.05;
const RATE: f64 = 0.1;
/// Images of the training before the clock starts.
const WARM_ROWS: usize = 500;

fn main() -> ExitCode {
    let torch = Over::Peer("torch");
    let train = Variant::new("dbn-784-500-500-2000", "nn-f32", train).goal(1, 1.5, torch).goal(2, 1.7, torch);
    nn_bench::main(env!("CARGO_PKG_VERSION"), &[train])
}

fn params() -> DbnParams {
    let rbm = RbmParams::default()
        .centering(Some(false))
        .visible_bias(nn_rbm::VisibleBias::Zero)
        .optimizer(Rule::Sgd)
        .momentum(0.0)
        .learning_rate(PRETRAINING_RATE)
        .batch_size(BATCH)
        .epochs(1);
    DbnParams::default()
        .hidden_layers(LAYERS)
        .rbm(rbm)
        .scaling(Scaling::None)
        .optimizer(Rule::Sgd)
        .learning_rate(RATE)
        .momentum(0.9)
        .batch_size(BATCH)
        .epochs(1)
}

/// The clock holds making the net, an epoch of each machine, and one of the net. A sample is an image in one of these four.
fn train(run: &Run) -> Result<Measured> {
    let data = run.load::<f32>(DATA)?;
    let params = params();
    params.fit(&data.first(WARM_ROWS))?;
    let (timing, net): (_, Dbn<f32>) = run.measure(|| Ok(params.fit(&data.train())?))?;
    let accuracy = net.evaluate(&data.test())?.get("accuracy").unwrap_or(f64::NAN);
    let [a, b, c] = LAYERS;
    let (first, others, output) = (784 * a, a * b + b * c, c * 10);
    // Five products a machine; what the next layer reads is one each; forwards, backwards, and weights, but for the first layer's inputs.
    let products = 5 * (first + others) + (first + a * b) + 2 * first + 3 * (others + output);
    let settings = json!({
        "layers": "784-500-500-2000-10",
        "batch": BATCH,
        "epochs": "1 a layer, 1 of fine-tuning",
        "learning_rate": PRETRAINING_RATE,
        "fine_tuning_rate": RATE,
        "dtype": "float32",
    });
    let samples = 4.0 * data.train().samples() as f64;
    let measured = Measured::new(timing, samples).settings(settings);
    Ok(measured.work(Work::Operations(2.0 * products as f64 / 4.0)).quality("accuracy", accuracy))
}
