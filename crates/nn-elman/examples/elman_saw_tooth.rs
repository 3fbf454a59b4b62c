//! Elman's exclusive or in time: bits of which each third follows from the two before, and an error that falls on every third.

use nn_elman::nalgebra::DMatrix;
use nn_elman::{Activation, Dataset, ElmanParams, Fit, Gradient, Init, Loss, Rule, StateRule};

/// A coin whose tosses follow from one another, so that this prints the same everywhere.
fn toss(state: &mut u32) -> u32 {
    *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    *state >> 31
}

fn main() -> nn_elman::Result<()> {
    let mut coin = 7;
    let mut bits = Vec::new();
    for _ in 0..1000 {
        let (a, b) = (toss(&mut coin), toss(&mut coin));
        bits.extend([a, b, a ^ b]);
    }
    // Each bit is foretold from the one before it. A triple is a sequence, and the state goes on from one to the next.
    let x = DMatrix::from_fn(1, bits.len(), |_, t| if t == 0 { 0.0 } else { f64::from(bits[t - 1]) });
    let starts: Vec<usize> = (0..bits.len()).step_by(3).collect();
    let data = Dataset::new(&x).labels(&bits).sequences(&starts);

    let as_elman = ElmanParams::default().hidden_units(4).activation(Activation::Sigmoid).loss(Loss::SquaredError);
    let as_elman = as_elman.gradient(Gradient::CopyBack).update_every(1).batch_size(1).init(Init::Uniform);
    let as_elman = as_elman.optimizer(Rule::Sgd).learning_rate(0.1).momentum(0.0);
    let net = as_elman.state(StateRule::Carry).state_start(0.5).epochs(300).fit(&data)?;

    for (bit, error) in ["a", "b", "a xor b"].iter().zip(net.error_by_position(&data)?) {
        println!(
            "{bit:8} {}  {}",
            "#".repeat((100.0 * error / 2.5).round() as usize),
            if error < 0.2 { "known" } else { "chance" }
        );
    }
    Ok(())
}
