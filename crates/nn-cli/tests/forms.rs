//! Every form in which data may come.

use crate::common::{FRUIT, Sandbox, idx, npy, npy_of, packed};

/// Eight images of 2 x 2 pixels, dark or bright, with their labels.
fn images() -> Sandbox {
    let sandbox = Sandbox::new();
    let pixels: Vec<u8> = (0..32).map(|i| if i < 16 { i } else { 200 + i }).collect();
    sandbox.write("t-images-idx3-ubyte", idx(&[8, 2, 2], &pixels));
    sandbox.write("t-labels-idx1-ubyte", idx(&[8], &[0, 0, 0, 0, 1, 1, 1, 1]));
    sandbox
}

#[test]
fn a_packed_file_is_the_file() {
    let sandbox = Sandbox::with("fruit.csv", FRUIT);
    sandbox.write("fruit.csv.gz", packed(FRUIT));
    sandbox.ok("train mlp --data fruit.csv --out a.nn");
    sandbox.ok("train mlp --data fruit.csv.gz --out b.nn");
    assert!(sandbox.read("a.nn") == sandbox.read("b.nn"));
    sandbox.write("bad.csv.gz", packed(FRUIT.replace("150", "n/a")));
    assert_eq!(
        sandbox.refuses("train mlp --data bad.csv.gz"),
        "bad.csv.gz: line 3, column weight: a number in a column of names: \"160\""
    );
}

#[test]
fn standard_input_is_read_where_a_dash_stands() {
    let sandbox = Sandbox::with("fruit.csv", FRUIT);
    sandbox.ok("train mlp --data fruit.csv --out file.nn");
    let nn =
        |line: &str, input: &[u8]| sandbox.command().args(line.split_whitespace()).write_stdin(input).output().unwrap();
    assert!(nn("train mlp --data - --out piped.nn", FRUIT.as_bytes()).status.success());
    assert!(sandbox.read("file.nn") == sandbox.read("piped.nn"));
    let answers = nn("predict file.nn --data -", &packed(FRUIT));
    assert_eq!(String::from_utf8(answers.stdout).unwrap(), sandbox.ok("predict file.nn --data fruit.csv"));
    let refused = nn("evaluate file.nn --data -", b"weight,colour,kind\n1,red\n");
    let message = "error: standard input: line 2: 2 cells, but the header has 3\n";
    assert_eq!((refused.status.code(), String::from_utf8(refused.stderr).unwrap().as_str()), (Some(1), message));
    let message = "standard input can be read once, but --data and --test both name it";
    assert_eq!(sandbox.refuses("train mlp --data - --test -"), message);
}

#[test]
fn the_columns_of_an_npy_are_called_by_their_index() {
    let sandbox = Sandbox::with("t.npy", npy(3, &[1.0, 5.0, 0.0, 2.0, 6.0, 1.0, 3.0, 5.0, 0.0, 4.0, 6.0, 1.0]));
    sandbox.write("t.csv", "0,1,2\n1,5,0\n2,6,1\n3,5,0\n4,6,1\n");
    sandbox.ok("train mlp --data t.npy --out npy.nn");
    sandbox.ok("train mlp --data t.csv --out csv.nn");
    assert!(sandbox.read("npy.nn") == sandbox.read("csv.nn"));
    assert_eq!(sandbox.ok("predict npy.nn --data t.npy"), sandbox.ok("predict npy.nn --data t.csv"));
    let report = sandbox.json("train mlp --data t.npy --target 0 --ignore 2 --task regress --json");
    assert_eq!((report["features"].clone(), report["outputs"].clone()), (1.into(), 1.into()));
    sandbox.write("new.npy", npy(2, &[1.0, 5.0]));
    assert_eq!(sandbox.ok("predict npy.nn --data new.npy").lines().count(), 2);
}

#[test]
fn images_find_their_labels_beside_them() {
    let sandbox = images();
    let report = sandbox.json("train mlp --data t-images-idx3-ubyte --out m.nn --json");
    assert_eq!((report["features"].clone(), report["outputs"].clone()), (4.into(), 2.into()));
    assert_eq!(report["train"]["accuracy"], 1.0);
    sandbox.write("p-images-idx3-ubyte.gz", packed(sandbox.read("t-images-idx3-ubyte")));
    assert_eq!(sandbox.ok("predict m.nn --data p-images-idx3-ubyte.gz").lines().count(), 9);
    assert_eq!(
        sandbox.refuses("evaluate m.nn --data p-images-idx3-ubyte.gz"),
        "p-images-idx3-ubyte.gz: there are no labels beside the images; they would be in a file with `labels` in its name, \
         where this has `images`"
    );
    sandbox.write("p-labels-idx1-ubyte.gz", packed(sandbox.read("t-labels-idx1-ubyte")));
    assert_eq!(sandbox.json("evaluate m.nn --data p-images-idx3-ubyte.gz --json"), report["train"]);
}

#[test]
fn arrays_of_images_are_images() {
    let sandbox = images();
    let pixels = sandbox.read("t-images-idx3-ubyte")[16..].to_vec();
    let labels: Vec<u8> = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0_f32].iter().flat_map(|n| n.to_le_bytes()).collect();
    sandbox.write("t_x.npy", npy_of("'|u1'", "False", "(8, 2, 2)", &pixels));
    sandbox.write("t_y.npy", npy_of("'<f4'", "False", "(8,)", &labels));
    sandbox.ok("train mlp --data t-images-idx3-ubyte --out idx.nn");
    sandbox.ok("train mlp --data t_x.npy --out npy.nn --report npy.html");
    assert!(sandbox.read("idx.nn") == sandbox.read("npy.nn"));
    assert!(sandbox.ok("inspect npy.nn --json").contains("label"));

    // Two channels of one row are other images of the same columns.
    for (name, file) in [
        ("c_x.npy", npy_of("'|u1'", "False", "(8, 2, 1, 2)", &pixels)),
        ("c-images-idx4-ubyte", idx(&[8, 2, 1, 2], &pixels)),
    ] {
        sandbox.write(name, file);
        sandbox.write("c_y.npy", sandbox.read("t_y.npy"));
        sandbox.write("c-labels-idx1-ubyte", sandbox.read("t-labels-idx1-ubyte"));
        sandbox.ok(&format!("train mlp --data {name} --out {name}.nn --force"));
        let file = String::from_utf8_lossy(&sandbox.read(&format!("{name}.nn"))).replace('\\', "");
        assert!(file.contains(r#""image":"1x2x2""#), "{file}");
    }
}

#[test]
fn labels_of_an_array_of_images_are_found_by_its_name() {
    let sandbox = Sandbox::new();
    let pixels = npy_of("'|u1'", "False", "(4, 1, 2)", &[1, 2, 3, 4, 5, 6, 7, 8]);
    let labels = npy_of("'|u1'", "False", "(4,)", &[0, 1, 0, 1]);
    for (images, beside) in [("images.npy", "labels.npy"), ("a_x.npy", "a_y.npy"), ("b_x.npy.gz", "b_y.npy")] {
        let file = if images.ends_with(".gz") { packed(&pixels) } else { pixels.clone() };
        sandbox.write(images, file);
        let message = sandbox.refuses(&format!("train mlp --data {images}"));
        assert!(message.starts_with(&format!("{images}: there are no labels beside the images; ")), "{message}");
        sandbox.write(beside, &labels);
        sandbox.ok(&format!("train mlp --data {images} --set epochs=1"));
    }
    sandbox.write("a_y.npy", npy_of("'|u1'", "False", "(3,)", &[0, 1, 0]));
    assert_eq!(sandbox.refuses("train mlp --data a_x.npy"), "a_y.npy: expected 4 labels, got 3 x 1");
    sandbox.write("a_y.npy", "hello");
    assert_eq!(sandbox.refuses("train mlp --data a_x.npy"), "a_y.npy: the header of the .npy is damaged");
    // Of two axes it is a table as before, whatever lies beside it.
    sandbox.write("a_x.npy", npy(2, &[1.0, 0.0, 2.0, 1.0]));
    sandbox.ok("train mlp --data a_x.npy --set epochs=1");
}

#[test]
fn a_set_is_made_as_it_is_asked_for() {
    let sandbox = Sandbox::new();
    let report = sandbox.json("train mlp --data parity:bits=6 --holdout 0 --set epochs=1 --json");
    assert_eq!((report["train_samples"].clone(), report["features"].clone()), (64.into(), 6.into()));
    let report = sandbox.json("train mlp --data encoder:bits=8 --set epochs=1 --out m.nn --json");
    assert_eq!((report["features"].clone(), report["outputs"].clone()), (8.into(), 8.into()));
    assert!(sandbox.ok("predict m.nn --data encoder").starts_with("prediction_out1,prediction_out2,"));
    assert_eq!(sandbox.ok("data circle-in-square:samples=200,seed=3").lines().count(), 201);
    let refuses = |data: &str| sandbox.refuses(&format!("train mlp --data {data}"));
    assert_eq!(refuses("parity:bit=6"), "parity:bit=6: unknown setting \"bit\"; did you mean bits?");
    assert_eq!(refuses("parity:bits=99"), "parity:bits=99: bits: expected a whole number from 2 to 16, got \"99\"");
    assert_eq!(refuses("iris:seed=1"), "iris:seed=1: iris has no settings");
    assert_eq!(refuses("partiy:bits=6"), "unknown data \"partiy:bits=6\"; did you mean parity?");
}
