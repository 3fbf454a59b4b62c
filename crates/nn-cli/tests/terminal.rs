//! The command in a terminal: what is drawn while it trains, and what stays on the screen.
#![cfg(unix)]

use crate::common::{Sandbox, interrupt, wait_until_it_listens};
use nix::pty::{Winsize, openpty};
use std::fs::File;
use std::io::Read;
use std::num::NonZero;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Ended by Ctrl-C, as nothing else ends it.
const LONG: &str = "train mlp --data digits --set patience=1000000 --set epochs=1000000";

/// What a run of the command left.
struct Session {
    /// Every byte that went to the terminal.
    bytes: Vec<u8>,
    /// What is on the screen in the end, line by line.
    screen: Vec<String>,
    code: Option<i32>,
}

/// Runs the words of `line` in a terminal of so many columns; where it does not end by itself, Ctrl-C comes as soon as
/// `enough` was written.
fn run(line: &str, columns: u16, environment: &[(&str, &str)], enough: Option<fn(&str) -> bool>) -> Session {
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
    let (sender, parts) = mpsc::channel();
    let reading = thread::spawn(move || {
        let mut part = [0; 4096];
        // A terminal whose other end is closed answers with an error and not with an end.
        while let Ok(count @ 1..) = reader.read(&mut part) {
            sender.send(part[..count].to_vec()).unwrap();
        }
    });
    let (mut bytes, mut enough) = (Vec::new(), enough);
    if enough.is_some_and(|enough| enough("")) {
        // Nothing is awaited, but that it listens.
        wait_until_it_listens(child.id());
        enough = None;
        interrupt(child.id());
    }
    loop {
        match parts.recv_timeout(Duration::from_secs(60)) {
            Ok(part) => bytes.extend(part),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => child.kill().unwrap(),
        }
        if enough.is_some_and(|enough| enough(&String::from_utf8_lossy(&bytes))) {
            enough = None;
            interrupt(child.id());
        }
    }
    let code = child.wait().unwrap().code();
    reading.join().unwrap();
    let size = [40, columns].map(|length| NonZero::new(length).unwrap());
    let mut parser = vt100::Parser::new(size[0], size[1], 0);
    parser.process(&bytes);
    let screen = parser.screen().rows(0, columns).map(|row| row.trim_end().to_owned()).collect();
    Session { bytes, screen, code }
}

/// The bar of a training was drawn several times.
fn drawn(text: &str) -> bool {
    5 <= text.matches("epoch ").count()
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
    let session = run(LONG, 100, &[], Some(drawn));
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
    let searched = |search: &str, enough: fn(&str) -> bool| {
        let line = format!("train mlp --data xor --set hidden_layers=2 {search}");
        run(&line, 100, &[("NO_COLOR", "1")], Some(enough)).text()
    };
    let text = searched("--set search=anneal --set search_budget=200000 --set epochs=100000000", drawn);
    let [look, epoch] = ["look ", "epoch "].map(|unit| text.find(unit).unwrap_or_else(|| panic!("{unit}: {text:?}")));
    assert!(look < epoch && text.contains("/200000 ") && text.contains("/100000000 "), "{text:?}");
    let starts = |text: &str| 5 <= text.matches("start ").count();
    let text = searched("--set search=multi-start --set search_budget=100000000 --set epochs=100", starts);
    assert!(text.contains("start ") && text.contains("/1000000 ") && !text.contains("epoch "), "{text:?}");
}

#[test]
fn the_bar_counts_the_fits_of_a_search_for_settings() {
    // Long enough for the bar to be drawn after the first candidate is through.
    let line = "tune mlp --data digits --set epochs=150 --grid hidden_layers=4,16,64 --folds 4 --no-race";
    let session = run(line, 100, &[], None);
    let text = session.text();
    for part in ["fit ", "/12 ", "best accuracy 0.", " left"] {
        assert!(text.contains(part), "{part}: {text:?}");
    }
    assert_eq!(session.code, Some(0));
    let lines = session.lines();
    assert!(lines[0].starts_with("model") && lines.iter().all(|line| !line.contains(" left")), "{lines:?}");
    assert!(lines.iter().filter(|line| line.ends_with("chosen")).count() == 1, "{lines:?}");
    let quiet = run(&format!("{line} --quiet"), 100, &[], None);
    assert!(!quiet.text().contains("fit "), "{:?}", quiet.text());
}

#[test]
fn the_bar_tells_how_much_of_a_stream_is_read() {
    let line = "train mlp --data circle-in-square:samples=100000 --stream 100 --set hidden_layers=32 --set batch_size=1 --set epochs=1";
    let session = run(line, 100, &[], None);
    let text = session.text();
    for part in ["read ", "% ", "00 rows  loss ", " left"] {
        assert!(text.contains(part), "{part}: {text:?}");
    }
    assert_eq!(session.code, Some(0));
    let lines = session.lines();
    assert!(lines[0].starts_with("model") && lines.iter().all(|line| !line.contains(" left")), "{lines:?}");
    assert!(!run(&format!("{line} --quiet"), 100, &[], None).text().contains("read "));
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
        let session = run(LONG, columns, &[], Some(drawn));
        let lines = session.lines();
        assert!(lines[0].starts_with("interrupted after "), "{columns}: {lines:?}");
    }
}

#[test]
fn no_color_and_dumb_terminals_are_plain() {
    // On a dumb terminal nothing is drawn that could be waited for.
    for (environment, enough) in [(("NO_COLOR", "1"), drawn as fn(&str) -> bool), (("TERM", "dumb"), |_| true)] {
        let session = run(LONG, 100, &[environment], Some(enough));
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
