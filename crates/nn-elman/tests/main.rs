//! All tests of the crate: one binary, which is linked once.

mod allocations;
mod conformance;
mod properties;
mod reference;
