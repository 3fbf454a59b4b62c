//! The smallest problem that a single perceptron cannot solve: are two inputs different?
//!
//! `cargo run --release -p nn-perceptron --example xor`

use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{Activation, BatchSize, Dataset, Fit, MlpParams, Model, Result};

fn main() -> Result<()> {
    // A column is a sample: the four corners of a square, and whether their coordinates differ.
    let x = DMatrix::from_column_slice(2, 4, &[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
    let data = Dataset::new(&x).labels(&[0, 1, 1, 0]);

    let params = MlpParams::default()
        .hidden_layers([4])
        .activation(Activation::Tanh)
        .learning_rate(0.05)
        .batch_size(BatchSize::All)
        .epochs(500);
    let mlp = params.fit(&data)?;

    for (sample, class) in x.column_iter().zip(mlp.classify(&data)?) {
        println!("{} xor {} = {class}", sample[0], sample[1]);
    }
    let accuracy = mlp.evaluate(&data)?.get("accuracy");
    println!("{} of 4 right", accuracy.map_or(0.0, |share| 4.0 * share));
    Ok(())
}
