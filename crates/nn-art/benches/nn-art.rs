//! The cases of `bench/peers/art.py` on our side: one pass of fast learning over the digits, in their order.

use std::process::ExitCode;

use anyhow::Result;
use nn_art::{Art1, Art1Params, ArtMap, ArtMapParams, FuzzyArt, FuzzyArtParams, Model, Online};
use nn_bench::{Measured, Over, Run, Variant, dtype};
use nn_core::Scalar;
use serde_json::json;

fn main() -> ExitCode {
    let fuzzy = "art-digits-fuzzy";
    let artmap = "art-digits-artmap";
    let art1 = "art-digits-art1";
    let over = Over::Peer("artlib");
    nn_bench::main(
        env!("CARGO_PKG_VERSION"),
        &[
            Variant::new(fuzzy, "nn-f32", fuzzy_art::<f32>).goal(1, 10.0, over),
            Variant::new(fuzzy, "nn-f64", fuzzy_art::<f64>),
            Variant::new(artmap, "nn-f32", taught::<f32>).goal(1, 10.0, over),
            Variant::new(artmap, "nn-f64", taught::<f64>),
            Variant::new(art1, "nn-f32", binary::<f32>).goal(1, 20.0, over),
            Variant::new(art1, "nn-f64", binary::<f64>),
        ],
    )
}

fn fuzzy_art<F: Scalar>(run: &Run) -> Result<Measured> {
    let data = run.load::<F>("digits")?;
    let train = data.train();
    let params = FuzzyArtParams::default().range([0.0, 1.0]).vigilance(0.7);
    let (timing, art) = run.measure(|| {
        let mut art = FuzzyArt::<F>::start(params.clone(), train.features())?;
        art.partial_fit(&train)?;
        Ok(art)
    })?;
    let settings = json!({ "vigilance": 0.7, "choice": 0.001, "dtype": dtype::<F>() });
    Ok(Measured::new(timing, train.samples() as f64).quality("categories", art.categories() as f64).settings(settings))
}

fn taught<F: Scalar>(run: &Run) -> Result<Measured> {
    let data = run.load::<F>("digits")?;
    let train = data.train();
    let params = ArtMapParams::default().range([0.0, 1.0]).tracking(1e-10);
    let (timing, art) = run.measure(|| {
        let mut art = ArtMap::<F>::start(params.clone(), train.features(), 10)?;
        art.partial_fit(&train)?;
        Ok(art)
    })?;
    let right = art.evaluate(&data.test())?.get("accuracy").unwrap_or(0.0);
    let settings = json!({ "vigilance": 0, "categories": art.categories()[0], "dtype": dtype::<F>() });
    Ok(Measured::new(timing, train.samples() as f64).quality("accuracy", right).settings(settings))
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
