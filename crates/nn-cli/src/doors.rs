//! Every way by which bytes of a stranger come in, for whoever wants to know what any bytes do there: a fuzzer, or a test with
//! bytes of its own. The command itself has no use for them.
//!
//! A door takes bytes as the command does and goes on as far as training or prediction would. An answer and an error are both
//! right, and dropped; a panic is not, nor more memory than the door says.

mod lessons;
mod seeds;

use crate::data::roles::{Truth, Wishes};
use crate::data::table::Gaps;
use crate::data::{Part, Source, columns};
use crate::models;
use crate::saved::{Resumed, Saved};
use crate::settings;
use anyhow::{Context, Result, bail};
use lessons::Lesson;
use nn_core::tune::Ledger;
use nn_core::{Dataset, Learns, ModelFile, Precision, Scalar, split};
use std::borrow::Cow;
use std::path::Path;

pub use seeds::seeds;

/// What messages call the bytes.
const NAME: &str = "door";
/// A sample of more features is not made up here: a kind of model may know few weights and take wide images, and what
/// data of that width cost is a matter of the data.
const MOST_FEATURES: usize = 1 << 16;
/// The inputs whose memory is promised are no longer.
pub const LONGEST: usize = 16 << 10;

/// One way in.
#[derive(Clone, Copy, Debug)]
pub struct Door {
    /// What it is called: `csv`.
    pub name: &'static str,
    /// Takes the bytes, and drops the answer or the error.
    pub run: fn(&[u8]),
    /// At no moment does it hold more than so many bytes for each byte of an input of at most [`LONGEST`] ...
    pub most_times: usize,
    /// ... and so many beside, whatever the input.
    pub beside: usize,
}

impl Door {
    /// The most bytes that it may hold at any moment for an input of so many bytes.
    pub fn most(&self, bytes: usize) -> usize {
        self.most_times * bytes + self.beside
    }
}

/// All of them.
///
/// What the figures are made of: a column of one letter is a name in a header, a table and a schema. A file of names is as many
/// inputs as it has names, so that it takes their number times the rows, up to 2^31 numbers: what is promised for CSV is the most
/// that [`LONGEST`] holds, and what gzip packs a thousand times shorter is promised for numbers alone. A PNG of a
/// kilobyte may be an image of a million numbers, each of them a column.
pub static DOORS: &[Door] = &[
    Door { name: "csv", run: |bytes| data(bytes, &EVERY), most_times: 9000, beside: 1 << 18 },
    Door { name: "npy", run: |bytes| data(bytes, &EVERY), most_times: 400, beside: 1 << 18 },
    Door { name: "idx", run: |bytes| data(bytes, &EVERY), most_times: 400, beside: 1 << 18 },
    // Without a folder of classes around it an image has no target.
    Door { name: "png", run: |bytes| data(bytes, &[Learns::Inputs]), most_times: 400, beside: 384 << 20 },
    Door { name: "gzip", run: |bytes| data(bytes, &EVERY), most_times: 20_000, beside: 1 << 18 },
    Door { name: "model", run: model, most_times: 100, beside: 1 << 20 },
    Door { name: "checkpoint", run: checkpoint, most_times: 100, beside: 1 << 20 },
    Door { name: "params", run: params, most_times: 100, beside: 1 << 18 },
];

/// The door of this name.
pub fn door(name: &str) -> Option<&'static Door> {
    DOORS.iter().find(|door| door.name == name)
}

const EVERY: [Learns; 4] = [Learns::Targets, Learns::Classes, Learns::Inputs, Learns::Sequences];

/// Data to learn from, as models read them that learn so.
fn data(bytes: &[u8], learns: &[Learns]) {
    for &learns in learns {
        // Each float once; a file that may have gaps, and one that may not.
        let _ = match learns {
            Learns::Targets | Learns::Sequences => learned_from::<f32>(bytes, learns, Gaps::Refused),
            Learns::Classes | Learns::Inputs => learned_from::<f64>(bytes, learns, Gaps::Taken),
        };
    }
}

/// Reads data as `nn train` does, up to where a model would be handed them, and again as `nn predict` does.
fn learned_from<F: Scalar>(bytes: &[u8], learns: Learns, gaps: Gaps) -> Result<()> {
    let open = || Source::of_bytes(NAME, bytes.to_vec(), None);
    let source = open()?;
    let sequence = source.header.first().filter(|_| learns == Learns::Sequences && 2 < source.header.len());
    let sequence = sequence.map(String::as_str);
    let wishes = Wishes { target: None, ignore: &[], sequence, task: None, gaps, label_gaps: gaps };
    let (_, table, schema) = source.read_new(wishes, learns)?;
    // Looked at before a training of 32 bits.
    let _ = table.columns.iter().any(columns::collapses);
    let samples = columns::rows(&table, &schema)?;
    let all = columns::without_inputs::<F>(&table, &schema, &samples)?;
    let (kept, held_out) = split::hold_out(&all.view(), 0.2, 1);
    // A small set is not cut, and all of it is in one of them.
    for part in [kept, held_out].into_iter().filter(|part| !part.is_empty()) {
        let rows: Vec<usize> = part.into_iter().map(|sample| samples[sample]).collect();
        let part = Part::<F>::new(&table, &schema, Some(&rows))?;
        let data = part.data();
        let checked = match gaps {
            Gaps::Taken => data.check_features_or_missing(data.features()),
            _ => data.check(),
        };
        checked.map_err(|error| part.locate(error))?;
    }
    drop((all, table));
    let table = open()?.read_known(&schema, None, Truth::Needed, [gaps; 2])?;
    Part::<F>::new(&table, &schema, None)?;
    Ok(())
}

/// The bytes of a file of ours as they are, and with the checksum that belongs to them.
fn sealed(bytes: &[u8]) -> impl Iterator<Item = Cow<'_, [u8]>> {
    [Some(bytes.into()), ModelFile::sealed(bytes).map(Cow::Owned)].into_iter().flatten()
}

/// A saved model: read as `nn predict`, `nn inspect` and `nn report` do, and asked for three answers.
fn model(bytes: &[u8]) {
    for bytes in sealed(bytes) {
        let _ = ModelFile::from_bytes(&bytes).map_err(Into::into).and_then(|file| match file.precision {
            Precision::F32 => answered::<f32>(&file),
            Precision::F64 => answered::<f64>(&file),
        });
    }
}

fn answered<F: Scalar>(file: &ModelFile) -> Result<()> {
    let Saved { trained, .. } = Saved::<F>::new(file, Path::new(NAME))?;
    trained.file().to_bytes();
    trained.remarks();
    trained.layers();
    trained.tally();
    let features = trained.features();
    if MOST_FEATURES < features {
        bail!("{features} features");
    }
    let x: Vec<F> = (0..3 * features).map(|at| F::from_f64(f64::from(at % 3 == 0))).collect();
    let data = Dataset::from_slice(features, &x);
    trained.predict(&data)?;
    trained.beside(&data)?;
    trained.remarks_of(&data)?;
    trained.beyond(&data)?;
    trained.pictures();
    trained.pictures_of(&data)?;
    Ok(())
}

/// A checkpoint, from which the [`Lesson`] of its kind of model is continued; or the fits of a search.
fn checkpoint(bytes: &[u8]) {
    for bytes in sealed(bytes) {
        let _ = ModelFile::from_bytes(&bytes).map_err(Into::into).and_then(|file| match file.precision {
            Precision::F32 => resumed::<f32>(file),
            Precision::F64 => resumed::<f64>(file),
        });
    }
}

fn resumed<F: Scalar>(file: ModelFile) -> Result<()> {
    if Ledger::is_in(&file) {
        Ledger::from_file(&file)?;
        return Ok(());
    }
    let recipe = file.checkpoint_of().context("no checkpoint")?;
    let lesson = Lesson::of(&recipe.model).context("no lesson")?;
    let checkpoint = Resumed::of(file, Path::new(NAME), lesson.entry()?)?.checkpoint::<F>()?;
    lesson.resume(checkpoint)?;
    Ok(())
}

/// A file of settings, for each kind of model.
fn params(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    for entry in models::all() {
        let _ = settings::of_toml(entry, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds_of(name: &str) -> Vec<Vec<u8>> {
        seeds(door(name).unwrap()).unwrap()
    }

    #[test]
    fn a_fuzzer_begins_with_files_that_are_taken() {
        for name in ["csv", "npy", "idx", "png", "gzip"] {
            for (number, seed) in seeds_of(name).iter().enumerate() {
                let taken = EVERY.iter().any(|&learns| learned_from::<f64>(seed, learns, Gaps::Taken).is_ok());
                assert!(taken, "{name} {number}: {:?}", learned_from::<f64>(seed, Learns::Inputs, Gaps::Taken));
            }
        }
        for name in ["model", "checkpoint"] {
            for (number, seed) in seeds_of(name).iter().enumerate() {
                let file = ModelFile::from_bytes(seed).unwrap();
                let taken = match (name, file.precision) {
                    ("model", Precision::F32) => answered::<f32>(&file),
                    ("model", Precision::F64) => answered::<f64>(&file),
                    (_, Precision::F32) => resumed::<f32>(file),
                    (_, Precision::F64) => resumed::<f64>(file),
                };
                assert!(taken.is_ok(), "{name} {number}: {taken:?}");
            }
        }
        let params = seeds_of("params");
        for (entry, seed) in models::all().zip(&params) {
            let taken = settings::of_toml(entry, str::from_utf8(seed).unwrap());
            assert!(taken.is_ok(), "{}: {taken:?}", entry.name);
        }
    }
}
