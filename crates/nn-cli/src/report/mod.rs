//! The report: one page that shows what was learned, and needs nothing beside itself.
//!
//! Numbers come from any model through [`Trained`]; what a model shows of itself beyond its answers it hands over as
//! [`Picture`](nn_core::Picture)s. Everything is drawn here: these by [`pictures`], charts by [`charts`], images by
//! [`pixels`], the page by `templates/report.html`.

mod answers;
mod cascade;
mod charts;
mod grid;
mod line;
mod palette;
mod pictures;
mod pixels;
mod places;
mod tried;

use crate::data::Part;
use crate::files::Place;
use crate::models;
use crate::output::{self, number};
use anyhow::Result;
use askama::Template;
use charts::Labels;
use nn_core::entry::Trained;
use nn_core::{Dataset, Image, Measure, Measures, Scalar, Schema, Target};
pub(crate) use tried::{Searched, write_search};

/// What a file of ours begins with.
pub(crate) const FIRST_LINE: &str = "<!doctype html><!-- nn report -->";

/// More units are not drawn one by one.
const MOST_UNITS: usize = 64;
/// Samples that are drawn; of more only some are.
const MOST_SAMPLES: usize = 1500;
/// What a report is about.
pub(crate) struct Subject<'a, F: Scalar> {
    /// What the page is called: `mlp on digits`.
    pub(crate) title: String,
    /// The model.
    pub(crate) trained: &'a dyn Trained<F>,
    /// What is told at the top, by name.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// The samples it is shown on.
    pub(crate) shown: Shown<'a, F>,
    /// The samples it is judged by, where it has not learned from these.
    pub(crate) test: Option<Shown<'a, F>>,
}

/// Samples with what the model measured on them.
pub(crate) struct Shown<'a, F: Scalar> {
    /// `train`, `test`, or the name of the data.
    pub(crate) name: &'a str,
    pub(crate) part: &'a Part<'a, F>,
    pub(crate) measures: Measures,
}

impl<'a, F: Scalar> Subject<'a, F> {
    /// The names of its columns.
    fn schema(&self) -> &'a Schema {
        self.shown.part.schema
    }

    /// All samples there are.
    fn parts(&self) -> impl Iterator<Item = &Shown<'a, F>> {
        std::iter::once(&self.shown).chain(&self.test)
    }

    /// Those it is judged by.
    fn judged(&self) -> &Shown<'a, F> {
        self.test.as_ref().unwrap_or(&self.shown)
    }
}

impl<'a, F: Scalar> Shown<'a, F> {
    fn data(&self) -> Dataset<'a, F> {
        self.part.data()
    }

    /// What a sample is called: its class, where that is known, and where it is.
    fn name_of(&self, sample: usize) -> String {
        let place = self.part.place(sample);
        match self.data().target() {
            Target::Labels { labels, .. } => {
                format!("{} ({place})", self.part.schema.class_name(labels[sample] as usize))
            }
            _ => place,
        }
    }
}

/// The page.
#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    first_line: &'static str,
    title: String,
    version: &'static str,
    facts: Vec<(&'static str, String)>,
    remarks: Vec<String>,
    measures: Grid,
    settings: Vec<(String, String)>,
    sections: Vec<Section>,
}

/// A heading and what is under it.
struct Section {
    title: String,
    /// What it is about, and how to read it.
    text: String,
    figures: Vec<Figure>,
}

/// Something to look at.
struct Figure {
    caption: String,
    /// Which colour is what.
    legend: Vec<(String, String)>,
    body: Body,
}

enum Body {
    /// An SVG.
    Chart(String),
    Table(Grid),
    /// Small images side by side.
    Images(Vec<Thumbnail>),
    /// Rows of colours below one another.
    Strips(Vec<Thumbnail>),
    /// Small SVGs side by side.
    Planes(Vec<Plane>),
}

/// A small SVG.
struct Plane {
    svg: String,
    caption: String,
}

/// An image within the page.
struct Thumbnail {
    address: String,
    caption: String,
    /// Where in the data it is from, if from there.
    place: String,
    /// Whether it is ink on paper, which the dark turns round.
    ink: bool,
}

/// A table.
#[derive(Default)]
struct Grid {
    /// Whether its columns stand close together.
    tight: bool,
    heads: Vec<String>,
    rows: Vec<Vec<TableCell>>,
}

struct TableCell {
    text: String,
    /// From 0 to 1, how strongly it is shaded.
    shade: f64,
    /// Whether what it counts is right.
    right: bool,
}

impl From<String> for TableCell {
    fn from(text: String) -> Self {
        Self { text, shade: 0.0, right: false }
    }
}

/// Longer texts are broken into lines.
const LINE: usize = 60;

impl TableCell {
    /// Whether it is too long for a line.
    fn is_prose(&self) -> bool {
        LINE < self.text.len()
    }
}

impl Grid {
    /// A table of texts.
    fn new(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Self {
        Self {
            tight: false,
            heads: heads.iter().map(|&head| head.to_owned()).collect(),
            rows: rows.map(|row| row.into_iter().map(TableCell::from).collect()).collect(),
        }
    }

    /// Whether the cells of a column are words, which begin below its head; numbers end there, those with a mark beside them, too.
    fn is_of_words(&self, column: &usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(*column)).map(|cell| cell.text.as_str()).peekable();
        let bare = |text: &str| text.trim_matches(['(', ')', '*', '–', ' ']).to_owned();
        let is_number = |text: &str| bare(text).is_empty() || bare(text).parse::<f64>().is_ok_and(f64::is_finite);
        cells.peek().is_some() && !cells.any(is_number)
    }
}

impl Figure {
    /// Whether it takes the width of the page.
    fn is_wide(&self) -> bool {
        matches!(self.body, Body::Planes(_))
    }

    fn chart(caption: impl Into<String>, svg: String) -> Self {
        Self { caption: caption.into(), legend: Vec::new(), body: Body::Chart(svg) }
    }

    /// The same with the names of things, each in the colour of its place.
    fn with_legend(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let named = |(index, name): (usize, _)| (palette::css(index), Into::into(name));
        Self { legend: names.into_iter().enumerate().map(named).collect(), ..self }
    }

    fn table(caption: impl Into<String>, grid: Grid) -> Self {
        Self { caption: caption.into(), legend: Vec::new(), body: Body::Table(grid) }
    }

    fn images(caption: impl Into<String>, images: Vec<Thumbnail>) -> Self {
        Self { caption: caption.into(), legend: Vec::new(), body: Body::Images(images) }
    }
}

/// What data are called in a heading: the name of a file without its folder.
pub(crate) fn heading(data: &str) -> &str {
    std::path::Path::new(data).file_name().and_then(std::ffi::OsStr::to_str).unwrap_or(data)
}

/// Whether the file at `path` is a report of ours.
pub(crate) fn is_report(path: &std::path::Path) -> bool {
    crate::files::begins_with(path, FIRST_LINE)
}

/// Writes the page about `subject`.
///
/// # Errors
/// Those of the model where it has no finite answer; the operating system's.
pub(crate) fn write<F: Scalar>(subject: &Subject<'_, F>, place: &Place) -> Result<()> {
    place.write(&page(subject)?.render()?)
}

fn page<F: Scalar>(subject: &Subject<'_, F>) -> Result<Page> {
    let trained = subject.trained;
    let mut sections = Vec::new();
    sections.extend(course(trained)?);
    let judged = subject.judged();
    sections.extend(answers::sections(subject)?);
    let of_samples = trained.pictures_of(&judged.data()).map_err(|error| judged.part.locate(error))?;
    for picture in trained.pictures().iter().chain(&of_samples) {
        sections.extend(pictures::drawn(picture, subject)?);
    }
    Ok(Page {
        first_line: FIRST_LINE,
        title: subject.title.clone(),
        version: env!("CARGO_PKG_VERSION"),
        facts: subject.facts.clone(),
        remarks: trained.remarks(),
        measures: measures(subject),
        settings: trained.recipe().typed().collect(),
        sections,
    })
}

/// The measures, a column a part.
fn measures<F: Scalar>(subject: &Subject<'_, F>) -> Grid {
    let heads: Vec<&str> = std::iter::once("measure").chain(subject.parts().map(|part| part.name)).collect();
    let shown = |measure: &Measure, part: &Shown<'_, F>| {
        let value = part.measures.get(measure.name);
        value.map_or("–".to_owned(), |value| output::measure(Measure { value, ..*measure }))
    };
    let row = |measure: &Measure| {
        let name = measure.name.replace('_', " ");
        std::iter::once(name).chain(subject.parts().map(|part| shown(measure, part))).collect()
    };
    Grid::new(&heads, subject.shown.measures.all().iter().map(row))
}

/// The losses by epoch.
fn course<F: Scalar>(trained: &dyn Trained<F>) -> Result<Option<Section>> {
    let history = trained.history();
    let (losses, validation) = (&history.losses, &history.validation_losses);
    let (Some(first), Some(last)) = (losses.first(), losses.last()) else { return Ok(None) };
    if losses.len() == 1 && validation.is_empty() {
        // What is solved for has no course.
        return Ok(None);
    }
    let passes = models::passes(trained);
    let mut text =
        format!("{} {passes}; the mean training loss went from {} to {}.", losses.len(), number(*first), number(*last));
    let best = validation.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
    if let Some((epoch, loss)) = best {
        text += &format!(" The validation loss was least after epoch {}: {}.", epoch + 1, number(*loss));
    }
    let x = if passes == models::EPOCHS { "epoch" } else { "epoch, then part" };
    let labels = Labels { title: &format!("loss by {x}"), x, y: "loss" };
    let figure = if validation.is_empty() {
        Figure::chart("", charts::curves(labels, &[losses])?)
    } else {
        Figure::chart("", charts::curves(labels, &[losses, validation])?).with_legend(["training", "validation"])
    };
    Ok(Some(Section { title: "Learning curve".to_owned(), text, figures: vec![figure] }))
}

/// From sample to sample that is drawn, where there are so many: no more are drawn than can be told apart.
fn stride(samples: usize) -> usize {
    samples.div_ceil(MOST_SAMPLES).max(1)
}

/// ` The first 3 of 9 units.`, where not all are shown.
fn cut(whole: usize, shown: usize, what: &str) -> String {
    if shown < whole { format!(" The first {shown} of {whole} {what}.") } else { String::new() }
}

/// An image with a caption that is no sample.
fn drawing(address: String, caption: String, ink: bool) -> Thumbnail {
    Thumbnail { address, caption, place: String::new(), ink }
}

/// With a large first letter.
fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A sample as an image.
fn thumbnail<F: Scalar>(image: Image, x: &[F], ends: (f64, f64), caption: String, place: String) -> Result<Thumbnail> {
    let values: Vec<f64> = x.iter().map(|value| value.to_f64()).collect();
    Ok(Thumbnail { address: pixels::sample(image, &values, ends)?, caption, place, ink: !pixels::is_colour(image) })
}

/// Text as it may stand in HTML and XML.
fn escaped(text: &str) -> String {
    let shown = |c: char| match c {
        '<' | '>' | '&' | '"' | '\'' => format!("&#{};", c as u32),
        c => c.to_string(),
    };
    text.chars().map(shown).collect()
}
