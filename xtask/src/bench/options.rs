//! The arguments of `cargo xtask bench`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// For the help text.
pub(super) const USAGE: &str = "[--only CASE] [--threads 1,2] [--repeats K] [--mnist DIR] [--letters DIR] [--quick]";

/// What is to be measured, and how long.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Options {
    /// Only cases whose name contains this.
    pub(super) only: String,
    pub(super) threads: Vec<usize>,
    /// Rounds in which each variant has its turn.
    pub(super) rounds: usize,
    /// Folder of MNIST's four files.
    pub(super) mnist: Option<PathBuf>,
    /// Folder that holds `letter/letter.dat`.
    pub(super) letters: Option<PathBuf>,
    /// One round of one repeat, printed and not kept.
    pub(super) quick: bool,
}

impl Options {
    pub(super) fn parse(words: &[&str]) -> Result<Self> {
        let only = String::new();
        let mut options = Self { only, threads: vec![1, 2], rounds: 3, mnist: None, letters: None, quick: false };
        let mut words = words.iter();
        while let Some(&word) = words.next() {
            if word == "--quick" {
                options.quick = true;
                continue;
            }
            let value = *words.next().with_context(|| format!("`{word}`: expected {USAGE}"))?;
            match word {
                "--only" => options.only = value.to_owned(),
                "--threads" => options.threads = value.split(',').map(at_least_one).collect::<Result<_>>()?,
                "--repeats" => options.rounds = at_least_one(value)?,
                "--mnist" => options.mnist = Some(std::path::absolute(value)?),
                "--letters" => options.letters = Some(std::path::absolute(value)?),
                _ => bail!("`{word}`: expected {USAGE}"),
            }
        }
        if options.quick {
            options.rounds = 1;
        }
        Ok(options)
    }

    /// Timed repeats in each process of each round.
    pub(super) fn repeats(&self) -> usize {
        if self.quick { 1 } else { 3 }
    }

    /// The command that was typed, without folders of this machine.
    pub(super) fn command(&self) -> String {
        let mut command = "cargo xtask bench".to_owned();
        if !self.only.is_empty() {
            command += &format!(" --only {}", self.only);
        }
        if self.threads != [1, 2] {
            let threads: Vec<String> = self.threads.iter().map(usize::to_string).collect();
            command += &format!(" --threads {}", threads.join(","));
        }
        if self.rounds != 3 && !self.quick {
            command += &format!(" --repeats {}", self.rounds);
        }
        if self.mnist.is_some() {
            command += " --mnist DIR";
        }
        if self.letters.is_some() {
            command += " --letters DIR";
        }
        if self.quick {
            command += " --quick";
        }
        command
    }
}

fn at_least_one(text: &str) -> Result<usize> {
    match text.trim().parse() {
        Ok(number) if 0 < number => Ok(number),
        _ => bail!("expected whole numbers from 1, got `{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_is_read_and_told_again_without_folders() {
        let words = ["--only", "mlp", "--threads", "1,4", "--repeats", "5", "--mnist", "some/where", "--letters", "d"];
        let options = Options::parse(&words).unwrap();
        assert_eq!((options.threads.as_slice(), options.rounds, options.quick), (&[1, 4][..], 5, false));
        assert!(options.mnist.as_ref().unwrap().ends_with("some/where"));
        assert_eq!(
            options.command(),
            "cargo xtask bench --only mlp --threads 1,4 --repeats 5 --mnist DIR --letters DIR"
        );
        assert_eq!(Options::parse(&[]).unwrap().command(), "cargo xtask bench");
    }

    #[test]
    fn a_quick_run_is_one_round_of_one_repeat() {
        let options = Options::parse(&["--quick", "--repeats", "9"]).unwrap();
        assert_eq!((options.rounds, options.repeats()), (1, 1));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(Options::parse(&["--fast", "1"]).unwrap_err().to_string().starts_with("`--fast`: expected [--only"));
        assert!(Options::parse(&["--threads", "1,0"]).unwrap_err().to_string().ends_with("got `0`"));
        assert!(Options::parse(&["--only"]).is_err());
    }
}
