//! Where do the trainings end that do not learn the exclusive or? Two hidden units, 100 starts, accumulated back-propagation;
//! then every end is looked at: its gradient, and the curvature of the error in all directions.
//!
//! `cargo run --release -p nn-perceptron --example minima`

use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::stationary::{Limits, Place, count_distinct};
use nn_perceptron::{Activation, BatchSize, Dataset, Fit, Init, Loss, MlpParams, Result, Rule, Scaling};

fn main() -> Result<()> {
    let x = DMatrix::from_column_slice(2, 4, &[0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0]);
    let labels = [0, 1, 1, 0];
    let data = Dataset::<f64>::new(&x).labels(&labels);
    let params = MlpParams::default()
        .hidden_layers([2])
        .activation([Activation::Sigmoid])
        .loss(Loss::SquaredError)
        .init(Init::Uniform)
        .scaling(Scaling::None)
        .optimizer(Rule::Sgd)
        .batch_size(BatchSize::All)
        .learning_rate(2.0)
        .momentum(0.9)
        .epochs(20_000);

    println!("start  right  error     gradient  least curvature  largest weight  place");
    let (mut learned, mut stuck) = (0, Vec::new());
    for seed in 1..=100 {
        let mlp = params.clone().seed(seed).fit(&data)?;
        let right = mlp.classify(&data)?.iter().zip(labels).filter(|(answer, label)| *answer == label).count();
        if right == 4 {
            learned += 1;
            continue;
        }
        let around = mlp.surroundings(&data)?;
        // The error falls for ever, as one over the epochs: so small a slope is as good as none.
        let limits = Limits { gradient: 1e-5, ..Limits::default() };
        println!(
            "{seed:5}  {right:5}  {:.6}  {:8.1e}  {:15.1e}  {:14.1}  {}",
            around.loss,
            around.gradient_norm,
            around.eigenvalues[0],
            around.largest,
            around.place(&limits)
        );
        stuck.push((around.place(&limits), mlp.canonical_theta()));
    }
    println!("learned by {learned} of 100");
    for place in Place::ALL {
        let ends: Vec<Vec<f64>> = stuck.iter().filter(|(kind, _)| kind == place).map(|(_, end)| end.clone()).collect();
        if !ends.is_empty() {
            println!("{place}: {} ends, {} of them different", ends.len(), count_distinct(&ends, 0.01));
        }
    }
    Ok(())
}
