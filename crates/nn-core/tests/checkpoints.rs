//! Checkpoints: what they keep, what a training is continued from, and what is refused by name.

use nn_core::testing::start;
use nn_core::{
    BatchSize, Chain, Checkpoint, Dataset, Dense, Epoch, Error, FitOptions, History, Loss, ModelFile, Recipe, Result,
    Samples, State, Stopped, Supervised, Training, train,
};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A folder of a test's own that is gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("nn-core-checkpoints-{test}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn network() -> Supervised<f64> {
    Supervised { chain: Chain::new("output", Dense::new(2, 1)), loss: Loss::SquaredError }
}

fn training() -> Training {
    Training { batch_size: BatchSize::Count(4), learning_rate: 0.1, epochs: 6, ..Training::default() }
}

const X: [f64; 20] =
    [0.3, -0.7, 0.9, 0.1, -0.4, 0.8, 0.5, 0.5, -0.9, 0.2, 0.6, -0.3, -0.1, -0.8, 0.7, 0.4, -0.6, 0.0, 0.2, -0.5];
const Y: [f64; 10] = [1.0, 2.0, 0.5, 1.5, -1.0, 2.5, 0.0, 1.0, -0.5, 2.0];

fn data() -> Dataset<'static, f64> {
    Dataset::from_slice(2, &X).values_from_slice(1, &Y)
}

/// What a training gives: state and history.
type Trained = Result<(State<f64>, History)>;

fn train_on(data: Dataset<'_, f64>, training: &Training, mut options: FitOptions<'_, f64>) -> Trained {
    let network = network();
    let mut state = State::new(&network, start(&network), training.optimizer);
    let validation = options.validation.map(|data| Samples::new(data, 1));
    let samples = Samples::new(data, 1);
    let history = train::train(&network, &mut state, &samples, validation.as_ref(), training, &mut options)?;
    Ok((state, history))
}

fn train(training: &Training, options: FitOptions<'_, f64>) -> Trained {
    train_on(data(), training, options)
}

/// A training of six epochs, broken off after three.
fn broken_off(path: &Path) -> Checkpoint<f64> {
    let mut stop = |told: &Epoch| if told.epoch == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    train(&training(), FitOptions::default().checkpoint(path, 1).monitor(&mut stop)).unwrap();
    Checkpoint::read(path).unwrap()
}

fn message(result: Trained) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn a_file_holds_all_of_it() {
    let folder = Folder::new("whole");
    let checkpoint = broken_off(&folder.file("a.checkpoint"));
    assert_eq!(checkpoint.history.losses.len(), 3);
    assert_eq!(checkpoint.state.steps, 9);
    checkpoint.write(folder.file("b.checkpoint")).unwrap();
    assert_eq!(Checkpoint::read(folder.file("b.checkpoint")).unwrap(), checkpoint);
    let [a, b] = ["a", "b"].map(|name| std::fs::read(folder.file(&format!("{name}.checkpoint"))).unwrap());
    assert_eq!(a, b);
}

#[test]
fn a_checkpoint_does_not_change_the_training_that_writes_it() {
    let folder = Folder::new("unchanged");
    let plain = train(&training(), FitOptions::default()).unwrap();
    let written = train(&training(), FitOptions::default().checkpoint(folder.file("c"), 2)).unwrap();
    assert_eq!(plain, written);
}

#[test]
fn a_training_may_go_on_for_longer_than_it_was_meant_to() {
    let folder = Folder::new("longer");
    let path = folder.file("six");
    train(&training(), FitOptions::default().checkpoint(&path, 0)).unwrap();
    let longer = Training { epochs: 10, ..training() };
    let resumed = train(&longer, FitOptions::default().resume(Checkpoint::read(&path).unwrap())).unwrap();
    assert_eq!(resumed, train(&longer, FitOptions::default()).unwrap());
}

/// Neither the epoch of the best parameters nor how long ago it was is forgotten.
#[test]
fn early_stopping_goes_on_where_it_was() {
    let folder = Folder::new("early");
    let path = folder.file("early");
    // The validation samples contradict the others, so that their loss soon grows.
    let contrary: Vec<f64> = Y.iter().map(|y| 1.0 - y).collect();
    let contrary = Dataset::from_slice(2, &X).values_from_slice(1, &contrary);
    let patient = Training { early: nn_core::Early::patience(4), epochs: 100, ..training() };
    let whole = train(&patient, FitOptions::default().validation(contrary)).unwrap();
    let epochs = whole.1.losses.len();
    assert_eq!(whole.1.stopped, Stopped::Early);
    assert!(4 < epochs && epochs < 100);
    for last in 1..=epochs {
        let mut stop =
            |told: &Epoch| if told.epoch == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        let options = FitOptions::default().validation(contrary).checkpoint(&path, 1).monitor(&mut stop);
        train(&patient, options).unwrap();
        let options = FitOptions::default().validation(contrary).resume(Checkpoint::read(&path).unwrap());
        assert_eq!(train(&patient, options).unwrap(), whole, "broken off after epoch {last}");
    }
}

#[test]
fn a_training_that_has_ended_gives_the_same_again() {
    let folder = Folder::new("ended");
    let path = folder.file("ended");
    for training in [training(), Training { target_loss: 1.0, epochs: 100, ..training() }] {
        let whole = train(&training, FitOptions::default().checkpoint(&path, 0)).unwrap();
        let mut monitor = |told: &Epoch| panic!("nothing is left to do, and epoch {} is done", told.epoch);
        let options = FitOptions::default().resume(Checkpoint::read(&path).unwrap()).monitor(&mut monitor);
        assert_eq!(train(&training, options).unwrap(), whole);
    }
}

/// An epoch that was stopped before it began is where the training starts.
#[test]
fn a_training_stopped_within_its_first_epoch_begins_anew() {
    let folder = Folder::new("first");
    let (path, flag) = (folder.file("c"), AtomicBool::new(true));
    train(&training(), FitOptions::default().checkpoint(&path, Duration::from_secs(3600)).stop(&flag)).unwrap();
    let found = Checkpoint::read(&path).unwrap();
    assert_eq!((found.state.steps, found.history.losses.len()), (0, 0));
    let resumed = train(&training(), FitOptions::default().resume(found)).unwrap();
    assert_eq!(resumed, train(&training(), FitOptions::default()).unwrap());
}

/// The time between two checkpoints is at least what was asked for; none at all is every epoch.
#[test]
fn a_checkpoint_may_be_written_by_the_clock() {
    let folder = Folder::new("clock");
    let path = folder.file("c");
    for (every, in_the_second) in [(Duration::ZERO, Some(1)), (Duration::from_secs(3600), None)] {
        let mut seen = None;
        let mut look = |epoch: &nn_core::Epoch| {
            if epoch.epoch == 2 {
                seen = Checkpoint::<f64>::read(&path).ok().map(|checkpoint| checkpoint.history.losses.len());
            }
            ControlFlow::Continue(())
        };
        train(&training(), FitOptions::default().checkpoint(&path, every).monitor(&mut look)).unwrap();
        assert_eq!(seen, in_the_second);
        std::fs::remove_file(&path).unwrap();
    }
}

/// What a killed writer leaves is taken away by the next; what a living one is writing stays.
#[test]
fn leftovers_of_the_dead_are_removed() {
    let folder = Folder::new("leftovers");
    let path = folder.file("c");
    let [dead, alive, other] = ["c.4000000000.0.tmp", "c.4000000000.1.tmp", "c.old.tmp"].map(|name| folder.file(name));
    for path in [&dead, &alive, &other] {
        std::fs::write(path, "half").unwrap();
    }
    let writer = std::fs::File::open(&alive).unwrap();
    writer.lock().unwrap();
    train(&training(), FitOptions::default().checkpoint(&path, 0)).unwrap();
    assert_eq!([&dead, &alive, &other, &path].map(|path| path.exists()), [false, true, true, true]);
}

/// What a checkpoint holds then is the end of the last whole epoch.
#[test]
fn a_training_stopped_within_an_epoch_repeats_it() {
    let folder = Folder::new("within");
    let path = folder.file("within");
    let after_three = broken_off(&path);
    // The flag is up from the start, so that the first batch of the fourth epoch is the last.
    let flag = AtomicBool::new(true);
    let options = FitOptions::default().resume(after_three.clone()).checkpoint(&path, 1).stop(&flag);
    let (state, history) = train(&training(), options).unwrap();
    assert_eq!((state.steps, history.losses.len(), history.stopped), (10, 4, Stopped::Interrupted));

    let found = Checkpoint::read(&path).unwrap();
    assert_eq!(found, after_three);
    let resumed = train(&training(), FitOptions::default().resume(found)).unwrap();
    assert_eq!(resumed, train(&training(), FitOptions::default()).unwrap());
}

#[test]
fn other_settings_are_refused_by_name() {
    let folder = Folder::new("settings");
    let checkpoint = broken_off(&folder.file("c"));
    let refused = |other: Training| message(train(&other, FitOptions::default().resume(checkpoint.clone())));
    assert_eq!(
        refused(Training { learning_rate: 0.2, ..training() }),
        "learning_rate: expected 0.1 as in the checkpoint, got 0.2"
    );
    assert_eq!(refused(Training { seed: 2, ..training() }), "seed: expected 1 as in the checkpoint, got 2");
    assert_eq!(
        refused(Training { batch_size: BatchSize::All, ..training() }),
        "batch_size: expected 4 as in the checkpoint, got all"
    );
    assert_eq!(
        refused(Training {
            recipe: Some(Recipe { model: "mlp".to_owned(), ..Recipe::default() }.into()),
            ..training()
        }),
        "model: expected none as in the checkpoint, got mlp"
    );
    assert_eq!(
        refused(Training { epochs: 2, ..training() }),
        "epochs: expected 3 or more in all, for the checkpoint has done so many, got 2"
    );
}

#[test]
fn other_data_are_refused_by_name() {
    let folder = Folder::new("data");
    let checkpoint = broken_off(&folder.file("c"));
    let refused = |other| message(train_on(other, &training(), FitOptions::default().resume(checkpoint.clone())));
    let fewer = Dataset::from_slice(2, &X[..16]).values_from_slice(1, &Y[..8]);
    assert_eq!(refused(fewer), "samples of the data: expected 10 as in the checkpoint, got 8");
    let weights = [1.0; 10];
    assert_eq!(refused(data().weights(&weights)), "weights of the data: expected false as in the checkpoint, got true");
    let mut x = X;
    x[7] = 0.25;
    let other = Dataset::from_slice(2, &x).values_from_slice(1, &Y);
    assert!(refused(other).starts_with("checksum of the data: expected "));
    let options = FitOptions::default().validation(data()).resume(checkpoint.clone());
    let error = message(train(&training(), options));
    assert!(error.contains("of the validation data: expected none as in the checkpoint"), "{error}");
}

#[test]
fn a_refused_checkpoint_leaves_the_state_as_it_was() {
    let folder = Folder::new("untouched");
    let checkpoint = broken_off(&folder.file("c"));
    let network = network();
    let mut state = State::new(&network, vec![0.0; 3], training().optimizer);
    let before = state.clone();
    let mut options = FitOptions::default().resume(checkpoint);
    let other = Training { seed: 2, ..training() };
    assert!(train::train(&network, &mut state, &Samples::new(data(), 1), None, &other, &mut options).is_err());
    assert_eq!(state, before);
}

/// The settings and the data may be the same and the objective another.
#[test]
fn a_state_of_another_length_is_refused() {
    let folder = Folder::new("length");
    let mut checkpoint = broken_off(&folder.file("c"));
    checkpoint.state.carry.push(0.0);
    let refused = |checkpoint| message(train(&training(), FitOptions::default().resume(checkpoint)));
    assert_eq!(refused(checkpoint.clone()), "carry of the checkpoint: expected 0, got 1");
    checkpoint.state.theta = checkpoint.state.theta[1..].into();
    assert_eq!(refused(checkpoint), "theta of the checkpoint: expected 3, got 2");
}

#[test]
fn a_file_that_is_no_checkpoint_is_refused() {
    let folder = Folder::new("files");
    let path = folder.file("c");
    broken_off(&path);
    // Each names the file first.
    let behind = |path: &Path, error: Error| {
        error.to_string().strip_prefix(&format!("{}: ", path.display())).unwrap_or("no file").to_owned()
    };
    let read = |path: &Path| behind(path, Checkpoint::<f64>::read(path).unwrap_err());

    let other_float = Checkpoint::<f32>::read(&path).unwrap_err();
    assert_eq!(
        behind(&path, other_float),
        "float of the checkpoint: expected F32, got F64, which a model of f64 reads"
    );
    let mut file = ModelFile::read(&path).unwrap();
    file.kind = "mlp".to_owned();
    file.write(folder.file("model")).unwrap();
    assert_eq!(read(&folder.file("model")), "expected a checkpoint, got a file of the kind mlp");

    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(folder.file("damaged"), &bytes).unwrap();
    assert_eq!(read(&folder.file("damaged")), "the file is damaged: its checksum does not match its content");

    let mut file = ModelFile::read(&path).unwrap();
    file.params = file.params.replace(r#""best_epoch":null"#, r#""best_epoch":7"#);
    file.write(folder.file("best")).unwrap();
    assert_eq!(read(&folder.file("best")), "checkpoint: there is no validation loss 7");
}

#[test]
fn where_a_checkpoint_cannot_be_written_training_says_so() {
    let folder = Folder::new("nowhere");
    let error = message(train(&training(), FitOptions::default().checkpoint(folder.file("no/such/folder/c"), 1)));
    assert!(error.contains("no/such/folder/c"), "{error}");
}
