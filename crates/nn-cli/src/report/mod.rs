//! The report: one page that shows what was learned, and needs nothing beside itself.
//!
//! Numbers come from any model through [`Trained`]; what a model shows of itself beyond its answers it hands over as
//! [`Picture`]s. Everything is drawn here: charts by [`charts`], images by [`pixels`], the page by `templates/report.html`.

mod answers;
mod charts;
mod grid;
mod line;
mod palette;
mod pixels;
mod places;

use crate::data::Part;
use crate::files::Place;
use crate::output::{self, number};
use crate::words::list;
use anyhow::Result;
use askama::Template;
use charts::Labels;
use nn_core::entry::Trained;
use nn_core::nalgebra::DMatrix;
use nn_core::{Dataset, Image, Measures, Picture, Scalar, Schema, Target};

/// What a file of ours begins with.
pub(crate) const FIRST_LINE: &str = "<!doctype html><!-- nn report -->";

/// More units are not drawn one by one.
const MOST_UNITS: usize = 64;
/// More maps of a layer are not drawn.
const MOST_MAPS: usize = 32;
/// Samples that are drawn; of more only some are.
const MOST_SAMPLES: usize = 1500;
/// Samples that a model shows what it makes of.
const MOST_CHOSEN: usize = 4;
/// More features are not drawn one by one where they are no image.
const MOST_FEATURES: usize = 40;

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

impl Grid {
    /// A table of texts.
    fn new(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Self {
        Self {
            tight: false,
            heads: heads.iter().map(|&head| head.to_owned()).collect(),
            rows: rows.map(|row| row.into_iter().map(TableCell::from).collect()).collect(),
        }
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
    for picture in trained.pictures() {
        sections.extend(drawn(&picture, subject, &[])?);
    }
    for picture in trained.pictures_of_all(&judged.data()).map_err(|error| judged.part.locate(error))? {
        sections.extend(drawn(&picture, subject, &[])?);
    }
    let chosen = chosen(judged);
    let names: Vec<String> = chosen.iter().map(|&sample| judged.name_of(sample)).collect();
    for picture in trained.pictures_of(&judged.data().select(&chosen)?.view())? {
        sections.extend(drawn(&picture, subject, &names)?);
    }
    Ok(Page {
        first_line: FIRST_LINE,
        title: subject.title.clone(),
        version: env!("CARGO_PKG_VERSION"),
        facts: subject.facts.clone(),
        remarks: trained.remarks(),
        measures: measures(subject),
        settings: trained.settings(),
        sections,
    })
}

/// The measures, a column a part.
fn measures<F: Scalar>(subject: &Subject<'_, F>) -> Grid {
    let heads: Vec<&str> = std::iter::once("measure").chain(subject.parts().map(|part| part.name)).collect();
    let shown = |name: &str, part: &Shown<'_, F>| {
        part.measures.get(name).map_or("–".to_owned(), |value| output::measure(name, value))
    };
    let row = |name: &str| {
        std::iter::once(name.replace('_', " ")).chain(subject.parts().map(|part| shown(name, part))).collect()
    };
    Grid::new(&heads, subject.shown.measures.0.iter().map(|(name, _)| row(name)))
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
    let mut text =
        format!("{} epochs; the mean training loss went from {} to {}.", losses.len(), number(*first), number(*last));
    let best = validation.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
    if let Some((epoch, loss)) = best {
        text += &format!(" The validation loss was least after epoch {}: {}.", epoch + 1, number(*loss));
    }
    let labels = Labels { title: "loss by epoch", x: "epoch", y: "loss" };
    let figure = if validation.is_empty() {
        Figure::chart("", charts::curves(labels, &[losses])?)
    } else {
        Figure::chart("", charts::curves(labels, &[losses, validation])?).with_legend(["training", "validation"])
    };
    Ok(Some(Section { title: "Learning curve".to_owned(), text, figures: vec![figure] }))
}

/// The samples that a model shows what it makes of: the first of each class, of some classes.
fn chosen<F: Scalar>(judged: &Shown<'_, F>) -> Vec<usize> {
    match judged.data().target() {
        Target::Labels { labels, classes } => {
            let first = |class: usize| labels.iter().position(|&label| label as usize == class);
            (0..classes).filter_map(first).take(MOST_CHOSEN).collect()
        }
        _ => (0..judged.data().samples().min(MOST_CHOSEN)).collect(),
    }
}

/// What a model shows of itself, or of samples with these names.
fn drawn<F: Scalar>(picture: &Picture, subject: &Subject<'_, F>, names: &[String]) -> Result<Option<Section>> {
    let schema = subject.schema();
    Ok(Some(match picture {
        Picture::Weights { title, weights, by_class } => drawn_weights(title, weights, *by_class, schema)?,
        Picture::Filters { title, image, filters } => drawn_filters(title, *image, filters)?,
        Picture::Maps { title, image, samples } => drawn_maps(title, *image, samples, names)?,
        Picture::Course { title, text, values } => {
            let labels = Labels { title, x: "epoch", y: title };
            let figures = vec![Figure::chart("", charts::curves(labels, &[values])?)];
            Section { title: capitalised(title), text: text.clone(), figures }
        }
        Picture::Grid { title, text, layout, planes } => grid::drawn(title, text, *layout, planes, schema),
        Picture::Net { title, units, links, samples, classes } => {
            drawn_net(title, units, links, samples, classes, schema)?
        }
        Picture::Places { title, places, reaches } => return places::drawn(subject, title, places, reaches),
        Picture::Choice { title, text, names: [x, y], points, chosen } => {
            let svg = charts::choice(Labels { title, x, y }, points, *chosen)?;
            let text = format!("{text} The dot is what was chosen: {}.", number(*chosen));
            Section { title: capitalised(title), text, figures: vec![Figure::chart("", svg)] }
        }
    }))
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

fn drawn_filters(title: &str, image: Image, filters: &DMatrix<f64>) -> Result<Section> {
    let shown = filters.ncols().min(MOST_UNITS);
    let mut images = Vec::with_capacity(shown);
    for (filter, column) in filters.column_iter().take(shown).enumerate() {
        images.push(drawing(pixels::weights(image, column.as_slice())?, format!("{}", filter + 1), false));
    }
    let scale = if pixels::is_colour(image) {
        "Grey is nothing: a filter answers most strongly where the image has the colours that stand out from it."
    } else {
        "Red is positive, blue negative, white nothing: a filter answers most strongly where the image is as it is."
    };
    let text = format!("{scale} Each is drawn on a scale of its own.{}", cut(filters.ncols(), shown, "filters"));
    Ok(Section { title: capitalised(title), text, figures: vec![Figure::images("", images)] })
}

fn drawn_maps(title: &str, image: Image, samples: &[DMatrix<f64>], names: &[String]) -> Result<Section> {
    let mut figures = Vec::with_capacity(samples.len());
    for (maps, name) in samples.iter().zip(names) {
        let ends = charts::range(maps.iter().copied()).unwrap_or_default();
        let mut images = Vec::new();
        for (map, column) in maps.column_iter().take(MOST_MAPS).enumerate() {
            images.push(drawing(pixels::sample(image, column.as_slice(), ends)?, format!("{}", map + 1), true));
        }
        figures.push(Figure::images(name.clone(), images));
    }
    let all = samples.first().map_or(0, DMatrix::ncols);
    let text = format!(
        "Where each map of the layer answers to an image, the darker the more; the maps of an image have one scale.{}",
        cut(all, all.min(MOST_MAPS), "maps")
    );
    Ok(Section { title: capitalised(title), text, figures })
}

fn drawn_weights(title: &str, weights: &DMatrix<f64>, by_class: bool, schema: &Schema) -> Result<Section> {
    let units = weights.ncols().min(MOST_UNITS);
    let class = |unit: usize| schema.class_names().get(unit).filter(|_| by_class && 1 < weights.ncols()).cloned();
    let unit_name = |unit: usize| class(unit).unwrap_or_else(|| format!("{}", unit + 1));
    let image = schema.image.filter(|image| image.numbers() == weights.nrows());
    let mut text = match image {
        Some(image) if pixels::is_colour(image) => {
            "A colour is what a unit asks for, its complement what it asks against, grey nothing; each unit is drawn on \
             a scale of its own."
        }
        _ => "Red is positive, blue negative, white nothing; each unit is drawn on a scale of its own.",
    }
    .to_owned();
    let figure = match image {
        Some(image) => {
            let mut images = Vec::with_capacity(units);
            for (unit, column) in weights.column_iter().take(units).enumerate() {
                images.push(drawing(pixels::weights(image, column.as_slice())?, unit_name(unit), false));
            }
            Figure::images("", images)
        }
        None => {
            let features = weights.nrows().min(MOST_FEATURES);
            text += &cut(weights.nrows(), features, "features");
            if by_class && 1 < weights.ncols() {
                let classes = (0..units).map(unit_name).collect::<Vec<_>>();
                text += &format!(" From left to right, the units of {}.", list(&classes));
            }
            // A strip of colours a feature, a pixel a unit.
            let largest: Vec<f64> = weights.column_iter().map(|column| column.amax()).collect();
            let mut rows = Vec::with_capacity(features);
            for feature in 0..features {
                let unit = |unit: usize| weights[(feature, unit)] / largest[unit].max(f64::MIN_POSITIVE);
                let strip: Vec<f64> = (0..units).map(unit).collect();
                rows.push(drawing(pixels::strip(&strip)?, schema.feature_name(feature), false));
            }
            Figure { caption: String::new(), legend: Vec::new(), body: Body::Strips(rows) }
        }
    };
    text += &cut(weights.ncols(), units, "units");
    Ok(Section { title: capitalised(title), text, figures: vec![figure] })
}

fn drawn_net(
    title: &str,
    units: &DMatrix<f64>,
    links: &[(usize, usize)],
    samples: &DMatrix<f64>,
    classes: &[u32],
    schema: &Schema,
) -> Result<Section> {
    let [x, y] = [0, 1].map(|feature| schema.feature_name(feature));
    let labels = charts::Labels { title, x: &x, y: &y };
    let points = |all: &DMatrix<f64>| all.column_iter().map(|point| (point[0], point[1])).collect::<Vec<_>>();
    let svg = charts::net(labels, &points(units), links, &points(samples), classes)?;
    let legend = if classes.is_empty() { &[] } else { schema.class_names() };
    let text = "Each point of the net is a unit at its weights, joined to its neighbours on the grid.".to_owned();
    Ok(Section { title: capitalised(title), text, figures: vec![Figure::chart("", svg).with_legend(legend)] })
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
