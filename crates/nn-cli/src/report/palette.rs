//! Colours that the colour-blind can tell apart.

use crate::output::number;
use plotters::style::RGBColor;

/// What stands in the foreground; the style sheet knows these three by their numbers.
pub(super) const INK: RGBColor = RGBColor(34, 34, 34);
pub(super) const AXIS: RGBColor = RGBColor(128, 128, 128);
pub(super) const GRID: RGBColor = RGBColor(224, 224, 224);

/// Okabe and Ito (2008): blue, vermilion, bluish green, orange, reddish purple, sky blue, yellow, and a grey.
const SERIES: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(230, 159, 0),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(240, 228, 66),
    RGBColor(120, 120, 120),
];

/// The colour of the thing with this index; after eight they come again.
pub(super) fn color(index: usize) -> RGBColor {
    SERIES[index % SERIES.len()]
}

/// The same as CSS.
pub(super) fn css(index: usize) -> String {
    hex(color(index))
}

/// A colour as CSS: `#0072B2`.
pub(super) fn hex(RGBColor(red, green, blue): RGBColor) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// Where a number is between the ends of a scale, from 0 to 1.
pub(super) fn share(value: f64, (low, high): (f64, f64)) -> f64 {
    if low < high { (value - low) / (high - low) } else { 0.5 }
}

/// Five colours of a scale with these ends, and the number that each stands for.
pub(super) fn legend((low, high): (f64, f64)) -> Vec<(String, String)> {
    let spot = |share: f64| (hex(scale(share)), number(low + share * (high - low)));
    [0.0, 0.25, 0.5, 0.75, 1.0].map(spot).to_vec()
}

/// A colour of viridis for a number from 0 to 1.
pub(super) fn scale(value: f64) -> RGBColor {
    let colorous::Color { r, g, b } = colorous::VIRIDIS.eval_continuous(value.clamp(0.0, 1.0));
    RGBColor(r, g, b)
}

/// Blue for -1, white for 0, red for 1.
pub(super) fn sign(value: f64) -> [u8; 3] {
    let colorous::Color { r, g, b } = colorous::RED_BLUE.eval_continuous(0.5 - value.clamp(-1.0, 1.0) / 2.0);
    [r, g, b]
}
