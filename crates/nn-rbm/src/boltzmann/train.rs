//! Learning: `w_ij <- w_ij + eta (p_ij - p'_ij)`, and `theta_i <- theta_i + eta (p_i - p'_i)`.
//!
//! p is how often units are on together while samples are clamped, p' while all run free. `(p_ij - p'_ij) / T` is the slope of
//! the mean log-likelihood along `w_ij` (Ackley, Hinton and Sejnowski, Cognitive Science 9, 1985, appendix), so that steps in
//! proportion climb it. With steps of fixed size, `w_ij <- w_ij + eta sign(p_ij - p'_ij)`, weights stay whole numbers of steps, and
//! what they mean is a matter of the temperature: the paper's is 10 with steps of 2. Where p and p' are equal no step is taken.
//!
//! Where all states can be summed over, `-ln P(v)` of the samples is the loss, whatever the weights are learned from. Where they are too
//! many it is what the clamped units are unlikely by, each given all others.

use super::couplings::{Couplings, LARGEST};
use super::enumerate;
use super::graph::Graph;
use super::model::BoltzmannMachine;
use super::params::{BoltzmannParams, Learning, Plan, SMALL};
use super::phases::{Clamped, Phases};
use super::sides::summed;
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
}

impl BoltzmannParams {
    fn learn<F: Scalar>(
        &self,
        data: &Dataset<'_, F>,
        watched: Option<Dataset<'_, F>>,
        mut options: FitOptions<'_, F>,
    ) -> Result<BoltzmannMachine<F>> {
        let mut model = BoltzmannMachine::start(self.clone(), data.features(), quantities(data))?;
        let mut lesson = Lesson::new(&model.params, &model.graph, data)?;
        let validation = match &watched {
            Some(validation) => {
                check(validation, data.features(), self.missing_values)?;
                Some(Lesson::new(&model.params, &model.graph, validation)?)
            }
            None => None,
        };
        let mut criteria = StoppingCriteria::epochs(self.epochs);
        (criteria.target_loss, criteria.early) = (self.target_loss, self.early());
        let state = &mut model.state;
        let course = Course::start(criteria, Recipe::of(self), state, data, watched.as_ref(), &mut options)?;
        model.history = course.run(state, &mut options, |state, history, options| {
            let epoch = history.epoch();
            if self.shuffle && lesson.plan.batch < lesson.order.len() {
                lesson.shuffle(epoch);
            }
            let mut passed = lesson.pass(state, epoch, || options.is_stopped())?;
            passed.validation_loss = validation.as_ref().map(|lesson| lesson.loss(&state.theta, state.steps));
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
        let mut lesson = Lesson::new(&self.params, &self.graph, data)?;
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
    if missing_values { data.check_features_or_missing(features) } else { data.check_features(features) }
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
pub(crate) fn distinct(judged: &[(f64, Vec<bool>)]) -> usize {
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

/// Samples, and how they are taught.
#[derive(Debug)]
struct Lesson<'a> {
    graph: &'a Graph,
    plan: Plan,
    states: Vec<f64>,
    weights: Option<Vec<f64>>,
    /// The samples that weigh something, in the order of the pass.
    order: Vec<u32>,
}

impl<'a> Lesson<'a> {
    fn new<F: Scalar>(params: &BoltzmannParams, graph: &'a Graph, data: &Dataset<'_, F>) -> Result<Self> {
        let plan = params.plan(graph, data.samples())?;
        let states = states(params, graph, data)?;
        if plan.learning == Learning::Exact {
            let free = |sample: &[f64]| sample.iter().filter(|unit| unit.is_nan()).count() + graph.hidden;
            let most = states.chunks(graph.visible).map(free).max().unwrap_or(0);
            enumerate::check(most)?;
        }
        let weights = data.sample_weights().map(|weights| weights.iter().map(|weight| weight.to_f64()).collect());
        Ok(Self { graph, plan, states, weights, order: data.counted().map(|sample| sample as u32).collect() })
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
        let is_small = self.is_small();
        for batch in self.order.chunks(self.plan.batch.max(1)) {
            if 0 < batches && is_stopped() {
                whole = false;
                break;
            }
            let samples = Clamped { states: &self.states, chosen: batch, weights: self.weights.as_deref() };
            let couplings = Couplings::of_theta(&state.theta, &self.graph.pairs, self.plan.temperature);
            let phases = Phases { graph: self.graph, plan: &self.plan, couplings: &couplings };
            let clamped = phases.clamped(&samples, state.steps, "clamped");
            let free = phases.free(batch.len(), state.steps);
            let weight: f64 = batch.iter().map(|&sample| self.weight(sample)).sum();
            let mut unlikely = clamped.unlikely;
            if is_small {
                let log_partition = free.log_partition.unwrap_or_else(|| summed(&couplings, self.graph).log_partition);
                let judged = phases.judged(&samples, log_partition).unwrap_or_default();
                unlikely = self.mean(batch, &judged);
                codes.extend(judged.into_iter().map(|(_, code)| code));
            }
            (loss, total) = (loss + weight * unlikely, total + weight);

            let slopes: Vec<f64> = clamped.statistics.iter().zip(&free.statistics).map(|(p, free)| p - free).collect();
            gap += (slopes.iter().map(|slope| slope * slope).sum::<f64>() / slopes.len() as f64).sqrt();
            batches += 1;
            self.step(state, &slopes);
            if !state.theta.iter().all(|number| number.to_f64().abs() <= LARGEST) {
                return Err(Error::Diverged { epoch, loss: f64::INFINITY });
            }
        }
        let mut passed = Passed { whole, ..Passed::new(loss / total, None) };
        passed.measures.push((GAP, gap / f64::from(batches)));
        if is_small && 0 < self.graph.hidden {
            passed.measures.push((CODES, codes.len() as f64));
        }
        Ok(passed)
    }

    /// Moves theta by the slopes of the log-likelihood times the temperature.
    fn step<F: Scalar>(&self, state: &mut State<F>, slopes: &[f64]) {
        let Plan { learning, learning_rate, momentum, weight_decay, .. } = self.plan;
        let down: Vec<F> = slopes
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
            Rule::Sgd.step(part, &mut state.theta, &down, &mut state.memory, &step);
        }
        state.steps += 1;
    }

    /// The loss of all samples at theta; random numbers are those of so many steps.
    fn loss<F: Scalar>(&self, theta: &[F], steps: u64) -> f64 {
        let couplings = Couplings::of_theta(theta, &self.graph.pairs, self.plan.temperature);
        let phases = Phases { graph: self.graph, plan: &self.plan, couplings: &couplings };
        let samples = Clamped { states: &self.states, chosen: &self.order, weights: self.weights.as_deref() };
        if self.is_small() {
            let log_partition = summed(&couplings, self.graph).log_partition;
            let judged = phases.judged(&samples, log_partition).unwrap_or_default();
            return self.mean(&self.order, &judged);
        }
        phases.clamped(&samples, steps, "validation").unlikely
    }

    fn mean(&self, chosen: &[u32], judged: &[(f64, Vec<bool>)]) -> f64 {
        let total: f64 = chosen.iter().map(|&sample| self.weight(sample)).sum();
        chosen.iter().zip(judged).map(|(&sample, (unlikely, _))| self.weight(sample) * unlikely).sum::<f64>() / total
    }

    /// Whether the loss is a sum over all states.
    fn is_small(&self) -> bool {
        self.graph.states() <= SMALL || self.plan.learning == Learning::Exact
    }

    fn weight(&self, sample: u32) -> f64 {
        self.weights.as_ref().map_or(1.0, |weights| weights[sample as usize])
    }
}
