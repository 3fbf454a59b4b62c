//! The settings of a radial basis function network.

use crate::basis::Basis;
use crate::layer::Widths;
use crate::solve::Criterion;
use nn_core::params::Range;
use nn_core::{BatchSize, ClassWeight, Early, Error, Params, Result, Rule, Scaling, ScheduleKind, Training};

nn_core::choices! {
    /// Where the centres come from.
    pub enum Selection {
        /// The means of as many clusters of the samples, found by k-means from a k-means++ start.
        KMeans = "k-means",
        /// Samples, drawn at random.
        Random = "random",
        /// Samples, chosen one after another by how much of the target each explains that those before it do not: orthogonal
        /// least squares. Chen, Cowan and Grant 1991.
        Ols = "ols",
        /// Every sample is one: the answer passes through all of them, or near them by `ridge`.
        EverySample = "every-sample",
        /// Those in `given`.
        Given = "given",
    }
}

nn_core::params! {
    /// Settings of a radial basis function network: plain data, each field with a setter of its name.
    pub struct RbfParams: "rbf" {
        /// Centres, at most as many as there are different samples; `auto` is half as many as samples, at most 200. Of `every-sample` and `given` the number is what it is.
        centers: Option<usize> = None, 1..=100_000;
        /// Where the centres come from.
        selection: Selection = Selection::KMeans, ..;
        /// With selection=given: the centres, one after another, as many numbers each as there are features, in the units of the data.
        given: Vec<f64> = Vec::new(), Range::Any;
        /// Passes of k-means at most; it ends where no sample changes its cluster.
        kmeans_passes: usize = 100, 1..=1_000_000;
        /// With selection=ols: no more centres are chosen once this share of the target, or less, is unexplained.
        ols_tolerance: f64 = 0.0, 0.0..=1.0;
        /// What a unit answers to the distance from its centre.
        basis: Basis = Basis::Gaussian, ..;
        /// How many widths there are.
        widths: Widths = Widths::One, ..;
        /// The chapter's beta, the same in all units, for inputs as they are scaled; `auto` takes the widths from the centres: `beta = 1 / (2 width^2)`.
        beta: Option<f64> = None, Range::above(0.0);
        /// Nearest other centres whose mean distance is the width of a unit.
        neighbors: usize = 2, 1..=1000;
        /// What the widths are multiplied by; `auto` is that of 1/2, 1, 2, 4 and 8 with the least error by criterion.
        width_factor: Option<f64> = None, Range::above(0.0);
        /// Whether the answers of the units are divided by their sum.
        normalized: bool = false, ..;
        /// Whether a constant is added to the answer.
        bias: bool = true, ..;
        /// Whether a linear function of the inputs is added to the answer.
        linear_tail: bool = false, ..;
        /// Pull of the units' weights, not of bias and tail, towards 0: `ridge sum w^2` is added to the sum of squared errors; `auto` is what criterion asks for, but 0 with every-sample. 0 is least squares, by QR and SVD.
        ridge: Option<f64> = None, Range::from(0.0);
        /// By what ridge and width_factor are chosen where they are `auto`; of an interpolation it is leave-one-out.
        criterion: Criterion = Criterion::LeaveOneOut, ..;
        /// Distance from the nearest centre, in widths sqrt(1 / (2 beta)), beyond which a sample is told to be unknown; `auto` is the largest leave-one-out distance of a training sample, outliers left out.
        reach: Option<f64> = None, Range::above(0.0);
        /// Second step: whether back-propagation moves the weights after they are solved for, bias and tail included.
        tune_weights: bool = false, ..;
        /// Second step: whether it moves the widths.
        tune_widths: bool = false, ..;
        /// Second step: whether it moves the centres.
        tune_centers: bool = false, ..;
        /// Whether rare classes count more: `balanced` weighs a class by samples / (classes x samples of the class).
        class_weight: ClassWeight = ClassWeight::None, ..;
        /// How the inputs are scaled; learned from the training samples and kept with the model.
        scaling: Scaling = Scaling::MinMax, ..;
        /// How quantities to be learned are scaled; answers come back in their own units.
        target_scaling: Scaling = Scaling::Standard, ..;
    }
    training {
        epochs: 100,
        batch_size: "32" => BatchSize::Count(32),
        optimizer: "adam" => Rule::Adam,
        schedule: "constant" => ScheduleKind::Constant,
    }
}

/// Centres where nobody says how many, at most.
const MOST_CENTERS: usize = 200;

impl RbfParams {
    /// How many centres there are for so many samples.
    pub(crate) fn centers_for(&self, samples: usize) -> usize {
        // The ridge looks after there not being too many; on digits 300 were no better than 200, for twice the time.
        self.centers.unwrap_or((samples / 2).clamp(1, MOST_CENTERS))
    }

    /// Whether there is a second step.
    pub(crate) fn tunes(&self) -> bool {
        self.tune_weights || self.tune_widths || self.tune_centers
    }

    /// That the settings fit together.
    pub(crate) fn check_together(&self) -> Result<()> {
        if self.normalized && !self.basis.sums_above_0() {
            let expected = format!("false with {}, whose sum may vanish", self.basis);
            return Err(Error::param("normalized", self.normalized, expected));
        }
        if self.lambda != 1.0 {
            // It would pull the centres towards 0 as well.
            return Err(Error::param("lambda", self.lambda, "1; ridge and weight_decay keep the weights small"));
        }
        if let (Some(_), Some(factor)) = (self.beta, self.width_factor) {
            return Err(Error::param("width_factor", factor, "auto where beta is given, which nothing multiplies"));
        }
        if self.selection == Selection::Given && self.given.is_empty() {
            return Err(Error::param("given", "none", "the centres, with selection=given"));
        }
        self.check_rule()
    }

    /// Settings that were given and do nothing beside the others.
    pub(crate) fn remarks(&self) -> Vec<String> {
        // Those of the training loop stand behind the model's own.
        let names = Self::settings().into_iter().map(|setting| setting.name);
        let second_step: Vec<String> = names.skip_while(|name| name != "optimizer").collect();
        let drawn = matches!(self.selection, Selection::KMeans | Selection::Random | Selection::Ols);
        let without = |name: &str| match name {
            "given" => (self.selection != Selection::Given).then_some("selection=given"),
            "centers" => (!drawn).then_some("a selection that counts centres"),
            "kmeans_passes" => (self.selection != Selection::KMeans).then_some("selection=k-means"),
            "ols_tolerance" => (self.selection != Selection::Ols).then_some("selection=ols"),
            "neighbors" => self.beta.is_some().then_some("beta=auto"),
            name if name != "seed" && second_step.iter().any(|own| own == name) => {
                (!self.tunes()).then_some("a second step: tune_weights, tune_widths or tune_centers")
            }
            _ => None,
        };
        nn_core::params::idle(self, without)
    }

    /// The settings of the training loop in force.
    pub(crate) fn training_in_force(&self) -> Training {
        let training = self.training();
        if self.tunes() { training } else { Training { early: Early::NEVER, ..training } }
    }
}
