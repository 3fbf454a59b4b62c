//! How far an error is followed back in time: four gradients of the hidden layer, so that they can be compared on one task.
//!
//! `e_t` is what the outputs of step t ask of the state `h_t`, `f'_t` the slope of the units, U the columns of W that meet the
//! context.
//!
//! | gradient | the weights of the hidden layer see | time of T steps, H units |
//! |---|---|---|
//! | copy-back | `delta_t = f'_t e_t`: the context is an input like any other, and was not made by these weights | T H^2 |
//! | truncated | `e_t` followed back through the last `window` steps | T window H^2 |
//! | full | `delta_t = f'_t (e_t + U^T delta_(t+1))`: all the way to the beginning | T H^2 |
//! | rtrl | the same number, without going back: `P_t = dh_t/dW` is taken along forwards | T H^4 |
//!
//! In each of the first three `dW += delta_t [x_t | h_(t-1)]^T`, summed over the steps. Within a shard the weights stand still, so
//! that the last two are one gradient; where training takes a step after each piece of a sequence, back-propagation ends where the
//! piece begins, and the slopes of real-time recurrent learning go on, with the weights as they then are.
//!
//! Elman 1990 (copy-back); Werbos, Backpropagation through time, 1990 (full); Williams and Peng, An efficient gradient-based algorithm
//! for on-line training of recurrent network trajectories, 1990 (truncated, their BPTT(h)); Williams and Zipser, A learning algorithm
//! for continually running fully recurrent neural networks, 1989 (rtrl, eq. 8 to 10).

use crate::recurrent::{LEAST, Recurrent, Tape, active, block, block_mut, clear_rest};
use nn_core::kernels::{self, Onto, View};
use nn_core::{Scalar, Shard, linalg};

nn_core::choices! {
    /// How far an error is followed back in time. With `e_t = V^T (g'(o_t) dL/dy_t)` the error that reaches the hidden units in step
    /// t, f' their slope and U the weights of the context:
    pub enum Gradient {
        /// Not at all: `delta_t = f'_t e_t`. The context is taken for an input, as Elman did (1990): the gradient of one step whose
        /// context is constant.
        CopyBack = "copy-back",
        /// Through the last `window` steps: 1 is copy-back, as many as the sequence has is full. Williams and Peng 1990.
        Truncated = "truncated",
        /// To the beginning of the sequence, or of its piece: back-propagation through time, `delta_t = f'_t (e_t + U^T
        /// delta_(t+1))`. Werbos 1990.
        Full = "full",
        /// The same forwards: real-time recurrent learning, which carries `dh_t/dW` on, so that slopes outlast the pieces of a
        /// sequence; a step costs units^4. Williams and Zipser 1989, eqs. 8 to 10.
        Rtrl = "rtrl",
    }
}

/// Lanes of so many steps together are enough terms for one product.
const TERMS_AT_ONCE: usize = 384;

impl Recurrent {
    /// `delta_t = f'_t e_t`.
    pub(crate) fn copy_back<F: Scalar>(&self, shard: &Shard<'_, F>, tape: &mut Tape<'_, F>, grad: &mut [F]) {
        let units = shard.lanes * self.units;
        for t in 0..tape.steps {
            let (errors, deltas) = (block(tape.errors, t, units), block_mut(tape.deltas, t, units));
            self.slope(shard.lanes, tape.sums, tape.joined, t, errors, deltas);
        }
        self.weights(shard, tape, grad);
    }

    /// `delta_t = f'_t (e_t + U^T delta_(t+1))`, from the last step to the first.
    pub(crate) fn through_time<F: Scalar>(
        &self,
        theta: &[F],
        shard: &Shard<'_, F>,
        tape: &mut Tape<'_, F>,
        scratch: &mut [F],
        grad: &mut [F],
    ) {
        let (lanes, units) = (shard.lanes, shard.lanes * self.units);
        let turned = self.turned(theta, lanes, scratch);
        for t in (0..tape.steps).rev() {
            let errors = block_mut(tape.errors, t, units);
            if t + 1 < tape.steps {
                let active = active(shard, t + 1);
                self.back(theta, turned, lanes, active, block(tape.deltas, t + 1, units), tape.djoined);
                kernels::axpy(F::ONE, &tape.djoined[lanes * self.inputs..], errors);
            }
            self.slope(lanes, tape.sums, tape.joined, t, errors, block_mut(tape.deltas, t, units));
        }
        self.weights(shard, tape, grad);
    }

    /// Each `e_t` by itself through the last `window` steps: `d = f'_t e_t`, then `d <- f'_s U^T d` for s = t - 1, t - 2, ...; the
    /// delta of a step is the sum of what comes by.
    pub(crate) fn truncated<F: Scalar>(
        &self,
        theta: &[F],
        shard: &Shard<'_, F>,
        tape: &mut Tape<'_, F>,
        scratch: &mut [F],
        grad: &mut [F],
    ) {
        let (lanes, units) = (shard.lanes, shard.lanes * self.units);
        let turned = self.turned(theta, lanes, scratch);
        tape.deltas.fill(F::ZERO);
        for t in 0..tape.steps {
            let begin = (t + 1).saturating_sub(self.window);
            self.slope(lanes, tape.sums, tape.joined, t, block(tape.errors, t, units), tape.dh);
            kernels::axpy(F::ONE, tape.dh, block_mut(tape.deltas, t, units));
            for s in (begin..t).rev() {
                self.back(theta, turned, lanes, active(shard, t), tape.dh, tape.djoined);
                self.slope(lanes, tape.sums, tape.joined, s, &tape.djoined[lanes * self.inputs..], tape.dh);
                kernels::axpy(F::ONE, tape.dh, block_mut(tape.deltas, s, units));
            }
        }
        self.weights(shard, tape, grad);
    }

    /// `P_t = f'_t (U P_(t-1) + [x_t | h_(t-1)] beside each unit's own weights)`, `dW += sum_k e_t,k P_t,k`.
    ///
    /// One lane. `slopes`: P, of each unit k the slopes of `h_k` by all weights and biases of the hidden layer, in the order of
    /// theta; unit after unit.
    pub(crate) fn real_time<F: Scalar>(
        &self,
        theta: &[F],
        tape: &mut Tape<'_, F>,
        slopes: &mut [F],
        scratch: &mut [F],
        grad: &mut [F],
    ) {
        let (units, width, len) = (self.units, self.inputs + self.units, self.hidden_len());
        // Column k holds the weights from the context to unit k.
        let context = View::with_strides(&theta[self.inputs..len], units, units, 1, width);
        let next = &mut scratch[..units * len];
        for t in 0..tape.steps {
            tape.dh.fill(F::ONE);
            self.slope(1, tape.sums, tape.joined, t, tape.dh, block_mut(tape.deltas, t, units));
            linalg::product(View::new(slopes, len, units), context, Onto::Zero, next);
            let (joined, slope) = (block(tape.joined, t, width), block(tape.deltas, t, units));
            for (k, (own, &slope)) in next.chunks_exact_mut(len).zip(slope).enumerate() {
                kernels::axpy(F::ONE, joined, &mut own[k * width..][..width]);
                own[units * width + k] += F::ONE;
                own.iter_mut().for_each(|p| *p *= slope);
            }
            slopes.copy_from_slice(next);
            kernels::gemv_n(slopes, block(tape.errors, t, units), grad);
        }
    }

    /// `f'_t d` into `delta`.
    fn slope<F: Scalar>(&self, lanes: usize, sums: &[F], joined: &[F], t: usize, d: &[F], delta: &mut [F]) {
        let (input, width, units) = (lanes * self.inputs, lanes * (self.inputs + self.units), lanes * self.units);
        let h = &block(joined, t + 1, width)[input..];
        self.activation.backward(block(sums, t, units), h, d, delta);
    }

    /// U, the columns of W that meet the context, turned over: of each unit of the context the weights that go out from it, side by side.
    /// For one lane alone, whose products read what lies side by side.
    fn turned<'s, F: Scalar>(&self, theta: &[F], lanes: usize, scratch: &'s mut [F]) -> &'s [F] {
        if lanes != 1 {
            return &[];
        }
        let (units, width) = (self.units, self.inputs + self.units);
        let turned = &mut scratch[..units * units];
        for (j, out) in turned.chunks_exact_mut(units).enumerate() {
            out.iter_mut().zip(theta.chunks_exact(width)).for_each(|(u, weights)| *u = weights[self.inputs + j]);
        }
        turned
    }

    /// `W^T delta`, of the first `active` lanes and 0 in the others: what a step asks of the state before it, behind what it asks of its
    /// inputs, which nobody reads.
    fn back<F: Scalar>(&self, theta: &[F], turned: &[F], lanes: usize, active: usize, delta: &[F], djoined: &mut [F]) {
        let width = self.inputs + self.units;
        if lanes == 1 {
            return kernels::gemv_t(turned, delta, Onto::Zero, &mut djoined[self.inputs..]);
        }
        // The weights from the context alone.
        let context = View::with_strides(&theta[self.inputs..width * self.units], self.units, self.units, 1, width);
        let delta = View::with_strides(delta, active, self.units, 1, lanes);
        let dh = &mut djoined[lanes * self.inputs..];
        kernels::gemm(delta, context.transposed(), Onto::Zero, dh, lanes);
        clear_rest(dh, lanes, active);
    }

    /// `dW += delta_t [x_t | h_(t-1)]^T`, over all steps.
    fn weights<F: Scalar>(&self, shard: &Shard<'_, F>, tape: &mut Tape<'_, F>, grad: &mut [F]) {
        let (lanes, width) = (shard.lanes, self.inputs + self.units);
        let (dw, db) = grad.split_at_mut(width * self.units);
        if lanes == 1 {
            // Of one sequence the steps lie side by side, and one product takes all of them.
            let joined = View::new(&tape.joined[..tape.steps * width], width, tape.steps);
            let deltas = View::new(&tape.deltas[..tape.steps * self.units], self.units, tape.steps);
            kernels::gemm(joined, deltas.transposed(), Onto::Old, dw, width);
            return tape.deltas.chunks_exact(self.units).for_each(|delta| kernels::axpy(F::ONE, delta, db));
        }
        // A few lanes are few terms for a gradient that is read and written, so that several steps are summed at once.
        let mut pairs: Vec<(View<'_, F>, View<'_, F>)> = Vec::with_capacity(TERMS_AT_ONCE / LEAST + 1);
        let mut terms = 0;
        for t in 0..tape.steps {
            let (joined, deltas) = (block(tape.joined, t, lanes * width), block(tape.deltas, t, lanes * self.units));
            let active = active(shard, t);
            let joined = View::with_strides(joined, active, width, 1, lanes).transposed();
            pairs.push((joined, View::with_strides(deltas, active, self.units, 1, lanes)));
            terms += active;
            kernels::sum_columns(deltas, lanes, db);
            if TERMS_AT_ONCE <= terms || t + 1 == tape.steps {
                linalg::product_sum(&pairs, Onto::Old, dw);
                pairs.clear();
                terms = 0;
            }
        }
    }
}
