//! Two series that are bundled, beside what anybody foretells without a network.

use nn_elman::nalgebra::DMatrix;
use nn_elman::{Dataset, Elman, ElmanParams, Fit, Model};
use nn_replication::{Effort, Outcome, mean};

fn read(csv: &str) -> Vec<f64> {
    csv.lines().skip(1).map(|line| line.parse().unwrap()).collect()
}

fn rms(errors: impl Iterator<Item = f64>) -> f64 {
    let errors: Vec<f64> = errors.map(|error| error * error).collect();
    mean(&errors).sqrt()
}

/// A network of so many units that has learned the next value of each but the last.
fn learned(series: &[f64], units: usize, passes: usize, seed: u64) -> Elman<f64> {
    let count = series.len() - 1;
    let (x, y) = (DMatrix::from_fn(1, count, |_, t| series[t]), DMatrix::from_fn(1, count, |_, t| series[t + 1]));
    let params = ElmanParams::default().hidden_units(units).epochs(passes).batch_size(1).learning_rate(0.003);
    params.clip_norm(1.0).seed(seed).fit(&Dataset::new(&x).values(&y)).unwrap()
}

/// Each of 1921 to 1955 from the years before it.
pub(crate) fn sunspots(effort: Effort) -> Outcome {
    let trials = effort.trials(2, 10);
    let series = read(include_str!("../../../nn-cli/data/sunspots.csv"));
    let (from, to) = (1921 - 1700, 1956 - 1700);
    let naive = |lag: usize| rms((from..to).map(|t| series[t - lag] - series[t]));
    let error = |seed: u64| {
        let model = learned(&series[..from], 8, 300, seed);
        let x = DMatrix::from_column_slice(1, to - 1, &series[..to - 1]);
        let answers = model.predict(&Dataset::new(&x)).unwrap();
        rms((from..to).map(|t| answers[(0, t - 1)] - series[t]))
    };
    let found = mean(&(1..=trials as u64).map(error).collect::<Vec<_>>());
    let (last, cycle) = (naive(1), naive(11));
    let ours = format!("rms error {found:.1}; the year before {last:.1}, eleven years before {cycle:.1}");
    Outcome { ours, trials, inside: found < last.min(cycle) }
}

/// 1960 from 1949 to 1959.
pub(crate) fn airline(effort: Effort) -> Outcome {
    let trials = effort.trials(2, 10);
    let series = read(include_str!("../../../nn-cli/data/airline.csv"));
    let logs: Vec<f64> = series.iter().map(|passengers| passengers.ln()).collect();
    let cut = series.len() - 12;
    let naive = rms((cut..cut + 12).map(|t| series[t - 12] - series[t]));
    let error = |seed: u64| {
        let model = learned(&logs[..cut], 16, effort.trials(200, 600), seed);
        let x = DMatrix::from_column_slice(1, cut, &logs[..cut]);
        let forecast = model.forecast(&Dataset::new(&x), 12).unwrap();
        rms((0..12).map(|k| forecast[(0, k)].exp() - series[cut + k]))
    };
    let found: Vec<f64> = (1..=trials as u64).map(error).collect();
    let (least, most) = found.iter().fold((f64::MAX, 0.0_f64), |(l, m), &e| (l.min(e), m.max(e)));
    let ours = format!(
        "rms error {:.0} thousand passengers, {least:.0} to {most:.0} over the seeds; the same month a year before {naive:.0}",
        mean(&found)
    );
    Outcome { ours, trials, inside: mean(&found) < naive }
}
