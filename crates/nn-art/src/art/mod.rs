//! Categories of samples without a target: Fuzzy ART, ART1, ART2, and the plain form.

mod model;
mod params;
mod train;

pub use model::{Art, Resonance};
pub use params::{Art1Params, Art2Params, Art2Variant, FuzzyArtParams, FuzzyArtVariant};

/// Fuzzy ART, or the chapter's plain form.
pub type FuzzyArt<F = f64> = Art<FuzzyArtParams, F>;
/// ART1, for patterns of 0 and 1. Choice `|x ∧ z_j| / (L - 1 + |z_j|)`, match `|x ∧ z_j| / |x| >= rho`, update `z_j <- x ∧ z_j`.
/// Carpenter and Grossberg 1987.
pub type Art1<F = f64> = Art<Art1Params, F>;
/// ART2 or ART2-A.
pub type Art2<F = f64> = Art<Art2Params, F>;
