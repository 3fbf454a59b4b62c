//! One who learns and votes: categories of samples, each of which stands for a class or for a category of targets.

use crate::family::Work;
use crate::field::{Field, Learned, Rule};
use crate::ranges::Ranges;
use nn_core::{Dataset, Scalar, Target};

/// The two modules of the papers and the map between them. Where classes are learned the module of the targets would have a
/// category for each of them whatever happens, so there is none: the *simplified* form, which makes the same categories.
#[derive(Clone, Debug)]
pub(super) struct Voter<F: Scalar> {
    /// The module of the samples, ART_a. What a category stands for is the map field.
    pub(super) field: Field<F>,
    /// The module of the targets, ART_b, where they are quantities: boxes of targets.
    pub(super) targets: Option<Field<F>>,
}

/// What a sample stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Aim<'a, F> {
    Class(u32),
    Values(&'a [F]),
}

impl<'a, F: Scalar> Aim<'a, F> {
    /// That of a sample; `None` where there is no target.
    pub(super) fn of(data: &Dataset<'a, F>, sample: usize) -> Option<Self> {
        match data.target() {
            Target::Labels { labels, .. } => Some(Self::Class(labels[sample])),
            Target::Values { values, outputs } => Some(Self::Values(&values[sample * outputs..][..outputs])),
            _ => None,
        }
    }
}

/// What voters learn by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lesson<'r, F> {
    pub(super) rule: Rule,
    /// Vigilance of the module of the targets.
    pub(super) target_vigilance: f64,
    pub(super) ranges: Option<&'r Ranges<F>>,
    pub(super) target_ranges: Option<&'r Ranges<F>>,
}

impl<F: Scalar> Voter<F> {
    /// Learns a sample that was checked: only categories may resonate that stand for the same as it. What it stands for is found
    /// first and learned last, since a sample that is rejected leaves nothing behind.
    pub(super) fn learn(&mut self, x: &[F], aim: Aim<'_, F>, weight: F, lesson: Lesson<'_, F>) -> Learned {
        let class = match (aim, &mut self.targets) {
            (Aim::Class(class), _) => Some(class),
            (Aim::Values(y), Some(targets)) => {
                Some(targets.would_take(lesson.target_ranges, y, lesson.target_vigilance) as u32)
            }
            (Aim::Values(_), None) => None,
        };
        let mut learned = self.field.learn(lesson.ranges, x, class, weight, lesson.rule);
        if let (Aim::Values(y), Some(targets), false) = (aim, &mut self.targets, learned.rejected) {
            let rule = Rule { vigilance: lesson.target_vigilance, tracking: 0.0, most: usize::MAX };
            learned.changed |= targets.learn(lesson.target_ranges, y, None, weight, rule).changed;
        }
        learned
    }

    /// Adds what a category says of a sample to `answer`: 1 for its class, or the middle of its box of targets.
    pub(super) fn say(&self, category: usize, target_ranges: Option<&Ranges<F>>, answer: &mut [f64]) {
        let class = self.field.classes[category] as usize;
        match self.target_box(class, target_ranges) {
            Some(sides) => {
                for (answer, [low, high]) in answer.iter_mut().zip(sides) {
                    *answer += 0.5 * low + 0.5 * high;
                }
            }
            None => answer[class] += 1.0,
        }
    }

    /// From where to where each target of a category of targets goes, in the units of the data.
    pub(super) fn target_box(&self, target: usize, ranges: Option<&Ranges<F>>) -> Option<Vec<[f64; 2]>> {
        self.targets.as_ref().zip(ranges).map(|(targets, ranges)| targets.sides(target, ranges))
    }

    /// Whether the category of the sample in `work.x` stands for what it should.
    pub(super) fn is_right(&self, work: &mut Work<F>, aim: Aim<'_, F>, lesson: Lesson<'_, F>) -> bool {
        let said = self.field.ask_best(work, F::from_f64(lesson.rule.vigilance)).map(|(at, ..)| self.field.classes[at]);
        let meant = match (aim, &self.targets) {
            (Aim::Values(y), Some(targets)) => {
                targets.category_of(lesson.target_ranges, y, lesson.target_vigilance).map(|category| category as u32)
            }
            (Aim::Class(class), _) => Some(class),
            (Aim::Values(_), None) => None,
        };
        said.is_some() && said == meant
    }

    /// Its modules, in the order in which they are kept.
    pub(super) fn fields(&self) -> impl Iterator<Item = &Field<F>> {
        std::iter::once(&self.field).chain(&self.targets)
    }

    /// The same.
    pub(super) fn fields_mut(&mut self) -> impl Iterator<Item = &mut Field<F>> {
        std::iter::once(&mut self.field).chain(&mut self.targets)
    }
}
