//! Dropout: units that are absent at random while a network learns.

use crate::kernels::random::fill_uniform;
use crate::layer::{Layer, Pass, Point};
use crate::{Error, Result, Scalar};

/// In training each unit is 0 with the probability r of the layer, and otherwise `1 / (1 - r)` times as strong, so that the
/// next layer meets the same sum in the mean. In answers it does nothing.
///
/// Srivastava and others, Dropout: a simple way to prevent neural networks from overfitting, 2014; here with the strength
/// set in training instead of afterwards (its section 10).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dropout {
    rate: f64,
    units: usize,
}

impl Dropout {
    /// So many units, each absent with the probability `rate`.
    ///
    /// # Errors
    /// [`Error::Param`] for a rate that is not from 0 to less than 1.
    pub fn new(rate: f64, units: usize) -> Result<Self> {
        if (0.0..1.0).contains(&rate) {
            Ok(Self { rate, units })
        } else {
            Err(Error::param("dropout", rate, "a number from 0 to less than 1"))
        }
    }
}

impl<F: Scalar> Layer<F> for Dropout {
    fn inputs(&self) -> usize {
        self.units
    }

    fn outputs(&self) -> usize {
        self.units
    }

    /// What each unit was multiplied by.
    fn tape_len(&self, lanes: usize) -> usize {
        lanes * self.units
    }

    fn forward(&self, _theta: &[F], x: &[F], y: &mut [F], tape: &mut [F], pass: &mut Pass<'_, F>) {
        if !pass.training {
            tape.fill(F::ONE);
            return y.copy_from_slice(x);
        }
        fill_uniform(&mut pass.key.stream("dropout"), tape);
        let (rate, strength) = (F::from_f64(self.rate), F::from_f64(1.0 / (1.0 - self.rate)));
        for ((y, &x), mask) in y.iter_mut().zip(x).zip(tape) {
            *mask = if *mask < rate { F::ZERO } else { strength };
            *y = x * *mask;
        }
    }

    fn backward(&self, _: &[F], at: Point<'_, F>, dx: Option<&mut [F]>, _: &mut [F], _: &mut Pass<'_, F>) {
        if let Some(dx) = dx {
            dx.iter_mut().zip(at.dy).zip(at.tape).for_each(|((dx, &dy), &mask)| *dx = dy * mask);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Key;
    use crate::testing::{forward, layer_gradient_error};

    fn outputs(rate: f64, training: bool) -> Vec<f64> {
        let layer = Dropout::new(rate, 100).unwrap();
        forward(&layer, &[], &[1.0; 1600], 16, training.then_some(Key::once(7)))
    }

    #[test]
    fn a_share_of_the_units_is_absent_and_the_mean_stays() {
        let y = outputs(0.25, true);
        let absent = y.iter().filter(|&&y| y == 0.0).count() as f64 / 1600.0;
        assert!((absent - 0.25).abs() < 0.05, "{absent}");
        assert!(y.iter().all(|&y| y == 0.0 || y == 1.0 / 0.75));
        assert!((y.iter().sum::<f64>() / 1600.0 - 1.0).abs() < 0.06);
    }

    #[test]
    fn an_answer_is_left_alone_and_a_rate_of_1_refused() {
        assert_eq!(outputs(0.25, false), vec![1.0; 1600]);
        assert!(Dropout::new(1.0, 3).is_err() && Dropout::new(f64::NAN, 3).is_err());
    }

    #[test]
    fn its_gradient_is_the_slope_under_the_mask() {
        assert!(layer_gradient_error(&Dropout::new(0.4, 5).unwrap(), 16) < 1e-6);
    }
}
