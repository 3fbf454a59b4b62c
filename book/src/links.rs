//! Links that leave `docs/`: to the sources and front pages of crates, which are in the reference, and to other files of
//! the repository, which are put beside the pages.
//!
//! On a code host all of them lead to the files themselves, so pages are written for that.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use mdbook_preprocessor::book::{Book, BookItem, Chapter};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

/// The folder of the book that holds the reference.
pub(crate) const REFERENCE: &str = "reference";
/// The folder of the book that holds what has no page anywhere.
const FILES: &str = "files";

/// Leads every link out of `docs/` to a page of the book.
pub(crate) struct Links {
    repository: PathBuf,
    reference: PathBuf,
    out: PathBuf,
}

impl Links {
    pub(crate) fn new(repository: &Path, reference: &Path, out: &Path) -> Self {
        Self { repository: repository.into(), reference: reference.into(), out: out.into() }
    }

    fn rewrite(&self, chapter: &mut Chapter) -> Result<()> {
        let Some(page) = chapter.path.clone() else { return Ok(()) };
        let folder = Path::new("docs").join(page.parent().unwrap_or(Path::new("")));
        // From the page back to the root of the book.
        let up = "../".repeat(page.components().count() - 1);
        let mut out = String::new();
        let mut rest = chapter.content.as_str();
        while let Some(start) = rest.find("](") {
            let (before, target) = (&rest[..start], &rest[start + 2..]);
            let end = target.find(')').context("a link without an end")?;
            let link = &target[..end];
            out += before;
            out += "](";
            match resolve(&folder, link) {
                Some(path) if !path.starts_with("docs") => out += &format!("{up}{}", self.place(&path, name(before))?),
                _ => out += link,
            }
            out += ")";
            rest = &target[end + 1..];
        }
        chapter.content = out + rest;
        Ok(())
    }

    /// Where in the book this file of the repository is shown; `name` is what the link calls it, if it names code.
    fn place(&self, path: &Path, name: Option<&str>) -> Result<String> {
        let parts: Vec<&str> = path.iter().filter_map(|part| part.to_str()).collect();
        let (package, inner) = match parts[..] {
            ["crates" | "tests", package, ref inner @ ..] => (package, inner),
            [package @ ("bench" | "replication"), ref inner @ ..] => (package, inner),
            _ => return self.file(path),
        };
        let library = match package {
            "bench" | "replication" | "outsider" | "strategies" => format!("nn_{package}"),
            _ => package.replace('-', "_"),
        };
        let page = match inner {
            [] | ["README.md"] => format!("{library}/index.html"),
            ["src", ..] => format!("src/{library}/{}.html", inner[1..].join("/")),
            _ => return self.file(path),
        };
        if !self.reference.join(&page).is_file() {
            bail!("{} has no page {page} in the reference", path.display());
        }
        let line = match name {
            Some(name) if inner.first() == Some(&"src") => {
                let source = fs::read_to_string(self.repository.join(path))?;
                let line = declared(&source, name).with_context(|| format!("{} has no `{name}`", path.display()))?;
                format!("#{line}")
            }
            _ => String::new(),
        };
        Ok(format!("{REFERENCE}/{page}{line}"))
    }

    /// A copy of the file, as text, which every browser shows.
    fn file(&self, path: &Path) -> Result<String> {
        let shown = format!("{FILES}/{}.txt", path.display());
        let to = self.out.join(&shown);
        fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
        fs::copy(self.repository.join(path), to).with_context(|| path.display().to_string())?;
        Ok(shown)
    }
}

impl Preprocessor for Links {
    fn name(&self) -> &str {
        "repository-links"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let mut outcome = Ok(());
        book.for_each_mut(|item| {
            if let BookItem::Chapter(chapter) = item
                && outcome.is_ok()
            {
                outcome = self.rewrite(chapter).with_context(|| format!("page `{}`", chapter.name));
            }
        });
        outcome.map(|()| book)
    }
}

/// The path in the repository that a link means in this folder; none if it leads elsewhere.
fn resolve(folder: &Path, link: &str) -> Option<PathBuf> {
    let path = link.split('#').next().unwrap_or_default();
    if path.is_empty() || link.contains("://") {
        return None;
    }
    let mut parts: Vec<&str> = folder.iter().filter_map(|part| part.to_str()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.iter().collect())
}

/// The code that the text of a link names, as `Som::fit`.
fn name(before: &str) -> Option<&str> {
    let text = before.strip_suffix('`')?;
    let text = &text[text.rfind('`')? + 1..];
    (!text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':')).then_some(text)
}

/// The line, from 1, that declares a function, type or variant of this name; of `Type::name` the first behind the first
/// `impl` of the type. That there is one is what the rule `named` of tidy looks after.
fn declared(source: &str, path: &str) -> Option<usize> {
    let (owner, name) = path.rsplit_once("::").unwrap_or(("", path));
    const WORDS: [&str; 8] = ["fn", "struct", "enum", "trait", "const", "type", "static", "mod"];
    let declares = |line: &str| {
        let words: Vec<&str> = line.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
        words.windows(2).any(|pair| WORDS.contains(&pair[0]) && pair[1] == name)
    };
    let lists = |line: &str| {
        let rest = line.trim_start().strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([',', ' ', '(', '{', ':']))
    };
    let of_owner = |line: &str| {
        line.starts_with("impl") && line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == owner)
    };
    let from = if owner.is_empty() { 0 } else { source.lines().position(of_owner).unwrap_or(0) };
    let find = |holds: &dyn Fn(&str) -> bool| source.lines().skip(from).position(holds).map(|line| from + line + 1);
    find(&|line| !line.trim_start().starts_with("//") && declares(line)).or_else(|| find(&lists))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_where_they_say() {
        let docs = Path::new("docs");
        assert_eq!(resolve(docs, "../crates/nn-som/README.md#x"), Some("crates/nn-som/README.md".into()));
        assert_eq!(resolve(docs, "som.md"), Some("docs/som.md".into()));
        assert_eq!(resolve(docs, "https://example.org"), None);
        assert_eq!(name("the rule is [`Som::fit`"), Some("Som::fit"));
        assert_eq!(name("the rule is [here"), None);
    }

    #[test]
    fn a_declaration_is_found_and_a_mention_is_not() {
        let source =
            "// fn step is below\nstruct Other;\n    pub(crate) fn step(&self) {}\nenum Kind {\n    Gaussian,\n}\n";
        assert_eq!(declared(source, "step"), Some(3));
        assert_eq!(declared(source, "Gaussian"), Some(5));
        assert_eq!(declared(source, "ste"), None);
        assert_eq!(declared("fn step() {}\nimpl One {}\n", "step"), Some(1));
        let two = "impl One {\n    fn step() {}\n}\nimpl Rule for Two {\n    fn step() {}\n}\n";
        assert_eq!((declared(two, "One::step"), declared(two, "Two::step")), (Some(2), Some(5)));
    }
}
