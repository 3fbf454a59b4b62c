//! What a network does as a whole: interpolation, what it does not know, the second step, and data that are hard on it.

use nn_rbf::nalgebra::DMatrix;
use nn_rbf::{Basis, BatchSize, Dataset, Error, Fit, Model, Online, Rbf, RbfParams, Rule, Scaling, Selection};

/// A hilly land over a square, on points that lie without order.
fn land(count: usize) -> (DMatrix<f64>, DMatrix<f64>) {
    let x = DMatrix::from_fn(2, count, |row, j| ((j * j + 3) as f64 * (0.37 + 0.24 * row as f64)).sin() * 1e3 % 1.0);
    let y = DMatrix::from_fn(1, count, |_, j| (4.0 * x[(0, j)]).sin() + 100.0 * (3.0 * x[(1, j)]).cos());
    (x, y)
}

#[test]
fn every_basis_passes_through_every_sample() {
    let (x, y) = land(60);
    let data = Dataset::new(&x).values(&y);
    for &basis in Basis::ALL {
        for (bias, linear_tail) in [(true, true), (true, false)] {
            let params = RbfParams::default().selection(Selection::EverySample).basis(basis);
            let model = params.clone().bias(bias).linear_tail(linear_tail).fit(&data).unwrap();
            let error = (model.predict(&data).unwrap() - &y).amax();
            // Of quantities around 100: what is asked is that samples are met, whatever the condition.
            assert!(error < 1e-7, "{basis}: {error:e} {:e}", model.condition());
            let (x, y) = (x.clone().cast::<f32>(), y.clone().cast::<f32>());
            let model = params.bias(bias).linear_tail(linear_tail).fit(&Dataset::new(&x).values(&y)).unwrap();
            let error = (model.predict(&Dataset::new(&x)).unwrap() - &y).amax();
            assert!(error < 0.05, "{basis} of f32: {error:e} {:e}", model.condition());
        }
    }
}

#[test]
fn of_many_samples_the_width_is_chosen_on_some() {
    let (x, y) = land(900);
    let (asked, expected) = land(1300);
    let [asked, expected] = [asked, expected].map(|all| all.columns(900, 400).into_owned());
    let error = |params: RbfParams| {
        let model = params.selection(Selection::EverySample).fit(&Dataset::new(&x).values(&y)).unwrap();
        (model.predict(&Dataset::new(&asked)).unwrap() - &expected).norm()
    };
    let chosen = error(RbfParams::default());
    assert!(chosen < 0.1 * error(RbfParams::default().width_factor(1.0)), "{chosen:e}");
}

#[test]
fn a_spline_finds_the_ridge_that_its_many_decades_of_singular_values_hide() {
    let x = DMatrix::from_fn(1, 200, |_, j| (j as f64 * 0.618).fract() * 10.0);
    let y = DMatrix::from_fn(1, 200, |_, j| (3.0 * x[j]).sin() + 0.1 * ((j * j) as f64 * 0.7).sin());
    for basis in [Basis::Cubic, Basis::ThinPlateSpline] {
        let model = RbfParams::default().basis(basis).fit(&Dataset::new(&x).values(&y)).unwrap();
        let errors = model.ridge_errors();
        assert!(model.ridge() > errors[0].0, "{basis}: the best ridge is the first of those tried");
        let rmse = model.evaluate(&Dataset::new(&x).values(&y)).unwrap().get("rmse").unwrap();
        assert!(rmse < 0.12, "{basis}: {rmse}");
    }
}

#[test]
fn a_stray_among_the_samples_does_not_make_known_what_lies_between() {
    let mut x = DMatrix::from_fn(1, 60, |_, j| j as f64 / 6.0);
    let y = x.map(f64::sin);
    let asked = DMatrix::from_row_slice(1, 4, &[5.0, 15.0, 25.0, 40.0]);
    for stray in [9.9, 30.0, 1e3] {
        x[59] = stray;
        let model = RbfParams::default().fit(&Dataset::new(&x).values(&y)).unwrap();
        assert_eq!(model.is_unknown(&Dataset::new(&asked)).unwrap(), [false, true, true, true], "{stray}");
        assert_eq!(model.remarks().iter().any(|remark| remark.contains("unknown as well")), stray != 9.9, "{stray}");
    }
}

#[test]
fn settings_without_effect_are_told() {
    let (x, y) = land(40);
    let told = |params: RbfParams| params.fit(&Dataset::new(&x).values(&y)).unwrap().remarks();
    let idle = |params: RbfParams| told(params).iter().filter(|remark| remark.contains("does nothing without")).count();
    assert_eq!(idle(RbfParams::default().ols_tolerance(0.1).given([1.0, 2.0]).epochs(3).learning_rate(0.1)), 4);
    assert_eq!(idle(RbfParams::default().tune_weights(true).epochs(3).learning_rate(0.1)), 0);
    assert_eq!(idle(RbfParams::default().selection(Selection::EverySample).centers(3)), 1);
}

#[test]
fn a_network_tells_what_it_does_not_know_and_keeps_what_it_has_seen() {
    let (x, y) = land(200);
    let model = RbfParams::default().fit(&Dataset::new(&x).values(&y)).unwrap();
    assert!(model.is_unknown(&Dataset::new(&x)).unwrap().iter().all(|unknown| !unknown));
    // Others of the same land are known but for a few, and nothing far away is.
    let (more, _) = land(600);
    let unknown = model.is_unknown(&Dataset::new(&more)).unwrap().into_iter().filter(|unknown| *unknown).count();
    assert!(unknown <= 12, "{unknown}");
    let far = DMatrix::from_row_slice(2, 3, &[5.0, -30.0, 1e200, 5.0, 0.0, 1e200]);
    assert_eq!(model.is_unknown(&Dataset::new(&far)).unwrap(), [true; 3]);
    assert!(model.predict(&Dataset::new(&far)).unwrap().iter().all(|answer| answer.is_finite()));
    let told = model.beside(&Dataset::new(&far)).unwrap();
    assert_eq!((told[0].0, told[1].0, &told[1].1), ("distance", "unknown", &vec![1.0; 3]));
    let wide = RbfParams::default().reach(1e300).fit(&Dataset::new(&x).values(&y)).unwrap();
    assert_eq!(wide.is_unknown(&Dataset::new(&far)).unwrap(), [false; 3]);
}

/// Also where the answers of the units are divided by their sum, and where least squares have as many units as samples; and between
/// the samples by a width that was chosen for it.
#[test]
fn normalised_units_pass_through_every_sample_too() {
    let (x, y) = land(60);
    let data = Dataset::new(&x).values(&y);
    let (others, expected) = land(300);
    for basis in [Basis::Gaussian, Basis::Multiquadric, Basis::InverseMultiquadric] {
        let params = RbfParams::default().basis(basis);
        let every = params.clone().selection(Selection::EverySample).normalized(true);
        for params in [every.clone(), every.ridge(0.0), params.selection(Selection::Random).centers(60).ridge(0.0)] {
            let model = params.fit(&data).unwrap();
            let error = (model.predict(&data).unwrap() - &y).amax();
            assert!(error < 1e-3 && model.ridge() == 0.0, "{basis}: {error:e} {}", model.ridge());
            let apart = (model.predict(&Dataset::new(&others)).unwrap() - &expected).norm() / 300.0_f64.sqrt();
            assert!(apart < 1.0, "{basis}: {apart} {:?}", model.remarks());
        }
    }
}

/// The distance of the farthest sample had it not been learned, by leaving it out where centres stay what they are.
#[test]
fn how_far_is_known_hangs_on_where_centres_come_from() {
    let plain = |params: RbfParams| params.beta(0.5).scaling(Scaling::None);
    // Of given centres one has a single sample: it is there without it.
    let x = DMatrix::from_fn(1, 21, |_, j| if j < 20 { j as f64 / 10.0 } else { 100.1 });
    let y = x.map(f64::sin);
    let given = plain(RbfParams::default().selection(Selection::Given).given([0.0, 1.0, 2.0, 100.0]));
    let given = given.fit(&Dataset::new(&x).values(&y)).unwrap();
    assert!((given.reach() - 0.5).abs() < 1e-9, "{}", given.reach());
    let asked = DMatrix::from_row_slice(1, 2, &[50.0, 100.2]);
    assert_eq!(given.is_unknown(&Dataset::new(&asked)).unwrap(), [true, false]);
    // Samples that are centres do not move away from those that are none.
    let x = DMatrix::from_row_slice(1, 4, &[0.0, 0.3, 10.0, 10.4]);
    let y = x.map(f64::sin);
    let ols =
        plain(RbfParams::default().selection(Selection::Ols).centers(2)).fit(&Dataset::new(&x).values(&y)).unwrap();
    assert!((ols.reach() - 0.4).abs() < 1e-9, "{} {}", ols.reach(), ols.centers());
    // A mean moves away from the sample that it owes most to: from 0.25 to 1.
    let x = DMatrix::from_row_slice(1, 4, &[0.0, 1.0, 50.0, 50.1]);
    let y = x.map(f64::sin);
    let means = plain(RbfParams::default().centers(2));
    let means = means.fit(&Dataset::new(&x).values(&y).weights(&[3.0, 1.0, 1.0, 1.0])).unwrap();
    assert!((means.reach() - 1.0).abs() < 1e-9, "{}", means.reach());
    // What early stopping keeps aside is not learned from.
    let (x, y) = land(100);
    let data = Dataset::new(&x).values(&y);
    let watched = RbfParams::default().centers(10).tune_weights(true).epochs(1).patience(5);
    let (learned, _) = nn_core::split::validation(&data, watched.validation_fraction, watched.seed);
    let learned = data.select(&learned).unwrap();
    let alone = watched.clone().patience(0).fit(&learned.view()).unwrap();
    assert_eq!(watched.fit(&data).unwrap().reach(), alone.reach());
}

#[test]
fn what_is_learned_on_is_known() {
    let (x, y) = land(60);
    let (moved, params) = (x.map(|x| x + 2.0), RbfParams::default().centers(10).widths(nn_rbf::Widths::PerUnit));
    let params = params.epochs(1).learning_rate(0.02).tune_widths(true).tune_centers(true);
    for (params, known) in [(params.clone(), true), (params.reach(0.01), false)] {
        let mut model = params.fit(&Dataset::new(&x).values(&y)).unwrap();
        let data = Dataset::new(&moved).values(&y);
        model.partial_fit(&data).unwrap();
        assert_eq!(model.is_unknown(&data).unwrap().iter().all(|unknown| !unknown), known);
    }
}

#[test]
fn the_second_step_makes_the_loss_smaller_and_moves_what_it_may() {
    let (x, y) = land(80);
    let data = Dataset::new(&x).values(&y);
    let first = RbfParams::default().centers(12).widths(nn_rbf::Widths::PerUnit).ridge(1e-6);
    let loss = |model: &Rbf| model.evaluate(&data).unwrap().get("loss").unwrap();
    let start = first.fit(&data).unwrap();
    for [weights, widths, centers] in [[true, false, false], [false, true, false], [false, false, true], [true; 3]] {
        let params = first.clone().tune_weights(weights).tune_widths(widths).tune_centers(centers);
        let params = params.optimizer(Rule::Lbfgs).batch_size(BatchSize::All).epochs(30);
        let tuned = params.fit(&data).unwrap();
        assert!(loss(&tuned) <= loss(&start) * (1.0 + 1e-9), "{weights} {widths} {centers}");
        assert_eq!(tuned.centers() != start.centers(), centers);
        assert_eq!(tuned.betas() != start.betas(), widths);
        assert!(!centers || loss(&tuned) < 0.9 * loss(&start), "{} {}", loss(&tuned), loss(&start));
    }
}

/// Neither do penalties move what the second step may not.
#[test]
fn weights_that_are_not_tuned_stay_as_they_were_solved_for() {
    let (x, y) = land(60);
    let data = Dataset::new(&x).values(&y);
    let first = RbfParams::default().centers(8).epochs(3);
    let weights =
        |params: &RbfParams| params.fit(&data).unwrap().arrays().get::<f64>("output.weight", &[1, 8]).unwrap();
    let solved = weights(&first);
    let tuned = first.tune_centers(true).tune_widths(true);
    for params in [tuned.clone().weight_decay(0.5), tuned.clone().l1(0.1), tuned.clone().max_norm(0.01)] {
        assert_eq!(weights(&params), solved);
        assert_ne!(weights(&params.tune_weights(true)), solved);
    }
}

#[test]
fn centres_and_widths_are_told_in_the_units_of_the_data() {
    let x = DMatrix::from_row_slice(2, 4, &[0.0, 0.0, 1000.0, 1000.0, 0.0, 1.0, 0.0, 1.0]);
    let y = DMatrix::from_row_slice(1, 4, &[0.0, 1.0, 1.0, 0.0]);
    let params = RbfParams::default().selection(Selection::EverySample).width_factor(1.0);
    let model = params.fit(&Dataset::new(&x).values(&y)).unwrap();
    assert!((model.centers() - &x).amax() < 1e-9);
    // Scaled to a unit square, whose corners are 1 apart.
    let widths = model.widths();
    assert!((widths[(0, 0)] - 1000.0).abs() < 1e-9 && (widths[(1, 0)] - 1.0).abs() < 1e-12, "{widths}");
    // Also where all samples are far from 0.
    let far = DMatrix::from_fn(1, 5, |_, j| 1e5_f32 + (j * j) as f32 / 64.0);
    let params = RbfParams::default().scaling(Scaling::Standard).centers(2);
    let model = params.fit(&Dataset::new(&far).values(&far)).unwrap();
    let squares = [0.0, 1.0, 4.0, 9.0, 16.0].map(|square: f64| (square / 64.0 - 6.0 / 64.0).powi(2));
    let expected = (squares.iter().sum::<f64>() / 5.0).sqrt() / (2.0 * f64::from(model.betas()[0])).sqrt();
    assert!((model.widths()[(0, 0)] / expected - 1.0).abs() < 1e-6, "{} {expected}", model.widths());
}

/// Fits and answers; whatever comes is finite, and the condition is told.
fn is_calm(params: &RbfParams, x: &DMatrix<f64>, y: &DMatrix<f64>) -> Rbf {
    let data = Dataset::new(x).values(y);
    let model = params.fit(&data).unwrap();
    assert!(model.predict(&data).unwrap().iter().all(|answer| answer.is_finite()), "{params:?}");
    assert!(0.999 <= model.condition(), "{}", model.condition());
    let remarks = model.remarks().join("; ");
    assert!(remarks.contains("condition number") || remarks.contains("so alike"), "{remarks}");
    model
}

#[test]
fn data_that_are_hard_on_a_network_leave_it_calm() {
    let (x, y) = land(30);
    for &selection in &[Selection::KMeans, Selection::Random, Selection::Ols, Selection::EverySample] {
        let params = RbfParams::default().selection(selection).linear_tail(true);
        for ridge in [None, Some(0.0), Some(1e-3)] {
            let params = params.clone().ridge(ridge);
            // Each sample four times, with different targets.
            let twins = DMatrix::from_fn(2, 30, |row, j| x[(row, j / 4)]);
            let model = is_calm(&params, &twins, &y);
            assert!(model.centers().ncols() <= 8);
            // A feature that is constant, and one that is another.
            let constant = DMatrix::from_fn(3, 30, |row, j| [x[(0, j)], 7.0, 2.0 * x[(0, j)]][row]);
            is_calm(&params, &constant, &y);
            // All samples at one place.
            is_calm(&params, &DMatrix::from_element(2, 30, 3.0), &y);
            // More centres than samples.
            is_calm(&params.clone().centers(500), &x, &y);
            // Huge, tiny, and both.
            for size in [1e150, 1e-150, 1e-300] {
                is_calm(&params, &(&x * size), &y);
            }
            let mixed = DMatrix::from_fn(2, 30, |row, j| x[(row, j)] * [1e-9, 1e9][row]);
            is_calm(&params.clone().scaling(Scaling::None), &mixed, &y);
        }
    }
}

#[test]
fn an_interpolation_tells_the_criterion_that_it_was_chosen_by() {
    let (x, y) = land(30);
    let params = RbfParams::default().criterion(nn_rbf::Criterion::Gcv);
    let remarks = |params: &RbfParams| params.fit(&Dataset::new(&x).values(&y)).unwrap().remarks().join("; ");
    assert!(remarks(&params).contains("(gcv)"));
    assert!(remarks(&params.selection(Selection::EverySample)).contains("(leave-one-out)"));
}

#[test]
fn units_that_are_all_but_alike_are_told() {
    let (x, y) = land(30);
    let flat = is_calm(&RbfParams::default().beta(1e-9).ridge(0.0), &x, &y);
    assert!(1e12 < flat.condition(), "{:e}", flat.condition());
    // Collinear centres in the plane.
    let line: Vec<f64> = (0..20).flat_map(|i| [f64::from(i) / 20.0, f64::from(i) / 20.0]).collect();
    is_calm(&RbfParams::default().selection(Selection::Given).given(line).ridge(0.0), &x, &y);
    let twins =
        is_calm(&RbfParams::default().selection(Selection::Given).given([0.1, 0.2, 0.1, 0.2]).ridge(0.0), &x, &y);
    assert!(twins.condition().is_infinite() && twins.remarks().join("").contains("so alike"));
}

#[test]
fn what_is_no_number_is_refused_by_its_place() {
    let (mut x, y) = land(10);
    x[(1, 7)] = f64::NAN;
    let error = RbfParams::default().fit(&Dataset::new(&x).values(&y)).unwrap_err();
    assert!(matches!(error, Error::Data { sample: Some(7), feature: Some(1), .. }), "{error}");
    let (x, y) = land(10);
    let model = RbfParams::default().fit(&Dataset::new(&x).values(&y)).unwrap();
    let asked = DMatrix::from_element(2, 1, f64::INFINITY);
    for error in
        [model.predict(&Dataset::new(&asked)).unwrap_err(), model.distances(&Dataset::new(&asked)).unwrap_err()]
    {
        assert!(matches!(error, Error::Data { sample: Some(0), .. }), "{error}");
    }
}
