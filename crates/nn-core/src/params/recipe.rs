//! Settings by name: what a checkpoint keeps of them, what a reader is told, and what a file holds.

use super::Params;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::fmt;
use std::sync::Arc;

/// The settings of a training as they were asked for, by name: what a checkpoint keeps of them, and is continued with no others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The kind of model; none where an objective is trained that belongs to none.
    pub model: String,
    /// Its settings, in JSON.
    pub settings: Map<String, Json>,
}

impl Recipe {
    /// That of a model. Settings within settings stand beside the others, with their names behind a dot.
    pub fn of<P: Params>(params: &P) -> Self {
        let names: Vec<String> = P::settings().into_iter().map(|setting| setting.name).collect();
        let mut settings = Map::new();
        flatten("", object(params), &names, &mut settings);
        Self { model: P::KIND.to_owned(), settings }
    }

    /// Each setting with its value as its user types it.
    pub fn typed(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.settings.iter().map(|(name, value)| (name.clone(), as_typed(value)))
    }
}

/// A [`Recipe`] that is told when it is asked for: only a checkpoint asks, and to tell all settings takes longer than to learn from a few
/// samples.
#[derive(Clone)]
pub struct LazyRecipe(Arc<dyn Fn() -> Recipe + Send + Sync>);

impl LazyRecipe {
    /// That of a model with these settings.
    pub fn model<P: Params>(params: &P) -> Self {
        let params = params.clone();
        Self(Arc::new(move || Recipe::of(&params)))
    }

    /// The same with what is no setting, but would make another training of it.
    pub fn with(self, name: &'static str, value: impl Into<Json>) -> Self {
        let value = value.into();
        Self(Arc::new(move || {
            let mut recipe = self.get();
            recipe.settings.insert(name.to_owned(), value.clone());
            recipe
        }))
    }

    /// The recipe.
    pub fn get(&self) -> Recipe {
        (self.0)()
    }
}

impl PartialEq for LazyRecipe {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl fmt::Debug for LazyRecipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

impl From<Recipe> for LazyRecipe {
    fn from(recipe: Recipe) -> Self {
        Self(Arc::new(move || recipe.clone()))
    }
}

/// Moves the settings with these names out of an object and of those within it.
fn flatten(before: &str, from: Map<String, Json>, names: &[String], to: &mut Map<String, Json>) {
    for (name, value) in from {
        let name = format!("{before}{name}");
        match value {
            value if names.contains(&name) => drop(to.insert(name, value)),
            Json::Object(inner) => flatten(&format!("{name}."), inner, names, to),
            _ => {}
        }
    }
}

/// Plain data of strings and finite numbers as a JSON object.
pub(crate) fn object(data: &impl Serialize) -> Map<String, Json> {
    match serde_json::json!(data) {
        Json::Object(object) => object,
        _ => Map::new(),
    }
}

/// Settings as a file holds them.
pub fn as_json<P: Params>(params: &P) -> String {
    Json::Object(object(params)).to_string()
}

/// What [`as_json`] made, with every setting in its range.
///
/// # Errors
/// [`Error::Format`] for a text that is none of these settings; [`Error::Param`] where one is out of its range.
pub fn of_json<P: Params>(text: &str) -> Result<P> {
    let params: P = serde_json::from_str(text).map_err(|e| Error::format(format!("settings of the model: {e}")))?;
    params.validate()?;
    Ok(params)
}

/// A remark on each setting that was given and does nothing beside the others; `without` says of a setting what it needs.
pub fn idle<P: Params>(params: &P, without: impl Fn(&str) -> Option<&'static str>) -> Vec<String> {
    let (own, usual) = (Recipe::of(params).settings, Recipe::of(&P::default()).settings);
    let names = P::settings().into_iter().map(|setting| setting.name);
    let given = names.filter(|name| own.get(name) != usual.get(name));
    given.filter_map(|name| without(&name).map(|needed| format!("{name} does nothing without {needed}"))).collect()
}

/// A setting in JSON as its user types it.
pub fn as_typed(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "auto".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) if items.is_empty() => "none".to_owned(),
        serde_json::Value::Array(items) => items.iter().map(as_typed).collect::<Vec<_>>().join("-"),
        other => other.to_string(),
    }
}
