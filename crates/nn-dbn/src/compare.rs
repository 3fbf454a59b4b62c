//! What pre-training is worth: the same net from the same seeds with and without it, for as many updates of weights, and what
//! comes of it, also where that is nothing.

use crate::model::Dbn;
use crate::params::DbnParams;
use crate::train::WHO;
use nn_core::{
    Arrays, BatchSize, Dataset, EarlyStopping, Error, Fit, FitOptions, History, Model, Result, Scalar, Stopped, Target,
    Task, split,
};
use nn_rbm::RbmParams;
use std::sync::atomic::AtomicBool;

/// Share of the samples that a comparison asks on where none are given for it.
const ASKED: f64 = 0.2;
/// Fewer seeds than this say nothing of how sure a difference is.
const FEWEST_SEEDS: usize = 3;

/// The name of that number in a file.
const RESAMPLED: &str = "comparison.resampled";

/// One of the two ways to train a net, over all seeds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Way {
    /// Of each seed the share of wrong answers on samples that were not learned from, or the root mean squared error of quantities.
    pub errors: Vec<f64>,
    /// The training loss of each epoch of back-propagation, a mean over the seeds.
    pub losses: Vec<f64>,
    /// The norm of the gradient of the training loss by the parameters of each layer, from the inputs to the outputs, before the
    /// first epoch of back-propagation: a mean over the seeds.
    pub gradient_norms: Vec<f64>,
}

/// The same net trained in two ways, for as many updates: pre-trained and fine-tuned, or by back-propagation from random weights,
/// whose epochs then are as many more as the updates of pre-training make.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// With pre-training.
    pub with: Way,
    /// Without.
    pub without: Way,
    /// Whether errors are shares of wrong answers.
    pub of_classes: bool,
    /// How many samples are asked for each one that is learned from, where every seed has other ones of the same data, whose errors
    /// then are not independent; 0 where all seeds have the same samples, of which alone the comparison then speaks.
    pub resampled: f64,
}

impl DbnParams {
    /// Trains the net in both ways from each of these seeds on `data`, and asks it on `test`. Those `unlabelled` are pre-trained on
    /// with the others.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`]; [`Error::Param`] for no seeds.
    pub fn compare_on<F: Scalar>(
        &self,
        data: &Dataset<'_, F>,
        test: &Dataset<'_, F>,
        unlabelled: Option<Dataset<'_, F>>,
        seeds: &[u64],
    ) -> Result<Comparison> {
        if seeds.is_empty() {
            return Err(Error::param("seeds", "none", "one or more"));
        }
        let mut comparison = Comparison::of(data);
        for &seed in seeds {
            comparison.add(&self.clone().seed(seed), data, test, unlabelled, None)?;
        }
        comparison.end();
        Ok(comparison)
    }

    /// The comparison that the setting asks for, each seed with another fifth that is not learned from; `None` where the stop flag
    /// ends it.
    pub(crate) fn compared<F: Scalar>(
        &self,
        data: &Dataset<'_, F>,
        unlabelled: Option<Dataset<'_, F>>,
        stop: Option<&AtomicBool>,
    ) -> Result<Option<Comparison>> {
        let mut comparison = Comparison::of(data);
        for seed in (0..self.compare as u64).map(|more| self.seed.wrapping_add(more)) {
            let (learned, asked) = split::hold_out(data, ASKED, seed);
            comparison.resampled = asked.len() as f64 / learned.len().max(1) as f64;
            let [learned, asked] = [data.select(&learned)?, data.select(&asked)?];
            let params = self.clone().seed(seed);
            if !comparison.add(&params, &learned.view(), &asked.view(), unlabelled, stop)? {
                return Ok(None);
            }
        }
        comparison.end();
        Ok(Some(comparison))
    }

    /// That a comparison which is asked for can be made of so few samples.
    pub(crate) fn check_compared<F: Scalar>(&self, data: &Dataset<'_, F>) -> Result<()> {
        if self.compare == 0 || data.samples() == 0 {
            return Ok(());
        }
        let (learned, asked) = split::hold_out(data, ASKED, self.seed);
        if learned.is_empty() || asked.is_empty() {
            return Err(Error::param("compare", self.compare, "0 for samples of which no fifth can be held out"));
        }
        Ok(())
    }

    /// Epochs of back-propagation on so many samples that have as many updates as pre-training, on those and so many
    /// `unlabelled` ones, and fine-tuning together.
    fn epochs_for_all(&self, samples: usize, unlabelled: usize) -> usize {
        let steps = |batch: BatchSize, samples: usize| match batch {
            BatchSize::Count(count) => samples.div_ceil(count.max(1)),
            BatchSize::All => 1,
        };
        let of_layer = |machine: RbmParams| {
            let read = if machine.label_units { samples } else { samples + unlabelled };
            machine.epochs.saturating_mul(steps(machine.training_in_force().batch_size, read))
        };
        let layers = (0..self.hidden_layers.len()).filter_map(|layer| self.machine(layer));
        let updates = layers.map(of_layer).fold(0, usize::saturating_add);
        self.epochs.saturating_add(updates.div_ceil(steps(self.training().batch_size, samples).max(1)))
    }
}

impl Comparison {
    /// Before its first seed.
    fn of<F: Scalar>(data: &Dataset<'_, F>) -> Self {
        let of_classes = matches!(data.target(), Target::Labels { .. });
        Self { with: Way::default(), without: Way::default(), of_classes, resampled: 0.0 }
    }

    /// Both ways from one seed; false where `stop` has ended it on the way.
    fn add<F: Scalar>(
        &mut self,
        params: &DbnParams,
        data: &Dataset<'_, F>,
        test: &Dataset<'_, F>,
        unlabelled: Option<Dataset<'_, F>>,
        stop: Option<&AtomicBool>,
    ) -> Result<bool> {
        // Both learn to the end of their budget.
        let params = params.clone().compare(0_usize).early_stopping(EarlyStopping::Never).target_loss(0.0);
        let with = params.clone().pretraining(true);
        let epochs = with.epochs_for_all(data.samples(), unlabelled.map_or(0, |more| more.samples()));
        let without = params.pretraining(false).label_units(false).epochs(epochs);

        let options = |unlabelled| {
            let mut options = FitOptions::default();
            (options.unlabelled, options.stop) = (unlabelled, stop);
            options
        };
        let is_whole = |history: &History| history.stopped != Stopped::Interrupted;
        let stack = with.pretrain(data, options(unlabelled))?;
        if !is_whole(stack.history()) {
            return Ok(false);
        }
        let mut start = with.untrained(data, None, Task::of(data, WHO)?, Some(&stack))?;
        self.without.see_start(&start.gradient_norms(data)?);
        stack.copy_to(&mut start.state.theta);
        self.with.see_start(&start.gradient_norms(data)?);
        let tuned = stack.fine_tune(&with, data, options(None))?;
        if !is_whole(tuned.history()) {
            return Ok(false);
        }
        let other = without.fit_with(data, options(unlabelled))?;
        if !is_whole(other.history()) {
            return Ok(false);
        }
        self.with.see(&tuned, test)?;
        self.without.see(&other, test)?;
        Ok(true)
    }

    /// Makes means of the sums over the seeds.
    fn end(&mut self) {
        for way in [&mut self.with, &mut self.without] {
            let seeds = way.errors.len().max(1) as f64;
            way.losses.iter_mut().chain(&mut way.gradient_norms).for_each(|sum| *sum /= seeds);
        }
    }

    /// What it found, in a sentence: means with their standard errors, and whether the differences of the seeds are beyond Student's t
    /// of one degree of freedom less than there are seeds. Their variance is `(1 / n + asked / learned) s^2` where the seeds have other
    /// samples of the same data: Nadeau and Bengio, Inference for the generalization error, Machine Learning 52, 2003.
    pub fn told(&self) -> String {
        let seeds = self.with.errors.len();
        let (what, scale, unit) = if self.of_classes { ("error", 100.0, " %") } else { ("rmse", 1.0, "") };
        let [with, without] = [&self.with, &self.without].map(|way| {
            let (mean, error) = mean_and_error(&way.errors);
            format!("{:.2} +- {:.2}{unit}", scale * mean, scale * error)
        });
        let differences: Vec<f64> = self.without.errors.iter().zip(&self.with.errors).map(|(a, b)| a - b).collect();
        let (gain, error) = mean_and_error(&differences);
        let error = error * (1.0 + seeds as f64 * self.resampled).sqrt();
        let verdict = match seeds {
            0..FEWEST_SEEDS => "too few seeds for a verdict",
            _ if gain.abs() <= quantile_of_t(seeds - 1) * error => "no difference that is sure to 95 %",
            _ if 0.0 < gain => "pre-training helps, which is sure to 95 %",
            _ => "pre-training does harm, which is sure to 95 %",
        };
        format!(
            "{what} with pre-training {with}, without it {without} for as many updates, over {seeds} seed{}: {verdict}",
            if seeds == 1 { "" } else { "s" }
        )
    }

    /// Adds it to the arrays of a file.
    pub(crate) fn save(&self, arrays: &mut Arrays) {
        for (name, way) in [("with", &self.with), ("without", &self.without)] {
            for (part, numbers) in
                [("errors", &way.errors), ("losses", &way.losses), ("gradient_norms", &way.gradient_norms)]
            {
                arrays.insert(format!("comparison.{name}.{part}"), &[numbers.len()], numbers);
            }
        }
        arrays.insert(RESAMPLED, &[1], &[self.resampled]);
    }

    /// What [`save`](Self::save) added, of a net of so many layers; `None` where nothing was.
    pub(crate) fn load(task: Task, layers: usize, arrays: &Arrays) -> Result<Option<Self>> {
        if !arrays.has("comparison.with.errors") {
            return Ok(None);
        }
        let list = |way: &str, part: &str| {
            let name = format!("comparison.{way}.{part}");
            match arrays.shape(&name) {
                Some(&[len]) => arrays.numbers(&name, len, 0.0..),
                _ => Err(Error::format(format!("array {name}: expected a list"))),
            }
        };
        let way = |name: &str| -> Result<Way> {
            let [errors, losses, gradient_norms] = ["errors", "losses", "gradient_norms"].map(|part| list(name, part));
            Ok(Way { errors: errors?, losses: losses?, gradient_norms: gradient_norms? })
        };
        let (with, without) = (way("with")?, way("without")?);
        let norms = [&with, &without].iter().any(|way| way.gradient_norms.len() != layers);
        if norms || with.errors.len() != without.errors.len() {
            return Err(Error::format("arrays of the comparison: expected as many errors and layers in both ways"));
        }
        let resampled = arrays.numbers(RESAMPLED, 1, 0.0..)?[0];
        Ok(Some(Self { with, without, resampled, of_classes: matches!(task, Task::Classes(_)) }))
    }
}

impl Way {
    fn see_start(&mut self, norms: &[(String, f64)]) {
        self.gradient_norms.resize(norms.len(), 0.0);
        self.gradient_norms.iter_mut().zip(norms).for_each(|(sum, (_, norm))| *sum += norm);
    }

    fn see<F: Scalar>(&mut self, model: &Dbn<F>, test: &Dataset<'_, F>) -> Result<()> {
        let measures = model.evaluate(test)?;
        let error = measures.get("accuracy").map(|right| 1.0 - right).or(measures.get("rmse"));
        self.errors.extend(error);
        let losses = &model.history().losses;
        self.losses.resize(losses.len(), 0.0);
        self.losses.iter_mut().zip(losses).for_each(|(sum, loss)| *sum += loss);
        Ok(())
    }
}

/// The mean, and its standard error; 0 of a single number.
fn mean_and_error(numbers: &[f64]) -> (f64, f64) {
    let count = numbers.len().max(1) as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let squares = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>();
    (mean, (squares / (count - 1.0).max(1.0) / count).sqrt())
}

/// The number that Student's t of so many degrees of freedom is beyond, on either side, once in twenty times.
fn quantile_of_t(degrees: usize) -> f64 {
    const FEW: [f64; 9] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];
    // Of more, an expansion around the normal's by 1 / degrees: Abramowitz and Stegun 1964, 26.7.5.
    let (z, n) = (1.959_964_f64, degrees as f64);
    let first = (z.powi(3) + z) / 4.0;
    let second = (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / 96.0;
    let third = (3.0 * z.powi(7) + 19.0 * z.powi(5) + 17.0 * z.powi(3) - 15.0 * z) / 384.0;
    let more = || z + (first + (second + third / n) / n) / n;
    degrees.checked_sub(1).and_then(|at| FEW.get(at).copied()).unwrap_or_else(more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(with: &[f64], without: &[f64], resampled: f64) -> String {
        let way = |errors: &[f64]| Way { errors: errors.to_vec(), ..Way::default() };
        Comparison { with: way(with), without: way(without), of_classes: true, resampled }.told()
    }

    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (degrees, known) in
            [(1, 12.706), (2, 4.303), (9, 2.262), (10, 2.228), (19, 2.093), (30, 2.042), (1000, 1.962)]
        {
            assert!((quantile_of_t(degrees) - known).abs() < 1e-3, "{degrees}: {}", quantile_of_t(degrees));
        }
    }

    #[test]
    fn a_verdict_needs_seeds_and_more_the_more_samples_are_shared() {
        assert!(of(&[0.1; 2], &[0.2, 0.201], 0.0).contains("too few seeds"));
        // Differences of 0.02, 0.03 and 0.04: t = 0.03 / (0.01 / sqrt 3) = 5.2 beyond 4.3; with a fifth asked 5.2 / sqrt 1.75 = 3.9.
        let (with, without) = ([0.10, 0.11, 0.12], [0.12, 0.14, 0.16]);
        assert!(of(&with, &without, 0.0).contains("pre-training helps"));
        assert!(of(&without, &with, 0.0).contains("does harm"));
        assert!(of(&with, &without, 0.25).contains("no difference that is sure"));
    }
}
