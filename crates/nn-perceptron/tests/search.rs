//! Ways out of local minima, for a network: section 4 of the chapter.

use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{
    Activation, Dataset, Fit, FitOptions, Init, Loss, Mlp, MlpParams, Model, Rule, Search, with_threads,
};

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
        let other: Mlp<f64> = file.model().unwrap();
        let gap = (other.predict(&data).unwrap() - mlp.predict(&data).unwrap()).amax();
        assert!(gap < 1e-12, "{activation}: {gap}");
        assert!(other.theta() != mlp.theta());
        assert!(other.canonical_theta().iter().zip(&canonical).all(|(a, b)| (a - b).abs() < 1e-12), "{activation}");
    }
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
    let flat: Mlp<f64> = file.model().unwrap();
    let around = flat.surroundings(&data).unwrap();
    assert!(around.gradient_norm < 1e-15 && (around.loss - 0.125).abs() < 1e-15, "{around:?}");
    // The output's bias and weights have a curvature; no direction has a negative one of second order.
    assert_eq!(around.eigenvalues.len(), 9);
    assert!(around.place(&Limits::default()) != Place::Slope);
}
