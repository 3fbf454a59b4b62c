//! The suite that every model passes, with every gradient and rule of the state, and what it does not cover: early stopping, series.

use nn_core::Picture;
use nn_core::random::{Key, below};
use nn_core::testing::{conformance, conformance_online};
use nn_elman::nalgebra::DMatrix;
use nn_elman::{
    Activation, BatchSize, ClassWeight, Dataset, EarlyStopping, Elman, ElmanParams, Fit, FitOptions, Gradient, Init,
    Loss, Model, Rule, StateRule, Stopped, TargetSteps,
};

/// Where nine sequences of one to seven steps start.
const STARTS: [usize; 9] = [0, 3, 4, 9, 16, 18, 22, 27, 30];
const STEPS: usize = 34;

fn inputs() -> DMatrix<f64> {
    DMatrix::from_fn(2, STEPS, |i, j| ((7 * j + 3 * i) as f64).sin())
}

/// Whether what came before, in the same sequence, was above 0.
fn classes() -> Vec<u32> {
    let x = inputs();
    (0..STEPS).map(|j| u32::from(!STARTS.contains(&j) && 0.0 < x[(0, j - 1)])).collect()
}

fn params() -> ElmanParams {
    ElmanParams::default().hidden_units(3).epochs(3).batch_size(4)
}

#[test]
fn classes_by_every_gradient() {
    let (x, labels) = (inputs(), classes());
    for &gradient in Gradient::ALL {
        let data = Dataset::new(&x).labels(&labels).sequences(&STARTS);
        conformance(&params().gradient(gradient).window(2), &data);
    }
}

#[test]
fn quantities_in_both_floats() {
    let (x, y) = (inputs(), DMatrix::from_fn(2, STEPS, |i, j| ((5 * j + i) as f64).cos()));
    conformance(&params(), &Dataset::new(&x).values(&y).sequences(&STARTS));
    let [x, y] = [x, y].map(|m| m.map(|v| v as f32));
    conformance(&params(), &Dataset::new(&x).values(&y).sequences(&STARTS));
}

#[test]
fn every_rule_of_state_and_steps() {
    let (x, labels) = (inputs(), classes());
    let data = Dataset::new(&x).labels(&labels).sequences(&STARTS);
    for update_every in [0, 1, 3] {
        for gradient in [Gradient::Full, Gradient::Rtrl, Gradient::CopyBack] {
            let params = params().update_every(update_every).gradient(gradient);
            conformance(&params.clone().batch_size(1), &data);
            conformance(&params.clone().state(StateRule::Carry).batch_size(1).state_start(0.5), &data);
            conformance(&params.state(StateRule::Carry), &data);
        }
    }
    conformance(&params().target_steps(TargetSteps::Last).loss(Loss::SquaredError), &data);
    conformance(&params().class_weight(ClassWeight::Balanced).init(Init::Uniform), &data);
    conformance(&ElmanParams::default().hidden_units(3).epochs(4).optimizer(Rule::Lbfgs), &data);
    conformance(&params().optimizer(Rule::Irprop).early_stopping(EarlyStopping::Patience), &data);
}

#[test]
fn a_series_is_one_sequence_whose_end_is_watched() {
    let x = DMatrix::from_fn(1, 60, |_, j| (j as f64 * 0.4).sin());
    let y = DMatrix::from_fn(1, 60, |_, j| ((j + 1) as f64 * 0.4).sin());
    let data = Dataset::new(&x).values(&y);
    let params = ElmanParams::default().hidden_units(6).epochs(60).batch_size(1).learning_rate(0.01);
    let model = params.fit(&data).unwrap();
    assert!(model.evaluate(&data).unwrap().get("r2").unwrap() > 0.9, "{:?}", model.evaluate(&data));
    let named = params.fit(&data.sequences(&[0])).unwrap();
    assert_eq!(model.theta(), named.theta());
    let watched = params.clone().early_stopping(EarlyStopping::Patience).fit(&data).unwrap();
    assert_eq!(watched.history().validation_losses.len(), watched.history().losses.len());
}

/// Bits at random, and the bit before each, which is its class.
fn echoes(count: usize, purpose: &str) -> (Vec<f32>, Vec<u32>) {
    let mut stream = Key::once(1).stream(purpose);
    let bits: Vec<u32> = (0..count).map(|_| below(2, &mut stream)).collect();
    let before = std::iter::once(0).chain(bits.iter().copied()).take(count).collect();
    (bits.iter().map(|&bit| bit as f32).collect(), before)
}

#[test]
fn a_state_that_is_carried_on_is_watched_in_its_order() {
    // Sequences of one step: all there is to know comes with the state.
    let (learned, fresh, starts) = (echoes(400, "learned"), echoes(400, "fresh"), (0..400).collect::<Vec<usize>>());
    let data = Dataset::from_slice(1, &learned.0).labels(&learned.1).sequences(&starts);
    let fresh = Dataset::from_slice(1, &fresh.0).labels(&fresh.1).sequences(&starts);
    let params = ElmanParams::default().hidden_units(8).state(StateRule::Carry).learning_rate(0.001).epochs(20);
    let watched = params.clone().early_stopping(EarlyStopping::Patience).patience(5);
    for params in [params, watched] {
        let model = params.fit(&data).unwrap();
        let accuracy = model.evaluate(&fresh).unwrap().get("accuracy").unwrap();
        assert!(accuracy > 0.99, "{accuracy}, {:?}", model.history());
    }
}

#[test]
fn a_state_that_is_carried_on_goes_from_each_sequence_to_the_next_unless_one_says_otherwise() {
    let (x, labels) = (inputs(), classes());
    let data = Dataset::new(&x).labels(&labels).sequences(&STARTS);
    let carried = ElmanParams::default().hidden_units(3).epochs(3).state(StateRule::Carry);
    let fit = |params: ElmanParams| params.fit(&data).unwrap();
    let usual = fit(carried.clone());
    assert_eq!(usual.theta(), fit(carried.clone().batch_size(1)).theta());
    assert!(usual.remarks().is_empty());
    let several = fit(carried.batch_size(4));
    assert_ne!(usual.theta(), several.theta());
    let remarks = several.remarks();
    assert!(remarks.len() == 1 && remarks[0].starts_with("state=carry with batch_size=4"), "{remarks:?}");
}

#[test]
fn a_forecast_is_drawn_where_targets_are_the_next_inputs() {
    let x = DMatrix::from_fn(1, 41, |_, j| (j as f64 * 0.4).sin());
    let (now, next) = (x.columns(0, 40).into_owned(), x.columns(1, 40).into_owned());
    let other = next.map(|value| value * value);
    for (target, drawn) in [(&next, true), (&other, false)] {
        let data = Dataset::new(&now).values(target);
        let model = params().fit(&data).unwrap();
        let pictures = model.pictures_of(&data).unwrap();
        let is_forecast =
            |picture: &Picture| matches!(picture, Picture::Lines { title, .. } if title == "forecast against truth");
        assert_eq!(pictures.iter().any(is_forecast), drawn);
        // A target that is cut short is an error, not a panic.
        assert!(model.pictures_of(&Dataset::new(&now).values(&target.columns(0, 9).into_owned())).is_err());
    }
}

#[test]
fn the_last_step_alone_is_learned_where_that_is_asked() {
    // The class of a sequence is what it began with, and is told at its last step alone.
    let (mut x, mut labels, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    for sequence in 0..80_usize {
        let class = sequence % 2;
        starts.push(x.len());
        for step in 0..2 + sequence % 5 {
            x.push(if step == 0 { 2.0 * class as f32 - 1.0 } else { ((7 * sequence + 3 * step) as f32).sin() * 0.3 });
            labels.push(class as u32);
        }
    }
    let data = Dataset::from_slice(1, &x).labels(&labels).sequences(&starts);
    let params = ElmanParams::default().hidden_units(8).epochs(60).learning_rate(0.01).target_steps(TargetSteps::Last);
    let model: Elman<f32> = params.fit(&data).unwrap();
    let measures = model.evaluate(&data).unwrap();
    assert!(measures.get("accuracy").unwrap() > 0.97, "{measures:?}");
    // Sequences have 2 to 6 steps: of none is the first one the last.
    let errors = model.error_by_position(&data).unwrap();
    assert!(errors.len() == 5 && errors.iter().all(|error| *error < 0.1), "{errors:?}");
}

/// Strings of three symbols as inputs of so many numbers each, and the symbol that comes next.
fn rounds(input: impl Fn(usize, usize) -> f64) -> (DMatrix<f64>, Vec<u32>, Vec<usize>) {
    let next = (0..36).map(|j| (j as u32 % 6 + 1) % 3).collect();
    (DMatrix::from_fn(3, 36, |i, j| input(i, j % 6 % 3)), next, (0..36).step_by(6).collect())
}

#[test]
fn strings_are_accepted_where_they_are_of_symbols_and_every_step_counts() {
    let accepted = |input: fn(usize, usize) -> f64, steps: TargetSteps| {
        let (x, labels, starts) = rounds(input);
        let data = Dataset::new(&x).labels(&labels).sequences(&starts);
        let model = params().epochs(200).target_steps(steps).fit(&data).unwrap();
        model.evaluate(&data).unwrap().get("accepted")
    };
    let symbol = |i: usize, j: usize| f64::from(u8::from(i == j));
    assert_eq!(accepted(symbol, TargetSteps::Every), Some(1.0));
    assert_eq!(accepted(symbol, TargetSteps::Last), None);
    assert_eq!(accepted(|i, j| (i + 2 * j) as f64, TargetSteps::Every), None);
}

#[test]
fn settings_that_cut_the_gradient_short_are_told() {
    let (x, labels) = (inputs(), classes());
    let data = Dataset::new(&x).labels(&labels);
    let remarks = |params: ElmanParams| params.epochs(1).fit(&data).unwrap().remarks().join("\n");
    assert!(remarks(params().gradient(Gradient::Truncated).update_every(4)).contains("through 4 steps at most"));
    assert!(remarks(params().gradient(Gradient::Truncated).window(30)).contains("through 25 steps at most"));
    assert!(remarks(params().update_every(1)).contains("which is copy-back"));
    for update_every in [0, 10, 11] {
        assert_eq!(remarks(params().gradient(Gradient::Truncated).update_every(update_every)), "");
    }
}

#[test]
fn classes_are_balanced_over_the_steps_that_are_learned() {
    // Last steps are of either class alike; the others, which are not learned, are all of one.
    let (x, starts): (Vec<f64>, Vec<usize>) =
        ((0..60).map(|t| (t as f64).sin()).collect(), (0..60).step_by(3).collect());
    let labels: Vec<u32> = (0..60).map(|t| u32::from(t % 3 == 2 && t % 2 == 0)).collect();
    let data = Dataset::from_slice(1, &x).labels(&labels).sequences(&starts);
    let params = params().target_steps(TargetSteps::Last);
    let balanced = params.clone().class_weight(ClassWeight::Balanced).fit(&data).unwrap();
    assert_eq!(balanced.theta(), params.fit(&data).unwrap().theta());
}

#[test]
fn a_long_sequence_is_measured_in_pieces_that_make_the_whole() {
    let x: Vec<f64> = (0..5000).map(|t| (t as f64 * 0.7).sin()).collect();
    let labels: Vec<u32> = (0..5000_usize).map(|t| u32::from(0.0 < x[t.saturating_sub(1)])).collect();
    let data = Dataset::from_slice(1, &x).labels(&labels);
    let starts = [0, 1500, 1600];
    for update_every in [0, 25] {
        let model = params().update_every(update_every).fit(&data.part(0..200)).unwrap();
        let loaded: Elman<f64> = Model::from_file(&model.to_file()).unwrap();
        for data in [data, data.sequences(&starts)] {
            let answers = model.predict(&data).unwrap();
            let loss =
                -labels.iter().enumerate().map(|(t, &class)| answers[(class as usize, t)].ln()).sum::<f64>() / 5000.0;
            let measured = model.evaluate(&data).unwrap().get("loss").unwrap();
            assert!((measured - loss).abs() < 1e-12, "{measured} {loss}");
            assert_eq!(loaded.evaluate(&data).unwrap().get("loss"), Some(measured));
        }
    }
}

#[test]
fn a_gradient_that_explodes_names_the_epoch_and_the_way_out() {
    let x = DMatrix::from_fn(1, 200, |_, j| (j as f64).sin() * 50.0);
    let y = DMatrix::from_fn(1, 200, |_, j| (j as f64 * 0.3).cos());
    let params = ElmanParams::default()
        .hidden_units(8)
        .activation(Activation::Relu)
        .optimizer(Rule::Sgd)
        .learning_rate(50.0)
        .update_every(0)
        .batch_size(1);
    let error = params.fit(&Dataset::new(&x).values(&y)).unwrap_err().to_string();
    assert!(
        error.starts_with("training diverged in epoch 1:") || error.starts_with("training diverged in epoch 2:"),
        "{error}"
    );
    assert!(error.contains("clip_norm"), "{error}");
}

#[test]
fn a_number_that_is_none_is_named_with_its_sequence_and_step() {
    let mut x = inputs();
    x[(1, 11)] = f64::NAN;
    let labels = classes();
    let error = params().fit(&Dataset::new(&x).labels(&labels).sequences(&STARTS)).unwrap_err().to_string();
    assert_eq!(error, "x is NaN in sequence 4, step 3 (sample 11, feature 1)");
}

#[test]
fn sequences_that_cannot_be_are_refused() {
    let (x, labels) = (inputs(), classes());
    let data = Dataset::new(&x).labels(&labels);
    for starts in [&[][..], &[0, 3, 3], &[1, 5], &[0, STEPS]] {
        let error = params().fit(&data.sequences(starts)).unwrap_err().to_string();
        assert!(error.contains("starts of sequences"), "{error}");
    }
}

#[test]
fn training_can_be_broken_off_and_settings_that_do_not_fit_are_named() {
    let (x, labels) = (inputs(), classes());
    let data = Dataset::new(&x).labels(&labels).sequences(&STARTS);
    let stop = std::sync::atomic::AtomicBool::new(true);
    let model = params().fit_with(&data, FitOptions::default().stop(&stop)).unwrap();
    assert_eq!(model.history().stopped, Stopped::Interrupted);
    let refused = |params: ElmanParams| params.fit(&data).unwrap_err().to_string();
    let lbfgs = || params().optimizer(Rule::Lbfgs).batch_size(BatchSize::All);
    assert!(refused(lbfgs().gradient(Gradient::CopyBack)).starts_with("gradient: expected full or rtrl with lbfgs"));
    assert!(refused(lbfgs().state(StateRule::Carry)).starts_with("state: expected reset"));
    assert!(refused(lbfgs().update_every(3)).starts_with("update_every: expected auto or 0"));
    assert!(refused(params().optimizer(Rule::LevenbergMarquardt)).starts_with("optimizer: expected"));
    assert!(refused(params().gradient(Gradient::Rtrl).hidden_units(1000)).starts_with("hidden_units: expected so few"));
    // Each sequence of a batch keeps slopes of 250 units by 252 numbers of each.
    let (x, labels): (Vec<f64>, Vec<u32>) =
        ((0..40).map(f64::from).collect(), (0..40).map(|label| label % 2).collect());
    let starts: Vec<usize> = (0..40).collect();
    let data = Dataset::from_slice(1, &x).labels(&labels).sequences(&starts);
    let many = ElmanParams::default().gradient(Gradient::Rtrl).hidden_units(250).update_every(1).epochs(1);
    for batch in [BatchSize::All, BatchSize::Count(9)] {
        let error = many.clone().batch_size(batch).fit(&data).unwrap_err().to_string();
        assert!(error.starts_with("batch_size: expected at most 8, for rtrl"), "{error}");
    }
}

#[test]
fn a_stream_that_is_learned_in_parts_is_one_sequence() {
    let (x, labels) = (inputs(), classes());
    let data = Dataset::new(&x).labels(&labels);
    for gradient in [Gradient::CopyBack, Gradient::Full, Gradient::Rtrl] {
        let params = params().state(StateRule::Carry).update_every(2).batch_size(1).gradient(gradient).epochs(1);
        let learned = conformance_online(|| params.fit(&data.part(0..6)).unwrap(), &data.part(6..34), 4);
        assert_eq!(learned.history().losses.len(), 2);
    }
}
