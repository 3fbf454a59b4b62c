//! The cases of `bench/peers/rbm.py` on our side: a machine of 784 and 500 units, trained for an epoch, and its features.
//!
//! Same images, batch, rate and number of updates; each side draws its own start and random numbers. As there, the gradient is the
//! plain one, hidden units are sampled and visible ones are probabilities, and nothing has momentum or decays.

use std::process::ExitCode;

use anyhow::Result;
use nn_bench::{Data, Measured, Over, Run, Variant, Work, dtype, growth};
use nn_core::{Rule, Scalar};
use nn_rbm::{Algorithm, Dataset, Fit, Model, Rbm, RbmParams, VisibleBias};
use serde_json::json;

const DATA: &str = "mnist10k";
const VISIBLE: usize = 784;
const HIDDEN: usize = 500;
const BATCH: usize = 100;
const LEARNING_RATE: f64 = 0.05;
/// Images of the training before the clock starts.
const WARM_ROWS: usize = 1000;
/// Images of the test that the result is judged by.
const JUDGED: usize = 2000;

fn main() -> ExitCode {
    let torch = Over::Peer("torch");
    let cases = [
        Variant::new("rbm-cd1", "nn-f32", |run| train::<f32>(run, Algorithm::Contrastive, 1))
            .goal(1, 1.4, torch)
            .goal(2, 1.6, torch),
        Variant::new("rbm-cd1", "nn-f64", |run| train::<f64>(run, Algorithm::Contrastive, 1)),
        Variant::new("rbm-cd10", "nn-f32", |run| train::<f32>(run, Algorithm::Contrastive, 10))
            .goal(1, 1.4, torch)
            .goal(2, 1.7, torch),
        Variant::new("rbm-pcd1", "nn-f32", |run| train::<f32>(run, Algorithm::Persistent, 1)),
        Variant::new("rbm-transform", "nn-f32", transform),
    ];
    let mut variants = Vec::from(cases);
    let sizes = [1000, 4000, 16_000];
    variants.extend(growth("growth-rbm-samples", "samples", &sizes, |run, n| grown(run, n, 256, 256)));
    variants.extend(growth("growth-rbm-features", "features", &[64, 256, 1024], |run, n| grown(run, 4000, n, 256)));
    variants.extend(growth("growth-rbm-units", "units", &[64, 256, 1024], |run, n| grown(run, 4000, 256, n)));
    nn_bench::main(env!("CARGO_PKG_VERSION"), &variants)
}

fn params(algorithm: Algorithm, steps: usize) -> RbmParams {
    RbmParams::default()
        .hidden_units(HIDDEN)
        .algorithm(algorithm)
        .cd_steps(steps)
        .centering(false)
        .visible_bias(VisibleBias::Zero)
        .optimizer(Rule::Sgd)
        .momentum(0.0)
        .learning_rate(LEARNING_RATE)
        .batch_size(BATCH)
        .epochs(1)
}

/// The clock holds making the machine and an epoch.
fn train<F: Scalar>(run: &Run, algorithm: Algorithm, steps: usize) -> Result<Measured> {
    let data = run.load::<F>(DATA)?;
    let params = params(algorithm, steps);
    params.fit(&data.first(WARM_ROWS))?;
    let (timing, rbm): (_, Rbm<F>) = run.measure(|| Ok(params.fit(&data.train().inputs_only())?))?;
    let test = data.test().part(0..JUDGED).inputs_only();
    let pixels: Vec<F> = test.x().iter().map(|&x| if 0.5 < x.to_f64() { F::ONE } else { F::ZERO }).collect();
    let pseudo = rbm.evaluate(&Dataset::from_slice(VISIBLE, &pixels))?.get("pseudo_log_likelihood").unwrap_or(f64::NAN);
    let reconstruction = rbm.evaluate(&test)?.get("reconstruction_error").unwrap_or(f64::NAN);
    // A product each for the data's hidden units and for the two statistics, and two a step.
    let operations = 2.0 * (VISIBLE * HIDDEN * (3 + 2 * steps)) as f64;
    let settings = json!({
        "visible": VISIBLE,
        "hidden": HIDDEN,
        "batch": BATCH,
        "epochs": 1,
        "learning_rate": LEARNING_RATE,
        "algorithm": format!("{algorithm}-{steps}"),
        "reconstruction_error": (reconstruction * 1e6).round() / 1e6,
        "dtype": dtype::<F>(),
    });
    let measured = Measured::new(timing, data.train().samples() as f64).settings(settings);
    Ok(measured.work(Work::Operations(operations)).quality("pseudo_log_likelihood", pseudo))
}

/// An epoch of CD-1 with so many hidden units.
fn grown(run: &Run, samples: usize, features: usize, units: usize) -> Result<Measured> {
    let data = Data::<f32>::uniform(samples, features, 1)?;
    let data = data.train().inputs_only();
    let params = params(Algorithm::Contrastive, 1).hidden_units(units);
    let (timing, _) = run.measure(|| Ok(params.fit(&data)?))?;
    let settings = json!({ "samples": 4000, "features": 256, "units": 256, "batch": BATCH, "dtype": dtype::<f32>() });
    Ok(Measured::new(timing, samples as f64).settings(settings))
}

/// The hidden probabilities of all images.
fn transform(run: &Run) -> Result<Measured> {
    let data = run.load::<f32>(DATA)?;
    let rbm = params(Algorithm::Contrastive, 1).fit(&data.first(WARM_ROWS).inputs_only())?;
    let train = data.train();
    let (timing, hidden) = run.measure(|| Ok(rbm.transform(&train)?))?;
    let settings = json!({ "visible": VISIBLE, "hidden": HIDDEN, "dtype": dtype::<f32>() });
    let measured = Measured::new(timing, train.samples() as f64).settings(settings);
    let mean = hidden.iter().map(|&p| f64::from(p)).sum::<f64>() / hidden.len() as f64;
    Ok(measured.work(Work::Operations(2.0 * (VISIBLE * HIDDEN) as f64)).quality("mean_probability", mean))
}
