//! All tests of the crate: one binary, which is linked once.

mod allocation;
mod conformance;
mod exact;
mod properties;
mod reading;
mod reference;
