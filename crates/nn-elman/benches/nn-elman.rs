//! The cases of `bench/peers/elman.py` on our side: strings of the embedded Reber grammar, back-propagation through the whole string.
//!
//! 1,000 strings, drawn anew by each side from the same grammar; the same rate, momentum and limit of the gradient. Presentations are
//! symbols. Each side draws its own start.

#[path = "../tests/grammar/mod.rs"]
mod grammar;

use anyhow::Result;
use grammar::{Kind, Strings};
use nn_bench::{Measured, Over, Run, Variant, growth};
use nn_elman::{Elman, ElmanParams, Fit, Init, Model, Rule};
use serde_json::{Value, json};
use std::process::ExitCode;

const STRINGS: usize = 1000;

/// Hidden units, strings to a step, passes.
#[derive(Clone, Copy, Debug)]
struct Net {
    units: usize,
    batch: usize,
    epochs: usize,
}

fn main() -> ExitCode {
    let nets = [
        ("elman-15-online", Net { units: 15, batch: 1, epochs: 3 }, 60.0),
        ("elman-15-batch32", Net { units: 15, batch: 32, epochs: 10 }, 10.0),
        ("elman-128-online", Net { units: 128, batch: 1, epochs: 3 }, f64::NAN),
        ("elman-128-batch32", Net { units: 128, batch: 32, epochs: 10 }, 5.0),
    ];
    let mut variants: Vec<Variant> = nets
        .into_iter()
        .map(|(case, net, times)| {
            let variant = Variant::new(case, "nn-f32", move |run| train(run, net));
            if times.is_nan() { variant } else { variant.goal(1, times, Over::Best) }
        })
        .collect();
    // Half a microsecond beside the 60 that the peer takes.
    variants.push(Variant::new("elman-15-step", "nn-f32", step).goal(1, 120.0, Over::Best));
    variants.extend(growth("growth-elman-samples", "strings", &[250, 1000, 4000], |run, n| grown(run, n, 64)));
    variants.extend(growth("growth-elman-units", "units", &[16, 64, 256], |run, n| grown(run, 1000, n)));
    nn_bench::main(env!("CARGO_PKG_VERSION"), &variants)
}

fn params(net: Net) -> ElmanParams {
    let params = ElmanParams::default().hidden_units(net.units).epochs(net.epochs).batch_size(net.batch);
    params.optimizer(Rule::Sgd).learning_rate(0.05).momentum(0.9).clip_norm(1.0).init(Init::LeCun).seed(0)
}

fn settings(net: Net) -> Value {
    json!({
        "hidden": net.units,
        "batch": net.batch,
        "epochs": net.epochs,
        "strings": STRINGS,
        "gradient": "full",
        "dtype": "float32",
    })
}

/// The share of steps whose legal successors are all more probable than all others.
fn step_accuracy(model: &Elman<f32>) -> Result<f64> {
    let strings = Strings::new(Kind::Embedded, 500, 5);
    let answers = model.predict(&strings.data())?;
    let right = |step: &usize| {
        let (mut least, mut most) = (f32::MAX, f32::MIN);
        for (&legal, &p) in strings.legal[7 * step..].iter().zip(answers.column(*step).as_slice()) {
            if legal { least = least.min(p) } else { most = most.max(p) }
        }
        most < least
    };
    Ok((0..answers.ncols()).filter(right).count() as f64 / answers.ncols() as f64)
}

fn train(run: &Run, net: Net) -> Result<Measured> {
    let strings = Strings::new(Kind::Embedded, STRINGS, 4);
    params(net).epochs(1).fit(&strings.data().part(0..strings.starts[64]).sequences(&strings.starts[..64]))?;
    let (timing, model) = run.measure(|| Ok(params(net).fit(&strings.data())?))?;
    let measured = Measured::new(timing, (strings.labels.len() * net.epochs) as f64).settings(settings(net));
    Ok(measured.quality("step_accuracy", step_accuracy(&model)?))
}

/// An epoch over so many strings with so many hidden units.
fn grown(run: &Run, strings: usize, units: usize) -> Result<Measured> {
    let net = Net { units, batch: 32, epochs: 1 };
    let strings = Strings::new(Kind::Embedded, strings, 4);
    let (timing, _) = run.measure(|| Ok(params(net).fit(&strings.data())?))?;
    Ok(Measured::new(timing, strings.labels.len() as f64).settings(settings(Net { units: 64, ..net })))
}

fn step(run: &Run) -> Result<Measured> {
    let net = Net { units: 15, batch: 32, epochs: 3 };
    let strings = Strings::new(Kind::Embedded, STRINGS, 4);
    let model: Elman<f32> = params(net).fit(&strings.data())?;
    let (mut state, mut answer) = (model.start(), [0.0; 7]);
    let (data, mut turn) = (strings.data(), 0);
    let (timing, _) = run.measure(|| {
        turn = (turn + 1) % data.samples();
        Ok(model.step(&mut state, data.sample(turn), &mut answer)?)
    })?;
    Ok(Measured::new(timing, 1.0).settings(settings(net)).one_row().quality("step_accuracy", step_accuracy(&model)?))
}
