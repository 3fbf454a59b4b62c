//! Learning: the outputs, the states, and how far errors are followed back are in `recurrent.rs` and `gradient.rs`; the steps of
//! the weights are those of [`nn_core::train`].
//!
//! What is left for here is what belongs to sequences: where they begin, which of their steps count, and in which order they come.

use crate::gradient::Gradient;
use crate::model::Elman;
use crate::params::{ElmanParams, StateRule, TargetSteps};
use crate::recurrent::Recurrent;
use nn_core::random::Key;
use nn_core::{
    Dataset, Error, Fit, FitOptions, Lesson, Network, Objective, Online, Params, Result, Scalar, Scaler, Scaling, Task,
    Training, check_room, split,
};
use std::ops::Range;

/// Who learns, as errors say it.
pub(crate) const WHO: &str = "an elman network";

/// Steps of a sequence that are measured at a time, however long it is.
pub(crate) const MEASURED_AT_ONCE: usize = 1 << 10;

/// The start of data that are one sequence.
const ONE: &[usize] = &[0];

impl<F: Scalar> Fit<F> for ElmanParams {
    type Model = Elman<F>;

    fn fit_with(&self, data: &Dataset<'_, F>, options: FitOptions<'_, F>) -> Result<Elman<F>> {
        self.validate()?;
        self.check_together()?;
        let given = options.validation;
        let check = |data: &Dataset<'_, F>| check_numbers(data).and_then(|()| data.check());
        check(data)?;
        if let Some(validation) = &given {
            check(validation).map_err(|error| error.within("validation"))?;
        }
        self.check_forecast(data)?;
        // Where order counts the end is kept aside; of sequences that know nothing of each other the lesson keeps some.
        let series = self.state == StateRule::Carry || data.starts().is_none_or(|starts| starts.len() == 1);
        let keeps_aside = series && self.early().watches() && given.is_none();
        let parts = if keeps_aside { Some(last_part(data, self.validation_fraction)?) } else { None };
        let (learned, watched) = match &parts {
            Some((learned, watched)) => (learned.view(), Some(watched.view())),
            None => (*data, given),
        };
        let weights = self.counted(&learned);
        let learned = weights.as_deref().map_or(learned, |weights| learned.weights(weights));
        let learned = learned.sequences(learned.starts().unwrap_or(ONE));
        let weights = watched.and_then(|watched| self.counted(&watched));
        let watched =
            watched.map(|watched| self.read(weights.as_deref().map_or(watched, |weights| watched.weights(weights))));

        let sequences = learned.starts().map_or(1, <[usize]>::len);
        self.check_batch(learned.features(), sequences)?;
        let piece = self.piece(sequences);
        let lesson = Lesson {
            who: WHO,
            training: Training { shuffle: self.shuffle && self.state == StateRule::Reset, ..self.training_in_force() },
            class_weight: self.class_weight,
            validation_fraction: self.validation_fraction,
        };
        // The options live longer than what is kept aside here.
        let mut own = FitOptions::default();
        (own.validation, own.stop, own.checkpoint, own.resume) =
            (watched, options.stop, options.checkpoint, options.resume);
        if let Some(monitor) = options.monitor {
            own.monitor = Some(monitor);
        }
        let mut network = lesson.teach_by_descent(&learned, own, |data, task| self.untrained(data, task, piece))?;
        network.supervised.piece = MEASURED_AT_ONCE;
        Ok(Elman { params: self.clone(), network })
    }

    fn check_online(&self) -> Result<()> {
        self.training_in_force().check_online()
    }
}

impl<F: Scalar> Online<F> for Elman<F> {
    /// One pass over these samples in the given order. The scaling stays as it was learned at first. Where the state is carried on, a stream
    /// that is learned in parts is one sequence, and the parts equal the whole where each is a multiple of `update_every`.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`]; the model is then what it was before.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        check_numbers(data)?;
        let weights = self.params.counted(data);
        let data = weights.as_deref().map_or(*data, |weights| data.weights(weights));
        let data = data.sequences(data.starts().unwrap_or(ONE));
        let sequences = data.starts().map_or(1, <[usize]>::len);
        self.params.check_batch(self.network.features(), sequences)?;
        self.network.supervised.piece = self.params.piece(sequences);
        let learned = self.network.partial_fit(&data, &self.params.training_in_force());
        self.network.supervised.piece = MEASURED_AT_ONCE;
        learned
    }
}

impl ElmanParams {
    /// The network at its start.
    fn untrained<F: Scalar>(&self, data: &Dataset<'_, F>, task: Task, piece: usize) -> Result<Network<F, Recurrent>> {
        let recurrent = self.recurrent(data.features(), task, piece)?;
        let parameters = Objective::<F>::theta_len(&recurrent);
        check_room::<F>("hidden_units", parameters)?;
        let mut theta = vec![F::ZERO; parameters];
        let spans = Objective::<F>::spans(&recurrent);
        self.init_in_force().fill_scaled(self.init_scale, &spans, &mut theta, Key::once(self.seed));
        let is_bit = |x: &F| *x == F::ZERO || *x == F::ONE;
        let usual = if data.x().iter().all(is_bit) { Scaling::None } else { Scaling::Standard };
        let network = Network::new(WHO, task, recurrent, theta, self.rule());
        network
            .scale_inputs(Scaler::fit(self.scaling.unwrap_or(usual), data.x(), data.features())?)
            .scale_target(self.target_scaling, data)
    }

    /// The shape of the network.
    pub(crate) fn recurrent(&self, features: usize, task: Task, piece: usize) -> Result<Recurrent> {
        let loss = task.loss(self.loss)?;
        let outputs = task.outputs(loss);
        self.check_size(features, outputs)?;
        Ok(Recurrent {
            inputs: features,
            units: self.hidden_units,
            outputs,
            activation: self.activation,
            output_activation: self.output_activation.unwrap_or(task.output_activation(loss)),
            loss,
            gradient: self.gradient,
            window: if self.gradient == Gradient::Truncated { self.window } else { usize::MAX },
            state: self.state,
            start: self.state_start,
            piece,
        })
    }

    /// The weight of each step where only the last of a sequence counts.
    pub(crate) fn counted<F: Scalar>(&self, data: &Dataset<'_, F>) -> Option<Vec<F>> {
        if self.target_steps == TargetSteps::Every {
            return None;
        }
        let mut weights = vec![F::ZERO; data.samples()];
        for sequence in sequences(data) {
            if let Some(last) = sequence.last() {
                weights[last] = data.weight(last);
            }
        }
        Some(weights)
    }

    /// `data` as they are read for answers: those that carry the state on are one sequence.
    pub(crate) fn read<'a, F: Scalar>(&self, data: Dataset<'a, F>) -> Dataset<'a, F> {
        match (self.state, data.starts()) {
            (StateRule::Reset, Some(starts)) => data.sequences(starts),
            _ => data.sequences(ONE),
        }
    }
}

/// The samples of each sequence.
pub(crate) fn sequences<'a, F: Scalar>(data: &Dataset<'a, F>) -> impl Iterator<Item = Range<usize>> + use<'a, F> {
    let (starts, samples) = (data.starts().unwrap_or(ONE), data.samples());
    starts.iter().enumerate().map(move |(at, &start)| start..starts.get(at + 1).copied().unwrap_or(samples))
}

/// Says in which sequence and at which step the first number is that is not finite; what else is wrong others say.
pub(crate) fn check_numbers<F: Scalar>(data: &Dataset<'_, F>) -> Result<()> {
    let Some(starts) = data.starts() else { return Ok(()) };
    match data.check() {
        Err(Error::Data { what, sample: Some(sample), feature: Some(feature) }) => {
            let sequence = starts.partition_point(|&start| start <= sample);
            let first = starts.get(sequence.wrapping_sub(1)).copied().unwrap_or(0);
            let what = format!("{what} in sequence {sequence}, step {}", sample - first + 1);
            Err(Error::value(what, sample, feature))
        }
        _ => Ok(()),
    }
}

/// A series without its end, and its end; of several sequences the last ones are the end.
fn last_part<F: Scalar>(
    data: &Dataset<'_, F>,
    fraction: f64,
) -> Result<(nn_core::OwnedDataset<F>, nn_core::OwnedDataset<F>)> {
    let several = data.starts().is_some_and(|starts| 1 < starts.len());
    let data = if several { *data } else { data.part(0..data.samples()) };
    let (learned, watched) = split::last_part(&data, fraction);
    if learned.is_empty() || watched.is_empty() {
        return Err(Error::data("early stopping needs validation samples, and validation_fraction of these is none"));
    }
    Ok((data.select(&learned)?, data.select(&watched)?))
}
