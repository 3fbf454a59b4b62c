//! What nn-core promises across its modules.

mod checkpoints;
mod files;
mod gradients;
mod metrics;
mod minima;
mod pytorch;
mod search;
mod tune;
