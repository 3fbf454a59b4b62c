//! The settings of a simple recurrent network.

use crate::gradient::Gradient;
use nn_core::{
    Activation, BatchSize, ClassWeight, Error, Init, Loss, Result, Rule, Scaling, ScheduleKind, Training,
    params::{self, Range, Value as _},
};

nn_core::choices! {
    /// What the state is where a sequence begins.
    pub enum StateRule {
        /// The same each time: every unit is `state_start`.
        Reset = "reset",
        /// What it was where the sequence before ended, in the order of the data; of several sequences that are learned side by side
        /// the i-th goes on from the i-th of the batch before. The first of a pass goes on from the end of the pass before. Answers
        /// read all sequences as one.
        Carry = "carry",
    }
}

nn_core::choices! {
    /// Which steps of a sequence are learned, and measured.
    pub enum TargetSteps {
        /// Each: sequence to sequence.
        Every = "every",
        /// The last alone: sequence to one.
        Last = "last",
    }
}

nn_core::params! {
    /// Settings of a simple recurrent network: plain data, each field with a setter of its name.
    pub struct ElmanParams: "elman" {
        /// Hidden units, and as many context units.
        hidden_units: usize = 32, 1..=16_384;
        /// Activation function of the hidden units.
        activation: Activation = Activation::Tanh, ..;
        /// Activation function of the output units; `auto` is sigmoid for classes with squared error, else identity.
        output_activation: Option<Activation> = None, ..;
        /// What the outputs are judged by; `auto` is cross-entropy for classes and squared error for quantities.
        loss: Option<Loss> = None, ..;
        /// How far an error is followed back in time: `copy-back` not at all, as Elman did; `truncated` through window steps; `full` and `rtrl` to the beginning, backwards or forwards.
        gradient: Gradient = Gradient::Full, ..;
        /// Steps that an error is followed back through where gradient is truncated; 1 is copy-back.
        window: usize = 10, 1..=1_000_000;
        /// Steps of a sequence after which the weights move; the state goes on, and full and truncated gradients end there. 0 is after whole sequences; `auto` is 25 where all data are one sequence, else 0.
        update_every: Option<usize> = None, 0..=1_000_000_000;
        /// The state where a sequence begins: `reset` to state_start, or `carry` on from the sequence before, which are then taken in their order.
        state: StateRule = StateRule::Reset, ..;
        /// What each context unit is before the first step; Elman began at 0.5.
        state_start: f64 = 0.0, -1.0..=1.0;
        /// Which steps of a sequence are learned and measured: `every`, or the `last` alone.
        target_steps: TargetSteps = TargetSteps::Every, ..;
        /// Values that predict forecasts beyond the end of the data: the answer to the last row, and then each to the one before; of several sequences only the last goes on; refused where targets are not the next inputs. 0 and 1 add nothing.
        forecast: usize = 0, 0..=1_000_000;
        /// A sequence of classes is accepted if at each step the answer for the class that came is above this.
        accept_above: f64 = 0.3, 0.0..=1.0;
        /// Where the weights start; `auto` is he for units that rectify and glorot for the others.
        init: Option<Init> = None, ..;
        /// Scale of the start: half the width of uniform, the deviation of normal, the factor of nguyen-widrow; `auto` is 0.5, 0.01 and 0.7.
        init_scale: Option<f64> = None, Range::above(0.0);
        /// Whether rare classes count more: `balanced` weighs a class by samples / (classes x samples of the class).
        class_weight: ClassWeight = ClassWeight::None, ..;
        /// How the inputs are scaled, learned from the training samples and kept with the model; `auto` is standard, or none where all are 0 or 1.
        scaling: Option<Scaling> = None, ..;
        /// How quantities to be learned are scaled; answers come back in their own units.
        target_scaling: Scaling = Scaling::Standard, ..;
    }
    training {
        epochs: 100,
        batch_size: "8 sequences, or 1 where the state is carried on," => BatchSize::Count(8),
        optimizer: "adam" => Rule::Adam,
        schedule: "constant" => ScheduleKind::Constant,
    }
}

/// Steps to a step of training where all data are one sequence.
const USUAL_PIECE: usize = 25;
/// A network with more parameters than this is taken for a slip of the finger.
const MOST_PARAMETERS: usize = 1 << 28;
/// More slopes of a state are not kept.
const MOST_SLOPES: usize = 1 << 24;
/// Nor more of all states of a batch together, where they go on from one step of training to the next.
const MOST_SLOPES_OF_BATCH: usize = 1 << 27;

impl ElmanParams {
    /// The start of the weights in force.
    pub(crate) fn init_in_force(&self) -> Init {
        self.init.unwrap_or(if self.activation.rectifies() { Init::He } else { Init::Glorot })
    }

    /// What the training loop reads: a state that is carried on goes from each sequence to the next unless one says otherwise.
    pub(crate) fn training_in_force(&self) -> Training {
        let mut training = self.training();
        if self.state == StateRule::Carry && self.batch_size.is_none() {
            training.batch_size = training.optimizer.usual_batch(BatchSize::Count(1));
        }
        training
    }

    /// Steps of a sequence to one step of training.
    pub(crate) fn piece(&self, sequences: usize) -> usize {
        let usual = if sequences == 1 && !self.rule().is_minimiser() { USUAL_PIECE } else { 0 };
        match self.update_every.unwrap_or(usual) {
            0 => usize::MAX,
            steps => steps,
        }
    }

    /// That the settings fit together.
    pub(crate) fn check_together(&self) -> Result<()> {
        let rule = self.rule();
        if matches!(rule, Rule::LevenbergMarquardt | Rule::Diagonal) {
            return Err(Error::param("optimizer", rule, "a rule that needs no more than gradients, for sequences"));
        }
        if rule.is_minimiser() {
            if !matches!(self.gradient, Gradient::Full | Gradient::Rtrl) {
                return Err(Error::param("gradient", self.gradient, format!("full or rtrl with {rule}")));
            }
            if self.state == StateRule::Carry {
                return Err(Error::param("state", self.state, format!("reset with {rule}")));
            }
            if let Some(steps) = self.update_every.filter(|steps| *steps != 0) {
                return Err(Error::param("update_every", steps, format!("auto or 0 with {rule}")));
            }
        }
        self.check_rule()
    }

    /// That a network of such a shape is not too large.
    pub(crate) fn check_size(&self, features: usize, outputs: usize) -> Result<()> {
        let units = self.hidden_units;
        let hidden = (features + units + 1).saturating_mul(units);
        let parameters = hidden.saturating_add((units + 1).saturating_mul(outputs));
        if MOST_PARAMETERS < parameters {
            let expected = format!("so few that there are at most {MOST_PARAMETERS} weights and thresholds");
            return Err(Error::param("hidden_units", units, expected));
        }
        if self.gradient == Gradient::Rtrl && MOST_SLOPES < hidden.saturating_mul(units) {
            let expected = format!("so few that there are at most {MOST_SLOPES} slopes of states by weights, for rtrl");
            return Err(Error::param("hidden_units", units, expected));
        }
        Ok(())
    }

    /// That the slopes of a batch's states are not too many, where each of so many `sequences` keeps its own from one step of training to
    /// the next.
    pub(crate) fn check_batch(&self, features: usize, sequences: usize) -> Result<()> {
        let goes_on = self.state == StateRule::Carry || self.piece(sequences) != usize::MAX;
        if self.gradient != Gradient::Rtrl || !goes_on {
            return Ok(());
        }
        let batch = self.training_in_force().batch_size;
        let together = match batch {
            BatchSize::Count(count) => count.min(sequences),
            BatchSize::All => sequences,
        };
        let units = self.hidden_units;
        let slopes = features.saturating_add(units + 1).saturating_mul(units).saturating_mul(units);
        let most = (MOST_SLOPES_OF_BATCH / slopes.max(1)).max(1);
        if most < together {
            let expected = format!("at most {most}, for rtrl that keeps the slopes of each sequence of a batch");
            return Err(Error::param("batch_size", batch.show(), expected));
        }
        Ok(())
    }

    /// What was asked for and does nothing, or something else than it seems to.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let mut remarks = params::idle(self, |name| match name {
            "window" if self.gradient != Gradient::Truncated => Some("gradient=truncated"),
            _ => None,
        });
        let batch = self.training_in_force().batch_size;
        if self.state == StateRule::Carry && batch != BatchSize::Count(1) {
            remarks.push(format!(
                "state=carry with batch_size={} hands the state of a sequence to that in its place in the next batch, while answers \
                 read all sequences as one; of several sequences batch_size=1 learns what is answered",
                batch.show()
            ));
        }
        remarks.extend(self.gradient_cut_short());
        if 1 < self.forecast {
            remarks.push(format!(
                "forecast={} goes on from the last sequence alone, where there are several",
                self.forecast
            ));
        }
        remarks
    }

    /// Where errors are followed back through fewer steps than `gradient` says, because the weights move before.
    fn gradient_cut_short(&self) -> Option<String> {
        let (window, usual) = (self.window, USUAL_PIECE);
        match (self.gradient, self.update_every) {
            (Gradient::Full, Some(1)) => {
                Some("gradient=full with update_every=1 follows no error back, which is copy-back".to_owned())
            }
            (Gradient::Truncated, Some(steps)) if (1..window).contains(&steps) => Some(format!(
                "gradient=truncated with update_every={steps} follows errors back through {steps} steps at most, not through window={window}"
            )),
            (Gradient::Truncated, None) if usual < window => Some(format!(
                "gradient=truncated follows errors back through {usual} steps at most, not through window={window}, where all data are one \
                 sequence and update_every is auto"
            )),
            _ => None,
        }
    }
}
