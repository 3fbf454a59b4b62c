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
    /// The parameters of the same network in an order and with signs of their own: hidden units by their first weight, the
    /// next one where these are equal, and so on; and that weight positive where the unit's activation lets signs turn. Two
    /// networks that differ in nothing but the places and signs of hidden units have the same.
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
            |theta, gradient| train::gradient_at(&self.network.supervised, At { theta, running }, &samples, gradient),
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

/// Turns and sorts the units of a layer, and what the layer above takes from them.
fn put_in_order<F: Scalar>(layer: &mut Layer<F>, above: &mut Layer<F>, activation: Activation) {
    for unit in 0..layer.weights.len() {
        let first = layer.weights[unit].iter().chain([&layer.biases[unit]]).find(|weight| **weight != F::ZERO);
        if first.is_none_or(|&first| F::ZERO < first) {
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
    let mut order: Vec<usize> = (0..layer.weights.len()).collect();
    let key = |unit: usize| layer.weights[unit].iter().chain([&layer.biases[unit]]).map(|weight| weight.to_f64());
    order.sort_by(|&a, &b| {
        key(a)
            .zip(key(b))
            .map(|(a, b)| a.total_cmp(&b))
            .find(|order| order.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    layer.biases = order.iter().map(|&unit| layer.biases[unit]).collect();
    for weights in &mut above.weights {
        *weights = order.iter().map(|&unit| weights[unit]).collect();
    }
    layer.weights = order.iter().map(|&unit| std::mem::take(&mut layer.weights[unit])).collect();
}
