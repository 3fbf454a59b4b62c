//! The last stage of ci: every example of every crate runs, and prints what its `.out` file says if it has one.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xshell::{Shell, cmd};

/// A program that cargo has built: an example, or a test.
#[derive(Debug, PartialEq)]
pub(crate) struct Built {
    name: String,
    /// Its first file.
    pub(crate) source: PathBuf,
    pub(crate) program: PathBuf,
}

/// Builds all examples at once, as the tests have built them already, and runs them one after another.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    let examples = build(shell)?;
    for example in &examples {
        let start = Instant::now();
        run_one(&shell.current_dir(), example).with_context(|| format!("example `{}`", example.name))?;
        eprintln!("example `{}` passed in {:.1} s", example.name, start.elapsed().as_secs_f64());
    }
    if examples.is_empty() {
        eprintln!("there is no example yet");
    }
    Ok(())
}

/// Builds all examples.
pub(crate) fn build(shell: &Shell) -> Result<Vec<Built>> {
    let json = cmd!(shell, "cargo build --workspace --examples --message-format=json-render-diagnostics").read()?;
    built(&json, &["example"])
}

/// The programs of these kinds among the messages of cargo, in the order of their files.
pub(crate) fn built(messages: &str, kinds: &[&str]) -> Result<Vec<Built>> {
    let mut programs = Vec::new();
    for line in messages.lines() {
        let message: Value =
            serde_json::from_str(line).with_context(|| format!("a message of cargo is no JSON: {line}"))?;
        let target = &message["target"];
        if message["reason"] != "compiler-artifact" || !kinds.iter().any(|kind| target["kind"][0] == **kind) {
            continue;
        }
        if let (Some(name), Some(source), Some(program)) =
            (target["name"].as_str(), target["src_path"].as_str(), message["executable"].as_str())
        {
            programs.push(Built { name: name.to_owned(), source: source.into(), program: program.into() });
        }
    }
    programs.sort_by(|a, b| a.source.cmp(&b.source));
    Ok(programs)
}

/// Runs an example and compares what it prints.
pub(crate) fn run_one(root: &Path, example: &Built) -> Result<()> {
    let mut command = Command::new(&example.program);
    command.current_dir(root).stdin(Stdio::null()).stderr(Stdio::inherit());
    let out = example.source.with_extension("out");
    if out.exists() {
        // Bits differ across instruction sets: what is compared comes from the path that every machine has.
        command.env("NN_SIMD", "plain");
    }
    let output = command.output().with_context(|| format!("cannot start {}", example.program.display()))?;
    if !output.status.success() {
        bail!("ended with {}; it had printed:\n{}", output.status, String::from_utf8_lossy(&output.stdout));
    }
    if out.exists() {
        let expected = std::fs::read(&out).with_context(|| format!("cannot read {}", out.display()))?;
        compare(&expected, &output.stdout).with_context(|| format!("its output is not what {} says", out.display()))?;
    }
    Ok(())
}

/// Equal byte for byte, or an error that shows the first line that differs.
fn compare(expected: &[u8], got: &[u8]) -> Result<()> {
    if expected == got {
        return Ok(());
    }
    let expected = String::from_utf8_lossy(expected);
    let got = String::from_utf8_lossy(got);
    let mut line = 0;
    let (mut left, mut right) = (expected.split_inclusive('\n'), got.split_inclusive('\n'));
    loop {
        line += 1;
        let (left, right) = (left.next(), right.next());
        if left != right || left.is_none() {
            let shown = |side: Option<&str>| side.map_or_else(|| "the end".to_owned(), |text| format!("{text:?}"));
            bail!("line {line}: expected {}, got {}", shown(left), shown(right));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_found_among_the_messages_of_cargo() {
        let messages = r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"nn_som","src_path":"a/lib.rs"},"executable":null}
{"reason":"compiler-artifact","target":{"kind":["example"],"name":"map","src_path":"a/map.rs"},"executable":"t/map"}
{"reason":"build-finished","success":true}"#;
        let map = Built { name: "map".into(), source: "a/map.rs".into(), program: "t/map".into() };
        assert_eq!(built(messages, &["example"]).unwrap(), [map]);
        assert_eq!(built(messages, &["lib", "test"]).unwrap(), []);
    }

    #[test]
    fn the_first_line_that_differs_is_shown() {
        assert!(compare(b"one\ntwo\n", b"one\ntwo\n").is_ok());
        let error = compare(b"one\ntwo\n", b"one\n2\n").unwrap_err().to_string();
        assert_eq!(error, r#"line 2: expected "two\n", got "2\n""#);
        let error = compare(b"one\n", b"one").unwrap_err().to_string();
        assert_eq!(error, r#"line 1: expected "one\n", got "one""#);
        let error = compare(b"one\n", b"one\ntwo\n").unwrap_err().to_string();
        assert_eq!(error, r#"line 2: expected the end, got "two\n""#);
    }

    #[test]
    #[cfg(unix)]
    fn an_example_that_fails_or_prints_something_else_is_an_error() {
        let folder = std::env::temp_dir().join(format!("xtask-examples-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("wrong.out"), "expected\n").unwrap();
        let example = |name: &str, program: &str| Built {
            name: name.into(),
            source: folder.join(name).with_extension("rs"),
            program: program.into(),
        };
        let passes = run_one(&folder, &example("free", "true"));
        let fails = run_one(&folder, &example("free", "false"));
        let differs = run_one(&folder, &example("wrong", "true"));
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(passes.is_ok());
        assert!(fails.unwrap_err().to_string().contains("exit status: 1"));
        assert!(format!("{:#}", differs.unwrap_err()).contains("expected \"expected\\n\", got the end"));
    }
}
