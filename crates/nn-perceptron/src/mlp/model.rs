//! What a trained multilayer perceptron can do.

use super::train::WHO;
use super::{MlpParams, Starts};
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Activation, Answer, Arrays, Dataset, Error, History, Measures, Model, Network, Objective, Online, Picture, Result,
    Scalar,
};

/// A multilayer perceptron: layers of units, each joined to all units of the layer before.
///
/// `b_h = f(sum_i v_ih x_i - gamma_h)`, and so on from layer to layer; the chapter's (3). The thresholds are kept as
/// biases, `-gamma_h`.
///
/// Made by [`MlpParams::fit`](nn_core::Fit::fit).
#[derive(Clone, Debug)]
pub struct Mlp<F: Scalar = f32> {
    pub(super) params: MlpParams,
    pub(super) network: Network<F>,
    pub(super) starts: Option<Starts>,
}

impl<F: Scalar> Mlp<F> {
    /// The most probable class of each sample.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`Error::Data`] where quantities were learned.
    pub fn classify(&self, data: &Dataset<'_, F>) -> Result<Vec<u32>> {
        self.network.classify(data)
    }

    /// All parameters in one slice, layer after layer: the weights of each unit side by side, then the biases.
    pub fn theta(&self) -> &[F] {
        &self.network.state.theta
    }

    /// What the units of a hidden layer answer to each sample, the layers counted from 0 at the inputs: the features that
    /// the network has made of `data` for itself, which any other model may learn from.
    ///
    /// # Shapes
    /// units × samples.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`Error::Param`] for a layer that is not there.
    pub fn hidden(&self, data: &Dataset<'_, F>, layer: usize) -> Result<DMatrix<F>> {
        self.network.activations(data, &format!("hidden{}", layer + 1))?.ok_or_else(|| {
            let expected = format!("one of the {} hidden layers, counted from 0", self.params.hidden_layers.len());
            Error::param("layer", layer, expected)
        })
    }

    /// What the starts of `search=multi-start` came to; `None` of any other training.
    pub fn starts(&self) -> Option<&Starts> {
        self.starts.as_ref()
    }

    /// The norm of the gradient of the mean loss on `data` by the weights and biases of each layer, with the layer's name,
    /// from the inputs to the outputs: where it is many times smaller for the first layers than for the last, these learn
    /// next to nothing.
    ///
    /// # Errors
    /// Those of [`evaluate`](Model::evaluate).
    pub fn gradient_norms(&self, data: &Dataset<'_, F>) -> Result<Vec<(String, f64)>> {
        self.network.gradient_norms(data)
    }
}

impl<F: Scalar> Model<F> for Mlp<F> {
    type Params = MlpParams;

    nn_core::answers_of_network!(F);

    fn params(&self) -> &MlpParams {
        &self.params
    }

    fn online(&mut self) -> Option<&mut dyn Online<F>> {
        Some(self)
    }

    fn answer(&self) -> Answer {
        self.network.answer(matches!(self.params.output_activation, None | Some(Activation::Identity)))
    }

    /// `loss` and `accuracy` for classes; `loss`, `rmse` and `r2` for quantities, in their own units.
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        self.network.evaluate(data)
    }

    /// What the starts of `search=multi-start` came to.
    fn remarks(&self) -> Vec<String> {
        self.starts.iter().filter_map(Starts::told).collect()
    }

    fn pictures(&self) -> Vec<Picture> {
        let by_class = self.params.hidden_layers.is_empty();
        let title = if by_class { "weights of the output units" } else { "weights of the first hidden layer" };
        let Some(span) = self.network.supervised.spans().into_iter().next() else { return Vec::new() };
        let weights = self.theta()[span.range].iter().map(|weight| weight.to_f64());
        let weights = DMatrix::from_iterator(span.shape[1], span.shape[0], weights);
        vec![Picture::Weights { title: title.to_owned(), weights, by_class }]
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = self.network.arrays();
        if let Some(starts) = &self.starts {
            starts.save(&mut arrays);
        }
        arrays
    }

    fn from_arrays(params: MlpParams, history: History, arrays: &Arrays) -> Result<Self> {
        let first = if params.hidden_layers.is_empty() { "output.weight" } else { "hidden1.weight" };
        let [_, features] = arrays.matrix(first)?;
        let [outputs, _] = arrays.matrix("output.weight")?;
        let task = Network::<F>::saved_task(arrays, outputs)?;
        let supervised = params.supervised(features, task)?;
        let network = Network::restored(WHO, task, supervised, params.rule(), history, arrays)?;
        Ok(Self { params, network, starts: Starts::load(arrays)? })
    }
}
