//! Learning: how the samples come to [growth](crate::growth), and what becomes of it.
//!
//! Fahlman and Lebiere, The cascade-correlation learning architecture, Advances in Neural Information Processing Systems 2
//! (1990), and technical report CMU-CS-90-100; the details that the paper leaves open are those of Fahlman's program.

use crate::block::{Blocks, Scaled};
use crate::candidates::Draw;
use crate::cascade::{Cascade, heads_len, hidden_len};
use crate::growth::{Ended, GivenBack, Grown, Growth, Plan, parts_of, units_of};
use crate::model::Cascor;
use crate::outputs::Head;
use crate::params::{CascorParams, Output};
use crate::unit::HiddenUnit;
use nn_core::kernels::all_finite;
use nn_core::{
    Activate, Activation, Chain, Course, Dataset, Dense, Error, Fit, FitOptions, Lesson, Model, Network, OwnedDataset,
    Params, Recipe, Result, Rule, Samples, Scalar, Scaler, State, StoppingCriteria, Supervised, Target, Task, Training,
};

/// Who learns, as errors say it.
pub(crate) const WHO: &str = "cascade-correlation";

impl<F: Scalar> Fit<F> for CascorParams {
    type Model = Cascor<F>;

    fn fit_with(&self, data: &Dataset<'_, F>, options: FitOptions<'_, F>) -> Result<Cascor<F>> {
        teach(self, data, options, None)
    }

    fn check_online(&self) -> Result<()> {
        let why = "a unit is trained on the errors that are left on all of them, and then frozen";
        Err(Error::data(format!("{WHO} learns from all samples at once, not part by part: {why}")))
    }
}

impl<F: Scalar> Cascor<F> {
    /// Grows on, from this network, on these samples: the units in place stay as they are, the output weights learn on, and up
    /// to `more` units come on top. The scaling stays what it was learned to be at first. The history is that of the new growth.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`]; [`Error::Shape`] and [`Error::Data`] for samples that are not of the kind that was learned.
    pub fn grow(&self, data: &Dataset<'_, F>, more: usize, options: FitOptions<'_, F>) -> Result<Self> {
        let params = self.params.clone().hidden_units(self.units().len().saturating_add(more));
        self.network.check(data)?;
        teach(&params, data, options, Some(self))
    }
}

/// Grows a network on `data`, from nothing or `from` another.
fn teach<F: Scalar>(
    params: &CascorParams,
    data: &Dataset<'_, F>,
    options: FitOptions<'_, F>,
    from: Option<&Cascor<F>>,
) -> Result<Cascor<F>> {
    params.validate()?;
    params.check_together()?;
    data.check()?;
    let lesson = Lesson {
        who: WHO,
        training: Training { early: params.early(), seed: params.seed, ..Training::default() },
        class_weight: params.class_weight,
        validation_fraction: params.validation_fraction,
    };
    let mut grown = None;
    let network = lesson.teach(
        data,
        options,
        |data, task| match from {
            None => params.untrained(data, task),
            Some(from) => from.copied(),
        },
        |network, samples, validation, options| {
            let (state, history, own) = params.run(network, samples, validation, from, options)?;
            grown = Some(own);
            Ok((state, history))
        },
    )?;
    // invariant: whatever teaches has run.
    let Some(grown) = grown else { return Err(Error::data("nothing was learned")) };
    Cascor::assembled(params.clone(), network, grown)
}

impl CascorParams {
    /// A network without hidden units.
    fn untrained<F: Scalar>(&self, data: &Dataset<'_, F>, task: Task) -> Result<Network<F>> {
        let output = self.output_for(task)?;
        let counted: Vec<usize> = data.counted().collect();
        // A sample that weighs nothing is not there.
        let some = (counted.len() < data.samples()).then(|| data.select(&counted)).transpose()?;
        let data = some.as_ref().map_or(*data, OwnedDataset::view);
        let outputs = task.outputs(output.loss());
        let supervised = self.supervised(data.features(), &[], task)?;
        let theta = vec![F::ZERO; (data.features() + 1) * outputs];
        let network = Network::new(WHO, task, supervised, theta, Rule::Sgd);
        let scaler = Scaler::fit(self.scaling, data.x(), data.features())?;
        network.scale_inputs(scaler).scale_target(self.target_scaling_for(output), &data)
    }

    /// The layers of a network of these units, and how their outputs are judged.
    pub(crate) fn supervised<F: Scalar>(
        &self,
        features: usize,
        units: &[HiddenUnit],
        task: Task,
    ) -> Result<Supervised<F>> {
        let output = self.output_for(task)?;
        let outputs = task.outputs(output.loss());
        let cascade = Cascade { inputs: features, units: units.to_vec() };
        let chain = Chain::new("hidden", cascade).then("output", Dense::new(features + units.len(), outputs));
        let chain = match output {
            Output::Sigmoid => chain.then("output_activation", Activate::new(Activation::Sigmoid, outputs)),
            Output::Linear | Output::Softmax => chain,
        };
        Ok(Supervised { chain, loss: output.loss() })
    }

    fn run<F: Scalar>(
        &self,
        network: &Network<F>,
        samples: &Samples<'_, F>,
        validation: Option<&Samples<'_, F>>,
        from: Option<&Cascor<F>>,
        options: &mut FitOptions<'_, F>,
    ) -> Result<(State<F>, nn_core::History, Grown<F>)> {
        let (inputs, outputs) = (network.features(), network.outputs());
        let head = Head {
            output: self.output_for(network.task)?,
            offset: self.slope_offset,
            threshold: self.threshold_for(network.task),
        };
        // What grows is as long at the start of a training that goes on as its checkpoint left it.
        let mut state = options.resume.as_ref().map_or_else(|| State::of(Vec::new()), |resumed| resumed.state.clone());
        let resumed = options.resume.is_some();
        let criteria = StoppingCriteria {
            target_loss: self.target_loss,
            early: self.early(),
            grows: true,
            ..StoppingCriteria::epochs(self.epochs)
        };
        let kept = validation.map(Samples::data);
        let recipe = || {
            let mut recipe = Recipe::of(self);
            if let Some(from) = from {
                // The samples look otherwise through the scaling of another network.
                recipe.settings.insert("grown_from".to_owned(), from.arrays().checksum().into());
            }
            recipe
        };
        let course = Course::start(criteria, recipe, &mut state, &samples.data(), kept.as_ref(), options)?;
        let start = match (resumed, from) {
            (true, _) => units_of(&state, inputs, outputs)?,
            (false, Some(from)) => from.grown.again(inputs, outputs),
            (false, None) => Grown::start(self, inputs, outputs),
        };
        let given = from.map(|from| (from.grown.units.len(), from.grown.head.clone()));
        let mut growth = Growth::new(Plan::new(self, head), inputs, start, given, |cascade, hidden| {
            let of = |samples: &Samples<'_, F>| self.blocks(network, samples, cascade, hidden);
            (of(samples), validation.map(of))
        });
        if resumed {
            growth.take_up(&state)?;
        } else if is_constant(samples) {
            growth.rest(head.output);
        }
        growth.keep(&mut state, true);
        let mut history = course.run(&mut state, options, |state, history, options| {
            let passed = growth.epoch(history)?;
            growth.keep(state, options.checkpoint.is_some());
            Ok(passed)
        })?;
        let last = [&growth.grown.hidden[..], &growth.grown.head].concat();
        if last[..] != state.theta[..] {
            growth.grown.given_back = GivenBack::Best;
        } else if history.stopped != nn_core::Stopped::Converged && !self.early().watches() && growth.settle(&history) {
            growth.grown.given_back = GivenBack::Before;
            state.theta = [&growth.grown.hidden[..], &growth.grown.head].concat().into();
        }
        let mut grown = growth.grown;
        if grown.ended == Some(Ended::UnitLimit) && history.stopped == nn_core::Stopped::Converged {
            // There might be more to learn, but no unit is left for it.
            history.stopped = nn_core::Stopped::Epochs;
        }
        grown.cut_to(&state.theta, inputs, outputs)?;
        Ok((state, history, grown))
    }

    fn blocks<F: Scalar>(
        &self,
        network: &Network<F>,
        samples: &Samples<'_, F>,
        cascade: &Cascade,
        hidden: &[F],
    ) -> Blocks<F> {
        let data = samples.data();
        let x = data.scaled(network.input_scaler.as_ref());
        let mut targets = match data.target() {
            Target::Values { values, .. } => values.to_vec(),
            _ => Vec::new(),
        };
        if let Some(scaler) = &network.target_scaler {
            scaler.apply(&mut targets);
        }
        Blocks::new(samples, Scaled { x: &x, targets: &targets }, network.outputs(), cascade, hidden, self.cache)
    }
}

/// Whether the target is a quantity that is the same for all samples.
fn is_constant<F: Scalar>(samples: &Samples<'_, F>) -> bool {
    let data = samples.data();
    let Target::Values { values, outputs } = data.target() else { return false };
    let mut counted = data.counted().map(|sample| &values[sample * outputs..][..outputs]);
    counted.next().is_some_and(|first| counted.all(|other| other == first))
}

impl<F: Scalar> Grown<F> {
    /// Nothing yet: outputs at random weights.
    fn start(params: &CascorParams, inputs: usize, outputs: usize) -> Self {
        let mut head = vec![F::ZERO; (inputs + 1) * outputs];
        Draw { seed: params.seed, range: params.weight_range }.fill("outputs", 0, 0, &mut head);
        Self::new(Vec::new(), Vec::new(), head, Vec::new())
    }

    /// As it is, to grow on; the outputs of this many units are trained again.
    fn again(&self, inputs: usize, outputs: usize) -> Self {
        let closed = heads_len(inputs, outputs, self.units.len());
        let stages = self.stages[..closed].to_vec();
        Self::new(self.units.clone(), self.hidden.clone(), self.head.clone(), stages)
    }

    /// What remains where the best network came back, which may have fewer units.
    fn cut_to(&mut self, theta: &[F], inputs: usize, outputs: usize) -> Result<()> {
        let units = (0..=self.units.len())
            .rev()
            .find(|&units| hidden_len(inputs, units) + (inputs + units + 1) * outputs == theta.len());
        let Some((units, (hidden, head))) = units.and_then(|u| Some((u, parts_of(theta, inputs, u, outputs)?))) else {
            return Err(Error::format("the checkpoint's best network is none of those on the way"));
        };
        if !all_finite(theta) {
            return Err(Error::format("a weight of the checkpoint is no finite number"));
        }
        self.units.truncate(units);
        self.stages.truncate(heads_len(inputs, outputs, units + 1));
        (self.hidden, self.head) = (hidden, head);
        Ok(())
    }
}
