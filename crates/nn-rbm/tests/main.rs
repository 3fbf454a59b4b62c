//! All tests of the crate: one binary, which is linked once.

mod conformance;
mod drawn;
mod errors;
mod exact;
mod properties;
