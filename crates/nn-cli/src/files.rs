//! Files that are written: never another's, never half.

use anyhow::{Context, Result, bail};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process;

/// A place where a file may be written: its directory is there and takes files, and what is there already is ours.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
}

impl Place {
    /// Looks at the place before any work is done for it. A file that is there is replaced where it is `ours`, or
    /// by `force`.
    ///
    /// # Errors
    /// The directory is missing or takes no files; the file is another's, or is a directory or a device.
    pub(crate) fn claim(path: &Path, force: bool, ours: impl FnOnce(&Path) -> bool) -> Result<Self> {
        let shown = path.display();
        let Some(name) = path.file_name() else { bail!("{shown}: is not the name of a file") };
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if !directory.is_dir() {
            bail!("{shown}: there is no directory {}", directory.display());
        }
        // A link stays a link: what it points to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| directory.join(name));
        match fs::metadata(&path) {
            Ok(there) if there.is_dir() => bail!("{shown}: is a directory"),
            Ok(there) if !there.is_file() => bail!("{shown}: is not a regular file"),
            Ok(_) if !force && !ours(&path) => {
                bail!("{shown}: exists and was not written by this command; --force replaces it");
            }
            _ => {}
        }
        let trial = beside(&path);
        OpenOptions::new().write(true).create(true).truncate(true).open(&trial).with_context(|| shown.to_string())?;
        fs::remove_file(&trial).with_context(|| shown.to_string())?;
        Ok(Self { path })
    }

    /// The file itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `text`: to a file beside it, which then takes its place.
    pub(crate) fn write(&self, text: &str) -> Result<()> {
        Ok(nn_core::write_whole(&self.path, text.as_bytes())?)
    }
}

/// Whether the first line of the file at `path` is `line`.
pub(crate) fn begins_with(path: &Path, line: &str) -> bool {
    let mut first = String::new();
    File::open(path).and_then(|file| BufReader::new(file).read_line(&mut first)).is_ok() && first.trim_end() == line
}

/// A name beside `path` that nobody else uses.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", process::id()));
    path.with_file_name(name)
}
