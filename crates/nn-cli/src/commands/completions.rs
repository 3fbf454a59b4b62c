//! `nn completions`: a script that teaches a shell the command.

use crate::args::{Cli, CompletionsArgs};
use crate::output;
use anyhow::Result;
use clap::CommandFactory;

/// Prints the script.
pub(super) fn run(args: &CompletionsArgs) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "nn", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
