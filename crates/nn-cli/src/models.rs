//! The models the command knows: one line for each crate of models.

use crate::words::did_you_mean;
use anyhow::{Result, anyhow};
use nn_core::entry::Trained;
use nn_core::{Entry, Scalar};

/// Every model, crate by crate.
pub(crate) static MODELS: &[&[Entry]] = &[
    nn_perceptron::MODELS,
    nn_cnn::MODELS,
    nn_rbf::MODELS,
    nn_som::MODELS,
    nn_art::MODELS,
    nn_cascor::MODELS,
    nn_elman::MODELS,
    nn_rbm::MODELS,
    nn_dbn::MODELS,
];

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

/// What the losses of a model are those of that never learned from a stream.
pub(crate) const EPOCHS: &str = "epochs";

/// What the losses of `trained` are those of. A further part of a stream adds one as an epoch does, and no file says which is which: but where
/// there are more than there were to be epochs, there are such parts.
pub(crate) fn passes<F: Scalar>(trained: &dyn Trained<F>) -> &'static str {
    let most = trained.recipe().settings.get(EPOCHS).and_then(serde_json::Value::as_u64);
    if most.is_some_and(|most| most < trained.history().losses.len() as u64) { "epochs and parts" } else { EPOCHS }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Settings whose row on the page of their crate names every choice; others refer to another page, or to `nn models`.
    const NAMED_IN_FULL: [(&str, &str, &[&str]); 6] = [
        ("mlp", "nn-perceptron", &["loss", "init", "optimizer", "schedule", "search"]),
        ("cnn", "nn-cnn", &["variant", "output", "framing"]),
        ("rbf", "nn-rbf", &["selection", "basis", "widths", "criterion"]),
        ("som", "nn-som", &["grid", "surface", "neighborhood", "distance", "start", "algorithm", "radius_decay"]),
        ("elman", "nn-elman", &["gradient", "state", "target_steps"]),
        ("rbm", "nn-rbm", &["visible_units", "algorithm", "visible_bias", "scaling"]),
    ];

    #[test]
    fn a_page_names_every_choice() {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for (model, folder, settings) in NAMED_IN_FULL {
            let page = std::fs::read_to_string(crates.join(folder).join("README.md")).unwrap();
            for &name in settings {
                let setting = find(model).unwrap().settings().into_iter().find(|setting| setting.name == name).unwrap();
                let choices = setting.values.trim_start_matches("auto, or ").replace(" or ", ", ");
                let is_of = |line: &&str| line.starts_with("| `") && line.contains(&format!("`{name}`"));
                let whole = |row: &str| choices.split(", ").all(|choice| row.contains(choice));
                assert!(page.lines().filter(is_of).any(whole), "{folder}/README.md, {name}: {choices}");
            }
        }
    }
}
