//! What a trained multilayer perceptron can do.

use super::MlpParams;
use super::train::WHO;
use nn_core::linalg::norm;
use nn_core::metrics::{accuracy, largest, r2, rmse};
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Activation, Answer, Arrays, Dataset, Error, History, Layer, Loss, Measures, Model, Objective, Picture, Result,
    Samples, Scalar, Scaler, State, Supervised, Target, Task, check_answers, train,
};
use std::ops::Range;

/// Numbers that an evaluation holds at a time.
const ANSWERS_AT_ONCE: usize = 1 << 22;

/// A multilayer perceptron: layers of units, each joined to all units of the layer before.
///
/// `b_h = f(sum_i v_ih x_i - gamma_h)`, and so on from layer to layer; the chapter's (3). The thresholds are kept as
/// biases, `-gamma_h`.
///
/// Made by [`MlpParams::fit`](nn_core::Fit::fit).
#[derive(Debug)]
pub struct Mlp<F: Scalar = f32> {
    pub(super) params: MlpParams,
    pub(super) history: History,
    pub(super) task: Task,
    pub(super) network: Supervised<F>,
    pub(super) state: State<F>,
    pub(super) input_scaler: Option<Scaler<F>>,
    pub(super) target_scaler: Option<Scaler<F>>,
}

impl<F: Scalar> Mlp<F> {
    /// The most probable class of each sample.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`Error::Data`] where quantities were learned.
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
        let mut classes = Vec::with_capacity(data.samples());
        let part = (ANSWERS_AT_ONCE / self.network.chain.outputs()).next_multiple_of(64);
        for start in (0..data.samples()).step_by(part) {
            classes.extend(self.classify(&data.part(start..start + part))?);
        }
        Ok(classes)
    }

    /// Whether the outputs for so many classes are probabilities: what is judged by its squared error, or each class
    /// on its own, is not.
    fn tells_probabilities(&self, classes: usize) -> bool {
        let as_they_come = matches!(self.params.output_activation, None | Some(Activation::Identity));
        as_they_come
            && match self.network.loss {
                Loss::CrossEntropy => true,
                Loss::BinaryCrossEntropy => classes == 2,
                Loss::SquaredError | Loss::AbsoluteError | Loss::Huber => false,
            }
    }

    /// All parameters in one slice, layer after layer: the weights of each unit side by side, then the biases.
    pub fn theta(&self) -> &[F] {
        &self.state.theta
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
        data.check_features(self.features())?;
        let network = self.params.first_layers(self.features(), layer)?;
        let samples = Samples::new(data.inputs_only(), 1).scaled(self.input_scaler.as_ref(), None);
        let mut outputs = DMatrix::from_element(network.chain.outputs(), data.samples(), F::ZERO);
        // Theta lies layer after layer, so that of the first layers is its beginning.
        network.answer(&self.state.theta[..network.theta_len()], &samples, outputs.as_mut_slice());
        check_answers(outputs.as_slice(), outputs.nrows())?;
        Ok(outputs)
    }

    /// The norm of the gradient of the mean loss on `data` by the weights and biases of each layer, with the layer's name,
    /// from the inputs to the outputs: where it is many times smaller for the first layers than for the last, these learn
    /// next to nothing.
    ///
    /// # Errors
    /// Those of [`evaluate`](Model::evaluate).
    pub fn gradient_norms(&self, data: &Dataset<'_, F>) -> Result<Vec<(String, f64)>> {
        self.check(data)?;
        let mut gradient = vec![F::ZERO; self.state.theta.len()];
        train::mean_gradient(&self.network, &self.state, &self.samples(*data), &mut gradient);
        let mut layers: Vec<(String, Range<usize>)> = Vec::new();
        for span in self.network.spans() {
            let name = span.name.split('.').next().unwrap_or_default();
            match layers.last_mut() {
                // The biases of a layer follow its weights.
                Some((last, range)) if last == name => range.end = span.range.end,
                _ => layers.push((name.to_owned(), span.range)),
            }
        }
        Ok(layers.into_iter().map(|(name, range)| (name, norm(&gradient[range]))).collect())
    }

    /// That `data` have the features and the kind of target that were learned.
    pub(super) fn check(&self, data: &Dataset<'_, F>) -> Result<()> {
        data.check_features(self.features())?;
        self.task.check(data, WHO)
    }

    /// `data` as the network reads it.
    pub(super) fn samples<'a>(&'a self, data: Dataset<'a, F>) -> Samples<'a, F> {
        Samples::new(data, self.network.chain.outputs()).scaled(self.input_scaler.as_ref(), self.target_scaler.as_ref())
    }

    /// The outputs of the network, one column a sample.
    fn outputs(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        data.check_features(self.features())?;
        let data = data.inputs_only();
        let mut outputs = DMatrix::from_element(self.network.chain.outputs(), data.samples(), F::ZERO);
        self.network.answer(&self.state.theta, &self.samples(data), outputs.as_mut_slice());
        if let Some(scaler) = &self.target_scaler {
            scaler.undo(outputs.as_mut_slice());
        }
        check_answers(outputs.as_slice(), outputs.nrows())?;
        Ok(outputs)
    }
}

impl<F: Scalar> Model<F> for Mlp<F> {
    type Params = MlpParams;

    fn params(&self) -> &MlpParams {
        &self.params
    }

    fn history(&self) -> &History {
        &self.history
    }

    fn features(&self) -> usize {
        self.network.chain.inputs()
    }

    fn answer(&self) -> Answer {
        match self.task {
            Task::Classes(count) if self.tells_probabilities(count) => Answer::Classes(count),
            Task::Classes(count) => Answer::Scores(count),
            Task::Values(count) => Answer::Values(count),
        }
    }

    /// Column j holds the probability (or output, see [`Answer::Scores`]) of each class for sample j, or the quantities in the units of the target.
    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        let outputs = self.outputs(data)?;
        Ok(match self.task {
            // One output unit tells the second class of two.
            Task::Classes(2) if outputs.nrows() == 1 => DMatrix::from_fn(2, outputs.ncols(), |class, sample| {
                let second = outputs[(0, sample)];
                if class == 1 { second } else { F::ONE - second }
            }),
            _ => outputs,
        })
    }

    /// `loss` and `accuracy` for classes; `loss`, `rmse` and `r2` for quantities, in their own units.
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        self.check(data)?;
        let weights = data.sample_weights();
        let measures = Measures(match data.target() {
            Target::Labels { labels, .. } => {
                let loss = train::mean_loss(&self.network, &self.state, &self.samples(*data));
                let predicted = self.classify_in_parts(data)?;
                vec![("loss", loss), ("accuracy", accuracy(&predicted, labels, weights))]
            }
            Target::Values { values, outputs } => {
                let answers = self.predict(data)?;
                let answers = answers.as_slice();
                let rmse = rmse(answers, values, outputs, weights);
                // Summed over the quantities of a sample: of squared error the chapter's (4).
                let loss = self.network.loss.mean_of(answers, values, outputs, weights);
                vec![("loss", loss), ("rmse", rmse), ("r2", r2(answers, values, outputs, weights))]
            }
            _ => Vec::new(),
        });
        measures.check()?;
        Ok(measures)
    }

    fn pictures(&self) -> Vec<Picture> {
        let by_class = self.params.hidden_layers.is_empty();
        let title = if by_class { "weights of the output units" } else { "weights of the first hidden layer" };
        let Some(span) = self.network.spans().into_iter().next() else { return Vec::new() };
        let weights = self.state.theta[span.range].iter().map(|weight| weight.to_f64());
        let weights = DMatrix::from_iterator(span.shape[1], span.shape[0], weights);
        vec![Picture::Weights { title: title.to_owned(), weights, by_class }]
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = Arrays::new();
        for span in self.network.spans() {
            arrays.insert(span.name, &span.shape, &self.state.theta[span.range]);
        }
        if let Task::Classes(count) = self.task {
            arrays.insert("classes", &[1], &[F::from_f64(count as f64)]);
        }
        if let Some(scaler) = &self.input_scaler {
            scaler.save("input", &mut arrays);
        }
        if let Some(scaler) = &self.target_scaler {
            scaler.save("target", &mut arrays);
        }
        arrays
    }

    fn from_arrays(params: MlpParams, history: History, arrays: &Arrays) -> Result<Self> {
        let first = if params.hidden_layers.is_empty() { "output.weight" } else { "hidden1.weight" };
        let features = dimension(arrays, first, 1)?;
        let outputs = dimension(arrays, "output.weight", 0)?;
        let task = match arrays.shape("classes") {
            Some(_) => Task::Classes(arrays.get::<F>("classes", &[1])?[0].to_f64() as usize),
            None => Task::Values(outputs),
        };
        let network = params.network(features, task)?;
        let mut theta = vec![F::ZERO; network.theta_len()];
        for span in network.spans() {
            theta[span.range.clone()].copy_from_slice(&arrays.get(&span.name, &span.shape)?);
        }
        let state = State::new(&network, theta, params.optimizer);
        let input_scaler = Scaler::load("input", features, arrays)?;
        let target_scaler = Scaler::load("target", outputs, arrays)?;
        Ok(Self { params, history, task, network, state, input_scaler, target_scaler })
    }
}

/// The length of an axis of an array that must be a matrix with something in it.
fn dimension(arrays: &Arrays, name: &str, axis: usize) -> Result<usize> {
    match arrays.shape(name) {
        Some(shape) if shape.len() == 2 && 0 < shape[0] && 0 < shape[1] => Ok(shape[axis]),
        Some(shape) => Err(Error::format(format!("array {name}: expected a matrix, got shape {shape:?}"))),
        None => Err(Error::format(format!("array {name} is missing"))),
    }
}
