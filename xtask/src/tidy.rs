//! The repository's own rules, checked by `cargo xtask tidy`, by the first stage of ci and by an ordinary test.
//!
//! A rule is a function from what was read of the repository to findings: it touches neither file nor command.

mod arrows;
mod book;
mod manifests;
mod outside;
mod repository;
mod rooms;
mod source;
mod text;
mod weight;

use std::fmt;

use anyhow::{Result, bail};
use xshell::Shell;

pub(crate) use repository::Package;
use repository::Repository;

/// One place where the repository breaks one of its rules.
#[derive(Debug, PartialEq)]
struct Finding {
    rule: &'static str,
    place: String,
    message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} [{}]", self.place, self.message, self.rule)
    }
}

/// Prints every finding; an error if there is one.
pub(crate) fn run(shell: &Shell) -> Result<()> {
    let repository = Repository::read(shell)?;
    let findings = check(&repository);
    for finding in &findings {
        eprintln!("{finding}");
    }
    match findings.len() {
        0 => {
            eprintln!("tidy: {} files, {} crates", repository.paths.len(), repository.packages.len());
            Ok(())
        }
        1 => bail!("the repository breaks one of its rules"),
        count => bail!("the repository breaks its rules in {count} places"),
    }
}

/// Everything the rules find, in the order of the places.
fn check(repository: &Repository) -> Vec<Finding> {
    let rules = [
        arrows::check,
        weight::check,
        outside::check,
        manifests::check,
        rooms::check,
        source::check,
        text::check,
        book::check,
    ];
    let mut findings: Vec<Finding> = rules.iter().flat_map(|rule| rule(repository)).collect();
    findings.sort_by(|a, b| file_and_line(&a.place).cmp(&file_and_line(&b.place)));
    findings
}

fn file_and_line(place: &str) -> (&str, usize) {
    let (file, line) = place.rsplit_once(':').unwrap_or((place, ""));
    (file, line.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let shell = crate::shell().unwrap();
        let findings = check(&Repository::read(&shell).unwrap());
        let list: Vec<String> = findings.iter().map(Finding::to_string).collect();
        assert!(findings.is_empty(), "\n{}\n", list.join("\n"));
    }

    #[test]
    fn findings_are_told_file_by_file_and_line_by_line() {
        let mark = concat!("// TO", "DO\n");
        let marked = format!("{}{mark}{mark}", "\n".repeat(8));
        let repository = Repository::default().with_file("b.rs", &marked).with_file("a.rs", &marked);
        let places: Vec<String> = check(&repository).into_iter().map(|finding| finding.place).collect();
        assert_eq!(places, ["a.rs:9", "a.rs:10", "b.rs:9", "b.rs:10"]);
    }

    #[test]
    fn a_finding_is_one_line_that_an_editor_can_follow() {
        let finding = Finding { rule: "long", place: "a.rs:3".into(), message: "too long".into() };
        assert_eq!(finding.to_string(), "a.rs:3: too long [long]");
    }
}
