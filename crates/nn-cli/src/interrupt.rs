//! Ctrl-C: the first one ends a training after its current batch, a second one ends the command at once,
//! unless it is saving.

use anyhow::{Context, Result};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether the command has begun to save, and is to be left in peace. Whoever ends the command holds it.
static SHUT_OUT: Mutex<bool> = Mutex::new(false);

/// From here on Ctrl-C raises the flag that this gives. Before, it ends the command as it ends any other: there is nothing to save yet.
pub(crate) fn watch() -> Result<&'static AtomicBool> {
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            let shut_out = SHUT_OUT.lock().unwrap_or_else(PoisonError::into_inner);
            if !*shut_out {
                process::exit(130);
            }
        }
    })
    .context("cannot listen to Ctrl-C")?;
    Ok(&INTERRUPTED)
}

/// From here on Ctrl-C does nothing more: to end while a file is written would leave half of it behind.
pub(crate) fn shut_out() {
    *SHUT_OUT.lock().unwrap_or_else(PoisonError::into_inner) = true;
}
