//! The cases of `bench/peers/art.py` on our side: one pass of fast learning over samples in their order; and a million of them
//! in a stream.

use std::process::ExitCode;

use anyhow::Result;
use nn_art::{Art1, Art1Params, ArtMap, ArtMapParams, Dataset, FuzzyArt, FuzzyArtParams, Model, Online, Task};
use nn_bench::{Data, Measured, Over, Run, Variant, dtype, growth};
use nn_core::Scalar;
use serde_json::json;

fn main() -> ExitCode {
    let over = Over::Peer("artlib");
    let cases = [
        Variant::new("art-digits-fuzzy", "nn-f32", |run| fuzzy_art::<f32>(run, "digits", 0.7)).goal(1, 10.0, over),
        Variant::new("art-digits-fuzzy", "nn-f64", |run| fuzzy_art::<f64>(run, "digits", 0.7)),
        Variant::new("art-letters-fuzzy", "nn-f32", |run| fuzzy_art::<f32>(run, "letters", 0.8)).goal(1, 10.0, over),
        Variant::new("art-letters-fuzzy", "nn-f64", |run| fuzzy_art::<f64>(run, "letters", 0.8)),
        Variant::new("art-digits-artmap", "nn-f32", |run| taught::<f32>(run, "digits", 10)).goal(1, 10.0, over),
        Variant::new("art-digits-artmap", "nn-f64", |run| taught::<f64>(run, "digits", 10)),
        Variant::new("art-letters-artmap", "nn-f32", |run| taught::<f32>(run, "letters", 26)).goal(1, 10.0, over),
        Variant::new("art-letters-artmap", "nn-f64", |run| taught::<f64>(run, "letters", 26)),
        Variant::new("art-circle-artmap", "nn-f32", |run| taught::<f32>(run, "circle", 2)).goal(1, 5.0, over),
        Variant::new("art-circle-artmap", "nn-f64", |run| taught::<f64>(run, "circle", 2)),
        Variant::new("art-digits-art1", "nn-f32", binary::<f32>).goal(1, 20.0, over),
        Variant::new("art-digits-art1", "nn-f64", binary::<f64>),
        Variant::new("art-stream-100", "nn-f32", |run| stream(run, 100)),
        Variant::new("art-stream-1000", "nn-f32", |run| stream(run, 1000)),
    ];
    let mut variants = Vec::from(cases);
    let sizes = [2000, 8000, 32_000];
    variants.extend(growth("growth-art-samples", "samples", &sizes, |run, n| grown(run, n, 64, 400)));
    variants.extend(growth("growth-art-features", "features", &[16, 64, 256, 1024], |run, n| grown(run, 4000, n, 400)));
    variants.extend(growth("growth-art-units", "units", &[100, 400, 1600], |run, n| grown(run, 4000, 64, n)));
    nn_bench::main(env!("CARGO_PKG_VERSION"), &variants)
}

/// A pass of Fuzzy ART with so many categories, which the first samples take: nothing is like another at this vigilance.
fn grown(run: &Run, samples: usize, features: usize, categories: usize) -> Result<Measured> {
    let data = Data::<f32>::uniform(samples, features, 1)?;
    let data = data.train().inputs_only();
    let params = FuzzyArtParams::default().range([0.0, 1.0]).vigilance(0.99).categories(categories);
    let (timing, _) = run.measure(|| {
        let mut art = FuzzyArt::<f32>::start(params.clone(), features)?;
        art.partial_fit(&data)?;
        Ok(art)
    })?;
    let settings = json!({ "samples": 4000, "features": 64, "units": 400, "vigilance": 0.99, "dtype": dtype::<f32>() });
    Ok(Measured::new(timing, samples as f64).settings(settings))
}

fn fuzzy_art<F: Scalar>(run: &Run, name: &str, vigilance: f64) -> Result<Measured> {
    let data = run.load::<F>(name)?;
    let train = data.train();
    let params = FuzzyArtParams::default().range([0.0, 1.0]).vigilance(vigilance);
    let (timing, art) = run.measure(|| {
        let mut art = FuzzyArt::<F>::start(params.clone(), train.features())?;
        art.partial_fit(&train)?;
        Ok(art)
    })?;
    let settings = json!({ "vigilance": vigilance, "choice": 0.001, "dtype": dtype::<F>() });
    Ok(Measured::new(timing, train.samples() as f64).quality("categories", art.categories() as f64).settings(settings))
}

fn taught<F: Scalar>(run: &Run, name: &str, classes: usize) -> Result<Measured> {
    let data = run.load::<F>(name)?;
    let train = data.train();
    let params = ArtMapParams::default().range([0.0, 1.0]).tracking(1e-10);
    let (timing, art) = run.measure(|| {
        let mut art = ArtMap::<F>::start(params.clone(), train.features(), Task::Classes(classes))?;
        art.partial_fit(&train)?;
        Ok(art)
    })?;
    let right = art.evaluate(&data.test())?.get("accuracy").unwrap_or(0.0);
    let settings = json!({ "vigilance": 0, "categories": art.categories()[0], "dtype": dtype::<F>() });
    Ok(Measured::new(timing, train.samples() as f64).quality("accuracy", right).settings(settings))
}

/// A million samples of 16 numbers, made a thousand at a time, into so many categories at most. The peak of the memory is in
/// the line.
fn stream(run: &Run, categories: usize) -> Result<Measured> {
    const SAMPLES: usize = 1_000_000;
    const PART: usize = 1000;
    const FEATURES: usize = 16;
    let make = |part: usize| -> Vec<f32> {
        let at = |i: usize| ((i % FEATURES + 1) as f32 * (part * PART + i / FEATURES) as f32 * 0.01).sin();
        (0..PART * FEATURES).map(at).collect()
    };
    let params = FuzzyArtParams::default().range([-1.0, 1.0]).vigilance(0.9).categories(categories);
    let (timing, art) = run.measure(|| {
        let mut art = FuzzyArt::<f32>::start(params.clone(), FEATURES)?;
        for part in 0..SAMPLES / PART {
            art.partial_fit(&Dataset::from_slice(FEATURES, &make(part)))?;
        }
        Ok(art)
    })?;
    let settings = json!({ "samples": SAMPLES, "features": FEATURES, "part": PART, "vigilance": 0.9 });
    Ok(Measured::new(timing, SAMPLES as f64).quality("categories", art.categories() as f64).settings(settings))
}

/// With its complement every pattern has 64 ones, so that artlib's match over 128 features is half of the paper's.
fn binary<F: Scalar>(run: &Run) -> Result<Measured> {
    let data = run.load::<F>("digits")?;
    let train = data.train().inputs_only();
    let params = Art1Params::default().threshold(0.5).complement(true).vigilance(0.7);
    let (timing, art) = run.measure(|| {
        let mut art = Art1::<F>::start(params.clone(), train.features())?;
        art.partial_fit(&train)?;
        Ok(art)
    })?;
    let settings = json!({ "vigilance": 0.7, "choice": 2, "dtype": dtype::<F>() });
    Ok(Measured::new(timing, train.samples() as f64).quality("categories", art.categories() as f64).settings(settings))
}
