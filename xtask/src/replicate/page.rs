//! The page of all experiments. A run of one crate replaces what it found before, section by section, and keeps what others did, each
//! with its own date.

use std::fmt;

use anyhow::{Context, Result};
use serde_json::Value;

const TITLE: &str = "# Replication

What papers and independent programs have found, and what is found here; written by `cargo xtask replicate`, each table by the
command that stands below it. A row out of its band stays, with its reason. A band of our own guards against change and
reproduces nothing; such rows are marked and not counted. A share of trials is followed by the interval that holds the true one in
95 of 100 cases (Wilson's), a median by the first and the last decile.
";

const HEAD: &str =
    "| experiment | setting | figure | source | ours | trials | band | |\n|---|---|---|---|---|--:|---|---|\n";

/// How the last cell of a row begins.
const IN: &str = "in |";
const OUT: &str = "**out**: ";
const OUT_OURS: &str = "**out** (ours): ";
const NOT_RUN: &str = "not run |";

/// All sections, in the order in which they came first.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Page {
    sections: Vec<Section>,
}

#[derive(Debug, PartialEq)]
struct Section {
    title: String,
    /// What each crate found that has rows here.
    parts: Vec<Part>,
}

#[derive(Debug, Default, PartialEq)]
struct Part {
    /// Lines of its table.
    rows: Vec<String>,
    /// When and by what they were found, and of which crate they are; an old page may not say.
    note: String,
}

impl Part {
    /// The crate whose rows they are, as the note says.
    fn maker(&self) -> Option<&str> {
        self.note.split_once("the rows of ")?.1.split(' ').next()
    }
}

impl Section {
    /// Puts a part in the place of what its crate had here.
    fn put(&mut self, part: Part) {
        // Rows that do not say whose they are stay where these are others: they are told by experiment and setting.
        let told = |row: &str| row.split(" | ").take(2).map(str::to_owned).collect::<Vec<_>>();
        let new: Vec<_> = part.rows.iter().map(|row| told(row)).collect();
        for old in self.parts.iter_mut().filter(|old| old.maker().is_none()) {
            old.rows.retain(|row| !new.contains(&told(row)));
        }
        self.parts.retain(|old| !old.rows.is_empty());
        match self.parts.iter_mut().find(|old| old.maker().is_some() && old.maker() == part.maker()) {
            Some(old) => *old = part,
            None => self.parts.push(part),
        }
    }
}

impl Page {
    /// The page as it was written before; an empty text is a page without sections.
    pub(super) fn parse(text: &str) -> Self {
        let section = |(title, lines): (&str, &str)| {
            let (mut parts, mut part) = (Vec::new(), Part::default());
            for line in lines.lines() {
                if let Some(note) = line.strip_prefix("- ") {
                    part.note = note.trim_end_matches('.').to_owned();
                    parts.push(std::mem::take(&mut part));
                } else if line.starts_with("| ") && !HEAD.starts_with(line) {
                    part.rows.push(line.to_owned());
                }
            }
            if !part.rows.is_empty() {
                parts.push(part);
            }
            Section { title: title.to_owned(), parts }
        };
        Self { sections: crate::sections::sections(text).map(section).collect() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    /// Puts these rows of a crate, which the note names, where its rows stood in the sections of the same title, or at the end.
    pub(super) fn put(&mut self, rows: &[Value], note: &str) -> Result<()> {
        let mut found: Vec<(&str, Part)> = Vec::new();
        for value in rows {
            let (title, row) = (text(value, "section")?, row(value)?);
            match found.iter_mut().find(|(other, _)| *other == title) {
                Some((_, part)) => part.rows.push(row),
                None => found.push((title, Part { rows: vec![row], note: note.to_owned() })),
            }
        }
        // What the crate has no rows in any more.
        let made = Part { rows: Vec::new(), note: note.to_owned() };
        for section in &mut self.sections {
            let is_found = found.iter().any(|(title, _)| *title == section.title);
            section.parts.retain(|part| is_found || part.maker().is_none() || part.maker() != made.maker());
        }
        self.sections.retain(|section| !section.parts.is_empty());
        for (title, part) in found {
            match self.sections.iter_mut().find(|section| section.title == title) {
                Some(section) => section.put(part),
                None => self.sections.push(Section { title: title.to_owned(), parts: vec![part] }),
            }
        }
        Ok(())
    }

    /// How many rows' last cells begin so.
    fn count(&self, start: &str) -> usize {
        let last = |row: &&String| row.rsplit_once(" | ").is_some_and(|(_, cell)| cell.starts_with(start));
        self.sections.iter().flat_map(|section| &section.parts).flat_map(|part| &part.rows).filter(last).count()
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (inside, outside) = (self.count(IN), self.count(OUT));
        write!(f, "{TITLE}\n{inside} of {} rows lie in their bands.", inside + outside)?;
        match self.count(NOT_RUN) {
            0 => writeln!(f)?,
            count => writeln!(
                f,
                " {count} more {} not run, since {} data are fetched: `--data DIR` says where they lie.",
                if count == 1 { "was" } else { "were" },
                if count == 1 { "its" } else { "their" },
            )?,
        }
        for Section { title, parts } in &self.sections {
            write!(f, "\n## {title}\n")?;
            for Part { rows, note } in parts {
                write!(f, "\n{HEAD}{}\n", rows.join("\n"))?;
                if !note.is_empty() {
                    write!(f, "\n- {note}.\n")?;
                }
            }
        }
        Ok(())
    }
}

/// A row as a line of its table. What was not run, since its data are absent, has no outcome.
fn row(row: &Value) -> Result<String> {
    let inside = row["inside"].as_bool();
    let [experiment, setting, figure, source, band, certainty, reason] =
        ["experiment", "setting", "figure", "source", "band", "certainty", "reason"].map(|key| text(row, key));
    let (ours, trials) = match inside {
        None => ("not run: data absent", String::new()),
        Some(_) => (text(row, "ours")?, row["trials"].to_string()),
    };
    let certainty = certainty?;
    let place = match (inside, certainty) {
        (None, _) => "not run".to_owned(),
        (Some(true), "ours") => "in (ours)".to_owned(),
        (Some(true), _) => "in".to_owned(),
        (Some(false), _) => {
            let reason = Some(reason?).filter(|reason| !reason.is_empty()).unwrap_or("why is not known");
            format!("{}{}", if certainty == "ours" { OUT_OURS } else { OUT }, escaped(reason))
        }
    };
    let sure = match certainty {
        "read" => " (read there)",
        "recalled" => " (not verified)",
        "measured" => " (measured)",
        "computed" => " (exact)",
        _ => "",
    };
    let [experiment, setting, figure, source, band] = [experiment?, setting?, figure?, source?, band?].map(escaped);
    let ours = escaped(ours);
    Ok(format!("| {experiment} | {setting} | {figure} | {source}{sure} | {ours} | {trials} | {band} | {place} |"))
}

fn text<'a>(row: &'a Value, key: &str) -> Result<&'a str> {
    row[key].as_str().with_context(|| format!("a row without {key}: {row}"))
}

/// A text as a cell of a table.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(experiment: &str, inside: bool, certainty: &str, reason: &str) -> Value {
        json!({"section": "Nets", "experiment": experiment, "setting": "a|b", "figure": "1", "source": "s", "ours": "2",
            "band": "1 to 3", "trials": 7, "certainty": certainty, "inside": inside, "reason": reason})
    }

    fn page(rows: &[Value]) -> Page {
        let mut page = Page::default();
        page.put(rows, "today by `a command`; the rows of nn-a took 1 s").unwrap();
        page
    }

    #[test]
    fn rows_out_of_their_bands_stay_with_their_reason_and_ours_are_not_counted() {
        let text = page(&[
            row("x", true, "read", ""),
            row("y", false, "measured", "since"),
            row("z", false, "measured", ""),
            row("w", true, "ours", ""),
            row("v", false, "ours", "|x| in |"),
        ])
        .to_string();
        assert!(text.contains("1 of 3 rows lie in their bands.\n"), "{text}");
        assert!(text.contains("| x | a\\|b | 1 | s (read there) | 2 | 7 | 1 to 3 | in |"), "{text}");
        assert!(text.contains("**out**: since |") && text.contains("**out**: why is not known |"), "{text}");
        assert!(text.contains("in (ours) |") && text.contains("**out** (ours): \\|x\\| in \\| |"), "{text}");
        assert!(text.matches("## Nets").count() == 1 && text.ends_with("`; the rows of nn-a took 1 s.\n"), "{text}");
        assert!(Page::default().put(&[json!({"section": "Nets"})], "").is_err());
    }

    #[test]
    fn rows_whose_data_are_absent_say_so_and_count_neither_as_in_nor_as_out() {
        let mut absent = row("images", true, "read", "since");
        for key in ["ours", "trials", "inside"] {
            absent.as_object_mut().unwrap().remove(key);
        }
        let text = page(&[row("x", true, "read", ""), absent]).to_string();
        assert!(text.contains("1 of 1 rows lie in their bands. 1 more was not run"), "{text}");
        let expected = "| images | a\\|b | 1 | s (read there) | not run: data absent |  | 1 to 3 | not run |";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn a_page_is_read_as_it_was_written_and_a_section_is_replaced_as_a_whole() {
        let mut other = row("o", true, "read", "");
        other["section"] = json!("Maps");
        let mut all = page(&[row("x", true, "read", ""), row("y", false, "ours", "a | b"), other]);
        assert_eq!(Page::parse(&all.to_string()), all);
        assert!(Page::parse("").is_empty());

        all.put(&[row("new", true, "read", "")], "later by `another`; the rows of nn-a took 2 s").unwrap();
        let text = all.to_string();
        // A section that the crate has no rows in any more is gone.
        assert!(!text.contains("| x |") && text.contains("| new |") && !text.contains("Maps"), "{text}");
        assert!(text.contains("1 of 1 rows") && text.ends_with("the rows of nn-a took 2 s.\n"), "{text}");
    }

    #[test]
    fn two_crates_have_rows_in_one_section_and_each_replaces_its_own() {
        let mut all = page(&[row("x", true, "read", "")]);
        all.put(&[row("y", true, "read", "")], "today; the rows of nn-b took 1 s").unwrap();
        assert_eq!(Page::parse(&all.to_string()), all);
        all.put(&[row("z", true, "read", "")], "later; the rows of nn-a took 1 s").unwrap();
        let text = all.to_string();
        assert!(!text.contains("| x |") && text.contains("| y |") && text.contains("| z |"), "{text}");
        assert_eq!(text.matches("## Nets").count(), 1, "{text}");

        // A page from before rows said whose they are.
        let mut old = page(&[row("x", true, "read", ""), row("y", true, "read", "")]);
        old.sections[0].parts[0].note.clear();
        old.put(&[row("y", false, "read", "since")], "today; the rows of nn-b took 1 s").unwrap();
        let text = old.to_string();
        assert!(text.contains("1 of 2 rows") && text.matches("| y |").count() == 1, "{text}");
    }
}
