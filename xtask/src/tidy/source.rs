//! Rules on Rust files: none too long, none unfinished, no panic that a user could meet, no test that never runs.
//!
//! They read lines, not syntax; what they cannot see, clippy and the reviewer do.

use super::Finding;
use super::repository::{Repository, Text};

/// Nine files in ten of the calm houses are shorter.
const LONGEST: usize = 600;

/// Built from parts, so that this file does not break its own rule.
const UNFINISHED: [&str; 7] = [
    concat!("#[", "ignore"),
    concat!("to", "do!"),
    concat!("unimple", "mented!"),
    concat!("db", "g!"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

const PANICS: [&str; 3] = [".unwrap()", ".expect(", "panic!("];

/// A comment on the line or right above it that says why a panic cannot happen.
const JUSTIFIED: &str = "// invariant: ";

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for text in repository.texts.iter().filter(|text| text.path.ends_with(".rs")) {
        findings.extend(too_long(text));
        findings.extend(unfinished(text));
        findings.extend(panics(text));
        findings.extend(never_run(repository, text));
    }
    findings
}

/// The file's path below `crates/NAME/src` or `xtask/src`, if it lies there.
fn below_src(path: &str) -> Option<&str> {
    match path.strip_prefix("crates/") {
        Some(rest) => rest.split_once('/')?.1.strip_prefix("src/"),
        None => path.strip_prefix("xtask/src/"),
    }
}

fn too_long(text: &Text) -> Option<Finding> {
    let lines = text.content.lines().count();
    if lines <= LONGEST || below_src(&text.path).is_none() {
        return None;
    }
    let message = format!("{lines} lines, more than {LONGEST}: has a second subject moved in?");
    Some(Finding { rule: "long", place: text.path.clone(), message })
}

fn unfinished(text: &Text) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(text.content.lines()) {
        for word in UNFINISHED.into_iter().filter(|word| has_word(line, word)) {
            let message = format!("`{word}`: finish it, or file an issue");
            findings.push(Finding { rule: "unfinished", place: format!("{}:{number}", text.path), message });
        }
    }
    findings
}

/// Whether `word` stands in the line and is not a piece of a longer word.
pub(super) fn has_word(line: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        let joined = |end: Option<char>, neighbour: Option<char>| end.is_some_and(part) && neighbour.is_some_and(part);
        !joined(word.chars().next(), before) && !joined(word.chars().next_back(), after)
    })
}

fn panics(text: &Text) -> Vec<Finding> {
    if !text.path.starts_with("crates/") || below_src(&text.path).is_none_or(is_of_tests) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut justified = false;
    for (number, line) in shipped_lines(&text.content) {
        if line.trim_start().starts_with("//") {
            // The reason may go on for some lines, and ends with the first line of code.
            justified |= has_reason(line);
            continue;
        }
        let code = line.split(" //").next().unwrap_or_default();
        for word in PANICS.into_iter().filter(|word| has_word(code, word)) {
            if !justified && !has_reason(line) {
                let message = format!(
                    "`{word}` where a user may be: return an error, or say why it cannot happen: `{JUSTIFIED}...`"
                );
                findings.push(Finding { rule: "panic", place: format!("{}:{number}", text.path), message });
            }
        }
        justified = false;
    }
    findings
}

/// A file of tests that neither its crate's `tests/main.rs` names as a module nor its manifest as a binary of its own.
fn never_run(repository: &Repository, text: &Text) -> Option<Finding> {
    let (package, file) = text.path.rsplit_once("/tests/")?;
    let name = file.strip_suffix(".rs").filter(|name| *name != "main" && !name.contains('/'))?;
    let main = repository.text(&format!("{package}/tests/main.rs"))?;
    let manifest = repository.text(&format!("{package}/Cargo.toml")).unwrap_or_default();
    if main.contains(&format!("mod {name};")) || manifest.contains(&format!("[[test]]\nname = \"{name}\"")) {
        return None;
    }
    let message = format!("is never run: write `mod {name};` in {package}/tests/main.rs");
    Some(Finding { rule: "tests", place: text.path.clone(), message })
}

/// Files that only tests use: a module `tests` of its own, and nn-core's `testing`, whose purpose is to fail loudly.
fn is_of_tests(path: &str) -> bool {
    path.split('/').any(|part| matches!(part.trim_end_matches(".rs"), "tests" | "testing"))
}

/// The numbered lines above the first test module that is written out in the file.
pub(super) fn shipped_lines(content: &str) -> Vec<(usize, &str)> {
    let lines: Vec<&str> = content.lines().collect();
    let is_test_module = |index: &usize| {
        let next = lines[index + 1..].iter().find(|line| !line.trim_start().starts_with("#["));
        lines[*index].trim() == "#[cfg(test)]" && next.is_some_and(|line| line.contains("mod ") && line.ends_with('{'))
    };
    let end = (0..lines.len()).find(is_test_module).unwrap_or(lines.len());
    (1..).zip(lines.iter().copied()).take(end).collect()
}

fn has_reason(line: &str) -> bool {
    line.split_once(JUSTIFIED).is_some_and(|(_, reason)| !reason.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_tests_that_no_binary_holds_is_found() {
        let repository = ["one", "two", "three"].iter().fold(Repository::default(), |repository, name| {
            repository.with_file(&format!("crates/nn-som/tests/{name}.rs"), "")
        });
        assert!(check(&repository).is_empty(), "each is a binary of its own");
        let repository = repository
            .with_file("crates/nn-som/tests/main.rs", "mod one;\n")
            .with_file("crates/nn-som/Cargo.toml", "[[test]]\nname = \"two\"\n");
        let places: Vec<String> = check(&repository).into_iter().map(|finding| finding.place).collect();
        assert_eq!(places, ["crates/nn-som/tests/three.rs"]);
    }

    fn found(path: &str, content: &str) -> Vec<String> {
        let repository = Repository::default().with_file(path, content);
        check(&repository).into_iter().map(|finding| format!("{} {}", finding.rule, finding.place)).collect()
    }

    fn messages(path: &str, content: &str) -> Vec<String> {
        check(&Repository::default().with_file(path, content)).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn a_file_may_have_600_lines_and_not_601() {
        assert!(found("crates/nn-som/src/lib.rs", &"\n".repeat(600)).is_empty());
        let expected = "601 lines, more than 600: has a second subject moved in?";
        assert_eq!(messages("crates/nn-som/src/lib.rs", &"\n".repeat(601)), [expected]);
        assert_eq!(found("xtask/src/tidy/long.rs", &"\n".repeat(601)), ["long xtask/src/tidy/long.rs"]);
        assert!(found("crates/nn-som/tests/reference.rs", &"\n".repeat(601)).is_empty());
    }

    #[test]
    fn every_mark_of_unfinished_work_is_found_even_in_tests_and_comments() {
        for word in UNFINISHED {
            let content = format!("fn f() {{}}\n// {word} (later)\n");
            assert_eq!(
                found("crates/nn-som/tests/a.rs", &content),
                ["unfinished crates/nn-som/tests/a.rs:2"],
                "{word}"
            );
        }
    }

    #[test]
    fn a_piece_of_a_longer_word_is_no_mark() {
        let content = format!("let {}S = my_{}(1);\n#[ignored]\n", UNFINISHED[4], UNFINISHED[3]);
        assert!(found("crates/nn-som/src/lib.rs", &content).is_empty());
    }

    #[test]
    fn every_panic_where_a_user_may_be_is_found() {
        for word in PANICS {
            let content = format!("let a = f() {word};\n");
            assert_eq!(found("crates/nn-som/src/map.rs", &content), ["panic crates/nn-som/src/map.rs:1"], "{word}");
        }
        assert_eq!(found("crates/nn-som/src/map.rs", "std::panic!(\"no\");"), ["panic crates/nn-som/src/map.rs:1"]);
    }

    #[test]
    fn a_panic_in_a_comment_or_a_test_is_free() {
        let comments = "/// let a = f().unwrap();\n//! f().unwrap()\nlet a = 1; // not f().unwrap()\n";
        assert!(found("crates/nn-som/src/map.rs", comments).is_empty());
        let tests = "fn f() {}\n#[cfg(test)]\n#[allow(dead_code)]\nmod tests {\n    f().unwrap();\n}\n";
        assert!(found("crates/nn-som/src/map.rs", tests).is_empty());
        assert!(found("crates/nn-som/src/map/tests.rs", "f().unwrap();").is_empty());
        assert!(found("crates/nn-core/src/testing/gradient.rs", "f().unwrap();").is_empty());
        assert!(found("crates/nn-som/tests/reference.rs", "f().unwrap();").is_empty());
    }

    #[test]
    fn a_test_module_in_another_file_does_not_end_the_shipped_lines() {
        let content = "#[cfg(test)]\nmod tests;\nfn f() { g().unwrap() }\n";
        assert_eq!(found("crates/nn-som/src/map.rs", content), ["panic crates/nn-som/src/map.rs:3"]);
    }

    #[test]
    fn a_reason_frees_the_line_it_stands_on_or_above() {
        assert!(found("crates/nn-som/src/a.rs", "f().unwrap(); // invariant: f is never empty\n").is_empty());
        assert!(
            found("crates/nn-som/src/a.rs", "// invariant: never empty,\n// see above\nf().unwrap();\n").is_empty()
        );
        assert_eq!(found("crates/nn-som/src/a.rs", "// invariant: \nf().unwrap();\n").len(), 1);
        assert_eq!(found("crates/nn-som/src/a.rs", "// invariant: a\nf();\ng().unwrap();\n").len(), 1);
    }
}
