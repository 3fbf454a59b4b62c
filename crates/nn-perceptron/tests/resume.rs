//! A fit that was killed and continued from its checkpoint gives the same model file, bit for bit.

use nn_core::Checkpoint;
use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{BatchSize, Dataset, Epoch, Fit, FitOptions, MlpParams, Model, Rule, with_threads};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Forty samples of two features in three classes.
fn samples() -> (DMatrix<f32>, Vec<u32>) {
    let x = DMatrix::from_fn(2, 40, |i, j| ((7 * j + 3 * i) as f32).sin() + (j % 3) as f32);
    (x, (0..40).map(|j| j % 3).collect())
}

fn params() -> MlpParams {
    MlpParams::default().hidden_layers([5, 4]).epochs(7).batch_size(8)
}

/// A file of a test's own.
fn file(test: &str) -> PathBuf {
    std::env::temp_dir().join(format!("nn-perceptron-{test}-{}.checkpoint", std::process::id()))
}

/// The bytes of the model.
fn fit(params: &MlpParams, options: FitOptions<'_, f32>) -> Vec<u8> {
    let (x, labels) = samples();
    params.fit_with(&Dataset::new(&x).labels(&labels), options).unwrap().to_file().to_bytes()
}

/// What a fit leaves on the disk that is stopped after `epoch`.
fn stopped_after(epoch: usize, params: &MlpParams, path: &Path) -> Checkpoint<f32> {
    let mut stop = |told: &Epoch| if told.epoch == epoch { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    fit(params, FitOptions::default().checkpoint(path, 3).monitor(&mut stop));
    let checkpoint = Checkpoint::read(path).unwrap();
    std::fs::remove_file(path).unwrap();
    checkpoint
}

#[test]
fn a_kill_after_any_epoch_does_not_show_in_the_model() {
    let path = file("any-epoch");
    for params in [
        params(),
        params().optimizer(Rule::Nesterov).batch_size(1),
        params().optimizer(Rule::Sgd).batch_size(BatchSize::All).shuffle(false),
        // Validation samples are set aside, and the best weights come back.
        params().patience(3).validation_fraction(0.25),
    ] {
        let whole = fit(&params, FitOptions::default());
        let done = nn_core::ModelFile::from_bytes(&whole).unwrap().history.losses.len();
        for epoch in 1..=done {
            let checkpoint = stopped_after(epoch, &params, &path);
            assert_eq!(checkpoint.history.losses.len(), epoch);
            assert!(fit(&params, FitOptions::default().resume(checkpoint)) == whole, "{epoch} {params:?}");
        }
    }
}

#[test]
fn the_number_of_threads_may_change_in_between() {
    let path = file("threads");
    let params = params().batch_size(BatchSize::All);
    let whole = fit(&params, FitOptions::default());
    let checkpoint = with_threads(Some(5), || stopped_after(4, &params, &path)).unwrap();
    let resumed = with_threads(Some(2), || fit(&params, FitOptions::default().resume(checkpoint))).unwrap();
    assert!(resumed == whole);
}

#[test]
fn a_checkpoint_of_other_settings_or_data_is_refused_by_name() {
    let checkpoint = stopped_after(3, &params(), &file("refused"));
    let (x, labels) = samples();
    let refused = |params: MlpParams, x: &DMatrix<f32>| {
        let data = Dataset::new(x).labels(&labels[..x.ncols()]);
        params.fit_with(&data, FitOptions::default().resume(checkpoint.clone())).unwrap_err().to_string()
    };
    let error = refused(params().hidden_layers([6]), &x);
    assert_eq!(error, "hidden_layers: expected 5-4 as in the checkpoint, got 6");
    let error = refused(params(), &x.columns(0, 30).into_owned());
    assert_eq!(error, "samples of the data: expected 40 as in the checkpoint, got 30");
    let data = Dataset::new(&x).labels(&labels);
    assert!(params().epochs(9).fit_with(&data, FitOptions::default().resume(checkpoint.clone())).is_ok());
}

/// The model that a checkpoint holds is no model file: it has no scaling and no classes.
#[test]
fn a_checkpoint_is_not_taken_for_a_model() {
    let path = file("not-a-model");
    fit(&params(), FitOptions::default().checkpoint(&path, 1));
    let error = nn_perceptron::Mlp::<f32>::load(&path).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(error, "kind of model: expected mlp, got checkpoint");
}
