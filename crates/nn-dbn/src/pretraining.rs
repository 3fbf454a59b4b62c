//! Pre-training, greedily from the inputs upwards: each layer is a restricted Boltzmann machine that learns what the layer below
//! answers, `P(h = 1 | v)`, while all below stay as they are.
//!
//! Why that helps: with `Q(h | v)` what the first machine tells, the log-probability of a sample has the lower bound
//! `ln P(v) >= sum_h Q(h | v) (ln P(h) + ln P(v | h)) + H(Q)`. Where the second machine begins as the first one upside down it
//! is an equality, and whatever raises the probability that the second machine gives to h raises the bound. Hinton, Osindero
//! and Teh, A fast learning algorithm for deep belief nets, Neural Computation 18, 2006, section 4.

use crate::params::{DbnParams, of_machine};
use nn_core::train::Epochs;
use nn_core::{Dataset, Error, FitOptions, History, Passed, Result, Samples, Scalar, State, Training};
use nn_rbm::{Contrastive, Rbm, RbmParams};
use std::borrow::Cow;
use std::sync::OnceLock;

/// The machines that are to be trained, in their order, and when each begins and ends.
#[derive(Debug)]
pub(crate) struct Plan<F: Scalar> {
    layers: Vec<Layer<F>>,
}

#[derive(Debug)]
struct Layer<F: Scalar> {
    params: RbmParams,
    training: Training,
    /// The epochs of all layers before this one, and those with this one's.
    first: usize,
    end: usize,
    /// How it learns, once it has begun.
    objective: OnceLock<Contrastive<'static, F>>,
}

impl<F: Scalar> Plan<F> {
    /// That of these settings.
    pub(crate) fn new(params: &DbnParams) -> Self {
        let mut first = 0;
        let mut layers = Vec::new();
        if params.pretraining {
            for own in (0..params.hidden_layers.len()).filter_map(|layer| params.machine(layer)) {
                let end = first + own.epochs;
                let training = own.training_in_force();
                layers.push(Layer { params: own, training, first, end, objective: OnceLock::new() });
                first = end;
            }
        }
        Self { layers }
    }

    /// Epochs of all layers.
    pub(crate) fn epochs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.end)
    }

    /// The layer that the epoch after `done` ones belongs to; as many as there are layers after the last of these.
    fn layer_after(&self, done: usize) -> usize {
        self.layers.iter().position(|layer| done < layer.end).unwrap_or(self.layers.len())
    }
}

/// What a machine reads.
#[derive(Clone, Debug)]
pub(crate) struct Inputs<'a, F: Scalar> {
    /// Features × samples, those with labels before those without.
    pub(crate) x: Cow<'a, [F]>,
    pub(crate) features: usize,
    pub(crate) weights: Option<Cow<'a, [F]>>,
    /// The classes of the first samples, where the top machine learns them.
    pub(crate) labels: Option<(usize, &'a [u32])>,
}

impl<F: Scalar> Inputs<'_, F> {
    /// As a machine with these settings learns them.
    fn data(&self, params: &RbmParams) -> Dataset<'_, F> {
        let data = Dataset::from_slice(self.features, &self.x);
        let data = self.weights.as_ref().map_or(data, |weights| data.weights(weights));
        match self.labels {
            // Whoever has no label tells a machine of labels nothing.
            Some((classes, labels)) if params.label_units => data.part(0..labels.len()).labels_of(classes, labels),
            _ => data,
        }
    }

    /// What the hidden units of `machine` tell of them, in their place.
    fn climb(&mut self, machine: &Rbm<F>) -> Result<()> {
        let told = machine.transform(&Dataset::from_slice(self.features, &self.x))?;
        (self.features, self.x) = (told.nrows(), Cow::Owned(told.as_slice().to_vec()));
        Ok(())
    }
}

/// Pre-training under way.
#[derive(Debug)]
pub(crate) struct Pretraining<'a, F: Scalar> {
    plan: &'a Plan<F>,
    /// What the layer under way reads.
    inputs: Inputs<'a, F>,
    kept: Option<Inputs<'a, F>>,
    /// The machines that are done.
    machines: Vec<Rbm<F>>,
    /// All that the training of the layer under way moves.
    state: State<F>,
    epochs: Option<Epochs<'a, F, Contrastive<'static, F>>>,
}

impl<'a, F: Scalar> Pretraining<'a, F> {
    /// Before its first epoch.
    pub(crate) fn new(plan: &'a Plan<F>, inputs: Inputs<'a, F>, kept: Option<Inputs<'a, F>>) -> Self {
        Self { plan, inputs, kept, machines: Vec::new(), state: State::of(Vec::new()), epochs: None }
    }

    /// Where `state` was, which a checkpoint after `done` epochs holds. Gives back what is in theta behind the machines that are
    /// done, where all of them are.
    ///
    /// # Errors
    /// [`Error::Shape`] where it cannot be that of this plan.
    pub(crate) fn take_up(&mut self, state: &State<F>, done: usize) -> Result<Vec<F>> {
        let layer = self.plan.layer_after(done);
        let mut rest: &[F] = &state.theta;
        for below in 0..layer {
            let own = rest.split_at_checked(self.theta_len(below)).ok_or_else(|| self.too_short(state))?;
            self.add(own.0.to_vec())?;
            rest = own.1;
        }
        let Some(under_way) = self.plan.layers.get(layer) else { return Ok(rest.to_vec()) };
        if under_way.first < done {
            let own = State { theta: rest.to_vec().into(), ..state.clone() };
            self.begin(Some(own))?;
        }
        Ok(Vec::new())
    }

    fn too_short(&self, state: &State<F>) -> Error {
        let expected = (0..=self.machines.len()).map(|layer| self.theta_len(layer)).sum();
        Error::shape("theta of the checkpoint, at least", expected, state.theta.len())
    }

    /// Length of theta of a layer that is done or the next one.
    fn theta_len(&self, layer: usize) -> usize {
        if let Some(machine) = self.machines.get(layer) {
            return machine.theta().len();
        }
        let Some(Layer { params, .. }) = self.plan.layers.get(layer) else { return 0 };
        let visible = self.inputs.features + self.classes(params);
        (visible + 1) * params.hidden_units + visible
    }

    fn classes(&self, params: &RbmParams) -> usize {
        self.inputs.labels.map_or(0, |(classes, _)| if params.label_units { classes } else { 0 })
    }

    /// Puts a machine with this theta on top of those that are done, and climbs to what it tells.
    fn add(&mut self, theta: Vec<F>) -> Result<()> {
        let Some(Layer { params, .. }) = self.plan.layers.get(self.machines.len()) else { return Ok(()) };
        let mut machine = Rbm::from_theta(params.clone(), self.inputs.features, self.classes(params), theta)?;
        machine.observe(&self.inputs.data(params))?;
        if self.machines.len() + 1 < self.plan.layers.len() {
            self.inputs.climb(&machine)?;
            self.kept.as_mut().map_or(Ok(()), |kept| kept.climb(&machine))?;
        }
        self.machines.push(machine);
        Ok(())
    }

    /// Begins the next layer, or goes on with it from where it was.
    fn begin(&mut self, from: Option<State<F>>) -> Result<()> {
        let Some(layer) = self.plan.layers.get(self.machines.len()) else { return Ok(()) };
        let data = self.inputs.data(&layer.params);
        let (objective, fresh) = layer.params.begin(&data).map_err(of_machine)?;
        if let Some(from) = &from {
            for (what, expected, got) in [
                ("theta", fresh.theta.len(), from.theta.len()),
                ("running numbers", fresh.running.len(), from.running.len()),
                ("memory of the rule", fresh.memory.len(), from.memory.len()),
            ] {
                if expected != got {
                    return Err(Error::shape(format!("{what} of the checkpoint's layer"), expected, got));
                }
            }
        }
        self.state = from.unwrap_or(fresh);
        let objective = layer.objective.get_or_init(|| objective);
        let classes = objective.machine.classes;
        let samples = Samples::new(data, classes);
        let kept = self.kept.as_ref().map(|kept| Samples::new(kept.data(&layer.params), classes));
        let epochs = Epochs::new(objective, &mut self.state, &samples, kept.as_ref(), &layer.training);
        self.epochs = Some(epochs.map_err(of_machine)?);
        Ok(())
    }

    /// One epoch of the layer whose turn it is; `whole` is then all that training has moved so far.
    ///
    /// # Errors
    /// [`Error::Diverged`] where a loss is no finite number, and those of the machine's settings.
    pub(crate) fn epoch(
        &mut self,
        whole: &mut State<F>,
        history: &History,
        options: &FitOptions<'_, F>,
    ) -> Result<Passed> {
        let turn = self.plan.layer_after(history.losses.len());
        if self.machines.len() < turn {
            self.finish()?;
        }
        if self.epochs.is_none() {
            self.begin(None)?;
        }
        let (Some(layer), Some(epochs)) = (self.plan.layers.get(turn), self.epochs.as_mut()) else {
            return Ok(Passed::default());
        };
        let classes = layer.objective.get().map_or(0, |objective| objective.machine.classes);
        let samples = Samples::new(self.inputs.data(&layer.params), classes);
        let kept = self.kept.as_ref().map(|kept| Samples::new(kept.data(&layer.params), classes));
        let own = since(history, layer.first);
        let passed = epochs.next(&mut self.state, &samples, kept.as_ref(), &own, options).map_err(of_machine)?;
        *whole = self.whole(&self.state);
        Ok(passed)
    }

    /// Ends the layer under way.
    ///
    /// # Errors
    /// [`Error::Data`] where its units answer with numbers that are none.
    pub(crate) fn finish(&mut self) -> Result<()> {
        if self.epochs.take().is_some() {
            let state = std::mem::replace(&mut self.state, State::of(Vec::new()));
            self.add(state.theta.to_vec())?;
        }
        Ok(())
    }

    /// All that training has moved, where `state` is that of what is under way.
    pub(crate) fn whole(&self, state: &State<F>) -> State<F> {
        let mut theta = Vec::with_capacity(self.numbers() + state.theta.len());
        self.machines.iter().for_each(|machine| theta.extend_from_slice(machine.theta()));
        theta.extend_from_slice(&state.theta);
        State { theta: theta.into(), ..state.clone() }
    }

    /// Length of theta of all machines that are done.
    pub(crate) fn numbers(&self) -> usize {
        self.machines.iter().map(|machine| machine.theta().len()).sum()
    }

    /// The machines that are done.
    pub(crate) fn machines(&self) -> &[Rbm<F>] {
        &self.machines
    }

    /// The same, where nothing more is to come of it.
    pub(crate) fn into_machines(self) -> Vec<Rbm<F>> {
        self.machines
    }
}

/// The epochs from the one after `first` on.
pub(crate) fn since(history: &History, first: usize) -> History {
    let tail = |losses: &[f64]| losses.get(first..).unwrap_or_default().to_vec();
    History {
        losses: tail(&history.losses),
        validation_losses: tail(&history.validation_losses),
        stopped: history.stopped,
        ..History::default()
    }
}
