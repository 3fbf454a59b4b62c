//! Separable sets whose margin is known.

use nn_core::random::Key;
use rand_chacha::ChaCha8Rng;

/// Numbers from -1 to 1.
pub(crate) fn uniform(count: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut numbers = vec![0.0; count];
    nn_core::kernels::random::fill_uniform(rng, &mut numbers);
    numbers.iter().map(|u| 2.0 * u - 1.0).collect()
}

/// A unit vector, and samples with their classes at least `margin` from its plane. The last feature is 1, as a bias.
pub(crate) fn planted(features: usize, samples: usize, margin: f64, seed: u64) -> (Vec<f64>, Vec<u32>, f64) {
    let mut rng = Key::once(seed).stream("planted");
    let mut u = uniform(features + 1, &mut rng);
    let length = u.iter().map(|u| u * u).sum::<f64>().sqrt();
    u.iter_mut().for_each(|u| *u /= length);
    let (mut x, mut labels, mut gamma) = (Vec::new(), Vec::new(), f64::INFINITY);
    while labels.len() < samples {
        let sample = uniform(features, &mut rng);
        let sum = sample.iter().zip(&u).map(|(x, u)| x * u).sum::<f64>() - u[features];
        if margin <= sum.abs() {
            gamma = gamma.min(sum.abs());
            x.extend(sample);
            labels.push(u32::from(0.0 < sum));
        }
    }
    (x, labels, gamma)
}
