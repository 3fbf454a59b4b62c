//! A fuzzer at every door of the command: libFuzzer, guided by what code its inputs reach.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use super::nn::{files, make_fresh};
use super::{Found, Trial};
use crate::built::built;
use crate::docs;

pub(super) const ABOUT: &str = "\
Any bytes, at every way by which bytes come in ([the doors](../crates/nn-cli/src/doors.rs)): libFuzzer, which keeps what reaches new
code and alters it further, begins with whole files of each kind and with what it found before (`fuzz/corpus`). The build is
optimised, with debug assertions and with checks for overflow. A crash is a panic, an input of more than a minute, more than
2 GB in place or 1 GB asked for at once. *Coverage* is libFuzzer's count of the edges that were reached, with the first inputs
and at the end.";

/// What makes the compiler count edges and comparisons, as libFuzzer reads them, on a stable compiler.
const COUNTING: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
                        -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";
/// Inputs for which the doors promise how much memory they take.
const LONGEST: usize = 16 << 10;
/// So many at a time, so that all of them are through soon. On fewer cores each tries fewer inputs, and the page tells how many; a slow
/// input is given time for that, too.
const AT_A_TIME: usize = 8;
/// So many files of a door are kept in the repository, the shortest, and none that is longer than this.
const KEPT: usize = 200;
const LONGEST_KEPT: u64 = 2048;

/// What came of one door.
#[derive(Debug, Default)]
struct Outcome {
    executions: u64,
    /// Edges that the first inputs reached, and all of them.
    coverage: [u64; 2],
    corpus: u64,
    megabytes: u64,
    /// Files of inputs that crashed it.
    crashes: Vec<String>,
    /// How the process ended, where that is not as it should.
    broken: Option<String>,
}

/// The program, and where its inputs lie.
struct Fuzzer {
    program: PathBuf,
    /// Kept in the repository, a folder a door.
    corpus: PathBuf,
    folder: PathBuf,
    seconds: u64,
}

pub(super) fn run(trial: &Trial<'_>) -> Result<Found> {
    let fuzzer = Fuzzer {
        program: build(trial.shell)?,
        corpus: trial.shell.current_dir().join("fuzz/corpus"),
        folder: trial.folder.clone(),
        seconds: (60.0 * trial.options.minutes).ceil() as u64,
    };
    let doors: Vec<String> = fuzzer.doors()?.into_iter().filter(|door| trial.options.wants(door)).collect();
    let waiting = Mutex::new(doors.iter());
    let outcomes: Vec<(String, Result<Outcome>)> = thread::scope(|scope| {
        let work = || {
            let mut done = Vec::new();
            loop {
                let next = waiting.lock().map(|mut waiting| waiting.next());
                let Ok(Some(door)) = next else { return done };
                eprintln!("  {door}");
                done.push((door.clone(), fuzzer.try_door(door)));
            }
        };
        let workers: Vec<_> = (0..AT_A_TIME).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    });

    let mut failures = Vec::new();
    let mut text =
        "| door | executions | coverage | inputs | crashes | peak memory |\n|---|--:|--:|--:|--:|--:|\n".to_owned();
    let (mut executions, mut crashes) = (0, 0);
    for door in &doors {
        let outcome = outcomes.iter().find(|(name, _)| name == door).context("a door was not tried")?;
        let outcome = match &outcome.1 {
            Ok(outcome) => outcome,
            Err(error) => {
                failures.push(format!("{door}: {error:#}"));
                continue;
            }
        };
        let Outcome { executions: own, coverage: [first, last], corpus, megabytes, crashes: crashed, broken } = outcome;
        text += &format!("| {door} | {own} | {first} to {last} | {corpus} | {} | {megabytes} MB |\n", crashed.len());
        executions += own;
        crashes += crashed.len();
        failures.extend(broken.iter().map(|how| format!("{door}: {how}")));
        let crashed =
            crashed.iter().map(|file| format!("{door} crashes; the input is in trust/doors/{door}/crashes/{file}"));
        failures.extend(crashed);
        if trial.options.keep {
            fuzzer.keep(door)?;
        }
    }
    text += &format!(
        "| together | {executions} | | | {crashes} | |\n\nEach door had {} seconds, {AT_A_TIME} doors at a time.",
        fuzzer.seconds
    );
    Ok(Found { text, failures })
}

/// Builds the fuzzer. That a target is named keeps the flags from build scripts, which no libFuzzer is linked to.
fn build(shell: &Shell) -> Result<PathBuf> {
    let version = cmd!(shell, "rustc -vV").quiet().read()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let target = docs::target_directory(shell)?.join("fuzz");
    let messages = cmd!(
        shell,
        "cargo build --release --locked --manifest-path fuzz/Cargo.toml --target-dir {target} --target {host}
         --message-format=json-render-diagnostics"
    );
    built(&messages.env("RUSTFLAGS", COUNTING).read()?, "bin")?.pop().context("cargo built no fuzzer")
}

impl Fuzzer {
    /// The names of all doors, which the program itself tells.
    fn doors(&self) -> Result<Vec<String>> {
        let output = Command::new(&self.program).env_remove("NN_DOOR").output().context("the fuzzer does not start")?;
        Ok(String::from_utf8(output.stdout)?.lines().map(str::to_owned).collect())
    }

    fn try_door(&self, door: &str) -> Result<Outcome> {
        let folder = self.folder.join(door);
        for part in ["found", "seeds", "crashes"] {
            make_fresh(&folder.join(part))?;
        }
        fs::create_dir_all(self.corpus.join(door))?;
        let mut command = self.command(door);
        command.arg(folder.join("found")).arg(self.corpus.join(door)).arg(folder.join("seeds"));
        command.args([format!("-max_total_time={}", self.seconds), format!("-max_len={LONGEST}")]);
        command.args(["-rss_limit_mb=2048", "-malloc_limit_mb=1024", "-timeout=60", "-print_final_stats=1"]);
        command.arg(format!("-artifact_prefix={}/", folder.join("crashes").display()));
        let output = command.env("NN_SEEDS", folder.join("seeds")).output().context("the fuzzer does not start")?;
        let said = String::from_utf8_lossy(&output.stderr);
        fs::write(folder.join("log"), said.as_bytes())?;
        // Slow inputs are told as well, and are no crashes.
        let crashes: Vec<String> =
            files(&folder.join("crashes"))?.into_iter().filter(|file| !file.starts_with("slow-unit")).collect();
        let broken = (!output.status.success() && crashes.is_empty()).then(|| {
            let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
            format!("the fuzzer ended with {}: {last}", output.status)
        });
        Ok(Outcome { crashes, broken, ..read(&said) })
    }

    fn command(&self, door: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.env("NN_DOOR", door).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command
    }

    /// Puts into the repository the shortest of the inputs that together reach all that was reached.
    fn keep(&self, door: &str) -> Result<()> {
        let (folder, kept) = (self.folder.join(door), self.corpus.join(door));
        let merged = folder.join("merged");
        make_fresh(&merged)?;
        let mut command = self.command(door);
        command.arg("-merge=1").arg(&merged).arg(&kept).arg(folder.join("found")).arg(folder.join("seeds"));
        let output = command.output()?;
        anyhow::ensure!(output.status.success(), "merging {door}: {}", output.status);
        let mut inputs = Vec::new();
        for name in files(&merged)? {
            let length = fs::metadata(merged.join(&name))?.len();
            inputs.push((length, name));
        }
        inputs.sort();
        inputs.retain(|(length, _)| *length <= LONGEST_KEPT);
        replace(&merged, &kept, inputs.iter().take(KEPT).map(|(_, name)| name.as_str()))
    }
}

/// Leaves in `to` these files of `from` and no others.
fn replace<'a>(from: &Path, to: &Path, names: impl Iterator<Item = &'a str>) -> Result<()> {
    make_fresh(to)?;
    for name in names {
        fs::copy(from.join(name), to.join(name))?;
    }
    Ok(())
}

/// What libFuzzer said of itself.
fn read(said: &str) -> Outcome {
    let number = |line: &str, before: &str| -> Option<u64> {
        let rest = line.split_once(before)?.1.trim_start();
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    let stat = |name: &str| said.lines().find_map(|line| number(line, &format!("stat::{name}:"))).unwrap_or_default();
    let covered: Vec<u64> =
        said.lines().filter(|line| line.starts_with('#')).filter_map(|line| number(line, " cov:")).collect();
    let corpus =
        said.lines().filter(|line| line.starts_with('#')).filter_map(|line| number(line, " corp:")).next_back();
    Outcome {
        executions: stat("number_of_executed_units"),
        coverage: [covered.first().copied().unwrap_or_default(), covered.last().copied().unwrap_or_default()],
        corpus: corpus.unwrap_or_default(),
        megabytes: stat("peak_rss_mb"),
        ..Outcome::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libfuzzer_says_is_read() {
        let said = "INFO: seed corpus: files: 12\n#13\tINITED cov: 640 ft: 812 corp: 11/3Kb exec/s: 0 rss: 41Mb\n\
                    #20\tNEW    cov: 650 ft: 820 corp: 12/3Kb lim: 4 exec/s: 0\n#99\tDONE   cov: 701 ft: 900 corp: 31/4Kb\n\
                    stat::number_of_executed_units: 99\nstat::peak_rss_mb:              77\n";
        let outcome = read(said);
        assert_eq!((outcome.executions, outcome.coverage, outcome.corpus), (99, [640, 701], 31));
        assert_eq!((outcome.megabytes, outcome.crashes.len()), (77, 0));
    }
}
