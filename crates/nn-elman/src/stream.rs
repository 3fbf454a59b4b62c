//! A network that runs: one input in, one answer out, with the state in the user's hands; and what it foretells when it is fed its own
//! answers.

use crate::model::Elman;
use crate::train::sequences;
use nn_core::metrics::largest;
use nn_core::nalgebra::DMatrix;
use nn_core::{Activation, Arrays, Dataset, Error, History, Model, ModelFile, Result, Scalar, kernels};
use std::path::Path;

/// Where a running network is: the state of its hidden units, and room for a step, so that a step allocates nothing.
///
/// Made by [`Elman::start`], moved by [`Elman::step`]. The network itself is not changed by running, so that one serves any number of
/// streams, on any threads.
#[derive(Clone, Debug)]
pub struct RunningState<F: Scalar = f32> {
    /// `[x_t | h_(t-1)]`: the scaled input of the last step, and the state that the next one begins with.
    joined: Vec<F>,
    sums: Vec<F>,
    h: Vec<F>,
    outs: Vec<F>,
    y: Vec<F>,
    inputs: usize,
}

/// What the file of a state is called in its header, and its array.
const KIND: &str = "elman-state";
const STATE: &str = "state";

impl<F: Scalar> RunningState<F> {
    /// The state: a number a hidden unit.
    pub fn units(&self) -> &[F] {
        &self.joined[self.inputs..]
    }

    /// Saves the state, as a file of the format of models.
    ///
    /// # Errors
    /// [`Error::Io`] where the operating system refuses.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let mut arrays = Arrays::new();
        arrays.insert(STATE, &[self.units().len()], self.units());
        ModelFile::new(KIND, "{}", History::default(), arrays, F::PRECISION).write(path.as_ref())
    }
}

impl<F: Scalar> Elman<F> {
    /// Before the first step: every hidden unit is `state_start`.
    pub fn start(&self) -> RunningState<F> {
        let recurrent = &self.network.supervised;
        let zeros = |len: usize| vec![F::ZERO; len];
        let (units, outputs) = (recurrent.units, recurrent.outputs);
        let mut joined = zeros(recurrent.inputs + units);
        joined[recurrent.inputs..].fill(F::from_f64(recurrent.start));
        let outs = if self.bends_outputs() { zeros(outputs) } else { Vec::new() };
        RunningState { joined, sums: zeros(units), h: zeros(units), outs, y: zeros(outputs), inputs: recurrent.inputs }
    }

    /// From a state that was kept: [`RunningState::units`].
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of units; [`Error::Data`] for one that is not finite.
    pub fn start_from(&self, units: &[F]) -> Result<RunningState<F>> {
        let mut state = self.start();
        let context = &mut state.joined[state.inputs..];
        if context.len() != units.len() {
            return Err(Error::shape("the state (hidden units)", context.len(), units.len()));
        }
        if !kernels::all_finite(units) {
            return Err(Error::data("the state holds a number that is not finite"));
        }
        context.copy_from_slice(units);
        Ok(state)
    }

    /// The state that [`RunningState::save`] wrote.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::Format`] where it is not a state of this network.
    pub fn load_state(&self, path: impl AsRef<Path>) -> Result<RunningState<F>> {
        let path = path.as_ref();
        self.state_of(&ModelFile::read(path)?).map_err(|error| error.within(path.display()))
    }

    fn state_of(&self, file: &ModelFile) -> Result<RunningState<F>> {
        if file.kind != KIND || file.precision != F::PRECISION {
            let what = format!("expected an {KIND} in {}, got {} in {}", F::PRECISION, file.kind, file.precision);
            return Err(Error::format(what));
        }
        self.start_from(&file.arrays.get::<F>(STATE, &[self.network.supervised.units])?)
    }

    /// One step of a running network: reads `x`, moves the state, and writes the answer into `answer`, as [`predict`](Model::predict)
    /// does for a sequence that is read step by step. It allocates nothing.
    ///
    /// # Shapes
    /// `x`: features. `answer`: as many as [`answer`](Model::answer) says.
    ///
    /// # Errors
    /// [`Error::Shape`] for another length of either; [`Error::Data`] for an input or an answer that is not finite. The state is then
    /// what it was.
    pub fn step(&self, state: &mut RunningState<F>, x: &[F], answer: &mut [F]) -> Result<()> {
        let (recurrent, expected) = (&self.network.supervised, self.answer().numbers());
        if x.len() != recurrent.inputs {
            return Err(Error::shape("the input of a step (features)", recurrent.inputs, x.len()));
        }
        if answer.len() != expected {
            return Err(Error::shape("the answer of a step", expected, answer.len()));
        }
        if state.joined.len() != recurrent.inputs + recurrent.units || state.inputs != recurrent.inputs {
            return Err(Error::shape("the state (hidden units)", recurrent.units, state.units().len()));
        }
        if let Some(feature) = x.iter().position(|x| !x.is_finite()) {
            return Err(Error::Data { what: format!("x is {}", x[feature]), sample: None, feature: Some(feature) });
        }
        let RunningState { joined, sums, h, outs, y, inputs } = state;
        joined[..*inputs].copy_from_slice(x);
        if let Some(scaler) = &self.network.input_scaler {
            scaler.apply(&mut joined[..*inputs]);
        }
        recurrent.hidden_step(self.theta(), 1, joined, sums, h);
        recurrent.output_step(self.theta(), 1, h, outs, y);
        recurrent.loss.answer(1, y);
        if let Some(scaler) = &self.network.target_scaler {
            scaler.undo(y);
        }
        if let Some(number) = y.iter().chain(h.iter()).find(|number| !number.is_finite()) {
            return Err(Error::data(format!("the answer of the step is {number}")));
        }
        match (y.as_slice(), answer.len()) {
            // One output unit tells the second class of two.
            (&[second], 2) => answer.copy_from_slice(&[F::ONE - second, second]),
            _ => answer.copy_from_slice(y),
        }
        joined[*inputs..].copy_from_slice(h);
        Ok(())
    }

    /// The next `steps` answers after the end of `data`, a column each: the first is the answer to the last sample, and each further one
    /// that to the answer before it, which is read as if it had come; of classes the most probable one. What is before the last sequence
    /// matters only where the state is carried on.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`Error::Data`] where the answers are not such as the inputs, as many quantities, or as many
    /// classes as there are features, so that they cannot be read.
    pub fn forecast(&self, data: &Dataset<'_, F>, steps: usize) -> Result<DMatrix<F>> {
        crate::train::check_numbers(data)?;
        data.check_features(self.features())?;
        let numbers = self.answer().numbers();
        if numbers != self.features() {
            let what = format!("{} features cannot be read off {numbers} numbers of an answer", self.features());
            return Err(Error::data(format!("a forecast reads each answer as the next input, but {what}")));
        }
        let mut state = self.start();
        let mut answer = vec![F::ZERO; numbers];
        for sample in sequences(&self.params.read(*data)).last().unwrap_or_default() {
            self.step(&mut state, data.sample(sample), &mut answer)?;
        }
        let mut forecast = DMatrix::from_element(numbers, steps, F::ZERO);
        let mut x = answer.clone();
        for (at, mut column) in forecast.column_iter_mut().enumerate() {
            if 0 < at {
                self.step(&mut state, &x, &mut answer)?;
            }
            column.copy_from_slice(&answer);
            x.copy_from_slice(&answer);
            if self.answer().classes().is_some() {
                let most = largest(&answer) as usize;
                x.iter_mut().enumerate().for_each(|(class, x)| *x = if class == most { F::ONE } else { F::ZERO });
            }
        }
        Ok(forecast)
    }

    /// Whether the outputs have an activation.
    fn bends_outputs(&self) -> bool {
        self.network.supervised.output_activation != Activation::Identity
    }
}

#[cfg(test)]
mod tests {
    use crate::{ElmanParams, StateRule};
    use nn_core::nalgebra::DMatrix;
    use nn_core::{Dataset, Error, Fit, Loss, Model};

    fn series(len: usize) -> DMatrix<f64> {
        DMatrix::from_fn(1, len, |_, j| 5.0 + (j as f64 * 0.5).sin())
    }

    #[test]
    fn a_running_network_answers_as_predict_does() {
        let x = DMatrix::from_fn(3, 40, |i, j| ((5 * j + i) as f64).sin());
        let labels: Vec<u32> = (0..40).map(|j| j % 2).collect();
        let data = Dataset::new(&x).labels(&labels);
        for loss in [Loss::CrossEntropy, Loss::SquaredError] {
            let model =
                ElmanParams::default().hidden_units(5).epochs(2).loss(loss).state_start(0.5).fit(&data).unwrap();
            let answers = model.predict(&data).unwrap();
            let (mut state, mut y) = (model.start(), [0.0; 2]);
            for sample in 0..40 {
                model.step(&mut state, data.sample(sample), &mut y).unwrap();
                assert_eq!(y, answers.column(sample).as_slice());
            }
            assert_eq!(state.units(), model.states(&data).unwrap().column(39).as_slice());
        }
    }

    #[test]
    fn a_state_that_was_kept_goes_on() {
        let x = series(30);
        let model = ElmanParams::default().hidden_units(4).epochs(2).fit(&Dataset::new(&x).values(&x)).unwrap();
        let (mut state, mut y, mut z) = (model.start(), [0.0], [0.0]);
        model.step(&mut state, &[5.5], &mut y).unwrap();
        let path = std::env::temp_dir().join(format!("nn-elman-state-{}", std::process::id()));
        state.save(&path).unwrap();
        let kept = model.load_state(&path);
        std::fs::remove_file(&path).unwrap();
        let mut kept = kept.unwrap();
        model.step(&mut state, &[4.5], &mut y).unwrap();
        model.step(&mut kept, &[4.5], &mut z).unwrap();
        assert_eq!(y, z);
        assert!(matches!(model.start_from(&[0.0; 3]), Err(Error::Shape { .. })));
        assert!(matches!(model.start_from(&[f64::NAN; 4]), Err(Error::Data { .. })));
        let before = state.units().to_vec();
        assert!(
            model.step(&mut state, &[f64::NAN], &mut y).is_err()
                && model.step(&mut state, &[1.0, 2.0], &mut y).is_err()
        );
        assert_eq!(state.units(), before);
    }

    #[test]
    fn a_forecast_reads_its_own_answers() {
        let whole = series(121);
        let (x, y) = (whole.columns(0, 120).into_owned(), whole.columns(1, 120).into_owned());
        let data = Dataset::new(&x).values(&y);
        let params = ElmanParams::default().hidden_units(8).epochs(150).batch_size(1).learning_rate(0.01).forecast(20);
        let model = params.fit(&data).unwrap();
        let forecast = model.forecast(&data, 20).unwrap();
        assert_eq!(forecast[(0, 0)], model.predict(&data).unwrap()[(0, 119)]);
        let off = forecast
            .iter()
            .enumerate()
            .map(|(k, y)| (y - 5.0 - ((120 + k) as f64 * 0.5).sin()).abs())
            .fold(0.0, f64::max);
        assert!(off < 0.25, "{off}");
        assert_eq!(model.beyond(&data).unwrap().unwrap(), forecast.columns(1, 19).into_owned());
        // The same by hand.
        let answered = DMatrix::from_fn(1, 121, |_, j| if j < 120 { x[(0, j)] } else { forecast[(0, 0)] });
        assert_eq!(model.forecast(&Dataset::new(&answered), 1).unwrap()[(0, 0)], forecast[(0, 1)]);
    }

    #[test]
    fn what_cannot_be_read_is_not_foretold() {
        let x = DMatrix::from_fn(2, 30, |i, j| ((5 * j + i) as f64).sin());
        let y = series(30);
        let model = ElmanParams::default().hidden_units(4).epochs(1).fit(&Dataset::new(&x).values(&y)).unwrap();
        assert!(model.forecast(&Dataset::new(&x), 3).unwrap_err().to_string().contains("2 features"));
        // As many, but not the next ones.
        let data = Dataset::new(&y).values(&y);
        let refused = ElmanParams::default().forecast(2).fit(&data).unwrap_err().to_string();
        assert!(refused.starts_with("forecast: expected 0 or 1 where"), "{refused}");
        let one = ElmanParams::default().hidden_units(4).epochs(1).forecast(1).fit(&data).unwrap();
        assert!(one.beyond(&data).unwrap().is_none());
    }

    #[test]
    fn a_state_that_is_carried_on_makes_one_sequence_of_all() {
        let x = series(30);
        let starts = [0, 11, 20];
        let data = Dataset::new(&x).values(&x).sequences(&starts);
        let params = ElmanParams::default().hidden_units(4).epochs(3).batch_size(1);
        let carried = params.clone().state(StateRule::Carry).fit(&data).unwrap();
        assert_eq!(carried.predict(&data).unwrap(), carried.predict(&Dataset::new(&x)).unwrap());
        let reset = params.fit(&data).unwrap();
        assert_ne!(reset.predict(&data).unwrap(), reset.predict(&Dataset::new(&x)).unwrap());
    }
}
