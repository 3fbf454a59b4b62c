//! Ways out of local minima, for a network: section 4 of the chapter.

use nn_core::search::Search;
use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{Activation, Dataset, Fit, FitOptions, Init, Loss, Mlp, MlpParams, Model, Rule, with_threads};

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

/// How many of a hundred seeds learn it.
fn learned(params: &MlpParams) -> usize {
    let (x, labels) = xor();
    let data = Dataset::new(&x).labels(&labels);
    let learned = |seed: &u64| params.clone().seed(*seed).fit(&data).unwrap().classify(&data).unwrap() == labels;
    (1..=100).filter(learned).count()
}

/// A start alone decides: what is learned after the search is next to nothing. (Bands: section 12 of the replication table.)
#[test]
fn annealing_and_breeding_find_xor_without_a_gradient() {
    let alone = params().epochs(1).learning_rate(1e-9);
    assert!(learned(&alone) < 20);
    let budget = 20_000;
    let annealed = learned(&alone.clone().search(Search::Anneal).search_budget(budget));
    assert!(97 <= annealed, "{annealed}");
    let bred = learned(&alone.search(Search::Genetic).search_budget(10_000));
    assert!(95 <= bred, "{bred}");
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
