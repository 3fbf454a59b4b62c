//! Finding the blocks of a page, and the commands of a block.

use std::ops::Range;

use anyhow::{Context, Result, bail};

/// A fenced block that is run, or that says what is printed.
#[derive(Debug, PartialEq)]
pub(super) struct Block {
    pub(super) kind: Kind,
    /// The line of its opening fence, from 1.
    pub(super) line: usize,
    /// Where in the page its text stands.
    pub(super) content: Range<usize>,
    pub(super) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Script { fails: bool },
    Output,
}

/// First words behind a fence that speak of a shell, or of what one prints.
const SHELLS: [&str; 6] = ["sh", "bash", "shell", "zsh", "console", "output"];

/// All scripts and outputs of a page. What a reader takes for one and a test would pass over is an error: an output that
/// stands behind no script, shell lines under another name, a fence that does not begin its line or is never closed.
pub(super) fn find(page: &str) -> Result<Vec<Block>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Open<'_>> = None;
    let mut at = 0;
    // Whether nothing but empty lines stands between here and the end of a script.
    let mut behind_script = false;
    for (number, line) in (1..).zip(page.split_inclusive('\n')) {
        let start = at;
        at += line.len();
        let found = fence(line);
        // In a list or a quotation a block has another margin, and a fence further to the right may be none at all.
        let is_margin = |c: char| c.is_whitespace() || c.is_ascii_digit() || ">-*+.)".contains(c);
        if found.is_none() && fence(line.trim_start_matches(is_margin)).is_some() {
            bail!("line {number}: a fence that does not begin its line: blocks stand at the left margin");
        }
        match (&open, found) {
            (None, Some((mark, info))) => {
                let kind = kind(info).with_context(|| format!("line {number}"))?;
                if kind == Some(Kind::Output) && !behind_script {
                    bail!("line {number}: a block of `output` that does not stand right behind one of `sh`");
                }
                open = Some(Open { mark, kind, line: number, from: at });
            }
            (None, None) => behind_script &= line.trim().is_empty(),
            (Some(opened), Some((mark, ""))) if mark.starts_with(opened.mark) => {
                if let Some(kind) = opened.kind {
                    let content = opened.from..start;
                    blocks.push(Block { kind, line: opened.line, text: page[content.clone()].to_owned(), content });
                }
                behind_script = matches!(opened.kind, Some(Kind::Script { .. }));
                open = None;
            }
            (Some(_), _) => {}
        }
    }
    if let Some(Open { line, .. }) = open {
        bail!("line {line}: a block that is never closed");
    }
    Ok(blocks)
}

/// A block whose end is not there yet.
struct Open<'a> {
    /// Its fence, which another of the same marks closes, as long or longer.
    mark: &'a str,
    kind: Option<Kind>,
    line: usize,
    from: usize,
}

/// The fence that a line is, and what is said behind it: three backticks or more, behind which there is no other (that would
/// be code within a line), or three tildes or more.
fn fence(line: &str) -> Option<(&str, &str)> {
    let mark = line.chars().next().filter(|mark| ['`', '~'].contains(mark))?;
    let info = line.trim_start_matches(mark);
    let marks = &line[..line.len() - info.len()];
    (3 <= marks.len() && !(mark == '`' && info.contains('`'))).then(|| (marks, info.trim()))
}

/// What a block of this name is; nothing if it neither runs nor is compared.
fn kind(info: &str) -> Result<Option<Kind>> {
    let first = info.split([' ', '\t', ',', '{']).next().unwrap_or_default().to_lowercase();
    Ok(match info {
        "sh" => Some(Kind::Script { fails: false }),
        "sh fails" => Some(Kind::Script { fails: true }),
        "output" => Some(Kind::Output),
        _ if SHELLS.contains(&first.as_str()) => {
            bail!("a block of `{info}`: shell lines stand in `sh` or `sh fails`, and what they print in `output`")
        }
        _ => None,
    })
}

/// The commands of a script, each with the lines that it goes over: a backslash at the end, an open quote or a here-document
/// joins lines.
pub(super) fn commands(script: &str) -> Vec<String> {
    let mut commands = Vec::new();
    let mut command = String::new();
    let mut until: Option<String> = None;
    for line in script.lines() {
        command += line;
        if let Some(word) = &until {
            if line.trim() == word {
                until = None;
            }
        } else if let Some((_, word)) = line.split_once("<<") {
            let word: String =
                word.trim().trim_matches(['\'', '"']).chars().take_while(|c| c.is_alphanumeric()).collect();
            until = Some(word);
        }
        let open = until.is_some() || line.ends_with('\\') || inside_quotes(&command);
        if open {
            command.push('\n');
        } else {
            commands.push(std::mem::take(&mut command));
        }
    }
    commands.extend((!command.is_empty()).then_some(command));
    commands.retain(|command| !command.trim().is_empty() && !command.trim_start().starts_with('#'));
    commands
}

/// Whether a quote is still open; a comment opens none.
fn inside_quotes(command: &str) -> bool {
    read(command).1
}

/// The command without what the shell does not read.
pub(super) fn without_comments(command: &str) -> String {
    read(command).0
}

/// The command without its comments, and whether a quote is still open behind it.
fn read(command: &str) -> (String, bool) {
    let (mut quote, mut before) = (None, ' ');
    let mut comment = false;
    let mut kept = String::new();
    for character in command.chars() {
        match (quote, character) {
            (_, '\n') => comment = false,
            _ if comment => {}
            (None, '#') if before.is_whitespace() => comment = true,
            (None, '\'' | '"') if before != '\\' => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
        if !comment {
            kept.push(character);
        }
        before = character;
    }
    (kept, quote.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_outputs_are_found_and_others_passed_over() {
        let page = "a\n```sh\nnn data\n```\n\n```output\niris\n```\n```rust\nfn f() {}\n```\n```sh fails\nnn x\n```\n";
        let found = find(page).unwrap();
        let kinds: Vec<Kind> = found.iter().map(|block| block.kind).collect();
        assert_eq!(kinds, [Kind::Script { fails: false }, Kind::Output, Kind::Script { fails: true }]);
        assert_eq!((found[1].text.as_str(), found[1].line), ("iris\n", 6));
        assert_eq!(&page[found[2].content.clone()], "nn x\n");
    }

    #[test]
    fn an_output_of_nothing_is_an_error() {
        for page in ["```output\nx\n```\n", "```sh\na\n```\nwords\n```output\nx\n```\n"] {
            assert!(find(page).is_err(), "{page}");
        }
        assert!(find("```sh\na\n```\n\n```output\nx\n```\n").is_ok());
    }

    #[test]
    fn shell_lines_under_another_name_are_an_error() {
        for info in
            ["bash", "shell", "zsh", "console", "Bash", "sh x", "sh,ignore", "sh  fails", "sh fails too", "output x"]
        {
            for marks in ["```", "~~~", "````"] {
                let page = format!("{marks}{info}\na\n{marks}\n");
                let error = find(&page).unwrap_err();
                assert!(format!("{error:#}").starts_with("line 1: a block of `"), "{page}");
            }
        }
        for info in ["", "text", "rust", "toml", "shoes", "showing words"] {
            assert!(find(&format!("```{info}\na\n```\n")).unwrap().is_empty(), "{info}");
        }
    }

    #[test]
    fn a_fence_that_does_not_begin_its_line_is_an_error() {
        for page in
            [" ```sh\na\n ```\n", "1. x\n\n   ~~~sh\n   a\n   ~~~\n", "\t```\n", "> ```sh\n> a\n> ```\n", "1. ```sh\n"]
        {
            assert!(find(page).unwrap_err().to_string().contains("left margin"), "{page}");
        }
        // It would end the block for a reader, and not for us.
        assert!(find("```sh\na\n ```\n```\n").is_err());
    }

    #[test]
    fn a_block_that_is_never_closed_is_an_error() {
        for page in ["```sh\na\n", "~~~\na\n```\n", "````text\n```\n", "```text\na\n``` text\n"] {
            assert!(find(page).unwrap_err().to_string().contains("line 1: a block that is never closed"), "{page}");
        }
    }

    #[test]
    fn a_block_ends_with_its_own_fence_or_a_longer_one() {
        let page = "~~~sh\n```\na\n~~~\n````text\n```sh\nb\n```\n````\n```sh\nc\n````\n```x``` is code\n";
        let texts: Vec<String> = find(page).unwrap().into_iter().map(|block| block.text).collect();
        assert_eq!(texts, ["```\na\n", "c\n"]);
    }

    #[test]
    fn comments_are_no_part_of_a_command() {
        let command = "nn a '# b' c#d \\\n  e   # cargo test\n  f";
        assert_eq!(without_comments(command), "nn a '# b' c#d \\\n  e   \n  f");
    }

    #[test]
    fn lines_that_belong_together_are_one_command() {
        let script =
            "nn a \\\n  b   # it's all\n\n# a comment\nawk '{ print }\n  END' > x\ncat > y <<'END'\n1,2\nEND\nnn c\n";
        let joined = commands(script);
        let expected = ["nn a \\\n  b   # it's all", "awk '{ print }\n  END' > x", "cat > y <<'END'\n1,2\nEND", "nn c"];
        assert_eq!(joined, expected);
    }
}
