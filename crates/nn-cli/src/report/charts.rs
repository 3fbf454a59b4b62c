//! Charts as SVG: the one place where the plotting library is used.
//!
//! Colours are written as those of the light page; the page's style sheet gives the same names to others in the dark.

use super::palette::{AXIS, GRID, INK, color};
use crate::output::shortened;
use anyhow::Result;
use plotters::chart::ChartContext;
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};
use plotters::prelude::*;
use std::ops::Range;

/// Small enough to be read on a phone, where it is not made much smaller.
const SIZE: (u32, u32) = (480, 300);
/// Of what has no side that is longer by nature.
const SQUARE: (u32, u32) = (480, 440);
/// A longer value beside an axis is cut.
const LONGEST_VALUE: usize = 10;
const TEXT: (&str, u32) = ("sans-serif", 15);
/// More points of a line than there are pixels tell nothing.
const MOST_POINTS: usize = 600;
/// Losses that fall by more are shown by their powers of ten.
const MANY_TIMES: f64 = 30.0;

/// What a chart of nothing shows.
const UNIT: (f64, f64) = (0.0, 1.0);

/// The picture that is drawn on.
type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<Axis, Axis>>;

/// What stands beside the axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels<'a> {
    /// What the whole chart shows, for those who cannot see it.
    pub(super) title: &'a str,
    pub(super) x: &'a str,
    pub(super) y: &'a str,
}

/// Values at 1, 2, 3, ..., each list in the colour of its place.
pub(super) fn curves(labels: Labels<'_>, lists: &[&[f64]]) -> Result<String> {
    let (low, high) = range(lists.iter().copied().flatten().copied()).unwrap_or(UNIT);
    curves_on(labels, lists, 1.0, 0.0 < low && MANY_TIMES * low < high)
}

/// The same of one list that is counted from 0.
pub(super) fn curve_from_zero(labels: Labels<'_>, list: &[f64]) -> Result<String> {
    let (low, high) = range(list.iter().copied()).unwrap_or(UNIT);
    curves_on(labels, &[list], 0.0, 0.0 < low && MANY_TIMES * low < high)
}

/// The same of values that are no losses, as they are.
pub(super) fn plain_curves(labels: Labels<'_>, lists: &[&[f64]]) -> Result<String> {
    curves_on(labels, lists, 1.0, false)
}

fn curves_on(labels: Labels<'_>, lists: &[&[f64]], first: f64, logarithmic: bool) -> Result<String> {
    let values = || lists.iter().copied().flatten().copied();
    let height = |value: f64| if logarithmic { value.log10() } else { value };
    let last = first - 1.0 + lists.iter().map(|list| list.len()).max().unwrap_or(1).max(2) as f64;
    let y = widened(range(values().map(height)).unwrap_or(UNIT), 0.05);
    let y = if logarithmic { Axis::of_powers(y) } else { Axis::new(y) };
    draw(labels, SIZE, Axis::counted(first, last), y, |chart| {
        for (index, list) in lists.iter().enumerate() {
            let stride = list.len().div_ceil(MOST_POINTS).max(1);
            let mut points: Vec<(f64, f64)> =
                list.iter().enumerate().step_by(stride).map(|(i, &value)| (first + i as f64, height(value))).collect();
            points.extend(list.last().map(|&value| (first - 1.0 + list.len() as f64, height(value))));
            let style = color(index).stroke_width(2);
            match points.as_slice() {
                [first, rest @ ..] if rest.iter().all(|point| point == first) => {
                    chart.draw_series([Circle::new(*first, 3, color(index).filled())])?;
                }
                _ => {
                    chart.draw_series(LineSeries::new(points, style))?;
                }
            }
        }
        Ok(())
    })
}

/// What was predicted beside the truth; right is on the diagonal.
pub(super) fn predicted(labels: Labels<'_>, points: &[(f64, f64)]) -> Result<String> {
    let ends = widened(range(points.iter().flat_map(|&(x, y)| [x, y])).unwrap_or(UNIT), 0.03);
    draw(labels, SQUARE, Axis::new(ends.clone()), Axis::new(ends.clone()), |chart| {
        chart.draw_series(LineSeries::new([(ends.start, ends.start), (ends.end, ends.end)], AXIS.stroke_width(1)))?;
        chart.draw_series(points.iter().map(|&point| Circle::new(point, 3, color(0).mix(0.5).filled())))?;
        Ok(())
    })
}

/// A unit among samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ring {
    pub(super) at: (f64, f64),
    /// How far it reaches to the side and upwards, where that can be drawn.
    pub(super) reach: Option<(f64, f64)>,
}

/// Samples, and units among them.
pub(super) fn places(labels: Labels<'_>, marks: &[Mark], rings: &[Ring]) -> Result<String> {
    let all = || marks.iter().map(|mark| mark.at).chain(rings.iter().map(|ring| ring.at));
    let x = widened(range(all().map(|(x, _)| x)).unwrap_or(UNIT), 0.08);
    let y = widened(range(all().map(|(_, y)| y)).unwrap_or(UNIT), 0.08);
    draw(labels, SQUARE, Axis::new(x.clone()), Axis::new(y.clone()), |chart| {
        chart.draw_series(marks.iter().map(|mark| Circle::new(mark.at, 3, mark.color.mix(0.45).filled())))?;
        for ring in rings {
            if let Some((wide, high)) = ring.reach {
                let turn = |step: i32| f64::from(step) * std::f64::consts::TAU / 48.0;
                let points =
                    (0..=48).map(|step| (ring.at.0 + wide * turn(step).cos(), ring.at.1 + high * turn(step).sin()));
                // What lies beyond the picture would be drawn on its rim.
                let inside = |&(a, b): &(f64, f64)| x.contains(&a) && y.contains(&b);
                let points: Vec<(f64, f64)> = points.collect();
                for run in points.split(|point| !inside(point)).filter(|run| 1 < run.len()) {
                    chart.draw_series(LineSeries::new(run.iter().copied(), AXIS.stroke_width(1)))?;
                }
            }
            chart.draw_series([Cross::new(ring.at, 4, INK.stroke_width(2))])?;
        }
        Ok(())
    })
}

/// Quantities over another, each line in the colour of its place, but grey where `unknown` is true; with the samples, and units at
/// the foot.
pub(super) fn lines(
    labels: Labels<'_>,
    x: &[f64],
    lists: &[Vec<f64>],
    unknown: &[bool],
    marks: &[Mark],
    feet: &[f64],
) -> Result<String> {
    let wide = widened(range(x.iter().copied()).unwrap_or(UNIT), 0.0);
    let heights = || lists.iter().flatten().copied().chain(marks.iter().map(|mark| mark.at.1));
    let high = widened(range(heights()).unwrap_or(UNIT), 0.06);
    draw(labels, SIZE, Axis::new(wide.clone()), Axis::new(high.clone()), |chart| {
        chart.draw_series(marks.iter().map(|mark| Circle::new(mark.at, 3, mark.color.mix(0.5).filled())))?;
        for (index, list) in lists.iter().enumerate() {
            let points: Vec<(f64, f64)> = x.iter().copied().zip(list.iter().copied()).collect();
            let is_unknown = |at: usize| unknown.get(at).copied().unwrap_or(false);
            let mut from = 0;
            while from + 1 < points.len() {
                let kind = is_unknown(from);
                let to = (from..points.len()).find(|&at| is_unknown(at) != kind).unwrap_or(points.len() - 1);
                let style = if kind { AXIS.stroke_width(1) } else { color(index).stroke_width(2) };
                // Up to the first point of the next run, so that there is no gap.
                chart.draw_series(LineSeries::new(points[from..=to].iter().copied(), style))?;
                from = to;
            }
        }
        let feet = feet.iter().filter(|foot| wide.contains(foot));
        chart.draw_series(feet.map(|&foot| Cross::new((foot, high.start), 4, INK.stroke_width(2))))?;
        Ok(())
    })
}

/// What values that were tried led to, by the logarithms of both, and the one that was chosen.
pub(super) fn choice(labels: Labels<'_>, points: &[(f64, f64)], chosen: f64) -> Result<String> {
    let told = || points.iter().filter(|(x, y)| 0.0 < *x && 0.0 < *y && y.is_finite());
    let logarithms: Vec<(f64, f64)> = told().map(|(x, y)| (x.log10(), y.log10())).collect();
    let x = widened(range(logarithms.iter().map(|(x, _)| *x)).unwrap_or(UNIT), 0.03);
    let y = widened(range(logarithms.iter().map(|(_, y)| *y)).unwrap_or(UNIT), 0.08);
    let best = told().find(|(x, _)| *x == chosen).map(|(x, y)| (x.log10(), y.log10()));
    draw(labels, SIZE, Axis::of_powers(x), Axis::of_powers(y), |chart| {
        chart.draw_series(LineSeries::new(logarithms, color(0).stroke_width(2)))?;
        chart.draw_series(best.map(|best| Circle::new(best, 5, color(1).filled())))?;
        Ok(())
    })
}

/// A value that was tried, and what it came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tried {
    pub(super) at: f64,
    pub(super) mean: f64,
    pub(super) error: f64,
    pub(super) chosen: bool,
    /// Whether it saw all folds; a hollow point did not.
    pub(super) whole: bool,
}

/// Means and their standard errors over what was tried, and the one that was chosen. Where there are `names`, these stand at 1, 2,
/// 3, ... in place of numbers; numbers that differ by much are shown by their logarithms.
pub(super) fn tried(labels: Labels<'_>, points: &[Tried], names: Option<&[String]>) -> Result<String> {
    let (low, high) = range(points.iter().map(|point| point.at)).unwrap_or(UNIT);
    let powers = names.is_none() && 0.0 < low && MANY_TIMES * low < high;
    let place = |at: f64| if powers { at.log10() } else { at };
    let x = widened(range(points.iter().map(|point| place(point.at))).unwrap_or(UNIT), 0.06);
    let y = widened(range(points.iter().flat_map(|p| [p.mean - p.error, p.mean + p.error])).unwrap_or(UNIT), 0.08);
    let x = match names {
        Some(names) => Axis::of_names(x, names),
        None if powers => Axis::of_powers(x),
        None => Axis::new(x),
    };
    draw(labels, SIZE, x, Axis::new(y), |chart| {
        chart.draw_series(LineSeries::new(points.iter().map(|p| (place(p.at), p.mean)), color(0).stroke_width(2)))?;
        for point in points {
            let x = place(point.at);
            let bar = [(x, point.mean - point.error), (x, point.mean + point.error)];
            chart.draw_series(LineSeries::new(bar, color(0).stroke_width(1)))?;
            let (size, index) = if point.chosen { (6, 1) } else { (3, 0) };
            let style = if point.whole { color(index).filled() } else { color(index).stroke_width(1) };
            chart.draw_series([Circle::new((x, point.mean), size, style)])?;
        }
        Ok(())
    })
}

/// How often values are how large.
pub(super) fn histogram(labels: Labels<'_>, values: &[f64]) -> Result<String> {
    let ends = widened(range(values.iter().copied()).unwrap_or(UNIT), 0.0);
    let bins = ((values.len() as f64).sqrt().ceil() as usize).clamp(5, 40);
    let width = (ends.end - ends.start) / bins as f64;
    let mut counts = vec![0_usize; bins];
    for value in values {
        counts[(((value - ends.start) / width) as usize).min(bins - 1)] += 1;
    }
    let highest = counts.iter().copied().max().unwrap_or(1) as f64;
    draw(labels, SIZE, Axis::new(ends.clone()), Axis::new(0.0..1.05 * highest), |chart| {
        chart.draw_series(counts.iter().enumerate().filter(|(_, count)| 0 < **count).map(|(bin, &count)| {
            let left = ends.start + width * bin as f64;
            Rectangle::new([(left, 0.0), (left + 0.92 * width, count as f64)], color(0).filled())
        }))?;
        Ok(())
    })
}

/// A place of a [`surface`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) color: RGBColor,
    pub(super) opacity: f64,
}

/// A sample on a [`surface`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pub(super) at: (f64, f64),
    pub(super) color: RGBColor,
    /// Whether it was not learned from.
    pub(super) unseen: bool,
}

/// What is answered everywhere in a rectangle, row by row from below, and the samples in it.
pub(super) fn surface(
    labels: Labels<'_>,
    x: Range<f64>,
    y: Range<f64>,
    cells: &[Cell],
    side: usize,
    marks: &[Mark],
) -> Result<String> {
    let (width, height) = ((x.end - x.start) / side as f64, (y.end - y.start) / side as f64);
    draw(labels, SQUARE, Axis::new(x.clone()), Axis::new(y.clone()), |chart| {
        for (row, cells) in cells.chunks(side).enumerate() {
            let below = y.start + height * row as f64;
            let mut from = 0;
            for run in cells.chunk_by(|a, b| a == b) {
                let (left, right) = (x.start + width * from as f64, x.start + width * (from + run.len()) as f64);
                let style = run[0].color.mix(run[0].opacity).filled();
                chart.draw_series([Rectangle::new([(left, below), (right, below + height)], style)])?;
                from += run.len();
            }
        }
        for mark in marks {
            let ring = INK.stroke_width(1);
            if mark.unseen {
                let square = |style| EmptyElement::at(mark.at) + Rectangle::new([(-4, -4), (4, 4)], style);
                chart.draw_series([square(mark.color.filled())])?;
                chart.draw_series([square(ring)])?;
            } else {
                chart.draw_series([Circle::new(mark.at, 4, mark.color.filled())])?;
                chart.draw_series([Circle::new(mark.at, 4, ring)])?;
            }
        }
        Ok(())
    })
}

/// A net of units among samples, these in the colours of their classes.
pub(super) fn net(
    labels: Labels<'_>,
    units: &[(f64, f64)],
    links: &[(usize, usize)],
    samples: &[(f64, f64)],
    classes: &[u32],
) -> Result<String> {
    let all = || units.iter().chain(samples);
    let [x, y] = [range(all().map(|point| point.0)).unwrap_or(UNIT), range(all().map(|point| point.1)).unwrap_or(UNIT)]
        .map(|ends| widened(ends, 0.05));
    draw(labels, SQUARE, Axis::new(x), Axis::new(y), |chart| {
        for (index, &point) in samples.iter().enumerate() {
            let paint = classes.get(index).map_or(AXIS, |&class| color(class as usize));
            chart.draw_series([Circle::new(point, 3, paint.mix(0.5).filled())])?;
        }
        for &(a, b) in links {
            chart.draw_series(LineSeries::new([units[a], units[b]], INK.stroke_width(1)))?;
        }
        chart.draw_series(units.iter().map(|&unit| Circle::new(unit, 2, INK.filled())))?;
        Ok(())
    })
}

/// Rectangles by two corners, in the colour of their class where they have one, among samples.
pub(super) fn boxes(
    labels: Labels<'_>,
    boxes: &[[(f64, f64); 2]],
    box_classes: &[u32],
    samples: &[(f64, f64)],
    classes: &[u32],
) -> Result<String> {
    let all = || boxes.iter().flatten().chain(samples);
    let [x, y] = [range(all().map(|point| point.0)).unwrap_or(UNIT), range(all().map(|point| point.1)).unwrap_or(UNIT)]
        .map(|ends| widened(ends, 0.05));
    let paint = |classes: &[u32], index: usize| classes.get(index).map_or(AXIS, |&class| color(class as usize));
    draw(labels, SQUARE, Axis::new(x), Axis::new(y), |chart| {
        for (index, &point) in samples.iter().enumerate() {
            chart.draw_series([Circle::new(point, 2, paint(classes, index).mix(0.5).filled())])?;
        }
        for (index, &[low, high]) in boxes.iter().enumerate() {
            let outline = if box_classes.is_empty() { INK } else { paint(box_classes, index) };
            chart.draw_series([Rectangle::new([low, high], outline.stroke_width(1))])?;
            // A category of one sample is a box without a side.
            if low == high {
                chart.draw_series([Circle::new(low, 3, outline.stroke_width(1))])?;
            }
        }
        Ok(())
    })
}

/// A chart with its axes, on which `fill` draws.
fn draw(
    labels: Labels<'_>,
    size: (u32, u32),
    x: Axis,
    y: Axis,
    fill: impl FnOnce(&mut Chart<'_, '_>) -> Result<()>,
) -> Result<String> {
    let (told_x, told_y) = (x.clone(), y.clone());
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let text = TEXT.into_font().color(&INK);
        let mut chart = ChartBuilder::on(&area)
            .margin(8)
            .margin_right(16)
            .x_label_area_size(46)
            .y_label_area_size(66)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .x_desc(labels.x)
            .y_desc(labels.y)
            .x_labels(12)
            .y_labels(12)
            .x_label_formatter(&|value| told_x.told(*value))
            .y_label_formatter(&|value| told_y.told(*value))
            .axis_style(AXIS)
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .label_style(text.clone())
            .axis_desc_style(text)
            .draw()?;
        fill(&mut chart)?;
        drop(chart);
        area.present()?;
    }
    // As wide as there is room for, and with words for those who hear it.
    let (width, height) = size;
    let title = super::escaped(labels.title);
    let named = format!("<svg role=\"img\" aria-label=\"{title}\"");
    Ok(svg.replacen(&format!("<svg width=\"{width}\" height=\"{height}\""), &named, 1))
}

/// The least and the greatest of the finite values, where there are any.
pub(super) fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    (low <= high).then_some((low, high))
}

/// From the one to the other with a share of the way on either side, and more than a point.
pub(super) fn widened((low, high): (f64, f64), share: f64) -> Range<f64> {
    // Halves, since the difference of two large numbers may be none.
    let half = (high / 2.0 - low / 2.0) * share * 2.0;
    if low < high {
        return (low - half).max(f64::MIN / 4.0)..(high + half).min(f64::MAX / 4.0);
    }
    let room = low.abs().max(1.0) / 2.0;
    low - room..high + room
}

/// Numbers along a side, with round ones among them that are told.
#[derive(Clone)]
struct Axis {
    ends: Range<f64>,
    ticks: Vec<f64>,
    /// What stands at each tick.
    marks: Vec<String>,
}

impl Axis {
    /// With some five round numbers.
    fn new(ends: Range<f64>) -> Self {
        let wide = (ends.end / 5.0 - ends.start / 5.0).max(f64::MIN_POSITIVE);
        let power = 10_f64.powf(wide.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|round| round * power);
        let step = steps.into_iter().find(|&step| wide <= step).unwrap_or(wide);
        let first = (ends.start / step).ceil();
        let ticks = (0..12).map(|tick| (first + f64::from(tick)) * step).take_while(|&tick| tick <= ends.end).collect();
        Self::stepwise(ends, ticks, step)
    }

    /// Epochs are counted from 1, and in whole numbers.
    fn counted(first: f64, last: f64) -> Self {
        let whole = Self::new(0.0..last).ticks.into_iter().filter(|tick| tick.fract() == 0.0);
        let ticks = std::iter::once(first).chain(whole.filter(|&tick| first < tick && 0.08 * last < tick)).collect();
        Self::stepwise(first..last, ticks, 1.0)
    }

    /// With ticks so far apart, each with as many digits as tell it from the next.
    fn stepwise(ends: Range<f64>, ticks: Vec<f64>, step: f64) -> Self {
        let most = ticks.iter().fold(0.0, |most: f64, tick| most.max(tick.abs()));
        let with_powers = !(1e-3..1e5).contains(&most);
        // The last digit of a step of 0.02 is the second one behind the point; it may be a little less than that for being rounded.
        let last = (step * 1.001).log10().floor();
        let mark = |&tick: &f64| {
            if tick.abs() < step / 2.0 {
                "0".to_owned()
            } else if with_powers {
                let digits = (tick.abs().log10().floor() - last).clamp(0.0, 15.0) as usize;
                let text = format!("{tick:.digits$e}");
                let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
                format!("{}e{power}", without_zeros(digits))
            } else {
                let decimals = (-last).clamp(0.0, 15.0) as usize;
                without_zeros(&format!("{tick:.decimals$}")).to_owned()
            }
        };
        let marks = ticks.iter().map(mark).collect();
        Self { ends, ticks, marks }
    }

    /// For logarithms: with powers of ten, and where these are few, twice and five times them.
    fn of_powers(ends: Range<f64>) -> Self {
        let stride = ((ends.end - ends.start) / 6.0).ceil().max(1.0) as usize;
        let powers = (ends.start.floor() as i32..=ends.end.ceil() as i32).step_by(stride);
        let between: &[f64] = if ends.end - ends.start < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let ticks = powers.flat_map(|power| between.iter().map(move |times| f64::from(power) + times.log10()));
        let ticks: Vec<f64> = ticks.filter(|tick| ends.contains(tick)).collect();
        let marks = ticks.iter().map(|&tick| power_of_ten(tick)).collect();
        Self { ends, ticks, marks }
    }

    /// With names at 1, 2, 3, ...
    fn of_names(ends: Range<f64>, names: &[String]) -> Self {
        let ticks = (1..=names.len()).map(|place| place as f64).collect();
        Self { ends, ticks, marks: names.iter().map(|name| shortened(name, LONGEST_VALUE)).collect() }
    }

    /// What stands at a tick.
    fn told(&self, tick: f64) -> String {
        let place = self.ticks.iter().position(|&known| known == tick);
        place.and_then(|place| self.marks.get(place)).cloned().unwrap_or_default()
    }
}

/// 10 to this power: one, two or five times a power of ten.
fn power_of_ten(power: f64) -> String {
    let value = 10_f64.powf(power);
    // A little room, for a thousandth that was rounded down.
    if !(-3.001..4.999).contains(&power) {
        return format!("{value:.0e}");
    }
    let decimals = (-(power + 0.001).floor()).max(0.0) as usize;
    without_zeros(&format!("{value:.decimals$}")).to_owned()
}

/// A number without the zeros that end its decimals.
fn without_zeros(number: &str) -> &str {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.') } else { number }
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        // Halves, since the difference of two large numbers may be none.
        let share = (value / 2.0 - self.ends.start / 2.0) / (self.ends.end / 2.0 - self.ends.start / 2.0);
        from.saturating_add((share * f64::from(to - from)).round() as i32)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.ends.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: Labels<'_> = Labels { title: "a < b", x: "x", y: "y" };

    #[test]
    fn any_numbers_can_be_drawn() {
        for lists in [&[&[][..]][..], &[&[1.0]], &[&[0.0, 0.0]], &[&[1e-300, 1e300]], &[&[-1e308, 1e308], &[3.0]], &[]]
        {
            let svg = curves(LABELS, lists).unwrap();
            assert!(svg.starts_with("<svg role=\"img\" aria-label=\"a &#60; b\""), "{svg}");
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{lists:?}");
        }
        for values in [&[][..], &[2.0], &[1e308, -1e308], &[0.0, 1.0, 1.0]] {
            assert!(histogram(LABELS, values).unwrap().contains("</svg>"));
            let pairs: Vec<(f64, f64)> = values.iter().map(|&value| (value, -value)).collect();
            assert!(predicted(LABELS, &pairs).unwrap().contains("</svg>"));
        }
    }

    #[test]
    fn a_long_course_is_thinned_and_keeps_its_end() {
        let long: Vec<f64> = (0..100_000).map(|i| 1.0 + f64::from(i)).collect();
        assert!(curves(LABELS, &[&long]).unwrap().len() < 30_000);
    }

    #[test]
    fn equal_places_of_a_surface_are_one_rectangle() {
        let cells = vec![Cell { color: color(0), opacity: 0.5 }; 64];
        let svg = surface(LABELS, 0.0..1.0, 0.0..1.0, &cells, 8, &[]).unwrap();
        assert_eq!(svg.matches("opacity=\"0.5\"").count(), 8, "{svg}");
    }

    #[test]
    fn numbers_beside_axes_are_short() {
        assert_eq!(Axis::new(0.1..0.9).ticks, [0.2, 0.4, 0.6000000000000001, 0.8]);
        assert_eq!(Axis::counted(1.0, 300.0).ticks, [1.0, 100.0, 200.0, 300.0]);
        assert_eq!(Axis::counted(1.0, 2.0).ticks, [1.0, 2.0]);
        assert_eq!(Axis::counted(0.0, 2.0).ticks, [0.0, 1.0, 2.0]);
        let marks = |axis: Axis| axis.marks.join(" ");
        assert_eq!(marks(Axis::of_powers(-2.1..0.1)), "0.01 0.02 0.05 0.1 0.2 0.5 1");
        assert_eq!(marks(Axis::of_powers(-9.0..7.0)), "1e-9 1e-6 0.001 1 1000 1e6");
        assert_eq!(marks(Axis::new(0.1..0.9)), "0.2 0.4 0.6 0.8");
        assert_eq!(marks(Axis::new(-1.0..2.0)), "-1 0 1 2");
        assert_eq!(marks(Axis::new(0.0..3.1e-5)), "0 1e-5 2e-5 3e-5");
        assert_eq!(marks(Axis::new(0.0..1.1e6)), "0 5e5 1e6");
        assert_eq!(marks(Axis::counted(1.0, 2500.0)), "1 500 1000 1500 2000 2500");
        // However close they stand, no two look the same.
        assert_eq!(marks(Axis::new(100.0..100.0045)), "100 100.001 100.002 100.003 100.004");
        assert_eq!(marks(Axis::new(0.0071..0.0079)), "0.0072 0.0074 0.0076 0.0078");
        assert_eq!(marks(Axis::new(1e6..1e6 + 4.0)), "1e6 1.000001e6 1.000002e6 1.000003e6 1.000004e6");
    }
}
