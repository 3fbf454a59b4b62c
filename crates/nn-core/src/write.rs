//! Files that are never half-written: a temporary one beside them is flushed and takes their place.

use crate::{Error, Result};
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, process};

/// Writes `bytes` to a file beside `path`, flushes it and renames it, so that `path` is never half-written.
///
/// # Errors
/// [`Error::Io`] where the operating system refuses; nothing is left behind then.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let (mut file, temporary) = temporary(path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|e| {
        // What matters is the first error.
        let _ = fs::remove_file(&temporary);
        Error::io(path, e)
    })
}

/// That a file can be made beside `path`, as [`write_whole`] will have to; none is left there. An existing one at `path` is
/// not looked at.
///
/// # Errors
/// [`Error::Io`] where the operating system refuses.
pub fn check_writable(path: &Path) -> Result<()> {
    let (_, temporary) = temporary(path)?;
    fs::remove_file(temporary).map_err(|e| Error::io(path, e))
}

/// A new file beside `path` that is to take its place.
fn temporary(path: &Path) -> Result<(fs::File, PathBuf)> {
    // Two writers of one path, threads or processes, must not share a temporary file.
    static WRITERS: AtomicU64 = AtomicU64::new(0);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.{}.tmp", process::id(), WRITERS.fetch_add(1, Ordering::Relaxed)));
    let temporary = path.with_file_name(name);
    let file = fs::File::create_new(&temporary).map_err(|e| Error::io(path, e))?;
    // It says to others that the writer lives; where a file system has no locks, they leave the file alone.
    let _ = file.try_lock();
    Ok((file, temporary))
}

/// Removes what writers of `path` left behind that were killed: temporary files beside it that nobody is writing.
pub fn remove_leftovers(path: &Path) {
    for (_, temporary) in temporaries(path) {
        if fs::File::open(&temporary).is_ok_and(|file| file.try_lock().is_ok()) {
            // Another process may have been quicker.
            let _ = fs::remove_file(temporary);
        }
    }
}

/// Removes what this process itself is just writing beside `path`: for whoever is about to end it.
pub fn remove_unfinished(path: &Path) {
    for (_, temporary) in temporaries(path).into_iter().filter(|(writer, _)| *writer == process::id()) {
        let _ = fs::remove_file(temporary);
    }
}

/// The temporary files beside `path`, each with the process that made it.
fn temporaries(path: &Path) -> Vec<(u32, PathBuf)> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let (Some(name), Ok(entries)) = (path.file_name().and_then(OsStr::to_str), fs::read_dir(directory)) else {
        return Vec::new();
    };
    let writer = |entry: &str| {
        let numbers = entry.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(".tmp")?;
        let (writer, count) = numbers.split_once('.')?;
        count.parse::<u64>().ok()?;
        writer.parse().ok()
    };
    let ours = |entry: fs::DirEntry| Some((writer(entry.file_name().to_str()?)?, entry.path()));
    entries.flatten().filter_map(ours).collect()
}
