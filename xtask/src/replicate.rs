//! `cargo xtask replicate`: every experiment that is repeated, and the page `docs/replication.md` of what was found.
//!
//! A model's rows are the test target `replication` of its crate; see `replication/README.md`.

use std::ffi::OsStr;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xshell::{Shell, cmd};

/// Where the page stands.
const PAGE: &str = "docs/replication.md";
/// The test target that holds the rows of a crate.
const TARGET: &str = "replication";

/// What the arguments of the command are, for the help text.
pub(crate) const USAGE: &str = "[MODEL | TEXT] [--fast] [--data DIR]";

/// What is to be run.
#[derive(Debug, Default, PartialEq)]
struct Options {
    /// A crate, a model, or text of rows; all rows where it is none.
    chosen: Option<String>,
    /// Fewer trials.
    fast: bool,
    /// The folder of what is fetched.
    data: Option<PathBuf>,
}

impl Options {
    fn parse(words: &[&str]) -> Result<Self> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(&word) = words.next() {
            match word {
                "--fast" => options.fast = true,
                "--data" => {
                    let folder = *words.next().with_context(|| format!("`--data`: expected {USAGE}"))?;
                    // The rows are run elsewhere.
                    options.data = Some(std::path::absolute(folder)?);
                }
                _ if word.is_empty() || word.starts_with('-') || options.chosen.is_some() => {
                    bail!("`{word}`: expected {USAGE}")
                }
                _ => options.chosen = Some(word.to_owned()),
            }
        }
        Ok(options)
    }

    /// The command that was typed, without folders of this machine.
    fn command(&self) -> String {
        let chosen = self.chosen.iter().map(|chosen| format!(" {chosen}"));
        let flags = [(self.fast, " --fast"), (self.data.is_some(), " --data DIR")];
        let flags = flags.into_iter().filter(|(given, _)| *given).map(|(_, flag)| flag.to_owned());
        "cargo xtask replicate".to_owned() + &chosen.chain(flags).collect::<String>()
    }
}

/// Runs all rows, or those that are chosen, and writes the page; chosen ones are printed instead.
pub(crate) fn run(shell: &Shell, words: &[&str]) -> Result<()> {
    let options = Options::parse(words)?;
    if let Some(folder) = options.data.as_deref().filter(|folder| !folder.is_dir()) {
        bail!("there is no folder {}", folder.display());
    }
    let mut crates = shell.read_dir("crates")?;
    crates.retain(|folder| folder.join("tests").join(format!("{TARGET}.rs")).exists());
    // The crate that knows no model comes last.
    crates.sort_by_key(|folder| folder.ends_with("nn-core"));
    let (crates, text) = choose(crates, options.chosen.as_deref());
    let mut rows = Vec::new();
    for folder in crates {
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let found = of_crate(shell, name, text, &options)?;
        if found.is_empty() && text.is_none() {
            bail!("{name} gave no row");
        }
        rows.extend(found);
    }
    if rows.is_empty() {
        bail!("neither a crate, a model, a section nor an experiment is called {:?}", text.unwrap_or_default());
    }
    let page = page(&rows, &options.command())?;
    if options.chosen.is_some() {
        print!("{page}");
    } else {
        shell.write_file(PAGE, page)?;
        eprintln!("written: {PAGE}");
    }
    Ok(())
}

/// The crate that is meant, by its own name, by that without `nn-`, or by a model that has a folder in it; or else all crates
/// with the text that their rows are to hold.
fn choose(crates: Vec<PathBuf>, chosen: Option<&str>) -> (Vec<PathBuf>, Option<&str>) {
    let Some(chosen) = chosen else { return (crates, None) };
    let is_meant = |folder: &&PathBuf| {
        let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name == chosen || name.strip_prefix("nn-") == Some(chosen) || folder.join("src").join(chosen).is_dir()
    };
    match crates.iter().find(is_meant).cloned() {
        Some(folder) => (vec![folder], None),
        None => (crates, Some(chosen)),
    }
}

/// The rows of one crate, or those that hold the text, as it finds them now.
fn of_crate(shell: &Shell, name: &str, text: Option<&str>, options: &Options) -> Result<Vec<Value>> {
    eprintln!("{name}");
    let fast = options.fast.then_some("--fast");
    let data = options.data.iter().flat_map(|folder| [OsStr::new("--data"), folder.as_os_str()]);
    // A row out of its band without a reason makes the program fail, and still belongs on the page.
    let lines = cmd!(
        shell,
        "cargo test --quiet --release --package {name} --test {TARGET} -- --json {text...} {fast...} {data...}"
    )
    .ignore_status();
    let lines = lines.quiet().read()?;
    Ok(lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// The page, a table a section.
fn page(rows: &[Value], command: &str) -> Result<String> {
    let mut sections: Vec<&str> = Vec::new();
    for row in rows {
        let section = text(row, "section")?;
        if !sections.contains(&section) {
            sections.push(section);
        }
    }
    // What was not run, since its data are absent, has no outcome.
    let inside = |row: &Value| row["inside"].as_bool();
    let counted = |row: &&Value| row["certainty"] != "ours" && inside(row).is_some();
    let all: Vec<&Value> = rows.iter().filter(counted).collect();
    let absent = match rows.iter().filter(|row| inside(row).is_none()).count() {
        0 => String::new(),
        count => format!(
            " {count} more {} not run, since {} data are fetched: `--data DIR` says where they lie.",
            if count == 1 { "was" } else { "were" },
            if count == 1 { "its" } else { "their" },
        ),
    };
    let mut page = format!(
        "# Replication\n\nWhat papers and independent programs have found, and what is found here; written by `{command}`. A row out of \
         its band stays, with its reason. A band of our own guards against change and reproduces nothing; such rows are \
         marked and not counted. A share of trials is followed by the interval that holds the true one in 95 of 100 cases (Wilson's), \
         a median by the first and the last decile.\n\n{} of {} rows lie in their bands.{absent}\n",
        all.iter().filter(|row| inside(row) == Some(true)).count(),
        all.len()
    );
    for section in sections {
        page += &format!(
            "\n## {section}\n\n| experiment | setting | figure | source | ours | trials | band | |\n|---|---|---|---|---|--:|---|---|\n"
        );
        for row in rows.iter().filter(|row| row["section"] == section) {
            let [experiment, setting, figure, source, band, certainty, reason] =
                ["experiment", "setting", "figure", "source", "band", "certainty", "reason"].map(|key| text(row, key));
            let (ours, trials) = match inside(row) {
                None => ("not run: data absent", String::new()),
                Some(_) => (text(row, "ours")?, row["trials"].to_string()),
            };
            let place = match (inside(row), certainty?) {
                (None, _) => "not run".to_owned(),
                (Some(true), "ours") => "in (ours)".to_owned(),
                (Some(true), _) => "in".to_owned(),
                (Some(false), _) => format!(
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
                "| {experiment} | {setting} | {figure} | {source}{sure} | {} | {trials} | {} | {place} |\n",
                escaped(ours),
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
        let page = page(&rows, "cargo xtask replicate --fast").unwrap();
        assert!(page.contains("1 of 3 rows lie in their bands.\n") && page.contains("replicate --fast"), "{page}");
        assert!(page.contains("| x | a\\|b | 1 | s (read there) | 2 | 7 | 1 to 3 | in |"), "{page}");
        assert!(page.contains("**out**: since |") && page.contains("**out**: why is not known |"), "{page}");
        assert!(page.contains("in (ours) |") && page.matches("## Nets").count() == 1, "{page}");
        assert!(super::page(&[json!({"section": "Nets"})], "").is_err());
    }

    #[test]
    fn rows_whose_data_are_absent_say_so_and_count_neither_as_in_nor_as_out() {
        let mut absent = row("images", true, "read", "since");
        for key in ["ours", "trials", "inside"] {
            absent.as_object_mut().unwrap().remove(key);
        }
        let page = page(&[row("x", true, "read", ""), absent], "").unwrap();
        assert!(page.contains("1 of 1 rows lie in their bands. 1 more was not run"), "{page}");
        let expected = "| images | a\\|b | 1 | s (read there) | not run: data absent |  | 1 to 3 | not run |";
        assert!(page.contains(expected), "{page}");
    }

    #[test]
    fn every_argument_is_read_and_told_again_without_folders() {
        let options = Options::parse(&["mlp", "--data", "some/where", "--fast"]).unwrap();
        assert!(options.data.as_ref().is_some_and(|folder| folder.is_absolute() && folder.ends_with("some/where")));
        assert_eq!(options.command(), "cargo xtask replicate mlp --fast --data DIR");
        assert_eq!(Options::parse(&[]).unwrap().command(), "cargo xtask replicate");
        for wrong in [&["--data"][..], &["--slow"], &["mlp", "som"], &[""]] {
            assert!(Options::parse(wrong).unwrap_err().to_string().ends_with(USAGE), "{wrong:?}");
        }
    }

    #[test]
    fn a_crate_is_found_by_its_name_and_by_its_models_and_other_words_are_text_of_rows() {
        let shell = crate::shell().unwrap();
        let crates = shell.read_dir("crates").unwrap();
        for name in ["nn-perceptron", "perceptron", "mlp"] {
            let (found, text) = choose(crates.clone(), Some(name));
            assert!(found.len() == 1 && found[0].ends_with("nn-perceptron") && text.is_none(), "{name}: {found:?}");
        }
        assert_eq!(choose(crates.clone(), Some("xor")), (crates.clone(), Some("xor")));
        assert_eq!(choose(crates.clone(), None), (crates, None));
    }
}
