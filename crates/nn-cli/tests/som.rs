//! Maps at the shell: labels that are no inputs, numbers that are missing, what a report shows.

use crate::common::{Sandbox, idx};

/// Rows of two heaps with a name, a number missing in each tenth row.
fn heaps() -> String {
    let row = |i: i32| {
        let (x, y) = (f64::from(i * 7 % 10) / 10.0, f64::from(i * 3 % 10) / 10.0);
        let far = if i % 2 == 0 { 0.0 } else { 5.0 };
        let x = if i % 10 == 3 { String::new() } else { (x + far).to_string() };
        format!("{x},{},{}\n", y - far, if i % 2 == 0 { "near" } else { "far" })
    };
    "x,y,heap\n".to_owned() + &(0..60).map(row).collect::<String>()
}

#[test]
fn labels_name_the_map_and_are_no_inputs() {
    let sandbox = Sandbox::new();
    let run = sandbox.json("train som --data iris --json --out m.nn");
    assert_eq!((run["features"].as_u64(), run["train_samples"].as_u64()), (Some(4), Some(150)));
    assert!(run["train"]["accuracy"].as_f64().unwrap() > 0.9 && run.get("test").is_none(), "{run}");
    assert!(run["train"]["quantization_error"].as_f64().unwrap() < 0.6);
    assert!(run["train"]["topographic_error"].as_f64().unwrap() < 0.2);
    // Without labels the same map answers, and is measured.
    let csv = sandbox.ok("data iris");
    let bare: String = csv.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n").collect();
    sandbox.write("bare.csv", bare);
    let answers = sandbox.ok("predict m.nn --data bare.csv");
    assert_eq!(answers, sandbox.ok("predict m.nn --data iris"));
    assert!(answers.starts_with("column,row,distance\n"));
    let measures = sandbox.json("evaluate m.nn --data bare.csv --json");
    assert!(measures.get("accuracy").is_none() && measures["quantization_error"].is_number());
    // A file of one's own says which column is a label.
    sandbox.write("heaps.csv", heaps().replace("\n,", "\n0,"));
    let own = sandbox.nn("train som --data heaps.csv --json");
    assert!(own.stdout.contains("\"features\":4") && own.stderr.contains("--target heap makes it a label"), "{own:?}");
    assert_eq!(sandbox.json("train som --data heaps.csv --target heap --json")["features"], 2);
    assert_eq!(sandbox.json("train som --data iris --ignore species --json")["features"], 4);
}

#[test]
fn labels_beside_images_are_no_inputs() {
    let sandbox = Sandbox::new();
    let pixels: Vec<u8> =
        (0..60 * 4).map(|at| if at / 4 % 2 == 0 { at as u8 % 9 } else { 200 + at as u8 % 9 }).collect();
    sandbox.write("images-idx3-ubyte", idx(&[60, 2, 2], &pixels));
    sandbox.write("labels-idx1-ubyte", idx(&[60], &(0..60).map(|image| image % 2).collect::<Vec<u8>>()));
    let run = sandbox.json("train som --data images-idx3-ubyte --json");
    assert_eq!((run["features"].as_u64(), run["train"]["accuracy"].as_f64()), (Some(4), Some(1.0)), "{run}");
}

#[test]
fn numbers_may_be_missing_where_the_map_is_told_so() {
    let sandbox = Sandbox::with("heaps.csv", heaps());
    let refused = sandbox.refuses("train som --data heaps.csv --target heap");
    assert_eq!(
        refused,
        "heaps.csv: line 5, column x: the cell is empty; --set missing_values=true lets cells be missing"
    );
    let line = "train som --data heaps.csv --target heap --set missing_values=true --set width=4 --set height=3";
    let run = sandbox.json(&format!("{line} --json --out m.nn --report r.html"));
    assert_eq!(run["train"]["accuracy"].as_f64(), Some(1.0), "{run}");
    // The saved map was told so once and for all.
    assert_eq!(sandbox.ok("predict m.nn --data heaps.csv").lines().count(), 61);
    sandbox.ok("report m.nn --data heaps.csv --out s.html");
    sandbox.write("bad.csv", heaps().replace("\n,", "\ninf,"));
    assert!(sandbox.refuses("predict m.nn --data bad.csv").contains("not a finite number: \"inf\""));
    sandbox.write("none.csv", "x,y\n1,2\n,\n");
    let none = sandbox.refuses("predict m.nn --data none.csv");
    assert!(none.contains("every number of a sample is missing"), "{none}");
    sandbox.write("names.csv", "x,y\n1,a\n2,\n");
    // A name may be missing, too, but not a label.
    let line = "train som --data names.csv --set missing_values=true --set width=2 --set height=1";
    let told = sandbox.nn(line);
    assert!(told.code == 0 && told.stderr.contains("--target y makes it a label"), "{told:?}");
    let refused = sandbox.refuses(&format!("{line} --target y"));
    assert_eq!(refused, "names.csv: line 3, column y: the cell is empty");
}

#[test]
fn a_report_shows_the_animals_by_name() {
    let sandbox = Sandbox::new();
    let run = sandbox
        .json("train som --data animals --report r.html --set watch_topology=true --set path=true --json --quiet");
    assert_eq!((run["features"].as_u64(), run["train_samples"].as_u64()), (Some(13), Some(16)));
    let page = String::from_utf8(sandbox.read("r.html")).unwrap();
    for heading in ["Topographic error", "U-matrix", "Clusters", "Way over the map", "Component planes"] {
        assert!(page.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    for name in ["owl", "tiger", "zebra", "feathers: "] {
        assert!(page.contains(name), "{name}");
    }
    sandbox.ok("train som --data watermelon-alpha --report n.html --set surface=torus --set width=4 --set height=4");
    let page = String::from_utf8(sandbox.read("n.html")).unwrap();
    assert!(page.contains("<h2>The map among the samples</h2>") && page.contains("opacity=\"0.35\""));
}
