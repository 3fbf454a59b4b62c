//! The search itself: fold after fold, the candidates side by side.

use super::folds::{Fold, folds};
use super::ledger::{self, Outcome, Place};
use super::race::{FEWEST, Race};
use super::{Candidate, Ended, Learner, Ledger, Nested, Progress, Trial, TuneOptions, Tuned, Tuning};
use crate::course::Pace;
use crate::measures::is_share;
use crate::params::or_list;
use crate::{
    Better, Dataset, Error, FitOptions, Measures, OwnedDataset, Result, Scalar, Stopped, better, compared,
    remove_leftovers, side_by_side,
};
use std::collections::HashMap;
use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

/// A search under way.
pub(super) struct Search<'a, F: Scalar, L> {
    tuning: &'a Tuning,
    learner: &'a L,
    candidates: &'a [Candidate],
    /// Why a candidate cannot be, where its settings do not go together.
    impossible: Vec<Option<String>>,
    data: Dataset<'a, F>,
    outer: Vec<Fold>,
    options: TuneOptions<'a, F>,
    kept: Mutex<Kept>,
}

/// What the threads share.
struct Kept {
    ledger: Ledger,
    pace: Pace,
    progress: Progress,
    /// Why a checkpoint could not be written.
    error: Option<Error>,
}

/// A fit to do.
struct Job {
    candidate: usize,
    fold: usize,
    outcome: Option<Outcome>,
}

impl<'a, F: Scalar, L: Learner<F>> Search<'a, F, L> {
    /// Looks at everything before any work is done.
    pub(super) fn new(
        tuning: &'a Tuning,
        learner: &'a L,
        candidates: &'a [Candidate],
        data: Dataset<'a, F>,
        mut options: TuneOptions<'a, F>,
    ) -> Result<Self> {
        if let Some(name) = tuning.measure.as_ref().filter(|name| better(name).is_none()) {
            return Err(Error::param("measure", name, or_list(&compared().collect::<Vec<_>>())));
        }
        let impossible = possible(learner, candidates)?;
        let inner = |data: &Dataset<'_, F>| folds(data, tuning.order, tuning.folds, tuning.seed);
        inner(&data)?;
        let outer = match tuning.nested {
            None => Vec::new(),
            Some(count) => folds(&data, tuning.order, count, tuning.seed).map_err(|error| match error {
                Error::Param { value, expected, .. } => Error::Param { name: "nested".to_owned(), value, expected },
                other => other,
            })?,
        };
        for (learned, _) in &outer {
            inner(&data.select(learned)?.view()).map_err(|error| of_whole(error, learned))?;
        }

        let origin = match (&options.checkpoint, &options.resume) {
            (None, None) => serde_json::Map::new(),
            _ => {
                let base = learner.recipe(&Candidate::default())?;
                ledger::origin(tuning, &base, candidates, &data, options.unlabelled.as_ref())
            }
        };
        let ledger = match options.resume.take() {
            Some(ledger) => ledger.check(&origin).map(|()| ledger)?,
            None => Ledger::new(origin),
        };
        if let Some(to) = &options.checkpoint {
            remove_leftovers(&to.path);
        }
        let possible = impossible.iter().filter(|why| why.is_none()).count();
        let fits = possible * tuning.folds * (1 + outer.len()) + outer.len();
        let progress = Progress { done: ledger.done(), fits, best: None };
        let pace = Pace::begun(options.checkpoint.is_some());
        let kept = Mutex::new(Kept { ledger, pace, progress, error: None });
        Ok(Self { tuning, learner, candidates, impossible, data, outer, options, kept })
    }

    /// Searches, and repeats the search without each of the outer folds.
    pub(super) fn run(self) -> Result<Tuned> {
        let (trials, measure) = self.search(0, &self.data)?;
        let mut tuned = Tuned { measure, better: way(measure), trials, chosen: None, nested: None };
        if self.is_stopped() {
            self.finish()?;
            return Ok(tuned);
        }
        tuned.chosen = self.tuning.choice.of(&tuned.trials, tuned.better);
        if tuned.chosen.is_none() {
            return Err(Error::data(every_one_failed(&tuned.trials)));
        }
        if !self.outer.is_empty() {
            tuned.nested = self.nested()?;
        }
        self.finish()?;
        Ok(tuned)
    }

    /// The honest estimate; none where the search is stopped.
    fn nested(&self) -> Result<Option<Nested>> {
        let mut nested = Nested::default();
        for (index, fold) in self.outer.iter().enumerate() {
            let outer = index + 1;
            let parts = Parts::of(&self.data, fold)?;
            let (trials, measure) = self.search(outer, &parts.learned.view())?;
            if self.is_stopped() {
                return Ok(None);
            }
            let Some(chosen) = self.tuning.choice.of(&trials, way(measure)) else {
                nested.failed = Some(format!("outer fold {outer}: {}", every_one_failed(&trials)));
                return Ok(Some(nested));
            };
            let place = [outer, chosen, self.tuning.folds];
            let known = self.kept().ledger.get(place).cloned();
            let Some(outcome) = known.or_else(|| self.fit(place, &parts)) else { return Ok(None) };
            self.check_written()?;
            nested.chosen.push(self.candidates[chosen].clone());
            match outcome {
                Outcome::Measured(_, value) => nested.values.push(value),
                Outcome::Failed(why) => {
                    nested.failed = Some(format!("outer fold {outer}: {}: {why}", self.candidates[chosen]));
                    return Ok(Some(nested));
                }
            }
        }
        Ok(Some(nested))
    }

    /// Tries all candidates on the folds of `data`, and tells the measure.
    fn search(&self, outer: usize, data: &Dataset<'_, F>) -> Result<(Vec<Trial>, &'static str)> {
        let Tuning { order, folds: count, seed, choice, race, .. } = *self.tuning;
        let folds = folds(data, order, count, seed)?;
        let mut trials: Vec<Trial> = self.candidates.iter().zip(&self.impossible).map(begun).collect();
        let mut measure = "";
        let mut end = FEWEST.min(count);
        loop {
            let mut before = under_way(&trials);
            loop {
                let failed = failures(&trials);
                let jobs = self.play(outer, data, &folds, &trials, end)?;
                measure = self.enter(&mut trials, jobs, measure)?;
                if self.is_stopped() {
                    return Ok((trials, measure));
                }
                // Whoever failed may have been the leader beside whom others had no hope.
                let revived = if failed < failures(&trials) { self.revive(&mut trials, count) } else { 0 };
                if revived == 0 {
                    break;
                }
                before += revived;
            }
            if race && end < count {
                let smallest = folds.iter().map(|(_, own)| own.len()).min().unwrap_or(0);
                let shares = is_share(measure).then_some(smallest);
                Race { folds: count, choice, better: way(measure), shares }.judge(&mut trials);
            }
            self.tell(&trials, measure, before, count - end);
            if end == count {
                break;
            }
            end += 1;
        }
        let whole = trials.iter_mut().filter(|trial| trial.ended == Ended::Unfinished);
        whole.for_each(|trial| trial.ended = Ended::Whole);
        Ok((trials, measure))
    }

    /// Puts those that were hopeless back, and tells how many.
    fn revive(&self, trials: &mut [Trial], folds: usize) -> usize {
        let mut revived = 0;
        for trial in trials.iter_mut().filter(|trial| trial.ended == Ended::Hopeless) {
            trial.ended = Ended::Unfinished;
            revived += 1;
            self.kept().progress.fits += folds - trial.values.len();
        }
        revived
    }

    /// Does the fits of the folds before `end` that candidates under way have not come to, those that are not known, side by side.
    fn play(
        &self,
        outer: usize,
        data: &Dataset<'_, F>,
        folds: &[Fold],
        trials: &[Trial],
        end: usize,
    ) -> Result<Vec<Job>> {
        let due = |trial: &Trial, fold| trial.ended == Ended::Unfinished && trial.values.len() <= fold;
        let jobs = |fold: usize| {
            (0..trials.len())
                .filter(move |&candidate| due(&trials[candidate], fold))
                .map(move |candidate| (candidate, fold))
        };
        let mut jobs: Vec<Job> = {
            let kept = self.kept();
            let known = |(candidate, fold)| kept.ledger.get([outer, candidate, fold]).cloned();
            let job = |(candidate, fold)| Job { candidate, fold, outcome: known((candidate, fold)) };
            (0..end).flat_map(jobs).map(job).collect()
        };
        let mut parts: BTreeMap<usize, Parts<'_, F>> = BTreeMap::new();
        for job in jobs.iter().filter(|job| job.outcome.is_none()) {
            if let Entry::Vacant(place) = parts.entry(job.fold) {
                place.insert(Parts::of(data, &folds[job.fold])?);
            }
        }
        let mut left: Vec<&mut Job> = jobs.iter_mut().filter(|job| job.outcome.is_none()).collect();
        side_by_side(&mut left, |_, job| {
            if let Some(parts) = parts.get(&job.fold)
                && !self.is_stopped()
            {
                job.outcome = self.fit([outer, job.candidate, job.fold], parts);
            }
        });
        self.check_written()?;
        Ok(jobs)
    }

    /// Fits a candidate and measures it; `None` where it was given up.
    fn fit(&self, place: Place, parts: &Parts<'_, F>) -> Option<Outcome> {
        let mut options = FitOptions::default();
        options.stop = self.options.stop;
        options.unlabelled = self.options.unlabelled;
        let fitted = self.learner.fit(&self.candidates[place[1]], &parts.learned.view(), options);
        let measured = fitted.map_err(|error| of_whole(error, &parts.fold.0)).and_then(|model| {
            if model.history().stopped == Stopped::Interrupted {
                return Ok(None);
            }
            model.evaluate(&parts.own.view()).map(Some).map_err(|error| of_whole(error, &parts.fold.1))
        });
        let outcome = match measured {
            Ok(None) => return None,
            Ok(Some(measures)) => self.judged(&measures),
            Err(error) => Outcome::Failed(error.to_string()),
        };
        self.keep(place, outcome.clone());
        Some(outcome)
    }

    /// The measure that is compared.
    fn judged(&self, measures: &Measures) -> Outcome {
        let asked = self.tuning.measure.as_deref();
        let name = asked.map_or_else(|| measures.usual(), |asked| compared().find(|name| *name == asked));
        match name.and_then(|name| Some((name, measures.get(name)?))) {
            Some((name, value)) if value.is_finite() => Outcome::Measured(name, value),
            Some((name, value)) => Outcome::Failed(format!("the {name} is {value}")),
            None => {
                let known = compared().filter(|name| measures.get(name).is_some()).collect::<Vec<_>>();
                let known = if known.is_empty() { "nothing that compares models".to_owned() } else { or_list(&known) };
                Outcome::Failed(match asked {
                    Some(asked) => format!("it does not measure {asked} here, but {known}"),
                    None => "nothing that it measures here compares models; classes to compare by may help".to_owned(),
                })
            }
        }
    }

    /// Enters what the fits of some folds came to; whoever failed is out.
    fn enter(&self, trials: &mut [Trial], jobs: Vec<Job>, mut measure: &'static str) -> Result<&'static str> {
        for Job { candidate, fold, outcome } in jobs {
            let trial = &mut trials[candidate];
            match outcome {
                _ if trial.ended != Ended::Unfinished || trial.values.len() != fold => {}
                None => {}
                Some(Outcome::Failed(why)) => trial.ended = Ended::Failed { fold: Some(fold + 1), why },
                Some(Outcome::Measured(name, value)) => {
                    if measure.is_empty() {
                        measure = name;
                    } else if measure != name {
                        let expected = format!("a name, since the candidates measure {measure} and {name}");
                        return Err(Error::param("measure", "none", expected));
                    }
                    trial.values.push(value);
                }
            }
        }
        Ok(measure)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_stopped(&self) -> bool {
        self.options.stop.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    /// Keeps what a fit came to, and writes all of them where that is due.
    fn keep(&self, place: Place, outcome: Outcome) {
        let mut kept = self.kept();
        kept.ledger.add(place, outcome);
        kept.progress.done += 1;
        if let Some(to) = &self.options.checkpoint
            && kept.pace.is_due(to.every, kept.ledger.done())
        {
            kept.error = kept.ledger.write(&to.path).err().or(kept.error.take());
            kept.pace = Pace::begun(true);
        }
        if let Some(monitor) = self.options.monitor {
            monitor(kept.progress);
        }
    }

    /// Says what is known after some folds: the best mean so far, and that whoever is out needs none of the folds that are left.
    fn tell(&self, trials: &[Trial], measure: &'static str, before: usize, folds_left: usize) {
        let means = trials.iter().filter(|trial| trial.ended == Ended::Unfinished).filter_map(Trial::mean);
        let best = means.reduce(|a, b| if way(measure).shortfall(b, a) < 0.0 { b } else { a });
        let mut kept = self.kept();
        kept.progress.best = best.map(|best| (measure, best));
        kept.progress.fits = kept.progress.fits.saturating_sub(before.saturating_sub(under_way(trials)) * folds_left);
    }

    fn check_written(&self) -> Result<()> {
        self.kept().error.take().map_or(Ok(()), Err)
    }

    /// Writes the last checkpoint.
    fn finish(&self) -> Result<()> {
        match &self.options.checkpoint {
            Some(to) => self.kept().ledger.write(&to.path),
            None => Ok(()),
        }
    }
}

/// The samples of a fold, copied.
struct Parts<'a, F: Scalar> {
    fold: &'a Fold,
    learned: OwnedDataset<F>,
    own: OwnedDataset<F>,
}

impl<'a, F: Scalar> Parts<'a, F> {
    fn of(data: &Dataset<'_, F>, fold: &'a Fold) -> Result<Self> {
        Ok(Self { fold, learned: data.select(&fold.0)?, own: data.select(&fold.1)? })
    }
}

/// Why candidates cannot be, where their settings do not go together.
///
/// # Errors
/// [`Error::Param`] for a name or a value that no candidate can have, and for candidates that are the same.
fn possible<F: Scalar>(learner: &impl Learner<F>, candidates: &[Candidate]) -> Result<Vec<Option<String>>> {
    let recipes: Vec<_> = candidates.iter().map(|candidate| learner.recipe(candidate)).collect();
    let mut can_be: HashMap<&(String, String), bool> = HashMap::new();
    for (candidate, recipe) in candidates.iter().zip(&recipes) {
        candidate.0.iter().for_each(|setting| *can_be.entry(setting).or_default() |= recipe.is_ok());
    }
    let mut seen: HashMap<String, &Candidate> = HashMap::new();
    let mut impossible = Vec::new();
    for (candidate, recipe) in candidates.iter().zip(recipes) {
        match recipe {
            Err(error) if candidate.0.iter().all(|setting| can_be[setting]) && !candidate.0.is_empty() => {
                impossible.push(Some(error.to_string()));
            }
            Err(error) => return Err(error),
            Ok(recipe) => {
                let settings = serde_json::Value::Object(recipe.settings).to_string();
                if let Some(same) = seen.insert(settings, candidate) {
                    let expected = format!("candidates that differ (it means the same as {same})");
                    return Err(Error::param("grid", candidate, expected));
                }
                impossible.push(None);
            }
        }
    }
    if candidates.is_empty() {
        return Err(Error::param("grid", "none", "one candidate or more"));
    }
    Ok(impossible)
}

/// The trial of a candidate at its beginning, which is its end where it cannot be.
fn begun((candidate, impossible): (&Candidate, &Option<String>)) -> Trial {
    let failed = |why: &String| Ended::Failed { fold: None, why: why.clone() };
    let ended = impossible.as_ref().map_or(Ended::Unfinished, failed);
    Trial { candidate: candidate.clone(), values: Vec::new(), ended }
}

fn failures(trials: &[Trial]) -> usize {
    trials.iter().filter(|trial| matches!(trial.ended, Ended::Failed { .. })).count()
}

fn under_way(trials: &[Trial]) -> usize {
    trials.iter().filter(|trial| trial.ended == Ended::Unfinished).count()
}

/// Which way a measure is better; of none it does not matter.
fn way(measure: &str) -> Better {
    better(measure).unwrap_or(Better::Smaller)
}

/// An error about one of the samples that were chosen, as one about the whole.
fn of_whole(error: Error, chosen: &[usize]) -> Error {
    match error {
        Error::Data { what, sample: Some(sample), feature } => {
            Error::Data { what, sample: chosen.get(sample).copied(), feature }
        }
        other => other,
    }
}

/// Why there is none to choose.
fn every_one_failed(trials: &[Trial]) -> String {
    let first = trials.iter().find_map(|trial| match &trial.ended {
        Ended::Failed { why, .. } => Some(format!("{}: {why}", trial.candidate)),
        _ => None,
    });
    format!("every candidate failed, the first of them {}", first.unwrap_or_default())
}
