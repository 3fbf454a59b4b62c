//! Ctrl-C: the first one ends a training after its current batch, a second one ends the command at once,
//! unless it is saving.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Whether the command has begun to save, and is to be left in peace. Whoever ends the command holds it.
static SHUT_OUT: Mutex<bool> = Mutex::new(false);

/// The file that may be under way when a second Ctrl-C comes.
static WRITTEN: OnceLock<Option<PathBuf>> = OnceLock::new();

/// From here on Ctrl-C raises the flag that this gives. Before, it ends the command as it ends any other: there is nothing
/// to save yet. `written` is the file that training itself writes.
pub(crate) fn watch(written: Option<&Path>) -> Result<&'static AtomicBool> {
    WRITTEN.get_or_init(|| written.map(Path::to_owned));
    ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, Ordering::Relaxed) {
            let shut_out = SHUT_OUT.lock().unwrap_or_else(PoisonError::into_inner);
            if !*shut_out {
                // A checkpoint may be under way.
                WRITTEN.get().into_iter().flatten().for_each(|path| nn_core::remove_unfinished(path));
                process::exit(130);
            }
        }
    })
    .context("cannot listen to Ctrl-C")?;
    Ok(&INTERRUPTED)
}

/// Whether Ctrl-C has raised the flag: for who waits where it cannot be handed to.
pub(crate) fn is_raised() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// From here on Ctrl-C does nothing more: to end while a file is written would leave half of it behind.
pub(crate) fn shut_out() {
    *SHUT_OUT.lock().unwrap_or_else(PoisonError::into_inner) = true;
}
