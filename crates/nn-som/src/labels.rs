//! Classes on the map. They are no input: the map learns without them, and its units are named by them afterwards.

use crate::model::Som;
use crate::search::Measure;
use crate::train::Inputs;
use nn_core::{Arrays, Dataset, Error, MOST_CLASSES, Result, Scalar};

/// Which class each unit stands for: that of most of the samples it has won.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    classes: usize,
    /// None where a unit has won no sample.
    of_units: Vec<Option<u32>>,
    shares: Vec<f64>,
}

impl Labels {
    /// Each sample votes for its class at its unit, by its weight; of equal classes the first wins.
    pub(crate) fn by_majority(
        winners: impl Iterator<Item = u32>,
        labels: &[u32],
        weight: impl Fn(usize) -> f64,
        units: usize,
        classes: usize,
    ) -> Self {
        let mut votes: Vec<(u32, u32, f64)> =
            winners.zip(labels).enumerate().map(|(sample, (unit, &label))| (unit, label, weight(sample))).collect();
        votes.sort_by_key(|&(unit, label, _)| (unit, label));
        let (mut of_units, mut shares) = (vec![None; units], vec![0.0; units]);
        for at_unit in votes.chunk_by(|a, b| a.0 == b.0) {
            let unit = at_unit[0].0 as usize;
            let total: f64 = at_unit.iter().map(|vote| vote.2).sum();
            for of_class in at_unit.chunk_by(|a, b| a.1 == b.1) {
                let share = of_class.iter().map(|vote| vote.2).sum::<f64>() / total;
                if shares[unit] < share {
                    (of_units[unit], shares[unit]) = (Some(of_class[0].1), share);
                }
            }
        }
        Self { classes, of_units, shares }
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// The class of each unit; none where it has won no sample.
    pub fn of_units(&self) -> &[Option<u32>] {
        &self.of_units
    }

    /// The share of its samples that are of its class, for each unit; 0 where it has none.
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    pub(crate) fn save(&self, arrays: &mut Arrays) {
        let numbers: Vec<f64> = self.of_units.iter().map(|label| label.map_or(-1.0, f64::from)).collect();
        arrays.insert("label", &[numbers.len()], &numbers);
        arrays.insert("label.share", &[self.shares.len()], &self.shares);
        arrays.insert_counts("label.classes", &[self.classes]);
    }

    /// What [`save`](Self::save) saved; `None` where nothing was.
    pub(crate) fn load(units: usize, arrays: &Arrays) -> Result<Option<Self>> {
        if arrays.shape("label").is_none() {
            return Ok(None);
        }
        let classes = arrays.count("label.classes")?;
        if classes == 0 || MOST_CLASSES < classes {
            return Err(Error::format(format!("array label.classes: expected 1 to {MOST_CLASSES}, got {classes}")));
        }
        let label = |&number: &f64| match number {
            -1.0 => Ok(None),
            number if 0.0 <= number && number < classes as f64 && number.fract() == 0.0 => Ok(Some(number as u32)),
            _ => Err(Error::format("array label: expected a class, or -1 for none")),
        };
        let of_units = arrays.get::<f64>("label", &[units])?.iter().map(label).collect::<Result<_>>()?;
        Ok(Some(Self { classes, of_units, shares: arrays.numbers("label.share", units, 0.0..=1.0)? }))
    }
}

impl<F: Scalar> Som<F> {
    /// Which class each unit stands for, where the map was shown classes.
    pub fn labels(&self) -> Option<&Labels> {
        self.labels.as_ref()
    }

    /// The class of each sample: that of the nearest unit that has one.
    ///
    /// # Errors
    /// Those of [`Model::predict`](nn_core::Model::predict); [`Error::Data`] for a map that was shown no classes.
    pub fn classify(&self, data: &Dataset<'_, F>) -> Result<Vec<u32>> {
        let Some(labels) = &self.labels else {
            return Err(Error::data("the map was shown no classes, so its units stand for none"));
        };
        self.params.check_data(data, self.features)?;
        let named: Vec<(usize, u32)> =
            labels.of_units.iter().enumerate().filter_map(|(unit, label)| Some((unit, (*label)?))).collect();
        if named.is_empty() {
            return Err(Error::data("no unit stands for a class, since no sample weighed anything"));
        }
        let weight = |unit: usize| &self.state.theta[unit * self.features..][..self.features];
        let weights: Vec<F> = named.iter().flat_map(|&(unit, _)| weight(unit).iter().copied()).collect();
        let measure: &Measure<F> = &self.measure;
        let found = Inputs::new(data, self).find(measure, &weights, self.features, false);
        Ok(found.iter().map(|found| named[found.best.first as usize].1).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_of_most_wins_and_of_equal_ones_the_first() {
        let labels = Labels::by_majority([0, 0, 0, 2, 2].into_iter(), &[1, 2, 2, 1, 0], |_| 1.0, 3, 3);
        assert_eq!(labels.of_units(), [Some(2), None, Some(0)]);
        assert_eq!(labels.shares(), [2.0 / 3.0, 0.0, 0.5]);
        let heavy = Labels::by_majority([0, 0, 0].into_iter(), &[1, 2, 2], |sample| [3.0, 1.0, 1.0][sample], 1, 3);
        assert_eq!(heavy.of_units(), [Some(1)]);
    }

    #[test]
    fn a_file_with_an_impossible_number_of_classes_is_refused() {
        let labels = Labels { classes: 2, of_units: vec![Some(1), None], shares: vec![1.0, 0.0] };
        for (classes, taken) in [(2.0, true), (2.5, false), (0.0, false), (1e300, false), (f64::NAN, false)] {
            let mut arrays = Arrays::new();
            labels.save(&mut arrays);
            arrays.insert("label.classes", &[1], &[classes]);
            assert_eq!(Labels::load(2, &arrays).is_ok(), taken, "{classes}");
        }
    }
}
