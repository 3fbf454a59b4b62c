//! `nn tune`: settings chosen by trial, at the shell.

use crate::common::{FRUIT, Sandbox};
use serde_json::Value;

/// A search without what differs from run to run.
fn timeless(mut json: Value) -> Value {
    for name in ["seconds", "threads", "file"] {
        json.as_object_mut().unwrap().remove(name);
    }
    json
}

#[test]
fn the_json_holds_the_best_and_every_candidate() {
    let sandbox = Sandbox::new();
    let json = sandbox.json("tune rbf --data iris --grid centers=3,12,30 --json");
    let candidates = json["candidates"].as_array().unwrap();
    assert_eq!(candidates.iter().map(|one| &one["settings"]["centers"]).collect::<Vec<_>>(), [3, 12, 30]);
    assert_eq!((&json["measure"], &json["better"]), (&"accuracy".into(), &"greater".into()));
    assert_eq!((&json["folds"], &json["order"], &json["rule"]), (&5.into(), &"stratified".into(), &"best".into()));
    for one in candidates {
        let values: Vec<f64> = one["values"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let square = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let error = (square / (values.len() - 1) as f64 / values.len() as f64).sqrt();
        assert!((one["mean"].as_f64().unwrap() - mean).abs() < 1e-12);
        assert!((one["standard_error"].as_f64().unwrap() - error).abs() < 1e-12);
    }
    let best = candidates.iter().map(|one| one["mean"].as_f64().unwrap()).fold(0.0, f64::max);
    assert_eq!(json["best"]["mean"].as_f64().unwrap(), best);
    assert!(candidates.contains(&json["best"]) && 0.9 < best);
    assert!(json.get("nested").is_none() && json.get("file").is_none());
}

#[test]
fn the_table_tells_the_chosen_one() {
    let sandbox = Sandbox::new();
    let text = sandbox.ok("tune rbf --data iris --grid centers=3,12 --grid width_factor=1,2 --quiet");
    let words: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert!(words.contains(&vec!["measure", "accuracy,", "greater", "is", "better"]), "{text}");
    assert!(words.contains(&vec!["centers", "width_factor", "accuracy", "+-", "folds"]), "{text}");
    assert_eq!(words.iter().filter(|line| line.last() == Some(&"chosen")).count(), 1, "{text}");
}

#[test]
fn a_list_within_a_value_is_joined_and_the_comma_parts_candidates() {
    let json =
        Sandbox::new().json("tune mlp --data iris --set epochs=2 --grid hidden_layers=none,4,6-5 --json --no-race");
    let tried: Vec<&Value> =
        json["candidates"].as_array().unwrap().iter().map(|one| &one["settings"]["hidden_layers"]).collect();
    assert_eq!(tried, [&serde_json::json!([]), &serde_json::json!([4]), &serde_json::json!([6, 5])]);
}

#[test]
fn the_same_search_gives_the_same_on_any_number_of_threads() {
    let sandbox = Sandbox::new();
    let line = "tune mlp --data iris --set epochs=9 --grid hidden_layers=2,8 --grid lambda=0.99,1 --nested 3 --json --threads ";
    let runs = [1, 2, 3].map(|threads| timeless(sandbox.json(&format!("{line}{threads}"))));
    assert!(runs[0] == runs[1] && runs[0] == runs[2]);
    let nested = &runs[0]["nested"];
    assert_eq!((nested["values"].as_array().unwrap().len(), nested["chosen"].as_array().unwrap().len()), (3, 3));
    assert!(nested["mean"].is_f64() && nested["standard_error"].is_f64());
    assert_ne!(runs[0], timeless(sandbox.json(&format!("{line}1 --seed 2"))));
}

#[test]
fn what_is_saved_is_what_training_on_all_samples_gives() {
    let sandbox = Sandbox::new();
    let json =
        sandbox.json("tune rbf --data iris --grid centers=4,9 --out tuned.nn --report tuned.html --json --quiet");
    assert_eq!(json["file"], "tuned.nn");
    let centers = json["best"]["settings"]["centers"].as_u64().unwrap();
    sandbox.ok(&format!("train rbf --data iris --holdout 0 --set centers={centers} --out trained.nn --quiet"));
    assert!(sandbox.read("tuned.nn") == sandbox.read("trained.nn"));
    let page = String::from_utf8(sandbox.read("tuned.html")).unwrap();
    assert!(page.starts_with("<!doctype html><!-- nn report -->") && page.ends_with("</html>"));
    for part in ["rbf on iris: settings by trial", "<h2>centers</h2>", "accuracy over centers", "chosen"] {
        assert!(page.contains(part), "{part}");
    }
    sandbox.ok("predict tuned.nn --data iris");
}

#[test]
fn a_page_shows_names_and_pairs() {
    let sandbox = Sandbox::new();
    sandbox.ok("tune rbf --data iris --grid basis=gaussian,multiquadric --grid centers=4,9 --report r.html --quiet");
    let page = String::from_utf8(sandbox.read("r.html")).unwrap();
    for part in ["<h2>basis and centers</h2>", "<h2>basis</h2>", "multiquadr", "* is chosen"] {
        assert!(page.contains(part), "{part}");
    }
}

#[test]
fn a_random_search_is_drawn_again_by_the_same_seed() {
    let sandbox = Sandbox::new();
    let line = "tune rbf --data iris --range ridge=1e-6..1:log --range centers=3..20 --trials 6 --json";
    let json = timeless(sandbox.json(line));
    assert_eq!(json, timeless(sandbox.json(line)));
    let candidates = json["candidates"].as_array().unwrap();
    assert_eq!(candidates.len(), 6);
    for one in candidates {
        assert!((1e-6..=1.0).contains(&one["settings"]["ridge"].as_f64().unwrap()));
        assert!((3..=20).contains(&one["settings"]["centers"].as_u64().unwrap()));
    }
    let of_grid = sandbox.json("tune rbf --data iris --grid centers=3,4,5,6,7,8 --trials 3 --json");
    assert_eq!(of_grid["candidates"].as_array().unwrap().len(), 3);
}

#[test]
fn a_candidate_that_diverges_is_told_and_the_others_go_on() {
    let sandbox = Sandbox::new();
    let line = "tune mlp --data iris --set epochs=5 --set optimizer=sgd --set activation=relu --set scaling=none";
    let json = sandbox.json(&format!("{line} --grid learning_rate=1e30,0.01 --json"));
    let failed = &json["candidates"][0];
    assert_eq!(
        (&failed["mean"], &failed["standard_error"], &failed["ended"]),
        (&Value::Null, &Value::Null, &"failed".into())
    );
    assert!(failed["error"].as_str().unwrap().starts_with("fold 1: training diverged in epoch"), "{failed}");
    assert_eq!(json["best"]["settings"]["learning_rate"], 0.01);
    let table = sandbox.ok(&format!("{line} --grid learning_rate=1e30,0.01"));
    assert!(table.contains("fold 1: training diverged"), "{table}");
    let told = sandbox.refuses(&format!("{line} --grid learning_rate=1e30,1e31 --out m.nn"));
    assert!(
        told.starts_with("iris: every candidate failed, the first of them learning_rate=1e30: training diverged"),
        "{told}"
    );
}

#[test]
fn what_cannot_be_tried_is_refused_in_a_line() {
    let sandbox = Sandbox::with("fruit.csv", FRUIT);
    sandbox.write("rare.csv", FRUIT.to_owned() + "500,green,melon\n510,green,melon\n");
    for (line, expected) in [
        (
            "mlp --data iris --grid hiden_layers=4",
            "unknown setting \"hiden_layers\" of mlp; did you mean hidden_layers?",
        ),
        ("mlp --data iris --grid lambda=0.5,2", "lambda: expected a number above 0 to 1, got 2"),
        ("mlp --data iris --grid activation=rela,tanh", "activation: expected "),
        (
            "mlp --data iris --grid lambda=1,1.0",
            "grid: expected candidates that differ (it means the same as lambda=1), got lambda=1.0",
        ),
        (
            "mlp --data iris --grid lambda=1 --grid lambda=0.5",
            "lambda: expected one list of the values to try, got two lists",
        ),
        (
            "mlp --data iris --grid lambda=1,0.5 --set lambda=0.9",
            "lambda: is set by --set, and cannot be tried as well",
        ),
        (
            "mlp --data fruit.csv --grid lambda=1 --folds 13",
            "folds: expected a whole number from 2 to the 12 samples, got 13",
        ),
        (
            "mlp --data fruit.csv --grid lambda=1 --nested 13",
            "nested: expected a whole number from 2 to the 12 samples, got 13",
        ),
        ("mlp --data rare.csv --grid lambda=1", "rare.csv: line 14: its class has 2 samples, fewer than the 5 folds"),
        ("mlp --data iris --grid lambda=1 --measure f1", "measure: expected quantization_error, accuracy"),
        ("mlp --data iris --range lambda=1..0:log --trials 3", "lambda: expected two numbers above 0"),
        ("elmann --data iris --grid lambda=1", "unknown model \"elmann\"; did you mean elman?"),
        (
            "mlp --data iris --grid lambda=1 --out ./a.nn --checkpoint a.nn",
            "./a.nn: cannot be the file of --out and of --checkpoint",
        ),
        ("mlp --data iris --grid lambda=1 --resume none", "none: No such file"),
        ("mlp --data iris --grid lambda=1 --resume fruit.csv", "fruit.csv: not a model file"),
    ] {
        let told = sandbox.refuses(&format!("tune {line}"));
        assert!(told.starts_with(expected), "{line}: {told}");
    }
    for line in [
        "mlp --data iris",
        "mlp --data iris --grid lambda=",
        "mlp --data iris --grid lambda=1,,2",
        "mlp --data iris --grid lambda",
        "mlp --data iris --grid lambda=1 --folds 1",
        "mlp --data iris --grid lambda=1 --nested 1",
        "mlp --data iris --grid lambda=1 --trials 0",
        "mlp --data iris --range lambda=0.1..1",
        "mlp --data iris --range lambda=0.1 --trials 3",
        "mlp --data iris --grid lambda=1 --rule fastest",
        "mlp --data iris --grid lambda=1 --every 3",
        "mlp --data iris --grid lambda=1 --force",
    ] {
        sandbox.misuse(&format!("tune {line}"));
    }
}

#[test]
fn what_comes_in_time_is_foretold_from_what_came_before() {
    let json =
        Sandbox::new().json("tune elman --data sunspots --set epochs=2 --grid hidden_units=2,4 --folds 3 --json");
    assert_eq!((&json["order"], &json["measure"]), (&"time".into(), &"rmse".into()));
}

#[test]
fn every_kind_of_model_is_tuned() {
    let rows: String = (0..60).map(|i| format!("{i},{}\n", i as f64 * 0.37)).collect();
    let sandbox = Sandbox::with("line.csv", "x,y\n".to_owned() + &rows);
    for (line, measure) in [
        ("perceptron --data iris --grid epochs=1,9", "accuracy"),
        ("rbf --data line.csv --grid centers=3,9", "rmse"),
        ("som --data iris --set epochs=2 --set height=3 --grid width=2,3", "quantization_error"),
        ("artmap --data circle-in-square:samples=80 --grid vigilance=0,0.7", "accuracy"),
        ("cascor --data iris --grid hidden_units=0,1", "accuracy"),
        ("rbm --data bars-and-stripes --set epochs=2 --grid hidden_units=2,3", "pseudo_log_likelihood"),
        ("dbn --data digits --set epochs=1 --set pretraining=false --grid hidden_layers=4,6 --folds 2", "accuracy"),
        ("cnn --data digits --set epochs=1 --set layers=conv:2:3 --grid batch_size=64,128 --folds 2", "accuracy"),
    ] {
        let json = sandbox.json(&format!("tune {line} --json --quiet"));
        assert_eq!(json["measure"], measure, "{line}");
        assert!(json["best"]["mean"].is_f64(), "{line}: {json}");
    }
}

const LONG: &str = "tune mlp --data iris --set epochs=60 --set batch_size=4 --set hidden_layers=16 --grid lambda=0.9,0.99,0.999,1 \
                    --grid learning_rate=0.001,0.01,0.1 --folds 6 --nested 2 --json --quiet";

#[test]
fn another_search_is_not_continued() {
    let sandbox = Sandbox::new();
    let line = "tune rbf --data iris --grid centers=3,5";
    sandbox.ok(&format!("{line} --checkpoint c.nn"));
    for (line, expected) in [
        (
            "tune rbf --data wine --grid centers=3,5",
            "features of the data: expected 4 as in the search that is continued, got 13",
        ),
        ("tune rbf --data iris --grid centers=3,6", "checksum of the candidates: expected "),
        (
            "tune rbf --data iris --grid centers=3,5 --seed 2",
            "seed: expected 1 as in the search that is continued, got 2",
        ),
        ("tune rbf --data iris --grid centers=3,5 --folds 4", "folds: expected 5 as in"),
        ("tune rbf --data iris --grid centers=3,5 --precision f32", "precision: expected f64 as in"),
        ("tune mlp --data iris --grid lambda=1,0.5", "model: expected rbf as in"),
    ] {
        let told = sandbox.refuses(&format!("{line} --resume c.nn"));
        assert!(told.starts_with(expected), "{line}: {told}");
    }
    for command in ["predict c.nn --data iris", "evaluate c.nn --data iris", "inspect c.nn"] {
        assert_eq!(
            sandbox.refuses(command),
            "c.nn: is a search for settings, not a model; nn tune --resume continues it"
        );
    }
    assert_eq!(
        sandbox.refuses("train rbf --data iris --resume c.nn"),
        "c.nn: expected a checkpoint, got a saved search"
    );
    sandbox.ok("train rbf --data iris --set tune_weights=true --set epochs=2 --checkpoint t.nn --quiet");
    let told = sandbox.refuses(&format!("{line} --resume t.nn"));
    assert_eq!(told, "t.nn: expected a search for settings, got a file of the kind checkpoint");
}

#[cfg(unix)]
mod killed {
    use super::*;
    use std::thread;
    use std::time::{Duration, Instant};

    /// Kills come after times that are drawn between nothing and an eighth of what the whole search takes.
    #[test]
    fn twelve_kills_do_not_show_in_the_result() {
        let sandbox = Sandbox::new();
        let start = Instant::now();
        let whole = sandbox.json(&format!("{LONG} --checkpoint never-killed.nn --every 1"));
        let time = start.elapsed();
        let resumed = || if sandbox.path("c.nn").exists() { "--resume c.nn" } else { "" };
        let mut random = 12345_u64;
        for _ in 0..12 {
            let line = format!("{LONG} --checkpoint c.nn --every 1 {}", resumed());
            let mut child = sandbox.process(&line).spawn().unwrap();
            random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            thread::sleep(time.mul_f64((random >> 40) as f64 / (1 << 24) as f64 / 8.0));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        assert!(sandbox.path("c.nn").exists(), "no kill left a checkpoint");
        let json = sandbox.json(&format!("{LONG} --checkpoint c.nn --every 1 {}", resumed()));
        assert_eq!(timeless(json), timeless(whole));
        assert!(sandbox.read("c.nn") == sandbox.read("never-killed.nn"));
        // What a kill left half-written beside the checkpoint, the next search has taken away.
        assert_eq!(sandbox.files(), ["c.nn", "never-killed.nn"]);
    }

    #[test]
    fn ctrl_c_leaves_a_checkpoint_and_nothing_else() {
        let sandbox = Sandbox::new();
        let line = format!("{LONG} --set epochs=3000 --checkpoint c.nn --out m.nn --report r.html");
        let output = sandbox.interrupted(&line, Duration::from_millis(300));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(130), "{stderr}");
        assert!(
            stderr.starts_with("interrupted after ")
                && stderr.ends_with(" fits; saved c.nn, and --resume c.nn goes on\n"),
            "{stderr}"
        );
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["best"], Value::Null);
        assert_eq!(sandbox.files(), ["c.nn"]);
    }
}
