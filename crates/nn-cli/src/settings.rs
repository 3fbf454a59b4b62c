//! The settings of a training, from all the places where they may stand.
//!
//! A flag comes before the environment, the environment before `--params`, and that before the model's defaults.

use crate::args::LessonArgs;
use crate::data::table::Gaps;
use crate::environment;
use crate::words::did_you_mean;
use anyhow::{Context, Result, anyhow, bail};
use nn_core::params::Value as _;
use nn_core::{Entry, Error, Image, Schema, Setting};
use std::fs;
use toml::Value;

/// The settings of one training, checked against the model that is to be trained.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Names and values as text; of two of the same name the later one counts.
    pub(crate) list: Vec<(String, String)>,
    /// The seed in force. The hold-out is drawn by it even where the model itself draws nothing.
    pub(crate) seed: u64,
}

impl Settings {
    /// Gathers what `args` and the environment say about the model `entry`.
    ///
    /// # Errors
    /// A name that the model does not have, with the nearest that it has; a value out of its range.
    pub(crate) fn gather(entry: &Entry, args: &LessonArgs) -> Result<Self> {
        let mut list = match &args.params {
            Some(path) => fs::read_to_string(path)
                .map_err(anyhow::Error::from)
                .and_then(|text| of_toml(entry, &text))
                .with_context(|| path.display().to_string())?,
            None => Vec::new(),
        };
        check(entry, &args.set)?;

        let default = setting(entry, "seed").map(|setting| setting.default);
        let named = |seed: u64| default.is_some().then(|| ("seed".to_owned(), seed.to_string()));
        let from_environment = environment::seed()?;
        list.extend(from_environment.and_then(named));
        list.extend_from_slice(&args.set);
        list.extend(args.seed.and_then(named));
        // Each place is right by itself; together they may still not fit.
        entry.check(&list)?;

        let mut settings = Self { list, seed: 1 };
        let of_model = settings.get("seed").or(default.as_deref()).and_then(|text| text.trim().parse().ok());
        settings.seed = of_model.or(args.seed).or(from_environment).unwrap_or(1);
        Ok(settings)
    }

    /// What the user has said of a setting, the last where it was said more than once.
    fn get(&self, name: &str) -> Option<&str> {
        self.list.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The setting of a model that has this name.
fn setting(entry: &Entry, name: &str) -> Option<Setting> {
    entry.settings().into_iter().find(|setting| setting.name == name)
}

/// The setting by which a model is told that cells may be missing.
pub(crate) const MISSING_VALUES: &str = "missing_values";
/// The same of targets.
pub(crate) const MISSING_LABELS: &str = "missing_labels";

impl Settings {
    /// Whether cells may be missing.
    pub(crate) fn gaps(&self, entry: &Entry) -> Gaps {
        self.gaps_by(entry, MISSING_VALUES, Gaps::Offered)
    }

    /// Whether targets may be missing.
    pub(crate) fn label_gaps(&self, entry: &Entry) -> Gaps {
        self.gaps_by(entry, MISSING_LABELS, Gaps::LabelsOffered)
    }

    /// Whether samples without a target are learned from, where they may be there.
    pub(crate) fn learns_without_targets(&self) -> bool {
        let says = |name: &str, what: &str| self.get(name).is_some_and(|text| text.trim() == what);
        !says("pretraining", "false") || self.get("compare").is_some_and(|text| text.trim() != "0")
    }

    fn gaps_by(&self, entry: &Entry, name: &str, offered: Gaps) -> Gaps {
        match self.get(name).is_some_and(|text| text.trim() == "true") {
            true => Gaps::Taken,
            false if setting(entry, name).is_some() => offered,
            false => Gaps::Refused,
        }
    }
}

impl Settings {
    /// Whether the model's state goes on from sequence to sequence, so that their order is that of time.
    pub(crate) fn carries_state(&self) -> bool {
        self.get("state").is_some_and(|text| text.trim() == "carry")
    }
}

/// The setting by which a model of images is told their shape.
const IMAGE: &str = "image";

impl Settings {
    /// Where the model takes images: tells it the shape that the data have, or the data what the user has said; `known` is
    /// the shape where the data hold it, and do not leave it to be guessed.
    ///
    /// # Errors
    /// A user who says another shape than the data hold.
    pub(crate) fn agree_on_image(&mut self, entry: &Entry, schema: &mut Schema, known: Option<Image>) -> Result<()> {
        if setting(entry, IMAGE).is_none() {
            return Ok(());
        }
        let said = self.get(IMAGE).and_then(Image::parse);
        if let (Some(said), Some(known)) = (said, known)
            && said != known
        {
            return Err(nn_core::Error::param(IMAGE, said, format!("{known} as the data have it")).into());
        }
        match (said, schema.image) {
            (Some(said), _) if said.numbers() == schema.inputs.len() => schema.image = Some(said),
            (None, Some(image)) => self.list.push((IMAGE.to_owned(), image.show())),
            _ => {}
        }
        Ok(())
    }

    /// Whether the columns in `schema` are taken for a square image since nothing tells of another.
    pub(crate) fn takes_for_square(&self, entry: &Entry, schema: &Schema) -> bool {
        let side = schema.inputs.len().isqrt();
        let is_square = 1 < side && side * side == schema.inputs.len();
        setting(entry, IMAGE).is_some() && self.get(IMAGE).is_none() && schema.image.is_none() && is_square
    }
}

/// Checks names and values against the settings that the model has.
fn check(entry: &Entry, list: &[(String, String)]) -> Result<()> {
    check_names(entry, list.iter().map(|(name, _)| name.as_str()))?;
    entry.check(list).map_err(|error| with_hint(entry, error))
}

/// Checks names alone.
pub(crate) fn check_names<'a>(entry: &Entry, mut names: impl Iterator<Item = &'a str>) -> Result<()> {
    let known = entry.settings();
    match names.find(|name| known.iter().all(|setting| setting.name != *name)) {
        None => Ok(()),
        Some(name) => {
            let hint = did_you_mean(name, known.iter().map(|setting| setting.name.as_str()))
                .unwrap_or_else(|| format!("; nn models {} lists them", entry.name));
            bail!("unknown setting {name:?} of {}{hint}", entry.name);
        }
    }
}

/// An error about a setting, with the nearest of the choices that it has.
pub(crate) fn with_hint(entry: &Entry, error: Error) -> anyhow::Error {
    let Error::Param { name, value, .. } = &error else { return error.into() };
    let choices = setting(entry, name).map_or(String::new(), |setting| setting.values);
    let choices = choices.split([',', ' ']).filter(|word| !["", "or", "auto"].contains(word));
    let hint = did_you_mean(value, choices).unwrap_or_default();
    anyhow!("{error}{hint}")
}

/// The settings in the text of a TOML file, checked against those that the model has.
pub(crate) fn of_toml(entry: &Entry, text: &str) -> Result<Vec<(String, String)>> {
    let table = text.parse::<toml::Table>().map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        anyhow!("line {line}: {}", error.message())
    })?;
    let mut list = Vec::new();
    flatten("", &table, &mut list)?;
    check(entry, &list)?;
    Ok(list)
}

/// Appends the settings of `table`; those of a table within it have its name and a dot before theirs.
fn flatten(before: &str, table: &toml::Table, list: &mut Vec<(String, String)>) -> Result<()> {
    for (name, value) in table {
        let name = format!("{before}{name}");
        match value {
            Value::Table(inner) => flatten(&format!("{name}."), inner, list)?,
            value => {
                let text =
                    typed(value).ok_or_else(|| anyhow!("{name}: expected a number, a text or a list of them"))?;
                list.push((name, text));
            }
        }
    }
    Ok(())
}

/// A value as one would type it after `--set`.
fn typed(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(yes) => Some(yes.to_string()),
        Value::Array(items) if items.is_empty() => Some("none".to_owned()),
        Value::Array(items) => Some(items.iter().map(typed).collect::<Option<Vec<_>>>()?.join("-")),
        Value::Datetime(_) | Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_toml_value_becomes_what_one_would_type() {
        let table = "a = [64, 32]\nb = 0.5\nc = []\nd = 'all'\ne = true\n[rbm]\nrate = 1\n".parse().unwrap();
        let mut list = Vec::new();
        flatten("", &table, &mut list).unwrap();
        let list: Vec<(&str, &str)> = list.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(list, [("a", "64-32"), ("b", "0.5"), ("c", "none"), ("d", "all"), ("e", "true"), ("rbm.rate", "1")]);
        assert!(flatten("", &"a = 2020-01-01".parse().unwrap(), &mut Vec::new()).is_err());
    }
}
