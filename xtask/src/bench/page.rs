//! The page of all benchmarks. A run of some cases replaces theirs and keeps the others, each with its own date.

use std::collections::BTreeMap;
use std::fmt;

const TITLE: &str = "# Benchmarks

Written by `cargo xtask bench`; [its README](../bench/README.md) says how the figures come about, and
[the peers' one](../bench/peers/README.md) which libraries stand on the other side. Both sides of a case took turns on
one machine, with the same data, settings and number of updates. A figure is the median of all repeats; its spread is
the fastest repeat over the slowest. Gaps below 1.5 times may be noise, and a line called disturbed is worth little:
something else had the cores, and it decides no goal.

The best peer is the fastest that computes with as many bits or more. The peak is what the machine could do at most, the
best of several probes in the same run: multiply-adds for what is a product, bytes from the cache for one row. A share is
counted in the multiply-adds that the case needs, so it tells of the whole call and not of its products alone. Instructions are
those of one sample on one thread, counted by valgrind on the way for AVX2, where the call is short.
";

const HEAD: &str = "
| case | threads | variant | speed | against the best peer | goal | of the peak | |
|---|--:|---|--:|---|---|--:|---|
";

const GROWTH: &str = "
How the cost grows: a case at several sizes of one thing, all else the same. The time of a call goes as the size to this power, fitted
to all sizes on one thread; 1 is in proportion.

| case | sizes | to the power | two threads at the largest | |
|---|---|--:|--:|---|
";

/// Cases whose variants are sizes have names that begin so.
const GROWING: &str = "growth-";

/// All sections, by the name of their case.
#[derive(Debug, Default)]
pub(super) struct Page {
    sections: BTreeMap<String, Section>,
}

/// What the page says of a case.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Section {
    /// Rows of the table at the top, without the case in front.
    pub(super) rows: Vec<String>,
    /// What stands below the heading.
    pub(super) text: String,
}

impl Section {
    /// Of a case that was not measured.
    pub(super) fn not_run(reason: &str) -> Self {
        Self { rows: Vec::new(), text: format!("Not run: {reason}.\n") }
    }
}

impl Page {
    /// The page as it was written before; an empty text is a page without sections.
    pub(super) fn parse(text: &str) -> Self {
        let top = text.split("\n## ").next().unwrap_or_default();
        let mut sections = BTreeMap::new();
        for (case, text) in crate::sections::sections(text) {
            let start = format!("| {case} | ");
            let rows = top.lines().filter_map(|line| line.strip_prefix(&start)?.strip_suffix(" |"));
            let rows = rows.map(str::to_owned).collect();
            sections.insert(case.to_owned(), Section { rows, text: format!("{}\n", text.trim()) });
        }
        Self { sections }
    }

    /// Replaces what the page says of a case. That it could not be run now does not replace what was measured before.
    pub(super) fn put(&mut self, case: &str, section: Section) {
        let place = self.sections.entry(case.to_owned()).or_default();
        if place.rows.is_empty() || !section.rows.is_empty() {
            *place = section;
        }
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = |f: &mut fmt::Formatter<'_>, grows: bool| {
            for (case, section) in self.sections.iter().filter(|(case, _)| case.starts_with(GROWING) == grows) {
                for row in &section.rows {
                    writeln!(f, "| {case} | {row} |")?;
                }
            }
            Ok(())
        };
        write!(f, "{TITLE}{HEAD}")?;
        table(f, false)?;
        if self.sections.keys().any(|case| case.starts_with(GROWING)) {
            write!(f, "{GROWTH}")?;
            table(f, true)?;
        }
        for (case, section) in &self.sections {
            write!(f, "\n## {case}\n\n{}", section.text)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(row: &str) -> Section {
        Section { rows: vec![row.to_owned()], text: format!("Settings of {row}.\n\n| a |\n|---|\n") }
    }

    #[test]
    fn a_page_is_read_as_it_was_written() {
        let mut page = Page::default();
        page.put("som", section("1 | nn-f32 | "));
        page.put("som-online", section("2 | nn-f32 | fast"));
        page.put("art", Section::not_run("data absent: letters"));
        page.put("growth-som", section("units 25 to 400 | 0.98 | 1.80 x | "));
        let text = page.to_string();
        let again = Page::parse(&text);
        assert_eq!(again.sections, page.sections);
        assert_eq!(again.to_string(), text);
        assert!(text.find("## art") < text.find("## som"));
        let (first, second) = text.split_once("How the cost grows").unwrap();
        assert!(!first.contains("growth-som") && second.contains("\n| growth-som | units 25 to 400 | 0.98 |"));
        assert!(text.contains("\n| som | 1 | nn-f32 |  |\n| som-online | 2 | nn-f32 | fast |\n"));
    }

    #[test]
    fn a_case_is_replaced_and_the_others_are_kept() {
        let mut page = Page::default();
        page.put("som", section("old"));
        page.put("art", section("kept"));
        page.put("som", section("new"));
        let rows: Vec<&str> = page.sections.values().flat_map(|section| &section.rows).map(String::as_str).collect();
        assert_eq!(rows, ["kept", "new"]);
        page.put("som", Section::not_run("data absent: digits"));
        assert_eq!(page.sections["som"], section("new"));
    }
}
