//! A network on a stream: one value in, one answer out, its state kept overnight; and what it foretells alone.

use nn_elman::nalgebra::DMatrix;
use nn_elman::{Dataset, ElmanParams, Fit};

fn main() -> nn_elman::Result<()> {
    let wave = |t: usize| 2.0 + (t as f64 / 4.0).sin() + 0.5 * (t as f64 / 2.0).cos();
    let x = DMatrix::from_fn(1, 300, |_, t| wave(t));
    let y = DMatrix::from_fn(1, 300, |_, t| wave(t + 1));
    let data = Dataset::new(&x).values(&y);
    let net = ElmanParams::default().hidden_units(12).learning_rate(0.01).batch_size(1).epochs(300).fit(&data)?;

    // As it comes in.
    let (mut state, mut answer) = (net.start(), [0.0]);
    for t in 0..300 {
        net.step(&mut state, &[wave(t)], &mut answer)?;
    }
    told(answer[0], wave(300));

    // What was kept goes on where it was.
    let kept = state.units().to_vec();
    let mut tomorrow = net.start_from(&kept)?;
    net.step(&mut tomorrow, &[wave(300)], &mut answer)?;
    told(answer[0], wave(301));

    let far = net.forecast(&data, 25)?;
    let off = far.iter().enumerate().map(|(k, y)| (y - wave(300 + k)).abs()).fold(0.0, f64::max);
    println!("25 values foretold from its own answers: {}", if off < 0.3 { "on the wave" } else { "lost" });
    Ok(())
}

fn told(answer: f64, truth: f64) {
    println!("{truth:.3} came, and was foretold {}", if (answer - truth).abs() < 0.1 { "to a tenth" } else { "badly" });
}
