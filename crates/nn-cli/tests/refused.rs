//! Bad input: one line that names the place, and every file as it was before.

use crate::common::{FRUIT, Sandbox};

/// What `nn train` says about a CSV file with this text.
fn train(text: impl AsRef<[u8]>) -> String {
    Sandbox::with("t.csv", text).refuses("train mlp --data t.csv --out m.nn")
}

/// What `nn predict` and `nn evaluate` say about it, which is the same, with a model of fruit.
fn ask(text: &str) -> String {
    let sandbox = Sandbox::with("fruit.csv", FRUIT);
    sandbox.ok("train mlp --data fruit.csv --out fruit.nn");
    sandbox.write("t.csv", text);
    let message = sandbox.refuses("predict fruit.nn --data t.csv --out a.csv");
    assert_eq!(message, sandbox.refuses("evaluate fruit.nn --data t.csv"));
    message
}

#[test]
fn a_number_beyond_the_float() {
    let text = "x,y\n1,a\n1e60,b\n";
    assert_eq!(train(text), "t.csv: line 3, column x: 1e60 is too large for a float of 32 bits");
    Sandbox::with("t.csv", text).ok("train mlp --data t.csv --precision f64");
}

#[test]
fn lines_after_quoted_breaks_and_empty_lines() {
    assert_eq!(train("x,y\n1,\"a\nb\"\n\n\n,b\n"), "t.csv: line 6, column x: the cell is empty");
    assert_eq!(train("x,y\r\n1,\"a\r\nb\"\r\n\r\n?,b\r\n"), "t.csv: line 5, column x: not a number: \"?\"");
    assert_eq!(train("\u{feff}x,y\n1,a\n,b\n"), "t.csv: line 3, column x: the cell is empty");
}

#[test]
fn columns_that_are_not_there() {
    let sandbox = Sandbox::with("fruit.csv", FRUIT);
    let refuses = |flags: &str| sandbox.refuses(&format!("train mlp --data fruit.csv {flags}"));
    assert_eq!(refuses("--target knd"), "fruit.csv: --target: there is no column \"knd\"; did you mean kind?");
    let message = "fruit.csv: --ignore: there is no column \"id\"; the columns are weight, colour and kind";
    assert_eq!(refuses("--ignore id"), message);
    assert_eq!(refuses("--target kind --ignore kind"), "fruit.csv: column kind is both in --target and in --ignore");
    assert_eq!(refuses("--ignore weight,colour"), "fruit.csv: no column is left as an input");
    assert_eq!(refuses("--target kind,kind"), "fruit.csv: --target names column kind twice");
    assert!(refuses("--target kind,colour --task classify").contains("from one column"));
}

#[test]
fn a_quantity_that_is_a_name() {
    let sandbox = Sandbox::with("fruit.csv", FRUIT);
    let message = "fruit.csv: line 2, column kind: not a number: \"apple\"";
    assert_eq!(sandbox.refuses("train mlp --data fruit.csv --task regress"), message);
    assert_eq!(sandbox.refuses("train mlp --data fruit.csv --target kind,weight"), message);
}

#[test]
fn columns_a_model_does_not_find_or_know() {
    assert_eq!(ask("colour,kind\nred,apple\n"), "t.csv: column weight is missing");
    assert_eq!(ask("wieght,colour,kind\n1,red,apple\n"), "t.csv: column weight is missing; did you mean wieght?");
    let message = ask("weight,colour,taste,kind\n1,red,sweet,apple\n");
    assert_eq!(message, "t.csv: column \"taste\" is not known to the model; it has learned from weight and colour");
}

#[test]
fn names_a_model_has_not_learned() {
    let message = ask("weight,colour,kind\n1,red,apple\n1,pink,apple\n");
    assert_eq!(message, "t.csv: line 3, column colour: unknown name \"pink\"; the model knows blue, green and red");
    let sandbox = Sandbox::with("fruit.csv", FRUIT);
    sandbox.ok("train mlp --data fruit.csv --out m.nn");
    sandbox.write("t.csv", "weight,colour,kind\n1,red,pear\n");
    let message = "t.csv: line 2, column kind: unknown class \"pear\"; the model knows apple and berry";
    assert_eq!(sandbox.refuses("evaluate m.nn --data t.csv"), message);
    assert_eq!(sandbox.refuses("train mlp --data fruit.csv --test t.csv"), message);
}

#[test]
fn a_target_that_is_missing_where_it_is_measured() {
    let sandbox = Sandbox::with("fruit.csv", FRUIT);
    sandbox.write("t.csv", "weight,colour\n1,red\n");
    let message = "t.csv: column kind is missing";
    assert_eq!(sandbox.refuses("train mlp --data fruit.csv --test t.csv --out m.nn"), message);
    sandbox.ok("train mlp --data fruit.csv --out m.nn");
    assert_eq!(sandbox.refuses("evaluate m.nn --data t.csv"), message);
    let message = "--target names 2 columns, but the model has learned 1";
    assert_eq!(sandbox.refuses("evaluate m.nn --data fruit.csv --target a,b"), message);
}

#[test]
fn a_model_that_is_not_there() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.refuses("train mpl --data iris"), "unknown model \"mpl\"; did you mean mlp?");
    assert_eq!(sandbox.refuses("models transformer"), "unknown model \"transformer\"; nn models lists them");
}

#[test]
fn a_setting_that_is_not_there_or_out_of_its_range() {
    let refuses = |set: &str| Sandbox::new().refuses(&format!("train mlp --data iris --set {set} --out m.nn"));
    assert_eq!(refuses("hiden_layers=3"), "unknown setting \"hiden_layers\" of mlp; did you mean hidden_layers?");
    assert_eq!(refuses("vigilance=3"), "unknown setting \"vigilance\" of mlp; nn models mlp lists them");
    assert_eq!(refuses("momentum=1.5"), "momentum: expected a number from 0 to 1, got 1.5");
    assert_eq!(refuses("epochs=many"), "epochs: expected a whole number from 1 to 1000000000, got many");
    assert_eq!(refuses("epochs=0"), "epochs: expected a whole number from 1 to 1000000000, got 0");
    assert!(refuses("activation=reluu").starts_with("activation: expected "));
    assert!(refuses("hidden_layers=3-0").starts_with("hidden_layers: expected "));
    assert!(refuses("learning_rate=nan").starts_with("learning_rate: expected "));
}

#[test]
fn data_that_are_not_there() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.refuses("train mlp --data digts"), "unknown data \"digts\"; did you mean digits?");
    assert!(sandbox.refuses("data cats").starts_with("unknown data \"cats\"; there is no file of that name"));
}

#[test]
fn a_part_held_out_that_is_nothing() {
    // Each class keeps a sample to learn from.
    let message = "--holdout 0.5 of 2 samples leaves none to hold out";
    assert_eq!(Sandbox::with("t.csv", "x,y\n1,a\n2,b\n").refuses("train mlp --data t.csv --holdout 0.5"), message);
}

#[test]
fn a_directory_that_is_not_there_is_told_before_any_work() {
    let message = "no/m.nn: there is no directory no";
    // The data are not there either, but they would be read later.
    assert_eq!(Sandbox::new().refuses("train mlp --data nothing --out no/m.nn"), message);
    assert_eq!(Sandbox::new().refuses("data iris --out no/m.nn"), message);
}

#[test]
fn a_file_of_somebody_else() {
    let sandbox = Sandbox::with("thesis.txt", "my life's work");
    let message = "thesis.txt: exists and was not written by this command; --force replaces it";
    assert_eq!(sandbox.refuses("train mlp --data iris --out thesis.txt"), message);
    assert_eq!(sandbox.refuses("data iris --out thesis.txt"), message);
    sandbox.ok("train mlp --data iris --out thesis.txt --force");
    sandbox.ok("train mlp --data iris --out thesis.txt");
    assert_eq!(sandbox.files(), ["thesis.txt"]);
}

#[test]
fn a_place_where_no_file_can_be() {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("dir")).unwrap();
    assert_eq!(sandbox.refuses("train mlp --data iris --out dir --force"), "dir: is a directory");
    if cfg!(unix) {
        let message = sandbox.refuses("train mlp --data iris --out /dev/null --force");
        assert_eq!(message, "/dev/null: is not a regular file");
    }
}

#[test]
fn a_model_file_that_is_damaged() {
    let sandbox = Sandbox::new();
    sandbox.ok("train mlp --data iris --out m.nn");
    let whole = sandbox.read("m.nn");
    let ask = |bytes: &[u8]| {
        sandbox.write("d.nn", bytes);
        let message = sandbox.refuses("predict d.nn --data iris");
        assert_eq!(message, sandbox.refuses("evaluate d.nn --data iris"));
        assert_eq!(message, sandbox.refuses("inspect d.nn"));
        assert!(message.starts_with("d.nn: "), "{message}");
    };
    for length in [0, 4, 8, 9, 100, whole.len() / 2, whole.len() - 1] {
        ask(&whole[..length]);
    }
    for place in [0, 9, 200, whole.len() / 2, whole.len() - 1] {
        let mut altered = whole.clone();
        altered[place] ^= 1;
        ask(&altered);
    }
    ask(b"sepal_length,sepal_width\n1,2\n");
}

#[test]
fn a_model_file_that_is_not_there() {
    let message = Sandbox::new().refuses("predict no.nn --data iris");
    assert_eq!(message, "no.nn: No such file or directory (os error 2)");
}

#[test]
fn a_training_that_diverges() {
    let message = Sandbox::with("t.csv", "x,y\n1,0.5\n2,1e30\n3,-1e30\n")
        .refuses("train mlp --data t.csv --set optimizer=sgd --set learning_rate=1e30 --out m.nn");
    assert!(message.contains("diverged in epoch"), "{message}");
}
