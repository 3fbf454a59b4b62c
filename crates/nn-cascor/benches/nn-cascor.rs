//! The case of `bench/peers/cascor.py` on our side: ten networks grown on the two spirals, seed after seed.

use std::process::ExitCode;

use anyhow::Result;
use nn_bench::{Data, Measured, Over, Run, Variant, dtype, growth};
use nn_cascor::{CascorParams, Dataset, Ended, Fit, HiddenUnit, Scaling};
use nn_core::Scalar;
use serde_json::json;

/// Seeds of a call.
const SEEDS: u64 = 10;

fn main() -> ExitCode {
    let case = "cascor-two-spirals";
    let cases = [
        Variant::new(case, "nn-f32", |run: &Run| spirals::<f32>(run, HiddenUnit::Sigmoid)).goal(
            1,
            20.0,
            Over::Peer("fann"),
        ),
        Variant::new(case, "nn-f64", |run: &Run| spirals::<f64>(run, HiddenUnit::Sigmoid)),
        Variant::new(case, "nn-f64-gaussian", |run: &Run| spirals::<f64>(run, HiddenUnit::Gaussian)),
    ];
    let mut variants = Vec::from(cases);
    variants.extend(growth("growth-cascor-samples", "samples", &[200, 800, 3200], |run, n| grown(run, n, 8)));
    variants.extend(growth("growth-cascor-units", "units", &[2, 4, 8, 16], |run, n| grown(run, 800, n)));
    nn_bench::main(env!("CARGO_PKG_VERSION"), &variants)
}

/// So many hidden units, one after another, for classes that have nothing to do with the samples.
fn grown(run: &Run, samples: usize, units: usize) -> Result<Measured> {
    let data = Data::<f64>::uniform(samples, 8, 2)?;
    let params = CascorParams::default().hidden_units(units).scaling(Scaling::None);
    let (timing, model) = run.measure(|| Ok(params.fit(&data.train())?))?;
    let settings = json!({ "samples": 800, "features": 8, "units": 8, "candidates": 8, "dtype": dtype::<f64>() });
    Ok(Measured::new(timing, samples as f64).quality("units", model.units().len() as f64).settings(settings))
}

/// Fahlman's points, as `bench/peers/cascor.py` has them.
fn points<F: Scalar>() -> (Vec<F>, Vec<u32>) {
    let (mut x, mut labels) = (Vec::new(), Vec::new());
    for i in 0..97 {
        let (angle, radius) = (f64::from(i) * std::f64::consts::PI / 16.0, 6.5 * f64::from(104 - i) / 104.0);
        for (label, side) in [(1, radius), (0, -radius)] {
            x.extend([side * angle.sin(), side * angle.cos()].map(F::from_f64));
            labels.push(label);
        }
    }
    (x, labels)
}

fn spirals<F: Scalar>(run: &Run, kind: HiddenUnit) -> Result<Measured>
where
    CascorParams: Fit<F, Model = nn_cascor::Cascor<F>>,
{
    let (x, labels) = points::<F>();
    let data = Dataset::from_slice(2, &x).labels(&labels);
    let params = CascorParams::default().activation(kind).hidden_units(60).scaling(Scaling::None);
    let (timing, models) = run.measure(|| {
        let all = (1..=SEEDS).map(|seed| params.clone().seed(seed).fit(&data));
        Ok(all.collect::<nn_core::Result<Vec<_>>>()?)
    })?;
    let solved = models.iter().filter(|model| model.ended() == Some(Ended::Solved)).count() as f64 / SEEDS as f64;
    let mut units: Vec<usize> = models.iter().map(|model| model.units().len()).collect();
    units.sort_unstable();
    let settings = json!({ "seeds": SEEDS, "units": units, "candidates": 8, "dtype": dtype::<F>() });
    // A presentation is a whole network.
    Ok(Measured::new(timing, SEEDS as f64).quality("solved", solved).settings(settings))
}
