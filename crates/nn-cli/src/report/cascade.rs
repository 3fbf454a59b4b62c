//! A network that has grown, drawn as its authors drew it: a line across for each thing that is known, a line down for each
//! unit, and a mark for the weight where they cross.

use super::charts::{self, Labels};
use super::palette::{self, AXIS, INK};
use super::pixels;
use super::{Body, Figure, Plane, Section, capitalised, cut, escaped};
use crate::output::{number, shortened};
use anyhow::Result;
use nn_core::nalgebra::DMatrix;
use nn_core::{Image, Schema};
use plotters::style::RGBColor;
use std::fmt::Write;

/// More features are not drawn.
const MOST_FEATURES: usize = 40;
/// More hidden units and outputs are not drawn.
const MOST_UNITS: usize = 60;
/// Side of a crossing.
const CELL: f64 = 10.0;
/// Room for names on the left.
const MARGIN: f64 = 60.0;
/// A longer name is cut.
const LONGEST_NAME: usize = 12;

/// The cascade, and the losses as units came.
pub(super) fn drawn(
    title: &str,
    weights: &DMatrix<f64>,
    units: usize,
    kinds: &[String],
    losses: &[f64],
    schema: &Schema,
) -> Result<Section> {
    let features = weights.nrows() - 1 - units;
    let outputs = weights.ncols() - units;
    let shown =
        Shown { features: features.min(MOST_FEATURES), units: units.min(MOST_UNITS), outputs: outputs.min(MOST_UNITS) };
    let mut figures = vec![Figure {
        caption: String::new(),
        legend: Vec::new(),
        body: Body::Chart(svg(title, weights, units, kinds, shown, schema)),
    }];
    if 1 < losses.len() {
        let labels = Labels { title: "loss as units came", x: "hidden units", y: "loss" };
        let caption = "The loss of each network on the way, when its outputs had been trained.";
        figures.push(Figure::chart(caption, charts::curve_from_zero(labels, losses)?));
    }
    let text = format!(
        "Each line across is a feature, or from its dot on a hidden unit; each line down sums what it crosses. A mark is a weight: \
         red is positive, blue negative, its area its size beside the largest of the unit. Squares are frozen, discs are the \
         output weights, which are trained again with each unit.{}{}{}",
        cut(features, shown.features, "features"),
        cut(units, shown.units, "hidden units"),
        cut(outputs, shown.outputs, "outputs")
    );
    Ok(Section { title: capitalised(title), text, figures })
}

/// How much of the cascade is drawn.
#[derive(Clone, Copy)]
struct Shown {
    features: usize,
    units: usize,
    outputs: usize,
}

impl Shown {
    /// The height of the line of the bias (0), a feature (from 1), or a hidden unit (behind them).
    fn y(self, row: usize) -> f64 {
        CELL * (row as f64 + 1.0)
    }

    /// Where a unit's line goes down; outputs follow the hidden units after a gap.
    fn x(self, column: usize) -> f64 {
        let gap = if self.units <= column { CELL } else { 0.0 };
        MARGIN + CELL * (column as f64 + 1.0) + gap
    }
}

fn svg(title: &str, weights: &DMatrix<f64>, units: usize, kinds: &[String], shown: Shown, schema: &Schema) -> String {
    let features = weights.nrows() - 1 - units;
    let rows = 1 + shown.features + shown.units;
    let columns = shown.units + shown.outputs;
    let (right, bottom) = (shown.x(columns), shown.y(rows));
    let mut svg = format!(
        "<svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {:.0} {:.0}\" xmlns=\"http://www.w3.org/2000/svg\">",
        escaped(title),
        right.max(240.0),
        bottom + CELL
    );
    let (ink, axis) = (palette::hex(INK), palette::hex(AXIS));
    // Lines across. Writing to a string cannot fail.
    for row in 0..rows {
        let y = shown.y(row);
        let unit = row.checked_sub(1 + shown.features);
        let from = unit.map_or(MARGIN, |unit| shown.x(unit));
        let _ = write!(svg, "<path d=\"M{from:.0} {y:.0}H{right:.0}\" stroke=\"{axis}\" stroke-width=\"0.5\"/>");
        let name = match (row, unit) {
            (0, _) => "bias".to_owned(),
            (_, Some(unit)) => format!("{} {}", unit + 1, kinds.get(unit).map_or("", String::as_str)),
            _ => schema.feature_name(row - 1),
        };
        let _ = write!(
            svg,
            "<text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\" font-size=\"8\" font-family=\"sans-serif\" fill=\"{ink}\">{}</text>",
            MARGIN - 4.0,
            y + 3.0,
            escaped(&shortened(&name, LONGEST_NAME))
        );
    }
    for column in 0..columns {
        let x = shown.x(column);
        let is_hidden = column < shown.units;
        let end = if is_hidden { 1 + shown.features + column } else { rows };
        let _ = write!(
            svg,
            "<path d=\"M{x:.0} {:.0}V{:.0}\" stroke=\"{axis}\" stroke-width=\"0.5\"/>\
             <circle cx=\"{x:.0}\" cy=\"{:.0}\" r=\"2\" fill=\"{ink}\"/>",
            CELL / 2.0,
            shown.y(end),
            shown.y(end)
        );
        let from = if is_hidden { column } else { units + column - shown.units };
        marks(&mut svg, weights, from, end, is_hidden, features, shown, x);
    }
    svg + "</svg>"
}

/// The marks of one unit's weights down to the line `end`.
#[expect(clippy::too_many_arguments, reason = "what a column of the drawing needs")]
fn marks(
    svg: &mut String,
    weights: &DMatrix<f64>,
    column: usize,
    end: usize,
    is_hidden: bool,
    features: usize,
    shown: Shown,
    x: f64,
) {
    let largest = weights.column(column).amax().max(f64::MIN_POSITIVE);
    for row in 0..end {
        // Features that are not drawn stand between those that are and the hidden units.
        let at = if row <= shown.features { row } else { row + features - shown.features };
        let weight = weights[(at, column)];
        let half = CELL / 2.0 * 0.92 * (weight.abs() / largest).sqrt();
        if half < 0.15 {
            continue;
        }
        let [r, g, b] = palette::sign(0.8 * weight.signum());
        let (color, y) = (palette::hex(RGBColor(r, g, b)), shown.y(row));
        let told = number(weight);
        let _ = if is_hidden {
            write!(
                svg,
                "<rect x=\"{:.2}\" y=\"{:.2}\" width=\"{:.2}\" height=\"{:.2}\" fill=\"{color}\"><title>{told}</title></rect>",
                x - half,
                y - half,
                2.0 * half,
                2.0 * half
            )
        } else {
            write!(
                svg,
                "<circle cx=\"{x:.2}\" cy=\"{y:.2}\" r=\"{half:.2}\" fill=\"{color}\"><title>{told}</title></circle>"
            )
        };
    }
}

/// The answers over the plane of two features with the samples on it, for each number of units.
pub(super) fn surfaces(
    title: &str,
    side: usize,
    planes: &[(usize, Vec<f64>)],
    samples: &[([f64; 2], f64)],
    schema: &Schema,
) -> Result<Section> {
    let image = Image { channels: 1, rows: side, columns: side };
    let discs = discs(side as f64, samples);
    let mut drawn = Vec::with_capacity(planes.len());
    for (units, answers) in planes {
        let caption = if *units == 1 { "1 unit".to_owned() } else { format!("{units} units") };
        let svg = format!(
            "<svg role=\"img\" aria-label=\"{caption}\" viewBox=\"0 0 {side} {side}\" xmlns=\"http://www.w3.org/2000/svg\">\
             <image href=\"{}\" width=\"{side}\" height=\"{side}\"/>{discs}</svg>",
            pixels::weights(image, answers)?
        );
        drawn.push(Plane { svg, caption });
    }
    let [x, y] = [0, 1].map(|feature| schema.feature_name(feature));
    let (high, low) = match schema.class_names() {
        [first, .., last] => (last.clone(), first.clone()),
        _ => ("above the mean".to_owned(), "below it".to_owned()),
    };
    let text = format!(
        "What was answered over the plane, {x} to the right and {y} upwards, with each number of hidden units: red is {high}, \
         blue {low}, white undecided; each on a scale of its own. Discs are samples, in the colour that is right for them."
    );
    let figure = Figure { caption: String::new(), legend: Vec::new(), body: Body::Planes(drawn) };
    Ok(Section { title: capitalised(title), text, figures: vec![figure] })
}

/// The samples, each in the colour of what is to be answered.
fn discs(side: f64, samples: &[([f64; 2], f64)]) -> String {
    let largest = samples.iter().fold(f64::MIN_POSITIVE, |largest, (_, target)| largest.max(target.abs()));
    let mut svg = format!("<g stroke=\"{}\" stroke-width=\"0.2\">", palette::hex(INK));
    for ([x, y], target) in samples {
        let [r, g, b] = palette::sign(0.9 * target / largest);
        let color = palette::hex(RGBColor(r, g, b));
        // Writing to a string cannot fail.
        let _ =
            write!(svg, "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"0.8\" fill=\"{color}\"/>", side * x, side * (1.0 - y));
    }
    svg + "</g>"
}
