//! Overfitting and the chapter's two cures: early stopping, and the weight lambda between the error and the squares of the
//! weights, (17).

use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{Activation, Dataset, EarlyStopping, Error, Fit, MlpParams, Model, Scaling};

/// A wave on so many places, moved by noise of this size.
fn wave(places: usize, noise: f64, seed: u64) -> (DMatrix<f64>, DMatrix<f64>) {
    let x = DMatrix::from_fn(1, places, |_, i| 2.0 * i as f64 / (places - 1) as f64 - 1.0);
    let hash = |i: usize| ((i as f64 + 1.0) * 12.9898 + seed as f64 * 78.233).sin() * 43_758.547;
    let y = DMatrix::from_fn(1, places, |_, i| (3.0 * x[i]).sin() + noise * 2.0 * (hash(i) - hash(i).floor() - 0.5));
    (x, y)
}

fn main() -> Result<(), Error> {
    let plain = MlpParams::default()
        .hidden_layers([100])
        .activation(Activation::Tanh)
        .target_scaling(Scaling::None)
        .learning_rate(0.01)
        .epochs(6000);
    let early = plain.clone().early_stopping(EarlyStopping::Patience).patience(500).validation_fraction(0.25);
    let lambda = plain.clone().lambda(0.998);

    let (x, y) = wave(200, 0.0, 0);
    let truth = Dataset::new(&x).values(&y);
    println!("root of the mean squared error, mean over 20 seeds and its standard error");
    println!("                  seen   not seen");
    for (name, params) in [("plain", &plain), ("early stopping", &early), ("lambda 0.998", &lambda)] {
        let (mut seen, mut unseen) = (Vec::new(), Vec::new());
        for seed in 1..=20 {
            let (x, y) = wave(30, 1.0, seed);
            let noisy = Dataset::new(&x).values(&y);
            let model = params.clone().seed(seed).fit(&noisy)?;
            let error = |data| Ok::<f64, Error>(model.evaluate(data)?.get("rmse").unwrap_or(f64::NAN));
            seen.push(error(&noisy)?);
            unseen.push(error(&truth)?);
        }
        println!("{name:15} {}   {}", shown(&seen), shown(&unseen));
    }
    Ok(())
}

/// `0.123 +- 0.004`.
fn shown(errors: &[f64]) -> String {
    let count = errors.len() as f64;
    let mean = errors.iter().sum::<f64>() / count;
    let variance = errors.iter().map(|error| (error - mean).powi(2)).sum::<f64>() / (count - 1.0);
    format!("{mean:.2} +- {:.2}", (variance / count).sqrt())
}
