//! The command in a terminal: what is drawn while it trains, and what stays on the screen.
#![cfg(unix)]

use crate::common::Sandbox;
use nix::pty::{Winsize, openpty};
use std::fs::File;
use std::io::Read;
use std::num::NonZero;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// Long enough for the bar to be drawn many times, and ended by Ctrl-C where nothing else ends it.
const LONG: &str = "train mlp --data digits --set patience=1000000 --set epochs=1000000";

/// What a run of the command left.
struct Session {
    /// Every byte that went to the terminal.
    bytes: Vec<u8>,
    /// What is on the screen in the end, line by line.
    screen: Vec<String>,
    code: Option<i32>,
}

/// Runs the words of `line` in a terminal of so many columns; after `patience`, if it has not ended by itself, with Ctrl-C.
fn run(line: &str, columns: u16, environment: &[(&str, &str)], patience: Option<Duration>) -> Session {
    let sandbox = Sandbox::new();
    let size = Winsize { ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    let terminal = openpty(Some(&size), None).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_nn"));
    command.args(line.split_whitespace()).current_dir(sandbox.path(""));
    command.env_remove("NO_COLOR").env("TERM", "xterm-256color").envs(environment.iter().copied());
    command.stdin(Stdio::null()).stdout(terminal.slave.try_clone().unwrap()).stderr(terminal.slave);
    let mut child = command.spawn().unwrap();
    // The command keeps the only other end, so that reading ends with it.
    drop(command);
    let mut reader = File::from(terminal.master);
    let reading = thread::spawn(move || {
        let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
        // A terminal whose other end is closed answers with an error and not with an end.
        while let Ok(count @ 1..) = reader.read(&mut part) {
            bytes.extend_from_slice(&part[..count]);
        }
        bytes
    });
    if let Some(patience) = patience {
        thread::sleep(patience);
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    }
    let code = child.wait().unwrap().code();
    let bytes = reading.join().unwrap();
    let size = [40, columns].map(|length| NonZero::new(length).unwrap());
    let mut parser = vt100::Parser::new(size[0], size[1], 0);
    parser.process(&bytes);
    let screen = parser.screen().rows(0, columns).map(|row| row.trim_end().to_owned()).collect();
    Session { bytes, screen, code }
}

impl Session {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Whether anything on the screen is in a colour; bold and faint are none.
    fn has_colors(&self) -> bool {
        let text = self.text();
        text.split("\x1b[").skip(1).any(|rest| {
            let code: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == ';').collect();
            rest[code.len()..].starts_with('m') && code.split(';').any(|part| part.len() == 2 && part.starts_with('3'))
        })
    }

    /// The lines of the screen that are not empty.
    fn lines(&self) -> Vec<&str> {
        self.screen.iter().map(String::as_str).filter(|line| !line.is_empty()).collect()
    }
}

#[test]
fn the_bar_tells_how_far_it_is_and_is_gone_in_the_end() {
    let session = run(LONG, 100, &[], Some(Duration::from_secs(2)));
    let text = session.text();
    for part in ["epoch ", "/1000000 ", "loss ", "validation ", " left"] {
        assert!(text.contains(part), "{part}: {text:?}");
    }
    assert!(session.has_colors());
    assert_eq!(session.code, Some(130));
    let lines = session.lines();
    assert!(lines[0].starts_with("interrupted after "), "{lines:?}");
    assert!(lines[1].starts_with("model") && lines.iter().all(|line| !line.contains(" left")), "{lines:?}");
}

#[test]
fn the_bar_counts_what_a_search_does_and_then_the_epochs() {
    let searched = |search: &str| {
        let line = format!("train mlp --data xor --set hidden_layers=2 {search}");
        run(&line, 100, &[("NO_COLOR", "1")], Some(Duration::from_secs(2))).text()
    };
    let text = searched("--set search=anneal --set search_budget=200000 --set epochs=100000000");
    let [look, epoch] = ["look ", "epoch "].map(|unit| text.find(unit).unwrap_or_else(|| panic!("{unit}: {text:?}")));
    assert!(look < epoch && text.contains("/200000 ") && text.contains("/100000000 "), "{text:?}");
    let text = searched("--set search=multi-start --set search_budget=100000000 --set epochs=100");
    assert!(text.contains("start ") && text.contains("/1000000 ") && !text.contains("epoch "), "{text:?}");
}

#[test]
fn a_training_that_ends_leaves_its_table_alone() {
    let session = run("train mlp --data digits --set epochs=30", 80, &[], None);
    assert_eq!(session.code, Some(0));
    let lines = session.lines();
    assert!(lines[0].starts_with("model     mlp") && lines[lines.len() - 1].starts_with("accuracy "), "{lines:?}");
}

#[test]
fn a_narrow_terminal_is_not_filled_with_broken_bars() {
    for columns in [20, 40] {
        let session = run(LONG, columns, &[], Some(Duration::from_secs(2)));
        let lines = session.lines();
        assert!(lines[0].starts_with("interrupted after "), "{columns}: {lines:?}");
    }
}

#[test]
fn no_color_and_dumb_terminals_are_plain() {
    for environment in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let session = run(LONG, 100, &[environment], Some(Duration::from_secs(2)));
        assert!(!session.has_colors(), "{environment:?}: {:?}", session.text());
        assert!(session.lines().iter().any(|line| line.starts_with("interrupted after ")));
    }
    for line in ["models", "models mlp", "--help", "train --help"] {
        assert!(!run(line, 100, &[("NO_COLOR", "1")], None).text().contains("\x1b["), "{line}");
    }
}

#[test]
fn quiet_draws_nothing() {
    let session = run("train mlp --data digits --set epochs=30 --quiet", 100, &[], None);
    assert!(!session.text().contains("epoch ") && session.code == Some(0));
}
