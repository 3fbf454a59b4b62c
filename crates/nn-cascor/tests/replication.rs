//! The experiments of cascade-correlation that are repeated, a row each: `cargo xtask replicate cascor`.

use nn_cascor::{Cascor, CascorParams, Dataset, Ended, Fit, HiddenUnit, Model, Scaling};
use nn_replication::{Certainty, Effort, Outcome, Row, Run, deviation, mean, share};
use std::process::ExitCode;

const SECTION: &str = "Cascade-correlation";
const SPIRALS: &str = "194 points of Fahlman's file, quickprop with his settings for them, 8 candidates, until every output is \
                       within 0.4 of its target; 192 points half a step further on are asked";
const PARITY: &str = "all patterns of inputs of +-0.5, 8 candidates, patience 8, step sizes 1 and 100";

fn main() -> ExitCode {
    let row = Row {
        section: SECTION,
        experiment: "",
        setting: "",
        figure: "",
        source: "",
        certainty: Certainty::Measured,
        band: "",
        reason: "",
        run: Run::Alone(|effort| two_spirals(effort, HiddenUnit::Sigmoid)),
    };
    let parity = Row { setting: PARITY, source: "CMU-CS-90-100, and an independent program", ..row };
    nn_replication::main(&[
        Row {
            experiment: "two spirals, sigmoid candidates",
            setting: SPIRALS,
            figure: "all solved, 15.2 units (12 to 19), 1700 epochs; 14.4 and 14.9 units (11 to 20), 1613 and 1661 epochs, 89.5 to 90.0 % half a step on",
            source: "Fahlman, Lebiere 1990, CMU-CS-90-100; an independent program",
            band: "all solved; means of 13.8 to 16.0 units and 1500 to 1850 epochs, each of 10 to 22 units; 86 to 93 %",
            ..row
        },
        Row {
            experiment: "two spirals, Gaussian candidates",
            setting: SPIRALS,
            figure: "18.24 +- 1.05 units, 1515 epochs",
            source: "an independent program",
            band: "all solved; a mean of 16.5 to 20 units",
            run: Run::Alone(|effort| two_spirals(effort, HiddenUnit::Gaussian)),
            ..row
        },
        Row {
            experiment: "parity of 2 bits",
            figure: "1 unit, 24 epochs; 1.0 units, 38 epochs",
            band: "all solved; a mean of 0.5 to 1.5 units",
            run: Run::Alone(|effort| parities(effort, 2, 1.0, 0.5)),
            ..parity
        },
        Row {
            experiment: "parity of 3 bits",
            figure: "1 unit, 32 epochs; 1.0 units, 44 epochs",
            band: "all solved; a mean of 0.5 to 1.5 units",
            run: Run::Alone(|effort| parities(effort, 3, 1.0, 0.5)),
            ..parity
        },
        Row {
            experiment: "parity of 4 bits",
            figure: "2 units, 66 epochs; 2.1 units, 187 epochs",
            band: "all solved; a mean of 1.6 to 2.6 units",
            run: Run::Alone(|effort| parities(effort, 4, 2.1, 0.5)),
            ..parity
        },
        Row {
            experiment: "parity of 5 bits",
            figure: "2 to 3 units, 142 epochs; 2.05 units, 188 epochs",
            band: "all solved; a mean of 1.55 to 2.55 units",
            run: Run::Alone(|effort| parities(effort, 5, 2.05, 0.5)),
            ..parity
        },
        Row {
            experiment: "parity of 6 bits",
            figure: "3 units, 161 epochs; 4.0 units, 463 epochs",
            band: "all solved; a mean of 2.8 to 5.0 units",
            run: Run::Alone(|effort| parities(effort, 6, 4.0, 1.2)),
            ..parity
        },
        Row {
            experiment: "parity of 7 bits",
            figure: "4 to 5 units, 292 epochs; 3.8 units, 462 epochs",
            band: "all solved; a mean of 2.6 to 5.0 units",
            run: Run::Alone(|effort| parities(effort, 7, 3.8, 1.2)),
            ..parity
        },
        Row {
            experiment: "parity of 8 bits",
            figure: "4 to 5 units, 357 epochs; 5.5 units, 659 epochs",
            band: "all solved; a mean of 4.3 to 6.7 units",
            run: Run::Alone(|effort| parities(effort, 8, 5.5, 1.2)),
            ..parity
        },
    ])
}

/// Fahlman's points at angles `(i + shift) pi / 16`.
fn spirals(count: usize, shift: f64) -> (Vec<f64>, Vec<u32>) {
    let (mut x, mut labels) = (Vec::new(), Vec::new());
    for at in 0..count {
        let i = at as f64 + shift;
        let (angle, radius) = (i * std::f64::consts::PI / 16.0, 6.5 * (104.0 - i) / 104.0);
        for (class, side) in [(1, 1.0), (0, -1.0)] {
            x.extend([angle.sin(), angle.cos()].map(|part| side * radius * part));
            labels.push(class);
        }
    }
    (x, labels)
}

/// The numbers as they are.
fn unscaled() -> CascorParams {
    CascorParams::default().scaling(Scaling::None)
}

/// The epochs as Fahlman's program counts them: a pass that finds all outputs near enough takes no step and is none.
fn epochs(model: &Cascor) -> f64 {
    (model.history().losses.len() - usize::from(solved(model))) as f64
}

fn solved(model: &Cascor) -> bool {
    model.ended() == Some(Ended::Solved)
}

fn two_spirals(effort: Effort, kind: HiddenUnit) -> Outcome {
    let trials = effort.trials(20, 100);
    let (x, labels) = spirals(97, 0.0);
    let data = Dataset::from_slice(2, &x).labels(&labels);
    let (asked, truth) = spirals(96, 0.5);
    let asked = Dataset::from_slice(2, &asked).labels(&truth);
    let (mut units, mut passes, mut right) = (Vec::new(), Vec::new(), Vec::new());
    let mut all = 0;
    for seed in 1..=trials as u64 {
        let model = unscaled().activation(kind).seed(seed).fit(&data).unwrap();
        all += usize::from(solved(&model));
        units.push(model.units().len() as f64);
        passes.push(epochs(&model));
        right.push(100.0 * model.evaluate(&asked).unwrap().get("accuracy").unwrap());
    }
    let within = |value: f64, low: f64, high: f64| low <= value && value <= high;
    let (least, most) = units.iter().fold((f64::MAX, f64::MIN), |(low, high), &u| (low.min(u), high.max(u)));
    let ours = format!(
        "{} solved, {:.2} +- {:.2} units ({least} to {most}), {:.0} +- {:.0} epochs, {:.1} %",
        share(all, trials),
        mean(&units),
        deviation(&units),
        mean(&passes),
        deviation(&passes),
        mean(&right)
    );
    let inside = match kind {
        HiddenUnit::Gaussian => within(mean(&units), 16.5, 20.0),
        _ => {
            within(mean(&units), 13.8, 16.0)
                && within(mean(&passes), 1500.0, 1850.0)
                && 10.0 <= least
                && most <= 22.0
                && within(mean(&right), 86.0, 93.0)
        }
    };
    Outcome { ours, trials, inside: inside && all == trials }
}

fn parities(effort: Effort, bits: u32, expected: f64, margin: f64) -> Outcome {
    let trials = effort.trials(20, 40);
    let numbers = 0..1_u32 << bits;
    let x: Vec<f64> = numbers.clone().flat_map(|n| (0..bits).map(move |bit| f64::from(n >> bit & 1) - 0.5)).collect();
    let labels: Vec<u32> = numbers.map(|n| n.count_ones() % 2).collect();
    let data = Dataset::from_slice(bits as usize, &x).labels(&labels);
    let (mut units, mut passes) = (Vec::new(), Vec::new());
    let mut all = 0;
    for seed in 1..=trials as u64 {
        let model = unscaled().output_patience(8).seed(seed).fit(&data).unwrap();
        all += usize::from(solved(&model));
        units.push(model.units().len() as f64);
        passes.push(epochs(&model));
    }
    let ours = format!("{} solved, {:.2} units, {:.0} epochs", share(all, trials), mean(&units), mean(&passes));
    Outcome { ours, trials, inside: all == trials && (mean(&units) - expected).abs() <= margin }
}
