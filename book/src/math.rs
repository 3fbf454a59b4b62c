//! Formulas: `$...$` within a line and `$$...$$` by itself become MathML, which browsers draw without a script.

use anyhow::{Context, Result, bail};
use mdbook_preprocessor::book::{Book, BookItem};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};
use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::{Event, Parser, ParserError, Storage, push_mathml};

/// Typesets every formula of every page.
pub(crate) struct Math;

impl Preprocessor for Math {
    fn name(&self) -> &str {
        "math"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let mut outcome = Ok(());
        book.for_each_mut(|item| {
            if let BookItem::Chapter(chapter) = item
                && outcome.is_ok()
            {
                match typeset(&chapter.content) {
                    Ok(content) => chapter.content = content,
                    Err(error) => outcome = Err(error.context(format!("page `{}`", chapter.name))),
                }
            }
        });
        outcome.map(|()| book)
    }
}

/// The same Markdown with HTML in the place of each formula.
fn typeset(markdown: &str) -> Result<String> {
    let mut out = String::new();
    let mut rest = markdown;
    while let Some(start) = rest.find(['`', '$', '\\', '~']) {
        out += &rest[..start];
        let at = &rest[start..];
        // What is taken as it stands; of a formula nothing is.
        let taken = match at.as_bytes()[0] {
            b'`' | b'~' => code(at, out.is_empty() || out.ends_with('\n')),
            b'\\' => at.chars().take(2).map(char::len_utf8).sum(),
            _ => 0,
        };
        out += &at[..taken];
        rest = &at[taken..];
        if taken == 0 {
            let mark = if rest.starts_with("$$") { "$$" } else { "$" };
            let inner = &rest[mark.len()..];
            let end = inner.find(mark).with_context(|| format!("a formula without an end: {}", first_line(rest)))?;
            out += &html(inner[..end].trim(), mark == "$$")?;
            rest = &inner[end + mark.len()..];
        }
    }
    Ok(out + rest)
}

/// How long the code is that begins here: a fence up to the line that closes it, or a span up to as many marks.
fn code(text: &str, at_line_start: bool) -> usize {
    let mark = &text[..1];
    let marks = text.len() - text.trim_start_matches(mark).len();
    let run = &text[..marks];
    if at_line_start && marks >= 3 {
        let closing = format!("\n{run}");
        return text.find(&closing).map_or(text.len(), |end| end + closing.len());
    }
    if mark == "~" {
        return marks;
    }
    let mut from = marks;
    while let Some(found) = text[from..].find(run) {
        let start = from + found;
        let length = text[start..].len() - text[start..].trim_start_matches(mark).len();
        if length == marks {
            return start + marks;
        }
        from = start + length;
    }
    marks
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// A formula as MathML in which Markdown finds nothing to read.
fn html(formula: &str, block: bool) -> Result<String> {
    // A code host takes a backslash before punctuation for its own, so pages write two where LaTeX wants a new row.
    let storage = Storage::new();
    let events: Vec<std::result::Result<Event<'_>, ParserError>> = Parser::new(formula, &storage).collect();
    if let Some(Err(error)) = events.iter().find(|event| event.is_err()) {
        bail!("formula `{formula}`: {error}");
    }
    let display_mode = if block { DisplayMode::Block } else { DisplayMode::Inline };
    let mut mathml = String::new();
    push_mathml(&mut mathml, events.into_iter(), RenderConfig { display_mode, ..RenderConfig::default() })?;
    let mut quiet = String::new();
    let mut in_tag = false;
    for character in mathml.chars() {
        match character {
            '<' => in_tag = true,
            '>' => in_tag = false,
            '\n' => continue,
            '*' | '_' | '[' | ']' | '\\' | '|' | '`' | '~' | '$' | '#' if !in_tag => {
                quiet += &format!("&#{};", u32::from(character));
                continue;
            }
            _ => {}
        }
        quiet.push(character);
    }
    Ok(quiet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_mathml_and_code_stays() {
        let page = "a `$x$` and\n```sh\necho $HOME\n```\n$a_i$ costs \\$3\n";
        let typeset = typeset(page).unwrap();
        assert!(typeset.contains("`$x$`") && typeset.contains("echo $HOME") && typeset.contains("\\$3"), "{typeset}");
        assert!(typeset.contains("<math") && typeset.contains("<msub>") && !typeset.contains("$a_i$"), "{typeset}");
    }

    #[test]
    fn what_markdown_would_read_is_hidden_from_it() {
        let typeset = typeset("$\\lvert a \\rvert * b$").unwrap();
        assert!(!typeset.contains('|') && !typeset.contains('*'), "{typeset}");
    }

    #[test]
    fn a_formula_that_is_none_is_an_error() {
        assert!(typeset("costs $3").unwrap_err().to_string().contains("without an end"));
        assert!(typeset("$\\nosuchcommand{a}$").is_err());
    }
}
