//! `--stream`: data that are read part by part, for more than memory holds.

use crate::common::{Sandbox, idx, npy, npy_of, packed};
use std::io::{Read, Write};
use std::process::Stdio;

/// So many rows of two whole numbers and one of two classes.
fn table(rows: usize) -> Vec<[u8; 3]> {
    (0..rows).map(|row| [(row * 37 % 101) as u8, (row * 53 % 89) as u8, (row * 37 % 101 > 50) as u8]).collect()
}

/// The same as CSV; the names are those of the columns of a `.npy`.
fn csv(rows: &[[u8; 3]]) -> String {
    let row = |[a, b, class]: &[u8; 3]| format!("{a},{b},{class}\n");
    "0,1,2\n".to_owned() + &rows.iter().map(row).collect::<String>()
}

/// How many rows a bundled set has.
fn rows_of(sandbox: &Sandbox, data: &str) -> usize {
    sandbox.ok(&format!("data {data}")).lines().count() - 1
}

#[test]
fn every_model_that_learns_on_learns_from_a_stream() {
    let sandbox = Sandbox::new();
    let circle = "circle-in-square:samples=301";
    for (model, data, size, settings) in [
        ("perceptron", circle, 100, ""),
        ("mlp", "digits", 449, "--set hidden_layers=8"),
        ("rbf", circle, 60, "--set tune_weights=true --set centers=10"),
        ("art1", "bars-and-stripes", 5, "--ignore kind"),
        ("art2", circle, 100, ""),
        ("fuzzy-art", circle, 100, "--set range=0-1"),
        ("artmap", circle, 100, "--set range=0-1"),
        ("som", circle, 100, "--set width=3 --set height=3"),
        ("elman", circle, 100, "--set hidden_units=4"),
        ("boltzmann", "bars-and-stripes", 5, "--set hidden_units=4 --ignore kind"),
        ("rbm", "bars-and-stripes", 5, "--set hidden_units=4 --ignore kind"),
        ("dbn", "digits", 449, "--set hidden_layers=8"),
        ("cnn", "digits", 449, "--set layers=conv:2:3"),
    ] {
        let samples = rows_of(&sandbox, data);
        let line = format!("train {model} --data {data} --stream {size} --set epochs=2 {settings} --holdout 0 --quiet");
        let run = sandbox.json(&format!("{line} --out m.nn --json"));
        let parts = samples.div_ceil(size);
        assert!(2 < parts, "{model}");
        assert_eq!(run["parts"].as_u64(), Some(parts as u64), "{model}: {run}");
        assert_eq!(run["train_samples"].as_u64(), Some(samples as u64), "{model}: {run}");
        assert!(run["epochs"].as_u64().unwrap() <= 2, "{model}: {run}");
        // The file has a loss an epoch, and then one a part; where that is more than there were to be epochs, that is told.
        let inspected = sandbox.json("inspect m.nn --json");
        let losses = run["epochs"].as_u64().unwrap() + parts as u64 - 1;
        assert_eq!(inspected["epochs_and_parts"].as_u64(), Some(losses), "{model}: {inspected}");
        assert!(inspected.get("epochs").is_none() && inspected["stopped"] == run["stopped"], "{model}: {inspected}");
        let whole = line.replace(&format!("--stream {size}"), "");
        sandbox.ok(&format!("{whole} --out whole.nn"));
        let inspected = sandbox.json("inspect whole.nn --json");
        assert!(inspected["epochs"].as_u64().is_some_and(|epochs| epochs <= 2), "{model}: {inspected}");
        sandbox.ok(&format!("{line} --out again.nn --threads 1"));
        assert!(sandbox.read("m.nn") == sandbox.read("again.nn"), "{model}");
    }
}

#[test]
fn a_single_pass_is_the_same_however_it_is_cut() {
    let sandbox = Sandbox::new();
    let line = "train mlp --data digits --holdout 0 --set hidden_layers=8 --set scaling=none --set shuffle=false --set epochs=1 \
                --set batch_size=20 --quiet";
    sandbox.ok(&format!("{line} --out whole.nn"));
    let whole = sandbox.ok("predict whole.nn --data digits");
    for size in [100, 460, 5000] {
        sandbox.ok(&format!("{line} --stream {size} --out m.nn"));
        assert!(sandbox.ok("predict m.nn --data digits") == whole, "{size}");
    }
    // One part is no stream, but for what is told of it.
    assert!(sandbox.read("m.nn") == sandbox.read("whole.nn"));
    // Parts that are no multiple of the batch take other steps.
    sandbox.ok(&format!("{line} --stream 110 --out m.nn"));
    assert!(sandbox.ok("predict m.nn --data digits") != whole);
}

#[test]
fn the_first_part_is_held_out_of_and_the_others_are_learned_whole() {
    let sandbox = Sandbox::new();
    let line = "train mlp --data digits --set hidden_layers=8 --set epochs=3 --json --quiet";
    let first = {
        let csv = sandbox.ok("data digits");
        sandbox.write("first.csv", csv.lines().take(501).map(|line| line.to_owned() + "\n").collect::<String>());
        sandbox.json(&line.replace("digits", "first.csv"))
    };
    let run = sandbox.json(&format!("{line} --stream 500"));
    assert_eq!((&run["test_samples"], &run["epochs"]), (&first["test_samples"], &first["epochs"]));
    let samples = first["train_samples"].as_u64().unwrap() + 1797 - 500;
    assert_eq!((run["train_samples"].as_u64(), run["parts"].as_u64()), (Some(samples), Some(4)), "{run}");
    assert!(run["test"]["accuracy"].as_f64().unwrap() > first["test"]["accuracy"].as_f64().unwrap(), "{run}");
    let text = sandbox.ok("train mlp --data digits --stream 500 --set epochs=3 --test digits --quiet --report r.html");
    assert!(text.contains("\nparts     4\n") && text.contains("samples   1797 to train, 1797 to test\n"), "{text}");
    let page = String::from_utf8(sandbox.read("r.html")).unwrap();
    assert!(page.contains("6 epochs and parts; the mean training loss went from "), "{page}");
}

#[test]
fn all_forms_of_data_are_read_alike() {
    let sandbox = Sandbox::new();
    let rows = table(91);
    let numbers: Vec<f64> = rows.iter().flatten().map(|&number| number.into()).collect();
    let pixels: Vec<u8> = rows.iter().flat_map(|row| row[..2].to_vec()).collect();
    let labels: Vec<u8> = rows.iter().map(|row| row[2]).collect();
    sandbox.write("t.csv", csv(&rows));
    sandbox.write("t.csv.gz", packed(csv(&rows)));
    sandbox.write("t.npy", npy(3, &numbers));
    sandbox.write("t.npy.gz", packed(npy(3, &numbers)));
    sandbox.write("i-images-idx3-ubyte", idx(&[91, 1, 2], &pixels));
    sandbox.write("i-labels-idx1-ubyte", idx(&[91], &labels));
    sandbox.write("p-images-idx3-ubyte.gz", packed(idx(&[91, 1, 2], &pixels)));
    sandbox.write("p-labels-idx1-ubyte.gz", packed(idx(&[91], &labels)));
    sandbox.write("n_x.npy", npy_of("'|u1'", "False", "(91, 1, 2)", &pixels));
    sandbox.write("n_y.npy", npy_of("'|u1'", "False", "(91,)", &labels));
    let train = "train mlp --stream 30 --set hidden_layers=4 --set epochs=2 --quiet --json --data";
    sandbox.json(&format!("{train} t.csv --out whole.nn"));
    let answers = sandbox.ok("predict whole.nn --data t.csv");
    for data in ["t.csv.gz", "t.npy", "t.npy.gz", "i-images-idx3-ubyte", "p-images-idx3-ubyte.gz", "n_x.npy"] {
        let run = sandbox.json(&format!("{train} {data} --out m.nn"));
        assert_eq!((run["parts"].as_u64(), run["train_samples"].as_u64()), (Some(4), Some(91)), "{data}: {run}");
        for size in [2, 10, 90, 1000] {
            assert!(sandbox.ok(&format!("predict m.nn --data {data} --stream {size}")) == answers, "{data}, {size}");
        }
        assert!(sandbox.ok(&format!("predict m.nn --data {data}")) == answers, "{data}");
    }
    for bytes in [csv(&rows).into_bytes(), packed(csv(&rows)), npy(3, &numbers)] {
        let run = sandbox.nn_on(&format!("{train} - --out m.nn"), &bytes);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert!(sandbox.read("m.nn") == sandbox.read("whole.nn"));
        assert!(sandbox.nn_on("predict m.nn --data - --stream 9", &bytes).stdout == answers);
    }
}

#[test]
fn of_a_series_no_pair_is_lost_and_sequences_stay_whole() {
    let sandbox = Sandbox::new();
    let line = "train elman --set hidden_units=3 --set epochs=1 --holdout 0 --quiet --json --data";
    for size in [3, 4, 100, 308, 309] {
        let run = sandbox.json(&format!("{line} sunspots --stream {size}"));
        assert_eq!(run["train_samples"].as_u64(), Some(308), "{size}: {run}");
        assert_eq!(run["parts"].as_u64(), Some(308_u64.div_ceil(size - 1)), "{size}: {run}");
    }
    let whole = sandbox.json(&format!("{line} reber:strings=50"));
    let run = sandbox.json(&format!("{line} reber:strings=50 --stream 60"));
    assert_eq!(run["train_samples"], whole["train_samples"]);
    assert!(1 < run["parts"].as_u64().unwrap() && run["train"].get("rejected").is_some(), "{run}");
    let told = sandbox.refuses(&format!("{line} reber:strings=50 --stream 4"));
    assert!(told.contains("column string: a sequence of more than 4 rows, or 8 MiB; a part holds whole"), "{told}");
    // Where the state is carried on, the parts are one sequence: they are the whole where each is a multiple of a step.
    let line = "train elman --data temporal-xor:samples=301 --holdout 0 --set epochs=1 --set hidden_units=3 --set scaling=none \
                --set shuffle=false --set state=carry --set gradient=copy-back --set update_every=1 --set batch_size=1 --quiet";
    sandbox.ok(&format!("{line} --out whole.nn"));
    sandbox.ok(&format!("{line} --out m.nn --stream 101"));
    let [whole, parts] =
        ["whole.nn", "m.nn"].map(|file| sandbox.ok(&format!("predict {file} --data temporal-xor:samples=50")));
    assert!(whole == parts);
}

#[test]
fn numbers_tell_sequences_as_names_do() {
    let sandbox = Sandbox::new();
    let number = |row: usize| [(row / 3 * 7 % 5) as f32 + (row / 3) as f32, (row * 37 % 101) as f32];
    let numbers: Vec<u8> = (0..18).flat_map(number).flat_map(f32::to_le_bytes).collect();
    sandbox.write("t.npy", npy_of("'<f4'", "False", "(18, 2)", &numbers));
    let line = "train elman --data t.npy --sequence 0 --holdout 0 --set hidden_units=2 --set epochs=1 --quiet --json --out m.nn";
    let whole = sandbox.json(line);
    let parts = sandbox.json(&format!("{line} --stream 7"));
    // Of each sequence the last row has none behind it; a part holds two of three rows.
    assert_eq!((whole["train_samples"].as_u64(), whole["features"].as_u64()), (Some(12), Some(1)), "{whole}");
    assert_eq!((parts["train_samples"].as_u64(), parts["parts"].as_u64()), (Some(12), Some(3)), "{parts}");
}

#[test]
fn what_was_learned_before_a_part_that_cannot_be_is_saved() {
    let rows = table(100);
    let good = csv(&rows);
    let bad: String = good.lines().take(71).map(|line| line.to_owned() + "\n").chain(["1,,1\n".to_owned()]).collect();
    let sandbox =
        Sandbox::with("good.csv", good.lines().take(61).map(|line| line.to_owned() + "\n").collect::<String>());
    let line = "train mlp --set hidden_layers=2 --set epochs=2 --stream 20 --holdout 0";
    sandbox.ok(&format!("{line} --data good.csv --out good.nn --quiet"));
    sandbox.write("bad.csv", &bad);
    let says = "bad.csv: line 72, column 1: the cell is empty";
    // Of what is not to be saved there is nothing to tell.
    assert_eq!(sandbox.refuses(&format!("{line} --data bad.csv --json")), says);
    let run = sandbox.nn(&format!("{line} --data bad.csv --json --out m.nn --report r.html"));
    let told = format!("error: {says}; saved m.nn, r.html after 3 parts\n");
    assert_eq!((run.code, run.stdout.as_str(), run.stderr), (1, "", told));
    assert_eq!(sandbox.files(), ["bad.csv", "good.csv", "good.nn", "m.nn", "r.html"]);
    let [good, saved] = ["good.nn", "m.nn"].map(|file| sandbox.json(&format!("inspect {file} --json")));
    assert_eq!((good["stopped"].as_str(), saved["stopped"].as_str()), (Some("epochs"), Some("interrupted")));
    assert_eq!(good["losses"], saved["losses"]);
    assert!(sandbox.ok("predict good.nn --data good.csv") == sandbox.ok("predict m.nn --data good.csv"));
    // In the first part nothing is learned yet.
    let first = format!("{line} --data bad.csv --out new.nn").replace("20", "90");
    assert_eq!(sandbox.refuses(&first), says);
}

#[test]
fn a_model_that_cannot_learn_on_says_why_before_data_are_read() {
    let sandbox = Sandbox::new();
    for (model, why) in [
        ("cascor", "cascade-correlation learns from all samples at once, not part by part: a unit is trained on"),
        ("rbf", "tune_weights: expected true, or one of the others that are tuned, where samples are learned part"),
        ("perceptron --set variant=pocket", "variant: expected standard or averaged where samples are learned part by"),
        (
            "mlp --set optimizer=lbfgs",
            "optimizer: expected a rule that takes a step a batch, where samples are learned",
        ),
        ("dbn --set missing_labels=true", "missing_labels: expected false with --stream, got true: samples without a"),
    ] {
        let told = sandbox.refuses(&format!("train {model} --data no.csv --stream 10 --out m.nn"));
        assert!(told.starts_with(why), "{told}");
    }
    let told = sandbox.refuses("train mlp --data no.csv --stream 10");
    assert_eq!(told, "no.csv: No such file or directory (os error 2)");
    for flag in ["--checkpoint c.nn", "--resume c.nn"] {
        let told = sandbox.misuse(&format!("train mlp --data iris --stream 10 {flag}"));
        assert!(
            told.contains("--stream cannot be used with") && told.contains("Ctrl-C ends it after a part"),
            "{told}"
        );
    }
    for rows in ["1", "0", "-3", "x", "1000000001"] {
        sandbox.misuse(&format!("train mlp --data iris --stream {rows}"));
        sandbox.misuse(&format!("predict m.nn --data iris --stream {rows}"));
    }
}

#[test]
fn data_that_cannot_be_read_part_by_part_are_refused() {
    let sandbox = Sandbox::with("f.npy", npy_of("'|u1'", "True", "(2, 2)", &[1, 2, 3, 4]));
    std::fs::create_dir(sandbox.path("pets")).unwrap();
    let line = "train mlp --stream 10 --data";
    assert!(sandbox.refuses(&format!("{line} f.npy")).starts_with("f.npy: its numbers stand column after column"));
    assert!(sandbox.refuses(&format!("{line} pets")).starts_with("pets: images in files of their own have no order"));
    let told = sandbox.refuses(&format!("{line} - --test -"));
    assert_eq!(told, "standard input can be read once, but --data and --test both name it");
}

#[test]
fn what_is_wrong_in_a_later_part_is_told_with_its_line_in_the_whole() {
    let rows = table(200);
    let good = csv(&rows);
    let lines: Vec<&str> = good.lines().collect();
    let with = |line: &str| {
        let mut lines = lines.clone();
        lines.insert(150, line);
        lines.join("\n")
    };
    let sandbox = Sandbox::with("good.csv", &good);
    sandbox.ok("train mlp --data good.csv --set epochs=1 --out good.nn --quiet");
    for (line, says) in [
        ("1,2,7", "line 151, column 2: unknown class \"7\"; the model knows 0 and 1"),
        ("1,,1", "line 151, column 1: the cell is empty"),
        ("1,red,1", "line 151, column 1: not a number: \"red\""),
        ("1,2", "line 151: 2 cells, but the header has 3"),
        ("1,\"2,1", "line 151: a quote is opened and never closed"),
    ] {
        sandbox.write("bad.csv", with(line));
        for size in [60, 75, 150, 1000] {
            // A class of the first part is learned.
            if line != "1,2,7" || size < 150 {
                let train = format!("train mlp --data bad.csv --stream {size} --set epochs=1");
                assert_eq!(sandbox.refuses(&train), format!("bad.csv: {says}"), "{size}");
            }
            if line != "1,2,7" {
                let told = sandbox.refuses(&format!("predict good.nn --data bad.csv --stream {size} --out a.csv"));
                assert_eq!(told, format!("bad.csv: {says}"), "{size}");
            }
        }
    }
    sandbox.write("bad.npy", npy(2, &(0..99).map(f64::from).chain([f64::NAN]).collect::<Vec<_>>()));
    let told = sandbox.refuses("train mlp --data bad.npy --task regress --stream 10 --set epochs=1");
    assert_eq!(told, "bad.npy: row 49, column 1: not a finite number: NaN");
    sandbox.write("cut.csv.gz", &packed(&good)[..300]);
    let told = sandbox.refuses("train mlp --data cut.csv.gz --stream 10 --set epochs=1");
    assert!(told.starts_with("cut.csv.gz: damaged gzip: "), "{told}");
}

#[test]
fn a_range_that_a_later_part_leaves_is_named_with_the_way_out() {
    let sandbox = Sandbox::with("t.csv", "a,b\n1,1\n2,2\n3,1\n4,2\n9,1\n");
    let line = "train fuzzy-art --data t.csv --stream 2 --quiet";
    let told = sandbox.refuses(line);
    assert_eq!(told, "t.csv: line 4, column a: x is 3, out of its range from 1 to 2; range=LOW-HIGH widens it");
    sandbox.ok(&format!("{line} --set range=0-10 --out m.nn"));
}

#[test]
fn answers_to_parts_are_those_to_the_whole() {
    let sandbox = Sandbox::new();
    let circle = "circle-in-square:samples=301";
    for (model, data, settings) in [
        ("perceptron", circle, ""),
        ("mlp", "digits", "--set hidden_layers=8"),
        ("rbf", circle, "--set centers=10"),
        ("art1", "bars-and-stripes", ""),
        ("art2", circle, ""),
        ("fuzzy-art", circle, ""),
        ("artmap", circle, ""),
        ("som", circle, ""),
        ("cascor", circle, "--set hidden_units=2"),
        ("boltzmann", "bars-and-stripes", "--set hidden_units=4"),
        ("rbm", "bars-and-stripes", "--set hidden_units=4"),
        ("dbn", "digits", "--set hidden_layers=8"),
        ("cnn", "digits", "--set layers=conv:2:3"),
    ] {
        let epochs = if model == "cascor" { "" } else { "--set epochs=1" };
        sandbox.ok(&format!("train {model} --data {data} {settings} {epochs} --quiet --out m.nn"));
        let whole = sandbox.ok(&format!("predict m.nn --data {data}"));
        // The last part would be a single row of them all.
        let rows = rows_of(&sandbox, data);
        for size in [2, 7, rows - 1, rows, rows + 1] {
            let line = format!("predict m.nn --data {data} --stream {size}");
            if size != 2 || rows < 400 {
                assert!(sandbox.ok(&line) == whole, "{model}, {size}");
            }
            sandbox.ok(&format!("{line} --out a.csv --force"));
            assert!(sandbox.read("a.csv") == whole.as_bytes(), "{model}, {size}");
        }
    }
    assert_eq!(sandbox.files(), ["a.csv", "m.nn"]);
}

#[test]
fn answers_that_hang_on_what_came_before_are_not_given_part_by_part() {
    let sandbox = Sandbox::new();
    sandbox.ok("train elman --data sunspots --set hidden_units=2 --set epochs=1 --quiet --out m.nn");
    let told = sandbox.refuses("predict m.nn --data no.csv --stream 10");
    assert_eq!(
        told,
        "m.nn: an answer of elman hangs on all rows before it, so they are not answered part by part; without --stream they are"
    );
}

#[test]
fn what_is_to_be_said_of_answers_is_said_once_with_its_rows() {
    let sandbox = Sandbox::with("t.csv", "a,b\n1,1\n2,2\n1,2\n2,1\n");
    sandbox.ok("train fuzzy-art --data t.csv --quiet --out m.nn");
    sandbox.write("far.csv", "a,b\n1,1\n2,2\n1,9\n2,1\n9,9\n1,1\n");
    let whole = sandbox.nn("predict m.nn --data far.csv");
    let parts = sandbox.nn("predict m.nn --data far.csv --stream 2");
    assert_eq!((parts.code, &parts.stdout), (0, &whole.stdout));
    assert_eq!(whole.stderr.lines().count(), 1, "{whole:?}");
    assert!(parts.stderr.starts_with("note: line 4 to line 5: 1 ") && parts.stderr.lines().count() == 1, "{parts:?}");
    // The last part has the row before it once more, of which nothing is said again.
    sandbox.write("last.csv", "a,b\n1,1\n2,2\n9,9\n");
    let parts = sandbox.nn("predict m.nn --data last.csv --stream 2");
    assert!(parts.stderr.starts_with("note: line 4 to line 4: 1 of 1 "), "{parts:?}");
}

#[test]
fn a_closed_pipe_ends_the_answers_quietly() {
    let sandbox = Sandbox::new();
    sandbox.ok("train mlp --data digits --set hidden_layers=4 --set epochs=1 --quiet --out m.nn");
    let mut child = sandbox.process("predict m.nn --data digits --stream 2").spawn().unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0; 20]).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(0), ""));
}

#[cfg(unix)]
mod interrupted {
    use super::*;
    use crate::common::{interrupt, wait_until_it_listens};
    use std::process::Output;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    /// Runs the words of `line` with rows on standard input until it is given Ctrl-C, after which the last row is torn.
    fn run(sandbox: &Sandbox, line: &str) -> Output {
        let mut child = sandbox.process(line).stdin(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let ends = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ends);
        let feeding = thread::spawn(move || {
            let rows = csv(&table(100));
            let (header, rows) = rows.split_at(6);
            // Who has ended reads no more.
            let mut goes_on = input.write_all(header.as_bytes()).is_ok();
            while goes_on && !seen.load(Ordering::Relaxed) {
                goes_on = input.write_all(rows.as_bytes()).is_ok();
            }
            let _ = input.write_all(b"1,2");
        });
        wait_until_it_listens(child.id());
        thread::sleep(Duration::from_millis(300));
        interrupt(child.id());
        ends.store(true, Ordering::Relaxed);
        let output = child.wait_with_output().unwrap();
        feeding.join().unwrap();
        output
    }

    /// Runs the words of `line` with so many rows in a pipe that is then silent, and gives it Ctrl-C.
    fn run_idle(sandbox: &Sandbox, line: &str, rows: usize) -> Output {
        let mut child = sandbox.process(line).stdin(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(csv(&table(rows)).as_bytes()).unwrap();
        wait_until_it_listens(child.id());
        thread::sleep(Duration::from_millis(300));
        interrupt(child.id());
        let start = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if Duration::from_secs(30) < start.elapsed() {
                child.kill().unwrap();
                panic!("it still waits for the pipe");
            }
            thread::sleep(Duration::from_millis(5));
        }
        drop(input);
        child.wait_with_output().unwrap()
    }

    #[test]
    fn ctrl_c_ends_the_waiting_for_a_silent_pipe() {
        let sandbox = Sandbox::with("t.csv", csv(&table(100)));
        let output = run_idle(&sandbox, "train mlp --data - --stream 50 --set epochs=1 --json --out m.nn", 120);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(stderr.starts_with("interrupted after 1 epoch") && stderr.ends_with("; saved m.nn\n"), "{stderr}");
        let run: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let inspected = sandbox.json("inspect m.nn --json");
        assert!(run["stopped"] == "interrupted" && inspected["stopped"] == "interrupted", "{run} {inspected}");
        let output = run_idle(&sandbox, "predict m.nn --data - --stream 50 --out a.csv", 120);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(stderr.ends_with(" rows; nothing is written\n"), "{stderr}");
        assert_eq!(sandbox.files(), ["m.nn", "t.csv"]);
    }

    #[test]
    fn ctrl_c_saves_what_the_parts_so_far_have_taught() {
        let sandbox = Sandbox::new();
        let line = "train mlp --data - --stream 50 --set hidden_layers=64-64 --set batch_size=1 --set epochs=1 --json --out m.nn";
        let output = run(&sandbox, line);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(stderr.starts_with("interrupted after 1 epoch and ") && stderr.ends_with("; saved m.nn\n"), "{stderr}");
        let run: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(run["stopped"], "interrupted");
        let parts = run["parts"].as_u64().unwrap();
        assert!(1 < parts && run["train_samples"].as_u64() == Some(40 + 50 * (parts - 1)), "{run}");
        sandbox.write("t.csv", csv(&table(10)));
        assert_eq!(sandbox.ok("predict m.nn --data t.csv").lines().count(), 11);
    }

    #[test]
    fn ctrl_c_leaves_no_half_of_the_answers() {
        let sandbox = Sandbox::with("t.csv", csv(&table(100)));
        sandbox.ok("train mlp --data t.csv --set epochs=1 --quiet --out m.nn");
        let output = run(&sandbox, "predict m.nn --data - --stream 50 --out a.csv");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(
            stderr.starts_with("interrupted after ") && stderr.ends_with(" rows; nothing is written\n"),
            "{stderr}"
        );
        assert_eq!(sandbox.files(), ["m.nn", "t.csv"]);
    }
}
