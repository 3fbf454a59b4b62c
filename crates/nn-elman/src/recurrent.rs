//! The network, step by step forwards and then backwards: Elman's simple recurrent network as something to make small.
//!
//! Forwards, from the state `h_0` in which a sequence begins:
//!
//! `a_t = W [x_t | h_(t-1)] + b`, `h_t = f(a_t)`, `o_t = V h_t + c`, `y_t = g(o_t)`, `L = sum_t w_t L(y_t, target_t)`.
//!
//! The context units of Elman's figure hold `h_(t-1)`: they are inputs beside the others, so W is one matrix and its layer the
//! same [`Dense`] that a multilayer perceptron has. The output layer meets every `h_t` alike, whatever the gradient:
//!
//! `e_t = V^T (g'(o_t) dL/dy_t)`, `dV += (g' dL/dy_t) h_t^T`.
//!
//! How far `e_t` is followed back is the choice between the gradients, in [`gradient`](crate::gradient).
//!
//! Elman, Finding structure in time, Cognitive Science 14, 1990, figure 2.

use crate::gradient::Gradient;
use crate::params::StateRule;
use nn_core::kernels::{self, Onto, View};
use nn_core::{
    Activation, Answering, At, Cut, Dense, Layer, Loss, MOST_LANES, Objective, Point, Samples, Scalar, Shard, Span,
    Sum, Sums, side_by_side_for,
};
use std::cmp::Reverse;

/// The shape of a network and how it learns; the numbers stand in theta.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Recurrent {
    pub(crate) inputs: usize,
    pub(crate) units: usize,
    pub(crate) outputs: usize,
    pub(crate) activation: Activation,
    pub(crate) output_activation: Activation,
    pub(crate) loss: Loss,
    pub(crate) gradient: Gradient,
    /// Steps that an error is followed back through, where the gradient is truncated.
    pub(crate) window: usize,
    pub(crate) state: StateRule,
    /// What each unit of the first state is.
    pub(crate) start: f64,
    /// Steps of a sequence to one step of training, and once that is over those measured at a time; `usize::MAX` for all.
    pub(crate) piece: usize,
}

/// What is written for each step, one block a step, and what is used again in each.
pub(crate) struct Tape<'s, F> {
    pub(crate) steps: usize,
    /// `[x_t | h_(t-1)]`, and after the last step the state that is left: steps + 1 blocks.
    pub(crate) joined: &'s mut [F],
    /// `a_t`.
    pub(crate) sums: &'s mut [F],
    /// `o_t`, where the outputs have an activation.
    outs: &'s mut [F],
    y: &'s mut [F],
    /// dL/dy_t.
    dy: &'s mut [F],
    /// `e_t`, and on the way back what is left of it.
    pub(crate) errors: &'s mut [F],
    /// dL/da_t.
    pub(crate) deltas: &'s mut [F],
    /// Of one step.
    dout: &'s mut [F],
    pub(crate) djoined: &'s mut [F],
    pub(crate) dh: &'s mut [F],
}

/// The block of step t.
pub(crate) fn block<F>(all: &[F], t: usize, len: usize) -> &[F] {
    &all[t * len..][..len]
}

/// The same to write to.
pub(crate) fn block_mut<F>(all: &mut [F], t: usize, len: usize) -> &mut [F] {
    &mut all[t * len..][..len]
}

/// The parts of what a shard's lanes keep from one shard to the next.
struct Kept<'c, F> {
    /// lanes × units.
    context: &'c mut [F],
    /// Whether there is a state: 0 before the first step of all.
    has_begun: &'c mut F,
    /// The slopes of the state, where they are carried: of each unit by each weight of the hidden layer.
    slopes: &'c mut [F],
}

impl Recurrent {
    pub(crate) fn hidden(&self) -> Dense {
        Dense::new(self.inputs + self.units, self.units)
    }

    pub(crate) fn output(&self) -> Dense {
        Dense::new(self.units, self.outputs)
    }

    /// Numbers of theta that belong to the hidden layer.
    pub(crate) fn hidden_len(&self) -> usize {
        (self.inputs + self.units + 1) * self.units
    }

    /// Numbers of the slopes of the state.
    fn slopes_len(&self) -> usize {
        if self.gradient == Gradient::Rtrl { self.units * self.hidden_len() } else { 0 }
    }

    /// Whether anything goes on from one shard to the next.
    fn keeps(&self) -> bool {
        self.piece != usize::MAX || self.state == StateRule::Carry
    }

    /// Numbers a lane of each part of a [`Tape`].
    fn widths(&self, steps: usize) -> [usize; 10] {
        let joined = self.inputs + self.units;
        let outs = if self.output_activation == Activation::Identity { 0 } else { self.outputs };
        [
            (steps + 1) * joined,
            steps * self.units,
            steps * outs,
            steps * self.outputs,
            steps * self.outputs,
            steps * self.units,
            steps * self.units,
            self.outputs,
            joined,
            self.units,
        ]
    }

    /// The tape of a shard, and the scratch that is left.
    fn tape<'s, F: Scalar>(&self, lanes: usize, steps: usize, scratch: &'s mut [F]) -> (Tape<'s, F>, &'s mut [F]) {
        let mut rest = scratch;
        let [joined, sums, outs, y, dy, errors, deltas, dout, djoined, dh] = self.widths(steps).map(|width| {
            let (part, tail) = std::mem::take(&mut rest).split_at_mut(lanes * width);
            rest = tail;
            part
        });
        (Tape { steps, joined, sums, outs, y, dy, errors, deltas, dout, djoined, dh }, rest)
    }

    /// What the lanes keep; of an objective that keeps nothing, room in `scratch`.
    fn kept<'c, F: Scalar>(
        &self,
        lanes: usize,
        carry: &'c mut [F],
        scratch: &'c mut [F],
    ) -> (Kept<'c, F>, &'c mut [F]) {
        let len = self.kept_len(lanes);
        let (kept, rest) = if self.keeps() { (carry, scratch) } else { scratch.split_at_mut(len) };
        let (context, tail) = kept.split_at_mut(lanes * self.units);
        let (has_begun, slopes) = tail.split_at_mut(1);
        let has_begun = &mut has_begun[0];
        if !self.keeps() {
            *has_begun = F::ZERO;
        }
        (Kept { context, has_begun, slopes }, rest)
    }

    fn kept_len(&self, lanes: usize) -> usize {
        lanes * self.units + 1 + self.slopes_len()
    }

    /// Runs with the lanes of the longest sequences first, so that those whose sequence goes on lie side by side and the others take no
    /// product; of half of the batches that is a third of the work. What the lanes keep is put back where it was.
    fn longest_first<F: Scalar, R>(
        &self,
        shard: &Shard<'_, F>,
        kept: &mut Kept<'_, F>,
        scratch: &mut [F],
        run: impl FnOnce(&Shard<'_, F>, &mut Kept<'_, F>, &mut [F]) -> R,
    ) -> R {
        let lanes = shard.lanes;
        if lanes <= LEAST {
            return run(shard, kept, scratch);
        }
        let mut order: [usize; MOST_LANES] = std::array::from_fn(|lane| lane);
        let order = &mut order[..lanes];
        order.sort_unstable_by_key(|&lane| (Reverse(shard.lengths[lane]), lane));
        let mut lengths = [0; MOST_LANES];
        lengths.iter_mut().zip(order.iter()).for_each(|(length, &lane)| *length = shard.lengths[lane]);
        let (x, rest) = scratch.split_at_mut(shard.x.len());
        let (target, rest) = rest.split_at_mut(shard.target.len());
        let (weights, rest) = rest.split_at_mut(shard.weights.len());
        let (before, rest) = rest.split_at_mut(kept.context.len());
        before.copy_from_slice(kept.context);
        for (from, to) in
            [(shard.x, &mut *x), (shard.target, target), (shard.weights, weights), (&*before, kept.context)]
        {
            for (from, to) in from.chunks_exact(lanes).zip(to.chunks_exact_mut(lanes)) {
                to.iter_mut().zip(order.iter()).for_each(|(to, &lane)| *to = from[lane]);
            }
        }
        let sorted = Shard { x, target, weights, lengths: &lengths[..lanes], ..*shard };
        let result = run(&sorted, kept, rest);
        before.copy_from_slice(kept.context);
        for (from, to) in before.chunks_exact(lanes).zip(kept.context.chunks_exact_mut(lanes)) {
            from.iter().zip(order.iter()).for_each(|(from, &lane)| to[lane] = *from);
        }
        result
    }

    /// All steps forwards. The state that the lanes begin with is read from `kept`, that in which they end is left there.
    fn forward<F: Scalar>(
        &self,
        theta: &[F],
        shard: &Shard<'_, F>,
        kept: &mut Kept<'_, F>,
        tape: &mut Tape<'_, F>,
    ) -> Sum {
        let (lanes, steps) = (shard.lanes, shard.steps);
        let goes_on = 0 < shard.from || (self.state == StateRule::Carry && *kept.has_begun != F::ZERO);
        if !goes_on {
            kept.context.fill(F::from_f64(self.start));
            kept.slopes.fill(F::ZERO);
        }
        *kept.has_begun = F::ONE;
        let (input, width, units, outputs) =
            (lanes * self.inputs, lanes * (self.inputs + self.units), lanes * self.units, lanes * self.outputs);
        tape.joined[input..width].copy_from_slice(kept.context);
        let shortest = shard.lengths.iter().copied().min().unwrap_or(0) as usize;
        let mut sum = Sum::default();
        for t in 0..steps {
            let now = shard.step(t);
            let (before, after) = tape.joined.split_at_mut((t + 1) * width);
            let (joined, h) = (block_mut(before, t, width), &mut after[input..width]);
            joined[..input].copy_from_slice(now.x);
            let sums = block_mut(tape.sums, t, units);
            let active = active(shard, t);
            if active == lanes {
                self.hidden_step(theta, lanes, joined, sums, h);
            } else {
                let (w, b) = theta[..self.hidden_len()].split_at((self.inputs + self.units) * self.units);
                let joined = View::with_strides(joined, active, self.inputs + self.units, 1, lanes);
                kernels::gemm(joined, View::new(w, self.inputs + self.units, self.units), Onto::Bias(b), sums, lanes);
                clear_rest(sums, lanes, active);
                self.activation.forward(sums, h);
            }
            if shortest <= t {
                // Whatever stands in a lane after its sequence is over, its state stays, and stays finite.
                freeze(shard, t, &joined[input..], h);
            }
            let y = block_mut(tape.y, t, outputs);
            let outs = if tape.outs.is_empty() { &mut [] } else { block_mut(tape.outs, t, outputs) };
            self.output_step(theta, lanes, h, outs, y);
            sum += self.loss.gradient(&now, y, block_mut(tape.dy, t, outputs));
        }
        kept.context.copy_from_slice(&block(tape.joined, steps, width)[input..]);
        sum
    }

    /// `a = W [x | h'] + b`, `h = f(a)`.
    pub(crate) fn hidden_step<F: Scalar>(&self, theta: &[F], lanes: usize, joined: &[F], sums: &mut [F], h: &mut [F]) {
        let (w, b) = theta[..self.hidden_len()].split_at((self.inputs + self.units) * self.units);
        nn_core::linalg::forward(lanes, joined, w, b, sums);
        self.activation.forward(sums, h);
    }

    /// `o = V h + c`, `y = g(o)`; `outs` is empty where g is the identity.
    pub(crate) fn output_step<F: Scalar>(&self, theta: &[F], lanes: usize, h: &[F], outs: &mut [F], y: &mut [F]) {
        let (v, c) = theta[self.hidden_len()..].split_at(self.units * self.outputs);
        if outs.is_empty() {
            return nn_core::linalg::forward(lanes, h, v, c, y);
        }
        nn_core::linalg::forward(lanes, h, v, c, outs);
        self.output_activation.forward(outs, y);
    }

    /// The output layer backwards, at every step: its gradient, and `e_t`.
    fn output_back<F: Scalar>(&self, theta: &[F], shard: &Shard<'_, F>, tape: &mut Tape<'_, F>, grad: &mut [F]) {
        let lanes = shard.lanes;
        let (input, width, units, outputs) =
            (lanes * self.inputs, lanes * (self.inputs + self.units), lanes * self.units, lanes * self.outputs);
        let layer = self.output();
        let theta = &theta[self.hidden_len()..];
        if lanes == 1 && tape.outs.is_empty() {
            // Of one sequence the steps lie side by side, and each product takes all of them.
            let (steps, dy) = (shard.steps, View::new(tape.dy, self.outputs, shard.steps));
            let (dv, dc) = grad.split_at_mut(self.units * self.outputs);
            let h = View::with_strides(&tape.joined[width + input..], self.units, steps, 1, width);
            kernels::gemm(h, dy.transposed(), Onto::Old, dv, self.units);
            tape.dy.chunks_exact(outputs).for_each(|dy| kernels::axpy(F::ONE, dy, dc));
            let v = View::new(&theta[..self.units * self.outputs], self.units, self.outputs);
            return kernels::gemm(v, dy, Onto::Zero, tape.errors, self.units);
        }
        for t in 0..shard.steps {
            let y = block(tape.y, t, outputs);
            let mut dy = block(tape.dy, t, outputs);
            if !tape.outs.is_empty() {
                self.output_activation.backward(block(tape.outs, t, outputs), y, dy, tape.dout);
                dy = tape.dout;
            }
            let h = &block(tape.joined, t + 1, width)[input..];
            let point = Point { x: h, y, tape: &[], dy };
            layer.backward(theta, point, Some(block_mut(tape.errors, t, units)), grad, &mut shard.pass(false, &mut []));
        }
    }
}

/// Lanes that a product takes at step t: those whose sequence goes on, and what fills up the vectors. The longest come first where there
/// are more than the least lanes.
pub(crate) fn active<F>(shard: &Shard<'_, F>, t: usize) -> usize {
    if shard.lanes <= LEAST {
        return shard.lanes;
    }
    shard.lengths.partition_point(|&length| t < length as usize).next_multiple_of(LEAST).max(LEAST)
}

/// Zero in the lanes from `active` on.
pub(crate) fn clear_rest<F: Scalar>(block: &mut [F], lanes: usize, active: usize) {
    block.chunks_exact_mut(lanes).for_each(|column| column[active..].fill(F::ZERO));
}

/// Puts the state before into the lanes whose sequence is over at step t.
fn freeze<F: Scalar>(shard: &Shard<'_, F>, t: usize, before: &[F], h: &mut [F]) {
    for (lane, &length) in shard.lengths.iter().enumerate() {
        if length as usize <= t {
            for (h, before) in h[lane..].iter_mut().step_by(shard.lanes).zip(before[lane..].iter().step_by(shard.lanes))
            {
                *h = *before;
            }
        }
    }
}

/// The least lanes of a shard of several sequences.
pub(crate) const LEAST: usize = 16;
/// Above so many parameters each layer's work is spread instead of shards.
const LARGE: usize = 1 << 20;
/// Steps of an answer that are gathered at a time.
const STEPS_AT_ONCE: usize = 256;

impl<F: Scalar> Objective<F> for Recurrent {
    fn spans(&self) -> Vec<Span> {
        let hidden = Layer::<F>::spans(&self.hidden()).into_iter().map(|span| span.within("hidden", 0));
        let output = Layer::<F>::spans(&self.output()).into_iter();
        hidden.chain(output.map(|span| span.within("output", self.hidden_len()))).collect()
    }

    fn theta_len(&self) -> usize {
        self.hidden_len() + (self.units + 1) * self.outputs
    }

    fn targets(&self) -> usize {
        self.outputs
    }

    fn lanes(&self, samples: usize) -> usize {
        // The slopes of a state are a matrix, which takes the vectors alone.
        if samples == 1 || self.gradient == Gradient::Rtrl {
            1
        } else {
            samples.next_multiple_of(LEAST).min(MOST_LANES)
        }
    }

    fn cut(&self) -> Cut {
        if Objective::<F>::theta_len(self) < LARGE { Cut::Shards } else { Cut::Layers }
    }

    fn scratch_len(&self, lanes: usize, steps: usize) -> usize {
        let turned = if lanes == 1 { self.units * self.units } else { 0 };
        let sorted = if lanes <= LEAST { 0 } else { lanes * (steps * (self.inputs + self.outputs + 1) + self.units) };
        lanes * self.widths(steps).iter().sum::<usize>() + self.kept_len(lanes) + self.slopes_len() + turned + sorted
    }

    fn carry_len(&self, lanes: usize) -> usize {
        if self.keeps() { self.kept_len(lanes) } else { 0 }
    }

    fn piece(&self) -> usize {
        self.piece
    }

    fn loss(&self, at: At<'_, F>, shard: &Shard<'_, F>, carry: &mut [F], scratch: &mut [F]) -> Sum {
        let (mut tape, rest) = self.tape(shard.lanes, shard.steps, scratch);
        let (mut kept, rest) = self.kept(shard.lanes, carry, rest);
        self.longest_first(shard, &mut kept, rest, |shard, kept, _| self.forward(at.theta, shard, kept, &mut tape))
    }

    fn gradient(
        &self,
        at: At<'_, F>,
        shard: &Shard<'_, F>,
        sums: Sums<'_, F>,
        carry: &mut [F],
        scratch: &mut [F],
    ) -> Sum {
        let (mut tape, rest) = self.tape(shard.lanes, shard.steps, scratch);
        let (mut kept, rest) = self.kept(shard.lanes, carry, rest);
        let (hidden, output) = sums.gradient.split_at_mut(self.hidden_len());
        self.longest_first(shard, &mut kept, rest, |shard, kept, rest| {
            let sum = self.forward(at.theta, shard, kept, &mut tape);
            self.output_back(at.theta, shard, &mut tape, output);
            match self.gradient {
                Gradient::CopyBack => self.copy_back(shard, &mut tape, hidden),
                Gradient::Truncated => self.truncated(at.theta, shard, &mut tape, rest, hidden),
                Gradient::Full => self.through_time(at.theta, shard, &mut tape, rest, hidden),
                Gradient::Rtrl => self.real_time(at.theta, &mut tape, kept.slopes, rest, hidden),
            }
            sum
        })
    }
}

impl<F: Scalar> Answering<F> for Recurrent {
    const SEQUENCES: bool = true;

    fn inputs(&self) -> usize {
        self.inputs
    }

    fn outputs(&self) -> usize {
        self.outputs
    }

    fn judge(&self) -> Loss {
        self.loss
    }

    /// Sequences lie side by side in lanes; one alone has its features there.
    fn answer(&self, theta: &[F], samples: &Samples<'_, F>, answers: &mut [F]) {
        self.run(theta, samples, self.outputs, answers, |shard, t, _, y, of_step| {
            let y = &mut y[..shard.lanes * self.outputs];
            self.loss.answer(shard.lanes, y);
            of_step(t, y);
        });
    }
}

impl Recurrent {
    /// The states to every sample.
    ///
    /// # Shapes
    /// `states`: units × samples.
    pub(crate) fn states<F: Scalar>(&self, theta: &[F], samples: &Samples<'_, F>, states: &mut [F]) {
        self.run(theta, samples, self.units, states, |_, t, h, _, of_step| of_step(t, h));
    }

    /// Runs through all sequences and writes for each of their steps what `told` hands on, of so many `rows`: it is given the
    /// shard, the step, the state and the outputs.
    fn run<F: Scalar>(
        &self,
        theta: &[F],
        samples: &Samples<'_, F>,
        rows: usize,
        answers: &mut [F],
        told: impl Fn(&Shard<'_, F>, usize, &[F], &mut [F], &mut dyn FnMut(usize, &[F])) + Sync,
    ) {
        let count = samples.len();
        let lanes = if count == 1 { 1 } else { count.next_multiple_of(16).min(MOST_LANES) };
        let cost = samples.data().samples() * Objective::<F>::theta_len(self);
        // A run of whole shards each, whose answers lie side by side.
        let mut parts = Vec::new();
        let mut rest = answers;
        for first in (0..count).step_by(lanes) {
            let end = count.min(first + lanes);
            let columns = samples.steps_of(first).start..samples.steps_of(end - 1).end;
            let (part, tail) = rest.split_at_mut(columns.len() * rows);
            rest = tail;
            parts.push((first..end, columns.start, part));
        }
        side_by_side_for(cost, &mut parts, |_, (items, column, answers)| {
            let mut state = vec![F::from_f64(self.start); lanes * self.units];
            let mut joined = vec![F::ZERO; lanes * (self.inputs + self.units)];
            let (mut sums, mut h) = (state.clone(), state.clone());
            let mut y = vec![F::ZERO; lanes * self.outputs];
            let mut outs = if self.output_activation == Activation::Identity { Vec::new() } else { y.clone() };
            samples.read(items.clone(), lanes, STEPS_AT_ONCE, |shard, items| {
                for t in 0..shard.steps {
                    let (x, context) = joined.split_at_mut(lanes * self.inputs);
                    x.copy_from_slice(shard.step(t).x);
                    context.copy_from_slice(&state);
                    self.hidden_step(theta, lanes, &joined, &mut sums, &mut h);
                    freeze(shard, t, &state, &mut h);
                    state.copy_from_slice(&h);
                    self.output_step(theta, lanes, &h, &mut outs, &mut y);
                    told(shard, t, &h, &mut y, &mut |t, numbers| {
                        for (lane, &item) in items.iter().enumerate() {
                            if t < shard.lengths[lane] as usize {
                                let at = samples.steps_of(item as usize).start + shard.from + t - *column;
                                let own = numbers[lane..].iter().step_by(lanes);
                                answers[at * rows..][..rows]
                                    .iter_mut()
                                    .zip(own)
                                    .for_each(|(answer, number)| *answer = *number);
                            }
                        }
                    });
                }
            });
        });
    }
}
