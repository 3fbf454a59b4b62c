//! `cargo xtask book`: the pages of `docs/` as a book, with the reference of all crates in it.
//!
//! What draws it is the program in `book/`, a workspace of its own: mdBook is a hundred crates, which nobody who builds
//! or tests a network need compile. So it is no stage of ci.

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::docs;

/// Builds the book and prints the page where it starts; a link or a formula that leads nowhere is an error.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    docs::build(shell)?;
    let target = docs::target_directory(shell)?;
    let (program, out, reference) = (target.join("book-program"), target.join("book"), target.join("doc"));
    cmd!(
        shell,
        "cargo run --quiet --locked --manifest-path book/Cargo.toml --target-dir {program} -- {out} {reference}"
    )
    .run()?;
    println!("{}", out.join("index.html").display());
    Ok(())
}
