//! Samples as the rule reads them: one after another, scaled, in any order.

use super::separability::Separability;
use nn_core::{Dataset, Result, Scalar, Scaler, Target};
use std::hint::black_box;

/// Bytes of a cache line.
const CACHE_LINE: usize = 64;
/// Bytes that are fetched at a time: they stay in the second cache until they are used.
const FETCHED: usize = 1 << 18;
/// A set of fewer bytes is there from the last epoch.
const LARGE: usize = 1 << 21;

/// Samples one after another, scaled, in any order.
pub(super) struct Columns<'a, F: Scalar> {
    data: Dataset<'a, F>,
    scaler: Option<&'a Scaler<F>>,
    labels: &'a [u32],
    buffer: Vec<F>,
}

impl<'a, F: Scalar> Columns<'a, F> {
    pub(super) fn new(data: Dataset<'a, F>, scaler: Option<&'a Scaler<F>>) -> Self {
        let labels = match data.target() {
            Target::Labels { labels, .. } => labels,
            _ => &[],
        };
        Self { data, scaler, labels, buffer: Vec::new() }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.data.samples()
    }

    /// How many weigh something.
    pub(super) fn counted(&self) -> usize {
        self.data.counted().count()
    }

    /// Whether all that weigh something weigh the same.
    pub(super) fn weigh_alike(&self) -> bool {
        let mut weights = self.data.counted().map(|sample| self.data.weight(sample));
        let first = weights.next();
        weights.all(|weight| Some(weight) == first)
    }

    /// The class of a sample.
    pub(super) fn label(&self, sample: u32) -> u32 {
        self.labels[sample as usize]
    }

    /// The features of the samples from `first` on, as many as `count` says. Unscaled, nothing is copied.
    pub(super) fn run(&mut self, first: usize, count: usize) -> &[F] {
        let features = self.data.features();
        let x = &self.data.x()[first * features..][..count * features];
        if self.scaler.is_none() {
            return x;
        }
        self.buffer.clear();
        self.buffer.extend_from_slice(x);
        self.scaled()
    }

    /// Brings the samples from `first` on into the cache, where all of them do not fit; tells the one after the last.
    ///
    /// The rule turns off its way at each mistake, and what is then being read is waited for. Read beforehand and without a
    /// branch, a number a cache line, memory comes at its full speed: 100,000 samples of 100 features pass 1.6 times as fast.
    pub(super) fn fetch(&self, first: usize) -> usize {
        let x = self.data.x();
        if size_of_val(x) < LARGE {
            return self.len();
        }
        let count = (FETCHED / (self.data.features() * size_of::<F>())).max(1).min(self.len() - first);
        let x = &x[first * self.data.features()..][..count * self.data.features()];
        // Several sums, none of which waits for another.
        let mut sums = [F::ZERO; 8];
        let line = CACHE_LINE / size_of::<F>();
        for lines in x.chunks(sums.len() * line) {
            for (sum, line) in sums.iter_mut().zip(lines.chunks(line)) {
                *sum += line[0];
            }
        }
        // What is read for nothing would not be read at all.
        black_box(sums);
        first + count
    }

    /// The features of these samples.
    pub(super) fn get(&mut self, samples: &[u32]) -> &[F] {
        if let &[sample] = samples {
            return self.run(sample as usize, 1);
        }
        self.buffer.clear();
        for &sample in samples {
            self.buffer.extend_from_slice(self.data.sample(sample as usize));
        }
        self.scaled()
    }

    fn scaled(&mut self) -> &[F] {
        if let Some(scaler) = self.scaler {
            scaler.apply(&mut self.buffer);
        }
        &self.buffer
    }

    /// What a sample counts.
    pub(super) fn weight(&self, sample: u32) -> F {
        self.data.weight(sample as usize)
    }

    /// Whether these samples, scaled as they are, can be parted.
    ///
    /// # Errors
    /// Those of [`Separability::of`].
    pub(super) fn separability(&self) -> Result<Separability> {
        Separability::of(&self.data.with_x(&self.data.scaled(self.scaler)))
    }
}
