//! The settings of a multilayer perceptron.

use nn_core::{Activation, BatchSize, ClassWeight, Error, Init, Loss, Result, Rule, Scaling, Task};

nn_core::params! {
    /// Settings of a multilayer perceptron: plain data, each field with a setter of its name.
    pub struct MlpParams: "mlp" {
        /// Units of each hidden layer, from the inputs to the outputs; `none` is a network without any.
        hidden_layers: Vec<usize> = vec![128], 1..=65_536;
        /// Activation function of the hidden units.
        activation: Activation = Activation::Relu, ..;
        /// Activation function of the output units; `auto` is sigmoid for classes with squared error, else identity.
        output_activation: Option<Activation> = None, ..;
        /// What the outputs are judged by; `auto` is cross-entropy for classes and squared error for quantities.
        loss: Option<Loss> = None, ..;
        /// Where the weights start; `auto` is he for units that rectify and glorot for the others.
        init: Option<Init> = None, ..;
        /// Whether rare classes count more: `balanced` weighs a class by samples / (classes x samples of the class).
        class_weight: ClassWeight = ClassWeight::None, ..;
        /// How the inputs are scaled; learned from the training samples and kept with the model.
        scaling: Scaling = Scaling::Standard, ..;
        /// How quantities to be learned are scaled; answers come back in their own units.
        target_scaling: Scaling = Scaling::Standard, ..;
    }
    training { epochs: 50, batch_size: BatchSize::Count(32), optimizer: Rule::Adam }
}

/// A network with more parameters than this is taken for a slip of the finger.
const MOST_PARAMETERS: usize = 1 << 28;

impl MlpParams {
    /// The loss in force.
    pub(super) fn loss_for(&self, task: Task) -> Result<Loss> {
        match (task, self.loss) {
            (Task::Classes(_), None) => Ok(Loss::CrossEntropy),
            (Task::Values(_), None) => Ok(Loss::SquaredError),
            (Task::Values(_), Some(loss)) if loss != Loss::SquaredError => {
                Err(Error::param("loss", loss, "squared-error where quantities are learned"))
            }
            (_, Some(loss)) => Ok(loss),
        }
    }

    /// Output units: one for each class or quantity, but a single one for two classes where the loss judges each
    /// output on its own.
    pub(super) fn outputs_for(&self, task: Task) -> Result<usize> {
        Ok(match task {
            Task::Classes(2) if self.loss_for(task)? != Loss::CrossEntropy => 1,
            Task::Classes(count) | Task::Values(count) => count,
        })
    }

    /// The activation of the output units in force.
    pub(super) fn output_activation_for(&self, task: Task) -> Result<Activation> {
        let usual = match (task, self.loss_for(task)?) {
            (Task::Classes(_), Loss::SquaredError) => Activation::Sigmoid,
            _ => Activation::Identity,
        };
        Ok(self.output_activation.unwrap_or(usual))
    }

    /// The start of the weights in force.
    pub(super) fn init_in_force(&self) -> Init {
        self.init.unwrap_or(if self.activation.rectifies() { Init::He } else { Init::Glorot })
    }

    /// The sizes of all layers, inputs and outputs included.
    pub(super) fn sizes(&self, features: usize, task: Task) -> Result<Vec<usize>> {
        let mut sizes = vec![features];
        sizes.extend(&self.hidden_layers);
        sizes.push(self.outputs_for(task)?);
        let parameters = sizes.windows(2).map(|pair| (pair[0] + 1).saturating_mul(pair[1]));
        let parameters = parameters.fold(0, usize::saturating_add);
        if MOST_PARAMETERS < parameters {
            let expected = format!("layers that make at most {MOST_PARAMETERS} weights and thresholds together");
            return Err(Error::param("hidden_layers", parameters, expected));
        }
        Ok(sizes)
    }
}
