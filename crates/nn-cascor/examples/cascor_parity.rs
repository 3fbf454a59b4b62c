//! How many units parity takes: the first sees a part of the truth, and each one after it what is left.
//!
//! `cargo run --release -p nn-cascor --example cascor_parity`

use nn_cascor::{CascorParams, Dataset, Fit, HiddenUnit, Model, Result};

fn main() -> Result<()> {
    for bits in 2..=6_u32 {
        let numbers = 0..1_u32 << bits;
        let x: Vec<f64> =
            numbers.clone().flat_map(|n| (0..bits).map(move |bit| f64::from(n >> bit & 1) - 0.5)).collect();
        let labels: Vec<u32> = numbers.map(|n| n.count_ones() % 2).collect();
        let data = Dataset::from_slice(bits as usize, &x).labels(&labels);
        for kind in [HiddenUnit::Sigmoid, HiddenUnit::Gaussian] {
            let model = CascorParams::default().activation(kind).fit(&data)?;
            let right = model.evaluate(&data)?.get("accuracy").unwrap_or(0.0);
            println!("{bits} bits, {kind:8}: {} units, accuracy {right}", model.units().len());
        }
    }
    Ok(())
}
