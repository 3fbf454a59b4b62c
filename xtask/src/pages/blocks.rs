//! Finding the blocks of a page, and the commands of a block.

use std::ops::Range;

use anyhow::{Result, bail};

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

/// All scripts and outputs of a page. An output that stands behind no script is an error, as it would never be compared.
pub(super) fn find(page: &str) -> Result<Vec<Block>> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<(Option<Kind>, usize, usize)> = None;
    let mut at = 0;
    // Whether nothing but empty lines stands between here and the end of a script.
    let mut behind_script = false;
    for (number, line) in (1..).zip(page.split_inclusive('\n')) {
        let start = at;
        at += line.len();
        let trimmed = line.trim_end();
        match open {
            None if trimmed.starts_with("```") => {
                let kind = match trimmed[3..].trim() {
                    "sh" => Some(Kind::Script { fails: false }),
                    "sh fails" => Some(Kind::Script { fails: true }),
                    "output" => Some(Kind::Output),
                    info if info.starts_with("sh ") || info.starts_with("console") || info.starts_with("bash") => {
                        bail!("line {number}: a block of `{info}`: shell lines stand in `sh` or `sh fails`")
                    }
                    _ => None,
                };
                if kind == Some(Kind::Output) && !behind_script {
                    bail!("line {number}: a block of `output` that does not stand right behind one of `sh`");
                }
                open = Some((kind, number, at));
            }
            None => behind_script &= trimmed.is_empty(),
            Some((kind, opened, from)) if trimmed == "```" => {
                if let Some(kind) = kind {
                    let text = page[from..start].to_owned();
                    blocks.push(Block { kind, line: opened, content: from..start, text });
                }
                behind_script = matches!(kind, Some(Kind::Script { .. }));
                open = None;
            }
            Some(_) => {}
        }
    }
    Ok(blocks)
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
    let (mut quote, mut before) = (None, ' ');
    let mut comment = false;
    for character in command.chars() {
        match (quote, character) {
            (_, '\n') => comment = false,
            _ if comment => {}
            (None, '#') if before.is_whitespace() => comment = true,
            (None, '\'' | '"') if before != '\\' => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            _ => {}
        }
        before = character;
    }
    quote.is_some()
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
    fn an_output_of_nothing_and_a_shell_block_under_another_name_are_errors() {
        for page in
            ["```output\nx\n```\n", "```sh\na\n```\nwords\n```output\nx\n```\n", "```bash\na\n```\n", "```sh x\n```\n"]
        {
            assert!(find(page).is_err(), "{page}");
        }
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
