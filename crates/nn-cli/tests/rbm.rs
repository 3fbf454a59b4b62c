//! Restricted Boltzmann machines at the shell: hidden probabilities, likelihoods, classes by label units, what a report shows.

use crate::common::Sandbox;

#[test]
fn a_machine_learns_tells_its_features_and_measures_itself() {
    let sandbox = Sandbox::new();
    let line = "train rbm --data bars-and-stripes --set hidden_units=12 --set epochs=200 --set learning_rate=0.1 --json --out m.nn";
    let run = sandbox.json(line);
    assert_eq!((run["features"].as_u64(), run["train_samples"].as_u64()), (Some(9), Some(16)));
    let train = &run["train"];
    // Better than nine fair coins, and no better than fourteen patterns of which two come twice.
    let likelihood = train["log_likelihood"].as_f64().unwrap();
    assert!(-9.0 * 2.0_f64.ln() < likelihood && likelihood < -2.599, "{run}");
    assert!(
        train["pseudo_log_likelihood"].as_f64().unwrap() < 0.0
            && train["reconstruction_error"].as_f64().unwrap() < 0.25
    );
    let answers = sandbox.ok("predict m.nn --data bars-and-stripes");
    let mut lines = answers.lines();
    assert!(lines.next().unwrap().starts_with("hidden_1,hidden_2,") && lines.clone().count() == 16);
    assert!(lines.all(|line| line.split(',').count() == 12
        && line.split(',').all(|p| (0.0..=1.0).contains(&p.parse::<f64>().unwrap()))));
    assert_eq!(sandbox.json("evaluate m.nn --data bars-and-stripes --json")["log_likelihood"], train["log_likelihood"]);
    assert!(sandbox.ok("inspect m.nn").contains("weight"));
}

#[test]
fn a_machine_too_large_for_the_exact_sum_has_no_likelihood() {
    let sandbox = Sandbox::new();
    let run = sandbox.json("train rbm --data digits --set scaling=min-max --set epochs=1 --set hidden_units=30 --json");
    assert!(run["train"].get("log_likelihood").is_none() && run["train"]["pseudo_log_likelihood"].is_number(), "{run}");
    let refused = sandbox.refuses("train rbm --data digits --set scaling=min-max --set algorithm=exact");
    assert!(refused.contains("algorithm: expected cd or pcd") && refused.contains("2^64 states"), "{refused}");
    let refused = sandbox.refuses("train rbm --data digits");
    assert!(
        refused.contains("scaling=min-max brings features there, and visible_units=gaussian takes any"),
        "{refused}"
    );
}

#[test]
fn label_units_answer_with_classes() {
    let sandbox = Sandbox::new();
    let line = "train rbm --data digits --set scaling=min-max --set label_units=true --set learning_rate=0.1 --set epochs=20 --test \
                digits --json --out m.nn";
    let run = sandbox.json(line);
    assert!(0.9 < run["train"]["accuracy"].as_f64().unwrap(), "{run}");
    let answers = sandbox.ok("predict m.nn --data digits");
    assert!(answers.starts_with("prediction,probability_0,probability_1,"), "{}", &answers[..60]);
    sandbox.ok("report m.nn --data digits --out r.html");
    let page = String::from_utf8(sandbox.read("r.html")).unwrap();
    for heading in
        ["Classes", "Filters of the hidden units", "Samples of the machine", "Reconstructions", "Hidden probabilities"]
    {
        assert!(page.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
}

#[test]
fn a_training_that_was_stopped_goes_on_to_the_same_file() {
    let sandbox = Sandbox::new();
    let line = "train rbm --data bars-and-stripes --set algorithm=pcd --set hidden_units=8";
    sandbox.ok(&format!("{line} --set epochs=20 --out whole.nn"));
    sandbox.ok(&format!("{line} --set epochs=9 --checkpoint c.nn --out half.nn"));
    sandbox.ok(&format!("{line} --set epochs=20 --resume c.nn --out on.nn"));
    assert!(sandbox.read("whole.nn") == sandbox.read("on.nn"));
}

#[test]
fn the_likelihood_is_drawn_with_its_error_where_it_is_estimated() {
    let sandbox = Sandbox::new();
    let line = "train rbm --data bars-and-stripes:side=5 --set hidden_units=24 --set epochs=2 --set watch_likelihood=true --report r.html";
    sandbox.ok(line);
    let page = String::from_utf8(sandbox.read("r.html")).unwrap();
    assert!(page.contains("<h2>Likelihood by epoch</h2>") && page.contains("two standard errors below"));
}
