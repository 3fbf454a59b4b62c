//! The models the command knows: one line for each crate of models.

use crate::words::did_you_mean;
use anyhow::{Result, anyhow};
use nn_core::Entry;

/// Every model, crate by crate.
pub(crate) static MODELS: &[&[Entry]] =
    &[nn_perceptron::MODELS, nn_cnn::MODELS, nn_rbf::MODELS, nn_som::MODELS, nn_art::MODELS];

/// Every model, in the order of the list.
pub(crate) fn all() -> impl Iterator<Item = &'static Entry> + Clone {
    MODELS.iter().copied().flatten()
}

/// The model called `name`.
///
/// # Errors
/// There is none; the message tells the nearest name there is.
pub(crate) fn find(name: &str) -> Result<&'static Entry> {
    all().find(|entry| entry.name == name).ok_or_else(|| {
        let hint = did_you_mean(name, all().map(|entry| entry.name)).unwrap_or("; nn models lists them".to_owned());
        anyhow!("unknown model {name:?}{hint}")
    })
}
