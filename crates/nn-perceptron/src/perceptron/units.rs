//! The threshold units: where their weights stand, what they sum, and how a mistake moves them.

use super::columns::Columns;
use nn_core::metrics::largest;
use nn_core::{Role, Scalar, Span, kernels};

/// Samples whose sums are taken at a time.
const BLOCK: usize = 64;

/// How many units there are, and where their weights stand in theta: `[W features × units | biases]`, column-major.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Units {
    pub(super) features: usize,
    pub(super) classes: usize,
}

impl Units {
    /// One threshold unit tells two classes apart; more classes have one each.
    pub(super) fn count(self) -> usize {
        if self.classes <= 2 { 1 } else { self.classes }
    }

    pub(super) fn theta_len(self) -> usize {
        (self.features + 1) * self.count()
    }

    pub(super) fn spans(self) -> [Span; 2] {
        let weights = self.features * self.count();
        [
            Span::new("weight", 0, &[self.count(), self.features], Role::Weight),
            Span::new("bias", weights, &[self.count()], Role::Bias),
        ]
    }

    /// W and the biases.
    fn parts<F>(self, theta: &[F]) -> (&[F], &[F]) {
        theta.split_at(self.features * self.count())
    }

    /// The sum of each unit for samples that lie one after another in `x`; `sums`: units × samples.
    pub(super) fn sums<F: Scalar>(self, theta: &[F], x: &[F], sums: &mut [F]) {
        let (w, b) = self.parts(theta);
        if self.count() == 1 {
            // The samples as the columns of a matrix: so w is read once for several of them.
            kernels::gemv_t(x, w, kernels::Onto::Zero, sums);
            sums.iter_mut().for_each(|sum| *sum += b[0]);
        } else {
            for (x, sums) in x.chunks(self.features).zip(sums.chunks_mut(self.count())) {
                kernels::gemv_t(w, x, kernels::Onto::Zero, sums);
                sums.iter_mut().zip(b).for_each(|(sum, &b)| *sum += b);
            }
        }
    }

    /// The sums for all samples, block by block: calls `see` with the index of the first sample of each.
    pub(super) fn sums_of_all<F: Scalar>(
        self,
        theta: &[F],
        samples: &mut Columns<'_, F>,
        mut see: impl FnMut(usize, &[F]),
    ) {
        let all = samples.len();
        let mut sums = vec![F::ZERO; BLOCK.min(all) * self.count()];
        for first in (0..all).step_by(BLOCK) {
            let count = BLOCK.min(all - first);
            let sums = &mut sums[..count * self.count()];
            self.sums(theta, samples.run(first, count), sums);
            see(first, sums);
        }
    }

    /// What these weights get right and wrong of all samples.
    pub(super) fn score<F: Scalar>(self, theta: &[F], samples: &mut Columns<'_, F>) -> Score {
        let mut answers = Vec::with_capacity(samples.len());
        self.sums_of_all(theta, samples, |_, sums| {
            answers.extend(sums.chunks(self.count()).map(|sums| self.class(sums)));
        });
        let mut score = Score { right: 0.0, wrong: 0.0 };
        for (sample, answer) in (0..).zip(answers) {
            let right = answer == samples.label(sample);
            *(if right { &mut score.right } else { &mut score.wrong }) += samples.weight(sample).to_f64();
        }
        score
    }

    /// The class that these sums tell: of a single unit the step, which is 1 at 0; of several the largest.
    pub(super) fn class<F: Scalar>(self, sums: &[F]) -> u32 {
        if self.count() == 1 { u32::from(F::ZERO <= sums[0]) } else { largest(sums) }
    }

    /// Corrects the answer to a sample x of class `label`: the unit of the class moves by `step x`, that of the answer by
    /// `-step x`; a single unit by the one or the other.
    pub(super) fn correct<F: Scalar>(self, theta: &mut [F], x: &[F], step: F, label: u32, answer: u32) {
        let (w, b) = theta.split_at_mut(self.features * self.count());
        let mut shift = |unit: usize, step: F| {
            kernels::axpy(step, x, &mut w[unit * self.features..][..self.features]);
            b[unit] += step;
        };
        if self.count() == 1 {
            shift(0, if label == 1 { step } else { -step });
        } else {
            shift(label as usize, step);
            shift(answer as usize, -step);
        }
    }
}

/// What weights get right and wrong, each sample by its weight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Score {
    pub(super) right: f64,
    wrong: f64,
}

impl Score {
    /// The share that is wrong.
    pub(super) fn error_rate(self) -> f64 {
        self.wrong / (self.right + self.wrong)
    }
}
