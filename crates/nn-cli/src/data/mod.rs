//! From what the user names to what a model takes: a file or a bundled set, its columns, their numbers.

pub(crate) mod array;
pub(crate) mod bundled;
pub(crate) mod columns;
pub(crate) mod csv;
mod folder;
pub(crate) mod generated;
mod image;
pub(crate) mod matrix;
mod part;
pub(crate) mod roles;
pub(crate) mod table;

use crate::words::did_you_mean;
use anyhow::{Context, Result, anyhow, bail};
use bundled::BUNDLED;
use csv::{Csv, Wanted};
use flate2::read::MultiGzDecoder;
use generated::Rows;
use matrix::Matrix;
use nn_core::{Image, Schema};
pub(crate) use part::Part;
use roles::{Roles, Truth};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use table::Table;

/// What `--data` names for standard input.
pub(crate) const STANDARD_INPUT: &str = "-";
/// What every gzip file begins with.
const GZIP: &[u8] = b"\x1f\x8b";

/// Data that are open, and of which the names of the columns are known.
#[derive(Debug)]
pub(crate) enum Source {
    /// Text.
    Csv(Csv),
    /// Numbers of a binary file or of a folder of images.
    Matrix(Matrix),
}

impl Source {
    /// Opens what `--data` names: standard input, a file, the bundled set of that name, or a folder of images.
    pub(crate) fn open(data: &str) -> Result<Self> {
        if data == STANDARD_INPUT {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).context("standard input")?;
            return Self::of_bytes("standard input", bytes, None);
        }
        let path = Path::new(data);
        if path.exists() && !path.is_dir() {
            let bytes = fs::read(path).with_context(|| data.to_owned())?;
            if bytes.starts_with(folder::SIGNATURE) {
                return Matrix::from_images(data.to_owned(), path).map(Self::Matrix);
            }
            return Self::of_bytes(data, bytes, Some(path));
        }
        if let Some(Rows { csv, targets }) = bundled::find(data)? {
            let mut csv = Csv::new(data.to_owned(), csv.into_bytes())?;
            (csv.targets, csv.labelled) = (targets, true);
            return Ok(Self::Csv(csv));
        }
        if path.is_dir() {
            return Matrix::from_images(data.to_owned(), path).map(Self::Matrix);
        }
        if data.contains(['/', '\\', '.']) {
            bail!("{data}: no such file");
        }
        Err(unknown(data))
    }

    /// What the bytes are, they say themselves: no name ending is needed.
    fn of_bytes(name: &str, bytes: Vec<u8>, path: Option<&Path>) -> Result<Self> {
        let bytes = unpacked(bytes).with_context(|| name.to_owned())?;
        let labels = || path.and_then(labels_beside).map(read_labels).transpose();
        if bytes.starts_with(array::NPY) {
            return Matrix::from_npy(name.to_owned(), bytes, labels).map(Self::Matrix);
        }
        if array::is_idx(&bytes) {
            return Matrix::from_idx(name.to_owned(), bytes, labels()?).map(Self::Matrix);
        }
        Csv::new(name.to_owned(), bytes).map(Self::Csv)
    }

    /// The same for a model that has learned from what `schema` tells.
    ///
    /// # Errors
    /// Images of another shape.
    pub(crate) fn like(self, schema: &Schema) -> Result<Self> {
        match (self, schema.image) {
            (Self::Matrix(matrix), Some(image)) => {
                let matrix = matrix.like(image)?;
                let knows = |name: &String| schema.inputs.iter().any(|column| column.name == *name);
                if matrix.image.is_some() && !matrix.header().iter().any(knows) {
                    let first = schema.inputs.first().map_or("", |column| &column.name);
                    let name = matrix.name();
                    bail!(
                        "{name}: holds images, but the model has learned from the columns of a table, {first} and on"
                    );
                }
                Ok(Self::Matrix(matrix))
            }
            (other, _) => Ok(other),
        }
    }

    /// The columns that a trained model knows by name; `target` are other names for its targets.
    ///
    /// # Errors
    /// Those of [`Roles::of_trained`]; images without labels where the truth is needed.
    pub(crate) fn roles(&self, schema: &Schema, target: Option<&[String]>, truth: Truth) -> Result<Roles> {
        if let Some(hint) = self.lacks_labels()
            && truth == Truth::Needed
            && target.is_none()
            && !schema.targets.is_empty()
        {
            bail!("{}: {hint}", self.name());
        }
        Roles::of_trained(self.name(), self.header(), schema, target, truth)
    }

    /// What messages call them: a path, the name of a bundled set, or `standard input`.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Csv(csv) => csv.name(),
            Self::Matrix(matrix) => matrix.name(),
        }
    }

    /// The names of the columns.
    pub(crate) fn header(&self) -> &[String] {
        match self {
            Self::Csv(csv) => csv.header(),
            Self::Matrix(matrix) => matrix.header(),
        }
    }

    /// The columns that are to be learned where the user names none, if those are several.
    pub(crate) fn targets(&self) -> Option<&[String]> {
        match self {
            Self::Csv(csv) if 1 < csv.targets => Some(&csv.header()[csv.header().len() - csv.targets..]),
            _ => None,
        }
    }

    /// The columns that are known to be labels: of a bundled set, or of images with their classes beside them.
    pub(crate) fn labels(&self) -> Option<&[String]> {
        match self {
            Self::Csv(csv) => Some(&csv.header()[csv.header().len() - csv.targets..]).filter(|_| csv.labelled),
            Self::Matrix(matrix) => matrix.labels(),
        }
    }

    /// The image whose pixels the inputs of `schema` are, where they are.
    pub(crate) fn image(&self, schema: &Schema) -> Option<Image> {
        if schema.inputs.iter().any(|input| !input.categories.is_empty()) {
            return None;
        }
        match self {
            Self::Matrix(Matrix { image: Some(image), .. }) => {
                Some(*image).filter(|image| image.numbers() == schema.inputs.len())
            }
            _ => image::of_names(schema.inputs.iter().map(|input| input.name.as_str())),
        }
    }

    /// Whether the shape of its images is part of the data, rather than guessed from the names of its columns.
    pub(crate) fn holds_images(&self) -> bool {
        matches!(self, Self::Matrix(Matrix { image: Some(_), .. }))
    }

    /// Why no column is one to learn unless the user names it, if so: images whose labels are not beside them.
    pub(crate) fn lacks_labels(&self) -> Option<&'static str> {
        match self {
            Self::Csv(_) => None,
            Self::Matrix(matrix) => matrix.lacks_labels,
        }
    }

    /// Reads the columns that are `wanted`, and looks at no other.
    pub(crate) fn read(&self, wanted: &[Wanted]) -> Result<Table> {
        match self {
            Self::Csv(csv) => csv.read(wanted),
            Self::Matrix(matrix) => matrix.read(wanted),
        }
    }
}

/// There is no file and no bundled set called `name`.
pub(crate) fn unknown(name: &str) -> anyhow::Error {
    let set = name.split(':').next().unwrap_or_default();
    let hint = did_you_mean(set, BUNDLED.iter().map(|set| set.name))
        .unwrap_or("; there is no file of that name, and nn data lists the bundled sets".to_owned());
    anyhow!("unknown data {name:?}{hint}")
}

/// The bytes themselves, or what was packed into them by gzip.
fn unpacked(bytes: Vec<u8>) -> Result<Vec<u8>> {
    if !bytes.starts_with(GZIP) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).map_err(|e| anyhow!("damaged gzip: {e}"))?;
    Ok(unpacked)
}

/// The labels of the images in `path`, as MNIST names them: `train-labels-idx1-ubyte` beside `train-images-idx3-ubyte`;
/// or as NumPy's users do: `train_y.npy` beside `train_x.npy`.
fn labels_beside(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let plain = name.trim_end_matches(".gz");
    let labels = match plain.strip_suffix("_x.npy") {
        Some(set) => format!("{set}_y.npy"),
        None if plain.contains("images") => {
            plain.replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1")
        }
        None => return None,
    };
    // Packed like the images, if there are both.
    let packed = format!("{labels}.gz");
    let names = if plain == name { [labels, packed] } else { [packed, labels] };
    names.into_iter().map(|name| path.with_file_name(name)).find(|path| path.is_file())
}

/// The name of a file of labels, and what is in it.
fn read_labels(path: PathBuf) -> Result<(String, Vec<u8>)> {
    let name = path.display().to_string();
    let bytes = fs::read(&path).map_err(anyhow::Error::from).and_then(unpacked);
    bytes.with_context(|| name.clone()).map(|bytes| (name, bytes))
}
