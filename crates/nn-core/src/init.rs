//! Where theta starts.

use crate::layer::{Role, Span};
use crate::linalg::norm;
use crate::random::{Key, normal};
use crate::{Scalar, kernels};

crate::choices! {
    /// The random numbers that weights start from.
    pub enum Init {
        /// 0: for a single layer, whose units need nothing to tell them apart.
        Zero = "zero",
        /// `U(0, 1)` for weights and thresholds, as the chapter has it; a bias, being a threshold with the other
        /// sign, lies in (-1, 0).
        Unit = "unit",
        /// `U(-a, a)` with `a = sqrt(6 / (inputs + outputs))`, biases 0. Glorot and Bengio 2010, eq. 16.
        Glorot = "glorot",
        /// `U(-a, a)` with `a = sqrt(6 / inputs)`, biases 0. He, Zhang, Ren and Sun 2015, eq. 10, as a uniform one.
        He = "he",
        /// `U(-a, a)` with `a = sqrt(3 / inputs)`, biases 0. LeCun, Bottou, Orr and Müller 1998, eq. 16, as a uniform one.
        LeCun = "lecun",
        /// `U(-a, a)` for weights and biases; a is the scale, 0.5 where none is given.
        Uniform = "uniform",
        /// `N(0, s^2)`, biases 0; s is the scale, 0.01 where none is given.
        Normal = "normal",
        /// For units with a sigmoid shape and inputs from -1 to 1: the weights of each unit point in a random direction and
        /// have the norm `a outputs^(1 / inputs)`, and its bias is from `U(-norm, norm)`, so that the steep parts of the
        /// units lie spread over the inputs; a is the scale, 0.7 where none is given. Nguyen and Widrow 1990.
        NguyenWidrow = "nguyen-widrow",
    }
}

impl Init {
    /// The scale that the start has where none is given; `None` where it has none.
    pub fn usual_scale(self) -> Option<f64> {
        match self {
            Self::Uniform => Some(0.5),
            Self::Normal => Some(0.01),
            Self::NguyenWidrow => Some(0.7),
            Self::Zero | Self::Unit | Self::Glorot | Self::He | Self::LeCun => None,
        }
    }

    /// Fills theta, span by span in their order, from the stream `init` of `key`.
    pub fn fill<F: Scalar>(self, spans: &[Span], theta: &mut [F], key: Key) {
        self.fill_scaled(None, spans, theta, key);
    }

    /// As [`fill`](Self::fill), with another scale than the usual one; a start without any leaves it unread.
    pub fn fill_scaled<F: Scalar>(self, scale: Option<f64>, spans: &[Span], theta: &mut [F], key: Key) {
        let mut stream = key.stream("init");
        let scale = scale.or(self.usual_scale()).unwrap_or(1.0);
        let mut length = 0.0;
        for span in spans {
            let part = &mut theta[span.range.clone()];
            let [inputs, outputs] = span.fans.map(|fan| fan as f64);
            let (low, high) = match (self, span.role) {
                (Self::Unit, Role::Weight) => (0.0, 1.0),
                (Self::Unit, Role::Bias) => (-1.0, 0.0),
                (Self::Zero, _) | (Self::Normal, Role::Bias) => (0.0, 0.0),
                (Self::Glorot | Self::He | Self::LeCun, Role::Bias) => (0.0, 0.0),
                (Self::Glorot, Role::Weight) => symmetric(6.0 / (inputs + outputs)),
                (Self::He, Role::Weight) => symmetric(6.0 / inputs),
                (Self::LeCun, Role::Weight) => symmetric(3.0 / inputs),
                (Self::Uniform, _) => (-scale, scale),
                // The biases of a layer follow its weights.
                (Self::NguyenWidrow, Role::Bias) => (-length, length),
                (Self::NguyenWidrow, Role::Weight) => (-1.0, 1.0),
                (Self::Normal, Role::Weight) => {
                    part.iter_mut().for_each(|value| *value = F::from_f64(scale * normal(&mut stream)));
                    continue;
                }
            };
            kernels::random::fill_uniform(&mut stream, part);
            let (low, width) = (F::from_f64(low), F::from_f64(high - low));
            for value in part {
                *value = low + width * *value;
            }
            if self == Self::NguyenWidrow && span.role == Role::Weight {
                length = scale * outputs.powf(1.0 / inputs.max(1.0));
                let part = &mut theta[span.range.clone()];
                part.chunks_mut((inputs as usize).max(1)).for_each(|weights| stretch(weights, length));
            }
        }
    }
}

/// The uniform distribution around 0 with the limit `sqrt(square)`.
fn symmetric(square: f64) -> (f64, f64) {
    (-square.sqrt(), square.sqrt())
}

/// Gives the vector this norm, where it has a direction.
fn stretch<F: Scalar>(weights: &mut [F], length: f64) {
    let now = norm(weights);
    if 0.0 < now {
        let share = F::from_f64(length / now);
        weights.iter_mut().for_each(|weight| *weight *= share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(init: Init) -> Vec<f64> {
        let spans = [Span::new("weight", 0, &[20, 30], Role::Weight), Span::new("bias", 600, &[20], Role::Bias)];
        let mut theta = vec![9.0; 620];
        init.fill(&spans, &mut theta, Key::once(3));
        theta
    }

    #[test]
    fn weights_fill_the_range_of_their_rule_and_biases_are_zero() {
        for (init, limit) in
            [(Init::Glorot, (6.0_f64 / 50.0).sqrt()), (Init::He, 0.2_f64.sqrt()), (Init::LeCun, 0.1_f64.sqrt())]
        {
            let theta = start(init);
            let largest = theta[..600].iter().fold(0.0, |most: f64, w| most.max(w.abs()));
            assert!(0.97 * limit < largest && largest <= limit, "{init}: {largest} {limit}");
            assert!(theta[600..].iter().all(|&b| b == 0.0));
        }
    }

    #[test]
    fn the_chapter_starts_weights_and_thresholds_between_0_and_1() {
        let theta = start(Init::Unit);
        assert!(theta[..600].iter().all(|&w| (0.0..1.0).contains(&w)));
        assert!(theta[600..].iter().all(|&b| (-1.0..0.0).contains(&b)));
    }

    #[test]
    fn a_scale_is_the_width_of_the_uniform_and_the_deviation_of_the_normal_start() {
        let spans = [Span::new("weight", 0, &[20, 30], Role::Weight), Span::new("bias", 600, &[20], Role::Bias)];
        let mut theta = vec![9.0_f64; 620];
        Init::Uniform.fill_scaled(Some(0.3), &spans, &mut theta, Key::once(3));
        let largest = theta.iter().fold(0.0, |most: f64, w| most.max(w.abs()));
        assert!(0.29 < largest && largest <= 0.3 && theta[600..].iter().any(|&b| b != 0.0));
        Init::Normal.fill_scaled(Some(2.0), &spans, &mut theta, Key::once(3));
        let moment = |power: i32| theta[..600].iter().map(|w| (w / 2.0).powi(power)).sum::<f64>() / 600.0;
        assert!(moment(1).abs() < 0.15 && (moment(2) - 1.0).abs() < 0.2 && (moment(4) - 3.0).abs() < 1.2);
        assert!(theta[600..].iter().all(|&b| b == 0.0));
    }

    #[test]
    fn nguyen_and_widrow_give_each_unit_the_same_norm() {
        let theta = start(Init::NguyenWidrow);
        let norm = 0.7 * 20.0_f64.powf(1.0 / 30.0);
        for weights in theta[..600].chunks(30) {
            assert!((weights.iter().map(|w| w * w).sum::<f64>().sqrt() - norm).abs() < 1e-12);
        }
        let largest = theta[600..].iter().fold(0.0, |most: f64, b| most.max(b.abs()));
        assert!(0.5 * norm < largest && largest <= norm);
    }
}
