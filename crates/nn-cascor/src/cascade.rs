//! The hidden units, each fed by the inputs and by all units before it.

use crate::unit::HiddenUnit;
use nn_core::kernels::{Onto, View};
use nn_core::{Layer, Pass, Point, Role, Scalar, Span, linalg};

/// The cascade: unit u sees the d inputs and the u units before it, `v_u = f_u(b_u + sum_i w_ui z_i)` with
/// `z = (x, v_1 .. v_(u-1))`. What leaves it is all of z, inputs first, and the outputs are weighted sums of that.
///
/// # Shapes
/// theta: for each unit its weights, d + u of them, and its bias. x: lanes × d. y: lanes × (d + units).
#[derive(Clone, Debug)]
pub(crate) struct Cascade {
    pub(crate) inputs: usize,
    pub(crate) units: Vec<HiddenUnit>,
}

/// Numbers in theta of so many units over so many inputs.
pub(crate) fn hidden_len(inputs: usize, units: usize) -> usize {
    units * (inputs + 1) + units * units.saturating_sub(1) / 2
}

/// Numbers in the output weights and biases of so many stages: of the network without hidden units, of that with one, and so on.
pub(crate) fn heads_len(inputs: usize, outputs: usize, stages: usize) -> usize {
    // An output has as many numbers over so many inputs and units as the next unit.
    outputs * hidden_len(inputs, stages)
}

impl Cascade {
    /// Where the weights of a unit begin, and how many there are; its bias stands behind them.
    fn place(&self, unit: usize) -> (usize, usize) {
        (hidden_len(self.inputs, unit), self.inputs + unit)
    }

    /// The value of `unit`, for lanes whose `values` of all that comes before it are known; its sums are left in `sums`.
    ///
    /// # Shapes
    /// `values`: lanes × (inputs + unit). `sums`, `value`: lanes.
    pub(crate) fn unit<F: Scalar>(
        &self,
        unit: usize,
        theta: &[F],
        lanes: usize,
        values: &[F],
        sums: &mut [F],
        value: &mut [F],
    ) {
        let (start, fan) = self.place(unit);
        let (weights, bias) = theta[start..=start + fan].split_at(fan);
        linalg::forward(lanes, values, weights, bias, sums);
        self.units[unit].forward(sums, value);
    }
}

impl<F: Scalar> Layer<F> for Cascade {
    fn inputs(&self) -> usize {
        self.inputs
    }

    fn outputs(&self) -> usize {
        self.inputs + self.units.len()
    }

    fn spans(&self) -> Vec<Span> {
        let of = |unit: usize| {
            let (start, fan) = self.place(unit);
            let name = unit + 1;
            [
                Span::new(&format!("{name}.weight"), start, &[1, fan], Role::Weight),
                Span::new(&format!("{name}.bias"), start + fan, &[1], Role::Bias),
            ]
        };
        (0..self.units.len()).flat_map(of).collect()
    }

    /// The sums of the units, which the slope of a Gaussian needs.
    fn tape_len(&self, lanes: usize) -> usize {
        lanes * self.units.len()
    }

    /// dL/dz as it comes together from behind.
    fn scratch_len(&self, lanes: usize) -> usize {
        lanes * (self.inputs + self.units.len())
    }

    fn forward(&self, theta: &[F], x: &[F], y: &mut [F], tape: &mut [F], pass: &mut Pass<'_, F>) {
        let lanes = pass.lanes;
        y[..x.len()].copy_from_slice(x);
        for (unit, sums) in tape.chunks_exact_mut(lanes).enumerate() {
            let (before, rest) = y.split_at_mut(lanes * (self.inputs + unit));
            self.unit(unit, theta, lanes, before, sums, &mut rest[..lanes]);
        }
    }

    /// The slopes by all weights. Cascade-correlation itself never moves a unit that is in place, and asks for none of these.
    fn backward(&self, theta: &[F], at: Point<'_, F>, dx: Option<&mut [F]>, grad: &mut [F], pass: &mut Pass<'_, F>) {
        let lanes = pass.lanes;
        let (dz, _) = pass.split(lanes * (self.inputs + self.units.len()));
        dz.copy_from_slice(at.dy);
        for (unit, sums) in at.tape.chunks_exact(lanes).enumerate().rev() {
            let (start, fan) = self.place(unit);
            let (before, own) = dz.split_at_mut(lanes * fan);
            let own = &mut own[..lanes];
            self.units[unit].backward(sums, &at.y[lanes * fan..][..lanes], own);
            let (dw, db) = grad[start..=start + fan].split_at_mut(fan);
            linalg::weight_gradient(lanes, &at.y[..lanes * fan], own, Onto::Old, dw, db);
            let weights = View::new(&theta[start..start + fan], fan, 1).transposed();
            linalg::product(View::new(own, lanes, 1), weights, Onto::Old, before);
        }
        if let Some(dx) = dx {
            dx.copy_from_slice(&dz[..dx.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::testing::{forward, layer_gradient_error};

    #[test]
    fn slopes_through_the_whole_cascade_are_right() {
        let pool = [HiddenUnit::Sigmoid, HiddenUnit::Gaussian, HiddenUnit::Tanh];
        for units in 0..5 {
            let cascade = Cascade { inputs: 3, units: pool.into_iter().cycle().take(units).collect() };
            assert!(layer_gradient_error(&cascade, 16) < 1e-7, "{units}");
            assert!(layer_gradient_error(&cascade, 1) < 1e-7, "{units}");
        }
    }

    #[test]
    fn a_unit_sees_the_inputs_and_the_units_before_it() {
        let cascade = Cascade { inputs: 1, units: vec![HiddenUnit::Tanh; 2] };
        // v1 = tanh(2 x + 1), v2 = tanh(-x + 3 v1 + 0.5).
        let theta = [2.0, 1.0, -1.0, 3.0, 0.5];
        assert_eq!((theta.len(), heads_len(1, 3, 2)), (hidden_len(1, 2), 3 * (2 + 3)));
        let y = forward(&cascade, &theta, &[0.25], 1, None);
        let first = 1.5_f64.tanh();
        assert!((y[1] - first).abs() < 1e-15 && (y[2] - (-0.25 + 3.0 * first + 0.5).tanh()).abs() < 1e-15);
    }
}
