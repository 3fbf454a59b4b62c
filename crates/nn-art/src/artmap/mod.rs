//! ARTMAP: categories that are taught which class they stand for, or which quantities.

mod model;
mod params;
mod train;
mod voter;

pub use model::{ArtMap, Verdict};
pub use params::{ArtMapParams, ArtMapVariant};
