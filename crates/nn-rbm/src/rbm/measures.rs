//! What is measured of a machine on samples: how well it reconstructs them, and how probable they are to it.

use super::ais;
use super::contrastive::Contrastive;
use super::exact::States;
use super::machine::{Machine, VisibleUnits};
use crate::logs::{log_sum_exp, softplus};
use nn_core::random::{Key, below};
use nn_core::{Activation, Samples, Scalar, side_by_side_for};

/// Samples side by side where nothing is learned.
pub(crate) const AT_ONCE: usize = 64;
/// Logistic terms of a pseudo-likelihood at most; beyond, some units of each sample stand for all.
pub(crate) const MOST_TERMS: usize = 1 << 28;
/// Blocks of samples whose free energies are told after each epoch, at most.
const WATCHED_BLOCKS: usize = 16;
/// Chains and temperatures of the estimates that are made after each epoch.
const WATCHED: (usize, usize) = (100, 500);

/// Shows the samples in lanes, [`AT_ONCE`] at a time, in f64: the visible units, and what each lane weighs. Gives back what
/// `of` made of each block, in their order.
pub(crate) fn blocks<F: Scalar, T: Send + Clone>(
    machine: &Machine,
    samples: &Samples<'_, F>,
    cost: usize,
    nothing: T,
    of: impl Fn(usize, &[f64], &[f64]) -> T + Sync,
) -> Vec<T> {
    some_blocks(machine, samples, 1, cost, nothing, of)
}

/// The same of each `stride`-th block.
pub(crate) fn some_blocks<F: Scalar, T: Send + Clone>(
    machine: &Machine,
    samples: &Samples<'_, F>,
    stride: usize,
    cost: usize,
    nothing: T,
    of: impl Fn(usize, &[f64], &[f64]) -> T + Sync,
) -> Vec<T> {
    let mut made = vec![nothing; samples.len().div_ceil(AT_ONCE).div_ceil(stride)];
    side_by_side_for(cost, &mut made, |block, made| {
        let from = block * stride * AT_ONCE;
        samples.read(from..samples.len().min(from + AT_ONCE), AT_ONCE, usize::MAX, |shard, _| {
            let mut v: Vec<f64> = shard.x.iter().chain(shard.target).map(|x| x.to_f64()).collect();
            machine.hold_in_range(&mut v[..AT_ONCE * machine.features]);
            let weights: Vec<f64> = shard.weights.iter().map(|weight| weight.to_f64()).collect();
            debug_assert_eq!(v.len(), AT_ONCE * machine.visible());
            *made = of(block, &v, &weights);
        });
    });
    made
}

/// The weighted mean of a number of each sample, and its standard error by how much they differ.
struct Mean {
    value: f64,
    error: f64,
}

/// The mean over the samples of each `stride`-th block. `of` writes the numbers of a block.
fn mean<F: Scalar>(
    machine: &Machine,
    samples: &Samples<'_, F>,
    stride: usize,
    cost: usize,
    of: impl Fn(usize, &[f64], &mut [f64]) + Sync,
) -> Mean {
    // Sums of w, w x, w^2, w^2 x and w^2 x^2.
    let sums = some_blocks(machine, samples, stride, cost, [0.0; 5], |block, v, weights| {
        let mut numbers = [0.0; AT_ONCE];
        of(block, v, &mut numbers);
        numbers.iter().zip(weights).fold([0.0; 5], |mut sums, (&x, &w)| {
            let terms = [w, w * x, w * w, w * w * x, w * w * x * x];
            sums.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
            sums
        })
    });
    let [w, wx, ww, wwx, wwxx] = sums.iter().fold([0.0; 5], |mut all, sums| {
        all.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
        all
    });
    if w == 0.0 {
        return Mean { value: 0.0, error: 0.0 };
    }
    let value = wx / w;
    Mean { value, error: (wwxx - 2.0 * value * wwx + value * value * ww).max(0.0).sqrt() / w }
}

/// The mean free energy of the samples.
pub(crate) fn mean_free_energy<F: Scalar>(machine: &Machine, theta: &[f64], samples: &Samples<'_, F>) -> f64 {
    free_energy_of_blocks(machine, theta, samples, 1)
}

/// That of the samples of each `stride`-th block.
fn free_energy_of_blocks<F: Scalar>(machine: &Machine, theta: &[f64], samples: &Samples<'_, F>, stride: usize) -> f64 {
    let energies = mean(machine, samples, stride, samples.len() / stride * theta.len(), |_, v, energies| {
        machine.free_energies(theta, AT_ONCE, v, &mut vec![0.0; 2 * AT_ONCE * machine.hidden], energies);
    });
    energies.value
}

/// The mean squared error of reconstructions by means: of v from `P(h = 1 | v)`, over the features.
pub(crate) fn reconstruction_error<F: Scalar>(machine: &Machine, theta: &[f64], samples: &Samples<'_, F>) -> f64 {
    let errors = mean(machine, samples, 1, 2 * samples.len() * theta.len(), |_, v, errors| {
        let (mut h, mut means) = (vec![0.0; AT_ONCE * machine.hidden], vec![0.0; v.len()]);
        machine.hidden_probabilities(theta, AT_ONCE, v, &mut h);
        machine.visible_means(theta, AT_ONCE, &h, &mut means);
        for (v, means) in v.chunks_exact(AT_ONCE).zip(means.chunks_exact(AT_ONCE)).take(machine.features) {
            let lanes = errors.iter_mut().zip(v.iter().zip(means));
            lanes.for_each(|(error, (v, mean))| *error += (v - mean).powi(2) / machine.features as f64);
        }
    });
    errors.value
}

/// A pseudo-log-likelihood, and its standard error where features were drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pseudo {
    pub(crate) mean: f64,
    pub(crate) error: Option<f64>,
}

/// The mean pseudo-log-likelihood, `sum_i ln P(v_i | all other units)`, of machines with binary units; `None` of others.
///
/// With `d_i = F(v_i = 0) - F(v_i = 1)` a unit has `v_i ln sigma(d_i) + (1 - v_i) ln sigma(-d_i)`; label units have the logarithm
/// of what they give to their class. Where samples, features and hidden units are so many that it would be more than `most` terms,
/// a few features of each sample, drawn from the stream `flip`, stand for all of its features. The standard error is then that of
/// the differences between samples, which are more than those between draws: it is on the wide side. Besag 1975.
pub(crate) fn pseudo_log_likelihood<F: Scalar>(
    machine: &Machine,
    theta: &[f64],
    samples: &Samples<'_, F>,
    seed: u64,
    most: usize,
) -> Option<Pseudo> {
    if machine.units != VisibleUnits::Binary {
        return None;
    }
    let features = machine.features;
    let each = most / (samples.len() * machine.hidden).max(1);
    let few = (each < features).then(|| each.max(1));
    let looked_at = few.unwrap_or(features);
    let share = features as f64 / looked_at as f64;
    let cost = 64 * samples.len() * machine.hidden * (looked_at + machine.classes);
    let found = mean(machine, samples, 1, cost, |block, v, logs| {
        let parts = machine.weights(theta);
        let mut sums = vec![0.0; AT_ONCE * machine.hidden];
        machine.hidden_sums(theta, AT_ONCE, v, &mut sums);
        let mut ends = [vec![0.0; sums.len()], vec![0.0; sums.len()]];
        let mut soft = vec![0.0; sums.len()];
        let mut stream = Key { seed, step: 0, shard: block as u64 }.stream("flip");
        for turn in 0..looked_at {
            // The feature of each lane: the same one, where all have their turn.
            let chosen: Vec<usize> = match few {
                Some(_) => (0..AT_ONCE).map(|_| below(features as u32, &mut stream) as usize).collect(),
                None => vec![turn; AT_ONCE],
            };
            let mut gaps: Vec<f64> = chosen.iter().map(|&unit| parts.visible_bias[unit]).collect();
            for (end, ends) in ends.iter_mut().enumerate() {
                let hidden = ends.chunks_exact_mut(AT_ONCE).zip(sums.chunks_exact(AT_ONCE));
                for ((ends, sums), w) in hidden.zip(parts.weights.chunks_exact(machine.visible())) {
                    for (lane, (x, sum)) in ends.iter_mut().zip(sums).enumerate() {
                        let unit = chosen[lane];
                        *x = sum + w[unit] * (end as f64 - v[unit * AT_ONCE + lane]);
                    }
                }
                Activation::Softplus.forward(ends, &mut soft);
                for column in soft.chunks_exact(AT_ONCE) {
                    let sign = if end == 1 { 1.0 } else { -1.0 };
                    gaps.iter_mut().zip(column).for_each(|(gap, soft)| *gap += sign * soft);
                }
            }
            for (lane, (log, gap)) in logs.iter_mut().zip(&gaps).enumerate() {
                let on = v[chosen[lane] * AT_ONCE + lane];
                *log -= share * (on * softplus(-gap) + (1.0 - on) * softplus(*gap));
            }
        }
        if 0 < machine.classes {
            let labels = &v[AT_ONCE * features..];
            let chances = class_logs(machine, theta, AT_ONCE, v);
            let classes = labels.chunks_exact(AT_ONCE).zip(chances.chunks_exact(AT_ONCE));
            for (labels, chances) in classes {
                let lanes = logs.iter_mut().zip(labels.iter().zip(chances));
                // A lane that only fills up has no class.
                lanes.filter(|(_, (on, _))| **on != 0.0).for_each(|(log, (on, chance))| *log += on * chance);
            }
        }
    });
    Some(Pseudo { mean: found.value, error: few.map(|_| found.error) })
}

/// `ln P(class | features)` of each lane, from the free energies of each class: exactly. What v says of labels is not read.
///
/// `P(y | x) ~ exp(b_y + sum_j ln(1 + e^(c_j + x W_j + W_jy)))`. Larochelle and Bengio, ICML 2008, eq. 1.
///
/// # Shapes
/// v: lanes × visible. Gives lanes × classes.
pub(crate) fn class_logs<F: Scalar>(machine: &Machine, theta: &[F], lanes: usize, v: &[F]) -> Vec<f64> {
    let parts = machine.weights(theta);
    let (features, visible) = (machine.features, machine.visible());
    let mut x = v.to_vec();
    x[lanes * features..].fill(F::ZERO);
    let mut sums = vec![F::ZERO; lanes * machine.hidden];
    machine.hidden_sums(theta, lanes, &x, &mut sums);
    let (mut with_class, mut soft) = (sums.clone(), sums.clone());
    let mut logs = vec![0.0; lanes * machine.classes];
    for (class, logs) in logs.chunks_exact_mut(lanes).enumerate() {
        let unit = features + class;
        let hidden = with_class.chunks_exact_mut(lanes).zip(sums.chunks_exact(lanes));
        for ((to, from), w) in hidden.zip(parts.weights.chunks_exact(visible)) {
            to.iter_mut().zip(from).for_each(|(to, &from)| *to = from + w[unit]);
        }
        Activation::Softplus.forward(&with_class, &mut soft);
        logs.fill(parts.visible_bias[unit].to_f64());
        for column in soft.chunks_exact(lanes) {
            logs.iter_mut().zip(column).for_each(|(log, soft)| *log += soft.to_f64());
        }
    }
    for lane in 0..lanes {
        let all = log_sum_exp(logs[lane..].iter().step_by(lanes).copied());
        logs[lane..].iter_mut().step_by(lanes).for_each(|log| *log -= all);
    }
    logs
}

/// The numbers of theta in 64 bits.
pub(crate) fn in_f64<F: Scalar>(theta: &[F]) -> Vec<f64> {
    theta.iter().map(|x| x.to_f64()).collect()
}

/// What is told after an epoch: with validation samples the mean free energies of some 1,024 samples spread over those learned from
/// and those of validation, and where it is asked for the log-likelihood of the samples, and its standard error.
pub(crate) fn watched<F: Scalar>(
    objective: &Contrastive<'_, F>,
    theta: &[F],
    samples: &Samples<'_, F>,
) -> Vec<(&'static str, f64)> {
    let mut told = Vec::new();
    if objective.validation.is_none() && !objective.watch_likelihood {
        return told;
    }
    let (machine, theta) = (&objective.machine, in_f64(theta));
    if let Some(validation) = &objective.validation {
        for (name, samples) in [(FREE_ENERGY, samples), (VALIDATION_FREE_ENERGY, validation)] {
            let stride = samples.len().div_ceil(AT_ONCE).div_ceil(WATCHED_BLOCKS).max(1);
            told.push((name, free_energy_of_blocks(machine, &theta, samples, stride)));
        }
    }
    if objective.watch_likelihood {
        let (log_z, error) = match States::smaller(*machine) {
            Some(states) => (states.log_partition(&theta), 0.0),
            None => {
                let base = ais::base_rates(machine, samples);
                let found = ais::estimate(machine, &theta, &base, WATCHED.0, WATCHED.1, objective.seed);
                (found.log_partition, found.standard_error)
            }
        };
        let likelihood = -mean_free_energy(machine, &theta, samples) - log_z - objective.log_of_scales;
        told.extend([(LOG_LIKELIHOOD, likelihood), (LOG_LIKELIHOOD_ERROR, error)]);
    }
    told
}

/// What histories call the mean free energies of samples learned from and of those kept for validation.
pub(crate) const FREE_ENERGY: &str = "free_energy";
pub(crate) const VALIDATION_FREE_ENERGY: &str = "validation_free_energy";
/// What measures and histories call the mean log-likelihood of a sample, in nats.
pub(crate) const LOG_LIKELIHOOD: &str = "log_likelihood";
/// What histories call its standard error.
pub(crate) const LOG_LIKELIHOOD_ERROR: &str = "log_likelihood_error";

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::Dataset;
    use nn_core::testing::numbers;

    #[test]
    fn features_that_are_drawn_come_near_to_all_of_them_by_their_error() {
        let machine = Machine { units: VisibleUnits::Binary, features: 6, classes: 0, hidden: 4 };
        let theta = numbers(machine.theta_len(), "theta");
        let x: Vec<f64> = numbers(6 * 500, "x").iter().map(|x| f64::from(u8::from(*x < 0.2))).collect();
        let samples = Samples::new(Dataset::from_slice(6, &x), 0);
        let all = pseudo_log_likelihood(&machine, &theta, &samples, 1, MOST_TERMS).unwrap();
        assert_eq!(all.error, None);
        let off = (1..=20).map(|seed| {
            let some = pseudo_log_likelihood(&machine, &theta, &samples, seed, 2 * 500 * 4).unwrap();
            ((some.mean - all.mean) / some.error.unwrap()).powi(2)
        });
        let off = off.sum::<f64>() / 20.0;
        assert!(0.1 < off && off < 2.0, "{off}");
    }
}
