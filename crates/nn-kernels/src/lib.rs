#![doc = include_str!("../README.md")]

#[macro_use]
mod level;
#[macro_use]
mod choice;
mod activation;
mod arrays;
mod buffer;
mod columns;
mod compiled;
mod conv;
mod distance;
mod elementwise;
mod float;
mod gather;
mod gemm;
mod gemv;
pub mod loss;
mod maths;
mod nearest;
pub mod optimiser;
mod overlap;
mod pack;
mod pool;
pub mod random;
mod reduce;
mod tile;
mod units;

pub use activation::Activation;
pub use buffer::Buffer;
pub use columns::{center_columns, squared_errors, sum_weighted_columns, weigh_columns};
pub use conv::Conv;
pub use distance::{distances, distances_of_products, weigh_distances};
pub use elementwise::{exp, exp_of_minus, ln, sigmoid};
pub use float::{Float, Lanes};
pub use gather::{Affine, gather, scatter};
pub use gemm::{Onto, gemm, gemm_sum};
pub use gemv::{axpy, dot, gemv_n, gemv_t, ger};
pub use level::{level, level_name};
pub use loss::softmax;
pub use nearest::{BestTwo, Nearest};
pub use overlap::{Met, Overlap};
pub use pack::View;
pub use pool::Windows;
pub use reduce::{add_columns, all_finite, sum, sum_columns};
pub use units::{Asked, Distance, Pull, Units};

#[doc(hidden)]
pub use choice::read_choice;
#[doc(hidden)]
pub use serde_core;
