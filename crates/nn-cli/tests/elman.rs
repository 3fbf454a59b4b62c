//! Simple recurrent networks at the shell: sequences, series and symbols, what is held out of them, and what is foretold.

use crate::common::Sandbox;
use serde_json::Value;

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap_or(&Vec::new()).iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn a_single_column_of_numbers_is_a_series_whose_end_is_held_out() {
    let sandbox = Sandbox::new();
    let row = |t: usize| format!("{:.4}\n", 5.0 + (t as f64 / 3.0).sin());
    sandbox.write("wave.csv", "level\n".to_owned() + &(0..121).map(row).collect::<String>());
    let line = "train elman --data wave.csv --set hidden_units=8 --set learning_rate=0.01 --set forecast=5 --out m.nn --json --quiet";
    let run = sandbox.json(line);
    // The last value has none after it.
    assert_eq!((run["train_samples"].as_u64(), run["test_samples"].as_u64()), (Some(96), Some(24)));
    assert_eq!((run["features"].as_u64(), run["outputs"].as_u64()), (Some(1), Some(1)));
    assert!(run["test"]["rmse"].as_f64().unwrap() < 0.15, "{run}");
    assert!(run["test"].get("error_by_position").is_none());

    // Every row has its answer, the last one the first value beyond the end, and four more follow.
    let answers = sandbox.ok("predict m.nn --data wave.csv");
    assert_eq!((answers.lines().count(), answers.lines().next()), (1 + 121 + 4, Some("prediction")));
    for (k, line) in answers.lines().skip(121).enumerate() {
        let off = line.parse::<f64>().unwrap() - 5.0 - ((121 + k) as f64 / 3.0).sin();
        assert!(off.abs() < 0.3, "{k}: {off}");
    }
    let measured = sandbox.json("evaluate m.nn --data wave.csv --json");
    assert!(measured["r2"].as_f64().unwrap() > 0.9, "{measured}");
    sandbox.write("other.csv", "depth\n1\n2\n3\n");
    assert!(sandbox.refuses("predict m.nn --data other.csv").contains("column level is missing"));
}

#[test]
fn symbols_tell_the_next_one_and_strings_are_accepted_or_rejected() {
    let sandbox = Sandbox::new();
    let line = "train elman --data reber:strings=400,seed=2 --set hidden_units=10 --set epochs=60 --set learning_rate=0.01 --seed 3 \
                --out m.nn --json --quiet";
    let run = sandbox.json(line);
    assert_eq!((run["features"].as_u64(), run["outputs"].as_u64()), (Some(7), Some(7)));
    let test = &run["test"];
    assert!(test["accepted"].as_f64().unwrap() > 0.95 && test["rejected"].as_f64().unwrap() > 0.95, "{run}");
    let positions = numbers(&test["error_by_position"]);
    // After B come T and P alike; nothing is surer than E at the end.
    assert!(positions.len() > 5 && (positions[0] - 0.5 / 7.0).abs() < 0.01, "{positions:?}");
    let measured = sandbox.json("evaluate m.nn --data reber:strings=300,seed=9 --json");
    assert!(
        measured["accepted"].as_f64().unwrap() > 0.9 && measured["rejected"].as_f64().unwrap() > 0.95,
        "{measured}"
    );

    // The set as a file is the same, but nothing strange comes with it.
    sandbox.ok("data reber:strings=400,seed=2 --out strings.csv");
    let file = line.replace("reber:strings=400,seed=2", "strings.csv --sequence string").replace("m.nn", "f.nn");
    sandbox.json(&file);
    assert!(sandbox.read("m.nn") == sandbox.read("f.nn"));
    assert!(sandbox.json("evaluate f.nn --data strings.csv --json").get("rejected").is_none());

    sandbox.write("strange.csv", "string,symbol\n1,B\n1,T\n1,Q\n");
    let message = sandbox.refuses("predict m.nn --data strange.csv");
    assert!(
        message.starts_with("strange.csv: line 4, column symbol: unknown name \"Q\"; the model knows"),
        "{message}"
    );
    sandbox.write("bare.csv", "symbol\nB\nT\n");
    assert!(sandbox.refuses("predict m.nn --data bare.csv").contains("column string is missing"));
}

#[test]
fn the_error_falls_on_every_third_bit() {
    let sandbox = Sandbox::new();
    let as_elman = "--set hidden_units=4 --set activation=sigmoid --set loss=squared-error --set gradient=copy-back --set update_every=1 \
                    --set batch_size=1 --set optimizer=sgd --set learning_rate=0.1 --set momentum=0 --set init=uniform \
                    --set state=carry --set state_start=0.5";
    let run = sandbox
        .json(&format!("train elman --data temporal-xor {as_elman} --set epochs=300 --report r.html --json --quiet"));
    assert_eq!((run["train_samples"].as_u64(), run["test_samples"].as_u64()), (Some(2400), Some(600)));
    let errors = numbers(&run["test"]["error_by_position"]);
    assert!(errors.len() == 3 && errors[2] < 0.15 && errors[0] > 0.22 && errors[1] > 0.22, "{errors:?}");
    assert!(run["test"].get("accepted").is_none());
    let page = String::from_utf8(sandbox.read("r.html")).unwrap();
    for heading in ["Error by position", "Error from step to step", "States by their principal components"] {
        assert!(page.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    assert!(!page.contains("Decision surface") && !page.contains("<h2>Answers</h2>"));
}

#[test]
fn the_report_shows_a_forecast_against_the_truth() {
    let sandbox = Sandbox::new();
    sandbox.ok("train elman --data sunspots --set epochs=20 --report r.html --quiet");
    let page = String::from_utf8(sandbox.read("r.html")).unwrap();
    assert!(page.contains("<h2>Forecast against truth</h2>") && page.contains("one step ahead"));
}

#[test]
fn whole_sequences_are_held_out() {
    let sandbox = Sandbox::new();
    let run = sandbox.json("train elman --data letters-in-words:words=100 --set epochs=2 --json --quiet");
    assert_eq!(run["outputs"].as_u64(), Some(6));
    let csv = sandbox.ok("data letters-in-words:words=100");
    assert_eq!(
        run["train_samples"].as_u64().unwrap() + run["test_samples"].as_u64().unwrap(),
        csv.lines().count() as u64 - 1
    );
    assert_eq!(numbers(&run["test"]["error_by_position"]).len(), 4);
}

#[test]
fn sequences_that_cannot_be_are_named() {
    let sandbox = Sandbox::new();
    sandbox.write("apart.csv", "run,symbol\na,x\na,y\nb,x\nb,y\na,x\na,y\n");
    let message = sandbox.refuses("train elman --data apart.csv --sequence run");
    assert!(
        message.starts_with("apart.csv: line 6, column run: a sequence goes on here that had ended before"),
        "{message}"
    );
    sandbox.write("short.csv", "run,symbol\na,x\na,y\nb,x\nc,x\nc,y\n");
    let message = sandbox.refuses("train elman --data short.csv --sequence run");
    assert!(message.starts_with("short.csv: line 4, column symbol: the sequence ends with its first row"), "{message}");
    sandbox.write("gap.csv", "run,level\na,1\na,2\na,nan\na,3\n");
    let message = sandbox.refuses("train elman --data gap.csv --sequence run");
    assert!(message.contains("line 4, column level"), "{message}");
    sandbox.write("pair.csv", "level\n1\n2\n");
    assert!(sandbox.refuses("train elman --data pair.csv").contains("one sample is not enough"));
    let message = sandbox.refuses("train mlp --data apart.csv --sequence run");
    assert_eq!(message, "mlp knows no sequences, so --sequence means nothing to it");
    assert!(sandbox.refuses("train elman --data apart.csv --sequence ran").contains("did you mean run?"));
    assert!(
        sandbox
            .refuses("train elman --data apart.csv --sequence run --ignore run")
            .contains("both in --sequence and in")
    );
    let exploded = sandbox.refuses(
        "train elman --data sunspots --set activation=relu --set optimizer=sgd --set learning_rate=1000 --set update_every=0",
    );
    assert!(exploded.contains("diverged in epoch") && exploded.contains("clip_norm"), "{exploded}");
}
