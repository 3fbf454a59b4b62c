//! The command line of a file of cases.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// What a file of cases is asked to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Arguments {
    /// Folder of the `.npy` files.
    pub data: PathBuf,
    /// Threads of the variants that run.
    pub threads: usize,
    /// Timed repeats of a variant, whose median counts.
    pub repeats: usize,
    /// Only variants whose `case/variant` contains this.
    pub only: String,
    /// So many calls of what is measured, and no clock; with a program that counts instructions the difference of two numbers of
    /// calls is what one asks for.
    pub calls: Option<usize>,
    /// Whether to print `case/variant` lines and stop.
    pub list: bool,
}

impl Arguments {
    /// Reads `--data DIR --threads N --repeats K --only SUBSTRING --calls N --list`; the `--bench` of `cargo bench` is passed over.
    ///
    /// # Errors
    /// For a word that is not known, a number that is none, and a missing `--data`.
    pub fn parse(words: impl IntoIterator<Item = String>) -> Result<Self> {
        let mut data = None;
        let only = String::new();
        let mut arguments = Self { data: PathBuf::new(), threads: 1, repeats: 3, only, calls: None, list: false };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().with_context(|| format!("{word} needs a value"));
            match word.as_str() {
                "--bench" => {}
                "--list" => arguments.list = true,
                "--data" => data = Some(PathBuf::from(value()?)),
                "--only" => arguments.only = value()?,
                "--threads" => arguments.threads = at_least_one(&word, &value()?)?,
                "--calls" => arguments.calls = Some(at_least_one(&word, &value()?)?),
                "--repeats" => arguments.repeats = at_least_one(&word, &value()?)?,
                _ => {
                    bail!("unknown argument `{word}`: expected --data, --threads, --repeats, --only, --calls or --list")
                }
            }
        }
        match data {
            Some(data) => arguments.data = data,
            None if arguments.list => {}
            None => bail!("--data DIR is missing: the folder that `cargo xtask bench` makes is target/bench-data"),
        }
        Ok(arguments)
    }
}

fn at_least_one(name: &str, text: &str) -> Result<usize> {
    match text.parse() {
        Ok(number) if 0 < number => Ok(number),
        _ => bail!("{name}: expected a whole number from 1, got `{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn every_argument_is_read() {
        let read = parse("--data d --threads 2 --repeats 5 --only som/ --calls 3 --bench").unwrap();
        let only = "som/".into();
        let expected = Arguments { data: "d".into(), threads: 2, repeats: 5, only, calls: Some(3), list: false };
        assert_eq!(read, expected);
        assert!(parse("--list").unwrap().list);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |line: &str| parse(line).unwrap_err().to_string();
        assert!(error("--threads 1").starts_with("--data DIR is missing"));
        assert_eq!(error("--data d --threads 0"), "--threads: expected a whole number from 1, got `0`");
        assert_eq!(error("--data"), "--data needs a value");
        assert!(error("--fast").starts_with("unknown argument `--fast`"));
    }
}
