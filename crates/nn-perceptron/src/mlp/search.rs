//! Ways out of local minima, for a network: what is searched, who sees how far it is, and what several starts came to.

use super::{MlpParams, symmetry};
use nn_core::random::Key;
use nn_core::search::{self, Annealing, Budget, Genetic, Search};
use nn_core::stationary::count_distinct;
use nn_core::{
    Arrays, At, Epoch, Error, FitOptions, History, Monitor, Network, Objective, Penalty, Result, Samples, Scalar,
    Stage, State, Stopped, linalg, train,
};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Losses that a search may look at, and starts that are tried, where the user does not say.
const USUAL_EVALUATIONS: usize = 20_000;
const USUAL_STARTS: usize = 20;
/// Parameters that a step moves, or that mutate, on the average: all of a small network.
const MOVED_AT_ONCE: f64 = 10.0;
/// What is left of the temperature of annealing in the end.
const COOLED: f64 = 1e-3;
/// How often a monitor sees a search that looks at losses.
const LOOKS: usize = 100;
/// More starts, or numbers in all of their ends, are not compared with each other: it would take too long, or too much room.
const MOST_STARTS: usize = 1 << 10;
const MOST_NUMBERS: usize = 1 << 24;
/// Weights that differ by no more than this part of the larger, or of 1, count as the same.
const SAME: f64 = 0.01;
/// A gradient of a smaller norm is none, as where [`surroundings`](super::Mlp::surroundings) are looked at.
const REST: f64 = 1e-6;

/// Where the starts of `search=multi-start` have ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Starts {
    /// The loss that decides which is kept, of validation where that decides when to stop, else of the last epoch of training: of
    /// each start that did not diverge, the least first.
    pub losses: Vec<f64>,
    /// How many of them are different networks: two are the same where nothing but the places and signs of hidden units
    /// differs, and their weights by no more than 0.01 of the larger one, or of 1. `None` for more than 1,024 starts, or
    /// 16,777,216 weights in all.
    pub distinct: Option<usize>,
    /// At how many the mean training loss has no slope, its gradient being shorter than 1e-6: minima, saddles, plateaus, and weights that
    /// run away.
    /// `None` where penalties are learned as well, so that rest is elsewhere.
    pub rested: Option<usize>,
    /// Starts whose training diverged.
    pub diverged: usize,
}

/// The names of the arrays that keep them.
const LOSSES: &str = "search.losses";
const DISTINCT: &str = "search.distinct";
const RESTED: &str = "search.rested";
const DIVERGED: &str = "search.diverged";

impl Starts {
    /// In a sentence; there is none for a single end.
    pub(super) fn told(&self) -> Option<String> {
        let losses = &self.losses;
        let (&best, &worst) = (losses.first()?, losses.last()?);
        let count = losses.len();
        if count < 2 && self.diverged == 0 {
            return None;
        }
        let median = 0.5 * (losses[(count - 1) / 2] + losses[count / 2]);
        let all_rest = self.rested == Some(count);
        let mut told = format!("{count} start{}", if count == 1 { "" } else { "s" });
        told += if all_rest { " came to rest in" } else { " ended in" };
        told += &match self.distinct {
            Some(1) => " 1 place".to_owned(),
            Some(distinct) => format!(" {distinct} different places"),
            None => " places that were too many to be compared".to_owned(),
        };
        if self.distinct.is_some() {
            told += &format!(", up to places and signs of hidden units and to {SAME} of a weight");
        }
        if let Some(rested) = self.rested.filter(|_| !all_rest) {
            let count = if rested == 0 { "none".to_owned() } else { rested.to_string() };
            told += &format!("; {count} had come to rest, with a gradient below {REST:e}");
        }
        told += &format!("; loss {} at best, {} in the median, {} at worst", short(best), short(median), short(worst));
        if 0 < self.diverged {
            told += &format!("; {} more diverged", self.diverged);
        }
        Some(told)
    }

    pub(super) fn save(&self, arrays: &mut Arrays) {
        arrays.insert(LOSSES, &[self.losses.len()], &self.losses);
        for (name, count) in [(DISTINCT, self.distinct), (RESTED, self.rested), (DIVERGED, Some(self.diverged))] {
            count.iter().for_each(|&count| arrays.insert_counts(name, &[count]));
        }
    }

    /// What [`save`](Self::save) has put into `arrays`, if anything.
    pub(super) fn load(arrays: &Arrays) -> Result<Option<Self>> {
        if !arrays.has(LOSSES) {
            return Ok(None);
        }
        let losses = arrays.list::<f64>(LOSSES)?;
        if losses.is_empty() || !losses.iter().all(|loss| loss.is_finite()) || !losses.is_sorted() {
            return Err(Error::format(format!("array {LOSSES}: expected losses, the least first")));
        }
        let count = |name: &str| match arrays.has(name).then(|| arrays.count(name)).transpose()? {
            Some(count) if losses.len() < count => {
                Err(Error::format(format!("array {name}: expected a whole number up to {}, got {count}", losses.len())))
            }
            count => Ok(count),
        };
        let (distinct, rested) = (count(DISTINCT)?, count(RESTED)?);
        Ok(Some(Self { losses, distinct, rested, diverged: arrays.count(DIVERGED)? }))
    }
}

/// A loss as a sentence has it.
fn short(loss: f64) -> String {
    if loss == 0.0 || (1e-3..1e6).contains(&loss.abs()) { format!("{loss:.4}") } else { format!("{loss:.2e}") }
}

/// What a search has seen, how it is told to the monitor, and whether it is to end.
struct Watch<'a, 'm> {
    stage: Stage,
    /// How many losses or starts there are to be.
    whole: usize,
    stop: Option<&'a AtomicBool>,
    /// What the search takes for its stop flag: either that of the user is up, or the monitor wants no more.
    over: AtomicBool,
    seen: Mutex<Seen<'a, 'm>>,
}

struct Seen<'a, 'm> {
    count: usize,
    least: f64,
    monitor: &'m mut Option<Monitor<'a>>,
    broken: bool,
}

impl<'a, 'm> Watch<'a, 'm> {
    fn new<F: Scalar>(stage: Stage, whole: usize, options: &'m mut FitOptions<'a, F>) -> Self {
        let seen = Seen { count: 0, least: f64::INFINITY, monitor: &mut options.monitor, broken: false };
        Self { stage, whole, stop: options.stop, over: AtomicBool::new(false), seen: Mutex::new(seen) }
    }

    fn seen(&self) -> MutexGuard<'_, Seen<'a, 'm>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees one more loss, and tells the monitor where another part of the whole is done.
    fn see(&self, loss: f64) {
        let mut seen = self.seen();
        seen.count += 1;
        seen.least = seen.least.min(loss);
        let part = if self.stage == Stage::Starts { 1 } else { self.whole.div_ceil(LOOKS) };
        let told = Epoch::of_search(self.stage, seen.count, self.whole, seen.least);
        if seen.count.is_multiple_of(part) && seen.monitor.as_mut().is_some_and(|monitor| monitor(&told).is_break()) {
            // It has said all that it wants to.
            *seen.monitor = None;
            seen.broken = true;
            self.over.store(true, Ordering::Relaxed);
        }
    }

    fn is_over(&self) -> bool {
        if self.stop.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            self.over.store(true, Ordering::Relaxed);
        }
        self.over.load(Ordering::Relaxed)
    }
}

impl MlpParams {
    /// What annealing or the genetic algorithm finds, of the mean training loss alone, without penalties; and whether it was
    /// left to its end. Where the monitor has ended the search, the stop flag of `options` is up from then on.
    pub(super) fn found_start<F: Scalar>(
        &self,
        network: &Network<F>,
        samples: &Samples<'_, F>,
        options: &mut FitOptions<'_, F>,
    ) -> Result<(Vec<F>, bool)> {
        static UP: AtomicBool = AtomicBool::new(true);
        let (objective, state) = (&network.supervised, &network.state);
        let evaluations = self.search_budget.unwrap_or(USUAL_EVALUATIONS);
        let watch = Watch::new(Stage::Looks, evaluations, options);
        let loss = |theta: &[F]| {
            let loss = train::mean_loss(objective, At { theta, running: &state.running }, samples);
            watch.see(loss);
            watch.is_over();
            loss
        };
        let budget = Budget { evaluations, seed: self.seed, stop: Some(&watch.over) };
        // Beyond the range units are saturated, and nothing would lead back.
        let bounds = Some((-self.search_range, self.search_range));
        let moved = (MOVED_AT_ONCE / state.theta.len() as f64).min(1.0);
        let found = if self.search == Search::Anneal {
            let range = self.search_range;
            let start: Vec<F> = state.theta.iter().map(|w| F::from_f64(w.to_f64().clamp(-range, range))).collect();
            // The loss that is there to be lost sets the temperature; one of nothing needs no search.
            let at_start = loss(&start);
            if !at_start.is_finite() {
                return Err(Error::Diverged { epoch: 1, loss: at_start });
            }
            let hot = at_start.max(f64::MIN_POSITIVE / COOLED);
            // The first look of annealing is this one.
            let mut known = Some(at_start);
            let loss = |theta: &[F]| known.take().unwrap_or_else(|| loss(theta));
            let step = self.search_range / 10.0;
            let settings = Annealing { hot, cold: COOLED * hot, step, moved, bounds };
            search::anneal(loss, &start, &settings, &budget)?
        } else {
            let spans = objective.spans();
            let draw = |theta: &mut [F], key| self.init_in_force().fill_scaled(self.init_scale, &spans, theta, key);
            let step = self.search_range / 4.0;
            let settings = Genetic { mutation: Some(moved), tournament: 2, step, bounds, ..Genetic::default() };
            search::genetic(loss, state.theta.len(), draw, &settings, &budget)?
        };
        let (broken, whole) = (watch.seen().broken, !watch.is_over());
        if broken {
            options.stop = Some(&UP);
        }
        Ok((found.theta, whole))
    }

    /// Trains from several starts, and keeps the one that ends with the least loss: of validation where it decides when to
    /// stop, else of training. They run side by side, so a monitor sees no epoch of theirs but the end of each.
    pub(super) fn best_of_starts<F: Scalar>(
        &self,
        network: &Network<F>,
        samples: &Samples<'_, F>,
        validation: Option<&Samples<'_, F>>,
        options: &mut FitOptions<'_, F>,
    ) -> Result<(State<F>, History, Starts)> {
        if options.checkpoint.is_some() || options.resume.is_some() {
            return Err(Error::param("search", self.search, "none, anneal or genetic where a checkpoint is kept"));
        }
        let starts = self.search_budget.map_or(USUAL_STARTS, |budget| (budget / self.epochs).max(1));
        // Less than what a single start would take is all that it gets.
        let epochs = self.search_budget.map_or(self.epochs, |budget| budget.min(self.epochs));
        let (objective, stop) = (&network.supervised, options.stop);
        let (spans, parameters) = (objective.spans(), objective.theta_len());
        let compares = starts <= MOST_STARTS && starts * parameters <= MOST_NUMBERS;
        let penalised = self.training().penalty != Penalty::default();
        let watch = Watch::new(Stage::Starts, starts, options);
        let (ends, diverged) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
        let run = |start: usize| {
            if 0 < start && watch.is_over() {
                return Ok(None);
            }
            // One that is under way ends with its epoch.
            let mut look = |_: &Epoch| if watch.is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
            let mut options = FitOptions::default().monitor(&mut look);
            options.stop = stop;
            let params = self.clone().epochs(epochs).seed(self.seed.wrapping_add(start as u64));
            let mut state = network.state.clone();
            params.init_in_force().fill_scaled(params.init_scale, &spans, &mut state.theta, Key::once(params.seed));
            let trained = train::train(objective, &mut state, samples, validation, &params.training(), &mut options);
            let history = trained.inspect_err(|_| {
                diverged.fetch_add(1, Ordering::Relaxed);
                watch.see(f64::INFINITY);
            })?;
            let loss = self.end_loss(&history);
            let theta =
                compares.then(|| symmetry::canonical(&spans, &state.theta, |layer| self.hidden_activation(layer)));
            let rests = !penalised && {
                let mut gradient = vec![F::ZERO; parameters];
                train::mean_gradient(objective, state.at(), samples, &mut gradient);
                linalg::norm(&gradient) < REST
            };
            ends.lock().unwrap_or_else(PoisonError::into_inner).push((start, loss, theta, rests));
            watch.see(loss);
            Ok(Some((state, history)))
        };
        let (state, mut history) = search::multi_start(starts, run, |(_, history)| self.end_loss(history))?.1;
        if watch.is_over() {
            // The best may have been done before.
            history.stopped = Stopped::Interrupted;
        }
        let mut ends = ends.into_inner().unwrap_or_else(PoisonError::into_inner);
        // The order in which runs end is that of no two machines, and which ends count as the same hangs on it.
        ends.sort_by_key(|&(start, ..)| start);
        let rested = ends.iter().filter(|&&(.., rests)| rests).count();
        let mut losses: Vec<f64> = ends.iter().map(|&(_, loss, ..)| loss).collect();
        losses.sort_by(f64::total_cmp);
        let places: Vec<Vec<F>> = ends.into_iter().filter_map(|(_, _, theta, _)| theta).collect();
        let ends = Starts {
            losses,
            distinct: compares.then(|| count_distinct(&places, SAME)),
            rested: (!penalised).then_some(rested),
            diverged: diverged.into_inner(),
        };
        Ok((state, history, ends))
    }

    /// What a start is judged by.
    fn end_loss(&self, history: &History) -> f64 {
        let last = || history.losses.last().copied();
        let best = history.validation_losses.iter().copied().min_by(f64::total_cmp);
        best.filter(|_| self.early().watches()).or_else(last).unwrap_or(f64::INFINITY)
    }
}
