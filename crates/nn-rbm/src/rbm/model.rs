//! What a trained machine can do: tell its features, say how probable samples are, and go to a file and back.

use super::ais::{self, Estimate};
use super::exact::{MOST_UNITS, Side, States, finite};
use super::machine::{Machine, VisibleUnits};
use super::measures::{
    AT_ONCE, LOG_LIKELIHOOD, LOG_LIKELIHOOD_ERROR, MOST_TERMS, class_logs, in_f64, mean_free_energy,
    pseudo_log_likelihood, reconstruction_error,
};
use super::params::RbmParams;
use super::train::{Activity, check_theta};
use nn_core::metrics::{accuracy, largest, weighted_mean};
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Answer, Arrays, Dataset, Error, History, LayerFacts, Measures, Model, Online, Params, Picture, Result, Scalar,
    Scaler, State, Target, check_answers, linalg, side_by_side_for,
};

/// Samples that are answered with one copy of the weights in the order of the product, at most and at least.
const COLUMNS_AT_ONCE: [usize; 2] = [1024, 64];

/// A restricted Boltzmann machine: visible units, which are the features of a sample, and hidden ones that are on or off, each
/// joined to all of the other side and to none of its own; see [`Machine`] for the energy. It is a distribution over samples,
/// `P(v) = sum_h e^-E(v, h) / Z`, and `P(h = 1 | v)` are features of the sample.
///
/// Made by [`RbmParams::fit`](nn_core::Fit::fit), or from weights by [`Rbm::from_theta`].
#[derive(Clone, Debug)]
pub struct Rbm<F: Scalar = f32> {
    pub(crate) params: RbmParams,
    pub(crate) history: History,
    pub(crate) machine: Machine,
    /// Theta, running means, the memory of the rule and persistent chains.
    pub(crate) state: State<F>,
    pub(crate) scaler: Option<Scaler<F>>,
    /// What the units did on the training samples in the end; empty where nothing was learned.
    pub(crate) activity: Activity,
}

impl<F: Scalar> Rbm<F> {
    pub(crate) fn new(params: RbmParams, machine: Machine, theta: Vec<F>, scaler: Option<Scaler<F>>) -> Self {
        let (history, activity) = (History::default(), Activity::default());
        Self { params, history, machine, state: State::of(theta), scaler, activity }
    }

    /// The machine of these weights, with nothing learned: `classes` label units, 0 for none, beside `features` and
    /// `params.hidden_units`; [`Machine`] tells the order of theta. Features are not scaled.
    ///
    /// # Errors
    /// [`Error::Param`] for settings out of range or a single class, [`Error::Shape`] for a theta of another length, [`Error::Data`] for one that is
    /// not finite.
    pub fn from_theta(params: RbmParams, features: usize, classes: usize, theta: Vec<F>) -> Result<Self> {
        params.validate()?;
        let params = RbmParams { label_units: 0 < classes, ..params };
        let machine = params.machine(features, classes);
        if classes == 1 {
            return Err(Error::param(
                "classes",
                classes,
                "0 for no label units, or 2 or more: one class tells nothing",
            ));
        }
        if features == 0 {
            return Err(Error::data("x has no features"));
        }
        check_theta(&machine, &theta)?;
        Ok(Self::new(params, machine, theta, None))
    }

    /// How many units there are, and of which kind.
    pub fn machine(&self) -> Machine {
        self.machine
    }

    /// All parameters; [`Machine`] tells their order.
    pub fn theta(&self) -> &[F] {
        &self.state.theta
    }

    /// W: visible × hidden, label units below the features.
    pub fn weights(&self) -> DMatrix<F> {
        DMatrix::from_column_slice(self.machine.visible(), self.machine.hidden, self.parts().weights)
    }

    /// c, of the hidden units.
    pub fn hidden_bias(&self) -> &[F] {
        self.parts().hidden_bias
    }

    /// b, of the visible units, label units behind the features.
    pub fn visible_bias(&self) -> &[F] {
        self.parts().visible_bias
    }

    fn parts(&self) -> super::machine::Weights<'_, F> {
        self.machine.weights(&self.state.theta)
    }

    /// The theta of a machine on top of this one that begins where this one ends: its visible units are the hidden ones of this,
    /// its hidden units the visible ones of this, `W2 = W1^T` with the biases in each other's place. Stacked so, the two give the
    /// samples the probability that this one gives them. Hinton, Osindero and Teh 2006, section 4.
    pub fn stacked_start(&self) -> Vec<F> {
        let parts = self.parts();
        let mut theta = self.weights().transpose().as_slice().to_vec();
        theta.extend_from_slice(parts.visible_bias);
        theta.extend_from_slice(parts.hidden_bias);
        theta
    }

    /// `P(h = 1 | v)` of each sample: hidden × samples. These are features that other models can learn from. Label units, where
    /// there are such, are those of the target, or without one told by the features.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    pub fn transform(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        self.check_asked(data)?;
        let hidden = self.machine.hidden;
        let is_whole = self.machine.classes == 0 && (!self.params.missing_values || linalg::all_finite(data.x()));
        let answers = if is_whole {
            self.hidden_of_columns(data)
        } else {
            self.blocks_of(data, hidden, 1, |_, lanes, p| {
                self.machine.hidden_probabilities(&self.state.theta, AT_ONCE, &self.filled(lanes), p);
            })
        };
        check_answers(&answers, hidden)?;
        Ok(DMatrix::from_vec(hidden, data.samples(), answers))
    }

    /// What [`transform`](Self::transform) gives for samples of which nothing is missing.
    fn hidden_of_columns(&self, data: &Dataset<'_, F>) -> Vec<F> {
        let Machine { features, hidden, .. } = self.machine;
        let mut answers = vec![F::ZERO; hidden * data.samples()];
        // How samples are cut shows in no bit.
        let [most, least] = COLUMNS_AT_ONCE;
        let at_once = data.samples().div_ceil(nn_core::threads()).clamp(least, most);
        let mut blocks: Vec<&mut [F]> = answers.chunks_mut(hidden * at_once).collect();
        let cost = data.samples() * self.state.theta.len();
        side_by_side_for(cost, &mut blocks, |block, p| {
            let first = block * at_once;
            let samples = data.part(first..first + p.len() / hidden);
            let mut v = samples.scaled(self.scaler.as_ref());
            // What is not scaled was seen to be in range.
            if self.scaler.is_some() {
                self.machine.hold_in_range(v.to_mut());
            }
            debug_assert_eq!(v.len(), samples.samples() * features);
            self.machine.hidden_of_columns(&self.state.theta, &v, p);
        });
        answers
    }

    /// Each sample as its hidden units tell it, by means: `E[v | P(h = 1 | v)]`, in the units of the data, features × samples.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    pub fn reconstruct(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        self.check_asked(data)?;
        self.in_blocks(data, self.machine.features, 2, |_, lanes, out| {
            let mut p = vec![F::ZERO; AT_ONCE * self.machine.hidden];
            let mut means = vec![F::ZERO; lanes.len()];
            self.machine.hidden_probabilities(&self.state.theta, AT_ONCE, &self.filled(lanes), &mut p);
            self.machine.visible_means(&self.state.theta, AT_ONCE, &p, &mut means);
            out.copy_from_slice(&means[..out.len()]);
        })
    }

    /// The free energy `F(v) = -ln sum_h e^-E(v, h)` of each sample, in nats and of the features as the machine reads them: the
    /// smaller, the more probable, `ln P(v) = -F(v) - ln Z`. Label units are those of the target.
    ///
    /// # Errors
    /// Those of [`evaluate`](Model::evaluate).
    pub fn free_energy(&self, data: &Dataset<'_, F>) -> Result<Vec<f64>> {
        self.check(data)?;
        let theta = in_f64(&self.state.theta);
        let cost = data.samples() * theta.len();
        let mut energies =
            super::measures::blocks(&self.machine, &self.samples(*data), cost, [0.0; AT_ONCE], |_, v, _| {
                let mut energies = [0.0; AT_ONCE];
                let mut room = vec![0.0; 2 * AT_ONCE * self.machine.hidden];
                self.machine.free_energies(&theta, AT_ONCE, v, &mut room, &mut energies);
                energies
            })
            .concat();
        energies.truncate(data.samples());
        match energies.iter().position(|energy| !energy.is_finite()) {
            Some(sample) => Err(Error::sample("the free energy is beyond what the float can hold", sample)),
            None => Ok(energies),
        }
    }

    /// `ln Z`, summed over the states of the smaller side.
    ///
    /// # Errors
    /// [`Error::Data`] where that has more than 20 units, with what it would cost; or where `ln Z` is beyond what the float can hold.
    pub fn log_partition(&self) -> Result<f64> {
        let states = States::needed(self.machine, "annealed importance sampling estimates it: estimate_log_partition")?;
        states.finite_log_partition(&in_f64(&self.state.theta))
    }

    /// `ln Z`, summed over the states of this side: what both sides must agree on.
    ///
    /// # Errors
    /// [`Error::Data`] where it has more than 20 units, or is that of Gaussian units, or where `ln Z` is beyond what the float can hold.
    pub fn log_partition_by(&self, side: Side) -> Result<f64> {
        let states = States::of(self.machine, side).ok_or_else(|| {
            Error::data(format!(
                "the states of that side are not summed: at most {MOST_UNITS} units are, and no gaussian ones"
            ))
        })?;
        states.finite_log_partition(&in_f64(&self.state.theta))
    }

    /// `ln Z` by annealed importance sampling, with its standard error: `chains` chains from the machine without connections that
    /// tells how often each unit is on in `data`, over `steps` temperatures. 100 chains and 1,000 temperatures are a good start.
    ///
    /// # Errors
    /// Those of [`free_energy`](Self::free_energy); [`Error::Param`] for fewer than 2 chains or 1 step, or more than a million;
    /// [`Error::Data`] where the estimate is beyond what the float can hold.
    pub fn estimate_log_partition(
        &self,
        data: &Dataset<'_, F>,
        chains: usize,
        steps: usize,
        seed: u64,
    ) -> Result<Estimate> {
        if !(2..=MOST_CHAINS).contains(&chains) {
            let expected = format!("2 or more, so that there is a standard error, to {MOST_CHAINS}");
            return Err(Error::param("chains", chains, expected));
        }
        if !(1..=MOST_CHAINS).contains(&steps) {
            return Err(Error::param("steps", steps, format!("1 to {MOST_CHAINS}")));
        }
        self.check(data)?;
        let base = ais::base_rates(&self.machine, &self.samples(*data));
        let found = ais::estimate(&self.machine, &in_f64(&self.state.theta), &base, chains, steps, seed);
        finite("the estimate of the partition function", found.log_partition + found.standard_error)?;
        Ok(found)
    }

    /// The mean log-likelihood of the samples, `-F(v) - ln Z`, for a `ln Z` that is exact or estimated: nats a sample, and in the
    /// units of the data where Gaussian units are scaled. Of features between 0 and 1 it is a lower bound of the mean over the
    /// samples that they are probabilities of, since -F is convex.
    ///
    /// # Errors
    /// Those of [`free_energy`](Self::free_energy).
    pub fn log_likelihood(&self, data: &Dataset<'_, F>, log_partition: f64) -> Result<f64> {
        self.check(data)?;
        let theta = in_f64(&self.state.theta);
        let energy = mean_free_energy(&self.machine, &theta, &self.samples(*data));
        finite("the log-likelihood", -energy - log_partition - self.log_of_scales())
    }

    /// What the density loses where the features are stretched.
    pub(crate) fn log_of_scales(&self) -> f64 {
        match (&self.scaler, self.machine.units) {
            (Some(scaler), VisibleUnits::Gaussian) => scaler.scales().map(|scale| scale.abs().ln()).sum(),
            _ => 0.0,
        }
    }

    /// The most probable class of each sample, by free energies: exactly where no feature is missing. Features that are missing are
    /// filled in by the mean field first, which moves the probabilities by some hundredths, and at worst more.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`Error::Data`] where labels are no units.
    pub fn classify(&self, data: &Dataset<'_, F>) -> Result<Vec<u32>> {
        if self.machine.classes == 0 {
            return Err(Error::data(
                "labels are no units of this machine, so it knows no classes; label_units=true learns them",
            ));
        }
        Ok(self.predict(data)?.column_iter().map(|column| largest(column.as_slice())).collect())
    }

    /// How well the features that are there are reconstructed, where others are missing: the mean over samples of the mean squared error.
    fn reconstruction_of_known(&self, data: &Dataset<'_, F>) -> Result<f64> {
        let (mut told, mut own) = (self.reconstruct(data)?, data.x().to_vec());
        if let Some(scaler) = &self.scaler {
            scaler.apply(told.as_mut_slice());
            scaler.apply(&mut own);
        }
        self.machine.hold_in_range(&mut own);
        let errors = told.column_iter().zip(own.chunks_exact(self.machine.features)).map(|(told, own)| {
            let known = told.iter().zip(own).filter(|(_, own)| own.is_finite());
            let errors = known.map(|(told, own)| (told.to_f64() - own.to_f64()).powi(2));
            let (count, sum) = errors.fold((0.0, 0.0), |(count, sum), error| (count + 1.0, sum + error));
            sum / f64::max(count, 1.0)
        });
        Ok(weighted_mean(errors, data.sample_weights()))
    }

    /// How many samples have values beyond those that a scaling to 0 and 1 was learned from.
    fn outside(&self, data: &Dataset<'_, F>) -> usize {
        let Some(scaler) = self.scaler.as_ref().filter(|_| self.machine.units == VisibleUnits::Binary) else {
            return 0;
        };
        let mut scaled = data.x().to_vec();
        scaler.apply(&mut scaled);
        let outside = |x: &F| x.to_f64() < -ROUNDING || 1.0 + ROUNDING < x.to_f64();
        scaled.chunks_exact(self.machine.features).filter(|sample| sample.iter().any(outside)).count()
    }

    /// That `data` can be asked: with numbers that are missing, where that is allowed.
    fn check_asked(&self, data: &Dataset<'_, F>) -> Result<()> {
        self.check_rows(data)?;
        self.check_range(data)?;
        match data.target() {
            Target::Labels { classes, .. } if 0 < self.machine.classes && self.machine.classes < classes => {
                Err(Error::shape("classes of the target", self.machine.classes, classes))
            }
            _ => Ok(()),
        }
    }
}

impl<F: Scalar> Model<F> for Rbm<F> {
    type Params = RbmParams;

    fn params(&self) -> &RbmParams {
        &self.params
    }

    fn online(&mut self) -> Option<&mut dyn Online<F>> {
        Some(self)
    }

    fn history(&self) -> &History {
        &self.history
    }

    fn features(&self) -> usize {
        self.machine.features
    }

    fn answer(&self) -> Answer {
        if 0 < self.machine.classes {
            Answer::Classes(self.machine.classes)
        } else {
            Answer::Units(self.machine.hidden)
        }
    }

    /// Column j holds `P(h = 1 | v)` of each hidden unit for sample j; where labels are units, the probability of each class. Where a
    /// scaling to 0 and 1 was learned, values beyond it are taken for its ends, here and wherever samples are asked.
    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        if self.machine.classes == 0 {
            return self.transform(data);
        }
        self.check_asked(data)?;
        let classes = self.machine.classes;
        let answers = self.blocks_of(&data.inputs_only(), classes, 1 + classes, |_, lanes, out| {
            let logs = class_logs(&self.machine, &self.state.theta, AT_ONCE, &self.filled(lanes));
            out.iter_mut().zip(logs).for_each(|(out, log)| *out = F::from_f64(log.exp()));
        });
        check_answers(&answers, classes)?;
        Ok(DMatrix::from_vec(classes, data.samples(), answers))
    }

    /// `reconstruction_error`, the mean squared error of [`reconstruct`](Rbm::reconstruct) over samples and features as the machine
    /// reads them; `pseudo_log_likelihood` of binary units; `log_likelihood` where the smaller side has at most 20 units, so that it is
    /// exact: both mean nats a sample. `pseudo_log_likelihood_error` is the standard error of the former where a few features of each
    /// sample stand for all, of more than 2^28 terms. With label units also `loss`, the mean of `-ln P(class | features)`, and `accuracy`.
    ///
    /// Where numbers are missing, there are no likelihoods, and the reconstruction is that of the features that are there.
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        self.check_or_missing(data)?;
        let (machine, theta, samples) = (&self.machine, in_f64(&self.state.theta), self.samples(*data));
        let mut measures = Measures::new();
        if let (1.., Target::Labels { labels, .. }) = (machine.classes, data.target()) {
            let answers = self.predict(data)?;
            let classes: Vec<u32> = answers.column_iter().map(|column| largest(column.as_slice())).collect();
            let surprise = answers.column_iter().zip(labels);
            let surprise =
                surprise.map(|(chances, &label)| -chances[label as usize].to_f64().max(f64::MIN_POSITIVE).ln());
            measures = measures.with("loss", weighted_mean(surprise, data.sample_weights()));
            measures = measures.with("accuracy", accuracy(&classes, labels, data.sample_weights()));
        }
        if data.x().iter().any(|x| !x.is_finite()) {
            return measures.with("reconstruction_error", self.reconstruction_of_known(data)?).check();
        }
        measures = measures.with("reconstruction_error", reconstruction_error(machine, &theta, &samples));
        if let Some(pseudo) = pseudo_log_likelihood(machine, &theta, &samples, self.params.seed, MOST_TERMS) {
            measures = measures.with("pseudo_log_likelihood", pseudo.mean);
            if let Some(error) = pseudo.error {
                measures = measures.with("pseudo_log_likelihood_error", error);
            }
        }
        if let Some(states) = States::smaller(*machine) {
            measures = measures.with(LOG_LIKELIHOOD, self.log_likelihood(data, states.finite_log_partition(&theta)?)?);
        }
        measures.check()
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = self.params.remarks();
        remarks.extend(self.remarks_on_units());
        remarks.extend(self.remark_on_estimate());
        remarks
    }

    fn remarks_of(&self, data: &Dataset<'_, F>) -> Result<Vec<String>> {
        self.check_asked(data)?;
        let (outside, samples) = (self.outside(data), data.samples());
        let remark = || {
            format!(
                "{outside} of {samples} samples have values beyond those that were learned, which are taken for the nearest"
            )
        };
        Ok((0 < outside).then(remark).into_iter().collect())
    }

    fn pictures(&self) -> Vec<Picture> {
        self.drawn()
    }

    fn pictures_of(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
        self.drawn_of(data)
    }

    fn layers(&self) -> Vec<LayerFacts> {
        let Machine { hidden, .. } = self.machine;
        let parameters = self.state.theta.len();
        let visible = self.machine.visible();
        vec![
            LayerFacts { name: "visible".to_owned(), shape: vec![visible], parameters: visible, connections: visible },
            LayerFacts {
                name: "hidden".to_owned(),
                shape: vec![hidden],
                parameters: parameters - visible,
                connections: parameters - visible,
            },
        ]
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = Arrays::new();
        for span in self.machine.spans() {
            arrays.insert(span.name, &span.shape, &self.state.theta[span.range]);
        }
        if 0 < self.machine.classes {
            arrays.insert_counts("classes", &[self.machine.classes]);
        }
        if let Some(scaler) = &self.scaler {
            scaler.save("input", &mut arrays);
        }
        if !self.state.running.is_empty() {
            arrays.insert("running_mean", &[self.state.running.len()], &self.state.running);
        }
        if !self.activity.hidden.is_empty() {
            arrays.insert("activity.hidden", &[self.machine.hidden], &self.activity.hidden);
            arrays.insert("activity.spread", &[self.machine.hidden], &self.activity.spread);
        }
        arrays
    }

    fn from_arrays(params: RbmParams, history: History, arrays: &Arrays) -> Result<Self> {
        let [hidden, visible] = arrays.matrix("weight")?;
        if hidden != params.hidden_units {
            return Err(Error::format(format!(
                "array weight: expected {} hidden units, got {hidden}",
                params.hidden_units
            )));
        }
        let classes = if params.label_units { arrays.count("classes")? } else { 0 };
        if visible <= classes || params.label_units && classes < 2 {
            return Err(Error::format(format!("array classes: expected fewer than {visible}, and 2 at least")));
        }
        let machine = params.machine(visible - classes, classes);
        let mut theta = Vec::with_capacity(machine.theta_len().min(1 << 24));
        for span in machine.spans() {
            theta.extend(arrays.get::<F>(&span.name, &span.shape)?);
        }
        check_theta(&machine, &theta).map_err(|error| Error::format(error.to_string()))?;
        let scaler = Scaler::load("input", machine.features, arrays)?;
        let mut model = Self::new(params, machine, theta, scaler);
        model.history = history;
        if arrays.has("running_mean") {
            model.state.running = arrays.get("running_mean", &[visible + hidden])?;
            if !nn_core::kernels::all_finite(&model.state.running) {
                return Err(Error::format("array running_mean: expected finite numbers"));
            }
        }
        if arrays.has("activity.hidden") {
            model.activity = Activity {
                visible: Vec::new(),
                hidden: arrays.numbers("activity.hidden", hidden, ..)?,
                spread: arrays.numbers("activity.spread", hidden, ..)?,
            };
        }
        Ok(model)
    }
}

/// Chains and temperatures of an estimate, at most.
const MOST_CHAINS: usize = 1_000_000;
/// Rounding leaves a number so far beyond the range it is scaled to.
const ROUNDING: f64 = 1e-5;
/// A hidden unit whose probability is on the average below this, or above 1 less this, is as good as a constant.
const ALWAYS: f64 = 0.005;
/// So is one whose probability varies by less.
const STILL: f64 = 0.01;

impl<F: Scalar> Rbm<F> {
    /// What the likelihood came to where it was watched and had to be estimated; an exact one is among the measures.
    fn remark_on_estimate(&self) -> Option<String> {
        let last = |name: &str| self.history.measures.get(name)?.last().copied();
        let (mean, error) = (last(LOG_LIKELIHOOD)?, last(LOG_LIKELIHOOD_ERROR)?);
        let told = "nats a sample, by annealed importance sampling";
        (0.0 < error).then(|| format!("the log-likelihood of the training samples is {mean:.2} +- {error:.2} {told}"))
    }

    /// Looks at how often the units are on for some of these samples, which [`remarks_on_units`](Self::remarks_on_units) then tells
    /// of: for a machine that learned in a course of its owner's own. [`fit`](nn_core::Fit::fit) does it itself.
    ///
    /// # Errors
    /// Those of [`transform`](Self::transform).
    pub fn observe(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        self.check(data)?;
        self.activity = self.machine.activity(&self.state.theta, &self.samples(*data));
        Ok(())
    }

    /// Hidden units that tell nothing of the samples: dead, saturated, or the same for all.
    pub fn remarks_on_units(&self) -> Vec<String> {
        let Activity { hidden, spread, .. } = &self.activity;
        let count = |of: &dyn Fn(f64, f64) -> bool| hidden.iter().zip(spread).filter(|&(&m, &s)| of(m, s)).count();
        let dead = count(&|mean, spread| mean < ALWAYS && spread < 10.0 * STILL);
        let saturated = count(&|mean, spread| 1.0 - ALWAYS < mean && spread < 10.0 * STILL);
        let still = count(&|mean, spread| spread < STILL && (ALWAYS..=1.0 - ALWAYS).contains(&mean));
        let all = self.machine.hidden;
        let told = [
            (
                dead,
                "dead, off for nearly every training sample: a sparsity_cost or a smaller learning_rate may wake them",
            ),
            (
                saturated,
                "saturated, on for nearly every training sample: weight_decay or a smaller learning_rate may help",
            ),
            (still, "the same for every training sample: more epochs or a larger init_scale may tell them apart"),
        ];
        let told = told.into_iter().filter(|(count, _)| 0 < *count);
        told.map(|(count, what)| format!("{count} of {all} hidden units are {what}")).collect()
    }
}
