//! Logarithms of sums of exponentials, which overflow nowhere: both machines sum their states so.

/// `ln sum_i e^(x_i)`, without overflow; of no numbers it is minus infinity.
pub(crate) fn log_sum_exp(numbers: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = numbers.clone().fold(f64::NEG_INFINITY, f64::max);
    if most.is_infinite() { most } else { most + numbers.map(|x| (x - most).exp()).sum::<f64>().ln() }
}

/// `ln(1 + e^x)`, of any x.
pub(crate) fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}
