//! Something to make small by moving theta: the one face that training sees of a network.

use crate::Scalar;
use crate::layer::{LANES_STEP, MOST_LANES, Pass, Span};
use crate::random::Key;
use crate::samples::Samples;

/// A loss over samples as a function of one vector theta, with its gradient.
///
/// Sums, never means: loss, weight and gradient of several shards are added, by the training loop, by several
/// threads, one day by several machines; whoever takes the step divides by the sum of the weights.
pub trait Objective<F: Scalar>: Sync {
    /// The parts of theta by name, in their order and without gaps.
    fn spans(&self) -> Vec<Span>;

    /// Length of theta.
    fn theta_len(&self) -> usize {
        self.spans().last().map_or(0, |span| span.range.end)
    }

    /// Target numbers a sample and step.
    fn targets(&self) -> usize;

    /// How many lanes a shard of `samples` has at best: 1, or a multiple of 16. More samples make more shards.
    fn lanes(&self, samples: usize) -> usize {
        samples.next_multiple_of(LANES_STEP).min(MOST_LANES)
    }

    /// How a batch is spread over threads.
    fn cut(&self) -> Cut {
        Cut::Shards
    }

    /// How much scratch `loss` and `gradient` need for a shard.
    fn scratch_len(&self, lanes: usize, steps: usize) -> usize;

    /// What each lane keeps from one batch to the next: persistent chains, context units. The training loop owns it
    /// and saves it in checkpoints; it is zero at first. The order of the numbers is the objective's own.
    fn carry_len(&self, _lanes: usize) -> usize {
        0
    }

    /// The steps of a sequence that a shard has at most: a longer one comes in pieces, one after another in the same lane, each
    /// with a step of training of its own. What goes on from piece to piece is [carried](Self::carry_len).
    fn piece(&self) -> usize {
        usize::MAX
    }

    /// How many numbers beside the gradient `gradient` adds up over the samples, for [`after_step`](Self::after_step).
    fn extra_len(&self) -> usize {
        0
    }

    /// How many running numbers there are: means that move with the steps, and are no part of theta.
    fn running_len(&self) -> usize {
        0
    }

    /// Loss and weight of a shard, summed over its lanes and steps.
    fn loss(&self, at: At<'_, F>, shard: &Shard<'_, F>, carry: &mut [F], scratch: &mut [F]) -> Sum;

    /// Loss and weight of a shard, and **adds** its gradient and extra sums to `sums`.
    fn gradient(
        &self,
        at: At<'_, F>,
        shard: &Shard<'_, F>,
        sums: Sums<'_, F>,
        carry: &mut [F],
        scratch: &mut [F],
    ) -> Sum;

    /// For losses that are half a sum of squares, `1/2 sum_j r_j^2` of each sample: the residuals r of the first lane, and
    /// their slopes. Gives back whether it is such a loss; Levenberg-Marquardt needs it.
    ///
    /// # Shapes
    /// `residuals`: targets. `slopes`: for each target theta's length, zero at first.
    fn residuals(
        &self,
        _at: At<'_, F>,
        _shard: &Shard<'_, F>,
        _residuals: &mut [F],
        _slopes: &mut [F],
        _scratch: &mut [F],
    ) -> bool {
        false
    }

    /// The diagonal of the Gauss-Newton matrix of the shard's loss, `sum_f (J^T f)_u^2` with J the slopes of the outputs by the
    /// connections u and the f those vectors whose `f f^T` add up to the curvature of the loss by the outputs; where connections
    /// share a parameter their numbers are added up. Weighted as the lanes are, summed over them and **added** to `diagonal`. It
    /// is an estimate with this mean, in which the shard's key is the chance. Gives back whether there is one; the diagonal rule
    /// needs it.
    ///
    /// LeCun, Bottou, Bengio and Haffner 1998, appendix C, eq. 23 to 25.
    ///
    /// # Shapes
    /// `diagonal`: as long as theta.
    fn curvature(&self, _at: At<'_, F>, _shard: &Shard<'_, F>, _diagonal: &mut [F], _scratch: &mut [F]) -> bool {
        false
    }

    /// After each step: moves the running numbers, given the extra sums of the batch and its weight. It may move theta too.
    fn after_step(&self, _theta: &mut [F], _running: &mut [F], _extra: &[F], _weight: f64) {}

    /// What else is measured after each epoch, by name and the same names in each: it goes to
    /// [`History::measures`](crate::History::measures).
    fn measures(&self, _at: At<'_, F>, _samples: &Samples<'_, F>) -> Vec<(&'static str, f64)> {
        Vec::new()
    }
}

/// Where an objective is evaluated.
#[derive(Clone, Copy, Debug)]
pub struct At<'a, F> {
    /// The parameters.
    pub theta: &'a [F],
    /// The running numbers.
    pub running: &'a [F],
}

/// What [`Objective::gradient`] adds to.
#[derive(Debug)]
pub struct Sums<'a, F> {
    /// Whether both are still zero: what the objective computes once may then be written instead of added.
    pub first: bool,
    /// dL/dtheta.
    pub gradient: &'a mut [F],
    /// The extra sums.
    pub extra: &'a mut [F],
}

/// Loss and weight, summed over samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    /// Sum of weight × loss.
    pub loss: f64,
    /// Sum of weights.
    pub weight: f64,
}

impl std::ops::AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.loss += other.loss;
        self.weight += other.weight;
    }
}

impl Sum {
    /// The mean loss; 0 where there is no weight.
    pub fn mean(&self) -> f64 {
        if self.weight == 0.0 { 0.0 } else { self.loss / self.weight }
    }
}

/// How a batch is spread over threads. It depends on the network alone, never on the number of threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Shards run side by side, each group of them with a gradient of its own; the gradients are added in fixed order.
    Shards,
    /// Shards run one after another into one gradient, and each layer spreads its own work: for networks so large
    /// that adding gradients would cost more than it saves.
    Layers,
}

/// Some samples, in lanes.
///
/// # Shapes
/// For each time step t a block of its own: x has steps × (lanes × inputs), target steps × (lanes × targets), each
/// block column-major; weights has steps × lanes. Where the samples are not sequences there is one step.
#[derive(Clone, Copy, Debug)]
pub struct Shard<'a, F> {
    /// Samples, or sequences, side by side: 1, or a multiple of 16.
    pub lanes: usize,
    /// Time steps of the longest sequence.
    pub steps: usize,
    /// Steps of the sequences that came before these, in shards of their own; see [`Objective::piece`].
    pub from: usize,
    /// Inputs. A lane that only fills up is zero.
    pub x: &'a [F],
    /// Targets, classes as one column each; or none.
    pub target: &'a [F],
    /// The weight of each lane and step; what only fills up weighs 0.
    pub weights: &'a [F],
    /// How many steps the sequence of each lane has; 0 for a lane that only fills up. A weight of 0 does not tell that
    /// a sequence is over: a step may count for nothing and still be one that the next depends on.
    pub lengths: &'a [u32],
    /// Where random numbers come from.
    pub key: Key,
    /// Whether this is a training step.
    pub training: bool,
}

impl<'a, F> Shard<'a, F> {
    /// The circumstances in which a layer sees this shard, with room for what lasts no longer than its call; `first` is
    /// that of [`Sums::first`], and no more than that where the layer is run more than once.
    pub fn pass<'s>(&self, first: bool, scratch: &'s mut [F]) -> Pass<'s, F>
    where
        'a: 's,
    {
        let Self { lanes, training, weights, key, .. } = *self;
        Pass { lanes, training, first, weights, key, scratch }
    }

    /// The time step `t` alone.
    ///
    /// # Shapes
    /// x: lanes × inputs, target: lanes × targets, weights: lanes.
    #[must_use]
    pub fn step(&self, t: usize) -> Self {
        let block = |all: &'a [F]| &all[t * (all.len() / self.steps)..][..all.len() / self.steps];
        Self { steps: 1, x: block(self.x), target: block(self.target), weights: block(self.weights), ..*self }
    }
}
