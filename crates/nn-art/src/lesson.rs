//! One pass over samples, and what is kept of a training between two of them.

use crate::field::{Field, Learned};
use crate::ranges::Ranges;
use nn_core::{Arrays, Dataset, Error, History, Result, Scalar, State, Stopped};
use std::sync::atomic::{AtomicBool, Ordering};

/// What [`History::measures`] calls the number of categories after each epoch.
pub(crate) const CATEGORIES: &str = "categories";
/// And the samples of each that asked for a category when there was room for none.
pub(crate) const REJECTED: &str = "rejected";
/// And the samples that are of another category at the end of the last one than that which took them, though it changed
/// nothing in all.
pub(crate) const RESTLESS: &str = "restless";
/// Samples between two looks at the stop flag.
const BETWEEN_LOOKS: usize = 1 << 10;

/// What a pass came to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// Samples that weigh something.
    pub(crate) samples: usize,
    pub(crate) mistakes: usize,
    pub(crate) rejected: usize,
    /// What the samples weigh,
    pub(crate) weight: f64,
    /// what those of them weigh that were mistaken,
    pub(crate) wrong: f64,
    /// and `1 - match`, each sample by its weight, summed.
    pub(crate) unlike: f64,
    pub(crate) changed: bool,
    /// Whether the stop flag left it whole.
    pub(crate) whole: bool,
}

/// One pass over these samples in `order`: `learn` takes a sample, and what it weighs. A sample of weight 0 is passed over.
pub(crate) fn pass<F: Scalar>(
    data: &Dataset<'_, F>,
    order: impl Iterator<Item = usize>,
    stop: Option<&AtomicBool>,
    mut learn: impl FnMut(usize, F) -> Learned,
) -> Tally {
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
        let learned = learn(sample, weight);
        tally.samples += 1;
        tally.mistakes += usize::from(learned.mistaken);
        tally.rejected += usize::from(learned.rejected);
        let weight = weight.to_f64();
        tally.weight += weight;
        tally.wrong += if learned.mistaken { weight } else { 0.0 };
        tally.unlike += weight * learned.unlike;
        tally.changed |= learned.changed;
    }
    tally
}

impl<F: Scalar> Field<F> {
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

/// All that training moves, of fields one after another: their weights in theta, supports in `running`, classes in `memory`,
/// and how many categories each has in `carry`.
pub(crate) fn keep<'f, F: Scalar>(fields: impl Iterator<Item = &'f Field<F>>, state: &mut State<F>) {
    let number = |number: usize| F::from_f64(number as f64);
    let mut weights = Vec::new();
    let mut kept = State::of(Vec::new());
    for field in fields {
        weights.extend(field.weights());
        kept.running.extend_from_slice(&field.support);
        kept.memory.extend(field.classes.iter().map(|&class| number(class as usize)));
        kept.carry.push(number(field.count()));
    }
    *state = State { theta: weights.into(), steps: state.steps, ..kept };
}

/// The fields as [`keep`] left them.
pub(crate) fn take_up<'f, F: Scalar>(fields: impl Iterator<Item = &'f mut Field<F>>, state: &State<F>) -> Result<()> {
    let unfit = || Error::format("the checkpoint holds other categories than it says");
    let (mut weights, mut supports, mut labels) = (&*state.theta, &*state.running, &*state.memory);
    let mut counts = state.carry.iter();
    for field in fields {
        let count = counts.next().ok_or_else(unfit)?.to_f64() as usize;
        let labelled = if field.is_taught() { count } else { 0 };
        let own = (
            weights.split_off(..count.saturating_mul(field.inputs())).ok_or_else(unfit)?,
            supports.split_off(..count).ok_or_else(unfit)?,
            labels.split_off(..labelled).ok_or_else(unfit)?,
        );
        let classes: Vec<u32> = own.2.iter().map(|class| class.to_f64() as u32).collect();
        field.restore(own.0, own.1, &classes)?;
    }
    let rest = weights.len() + supports.len() + labels.len() + counts.len();
    if rest == 0 { Ok(()) } else { Err(unfit()) }
}

/// Fewer samples a category than these are hardly a category.
const FEW_SAMPLES: f64 = 5.0;

/// What is told of a training of these fields: how many categories there are, and what of it should make one think.
pub(crate) fn remarks_of_training<'f, F: Scalar>(
    history: &History,
    fields: impl Iterator<Item = &'f Field<F>> + Clone,
) -> Vec<String> {
    let (mut remarks, count) = (Vec::new(), fields.clone().map(Field::count).sum::<usize>());
    let learned: f64 = fields.flat_map(|field| &field.support).map(|support| support.to_f64()).sum();
    let last = |name: &str| history.measures.get(name).and_then(|counts| counts.last().copied()).unwrap_or_default();
    remarks.push(match count {
        1 => "1 category".to_owned(),
        count => format!("{count} categories"),
    });
    if count == 1 && 1.0 < learned {
        remarks.push("all samples are in one category: a higher vigilance makes more".to_owned());
    }
    if 10 < count && learned < FEW_SAMPLES * count as f64 {
        let each = learned / count as f64;
        remarks.push(format!(
            "a category has {each:.1} samples on the average: where classes overlap or features are noise, a lower vigilance, \
             a lower learning rate or fewer epochs make fewer"
        ));
    }
    match last(REJECTED) {
        0.0 => {}
        1.0 => remarks.push("1 sample asked for a category beyond the limit and was not learned".to_owned()),
        rejected => {
            remarks.push(format!("{rejected} samples asked for a category beyond the limit and were not learned"));
        }
    }
    match last(RESTLESS) {
        0.0 if history.stopped == Stopped::Epochs && 1 < history.losses.len() => {
            remarks.push("weights still moved in the last epoch".to_owned());
        }
        0.0 => {}
        restless => remarks.push(format!(
            "each pass repeats the one before, and at its end {restless} samples are of another category than the one that \
             learned them: their code is not stable; a lower learning rate may help"
        )),
    }
    remarks
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
