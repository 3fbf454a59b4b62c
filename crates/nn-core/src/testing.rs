//! What every layer, objective and model is tested by.
//!
//! [`layer_gradient_error`] and [`objective_gradient_error`] compare gradients with differences of the loss;
//! [`conformance`] is the suite that every model passes, in three lines of its `tests/conformance.rs`.

use crate::kernels::random::fill_uniform;
use crate::layer::{Layer, Pass, Point};
use crate::model::{Epoch, Fit, FitOptions, Model, Stopped};
use crate::objective::{At, Objective, Shard, Sums};
use crate::random::Key;
use crate::{Checkpoint, Dataset, Error, OwnedDataset, Result, Scalar, with_threads};
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

/// So many numbers between -1 and 1.
fn numbers(len: usize, purpose: &str) -> Vec<f64> {
    let mut numbers = vec![0.0; len];
    fill_uniform(&mut Key::once(1).stream(purpose), &mut numbers);
    numbers.iter_mut().for_each(|number| *number = 2.0 * *number - 1.0);
    numbers
}

/// The largest relative error of a layer's gradients, for its parameters and its inputs, at random ones, judged by a
/// random weighting of its outputs.
pub fn layer_gradient_error(layer: &dyn Layer<f64>, lanes: usize) -> f64 {
    let mut theta = numbers(layer.theta_len(), "theta");
    let mut x = numbers(lanes * layer.inputs(), "x");
    let dy = numbers(lanes * layer.outputs(), "dy");
    let mut y = vec![0.0; dy.len()];
    let mut tape = vec![0.0; layer.tape_len(lanes)];
    let mut scratch = vec![0.0; layer.scratch_len(lanes)];
    let weights = vec![1.0; lanes];

    let mut loss = |theta: &[f64], x: &[f64]| {
        let key = Key { seed: 1, step: 2, shard: 3 };
        let mut pass = Pass { lanes, training: true, first: false, weights: &weights, key, scratch: &mut scratch };
        layer.forward(theta, x, &mut y, &mut tape, &mut pass);
        let loss = y.iter().zip(&dy).map(|(y, d)| y * d).sum::<f64>();
        (loss, y.clone(), tape.clone())
    };
    let (_, y, tape) = loss(&theta, &x);
    let (mut dx, mut gradient) = (vec![0.0; x.len()], vec![0.0; theta.len()]);
    let mut scratch = vec![0.0; layer.scratch_len(lanes)];
    let key = Key { seed: 1, step: 2, shard: 3 };
    let mut pass = Pass { lanes, training: true, first: false, weights: &weights, key, scratch: &mut scratch };
    let at = Point { x: &x, y: &y, tape: &tape, dy: &dy };
    layer.backward(&theta, at, Some(&mut dx), &mut gradient, &mut pass);

    let mut slopes = Vec::new();
    for index in 0..theta.len() {
        let start = theta[index];
        let numeric = slope(|h| {
            theta[index] = start + h;
            loss(&theta, &x).0
        });
        theta[index] = start;
        slopes.push((gradient[index], numeric));
    }
    for index in 0..x.len() {
        let start = x[index];
        let numeric = slope(|h| {
            x[index] = start + h;
            loss(&theta, &x).0
        });
        x[index] = start;
        slopes.push((dx[index], numeric));
    }
    worst_relative_error(&slopes)
}

/// The largest relative error of an objective's gradient at `theta`, on one shard.
pub fn objective_gradient_error(objective: &impl Objective<f64>, theta: &[f64], shard: &Shard<'_, f64>) -> f64 {
    let running = vec![0.0; objective.running_len()];
    let mut scratch = vec![0.0; objective.scratch_len(shard.lanes, shard.steps)];
    let mut carry = vec![0.0; objective.carry_len(shard.lanes)];
    let (mut gradient, mut extra) = (vec![0.0; theta.len()], vec![0.0; objective.extra_len()]);
    let sums = Sums { first: false, gradient: &mut gradient, extra: &mut extra };
    objective.gradient(At { theta, running: &running }, shard, sums, &mut carry, &mut scratch);

    let mut theta = theta.to_vec();
    let mut slopes = Vec::new();
    for index in 0..theta.len() {
        let start = theta[index];
        let numeric = slope(|h| {
            theta[index] = start + h;
            carry.fill(0.0);
            objective.loss(At { theta: &theta, running: &running }, shard, &mut carry, &mut scratch).loss
        });
        theta[index] = start;
        slopes.push((gradient[index], numeric));
    }
    worst_relative_error(&slopes)
}

/// What every model promises, tried with these settings on these data, which should be small. The settings must ask
/// for two epochs or more.
///
/// # Panics
/// Where a promise is not kept; the message says which.
pub fn conformance<F: Scalar, P: Fit<F>>(params: &P, data: &Dataset<'_, F>) {
    let model = must(params.fit(data), "fit");
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

    answers_follow_their_samples(&model, data);
    bad_data_is_named(params, &model, data);
    a_break_stops(params, data);
    what_was_stopped_goes_on(params, data, &bytes);
    settings_are_named(params);
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

/// A training that was stopped after its first or second epoch and goes on from its checkpoint ends with the bytes of `whole`.
fn what_was_stopped_goes_on<F: Scalar, P: Fit<F>>(params: &P, data: &Dataset<'_, F>, whole: &[u8]) {
    static USED: AtomicUsize = AtomicUsize::new(0);
    for last in [1, 2] {
        let number = USED.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("nn-conformance-{}-{number}", std::process::id()));
        let mut epochs = 0;
        let mut monitor = |_: &Epoch| {
            epochs += 1;
            if epochs == last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        must(params.fit_with(data, FitOptions::default().monitor(&mut monitor).checkpoint(&path, 1)), "fit and stop");
        let resumed =
            Checkpoint::read(&path).and_then(|kept| params.fit_with(data, FitOptions::default().resume(kept)));
        must(std::fs::remove_file(&path).map_err(|error| Error::io(&path, error)), "remove the checkpoint");
        let bytes = must(resumed, "go on").to_file().to_bytes();
        assert!(bytes == whole, "what was stopped after epoch {last} goes on to the same bytes");
    }
}

fn settings_are_named<P: crate::Params>(params: &P) {
    for setting in P::settings() {
        assert!(!setting.meaning.is_empty(), "{} has a meaning", setting.name);
        let error = params.clone().set(setting.name, "?").err();
        let named = matches!(error, Some(Error::Param { ref name, .. }) if name == setting.name);
        assert!(named, "a value that {} cannot have is named", setting.name);
    }
    assert!(params.clone().set("no_such_setting", "1").is_err(), "an unknown setting is refused");
}
