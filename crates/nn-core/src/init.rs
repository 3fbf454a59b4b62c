//! Where theta starts.

use crate::layer::{Role, Span};
use crate::random::Key;
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
    }
}

impl Init {
    /// Fills theta, span by span in their order, from the stream `init` of `key`.
    pub fn fill<F: Scalar>(self, spans: &[Span], theta: &mut [F], key: Key) {
        let mut stream = key.stream("init");
        for span in spans {
            let part = &mut theta[span.range.clone()];
            let outputs = span.shape[0] as f64;
            let inputs = span.shape[1..].iter().product::<usize>() as f64;
            let (low, high) = match (self, span.role) {
                (Self::Unit, Role::Weight) => (0.0, 1.0),
                (Self::Unit, Role::Bias) => (-1.0, 0.0),
                (Self::Zero, _) | (_, Role::Bias) => (0.0, 0.0),
                (Self::Glorot, Role::Weight) => symmetric(6.0 / (inputs + outputs)),
                (Self::He, Role::Weight) => symmetric(6.0 / inputs),
                (Self::LeCun, Role::Weight) => symmetric(3.0 / inputs),
            };
            kernels::random::fill_uniform(&mut stream, part);
            let (low, width) = (F::from_f64(low), F::from_f64(high - low));
            for value in part {
                *value = low + width * *value;
            }
        }
    }
}

/// The uniform distribution around 0 with the limit `sqrt(square)`.
fn symmetric(square: f64) -> (f64, f64) {
    (-square.sqrt(), square.sqrt())
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
}
