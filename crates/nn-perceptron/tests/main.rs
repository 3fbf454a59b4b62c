//! All tests of the crate but its replications: one binary, which is linked once.

mod conformance;
mod exercise;
mod parity;
mod perceptron;
mod planted;
mod properties;
mod reference;
mod search;
mod watermelon;
mod workshop;
