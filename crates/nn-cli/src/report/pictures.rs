//! What a model shows of itself: a drawing for each kind of picture.

use super::charts::{self, Labels};
use super::{
    Body, Figure, Grid as Table, MOST_UNITS, Section, Subject, capitalised, cascade, cut, drawing, grid, pixels, places,
};
use crate::output::number;
use crate::words::list;
use anyhow::Result;
use nn_core::nalgebra::DMatrix;
use nn_core::{IfThen, Image, Picture, Scalar, Schema};

/// More maps of a layer are not drawn.
const MOST_MAPS: usize = 32;
/// More features are not drawn one by one where they are no image.
const MOST_FEATURES: usize = 40;

/// What a model shows of itself, or of the samples that it is judged by.
pub(super) fn drawn<F: Scalar>(picture: &Picture, subject: &Subject<'_, F>) -> Result<Option<Section>> {
    let schema = subject.schema();
    Ok(Some(match picture {
        Picture::Weights { title, weights, by_class } => drawn_weights(title, weights, *by_class, schema)?,
        Picture::Filters { title, image, filters } => drawn_filters(title, *image, filters)?,
        Picture::Maps { title, image, samples } => drawn_maps(title, *image, samples, subject)?,
        Picture::Samples { title, text, rows } => drawn_samples(title, text, rows, schema)?,
        Picture::Histogram { title, text, names: [x, y], values } => {
            let figures = vec![Figure::chart("", charts::histogram(Labels { title, x, y }, values)?)];
            Section { title: capitalised(title), text: text.clone(), figures }
        }
        Picture::Course { title, text, values } => {
            let labels = Labels { title, x: "epoch", y: title };
            let figures = vec![Figure::chart("", charts::curves(labels, &[values])?)];
            Section { title: capitalised(title), text: text.clone(), figures }
        }
        Picture::Grid { title, text, layout, planes } => grid::drawn(title, text, *layout, planes, schema),
        Picture::Net { title, units, links, samples, classes } => {
            drawn_net(title, units, links, samples, classes, schema)?
        }
        Picture::Boxes { title, text, low, high, box_classes, samples, classes } => {
            let [x, y] = [0, 1].map(|feature| schema.feature_name(feature));
            let labels = Labels { title, x: &x, y: &y };
            let points = |all: &DMatrix<f64>| all.column_iter().map(|point| (point[0], point[1])).collect::<Vec<_>>();
            let boxes: Vec<_> = points(low).into_iter().zip(points(high)).map(|(low, high)| [low, high]).collect();
            let svg = charts::boxes(labels, &boxes, box_classes, &points(samples), classes)?;
            let named = !classes.is_empty() || !box_classes.is_empty();
            let legend = if named { schema.class_names() } else { &[] };
            let figures = vec![Figure::chart("", svg).with_legend(legend)];
            Section { title: capitalised(title), text: text.clone(), figures }
        }
        Picture::Lines { title, text, names: [x, y], lines } => {
            let values: Vec<&[f64]> = lines.iter().map(|(_, values)| values.as_slice()).collect();
            let mut figure = Figure::chart("", charts::plain_curves(Labels { title, x, y }, &values)?);
            if 1 < lines.len() {
                figure = figure.with_legend(lines.iter().map(|(name, _)| name.as_str()));
            }
            Section { title: capitalised(title), text: text.clone(), figures: vec![figure] }
        }
        Picture::Points { title, text, names: [x, y], points, classes } => {
            let points: Vec<(f64, f64)> = points.column_iter().map(|point| (point[0], point[1])).collect();
            let svg = charts::net(Labels { title, x, y }, &[], &[], &points, classes)?;
            let legend = if classes.is_empty() { &[] } else { schema.class_names() };
            let figures = vec![Figure::chart("", svg).with_legend(legend)];
            Section { title: capitalised(title), text: text.clone(), figures }
        }
        Picture::Places { title, places, reaches } => return places::drawn(subject, title, places, reaches),
        Picture::Rules { title, text, rules } => drawn_rules(title, text, rules, schema),
        Picture::Choice { title, text, names: [x, y], points, chosen } => {
            let svg = charts::choice(Labels { title, x, y }, points, *chosen)?;
            let text = format!("{text} The dot is what was chosen: {}.", number(*chosen));
            Section { title: capitalised(title), text, figures: vec![Figure::chart("", svg)] }
        }
        Picture::Cascade { title, weights, units, kinds, losses } => {
            cascade::drawn(title, weights, *units, kinds, losses, schema)?
        }
        Picture::Surfaces { title, side, planes, samples } => cascade::surfaces(title, *side, planes, samples, schema)?,
    }))
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

fn drawn_maps<F: Scalar>(
    title: &str,
    image: Image,
    samples: &[(usize, DMatrix<f64>)],
    subject: &Subject<'_, F>,
) -> Result<Section> {
    let mut figures = Vec::with_capacity(samples.len());
    for (sample, maps) in samples {
        let ends = charts::range(maps.iter().copied()).unwrap_or_default();
        let mut images = Vec::new();
        for (map, column) in maps.column_iter().take(MOST_MAPS).enumerate() {
            images.push(drawing(pixels::sample(image, column.as_slice(), ends)?, format!("{}", map + 1), true));
        }
        figures.push(Figure::images(subject.judged().name_of(*sample), images));
    }
    let all = samples.first().map_or(0, |(_, maps)| maps.ncols());
    let text = format!(
        "Where each map of the layer answers to an image, the darker the more; the maps of an image have one scale.{}",
        cut(all, all.min(MOST_MAPS), "maps")
    );
    Ok(Section { title: capitalised(title), text, figures })
}

/// Rows of samples on one scale; those that are no images as columns of an image, a feature a row.
fn drawn_samples(title: &str, text: &str, rows: &[(String, DMatrix<f64>)], schema: &Schema) -> Result<Section> {
    let ends = charts::range(rows.iter().flat_map(|(_, samples)| samples.iter().copied())).unwrap_or_default();
    let mut figures = Vec::with_capacity(rows.len());
    for (name, samples) in rows {
        let image = schema.image.filter(|image| image.numbers() == samples.nrows());
        let mut images = Vec::new();
        match image {
            Some(image) => {
                for sample in samples.column_iter() {
                    images.push(drawing(pixels::sample(image, sample.as_slice(), ends)?, String::new(), true));
                }
            }
            None => {
                let table = Image { channels: 1, rows: samples.nrows(), columns: samples.ncols() };
                let by_feature = samples.transpose();
                images.push(drawing(pixels::sample(table, by_feature.as_slice(), ends)?, String::new(), true));
            }
        }
        figures.push(Figure::images(name.clone(), images));
    }
    let mut text = text.to_owned();
    if rows.iter().any(|(_, samples)| schema.image.is_none_or(|image| image.numbers() != samples.nrows())) {
        text += " A sample is a column, a feature a row; the darker, the higher.";
    }
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

/// More rules are not told.
const MOST_RULES: usize = 60;

fn drawn_rules(title: &str, text: &str, rules: &[IfThen], schema: &Schema) -> Section {
    let shown = rules.len().min(MOST_RULES);
    // Whole, unless samples have weights.
    let weight = |support: f64| if support.fract() == 0.0 { format!("{support:.0}") } else { number(support) };
    let row = |rule: &IfThen| {
        let words = rule.text(
            |feature| schema.feature_name(feature),
            |class| schema.class_name(class),
            |target| schema.target_name(target),
        );
        vec![rule.unit.to_string(), words, weight(rule.support), number(rule.confidence)]
    };
    let table = Table::new(&["category", "rule", "support", "confidence"], rules[..shown].iter().map(row));
    let text = format!("{text}{}", cut(rules.len(), shown, "rules"));
    Section { title: capitalised(title), text, figures: vec![Figure::table("", table)] }
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
