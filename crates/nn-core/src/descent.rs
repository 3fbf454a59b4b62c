//! How the gradient of a batch becomes a step: what is added to it, how long it may be, which part of theta moves at which
//! rate, and how large a weight may grow.

use crate::layer::{Role, Span};
use crate::linalg::norm;
use crate::objective::Sum;
use crate::rule::Step;
use crate::{Error, Result, Scalar, Training};
use serde::Serialize;
use std::ops::Range;

/// What is asked of theta beside a small loss.
///
/// With E the mean loss of a batch, `lambda E + (1 - lambda) sum_i w_i^2` is made small, the chapter's (17), in which the
/// thresholds are weights, too; and `decay/2 sum w^2 + l1 sum |w|` is added to it, of the strengths of connections alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Penalty {
    /// Weight decay.
    #[serde(rename = "weight_decay")]
    pub decay: f64,
    /// Weight of the sum of absolute values.
    pub l1: f64,
    /// The chapter's lambda, above 0; 1 leaves the loss as it is.
    pub lambda: f64,
}

impl Default for Penalty {
    fn default() -> Self {
        Self { decay: 0.0, l1: 0.0, lambda: 1.0 }
    }
}

/// A stretch of theta that moves alike.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    range: Range<usize>,
    rate: f64,
    /// Strengths of connections rather than biases.
    decays: bool,
}

/// How theta moves, worked out once for a training.
#[derive(Debug)]
pub(crate) struct Descent<'a> {
    training: &'a Training,
    parts: Vec<Part>,
    /// The weights of each unit side by side: where they stand, and how many a unit has.
    units: Vec<(Range<usize>, usize)>,
}

impl<'a> Descent<'a> {
    /// For the theta that has these `spans`.
    ///
    /// # Errors
    /// [`Error::Param`] for another number of layer rates than there are layers with weights.
    pub(crate) fn new(training: &'a Training, spans: &[Span]) -> Result<Self> {
        let layers = layers_of(spans);
        let count = layers.last().map_or(0, |last| last + 1);
        if !training.layer_rates.is_empty() && training.layer_rates.len() != count {
            let expected = format!("none, or one for each of the {count} layers with weights");
            return Err(Error::param("layer_rates", training.layer_rates.len(), expected));
        }
        let tells_weights = training.penalty.decay != 0.0 || training.penalty.l1 != 0.0;
        let mut parts: Vec<Part> = Vec::new();
        for (span, layer) in spans.iter().zip(layers) {
            let rate = training.layer_rates.get(layer).copied().unwrap_or(training.learning_rate);
            let decays = tells_weights && span.role == Role::Weight;
            match parts.last_mut() {
                // Neighbours that move alike are one: the fewer calls, the better.
                Some(last) if last.rate == rate && last.decays == decays => last.range.end = span.range.end,
                _ => parts.push(Part { range: span.range.clone(), rate, decays }),
            }
        }
        let of_units = |span: &&Span| span.role == Role::Weight && 0.0 < training.max_norm && !span.range.is_empty();
        let units = spans.iter().filter(of_units).map(|span| (span.range.clone(), span.range.len() / span.shape[0]));
        Ok(Self { units: units.collect(), parts, training })
    }

    /// Moves theta by the summed `gradient` of a batch that came to `sum`, each rate times `scale`, after `taken` steps. Leaves zeros
    /// of the gradient.
    pub(crate) fn step<F: Scalar>(
        &self,
        theta: &mut [F],
        gradient: &mut [F],
        memory: &mut [F],
        scale: f64,
        taken: u64,
        sum: Sum,
    ) {
        let Training { optimizer: rule, momentum, penalty, .. } = *self.training;
        let share = penalty.lambda * self.clip(gradient, sum.weight) / sum.weight;
        let whole = || penalty.lambda * sum.mean() + self.penalty(theta, None);
        let error_rose = rule.error_rose(whole, memory);
        for part in &self.parts {
            let decay = if part.decays { penalty.decay } else { 0.0 };
            if part.decays && penalty.l1 != 0.0 {
                let pull = F::from_f64(penalty.l1 / share);
                let (theta, gradient) = (&theta[part.range.clone()], &mut gradient[part.range.clone()]);
                gradient.iter_mut().zip(theta).for_each(|(g, &w)| *g += pull * sign(w));
            }
            let step = Step {
                learning_rate: part.rate * scale,
                momentum,
                taken,
                gradient_scale: share,
                decay,
                pull: 2.0 * (1.0 - penalty.lambda),
                error_rose,
            };
            rule.step(part.range.clone(), theta, gradient, memory, &step);
        }
        self.limit(theta);
    }

    /// Whether a step moves each number of a theta of this length, none being outside of all spans.
    pub(crate) fn moves_all(&self, theta_len: usize) -> bool {
        self.parts.iter().map(|part| part.range.len()).sum::<usize>() == theta_len
    }

    /// What the gradient is shortened to.
    fn clip<F: Scalar>(&self, gradient: &[F], weight: f64) -> f64 {
        let limit = self.training.clip_norm;
        if limit == 0.0 {
            return 1.0;
        }
        let norm = norm(gradient) / weight;
        if limit < norm { limit / norm } else { 1.0 }
    }

    /// Shortens the weights of each unit that have grown too long. Srivastava and others 2014, section 5.1.
    fn limit<F: Scalar>(&self, theta: &mut [F]) {
        for (range, inputs) in &self.units {
            for weights in theta[range.clone()].chunks_exact_mut(*inputs) {
                let norm = norm(weights);
                if self.training.max_norm < norm {
                    let share = F::from_f64(self.training.max_norm / norm);
                    weights.iter_mut().for_each(|w| *w *= share);
                }
            }
        }
    }

    /// What the penalty adds to `lambda E`, and its gradient to `gradient`: for whoever needs the whole function. The sum
    /// of absolute values has no gradient at 0 and is left out.
    pub(crate) fn penalty<F: Scalar>(&self, theta: &[F], gradient: Option<&mut [F]>) -> f64 {
        let Penalty { decay, lambda, .. } = self.training.penalty;
        let mut sum = 0.0;
        let slope = |part: &Part| (if part.decays { decay } else { 0.0 }) + 2.0 * (1.0 - lambda);
        for part in &self.parts {
            sum += slope(part) / 2.0 * norm(&theta[part.range.clone()]).powi(2);
        }
        if let Some(gradient) = gradient {
            for part in &self.parts {
                let slope = F::from_f64(slope(part));
                let theta = &theta[part.range.clone()];
                gradient[part.range.clone()].iter_mut().zip(theta).for_each(|(g, &w)| *g += slope * w);
            }
        }
        sum
    }

    /// The curvature that the penalty gives each of theta's numbers.
    pub(crate) fn curvature(&self, len: usize) -> Vec<f64> {
        let Penalty { decay, lambda, .. } = self.training.penalty;
        let mut all = vec![2.0 * (1.0 - lambda); len];
        for part in self.parts.iter().filter(|part| part.decays) {
            all[part.range.clone()].iter_mut().for_each(|curvature| *curvature += decay);
        }
        all
    }

    /// The chapter's lambda.
    pub(crate) fn lambda(&self) -> f64 {
        self.training.penalty.lambda
    }
}

/// Which layer each span belongs to, counted from 0: what its name says before the last dot.
fn layers_of(spans: &[Span]) -> Vec<usize> {
    let owner = |span: &Span| span.name.rsplit_once('.').map_or_else(String::new, |(owner, _)| owner.to_owned());
    let mut layers: Vec<usize> = Vec::with_capacity(spans.len());
    for (index, span) in spans.iter().enumerate() {
        let layer = match index {
            0 => 0,
            _ => layers[index - 1] + usize::from(owner(span) != owner(&spans[index - 1])),
        };
        layers.push(layer);
    }
    layers
}

/// -1, 0 or 1.
fn sign<F: Scalar>(number: F) -> F {
    if number == F::ZERO { F::ZERO } else { F::from_f64(number.to_f64().signum()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Rule;

    fn spans() -> Vec<Span> {
        vec![
            Span::new("hidden.weight", 0, &[2, 2], Role::Weight),
            Span::new("hidden.bias", 4, &[2], Role::Bias),
            Span::new("output.weight", 6, &[1, 2], Role::Weight),
            Span::new("output.bias", 8, &[1], Role::Bias),
        ]
    }

    fn plain() -> Training {
        Training { optimizer: Rule::Sgd, learning_rate: 0.5, momentum: 0.0, ..Training::default() }
    }

    #[test]
    fn a_number_outside_of_all_spans_is_not_moved() {
        let training = plain();
        assert!(Descent::new(&training, &spans()).unwrap().moves_all(9));
        // Between spans that move alike it is moved, and cleared, with them; before the first one nothing is.
        assert!(!Descent::new(&training, &spans()[1..]).unwrap().moves_all(9));
    }

    #[test]
    fn a_step_leaves_zeros_of_the_gradient() {
        let (training, mut theta, mut gradient) = (plain(), THETA, [2.0; 9]);
        Descent::new(&training, &spans()).unwrap().step(&mut theta, &mut gradient, &mut [], 1.0, 0, batch(2.0));
        assert_eq!(gradient, [0.0; 9]);
    }

    const THETA: [f64; 9] = [1.0, -2.0, 0.0, 4.0, 5.0, 6.0, -3.0, 4.0, 9.0];

    fn batch(weight: f64) -> Sum {
        Sum { loss: 1.0, weight }
    }

    /// How far theta moves for a batch of weight 2 with the summed gradient 2.
    fn moved(training: Training) -> Vec<f64> {
        let mut theta = THETA;
        let mut memory = vec![0.0; training.optimizer.memory(9)];
        Descent::new(&training, &spans()).unwrap().step(&mut theta, &mut [2.0; 9], &mut memory, 1.0, 0, batch(2.0));
        theta.iter().zip(THETA).map(|(new, old)| old - new).collect()
    }

    #[test]
    fn a_plain_step_is_the_rate_times_the_mean_gradient() {
        assert_eq!(moved(plain()), [0.5; 9]);
        assert_eq!(Descent::new(&plain(), &spans()).unwrap().parts.len(), 1);
    }

    #[test]
    fn each_layer_may_have_its_rate() {
        let rates = Training { layer_rates: vec![0.25, 1.0], ..plain() };
        assert_eq!(moved(rates), [0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 1.0, 1.0, 1.0]);
        let error = Descent::new(&Training { layer_rates: vec![1.0], ..plain() }, &spans()).unwrap_err().to_string();
        assert_eq!(error, "layer_rates: expected none, or one for each of the 2 layers with weights, got 1");
    }

    #[test]
    fn decay_pulls_weights_and_not_biases() {
        let decay = Training { penalty: Penalty { decay: 0.1, ..Penalty::default() }, ..plain() };
        let pulled: Vec<f64> = moved(decay).iter().map(|moved| (moved - 0.5) / 0.05).collect();
        let expected = [1.0, -2.0, 0.0, 4.0, 0.0, 0.0, -3.0, 4.0, 0.0];
        assert!(pulled.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{pulled:?}");
        let absolute = Training { penalty: Penalty { l1: 0.5, ..Penalty::default() }, ..plain() };
        assert_eq!(moved(absolute), [0.75, 0.25, 0.5, 0.75, 0.5, 0.5, 0.25, 0.75, 0.5]);
    }

    #[test]
    fn the_chapters_lambda_weighs_the_loss_against_all_squares() {
        let lambda = Training { penalty: Penalty { lambda: 0.75, ..Penalty::default() }, ..plain() };
        // eta (lambda g + 2 (1 - lambda) w) with g = 1.
        for (moved, w) in moved(lambda).iter().zip(THETA) {
            assert!((moved - 0.5 * (0.75 + 0.5 * w)).abs() < 1e-12);
        }
    }

    #[test]
    fn a_long_gradient_is_shortened() {
        // The mean gradient is 1 in each of 9 directions, so its norm is 3.
        let clipped = Training { clip_norm: 0.75, ..plain() };
        assert!(moved(clipped).iter().all(|moved| (moved - 0.125).abs() < 1e-12));
        assert_eq!(moved(Training { clip_norm: 3.5, ..plain() }), [0.5; 9]);
    }

    #[test]
    fn the_weights_of_a_unit_stay_within_the_greatest_norm() {
        let mut theta = THETA;
        let limited = Training { max_norm: 2.5, learning_rate: 0.0, ..plain() };
        Descent::new(&limited, &spans()).unwrap().step(&mut theta, &mut [0.0; 9], &mut [], 1.0, 0, batch(1.0));
        assert_eq!(theta, [1.0, -2.0, 0.0, 2.5, 5.0, 6.0, -1.5, 2.0, 9.0]);
    }

    #[test]
    fn the_penalty_and_its_slope_agree() {
        let penalty = Penalty { decay: 0.3, l1: 0.0, lambda: 0.8 };
        let training = Training { penalty, ..plain() };
        let descent = Descent::new(&training, &spans()).unwrap();
        let mut gradient = [0.0; 9];
        descent.penalty(&THETA, Some(&mut gradient));
        for at in 0..9 {
            let shifted = |by: f64| {
                let mut theta = THETA;
                theta[at] += by;
                descent.penalty(&theta, None)
            };
            let slope = (shifted(1e-6) - shifted(-1e-6)) / 2e-6;
            assert!((slope - gradient[at]).abs() < 1e-6);
            assert!((descent.curvature(9)[at] * THETA[at] - gradient[at]).abs() < 1e-12);
        }
    }
}
