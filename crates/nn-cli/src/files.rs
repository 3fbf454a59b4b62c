//! Files that are written: never another's, never half.

use crate::output;
use anyhow::{Result, bail};
use nn_core::Unfinished;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf, is_separator};

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
        // `m.nn/` has a file name too.
        let ends_as_directory = path.as_os_str().as_encoded_bytes().last().is_some_and(|&b| is_separator(b.into()));
        // What would be standard output elsewhere makes no file of that name; `./-` does.
        let Some(name) = path.file_name().filter(|_| !ends_as_directory && path != Path::new("-")) else {
            bail!("{shown}: is not the name of a file")
        };
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
        nn_core::remove_leftovers(&path);
        nn_core::check_writable(&path)?;
        Ok(Self { path })
    }

    /// The file itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A file that takes the place once it is whole.
    fn begin(&self) -> Result<Unfinished> {
        Ok(Unfinished::beside(&self.path)?)
    }

    /// Writes `text`: to a file beside it, which then takes its place.
    pub(crate) fn write(&self, text: &str) -> Result<()> {
        Ok(nn_core::write_whole(&self.path, text.as_bytes())?)
    }
}

/// Where CSV is written: a file, or standard output where it is called `-`.
#[derive(Debug)]
pub(crate) struct CsvPlace(Option<Place>);

impl CsvPlace {
    /// Looks at the place. A file that is there is ours where its first line is this `header`.
    ///
    /// # Errors
    /// Those of [`Place::claim`].
    pub(crate) fn claim(path: &Path, force: bool, header: &str) -> Result<Self> {
        if path == Path::new("-") {
            return Ok(Self(None));
        }
        Place::claim(path, force, |there| begins_with(there, header)).map(|place| Self(Some(place)))
    }

    /// Writes `text`, which is all.
    pub(crate) fn write(&self, text: &str) -> Result<()> {
        let mut file = self.begin()?;
        file.write(text)?;
        file.finish()
    }

    /// CSV that is written as it comes.
    pub(crate) fn begin(&self) -> Result<CsvFile> {
        self.0.as_ref().map(Place::begin).transpose().map(CsvFile)
    }
}

/// CSV that is being written: in a file it is seen once it is whole, and where it is dropped before that, nothing is left of it.
#[derive(Debug)]
pub(crate) struct CsvFile(Option<Unfinished>);

impl CsvFile {
    /// Writes more of it.
    pub(crate) fn write(&mut self, text: &str) -> Result<()> {
        match &mut self.0 {
            Some(file) => Ok(file.write(text.as_bytes())?),
            None => output::print(text),
        }
    }

    /// That was all.
    pub(crate) fn finish(self) -> Result<()> {
        self.0.map_or(Ok(()), |file| Ok(file.finish()?))
    }
}

/// Whether the first line of the file at `path` is `line`.
pub(crate) fn begins_with(path: &Path, line: &str) -> bool {
    let mut first = vec![0; line.len()];
    let Ok(mut file) = File::open(path) else { return false };
    let mut next = [0];
    let same = file.read_exact(&mut first).is_ok() && first == line.as_bytes();
    same && file.read(&mut next).is_ok_and(|count| count == 0 || matches!(next, [b'\r' | b'\n']))
}
