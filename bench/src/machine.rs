//! What the machine can do at most, in the same run as everything else: the page tells speeds as shares of it.
//!
//! Multiply-adds by the kernels' own vectors, without memory; and reading, from the second cache and from memory.

use std::hint::black_box;
use std::time::Instant;

use fearless_simd::{Simd, SimdBase, SimdFloat, dispatch};
use nn_core::kernels::{Float, level, level_name};
use serde_json::{Value, json};

/// How often each is tried: the best counts, since others can only take away.
const TRIES: usize = 8;
/// Seconds of a try, roughly.
const TRY: f64 = 0.03;
/// Numbers of f32 that fit into the second cache and not into the first.
const CACHED: usize = 1 << 16;
/// Numbers of f32 that fit into no cache.
const STREAMED: usize = 1 << 26;

/// One line of JSON: the instruction set in force, and the peaks at each number of threads.
pub(crate) fn line(threads: &[usize]) -> Value {
    let peaks: Vec<Value> = threads.iter().map(|&threads| peaks(threads)).collect();
    json!({ "level": level_name(), "peaks": peaks })
}

/// Thousand million operations (`float32`, `float64`) and bytes (`cache`, `memory`) a second.
fn peaks(threads: usize) -> Value {
    json!({
        "threads": threads,
        "float32": multiply_adds::<f32>(threads),
        "float64": multiply_adds::<f64>(threads),
        "cache": reading(threads, CACHED),
        "memory": reading(threads, STREAMED),
    })
}

/// How many chains hide the latency without running out of registers depends on the instruction set: the best counts.
fn multiply_adds<F: Float>(threads: usize) -> f64 {
    let peak = |chains: usize, run: &(dyn Fn(usize) + Sync)| best(threads, run) * (2 * chains * F::LANES) as f64 * 1e-9;
    let four = peak(4, &|n| _ = black_box(dispatch!(level(), simd => chains::<_, F, 4>(simd, n))));
    let eight = peak(8, &|n| _ = black_box(dispatch!(level(), simd => chains::<_, F, 8>(simd, n))));
    let sixteen = peak(16, &|n| _ = black_box(dispatch!(level(), simd => chains::<_, F, 16>(simd, n))));
    four.max(eight).max(sixteen)
}

/// `n` multiply-adds in each of N chains that do not wait for each other.
#[inline(always)]
fn chains<S: Simd, F: Float, const N: usize>(simd: S, n: usize) -> F {
    let number = |x: f64| F::Vector::<S>::splat(simd, black_box(F::from_f64(x)));
    let (a, b) = (number(0.999), number(0.001));
    let mut sums = [b; N];
    for _ in 0..n {
        for sum in &mut sums {
            *sum = sum.mul_add(a, b);
        }
    }
    sums.iter().fold(F::default(), |total, sum| total + sum.as_slice()[0])
}

/// Each thread reads numbers of its own.
fn reading(threads: usize, numbers: usize) -> f64 {
    let data = vec![1.0_f32; numbers];
    let run = |n: usize| {
        for _ in 0..n {
            black_box(dispatch!(level(), simd => total::<_, f32>(simd, black_box(&data))));
        }
    };
    best(threads, &run) * (numbers * size_of::<f32>()) as f64 * 1e-9
}

/// The sum of `data`, in eight sums that do not wait for each other.
#[inline(always)]
fn total<S: Simd, F: Float>(simd: S, data: &[F]) -> F {
    let mut sums = [F::Vector::<S>::splat(simd, F::default()); 8];
    for block in data.chunks_exact(8 * F::LANES) {
        for (sum, vector) in sums.iter_mut().zip(block.chunks_exact(F::LANES)) {
            *sum += F::Vector::<S>::from_slice(simd, vector);
        }
    }
    sums.iter().fold(F::default(), |total, sum| total + sum.as_slice()[0])
}

/// The most rounds a second of all threads together, where `run(n)` is n rounds.
fn best(threads: usize, run: &(dyn Fn(usize) + Sync)) -> f64 {
    let mut rounds = 1;
    while seconds(1, rounds, run) < TRY / 2.0 {
        rounds *= 2;
    }
    let slowest = (0..TRIES).map(|_| seconds(threads, rounds, run)).fold(f64::INFINITY, f64::min);
    (threads * rounds) as f64 / slowest
}

/// How long so many threads take for `rounds` each.
fn seconds(threads: usize, rounds: usize, run: &(dyn Fn(usize) + Sync)) -> f64 {
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(|| run(rounds));
        }
        run(rounds);
    });
    start.elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_probe_does_its_sum() {
        let sum = dispatch!(level(), simd => total::<_, f64>(simd, &[1.0; 128]));
        assert_eq!(sum, 16.0);
        let chain = dispatch!(level(), simd => chains::<_, f64, 4>(simd, 1));
        assert!((chain - 4.0 * (0.001 * 0.999 + 0.001)).abs() < 1e-12);
    }
}
