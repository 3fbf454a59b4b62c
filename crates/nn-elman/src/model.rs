//! What a trained network can do.

use crate::params::{ElmanParams, TargetSteps};
use crate::recurrent::Recurrent;
use crate::series::is_symbol;
use crate::train::{MEASURED_AT_ONCE, WHO, check_numbers, sequences};
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Activation, Answer, Answering, Arrays, Dataset, Error, History, LayerFacts, Measures, Model, Network, Objective,
    Online, Picture, Result, Scalar, Target, check_answers,
};

/// A simple recurrent network: what its hidden units were a step ago is among its inputs.
///
/// `h_t = f(W [x_t | h_(t-1)] + b)`, `y_t = g(V h_t + c)`.
///
/// Made by [`ElmanParams::fit`](nn_core::Fit::fit). Columns of a data set are time steps, and
/// [`Dataset::sequences`] says where sequences begin; without it all are one.
#[derive(Clone, Debug)]
pub struct Elman<F: Scalar = f32> {
    pub(crate) params: ElmanParams,
    pub(crate) network: Network<F, Recurrent>,
}

/// Positions of a sequence whose error is told one by one.
const MOST_POSITIONS: usize = 1000;

impl<F: Scalar> Elman<F> {
    /// The most probable class at each step.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`Error::Data`] where quantities were learned.
    pub fn classify(&self, data: &Dataset<'_, F>) -> Result<Vec<u32>> {
        check_numbers(data)?;
        self.network.classify(&self.params.read(*data))
    }

    /// All parameters in one slice: for each hidden unit its weights from the inputs and then from the context, their biases, the
    /// weights of each output unit, and its bias.
    pub fn theta(&self) -> &[F] {
        &self.network.state.theta
    }

    /// The states `h_t` at each step: what the network makes of a sequence so far.
    ///
    /// # Shapes
    /// hidden units × samples.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    pub fn states(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        check_numbers(data)?;
        data.check_features(self.network.features())?;
        let mut states = DMatrix::from_element(self.params.hidden_units, data.samples(), F::ZERO);
        let samples = self.network.questions(&self.params.read(*data));
        self.network.supervised.states(self.theta(), &samples, states.as_mut_slice());
        check_answers(states.as_slice(), states.nrows())?;
        Ok(states)
    }

    /// The mean squared error of an answer's numbers at each position of a sequence, over all sequences that have it, the first
    /// 1,000 positions at most: Elman's saw-tooth. A class is 1 among zeros. Positions of which no step counts are left out.
    ///
    /// # Errors
    /// Those of [`evaluate`](Model::evaluate).
    pub fn error_by_position(&self, data: &Dataset<'_, F>) -> Result<Vec<f64>> {
        let errors = self.errors(data)?;
        let weights = self.params.counted(data);
        Ok(by_position(&weights.as_deref().map_or(*data, |weights| data.weights(weights)), &errors))
    }

    /// The mean squared error of the answer's numbers at each step.
    ///
    /// # Errors
    /// Those of [`evaluate`](Model::evaluate).
    pub fn errors(&self, data: &Dataset<'_, F>) -> Result<Vec<f64>> {
        self.check(data)?;
        let answers = self.predict(data)?;
        let target = |sample: usize, row: usize| match data.target() {
            Target::Labels { labels, .. } => f64::from(labels[sample] as usize == row),
            Target::Values { values, outputs } => values[sample * outputs + row].to_f64(),
            _ => 0.0,
        };
        let error = |(sample, answer): (usize, nn_core::nalgebra::DVectorView<'_, F>)| {
            let squares = answer.iter().enumerate().map(|(row, y)| (y.to_f64() - target(sample, row)).powi(2));
            squares.sum::<f64>() / answer.len() as f64
        };
        Ok(answers.column_iter().enumerate().map(error).collect())
    }

    /// Which sequences are accepted: those at each of whose steps the class that came has an answer above `accept_above`.
    ///
    /// # Errors
    /// Those of [`evaluate`](Model::evaluate); [`Error::Data`] where quantities were learned.
    pub fn accepts(&self, data: &Dataset<'_, F>) -> Result<Vec<bool>> {
        self.check(data)?;
        let Target::Labels { labels, .. } = data.target() else {
            return Err(Error::data("sequences of classes are accepted or not, and quantities were learned"));
        };
        let answers = self.predict(data)?;
        let above = |sample: usize| self.params.accept_above < answers[(labels[sample] as usize, sample)].to_f64();
        Ok(sequences(data).map(|mut sequence| sequence.all(above)).collect())
    }

    /// That `data` have what was learned, and numbers that are finite.
    pub(crate) fn check(&self, data: &Dataset<'_, F>) -> Result<()> {
        check_numbers(data)?;
        self.network.check(data)
    }
}

/// The mean at each position that has any weight.
pub(crate) fn by_position<F: Scalar>(data: &Dataset<'_, F>, errors: &[f64]) -> Vec<f64> {
    let mut sums: Vec<(f64, f64)> = Vec::new();
    for sequence in sequences(data) {
        for (position, sample) in sequence.take(MOST_POSITIONS).enumerate() {
            if sums.len() <= position {
                sums.push((0.0, 0.0));
            }
            let weight = data.weight(sample).to_f64();
            sums[position].0 += weight * errors[sample];
            sums[position].1 += weight;
        }
    }
    sums.into_iter().filter(|(_, weight)| 0.0 < *weight).map(|(sum, weight)| sum / weight).collect()
}

impl<F: Scalar> Model<F> for Elman<F> {
    type Params = ElmanParams;

    fn params(&self) -> &ElmanParams {
        &self.params
    }

    fn online(&mut self) -> Option<&mut dyn Online<F>> {
        Some(self)
    }

    fn history(&self) -> &History {
        &self.network.history
    }

    fn features(&self) -> usize {
        self.network.features()
    }

    fn remembers(&self) -> bool {
        true
    }

    fn answer(&self) -> Answer {
        self.network.answer(matches!(self.params.output_activation, None | Some(Activation::Identity)))
    }

    /// Column j is the answer at step j: to a sequence as far as it has come.
    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        check_numbers(data)?;
        self.network.predict(&self.params.read(*data))
    }

    /// `loss` and `accuracy` for classes; `loss`, `rmse` and `r2` for quantities, in their own units. Of several sequences also
    /// `error_by_position`, and of symbols `accepted`, the share of the sequences that are: where there are as many classes as features,
    /// each input is 1 among zeros, and every step counts.
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        self.check(data)?;
        let weights = self.params.counted(data);
        let weighed = weights.as_deref().map_or(*data, |weights| data.weights(weights));
        let mut measures = self.network.evaluate(&self.params.read(weighed))?;
        if data.starts().is_some_and(|starts| 1 < starts.len()) && !matches!(data.target(), Target::None) {
            // What comes next among symbols.
            if let Target::Labels { classes, .. } = data.target()
                && classes == data.features()
                && self.params.target_steps == TargetSteps::Every
                && data.x().chunks_exact(classes).all(is_symbol)
            {
                let accepted = self.accepts(data)?;
                let count = accepted.iter().filter(|accepted| **accepted).count();
                measures = measures.with("accepted", count as f64 / accepted.len() as f64);
            }
            measures = measures.with_list("error_by_position", by_position(&weighed, &self.errors(data)?));
        }
        measures.check()
    }

    fn remarks(&self) -> Vec<String> {
        self.params.remarks()
    }

    fn beyond(&self, data: &Dataset<'_, F>) -> Result<Option<DMatrix<F>>> {
        if self.params.forecast < 2 {
            return Ok(None);
        }
        // The first is the answer to the last sample.
        self.forecast(data, self.params.forecast).map(|forecast| Some(forecast.remove_column(0)))
    }

    fn pictures_of(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
        self.drawn(data)
    }

    fn layers(&self) -> Vec<LayerFacts> {
        let recurrent = &self.network.supervised;
        let facts = |name: &str, units: usize, parameters: usize| LayerFacts {
            name: name.to_owned(),
            shape: vec![units],
            parameters,
            connections: parameters,
        };
        let hidden = recurrent.hidden_len();
        vec![
            facts("hidden", recurrent.units, hidden),
            facts("output", recurrent.outputs, Objective::<F>::theta_len(recurrent) - hidden),
        ]
    }

    fn arrays(&self) -> Arrays {
        self.network.arrays()
    }

    fn from_arrays(params: ElmanParams, history: History, arrays: &Arrays) -> Result<Self> {
        let [units, joined] = arrays.matrix("hidden.weight")?;
        let [outputs, _] = arrays.matrix("output.weight")?;
        if units != params.hidden_units || joined <= units {
            let what =
                format!("array hidden.weight: not that of {} hidden units and their context", params.hidden_units);
            return Err(Error::format(what));
        }
        let task = Network::<F>::saved_task(arrays, outputs)?;
        let recurrent = params.recurrent(joined - units, task, MEASURED_AT_ONCE)?;
        if Answering::<F>::outputs(&recurrent) != outputs {
            return Err(Error::format(format!(
                "array output.weight: not that of {outputs} outputs for what was learned"
            )));
        }
        let network = Network::restored(WHO, task, recurrent, params.rule(), history, arrays)?;
        Ok(Self { params, network })
    }
}
