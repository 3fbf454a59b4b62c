//! What each crate keeps to itself: a model its four rooms, a library its silence, nn-core and the command what they do not know.

use super::Finding;
use super::repository::{COMMAND, CORE, Package, Repository, Text};
use super::source::{has_word, shipped_lines};

/// The rooms of a model, beside the `lib.rs` of its crate.
const ROOMS: [&str; 3] = ["params.rs", "train.rs", "model.rs"];

/// What a library does not do: it prints nothing, reads no clock, opens no file, starts nothing and calls nobody. These are the
/// words by which one does so without thinking; whoever wants to can hide.
const LOUD: [&str; 14] = [
    "println!",
    "eprintln!",
    "print!",
    "eprint!",
    "stdout",
    "stderr",
    "Instant",
    "SystemTime",
    "std::fs",
    "fs::",
    "read_dir",
    "std::process",
    "std::net",
    "env::",
];

/// Where it does: nn-core says when a checkpoint is due, saves and loads models, and its kernels ask for `NN_SIMD`.
const ALLOWED: [(&str, &[&str]); 5] = [
    ("crates/nn-core/src/course.rs", &["Instant"]),
    ("crates/nn-core/src/write.rs", &["std::fs", "fs::", "read_dir", "std::process"]),
    ("crates/nn-core/src/file.rs", &["std::fs", "fs::"]),
    ("crates/nn-kernels/src/level.rs", &["env::"]),
    // It tries what is written and read.
    ("crates/nn-core/src/testing.rs", &["std::fs", "fs::", "env::", "std::process"]),
];

/// The one file of the command that names models.
const LIST: &str = "crates/nn-cli/src/models.rs";

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let models: Vec<&Package> = repository.packages.iter().filter(|package| package.is_model()).collect();
    for package in &models {
        findings.extend(rooms(repository, package));
    }
    for text in &repository.texts {
        let Some((package, file)) = text.path.strip_prefix("crates/").and_then(|rest| rest.split_once("/src/")) else {
            continue;
        };
        if !file.ends_with(".rs") {
            continue;
        }
        if package != COMMAND {
            findings.extend(loud(text));
        }
        if package == CORE || package == COMMAND && text.path != LIST {
            findings.extend(named(text, &models));
        }
    }
    findings
}

/// Each folder with a room of a model has all of them, and there is one.
fn rooms(repository: &Repository, package: &Package) -> Vec<Finding> {
    let src = format!("{}/src/", package.folder);
    let folders: Vec<&str> = repository
        .paths
        .iter()
        .filter(|path| path.starts_with(&src))
        .filter_map(|path| path.rsplit_once('/'))
        // A file of a noun may be called after what it makes, as `pictures/model.rs`; settings make a model.
        .filter(|(_, file)| *file == ROOMS[0])
        .map(|(folder, _)| folder)
        .collect();
    let missing = |folder: &str| {
        let room = ROOMS.into_iter().find(|room| !repository.paths.contains(&format!("{folder}/{room}")))?;
        let message = format!("a model without its room {room}: {} stand beside each other", ROOMS.join(", "));
        Some(Finding { rule: "rooms", place: folder.to_owned(), message })
    };
    let mut findings: Vec<Finding> = folders.iter().filter_map(|folder| missing(folder)).collect();
    if folders.is_empty() {
        findings.extend(missing(src.trim_end_matches('/')));
    }
    findings.dedup();
    findings
}

fn loud(text: &Text) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in code(text) {
        for word in LOUD.into_iter().filter(|word| has_word(line, word)) {
            if !ALLOWED.iter().any(|(path, words)| *path == text.path && words.contains(&word)) {
                let message = format!("`{word}` in a library: {COMMAND} prints, reads data files and knows the time");
                findings.push(Finding { rule: "quiet", place: format!("{}:{number}", text.path), message });
            }
        }
    }
    findings
}

fn named(text: &Text, models: &[&Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in code(text) {
        for model in models {
            let forms = [model.name.clone(), model.name.replace('-', "_")];
            if forms.iter().any(|form| has_word(line, form)) {
                let message = format!("names {}: nn-core knows no model, and {COMMAND} only in its list", model.name);
                findings.push(Finding { rule: "names", place: format!("{}:{number}", text.path), message });
            }
        }
    }
    findings
}

/// The lines without their comments, tests left out.
fn code(text: &Text) -> impl Iterator<Item = (usize, &str)> {
    let lines = shipped_lines(&text.content).into_iter().filter(|(_, line)| !line.trim_start().starts_with("//"));
    lines.map(|(number, line)| (number, line.split(" //").next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(repository: &Repository) -> Vec<String> {
        check(repository).into_iter().map(|finding| format!("{} {}", finding.rule, finding.place)).collect()
    }

    fn with_rooms(rooms: &[&str]) -> Repository {
        let start = Repository::default().with_package("crates/nn-som", &["nn-core"]);
        rooms.iter().fold(start, |repository, room| repository.with_file(&format!("crates/nn-som/src/{room}"), "\n"))
    }

    #[test]
    fn a_model_has_all_its_rooms() {
        assert!(messages(&with_rooms(&["lib.rs", "params.rs", "train.rs", "model.rs"])).is_empty());
        assert!(messages(&with_rooms(&["lib.rs", "a/params.rs", "a/train.rs", "a/model.rs"])).is_empty());
        assert_eq!(messages(&with_rooms(&["lib.rs", "params.rs", "train.rs"])), ["rooms crates/nn-som/src"]);
        assert_eq!(messages(&with_rooms(&["lib.rs"])), ["rooms crates/nn-som/src"]);
    }

    #[test]
    fn a_library_is_quiet_but_in_its_tests() {
        let code = "fn f() { let t = Instant::now(); }\n// println!\n#[cfg(test)]\nmod tests {\n    println!();\n}\n";
        let file = |path: &str| messages(&Repository::default().with_file(path, code));
        assert_eq!(file("crates/nn-som/src/a.rs"), ["quiet crates/nn-som/src/a.rs:1"]);
        assert!(file("crates/nn-cli/src/a.rs").is_empty() && file("crates/nn-core/src/course.rs").is_empty());
    }

    #[test]
    fn models_are_named_in_one_list() {
        let code = "static MODELS: &[&[Entry]] = &[nn_som::MODELS];\n";
        let all = with_rooms(&["params.rs", "train.rs", "model.rs"]);
        let all = all.with_file(LIST, code).with_file("crates/nn-cli/src/a.rs", code);
        let all = all.with_file("crates/nn-core/src/a.rs", "const KIND: &str = \"nn-som\";\n");
        assert_eq!(messages(&all), ["names crates/nn-cli/src/a.rs:1", "names crates/nn-core/src/a.rs:1"]);
    }
}
