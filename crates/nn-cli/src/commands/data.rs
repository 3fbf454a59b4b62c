//! `nn data`: the data sets that come with the command.

use crate::args::DataArgs;
use crate::data;
use crate::data::bundled::{self, BUNDLED};
use crate::files::CsvPlace;
use crate::output;
use anyhow::Result;

/// Lists the sets, or prints one.
pub(super) fn run(args: &DataArgs) -> Result<()> {
    let Some(name) = &args.name else { return output::print(&list()?) };
    let csv = bundled::find(name)?.ok_or_else(|| data::unknown(name))?.csv;
    let header = csv.lines().next().unwrap_or_default();
    CsvPlace::claim(&args.out, args.force, header)?.write(&csv)
}

/// A line a set, with its size.
fn list() -> Result<String> {
    let line = |set: &bundled::Bundled| {
        let csv = set.rows(None)?.csv;
        let columns = csv.lines().next().map_or(0, |header| header.split(',').count());
        let rows = csv.lines().count() - 1;
        Ok((set.name, format!("{rows:>5} x {columns:<3} {}", set.summary)))
    };
    Ok(output::facts(&BUNDLED.iter().map(line).collect::<Result<Vec<_>>>()?))
}
