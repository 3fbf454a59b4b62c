//! What one model has found out is what another learns from: the hidden units of a network as inputs of a perceptron.

use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::{Dataset, Error, Fit, MlpParams, Model, PerceptronParams};

fn main() -> Result<(), Error> {
    // A disc within a square: no line parts them.
    let x = DMatrix::from_fn(2, 400, |row, i| ((i * (7 + 6 * row)) as f64 * 0.618).fract() * 2.0 - 1.0);
    let labels: Vec<u32> = x.column_iter().map(|p| u32::from(p.norm_squared() < 0.6)).collect();
    let data = Dataset::new(&x).labels(&labels);
    let accuracy = |data: &Dataset<'_, f64>| {
        let model = PerceptronParams::default().epochs(50).fit(data)?;
        Ok::<f64, Error>(model.evaluate(data)?.get("accuracy").unwrap_or(f64::NAN))
    };

    let network = MlpParams::default().hidden_layers([20]).epochs(100).fit(&data)?;
    let features = network.hidden(&data, 0)?;
    let learned = accuracy(&Dataset::new(&features).labels(&labels))?;
    println!("a perceptron on the plane: {:.1}", accuracy(&data)?);
    println!("on the hidden units:       {learned:.1}");
    Ok(())
}
