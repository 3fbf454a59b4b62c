//! What a model is called: `nearest-mean` at the shell, `nn_nearest_mean` in Rust, `NearestMean` as a type.

use std::fmt;

use anyhow::{Result, bail};

/// A longer name would be no name.
const LONGEST: usize = 40;

/// The words of Rust, 2024 edition, also those that are only kept for later.
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern false \
     final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super \
     trait true try type typeof union unsafe unsized use virtual where while yield";

/// Types that every Rust file knows without saying so.
const PRELUDE: &str = "Box Clone Copy Debug Drop Eq Err Fn From Hash Into Iterator None Ok Option Ord Send Some String \
     Sync Vec";

/// The name of a model, in lower case with hyphens.
#[derive(Debug)]
pub(super) struct Name(String);

impl Name {
    /// This name, if it is one.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let is_part = |part: &str| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if !text.split('-').all(is_part) || !text.starts_with(|c: char| c.is_ascii_lowercase()) {
            bail!("`{text}` is no name: expected lower-case letters and digits with single hyphens, as nearest-mean");
        }
        if let Some(short) = text.strip_prefix("nn-") {
            bail!("`{text}` would become nn-{text}: the crate's nn- comes by itself, so say `{short}`");
        }
        if LONGEST < text.len() {
            bail!("`{text}` has {} letters: expected at most {LONGEST}", text.len());
        }
        if KEYWORDS.split_whitespace().any(|word| word == text) {
            bail!("`{text}` is a word of Rust: expected another name");
        }
        Ok(Self(text.to_owned()))
    }

    /// That the type of this name is none that these sources use for something else.
    pub(super) fn check_free_of(&self, sources: &[&str]) -> Result<()> {
        let own = self.type_name();
        let lines = sources.iter().flat_map(|source| source.lines());
        let mut words = lines
            .filter(|line| !line.trim_start().starts_with("//"))
            .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
            .chain(PRELUDE.split_whitespace());
        // The template's own name is the one that may come up.
        if own != "NearestMean" && words.any(|word| word == own) {
            bail!("`{self}` would make a type `{own}`, and a model uses that word for something else");
        }
        Ok(())
    }

    /// The crate.
    pub(super) fn package(&self) -> String {
        format!("nn-{}", self.0)
    }

    /// The name within Rust.
    pub(super) fn snake(&self) -> String {
        self.0.replace('-', "_")
    }

    fn type_name(&self) -> String {
        let capital = |part: &str| part[..1].to_uppercase() + &part[1..];
        self.0.split('-').map(capital).collect()
    }

    /// A text of the template, with this name in the place of its own.
    pub(super) fn instead(&self, text: &str) -> String {
        let text = text.replace("NearestMean", &self.type_name());
        text.replace("nearest_mean", &self.snake()).replace("nearest-mean", &self.0)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Name::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn a_name_has_three_forms() {
        let name = Name::parse("lenet-5-small").unwrap();
        assert_eq!((name.package().as_str(), name.snake().as_str()), ("nn-lenet-5-small", "lenet_5_small"));
        assert_eq!(name.type_name(), "Lenet5Small");
    }

    #[test]
    fn what_is_not_lower_case_with_hyphens_is_refused() {
        for text in ["", "Som", "a_b", "-a", "a-", "a--b", "5a", "a b", "a/b", "../a", "größe", "a.b"] {
            assert!(error(text).contains("is no name"), "{text}");
        }
        assert!(error("nn-som").contains("say `som`"));
        assert!(error(&"a".repeat(41)).contains("at most 40"));
    }

    #[test]
    fn words_of_rust_are_refused() {
        for text in ["loop", "type", "self", "yield"] {
            assert!(error(text).contains("is a word of Rust"), "{text}");
        }
        assert!(Name::parse("loop-back").is_ok());
    }

    #[test]
    fn a_type_that_is_used_for_something_else_is_refused() {
        let source = "// Words of comments, as Rule, are free.\nuse nn_core::{State, Task};\n";
        let check = |text: &str| Name::parse(text).unwrap().check_free_of(&[source]);
        assert!(check("state").unwrap_err().to_string().contains("a type `State`"));
        assert!(check("option").is_err());
        assert!(check("rule").is_ok() && check("nearest-mean").is_ok());
    }
}
