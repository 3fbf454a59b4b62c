//! What can be summed state by state: Z, likelihoods, conditionals, chains, and the bias of contrastive divergence.

use crate::drawn::{machine, theta};
use nn_core::Scalar;
use nn_rbm::nalgebra::DMatrix;
use nn_rbm::{Algorithm, Dataset, Fit, Model, Rbm, RbmParams, Scaling, Side, VisibleBias, VisibleUnits};

/// Whether two numbers agree to so many shares of the larger one.
fn near(a: f64, b: f64, share: f64) -> bool {
    (a - b).abs() <= share * a.abs().max(b.abs()).max(1.0)
}

/// The bits of a state.
fn bits(state: usize, units: usize) -> Vec<f64> {
    (0..units).map(|unit| f64::from(u8::from(state >> unit & 1 == 1))).collect()
}

/// `-E(v, h)`, term by term.
fn minus_energy(rbm: &Rbm<f64>, v: &[f64], h: &[f64]) -> f64 {
    let w = rbm.weights();
    let gaussian = rbm.machine().units == VisibleUnits::Gaussian;
    let mut sum = 0.0;
    for (i, (&v, &b)) in v.iter().zip(rbm.visible_bias()).enumerate() {
        sum += if gaussian { -0.5 * (v - b).powi(2) } else { v * b };
        sum += h.iter().enumerate().map(|(j, h)| v * w[(i, j)] * h).sum::<f64>();
    }
    sum + h.iter().zip(rbm.hidden_bias()).map(|(h, c)| h * c).sum::<f64>()
}

/// `P(v)` of each state, by the sum over all pairs of states.
fn probabilities(rbm: &Rbm<f64>) -> Vec<f64> {
    let (visible, hidden) = (rbm.machine().visible(), rbm.machine().hidden);
    let mut p: Vec<f64> = (0..1 << visible)
        .map(|v| {
            let v = bits(v, visible);
            (0..1 << hidden).map(|h| minus_energy(rbm, &v, &bits(h, hidden)).exp()).sum()
        })
        .collect();
    let z: f64 = p.iter().sum();
    p.iter_mut().for_each(|p| *p /= z);
    p
}

#[test]
fn both_sides_sum_to_the_same_partition_function_and_so_does_every_pair_of_states() {
    for (features, hidden) in [(1, 1), (3, 2), (2, 5), (5, 4)] {
        let rbm = machine(features, 0, hidden, 1.0);
        let pairs: f64 = (0..1 << features)
            .flat_map(|v| (0..1 << hidden).map(move |h| (v, h)))
            .map(|(v, h)| minus_energy(&rbm, &bits(v, features), &bits(h, hidden)).exp())
            .sum();
        assert!(near(rbm.log_partition().unwrap(), pairs.ln(), 1e-12));
    }
    for (features, hidden) in [(12, 12), (12, 3), (4, 12), (10, 11)] {
        for scale in [0.1, 2.0, 30.0] {
            let rbm = machine(features, 0, hidden, scale);
            let [a, b] = [Side::Visible, Side::Hidden].map(|side| rbm.log_partition_by(side).unwrap());
            assert!(near(a, b, 1e-9), "{features} {hidden} {scale}: {a} {b}");
        }
    }
    // With a softmax group the visible side has one state a class, not two.
    let rbm = machine(4, 3, 5, 1.0);
    let [a, b] = [Side::Visible, Side::Hidden].map(|side| rbm.log_partition_by(side).unwrap());
    assert!(near(a, b, 1e-9), "{a} {b}");
}

#[test]
fn the_density_of_gaussian_units_integrates_to_one() {
    let params = RbmParams::default().visible_units(VisibleUnits::Gaussian).hidden_units(3);
    let rbm = Rbm::from_theta(params, 1, 0, theta(7, 1.0)).unwrap();
    let log_z = rbm.log_partition().unwrap();
    let grid: Vec<f64> = (-4000..4000).map(|i| f64::from(i) / 100.0).collect();
    let energies = rbm.free_energy(&Dataset::from_slice(1, &grid)).unwrap();
    let integral: f64 = energies.iter().map(|energy| (-energy - log_z).exp() / 100.0).sum();
    assert!((integral - 1.0).abs() < 1e-9, "{integral}");
    assert!(rbm.log_partition_by(Side::Visible).is_err());
}

#[test]
fn conditionals_and_likelihoods_are_those_of_all_states() {
    let rbm = machine(4, 0, 3, 1.5);
    let p = probabilities(&rbm);
    let states: Vec<f64> = (0..16).flat_map(|v| bits(v, 4)).collect();
    let data = Dataset::from_slice(4, &states);
    let log_z = rbm.log_partition().unwrap();
    for (energy, p) in rbm.free_energy(&data).unwrap().iter().zip(&p) {
        assert!(near((-energy - log_z).exp(), *p, 1e-12));
    }
    let hidden = rbm.transform(&data).unwrap();
    for v in 0..16 {
        for j in 0..3 {
            let weight = |on: bool| -> f64 {
                let states = (0..8).filter(|h| (h >> j & 1 == 1) == on);
                states.map(|h| minus_energy(&rbm, &bits(v, 4), &bits(h, 3)).exp()).sum()
            };
            assert!(near(hidden[(j, v)], weight(true) / (weight(true) + weight(false)), 1e-12));
        }
    }
    // ln P(v) and sum_i ln P(v_i | the others), each state weighing as much as it is probable.
    let weights: Vec<f64> = p.clone();
    let measures = rbm.evaluate(&data.weights(&weights)).unwrap();
    let entropy: f64 = p.iter().map(|p| p * p.ln()).sum();
    assert!(near(measures.get("log_likelihood").unwrap(), entropy, 1e-12));
    let pseudo: f64 =
        (0..16_usize).map(|v| p[v] * (0..4).map(|i| (p[v] / (p[v] + p[v ^ (1 << i)])).ln()).sum::<f64>()).sum();
    assert!(near(measures.get("pseudo_log_likelihood").unwrap(), pseudo, 1e-12));
}

#[test]
fn classes_have_their_exact_probabilities() {
    let rbm = machine(3, 3, 4, 1.5);
    let features = [1.0, 0.0, 1.0];
    let weight = |class: usize| -> f64 {
        let label = |k: usize| f64::from(u8::from(k == class));
        let v = [&features[..], &[label(0), label(1), label(2)]].concat();
        (0..16).map(|h| minus_energy(&rbm, &v, &bits(h, 4)).exp()).sum()
    };
    let all: f64 = (0..3).map(weight).sum();
    let told = rbm.predict(&Dataset::from_slice(3, &features)).unwrap();
    assert!((0..3).all(|class| near(told[(class, 0)], weight(class) / all, 1e-12)), "{told}");
}

/// Half of the expected distance of frequencies from probabilities, times 2.5.
fn limit(p: &[f64], draws: f64) -> f64 {
    2.5 * 0.5 * p.iter().map(|p| (2.0 * p * (1.0 - p) / (std::f64::consts::PI * draws)).sqrt()).sum::<f64>()
}

/// How far frequencies are from probabilities: total variation.
fn variation(samples: &DMatrix<f64>, p: &[f64]) -> f64 {
    let mut share = vec![0.0; p.len()];
    for sample in samples.column_iter() {
        let state: usize = sample.iter().enumerate().map(|(unit, &v)| usize::from(v == 1.0) << unit).sum();
        share[state] += 1.0 / samples.ncols() as f64;
    }
    0.5 * share.iter().zip(p).map(|(a, b)| (a - b).abs()).sum::<f64>()
}

#[test]
fn chains_visit_states_as_often_as_they_are_probable() {
    let rbm = machine(4, 0, 3, 0.7);
    let p = probabilities(&rbm);
    let samples = rbm.sample(20_000, 40, 3).unwrap();
    assert!(variation(&samples, &p) < limit(&p, 20_000.0));
    // The first two units held at 1 and 0.
    let held = [1.0, 0.0, f64::NAN, f64::NAN].repeat(20_000);
    let samples = rbm.sample_given(&Dataset::from_slice(4, &held), 40, 4).unwrap();
    let mut given: Vec<f64> = p.iter().enumerate().map(|(v, p)| if v & 3 == 1 { *p } else { 0.0 }).collect();
    let all: f64 = given.iter().sum();
    given.iter_mut().for_each(|p| *p /= all);
    assert!(variation(&samples, &given) < limit(&given, 20_000.0));
    // What is missing is filled by its mean.
    let one = rbm.complete(&Dataset::from_slice(4, &held[..4 * 64])).unwrap();
    let expected: f64 = given.iter().enumerate().filter(|(v, _)| v & 4 == 4).map(|(_, p)| p).sum();
    let mean = one.row(2).iter().sum::<f64>() / 64.0;
    assert!((mean - expected).abs() < 0.02, "{mean} {expected}");
    assert!(one.row(0).iter().all(|&v| v == 1.0) && one.row(1).iter().all(|&v| v == 0.0));
}

#[test]
fn a_label_unit_that_is_held_is_the_only_one_on() {
    let rbm = machine(3, 3, 4, 1.0);
    let nothing = vec![f64::NAN; 3 * 100];
    let samples = rbm.sample_given(&Dataset::from_slice(3, &nothing).labels_of(3, &[2; 100]), 5, 1).unwrap();
    assert!(samples.column_iter().all(|v| v.as_slice()[3..] == [0.0, 0.0, 1.0]));
    let free = rbm.sample(100, 5, 1).unwrap();
    assert!(free.column_iter().all(|v| v.as_slice()[3..].iter().sum::<f64>() == 1.0));
}

#[test]
fn annealed_importance_sampling_meets_the_exact_sum_within_its_error() {
    let mut covered = 0;
    for trial in 0..10 {
        let rbm = machine(12, 0, 10, 0.4 + 0.1 * f64::from(trial));
        let samples = rbm.sample(200, 20, 9).unwrap();
        let found = rbm.estimate_log_partition(&Dataset::new(&samples), 100, 300, 1).unwrap();
        let exact = rbm.log_partition().unwrap();
        covered += usize::from((found.log_partition - exact).abs() < 2.0 * found.standard_error);
        assert!((found.log_partition - exact).abs() < 0.3, "{found:?} {exact}");
        assert!(1.0 <= found.effective_chains && found.effective_chains <= 100.0 + 1e-9);
    }
    assert!(8 <= covered, "{covered} of 10 within two standard errors");
}

#[test]
fn nothing_overflows() {
    for scale in [1e3, 1e30] {
        let params = RbmParams::default().hidden_units(40);
        let numbers = theta(3 * 40 + 43, scale).iter().map(|&x| x as f32).collect();
        let rbm = Rbm::<f32>::from_theta(params, 3, 0, numbers).unwrap();
        let data = [1.0, 0.0, 1.0, 1.0, 1.0, 1.0];
        let energies = rbm.free_energy(&Dataset::from_slice(3, &data)).unwrap();
        assert!(energies.iter().all(|energy| energy.is_finite()));
        let measures = rbm.evaluate(&Dataset::from_slice(3, &data)).unwrap();
        assert!(measures.get("log_likelihood").unwrap() <= 0.0);
    }
}

#[test]
fn stacking_a_machine_on_its_mirror_keeps_the_samples_probable() {
    let rbm = machine(4, 0, 3, 1.0);
    let top = Rbm::from_theta(RbmParams::default().hidden_units(4), 3, 0, rbm.stacked_start()).unwrap();
    assert_eq!(top.weights(), rbm.weights().transpose());
    // The top tells hidden states as the machine below does.
    let states: Vec<f64> = (0..8).flat_map(|h| bits(h, 3)).collect();
    let energies = top.free_energy(&Dataset::from_slice(3, &states)).unwrap();
    let log_z = top.log_partition().unwrap();
    assert!(near(log_z, rbm.log_partition().unwrap(), 1e-12));
    for (h, energy) in energies.iter().enumerate() {
        let weight: f64 = (0..16).map(|v| minus_energy(&rbm, &bits(v, 4), &bits(h, 3)).exp()).sum();
        assert!(near(-energy, weight.ln(), 1e-12));
    }
}

/// The sixteen rows of bars and stripes of 3 × 3, all-off and all-on among the bars and among the stripes.
fn bars_and_stripes() -> Vec<f64> {
    let mut rows = Vec::new();
    for state in 0..8 {
        let line = bits(state, 3);
        rows.extend((0..9).map(|at| line[at % 3]));
        rows.extend((0..9).map(|at| line[at / 3]));
    }
    rows
}

#[test]
fn the_exact_gradient_learns_bars_and_stripes_and_stays_below_the_bound() {
    let rows = bars_and_stripes();
    let data = Dataset::from_slice(9, &rows);
    let params = RbmParams::default()
        .hidden_units(6)
        .algorithm(Algorithm::Exact)
        .batch_size(16)
        .learning_rate(0.5)
        .epochs(300)
        .watch_likelihood(true);
    let rbm = params.fit(&data).unwrap();
    let likelihoods = &rbm.history().measures["log_likelihood"];
    // The best there is: fourteen patterns, two of which come twice.
    let bound = -41.589 / 16.0;
    assert!(likelihoods.iter().all(|&one| one < bound), "{likelihoods:?}");
    let told = rbm.evaluate(&data).unwrap().get("log_likelihood").unwrap();
    assert!(-3.6 < told && (told - likelihoods[299]).abs() < 1e-12, "{told}");
    assert!(rbm.history().measures["log_likelihood_error"].iter().all(|&error| error == 0.0));
}

/// Melchior, Fischer and Wiskott 2016: a centred machine learns samples and their negatives alike.
#[test]
fn a_centred_machine_learns_the_negative_as_well_to_the_last_digits() {
    let rows = bars_and_stripes();
    // Half of the first unit's lights out, so that the negative is another set.
    let rows: Vec<f64> = rows.chunks(9).flat_map(|row| [&[0.0], &row[1..]].concat()).collect();
    let negative: Vec<f64> = rows.iter().map(|v| 1.0 - v).collect();
    let learned = |rows: &[f64], centering, algorithm| {
        let params = RbmParams::default()
            .hidden_units(4)
            .algorithm(algorithm)
            .centering(centering)
            .visible_bias(VisibleBias::Zero)
            .init_scale(0.0)
            .momentum(0.5)
            .batch_size(16)
            .learning_rate(0.1)
            .epochs(60);
        // Weights are the negative ones where the samples are, and so are the biases that follow from them.
        let own = theta(9 * 4, 0.3);
        let flipped = rows[0] == 1.0;
        let mut start: Vec<f64> = own.iter().map(|w| if flipped { -w } else { *w }).collect();
        let bias = |w: &[f64]| if flipped { w.iter().sum::<f64>() } else { 0.0 };
        start.extend(own.chunks(9).map(bias));
        start.extend([0.0; 9]);
        let data = Dataset::from_slice(9, rows);
        let rbm = params.fit_from(start, &data, Default::default()).unwrap();
        rbm.evaluate(&data).unwrap().get("log_likelihood").unwrap()
    };
    for algorithm in [Algorithm::Exact, Algorithm::Contrastive] {
        let [plain, flipped] = [&rows, &negative].map(|rows| learned(rows, true, algorithm));
        assert!((plain - flipped).abs() < 1e-9, "{algorithm}: {plain} {flipped}");
    }
    let [plain, flipped] = [&rows, &negative].map(|rows| learned(rows, false, Algorithm::Exact));
    assert!(1e-3 < (plain - flipped).abs(), "without centring it matters: {plain} {flipped}");
}

#[test]
fn sparsity_keeps_hidden_units_off() {
    let rows = bars_and_stripes();
    let data = Dataset::from_slice(9, &rows);
    let mean = |cost: f64| {
        let params = RbmParams::default().hidden_units(12).sparsity_target(0.1).sparsity_cost(cost).mean_rate(0.1);
        let rbm = params.learning_rate(0.1).epochs(300).fit(&data).unwrap();
        rbm.transform(&data).unwrap().mean()
    };
    let (free, held) = (mean(0.0), mean(2.0));
    assert!(0.3 < free && held < 0.2, "{free} {held}");
}

#[test]
fn labels_are_learned_and_told() {
    let rows = bars_and_stripes();
    // Bars are 0 and stripes 1; the two patterns that are both are left out.
    let rows = rows[18..rows.len() - 18].to_vec();
    let labels: Vec<u32> = (0..12).map(|row| row % 2).collect();
    let data = Dataset::from_slice(9, &rows).labels(&labels);
    let params = RbmParams::default().hidden_units(30).label_units(true).learning_rate(0.1).epochs(400).batch_size(12);
    let rbm = params.fit(&data).unwrap();
    let measures = rbm.evaluate(&data).unwrap();
    assert_eq!(measures.get("accuracy"), Some(1.0));
    assert!(measures.get("loss").unwrap() < 0.3);
}

/// Whole samples take the short way, and beside one of which a number is missing the long one: to the same bits.
#[test]
fn answers_do_not_hang_on_what_is_missing_elsewhere() {
    alike_beside_what_is_missing::<f32>();
    alike_beside_what_is_missing::<f64>();
}

fn alike_beside_what_is_missing<F: Scalar>() {
    let (features, samples) = (7, 1100);
    let number = |at: usize| F::from_f64((at as f64 * 0.37).sin().abs());
    let learned: Vec<F> = (0..features * 50).map(number).collect();
    for (scaling, reach) in [(Scaling::None, 1.0), (Scaling::MinMax, 1.5)] {
        let params = RbmParams::default().hidden_units(5).epochs(2).missing_values(true).scaling(scaling);
        let rbm: Rbm<F> = params.fit(&Dataset::from_slice(features, &learned)).unwrap();
        let whole: Vec<F> = (0..features * samples).map(|at| number(at + 1) * F::from_f64(reach)).collect();
        let mut with_gap = whole.clone();
        with_gap.extend((0..features).map(|i| if i == 2 { F::from_f64(f64::NAN) } else { F::ONE }));
        let answers = rbm.transform(&Dataset::from_slice(features, &whole)).unwrap();
        let others = rbm.transform(&Dataset::from_slice(features, &with_gap)).unwrap();
        assert!(answers == others.columns(0, samples), "{scaling}");
    }
}
