//! Second-order learning through the public `Layer`: a row of the Jacobian is `backward` on a single sample with a
//! one-hot dy. From the rows come the Gauss-Newton steps of Levenberg and Marquardt, and LeNet's diagonal steps.

use nn_core::nalgebra::{DMatrix, DVector};
use nn_core::testing::{backward, numbers};
use nn_core::{Activate, Activation, Chain, Dense, Layer};

/// Two inputs, three hidden units, two outputs: 17 parameters.
fn network() -> Chain<f64> {
    Chain::new("hidden", Dense::new(2, 3))
        .then("tanh", Activate::new(Activation::Tanh, 3))
        .then("output", Dense::new(3, 2))
}

fn start(chain: &Chain<f64>) -> DVector<f64> {
    DVector::from_vec(numbers(chain.theta_len(), "theta"))
}

/// Twelve samples.
fn samples() -> Vec<[f64; 2]> {
    (0..12).map(|i| [f64::from(3 * i).sin(), f64::from(5 * i).cos()]).collect()
}

/// What is to be learned of them.
fn targets() -> DVector<f64> {
    DVector::from_iterator(24, samples().iter().flat_map(|x| [x[0] * x[1], x[0] - x[1]]))
}

/// One sample through the network: its outputs, and one row of the Jacobian for each. The sample stands in the first
/// of `lanes` lanes, the others only fill up.
fn rows(chain: &Chain<f64>, theta: &DVector<f64>, sample: [f64; 2], lanes: usize) -> ([f64; 2], [Vec<f64>; 2]) {
    let mut x = vec![0.0; 2 * lanes];
    (x[0], x[lanes]) = (sample[0], sample[1]);
    let [first, second] = [0, 1].map(|output| {
        let mut dy = vec![0.0; 2 * lanes];
        dy[output * lanes] = 1.0;
        backward(chain, theta.as_slice(), &x, &dy, lanes)
    });
    ([first.y[0], first.y[lanes]], [first.dtheta, second.dtheta])
}

/// All outputs of all samples, and the Jacobian: one row for each.
fn jacobian(chain: &Chain<f64>, theta: &DVector<f64>) -> (DVector<f64>, DMatrix<f64>) {
    let (mut outputs, mut all) = (Vec::new(), Vec::new());
    for sample in samples() {
        let (y, rows) = rows(chain, theta, sample, 1);
        outputs.extend(y);
        all.extend(rows.concat());
    }
    (DVector::from_vec(outputs), DMatrix::from_row_slice(24, theta.len(), &all))
}

/// `1/2 |y - t|^2`.
fn error(chain: &Chain<f64>, theta: &DVector<f64>) -> f64 {
    0.5 * (jacobian(chain, theta).0 - targets()).norm_squared()
}

#[test]
fn the_rows_are_the_slopes_of_the_outputs() {
    let chain = network();
    let theta = start(&chain);
    let (_, jacobian_here) = jacobian(&chain, &theta);
    for parameter in 0..theta.len() {
        let outputs_at = |h: f64| {
            let mut there = theta.clone();
            there[parameter] += h;
            jacobian(&chain, &there).0
        };
        let h = 1e-3;
        let slope =
            (outputs_at(-2.0 * h) - 8.0 * outputs_at(-h) + 8.0 * outputs_at(h) - outputs_at(2.0 * h)) / (12.0 * h);
        let off = (slope - jacobian_here.column(parameter)).amax();
        assert!(off < 1e-10, "parameter {parameter}: {off}");
    }
}

/// A network with layers that take no single lane gives the same rows from a padded shard.
#[test]
fn a_padded_shard_gives_the_same_rows() {
    let chain = network();
    let theta = start(&chain);
    for sample in samples() {
        let (y, alone) = rows(&chain, &theta, sample, 1);
        let (padded_y, padded) = rows(&chain, &theta, sample, 16);
        for (alone, padded) in
            y.iter().chain(alone.iter().flatten()).zip(padded_y.iter().chain(padded.iter().flatten()))
        {
            assert!((alone - padded).abs() < 1e-15, "{alone} {padded}");
        }
    }
}

#[test]
fn one_gauss_newton_step_reduces_the_error() {
    let chain = network();
    let theta = start(&chain);
    let next = damped_step(&chain, &theta, 1.0);
    assert!(error(&chain, &next) < 0.5 * error(&chain, &theta), "{} {}", error(&chain, &next), error(&chain, &theta));
}

/// `(J^T J + damping I) step = J^T (t - y)`. Levenberg 1944, Marquardt 1963.
fn damped_step(chain: &Chain<f64>, theta: &DVector<f64>, damping: f64) -> DVector<f64> {
    let (y, j) = jacobian(chain, theta);
    let damped = j.tr_mul(&j) + DMatrix::identity(theta.len(), theta.len()) * damping;
    theta + damped.cholesky().unwrap().solve(&j.tr_mul(&(targets() - y)))
}

#[test]
fn levenberg_and_marquardt_come_down_to_a_fiftieth_of_the_error() {
    let chain = network();
    let mut theta = start(&chain);
    let (first, mut damping) = (error(&chain, &theta), 0.01);
    for _ in 0..100 {
        let next = damped_step(&chain, &theta, damping);
        if error(&chain, &next) < error(&chain, &theta) {
            (theta, damping) = (next, damping / 10.0);
        } else {
            damping *= 10.0;
        }
    }
    assert!(error(&chain, &theta) < 0.02 * first, "{} {first}", error(&chain, &theta));
}

/// `h_k = 1/n sum_samples sum_outputs (dy_j / dtheta_k)^2`, the diagonal of the Gauss-Newton matrix, and steps of
/// `eta / (mu + h_k)`. LeCun, Bottou, Bengio and Haffner 1998, appendix C.
#[test]
fn a_diagonal_step_gives_each_parameter_a_rate_of_its_own() {
    let chain = network();
    let theta = start(&chain);
    let (mut y, mut j) = jacobian(&chain, &theta);
    let curvature: Vec<f64> = j.column_iter().map(|column| column.norm_squared() / 12.0).collect();
    let matrix = j.tr_mul(&j) / 12.0;
    for (parameter, curvature) in curvature.iter().enumerate() {
        assert!((curvature - matrix[(parameter, parameter)]).abs() < 1e-15);
    }

    let mut descend = |rate: &dyn Fn(usize) -> f64| {
        let mut theta = theta.clone();
        for _ in 0..50 {
            (y, j) = jacobian(&chain, &theta);
            let gradient = j.tr_mul(&(&y - targets())) / 12.0;
            (0..theta.len()).for_each(|k| theta[k] -= rate(k) * gradient[k]);
        }
        error(&chain, &theta)
    };
    // The largest rate that is safe for all parameters at once is that of the most curved one.
    let most_curved = curvature.iter().copied().fold(0.0, f64::max);
    let (alike, each_its_own) = (descend(&|_| 0.2 / (0.02 + most_curved)), descend(&|k| 0.2 / (0.02 + curvature[k])));
    assert!(each_its_own < 0.5 * error(&chain, &theta), "{each_its_own}");
    assert!(each_its_own < alike, "{each_its_own} {alike}");
}
