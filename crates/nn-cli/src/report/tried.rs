//! The page of a search for settings: what was tried, and what it came to.

use super::charts::{self, Labels, Tried};
use super::{FIRST_LINE, Figure, Grid, Page, Section, TableCell};
use crate::files::Place;
use crate::output::number;
use anyhow::Result;
use askama::Template;
use nn_core::Better;
use nn_core::tune::{Candidate, Ended, Trial, Tuned};

/// A search, and what is told about it.
pub(crate) struct Searched<'a> {
    /// What the page is called: `mlp on digits: settings by trial`.
    pub(crate) title: String,
    /// What is told at the top, by name.
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What the reader should know, a sentence each.
    pub(crate) remarks: Vec<String>,
    /// The settings that were tried.
    pub(crate) names: Vec<String>,
    pub(crate) tuned: &'a Tuned,
    /// The heads and the rows of the table of candidates.
    pub(crate) table: (Vec<String>, Vec<Vec<String>>),
    /// The settings that were the same for all.
    pub(crate) settings: Vec<(String, String)>,
}

/// Writes the page about a search.
///
/// # Errors
/// The operating system's.
pub(crate) fn write_search(searched: Searched<'_>, place: &Place) -> Result<()> {
    let sections = sections(&searched)?;
    let (heads, rows) = searched.table;
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let page = Page {
        first_line: FIRST_LINE,
        title: searched.title,
        version: env!("CARGO_PKG_VERSION"),
        facts: searched.facts,
        remarks: searched.remarks,
        measures: Grid::new(&heads, rows.into_iter()),
        settings: searched.settings,
        sections,
    };
    place.write(&page.render()?)
}

/// A chart for each setting, and of two settings all their combinations.
fn sections(searched: &Searched<'_>) -> Result<Vec<Section>> {
    let Searched { names, tuned, .. } = searched;
    let mut sections = Vec::new();
    if let [first, second] = names.as_slice()
        && let Some(figure) = combinations(first, second, tuned)
    {
        let text = format!("Rows are {first}, columns {second}; the darker, the better the mean {}.", tuned.measure);
        sections.push(Section { title: format!("{first} and {second}"), text, figures: vec![figure] });
    }
    for name in names {
        let Some(figure) = over(name, tuned)? else { continue };
        let others =
            if names.len() == 1 { "" } else { " Of the candidates with the same value the best one is shown." };
        let measure = tuned.measure;
        let text = format!(
            "The mean {measure} over the folds, {} is better; bars reach one standard error up and down, and the large \
             point is chosen.{others} Hollow points were stopped early: their means are over fewer folds.",
            tuned.better.name()
        );
        sections.push(Section { title: name.clone(), text, figures: vec![figure] });
    }
    Ok(sections)
}

/// A trial with a mean.
#[derive(Clone, Copy)]
struct Judged<'a> {
    trial: &'a Trial,
    mean: f64,
    chosen: bool,
    /// Whether the mean is over all folds.
    whole: bool,
}

fn judged(tuned: &Tuned) -> impl Iterator<Item = Judged<'_>> {
    tuned.trials.iter().enumerate().filter_map(|(index, trial)| {
        let (chosen, whole) = (Some(index) == tuned.chosen, trial.ended == Ended::Whole);
        Some(Judged { trial, mean: trial.mean()?, chosen, whole })
    })
}

/// The values of a setting, in the order in which they were tried.
fn values<'a>(name: &str, tuned: &'a Tuned) -> Vec<&'a str> {
    let mut values: Vec<&str> = Vec::new();
    for value in tuned.trials.iter().filter_map(|trial| trial.candidate.get(name)) {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values
}

/// Which of two trials stands for their value: one that was chosen before any other, then one that saw all folds, then the better one.
fn ahead<'a>(better: Better, a: Judged<'a>, b: Judged<'a>) -> Judged<'a> {
    let first = if a.chosen != b.chosen {
        a.chosen
    } else if a.whole != b.whole {
        a.whole
    } else {
        better.shortfall(a.mean, b.mean) <= 0.0
    };
    if first { a } else { b }
}

/// What the values of one setting came to.
fn over(name: &str, tuned: &Tuned) -> Result<Option<Figure>> {
    let values = values(name, tuned);
    let numbers: Option<Vec<f64>> =
        values.iter().map(|value| value.parse().ok().filter(|v: &f64| v.is_finite())).collect();
    let numbers = numbers.filter(|_| 1 < values.len());
    let names: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
    let mut points = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let same = judged(tuned).filter(|judged| judged.trial.candidate.get(name) == Some(value));
        if let Some(Judged { trial, mean, chosen, whole }) = same.reduce(|a, b| ahead(tuned.better, a, b)) {
            let at = numbers.as_ref().map_or(index as f64 + 1.0, |numbers| numbers[index]);
            points.push(Tried { at, mean, error: trial.standard_error().unwrap_or(0.0), chosen, whole });
        }
    }
    if points.is_empty() {
        return Ok(None);
    }
    points.sort_by(|a, b| a.at.total_cmp(&b.at));
    let title = format!("{} over {name}", tuned.measure);
    let labels = Labels { title: &title, x: name, y: tuned.measure };
    let names = if numbers.is_some() { None } else { Some(names.as_slice()) };
    Ok(Some(Figure::chart("", charts::tried(labels, &points, names)?)))
}

/// More rows or columns make no table that one can see.
const MOST: usize = 30;

/// Every combination of two settings.
fn combinations(first: &str, second: &str, tuned: &Tuned) -> Option<Figure> {
    let (rows, columns) = (values(first, tuned), values(second, tuned));
    if MOST < rows.len() || MOST < columns.len() || tuned.trials.len() != rows.len() * columns.len() {
        return None;
    }
    let ends = charts::range(judged(tuned).filter(|judged| judged.whole).map(|judged| judged.mean))?;
    let cell = |row: &str, column: &str| {
        let wanted = |candidate: &Candidate| candidate.get(first) == Some(row) && candidate.get(second) == Some(column);
        let Some(Judged { mean, chosen, whole, .. }) = judged(tuned).find(|judged| wanted(&judged.trial.candidate))
        else {
            return TableCell::from("–".to_owned());
        };
        if !whole {
            return TableCell { right: true, ..TableCell::from(format!("({})", number(mean))) };
        }
        let share = super::palette::share(mean, ends);
        let shade = if tuned.better == Better::Greater { share } else { 1.0 - share };
        TableCell { text: format!("{}{}", number(mean), if chosen { " *" } else { "" }), shade, right: true }
    };
    let line = |row: &&str| {
        std::iter::once(TableCell::from((*row).to_owned()))
            .chain(columns.iter().map(|column| cell(row, column)))
            .collect()
    };
    let heads = std::iter::once("").chain(columns.iter().copied()).map(str::to_owned).collect();
    let grid = Grid { tight: false, heads, rows: rows.iter().map(line).collect() };
    Some(Figure::table("* is chosen; in brackets stopped early, over fewer folds.", grid))
}
