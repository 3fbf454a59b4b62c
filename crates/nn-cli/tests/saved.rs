//! `nn predict`, `nn evaluate` and `nn inspect`: what a saved model is good for.

use crate::common::{FRUIT, Sandbox};

/// A sandbox with fruit and a model of it.
fn fruit() -> Sandbox {
    let sandbox = Sandbox::with("fruit.csv", FRUIT);
    sandbox.ok("train mlp --data fruit.csv --out fruit.nn");
    sandbox
}

/// Cells by row, without the header.
fn rows(csv: &str) -> Vec<Vec<&str>> {
    csv.lines().skip(1).map(|line| line.split(',').collect()).collect()
}

#[test]
fn a_class_is_named_and_followed_by_its_probabilities() {
    let answers = fruit().ok("predict fruit.nn --data fruit.csv");
    assert_eq!(answers.lines().next(), Some("prediction,probability_apple,probability_berry"));
    assert_eq!(rows(&answers).len(), 12);
    for row in rows(&answers) {
        let [apple, berry] = [row[1], row[2]].map(|cell| cell.parse::<f64>().unwrap());
        assert!((apple + berry - 1.0).abs() < 1e-5);
        assert_eq!(row[0], if apple >= berry { "apple" } else { "berry" });
    }
}

#[test]
fn the_target_may_be_missing_or_unknown_where_only_answers_are_wanted() {
    let sandbox = fruit();
    let all = sandbox.ok("predict fruit.nn --data fruit.csv");
    let without: String = FRUIT.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n").collect();
    sandbox.write("without.csv", without);
    assert_eq!(sandbox.ok("predict fruit.nn --data without.csv"), all);
    sandbox.write("unknown.csv", FRUIT.replace(",apple", ",").replace(",berry", ",?"));
    assert_eq!(sandbox.ok("predict fruit.nn --data unknown.csv"), all);
}

#[test]
fn columns_are_found_by_name() {
    let sandbox = fruit();
    let turned = |line: &str| line.split(',').rev().collect::<Vec<_>>().join(",") + "\n";
    sandbox.write("turned.csv", FRUIT.lines().map(turned).collect::<String>());
    let straight = sandbox.ok("predict fruit.nn --data fruit.csv");
    assert_eq!(sandbox.ok("predict fruit.nn --data turned.csv"), straight);
}

#[test]
fn a_column_that_was_ignored_in_training_is_passed_over() {
    let sandbox = Sandbox::with("t.csv", "id,x,y\nn/a,1,a\n,2,b\n");
    sandbox.ok("train mlp --data t.csv --ignore id --out m.nn");
    assert_eq!(rows(&sandbox.ok("predict m.nn --data t.csv")).len(), 2);
    assert!(sandbox.json("evaluate m.nn --data t.csv --json")["accuracy"].is_number());
}

#[test]
fn a_category_may_be_absent_from_new_data() {
    let sandbox = fruit();
    sandbox.write("new.csv", "weight,colour\n150,red\n");
    assert_eq!(rows(&sandbox.ok("predict fruit.nn --data new.csv")).len(), 1);
}

#[test]
fn quantities_come_back_in_their_own_units() {
    let text: String = (0..40).map(|i| format!("{i},{}.5,{i}\n", 1000 + 10 * i)).collect();
    let sandbox = Sandbox::with("t.csv", format!("x,y,z\n{text}"));
    sandbox.ok("train mlp --data t.csv --target y --ignore z --set epochs=300 --out one.nn");
    sandbox.write("new.csv", "x\n0\n39\n");
    let answers = sandbox.ok("predict one.nn --data new.csv");
    assert_eq!(answers.lines().next(), Some("prediction"));
    for (row, expected) in rows(&answers).iter().zip([1000.5, 1390.5]) {
        assert!((row[0].parse::<f64>().unwrap() - expected).abs() < 40.0, "{answers}");
    }
    sandbox.ok("train mlp --data t.csv --target y,z --out two.nn");
    assert!(sandbox.ok("predict two.nn --data new.csv").starts_with("prediction_y,prediction_z\n"));
}

#[test]
fn answers_go_to_a_file_that_is_replaced_only_if_it_holds_answers() {
    let sandbox = fruit();
    let all = sandbox.ok("predict fruit.nn --data fruit.csv --out -");
    for _ in 0..2 {
        assert_eq!(sandbox.ok("predict fruit.nn --data fruit.csv --out a.csv"), "");
        assert_eq!(String::from_utf8(sandbox.read("a.csv")).unwrap(), all);
    }
    let message = sandbox.refuses("predict fruit.nn --data fruit.csv --out fruit.csv");
    assert_eq!(message, "fruit.csv: exists and was not written by this command; --force replaces it");
    sandbox.ok("predict fruit.nn --data fruit.csv --out fruit.csv --force");
    assert_eq!(sandbox.files(), ["a.csv", "fruit.csv", "fruit.nn"]);
}

#[test]
fn evaluate_agrees_with_what_training_told() {
    let sandbox = Sandbox::new();
    sandbox.ok("data iris --out iris.csv");
    let report = sandbox.json("train mlp --data iris --test iris.csv --out m.nn --json");
    assert_eq!(sandbox.json("evaluate m.nn --data iris --json"), report["test"]);
    let table = sandbox.ok("evaluate m.nn --data iris");
    let mut lines = table.lines().map(|line| line.split_whitespace().next());
    assert_eq!([lines.next(), lines.next()], [Some(Some("measure")), Some(Some("loss"))], "{table}");
}

#[test]
fn evaluate_agrees_with_the_answers_of_predict() {
    let sandbox = Sandbox::new();
    sandbox.ok("train mlp --data digits --set epochs=2 --out m.nn");
    let answers = sandbox.ok("predict m.nn --data digits");
    let truth = sandbox.ok("data digits");
    let right = rows(&answers).iter().zip(rows(&truth)).filter(|(answer, truth)| answer[0] == truth[64]).count();
    let accuracy = sandbox.json("evaluate m.nn --data digits --json")["accuracy"].as_f64().unwrap();
    assert!((accuracy - right as f64 / 1797.0).abs() < 1e-12);
}

#[test]
fn the_truth_may_have_another_name() {
    let sandbox = fruit();
    let expected = sandbox.json("evaluate fruit.nn --data fruit.csv --json");
    sandbox.write("other.csv", FRUIT.replacen("kind", "truth", 1));
    assert_eq!(sandbox.json("evaluate fruit.nn --data other.csv --target truth --json"), expected);
    assert_eq!(sandbox.refuses("evaluate fruit.nn --data other.csv"), "other.csv: column kind is missing");
}

#[test]
fn numeric_classes_may_be_written_otherwise() {
    let sandbox = Sandbox::with("t.csv", "x,y\n1,0\n2,1\n3,0\n4,1\n");
    sandbox.ok("train mlp --data t.csv --out m.nn");
    sandbox.write("other.csv", "x,y\n1,0.0\n2,1e0\n3,-0\n4,01\n");
    let expected = sandbox.json("evaluate m.nn --data t.csv --json");
    assert_eq!(sandbox.json("evaluate m.nn --data other.csv --json"), expected);
}

#[test]
fn inspect_tells_what_a_model_holds() {
    let sandbox = fruit();
    let content = sandbox.json("inspect fruit.nn --json");
    assert_eq!((content["kind"].as_str(), content["precision"].as_str()), (Some("mlp"), Some("f32")));
    assert_eq!(content["features"], serde_json::json!(["weight", "colour=blue", "colour=green", "colour=red"]));
    assert_eq!(content["classes"], serde_json::json!(["apple", "berry"]));
    assert_eq!(content["targets"], serde_json::json!(["kind"]));
    assert_eq!(content["losses"].as_array().unwrap().len(), 50);
    assert_eq!(content["params"]["epochs"], 50);
    let weight = serde_json::json!({"name": "hidden1.weight", "shape": [128, 4]});
    assert!(content["arrays"].as_array().unwrap().contains(&weight), "{content}");
    let text = sandbox.ok("inspect fruit.nn");
    for fact in
        ["kind      mlp", "classes   2 (apple and berry)", "hidden1.weight  128 x 4", "learning_rate        auto"]
    {
        assert!(text.contains(fact), "{fact} in {text}");
    }
}

#[test]
fn a_model_without_names_takes_columns_as_they_come() {
    let sandbox = fruit();
    let mut file = nn_core::ModelFile::read(sandbox.path("fruit.nn")).unwrap();
    file.schema = None;
    file.write(sandbox.path("bare.nn")).unwrap();
    sandbox.write("bare.csv", "a,b,c,d,e\n150,0,0,1,0\n8,1,0,0,1\n");
    let answers = sandbox.ok("predict bare.nn --data bare.csv");
    assert_eq!(answers.lines().next(), Some("prediction,probability_0,probability_1"));
    assert!(sandbox.json("evaluate bare.nn --data bare.csv --json")["accuracy"].is_number());
    sandbox.write("narrow.csv", "a,b\n1,2\n");
    assert!(sandbox.refuses("predict bare.nn --data narrow.csv").contains("takes 4"));
}

#[test]
fn evaluation_for_a_reader_tells_each_class_and_what_it_was_taken_for() {
    let sandbox = fruit();
    let text = sandbox.ok("evaluate fruit.nn --data fruit.csv");
    let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    for measure in ["loss", "accuracy", "balanced_accuracy", "macro_f1", "roc_auc", "log_loss"] {
        assert!(lines.iter().any(|line| line.len() == 2 && line[0] == measure), "{measure} in {text}");
    }
    assert!(lines.contains(&vec!["class", "precision", "recall", "f1", "samples"]), "{text}");
    assert!(lines.contains(&vec!["apple", "berry"]), "{text}");
    let accuracy = sandbox.json("evaluate fruit.nn --data fruit.csv --json")["accuracy"].as_f64().unwrap();
    let right = |name: &str, column: usize| {
        let row = lines.iter().find(|line| line.len() == 3 && line[0] == name).unwrap();
        row[column].parse::<f64>().unwrap()
    };
    assert!(((right("apple", 1) + right("berry", 2)) / 12.0 - accuracy).abs() < 1e-6, "{text}");
}
