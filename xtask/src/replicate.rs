//! `cargo xtask replicate`: every experiment that is repeated, and the page `docs/replication.md` of what was found.
//!
//! A model's rows are the test target `replication` of its crate; see `replication/README.md`.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xshell::{Shell, cmd};

/// Where the page stands.
const PAGE: &str = "docs/replication.md";
/// The test target that holds the rows of a crate.
const TARGET: &str = "replication";

/// What the arguments of the command are, for the help text.
pub(crate) const USAGE: &str = "[CRATE] [--fast]";

/// Runs the rows of all crates, or of one, and writes the page; of one crate they are printed instead.
pub(crate) fn run(shell: &Shell, words: &[&str]) -> Result<()> {
    let fast = words.contains(&"--fast");
    let names: Vec<&str> = words.iter().copied().filter(|word| *word != "--fast").collect();
    let chosen = match names[..] {
        [] => None,
        [name] if !name.starts_with('-') => Some(name),
        _ => bail!("expected {USAGE}"),
    };
    let mut rows = Vec::new();
    let mut found = false;
    // The crate that knows no model comes last.
    let mut folders = shell.read_dir("crates")?;
    folders.sort_by_key(|folder| folder.ends_with("nn-core"));
    for folder in folders {
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let wanted = chosen.is_none_or(|chosen| chosen == name || chosen == name.trim_start_matches("nn-"));
        if wanted && folder.join("tests").join(format!("{TARGET}.rs")).exists() {
            found = true;
            rows.extend(of_crate(shell, &name, fast)?);
        }
    }
    if !found {
        bail!("there is no crate {:?} with rows to replicate", chosen.unwrap_or_default());
    }
    let page = page(&rows, fast)?;
    if chosen.is_some() {
        print!("{page}");
    } else {
        shell.write_file(PAGE, page)?;
        eprintln!("written: {PAGE}");
    }
    Ok(())
}

/// The rows of one crate, as it finds them now.
fn of_crate(shell: &Shell, name: &str, fast: bool) -> Result<Vec<Value>> {
    eprintln!("{name}");
    let fast = fast.then_some("--fast");
    // A row out of its band without a reason makes the program fail, and still belongs on the page.
    let lines = cmd!(shell, "cargo test --quiet --release --package {name} --test {TARGET} -- --json {fast...}")
        .ignore_status();
    let lines = lines.quiet().read()?;
    let rows: Vec<Value> = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    if rows.is_empty() { bail!("{name} gave no row") } else { Ok(rows) }
}

/// The page, a table a section.
fn page(rows: &[Value], fast: bool) -> Result<String> {
    let mode = if fast { "cargo xtask replicate --fast" } else { "cargo xtask replicate" };
    let mut sections: Vec<&str> = Vec::new();
    for row in rows {
        let section = text(row, "section")?;
        if !sections.contains(&section) {
            sections.push(section);
        }
    }
    let inside = |row: &&Value| row["inside"] == true;
    let counted = |row: &&Value| row["certainty"] != "ours";
    let all: Vec<&Value> = rows.iter().filter(counted).collect();
    let mut page = format!(
        "# Replication\n\nWhat papers and independent programs have found, and what is found here; written by `{mode}`. A row out of \
         its band stays, with its reason. A band of our own guards against change and reproduces nothing; such rows are \
         marked and not counted.\n\n{} of {} rows lie in their bands.\n",
        all.iter().copied().filter(|row| inside(row)).count(),
        all.len()
    );
    for section in sections {
        page += &format!(
            "\n## {section}\n\n| experiment | setting | figure | source | ours | trials | band | |\n|---|---|---|---|---|--:|---|---|\n"
        );
        for row in rows.iter().filter(|row| row["section"] == section) {
            let [experiment, setting, figure, source, ours, band, certainty, reason] =
                ["experiment", "setting", "figure", "source", "ours", "band", "certainty", "reason"]
                    .map(|key| text(row, key));
            let place = match (inside(&row), certainty?) {
                (true, "ours") => "in (ours)".to_owned(),
                (true, _) => "in".to_owned(),
                (false, _) => format!(
                    "**out**: {}",
                    match reason? {
                        "" => "why is not known",
                        reason => reason,
                    }
                ),
            };
            let sure = match certainty_of(row)? {
                "" => String::new(),
                sure => format!(" ({sure})"),
            };
            let cells = [experiment?, setting?, figure?, source?].map(escaped);
            let [experiment, setting, figure, source] = cells;
            page += &format!(
                "| {experiment} | {setting} | {figure} | {source}{sure} | {} | {} | {} | {place} |\n",
                escaped(ours?),
                row["trials"],
                escaped(band?)
            );
        }
    }
    Ok(page)
}

/// How sure a figure is, in words.
fn certainty_of(row: &Value) -> Result<&'static str> {
    Ok(match text(row, "certainty")? {
        "read" => "read there",
        "recalled" => "not verified",
        "measured" => "measured",
        "computed" => "exact",
        _ => "",
    })
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
    use super::*;
    use serde_json::json;

    fn row(experiment: &str, inside: bool, certainty: &str, reason: &str) -> Value {
        json!({"section": "Nets", "experiment": experiment, "setting": "a|b", "figure": "1", "source": "s", "ours": "2",
            "band": "1 to 3", "trials": 7, "certainty": certainty, "inside": inside, "reason": reason})
    }

    #[test]
    fn rows_out_of_their_bands_stay_with_their_reason_and_ours_are_not_counted() {
        let rows = [
            row("x", true, "read", ""),
            row("y", false, "measured", "since"),
            row("z", false, "measured", ""),
            row("w", true, "ours", ""),
        ];
        let page = page(&rows, true).unwrap();
        assert!(page.contains("1 of 3 rows lie in their bands") && page.contains("replicate --fast"), "{page}");
        assert!(page.contains("| x | a\\|b | 1 | s (read there) | 2 | 7 | 1 to 3 | in |"), "{page}");
        assert!(page.contains("**out**: since |") && page.contains("**out**: why is not known |"), "{page}");
        assert!(page.contains("in (ours) |") && page.matches("## Nets").count() == 1, "{page}");
        assert!(super::page(&[json!({"section": "Nets"})], true).is_err());
    }
}
