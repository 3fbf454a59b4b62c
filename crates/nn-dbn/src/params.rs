//! The settings: written once, here; the setters, the checks, the command and its help are made from this list.

use nn_core::params::Range;
use nn_core::{
    Activate, Activation, BatchSize, Chain, ClassWeight, Dataset, Dense, Dropout, Error, Loss, Params, Result, Rule,
    Scalar, Scaling, ScheduleKind, Supervised, Task,
};
use nn_rbm::{RbmParams, VisibleUnits};

nn_core::params! {
    /// Settings of a deep belief net: plain data, each field with a setter of its name.
    ///
    /// What stands in [`rbm`](Self::rbm) is how each layer is pre-trained; the settings of training beside it are those of the
    /// fine-tuning.
    pub struct DbnParams: "dbn" {
        /// Hidden units of each layer, from the inputs to the outputs.
        hidden_layers: Vec<usize> = vec![100, 100], 1..=65_536;
        /// What the units of the inputs are: binary ones take features from 0 to 1, gaussian ones any. All above them are binary.
        visible_units: VisibleUnits = VisibleUnits::Binary, ..;
        /// Whether the layers are pre-trained; without it the same net starts at random weights.
        pretraining: bool = true, ..;
        /// Epochs of pre-training of each layer, in place of rbm.epochs.
        pretraining_epochs: Vec<usize> = Vec::new(), 1..=1_000_000_000;
        /// Step size of the pre-training of each layer, in place of rbm.learning_rate.
        pretraining_rates: Vec<f64> = Vec::new(), Range::above(0.0);
        /// How the machine of each layer learns. What the net decides for all of them, such as their units and seeds, is not read.
        rbm: RbmParams = RbmParams::default().epochs(10), Range::without(&[
            "hidden_units", "visible_units", "label_units", "scaling", "missing_values", "watch_likelihood", "layer_rates",
            "target_loss", "early_stopping", "patience", "early_alpha", "validation_fraction", "seed",
        ]);
        /// Whether the classes are visible units of the top machine, beside the layer below: it then generates samples of a class.
        label_units: bool = false, ..;
        /// What the outputs are judged by in fine-tuning; `auto` is cross-entropy for classes and squared error for quantities.
        loss: Option<Loss> = None, ..;
        /// Share of the hidden units that are absent at each step of fine-tuning, drawn anew each time; pre-training has all of them.
        dropout: f64 = 0.0, 0.0..=0.99;
        /// Whether rare classes count more: `balanced` weighs a class by samples / (classes x samples of the class).
        class_weight: ClassWeight = ClassWeight::None, ..;
        /// At the shell: whether targets may be missing (a cell that is empty or says so). Such a sample is pre-trained on, and neither fine-tuned nor tested on.
        missing_labels: bool = false, ..;
        /// Seeds from which the net is trained anew with and without pre-training, for as many updates, and asked on a fifth that it has not seen; 0 for none. It costs two trainings a seed.
        compare: usize = 0, 0..=1000;
        /// How the inputs are scaled, learned from the training samples and kept with the net; `auto` is standard for gaussian units, and for binary ones none where all features lie from 0 to 1, else min-max.
        scaling: Option<Scaling> = None, ..;
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

/// A net with more parameters than this is taken for a slip of the finger.
const MOST_PARAMETERS: usize = 1 << 28;
/// Layers at most: a checkpoint and what is drawn of each layer hang on all of those below.
const MOST_LAYERS: usize = 256;

impl DbnParams {
    /// The settings of the machine of a layer, counted from 0 at the inputs; `None` where there is no such layer.
    pub fn machine(&self, layer: usize) -> Option<RbmParams> {
        let &units = self.hidden_layers.get(layer)?;
        let visible = if layer == 0 { self.visible_units } else { VisibleUnits::Binary };
        let is_top = layer + 1 == self.hidden_layers.len();
        let mut own = self.rbm.clone().hidden_units(units).visible_units(visible).scaling(Scaling::None);
        own = own.label_units(is_top && self.label_units).missing_values(false).watch_likelihood(false);
        // Each layer draws numbers of its own.
        own = own.seed(self.seed.wrapping_add((layer as u64) << 32));
        if let Some(&epochs) = self.pretraining_epochs.get(layer) {
            own = own.epochs(epochs);
        }
        if let Some(&rate) = self.pretraining_rates.get(layer) {
            own = own.learning_rate(rate);
        }
        Some(own)
    }

    /// Epochs of pre-training of all layers.
    pub(crate) fn epochs_of_pretraining(&self) -> Vec<usize> {
        if !self.pretraining {
            return Vec::new();
        }
        let layers = (0..self.hidden_layers.len()).filter_map(|layer| self.machine(layer));
        layers.map(|machine| machine.epochs).collect()
    }

    /// The scaling in force for features of which these are the numbers.
    pub(crate) fn scaling_for<F: Scalar>(&self, x: &[F]) -> Scaling {
        let is_chance = |x: &F| (F::ZERO..=F::ONE).contains(x);
        self.scaling.unwrap_or(match self.visible_units {
            VisibleUnits::Gaussian => Scaling::Standard,
            VisibleUnits::Binary if x.iter().all(is_chance) => Scaling::None,
            VisibleUnits::Binary => Scaling::MinMax,
        })
    }

    /// That binary units can take the numbers of `data` where nothing scales them.
    ///
    /// # Errors
    /// [`Error::Data`] that names the first number that they cannot.
    pub(crate) fn check_range<F: Scalar>(&self, data: &Dataset<'_, F>) -> Result<()> {
        if self.visible_units == VisibleUnits::Gaussian || self.scaling != Some(Scaling::None) || !self.pretraining {
            return Ok(());
        }
        match data.x().iter().position(|x| !(F::ZERO..=F::ONE).contains(x)) {
            Some(at) => Err(Error::value(
                format!(
                    "x is {}, and binary units take numbers from 0 to 1: scaling=auto brings features there, and \
                     visible_units=gaussian takes any",
                    data.x()[at]
                ),
                at / data.features(),
                at % data.features(),
            )),
            None => Ok(()),
        }
    }

    /// That the settings fit together.
    ///
    /// # Errors
    /// [`Error::Param`] where they do not.
    pub(crate) fn check_together(&self) -> Result<()> {
        self.validate()?;
        self.check_rule()?;
        if self.rule().is_minimiser() && self.dropout != 0.0 {
            return Err(Error::param("dropout", self.dropout, format!("0 with {}", self.rule())));
        }
        let layers = self.hidden_layers.len();
        if MOST_LAYERS < layers {
            return Err(Error::param("hidden_layers", format!("{layers} layers"), format!("at most {MOST_LAYERS}")));
        }
        if layers == 0 {
            return Err(Error::param("hidden_layers", "none", "the hidden units of one layer or more, joined by -"));
        }
        let lists = [
            ("pretraining_epochs", self.pretraining_epochs.len()),
            ("pretraining_rates", self.pretraining_rates.len()),
        ];
        for (name, given) in lists {
            if given != 0 && given != layers {
                return Err(Error::param(name, given, format!("one for each of the {layers} hidden layers, or none")));
            }
        }
        if self.visible_units == VisibleUnits::Binary && self.scaling == Some(Scaling::Standard) {
            let expected = "auto, none or min-max with binary units, which take features from 0 to 1";
            return Err(Error::param("scaling", Scaling::Standard, expected));
        }
        Ok(())
    }

    /// That every machine of the stack can learn, before the first of them does, with so many label units at the top where there are
    /// such.
    ///
    /// # Errors
    /// [`Error::Param`] for layers that are too large, for a net or for how its machines learn.
    pub(crate) fn check_machines(&self, features: usize, classes: usize) -> Result<()> {
        self.check_size(features, 0)?;
        let mut visible = features;
        for own in (0..self.hidden_layers.len()).filter_map(|layer| self.machine(layer)) {
            own.check_for(visible, if own.label_units { classes } else { 0 }).map_err(of_machine)?;
            visible = own.hidden_units;
        }
        Ok(())
    }

    /// That a net of these layers is not too large.
    fn check_size(&self, features: usize, outputs: usize) -> Result<()> {
        let sizes: Vec<usize> = [features].into_iter().chain(self.hidden_layers.iter().copied()).collect();
        let between = sizes.windows(2).map(|pair| (pair[0] + 1).saturating_mul(pair[1]));
        let last = sizes.last().copied().unwrap_or(features);
        let parameters = between.fold((last + 1).saturating_mul(outputs), usize::saturating_add);
        if MOST_PARAMETERS < parameters {
            let expected = format!("layers that make at most {MOST_PARAMETERS} weights and thresholds together");
            return Err(Error::param("hidden_layers", parameters, expected));
        }
        Ok(())
    }

    /// The layers of the net that is fine-tuned, and how its outputs are judged: `hidden1`, `hidden2`, ..., `output`.
    ///
    /// # Errors
    /// [`Error::Param`] for a net of too many parameters, or a loss that does not fit the task.
    pub(crate) fn supervised<F: Scalar>(&self, features: usize, task: Task) -> Result<Supervised<F>> {
        let loss = task.loss(self.loss)?;
        let outputs = task.outputs(loss);
        self.check_size(features, outputs)?;
        let sizes: Vec<usize> = [features].into_iter().chain(self.hidden_layers.iter().copied()).collect();
        let last = sizes.last().copied().unwrap_or(features);
        let mut chain: Option<Chain<F>> = None;
        for (layer, pair) in sizes.windows(2).enumerate() {
            let (name, dense) = (format!("hidden{}", layer + 1), Dense::new(pair[0], pair[1]));
            let so_far = match chain {
                None => Chain::new(&name, dense),
                Some(chain) => chain.then(&name, dense),
            };
            let mut hidden = so_far.then(&format!("{name}_sigmoid"), Activate::new(Activation::Sigmoid, pair[1]));
            if self.dropout != 0.0 {
                hidden = hidden.then(&format!("{name}_dropout"), Dropout::new(self.dropout, pair[1])?);
            }
            chain = Some(hidden);
        }
        let output = Dense::new(last, outputs);
        let chain = match chain {
            None => Chain::new("output", output),
            Some(chain) => chain.then("output", output),
        };
        let activation = task.output_activation(loss);
        let chain = match activation {
            Activation::Identity => chain,
            _ => chain.then(&format!("output_{activation}"), Activate::new(activation, outputs)),
        };
        Ok(Supervised { chain, loss })
    }

    /// Settings that were given and do nothing beside the others, or not what one may think.
    pub(crate) fn remarks(&self) -> Vec<String> {
        // What compares pre-trains, too.
        let pretrains = self.pretraining || 0 < self.compare;
        let without = |name: &str| match name {
            "label_units" => (!pretrains).then_some("pretraining"),
            _ if name.starts_with("rbm.") || name.starts_with("pretraining_") => (!pretrains).then_some("pretraining"),
            _ => None,
        };
        let mut remarks = nn_core::params::idle(self, without);
        if pretrains {
            remarks.extend(self.rbm.remarks().into_iter().map(|remark| format!("rbm.{remark}")));
        }
        if pretrains && self.label_units && self.missing_labels {
            remarks.push(
                "with label_units the top layer learns from the samples that have a label alone; the layers below from all"
                    .to_owned(),
            );
        }
        remarks
    }
}

/// Says of an error of a machine's settings that they are those of the machine.
pub(crate) fn of_machine(error: Error) -> Error {
    match error {
        Error::Param { name, value, expected } => Error::Param { name: format!("rbm.{name}"), value, expected },
        other => other,
    }
}
