//! The experiments of self-organising maps that are repeated, a row each: `cargo xtask replicate som`.

use nn_core::random::{Key, uniform};
use nn_replication::{Certainty, Effort, Outcome, Row, Run, mean, share};
use nn_som::nalgebra::DMatrix;
use nn_som::{
    Adjacency, Algorithm, Dataset, Decay, Fit, Lattice, Model, Neighborhood, Online, Scaling, Som, SomParams, Start,
};
use std::process::ExitCode;

const SECTION: &str = "Self-organising maps";
const ANIMALS: &str = include_str!("../../nn-cli/data/animals.csv");
const IRIS: &str = include_str!("../../nn-cli/data/iris.csv");
const WATERMELON: &str = include_str!("../../nn-cli/data/watermelon.csv");

fn main() -> ExitCode {
    let row = Row {
        section: SECTION,
        experiment: "",
        setting: "",
        figure: "",
        source: "",
        certainty: Certainty::Recalled,
        band: "",
        reason: "",
        run: Run::Alone(unfolding),
    };
    nn_replication::main(&[
        Row {
            experiment: "a square unfolds",
            setting: "10x10, 20,000 uniform samples, start at 0.5 +- 0.025, eta 0.5 to 0.01, sigma 5 to 0.5, both exponential",
            figure: "the map orders and its edges are drawn in; quantisation error 0.0414 +- 0.0002, topographic error 0.000 of 8 \
                     neighbours and 0.002 of 4, all 81 cells of one orientation",
            source: "Kohonen 1982; the figures from an independent program",
            certainty: Certainty::Measured,
            band: "error 0.040 to 0.044, topographic error of 8 neighbours at most 0.005, orientation in all trials",
            ..row
        },
        Row {
            experiment: "a chain orders itself",
            setting: "50 units, 20,000 uniform samples of [0, 1], eta 0.5 to 0.01, sigma 25 to 0.5",
            figure: "100 of 100 monotone",
            source: "Kohonen 1982; the figure from an independent program",
            certainty: Certainty::Measured,
            band: "all trials monotone",
            run: Run::Alone(chain),
            ..row
        },
        Row {
            experiment: "a chain in order stays in order",
            setting: "50 units in order, nearest neighbours alone, eta 1/2 (with 1, units fall together and a tie decides), 20,000 samples, looked at after every 10",
            figure: "order is absorbing",
            source: "Kohonen 1982",
            band: "never out of order",
            run: Run::Alone(absorbing),
            ..row
        },
        Row {
            experiment: "magnification of a chain, one neighbour to each side",
            setting: MAGNIFIED,
            figure: "exponent 0.600 = 2/3 - 1 / (3 s^2 + 3 (s + 1)^2); 0.592 by an independent program",
            source: RITTER,
            band: "0.562 to 0.630",
            run: Run::Alone(|_| magnification(1, 0.562..=0.630)),
            ..row
        },
        Row {
            experiment: "magnification of a chain, two neighbours to each side",
            setting: MAGNIFIED,
            figure: "exponent 0.641; 0.647 by an independent program",
            source: RITTER,
            band: "0.611 to 0.677",
            run: Run::Alone(|_| magnification(2, 0.611..=0.677)),
            ..row
        },
        Row {
            experiment: "magnification of a chain, four neighbours to each side",
            setting: MAGNIFIED,
            figure: "exponent 0.659; 0.660 by an independent program",
            source: RITTER,
            band: "0.629 to 0.690",
            run: Run::Alone(|_| magnification(4, 0.629..=0.690)),
            ..row
        },
        Row {
            experiment: "sixteen animals by kind: birds, hunters and grazers",
            setting: "10x10, x = (0.2 e_k, a / |a|), 2000 steps, eta 0.5 to 0.01, sigma 5 to 1",
            figure: "each group has a region of its own",
            source: "Ritter and Kohonen 1989",
            band: "within each group nearer than between groups in 95 % of the trials or more",
            run: Run::Alone(groups_of_animals),
            ..row
        },
        Row {
            experiment: "sixteen animals: owl beside hawk, horse beside zebra",
            setting: "as before",
            figure: "the pairs have the same traits",
            source: "Ritter and Kohonen 1989",
            band: "both pairs within one step in 90 % of the trials or more",
            run: Run::Alone(pairs_of_animals),
            ..row
        },
        Row {
            experiment: "topographic error of a perfect map",
            setting: "10x10 at the points of a square grid, 10,000 uniform samples",
            figure: "0 of 8 neighbours, and of 4 but for ties",
            source: "Kiviluoto 1996",
            certainty: Certainty::Computed,
            band: "0 and 0",
            run: Run::Alone(perfect),
            ..row
        },
        Row {
            experiment: "U-matrix of the irises: a ridge around setosa",
            setting: "8x8, batch, start at samples; ridge: the mean height of units beside one of the other side",
            figure: "the heights within setosa lie below the ridge",
            source: "an independent program",
            certainty: Certainty::Measured,
            band: "the greatest height within below the ridge in 95 % of the trials or more",
            run: Run::Alone(ridge),
            ..row
        },
        Row {
            experiment: "irises by the nearest unit with a name",
            setting: "8x8, batch, start at samples",
            figure: "accuracy 0.93 to 0.98",
            source: "an independent program",
            certainty: Certainty::Measured,
            band: "mean of 0.93 to 0.98",
            run: Run::Alone(irises),
            ..row
        },
        Row {
            experiment: "watermelon 3.0 alpha, exercise 5.8",
            setting: "3x3, 4x4 and 5x5, with the defaults",
            figure: "the quantisation error falls with the size",
            source: "none",
            certainty: Certainty::Ours,
            band: "it falls, and the majority at each unit is right for 13 of 17 or more",
            run: Run::Alone(watermelons),
            ..row
        },
    ])
}

/// So many numbers of [0, 1).
fn uniforms(count: usize, seed: u64, use_of_them: &str) -> Vec<f64> {
    let mut stream = Key::once(seed).stream(use_of_them);
    (0..count).map(|_| uniform(&mut stream)).collect()
}

/// Online, in the order of the data, without scaling.
fn online(columns: usize, rows: usize) -> SomParams {
    SomParams::default()
        .width(columns)
        .height(rows)
        .grid(Lattice::Rectangular)
        .algorithm(Algorithm::Online)
        .scaling(Scaling::None)
        .shuffle(false)
        .epochs(1)
        .learning_rate(0.5)
        .learning_rate_end(0.01)
        .radius_end(0.5)
}

fn fit(params: &SomParams, x: &[f64], features: usize) -> Som<f64> {
    params.fit(&Dataset::from_slice(features, x)).unwrap()
}

fn given(params: SomParams, weights: Vec<f64>) -> SomParams {
    let mut params = params.start(Start::Given);
    params.given = weights;
    params
}

fn unfolding(effort: Effort) -> Outcome {
    let trials = effort.trials(3, 10);
    let (mut errors, mut eights, mut fours, mut oriented) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for seed in 1..=trials as u64 {
        let start = uniforms(200, seed, "start").iter().map(|u| 0.475 + 0.05 * u).collect();
        let x = uniforms(2 * 20_000, seed, "samples");
        let som = fit(&given(online(10, 10).radius(5.0), start), &x, 2);
        let data = Dataset::from_slice(2, &x);
        errors.push(som.quantization_error(&data).unwrap());
        eights.push(som.topographic_error(&data, Adjacency::Eight).unwrap());
        fours.push(som.topographic_error(&data, Adjacency::Four).unwrap());
        let w = som.weights();
        let turns = |unit: usize| {
            let side = |to: usize| (w[(0, to)] - w[(0, unit)], w[(1, to)] - w[(1, unit)]);
            let (along, down) = (side(unit + 1), side(unit + 10));
            along.0 * down.1 - along.1 * down.0
        };
        let cells: Vec<f64> = (0..90).filter(|unit| unit % 10 != 9).map(turns).collect();
        oriented += usize::from(cells.iter().all(|turn| turn * cells[0] > 0.0));
    }
    let (error, eight, four) = (mean(&errors), mean(&eights), mean(&fours));
    let ours = format!(
        "error {error:.4}, topographic {eight:.4} and {four:.4}, one orientation in {}",
        share(oriented, trials)
    );
    let inside = (0.040..=0.044).contains(&error) && eight <= 0.005 && oriented == trials;
    Outcome { ours, trials, inside }
}

fn is_monotone(w: &DMatrix<f64>) -> bool {
    let steps: Vec<f64> = w.as_slice().windows(2).map(|pair| pair[1] - pair[0]).collect();
    steps.iter().all(|step| step * steps[0] > 0.0)
}

fn chain(effort: Effort) -> Outcome {
    let trials = effort.trials(10, 100);
    let monotone = (1..=trials as u64).filter(|&seed| {
        let x = uniforms(20_000, seed, "samples");
        is_monotone(&fit(&online(50, 1).radius(25.0).start(Start::Random).seed(seed), &x, 1).weights())
    });
    let monotone = monotone.count();
    Outcome { ours: share(monotone, trials), trials, inside: monotone == trials }
}

fn absorbing(effort: Effort) -> Outcome {
    let trials = effort.trials(3, 20);
    let kept = (1..=trials as u64).filter(|&seed| {
        let start: Vec<f64> = (0..50).map(|unit| (f64::from(unit) + 0.5) / 50.0).collect();
        let x = uniforms(20_000, seed, "samples");
        let params = online(50, 1).neighborhood(Neighborhood::Bubble).radius(1.0).radius_decay(Decay::Constant);
        let params = given(params.learning_rate(0.5).learning_rate_decay(Decay::Constant), start);
        let mut som = params.start_on(&Dataset::from_slice(1, &x)).unwrap();
        x.chunks(10).all(|part| {
            som.partial_fit(&Dataset::from_slice(1, part)).unwrap();
            is_monotone(&som.weights())
        })
    });
    let kept = kept.count();
    Outcome { ours: share(kept, trials), trials, inside: kept == trials }
}

const MAGNIFIED: &str = "100 units, p(x) = 2x, step neighbourhood, start in order at the quantiles, eta 0.1 to 0.002, 5,000,000 steps, \
                         weights averaged over the last 30 %";
const RITTER: &str = "Ritter 1991";

fn magnification(reach: usize, band: std::ops::RangeInclusive<f64>) -> Outcome {
    let steps = 5_000_000;
    let start: Vec<f64> = (0..100).map(|unit| ((f64::from(unit) + 0.5) / 100.0).sqrt()).collect();
    let params = online(100, 1).neighborhood(Neighborhood::Bubble).radius(reach as f64).radius_decay(Decay::Constant);
    let params = given(params.learning_rate(0.1).learning_rate_end(0.002).steps(steps), start);
    let mut som = params.start_on(&Dataset::from_slice(1, &[0.5])).unwrap();
    let mut stream = Key::once(1).stream("samples");
    let (mut sum, mut count) = (vec![0.0; 100], 0.0);
    let part = 1000;
    for done in (0..steps).step_by(part) {
        let x: Vec<f64> = (0..part).map(|_| uniform(&mut stream).sqrt()).collect();
        som.partial_fit(&Dataset::from_slice(1, &x)).unwrap();
        if steps * 7 <= done * 10 {
            sum.iter_mut().zip(som.weights().as_slice()).for_each(|(sum, w)| *sum += w);
            count += 1.0;
        }
    }
    let w: Vec<f64> = sum.iter().map(|sum| sum / count).collect();
    // The slope of log density on log p.
    let points: Vec<(f64, f64)> =
        (10..90).map(|unit| ((2.0 * w[unit]).ln(), (2.0 / (w[unit + 1] - w[unit - 1])).ln())).collect();
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / 80.0, y + point.1 / 80.0));
    let both: f64 = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum();
    let slope = both / points.iter().map(|point| (point.0 - x).powi(2)).sum::<f64>();
    Outcome { ours: format!("{slope:.3}"), trials: 1, inside: band.contains(&slope) }
}

/// The columns of numbers and the last one, of a file with a header.
fn table(csv: &str) -> (Vec<Vec<f64>>, Vec<String>) {
    let rows = csv.lines().skip(1).map(|line| {
        let mut cells: Vec<&str> = line.split(',').collect();
        let last = cells.pop().unwrap().to_owned();
        (cells.iter().filter_map(|cell| cell.parse().ok()).collect(), last)
    });
    rows.unzip()
}

/// Where each animal lies on the maps of these trials.
fn animals(trials: usize) -> Vec<Vec<(f64, f64)>> {
    let (traits, _) = table(ANIMALS);
    let mut x = Vec::new();
    for (animal, traits) in traits.iter().enumerate() {
        let length = traits.iter().map(|value| value * value).sum::<f64>().sqrt();
        x.extend((0..16).map(|other| if other == animal { 0.2 } else { 0.0 }));
        x.extend(traits.iter().map(|value| value / length));
    }
    (1..=trials as u64)
        .map(|seed| {
            let params =
                online(10, 10).radius(5.0).radius_end(1.0).start(Start::Random).shuffle(true).epochs(125).seed(seed);
            let som = fit(&params, &x, 29);
            let units = som.best_matching_units(&Dataset::from_slice(29, &x)).unwrap();
            units.iter().map(|best| som.grid().position(best.first as usize)).collect()
        })
        .collect()
}

/// Birds, hunters, grazers.
const GROUPS: [std::ops::Range<usize>; 3] = [0..7, 7..13, 13..16];

fn apart(a: (f64, f64), b: (f64, f64)) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

fn groups_of_animals(effort: Effort) -> Outcome {
    let trials = effort.trials(10, 30);
    let group = |animal: usize| GROUPS.iter().position(|group| group.contains(&animal));
    let parted = animals(trials).into_iter().filter(|places| {
        let pairs = || (0..16).flat_map(|a| (0..a).map(move |b| (a, b)));
        let distances = |chosen: &dyn Fn(usize, usize) -> bool| -> Vec<f64> {
            pairs().filter(|&(a, b)| chosen(a, b)).map(|(a, b)| apart(places[a], places[b])).collect()
        };
        let between = mean(&distances(&|a, b| group(a) != group(b)));
        (0..3).all(|own| mean(&distances(&|a, b| group(a) == Some(own) && group(b) == Some(own))) < between)
    });
    let parted = parted.count();
    Outcome { ours: share(parted, trials), trials, inside: 0.95 * trials as f64 <= parted as f64 }
}

fn pairs_of_animals(effort: Effort) -> Outcome {
    let trials = effort.trials(10, 30);
    // A step may go across a corner.
    let beside = |places: &[(f64, f64)], a: usize, b: usize| apart(places[a], places[b]) < 1.5;
    let near = animals(trials).into_iter().filter(|places| beside(places, 4, 5) && beside(places, 13, 14)).count();
    Outcome { ours: share(near, trials), trials, inside: 0.9 * trials as f64 <= near as f64 }
}

fn perfect(_: Effort) -> Outcome {
    let place = |at: u32| (f64::from(at) + 0.5) / 10.0;
    let weights = (0..100).flat_map(|unit| [place(unit % 10), place(unit / 10)]).collect();
    let mut params = given(online(10, 10).radius(0.0), weights);
    params.pinned = (0..100).collect();
    let x = uniforms(20_000, 1, "samples");
    let (som, data) = (fit(&params, &x, 2), Dataset::from_slice(2, &x));
    let [eight, four] = [Adjacency::Eight, Adjacency::Four].map(|near| som.topographic_error(&data, near).unwrap());
    Outcome { ours: format!("{eight} and {four}"), trials: 1, inside: eight == 0.0 && four == 0.0 }
}

/// Maps of the irises, and the labels of the samples.
fn iris_maps(trials: usize) -> (Vec<f64>, Vec<u32>, Vec<Som<f64>>) {
    let (rows, names) = table(IRIS);
    let x = rows.concat();
    let mut classes = names.clone();
    classes.dedup();
    let labels: Vec<u32> =
        names.iter().map(|name| classes.iter().position(|class| class == name).unwrap() as u32).collect();
    let data = Dataset::from_slice(4, &x).labels(&labels);
    let params = SomParams::default().width(8).height(8).grid(Lattice::Rectangular).start(Start::Samples);
    let maps = (1..=trials as u64).map(|seed| params.clone().seed(seed).fit(&data).unwrap()).collect();
    (x.clone(), labels, maps)
}

fn ridge(effort: Effort) -> Outcome {
    let trials = effort.trials(10, 50);
    let (_, _, maps) = iris_maps(trials);
    let parted = maps.iter().filter(|som| {
        // A unit without samples belongs to the side of the nearest one that has some.
        let sides: Vec<bool> =
            som.classify(&Dataset::new(&som.weights())).unwrap().iter().map(|&class| class == 0).collect();
        let heights = som.u_matrix();
        let (mut within, mut edge) = (0.0_f64, Vec::new());
        for unit in 0..64 {
            let beside = som.grid().neighbors(unit, Adjacency::Eight);
            if beside.iter().any(|&other| sides[other] != sides[unit]) {
                edge.push(heights[unit]);
            } else if sides[unit] {
                within = within.max(heights[unit]);
            }
        }
        within < mean(&edge)
    });
    let parted = parted.count();
    Outcome { ours: share(parted, trials), trials, inside: 0.95 * trials as f64 <= parted as f64 }
}

fn irises(effort: Effort) -> Outcome {
    let trials = effort.trials(10, 50);
    let (x, labels, maps) = iris_maps(trials);
    let data = Dataset::from_slice(4, &x).labels(&labels);
    let found: Vec<f64> = maps.iter().map(|som| som.evaluate(&data).unwrap().get("accuracy").unwrap()).collect();
    let least = found.iter().copied().fold(1.0, f64::min);
    let accuracy = mean(&found);
    Outcome { ours: format!("mean {accuracy:.3}, least {least:.3}"), trials, inside: (0.93..=0.98).contains(&accuracy) }
}

fn watermelons(_: Effort) -> Outcome {
    let (rows, names) = table(WATERMELON);
    let x = rows.concat();
    let labels: Vec<u32> = names.iter().map(|name| u32::from(*name == names[0])).collect();
    let data = Dataset::from_slice(2, &x).labels(&labels);
    let told: Vec<(f64, f64)> = [3, 4, 5]
        .into_iter()
        .map(|side| {
            let measures = SomParams::default().width(side).height(side).fit(&data).unwrap().evaluate(&data).unwrap();
            (measures.get("quantization_error").unwrap(), 17.0 * measures.get("accuracy").unwrap())
        })
        .collect();
    let ours: Vec<String> = told.iter().map(|(error, right)| format!("{error:.3} with {right:.0} of 17")).collect();
    let falls = told.windows(2).all(|pair| pair[1].0 < pair[0].0);
    let inside = falls && told.iter().all(|(_, right)| 12.5 < *right);
    Outcome { ours: ours.join(", "), trials: 1, inside }
}
