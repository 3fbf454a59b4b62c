//! ARTMAP: categories that are taught which class they stand for.

mod model;
mod params;
mod train;

pub use model::{ArtMap, Verdict};
pub use params::{ArtMapParams, ArtMapVariant};
