//! Every kind of bad data in every form: exit 1, one line that names the file, and nothing left behind.
//!
//! A new kind is a line in a table.

use crate::common::{Sandbox, idx, idx_of, npy, npy_of, packed};

/// What is wrong, the bytes, and what is said of them after the name of the file.
type Case<'a> = (&'a str, Vec<u8>, &'a str);

/// Checks that `line`, with `name` on it, is refused with a message that begins with `name` and goes on with `says`.
fn check(sandbox: &Sandbox, line: &str, input: &[u8], name: &str, (what, _, says): &Case<'_>) {
    let message = sandbox.refuses_on(line, input);
    assert!(message.starts_with(&format!("{name}: {says}")), "{what}: nn {line}: {message}");
}

/// A place where `good` has been learned, as `good.nn`.
fn learned(good: &[u8]) -> Sandbox {
    let sandbox = Sandbox::with("good", good);
    sandbox.ok("train mlp --data good --set epochs=1 --out good.nn");
    sandbox
}

/// Hands `bytes` as the file `name` to every command that reads data.
fn everywhere(sandbox: &Sandbox, name: &str, case: &Case<'_>, bytes: &[u8]) {
    sandbox.write(name, bytes);
    for line in [
        format!("train mlp --data {name} --out m.nn"),
        format!("train mlp --data good --test {name} --out m.nn"),
        format!("predict good.nn --data {name} --out a.csv"),
        format!("evaluate good.nn --data {name} --json"),
        format!("train mlp --data {name} --stream 1000 --out m.nn"),
        format!("predict good.nn --data {name} --stream 1000 --out a.csv"),
    ] {
        check(sandbox, &line, b"", name, case);
    }
}

/// Bytes that look like nothing.
fn garbage() -> Vec<u8> {
    (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 | 1).collect()
}

const GOOD_CSV: &[u8] = b"x,y\n1,a\n2,b\n3,a\n4,b\n";

#[test]
fn text_in_a_file_packed_or_piped() {
    let text = |text: &str| text.as_bytes().to_vec();
    let unclosed = "line 3: a quote is opened and never closed";
    let cases: &[Case<'_>] = &[
        ("empty", text(""), "the file is empty"),
        ("empty lines", text("\n\r\n\n"), "the file is empty"),
        ("a mark and no more", text("\u{feff}"), "the file is empty"),
        ("a header alone", text("x,y\n"), "there is a header, but no row of data"),
        ("half a header", text("x,y"), "there is a header, but no row of data"),
        ("a marked header alone", text("\u{feff}x,y\r\n"), "there is a header, but no row of data"),
        ("a header of nothing", text(",\n1,a\n"), "line 1: column 1 has no name"),
        ("a header of blanks", text("  \n1\n"), "line 1: column 1 has no name"),
        ("a comma too many", text("x,y,\n1,a,\n"), "line 1: column 3 has no name"),
        ("one name twice", text("x,y,x\n1,a,2\n"), "line 1: columns 1 and 3 are both called \"x\""),
        (
            "semicolons",
            text("x;y\n1;a\n"),
            "line 1: one column \"x;y\": columns are parted by commas here, not by semicolons",
        ),
        ("tabs", text("x\ty\n1\ta\n"), "line 1: one column \"x\\ty\": columns are parted by commas here"),
        ("too short a row", text("x,y\n1,a\n2\n3,a\n"), "line 3: 1 cell, but the header has 2"),
        ("too long a row", text("x,y\n1,a\n2,b,\n3,a\n"), "line 3: 3 cells, but the header has 2"),
        ("a row of blanks", text("x,y\n1,a\n  \n3,a\n"), "line 3: 1 cell, but the header has 2"),
        ("cut within a row", text("x,y\n1,a\n2"), "line 3: 1 cell, but the header has 2"),
        ("an open quote", text("x,y\n1,a\n2,\"b\n3,a\n"), unclosed),
        ("an open quote, doubled", text("x,y\n1,a\n2,\"b\"\"\n3,a\n"), unclosed),
        ("an open quote at the end", text("x,y\n1,a\n2,\""), unclosed),
        ("an open quote in the header", text("x,\"y\n1,a\n2,b\n"), "line 1: a quote is opened and never closed"),
        ("an empty cell", text("x,y\n1,a\n,b\n"), "line 3, column x: the cell is empty"),
        ("a blank cell", text("x,y\r\n1,a\r\n  ,b\r\n"), "line 3, column x: the cell is empty"),
        ("no number", text("x,y\n1,a\n\n\"2\n\",a\nNaN,b\n"), "line 6, column x: not a finite number: \"NaN\""),
        ("infinite", text("x,y\r1,a\r-inf,b\r"), "line 3, column x: not a finite number: \"-inf\""),
        ("not a number in words", text("x,y\n1,a\nnan,b\n"), "line 3, column x: not a finite number: \"nan\""),
        ("infinite in letters", text("x,y\n1,a\ninf,b\n"), "line 3, column x: not a finite number: \"inf\""),
        ("infinite in words", text("x,y\n1,a\nInfinity,b\n"), "line 3, column x: not a finite number: \"Infinity\""),
        ("beyond any float", text("x,y\n1,a\n1e999,b\n"), "line 3, column x: not a finite number: \"1e999\""),
        ("mixed", text("x,y\n1,a\nn/a,b\n"), "line 3, column x: not a number: \"n/a\""),
        ("a line break in a cell", text("x,y\n1,a\n\"n\n/a\",b\n"), "line 3, column x: not a number: \"n\\n/a\""),
        ("what a terminal obeys", text("x,y\n1,a\n\x1b[2J,b\n"), "line 3, column x: not a number: \"\\u{1b}[2J\""),
        ("another encoding", b"x,y\n1,a\n\xE9,b\n".to_vec(), "line 3, column x: not UTF-8 text"),
        ("another encoding in the header", b"x,\xE9\n1,a\n".to_vec(), "line 1: not UTF-8 text"),
        ("16 bits with a mark", b"\xFF\xFEx\0,\0y\0\n\0".to_vec(), "line 1: not UTF-8 text"),
        ("16 bits", b"x\0,\0y\0\n\0".to_vec(), "line 1: not text: there is a zero byte"),
        ("a zero", b"x,y\n1,a\0\n".to_vec(), "line 2: not text: there is a zero byte"),
        ("a zip file", b"PK\x03\x04\x14\0\0\0\x08\0x,y\n1,a\n".to_vec(), "line 1: not text: there is a zero byte"),
        ("a JPEG", b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec(), "line 1: not UTF-8 text"),
        ("garbage", garbage(), "line "),
        ("half the word of a .npy", b"\x93NUM".to_vec(), "line 1: not UTF-8 text"),
        ("half the word of an IDX", vec![0, 0, 8], "line 1: not text: there is a zero byte"),
    ];
    let sandbox = learned(GOOD_CSV);
    for case in cases {
        everywhere(&sandbox, "t.csv", case, &case.1);
        everywhere(&sandbox, "t.csv.gz", case, &packed(&case.1));
        for line in
            ["train mlp --data - --out m.nn", "predict good.nn --data - --out a.csv", "evaluate good.nn --data -"]
        {
            check(&sandbox, line, &case.1, "standard input", case);
        }
    }
}

#[test]
fn text_that_cannot_be_learned() {
    let text = |text: &str| text.as_bytes().to_vec();
    let cases: &[Case<'_>] = &[
        ("one sample", text("x,y\n1,a\n"), "there is only one sample, from which nothing can be learned"),
        ("one class", text("x,y\n1,a\n2,a\n"), "column y: there is only one class, \"a\"; to learn takes two or more"),
        ("an empty class", text("x,y\n1,a\n2,\n"), "line 3, column y: the cell is empty"),
        ("another encoding", b"x,y\n1,caf\xE9\n2,b\n".to_vec(), "line 2, column y: not UTF-8 text"),
        ("a number among names", text("x,y\nred,a\n2,b\n"), "line 3, column x: a number in a column of names: \"2\""),
        ("one class, a number", text("x,y\n1,7\n2,7.0\n"), "column y: there is only one class, \"7\""),
        ("one column", text("x\n1\n2\n"), "no column is left as an input"),
        (
            "no names",
            text("5.1,a\n4.9,b\n"),
            "line 1: the first line must name the columns, but it looks like a row of data",
        ),
    ];
    let sandbox = Sandbox::new();
    for case in cases {
        for (name, bytes) in [("t.csv", case.1.clone()), ("t.csv.gz", packed(&case.1))] {
            sandbox.write(name, bytes);
            for model in ["mlp", "perceptron"] {
                check(&sandbox, &format!("train {model} --data {name} --out m.nn"), b"", name, case);
            }
        }
        check(&sandbox, "train mlp --data - --out m.nn", &case.1, "standard input", case);
    }
}

#[test]
fn a_name_that_a_terminal_would_obey_is_shown_harmless() {
    let message = Sandbox::with("t.csv", "\"x\x1b[2J\ny\",z\n,a\n").refuses("train mlp --data t.csv");
    assert_eq!(message, "t.csv: line 3, column x\\u{1b}[2J y: the cell is empty");
}

#[test]
fn packed_bytes_that_are_damaged() {
    let sandbox = learned(GOOD_CSV);
    let whole = packed(GOOD_CSV);
    // The two bytes of gzip say what a file is; a single one is text.
    for length in 2..whole.len() {
        let case = ("cut", Vec::new(), "damaged gzip: ");
        everywhere(&sandbox, "t.csv.gz", &case, &whole[..length]);
    }
    let mut wrong_sum = whole.clone();
    wrong_sum[whole.len() - 8] ^= 1;
    let cases: &[Case<'_>] = &[
        ("another sum", wrong_sum, "damaged gzip: "),
        ("more behind it", [whole.as_slice(), b"more"].concat(), "damaged gzip: "),
        ("garbage in it", [b"\x1f\x8b".as_slice(), &garbage()].concat(), "damaged gzip: "),
        ("packed twice", packed(&whole), "line 1: not "),
    ];
    for case in cases {
        everywhere(&sandbox, "t.csv.gz", case, &case.1);
    }
    // Two files one after the other are one, as gzip has it.
    sandbox.write("t.csv.gz", [packed("x,y\n1,a\n"), packed("2,b\n")].concat());
    assert_eq!(sandbox.json("train mlp --data t.csv.gz --set epochs=1 --json")["train_samples"], 2);
}

/// Four rows of a number and a class.
const ROWS: [f64; 8] = [1.0, 0.0, 2.0, 1.0, 3.0, 0.0, 4.0, 1.0];

fn little(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

#[test]
fn arrays_of_numpy() {
    let whole = npy(2, &ROWS);
    let damaged = "the header of the .npy is damaged";
    let of = |descr: &str, order: &str, shape: &str| npy_of(descr, order, shape, &little(&ROWS));
    let no_number = "expected an array of numbers, got one of ";
    let with = |place: usize, byte: u8| {
        let mut altered = whole.clone();
        altered[place] = byte;
        altered
    };
    let mut not_finite = ROWS;
    not_finite[6] = f64::NEG_INFINITY;
    let mut missing = ROWS;
    missing[4] = f64::NAN;
    let cases: &[Case<'_>] = &[
        ("another version", with(6, 9), damaged),
        ("too long a header", with(9, 255), damaged),
        ("a header that is no text", with(20, 255), damaged),
        ("an empty header", b"\x93NUMPY\x01\x00\x02\x00{}".to_vec(), damaged),
        ("no order", of("'<f8'", "Maybe", "(4, 2)"), damaged),
        ("a negative axis", of("'<f8'", "False", "(-4, 2)"), damaged),
        ("an axis beyond any number", of("'<f8'", "False", "(99999999999999999999999, 2)"), damaged),
        ("a huge array", of("'<f8'", "False", "(4000000000, 4000000000)"), "the numbers of an array of "),
        ("a huge row", of("'<f8'", "False", "(1, 4000000000)"), "the numbers of an array of [1, 4000000000] take 320"),
        ("a huge column", of("'<f8'", "True", "(4000000000, 1)"), "the numbers of an array of [4000000000, 1] take "),
        ("nothing, but wide", of("'<f8'", "False", "(0, 4000000000000000)"), "there are no numbers in it"),
        ("nothing, but long", of("'<f8'", "False", "(4000000000000000, 0)"), "there are no numbers in it"),
        (
            "no axis",
            of("'<f8'", "False", "()"),
            "expected an array of one or two axes (samples, columns), or of images",
        ),
        (
            "five axes",
            of("'<f8'", "False", "(2, 2, 2, 2, 2)"),
            "expected an array of one or two axes (samples, columns), or of images",
        ),
        ("complex", of("'<c16'", "False", "(2, 2)"), no_number),
        ("half a float", of("'<f2'", "False", "(16, 2)"), no_number),
        ("text", of("'<U2'", "False", "(4, 2)"), no_number),
        ("objects", of("'|O'", "False", "(4, 2)"), no_number),
        ("dates", of("'<M8[ns]'", "False", "(4, 2)"), no_number),
        ("records", of("[('a', '<f8'), ('b', '<f8')]", "False", "(4,)"), no_number),
        ("two ends at once", of("'<>f8'", "False", "(4, 2)"), no_number),
        ("a byte too few", whole[..whole.len() - 1].to_vec(), "the numbers of an array of [4, 2] take 64 bytes"),
        ("half a header", whole[..60].to_vec(), damaged),
        ("a byte too many", [whole.as_slice(), &[0]].concat(), "the numbers of an array of [4, 2] take 64 bytes"),
        ("not finite", npy(2, &not_finite), "row 3, column 0: not a finite number: -inf"),
        ("missing", npy(2, &missing), "row 2, column 0: not a finite number: NaN"),
        (
            "beyond 32 bits",
            npy(2, &[1e300, 0.0, 2.0, 1.0]),
            "row 0, column 0: 1e300 is too large for a float of 32 bits",
        ),
    ];
    let sandbox = learned(&whole);
    for case in cases {
        everywhere(&sandbox, "t.npy", case, &case.1);
        check(&sandbox, "train mlp --data - --out m.nn", &packed(&case.1), "standard input", case);
    }
    // Cut anywhere after its first word.
    for length in (6..whole.len()).step_by(5) {
        everywhere(&sandbox, "t.npy", &("cut", Vec::new(), "the "), &whole[..length]);
    }
    for (what, bytes, says) in [
        ("one sample", npy(2, &ROWS[..2]), "there is only one sample"),
        ("one class", npy(2, &[1.0, 0.0, 2.0, 0.0]), "column 1: there is only one class, \"0\""),
        ("one column", of("'<f8'", "False", "(8,)"), "no column is left as an input"),
    ] {
        sandbox.write("t.npy", &bytes);
        check(&sandbox, "train mlp --data t.npy --out m.nn", b"", "t.npy", &(what, bytes, says));
    }
}

#[test]
fn arrays_of_numpy_in_another_order_or_type_are_the_same_numbers() {
    let sandbox = learned(&npy(2, &ROWS));
    let by_column = [1.0, 2.0, 3.0, 4.0, 0.0, 1.0, 0.0, 1.0];
    let big: Vec<u8> = ROWS.iter().flat_map(|number| number.to_be_bytes()).collect();
    let short: Vec<u8> = ROWS.iter().flat_map(|&number| (number as i16).to_le_bytes()).collect();
    let bytes = ROWS.map(|number| number as u8);
    for (what, file) in [
        ("Fortran", npy_of("'<f8'", "True", "(4, 2)", &little(&by_column))),
        ("the other end first", npy_of("'>f8'", "False", "(4, 2)", &big)),
        ("16 bits", npy_of("'<i2'", "False", "(4, 2)", &short)),
        ("bytes", npy_of("'|u1'", "False", "(4, 2)", &bytes)),
    ] {
        sandbox.write("t.npy", file);
        sandbox.ok("train mlp --data t.npy --set epochs=1 --out t.nn");
        assert!(sandbox.read("t.nn") == sandbox.read("good.nn"), "{what}");
    }
}

const IMAGES: &str = "t-images-idx3-ubyte";
const LABELS: &str = "t-labels-idx1-ubyte";

#[test]
fn images() {
    let whole = idx(&[4, 2, 2], &[1, 2, 3, 4, 200, 201, 202, 203, 5, 6, 7, 8, 204, 205, 206, 207]);
    let labels = idx(&[4], &[0, 1, 0, 1]);
    let takes = "the numbers of an array of ";
    let none = "there are no numbers in it";
    let not_finite: Vec<u8> = [1.0, f32::NAN, 3.0, 4.0].iter().flat_map(|number| number.to_be_bytes()).collect();
    let sandbox = Sandbox::with("good-images-idx3-ubyte", &whole);
    sandbox.write("good-labels-idx1-ubyte", &labels);
    sandbox.ok("train mlp --data good-images-idx3-ubyte --set epochs=1 --out good.nn");
    let refused = |name: &str, case: &Case<'_>| {
        for line in [
            format!("train mlp --data {IMAGES} --out m.nn"),
            format!("train mlp --data good-images-idx3-ubyte --test {IMAGES} --out m.nn"),
            format!("evaluate good.nn --data {IMAGES}"),
        ] {
            check(&sandbox, &line, b"", name, case);
        }
    };
    let cases: &[Case<'_>] = &[
        ("empty", vec![], "the file is empty"),
        ("half a word", vec![0, 0, 8], "line 1: not text: there is a zero byte"),
        ("half a header", whole[..9].to_vec(), "the header of the IDX is not whole"),
        ("a header alone", whole[..16].to_vec(), takes),
        ("a pixel too few", whole[..31].to_vec(), takes),
        ("a pixel too many", [whole.as_slice(), &[0]].concat(), takes),
        ("huge", idx(&[u32::MAX; 3], &[1; 16]), takes),
        ("huger", idx(&[u32::MAX; 4], &[1; 16]), takes),
        ("a huge image", idx(&[1, u32::MAX, 1], &[1; 16]), takes),
        ("no image", idx(&[0, 2, 2], &[]), none),
        ("no image, but large", idx(&[0, u32::MAX, u32::MAX], &[]), none),
        ("no pixel", idx(&[4, 0, 2], &[]), none),
        ("five axes", idx(&[4, 1, 1, 2, 2], &[0; 16]), "line 1: not text: there is a zero byte"),
        ("an unknown type", idx_of(0x0A, &[4, 2, 2], &[1; 16]), "line 1: not text: there is a zero byte"),
        ("not finite", idx_of(0x0D, &[4, 1, 1], &not_finite), "row 1, column pixel0: not a finite number: NaN"),
    ];
    sandbox.write(LABELS, &labels);
    for case @ (_, bytes, _) in cases.iter().take(cases.len() - 1) {
        sandbox.write(IMAGES, bytes);
        refused(IMAGES, case);
        check(&sandbox, &format!("predict good.nn --data {IMAGES} --out a.csv"), b"", IMAGES, case);
    }
    let case = &cases[cases.len() - 1];
    sandbox.write(IMAGES, &case.1);
    check(&sandbox, &format!("train mlp --data {IMAGES} --out m.nn"), b"", IMAGES, case);

    let missing: Vec<u8> = [0.0, 1.0, f32::NAN, 1.0].iter().flat_map(|number| number.to_be_bytes()).collect();
    let cases: &[Case<'_>] = &[
        ("empty", vec![], "not an IDX file"),
        ("text", b"hello".to_vec(), "not an IDX file"),
        ("half a header", labels[..6].to_vec(), "the header of the IDX is not whole"),
        ("a label too few", labels[..11].to_vec(), takes),
        ("huge", idx(&[u32::MAX], &[]), takes),
        ("none", idx(&[0], &[]), none),
        ("another count", idx(&[3], &[0, 1, 0]), "expected 4 labels, got 3 x 1"),
        ("images", whole.clone(), "expected 4 labels, got 4 x 4"),
        ("packed and cut", packed(&labels)[..12].to_vec(), "damaged gzip: "),
    ];
    sandbox.write(IMAGES, &whole);
    for case @ (_, bytes, _) in cases {
        sandbox.write(LABELS, bytes);
        refused(LABELS, case);
    }
    sandbox.write(LABELS, idx_of(0x0D, &[4], &missing));
    refused(IMAGES, &("a label is missing", Vec::new(), "row 2, column label: not a finite number: NaN"));
    for (what, bytes, says) in [
        ("one class", idx(&[4], &[3; 4]), "column label: there is only one class, \"3\""),
        // Without its labels the last pixel would be learned.
        ("no labels", Vec::new(), "there are no labels beside the images"),
    ] {
        match bytes.as_slice() {
            [] => std::fs::remove_file(sandbox.path(LABELS)).unwrap(),
            bytes => sandbox.write(LABELS, bytes),
        }
        check(&sandbox, &format!("train mlp --data {IMAGES} --out m.nn"), b"", IMAGES, &(what, bytes, says));
    }
    sandbox.ok(&format!("train mlp --data {IMAGES} --target pixel3 --task regress --set epochs=1"));
    assert_eq!(sandbox.ok(&format!("predict good.nn --data {IMAGES}")).lines().count(), 5);
    sandbox.write(IMAGES, idx(&[1, 2, 2], &[1; 4]));
    sandbox.write(LABELS, idx(&[1], &[1]));
    let case = ("one sample", Vec::new(), "there is only one sample");
    check(&sandbox, &format!("train mlp --data {IMAGES} --out m.nn"), b"", IMAGES, &case);
}

#[test]
fn places_that_hold_no_data() {
    let sandbox = learned(GOOD_CSV);
    std::fs::create_dir(sandbox.path("folder")).unwrap();
    let mut cases = vec![
        ("folder", "there are no images in it"),
        ("no.csv", "No such file or directory"),
        ("no.csv.gz", "No such file or directory"),
        ("no/such.npy", "No such file or directory"),
    ];
    if cfg!(unix) {
        cases.push(("/dev/null", "the file is empty"));
        // Root may read what nobody may.
        sandbox.write("secret.csv", GOOD_CSV);
        #[cfg(unix)]
        std::fs::set_permissions(sandbox.path("secret.csv"), std::os::unix::fs::PermissionsExt::from_mode(0o000))
            .unwrap();
        if std::fs::read(sandbox.path("secret.csv")).is_err() {
            cases.push(("secret.csv", "Permission denied"));
        }
    }
    for (name, says) in cases {
        let case = (name, Vec::new(), says);
        for line in [
            format!("train mlp --data {name} --out m.nn"),
            format!("train mlp --data good --test {name} --out m.nn"),
            format!("predict good.nn --data {name} --out a.csv"),
            format!("evaluate good.nn --data {name}"),
        ] {
            check(&sandbox, &line, b"", name, &case);
        }
    }
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_read_as_a_file_is() {
    use std::process::Command;
    use std::thread;
    let sandbox = learned(GOOD_CSV);
    assert!(Command::new("mkfifo").arg(sandbox.path("pipe")).status().unwrap().success());
    for (text, code) in [(GOOD_CSV, 0), (b"", 1)] {
        let path = sandbox.path("pipe");
        let writer = thread::spawn(move || std::fs::write(path, text).unwrap());
        let run = sandbox.nn("train mlp --data pipe --set epochs=1 --out piped.nn");
        writer.join().unwrap();
        assert_eq!(run.code, code, "{run:?}");
        assert_eq!(run.stderr, if code == 0 { "" } else { "error: pipe: the file is empty\n" });
    }
    assert!(sandbox.read("piped.nn") == sandbox.read("good.nn"));
}

/// With so little memory nothing can be taken on the word of a header.
#[cfg(target_os = "linux")]
#[test]
fn a_header_that_claims_much_takes_no_memory() {
    use std::process::Command;
    let huge = little(&ROWS);
    for (name, bytes) in [
        ("t.npy", npy_of("'<f8'", "False", "(1, 4000000000)", &huge)),
        ("t.npy", npy_of("'<f8'", "False", "(4000000000, 1)", &huge)),
        ("t.npy", npy_of("'|u1'", "False", "(0, 4000000000)", &[])),
        ("t.idx", idx(&[u32::MAX, 1, 1], &[1])),
        ("t.idx", idx(&[1, u32::MAX, 1], &[1])),
        ("t.idx", idx(&[0, u32::MAX, 1], &[])),
    ] {
        let sandbox = Sandbox::with(name, bytes);
        let script = "ulimit -v 1000000; exec \"$0\" train mlp --data \"$1\" --out m.nn";
        let mut command = Command::new("sh");
        command.args(["-c", script, env!("CARGO_BIN_EXE_nn"), name]).current_dir(sandbox.path(""));
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(1), 1), "{stderr}");
        assert!(stderr.starts_with(&format!("error: {name}: the")), "{stderr}");
        assert_eq!(sandbox.files(), [name]);
    }
}
