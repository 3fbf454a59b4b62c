//! Deep belief nets from the shell.

use crate::common::Sandbox;

/// Two classes of eight numbers, with a class for every fifth row alone.
fn few_labels() -> String {
    let header = "a,b,c,d,e,f,g,h,class\n".to_owned();
    let row = |i: usize| {
        let cells: Vec<String> = (0..8).map(|j| u8::from((j < 4) == i.is_multiple_of(2)).to_string()).collect();
        let class = if i.is_multiple_of(5) { ["left", "right"][i % 2] } else { "" };
        format!("{},{class}\n", cells.join(","))
    };
    header + &(0..200).map(row).collect::<String>()
}

const QUICK: &str =
    "--set hidden_layers=12-8 --set rbm.epochs=4 --set rbm.learning_rate=0.1 --set epochs=40 --set batch_size=4";

#[test]
fn rows_without_a_class_are_pretrained_on() {
    let sandbox = Sandbox::with("d.csv", few_labels());
    let line = format!("train dbn --data d.csv {QUICK} --holdout 0.2");
    let refused = sandbox.refuses(&line);
    assert!(refused.contains("line 3, column class: the cell is empty; --set missing_labels=true"), "{refused}");
    let run = sandbox.nn(&format!("{line} --set missing_labels=true --out d.nn --report d.html"));
    let note = "note: d.csv: 160 samples have no target, and are learned from without one\n";
    assert!(run.code == 0 && run.stderr.starts_with(note), "{}", run.stderr);
    // Four epochs leave the second layer where it began.
    assert!(
        run.stderr.contains("note: layer 2: 8 of 8 hidden units are the same for every training"),
        "{}",
        run.stderr
    );
    let run = sandbox.json(&format!("{line} --set missing_labels=true --json --quiet"));
    // A fifth of the forty rows with a class is held out, and none of the others.
    assert_eq!((&run["train_samples"], &run["test_samples"]), (&32.into(), &8.into()));
    assert_eq!((&run["test"]["accuracy"], &run["epochs"]), (&1.0.into(), &40.into()));
    let page = String::from_utf8(sandbox.read("d.html")).unwrap();
    for heading in ["Filters of layer 1", "Samples that the net makes up", "Pre-training, layer by layer"] {
        assert!(page.contains(heading), "{heading}");
    }
    let told = sandbox.ok("inspect d.nn");
    assert!(told.contains("rbm2.weight") && told.contains("hidden2.weight") && told.contains("rbm.epochs"), "{told}");
    // Rows that nobody knows the class of are answered as any.
    sandbox.ok("predict d.nn --data d.csv --out p.csv");
    // What is measured are those with a class, on the very file.
    assert_eq!(sandbox.json("evaluate d.nn --data d.csv --json")["accuracy"], 1.0);
    sandbox.ok("report d.nn --data d.csv --out e.html");
    assert_eq!(String::from_utf8(sandbox.read("p.csv")).unwrap().lines().count(), 201);
}

#[test]
fn settings_within_settings_come_from_everywhere() {
    let sandbox = Sandbox::with("s.toml", "hidden_layers = [6]\nepochs = 2\n[rbm]\nepochs = 1\nlearning_rate = 0.5\n");
    let line = "train dbn --data iris --params s.toml --out i.nn --quiet";
    sandbox.ok(&format!("{line} --set rbm.learning_rate=0.25"));
    let told = sandbox.json("inspect i.nn --json");
    let rates = told.to_string();
    assert!(
        rates.contains("\"rbm.learning_rate\":0.25") || rates.contains("\"rbm.learning_rate\":\"0.25\""),
        "{rates}"
    );
    let refused = sandbox.refuses("train dbn --data iris --set rbm.learning_rat=1");
    assert!(refused.contains("did you mean rbm.learning_rate?"), "{refused}");
    let refused = sandbox.refuses("train dbn --data iris --set rbm.epochs=0");
    assert!(refused.contains("rbm.epochs: expected"), "{refused}");
    assert!(sandbox.refuses("train dbn --data iris --set rbm.hidden_units=3").contains("unknown setting"));
    assert!(sandbox.ok("models dbn").contains("rbm.cd_steps=1"));
}

#[test]
fn what_was_stopped_in_the_middle_of_a_layer_goes_on_to_the_same_file() {
    let sandbox = Sandbox::new();
    let settings = "--set hidden_layers=10-8 --set rbm.epochs=3 --set label_units=true --set epochs=4";
    let line = format!("train dbn --data iris {settings} --quiet");
    sandbox.ok(&format!("{line} --out whole.nn --threads 1"));
    sandbox.ok(&format!("{line} --out also.nn --checkpoint c.ckpt --every 1 --threads 2"));
    sandbox.ok(&format!("{line} --out resumed.nn --resume c.ckpt"));
    assert!(
        sandbox.read("whole.nn") == sandbox.read("also.nn") && sandbox.read("whole.nn") == sandbox.read("resumed.nn")
    );
}

#[test]
fn a_comparison_is_told_and_drawn() {
    let sandbox = Sandbox::new();
    let settings = "--set hidden_layers=6-6 --set rbm.epochs=2 --set epochs=3 --set compare=2";
    sandbox.ok(&format!("train dbn --data iris {settings} --out c.nn --report c.html --quiet"));
    let told = sandbox.ok("inspect c.nn");
    assert!(told.contains("error with pre-training") && told.contains("over 2 seeds"), "{told}");
    let page = String::from_utf8(sandbox.read("c.html")).unwrap();
    assert!(page.contains("With and without pre-training") && page.contains("Gradients by layer"));
}

#[test]
fn every_bundled_table_of_classes_is_learned_as_it_is() {
    let sandbox = Sandbox::new();
    for (data, epochs) in [("iris", 100), ("wine", 10), ("breast-cancer", 5), ("digits", 2)] {
        for seed in 1..=3 {
            let run =
                sandbox.json(&format!("train dbn --data {data} --set epochs={epochs} --seed {seed} --json --quiet"));
            assert!(data != "iris" || 0.8 < run["train"]["accuracy"].as_f64().unwrap(), "{data}: {run}");
        }
    }
}

#[test]
fn rows_without_a_class_are_named_rightly_and_some_must_have_one() {
    let file = few_labels().replacen("1,1,1,1,0,0,0,0,\n", "1,1,1,1,0,0,0,7,\n", 1);
    let line = 1 + file.lines().position(|line| line.contains(",7,")).unwrap();
    let sandbox = Sandbox::with("d.csv", file);
    let train = format!("train dbn --data d.csv {QUICK} --set missing_labels=true --holdout 0.2 --quiet");
    let refused = sandbox.refuses(&format!("{train} --set scaling=none"));
    assert!(refused.contains(&format!("line {line}, column h: x is 7")), "{refused}");
    let none: String = few_labels().replace("left", "").replace("right", "");
    let sandbox = Sandbox::with("d.csv", none);
    let refused = sandbox.refuses(&train);
    assert!(refused.contains("no row has a target"), "{refused}");
}
