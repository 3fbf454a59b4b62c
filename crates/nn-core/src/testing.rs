//! What every layer, objective and model is tested by.
//!
//! [`layer_gradient_error`] and [`objective_gradient_error`] compare gradients with differences of the loss, and
//! [`forward`], [`backward`], [`start`] and [`shard`] put a layer or an objective to any other test. [`conformance`] is the
//! suite that every model passes, in three lines of its tests, [`conformance_online`] that of models that learn part by
//! part, [`answers_or_errors`] is for data and settings that are drawn, and [`hard_data`] for those that are at their worst.

mod hard_data;

pub use hard_data::hard_data;

use crate::kernels::random::fill_uniform;
use crate::layer::{Layer, Point};
use crate::model::{Epoch, Fit, FitOptions, Model, Online, Stopped};
use crate::objective::{At, Objective, Shard, Sums};
use crate::random::Key;
use crate::{Checkpoint, Dataset, Error, Init, OwnedDataset, Result, Scalar, Target, with_threads};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Distance of the points whose losses are compared.
const H: f64 = 1e-4;

/// The slope of `f` at 0 by differences of the fourth order, whose own error is far below 1e-6.
fn slope(mut f: impl FnMut(f64) -> f64) -> f64 {
    (f(-2.0 * H) - 8.0 * f(-H) + 8.0 * f(H) - f(2.0 * H)) / (12.0 * H)
}

/// The largest `|a - n| / (|a| + |n|)` over pairs of analytic and numeric slopes.
///
/// Differences of a loss are themselves no better than its rounding, so a slope far below the largest one is compared
/// with a ten-thousandth of that instead.
fn worst_relative_error(slopes: &[(f64, f64)]) -> f64 {
    let floor = slopes.iter().fold(1e-8, |most: f64, (a, _)| most.max(1e-4 * a.abs()));
    let error = |(a, n): &(f64, f64)| (a - n).abs() / (a.abs() + n.abs()).max(floor);
    // A NaN must not pass for a small number.
    slopes.iter().map(error).fold(0.0, |worst, error| if error <= worst { worst } else { error })
}

/// So many numbers between -1 and 1, of a stream of their own for each purpose.
pub fn numbers(len: usize, purpose: &str) -> Vec<f64> {
    let mut numbers = vec![0.0; len];
    fill_uniform(&mut Key::once(1).stream(purpose), &mut numbers);
    numbers.iter_mut().for_each(|number| *number = 2.0 * *number - 1.0);
    numbers
}

/// A theta to start from: Glorot's, of seed 1.
pub fn start<F: Scalar>(objective: &impl Objective<F>) -> Vec<F> {
    let mut theta = vec![F::ZERO; objective.theta_len()];
    Init::Glorot.fill(&objective.spans(), &mut theta, Key::once(1));
    theta
}

/// A shard of a training step whose lanes hold one step each and weigh 1; another one is `Shard { weights, ..shard(..) }`.
pub fn shard<'a>(lanes: usize, x: &'a [f64], target: &'a [f64]) -> Shard<'a, f64> {
    let (weights, lengths) = (&[1.0; 64][..lanes], &[1; 64][..lanes]);
    Shard { lanes, steps: 1, from: 0, x, target, weights, lengths, key: Key::once(1), training: true }
}

/// What a layer answers for lanes that weigh 1: in training at `key`, or outside of training where there is none.
pub fn forward(layer: &dyn Layer<f64>, theta: &[f64], x: &[f64], lanes: usize, key: Option<Key>) -> Vec<f64> {
    run(layer, theta, x, lanes, key).0
}

/// What a layer answers in training, and the slopes that it gives back for those of its answers.
#[derive(Clone, Debug)]
pub struct Slopes {
    /// Its answers.
    pub y: Vec<f64>,
    /// The slopes of its inputs.
    pub dx: Vec<f64>,
    /// The slopes of its parameters.
    pub dtheta: Vec<f64>,
}

/// The slopes that a layer gives back for `dy`, in a training step of lanes that weigh 1.
///
/// # Panics
/// Where it does not add to a gradient that is not the first.
pub fn backward(layer: &dyn Layer<f64>, theta: &[f64], x: &[f64], dy: &[f64], lanes: usize) -> Slopes {
    let (y, tape) = run(layer, theta, x, lanes, Some(KEY));
    let at = Point { x, y: &y, tape: &tape, dy };
    let (mut dx, mut dtheta) = (unwritten(x.len()), vec![0.0; theta.len()]);
    let mut scratch = unwritten(layer.scratch_len(lanes));
    let shard = Shard { key: KEY, ..shard(lanes, x, &[]) };
    layer.backward(theta, at, Some(&mut dx), &mut dtheta, &mut shard.pass(true, &mut scratch));
    let mut twice = dtheta.clone();
    layer.backward(theta, at, None, &mut twice, &mut shard.pass(false, &mut scratch));
    for (twice, once) in twice.iter().zip(&dtheta) {
        assert!((twice - 2.0 * once).abs() <= 1e-9 * (1.0 + once.abs()), "a gradient is added to: {once} {twice}");
    }
    Slopes { y, dx, dtheta }
}

/// The training step that [`backward`] is one of.
const KEY: Key = Key { seed: 1, step: 2, shard: 3 };

/// Answers and tape.
fn run(layer: &dyn Layer<f64>, theta: &[f64], x: &[f64], lanes: usize, key: Option<Key>) -> (Vec<f64>, Vec<f64>) {
    let mut y = unwritten(lanes * layer.outputs());
    let mut tape = unwritten(layer.tape_len(lanes));
    let mut scratch = unwritten(layer.scratch_len(lanes));
    let shard = Shard { key: key.unwrap_or(KEY), training: key.is_some(), ..shard(lanes, x, &[]) };
    layer.forward(theta, x, &mut y, &mut tape, &mut shard.pass(false, &mut scratch));
    (y, tape)
}

/// Room whose first numbers nobody may count on.
fn unwritten(len: usize) -> Vec<f64> {
    vec![f64::NAN; len]
}

/// The slope of `loss` along each of the numbers of `at`, by differences.
fn slopes(at: &mut [f64], mut loss: impl FnMut(&[f64]) -> f64) -> Vec<f64> {
    let mut slopes = Vec::new();
    for index in 0..at.len() {
        let start = at[index];
        slopes.push(slope(|h| {
            at[index] = start + h;
            loss(at)
        }));
        at[index] = start;
    }
    slopes
}

/// The largest relative error of a layer's gradients, for its parameters and its inputs, at random ones, judged by a
/// random weighting of its outputs.
///
/// # Panics
/// Where the layer does not add to a gradient that is not the first.
pub fn layer_gradient_error(layer: &dyn Layer<f64>, lanes: usize) -> f64 {
    let mut theta = numbers(layer.theta_len(), "theta");
    let mut x = numbers(lanes * layer.inputs(), "x");
    let dy = numbers(lanes * layer.outputs(), "dy");
    let loss = |theta: &[f64], x: &[f64]| {
        forward(layer, theta, x, lanes, Some(KEY)).iter().zip(&dy).map(|(y, d)| y * d).sum::<f64>()
    };
    let told = backward(layer, &theta, &x, &dy, lanes);
    let by_theta = slopes(&mut theta, |theta| loss(theta, &x));
    let by_x = slopes(&mut x, |x| loss(&theta, x));
    let pairs: Vec<_> = told.dtheta.into_iter().zip(by_theta).chain(told.dx.into_iter().zip(by_x)).collect();
    worst_relative_error(&pairs)
}

/// The largest relative error of an objective's gradient at `theta`, on one shard.
pub fn objective_gradient_error(objective: &impl Objective<f64>, theta: &[f64], shard: &Shard<'_, f64>) -> f64 {
    let running = vec![0.0; objective.running_len()];
    let mut scratch = vec![0.0; objective.scratch_len(shard.lanes, shard.steps)];
    let mut carry = vec![0.0; objective.carry_len(shard.lanes)];
    let (mut gradient, mut extra) = (vec![0.0; theta.len()], vec![0.0; objective.extra_len()]);
    let sums = Sums { first: false, gradient: &mut gradient, extra: &mut extra };
    objective.gradient(At { theta, running: &running }, shard, sums, &mut carry, &mut scratch);

    let numeric = slopes(&mut theta.to_vec(), |theta| {
        carry.fill(0.0);
        objective.loss(At { theta, running: &running }, shard, &mut carry, &mut scratch).loss
    });
    worst_relative_error(&gradient.into_iter().zip(numeric).collect::<Vec<_>>())
}

/// What every model promises, tried with these settings on these data, which should be small. The settings must ask
/// for two epochs or more, unless the model learns in one.
///
/// # Panics
/// Where a promise is not kept; the message says which.
pub fn conformance<F: Scalar, P: Fit<F>>(params: &P, data: &Dataset<'_, F>) {
    let mut model = must(params.fit(data), "fit");
    let copy = model.clone();
    let answers = must(model.predict(data), "predict");
    assert_eq!(answers.ncols(), data.samples(), "one column of answers a sample");
    assert!(answers.iter().all(|answer| answer.is_finite()), "every answer is finite");

    let bytes = model.to_file().to_bytes();
    for threads in [1, 2, 5] {
        let again = must(with_threads(Some(threads), || params.fit(data)), "a pool");
        let again = must(again, "fit again").to_file().to_bytes();
        assert!(again == bytes, "the same seed gives the same bytes, with {threads} threads as well");
    }

    let loaded = must(crate::ModelFile::from_bytes(&bytes), "read the file");
    let loaded: P::Model = must(Model::from_file(&loaded), "load the model");
    assert!(must(loaded.predict(data), "predict") == answers, "a loaded model answers with the same bits");
    assert!(loaded.to_file().to_bytes() == bytes, "a loaded model saves the same bytes");
    for length in [0, 7, 8, bytes.len() / 2, bytes.len() - 1] {
        let error = crate::ModelFile::from_bytes(&bytes[..length]).err();
        assert!(matches!(error, Some(Error::Format { .. })), "a file cut at {length} bytes is refused");
    }

    let may_learn_on = params.check_online().is_ok();
    match model.online() {
        Some(online) if !may_learn_on => {
            assert!(online.partial_fit(data).is_err(), "what is said not to learn on part by part does not");
            assert!(model.to_file().to_bytes() == bytes, "a part that is refused changes nothing");
        }
        online => assert!(online.is_some() || !may_learn_on, "what is said to learn on part by part does"),
    }
    assert!(copy.to_file().to_bytes() == bytes, "a copy is the model that it was made of, whatever becomes of that");
    assert!(must(copy.predict(data), "predict") == answers, "a copy answers with the same bits");
    answers_follow_their_samples(&model, data);
    bad_data_is_named(params, &model, data);
    a_break_stops(params, data);
    what_was_stopped_goes_on(params, data, &bytes);
    settings_are_named(params);
}

/// What every model promises that learns part by part, tried with a model as `start` makes it: after parts of so many
/// samples it answers with the bits of one that learned the whole, and a part that cannot be learned leaves the model as
/// it was. Returns what learned the whole.
///
/// Parts should be a multiple of the batch.
///
/// # Panics
/// Where a promise is not kept; the message says which.
pub fn conformance_online<F: Scalar, M>(start: impl Fn() -> M, data: &Dataset<'_, F>, part: usize) -> M
where
    M: Online<F>,
    M::Params: Fit<F>,
{
    let (mut whole, mut parts) = (start(), start());
    must(whole.params().check_online(), "what learns on part by part is said to");
    assert!(whole.online().is_some(), "whoever does not know the model is told that it learns on");
    must(whole.partial_fit(data), "learn the whole");
    for from in (0..data.samples()).step_by(part) {
        bad_parts_change_nothing(&mut parts, data);
        must(parts.partial_fit(&data.part(from..data.samples().min(from + part))), "learn a part");
    }
    assert!(must(parts.predict(data), "predict") == must(whole.predict(data), "predict"), "parts answer as the whole");
    whole
}

fn bad_parts_change_nothing<F: Scalar>(model: &mut impl Online<F>, data: &Dataset<'_, F>) {
    let before = model.to_file().to_bytes();
    let mut refused = |part: &Dataset<'_, F>, what: &str| {
        let error = model.partial_fit(part).err();
        assert!(error.is_some(), "{what} cannot be learned");
        assert!(model.to_file().to_bytes() == before, "{what} change nothing");
        error
    };
    let everything: Vec<usize> = (0..data.samples()).collect();
    let spoilt = must(data.select(&everything), "select").with_number(2 * data.features(), F::from_f64(f64::NAN));
    let error = refused(&spoilt.view(), "numbers that are not finite");
    assert!(matches!(error, Some(Error::Data { sample: Some(2), .. })), "a number that is not finite has its place");
    let wide = vec![F::ZERO; (data.features() + 1) * data.samples()];
    let error = refused(&data.with_x(&wide), "other features");
    assert!(matches!(error, Some(Error::Shape { .. })), "another number of features is Error::Shape");
    let error = refused(&data.part(0..0), "no samples");
    assert!(matches!(error, Some(Error::Data { .. })), "no samples are Error::Data");
    match data.target() {
        Target::None => return,
        Target::Labels { labels, classes } => {
            refused(&data.values_from_slice(data.features(), data.x()), "quantities instead of classes");
            refused(&data.labels_of(classes + 1, labels), "more classes");
        }
        Target::Values { values, outputs } => {
            refused(&data.labels(&vec![0; data.samples()]), "classes instead of quantities");
            refused(&data.values_from_slice(2 * outputs, &[values, values].concat()), "more quantities");
        }
    }
    refused(&data.inputs_only(), "samples without a target");
}

/// Any data and any settings give an answer or a named error, and no answer that is not a number. Returns the model, where
/// there is one.
///
/// # Panics
/// Where something else is found.
pub fn answers_or_errors<F: Scalar, P: Fit<F>>(params: &P, data: &Dataset<'_, F>) -> Option<P::Model> {
    let model = params.fit(data).ok()?;
    answers_soundly(&model, data);
    Some(model)
}

/// No answer and no measure is NaN, and what is saved can be loaded.
fn answers_soundly<F: Scalar, M: Model<F>>(model: &M, data: &Dataset<'_, F>) {
    if let Ok(answers) = model.predict(data) {
        assert_eq!(answers.ncols(), data.samples());
        assert!(answers.iter().all(|answer| answer.is_finite()), "{answers:?}");
    }
    if let Ok(measures) = model.evaluate(data) {
        assert!(measures.all().iter().all(|measure| !measure.value.is_nan()), "{measures:?}");
    }
    let file = must(crate::ModelFile::from_bytes(&model.to_file().to_bytes()), "read the file");
    must(M::from_file(&file), "load the model");
}

fn must<T>(result: Result<T>, what: &str) -> T {
    match result {
        Ok(value) => value,
        // invariant: this is the test itself.
        Err(error) => panic!("{what}: {error}"),
    }
}

/// A sample is answered alike wherever it stands and whatever stands beside it.
fn answers_follow_their_samples<F: Scalar>(model: &impl Model<F>, data: &Dataset<'_, F>) {
    if data.starts().is_some() {
        return;
    }
    let answers = must(model.predict(data), "predict");
    let backwards: Vec<usize> = (0..data.samples()).rev().collect();
    let reversed = must(model.predict(&must(data.select(&backwards), "select").view()), "predict backwards");
    for (sample, &from) in backwards.iter().enumerate() {
        assert!(reversed.column(sample) == answers.column(from), "samples reordered, answers reordered");
    }
}

fn bad_data_is_named<F: Scalar, P: Fit<F>>(params: &P, model: &P::Model, data: &Dataset<'_, F>) {
    let wide = vec![F::ZERO; (data.features() + 1) * 2];
    let error = model.predict(&Dataset::from_slice(data.features() + 1, &wide)).err();
    assert!(matches!(error, Some(Error::Shape { .. })), "another number of features is Error::Shape");

    let everything: Vec<usize> = (0..data.samples()).collect();
    for bad in [f64::NAN, f64::INFINITY] {
        let spoilt: OwnedDataset<F> =
            must(data.select(&everything), "select").with_number(2 * data.features(), F::from_f64(bad));
        for error in [params.fit(&spoilt.view()).err(), model.predict(&spoilt.view()).err()] {
            let named = matches!(error, Some(Error::Data { sample: Some(2), feature: Some(0), .. }));
            assert!(named, "a number that is not finite is Error::Data with its place");
        }
    }
    let spoilt = must(data.select(&everything), "select").with_number(2 * data.features(), F::from_f64(f64::NAN));
    for bad in [spoilt.view(), Dataset::from_slice(data.features() + 1, &wide)] {
        let error = params.fit_with(data, FitOptions::default().validation(bad)).err();
        let is_named = error.is_some_and(|error| error.to_string().starts_with("validation: "));
        assert!(is_named, "what is wrong with validation samples is said to be theirs");
    }
    let empty = Dataset::from_slice(data.features(), &[]);
    assert!(matches!(params.fit(&empty).err(), Some(Error::Data { .. })), "no samples are Error::Data");
}

fn a_break_stops<F: Scalar, P: Fit<F>>(params: &P, data: &Dataset<'_, F>) {
    let mut calls = 0;
    let mut monitor = |_: &Epoch| {
        calls += 1;
        ControlFlow::Break(())
    };
    let model = must(params.fit_with(data, FitOptions::default().monitor(&mut monitor)), "fit with a monitor");
    assert_eq!(calls, 1, "Break stops");
    assert_eq!(model.history().stopped, Stopped::Interrupted, "Break is told");
}

/// A training that was stopped after its first, second or last epoch but one and goes on from its checkpoint, on another number of threads,
/// ends with the bytes of `whole`.
fn what_was_stopped_goes_on<F: Scalar, P: Fit<F>>(params: &P, data: &Dataset<'_, F>, whole: &[u8]) {
    static USED: AtomicUsize = AtomicUsize::new(0);
    let epochs = must(crate::ModelFile::from_bytes(whole), "read the file").history.losses.len();
    let mut lasts = vec![1, 2, epochs.saturating_sub(1).max(1)];
    lasts.dedup();
    for last in lasts {
        let number = USED.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("nn-conformance-{}-{number}", std::process::id()));
        let stopped = with_threads(Some(5), || {
            let mut epochs = 0;
            let mut monitor = |_: &Epoch| {
                epochs += 1;
                if epochs == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            params.fit_with(data, FitOptions::default().monitor(&mut monitor).checkpoint(&path, 1))
        });
        must(must(stopped, "a pool"), "fit and stop");
        let (kept, taken) = (Checkpoint::read(&path), P::Model::load(&path));
        must(std::fs::remove_file(&path).map_err(|error| Error::io(&path, error)), "remove the checkpoint");
        assert!(matches!(taken.err(), Some(Error::Format { .. })), "a checkpoint is not taken for a model");
        let kept = must(kept, "read the checkpoint");
        let resumed = with_threads(Some(2), || params.fit_with(data, FitOptions::default().resume(kept)));
        let resumed = must(resumed, "a pool");
        let bytes = must(resumed, "go on").to_file().to_bytes();
        assert!(bytes == whole, "what was stopped after epoch {last} goes on to the same bytes");
    }
}

fn settings_are_named<P: crate::Params>(params: &P) {
    for setting in P::settings() {
        assert!(!setting.meaning.is_empty(), "{} has a meaning", setting.name);
        let error = params.clone().set(&setting.name, "?").err();
        let named = matches!(error, Some(Error::Param { ref name, .. }) if *name == setting.name);
        assert!(named, "a value that {} cannot have is named", setting.name);
        let mut default = P::default();
        must(default.set(&setting.name, &setting.default), "set the default");
        assert!(default == P::default(), "the default of {} can be set, and is the default", setting.name);
    }
    assert!(params.clone().set("no_such_setting", "1").is_err(), "an unknown setting is refused");
}
