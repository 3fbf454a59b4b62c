//! Reading categories: as boxes, as rules, as a drawing; and what is told of a training and of samples.

use crate::field::Field;
use crate::ranges::Ranges;
use nn_core::nalgebra::DMatrix;
use nn_core::{Dataset, Picture, Scalar, Target};
use std::collections::BTreeMap;

/// A category as a box: the samples x with `low <= x <= high` are like it most.
#[derive(Clone, Debug, PartialEq)]
pub struct Category {
    /// The least value of each feature, in the units of the data.
    pub low: Vec<f64>,
    /// The greatest.
    pub high: Vec<f64>,
    /// The class that it stands for; where it was not told, the most frequent one of the samples it was counted by.
    pub class: Option<u32>,
    /// From where to where each quantity goes that it stands for; empty where no quantities were learned.
    pub values: Vec<[f64; 2]>,
    /// What the samples weigh that it answers.
    pub support: f64,
    /// The share of these that are of its class or have quantities within its own; 1 without either, 0 without samples.
    pub confidence: f64,
}

impl Category {
    /// The box as a rule: `if 1 <= length <= 2 and width = 3 then class 0 (support 12, confidence 0.95)`.
    ///
    /// A feature whose box is as wide as all of `range` says nothing and is left out. `names` has a name for each feature and
    /// behind these one for each quantity, `classes` one for each class; what has none goes by its number. Numbers have four
    /// digits.
    pub fn rule(&self, names: &[String], classes: &[String], range: &[(f64, f64)]) -> String {
        let mut rule = String::new();
        for (i, (&low, &high)) in self.low.iter().zip(&self.high).enumerate() {
            if range.get(i).is_some_and(|&(least, most)| low <= least && most <= high) {
                continue;
            }
            let joined = if rule.is_empty() { "if " } else { " and " };
            let name = names.get(i).cloned().unwrap_or_else(|| format!("feature {i}"));
            rule += &format!("{joined}{}", between(low, &name, high));
        }
        if rule.is_empty() {
            rule = "always".to_owned();
        }
        if let Some(class) = self.class {
            let name = classes.get(class as usize).cloned().unwrap_or_else(|| format!("class {class}"));
            rule += &format!(" then {name}");
        }
        for (k, &[low, high]) in self.values.iter().enumerate() {
            let joined = if k == 0 { " then " } else { " and " };
            let name = names.get(self.low.len() + k).cloned().unwrap_or_else(|| format!("target {k}"));
            rule += &format!("{joined}{}", between(low, &name, high));
        }
        let Self { support, confidence, .. } = self;
        rule + &format!(" (support {}, confidence {})", short(*support), short(*confidence))
    }
}

/// `low <= name <= high`, or what it is if there is one value only.
fn between(low: f64, name: &str, high: f64) -> String {
    match low == high {
        true => format!("{name} = {}", short(low)),
        false => format!("{} <= {name} <= {}", short(low), short(high)),
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

/// The boxes of a field in complement coding, counted by samples whose categories were `found`; `targets` tells the box of
/// quantities that a class of the field is, if it is one.
pub(crate) fn read<F: Scalar>(
    field: &Field<F>,
    ranges: &Ranges<F>,
    data: &Dataset<'_, F>,
    found: impl Iterator<Item = Option<usize>>,
    targets: impl Fn(usize) -> Vec<[f64; 2]>,
) -> Vec<Category> {
    let told = |j: usize| field.classes.get(j).copied();
    let mut boxes: Vec<Category> = (0..field.count())
        .map(|j| {
            let sides = field.sides(j, ranges);
            let values = told(j).map_or(Vec::new(), |class| targets(class as usize));
            Category {
                low: sides.iter().map(|side| side[0]).collect(),
                high: sides.iter().map(|side| side[1]).collect(),
                class: told(j).filter(|_| values.is_empty()),
                values,
                support: 0.0,
                confidence: 0.0,
            }
        })
        .collect();
    let mut by_class: BTreeMap<(usize, u32), f64> = BTreeMap::new();
    for (sample, category) in found.enumerate() {
        let Some(category) = category else { continue };
        let (own, weight) = (&mut boxes[category], data.weight(sample).to_f64());
        own.support += weight;
        match data.target() {
            Target::Labels { labels, .. } => *by_class.entry((category, labels[sample])).or_default() += weight,
            Target::Values { values, outputs } if outputs == own.values.len() => {
                let y = &values[sample * outputs..][..outputs];
                let within = y.iter().zip(&own.values).all(|(y, side)| is_within(y.to_f64(), *side));
                own.confidence += if within { weight } else { 0.0 };
            }
            _ => own.confidence += weight,
        }
    }
    for (&(category, class), &weight) in &by_class {
        let own = &mut boxes[category];
        let is_told = told(category).is_some();
        // What was not told is the most frequent one, of equal ones the first.
        if is_told && own.class == Some(class) || !is_told && own.confidence < weight {
            (own.class, own.confidence) = (Some(class), weight);
        }
    }
    for own in boxes.iter_mut().filter(|own| 0.0 < own.support) {
        own.confidence /= own.support;
    }
    boxes
}

/// Whether a number is within, but for what scaling there and back has rounded.
fn is_within(y: f64, [low, high]: [f64; 2]) -> bool {
    let rounding = 1e-6 * low.abs().max(high.abs());
    low - rounding <= y && y <= high + rounding
}

/// Samples that a picture shows at most.
const SHOWN: usize = 2000;

/// The boxes among the samples, where there are two features.
pub(crate) fn drawn<F: Scalar>(boxes: &[Category], told: bool, data: &Dataset<'_, F>) -> Vec<Picture> {
    if data.features() != 2 || boxes.is_empty() {
        return Vec::new();
    }
    let corners = |corner: fn(&Category) -> &Vec<f64>| DMatrix::from_fn(2, boxes.len(), |i, j| corner(&boxes[j])[i]);
    // All of them, or every so many.
    let shown: Vec<usize> = (0..data.samples()).step_by(data.samples().div_ceil(SHOWN).max(1)).collect();
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
