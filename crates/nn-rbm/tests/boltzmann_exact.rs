//! What theory says exactly: detailed balance, enumerated probabilities against Gibbs sampling, the gradient.

use nn_core::random::Key;
use nn_core::random::normal;
use nn_rbm::nalgebra::DMatrix;
use nn_rbm::{
    Annealing, BoltzmannMachine, BoltzmannParams, Connections, Couplings, Dataset, Fit, Learning, Model, Online,
};

/// Units all joined, `W ~ N(0, 1)` and `theta ~ N(0, 1/4)`.
fn random(units: usize, seed: u64) -> Couplings {
    let mut stream = Key::once(seed).stream("units");
    let mut weights = DMatrix::zeros(units, units);
    for j in 0..units {
        for i in 0..j {
            let weight = normal(&mut stream);
            (weights[(i, j)], weights[(j, i)]) = (weight, weight);
        }
    }
    let biases: Vec<f64> = (0..units).map(|_| 0.5 * normal(&mut stream)).collect();
    Couplings::new(&weights, &biases).unwrap()
}

/// The state of this number.
fn state(number: usize, units: usize) -> Vec<f64> {
    (0..units).map(|unit| (number >> unit & 1) as f64).collect()
}

#[test]
fn conditionals_are_ratios_of_enumerated_probabilities() {
    for (units, seed) in [(3, 1), (8, 2), (12, 3)] {
        let machine = random(units, seed);
        let p = machine.distribution().unwrap();
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        for number in 0..1 << units {
            let conditionals = machine.conditionals(&state(number, units)).unwrap();
            for (unit, conditional) in conditionals.into_iter().enumerate() {
                let (off, on) = (p[number & !(1 << unit)], p[number | 1 << unit]);
                assert!((conditional - on / (on + off)).abs() < 1e-12, "{units} {number} {unit}");
            }
        }
    }
}

#[test]
fn an_update_is_in_detailed_balance() {
    let (units, temperature) = (7, 2.5);
    // At a temperature T the machine behaves as that of E / T.
    let machine = random(units, 4).cooled(temperature).unwrap();
    let p = machine.distribution().unwrap();
    for number in 0..1 << units {
        let from = machine.conditionals(&state(number, units)).unwrap();
        for unit in (0..units).filter(|unit| number >> unit & 1 == 0) {
            let back = machine.conditionals(&state(number | 1 << unit, units)).unwrap();
            // One of the units is drawn, each as likely.
            let there = p[number] * from[unit] / units as f64;
            let and_back = p[number | 1 << unit] * (1.0 - back[unit]) / units as f64;
            assert!((there - and_back).abs() < 1e-14);
        }
    }
}

#[test]
fn a_chain_keeps_the_fields_of_its_state_and_what_is_clamped() {
    let machine = random(9, 5);
    let mut chain = machine.chain(&state(0b1_0101_0011, 9), &[0, 8], 3).unwrap();
    for _ in 0..50 {
        chain.run(1.5).unwrap();
        chain.sweep(0.7).unwrap();
    }
    assert_eq!((chain.state()[0], chain.state()[8]), (1.0, 1.0));
    let fields = machine.fields(chain.state()).unwrap();
    assert!(fields.iter().zip(chain.fields()).all(|(a, b)| (a - b).abs() < 1e-12));
    assert!(chain.run(-1.0).is_err() && chain.sweep(f64::NAN).is_err());
    assert!(chain.anneal(&Annealing::new([(2.0, 1), (f64::INFINITY, 1)])).is_err());
}

/// How probable it is to come from each state to each other: in one sweep, or by as many updates of drawn units as there are units.
fn transitions(machine: &Couplings, sequential: bool) -> DMatrix<f64> {
    let (units, states) = (machine.units(), 1 << machine.units());
    let update = |unit: usize| {
        let mut update = DMatrix::<f64>::zeros(states, states);
        for number in 0..states {
            let on = machine.conditionals(&state(number, units)).unwrap()[unit];
            update[(number, number | 1 << unit)] += on;
            update[(number, number & !(1 << unit))] += 1.0 - on;
        }
        update
    };
    let one = DMatrix::identity(states, states);
    if sequential {
        return (0..units).fold(one, |all, unit| all * update(unit));
    }
    let drawn = (0..units).map(update).sum::<DMatrix<f64>>() / units as f64;
    (0..units).fold(one, |all, _| all * &drawn)
}

/// Half the sum of differences between frequencies and probabilities, and what the chain should lead to in the mean.
///
/// The share of looks at a state has the variance `p (2 z - 1 - p) / looks`, z being what stands at the state on the diagonal of
/// `(I - P + 1 p)^-1` (Kemeny and Snell, Finite Markov Chains, 1960, 4.6), and a mean deviation of `sqrt(2 / pi)` times its root.
fn total_variation(units: usize, seed: u64, looks: usize, sequential: bool) -> (f64, f64) {
    let machine = random(units, seed);
    let p = machine.distribution().unwrap();
    let mut chain = machine.chain(&state(0, units), &[], seed).unwrap();
    let mut counts = vec![0.0; p.len()];
    for look in 0..looks + 500 {
        if sequential {
            chain.sweep(1.0).unwrap();
        } else {
            chain.run(1.0).unwrap();
        }
        if 500 <= look {
            counts[chain.state().iter().rev().fold(0, |number, &unit| 2 * number + unit as usize)] += 1.0;
        }
    }
    let looks = looks as f64;
    let found = 0.5 * counts.iter().zip(&p).map(|(count, p)| (count / looks - p).abs()).sum::<f64>();
    let moves = transitions(&machine, sequential);
    let rest = DMatrix::from_fn(p.len(), p.len(), |i, j| f64::from(u8::from(i == j)) - moves[(i, j)] + p[j]);
    let z = rest.try_inverse().unwrap().diagonal();
    let deviation = |(p, z): (&f64, &f64)| (2.0 * p * (2.0 * z - 1.0 - p) / (std::f64::consts::PI * looks)).sqrt();
    (found, 0.5 * p.iter().zip(&z).map(deviation).sum::<f64>())
}

#[test]
fn frequencies_come_to_the_enumerated_probabilities() {
    for (seed, sequential) in (1..4).flat_map(|seed| [(seed, true), (seed, false)]) {
        let (found, usual) = total_variation(6, seed, 20_000, sequential);
        // A sum of some dozens of deviations: seldom far from its mean, in either direction.
        assert!((0.5..1.6).contains(&(found / usual)), "seed {seed}, sweeps {sequential}: {found} {usual}");
    }
}

/// Four samples of three features, all different.
const SAMPLES: [f64; 12] = [1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];

/// The mean log-likelihood of the samples by nothing but energies: of 3 visible units among `units`.
fn likelihood(machine: &Couplings) -> f64 {
    let units = machine.units();
    let weigh = |number: usize| (-machine.energy(&state(number, units)).unwrap()).exp();
    let all: f64 = (0..1 << units).map(weigh).sum();
    let of = |sample: &[f64]| {
        let visible = sample.iter().rev().fold(0, |number, &unit| 2 * number + unit as usize);
        ((0..1 << (units - 3)).map(|hidden| weigh(visible | hidden << 3)).sum::<f64>() / all).ln()
    };
    SAMPLES.chunks(3).map(of).sum::<f64>() / 4.0
}

#[test]
fn the_exact_step_is_along_the_slope_of_the_log_likelihood() {
    let data = Dataset::from_slice(3, &SAMPLES);
    for connections in [Connections::Full, Connections::Bipartite, Connections::Given] {
        let params = BoltzmannParams::default().hidden_units(3).connections(connections).momentum(0.0).init_scale(1.0);
        let params = params.learning(Learning::Exact).learning_rate(1.0).edges([0, 1, 1, 3, 3, 4, 4, 5, 2, 5]);
        let mut model: BoltzmannMachine<f64> = BoltzmannMachine::start(params, 3, 0).unwrap();
        let before = model.couplings();
        assert!((model.evaluate(&data).unwrap().get("log_likelihood").unwrap() - likelihood(&before)).abs() < 1e-12);
        model.partial_fit(&data).unwrap();
        let after = model.couplings();
        let weights_moved = after.weights() - before.weights();
        let h = 1e-5;
        for j in 0..6 {
            for i in 0..=j {
                let likelihood_at = |change: f64| {
                    let (mut weights, mut biases) = (before.weights(), before.biases().to_vec());
                    if i == j {
                        biases[i] += change;
                    } else {
                        weights[(i, j)] += change;
                        weights[(j, i)] += change;
                    }
                    likelihood(&Couplings::new(&weights, &biases).unwrap())
                };
                let slope = (likelihood_at(h) - likelihood_at(-h)) / (2.0 * h);
                let moved = if i == j { after.biases()[i] - before.biases()[i] } else { weights_moved[(i, j)] };
                let joined = i == j
                    || match connections {
                        Connections::Full => true,
                        Connections::Bipartite => i < 3 && 3 <= j,
                        Connections::Given => [(0, 1), (1, 3), (3, 4), (4, 5), (2, 5)].contains(&(i, j)),
                    };
                let expected = if joined { slope } else { 0.0 };
                assert!((moved - expected).abs() < 1e-7, "{connections} {i} {j}: {moved} {expected}");
            }
        }
    }
}

#[test]
fn sampled_statistics_come_to_the_exact_ones() {
    let data = Dataset::from_slice(3, &SAMPLES);
    let params = BoltzmannParams::default().hidden_units(2).momentum(0.0).init_scale(0.7).learning_rate(1.0);
    let step = |learning: Learning| {
        let params = params.clone().learning(learning).clampings(500).collecting_time(20);
        let mut model: BoltzmannMachine<f64> = BoltzmannMachine::start(params, 3, 0).unwrap();
        model.partial_fit(&data).unwrap();
        model.couplings()
    };
    let [exact, sampled] = [Learning::Exact, Learning::Sampled].map(step);
    let difference = (exact.weights() - sampled.weights()).amax();
    assert!(difference < 0.02, "{difference}");
    assert!(exact.biases().iter().zip(sampled.biases()).all(|(a, b)| (a - b).abs() < 0.02));
}

#[test]
fn what_is_missing_is_summed_out() {
    let params = BoltzmannParams::default().hidden_units(2).init_scale(1.0).missing_values(true).epochs(5);
    let mut samples = SAMPLES;
    samples[4] = f64::NAN;
    let data = Dataset::from_slice(3, &samples);
    let model = params.fit(&data).unwrap();
    let p = model.couplings().distribution().unwrap();
    // Units 0 and 2 of the second sample are 1 and 0; unit 1 and the hidden ones are anything.
    let fits = |number: &usize| number & 0b101 == 0b001;
    let known: f64 = (0..32).filter(fits).map(|number| p[number]).sum();
    assert!((model.log_probabilities(&data).unwrap()[1] - known.ln()).abs() < 1e-12);
    let on: f64 = (0..32).filter(fits).filter(|number| number & 0b010 != 0).map(|number| p[number]).sum();
    let completed = model.predict(&data).unwrap();
    assert!((completed[(1, 1)] - on / known).abs() < 1e-12);
    assert_eq!((completed[(0, 1)], completed[(2, 1)], completed[(1, 0)]), (1.0, 0.0, 0.0));
}

#[test]
fn energy_never_rises_while_it_settles() {
    let machine = random(40, 7);
    for seed in 0..20 {
        let mut chain = machine.chain(&[0.0; 40], &[], seed).unwrap();
        chain.scatter();
        let mut before = chain.energy();
        while chain.settle(1) == 1 {
            let now = chain.energy();
            assert!(now <= before + 1e-9, "{before} {now}");
            before = now;
        }
        // No unit alone can lower it further.
        assert!(chain.state().iter().zip(chain.fields()).all(|(&unit, &field)| field * (2.0 * unit - 1.0) >= 0.0));
    }
}
