//! Bars and stripes: the reconstruction gets better and better, and the machine does not.
//!
//! `cargo run --release -p nn-rbm --example falls_again`

use nn_rbm::{Algorithm, Dataset, Fit, Model, RbmParams, VisibleBias};

fn main() -> nn_rbm::Result<()> {
    // Every choice of columns and of rows of a square of 3 x 3, fifty times: an epoch is fifty steps over all sixteen.
    let mut rows = Vec::new();
    for choice in 0..8_usize {
        let line = |at: usize| f64::from(u8::from(choice >> at & 1 == 1));
        rows.extend((0..9).map(|at| line(at % 3)));
        rows.extend((0..9).map(|at| line(at / 3)));
    }
    let rows = rows.repeat(50);

    let params = RbmParams::default()
        .hidden_units(9)
        .centering(false)
        .visible_bias(VisibleBias::Zero)
        .sample_visible(true)
        .momentum(0.0)
        .learning_rate(0.1)
        .batch_size(16)
        .shuffle(false)
        .epochs(400)
        .watch_likelihood(true)
        .seed(4);
    let learned = |params: &RbmParams| params.fit(&Dataset::from_slice(9, &rows));
    let short = learned(&params)?;
    let exact = learned(&params.algorithm(Algorithm::Exact))?;
    let [of_cd, of_exact] = [&short, &exact].map(|machine| &machine.history().measures["log_likelihood"]);
    println!("steps  CD-1: reconstruction error  log-likelihood  exact gradient: log-likelihood");
    for epoch in [20, 50, 100, 115, 200, 300, 400] {
        let error = short.history().losses[epoch - 1];
        println!("{:5}  {error:26.4}  {:14.3}  {:30.3}", 50 * epoch, of_cd[epoch - 1], of_exact[epoch - 1]);
    }
    println!("no machine is above -2.599");
    Ok(())
}
