//! How much of the gradient arrives at each layer of a deep network: through sigmoid units less and less.

use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{Activation, Dataset, Error, Fit, MlpParams, Rule};

fn main() -> Result<(), Error> {
    // Two rings of points, one within the other.
    let labels: Vec<u32> = (0..100).map(|i| i % 2).collect();
    let x = DMatrix::from_fn(2, 100, |row, i| {
        let (angle, radius) = (i as f64 * 0.37, 1.0 + f64::from(labels[i]));
        radius * if row == 0 { angle.cos() } else { angle.sin() }
    });
    let data = Dataset::new(&x).labels(&labels);

    // A step so small that the weights stay where they start.
    let start = MlpParams::default().hidden_layers([10; 5]).optimizer(Rule::Sgd).learning_rate(1e-12).epochs(1);
    println!("layer    sigmoid     tanh     relu");
    let norms = |activation| start.clone().activation(activation).fit(&data)?.gradient_norms(&data);
    let [sigmoid, tanh, relu] = [Activation::Sigmoid, Activation::Tanh, Activation::Relu].map(norms);
    for ((sigmoid, tanh), relu) in sigmoid?.iter().zip(tanh?).zip(relu?) {
        println!("{:8} {:7.5} {:8.5} {:8.5}", sigmoid.0, sigmoid.1, tanh.1, relu.1);
    }
    Ok(())
}
