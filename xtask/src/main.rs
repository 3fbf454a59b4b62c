//! The repository's own machinery, called by `cargo xtask`.
//!
//! It depends on no other crate of the workspace, so that it runs, and says what is wrong, while they do not compile. Only
//! the example that draws figures does.

mod bench;
mod book;
mod built;
mod calendar;
mod ci;
mod docs;
mod examples;
mod figures;
mod machine;
mod new;
mod pages;
mod replicate;
mod sections;
mod template;
mod tidy;
mod trust;

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use xshell::Shell;

const HELP: &str = "\
The repository's own machinery.

usage: cargo xtask COMMAND

  ci [--only STAGE]   everything a change must pass, cheapest first; stops at the first failure
  tidy                the repository's own rules only, in seconds
  bench [OPTIONS]     our side and the peers' side in turn; writes docs/benchmarks.md
  replicate [OPTIONS] every experiment that is repeated; writes docs/replication.md
  trust [PART...]     any bytes, kills, full disks, seeds and threads, endless data, old files; writes docs/trust.md
  new NAME            a crate for one more model, as `new hopfield`; docs/adding-a-model.md goes on from there
  figures             draws the pictures of docs/images anew
  docs                the reference of all crates, as HTML; prints where it starts
  book                the book with the reference in it, as HTML; prints where it starts
  pages [--write] [PAGE]  runs the shell lines of pages and compares what they print, or puts it there
  help                this text
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        [] | ["help" | "--help" | "-h"] => {
            print!("{}", help());
            Ok(())
        }
        ["ci"] => shell().and_then(|shell| ci::run(&shell)),
        ["ci", "--only", stage] => shell().and_then(|shell| ci::run_only(&shell, stage)),
        ["tidy"] => shell().and_then(|shell| tidy::run(&shell)),
        ["bench", ref options @ ..] => shell().and_then(|shell| bench::run(&shell, options)),
        ["replicate", ref options @ ..] => shell().and_then(|shell| replicate::run(&shell, options)),
        ["trust", ref words @ ..] => shell().and_then(|shell| trust::run(&shell, words)),
        ["new", name] => shell().and_then(|shell| new::run(&shell, name)),
        ["figures"] => shell().and_then(|shell| figures::run(&shell)),
        ["book"] => shell().and_then(|shell| book::run(&shell)),
        ["pages", ref words @ ..] => shell().and_then(|shell| pages::run(&shell, words)),
        ["docs"] => shell().and_then(|shell| docs::run(&shell)),
        _ => {
            eprintln!("error: unknown command `{}`\n", words.join(" "));
            eprint!("{}", help());
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    format!(
        "{HELP}\noptions of bench:\n  {}\n\noptions of replicate:\n  {}\n\noptions of trust:\n  {}\n\nstages of ci:\n{}",
        bench::USAGE,
        replicate::USAGE,
        trust::USAGE,
        ci::list_stages()
    )
}

/// A shell that stands in the repository's root, wherever the command was typed.
fn shell() -> Result<Shell> {
    let shell = Shell::new()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no parent folder")?;
    shell.change_dir(root);
    Ok(shell)
}
