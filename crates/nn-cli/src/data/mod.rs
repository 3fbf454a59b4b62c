//! From what the user names to what a model takes: a file or a bundled set, its columns, their numbers.

mod array;
pub(crate) mod bundled;
mod bytes;
pub(crate) mod columns;
mod csv;
mod cut;
mod folder;
pub(crate) mod generated;
mod image;
mod matrix;
mod part;
pub(crate) mod roles;
mod sequences;
mod stream;
pub(crate) mod table;

use crate::words::did_you_mean;
use anyhow::{Context, Result, anyhow, bail};
use bundled::BUNDLED;
use csv::Csv;
use flate2::read::MultiGzDecoder;
use folder::Folder;
use generated::Rows;
use matrix::{Form, Matrix};
use nn_core::{Image, Learns, Schema};
pub(crate) use part::Part;
use roles::{Roles, Truth, Wishes};
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
pub(crate) use stream::Stream;
use table::{Gaps, Table, Wanted};

/// What `--data` names for standard input.
pub(crate) const STANDARD_INPUT: &str = "-";
/// The same in messages.
const IN_WORDS: &str = "standard input";
/// What every gzip file begins with.
const GZIP: &[u8] = b"\x1f\x8b";

/// What `--data` names.
enum Named<'a> {
    StandardInput,
    File(&'a Path),
    Bundled(Rows),
    Folder(&'a Path),
}

impl<'a> Named<'a> {
    /// Looks for it.
    ///
    /// # Errors
    /// There is nothing of that name.
    fn find(data: &'a str) -> Result<Self> {
        let path = Path::new(data);
        if data == STANDARD_INPUT {
            return Ok(Self::StandardInput);
        }
        if path.exists() && !path.is_dir() {
            return Ok(Self::File(path));
        }
        if let Some(rows) = bundled::find(data)? {
            return Ok(Self::Bundled(rows));
        }
        if path.is_dir() {
            return Ok(Self::Folder(path));
        }
        if data.contains(['/', '\\', '.']) {
            // As the system tells it of every other file.
            path.metadata().with_context(|| data.to_owned())?;
        }
        Err(unknown(data))
    }
}

/// Data that are open, and of which the names of the columns are known.
#[derive(Debug)]
pub(crate) struct Source {
    /// What messages call them: a path, the name of a bundled set, or `standard input`.
    pub(crate) name: String,
    /// The names of the columns.
    pub(crate) header: Vec<String>,
    /// How many of the last columns are to be learned where the user names none.
    targets: usize,
    /// The name of the column that says which sequence a row is of, where that is known.
    pub(crate) sequence: Option<&'static str>,
    /// Sequences that do not belong to these, as CSV, by which a model that accepts or rejects is judged.
    strangers: Option<String>,
    /// Whether these are known to be labels: a model that learns from inputs alone leaves them out of its inputs.
    labelled: bool,
    /// Why no column is one to learn unless the user names it, if so: images whose labels are not beside them.
    pub(crate) lacks_labels: Option<&'static str>,
    /// The shape of the samples where they are images by the form of the data, and not by the names of columns.
    image: Option<Image>,
    content: Content,
}

/// What they are read from.
#[derive(Debug)]
enum Content {
    /// Text.
    Csv(Csv),
    /// Numbers of a binary file or of a folder of images.
    Matrix(Matrix),
}

impl Source {
    /// Opens what `--data` names: standard input, a file, the bundled set of that name, or a folder of images.
    pub(crate) fn open(data: &str) -> Result<Self> {
        match Named::find(data)? {
            Named::StandardInput => {
                let mut bytes = Vec::new();
                io::stdin().lock().read_to_end(&mut bytes).context(IN_WORDS)?;
                Self::of_bytes(IN_WORDS, bytes, None)
            }
            Named::File(path) => {
                let bytes = fs::read(path).with_context(|| data.to_owned())?;
                Self::of_bytes(data, bytes, Some(path))
            }
            Named::Bundled(Rows { csv, targets, sequence, strangers }) => {
                let source = Self::of_csv(data.to_owned(), csv.into_bytes())?;
                Ok(Self { targets, sequence, strangers, labelled: true, ..source })
            }
            Named::Folder(path) => matrix::from_images(data.to_owned(), Folder::read(path)?),
        }
    }

    /// What the bytes are, they say themselves: no name ending is needed.
    pub(crate) fn of_bytes(name: &str, bytes: Vec<u8>, path: Option<&Path>) -> Result<Self> {
        if bytes.starts_with(folder::SIGNATURE) {
            return matrix::from_images(name.to_owned(), Folder::of_one(Path::new(name), &bytes)?);
        }
        let bytes = unpacked(bytes).with_context(|| name.to_owned())?;
        let labels = || path.and_then(labels_beside).map(read_labels).transpose();
        match Form::of(&bytes) {
            Some(form) => matrix::from_file(form, name.to_owned(), bytes, labels),
            None => Self::of_csv(name.to_owned(), bytes),
        }
    }

    fn of_csv(name: String, text: Vec<u8>) -> Result<Self> {
        let (csv, header) = Csv::new(text).with_context(|| name.clone())?;
        Ok(Self::new(name, header, Content::Csv(csv)))
    }

    /// Data of which nothing more is known.
    fn new(name: String, header: Vec<String>, content: Content) -> Self {
        Self {
            name,
            header,
            targets: 1,
            sequence: None,
            strangers: None,
            labelled: false,
            lacks_labels: None,
            image: None,
            content,
        }
    }

    /// Reads the columns that a new model, which `learns` so, is to learn from: those that the user `wishes`, or else those of which
    /// the data tell themselves. Tells what they are to it.
    ///
    /// # Errors
    /// Images without labels where these are learned; those of [`Roles::of_new`], of [`read`](Self::read) and of
    /// [`columns::schema`].
    pub(crate) fn read_new(&self, wishes: Wishes<'_>, learns: Learns) -> Result<(Roles, Table, Schema)> {
        if let Some(hint) = self.lacks_labels
            && wishes.target.is_none()
            && learns != Learns::Inputs
        {
            bail!("{}: {hint}", self.name);
        }
        let is_left = |name: &str| wishes.ignore.iter().all(|ignored| ignored != name);
        // Labels are no inputs: a model that learns without them is shown them, and measured by them.
        let known = match learns {
            Learns::Targets | Learns::Sequences => self.targets(),
            Learns::Classes => None,
            Learns::Inputs => self.labels().filter(|labels| labels.iter().all(|label| is_left(label))),
        };
        let (target, sequence) = (wishes.target.or(known), sequence(wishes.sequence, wishes.ignore, self.sequence));
        let roles = Roles::of_new(&self.name, &self.header, Wishes { target, sequence, ..wishes }, learns)?;
        let table = self.read(&roles.wanted())?;
        let mut schema = columns::schema(&table, &roles, wishes.task, learns)?;
        schema.image = self.image(&schema);
        Ok((roles, table, schema))
    }

    /// Reads the columns that a trained model knows by name: what `schema` tells. `target` are other names for its targets, and
    /// `gaps` says whether its inputs may be missing.
    ///
    /// # Errors
    /// Images of another shape, or without labels where the truth is needed; those of [`Roles::of_trained`] and of
    /// [`read`](Self::read).
    pub(crate) fn read_known(
        self,
        schema: &Schema,
        target: Option<&[String]>,
        truth: Truth,
        gaps: [Gaps; 2],
    ) -> Result<Table> {
        let source = self.like(schema)?;
        if let Some(hint) = source.lacks_labels
            && truth == Truth::Needed
            && target.is_none()
            && !schema.targets.is_empty()
        {
            bail!("{}: {hint}", source.name);
        }
        let roles = Roles::of_trained(&source.name, &source.header, schema, target, truth, gaps)?;
        source.read(&roles.wanted())
    }

    /// The same for a model that has learned from what `schema` tells: in colour where these are grey images and the model
    /// knows colours.
    ///
    /// # Errors
    /// Images of another shape.
    fn like(mut self, schema: &Schema) -> Result<Self> {
        let (Some(own), Some(known)) = (self.image, schema.image) else { return Ok(self) };
        let name = &self.name;
        if own != known {
            let in_colour = match &self.content {
                Content::Matrix(matrix) if own == (Image { channels: 1, ..known }) && known.channels == 3 => {
                    matrix.in_colour()
                }
                _ => None,
            };
            let Some(matrix) = in_colour else {
                let [own, known] = [own, known].map(matrix::shape);
                bail!("{name}: images of {own}, but the model has learned from images of {known}");
            };
            self.header.splice(..own.numbers(), matrix::pixels(known.numbers()));
            (self.content, self.image) = (Content::Matrix(matrix), Some(known));
        }
        let knows = |name: &String| schema.inputs.iter().any(|column| column.name == *name);
        if !self.header.iter().any(knows) {
            let first = schema.inputs.first().map_or("", |column| &column.name);
            bail!("{name}: holds images, but the model has learned from the columns of a table, {first} and on");
        }
        Ok(self)
    }

    /// Sequences that do not belong to these, where there are any.
    pub(crate) fn strangers(&mut self) -> Result<Option<Self>> {
        let csv = self.strangers.take();
        csv.map(|csv| Self::of_csv(self.name.clone(), csv.into_bytes())).transpose()
    }

    /// The columns that are to be learned where the user names none, if those are several.
    pub(crate) fn targets(&self) -> Option<&[String]> {
        (1 < self.targets).then(|| self.last_columns())
    }

    /// The columns that are known to be labels: of a bundled set, or of images with their classes beside them.
    pub(crate) fn labels(&self) -> Option<&[String]> {
        self.labelled.then(|| self.last_columns())
    }

    fn last_columns(&self) -> &[String] {
        &self.header[self.header.len() - self.targets..]
    }

    /// The image whose pixels the inputs of `schema` are, where they are.
    pub(crate) fn image(&self, schema: &Schema) -> Option<Image> {
        if schema.inputs.iter().any(|input| !input.categories.is_empty()) {
            return None;
        }
        match self.image {
            Some(image) => Some(image).filter(|image| image.numbers() == schema.inputs.len()),
            None => image::of_names(schema.inputs.iter().map(|input| input.name.as_str())),
        }
    }

    /// Whether the shape of its images is part of the data, rather than guessed from the names of its columns.
    pub(crate) fn holds_images(&self) -> bool {
        self.image.is_some()
    }

    /// Reads the columns that are `wanted`, and looks at no other.
    ///
    /// # Errors
    /// A cell that its column cannot hold, named with its place.
    pub(crate) fn read(&self, wanted: &[Wanted]) -> Result<Table> {
        let mut table = Table::new(self.name.clone(), &self.header, wanted);
        match &self.content {
            Content::Csv(csv) => {
                csv.fill(&mut table, &self.header, wanted).with_context(|| self.name.clone())?;
            }
            Content::Matrix(matrix) => matrix.fill(&mut table, wanted)?,
        }
        Ok(table)
    }
}

/// The column that says which sequence a row is of: the one that is `named`, or else the one that is `known` for it.
pub(crate) fn sequence<'a>(named: Option<&'a str>, ignore: &[String], known: Option<&'static str>) -> Option<&'a str> {
    // Whoever ignores the column that is known for it wants all rows to be one sequence.
    named.or(known.filter(|&name| !ignore.iter().any(|ignored| ignored == name)))
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
    MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).map_err(gzip_problem)?;
    Ok(unpacked)
}

/// What went wrong with packed bytes: they are damaged, or it is something else than they.
fn gzip_problem(error: io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof => anyhow!("damaged gzip: {error}"),
        _ => error.into(),
    }
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
