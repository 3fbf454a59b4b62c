//! Model files that were stored once: every version of the format is read for ever, and answers as it did.
//!
//! They are made by `cargo xtask trust files --keep`, which stores none in the place of another.

use crate::common::Sandbox;
use std::fs;
use std::path::{Path, PathBuf};

/// Answers may differ by so much, relative to the larger of 1 and the number: the mathematics of another system's library.
const TOLERANCE: f64 = 1e-6;

fn folders(path: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

fn name(folder: &Path) -> &str {
    folder.file_name().and_then(|name| name.to_str()).unwrap()
}

#[test]
fn a_file_of_every_version_and_every_model_answers_as_it_did() {
    let sandbox = Sandbox::new();
    let mut models = Vec::new();
    for version in folders(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stored")) {
        models.clear();
        for folder in folders(&version) {
            let path = |file: &str| folder.join(file).display().to_string();
            let mut command = sandbox.command();
            command.args(["predict", &path("model.nn"), "--data", &path("data.csv")]).env("NN_SIMD", "plain");
            let output = command.output().unwrap();
            assert!(output.status.success(), "{folder:?}: {output:?}");
            compare(
                &fs::read_to_string(path("answers.csv")).unwrap(),
                str::from_utf8(&output.stdout).unwrap(),
                &folder,
            );
            models.push(name(&folder).to_owned());
        }
    }
    // The last version is today's.
    for model in sandbox.json("models --json").as_array().unwrap() {
        let name = model["name"].as_str().unwrap();
        assert!(models.iter().any(|stored| stored == name), "no file of {name}");
    }
}

/// # Panics
/// Where a name differs, or a number by more than the tolerance.
fn compare(expected: &str, got: &str, folder: &Path) {
    let cells =
        |text: &str| text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect::<Vec<Vec<_>>>();
    let (expected, got) = (cells(expected), cells(got));
    assert_eq!(expected.len(), got.len(), "{folder:?}");
    for (expected, got) in expected.iter().zip(&got) {
        assert_eq!(expected.len(), got.len(), "{folder:?}");
        for (expected, got) in expected.iter().zip(got) {
            let same = match (expected.parse::<f64>(), got.parse::<f64>()) {
                (Ok(a), Ok(b)) => (a - b).abs() <= TOLERANCE * a.abs().max(1.0),
                _ => expected == got,
            };
            assert!(same, "{folder:?}: expected {expected}, got {got}");
        }
    }
}
