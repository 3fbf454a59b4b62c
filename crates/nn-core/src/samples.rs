//! How training reads a data set: scaled, cut into shards, and turned so that samples lie in lanes.

use crate::kernels::{self, Affine, Buffer};
use crate::objective::Shard;
use crate::random::Key;
use crate::{Dataset, Scalar, Scaler, Target, threads};
use std::ops::Range;

/// Multiply-adds that take as long as gathering one number, most of whose lines come from memory.
const GATHERED: usize = 32;

/// All steps of a sequence.
pub(crate) const WHOLE: Range<usize> = 0..usize::MAX;

/// A data set as training reads it. An item of it is a sample, or a whole sequence where there are sequences.
#[derive(Clone, Copy, Debug)]
pub struct Samples<'a, F: Scalar> {
    data: Dataset<'a, F>,
    inputs: Option<&'a Scaler<F>>,
    targets: Option<&'a Scaler<F>>,
    target_rows: usize,
}

impl<'a, F: Scalar> Samples<'a, F> {
    /// `data` for an objective that has `targets` numbers a sample to learn.
    ///
    /// Classes become one column each; a single column takes two classes as 0 and 1.
    pub fn new(data: Dataset<'a, F>, targets: usize) -> Self {
        Self { data, inputs: None, targets: None, target_rows: targets }
    }

    /// With the inputs scaled while they are read.
    #[must_use]
    pub fn scaled(self, inputs: Option<&'a Scaler<F>>, targets: Option<&'a Scaler<F>>) -> Self {
        Self { inputs, targets, ..self }
    }

    /// The data behind it.
    pub fn data(&self) -> Dataset<'a, F> {
        self.data
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.data.items()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// First column and number of columns of an item.
    fn columns(&self, item: u32) -> (usize, usize) {
        let range = self.data.item(item as usize);
        (range.start, range.len())
    }

    /// The time steps of the longest of these items.
    pub(crate) fn steps(&self, items: &[u32]) -> usize {
        match self.data.starts() {
            None => items.len().min(1),
            Some(_) => items.iter().map(|&item| self.columns(item).1).max().unwrap_or(0),
        }
    }

    /// The steps of these items in pieces of so many, one after another.
    pub(crate) fn pieces(&self, items: &[u32], piece: usize) -> impl Iterator<Item = Range<usize>> + use<F> {
        let piece = piece.max(1);
        (0..self.steps(items)).step_by(piece).map(move |from| from..from.saturating_add(piece))
    }

    /// The time steps of the longest item of all.
    pub(crate) fn longest(&self) -> usize {
        (0..self.len()).map(|item| self.columns(item as u32).1).max().unwrap_or(0)
    }

    /// Gathers the steps `piece` of `items` into a shard of `lanes` lanes; the lanes and steps that are left over are zero and
    /// weigh nothing.
    pub(crate) fn gather(&self, items: &[u32], lanes: usize, piece: Range<usize>, buffers: &mut ShardBuffers<F>) {
        let from = piece.start;
        let steps = self.steps(items).min(piece.end).saturating_sub(from);
        buffers.shape(lanes, steps, self.data.features(), self.target_rows);
        buffers.from = from;
        for (length, &item) in buffers.lengths.iter_mut().zip(items) {
            *length = self.columns(item).1.saturating_sub(from).min(steps) as u32;
        }
        for t in 0..steps {
            buffers.columns.clear();
            buffers.columns.extend(items.iter().map(|&item| {
                let (first, len) = self.columns(item);
                // A sequence that is over stays at its last column, which is finite, and weighs nothing.
                (first + (from + t).min(len - 1)) as u32
            }));
            self.gather_step(t, lanes, buffers);
            for (lane, &item) in items.iter().enumerate() {
                let over = self.columns(item).1 <= from + t;
                buffers.weights[t * lanes + lane] = if over { F::ZERO } else { self.weight(buffers.columns[lane]) };
            }
        }
    }

    /// Hands these items to `see`, outside of training: in shards of at most `lanes` items, of each at most `piece` steps at a
    /// time, with the numbers of the shard's items. An objective that [answers](crate::Answering) reads them so.
    pub fn read(&self, items: Range<usize>, lanes: usize, piece: usize, mut see: impl FnMut(&Shard<'_, F>, &[u32])) {
        let mut buffers = ShardBuffers::default();
        let items: Vec<u32> = items.map(|item| item as u32).collect();
        for items in items.chunks(lanes) {
            for piece in self.pieces(items, piece) {
                self.gather(items, lanes, piece, &mut buffers);
                see(&buffers.shard(Key::once(0), false), items);
            }
        }
    }

    /// The samples that are the steps of an item.
    pub fn steps_of(&self, item: usize) -> Range<usize> {
        self.data.item(item)
    }

    fn weight(&self, column: u32) -> F {
        self.data.weight(column as usize)
    }

    fn gather_step(&self, t: usize, lanes: usize, buffers: &mut ShardBuffers<F>) {
        let ShardBuffers { x, target, columns, .. } = buffers;
        let features = self.data.features();
        let x = &mut x[t * lanes * features..][..lanes * features];
        let scaling = self.inputs.map(Scaler::affine);
        threads::for_columns(x, lanes, 16, x.len() * GATHERED, |first, x| {
            let range = first..first + x.len() / lanes;
            let scaling =
                scaling.map(|all| Affine { offset: &all.offset[range.clone()], scale: &all.scale[range.clone()] });
            kernels::gather(self.data.x().get(first..).unwrap_or(&[]), features, columns, scaling, lanes, x);
        });

        let target = &mut target[t * lanes * self.target_rows..][..lanes * self.target_rows];
        match self.data.target() {
            Target::Values { values, outputs } if self.target_rows == outputs => {
                kernels::gather(values, outputs, columns, self.targets.map(Scaler::affine), lanes, target);
            }
            Target::Labels { labels, .. } if 0 < self.target_rows => {
                target.fill(F::ZERO);
                for (lane, &column) in columns.iter().enumerate() {
                    let label = labels[column as usize];
                    match self.target_rows {
                        1 => target[lane] = F::from_f64(f64::from(label)),
                        _ => target[label as usize * lanes + lane] = F::ONE,
                    }
                }
            }
            _ => target.fill(F::ZERO),
        }
    }
}

/// The memory of one shard: made once, grown where a longer sequence comes, and used again.
#[derive(Debug, Default)]
pub(crate) struct ShardBuffers<F> {
    x: Buffer<F>,
    target: Buffer<F>,
    weights: Vec<F>,
    lengths: Vec<u32>,
    columns: Vec<u32>,
    lanes: usize,
    steps: usize,
    from: usize,
}

impl<F: Scalar> ShardBuffers<F> {
    fn shape(&mut self, lanes: usize, steps: usize, features: usize, targets: usize) {
        (self.lanes, self.steps) = (lanes, steps);
        self.x.get(steps * lanes * features);
        self.target.get(steps * lanes * targets);
        self.weights.clear();
        self.weights.resize(steps * lanes, F::ZERO);
        self.lengths.clear();
        self.lengths.resize(lanes, 0);
    }

    /// Room for a shard of this size, so that no step has to make it.
    pub(crate) fn reserve(&mut self, lanes: usize, steps: usize, features: usize, targets: usize) {
        self.shape(lanes, steps, features, targets);
        self.columns.reserve(lanes);
    }

    /// The shard that was gathered last.
    pub(crate) fn shard(&self, key: Key, training: bool) -> Shard<'_, F> {
        Shard {
            lanes: self.lanes,
            steps: self.steps,
            from: self.from,
            x: &self.x,
            target: &self.target,
            weights: &self.weights,
            lengths: &self.lengths,
            key,
            training,
        }
    }
}
