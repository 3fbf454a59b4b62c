//! From what the user names to what a model takes: a file or a bundled set, its columns, their numbers.

pub(crate) mod bundled;
pub(crate) mod columns;
pub(crate) mod csv;
pub(crate) mod roles;
pub(crate) mod table;

use crate::nearest::did_you_mean;
use anyhow::{Context, Result, anyhow};
use bundled::BUNDLED;
use csv::Csv;
use std::fs;
use std::path::Path;

/// Opens what `--data` names: a file, or where there is none, the bundled set of that name.
pub(crate) fn open(data: &str) -> Result<Csv> {
    let path = Path::new(data);
    if path.is_dir() {
        return Err(anyhow!("{data}: is a directory"));
    }
    if path.exists() {
        return Csv::new(data.to_owned(), fs::read(path).with_context(|| data.to_owned())?);
    }
    if let Some(set) = bundled::find(data) {
        return Csv::new(data.to_owned(), set.csv().into_owned().into_bytes());
    }
    if data.contains(['/', '\\', '.']) {
        return Err(anyhow!("{data}: no such file"));
    }
    Err(unknown(data))
}

/// There is no file and no bundled set called `name`.
pub(crate) fn unknown(name: &str) -> anyhow::Error {
    let hint = did_you_mean(name, BUNDLED.iter().map(|set| set.name))
        .unwrap_or("; there is no file of that name, and nn data lists the bundled sets".to_owned());
    anyhow!("unknown data {name:?}{hint}")
}
