//! The report: one file that needs nothing beside itself, whatever the model and the data are.

use crate::common::{FRUIT, Sandbox, idx};

impl Sandbox {
    /// The page in the file `name`, which must stand by itself.
    fn page(&self, name: &str) -> String {
        let page = String::from_utf8(self.read(name)).unwrap();
        assert!(page.starts_with("<!doctype html><!-- nn report -->\n"), "{}", &page[..80]);
        assert!(page.ends_with("</html>\n") || page.ends_with("</html>"));
        for foreign in ["<script", "<link", "@import", "url(", "src=\"http", "href="] {
            assert!(!page.contains(foreign), "{name}: {foreign}");
        }
        // What an SVG says it is written in is a name and no place to fetch from.
        assert!(page.matches("http").count() == page.matches("xmlns=\"http://www.w3.org/2000/svg\"").count());
        for broken in ["NaN", "inf\"", "undefined"] {
            assert!(!page.contains(broken), "{name}: {broken}");
        }
        page
    }
}

/// The headings of a page.
fn headings(page: &str) -> Vec<&str> {
    page.split("<h2>").skip(1).map(|rest| rest.split("</h2>").next().unwrap()).collect()
}

#[test]
fn images_are_shown_as_images() {
    let sandbox = Sandbox::new();
    let line = "train mlp --data digits --set epochs=5 --set patience=3 --report r.html --out m.nn --json";
    let run = sandbox.json(line);
    assert!(run.get("report").is_none() && run["file"] == "m.nn");
    let page = sandbox.page("r.html");
    assert_eq!(headings(&page), ["Learning curve", "Classes", "Worst mistakes", "Weights of the first hidden layer"]);
    assert!(page.contains("<h1>mlp on digits</h1>") && page.contains("1437 to train, 360 to test"));
    assert!(page.contains("<td>hidden_layers</td><td>128</td>"));
    assert!(page.contains("validation</span>"));
    // A mistake each, up to 24, and 64 of the 128 units.
    let wrong = ((1.0 - run["test"]["accuracy"].as_f64().unwrap()) * 360.0).round() as usize;
    assert_eq!(page.matches("class=\"ink\" src=\"data:image/png;base64,").count(), wrong.min(24));
    assert_eq!(page.matches("<img src=\"data:image/png;base64,").count(), 64);
    assert!(page.contains(&format!("{wrong} of 360 samples (test) were taken for another class.")));

    // The same of the saved model, on data of one's own.
    sandbox.ok("report m.nn --data digits --out all.html");
    let all = sandbox.page("all.html");
    assert_eq!(headings(&all), headings(&page));
    assert!(all.contains("of 1797 samples (digits)"));
}

#[test]
fn the_same_training_gives_the_same_page() {
    let sandbox = Sandbox::new();
    sandbox.ok("train mlp --data iris --set epochs=9 --threads 1 --report a.html");
    sandbox.ok("train mlp --data iris --set epochs=9 --threads 2 --report b.html");
    assert!(sandbox.page("a.html") == sandbox.page("b.html"));
}

#[test]
fn two_inputs_have_a_surface() {
    let sandbox = Sandbox::new();
    sandbox.ok("train mlp --data two-spirals --set epochs=20 --report c.html");
    let page = sandbox.page("c.html");
    assert!(headings(&page).contains(&"Decision surface"));
    assert!(page.contains("squares those of the test"));
    // All samples are marked: 155 circles and their rings, and squares for the others.
    assert_eq!(page.matches("<circle").count(), 2 * 155);
    sandbox.ok("train perceptron --data xor --quiet --report p.html");
    assert!(headings(&sandbox.page("p.html")).contains(&"Decision surface"));
    sandbox.ok("train mlp --data iris --set epochs=2 --report i.html");
    assert!(!headings(&sandbox.page("i.html")).contains(&"Decision surface"));
}

#[test]
fn quantities_have_residuals() {
    let rows = (0..60).map(|i| format!("{i},{},{}\n", 3 * i % 7, 2 * i));
    let sandbox = Sandbox::with("q.csv", "a,b,c\n".to_owned() + &rows.collect::<String>());
    sandbox.ok("train mlp --data q.csv --task regress --set epochs=5 --out m.nn --report r.html");
    let page = sandbox.page("r.html");
    assert_eq!(
        headings(&page),
        ["Learning curve", "Residuals", "Decision surface", "Weights of the first hidden layer"]
    );
    assert!(page.contains("The largest errors.") && !page.contains(">quantity</th>"));
    sandbox.ok("train mlp --data q.csv --target b,c --set epochs=5 --report several.html");
    let page = sandbox.page("several.html");
    assert!(
        page.contains("<th class=\"words\">quantity</th>")
            && page.contains("residuals of b")
            && page.contains("residuals of c")
    );

    // Without the truth there is nothing to judge by, and still something to see.
    sandbox.write("no-truth.csv", "a,b\n1,2\n3,4\n");
    sandbox.ok("report m.nn --data no-truth.csv --out blind.html");
    assert_eq!(
        headings(&sandbox.page("blind.html")),
        ["Learning curve", "Decision surface", "Weights of the first hidden layer"]
    );
}

#[test]
fn names_are_text_and_never_markup() {
    let evil =
        FRUIT.replace("kind", "<i>kind</i>").replace("weight", "<b>&\"weight'").replace("apple", "<script>apple");
    let sandbox = Sandbox::with("<i>.csv", evil);
    for (model, file) in [("mlp", "m.html"), ("perceptron", "p.html")] {
        sandbox.ok(&format!("train {model} --data <i>.csv --ignore colour --holdout 0.3 --quiet --report {file}"));
        let page = sandbox.page(file);
        assert!(!page.contains("<i>") && !page.contains("<b>"), "{model}");
        assert!(page.contains("&#60;script&#62;apple"), "{model}");
    }
}

#[test]
fn images_of_any_shape_and_of_many_classes_are_drawn() {
    let sandbox = Sandbox::with(
        "t-images-idx3-ubyte",
        idx(&[60, 3, 4], &(0..720).map(|i| (i * 7 % 251) as u8).collect::<Vec<_>>()),
    );
    sandbox.write("t-labels-idx1-ubyte", idx(&[60], &(0..60).map(|i| i % 30).collect::<Vec<_>>()));
    sandbox.ok("train perceptron --data t-images-idx3-ubyte --task classify --holdout 0 --set epochs=1 --quiet --report r.html --out m.nn");
    let page = sandbox.page("r.html");
    assert!(page.contains("The most frequent mistakes."));
    assert!(page.contains("class=\"ink\"") && page.contains("<small>row "));
    sandbox.ok("report m.nn --data t-images-idx3-ubyte --out r.html");
    assert_eq!(page.matches("<img").count(), sandbox.page("r.html").matches("<img").count());
}

#[test]
fn of_very_many_classes_the_worst_are_told() {
    let rows = (0..600).map(|i| format!("{},{},k{}\n", i % 7, i % 11, i % 200));
    let sandbox = Sandbox::with("many.csv", "a,b,c\n".to_owned() + &rows.collect::<String>());
    sandbox.ok("train mlp --data many.csv --set epochs=1 --report r.html");
    assert!(sandbox.page("r.html").contains("The 50 with the lowest F1 of 200 classes."));
}

#[test]
fn a_report_takes_no_place_of_another() {
    let sandbox = Sandbox::with("notes.html", "<!doctype html><!-- nn reporting -->\n");
    let line = "train mlp --data iris --set epochs=1";
    for place in ["--report notes.html", "--report m.nn --out m.nn", "--report no/r.html", "--report -"] {
        sandbox.refuses(&format!("{line} {place}"));
    }
    sandbox.ok(&format!("{line} --report r.html --out m.nn"));
    sandbox.ok(&format!("{line} --report r.html --out m.nn"));
    assert!(sandbox.refuses("report m.nn --data iris --out m.nn").contains("--force replaces it"));
    assert!(sandbox.refuses("report m.nn --data wine --out n.html").contains("column sepal"));
    assert!(sandbox.refuses("report r.html --data iris --out n.html").contains("not a model file"));
    sandbox.misuse("report m.nn --data iris");
    sandbox.ok("report m.nn --data iris --out notes.html --force");
    sandbox.page("notes.html");
}
