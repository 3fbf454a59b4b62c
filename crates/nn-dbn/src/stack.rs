//! What pre-training leaves: machines on top of each other, without a single label needed. It is saved by itself, tells features
//! at every layer, makes up samples, and is fine-tuned as often as one likes.

use crate::model::Dbn;
use crate::params::DbnParams;
use crate::train::{WHO, teach};
use nn_core::nalgebra::DMatrix;
use nn_core::random::Key;
use nn_core::{
    Arrays, Dataset, Error, FitOptions, History, Model, ModelFile, Result, Scalar, Scaler, check_answers, params,
};
use nn_rbm::{Machine, Rbm};
use std::path::Path;

/// What the file of a stack calls itself.
const KIND: &str = "dbn-stack";
/// The names of the losses of pre-training in a file.
const LOSSES: &str = "pretraining.loss";
const VALIDATION_LOSSES: &str = "pretraining.validation_loss";

/// Restricted Boltzmann machines on top of each other: the hidden units of each are the visible ones of the next.
///
/// The two at the top are joined in both directions; below, each layer tells the one beneath it what to be: together a
/// distribution over samples, a *deep belief net*, `P(v, h1, .., hL) = P(v | h1) .. P(h(L-2) | h(L-1)) P(h(L-1), hL)`.
///
/// Made by [`DbnParams::pretrain`].
#[derive(Clone, Debug)]
pub struct Stack<F: Scalar = f32> {
    pub(crate) params: DbnParams,
    pub(crate) machines: Vec<Rbm<F>>,
    pub(crate) scaler: Option<Scaler<F>>,
    pub(crate) history: History,
    pub(crate) features: usize,
}

impl<F: Scalar> Stack<F> {
    /// The settings that it was pre-trained with.
    pub fn params(&self) -> &DbnParams {
        &self.params
    }

    /// Features of a sample.
    pub fn features(&self) -> usize {
        self.features
    }

    /// The machines from the inputs upwards: as many as there are layers, unless pre-training was stopped before.
    pub fn machines(&self) -> &[Rbm<F>] {
        &self.machines
    }

    /// The course of pre-training, the epochs of all layers one after another: the loss of each is the error of reconstruction of
    /// the layer that learned in it.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Epochs of pre-training that are done.
    pub(crate) fn epochs_done(&self) -> usize {
        self.history.losses.len()
    }

    /// Units of the machines that tell nothing of the samples: dead, saturated, or the same for all.
    pub(crate) fn remarks_on_units(&self) -> Vec<String> {
        let of = |(layer, machine): (usize, &Rbm<F>)| {
            machine.remarks_on_units().into_iter().map(move |remark| format!("layer {}: {remark}", layer + 1))
        };
        self.machines.iter().enumerate().flat_map(of).collect()
    }

    /// The losses of the epochs of a layer, counted from 0.
    pub fn losses_of(&self, layer: usize) -> &[f64] {
        let epochs = self.params.epochs_of_pretraining();
        let first: usize = epochs.iter().take(layer).sum();
        let end = first + epochs.get(layer).copied().unwrap_or(0);
        let losses = &self.history.losses;
        losses.get(first.min(losses.len())..end.min(losses.len())).unwrap_or_default()
    }

    /// Fine-tunes a net that begins with the weights of this stack, on samples with a target, which may be few: as often as one
    /// likes, since the stack stays what it is. Layers and scaling are those of the stack; of `params` only what says how to
    /// fine-tune is read.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`](nn_core::Fit::fit_with) on samples with targets; [`Error::Param`] for samples without one, which a
    /// stack that is there learns nothing from.
    pub fn fine_tune(
        &self,
        params: &DbnParams,
        labelled: &Dataset<'_, F>,
        options: FitOptions<'_, F>,
    ) -> Result<Dbn<F>> {
        labelled.check_features(self.features)?;
        if let Some(unlabelled) = options.unlabelled {
            let expected = "none for a fine-tuning, which learns from targets; pretrain learns from such samples";
            return Err(Error::param("unlabelled", format!("{} samples", unlabelled.samples()), expected));
        }
        teach(&params.fine_tuned_like(&self.params), labelled, options, Some(self))
    }

    /// What the hidden units of a layer, counted from 0, tell of each sample, `P(h = 1 | ..)` by means from layer to layer:
    /// features that any other model may learn from. Where a scaling to 0 and 1 was learned, numbers beyond it are taken for its
    /// ends.
    ///
    /// # Shapes
    /// units × samples.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of features, [`Error::Data`] for numbers that are not finite, [`Error::Param`] for a layer
    /// that is not there.
    pub fn transform(&self, data: &Dataset<'_, F>, layer: usize) -> Result<DMatrix<F>> {
        data.check_features(self.features)?;
        let Some(machines) = self.machines.get(..=layer) else {
            let expected = format!("one of the {} layers of the stack, counted from 0", self.machines.len());
            return Err(Error::param("layer", layer, expected));
        };
        let mut x = data.scaled(self.scaler.as_ref());
        if self.scaler.is_some() {
            self.params.hold_in_range(&mut x);
        }
        let mut told = DMatrix::from_column_slice(self.features, data.samples(), &x);
        for machine in machines {
            told = machine.transform(&Dataset::new(&told))?;
        }
        Ok(told)
    }

    /// Samples that the net makes up: chains of `steps` steps of alternating Gibbs sampling between the two layers at the top, and
    /// from there down to the features, whose means they are, in the units of the data. With a `class`, its label unit is held
    /// throughout. Hinton, Osindero and Teh 2006, section 6.
    ///
    /// # Shapes
    /// features × samples.
    ///
    /// # Errors
    /// [`Error::Param`] for a class where labels are no units of the top machine, or one that was not learned; [`Error::Data`] where
    /// nothing was pre-trained.
    pub fn generate(&self, samples: usize, class: Option<u32>, steps: usize, seed: u64) -> Result<DMatrix<F>> {
        match class {
            Some(class) => self.generate_each(&vec![class; samples], steps, seed),
            None => self.made(samples, None, steps, seed),
        }
    }

    /// The same with a class for each sample, all at once: the column of each holds its class.
    ///
    /// # Errors
    /// Those of [`generate`](Self::generate).
    pub fn generate_each(&self, classes: &[u32], steps: usize, seed: u64) -> Result<DMatrix<F>> {
        self.made(classes.len(), Some(classes), steps, seed)
    }

    fn made(&self, samples: usize, labels: Option<&[u32]>, steps: usize, seed: u64) -> Result<DMatrix<F>> {
        let Some((top, below)) = self.machines.split_last() else {
            return Err(Error::data("nothing was pre-trained, so there is nothing to make samples from"));
        };
        let Machine { features, classes, .. } = top.machine();
        let nothing = vec![F::from_f64(f64::NAN); samples * features];
        let held = Dataset::from_slice(features, &nothing);
        let held = match labels {
            Some(labels) if classes == 0 => {
                let expected = "none, since the top machine has no label units; label_units=true learns them";
                return Err(Error::param("class", labels.first().copied().unwrap_or(0), expected));
            }
            Some(labels) => {
                if let Some(class) = labels.iter().find(|&&class| classes <= class as usize) {
                    return Err(Error::param("class", class, format!("one of the {classes} classes, counted from 0")));
                }
                held.labels_of(classes, labels)
            }
            None => held,
        };
        let mut told = match below {
            [] => top.chain_means(&held, &[steps], seed)?.remove(0),
            _ => top.sample_given(&held, steps, seed)?.rows(0, features).into_owned(),
        };
        for (layer, machine) in below.iter().enumerate().rev() {
            told = downwards(machine, &told, (0 < layer).then_some(Key { seed, step: u64::MAX, shard: layer as u64 }));
        }
        if let Some(scaler) = &self.scaler {
            scaler.undo(told.as_mut_slice());
        }
        check_answers(told.as_slice(), self.features)?;
        Ok(told)
    }

    /// Saves it, as [`Model::save`](nn_core::Model::save) saves a model.
    ///
    /// # Errors
    /// [`Error::Io`] where the operating system refuses.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        self.to_file().write(path.as_ref())
    }

    /// Loads what [`save`](Self::save) wrote.
    ///
    /// # Errors
    /// [`Error::Io`] where the file cannot be read, [`Error::Format`] where it is no stack of this float, whole and unaltered.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_file(&ModelFile::read(path)?).map_err(|error| error.within(path.display()))
    }

    /// All that is saved of it.
    pub fn to_file(&self) -> ModelFile {
        let mut arrays = self.arrays();
        if let Some(scaler) = &self.scaler {
            scaler.save("input", &mut arrays);
        }
        ModelFile::new(KIND, &params::as_json(&self.params), self.history.clone(), arrays, F::PRECISION)
    }

    /// The stack again, from a file's content.
    ///
    /// # Errors
    /// [`Error::Format`] for another kind of file, another float, or content that does not fit together; [`Error::Param`] where a
    /// setting is out of its range.
    pub fn from_file(file: &ModelFile) -> Result<Self> {
        if file.kind != KIND {
            return Err(Error::format(format!("expected a pre-trained stack, got a file of the kind {}", file.kind)));
        }
        let params: DbnParams = params::of_json(&file.params)?;
        params.check_together()?;
        let [_, features] = file.arrays.matrix("rbm1.weight")?;
        let features = if params.hidden_layers.len() == 1 && params.label_units {
            features.saturating_sub(file.arrays.count("rbm1.classes")?)
        } else {
            features
        };
        let mut stack = Self::from_arrays(&params, features, &file.arrays)?;
        stack.scaler = Scaler::load("input", features, &file.arrays)?;
        stack.history = file.history.clone();
        Ok(stack)
    }

    /// The machines' numbers.
    pub(crate) fn arrays(&self) -> Arrays {
        let mut arrays = Arrays::new();
        for (layer, machine) in self.machines.iter().enumerate() {
            arrays.extend(machine.arrays().under(&within(layer)));
        }
        arrays
    }

    /// The stack of the machines in `arrays`, without its scaling and its history.
    pub(crate) fn from_arrays(params: &DbnParams, features: usize, arrays: &Arrays) -> Result<Self> {
        let mut machines: Vec<Rbm<F>> = Vec::new();
        let mut visible = features;
        while let Some(own) = params.machine(machines.len()).filter(|_| params.pretraining) {
            let prefix = within(machines.len());
            let arrays = arrays.within(&prefix);
            if !arrays.has("weight") {
                break;
            }
            let machine: Rbm<F> = Rbm::from_arrays(own, History::default(), &arrays)
                .map_err(|error| Error::format(format!("machine {prefix} of the stack: {error}")))?;
            if machine.machine().features != visible {
                return Err(Error::format(format!("array {prefix}weight: expected {visible} units below it")));
            }
            visible = machine.machine().hidden;
            machines.push(machine);
        }
        let history = History::default();
        Ok(Self { params: params.clone(), machines, scaler: None, history, features })
    }

    /// Adds the course of pre-training to the arrays of a net, whose own history is that of the fine-tuning.
    pub(crate) fn save_history(&self, arrays: &mut Arrays) {
        for (name, losses) in [(LOSSES, &self.history.losses), (VALIDATION_LOSSES, &self.history.validation_losses)] {
            if !losses.is_empty() {
                arrays.insert(name, &[losses.len()], losses);
            }
        }
    }

    /// What [`save_history`](Self::save_history) added.
    pub(crate) fn load_history(arrays: &Arrays) -> Result<History> {
        let losses = |name: &str| match arrays.shape(name) {
            Some(&[len]) => arrays.numbers(name, len, ..),
            Some(_) => Err(Error::format(format!("array {name}: expected a list"))),
            None => Ok(Vec::new()),
        };
        Ok(History { losses: losses(LOSSES)?, validation_losses: losses(VALIDATION_LOSSES)?, ..History::default() })
    }

    /// Writes the weights and hidden biases of the machines over the front of the theta of a feed-forward net: the weights of each
    /// unit, without those to label units, lie there as they lie here.
    pub(crate) fn copy_to(&self, theta: &mut [F]) {
        let mut rest = theta;
        for machine in &self.machines {
            let own = machine.machine();
            let parts = own.weights(machine.theta());
            let (weights, tail) = rest.split_at_mut(own.features * own.hidden);
            let (biases, tail) = tail.split_at_mut(own.hidden);
            let units = weights.chunks_exact_mut(own.features).zip(parts.weights.chunks_exact(own.visible()));
            units.for_each(|(to, from)| to.copy_from_slice(&from[..own.features]));
            biases.copy_from_slice(parts.hidden_bias);
            rest = tail;
        }
    }
}

impl DbnParams {
    /// Pre-trains the layers on samples, whose targets are read by the label units of the top machine alone, where there are such.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`](nn_core::Fit::fit_with), but for the target; [`Error::Param`] without `pretraining`.
    pub fn pretrain<F: Scalar>(&self, data: &Dataset<'_, F>, options: FitOptions<'_, F>) -> Result<Stack<F>> {
        crate::train::pretrain(self, data, options)
    }

    /// These settings of a fine-tuning, with all else as in `stacked`.
    fn fine_tuned_like(&self, stacked: &Self) -> Self {
        Self {
            hidden_layers: stacked.hidden_layers.clone(),
            visible_units: stacked.visible_units,
            pretraining: stacked.pretraining,
            pretraining_epochs: stacked.pretraining_epochs.clone(),
            pretraining_rates: stacked.pretraining_rates.clone(),
            rbm: stacked.rbm.clone(),
            label_units: stacked.label_units,
            scaling: stacked.scaling,
            ..self.clone()
        }
    }
}

/// What stands before the names of a machine's arrays.
fn within(layer: usize) -> String {
    format!("rbm{}.", layer + 1)
}

/// What a layer of hidden units makes of the visible units below it: their means, or with a key samples of them.
///
/// # Shapes
/// `told`: hidden × samples; gives visible × samples.
fn downwards<F: Scalar>(machine: &Rbm<F>, told: &DMatrix<F>, draw: Option<Key>) -> DMatrix<F> {
    let own = machine.machine();
    let samples = told.ncols();
    let lanes = samples.next_multiple_of(16).max(16);
    let mut h = vec![F::ZERO; lanes * own.hidden];
    for (column, row) in h.chunks_exact_mut(lanes).zip(told.row_iter()) {
        column.iter_mut().zip(row.iter()).for_each(|(h, &told)| *h = told);
    }
    let mut means = vec![F::ZERO; lanes * own.visible()];
    own.visible_means(machine.theta(), lanes, &h, &mut means);
    if let Some(key) = draw {
        let mut v = vec![F::ZERO; means.len()];
        own.sample_visible(key, lanes, &means, &mut v);
        means = v;
    }
    DMatrix::from_fn(own.features, samples, |feature, sample| means[feature * lanes + sample])
}

/// That samples are such as a stack can be pre-trained on.
pub(crate) fn check_inputs<F: Scalar>(data: &Dataset<'_, F>, features: usize) -> Result<()> {
    data.check_features(features)?;
    match data.starts() {
        Some(_) => Err(Error::data(format!("{WHO} knows no sequences"))),
        None => Ok(()),
    }
}
