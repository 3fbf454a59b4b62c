//! What a trained perceptron can do.

use super::columns::Columns;
use super::params::{PerceptronParams, Variant};
use super::separability::{Separability, Term, Witness};
use super::train::WHO;
use super::units::Units;
use nn_core::metrics::{accuracy, error_rate};
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Answer, Arrays, Dataset, Error, History, MOST_CLASSES, Measures, Model, Online, Picture, Result, Scalar, Scaler,
    State, Stopped, Target, Task, check_answers,
};
use std::ops::Bound;

/// What a number of a file is that must be above 0.
const ABOVE_0: (Bound<f64>, Bound<f64>) = (Bound::Excluded(0.0), Bound::Unbounded);

/// A perceptron: `y = step(sum_i w_i x_i - theta)`, the chapter's (1) and (2); of more than two classes the one whose sum
/// `w_k . x - theta_k` is largest.
///
/// Made by [`PerceptronParams::fit`](nn_core::Fit::fit).
#[derive(Clone, Debug)]
pub struct Perceptron<F: Scalar = f64> {
    pub(super) params: PerceptronParams,
    pub(super) history: History,
    pub(super) units: Units,
    /// What it answers with: of what training moves, the part that its variant keeps.
    theta: Vec<F>,
    pub(super) state: State<F>,
    pub(super) scaler: Option<Scaler<F>>,
    pub(super) mistakes: u64,
    pub(super) separability: Separability,
    pub(super) mistake_bound: Option<f64>,
}

impl<F: Scalar> Perceptron<F> {
    pub(super) fn new(params: PerceptronParams, units: Units, theta: Vec<F>, scaler: Option<Scaler<F>>) -> Self {
        let state = params.state(theta.clone());
        let (history, separability) = (History::default(), Separability::Undecided);
        Self { params, history, units, theta, state, scaler, mistakes: 0, separability, mistake_bound: None }
    }

    /// Takes over from training what this variant answers with.
    pub(super) fn keep(&mut self) {
        self.theta = self.params.kept(&self.state);
    }

    /// The weights of each unit: features × units. Two classes have one unit, whose 1 is the second class.
    pub fn weights(&self) -> DMatrix<F> {
        let (features, units) = (self.units.features, self.units.count());
        DMatrix::from_column_slice(features, units, &self.theta[..features * units])
    }

    /// The threshold theta of each unit, which is subtracted from its sum.
    pub fn thresholds(&self) -> Vec<F> {
        self.theta[self.units.features * self.units.count()..].iter().map(|&bias| -bias).collect()
    }

    /// Mistakes made while it learned, a correction each. A pocket counts none.
    pub fn mistakes(&self) -> u64 {
        self.mistakes
    }

    /// What was found out about whether its training samples, scaled as it scales them, can be parted.
    pub fn separability(&self) -> &Separability {
        &self.separability
    }

    /// The epoch whose weights came back first, and after how many epochs: from there on the rule goes round for ever. Told
    /// where the samples come in the same order in each epoch and the weights come back exactly.
    pub fn cycle(&self) -> Option<(usize, usize)> {
        let [since, period] = [self.state.running[0], self.state.running[1]].map(|number| number.to_f64() as usize);
        (0 < period).then_some((since, period))
    }

    /// Novikoff's bound on the mistakes, where it holds for this training: the classes can be parted, the weights
    /// started at 0, and all samples weigh the same. (A heavier one moves the weights further, and the proof of the bound
    /// asks for steps of one size.)
    pub fn mistake_bound(&self) -> Option<f64> {
        self.mistake_bound
    }

    /// The class of each sample.
    ///
    /// # Errors
    /// Those of [`predict`](Model::predict).
    pub fn classify(&self, data: &Dataset<'_, F>) -> Result<Vec<u32>> {
        let sums = self.sums(data)?;
        Ok(sums.chunks(self.units.count()).map(|sums| self.units.class(sums)).collect())
    }

    /// The sum of each unit: units × samples.
    fn sums(&self, data: &Dataset<'_, F>) -> Result<Vec<F>> {
        data.check_features(self.units.features)?;
        let mut all = Vec::with_capacity(self.units.count() * data.samples());
        let mut samples = Columns::new(data.inputs_only(), self.scaler.as_ref());
        self.units.sums_of_all(&self.theta, &mut samples, |_, sums| all.extend_from_slice(sums));
        check_answers(&all, self.units.count())?;
        Ok(all)
    }

    /// In words, why no weights part the classes.
    fn proof(&self, witness: &Witness) -> String {
        let Witness { terms, rest } = witness;
        let shown = |terms: &[&Term]| {
            let sum: f64 = terms.iter().map(|term| term.share).sum();
            let one = |term: &&Term| format!("{:.3} x sample {}", term.share / sum, term.sample + 1);
            terms.iter().map(one).collect::<Vec<_>>().join(" + ")
        };
        let (first, second): (Vec<&Term>, Vec<&Term>) = terms.iter().partition(|term| term.other == 1);
        if self.units.classes == 2 && terms.len() <= 8 {
            format!(
                "no weights part the two classes: {} = {} (training samples, from 1)",
                shown(&first),
                shown(&second)
            )
        } else if self.units.classes == 2 {
            let (a, b) = (first.len(), second.len());
            format!(
                "no weights part the two classes: a weighted mean of {a} samples of one is that of {b} of the other, \
                 to {rest:.0e} of their size"
            )
        } else {
            let count = terms.len();
            format!(
                "no weights part all {} classes: of {count} samples, each set against a class it is not of, a weighted \
                 mean cancels to {rest:.0e} of their size",
                self.units.classes
            )
        }
    }
}

impl<F: Scalar> Model<F> for Perceptron<F> {
    type Params = PerceptronParams;

    fn params(&self) -> &PerceptronParams {
        &self.params
    }

    fn online(&mut self) -> Option<&mut dyn Online<F>> {
        Some(self)
    }

    fn history(&self) -> &History {
        &self.history
    }

    fn features(&self) -> usize {
        self.units.features
    }

    fn answer(&self) -> Answer {
        Answer::Scores(self.units.classes.max(2))
    }

    /// Column j holds the sum `w_k . x_j - theta_k` of each class k; of two classes the unit's sum and its negative. The
    /// largest wins.
    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        let sums = self.sums(data)?;
        if 1 < self.units.count() {
            return Ok(DMatrix::from_vec(self.units.count(), data.samples(), sums));
        }
        // The step is 1 at 0, so there the second class must win: by next to nothing.
        let negative = |sum: F| if sum == F::ZERO { -F::from_f64(1e-30) } else { -sum };
        Ok(DMatrix::from_fn(
            2,
            sums.len(),
            |class, sample| {
                if class == 1 { sums[sample] } else { negative(sums[sample]) }
            },
        ))
    }

    /// `loss`, the share of the samples that it gets wrong, and `accuracy`, the share that it gets right.
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        Task::Classes(self.units.classes).check_alike(data, self.units.features, WHO)?;
        let Target::Labels { labels, .. } = data.target() else { return Ok(Measures::new()) };
        let (answers, weights) = (self.classify(data)?, data.sample_weights());
        let (loss, accuracy) = (error_rate(&answers, labels, weights), accuracy(&answers, labels, weights));
        Ok(Measures::new().with("loss", loss).with("accuracy", accuracy))
    }

    fn tally(&self) -> Measures {
        match self.params.variant {
            Variant::Standard | Variant::Averaged => Measures::new().with_count("mistakes", self.mistakes as usize),
            Variant::Pocket => Measures::new(),
        }
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        let converged = self.history.stopped == Stopped::Converged;
        if let Some((since, period)) = self.cycle().filter(|_| !converged) {
            remarks.push(format!(
                "the weights of epoch {since} came back after {period} more, so the rule goes round for ever"
            ));
        }
        match (&self.separability, self.mistake_bound()) {
            (Separability::Inseparable(witness), _) => remarks.push(self.proof(witness)),
            (Separability::Separable { margin, radius }, Some(bound)) => remarks.push(format!(
                "{} mistakes, of at most {:.0} by Novikoff's bound (R/gamma)^2 with R = {radius:.4} and gamma = \
                 {margin:.4}{}",
                self.mistakes,
                bound.floor(),
                if converged { "" } else { "; more epochs will do" },
            )),
            (Separability::Separable { .. }, None) if !converged => {
                remarks.push("the classes can be parted; more epochs may do".to_owned());
            }
            _ => {}
        }
        remarks
    }

    fn pictures(&self) -> Vec<Picture> {
        let weights = self.weights().map(F::to_f64);
        vec![Picture::Weights { title: "weights of the units".to_owned(), weights, by_class: true }]
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = Arrays::new();
        for span in self.units.spans() {
            arrays.insert(span.name, &span.shape, &self.theta[span.range]);
        }
        arrays.insert_counts("classes", &[self.units.classes]);
        arrays.insert_counts("mistakes", &[self.mistakes as usize]);
        if let Some((since, period)) = self.cycle() {
            arrays.insert_counts("cycle", &[since, period]);
        }
        if let Some(bound) = self.mistake_bound {
            arrays.insert("mistake_bound", &[1], &[bound]);
        }
        match &self.separability {
            Separability::Separable { margin, radius } => arrays.insert("margin", &[2], &[*margin, *radius]),
            Separability::Inseparable(Witness { terms, rest }) => {
                let counts = |count: fn(&Term) -> usize| terms.iter().map(count).collect::<Vec<_>>();
                arrays.insert_counts("witness.sample", &counts(|term| term.sample));
                arrays.insert_counts("witness.other", &counts(|term| term.other as usize));
                let shares: Vec<f64> = terms.iter().map(|term| term.share).collect();
                arrays.insert("witness.share", &[shares.len()], &shares);
                arrays.insert("witness.rest", &[1], &[*rest]);
            }
            Separability::Undecided => {}
        }
        if let Some(scaler) = &self.scaler {
            scaler.save("input", &mut arrays);
        }
        arrays
    }

    fn from_arrays(params: PerceptronParams, history: History, arrays: &Arrays) -> Result<Self> {
        let classes = arrays.count("classes")?;
        if !(2..=MOST_CLASSES).contains(&classes) {
            return Err(Error::format(format!("array classes: expected 2 to {MOST_CLASSES}, got {classes}")));
        }
        let [_, features] = arrays.matrix("weight")?;
        let units = Units { features, classes };
        let weights = arrays.get::<F>("weight", &[units.count(), features])?;
        let theta = [weights, arrays.get::<F>("bias", &[units.count()])?].concat();
        let scaler = Scaler::load("input", features, arrays)?;
        let mut model = Self::new(params, units, theta, scaler);
        model.history = history;
        model.mistakes = arrays.count("mistakes")? as u64;
        if arrays.has("cycle") {
            for (place, count) in model.state.running.iter_mut().zip(arrays.counts("cycle", 2)?) {
                *place = F::from_f64(count as f64);
            }
        }
        if arrays.has("mistake_bound") {
            model.mistake_bound = Some(arrays.numbers("mistake_bound", 1, ABOVE_0)?[0]);
        }
        model.separability = Self::separability_from(arrays, classes)?;
        Ok(model)
    }
}

impl<F: Scalar> Perceptron<F> {
    /// What [`Model::arrays`] saved of it.
    fn separability_from(arrays: &Arrays, classes: usize) -> Result<Separability> {
        if arrays.has("margin") {
            let numbers = arrays.numbers("margin", 2, ABOVE_0)?;
            return Ok(Separability::Separable { margin: numbers[0], radius: numbers[1] });
        }
        let Some(&[len]) = arrays.shape("witness.share") else { return Ok(Separability::Undecided) };
        let (samples, others) = (arrays.counts("witness.sample", len)?, arrays.counts("witness.other", len)?);
        let shares = arrays.numbers("witness.share", len, ABOVE_0)?;
        if len == 0 || others.iter().any(|&other| classes <= other) {
            return Err(Error::format("array witness.other: expected classes"));
        }
        let terms = samples.into_iter().zip(others).zip(shares);
        let terms = terms.map(|((sample, other), share)| Term { sample, other: other as u32, share }).collect();
        Ok(Separability::Inseparable(Witness { terms, rest: arrays.numbers("witness.rest", 1, 0.0..)?[0] }))
    }
}
