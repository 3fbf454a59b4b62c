//! Reading categories: as boxes, as rules, as a drawing; and what is told of a training and of samples.

use crate::field::Field;
use crate::ranges::Ranges;
use nn_core::nalgebra::DMatrix;
use nn_core::{Dataset, History, Picture, Scalar, Target};
use std::fmt::Write;

/// A category as a box: the samples x with `low <= x <= high` are like it most.
#[derive(Clone, Debug, PartialEq)]
pub struct Category {
    /// The least value of each feature, in the units of the data.
    pub low: Vec<f64>,
    /// The greatest.
    pub high: Vec<f64>,
    /// The class that it stands for; where it was not told, the most frequent one of the samples it was counted by.
    pub class: Option<u32>,
    /// What the samples weigh that it answers.
    pub support: f64,
    /// The share of these that are of its class; 1 without classes, 0 without samples.
    pub confidence: f64,
}

impl Category {
    /// The box as a rule: `if 1 <= length <= 2 and width = 3 then class 0 (support 12, confidence 0.95)`.
    ///
    /// A feature whose box is as wide as all of `range` says nothing and is left out. `names` has a name for each feature,
    /// `classes` one for each class; what has none goes by its number. Numbers have four digits.
    pub fn rule(&self, names: &[String], classes: &[String], range: &[(f64, f64)]) -> String {
        let mut rule = String::new();
        for (i, (&low, &high)) in self.low.iter().zip(&self.high).enumerate() {
            if range.get(i).is_some_and(|&(least, most)| low <= least && most <= high) {
                continue;
            }
            let joined = if rule.is_empty() { "if " } else { " and " };
            let name = names.get(i).cloned().unwrap_or_else(|| format!("feature {i}"));
            // Writing to a string cannot fail.
            let _ = match low == high {
                true => write!(rule, "{joined}{name} = {}", short(low)),
                false => write!(rule, "{joined}{} <= {name} <= {}", short(low), short(high)),
            };
        }
        if rule.is_empty() {
            rule = "always".to_owned();
        }
        if let Some(class) = self.class {
            let name = classes.get(class as usize).cloned().unwrap_or_else(|| format!("class {class}"));
            rule += &format!(" then {name}");
        }
        let Self { support, confidence, .. } = self;
        rule + &format!(" (support {}, confidence {})", short(*support), short(*confidence))
    }
}

/// A number with four digits.
fn short(number: f64) -> String {
    let size = number.abs();
    if number != 0.0 && !(1e-3..1e6).contains(&size) {
        return format!("{number:.3e}");
    }
    let digits = if size < 1.0 { 4 } else { 3_i32.saturating_sub(size.log10() as i32).max(0) as usize };
    let text = format!("{number:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The boxes of a field in complement coding, counted by samples whose categories were `found`.
pub(crate) fn read<F: Scalar>(
    field: &Field<F>,
    ranges: &Ranges<F>,
    data: &Dataset<'_, F>,
    found: impl Iterator<Item = Option<usize>>,
) -> Vec<Category> {
    let features = ranges.low.len();
    let classes = match data.target() {
        Target::Labels { classes, .. } => classes.max(field.classes.iter().max().map_or(0, |&most| most as usize + 1)),
        _ => 0,
    };
    let (mut support, mut by_class) = (vec![0.0; field.count()], vec![0.0; field.count() * classes]);
    for (sample, category) in found.enumerate() {
        let Some(category) = category else { continue };
        let weight = data.weight(sample).to_f64();
        support[category] += weight;
        if let Target::Labels { labels, .. } = data.target() {
            by_class[category * classes + labels[sample] as usize] += weight;
        }
    }
    let mut w = vec![F::ZERO; 2 * features];
    let category = |j: usize| {
        field.categories.units.get(j, &mut w);
        let side = |i: usize, share: f64| ranges.undo(i, share);
        let own = &by_class[j * classes..(j + 1) * classes];
        let told = field.classes.get(j).copied();
        let most =
            (0..own.len()).filter(|&class| 0.0 < own[class]).max_by(|&a, &b| own[a].total_cmp(&own[b]).then(b.cmp(&a)));
        let class = told.or(most.map(|class| class as u32));
        let right = match class {
            Some(class) if classes != 0 => own[class as usize],
            _ => support[j],
        };
        Category {
            low: (0..features).map(|i| side(i, w[i].to_f64())).collect(),
            high: (0..features).map(|i| side(i, 1.0 - w[features + i].to_f64())).collect(),
            class,
            support: support[j],
            confidence: if support[j] == 0.0 { 0.0 } else { right / support[j] },
        }
    };
    (0..field.count()).map(category).collect()
}

/// The boxes among the samples, where there are two features.
pub(crate) fn drawn<F: Scalar>(boxes: &[Category], told: bool, data: &Dataset<'_, F>) -> Vec<Picture> {
    if data.features() != 2 || boxes.is_empty() {
        return Vec::new();
    }
    let corners = |corner: fn(&Category) -> &Vec<f64>| DMatrix::from_fn(2, boxes.len(), |i, j| corner(&boxes[j])[i]);
    let shown = data.examples(2000);
    let (mut text, classes) = match data.target() {
        Target::Labels { labels, .. } => (String::new(), shown.iter().map(|&sample| labels[sample]).collect()),
        _ => (String::new(), Vec::new()),
    };
    text += "A box is a category: the least that holds all that it has learned. Boxes may lie within each other; the smallest \
             one around a sample has its say.";
    vec![Picture::Boxes {
        title: "categories".to_owned(),
        text,
        low: corners(|category| &category.low),
        high: corners(|category| &category.high),
        box_classes: if told { boxes.iter().filter_map(|category| category.class).collect() } else { Vec::new() },
        samples: DMatrix::from_fn(2, shown.len(), |i, j| data.sample(shown[j])[i].to_f64()),
        classes,
    }]
}

/// How many samples have a value outside of its range.
pub(crate) fn outside<F: Scalar>(ranges: Option<&Ranges<F>>, data: &Dataset<'_, F>) -> usize {
    let Some(ranges) = ranges else { return 0 };
    let mut last = None;
    ranges.outside(data).filter(|&(sample, _)| last.replace(sample) != Some(sample)).count()
}

/// The one warning about them.
pub(crate) fn remark_outside(outside: usize, samples: usize) -> Vec<String> {
    let remark = || {
        format!(
            "{outside} of {samples} samples have values out of the range that was learned, which are taken for its ends"
        )
    };
    (0 < outside).then(remark).into_iter().collect()
}

/// How many categories there are after the last epoch.
pub(crate) fn grown(history: &History, name: &str) -> Option<String> {
    let count = *history.measures.get(name)?.last()?;
    Some(if count == 1.0 { "1 category".to_owned() } else { format!("{count} categories") })
}

/// How many samples the last epoch could not learn.
pub(crate) fn rejected(history: &History, name: &str) -> Option<String> {
    let count = *history.measures.get(name)?.last()?;
    let told = || format!("{count} samples asked for a category beyond the limit and were not learned");
    (0.0 < count).then(told)
}
