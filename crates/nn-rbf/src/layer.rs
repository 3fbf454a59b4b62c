//! The basis units: what each answers to the distance of a sample from its centre, and how centres and widths move.

use crate::Basis;
use nn_core::kernels::{self, Onto, View};
use nn_core::{Dense, Layer, MOST_LANES, Pass, Point, Role, Scalar, Span, linalg};

nn_core::choices! {
    /// How many widths there are.
    pub enum Widths {
        /// One of all units.
        One = "one",
        /// One of each unit.
        PerUnit = "per-unit",
        /// One of each unit and feature.
        PerFeature = "per-feature",
    }
}

/// Units that answer to the distance from a centre: `y_i = rho(s_i)` with `s_i = beta_i |x - c_i|^2`, or `s_i = sum_k beta_ik (x_k -
/// c_ik)^2` where each feature has its width. The chapter's (18) and (19), in which `rho(s) = e^-s`.
///
/// Normalised, the answers of a sample add up to 1: `y_i = rho(s_i) / sum_j rho(s_j)`; for the Gaussian that is the softmax of -s,
/// and is computed so, since far from all centres every `e^-s` is 0. With a linear tail the inputs themselves follow the units'
/// answers.
///
/// The chapter moves beta; here it is `tau = ln beta` that stands in theta and moves, `dE/dtau = beta dE/dbeta`, so that no step
/// makes a width negative.
///
/// # Shapes
/// theta: [C | tau], C features × units, column-major; tau: 1, units, or features × units. x: lanes × features, y: lanes × units,
/// and lanes × features more with a linear tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Units {
    /// Inputs.
    pub features: usize,
    /// Centres.
    pub units: usize,
    /// What a unit answers to a distance.
    pub basis: Basis,
    /// How many widths there are.
    pub widths: Widths,
    /// Whether the answers are divided by their sum.
    pub normalized: bool,
    /// Whether the inputs follow the answers.
    pub linear_tail: bool,
    /// Whether back-propagation moves the centres.
    pub moves_centers: bool,
    /// Whether it moves the widths.
    pub moves_widths: bool,
}

/// `s` above this is as far as anything can be; it keeps the differences of two of them finite.
fn farthest<F: Scalar>() -> F {
    F::from_f64(if F::EPSILON < 1e-10 { 1e300 } else { 1e30 })
}

/// `beta = e^tau` within what the float can hold.
pub(crate) fn beta<F: Scalar>(tau: F) -> F {
    let most = if F::EPSILON < 1e-10 { 690.0 } else { 85.0 };
    F::from_f64(tau.to_f64().clamp(-most, most).exp())
}

/// Features from which on a product is faster than differences.
const MANY_FEATURES: usize = 9;

/// Whether `|x|^2 - 2 x c + |c|^2` keeps the digits of s: its error is some eps beta |c|^2, unless x is so far that it does not
/// matter. `reach` is the largest beta |c|^2.
fn keeps_digits<F: Scalar>(reach: f64) -> bool {
    reach <= if F::EPSILON < 1e-10 { 4096.0 } else { 64.0 }
}

impl Units {
    /// Units that nothing moves: what the first step sees.
    pub(crate) fn still(self) -> Self {
        Self { moves_centers: false, moves_widths: false, ..self }
    }

    /// How many widths there are in numbers.
    pub(crate) fn widths_len(&self) -> usize {
        match self.widths {
            Widths::One => 1,
            Widths::PerUnit => self.units,
            Widths::PerFeature => self.features * self.units,
        }
    }

    /// Length of the centres.
    pub(crate) fn centers_len(&self) -> usize {
        self.features * self.units
    }

    fn rate_len(&self) -> usize {
        if self.widths == Widths::PerFeature { self.centers_len() } else { self.units }
    }

    /// The betas: one a unit, or one a unit and feature.
    fn rates<F: Scalar>(&self, tau: &[F], rates: &mut [F]) {
        match self.widths {
            Widths::One => rates.fill(beta(tau[0])),
            _ => rates.iter_mut().zip(tau).for_each(|(rate, &tau)| *rate = beta(tau)),
        }
    }

    /// The squared distances s; `rates` are filled on the way.
    ///
    /// # Shapes
    /// `s`: lanes × units. `room`: features + units.
    fn squares<F: Scalar>(&self, theta: &[F], x: &[F], lanes: usize, rates: &mut [F], room: &mut [F], s: &mut [F]) {
        let (centers, tau) = theta.split_at(self.centers_len());
        self.rates(tau, rates);
        let features = self.features;
        // Whatever is beyond, or not a number since two such were subtracted, is far.
        let far = farthest::<F>();
        if self.widths == Widths::PerFeature {
            kernels::distances(x, lanes, centers, Some(rates), s);
            s.iter_mut().for_each(|s| *s = if *s <= far { *s } else { far });
        } else if lanes == 1 || features < MANY_FEATURES || !self.by_product(centers, rates, room) {
            kernels::distances(x, lanes, centers, None, s);
            kernels::weigh_distances(lanes, rates, far, s);
        } else {
            // s = beta (|x|^2 - 2 (x c - |c|^2 / 2)).
            let biases = &room[features..];
            linalg::product(
                View::new(x, lanes, features),
                View::new(centers, features, self.units),
                Onto::Bias(biases),
                s,
            );
            kernels::distances_of_products(x, lanes, rates, far, s);
        }
    }

    /// Prepares a product: `-|c|^2 / 2` behind the first features of `room`; or says that it would lose digits.
    fn by_product<F: Scalar>(&self, centers: &[F], rates: &[F], room: &mut [F]) -> bool {
        let (zero, biases) = room.split_at_mut(self.features);
        zero.fill(F::ZERO);
        kernels::distances(zero, 1, centers, None, biases);
        let mut reach = 0.0;
        for (bias, &rate) in biases.iter_mut().zip(rates) {
            reach = f64::max(reach, (rate * *bias).to_f64());
            *bias *= F::from_f64(-0.5);
        }
        keeps_digits::<F>(reach)
    }
}

impl<F: Scalar> Layer<F> for Units {
    fn inputs(&self) -> usize {
        self.features
    }

    fn outputs(&self) -> usize {
        self.units + if self.linear_tail { self.features } else { 0 }
    }

    fn spans(&self) -> Vec<Span> {
        let shape = match self.widths {
            Widths::One => vec![1],
            Widths::PerUnit => vec![self.units],
            Widths::PerFeature => vec![self.units, self.features],
        };
        // No strengths of connections: nothing pulls them towards 0.
        vec![
            Span::new("centers", 0, &[self.units, self.features], Role::Bias),
            Span::new("log_beta", self.centers_len(), &shape, Role::Bias),
        ]
    }

    fn connections(&self) -> usize {
        self.centers_len()
    }

    /// s, and the sum of a sample's answers where they are divided by it.
    fn tape_len(&self, lanes: usize) -> usize {
        lanes * (self.units + 1)
    }

    fn scratch_len(&self, lanes: usize) -> usize {
        let moved = if self.moves_centers { self.centers_len() } else { 0 };
        self.rate_len() + (self.features + self.units).max(moved + self.units + lanes * (self.units + 1))
    }

    fn forward(&self, theta: &[F], x: &[F], y: &mut [F], tape: &mut [F], pass: &mut Pass<'_, F>) {
        let lanes = pass.lanes;
        let (rates, room) = pass.scratch.split_at_mut(self.rate_len());
        let room = &mut room[..self.features + self.units];
        let (s, sums) = tape.split_at_mut(lanes * self.units);
        self.squares(theta, x, lanes, rates, room, s);
        let (y, tail) = y.split_at_mut(lanes * self.units);
        if self.normalized && self.basis == Basis::Gaussian {
            y.iter_mut().zip(s.iter()).for_each(|(y, &s)| *y = -s);
            kernels::softmax(y, lanes);
        } else {
            self.basis.answer(s, y);
            if self.normalized {
                sums.fill(F::ZERO);
                for y in y.chunks_exact(lanes) {
                    sums.iter_mut().zip(y).for_each(|(sum, &y)| *sum += y);
                }
                for y in y.chunks_exact_mut(lanes) {
                    y.iter_mut().zip(sums.iter()).for_each(|(y, &sum)| *y /= sum);
                }
            }
        }
        if self.linear_tail {
            tail.copy_from_slice(x);
        }
    }

    /// With ds what arrives at the squared distances: `dc_i = -2 beta_i sum_l ds_li (x_l - c_i)`, `dtau_i = sum_l ds_li s_li`,
    /// `dx_l = 2 sum_i beta_i ds_li (x_l - c_i)`.
    fn backward(&self, theta: &[F], at: Point<'_, F>, dx: Option<&mut [F]>, grad: &mut [F], pass: &mut Pass<'_, F>) {
        let lanes = pass.lanes;
        let (centers, tau) = theta.split_at(self.centers_len());
        let (s, sums) = at.tape.split_at(lanes * self.units);
        let (dy, dtail) = at.dy.split_at(lanes * self.units);
        let y = &at.y[..lanes * self.units];
        let (rates, rest) = pass.scratch.split_at_mut(self.rate_len());
        let (ds, rest) = rest.split_at_mut(lanes * self.units);
        self.rates(tau, rates);
        ds.copy_from_slice(dy);
        if self.normalized {
            // dy_i - sum_j dy_j y_j, and the sum that all were divided by.
            let mean = &mut rest[..lanes];
            mean.fill(F::ZERO);
            for (dy, y) in dy.chunks_exact(lanes).zip(y.chunks_exact(lanes)) {
                mean.iter_mut().zip(dy.iter().zip(y)).for_each(|(mean, (&dy, &y))| *mean += dy * y);
            }
            for ds in ds.chunks_exact_mut(lanes) {
                ds.iter_mut().zip(mean.iter()).for_each(|(ds, &mean)| *ds -= mean);
            }
            if self.basis == Basis::Gaussian {
                ds.iter_mut().zip(y).for_each(|(ds, &y)| *ds *= -y);
            } else {
                for (unit, ds) in ds.chunks_exact_mut(lanes).enumerate() {
                    let own = unit * lanes..(unit + 1) * lanes;
                    let mut raw = [F::ZERO; MOST_LANES];
                    raw[..lanes].iter_mut().zip(&y[own.clone()]).zip(sums).for_each(|((raw, &y), &sum)| *raw = y * sum);
                    ds.iter_mut().zip(sums).for_each(|(ds, &sum)| *ds /= sum);
                    self.basis.slope(&s[own], &raw[..lanes], ds);
                }
            }
        } else {
            self.basis.slope(s, y, ds);
        }
        let (dc, dtau) = grad.split_at_mut(self.centers_len());
        if self.widths == Widths::PerFeature {
            self.back_by_feature(centers, rates, at.x, ds, dc, dtau);
            if let Some(dx) = dx {
                dx.fill(F::ZERO);
                let two = F::from_f64(2.0);
                for ((ds, c), b) in
                    ds.chunks_exact(lanes).zip(centers.chunks(self.features)).zip(rates.chunks(self.features))
                {
                    for ((dx, x), (&c, &b)) in
                        dx.chunks_exact_mut(lanes).zip(at.x.chunks_exact(lanes)).zip(c.iter().zip(b))
                    {
                        dx.iter_mut().zip(x).zip(ds).for_each(|((dx, &x), &ds)| *dx += two * b * ds * (x - c));
                    }
                }
                add_tail(dx, dtail);
            }
            return;
        }
        if self.moves_widths {
            for (unit, (ds, s)) in ds.chunks_exact(lanes).zip(s.chunks_exact(lanes)).enumerate() {
                let sum = ds.iter().zip(s).fold(F::ZERO, |sum, (&ds, &s)| sum + ds * s);
                dtau[if self.widths == Widths::One { 0 } else { unit }] += sum;
            }
        }
        for (ds, &rate) in ds.chunks_exact_mut(lanes).zip(rates.iter()) {
            ds.iter_mut().for_each(|ds| *ds *= rate);
        }
        let two = F::from_f64(2.0);
        if self.moves_centers {
            let (products, rest) = rest.split_at_mut(self.centers_len());
            let totals = &mut rest[..self.units];
            products.fill(F::ZERO);
            totals.fill(F::ZERO);
            linalg::weight_gradient(lanes, at.x, ds, Onto::Old, products, totals);
            let columns = dc.chunks_exact_mut(self.features).zip(products.chunks_exact(self.features));
            for (((dc, product), c), &total) in columns.zip(centers.chunks_exact(self.features)).zip(totals.iter()) {
                dc.iter_mut().zip(product).zip(c).for_each(|((dc, &p), &c)| *dc -= two * (p - c * total));
            }
        }
        if let Some(dx) = dx {
            linalg::input_gradient(lanes, ds, centers, dx);
            let totals = &mut rest[..lanes];
            totals.fill(F::ZERO);
            for ds in ds.chunks_exact(lanes) {
                totals.iter_mut().zip(ds).for_each(|(total, &ds)| *total += ds);
            }
            for (dx, x) in dx.chunks_exact_mut(lanes).zip(at.x.chunks_exact(lanes)) {
                dx.iter_mut().zip(x).zip(totals.iter()).for_each(|((dx, &x), &total)| *dx = two * (x * total - *dx));
            }
            add_tail(dx, dtail);
        }
    }
}

/// The gradient of the inputs that follow the units' answers.
fn add_tail<F: Scalar>(dx: &mut [F], dtail: &[F]) {
    dx.iter_mut().zip(dtail).for_each(|(dx, &tail)| *dx += tail);
}

impl Units {
    /// `dc_ik = -2 beta_ik sum_l ds_li (x_lk - c_ik)`, `dtau_ik = beta_ik sum_l ds_li (x_lk - c_ik)^2`.
    fn back_by_feature<F: Scalar>(&self, centers: &[F], rates: &[F], x: &[F], ds: &[F], dc: &mut [F], dtau: &mut [F]) {
        if !self.moves_centers && !self.moves_widths {
            return;
        }
        let lanes = x.len() / self.features;
        for (unit, ds) in ds.chunks_exact(lanes).enumerate() {
            for (feature, x) in x.chunks_exact(lanes).enumerate() {
                let place = unit * self.features + feature;
                let (c, rate) = (centers[place], rates[place]);
                let (mut first, mut second) = (F::ZERO, F::ZERO);
                for (&x, &ds) in x.iter().zip(ds) {
                    first += ds * (x - c);
                    second += ds * (x - c) * (x - c);
                }
                if self.moves_centers {
                    dc[place] -= F::from_f64(2.0) * rate * first;
                }
                if self.moves_widths {
                    dtau[place] += rate * second;
                }
            }
        }
    }
}

/// The squared distances themselves: what tells how far a sample is from every centre.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Squares(pub(crate) Units);

impl<F: Scalar> Layer<F> for Squares {
    fn inputs(&self) -> usize {
        self.0.features
    }

    fn outputs(&self) -> usize {
        self.0.units
    }

    fn spans(&self) -> Vec<Span> {
        Layer::<F>::spans(&self.0)
    }

    fn connections(&self) -> usize {
        self.0.centers_len()
    }

    fn scratch_len(&self, lanes: usize) -> usize {
        Layer::<F>::scratch_len(&self.0, lanes)
    }

    fn forward(&self, theta: &[F], x: &[F], y: &mut [F], _tape: &mut [F], pass: &mut Pass<'_, F>) {
        let (rates, room) = pass.scratch.split_at_mut(self.0.rate_len());
        let room = &mut room[..self.0.features + self.0.units];
        self.0.squares(theta, x, pass.lanes, rates, room, y);
    }

    /// Nothing learns from it.
    fn backward(&self, _: &[F], _: Point<'_, F>, dx: Option<&mut [F]>, _: &mut [F], _: &mut Pass<'_, F>) {
        if let Some(dx) = dx {
            dx.fill(F::ZERO);
        }
    }
}

/// The output units: sums of the basis units' answers, the chapter's (18), whose weights may be left as they were solved for.
///
/// # Shapes
/// As [`Dense`]; without a bias there is a 0 in its place, which stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    dense: Dense,
    outputs: usize,
    moves: bool,
    bias: bool,
}

impl Output {
    /// From `inputs` to `outputs`; says whether back-propagation moves the weights, and whether there is a bias.
    pub fn new(inputs: usize, outputs: usize, moves: bool, bias: bool) -> Self {
        Self { dense: Dense::new(inputs, outputs), outputs, moves, bias }
    }
}

impl<F: Scalar> Layer<F> for Output {
    fn inputs(&self) -> usize {
        Layer::<F>::inputs(&self.dense)
    }

    fn outputs(&self) -> usize {
        self.outputs
    }

    fn spans(&self) -> Vec<Span> {
        let mut spans = Layer::<F>::spans(&self.dense);
        if !self.moves {
            // Weight decay and max_norm move what is called a weight, whatever its slope.
            spans.iter_mut().for_each(|span| span.role = Role::Bias);
        }
        spans
    }

    fn scratch_len(&self, _lanes: usize) -> usize {
        self.outputs
    }

    fn forward(&self, theta: &[F], x: &[F], y: &mut [F], tape: &mut [F], pass: &mut Pass<'_, F>) {
        self.dense.forward(theta, x, y, tape, pass);
    }

    fn backward(&self, theta: &[F], at: Point<'_, F>, dx: Option<&mut [F]>, grad: &mut [F], pass: &mut Pass<'_, F>) {
        let weights = theta.len() - self.outputs;
        if self.moves {
            let (dw, db) = grad.split_at_mut(weights);
            let unused = &mut pass.scratch[..self.outputs];
            let start = if pass.first { Onto::Zero } else { Onto::Old };
            linalg::weight_gradient(pass.lanes, at.x, at.dy, start, dw, if self.bias { db } else { unused });
        }
        if let Some(dx) = dx {
            linalg::input_gradient(pass.lanes, at.dy, &theta[..weights], dx);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::testing::{backward, forward, layer_gradient_error, numbers};

    fn units(basis: Basis, widths: Widths, normalized: bool, features: usize) -> Units {
        let linear_tail = features == 3;
        Units { features, units: 4, basis, widths, normalized, linear_tail, moves_centers: true, moves_widths: true }
    }

    #[test]
    fn gradients_of_centres_widths_and_inputs_agree_with_differences() {
        for &basis in Basis::ALL {
            for &widths in Widths::ALL {
                for normalized in [false, true] {
                    if normalized && !basis.sums_above_0() {
                        continue;
                    }
                    for (features, lanes) in [(3, 16), (12, 16), (2, 1)] {
                        let error = layer_gradient_error(&units(basis, widths, normalized, features), lanes);
                        assert!(error < 1e-6, "{basis} {widths} normalized={normalized} {features}: {error:e}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_output_layer_has_the_gradient_of_a_dense_one() {
        assert!(layer_gradient_error(&Output::new(5, 3, true, true), 16) < 1e-8);
    }

    /// The gradient of all that layer has in theta, for slopes of ones.
    fn gradient(layer: &dyn Layer<f64>) -> Vec<f64> {
        let (theta, x) = (numbers(layer.theta_len(), "theta"), numbers(16 * layer.inputs(), "x"));
        backward(layer, &theta, &x, &vec![1.0; 16 * layer.outputs()], 16).dtheta
    }

    #[test]
    fn what_is_switched_off_does_not_move() {
        for &widths in Widths::ALL {
            let all = Units { linear_tail: false, ..units(Basis::Gaussian, widths, false, 3) };
            let whole = gradient(&all);
            let centers = gradient(&Units { moves_widths: false, ..all });
            let only_widths = gradient(&Units { moves_centers: false, ..all });
            assert!(whole.iter().all(|&slope| slope != 0.0), "{whole:?}");
            assert_eq!(centers[..12], whole[..12]);
            assert!(centers[12..].iter().chain(&only_widths[..12]).all(|&slope| slope == 0.0));
            assert_eq!(only_widths[12..], whole[12..]);
        }
        let output = gradient(&Output::new(2, 1, true, false));
        assert!(output[0] != 0.0 && output[2] == 0.0);
        assert_eq!(gradient(&Output::new(2, 1, false, true)), [0.0; 3]);
    }

    #[test]
    fn normalised_answers_add_up_to_1_even_where_every_gaussian_is_0() {
        let layer = Units { linear_tail: false, ..units(Basis::Gaussian, Widths::One, true, 1) };
        let y = forward(&layer, &[0.0, 1.0, 2.0, 3.0, 0.0], &[1e6], 1, None);
        assert_eq!(y, [0.0, 0.0, 0.0, 1.0]);
        let beyond = forward(&layer, &[0.0, 1.0, 2.0, 3.0, 690.0], &[1e200], 1, None);
        assert_eq!(beyond, [0.25; 4]);
    }

    #[test]
    fn the_product_and_the_differences_agree_and_far_from_0_differences_are_taken() {
        let layer = Units { units: 3, ..units(Basis::Gaussian, Widths::One, false, 16) };
        for shift in [0.0, 1e7] {
            let c: Vec<f64> = (0..48).map(|i| (i as f64).sin() + shift).collect();
            let x: Vec<f64> = (0..256).map(|i| (i as f64).cos() + shift).collect();
            let theta = [c.clone(), vec![-2.0]].concat();
            let y = forward(&layer, &theta, &x, 16, None);
            for (at, y) in y.iter().enumerate() {
                let (lane, unit) = (at % 16, at / 16);
                let s: f64 = (0..16).map(|i| (x[i * 16 + lane] - c[unit * 16 + i]).powi(2)).sum();
                assert!((y - (-s * (-2.0_f64).exp()).exp()).abs() < 1e-13);
            }
        }
    }
}
