//! Radial basis function networks at the shell: what is unknown, what training and inspecting tell, pictures.

use crate::common::Sandbox;

/// A wave over x from 0 to 6.
fn wave(sandbox: &Sandbox) {
    let row = |i: usize| format!("{},{}\n", i as f64 / 20.0, (i as f64 / 20.0).sin());
    sandbox.write("wave.csv", "x,y\n".to_owned() + &(0..120).map(row).collect::<String>());
}

#[test]
fn a_sample_far_from_all_centres_is_told_to_be_unknown() {
    let sandbox = Sandbox::new();
    wave(&sandbox);
    let run = sandbox.json("train rbf --data wave.csv --set centers=12 --seed 1 --out m.nn --json --quiet");
    assert!(run["test"]["r2"].as_f64().unwrap() > 0.999, "{run}");
    assert_eq!((run["train"]["accepted"].as_u64(), run["train"]["rejected"].as_u64()), (Some(96), Some(0)));
    sandbox.write("asked.csv", "x\n1.5\n-40\n3\n1000\n");
    let answers = sandbox.ok("predict m.nn --data asked.csv");
    let lines: Vec<&str> = answers.lines().collect();
    assert_eq!(lines[0], "prediction,distance,unknown");
    let unknown: Vec<&str> = lines[1..].iter().map(|line| line.rsplit(',').next().unwrap()).collect();
    assert_eq!(unknown, ["0", "1", "0", "1"]);
    sandbox.write("far.csv", "x,y\n1.5,1\n-40,0\n");
    let measured = sandbox.json("evaluate m.nn --data far.csv --json");
    assert_eq!((measured["accepted"].as_u64(), measured["rejected"].as_u64()), (Some(1), Some(1)));
    // A reach of one's own.
    sandbox.ok("train rbf --data wave.csv --set centers=12 --set reach=1e6 --out wide.nn --quiet");
    let answers = sandbox.ok("predict wide.nn --data asked.csv");
    assert!(answers.lines().skip(1).all(|line| line.ends_with(",0")), "{answers}");
}

#[test]
fn the_condition_number_is_told_by_training_inspecting_and_the_report() {
    let sandbox = Sandbox::new();
    wave(&sandbox);
    let told = sandbox.nn("train rbf --data wave.csv --set centers=9 --out m.nn --report r.html");
    assert_eq!(told.code, 0, "{}", told.stderr);
    let line = told.stderr.lines().find(|line| line.contains("condition number of the weights' equations")).unwrap();
    assert!(sandbox.ok("inspect m.nn").contains(line));
    let remark = line.strip_prefix("note: ").unwrap();
    let inspected = sandbox.json("inspect m.nn --json");
    assert!(inspected["remarks"].as_array().unwrap().iter().any(|told| told == remark), "{inspected}");
    let page = String::from_utf8(sandbox.read("r.html")).unwrap();
    assert!(page.contains("condition number of the weights"));
    for heading in ["Answers", "Leave-one-out error over ridge"] {
        assert!(page.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    assert!(page.contains("the model says that it does not know"));
}

#[test]
fn the_report_shows_centres_among_two_inputs_and_as_images() {
    let sandbox = Sandbox::new();
    let page = |command: &str| {
        sandbox.ok(&format!("train rbf {command} --set centers=10 --report r.html --force --quiet"));
        String::from_utf8(sandbox.read("r.html")).unwrap()
    };
    let flat = page("--data two-spirals");
    for heading in ["Decision surface", "Centres", "Leave-one-out error over ridge"] {
        assert!(flat.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    assert!(flat.contains("Crosses are the units"));
    assert!(page("--data iris").contains("principal components"));
    assert!(page("--data digits").contains("As images, on the scale of the samples."));
}
