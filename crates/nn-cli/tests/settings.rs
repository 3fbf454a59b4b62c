//! Where settings come from: flags, environment, file, defaults, in this order.

use crate::common::Sandbox;

#[test]
fn a_file_holds_the_same_names_as_the_flags() {
    let sandbox = Sandbox::with(
        "p.toml",
        "hidden_layers = [5, 4]\nepochs = 3\nmomentum = 0.5\nshuffle = false\nbatch_size = \"all\"\n",
    );
    sandbox.ok("train mlp --data iris --params p.toml --out file.nn");
    let flags = "--set hidden_layers=5-4 --set epochs=3 --set momentum=0.5 --set shuffle=false --set batch_size=all";
    sandbox.ok(&format!("train mlp --data iris {flags} --out flags.nn"));
    assert!(sandbox.read("file.nn") == sandbox.read("flags.nn"));
}

#[test]
fn flags_come_before_the_file_and_the_file_before_defaults() {
    let sandbox = Sandbox::with("p.toml", "epochs = 3\nseed = 4\n");
    let run = |flags: &str| {
        let report = sandbox.json(&format!("train mlp --data iris --json --params p.toml {flags}"));
        (report["epochs"].as_u64().unwrap(), report["seed"].as_u64().unwrap())
    };
    assert_eq!(run(""), (3, 4));
    assert_eq!(run("--set epochs=5"), (5, 4));
    assert_eq!(run("--seed 6"), (3, 6));
    assert_eq!(run("--set seed=7 --seed 6"), (3, 6));
}

#[test]
fn the_environment_stands_between_the_flags_and_the_file() {
    let sandbox = Sandbox::with("p.toml", "seed = 4\nepochs = 1\n");
    let run = |flags: &str| {
        let line = format!("train mlp --data iris --json --params p.toml {flags}");
        let mut command = sandbox.command();
        command.envs([("NN_SEED", "8"), ("NN_THREADS", "3")]).args(line.split_whitespace());
        let report: serde_json::Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        (report["seed"].as_u64().unwrap(), report["threads"].as_u64().unwrap())
    };
    assert_eq!(run(""), (8, 3));
    assert_eq!(run("--seed 6 --threads 1"), (6, 1));
    assert_eq!(run("--set seed=7"), (7, 3));
}

#[test]
fn a_wrong_environment_is_named() {
    let sandbox = Sandbox::new();
    for (name, value, expected) in [
        ("NN_SEED", "abc", "error: NN_SEED: expected a whole number, got \"abc\"\n"),
        ("NN_THREADS", "-1", "error: NN_THREADS: expected a whole number, got \"-1\"\n"),
        ("NN_THREADS", "0", "error: NN_THREADS: threads: expected a whole number from 1 to 1024, got 0\n"),
    ] {
        let output = sandbox.command().env(name, value).args(["train", "mlp", "--data", "iris"]).output().unwrap();
        assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(1), expected));
    }
    let output = sandbox.command().env("NN_SEED", "").args(["train", "mlp", "--data", "xor"]).output().unwrap();
    assert!(output.status.success());
}

#[test]
fn a_wrong_file_is_named_with_its_place() {
    let refuses =
        |text: &str| Sandbox::with("p.toml", text).refuses("train mlp --data iris --params p.toml --out m.nn");
    assert_eq!(refuses("epoch = 3\n"), "p.toml: unknown setting \"epoch\" of mlp; did you mean epochs?");
    assert_eq!(refuses("momentum = 2\n"), "p.toml: momentum: expected a number from 0 to 1, got 2");
    assert_eq!(refuses("epochs = 2020-01-01\n"), "p.toml: epochs: expected a number, a text or a list of them");
    assert!(refuses("epochs = 3\nseed = \n").starts_with("p.toml: line 2: "));
    let message = Sandbox::new().refuses("train mlp --data iris --params no.toml");
    assert_eq!(message, "no.toml: No such file or directory (os error 2)");
}

#[test]
fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(Sandbox::new().ok(&format!("completions {shell}")).contains("holdout"), "{shell}");
    }
    Sandbox::new().misuse("completions tcsh");
}
