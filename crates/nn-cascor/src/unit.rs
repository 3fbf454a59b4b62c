//! What a hidden unit makes of the sum of its inputs.

use nn_core::kernels::{exp_of_minus, sigmoid};
use nn_core::{Activation, Scalar};

nn_core::choices! {
    /// What a hidden unit makes of the sum s of its inputs.
    pub enum HiddenUnit {
        /// `1 / (1 + e^-s) - 1/2`, as published: from -1/2 to 1/2; `f' = 1/4 - f^2`.
        Sigmoid = "sigmoid",
        /// `tanh s`, from -1 to 1; `f' = 1 - f^2`.
        Tanh = "tanh",
        /// `e^(-s^2 / 2)`, a ridge across its weights, from 0 to 1; `f' = -s f`.
        Gaussian = "gaussian",
    }
}

impl HiddenUnit {
    /// `v = f(s)`, one number after another.
    ///
    /// # Shapes
    /// `s` and `v` are as long.
    pub(crate) fn forward<F: Scalar>(self, s: &[F], v: &mut [F]) {
        let half = F::from_f64(0.5);
        match self {
            Self::Sigmoid => {
                v.copy_from_slice(s);
                sigmoid(v);
                v.iter_mut().for_each(|v| *v -= half);
            }
            Self::Tanh => Activation::Tanh.forward(s, v),
            Self::Gaussian => {
                let halves: Vec<F> = s.iter().map(|&s| half * s * s).collect();
                exp_of_minus(&halves, v);
            }
        }
    }

    /// `d *= f'(s)`, given `v = f(s)`.
    ///
    /// # Shapes
    /// All are as long.
    pub(crate) fn backward<F: Scalar>(self, s: &[F], v: &[F], d: &mut [F]) {
        let quarter = F::from_f64(0.25);
        let all = d.iter_mut().zip(s.iter().zip(v));
        match self {
            Self::Sigmoid => all.for_each(|(d, (_, &v))| *d *= quarter - v * v),
            Self::Tanh => all.for_each(|(d, (_, &v))| *d *= F::ONE - v * v),
            Self::Gaussian => all.for_each(|(d, (&s, &v))| *d *= -(s * v)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slopes_are_those_of_the_functions() {
        let s: Vec<f64> = (-12..=12).map(|i| f64::from(i) / 3.0).collect();
        for &unit in HiddenUnit::ALL {
            let at = |s: &[f64]| {
                let mut v = vec![0.0; s.len()];
                unit.forward(s, &mut v);
                v
            };
            let moved = |h: f64| at(&s.iter().map(|s| s + h).collect::<Vec<_>>());
            let mut slope = vec![1.0; s.len()];
            unit.backward(&s, &at(&s), &mut slope);
            for ((slope, up), down) in slope.iter().zip(moved(1e-5)).zip(moved(-1e-5)) {
                assert!((slope - (up - down) / 2e-5).abs() < 1e-9, "{unit}: {slope}");
            }
        }
    }

    #[test]
    fn values_are_those_of_the_paper() {
        let mut v = [0.0_f64; 3];
        HiddenUnit::Sigmoid.forward(&[0.0, 1.0, -40.0], &mut v);
        assert!(v[0] == 0.0 && (v[1] - 0.231_058_578_630_005).abs() < 1e-14 && (v[2] + 0.5).abs() < 1e-14);
        HiddenUnit::Gaussian.forward(&[0.0, 1.0, -40.0], &mut v);
        assert!(v[0] == 1.0 && (v[1] - 0.606_530_659_712_633).abs() < 1e-14 && v[2] < 1e-300);
    }
}
