//! Reading categories: as boxes, as rules, as a drawing; and what is told of a training and of samples.

use crate::field::Field;
use crate::ranges::Ranges;
use nn_core::nalgebra::DMatrix;
use nn_core::{Dataset, IfThen, Picture, Scalar, Target};
use std::collections::BTreeMap;

/// A category as a box: the samples x with `low <= x <= high` are like it most.
#[derive(Clone, Debug, PartialEq)]
pub struct Category {
    /// Which one it is, counted from 0 in the order in which they came.
    pub category: usize,
    /// The least value of each feature, in the units of the data.
    pub low: Vec<f64>,
    /// The greatest.
    pub high: Vec<f64>,
    /// The class that it stands for; where it was not told, the most frequent one of the samples it was counted by.
    pub class: Option<u32>,
    /// From where to where each quantity goes that it stands for; empty where no quantities were learned.
    pub values: Vec<[f64; 2]>,
    /// The sum of the weights of the samples that it answers.
    pub support: f64,
    /// The share of this support that has its class, or quantities within its `values`; 1 where there is no target, 0 where there are
    /// no samples.
    pub confidence: f64,
}

impl Category {
    /// The box as a rule, with support and confidence. A feature whose box is as wide as all of `range` says nothing and is left
    /// out; a `range` of less features leaves in what it does not tell.
    pub fn if_then(&self, range: &[(f64, f64)]) -> IfThen {
        let says_nothing =
            |i: usize, [low, high]: [f64; 2]| range.get(i).is_some_and(|&(least, most)| low <= least && most <= high);
        let sides = self.low.iter().zip(&self.high).map(|(&low, &high)| [low, high]).enumerate();
        IfThen {
            unit: self.category,
            conditions: sides.filter(|&(i, side)| !says_nothing(i, side)).collect(),
            class: self.class,
            values: self.values.clone(),
            support: self.support,
            confidence: self.confidence,
        }
    }

    /// [`if_then`](Self::if_then) in words: `if 1 <= length <= 2 and width = 3 then short (support 12, confidence 0.95)`.
    ///
    /// `names` has a name for each feature and behind these one for each quantity, `classes` one for each class; what has none
    /// goes by its number. Numbers have four digits.
    pub fn rule(&self, names: &[String], classes: &[String], range: &[(f64, f64)]) -> String {
        let named = |names: &[String], at: usize, what: &str, own: usize| {
            names.get(at).cloned().unwrap_or_else(|| format!("{what} {own}"))
        };
        let text = self.if_then(range).text(
            |feature| named(names, feature, "feature", feature),
            |class| named(classes, class, "class", class),
            |target| named(names, self.low.len() + target, "target", target),
        );
        let share = (self.confidence * 1e4).round() / 1e4;
        format!("{text} (support {}, confidence {share})", self.support)
    }
}

/// The categories of a field as boxes, counted by samples whose categories were `found`; where its classes are boxes of
/// quantities themselves, `targets` has these.
pub(crate) fn read<F: Scalar>(
    field: &Field<F>,
    ranges: &Ranges<F>,
    data: &Dataset<'_, F>,
    found: impl Iterator<Item = Option<usize>>,
    targets: Option<(&Field<F>, &Ranges<F>)>,
) -> Vec<Category> {
    let told = |j: usize| field.classes.get(j).copied();
    let mut boxes: Vec<Category> = (0..field.count())
        .map(|j| {
            let sides = field.sides(j, ranges);
            let values =
                told(j).zip(targets).map_or(Vec::new(), |(class, (field, ranges))| field.sides(class as usize, ranges));
            Category {
                category: j,
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
                // But for what scaling there and back has rounded, which is a share of the range.
                let span =
                    |k: usize| targets.map_or(0.0, |(_, ranges)| ranges.high[k].to_f64() - ranges.low[k].to_f64());
                let is_within = |k: usize, y: f64, [low, high]: [f64; 2]| {
                    let rounding = 1e-6 * span(k);
                    low - rounding <= y && y <= high + rounding
                };
                let within =
                    y.iter().zip(&own.values).enumerate().all(|(k, (y, &side))| is_within(k, y.to_f64(), side));
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

/// Samples that a picture shows at most.
const SHOWN: usize = 2000;

/// The categories as rules, those of most samples first; and where there are two features, as boxes among the samples.
pub(crate) fn drawn<F: Scalar>(
    boxes: &[Category],
    ranges: Option<&Ranges<F>>,
    told: bool,
    voters: usize,
    data: &Dataset<'_, F>,
) -> Vec<Picture> {
    let Some(ranges) = ranges.filter(|_| !boxes.is_empty()) else { return Vec::new() };
    let ends: Vec<(f64, f64)> =
        ranges.low.iter().zip(&ranges.high).map(|(low, high)| (low.to_f64(), high.to_f64())).collect();
    let mut rules: Vec<IfThen> = boxes.iter().map(|category| category.if_then(&ends)).collect();
    rules.sort_by(|a, b| b.support.total_cmp(&a.support));
    let whose = if 1 < voters { " These are the categories of the first voter." } else { "" };
    let text = format!(
        "A category is the least box around all that it has learned. Support is what the samples weigh that it answers, of \
         those that this page judges by: the test part, where there is one. Confidence is the share of them for which the \
         rule is true. Of several rules that hold, the narrowest one has its say.{whose}"
    );
    let rules = Picture::Rules { title: "categories as rules".to_owned(), text, rules };
    if data.features() == 2 { vec![among_samples(boxes, told, data), rules] } else { vec![rules] }
}

/// The boxes among samples of two features.
fn among_samples<F: Scalar>(boxes: &[Category], told: bool, data: &Dataset<'_, F>) -> Picture {
    let corners = |corner: fn(&Category) -> &Vec<f64>| DMatrix::from_fn(2, boxes.len(), |i, j| corner(&boxes[j])[i]);
    // All of them, or every so many.
    let shown: Vec<usize> = (0..data.samples()).step_by(data.samples().div_ceil(SHOWN).max(1)).collect();
    let classes = match data.target() {
        Target::Labels { labels, .. } => shown.iter().map(|&sample| labels[sample]).collect(),
        _ => Vec::new(),
    };
    let text = "A box is a category: the least that holds all that it has learned. Boxes may lie within each other; the smallest \
                one around a sample has its say.";
    Picture::Boxes {
        title: "categories".to_owned(),
        text: text.to_owned(),
        low: corners(|category| &category.low),
        high: corners(|category| &category.high),
        box_classes: if told { boxes.iter().filter_map(|category| category.class).collect() } else { Vec::new() },
        samples: DMatrix::from_fn(2, shown.len(), |i, j| data.sample(shown[j])[i].to_f64()),
        classes,
    }
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
