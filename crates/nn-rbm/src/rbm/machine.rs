//! The machine itself: its units, its energy, and what one side says of the other.
//!
//! For visible units v and hidden units h in {0, 1} the energy is
//! `E(v, h) = -b v - c h - v W h`, the chapter's (20) without connections within a layer; for Gaussian visible units
//! `E(v, h) = |v - b|^2 / 2 - c h - v W h`. So each side is independent given the other:
//! `P(h_j = 1 | v) = sigma(c_j + v W_j)`, and `P(v_i = 1 | h) = sigma(b_i + W_i h)`, or `v_i ~ N(b_i + W_i h, 1)`.
//! Smolensky 1986; Hinton, A Practical Guide to Training Restricted Boltzmann Machines, 2010, sections 2 and 13.2.

use crate::logs::log_sum_exp;
use nn_core::kernels::{self, Onto, View};
use nn_core::random::{Key, bernoulli, normal, uniform};
use nn_core::{Activation, Role, Scalar, Span, linalg};
use std::ops::Range;

nn_core::choices! {
    /// What the visible units are.
    pub enum VisibleUnits {
        /// 0 or 1: features from 0 to 1, which are taken for probabilities.
        Binary = "binary",
        /// Any number, normally distributed around its mean with deviation 1: features of mean 0 and deviation 1.
        Gaussian = "gaussian",
    }
}

/// The shape of a restricted Boltzmann machine: how many units of which kind it has. The numbers stand in a theta.
///
/// Energy, for binary visible units: `E(v, h) = -b v - c h - v W h`; for Gaussian ones `E(v, h) = |v - b|^2 / 2 - c h - v W h`.
/// Given one side, the units of the other are independent: `P(h_j = 1 | v) = sigma(c_j + v W_j)`; `P(v_i = 1 | h) = sigma(b_i +
/// W_i h)` or `v_i ~ N(b_i + W_i h, 1)`. Smolensky 1986; Hinton 2010, sections 2 and 13.2.
///
/// The visible units are those of the features, and behind them one a class where labels are units, too: these are a
/// *softmax group*, of which exactly one is on (Hinton 2010, section 13.1).
///
/// # Shapes
/// theta: [W | c | b], W visible × hidden, column-major, so that the weights of a hidden unit lie side by side; c: hidden; b:
/// visible. Its front is the theta of a [`Dense`](nn_core::Dense) layer from visible to hidden.
/// Samples lie in lanes: v is lanes × visible, h lanes × hidden, each column-major, and lanes is a multiple of 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    /// The units of the features.
    pub units: VisibleUnits,
    /// How many features there are.
    pub features: usize,
    /// How many label units there are; 0 where labels are no units.
    pub classes: usize,
    /// How many hidden units there are.
    pub hidden: usize,
}

/// The parts of a theta.
#[derive(Clone, Copy, Debug)]
pub struct Weights<'a, F> {
    /// W: visible × hidden.
    pub weights: &'a [F],
    /// c.
    pub hidden_bias: &'a [F],
    /// b.
    pub visible_bias: &'a [F],
}

impl Machine {
    /// How many visible units there are, label units included.
    pub fn visible(&self) -> usize {
        self.features + self.classes
    }

    /// Length of theta.
    pub fn theta_len(&self) -> usize {
        (self.visible() + 1) * self.hidden + self.visible()
    }

    /// The parts of theta by name.
    pub fn spans(&self) -> Vec<Span> {
        let (visible, hidden) = (self.visible(), self.hidden);
        vec![
            Span::new("weight", 0, &[hidden, visible], Role::Weight),
            Span::new("hidden_bias", visible * hidden, &[hidden], Role::Bias),
            Span::new("visible_bias", (visible + 1) * hidden, &[visible], Role::Bias),
        ]
    }

    /// The parts of `theta`.
    pub fn weights<'a, F>(&self, theta: &'a [F]) -> Weights<'a, F> {
        let (weights, biases) = theta.split_at(self.visible() * self.hidden);
        let (hidden_bias, visible_bias) = biases.split_at(self.hidden);
        Weights { weights, hidden_bias, visible_bias }
    }

    /// The places of the label units in lanes of visible units.
    fn labels(&self, lanes: usize) -> Range<usize> {
        lanes * self.features..lanes * self.visible()
    }

    /// Takes features beyond 0 and 1 for these ends, where the units are binary: what a scaling that was learned makes of values
    /// beyond those that it was learned from. Numbers that are missing stay so.
    pub(crate) fn hold_in_range<F: Scalar>(&self, features: &mut [F]) {
        if self.units == VisibleUnits::Binary {
            features.iter_mut().for_each(|x| {
                *x = if *x < F::ZERO { F::ZERO } else { *x };
                *x = if F::ONE < *x { F::ONE } else { *x };
            });
        }
    }

    /// What arrives at the hidden units: `A = V W + 1 c^T`.
    pub fn hidden_sums<F: Scalar>(&self, theta: &[F], lanes: usize, v: &[F], sums: &mut [F]) {
        let Weights { weights, hidden_bias, .. } = self.weights(theta);
        linalg::forward(lanes, v, weights, hidden_bias, sums);
    }

    /// `P(h = 1 | v)`.
    pub fn hidden_probabilities<F: Scalar>(&self, theta: &[F], lanes: usize, v: &[F], p: &mut [F]) {
        self.hidden_sums(theta, lanes, v, p);
        linalg::sigmoid(p);
    }

    /// `P(h = 1 | v)` of samples as they lie, a column each: `P = sigma(W^T V + c 1^T)`. The same numbers to the last bit, without a turn
    /// into lanes and back.
    ///
    /// # Shapes
    /// `v`: visible × samples. `p`: hidden × samples.
    pub(crate) fn hidden_of_columns<F: Scalar>(&self, theta: &[F], v: &[F], p: &mut [F]) {
        let Weights { weights, hidden_bias, .. } = self.weights(theta);
        p.chunks_exact_mut(self.hidden).for_each(|p| p.copy_from_slice(hidden_bias));
        let v = View::new(v, self.visible(), p.len() / self.hidden);
        kernels::gemm(View::new(weights, self.visible(), self.hidden).transposed(), v, Onto::Old, p, self.hidden);
        kernels::sigmoid(p);
    }

    /// What arrives at the visible units: `H W^T + 1 b^T`.
    pub fn visible_sums<F: Scalar>(&self, theta: &[F], lanes: usize, h: &[F], sums: &mut [F]) {
        let Weights { weights, visible_bias, .. } = self.weights(theta);
        let w = View::new(weights, self.visible(), self.hidden).transposed();
        linalg::product(View::new(h, lanes, self.hidden), w, Onto::Bias(visible_bias), sums);
    }

    /// The means of the visible units given h: `P(v = 1 | h)` of binary and label units, the centres of Gaussian ones.
    pub fn visible_means<F: Scalar>(&self, theta: &[F], lanes: usize, h: &[F], means: &mut [F]) {
        self.visible_sums(theta, lanes, h, means);
        self.means_of_sums(lanes, means);
    }

    /// The means of the visible units from what arrives at them, in place.
    pub(crate) fn means_of_sums<F: Scalar>(&self, lanes: usize, sums: &mut [F]) {
        let (features, labels) = sums.split_at_mut(self.labels(lanes).start);
        if self.units == VisibleUnits::Binary {
            linalg::sigmoid(features);
        }
        if !labels.is_empty() {
            kernels::softmax(labels, lanes);
        }
    }

    /// Hidden units that are on with probability `p`, from the stream `gibbs` of `key`.
    pub fn sample_hidden<F: Scalar>(&self, key: Key, p: &[F], h: &mut [F]) {
        bernoulli(key, "gibbs", p, h);
    }

    /// Visible units with these means, from the streams `gibbs`, `noise` and `label` of `key`.
    pub fn sample_visible<F: Scalar>(&self, key: Key, lanes: usize, means: &[F], v: &mut [F]) {
        let labels = self.labels(lanes);
        match self.units {
            VisibleUnits::Binary => bernoulli(key, "gibbs", &means[..labels.start], &mut v[..labels.start]),
            VisibleUnits::Gaussian => {
                let mut stream = key.stream("noise");
                let units = v[..labels.start].iter_mut().zip(means);
                units.for_each(|(v, &mean)| *v = mean + F::from_f64(normal(&mut stream)));
            }
        }
        if self.classes == 0 {
            return;
        }
        let mut stream = key.stream("label");
        for lane in 0..lanes {
            // The last class is on where rounding leaves the sum of all below the number drawn.
            let mut left = uniform(&mut stream);
            let mut chosen = false;
            for class in 0..self.classes {
                let at = labels.start + class * lanes + lane;
                left -= means[at].to_f64();
                let on = !chosen && (left < 0.0 || class + 1 == self.classes);
                chosen |= on;
                v[at] = if on { F::ONE } else { F::ZERO };
            }
        }
    }

    /// The free energy of each lane, `-ln sum_h e^-E(v, h)`: `F(v) = -b v - sum_j ln(1 + e^(a_j))`, or with Gaussian units
    /// `|v - b|^2 / 2 - sum_j ln(1 + e^(a_j))`, where `a = c + v W`. The smaller, the more probable.
    ///
    /// Nothing overflows: `ln(1 + e^a)` is a where a is large.
    ///
    /// # Shapes
    /// `energies`: lanes. `room`: two times lanes × hidden.
    pub fn free_energies<F: Scalar>(&self, theta: &[F], lanes: usize, v: &[F], room: &mut [F], energies: &mut [f64]) {
        let (sums, soft) = room[..2 * lanes * self.hidden].split_at_mut(lanes * self.hidden);
        self.hidden_sums(theta, lanes, v, sums);
        Activation::Softplus.forward(sums, soft);
        energies.fill(0.0);
        for column in soft.chunks_exact(lanes) {
            energies.iter_mut().zip(column).for_each(|(energy, soft)| *energy -= soft.to_f64());
        }
        self.add_visible_energies(theta, lanes, v, energies);
    }

    /// Adds what the visible units have of the free energy by themselves: `-b v`, or `|v - b|^2 / 2` of Gaussian ones.
    pub(crate) fn add_visible_energies<F: Scalar>(&self, theta: &[F], lanes: usize, v: &[F], energies: &mut [f64]) {
        let Weights { visible_bias, .. } = self.weights(theta);
        for (unit, (column, &b)) in v.chunks_exact(lanes).zip(visible_bias).enumerate() {
            let gaussian = self.units == VisibleUnits::Gaussian && unit < self.features;
            for (energy, &v) in energies.iter_mut().zip(column) {
                *energy += match gaussian {
                    true => 0.5 * (v.to_f64() - b.to_f64()).powi(2),
                    false => -(b.to_f64() * v.to_f64()),
                };
            }
        }
    }

    /// `ln sum_v e^-E(v, h)` of each lane, the integral over Gaussian units: the free energy of the hidden side with the other
    /// sign.
    ///
    /// With `s = b + W h` it is `c h + sum_i ln(1 + e^(s_i))`; for Gaussian units `c h + |s|^2 / 2 - |b|^2 / 2 + n/2 ln 2 pi`; a
    /// softmax group brings `ln sum_k e^(s_k)`. Leaves s in `sums`.
    ///
    /// # Shapes
    /// `sums`, `soft`: lanes × visible. `logs`: lanes.
    pub(crate) fn hidden_logs<F: Scalar>(
        &self,
        theta: &[F],
        lanes: usize,
        h: &[F],
        sums: &mut [F],
        soft: &mut [F],
        logs: &mut [f64],
    ) {
        let Weights { hidden_bias, visible_bias, .. } = self.weights(theta);
        self.visible_sums(theta, lanes, h, sums);
        logs.fill(0.0);
        for (column, c) in h.chunks_exact(lanes).zip(hidden_bias) {
            logs.iter_mut().zip(column).for_each(|(log, h)| *log += c.to_f64() * h.to_f64());
        }
        let labels = self.labels(lanes);
        match self.units {
            VisibleUnits::Binary => {
                Activation::Softplus.forward(&sums[..labels.start], &mut soft[..labels.start]);
                for column in soft[..labels.start].chunks_exact(lanes) {
                    logs.iter_mut().zip(column).for_each(|(log, soft)| *log += soft.to_f64());
                }
            }
            VisibleUnits::Gaussian => {
                for (column, b) in sums[..labels.start].chunks_exact(lanes).zip(visible_bias) {
                    let own = 0.5 * (std::f64::consts::TAU.ln() - b.to_f64().powi(2));
                    logs.iter_mut().zip(column).for_each(|(log, s)| *log += 0.5 * s.to_f64().powi(2) + own);
                }
            }
        }
        if 0 < self.classes {
            let of = |lane: usize| sums[labels.clone()].iter().skip(lane).step_by(lanes).map(|s| s.to_f64());
            logs.iter_mut().enumerate().for_each(|(lane, log)| *log += log_sum_exp(of(lane)));
        }
    }
}
