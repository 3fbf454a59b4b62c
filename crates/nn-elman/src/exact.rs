//! What must hold exactly: gradients are slopes, and agree where they should.

use crate::gradient::Gradient;
use crate::params::StateRule;
use crate::recurrent::Recurrent;
use nn_core::testing::{numbers, objective_gradient_error, shard};
use nn_core::{Activation, At, Loss, Objective, Shard, Sums};

/// 2 inputs, 3 hidden units, 2 outputs.
fn net(gradient: Gradient) -> Recurrent {
    Recurrent {
        inputs: 2,
        units: 3,
        outputs: 2,
        activation: Activation::Tanh,
        output_activation: Activation::Identity,
        loss: Loss::SquaredError,
        gradient,
        window: 3,
        state: StateRule::Reset,
        start: 0.25,
        piece: usize::MAX,
    }
}

fn theta(net: &Recurrent) -> Vec<f64> {
    numbers(Objective::<f64>::theta_len(net), "theta")
}

/// Inputs, targets, weights and lengths of a shard.
struct Lanes {
    lanes: usize,
    steps: usize,
    x: Vec<f64>,
    target: Vec<f64>,
    weights: Vec<f64>,
    lengths: Vec<u32>,
}

impl Lanes {
    /// Sequences of unequal length, from none at all to all steps, in which some steps weigh nothing.
    fn new(lanes: usize, steps: usize) -> Self {
        let length = |lane: usize| if lanes == 1 { steps } else { lane % (steps + 1) };
        let weight = |t: usize, lane: usize| if t < length(lane) { ((t + lane) % 3) as f64 / 2.0 } else { 0.0 };
        Self {
            lanes,
            steps,
            x: numbers(steps * lanes * 2, "x"),
            target: one_hot(lanes, &numbers(steps * lanes, "target")),
            weights: (0..steps * lanes).map(|i| weight(i / lanes, i % lanes)).collect(),
            lengths: (0..lanes).map(|lane| length(lane) as u32).collect(),
        }
    }

    fn shard(&self) -> Shard<'_, f64> {
        let Self { lanes, steps, x, target, weights, lengths } = self;
        Shard { steps: *steps, weights, lengths, ..shard(*lanes, x, target) }
    }

    /// The steps from `from` on, as many as `steps`.
    fn part(&self, from: usize, steps: usize) -> Self {
        let cut = |all: &[f64]| all[from * all.len() / self.steps..][..steps * all.len() / self.steps].to_vec();
        let lengths =
            self.lengths.iter().map(|&length| (length as usize).saturating_sub(from).min(steps) as u32).collect();
        let (x, target, weights) = (cut(&self.x), cut(&self.target), cut(&self.weights));
        Self { lanes: self.lanes, steps, x, target, weights, lengths }
    }
}

/// The first class where a number is positive, the second elsewhere.
fn one_hot(lanes: usize, numbers: &[f64]) -> Vec<f64> {
    let first = |numbers: &[f64]| numbers.iter().map(|t| f64::from(0.0 < *t)).collect::<Vec<_>>();
    let both = |numbers: &[f64]| [first(numbers), first(numbers).iter().map(|t| 1.0 - t).collect()].concat();
    numbers.chunks(lanes).flat_map(both).collect()
}

/// Loss and gradient of a shard whose lanes keep `carry`.
fn gradient(net: &Recurrent, theta: &[f64], shard: &Shard<'_, f64>, carry: &mut [f64]) -> (f64, Vec<f64>) {
    let mut gradient = vec![0.0; theta.len()];
    let mut scratch = vec![f64::NAN; Objective::<f64>::scratch_len(net, shard.lanes, shard.steps)];
    let sums = Sums { first: true, gradient: &mut gradient, extra: &mut [] };
    let sum = net.gradient(At { theta, running: &[] }, shard, sums, carry, &mut scratch);
    (sum.loss, gradient)
}

fn loss(net: &Recurrent, theta: &[f64], shard: &Shard<'_, f64>, carry: &mut [f64]) -> f64 {
    let mut scratch = vec![f64::NAN; Objective::<f64>::scratch_len(net, shard.lanes, shard.steps)];
    net.loss(At { theta, running: &[] }, shard, carry, &mut scratch).loss
}

#[track_caller]
fn near(a: &[f64], b: &[f64], most: f64) {
    assert_eq!(a.len(), b.len());
    for (at, (a, b)) in a.iter().zip(b).enumerate() {
        assert!((a - b).abs() <= most * (1.0 + a.abs()), "{at}: {a} {b}");
    }
}

/// By differences of the fourth order.
fn slopes(theta: &[f64], f: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let h = 1e-3;
    let at = |index: usize, by: f64| {
        let mut moved = theta.to_vec();
        moved[index] += by * h;
        f(&moved)
    };
    let slope = |i: usize| (at(i, -2.0) - 8.0 * at(i, -1.0) + 8.0 * at(i, 1.0) - at(i, 2.0)) / (12.0 * h);
    (0..theta.len()).map(slope).collect()
}

#[test]
fn back_propagation_through_time_is_the_slope() {
    let losses = [Loss::SquaredError, Loss::CrossEntropy, Loss::BinaryCrossEntropy, Loss::Huber];
    for lanes in [1, 16, 48] {
        for activation in [Activation::Tanh, Activation::Sigmoid, Activation::Gelu] {
            for loss in losses {
                for output_activation in [Activation::Identity, Activation::Sigmoid] {
                    let net = Recurrent { activation, loss, output_activation, ..net(Gradient::Full) };
                    let data = Lanes::new(lanes, 6);
                    let error = objective_gradient_error(&net, &theta(&net), &data.shard());
                    assert!(error < 1e-6, "{lanes} {activation} {loss} {output_activation}: {error}");
                }
            }
        }
    }
}

#[test]
fn real_time_recurrent_learning_is_back_propagation_through_time() {
    let data = Lanes::new(1, 9);
    for activation in [Activation::Tanh, Activation::Sigmoid, Activation::Silu] {
        let [back, forth] = [Gradient::Full, Gradient::Rtrl].map(|gradient| Recurrent { activation, ..net(gradient) });
        let theta = theta(&back);
        let (_, back) = gradient(&back, &theta, &data.shard(), &mut []);
        near(&back, &gradient(&forth, &theta, &data.shard(), &mut []).1, 1e-13);
    }
}

#[test]
fn truncated_at_the_full_length_is_full_and_at_one_step_copy_back() {
    for lanes in [1, 16, 48] {
        let data = Lanes::new(lanes, 6);
        let of = |gradient_: Gradient, window: usize| {
            let net = Recurrent { window, ..net(gradient_) };
            gradient(&net, &theta(&net), &data.shard(), &mut []).1
        };
        near(&of(Gradient::Full, 0), &of(Gradient::Truncated, 6), 1e-13);
        assert_eq!(of(Gradient::CopyBack, 0), of(Gradient::Truncated, 1));
        let apart = of(Gradient::Full, 0).iter().zip(of(Gradient::Truncated, 2)).any(|(a, b)| (a - b).abs() > 1e-3);
        assert!(apart, "it is another gradient where the window is shorter");
    }
}

/// The loss of each step is a function of the weights in the last `window` steps; the state before these is a constant.
#[test]
fn truncated_is_the_slope_where_the_state_before_the_window_is_constant() {
    let steps = 6;
    for (lanes, window) in [(1, 1), (1, 2), (16, 1), (16, 3), (48, 3)] {
        let data = Lanes::new(lanes, steps);
        let net = Recurrent { window, ..net(Gradient::Truncated) };
        let theta = theta(&net);
        let going_on = Recurrent { piece: 1, ..net.clone() };
        // The state after each number of steps.
        let mut states = Vec::new();
        for len in 0..steps {
            let mut carry = vec![net.start; Objective::<f64>::carry_len(&going_on, lanes)];
            if 0 < len {
                loss(&going_on, &theta, &data.part(0, len).shard(), &mut carry);
            }
            states.push(carry);
        }
        let by_hand = slopes(&theta, |theta| {
            let last_of = |t: usize| {
                let from = (t + 1).saturating_sub(window);
                let mut part = data.part(from, t + 1 - from);
                let before = (t - from) * lanes;
                part.weights[..before].fill(0.0);
                // From 1 on, so that the state is that of the lanes.
                loss(&going_on, theta, &Shard { from: 1, ..part.shard() }, &mut states[from].clone())
            };
            (0..steps).map(last_of).sum()
        });
        near(&gradient(&net, &theta, &data.shard(), &mut []).1, &by_hand, 1e-8);
        if window == 1 {
            let net = Recurrent { gradient: Gradient::CopyBack, ..net };
            near(&gradient(&net, &theta, &data.shard(), &mut []).1, &by_hand, 1e-8);
        }
    }
}

#[test]
fn a_sequence_in_pieces_passes_through_the_same_states() {
    for lanes in [1, 16, 48] {
        let data = Lanes::new(lanes, 7);
        let whole = net(Gradient::Full);
        let theta = theta(&whole);
        let pieces = Recurrent { piece: 3, ..whole.clone() };
        let mut carry = vec![9.0; Objective::<f64>::carry_len(&pieces, lanes)];
        let mut sum = 0.0;
        for from in [0, 3, 6] {
            let part = data.part(from, 3.min(7 - from));
            sum += loss(&pieces, &theta, &Shard { from, ..part.shard() }, &mut carry);
        }
        assert!((sum - loss(&whole, &theta, &data.shard(), &mut [])).abs() < 1e-13);
    }
}

#[test]
fn the_slopes_of_real_time_recurrent_learning_outlast_a_piece() {
    let data = Lanes::new(1, 8);
    let back = net(Gradient::Full);
    let theta = theta(&back);
    let forth = Recurrent { piece: 3, ..net(Gradient::Rtrl) };
    let mut carry = vec![9.0; Objective::<f64>::carry_len(&forth, 1)];
    let mut sum = vec![0.0; theta.len()];
    for from in [0, 3, 6] {
        let part = data.part(from, 3.min(8 - from));
        let (_, gradient) = gradient(&forth, &theta, &Shard { from, ..part.shard() }, &mut carry);
        sum.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g);
    }
    near(&gradient(&back, &theta, &data.shard(), &mut []).1, &sum, 1e-13);
}

#[test]
fn padding_never_matters_not_even_where_states_run_away() {
    let net = Recurrent { activation: Activation::Relu, state: StateRule::Carry, start: 1.0, ..net(Gradient::Full) };
    let theta: Vec<f64> = theta(&net).iter().map(|w| 40.0 * w.abs()).collect();
    let outcome = |padding: f64| {
        let mut data = Lanes::new(16, 200);
        data.lengths.iter_mut().for_each(|length| *length %= 5);
        for i in 0..data.x.len() {
            let (t, lane) = (i / 32, i % 16);
            if data.lengths[lane] as usize <= t {
                data.x[i] = padding;
                data.weights[t * 16 + lane] = 0.0;
            }
        }
        let mut carry = vec![0.0; Objective::<f64>::carry_len(&net, 16)];
        let (loss, gradient) = gradient(&net, &theta, &data.shard(), &mut carry);
        assert!(loss.is_finite() && gradient.iter().chain(&carry).all(|g| g.is_finite()));
        (loss, gradient, carry)
    };
    assert_eq!(outcome(0.0), outcome(1e6));
}

#[test]
fn the_state_is_carried_on_where_that_is_the_rule() {
    let reset = net(Gradient::Full);
    let carry = Recurrent { state: StateRule::Carry, ..reset.clone() };
    let (theta, data) = (theta(&reset), Lanes::new(1, 4));
    let mut kept = vec![0.0; Objective::<f64>::carry_len(&carry, 1)];
    let first = loss(&carry, &theta, &data.shard(), &mut kept);
    assert_eq!(first, loss(&reset, &theta, &data.shard(), &mut []), "it begins as the other");
    let second = loss(&carry, &theta, &data.shard(), &mut kept);
    assert_ne!(first, second, "and goes on from where it was");
}
