//! All tests of the crate but its replications: one binary, which is linked once.

mod conformance;
mod exact;
mod properties;
mod reference;
