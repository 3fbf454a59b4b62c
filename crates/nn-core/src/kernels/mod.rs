//! The numeric kernels: everything in the workspace that runs once per weight or per sample.
//!
//! Samples lie in the vector lanes. A shard of L samples (L is 1 or a multiple of 16) is a lanes x features matrix
//! stored column by column: the L values of feature i are `x[i * L..(i + 1) * L]`. A dense layer, a loss or an
//! activation is then a loop of whole vectors, without shuffles and without remainders. One sample alone keeps its
//! features in the lanes instead and has its own products ([`gemv_t`], [`gemv_n`], [`ger`]).
//!
//! The kernels stand on the explicit vectors of `fearless_simd`, are generic over [`Float`] (16 lanes of f32, 8 of
//! f64), pick the instruction set once per call, and hold no unsafe code. They are compiled with this crate, for both
//! floats: a new one goes into the list of `compiled.rs`. Two rules keep them fast: every helper below a dispatch is
//! `#[inline(always)]` (one that was not fell from 128 to 2 GFLOP/s), and slices are cut to their exact length before an
//! inner loop.
//!
//! Bits. Every sum has a fixed order that does not depend on tiling, neighbours or threads. AVX2 and AVX-512 fuse
//! multiply and add and give the same bits as each other; the plain path (SSE2 on x86-64) rounds twice and differs.
//!
//! These are internal doors: a wrong length panics. The public crates check shapes before they call.

#[macro_use]
mod level;
mod activation;
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
pub(crate) mod loss;
mod maths;
mod nearest;
pub(crate) mod optimiser;
mod overlap;
mod pack;
mod pool;
pub mod random;
mod reduce;
mod tile;
mod units;

pub use buffer::Buffer;
pub use columns::{center_columns, squared_errors, sum_weighted_columns, weigh_columns};
pub use conv::Conv;
pub use distance::{distances, distances_of_products, weigh_distances};
pub use elementwise::{exp, exp_of_minus, ln, sigmoid};
pub use float::{Float, Lanes};
pub(crate) use gather::{Affine, gather, scatter};
pub use gemm::{Onto, gemm};
pub use gemv::{axpy, dot, gemv_n, gemv_t, ger};
pub use level::{level, level_name};
pub use loss::softmax;
pub use nearest::{BestTwo, Nearest};
pub use overlap::{Met, Overlap};
pub use pack::View;
pub use pool::Windows;
pub use reduce::{add_columns, all_finite, sum, sum_columns};
pub use units::{Asked, Distance, Pull, Units};

/// Small whole numbers, so that every sum of products is exact, every order gives the same, and ties are ties.
#[cfg(test)]
fn numbers<F: Float>(n: usize, seed: usize) -> Vec<F> {
    (0..n).map(|i| F::from_f64(((i * 7 + seed * 13 + i * i) % 17) as f64 - 8.0)).collect()
}
