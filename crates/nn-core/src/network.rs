//! A network that learns from a target, with all that belongs to it: what multilayer perceptrons, convolutional nets and
//! their kin have in common.

use crate::arrays::Arrays;
use crate::linalg::norm;
use crate::metrics::{accuracy, largest, r2, rmse};
use crate::model::{Answer, FitOptions, History, check_answers};
use crate::{
    ClassWeight, Dataset, Error, Layer, Loss, MOST_CLASSES, Measures, Objective, Result, Rule, Samples, Scalar, Scaler,
    Scaling, State, Supervised, Target, Task, Training, split, train,
};
use nalgebra::DMatrix;
use std::ops::Range;

/// Numbers that an evaluation holds at a time.
const ANSWERS_AT_ONCE: usize = 1 << 22;

/// An objective that a [`Network`] learns by: it answers as well.
pub trait Answering<F: Scalar>: Objective<F> {
    /// Whether it reads sequences.
    const SEQUENCES: bool = false;

    /// Features of a sample.
    fn inputs(&self) -> usize;

    /// Numbers of an answer.
    fn outputs(&self) -> usize;

    /// How its outputs are judged.
    fn judge(&self) -> Loss;

    /// What it answers to every sample, as [`Loss::answer`] tells it.
    ///
    /// # Shapes
    /// `answers`: outputs × samples.
    fn answer(&self, theta: &[F], samples: &Samples<'_, F>, answers: &mut [F]);
}

impl<F: Scalar> Answering<F> for Supervised<F> {
    fn inputs(&self) -> usize {
        self.chain.inputs()
    }

    fn outputs(&self) -> usize {
        self.chain.outputs()
    }

    fn judge(&self) -> Loss {
        self.loss
    }

    fn answer(&self, theta: &[F], samples: &Samples<'_, F>, answers: &mut [F]) {
        // The method of its own.
        Supervised::answer(self, theta, samples, answers);
    }
}

/// Layers and their parameters, what they learn, how inputs and targets are scaled, and how training went.
#[derive(Clone, Debug)]
pub struct Network<F: Scalar, O = Supervised<F>> {
    /// Who learns, as errors say it: `a multilayer perceptron`.
    pub who: &'static str,
    /// What is learned.
    pub task: Task,
    /// The layers, and how their outputs are judged.
    pub supervised: O,
    /// The parameters, and all else that training moves.
    pub state: State<F>,
    /// How training went.
    pub history: History,
    /// How the inputs are scaled.
    pub input_scaler: Option<Scaler<F>>,
    /// How quantities to be learned are scaled.
    pub target_scaler: Option<Scaler<F>>,
}

/// How a network is taught.
#[derive(Debug)]
pub struct Lesson {
    /// Who learns.
    pub who: &'static str,
    /// The settings of the training loop.
    pub training: Training,
    /// Whether rare classes count more.
    pub class_weight: ClassWeight,
    /// Share of the samples kept aside where early stopping asks for some and none are given.
    pub validation_fraction: f64,
}

impl Lesson {
    /// Teaches the network that `untrained` makes for the samples, by `run`, which is given the samples to learn from and
    /// those for validation and gives back where training ended; usually [`train::train`].
    ///
    /// # Errors
    /// [`Error::Data`] and [`Error::Shape`] for data that cannot be learned from; those of `untrained` and `run`.
    pub fn teach<F: Scalar, O: Answering<F>>(
        &self,
        data: &Dataset<'_, F>,
        mut options: FitOptions<'_, F>,
        untrained: impl FnOnce(&Dataset<'_, F>, Task) -> Result<Network<F, O>>,
        run: impl FnOnce(
            &Network<F, O>,
            &Samples<'_, F>,
            Option<&Samples<'_, F>>,
            &mut FitOptions<'_, F>,
        ) -> Result<(State<F>, History)>,
    ) -> Result<Network<F, O>> {
        data.check()?;
        let task = if O::SEQUENCES { Task::of_sequences(data, self.who)? } else { Task::of(data, self.who)? };
        if let Some(validation) = &options.validation {
            check_alike::<F, O>(task, validation, data.features(), self.who)
                .map_err(|error| error.within("validation"))?;
        }
        let given = options.validation.is_some();
        let parts =
            split::watched(data, data, self.training.early, given, self.validation_fraction, self.training.seed)?;
        let (data, kept) = match &parts {
            Some((data, kept)) => (data.view(), Some(kept.view())),
            None => (*data, options.validation),
        };
        Task::check_learnable(&data)?;

        let weights = self.class_weight.weigh(&data);
        let data = weights.as_deref().map_or(data, |weights| data.weights(weights));
        let mut network = untrained(&data, task)?;
        let samples = network.samples(data);
        let validation = kept.map(|kept| network.samples(kept));
        let (state, history) = run(&network, &samples, validation.as_ref(), &mut options)?;
        network.state = state;
        network.history = history;
        Ok(network)
    }

    /// [`teach`](Self::teach) by the training loop.
    ///
    /// # Errors
    /// Those of [`teach`](Self::teach) and [`train::train`].
    pub fn teach_by_descent<F: Scalar, O: Answering<F>>(
        &self,
        data: &Dataset<'_, F>,
        options: FitOptions<'_, F>,
        untrained: impl FnOnce(&Dataset<'_, F>, Task) -> Result<Network<F, O>>,
    ) -> Result<Network<F, O>> {
        self.teach(data, options, untrained, |network, samples, validation, options| {
            let mut state = network.state.clone();
            let history = train::train(&network.supervised, &mut state, samples, validation, &self.training, options)?;
            Ok((state, history))
        })
    }
}

impl<F: Scalar, O: Answering<F>> Network<F, O> {
    /// Before its training, at `theta`; nothing is scaled.
    pub fn new(who: &'static str, task: Task, supervised: O, theta: Vec<F>, rule: Rule) -> Self {
        let state = State::new(&supervised, theta, rule);
        Self { who, task, supervised, state, history: History::default(), input_scaler: None, target_scaler: None }
    }

    /// With inputs scaled so.
    #[must_use]
    pub fn scale_inputs(self, scaler: Option<Scaler<F>>) -> Self {
        Self { input_scaler: scaler, ..self }
    }

    /// With the quantities of `data` scaled, where it is quantities that are learned.
    ///
    /// # Errors
    /// Those of [`Scaler::fit`].
    pub fn scale_target(self, scaling: Scaling, data: &Dataset<'_, F>) -> Result<Self> {
        let target_scaler = match data.target() {
            Target::Values { values, outputs } => Scaler::fit(scaling, values, outputs).map_err(of_target)?,
            _ => None,
        };
        Ok(Self { target_scaler, ..self })
    }

    /// How many features a sample has.
    pub fn features(&self) -> usize {
        self.supervised.inputs()
    }

    /// How many output units there are.
    pub fn outputs(&self) -> usize {
        self.supervised.outputs()
    }

    /// That `data` have the features and the kind of target that were learned.
    ///
    /// # Errors
    /// [`Error::Shape`] and [`Error::Data`] where they have not.
    pub fn check(&self, data: &Dataset<'_, F>) -> Result<()> {
        check_alike::<F, O>(self.task, data, self.features(), self.who)
    }

    /// `data` as the network reads it.
    pub fn samples<'a>(&'a self, data: Dataset<'a, F>) -> Samples<'a, F> {
        Samples::new(data, self.outputs()).scaled(self.input_scaler.as_ref(), self.target_scaler.as_ref())
    }

    /// The inputs of `data` as the network reads them, without their targets.
    pub fn questions<'a>(&'a self, data: &Dataset<'a, F>) -> Samples<'a, F> {
        Samples::new(data.inputs_only(), 0).scaled(self.input_scaler.as_ref(), None)
    }

    /// What an answer is made of; `as_they_come` says that nothing bends the outputs before the loss sees them.
    pub fn answer(&self, as_they_come: bool) -> Answer {
        let loss = self.supervised.judge();
        match self.task {
            Task::Classes(count) if as_they_come && loss.tells_probabilities(count) => Answer::Classes(count),
            Task::Classes(count) => Answer::Scores(count),
            Task::Values(count) => Answer::Values(count),
        }
    }

    /// Column j holds the probability (or output, see [`Answer::Scores`]) of each class for sample j, or the quantities in the units of the target.
    ///
    /// # Errors
    /// Those of [`Model::predict`](crate::Model::predict).
    pub fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        let mut outputs = self.run(&self.supervised, data)?;
        if let Some(scaler) = &self.target_scaler {
            scaler.undo(outputs.as_mut_slice());
            check_answers(outputs.as_slice(), outputs.nrows())?;
        }
        Ok(match self.task {
            // One output unit tells the second class of two.
            Task::Classes(2) if outputs.nrows() == 1 => DMatrix::from_fn(2, outputs.ncols(), |class, sample| {
                let second = outputs[(0, sample)];
                if class == 1 { second } else { F::ONE - second }
            }),
            _ => outputs,
        })
    }

    /// The most probable class of each sample.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict); [`Error::Data`] where quantities were learned.
    pub fn classify(&self, data: &Dataset<'_, F>) -> Result<Vec<u32>> {
        match self.task {
            Task::Classes(_) => {
                Ok(self.predict(data)?.column_iter().map(|scores| largest(scores.as_slice())).collect())
            }
            Task::Values(_) => Err(Error::data("quantities were learned, so there are no classes")),
        }
    }

    /// The classes, part by part: many classes times many samples are more than there is room for.
    fn classify_in_parts(&self, data: &Dataset<'_, F>) -> Result<Vec<u32>> {
        if O::SEQUENCES {
            return self.classify(data);
        }
        let mut classes = Vec::with_capacity(data.samples());
        let part = (ANSWERS_AT_ONCE / self.outputs()).next_multiple_of(64);
        for start in (0..data.samples()).step_by(part) {
            classes.extend(self.classify(&data.part(start..start + part))?);
        }
        Ok(classes)
    }

    /// `loss` and `accuracy` for classes; `loss`, `rmse` and `r2` for quantities, in their own units.
    ///
    /// # Errors
    /// Those of [`Model::evaluate`](crate::Model::evaluate).
    pub fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        self.check(data)?;
        let weights = data.sample_weights();
        let measures = match data.target() {
            Target::Labels { labels, .. } => {
                let loss = train::mean_loss(&self.supervised, self.state.at(), &self.samples(*data));
                let predicted = self.classify_in_parts(data)?;
                Measures::new().with("loss", loss).with("accuracy", accuracy(&predicted, labels, weights))
            }
            Target::Values { values, outputs } => {
                let answers = self.predict(data)?;
                let answers = answers.as_slice();
                let rmse = rmse(answers, values, outputs, weights);
                // Summed over the quantities of a sample: of squared error the chapter's (4).
                let loss = self.supervised.judge().mean_of(answers, values, outputs, weights);
                Measures::new().with("loss", loss).with("rmse", rmse).with("r2", r2(answers, values, outputs, weights))
            }
            Target::None => Measures::new(),
        };
        measures.check()
    }

    /// The answers of the layers in `supervised`, which are these or the first of them, one column a sample.
    fn run(&self, supervised: &impl Answering<F>, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        data.check_features(self.features())?;
        let mut outputs = DMatrix::from_element(supervised.outputs(), data.samples(), F::ZERO);
        // Theta lies layer after layer, so that of the first layers is its beginning.
        let theta = &self.state.theta[..supervised.theta_len()];
        supervised.answer(theta, &self.questions(data), outputs.as_mut_slice());
        check_answers(outputs.as_slice(), outputs.nrows())?;
        Ok(outputs)
    }

    /// One pass of learning on over these samples, in their order. The scaling stays what it was learned to be at first.
    ///
    /// # Errors
    /// Those of [`Online::partial_fit`](crate::Online::partial_fit); the network is then what it was before.
    pub fn partial_fit(&mut self, data: &Dataset<'_, F>, training: &Training) -> Result<()> {
        self.check(data)?;
        let mut state = self.state.clone();
        let loss = train::pass(&self.supervised, &mut state, &self.samples(*data), training)?;
        self.state = state;
        self.history.losses.push(loss);
        Ok(())
    }

    /// Its numbers, by name: what a file holds.
    pub fn arrays(&self) -> Arrays {
        let mut arrays = Arrays::new();
        for span in self.supervised.spans() {
            arrays.insert(span.name, &span.shape, &self.state.theta[span.range]);
        }
        if let Task::Classes(count) = self.task {
            arrays.insert_counts(CLASSES, &[count]);
        }
        if let Some(scaler) = &self.input_scaler {
            scaler.save("input", &mut arrays);
        }
        if let Some(scaler) = &self.target_scaler {
            scaler.save("target", &mut arrays);
        }
        arrays
    }

    /// The network again, whose layers are `supervised`, with the numbers in `arrays`.
    ///
    /// # Errors
    /// [`Error::Format`] where an array is missing or has another shape.
    pub fn restored(
        who: &'static str,
        task: Task,
        supervised: O,
        rule: Rule,
        history: History,
        arrays: &Arrays,
    ) -> Result<Self> {
        // Looked up before theta is made, so that no file claims more room than it has numbers for.
        let parts = supervised.spans().into_iter().map(|span| Ok((span.range, arrays.get(&span.name, &span.shape)?)));
        let parts = parts.collect::<Result<Vec<(Range<usize>, Vec<F>)>>>()?;
        let mut theta = vec![F::ZERO; supervised.theta_len()];
        for (range, numbers) in parts {
            theta[range].copy_from_slice(&numbers);
        }
        let (features, outputs) = (supervised.inputs(), supervised.outputs());
        let network = Self::new(who, task, supervised, theta, rule);
        let input_scaler = Scaler::load("input", features, arrays)?;
        let target_scaler = Scaler::load("target", outputs, arrays)?;
        Ok(Self { history, input_scaler, target_scaler, ..network })
    }
}

impl<F: Scalar> Network<F> {
    /// What leaves the layers called `layer`, and those called `layer_` with more to it, such as its activation; `None` where there is no such layer.
    /// These are the features that the network has made of `data` for itself, from which any other model may learn.
    ///
    /// # Shapes
    /// outputs of the layer × samples.
    ///
    /// # Errors
    /// Those of [`predict`](Self::predict).
    pub fn activations(&self, data: &Dataset<'_, F>, layer: &str) -> Result<Option<DMatrix<F>>> {
        // What judges the outputs leaves them as they come.
        let first = self.supervised.chain.up_to(layer).map(|chain| Supervised { chain, loss: Loss::SquaredError });
        first.map(|first| self.run(&first, data)).transpose()
    }

    /// The norm of the gradient of the mean loss on `data` by the weights and biases of each layer, with the layer's name,
    /// from the inputs to the outputs: where it is many times smaller for the first layers than for the last, these learn
    /// next to nothing.
    ///
    /// # Errors
    /// Those of [`evaluate`](Self::evaluate).
    pub fn gradient_norms(&self, data: &Dataset<'_, F>) -> Result<Vec<(String, f64)>> {
        self.check(data)?;
        let mut gradient = vec![F::ZERO; self.state.theta.len()];
        train::mean_gradient(&self.supervised, self.state.at(), &self.samples(*data), &mut gradient);
        let mut layers: Vec<(String, Range<usize>)> = Vec::new();
        for span in self.supervised.spans() {
            let name = span.name.split('.').next().unwrap_or_default();
            match layers.last_mut() {
                // The biases of a layer follow its weights.
                Some((last, range)) if last == name => range.end = span.range.end,
                _ => layers.push((name.to_owned(), span.range)),
            }
        }
        Ok(layers.into_iter().map(|(name, range)| (name, norm(&gradient[range]))).collect())
    }

    /// What was learned by the network in `arrays`, which has so many output units.
    ///
    /// # Errors
    /// [`Error::Format`] for a number of classes that cannot be.
    pub fn saved_task(arrays: &Arrays, outputs: usize) -> Result<Task> {
        if outputs == 0 {
            return Err(Error::format("there are no output units"));
        }
        if !arrays.has(CLASSES) {
            return Ok(Task::Values(outputs));
        }
        let classes = Self::saved_classes(arrays)?;
        if classes == outputs || (classes, outputs) == (2, 1) {
            return Ok(Task::Classes(classes));
        }
        Err(Error::format(format!("array {CLASSES}: expected that of {outputs} output units, got {classes}")))
    }

    /// How many classes were learned by the network in `arrays`.
    ///
    /// # Errors
    /// [`Error::Format`] where it learned none, or for a number of classes that cannot be.
    pub fn saved_classes(arrays: &Arrays) -> Result<usize> {
        match arrays.count(CLASSES)? {
            classes if 0 < classes && classes <= MOST_CLASSES => Ok(classes),
            classes => Err(Error::format(format!("array {CLASSES}: expected 1 to {MOST_CLASSES}, got {classes}"))),
        }
    }
}

/// That `data` are such as were learned from.
fn check_alike<F: Scalar, O: Answering<F>>(
    task: Task,
    data: &Dataset<'_, F>,
    features: usize,
    who: &str,
) -> Result<()> {
    if O::SEQUENCES {
        data.check_features(features)?;
        task.check_sequences(data, who)
    } else {
        task.check_alike(data, features, who)
    }
}

/// The array that says how many classes there are.
const CLASSES: &str = "classes";

/// Says of an error that names a feature that it is one of the target.
fn of_target(error: Error) -> Error {
    match error {
        Error::Data { what, sample, feature } => Error::Data { what: format!("target: {what}"), sample, feature },
        other => other,
    }
}

/// What a model of layers leaves to its field `network`, for the inside of its `impl Model<F>`: history, features, answers and
/// layers.
#[macro_export]
macro_rules! answers_of_network {
    ($float:ident) => {
        fn history(&self) -> &$crate::History {
            &self.network.history
        }

        fn features(&self) -> usize {
            self.network.features()
        }

        /// Column j holds the probability (or output, see [`Answer::Scores`](nn_core::Answer::Scores)) of each class for sample j,
        /// or the quantities in the units of the target.
        fn predict(&self, data: &$crate::Dataset<'_, $float>) -> $crate::Result<$crate::nalgebra::DMatrix<$float>> {
            self.network.predict(data)
        }

        fn layers(&self) -> Vec<$crate::LayerFacts> {
            self.network.supervised.chain.facts()
        }
    };
}
