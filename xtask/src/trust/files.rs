//! Files of models that were stored once are read for ever, and answer as they did.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::lessons::{LESSONS, Lesson};
use super::nn::{Nn, ended};
use super::{Found, Trial};

pub(super) const ABOUT: &str = "\
Model files that were written once and are kept in the repository, by format version: each is read, and its answers to the data
beside it must be those that were stored, letter by letter on the plain way to compute (`NN_SIMD=plain`). An ordinary test,
`crates/nn-cli/tests/stored.rs`, does the same at every change, to a millionth.";

/// Where they are kept: a folder for each format version, and in it one for each kind of model.
const STORED: &str = "crates/nn-cli/tests/stored";
/// So many rows of a bundled set are the data.
const ROWS: usize = 16;

pub(super) fn run(trial: &Trial<'_>) -> Result<Found> {
    let nn = Nn::build(trial.shell)?;
    let stored = trial.shell.current_dir().join(STORED);
    let version = version(&nn, &trial.folder)?;
    let mut failures = unlisted(&nn, &trial.folder)?;
    if trial.options.keep {
        for lesson in &LESSONS {
            let folder = stored.join(&version).join(lesson.model);
            if !folder.exists() {
                store(&nn, &folder, lesson).with_context(|| lesson.model)?;
            }
        }
    }
    let mut text = "| format version | models | bytes of answers | unequal |\n|---|--:|--:|--:|\n".to_owned();
    for folder in trial.shell.read_dir(&stored)? {
        let (mut models, mut bytes, before) = (0, 0, failures.len());
        for folder in trial.shell.read_dir(&folder)? {
            let expected = fs::read(folder.join("answers.csv"))?;
            let answers = predict(&nn, &folder);
            models += 1;
            bytes += expected.len();
            let name = folder.strip_prefix(&stored)?.display().to_string();
            match answers {
                Ok(answers) if answers == expected => {}
                Ok(_) => failures.push(format!("{name} answers otherwise")),
                Err(error) => failures.push(format!("{name}: {error:#}")),
            }
        }
        let number = folder.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        if number == version && models != LESSONS.len() {
            failures.push(format!("version {version}: {models} models, and there are {}", LESSONS.len()));
        }
        text += &format!("| {number} | {models} | {bytes} | {} |\n", failures.len() - before);
    }
    Ok(Found { text, failures })
}

fn predict(nn: &Nn, folder: &Path) -> Result<Vec<u8>> {
    let ended = ended(nn.command(folder, "predict model.nn --data data.csv").env("NN_SIMD", "plain"))?;
    anyhow::ensure!(ended.code == Some(0), "{}", ended.told());
    Ok(ended.stdout)
}

/// The version that is written today, as the header of a file says it.
fn version(nn: &Nn, folder: &Path) -> Result<String> {
    nn.succeed(folder, "train perceptron --data xor --set epochs=1 --quiet --force --out now.nn")?;
    let bytes = fs::read(folder.join("now.nn"))?;
    let length = bytes.first_chunk().map_or(0, |first| u64::from_le_bytes(*first) as usize);
    let header: Value = serde_json::from_slice(bytes.get(8..8 + length).context("a file without a header")?)?;
    Ok(header["__metadata__"]["format_version"].as_str().context("a file without a version")?.to_owned())
}

/// Kinds of model that have no lesson, and so no file.
fn unlisted(nn: &Nn, folder: &Path) -> Result<Vec<String>> {
    let models: Value = serde_json::from_slice(&nn.succeed(folder, "models --json")?)?;
    let list = models.as_array().or_else(|| models["models"].as_array()).context("nn models --json lists none")?;
    let names = list.iter().filter_map(|model| model["name"].as_str());
    let unknown = names.filter(|name| LESSONS.iter().all(|lesson| lesson.model != *name));
    Ok(unknown.map(|name| format!("{name} has no lesson in xtask/src/trust/lessons.rs")).collect())
}

/// Trains a small model, and stores it with its data and its answers.
fn store(nn: &Nn, folder: &Path, lesson: &Lesson) -> Result<()> {
    let (set, settings) = lesson.stored;
    fs::create_dir_all(folder)?;
    let all = String::from_utf8(nn.succeed(folder, &format!("data {set}"))?)?;
    let (header, rows) = all.split_once('\n').context("a set without rows")?;
    let count = rows.lines().count();
    let (step, taken) = if lesson.model == "elman" { (1, ROWS) } else { (count.div_ceil(ROWS).max(1), ROWS) };
    // From all over, so that every class has some.
    let some: Vec<&str> = rows.lines().step_by(step).take(taken).collect();
    fs::write(folder.join("data.csv"), format!("{header}\n{}\n", some.join("\n")))?;
    let line = format!("train {} --data data.csv {settings} --quiet --out model.nn", lesson.model);
    let ended = ended(nn.command(folder, &line).env("NN_SIMD", "plain"))?;
    anyhow::ensure!(ended.code == Some(0), "nn {line}: {}", ended.told());
    fs::write(folder.join("answers.csv"), predict(nn, folder)?)?;
    Ok(())
}
