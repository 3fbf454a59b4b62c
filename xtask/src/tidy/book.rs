//! Rules on the book: every page can be reached, its Rust is run, and a link that names code, as `Som::fit`, leads to a file
//! that has it.

use super::Finding;
use super::repository::Repository;

/// The list of the pages.
const SUMMARY: &str = "docs/SUMMARY.md";
/// What runs the Rust of the pages.
const RUN_BY: &str = "tests/outsider/src/lib.rs";

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let pages = repository.texts.iter().filter(|text| text.path.starts_with("docs/") && text.path.ends_with(".md"));
    let summary = repository.text(SUMMARY).unwrap_or_default();
    let run = repository.text(RUN_BY).unwrap_or_default();
    for text in pages {
        if text.path != SUMMARY && !summary.contains(&format!("({})", &text.path["docs/".len()..])) {
            let message = format!("a page that {SUMMARY} does not list is not in the book");
            findings.push(Finding { rule: "listed", place: text.path.clone(), message });
        }
        if text.content.lines().any(|line| line.starts_with("```rust")) && !run.contains(&format!("/{}\"", text.path)) {
            let message = format!("its Rust is not run: {RUN_BY} does not name it");
            findings.push(Finding { rule: "run", place: text.path.clone(), message });
        }
        for (number, line) in (1..).zip(text.content.lines()) {
            for (name, path) in named(line) {
                // Where there is no such file, the rule of links says so.
                let Some(source) = repository.text(&path) else { continue };
                let word = name.rsplit("::").next().unwrap_or(name);
                if !declares(source, word) {
                    findings.push(Finding {
                        rule: "named",
                        place: format!("{}:{number}", text.path),
                        message: format!("{path} declares no `{word}`"),
                    });
                }
            }
        }
    }
    findings
}

/// The links of a line whose text is a name in code and whose target is a source file: name, and path from the root.
fn named(line: &str) -> impl Iterator<Item = (&str, String)> {
    line.match_indices("`](").filter_map(|(at, mark)| {
        let name = &line[line[..at].rfind("[`")? + 2..at];
        let target = line[at + mark.len()..].split(')').next()?;
        let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':');
        (is_name && target.ends_with(".rs")).then(|| (name, target.trim_start_matches("../").to_owned()))
    })
}

/// Whether the source declares a function, a type, a module or a variant of this name.
fn declares(source: &str, name: &str) -> bool {
    const WORDS: [&str; 8] = ["fn", "struct", "enum", "trait", "const", "type", "static", "mod"];
    source.lines().map(str::trim_start).filter(|line| !line.starts_with("//")).any(|line| {
        let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        let listed =
            line.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with([',', ' ', '(', '{']));
        listed || words.windows(2).any(|pair| WORDS.contains(&pair[0]) && pair[1] == name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_the_file_does_not_declare_is_found() {
        let page = "see [`Som::fit`](../a.rs), [`Som::lost`](../a.rs), [`Kind`](../a.rs) and [words](../a.rs)\n";
        let repository = Repository::default()
            .with_file(SUMMARY, "- [maps](som.md)\n")
            .with_file("docs/som.md", page)
            .with_file("a.rs", "// fn lost() {}\nfn fit() {}\nenum X {\n    Kind,\n}\n");
        let messages: Vec<String> = check(&repository).into_iter().map(|finding| finding.message).collect();
        assert_eq!(messages, ["a.rs declares no `lost`"]);
    }

    #[test]
    fn a_page_that_is_not_in_the_list_is_found() {
        let repository = Repository::default().with_file(SUMMARY, "- [a](a.md)\n").with_file("docs/a.md", "");
        assert!(check(&repository).is_empty());
        assert_eq!(check(&repository.with_file("docs/zh/a.md", ""))[0].place, "docs/zh/a.md");
    }

    #[test]
    fn a_page_whose_rust_nobody_runs_is_found() {
        let page = |run: &str| {
            let repository = Repository::default().with_file(SUMMARY, "- [a](a.md)\n").with_file(RUN_BY, run);
            check(&repository.with_file("docs/a.md", "```rust\nfn f() {}\n```\n"))
        };
        assert!(page("A: \"../../../docs/a.md\",\n").is_empty());
        assert_eq!(page("")[0].rule, "run");
    }
}
