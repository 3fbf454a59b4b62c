//! What a hostile reviewer found.

use crate::common::{FRUIT, Sandbox};
use std::fs;

/// A CSV file of so many rows, each made of its number.
fn rows(header: &str, count: usize, row: impl Fn(usize) -> String) -> String {
    format!("{header}\n") + &(0..count).map(|i| row(i) + "\n").collect::<String>()
}

#[test]
fn a_model_that_cannot_be_measured_is_not_saved() {
    let sandbox = Sandbox::with("t.csv", rows("x,y", 20, |i| format!("{i},{i}.5e35")));
    // What is tested on is so far away that the answer is not finite.
    sandbox.write("far.csv", "x,y\n1,1\n1e30,1\n");
    let message = sandbox.refuses("train mlp --data t.csv --test far.csv --task regress --out m.nn");
    assert_eq!(message, "far.csv: line 3: the answer is beyond what the float can hold");
}

#[test]
fn a_forgotten_column_of_identifiers_is_named() {
    let sandbox = Sandbox::with("t.csv", rows("id,x,y", 300_000, |i| format!("n{i}x,{i}.5,{}", i % 2)));
    let message = "t.csv: column id: 300000 different names in 300000 rows are too many for an input; \
                   --ignore id leaves it out";
    assert_eq!(sandbox.refuses("train mlp --data t.csv --out m.nn"), message);
    // Names that come twice are names; of these there are just too many.
    sandbox.write("t.csv", rows("id,x,y", 80_000, |i| format!("n{}x,{i}.5,{}", i % 40_000, i % 2)));
    let message = "t.csv: 40001 inputs of 80000 samples are too many; column id has 40000 different names, and \
                   --ignore id leaves it out";
    assert_eq!(sandbox.refuses("train mlp --data t.csv --out m.nn"), message);
}

#[test]
fn differences_that_32_bits_lose_are_warned_of() {
    let seconds = rows("time,x,y", 60, |i| format!("{},{i},{}", 1_700_000_000 + i, if i < 30 { "a" } else { "b" }));
    let sandbox = Sandbox::with("cities.csv", seconds);
    let run = sandbox.nn("train mlp --data cities.csv --json");
    let warning =
        "warning: cities.csv: column time: its values differ too little for 32 bits; --precision f64 keeps them\n";
    assert_eq!((run.code, run.stderr.as_str()), (0, warning));
    sandbox.ok("train mlp --data cities.csv --precision f64");
}

#[test]
fn a_quote_within_the_last_cell_is_a_character() {
    let sandbox = Sandbox::with("t.csv", "x,size,y\n1,3\" pipe,a\n2,4\" pipe,b\n3,4\" pipe,b\n");
    assert_eq!(sandbox.json("train mlp --data t.csv --json")["features"], 3);
}

#[test]
fn an_error_about_a_column_names_it() {
    let sandbox = Sandbox::with("t.csv", "a,wide,y\n1,-1e308,0.5\n2,1e308,1.5\n3,0,2.5\n");
    let message = sandbox.refuses("train mlp --data t.csv --precision f64 --out m.nn");
    assert_eq!(message, "t.csv: column wide: a range from -1e308 that is inf wide cannot be scaled");
    let message = sandbox.refuses("train mlp --data t.csv --target a,wide --precision f64 --out m.nn");
    assert_eq!(message, "t.csv: column wide: a range from -1e308 that is inf wide cannot be scaled");
}

#[test]
fn classes_of_one_sample_each_are_all_learned_from() {
    let sandbox = Sandbox::with("t.csv", rows("x,y", 60, |i| format!("{i},c{i}x")));
    let run = sandbox.nn("train mlp --data t.csv --set epochs=1 --json");
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.starts_with("note: t.csv: no sample can be held out of 60 "), "{run:?}");
    assert!(run.stdout.contains("\"train_samples\":60,\"test_samples\":0,"), "{run:?}");
    let message = "--holdout 0.2 of 60 samples leaves none to hold out";
    assert_eq!(sandbox.refuses("train mlp --data t.csv --holdout 0.2"), message);
}

#[test]
fn outputs_that_are_no_probabilities_are_not_called_so() {
    let sandbox = Sandbox::with("fruit.csv", FRUIT);
    let header = |set: &str| {
        sandbox.ok(&format!("train mlp --data fruit.csv --out m.nn --set epochs=2 {set}"));
        sandbox.ok("predict m.nn --data fruit.csv").lines().next().unwrap().to_owned()
    };
    let (probabilities, outputs) =
        ("prediction,probability_apple,probability_berry", "prediction,output_apple,output_berry");
    assert_eq!(header(""), probabilities);
    assert_eq!(header("--set loss=binary-cross-entropy"), probabilities);
    assert_eq!(header("--set loss=squared-error"), outputs);
    assert_eq!(header("--set output_activation=tanh"), outputs);
    sandbox.ok("train mlp --data iris --out m.nn --set epochs=2 --set loss=binary-cross-entropy");
    let answers = sandbox.ok("predict m.nn --data iris");
    assert!(answers.starts_with("prediction,output_setosa,output_versicolor,output_virginica\n"), "{answers}");
}

#[test]
fn many_columns_are_found_in_a_moment() {
    const COLUMNS: usize = 60_000;
    let header: Vec<String> = (0..COLUMNS).map(|i| format!("column{i}")).collect();
    let row = |y: &str| vec!["1"; COLUMNS].join(",") + y;
    let text = format!("{},y\n{}\n{}\n", header.join(","), row(",a"), row(",b"));
    let sandbox = Sandbox::with("wide.csv", text);
    sandbox.ok("train mlp --data wide.csv --set hidden_layers=none --set epochs=1 --out m.nn");
    let start = std::time::Instant::now();
    sandbox.ok("predict m.nn --data wide.csv");
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[test]
fn a_folder_does_not_hide_a_bundled_set() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("iris")).unwrap();
    fs::create_dir(sandbox.path("cats")).unwrap();
    sandbox.ok("train mlp --data iris --set epochs=1");
    assert_eq!(sandbox.refuses("train mlp --data cats"), "cats: there are no images in it");
}

#[test]
fn instructions_that_are_not_there_are_warned_of_once() {
    let sandbox = Sandbox::new();
    let run = |simd: &str| {
        let mut command = sandbox.command();
        command.env("NN_SIMD", simd).args(["train", "mlp", "--data", "xor", "--set", "epochs=1"]);
        String::from_utf8(command.output().unwrap().stderr).unwrap()
    };
    let warning = run("mmx");
    assert!(warning.starts_with("warning: NN_SIMD: \"mmx\" is not available here; "), "{warning}");
    assert_eq!(warning.lines().count(), 1);
    assert_eq!(run(""), "");
    assert_eq!(run(nn_core::kernels::level_name()), "");
}

#[test]
fn a_place_that_ends_as_a_folder_is_no_file() {
    let sandbox = Sandbox::new();
    let message = "m.nn/: is not the name of a file";
    assert_eq!(sandbox.refuses("train mlp --data iris --out m.nn/"), message);
    assert_eq!(sandbox.refuses("data iris --out m.nn/"), message);
}

#[test]
fn only_the_beginning_of_a_foreign_file_is_read() {
    let sandbox = Sandbox::new();
    // 8 TB that take no room: to read them would take hours.
    let huge = fs::File::create(sandbox.path("huge")).unwrap();
    if huge.set_len(8 << 40).is_err() {
        return;
    }
    let run = sandbox.nn("train mlp --data iris --out huge");
    assert_eq!(run.stderr, "error: huge: exists and was not written by this command; --force replaces it\n");
    let run = sandbox.nn("data iris --out huge");
    assert_eq!(run.stderr, "error: huge: exists and was not written by this command; --force replaces it\n");
}

#[test]
fn a_target_may_have_a_comma_in_its_name() {
    let sandbox = Sandbox::with("t.csv", "a,\"b,c\"\n1,x\n2,y\n3,x\n");
    sandbox.ok("train mlp --data t.csv --target b,c --out m.nn");
    sandbox.ok("evaluate m.nn --data t.csv --target b,c");
    let report = sandbox.json("train mlp --data iris --ignore sepal_length,sepal_width --set epochs=1 --json");
    assert_eq!(report["features"], 2);
}

#[cfg(unix)]
#[test]
fn a_second_ctrl_c_leaves_no_half_file() {
    use crate::common::{interrupt, wait_until_it_listens};
    use std::process::{Command, Stdio};
    let sandbox = Sandbox::new();
    let line = "train mlp --data digits --set hidden_layers=2000-2000 --set epochs=1000000 --out m.nn";
    let mut command = Command::new(env!("CARGO_BIN_EXE_nn"));
    command.args(line.split_whitespace()).current_dir(sandbox.path(""));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until_it_listens(child.id());
    std::thread::sleep(std::time::Duration::from_millis(100));
    // Twice, and again and again while it saves.
    for _ in 0..200 {
        interrupt(child.id());
        if child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(sandbox.files().is_empty() || sandbox.files() == ["m.nn"], "{:?}", sandbox.files());
}
