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

#[test]
fn numbers_may_be_missing_in_what_is_asked_and_not_in_what_is_learned() {
    let rows = |hole: &str| {
        let line = |at: usize| {
            if at.is_multiple_of(2) { format!("1,1,{hole},0,left\n") } else { format!("0,{hole},1,1,right\n") }
        };
        format!("a,b,c,d,side\n{}", (0..20).map(line).collect::<String>())
    };
    let sandbox = Sandbox::with("whole.csv", rows("0"));
    sandbox.write("holes.csv", rows(""));
    let line = "train rbm --target side --set label_units=true --set missing_values=true --set hidden_units=8 --set epochs=300";
    sandbox.ok(&format!("{line} --data whole.csv --out m.nn"));
    assert_eq!(sandbox.ok("predict m.nn --data holes.csv").lines().count(), 21);
    let told = sandbox.json("evaluate m.nn --data holes.csv --json");
    assert_eq!(told["accuracy"].as_f64(), Some(1.0), "{told}");
    assert!(told["reconstruction_error"].is_number() && told.get("log_likelihood").is_none(), "{told}");
    sandbox.ok("report m.nn --data holes.csv --out r.html");
    let refused = sandbox.refuses(&format!("{line} --data holes.csv"));
    assert!(refused.contains("learns from whole samples"), "{refused}");
}

#[test]
fn values_beyond_what_was_learned_are_counted_and_unscaled_ones_refused() {
    let sandbox = Sandbox::with("learned.csv", "a,b\n0,10\n5,20\n10,15\n");
    sandbox.write("asked.csv", "a,b\n-1,12\n5,12\n");
    sandbox.ok("train rbm --data learned.csv --set scaling=min-max --set hidden_units=3 --out m.nn");
    for command in ["evaluate", "predict"] {
        let told = sandbox.nn(&format!("{command} m.nn --data asked.csv"));
        assert!(told.code == 0 && told.stderr.contains("1 of 2 samples have values beyond"), "{told:?}");
    }
    sandbox.write("units.csv", "a,b\n0,1\n1,0\n");
    let refused = sandbox.refuses("train rbm --data units.csv --set hidden_units=3 --test asked.csv");
    assert!(refused.contains("x is -1, and binary units take numbers from 0 to 1"), "{refused}");
}

#[test]
fn a_gap_of_free_energies_is_drawn_where_samples_are_kept_for_validation() {
    let sandbox = Sandbox::new();
    sandbox.ok(
        "train rbm --data bars-and-stripes:side=4 --set hidden_units=6 --set epochs=5 --set patience=5 --report r.html",
    );
    let page = String::from_utf8(sandbox.read("r.html")).unwrap();
    assert!(page.contains("<h2>Free energy by epoch</h2>"));
}
