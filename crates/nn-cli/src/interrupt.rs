//! Ctrl-C: the first one ends a training after its current batch, a second one ends the command at once.

use anyhow::{Context, Result};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// What becomes true when the user presses Ctrl-C after [`watch`].
pub(crate) fn flag() -> &'static AtomicBool {
    &INTERRUPTED
}

/// From here on Ctrl-C sets [`flag`]. Before, it ends the command as it ends any other: there is nothing to save yet.
pub(crate) fn watch() -> Result<&'static AtomicBool> {
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            process::exit(130);
        }
    })
    .context("cannot listen to Ctrl-C")?;
    Ok(flag())
}
