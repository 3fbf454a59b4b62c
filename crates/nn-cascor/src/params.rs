//! The settings: written once, here; the setters, the checks, the command and its help are made from this list.

use crate::quickprop::Mover;
use crate::unit::HiddenUnit;
use nn_core::params::{Range, idle};
use nn_core::{ClassWeight, Error, Loss, Result, Rule, Scaling, Task};

nn_core::choices! {
    /// What outputs are, and how they are judged; t is the target, o the output.
    pub enum Output {
        /// `o = 1 / (1 + e^-s)`, squared error, targets of 0 and 1: the paper's, which lie half lower. Quantities are scaled from
        /// 0 to 1.
        Sigmoid = "sigmoid",
        /// `o = s`, squared error.
        Linear = "linear",
        /// `o = e^(s_j) / sum_k e^(s_k)`, a probability for each class, and `-ln o_t` for the loss.
        Softmax = "softmax",
    }
}

nn_core::params! {
    /// Settings of cascade-correlation: plain data, each field with a setter of its name.
    ///
    /// Candidates of value v make `S = sum_o |sum_p v_p (e_po - mean e_o)| / sum e^2` large, e the errors of the outputs o on the
    /// samples p. Fahlman and Lebiere 1990.
    pub struct CascorParams: "cascor" {
        /// Hidden units at most.
        hidden_units: usize = 25, 0..=10_000;
        /// Candidates for the next hidden unit, of which the best one is put in place.
        candidates: usize = 8, 1..=10_000;
        /// What candidates make of the sum of their inputs: one for all, or several in turn, a pool of different kinds.
        activation: Vec<HiddenUnit> = vec![HiddenUnit::Sigmoid], ..;
        /// What outputs are; `auto` is sigmoid for classes and linear for quantities.
        output: Option<Output> = None, ..;
        /// Growth ends where every output is nearer than this to its target, as targets are scaled; `auto` is 0.4 for classes, and 0, never, for quantities.
        score_threshold: Option<f64> = None, Range::from(0.0);
        /// Rule by which weights move; `auto` is quickprop as the paper's program has it.
        optimizer: Option<Rule> = None, ..;
        /// Step size of the output weights; `auto` is 1, over the samples, for the paper's quickprop, and for another rule ten times its usual one.
        output_learning_rate: Option<f64> = None, Range::above(0.0);
        /// Step size of the candidates' weights; `auto` is 100, over the samples and the connections into a candidate, for the paper's quickprop, and for another rule a hundred times its usual one.
        candidate_learning_rate: Option<f64> = None, Range::above(0.0);
        /// Mu of the paper's quickprop: how many times as far as the last time a weight goes at most.
        growth: f64 = 2.0, Range::above(0.0);
        /// Share of the last step that goes into the next one, with sgd and nesterov.
        momentum: f64 = 0.9, 0.0..=1.0;
        /// Pull of the output weights towards 0; of the paper's quickprop it is added to the sum over all samples.
        output_decay: f64 = 0.0001, Range::from(0.0);
        /// Pull of the candidates' weights towards 0.
        candidate_decay: f64 = 0.0, Range::from(0.0);
        /// What is added to the slope of a sigmoid output, so that one at the wrong end still learns.
        slope_offset: f64 = 0.1, 0.0..=1.0;
        /// Weights are drawn evenly from minus to plus this.
        weight_range: f64 = 1.0, Range::above(0.0);
        /// Passes over the samples at most in which output weights move, before candidates are trained.
        output_epochs: usize = 100, 1..=1_000_000;
        /// Passes at most in which candidates are trained, before the best one is put in place.
        candidate_epochs: usize = 100, 1..=1_000_000;
        /// Passes without a change of the outputs' loss that is larger than output_change; 0 is never.
        output_patience: usize = 12, 0..=1_000_000;
        /// Passes without a change of the best correlation that is larger than candidate_change; 0 is never.
        candidate_patience: usize = 8, 0..=1_000_000;
        /// Share of the loss that is a change of it.
        output_change: f64 = 0.01, 0.0..=1.0;
        /// Share of the best correlation that is a change of it.
        candidate_change: f64 = 0.03, 0.0..=1.0;
        /// Growth ends after so many hidden units in a row that have not lowered the loss by unit_change; 0 is never.
        unit_patience: usize = 0, 0..=10_000;
        /// Share of the loss by which a hidden unit is to lower it.
        unit_change: f64 = 0.01, 0.0..=1.0;
        /// Growth ends once the mean training loss of a pass is below this; 0 never ends it.
        target_loss: f64 = 0.0, Range::from(0.0);
        /// Passes over the samples at most, of outputs and candidates together.
        epochs: usize = 1_000_000, 1..=1_000_000_000;
        /// Whether the values of the hidden units in place are kept for all samples, and not computed anew in each pass: faster, the same bits, a number a unit and sample.
        cache: bool = true, ..;
        /// Whether rare classes count more: `balanced` weighs a class by samples / (classes x samples of the class).
        class_weight: ClassWeight = ClassWeight::None, ..;
        /// How the inputs are scaled; learned from the training samples and kept with the model.
        scaling: Scaling = Scaling::Standard, ..;
        /// How quantities to be learned are scaled for linear outputs; answers come back in their own units.
        target_scaling: Scaling = Scaling::Standard, ..;
    }
    watching {}
}

impl CascorParams {
    /// That the settings fit together.
    pub(crate) fn check_together(&self) -> Result<()> {
        if self.activation.is_empty() {
            return Err(Error::param("activation", "none", "one kind of hidden unit or several"));
        }
        match self.optimizer {
            Some(rule @ (Rule::Irprop | Rule::Diagonal | Rule::Lbfgs | Rule::LevenbergMarquardt)) => {
                let expected = "auto, or a rule that looks at nothing but slopes: \
                                sgd, nesterov, rmsprop, adam, adamw, rprop or quickprop";
                Err(Error::param("optimizer", rule, expected))
            }
            _ => Ok(()),
        }
    }

    /// What outputs are where this is learned.
    ///
    /// # Errors
    /// [`Error::Param`] for softmax where quantities are learned.
    pub(crate) fn output_for(&self, task: Task) -> Result<Output> {
        match (self.output, task) {
            (None, Task::Classes(_)) => Ok(Output::Sigmoid),
            (None, Task::Values(_)) => Ok(Output::Linear),
            (Some(Output::Softmax), Task::Values(_)) => {
                Err(Error::param("output", Output::Softmax, "sigmoid or linear where quantities are learned"))
            }
            (Some(output), _) => Ok(output),
        }
    }

    /// The threshold in force.
    pub(crate) fn threshold_for(&self, task: Task) -> f64 {
        // Fahlman's, for targets that lie 1 apart.
        self.score_threshold.unwrap_or(if matches!(task, Task::Classes(_)) { 0.4 } else { 0.0 })
    }

    /// How quantities are scaled.
    pub(crate) fn target_scaling_for(&self, output: Output) -> Scaling {
        if output == Output::Sigmoid { Scaling::MinMax } else { self.target_scaling }
    }

    pub(crate) fn output_mover(&self) -> Mover {
        let rate = self.optimizer.map_or(1.0, |rule| 10.0 * rule.usual_rate());
        self.mover(self.output_learning_rate.unwrap_or(rate), self.output_decay)
    }

    pub(crate) fn candidate_mover(&self) -> Mover {
        let rate = self.optimizer.map_or(100.0, |rule| 100.0 * rule.usual_rate());
        self.mover(self.candidate_learning_rate.unwrap_or(rate), self.candidate_decay)
    }

    fn mover(&self, rate: f64, decay: f64) -> Mover {
        Mover { rule: self.optimizer, rate, decay, growth: self.growth, momentum: self.momentum }
    }

    /// The kinds of the candidates.
    pub(crate) fn kinds(&self) -> Vec<HiddenUnit> {
        self.activation.iter().copied().cycle().take(self.candidates).collect()
    }

    /// Settings that were given and do nothing beside the others.
    pub(crate) fn idle(&self, output: Output, task: Task) -> Vec<String> {
        idle(self, |name| match name {
            "growth" => self.optimizer.is_some().then_some("optimizer=auto"),
            "momentum" => {
                (!matches!(self.optimizer, Some(Rule::Sgd | Rule::Nesterov))).then_some("optimizer=sgd or nesterov")
            }
            "slope_offset" => (output != Output::Sigmoid).then_some("output=sigmoid"),
            "target_scaling" => {
                let scales = output == Output::Linear && matches!(task, Task::Values(_));
                (!scales).then_some("quantities and output=linear")
            }
            "unit_change" => (self.unit_patience == 0).then_some("unit_patience"),
            _ => None,
        })
    }
}

impl Output {
    /// The loss that judges these outputs.
    pub(crate) fn loss(self) -> Loss {
        match self {
            Self::Sigmoid | Self::Linear => Loss::SquaredError,
            Self::Softmax => Loss::CrossEntropy,
        }
    }
}
