//! Placeholder while the crate is made.
fn main() {}
