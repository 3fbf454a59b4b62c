//! What a fine-tuned net can do: answer, tell the features of its layers, make up samples, and go to a file and back.

use crate::compare::Comparison;
use crate::params::DbnParams;
use crate::stack::Stack;
use crate::train::WHO;
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Answer, Arrays, Dataset, Error, History, Measures, Model, Network, Online, Picture, Result, Scalar, Scaler, Stopped,
};

/// A deep belief net after its fine-tuning: a feed-forward net of sigmoid units that began as a [`Stack`] of machines, and that
/// stack, which makes up samples.
///
/// `h1 = sigma(c1 + W1 v)`, and so on from layer to layer, and an output layer on top.
///
/// Made by [`DbnParams::fit`](nn_core::Fit::fit), or from a stack by [`Stack::fine_tune`].
#[derive(Clone, Debug)]
pub struct Dbn<F: Scalar = f32> {
    pub(crate) params: DbnParams,
    pub(crate) network: Network<F>,
    pub(crate) stack: Stack<F>,
    /// What pre-training was worth, where that was asked for.
    pub(crate) comparison: Option<Comparison>,
    /// Why there is none, where it is known.
    pub(crate) left_out: Option<String>,
}

impl<F: Scalar> Dbn<F> {
    /// The machines as pre-training left them; fine-tuning moves none of them.
    pub fn stack(&self) -> &Stack<F> {
        &self.stack
    }

    /// What the same net comes to with and without pre-training, where `compare` asked for it.
    pub fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_ref()
    }

    /// All parameters of the fine-tuned net in one slice, layer after layer: the weights of each unit side by side, then the
    /// biases.
    pub fn theta(&self) -> &[F] {
        &self.network.state.theta
    }

    /// The most probable class of each sample.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`Error::Data`] where quantities were learned.
    pub fn classify(&self, data: &Dataset<'_, F>) -> Result<Vec<u32>> {
        self.network.classify(data)
    }

    /// What the units of a hidden layer of the fine-tuned net answer to each sample, the layers counted from 0 at the inputs:
    /// features that any other model may learn from.
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

impl<F: Scalar> Model<F> for Dbn<F> {
    type Params = DbnParams;

    nn_core::answers_of_network!(F);

    fn params(&self) -> &DbnParams {
        &self.params
    }

    fn online(&mut self) -> Option<&mut dyn Online<F>> {
        Some(self)
    }

    fn answer(&self) -> Answer {
        self.network.answer(true)
    }

    /// `loss` and `accuracy` for classes; `loss`, `rmse` and `r2` for quantities, in their own units.
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        self.network.evaluate(data)
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = self.params.remarks();
        let (done, all) = (self.stack.epochs_done(), self.params.epochs_of_pretraining());
        let epochs: usize = all.iter().sum();
        let fine_tuned = !self.network.history.losses.is_empty();
        if done < epochs {
            let ends = all.iter().scan(0, |end, epochs| {
                *end += epochs;
                Some(*end)
            });
            let whole = ends.filter(|&end| end <= done).count();
            remarks.push(format!(
                "pre-training was stopped after {done} of {epochs} epochs: {whole} of {} layers have learned to their end",
                all.len()
            ));
        }
        if !fine_tuned {
            remarks.push("nothing is fine-tuned: the outputs are those of random weights".to_owned());
        }
        if 0 < self.params.compare && self.comparison.is_none() {
            let why = match &self.left_out {
                Some(why) => why.clone(),
                None if self.network.history.stopped == Stopped::Interrupted => "it was stopped".to_owned(),
                None => "fine-tuning a stack compares nothing, and compare_on does".to_owned(),
            };
            remarks.push(format!("the comparison is left out: {why}"));
        }
        remarks.extend(self.comparison.as_ref().map(Comparison::told));
        remarks.extend(self.stack.remarks_on_units());
        remarks
    }

    fn pictures(&self) -> Vec<Picture> {
        self.drawn()
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = self.stack.arrays();
        arrays.extend(self.network.arrays());
        self.stack.save_history(&mut arrays);
        if let Some(comparison) = &self.comparison {
            comparison.save(&mut arrays);
        }
        arrays
    }

    fn from_arrays(params: DbnParams, history: History, arrays: &Arrays) -> Result<Self> {
        params.check_together().map_err(|error| Error::format(error.to_string()))?;
        let [_, features] = arrays.matrix("hidden1.weight")?;
        let [outputs, _] = arrays.matrix("output.weight")?;
        let task = Network::<F>::saved_task(arrays, outputs)?;
        let supervised = params.supervised(features, task)?;
        let network = Network::restored(WHO, task, supervised, params.rule(), history, arrays)?;
        let mut stack = Stack::from_arrays(&params, features, arrays)?;
        stack.scaler = Scaler::load("input", features, arrays)?;
        stack.history = Stack::<F>::load_history(arrays)?;
        let comparison = Comparison::load(task, params.hidden_layers.len() + 1, arrays)?;
        Ok(Self { params, network, stack, comparison, left_out: None })
    }
}
