//! `cargo xtask replicate`: every experiment that is repeated, and the page `docs/replication.md` of what was found.
//!
//! A model's rows are the test target `replication` of its crate; see `replication/README.md`.

mod page;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::built::built;
use page::Page;

/// Where the page stands.
const PAGE: &str = "docs/replication.md";
/// The test target that holds the rows of a crate.
const TARGET: &str = "replication";

/// What the arguments of the command are, for the help text.
pub(crate) const USAGE: &str = "[MODEL | TEXT] [--fast] [--data DIR]";

/// What is to be run.
#[derive(Debug, Default, PartialEq)]
struct Options {
    /// A crate, a model, or text of rows; all rows where it is none.
    chosen: Option<String>,
    /// Fewer trials.
    fast: bool,
    /// The folder of what is fetched.
    data: Option<PathBuf>,
}

impl Options {
    fn parse(words: &[&str]) -> Result<Self> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(&word) = words.next() {
            match word {
                "--fast" => options.fast = true,
                "--data" => {
                    let folder = *words.next().with_context(|| format!("`--data`: expected {USAGE}"))?;
                    // The rows are run elsewhere.
                    options.data = Some(std::path::absolute(folder)?);
                }
                _ if word.is_empty() || word.starts_with('-') || options.chosen.is_some() => {
                    bail!("`{word}`: expected {USAGE}")
                }
                _ => options.chosen = Some(word.to_owned()),
            }
        }
        Ok(options)
    }

    /// The command that was typed, without folders of this machine.
    fn command(&self) -> String {
        let chosen = self.chosen.iter().map(|chosen| format!(" {chosen}"));
        let flags = [(self.fast, " --fast"), (self.data.is_some(), " --data DIR")];
        let flags = flags.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag.to_owned());
        "cargo xtask replicate".to_owned() + &chosen.chain(flags).collect::<String>()
    }
}

/// Runs all rows, or those that are chosen, and writes the page: sections that were not run stay as they were, each with its own
/// date. What the fast mode finds, or rows chosen by their text, are printed instead.
pub(crate) fn run(shell: &Shell, words: &[&str]) -> Result<()> {
    let options = Options::parse(words)?;
    if let Some(folder) = options.data.as_deref().filter(|folder| !folder.is_dir()) {
        bail!("there is no folder {}", folder.display());
    }
    let mut crates = shell.read_dir("crates")?;
    crates.retain(|folder| folder.join("tests").join(format!("{TARGET}.rs")).exists());
    // The crate that knows no model comes last.
    crates.sort_by_key(|folder| folder.ends_with("nn-core"));
    let (crates, text) = choose(crates, options.chosen.as_deref());
    let keeps = !options.fast && text.is_none();
    let kept = keeps.then(|| shell.read_file(PAGE).ok()).flatten();
    let mut page = Page::parse(kept.as_deref().unwrap_or_default());
    let date = crate::calendar::today()?;
    for (name, program) in build(shell, &crates)? {
        eprintln!("{name}");
        let start = Instant::now();
        let rows = rows(shell, &program, text, &options)?;
        if rows.is_empty() && text.is_none() {
            bail!("{name} gave no row");
        }
        let seconds = start.elapsed().as_secs();
        page.put(&rows, &format!("{date} by `{}`; the rows of {name} took {seconds} s", options.command()))?;
        // The longest take an hour: what one crate has found is not lost with the next one.
        if keeps {
            shell.write_file(PAGE, page.to_string())?;
        }
    }
    if page.is_empty() {
        bail!("neither a crate, a model, a section nor an experiment is called {:?}", text.unwrap_or_default());
    }
    if keeps {
        eprintln!("written: {PAGE}");
    } else {
        print!("{page}");
    }
    Ok(())
}

/// The crate that is meant, by its own name, by that without `nn-`, or by a model that has a folder in it; or else all crates
/// with the text that their rows are to hold.
fn choose(crates: Vec<PathBuf>, chosen: Option<&str>) -> (Vec<PathBuf>, Option<&str>) {
    let Some(chosen) = chosen else { return (crates, None) };
    let is_meant = |folder: &&PathBuf| {
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name == chosen || name.strip_prefix("nn-") == Some(chosen) || folder.join("src").join(chosen).is_dir()
    };
    match crates.iter().find(is_meant).cloned() {
        Some(folder) => (vec![folder], None),
        None => (crates, Some(chosen)),
    }
}

/// The programs of these crates' rows, built in one go, so that what they share is compiled once.
fn build(shell: &Shell, crates: &[PathBuf]) -> Result<Vec<(String, PathBuf)>> {
    let names: Vec<&str> = crates.iter().filter_map(|folder| folder.file_name()?.to_str()).collect();
    let packages = names.iter().flat_map(|name| ["--package", *name]);
    let messages = cmd!(
        shell,
        "cargo test --release --no-run {packages...} --test {TARGET} --message-format=json-render-diagnostics"
    )
    .read()?;
    // Cargo names a crate by its folder.
    let program = |name: &&str| {
        let place = format!("/crates/{name}#");
        let own: Vec<&str> = messages.lines().filter(|line| line.contains(&place)).collect();
        let program =
            built(&own.join("\n"), "test")?.pop().with_context(|| format!("cargo built no rows of {name}"))?;
        Ok(((*name).to_owned(), program))
    };
    names.iter().map(program).collect()
}

/// The rows of one crate, or those that hold the text, as it finds them now.
fn rows(shell: &Shell, program: &Path, text: Option<&str>, options: &Options) -> Result<Vec<Value>> {
    let fast = options.fast.then_some("--fast");
    let data = options.data.iter().flat_map(|folder| [OsStr::new("--data"), folder.as_os_str()]);
    // A row out of its band without a reason makes the program fail, and still belongs on the page.
    let lines = cmd!(shell, "{program} --json {text...} {fast...} {data...}").ignore_status();
    let lines = lines.quiet().read()?;
    Ok(lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_is_read_and_told_again_without_folders() {
        let options = Options::parse(&["mlp", "--data", "some/where", "--fast"]).unwrap();
        assert!(options.data.as_ref().is_some_and(|folder| folder.is_absolute() && folder.ends_with("some/where")));
        assert_eq!(options.command(), "cargo xtask replicate mlp --fast --data DIR");
        assert_eq!(Options::parse(&[]).unwrap().command(), "cargo xtask replicate");
        for wrong in [&["--data"][..], &["--slow"], &["mlp", "som"], &[""]] {
            assert!(Options::parse(wrong).unwrap_err().to_string().ends_with(USAGE), "{wrong:?}");
        }
    }

    #[test]
    fn a_crate_is_found_by_its_name_and_by_its_models_and_other_words_are_text_of_rows() {
        let shell = crate::shell().unwrap();
        let crates = shell.read_dir("crates").unwrap();
        for name in ["nn-perceptron", "perceptron", "mlp"] {
            let (found, text) = choose(crates.clone(), Some(name));
            assert!(found.len() == 1 && found[0].ends_with("nn-perceptron") && text.is_none(), "{name}: {found:?}");
        }
        assert_eq!(choose(crates.clone(), Some("xor")), (crates.clone(), Some("xor")));
        assert_eq!(choose(crates.clone(), None), (crates, None));
    }
}
