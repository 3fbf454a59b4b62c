//! `cargo xtask pages`: the shell lines of the book and of every README run, and print what the page says they print.
//!
//! A page is run from top to bottom in an empty folder of its own, as a reader would who types it in. A block of `sh` is a
//! script; a block of `output` right behind it is what it prints, on both channels. `sh fails` is a script that must end
//! with an error as the command reports one, and not by a crash. In the output a line `...` stands for any lines; white space
//! is folded, and figures that depend on the machine are not compared ([`masks`]). What is not run at all is in one list, with
//! its reason ([`unrun`]).

mod blocks;
mod masks;
mod unrun;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use xshell::{Shell, cmd};

use crate::docs;
use blocks::{Block, Kind};

/// What a script that fails may end with: the command's codes for something wrong, a wrong usage and a training that was
/// interrupted. A panic (101), a program that is not there (127) and a signal are none of them.
const FAILURES: [i32; 3] = [1, 2, 130];

/// The stage of ci: every page.
pub(crate) fn check(shell: &Shell) -> Result<()> {
    run(shell, &[])
}

/// Runs the pages whose paths contain `words`, all where there are none; `--write` puts what was printed into them.
pub(crate) fn run(shell: &Shell, words: &[&str]) -> Result<()> {
    let write = words.contains(&"--write");
    let words: Vec<&str> = words.iter().copied().filter(|word| *word != "--write").collect();
    let known = pages(shell)?;
    let chosen = chosen(&known, &words)?;
    let bench = Bench::new(shell)?;
    let mut unused: BTreeSet<&str> = unrun::LIST.iter().map(|(pattern, _)| *pattern).collect();
    let mut failures = Vec::new();
    for path in chosen {
        let start = Instant::now();
        let page = fs::read_to_string(bench.root.join(path))?;
        let outcome = bench.run_page(&page, &mut unused).with_context(|| path.to_owned());
        match outcome {
            Ok(run) if run.scripts == 0 => {}
            Ok(run) => {
                let differences = if write { Vec::new() } else { run.differences };
                let told = run.broken.into_iter().chain(differences);
                failures.extend(told.map(|(line, what)| format!("{path}:{line}: {what}")));
                if write && run.page != page {
                    fs::write(bench.root.join(path), run.page)?;
                }
                eprintln!("{path}: {} blocks in {:.1} s", run.scripts, start.elapsed().as_secs_f64());
            }
            Err(error) => failures.push(format!("{error:#}")),
        }
    }
    if words.is_empty() {
        failures.extend(unused.iter().map(|pattern| format!("xtask/src/pages/unrun.rs: no page has `{pattern}`")));
    }
    if !failures.is_empty() {
        bail!("{}\nwhat was printed is put into the pages by: cargo xtask pages --write", failures.join("\n"));
    }
    Ok(())
}

/// The pages that git knows, but not what says nothing to a reader.
fn pages(shell: &Shell) -> Result<Vec<String>> {
    let listed = cmd!(shell, "git ls-files --cached --others --exclude-standard *.md").quiet().read()?;
    let root = shell.current_dir();
    Ok(listed
        .lines()
        .filter(|path| root.join(path).is_file() && !path.contains("/template/"))
        .map(Into::into)
        .collect())
}

/// The pages whose paths contain one of the words, all where there are none. A word that is in no path is an error, else a
/// slip of the pen would pass for pages that are right.
fn chosen<'a>(pages: &'a [String], words: &[&str]) -> Result<Vec<&'a str>> {
    for word in words {
        if !pages.iter().any(|path| path.contains(word)) {
            bail!("no page has `{word}` in its path");
        }
    }
    let is_chosen = |path: &&str| words.is_empty() || words.iter().any(|word| path.contains(word));
    Ok(pages.iter().map(String::as_str).filter(is_chosen).collect())
}

/// What came of a page.
struct Run {
    scripts: usize,
    /// Line and what went wrong there.
    broken: Vec<(usize, String)>,
    /// Line and what was printed otherwise there.
    differences: Vec<(usize, String)>,
    /// The page with what was printed in its blocks of output.
    page: String,
}

impl Run {
    /// What stands in the place of `expected` now that this was printed, a difference noted.
    fn take_in(&mut self, line: usize, expected: &str, got: &str) -> String {
        let Err(difference) = masks::compare(expected, got) else {
            return expected.to_owned();
        };
        match masks::shortened(expected, got) {
            Some(written) => {
                self.differences.push((line, difference));
                written
            }
            None => {
                let told =
                    format!("{difference}; lines are left out in several places, so it is to be written by hand");
                self.broken.push((line, told));
                expected.to_owned()
            }
        }
    }
}

/// Where pages are run.
struct Bench {
    root: PathBuf,
    /// Holds the command `nn` alone, so that a page finds no other of that name.
    programs: PathBuf,
    /// Holds a folder for the page.
    folder: PathBuf,
}

impl Bench {
    /// Builds the command, as the tests have built it already.
    fn new(shell: &Shell) -> Result<Self> {
        cmd!(shell, "cargo build --quiet --workspace --examples --bin nn").quiet().run()?;
        let debug = docs::target_directory(shell)?.join("debug");
        let folder = docs::target_directory(shell)?.join("pages");
        let programs = folder.join("programs");
        shell.remove_path(&folder)?;
        shell.create_dir(&programs)?;
        let name = format!("nn{}", std::env::consts::EXE_SUFFIX);
        // A copy: the stage `template` puts another command in its place for a while.
        fs::copy(debug.join(&name), programs.join(&name)).context("the command nn is not where cargo builds it")?;
        Ok(Self { root: shell.current_dir(), programs, folder })
    }

    fn run_page(&self, page: &str, unused: &mut BTreeSet<&str>) -> Result<Run> {
        let blocks = blocks::find(page)?;
        let folder = self.folder.join("page");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let mut run = Run { scripts: 0, broken: Vec::new(), differences: Vec::new(), page: String::new() };
        let mut copied = 0;
        // What the script before printed, while it is open whether the page shows it.
        let mut printed: Option<String> = None;
        for block in &blocks {
            match block.kind {
                Kind::Script { fails } => {
                    run.scripts += 1;
                    match self.run_script(block, fails, &folder, unused)? {
                        Ok(text) => printed = text,
                        Err(failure) => {
                            run.broken.push((block.line, failure));
                            printed = None;
                        }
                    }
                }
                Kind::Output => {
                    run.page += &page[copied..block.content.start];
                    copied = block.content.end;
                    let expected = &page[block.content.clone()];
                    match printed.take() {
                        Some(got) => {
                            let written = run.take_in(block.line, expected, &got);
                            run.page += &written;
                        }
                        None => {
                            run.broken.push((block.line, "nothing was run that could print this".to_owned()));
                            run.page += expected;
                        }
                    }
                }
            }
        }
        run.page += &page[copied..];
        Ok(run)
    }

    /// Runs what may be run of a block: what it printed, nothing if all of it is on the list, or what went wrong.
    fn run_script(
        &self,
        block: &Block,
        fails: bool,
        folder: &Path,
        unused: &mut BTreeSet<&str>,
    ) -> Result<std::result::Result<Option<String>, String>> {
        let mut script = String::new();
        for command in blocks::commands(&block.text) {
            // What only a comment names is run all the same.
            let read = blocks::without_comments(&command);
            match unrun::LIST.iter().find(|(pattern, _)| read.contains(pattern)) {
                Some((pattern, _)) => {
                    unused.remove(pattern);
                }
                // What a reader builds for speed is here what the tests have built.
                None => script += &(command.replace("cargo run --release -- ", "nn ") + "\n"),
            }
        }
        if script.trim().is_empty() {
            return Ok(Ok(None));
        }
        let search = std::env::var_os("PATH").unwrap_or_default();
        let search = std::env::join_paths([self.programs.clone()].into_iter().chain(std::env::split_paths(&search)))?;
        // One channel for both, in the order of a terminal.
        let output = Command::new("bash")
            .args(["-e", "-u", "-o", "pipefail", "-c", &format!("exec 2>&1\n{script}")])
            .current_dir(folder)
            .stdin(Stdio::null())
            .env("PATH", search)
            // Bits differ across instruction sets: what is compared comes from the path that every machine has.
            .env("NN_SIMD", "plain")
            .env("NO_COLOR", "1")
            .env_remove("NN_SEED")
            .env_remove("NN_THREADS")
            .output()
            .context("blocks of `sh` need bash")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !ended_as_told(output.status.code(), fails) {
            return Ok(Err(format!("ended with {}; it had printed:\n{text}", output.status)));
        }
        Ok(Ok(Some(text)))
    }
}

/// Whether a script ended as its block says; no code is a signal.
fn ended_as_told(code: Option<i32>, fails: bool) -> bool {
    code.is_some_and(|code| if fails { FAILURES.contains(&code) } else { code == 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_fails_by_the_codes_of_the_command_and_by_no_crash() {
        for code in [1, 2, 130] {
            assert!(ended_as_told(Some(code), true) && !ended_as_told(Some(code), false), "{code}");
        }
        for code in [Some(101), Some(127), Some(139), None] {
            assert!(!ended_as_told(code, true) && !ended_as_told(code, false), "{code:?}");
        }
        assert!(ended_as_told(Some(0), false) && !ended_as_told(Some(0), true));
    }

    #[test]
    fn a_word_that_is_in_no_path_is_an_error() {
        let pages = ["README.md".to_owned(), "docs/som.md".to_owned(), "docs/zh/start.md".to_owned()];
        assert_eq!(chosen(&pages, &["som", "zh"]).unwrap(), ["docs/som.md", "docs/zh/start.md"]);
        assert_eq!(chosen(&pages, &[]).unwrap().len(), 3);
        assert!(chosen(&pages, &["som", "smo"]).unwrap_err().to_string().contains("`smo`"));
    }

    #[test]
    fn a_difference_that_cannot_be_written_is_told_whatever_is_written() {
        let empty = || Run { scripts: 1, broken: Vec::new(), differences: Vec::new(), page: String::new() };
        let mut run = empty();
        assert_eq!(run.take_in(7, "a\n...\nx\n...\n", "a\nb\nc\n"), "a\n...\nx\n...\n");
        assert_eq!((run.broken.len(), run.differences.len()), (1, 0));
        let mut run = empty();
        assert_eq!(run.take_in(7, "a\n...\nx\n", "a\nb\nc\n"), "a\n...\nc\n");
        assert_eq!((run.broken.len(), run.differences.len()), (0, 1));
        let mut run = empty();
        assert_eq!(run.take_in(7, "a\n...\n", "a\nb\nc\n"), "a\n...\n");
        assert!(run.broken.is_empty() && run.differences.is_empty());
    }
}
