//! What a grown network can do: answer, measure, show how it grew, and go to a file and back.

use crate::cascade::{heads_len, hidden_len};
use crate::growth::{Ended, GivenBack, Grown, parts_of};
use crate::params::CascorParams;
use crate::show;
use crate::train::WHO;
use crate::unit::HiddenUnit;
use nn_core::kernels::all_finite;
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Answer, Arrays, Dataset, EarlyStopping, Error, History, Measures, Model, Network, Picture, Result, Rule, Scalar,
    State, Stopped,
};

/// A network that has grown: each hidden unit is fed by the inputs and by all hidden units before it, and the outputs are fed by
/// all of these.
///
/// `v_u = f_u(b_u + sum_i w_ui z_i)` with `z = (x, v_1 .. v_(u-1))`, and `o = g(b + W (x, v_1 .. v_U))`.
///
/// Made by [`CascorParams::fit`](nn_core::Fit::fit).
#[derive(Clone, Debug)]
pub struct Cascor<F: Scalar = f64> {
    pub(crate) params: CascorParams,
    pub(crate) network: Network<F>,
    pub(crate) grown: Grown<F>,
}

impl<F: Scalar> Cascor<F> {
    /// The kinds of the hidden units, in the order in which they came.
    pub fn units(&self) -> &[HiddenUnit] {
        &self.grown.units
    }

    /// Why growth ended; `None` where it was stopped from outside. With early stopping the network may have fewer units than when growth
    /// ended.
    pub fn ended(&self) -> Option<Ended> {
        self.grown.ended
    }

    /// How many candidates had a weight or a correlation that was not finite, and were drawn anew.
    pub fn restarts(&self) -> usize {
        self.grown.restarts
    }

    /// How often the outputs diverged: their loss was larger than before the last unit, so they were reset to the weights before it and
    /// trained with smaller steps.
    pub fn runaways(&self) -> usize {
        self.grown.runaways
    }

    /// The weights of a hidden unit and its bias behind them: from the inputs as they are scaled, then from the units before it.
    /// `None` where there is no such unit.
    pub fn weights(&self, unit: usize) -> Option<&[F]> {
        let features = self.network.features();
        let start = hidden_len(features, unit);
        (unit < self.units().len()).then(|| &self.grown.hidden[start..][..features + unit + 1])
    }

    /// The output weights, inputs and hidden units × outputs, without the biases.
    pub fn output_weights(&self) -> DMatrix<F> {
        let (outputs, width) = (self.network.outputs(), self.network.features() + self.units().len());
        DMatrix::from_column_slice(width, outputs, &self.grown.head[..width * outputs])
    }

    /// The most probable class of each sample.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`Error::Data`] where quantities were learned.
    pub fn classify(&self, data: &Dataset<'_, F>) -> Result<Vec<u32>> {
        self.network.classify(data)
    }

    /// How many networks there were on the way whose outputs were trained to the end: that without hidden units, that with one, and
    /// so on.
    pub fn stages(&self) -> usize {
        let (features, outputs) = (self.network.features(), self.network.outputs());
        stages_in(self.grown.stages.len(), features, outputs, self.units().len()).unwrap_or(0)
    }

    /// How many units came in vain: no output has learned to use them, each time from where it ran away.
    fn in_vain(&self) -> usize {
        let (features, outputs) = (self.network.features(), self.network.outputs());
        let is_unused = |units: &usize| {
            let (start, width) = (heads_len(features, outputs, *units), features + units);
            (0..outputs).all(|output| self.grown.stages[start + (output + 1) * width - 1] == F::ZERO)
        };
        (1..self.stages()).filter(is_unused).count()
    }

    /// What the network answered when it had so many hidden units, its outputs trained to the end; as
    /// [`predict`](Model::predict).
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict); [`Error::Param`] for a stage that there was not.
    pub fn predict_at(&self, units: usize, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        if self.stages() <= units {
            let expected = format!("fewer than the {} that there were on the way", self.stages());
            return Err(Error::param("units", units, expected));
        }
        let (features, outputs) = (self.network.features(), self.network.outputs());
        let hidden = &self.grown.hidden[..hidden_len(features, units)];
        let [start, end] = [units, units + 1].map(|stages| heads_len(features, outputs, stages));
        let head = &self.grown.stages[start..end];
        let supervised = self.params.supervised(features, &self.units()[..units], self.network.task)?;
        let stage = Network {
            state: State::of([hidden, head].concat()),
            input_scaler: self.network.input_scaler.clone(),
            target_scaler: self.network.target_scaler.clone(),
            ..Network::new(WHO, self.network.task, supervised, Vec::new(), Rule::Sgd)
        };
        stage.predict(data)
    }

    /// The network, of what training came to.
    pub(crate) fn assembled(params: CascorParams, network: Network<F>, grown: Grown<F>) -> Result<Self> {
        let supervised = params.supervised(network.features(), &grown.units, network.task)?;
        Ok(Self { params, network: Network { supervised, ..network }, grown })
    }

    /// The same network as nothing has been learned on yet, with its scaling.
    pub(crate) fn copied(&self) -> Result<Network<F>> {
        let supervised = self.params.supervised(self.network.features(), &[], self.network.task)?;
        let theta = vec![F::ZERO; (self.network.features() + 1) * self.network.outputs()];
        Ok(Network {
            input_scaler: self.network.input_scaler.clone(),
            target_scaler: self.network.target_scaler.clone(),
            ..Network::new(WHO, self.network.task, supervised, theta, Rule::Sgd)
        })
    }

    fn story(&self) -> String {
        let units = match self.units().len() {
            0 => "no hidden unit".to_owned(),
            1 => "1 hidden unit".to_owned(),
            count => format!("{count} hidden units"),
        };
        let threshold = self.params.threshold_for(self.network.task);
        let ended = match self.grown.given_back {
            GivenBack::Last if self.history().stopped == Stopped::Early => {
                return format!("{units}: the network with the best validation loss came back");
            }
            GivenBack::Best => {
                let had_ended = self.grown.ended.map_or(String::new(), |ended| self.had_ended(ended, threshold));
                return format!("{units}: the network with the best validation loss came back{had_ended}");
            }
            GivenBack::Before => {
                return format!(
                    "{units} so far: growth was stopped where the outputs had a larger loss than before, and those of before \
                     came back"
                );
            }
            GivenBack::Last => self.grown.ended,
        };
        match ended {
            Some(Ended::Solved) if threshold == 0.0 => format!("{units}: there is no error left"),
            Some(Ended::Solved) => format!("{units}: every output is nearer than {threshold} to its target"),
            Some(Ended::UnitLimit) if threshold == 0.0 => format!("{units}, the limit"),
            Some(Ended::UnitLimit) => {
                format!("{units}, the limit, and not every output is as near to its target as was asked for")
            }
            Some(Ended::Stagnant) => {
                format!("{units}, of which the last {} have hardly lowered the loss", self.params.unit_patience)
            }
            Some(Ended::NoCandidate) => {
                format!("{units}: no candidate for another one has anything to do with the errors that are left")
            }
            None => format!("{units} so far"),
        }
    }

    /// How growth had ended, where another network than its last is the one that came back.
    fn had_ended(&self, ended: Ended, threshold: f64) -> String {
        match ended {
            Ended::Solved if threshold == 0.0 => "; growth had ended without an error left".to_owned(),
            Ended::Solved => format!("; growth had ended with every output nearer than {threshold} to its target"),
            Ended::UnitLimit => format!("; growth had ended at the limit of {} hidden units", self.params.hidden_units),
            Ended::Stagnant => {
                format!("; growth had ended after {} units that hardly lowered the loss", self.params.unit_patience)
            }
            Ended::NoCandidate => {
                "; growth had ended as no candidate had anything to do with the errors that were left".to_owned()
            }
        }
    }
}

/// How many stages so many numbers are those of. There is one for each number of units but the last, whose outputs may have been
/// left half trained; `None` where these numbers are those of something else.
fn stages_in(numbers: usize, features: usize, outputs: usize, units: usize) -> Option<usize> {
    [units, units + 1].into_iter().find(|&stages| heads_len(features, outputs, stages) == numbers)
}

impl<F: Scalar> Model<F> for Cascor<F> {
    type Params = CascorParams;

    nn_core::answers_of_network!(F);

    fn params(&self) -> &CascorParams {
        &self.params
    }

    fn answer(&self) -> Answer {
        self.network.answer(true)
    }

    /// `loss` and `accuracy` for classes; `loss`, `rmse` and `r2` for quantities, in their own units; and how many
    /// `hidden_units` there are.
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        Ok(self.network.evaluate(data)?.with_count("hidden_units", self.units().len()))
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks =
            self.params.output_for(self.network.task).map_or(Vec::new(), |o| self.params.idle(o, self.network.task));
        remarks.push(self.story());
        match self.grown.restarts {
            0 => {}
            1 => remarks.push("a candidate came to numbers that are none, and began anew".to_owned()),
            count => remarks.push(format!("candidates that came to numbers that are none, and began anew: {count}")),
        }
        match self.grown.runaways {
            0 => {}
            1 => remarks.push("once the outputs ran away, and began again by shorter steps".to_owned()),
            count => {
                remarks.push(format!("{count} times the outputs ran away, and began again by shorter steps"));
            }
        }
        match self.in_vain() {
            0 => {}
            1 => remarks
                .push("a hidden unit came in vain: the outputs ran away each time that they were to use it".to_owned()),
            count => remarks.push(format!(
                "hidden units that came in vain, as the outputs ran away each time that they were to use them: {count}"
            )),
        }
        let early = self.params.early();
        if early.rule == EarlyStopping::Patience && early.patience <= self.params.candidate_epochs {
            remarks.push(format!(
                "a patience of {} may end within the passes that train candidates, up to {}, in which no answer changes",
                early.patience, self.params.candidate_epochs
            ));
        }
        remarks
    }

    /// The cascade, and the course of the correlations.
    fn pictures(&self) -> Vec<Picture> {
        show::pictures(self)
    }

    /// Of two features, what the network made of them with each number of hidden units.
    fn pictures_of(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
        show::surfaces(self, data)
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = self.network.arrays();
        let Grown { units, stages, restarts, runaways, ended, given_back, .. } = &self.grown;
        let kinds: Vec<usize> = units.iter().map(|&unit| unit as usize).collect();
        arrays.insert_counts("hidden.kinds", &kinds);
        arrays.insert("stages", &[stages.len()], stages);
        let ended = ended.map_or(0, |ended| 1 + ended as usize);
        arrays.insert_counts("growth", &[*restarts, *runaways, ended, *given_back as usize]);
        arrays
    }

    fn from_arrays(params: CascorParams, history: History, arrays: &Arrays) -> Result<Self> {
        params.check_together()?;
        let [outputs, width] = arrays.matrix("output.weight")?;
        let count = match arrays.shape("hidden.kinds") {
            Some(&[count]) if count < width => count,
            _ => return Err(Error::format("array hidden.kinds: expected fewer numbers than there are output weights")),
        };
        let kind = |kind: usize| HiddenUnit::ALL.get(kind).copied();
        let units: Option<Vec<_>> = arrays.counts("hidden.kinds", count)?.into_iter().map(kind).collect();
        let units = units.ok_or_else(|| Error::format("array hidden.kinds: there is no such kind of unit"))?;
        let features = width - count;
        let task = Network::<F>::saved_task(arrays, outputs)?;
        let supervised = params.supervised(features, &units, task)?;
        let network = Network::restored(WHO, task, supervised, Rule::Sgd, history, arrays)?;
        let stages: Vec<F> = arrays.list("stages")?;
        if stages_in(stages.len(), features, outputs, count).is_none() || !all_finite(&stages) {
            return Err(Error::format("array stages: expected the output weights of each stage"));
        }
        let story = arrays.counts("growth", 4)?;
        let ended = match story[2] {
            0 => None,
            ended => Some(*Ended::ALL.get(ended - 1).ok_or_else(|| Error::format("array growth: no such end"))?),
        };
        let given_back = GivenBack::ALL.get(story[3]).copied();
        let given_back = given_back.ok_or_else(|| Error::format("array growth: no such network to give back"))?;
        let parts = parts_of(&network.state.theta, features, count, outputs);
        let (hidden, head) = parts.ok_or_else(|| Error::format("the weights are not those of a cascade"))?;
        Ok(Self {
            params,
            network,
            grown: Grown { units, hidden, head, stages, restarts: story[0], runaways: story[1], ended, given_back },
        })
    }
}
