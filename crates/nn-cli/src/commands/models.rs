//! `nn models`: the models there are, and the settings of each.

use crate::args::ModelsArgs;
use crate::models;
use crate::output::{self, faint, strong};
use anyhow::Result;
use nn_core::{Entry, Setting};
use serde_json::{Value, json};

/// Lists all models, or tells about one.
pub(super) fn run(args: &ModelsArgs) -> Result<()> {
    match &args.model {
        Some(name) => one(models::find(name)?, args.json),
        None if args.json => output::print_json(&models::all().map(described).collect::<Vec<_>>()),
        None => {
            let lines: Vec<(&str, String)> =
                models::all().map(|entry| (entry.name, entry.summary.to_owned())).collect();
            output::print(&output::facts(&lines))
        }
    }
}

fn described(entry: &Entry) -> Value {
    json!({"name": entry.name, "summary": entry.summary, "learns": entry.learns.name(), "precision": entry.precision.name()})
}

fn one(entry: &Entry, as_json: bool) -> Result<()> {
    if as_json {
        let mut model = described(entry);
        model["settings"] = entry.settings().iter().map(setting).collect();
        return output::print_json(&model);
    }
    let mut text = format!("{}: {}\n", strong(entry.name), entry.summary);
    let float = entry.precision.name();
    text += &format!("learns from {}; computes in {float} unless --precision says otherwise\n", entry.learns.name());
    for setting in entry.settings() {
        let default = format!("--set {}={}", setting.name, setting.default);
        text += &format!("\n{}\n    {}\n    {}\n", strong(&default), setting.meaning, faint(&setting.values));
    }
    output::print(&text)
}

fn setting(setting: &Setting) -> Value {
    json!({
        "name": setting.name,
        "default": setting.default,
        "values": setting.values,
        "meaning": setting.meaning,
    })
}
