//! What is printed, and where: answers on standard output, all else on standard error.

use anyhow::{Context, Error, Result};
use nn_core::{Measure, Measures};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::env;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};

/// Prints `text` on standard output. (`println!` panics where the reader has gone.)
pub(crate) fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("standard output")
}

/// Prints `value` as one line of JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<()> {
    print(&(serde_json::to_string(value)? + "\n"))
}

/// Tells the user something on one line of standard error.
pub(crate) fn note(text: impl Display) {
    // Where nobody listens there is nothing to be done.
    let _ = writeln!(io::stderr(), "{}", on_one_line(&text.to_string()));
}

/// Names of columns come from files, and may hold line breaks or what a terminal obeys.
pub(crate) fn on_one_line(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\r' => " ".to_owned(),
        c if c.is_control() => c.escape_default().to_string(),
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}

/// A name of at most so many letters; what is cut off is told by an ellipsis.
pub(crate) fn shortened(name: &str, longest: usize) -> String {
    if name.chars().count() <= longest {
        return name.to_owned();
    }
    name.chars().take(longest - 1).chain(['…']).collect()
}

/// Prints the one line about what went wrong.
pub(crate) fn error(error: &Error) {
    note(format_args!("error: {}", message(error)));
}

/// The error and its causes, each said once.
pub(crate) fn message(error: &Error) -> String {
    let mut message = String::new();
    for cause in error.chain().map(ToString::to_string) {
        // Some errors say their cause themselves.
        if message.is_empty() {
            message = cause;
        } else if !message.ends_with(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

/// Whether the reader of our output has gone away.
pub(crate) fn is_closed_pipe(error: &Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe)
}

/// Whether `NO_COLOR` or the terminal asks for plain text.
pub(crate) fn plain() -> bool {
    env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) || env::var_os("TERM").is_some_and(|t| t == "dumb")
}

/// A name that stands out where standard output is a terminal.
pub(crate) fn strong(text: &str) -> String {
    styled(text, "1")
}

/// A remark that steps back where standard output is a terminal.
pub(crate) fn faint(text: &str) -> String {
    styled(text, "2")
}

fn styled(text: &str, code: &str) -> String {
    if plain() || !io::stdout().is_terminal() { text.to_owned() } else { format!("\x1b[{code}m{text}\x1b[0m") }
}

/// Lines of a name and what belongs to it, in two columns.
pub(crate) fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    facts.iter().map(|(name, fact)| format!("{}  {fact}\n", strong(&format!("{name:width$}")))).collect()
}

/// Numbers of a list that a table shows.
const MOST_OF_A_LIST: usize = 12;

/// Measures on one part of the data or on several, a line each.
pub(crate) fn measures(parts: &[(&str, &Measures)]) -> String {
    let rows = parts.first().map_or(&[][..], |(_, measures)| measures.all());
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or(0).max("measure".len());
    let mut text = strong(&format!("{:width$}", "measure"));
    text.extend(parts.iter().map(|(part, _)| strong(&format!("  {part:>10}"))));
    text.push('\n');
    for row in rows {
        text += &format!("{:width$}", row.name);
        let shown = |value| measure(Measure { value, ..*row });
        text.extend(parts.iter().map(|(_, all)| format!("  {:>10}", all.get(row.name).map_or("-".to_owned(), shown))));
        text.push('\n');
    }
    for (part, all) in parts {
        for (name, values) in all.lists() {
            let shown = values.iter().take(MOST_OF_A_LIST).map(|&value| number(value)).collect::<Vec<_>>().join(" ");
            let more = if MOST_OF_A_LIST < values.len() { " ..." } else { "" };
            let part = if parts.len() == 1 { String::new() } else { format!(", {part}") };
            text += &format!("{name}{part}: {shown}{more}\n");
        }
    }
    text
}

/// The value of a measure for a reader.
pub(crate) fn measure(Measure { value, is_count, .. }: Measure) -> String {
    if is_count { format!("{value:.0}") } else { number(value) }
}

/// A number for a reader: four decimals, more only where they are needed to see anything.
pub(crate) fn number(value: f64) -> String {
    // A zero has no sign for a reader.
    let value = value + 0.0;
    let size = value.abs();
    if 1.0 < size && value.fract() == 0.0 && size < 1e9 {
        format!("{value:.0}")
    } else if size == 0.0 || (1e-3..1e6).contains(&size) {
        format!("{value:.4}")
    } else {
        format!("{value:.3e}")
    }
}

/// Measures as a JSON object, in the order in which they are told.
#[derive(Debug)]
pub(crate) struct Object(pub(crate) Measures);

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.0.all().len() + self.0.lists().len()))?;
        for &Measure { name, value, is_count } in self.0.all() {
            if is_count {
                object.serialize_entry(name, &(value as u64))?;
            } else {
                object.serialize_entry(name, &value)?;
            }
        }
        for (name, values) in self.0.lists() {
            object.serialize_entry(name, values)?;
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn an_error_is_one_line_and_says_each_cause_once() {
        let io = io::Error::other("no\nspace");
        assert_eq!(on_one_line(&message(&anyhow!(io).context("a.csv"))), "a.csv: no space");
        assert_eq!(on_one_line("\x1b[31mred"), "\\u{1b}[31mred");
        let io = nn_core::Error::io("a.nn".as_ref(), io::Error::other("full"));
        assert_eq!(message(&io.into()), "a.nn: full");
    }

    #[test]
    fn small_numbers_keep_their_digits() {
        assert_eq!([0.0, 0.975, 3.0, 2.5e-7, 1.0].map(number), ["0.0000", "0.9750", "3", "2.500e-7", "1.0000"]);
    }

    #[test]
    fn only_what_counts_is_told_as_a_whole_number() {
        let counted = Measures::new().with_count("mistakes", 1).with_count("categories", 40);
        let all = Measures::new().with("loss", 0.0).with("accuracy", 1.0).and(counted);
        let text = measures(&[("train", &all)]);
        for line in
            ["loss            0.0000", "accuracy        1.0000", "mistakes             1", "categories          40"]
        {
            assert!(text.lines().any(|l| l.split_whitespace().eq(line.split_whitespace())), "{line} in {text}");
        }
        let json = serde_json::to_string(&Object(all)).unwrap();
        assert_eq!(json, r#"{"loss":0.0,"accuracy":1.0,"mistakes":1,"categories":40}"#);
    }

    #[test]
    fn measures_of_several_parts_stand_side_by_side() {
        let (train, test) =
            (Measures::new().with("loss", 0.25).with("accuracy", 1.0), Measures::new().with("loss", 0.5));
        let text = measures(&[("train", &train), ("test", &test)]);
        let expected =
            "measure        train        test\nloss          0.2500      0.5000\naccuracy      1.0000           -\n";
        assert_eq!(text, expected);
    }
}
