//! The programs of both sides: ours are built, the peers' are Python scripts, and each lists what it can measure.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::options::Options;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use xshell::{Shell, cmd};

use crate::built::built;
use crate::tidy::Package;

/// The harness, whose program prepares the data and measures the machine.
const HARNESS: &str = "nn-bench";
/// The folder of the peers' scripts.
const PEERS: &str = "bench/peers";
/// Names the Python that has the peers installed.
const PEERS_VARIABLE: &str = "NN_PEERS";

/// Our programs, built as a user's would be.
#[derive(Debug)]
pub(super) struct Programs {
    harness: PathBuf,
    cases: Vec<PathBuf>,
}

/// What a program can measure, and how it is called.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Variant {
    pub(super) case: String,
    pub(super) name: String,
    /// The program and what comes before its arguments.
    program: Vec<OsString>,
    /// How it calls the folder of the data.
    data_flag: &'static str,
}

impl Programs {
    /// Builds the harness and the cases of every crate that has `benches/NAME-OF-THE-CRATE.rs`.
    pub(super) fn build(shell: &Shell) -> Result<Self> {
        let mut arguments = Vec::new();
        for Package { name, folder, .. } in Package::of_workspace(shell)? {
            if shell.path_exists(format!("{folder}/benches/{name}.rs")) {
                arguments.extend(["--package".to_owned(), name.clone(), "--bench".to_owned(), name]);
            }
        }
        let messages = cmd!(
            shell,
            "cargo build --release --package {HARNESS} --bin {HARNESS} {arguments...} --message-format=json-render-diagnostics"
        )
        .read()?;
        let harness = built(&messages, "bin")?.into_iter().next().context("cargo tells of no harness")?;
        Ok(Self { harness, cases: built(&messages, "bench")? })
    }

    /// Makes the data of both sides in the folder `data`.
    pub(super) fn prepare(&self, root: &Path, data: &Path, options: &Options) -> Result<()> {
        let mut command = Command::new(&self.harness);
        command.args(["prepare", "--data"]).arg(data);
        command.arg("--digits").arg(root.join("crates/nn-cli/data/digits.csv"));
        for (name, folder) in [("--mnist", &options.mnist), ("--letters", &options.letters)] {
            if let Some(folder) = folder {
                command.arg(name).arg(folder);
            }
        }
        output(&mut command).map(drop)
    }

    /// The line that tells what the machine can do at most.
    pub(super) fn machine(&self, threads: &[usize]) -> Result<Value> {
        let threads: Vec<String> = threads.iter().map(usize::to_string).collect();
        let line = output(Command::new(&self.harness).args(["machine", "--threads", &threads.join(",")]))?;
        Ok(serde_json::from_str(&line)?)
    }

    /// All our variants.
    pub(super) fn variants(&self) -> Result<Vec<Variant>> {
        let mut variants = Vec::new();
        for program in &self.cases {
            let program = [program.clone().into_os_string()];
            variants.extend(listed(&program, "--data", &[])?);
        }
        Ok(variants)
    }
}

/// All variants of the peers, or why there are none.
pub(super) fn peers(root: &Path) -> Result<Vec<Variant>, String> {
    let python = match std::env::var_os(PEERS_VARIABLE) {
        Some(python) => PathBuf::from(python),
        None => root.join(PEERS).join("venv/bin/python"),
    };
    if !python.exists() {
        return Err(format!("no Python at `{PEERS}/venv` nor by the variable `{PEERS_VARIABLE}`"));
    }
    let mut variants = Vec::new();
    for script in scripts(&root.join(PEERS)) {
        let program = [python.clone().into_os_string(), script.clone().into_os_string()];
        // A peer's script demands the folder even for its list.
        let found = listed(&program, "--data-dir", &["--data-dir", "."]);
        variants.extend(found.map_err(|error| format!("{}: {error:#}", script.display()))?);
    }
    Ok(variants)
}

/// Every script with cases: all but what they share.
fn scripts(folder: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_script = |path: &PathBuf| {
        path.extension().is_some_and(|end| end == "py") && path.file_stem().is_some_and(|name| name != "common")
    };
    let mut scripts: Vec<PathBuf> = files.filter(is_script).collect();
    scripts.sort();
    scripts
}

/// What a program says it can measure: lines of `case/variant`.
fn listed(program: &[OsString], data_flag: &'static str, more: &[&str]) -> Result<Vec<Variant>> {
    let list = output(Command::new(&program[0]).args(&program[1..]).args(more).arg("--list"))?;
    let variant = |line: &str| {
        let (case, name) = line.split_once('/').with_context(|| format!("`{line}` is no `case/variant`"))?;
        Ok(Variant { case: case.to_owned(), name: name.to_owned(), program: program.to_vec(), data_flag })
    };
    list.lines().map(variant).collect()
}

impl Variant {
    /// The program that calls it so many times on one thread, without a clock; one of ours.
    pub(super) fn counting(&self, data: &Path, calls: usize) -> Command {
        let mut command = Command::new(&self.program[0]);
        command.args(&self.program[1..]).arg(self.data_flag).arg(data).args(["--threads", "1"]);
        command.args(["--calls", &calls.to_string(), "--only", &format!("{}/{}", self.case, self.name)]);
        command
    }

    /// Measures it in a process of its own, and gives back its line; a process that fails gives a line with `error`.
    pub(super) fn measure(&self, data: &Path, threads: usize, repeats: usize) -> Value {
        let mut command = Command::new(&self.program[0]);
        command.args(&self.program[1..]).arg(self.data_flag).arg(data);
        command.args(["--threads", &threads.to_string(), "--repeats", &repeats.to_string()]);
        command.args(["--only", &format!("{}/{}", self.case, self.name)]);
        let error = match output(&mut command) {
            Ok(text) => match line_of(&text, &self.case, &self.name) {
                Some(line) => return line,
                None => "its program printed no line for it".to_owned(),
            },
            Err(error) => format!("{error:#}"),
        };
        serde_json::json!({ "case": self.case, "variant": self.name, "threads": threads, "error": error })
    }
}

#[cfg(test)]
impl Variant {
    /// For tests: a variant that no program measures.
    pub(super) fn made_up(case: &str, name: &str) -> Self {
        Self { case: case.to_owned(), name: name.to_owned(), program: Vec::new(), data_flag: "--data" }
    }
}

/// The line of this variant among others.
fn line_of(text: &str, case: &str, name: &str) -> Option<Value> {
    let mut lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.find(|line| line["case"] == case && line["variant"] == name)
}

/// What a program prints; an error with its last complaint if it fails.
fn output(command: &mut Command) -> Result<String> {
    // Without its folder: this may stand on the page.
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().display().to_string();
    let output = command.output().with_context(|| format!("cannot start {program}"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("{program} ended with {}: {}", output.status, complaint.trim().lines().last().unwrap_or("no output"));
    }
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variant_finds_its_own_line() {
        let text = "warning\n{\"case\":\"a\",\"variant\":\"x-2\"}\n{\"case\":\"a\",\"variant\":\"x\",\"value\":1}\n";
        assert_eq!(line_of(text, "a", "x").unwrap()["value"], 1);
        assert_eq!(line_of(text, "a", "y"), None);
    }

    #[test]
    fn a_program_that_cannot_run_is_a_line_with_an_error() {
        let variant = Variant { program: vec!["no-such-program".into()], ..Variant::made_up("a", "x") };
        let line = variant.measure(Path::new("."), 1, 1);
        assert!(line["error"].as_str().unwrap().starts_with("cannot start no-such-program"), "{line}");
    }
}
