//! Hidden size and lambda, (17), chosen by cross-validation, and an honest estimate of what that gives.

use nn_perceptron::nalgebra::DMatrix;
use nn_perceptron::tune::{Choice, Ended, Space, Tuning, with};
use nn_perceptron::{Activation, Dataset, Error, Fit, MlpParams, Model, Scaling};

fn main() -> Result<(), Error> {
    // A wave on 40 places, moved by what looks like noise.
    let x = DMatrix::from_fn(1, 40, |_, i| i as f64 / 19.5 - 1.0);
    let hash = |i: usize| ((i as f64 + 1.0) * 12.9898).sin() * 43_758.547;
    let y = DMatrix::from_fn(1, 40, |_, i| (3.0 * x[i]).sin() + hash(i) - hash(i).floor() - 0.5);
    let data = Dataset::new(&x).values(&y);

    let params =
        MlpParams::default().activation(Activation::Tanh).target_scaling(Scaling::None).learning_rate(0.02).epochs(600);
    // From the simplest to the most complex.
    let space = Space::new().over("hidden_layers", [1, 4, 30]).over("lambda", [0.99, 0.998, 1.0]);
    let tuning = Tuning::default().folds(8).nested(4).choice(Choice::OneStandardError);
    let tuned = tuning.run(&params, &space.grid()?, &data)?;

    for (index, trial) in tuned.trials.iter().enumerate() {
        let mean = trial.mean().unwrap_or(f64::NAN);
        let error = trial.standard_error().unwrap_or(f64::NAN);
        let remark = match trial.ended {
            _ if tuned.chosen == Some(index) => "chosen",
            _ if tuned.best_mean() == Some(index) => "best mean",
            Ended::Hopeless => "stopped early",
            _ => "",
        };
        let line = format!("{:32} {} {mean:.3} +- {error:.3}  {remark}", trial.candidate.to_string(), tuned.measure);
        println!("{}", line.trim_end());
    }
    let Some(best) = tuned.best() else { return Ok(()) };
    let model = with(&params, &best.candidate)?.fit(&data)?;
    println!("trained with {}: {} layers", best.candidate, model.layers().len());
    if let Some((mean, error)) = tuned.nested.and_then(|nested| nested.mean().zip(nested.standard_error())) {
        println!("on samples that had no part in the choice: {} {mean:.3} +- {error:.3}", tuned.measure);
    }
    Ok(())
}
