//! What a trained one can do: answer, measure, and go to a file and back.

use crate::params::NearestMeanParams;
use crate::train::WHO;
use nn_core::kernels::all_finite;
use nn_core::metrics::{accuracy, largest, weighted_mean};
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Answer, Arrays, Dataset, Error, History, Measures, Model, Online, Result, Scalar, Scaler, State, Target, Task,
    check_answers,
};

/// Answers the class c whose mean m_c is nearest: the one with the largest score `-|x - m_c|^2`.
///
/// Made by [`NearestMeanParams::fit`](nn_core::Fit::fit).
#[derive(Clone, Debug)]
pub struct NearestMean<F: Scalar = f64> {
    pub(crate) params: NearestMeanParams,
    pub(crate) history: History,
    pub(crate) features: usize,
    pub(crate) classes: usize,
    /// Theta: the means, features × classes. Running: what the samples of each class weigh together.
    pub(crate) state: State<F>,
    pub(crate) scaler: Option<Scaler<F>>,
}

impl<F: Scalar> NearestMean<F> {
    /// With all means at 0, and nothing learned.
    pub(crate) fn start(params: NearestMeanParams, features: usize, classes: usize, scaler: Option<Scaler<F>>) -> Self {
        let (theta, running) = (vec![F::ZERO; features * classes], vec![F::ZERO; classes]);
        let state = State { running, ..State::of(theta) };
        Self { params, history: History::default(), features, classes, state, scaler }
    }

    /// The mean of each class, of inputs as they are scaled: features × classes.
    pub fn means(&self) -> DMatrix<F> {
        DMatrix::from_column_slice(self.features, self.classes, &self.state.theta)
    }

    /// The class of each sample.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    pub fn classify(&self, data: &Dataset<'_, F>) -> Result<Vec<u32>> {
        Ok(self.scores(data)?.chunks(self.classes).map(largest).collect())
    }

    /// The score of each class: classes × samples.
    fn scores(&self, data: &Dataset<'_, F>) -> Result<Vec<F>> {
        data.check_features(self.features)?;
        let mut scores = Vec::with_capacity(self.classes * data.samples());
        for x in data.scaled(self.scaler.as_ref()).chunks(self.features) {
            scores.extend(self.state.theta.chunks(self.features).map(|mean| -distance(x, mean)));
        }
        check_answers(&scores, self.classes)?;
        Ok(scores)
    }
}

impl<F: Scalar> Model<F> for NearestMean<F> {
    type Params = NearestMeanParams;

    fn params(&self) -> &NearestMeanParams {
        &self.params
    }

    fn online(&mut self) -> Option<&mut dyn Online<F>> {
        Some(self)
    }

    fn history(&self) -> &History {
        &self.history
    }

    fn features(&self) -> usize {
        self.features
    }

    fn answer(&self) -> Answer {
        Answer::Scores(self.classes)
    }

    /// Column j holds the score `-|x_j - m_c|^2` of each class c, and the largest wins.
    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        Ok(DMatrix::from_vec(self.classes, data.samples(), self.scores(data)?))
    }

    /// `loss`, the mean squared distance of the samples to the mean of their class, and `accuracy`, the share that it gets
    /// right.
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        Task::Classes(self.classes).check_alike(data, self.features, WHO)?;
        let Target::Labels { labels, .. } = data.target() else { return Ok(Measures::new()) };
        let accuracy = accuracy(&self.classify(data)?, labels, data.sample_weights());
        let loss = loss(&self.state.theta, data, self.scaler.as_ref());
        Ok(Measures::new().with("loss", loss).with("accuracy", accuracy))
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = Arrays::new();
        // The last axis runs fastest, so a column of features is a row here.
        arrays.insert("mean", &[self.classes, self.features], &self.state.theta);
        arrays.insert("weight", &[self.classes], &self.state.running);
        if let Some(scaler) = &self.scaler {
            scaler.save("input", &mut arrays);
        }
        arrays
    }

    fn from_arrays(params: NearestMeanParams, history: History, arrays: &Arrays) -> Result<Self> {
        let [classes, features] = arrays.matrix("mean")?;
        let mut model = Self::start(params, features, classes, Scaler::load("input", features, arrays)?);
        model.history = history;
        model.state.theta = arrays.get::<F>("mean", &[classes, features])?.into();
        model.state.running = arrays.get("weight", &[classes])?;
        // A file may hold any bits.
        if !all_finite(&model.state.theta) || !all_finite(&model.state.running) {
            return Err(Error::format("arrays mean and weight: expected finite numbers"));
        }
        Ok(model)
    }
}

/// `|x - m|^2`.
pub(crate) fn distance<F: Scalar>(x: &[F], mean: &[F]) -> F {
    x.iter().zip(mean).fold(F::ZERO, |sum, (&x, &m)| sum + (x - m) * (x - m))
}

/// The mean squared distance of the samples to the mean of their class, each sample counting by its weight.
pub(crate) fn loss<F: Scalar>(means: &[F], data: &Dataset<'_, F>, scaler: Option<&Scaler<F>>) -> f64 {
    let Target::Labels { labels, .. } = data.target() else { return 0.0 };
    let x = data.scaled(scaler);
    let mean = |label: u32| &means[label as usize * data.features()..][..data.features()];
    let distances = x.chunks(data.features()).zip(labels).map(|(x, &label)| distance(x, mean(label)).to_f64());
    weighted_mean(distances, data.sample_weights())
}
