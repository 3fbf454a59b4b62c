//! What can be reckoned by hand: steps of both rules, missing numbers, weights, pinned units, what is read off a map.

use nn_som::nalgebra::DMatrix;
use nn_som::{
    Adjacency, Algorithm, BestTwo, Dataset, Decay, Distance, Fit, Lattice, Model, Neighborhood, Scaling, Som,
    SomParams, Start,
};

/// A chain of three units at 0, 1 and 2.
fn chain() -> SomParams {
    SomParams::default()
        .width(3)
        .height(1)
        .grid(Lattice::Rectangular)
        .scaling(Scaling::None)
        .start(Start::Given)
        .given([0.0, 1.0, 2.0])
        .radius(1.0)
        .epochs(1)
}

fn fit(params: SomParams, x: &[f64]) -> Som<f64> {
    params.fit(&Dataset::from_slice(1, x)).unwrap()
}

fn near(got: &[f64], expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{got:?} {expected:?}");
}

#[test]
fn an_online_step_moves_the_winner_by_the_rate_and_its_neighbours_by_less() {
    let online = chain().algorithm(Algorithm::Online).learning_rate(0.5);
    let h = (-0.5_f64).exp();
    near(fit(online.clone(), &[4.0]).weights().as_slice(), &[0.5 * (-2.0_f64).exp() * 4.0, 1.0 + 0.5 * h * 3.0, 3.0]);
    let bubble = online.neighborhood(Neighborhood::Bubble);
    near(fit(bubble, &[4.0]).weights().as_slice(), &[0.0, 2.5, 3.0]);
}

#[test]
fn rate_and_radius_fall_from_step_to_step() {
    let online = chain().algorithm(Algorithm::Online).shuffle(false).radius(0.0);
    let online = online.learning_rate(0.5).learning_rate_end(0.1).learning_rate_decay(Decay::Linear);
    // Two steps on the way from 0.5 to 0.1: the rates are 0.5 and 0.3.
    near(fit(online, &[4.0, 4.0]).weights().as_slice(), &[0.0, 1.0, 3.0 + 0.3 * 1.0]);
}

#[test]
fn a_batch_pass_moves_each_unit_to_the_mean_of_the_samples_around_it() {
    let h = [1.0, (-0.5_f64).exp(), (-2.0_f64).exp()];
    // 0 and 0.2 are won by the first unit, 2.5 by the last.
    let mean = |a: f64, b: f64| (a * 0.2 + b * 2.5) / (2.0 * a + b);
    near(fit(chain(), &[0.0, 0.2, 2.5]).weights().as_slice(), &[mean(h[0], h[2]), mean(h[1], h[1]), mean(h[2], h[0])]);
}

#[test]
fn a_unit_without_samples_around_it_stays() {
    near(fit(chain().radius(0.0), &[0.4, 0.2]).weights().as_slice(), &[0.3, 1.0, 2.0]);
    let cut = chain().neighborhood(Neighborhood::CutGaussian);
    near(fit(cut, &[0.4, 0.2]).weights().as_slice(), &[0.3, 0.3, 2.0]);
}

#[test]
fn a_sample_of_weight_2_counts_as_two() {
    for algorithm in Algorithm::ALL {
        // No way to fall on, so that a second step is as the first.
        let params = chain().algorithm(*algorithm).shuffle(false).learning_rate_decay(Decay::Constant).radius(0.0);
        let weighed = params.fit(&Dataset::from_slice(1, &[0.4, 5.0]).weights(&[1.0, 2.0])).unwrap();
        near(weighed.weights().as_slice(), fit(params, &[0.4, 5.0, 5.0]).weights().as_slice());
    }
}

#[test]
fn a_sample_of_weight_0_counts_for_nothing() {
    for algorithm in Algorithm::ALL {
        // Rate and radius fall over the steps that are made, and a sample of weight 0 makes none.
        let params = chain().algorithm(*algorithm).radius_end(0.5).shuffle(false).epochs(3);
        let weighed = params.fit(&Dataset::from_slice(1, &[0.4, 5.0, 1.7]).weights(&[1.0, 0.0, 1.0])).unwrap();
        assert_eq!(weighed.progress(), 1.0);
        near(weighed.weights().as_slice(), fit(params, &[0.4, 1.7]).weights().as_slice());
    }
}

#[test]
fn pinned_units_stay_where_they_are_put() {
    for algorithm in Algorithm::ALL {
        let pinned = chain().algorithm(*algorithm).pinned([1]);
        assert_eq!(fit(pinned.clone(), &[0.3, 4.0, 1.2]).weights()[1], 1.0);
        assert_eq!(fit(pinned.pinned_to([7.0]), &[0.3, 4.0, 1.2]).weights()[1], 7.0);
    }
}

#[test]
fn a_missing_number_neither_finds_nor_moves() {
    let nan = f64::NAN;
    let given = [0.0, 0.0, 1.0, 5.0, 2.0, 2.0];
    let params = chain().given(given).radius(0.0).missing_values(true);
    // By its second number alone the sample is nearest to the second unit.
    let data = [nan, 4.0, 2.0, 3.0];
    let batch = params.fit(&Dataset::from_slice(2, &data)).unwrap();
    near(batch.weights().as_slice(), &[0.0, 0.0, 1.0, 4.0, 2.0, 3.0]);
    let online =
        params.algorithm(Algorithm::Online).learning_rate(0.5).learning_rate_decay(Decay::Constant).shuffle(false);
    let online = online.fit(&Dataset::from_slice(2, &data)).unwrap();
    near(online.weights().as_slice(), &[0.0, 0.0, 1.0, 4.5, 2.0, 2.5]);
    // What is missing is filled from the unit; the rest stays.
    let filled = online.impute(&Dataset::from_slice(2, &data)).unwrap();
    near(filled.as_slice(), &[1.0, 4.0, 2.0, 3.0]);
    assert!(chain().fit(&Dataset::from_slice(1, &[1.0])).unwrap().impute(&Dataset::from_slice(1, &[1.0])).is_err());
}

#[test]
fn a_feature_of_weight_0_finds_no_unit_and_is_learned() {
    let params = chain().given([0.0, 9.0, 1.0, 9.0, 2.0, 9.0]).feature_weights([1.0, 0.0]).radius(0.0);
    for distance in Distance::ALL {
        let som = params.clone().distance(*distance).fit(&Dataset::from_slice(2, &[1.1, -50.0])).unwrap();
        if *distance != Distance::Cosine {
            near(som.weights().as_slice(), &[0.0, 9.0, 1.1, -50.0, 2.0, 9.0]);
        }
        assert!(som.quantization_error(&Dataset::from_slice(2, &[1.1, 3.0])).unwrap() < 1e-12);
    }
    // A sample that has nothing but such a feature could be anywhere.
    let gaps = params.missing_values(true).fit(&Dataset::from_slice(2, &[1.0, 1.0, f64::NAN, 3.0]));
    let told = "every number of a sample is missing but those of feature weight 0 (sample 1)";
    assert_eq!(gaps.unwrap_err().to_string(), told);
}

#[test]
fn numbers_whose_squares_overflow_are_refused_by_both_rules() {
    let x: Vec<f32> = (0..40).map(|i| ((i * i) as f32 * 0.37).sin() * 1e25).collect();
    for &algorithm in Algorithm::ALL {
        let params = SomParams::default().algorithm(algorithm).scaling(Scaling::None);
        let error = params.fit(&Dataset::from_slice(2, &x)).unwrap_err();
        assert_eq!(error.to_string(), "the features are so large that distances overflow; scale them", "{algorithm}");
    }
}

#[test]
fn distances_are_those_of_their_names() {
    let asked = [3.0, 4.0];
    let distance = |distance: Distance| {
        let params = chain().given([0.0, 0.0, 3.0, 0.0, -3.0, -4.0]).radius(0.0).distance(distance);
        let som = params.epochs(1).pinned([0, 1, 2]).fit(&Dataset::from_slice(2, &asked)).unwrap();
        som.transform(&Dataset::from_slice(2, &asked)).unwrap()
    };
    near(distance(Distance::Euclidean).as_slice(), &[5.0, 4.0, 10.0]);
    near(distance(Distance::Manhattan).as_slice(), &[7.0, 4.0, 14.0]);
    near(distance(Distance::Cosine).as_slice(), &[1.0, 1.0 - 0.6, 2.0]);
}

/// Nine units on a square of 3 x 3, each at its place.
fn square() -> Som<f64> {
    let given: Vec<f64> = (0..9).flat_map(|unit| [f64::from(unit % 3), f64::from(unit / 3)]).collect();
    let params = SomParams::default().width(3).height(3).grid(Lattice::Rectangular).scaling(Scaling::None);
    let mut params = params.start(Start::Given).radius(0.0).epochs(1).pinned([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    params.given = given;
    let labels = [0, 0, 1, 1];
    params.fit(&Dataset::from_slice(2, &[0.1, 0.0, 0.0, 0.2, 0.0, 0.1, 2.0, 2.0]).labels(&labels)).unwrap()
}

#[test]
fn best_and_second_best_units_and_their_errors() {
    let som = square();
    // Beside the middle; between two columns; nearest to the middle and then to the corner of its cell.
    let x = [1.2, 1.0, 0.4, 2.0];
    let data = Dataset::from_slice(2, &x);
    let expected = [BestTwo { first: 4, second: 5 }, BestTwo { first: 6, second: 7 }];
    assert_eq!(som.best_matching_units(&data).unwrap(), expected);
    assert!((som.quantization_error(&data).unwrap() - 0.3).abs() < 1e-12);
    assert_eq!(som.topographic_error(&data, Adjacency::Four).unwrap(), 0.0);
    near(som.predict(&data).unwrap().as_slice(), &[1.0, 1.0, 0.2, 0.0, 2.0, 0.4]);
    assert_eq!(som.path(&data).unwrap(), [4, 6]);
    assert_eq!(som.hits(&data).unwrap(), [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0]);
}

#[test]
fn a_torn_map_has_a_topographic_error_that_its_neighbourhood_changes() {
    // The second and third unit have changed places.
    let torn = chain().given([0.0, 2.0, 1.0]).radius(0.0).pinned([0, 1, 2]);
    let som = torn.fit(&Dataset::from_slice(1, &[0.4, 1.6])).unwrap();
    // 0.4: 0 and 1, which are units 0 and 2; 1.6: 2 and 1, which are units 1 and 2.
    let data = Dataset::from_slice(1, &[0.4, 1.6]);
    assert_eq!(som.topographic_error(&data, Adjacency::Eight).unwrap(), 0.5);
    // Across the corner: a neighbour of eight, not of four.
    let som = square();
    let diagonal = DMatrix::from_column_slice(2, 1, &[1.0, 1.0]);
    let moved = som.topographic_error(&Dataset::new(&diagonal), Adjacency::Four).unwrap();
    assert_eq!(moved, 0.0);
}

#[test]
fn the_u_matrix_is_the_mean_distance_to_the_neighbours() {
    // Between 0, 1 and 5 the distances are 1 and 4.
    let som = fit(chain().given([0.0, 1.0, 5.0]).pinned([0, 1, 2]), &[0.0]);
    near(&som.u_matrix(), &[1.0, 2.5, 4.0]);
    near(&som.component_plane(0).unwrap(), &[0.0, 1.0, 5.0]);
    assert!(som.component_plane(1).is_err());
    // Of a square of side 1: two neighbours at 1 and one at the root of 2 in the corner.
    let corner = (2.0 + 2.0_f64.sqrt()) / 3.0;
    assert!((square().u_matrix()[0] - corner).abs() < 1e-12);
}

#[test]
fn units_have_the_class_of_most_of_their_samples() {
    let som = square();
    let labels = som.labels().unwrap();
    assert_eq!((labels.of_units()[0], labels.of_units()[8], labels.of_units()[4]), (Some(0), Some(1), None));
    assert!((labels.shares()[0] - 2.0 / 3.0).abs() < 1e-12);
    // The middle has no class: the corners are asked.
    let x = [0.9, 1.0, 1.2, 1.0];
    assert_eq!(som.classify(&Dataset::from_slice(2, &x)).unwrap(), [0, 1]);
    let truth = [0, 0];
    let measures = som.evaluate(&Dataset::from_slice(2, &x).labels(&truth)).unwrap();
    assert_eq!(measures.get("accuracy"), Some(0.5));
    assert_eq!(som.training_hits()[0], 3.0);
}

#[test]
fn an_outlier_is_far_beside_the_training_samples() {
    let som = square();
    // Of the four training samples 99 of 100 are all four, and the farthest lies at 0.2.
    let scores = som.outlier_scores(&Dataset::from_slice(2, &[0.0, 0.1, 5.0, 2.0])).unwrap();
    near(&scores, &[0.5, 15.0]);
    // Of ten samples 99 of 100 are all ten.
    let x: Vec<f64> = (1..=10).map(f64::from).collect();
    let som = fit(chain().width(1).given([0.0]).pinned([0]), &x);
    near(&som.outlier_scores(&Dataset::from_slice(1, &x)).unwrap()[8..], &[0.9, 1.0]);
}

#[test]
fn a_perfect_map_of_a_line_keeps_every_neighbourhood() {
    let x: Vec<f64> = (0..12).map(f64::from).collect();
    let given: Vec<f64> = x.clone();
    let mut params = chain().width(12).pinned((0..12).collect::<Vec<usize>>());
    params.given = given;
    let som = fit(params.clone(), &x);
    let data = Dataset::from_slice(1, &x);
    assert_eq!((som.trustworthiness(&data, 2).unwrap(), som.neighborhood_preservation(&data, 2).unwrap()), (1.0, 1.0));
    assert!(som.trustworthiness(&data, 6).is_err() && som.trustworthiness(&data, 0).is_err());
    // Folded in the middle, both ends of the line come together on the map.
    params.given = (0..12).map(|unit| f64::from(if unit % 2 == 0 { unit / 2 } else { 11 - unit / 2 })).collect();
    let folded = fit(params, &x);
    let [trust, kept] =
        [folded.trustworthiness(&data, 3), folded.neighborhood_preservation(&data, 3)].map(Result::unwrap);
    assert!((0.0..0.9).contains(&trust) && (0.5..1.0).contains(&kept), "{trust} {kept}");
}

#[test]
fn early_stopping_gives_back_the_best_map() {
    let x: Vec<f64> = (0..60).map(|i| (f64::from(i) * 0.7).sin()).collect();
    let asked: Vec<f64> = (0..20).map(|i| (f64::from(i) * 1.3).cos()).collect();
    let (data, validation) = (Dataset::from_slice(1, &x), Dataset::from_slice(1, &asked));
    let params = SomParams::default().algorithm(Algorithm::Online).epochs(200).patience(2).learning_rate_end(0.5);
    let options = nn_som::FitOptions::default().validation(validation);
    let som = params.fit_with(&data, options).unwrap();
    let history = som.history();
    assert_eq!(history.stopped, nn_som::Stopped::Early);
    let best = history.validation_losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert!((som.quantization_error(&validation).unwrap() - best).abs() < 1e-12);
}
