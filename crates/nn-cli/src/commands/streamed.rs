//! `nn train --stream`: what comes behind the first part of data that are read part by part.

use super::epochs;
use crate::data::table::{Gaps, Table};
use crate::data::{Part, Source, Stream};
use crate::progress::Progress;
use crate::settings::{MISSING_LABELS, Settings};
use anyhow::{Error, Result, anyhow, bail};
use nn_core::entry::Trained;
use nn_core::{Entry, Scalar, Schema};
use std::sync::atomic::{AtomicBool, Ordering};

/// What was learned from the parts of a stream.
#[derive(Debug)]
pub(super) struct Learned {
    /// The samples of the parts behind the first.
    pub(super) samples: usize,
    /// The parts, the first of them included.
    pub(super) parts: usize,
    /// Why there were no more.
    pub(super) ended: Ended,
}

/// What ends a stream.
#[derive(Debug)]
pub(super) enum Ended {
    /// Its last part.
    Whole,
    /// Ctrl-C.
    Interrupted,
    /// A part that could not be read or learned.
    Failed(Error),
}

impl Learned {
    /// From the first part alone.
    pub(super) fn first() -> Self {
        Self { samples: 0, parts: 1, ended: Ended::Whole }
    }

    /// `2 epochs and 7 more parts`.
    pub(super) fn extent(&self, first: usize) -> String {
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

/// Learns from the parts of `stream` that are left, which are `read` by what `schema` tells, each in one pass. Once `stop` is true the part
/// that is being learned is the last. What is wrong with a part, told with its line in the whole, ends it too: what the others have taught stays.
pub(super) fn learn_on<F: Scalar>(
    trained: &mut dyn Trained<F>,
    stream: &mut Stream,
    read: impl Fn(Source) -> Result<Table>,
    schema: &Schema,
    stop: &AtomicBool,
    progress: &mut Progress,
) -> Learned {
    let is_stopped = || stop.load(Ordering::Relaxed);
    let mut learned = Learned::first();
    while !is_stopped() {
        let portion = stream.next();
        // Ctrl-C also ends the command at the other end of a pipe, so that the last line may be torn.
        if is_stopped() {
            break;
        }
        let table = portion.and_then(|portion| portion.map(|portion| read(portion.source)).transpose());
        match table.and_then(|table| table.map(|table| pass(trained, &table, schema)).transpose()) {
            Ok(None) => return learned,
            Ok(Some(samples)) => {
                learned.samples += samples;
                learned.parts += 1;
                progress.see_part(stream.progress(), trained.history().losses.last().copied());
            }
            Err(error) => return Learned { ended: Ended::Failed(error), ..learned },
        }
    }
    Learned { ended: Ended::Interrupted, ..learned }
}

/// One pass over a part; tells how many samples it has.
fn pass<F: Scalar>(trained: &mut dyn Trained<F>, table: &Table, schema: &Schema) -> Result<usize> {
    let part = Part::<F>::new(table, schema, None)?;
    let model = trained.online().ok_or_else(|| anyhow!("the model does not learn part by part"))?;
    model.partial_fit(&part.data()).map_err(|error| part.locate(error))?;
    Ok(part.data().samples())
}
