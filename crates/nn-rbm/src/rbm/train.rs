//! Learning: what may be learned from, where the machine starts, and the training loop.
//!
//! The rule itself, the statistics of the data less those of the model, stands in [`Contrastive`].

use super::contrastive::{Contrastive, MOST_LANES};
use super::machine::{Machine, VisibleUnits};
use super::measures::{AT_ONCE, in_f64, some_blocks};
use super::model::Rbm;
use super::params::{RbmParams, VisibleBias};
use nn_core::random::Key;
use nn_core::{
    Dataset, Error, Fit, FitOptions, Init, Objective, Online, Params, Result, Samples, Scalar, Scaler, State, Task,
    check_room, linalg, split, train,
};

/// Who learns, as errors say it.
pub(crate) const WHO: &str = "a restricted Boltzmann machine";

impl<F: Scalar> Fit<F> for RbmParams {
    type Model = Rbm<F>;

    fn fit_with(&self, data: &Dataset<'_, F>, options: FitOptions<'_, F>) -> Result<Rbm<F>> {
        self.learn(data, None, options)
    }

    fn check_online(&self) -> Result<()> {
        self.training_in_force().check_online()
    }
}

impl RbmParams {
    /// Learns from `data` from a start of its own: the theta of another machine, or what [`Rbm::stacked_start`] gives. See
    /// [`Machine`] for its order. Settings of the start, `init_scale` and `visible_bias`, are then not read.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`]; [`Error::Shape`] for a theta of another length, [`Error::Data`] for one that is not finite.
    pub fn fit_from<F: Scalar>(
        &self,
        theta: Vec<F>,
        data: &Dataset<'_, F>,
        options: FitOptions<'_, F>,
    ) -> Result<Rbm<F>> {
        self.learn(data, Some(theta), options)
    }

    /// A machine of these settings at its start, as [`fit`](Fit::fit) begins, and how it learns: for whoever trains machines in a
    /// course of their own, such as one on top of another. Nothing is scaled: `data` are as the machine reads them.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`] before the first epoch.
    pub fn begin<F: Scalar>(&self, data: &Dataset<'_, F>) -> Result<(Contrastive<'static, F>, State<F>)> {
        self.validate()?;
        self.check_together()?;
        data.check()?;
        let machine = self.machine(data.features(), self.classes(data)?);
        let model = Rbm::new(self.clone(), machine, Vec::new(), None);
        model.check(data)?;
        let objective = self.objective(machine)?;
        let samples = model.samples(*data);
        let mut state = State::new(&objective, self.start(&machine, &samples), self.rule());
        start_means(&objective, &mut state, &samples);
        Ok((objective, state))
    }

    /// That a machine of these settings can learn samples of so many features, with so many label units: for whoever stacks machines,
    /// and would say so before the first of them learns.
    ///
    /// # Errors
    /// [`Error::Param`] for settings that do not fit together, or the exact gradient of a machine that is too large for it.
    pub fn check_for(&self, features: usize, classes: usize) -> Result<()> {
        self.validate()?;
        self.check_together()?;
        self.objective::<f32>(self.machine(features, classes)).map(drop)
    }

    fn learn<F: Scalar>(
        &self,
        data: &Dataset<'_, F>,
        start: Option<Vec<F>>,
        mut options: FitOptions<'_, F>,
    ) -> Result<Rbm<F>> {
        self.validate()?;
        self.check_together()?;
        self.check_whole(data)?;
        data.check()?;
        if let Some(validation) = &options.validation {
            self.check_whole(validation).map_err(|error| error.within("validation"))?;
        }
        let classes = self.classes(data)?;
        let given = options.validation.is_some();
        let parts = split::watched(data, data, self.early(), given, self.validation_fraction, self.seed)?;
        let (data, kept) = match &parts {
            Some((data, kept)) => (data.view(), Some(kept.view())),
            None => (*data, options.validation),
        };
        let scaler = Scaler::fit(self.scaling_in_force(), data.x(), data.features())?;
        let machine = self.machine(data.features(), classes);
        let mut model = Rbm::new(self.clone(), machine, Vec::new(), scaler);
        model.check(&data)?;
        if let Some(kept) = &kept {
            model.check(kept).map_err(|error| if given { error.within("validation") } else { error })?;
        }

        let validation = kept.map(|kept| model.samples(kept));
        let log_of_scales = model.log_of_scales();
        // Beside what each parameter takes there are the units of all lanes.
        check_room::<F>("hidden_units", machine.theta_len() + 2 * MOST_LANES * machine.hidden)?;
        let objective = Contrastive { log_of_scales, validation, ..self.objective(machine)? };
        let samples = model.samples(data);
        let theta = match start {
            Some(theta) => {
                check_theta(&machine, &theta)?;
                theta
            }
            None => self.start(&machine, &samples),
        };
        let mut state = State::new(&objective, theta, self.rule());
        start_means(&objective, &mut state, &samples);
        let training = self.training_in_force();
        let history = train::train(&objective, &mut state, &samples, validation.as_ref(), &training, &mut options)?;
        let activity = objective.machine.activity(&state.theta, &samples);
        model.state = state;
        model.history = history;
        model.activity = activity;
        Ok(model)
    }

    /// That no number is missing in what is learned from, where it may be in what is asked.
    fn check_whole<F: Scalar>(&self, data: &Dataset<'_, F>) -> Result<()> {
        // Where none may be missing, NaN is refused by the check of all data.
        if !self.missing_values || linalg::all_finite(data.x()) {
            return Ok(());
        }
        let features = data.features();
        match data.x().iter().position(|x| x.to_f64().is_nan()) {
            Some(at) if 0 < features => Err(Error::value(
                format!(
                    "x is missing, and {WHO} learns from whole samples: missing_values is for what it is asked afterwards"
                ),
                at / features,
                at % features,
            )),
            _ => Ok(()),
        }
    }

    /// How many label units there are for the target of `data`.
    fn classes<F: Scalar>(&self, data: &Dataset<'_, F>) -> Result<usize> {
        check_order(data)?;
        if !self.label_units {
            return Ok(0);
        }
        if !matches!(data.target(), nn_core::Target::Labels { .. }) {
            return Err(Error::data(
                "label_units makes units of the classes of a target, and no target of classes is given",
            ));
        }
        let classes = Task::classes_of(data, WHO)?;
        Task::check_learnable(data)?;
        Ok(classes)
    }

    /// Weights from N(0, init_scale^2), and biases that tell what the units are by themselves.
    fn start<F: Scalar>(&self, machine: &Machine, samples: &Samples<'_, F>) -> Vec<F> {
        let mut theta = vec![F::ZERO; machine.theta_len()];
        Init::Normal.fill_scaled(Some(self.init_scale), &machine.spans(), &mut theta, Key::once(self.seed));
        if self.visible_bias == VisibleBias::Data {
            let from = (machine.visible() + 1) * machine.hidden;
            let biases = super::ais::base_rates(machine, samples);
            theta[from..].iter_mut().zip(biases).for_each(|(theta, bias)| *theta = F::from_f64(bias));
        }
        theta
    }
}

/// That no sample comes after another one in time.
fn check_order<F: Scalar>(data: &Dataset<'_, F>) -> Result<()> {
    match data.starts() {
        Some(_) => Err(Error::data(format!("{WHO} knows no sequences"))),
        None => Ok(()),
    }
}

/// That theta is one of this machine.
pub(crate) fn check_theta<F: Scalar>(machine: &Machine, theta: &[F]) -> Result<()> {
    if theta.len() != machine.theta_len() {
        return Err(Error::shape("length of theta", machine.theta_len(), theta.len()));
    }
    match theta.iter().position(|number| !number.is_finite()) {
        Some(at) => Err(Error::data(format!("number {at} of theta is {}", theta[at]))),
        None => Ok(()),
    }
}

/// The running means at the start: those of the samples, and of the hidden units given these.
fn start_means<F: Scalar>(objective: &Contrastive<'_, F>, state: &mut State<F>, samples: &Samples<'_, F>) {
    if state.running.is_empty() {
        return;
    }
    let machine = &objective.machine;
    let activity = machine.activity(&state.theta, samples);
    let means = activity.visible.iter().chain(&activity.hidden);
    state.running.iter_mut().zip(means).for_each(|(running, &mean)| *running = F::from_f64(mean));
}

/// Numbers that are checked before any is found to be wrong.
const CHECKED_AT_ONCE: usize = 1 << 12;
/// Blocks of samples that are looked at where nobody learns from them.
const MOST_BLOCKS: usize = 8;

/// How often units are on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Activity {
    /// The mean of each visible unit.
    pub(crate) visible: Vec<f64>,
    /// The mean of `P(h = 1 | v)`.
    pub(crate) hidden: Vec<f64>,
    /// Its standard deviation.
    pub(crate) spread: Vec<f64>,
}

impl Machine {
    /// What the units do on these samples, of which some 512 are looked at, spread over all.
    pub(crate) fn activity<F: Scalar>(&self, theta: &[F], samples: &Samples<'_, F>) -> Activity {
        let theta = in_f64(theta);
        let (visible, hidden) = (self.visible(), self.hidden);
        let stride = samples.len().div_ceil(AT_ONCE).div_ceil(MOST_BLOCKS).max(1);
        let cost = samples.len() / stride * theta.len();
        let sums = some_blocks(self, samples, stride, cost, Vec::new(), |_, v, weights| {
            let mut p = vec![0.0; AT_ONCE * hidden];
            self.hidden_probabilities(&theta, AT_ONCE, v, &mut p);
            let weighted = |x: &[f64], of: fn(f64) -> f64| -> f64 {
                x.iter().zip(weights).map(|(&x, weight)| of(x) * weight).sum()
            };
            let mut sums: Vec<f64> = v.chunks_exact(AT_ONCE).map(|v| weighted(v, |x| x)).collect();
            sums.extend(p.chunks_exact(AT_ONCE).map(|p| weighted(p, |x| x)));
            sums.extend(p.chunks_exact(AT_ONCE).map(|p| weighted(p, |x| x * x)));
            sums.push(weights.iter().sum());
            sums
        });
        let mut total = vec![0.0; visible + 2 * hidden + 1];
        sums.iter().for_each(|sums| total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum));
        let weight = total.pop().filter(|&weight| 0.0 < weight).unwrap_or(1.0);
        total.iter_mut().for_each(|sum| *sum /= weight);
        let squares = total.split_off(visible + hidden);
        let means = total.split_off(visible);
        let spread = squares.iter().zip(&means).map(|(square, mean)| (square - mean * mean).max(0.0).sqrt()).collect();
        Activity { visible: total, hidden: means, spread }
    }
}

impl<F: Scalar> Rbm<F> {
    /// That every feature can be taken: binary units take numbers from 0 to 1. What is scaled there was learned from some samples, and
    /// others that lie beyond are taken for its ends: [`Machine::hold_in_range`].
    pub(crate) fn check_range(&self, data: &Dataset<'_, F>) -> Result<()> {
        if self.machine.units == VisibleUnits::Gaussian || self.scaler.is_some() {
            return Ok(());
        }
        let outside = |x: &F| *x < F::ZERO || F::ONE < *x;
        // Without an early end within a block, which the compiler would take number by number.
        let is_inside = |block: &[F]| !block.iter().fold(false, |any, x| any | outside(x));
        if linalg::holds_of_all(data.x(), |part| part.chunks(CHECKED_AT_ONCE).all(is_inside)) {
            return Ok(());
        }
        match data.x().iter().position(outside) {
            Some(at) => Err(Error::value(
                format!(
                    "x is {}, and binary units take numbers from 0 to 1: scaling=min-max brings features there, and \
                     visible_units=gaussian takes any",
                    data.x()[at]
                ),
                at / data.features(),
                at % data.features(),
            )),
            None => Ok(()),
        }
    }

    /// `data` as the machine learns it: scaled, and with a column a class where labels are units.
    pub(crate) fn samples<'a>(&'a self, data: Dataset<'a, F>) -> Samples<'a, F> {
        Samples::new(data, self.machine.classes).scaled(self.scaler.as_ref(), None)
    }

    /// That `data` have the features that were learned, whole and in range, and the classes, where labels are units.
    pub(crate) fn check(&self, data: &Dataset<'_, F>) -> Result<()> {
        check_order(data)?;
        data.check_features(self.machine.features)?;
        self.check_parts(data)
    }

    /// The same of `data` whose numbers may be missing, where that is allowed.
    pub(crate) fn check_or_missing(&self, data: &Dataset<'_, F>) -> Result<()> {
        self.check_rows(data)?;
        self.check_parts(data)
    }

    /// That `data` have the features that were learned, of which some may be missing, where that is allowed.
    pub(crate) fn check_rows(&self, data: &Dataset<'_, F>) -> Result<()> {
        check_order(data)?;
        data.check_features_by(self.params.missing_values, self.machine.features)
    }

    fn check_parts(&self, data: &Dataset<'_, F>) -> Result<()> {
        if 0 < self.machine.classes {
            Task::Classes(self.machine.classes).check(data, WHO)?;
        }
        self.check_range(data)
    }
}

impl<F: Scalar> Online<F> for Rbm<F> {
    /// One more pass over these samples, in their order. Scaling stays as it was learned at first, and binary units take values beyond
    /// its range for the ends of it; chains, running means and the
    /// memory of the rule go on.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`]; the machine is then what it was before.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        self.check(data)?;
        let objective = self.params.objective(self.machine)?;
        let mut state = self.state.clone();
        let memory = self.params.rule().memory(state.theta.len());
        if state.memory.len() != memory {
            state.memory = vec![F::ZERO; memory];
        }
        let samples = self.samples(*data);
        if state.running.len() != Objective::<F>::running_len(&objective) {
            state.running = vec![F::ZERO; Objective::<F>::running_len(&objective)];
            start_means(&objective, &mut state, &samples);
        }
        let loss = train::pass(&objective, &mut state, &samples, &self.params.training_in_force())?;
        self.activity = self.machine.activity(&state.theta, &samples);
        self.state = state;
        self.history.losses.push(loss);
        Ok(())
    }
}
