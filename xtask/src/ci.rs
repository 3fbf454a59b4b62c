//! `cargo xtask ci`: everything a change must pass, cheapest first.
//!
//! All stages share few builds: clippy, doc and alone use the same checked dependencies, test, doctest and examples the dev
//! profile. Template builds the model it makes, and the command once more with it.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow, bail};
use xshell::{Shell, cmd};

use crate::tidy::Package;
use crate::{docs, examples, pages, template, tidy};

struct Stage {
    name: &'static str,
    what: &'static str,
    run: fn(&Shell) -> Result<()>,
}

const fn stage(name: &'static str, what: &'static str, run: fn(&Shell) -> Result<()>) -> Stage {
    Stage { name, what, run }
}

const STAGES: [Stage; 10] = [
    stage("tidy", "the repository's own rules", tidy::run),
    stage("fmt", "every file is formatted", fmt),
    stage("clippy", "no warning in any target", clippy),
    stage("test", "unit and integration tests of all crates", test),
    stage("doctest", "every example in the documentation", doctest),
    stage("doc", "the reference builds without a warning", docs::build),
    stage("alone", "each crate with no features but its own", alone),
    stage("examples", "every example runs to its end", examples::run),
    stage("pages", "the shell lines of the book and the READMEs print what they say", pages::check),
    stage("template", "a model made by `cargo xtask new` passes as it is", template::check),
];

/// One line a stage, for the help text.
pub(crate) fn list_stages() -> String {
    STAGES.iter().map(|stage| format!("  {:<20}{}\n", stage.name, stage.what)).collect()
}

/// Runs all stages and ends with a table of their times; the first failure ends it.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    let mut passed = Vec::new();
    for stage in &STAGES {
        let start = Instant::now();
        let outcome = announce(shell, stage);
        if outcome.is_err() {
            eprint!("{}", table(&passed, Some(start.elapsed())));
            return outcome;
        }
        passed.push(start.elapsed());
    }
    eprint!("{}", table(&passed, None));
    Ok(())
}

/// Runs the stage of this name.
pub(crate) fn run_only(shell: &Shell, name: &str) -> Result<()> {
    let Some(stage) = STAGES.iter().find(|stage| stage.name == name) else {
        let names: Vec<&str> = STAGES.iter().map(|stage| stage.name).collect();
        bail!("no stage `{name}`: expected one of {}", names.join(", "));
    };
    announce(shell, stage)
}

fn announce(shell: &Shell, stage: &Stage) -> Result<()> {
    eprintln!("\n=== {}: {}", stage.name, stage.what);
    let start = Instant::now();
    (stage.run)(shell).map_err(|error| {
        let name = stage.name;
        anyhow!("stage `{name}` failed: {error:#}\nto run it alone: cargo xtask ci --only {name}")
    })?;
    eprintln!("=== {} passed in {}", stage.name, seconds(start.elapsed()));
    Ok(())
}

/// The stages that passed, the one that failed if one did, and those that were not reached.
fn table(passed: &[Duration], failed: Option<Duration>) -> String {
    let mut text = String::from("\nstage     outcome        time\n");
    let mut total = Duration::ZERO;
    for (index, stage) in STAGES.iter().enumerate() {
        let (outcome, time) = match (passed.get(index), failed) {
            (Some(time), _) => ("passed", Some(*time)),
            (None, Some(time)) if index == passed.len() => ("FAILED", Some(time)),
            (None, _) => ("not run", None),
        };
        total += time.unwrap_or_default();
        let time = time.map(seconds).unwrap_or_else(|| "-".to_owned());
        text += &format!("{:<10}{outcome:<8}{time:>11}\n", stage.name);
    }
    text + &format!("{:<18}{:>11}\n", "together", seconds(total))
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn fmt(shell: &Shell) -> Result<()> {
    cmd!(shell, "cargo fmt --all --check").run()?;
    Ok(())
}

fn clippy(shell: &Shell) -> Result<()> {
    cmd!(shell, "cargo clippy --workspace --all-targets -- -D warnings").run()?;
    Ok(())
}

/// Not `--all-targets`: that would run the benchmarks too.
fn test(shell: &Shell) -> Result<()> {
    cmd!(shell, "cargo test --workspace --lib --bins --tests --examples").run()?;
    Ok(())
}

fn doctest(shell: &Shell) -> Result<()> {
    cmd!(shell, "cargo test --workspace --doc").run()?;
    Ok(())
}

/// In a build of the whole workspace a crate sees the features that any other has asked for. Here it sees its own.
///
/// Clippy instead of check: it costs the same and makes an import that only one feature needs an error.
fn alone(shell: &Shell) -> Result<()> {
    for package in Package::of_workspace(shell)? {
        if !package.folder.starts_with("crates/") {
            continue;
        }
        let name = package.name;
        for flag in [None, Some("--no-default-features")] {
            cmd!(shell, "cargo clippy -p {name} {flag...} -- -D warnings").run()?;
        }
    }
    cmd!(shell, "cargo test -p nn-core --no-default-features --lib").run()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_tells_what_passed_what_failed_and_what_was_not_reached() {
        let text = table(&[Duration::from_secs(1), Duration::from_millis(1500)], Some(Duration::from_secs(2)));
        let lines: Vec<&str> = text.lines().skip(2).collect();
        assert_eq!(lines[0], "tidy      passed        1.0 s");
        assert_eq!(lines[1], "fmt       passed        1.5 s");
        assert_eq!(lines[2], "clippy    FAILED        2.0 s");
        assert_eq!(lines[3], "test      not run           -");
        assert_eq!(lines[10], "together                4.5 s");
    }

    #[test]
    fn an_unknown_stage_is_an_error_that_lists_the_known_ones() {
        let shell = Shell::new().unwrap();
        let error = run_only(&shell, "polish").unwrap_err().to_string();
        assert!(error.contains("`polish`") && error.contains("tidy, fmt, clippy"), "{error}");
    }
}
