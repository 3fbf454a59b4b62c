//! The suite that every model passes, and what it does not cover: other targets, and learning on.

use nn_core::testing::conformance;
use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{
    BatchSize, ClassWeight, Dataset, Fit, Init, Loss, MlpParams, Model, Online, PerceptronParams, Rule, Scaling,
    Variant,
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

/// Parts equal the whole where every part but the last is a multiple of the batch.
#[test]
fn learning_part_by_part_equals_learning_the_whole() {
    let (x, labels, _) = samples();
    let part = |from: usize, to: usize| (x.columns(from, to - from).into_owned(), labels[from..to].to_vec());
    for batch in [BatchSize::Count(1), BatchSize::Count(2), BatchSize::Count(4)] {
        for optimizer in [Rule::Sgd, Rule::Nesterov, Rule::Adam] {
            let params = params().epochs(1).shuffle(false).scaling(Scaling::None);
            let params = params.batch_size(batch).optimizer(optimizer);
            let whole = params.fit(&Dataset::new(&x).labels(&labels)).unwrap();
            let (first, first_labels) = part(0, 4);
            let mut model = params.fit(&Dataset::new(&first).labels_of(3, &first_labels)).unwrap();
            for (from, to) in [(4, 8), (8, 12)] {
                let (next, next_labels) = part(from, to);
                model.partial_fit(&Dataset::new(&next).labels(&next_labels)).unwrap();
            }
            assert_eq!(model.theta(), whole.theta(), "{optimizer} {batch:?}");
        }
    }
}

#[test]
fn a_part_that_does_not_fit_leaves_the_model_as_it_was() {
    let (x, labels, values) = samples();
    let data = Dataset::new(&x).labels(&labels);
    let mut model = params().fit(&data).unwrap();
    let before = model.to_file().to_bytes();
    assert!(model.partial_fit(&Dataset::new(&x).values(&values)).is_err());
    assert!(model.partial_fit(&Dataset::new(&x).labels_of(4, &labels)).is_err());
    assert!(model.partial_fit(&Dataset::new(&x)).is_err());
    assert!(model.partial_fit(&Dataset::new(&(x.clone() * f64::NAN)).labels(&labels)).is_err());
    assert_eq!(model.to_file().to_bytes(), before);
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
    for (params, parameters) in [(shards.patience(1), 0), (columns, 1 << 16), (alone, 1 << 20)] {
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
    let params = MlpParams::default().hidden_layers([]).epochs(300_000);
    let model = params.fit(&Dataset::new(&x).labels(&[0, 1])).unwrap();
    let read = nn_core::ModelFile::from_bytes(&model.to_file().to_bytes()).unwrap();
    assert_eq!(read.history, *model.history());
}
