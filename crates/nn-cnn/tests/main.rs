//! All tests of the crate but its replications: one binary, which is linked once.

mod conformance;
mod layers;
mod properties;
mod reference;
