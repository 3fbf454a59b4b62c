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
    let mut file = Unfinished::beside(path)?;
    file.write(bytes)?;
    file.finish()
}

/// A file that is written bit by bit beside the place that it takes once it is whole. Where it is dropped before, nothing is left of it.
#[derive(Debug)]
pub struct Unfinished {
    path: PathBuf,
    file: fs::File,
    /// Where it is until then.
    temporary: Option<PathBuf>,
}

impl Unfinished {
    /// One that will take the place of `path`.
    ///
    /// # Errors
    /// [`Error::Io`] where the operating system refuses, here and below.
    pub fn beside(path: &Path) -> Result<Self> {
        let (file, temporary) = temporary(path)?;
        Ok(Self { path: path.to_owned(), file, temporary: Some(temporary) })
    }

    /// Appends `bytes`.
    ///
    /// # Errors
    /// Those of [`beside`](Self::beside).
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| Error::io(&self.path, e))
    }

    /// Flushes it and puts it in its place.
    ///
    /// # Errors
    /// Those of [`beside`](Self::beside); nothing is left behind then.
    pub fn finish(mut self) -> Result<()> {
        let put = |temporary: &PathBuf| self.file.sync_all().and_then(|()| fs::rename(temporary, &self.path));
        self.temporary.as_ref().map_or(Ok(()), put).map_err(|e| Error::io(&self.path, e))?;
        self.temporary = None;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // What matters is the error that came before.
        let _ = self.temporary.as_ref().map(fs::remove_file);
    }
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
