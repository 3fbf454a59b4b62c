//! The general Boltzmann machine at the shell: codes of the encoder, what is told of samples, what is refused.

use crate::common::Sandbox;

#[test]
fn the_encoder_is_told_by_its_codes() {
    let sandbox = Sandbox::new();
    let run = sandbox.json("train boltzmann --data encoder --json --out m.nn --report m.html");
    assert_eq!((run["features"].as_u64(), run["outputs"].as_u64()), (Some(8), Some(8)), "{run}");
    assert_eq!(run["train"]["codes"].as_u64(), Some(8), "{run}");
    // The best that can be had is ln 1/8.
    let likelihood = run["train"]["log_likelihood"].as_f64().unwrap();
    assert!((-2.4..-8.0_f64.ln()).contains(&likelihood), "{likelihood}");
    assert_eq!(sandbox.json("evaluate m.nn --data encoder --json")["codes"], run["train"]["codes"]);

    // The left side alone is enough to tell the right one.
    let csv = sandbox.ok("data encoder");
    let left: String = csv.lines().map(|line| line.split(',').take(8).collect::<Vec<_>>().join(",") + "\n").collect();
    sandbox.write("left.csv", left);
    let answers = sandbox.ok("predict m.nn --data left.csv");
    assert_eq!(answers, sandbox.ok("predict m.nn --data encoder"));
    let mut lines = answers.lines();
    let header = lines.next().unwrap();
    assert!(
        header.starts_with("prediction_out1,") && header.ends_with("prediction_out8,log_probability_of_features"),
        "{header}"
    );
    for (on, line) in lines.enumerate() {
        let told: Vec<f64> = line.split(',').map(|cell| cell.parse().unwrap()).collect();
        assert!((0..8).all(|unit| (told[unit] > 0.5) == (unit == on)), "{line}");
    }

    let page = String::from_utf8(sandbox.read("m.html")).unwrap();
    for heading in [
        "Energy while settling",
        "Weights between the units",
        "Difference of the phases",
        "Codes",
        "Samples of its own",
    ] {
        assert!(page.contains(heading), "{heading}");
    }
}

#[test]
fn the_rule_of_1985_is_stopped_and_resumed() {
    let sandbox = Sandbox::new();
    let line = "train boltzmann --data encoder:bits=4 --set learning=sign --set hidden_units=2 --json";
    let whole = sandbox.json(&format!("{line} --set epochs=30 --out whole.nn"));
    assert!((1..=4).contains(&whole["train"]["codes"].as_u64().unwrap()), "{whole}");
    sandbox.ok(&format!("{line} --set epochs=11 --checkpoint c.nn"));
    sandbox.ok(&format!("{line} --set epochs=30 --resume c.nn --out parts.nn"));
    assert!(sandbox.read("whole.nn") == sandbox.read("parts.nn"));
    assert!(sandbox.ok("inspect whole.nn").contains("weight"));
}

#[test]
fn momentum_is_resumed_with_the_exact_gradient() {
    let sandbox = Sandbox::new();
    let line = "train boltzmann --data encoder:bits=4 --set learning=exact --set momentum=0.8 --json";
    sandbox.ok(&format!("{line} --set epochs=20 --out whole.nn"));
    sandbox.ok(&format!("{line} --set epochs=9 --checkpoint c.nn"));
    sandbox.ok(&format!("{line} --set epochs=20 --resume c.nn --out parts.nn"));
    assert!(sandbox.read("whole.nn") == sandbox.read("parts.nn"));
}

/// Ten samples of forty features, of which the last has gaps at its end.
fn forty(gaps: usize) -> String {
    let header = (0..40).map(|i| format!("a{i}")).collect::<Vec<_>>().join(",");
    let cell =
        |i: usize, j: usize| if j == 9 && 40 - gaps <= i { "" } else { ["0", "1"][(5 * i + 3 * j + i * j) % 7 / 4] };
    let line = |j: usize| (0..40).map(|i| cell(i, j)).collect::<Vec<_>>().join(",");
    (0..10).fold(header + "\n", |text, j| text + &line(j) + "\n")
}

#[test]
fn a_row_of_gaps_is_measured_and_answered_by_sampling() {
    let sandbox = Sandbox::with("full.csv", forty(0));
    sandbox.write("gaps.csv", forty(35));
    let line = "--set connections=bipartite --set missing_values=true --set epochs=20";
    sandbox.ok(&format!("train boltzmann --data full.csv {line} --set learning=exact --out m.nn"));
    // What is not summed is said, and nothing else.
    let noted = |line: &str| {
        let run = sandbox.nn(line);
        let note = "note: the probabilities of samples are not told: of one of them 44 joined units are too many";
        assert!(run.code == 0 && run.stderr.lines().all(|line| line.starts_with(note)), "nn {line}: {run:?}");
        run.stdout
    };
    let json = |line: &str| -> serde_json::Value { serde_json::from_str(&noted(line)).unwrap() };
    let measures = json("evaluate m.nn --data gaps.csv --json");
    assert!(measures["pseudo_log_likelihood"].as_f64().unwrap() < -5.0, "{measures}");
    // A column for all samples or for none.
    let columns = |data: &str| {
        let text = noted(&format!("predict m.nn --data {data}"));
        text.lines().map(|line| line.split(',').count()).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(columns("full.csv").into_iter().collect::<Vec<_>>(), [41]);
    assert_eq!(columns("gaps.csv").into_iter().collect::<Vec<_>>(), [40]);
    let run = json(&format!("train boltzmann --data gaps.csv {line} --set target_loss=0.5 --json"));
    assert!(0.5 < run["train"]["loss"].as_f64().unwrap(), "{run}");
    let refused = sandbox.refuses(&format!("train boltzmann --data gaps.csv {line} --set learning=exact"));
    assert!(
        refused.contains("learning: expected sampled or sign, since a sample leaves 44 joined units free"),
        "{refused}"
    );
}

#[test]
fn hidden_units_features_and_what_is_missing_are_told() {
    let sandbox = Sandbox::with("votes.csv", "a,b,c\n1,1,0\n0,0,1\n1,1,1\n0,0,0\n1,1,0\n0,0,1\n");
    sandbox.ok("train boltzmann --data votes.csv --out m.nn --set hidden_units=2 --report m.html");
    assert!(sandbox.ok("predict m.nn --data votes.csv").starts_with("hidden_1,hidden_2,log_probability\n"));
    let page = String::from_utf8(sandbox.read("m.html")).unwrap();
    assert!(page.contains("Probabilities and frequencies"));
    sandbox.write("gaps.csv", "a,b,c\n1,1,0\n0,,1\n1,1,1\n0,0,0\n1,,0\n0,0,1\n");
    let refused = sandbox.refuses("train boltzmann --data gaps.csv");
    assert!(refused.ends_with("--set missing_values=true lets cells be missing"), "{refused}");
    sandbox.ok("train boltzmann --data gaps.csv --set missing_values=true --out g.nn");
    let completed = sandbox.ok("predict g.nn --data gaps.csv");
    let cells: Vec<Vec<f64>> =
        completed.lines().skip(1).map(|line| line.split(',').map(|cell| cell.parse().unwrap()).collect()).collect();
    // b is as a is.
    assert!(cells[1][1] < 0.2 && 0.8 < cells[4][1], "{completed}");
    assert_eq!((cells[1][0], cells[4][0]), (0.0, 1.0));
}

#[test]
fn what_is_no_machine_is_refused() {
    let sandbox = Sandbox::new();
    let refused = |line: &str| sandbox.refuses(&format!("train boltzmann --data {line}"));
    assert_eq!(
        refused("iris"),
        "iris: line 2, column sepal_length: x is 5.1, but a visible unit is 0 or 1; threshold=NUMBER turns what is above it on"
    );
    let exact = refused("digits --set threshold=7 --set learning=exact");
    assert!(
        exact.contains("learning: expected sampled or sign, since more than 2^63 states would be summed over"),
        "{exact}"
    );
    let edges = refused("encoder --set connections=given --set edges=3-3");
    assert!(edges.contains("edges: expected two units, since none is joined to itself, got 3-3"), "{edges}");
    let groups = refused("encoder --set groups=4-4");
    assert!(groups.contains("groups: expected sizes whose sum is the 16 visible units, got 4-4"), "{groups}");
}
