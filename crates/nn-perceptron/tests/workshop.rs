//! What back-propagation offers beside a step along the gradient: features, slopes by layer, other rules and their limits.

use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{
    Activation, Dataset, Fit, FitOptions, Init, Loss, MlpParams, Model, Rule, Scaling, ScheduleKind, Stopped,
    with_threads,
};

/// Three overlapping classes in two dimensions.
fn classes() -> (DMatrix<f64>, Vec<u32>) {
    let labels: Vec<u32> = (0..90).map(|i| i % 3).collect();
    let x = DMatrix::from_fn(2, 90, |row, i| {
        let angle = f64::from(labels[i]) * 2.1;
        let centre = if row == 0 { angle.sin() } else { angle.cos() };
        centre + 0.8 * ((i * (row + 3)) as f64 * 1.7).sin()
    });
    (x, labels)
}

/// A wave to fit.
fn wave() -> (DMatrix<f64>, DMatrix<f64>) {
    let x = DMatrix::from_fn(1, 60, |_, i| i as f64 / 15.0 - 2.0);
    let y = x.map(|x| (2.0 * x).sin() * (-0.2 * x).exp());
    (x, y)
}

#[test]
fn hidden_units_answer_with_what_their_sums_make_of_the_sample() {
    let (x, labels) = classes();
    let data = Dataset::new(&x).labels(&labels);
    let params = MlpParams::default().hidden_layers([4, 3]).activation([Activation::Tanh, Activation::Relu]);
    let model = params.scaling(Scaling::None).epochs(5).fit(&data).unwrap();
    let first = model.hidden(&data, 0).unwrap();
    assert_eq!(first.shape(), (4, 90));
    let (weights, biases) = (&model.theta()[..8], &model.theta()[8..12]);
    for sample in [0, 17, 89] {
        for unit in 0..4 {
            let sum = weights[2 * unit] * x[(0, sample)] + weights[2 * unit + 1] * x[(1, sample)] + biases[unit];
            assert!((first[(unit, sample)] - sum.tanh()).abs() < 1e-12);
        }
    }
    // The features of one model are the inputs of another.
    let features = model.hidden(&data, 1).unwrap();
    let next = MlpParams::default().hidden_layers([]).fit(&Dataset::new(&features).labels(&labels)).unwrap();
    assert_eq!(next.features(), 3);
    let error = model.hidden(&data, 2).unwrap_err().to_string();
    assert_eq!(error, "layer: expected one of the 2 hidden layers, counted from 0, got 2");
}

#[test]
fn the_gradient_dies_on_its_way_through_many_sigmoid_layers() {
    let (x, labels) = classes();
    let data = Dataset::new(&x).labels(&labels);
    let norms = |activation| {
        let params = MlpParams::default().hidden_layers([10; 6]).activation(activation).epochs(1);
        let model = params.optimizer(Rule::Sgd).learning_rate(1e-12).fit(&data).unwrap();
        let norms = model.gradient_norms(&data).unwrap();
        assert_eq!((norms.len(), norms[0].0.as_str(), norms[6].0.as_str()), (7, "hidden1", "output"));
        norms[0].1 / norms[6].1
    };
    let (sigmoid, relu) = (norms(Activation::Sigmoid), norms(Activation::Relu));
    assert!(sigmoid < 1e-3 && 0.05 < relu, "{sigmoid} {relu}");
}

#[test]
fn levenberg_marquardt_fits_a_curve_in_fewer_steps_than_adam() {
    let (x, y) = wave();
    let data = Dataset::new(&x).values(&y);
    let params = MlpParams::default().hidden_layers([8]).activation(Activation::Tanh).epochs(60);
    let loss = |params: &MlpParams| *params.fit(&data).unwrap().history().losses.last().unwrap();
    let second_order = loss(&params.clone().optimizer(Rule::LevenbergMarquardt));
    let first_order = loss(&params.epochs(600).optimizer(Rule::Adam).batch_size(60));
    assert!(second_order < 1e-5 && second_order < first_order, "{second_order} {first_order}");
}

#[test]
fn a_convex_problem_has_one_minimum_and_lbfgs_finds_it_from_anywhere() {
    let (x, labels) = classes();
    let data = Dataset::new(&x).labels(&labels);
    let decay = 0.01;
    let params = MlpParams::default().hidden_layers([]).weight_decay(decay).optimizer(Rule::Lbfgs).epochs(500);
    // What is least is the loss and its penalty together: where a search ends they differ by the square of what is left of
    // the slope, each alone by the slope itself.
    let ends: Vec<f64> = (1..=4)
        .map(|seed| {
            let model = params.clone().seed(seed).init(Init::Uniform).init_scale(2.0).fit(&data).unwrap();
            assert_eq!(model.history().stopped, Stopped::Converged);
            let weights: Vec<f64> = model.arrays().get("output.weight", &[3, 2]).unwrap();
            let penalty = decay / 2.0 * weights.iter().map(|w| w * w).sum::<f64>();
            model.history().losses.last().unwrap() + penalty
        })
        .collect();
    assert!(ends.iter().all(|end| (end - ends[0]).abs() < 1e-13), "{ends:?}");
}

#[test]
fn every_rule_learns() {
    let (x, labels) = classes();
    let data = Dataset::new(&x).labels(&labels);
    for &rule in Rule::ALL {
        let params = MlpParams::default().hidden_layers([8]).activation(Activation::Tanh).optimizer(rule).epochs(150);
        let params = if rule == Rule::LevenbergMarquardt { params.loss(Loss::SquaredError) } else { params };
        let model = params.fit(&data).unwrap();
        let accuracy = model.evaluate(&data).unwrap().get("accuracy").unwrap();
        assert!(0.75 < accuracy, "{rule}: {accuracy}");
    }
}

#[test]
fn settings_that_do_not_fit_together_are_named() {
    let (x, labels) = classes();
    let data = Dataset::new(&x).labels(&labels);
    let params = MlpParams::default().hidden_layers([4, 3]).epochs(2);
    let refused = |params: &MlpParams| params.fit(&data).unwrap_err().to_string();
    assert_eq!(
        refused(&params.clone().activation([Activation::Tanh; 3])),
        "activation: expected one, or one for each of the 2 hidden layers, got 3"
    );
    assert_eq!(
        refused(&params.clone().layer_rates([0.1])),
        "layer_rates: expected none, or one for each of the 3 layers with weights, got 1"
    );
    assert_eq!(refused(&params.clone().optimizer(Rule::Lbfgs).dropout(0.5)), "dropout: expected 0 with lbfgs, got 0.5");
    assert!(
        refused(&params.clone().optimizer(Rule::Lbfgs).batch_size(5)).starts_with("batch_size: expected auto or all")
    );
    assert!(
        refused(&params.clone().optimizer(Rule::LevenbergMarquardt)).starts_with("optimizer: expected another rule")
    );
    let lbfgs = params.optimizer(Rule::Lbfgs);
    for params in [lbfgs.clone().l1(0.1), lbfgs.max_norm(1.0)] {
        assert!(refused(&params).starts_with("optimizer: expected a rule that takes a step a batch"));
    }
}

#[test]
fn training_that_is_resumed_ends_with_the_same_bits_whatever_the_rule() {
    let (x, y) = wave();
    let data = Dataset::new(&x).values(&y);
    let folder = std::env::temp_dir().join(format!("nn-workshop-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for &rule in Rule::ALL {
        let base = MlpParams::default().hidden_layers([5]).activation(Activation::Tanh).optimizer(rule);
        let base = base.schedule(ScheduleKind::Plateau).schedule_epochs(1).schedule_factor(0.5);
        let base = if rule.is_minimiser() { base } else { base.dropout(0.1).weight_decay(0.001).clip_norm(1.0) };
        let whole = base.clone().epochs(9).fit(&data).unwrap();
        let path = folder.join(format!("{rule}.checkpoint"));
        base.clone().epochs(4).fit_with(&data, FitOptions::default().checkpoint(&path, 4)).unwrap();
        let checkpoint = nn_core::Checkpoint::read(&path).unwrap();
        let resumed = base.epochs(9).fit_with(&data, FitOptions::default().resume(checkpoint)).unwrap();
        assert_eq!(resumed.theta(), whole.theta(), "{rule}");
        assert_eq!(resumed.history(), whole.history(), "{rule}");
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A wave on 30 places with noise of the given size, from -1 to 1.
fn noisy_wave(places: usize, noise: f64, seed: u64) -> (DMatrix<f64>, DMatrix<f64>) {
    let x = DMatrix::from_fn(1, places, |_, i| 2.0 * i as f64 / (places - 1) as f64 - 1.0);
    let hash = |i: usize| ((i as f64 + 1.0) * 12.9898 + seed as f64 * 78.233).sin() * 43_758.547;
    let y = DMatrix::from_fn(1, places, |_, i| (3.0 * x[i]).sin() + noise * 2.0 * (hash(i) - hash(i).floor() - 0.5));
    (x, y)
}

#[test]
fn early_stopping_and_lambda_each_lower_the_error_on_what_was_not_seen() {
    let plain = MlpParams::default().hidden_layers([60]).activation(Activation::Tanh).target_scaling(Scaling::None);
    let plain = plain.learning_rate(0.01).epochs(3000);
    let (x, y) = noisy_wave(100, 0.0, 0);
    let unseen = |params: &MlpParams| {
        let errors = (1..=10).map(|seed| {
            let (noisy, values) = noisy_wave(30, 1.0, seed);
            let model = params.clone().seed(seed).fit(&Dataset::new(&noisy).values(&values)).unwrap();
            model.evaluate(&Dataset::new(&x).values(&y)).unwrap().get("rmse").unwrap()
        });
        errors.sum::<f64>() / 10.0
    };
    let (overfitted, stopped) = (unseen(&plain), unseen(&plain.clone().patience(300).validation_fraction(0.25)));
    let regularised = unseen(&plain.lambda(0.998));
    assert!(stopped < 0.9 * overfitted && regularised < 0.8 * overfitted, "{overfitted} {stopped} {regularised}");
}

#[test]
fn the_number_of_threads_does_not_show_in_the_bits_of_a_minimiser() {
    let (x, y) = noisy_wave(300, 0.5, 1);
    let data = Dataset::new(&x).values(&y);
    for rule in [Rule::Lbfgs, Rule::LevenbergMarquardt] {
        let params = MlpParams::default().hidden_layers([20]).activation(Activation::Tanh).optimizer(rule).epochs(20);
        let theta = |threads| with_threads(Some(threads), || params.fit(&data).unwrap().theta().to_vec()).unwrap();
        assert_eq!(theta(1), theta(2), "{rule}");
    }
}
