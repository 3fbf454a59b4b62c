//! Settings chosen by trial, on a model whose errors are known in advance.

use nn_core::nalgebra::DMatrix;
use nn_core::tune::{Candidate, Choice, Ended, Ledger, Order, Progress, Space, TuneOptions, Tuned, Tuning, with};
use nn_core::{
    Answer, Arrays, CheckpointTo, Dataset, Error, Fit, FitOptions, History, Measures, Model, OwnedTarget, Params,
    Result, Scalar, Target, with_threads,
};
use nn_core::{OwnedDataset, random};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

nn_core::params! {
    /// A mean that is drawn towards 0.
    pub(crate) struct ShrunkenParams: "shrunken" {
        /// How much.
        shrinkage: f64 = 0.0, 0.0..=1e9;
        /// Learns nothing where it is true.
        diverges: bool = false, ..;
        /// Learns nothing from more samples than these.
        most_samples: usize = 1_000_000, 1..=1_000_000;
        /// Only with shrinkage.
        root: bool = false, ..;
        /// Measures accuracy in place of the error.
        counts: bool = false, ..;
        /// Passes.
        epochs: usize = 1, 1..=9;
    }
}

/// `mean n / (n + shrinkage)`.
#[derive(Clone, Debug)]
pub(crate) struct Shrunken {
    params: ShrunkenParams,
    history: History,
    mean: f64,
}

impl<F: Scalar> Fit<F> for ShrunkenParams {
    type Model = Shrunken;

    fn fit_with(&self, data: &Dataset<'_, F>, options: FitOptions<'_, F>) -> Result<Shrunken> {
        self.validate()?;
        data.check()?;
        let mut history = History::default();
        if self.diverges || self.most_samples < data.samples() {
            return Err(Error::Diverged { epoch: 3, loss: f64::INFINITY });
        }
        if options.is_stopped() {
            history.stopped = nn_core::Stopped::Interrupted;
        }
        let sum: f64 = data.x().iter().map(|x| x.to_f64()).sum();
        let mean = sum / (data.samples() as f64 + self.shrinkage);
        Ok(Shrunken { params: self.clone(), history, mean })
    }
}

impl<F: Scalar> Model<F> for Shrunken {
    type Params = ShrunkenParams;

    fn params(&self) -> &ShrunkenParams {
        &self.params
    }

    fn history(&self) -> &History {
        &self.history
    }

    fn features(&self) -> usize {
        1
    }

    fn answer(&self) -> Answer {
        Answer::Values(1)
    }

    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        Ok(DMatrix::from_element(1, data.samples(), F::from_f64(self.mean)))
    }

    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        let errors = data.x().iter().map(|x| (x.to_f64() - self.mean).powi(2));
        let rmse = (errors.sum::<f64>() / data.samples() as f64).sqrt();
        let measures = Measures::new().with("loss", rmse * rmse);
        Ok(if self.params.counts { measures.with("accuracy", 1.0) } else { measures.with("rmse", rmse) })
    }

    fn arrays(&self) -> Arrays {
        Arrays::new()
    }

    fn from_arrays(_: ShrunkenParams, _: History, _: &Arrays) -> Result<Self> {
        Err(Error::format("is never saved"))
    }
}

/// Numbers about 1.
fn numbers(count: usize) -> Vec<f64> {
    let mut stream = random::Key::once(3).stream("numbers");
    (0..count).map(|_| 1.0 + random::normal(&mut stream)).collect()
}

fn grid() -> Vec<Candidate> {
    Space::new().over("shrinkage", [0.0, 1.0, 1e3, 1e6, 1e9]).grid().unwrap()
}

fn search(tuning: &Tuning, candidates: &[Candidate], x: &[f64]) -> Result<Tuned> {
    tuning.run(&ShrunkenParams::default(), candidates, &Dataset::from_slice(1, x))
}

#[test]
fn a_mean_is_the_mean_of_the_folds_and_the_best_is_chosen() {
    let x = numbers(40);
    let tuned = search(&Tuning::default().folds(4).race(false), &grid(), &x).unwrap();
    assert_eq!((tuned.measure, tuned.better), ("rmse", nn_core::Better::Smaller));
    // By hand, with the folds there are.
    let folds = nn_core::split::k_fold(&Dataset::from_slice(1, &x), 4, 1).unwrap();
    for (trial, shrinkage) in tuned.trials.iter().zip([0.0, 1.0, 1e3, 1e6, 1e9]) {
        assert_eq!(trial.ended, Ended::Whole);
        for ((learned, own), value) in folds.iter().zip(&trial.values) {
            let mean = learned.iter().map(|&i| x[i]).sum::<f64>() / (learned.len() as f64 + shrinkage);
            let square = own.iter().map(|&i| (x[i] - mean).powi(2)).sum::<f64>() / own.len() as f64;
            assert!((square.sqrt() - value).abs() < 1e-12);
        }
    }
    let chosen = tuned.chosen.unwrap();
    assert!(chosen < 2 && tuned.trials.iter().all(|other| tuned.best().unwrap().mean() <= other.mean()));
    let params = with(&ShrunkenParams::default(), &tuned.best().unwrap().candidate).unwrap();
    assert_eq!(params.shrinkage, [0.0, 1.0][chosen]);
}

#[test]
fn who_fails_is_told_with_the_reason_and_the_others_go_on() {
    let x = numbers(20);
    let space = Space::new().over("diverges", [true, false]).over("shrinkage", [1.0, 2.0]);
    let tuned = search(&Tuning::default(), &space.grid().unwrap(), &x).unwrap();
    let Ended::Failed { fold: Some(1), why } = &tuned.trials[0].ended else { panic!("{:?}", tuned.trials[0]) };
    assert!(why.starts_with("training diverged in epoch 3"), "{why}");
    assert!(2 <= tuned.chosen.unwrap() && tuned.trials[0].mean().is_none());
    let all = Space::new().over("diverges", [true]).grid().unwrap();
    let told = search(&Tuning::default(), &all, &x).unwrap_err().to_string();
    assert!(told.starts_with("every candidate failed, the first of them diverges=true: training diverged"), "{told}");
}

#[test]
fn what_cannot_be_tried_is_named_before_anything_is_fitted() {
    let x = numbers(20);
    let told = |space: Space| search(&Tuning::default(), &space.grid().unwrap(), &x).unwrap_err().to_string();
    assert!(
        told(Space::new().over("shrinkag", [1])).starts_with("setting: "),
        "{}",
        told(Space::new().over("shrinkag", [1]))
    );
    assert!(told(Space::new().over("shrinkage", [1, -1])).starts_with("shrinkage: expected a number from 0"));
    let same = told(Space::new().over("shrinkage", ["1", "1.0"]));
    assert_eq!(same, "grid: expected candidates that differ (it means the same as shrinkage=1), got shrinkage=1.0");
    assert_eq!(
        search(&Tuning::default(), &[], &x).unwrap_err().to_string(),
        "grid: expected one candidate or more, got none"
    );
    let tuning = |tuning: Tuning| search(&tuning, &grid(), &x).unwrap_err().to_string();
    assert_eq!(tuning(Tuning::default().folds(1)), "folds: expected a whole number from 2 to the 20 samples, got 1");
    assert_eq!(tuning(Tuning::default().folds(21)), "folds: expected a whole number from 2 to the 20 samples, got 21");
    assert!(tuning(Tuning::default().nested(21)).starts_with("nested: expected a whole number from 2 to the 20"));
    assert!(
        tuning(Tuning::default().order(Order::Time).folds(20))
            .starts_with("folds: expected a whole number from 2 to less")
    );
    assert!(tuning(Tuning::default().measure("epochs")).starts_with("measure: expected quantization_error, accuracy"));
    assert!(
        tuning(Tuning::default().measure("accuracy")).contains("it does not measure accuracy here, but rmse or loss")
    );
    let mixed = told(Space::new().over("counts", [true, false]));
    assert!(mixed.starts_with("measure: expected a name, since the candidates measure accuracy and rmse"), "{mixed}");
}

#[test]
fn the_bits_are_the_same_on_any_number_of_threads() {
    let x = numbers(61);
    let tuning = Tuning::default().folds(6).nested(4);
    let runs =
        [1, 2, 3, 8].map(|threads| with_threads(Some(threads), || search(&tuning, &grid(), &x)).unwrap().unwrap());
    assert!(runs.iter().all(|run| *run == runs[0]));
    assert_eq!(runs[0].nested.as_ref().unwrap().values.len(), 4);
    assert_ne!(search(&tuning.clone().seed(2), &grid(), &x).unwrap(), runs[0]);
}

#[test]
fn racing_spares_folds_and_chooses_the_same() {
    let x = numbers(200);
    let tuning = Tuning::default().folds(10);
    let (raced, whole) =
        (search(&tuning, &grid(), &x).unwrap(), search(&tuning.clone().race(false), &grid(), &x).unwrap());
    assert_eq!(raced.chosen, whole.chosen);
    let stopped: Vec<_> = raced.trials.iter().filter(|trial| trial.ended == Ended::Hopeless).collect();
    assert!(!stopped.is_empty() && stopped.iter().all(|trial| (3..10).contains(&trial.values.len())));
    assert!(whole.trials.iter().all(|trial| trial.values.len() == 10));
    for (raced, whole) in raced.trials.iter().zip(&whole.trials) {
        assert_eq!(raced.values, whole.values[..raced.values.len()]);
    }
}

#[test]
fn who_had_no_hope_beside_a_leader_goes_on_where_the_leader_fails() {
    // Folds in time learn from more and more samples: the better one fails on the sixth of ten.
    let both = Space::new().over("most_samples", [55, 1_000_000]).over("shrinkage", [0.0, 1e9]).grid().unwrap();
    let candidates: Vec<_> = both
        .into_iter()
        .filter(|c| (c.get("most_samples") == Some("55")) == (c.get("shrinkage") == Some("0")))
        .collect();
    assert_eq!(candidates.len(), 2);
    let tuning = Tuning::default().folds(10).order(Order::Time);
    let five = search(&tuning, &candidates, &numbers(50)).unwrap();
    assert!(five.chosen == Some(0) && five.trials[1].ended == Ended::Hopeless);
    let tuned = search(&tuning, &candidates, &numbers(110)).unwrap();
    assert!(matches!(tuned.trials[0].ended, Ended::Failed { fold: Some(6), .. }), "{:?}", tuned.trials[0]);
    assert_eq!((tuned.chosen, &tuned.trials[1].ended, tuned.trials[1].values.len()), (Some(1), &Ended::Whole, 10));
    let unraced = search(&tuning.race(false), &candidates, &numbers(110)).unwrap();
    assert_eq!(tuned.trials, unraced.trials);
}

#[test]
fn lists_of_folds_beyond_all_room_are_refused() {
    let x = vec![0.0; 200_000];
    let told = search(&Tuning::default().folds(100_000), &grid(), &x).unwrap_err().to_string();
    assert!(told.contains("at most 671 for 200000 samples"), "{told}");
}

#[test]
fn the_future_is_foretold_from_the_past_alone() {
    // Each number is ten times the one before: a fold that saw the future would be much too high.
    let x: Vec<f64> = (0..8).map(|i| 10_f64.powi(i)).collect();
    let tuned = search(&Tuning::default().folds(3).order(Order::Time), &grid()[..1], &x).unwrap();
    let first = ((1.0 + 10.0) / 2.0_f64 - 100.0).powi(2) + (5.5_f64 - 1000.0).powi(2);
    assert!((tuned.trials[0].values[0] - (first / 2.0).sqrt()).abs() < 1e-9);
}

#[test]
fn a_nested_estimate_measures_what_was_chosen_without_its_fold() {
    let x = numbers(30);
    let tuned = search(&Tuning::default().folds(3).nested(5), &grid(), &x).unwrap();
    let nested = tuned.nested.unwrap();
    let data = Dataset::from_slice(1, &x);
    for (index, (learned, own)) in nn_core::split::k_fold(&data, 5, 1).unwrap().into_iter().enumerate() {
        let (learned, own) = (data.select(&learned).unwrap(), data.select(&own).unwrap());
        let params = ShrunkenParams::default();
        let inner = Tuning::default().folds(3).run(&params, &grid(), &learned.view()).unwrap();
        let chosen = &inner.best().unwrap().candidate;
        assert_eq!(*chosen, nested.chosen[index]);
        let model: Shrunken = with(&params, chosen).unwrap().fit(&learned.view()).unwrap();
        assert_eq!(model.evaluate(&own.view()).unwrap().get("rmse"), Some(nested.values[index]));
    }
    assert!(nested.mean().is_some() && nested.standard_error().is_some());
}

fn labelled(labels: Vec<u32>) -> OwnedDataset<f64> {
    let x = numbers(labels.len());
    OwnedDataset::new(1, x, OwnedTarget::Labels { classes: 3, labels })
}

#[test]
fn more_folds_than_a_class_has_samples_are_refused_by_its_first_sample() {
    let data = labelled((0..20).map(|i| if i == 7 || i == 12 { 2 } else { i % 2 }).collect());
    let run = |tuning: Tuning| tuning.run(&ShrunkenParams::default(), &grid(), &data.view());
    let told = run(Tuning::default()).unwrap_err().to_string();
    assert_eq!(told, "its class has 2 samples, fewer than the 5 folds (sample 7)");
    assert!(run(Tuning::default().folds(2)).is_ok());
    // Without one outer fold a sample of the class is left, whose place is told in all the data.
    let told = run(Tuning::default().folds(2).nested(2)).unwrap_err().to_string();
    assert!(told.starts_with("its class has 1 sample, fewer than the 2 folds (sample "), "{told}");
    let Target::Labels { labels, .. } = data.view().target() else { panic!("labels are kept") };
    let sample: usize = told.rsplit(' ').next().unwrap().trim_end_matches(')').parse().unwrap();
    assert_eq!(labels[sample], 2);
    assert!(run(Tuning::default().order(Order::Shuffled)).is_ok());
}

fn temporary(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("nn-tune-{}-{name}", std::process::id()))
}

fn options<'a>(path: &std::path::Path) -> TuneOptions<'a, f64> {
    let mut options = TuneOptions::default();
    options.checkpoint = Some(CheckpointTo { path: path.to_owned(), every: 1.into() });
    options
}

/// A search is stopped after every third of its fits, and continued.
#[test]
fn wherever_it_is_stopped_it_goes_on_as_if_it_had_not_been() {
    let x = numbers(24);
    let data = Dataset::from_slice(1, &x);
    let space = Space::new().over("shrinkage", [0.0, 1e6]).over("diverges", [false, true]);
    let candidates = space.grid().unwrap();
    let tuning = Tuning::default().folds(4).nested(2);
    let params = ShrunkenParams::default();
    let path = temporary("stopped");
    let whole = tuning.run_with(&params, &candidates, &data, options(&path)).unwrap();
    let (bytes, fits) = (std::fs::read(&path).unwrap(), Ledger::read(&path).unwrap().done());
    assert!(whole.chosen.is_some());
    // Every write is flushed to the disk, which takes its time.
    for stop_after in (0..fits).step_by(3) {
        let flag = AtomicBool::new(stop_after == 0);
        let monitor = |progress: Progress| flag.store(stop_after <= progress.done, Ordering::Relaxed);
        let mut first = options(&path);
        first.stop = Some(&flag);
        first.monitor = Some(&monitor);
        let stopped = with_threads(Some(1), || tuning.run_with(&params, &candidates, &data, first)).unwrap().unwrap();
        assert!(stopped.nested.is_none(), "{stop_after}");
        let ledger = Ledger::read(&path).unwrap();
        assert_eq!(ledger.done(), stop_after);
        let again = AtomicUsize::new(0);
        let count = |_: Progress| {
            again.fetch_add(1, Ordering::Relaxed);
        };
        let mut second = options(&path);
        second.resume = Some(ledger);
        second.monitor = Some(&count);
        assert_eq!(tuning.run_with(&params, &candidates, &data, second).unwrap(), whole, "{stop_after}");
        assert_eq!(again.into_inner(), fits - stop_after, "a fit was done twice");
        assert!(std::fs::read(&path).unwrap() == bytes, "{stop_after}");
    }
    std::fs::remove_file(path).unwrap();
}

#[test]
fn another_search_is_not_continued() {
    let x = numbers(24);
    let other = numbers(25);
    let path = temporary("other");
    let (params, tuning) = (ShrunkenParams::default(), Tuning::default().folds(3));
    tuning.run_with(&params, &grid(), &Dataset::from_slice(1, &x), options(&path)).unwrap();
    let ledger = Ledger::read(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    let refused = |tuning: &Tuning, params: &ShrunkenParams, candidates: &[Candidate], x: &[f64]| {
        let mut options = TuneOptions::default();
        options.resume = Some(ledger.clone());
        tuning.run_with(params, candidates, &Dataset::from_slice(1, x), options).unwrap_err().to_string()
    };
    let expected = "samples of the data: expected 24 as in the search that is continued, got 25";
    assert_eq!(refused(&tuning, &params, &grid(), &other), expected);
    assert!(refused(&tuning.clone().folds(4), &params, &grid(), &x).starts_with("folds: expected 3 as in"));
    assert!(refused(&tuning, &params.clone().epochs(2_usize), &grid(), &x).starts_with("epochs: expected 1 as in"));
    assert!(refused(&tuning, &params, &grid()[..4], &x).starts_with("candidates: expected 5"));
    let changed = Space::new().over("shrinkage", 0..5).grid().unwrap();
    assert!(refused(&tuning, &params, &changed, &x).starts_with("checksum of the candidates"));
    let choice = tuning.clone().choice(Choice::OneStandardError);
    assert!(refused(&choice, &params, &grid(), &x).starts_with("rule: expected best as in"));
}
