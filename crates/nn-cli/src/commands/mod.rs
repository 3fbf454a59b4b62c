//! What each command does.

/// Calls a function that is generic over its float with the one that a precision names.
macro_rules! in_float {
    ($precision:expr, $function:ident($($argument:expr),*)) => {
        match $precision {
            nn_core::Precision::F32 => $function::<f32>($($argument),*),
            nn_core::Precision::F64 => $function::<f64>($($argument),*),
        }
    };
}

mod completions;
mod data;
mod evaluate;
mod inspect;
mod material;
mod models;
mod predict;
mod report;
mod streamed;
mod train;
mod tune;

use crate::args::Command;
use anyhow::Result;

/// A set of fewer samples is not cut unless the user says so.
const FEWEST_TO_CUT: usize = 50;

/// `1 epoch`, `2 epochs`.
fn epochs(count: usize) -> String {
    format!("{count} {}", if count == 1 { "epoch" } else { "epochs" })
}

/// How a command ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is done.
    Done,
    /// Ctrl-C ended it early; what there was is saved.
    Interrupted,
}

/// Does what the user asked for.
pub(crate) fn run(command: &Command) -> Result<Outcome> {
    match command {
        Command::Train(args) => return train::run(args),
        Command::Tune(args) => return tune::run(args),
        Command::Predict(args) => return predict::run(args),
        Command::Evaluate(args) => evaluate::run(args)?,
        Command::Inspect(args) => inspect::run(args)?,
        Command::Report(args) => report::run(args)?,
        Command::Models(args) => models::run(args)?,
        Command::Data(args) => data::run(args)?,
        Command::Completions(args) => completions::run(args)?,
    }
    Ok(Outcome::Done)
}
