//! The samples as growth reads them: cut into blocks, in lanes, and with the values of frozen units kept, which no later step
//! changes.

use crate::cascade::Cascade;
use nn_core::{Samples, Scalar, Target, side_by_side_for};

/// Lanes of a block at most: a product takes so many rows of 64 bits where they lie.
const MOST_LANES: usize = 128;
/// Lanes of a block are a multiple of it.
const LANES_STEP: usize = 16;

/// Some samples side by side. What only fills up weighs 0.
#[derive(Clone, Debug)]
pub(crate) struct Block<F> {
    pub(crate) lanes: usize,
    /// Lanes.
    pub(crate) weights: Vec<F>,
    /// Lanes × (inputs + units), or lanes × inputs where units are computed again each time.
    values: Vec<F>,
    /// Lanes × outputs.
    pub(crate) targets: Vec<F>,
    /// Weight × error as candidates see it, lanes × outputs.
    pub(crate) residuals: Vec<F>,
    /// What the last pass has summed.
    pub(crate) slopes: Vec<F>,
    pub(crate) correlations: Vec<F>,
    pub(crate) judged: Judged,
}

/// What a pass of the outputs came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Judged {
    /// Weight × loss.
    pub(crate) loss: f64,
    /// Outputs that are not near enough to their targets.
    pub(crate) wrong: usize,
    /// Weight × error of each output, as candidates see it.
    pub(crate) errors: Vec<f64>,
    /// Weight × its square, over all outputs.
    pub(crate) squares: f64,
}

/// All samples.
#[derive(Clone, Debug)]
pub(crate) struct Blocks<F> {
    pub(crate) all: Vec<Block<F>>,
    /// What they weigh together.
    pub(crate) weight: f64,
    pub(crate) outputs: usize,
    /// Whether the values of units are kept.
    keeps: bool,
}

impl<F: Scalar> Blocks<F> {
    /// The samples as they are scaled, each of which weighs something, with the values of `units` that are in place.
    pub(crate) fn new(
        samples: &Samples<'_, F>,
        scaled: Scaled<'_, F>,
        outputs: usize,
        cascade: &Cascade,
        theta: &[F],
        keeps: bool,
    ) -> Self {
        let data = samples.data();
        let indices: Vec<usize> = data.counted().collect();
        let mut blocks = Self { all: Vec::new(), weight: 0.0, outputs, keeps };
        for part in indices.chunks(MOST_LANES) {
            let lanes = part.len().next_multiple_of(LANES_STEP);
            let mut block = Block {
                lanes,
                weights: vec![F::ZERO; lanes],
                values: vec![F::ZERO; lanes * data.features()],
                targets: vec![F::ZERO; lanes * outputs],
                residuals: vec![F::ZERO; lanes * outputs],
                slopes: Vec::new(),
                correlations: Vec::new(),
                judged: Judged::default(),
            };
            for (lane, &sample) in part.iter().enumerate() {
                block.weights[lane] = data.weight(sample);
                blocks.weight += data.weight(sample).to_f64();
                let x = &scaled.x[sample * data.features()..][..data.features()];
                for (feature, &x) in x.iter().enumerate() {
                    block.values[feature * lanes + lane] = x;
                }
                match data.target() {
                    Target::Labels { labels, .. } => {
                        // One output tells the second class of two.
                        let class = if outputs == 1 { 0 } else { labels[sample] as usize };
                        let on = if outputs == 1 { F::from_f64(f64::from(labels[sample])) } else { F::ONE };
                        block.targets[class * lanes + lane] = on;
                    }
                    _ => {
                        let targets = &scaled.targets[sample * outputs..][..outputs];
                        for (output, &target) in targets.iter().enumerate() {
                            block.targets[output * lanes + lane] = target;
                        }
                    }
                }
            }
            blocks.all.push(block);
        }
        for unit in 0..cascade.units.len() {
            blocks.keep(unit, cascade, theta);
        }
        blocks
    }

    /// Keeps the values of a unit that has just been put in place.
    pub(crate) fn keep(&mut self, unit: usize, cascade: &Cascade, theta: &[F]) {
        if !self.keeps {
            return;
        }
        self.visit(self.cost(cascade.inputs + unit), |block| {
            let before = block.lanes * (cascade.inputs + unit);
            block.values.resize(before + block.lanes, F::ZERO);
            let (values, value) = block.values.split_at_mut(before);
            F::with_scratch(|sums| {
                cascade.unit(unit, theta, block.lanes, values, sums.get(block.lanes), value);
            });
        });
    }

    /// Multiply-adds of a product of all values, so many a sample, with so many units together.
    pub(crate) fn cost(&self, numbers: usize) -> usize {
        self.all.len() * MOST_LANES * numbers
    }

    /// Calls `work` for each block, side by side. The cut into blocks follows from the samples alone.
    pub(crate) fn visit(&mut self, cost: usize, work: impl Fn(&mut Block<F>) + Sync) {
        side_by_side_for(cost, &mut self.all, |_, block| work(block));
    }

    /// The residuals of all blocks, one after another.
    pub(crate) fn residuals(&self) -> impl Iterator<Item = F> + '_ {
        self.all.iter().flat_map(|block| block.residuals.iter().copied())
    }

    /// How many these are.
    pub(crate) fn residuals_len(&self) -> usize {
        self.all.iter().map(|block| block.residuals.len()).sum()
    }

    /// Takes up what [`residuals`](Self::residuals) told.
    ///
    /// # Shapes
    /// `residuals`: [`residuals_len`](Self::residuals_len).
    pub(crate) fn take_residuals(&mut self, mut residuals: &[F]) {
        for block in &mut self.all {
            let (own, rest) = residuals.split_at(block.residuals.len());
            block.residuals.copy_from_slice(own);
            residuals = rest;
        }
    }

    /// The slopes of all blocks, added up in their order.
    pub(crate) fn slopes(&mut self) -> &mut [F] {
        add_up(&mut self.all, |block| &mut block.slopes)
    }

    /// Their correlations, likewise.
    pub(crate) fn correlations(&mut self) -> &[F] {
        add_up(&mut self.all, |block| &mut block.correlations)
    }
}

/// Inputs and quantities as they are scaled, sample after sample.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scaled<'a, F> {
    pub(crate) x: &'a [F],
    pub(crate) targets: &'a [F],
}

fn add_up<F: Scalar>(blocks: &mut [Block<F>], of: impl Fn(&mut Block<F>) -> &mut Vec<F>) -> &mut [F] {
    let Some((first, others)) = blocks.split_first_mut() else { return &mut [] };
    let sum = of(first);
    for other in others {
        sum.iter_mut().zip(&*of(other)).for_each(|(sum, &part)| *sum += part);
    }
    sum
}

impl<F: Scalar> Block<F> {
    /// Calls `work` with the block and the values of all inputs and units, kept or computed again: the same bits.
    ///
    /// # Shapes
    /// Lanes × (inputs + units).
    pub(crate) fn with_values(&mut self, cascade: &Cascade, theta: &[F], work: impl FnOnce(&mut Self, &[F])) {
        let lanes = self.lanes;
        let width = lanes * (cascade.inputs + cascade.units.len());
        let kept = std::mem::take(&mut self.values);
        if kept.len() == width {
            work(self, &kept);
        } else {
            F::with_scratch(|room| {
                let (values, sums) = room.get(width + lanes).split_at_mut(width);
                values[..kept.len()].copy_from_slice(&kept);
                for unit in 0..cascade.units.len() {
                    let (before, rest) = values.split_at_mut(lanes * (cascade.inputs + unit));
                    cascade.unit(unit, theta, lanes, before, sums, &mut rest[..lanes]);
                }
                work(self, values);
            });
        }
        self.values = kept;
    }
}
