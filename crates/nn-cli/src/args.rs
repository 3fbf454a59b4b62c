//! What the user typed.

use clap::builder::styling::AnsiColor;
use clap::builder::{PossibleValue, PossibleValuesParser, Styles, TypedValueParser};
use clap::error::ErrorKind;
use clap::{ArgGroup, Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use nn_core::Precision;
use nn_core::params::Value;
use nn_core::tune::{Choice, Interval};
use std::path::PathBuf;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "nn", version, about, styles = STYLES, infer_long_args = false, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Headings and names stand out; clap drops the colours where NO_COLOR or a pipe asks for it.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// The commands there are.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Train a model on data, measure it on a part held out, and save it
    Train(Box<TrainArgs>),
    /// Choose settings by trial: cross-validation over a grid of them, or over random draws
    Tune(Box<TuneArgs>),
    /// Answer every sample of data with a saved model, as CSV
    Predict(PredictArgs),
    /// Measure a saved model on data whose target is known
    Evaluate(EvaluateArgs),
    /// Show what a saved model holds
    Inspect(InspectArgs),
    /// Write a page that shows what a saved model has learned
    Report(ReportArgs),
    /// List the models, or the settings of one
    Models(ModelsArgs),
    /// List the bundled data sets, or print one as CSV
    Data(DataArgs),
    /// Print a script that completes this command in a shell
    Completions(CompletionsArgs),
}

/// What a model learns from, and with which settings: of `nn train` and `nn tune`.
#[derive(Debug, Args)]
pub(crate) struct LessonArgs {
    /// The kind of model; `nn models` lists them
    pub(crate) model: String,
    /// A CSV with a header, .npy or IDX, packed or not; - for standard input; a folder of PNG images, in one folder a class;
    /// or a bundled set
    #[arg(long)]
    pub(crate) data: String,
    /// The column to learn; several are quantities [default: the last column; none for models that learn from no target]
    #[arg(long, value_name = "COLUMN,...")]
    pub(crate) target: Option<Vec<String>>,
    /// Columns to leave out
    #[arg(long, value_name = "COLUMN,...")]
    pub(crate) ignore: Vec<String>,
    /// The column that says which sequence a row is of, for models of sequences [default: all rows are one]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) sequence: Option<String>,
    /// Whether the target is a class or a quantity [default: as the column looks]
    #[arg(long)]
    pub(crate) task: Option<Task>,
    /// A setting of the model; `nn models MODEL` lists them
    #[arg(long, value_name = "NAME=VALUE", value_parser = setting)]
    pub(crate) set: Vec<(String, String)>,
    /// Settings of the model as NAME = VALUE lines of TOML; flags come before them
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) params: Option<PathBuf>,
    /// Seed of all random numbers, the same as --set seed=N [default: NN_SEED, or that of the model]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Threads to use; the result does not depend on it [default: NN_THREADS, or one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// The float to compute in [default: what suits the model]
    #[arg(long, value_parser = precision())]
    pub(crate) precision: Option<Precision>,
}

/// `nn train`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("written").multiple(true)))]
pub(crate) struct TrainArgs {
    #[command(flatten)]
    pub(crate) lesson: LessonArgs,
    /// Data to measure on, in place of a part held out
    #[arg(long, value_name = "DATA", conflicts_with = "holdout")]
    pub(crate) test: Option<String>,
    /// Read the data once, in parts of at most so many rows, for more than memory holds: the first part is learned as it would be
    /// alone, each further one in a single pass; Ctrl-C saves the model so far
    #[arg(long, value_name = "ROWS", value_parser = rows())]
    pub(crate) stream: Option<u32>,
    /// Share of the samples to hold out and measure on; 0 for none [default: 0.2 of 50 samples or more, none for models that learn from no target]
    #[arg(long, value_name = "FRACTION", value_parser = fraction)]
    pub(crate) holdout: Option<f64>,
    /// Where to save the model
    #[arg(long, value_name = "FILE.nn", group = "written")]
    pub(crate) out: Option<PathBuf>,
    /// Where to write a page that shows what was learned
    #[arg(long, value_name = "FILE.html", group = "written")]
    pub(crate) report: Option<PathBuf>,
    /// Where to keep the training while it goes on, so that --resume continues it after Ctrl-C or worse
    #[arg(long, value_name = "FILE", group = "written")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Write the checkpoint after every so many epochs [default: every second]
    #[arg(long, value_name = "EPOCHS", requires = "checkpoint", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) every: Option<u64>,
    /// A checkpoint to continue from, with the data and the settings it was made with; epochs may be more
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<PathBuf>,
    /// Replace files that are there even if they are not ours
    #[arg(long, requires = "written")]
    pub(crate) force: bool,
    /// Print one JSON object in place of the table
    #[arg(long)]
    pub(crate) json: bool,
    /// No progress bar and no notes; results and warnings are still printed
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// `nn tune`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("written").multiple(true)), group(ArgGroup::new("tried").multiple(true).required(true)))]
pub(crate) struct TuneArgs {
    #[command(flatten)]
    pub(crate) lesson: LessonArgs,
    /// A setting and the values to try, from the simplest to the most complex; a list within a value is joined by -; each --grid
    /// multiplies the candidates
    #[arg(long, value_name = "NAME=V1,V2,...", value_parser = grid, group = "tried")]
    pub(crate) grid: Vec<(String, Vec<String>)>,
    /// A setting and two numbers between which --trials draws; whole ones where both are written so, :log by their logarithms
    #[arg(long, value_name = "NAME=FROM..TO[:log]", value_parser = interval, group = "tried", requires = "trials")]
    pub(crate) range: Vec<(String, Interval)>,
    /// Try so many candidates, drawn at random from --grid and --range, in place of all of the grid
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) trials: Option<u32>,
    /// Parts of the samples; each candidate learns from all but one and is measured on that one, for each in turn
    #[arg(long, value_name = "K", default_value = "5", value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) folds: u32,
    /// The measure by which candidates are compared [default: accuracy, rmse, or what else the model measures]
    #[arg(long, value_name = "NAME")]
    pub(crate) measure: Option<String>,
    /// Which candidate is chosen
    #[arg(long, default_value = "best", value_parser = choice())]
    pub(crate) rule: Choice,
    /// Estimate how good what is so chosen is on other samples: the whole search again without each of so many outer folds, which
    /// are then measured on
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(2..))]
    pub(crate) nested: Option<u32>,
    /// Try every candidate on every fold, also those that are hopeless after some
    #[arg(long)]
    pub(crate) no_race: bool,
    /// Where to save a model of the chosen settings, trained on all samples
    #[arg(long, value_name = "FILE.nn", group = "written")]
    pub(crate) out: Option<PathBuf>,
    /// Where to write a page that shows what was tried
    #[arg(long, value_name = "FILE.html", group = "written")]
    pub(crate) report: Option<PathBuf>,
    /// Where to keep what was measured while it goes on, so that --resume continues it after Ctrl-C or worse
    #[arg(long, value_name = "FILE", group = "written")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Write the checkpoint after every so many fits [default: every second]
    #[arg(long, value_name = "FITS", requires = "checkpoint", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) every: Option<u64>,
    /// A checkpoint to continue from, with the data and the settings it was made with
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<PathBuf>,
    /// Replace files that are there even if they are not ours
    #[arg(long, requires = "written")]
    pub(crate) force: bool,
    /// Print one JSON object in place of the table
    #[arg(long)]
    pub(crate) json: bool,
    /// No progress bar and no notes; results and warnings are still printed
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// What is asked of a saved model.
#[derive(Debug, Args)]
pub(crate) struct QuestionArgs {
    /// A saved model
    #[arg(value_name = "FILE.nn")]
    pub(crate) model: PathBuf,
    /// A CSV with a header, .npy or IDX, packed or not; - for standard input; a folder of images, or one PNG; or a bundled set
    #[arg(long)]
    pub(crate) data: String,
}

/// `nn predict`
#[derive(Debug, Args)]
pub(crate) struct PredictArgs {
    #[command(flatten)]
    pub(crate) question: QuestionArgs,
    /// Where to write the answers; - is standard output
    #[arg(long, value_name = "FILE.csv", default_value = "-")]
    pub(crate) out: PathBuf,
    /// Read the data once, in parts of at most so many rows, and write the answers as they come, for more than memory holds
    #[arg(long, value_name = "ROWS", value_parser = rows())]
    pub(crate) stream: Option<u32>,
    /// Replace the file of --out even if it holds no answers of ours
    #[arg(long)]
    pub(crate) force: bool,
}

/// `nn evaluate`
#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    #[command(flatten)]
    pub(crate) question: QuestionArgs,
    /// The column that holds the truth [default: the one it was trained on]
    #[arg(long, value_name = "COLUMN,...")]
    pub(crate) target: Option<Vec<String>>,
    /// Print one JSON object in place of the table
    #[arg(long)]
    pub(crate) json: bool,
}

/// `nn inspect`
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// A saved model
    #[arg(value_name = "FILE.nn")]
    pub(crate) model: PathBuf,
    /// Print one JSON object in place of the tables
    #[arg(long)]
    pub(crate) json: bool,
}

/// `nn report`
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) question: QuestionArgs,
    /// Where to write the page
    #[arg(long, value_name = "FILE.html")]
    pub(crate) out: PathBuf,
    /// Replace the file of --out even if it is no report of ours
    #[arg(long)]
    pub(crate) force: bool,
}

/// `nn models`
#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    /// The kind of model whose settings to list
    pub(crate) model: Option<String>,
    /// Print JSON in place of the table
    #[arg(long)]
    pub(crate) json: bool,
}

/// `nn data`
#[derive(Debug, Args)]
pub(crate) struct DataArgs {
    /// The set to print as CSV
    pub(crate) name: Option<String>,
    /// Where to write it; - is standard output
    #[arg(long, value_name = "FILE.csv", default_value = "-", requires = "name")]
    pub(crate) out: PathBuf,
    /// Replace the file of --out even if it is not this set
    #[arg(long)]
    pub(crate) force: bool,
}

/// `nn completions`
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    pub(crate) shell: Shell,
}

/// What to make of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Task {
    /// It is a class
    Classify,
    /// It is a quantity
    Regress,
}

impl Cli {
    /// What was typed, or the end of the process with a word about what is wrong.
    pub(crate) fn read() -> Self {
        let cli = Self::parse();
        // Not by clap's `conflicts_with`, whose message names the flags but cannot say why, nor what to do instead.
        if let Command::Train(args) = &cli.command
            && args.stream.is_some()
            && (args.checkpoint.is_some() || args.resume.is_some())
        {
            let flag = if args.resume.is_some() { "--resume" } else { "--checkpoint" };
            let why =
                "what has been read of a stream cannot be read again; Ctrl-C ends it after a part and saves the model";
            let mut command = Self::command();
            let told = format!("--stream cannot be used with {flag}: {why}");
            match command.find_subcommand_mut("train") {
                Some(train) => train.error(ErrorKind::ArgumentConflict, told).exit(),
                None => command.error(ErrorKind::ArgumentConflict, told).exit(),
            }
        }
        cli
    }
}

/// How many rows a part of a stream may have: of one alone nothing can be decided.
fn rows() -> impl TypedValueParser<Value = u32> {
    clap::value_parser!(u32).range(2..=1_000_000_000)
}

/// The float to compute in, by its name.
fn precision() -> impl TypedValueParser<Value = Precision> {
    let helps = ["32 bits, about 7 digits", "64 bits, about 16 digits"];
    let named = Precision::ALL.iter().zip(helps).map(|(float, help)| PossibleValue::new(float.name()).help(help));
    PossibleValuesParser::new(named).try_map(|name| Precision::parse(&name).ok_or("not a float"))
}

/// `NAME=VALUE`, cut at the first `=`.
fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.trim().to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

/// `NAME=V1,V2,...`, cut at the first `=` and at each comma.
fn grid(text: &str) -> Result<(String, Vec<String>), String> {
    let (name, values) = setting(text).map_err(|_| "expected NAME=V1,V2,...".to_owned())?;
    let values: Vec<String> = values.split(',').map(|value| value.trim().to_owned()).collect();
    if values.iter().any(String::is_empty) {
        return Err(format!("expected {name}=V1,V2,..., with a value before and behind each comma"));
    }
    Ok((name, values))
}

/// `NAME=FROM..TO`, perhaps with `:log` behind it.
fn interval(text: &str) -> Result<(String, Interval), String> {
    let expected = || "expected NAME=FROM..TO, or NAME=FROM..TO:log".to_owned();
    let (name, values) = setting(text).map_err(|_| expected())?;
    let (ends, logarithmic) = values.strip_suffix(":log").map_or((values.as_str(), false), |ends| (ends, true));
    let (from, to) = ends.split_once("..").ok_or_else(expected)?;
    let number = |text: &str| text.trim().parse::<f64>().map_err(|_| expected());
    let whole = [from, to].iter().all(|end| end.trim().parse::<i64>().is_ok());
    Ok((name, Interval { ends: [number(from)?, number(to)?], whole, logarithmic }))
}

/// A rule of choice, by its name.
fn choice() -> impl TypedValueParser<Value = Choice> {
    let helps = [
        "The best mean",
        "The first candidate within one standard error of the best mean, since the first are the simplest",
    ];
    let named = Choice::ALL.iter().zip(helps).map(|(choice, help)| PossibleValue::new(choice.name()).help(help));
    PossibleValuesParser::new(named).try_map(|name| Choice::parse(&name).ok_or("not a rule"))
}

/// A share of the samples: from 0 to less than 1.
fn fraction(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(fraction) if (0.0..1.0).contains(&fraction) => Ok(fraction),
        _ => Err("expected a number from 0 to less than 1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_setting_is_cut_at_its_first_equals_sign() {
        assert_eq!(setting("a = b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(setting("a").is_err() && setting("=1").is_err());
    }

    #[test]
    fn a_grid_is_cut_at_its_commas_and_a_range_at_its_dots() {
        let values = vec!["64-32".to_owned(), "16".to_owned()];
        assert_eq!(grid("hidden_layers=64-32, 16"), Ok(("hidden_layers".to_owned(), values)));
        for wrong in ["a", "a=", "a=1,,2", "a=1,", "=1"] {
            assert!(grid(wrong).is_err(), "{wrong}");
        }
        let found = |text| interval(text).map(|(_, interval)| (interval.ends, interval.whole, interval.logarithmic));
        assert_eq!(found("a=2..64"), Ok(([2.0, 64.0], true, false)));
        assert_eq!(found("a=1e-3..1:log"), Ok(([0.001, 1.0], false, true)));
        for wrong in ["a", "a=1", "a=1..", "a=x..2", "a=1..2:lg"] {
            assert!(interval(wrong).is_err(), "{wrong}");
        }
    }
}
