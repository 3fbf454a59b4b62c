//! What the diagonal rule knows of the loss: how strongly each parameter bends it.

use crate::kernels::Buffer;
use crate::objective::{At, Objective};
use crate::random::{Key, shuffle};
use crate::samples::{Samples, ShardBuffers, WHOLE};
use crate::{Scalar, threads};

/// Samples that are looked at. LeCun, Bottou, Bengio and Haffner 1998, section III.
const SAMPLES: usize = 500;
/// Units of an epoch after which it is looked at again.
///
/// The paper does so once a pass. On a pass of 60,000 images the weights go far: LeNet-5 as printed then ended at 3 to 4 % of
/// test errors, with steps that had become too large for where it was.
const AGAIN: usize = 4096;

/// Whether the curvature is due before a batch of so many items, `seen` of the epoch being over.
pub(super) fn is_due(seen: usize, batch: usize) -> bool {
    seen == 0 || seen / AGAIN != seen.saturating_sub(batch) / AGAIN
}

/// Sums that are made side by side and added in their order, whatever the number of threads.
const PARTS: usize = 8;

/// The memory of the measurement, made once for a training.
pub(super) struct Curvature<F> {
    /// All samples, of which the first [`SAMPLES`] are taken.
    order: Vec<u32>,
    lanes: usize,
    parts: Vec<Part<F>>,
}

struct Part<F> {
    buffers: ShardBuffers<F>,
    scratch: Buffer<F>,
    sum: Vec<F>,
    weight: f64,
    is_told: bool,
}

impl<F: Scalar> Curvature<F> {
    /// Room for the measurement on `samples`.
    pub(super) fn new(objective: &impl Objective<F>, samples: &Samples<'_, F>) -> Self {
        let each = samples.len().min(SAMPLES).div_ceil(PARTS);
        let (lanes, steps) = (objective.lanes(each), samples.longest());
        let part = |_| {
            let mut buffers = ShardBuffers::default();
            buffers.reserve(lanes, steps, samples.data().features(), objective.targets());
            let scratch = Buffer::zeros(objective.scratch_len(lanes, steps));
            Part { buffers, scratch, sum: vec![F::ZERO; objective.theta_len()], weight: 0.0, is_told: true }
        };
        Self { order: (0..samples.len() as u32).collect(), lanes, parts: (0..PARTS).map(part).collect() }
    }

    /// The mean over some samples, drawn anew each time, of each parameter's own curvature into `diagonal`. Gives back
    /// whether the objective tells it.
    ///
    /// # Shapes
    /// `diagonal`: as long as theta.
    pub(super) fn measure(
        &mut self,
        objective: &impl Objective<F>,
        at: At<'_, F>,
        samples: &Samples<'_, F>,
        key: Key,
        diagonal: &mut [F],
    ) -> bool {
        self.order.iter_mut().zip(0..).for_each(|(item, index)| *item = index);
        shuffle(&mut self.order, &mut key.stream("curvature"));
        let (lanes, items) = (self.lanes, &self.order[..self.order.len().min(SAMPLES)]);
        let each = items.len().div_ceil(PARTS);
        threads::side_by_side(&mut self.parts, |index, part| {
            let (first, end) = (items.len().min(index * each), items.len().min((index + 1) * each));
            part.sum.fill(F::ZERO);
            part.weight = 0.0;
            for (shard, items) in items[first..end].chunks(lanes).enumerate() {
                samples.gather(items, lanes, WHOLE, &mut part.buffers);
                let key = Key { shard: (first + shard * lanes) as u64, ..key };
                let shard = part.buffers.shard(key, false);
                part.is_told &= objective.curvature(at, &shard, &mut part.sum, &mut part.scratch);
                part.weight += shard.weights.iter().map(|weight| weight.to_f64()).sum::<f64>();
            }
        });
        let weight: f64 = self.parts.iter().map(|part| part.weight).sum();
        diagonal.fill(F::ZERO);
        if 0.0 < weight {
            let share = F::from_f64(1.0 / weight);
            for part in &self.parts {
                diagonal.iter_mut().zip(&part.sum).for_each(|(h, &sum)| *h += share * sum);
            }
        }
        self.parts.iter().all(|part| part.is_told)
    }
}
