//! With connections from side to side alone the general machine is the restricted one, which has other code for everything.

use nn_core::testing::numbers;
use nn_rbm::nalgebra::DMatrix;
use nn_rbm::{BoltzmannMachine, BoltzmannParams, Connections, Couplings, Dataset, Model, Rbm, RbmParams, Scaling};

/// Both machines with the same weights, and all they are asked about.
fn pair(visible: usize, hidden: usize) -> (BoltzmannMachine<f64>, Rbm<f64>, DMatrix<f64>) {
    let weights: Vec<f64> = numbers(visible * hidden, "weights").iter().map(|weight| 1.5 * weight).collect();
    let [hidden_bias, visible_bias] = [numbers(hidden, "hidden"), numbers(visible, "visible")];
    let units = visible + hidden;
    let weight =
        |i: usize, j: usize| if i < visible && visible <= j { weights[(j - visible) * visible + i] } else { 0.0 };
    let matrix = DMatrix::from_fn(units, units, |i, j| weight(i.min(j), i.max(j)));
    let couplings = Couplings::new(&matrix, &[visible_bias.clone(), hidden_bias.clone()].concat()).unwrap();
    let params = BoltzmannParams::default().connections(Connections::Bipartite).hidden_units(hidden);
    let general = BoltzmannMachine::of_couplings(params, visible, 0, &couplings).unwrap();
    let params = RbmParams::default().hidden_units(hidden).scaling(Scaling::None);
    let restricted = Rbm::from_theta(params, visible, 0, [weights, hidden_bias, visible_bias].concat()).unwrap();
    let x = DMatrix::from_fn(visible, 20, |i, j| f64::from(u8::from((3 * i + 5 * j + i * j) % 11 < 5)));
    (general, restricted, x)
}

#[test]
fn conditionals_and_likelihoods_are_the_same() {
    // The last one has 2^66 states, and either way sums over those of 6 units.
    for (visible, hidden) in [(3, 2), (5, 7), (9, 4), (60, 6), (4, 40)] {
        let (general, restricted, x) = pair(visible, hidden);
        let data = Dataset::new(&x);
        let difference = (general.hidden_probabilities(&data).unwrap() - restricted.transform(&data).unwrap()).amax();
        assert!(difference < 1e-12, "{visible} {hidden}: {difference}");
        let log_partition = general.cooled().log_partition().unwrap();
        let other = restricted.log_partition().unwrap();
        assert!((log_partition - other).abs() < 1e-9 * other.abs(), "{log_partition} {other}");
        let own = general.log_probabilities(&data).unwrap().iter().sum::<f64>() / 20.0;
        let theirs = restricted.log_likelihood(&data, other).unwrap();
        assert!((own - theirs).abs() < 1e-9 * theirs.abs(), "{own} {theirs}");
        assert!((general.evaluate(&data).unwrap().get("log_likelihood").unwrap() - own).abs() < 1e-12 * own.abs());
    }
}

#[test]
fn the_free_energy_is_what_the_energies_of_all_hidden_states_come_to() {
    let (general, restricted, x) = pair(6, 4);
    let couplings = general.couplings();
    let free = restricted.free_energy(&Dataset::new(&x)).unwrap();
    for (sample, free) in x.column_iter().zip(free) {
        let energy = |code: usize| {
            let hidden = (0..4).map(|unit| (code >> unit & 1) as f64);
            couplings.energy(&sample.iter().copied().chain(hidden).collect::<Vec<f64>>()).unwrap()
        };
        let sum: f64 = (0..16).map(|code| (-energy(code)).exp()).sum();
        assert!((free + sum.ln()).abs() < 1e-12, "{free}");
    }
}
