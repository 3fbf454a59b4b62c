#![doc = include_str!("../README.md")]

mod arguments;
mod case;
mod clock;
mod data;
mod growth;
mod npy;

pub use arguments::Arguments;
pub use case::{Measured, Over, Run, Variant, Work, main};
pub use clock::Timing;
pub use data::{Data, dtype, write};
pub use growth::growth;
