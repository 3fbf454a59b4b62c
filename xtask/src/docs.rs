//! `cargo xtask docs`: the reference of all crates.

use std::path::PathBuf;

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

/// Builds the reference and prints the page where it starts; its side bar leads to every other crate.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    build(shell)?;
    println!("{}", target_directory(shell)?.join("doc/nn_core/index.html").display());
    Ok(())
}

/// Builds the reference of every crate of the workspace; a warning (a broken link, a missing page) is an error.
pub(crate) fn build(shell: &Shell) -> Result<()> {
    cmd!(shell, "cargo doc --workspace --no-deps").env("RUSTDOCFLAGS", "-D warnings").run()?;
    Ok(())
}

/// Where cargo builds.
pub(crate) fn target_directory(shell: &Shell) -> Result<PathBuf> {
    let json = cmd!(shell, "cargo metadata --no-deps --format-version 1").quiet().read()?;
    let metadata: serde_json::Value = serde_json::from_str(&json)?;
    let path = metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
    Ok(PathBuf::from(path))
}
