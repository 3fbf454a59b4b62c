//! The command as its users meet it: the real binary, each test in a folder of its own.

mod bad_data;
mod boltzmann;
mod cascor;
mod checkpoints;
mod cnn;
mod common;
mod dbn;
mod elman;
mod folders;
mod forms;
mod memory;
mod perceptron;
mod promises;
mod rbf;
mod rbm;
mod refused;
mod reports;
mod reviewed;
mod saved;
mod settings;
mod shell;
mod som;
mod stored;
mod terminal;
mod train;
mod tune;
