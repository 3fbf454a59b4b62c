//! Ways out of local minima, for a network: section 4 of the chapter.

use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{
    Activation, Dataset, Epoch, Fit, FitOptions, Init, Loss, Mlp, MlpParams, Model, Rule, Search, Stage, Stopped,
    with_threads,
};
use proptest::prelude::*;
use std::ops::ControlFlow;

fn xor() -> (DMatrix<f64>, [u32; 4]) {
    (DMatrix::from_column_slice(2, 4, &[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]), [0, 1, 1, 0])
}

/// The chapter's 2-2-1: logistic units, squared error, standard back-propagation.
fn params() -> MlpParams {
    MlpParams::default()
        .hidden_layers([2])
        .activation([Activation::Sigmoid])
        .loss(Loss::SquaredError)
        .init(Init::Uniform)
        .scaling(nn_perceptron::Scaling::None)
        .optimizer(Rule::Sgd)
        .batch_size(1)
        .shuffle(false)
}

fn fit(params: &MlpParams) -> Mlp<f64> {
    let (x, labels) = xor();
    params.fit(&Dataset::new(&x).labels(&labels)).unwrap()
}

#[test]
fn of_several_starts_the_best_is_kept() {
    let params = params().epochs(300).momentum(0.9).learning_rate(0.5);
    let ends: Vec<f64> = (3..8).map(|seed| *fit(&params.clone().seed(seed)).history().losses.last().unwrap()).collect();
    let best = ends.iter().copied().fold(f64::INFINITY, f64::min);
    let found = fit(&params.clone().seed(3).search(Search::MultiStart).search_budget(5 * 300));
    assert_eq!(found.history().losses.last(), Some(&best));
    assert!(ends.iter().any(|&end| end != best));
    // One epoch less is one start less.
    let fewer = fit(&params.seed(3).search(Search::MultiStart).search_budget(5 * 300 - 1));
    assert_eq!(*fewer.history().losses.last().unwrap(), ends[..4].iter().copied().fold(f64::INFINITY, f64::min));
}

/// Six samples of which a logistic unit makes two valleys: the lower one at w = -4.46, the higher one, where small weights are,
/// at w = -0.19. In its minimum the six gradients cancel out, and none of them is nothing.
#[test]
fn the_noise_of_single_samples_leaves_a_minimum_and_the_mean_gradient_does_not() {
    use nn_perceptron::stationary::{Limits, Place};
    use nn_perceptron::{BatchSize, Scaling, ScheduleKind};
    let x = DMatrix::from_column_slice(1, 6, &[4.0, -4.0, 0.5, -0.5, -1.0, 1.0]);
    let y = DMatrix::from_column_slice(1, 6, &[0.5, 0.5, 0.1, 0.9, 1.0, 0.0]);
    let data = Dataset::<f64>::new(&x).values(&y);
    let params = params().hidden_layers([]).output_activation(Activation::Sigmoid).target_scaling(Scaling::None);
    let params = params.learning_rate(4.0).momentum(0.0).schedule(ScheduleKind::InverseTime).shuffle(true).epochs(300);
    for seed in 1..=20 {
        let end = |params: MlpParams| params.seed(seed).fit(&data).unwrap();
        let weight = |mlp: &Mlp<f64>| mlp.theta()[0];
        // At a rate that does not fall, so that it comes to rest.
        let accumulated = end(params.clone().batch_size(BatchSize::All).schedule(ScheduleKind::Constant));
        assert!((weight(&accumulated) + 0.19).abs() < 0.02, "{seed}: {:?}", accumulated.theta());
        assert_eq!(accumulated.surroundings(&data).unwrap().place(&Limits::default()), Place::Minimum, "{seed}");
        let standard = end(params.clone());
        // Beyond the ridge between the valleys.
        assert!(weight(&standard) < -0.64, "{seed}: {:?}", standard.theta());
    }
}

#[test]
fn a_budget_below_the_epochs_of_one_start_is_obeyed() {
    for (budget, epochs) in [(1, 1), (7, 7), (29, 29), (30, 30), (31, 30)] {
        let mlp = fit(&params().epochs(30).search(Search::MultiStart).search_budget(budget));
        assert_eq!(mlp.history().losses.len(), epochs, "{budget}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// With next to nothing learned, starts end where they began.
    #[test]
    fn each_start_has_weights_of_its_own(seed in any::<u64>(), starts in 1_usize..40, hidden in 1_usize..5) {
        let params = params().hidden_layers([hidden]).seed(seed).learning_rate(1e-12).epochs(1);
        let mlp = fit(&params.search(Search::MultiStart).search_budget(starts));
        let losses = &mlp.starts().unwrap().losses;
        prop_assert_eq!(losses.len(), starts);
        prop_assert!(losses.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", losses);
    }
}

#[test]
fn the_same_seed_finds_the_same_on_any_number_of_threads() {
    for search in [Search::MultiStart, Search::Anneal, Search::Genetic] {
        let params = params().epochs(20).search(search).search_budget(400);
        let bytes = |threads| with_threads(Some(threads), || fit(&params).to_file().to_bytes()).unwrap();
        assert!(bytes(1) == bytes(3), "{search}");
    }
}

#[test]
fn a_search_and_a_checkpoint_go_together_where_they_can() {
    let (x, labels) = xor();
    let data = Dataset::new(&x).labels(&labels);
    let path = std::env::temp_dir().join(format!("nn-perceptron-search-{}", std::process::id()));
    let kept = |params: &MlpParams| params.fit_with(&data, FitOptions::default().checkpoint(&path, 1));
    let refused = kept(&params().search(Search::MultiStart)).unwrap_err().to_string();
    assert_eq!(refused, "search: expected none, anneal or genetic where a checkpoint is kept, got multi-start");
    let whole = params().epochs(9).search(Search::Anneal).search_budget(50);
    kept(&whole.clone().epochs(4)).unwrap();
    let resume = FitOptions::default().resume(nn_core::Checkpoint::read(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    assert_eq!(whole.fit_with(&data, resume).unwrap().to_file().to_bytes(), fit(&whole).to_file().to_bytes());
}

/// Broken off in the search, and again, and then left in peace: the same as without a pause.
#[test]
fn a_search_that_was_broken_off_is_done_again() {
    let (x, labels) = xor();
    let data = Dataset::new(&x).labels(&labels);
    let path = std::env::temp_dir().join(format!("nn-perceptron-broken-off-{}", std::process::id()));
    for search in [Search::Anneal, Search::Genetic] {
        let params = params().epochs(9).search(search).search_budget(400);
        let broken_off = |resume: Option<nn_core::Checkpoint<f64>>| {
            let mut monitor = |_: &Epoch| ControlFlow::Break(());
            let mut options = FitOptions::default().checkpoint(&path, 1).monitor(&mut monitor);
            options.resume = resume;
            let mlp = params.fit_with(&data, options).unwrap();
            assert_eq!((mlp.history().losses.len(), mlp.history().stopped), (1, Stopped::Interrupted), "{search}");
            nn_core::Checkpoint::read(&path).unwrap()
        };
        let first = broken_off(None);
        assert!(first.history.losses.is_empty());
        let second = broken_off(Some(first));
        let resumed = params.fit_with(&data, FitOptions::default().resume(second.clone())).unwrap();
        assert!(resumed.to_file().to_bytes() == fit(&params).to_file().to_bytes(), "{search}");
        let other = params.clone().hidden_layers([3]).fit_with(&data, FitOptions::default().resume(second));
        let other = other.unwrap_err().to_string();
        assert!(other.starts_with("hidden_layers: expected ") && other.contains(" as in the checkpoint"), "{other}");
    }
    std::fs::remove_file(&path).unwrap();
}

/// A flag that is up from the start leaves one start and one batch.
#[test]
fn a_stopped_search_ends_with_what_it_has() {
    let (x, labels) = xor();
    let data = Dataset::new(&x).labels(&labels);
    let flag = std::sync::atomic::AtomicBool::new(true);
    for search in [Search::MultiStart, Search::Anneal, Search::Genetic] {
        let params = params().epochs(1_000_000).search(search).search_budget(1_000_000_000);
        let mlp = params.fit_with(&data, FitOptions::default().stop(&flag)).unwrap();
        assert_eq!(
            (mlp.history().losses.len(), mlp.history().stopped),
            (1, nn_perceptron::Stopped::Interrupted),
            "{search}"
        );
    }
}

/// Units that change places and turn their signs leave the network what it was, and its canonical weights too.
#[test]
fn networks_that_differ_in_places_and_signs_alone_are_the_same() {
    let (x, labels) = xor();
    let data = Dataset::new(&x).labels(&labels);
    for activation in [Activation::Tanh, Activation::Sigmoid, Activation::Relu] {
        let params = params().hidden_layers([3, 2]).activation([activation]).epochs(3);
        let mlp = params.fit(&data).unwrap();
        let canonical = mlp.canonical_theta();
        let mut file = mlp.to_file();
        // Of the first layer the first and the last unit change places.
        let arrays = &file.arrays;
        let [mut w, mut b, mut above] =
            [("hidden1.weight", vec![3, 2]), ("hidden1.bias", vec![3]), ("hidden2.weight", vec![2, 3])]
                .map(|(name, shape): (&str, Vec<usize>)| arrays.get::<f64>(name, &shape).unwrap());
        let mut bias_above = arrays.get::<f64>("hidden2.bias", &[2]).unwrap();
        w.swap(0, 4);
        w.swap(1, 5);
        b.swap(0, 2);
        above.swap(0, 2);
        above.swap(3, 5);
        // And the one in the middle turns its signs where it can.
        if activation != Activation::Relu {
            for weight in w[2..4].iter_mut().chain(&mut b[1..2]) {
                *weight = -*weight;
            }
            for unit in 0..2 {
                if activation == Activation::Sigmoid {
                    bias_above[unit] += above[3 * unit + 1];
                }
                above[3 * unit + 1] = -above[3 * unit + 1];
            }
        }
        for (name, shape, values) in [
            ("hidden1.weight", &[3, 2][..], &w),
            ("hidden1.bias", &[3], &b),
            ("hidden2.weight", &[2, 3], &above),
            ("hidden2.bias", &[2], &bias_above),
        ] {
            file.arrays.insert(name, shape, values);
        }
        let other = Mlp::<f64>::from_file(&file).unwrap();
        let gap = (other.predict(&data).unwrap() - mlp.predict(&data).unwrap()).amax();
        assert!(gap < 1e-12, "{activation}: {gap}");
        assert!(other.theta() != mlp.theta());
        assert!(other.canonical_theta().iter().zip(&canonical).all(|(a, b)| (a - b).abs() < 1e-12), "{activation}");
    }
}

/// By the symmetry of the exclusive or two units have the same first weight, or one of nothing. What training leaves in its
/// last digits is no difference.
#[test]
fn noise_neither_moves_nor_turns_a_unit() {
    let mut file = fit(&params().hidden_layers([3]).activation([Activation::Tanh]).epochs(1)).to_file();
    let mut canonical = |noise: f64| {
        for (name, shape, values) in [
            ("hidden1.weight", &[3, 2][..], &[2.0 + noise, -2.0, 2.0 - noise, 3.0, noise, 4.0][..]),
            ("hidden1.bias", &[3], &[1.0, -1.0, 0.5]),
            ("output.weight", &[1, 3], &[5.0, 6.0, 7.0]),
        ] {
            file.arrays.insert(name, shape, values);
        }
        Mlp::<f64>::from_file(&file).unwrap().canonical_theta()
    };
    let places = [canonical(1e-6), canonical(-1e-6)];
    assert_eq!(nn_perceptron::stationary::count_distinct(&places, 0.01), 1, "{places:?}");
}

/// The exclusive or of a network that has learned it: no gradient, and no direction that leads down.
#[test]
fn where_training_ends_is_told() {
    use nn_perceptron::stationary::{Limits, Place};
    let (x, labels) = xor();
    let data = Dataset::new(&x).labels(&labels);
    let at_rest = params().weight_decay(1e-3).optimizer(Rule::Lbfgs).batch_size(nn_perceptron::BatchSize::All);
    let early = fit(&at_rest.clone().epochs(1));
    assert_eq!(early.surroundings(&data).unwrap().place(&Limits::default()), Place::Slope);
    // All weights zero: both hidden units alike, the answer 1/2 everywhere.
    let mut file = early.to_file();
    for (name, shape) in
        [("hidden1.weight", &[2, 2][..]), ("hidden1.bias", &[2]), ("output.weight", &[1, 2]), ("output.bias", &[1])]
    {
        file.arrays.insert(name, shape, &vec![0.0; shape.iter().product()]);
    }
    let flat = Mlp::<f64>::from_file(&file).unwrap();
    let around = flat.surroundings(&data).unwrap();
    assert!(around.gradient_norm < 1e-15 && (around.loss - 0.125).abs() < 1e-15, "{around:?}");
    // The output's bias and weights have a curvature; no direction has a negative one of second order.
    assert_eq!(around.eigenvalues.len(), 9);
    assert!(around.place(&Limits::default()) != Place::Slope);
}

/// Each start is looked at on its own here, and where all of them have ended is what the model tells, also when it is loaded.
#[test]
fn what_the_starts_came_to_is_told_and_kept() {
    let params = params().epochs(300).momentum(0.9).learning_rate(0.5);
    let alone: Vec<Mlp<f64>> = (3..11).map(|seed| fit(&params.clone().seed(seed))).collect();
    let mut losses: Vec<f64> = alone.iter().map(|mlp| *mlp.history().losses.last().unwrap()).collect();
    losses.sort_by(f64::total_cmp);
    let places: Vec<Vec<f64>> = alone.iter().map(Mlp::canonical_theta).collect();
    assert!(alone.iter().all(|mlp| mlp.starts().is_none() && mlp.remarks().is_empty()));

    let best = fit(&params.clone().seed(3).search(Search::MultiStart).search_budget(8 * 300));
    let ends = best.starts().unwrap();
    assert_eq!((&ends.losses, ends.rested, ends.diverged), (&losses, Some(0), 0));
    assert_eq!(ends.distinct, Some(nn_perceptron::stationary::count_distinct(&places, 0.01)));
    let told = best.remarks().join("\n");
    assert!(told.starts_with("8 starts ended in ") && told.contains("; none had come to rest"), "{told}");
    let median = 0.5 * (losses[3] + losses[4]);
    assert!(told.contains(&format!(" at best, {median:.4} in the median, {:.4} at worst", losses[7])), "{told}");

    let loaded = Mlp::<f64>::from_file(&best.to_file()).unwrap();
    assert_eq!((loaded.starts(), loaded.remarks()), (best.starts(), best.remarks()));
    // A single start has nothing to tell.
    assert!(fit(&params.search(Search::MultiStart).search_budget(300)).remarks().is_empty());
}

/// With a rule that stops where the gradient does, and a unit without curves, whose error has one minimum.
#[test]
fn starts_that_come_to_rest_in_one_place_are_said_to() {
    let line = MlpParams::default().hidden_layers([]).optimizer(Rule::Lbfgs).epochs(200).search(Search::MultiStart);
    let mlp = fit_line(line.clone());
    let ends = mlp.starts().unwrap();
    assert_eq!((ends.distinct, ends.rested), (Some(1), Some(20)));
    assert!(mlp.remarks()[0].starts_with("20 starts came to rest in 1 place, "), "{:?}", mlp.remarks());
    // Where weights are kept small as well, the loss alone has a slope at the end.
    assert_eq!(fit_line(line.weight_decay(0.1)).starts().unwrap().rested, None);
}

/// Nothing bounds these outputs, so that so large a rate throws some starts out of what the float holds, and not all.
#[test]
fn starts_that_diverge_are_counted_apart() {
    let params = MlpParams::default().hidden_layers([3]).activation([Activation::Relu]).optimizer(Rule::Sgd);
    let mlp = fit_line(params.batch_size(1).learning_rate(0.6).epochs(200).search(Search::MultiStart));
    let ends = mlp.starts().unwrap();
    assert!(0 < ends.diverged && ends.diverged + ends.losses.len() == 20, "{ends:?}");
    assert!(mlp.remarks()[0].ends_with(&format!("; {} more diverged", ends.diverged)), "{:?}", mlp.remarks());
}

fn fit_line(params: MlpParams) -> Mlp<f64> {
    let x = DMatrix::from_column_slice(1, 4, &[-1.0, 0.0, 1.0, 2.0]);
    let y = DMatrix::from_column_slice(1, 4, &[0.0, 1.0, 1.0, 3.0]);
    params.fit(&Dataset::new(&x).values(&y)).unwrap()
}

#[test]
fn a_file_whose_starts_cannot_be_is_refused() {
    let file = fit(&params().epochs(5).search(Search::MultiStart).search_budget(15)).to_file();
    assert!(Mlp::<f64>::from_file(&file).is_ok());
    for (name, numbers) in [
        ("search.losses", &[0.5, 0.25, 0.75][..]),
        ("search.losses", &[0.5, f64::INFINITY]),
        ("search.losses", &[]),
        ("search.distinct", &[4.0]),
        ("search.rested", &[0.5]),
        ("search.diverged", &[-1.0]),
    ] {
        let mut file = file.clone();
        file.arrays.insert(name, &[numbers.len()], numbers);
        let error = Mlp::<f64>::from_file(&file).unwrap_err().to_string();
        assert!(error.contains(&format!("array {name}: expected ")), "{error}");
    }
}

/// What a monitor is told of a search, and what of the training after it.
#[test]
fn a_monitor_sees_how_far_a_search_is() {
    let (x, labels) = xor();
    let data = Dataset::new(&x).labels(&labels);
    let seen = |search, budget| {
        let mut seen: Vec<Epoch> = Vec::new();
        let mut monitor = |told: &Epoch| {
            seen.push(*told);
            ControlFlow::Continue(())
        };
        let params = params().epochs(3).search(search).search_budget(budget);
        params.fit_with(&data, FitOptions::default().monitor(&mut monitor)).unwrap();
        let (search, training): (Vec<Epoch>, Vec<Epoch>) =
            seen.into_iter().partition(|told| told.stage != Stage::Epochs);
        assert!(search.windows(2).all(|pair| pair[1].loss <= pair[0].loss), "{search:?}");
        let done: Vec<usize> = search.iter().map(|told| told.epoch).collect();
        (search[0].stage, search[0].epochs, done, training.len())
    };
    let hundredths: Vec<usize> = (1..=100).map(|part| 5 * part).collect();
    assert_eq!(seen(Search::Anneal, 500), (Stage::Looks, 500, hundredths.clone(), 3));
    assert_eq!(seen(Search::Genetic, 500), (Stage::Looks, 500, hundredths, 3));
    assert_eq!(seen(Search::MultiStart, 4 * 3), (Stage::Starts, 4, vec![1, 2, 3, 4], 0));
}

/// The search ends soon after, and of the training there is no more than of one that is interrupted.
#[test]
fn a_monitor_that_breaks_ends_the_search() {
    let (x, labels) = xor();
    let data = Dataset::new(&x).labels(&labels);
    for (search, epochs, budget) in
        [(Search::MultiStart, 3, 3_000_000), (Search::Anneal, 1_000_000, 1000), (Search::Genetic, 1_000_000, 1_000_000)]
    {
        let mut told = 0;
        let mut monitor = |_: &Epoch| {
            told += 1;
            if told == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let params = params().epochs(epochs).search(search).search_budget(budget);
        let mlp = params.fit_with(&data, FitOptions::default().monitor(&mut monitor)).unwrap();
        assert_eq!((told, mlp.history().stopped), (5, Stopped::Interrupted), "{search}");
        assert!(mlp.history().losses.len() <= 3, "{search}: {} epochs", mlp.history().losses.len());
    }
}
