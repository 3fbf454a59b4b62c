//! Learning from examples: a network, and a loss that judges its outputs.

use crate::layer::{LANES_STEP, MOST_LANES};
use crate::objective::{At, Cut, Objective, Shard, Sum, Sums};
use crate::random::{Key, below};
use crate::samples::{Samples, ShardBuffers, WHOLE};
use crate::{Chain, Layer, Loss, Point, Scalar, Span, kernels, threads};
use rand_chacha::ChaCha8Rng;

/// A network and a loss, learning from inputs and targets: multilayer perceptrons, convolutional nets, the
/// fine-tuning of deep belief nets.
#[derive(Clone, Debug)]
pub struct Supervised<F: Scalar> {
    /// The network.
    pub chain: Chain<F>,
    /// How its outputs are judged.
    pub loss: Loss,
}

/// Above so many parameters it is cheaper to spread each layer's work than to add up several gradients; where weights are
/// shared, and gradients so are few beside the work, above more.
const LARGE: usize = 1 << 16;
const LARGE_SHARED: usize = 1 << 20;

impl<F: Scalar> Supervised<F> {
    /// Runs the network and leaves its outputs in y. Gives back tape, y, and the scratch that is left.
    fn forward<'s>(
        &self,
        theta: &[F],
        shard: &Shard<'_, F>,
        scratch: &'s mut [F],
    ) -> (&'s mut [F], &'s mut [F], &'s mut [F]) {
        let lanes = shard.lanes;
        let (tape, rest) = scratch.split_at_mut(self.chain.tape_len(lanes));
        let (y, rest) = rest.split_at_mut(lanes * self.chain.outputs());
        self.chain.forward(theta, shard.x, y, tape, &mut shard.pass(false, rest));
        (tape, y, rest)
    }
}

/// The places of a shard's samples among its answers; no shard has more.
const PLACES: [u32; MOST_LANES] = {
    let mut places = [0; MOST_LANES];
    let mut place = 0;
    while place < places.len() {
        places[place] = place as u32;
        place += 1;
    }
    places
};

impl<F: Scalar> Supervised<F> {
    /// What the network answers to every sample, as [`Loss::answer`] tells it.
    ///
    /// # Shapes
    /// `answers`: outputs × samples.
    pub fn answer(&self, theta: &[F], samples: &Samples<'_, F>, answers: &mut [F]) {
        let outputs = self.chain.outputs();
        let cost = samples.len() * self.chain.connections();
        threads::enter_for(cost, || {
            threads::for_columns(answers, outputs, self.chain.lanes(), cost, |first, answers| {
                self.answer_run(theta, samples, first as u32, answers);
            });
        });
    }

    /// The answers to the samples from `first` on, shard after shard.
    fn answer_run(&self, theta: &[F], samples: &Samples<'_, F>, first: u32, answers: &mut [F]) {
        let outputs = self.chain.outputs();
        // One sample alone is summed in another order, so it is taken that way only where it is the whole question.
        let lanes_for = |count: usize| if samples.len() == 1 { self.lanes(1) } else { self.lanes(count.max(2)) };
        let most = lanes_for(answers.len() / outputs).min(PLACES.len());
        let mut buffers = ShardBuffers::default();
        F::with_scratch(|scratch| {
            let scratch = scratch.get(self.scratch_len(most, 1));
            for (from, answers) in (first..).step_by(most).zip(answers.chunks_mut(most * outputs)) {
                let places = &PLACES[..answers.len() / outputs];
                let lanes = lanes_for(places.len());
                let mut units = [0; PLACES.len()];
                units.iter_mut().zip(places).for_each(|(unit, place)| *unit = from + place);
                samples.gather(&units[..places.len()], lanes, WHOLE, &mut buffers);
                let (_, y, _) = self.forward(theta, &buffers.shard(Key::once(0), false), scratch);
                self.loss.answer(lanes, y);
                kernels::scatter(y, lanes, places, answers, outputs);
            }
        });
    }
}

impl<F: Scalar> Objective<F> for Supervised<F> {
    fn spans(&self) -> Vec<Span> {
        self.chain.spans()
    }

    fn theta_len(&self) -> usize {
        self.chain.theta_len()
    }

    fn targets(&self) -> usize {
        self.chain.outputs()
    }

    fn lanes(&self, samples: usize) -> usize {
        if samples == 1 && self.chain.takes_one_lane() {
            1
        } else {
            samples.next_multiple_of(LANES_STEP).min(self.chain.lanes())
        }
    }

    fn cut(&self) -> Cut {
        let (parameters, connections) = (self.theta_len(), self.chain.connections());
        let large = if 2 * parameters <= connections { LARGE_SHARED } else { LARGE };
        if parameters < large { Cut::Shards } else { Cut::Layers }
    }

    fn scratch_len(&self, lanes: usize, _steps: usize) -> usize {
        let between = lanes * self.chain.widest_between();
        self.chain.tape_len(lanes) + 3 * lanes * self.chain.outputs() + between + self.chain.scratch_len(lanes)
    }

    fn loss(&self, at: At<'_, F>, shard: &Shard<'_, F>, _carry: &mut [F], scratch: &mut [F]) -> Sum {
        let (_, y, rest) = self.forward(at.theta, shard, scratch);
        let (dy, _) = rest.split_at_mut(y.len());
        self.loss.gradient(shard, y, dy)
    }

    fn gradient(
        &self,
        at: At<'_, F>,
        shard: &Shard<'_, F>,
        sums: Sums<'_, F>,
        _carry: &mut [F],
        scratch: &mut [F],
    ) -> Sum {
        let (tape, y, rest) = self.forward(at.theta, shard, scratch);
        let (dy, rest) = rest.split_at_mut(y.len());
        let sum = self.loss.gradient(shard, y, dy);
        let point = Point { x: shard.x, y, tape, dy };
        self.chain.backward(at.theta, point, None, sums.gradient, &mut shard.pass(sums.first, rest));
        sum
    }

    /// One backward pass for each output, as if it alone had a slope, of 1.
    fn residuals(
        &self,
        at: At<'_, F>,
        shard: &Shard<'_, F>,
        residuals: &mut [F],
        slopes: &mut [F],
        scratch: &mut [F],
    ) -> bool {
        if self.loss != Loss::SquaredError {
            return false;
        }
        let (tape, y, rest) = self.forward(at.theta, shard, scratch);
        let (dy, rest) = rest.split_at_mut(y.len());
        for (output, (residual, slope)) in residuals.iter_mut().zip(slopes.chunks_mut(at.theta.len())).enumerate() {
            let first_lane = output * shard.lanes;
            *residual = y[first_lane] - shard.target[first_lane];
            dy.fill(F::ZERO);
            dy[first_lane] = F::ONE;
            let point = Point { x: shard.x, y, tape, dy };
            self.chain.backward(at.theta, point, None, slope, &mut shard.pass(true, rest));
        }
        true
    }

    /// One pass backwards: with a chance sign before each f, `(sum_f sign J^T f)_u^2` is `sum_f (J^T f)_u^2` on the average,
    /// the products of different f having no sign. How the last layer bends the loss by itself is `d_i` in its inputs i, so
    /// that `sqrt(d_i) e_i` are f as well.
    fn curvature(&self, at: At<'_, F>, shard: &Shard<'_, F>, diagonal: &mut [F], scratch: &mut [F]) -> bool {
        let (tape, y, rest) = self.forward(at.theta, shard, scratch);
        let (dy, rest) = rest.split_at_mut(y.len());
        let (probe, rest) = rest.split_at_mut(y.len());
        let (bend, rest) = rest.split_at_mut(shard.lanes * self.chain.widest_between());
        self.loss.gradient(shard, y, dy);
        let mut signs = shard.key.stream("curvature");
        if !self.loss.curvature_probe(shard.weights, y, &mut || sign(&mut signs), probe) {
            return false;
        }
        let point = Point { x: shard.x, y, tape, dy: probe };
        self.chain.curvature_with(at.theta, point, diagonal, &mut shard.pass(false, rest), |last, x, dx| {
            let bend = &mut bend[..dx.len()];
            bend.fill(F::ZERO);
            last.bend(x, dy, shard.lanes, bend);
            for (dx, bend) in dx.iter_mut().zip(bend).filter(|(_, bend)| F::ZERO < **bend) {
                *dx += F::from_f64(sign(&mut signs) * bend.to_f64().sqrt());
            }
        })
    }
}

/// 1 or -1, each as likely.
fn sign(stream: &mut ChaCha8Rng) -> f64 {
    if below(2, stream) == 0 { 1.0 } else { -1.0 }
}
