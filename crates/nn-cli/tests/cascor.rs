//! Cascade-correlation from the shell.

use crate::common::Sandbox;

#[test]
fn two_spirals_are_solved_by_the_defaults_and_wind_up_in_the_report() {
    let sandbox = Sandbox::new();
    let run = sandbox.json("train cascor --data two-spirals --report s.html --out s.nn --json --quiet");
    assert_eq!((&run["train"]["accuracy"], &run["stopped"]), (&1.0.into(), &"converged".into()));
    let units = run["train"]["hidden_units"].as_u64().unwrap();
    assert!((10..=25).contains(&units), "{units}");
    let page = String::from_utf8(sandbox.read("s.html")).unwrap();
    for heading in ["Decision surface", "The cascade", "Correlation of the best candidate", "The answer as units came"]
    {
        assert!(page.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    // The plane with no unit, with one, and so on.
    assert!(page.contains("0 units") && page.contains("1 unit<") && page.contains(&format!("{units} units")));
    sandbox.ok("report s.nn --data two-spirals --out again.html");
    let told = sandbox.ok("inspect s.nn");
    assert!(told.contains(&format!("hidden.{units}.weight")) && told.contains("every output is nearer than 0.4"));
    let all = sandbox.json("evaluate s.nn --data two-spirals --json");
    assert!(0.8 < all["accuracy"].as_f64().unwrap());
}

#[test]
fn parity_and_quantities() {
    let sandbox = Sandbox::new();
    for bits in 2..=7 {
        let run = sandbox.json(&format!("train cascor --data parity:bits={bits} --holdout 0 --json --quiet"));
        assert_eq!(run["train"]["accuracy"], 1.0, "{bits} bits");
    }
    let rows: String = (0..80).map(|i| format!("{i},{}\n", (f64::from(i) / 9.0).sin() * 30.0)).collect();
    let sandbox = Sandbox::with("q.csv", "a,b\n".to_owned() + &rows);
    let run = sandbox.json("train cascor --data q.csv --set hidden_units=8 --out q.nn --report q.html --json --quiet");
    assert!(0.99 < run["train"]["r2"].as_f64().unwrap(), "{run}");
    assert_eq!(run["stopped"], "epochs");
    sandbox.ok("predict q.nn --data q.csv --out p.csv");
    assert!(sandbox.read("p.csv").starts_with(b"prediction\n"));
}

#[test]
fn what_was_stopped_in_the_middle_of_a_phase_goes_on_to_the_same_file() {
    let sandbox = Sandbox::new();
    let line = "train cascor --data two-spirals --quiet --out";
    sandbox.ok(&format!("{line} whole.nn"));
    // 300 passes end among candidates.
    sandbox.ok(&format!("{line} part.nn --set epochs=300 --checkpoint c.ckpt --threads 1"));
    sandbox.ok(&format!("{line} resumed.nn --resume c.ckpt --threads 2"));
    assert!(sandbox.read("whole.nn") == sandbox.read("resumed.nn"));
}
