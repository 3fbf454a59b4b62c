//! The folder of what is fetched, and what has been read of it: each set once, when the first row asks for it.

use crate::{ImageSet, Images, Table, TableSet};
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A set that is read when it is first asked for; `None` where it is absent.
type Once<T> = OnceLock<Result<Option<T>>>;

#[derive(Debug, Default)]
pub(crate) struct Shelf {
    folder: Option<PathBuf>,
    mnist: Once<Images>,
    fashion_mnist: Once<Images>,
    mushrooms: Once<Table>,
    letters: Once<Table>,
}

impl Shelf {
    pub(crate) fn new(folder: Option<PathBuf>) -> Self {
        Self { folder, ..Self::default() }
    }

    /// The images, `None` where they are absent.
    pub(crate) fn images(&self, set: ImageSet) -> Result<Option<&Images>, &anyhow::Error> {
        let place = match set {
            ImageSet::Mnist => &self.mnist,
            ImageSet::FashionMnist => &self.fashion_mnist,
        };
        self.get(place, |folder| set.read(folder))
    }

    /// The table, `None` where it is absent.
    pub(crate) fn table(&self, set: TableSet) -> Result<Option<&Table>, &anyhow::Error> {
        let place = match set {
            TableSet::Mushrooms => &self.mushrooms,
            TableSet::Letters => &self.letters,
        };
        self.get(place, |folder| set.read(folder))
    }

    fn get<'s, T>(
        &self,
        place: &'s Once<T>,
        read: impl Fn(&Path) -> Result<Option<T>>,
    ) -> Result<Option<&'s T>, &'s anyhow::Error> {
        place.get_or_init(|| self.folder.as_deref().map_or(Ok(None), read)).as_ref().map(Option::as_ref)
    }
}
