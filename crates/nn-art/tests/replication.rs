//! The experiments of adaptive resonance that are repeated, a row each: `cargo xtask replicate art`.

use nn_art::{
    Art1, Art1Params, Art2Params, Art2Variant, ArtMap, ArtMapParams, ArtMapVariant, Dataset, Fit, Model, Online,
    OwnedDataset, Stopped, Target, Task,
};
use nn_core::random::{Key, normal, shuffle, uniform};
use nn_replication::{Certainty, Effort, Outcome, Row, Run, Table, TableSet, deviation, mean, share};
use std::process::ExitCode;

const SECTION: &str = "Adaptive resonance";
const PAPER: &str = "Carpenter, Grossberg, Markuzon, Reynolds, Rosen 1992; an independent program";
const CIRCLE: &str = "one pass, vigilance 0, alpha 0.001, epsilon 1e-4, fast learning; asked 10,000 fresh points";
const SPIRALS: &str = "194 points, orders at random, passes until all are right; asked 1,536 points between them";

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
        run: Run::Alone(stability),
    };
    let circle = Row { setting: CIRCLE, source: PAPER, ..row };
    let spirals = Row { setting: SPIRALS, source: "an independent program", ..row };
    nn_replication::main(&[
        Row {
            experiment: "codes are stable by the 2/3 Rule",
            setting: "patterns A B C A D of 12 bits again and again, ART1, L 2, vigilance 0.3, 0.5 and 0.8",
            figure: "after the first pass 11212; 31332; 31342, then 41342; without the rule 11222 for ever",
            source: "Carpenter, Grossberg 1987 for the patterns; an independent program for the sequences",
            band: "the same",
            ..row
        },
        Row {
            experiment: "26 letters by ART1",
            setting: "letters of 5 x 7 points that we have drawn, in orders at random until at rest, L 2, vigilance 0.1, 0.2 to 1",
            figure: "more categories the higher vigilance is, on the average, and 26 as it comes to 1",
            source: "Carpenter, Grossberg 1987, whose letters were not found",
            certainty: Certainty::Ours,
            band: "the same; fewer than 5 categories at 0.1",
            run: Run::Alone(twenty_six_letters),
            ..row
        },
        Row {
            experiment: "a circle in the square, 100 points",
            figure: "88.6 % and 12 categories; 86.6 +- 3.7 % and 8.7 +- 2.5",
            band: "means of 84.5 to 88.5 % and 7 to 11 categories",
            run: Run::Alone(|effort| circle_in_square(100, effort.trials(20, 50), [84.5, 88.5], [7.0, 11.0])),
            ..circle
        },
        Row {
            experiment: "a circle in the square, 1,000 points",
            figure: "92.5 % and 21 categories; 92.2 +- 1.5 % and 17.7 +- 2.6",
            band: "means of 91.3 to 93.3 % and 16 to 20 categories",
            run: Run::Alone(|effort| circle_in_square(1000, effort.trials(20, 50), [91.3, 93.3], [16.0, 20.0])),
            ..circle
        },
        Row {
            experiment: "a circle in the square, 10,000 points",
            figure: "96.7 % and 50 categories; 95.7 +- 0.75 % and 43.9 +- 5.7",
            band: "means of 95.2 to 96.4 % and 40 to 49 categories",
            run: Run::Alone(|effort| circle_in_square(10_000, effort.trials(10, 50), [95.2, 96.4], [40.0, 49.0])),
            ..circle
        },
        Row {
            experiment: "a circle in the square, 100,000 points",
            figure: "98.0 % and 121 categories; 97.6 +- 0.15 % and 103 +- 8",
            band: "means of 97.2 to 98.2 % and 85 to 125 categories",
            run: Run::Alone(|effort| circle_in_square(100_000, effort.trials(2, 8), [97.2, 98.2], [85.0, 125.0])),
            ..circle
        },
        Row {
            experiment: "two spirals, vigilance 0",
            figure: "81.2 +- 2.5 %, 39 categories",
            band: "79.2 to 83.2 %, 36 to 42 categories",
            run: Run::Alone(|effort| two_spirals(0.0, effort, 81.2, 39.0)),
            ..spirals
        },
        Row {
            experiment: "two spirals, vigilance 0.8",
            figure: "84.3 %, 46.7 categories",
            band: "82.3 to 86.3 %, 43.7 to 49.7 categories",
            run: Run::Alone(|effort| two_spirals(0.8, effort, 84.3, 46.7)),
            ..spirals
        },
        Row {
            experiment: "two spirals, vigilance 0.9",
            figure: "94.9 +- 2.0 %, 65.6 categories",
            band: "92.9 to 96.9 %, 62.6 to 68.6 categories",
            run: Run::Alone(|effort| two_spirals(0.9, effort, 94.9, 65.6)),
            ..spirals
        },
        Row {
            experiment: "two spirals, vigilance 0.95",
            figure: "99.8 +- 0.1 %, 89 categories",
            band: "99.5 to 100 %, 86 to 92 categories",
            run: Run::Alone(|effort| two_spirals(0.95, effort, 99.8, 89.0)),
            ..spirals
        },
        Row {
            experiment: "four bumps on the sphere by ART2-A",
            setting: "an axis each with noise of a twentieth in every feature, 200 samples a bump, vigilance 0.9, fast learning",
            figure: "a category a bump",
            source: "none",
            certainty: Certainty::Ours,
            band: "4 categories in all trials",
            run: Run::Alone(bumps),
            ..row
        },
        Row {
            experiment: "four bumps on the sphere by ART2",
            setting: "the same bumps, vigilance 0.98, which is a cosine of about 0.9, and the usual a, b, c, d",
            figure: "a category a bump",
            source: "none; the patterns of the paper are drawings",
            certainty: Certainty::Ours,
            band: "4 categories in all trials, at rest",
            run: Run::Alone(bumps_of_art2),
            ..row
        },
        Row {
            experiment: "mushrooms, 1,000 learned until all are right",
            setting: "1,000 of 8,124 at random, coded as FANN has them, ARTMAP on ART1, vigilance 0; asked all others",
            figure: "above 99 %",
            source: "Carpenter, Grossberg, Reynolds 1991, off-line learning",
            certainty: Certainty::Recalled,
            band: "99.0 % or more, 30 categories at most, in the mean",
            run: Run::Table(TableSet::Mushrooms, mushrooms),
            ..row
        },
        Row {
            experiment: "mushrooms, learned one by one",
            setting: "all 8,124 in orders at random, each asked before it is learned, vigilance 0",
            figure: "all right after some 1,000 to 3,000",
            source: "Carpenter, Grossberg, Reynolds 1991, on-line learning",
            certainty: Certainty::Recalled,
            band: "99.8 % or more of those behind the first 3,000, in the mean",
            run: Run::Table(TableSet::Mushrooms, mushrooms_online),
            ..row
        },
        Row {
            experiment: "letters, one voter",
            setting: "16,000 at random in one pass, vigilance 0; asked the other 4,000",
            figure: "84 to 96 % by vigilance and votes; the best other of 1991 82.7 %",
            source: "Carpenter and others 1992; Frey, Slate 1991",
            certainty: Certainty::Recalled,
            band: "79 to 86 % in the mean",
            run: Run::Table(TableSet::Letters, |table, effort| letters(table, effort.trials(2, 5), 1, [79.0, 86.0])),
            ..row
        },
        Row {
            experiment: "letters, five voters",
            setting: "the same, each voter in an order of its own",
            figure: "84 to 96 % by vigilance and votes",
            source: "Carpenter and others 1992",
            certainty: Certainty::Recalled,
            band: "84 to 96 % in the mean",
            run: Run::Table(TableSet::Letters, |table, effort| letters(table, effort.trials(1, 3), 5, [84.0, 96.0])),
            ..row
        },
        Row {
            experiment: "a function in pieces",
            setting: "1,000 points of a slope, a parabola and a step, one pass, vigilance 0.9 of samples and 0.95 of targets; asked 1,000 fresh points",
            figure: "within the vigilance of the targets almost everywhere",
            source: "Carpenter and others 1992 learn such a function; theirs was not found",
            certainty: Certainty::Ours,
            band: "95 % or more of the answers within 5 % of the range, in the mean",
            run: Run::Alone(function_in_pieces),
            ..row
        },
    ])
}

fn stability(_: Effort) -> Outcome {
    let patterns = ["111111111111", "000000111100", "111111000000", "111111111111", "110000000000"];
    let passes = |vigilance: f64, rule: bool| -> String {
        let params = Art1Params::default().vigilance(vigilance).two_thirds_rule(rule);
        let mut art = Art1::<f64>::start(params, 12).unwrap();
        let mut pass = || -> String {
            let taken = patterns.map(|pattern| {
                let x: Vec<f64> = pattern.bytes().map(|bit| f64::from(bit - b'0')).collect();
                (art.learn(&x).unwrap().unwrap() + 1).to_string()
            });
            taken.concat()
        };
        let mut told = vec![pass()];
        for _ in 0..9 {
            let next = pass();
            if told.last() != Some(&next) {
                told.push(next);
            }
        }
        told.join(" ")
    };
    let ours = [passes(0.3, true), passes(0.5, true), passes(0.8, true), passes(0.3, false)].join("; ");
    let expected = "11222 11212; 11222 31332; 11232 31342 41342; 11222";
    Outcome { inside: ours == expected, ours, trials: 1 }
}

/// The letters from A to Z in 5 x 7 points, row by row from the top, a bit a point: drawn by us.
const LETTERS: [u64; 26] = [
    0x3a31fc631,
    0x7a31f463e,
    0x3a308422e,
    0x7a318c63e,
    0x7e10f421f,
    0x7e10f4210,
    0x3a30bc62e,
    0x4631fc631,
    0x38842108e,
    0x1c4210a4c,
    0x4654c5251,
    0x42108421f,
    0x4775ac631,
    0x47359c631,
    0x3a318c62e,
    0x7a31f4210,
    0x3a318d64d,
    0x7a31f5251,
    0x3e107043e,
    0x7c8421084,
    0x46318c62e,
    0x46318c544,
    0x4631ad771,
    0x462a22a31,
    0x462a21084,
    0x7c222221f,
];

fn twenty_six_letters(effort: Effort) -> Outcome {
    let trials = effort.trials(20, 100);
    let bits = |letter: u64| (0..35).rev().map(move |bit| (letter >> bit & 1) as f64);
    let x: Vec<f64> = LETTERS.into_iter().flat_map(bits).collect();
    let data = Dataset::from_slice(35, &x);
    let mut told = Vec::new();
    for tenth in 1..=10 {
        let params = Art1Params::default().vigilance(f64::from(tenth) / 10.0);
        let counts: Vec<f64> = (1..=trials as u64)
            .map(|seed| {
                let mut order: Vec<usize> = (0..26).collect();
                shuffle(&mut order, &mut Key::once(seed).stream("order"));
                let model = params.fit(&data.select(&order).unwrap().view()).unwrap();
                assert_eq!(model.history().stopped, Stopped::Converged);
                model.categories() as f64
            })
            .collect();
        told.push((mean(&counts), counts.iter().all(|&count| count == 26.0)));
    }
    let rising = told.windows(2).all(|two| two[0].0 <= two[1].0);
    let all = told.last().is_some_and(|last| last.1);
    let ours = told.iter().map(|(mean, _)| format!("{mean:.1}")).collect::<Vec<_>>().join(", ") + " categories";
    Outcome { inside: rising && all && told[0].0 < 5.0, ours, trials }
}

/// Points of the unit square, and whether they lie in a circle of half its area.
fn circle_points(count: usize, seed: u64, stream: &str) -> (Vec<f64>, Vec<u32>) {
    let mut rng = Key::once(seed).stream(stream);
    let x: Vec<f64> = (0..2 * count).map(|_| uniform(&mut rng)).collect();
    let inside = |p: &[f64]| (p[0] - 0.5).powi(2) + (p[1] - 0.5).powi(2) < 0.5 / std::f64::consts::PI;
    let labels = x.chunks(2).map(|p| u32::from(inside(p))).collect();
    (x, labels)
}

fn unit_square() -> ArtMapParams {
    ArtMapParams::default().range([0.0, 1.0])
}

fn circle_in_square(count: usize, trials: usize, percent: [f64; 2], categories: [f64; 2]) -> Outcome {
    let (mut right, mut found) = (Vec::new(), Vec::new());
    for seed in 1..=trials as u64 {
        let (x, labels) = circle_points(count, seed, "learned");
        let (asked, truth) = circle_points(10_000, seed, "asked");
        let mut art = ArtMap::start(unit_square(), 2, Task::Classes(2)).unwrap();
        art.partial_fit(&Dataset::from_slice(2, &x).labels_of(2, &labels)).unwrap();
        let measures = art.evaluate(&Dataset::from_slice(2, &asked).labels_of(2, &truth)).unwrap();
        right.push(100.0 * measures.get("accuracy").unwrap());
        found.push(art.categories()[0] as f64);
    }
    outcome(&right, &found, percent, categories, trials)
}

fn outcome(right: &[f64], found: &[f64], percent: [f64; 2], categories: [f64; 2], trials: usize) -> Outcome {
    let within = |value: f64, [low, high]: [f64; 2]| low <= value && value <= high;
    let ours = format!(
        "{:.1} +- {:.1} %, {:.1} +- {:.1} categories",
        mean(right),
        deviation(right),
        mean(found),
        deviation(found)
    );
    Outcome { ours, trials, inside: within(mean(right), percent) && within(mean(found), categories) }
}

/// Fahlman's spirals at angles `(i + shift) pi / 16`, within the unit square.
fn spirals(count: usize, step: f64, shift: f64) -> (Vec<f64>, Vec<u32>) {
    let (mut x, mut labels) = (Vec::new(), Vec::new());
    for at in 0..count {
        let i = at as f64 * step + shift;
        let (angle, radius) = (i * std::f64::consts::PI / 16.0, 6.5 * (104.0 - i) / 104.0);
        for (class, side) in [(0, 1.0), (1, -1.0)] {
            x.extend([angle.sin(), angle.cos()].map(|part| 0.5 + 0.4 * side * radius * part / 6.5));
            labels.push(class);
        }
    }
    (x, labels)
}

fn two_spirals(vigilance: f64, effort: Effort, percent: f64, categories: f64) -> Outcome {
    let trials = effort.trials(20, 50);
    let (x, labels) = spirals(97, 1.0, 0.0);
    // Eight between any two that were learned.
    let (asked, truth) = spirals(768, 0.125, 0.0625);
    let (asked, truth) = (Dataset::from_slice(2, &asked), truth);
    let (mut right, mut found) = (Vec::new(), Vec::new());
    for seed in 1..=trials as u64 {
        let mut order: Vec<usize> = (0..194).collect();
        shuffle(&mut order, &mut Key::once(seed).stream("order"));
        let data = Dataset::from_slice(2, &x).labels_of(2, &labels);
        let learned = data.select(&order).unwrap();
        let mut art = ArtMap::start(unit_square().vigilance(vigilance), 2, Task::Classes(2)).unwrap();
        for _ in 0..50 {
            art.partial_fit(&learned.view()).unwrap();
            if art.evaluate(&data).unwrap().get("accuracy") == Some(1.0) {
                break;
            }
        }
        right.push(100.0 * art.evaluate(&asked.labels_of(2, &truth)).unwrap().get("accuracy").unwrap());
        found.push(art.categories()[0] as f64);
    }
    // Of 99.8 % two less would be no band.
    let percents = if percent < 99.0 { [percent - 2.0, percent + 2.0] } else { [99.5, 100.0] };
    outcome(&right, &found, percents, [categories - 3.0, categories + 3.0], trials)
}

/// 200 samples of each of four bumps.
fn four_bumps(seed: u64) -> Vec<f64> {
    let mut rng = Key::once(seed).stream("bumps");
    let mut x = Vec::new();
    for _ in 0..200 {
        // An axis each, so that the cosine between bumps is near 0, and of noise a twentieth.
        for axis in 0..4 {
            x.extend((0..4).map(|i| (f64::from(u8::from(i == axis)) + 0.05 * normal(&mut rng)).max(0.0)));
        }
    }
    x
}

fn bumps(effort: Effort) -> Outcome {
    let trials = effort.trials(20, 100);
    let right = (1..=trials as u64).filter(|&seed| {
        let params = Art2Params::default().variant(Art2Variant::Art2A).vigilance(0.9).threshold(0.0).learning_rate(1.0);
        let params = params.epochs(1);
        params.fit(&Dataset::from_slice(4, &four_bumps(seed))).unwrap().categories() == 4
    });
    let right = right.count();
    Outcome { ours: share(right, trials), trials, inside: right == trials }
}

fn bumps_of_art2(effort: Effort) -> Outcome {
    let trials = effort.trials(10, 100);
    let right = (1..=trials as u64).filter(|&seed| {
        let model = Art2Params::default().fit(&Dataset::from_slice(4, &four_bumps(seed))).unwrap();
        model.categories() == 4 && model.history().stopped == Stopped::Converged
    });
    let right = right.count();
    Outcome { ours: share(right, trials), trials, inside: right == trials }
}

/// ARTMAP on ART1, as the paper of 1991 has it.
fn on_art1() -> ArtMapParams {
    ArtMapParams::default().variant(ArtMapVariant::Art1)
}

/// The samples of a table in an order at random.
fn shuffled(table: &Table, seed: u64) -> OwnedDataset<f64> {
    let mut order: Vec<usize> = (0..table.labels.len()).collect();
    shuffle(&mut order, &mut Key::once(seed).stream("order"));
    Dataset::new(&table.x).labels(&table.labels).select(&order).unwrap()
}

fn mushrooms(table: &Table, effort: Effort) -> Outcome {
    let trials = effort.trials(5, 20);
    let (mut right, mut found) = (Vec::new(), Vec::new());
    for seed in 1..=trials as u64 {
        let data = shuffled(table, seed);
        let art = on_art1().fit(&data.view().part(0..1000)).unwrap();
        let asked = data.view().part(1000..data.view().samples());
        right.push(100.0 * art.evaluate(&asked).unwrap().get("accuracy").unwrap());
        found.push(art.categories()[0] as f64);
    }
    outcome(&right, &found, [99.0, 100.0], [1.0, 30.0], trials)
}

fn mushrooms_online(table: &Table, effort: Effort) -> Outcome {
    let trials = effort.trials(2, 20);
    let mut right = Vec::new();
    for seed in 1..=trials as u64 {
        let data = shuffled(table, seed);
        let data = data.view();
        let mut art = ArtMap::start(on_art1(), data.features(), Task::Classes(2)).unwrap();
        let mut late = 0;
        for sample in 0..data.samples() {
            let own = data.part(sample..sample + 1);
            if 3000 <= sample && art.evaluate(&own).unwrap().get("accuracy") == Some(1.0) {
                late += 1;
            }
            art.learn(data.sample(sample), table_label(&own)).unwrap();
        }
        right.push(100.0 * f64::from(late) / (data.samples() - 3000) as f64);
    }
    let ours = format!("{:.2} +- {:.2} %", mean(&right), deviation(&right));
    Outcome { ours, trials, inside: 99.8 <= mean(&right) }
}

fn table_label(data: &Dataset<'_, f64>) -> u32 {
    match data.target() {
        Target::Labels { labels, .. } => labels[0],
        _ => unreachable!("the tables have classes"),
    }
}

fn letters(table: &Table, trials: usize, voters: usize, percent: [f64; 2]) -> Outcome {
    let (mut right, mut found) = (Vec::new(), Vec::new());
    for seed in 1..=trials as u64 {
        let data = shuffled(table, seed);
        let params = ArtMapParams::default().range([0.0, 15.0]).voters(voters).epochs(1);
        let art = params.fit(&data.view().part(0..16_000)).unwrap();
        let asked = data.view().part(16_000..data.view().samples());
        right.push(100.0 * art.evaluate(&asked).unwrap().get("accuracy").unwrap());
        found.push(mean(&art.categories().iter().map(|&count| count as f64).collect::<Vec<_>>()));
    }
    outcome(&right, &found, percent, [0.0, f64::INFINITY], trials)
}

fn function_in_pieces(effort: Effort) -> Outcome {
    let trials = effort.trials(5, 20);
    let function = |x: f64| match x {
        x if x < 0.3 => 2.0 * x,
        x if x < 0.7 => 1.0 - 10.0 * (x - 0.5).powi(2),
        _ => 0.2,
    };
    let mut within = Vec::new();
    for seed in 1..=trials as u64 {
        let points = |stream| {
            let mut rng = Key::once(seed).stream(stream);
            let x: Vec<f64> = (0..1000).map(|_| uniform(&mut rng)).collect();
            let y: Vec<f64> = x.iter().map(|&x| function(x)).collect();
            (x, y)
        };
        let ((x, y), (asked, truth)) = (points("learned"), points("asked"));
        let params = unit_square().target_range([0.0, 1.0]).vigilance(0.9).target_vigilance(0.95);
        let mut art = ArtMap::start(params, 1, Task::Values(1)).unwrap();
        art.partial_fit(&Dataset::from_slice(1, &x).values_from_slice(1, &y)).unwrap();
        let answers = art.predict(&Dataset::from_slice(1, &asked)).unwrap();
        let near = answers.iter().zip(&truth).filter(|(answer, y)| (*answer - *y).abs() <= 0.05).count();
        within.push(100.0 * near as f64 / truth.len() as f64);
    }
    let ours = format!("{:.1} +- {:.1} %", mean(&within), deviation(&within));
    Outcome { ours, trials, inside: 95.0 <= mean(&within) }
}
