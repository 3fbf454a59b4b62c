//! `NN_SEED` and `NN_THREADS`, which stand between the flags and the defaults, and `NN_SIMD`.

use crate::output;
use anyhow::{Result, anyhow};
use std::env;

/// The seed of `NN_SEED`, where it is set.
pub(crate) fn seed() -> Result<Option<u64>> {
    number("NN_SEED")
}

/// Runs `work` on so many threads as a flag says, or else `NN_THREADS`, or else as there are cores.
pub(crate) fn with_threads<R: Send>(flag: Option<u16>, work: impl FnOnce() -> Result<R> + Send) -> Result<R> {
    let threads = match flag {
        Some(threads) => Some(usize::from(threads)),
        None => number("NN_THREADS")?,
    };
    warn_of_instructions();
    let within = nn_core::with_threads(threads, work);
    within.map_err(|error| if flag.is_none() { anyhow!("NN_THREADS: {error}") } else { error.into() })?
}

/// Warns where `NN_SIMD` asks for instructions that are unknown or that this machine does not have.
fn warn_of_instructions() {
    let in_force = nn_core::kernels::level_name();
    if let Some(wanted) = env::var_os("NN_SIMD").filter(|wanted| !wanted.is_empty() && wanted != in_force) {
        output::note(format_args!("warning: NN_SIMD: {wanted:?} is not available here; {in_force} is in force"));
    }
}

/// The whole number in the variable `name`; one that is empty is as one that is not there.
fn number<T: std::str::FromStr>(name: &str) -> Result<Option<T>> {
    match env::var_os(name) {
        Some(text) if !text.is_empty() => {
            let number = text.to_str().and_then(|text| text.trim().parse().ok());
            number.map(Some).ok_or_else(|| anyhow!("{name}: expected a whole number, got {text:?}"))
        }
        _ => Ok(None),
    }
}
