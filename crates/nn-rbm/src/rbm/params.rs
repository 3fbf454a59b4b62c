//! The settings: written once, here; the setters, the checks, the command and its help are made from this list.

use super::contrastive::{Contrastive, Sparsity};
use super::exact::{MOST_UNITS, States};
use super::machine::{Machine, VisibleUnits};
use nn_core::params::Range;
use nn_core::{BatchSize, Error, Result, Rule, Scalar, Scaling, ScheduleKind, Training};

/// Step sizes that are usual with sgd and nesterov, momentum 0.9 and mean gradients: of binary units by cd, by pcd and exactly.
const RATE_BINARY: f64 = 0.1;
const RATE_PERSISTENT: f64 = 0.01;
const RATE_EXACT: f64 = 0.2;
/// The same of Gaussian units, whose steps overshoot sooner: by chains and exactly. Hinton 2010, section 13.2.
const RATE_GAUSSIAN: f64 = 0.01;
const RATE_EXACT_GAUSSIAN: f64 = 0.02;

nn_core::choices! {
    /// Where the statistics of the model come from, which those of the data are compared with.
    pub enum Algorithm {
        /// A few steps of Gibbs sampling from each sample on: contrastive divergence.
        Contrastive = "cd",
        /// Chains that go on from step to step: persistent contrastive divergence.
        Persistent = "pcd",
        /// The sum over all states of the smaller side, of 20 units at most: the gradient of the likelihood itself.
        Exact = "exact",
    }
}

nn_core::choices! {
    /// Where the biases of the visible units start.
    pub enum VisibleBias {
        /// Where the units alone would tell how often each feature is on, `ln(p / (1 - p))`, or its mean; Hinton 2010, section 8.1.
        Data = "data",
        /// At 0.
        Zero = "zero",
    }
}

nn_core::params! {
    /// Settings of a restricted Boltzmann machine: plain data, each field with a setter of its name.
    pub struct RbmParams: "rbm" {
        /// Hidden units.
        hidden_units: usize = 100, 1..=1_000_000;
        /// What the visible units are: binary ones take features from 0 to 1, gaussian ones any.
        visible_units: VisibleUnits = VisibleUnits::Binary, ..;
        /// Where the statistics of the model come from: short chains from the samples, chains that go on, or the sum over all states.
        algorithm: Algorithm = Algorithm::Contrastive, ..;
        /// With cd and pcd: steps back and forth between the sides for a step of learning, the k of CD-k.
        cd_steps: usize = 1, 1..=10_000;
        /// With cd and pcd: whether visible units are sampled on the way, too, so that each step is one of Gibbs sampling, or are their means; `auto` samples them with pcd, and gaussian ones always.
        sample_visible: Option<bool> = None, ..;
        /// Whether the gradient is that of units less their means; `auto` is true with sgd and nesterov, and other rules, which scale each number of it, cannot.
        centering: Option<bool> = None, ..;
        /// With centering or a sparsity_cost: how far the running means of the units go to those of each batch.
        mean_rate: f64 = 0.01, Range::above_to(0.0, 1.0);
        /// With a sparsity_cost: the share of samples for which a hidden unit should be on.
        sparsity_target: f64 = 0.1, 0.0..=1.0;
        /// How much a hidden unit is pulled towards sparsity_target; 0 for not at all.
        sparsity_cost: f64 = 0.0, Range::from(0.0);
        /// Whether the classes of the target are visible units, too: the machine then answers with probabilities of classes.
        label_units: bool = false, ..;
        /// Standard deviation of the weights at the start.
        init_scale: f64 = 0.01, Range::from(0.0);
        /// Where the biases of the visible units start.
        visible_bias: VisibleBias = VisibleBias::Data, ..;
        /// How the features are scaled, learned from the training samples and kept with the machine; `auto` is none for binary units, standard for gaussian ones.
        scaling: Option<Scaling> = None, ..;
        /// Whether numbers may be missing (NaN; at the shell a cell that is empty or says so) in what the machine is asked, which it fills in first. What it learns from is whole.
        missing_values: bool = false, ..;
        /// Whether the log-likelihood of the training samples is told after each epoch: exact where the smaller side has at most 20 units, else estimated by annealed importance sampling, which takes longer than the epoch.
        watch_likelihood: bool = false, ..;
    }
    training {
        learning_rate: ", but with sgd and nesterov 0.1 for cd and 0.2 for exact; and 0.01 for pcd, and for gaussian units (0.02 with exact)",
        epochs: 50,
        batch_size: "32" => BatchSize::Count(32),
        optimizer: "sgd" => Rule::Sgd,
        schedule: "constant" => ScheduleKind::Constant,
    }
}

impl RbmParams {
    /// The machine for samples of so many features and label units.
    pub(crate) fn machine(&self, features: usize, classes: usize) -> Machine {
        Machine { units: self.visible_units, features, classes, hidden: self.hidden_units }
    }

    /// How it learns.
    ///
    /// # Errors
    /// [`Error::Param`] for the exact gradient of a machine that is too large for it.
    pub(crate) fn objective<'v, F: Scalar>(&self, machine: Machine) -> Result<Contrastive<'v, F>> {
        let states = States::smaller(machine);
        if self.algorithm == Algorithm::Exact && states.is_none() {
            let units = match self.visible_units {
                VisibleUnits::Binary => machine.visible().min(machine.hidden),
                VisibleUnits::Gaussian => machine.hidden,
            };
            let expected = format!(
                "cd or pcd for a machine of {} visible and {} hidden units: each step would sum 2^{units} states, and at most \
                 2^{MOST_UNITS} are summed",
                machine.visible(),
                machine.hidden
            );
            return Err(Error::param("algorithm", self.algorithm, expected));
        }
        Ok(Contrastive {
            machine,
            algorithm: self.algorithm,
            steps: self.cd_steps,
            sample_visible: self.sample_visible.unwrap_or(self.samples_by_itself()),
            centering: self.centering_in_force(),
            mean_rate: self.mean_rate,
            sparsity: Sparsity { target: self.sparsity_target, cost: self.sparsity_cost },
            states,
            watch_likelihood: self.watch_likelihood,
            seed: self.seed,
            log_of_scales: 0.0,
            validation: None,
        })
    }

    /// Whether visible units are sampled unless it is said otherwise. Chains that never end need it, and so do Gaussian units:
    /// their means lack the noise that is a good part of what they are, so that the statistics of the model come out too small.
    fn samples_by_itself(&self) -> bool {
        self.algorithm == Algorithm::Persistent || self.visible_units == VisibleUnits::Gaussian
    }

    /// Whether the gradient is the centred one. Told in the biases of the usual machine it is a step of the centred one only where
    /// a step is a number times gradients: a rule that scales each parameter by itself would tear apart what belongs together.
    pub(crate) fn centering_in_force(&self) -> bool {
        self.centering.unwrap_or(is_linear(self.rule()))
    }

    /// What the training loop reads. All states are summed once a batch, so that the exact gradient takes all samples at a time.
    pub fn training_in_force(&self) -> Training {
        let mut training = self.training();
        if self.batch_size.is_none() && self.algorithm == Algorithm::Exact {
            training.batch_size = BatchSize::All;
        }
        if self.learning_rate.is_none() && is_linear(self.rule()) {
            training.learning_rate = match (self.visible_units, self.algorithm) {
                (VisibleUnits::Binary, Algorithm::Contrastive) => RATE_BINARY,
                (VisibleUnits::Binary, Algorithm::Persistent) => RATE_PERSISTENT,
                (VisibleUnits::Binary, Algorithm::Exact) => RATE_EXACT,
                (VisibleUnits::Gaussian, Algorithm::Exact) => RATE_EXACT_GAUSSIAN,
                (VisibleUnits::Gaussian, _) => RATE_GAUSSIAN,
            };
        }
        training
    }

    /// The scaling in force.
    pub(crate) fn scaling_in_force(&self) -> Scaling {
        self.scaling.unwrap_or(match self.visible_units {
            VisibleUnits::Binary => Scaling::None,
            VisibleUnits::Gaussian => Scaling::Standard,
        })
    }

    /// That the settings fit together.
    ///
    /// # Errors
    /// [`Error::Param`] where they do not.
    pub(crate) fn check_together(&self) -> Result<()> {
        self.check_rule()?;
        if self.rule().is_minimiser() && self.algorithm != Algorithm::Exact {
            let expected = "a rule that takes a step a batch, or algorithm=exact, whose gradient is no estimate";
            return Err(Error::param("optimizer", self.rule(), expected));
        }
        if matches!(self.rule(), Rule::Diagonal | Rule::LevenbergMarquardt) {
            let expected = "a rule that follows a gradient alone, such as sgd, or lbfgs with algorithm=exact; this one takes squared \
                            errors, of which there are none";
            return Err(Error::param("optimizer", self.rule(), expected));
        }
        if self.centering == Some(true) && !is_linear(self.rule()) {
            let expected = format!(
                "auto or false with optimizer={}, which does not take steps in proportion to gradients; sgd and nesterov do",
                self.rule()
            );
            return Err(Error::param("centering", true, expected));
        }
        if self.rule().is_minimiser() && self.sparsity_cost != 0.0 {
            let expected = format!("0 with optimizer={}, which follows a loss and no running means", self.rule());
            return Err(Error::param("sparsity_cost", self.sparsity_cost, expected));
        }
        if self.visible_units == VisibleUnits::Binary && self.scaling == Some(Scaling::Standard) {
            let expected = "none or min-max with binary units, which take features from 0 to 1";
            return Err(Error::param("scaling", Scaling::Standard, expected));
        }
        Ok(())
    }

    /// Settings that were given and do nothing beside the others, a sentence each.
    pub fn remarks(&self) -> Vec<String> {
        let exact = self.algorithm == Algorithm::Exact;
        let without = |name: &str| match name {
            "cd_steps" | "sample_visible" => exact.then_some("algorithm=cd or pcd"),
            "mean_rate" => {
                (!self.centering_in_force() && self.sparsity_cost == 0.0).then_some("centering or a sparsity_cost")
            }
            "sparsity_target" => (self.sparsity_cost == 0.0).then_some("a sparsity_cost"),
            _ => None,
        };
        nn_core::params::idle(self, without)
    }
}

/// Whether each step of the rule is a number times gradients, the same number for all parameters.
fn is_linear(rule: Rule) -> bool {
    matches!(rule, Rule::Sgd | Rule::Nesterov)
}
