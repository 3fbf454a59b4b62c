//! What can be worked out by hand.

use nn_art::{
    Art1, Art1Params, Art2, Art2Params, Art2Variant, ArtMap, ArtMapParams, Dataset, Fit, FuzzyArt, FuzzyArtParams,
    FuzzyArtVariant, Model, Stopped, Task,
};

/// Twelve bits: D in C in A, B in A, B and C apart, |D| < |B| < |C|. Carpenter and Grossberg 1987.
const A: [f64; 12] = [1.0; 12];
const B: [f64; 12] = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0];
const C: [f64; 12] = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
const D: [f64; 12] = [1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];

/// The category, counted from 1, that each of A B C A D goes to, pass by pass.
fn passes(params: Art1Params, count: usize) -> Vec<[usize; 5]> {
    let mut art = Art1::start(params, 12).unwrap();
    (0..count).map(|_| [A, B, C, A, D].map(|x| art.learn(&x).unwrap().unwrap() + 1)).collect()
}

#[test]
fn the_code_is_stable_by_the_two_thirds_rule() {
    for vigilance in [0.1, 0.3] {
        let after = [1, 1, 2, 1, 2];
        assert_eq!(passes(Art1Params::default().vigilance(vigilance), 4), [[1, 1, 2, 2, 2], after, after, after]);
    }
    assert_eq!(
        passes(Art1Params::default().vigilance(0.5), 4),
        [[1, 1, 2, 2, 2], [3, 1, 3, 3, 2], [3, 1, 3, 3, 2], [3, 1, 3, 3, 2]]
    );
    assert_eq!(
        passes(Art1Params::default().vigilance(0.8), 4),
        [[1, 1, 2, 3, 2], [3, 1, 3, 4, 2], [4, 1, 3, 4, 2], [4, 1, 3, 4, 2]]
    );
}

#[test]
fn the_code_changes_for_ever_without_the_two_thirds_rule() {
    let params = Art1Params::default().vigilance(0.3).two_thirds_rule(false);
    assert_eq!(passes(params, 10), [[1, 1, 2, 2, 2]; 10], "A goes to 1 and to 2 in the same pass");
}

#[test]
fn fuzzy_art_grows_a_box_until_vigilance_forbids_it() {
    let mut art = FuzzyArt::start(FuzzyArtParams::default().range([0.0, 10.0]).vigilance(0.8), 1).unwrap();
    assert_eq!([4.0, 5.0, 3.0].map(|x| art.learn(&[x]).unwrap()), [Some(0); 3]);
    // The box from 3 to 5 would have to be 4 wide for 7, and 2 is the most.
    assert_eq!(art.learn(&[7.0]).unwrap(), Some(1));
    let boxes = art.boxes(&Dataset::from_slice(1, &[3.0, 4.5, 7.0])).unwrap();
    assert!((boxes[0].low[0] - 3.0).abs() < 1e-12 && (boxes[0].high[0] - 5.0).abs() < 1e-12);
    assert_eq!((boxes[0].support, boxes[1].support), (2.0, 1.0));
    assert_eq!(art.resonances(&Dataset::from_slice(1, &[10.0])).unwrap()[0].category, None, "unknown");
}

#[test]
fn recoding_is_slow_and_committing_fast() {
    let params = FuzzyArtParams::default().range([0.0, 1.0]).vigilance(0.0).learning_rate(0.5);
    let mut art = FuzzyArt::start(params.clone(), 1).unwrap();
    art.learn(&[0.25]).unwrap();
    assert_eq!(art.weights().as_slice(), [0.25, 0.75]);
    art.learn(&[0.75]).unwrap();
    assert_eq!(art.weights().as_slice(), [0.25, 0.5]);
    let mut art = FuzzyArt::start(params.fast_commit(false), 1).unwrap();
    art.learn(&[0.25]).unwrap();
    assert_eq!(art.weights().as_slice(), [0.625, 0.875]);
}

#[test]
fn categories_multiply_without_complement_coding() {
    let count = |complement: bool| {
        let x: Vec<f64> = (1..=1000).rev().flat_map(|n| [1.0 / f64::from(n); 2]).collect();
        let params = FuzzyArtParams::default().range([0.0, 1.0]).vigilance(0.8).complement(complement).epochs(1);
        params.fit(&Dataset::from_slice(2, &x)).unwrap().categories()
    };
    assert!(3 * count(true) <= count(false), "{} {}", count(true), count(false));
}

#[test]
fn the_plain_form_takes_the_nearest_and_sets_a_new_unit_to_the_sample() {
    let params = FuzzyArtParams::default().variant(FuzzyArtVariant::Plain).range([0.0, 1.0]).vigilance(0.75);
    let mut art = FuzzyArt::start(params.learning_rate(0.5), 1).unwrap();
    assert_eq!([0.0, 0.25, 1.0, 0.875].map(|x| art.learn(&[x]).unwrap()), [Some(0), Some(0), Some(1), Some(1)]);
    assert_eq!(art.weights().as_slice(), [0.125, 0.9375]);
    let found = art.resonances(&Dataset::from_slice(1, &[0.0, 0.5])).unwrap();
    assert_eq!((found[0].category, found[0].matched), (Some(0), 0.875));
    assert_eq!((found[1].category, found[1].matched), (None, 0.625), "the nearest one is too far");
}

#[test]
fn art2a_keeps_directions_of_length_1() {
    let params = Art2Params::default().variant(Art2Variant::Art2A).threshold(0.0).learning_rate(0.5);
    let mut art = Art2::<f64>::start(params, 2).unwrap();
    assert_eq!([[3.0, 4.0], [6.0, 8.0], [1.0, 0.0], [4.0, 3.0]].map(|x| art.learn(&x).unwrap().unwrap()), [0, 0, 1, 0]);
    let weights = art.weights();
    for w in weights.column_iter() {
        assert!((w.norm() - 1.0).abs() < 1e-12);
    }
    // Half way between (3, 4) and (4, 3).
    assert!((weights[(0, 0)] - weights[(1, 0)]).abs() < 1e-12);
}

#[test]
fn art2_finds_a_pattern_in_noise_and_asks_for_vigilance() {
    // Noise below the threshold is no pattern: after the loops it is 0, and (0.9, 0.05, 0.8) is (0.9, 0, 0.8), contrast raised.
    let params = Art2Params::default().vigilance(0.98).threshold(0.3);
    let mut art = Art2::<f64>::start(params.clone(), 3).unwrap();
    assert_eq!(art.learn(&[0.9, 0.05, 0.9]).unwrap(), Some(0));
    assert_eq!(art.learn(&[9.0, 0.2, 9.0]).unwrap(), Some(0), "its size does not matter");
    let z = art.weights();
    assert!(z[1] == 0.0 && (z[0] - z[2]).abs() < 1e-9);
    // z = u / (1 - d), u of length 1.
    assert!((z.norm() - 10.0).abs() < 1e-6);
    assert_eq!(art.learn(&[0.1, 0.9, 0.1]).unwrap(), Some(1));
    let found = art.resonances(&Dataset::from_slice(3, &[1.0, 0.0, 1.0])).unwrap();
    assert!(found[0].category == Some(0) && (found[0].matched - 1.0).abs() < 1e-9);
    assert!(params.c(0.5).fit(&Dataset::from_slice(3, &[1.0, 0.0, 1.0])).is_err(), "c d / (1 - d) is 1 at the most");
}

/// `u = 0.01 I + 0.99 z'` to first order: see the head of `members/art2.rs`.
#[test]
fn a_category_of_art2_goes_a_hundredth_of_the_way_to_its_sample() {
    let mut art = Art2::<f64>::start(Art2Params::default().threshold(0.0), 2).unwrap();
    let direction = |angle: f64| [angle.cos(), angle.sin()];
    art.learn(&direction(0.7)).unwrap();
    let angle = |art: &Art2<f64>| art.weights()[1].atan2(art.weights()[0]);
    let before = angle(&art);
    art.learn(&direction(0.75)).unwrap();
    let share = (angle(&art) - before) / 0.05;
    assert!((share - 0.01).abs() < 1e-3, "{share}");
}

#[test]
fn match_tracking_makes_a_category_within_another() {
    let params = ArtMapParams::default().range([0.0, 10.0]);
    let mut art = ArtMap::start(params, 1, Task::Classes(2)).unwrap();
    assert_eq!(
        [(2.0, 0), (8.0, 0), (5.0, 1), (5.0, 1), (4.0, 0)].map(|(x, y)| art.learn(&[x], y).unwrap()),
        [Some(0), Some(0), Some(1), Some(1), Some(0)]
    );
    let classes = art.classify(&Dataset::from_slice(1, &[3.0, 5.0, 6.0])).unwrap();
    assert_eq!(classes, [Some(0), Some(1), Some(0)]);
}

#[test]
fn training_ends_when_no_weight_changes() {
    let x = [0.0, 1.0, 10.0, 11.0];
    let model = FuzzyArtParams::default().fit(&Dataset::from_slice(1, &x)).unwrap();
    assert_eq!((model.history().losses.len(), model.history().stopped), (2, Stopped::Converged));
    assert_eq!((model.categories(), model.support()), (2, [2.0, 2.0].as_slice()));
}

/// Both modules by hand: targets from 0 to 10 in boxes of at most half of that, two of them, and a sample between two others of
/// one box that stands for the other box.
#[test]
fn a_category_of_quantities_answers_the_middle_of_its_box_of_targets() {
    let params = ArtMapParams::default().range([0.0, 10.0]).target_range([0.0, 10.0]).target_vigilance(0.5);
    let mut art = ArtMap::start(params, 1, Task::Values(1)).unwrap();
    let taught = [(2.0, 1.0), (8.0, 3.0), (5.0, 9.0), (4.0, 2.0)];
    assert_eq!(taught.map(|(x, y)| art.learn_values(&[x], &[y]).unwrap()), [0, 0, 1, 0].map(Some));
    assert_eq!((art.categories(), art.target_categories()), (vec![2], vec![2]));
    let asked = Dataset::from_slice(1, &[3.0, 5.0, 6.0]).values_from_slice(1, &[2.0, 9.0, 5.0]);
    let answers = art.predict(&asked).unwrap();
    assert!(answers.iter().zip([2.0, 9.0, 2.0]).all(|(answer, y)| f64::abs(answer - y) < 1e-12), "{answers}");
    let measures = art.evaluate(&asked).unwrap();
    assert!((measures.get("rmse").unwrap() - 3.0_f64.sqrt()).abs() < 1e-12, "{measures:?}");
    let boxes = art.boxes(&asked).unwrap();
    let near = |[low, high]: [f64; 2], side: [f64; 2]| (low - side[0]).abs() + (high - side[1]).abs() < 1e-12;
    assert!(near(boxes[0].values[0], [1.0, 3.0]) && near(boxes[1].values[0], [9.0, 9.0]));
    // Of the two that the first box answers one lies within its targets.
    assert_eq!((boxes[0].support, boxes[0].confidence, boxes[1].confidence), (2.0, 0.5, 1.0));
    let names = ["x".to_owned(), "y".to_owned()];
    let rule = boxes[0].rule(&names, &[], &[(0.0, 10.0)]);
    assert_eq!(rule, "if 2 <= x <= 8 then 1 <= y <= 3 (support 2, confidence 0.5)");
}

/// Equal samples of two classes: each keeps its category, and there is nothing more to learn.
#[test]
fn samples_that_contradict_each_other_do_not_multiply() {
    let data = Dataset::from_slice(1, &[0.0, 0.5, 0.5, 1.0]).labels(&[0, 0, 1, 1]);
    let model = ArtMapParams::default().shuffle(false).fit(&data).unwrap();
    assert_eq!((model.history().stopped, model.categories()), (Stopped::Converged, vec![4]));
    assert_eq!(model.evaluate(&data).unwrap().get("accuracy"), Some(0.75));
}

#[test]
fn what_follows_every_sample_is_at_rest_when_a_pass_repeats_the_one_before() {
    // Two clusters; the plain form sets its units to the last sample of each, again and again.
    let x = [0.0, 10.0, 1.0, 9.0];
    let params = FuzzyArtParams::default().variant(FuzzyArtVariant::Plain).vigilance(0.8);
    let model = params.fit(&Dataset::from_slice(1, &x)).unwrap();
    assert_eq!((model.history().stopped, model.history().losses.len()), (Stopped::Converged, 2));
    assert_eq!(model.remarks(), ["2 categories"]);
    // Without the 2/3 Rule a pass ends as it began, too, but A goes to two categories in each.
    let params = Art1Params::default().vigilance(0.3).two_thirds_rule(false);
    let model = params.fit(&Dataset::from_slice(12, &[A, B, C, A, D].concat())).unwrap();
    assert_eq!((model.history().stopped, model.history().losses.len()), (Stopped::Converged, 2));
    assert!(model.remarks()[1].contains("their code is not stable"), "{:?}", model.remarks());
}

/// Twenty points of a class each: a search from the far end for the first of them is reset nineteen times, once for every
/// nearer one, as a negative `tracking` leaves vigilance at its baseline.
#[test]
fn a_long_search_goes_on_to_the_last_category() {
    let params = ArtMapParams::default().range([0.0, 1.0]).tracking(-1.0);
    let mut art = ArtMap::start(params, 1, Task::Classes(20)).unwrap();
    for j in 0..20 {
        assert_eq!(art.learn(&[f64::from(j) / 20.0], j).unwrap(), Some(j as usize));
    }
    assert_eq!(art.learn(&[0.97], 0).unwrap(), Some(0));
    assert_eq!(art.categories(), [20]);
    // A baseline above what any of them matches by leaves none to ask.
    let params = ArtMapParams::default().range([0.0, 1.0]).tracking(-1.0).vigilance(0.96);
    let mut art = ArtMap::start(params, 1, Task::Classes(20)).unwrap();
    for j in 0..20 {
        art.learn(&[f64::from(j) / 20.0], j).unwrap();
    }
    assert_eq!(art.learn(&[0.97], 0).unwrap(), Some(20));
}

/// A wide box that nearly holds a sample says more than a narrow one far off that matches.
#[test]
fn an_answer_is_the_best_choice_of_all_and_vigilance_says_whether_it_is_known() {
    let params = ArtMapParams::default().range([0.0, 1.0]).vigilance(0.7);
    let mut art = ArtMap::start(params, 1, Task::Classes(2)).unwrap();
    for (x, class) in [(0.0, 0), (0.3, 0), (0.6, 1)] {
        art.learn(&[x], class).unwrap();
    }
    // Of [0, 0.3] the match is 0.65 and the choice 0.65 / 0.701; of 0.6 they are 0.75 and 0.75 / 1.001.
    let verdict = &art.verdicts(&Dataset::from_slice(1, &[0.35])).unwrap()[0];
    assert_eq!((verdict.category, verdict.unknown, &*verdict.answer), (Some(0), false, &[1.0, 0.0][..]));
    let far = &art.verdicts(&Dataset::from_slice(1, &[1.0])).unwrap()[0];
    assert_eq!((far.category, far.unknown), (None, true));
}

#[test]
fn a_pattern_without_a_one_is_of_its_own_kind_and_erases_nothing() {
    let mut art = Art1::<f64>::start(Art1Params::default(), 4).unwrap();
    let rows = [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0], [0.0; 4], [1.0, 1.0, 0.0, 0.0], [0.0; 4]];
    assert_eq!(rows.map(|x| art.learn(&x).unwrap()), [0, 1, 2, 0, 2].map(Some));
    let found = art.resonances(&Dataset::from_slice(4, &[0.0; 4])).unwrap();
    assert_eq!((found[0].category, found[0].matched), (Some(2), 1.0));
}

#[test]
fn a_rejected_sample_leaves_no_trace_in_the_targets() {
    let params = ArtMapParams::default().range([0.0, 10.0]).target_range([0.0, 10.0]).vigilance(0.9);
    let mut art = ArtMap::start(params.target_vigilance(0.5).categories(1), 1, Task::Values(1)).unwrap();
    for (x, y) in [(0.0, 0.0), (0.1, 1.0)] {
        assert_eq!(art.learn_values(&[x], &[y]).unwrap(), Some(0));
    }
    let before = art.to_file().to_bytes();
    for (x, y) in [(10.0, 3.0), (10.0, 10.0)] {
        assert_eq!(art.learn_values(&[x], &[y]).unwrap(), None);
    }
    assert_eq!(art.to_file().to_bytes(), before);
}

#[test]
fn a_small_step_is_a_step() {
    let params = FuzzyArtParams::default().variant(FuzzyArtVariant::Plain).range([0.0, 1.0]).learning_rate(1e-4);
    let mut art = FuzzyArt::start(params, 1).unwrap();
    art.learn(&[0.5]).unwrap();
    for _ in 0..20_000 {
        art.learn(&[0.501]).unwrap();
    }
    // 0.501 - 0.001 (1 - 1e-4)^20000.
    assert!((art.weights()[0] - 0.501 + 0.001 * (-2.0_f64).exp()).abs() < 1e-7);
}

#[test]
fn a_direction_has_length_1_even_where_nothing_is_in_common() {
    let params = Art2Params::default().variant(Art2Variant::Art2A).vigilance(0.0).learning_rate(1.0);
    let mut art = Art2::<f64>::start(params, 2).unwrap();
    assert_eq!([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]].map(|x| art.learn(&x).unwrap()), [Some(0); 3]);
    assert!((art.weights().norm() - 1.0).abs() < 1e-12);
}

#[test]
fn a_choice_near_0_is_no_division_by_it() {
    let data = Dataset::from_slice(1, &[0.0, 0.5, 1.0]);
    let count = |choice| FuzzyArtParams::default().choice(choice).complement(false).fit(&data).unwrap().categories();
    assert_eq!(count(1e-300), count(1e-3));
    let small = Dataset::from_slice(1, &[0.0_f32, 0.5, 1.0]);
    let params = FuzzyArtParams::default().choice(1e-50).complement(false);
    assert_eq!(Fit::<f32>::fit(&params, &small).unwrap().categories(), count(1e-3));
}

#[test]
fn the_widest_range_is_one() {
    let y = [-1.7e308, 1.7e308, 0.5];
    let data = Dataset::from_slice(1, &[0.0, 1.0, 2.0]).values_from_slice(1, &y);
    let model = ArtMapParams::default().fit(&data).unwrap();
    let answers = model.predict(&data).unwrap();
    assert!(answers.iter().zip(y).all(|(answer, y)| f64::abs(answer / 1.7e308 - y / 1.7e308) < 1e-12), "{answers}");
    // What a float cannot tell apart is no range in it.
    let params = FuzzyArtParams::default().range([1e9, 1e9 + 1.0]);
    assert!(FuzzyArt::<f64>::start(params.clone(), 1).is_ok() && FuzzyArt::<f32>::start(params, 1).is_err());
}

/// A category of negative weights would divide a choice by nothing.
#[test]
fn a_file_of_weights_that_cannot_be_is_refused() {
    let art = nn_art::FuzzyArtParams::default().fit(&nn_art::Dataset::from_slice(1, &[0.0, 1.0])).unwrap();
    let from = |weights: &[f64]| {
        let mut arrays = nn_art::Model::arrays(&art);
        arrays.insert("weight", &[weights.len() / 2, 2], weights);
        nn_art::FuzzyArt::<f64>::from_arrays(art.params().clone(), art.history().clone(), &arrays)
    };
    let sound = art.weights();
    assert!(from(sound.as_slice()).is_ok());
    let mut hostile = sound.as_slice().to_vec();
    hostile[0] = -0.001;
    assert!(matches!(from(&hostile), Err(nn_art::Error::Format { .. })));
}
