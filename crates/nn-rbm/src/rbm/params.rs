//! The settings: written once, here; the setters, the checks, the command and its help are made from this list.

use nn_core::Scaling;

nn_core::params! {
    /// Settings: plain data, each field with a setter of its name.
    pub struct RbmParams: "rbm" {
        /// Passes over the training samples. The means stand after the first; from the second on the loss is that of the means.
        epochs: usize = 2, 1..=1_000_000_000;
        /// How the inputs are scaled, learned from the training samples and kept with the model.
        scaling: Scaling = Scaling::Standard, ..;
    }
}
