//! Annealed importance sampling: how large Z is where it cannot be summed, and how far the estimate may be off.
//!
//! Chains go from a machine without connections, whose Z is known, to the machine in question, over machines in between whose
//! theta is `(1 - beta) theta_A + beta theta` with beta from 0 to 1. On the way each gathers the weight
//! `w = prod_k P*_k(v_k) / P*_(k-1)(v_k)`, with `P* = e^(-F)`, and moves by a step of Gibbs sampling that leaves P_k as it is.
//! The mean of the w is an estimate of `Z / Z_A` without bias. Neal, Statistics and Computing 11, 2001; Salakhutdinov and
//! Murray, ICML 2008, section 4.1.

use super::exact::draw;
use super::machine::{Machine, VisibleUnits};
use super::measures::{AT_ONCE, blocks};
use crate::logs::log_sum_exp;
use nn_core::kernels::axpy;
use nn_core::random::{Key, uniform};
use nn_core::{Activation, Samples, Scalar, linalg, side_by_side};

/// An estimate of `ln Z`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// `ln Z`, in nats.
    pub log_partition: f64,
    /// Its standard error, from the spread of the weights of the chains: `s / (mean sqrt(chains))`. Where few chains carry most
    /// of the weight it is too small, and [`effective_chains`](Self::effective_chains) says so.
    pub standard_error: f64,
    /// How many chains of equal weight would tell as much: `(sum w)^2 / sum w^2`.
    pub effective_chains: f64,
}

/// The visible biases of the machine without connections: those that tell how often each unit is on in the samples, smoothed as by
/// one more sample with each unit on and one with each off; the means of Gaussian units.
pub(crate) fn base_rates<F: Scalar>(machine: &Machine, samples: &Samples<'_, F>) -> Vec<f64> {
    let visible = machine.visible();
    let sums = blocks(machine, samples, 0, vec![0.0; visible + 1], |_, v, weights| {
        let mut sums: Vec<f64> =
            v.chunks_exact(AT_ONCE).map(|v| v.iter().zip(weights).map(|(v, weight)| v * weight).sum()).collect();
        sums.push(weights.iter().sum());
        sums
    });
    let mut total = vec![0.0; visible + 1];
    sums.iter().for_each(|sums| axpy(1.0, sums, &mut total));
    // A weight in common to all samples changes nothing.
    let weight = total.pop().filter(|&weight| 0.0 < weight).unwrap_or(1.0);
    let one = 1.0 / samples.len().max(1) as f64;
    let bias = |(unit, sum): (usize, f64)| {
        let mean = sum / weight;
        match machine.units {
            _ if machine.features <= unit => ((mean + one) / (1.0 + machine.classes as f64 * one)).ln(),
            VisibleUnits::Gaussian => mean,
            VisibleUnits::Binary => ((mean + one) / ((1.0 - mean).max(0.0) + one)).ln(),
        }
    };
    total.into_iter().enumerate().map(bias).collect()
}

/// The estimate of `chains` chains over `steps` temperatures, from random numbers of its own, which no other chain of this seed sees.
///
/// # Shapes
/// `base`: the visible biases of the machine without connections, visible.
pub(crate) fn estimate(
    machine: &Machine,
    theta: &[f64],
    base: &[f64],
    chains: usize,
    steps: usize,
    seed: u64,
) -> Estimate {
    let mut groups: Vec<Vec<f64>> =
        (0..chains.div_ceil(AT_ONCE)).map(|group| vec![0.0; AT_ONCE.min(chains - group * AT_ONCE)]).collect();
    let seed = uniform(&mut Key::once(seed).stream("annealing")).to_bits();
    side_by_side(&mut groups, |group, logs| {
        let key = Key { seed, step: 0, shard: group as u64 };
        let all = walk(machine, theta, base, steps, key);
        logs.iter_mut().zip(all).for_each(|(log, of_chain)| *log = of_chain);
    });
    let logs: Vec<f64> = groups.concat();
    let count = logs.len() as f64;
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
    let (sum, squares) = weights.iter().fold((0.0, 0.0), |(sum, squares), w| (sum + w, squares + w * w));
    let mean = sum / count;
    let variance = weights.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    Estimate {
        log_partition: log_base(machine, base) + most + mean.ln(),
        standard_error: variance.sqrt() / (mean * count.sqrt()),
        effective_chains: sum * sum / squares,
    }
}

/// `ln Z_A` of the machine without connections.
fn log_base(machine: &Machine, base: &[f64]) -> f64 {
    let (features, labels) = base.split_at(machine.features);
    let visible: f64 = match machine.units {
        VisibleUnits::Binary => features.iter().map(|&b| log_sum_exp([0.0, b].into_iter())).sum(),
        VisibleUnits::Gaussian => 0.5 * features.len() as f64 * std::f64::consts::TAU.ln(),
    };
    let labels = if labels.is_empty() { 0.0 } else { log_sum_exp(labels.iter().copied()) };
    machine.hidden as f64 * std::f64::consts::LN_2 + visible + labels
}

/// The logarithms of the weights of [`AT_ONCE`] chains.
fn walk(machine: &Machine, theta: &[f64], base: &[f64], steps: usize, key: Key) -> Vec<f64> {
    let lanes = AT_ONCE;
    let (visible, hidden) = (lanes * machine.visible(), lanes * machine.hidden);
    let mut logs = vec![0.0; lanes];
    let (mut v, mut means) = (vec![0.0; visible], vec![0.0; visible]);
    let (mut sums, mut p, mut h) = (vec![0.0; hidden], vec![0.0; hidden], vec![0.0; hidden]);
    means.chunks_exact_mut(lanes).zip(base).for_each(|(column, &b)| column.fill(b));
    machine.means_of_sums(lanes, &mut means);
    machine.sample_visible(draw(key, 0), lanes, &means, &mut v);
    let biases = machine.weights(theta).visible_bias;
    let beta = |step: usize| step as f64 / steps as f64;
    for step in 1..=steps {
        machine.hidden_sums(theta, lanes, &v, &mut sums);
        // ln P*_k(v) - ln P*_(k-1)(v), from the sums of the whole machine.
        for (beta, sign) in [(beta(step), 1.0), (beta(step - 1), -1.0)] {
            h.iter_mut().zip(&sums).for_each(|(h, sum)| *h = beta * sum);
            Activation::Softplus.forward(&h, &mut p);
            for column in p.chunks_exact(lanes) {
                logs.iter_mut().zip(column).for_each(|(log, soft)| *log += sign * soft);
            }
            for (unit, (column, (&a, &b))) in v.chunks_exact(lanes).zip(base.iter().zip(biases)).enumerate() {
                let bias = (1.0 - beta) * a + beta * b;
                let gaussian = machine.units == VisibleUnits::Gaussian && unit < machine.features;
                for (log, v) in logs.iter_mut().zip(column) {
                    *log += sign * if gaussian { -0.5 * (v - bias).powi(2) } else { bias * v };
                }
            }
        }
        if step == steps {
            break;
        }
        let (beta, key) = (beta(step), Key { step: step as u64, ..key });
        p.iter_mut().zip(&sums).for_each(|(p, sum)| *p = beta * sum);
        linalg::sigmoid(&mut p);
        machine.sample_hidden(draw(key, 1), &p, &mut h);
        machine.visible_sums(theta, lanes, &h, &mut means);
        for (column, &a) in means.chunks_exact_mut(lanes).zip(base) {
            column.iter_mut().for_each(|sum| *sum = beta * *sum + (1.0 - beta) * a);
        }
        machine.means_of_sums(lanes, &mut means);
        machine.sample_visible(draw(key, 2), lanes, &means, &mut v);
    }
    logs
}
