//! Every activation function of nn-core with its derivative, as one SVG on standard output.
//!
//! `cargo xtask figures` writes it to `docs/images/activations.svg`.

use std::error::Error;

use nn_core::Activation;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// One number of the picture's own grid is half a pixel, since it has whole numbers only and curves want finer ones.
const FINE: u32 = 2;
const COLUMNS: usize = 3;
/// The size of a panel, with the numbers beside its axes and the name above: what is left for the curves is twice as wide
/// as high.
const PANEL: (u32, u32) = (720, 390);
const HEAD: u32 = 100;
/// What a panel shows. The unit is as long upwards as sideways, so a slope of 1 looks like one.
const X: f64 = 4.0;
const Y: f64 = 2.0;
/// Points a unit.
const POINTS: i32 = 20;

/// Blue and vermilion of Okabe and Ito, which differ for every kind of colour blindness; one line is dashed besides.
const FUNCTION: RGBColor = RGBColor(0, 114, 178);
const DERIVATIVE: RGBColor = RGBColor(213, 94, 0);
const INK: RGBColor = RGBColor(34, 34, 34);
const AXIS: RGBColor = RGBColor(130, 130, 130);
const GRID: RGBColor = RGBColor(225, 225, 225);

/// A line, point by point.
type Points = Vec<(f64, f64)>;
type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    println!("{}", draw()?.trim_end());
    Ok(())
}

/// The whole picture.
fn draw() -> Result<String> {
    let rows = Activation::ALL.len().div_ceil(COLUMNS);
    let (width, height) = (PANEL.0 * COLUMNS as u32, HEAD + PANEL.1 * rows as u32);
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        // A ground of its own, so that it can be read on a dark page as well.
        root.fill(&WHITE)?;
        let (head, body) = root.split_vertically(HEAD);
        legend(&head)?;
        for (area, &activation) in body.split_evenly((rows, COLUMNS)).iter().zip(Activation::ALL) {
            panel(area, activation)?;
        }
        root.present()?;
    }
    let size = |scale: u32| format!("width=\"{}\" height=\"{}\"", width / scale, height / scale);
    Ok(svg.replacen(&size(1), &size(FINE), 1))
}

/// Which line is which.
fn legend<'a>(area: &DrawingArea<SVGBackend<'a>, plotters::coord::Shift>) -> Result<()> {
    let font = ("sans-serif", 34).into_font().color(&INK).pos(Pos::new(HPos::Left, VPos::Center));
    let middle = (HEAD / 2) as i32;
    area.draw(&PathElement::new([(60, middle), (150, middle)], FUNCTION.stroke_width(6)))?;
    area.draw(&Text::new("f(x), what the unit makes of its sum x", (170, middle), font.clone()))?;
    for start in [900, 938, 976] {
        area.draw(&PathElement::new([(start, middle), (start + 22, middle)], DERIVATIVE.stroke_width(6)))?;
    }
    area.draw(&Text::new("f′(x), the derivative that it learns with", (1020, middle), font))?;
    Ok(())
}

/// One function.
fn panel<'a>(area: &DrawingArea<SVGBackend<'a>, plotters::coord::Shift>, activation: Activation) -> Result<()> {
    let title = ("monospace", 36).into_font().color(&INK);
    let mut chart = ChartBuilder::on(area)
        .caption(activation.to_string(), title)
        .margin_left(20)
        .margin_right(60)
        .margin_bottom(10)
        .x_label_area_size(50)
        .y_label_area_size(60)
        .build_cartesian_2d(-X..X, -Y..Y)?;
    let number = |value: &f64| format!("{value:.0}").replace("-0", "0").replace('-', "\u{2212}");
    chart
        .configure_mesh()
        .x_labels(9)
        .y_labels(5)
        .max_light_lines(0)
        .bold_line_style(GRID.stroke_width(2))
        .axis_style(GRID.stroke_width(2))
        .label_style(("sans-serif", 26).into_font().color(&INK))
        .x_label_formatter(&number)
        .y_label_formatter(&number)
        .draw()?;
    for axis in [[(-X, 0.0), (X, 0.0)], [(0.0, -Y), (0.0, Y)]] {
        chart.plotting_area().draw(&PathElement::new(axis, AXIS.stroke_width(2)))?;
    }

    let (function, derivative) = values(activation);
    for piece in pieces(&function) {
        chart.draw_series(LineSeries::new(piece, FUNCTION.stroke_width(6)))?;
    }
    // Above, so that both are seen where they are the same.
    for piece in pieces(&derivative) {
        chart.draw_series(DashedLineSeries::new(piece, 22, 16, DERIVATIVE.stroke_width(6)))?;
    }
    // Where a line jumps, a dot says which value it has there.
    for (points, colour) in [(&derivative, DERIVATIVE), (&function, FUNCTION)] {
        if 1 < pieces(&inside(points, 1.0)).len() {
            let zero = points.iter().filter(|(x, _)| *x == 0.0);
            chart.draw_series(zero.map(|&point| Circle::new(point, 9, colour.filled())))?;
        }
    }
    Ok(())
}

/// The function and its derivative at the points of the x axis, by the code that networks run.
fn values(activation: Activation) -> (Points, Points) {
    let end = X as i32 * POINTS;
    let x: Vec<f64> = (-end..=end).map(|step| f64::from(step) / f64::from(POINTS)).collect();
    let (mut y, mut slope) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    activation.forward(&x, &mut y);
    activation.backward(&x, &y, &vec![1.0; x.len()], &mut slope);
    // The last bits depend on the machine's instructions; the picture must not.
    let points = |y: &[f64]| x.iter().zip(y).map(|(&x, &y)| (x, (y * 1e6).round() / 1e6 + 0.0)).collect();
    (points(&y), points(&slope))
}

/// The points with |x| at most so large.
fn inside(points: &[(f64, f64)], most: f64) -> Points {
    points.iter().copied().filter(|(x, _)| x.abs() <= most).collect()
}

/// The points that the panel shows, cut where the line jumps.
fn pieces(points: &[(f64, f64)]) -> Vec<Points> {
    // No slope here is above 2, so what rises more between two points is no slope.
    let joined =
        |a: &(f64, f64), b: &(f64, f64)| (a.1 - b.1).abs() <= 2.0 * (b.0 - a.0) && a.1.abs().max(b.1.abs()) <= Y;
    let pieces = points.chunk_by(joined).filter(|piece| 1 < piece.len());
    pieces.map(<[_]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_in_the_documentation_is_what_is_drawn() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/images/activations.svg");
        let kept = std::fs::read_to_string(path).unwrap();
        assert!(kept.trim_end() == draw().unwrap().trim_end(), "run `cargo xtask figures`, and look at the picture");
    }

    #[test]
    fn the_page_of_the_neuron_has_a_row_for_each() {
        let page = include_str!("../../docs/neuron.md");
        for name in Activation::ALL {
            assert!(page.contains(&format!("\n| `{name}` | ")), "{name}");
        }
    }

    #[test]
    fn a_step_is_two_pieces_and_a_bend_is_one() {
        assert_eq!(pieces(&values(Activation::Step).0).len(), 2);
        assert_eq!(pieces(&values(Activation::Relu).0).len(), 1);
        assert_eq!(pieces(&values(Activation::Relu).1).len(), 2);
    }
}
