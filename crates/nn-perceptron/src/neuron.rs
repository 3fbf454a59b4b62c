//! The M-P neuron: a threshold unit whose weights are given, not learned.

use nn_core::Activation;

/// A neuron after McCulloch and Pitts 1943: `y = step(sum_i w_i x_i - theta)`, with `step(0) = 1`.
///
/// ```
/// use nn_perceptron::Neuron;
/// let and = Neuron::and(2);
/// assert!(and.fires(&[1.0, 1.0]));
/// assert!(!and.fires(&[1.0, 0.0]));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Neuron {
    /// The strength w of each connection.
    pub weights: Vec<f64>,
    /// The threshold theta, which the sum must reach.
    pub threshold: f64,
}

impl Neuron {
    /// With these weights and this threshold.
    pub fn new(weights: impl Into<Vec<f64>>, threshold: f64) -> Self {
        Self { weights: weights.into(), threshold }
    }

    /// Fires where all of its inputs are 1: weights 1, threshold n.
    pub fn and(inputs: usize) -> Self {
        Self::at_least(inputs, inputs)
    }

    /// Fires where one of its inputs is 1 or more are: weights 1, threshold 1/2 as in the chapter.
    pub fn or(inputs: usize) -> Self {
        Self::new(vec![1.0; inputs], 0.5)
    }

    /// Fires where its only input is 0: weight -0.6, threshold -0.5 as in the chapter.
    pub fn not() -> Self {
        Self::new([-0.6], -0.5)
    }

    /// Fires where `count` or more of its inputs are 1: weights 1, threshold `count`.
    pub fn at_least(count: usize, inputs: usize) -> Self {
        Self::new(vec![1.0; inputs], count as f64)
    }

    /// The sum of its weighted inputs, less the threshold. Inputs beyond its weights count nothing, missing ones are 0.
    pub fn sum(&self, x: &[f64]) -> f64 {
        self.weights.iter().zip(x).map(|(w, x)| w * x).sum::<f64>() - self.threshold
    }

    /// Whether it fires: the sum reaches the threshold.
    pub fn fires(&self, x: &[f64]) -> bool {
        0.0 <= self.sum(x)
    }

    /// `f(sum_i w_i x_i - theta)` for any activation function f; [`Activation::Step`] is what [`fires`](Self::fires) tells.
    pub fn output(&self, activation: Activation, x: &[f64]) -> f64 {
        let mut y = [0.0];
        activation.forward(&[self.sum(x)], &mut y);
        y[0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All inputs of 0 and 1.
    fn corners(inputs: usize) -> impl Iterator<Item = Vec<f64>> {
        (0..1_u32 << inputs).map(move |bits| (0..inputs).map(|i| f64::from(bits >> i & 1)).collect())
    }

    #[test]
    fn threshold_units_are_the_gates() {
        for n in 1..6 {
            for x in corners(n) {
                let ones = x.iter().filter(|&&x| x == 1.0).count();
                assert_eq!(Neuron::and(n).fires(&x), ones == n);
                assert_eq!(Neuron::or(n).fires(&x), 0 < ones);
                for count in 0..=n {
                    assert_eq!(Neuron::at_least(count, n).fires(&x), count <= ones);
                }
            }
        }
        assert!(Neuron::not().fires(&[0.0]) && !Neuron::not().fires(&[1.0]));
    }

    #[test]
    fn a_second_layer_makes_exclusive_or() {
        for x in corners(2) {
            let hidden =
                [Neuron::or(2), Neuron::new([-1.0, -1.0], -1.5)].map(|unit| f64::from(u8::from(unit.fires(&x))));
            assert_eq!(Neuron::and(2).fires(&hidden), x[0] != x[1]);
        }
    }

    #[test]
    fn the_step_is_what_fires_tells() {
        for x in corners(3) {
            let unit = Neuron::new([1.0, -2.0, 0.5], 0.5);
            assert_eq!(unit.output(Activation::Step, &x) == 1.0, unit.fires(&x));
        }
    }
}
