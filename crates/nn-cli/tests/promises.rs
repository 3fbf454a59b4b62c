//! What the command promises to users and scripts and no story of another file tells.

use crate::common::{FRUIT, Sandbox, idx, npy, packed};
use serde_json::{Value, json};

/// A CSV file of so many rows, each made of its number.
fn rows(header: &str, count: usize, row: impl Fn(usize) -> String) -> String {
    format!("{header}\n") + &(0..count).map(|i| row(i) + "\n").collect::<String>()
}

#[test]
fn the_report_is_one_object_of_these_keys_in_this_order() {
    let sandbox = Sandbox::new();
    let keys = |text: &str| {
        let mut rest = text;
        let mut keys = Vec::new();
        while let Some((before, after)) = rest.split_once("\":") {
            keys.push(before.rsplit_once('"').unwrap().1.to_owned());
            rest = after;
        }
        keys.join(" ")
    };
    let head = "model data train_samples test_samples features outputs seed threads epochs stopped seconds train loss";
    for (line, tail) in [
        ("train mlp --data iris --out m.nn", "accuracy test loss accuracy file"),
        ("train mlp --data iris", "accuracy test loss accuracy"),
        ("train mlp --data iris --holdout 0", "accuracy"),
        ("train mlp --data iris --task regress --target sepal_width --out q.nn", "rmse r2 test loss rmse r2 file"),
        ("train perceptron --data iris --quiet --out p.nn", "accuracy mistakes test loss accuracy file"),
    ] {
        let text = sandbox.ok(&format!("{line} --json"));
        assert_eq!(keys(&text), format!("{head} {tail}"), "{line}: {text}");
        assert_eq!((text.lines().count(), text.ends_with("}\n")), (1, true), "{line}: {text}");
        assert!(serde_json::from_str::<Value>(&text).unwrap().is_object(), "{line}");
    }
    for (line, expected) in [
        ("evaluate m.nn --data iris --json", "loss accuracy"),
        ("evaluate q.nn --data iris --json", "loss rmse r2"),
        ("evaluate p.nn --data iris --json", "loss accuracy"),
    ] {
        assert_eq!(keys(&sandbox.ok(line)), expected, "{line}");
    }
}

#[test]
fn an_error_is_the_line_that_the_contract_shows() {
    let cities = rows("city,population,coast", 17, |i| match i {
        15 => "Atlantis,n/a,yes".to_owned(),
        i => format!("c{i}x,{}000,{}", i + 1, if i < 8 { "yes" } else { "no" }),
    });
    let run = Sandbox::with("cities.csv", cities).nn("train mlp --data cities.csv --ignore city");
    let line = "error: cities.csv: line 17, column population: not a number: \"n/a\"\n";
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (1, "", line));
}

#[test]
fn twenty_whole_numbers_are_classes_and_twenty_one_are_quantities() {
    let sandbox = Sandbox::new();
    let outputs = |different: usize, flags: &str| {
        sandbox.write("t.csv", rows("x,y", 42, |i| format!("{i}.5,{}", i % different)));
        let report = sandbox.json(&format!("train mlp --data t.csv --set epochs=1 --json {flags}"));
        (report["outputs"].as_u64().unwrap(), report["train"].get("accuracy").is_some())
    };
    assert_eq!(outputs(20, ""), (20, true));
    assert_eq!(outputs(21, ""), (1, false));
    assert_eq!(outputs(21, "--task classify"), (21, true));
    assert_eq!(outputs(2, "--task regress"), (1, false));
}

#[test]
fn the_part_held_out_has_its_share_of_every_class() {
    // Where nothing can be learned the answer is the larger class, and the accuracy is its share.
    let sandbox = Sandbox::with("t.csv", rows("x,y", 50, |i| format!("1,{}", if i < 40 { "a" } else { "b" })));
    for seed in 1..6 {
        let report = sandbox.json(&format!("train mlp --data t.csv --seed {seed} --json"));
        assert_eq!((&report["train_samples"], &report["test_samples"]), (&json!(40), &json!(10)));
        assert_eq!((&report["train"]["accuracy"], &report["test"]["accuracy"]), (&json!(0.8), &json!(0.8)));
    }
}

#[test]
fn a_test_set_may_come_in_another_form() {
    let numbers: Vec<f64> = (0..60).flat_map(|i| [f64::from(i), f64::from(i % 7), f64::from(i / 30)]).collect();
    let sandbox = Sandbox::with("t.npy", npy(3, &numbers));
    let text = rows("0,1,2", 60, |i| format!("{i},{},{}", i % 7, i / 30));
    sandbox.write("t.csv", &text);
    sandbox.write("t.csv.gz", packed(&text));
    let mut reports = Vec::new();
    for form in ["t.npy", "t.csv", "t.csv.gz"] {
        let report =
            sandbox.json(&format!("train mlp --data t.npy --test {form} --set epochs=3 --out {form}.nn --json"));
        assert_eq!((&report["train_samples"], &report["test_samples"]), (&json!(60), &json!(60)), "{form}");
        assert_eq!(report["test"], sandbox.json(&format!("evaluate {form}.nn --data t.csv --json")), "{form}");
        reports.push(report["test"].clone());
    }
    assert!(reports.iter().all(|test| *test == reports[0]));
    let run = sandbox.nn_on("train mlp --data t.npy --test - --set epochs=3 --json", text.as_bytes());
    assert_eq!(serde_json::from_str::<Value>(&run.stdout).unwrap()["test"], reports[0]);
}

#[test]
fn images_may_be_packed_and_their_labels_not() {
    let sandbox = Sandbox::new();
    let images = idx(&[4, 1, 2], &[1, 2, 200, 201, 3, 4, 202, 203]);
    let labels = idx(&[4], &[0, 1, 0, 1]);
    for (images_name, labels_name) in [
        ("a-images-idx3-ubyte", "a-labels-idx1-ubyte"),
        ("b-images-idx3-ubyte.gz", "b-labels-idx1-ubyte"),
        ("c-images-idx3-ubyte", "c-labels-idx1-ubyte.gz"),
        ("d-images-idx3-ubyte.gz", "d-labels-idx1-ubyte.gz"),
    ] {
        let file = |name: &str, bytes: &[u8]| if name.ends_with(".gz") { packed(bytes) } else { bytes.to_vec() };
        sandbox.write(images_name, file(images_name, &images));
        sandbox.write(labels_name, file(labels_name, &labels));
        let report = sandbox.json(&format!("train mlp --data {images_name} --set epochs=1 --json"));
        assert_eq!((&report["features"], &report["outputs"]), (&json!(2), &json!(2)), "{images_name}");
    }
}

#[test]
fn several_columns_may_be_left_out_or_learned_by_one_flag_or_several() {
    let sandbox = Sandbox::with("t.csv", rows("a,b,c,d,e", 4, |i| format!("{i},{}.5,{i},{i},{i}", i % 2)));
    let shape = |flags: &str| {
        let report = sandbox.json(&format!("train mlp --data t.csv --task regress --set epochs=1 --json {flags}"));
        (report["features"].as_u64().unwrap(), report["outputs"].as_u64().unwrap())
    };
    assert_eq!(shape(""), (4, 1));
    for flags in
        ["--target b,c --ignore d,e", "--target b --target c --ignore d --ignore e", "--target=b,c --ignore=d,e"]
    {
        assert_eq!(shape(flags), (1, 2), "{flags}");
    }
}

#[test]
fn every_threads_gives_the_same_answers() {
    let sandbox = Sandbox::new();
    sandbox.ok("train mlp --data digits --set epochs=2 --out m.nn");
    let run = |line: &str, threads: &str| {
        let output = sandbox.command().env("NN_THREADS", threads).args(line.split_whitespace()).output().unwrap();
        assert!(output.status.success());
        output.stdout
    };
    for line in ["predict m.nn --data digits", "evaluate m.nn --data digits --json"] {
        assert!(run(line, "1") == run(line, "2") && run(line, "1") == run(line, "7"), "{line}");
    }
}

#[test]
fn the_seed_of_the_environment_comes_before_the_default() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command();
    command.env("NN_SEED", "8").args(["train", "mlp", "--data", "iris", "--out", "environment.nn"]);
    assert!(command.output().unwrap().status.success());
    sandbox.ok("train mlp --data iris --seed 8 --out flag.nn");
    sandbox.ok("train mlp --data iris --out default.nn");
    assert!(sandbox.read("environment.nn") == sandbox.read("flag.nn"));
    assert!(sandbox.read("environment.nn") != sandbox.read("default.nn"));
}

#[test]
fn settings_are_typed_as_they_are_listed() {
    let sandbox = Sandbox::new();
    for sets in [
        "hidden_layers=64-32",
        "hidden_layers=none",
        "learning_rate=0.1",
        "learning_rate=auto",
        "batch_size=1",
        "batch_size=all",
        "momentum=0.9 --set optimizer=sgd",
        "activation=relu",
        "optimizer=adam",
        "target_loss=0.005",
    ] {
        sandbox.ok(&format!("train mlp --data iris --set epochs=2 --set {sets}"));
    }
    sandbox.ok("train mlp --data iris --set epochs=2 --set hidden_layers=64-32 --out m.nn");
    let params = sandbox.json("inspect m.nn --json")["params"].clone();
    assert_eq!((&params["hidden_layers"], &params["epochs"]), (&json!([64, 32]), &json!(2)));
}

#[test]
fn no_command_replaces_the_file_of_another() {
    let sandbox = Sandbox::with("fruit.csv", FRUIT);
    sandbox.ok("train mlp --data fruit.csv --out m.nn");
    sandbox.ok("predict m.nn --data fruit.csv --out a.csv");
    sandbox.ok("data iris --out iris.csv");
    for line in [
        "train mlp --data fruit.csv --out fruit.csv",
        "train mlp --data fruit.csv --out a.csv",
        "predict m.nn --data fruit.csv --out m.nn",
        "predict m.nn --data fruit.csv --out iris.csv",
        "data wine --out iris.csv",
        "data iris --out m.nn",
    ] {
        assert!(sandbox.refuses(line).ends_with("was not written by this command; --force replaces it"), "{line}");
    }
    for line in ["train perceptron --data iris --quiet --out m.nn", "data iris --out iris.csv"] {
        sandbox.ok(line);
    }
}

#[test]
fn a_failure_leaves_the_model_that_was_there() {
    let sandbox = Sandbox::with("fruit.csv", FRUIT);
    sandbox.ok("train mlp --data fruit.csv --out m.nn");
    sandbox.write("bad.csv", "x,y\n1,a\n,b\n");
    // `refuses` looks at the bytes of every file.
    sandbox.refuses("train mlp --data bad.csv --out m.nn --force");
    sandbox.refuses("train mlp --data fruit.csv --out m.nn --set epochs=0");
    let diverging = "--set optimizer=sgd --set learning_rate=1e30 --task regress --target weight";
    let message = sandbox.refuses(&format!("train mlp --data fruit.csv --out m.nn {diverging}"));
    assert!(message.contains("diverged"), "{message}");
}

#[test]
fn a_full_disk_is_told_of() {
    let full = match std::fs::OpenOptions::new().write(true).open("/dev/full") {
        Ok(full) => full,
        Err(_) => return,
    };
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_nn"));
    let output = command.args(["data", "iris"]).stdout(full).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), stderr.lines().count()), (Some(1), 1), "{stderr}");
    assert!(stderr.starts_with("error: standard output: "), "{stderr}");
}
