//! All tests of the crate: one binary, which is linked once.

mod bound;
mod conformance;
mod exact;
mod properties;
