//! `nn train --stream`: what comes behind the first part of data that are read part by part.

use super::epochs;
use crate::data::table::{Gaps, Table};
use crate::data::{Part, Source, Stream};
use crate::progress::Progress;
use crate::settings::{MISSING_LABELS, Settings};
use anyhow::{Result, anyhow, bail};
use nn_core::entry::Trained;
use nn_core::{Entry, Scalar, Schema};
use std::sync::atomic::{AtomicBool, Ordering};

/// What was learned from the parts of a stream.
#[derive(Clone, Copy, Debug)]
pub(super) struct Learned {
    /// The samples of the parts behind the first.
    pub(super) samples: usize,
    /// The parts, the first of them included.
    pub(super) parts: usize,
    /// Whether Ctrl-C ended it.
    pub(super) interrupted: bool,
}

impl Learned {
    /// From the first part alone.
    pub(super) fn first() -> Self {
        Self { samples: 0, parts: 1, interrupted: false }
    }

    /// `2 epochs and 7 more parts`.
    pub(super) fn extent(self, first: usize) -> String {
        match self.parts - 1 {
            0 => epochs(first),
            1 => format!("{} and 1 more part", epochs(first)),
            more => format!("{} and {more} more parts", epochs(first)),
        }
    }
}

/// That a model with these settings can learn part by part, said before any data are read.
///
/// # Errors
/// The model's own reason why it cannot.
pub(super) fn check(entry: &Entry, settings: &Settings) -> Result<()> {
    entry.check_online(&settings.list)?;
    if settings.label_gaps(entry) == Gaps::Taken {
        bail!(
            "{MISSING_LABELS}: expected false with --stream, got true: samples without a target are learned from before all \
             others, and those of a stream come one after another"
        );
    }
    Ok(())
}

/// Learns from the parts of `stream` that are left, which are `read` by what `schema` tells, each in one pass. Once `stop` is true the part that is being learned is the last.
///
/// # Errors
/// Those of the data, with their line in the whole, and those of the model.
pub(super) fn learn_on<F: Scalar>(
    trained: &mut dyn Trained<F>,
    stream: &mut Stream,
    read: impl Fn(Source) -> Result<Table>,
    schema: &Schema,
    stop: &AtomicBool,
    progress: &mut Progress,
) -> Result<Learned> {
    let is_stopped = || stop.load(Ordering::Relaxed);
    let mut learned = Learned::first();
    while !is_stopped() {
        let portion = stream.next();
        // Ctrl-C also ends the command at the other end of a pipe, so that the last line may be torn.
        if is_stopped() {
            break;
        }
        let Some(portion) = portion? else { return Ok(learned) };
        let table = read(portion.source)?;
        let part = Part::<F>::new(&table, schema, None)?;
        let model = trained.online().ok_or_else(|| anyhow!("the model does not learn part by part"))?;
        model.partial_fit(&part.data()).map_err(|error| part.locate(error))?;
        learned.samples += part.data().samples();
        learned.parts += 1;
        progress.see_part(stream.progress(), trained.history().losses.last().copied());
    }
    Ok(Learned { interrupted: true, ..learned })
}
