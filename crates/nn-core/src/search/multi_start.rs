//! Beginning again.

use crate::{Error, Result, threads};

/// Runs `run` for the starts 0, 1, ... and gives the result whose `value` is least, with its number; of equals the first.
/// The runs are made side by side where there are threads, and none knows of another, so nothing depends on how many there
/// are. What a run costs is its own affair: of a budget of evaluations each start has its share.
///
/// # Errors
/// [`Error::Param`] for no start at all; the first error of a run where none succeeds. A run that fails, since it diverged, is
/// otherwise only no candidate.
pub fn multi_start<T: Send>(
    starts: usize,
    run: impl Fn(usize) -> Result<T> + Sync,
    value: impl Fn(&T) -> f64,
) -> Result<(usize, T)> {
    let mut ends: Vec<Option<Result<T>>> = (0..starts).map(|_| None).collect();
    threads::for_each(&mut ends, |start, end| *end = Some(run(start)));
    let mut best: Option<(usize, T)> = None;
    let mut failed = None;
    for (start, end) in ends.into_iter().flatten().enumerate() {
        match end {
            Ok(end) => {
                let better =
                    best.as_ref().is_none_or(|(_, best)| super::height(value(&end)) < super::height(value(best)));
                if better {
                    best = Some((start, end));
                }
            }
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match (best, failed) {
        (Some(best), _) => Ok(best),
        (None, Some(error)) => Err(error),
        (None, None) => Err(Error::param("starts", starts, "1 or more")),
    }
}
