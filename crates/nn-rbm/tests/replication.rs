//! The experiments that are repeated, a row each: `cargo xtask replicate rbm`.

#[path = "rows/boltzmann.rs"]
mod boltzmann;

use std::process::ExitCode;

fn main() -> ExitCode {
    nn_replication::main(&boltzmann::rows())
}
