//! `cargo xtask bench`: our side and the peers' side in turn, and the page `docs/benchmarks.md` from what was measured.
//!
//! A model's cases are the bench target of the crate's own name; a peer's are what `bench/peers/*.py` list. Two cases
//! of the same name belong together. How they are measured is told in `bench/README.md`.

mod figures;
mod instructions;
mod machine;
mod neighbours;
mod options;
mod page;
mod programs;
mod report;
mod rounds;

use anyhow::{Context, Result, bail};
use xshell::Shell;

use machine::Machine;
use options::Options;
use page::Page;
use programs::{Programs, peers};

/// Where the page stands.
const PAGE: &str = "docs/benchmarks.md";

/// What the arguments of the command are, for the help text.
pub(crate) const USAGE: &str = options::USAGE;

/// `on 2 threads`.
fn on(threads: usize) -> String {
    format!("on {threads} thread{}", if threads == 1 { "" } else { "s" })
}

/// Measures, and writes the page; a quick run prints it instead.
pub(crate) fn run(shell: &Shell, words: &[&str]) -> Result<()> {
    let options = Options::parse(words)?;
    let programs = Programs::build(shell)?;
    let data = crate::docs::target_directory(shell)?.join("bench-data");
    programs.prepare(&shell.current_dir(), &data, &options)?;
    let peers = peers(&shell.current_dir());
    if let Err(reason) = &peers {
        eprintln!("the peers are absent: {reason}");
    }
    let cases = rounds::pair(programs.variants()?, peers.as_deref().unwrap_or_default(), &options.only);
    if cases.is_empty() {
        bail!("no case's name contains `{}`", options.only);
    }

    let mut machine = Machine::read(shell)?;
    let path = shell.current_dir().join(PAGE);
    // A quick run shows its own cases only.
    let keeps = path.exists() && !options.quick;
    let mut page = if keeps { Page::parse(&shell.read_file(&path)?) } else { Page::default() };
    let mut lines = String::new();
    for case in &cases {
        // Before each case, since a busy moment takes from the peak as well.
        machine.probe(&programs, &options.threads)?;
        let measured = rounds::measure(case, &data, &options, &mut lines);
        std::fs::write(data.join("lines.jsonl"), &lines).context("cannot keep the lines that were measured")?;
        page.put(case.name(), report::section(&measured, &machine, &options, peers.as_ref().err()));
        // All of them take an hour: what was measured is not lost with what comes after.
        if !options.quick {
            shell.write_file(&path, page.to_string())?;
        }
    }
    eprintln!("{}", machine.describe());
    if options.quick {
        print!("{page}");
    } else {
        eprintln!("written: {PAGE}");
    }
    Ok(())
}
