//! Ways out of local minima: their exact properties, and the lowest places of three landscapes.

use nn_core::random::Key;
use nn_core::search::{Annealing, Budget, Found, Genetic, anneal, genetic, multi_start, uniform_start};
use nn_core::with_threads;
use proptest::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

fn sphere(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum()
}

fn rosenbrock(x: &[f64]) -> f64 {
    x.windows(2).map(|x| 100.0 * (x[1] - x[0] * x[0]).powi(2) + (1.0 - x[0]).powi(2)).sum()
}

/// Some ten minima a dimension between -5 and 5, the lowest of them 0 at 0.
fn rastrigin(x: &[f64]) -> f64 {
    x.iter().map(|x| 10.0 + x * x - 10.0 * (std::f64::consts::TAU * x).cos()).sum()
}

fn annealed(function: fn(&[f64]) -> f64, dimensions: usize, settings: &Annealing, budget: &Budget<'_>) -> Found<f64> {
    let mut start = vec![0.0; dimensions];
    uniform_start(&mut start, -5.0, 5.0, Key::once(budget.seed));
    anneal(function, &start, settings, budget).unwrap()
}

fn bred(function: fn(&[f64]) -> f64, dimensions: usize, settings: &Genetic, budget: &Budget<'_>) -> Found<f64> {
    genetic(function, dimensions, |theta, key| uniform_start(theta, -5.0, 5.0, key), settings, budget).unwrap()
}

#[test]
fn each_finds_the_lowest_place_of_three_landscapes() {
    for (function, dimensions, evaluations, near) in
        [(sphere as fn(&[f64]) -> f64, 5, 20_000, 1e-3), (rosenbrock, 2, 50_000, 1e-2), (rastrigin, 4, 100_000, 1e-2)]
    {
        for seed in 1..=10 {
            let budget = Budget::new(evaluations, seed);
            let settings = Annealing { hot: 10.0, cold: 1e-4, step: 2.0, ..Annealing::default() };
            let found = annealed(function, dimensions, &settings, &budget);
            assert!(found.value < near, "annealing {evaluations} {seed}: {}", found.value);
            let found =
                bred(function, dimensions, &Genetic { population: 100, step: 2.0, ..Genetic::default() }, &budget);
            assert!(found.value < near, "genetic {evaluations} {seed}: {}", found.value);
        }
    }
}

/// Some 10^10 minima. What is right in one parameter has to outlive the search in the nine others.
#[test]
fn a_genetic_algorithm_finds_the_lowest_of_many_minima_in_ten_dimensions() {
    for seed in 1..=10 {
        let settings = Genetic { step: 2.0, bounds: Some((-5.0, 5.0)), ..Genetic::default() };
        let found = bred(rastrigin, 10, &settings, &Budget::new(100_000, seed));
        assert!(found.value < 1e-3, "{seed}: {}", found.value);
    }
}

#[test]
fn what_starts_beyond_its_bounds_is_brought_within() {
    let bounds = Some((-0.5, 0.25));
    // The further out, the better, so that a start beyond the bounds would be the best for ever.
    let outward = |x: &[f64]| -x.iter().map(|x| x.abs()).sum::<f64>();
    let budget = Budget::new(200, 1);
    let annealed = anneal(outward, &[3.0, -3.0, 0.6], &Annealing { bounds, ..Annealing::default() }, &budget).unwrap();
    let draw = |theta: &mut [f64], key| uniform_start(theta, -4.0, 4.0, key);
    let bred = genetic(outward, 3, draw, &Genetic { bounds, ..Genetic::default() }, &budget).unwrap();
    for found in [annealed, bred] {
        assert!(found.theta.iter().all(|value| (-0.5..=0.25).contains(value)), "{:?}", found.theta);
    }
}

/// As where somebody asks for a billion starts and then ends the search.
#[test]
fn once_no_start_is_made_any_more_the_rest_is_not_asked_for() {
    let asked = AtomicUsize::new(0);
    let run = |start: usize| {
        asked.fetch_add(1, Ordering::Relaxed);
        Ok((start < 2000).then_some(start as f64))
    };
    let best = multi_start(usize::MAX, run, |value| (value - 1500.0).abs()).unwrap();
    assert_eq!(best, (1500, 1500.0));
    assert!((2000..5000).contains(&asked.into_inner()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_budget_is_kept_and_the_best_never_rises(
        evaluations in 1_usize..400,
        seed in any::<u64>(),
        dimensions in 1_usize..6,
        population in 2_usize..40,
        elite in 0_usize..40,
        moved in 0.0..=1.0,
        bounded in any::<bool>(),
    ) {
        let bounds = bounded.then_some((-4.0, 4.5));
        let budget = Budget::new(evaluations, seed);
        // Some places have no value at all.
        let count = AtomicUsize::new(0);
        let function = |x: &[f64]| {
            count.fetch_add(1, Ordering::Relaxed);
            if x[0] < -2.0 { f64::NAN } else { rastrigin(x) }
        };
        let start = vec![1.0; dimensions];
        let annealed = anneal(function, &start, &Annealing { moved, bounds, step: 5.0, ..Annealing::default() }, &budget).unwrap();
        prop_assert_eq!((annealed.evaluations, count.swap(0, Ordering::Relaxed)), (evaluations, evaluations));
        let settings = Genetic { population, elite: elite.min(population - 1), bounds, step: 5.0, ..Genetic::default() };
        let draw = |theta: &mut [f64], key| uniform_start(theta, -4.0, 4.5, key);
        let bred = genetic(function, dimensions, draw, &settings, &budget).unwrap();
        prop_assert_eq!((bred.evaluations, count.load(Ordering::Relaxed)), (evaluations, evaluations));
        for found in [annealed, bred] {
            prop_assert!(!bounded || found.theta.iter().all(|value| (-4.0..=4.5).contains(value)));
            prop_assert!(found.improvements.windows(2).all(|pair| pair[1].1 < pair[0].1 && pair[0].0 < pair[1].0));
            if let Some(&(at, value)) = found.improvements.last() {
                prop_assert!(at <= evaluations && value == found.value && rastrigin(&found.theta) == found.value);
            } else {
                prop_assert_eq!(found.value, f64::INFINITY);
            }
        }
    }
}

#[test]
fn a_seed_is_a_course_on_any_number_of_threads() {
    let course = |threads, seed| {
        with_threads(Some(threads), || {
            let budget = Budget::new(3000, seed);
            let starts = multi_start(
                20,
                |start| Ok(Some(bred(rastrigin, 3, &Genetic::default(), &Budget::new(200, start as u64)))),
                |found| found.value,
            );
            (
                annealed(rastrigin, 3, &Annealing::default(), &budget),
                bred(rastrigin, 3, &Genetic::default(), &budget),
                starts.unwrap(),
            )
        })
        .unwrap()
    };
    assert_eq!(course(1, 7), course(3, 7));
    assert!(course(1, 7).0 != course(1, 8).0 && course(1, 7).1 != course(1, 8).1);
}

/// Which start is the best does not hang on which ends first; a failed or a skipped one is no candidate.
#[test]
fn the_first_of_the_best_starts_is_kept() {
    let failed = || nn_core::Error::data("diverged");
    let ends =
        [Err(failed()), Ok(Some(3.0)), Ok(None), Ok(Some(f64::NAN)), Ok(Some(2.0)), Ok(Some(2.0)), Ok(Some(4.0))];
    for threads in [1, 3] {
        let run = |start: usize| match &ends[start] {
            Ok(end) => Ok(*end),
            Err(_) => Err(failed()),
        };
        let best = with_threads(Some(threads), || multi_start(ends.len(), run, |value| *value).unwrap()).unwrap();
        assert_eq!(best, (4, 2.0));
    }
    let none = multi_start(3, |start| Err::<Option<f64>, _>(nn_core::Error::data(format!("{start}"))), |value| *value);
    assert_eq!(none.unwrap_err().to_string(), nn_core::Error::data("0").to_string());
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    let refused = |settings: Annealing, evaluations| {
        anneal(sphere, &[1.0], &settings, &Budget::new(evaluations, 1)).unwrap_err().to_string()
    };
    let good = Annealing::default();
    assert_eq!(refused(Annealing { hot: 0.0, ..good }, 9), "hot: expected a number above 0, got 0");
    assert_eq!(refused(Annealing { cold: 2.0, ..good }, 9), "cold: expected a number above 0 and at most hot, got 2");
    assert!(refused(Annealing { step: f64::NAN, ..good }, 9).starts_with("step: "));
    assert!(refused(Annealing { moved: 1.5, ..good }, 9).starts_with("moved: "));
    assert!(refused(Annealing { bounds: Some((1.0, 1.0)), ..good }, 9).starts_with("bounds: "));
    assert_eq!(refused(good, 0), "evaluations: expected 1 or more, got 0");
    assert!(anneal(sphere, &[], &good, &Budget::new(9, 1)).is_err());
    let refused =
        |settings: Genetic| genetic(sphere, 2, |_, _| (), &settings, &Budget::new(9, 1)).unwrap_err().to_string();
    let good = Genetic::default();
    assert!(refused(Genetic { population: 1, ..good }).starts_with("population: "));
    assert!(refused(Genetic { elite: 50, ..good }).starts_with("elite: "));
    assert!(refused(Genetic { tournament: 0, ..good }).starts_with("tournament: "));
    assert!(refused(Genetic { mutation: Some(2.0), ..good }).starts_with("mutation: "));
    assert!(multi_start(0, |_| Ok(Some(1.0)), |value| *value).is_err());
}
