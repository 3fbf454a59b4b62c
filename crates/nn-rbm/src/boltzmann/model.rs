//! What a trained machine can do: tell what was not given, judge samples, dream, show itself, go to a file and back.

use super::chain::Chain;
use super::couplings::Couplings;
use super::enumerate;
use super::graph::{Graph, Loose};
use super::params::BoltzmannParams;
use super::phases::{Clamped, Judged, Phases};
use super::show;
use super::sides::log_partition;
use super::train::{Loss, check, distinct, quantities, start, states};
use nn_core::kernels::sigmoid;
use nn_core::nalgebra::DMatrix;
use nn_core::random::{Key, Uniforms};
use nn_core::{
    Answer, Arrays, Dataset, Error, History, Measures, Model, Online, Picture, Result, Rule, Scalar, State,
    check_answers, check_room, side_by_side_for,
};

/// A general Boltzmann machine: units of 0 and 1, visible and hidden, joined by symmetric weights as its settings say.
///
/// `E(s) = -sum_(i<j) w_ij s_i s_j - sum_i theta_i s_i` (20), `P(s) = e^(-E(s)/T) / sum_t e^(-E(t)/T)` (21) with the
/// temperature T of the settings, and `P(v) = sum_h P(v, h)`. Features are visible units; where the target is quantities, these
/// are visible units as well, which training clamps and an answer tells.
///
/// Units stand in this order: features, quantities, hidden units.
///
/// Made by [`BoltzmannParams::fit`](nn_core::Fit::fit), or by [`start`](Self::start) to learn part by part.
#[derive(Clone, Debug)]
pub struct BoltzmannMachine<F: Scalar = f64> {
    pub(crate) params: BoltzmannParams,
    pub(crate) history: History,
    pub(crate) features: usize,
    pub(crate) graph: Graph,
    /// Theta: a weight for each pair that is joined, then a bias for each unit.
    pub(crate) state: State<F>,
}

/// What is told of the units of a sample.
enum Told {
    /// The quantities of the target.
    Quantities,
    /// All features, those that are missing by their probability.
    Completed,
    /// The hidden units.
    Hidden,
    /// Each feature by its probability, given all others.
    Others,
}

impl<F: Scalar> BoltzmannMachine<F> {
    /// That has learned nothing: weights are small or 0, for samples of so many features and quantities to be told.
    ///
    /// # Errors
    /// [`Error::Param`] for a setting that does not fit; [`Error::Data`] for no features.
    pub fn start(params: BoltzmannParams, features: usize, quantities: usize) -> Result<Self> {
        nn_core::Params::validate(&params)?;
        if features == 0 {
            return Err(Error::data("x has no features"));
        }
        let graph = params.graph(features, quantities)?;
        params.plan(&graph, 1, Loose::default())?;
        check_room::<F>("hidden_units", graph.theta_len())?;
        let theta = start(&params, &graph);
        let memory = vec![F::ZERO; Rule::Sgd.memory(theta.len())];
        let state = State { memory, ..State::of(theta) };
        Ok(Self { params, history: History::default(), features, graph, state })
    }

    /// That has these weights and biases, which hold for the `temperature` of the settings.
    ///
    /// # Errors
    /// Those of [`start`](Self::start); [`Error::Shape`] for another number of units than the settings say, and
    /// [`Error::Data`] for weights between units that these do not join.
    pub fn of_couplings(
        params: BoltzmannParams,
        features: usize,
        quantities: usize,
        couplings: &Couplings,
    ) -> Result<Self> {
        // Compared before anything is made that is as large as the settings say.
        let visible = features.saturating_add(quantities);
        let units = visible.saturating_add(params.hidden(visible));
        if couplings.units() != units {
            return Err(Error::shape("units", units, couplings.units()));
        }
        let mut model = Self::start(params, features, quantities)?;
        let weights = model.graph.pairs.iter().map(|&[i, j]| couplings.weight(i as usize, j as usize));
        let theta = weights.chain(couplings.biases().iter().copied()).map(F::from_f64);
        model.state.theta = theta.collect::<Vec<F>>().into();
        let own = model.couplings();
        for (i, j) in (0..own.units()).flat_map(|j| (0..j).map(move |i| (i, j))) {
            if own.weight(i, j) == 0.0 && F::from_f64(couplings.weight(i, j)).to_f64() != 0.0 {
                let what = format!("there is a weight between units {i} and {j}, which are not joined");
                return Err(Error::data(what));
            }
        }
        Ok(model)
    }

    /// How many units are visible: features, and quantities that are told.
    pub fn visible_units(&self) -> usize {
        self.graph.visible
    }

    /// How many units are hidden.
    pub fn hidden_units(&self) -> usize {
        self.graph.hidden
    }

    /// The temperature T at which it runs.
    pub fn temperature(&self) -> f64 {
        self.params.heat()
    }

    /// Its weights and biases.
    pub fn couplings(&self) -> Couplings {
        Couplings::of_theta(&self.state.theta, &self.graph.pairs, 1.0)
    }

    /// Its weights and biases over its temperature: what energies, distributions and chains at temperature 1 are made of.
    pub fn cooled(&self) -> Couplings {
        Couplings::of_theta(&self.state.theta, &self.graph.pairs, self.temperature())
    }

    /// The probability that each hidden unit is on, given what is visible: hidden units × samples. Summed over all states where at most
    /// 20 joined units are free, else sampled over `answer_time`.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn hidden_probabilities(&self, data: &Dataset<'_, F>) -> Result<DMatrix<f64>> {
        let all = self.probabilities(data)?;
        Ok(all.rows(self.graph.visible, self.graph.hidden).into_owned())
    }

    /// All visible units of each sample, those that are missing by the probability that they are on: visible units × samples. So are
    /// quantities where the data have none.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn complete(&self, data: &Dataset<'_, F>) -> Result<DMatrix<f64>> {
        let all = self.probabilities(data)?;
        Ok(all.rows(0, self.graph.visible).into_owned())
    }

    /// `ln P(v)` of each sample, exact; what is missing is summed out.
    ///
    /// # Errors
    /// Those of [`Model::predict`]; [`Error::Data`] where too many units would have to be summed over, with the cost.
    pub fn log_probabilities(&self, data: &Dataset<'_, F>) -> Result<Vec<f64>> {
        Ok(self.judged(data)?.into_iter().map(|(unlikely, _)| -unlikely).collect())
    }

    /// The most probable hidden units of each sample, exact.
    ///
    /// # Errors
    /// Those of [`log_probabilities`](Self::log_probabilities).
    pub fn codes(&self, data: &Dataset<'_, F>) -> Result<Vec<Vec<bool>>> {
        let states = self.states(data)?;
        let cooled = self.cooled();
        Ok(self.judge(&cooled, &states, 0.0)?.into_iter().map(|(_, code)| code).collect())
    }

    /// Samples of its own: visible units × count, each from a start at random through the annealing of the settings and `collecting_time`.
    ///
    /// # Errors
    /// [`Error::Param`] for settings of annealing that do not fit.
    pub fn sample(&self, count: usize, seed: u64) -> Result<DMatrix<f64>> {
        let (cooled, annealing) = (self.cooled(), self.params.annealing()?);
        let everyone: Vec<u32> = (0..self.graph.units() as u32).collect();
        let mut samples = DMatrix::zeros(self.graph.visible, count);
        for (number, mut column) in samples.column_iter_mut().enumerate() {
            let uniforms = Uniforms::new(Key { seed, step: 0, shard: number as u64 }.stream("sample"));
            let mut chain = Chain::new(&cooled, vec![0.0; everyone.len()], everyone.clone(), uniforms);
            chain.scatter();
            chain.cool(&annealing);
            (0..self.params.collecting_time).for_each(|_| chain.pass(1.0));
            column.copy_from_slice(&chain.state()[..self.graph.visible]);
        }
        Ok(samples)
    }

    /// `ln sum_s e^(-E(s)/T)`, exact: over the states of the hidden units and of groups of visible ones, or as
    /// [`Couplings::log_partition`] does.
    ///
    /// # Errors
    /// [`Error::Data`] where too many states would have to be summed over, with the cost.
    pub fn log_partition(&self) -> Result<f64> {
        log_partition(&self.cooled(), &self.graph)
    }

    fn told(&self) -> Told {
        match (self.features < self.graph.visible, self.params.missing_values, self.graph.hidden) {
            _ if self.params.tell_hidden => Told::Hidden,
            (true, ..) => Told::Quantities,
            (_, true, _) => Told::Completed,
            (_, _, 0) => Told::Others,
            _ => Told::Hidden,
        }
    }

    fn states(&self, data: &Dataset<'_, F>) -> Result<Vec<f64>> {
        check(data, self.features, self.params.missing_values)?;
        states(&self.params, &self.graph, data)
    }

    fn judged(&self, data: &Dataset<'_, F>) -> Result<Vec<(f64, Vec<bool>)>> {
        let states = self.states(data)?;
        let cooled = self.cooled();
        let log_partition = log_partition(&cooled, &self.graph)?;
        self.judge(&cooled, &states, log_partition)
    }

    fn judge(&self, cooled: &Couplings, states: &[f64], log_partition: f64) -> Result<Vec<Judged>> {
        let chosen: Vec<u32> = (0..(states.len() / self.graph.visible) as u32).collect();
        let samples = Clamped { states, chosen: &chosen, weights: None };
        let plan = self.params.plan(&self.graph, chosen.len(), Loose::default())?;
        Phases { graph: &self.graph, plan: &plan, couplings: cooled }.judged(&samples, log_partition)
    }

    /// What each unit is, or the probability that it is on: units × samples.
    fn probabilities(&self, data: &Dataset<'_, F>) -> Result<DMatrix<f64>> {
        let states = self.states(data)?;
        let (cooled, annealing) = (self.cooled(), self.params.annealing()?);
        let chosen = [];
        let samples = Clamped { states: &states, chosen: &chosen, weights: None };
        let units = self.graph.units();
        let mut columns = vec![Vec::new(); data.samples()];
        let cost = units * units * (annealing.time() + 1).saturating_mul(data.samples());
        side_by_side_for(cost, &mut columns, |sample, column| {
            let (mut state, free) = samples.sample(sample, &self.graph);
            let found = if free.is_empty() { Some(Vec::new()) } else { exact(&cooled, &state, &free) };
            let single = found.unwrap_or_else(|| {
                // The same numbers for every sample, so that an answer does not hang on where it stands.
                let uniforms = Uniforms::new(Key::once(self.params.seed).stream("answer"));
                let mut chain = Chain::new(&cooled, state.clone(), free.clone(), uniforms);
                chain.scatter();
                chain.cool(&annealing);
                let mut sums = vec![0.0; free.len()];
                for _ in 0..self.params.answer_time {
                    chain.pass(1.0);
                    let mut chances: Vec<f64> = free.iter().map(|&unit| chain.fields()[unit as usize]).collect();
                    sigmoid(&mut chances);
                    sums.iter_mut().zip(chances).for_each(|(sum, chance)| *sum += chance);
                }
                sums.into_iter().map(|sum| sum / self.params.answer_time as f64).collect()
            });
            free.iter().zip(single).for_each(|(&unit, single)| state[unit as usize] = single);
            *column = state;
        });
        Ok(DMatrix::from_vec(units, data.samples(), columns.concat()))
    }

    /// The mean over samples of what visible units are unlikely by, each given all others of them.
    fn unlikely(&self, data: &Dataset<'_, F>, states: &[f64], cooled: &Couplings) -> Result<f64> {
        let chosen: Vec<u32> = data.counted().map(|sample| sample as u32).collect();
        let samples = Clamped { states, chosen: &chosen, weights: None };
        let plan = self.params.plan(&self.graph, chosen.len(), Loose::default())?;
        let phases = Phases { graph: &self.graph, plan: &plan, couplings: cooled };
        if Loss::pseudo(&self.graph, samples.loose(&self.graph)) == Loss::Turned {
            return Ok(mean(data, &phases.turned(&samples)?));
        }
        let weights: Option<Vec<f64>> =
            data.sample_weights().map(|all| all.iter().map(|weight| weight.to_f64()).collect());
        Ok(phases.unlikely(&Clamped { weights: weights.as_deref(), ..samples }, self.params.answer_time))
    }
}

/// The mean of what the samples that weigh something are unlikely by.
fn mean<F: Scalar>(data: &Dataset<'_, F>, judged: &[Judged]) -> f64 {
    let weights = data.counted().map(|sample| data.weight(sample).to_f64());
    let (sum, total) = judged
        .iter()
        .zip(weights)
        .fold((0.0, 0.0), |(sum, total), ((unlikely, _), weight)| (sum + weight * unlikely, total + weight));
    sum / total
}

/// The probabilities of the free units by a sum over all their states, where these are not too many.
fn exact(cooled: &Couplings, state: &[f64], free: &[u32]) -> Option<Vec<f64>> {
    Some(enumerate::free(&cooled.conditioned(state, free).0).ok()?.single)
}

impl<F: Scalar> Model<F> for BoltzmannMachine<F> {
    type Params = BoltzmannParams;

    fn params(&self) -> &BoltzmannParams {
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
        match self.told() {
            Told::Quantities => Answer::Values(self.graph.visible - self.features),
            Told::Hidden => Answer::Units(self.graph.hidden),
            Told::Completed | Told::Others => Answer::Values(self.features),
        }
    }

    /// Column j holds, for sample j, the first of these that applies:
    /// 1. with `tell_hidden`, the probability that each hidden unit is on;
    /// 2. where quantities were learned, the probability of each;
    /// 3. with `missing_values`, all features: given ones as 0 or 1, missing ones as probabilities;
    /// 4. where there are hidden units, the probability that each is on;
    /// 5. else the probability of each feature given all others.
    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        let data = data.inputs_only();
        let told = match self.told() {
            Told::Quantities => {
                self.complete(&data)?.rows(self.features, self.graph.visible - self.features).into_owned()
            }
            Told::Completed => self.complete(&data)?,
            Told::Hidden => self.hidden_probabilities(&data)?,
            Told::Others => {
                let mut all = self.probabilities(&data)?;
                let cooled = self.cooled();
                for mut column in all.column_iter_mut() {
                    let mut chances = cooled.fields_of(column.as_slice());
                    sigmoid(&mut chances);
                    column.copy_from_slice(&chances);
                }
                all
            }
        };
        let answers = told.map(F::from_f64);
        check_answers(answers.as_slice(), answers.nrows())?;
        Ok(answers)
    }

    /// `loss` and `log_likelihood`, the means of `-ln P(v)` and `ln P(v)` in nats a sample, where all states can be summed. Else
    /// `loss` is the mean of `-sum_i ln P(v_i | all other v)`, and `pseudo_log_likelihood` its negative; it is sampled over
    /// `answer_time` where it cannot be summed. `codes`: how many different most probable hidden states the samples have, where
    /// these can be found.
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        let mut data = *data;
        if quantities(&data) != self.graph.visible - self.features {
            // Without the quantities that it learned, and with others than these, samples are their features.
            data = data.inputs_only();
        }
        let states = self.states(&data)?;
        let cooled = self.cooled();
        let whole = log_partition(&cooled, &self.graph).ok();
        let judged = self.judge(&cooled, &states, whole.unwrap_or(0.0)).ok();
        let judged = judged.map(|all| data.counted().map(|sample| all[sample].clone()).collect::<Vec<Judged>>());
        let measures = match (whole, &judged) {
            (Some(_), Some(judged)) => {
                let unlikely = mean(&data, judged);
                Measures::new().with("loss", unlikely).with("log_likelihood", -unlikely)
            }
            _ => {
                let unlikely = self.unlikely(&data, &states, &cooled)?;
                Measures::new().with("loss", unlikely).with("pseudo_log_likelihood", -unlikely)
            }
        };
        match judged {
            Some(judged) if 0 < self.graph.hidden => measures.with_count("codes", distinct(&judged)).check(),
            _ => measures.check(),
        }
    }

    /// `log_probability` of each sample, or `log_probability_of_features` where there are quantities besides, which are summed out as what
    /// is missing is; where the sums can be made for all of these samples.
    fn beside(&self, data: &Dataset<'_, F>) -> Result<Vec<(&'static str, Vec<f64>)>> {
        let states = self.states(&data.inputs_only())?;
        let name = match self.features < self.graph.visible {
            true => "log_probability_of_features",
            false => "log_probability",
        };
        let cooled = self.cooled();
        let judged = log_partition(&cooled, &self.graph).and_then(|whole| self.judge(&cooled, &states, whole));
        Ok(judged.map_or_else(
            |_| Vec::new(),
            |judged| vec![(name, judged.into_iter().map(|(unlikely, _)| -unlikely).collect())],
        ))
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = self.params.remarks(&self.graph, self.features);
        if let Err(error) = self.log_partition() {
            remarks.push(format!("the log-likelihood is not told: {error}"));
        }
        remarks
    }

    /// That a sample leaves more free than can be summed over.
    fn remarks_of(&self, data: &Dataset<'_, F>) -> Result<Vec<String>> {
        let cooled = self.cooled();
        let states = self.states(&data.inputs_only())?;
        // Where no sample has a probability, the remark on the machine says why.
        Ok(match (log_partition(&cooled, &self.graph), self.judge(&cooled, &states, 0.0)) {
            (Ok(_), Err(error)) => vec![format!("the probabilities of samples are not told: of one of them {error}")],
            _ => Vec::new(),
        })
    }

    fn pictures(&self) -> Vec<Picture> {
        show::pictures(self)
    }

    fn arrays(&self) -> Arrays {
        let (mut arrays, units) = (Arrays::new(), self.graph.units());
        let (pairs, biases) = self.state.theta.split_at(self.graph.pairs.len());
        let mut weights = vec![F::ZERO; units * units];
        for (&[i, j], &weight) in self.graph.pairs.iter().zip(pairs) {
            weights[i as usize * units + j as usize] = weight;
            weights[j as usize * units + i as usize] = weight;
        }
        arrays.insert("weight", &[units, units], &weights);
        arrays.insert("bias", &[units], biases);
        arrays.insert_counts("units", &[self.features, self.graph.visible - self.features, self.graph.hidden]);
        arrays.insert_counts("steps", &[self.state.steps as usize]);
        arrays
    }

    fn from_arrays(params: BoltzmannParams, history: History, arrays: &Arrays) -> Result<Self> {
        let [units, _] = arrays.matrix("weight")?;
        let counts = arrays.counts("units", 3)?;
        let (features, outputs) = (counts[0], counts[1]);
        // Each is below 2^53, so that their sum is none too large.
        if features == 0 || counts.iter().sum::<usize>() != units {
            return Err(Error::format("array units: expected the numbers of features, quantities and hidden units"));
        }
        let weights: Vec<F> = arrays.get("weight", &[units, units])?;
        let biases: Vec<F> = arrays.get("bias", &[units])?;
        let wide = |numbers: &[F]| numbers.iter().map(|number| number.to_f64()).collect::<Vec<f64>>();
        let couplings = Couplings::new(&DMatrix::from_vec(units, units, wide(&weights)), &wide(&biases))
            .map_err(|error| Error::format(error.to_string()))?;
        let mut model = Self::of_couplings(params, features, outputs, &couplings)
            .map_err(|error| Error::format(format!("the arrays are not what the settings say: {error}")))?;
        model.state.steps = arrays.count("steps")? as u64;
        model.history = history;
        Ok(model)
    }
}
