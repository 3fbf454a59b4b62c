//! The arguments of `cargo xtask trust`.

use anyhow::{Context, Result, bail};

use super::PARTS;

/// For the help text.
pub(super) const USAGE: &str = "[doors] [faults] [bits] [stream] [files] [--minutes M] [--kills N] [--seeds N] \
                                [--gigabytes G] [--only MODEL|DOOR] [--keep]";

/// What is to be tried, and how often.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Options {
    /// The parts; all of them where none is named.
    pub(super) parts: Vec<String>,
    /// How long each door is tried.
    pub(super) minutes: f64,
    /// How often each training is killed, and as often ended by Ctrl-C.
    pub(super) kills: usize,
    /// With how many seeds bits are compared.
    pub(super) seeds: u64,
    /// How much is streamed of each kind of file; a hundredth of it to every other model.
    pub(super) gigabytes: f64,
    /// One model or one door alone; what comes of it is printed, and the page stays as it is.
    pub(super) only: Option<String>,
    /// Keeps in the repository what the doors have found, and stores files of models that have none yet.
    pub(super) keep: bool,
    words: String,
}

impl Options {
    pub(super) fn parse(words: &[&str]) -> Result<Self> {
        let mut options = Self {
            parts: Vec::new(),
            minutes: 10.0,
            kills: 20,
            seeds: 2,
            gigabytes: 10.0,
            only: None,
            keep: false,
            words: words.iter().map(|word| format!(" {word}")).collect(),
        };
        let mut words = words.iter();
        while let Some(&word) = words.next() {
            if PARTS.iter().any(|part| part.name == word) {
                options.parts.push(word.to_owned());
                continue;
            }
            if word == "--keep" {
                options.keep = true;
                continue;
            }
            let value = *words.next().with_context(|| format!("`{word}`: expected {USAGE}"))?;
            match word {
                "--minutes" => options.minutes = above_zero(value)?,
                "--kills" => options.kills = above_zero(value)? as usize,
                "--seeds" => options.seeds = above_zero(value)? as u64,
                "--gigabytes" => options.gigabytes = above_zero(value)?,
                "--only" => options.only = Some(value.to_owned()),
                _ => bail!("`{word}`: expected {USAGE}"),
            }
        }
        if options.parts.is_empty() {
            options.parts = PARTS.iter().map(|part| part.name.to_owned()).collect();
        }
        Ok(options)
    }

    /// Whether this model or door is to be tried.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == name)
    }

    /// Whether what is found goes onto the page.
    pub(super) fn writes(&self) -> bool {
        self.only.is_none()
    }

    /// The command that was typed.
    pub(super) fn command(&self) -> String {
        format!("cargo xtask trust{}", self.words)
    }
}

fn above_zero(text: &str) -> Result<f64> {
    match text.parse::<f64>() {
        Ok(number) if 0.0 < number && number.is_finite() => Ok(number),
        _ => bail!("expected a number above 0, got `{text}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_is_read_and_told_again() {
        let options = Options::parse(&["faults", "--kills", "3", "bits", "--seeds", "5", "--minutes", "0.5"]).unwrap();
        assert_eq!((options.parts.join(" "), options.kills, options.seeds), ("faults bits".to_owned(), 3, 5));
        assert_eq!(options.command(), "cargo xtask trust faults --kills 3 bits --seeds 5 --minutes 0.5");
        assert_eq!(Options::parse(&[]).unwrap().parts.len(), PARTS.len());
        let one = Options::parse(&["stream", "--only", "mlp", "--keep"]).unwrap();
        assert!(one.keep && !one.writes() && one.wants("mlp") && !one.wants("som"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(Options::parse(&["fault"]).unwrap_err().to_string().starts_with("`fault`: expected [doors]"));
        assert!(Options::parse(&["--minutes", "0"]).unwrap_err().to_string().ends_with("got `0`"));
        assert!(Options::parse(&["--seeds"]).is_err());
    }
}
