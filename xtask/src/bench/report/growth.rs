//! What the page says of a case whose variants are sizes.

use std::collections::BTreeMap;

use super::super::figures::Figures;
use super::super::machine::Machine;
use super::super::options::Options;
use super::super::page::Section;
use super::{found, list, short, times};

/// Times of a call at all sizes and numbers of threads, and the power of the size by which they grow.
pub(super) fn section(all: &BTreeMap<usize, Vec<Figures>>, machine: &Machine, options: &Options) -> Section {
    let first = all.values().next().map(Vec::as_slice).unwrap_or_default();
    let axis = first.iter().find_map(|one| Some(one.size()?.0)).unwrap_or("size");
    let mut text = first.iter().find(|one| one.rate().is_some()).map(|one| list(one.settings())).unwrap_or_default();
    text += &format!("\n\n| {axis} |");
    for threads in all.keys() {
        let s = if *threads == 1 { "" } else { "s" };
        text += &format!(" a call, {threads} thread{s} | to the power |");
    }
    text += &format!(" more threads are | |\n|--:|{}--:|---|\n", "--:|--:|".repeat(all.len()));
    let sizes: Vec<f64> = first.iter().filter_map(|one| Some(one.size()?.1)).collect();
    for &size in &sizes {
        text += &format!("| {size} |");
        for figures in all.values() {
            let seconds = seconds_at(figures, size).map(duration).unwrap_or_default();
            let before = sizes.iter().rev().find(|&&before| before < size);
            let power = before.and_then(|&before| power(&points(figures, &[before, size])));
            text += &format!(" {seconds} | {} |", power.map(|power| format!("{power:.2}")).unwrap_or_default());
        }
        text += &format!(" {} | {} |\n", gain(all, size).map(times).unwrap_or_default(), note(all, size));
    }
    text += "\n";
    for (figures, error) in all.values().flatten().filter_map(|one| Some((one, one.error()?))) {
        text += &format!("- Not measured: {}: {error}\n", figures.variant());
    }
    text += &found(machine, options);
    let fitted = power(&points(first, &sizes));
    let rows = fitted.zip(sizes.first().zip(sizes.last())).map(|(power, (least, most))| {
        let gain = gain(all, *most).map_or_else(|| "-".to_owned(), times);
        let any = sizes.iter().any(|&size| !note(all, size).is_empty());
        format!("{axis} {least} to {most} | {power:.2} | {gain} | {}", if any { "disturbed" } else { "" })
    });
    Section { rows: rows.into_iter().collect(), text }
}

fn seconds_at(figures: &[Figures], size: f64) -> Option<f64> {
    figures.iter().find(|one| one.size().is_some_and(|(_, own)| own == size))?.seconds_of_a_call()
}

/// Logarithms of sizes and of the seconds there.
fn points(figures: &[Figures], sizes: &[f64]) -> Vec<(f64, f64)> {
    sizes.iter().filter_map(|&size| Some((size.ln(), seconds_at(figures, size)?.ln()))).collect()
}

/// The slope of the straight line through them by least squares.
fn power(points: &[(f64, f64)]) -> Option<f64> {
    let count = points.len() as f64;
    let (x, y) = (points.iter().map(|p| p.0).sum::<f64>() / count, points.iter().map(|p| p.1).sum::<f64>() / count);
    let across = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>();
    let along = points.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>();
    (0.0 < along).then(|| across / along)
}

/// How many times as fast the most threads are as one.
fn gain(all: &BTreeMap<usize, Vec<Figures>>, size: f64) -> Option<f64> {
    let ((_, few), (_, many)) = (all.first_key_value()?, all.last_key_value()?);
    if all.len() < 2 { None } else { Some(seconds_at(few, size)? / seconds_at(many, size)?) }
}

/// Whether any figure of this size is disturbed.
fn note(all: &BTreeMap<usize, Vec<Figures>>, size: f64) -> &'static str {
    let of_size = |one: &&Figures| one.size().is_some_and(|(_, own)| own == size);
    let disturbed = |(threads, figures): (&usize, &Vec<Figures>)| {
        figures.iter().filter(of_size).any(|one| one.disturbed(*threads).is_some())
    };
    if all.iter().any(disturbed) { "disturbed" } else { "" }
}

/// `3.20 ms`
fn duration(seconds: f64) -> String {
    match seconds {
        _ if seconds < 1e-3 => format!("{} µs", short(seconds * 1e6)),
        _ if seconds < 1.0 => format!("{} ms", short(seconds * 1e3)),
        _ => format!("{} s", short(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::figures::tests::made_up as figures;
    use super::super::super::machine::tests::made_up as machine;
    use super::*;

    #[test]
    fn the_power_is_that_by_which_the_time_grows() {
        let at = |size: u64, rate: f64| {
            let more = json!({ "axis": "units", "size": size, "presentations": 10.0 });
            figures(&format!("units-{size}"), true, rate, &more)
        };
        let one = vec![at(4, 1000.0), at(16, 250.0), at(64, 62.5)];
        let two = vec![at(4, 1000.0), at(16, 500.0), at(64, 125.0)];
        let section = section(&[(1, one), (2, two)].into(), &machine(), &Options::parse(&[]).unwrap());
        assert_eq!(section.rows, ["units 4 to 64 | 1.00 | 2.00 x | "]);
        let lines: Vec<&str> = section.text.lines().collect();
        let head =
            "| units | a call, 1 thread | to the power | a call, 2 threads | to the power | more threads are | |";
        assert_eq!(lines[2], head);
        assert_eq!(lines[5], "| 16 | 40.0 ms | 1.00 | 20.0 ms | 0.50 | 2.00 x |  |");
    }
}
