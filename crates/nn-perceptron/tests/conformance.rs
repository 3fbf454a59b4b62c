//! The suite that every model passes, and what it does not cover: other targets, and learning on.

use nn_core::testing::{conformance, conformance_online};
use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{
    BatchSize, ClassWeight, Dataset, Fit, Init, Loss, MlpParams, Model, PerceptronParams, Rule, Scaling, Variant,
};

/// Twelve samples of two features in three classes, and two quantities of each.
fn samples() -> (DMatrix<f64>, Vec<u32>, DMatrix<f64>) {
    let x = DMatrix::from_fn(2, 12, |i, j| ((7 * j + 3 * i) as f64).sin() + (j % 3) as f64);
    let labels = (0..12).map(|j| j % 3).collect();
    let values = DMatrix::from_fn(2, 12, |i, j| 100.0 * x[(i, j)] - 7.0);
    (x, labels, values)
}

fn params() -> MlpParams {
    MlpParams::default().hidden_layers([5, 4]).epochs(3).batch_size(5)
}

#[test]
fn classes() {
    let (x, labels, _) = samples();
    conformance(&params(), &Dataset::new(&x).labels(&labels));
    let whole = params().optimizer(Rule::Sgd).batch_size(BatchSize::All).shuffle(false);
    conformance(&whole, &Dataset::new(&x).labels(&labels));
    conformance(&params().optimizer(Rule::Nesterov), &Dataset::new(&x.cast::<f32>()).labels(&labels));
}

#[test]
fn two_classes_with_one_output_unit() {
    let (x, labels, _) = samples();
    let labels: Vec<u32> = labels.iter().map(|label| label % 2).collect();
    for loss in [Loss::SquaredError, Loss::BinaryCrossEntropy, Loss::CrossEntropy] {
        conformance(&params().loss(loss), &Dataset::new(&x).labels(&labels));
    }
}

#[test]
fn quantities() {
    let (x, _, values) = samples();
    conformance(&params(), &Dataset::new(&x).values(&values));
    conformance(&params().hidden_layers([]).batch_size(1), &Dataset::new(&x).values(&values));
}

#[test]
fn sample_weights_and_validation() {
    let (x, labels, _) = samples();
    let weights: Vec<f64> = (0..12).map(|j| f64::from(j % 4)).collect();
    conformance(&params().patience(2).validation_fraction(0.3), &Dataset::new(&x).labels(&labels).weights(&weights));
}

/// Samples that no line parts, so that training goes on.
#[test]
fn perceptrons() {
    let (x, labels, _) = samples();
    let two: Vec<u32> = labels.iter().map(|label| label % 2).collect();
    let weights: Vec<f64> = (0..12).map(|j| f64::from(j % 4)).collect();
    for &variant in Variant::ALL {
        let params = PerceptronParams::default().variant(variant).epochs(4).class_weight(ClassWeight::Balanced);
        conformance(&params, &Dataset::new(&x).labels(&labels));
        let params = params.shuffle(true).init(Init::Unit).scaling(Scaling::Standard);
        conformance(&params, &Dataset::new(&x).labels(&two).weights(&weights));
        conformance(&params, &Dataset::new(&x.map(|x| x as f32)).labels(&two));
    }
}

/// Parts equal the whole where every part but the last is a multiple of the batch, and the whole is one epoch of a fit.
#[test]
fn learning_part_by_part_equals_learning_the_whole() {
    let (x, labels, values) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let plain = params().epochs(1).shuffle(false).scaling(Scaling::None);
    for batch in [BatchSize::Count(1), BatchSize::Count(2), BatchSize::Count(4)] {
        for optimizer in [Rule::Sgd, Rule::Nesterov, Rule::Adam] {
            let params = plain.clone().batch_size(batch).optimizer(optimizer);
            let start = || params.fit(&data.part(0..4)).unwrap();
            let learned = conformance_online(start, &data.part(4..12), 4);
            assert_eq!(learned.theta(), params.fit(&data).unwrap().theta(), "{optimizer} {batch:?}");
        }
    }
    let data = Dataset::new(&x).values(&values);
    conformance_online(|| params().fit(&data).unwrap(), &data, 5);
}

/// Enough work that it really is cut: by shards with gradients of their own, by the columns of large layers, and of one
/// sample alone.
#[test]
fn threads_never_show() {
    let x = DMatrix::from_fn(40, 300, |i, j| ((i * j) as f32 * 0.37).sin());
    let labels: Vec<u32> = (0..300).map(|j| j % 7).collect();
    let data = Dataset::new(&x).labels(&labels);
    let shards = MlpParams::default().hidden_layers([30]).batch_size(BatchSize::All).optimizer(Rule::Nesterov);
    let columns = MlpParams::default().hidden_layers([300, 260]).batch_size(64);
    let alone = MlpParams::default().hidden_layers([1200, 1200]).batch_size(1);
    let few = data.part(0..20);
    for (params, parameters, data) in [(shards.patience(1), 0, data), (columns, 1 << 16, data), (alone, 1 << 20, few)] {
        let bytes = |threads| {
            let model = nn_perceptron::with_threads(Some(threads), || params.clone().epochs(2).fit(&data));
            let model = model.unwrap().unwrap();
            assert!(parameters < model.theta().len(), "small enough to be cut in another way");
            model.to_file().to_bytes()
        };
        let expected = bytes(1);
        for threads in [2, 5] {
            assert!(bytes(threads) == expected, "{params:?} with {threads} threads");
        }
    }
}

/// The loss of a batch is measured before its step, so the last step shows in the weights alone.
#[test]
fn a_last_step_that_goes_astray_is_told() {
    let (x, labels, _) = samples();
    let params = MlpParams::default().epochs(1).batch_size(BatchSize::All).learning_rate(1e300).optimizer(Rule::Sgd);
    let error = params.fit(&Dataset::new(&x.cast::<f32>()).labels(&labels)).unwrap_err();
    assert!(matches!(error, nn_perceptron::Error::Diverged { .. }), "{error}");
}

/// A file holds the losses of a long training as well.
#[test]
fn a_long_history_is_saved_and_read() {
    let x = DMatrix::from_row_slice(1, 2, &[0.0, 1.0]);
    let model = MlpParams::default().hidden_layers([]).fit(&Dataset::new(&x).labels(&[0, 1])).unwrap();
    let mut file = model.to_file();
    file.history.losses = (0..300_000).map(|epoch| f64::from(epoch).sin()).collect();
    let read = nn_core::ModelFile::from_bytes(&file.to_bytes()).unwrap();
    assert_eq!(read.history, file.history);
}
