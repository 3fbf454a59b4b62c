//! `nn train`: data in, a model and its measures out.

use super::material::{self, Material, warn_of_rounding};
use super::streamed::{self, Ended, Learned};
use super::{FEWEST_TO_CUT, Outcome};
use crate::args::TrainArgs;
use crate::data::columns;
use crate::data::roles::Truth;
use crate::data::table::Gaps;
use crate::data::{self, Part, Source, Stream};
use crate::environment;
use crate::files::Place;
use crate::interrupt;
use crate::models;
use crate::output::{self, Object};
use crate::progress::Progress;
use crate::report::{self, Shown, Subject, is_report};
use crate::saved::Resumed;
use crate::settings::Settings;
use anyhow::{Context, Result, bail};
use nn_core::entry::Trained;
use nn_core::{Dataset, Entry, Every, FitOptions, Learns, ModelFile, Precision, Scalar, Schema, Stopped, split};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Share of the samples that is held out where the user does not say.
const HOLD_OUT: f64 = 0.2;
/// Time from checkpoint to checkpoint where the user does not say: little to lose, and nothing that training feels.
pub(super) const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(1);

/// What is told about a training; the fields of `--json`, in their order.
#[derive(Debug, Serialize)]
struct Summary<'a> {
    model: &'a str,
    data: &'a str,
    train_samples: usize,
    test_samples: usize,
    features: usize,
    outputs: usize,
    seed: u64,
    threads: usize,
    /// Of a stream those of its first part.
    epochs: usize,
    /// Parts of a stream that were learned from.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<usize>,
    stopped: Stopped,
    seconds: f64,
    train: Object,
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<Object>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
}

/// Trains, measures, saves and reports.
pub(super) fn run(args: &TrainArgs) -> Result<Outcome> {
    let entry = models::find(&args.lesson.model)?;
    let mut settings = Settings::gather(entry, &args.lesson)?;
    let places = Places::claim(args)?;
    // Before the data, which may take long to read.
    let resumed = args.resume.as_deref().map(|path| Resumed::read(path, entry)).transpose()?;
    let gaps = [settings.gaps(entry), settings.label_gaps(entry)];
    let (mut material, mut stream) = match args.stream {
        None => (Material::read(&args.lesson, args.test.as_deref(), entry, gaps)?, None),
        Some(rows) => {
            streamed::check(entry, &settings)?;
            let (material, stream) = open(args, entry, gaps, rows as usize)?;
            (material, Some(stream))
        }
    };
    settings.agree_on_image(entry, &mut material.schema, material.image).with_context(|| args.lesson.data.clone())?;
    if !args.quiet {
        material.tell(entry, args.stream.is_some());
        if settings.takes_for_square(entry, &material.schema) {
            output::note(format_args!(
                "note: {}: no name of a column tells of an image; its {} features are taken for a square, which --set \
                 image=ROWSxCOLUMNS changes",
                material.table.name,
                material.schema.inputs.len()
            ));
        }
    }
    let precision = args.lesson.precision.unwrap_or(entry.precision);
    let work =
        || in_float!(precision, train(args, entry, &settings, &material, &places, resumed.as_ref(), stream.as_mut()));
    let (summary, learned) = environment::with_threads(args.lesson.threads, work)?;
    let written =
        [&args.checkpoint, &args.out, &args.report].into_iter().flatten().map(|path| path.display().to_string());
    let saved = match written.collect::<Vec<_>>().join(", ").as_str() {
        "" => "nothing is saved without --out or --checkpoint".to_owned(),
        files => format!("saved {files}"),
    };
    if let Ended::Failed(error) = learned.ended {
        let parts = if learned.parts == 1 { "part" } else { "parts" };
        bail!("{}; {saved} after {} {parts}", output::message(&error), learned.parts);
    }
    // The flag may have been raised when there was nothing left to end.
    let interrupted = summary.stopped == Stopped::Interrupted;
    if interrupted {
        output::note(format_args!("interrupted after {} of training; {saved}", learned.extent(summary.epochs)));
    }
    if args.json {
        output::print_json(&summary)?;
    } else {
        output::print(&summary.table(&material.schema))?;
    }
    Ok(if interrupted { Outcome::Interrupted } else { Outcome::Done })
}

/// Opens `--data` to be read in parts of so many rows, and reads the first one.
fn open(args: &TrainArgs, entry: &Entry, gaps: [Gaps; 2], rows: usize) -> Result<(Material, Stream)> {
    let lesson = &args.lesson;
    material::check_inputs(lesson, args.test.as_deref())?;
    let mut stream = Stream::open(&lesson.data, rows)?;
    if entry.learns == Learns::Sequences {
        stream.end_with_sequences(data::sequence(lesson.sequence.as_deref(), &lesson.ignore, stream.sequence()));
    }
    let Some(first) = stream.next()? else { bail!("{}: there is no row of data", lesson.data) };
    let material = Material::of(first.source, lesson, args.test.as_deref(), entry, gaps)?;
    if material.schema.is_series() && material.schema.sequence.is_none() {
        stream.overlap();
    }
    Ok((material, stream))
}

/// What a training writes.
struct Places {
    out: Option<Place>,
    checkpoint: Option<Place>,
    report: Option<Place>,
}

impl Places {
    /// Looks at all of them before any work is done.
    fn claim(args: &TrainArgs) -> Result<Self> {
        let claim = |path: &Option<PathBuf>, ours: fn(&Path) -> bool| {
            path.as_deref().map(|path| Place::claim(path, args.force, ours)).transpose()
        };
        let [out, checkpoint] = [claim(&args.out, ModelFile::is_at)?, claim(&args.checkpoint, ModelFile::is_at)?];
        let places = Self { out, checkpoint, report: claim(&args.report, is_report)? };
        let named = [("--out", &places.out), ("--checkpoint", &places.checkpoint), ("--report", &places.report)];
        differ(&named)?;
        Ok(places)
    }
}

/// That no two flags name one file.
pub(super) fn differ(named: &[(&str, &Option<Place>)]) -> Result<()> {
    for (index, (first, place)) in named.iter().enumerate() {
        for (second, other) in &named[..index] {
            if let (Some(place), Some(other)) = (place, other)
                && place.path() == other.path()
            {
                bail!("{}: cannot be the file of {second} and of {first}", place.path().display());
            }
        }
    }
    Ok(())
}

/// Trains in the float `F`; runs on the threads that were asked for.
fn train<'a, F: Scalar>(
    args: &'a TrainArgs,
    entry: &'a Entry,
    settings: &Settings,
    material: &'a Material,
    places: &Places,
    resumed: Option<&Resumed>,
    stream: Option<&mut Stream>,
) -> Result<(Summary<'a>, Learned)> {
    let Material { table, schema, test, strangers, .. } = material;
    if F::PRECISION == Precision::F32 {
        warn_of_rounding(table, schema);
    }
    // Decided before the inputs are numbers, so that each part is made once and nothing is copied.
    let samples = columns::rows(table, schema)?;
    let all = columns::without_inputs::<F>(table, schema, &samples)?;
    let order = Order::of(entry.learns, schema, settings.carries_state());
    let rows = cut(args, entry.learns, &table.name, &all.view(), order, settings.seed)?.map(|(kept, held_out)| {
        [kept, held_out].map(|part| part.into_iter().map(|sample| samples[sample]).collect::<Vec<usize>>())
    });
    let (kept, held_out) = rows.as_ref().map(|[kept, held_out]| (kept.as_slice(), held_out.as_slice())).unzip();
    let train = Part::new(table, schema, kept)?;
    let test = match (held_out, test) {
        (Some(_), _) => Some(Part::new(table, schema, held_out)?),
        (None, Some(table)) => Some(Part::new(table, schema, None)?),
        (None, None) => None,
    };

    let (without, unlabelled) = material.unlabelled::<F>(settings, args.quiet)?;
    let checkpoint = places.checkpoint.as_ref().map(Place::path);
    let stop = interrupt::watch(checkpoint)?;
    let mut progress = Progress::new(args.quiet);
    let mut monitor = |epoch: &nn_core::Epoch| progress.see(epoch);
    let mut options = FitOptions::default().monitor(&mut monitor).stop(stop);
    if let Some(unlabelled) = &unlabelled {
        options = options.unlabelled(unlabelled.view());
    }
    if let Some(path) = checkpoint {
        let every = args.every.map_or(BETWEEN_CHECKPOINTS.into(), |epochs| Every::Epochs(epochs as usize));
        options = options.checkpoint(path, every);
    }
    if let Some(resumed) = resumed {
        options = options.resume(resumed.checkpoint()?);
    }
    let start = Instant::now();
    let trained = entry.face::<F>().fit(&settings.list, &train.data(), options);
    progress.clear();
    let mut trained = trained.map_err(|error| train.locate_with(error, &without))?;
    // Those of the first part, where there are more: each further one adds its loss to the history.
    let (epochs, mut stopped) = (trained.history().losses.len(), trained.history().stopped);
    let (streams, mut learned) = (stream.is_some(), Learned::first());
    if let Some(stream) = stream.filter(|_| stopped != Stopped::Interrupted) {
        let (target, truth) = (args.lesson.target.as_deref(), Truth::to_measure(entry.learns));
        let gaps = [settings.gaps(entry), settings.label_gaps(entry)];
        let read = |source: Source| source.read_known(schema, target, truth, gaps);
        learned = streamed::learn_on(&mut *trained, stream, read, schema, stop, &mut progress);
        progress.clear();
    }
    let fails = matches!(learned.ended, Ended::Failed(_));
    if !matches!(learned.ended, Ended::Whole) {
        stopped = Stopped::Interrupted;
    }
    if places.out.is_none()
        && places.report.is_none()
        && let Ended::Failed(error) = learned.ended
    {
        return Err(error);
    }
    let seconds = (start.elapsed().as_secs_f64() * 1000.0).round() / 1000.0;

    // A model that cannot be measured is not saved either.
    let strangers = strangers.as_ref();
    let measures = train.judged_with(&*trained, strangers)?.and(trained.tally());
    let test_measures = test.as_ref().map(|test| test.judged_with(&*trained, strangers)).transpose()?;
    if let Some(place) = &places.out {
        interrupt::shut_out();
        save(&*trained, stopped, schema, place)?;
    }
    // Whose data are wrong is told that, and nothing else.
    if !args.quiet && !fails {
        trained.remarks().iter().for_each(|remark| output::note(format_args!("note: {remark}")));
    }
    let summary = Summary {
        model: entry.name,
        data: &args.lesson.data,
        train_samples: train.data().samples() + learned.samples,
        test_samples: test.as_ref().map_or(0, |test| test.data().samples()),
        features: train.data().features(),
        outputs: trained.answer().numbers(),
        seed: settings.seed,
        threads: nn_core::threads(),
        epochs,
        parts: streams.then_some(learned.parts),
        stopped,
        seconds,
        train: Object(measures),
        test: test_measures.map(Object),
        file: args.out.as_ref().map(|path| path.display().to_string()),
    };
    if let Some(place) = &places.report {
        interrupt::shut_out();
        let mut facts = summary.facts(schema);
        facts.push(("seed", settings.seed.to_string()));
        let shown = |name, part, measures: &Object| Shown { name, part, measures: measures.0.clone() };
        let subject = Subject {
            title: format!("{} on {}", entry.name, report::heading(&args.lesson.data)),
            trained: &*trained,
            facts,
            shown: shown("train", &train, &summary.train),
            test: test.as_ref().zip(summary.test.as_ref()).map(|(test, measures)| shown("test", test, measures)),
        };
        report::write(&subject, place).context("the report is not written")?;
    }
    Ok((summary, learned))
}

/// Whether samples, or sequences, may be held out from anywhere.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Any,
    /// They follow one another in time, and the last are held out.
    Time,
}

impl Order {
    pub(super) fn of(learns: Learns, schema: &Schema, carries_state: bool) -> Self {
        let one_after_another = schema.sequence.is_none() || carries_state;
        if learns == Learns::Sequences && one_after_another { Self::Time } else { Self::Any }
    }
}

/// The rows to learn from and those to hold out, where some are.
fn cut<F: Scalar>(
    args: &TrainArgs,
    learns: Learns,
    name: &str,
    data: &Dataset<'_, F>,
    order: Order,
    seed: u64,
) -> Result<Option<(Vec<usize>, Vec<usize>)>> {
    let too_few = data.samples() < FEWEST_TO_CUT;
    let fraction = match args.holdout {
        Some(fraction) => fraction,
        None if args.test.is_some() || learns == Learns::Inputs || too_few => 0.0,
        None => HOLD_OUT,
    };
    if fraction == 0.0 {
        return Ok(None);
    }
    let (kept, held_out) = match order {
        Order::Any => split::hold_out(data, fraction, seed),
        Order::Time => split::last_part(data, fraction),
    };
    if args.holdout.is_none() && (held_out.is_empty() || kept.is_empty()) {
        output::note(format_args!(
            "note: {name}: no sample can be held out of {} without taking the only one of its class; all are learned \
             from",
            data.samples()
        ));
        return Ok(None);
    }
    if held_out.is_empty() || kept.is_empty() {
        let part = if kept.is_empty() { "learn from" } else { "hold out" };
        bail!("--holdout {fraction} of {} samples leaves none to {part}", data.samples());
    }
    Ok(Some((kept, held_out)))
}

/// Writes the model, of which it is known why its training ended.
pub(super) fn save<F: Scalar>(
    trained: &dyn Trained<F>,
    stopped: Stopped,
    schema: &Schema,
    place: &Place,
) -> Result<()> {
    let mut file = trained.file();
    file.schema = Some(schema.clone());
    // A model knows this of the first part of a stream alone.
    file.history.stopped = stopped;
    file.write(place.path()).context("the model is not saved")
}

impl Summary<'_> {
    /// What was trained on what, and how far: the same for the same training.
    fn facts(&self, schema: &Schema) -> Vec<(&'static str, String)> {
        let samples = match self.test_samples {
            0 => format!("{}, all to train", self.train_samples),
            test => format!("{} to train, {test} to test", self.train_samples),
        };
        let mut facts = vec![
            ("model", self.model.to_owned()),
            ("data", self.data.to_owned()),
            ("samples", samples),
            ("features", self.features.to_string()),
        ];
        match schema.class_names() {
            [] => facts.push(("outputs", self.outputs.to_string())),
            classes => facts.push(("classes", classes.len().to_string())),
        }
        facts.push(("epochs", self.epochs.to_string()));
        facts.extend(self.parts.map(|parts| ("parts", parts.to_string())));
        facts.push(("stopped", self.stopped.name().to_owned()));
        facts
    }

    /// The summary for a reader.
    fn table(&self, schema: &Schema) -> String {
        let mut facts = self.facts(schema);
        facts.push(("seconds", format!("{:.2}", self.seconds)));
        facts.extend(self.file.clone().map(|file| ("file", file)));
        let mut parts = vec![("train", &self.train.0)];
        parts.extend(self.test.as_ref().map(|Object(test)| ("test", test)));
        format!("{}\n{}", output::facts(&facts), output::measures(&parts))
    }
}
