//! The experiments of restricted Boltzmann machines that are repeated, a row each: `cargo xtask replicate rbm`.

#[path = "rows/boltzmann.rs"]
mod boltzmann;

use nn_core::Rule;
use nn_core::random::{Key, normal};
use nn_perceptron::{PerceptronParams, Variant};
use nn_rbm::nalgebra::DMatrix;
use nn_rbm::{Algorithm, Dataset, Fit, Model, Rbm, RbmParams, Scaling, Side, VisibleBias, VisibleUnits};
use nn_replication::{Certainty, Effort, Outcome, Row, Run, deviation, digits, mean, share};
use std::process::ExitCode;

const SECTION: &str = "Restricted Boltzmann machines";
const LINES: &str = "16 rows of bars and stripes of 3 x 3, full batch, eta 0.1, W from N(0, 0.01^2), biases 0, 20,000 steps, neither \
                     momentum nor centring";
const PROGRAM: &str = "an independent program in numpy";
/// Steps of an epoch, after each of which the likelihood is looked at.
const STEPS: usize = 50;

fn main() -> ExitCode {
    let row = Row {
        section: SECTION,
        experiment: "ln Z from both sides",
        setting: "1 to 12 visible and hidden units, weights and biases from N(0, s^2), s of 0.1, 1 and 10",
        figure: "the two sums agree",
        source: "arithmetic",
        certainty: Certainty::Computed,
        band: "1e-9 of the larger one",
        reason: "",
        run: Run::Alone(both_sides),
    };
    let lines = Row { setting: LINES, source: PROGRAM, certainty: Certainty::Measured, ..row };
    let restricted = [
        Row { ..row },
        Row {
            experiment: "annealed importance sampling against the exact sum",
            setting: "20 visible and 16 hidden units, weights from N(0, 0.5^2), 100 chains, 1,000 temperatures",
            figure: "the estimate has no bias in Z, and its interval covers",
            source: "Salakhutdinov, Murray 2008; the band is ours",
            certainty: Certainty::Ours,
            band: "within 0.1 nat in nine of ten, and two standard errors cover at least 85 of 100",
            run: Run::Alone(annealed),
            ..row
        },
        Row {
            experiment: "the bias of CD-k by enumeration",
            setting: "4 visible and 3 hidden units, weights and biases from N(0, 1), one sample as data; k of 1, 2, 5, 10",
            figure: "small, and falls with k as the second eigenvalue of the chain does; 0.0215, 0.00198, 8e-6 and below 1e-9 on one machine",
            source: "Carreira-Perpinan, Hinton 2005, recalled; an independent program",
            certainty: Certainty::Measured,
            band: "falls with each k, and never above lambda_2^k sqrt((1 - p) / p) times the deviation of the statistics under the model, p being the probability of the sample: what holds of every reversible chain",
            run: Run::Alone(bias),
            ..row
        },
        Row {
            experiment: "bars and stripes, exact gradient, 4 hidden units",
            figure: "-3.470 nats a row, the mean of three seeds: two near -3.276, one near -3.857; no machine may be above -2.599",
            certainty: Certainty::Ours,
            band: "each seed from -3.30 to -3.25, or from -3.90 to -3.80: ours, around the ends that were seen",
            run: Run::Alone(|effort| exact(4, effort.trials(1, 10), &[-3.30..=-3.25, -3.90..=-3.80])),
            ..lines
        },
        Row {
            experiment: "bars and stripes, exact gradient, 9 hidden units",
            figure: "-2.619 nats a row; no machine may be above -2.599",
            band: "-2.66 to -2.599",
            run: Run::Alone(|effort| exact(9, effort.trials(1, 3), &[-2.66..=BOUND])),
            ..lines
        },
        Row {
            experiment: "bars and stripes, CD-10, 9 hidden units",
            setting: "the same, 10,000 steps",
            figure: "-2.696 nats a row",
            band: "above -2.80",
            run: Run::Alone(ten_steps),
            ..lines
        },
        Row {
            experiment: "bars and stripes, CD-1, 9 hidden units: the likelihood falls again",
            figure: "peak -3.086, end -3.275; the reconstruction error falls meanwhile (Fischer, Igel 2010, recalled)",
            band: "the mean peak from -3.30 to -2.95; the end at least 0.05 below the peak, and the reconstruction error lower there than \
                   at the peak, in 70 % of the seeds",
            run: Run::Alone(falls_again),
            ..lines
        },
        Row {
            experiment: "bars and stripes, PCD-1, 9 hidden units, the same rate",
            figure: "peak -3.595, end -7.84: it diverges",
            band: "the end at least 1 nat below the peak in every seed",
            run: Run::Alone(persistent),
            ..lines
        },
        Row {
            experiment: "bars and stripes, PCD-1, 9 hidden units, eta 0.01",
            figure: "-4.863 nats a row, and still rising",
            certainty: Certainty::Ours,
            band: "from -5.2 to -4.5 in the mean, and higher than at half of the steps in every seed (ours)",
            run: Run::Alone(persistent_slowly),
            ..lines
        },
        Row {
            experiment: "bars and stripes, 9 hidden units: the order of the algorithms",
            figure: "exact above CD-10 above CD-1, at the end",
            band: "in every seed",
            run: Run::Alone(in_order),
            ..lines
        },
        Row {
            experiment: "the bounds of bars and stripes of 2, 4 and 5",
            setting: "squares of n x n, 2^(n+1) rows, exact gradient, 8 hidden units, eta 0.5, momentum 0.9, centred; 3,000 steps",
            figure: "no machine may be above -1.733, -3.379 and -4.116 nats a row",
            source: "arithmetic",
            certainty: Certainty::Computed,
            band: "never above after any 50 steps; within 0.5 nats of it at the end (ours)",
            run: Run::Alone(bounds),
            ..row
        },
        Row {
            experiment: "contrastive divergence on Gaussian units",
            setting: "three heaps of deviation 1 in three dimensions, 600 samples, 6 hidden units, eta 0.02, 300 epochs, batch 32: CD-1 as it is by default, with visible units as means, and the exact gradient",
            figure: "with visible units sampled the likelihood is nearly that of the exact gradient; with means it is worse",
            source: "ours",
            certainty: Certainty::Ours,
            band: "CD-1 within 0.05 nats of the exact gradient, and above that with means, in every seed",
            run: Run::Alone(heaps),
            ..row
        },
        Row {
            experiment: "centring: the negative of the samples",
            setting: "a bar of 1 of 9 bits, shifted, and its negative, CD-1, 4 hidden units, eta 0.2, batch of 9, biases 0 at the start; the centred after 1,000 steps, beyond which rounding grows, the usual after 10,000",
            figure: "a centred machine learns both alike; the usual one learns the negative worse",
            source: "Melchior, Fischer, Wiskott 2016, abstract; the band is ours",
            certainty: Certainty::Ours,
            band: "centred: equal to 1e-9 in every seed; usual: worse by more than 1 nat in all 9 rows together in 80 %",
            run: Run::Alone(negatives),
            ..row
        },
        Row {
            experiment: "persistent chains on digits",
            setting: "1,797 digits at 0.5, 16 hidden units, batch 100, 500 epochs, rate 0.1: of PCD-1 falling to 0 in a line, of CD-1 staying",
            figure: "PCD reaches the higher likelihood",
            source: "Tieleman 2008, recalled; the band is ours",
            certainty: Certainty::Ours,
            band: "in 80 % of the seeds",
            run: Run::Alone(on_digits),
            ..row
        },
        Row {
            experiment: "features for a perceptron",
            setting: "digits from 0 to 1, 1,437 learned and 360 asked, drawn anew for each seed; the averaged perceptron on 64 pixels, and on 200 hidden units of a machine with the default settings but 0.1 for the rate",
            figure: "features of a machine are easier to part than pixels",
            source: "Hinton, Salakhutdinov 2006, in spirit; the band is ours",
            certainty: Certainty::Ours,
            band: "a higher mean accuracy, by three standard errors of the differences",
            run: Run::Alone(features),
            ..row
        },
    ];
    nn_replication::main(&[&restricted[..], &boltzmann::rows()].concat())
}

/// The mean log-likelihood of the best distribution there is over bars and stripes of 3 x 3: fourteen patterns, two of them twice.
const BOUND: f64 = -2.5993;

/// So many numbers of N(0, scale^2).
fn drawn(len: usize, scale: f64, seed: u64) -> Vec<f64> {
    let mut stream = Key::once(seed).stream("weights");
    (0..len).map(|_| scale * normal(&mut stream)).collect()
}

fn machine(visible: usize, hidden: usize, scale: f64, seed: u64) -> Rbm<f64> {
    let theta = drawn(visible * hidden + visible + hidden, scale, seed);
    Rbm::from_theta(RbmParams::default().hidden_units(hidden), visible, 0, theta).unwrap()
}

fn both_sides(effort: Effort) -> Outcome {
    let step = if effort.fast { 5 } else { 1 };
    let mut worst: f64 = 0.0;
    let mut trials = 0;
    for visible in (1..=12).step_by(step) {
        for hidden in (1..=12).step_by(step) {
            for scale in [0.1, 1.0, 10.0] {
                let rbm = machine(visible, hidden, scale, (20 * visible + hidden) as u64);
                let [a, b] = [Side::Visible, Side::Hidden].map(|side| rbm.log_partition_by(side).unwrap());
                worst = worst.max((a - b).abs() / a.abs().max(b.abs()).max(1.0));
                trials += 1;
            }
        }
    }
    Outcome { ours: format!("at worst {worst:.1e}"), trials, inside: worst < 1e-9 }
}

fn annealed(effort: Effort) -> Outcome {
    let (trials, steps) = (effort.trials(10, 100), effort.trials(300, 1000));
    let (mut covered, mut near, mut errors, mut squares) = (0, 0, Vec::new(), Vec::new());
    for seed in 0..trials as u64 {
        let rbm = machine(20, 16, 0.5, seed);
        let samples = rbm.sample(200, 100, seed).unwrap();
        let found = rbm.estimate_log_partition(&Dataset::new(&samples), 100, steps, seed).unwrap();
        let off = (found.log_partition - rbm.log_partition().unwrap()).abs();
        covered += usize::from(off < 2.0 * found.standard_error);
        near += usize::from(off < 0.1);
        errors.push(off);
        squares.push((off / found.standard_error).powi(2));
    }
    let ours = format!(
        "off by {:.3} on the average, within 0.1 in {near} of {trials}; mean square in standard errors {:.2}; covered in {}",
        mean(&errors),
        mean(&squares),
        share(covered, trials)
    );
    Outcome { ours, trials, inside: 0.9 * trials as f64 <= near as f64 && 0.85 * trials as f64 <= covered as f64 }
}

/// The states of so many units, a column each.
fn states(units: usize) -> DMatrix<f64> {
    DMatrix::from_fn(units, 1 << units, |unit, state| f64::from(u8::from(state >> unit & 1 == 1)))
}

/// `P(x)` of each state of `units` that are on with these probabilities, given each column.
fn chances(p: &DMatrix<f64>) -> DMatrix<f64> {
    let states = states(p.nrows());
    DMatrix::from_fn(p.ncols(), states.ncols(), |given, state| {
        let units = states.column(state);
        units.iter().zip(p.column(given).iter()).map(|(&x, &p)| if x == 1.0 { p } else { 1.0 - p }).product()
    })
}

/// Where the k-th step from a sample leads is a row of `K^k`, `K = P(h | v) P(v' | h)`, and there the statistics are means: those of
/// visible units that are sampled on the way. K is reversible under P(v), so that by Cauchy and Schwarz a mean of s after k steps
/// from v is off by `lambda_2^k sqrt((1 - P(v)) / P(v))` deviations of s at most.
fn bias(effort: Effort) -> Outcome {
    let trials = effort.trials(5, 50);
    let (mut inside, mut told) = (true, String::new());
    for seed in 0..trials as u64 {
        let rbm = machine(4, 3, 1.0, seed);
        let top = Rbm::from_theta(RbmParams::default().hidden_units(4), 3, 0, rbm.stacked_start()).unwrap();
        let hidden = rbm.transform(&Dataset::new(&states(4))).unwrap();
        let visible = top.transform(&Dataset::new(&states(3))).unwrap();
        let kernel = chances(&hidden) * chances(&visible);
        // Rows: v h^T, h and v of each state.
        let statistics = DMatrix::from_fn(12 + 7, 16, |row, state| match row {
            0..12 => states(4)[(row % 4, state)] * hidden[(row / 4, state)],
            12..15 => hidden[(row - 12, state)],
            _ => states(4)[(row - 15, state)],
        });
        let log_z = rbm.log_partition().unwrap();
        let energies = rbm.free_energy(&Dataset::new(&states(4))).unwrap();
        let p = DMatrix::from_fn(16, 1, |state, _| (-energies[state] - log_z).exp());
        let truth = &statistics * &p;
        let squares = statistics.map(|x| x * x) * &p;
        let deviations: f64 = squares.iter().zip(truth.iter()).map(|(square, mean)| square - mean * mean).sum();
        let most = ((1.0 - p[5]) / p[5] * deviations).sqrt();
        // The chain starts at the state 0101, and its second eigenvalue is that of the slowest way down.
        let mut way = DMatrix::from_fn(1, 16, |_, state| f64::from(u8::from(state == 5)));
        let mut biases = Vec::new();
        for _ in 1..=10 {
            way *= &kernel;
            biases.push((&statistics * way.transpose() - &truth).norm());
        }
        let mut eigenvalues: Vec<f64> = kernel.complex_eigenvalues().iter().map(|value| value.re).collect();
        eigenvalues.sort_by(|a, b| b.total_cmp(a));
        let second = eigenvalues[1];
        let below = biases.iter().enumerate().all(|(k, bias)| *bias <= most * second.powi(k as i32 + 1) + 1e-12);
        inside &= below && biases.windows(2).all(|pair| pair[1] < pair[0] || pair[0] < 1e-12);
        if seed == 0 {
            told = format!(
                "{:.4}, {:.5}, {:.1e}, {:.1e}; lambda_2 {second:.3}",
                biases[0], biases[1], biases[4], biases[9]
            );
        }
    }
    Outcome { ours: told, trials, inside }
}

/// The rows of bars and stripes of side × side, so many times over: an epoch of [`STEPS`] full batches.
fn squares(side: usize) -> Vec<f64> {
    let mut rows = Vec::new();
    for choice in 0..1_usize << side {
        let line = |at: usize| f64::from(u8::from(choice >> at & 1 == 1));
        rows.extend((0..side * side).map(|at| line(at % side)));
        rows.extend((0..side * side).map(|at| line(at / side)));
    }
    rows.repeat(STEPS)
}

fn rows() -> Vec<f64> {
    squares(3)
}

/// As the figures were found: batches of all rows, and the plain gradient.
fn plain(hidden: usize, algorithm: Algorithm, steps: usize, batch: usize, seed: usize) -> RbmParams {
    RbmParams::default()
        .hidden_units(hidden)
        .algorithm(algorithm)
        .centering(false)
        .visible_bias(VisibleBias::Zero)
        .sample_visible(true)
        .momentum(0.0)
        .learning_rate(0.1)
        .batch_size(batch)
        .shuffle(false)
        .epochs(steps / STEPS)
        .watch_likelihood(true)
        .seed(seed as u64)
}

/// Likelihoods and reconstruction errors by epochs.
fn learned(params: &RbmParams) -> (Vec<f64>, Vec<f64>) {
    let rbm = params.fit(&Dataset::from_slice(9, &rows())).unwrap();
    let history = rbm.history();
    (history.measures["log_likelihood"].clone(), history.losses.clone())
}

fn ends(found: &[f64]) -> String {
    format!("{:.3} +- {:.3}", mean(found), deviation(found))
}

fn exact(hidden: usize, trials: usize, bands: &[std::ops::RangeInclusive<f64>]) -> Outcome {
    let of = |seed| *learned(&plain(hidden, Algorithm::Exact, 20_000, 16, seed)).0.last().unwrap();
    let found: Vec<f64> = (1..=trials).map(of).collect();
    let inside = found.iter().all(|one| bands.iter().any(|band| band.contains(one)));
    let least = found.iter().copied().fold(0.0, f64::min);
    Outcome { ours: format!("{}, the least {least:.3}", ends(&found)), trials, inside }
}

fn ten_steps(effort: Effort) -> Outcome {
    let trials = effort.trials(1, 3);
    let of = |seed| *learned(&plain(9, Algorithm::Contrastive, 10_000, 16, seed).cd_steps(10)).0.last().unwrap();
    let found: Vec<f64> = (1..=trials).map(of).collect();
    Outcome { ours: ends(&found), trials, inside: -2.80 < mean(&found) && found.iter().all(|&one| one < BOUND) }
}

/// The epoch of the highest likelihood.
fn peak(likelihoods: &[f64]) -> usize {
    (0..likelihoods.len()).max_by(|&a, &b| likelihoods[a].total_cmp(&likelihoods[b])).unwrap()
}

fn falls_again(effort: Effort) -> Outcome {
    let trials = effort.trials(2, 10);
    let (mut peaks, mut lasts, mut fallen, mut windows) = (Vec::new(), Vec::new(), 0, 0);
    for seed in 1..=trials {
        let (likelihoods, errors) = learned(&plain(9, Algorithm::Contrastive, 20_000, 16, seed));
        let (top, last) = (peak(&likelihoods), likelihoods.len() - 1);
        peaks.push(likelihoods[top]);
        lasts.push(likelihoods[last]);
        fallen += usize::from(likelihoods[last] < likelihoods[top] - 0.05);
        // Of twenty epochs each: an error is the mean of fifty steps alone.
        let around = |at: usize| mean(&errors[at.saturating_sub(10)..errors.len().min(at + 10)]);
        windows += usize::from(likelihoods[last] < likelihoods[top] && around(last) < around(top));
    }
    let enough = |count: usize| 0.7 * trials as f64 <= count as f64;
    let ours = format!(
        "peak {}, end {}; {fallen} of {trials} fall by 0.05, {windows} with a falling error",
        ends(&peaks),
        ends(&lasts)
    );
    Outcome { ours, trials, inside: (-3.30..=-2.95).contains(&mean(&peaks)) && enough(fallen) && enough(windows) }
}

fn persistent(effort: Effort) -> Outcome {
    let trials = effort.trials(1, 3);
    let (mut peaks, mut lasts) = (Vec::new(), Vec::new());
    for seed in 1..=trials {
        let (likelihoods, _) = learned(&plain(9, Algorithm::Persistent, 20_000, 16, seed));
        peaks.push(likelihoods[peak(&likelihoods)]);
        lasts.push(*likelihoods.last().unwrap());
    }
    let inside = peaks.iter().zip(&lasts).all(|(peak, last)| last + 1.0 < *peak);
    Outcome { ours: format!("peak {}, end {}", ends(&peaks), ends(&lasts)), trials, inside }
}

fn persistent_slowly(effort: Effort) -> Outcome {
    let trials = effort.trials(1, 3);
    let of = |seed| learned(&plain(9, Algorithm::Persistent, 20_000, 16, seed).learning_rate(0.01)).0;
    let found: Vec<Vec<f64>> = (1..=trials).map(of).collect();
    let lasts: Vec<f64> = found.iter().map(|found| *found.last().unwrap()).collect();
    let rising = found.iter().zip(&lasts).all(|(found, last)| found[found.len() / 2] < *last);
    let ours = format!("{}, {}", ends(&lasts), if rising { "rising" } else { "not rising in all" });
    Outcome { ours, trials, inside: rising && (-5.2..=-4.5).contains(&mean(&lasts)) }
}

fn in_order(effort: Effort) -> Outcome {
    let trials = effort.trials(1, 3);
    let last = |params: RbmParams| *learned(&params).0.last().unwrap();
    let of = |seed| {
        [
            last(plain(9, Algorithm::Exact, 20_000, 16, seed)),
            last(plain(9, Algorithm::Contrastive, 10_000, 16, seed).cd_steps(10)),
            last(plain(9, Algorithm::Contrastive, 20_000, 16, seed)),
        ]
    };
    let found: Vec<[f64; 3]> = (1..=trials).map(of).collect();
    let told: Vec<String> = found.iter().map(|[a, b, c]| format!("{a:.3}, {b:.3}, {c:.3}")).collect();
    Outcome { ours: told.join("; "), trials, inside: found.iter().all(|[exact, ten, one]| exact >= ten && ten > one) }
}

fn bounds(effort: Effort) -> Outcome {
    let trials = effort.trials(1, 3);
    let (mut inside, mut told) = (true, Vec::new());
    for (side, bound) in [(2, -13.8629 / 8.0), (4, -108.1308 / 32.0), (5, -263.3958 / 64.0)] {
        let rows = squares(side);
        for seed in 1..=trials {
            let params = plain(8, Algorithm::Exact, 3_000, 2 << side, seed).centering(true).momentum(0.9);
            let params = params.learning_rate(0.5).init_scale(0.1).visible_bias(VisibleBias::Data);
            let rbm = params.fit(&Dataset::from_slice(side * side, &rows)).unwrap();
            let likelihoods = &rbm.history().measures["log_likelihood"];
            let last = *likelihoods.last().unwrap();
            inside &= likelihoods.iter().all(|&one| one < bound) && bound - 0.5 < last;
            told.push(format!("{last:.3}"));
        }
    }
    Outcome { ours: told.join(", "), trials: 3 * trials, inside }
}

fn heaps(effort: Effort) -> Outcome {
    let trials = effort.trials(1, 5);
    let (mut inside, mut gaps, mut of_means) = (true, Vec::new(), Vec::new());
    for seed in 1..=trials as u64 {
        let mut stream = Key::once(seed).stream("heaps");
        let centres = [[2.0, 0.0, -1.0], [-2.0, 1.5, 0.0], [0.0, -2.0, 2.0]];
        let x = (0..600).flat_map(|sample| centres[sample % 3]);
        let x: Vec<f64> = x.map(|centre| centre + normal(&mut stream)).collect();
        let data = Dataset::from_slice(3, &x);
        let base = RbmParams::default().visible_units(VisibleUnits::Gaussian).scaling(Scaling::None);
        let base = base.hidden_units(6).learning_rate(0.02).batch_size(32).epochs(300).seed(seed);
        let told =
            |params: RbmParams| params.fit(&data).unwrap().evaluate(&data).unwrap().get("log_likelihood").unwrap();
        let exact = told(base.clone().algorithm(Algorithm::Exact));
        let (sampled, means) = (told(base.clone()), told(base.sample_visible(false)));
        inside &= exact - 0.05 < sampled && means < sampled;
        gaps.push(sampled - exact);
        of_means.push(means - exact);
    }
    Outcome { ours: format!("CD-1 less exact {}; with means {}", ends(&gaps), ends(&of_means)), trials, inside }
}

/// Learns samples and their negatives from starts that are each other's mirror, with visible units as probabilities, so that both
/// draw the same.
fn negatives(effort: Effort) -> Outcome {
    let trials = effort.trials(5, 10);
    let bar: Vec<f64> = (0..9).flat_map(|first| (0..9).map(move |at| f64::from(u8::from(at == first)))).collect();
    let negative: Vec<f64> = bar.iter().map(|x| 1.0 - x).collect();
    let (mut worst, mut gaps): (f64, Vec<f64>) = (0.0, Vec::new());
    for seed in 1..=trials {
        let learned = |rows: &[f64], mirrored: bool, centering: bool| {
            let steps = if centering { 1_000 } else { 10_000 };
            let weights = drawn(36, 0.01, seed as u64);
            let signed = |w: &f64| if mirrored { -w } else { *w };
            let mut start: Vec<f64> = weights.iter().map(signed).collect();
            start.extend(weights.chunks(9).map(|w| if mirrored { w.iter().sum() } else { 0.0 }));
            start.extend([0.0; 9]);
            let params = plain(4, Algorithm::Contrastive, steps, 9, seed);
            let params = params.centering(centering).sample_visible(false).learning_rate(0.2).watch_likelihood(false);
            let data = rows.repeat(STEPS);
            let rbm = params.fit_from(start, &Dataset::from_slice(9, &data), Default::default()).unwrap();
            9.0 * rbm.log_likelihood(&Dataset::from_slice(9, rows), rbm.log_partition().unwrap()).unwrap()
        };
        worst = worst.max((learned(&bar, false, true) - learned(&negative, true, true)).abs());
        gaps.push(learned(&bar, false, false) - learned(&negative, false, false));
    }
    let worse = gaps.iter().filter(|&&gap| 1.0 < gap).count();
    let ours = format!(
        "centred: at worst {worst:.1e} apart; usual: worse by {} nats, by more than 1 in {worse} of {trials}",
        ends(&gaps)
    );
    Outcome { ours, trials, inside: worst < 1e-9 && 0.8 * trials as f64 <= worse as f64 }
}

fn on_digits(effort: Effort) -> Outcome {
    let trials = effort.trials(1, 10);
    let (x, _) = digits();
    let x = x.map(|x| if 8.0 <= x { 1.0_f32 } else { 0.0 });
    let data = Dataset::new(&x);
    let base = RbmParams::default().hidden_units(16).batch_size(100).epochs(500).momentum(0.0);
    let base = base.learning_rate(0.1).optimizer(Rule::Sgd).centering(false);
    let (mut better, mut gaps) = (0, Vec::new());
    for seed in 1..=trials as u64 {
        let told = |params: RbmParams| params.seed(seed).fit(&data).unwrap().evaluate(&data).unwrap();
        let likelihood = |params| told(params).get("log_likelihood").unwrap();
        let short = likelihood(base.clone());
        let rates = (0..base.epochs).map(|epoch| 0.1 * (1.0 - epoch as f64 / base.epochs as f64)).collect::<Vec<_>>();
        let long = likelihood(base.clone().algorithm(Algorithm::Persistent).schedule_rates(rates));
        better += usize::from(short < long);
        gaps.push(long - short);
    }
    let ours = format!("higher by {} nats, in {}", ends(&gaps), share(better, trials));
    Outcome { ours, trials, inside: 0.8 * trials as f64 <= better as f64 }
}

fn features(effort: Effort) -> Outcome {
    let trials = effort.trials(2, 10);
    let (x, labels) = digits();
    let x = x.map(|x| x / 16.0);
    let data = Dataset::new(&x).labels(&labels);
    let (mut raw, mut made) = (Vec::new(), Vec::new());
    for seed in 1..=trials as u64 {
        let (learned, asked) = nn_core::split::hold_out(&data, 0.2, seed);
        let (learned, asked) = (data.select(&learned).unwrap(), data.select(&asked).unwrap());
        let (learned, asked) = (learned.view(), asked.view());
        let accuracy = |learned: &Dataset<'_, f32>, asked: &Dataset<'_, f32>| {
            let perceptron = PerceptronParams::default()
                .variant(Variant::Averaged)
                .explain(false)
                .epochs(100)
                .shuffle(true)
                .seed(seed)
                .fit(learned)
                .unwrap();
            perceptron.evaluate(asked).unwrap().get("accuracy").unwrap()
        };
        let params = RbmParams::default().hidden_units(200).learning_rate(0.1).epochs(effort.trials(15, 50)).seed(seed);
        let rbm = params.fit(&learned.inputs_only()).unwrap();
        let [of_learned, of_asked] = [&learned, &asked].map(|data| rbm.transform(data).unwrap());
        raw.push(accuracy(&learned, &asked));
        made.push(accuracy(&of_dataset(&of_learned, &learned), &of_dataset(&of_asked, &asked)));
    }
    let gaps: Vec<f64> = made.iter().zip(&raw).map(|(made, raw)| made - raw).collect();
    let error = deviation(&gaps) / (trials as f64).sqrt();
    let inside = 0.0 < mean(&gaps) && (effort.fast || 3.0 * error < mean(&gaps));
    Outcome { ours: format!("features {}, pixels {}", ends(&made), ends(&raw)), trials, inside }
}

/// Hidden probabilities with the labels of the samples they are of.
fn of_dataset<'a>(hidden: &'a DMatrix<f32>, data: &Dataset<'a, f32>) -> Dataset<'a, f32> {
    match data.target() {
        nn_rbm::Target::Labels { labels, classes } => Dataset::new(hidden).labels_of(classes, labels),
        _ => Dataset::new(hidden),
    }
}
