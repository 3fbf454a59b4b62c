//! Whether the columns are the pixels of an image: what their names say.

use nn_core::Image;

/// What the names of pixels begin with, beside a number.
const PREFIXES: &[&str] = &["p", "px", "pix", "pixel"];
/// Fewer that are only counted may be anything: `p1` to `p9` are rather nine pressures.
const FEWEST: usize = 49;

/// The image whose pixels the columns called so are, row by row: of a square where they are counted through (`pixel0`,
/// `pixel1`, ...; `p00`, `p01`, ...), of any shape where the names tell row and column (`p_3_17`, `3x17`).
pub(super) fn of_names<'a>(names: impl ExactSizeIterator<Item = &'a str> + Clone) -> Option<Image> {
    let count = names.len();
    if let Some(places) = names.clone().map(place).collect::<Option<Vec<_>>>() {
        let (first, last) = (*places.first()?, *places.last()?);
        let rows = last.0.checked_sub(first.0)?.checked_add(1)?;
        let columns = last.1.checked_sub(first.1)?.checked_add(1)?;
        let in_order =
            || places.iter().enumerate().all(|(i, place)| *place == (first.0 + i / columns, first.1 + i % columns));
        return (rows.checked_mul(columns) == Some(count) && in_order()).then_some(Image {
            channels: 1,
            rows,
            columns,
        });
    }
    let side = count.isqrt();
    let counted = |name: &str| {
        let (prefix, number) = parts(name);
        PREFIXES.contains(&prefix.as_str()) && number.parse::<usize>().is_ok()
    };
    (FEWEST <= count && side * side == count && names.clone().all(counted)).then_some(Image {
        channels: 1,
        rows: side,
        columns: side,
    })
}

/// Row and column in a name such as `p_3_17`, `pixel3x17` or `3x17`.
fn place(name: &str) -> Option<(usize, usize)> {
    let (prefix, place) = parts(name);
    let (row, column) = place.split_once(['x', '_'])?;
    (prefix.is_empty() || PREFIXES.contains(&prefix.as_str())).then_some((row.parse().ok()?, column.parse().ok()?))
}

/// What stands before the first digit of a name, in small letters and without the underscore that parts them; and the rest.
fn parts(name: &str) -> (String, &str) {
    let rest = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    (name[..name.len() - rest.len()].trim_end_matches('_').to_ascii_lowercase(), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[String]) -> Option<(usize, usize)> {
        of_names(names.iter().map(String::as_str)).map(|image| (image.rows, image.columns))
    }

    fn named(count: usize, name: impl Fn(usize) -> String) -> Vec<String> {
        (0..count).map(name).collect()
    }

    #[test]
    fn pixels_are_known_by_their_names() {
        assert_eq!(of(&named(784, |i| format!("pixel{i}"))), Some((28, 28)));
        assert_eq!(of(&named(64, |i| format!("p{}{}", i / 8, i % 8))), Some((8, 8)));
        assert_eq!(of(&named(12, |i| format!("{}x{}", 1 + i / 4, 1 + i % 4))), Some((3, 4)));
        assert_eq!(of(&named(12, |i| format!("px_{}_{}", i / 3, i % 3))), Some((4, 3)));
    }

    #[test]
    fn what_is_no_image_is_none() {
        assert_eq!(of(&named(60, |i| format!("pixel{i}"))), None);
        assert_eq!(of(&named(16, |i| format!("x{i}"))), None);
        assert_eq!(of(&named(36, |i| format!("p{i}"))), None);
        // Column by column.
        assert_eq!(of(&named(12, |i| format!("{}x{}", i % 3, i / 3))), None);
        assert_eq!(of(&named(16, |i| format!("p{}x{}", usize::MAX - i, i))), None);
        assert_eq!(of(&[]), None);
    }
}
