//! Networks as an outsider would write them; see the README.

mod context_units;
mod dropout;
mod own_layer;
mod own_objective;
mod persistent_chains;
mod running_mean;
mod sample_weights;
mod second_order;
mod sequences;
