//! Which gates can one threshold unit learn? All of two inputs but two.
//!
//! `cargo run --release -p nn-perceptron --example gates`

use nn_perceptron::{Dataset, Fit, Model, PerceptronParams, Result, Separability};

fn main() -> Result<()> {
    // The corners 00, 01, 10, 11, one after another.
    let corners = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0];
    for (name, labels) in [
        ("and", [0, 0, 0, 1]),
        ("or", [0, 1, 1, 1]),
        ("nand", [1, 1, 1, 0]),
        ("xor", [0, 1, 1, 0]),
        ("equal", [1, 0, 0, 1]),
    ] {
        let unit = PerceptronParams::default().fit(&Dataset::from_slice(2, &corners).labels(&labels))?;
        match unit.separability() {
            Separability::Inseparable(_) => println!("{name}: cannot be learned"),
            _ => {
                let (epochs, mistakes) = (unit.history().losses.len(), unit.mistakes());
                let (weights, threshold) = (unit.weights(), unit.thresholds()[0]);
                println!(
                    "{name}: {epochs} epochs, {mistakes} mistakes, w = ({}, {}), theta = {threshold}",
                    weights[0], weights[1]
                );
            }
        }
    }
    Ok(())
}
