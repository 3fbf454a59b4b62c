//! A data set cut in parts.

use crate::random::{Key, shuffle};
use crate::{Dataset, Early, Error, OwnedDataset, Result, Scalar, Target};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Cuts off a `fraction` of the samples, from 0 to 1 (beyond, as much as can be), rounded up, and gives the indices of the larger part and of the part cut off,
/// both rising.
///
/// Classes are *stratified*: each gives its share, rounded so that the shares add up, and keeps at least one
/// sample, so that a set of classes with one sample each is not cut at all.
/// Sequences stay whole: of these, not of the samples, a fraction is drawn.
/// Without classes or with sequences the draw is at random. It is the stream `split` of `seed`.
pub fn hold_out<F: Scalar>(data: &Dataset<'_, F>, fraction: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    cut(data, fraction, Key::once(seed).stream("split"))
}

/// As [`hold_out`], with a stream of its own: what a model keeps aside of its training samples to watch itself by.
pub fn validation<F: Scalar>(data: &Dataset<'_, F>, fraction: f64, seed: u64) -> (Vec<usize>, Vec<usize>) {
    cut(data, fraction, Key::once(seed).stream("validation"))
}

/// The samples to learn from and those to watch, copied out of `data`; `None` where early stopping watches none, or where
/// those to watch are `given`. Each class of `cut_by` gives its share.
///
/// # Errors
/// [`Error::Data`] where either part would be empty.
pub fn watched<F: Scalar>(
    data: &Dataset<'_, F>,
    cut_by: &Dataset<'_, F>,
    early: Early,
    given: bool,
    fraction: f64,
    seed: u64,
) -> Result<Option<(OwnedDataset<F>, OwnedDataset<F>)>> {
    if !early.watches() || given {
        return Ok(None);
    }
    let (learned, watched) = validation(cut_by, fraction, seed);
    if learned.is_empty() || watched.is_empty() {
        let by_class = matches!(cut_by.target(), Target::Labels { .. });
        let why = if by_class { ", since each class keeps one sample to learn from" } else { "" };
        let what = format!("early stopping needs validation samples, and validation_fraction of these is none{why}");
        return Err(Error::data(what));
    }
    Ok(Some((data.select(&learned)?, data.select(&watched)?)))
}

/// Cuts off the last `fraction` of the samples, rounded up, or of whole sequences where there are any: for a series, of
/// which the future is to be foretold from the past. One sample or sequence at least is kept.
pub fn last_part<F: Scalar>(data: &Dataset<'_, F>, fraction: f64) -> (Vec<usize>, Vec<usize>) {
    let items = data.items();
    let count = shares(&[(0..items).collect()], fraction)[0];
    let first = items - count;
    (samples(data, 0..first), samples(data, first..items))
}

/// Cuts the samples into `folds` parts of nearly one size, and gives for each part the indices of all others and its own,
/// both rising: what cross-validation learns from and is measured on.
///
/// Each class is dealt out over the parts in turn, so that their shares of it differ by one sample at most. Sequences are
/// dealt out whole. The draw is the stream `folds` of `seed`.
///
/// # Errors
/// [`Error::Param`] for fewer than 2 folds, or more than there are samples or sequences.
pub fn k_fold<F: Scalar>(data: &Dataset<'_, F>, folds: usize, seed: u64) -> Result<Vec<(Vec<usize>, Vec<usize>)>> {
    let items = data.items();
    if folds < 2 || items < folds {
        let whole = if data.starts().is_some() { "sequences" } else { "samples" };
        let expected = format!("a whole number from 2 to the {items} {whole}");
        return Err(Error::param("folds", folds, expected));
    }
    let mut stream = Key::once(seed).stream("folds");
    let mut fold_of = vec![0; items];
    let mut next = (0..folds).cycle();
    for mut group in groups(data) {
        shuffle(&mut group, &mut stream);
        // The next class goes on where this one ends, so that the sizes of the parts stay level.
        group.iter().zip(&mut next).for_each(|(&item, fold)| fold_of[item] = fold);
    }
    let of_fold =
        |own: bool, fold: usize| samples(data, (0..fold_of.len()).filter(|&item| own == (fold_of[item] == fold)));
    Ok((0..folds).map(|fold| (of_fold(false, fold), of_fold(true, fold))).collect())
}

/// Cuts the samples, which follow one another in time, into `folds + 1` parts of nearly one size, and gives for each part but
/// the first the indices of all before it and its own: what was learned never lies behind what it is measured on. Sequences,
/// where there are any, stay whole.
///
/// The rolling origin of Tashman 2000: the first fold learns from the fewest samples, and the last from all but one part.
///
/// # Errors
/// [`Error::Param`] for fewer than 2 folds, or as many as there are samples or sequences.
pub fn forward_chain<F: Scalar>(data: &Dataset<'_, F>, folds: usize) -> Result<Vec<(Vec<usize>, Vec<usize>)>> {
    let items = data.items();
    if folds < 2 || items <= folds {
        let whole = if data.starts().is_some() { "sequences" } else { "samples" };
        let expected = format!("a whole number from 2 to less than the {items} {whole}, which follow one another");
        return Err(Error::param("folds", folds, expected));
    }
    // In 128 bits no product is too large.
    let end = |part: usize| (items as u128 * part as u128 / (folds as u128 + 1)) as usize;
    Ok((1..=folds).map(|fold| (samples(data, 0..end(fold)), samples(data, end(fold)..end(fold + 1)))).collect())
}

fn cut<F: Scalar>(data: &Dataset<'_, F>, fraction: f64, mut stream: ChaCha8Rng) -> (Vec<usize>, Vec<usize>) {
    let items = data.items();
    let mut groups = groups(data);
    let counts = shares(&groups, fraction);
    let mut is_cut_off = vec![false; items];
    for (group, count) in groups.iter_mut().zip(counts) {
        shuffle(group, &mut stream);
        group[..count].iter().for_each(|&item| is_cut_off[item] = true);
    }
    let part = |cut_off: bool| samples(data, (0..is_cut_off.len()).filter(|&item| is_cut_off[item] == cut_off));
    (part(false), part(true))
}

/// The samples of these items, one item after another.
fn samples<F: Scalar>(data: &Dataset<'_, F>, items: impl Iterator<Item = usize>) -> Vec<usize> {
    items.flat_map(|item| data.item(item)).collect()
}

/// The items of each class, or all of them.
fn groups<F: Scalar>(data: &Dataset<'_, F>) -> Vec<Vec<usize>> {
    match data.target() {
        Target::Labels { labels, .. } if data.starts().is_none() => {
            let mut groups: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
            for (sample, &label) in labels.iter().enumerate().take(data.items()) {
                groups.entry(label).or_default().push(sample);
            }
            groups.into_values().collect()
        }
        _ => vec![(0..data.items()).collect()],
    }
}

/// How many samples each group gives: its share rounded down, and one more where the remainder is largest, until
/// the total is met.
fn shares(groups: &[Vec<usize>], fraction: f64) -> Vec<usize> {
    let fraction = fraction.clamp(0.0, 1.0);
    let samples: usize = groups.iter().map(Vec::len).sum();
    let total = (samples as f64 * fraction).ceil() as usize;
    let share = |group: &Vec<usize>| group.len() as f64 * fraction;
    let mut counts: Vec<usize> =
        groups.iter().map(|group| (share(group) as usize).min(group.len().saturating_sub(1))).collect();
    let mut by_remainder: Vec<usize> = (0..groups.len()).collect();
    by_remainder.sort_by(|&a, &b| share(&groups[b]).fract().total_cmp(&share(&groups[a]).fract()));
    let mut missing = total.saturating_sub(counts.iter().sum());
    for group in by_remainder {
        if 0 < missing && counts[group] + 1 < groups[group].len() {
            counts[group] += 1;
            missing -= 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_gives_its_share() {
        let x = vec![0.0_f32; 100];
        let labels: Vec<u32> = (0..100).map(|i| u32::from(i % 10 == 0)).collect();
        let data = Dataset::from_slice(1, &x).labels(&labels);
        let (kept, cut_off) = hold_out(&data, 0.2, 1);
        assert_eq!((kept.len(), cut_off.len()), (80, 20));
        assert_eq!(cut_off.iter().filter(|&&s| labels[s] == 1).count(), 2);
        let mut all = [kept, cut_off].concat();
        all.sort_unstable();
        assert_eq!(all, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn folds_hold_every_sample_once_and_every_class_in_each() {
        let x = vec![0.0_f32; 53];
        let labels: Vec<u32> = (0..53).map(|i| u32::from(i % 5 == 0)).collect();
        let data = Dataset::from_slice(1, &x).labels(&labels);
        let folds = k_fold(&data, 4, 1).unwrap();
        let mut all: Vec<usize> = folds.iter().flat_map(|(_, own)| own.clone()).collect();
        all.sort_unstable();
        assert_eq!(all, (0..53).collect::<Vec<_>>());
        for (others, own) in &folds {
            assert_eq!(others.len() + own.len(), 53);
            assert!((13..=14).contains(&own.len()) && !others.iter().any(|sample| own.contains(sample)));
            assert!((2..=3).contains(&own.iter().filter(|&&sample| labels[sample] == 1).count()));
        }
        for folds in [0, 1, 54] {
            assert!(k_fold(&data, folds, 1).is_err());
        }
    }

    #[test]
    fn what_is_learned_never_lies_behind_what_it_is_measured_on() {
        let x = vec![0.0_f32; 11];
        let data = Dataset::from_slice(1, &x);
        let folds = forward_chain(&data, 3).unwrap();
        assert_eq!(folds[0], ((0..2).collect(), vec![2, 3, 4]));
        assert_eq!(folds[2], ((0..8).collect(), vec![8, 9, 10]));
        for folds in [0, 1, 11, usize::MAX] {
            assert!(forward_chain(&data, folds).is_err());
        }
        let starts = [0, 1, 5, 6];
        let folds = forward_chain(&data.sequences(&starts), 3).unwrap();
        assert_eq!(folds[1], ((0..5).collect(), vec![5]));
        assert!(forward_chain(&data.sequences(&starts), 4).unwrap_err().to_string().contains("the 4 sequences"));
    }

    #[test]
    fn another_seed_draws_other_samples_and_the_same_seed_the_same() {
        let x = vec![0.0_f32; 60];
        let data = Dataset::from_slice(1, &x);
        assert_eq!(hold_out(&data, 0.25, 1), hold_out(&data, 0.25, 1));
        assert_ne!(hold_out(&data, 0.25, 1), hold_out(&data, 0.25, 2));
    }

    #[test]
    fn sequences_stay_whole() {
        let x = vec![0.0_f32; 30];
        let (starts, labels) = ([0, 1, 5, 6, 12, 20, 27], [0; 30]);
        let data = Dataset::from_slice(1, &x).labels(&labels).sequences(&starts);
        let whole = |part: &[usize]| {
            let ends = starts[1..].iter().copied().chain([30]);
            starts.iter().zip(ends).all(|(&from, to)| {
                let here = (from..to).filter(|sample| part.contains(sample)).count();
                here == 0 || here == to - from
            })
        };
        let mut cuts = vec![hold_out(&data, 0.3, 1), validation(&data, 0.3, 1), last_part(&data, 0.3)];
        cuts.extend(k_fold(&data, 3, 1).unwrap());
        for (kept, cut_off) in cuts {
            assert_eq!(kept.len() + cut_off.len(), 30);
            assert!(!kept.is_empty() && !cut_off.is_empty() && whole(&kept) && whole(&cut_off));
        }
        let error = k_fold(&data, 8, 1).unwrap_err().to_string();
        assert!(error.contains("2 to the 7 sequences"), "{error}");
    }

    #[test]
    fn the_future_is_cut_off() {
        let x = [0.0_f32; 10];
        let data = Dataset::from_slice(1, &x);
        assert_eq!(last_part(&data, 0.25), ((0..7).collect(), vec![7, 8, 9]));
        assert_eq!(last_part(&data, 1.0).0, [0]);
        let data = data.sequences(&[0, 4, 9]);
        assert_eq!(last_part(&data, 0.2), ((0..9).collect(), vec![9]));
        assert_eq!(last_part(&Dataset::<f32>::from_slice(1, &[]), 0.5), (vec![], vec![]));
    }
}
