//! The experiments of the chapter, of *Parallel Distributed Processing* (1986) and of Rumelhart, Hinton and Williams (Nature
//! 323, 1986): what they found, what independent programs found, and what is found here.

mod exercise;
mod planted;
mod tuning;
mod watermelon;

use exercise::chapter;
use nn_core::split;
use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::stationary::{Limits, Place};
use nn_perceptron::{
    Activation, BatchSize, Dataset, Fit, Init, Loss, MlpParams, Model, Online, PerceptronParams, Rule, Scaling,
    ScheduleKind, Search, Separability, Variant,
};
use nn_replication::{Certainty, Effort, ImageSet, Images, Outcome, Row, Run, deviation, mean, share};
use planted::planted;
use std::process::ExitCode;
use watermelon::watermelon;

fn main() -> ExitCode {
    nn_replication::main(ROWS)
}

const EXERCISE: Row = Row {
    section: "The chapter's exercise 5.5",
    experiment: "",
    setting: "",
    figure: "",
    source: "independent program in C",
    certainty: Certainty::Measured,
    band: "",
    reason: "",
    run: Run::Alone(gates),
};
const PERCEPTRON: Row =
    Row { section: "Perceptron", source: "exact arithmetic", certainty: Certainty::Computed, ..EXERCISE };
const MLP: Row = Row { section: "Multilayer perceptron", ..EXERCISE };
const SEARCH: Row = Row { section: "Ways out of local minima", certainty: Certainty::Ours, ..EXERCISE };

const TUNING: Row = Row {
    section: "Settings chosen by trial",
    figure: "no figure",
    source: "our own sets",
    certainty: Certainty::Ours,
    ..EXERCISE
};

const ROWS: &[Row] = &[
    Row {
        experiment: "watermelon 3.0, standard, to all 17 right",
        setting: "19-5-1, U(0,1), eta 0.1",
        figure: "1,030 to 2,080 epochs",
        band: "median 700 to 3,500",
        run: Run::Alone(|effort| melons(epochs_to_all_right, 0.1, BatchSize::Count(1), [700, 3500], effort)),
        ..EXERCISE
    },
    Row {
        experiment: "watermelon 3.0, standard, to a mean error of 0.005",
        setting: "19-5-1, U(0,1), eta 0.1",
        figure: "1,510 to 2,730 epochs",
        band: "median 1,000 to 4,500",
        run: Run::Alone(|effort| melons(epochs_to_small_error, 0.1, BatchSize::Count(1), [1000, 4500], effort)),
        ..EXERCISE
    },
    Row {
        experiment: "watermelon 3.0, standard, to all 17 right",
        setting: "19-5-1, U(0,1), eta 0.5",
        figure: "210 to 460 epochs",
        band: "median 120 to 800",
        run: Run::Alone(|effort| melons(epochs_to_all_right, 0.5, BatchSize::Count(1), [120, 800], effort)),
        ..EXERCISE
    },
    Row {
        experiment: "watermelon 3.0, standard, to a mean error of 0.005",
        setting: "19-5-1, U(0,1), eta 0.5",
        figure: "310 to 550 epochs",
        band: "median 200 to 1,000",
        run: Run::Alone(|effort| melons(epochs_to_small_error, 0.5, BatchSize::Count(1), [200, 1000], effort)),
        ..EXERCISE
    },
    Row {
        experiment: "watermelon 3.0, accumulated, to all 17 right",
        setting: "19-5-1, U(0,1), eta 2",
        figure: "950 to 1,860 epochs",
        band: "median 600 to 3,500",
        run: Run::Alone(|effort| melons(epochs_to_all_right, 2.0, BatchSize::All, [600, 3500], effort)),
        ..EXERCISE
    },
    Row {
        experiment: "watermelon 3.0, accumulated, to a mean error of 0.005",
        setting: "19-5-1, U(0,1), eta 2",
        figure: "1,340 to 2,120 epochs",
        band: "median 900 to 4,000",
        run: Run::Alone(|effort| melons(epochs_to_small_error, 2.0, BatchSize::All, [900, 4000], effort)),
        ..EXERCISE
    },
    Row {
        experiment: "watermelon 3.0, epochs of accumulated by those of standard",
        setting: "19-5-1, U(0,1), eta 0.1 for both",
        figure: "17, the number of samples",
        source: "17 steps an epoch beside one of their mean",
        band: "17 +- 40 %",
        run: Run::Alone(ratio),
        ..EXERCISE
    },
    Row {
        experiment: "AND, OR and NAND from weights of 0",
        setting: "order 00, 01, 10, 11, eta 1, step(0) = 1",
        figure: "6 epochs, 11 mistakes, (2, 1), 3; 4, 5, (1, 1), 1; 6, 10, (-2, -1), -2",
        source: "by hand and by an independent program",
        band: "the same",
        run: Run::Alone(gates),
        ..PERCEPTRON
    },
    Row {
        experiment: "XOR never converges",
        setting: "1,000 epochs",
        figure: "3,998 mistakes; the weights come back",
        source: "Minsky, Papert 1969: weights stay bounded",
        band: "3,998 and a cycle",
        run: Run::Alone(exclusive_or),
        ..PERCEPTRON
    },
    Row {
        experiment: "mistakes beside the bound (R/gamma)^2",
        setting: "separable sets of 100 samples, d = 5, margin 0.1",
        figure: "never more than the bound; on the average 0.14 of it, at most 0.28",
        source: "Novikoff 1962; independent program",
        certainty: Certainty::Measured,
        band: "no violation; mean 0.01 to 0.6",
        run: Run::Alone(novikoff),
        ..PERCEPTRON
    },
    Row {
        experiment: "watermelon 3.0: which inputs a line can part",
        setting: "six nominal attributes one-hot; density and sugar; all 19 inputs",
        figure: "no, no, yes",
        source: "linear programming",
        band: "the same",
        run: Run::Alone(parted),
        ..PERCEPTRON
    },
    Row {
        experiment: "pocket on AND with one corner again under the other label",
        setting: "each of the four corners, 400 epochs",
        figure: "one mistake of five, the best there is",
        source: "all lines tried",
        band: "all runs",
        run: Run::Alone(flipped),
        ..PERCEPTRON
    },
    Row {
        experiment: "pocket on watermelon 3.0 alpha: at most 3 of 17 wrong",
        setting: "5,000 steps",
        figure: "95 % of runs",
        source: "none",
        certainty: Certainty::Ours,
        band: "95 % or more",
        reason: "a search over all weights the rule passes through gets there in 81 of 200 runs only, so no pocket can",
        run: Run::Alone(pocket),
        ..PERCEPTRON
    },
    Row {
        experiment: "XOR 2-2-1",
        setting: "+-0.5, eta 0.5, alpha 0.9, online, up to 5,000 epochs",
        figure: "420 of 500; median 186",
        band: "78 to 90 %; 150 to 230",
        run: Run::Alone(|effort| mostly(&classic(2), &xor(), effort.trials(100, 200), 5000, [78, 90], [150, 230])),
        ..MLP
    },
    Row {
        experiment: "XOR 2-3-1",
        setting: "the same",
        figure: "498 of 500; median 157",
        band: "97 % or more; 130 to 190",
        run: Run::Alone(|effort| mostly(&classic(3), &xor(), effort.trials(60, 200), 5000, [97, 100], [130, 190])),
        ..MLP
    },
    Row {
        experiment: "XOR 2-4-1, 2-8-1, 2-16-1: more units, fewer epochs",
        setting: "the same",
        figure: "500 of 500 each; medians 138, 109, 89",
        source: "independent program in C; the falling line of log2 H is Chauvin's, PDP chapter 8",
        band: "all solved, medians falling",
        run: Run::Alone(wider),
        ..MLP
    },
    Row {
        experiment: "XOR 2-2-1 without momentum",
        setting: "eta 0.25, up to 30,000 epochs",
        figure: "415 of 500; median 3,498",
        band: "76 to 90 %; 3,000 to 4,000",
        run: Run::Alone(|effort| {
            let slow = classic(2).learning_rate(0.25).momentum(0.0);
            mostly(&slow, &xor(), effort.trials(60, 200), 30_000, [76, 90], [3000, 4000])
        }),
        ..MLP
    },
    Row {
        experiment: "XOR 2-2-1, accumulated",
        setting: "eta 2 on the sum of gradients, up to 20,000 epochs",
        figure: "475 of 500; median 486",
        band: "90 to 99 %; 400 to 600",
        run: Run::Alone(|effort| {
            // The mean of four gradients here.
            let batch = classic(2).batch_size(BatchSize::All).learning_rate(2.0 * 4.0).momentum(0.0);
            mostly(&batch, &xor(), effort.trials(100, 200), 20_000, [90, 99], [400, 600])
        }),
        ..MLP
    },
    Row {
        experiment: "XOR 2-2-1 from a wider start, to errors below 0.4",
        setting: "+-1, eta 0.5, alpha 0.9, online, up to 5,000 epochs",
        figure: "397 of 500; median 121",
        band: "72 to 87 %",
        reason: "chance: of seeds 1 to 2,000, 1,641 learn it (82 %, median 120), which is well within the band. The limit of \
                 epochs, of which the reference tells nothing, is not why: of these 200, 176 have learned it by epoch 350 and \
                 177 by 1,000; of the 2,000, 1,606 by 350 and 1,636 by 2,000",
        run: Run::Alone(|effort| {
            let trials = effort.trials(100, 200);
            let solved = epochs_within(0.4, &classic(2).init_scale(1.0), &xor(), trials as u64, 5000);
            judged(&solved, trials, [72, 87], [1, 5000])
        }),
        ..MLP
    },
    Row {
        experiment: "encoder 4-2-4",
        setting: "eta 0.5, alpha 0.9, online",
        figure: "200 of 200; median 41",
        band: "98 % or more; 32 to 55",
        run: Run::Alone(|effort| mostly(&classic(2), &encoder(4), effort.trials(100, 200), 5000, [98, 100], [32, 55])),
        ..MLP
    },
    Row {
        experiment: "encoder 8-3-8",
        setting: "the same",
        figure: "200 of 200; median 114",
        source: "independent program in C; solved in PDP chapter 8",
        band: "all; 90 to 145",
        run: Run::Alone(|effort| mostly(&classic(3), &encoder(8), effort.trials(60, 200), 5000, [98, 100], [90, 145])),
        ..MLP
    },
    Row {
        experiment: "encoder 8-2-8",
        setting: "the same, up to 5,000 epochs",
        figure: "95 of 100; median 766",
        band: "85 to 100 %",
        run: Run::Alone(|effort| mostly(&classic(2), &encoder(8), effort.trials(40, 100), 5000, [85, 100], [1, 5000])),
        ..MLP
    },
    Row {
        experiment: "parity of three bits, 3-3-1",
        setting: "the same, up to 5,000 epochs",
        figure: "188 of 200; median 825",
        band: "85 to 99 %",
        run: Run::Alone(|effort| {
            mostly(&classic(3), &patterns(3, odd), effort.trials(100, 200), 5000, [85, 99], [1, 5000])
        }),
        ..MLP
    },
    Row {
        experiment: "parity of four bits, 4-4-1",
        setting: "the same, up to 5,000 epochs",
        figure: "70 of 200; solved once after 2,825 presentations in PDP chapter 8",
        band: "25 to 48 %",
        run: Run::Alone(|effort| {
            mostly(&classic(4), &patterns(4, odd), effort.trials(100, 200), 5000, [25, 48], [1, 5000])
        }),
        ..MLP
    },
    Row {
        experiment: "symmetry 6-2-1",
        setting: "64 patterns, sum of gradients, epsilon 0.1, alpha 0.9, U(-0.3, 0.3), up to 10,000 sweeps",
        figure: "1,425 sweeps (one run)",
        source: "Rumelhart, Hinton, Williams 1986",
        certainty: Certainty::Read,
        band: "66 to 86 % solved, 1,425 between the deciles",
        run: Run::Alone(symmetry),
        ..MLP
    },
    Row {
        experiment: "symmetry 6-2-1 with a smaller step",
        setting: "epsilon 0.03, up to 30,000 sweeps",
        figure: "199 of 200; median 861",
        band: "96 % or more; 780 to 950",
        run: Run::Alone(|effort| {
            let params = mirrored_params().learning_rate(0.03 * 64.0);
            mostly(&params, &mirrored(), effort.trials(40, 200), 30_000, [96, 100], [780, 950])
        }),
        ..MLP
    },
    Row {
        experiment: "symmetry 6-2-1: weights of mirrored inputs opposite, and as 1 to 2 to 4",
        setting: "epsilon 0.1, on to a mean error of 0.01; to 5 % of the largest weight, and 10 % of each ratio",
        figure: "so in the one run that is shown",
        source: "Rumelhart, Hinton, Williams 1986",
        certainty: Certainty::Ours,
        band: "80 % or more of those that get there",
        reason: "the others end at some 3.1, 5.0 and 6.6, about 2 to 3 to 4: another way to tell what is mirrored, since no differences \
                 of left and right make up for each other there either",
        run: Run::Alone(mirrored_weights),
        ..MLP
    },
    Row {
        experiment: "digits, half of them to learn from",
        setting: "64-64-10, Adam, five stratified cuts",
        figure: "accuracy 0.970 +- 0.004",
        source: "scikit-learn",
        band: "0.955 to 0.98",
        run: Run::Alone(digits),
        ..MLP
    },
    Row {
        experiment: "MNIST, all of it: test error",
        setting: "784-300-100-10, scaled tanh, squared error of sigmoid outputs, SGD, eta 0.1, alpha 0.9, batches of 32, 20 epochs",
        figure: "3.05 %, by a regime of its own",
        source: "LeCun, Bottou, Bengio, Haffner 1998 (not verified)",
        certainty: Certainty::Ours,
        band: "mean 1.8 to 2.8 %",
        run: Run::Images(ImageSet::Mnist, mnist),
        ..MLP
    },
    Row {
        experiment: "XOR 2-2-1, accumulated: where those end that do not learn it",
        setting: "eta 2, alpha 0.9, 20,000 epochs; gradient and Hessian at the end",
        figure: "2-2-1 has no local minima",
        source: "Hamey 1998, by its title",
        band: "none in a minimum",
        run: Run::Alone(stuck),
        ..SEARCH
    },
    Row {
        experiment: "XOR 2-2-1 by simulated annealing alone",
        setting: "20,000 evaluations",
        figure: "gradient descent: 78 to 95 %",
        band: "97 % or more",
        run: Run::Alone(|effort| searched(Search::Anneal, 20_000, 97, effort)),
        ..SEARCH
    },
    Row {
        experiment: "XOR 2-2-1 by a genetic algorithm alone",
        setting: "50 networks, 200 generations",
        figure: "gradient descent: 78 to 95 %",
        band: "95 % or more",
        run: Run::Alone(|effort| searched(Search::Genetic, 10_000, 95, effort)),
        ..SEARCH
    },
    Row {
        experiment: "one neuron, two minima: the noise of single samples leads from the higher one to the lower",
        setting: "six samples, start in U(-0.5, 0.5), 300 epochs, eta 4 falling as 1 / (1 + 0.1 epochs)",
        figure: "the mean gradient is nothing in a minimum, those of single samples are not",
        source: "the chapter, section 4",
        band: "accumulated never, standard 95 % or more",
        run: Run::Alone(noise),
        ..SEARCH
    },
    Row {
        experiment: "lambda of (17) by 5-fold cross-validation, or none",
        setting: "1-50-1 on 30 noisy places of a wave; lambda 0.98 to 1; error on the wave itself",
        band: "better in the mean by two standard errors",
        run: Run::Alone(tuning::lambda_beats_none),
        ..TUNING
    },
    Row {
        experiment: "hidden sizes 1, 3, 8 and 32 are put in the order of fresh samples",
        setting: "528 samples of 11 overlapping classes in 10 features, drawn in the manner of the vowels; 6,600 fresh ones",
        band: "four in five orders the same",
        run: Run::Alone(tuning::hidden_sizes),
        ..TUNING
    },
    Row {
        experiment: "pure noise, two classes: the nested estimate of 20 candidates",
        setting: "60 samples, 5 by 5 folds",
        figure: "chance: 0.5",
        source: "exact arithmetic",
        certainty: Certainty::Computed,
        band: "0.5 within three standard errors",
        run: Run::Alone(tuning::nested_on_noise),
        ..TUNING
    },
    Row {
        experiment: "the same: the mean of the best of the 20, which was chosen for it",
        setting: "60 samples, 5 folds",
        figure: "above chance (Varma and Simon 2006)",
        source: "doi:10.1186/1471-2105-7-91",
        certainty: Certainty::Recalled,
        band: "above 0.5 by five standard errors",
        run: Run::Alone(tuning::best_on_noise),
        ..TUNING
    },
];

/// Sigmoid units, squared error, a sample at a time in a fixed order, start in U(-0.5, 0.5), rate 0.5, momentum 0.9.
fn classic(hidden: usize) -> MlpParams {
    MlpParams::default()
        .hidden_layers([hidden])
        .activation(Activation::Sigmoid)
        .output_activation(Activation::Sigmoid)
        .loss(Loss::SquaredError)
        .init(Init::Uniform)
        .init_scale(0.5)
        .scaling(Scaling::None)
        .target_scaling(Scaling::None)
        .optimizer(Rule::Sgd)
        .learning_rate(0.5)
        .momentum(0.9)
        .batch_size(1)
        .shuffle(false)
        .epochs(1)
}

/// All patterns of so many bits, and what `truth` says of each.
fn patterns(bits: usize, truth: impl Fn(&[u8]) -> bool) -> (DMatrix<f64>, DMatrix<f64>) {
    let rows: Vec<Vec<u8>> =
        (0..1_u32 << bits).map(|n| (0..bits).rev().map(|b| (n >> b & 1) as u8).collect()).collect();
    let x = DMatrix::from_fn(bits, rows.len(), |bit, row| f64::from(rows[row][bit]));
    let y = DMatrix::from_fn(1, rows.len(), |_, row| f64::from(u8::from(truth(&rows[row]))));
    (x, y)
}

fn odd(bits: &[u8]) -> bool {
    bits.iter().sum::<u8>() % 2 == 1
}

/// Each of so many units in turn.
fn encoder(units: usize) -> (DMatrix<f64>, DMatrix<f64>) {
    (DMatrix::identity(units, units), DMatrix::identity(units, units))
}

/// The epochs of those of `trials` runs in which all outputs come within 0.5 of their targets, rising.
fn epochs(params: &MlpParams, task: &(DMatrix<f64>, DMatrix<f64>), trials: u64, most: usize) -> Vec<usize> {
    epochs_within(0.5, params, task, trials, most)
}

/// The same for any distance.
fn epochs_within(
    near: f64,
    params: &MlpParams,
    (x, y): &(DMatrix<f64>, DMatrix<f64>),
    trials: u64,
    most: usize,
) -> Vec<usize> {
    let data = Dataset::new(x).values(y);
    let mut epochs: Vec<usize> = (1..=trials)
        .filter_map(|seed| {
            let mut model = params.clone().seed(seed).fit(&data).unwrap();
            (1..=most).find(|&epoch| {
                if 1 < epoch {
                    model.partial_fit(&data).unwrap();
                }
                let answers = model.predict(&data).unwrap();
                answers.iter().zip(y).all(|(answer, target)| (answer - target).abs() < near)
            })
        })
        .collect();
    epochs.sort_unstable();
    epochs
}

fn xor() -> (DMatrix<f64>, DMatrix<f64>) {
    patterns(2, odd)
}

/// That the share solved, in percent, and the median of the epochs lie in their bands.
fn mostly(
    params: &MlpParams,
    task: &(DMatrix<f64>, DMatrix<f64>),
    trials: usize,
    most: usize,
    share: [usize; 2],
    medians: [usize; 2],
) -> Outcome {
    judged(&epochs(params, task, trials as u64, most), trials, share, medians)
}

fn judged(epochs: &[usize], trials: usize, percent: [usize; 2], medians: [usize; 2]) -> Outcome {
    let solved = epochs.len();
    let [early, median, late] = [1, 5, 9].map(|tenth| epochs.get(solved * tenth / 10).copied().unwrap_or(0));
    let inside = percent[0] * trials <= 100 * solved
        && 100 * solved <= percent[1] * trials
        && (medians[0]..=medians[1]).contains(&median);
    Outcome { ours: format!("{}; median {median} ({early} to {late})", share(solved, trials)), trials, inside }
}

fn wider(effort: Effort) -> Outcome {
    let trials = effort.trials(60, 200);
    let runs = [2, 4, 8, 16].map(|hidden| epochs(&classic(hidden), &xor(), trials as u64, 5000));
    let medians = runs.each_ref().map(|epochs| epochs[epochs.len() / 2]);
    let solved = runs[1..].iter().all(|epochs| epochs.len() == trials);
    let falling = medians.windows(2).all(|pair| pair[1] < pair[0]);
    let [.., four, eight, sixteen] = medians;
    let all = if solved { "all solved" } else { "not all solved" };
    Outcome { ours: format!("{all}; medians {four}, {eight}, {sixteen}"), trials, inside: solved && falling }
}

fn mirrored() -> (DMatrix<f64>, DMatrix<f64>) {
    patterns(6, |bits| (0..3).all(|i| bits[i] == bits[5 - i]))
}

/// The paper sums the gradient over the 64 patterns, where here it is their mean.
fn mirrored_params() -> MlpParams {
    classic(2).batch_size(BatchSize::All).init_scale(0.3)
}

fn symmetry(effort: Effort) -> Outcome {
    let trials = effort.trials(60, 200);
    let sweeps = epochs(&mirrored_params().learning_rate(0.1 * 64.0), &mirrored(), trials as u64, 10_000);
    let solved = sweeps.len();
    let [early, median, late] = [1, 5, 9].map(|tenth| sweeps[solved * tenth / 10]);
    let inside = (66 * trials..=86 * trials).contains(&(100 * solved)) && early <= 1425 && 1425 <= late;
    Outcome { ours: format!("{}; median {median} ({early} to {late})", share(solved, trials)), trials, inside }
}

/// Of the runs that come to a small error, those with the weights that the paper shows, and those with the only other ones that
/// were found, as 2 to 3 to 4.
fn mirrored_weights(effort: Effort) -> Outcome {
    let trials = effort.trials(30, 200);
    let (x, y) = mirrored();
    let data = Dataset::new(&x).values(&y);
    let params = mirrored_params().learning_rate(0.1 * 64.0).epochs(10_000).target_loss(0.01);
    let there: Vec<_> = (1..=trials as u64)
        .map(|seed| params.clone().seed(seed).fit(&data).unwrap())
        .filter(|mlp| mlp.history().losses.last().is_some_and(|&loss| loss < 0.01))
        .collect();
    let found = |[second, third]: [f64; 2]| {
        there.iter().filter(|mlp| mlp.theta()[..12].chunks(6).all(|unit| is_mirrored(unit, second, third))).count()
    };
    let (papers, others) = (found([2.0, 4.0]), found([1.5, 2.0]));
    let ours = format!("{}; {others} as 2 to 3 to 4", share(papers, there.len()));
    Outcome { ours, trials, inside: 0 < papers && 80 * there.len() <= 100 * papers }
}

/// Six weights of a unit: opposite from left to right, and in the ratio 1 to `second` to `third` in some order.
fn is_mirrored(weights: &[f64], second: f64, third: f64) -> bool {
    let mut sizes = [0, 1, 2].map(|i| (weights[i] - weights[5 - i]).abs());
    sizes.sort_by(f64::total_cmp);
    let largest = weights.iter().map(|weight| weight.abs()).fold(0.0, f64::max);
    let opposite = (0..3).all(|i| (weights[i] + weights[5 - i]).abs() < 0.05 * largest);
    let is_near = |ratio: f64, expected: f64| (ratio / expected - 1.0).abs() < 0.1;
    opposite && is_near(sizes[1] / sizes[0], second) && is_near(sizes[2] / sizes[0], third)
}

/// Epochs until the mean error of an epoch is below 0.005.
fn epochs_to_small_error(params: &MlpParams) -> usize {
    let (x, labels) = watermelon();
    let model = params.clone().epochs(60_000).target_loss(0.005).fit(&Dataset::new(&x).labels(&labels)).unwrap();
    model.history().losses.len()
}

/// Epochs until all 17 are told rightly.
fn epochs_to_all_right(params: &MlpParams) -> usize {
    let (x, labels) = watermelon();
    let data = Dataset::new(&x).labels(&labels);
    let mut model = params.clone().epochs(1).fit(&data).unwrap();
    let mut epochs = 1;
    while epochs < 60_000 && model.evaluate(&data).unwrap().get("accuracy") != Some(1.0) {
        model.partial_fit(&data).unwrap();
        epochs += 1;
    }
    epochs
}

/// The median lies in the band, and so do four starts in five. (A single start may be luckier or unluckier than the eight of
/// the reference: of ours one in ten leaves its band, on either side.)
fn melons(epochs: fn(&MlpParams) -> usize, rate: f64, batch: BatchSize, band: [usize; 2], effort: Effort) -> Outcome {
    let trials = effort.trials(20, 100);
    let mut found: Vec<usize> = (1..=trials as u64).map(|seed| epochs(&chapter(rate, batch, seed))).collect();
    found.sort_unstable();
    let [early, median, late] = [1, 5, 9].map(|tenth| found[trials * tenth / 10]);
    let within = found.iter().filter(|epochs| (band[0]..=band[1]).contains(*epochs)).count();
    let inside = (band[0]..=band[1]).contains(&median) && 4 * trials <= 5 * within;
    Outcome { ours: format!("median {median} ({early} to {late})"), trials, inside }
}

/// The mean of 17 gradients moves the weights a seventeenth as far as 17 steps do.
fn ratio(effort: Effort) -> Outcome {
    let trials = effort.trials(8, 20);
    let epochs =
        |batch| (1..=trials as u64).map(|seed| epochs_to_small_error(&chapter(0.1, batch, seed))).sum::<usize>() as f64;
    let ratio = epochs(BatchSize::All) / epochs(BatchSize::Count(1));
    Outcome { ours: format!("{ratio:.1}"), trials, inside: (17.0 * 0.6..17.0 * 1.4).contains(&ratio) }
}

/// The corners 00, 01, 10, 11, a column each.
const CORNERS: [f64; 8] = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];

fn gates(_: Effort) -> Outcome {
    let course = |labels: [u32; 4]| {
        let unit = PerceptronParams::default().fit(&Dataset::from_slice(2, &CORNERS).labels(&labels)).unwrap();
        let w = unit.weights();
        let (epochs, mistakes) = (unit.history().losses.len(), unit.mistakes());
        format!("{epochs}, {mistakes}, ({}, {}), {}", w[0], w[1], unit.thresholds()[0])
    };
    let ours = [[0, 0, 0, 1], [0, 1, 1, 1], [1, 1, 1, 0]].map(course).join("; ");
    let inside = ours == "6, 11, (2, 1), 3; 4, 5, (1, 1), 1; 6, 10, (-2, -1), -2";
    Outcome { ours, trials: 1, inside }
}

fn exclusive_or(_: Effort) -> Outcome {
    let data = Dataset::from_slice(2, &CORNERS).labels(&[0, 1, 1, 0]);
    let unit = PerceptronParams::default().epochs(1000).fit(&data).unwrap();
    let (mistakes, cycle) = (unit.mistakes(), unit.cycle());
    let ours = format!("{mistakes} mistakes; {}", if cycle.is_some() { "a cycle" } else { "no cycle" });
    Outcome { ours, trials: 1, inside: mistakes == 3998 && cycle.is_some() }
}

fn parted(_: Effort) -> Outcome {
    let (x, labels) = watermelon();
    let parted = |first: usize, count: usize| {
        let inputs = x.rows(first, count).into_owned();
        let unit = PerceptronParams::default().epochs(10_000).fit(&Dataset::new(&inputs).labels(&labels)).unwrap();
        if matches!(unit.separability(), Separability::Separable { .. }) { "yes" } else { "no" }
    };
    let ours = [parted(0, 17), parted(17, 2), parted(0, 19)].join(", ");
    let inside = ours == "no, no, yes";
    Outcome { ours, trials: 1, inside }
}

fn flipped(effort: Effort) -> Outcome {
    let seeds = effort.trials(10, 50);
    let best = |corner: usize, seed: u64| {
        let x = [&CORNERS[..], &CORNERS[2 * corner..][..2]].concat();
        let mut labels = vec![0, 0, 0, 1];
        labels.push(1 - labels[corner]);
        let params = PerceptronParams::default().variant(Variant::Pocket).epochs(400).seed(seed);
        params.fit(&Dataset::from_slice(2, &x).labels(&labels)).unwrap().history().losses.last() == Some(&0.2)
    };
    let found = (0..4).flat_map(|corner| (0..seeds as u64).map(move |seed| (corner, seed)));
    let found = found.filter(|&(corner, seed)| best(corner, seed)).count();
    let trials = 4 * seeds;
    Outcome { ours: share(found, trials), trials, inside: found == trials }
}

fn pocket(effort: Effort) -> Outcome {
    let trials = effort.trials(100, 200);
    let (x, labels) = watermelon();
    let alpha = x.rows(17, 2).into_owned();
    let right = |seed: &u64| {
        // 294 epochs of 17 draws are 5,000 steps.
        let params = PerceptronParams::default().variant(Variant::Pocket).epochs(294).seed(*seed).explain(false);
        let unit = params.fit(&Dataset::new(&alpha).labels(&labels)).unwrap();
        unit.history().losses.last().is_some_and(|loss| (17.0 * loss).round() <= 3.0)
    };
    let found = (0..trials as u64).filter(right).count();
    Outcome { ours: share(found, trials), trials, inside: 95 * trials <= 100 * found }
}

/// A start alone decides: what is learned after the search is next to nothing.
fn searched(search: Search, budget: usize, percent: usize, effort: Effort) -> Outcome {
    let trials = effort.trials(100, 100);
    let x = DMatrix::from_column_slice(2, 4, &CORNERS);
    let labels = [0, 1, 1, 0];
    let data = Dataset::new(&x).labels(&labels);
    let params = classic(2).learning_rate(1e-9).search(search).search_budget(budget);
    let learned = |seed: &u64| params.clone().seed(*seed).fit(&data).unwrap().classify(&data).unwrap() == labels;
    let found = (1..=trials as u64).filter(learned).count();
    Outcome { ours: share(found, trials), trials, inside: percent * trials <= 100 * found }
}

/// The valleys have their lowest places at w = -0.19, E = 0.0632 and at w = -4.46, E = 0.0417.
fn noise(effort: Effort) -> Outcome {
    let trials = effort.trials(100, 200);
    let x = DMatrix::from_column_slice(1, 6, &[4.0, -4.0, 0.5, -0.5, -1.0, 1.0]);
    let y = DMatrix::from_column_slice(1, 6, &[0.5, 0.5, 0.1, 0.9, 1.0, 0.0]);
    let params = classic(1).hidden_layers([]).learning_rate(4.0).momentum(0.0).epochs(300);
    let params = params.schedule(ScheduleKind::InverseTime).shuffle(true);
    let lowest = |batch| {
        let loss = |seed| {
            let mlp = params.clone().batch_size(batch).seed(seed).fit(&Dataset::new(&x).values(&y)).unwrap();
            mlp.evaluate(&Dataset::new(&x).values(&y)).unwrap().get("loss").unwrap()
        };
        (1..=trials as u64).filter(|&seed| loss(seed) < 0.045).count()
    };
    let (accumulated, standard) = (lowest(BatchSize::All), lowest(BatchSize::Count(1)));
    let ours = format!("accumulated {}, standard {}", share(accumulated, trials), share(standard, trials));
    Outcome { ours, trials, inside: accumulated == 0 && 95 * trials <= 100 * standard }
}

fn novikoff(effort: Effort) -> Outcome {
    let trials = effort.trials(200, 1000);
    let sets = (0..).map(|seed| planted(5, 100, 0.1, seed));
    let sets = sets.filter(|(_, labels, _)| labels.iter().any(|label| *label != labels[0])).take(trials);
    let shares: Vec<f64> = sets
        .map(|(x, labels, _)| {
            let data = Dataset::from_slice(5, &x).labels(&labels);
            let unit = PerceptronParams::default().epochs(10_000).fit(&data).unwrap();
            unit.mistakes() as f64 / unit.mistake_bound().unwrap()
        })
        .collect();
    let (mean, most) = (mean(&shares), shares.iter().copied().fold(0.0, f64::max));
    let ours = format!("on the average {mean:.2} of it, at most {most:.2}");
    Outcome { ours, trials, inside: most <= 1.0 && (0.01..0.6).contains(&mean) }
}

fn digits(effort: Effort) -> Outcome {
    let (x, labels) = nn_replication::digits();
    let data = Dataset::new(&x).labels_of(10, &labels);
    let trials = effort.trials(5, 5);
    let accuracies: Vec<f64> = (1..=trials as u64)
        .map(|seed| {
            let (learned, kept) = split::hold_out(&data, 0.5, seed);
            let (learned, kept) = (data.select(&learned).unwrap(), data.select(&kept).unwrap());
            let mlp = MlpParams::default().hidden_layers([64]).seed(seed).fit(&learned.view()).unwrap();
            mlp.evaluate(&kept.view()).unwrap().get("accuracy").unwrap()
        })
        .collect();
    let (mean, deviation) = (mean(&accuracies), deviation(&accuracies));
    Outcome { ours: format!("{mean:.3} +- {deviation:.3}"), trials, inside: (0.955..=0.98).contains(&mean) }
}

/// The shape of the network and the error are the paper's; its rates, its starts and the end of its training are not known
/// well enough to be repeated.
fn mnist(images: &Images, effort: Effort) -> Outcome {
    let learned = Dataset::new(&images.train.x).labels_of(10, &images.train.labels);
    let asked = Dataset::new(&images.test.x).labels_of(10, &images.test.labels);
    let params = MlpParams::default()
        .hidden_layers([300, 100])
        .activation(Activation::ScaledTanh)
        .loss(Loss::SquaredError)
        .scaling(Scaling::MinMax)
        .optimizer(Rule::Sgd)
        .learning_rate(0.1)
        .momentum(0.9)
        .epochs(20);
    let trials = effort.trials(1, 3);
    let errors: Vec<f64> = (1..=trials as u64)
        .map(|seed| {
            let mlp = params.clone().seed(seed).fit(&learned).unwrap();
            100.0 * (1.0 - mlp.evaluate(&asked).unwrap().get("accuracy").unwrap())
        })
        .collect();
    let mean = mean(&errors);
    let (least, most) =
        (errors.iter().copied().fold(f64::INFINITY, f64::min), errors.iter().copied().fold(0.0, f64::max));
    let ours = format!("{mean:.2} %, from {least:.2} to {most:.2}");
    Outcome { ours, trials, inside: (1.8..=2.8).contains(&mean) }
}

fn stuck(effort: Effort) -> Outcome {
    let trials = effort.trials(100, 200);
    let x = DMatrix::from_column_slice(2, 4, &CORNERS);
    let labels = [0, 1, 1, 0];
    let data = Dataset::new(&x).labels(&labels);
    let params = classic(2).batch_size(BatchSize::All).learning_rate(2.0).epochs(20_000);
    // The error falls for ever, as one over the epochs: so small a slope is as good as none.
    let limits = Limits { gradient: 1e-5, ..Limits::default() };
    let ends: Vec<Place> = (1..=trials as u64)
        .filter_map(|seed| {
            let mlp = params.clone().seed(seed).fit(&data).unwrap();
            let learned = mlp.classify(&data).unwrap() == labels;
            (!learned).then(|| mlp.surroundings(&data).unwrap().place(&limits))
        })
        .collect();
    let kinds = Place::ALL.iter().map(|kind| (kind, ends.iter().filter(|end| *end == kind).count()));
    let told: Vec<String> =
        kinds.filter(|(_, count)| 0 < *count).map(|(kind, count)| format!("{count} {kind}")).collect();
    let ours = format!("{} not learned: {}", ends.len(), told.join(", "));
    Outcome { ours, trials, inside: !ends.contains(&Place::Minimum) }
}
