//! The cases of `bench/peers/rbf.py` on our side: k-means, one width, ridge; training and answers.
//!
//! Same data, numbers of centres and passes, width and ridge; each side draws its own start. Our training tells more than the
//! peer's, the loss and the distance of the farthest sample, on the same clock.

use std::process::ExitCode;

use anyhow::Result;
use nn_bench::{Data, Measured, Over, Run, Variant, Work, dtype, growth};
use nn_core::Scalar;
use nn_rbf::{Fit, Model, RbfParams, Scaling};
use serde_json::{Value, json};

const PASSES: usize = 20;
const WIDTH_FACTOR: f64 = 2.0;
const RIDGE: f64 = 1e-3;
/// Rows of the training before the clock starts.
const WARM_ROWS: usize = 640;

/// A network and the data it learns from.
#[derive(Clone, Copy, Debug)]
struct Net {
    name: &'static str,
    data: &'static str,
    features: usize,
    centers: usize,
}

const BIG: Net = Net { name: "big", data: "mnist10k", features: 784, centers: 500 };
const SMALL: Net = Net { name: "small", data: "digits", features: 64, centers: 100 };

fn main() -> ExitCode {
    let mut variants = Vec::new();
    for net in [BIG, SMALL] {
        // Times as fast as scikit-learn: the training on one thread and on two, one sample, all at once.
        let [one, two, single, batch] = if net.name == "big" { [3.0, 4.0, 300.0, 5.0] } else { [4.0, 4.0, 300.0, 5.0] };
        let case = |what: &str| format!("rbf-{}-{what}", net.name);
        variants.push(
            Variant::new(case("train"), "nn-f64", move |run| train::<f64>(run, net)).goal(1, one, Over::Best).goal(
                2,
                two,
                Over::Best,
            ),
        );
        variants.push(Variant::new(case("train"), "nn-f32", move |run| train::<f32>(run, net)));
        let f64s = Variant::new(case("predict-one"), "nn-f64", move |run| predict_one::<f64>(run, net));
        // The goals for answers were set for the small one.
        variants.push(if net.name == "small" { f64s.goal(1, single, Over::Best) } else { f64s });
        variants.push(Variant::new(case("predict-one"), "nn-f32", move |run| predict_one::<f32>(run, net)));
        let f64s = Variant::new(case("predict-all"), "nn-f64", move |run| predict_all::<f64>(run, net));
        variants.push(if net.name == "small" {
            f64s.goal(1, batch, Over::Best).goal(2, batch, Over::Best)
        } else {
            f64s
        });
        variants.push(Variant::new(case("predict-all"), "nn-f32", move |run| predict_all::<f32>(run, net)));
    }
    let sizes = [1000, 4000, 16_000];
    variants.extend(growth("growth-rbf-samples", "samples", &sizes, |run, n| grown(run, n, 64, 100)));
    variants.extend(growth("growth-rbf-features", "features", &[16, 64, 256, 1024], |run, n| grown(run, 4000, n, 100)));
    variants.extend(growth("growth-rbf-units", "units", &[50, 200, 800], |run, n| grown(run, 4000, 64, n)));
    nn_bench::main(env!("CARGO_PKG_VERSION"), &variants)
}

fn params(net: Net) -> RbfParams {
    let params = RbfParams::default().centers(net.centers).kmeans_passes(PASSES).scaling(Scaling::None);
    params.width_factor(WIDTH_FACTOR).ridge(RIDGE).seed(0)
}

fn settings<F>(net: Net) -> Value {
    json!({
        "data": net.data,
        "centers": net.centers,
        "passes": PASSES,
        "width_factor": WIDTH_FACTOR,
        "ridge": RIDGE,
        "widths": "one",
        "dtype": dtype::<F>(),
    })
}

/// Operations of an answer: the products of distances and outputs.
fn operations(net: Net) -> f64 {
    2.0 * (net.centers * (net.features + 10)) as f64
}

fn train<F: Scalar>(run: &Run, net: Net) -> Result<Measured> {
    let data = run.load::<F>(net.data)?;
    params(net).fit(&data.first(WARM_ROWS))?;
    let (timing, model) = run.measure(|| Ok(params(net).fit(&data.train())?))?;
    let measured = Measured::new(timing, data.train().samples() as f64).settings(settings::<F>(net));
    Ok(measured.quality("test_accuracy", data.accuracy(&model)?))
}

/// All of the training: centres, widths, weights.
fn grown(run: &Run, samples: usize, features: usize, centers: usize) -> Result<Measured> {
    let data = Data::<f64>::uniform(samples, features, 10)?;
    let params = params(SMALL).centers(centers);
    let (timing, _) = run.measure(|| Ok(params.fit(&data.train())?))?;
    let settings = json!({ "samples": 4000, "features": 64, "units": 100, "passes": PASSES, "dtype": dtype::<f64>() });
    Ok(Measured::new(timing, samples as f64).settings(settings))
}

fn predict_one<F: Scalar>(run: &Run, net: Net) -> Result<Measured> {
    let (data, model) = run.trained::<F, _>(net.data, &params(net))?;
    let test = data.test();
    let timing = run.measure_in_turn(&model, &test, test.samples())?;
    let bytes = (net.centers * (net.features + 10) * size_of::<F>()) as f64;
    let measured = Measured::new(timing, 1.0).settings(settings::<F>(net)).one_row();
    Ok(measured.work(Work::CacheBytes(bytes)).quality("test_accuracy", data.accuracy(&model)?))
}

fn predict_all<F: Scalar>(run: &Run, net: Net) -> Result<Measured> {
    let (data, model) = run.trained::<F, _>(net.data, &params(net))?;
    let test = data.test();
    let (timing, _) = run.measure(|| Ok(model.predict(&test)?))?;
    let measured = Measured::new(timing, test.samples() as f64).settings(settings::<F>(net));
    Ok(measured.work(Work::Operations(operations(net))).quality("test_accuracy", data.accuracy(&model)?))
}
