//! A training that is kept while it goes on: stopped anywhere and continued, it gives the model it would have given.

use crate::common::Sandbox;

const MLP: &str = "train mlp --data iris --set hidden_layers=8 --set batch_size=8 --set epochs=600 --quiet";
const PERCEPTRON: &str = "train perceptron --data breast-cancer --set shuffle=true --set variant=averaged \
                          --set epochs=200 --set explain=false --quiet";

#[test]
fn a_training_goes_on_for_more_epochs() {
    let sandbox = Sandbox::new();
    for (model, data) in [
        ("mlp", "iris"),
        ("mlp", "iris --set schedule=cosine --set schedule_rates=0.1-0.01"),
        ("perceptron", "wine"),
        ("rbf", "iris --set tune_weights=true"),
        ("som", "iris --set steps=9"),
        ("cnn", "digits --set schedule=constant --set layers=conv:2:3"),
    ] {
        let line = format!("train {model} --data {data} --quiet --set epochs=");
        sandbox.ok(&format!("{line}9 --out whole.nn"));
        sandbox.ok(&format!("{line}4 --checkpoint c.nn"));
        let report = sandbox.json(&format!("{line}9 --resume c.nn --out resumed.nn --json"));
        assert!(report["epochs"].as_u64().unwrap() <= 9);
        assert!(sandbox.read("whole.nn") == sandbox.read("resumed.nn"), "{model}");
    }
}

/// What a model chooses by itself counts as if it had been asked for.
#[test]
fn steps_that_hang_on_the_epochs_are_not_taken_over_more_of_them() {
    let sandbox = Sandbox::new();
    for (line, refused) in [
        ("cnn --data digits --set layers=conv:2:3", "epochs: expected 2 as in the checkpoint, since its rates are"),
        ("som --data iris", "steps: expected 2 as in the checkpoint, over which rate and radius fall; with the same"),
    ] {
        sandbox.ok(&format!("train {line} --quiet --set epochs=2 --checkpoint c.nn"));
        let told = sandbox.refuses(&format!("train {line} --quiet --set epochs=3 --resume c.nn"));
        assert!(told.starts_with(refused), "{told}");
    }
    // The advice can be followed.
    sandbox.ok("train som --data iris --quiet --set epochs=3 --set steps=2 --resume c.nn");
    // Samples that each have a class of their own do not keep a map, which does not learn them, from stopping early.
    sandbox.ok("train som --data animals --quiet --set patience=2 --set validation_fraction=0.5");
}

#[test]
fn the_checkpoint_that_is_continued_may_be_the_one_that_is_written() {
    let sandbox = Sandbox::new();
    sandbox.ok("train mlp --data iris --set epochs=3 --checkpoint c.nn --every 2 --precision f64");
    sandbox.ok("train mlp --data iris --set epochs=6 --checkpoint c.nn --every 2 --resume c.nn --precision f64");
    let inspected = sandbox.json("inspect c.nn --json");
    assert_eq!((&inspected["kind"], &inspected["epochs"]), (&"checkpoint".into(), &6.into()));
    assert_eq!(inspected["params"]["model"], "mlp");
    // It is not over, so there is no reason why.
    assert!(inspected.get("stopped").is_none() && sandbox.ok("inspect c.nn").contains("6 (so far)"));
    assert!(sandbox.ok("inspect c.nn").contains("which nn train --resume continues"));
    assert_eq!(sandbox.files(), ["c.nn"]);
}

#[test]
fn what_does_not_belong_together_is_refused_with_the_difference() {
    let sandbox = Sandbox::with("rubbish", "no checkpoint");
    sandbox.ok("train mlp --data iris --set epochs=2 --checkpoint c.nn --out m.nn");
    let first = sandbox.read("c.nn");
    for (line, expected) in [
        ("mlp --data iris --set learning_rate=0.5", "learning_rate: expected auto as in the checkpoint, got 0.5"),
        ("mlp --data iris --seed 2", "seed: expected 1 as in the checkpoint, got 2"),
        (
            "mlp --data iris --set epochs=1",
            "epochs: expected 2 or more in all, for the checkpoint has done so many, got 1",
        ),
        ("mlp --data wine --set epochs=2", "wine: features of the data: expected 4 as in the checkpoint, got 13"),
        ("mlp --data iris --holdout 0.5", "iris: samples of the data: expected 120 as in the checkpoint, got 75"),
        ("mlp --data iris --precision f64", "c.nn: was made in f32, so --precision f32 continues it"),
        ("perceptron --data iris", "c.nn: is a checkpoint of mlp, not of perceptron"),
    ] {
        let run = sandbox.refuses(&format!("train {line} --resume c.nn --checkpoint c.nn --out n.nn"));
        assert_eq!(run, expected, "{line}");
    }
    assert!(sandbox.read("c.nn") == first);

    // The rates of a cosine are those of the way to the last epoch.
    let cosine = "train mlp --data iris --set schedule=cosine";
    sandbox.ok(&format!("{cosine} --set epochs=4 --checkpoint c.nn"));
    let longer = sandbox.refuses(&format!("{cosine} --set epochs=5 --resume c.nn"));
    let why = "since its rates are those of a way to the last epoch; with another schedule it may go on";
    assert_eq!(longer, format!("epochs: expected 4 as in the checkpoint, {why}, got 5"));
    sandbox.ok(&format!("{cosine} --set epochs=4 --resume c.nn"));
    let before = sandbox.read("c.nn");

    let resumed = |file: &str| sandbox.refuses(&format!("train mlp --data iris --resume {file}"));
    assert_eq!(resumed("m.nn"), "m.nn: expected a checkpoint, got a saved mlp");
    assert!(resumed("rubbish").starts_with("rubbish: not a model file"), "{}", resumed("rubbish"));
    assert!(resumed("none").starts_with("none: No such file"), "{}", resumed("none"));
    assert!(sandbox.read("c.nn") == before);
    assert_eq!(sandbox.files(), ["c.nn", "m.nn", "rubbish"]);
}

#[test]
fn a_checkpoint_takes_no_place_of_another() {
    let sandbox = Sandbox::with("notes.txt", "mine");
    let line = "train mlp --data iris --set epochs=1";
    let refused = sandbox.refuses(&format!("{line} --checkpoint notes.txt"));
    assert!(refused.contains("notes.txt: exists and was not written by this command"), "{refused}");
    let refused = sandbox.refuses(&format!("{line} --checkpoint ./c.nn --out c.nn"));
    assert!(refused.contains("cannot be the file of --out and of --checkpoint"), "{refused}");
    assert!(sandbox.refuses(&format!("{line} --checkpoint no/c.nn")).contains("there is no directory no"));
    sandbox.ok(&format!("{line} --checkpoint notes.txt --force"));
    assert_eq!(sandbox.files(), ["notes.txt"]);
    for command in ["predict notes.txt --data iris", "evaluate notes.txt --data iris"] {
        let refused = sandbox.refuses(command);
        assert_eq!(refused, "notes.txt: is a checkpoint, not a model; nn train --resume continues it");
    }
    sandbox.misuse(&format!("{line} --every 3"));
    sandbox.misuse(&format!("{line} --checkpoint c.nn --every 0"));
}

#[cfg(unix)]
mod killed {
    use super::*;
    use std::thread;
    use std::time::{Duration, Instant};

    /// The line that continues the training if it has begun.
    fn continued(sandbox: &Sandbox, line: &str) -> String {
        let resume = if sandbox.path("c.nn").exists() { "--resume c.nn" } else { "" };
        format!("{line} --checkpoint c.nn --every 3 {resume}")
    }

    /// Kills come after times that are drawn between nothing and a tenth of what the whole training takes.
    #[test]
    fn twenty_kills_do_not_show_in_the_model() {
        for (model, line) in [("mlp", MLP), ("perceptron", PERCEPTRON)] {
            let sandbox = Sandbox::new();
            let start = Instant::now();
            sandbox.ok(&format!("{line} --checkpoint never-killed.nn --every 3 --out whole.nn"));
            let whole = start.elapsed();
            let mut random = 12345_u64;
            for kill in 0..20 {
                let mut child = sandbox.process(&continued(&sandbox, line)).spawn().unwrap();
                random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                thread::sleep(whole.mul_f64((random >> 40) as f64 / (1 << 24) as f64 / 10.0));
                child.kill().unwrap();
                child.wait().unwrap();
                if sandbox.path("c.nn").exists() {
                    let done = sandbox.json("inspect c.nn --json")["epochs"].as_u64().unwrap();
                    assert!(0 < done, "{model}, kill {kill}");
                }
            }
            sandbox.ok(&format!("{} --out resumed.nn", continued(&sandbox, line)));
            assert!(sandbox.read("resumed.nn") == sandbox.read("whole.nn"), "{model}");
            assert!(sandbox.read("c.nn") == sandbox.read("never-killed.nn"), "{model}");
            // What a kill left half-written beside the checkpoint, the next training has taken away.
            assert_eq!(sandbox.files(), ["c.nn", "never-killed.nn", "resumed.nn", "whole.nn"], "{model}");
        }
    }

    #[test]
    fn ctrl_c_leaves_a_checkpoint_wherever_it_comes() {
        let sandbox = Sandbox::new();
        let line = "train mlp --data digits --set hidden_layers=128-128 --set batch_size=1 --set optimizer=sgd --quiet";
        for after in [0, 500] {
            let line = format!("{} --set epochs=1000000", continued(&sandbox, line));
            let output = sandbox.interrupted(&line, Duration::from_millis(after));
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(130), "{stderr}");
            assert!(stderr.ends_with("of training; saved c.nn\n"), "{stderr}");
        }
        let done = sandbox.json("inspect c.nn --json")["epochs"].as_u64().unwrap();
        let line = format!("{line} --set epochs={}", done + 1);
        sandbox.ok(&format!("{line} --resume c.nn --out resumed.nn"));
        sandbox.ok(&format!("{line} --out whole.nn"));
        assert!(sandbox.read("resumed.nn") == sandbox.read("whole.nn"), "after {done} epochs");
    }
}
