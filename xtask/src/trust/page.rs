//! The page of what was tried. A run of some parts replaces theirs and keeps the others, each with its own date.

use std::collections::BTreeMap;
use std::fmt;

use super::{Found, PARTS};
use crate::sections::sections;

const TITLE: &str = "# Trust

What was tried on the command to make it fail, and how often it did; written by `cargo xtask trust`, each section by the command that
stands below its table. Every figure is a count of things that were done on one machine: inputs, kills, bytes compared. What counts
as held is said above each table; what did not hold is listed below it, and makes the command that found it fail. No count
proves that there is nothing left to find.
";

/// What stands in the place of a table that was never made.
const NOT_YET: &str = "Not yet run.";

/// What was found, by the name of the part.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Page {
    found: BTreeMap<String, String>,
}

impl Page {
    /// The page as it was written before; an empty text is a page on which nothing was run.
    pub(super) fn parse(text: &str) -> Self {
        let part = |(name, text): (&str, &str)| {
            // What a part does is told by the code of today; what it found begins with a table.
            let found = text.find("\n| ").map(|start| text[start..].trim().to_owned())?;
            Some((name.to_owned(), found))
        };
        Self { found: sections(text).filter_map(part).collect() }
    }

    /// Puts what was `found` in the place of what the part had found before; `how` is when, by what and where.
    pub(super) fn put(&mut self, part: &str, found: &Found, how: &str) {
        let mut text = found.text.trim().to_owned();
        if !found.failures.is_empty() {
            text += "\n\nWhat did not hold:\n";
            found.failures.iter().for_each(|failure| text += &format!("\n- {}", failure.replace('\n', " ")));
        }
        text += &format!("\n\n{how}.");
        self.found.insert(part.to_owned(), text);
    }

    /// The section of a part.
    pub(super) fn section(&self, name: &str) -> String {
        let about = PARTS.iter().find(|part| part.name == name).map_or("", |part| part.about);
        let found = self.found.get(name).map_or(NOT_YET, String::as_str);
        format!("\n## {name}\n\n{about}\n\n{found}\n")
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(TITLE)?;
        PARTS.iter().try_for_each(|part| f.write_str(&self.section(part.name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_it_was_written_and_a_part_is_replaced() {
        let mut page = Page::default();
        assert_eq!(page.to_string().matches(NOT_YET).count(), PARTS.len());
        let found = |text: &str| Found { text: format!("| a |\n|---|\n| {text} |\n"), failures: Vec::new() };
        page.put("faults", &found("old"), "then by `x`");
        page.put("files", &Found { failures: vec!["it\nburned".to_owned()], ..found("kept") }, "then by `y`");
        assert_eq!(Page::parse(&page.to_string()), page);
        page.put("faults", &found("new"), "now by `z`");
        let text = page.to_string();
        assert!(text.contains("| new |\n\nnow by `z`.\n") && !text.contains("| old |"), "{text}");
        assert!(text.contains("| kept |\n\nWhat did not hold:\n\n- it burned\n\nthen by `y`.\n"), "{text}");
        assert!(text.find("## faults") < text.find("## files"));
    }
}
