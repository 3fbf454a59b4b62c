//! The experiments of deep belief nets that are repeated, a row each: `cargo xtask replicate dbn --data DIR`.

#[path = "bound.rs"]
mod bound;

use bound::{bars_and_stripes, bounds};
use nn_core::ScheduleKind;
use nn_dbn::nalgebra::DMatrix;
use nn_dbn::{Algorithm, Dataset, Dbn, DbnParams, Fit, FitOptions, Model, OwnedDataset, RbmParams, Stack};
use nn_perceptron::{Mlp, MlpParams};
use nn_replication::{Certainty, Effort, ImageSet, Images, Outcome, Row, Run, deviation, digits, mean};
use std::process::ExitCode;

const SECTION: &str = "Deep belief nets";
/// Classes of both sets.
const CLASSES: usize = 10;
/// Labelled samples of each class, where these are few.
const FEW: usize = 10;

fn main() -> ExitCode {
    let row = Row {
        section: SECTION,
        experiment: "a second machine that begins as the first one upside down",
        setting: "bars and stripes of 3 x 3, 9-9-9 by the exact gradient, 16 rows",
        figure: "the variational bound is the log-probability of the first machine",
        source: "Hinton, Osindero, Teh 2006, section 4",
        certainty: Certainty::Computed,
        band: "1e-9",
        reason: "",
        run: Run::Alone(upside_down),
    };
    nn_replication::main(&[
        Row { ..row },
        Row {
            experiment: "digits at 0.5 with 10 labels a class: what pre-training is worth",
            setting: "64-100-100-10, pre-trained on 1,437 digits without labels, fine-tuned on 100; the other net learns those 100 \
                      from random weights, for as many epochs of back-propagation (50), and for as many updates in all (482 epochs)",
            figure: "pre-training helps by 1 point or more",
            source: "Erhan and others 2010, in spirit; the band is ours",
            certainty: Certainty::Ours,
            band: "mean gain over as many epochs 1 point or more, t above 2; fast: a gain",
            reason: "the gain over as many updates has no band: it is told beside the other",
            run: Run::Alone(few_labels),
            ..row
        },
        Row {
            experiment: "digits at 0.5 with all labels: what pre-training costs",
            setting: "the same, both for 20 epochs on all 1,437",
            figure: "no loss above half a point",
            source: "Erhan and others 2010, in spirit; the band is ours",
            certainty: Certainty::Ours,
            band: "a mean loss of at most 0.5 points",
            run: Run::Alone(all_labels),
            ..row
        },
        Row {
            experiment: "digits that the net makes up",
            setting: "digits at 0.5, 64-100-200 with label units, 100 epochs of PCD-1 a layer whose rate falls from 0.02 by a cosine, 100 \
                      of each class (fast: 20) after 1,000 steps; read by a multilayer perceptron that has learned four fifths of the \
                      digits and is asked the rest",
            figure: "each class can be told",
            source: "Hinton, Osindero, Teh 2006, figure 8, by eye; the band is ours",
            certainty: Certainty::Ours,
            band: "0.8 or more are read as the class that was held",
            reason: "",
            run: Run::Alone(made_up),
            ..row
        },
        Row {
            experiment: "MNIST's digits that the net makes up",
            setting: "grey values, 784-500-500-2000 with label units, 20 epochs of PCD-1 a layer in batches of 100 whose rate falls from \
                      0.02 by a cosine (fast: 784-300-500, 10,000 images, 10 epochs), 100 of each class after 1,000 steps; read by a \
                      multilayer perceptron that has learned the same images",
            figure: "each class can be told",
            source: "Hinton, Osindero, Teh 2006, figure 8, by eye; the band is ours",
            certainty: Certainty::Ours,
            band: "0.8 or more are read as the class that was held",
            reason: "",
            run: Run::Images(ImageSet::Mnist, mnist_made_up),
            ..row
        },
        Row {
            experiment: "MNIST, 784-500-500-2000-10",
            setting: "10 epochs of CD-1 a layer, 30 of back-propagation by Adam whose rate falls by a cosine, with 0.3 of the hidden \
                      units absent at each step, batches of 100; fast: 10,000 images, 3 and 10 epochs",
            figure: "1.15 % by back-propagation after pre-training",
            source: "Hinton, a lecture's slide",
            certainty: Certainty::Recalled,
            band: "test error at most 1.4 %; fast at most 5 %",
            run: Run::Images(ImageSet::Mnist, mnist),
            ..row
        },
    ])
}

fn upside_down(effort: Effort) -> Outcome {
    let x = bars_and_stripes();
    let data = Dataset::new(&x);
    let params = RbmParams::default().hidden_units(9).algorithm(Algorithm::Exact).centering(Some(false));
    let params = params.learning_rate(0.2).batch_size(16).epochs(effort.trials(100, 2000));
    let first = params.fit(&data).unwrap();
    let second = nn_dbn::Rbm::from_theta(params, 9, 0, first.stacked_start()).unwrap();
    let (z, energies) = (first.log_partition().unwrap(), first.free_energy(&data).unwrap());
    let apart = bounds(&first, &second, &x).into_iter().zip(energies).map(|(bound, energy)| (bound + energy + z).abs());
    // A NaN is the worst of all.
    let worst = apart.fold(0.0, |worst: f64, apart| if apart <= worst { worst } else { apart });
    Outcome { ours: format!("{worst:.1e}"), trials: 16, inside: worst < 1e-9 }
}

/// The digits, each pixel on or off.
fn bits() -> (DMatrix<f32>, Vec<u32>) {
    let (x, labels) = digits();
    (x.map(|x| f32::from(u8::from(8.0 <= x))), labels)
}

/// A net for the digits.
fn net(seed: u64) -> DbnParams {
    let rbm = RbmParams::default().learning_rate(0.05).epochs(30).batch_size(20);
    DbnParams::default().hidden_layers([100, 100]).rbm(rbm).batch_size(10).epochs(50).seed(seed)
}

/// 1,437 digits to learn from and 360 to be asked, and the indices of a few of each class among the first.
fn parts(data: &Dataset<'_, f32>, seed: u64) -> (OwnedDataset<f32>, OwnedDataset<f32>, Vec<usize>) {
    let (learned, asked) = nn_core::split::hold_out(data, 0.2, seed);
    let (learned, asked) = (data.select(&learned).unwrap(), data.select(&asked).unwrap());
    let nn_dbn::Target::Labels { labels, .. } = learned.view().target() else { panic!("digits have labels") };
    // The order of the samples is that of who wrote them.
    let mut order: Vec<u32> = (0..labels.len() as u32).collect();
    nn_core::random::epoch_order(seed, 1, 0, &mut order);
    let of = |class: u32| order.iter().map(|&s| s as usize).filter(move |&s| labels[s] == class).take(FEW);
    let few = (0..CLASSES as u32).flat_map(of).collect();
    (learned, asked, few)
}

fn right(model: &Dbn<f32>, asked: &OwnedDataset<f32>) -> f64 {
    100.0 * model.evaluate(&asked.view()).unwrap().get("accuracy").unwrap()
}

/// Accuracies in per cent, a number a seed.
#[derive(Default)]
struct Accuracies {
    with: Vec<f64>,
    /// Without pre-training, for as many epochs of back-propagation.
    as_many_epochs: Vec<f64>,
    /// For as many updates of weights in all; of few labels alone.
    as_many_updates: Vec<f64>,
}

fn both_ways(trials: usize, few_labels: bool) -> Accuracies {
    let (x, labels) = bits();
    let data = Dataset::new(&x).labels(&labels);
    let mut found = Accuracies::default();
    for seed in 1..=trials as u64 {
        let (learned, asked, few) = parts(&data, seed);
        let params = net(seed);
        let params = if few_labels { params } else { params.epochs(20).batch_size(32) };
        let stack = params.pretrain(&learned.view().inputs_only(), FitOptions::default()).unwrap();
        let stack_samples = learned.view().samples();
        let tuned_on = if few_labels { learned.view().select(&few).unwrap() } else { learned };
        let tuned = stack.fine_tune(&params, &tuned_on.view(), FitOptions::default()).unwrap();
        found.with.push(right(&tuned, &asked));
        let without = |epochs: usize| {
            let params = params.clone().pretraining(false).epochs(epochs);
            right(&params.fit(&tuned_on.view()).unwrap(), &asked)
        };
        found.as_many_epochs.push(without(params.epochs));
        if few_labels {
            // Of batches of 20 in both layers, and of 10 here.
            let of_pretraining = 2 * params.rbm.epochs * stack_samples.div_ceil(20);
            found.as_many_updates.push(without(params.epochs + of_pretraining.div_ceil(few.len().div_ceil(10))));
        }
    }
    found
}

fn gains(with: &[f64], without: &[f64]) -> (f64, f64, String) {
    let gains: Vec<f64> = with.iter().zip(without).map(|(with, without)| with - without).collect();
    let error = deviation(&gains) / (gains.len() as f64).sqrt();
    let gain = mean(&gains);
    let told = format!("{:.2} % with, {:.2} % without: {gain:.2} +- {error:.2} points", mean(with), mean(without));
    (gain, error, told)
}

fn few_labels(effort: Effort) -> Outcome {
    let trials = effort.trials(2, 20);
    let found = both_ways(trials, true);
    let (gain, error, ours) = gains(&found.with, &found.as_many_epochs);
    let (_, _, of_updates) = gains(&found.with, &found.as_many_updates);
    let ours = format!("{ours}; for as many updates {of_updates}");
    let inside = if effort.fast { 0.0 < gain } else { 1.0 <= gain && 2.0 * error < gain };
    Outcome { ours, trials, inside }
}

fn all_labels(effort: Effort) -> Outcome {
    let trials = effort.trials(1, 20);
    let found = both_ways(trials, false);
    let (gain, _, ours) = gains(&found.with, &found.as_many_epochs);
    // A single cut says little: its 360 answers have a deviation of a point.
    Outcome { ours, trials, inside: if effort.fast { -3.0 } else { -0.5 } <= gain }
}

fn made_up(effort: Effort) -> Outcome {
    let (x, labels) = bits();
    let data = Dataset::new(&x).labels(&labels);
    let rbm = persistent().epochs(100).batch_size(20);
    let params = DbnParams::default().hidden_layers([100, 200]).rbm(rbm).label_units(true);
    let stack = params.pretrain(&data, FitOptions::default()).unwrap();
    let (learned, asked) = nn_core::split::hold_out(&data, 0.2, 1);
    let [learned, asked] = [learned, asked].map(|part| data.select(&part).unwrap());
    let reader = MlpParams::default().epochs(20).fit(&learned.view()).unwrap();
    read_as_held(&stack, &reader, &asked.view(), effort.trials(20, 100))
}

/// How machines learn whose samples are to be looked at: by chains that went far, at a rate that falls to 0.
fn persistent() -> RbmParams {
    let rbm = RbmParams::default().algorithm(Algorithm::Persistent).learning_rate(0.02);
    rbm.schedule(ScheduleKind::Cosine)
}

/// How many samples of each class, `each` of them after 1,000 steps, are read as that class.
fn read_as_held(stack: &Stack<f32>, reader: &Mlp<f32>, asked: &Dataset<'_, f32>, each: usize) -> Outcome {
    let knows = reader.evaluate(asked).unwrap().get("accuracy").unwrap();
    let read = |class: u32| {
        let made = stack.generate(each, Some(class), 1000, 1).unwrap();
        reader.classify(&Dataset::new(&made)).unwrap().iter().filter(|&&read| read == class).count()
    };
    let rightly: usize = (0..CLASSES as u32).map(read).sum();
    let trials = CLASSES * each;
    let share = rightly as f64 / trials as f64;
    Outcome {
        ours: format!("{}; its reader knows {:.1} % of digits", nn_replication::share(rightly, trials), 100.0 * knows),
        trials,
        inside: 0.8 <= share,
    }
}

fn mnist_made_up(images: &Images, effort: Effort) -> Outcome {
    let train = if effort.fast { &images.train.first(10_000) } else { &images.train };
    let (x, asked) = (&train.x / 255.0, &images.test.x / 255.0);
    let layers = if effort.fast { vec![300, 500] } else { vec![500, 500, 2000] };
    let rbm = persistent().epochs(effort.trials(10, 20)).batch_size(100);
    let data = Dataset::new(&x).labels(&train.labels);
    let params = DbnParams::default().hidden_layers(layers).rbm(rbm).label_units(true);
    let stack = params.pretrain(&data, FitOptions::default()).unwrap();
    let reader = MlpParams::default().hidden_layers([256]).batch_size(100).epochs(10).fit(&data).unwrap();
    read_as_held(&stack, &reader, &Dataset::new(&asked).labels(&images.test.labels), 100)
}

fn mnist(images: &Images, effort: Effort) -> Outcome {
    let train = if effort.fast { &images.train.first(10_000) } else { &images.train };
    let (x, asked) = (&train.x / 255.0, &images.test.x / 255.0);
    let rbm = RbmParams::default().learning_rate(0.05).weight_decay(0.0002).batch_size(100);
    let params = DbnParams::default()
        .hidden_layers([500, 500, 2000])
        .rbm(rbm.epochs(effort.trials(3, 10)))
        .dropout(0.3)
        .schedule(ScheduleKind::Cosine)
        .batch_size(100)
        .epochs(effort.trials(10, 30));
    let model = params.fit(&Dataset::new(&x).labels(&train.labels)).unwrap();
    let accuracy = model.evaluate(&Dataset::new(&asked).labels(&images.test.labels)).unwrap().get("accuracy").unwrap();
    // Counted, since 1 - 0.986 is a little more than 0.014.
    let samples = images.test.labels.len() as f64;
    let error = 100.0 * ((1.0 - accuracy) * samples).round() / samples;
    let band = if effort.fast { 5.0 } else { 1.4 };
    Outcome { ours: format!("test error {error:.2} %"), trials: 1, inside: error <= band }
}
