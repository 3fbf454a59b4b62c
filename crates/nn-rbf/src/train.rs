//! Learning, in two steps as the chapter tells them: first centres and widths are found and the weights of the outputs solved
//! for; then, where it is asked for, error back-propagation moves weights, widths and centres together.
//!
//! The first step makes `E = sum_k w_k |y_k - t_k|^2 + ridge sum w^2` as small as it can be for these centres and widths; see
//! [`solve`](crate::solve). The second makes the chapter's (4) smaller still by nn-core's training loop; the slopes stand in
//! [`Units`](crate::Units).

use crate::layer::{Output, Units};
use crate::linear::{Parts, Solution};
use crate::model::Rbf;
use crate::params::{RbfParams, Selection};
use crate::reach::{Reach, farthest};
use crate::solve::{self, Fitted, Nodes, Problem};
use crate::story::Story;
use crate::{kmeans, select, spread};
use nn_core::{
    Chain, Course, Dataset, Error, Fit, FitOptions, History, Layer, Lesson, Loss, Network, Online, OwnedDataset,
    Params, Passed, Recipe, Result, Samples, Scalar, Scaler, StoppingCriteria, Supervised, Task, train,
};
use std::borrow::Cow;
use std::sync::atomic::AtomicBool;

/// Who learns, as errors say it.
pub(crate) const WHO: &str = "a radial basis function network";

/// A network of more numbers in its centres is taken for a slip of the finger.
const MOST: usize = 1 << 28;
/// More samples are not interpolated: the matrix has as many rows and columns.
const MOST_INTERPOLATED: usize = 5000;
/// Numbers of the matrix that orthogonal least squares chooses from; of more samples some are drawn as candidates.
const MOST_CANDIDATES: usize = 50_000_000;
/// What widths are multiplied by where the data decide.
const FACTORS: [f64; 5] = [0.5, 1.0, 2.0, 4.0, 8.0];

impl<F: Scalar> Fit<F> for RbfParams {
    type Model = Rbf<F>;

    fn fit_with(&self, data: &Dataset<'_, F>, options: FitOptions<'_, F>) -> Result<Rbf<F>> {
        self.validate()?;
        self.check_together()?;
        let counted = counted(data)?;
        let counted = counted.as_ref().map(OwnedDataset::view);
        let data = counted.as_ref().unwrap_or(data);
        let lesson = Lesson {
            who: WHO,
            training: self.training_in_force(),
            class_weight: self.class_weight,
            validation_fraction: self.validation_fraction,
        };
        // A checkpoint holds centres that k-means is done with, and what goes on from one needs them: else it would be another
        // training than without a pause.
        let stop = options.stop.filter(|_| options.checkpoint.is_none() && options.resume.is_none());
        let (mut story, mut reach) = (Story::default(), Reach::default());
        let network = lesson.teach(
            data,
            options,
            |data, task| {
                let (network, found) = self.first_step(data, task, stop)?;
                story = found;
                Ok(network)
            },
            |network, samples, validation, options| {
                let mut state = network.state.clone();
                let objective = &network.supervised;
                let history = if self.tunes() {
                    train::train(objective, &mut state, samples, validation, &lesson.training, options)?
                } else {
                    self.one_epoch(network, &mut state, samples, validation, options)?
                };
                // The second step has moved what distances are measured from.
                reach = match self.reach {
                    Some(far) => Reach { far, beyond: 0 },
                    None => farthest(self, network, &state.theta, &samples.data())?,
                };
                Ok((state, history))
            },
        )?;
        Ok(Rbf { params: self.clone(), network, story: Story { reach: reach.far, beyond: reach.beyond, ..story } })
    }

    fn check_online(&self) -> Result<()> {
        if !self.tunes() {
            let expected = "true, or one of the others that are tuned, where samples are learned part by part";
            return Err(Error::param("tune_weights", false, expected));
        }
        self.training_in_force().check_online()
    }
}

/// The samples without those that weigh nothing, where there are such: these are not there, neither for scales, centres, widths and
/// criteria nor in the batches of the second step.
fn counted<F: Scalar>(data: &Dataset<'_, F>) -> Result<Option<OwnedDataset<F>>> {
    data.check()?;
    let counted: Vec<usize> = data.counted().collect();
    (counted.len() < data.samples()).then(|| data.select(&counted)).transpose()
}

impl RbfParams {
    /// Without a second step there is nothing to do after the first, which counts as one epoch.
    fn one_epoch<F: Scalar>(
        &self,
        network: &Network<F>,
        state: &mut nn_core::State<F>,
        samples: &Samples<'_, F>,
        validation: Option<&Samples<'_, F>>,
        options: &mut FitOptions<'_, F>,
    ) -> Result<History> {
        let kept = validation.map(Samples::data);
        let (criteria, recipe) = (StoppingCriteria::epochs(1), || Recipe::of(self));
        let course = Course::start(criteria, recipe, state, &samples.data(), kept.as_ref(), options)?;
        course.run(state, options, |state, _, _| {
            let loss = mean_loss(network, state, samples);
            if !loss.is_finite() {
                return Err(Error::Diverged { epoch: 1, loss });
            }
            let validation_loss = validation.map(|samples| mean_loss(network, state, samples));
            Ok(Passed { converged: true, ..Passed::new(loss, validation_loss) })
        })
    }

    /// Centres, widths and weights.
    fn first_step<F: Scalar>(
        &self,
        data: &Dataset<'_, F>,
        task: Task,
        stop: Option<&AtomicBool>,
    ) -> Result<(Network<F>, Story)> {
        let scaler = Scaler::fit(self.scaling, data.x(), data.features())?;
        let x = data.scaled(scaler.as_ref());
        let draft = Draft { params: self, data, task, scaler, x };
        let Centers { centers, reductions, like, beta_factor } = draft.centers(stop)?;
        let units = centers.len() / data.features();
        let spread = draft.spread(&centers);

        // Beta that is given leaves nothing to choose; the splines ask for no width.
        let scale_free = !self.basis.has_width();
        let interpolates = like.is_some() && !self.normalized;
        let factors = match self.width_factor.or(beta_factor) {
            Some(factor) => vec![factor],
            None if self.beta.is_some() || scale_free => vec![1.0],
            None if interpolates && solve::MOST_INVERTED < units => {
                // The widths of some of the samples are larger, since these lie farther apart; the factor is that of all.
                let (firsts, _) = select::different(&draft.x, data.features(), data.sample_weights());
                let some = data.select(&select::draw(firsts, solve::MOST_INVERTED, self.seed))?;
                let (_, found) = self.first_step(&some.view(), task, stop)?;
                // Where all lie so near that it leaves a system that misses them, the next smaller one is taken.
                FACTORS.into_iter().rev().filter(|&factor| factor <= found.factor).collect()
            }
            None => FACTORS.to_vec(),
        };
        let looks = 1 < factors.len() && !(interpolates && solve::MOST_INVERTED < units);
        let ridge = if like.is_some() { Some(self.ridge.unwrap_or(0.0)) } else { self.ridge };
        // Least squares that pass through every sample leave nothing to choose a width by: it is chosen with a ridge.
        let free = usize::from(self.bias) + if self.linear_tail { data.features() } else { 0 };
        let passes = !interpolates && ridge == Some(0.0) && (like.is_some() || data.samples() <= units + free);
        let by_ridge = passes && looks;
        let mut best: Option<(Network<F>, Fitted, f64)> = None;
        for &factor in &factors {
            let network = draft.network(centers.clone(), spread.log_betas(self, factor))?;
            let problem = Problem::new(&network, *data, units, self.bias, self.linear_tail);
            let fitted = match &like {
                Some(like) if !self.normalized => draft.interpolated(&problem, like, looks),
                _ => problem.least_squares(ridge.filter(|_| !by_ridge), self.criterion, looks),
            };
            // A width with which nothing can be solved is not the best one.
            let fitted = match fitted {
                Err(_) if factor != factors[factors.len() - 1] || best.is_some() => continue,
                other => other?,
            };
            // That three fifths of the digits are met is asked of an interpolation first.
            let inexact = |fitted: &Fitted| F::EPSILON.powf(0.6) < fitted.miss;
            let miss = |fitted: &Fitted| if inexact(fitted) { fitted.miss } else { 0.0 };
            let rank = |fitted: &Fitted| (miss(fitted), fitted.error.unwrap_or(f64::INFINITY));
            if best.as_ref().is_none_or(|(_, before, _)| rank(&fitted) < rank(before)) {
                best = Some((network, fitted, factor));
            }
            if interpolates && !looks && best.as_ref().is_some_and(|(_, fitted, _)| !inexact(fitted)) {
                break;
            }
        }
        let Some((mut network, mut fitted, factor)) = best else {
            return Err(Error::data("no width leaves a system that can be solved"));
        };
        if by_ridge {
            let problem = Problem::new(&network, *data, units, self.bias, self.linear_tail);
            fitted = problem.least_squares(ridge, self.criterion, false)?;
        }
        put(&fitted.solution, units, self.bias, &mut network.state.theta);
        let story = Story {
            ridge: fitted.ridge,
            condition: fitted.solution.condition,
            factor,
            reach: 0.0,
            beyond: 0,
            contradictions: fitted.contradictions,
            asked: self.centers_for(data.samples()),
            error: fitted.error,
            curve: fitted.curve,
            reductions,
        };
        Ok((network, story))
    }

    /// The layers: basis units, and sums of what they answer.
    pub(crate) fn supervised<F: Scalar>(&self, features: usize, units: usize, task: Task) -> Result<Supervised<F>> {
        if MOST < units.saturating_mul(features) {
            let expected = format!("centres that have at most {MOST} numbers together");
            return Err(Error::param("centers", units, expected));
        }
        let outputs = task.outputs(Loss::SquaredError);
        let layer = self.units(features, units);
        let inputs = Layer::<F>::outputs(&layer);
        let output = Output::new(inputs, outputs, self.tune_weights, self.bias);
        Ok(Supervised { chain: Chain::new("basis", layer).then("output", output), loss: Loss::SquaredError })
    }

    /// The basis units.
    pub(crate) fn units(&self, features: usize, units: usize) -> Units {
        Units {
            features,
            units,
            basis: self.basis,
            widths: self.widths,
            normalized: self.normalized,
            linear_tail: self.linear_tail,
            moves_centers: self.tune_centers,
            moves_widths: self.tune_widths,
        }
    }
}

/// The mean loss on `samples`. It is asked for once, for which nn-core's, made to be asked after each epoch, takes more memory than
/// time is worth: on digits a quarter of the whole training.
fn mean_loss<F: Scalar>(network: &Network<F>, state: &nn_core::State<F>, samples: &Samples<'_, F>) -> f64 {
    let (data, outputs) = (samples.data(), network.outputs());
    let mut answers = vec![F::ZERO; outputs * samples.len()];
    network.supervised.answer(&state.theta, samples, &mut answers);
    let targets: Vec<F> = solve::targets(network, &data).into_iter().map(F::from_f64).collect();
    network.supervised.loss.mean_of(&answers, &targets, outputs, data.sample_weights())
}

/// Writes weights into theta: for each output those of the units, then of the tail; and the biases at the end.
fn put<F: Scalar>(solution: &Solution, units: usize, bias: bool, theta: &mut [F]) {
    let outputs = solution.units.ncols();
    let tail = solution.free.nrows() - usize::from(bias);
    let start = theta.len() - outputs * (units + tail + 1);
    let (weights, biases) = theta[start..].split_at_mut(outputs * (units + tail));
    for (output, weights) in weights.chunks_exact_mut(units + tail).enumerate() {
        let of_units = solution.units.column(output).into_owned();
        let of_tail = solution.free.rows(usize::from(bias), tail).column(output).into_owned();
        weights.iter_mut().zip(of_units.iter().chain(&of_tail)).for_each(|(weight, &w)| *weight = F::from_f64(w));
        biases[output] = if bias { F::from_f64(solution.free[(0, output)]) } else { F::ZERO };
    }
}

/// What the first step works on.
struct Draft<'a, F: Scalar> {
    params: &'a RbfParams,
    data: &'a Dataset<'a, F>,
    task: Task,
    scaler: Option<Scaler<F>>,
    /// The samples as they are scaled.
    x: Cow<'a, [F]>,
}

/// Centres that were found.
struct Centers<F> {
    /// features × units.
    centers: Vec<F>,
    /// What each explains, of orthogonal least squares.
    reductions: Vec<f64>,
    /// Which centre each sample is like, where every sample is one.
    like: Option<Vec<Option<usize>>>,
    /// What the widths were multiplied by to choose them.
    beta_factor: Option<f64>,
}

/// Widths before they are multiplied.
struct Spread {
    units: Vec<f64>,
    shares: Vec<f64>,
    features: usize,
}

impl Spread {
    fn log_betas<F: Scalar>(&self, params: &RbfParams, factor: f64) -> Vec<F> {
        if let Some(beta) = params.beta {
            let like = Units { ..params.units(self.features, self.units.len()) };
            return vec![F::from_f64(beta.ln()); like.widths_len()];
        }
        spread::log_betas(params.widths, &self.units, &self.shares, factor)
    }
}

impl<F: Scalar> Draft<'_, F> {
    fn features(&self) -> usize {
        self.data.features()
    }

    fn sample(&self, index: usize) -> &[F] {
        &self.x[index * self.features()..][..self.features()]
    }

    fn columns(&self, indices: &[usize]) -> Vec<F> {
        indices.iter().flat_map(|&index| self.sample(index).iter().copied()).collect()
    }

    fn spread(&self, centers: &[F]) -> Spread {
        let features = self.features();
        // Where beta is given nothing has to be looked for.
        if self.params.beta.is_some() {
            return Spread { units: vec![1.0; centers.len() / features], shares: Vec::new(), features };
        }
        let units = spread::of_units(centers, &self.x, features, self.params.neighbors);
        let by_feature = self.params.widths == crate::Widths::PerFeature;
        let shares = if by_feature { spread::shares(centers, &self.x, features) } else { Vec::new() };
        Spread { units, shares, features }
    }

    /// The network with these centres and widths, all weights 0.
    fn network(&self, centers: Vec<F>, log_betas: Vec<F>) -> Result<Network<F>> {
        let units = centers.len() / self.features();
        let supervised = self.params.supervised(self.features(), units, self.task)?;
        let mut theta = centers;
        theta.extend(log_betas);
        theta.resize(nn_core::Objective::theta_len(&supervised), F::ZERO);
        if theta.iter().any(|number| !number.is_finite()) {
            return Err(Error::data("a centre or a width is beyond what the float can hold"));
        }
        let network = Network::new(WHO, self.task, supervised, theta, self.params.rule());
        network.scale_inputs(self.scaler.clone()).scale_target(self.params.target_scaling, self.data)
    }

    fn centers(&self, stop: Option<&AtomicBool>) -> Result<Centers<F>> {
        let (params, features) = (self.params, self.features());
        let weights = self.data.sample_weights();
        let count = params.centers_for(self.data.samples());
        let found = |centers| Centers { centers, reductions: Vec::new(), like: None, beta_factor: None };
        match params.selection {
            Selection::KMeans => {
                let RbfParams { kmeans_passes, seed, .. } = *params;
                let clusters = kmeans::k_means(&self.x, features, weights, count, kmeans_passes, seed, stop);
                Ok(found(clusters.centers))
            }
            Selection::Random => {
                let (firsts, _) = select::different(&self.x, features, weights);
                Ok(found(self.columns(&select::draw(firsts, count, params.seed))))
            }
            Selection::Given => {
                if !params.given.len().is_multiple_of(features) {
                    let expected = format!("{features} numbers for each centre, as many as there are features");
                    return Err(Error::param("given", params.given.len(), expected));
                }
                let mut centers: Vec<F> = params.given.iter().map(|&number| F::from_f64(number)).collect();
                if let Some(scaler) = &self.scaler {
                    scaler.apply(&mut centers);
                }
                Ok(found(centers))
            }
            Selection::EverySample => {
                let (firsts, like) = select::different(&self.x, features, weights);
                if MOST_INTERPOLATED < firsts.len() {
                    let expected =
                        format!("k-means, random or ols for more than {MOST_INTERPOLATED} different samples");
                    return Err(Error::param("selection", params.selection, expected));
                }
                Ok(Centers { like: Some(like), ..found(self.columns(&firsts)) })
            }
            Selection::Ols => self.orthogonal(),
        }
    }

    /// Centres by orthogonal least squares. The width of the candidates is that of as many samples drawn at random.
    fn orthogonal(&self) -> Result<Centers<F>> {
        let (params, features) = (self.params, self.features());
        let count = params.centers_for(self.data.samples());
        let (firsts, _) = select::different(&self.x, features, self.data.sample_weights());
        let most = (MOST_CANDIDATES / self.data.samples()).max(count);
        let candidates = select::draw(firsts.clone(), most, params.seed);
        let drawn = self.columns(&select::draw(firsts, count, params.seed));
        let one = RbfParams { widths: crate::Widths::One, ..params.clone() };
        let draft = Draft { params: &one, scaler: self.scaler.clone(), x: self.x.clone(), ..*self };
        let spread = draft.spread(&drawn);
        let factor = draft.factor(&drawn, &spread)?;
        let network = draft.network(self.columns(&candidates), spread.log_betas(&one, factor))?;
        let problem = Problem::new(&network, *self.data, candidates.len(), params.bias, params.linear_tail);
        let [free, phi, y] = solve::design(&problem)?;
        let chosen = select::orthogonal(&free, &phi, &y, count, params.ols_tolerance);
        let mut picked: Vec<usize> = chosen.columns.iter().map(|&column| candidates[column]).collect();
        if picked.is_empty() {
            // Where nothing is left to explain, one unit does as well as any.
            picked.extend(candidates.first());
        }
        let beta_factor = (params.widths == crate::Widths::One && params.beta.is_none()).then_some(factor);
        // What was chosen for a width is kept at it.
        let kept = beta_factor.map(|factor| {
            let chosen = draft.spread(&self.columns(&picked));
            let mean = |all: &[f64]| all.iter().sum::<f64>() / all.len() as f64;
            factor * mean(&spread.units) / mean(&chosen.units)
        });
        Ok(Centers { centers: self.columns(&picked), reductions: chosen.reductions, like: None, beta_factor: kept })
    }

    /// What the widths of these centres are best multiplied by.
    fn factor(&self, centers: &[F], spread: &Spread) -> Result<f64> {
        let params = self.params;
        if let Some(factor) = params.width_factor {
            return Ok(factor);
        }
        if params.beta.is_some() || !params.basis.has_width() {
            return Ok(1.0);
        }
        let mut best = (f64::INFINITY, 1.0);
        for factor in FACTORS {
            let network = self.network(centers.to_vec(), spread.log_betas(params, factor))?;
            let units = centers.len() / self.features();
            let problem = Problem::new(&network, *self.data, units, params.bias, params.linear_tail);
            if let Ok(Fitted { error: Some(error), .. }) = problem.least_squares(params.ridge, params.criterion, true)
                && error < best.0
            {
                best = (error, factor);
            }
        }
        Ok(best.1)
    }

    /// The weights that pass through every sample.
    fn interpolated(&self, problem: &Problem<'_, F>, like: &[Option<usize>], looks: bool) -> Result<Fitted> {
        let Parts { free, units, .. } = problem.parts;
        let mut firsts = vec![0; units];
        for (sample, node) in like.iter().enumerate().rev() {
            if let Some(node) = node {
                firsts[*node] = sample;
            }
        }
        let nodes = self.data.inputs_only().select(&firsts)?;
        let nodes = nodes.view();
        let unweighted = Dataset::from_slice(nodes.features(), nodes.x());
        let kernel = problem.rows(&unweighted)?.all.columns(0, free + units).into_owned();
        let nodes = Nodes::new(problem, units, like);
        let ridge = self.params.ridge.unwrap_or(0.0);
        solve::interpolate(&kernel, problem.parts, self.params.basis, &nodes, ridge, looks, F::EPSILON)
    }
}

impl<F: Scalar> Online<F> for Rbf<F> {
    /// One pass of the second step; the first looks at all samples at once. The scaling stays what it was learned to be at first.
    /// Where [`reach`](Rbf::reach) is taken from the data it grows so that these samples are known, but for strays among them.
    ///
    /// # Errors
    /// Those of [`Fit::fit_with`], and [`Error::Param`] where nothing is tuned.
    fn partial_fit(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        Fit::<F>::check_online(&self.params)?;
        let counted = counted(data)?;
        let counted = counted.as_ref().map(OwnedDataset::view);
        let data = counted.as_ref().unwrap_or(data);
        self.network.partial_fit(data, &self.params.training_in_force())?;
        if self.params.reach.is_none() {
            let reach = farthest(&self.params, &self.network, &self.network.state.theta, data)?;
            self.story.reach = self.story.reach.max(reach.far);
        }
        Ok(())
    }
}
