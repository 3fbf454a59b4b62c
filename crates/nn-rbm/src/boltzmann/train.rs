//! Learning: `w_ij <- w_ij + eta (p_ij - p'_ij)`, and `theta_i <- theta_i + eta (p_i - p'_i)`.
//!
//! p is how often units are on together while samples are clamped, p' while all run free. `(p_ij - p'_ij) / T` is the slope of
//! the mean log-likelihood along `w_ij` (Ackley, Hinton and Sejnowski, Cognitive Science 9, 1985, appendix), so that steps in
//! proportion climb it. With steps of fixed size, `w_ij <- w_ij + eta sign(p_ij - p'_ij)`, weights stay whole numbers of steps, and
//! what they mean is a matter of the temperature: the paper's is 10 with steps of 2. Where p and p' are equal no step is taken.
//!
//! Where all states can be summed over, `-ln P(v)` of the samples is the loss, whatever the weights are learned from. Where they are too
//! many it is what the visible units are unlikely by, each given all others of them. Which one it is is decided once for all samples, and
//! whatever noise they are clamped with, the loss is of the samples as they are.

use super::couplings::{Couplings, LARGEST};
use super::enumerate::MOST_STATES;
use super::graph::{Graph, Loose, power};
use super::model::BoltzmannMachine;
use super::params::{BoltzmannParams, Learning, Plan, SMALL};
use super::phases::{Clamped, Judged, Phases};
use super::sides::log_partition;
use nn_core::random::{Key, epoch_order, normal};
use nn_core::{
    Course, Dataset, Error, Fit, FitOptions, Online, Params, Passed, Recipe, Result, Rule, Scalar, State, Step,
    StoppingCriteria, Target, split,
};
use std::collections::BTreeSet;

/// The measure of the distance between the phases: the root mean square of `p - p'`.
pub(crate) const GAP: &str = "gap";
/// The measure of how many most probable codes of hidden units there are.
pub(crate) const CODES: &str = "codes";

impl<F: Scalar> Fit<F> for BoltzmannParams {
    type Model = BoltzmannMachine<F>;

    fn fit_with(&self, data: &Dataset<'_, F>, options: FitOptions<'_, F>) -> Result<BoltzmannMachine<F>> {
        self.validate()?;
        check(data, data.features(), self.missing_values)?;
        let given = options.validation.is_some();
        // Where early stopping asks for samples to watch and there are none, a part of these is kept aside.
        // A class is a label alone, and need not be in both parts.
        let cut_by = data.inputs_only();
        match &split::watched(data, &cut_by, self.early(), given, self.validation_fraction, self.seed)? {
            Some((learned, watched)) => self.learn(&learned.view(), Some(watched.view()), options),
            None => self.learn(data, options.validation, options),
        }
    }

    fn check_online(&self) -> Result<()> {
        Ok(())
    }
}

impl BoltzmannParams {
    fn learn<F: Scalar>(
        &self,
        data: &Dataset<'_, F>,
        watched: Option<Dataset<'_, F>>,
        mut options: FitOptions<'_, F>,
    ) -> Result<BoltzmannMachine<F>> {
        let mut model = BoltzmannMachine::start(self.clone(), data.features(), quantities(data))?;
        let mut lesson = Lesson::new(&model.params, &model.graph, data, true)?;
        let given = options.validation.is_some();
        let lesson_of = |validation: &Dataset<'_, F>| {
            check(validation, data.features(), self.missing_values)?;
            Lesson::new(&model.params, &model.graph, validation, false)
        };
        let validation = watched.as_ref().map(lesson_of).transpose();
        let validation = validation.map_err(|error| if given { error.within("validation") } else { error })?;
        let mut criteria = StoppingCriteria::epochs(self.epochs);
        (criteria.target_loss, criteria.early) = (self.target_loss, self.early());
        let state = &mut model.state;
        let course = Course::start(criteria, || Recipe::of(self), state, data, watched.as_ref(), &mut options)?;
        model.history = course.run(state, &mut options, |state, history, options| {
            let epoch = history.epoch();
            if self.shuffle && lesson.plan.batch < lesson.order.len() {
                lesson.shuffle(epoch);
            }
            let mut passed = lesson.pass(state, epoch, || options.is_stopped())?;
            passed.validation_loss = validation.as_ref().map(|lesson| lesson.loss(&state.theta)).transpose()?;
            Ok(passed)
        })?;
        Ok(model)
    }
}

impl<F: Scalar> Online<F> for BoltzmannMachine<F> {
    /// One pass of clamped and free phases over these samples in the given order.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`]; the model is then what it was before.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        check(data, self.features, self.params.missing_values)?;
        let mut lesson = Lesson::new(&self.params, &self.graph, data, true)?;
        let mut state = self.state.clone();
        let passed = lesson.pass(&mut state, self.history.epoch(), || false)?;
        self.state = state;
        self.history.add(&passed);
        Ok(())
    }
}

/// How many quantities there are to be told, each of which is a visible unit.
pub(crate) fn quantities<F: Scalar>(data: &Dataset<'_, F>) -> usize {
    match data.target() {
        Target::Values { outputs, .. } => outputs,
        _ => 0,
    }
}

/// That the data can be clamped, but for the values themselves.
pub(crate) fn check<F: Scalar>(data: &Dataset<'_, F>, features: usize, missing_values: bool) -> Result<()> {
    if data.starts().is_some() {
        return Err(Error::data("a Boltzmann machine knows no sequences"));
    }
    data.check_features_by(missing_values, features)
}

/// Samples as states of the visible units: 0, 1, and NaN for what is missing, the quantities behind the features.
///
/// # Errors
/// [`Error::Data`] for a number that is neither on nor off; [`Error::Shape`] for another number of quantities.
pub(crate) fn states<F: Scalar>(params: &BoltzmannParams, graph: &Graph, data: &Dataset<'_, F>) -> Result<Vec<f64>> {
    let outputs = graph.visible - data.features();
    let told = match data.target() {
        Target::Values { values, outputs: told } if told == outputs => Some(values),
        Target::Values { outputs: told, .. } if told != outputs => {
            return Err(Error::shape("quantities of the target", outputs, told));
        }
        _ => None,
    };
    let state = |value: F, sample: usize, feature: usize, what: &str| match (value.to_f64(), params.threshold) {
        (value, _) if value.is_nan() => Ok(value),
        (value, Some(threshold)) => Ok(f64::from(u8::from(threshold < value))),
        (value, None) if value == 0.0 || value == 1.0 => Ok(value),
        (value, None) => Err(Error::value(
            format!("{what} is {value}, but a visible unit is 0 or 1; threshold=NUMBER turns what is above it on"),
            sample,
            feature,
        )),
    };
    let mut states = Vec::with_capacity(graph.visible * data.samples());
    for sample in 0..data.samples() {
        for (feature, &value) in data.sample(sample).iter().enumerate() {
            states.push(state(value, sample, feature, "x")?);
        }
        match told {
            Some(values) => {
                for (output, &value) in values[sample * outputs..][..outputs].iter().enumerate() {
                    states.push(state(value, sample, output, "the target")?);
                }
            }
            None => states.extend(std::iter::repeat_n(f64::NAN, outputs)),
        }
    }
    Ok(states)
}

/// How many different codes there are.
pub(crate) fn distinct(judged: &[Judged]) -> usize {
    judged.iter().map(|(_, code)| code).collect::<BTreeSet<_>>().len()
}

/// Weights at the start: `N(0, s^2)` where units are joined, biases at 0.
pub(crate) fn start<F: Scalar>(params: &BoltzmannParams, graph: &Graph) -> Vec<F> {
    let (scale, mut stream) = (params.start_scale(), Key::once(params.seed).stream("init"));
    let mut theta = vec![F::ZERO; graph.theta_len()];
    if 0.0 < scale {
        theta[..graph.pairs.len()].iter_mut().for_each(|weight| *weight = F::from_f64(scale * normal(&mut stream)));
    }
    theta
}

/// What samples are told to be unlikely by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// `-ln P(v)`.
    Likelihood,
    /// `-sum_i ln P(v_i | all other v)`, exact.
    Turned,
    /// The same by sampling what is free.
    Sampled,
}

impl Loss {
    /// The one that there is where all states cannot be summed over, for samples that leave so much free.
    pub(crate) fn pseudo(graph: &Graph, loose: Loose) -> Self {
        let all = loose.states.saturating_mul(graph.visible as u64 + 1);
        if all <= SMALL { Self::Turned } else { Self::Sampled }
    }
}

/// Samples, and how they are taught.
#[derive(Debug)]
struct Lesson<'a> {
    graph: &'a Graph,
    plan: Plan,
    states: Vec<f64>,
    weights: Option<Vec<f64>>,
    /// The samples that weigh something, in the order of the pass.
    order: Vec<u32>,
    loss: Loss,
    /// Whether the most probable hidden units are told in each pass.
    with_codes: bool,
}

impl<'a> Lesson<'a> {
    /// Of samples that are learned, or watched only.
    fn new<F: Scalar>(
        params: &BoltzmannParams,
        graph: &'a Graph,
        data: &Dataset<'_, F>,
        is_learned: bool,
    ) -> Result<Self> {
        let states = states(params, graph, data)?;
        let order: Vec<u32> = data.counted().map(|sample| sample as u32).collect();
        let loose = Clamped { states: &states, chosen: &order, weights: None }.loose(graph);
        let plan = params.plan(graph, data.samples(), if is_learned { loose } else { Loose::default() })?;
        let most = if plan.learning == Learning::Exact { MOST_STATES } else { SMALL };
        let loss = match graph.states().max(power(loose.widest)) <= most {
            true => Loss::Likelihood,
            false => Loss::pseudo(graph, loose),
        };
        let with_codes = 0 < graph.hidden && (loss != Loss::Sampled || loose.states <= SMALL);
        let weights = data.sample_weights().map(|weights| weights.iter().map(|weight| weight.to_f64()).collect());
        Ok(Self { graph, plan, states, weights, order, loss, with_codes })
    }

    fn shuffle(&mut self, epoch: usize) {
        self.order.sort_unstable();
        let mut places = vec![0; self.order.len()];
        epoch_order(self.plan.seed, epoch, 0, &mut places);
        self.order = places.iter().map(|&place| self.order[place as usize]).collect();
    }

    /// A cycle of clamped and free phases for each batch.
    fn pass<F: Scalar>(&mut self, state: &mut State<F>, epoch: usize, is_stopped: impl Fn() -> bool) -> Result<Passed> {
        let (mut loss, mut total, mut gap, mut batches, mut whole) = (0.0, 0.0, 0.0, 0, true);
        let mut codes = BTreeSet::new();
        for batch in self.order.chunks(self.plan.batch.max(1)) {
            if 0 < batches && is_stopped() {
                whole = false;
                break;
            }
            let samples = Clamped { states: &self.states, chosen: batch, weights: self.weights.as_deref() };
            let couplings = Couplings::of_theta(&state.theta, &self.graph.pairs, self.plan.temperature);
            let phases = Phases { graph: self.graph, plan: &self.plan, couplings: &couplings };
            let clamped = phases.clamped(&samples, state.steps)?;
            let free = phases.free(batch.len(), state.steps)?;
            let weight: f64 = batch.iter().map(|&sample| self.weight(sample)).sum();
            let (unlikely, judged) = self.judge(&phases, &samples, free.log_partition)?;
            codes.extend(judged.into_iter().map(|(_, code)| code));
            (loss, total) = (loss + weight * unlikely, total + weight);

            let slopes: Vec<f64> = clamped.statistics.iter().zip(&free.statistics).map(|(p, free)| p - free).collect();
            gap += (slopes.iter().map(|slope| slope * slope).sum::<f64>() / slopes.len() as f64).sqrt();
            batches += 1;
            self.step(state, &slopes);
            if !state.theta.iter().all(|number| number.to_f64().abs() <= LARGEST) {
                return Err(Error::data(format!(
                    "training diverged in epoch {epoch}: a weight is beyond 1e100; a smaller learning_rate may help"
                )));
            }
        }
        let mut passed = Passed { whole, ..Passed::new(loss / total, None) };
        passed.measures.push((GAP, gap / f64::from(batches)));
        if self.with_codes {
            passed.measures.push((CODES, codes.len() as f64));
        }
        Ok(passed)
    }

    /// Moves theta by the slopes of the log-likelihood times the temperature.
    fn step<F: Scalar>(&self, state: &mut State<F>, slopes: &[f64]) {
        let Plan { learning, learning_rate, momentum, weight_decay, .. } = self.plan;
        let mut down: Vec<F> = slopes
            .iter()
            .map(|&slope| match learning {
                Learning::Sign if slope == 0.0 => F::ZERO,
                Learning::Sign => F::from_f64(-slope.signum()),
                Learning::Exact | Learning::Sampled => F::from_f64(-slope),
            })
            .collect();
        let weights = self.graph.pairs.len();
        for (part, decay) in [(0..weights, weight_decay), (weights..slopes.len(), 0.0)] {
            let step = Step {
                learning_rate,
                gradient_scale: 1.0,
                momentum,
                taken: state.steps,
                decay,
                pull: 0.0,
                error_rose: false,
            };
            Rule::Sgd.step(part, &mut state.theta, &mut down, &mut state.memory, &step);
        }
        state.steps += 1;
    }

    /// The loss of all samples at theta.
    fn loss<F: Scalar>(&self, theta: &[F]) -> Result<f64> {
        let couplings = Couplings::of_theta(theta, &self.graph.pairs, self.plan.temperature);
        let phases = Phases { graph: self.graph, plan: &self.plan, couplings: &couplings };
        let samples = Clamped { states: &self.states, chosen: &self.order, weights: self.weights.as_deref() };
        Ok(self.judge(&phases, &samples, None)?.0)
    }

    /// What the samples are unlikely by in the mean, and each of them where that is told; a sum over all states may be known.
    fn judge(&self, phases: &Phases<'_>, samples: &Clamped<'_>, known: Option<f64>) -> Result<(f64, Vec<Judged>)> {
        let judged = match self.loss {
            Loss::Likelihood => {
                let log_partition = known.map_or_else(|| log_partition(phases.couplings, self.graph), Ok)?;
                phases.judged(samples, log_partition)?
            }
            Loss::Turned => phases.turned(samples)?,
            Loss::Sampled => {
                let judged = if self.with_codes { phases.judged(samples, 0.0)? } else { Vec::new() };
                return Ok((phases.unlikely(samples, self.plan.collecting_time), judged));
            }
        };
        let total: f64 = samples.chosen.iter().map(|&sample| self.weight(sample)).sum();
        let unlikely =
            samples.chosen.iter().zip(&judged).map(|(&sample, (unlikely, _))| self.weight(sample) * unlikely);
        Ok((unlikely.sum::<f64>() / total, judged))
    }

    fn weight(&self, sample: u32) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[sample as usize])
    }
}
