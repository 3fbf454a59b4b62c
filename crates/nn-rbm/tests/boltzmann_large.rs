//! Machines and rows that are too large for one sum or another: each is measured in a way that it can be, and told by its name.

use nn_rbm::nalgebra::DMatrix;
use nn_rbm::{
    BoltzmannMachine, BoltzmannParams, Connections, Couplings, Dataset, EarlyStopping, Fit, FitOptions, Learning,
    Model, Rbm, RbmParams, Scaling,
};

/// Ten samples of forty features, of which the fourth has some missing at its end.
fn gaps(missing: usize) -> DMatrix<f64> {
    DMatrix::from_fn(40, 10, |i, j| match j == 3 && 40 - missing <= i {
        true => f64::NAN,
        false => f64::from(u8::from((5 * i + 3 * j + i * j) % 7 < 3)),
    })
}

/// Two sides of 40 and 9: few states, as their sum goes over those of the hidden units.
fn two_sides() -> BoltzmannParams {
    BoltzmannParams::default().connections(Connections::Bipartite).missing_values(true).epochs(3)
}

#[test]
fn a_row_with_too_many_gaps_is_asked_unit_by_unit() {
    let model = two_sides().learning(Learning::Exact).fit(&Dataset::new(&gaps(0))).unwrap();
    assert!(model.evaluate(&Dataset::new(&gaps(0))).unwrap().get("log_likelihood").is_some());
    for missing in [18, 35] {
        let measures = model.evaluate(&Dataset::new(&gaps(missing))).unwrap();
        assert!(measures.get("log_likelihood").is_none() && measures.get("codes").is_none());
        let loss = measures.get("loss").unwrap();
        // Of units that are nearly fair, each is told by some ln 2.
        assert!((10.0..30.0).contains(&loss), "{missing}: {loss}");
        assert_eq!(measures.get("pseudo_log_likelihood"), Some(-loss));
    }
    let y = DMatrix::from_fn(18, 10, |i, j| f64::from(u8::from((i + j) % 3 == 0)));
    let params = BoltzmannParams::default().connections(Connections::Bipartite).epochs(3);
    let model = params.fit(&Dataset::new(&gaps(0)).values(&y)).unwrap();
    let bare = model.evaluate(&Dataset::new(&gaps(0))).unwrap();
    assert!(bare.get("pseudo_log_likelihood").unwrap() < -10.0);
}

#[test]
fn a_loss_that_cannot_be_summed_is_not_zero() {
    for learning in [Learning::Sampled, Learning::Sign] {
        let params =
            two_sides().learning(learning).target_loss(0.5).early_stopping(EarlyStopping::Patience).patience(9);
        let x = gaps(35);
        let mut options = FitOptions::default();
        options.validation = Some(Dataset::new(&x));
        let model = params.fit_with(&Dataset::new(&x), options).unwrap();
        let history = model.history();
        assert_eq!(history.losses.len(), 3, "{learning}");
        assert!(history.losses.iter().chain(&history.validation_losses).all(|&loss| 0.5 < loss), "{learning}");
    }
}

#[test]
fn a_pseudo_likelihood_does_not_know_the_hidden_units() {
    // A fair coin each, tied to a hidden unit of its own that always is as it is; so weak connections between them that
    // they change nothing, but all are in one sum.
    let matrix = DMatrix::from_fn(60, 60, |i, j| match (i.min(j), i.max(j)) {
        (i, j) if j == i + 30 => 20.0,
        (i, j) if j < 30 && (1..3).contains(&(j - i)) => 1e-12,
        _ => 0.0,
    });
    let couplings = Couplings::new(&matrix, &[-10.0; 60]).unwrap();
    let edges =
        (0..30).flat_map(|i| [(i, i + 1), (i, i + 2)].into_iter().filter(|edge| edge.1 < 30).chain([(i, i + 30)]));
    let params = BoltzmannParams::default().hidden_units(30).connections(Connections::Given);
    let params = params.edges(edges.flat_map(|(i, j)| [i, j]).collect::<Vec<usize>>());
    let machine = BoltzmannMachine::of_couplings(params, 30, 0, &couplings).unwrap();
    let x = DMatrix::from_fn(30, 4, |i, j| f64::from(u8::from((i + j) % 3 == 0)));
    let told = machine.evaluate(&Dataset::new(&x)).unwrap().get("pseudo_log_likelihood").unwrap();
    let fair = -30.0 * 2.0_f64.ln();
    assert!((told - fair).abs() < 1e-6, "{told}, but coins are {fair}");
}

#[test]
fn a_pseudo_likelihood_of_two_sides_is_that_of_the_restricted_machine() {
    let (visible, hidden) = (40, 30);
    let drawn = |len: usize, name: &str| nn_core::testing::numbers(len, name);
    let weights = drawn(visible * hidden, "weights");
    let [c, b] = [drawn(hidden, "hidden"), drawn(visible, "visible")];
    let units = visible + hidden;
    let at = |i: usize, j: usize| if i < visible && visible <= j { weights[(j - visible) * visible + i] } else { 0.0 };
    let matrix = DMatrix::from_fn(units, units, |i, j| at(i.min(j), i.max(j)));
    let couplings = Couplings::new(&matrix, &[b.clone(), c.clone()].concat()).unwrap();
    let params = BoltzmannParams::default().connections(Connections::Bipartite).hidden_units(hidden);
    let general = BoltzmannMachine::of_couplings(params, visible, 0, &couplings).unwrap();
    let params = RbmParams::default().hidden_units(hidden).scaling(Scaling::None);
    let restricted = Rbm::from_theta(params, visible, 0, [weights.clone(), c, b].concat()).unwrap();
    let x = gaps(0);
    let [own, theirs] = [general.evaluate(&Dataset::new(&x)), restricted.evaluate(&Dataset::new(&x))]
        .map(|measures| measures.unwrap().get("pseudo_log_likelihood").unwrap());
    assert!((own - theirs).abs() < 1e-9 * theirs.abs(), "{own} {theirs}");
}

#[test]
fn codes_need_the_hidden_units_alone() {
    let x = DMatrix::<f64>::identity(16, 16);
    let data = Dataset::new(&x).values(&x);
    let model = BoltzmannParams::default().epochs(2).fit(&data).unwrap();
    assert!(model.evaluate(&data).unwrap().get("log_likelihood").is_none());
    let codes = model.codes(&data).unwrap().into_iter().collect::<std::collections::BTreeSet<_>>().len();
    assert_eq!(model.evaluate(&data).unwrap().get("codes"), Some(codes as f64));
    assert_eq!(model.history().measures["codes"].len(), 2);
}

#[test]
fn who_says_nothing_learns_by_what_the_samples_allow() {
    let x = gaps(35);
    let model = two_sides().fit(&Dataset::new(&x)).unwrap();
    assert_eq!(model.history().losses.len(), 3);
    let error = two_sides().learning(Learning::Exact).fit(&Dataset::new(&x)).unwrap_err().to_string();
    assert!(
        error.starts_with("learning: expected sampled or sign, since a sample leaves 44 joined units free"),
        "{error}"
    );
}

#[test]
fn there_is_one_limit() {
    let x = DMatrix::from_fn(21, 6, |i, j| f64::from(u8::from((i + j) % 3 == 0)));
    let params = BoltzmannParams::default().hidden_units(0).learning(Learning::Exact).epochs(1);
    let error = params.fit(&Dataset::new(&x)).unwrap_err().to_string();
    assert!(error.starts_with("learning: expected sampled or sign, since about 2^21 states"), "{error}");
    let x = x.rows(0, 20).into_owned();
    let model = params.fit(&Dataset::new(&x)).unwrap();
    assert!(model.log_partition().is_ok() && model.couplings().distribution().is_ok());
}

#[test]
fn a_file_is_compared_with_its_settings_before_anything_is_made_of_them() {
    let x = DMatrix::from_fn(3, 6, |i, j| f64::from(u8::from((i + j) % 3 == 0)));
    let model = BoltzmannParams::default().epochs(1).fit(&Dataset::new(&x)).unwrap();
    // 4098 units would be refused as too many, were the machine of the settings made first.
    let params = model.params().clone().hidden_units(4095);
    let refused = BoltzmannMachine::<f64>::from_arrays(params, model.history().clone(), &model.arrays());
    assert!(refused.unwrap_err().to_string().ends_with("units: expected 4098, got 6"));
}

#[test]
fn the_loss_is_of_the_samples_as_they_are_and_by_the_same_random_numbers() {
    let x = DMatrix::from_fn(6, 12, |i, j| f64::from(u8::from((i + j) % 3 == 0)));
    // 25 joined hidden units: the loss is sampled.
    let params = BoltzmannParams::default().hidden_units(25).learning(Learning::Sign).init_scale(10.0).epochs(3);
    let first = |noise: f64| {
        params.clone().noise_off(noise).noise_on(noise).fit(&Dataset::new(&x)).unwrap().history().losses[0]
    };
    assert_eq!(first(0.0), first(0.5));
    let still = params.early_stopping(EarlyStopping::Patience).patience(9).validation_fraction(0.3);
    let model = still.learning_rate(1e-300).fit(&Dataset::new(&x)).unwrap();
    let losses = &model.history().validation_losses;
    assert!(losses.len() == 3 && losses.iter().all(|&loss| loss == losses[0] && 0.0 < loss), "{losses:?}");
}

#[test]
fn what_joins_nothing_is_told() {
    let x = DMatrix::from_fn(3, 6, |i, j| f64::from(u8::from((i + j) % 3 == 0)));
    let params = BoltzmannParams::default().connections(Connections::Given).hidden_units(2).epochs(1);
    let error = params.fit(&Dataset::new(&x)).unwrap_err().to_string();
    assert!(error.starts_with("edges: expected units two by two"), "{error}");
    let model = params.clone().edges([0, 3, 1, 3]).fit(&Dataset::new(&x)).unwrap();
    let remark = "hidden units that are joined to none learn nothing: 4 (units count from 0, visible ones first)";
    assert!(model.remarks().iter().any(|told| told == remark), "{:?}", model.remarks());
    let exact = params.connections(Connections::Full);
    let told = |params: &BoltzmannParams| params.fit(&Dataset::new(&x)).unwrap().remarks().join("; ");
    // Samples of its own are looked at after this time, however it learned.
    assert!(!told(&exact.clone().collecting_time(7)).contains("collecting_time"));
    assert!(told(&exact.answer_time(7)).contains("answer_time"));
}

#[test]
fn rows_that_are_whole_are_judged_whatever_others_might_miss() {
    let (whole, holed) = (gaps(0), gaps(35));
    let model = two_sides().fit(&Dataset::new(&whole)).unwrap();
    let told = model.beside(&Dataset::new(&whole)).unwrap();
    assert_eq!(told, [("log_probability", model.log_probabilities(&Dataset::new(&whole)).unwrap())]);
    assert!(model.beside(&Dataset::new(&holed)).unwrap().is_empty());
    // Of features alone it is another number than that of features and quantities.
    let x = DMatrix::<f64>::identity(4, 4);
    let sides = BoltzmannParams::default().epochs(1).fit(&Dataset::new(&x).values(&x)).unwrap();
    assert_eq!(sides.beside(&Dataset::new(&x).values(&x)).unwrap()[0].0, "log_probability_of_features");
}

#[test]
fn hidden_units_are_told_where_they_are_asked_for() {
    let x = gaps(0);
    let plain = two_sides().fit(&Dataset::new(&x)).unwrap();
    assert_eq!(plain.answer().numbers(), 40);
    let params = two_sides().tell_hidden(true);
    let hidden = params.fit(&Dataset::new(&x)).unwrap();
    assert_eq!(hidden.predict(&Dataset::new(&x)).unwrap(), plain.hidden_probabilities(&Dataset::new(&x)).unwrap());
    let error = params.hidden_units(0).fit(&Dataset::new(&x)).unwrap_err().to_string();
    assert_eq!(error, "tell_hidden: expected false, since there are no hidden units, got true");
}

#[test]
fn advice_is_about_settings_that_there_are() {
    let x = DMatrix::from_fn(4, 6, |i, j| f64::from(u8::from((i + j) % 3 == 0)));
    let params = BoltzmannParams::default().learning_rate(1e99).learning(Learning::Sampled).epochs(50);
    let error = params.fit(&Dataset::new(&x)).unwrap_err().to_string();
    assert!(error.contains("learning_rate") && !error.contains("clip_norm"), "{error}");
    let wide = DMatrix::<f64>::zeros(4200, 1);
    let error = BoltzmannParams::default().fit(&Dataset::new(&wide)).unwrap_err().to_string();
    assert!(error.starts_with("4200 visible units are too many"), "{error}");
}
