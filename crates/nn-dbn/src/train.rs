//! Learning: all layers are pre-trained, one after another, and then the whole net is fine-tuned by error back-propagation, in
//! one course: watched, stopped and continued anywhere.
//!
//! The net that is fine-tuned has layers of sums and sigmoids, `P(h = 1 | v)` of each machine, whose weights and hidden biases
//! are copied, and a layer of outputs at random weights on top; (3) to (15) of the chapter do the rest, see
//! [`nn_core::Chain`]. Hinton and Salakhutdinov, Science 313, 2006.

use crate::model::Dbn;
use crate::params::DbnParams;
use crate::pretraining::{Inputs, Plan, Pretraining, since};
use crate::stack::{Stack, check_inputs};
use nn_core::random::Key;
use nn_core::train::Epochs;
use nn_core::{
    Arrays, Course, Dataset, Error, Fit, FitOptions, History, Init, Lesson, Network, Objective, Online, Recipe, Result,
    Samples, Scalar, Scaler, State, Stopped, StoppingCriteria, Supervised, Target, Task, check_room,
};
use nn_rbm::VisibleUnits;
use std::borrow::Cow;

/// Who learns, as errors say it.
pub(crate) const WHO: &str = "a deep belief net";

impl<F: Scalar> Fit<F> for DbnParams {
    type Model = Dbn<F>;

    /// Samples without a target, [`FitOptions::unlabelled`], are pre-trained on with the others.
    fn fit_with(&self, data: &Dataset<'_, F>, options: FitOptions<'_, F>) -> Result<Dbn<F>> {
        let (stop, unlabelled) = (options.stop, options.unlabelled);
        self.check_compared(data)?;
        let mut model = teach(self, data, options, None)?;
        if 0 < self.compare && model.network.history.stopped != Stopped::Interrupted {
            // The net is there, and what goes wrong beside it does not take it away.
            match self.compared(data, unlabelled, stop) {
                Ok(Some(comparison)) => model.comparison = Some(comparison),
                Ok(None) => model.network.history.stopped = Stopped::Interrupted,
                Err(error) => model.left_out = Some(error.to_string()),
            }
        }
        Ok(model)
    }

    fn check_online(&self) -> Result<()> {
        self.training().check_online()
    }
}

/// Pre-trains and fine-tunes on `data`; or fine-tunes alone, `from` a stack.
pub(crate) fn teach<F: Scalar>(
    params: &DbnParams,
    data: &Dataset<'_, F>,
    options: FitOptions<'_, F>,
    from: Option<&Stack<F>>,
) -> Result<Dbn<F>> {
    params.check_together()?;
    // A stack that is there reads no more of them.
    let unlabelled = options.unlabelled.filter(|_| from.is_none());
    params.check_parts(data, unlabelled.as_ref())?;
    let lesson = Lesson {
        who: WHO,
        training: params.training(),
        class_weight: params.class_weight,
        validation_fraction: params.validation_fraction,
    };
    let mut stacked = None;
    let network = lesson.teach(
        data,
        options,
        |data, task| params.untrained(data, unlabelled.as_ref(), task, from),
        |network, samples, validation, options| {
            let taught = match from {
                None => params.run(network, samples, validation, unlabelled.as_ref(), options)?,
                Some(from) => params.run_from(from, network, samples, validation, options)?,
            };
            stacked = Some(taught.stack);
            Ok((taught.state, taught.history))
        },
    )?;
    // invariant: whatever teaches has run.
    let Some(stack) = stacked else { return Err(Error::data("nothing was learned")) };
    Ok(Dbn { params: params.clone(), network, stack, comparison: None, left_out: None })
}

/// Pre-trains on `data` and does nothing else.
pub(crate) fn pretrain<F: Scalar>(
    params: &DbnParams,
    data: &Dataset<'_, F>,
    mut options: FitOptions<'_, F>,
) -> Result<Stack<F>> {
    params.check_together()?;
    if !params.pretraining {
        return Err(Error::param("pretraining", false, "true, since nothing else is asked for"));
    }
    let unlabelled = options.unlabelled;
    params.check_parts(data, unlabelled.as_ref())?;
    let labels = params.labels_of(data)?;
    params.check_machines(data.features(), labels.map_or(0, |(classes, _)| classes))?;
    if let Some(kept) = &options.validation {
        kept.check_features(data.features()).map_err(|error| error.within("validation"))?;
        if let Some((classes, _)) = labels {
            Task::Classes(classes).check(kept, WHO).map_err(|error| error.within("validation"))?;
        }
    }
    let scaler = params.scaler_of(&joined(data, unlabelled.as_ref()), data.features())?;
    let inputs = params.inputs(data, unlabelled.as_ref(), scaler.as_ref(), labels);
    let validation = options.validation;
    let kept = validation.as_ref().map(|kept| params.inputs(kept, None, scaler.as_ref(), labels_like(labels, kept)));
    let plan = Plan::new(params);
    let (machines, history) = nn_core::enter(|| {
        let mut pretraining = Pretraining::new(&plan, inputs, kept);
        let (resumed, mut state) = state_of(&options);
        let recipe = || {
            let mut recipe = params.recipe(unlabelled.as_ref());
            recipe.settings.insert("fine_tuning".to_owned(), false.into());
            recipe
        };
        let criteria = StoppingCriteria { grows: true, ..StoppingCriteria::epochs(plan.epochs()) };
        let course = Course::start(criteria, recipe, &mut state, data, validation.as_ref(), &mut options)?;
        if let Some(done) = resumed {
            pretraining.take_up(&state, done)?;
        }
        let history = course
            .run(&mut state, &mut options, |state, history, options| pretraining.epoch(state, history, options))?;
        pretraining.finish()?;
        Ok::<_, Error>((pretraining.into_machines(), history))
    })?;
    Ok(Stack { params: params.clone(), machines, scaler, history, features: data.features() })
}

/// The numbers of both, one sample after another.
fn joined<'a, F: Scalar>(data: &Dataset<'a, F>, unlabelled: Option<&Dataset<'a, F>>) -> Cow<'a, [F]> {
    match unlabelled {
        None => Cow::Borrowed(data.x()),
        Some(more) => Cow::Owned([data.x(), more.x()].concat()),
    }
}

/// The labels of samples for validation, of as many classes as those that are learned, where any are.
fn labels_like<'a, F: Scalar>(learned: Option<(usize, &[u32])>, kept: &Dataset<'a, F>) -> Option<(usize, &'a [u32])> {
    match (learned, kept.target()) {
        (Some((classes, _)), Target::Labels { labels, .. }) => Some((classes, labels)),
        _ => None,
    }
}

/// The epochs that a checkpoint has done, where one is resumed, and what training moves: what grows is as long at the start of
/// a training that goes on as its checkpoint left it.
fn state_of<F: Scalar>(options: &FitOptions<'_, F>) -> (Option<usize>, State<F>) {
    match &options.resume {
        Some(checkpoint) => (Some(checkpoint.history.losses.len()), checkpoint.state.clone()),
        None => (None, State::of(Vec::new())),
    }
}

/// The theta of the net behind the first `numbers` of `whole`, which are those of the machines.
///
/// # Errors
/// [`Error::Shape`] where a checkpoint's best has another length.
fn behind<F: Scalar>(whole: &State<F>, numbers: usize, network: &Network<F>) -> Result<Vec<F>> {
    let (got, expected) = (whole.theta.len(), numbers + network.state.theta.len());
    if got != expected {
        return Err(Error::shape("best theta of the checkpoint", expected, got));
    }
    Ok(whole.theta[numbers..].to_vec())
}

/// What teaching came to.
struct Taught<F: Scalar> {
    stack: Stack<F>,
    /// That of the net.
    state: State<F>,
    /// That of the fine-tuning.
    history: History,
}

impl DbnParams {
    /// The net at random weights, with the scaling in force.
    pub(crate) fn untrained<F: Scalar>(
        &self,
        data: &Dataset<'_, F>,
        unlabelled: Option<&Dataset<'_, F>>,
        task: Task,
        from: Option<&Stack<F>>,
    ) -> Result<Network<F>> {
        let supervised = self.supervised(data.features(), task)?;
        if self.pretraining && from.is_none() {
            self.check_machines(data.features(), if let Task::Classes(classes) = task { classes } else { 0 })?;
        }
        let parameters = supervised.theta_len();
        check_room::<F>("hidden_layers", parameters)?;
        let mut theta = vec![F::ZERO; parameters];
        Init::Glorot.fill(&supervised.spans(), &mut theta, Key::once(self.seed));
        let scaler = match from {
            Some(stack) => stack.scaler.clone(),
            None => self.scaler_of(&joined(data, unlabelled), data.features())?,
        };
        Network::new(WHO, task, supervised, theta, self.rule())
            .scale_inputs(scaler)
            .scale_target(self.target_scaling, data)
    }

    /// That both parts can be learned from; a sample of the second is counted behind those of the first.
    fn check_parts<F: Scalar>(&self, data: &Dataset<'_, F>, unlabelled: Option<&Dataset<'_, F>>) -> Result<()> {
        let check = |part: &Dataset<'_, F>| {
            check_inputs(part, data.features())?;
            self.check_range(part)
        };
        check(data)?;
        unlabelled.map_or(Ok(()), check).map_err(|error| match error {
            Error::Data { what, sample, feature } => {
                Error::Data { what, sample: sample.map(|sample| data.samples() + sample), feature }
            }
            other => other,
        })
    }

    /// Takes what lies beyond 0 and 1 for the nearer of them, where binary units are to read it: by rounding alone of what a scaling
    /// was learned from, and by more of other samples.
    pub(crate) fn hold_in_range<F: Scalar>(&self, x: &mut Cow<'_, [F]>) {
        let outside = |x: &F| *x < F::ZERO || F::ONE < *x;
        if self.visible_units == VisibleUnits::Binary && x.iter().any(outside) {
            x.to_mut().iter_mut().filter(|x| outside(x)).for_each(|x| *x = if *x < F::ZERO { F::ZERO } else { F::ONE });
        }
    }

    /// The scaling of features of which these are the numbers.
    fn scaler_of<F: Scalar>(&self, x: &[F], features: usize) -> Result<Option<Scaler<F>>> {
        Scaler::fit(self.scaling_for(x), x, features)
    }

    /// These settings and those samples, which are none of the data of a checkpoint.
    fn recipe<F: Scalar>(&self, unlabelled: Option<&Dataset<'_, F>>) -> Recipe {
        let mut recipe = Recipe::of(self);
        if let Some(unlabelled) = unlabelled {
            let mut arrays = Arrays::new();
            arrays.insert("x", &[unlabelled.x().len()], unlabelled.x());
            recipe.settings.insert("unlabelled".to_owned(), arrays.checksum().into());
        }
        recipe
    }

    /// The classes that the top machine learns, where labels are units of it.
    fn labels_of<'a, F: Scalar>(&self, data: &Dataset<'a, F>) -> Result<Option<(usize, &'a [u32])>> {
        match data.target() {
            Target::Labels { labels, classes } if self.label_units => Ok(Some((classes, labels))),
            _ if self.label_units => {
                let expected = "false where there are no classes, which would be the label units";
                Err(Error::param("label_units", true, expected))
            }
            _ => Ok(None),
        }
    }

    /// `data` and those without targets as the first machine reads them.
    fn inputs<'a, F: Scalar>(
        &self,
        data: &Dataset<'a, F>,
        unlabelled: Option<&Dataset<'a, F>>,
        scaler: Option<&Scaler<F>>,
        labels: Option<(usize, &'a [u32])>,
    ) -> Inputs<'a, F> {
        let mut x = joined(data, unlabelled);
        if let Some(scaler) = scaler {
            scaler.apply(x.to_mut());
        }
        self.hold_in_range(&mut x);
        let weights = data.sample_weights().map(|weights| match unlabelled {
            None => Cow::Borrowed(weights),
            Some(more) => Cow::Owned([weights, &vec![F::ONE; more.samples()]].concat()),
        });
        Inputs { x, features: data.features(), weights, labels }
    }

    /// Pre-trains and fine-tunes, in one course.
    fn run<F: Scalar>(
        &self,
        network: &Network<F>,
        samples: &Samples<'_, F>,
        validation: Option<&Samples<'_, F>>,
        unlabelled: Option<&Dataset<'_, F>>,
        options: &mut FitOptions<'_, F>,
    ) -> Result<Taught<F>> {
        let data = samples.data();
        let kept = validation.map(Samples::data);
        let scaler = network.input_scaler.as_ref();
        let labels = if self.pretraining { self.labels_of(&data)? } else { None };
        let inputs = self.inputs(&data, unlabelled, scaler, labels);
        let kept_inputs = kept.as_ref().map(|kept| self.inputs(kept, None, scaler, labels_like(labels, kept)));
        let plan = Plan::new(self);
        nn_core::enter(|| {
            let unjudged = plan.epochs();
            let training = self.training();
            let criteria = training.stopping_criteria();
            let criteria = StoppingCriteria { epochs: unjudged + criteria.epochs, grows: true, unjudged, ..criteria };
            let (resumed, mut whole) = state_of(options);
            let course =
                Course::start(criteria, || self.recipe(unlabelled), &mut whole, &data, kept.as_ref(), options)?;
            let mut pretraining = Pretraining::new(&plan, inputs, kept_inputs);
            let mut fine = FineTuning::new(network, samples, validation, &training);
            if let Some(done) = resumed {
                let theta = pretraining.take_up(&whole, done)?;
                if unjudged < done {
                    fine.take_up(State { theta: theta.into(), ..whole.clone() })?;
                }
            }
            let history = course.run(&mut whole, options, |whole, history, options| {
                if history.losses.len() < unjudged {
                    return pretraining.epoch(whole, history, options);
                }
                if fine.epochs.is_none() {
                    pretraining.finish()?;
                    fine.begin(|theta| self.stack_of(pretraining.machines(), network).copy_to(theta))?;
                }
                let passed = fine.epoch(&since(history, unjudged), options)?;
                *whole = pretraining.whole(&fine.state);
                Ok(passed)
            })?;
            pretraining.finish()?;
            let mut stack = self.stack_of(pretraining.machines(), network);
            let state = match fine.epochs {
                // Where early stopping gave back the best, it is in the whole.
                Some(_) => State { theta: behind(&whole, pretraining.numbers(), network)?.into(), ..fine.state },
                None => fine.begun(|theta| stack.copy_to(theta)),
            };
            stack.history = History {
                losses: history.losses[..unjudged.min(history.losses.len())].to_vec(),
                validation_losses: history.validation_losses[..unjudged.min(history.validation_losses.len())].to_vec(),
                ..History::default()
            };
            Ok(Taught { stack, state, history: since(&history, unjudged) })
        })
    }

    /// Fine-tunes from a stack that is there.
    fn run_from<F: Scalar>(
        &self,
        from: &Stack<F>,
        network: &Network<F>,
        samples: &Samples<'_, F>,
        validation: Option<&Samples<'_, F>>,
        options: &mut FitOptions<'_, F>,
    ) -> Result<Taught<F>> {
        let mut training = self.training();
        // The same settings from another stack are another training.
        training.recipe = training.recipe.map(|recipe| recipe.with("stack", from.arrays().checksum()));
        let fine = FineTuning::new(network, samples, validation, &training);
        let mut state = fine.begun(|theta| from.copy_to(theta));
        let history = nn_core::train::train(&network.supervised, &mut state, samples, validation, &training, options)?;
        Ok(Taught { stack: from.clone(), state, history })
    }

    /// These machines, as a stack that reads what `network` reads.
    fn stack_of<F: Scalar>(&self, machines: &[nn_rbm::Rbm<F>], network: &Network<F>) -> Stack<F> {
        Stack {
            params: self.clone(),
            machines: machines.to_vec(),
            scaler: network.input_scaler.clone(),
            history: History::default(),
            features: network.features(),
        }
    }
}

/// Fine-tuning under way.
struct FineTuning<'a, F: Scalar> {
    network: &'a Network<F>,
    samples: &'a Samples<'a, F>,
    validation: Option<&'a Samples<'a, F>>,
    training: &'a nn_core::Training,
    state: State<F>,
    epochs: Option<Epochs<'a, F, Supervised<F>>>,
}

impl<'a, F: Scalar> FineTuning<'a, F> {
    fn new(
        network: &'a Network<F>,
        samples: &'a Samples<'a, F>,
        validation: Option<&'a Samples<'a, F>>,
        training: &'a nn_core::Training,
    ) -> Self {
        Self { network, samples, validation, training, state: State::of(Vec::new()), epochs: None }
    }

    /// The net before the first epoch, in whose theta `copy` puts what was pre-trained.
    fn begun(&self, copy: impl FnOnce(&mut [F])) -> State<F> {
        let mut state = self.network.state.clone();
        copy(&mut state.theta);
        state
    }

    fn begin(&mut self, copy: impl FnOnce(&mut [F])) -> Result<()> {
        let state = self.begun(copy);
        self.go_on(state)
    }

    /// Goes on from what a checkpoint holds.
    fn take_up(&mut self, state: State<F>) -> Result<()> {
        let fresh = &self.network.state;
        for (what, expected, got) in [
            ("theta", fresh.theta.len(), state.theta.len()),
            ("memory of the rule", fresh.memory.len(), state.memory.len()),
        ] {
            if expected != got {
                return Err(Error::shape(format!("{what} of the checkpoint's net"), expected, got));
            }
        }
        self.go_on(state)
    }

    fn go_on(&mut self, state: State<F>) -> Result<()> {
        self.state = state;
        let objective = &self.network.supervised;
        let epochs = Epochs::new(objective, &mut self.state, self.samples, self.validation, self.training)?;
        self.epochs = Some(epochs);
        Ok(())
    }

    fn epoch(&mut self, history: &History, options: &FitOptions<'_, F>) -> Result<nn_core::Passed> {
        match &mut self.epochs {
            Some(epochs) => epochs.next(&mut self.state, self.samples, self.validation, history, options),
            None => Ok(nn_core::Passed::default()),
        }
    }
}

impl<F: Scalar> Online<F> for Dbn<F> {
    /// One pass of fine-tuning over these samples in the given order. The stack does not move, and the scaling stays as it was learned at first.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`]; the model is then what it was before.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        self.network.partial_fit(data, &self.params.training())
    }
}
