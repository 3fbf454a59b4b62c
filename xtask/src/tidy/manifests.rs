//! Each crate inherits what the workspace says once, introduces itself and stands in the README.
//! Each dependency has a reason.

use super::Finding;
use super::repository::{Package, Repository};

/// Where each dependency has its line that says why it is there.
const REASONS: &str = "docs/architecture.md";

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &repository.packages {
        let place = package.manifest();
        let own = introductions(repository, package).into_iter().chain(inheritance(repository, package));
        findings.extend(own.map(|message| Finding { rule: "manifest", place: place.clone(), message }));
        findings.extend(unlisted(repository, package));
    }
    findings.extend(unexplained(repository));
    findings
}

fn introductions(repository: &Repository, package: &Package) -> Vec<String> {
    let mut messages = Vec::new();
    if package.description.is_empty() {
        messages.push("has no description".to_owned());
    }
    if !repository.paths.contains(&format!("{}/README.md", package.folder)) {
        messages.push("has no README.md beside it".to_owned());
    }
    messages
}

fn inheritance(repository: &Repository, package: &Package) -> Vec<String> {
    let manifest = repository.text(&package.manifest()).unwrap_or_default();
    let mut messages = Vec::new();
    for field in ["version", "edition", "license"] {
        if !has_line(
            manifest,
            "[package]",
            &[&format!("{field}.workspace=true"), &format!("{field}={{workspace=true}}")],
        ) {
            messages.push(format!("does not inherit its {field}: write `{field}.workspace = true`"));
        }
    }
    if !has_line(manifest, "[lints]", &["workspace=true"]) {
        messages.push("does not inherit the lints: write `[lints]` and below it `workspace = true`".to_owned());
    }
    messages
}

/// Whether one of these lines, written without spaces, stands in that section.
fn has_line(manifest: &str, section: &str, lines: &[&str]) -> bool {
    let mut here = false;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            here = line == section;
        } else if here && lines.contains(&line.replace(' ', "").as_str()) {
            return true;
        }
    }
    false
}

/// A crate of the workspace that no row of a table in the README names.
fn unlisted(repository: &Repository, package: &Package) -> Option<Finding> {
    if !package.folder.starts_with("crates/") {
        return None;
    }
    let readme = repository.text("README.md").unwrap_or_default();
    let rows = readme.lines().filter(|line| line.trim_start().starts_with('|'));
    let word = |row: &str| row.split(|c: char| !c.is_alphanumeric() && c != '-').any(|word| word == package.name);
    let message = format!("no row of a table names the crate {}", package.name);
    (!rows.into_iter().any(word)).then(|| Finding { rule: "readme", place: "README.md".to_owned(), message })
}

/// Dependencies from outside that the architecture page does not name in backticks.
fn unexplained(repository: &Repository) -> Vec<Finding> {
    let reasons = repository.text(REASONS).unwrap_or_default();
    let mut findings = Vec::new();
    let mut seen = Vec::new();
    for package in &repository.packages {
        for name in package.dependencies.iter().map(|dependency| dependency.name.as_str()) {
            if repository.is_member(name) || seen.contains(&name) || reasons.contains(&format!("`{name}`")) {
                continue;
            }
            seen.push(name);
            let message = format!("depends on `{name}`, and {REASONS} does not say why");
            findings.push(Finding { rule: "reasons", place: package.manifest(), message });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nversion.workspace = true\nedition = { workspace = true }\nlicense.workspace = true\n\n[lints]\nworkspace = true\n";

    fn repository(manifest: &str, readme: &str, dependencies: &[&str]) -> Repository {
        Repository::default()
            .with_package("crates/nn-som", dependencies)
            .with_file("crates/nn-som/Cargo.toml", manifest)
            .with_file("crates/nn-som/README.md", "# nn-som")
            .with_file("README.md", readme)
            .with_file(REASONS, "- `rand`: random numbers")
    }

    fn messages(repository: &Repository) -> Vec<String> {
        check(repository).into_iter().map(|finding| finding.message).collect()
    }

    const ROW: &str = "| model | crate |\n|---|---|\n| map | [nn-som](crates/nn-som) |\n";

    #[test]
    fn a_good_crate_gives_no_finding() {
        assert_eq!(messages(&repository(GOOD, ROW, &["rand"])), [""; 0]);
    }

    #[test]
    fn a_version_of_its_own_is_found() {
        let manifest = GOOD.replace("version.workspace = true", "version = \"2.0.0\"");
        let expected = "does not inherit its version: write `version.workspace = true`";
        assert_eq!(messages(&repository(&manifest, ROW, &[])), [expected]);
    }

    #[test]
    fn a_line_in_another_section_does_not_count() {
        let manifest = GOOD.replace("[lints]", "[dependencies.rand]");
        let found = messages(&repository(&manifest, ROW, &[]));
        assert!(found.len() == 1 && found[0].starts_with("does not inherit the lints"), "{found:?}");
    }

    #[test]
    fn a_crate_without_readme_or_description_is_found() {
        let mut repository = repository(GOOD, ROW, &[]);
        repository.paths.remove("crates/nn-som/README.md");
        repository.packages[0].description.clear();
        assert_eq!(messages(&repository), ["has no description", "has no README.md beside it"]);
    }

    #[test]
    fn a_crate_that_the_tables_of_the_readme_do_not_name_is_found() {
        let readme = "nn-som is a map.\n\n| crate |\n|---|\n| nn-som-extra |\n";
        assert_eq!(messages(&repository(GOOD, readme, &[])), ["no row of a table names the crate nn-som"]);
    }

    #[test]
    fn a_dependency_without_a_reason_is_found_even_if_only_tests_use_it() {
        let expected = "depends on `proptest`, and docs/architecture.md does not say why";
        assert_eq!(messages(&repository(GOOD, ROW, &["rand", "dev:proptest"])), [expected]);
    }
}
