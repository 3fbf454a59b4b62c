//! One pass over samples, and what is kept of a training between two of them.

use crate::family::{Demand, Work};
use crate::field::{Field, Learned};
use crate::ranges::Ranges;
use nn_core::random::{Key, shuffle};
use nn_core::{Arrays, Dataset, Error, Result, Scalar, State, Target};
use std::sync::atomic::{AtomicBool, Ordering};

/// Samples between two looks at the stop flag.
const BETWEEN_LOOKS: usize = 1 << 10;

/// How a pass goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    pub(crate) vigilance: f64,
    /// What match tracking adds.
    pub(crate) tracking: f64,
    /// Categories at most.
    pub(crate) most: usize,
}

/// What a pass came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// Samples that weigh something.
    pub(crate) samples: usize,
    pub(crate) mistakes: usize,
    pub(crate) rejected: usize,
    /// `1 - match`, summed.
    pub(crate) unlike: f64,
    pub(crate) changed: bool,
    /// Whether the stop flag left it whole.
    pub(crate) whole: bool,
}

impl<F: Scalar> Field<F> {
    /// Learns these samples in `order`. A sample of weight 0 is passed over; all others count alike for the weights.
    pub(crate) fn pass(
        &mut self,
        data: &Dataset<'_, F>,
        ranges: Option<&Ranges<F>>,
        rule: Rule,
        order: impl Iterator<Item = usize>,
        stop: Option<&AtomicBool>,
    ) -> Tally {
        let demand = Demand { vigilance: F::from_f64(rule.vigilance), tracking: F::from_f64(rule.tracking) };
        let mut work = Work::new(data.features(), self.member.inputs(data.features()));
        let mut tally = Tally { whole: true, ..Tally::default() };
        for (at, sample) in order.enumerate() {
            if at % BETWEEN_LOOKS == BETWEEN_LOOKS - 1 && stop.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
                tally.whole = false;
                break;
            }
            let weight = data.weight(sample);
            if weight == F::ZERO {
                continue;
            }
            scale(ranges, data.sample(sample), &mut work.x);
            let class = match data.target() {
                Target::Labels { labels, .. } => Some(labels[sample]),
                _ => None,
            };
            let learned = self.learn(&mut work, demand, class, weight, rule.most);
            tally.samples += 1;
            tally.mistakes += usize::from(learned.mistaken);
            tally.rejected += usize::from(learned.rejected);
            tally.unlike += learned.unlike;
            tally.changed |= learned.changed;
        }
        tally
    }

    /// Learns one sample that was checked.
    pub(crate) fn learn_one(&mut self, ranges: Option<&Ranges<F>>, x: &[F], class: Option<u32>, rule: Rule) -> Learned {
        let demand = Demand { vigilance: F::from_f64(rule.vigilance), tracking: F::from_f64(rule.tracking) };
        let mut work = Work::new(x.len(), self.member.inputs(x.len()));
        scale(ranges, x, &mut work.x);
        self.learn(&mut work, demand, class, F::ONE, rule.most)
    }

    /// That this member takes all the samples, within their ranges.
    pub(crate) fn check(&self, data: &Dataset<'_, F>, ranges: Option<&Ranges<F>>) -> Result<()> {
        ranges.map_or(Ok(()), |ranges| ranges.check(data))?;
        self.check_kind(data)
    }

    /// That this member takes all the samples.
    pub(crate) fn check_kind(&self, data: &Dataset<'_, F>) -> Result<()> {
        for (sample, x) in data.x().chunks_exact(data.features()).enumerate() {
            if let Some((feature, takes)) = self.member.refuses(x) {
                return Err(Error::value(format!("x is {}: {takes}", x[feature]), sample, feature));
            }
        }
        Ok(())
    }
}

/// The sample as the comparison layer takes it.
pub(crate) fn scale<F: Scalar>(ranges: Option<&Ranges<F>>, x: &[F], scaled: &mut [F]) {
    match ranges {
        Some(ranges) => ranges.scale(x, scaled),
        None => scaled.copy_from_slice(x),
    }
}

/// In which order a pass takes so many samples: at random, a stream for each epoch and voter, or as they come.
pub(crate) fn order(samples: usize, at_random: bool, seed: u64, epoch: usize, voter: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..samples as u32).collect();
    if at_random {
        let key = Key { seed, step: epoch as u64 - 1, shard: voter as u64 };
        shuffle(&mut order, &mut key.stream("shuffle"));
    }
    order
}

/// All that training moves, of fields one after another: their weights in theta, supports in `running`, classes in `memory`,
/// and how many categories each has in `carry`.
pub(crate) fn keep<F: Scalar>(fields: &[Field<F>], state: &mut State<F>) {
    let number = |number: usize| F::from_f64(number as f64);
    state.theta = fields.iter().flat_map(Field::weights).collect();
    state.running = fields.iter().flat_map(|field| field.support.iter().copied()).collect();
    state.memory = fields.iter().flat_map(|field| &field.classes).map(|&class| number(class as usize)).collect();
    state.carry = fields.iter().map(|field| number(field.count())).collect();
}

/// The fields as [`keep`] left them.
pub(crate) fn take_up<F: Scalar>(fields: &mut [Field<F>], state: &State<F>, classes: usize) -> Result<()> {
    let unfit = || Error::format("the checkpoint holds other categories than it says");
    if state.carry.len() != fields.len() {
        return Err(unfit());
    }
    let (mut weights, mut supports, mut labels) = (&*state.theta, &*state.running, &*state.memory);
    for (field, count) in fields.iter_mut().zip(&state.carry) {
        let count = count.to_f64() as usize;
        let inputs = field.categories.units.features();
        let labelled = if classes == 0 { 0 } else { count };
        let own = (
            weights.split_off(..count.saturating_mul(inputs)).ok_or_else(unfit)?,
            supports.split_off(..count).ok_or_else(unfit)?,
            labels.split_off(..labelled).ok_or_else(unfit)?,
        );
        let own_classes: Vec<u32> = own.2.iter().map(|class| class.to_f64() as u32).collect();
        if own_classes.iter().any(|&class| classes <= class as usize) {
            return Err(unfit());
        }
        field.restore(own.0, own.1, &own_classes)?;
    }
    match weights.is_empty() && supports.is_empty() && labels.is_empty() {
        true => Ok(()),
        false => Err(unfit()),
    }
}

/// More features would be no file of ours: their categories alone need so much room that it could not be had.
const MOST_FEATURES: usize = 1 << 32;

/// The number of features that a file tells.
pub(crate) fn features_of(arrays: &Arrays) -> Result<usize> {
    match arrays.count("features")? {
        features if 0 < features && features < MOST_FEATURES => Ok(features),
        features => Err(Error::format(format!("array features: {features} is out of its range"))),
    }
}
