//! How the command behaves among others: usage, exit codes, pipes, Ctrl-C.

use crate::common::Sandbox;

#[test]
fn wrong_usage_is_told_from_wrong_data() {
    let sandbox = Sandbox::new();
    for line in [
        "",
        "trian mlp --data iris",
        "train",
        "train mlp",
        "train mlp --data iris --colour red",
        "train mlp --data iris --set epochs",
        "train mlp --data iris --holdout 1",
        "train mlp --data iris --holdout -0.1",
        "train mlp --data iris --holdout nan",
        "train mlp --data iris --holdout 0.2 --test iris",
        "train mlp --data iris --threads 0",
        "train mlp --data iris --seed -1",
        "train mlp --data iris --task cluster",
        "train mlp --data iris --precision f16",
        "train mlp --data iris --force",
        "predict --data iris",
        "predict m.nn",
        "report m.nn --data iris",
        "data --out iris.csv",
    ] {
        sandbox.misuse(line);
    }
    assert!(sandbox.files().is_empty());
}

#[test]
fn help_and_version_are_answers() {
    let sandbox = Sandbox::new();
    assert!(sandbox.ok("--version").starts_with("nn "));
    for command in ["train", "predict", "evaluate", "inspect", "report", "models", "data"] {
        assert!(sandbox.ok("--help").contains(command));
        assert!(sandbox.ok(&format!("{command} --help")).contains("Usage:"), "{command}");
    }
}

#[test]
fn every_model_and_every_setting_is_listed() {
    let sandbox = Sandbox::new();
    let list = sandbox.json("models --json");
    let names: Vec<&str> = list.as_array().unwrap().iter().map(|model| model["name"].as_str().unwrap()).collect();
    // More may follow: `cargo xtask new` adds one at the end.
    assert!(names.starts_with(&["perceptron", "mlp"]), "{names:?}");
    for name in names {
        assert!(sandbox.ok("models").contains(name));
        let model = sandbox.json(&format!("models {name} --json"));
        let text = sandbox.ok(&format!("models {name}"));
        for setting in model["settings"].as_array().unwrap() {
            let [name, default, values, meaning] =
                ["name", "default", "values", "meaning"].map(|field| setting[field].as_str().unwrap());
            assert!(text.contains(&format!("--set {name}={default}\n")), "{name}");
            assert!(text.contains(values) && text.contains(meaning), "{name}");
        }
    }
}

#[test]
fn every_bundled_set_is_listed_and_learned() {
    let sandbox = Sandbox::new();
    let list = sandbox.ok("data");
    let names = [
        "digits",
        "iris",
        "wine",
        "breast-cancer",
        "animals",
        "watermelon",
        "watermelon-alpha",
        "two-spirals",
        "xor",
        "parity",
        "encoder",
        "bars-and-stripes",
        "circle-in-square",
    ];
    let sequences =
        ["temporal-xor", "reber", "embedded-reber", "letters-in-words", "mackey-glass", "sunspots", "airline"];
    assert_eq!(list.lines().count(), names.len() + sequences.len());
    for name in sequences {
        assert!(list.lines().any(|line| line.starts_with(&format!("{name} "))), "{name}");
        let run = sandbox.json(&format!("train elman --data {name} --set epochs=1 --json"));
        assert!(0 < run["train_samples"].as_u64().unwrap() && 0 < run["test_samples"].as_u64().unwrap(), "{name}");
    }
    for name in names {
        assert!(list.lines().any(|line| line.starts_with(&format!("{name} "))), "{name}");
        let csv = sandbox.ok(&format!("data {name}"));
        let run = sandbox.json(&format!("train mlp --data {name} --set epochs=1 --json"));
        let samples = run["train_samples"].as_u64().unwrap() + run["test_samples"].as_u64().unwrap();
        assert_eq!(samples as usize, csv.lines().count() - 1, "{name}");
        assert_eq!(run["train"].get("accuracy").is_some(), name != "encoder", "{name}");
    }
}

#[test]
fn a_bundled_set_written_to_a_file_is_that_set() {
    let sandbox = Sandbox::new();
    let csv = sandbox.ok("data watermelon");
    for _ in 0..2 {
        sandbox.ok("data watermelon --out w.csv");
        assert_eq!(String::from_utf8(sandbox.read("w.csv")).unwrap(), csv);
    }
    sandbox.ok("train mlp --data watermelon --out a.nn");
    sandbox.ok("train mlp --data w.csv --out b.nn");
    assert!(sandbox.read("a.nn") == sandbox.read("b.nn"));
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::process::Command;
    use std::time::Duration;

    #[test]
    fn a_closed_pipe_ends_it_quietly() {
        let sandbox = Sandbox::new();
        sandbox.ok("train mlp --data digits --set epochs=1 --out m.nn");
        for line in [
            "train mlp --data iris --set epochs=1",
            "train mlp --data iris --set epochs=1 --json",
            "predict m.nn --data digits",
            "evaluate m.nn --data digits",
            "evaluate m.nn --data digits --json",
            "inspect m.nn",
            "inspect m.nn --json",
            "models",
            "models mlp",
            "models mlp --json",
            "data",
            "data digits",
            "completions bash",
            "--help",
            "evaluate m.nn --data iris",
        ] {
            let mut child = sandbox.process(line).spawn().unwrap();
            drop(child.stdout.take());
            let output = child.wait_with_output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            let expected = if line.ends_with("iris") { Some(1) } else { Some(0) };
            assert_eq!(output.status.code(), expected, "{line}: {stderr}");
            assert!(expected == Some(1) || stderr.is_empty(), "{line}: {stderr}");
        }
    }

    #[test]
    fn half_of_the_output_may_be_read() {
        let sandbox = Sandbox::new();
        sandbox.ok("train mlp --data digits --set epochs=1 --out m.nn");
        for line in ["predict m.nn --data digits", "data digits", "models", "models mlp", "completions zsh"] {
            let script = format!("\"$0\" {line} | head -1; test ${{PIPESTATUS[0]}} = 0 || echo failed");
            let mut command = Command::new("bash");
            command.args(["-c", &script, env!("CARGO_BIN_EXE_nn")]).current_dir(sandbox.path(""));
            let Ok(output) = command.output() else { return };
            let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
            assert_eq!((stdout.lines().count(), stderr.as_str()), (1, ""), "{line}: {stdout}");
        }
    }

    #[test]
    fn ctrl_c_without_a_file_says_that_nothing_is_saved() {
        let sandbox = Sandbox::new();
        for model in ["mlp", "perceptron"] {
            let line = format!("train {model} --data two-spirals --set epochs=1000000000 --json --holdout 0");
            let output = sandbox.interrupted(&line, Duration::from_millis(100));
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(130), "{model}: {stderr}");
            let told = stderr.lines().find(|line| line.starts_with("interrupted after ")).unwrap_or_default();
            assert!(told.ends_with("; nothing is saved without --out or --checkpoint"), "{model}: {stderr}");
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(report["stopped"], "interrupted", "{model}");
            assert!(report.get("file").is_none() && sandbox.files().is_empty(), "{model}");
        }
    }

    #[test]
    fn ctrl_c_ends_the_training_saves_the_model_and_says_so() {
        let sandbox = Sandbox::new();
        let line = "train mlp --data digits --set epochs=1000000000 --out m.nn --json";
        let output = sandbox.interrupted(line, Duration::from_millis(700));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(stderr.starts_with("interrupted after ") && stderr.ends_with("; saved m.nn\n"), "{stderr}");
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["stopped"], "interrupted");
        assert!(report["test"]["accuracy"].as_f64().unwrap() > 0.5);
        assert_eq!(sandbox.json("inspect m.nn --json")["stopped"], "interrupted");
        assert_eq!(sandbox.files(), ["m.nn"]);
    }
}
