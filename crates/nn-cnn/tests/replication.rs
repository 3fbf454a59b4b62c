//! The experiments of convolutional networks that are repeated, a row each: `cargo xtask replicate cnn --data DIR`.

use nn_cnn::{CnnParams, Dataset, Fit, Image, LayerFacts, Model, PixelScaling};
use nn_perceptron::MlpParams;
use nn_replication::{Certainty, Effort, ImagePart, ImageSet, Images, Outcome, Row, Run, deviation, digits, mean};
use std::process::ExitCode;

const SECTION: &str = "Convolutional networks";
const LECUN: &str = "LeCun, Bottou, Bengio, Haffner 1998";
fn main() -> ExitCode {
    nn_replication::main(&[
        Row {
            section: SECTION,
            experiment: "LeNet-5: parameters and connections of each layer",
            setting: "as printed",
            figure: "C1 156, 122,304; S2 12, 5,880; C3 1,516, 151,600; S4 32, 2,000; C5 48,120; F6 10,164; 60,000 trainable",
            source: LECUN,
            certainty: Certainty::Computed,
            band: "the same",
            reason: "",
            run: Run::Alone(counts),
        },
        Row {
            section: SECTION,
            experiment: "digits of 8x8 scaled to 32x32, half of them to learn from",
            setting: "lenet5 as it is today, five stratified cuts",
            figure: "accuracy 0.975 or more; 0.970 +- 0.004 of a perceptron with 64 hidden units",
            source: "scikit-learn for the perceptron",
            certainty: Certainty::Ours,
            band: "0.975 or more",
            reason: "",
            run: Run::Alone(half_of_the_digits),
        },
        Row {
            section: SECTION,
            experiment: "digits shifted by up to two pixels: how far ahead of a multilayer perceptron",
            setting: "8x8 within 12x12, learned in the middle and asked shifted; both with their defaults, the network with shift=2",
            figure: "weights that are shared do not mind where an image lies",
            source: "none",
            certainty: Certainty::Ours,
            band: "accuracy 0.3 or more above the perceptron's",
            reason: "",
            run: Run::Alone(shifted_digits),
        },
        Row {
            section: SECTION,
            experiment: "MNIST by LeNet-5 as it is today",
            setting: "lenet5, 10 epochs; fast: one seed, and 10,000 images",
            figure: "test error 0.8 to 1.3 % after some ten passes; 2 to 3.5 % with 10,000 images",
            source: "independent programs",
            certainty: Certainty::Ours,
            band: "at most 1.1 %; fast at most 3.5 %",
            reason: "",
            run: Run::Images(ImageSet::Mnist, |images, effort| {
                mnist(images, effort, &CnnParams::lenet5().epochs(10), 1.1)
            }),
        },
        Row {
            section: SECTION,
            experiment: "MNIST by LeNet-5 as printed",
            setting: "lenet5_1998, 20 passes; fast: one seed, and 10,000 images",
            figure: "test error 0.95 %",
            source: LECUN,
            certainty: Certainty::Recalled,
            band: "0.8 to 1.3 %; fast at most 3.5 %",
            reason: "",
            run: Run::Images(ImageSet::Mnist, |images, effort| mnist(images, effort, &CnnParams::lenet5_1998(), 1.3)),
        },
        Row {
            section: SECTION,
            experiment: "Fashion-MNIST by LeNet-5 as it is today",
            setting: "lenet5, 10 epochs; fast: one seed, and 10,000 images",
            figure: "none of this network",
            source: "none",
            certainty: Certainty::Ours,
            band: "test error at most 10.5 %; fast at most 16 %",
            reason: "",
            run: Run::Images(ImageSet::FashionMnist, |images, effort| {
                errors(images, effort, &CnnParams::lenet5().epochs(10), |error, fast| {
                    error <= if fast { 16.0 } else { 10.5 }
                })
            }),
        },
    ])
}

fn counts(_: Effort) -> Outcome {
    let x = [0.0_f32, 1.0].repeat(1024);
    let labels = [0, 1];
    let data = Dataset::from_slice(1024, &x).labels_of(10, &labels);
    let lenet = CnnParams::lenet5_1998().epochs(1).fit(&data).unwrap();
    let told = |name: &str| {
        let LayerFacts { parameters, connections, .. } =
            lenet.layers().into_iter().find(|layer| layer.name == name).unwrap();
        (parameters, connections)
    };
    let layers = ["c1", "s2", "c3", "s4", "c5", "f6"].map(told);
    let expected = [(156, 122_304), (12, 5_880), (1_516, 151_600), (32, 2_000), (48_120, 48_120), (10_164, 10_164)];
    let ours = layers.map(|(parameters, connections)| format!("{parameters}, {connections}")).join("; ");
    let inside = layers == expected && lenet.theta().len() == 60_000;
    Outcome { ours: format!("{ours}; {} trainable", lenet.theta().len()), trials: 1, inside }
}

/// Mean and its error.
fn mean_and_error(found: &[f64]) -> (f64, f64) {
    (mean(found), deviation(found) / (found.len() as f64).sqrt())
}

fn accuracy(model: &impl Model<f32>, data: &Dataset<'_, f32>) -> f64 {
    model.evaluate(data).unwrap().get("accuracy").unwrap()
}

fn half_of_the_digits(effort: Effort) -> Outcome {
    let (x, labels) = digits();
    let data = Dataset::new(&x).labels(&labels);
    let trials = effort.trials(2, 5);
    let found: Vec<f64> = (1..=trials as u64)
        .map(|seed| {
            let (learned, asked) = nn_core::split::hold_out(&data, 0.5, seed);
            let cnn = CnnParams::lenet5().seed(seed).fit(&data.select(&learned).unwrap().view()).unwrap();
            accuracy(&cnn, &data.select(&asked).unwrap().view())
        })
        .collect();
    let (mean, error) = mean_and_error(&found);
    Outcome { ours: format!("accuracy {mean:.4} +- {error:.4}"), trials, inside: 0.975 <= mean }
}

/// Each digit within 12x12, moved by so many pixels down and to the right.
fn moved(x: &[f32], by: impl Fn(usize) -> (usize, usize)) -> Vec<f32> {
    let mut framed = vec![0.0; x.len() / 64 * 144];
    for (sample, (from, to)) in x.chunks(64).zip(framed.chunks_mut(144)).enumerate() {
        let (down, right) = by(sample);
        for (row, pixels) in from.chunks(8).enumerate() {
            to[(row + down) * 12 + right..][..8].copy_from_slice(pixels);
        }
    }
    framed
}

fn shifted_digits(effort: Effort) -> Outcome {
    let (x, labels) = digits();
    let middle = moved(x.as_slice(), |_| (2, 2));
    // Every place from two pixels up and left to two down and right, in turn.
    let about = moved(x.as_slice(), |sample| (sample % 5, sample / 5 % 5));
    let (middle, about) = [&middle, &about].map(|x| Dataset::from_slice(144, x).labels(&labels)).into();
    let trials = effort.trials(1, 5);
    let (mut ours, mut mlps) = (Vec::new(), Vec::new());
    for seed in 1..=trials as u64 {
        let (learned, asked) = nn_core::split::hold_out(&middle, 0.2, seed);
        let (learned, asked) = (middle.select(&learned).unwrap(), about.select(&asked).unwrap());
        let cnn =
            CnnParams::default().shift(2.0).scaling(PixelScaling::MinMax).seed(seed).fit(&learned.view()).unwrap();
        let mlp = MlpParams::default().seed(seed).fit(&learned.view()).unwrap();
        ours.push(accuracy(&cnn, &asked.view()));
        mlps.push(accuracy(&mlp, &asked.view()));
    }
    let ((ours, error), mlp) = (mean_and_error(&ours), mean(&mlps));
    Outcome { ours: format!("{ours:.3} +- {error:.3} beside {mlp:.3}"), trials, inside: mlp + 0.3 <= ours }
}

fn mnist(images: &Images, effort: Effort, params: &CnnParams, most: f64) -> Outcome {
    errors(images, effort, params, |error, fast| error <= if fast { 3.5 } else { most })
}

/// The test error in percent, the mean of three seeds.
fn errors(images: &Images, effort: Effort, params: &CnnParams, inside: impl Fn(f64, bool) -> bool) -> Outcome {
    let train = if effort.fast { images.train.first(10_000) } else { images.train.clone() };
    let data = |part: &ImagePart| -> (Vec<f32>, Vec<u32>) { (part.x.as_slice().to_vec(), part.labels.clone()) };
    let ((x, labels), (test_x, test_labels)) = (data(&train), data(&images.test));
    let image = Image::grey(images.train.height, images.train.width);
    let learned = Dataset::from_slice(image.numbers(), &x).labels_of(10, &labels);
    let asked = Dataset::from_slice(image.numbers(), &test_x).labels_of(10, &test_labels);
    let trials = effort.trials(1, 3);
    let found: Vec<f64> = (1..=trials as u64)
        .map(|seed| {
            let cnn = params.clone().image(image).seed(seed).fit(&learned).unwrap();
            100.0 * (1.0 - accuracy(&cnn, &asked))
        })
        .collect();
    let mean = mean(&found);
    let each: Vec<String> = found.iter().map(|error| format!("{error:.2}")).collect();
    Outcome { ours: format!("{mean:.2} % ({})", each.join(", ")), trials, inside: inside(mean, effort.fast) }
}
