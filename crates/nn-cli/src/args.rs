//! What the user typed.

use clap::builder::styling::AnsiColor;
use clap::builder::{PossibleValue, PossibleValuesParser, Styles, TypedValueParser};
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use nn_core::Precision;
use nn_core::params::Value;
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

/// `nn train`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("written").multiple(true)))]
pub(crate) struct TrainArgs {
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
    /// Data to measure on, in place of a part held out
    #[arg(long, value_name = "DATA", conflicts_with = "holdout")]
    pub(crate) test: Option<String>,
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
    /// No progress bar and no notes on how training went
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
    use clap::CommandFactory;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_setting_is_cut_at_its_first_equals_sign() {
        assert_eq!(setting("a = b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(setting("a").is_err() && setting("=1").is_err());
    }
}
