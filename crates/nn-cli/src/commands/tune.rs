//! `nn tune`: settings chosen by trial.

use super::Outcome;
use super::material::{Material, warn_of_rounding};
use super::train::{BETWEEN_CHECKPOINTS, Order, differ, save};
use crate::args::TuneArgs;
use crate::data::Part;
use crate::environment;
use crate::files::Place;
use crate::interrupt;
use crate::models;
use crate::output::{self, faint, number, strong};
use crate::progress::Progress;
use crate::report::{self, Searched, is_report, write_search};
use crate::saved;
use crate::settings::{Settings, check_names, with_hint};
use anyhow::{Context, Result, bail};
use nn_core::tune::{self, Candidate, Choice, Ended, Ledger, OfEntry, Space, Trial, TuneOptions, Tuned, Tuning};
use nn_core::{
    CheckpointTo, Entry, Every, FitOptions, Learns, ModelFile, OwnedDataset, Precision, Recipe, Scalar, Stopped,
};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// What is told about a search; the fields of `--json`, in their order.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    model: &'a str,
    data: &'a str,
    samples: usize,
    /// Left out, as `better` is, where nothing was measured.
    #[serde(skip_serializing_if = "str::is_empty")]
    measure: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    better: &'a str,
    folds: u32,
    order: tune::Order,
    rule: Choice,
    seed: u64,
    threads: usize,
    seconds: f64,
    /// The candidate that was chosen; null where the search was interrupted.
    best: Option<Tried>,
    candidates: Vec<Tried>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nested: Option<Nested>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

/// One candidate.
#[derive(Clone, Debug, Serialize)]
struct Tried {
    settings: Map<String, Value>,
    mean: Option<f64>,
    standard_error: Option<f64>,
    values: Vec<f64>,
    /// `whole`, `hopeless`, `failed` or `unfinished`.
    ended: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// The honest estimate.
#[derive(Clone, Debug, Serialize)]
struct Nested {
    mean: Option<f64>,
    standard_error: Option<f64>,
    values: Vec<f64>,
    /// What was chosen without each of the outer folds.
    chosen: Vec<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What a search writes.
struct Places {
    out: Option<Place>,
    checkpoint: Option<Place>,
    report: Option<Place>,
}

impl Places {
    /// Looks at all of them before any work is done.
    fn claim(args: &TuneArgs) -> Result<Self> {
        let model = |path| Place::claim(path, args.force, ModelFile::is_at);
        let [out, checkpoint] = [&args.out, &args.checkpoint].map(|path| path.as_deref().map(model).transpose());
        let page = |path| Place::claim(path, args.force, is_report);
        let places = Self { out: out?, checkpoint: checkpoint?, report: args.report.as_deref().map(page).transpose()? };
        differ(&[("--out", &places.out), ("--checkpoint", &places.checkpoint), ("--report", &places.report)])?;
        Ok(places)
    }
}

/// Tries all candidates, tells what they came to, and does with the chosen one what was asked for.
pub(super) fn run(args: &TuneArgs) -> Result<Outcome> {
    let lesson = &args.lesson;
    let entry = models::find(&lesson.model)?;
    let mut settings = Settings::gather(entry, lesson)?;
    let candidates = candidates(args, entry, settings.seed)?;
    let places = Places::claim(args)?;
    // Before the data, which may take long to read.
    let ledger = args.resume.as_deref().map(saved::ledger).transpose()?;
    let gaps = [settings.gaps(entry), settings.label_gaps(entry)];
    let mut material = Material::read(lesson, None, entry, gaps)?;
    settings.agree_on_image(entry, &mut material.schema, material.image).with_context(|| lesson.data.clone())?;
    if !args.quiet {
        material.tell(entry, false);
    }
    let precision = lesson.precision.unwrap_or(entry.precision);
    let search = Search { args, entry, settings: &settings, material: &material, places: &places, candidates };
    let work = || match precision {
        Precision::F32 => search.run::<f32>(ledger),
        Precision::F64 => search.run::<f64>(ledger),
    };
    environment::with_threads(lesson.threads, work)
}

/// What is to be tried.
fn candidates(args: &TuneArgs, entry: &Entry, seed: u64) -> Result<Vec<Candidate>> {
    let mut space = Space::new();
    for (name, values) in &args.grid {
        space = space.over(name, values);
    }
    for (name, interval) in &args.range {
        space = space.between(name, *interval);
    }
    check_names(entry, space.names())?;
    if let Some(both) = space.names().find(|name| args.lesson.set.iter().any(|(set, _)| set == name)) {
        bail!("{both}: is set by --set, and cannot be tried as well");
    }
    if args.lesson.seed.is_some() && space.names().any(|name| name == "seed") {
        bail!("seed: is set by --seed, and cannot be tried as well");
    }
    let drawn = args.trials.map_or_else(|| space.grid(), |trials| space.draw(trials as usize, seed));
    Ok(drawn?)
}

/// A search, ready to run.
struct Search<'a> {
    args: &'a TuneArgs,
    entry: &'static Entry,
    settings: &'a Settings,
    material: &'a Material,
    places: &'a Places,
    candidates: Vec<Candidate>,
}

impl Search<'_> {
    /// Searches in the float `F`; runs on the threads that were asked for.
    fn run<F: Scalar>(&self, ledger: Option<Ledger>) -> Result<Outcome> {
        let Self { args, entry, settings, material, places, .. } = self;
        let Material { table, schema, .. } = material;
        if F::PRECISION == Precision::F32 {
            warn_of_rounding(table, schema);
        }
        let part = Part::<F>::new(table, schema, None)?;
        let (without, unlabelled) = material.unlabelled::<F>(settings, args.quiet)?;
        let checkpoint = places.checkpoint.as_ref().map(Place::path);
        let stop = interrupt::watch(checkpoint)?;
        let progress = Mutex::new(Progress::new(args.quiet));
        let done = Mutex::new((ledger.as_ref().map_or(0, Ledger::done), 0));
        let monitor = |seen: tune::Progress| {
            progress.lock().unwrap_or_else(PoisonError::into_inner).see_fits(&seen);
            *done.lock().unwrap_or_else(PoisonError::into_inner) = (seen.done, seen.fits);
        };
        let every = args.every.map_or(BETWEEN_CHECKPOINTS.into(), |fits| Every::Epochs(fits as usize));
        let mut options = TuneOptions::default();
        options.unlabelled = unlabelled.as_ref().map(OwnedDataset::view);
        options.monitor = Some(&monitor);
        options.stop = Some(stop);
        options.checkpoint = checkpoint.map(|path| CheckpointTo { path: path.to_owned(), every });
        options.resume = ledger;

        let tuning = self.tuning();
        let start = Instant::now();
        let learner = OfEntry { entry, settings: &settings.list };
        let tuned = tuning.run_with(&learner, &self.candidates, &part.data(), options);
        let mut progress = progress.into_inner().unwrap_or_else(PoisonError::into_inner);
        progress.clear();
        let tuned = tuned.map_err(|error| match error {
            nn_core::Error::Param { .. } => with_hint(entry, error),
            other => part.locate_with(other, &without),
        })?;

        let mut interrupted = tuned.chosen.is_none() || tuning.nested.is_some() && tuned.nested.is_none();
        let mut saved = None;
        // What the search came to is told, even where the disk is full by now.
        let mut failed = Ok(());
        if let (Some(best), false) = (tuned.best(), interrupted) {
            match self.learn(&best.candidate, &part, &without, unlabelled.as_ref(), stop, &mut progress) {
                Ok(whole) => {
                    interrupted = !whole;
                    saved = args.out.as_ref().filter(|_| whole).map(|path| path.display().to_string());
                }
                Err(error) => failed = Err(error),
            }
        }
        let seconds = (start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;
        let summary = self.summary(&tuning, &tuned, part.data().samples(), seconds, saved);
        if let (Some(place), false) = (&places.report, interrupted) {
            interrupt::shut_out();
            failed = failed.and(write_search(self.page(&summary, &tuned), place).context("the report is not written"));
        }
        if interrupted {
            let (done, fits) = done.into_inner().unwrap_or_else(PoisonError::into_inner);
            let kept = match &args.checkpoint {
                Some(path) => format!("saved {0}, and --resume {0} goes on", path.display()),
                None => "nothing is saved without --checkpoint".to_owned(),
            };
            // Before the first fit is done nobody has said how many there are.
            let of = if fits == 0 { String::new() } else { format!(" of {fits}") };
            output::note(format_args!("interrupted after {done}{of} fits; {kept}"));
        }
        if args.json {
            output::print_json(&summary)?;
        } else {
            output::print(&self.table(&summary, &tuned))?;
        }
        failed?;
        Ok(if interrupted { Outcome::Interrupted } else { Outcome::Done })
    }

    fn tuning(&self) -> Tuning {
        let Self { args, entry, settings, material, .. } = self;
        let tries_carry =
            |(name, values): &(String, Vec<String>)| name == "state" && values.iter().any(|v| v == "carry");
        let carries_state = settings.carries_state() || args.grid.iter().any(tries_carry);
        let order = match Order::of(entry.learns, &material.schema, carries_state) {
            Order::Time => tune::Order::Time,
            // Labels that are only shown are no reason to deal samples out by them.
            Order::Any if entry.learns == Learns::Inputs => tune::Order::Shuffled,
            Order::Any => tune::Order::Stratified,
        };
        Tuning {
            folds: args.folds as usize,
            nested: args.nested.map(|folds| folds as usize),
            order,
            measure: args.measure.clone(),
            choice: args.rule,
            race: !args.no_race,
            seed: settings.seed,
        }
    }

    /// All settings with those of a candidate.
    fn list(&self, candidate: &Candidate) -> Vec<(String, String)> {
        [self.settings.list.as_slice(), &candidate.0].concat()
    }

    /// Trains on all samples with the settings that were chosen, and saves the model; false where that was interrupted.
    fn learn<F: Scalar>(
        &self,
        candidate: &Candidate,
        part: &Part<'_, F>,
        without: &[usize],
        unlabelled: Option<&OwnedDataset<F>>,
        stop: &AtomicBool,
        progress: &mut Progress,
    ) -> Result<bool> {
        let Some(place) = &self.places.out else { return Ok(true) };
        let mut monitor = |epoch: &nn_core::Epoch| progress.see(epoch);
        let mut options = FitOptions::default().monitor(&mut monitor).stop(stop);
        if let Some(unlabelled) = unlabelled {
            options = options.unlabelled(unlabelled.view());
        }
        let trained = self.entry.face::<F>().fit(&self.list(candidate), &part.data(), options);
        progress.clear();
        let trained = trained.map_err(|error| part.locate_with(error, without))?;
        if trained.history().stopped == Stopped::Interrupted || stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        interrupt::shut_out();
        save(&*trained, trained.history().stopped, &self.material.schema, place)?;
        if !self.args.quiet {
            trained.remarks().iter().for_each(|remark| output::note(format_args!("note: {remark}")));
        }
        Ok(true)
    }

    fn summary<'a>(
        &'a self,
        tuning: &Tuning,
        tuned: &'a Tuned,
        samples: usize,
        seconds: f64,
        file: Option<String>,
    ) -> Summary<'a> {
        let candidates: Vec<Tried> = tuned.trials.iter().map(|trial| self.tried(trial)).collect();
        Summary {
            model: self.entry.name,
            data: &self.args.lesson.data,
            samples,
            measure: tuned.measure,
            better: if tuned.measure.is_empty() { "" } else { tuned.better.name() },
            folds: self.args.folds,
            order: tuning.order,
            rule: tuning.choice,
            seed: self.settings.seed,
            threads: nn_core::threads(),
            seconds,
            best: tuned.chosen.map(|chosen| candidates[chosen].clone()),
            candidates,
            nested: tuned.nested.as_ref().map(|nested| Nested {
                mean: nested.mean(),
                standard_error: nested.standard_error(),
                values: nested.values.clone(),
                chosen: nested.chosen.iter().map(|candidate| self.settings_of(candidate)).collect(),
                error: nested.failed.clone(),
            }),
            file,
        }
    }

    fn tried(&self, trial: &Trial) -> Tried {
        let (ended, error) = match &trial.ended {
            Ended::Whole => ("whole", None),
            Ended::Hopeless => ("hopeless", None),
            Ended::Unfinished => ("unfinished", None),
            Ended::Failed { fold: Some(fold), why } => ("failed", Some(format!("fold {fold}: {why}"))),
            Ended::Failed { fold: None, why } => ("failed", Some(why.clone())),
        };
        Tried {
            settings: self.settings_of(&trial.candidate),
            mean: trial.mean(),
            standard_error: trial.standard_error(),
            values: trial.values.clone(),
            ended,
            error,
        }
    }

    /// The settings of a candidate in JSON, as a model's file has them; as they were typed, where they do not go together.
    fn settings_of(&self, candidate: &Candidate) -> Map<String, Value> {
        let recipe = self.entry.recipe(&self.list(candidate)).unwrap_or_default();
        let value =
            |name: &String, text: &String| recipe.settings.get(name).cloned().unwrap_or_else(|| text.clone().into());
        candidate.0.iter().map(|(name, text)| (name.clone(), value(name, text))).collect()
    }

    /// What was searched for and how: the same for the same search.
    fn facts(&self, summary: &Summary<'_>) -> Vec<(&'static str, String)> {
        let candidates = match self.args.trials {
            Some(_) => format!("{}, drawn at random", summary.candidates.len()),
            None => summary.candidates.len().to_string(),
        };
        let mut facts = vec![
            ("model", summary.model.to_owned()),
            ("data", summary.data.to_owned()),
            ("samples", summary.samples.to_string()),
            ("candidates", candidates),
            ("folds", format!("{}, {}", summary.folds, summary.order.name())),
            ("rule", summary.rule.name().to_owned()),
        ];
        if !summary.measure.is_empty() {
            let measure = format!("{}, {} is better", summary.measure, summary.better);
            facts.insert(facts.len() - 1, ("measure", measure));
        }
        facts
    }

    /// The heads and the rows of the table of candidates.
    fn rows(&self, tuned: &Tuned) -> (Vec<String>, Vec<Vec<String>>) {
        let names = self.names();
        let heads = names.into_iter().chain([tuned.measure, "+-", "folds", ""].map(str::to_owned));
        let shown = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
        let best = tuned.best_mean();
        let row = |(index, trial): (usize, &Trial)| {
            let remark = match &trial.ended {
                _ if Some(index) == tuned.chosen => "chosen".to_owned(),
                Ended::Whole if Some(index) == best => "best mean".to_owned(),
                Ended::Whole => String::new(),
                Ended::Hopeless => "stopped early".to_owned(),
                Ended::Unfinished => "unfinished".to_owned(),
                Ended::Failed { fold, why } => fold.map_or_else(|| why.clone(), |fold| format!("fold {fold}: {why}")),
            };
            let values = trial.candidate.0.iter().map(|(_, value)| value.clone());
            let told = [shown(trial.mean()), shown(trial.standard_error()), trial.values.len().to_string(), remark];
            values.chain(told).collect()
        };
        (heads.collect(), tuned.trials.iter().enumerate().map(row).collect())
    }

    /// The names of the settings that were tried.
    fn names(&self) -> Vec<String> {
        self.candidates.first().map_or_else(Vec::new, |first| first.0.iter().map(|(name, _)| name.clone()).collect())
    }

    /// The summary for a reader.
    fn table(&self, summary: &Summary<'_>, tuned: &Tuned) -> String {
        let mut facts = self.facts(summary);
        facts.push(("seconds", format!("{:.2}", summary.seconds)));
        facts.extend(summary.file.clone().map(|file| ("file", file)));
        let (heads, rows) = self.rows(tuned);
        let last = heads.len() - 1;
        let width = |column: usize| {
            rows.iter()
                .map(|row| &row[column])
                .chain([&heads[column]])
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..last).map(width).collect();
        let line = |row: &[String]| {
            let cells: Vec<String> =
                row[..last].iter().zip(&widths).map(|(cell, &width)| format!("{cell:>width$}")).collect();
            cells.join("  ")
        };
        let mut text = output::facts(&facts) + "\n" + &strong(&line(&heads)) + "\n";
        for (index, row) in rows.iter().enumerate() {
            let whole = format!("{}  {}", line(row), output::on_one_line(&row[last]));
            let whole = whole.trim_end();
            text += &match tuned.trials[index].ended {
                _ if Some(index) == tuned.chosen => strong(whole),
                Ended::Whole => whole.to_owned(),
                _ => faint(whole),
            };
            text.push('\n');
        }
        text.extend(self.estimate(summary).map(|sentence| format!("\n{sentence}\n")));
        text
    }

    /// What the nested estimate says, where there is one.
    fn estimate(&self, summary: &Summary<'_>) -> Option<String> {
        let nested = summary.nested.as_ref()?;
        let measure = summary.measure;
        Some(match (nested.mean, nested.standard_error) {
            (Some(mean), Some(error)) => format!(
                "nested: {measure} {} +- {} on {} outer folds that had no part in the choice: the honest estimate; the mean \
                 of the chosen one is too good, since it was chosen for it",
                number(mean),
                number(error),
                nested.values.len()
            ),
            _ => format!("nested: no estimate; {}", nested.error.as_deref().unwrap_or_default()),
        })
    }

    fn page<'a>(&self, summary: &Summary<'_>, tuned: &'a Tuned) -> Searched<'a> {
        let mut facts = self.facts(summary);
        facts.push(("seed", summary.seed.to_string()));
        let names = self.names();
        let recipe: Recipe = self.entry.recipe(&self.settings.list).unwrap_or_default();
        Searched {
            title: format!("{} on {}: settings by trial", summary.model, report::heading(summary.data)),
            facts,
            remarks: self.estimate(summary).into_iter().collect(),
            settings: recipe.typed().filter(|(name, _)| !names.contains(name)).collect(),
            names,
            tuned,
            table: self.rows(tuned),
        }
    }
}
