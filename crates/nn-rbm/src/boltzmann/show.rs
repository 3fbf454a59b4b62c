//! What a machine shows of itself: its weights, its energy while it settles, how often its states come against how likely they are,
//! and the course of its learning.

use super::chain::Chain;
use super::model::BoltzmannMachine;
use super::train::{CODES, GAP};
use nn_core::nalgebra::DMatrix;
use nn_core::random::{Key, Uniforms};
use nn_core::{CellColors, GridLayout, GridPlane, Model, Picture, PlaneName, Scalar};

/// Runs whose energy is drawn.
const RUNS: u64 = 5;
/// Units of time at the last temperature that are drawn.
const TIME: usize = 20;
/// More units make a matrix that nobody reads.
const WIDEST: usize = 48;
/// The states of more visible units are not drawn.
const MOST_VISIBLE: usize = 10;
/// Samples of its own that are drawn.
const SAMPLES: usize = 10;
/// Units of time over which frequencies are counted.
const COUNTED: usize = 20_000;

pub(super) fn pictures<F: Scalar>(model: &BoltzmannMachine<F>) -> Vec<Picture> {
    let mut pictures = vec![energies(model)];
    pictures.extend(matrix(model));
    pictures.extend(hidden_weights(model));
    pictures.extend(frequencies(model));
    pictures.extend(samples(model));
    let measures = &model.history().measures;
    let courses = [
        (
            GAP,
            "difference of the phases",
            "The root mean square of how often units are on with samples clamped, less how often \
          when all run free: 0 where nothing is left to learn. Sampled statistics keep it above 0.",
        ),
        (CODES, "codes", "How many different most probable states of the hidden units the samples have."),
    ];
    for (name, title, text) in courses {
        if let Some(values) = measures.get(name) {
            pictures.push(Picture::Course { title: title.to_owned(), text: text.to_owned(), values: values.clone() });
        }
    }
    pictures
}

/// A chain of all units from a start at random.
fn chain<'a>(couplings: &'a super::Couplings, seed: u64, run: u64) -> Chain<'a> {
    let everyone: Vec<u32> = (0..couplings.units() as u32).collect();
    let uniforms = Uniforms::new(Key { seed, step: 0, shard: run }.stream("picture"));
    let mut chain = Chain::new(couplings, vec![0.0; everyone.len()], everyone, uniforms);
    chain.scatter();
    chain
}

/// The energy of a few runs from starts at random, through the stages of annealing.
fn energies<F: Scalar>(model: &BoltzmannMachine<F>) -> Picture {
    let cooled = model.cooled();
    let stages: Vec<f64> = model
        .params
        .annealing_factors
        .iter()
        .zip(&model.params.annealing_times)
        .flat_map(|(&factor, &time)| std::iter::repeat_n(factor, time.min(200)))
        .chain(std::iter::repeat_n(1.0, TIME))
        .collect();
    let run = |run: u64| {
        let mut chain = chain(&cooled, model.params.seed, run);
        let mut energies = vec![chain.energy()];
        for &temperature in &stages {
            chain.pass(temperature);
            energies.push(chain.energy());
        }
        (format!("run {}", run + 1), energies)
    };
    Picture::Lines {
        title: "energy while settling".to_owned(),
        text: "Five runs of all units from starts at random: the energy over the temperature, E/T, after each unit of time. \
               It falls while the machine is annealed, and then goes up and down about what is usual at its temperature."
            .to_owned(),
        names: ["units of time".to_owned(), "energy".to_owned()],
        lines: (0..RUNS).map(run).collect(),
    }
}

/// The weights between all units, biases on the diagonal.
fn matrix<F: Scalar>(model: &BoltzmannMachine<F>) -> Option<Picture> {
    let couplings = model.couplings();
    let units = couplings.units();
    if WIDEST < units {
        return None;
    }
    let number = |i: usize, j: usize| if i == j { couplings.biases()[i] } else { couplings.weight(i, j) };
    let cells = (0..units).flat_map(|i| (0..units).map(move |j| (i, j))).map(|(i, j)| number(i, j)).collect();
    let (features, visible) = (model.features, model.graph.visible);
    let told = match visible - features {
        0 => String::new(),
        _ => format!(", units {features} to {} the target's", visible - 1),
    };
    let text = format!(
        "Row and column are units, counted from 0 at the upper left as `edges` does: units 0 to {} are the features{told}, those \
         behind are hidden. On the diagonal stand the biases; where units are not joined the weight is 0.",
        features - 1
    );
    let plane = GridPlane {
        name: PlaneName::Text(String::new()),
        colors: CellColors::Scale(cells),
        hits: Vec::new(),
        labels: Vec::new(),
        path: Vec::new(),
    };
    let layout = GridLayout { columns: units, rows: units, hexagonal: false, torus: false };
    Some(Picture::Grid { title: "weights between the units".to_owned(), text, layout, planes: vec![plane] })
}

/// What each hidden unit gives to the features.
fn hidden_weights<F: Scalar>(model: &BoltzmannMachine<F>) -> Option<Picture> {
    let (couplings, visible) = (model.couplings(), model.graph.visible);
    let hidden = model.graph.hidden;
    (0 < hidden).then(|| Picture::Weights {
        title: "weights of the hidden units".to_owned(),
        weights: DMatrix::from_fn(model.features, hidden, |i, h| couplings.weight(i, visible + h)),
        by_class: false,
    })
}

/// What it makes up: the features of runs from starts at random.
fn samples<F: Scalar>(model: &BoltzmannMachine<F>) -> Option<Picture> {
    let drawn = model.sample(SAMPLES, model.params.seed).ok()?;
    Some(Picture::Samples {
        title: "samples of its own".to_owned(),
        text: "The features of runs of all units from starts at random, looked at once after annealing and collecting_time. Where it \
               has learned well they look like the samples; where they are all alike, or like nothing, it has not."
            .to_owned(),
        rows: vec![("samples".to_owned(), drawn.rows(0, model.features).into_owned())],
    })
}

/// How often each state of the visible units comes while the machine runs free, beside its probability.
fn frequencies<F: Scalar>(model: &BoltzmannMachine<F>) -> Option<Picture> {
    let (cooled, visible) = (model.cooled(), model.graph.visible);
    if MOST_VISIBLE < visible {
        return None;
    }
    let p = cooled.distribution().ok()?;
    let mut points = DMatrix::zeros(2, 1 << visible);
    for (number, p) in p.iter().enumerate() {
        points[(0, number & ((1 << visible) - 1))] += p;
    }
    let mut chain = chain(&cooled, model.params.seed, RUNS);
    (0..COUNTED / 20).for_each(|_| chain.pass(1.0));
    for _ in 0..COUNTED {
        chain.pass(1.0);
        let number = chain.state()[..visible].iter().rev().fold(0, |number, &unit| 2 * number + unit as usize);
        points[(1, number)] += 1.0 / COUNTED as f64;
    }
    let text = format!(
        "A point for each of the {} states of the visible units: its probability by a sum over all states, and its share of \
         {COUNTED} units of time in which the machine ran free. Where the machine mixes well, they lie on the diagonal.",
        1_u64 << visible
    );
    Some(Picture::Points {
        title: "probabilities and frequencies".to_owned(),
        text,
        names: ["probability".to_owned(), "frequency".to_owned()],
        points,
        classes: Vec::new(),
    })
}
