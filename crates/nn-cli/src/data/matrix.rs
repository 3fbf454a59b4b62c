//! Numbers in a binary file: NumPy's `.npy`, the IDX files of MNIST, and folders of images.
//!
//! They have no header, so the columns of images are called `pixel0`, `pixel1`, ... and `label`. The others of a `.npy`
//! are called `0`, `1`, ..., as they are indexed there.

use super::array::{Array, Layout, NPY, end_of_idx, end_of_npy, idx, is_idx, npy};
use super::folder::Folder;
use super::table::{Cells, Gaps, Names, Origins, Stored, Table, Wanted};
use super::{Content, Source};
use anyhow::{Context, Result, bail};
use nn_core::Image;
use std::sync::Arc;

/// An array, with labels beside it or without.
#[derive(Debug)]
pub(crate) struct Matrix {
    array: Arc<Array>,
    /// The last column, where it is none of the array.
    label: Option<Cells>,
    /// The file of each row, where each has its own.
    files: Option<Arc<Vec<String>>>,
    /// Which row of its file the first of these is, where they are a part of them.
    first: usize,
}

/// The forms of binary files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// NumPy's.
    Npy,
    /// MNIST's.
    Idx,
}

/// The name of a file of labels, and what is in it.
type Labels = Option<(String, Vec<u8>)>;

/// The columns of a binary file, and the labels that belong to its images; or a file of labels alone.
pub(super) fn from_file(
    form: Form,
    name: String,
    bytes: Vec<u8>,
    labels: impl FnOnce() -> Result<Labels>,
) -> Result<Source> {
    let read = |bytes: Vec<u8>| form.header(&bytes).and_then(|(layout, start)| Array::new(bytes, start, layout));
    let array = read(bytes).context(name.clone())?;
    let labels = if form.has_labels_beside(array.layout()) { labels()? } else { None };
    let label = match labels {
        None => None,
        Some((labels_name, bytes)) => {
            let labels = read(bytes).context(labels_name.clone())?;
            check_labels(&labels_name, labels.layout().sizes(), array.rows())?;
            Some(labels)
        }
    };
    Ok(form.source(name, array, label, 0))
}

/// That a file of labels of this shape has one for each of so many images.
pub(super) fn check_labels(labels_name: &str, [rows, columns]: [usize; 2], expected: usize) -> Result<()> {
    if (rows, columns) != (expected, 1) {
        bail!("{labels_name}: expected {expected} labels, got {rows} x {columns}");
    }
    Ok(())
}

impl Form {
    /// The form of a file that begins so, where it is one of these.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let idx = is_idx(bytes).then_some(Self::Idx);
        if bytes.starts_with(NPY) { Some(Self::Npy) } else { idx }
    }

    /// How the numbers of such a file are stored, and where they begin.
    pub(super) fn header(self, bytes: &[u8]) -> Result<(Layout, usize)> {
        match self {
            Self::Npy => npy(bytes),
            Self::Idx => idx(bytes),
        }
    }

    /// Where the header ends of a file that begins with these bytes, which may be fewer.
    pub(super) fn end_of_header(self, bytes: &[u8]) -> Result<usize> {
        match self {
            Self::Npy => end_of_npy(bytes).map(|[_, end]| end),
            Self::Idx => end_of_idx(bytes),
        }
    }

    /// Whether the labels of what such a file holds are in a file of their own.
    pub(super) fn has_labels_beside(self, layout: &Layout) -> bool {
        match self {
            // Only images have.
            Self::Npy => layout.image().is_some(),
            Self::Idx => 1 < layout.axes(),
        }
    }

    /// An array and the labels beside it, which begin with the row `first` of their files.
    pub(super) fn source(self, name: String, array: Array, label: Option<Array>, first: usize) -> Source {
        let hint = match self {
            Self::Npy => {
                "there are no labels beside the images; they would be in a file with `labels` in its name, where this \
                 has `images`, or with `_y`, where this has `_x`"
            }
            Self::Idx => {
                "there are no labels beside the images; they would be in a file with `labels` in its name, where this \
                 has `images`"
            }
        };
        if self.has_labels_beside(array.layout()) {
            let label = label.map(|labels| Cells::Stored(Stored { array: Arc::new(labels), column: 0 }));
            return labelled(name, Matrix { array: Arc::new(array), label, files: None, first }, hint);
        }
        let header = match self {
            Self::Npy => (0..array.columns()).map(|column| column.to_string()).collect(),
            Self::Idx => vec!["label".to_owned()],
        };
        let matrix = Matrix { array: Arc::new(array), label: None, files: None, first };
        Source::new(name, header, Content::Matrix(matrix))
    }
}

/// Images in a folder, and the classes whose folders they lie in; or one image alone.
pub(super) fn from_images(name: String, folder: Folder) -> Result<Source> {
    let Folder { image, bytes, files, classes } = folder;
    let array = Array::of_images(image, files.len(), bytes).context(name.clone())?;
    let hint = "there are images in it, but no folders of images: to learn, each class has a folder of its own";
    let label = classes.map(|classes| {
        let mut names = Names::default();
        classes.iter().for_each(|class| names.push(class));
        Cells::Names(names)
    });
    Ok(labelled(name, Matrix { array: Arc::new(array), label, files: Some(Arc::new(files)), first: 0 }, hint))
}

/// Images with their labels, or with a hint at where these would be.
fn labelled(name: String, matrix: Matrix, hint: &'static str) -> Source {
    let (image, labelled) = (matrix.array.layout().image(), matrix.label.is_some());
    let header = pixels(matrix.array.columns()).chain(labelled.then(|| "label".to_owned())).collect();
    let lacks_labels = (!labelled).then_some(hint);
    Source { labelled, image, lacks_labels, ..Source::new(name, header, Content::Matrix(matrix)) }
}

impl Matrix {
    /// The same images in colour; `None` where they are not grey images of bytes.
    pub(super) fn in_colour(&self) -> Option<Self> {
        let array = Arc::new(self.array.in_colour()?);
        Some(Self { array, label: self.label.clone(), files: self.files.clone(), first: self.first })
    }

    /// Which row of its file the first one is.
    pub(super) fn first(&self) -> usize {
        self.first
    }

    /// The arrays themselves, of the rows and of their labels, where nobody else has them.
    pub(super) fn into_arrays(self) -> Option<[Option<Array>; 2]> {
        let label = match self.label {
            Some(Cells::Stored(stored)) => Some(Arc::into_inner(stored.array)?),
            _ => None,
        };
        Some([Some(Arc::into_inner(self.array)?), label])
    }

    /// Fills `table` with the columns that are `wanted`.
    ///
    /// # Errors
    /// A number that is not finite.
    pub(super) fn fill(&self, table: &mut Table, wanted: &[Wanted]) -> Result<()> {
        table.origins = match &self.files {
            Some(files) => Origins::Files(files.clone()),
            None => Origins::Rows(self.first..self.first + self.array.rows()),
        };
        for (column, wanted) in table.columns.iter_mut().zip(wanted) {
            column.cells = match &self.label {
                Some(label) if wanted.column == self.array.columns() => label.clone(),
                _ => Cells::Stored(Stored { array: self.array.clone(), column: wanted.column }),
            };
        }
        let of_floats = |cells: &Cells| matches!(cells, Cells::Stored(stored) if stored.array.is_of_floats());
        let floats: Vec<_> = table.columns.iter().zip(wanted).filter(|(column, _)| of_floats(&column.cells)).collect();
        for row in 0..table.rows() {
            for (column, wanted) in &floats {
                if let Cells::Stored(stored) = &column.cells
                    && let number = stored.array.get(row, stored.column)
                    && !number.is_finite()
                    && !(wanted.gaps == Gaps::Taken && number.is_nan())
                {
                    let way_out = if number.is_nan() { wanted.gaps.way_out() } else { "" };
                    return Err(table.problem(row, &column.name, format!("not a finite number: {number}{way_out}")));
                }
            }
        }
        Ok(())
    }
}

/// The names of so many pixels.
pub(super) fn pixels(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|pixel| format!("pixel{pixel}"))
}

/// The shape of an image as a message tells it.
pub(super) fn shape(image: Image) -> String {
    let channels = match image.channels {
        1 => "in grey".to_owned(),
        3 => "in colour".to_owned(),
        other => format!("of {other} channels"),
    };
    format!("{} x {} pixels {channels}", image.columns, image.rows)
}

#[cfg(test)]
mod tests {
    use super::super::array::NPY;
    use super::*;

    fn npy_of(descr: &str, fortran: &str, shape: &str, numbers: &[u8]) -> Result<Vec<Vec<f64>>> {
        let header = format!("{{'descr': {descr}, 'fortran_order': {fortran}, 'shape': {shape}, }}\n");
        let mut bytes = [NPY, &[1, 0], &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat();
        bytes.extend_from_slice(numbers);
        columns(&from_file(Form::Npy, "t".to_owned(), bytes, || Ok(None))?)
    }

    fn from_idx(images: &[u8], labels: Option<Vec<u8>>) -> Result<Source> {
        let labels = || Ok(labels.map(|labels| ("l".to_owned(), labels)));
        from_file(Form::Idx, "i".to_owned(), images.to_vec(), labels)
    }

    fn columns(source: &Source) -> Result<Vec<Vec<f64>>> {
        let table = source.read(&Wanted::first(source.header.len()))?;
        Ok(table.columns.iter().map(|column| column.cells.numbers().into_owned()).collect())
    }

    #[test]
    fn arrays_of_either_order_and_either_end_are_read() {
        let expected = [vec![1.0, 3.0], vec![2.0, 4.0]];
        assert_eq!(npy_of("'|u1'", "False", "(2, 2)", &[1, 2, 3, 4]).unwrap(), expected);
        assert_eq!(npy_of("'|u1'", "True", "(2, 2)", &[1, 3, 2, 4]).unwrap(), expected);
        let axes = |fortran, numbers| npy_of("'|u1'", fortran, "(2, 1, 2, 2)", numbers).unwrap();
        assert_eq!(axes("False", &[1, 2, 3, 4, 5, 6, 7, 8]), axes("True", &[1, 5, 3, 7, 2, 6, 4, 8]));
        assert_eq!(npy_of("'>i2'", "False", "(2, 1)", &[0, 1, 255, 254]).unwrap(), [vec![1.0, -2.0]]);
        assert_eq!(npy_of("'<f4'", "False", "(1,)", &1.5_f32.to_le_bytes()).unwrap(), [vec![1.5]]);
        assert_eq!(npy_of("'<i8'", "False", "(1,)", &(-7_i64).to_le_bytes()).unwrap(), [vec![-7.0]]);
    }

    #[test]
    fn arrays_that_are_no_table_of_numbers_are_refused() {
        let message = |descr: &str, shape: &str, numbers: &[u8]| {
            format!("{:#}", npy_of(descr, "False", shape, numbers).unwrap_err())
        };
        assert_eq!(message("'<f8'", "(1,)", &f64::NAN.to_le_bytes()), "t: row 0, column 0: not a finite number: NaN");
        assert_eq!(message("'|O'", "(1,)", &[0]), "t: expected an array of numbers, got one of dtype |O");
        assert!(message("[('a', '<f8')]", "(1,)", &[0; 8]).contains("records"));
        assert!(message("'|u1'", "(2, 2)", &[1, 2, 3]).contains("take 4 bytes, but there are 3"));
        assert!(message("'|u1'", "(18446744073709551615, 2)", &[1]).contains("more than there is memory for"));
        assert!(message("'|u1'", "(1, 1, 1, 1, 1)", &[1]).contains("got 5 axes"));
        assert!(message("'|u1'", "(0, 3)", &[]).contains("no numbers"));
        assert!(message("'|u1'", "(x)", &[]).contains("damaged"));
        assert!(from_file(Form::Npy, "t".to_owned(), NPY.to_vec(), || Ok(None)).is_err());
    }

    #[test]
    fn images_and_their_labels_stand_side_by_side() {
        let images = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 10, 20, 30, 40].to_vec();
        let labels = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9].to_vec();
        let source = from_idx(&images, Some(labels)).unwrap();
        assert_eq!(source.header, ["pixel0", "pixel1", "label"]);
        assert_eq!(columns(&source).unwrap(), [vec![10.0, 30.0], vec![20.0, 40.0], vec![7.0, 9.0]]);
        let few = [0, 0, 8, 1, 0, 0, 0, 1, 7].to_vec();
        let error = from_idx(&images, Some(few)).unwrap_err();
        assert_eq!(error.to_string(), "l: expected 2 labels, got 1 x 1");
        let error = from_idx(&images[..19], None).unwrap_err();
        assert!(format!("{error:#}").starts_with("i: the numbers of an array of [2, 1, 2] take 4 bytes"), "{error:#}");
    }
}
