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
use nn_core::search::{self, Annealing, Budget, Genetic, Search};
use nn_core::{
    Activate, Activation, At, Chain, Dataset, Dense, Dropout, Error, Fit, FitOptions, History, Lesson, Network,
    Objective, Online, Params, Result, Samples, Scalar, Scaler, State, Stopped, Supervised, Task, train,
};

use std::sync::atomic::AtomicBool;

/// Losses that a search may look at, and starts that are tried, where the user does not say.
const USUAL_EVALUATIONS: usize = 20_000;
const USUAL_STARTS: usize = 20;
/// Parameters that a step moves, or that mutate, on the average: all of a small network.
const MOVED_AT_ONCE: f64 = 10.0;
/// What is left of the temperature of annealing in the end.
const COOLED: f64 = 1e-3;

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
        let network = match self.search {
            Search::None => lesson.teach_by_descent(data, options, untrained)?,
            Search::MultiStart => lesson.teach(data, options, untrained, |network, samples, validation, options| {
                self.best_of_starts(network, samples, validation, options)
            })?,
            Search::Anneal | Search::Genetic => {
                lesson.teach(data, options, untrained, |network, samples, validation, options| {
                    let mut state = network.state.clone();
                    // What is resumed has its start already.
                    if options.resume.is_none() {
                        state.theta = self.found_start(network, samples, options.stop)?;
                    }
                    let (objective, training) = (&network.supervised, &lesson.training);
                    let history = train::train(objective, &mut state, samples, validation, training, options)?;
                    Ok((state, history))
                })?
            }
        };
        Ok(Mlp { params: self.clone(), network })
    }
}

impl MlpParams {
    /// What annealing or the genetic algorithm finds: of the mean training loss alone, without penalties.
    fn found_start<F: Scalar>(
        &self,
        network: &Network<F>,
        samples: &Samples<'_, F>,
        stop: Option<&AtomicBool>,
    ) -> Result<Vec<F>> {
        let (objective, state) = (&network.supervised, &network.state);
        let loss = |theta: &[F]| train::loss_at(objective, At { theta, running: &state.running }, samples);
        let budget = Budget { evaluations: self.search_budget.unwrap_or(USUAL_EVALUATIONS), seed: self.seed, stop };
        // Beyond the range units are saturated, and nothing would lead back.
        let bounds = Some((-self.search_range, self.search_range));
        let moved = (MOVED_AT_ONCE / state.theta.len() as f64).min(1.0);
        let found = if self.search == Search::Anneal {
            // The loss that is there to be lost sets the temperature; one of nothing needs no search.
            let at_start = loss(&state.theta);
            if !at_start.is_finite() {
                return Err(Error::Diverged { epoch: 1, loss: at_start });
            }
            let hot = at_start.max(f64::MIN_POSITIVE / COOLED);
            // The first look of annealing is this one.
            let mut known = Some(at_start);
            let loss = |theta: &[F]| known.take().unwrap_or_else(|| loss(theta));
            let step = self.search_range / 10.0;
            let settings = Annealing { hot, cold: COOLED * hot, step, moved, bounds };
            search::anneal(loss, &state.theta, &settings, &budget)?
        } else {
            let spans = objective.spans();
            let draw = |theta: &mut [F], key| self.init_in_force().fill_scaled(self.init_scale, &spans, theta, key);
            let step = self.search_range / 4.0;
            let settings = Genetic { mutation: Some(moved), tournament: 2, step, bounds, ..Genetic::default() };
            search::genetic(loss, state.theta.len(), draw, &settings, &budget)?
        };
        Ok(found.theta)
    }

    /// Trains from several starts, and keeps the one that ends with the least loss: of validation where it decides when to
    /// stop, else of training. They run side by side, so no monitor sees their epochs.
    fn best_of_starts<F: Scalar>(
        &self,
        network: &Network<F>,
        samples: &Samples<'_, F>,
        validation: Option<&Samples<'_, F>>,
        options: &FitOptions<'_, F>,
    ) -> Result<(State<F>, History)> {
        if options.checkpoint.is_some() || options.resume.is_some() {
            return Err(Error::param("search", self.search, "none, anneal or genetic where a checkpoint is kept"));
        }
        let starts = self.search_budget.map_or(USUAL_STARTS, |budget| (budget / self.epochs).max(1));
        let (spans, stop) = (network.supervised.spans(), options.stop);
        let run = |start: usize| {
            let mut options = FitOptions::default();
            options.stop = stop;
            if 0 < start && options.is_stopped() {
                return Ok(None);
            }
            let params = self.clone().seed(self.seed.wrapping_add(start as u64));
            let mut state = network.state.clone();
            params.init_in_force().fill_scaled(params.init_scale, &spans, &mut state.theta, Key::once(params.seed));
            let history =
                train::train(&network.supervised, &mut state, samples, validation, &params.training(), &mut options)?;
            Ok(Some((state, history)))
        };
        let end = |(_, history): &(State<F>, History)| {
            let last = || history.losses.last().copied();
            let best = history.validation_losses.iter().copied().min_by(f64::total_cmp);
            best.filter(|_| self.early().watches()).or_else(last).unwrap_or(f64::INFINITY)
        };
        let (state, mut history) = search::multi_start(starts, run, end)?.1;
        if options.is_stopped() {
            // The best may have been done before.
            history.stopped = Stopped::Interrupted;
        }
        Ok((state, history))
    }

    /// The network at its start.
    fn untrained<F: Scalar>(&self, data: &Dataset<'_, F>, task: Task) -> Result<Network<F>> {
        let supervised = self.supervised(data.features(), task)?;
        let mut theta = vec![F::ZERO; supervised.theta_len()];
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
    /// The scaling stays what it was learned to be at first.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        self.network.partial_fit(data, &self.params.training())
    }
}
