//! Rules on every text file: nothing that is only true of one machine, and no link into the void.

use super::Finding;
use super::repository::Repository;

/// Folders of somebody's machine. Built from parts, as the hosts are, so that this file does not break its own rule.
const MACHINE_PATHS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// Hosts of package registries: cargo knows where it gets its crates, and nobody else here need know.
const REGISTRIES: [&str; 7] = [
    concat!("index.crates", ".io"),
    concat!("static.crates", ".io"),
    concat!("//crates", ".io"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("npmjs", ".org"),
    concat!("proxy.golang", ".org"),
];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for text in &repository.texts {
        for (number, line) in (1..).zip(text.content.lines()) {
            let place = || format!("{}:{number}", text.path);
            for path in MACHINE_PATHS.into_iter().filter(|path| starts_at(line, path)) {
                let message = format!("a path of one machine, `{path}`");
                findings.push(Finding { rule: "machine", place: place(), message });
            }
            for host in REGISTRIES.into_iter().filter(|host| line.contains(host)) {
                let message = format!("the host of a package registry, `{host}`");
                findings.push(Finding { rule: "machine", place: place(), message });
            }
        }
        if text.path.ends_with(".md") {
            for (number, link) in links(&text.content) {
                let place = format!("{}:{number}", text.path);
                findings.extend(broken(repository, &text.path, link).map(|message| Finding {
                    rule: "link",
                    place,
                    message,
                }));
            }
        }
    }
    findings
}

/// Whether this absolute path begins somewhere in the line, and is not the end of a longer path or address.
fn starts_at(line: &str, path: &str) -> bool {
    let continues = |c: char| c.is_alphanumeric() || "._-~*})".contains(c);
    line.match_indices(path).any(|(start, _)| !line[..start].chars().next_back().is_some_and(continues))
}

/// The targets of links in a Markdown text with the numbers of their lines; code is skipped.
fn links(markdown: &str) -> Vec<(usize, &str)> {
    let of_line = |(number, line)| links_in_line(line).into_iter().map(move |link| (number, link));
    prose(markdown).into_iter().flat_map(of_line).collect()
}

/// The lines of a Markdown text that are no code, with their numbers.
fn prose(markdown: &str) -> Vec<(usize, &str)> {
    let mut lines = Vec::new();
    let mut fence = None;
    for (number, line) in (1..).zip(markdown.lines()) {
        let start = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| start.starts_with(mark));
        if mark.is_some() && (fence.is_none() || fence == mark) {
            fence = if fence.is_none() { mark } else { None };
        } else if fence.is_none() {
            lines.push((number, line));
        }
    }
    lines
}

/// Whether a heading of this Markdown text is called so in links: its letters, digits, `-` and `_`, lower case, with a `-` for each space.
fn has_heading(markdown: &str, anchor: &str) -> bool {
    let name = |heading: &str| -> String {
        let kept = heading.trim().chars().filter(|&c| c.is_alphanumeric() || "-_ ".contains(c));
        kept.map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() }).collect()
    };
    prose(markdown).into_iter().any(|(_, line)| line.starts_with('#') && name(line.trim_start_matches('#')) == anchor)
}

/// `[text](target)`, `[name]: target`, `src="target"` and `href="target"`.
fn links_in_line(line: &str) -> Vec<&str> {
    let mut links = Vec::new();
    if let Some((name, target)) = line.split_once("]: ")
        && name.starts_with('[')
        && !name.starts_with("[^")
    {
        links.extend(target.split_whitespace().next());
    }
    for (opening, closing) in [("](", &[')', ' '][..]), ("src=\"", &['"']), ("href=\"", &['"'])] {
        for (start, _) in line.match_indices(opening) {
            let in_code = line[..start].matches('`').count() % 2 == 1;
            if !in_code {
                links.extend(line[start + opening.len()..].split(closing).next());
            }
        }
    }
    links
}

/// What is wrong with a link from this file, if anything is.
fn broken(repository: &Repository, file: &str, link: &str) -> Option<String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = path.split('?').next().unwrap_or_default();
    let elsewhere = link.contains("://") || link.starts_with("mailto:");
    // Rust's own links, as `crate::Som`, are rustdoc's to check.
    if elsewhere || path.contains("::") {
        return None;
    }
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let target = if path.is_empty() { Some(file.to_owned()) } else { resolve(folder, path) };
    let Some(target) = target else { return Some(format!("the link `{link}` leads out of the repository")) };
    if !exists(repository, &target) {
        return Some(format!("the link `{link}` leads to no file of the repository"));
    }
    let page = repository.texts.iter().find(|text| text.path == target && target.ends_with(".md"))?;
    let leads_nowhere = !anchor.is_empty() && !has_heading(&page.content, anchor);
    leads_nowhere.then(|| format!("the link `{link}` leads to no heading of {target}"))
}

/// The path from the root that `link` means in `folder`; none if it leaves the root.
fn resolve(folder: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let base = if link.starts_with('/') { "" } else { folder };
    for part in base.split('/').chain(link.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether this is a file of the repository, or a folder with one in it.
fn exists(repository: &Repository, target: &str) -> bool {
    let folder = if target.is_empty() { String::new() } else { format!("{target}/") };
    repository.paths.iter().any(|path| path == target || path.starts_with(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(path: &str, content: &str) -> Vec<String> {
        let repository = Repository::default().with_file("docs/start.md", "# Top\n").with_file(path, content);
        check(&repository).into_iter().map(|finding| format!("{} {}", finding.place, finding.message)).collect()
    }

    #[test]
    fn a_path_of_one_machine_is_found() {
        for path in MACHINE_PATHS {
            let expected = format!("a.py:2 a path of one machine, `{path}`");
            assert_eq!(messages("a.py", &format!("\nopen('{path}me/data.csv')")), [expected.as_str()]);
            assert_eq!(messages("a.py", &format!("\nsee file://{path}me")), [expected.as_str()]);
        }
    }

    #[test]
    fn the_end_of_a_longer_path_or_address_is_no_path_of_a_machine() {
        for path in MACHINE_PATHS {
            assert!(
                messages("a.md", &format!("see https://example.org{path}page and ..{path}data and $X{path}"))
                    .is_empty()
            );
        }
    }

    #[test]
    fn the_host_of_a_registry_is_found() {
        for host in REGISTRIES {
            let expected = format!("a.toml:1 the host of a package registry, `{host}`");
            assert_eq!(messages("a.toml", &format!("url = \"https:{host}/simple\"")), [expected]);
        }
    }

    #[test]
    fn the_lock_file_may_say_where_crates_come_from() {
        let line = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
        assert!(messages("Cargo.lock", line).is_empty());
        assert!(messages("README.md", "published on crates.io").is_empty());
    }

    #[test]
    fn links_to_files_folders_and_elsewhere_are_free() {
        let content = "[a](docs/start.md#top) [b](docs/) [c](./docs) [d](https://example.org/x) [e](#here-in-it) [f](crate::Som)\n\
                       ## `Here`, in it!\n\
                       [g]: docs/start.md \"Start\"\n[^1]: a note\n<img src=\"docs/start.md\">\n[h](.)\n";
        assert_eq!(messages("README.md", content), [""; 0]);
        assert_eq!(
            messages("docs/more.md", "[a](start.md) [b](../docs/start.md) [c](/docs/start.md \"Title\")"),
            [""; 0]
        );
    }

    #[test]
    fn a_link_into_the_void_is_found_with_its_line() {
        let expected = "docs/more.md:2 the link `sart.md` leads to no file of the repository";
        assert_eq!(messages("docs/more.md", "one\n[`a`](sart.md)"), [expected]);
        assert_eq!(messages("README.md", "[a]: docs/sart.md").len(), 1);
        assert_eq!(messages("README.md", "<img src=\"docs/map.svg\">").len(), 1);
        assert_eq!(messages("README.md", "[a](docs/star)").len(), 1);
        let expected = "README.md:1 the link `docs/start.md#end` leads to no heading of docs/start.md";
        assert_eq!(messages("README.md", "[a](docs/start.md#end)"), [expected]);
        assert_eq!(messages("README.md", "[a](#top)\n```sh\n# top\n```").len(), 1);
    }

    #[test]
    fn a_link_out_of_the_repository_is_found() {
        let expected = "docs/more.md:1 the link `../../design.md` leads out of the repository";
        assert_eq!(messages("docs/more.md", "[a](../../design.md)"), [expected]);
    }

    #[test]
    fn code_has_no_links() {
        let content = "`a[0](1)` and\n```rust\nlet x = a[0](nowhere);\n```\n~~~\n[a](nowhere)\n~~~\n";
        assert_eq!(messages("README.md", content), [""; 0]);
    }
}
