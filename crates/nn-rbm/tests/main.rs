//! All tests of the crate: one binary, which is linked once.

mod boltzmann_conformance;
mod boltzmann_exact;
mod conformance;
mod properties;
