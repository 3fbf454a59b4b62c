//! Samples as the rule reads them: one after another, scaled, in any order.

use super::separability::Separability;
use nn_core::{Dataset, Result, Scalar, Scaler, Target};

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
        let weighs = |weights: &[F]| weights.iter().filter(|&&weight| F::ZERO < weight).count();
        self.data.sample_weights().map_or(self.len(), weighs)
    }

    /// Whether all that weigh something weigh the same.
    pub(super) fn weigh_alike(&self) -> bool {
        let mut weights = self.data.sample_weights().unwrap_or_default().iter().filter(|&&weight| F::ZERO < weight);
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
        self.data.sample_weights().map_or(F::ONE, |weights| weights[sample as usize])
    }

    /// Whether these samples, scaled as they are, can be parted.
    ///
    /// # Errors
    /// Those of [`Separability::of`].
    pub(super) fn separability(&self) -> Result<Separability> {
        let Some(scaler) = self.scaler else { return Separability::of(&self.data) };
        let mut x = self.data.x().to_vec();
        scaler.apply(&mut x);
        Separability::of(&self.data.with_x(&x))
    }
}
