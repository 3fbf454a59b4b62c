//! How a batch is cut into shards, and the shards of a batch are spread over threads: by a rule that knows the batch and the
//! objective, never the number of threads.

use super::{State, Training};
use crate::kernels::Buffer;
use crate::objective::{At, Cut, Objective, Sum, Sums};
use crate::random::Key;
use crate::samples::{Samples, ShardBuffers};
use crate::{BatchSize, Scalar, kernels, threads};
use std::ops::Range;

/// The groups of a batch, and how it is cut into them.
pub(super) struct Groups<F> {
    pub(super) layout: Layout,
    groups: Vec<Group<F>>,
}

/// How a batch is cut. It depends on the objective and the batch alone, never on the number of threads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Items of a batch.
    pub(super) batch: usize,
    /// Lanes of a shard, but for the last one of a batch, which may have fewer.
    lanes: usize,
    shards_per_group: usize,
    groups: usize,
    /// What the lanes of a group keep from batch to batch.
    carry_per_group: usize,
}

/// Shards that add up into one gradient, one after another. The groups of a batch run side by side.
pub(super) struct Group<F> {
    buffers: ShardBuffers<F>,
    scratch: Buffer<F>,
    pub(super) gradient: Buffer<F>,
    /// Whether the gradient is zero, since whoever took it has cleared it.
    pub(super) is_clear: bool,
    pub(super) extra: Vec<F>,
    /// What the lanes of this group's shards keep from batch to batch.
    carry: Vec<F>,
    /// Whether a shard has added to the gradient.
    begun: bool,
    pub(super) sum: Sum,
}

/// More partial gradients than this cost more to add up than they save.
const MOST_GROUPS: usize = 16;

impl Layout {
    /// The layout for these samples, for which the state gets a carry, unless it has one.
    pub(super) fn new<F: Scalar>(
        objective: &impl Objective<F>,
        state: &mut State<F>,
        samples: &Samples<'_, F>,
        training: &Training,
    ) -> Self {
        let layout = Self::that_fits(objective, state, samples, training);
        if state.carry.len() != layout.carry() {
            // What lanes of another layout kept means nothing to these.
            state.carry = vec![F::ZERO; layout.carry()];
        }
        layout
    }

    /// Batches are no larger than there are samples, except where the state carries something from larger ones: a last,
    /// short part then meets what its lanes kept.
    fn that_fits<F: Scalar>(
        objective: &impl Objective<F>,
        state: &State<F>,
        samples: &Samples<'_, F>,
        training: &Training,
    ) -> Self {
        let count = match training.batch_size {
            BatchSize::Count(count) if !training.optimizer.is_minimiser() => count,
            _ => return Self::of(objective, samples.len()),
        };
        let whole = Self::of(objective, count.clamp(1, u32::MAX as usize));
        if !state.carry.is_empty() && state.carry.len() == whole.carry() {
            return whole;
        }
        Self::of(objective, count.clamp(1, samples.len()))
    }

    pub(super) fn of<F: Scalar>(objective: &impl Objective<F>, batch: usize) -> Self {
        let lanes = objective.lanes(batch);
        let shards = batch.div_ceil(lanes);
        let shards_per_group = match objective.cut() {
            Cut::Shards => shards.div_ceil(MOST_GROUPS),
            Cut::Layers => shards,
        };
        let groups = shards.div_ceil(shards_per_group);
        Self { batch, lanes, shards_per_group, groups, carry_per_group: shards_per_group * objective.carry_len(lanes) }
    }

    /// Length of the carry.
    pub(super) fn carry(&self) -> usize {
        self.groups * self.carry_per_group
    }
}

impl<F: Scalar> Groups<F> {
    /// Room for batches of this layout, whose lanes go on from `carry`.
    pub(super) fn new(objective: &impl Objective<F>, samples: &Samples<'_, F>, layout: Layout, carry: &[F]) -> Self {
        let len = layout.carry_per_group;
        let theta = objective.theta_len();
        let group = |index: usize| Group {
            gradient: Buffer::zeros(theta),
            extra: vec![F::ZERO; objective.extra_len()],
            carry: carry.get(index * len..(index + 1) * len).map_or_else(|| vec![F::ZERO; len], <[F]>::to_vec),
            ..Group::new(objective, samples, layout.lanes)
        };
        Self { layout, groups: (0..layout.groups).map(group).collect() }
    }

    /// The summed gradient of a batch, or of a piece of its sequences, left in the first group.
    #[expect(clippy::too_many_arguments, reason = "one step, and the training around it")]
    pub(super) fn sum(
        &mut self,
        objective: &impl Objective<F>,
        at: At<'_, F>,
        samples: &Samples<'_, F>,
        items: &[u32],
        piece: Range<usize>,
        key: Key,
        training: bool,
    ) -> &mut Group<F> {
        let Layout { lanes, shards_per_group: per_group, .. } = self.layout;
        let used = items.len().div_ceil(lanes * per_group).max(1);
        let groups = &mut self.groups[..used];
        threads::side_by_side(groups, |index, group| {
            group.clear();
            let first = index * per_group;
            let items = &items[first * lanes..items.len().min((first + per_group) * lanes)];
            for (shard, items) in items.chunks(lanes).enumerate() {
                if samples.steps(items) <= piece.start {
                    continue;
                }
                let key = Key { shard: (first + shard) as u64, ..key };
                group.gradient(objective, at, samples, items, piece.clone(), lanes, shard, key, training);
            }
        });
        let (total, others) = groups.split_at_mut(1);
        others.iter().for_each(|group| total[0].add(group));
        &mut total[0]
    }

    /// Hands over what the lanes keep.
    pub(super) fn give_carry(&self, carry: &mut [F]) {
        for (kept, group) in carry.chunks_mut(self.layout.carry_per_group.max(1)).zip(&self.groups) {
            kept.copy_from_slice(&group.carry);
        }
    }
}

impl<F: Scalar> Group<F> {
    /// Room for shards of these samples, without a gradient.
    pub(super) fn new(objective: &impl Objective<F>, samples: &Samples<'_, F>, lanes: usize) -> Self {
        let steps = samples.longest().min(objective.piece());
        let mut buffers = ShardBuffers::default();
        buffers.reserve(lanes, steps, samples.data().features(), objective.targets());
        Self {
            buffers,
            scratch: Buffer::zeros(objective.scratch_len(lanes, steps)),
            gradient: Buffer::new(),
            is_clear: true,
            extra: Vec::new(),
            carry: Vec::new(),
            begun: false,
            sum: Sum::default(),
        }
    }

    fn clear(&mut self) {
        if !self.is_clear {
            self.gradient.fill(F::ZERO);
        }
        self.is_clear = false;
        self.extra.fill(F::ZERO);
        self.begun = false;
        self.sum = Sum::default();
    }

    /// Adds the gradient of the `shard`-th shard of this group.
    #[expect(clippy::too_many_arguments, reason = "one shard of a step, and the step around it")]
    fn gradient(
        &mut self,
        objective: &impl Objective<F>,
        at: At<'_, F>,
        samples: &Samples<'_, F>,
        items: &[u32],
        piece: Range<usize>,
        lanes: usize,
        shard: usize,
        key: Key,
        training: bool,
    ) {
        let carry_len = objective.carry_len(lanes);
        // What a lane keeps stays in its lane, so a short shard has the same lanes then.
        let lanes = if carry_len == 0 { objective.lanes(items.len()) } else { lanes };
        samples.gather(items, lanes, piece, &mut self.buffers);
        // What is not read must be written: a shard before this one may have had no step in this piece.
        let first = !std::mem::replace(&mut self.begun, true);
        let sums = Sums { first, gradient: &mut self.gradient, extra: &mut self.extra };
        let carry = &mut self.carry[shard * carry_len..][..carry_len];
        self.sum += objective.gradient(at, &self.buffers.shard(key, training), sums, carry, &mut self.scratch);
    }

    /// Adds what the other group has found.
    fn add(&mut self, other: &Self) {
        kernels::axpy(F::ONE, &other.gradient, &mut self.gradient);
        kernels::axpy(F::ONE, &other.extra, &mut self.extra);
        self.sum += other.sum;
    }
}

/// The loss on some samples, again and again.
pub(super) struct Evaluation<'a, F: Scalar, O> {
    objective: &'a O,
    lanes: usize,
    groups: Vec<Group<F>>,
    items: Vec<u32>,
}

impl<'a, F: Scalar, O: Objective<F>> Evaluation<'a, F, O> {
    pub(super) fn new(objective: &'a O, samples: &Samples<'_, F>) -> Self {
        let lanes = objective.lanes(samples.len());
        let groups = samples.len().div_ceil(lanes).min(MOST_GROUPS);
        let group =
            |_| Group { carry: vec![F::ZERO; objective.carry_len(lanes)], ..Group::new(objective, samples, lanes) };
        let items = (0..samples.len() as u32).collect();
        Self { objective, lanes, groups: (0..groups).map(group).collect(), items }
    }

    pub(super) fn loss(&mut self, at: At<'_, F>, samples: &Samples<'_, F>) -> f64 {
        let (objective, lanes, items) = (self.objective, self.lanes, &self.items);
        let per_group = items.len().div_ceil(lanes).div_ceil(self.groups.len()) * lanes;
        threads::side_by_side(&mut self.groups, |index, group| {
            group.sum = Sum::default();
            let items = &items[items.len().min(index * per_group)..items.len().min((index + 1) * per_group)];
            for items in items.chunks(lanes) {
                group.carry.fill(F::ZERO);
                for piece in samples.pieces(items, objective.piece()) {
                    samples.gather(items, lanes, piece, &mut group.buffers);
                    let shard = group.buffers.shard(Key::once(0), false);
                    group.sum += objective.loss(at, &shard, &mut group.carry, &mut group.scratch);
                }
            }
        });
        let mut sum = Sum::default();
        self.groups.iter().for_each(|group| sum += group.sum);
        sum.mean()
    }
}
