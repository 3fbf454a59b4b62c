//! The cases of `bench/peers/som.py` on our side: maps of 20 x 20 and 50 x 50 units, by batch and online.
//!
//! Same samples, start at samples, radius, number of passes; each side draws its own start. The peers of the batch rule take
//! half of what they call the radius for the width of their Gaussian, so side/2 to 1 is side/4 to 1/2 here.

use std::process::ExitCode;

use anyhow::Result;
use nn_bench::{Data, Measured, Over, Run, Variant, Work, dtype, growth};
use nn_core::Scalar;
use nn_som::{Adjacency, Algorithm, Dataset, Decay, Fit, Lattice, Online, Scaling, Som, SomParams, Start};
use serde_json::json;

/// Passes over the samples of batch training.
const PASSES: usize = 10;

fn main() -> ExitCode {
    let mut variants = Vec::new();
    for data in ["digits", "som10k"] {
        for side in [20, 50] {
            let case = format!("som-{data}-{side}-batch");
            let f32s = Variant::new(&case, "nn-f32", move |run| batch::<f32>(run, data, side));
            variants.push(f32s.goal(1, 4.0, Over::Peer("xpysom")).goal(2, 6.0, Over::Peer("xpysom")));
            variants.push(Variant::new(&case, "nn-f64", move |run| batch::<f64>(run, data, side)));
        }
        let case = format!("som-{data}-20-online");
        let f32s = Variant::new(&case, "nn-f32", move |run| online::<f32>(run, data));
        variants.push(f32s.goal(1, 20.0, Over::Peer("minisom")).goal(2, 20.0, Over::Peer("minisom")));
        variants.push(Variant::new(&case, "nn-f64", move |run| online::<f64>(run, data)));
    }
    variants.push(Variant::new("som-stream-50", "nn-f32", stream));
    let sizes = [1000, 4000, 16_000];
    variants.extend(growth("growth-som-samples", "samples", &sizes, |run, n| grown(run, n, 64, 20)));
    variants.extend(growth("growth-som-features", "features", &[4, 16, 64, 256], |run, n| grown(run, 4000, n, 20)));
    variants
        .extend(growth("growth-som-units", "units", &[100, 400, 1600, 6400], |run, n| grown(run, 4000, 64, n.isqrt())));
    nn_bench::main(env!("CARGO_PKG_VERSION"), &variants)
}

fn params(side: usize) -> SomParams {
    SomParams::default()
        .width(side)
        .height(side)
        .grid(Lattice::Rectangular)
        .start(Start::Samples)
        .scaling(Scaling::None)
        .radius(side as f64 / 4.0)
        // XPySom's exponential way is at nine tenths of it in the tenth pass.
        .radius_end(side as f64 / 4.0 * (2.0 / side as f64).powf(0.9))
}

fn quality<F: Scalar>(
    som: &Som<F>,
    data: &Dataset<'_, F>,
    measured: Measured,
    name: serde_json::Value,
) -> Result<Measured> {
    let mut settings = name;
    settings["topographic_error"] = som.topographic_error(data, Adjacency::Eight)?.into();
    settings["dtype"] = dtype::<F>().into();
    Ok(measured.quality("quantization_error", som.quantization_error(data)?).settings(settings))
}

/// The clock holds the whole fit: the start, the passes, and the look at all samples in the end.
fn batch<F: Scalar>(run: &Run, name: &str, side: usize) -> Result<Measured> {
    let data = run.load::<F>(name)?;
    let train = data.train();
    let params = params(side).epochs(PASSES);
    params.clone().epochs(1).fit(&train)?;
    let (timing, som) = run.measure(|| Ok(params.fit(&train)?))?;
    let presentations = (train.samples() * PASSES) as f64;
    let settings = json!({ "data": name, "map": [side, side], "passes": PASSES, "radius": "side/4 on the way to 1/2" });
    // Each sample is multiplied with each unit.
    let operations = 2.0 * (side * side * train.features()) as f64;
    let measured = Measured::new(timing, presentations).work(Work::Operations(operations));
    quality(&som, &train, measured, settings)
}

/// Ten passes of the batch rule through a square map.
fn grown(run: &Run, samples: usize, features: usize, side: usize) -> Result<Measured> {
    let data = Data::<f32>::uniform(samples, features, 1)?;
    let params = params(side).epochs(PASSES);
    let (timing, _) = run.measure(|| Ok(params.fit(&data.train())?))?;
    let settings = json!({ "samples": 4000, "features": 64, "units": 400, "passes": PASSES, "dtype": dtype::<f32>() });
    Ok(Measured::new(timing, samples as f64).settings(settings))
}

/// One thread does it all: a step needs the one before it.
fn online<F: Scalar>(run: &Run, name: &str) -> Result<Measured> {
    let data = run.load::<F>(name)?;
    let train = data.train();
    // MiniSom's way: a third of the start in the end, as 1 / (1 + 2 t).
    let params = params(20).algorithm(Algorithm::Online).radius(5.0).radius_end(5.0 / 3.0).radius_decay(Decay::Inverse);
    let params =
        params.learning_rate(0.5).learning_rate_end(0.5 / 3.0).learning_rate_decay(Decay::Inverse).shuffle(false);
    let params = params.epochs(if name == "digits" { 10 } else { 2 });
    params.clone().epochs(1).fit(&train.part(0..100))?;
    let (timing, som) = run.measure(|| Ok(params.fit(&train)?))?;
    let presentations = (train.samples() * params.epochs) as f64;
    let settings = json!({ "data": name, "map": [20, 20], "passes": params.epochs, "decay": "asymptotic" });
    let operations = 6.0 * (400 * train.features()) as f64;
    let measured = Measured::new(timing, presentations).work(Work::Operations(operations));
    quality(&som, &train, measured, settings)
}

/// A million samples of 32 numbers, made a thousand at a time, one after another through a map of 50 x 50. The peak of the
/// memory is in the line.
fn stream(run: &Run) -> Result<Measured> {
    const SAMPLES: usize = 1_000_000;
    const PART: usize = 1000;
    let make = |part: usize| -> Vec<f32> {
        let at = |i: usize| ((i % 32 + 1) as f32 * (part * PART + i / 32) as f32 * 0.01).sin();
        (0..PART * 32).map(at).collect()
    };
    let params = params(50).algorithm(Algorithm::Online).steps(SAMPLES);
    let (timing, (som, last)) = run.measure(|| {
        let first = make(0);
        let mut som = params.start_on(&Dataset::from_slice(32, &first))?;
        for part in 0..SAMPLES / PART {
            som.partial_fit(&Dataset::from_slice(32, &make(part)))?;
        }
        Ok((som, make(SAMPLES / PART - 1)))
    })?;
    let settings = json!({ "map": [50, 50], "samples": SAMPLES, "features": 32, "part": PART });
    let measured = Measured::new(timing, SAMPLES as f64).work(Work::Operations(6.0 * 2500.0 * 32.0));
    quality(&som, &Dataset::from_slice(32, &last), measured, settings)
}
