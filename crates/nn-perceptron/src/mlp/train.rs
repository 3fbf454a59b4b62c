//! Learning: error back-propagation.
//!
//! The chapter's derivation, (3) to (15), stands in the code of three places: the sums and their gradients in
//! [`nn_core::Dense`], the slope of the units in [`nn_core::Activate`], and the passage from the outputs back to the
//! inputs in [`nn_core::Chain`]. With squared error and sigmoid units the gradient that arrives at an output unit is
//! the chapter's `-g_j = -y_j (1 - y_j) (t_j - y_j)`, (10), and at a hidden one its `-e_h`, (15).
//!
//! What is left for here is what belongs to this model: what may be learned from, the scaling, and the network's shape.

use super::{Mlp, MlpParams};
use nn_core::random::Key;
use nn_core::search::Search;
use nn_core::{
    Activate, Activation, Chain, Dataset, Dense, Dropout, Fit, FitOptions, Lesson, Network, Objective, Online, Params,
    Result, Scalar, Scaler, Supervised, Task, check_room, train,
};

/// Who learns, as errors say it.
pub(super) const WHO: &str = "a multilayer perceptron";

impl<F: Scalar> Fit<F> for MlpParams {
    type Model = Mlp<F>;

    fn fit_with(&self, data: &Dataset<'_, F>, options: FitOptions<'_, F>) -> Result<Mlp<F>> {
        self.validate()?;
        self.check_together()?;
        let lesson = Lesson {
            who: WHO,
            training: self.training(),
            class_weight: self.class_weight,
            validation_fraction: self.validation_fraction,
        };
        let untrained = |data: &Dataset<'_, F>, task| self.untrained(data, task);
        let mut starts = None;
        let network = match self.search {
            Search::None => lesson.teach_by_descent(data, options, untrained)?,
            Search::MultiStart => lesson.teach(data, options, untrained, |network, samples, validation, options| {
                let (state, history, found) = self.best_of_starts(network, samples, validation, options)?;
                starts = Some(found);
                Ok((state, history))
            })?,
            Search::Anneal | Search::Genetic => {
                lesson.teach(data, options, untrained, |network, samples, validation, options| {
                    let (objective, training) = (&network.supervised, &lesson.training);
                    let mut state = network.state.clone();
                    // What is resumed has its start already, unless it is from before the first epoch.
                    if options.resume.as_ref().is_none_or(|checkpoint| checkpoint.history.losses.is_empty()) {
                        let (theta, whole) = self.found_start(network, samples, options)?;
                        if !whole {
                            // Continued from here, it would be another training than without a pause.
                            train::keep_beginning(objective, &state, samples, validation, training, options)?;
                        }
                        match &mut options.resume {
                            Some(checkpoint) if checkpoint.state.theta.len() == theta.len() => {
                                checkpoint.state.theta = theta.into();
                            }
                            _ => state.theta = theta.into(),
                        }
                    }
                    let history = train::train(objective, &mut state, samples, validation, training, options)?;
                    Ok((state, history))
                })?
            }
        };
        Ok(Mlp { params: self.clone(), network, starts })
    }

    fn check_online(&self) -> Result<()> {
        self.training().check_online()
    }
}

impl MlpParams {
    /// The network at its start.
    fn untrained<F: Scalar>(&self, data: &Dataset<'_, F>, task: Task) -> Result<Network<F>> {
        let supervised = self.supervised(data.features(), task)?;
        let parameters = supervised.theta_len();
        check_room::<F>("hidden_layers", parameters)?;
        let mut theta = vec![F::ZERO; parameters];
        self.init_in_force().fill_scaled(self.init_scale, &supervised.spans(), &mut theta, Key::once(self.seed));
        let network = Network::new(WHO, task, supervised, theta, self.rule());
        network
            .scale_inputs(Scaler::fit(self.scaling, data.x(), data.features())?)
            .scale_target(self.target_scaling, data)
    }

    /// The layers: sums and activations in turn, `hidden1`, `hidden2`, ..., `output`.
    pub(super) fn supervised<F: Scalar>(&self, features: usize, task: Task) -> Result<Supervised<F>> {
        let loss = task.loss(self.loss)?;
        let sizes = self.sizes(features, task.outputs(loss))?;
        let output_activation = self.output_activation.unwrap_or(task.output_activation(loss));
        Ok(Supervised { chain: self.chain(&sizes, output_activation)?, loss })
    }

    /// Layers of these sizes, the first of which is that of the inputs.
    fn chain<F: Scalar>(&self, sizes: &[usize], output_activation: Activation) -> Result<Chain<F>> {
        let last = sizes.len() - 2;
        let name = |index| if index == last { "output".to_owned() } else { format!("hidden{}", index + 1) };
        let mut chain = Chain::new(&name(0), Dense::new(sizes[0], sizes[1]));
        for index in 0..=last {
            if index > 0 {
                chain = chain.then(&name(index), Dense::new(sizes[index], sizes[index + 1]));
            }
            let units = sizes[index + 1];
            let activation = if index == last { output_activation } else { self.hidden_activation(index) };
            if activation != Activation::Identity {
                chain = chain.then(&format!("{}_{activation}", name(index)), Activate::new(activation, units));
            }
            if index != last && self.dropout != 0.0 {
                chain = chain.then(&format!("{}_dropout", name(index)), Dropout::new(self.dropout, units)?);
            }
        }
        Ok(chain)
    }
}

impl<F: Scalar> Online<F> for Mlp<F> {
    /// One pass over these samples in the given order. The scaling stays as it was learned at first.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`]; the model is then what it was before.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        self.network.partial_fit(data, &self.params.training())
    }
}
