//! `cargo xtask figures`: the pictures of the documentation, drawn from the code they show.
//!
//! What draws them is the example `figures`, since it needs nn-core, on which this program must not depend. Its test says
//! whether the pictures are still what it draws.

use anyhow::Result;
use xshell::{Shell, cmd};

/// The activation functions and their derivatives.
const ACTIVATIONS: &str = "docs/images/activations.svg";

/// Draws every picture and writes it where it belongs.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    let picture = cmd!(shell, "cargo run --quiet --package xtask --example figures").quiet().read()?;
    shell.write_file(ACTIVATIONS, picture + "\n")?;
    eprintln!("written: {ACTIVATIONS}");
    Ok(())
}
