//! All tests of the kernels, through their doors: one binary, and no second compilation of the kernels themselves.

mod activation;
mod buffer;
mod columns;
mod conv;
mod distance;
mod gather;
mod gemm;
mod gemv;
mod levels;
mod loss;
mod maths;
mod nearest;
mod optimiser;
mod overlap;
mod pool;
mod random;
mod reduce;
mod units;

use nn_kernels::Float;

/// Small whole numbers, so that every sum of products is exact, every order gives the same, and ties are ties.
fn numbers<F: Float>(n: usize, seed: usize) -> Vec<F> {
    (0..n).map(|i| F::from_f64(((i * 7 + seed * 13 + i * i) % 17) as f64 - 8.0)).collect()
}

/// Numbers from -1 to 1 whose products are rounded, the same on every machine.
fn fractions(n: usize, seed: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919 + seed * 104_729) % 1009) as f32 / 504.0 - 1.0).collect()
}
