//! The settings of a perceptron.

use nn_core::params::Range;
use nn_core::{ClassWeight, Init, Scaling};

nn_core::choices! {
    /// Which of the weights that the rule passes through are kept.
    pub enum Variant {
        /// The last ones, as the chapter has it.
        Standard = "standard",
        /// The mean of all, one a sample: steadier where the classes overlap. Freund and Schapire 1999, section 2.
        Averaged = "averaged",
        /// The ones that got most training samples right, met in random order: the pocket algorithm with ratchet. Gallant
        /// 1990, section III.
        Pocket = "pocket",
    }
}

nn_core::params! {
    /// Settings of a perceptron: plain data, each field with a setter of its name.
    pub struct PerceptronParams: "perceptron" {
        /// Which weights are kept: the last ones (standard), the mean of all (averaged), or the best ones (pocket).
        variant: Variant = Variant::Standard, ..;
        /// Step size eta.
        learning_rate: f64 = 1.0, Range::above(0.0);
        /// Passes over the training samples at most; a pass without a mistake is the last.
        epochs: usize = 1000, 1..=1_000_000_000;
        /// Whether each pass takes the samples in a new random order; `pocket` draws them at random anyway.
        shuffle: bool = false, ..;
        /// Where the weights start; from zero the step size only sets their scale.
        init: Init = Init::Zero, ..;
        /// Whether rare classes count more: `balanced` weighs a class by samples / (classes x samples of the class).
        class_weight: ClassWeight = ClassWeight::None, ..;
        /// How the inputs are scaled, learned from the training samples and kept with the model; `auto` is none where all lie within -1 and 1, else min-max.
        scaling: Option<Scaling> = None, ..;
        /// Whether training looks afterwards for a proof that the classes can, or cannot, be parted.
        explain: bool = true, ..;
        /// Seed of all random numbers: the same seed gives the same bits.
        seed: u64 = 1, ..;
    }
}
