//! All tests of the crate: one binary, which is linked once.

mod boltzmann_conformance;
mod boltzmann_exact;
mod boltzmann_properties;
mod boltzmann_restricted;
mod conformance;
mod drawn;
mod errors;
mod exact;
mod properties;
mod reviewed;
