//! Beginning again.

use crate::{Error, Result, threads};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

/// So many starts are handed out at a time.
const BLOCK: usize = 1 << 10;

/// The best end so far, with its value and the number of its start.
type Best<T> = Option<(f64, usize, T)>;

/// Runs `run` for the starts 0, 1, ... and gives the result whose `value` is least, with its number; of equals the first.
///
/// The runs are made side by side where there are threads; none knows of another, and only the best is kept, so nothing
/// depends on how many there are. What a run costs is its own affair: of a budget of evaluations each start has its share.
/// `None` is the end of a run that was not made, since the search is to end: the runs after 1,024 of these are not even asked for.
///
/// # Errors
/// [`Error::Param`] for no start at all; where no run succeeds, the error of the first. A run that fails, since it diverged, is
/// otherwise only no candidate.
pub fn multi_start<T: Send>(
    starts: usize,
    run: impl Fn(usize) -> Result<Option<T>> + Sync,
    value: impl Fn(&T) -> f64 + Sync,
) -> Result<(usize, T)> {
    let best: Mutex<Best<T>> = Mutex::new(None);
    let failed: Mutex<Option<(usize, Error)>> = Mutex::new(None);
    for first in (0..starts).step_by(BLOCK) {
        let made = AtomicBool::new(false);
        let mut places = vec![(); BLOCK.min(starts - first)];
        threads::side_by_side(&mut places, |index, ()| {
            let start = first + index;
            let end = run(start);
            if !matches!(end, Ok(None)) {
                made.store(true, Ordering::Relaxed);
            }
            match end {
                Ok(None) => {}
                Ok(Some(end)) => {
                    let value = super::height(value(&end));
                    let mut best = best.lock().unwrap_or_else(PoisonError::into_inner);
                    // The order in which runs end is that of no two machines.
                    let better =
                        |&(least, first, _): &(f64, usize, T)| value < least || (value == least && start < first);
                    if best.as_ref().is_none_or(better) {
                        *best = Some((value, start, end));
                    }
                }
                Err(error) => {
                    let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                    if failed.as_ref().is_none_or(|(first, _)| start < *first) {
                        *failed = Some((start, error));
                    }
                }
            }
        });
        if !made.into_inner() {
            break;
        }
    }
    let best = best.into_inner().unwrap_or_else(PoisonError::into_inner);
    match (best, failed.into_inner().unwrap_or_else(PoisonError::into_inner)) {
        (Some((_, start, end)), _) => Ok((start, end)),
        (None, Some((_, error))) => Err(error),
        (None, None) => Err(Error::param("starts", starts, "1 or more")),
    }
}
