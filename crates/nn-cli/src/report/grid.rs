//! Units on a grid as SVG: cells in colours, hits, labels and the way of a sequence; right for hexagons and on a torus.
//!
//! A long chain is broken into lines, as text is. On a torus a rim of faint cells repeats those of the opposite edges, and a way that leaves at one edge comes back at the
//! other.

use super::palette;
use super::{Body, Figure, Plane, Section, capitalised, cut, escaped};
use crate::output::{number, shortened};
use nn_core::{CellColors, GridLayout, GridPlane, PlaneName, Schema};
use std::fmt::Write;

/// Cells of all planes that are drawn side by side: more make a page that no browser likes.
const MOST_CELLS: usize = 40_000;
/// Units of a chain in a line.
const LINE: usize = 24;
/// Planes of features at most.
const MOST_PLANES: usize = 64;
/// On a larger grid a cell has room for one name.
const MOST_LABELLED: usize = 400;
/// Names in a cell.
const MOST_NAMES: usize = 3;
/// A longer name is cut.
const LONGEST_NAME: usize = 12;
/// Opacity of the cells of the rim.
const FAINT: f64 = 0.35;

/// The section of these planes: one with words of its own is large, planes of features are small and side by side.
pub(super) fn drawn(title: &str, text: &str, layout: GridLayout, planes: &[GridPlane], schema: &Schema) -> Section {
    let cells = layout.columns * layout.rows;
    let most = (MOST_CELLS / cells.max(1)).clamp(4, MOST_PLANES);
    let name = |plane: &GridPlane| match &plane.name {
        PlaneName::Text(text) => text.clone(),
        PlaneName::Feature(feature) => schema.feature_name(*feature),
    };
    let figure = match planes {
        [only] if matches!(only.name, PlaneName::Text(_)) => {
            let body = Body::Chart(svg(layout, only, title, schema));
            Figure { caption: String::new(), legend: legend(only), body }
        }
        planes => {
            let small = planes.iter().take(most).map(|plane| Plane {
                caption: format!("{}{}", name(plane), ends(plane).map_or(String::new(), |ends| format!(": {ends}"))),
                svg: svg(layout, plane, &name(plane), schema),
            });
            Figure { caption: String::new(), legend: Vec::new(), body: Body::Planes(small.collect()) }
        }
    };
    let scale =
        if planes.len() == 1 { "" } else { " Dark is low and bright is high, each plane on a scale of its own." };
    let folded =
        if Drawing::new(layout).folded() { " The chain is broken into lines, to be read as text is." } else { "" };
    let text = format!("{text}{scale}{folded}{}", cut(planes.len(), most.min(planes.len()), "planes"));
    Section { title: capitalised(title), text, figures: vec![figure] }
}

/// Which colour is what, of a single plane.
fn legend(plane: &GridPlane) -> Vec<(String, String)> {
    match &plane.colors {
        CellColors::Scale(values) => {
            super::charts::range(values.iter().copied()).map_or_else(Vec::new, palette::legend)
        }
        CellColors::Groups(groups) => {
            let count = groups.iter().max().map_or(0, |most| most + 1);
            (0..count).map(|group| (palette::css(group), format!("{}", group + 1))).collect()
        }
    }
}

/// From where to where the colours of a plane go.
fn ends(plane: &GridPlane) -> Option<String> {
    let CellColors::Scale(values) = &plane.colors else { return None };
    let (low, high) = super::charts::range(values.iter().copied())?;
    Some(format!("{} to {}", number(low), number(high)))
}

/// Where cells are, in tenths of a cell.
#[derive(Clone, Copy)]
struct Drawing {
    layout: GridLayout,
    /// Cells of the rim.
    rim: i64,
}

impl Drawing {
    fn new(layout: GridLayout) -> Self {
        let mut drawing = Self { layout, rim: 0 };
        drawing.rim = i64::from(layout.torus && !drawing.folded());
        drawing
    }

    /// Whether the units are a chain of several lines.
    fn folded(self) -> bool {
        self.layout.columns.min(self.layout.rows) == 1 && LINE < self.layout.columns.max(self.layout.rows)
    }

    /// From row to row.
    fn step(self) -> f64 {
        if self.layout.hexagonal { 10.0 * 0.75_f64.sqrt() } else { 10.0 }
    }

    /// The middle of the cell in this column and row, which may lie in the rim.
    fn middle(self, column: i64, row: i64) -> (f64, f64) {
        if self.folded() {
            let (place, line) = (column.max(row), LINE as i64);
            return (10.0 * (place % line) as f64 + 5.5, 13.0 * (place / line) as f64 + 6.5);
        }
        let shift = if self.layout.hexagonal && row.rem_euclid(2) == 1 { 5.0 } else { 0.0 };
        let (x, y) = ((column + self.rim) as f64, (row + self.rim) as f64);
        let left = if self.layout.hexagonal && self.layout.torus { 5.0 } else { 0.0 };
        (10.0 * x + shift + left + 5.5, self.step() * y + 6.5)
    }

    fn of_unit(self, unit: usize) -> (f64, f64) {
        self.middle((unit % self.layout.columns) as i64, (unit / self.layout.columns) as i64)
    }

    /// Width and height of all.
    fn size(self) -> (f64, f64) {
        let (columns, rows) = (self.layout.columns as i64 + self.rim - 1, self.layout.rows as i64 + self.rim - 1);
        if self.folded() {
            return (10.0 * LINE as f64 + 1.0, self.middle(columns, rows).1 + 6.5);
        }
        let widest = self.middle(columns, rows).0.max(self.middle(columns, rows - 1).0);
        (widest + 5.5, self.middle(columns, rows).1 + 6.5)
    }

    /// The outline of a cell around its middle.
    fn outline(self, (x, y): (f64, f64)) -> String {
        if self.layout.hexagonal {
            // A side of a hexagon that is 10 wide, and its half.
            let (side, half) = (10.0 / 3.0_f64.sqrt(), 5.0 / 3.0_f64.sqrt());
            return format!("M{:.1} {:.1}l5 {half:.2}v{side:.2}l-5 {half:.2}l-5-{half:.2}v-{side:.2}z", x, y - side);
        }
        format!("M{:.1} {:.1}h10v10h-10z", x - 5.0, y - 5.0)
    }

    /// Where `b` lies that is nearest to `a`: on a torus beyond an edge, perhaps.
    fn nearest(self, a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
        if self.rim == 0 {
            return b;
        }
        let (wide, high) = (10.0 * self.layout.columns as f64, self.step() * self.layout.rows as f64);
        let shifts = [-1.0, 0.0, 1.0].into_iter().flat_map(|i| [-1.0, 0.0, 1.0].map(|j| (i * wide, j * high)));
        let images = shifts.map(|(x, y)| (b.0 + x, b.1 + y));
        let far = |p: (f64, f64)| (p.0 - a.0).hypot(p.1 - a.1);
        images.min_by(|p, q| far(*p).total_cmp(&far(*q))).unwrap_or(b)
    }
}

fn svg(layout: GridLayout, plane: &GridPlane, title: &str, schema: &Schema) -> String {
    let drawing = Drawing::new(layout);
    let (width, height) = drawing.size();
    let mut svg = format!(
        "<svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {width:.1} {height:.1}\" xmlns=\"http://www.w3.org/2000/svg\">",
        escaped(title)
    );
    cells(drawing, plane, schema, &mut svg);
    hits(drawing, plane, &mut svg);
    way(drawing, plane, &mut svg);
    names(drawing, plane, schema, &mut svg);
    svg + "</svg>"
}

fn cells(drawing: Drawing, plane: &GridPlane, schema: &Schema, svg: &mut String) {
    let GridLayout { columns, rows, .. } = drawing.layout;
    let (wide, high) = (columns as i64, rows as i64);
    let ends = match &plane.colors {
        CellColors::Scale(values) => super::charts::range(values.iter().copied()).unwrap_or_default(),
        CellColors::Groups(_) => (0.0, 1.0),
    };
    // What is told where the pointer rests, of a plane that is shown large.
    let told = matches!(plane.name, PlaneName::Text(_));
    for row in -drawing.rim..high + drawing.rim {
        for column in -drawing.rim..wide + drawing.rim {
            let (real_column, real_row) = (column.rem_euclid(wide), row.rem_euclid(high));
            let unit = (real_row * wide + real_column) as usize;
            let (color, value) = match &plane.colors {
                CellColors::Scale(values) => {
                    (palette::hex(palette::scale(palette::share(values[unit], ends))), number(values[unit]))
                }
                CellColors::Groups(groups) => (palette::css(groups[unit]), format!("cluster {}", groups[unit] + 1)),
            };
            let grouped = matches!(plane.colors, CellColors::Groups(_));
            let opacity = if grouped { 0.6 } else { 1.0 };
            let opacity = if (real_column, real_row) == (column, row) { opacity } else { opacity * FAINT };
            let outline = drawing.outline(drawing.middle(column, row));
            // Writing to a string cannot fail.
            let _ = write!(svg, "<path d=\"{outline}\" fill=\"{color}\"");
            if opacity < 1.0 {
                let _ = write!(svg, " opacity=\"{opacity:.2}\"");
            }
            if told {
                let won = plane.hits.get(unit).map_or(String::new(), |hits| format!(", {} samples", number(*hits)));
                let classes: String = plane
                    .labels
                    .get(unit)
                    .into_iter()
                    .flatten()
                    .fold(String::new(), |all, &class| all + ", " + &schema.class_name(class as usize));
                let about = escaped(&format!("column {real_column}, row {real_row}: {value}{won}{classes}"));
                let _ = write!(svg, "><title>{about}</title></path>");
            } else {
                svg.push_str("/>");
            }
        }
    }
}

/// A dot in each unit that has won samples, its area their share.
fn hits(drawing: Drawing, plane: &GridPlane, svg: &mut String) {
    let most = plane.hits.iter().copied().fold(0.0, f64::max);
    for (unit, &hits) in plane.hits.iter().enumerate().filter(|(_, hits)| 0.0 < **hits) {
        let (x, y) = drawing.of_unit(unit);
        let radius = 3.2 * (hits / most).sqrt();
        let _ = write!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.2}\" fill=\"#FFFFFF\" fill-opacity=\"0.6\" stroke=\"#1A1A1A\" \
             stroke-width=\"0.2\" pointer-events=\"none\"/>"
        );
    }
}

/// A line from unit to unit, from a circle at its start to a dot at its end.
fn way(drawing: Drawing, plane: &GridPlane, svg: &mut String) {
    let line = |from: (f64, f64), to: (f64, f64), svg: &mut String| {
        let _ = write!(
            svg,
            "<path d=\"M{:.1} {:.1}L{:.1} {:.1}\" stroke=\"#FFFFFF\" stroke-opacity=\"0.75\" stroke-width=\"0.8\" \
             stroke-linecap=\"round\" fill=\"none\"/>",
            from.0, from.1, to.0, to.1
        );
    };
    for pair in plane.path.windows(2).filter(|pair| pair[0] != pair[1]) {
        let [a, b] = [drawing.of_unit(pair[0]), drawing.of_unit(pair[1])];
        let beyond = drawing.nearest(a, b);
        line(a, beyond, svg);
        if beyond != b {
            // It comes back in at the opposite edge.
            line((a.0 + b.0 - beyond.0, a.1 + b.1 - beyond.1), b, svg);
        }
    }
    for (unit, fill) in
        plane.path.first().map(|unit| (unit, "none")).into_iter().chain(plane.path.last().map(|unit| (unit, "#FFFFFF")))
    {
        let (x, y) = drawing.of_unit(*unit);
        let _ = write!(
            svg,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2\" fill=\"{fill}\" stroke=\"#FFFFFF\" stroke-width=\"0.7\"/>"
        );
    }
}

/// The classes of each unit, below one another.
fn names(drawing: Drawing, plane: &GridPlane, schema: &Schema, svg: &mut String) {
    let most = if plane.labels.len() <= MOST_LABELLED { MOST_NAMES } else { 1 };
    for (unit, classes) in plane.labels.iter().enumerate().filter(|(_, classes)| !classes.is_empty()) {
        let (x, y) = drawing.of_unit(unit);
        let shown: Vec<String> = classes
            .iter()
            .take(most)
            .map(|&class| shortened(&schema.class_name(class as usize), LONGEST_NAME))
            .collect();
        let longest = shown.iter().map(|name| name.chars().count()).max().unwrap_or(1).max(1) as f64;
        let size = (16.0 / longest).min(8.0 / shown.len() as f64).clamp(1.2, 3.4);
        for (line, name) in shown.iter().enumerate() {
            let down = y + size * (line as f64 - (shown.len() as f64 - 1.0) / 2.0 + 0.35);
            let _ = write!(
                svg,
                "<text x=\"{x:.1}\" y=\"{down:.1}\" font-size=\"{size:.2}\" text-anchor=\"middle\" font-family=\"sans-serif\" \
                 fill=\"#FFFFFF\" stroke=\"#1A1A1A\" stroke-width=\"{:.2}\" paint-order=\"stroke\" stroke-linejoin=\"round\" \
                 pointer-events=\"none\">{}</text>",
                size / 4.5,
                escaped(name)
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(hexagonal: bool, torus: bool) -> GridLayout {
        GridLayout { columns: 3, rows: 2, hexagonal, torus }
    }

    fn plane(path: &[usize]) -> GridPlane {
        GridPlane {
            name: PlaneName::Text(String::new()),
            colors: CellColors::Scale(vec![0.0, 1.0, 2.0, 3.0, 4.0, f64::MAX]),
            hits: vec![1.0, 0.0, 4.0, 0.0, 0.0, 0.0],
            labels: vec![vec![0, 1], vec![], vec![], vec![], vec![], vec![]],
            path: path.to_vec(),
        }
    }

    #[test]
    fn every_unit_is_a_cell_and_a_torus_has_a_rim() {
        for hexagonal in [false, true] {
            let svg = svg(layout(hexagonal, false), &plane(&[]), "a < b", &Schema::default());
            assert_eq!((svg.matches("<title>").count(), svg.matches("<circle").count()), (6, 2));
            assert!(svg.contains("aria-label=\"a &#60; b\"") && !svg.contains("NaN"), "{svg}");
            let torus = super::svg(layout(hexagonal, true), &plane(&[]), "", &Schema::default());
            assert_eq!(torus.matches("<title>").count(), 5 * 4);
            assert_eq!(torus.matches("opacity=\"0.35\"").count(), 5 * 4 - 6);
        }
    }

    #[test]
    fn a_way_over_the_edge_of_a_torus_is_two_lines_and_on_a_plane_one() {
        let lines = |torus: bool| {
            svg(layout(true, torus), &plane(&[0, 2]), "", &Schema::default()).matches("stroke-linecap").count()
        };
        assert_eq!((lines(false), lines(true)), (1, 2));
    }

    #[test]
    fn a_long_chain_is_broken_into_lines() {
        for (columns, rows) in [(60, 1), (1, 60)] {
            let drawing = Drawing::new(GridLayout { columns, rows, hexagonal: true, torus: true });
            assert_eq!(
                [0, 1, 24, 59].map(|unit| drawing.of_unit(unit)),
                [(5.5, 6.5), (15.5, 6.5), (5.5, 19.5), (115.5, 32.5)]
            );
            assert_eq!(drawing.size(), (241.0, 39.0));
        }
        assert!(!Drawing::new(GridLayout { columns: 24, rows: 1, hexagonal: false, torus: false }).folded());
    }

    #[test]
    fn hexagons_are_shifted_in_odd_rows_and_touch() {
        let drawing = Drawing::new(layout(true, false));
        let [a, b, below] = [0, 1, 3].map(|unit| drawing.of_unit(unit));
        assert!((b.0 - a.0 - 10.0).abs() < 1e-12 && (below.0 - a.0 - 5.0).abs() < 1e-12);
        assert!(((below.0 - a.0).hypot(below.1 - a.1) - 10.0).abs() < 1e-9);
    }
}
