//! Experiments of *Parallel Distributed Processing* and of Rumelhart, Hinton and Williams (Nature 323, 1986), in bands that
//! independent programs fall in: how many of the runs solve the task, and after how many epochs.

use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{Activation, BatchSize, Dataset, Fit, Init, Loss, MlpParams, Model, Online, Rule, Scaling};

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
fn epochs(params: &MlpParams, (x, y): &(DMatrix<f64>, DMatrix<f64>), trials: u64, most: usize) -> Vec<usize> {
    let data = Dataset::new(x).values(y);
    let mut epochs: Vec<usize> = (1..=trials)
        .filter_map(|seed| {
            let mut model = params.clone().seed(seed).fit(&data).unwrap();
            (1..=most).find(|&epoch| {
                if 1 < epoch {
                    model.partial_fit(&data).unwrap();
                }
                let answers = model.predict(&data).unwrap();
                answers.iter().zip(y).all(|(answer, target)| (answer - target).abs() < 0.5)
            })
        })
        .collect();
    epochs.sort_unstable();
    epochs
}

/// How many runs are solved, and the median of their epochs.
fn solved(params: &MlpParams, task: &(DMatrix<f64>, DMatrix<f64>), trials: u64, most: usize) -> (usize, usize) {
    let epochs = epochs(params, task, trials, most);
    (epochs.len(), epochs.get(epochs.len() / 2).copied().unwrap_or(0))
}

/// That the share solved, in percent, and the median lie in their bands.
#[track_caller]
fn within((solved, median): (usize, usize), trials: usize, share: [usize; 2], epochs: [usize; 2]) {
    let found = format!("{solved} of {trials} solved, median {median} epochs");
    println!("{found}");
    assert!(share[0] * trials <= 100 * solved && 100 * solved <= share[1] * trials, "{found}");
    assert!(epochs[0] <= median && median <= epochs[1], "{found}");
}

#[test]
fn xor_with_two_hidden_units_is_mostly_solved() {
    let xor = patterns(2, odd);
    within(solved(&classic(2), &xor, 200, 5000), 200, [78, 90], [150, 230]);
    let slow = classic(2).learning_rate(0.25).momentum(0.0);
    within(solved(&slow, &xor, 100, 30_000), 100, [76, 90], [3000, 4000]);
    // A rate of 2 on the sum of the four gradients, where here it is their mean.
    let batch = classic(2).batch_size(BatchSize::All).learning_rate(2.0 * 4.0).momentum(0.0);
    within(solved(&batch, &xor, 200, 20_000), 200, [90, 99], [400, 600]);
}

#[test]
fn xor_is_solved_sooner_with_more_hidden_units() {
    let xor = patterns(2, odd);
    within(solved(&classic(3), &xor, 100, 5000), 100, [97, 100], [130, 190]);
    let medians = [2, 4, 8, 16].map(|hidden| solved(&classic(hidden), &xor, 100, 5000));
    assert!(medians[1..].iter().all(|&(solved, _)| solved == 100), "{medians:?}");
    assert!(medians.windows(2).all(|pair| pair[1].1 < pair[0].1), "{medians:?}");
}

#[test]
fn encoders_find_their_codes() {
    within(solved(&classic(2), &encoder(4), 100, 5000), 100, [98, 100], [32, 55]);
    within(solved(&classic(3), &encoder(8), 100, 5000), 100, [98, 100], [90, 145]);
    let (count, _) = solved(&classic(2), &encoder(8), 40, 5000);
    assert!((34..=40).contains(&count), "{count}");
}

#[test]
fn parity_is_hard() {
    let (count, _) = solved(&classic(3), &patterns(3, odd), 100, 5000);
    assert!((85..=99).contains(&count), "{count}");
    let (count, _) = solved(&classic(4), &patterns(4, odd), 100, 5000);
    assert!((25..=48).contains(&count), "{count}");
}

#[test]
fn symmetry_is_learned_with_two_hidden_units() {
    // The paper sums the gradient over the 64 patterns, where here it is their mean.
    let mirrored = patterns(6, |bits| (0..3).all(|i| bits[i] == bits[5 - i]));
    let params = classic(2).batch_size(BatchSize::All).init_scale(0.3);
    let sweeps = epochs(&params.clone().learning_rate(0.1 * 64.0), &mirrored, 60, 10_000);
    assert!((40..=51).contains(&sweeps.len()), "{} of 60", sweeps.len());
    // The paper's one run took 1,425: it lies between the first tenth of ours and the last.
    let (early, late) = (sweeps[sweeps.len() / 10], sweeps[sweeps.len() * 9 / 10]);
    assert!(early <= 1425 && 1425 <= late, "{early} {late}");
    within(solved(&params.learning_rate(0.03 * 64.0), &mirrored, 60, 30_000), 60, [96, 100], [780, 950]);
}
