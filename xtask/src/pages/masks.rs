//! Comparing what a page shows with what was printed.

/// Units of what a machine takes: a number before one of them is not compared, nor is one behind a word of [`TIMED`].
const UNITS: [&str; 8] = ["s", "ms", "us", "seconds", "second", "minutes", "MB", "kB"];
const TIMED: [&str; 2] = ["seconds", "threads"];
/// A line of output that stands for any number of lines.
const ANY: &str = "...";

/// Equal but for what is masked, what is left out and how wide the spaces are, or the first line that differs.
pub(super) fn compare(expected: &str, got: &str) -> Result<(), String> {
    let got: Vec<&str> = got.lines().collect();
    let mut at = 0;
    let mut any = false;
    for line in expected.lines() {
        if line.trim() == ANY {
            any = true;
            continue;
        }
        let found = if any {
            got[at..].iter().position(|got| masked(got) == masked(line)).map(|skipped| at + skipped)
        } else {
            got.get(at).filter(|got| masked(got) == masked(line)).map(|_| at)
        };
        match found {
            Some(index) => at = index + 1,
            None => {
                let there = got.get(at).map_or_else(|| "nothing more".to_owned(), |line| format!("{line:?}"));
                return Err(format!("expected {line:?}, but printed was {there}"));
            }
        }
        any = false;
    }
    match got.get(at) {
        Some(line) if !any => Err(format!("printed was more than is shown: {line:?}")),
        _ => Ok(()),
    }
}

/// What was printed, shortened as the page had shortened it: as many lines in front and at the end. `None` where the page
/// leaves lines out in several places: which of those between it would show, nobody can tell from here.
pub(super) fn shortened(expected: &str, got: &str) -> Option<String> {
    let shown: Vec<&str> = expected.lines().collect();
    let is_any = |line: &&str| line.trim() == ANY;
    let (Some(first), Some(last)) = (shown.iter().position(is_any), shown.iter().rposition(is_any)) else {
        return Some(got.to_owned());
    };
    if first != last {
        return None;
    }
    let lines: Vec<&str> = got.lines().collect();
    let (front, back) = (first, shown.len() - last - 1);
    if lines.len() <= front + back {
        return Some(got.to_owned());
    }
    let kept = lines[..front].iter().chain([&ANY]).chain(&lines[lines.len() - back..]);
    Some(kept.map(|line| format!("{line}\n")).collect())
}

/// The line without what depends on the machine: numbers of seconds, threads and bytes. White space is folded, since a longer
/// time makes a column wider.
fn masked(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_number = |word: &str| is_measure(word.trim_end_matches([',', '.', ';', ')']));
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned();
    let shown = words.iter().enumerate().map(|(index, word)| {
        let before = index.checked_sub(1).map(|before| bare(words[before]));
        let timed = before.is_some_and(|before| TIMED.contains(&before.as_str()));
        let measured = words.get(index + 1).is_some_and(|unit| UNITS.contains(&bare(unit).as_str()));
        if is_number(word) && (timed || measured) { "#".to_owned() } else { in_json(word) }
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// Whether this can be a time, a size or a number of threads: what is infinite, no number or below nothing is a fault to see.
fn is_measure(word: &str) -> bool {
    word.parse::<f64>().is_ok_and(|number| number.is_finite() && number.is_sign_positive())
}

/// The same in a line of JSON, which has no spaces.
fn in_json(word: &str) -> String {
    let mut out = word.to_owned();
    for key in TIMED {
        let key = format!("\"{key}\":");
        if let Some(start) = out.find(&key) {
            let from = start + key.len();
            let len = out[from..].find([',', '}']).unwrap_or(out.len() - from);
            if is_measure(&out[from..from + len]) {
                out.replace_range(from..from + len, "#");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_threads_are_not_compared_and_all_else_is() {
        let pairs = [
            ("seconds 0.41\n", "seconds  12.5\n"),
            ("done in 0.2 s, 3 right\n", "done in 1.7 s, 3 right\n"),
            ("{\"seconds\":0.41,\"loss\":0.1}\n", "{\"seconds\":2,\"loss\":0.1}\n"),
        ];
        for (expected, got) in pairs {
            assert_eq!(compare(expected, got), Ok(()));
        }
        for (expected, got) in
            [("loss 0.1\n", "loss 0.2\n"), ("3 s, 4\n", "3 s, 5\n"), ("{\"loss\":1}\n", "{\"loss\":2}\n")]
        {
            assert!(compare(expected, got).is_err(), "{expected}");
        }
    }

    #[test]
    fn a_time_that_is_none_is_compared() {
        for wrong in ["inf", "NaN", "-1", "-0.5", "many", "null"] {
            for line in ["seconds 1\n", "done in 1 s\n", "{\"seconds\":1,\"loss\":2}\n", "{\"threads\":1}\n"] {
                assert!(compare(line, &line.replace('1', wrong)).is_err(), "{line} {wrong}");
            }
        }
    }

    #[test]
    fn white_space_is_folded() {
        assert_eq!(compare("a   b\n\n  c\n", "  a b\n \nc  \n"), Ok(()));
        assert!(compare("a b\n", "ab\n").is_err());
    }

    #[test]
    fn dots_stand_for_any_lines_and_nothing_else_does() {
        let got = "a\nb\nc\nd\n";
        for expected in ["...\n", "a\n...\nd\n", "a\n...\n", "...\nc\nd\n", "a\nb\n...\nc\nd\n"] {
            assert_eq!(compare(expected, got), Ok(()), "{expected}");
        }
        for expected in ["a\nb\n", "a\nd\n", "...\nx\n", "...\nc\n", "a\nb\nc\nd\ne\n"] {
            assert!(compare(expected, got).is_err(), "{expected}");
        }
    }

    #[test]
    fn what_is_written_anew_is_as_short_as_it_was() {
        let written = |expected: &str, got: &str| shortened(expected, got).unwrap();
        assert_eq!(written("x\n...\ny\n", "a\nb\nc\nd\n"), "a\n...\nd\n");
        assert_eq!(written("x\n", "a\nb\n"), "a\nb\n");
        assert_eq!(written("", "a\n"), "a\n");
    }

    #[test]
    fn what_leaves_lines_out_in_two_places_is_not_written_anew() {
        assert_eq!(shortened("x\n...\ny\n...\n", "a\nb\nc\nd\n"), None);
        assert_eq!(shortened("...\n...\n", "a\n"), None);
    }
}
