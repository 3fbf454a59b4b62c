//! `cargo xtask trust`: the command under all that may befall it, and the page `docs/trust.md` of what came of that.
//!
//! A part is a file in `trust/` and a section of the page. What a training is here stands in one table, `trust/lessons.rs`.

mod bits;
mod doors;
mod faults;
mod files;
mod lessons;
mod nn;
mod options;
mod page;
mod stream;

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use xshell::Shell;

use crate::{calendar, docs, machine};
use options::Options;
use page::Page;

/// What the arguments of the command are, for the help text.
pub(crate) const USAGE: &str = options::USAGE;

/// Where the page stands.
const PAGE: &str = "docs/trust.md";

/// One section of the page.
struct Part {
    name: &'static str,
    /// What is done and what is counted.
    about: &'static str,
    run: fn(&Trial<'_>) -> Result<Found>,
}

const PARTS: [Part; 5] = [
    Part { name: "doors", about: doors::ABOUT, run: doors::run },
    Part { name: "faults", about: faults::ABOUT, run: faults::run },
    Part { name: "bits", about: bits::ABOUT, run: bits::run },
    Part { name: "stream", about: stream::ABOUT, run: stream::run },
    Part { name: "files", about: files::ABOUT, run: files::run },
];

/// What a part is run with.
struct Trial<'a> {
    shell: &'a Shell,
    options: &'a Options,
    /// A folder of its own, below the one where cargo builds.
    folder: PathBuf,
}

/// What a part has found.
#[derive(Debug, Default)]
struct Found {
    /// A table, and below it what else there is to say.
    text: String,
    /// What did not hold, a sentence each.
    failures: Vec<String>,
}

/// Runs the parts that are chosen, writes the section of each when it is done, and fails where something did not hold.
pub(crate) fn run(shell: &Shell, words: &[&str]) -> Result<()> {
    let options = Options::parse(words)?;
    let machine = format!("{}, {} cores, Rust {}", machine::processor(), machine::cores()?, machine::rust(shell)?);
    let target = docs::target_directory(shell)?.join("trust");
    let mut failures = Vec::new();
    for part in PARTS.iter().filter(|part| options.parts.iter().any(|name| name == part.name)) {
        eprintln!("{}", part.name);
        let start = Instant::now();
        let folder = target.join(part.name);
        nn::make_fresh(&folder)?;
        let found = (part.run)(&Trial { shell, options: &options, folder })?;
        let how = format!("{} by `{}`, in {} s", calendar::today()?, options.command(), start.elapsed().as_secs());
        // All of them take hours: what one has found is not lost with the next.
        let mut page = Page::parse(&shell.read_file(PAGE).unwrap_or_default());
        page.put(part.name, &found, &format!("{how}, on {machine}"));
        if options.writes() {
            shell.write_file(PAGE, page.to_string())?;
        } else {
            print!("{}", page.section(part.name));
        }
        failures.extend(found.failures.into_iter().map(|failure| format!("{}: {failure}", part.name)));
    }
    if options.writes() {
        eprintln!("written: {PAGE}");
    }
    match failures.len() {
        0 => Ok(()),
        count => bail!("{count} did not hold:\n{}", failures.join("\n")),
    }
}
