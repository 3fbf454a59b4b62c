#![doc = include_str!("../README.md")]

mod args;
mod commands;
mod data;
#[doc(hidden)]
pub mod doors;
mod environment;
mod files;
mod interrupt;
mod models;
mod output;
mod progress;
mod quality;
mod report;
mod saved;
mod settings;
mod words;

use args::Cli;
use commands::Outcome;
use std::process::ExitCode;

/// Does what the arguments of the process ask for, and tells how it ends: 0 done, 1 something was wrong, 2 wrong usage, 130 Ctrl-C.
pub fn main() -> ExitCode {
    match commands::run(&Cli::read().command) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        // Whoever read our output has seen enough: that is no error.
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}
