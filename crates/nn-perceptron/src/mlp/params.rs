//! The settings of a multilayer perceptron.

use nn_core::search::Search;
use nn_core::{Activation, BatchSize, ClassWeight, Error, Init, Loss, Result, Rule, Scaling, ScheduleKind};

nn_core::params! {
    /// Settings of a multilayer perceptron: plain data, each field with a setter of its name.
    pub struct MlpParams: "mlp" {
        /// Units of each hidden layer, from the inputs to the outputs; `none` is a network without any.
        hidden_layers: Vec<usize> = vec![128], 1..=65_536;
        /// Activation function of the hidden units: one for all layers, or one for each, joined by -.
        activation: Vec<Activation> = vec![Activation::Relu], ..;
        /// Activation function of the output units; `auto` is sigmoid for classes with squared error, else identity.
        output_activation: Option<Activation> = None, ..;
        /// What the outputs are judged by; `auto` is cross-entropy for classes and squared error for quantities.
        loss: Option<Loss> = None, ..;
        /// Where the weights start; `auto` is he for units that rectify and glorot for the others.
        init: Option<Init> = None, ..;
        /// Scale of the start: half the width of uniform, the deviation of normal, the factor of nguyen-widrow; `auto` is 0.5, 0.01 and 0.7.
        init_scale: Option<f64> = None, nn_core::params::Range::above(0.0);
        /// Share of the hidden units that are absent at each step of training, drawn anew each time.
        dropout: f64 = 0.0, 0.0..=0.99;
        /// A way out of local minima: `multi-start` trains from the weights of seed, seed + 1, ... and keeps the best; `anneal` and `genetic` look for a start without gradients, and the training goes on from there.
        search: Search = Search::None, ..;
        /// Budget of the search: evaluations of the loss on all samples, or epochs over all starts for multi-start; `auto` is 20000 evaluations, or epochs for 20 starts.
        search_budget: Option<usize> = None, 1..=1_000_000_000;
        /// How far from 0 annealing and the genetic algorithm may go; their first steps are a tenth and a quarter of it.
        search_range: f64 = 20.0, nn_core::params::Range::above(0.0);
        /// Whether rare classes count more: `balanced` weighs a class by samples / (classes x samples of the class).
        class_weight: ClassWeight = ClassWeight::None, ..;
        /// How the inputs are scaled; learned from the training samples and kept with the model.
        scaling: Scaling = Scaling::Standard, ..;
        /// How quantities to be learned are scaled; answers come back in their own units.
        target_scaling: Scaling = Scaling::Standard, ..;
    }
    training {
        epochs: 50,
        batch_size: "32" => BatchSize::Count(32),
        optimizer: "adam" => Rule::Adam,
        schedule: "constant" => ScheduleKind::Constant,
    }
}

/// A network with more parameters than this is taken for a slip of the finger.
const MOST_PARAMETERS: usize = 1 << 28;

impl MlpParams {
    /// The activation of a hidden layer, counted from 0.
    pub(super) fn hidden_activation(&self, layer: usize) -> Activation {
        self.activation.get(layer).or(self.activation.last()).copied().unwrap_or(Activation::Identity)
    }

    /// The start of the weights in force.
    pub(super) fn init_in_force(&self) -> Init {
        self.init.unwrap_or(if self.hidden_activation(0).rectifies() { Init::He } else { Init::Glorot })
    }

    /// That the settings fit together.
    pub(super) fn check_together(&self) -> Result<()> {
        let (activations, layers) = (self.activation.len(), self.hidden_layers.len());
        if activations != 1 && activations != layers {
            let expected = format!("one, or one for each of the {layers} hidden layers");
            return Err(Error::param("activation", activations, expected));
        }
        if self.rule().is_minimiser() && self.dropout != 0.0 {
            return Err(Error::param("dropout", self.dropout, format!("0 with {}", self.rule())));
        }
        self.check_rule()
    }

    /// The sizes of all layers, inputs and outputs included.
    pub(super) fn sizes(&self, features: usize, outputs: usize) -> Result<Vec<usize>> {
        let mut sizes = vec![features];
        sizes.extend(&self.hidden_layers);
        sizes.push(outputs);
        let parameters = sizes.windows(2).map(|pair| (pair[0] + 1).saturating_mul(pair[1]));
        let parameters = parameters.fold(0, usize::saturating_add);
        if MOST_PARAMETERS < parameters {
            let expected = format!("layers that make at most {MOST_PARAMETERS} weights and thresholds together");
            return Err(Error::param("hidden_layers", parameters, expected));
        }
        Ok(sizes)
    }
}
