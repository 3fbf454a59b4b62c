#![doc = include_str!("../README.md")]

mod art;
mod artmap;
mod boxes;
mod family;
mod field;
mod lesson;
mod members;
mod order;
mod ranges;

pub use art::{
    Art, Art1, Art1Params, Art2, Art2Params, Art2Variant, FuzzyArt, FuzzyArtParams, FuzzyArtVariant, Resonance,
};
pub use artmap::{ArtMap, ArtMapParams, ArtMapVariant, Verdict};
pub use boxes::Category;
pub use nn_core::prelude::*;
pub use nn_core::{IfThen, Task};
pub use order::OrderEffect;

use nn_core::{Entry, Learns, Precision};

/// The models of this crate, as the command lists them.
pub static MODELS: &[Entry] = &[
    Entry::new::<Art1Params>("ART1: stable categories of binary patterns", Learns::Inputs, Precision::F64),
    Entry::new::<Art2Params>(
        "ART2 and ART2-A: stable categories of patterns by their direction",
        Learns::Inputs,
        Precision::F64,
    ),
    Entry::new::<FuzzyArtParams>(
        "Fuzzy ART: stable categories of numbers, as boxes; and the chapter's plain form",
        Learns::Inputs,
        Precision::F64,
    ),
    Entry::new::<ArtMapParams>(
        "ARTMAP and Fuzzy ARTMAP: classes or quantities by stable categories, read as rules; several vote",
        Learns::Targets,
        Precision::F64,
    ),
];
