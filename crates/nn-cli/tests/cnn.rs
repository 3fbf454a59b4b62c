//! Convolutional networks at the shell: images of every form, what is told of the layers, and what is refused.

use crate::common::{Sandbox, idx};

/// Images of 6 rows and 5 columns with a bar that stands or lies, and their labels, as two files of IDX.
fn bars(sandbox: &Sandbox) {
    let place = |image: usize| image / 2 % 5;
    let ink = |image: usize, row: usize, column: usize| {
        let on = if image.is_multiple_of(2) { column == place(image) } else { row == place(image) };
        if on { 250 - image as u8 } else { 3 }
    };
    let pixels: Vec<u8> = (0..60 * 30).map(|at| ink(at / 30, at / 5 % 6, at % 5)).collect();
    sandbox.write("images-idx3-ubyte", idx(&[60, 6, 5], &pixels));
    sandbox.write("labels-idx1-ubyte", idx(&[60], &(0..60).map(|image| image % 2).collect::<Vec<u8>>()));
}

#[test]
fn the_data_tell_the_shape_and_the_model_keeps_it() {
    let sandbox = Sandbox::new();
    bars(&sandbox);
    let run = sandbox.json("train cnn --data images-idx3-ubyte --seed 3 --out m.nn --json");
    assert_eq!((run["features"].as_u64(), run["outputs"].as_u64()), (Some(30), Some(2)));
    assert!(run["test"]["accuracy"].as_f64().unwrap() >= 0.9, "{run}");
    let inspected = sandbox.json("inspect m.nn --json");
    assert_eq!(inspected["params"]["image"], "6x5");
    // Rounded up to even numbers by a frame.
    assert_eq!(
        inspected["layers"][0],
        serde_json::json!({"name": "input", "shape": [1, 6, 6], "parameters": 0, "connections": 0})
    );
    assert_eq!(inspected["layers"][1]["connections"], 36 * 160);
    let answers = sandbox.ok("predict m.nn --data images-idx3-ubyte");
    assert_eq!(answers.lines().count(), 61);
    assert!(sandbox.json("evaluate m.nn --data images-idx3-ubyte --json")["accuracy"].as_f64().unwrap() >= 0.9);
}

#[test]
fn a_shape_that_is_stated_is_that_of_the_report_too() {
    let sandbox = Sandbox::new();
    let row = |image: usize| {
        let on = |at: usize| if image.is_multiple_of(2) { at % 4 == image / 2 % 4 } else { at / 4 == image / 2 % 3 };
        (0..12).map(|at| u8::from(on(at)).to_string() + ",").collect::<String>()
            + if image.is_multiple_of(2) { "up" } else { "flat" }
    };
    let header = (0..12).map(|at| format!("x{at},")).collect::<String>() + "bar";
    let rows: String = (0..60).map(|image| row(image) + "\n").collect();
    sandbox.write("bars.csv", format!("{header}\n{rows}"));
    sandbox.ok("train cnn --data bars.csv --set image=3x4 --set epochs=3 --report r.html --out m.nn");
    let page = String::from_utf8(sandbox.read("r.html")).unwrap();
    for heading in ["Filters of layer c1", "Maps of layer c1", "Maps of layer c2", "Maps of layer s3"] {
        assert!(page.contains(&format!("<h2>{heading}</h2>")), "{heading}");
    }
    assert!(page.contains("<td>image</td><td>3x4</td>"));
    // 16 filters; of an image of either class 16 + 32 + 32 maps.
    let mistakes = page.matches(" for ").count();
    assert!(page.matches("<img ").count() >= 16 + 2 * (16 + 32 + 32), "{mistakes}");
    let refused = sandbox.refuses("train cnn --data bars.csv --set image=5x4 --out n.nn");
    assert_eq!(refused, "image: expected rows x columns x channels that make 12 features, got 5x4");
    let refused = sandbox.refuses("train cnn --data bars.csv --out n.nn");
    assert!(
        refused.starts_with("image: expected rows x columns x channels, as 12 features are no square image"),
        "{refused}"
    );
}

#[test]
fn lenet_is_counted_as_the_paper_counts_it() {
    let sandbox = Sandbox::new();
    sandbox.ok("train cnn --data digits --set variant=lenet5_1998 --set epochs=1 --holdout 0.9 --out m.nn --quiet");
    let table = sandbox.ok("inspect m.nn");
    let line = |name: &str| {
        let line = table.lines().find(|line| line.split_whitespace().next() == Some(name) && line.contains(" x "));
        line.unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("c1"), "c1 6 x 28 x 28 156 122304");
    assert_eq!(line("s2"), "s2 6 x 14 x 14 12 5880");
    assert_eq!(line("c3"), "c3 16 x 10 x 10 1516 151600");
    assert_eq!(line("s4"), "s4 16 x 5 x 5 32 2000");
    assert_eq!(line("c5"), "c5 120 x 1 x 1 48120 48120");
    assert!(table.lines().any(|line| line.split_whitespace().collect::<Vec<_>>() == ["together", "60000", "340908"]));
}
