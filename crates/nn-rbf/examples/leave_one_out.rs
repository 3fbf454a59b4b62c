//! How large a ridge: the error on samples that are left out, for every ridge at once, beside the error on others.

use nn_rbf::nalgebra::DMatrix;
use nn_rbf::{Dataset, Fit, Model, RbfParams, Scaling, Selection};

/// A wave with noise that no ridge can tell: `sin(3 x)` and a little that jumps from sample to sample.
fn wave(count: usize, phase: f64) -> (DMatrix<f64>, DMatrix<f64>) {
    let x = DMatrix::from_fn(1, count, |_, j| j as f64 * 2.0 / count as f64 - 1.0);
    let y = DMatrix::from_fn(1, count, |_, j| (3.0 * x[j]).sin() + 0.3 * ((j * j) as f64 * 1.7 + phase).sin());
    (x, y)
}

fn main() -> nn_rbf::Result<()> {
    let ((x, y), (others_x, others_y)) = (wave(60, 0.0), wave(1000, 2.0));
    let (data, others) = (Dataset::new(&x).values(&y), Dataset::new(&others_x).values(&others_y));
    let params = RbfParams::default().selection(Selection::Random).centers(40).width_factor(2.0);
    let params = params.target_scaling(Scaling::None);
    let chosen = params.fit(&data)?;
    println!("    ridge  left out  on others");
    for &(ridge, left_out) in chosen.ridge_errors().iter().filter(|(ridge, _)| (1e-9..1e3).contains(ridge)) {
        let rmse = params.clone().ridge(ridge).fit(&data)?.evaluate(&others)?.get("rmse").unwrap_or(f64::NAN);
        println!("{ridge:9.1e}  {:8.3}  {rmse:9.3}", left_out.sqrt());
    }
    println!("chosen: {:.1e}", chosen.ridge());
    Ok(())
}
