//! `nn train perceptron`: the proofs of the book at the shell.

use crate::common::Sandbox;
use serde_json::{Value, json};

/// A table of two bits and what becomes of 00, 01, 10 and 11.
fn gate(answers: [u8; 4]) -> Sandbox {
    let [a, b, c, d] = answers;
    Sandbox::with("gate.csv", format!("x1,x2,y\n0,0,{a}\n0,1,{b}\n1,0,{c}\n1,1,{d}\n"))
}

/// The report of a training that may also say something.
fn report(sandbox: &Sandbox, line: &str) -> (Value, String) {
    let run = sandbox.nn(line);
    assert_eq!((run.code, run.stdout.lines().count()), (0, 1), "nn {line}: {run:?}");
    (serde_json::from_str(&run.stdout).unwrap(), run.stderr)
}

const CYCLE: &str = "note: the weights of epoch 2 came back after 1 more, so the rule goes round for ever";
const WITNESS: &str = "note: no weights part the two classes: 0.500 x sample 1 + 0.500 x sample 4 = \
                       0.500 x sample 2 + 0.500 x sample 3 (training samples, from 1)";

#[test]
fn gates_are_learned_in_the_epochs_and_mistakes_one_counts_by_hand() {
    for (name, answers, epochs, mistakes) in
        [("and", [0, 0, 0, 1], 6, 11), ("or", [0, 1, 1, 1], 4, 5), ("nand", [1, 1, 1, 0], 6, 10)]
    {
        let (report, stderr) = report(&gate(answers), "train perceptron --data gate.csv --json");
        assert_eq!((&report["epochs"], &report["stopped"]), (&json!(epochs), &json!("converged")), "{name}");
        assert_eq!(report["train"], json!({"loss": 0.0, "accuracy": 1.0, "mistakes": mistakes}), "{name}");
        assert!(stderr.starts_with(&format!("note: {mistakes} mistakes, of at most ")), "{name}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{name}: {stderr}");
    }
}

#[test]
fn exclusive_or_goes_round_for_ever_and_the_proof_is_told() {
    let sandbox = Sandbox::new();
    let run = sandbox.nn("train perceptron --data xor --out xor.nn --json");
    assert_eq!((run.code, run.stderr), (0, format!("{CYCLE}\n{WITNESS}\n")));
    let tail = "\"train\":{\"loss\":0.5,\"accuracy\":0.5,\"mistakes\":3998},\"file\":\"xor.nn\"}\n";
    assert!(run.stdout.ends_with(tail), "{}", run.stdout);
    assert!(run.stdout.contains("\"epochs\":1000,\"stopped\":\"epochs\","), "{}", run.stdout);
}

#[test]
fn a_count_is_a_whole_number_in_the_table_too() {
    let run = gate([0, 1, 1, 1]).nn("train perceptron --data gate.csv");
    let row = |name: &str| run.stdout.lines().find(|line| line.starts_with(name)).unwrap().split_whitespace();
    assert_eq!(row("mistakes").collect::<Vec<_>>(), ["mistakes", "5"]);
    assert_eq!(row("accuracy").collect::<Vec<_>>(), ["accuracy", "1.0000"]);
}

#[test]
fn quiet_prints_no_notes() {
    let sandbox = Sandbox::new();
    sandbox.ok("train perceptron --data xor --quiet");
    assert_eq!(sandbox.json("train perceptron --data xor --quiet --json")["train"]["mistakes"], 3998);
}

#[test]
fn a_saved_model_still_knows_why() {
    let sandbox = Sandbox::new();
    sandbox.ok("train perceptron --data xor --quiet --out xor.nn");
    let text = sandbox.ok("inspect xor.nn");
    assert!(text.ends_with(&format!("\n\n{CYCLE}\n{WITNESS}\n")), "{text}");
    let content = sandbox.json("inspect xor.nn --json");
    assert_eq!((&content["kind"], &content["classes"]), (&json!("perceptron"), &json!(["0", "1"])));
    assert_eq!(content["losses"].as_array().unwrap().len(), 1000);
}

#[test]
fn the_watermelons_can_be_parted() {
    let (report, stderr) = report(&Sandbox::new(), "train perceptron --data watermelon --json");
    assert_eq!((&report["stopped"], &report["train"]["accuracy"]), (&json!("converged"), &json!(1.0)));
    assert!(stderr.contains("by Novikoff's bound"), "{stderr}");
}

#[test]
fn more_than_two_classes_are_answered_by_name() {
    let sandbox = Sandbox::new();
    sandbox.ok("train perceptron --data iris --quiet --out iris.nn");
    let answers = sandbox.ok("predict iris.nn --data iris");
    assert!(answers.starts_with("prediction,output_setosa,output_versicolor,output_virginica\nsetosa,"), "{answers}");
    assert_eq!(answers.lines().count(), 151);
    // What the training counted is no measure of other samples.
    let measures = sandbox.json("evaluate iris.nn --data iris --json");
    assert_eq!(measures.as_object().unwrap().keys().collect::<Vec<_>>(), ["accuracy", "loss"]);
}

#[test]
fn quantities_are_refused() {
    let sandbox = Sandbox::with("q.csv", "x,y,z\n1,0.5,1\n2,1.5,0\n");
    let message = "q.csv: column y: the model learns classes, and these are quantities; --task classify takes each for \
                   a class";
    assert_eq!(sandbox.refuses("train perceptron --data q.csv --target y --out m.nn"), message);
    let message = sandbox.refuses("train perceptron --data q.csv --target z --task regress --out m.nn");
    assert!(message.starts_with("q.csv: column z: the model learns classes"), "{message}");
    let message = "q.csv: classes can be learned from one column, but --target names 2";
    assert_eq!(sandbox.refuses("train perceptron --data q.csv --target y,z --out m.nn"), message);
    sandbox.ok("train perceptron --data q.csv --target y --task classify --quiet");
}
