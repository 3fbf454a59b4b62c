//! The same bits for any number of threads, and after saving and loading.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::lessons::{LESSONS, Lesson};
use super::nn::{Nn, ended};
use super::{Found, Trial};

pub(super) const ABOUT: &str = "\
The training of each kind of model, repeated with each of some seeds, on each way to compute that the machine has (`NN_SIMD`), on 1, 2, 3
and 8 threads. The files of the models must be equal byte for byte, but for ways to compute, each of which stands for itself; so must
the answers of `nn predict` on as many threads. *Measures*: what `nn train` told of its model as it stood in memory, digit by digit
against what `nn evaluate` tells of the saved file.";

const THREADS: [usize; 4] = [1, 2, 3, 8];
const LEVELS: [&str; 4] = ["plain", "avx2", "avx512", "neon"];

/// What was compared of one kind of model.
#[derive(Default)]
struct Compared {
    trainings: usize,
    model_bytes: u64,
    answer_bytes: u64,
    measures: usize,
}

pub(super) fn run(trial: &Trial<'_>) -> Result<Found> {
    let nn = Nn::build(trial.shell)?;
    let levels: Vec<&str> = LEVELS.into_iter().filter(|level| has(&nn, &trial.folder, level)).collect();
    let mut failures = Vec::new();
    let mut text =
        "| model | trainings | bytes of models | bytes of answers | measures | unequal |\n|---|--:|--:|--:|--:|--:|\n"
            .to_owned();
    let mut sum = (Compared::default(), 0);
    for lesson in LESSONS.iter().filter(|lesson| trial.options.wants(lesson.model)) {
        eprintln!("  {}", lesson.model);
        let mut compared = Compared::default();
        let before = failures.len();
        for level in &levels {
            for seed in 1..=trial.options.seeds {
                one(&nn, &trial.folder, lesson, level, seed, &mut compared, &mut failures)?;
            }
        }
        let unequal = failures.len() - before;
        text += &row(lesson.model, &compared, unequal);
        sum.0.trainings += compared.trainings;
        sum.0.model_bytes += compared.model_bytes;
        sum.0.answer_bytes += compared.answer_bytes;
        sum.0.measures += compared.measures;
        sum.1 += unequal;
    }
    text += &row("together", &sum.0, sum.1);
    text += &format!("\nWays to compute: {}; seeds 1 to {}.", levels.join(", "), trial.options.seeds);
    Ok(Found { text, failures })
}

fn row(name: &str, compared: &Compared, unequal: usize) -> String {
    let Compared { trainings, model_bytes, answer_bytes, measures } = compared;
    format!("| {name} | {trainings} | {model_bytes} | {answer_bytes} | {measures} | {unequal} |\n")
}

/// Whether this machine computes so: the command warns where it does not.
fn has(nn: &Nn, folder: &Path, level: &str) -> bool {
    let mut command = nn.command(folder, "train mlp --data xor --set epochs=1 --quiet");
    ended(command.env("NN_SIMD", level)).is_ok_and(|ended| ended.code == Some(0) && ended.stderr.is_empty())
}

/// One seed in one way to compute, on any number of threads.
fn one(
    nn: &Nn,
    folder: &Path,
    lesson: &Lesson,
    level: &str,
    seed: u64,
    compared: &mut Compared,
    failures: &mut Vec<String>,
) -> Result<()> {
    let run = |line: &str, threads: usize| -> Result<Vec<u8>> {
        let ended = ended(nn.command(folder, line).env("NN_SIMD", level).env("NN_THREADS", threads.to_string()))?;
        anyhow::ensure!(ended.code == Some(0), "nn {line}: {}", ended.told());
        Ok(ended.stdout)
    };
    let mut first: Option<(Vec<u8>, Vec<u8>)> = None;
    for threads in THREADS {
        let line = format!("{} --seed {seed} --holdout 0 --force --out m.nn --json", lesson.train());
        let told = run(&line, threads)?;
        compared.trainings += 1;
        let model = fs::read(folder.join("m.nn"))?;
        let answers = run(&format!("predict m.nn --data {}", lesson.data()), threads)?;
        let mut note = |what: &str| {
            failures.push(format!("{}, {level}, seed {seed}: {what} on {threads} threads than on 1", lesson.model));
        };
        match &first {
            None => {
                let saved = run(&format!("evaluate m.nn --data {} --json", lesson.data()), threads)?;
                compared.measures += measures(&told, &saved, |name| note(&format!("another {name} after loading")))?;
                first = Some((model, answers));
            }
            Some((first_model, first_answers)) => {
                compared.model_bytes += model.len() as u64;
                compared.answer_bytes += answers.len() as u64;
                if model != *first_model {
                    note("another model");
                }
                if answers != *first_answers {
                    note("other answers");
                }
            }
        }
    }
    Ok(())
}

/// How many measures both tell of; `differs` is told the name of each that differs.
fn measures(trained: &[u8], loaded: &[u8], mut differs: impl FnMut(&str)) -> Result<usize> {
    let trained: Value = serde_json::from_slice(trained).context("nn train --json")?;
    let loaded: Value = serde_json::from_slice(loaded).context("nn evaluate --json")?;
    let own = trained["train"].as_object().context("nn train --json tells no measures")?;
    let both = own.iter().filter_map(|(name, value)| Some((name, value, loaded.get(name)?)));
    Ok(both
        .inspect(|(name, own, loaded)| {
            if own != loaded {
                differs(name);
            }
        })
        .count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_that_both_tell_are_compared_digit_by_digit() {
        let mut differing = Vec::new();
        let trained = br#"{"train":{"loss":0.1,"accuracy":1.0,"mistakes":3}}"#;
        let count = measures(trained, br#"{"loss":0.10000000000000002,"accuracy":1.0}"#, |name| {
            differing.push(name.to_owned());
        });
        assert_eq!((count.unwrap(), differing), (2, vec!["loss".to_owned()]));
    }
}
