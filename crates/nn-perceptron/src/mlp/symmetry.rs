//! Networks that are the same: units of a layer may change places, and some may turn their signs.

use super::Mlp;
use nn_core::stationary::{Surroundings, surroundings};
use nn_core::{Activation, At, Dataset, Objective, Result, Scalar, Span, train};

/// How a unit answers to the negative of its sum.
enum Mirror {
    /// `f(-z) = -f(z)`: the signs of its weights and of what it sends may turn together.
    Odd,
    /// `f(-z) = 1 - f(z)`: so may these, where the units above take over the 1.
    Sigmoid,
    None,
}

fn mirror(activation: Activation) -> Mirror {
    match activation {
        Activation::Tanh | Activation::ScaledTanh | Activation::Identity => Mirror::Odd,
        Activation::Sigmoid => Mirror::Sigmoid,
        _ => Mirror::None,
    }
}

/// A layer of sums: the weights of each unit, and the biases.
struct Layer<F> {
    weights: Vec<Vec<F>>,
    biases: Vec<F>,
}

impl<F: Scalar> Mlp<F> {
    /// The parameters of the same network with hidden units in an order and with signs of their own: the sum of a unit's
    /// weights and bias, each times a fixed number, rises from unit to unit, and is positive where the unit's activation lets
    /// signs turn. Two networks that differ in nothing but the places and signs of hidden units have the same.
    ///
    /// # Shapes
    /// As [`theta`](Mlp::theta).
    pub fn canonical_theta(&self) -> Vec<F> {
        let spans = self.network.supervised.spans();
        canonical(&spans, self.theta(), |layer| self.params.hidden_activation(layer))
    }

    /// What the loss on `data` is like around the weights: whether training has ended in a minimum, on a saddle or on a
    /// plateau. It is for networks in f64 of up to 1,024 parameters; of larger ones only the gradient is told.
    ///
    /// # Errors
    /// Those of [`evaluate`](nn_core::Model::evaluate); [`Error::Data`](nn_core::Error::Data) where the loss is not finite nearby.
    pub fn surroundings(&self, data: &Dataset<'_, F>) -> Result<Surroundings> {
        self.network.check(data)?;
        let samples = self.network.samples(*data);
        let running = &self.network.state.running;
        surroundings(
            |theta, gradient| train::mean_gradient(&self.network.supervised, At { theta, running }, &samples, gradient),
            self.theta(),
        )
    }
}

/// [`Mlp::canonical_theta`] of any theta that has these `spans`; `activation` is that of a hidden layer, counted from 0.
pub(super) fn canonical<F: Scalar>(spans: &[Span], theta: &[F], activation: impl Fn(usize) -> Activation) -> Vec<F> {
    let mut layers: Vec<Layer<F>> = spans
        .chunks_exact(2)
        .map(|pair| {
            let inputs = pair[0].shape[1];
            let weights = theta[pair[0].range.clone()].chunks(inputs).map(<[F]>::to_vec).collect();
            Layer { weights, biases: theta[pair[1].range.clone()].to_vec() }
        })
        .collect();
    for hidden in 0..layers.len() - 1 {
        let (below, above) = layers.split_at_mut(hidden + 1);
        put_in_order(&mut below[hidden], &mut above[0], activation(hidden));
    }
    layers.into_iter().flat_map(|layer| layer.weights.into_iter().flatten().chain(layer.biases)).collect()
}

/// What a unit is placed and turned by: the sum of its weights and its bias, each times a number of its own.
///
/// Its first weight would not do: symmetries of the data, as those of the exclusive or, make first weights equal, and then
/// what is left of training in the last digits would decide.
fn mark<F: Scalar>(layer: &Layer<F>, unit: usize) -> f64 {
    let weights = layer.weights[unit].iter().chain([&layer.biases[unit]]);
    // Multiples of the golden ratio never come near each other again.
    weights
        .zip(1..)
        .map(|(weight, index)| weight.to_f64() * (0.5 + (f64::from(index) * 0.618_033_988_75).fract()))
        .sum()
}

/// Turns and sorts the units of a layer, and what the layer above takes from them.
fn put_in_order<F: Scalar>(layer: &mut Layer<F>, above: &mut Layer<F>, activation: Activation) {
    for unit in 0..layer.weights.len() {
        if 0.0 <= mark(layer, unit) {
            continue;
        }
        let takes_one = match mirror(activation) {
            Mirror::None => continue,
            Mirror::Odd => false,
            Mirror::Sigmoid => true,
        };
        layer.weights[unit].iter_mut().for_each(|weight| *weight = -*weight);
        layer.biases[unit] = -layer.biases[unit];
        for (weights, bias) in above.weights.iter_mut().zip(&mut above.biases) {
            if takes_one {
                *bias += weights[unit];
            }
            weights[unit] = -weights[unit];
        }
    }
    let marks: Vec<f64> = (0..layer.weights.len()).map(|unit| mark(layer, unit)).collect();
    let mut order: Vec<usize> = (0..marks.len()).collect();
    order.sort_by(|&a, &b| marks[a].total_cmp(&marks[b]));
    layer.biases = order.iter().map(|&unit| layer.biases[unit]).collect();
    for weights in &mut above.weights {
        *weights = order.iter().map(|&unit| weights[unit]).collect();
    }
    layer.weights = order.iter().map(|&unit| std::mem::take(&mut layer.weights[unit])).collect();
}
