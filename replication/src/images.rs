//! The sets of images that are fetched, since they are too large to come along.

use crate::idx;
use anyhow::{Context, Result, bail};
use nalgebra::DMatrix;
use std::path::{Path, PathBuf};

/// A set of images of ten classes, 60,000 to learn from and 10,000 to be asked, in IDX files of MNIST's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageSet {
    /// Handwritten digits. LeCun, Cortes, Burges.
    Mnist,
    /// Articles of clothing, in the format of MNIST. Xiao, Rasul, Vollgraf 2017.
    FashionMnist,
}

/// Which of the four files says that a set is there.
const FIRST: &str = "train-images-idx3-ubyte";

impl ImageSet {
    /// The folder of the set below that of all data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion_mnist",
        }
    }

    /// Where the set lies: in the folder of its name below `data`; in `data` itself where that has this name, and MNIST also
    /// where it has any name but the other set's, whose files are called the same. `None` where it is absent.
    fn folder(self, data: &Path) -> Option<PathBuf> {
        let itself = data.ends_with(self.name()) || (self == Self::Mnist && !data.ends_with(Self::FashionMnist.name()));
        let places = [Some(data.join(self.name())), itself.then(|| data.to_path_buf())];
        places.into_iter().flatten().find(|folder| idx::is_there(folder, FIRST))
    }

    /// Reads the set from where it lies at or below `data`; `None` where it is absent.
    ///
    /// # Errors
    /// Where one of its four files is missing or none of its kind, or two do not fit together.
    pub fn read(self, data: &Path) -> Result<Option<Images>> {
        let Some(folder) = self.folder(data) else { return Ok(None) };
        let part = |name| ImagePart::read(&folder, name).with_context(|| format!("{}, {name}", self.name()));
        let images = Images { train: part("train")?, test: part("t10k")? };
        let (train, test) = (&images.train, &images.test);
        if (train.height, train.width) != (test.height, test.width) {
            bail!("{}: the images to be asked have another size than those to learn from", self.name());
        }
        Ok(Some(images))
    }
}

/// A set of images in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Images {
    /// What is learned from.
    pub train: ImagePart,
    /// What is asked.
    pub test: ImagePart,
}

/// Images with a class each.
#[derive(Clone, Debug, PartialEq)]
pub struct ImagePart {
    /// Pixels × images: an image is a column, row after row from its top; 0 is background and 255 is ink.
    pub x: DMatrix<f32>,
    /// The class of each image, from 0.
    pub labels: Vec<u32>,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
}

impl ImagePart {
    fn read(folder: &Path, part: &str) -> Result<Self> {
        let (shape, pixels) = idx::read(folder, &format!("{part}-images-idx3-ubyte"))?;
        let (classes, labels) = idx::read(folder, &format!("{part}-labels-idx1-ubyte"))?;
        let [count, height, width] = shape[..] else { bail!("images have three axes, not {shape:?}") };
        if classes != [count] || count == 0 {
            bail!("{count} images do not go with classes of shape {classes:?}");
        }
        let x = DMatrix::from_iterator(height * width, count, pixels.into_iter().map(f32::from));
        Ok(Self { x, labels: labels.into_iter().map(u32::from).collect(), height, width })
    }

    /// The first `count` of them, or all if there are fewer: for the fast mode. The order of these sets is a mixed one.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        let count = count.min(self.labels.len());
        let (x, labels) = (self.x.columns(0, count).into_owned(), self.labels[..count].to_vec());
        Self { x, labels, height: self.height, width: self.width }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::fs;

    /// A folder that is empty at first and is gone after `look`.
    pub(crate) fn in_folder<T>(name: &str, look: impl FnOnce(&Path) -> T) -> T {
        let folder = std::env::temp_dir().join(format!("nn-replication-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let seen = look(&folder);
        fs::remove_dir_all(&folder).unwrap();
        seen
    }

    /// Writes a set of three images of 1 × 2 pixels to learn from and one to be asked.
    pub(crate) fn write(folder: &Path) {
        fs::create_dir_all(folder).unwrap();
        let images = |count: u8| {
            [&[0, 0, 8, 3, 0, 0, 0, count, 0, 0, 0, 1, 0, 0, 0, 2][..], &[255, 7, 0, 1, 2, 3][..2 * count as usize]]
                .concat()
        };
        let labels = |count: u8| [&[0, 0, 8, 1, 0, 0, 0, count][..], &[9, 0, 4][..count as usize]].concat();
        for (part, count) in [("train", 3), ("t10k", 1)] {
            fs::write(folder.join(format!("{part}-images-idx3-ubyte")), images(count)).unwrap();
            fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), labels(count)).unwrap();
        }
    }

    #[test]
    fn an_image_is_a_column_of_its_bytes() {
        let images = in_folder("bytes", |folder| {
            write(&folder.join("fashion_mnist"));
            ImageSet::FashionMnist.read(folder).unwrap().unwrap()
        });
        assert_eq!(images.train.x, DMatrix::from_column_slice(2, 3, &[255.0, 7.0, 0.0, 1.0, 2.0, 3.0]));
        assert_eq!((images.train.labels.as_slice(), images.test.labels.as_slice()), (&[9, 0, 4][..], &[9][..]));
        assert_eq!((images.train.height, images.train.width), (1, 2));
        let first = images.train.first(2);
        assert_eq!((first.x.ncols(), first.labels.as_slice()), (2, &[9, 0][..]));
        assert_eq!(images.train.first(99), images.train);
    }

    #[test]
    fn a_set_lies_in_the_folder_of_its_name_and_is_taken_for_no_other() {
        let found = |below: &str, asked: &str| {
            in_folder("places", |folder| {
                write(&folder.join(below));
                let data = folder.join(asked);
                [ImageSet::Mnist, ImageSet::FashionMnist].map(|set| set.read(&data).unwrap().is_some())
            })
        };
        assert_eq!(found("mnist", ""), [true, false]);
        assert_eq!(found("fashion_mnist", ""), [false, true]);
        assert_eq!(found("", ""), [true, false]);
        assert_eq!(found("fashion_mnist", "fashion_mnist"), [false, true]);
        assert_eq!(found("elsewhere", ""), [false, false]);
    }

    #[test]
    fn a_set_of_which_a_file_is_missing_or_broken_is_an_error_that_names_it() {
        let told = |spoil: fn(&Path)| {
            in_folder("broken", |folder| {
                write(folder);
                spoil(folder);
                format!("{:#}", ImageSet::Mnist.read(folder).unwrap_err())
            })
        };
        let missing = told(|folder| fs::remove_file(folder.join("t10k-labels-idx1-ubyte")).unwrap());
        assert!(missing.starts_with("mnist, t10k: neither t10k-labels-idx1-ubyte nor"), "{missing}");
        let short =
            told(|folder| fs::write(folder.join("train-labels-idx1-ubyte"), [0, 0, 8, 1, 0, 0, 0, 1, 3]).unwrap());
        assert!(short.starts_with("mnist, train: 3 images do not go with classes of shape [1]"), "{short}");
    }
}
