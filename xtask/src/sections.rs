//! Pages of evidence that are written part by part: a run replaces its own sections and keeps the others.

/// Heading and text of each section of a page, in their order.
pub(crate) fn sections(page: &str) -> impl Iterator<Item = (&str, &str)> {
    page.split("\n## ").skip(1).map(|part| part.split_once('\n').unwrap_or((part, "")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_at_its_headings() {
        let found: Vec<_> = sections("# Page\n\ntop\n\n## one\n\n| a |\n\n## two\n").collect();
        assert_eq!(found, [("one", "\n| a |\n"), ("two", "")]);
        assert_eq!(sections("").count(), 0);
    }
}
