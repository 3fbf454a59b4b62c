//! A neuron with exponentially many minima, and the ways out of them.
//!
//! A logistic unit without a bias, one pair of samples on each of d axes: `x = 1, t = 0` and `x = 0.1, t = 0.9`. Its error has
//! exactly `2^d` minima, since each axis has two: the lower one left of `w = 5.0142...`, the other right of it. (That a single
//! neuron may have exponentially many: Auer, Herbster, Warmuth 1996.)

use nn_core::minimise::{lbfgs, lbfgs_memory};
use nn_core::random::Key;
use nn_core::search::{Annealing, Budget, Genetic, anneal, genetic, multi_start, uniform_start};
use nn_core::{
    Activate, Activation, BatchSize, Chain, Dataset, Dense, Init, Layer, Loss, Objective, Pass, Point, Role, Rule,
    Samples, Span, State, Supervised, Training, train,
};
use nn_replication::{Certainty, Effort, Outcome, Row, Run, share, wilson};
use std::cell::Cell;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

fn main() -> ExitCode {
    nn_replication::main(ROWS)
}

const NEURON: Row = Row {
    section: "Ways out of local minima",
    experiment: "",
    setting: "",
    figure: "",
    source: "exact arithmetic",
    certainty: Certainty::Computed,
    band: "",
    reason: "",
    run: Run::Alone(places),
};

const ROWS: &[Row] = &[
    Row {
        experiment: "one neuron, 2^d minima: where they are",
        setting: "d = 1",
        figure: "w = -2.0689, 5.0142 (a maximum), 21.9722; E = 0.1082, 0.5318, 0.5000",
        band: "to 1e-9",
        run: Run::Alone(places),
        ..NEURON
    },
    Row {
        experiment: "one neuron: gradient descent finds the lowest",
        setting: "d = 1, starts in U(-10, 30)",
        figure: "0.3754",
        band: "0.375 +- 0.046",
        run: Run::Alone(|effort| descents(1, 0.3754, 0.046, effort)),
        ..NEURON
    },
    Row {
        experiment: "one neuron: gradient descent finds the lowest",
        setting: "d = 2, starts in U(-10, 30)^2",
        figure: "0.1409",
        band: "0.141 +- 0.033",
        run: Run::Alone(|effort| descents(2, 0.1409, 0.033, effort)),
        ..NEURON
    },
    Row {
        experiment: "one neuron: gradient descent finds the lowest",
        setting: "d = 5, starts in U(-10, 30)^5",
        figure: "0.0075",
        band: "0 to 0.017",
        run: Run::Alone(|effort| descents(5, 0.0085, 0.0085, effort)),
        ..NEURON
    },
    Row {
        experiment: "XOR 2-1-1 with shortcuts from the inputs to the output",
        setting: "+-0.5, eta 0.5, alpha 0.9, online, up to 100,000 epochs",
        figure: "200 of 200, median 152; no local minima but the lowest",
        source: "independent program in C; Sprinkhuizen-Kuyper, Boers 1996; 558 sweeps in PDP chapter 8",
        certainty: Certainty::Measured,
        band: "all; 110 to 200",
        run: Run::Alone(shortcuts),
        ..NEURON
    },
    Row {
        experiment: "one neuron, 32 minima: simulated annealing",
        setting: "d = 5, 100,000 evaluations",
        figure: "gradient descent: 0.0075",
        band: "95 of 100 or more",
        certainty: Certainty::Ours,
        run: Run::Alone(|effort| successes(annealed, effort)),
        ..NEURON
    },
    Row {
        experiment: "one neuron, 32 minima: genetic algorithm",
        setting: "d = 5, 100,000 evaluations",
        figure: "gradient descent: 0.0075",
        band: "95 of 100 or more",
        certainty: Certainty::Ours,
        run: Run::Alone(|effort| successes(bred, effort)),
        ..NEURON
    },
    Row {
        experiment: "one neuron, 32 minima: multi-start",
        setting: "d = 5, 100,000 evaluations: 900 descents by L-BFGS",
        figure: "gradient descent: 0.0075",
        band: "95 of 100 or more",
        certainty: Certainty::Ours,
        run: Run::Alone(|effort| successes(restarted, effort)),
        ..NEURON
    },
];

/// Between the two valleys of an axis.
const RIDGE: f64 = 5.014_217_304;
/// The error of an axis at the bottom of the lower valley.
const LOWEST: f64 = 0.108_233_185;
const RANGE: (f64, f64) = (-10.0, 30.0);

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn error(w: &[f64]) -> f64 {
    w.iter().map(|&w| 0.5 * (sigmoid(w).powi(2) + (sigmoid(0.1 * w) - 0.9).powi(2))).sum()
}

fn error_and_slope(w: &[f64], slope: &mut [f64]) -> f64 {
    for (slope, &w) in slope.iter_mut().zip(w) {
        let (first, second) = (sigmoid(w), sigmoid(0.1 * w));
        *slope = first * first * (1.0 - first) + 0.1 * (second - 0.9) * second * (1.0 - second);
    }
    error(w)
}

fn start(dimensions: usize, seed: u64) -> Vec<f64> {
    let mut w = vec![0.0; dimensions];
    uniform_start(&mut w, RANGE.0, RANGE.1, Key::once(seed));
    w
}

/// Gradient descent with a small step: it stays on its side of the ridge, on which side is soon seen.
fn descends_to_the_lowest(mut w: Vec<f64>) -> bool {
    let mut slope = vec![0.0; w.len()];
    for _ in 0..1000 {
        error_and_slope(&w, &mut slope);
        w.iter_mut().zip(&slope).for_each(|(w, slope)| *w -= 0.1 * slope);
    }
    w.iter().all(|&w| w < RIDGE)
}

fn places(_: Effort) -> Outcome {
    let known = [(-2.068_885_841, LOWEST), (RIDGE, 0.531_844_534), (21.972_242_233, 0.5)];
    let gap = known.map(|(w, value)| {
        let mut slope = [0.0];
        let found = error_and_slope(&[w], &mut slope);
        (found - value).abs().max(slope[0].abs())
    });
    let gap = gap.into_iter().fold(0.0, f64::max);
    Outcome { ours: format!("errors and slopes agree to {gap:.0e}"), trials: 1, inside: gap < 1e-9 }
}

fn descents(dimensions: usize, expected: f64, band: f64, effort: Effort) -> Outcome {
    let trials = effort.trials(1000, 1000);
    let found = (0..trials as u64).filter(|&seed| descends_to_the_lowest(start(dimensions, seed))).count();
    let (share, (low, high)) = (found as f64 / trials as f64, wilson(found, trials));
    let ours = format!("{share:.4} ({low:.4} to {high:.4})");
    Outcome { ours, trials, inside: (share - expected).abs() <= band }
}

/// How many runs end in the lowest of the 32 minima.
fn successes(run: fn(u64) -> f64, effort: Effort) -> Outcome {
    let trials = effort.trials(40, 100);
    let found = (0..trials as u64).filter(|&seed| run(seed) < 5.0 * LOWEST + 1e-3).count();
    Outcome { ours: share(found, trials), trials, inside: 95 * trials <= 100 * found }
}

fn annealed(seed: u64) -> f64 {
    let settings = Annealing { cold: 1e-4, step: 10.0, bounds: Some(RANGE), ..Annealing::default() };
    anneal(error, &start(5, seed), &settings, &Budget::new(100_000, seed)).unwrap().value
}

fn bred(seed: u64) -> f64 {
    let draw = |w: &mut [f64], key| uniform_start(w, RANGE.0, RANGE.1, key);
    let settings = Genetic { step: 10.0, bounds: Some(RANGE), ..Genetic::default() };
    genetic(error, 5, draw, &settings, &Budget::new(100_000, seed)).unwrap().value
}

/// Nine hundred starts of some hundred evaluations each; the last step of a descent may take a few more. A run that takes more
/// than 100,000 together has found nothing.
fn restarted(seed: u64) -> f64 {
    let evaluations = AtomicUsize::new(0);
    let descend = |start_of: u64| {
        let mut w = start(5, start_of);
        let (mut memory, mut left, mut value) = (vec![0.0; lbfgs_memory(5)], 100, f64::INFINITY);
        while 0 < left {
            let count = Cell::new(0);
            let mut function = |w: &[f64], slope: &mut [f64]| {
                count.set(count.get() + 1);
                error_and_slope(w, slope)
            };
            let step = lbfgs(&mut function, &mut w, &mut memory);
            value = step.new_value;
            evaluations.fetch_add(count.get(), Ordering::Relaxed);
            left -= count.get().min(left).max(1);
            if step.converged {
                break;
            }
        }
        Ok(Some(value))
    };
    let found = multi_start(900, |index| descend(1_000 * seed + index as u64), |value| *value).unwrap().1;
    if evaluations.into_inner() <= 100_000 { found } else { f64::INFINITY }
}

/// A logistic unit on two inputs, and the inputs themselves beside it.
///
/// theta: its two weights and its bias; y: the two inputs, then the unit.
#[derive(Debug)]
struct UnitBesideInputs;

impl Layer<f64> for UnitBesideInputs {
    fn inputs(&self) -> usize {
        2
    }

    fn outputs(&self) -> usize {
        3
    }

    fn spans(&self) -> Vec<Span> {
        vec![Span::new("weight", 0, &[1, 2], Role::Weight), Span::new("bias", 2, &[1], Role::Bias)]
    }

    fn forward(&self, theta: &[f64], x: &[f64], y: &mut [f64], _tape: &mut [f64], pass: &mut Pass<'_, f64>) {
        let (inputs, unit) = y.split_at_mut(2 * pass.lanes);
        inputs.copy_from_slice(x);
        let (first, second) = x.split_at(pass.lanes);
        for ((unit, first), second) in unit.iter_mut().zip(first).zip(second) {
            *unit = sigmoid(theta[0] * first + theta[1] * second + theta[2]);
        }
    }

    fn backward(
        &self,
        theta: &[f64],
        at: Point<'_, f64>,
        mut dx: Option<&mut [f64]>,
        grad: &mut [f64],
        pass: &mut Pass<'_, f64>,
    ) {
        if let Some(dx) = &mut dx {
            dx.copy_from_slice(&at.dy[..2 * pass.lanes]);
        }
        for lane in 0..pass.lanes {
            let unit = at.y[2 * pass.lanes + lane];
            let slope = at.dy[2 * pass.lanes + lane] * unit * (1.0 - unit);
            for input in 0..2 {
                grad[input] += slope * at.x[input * pass.lanes + lane];
                if let Some(dx) = &mut dx {
                    dx[input * pass.lanes + lane] += slope * theta[input];
                }
            }
            grad[2] += slope;
        }
    }
}

fn shortcuts(effort: Effort) -> Outcome {
    let trials = effort.trials(100, 200);
    let chain = Chain::new("hidden", UnitBesideInputs)
        .then("output", Dense::new(3, 1))
        .then("units", Activate::new(Activation::Sigmoid, 1));
    assert!(nn_core::testing::layer_gradient_error(&chain, 16) < 1e-6);
    let network = Supervised { chain, loss: Loss::SquaredError };
    let (x, y) = ([0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0], [0.0, 1.0, 1.0, 0.0]);
    let samples = Samples::new(Dataset::from_slice(2, &x).values_from_slice(1, &y), 1);
    let training = Training {
        optimizer: Rule::Sgd,
        learning_rate: 0.5,
        momentum: 0.9,
        batch_size: BatchSize::Count(1),
        shuffle: false,
        ..Training::default()
    };
    let mut epochs: Vec<usize> = (1..=trials as u64)
        .filter_map(|seed| {
            let mut theta = vec![0.0; network.theta_len()];
            Init::Uniform.fill_scaled(Some(0.5), &Objective::spans(&network), &mut theta, Key::once(seed));
            let mut state = State::new(&network, theta, training.optimizer);
            (1..=100_000).find(|_| {
                train::pass(&network, &mut state, &samples, &training).unwrap();
                let mut answers = [0.0; 4];
                network.answer(&state.theta, &samples, &mut answers);
                answers.iter().zip(y).all(|(answer, target)| (answer - target).abs() < 0.5)
            })
        })
        .collect();
    epochs.sort_unstable();
    let (solved, median) = (epochs.len(), epochs.get(epochs.len() / 2).copied().unwrap_or(0));
    let inside = solved == trials && (110..=200).contains(&median);
    let [early, late] = [1, 9].map(|tenth| epochs.get(solved * tenth / 10).copied().unwrap_or(0));
    Outcome { ours: format!("{}; median {median} ({early} to {late})", share(solved, trials)), trials, inside }
}
