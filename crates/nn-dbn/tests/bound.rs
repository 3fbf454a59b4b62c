//! The variational bound of greedy learning, by sums over all states.

use nn_dbn::nalgebra::DMatrix;
use nn_dbn::{Dataset, Rbm};

/// Rows and columns of 3 x 3 that are on: 16 samples, those without and with all units twice.
pub(crate) fn bars_and_stripes() -> DMatrix<f64> {
    DMatrix::from_fn(9, 16, |place, sample| {
        let at = if sample < 8 { place / 3 } else { place % 3 };
        f64::from(u8::from((sample % 8) >> at & 1 == 1))
    })
}

/// All states of so many units, a column each.
pub(crate) fn states(units: usize) -> DMatrix<f64> {
    DMatrix::from_fn(units, 1 << units, |unit, state| f64::from(u8::from(state >> unit & 1 == 1)))
}

/// `ln P` of each state of independent units with these chances.
pub(crate) fn log_chance(chances: &[f64], state: &[f64]) -> f64 {
    chances.iter().zip(state).map(|(&p, &on)| if on == 1.0 { p.ln() } else { (1.0 - p).ln() }).sum()
}

/// `sum_h Q(h | v) (ln P(h) + ln P(v | h) - ln Q(h | v))` of each sample, P(h) being what `second` says.
pub(crate) fn bounds(first: &Rbm<f64>, second: &Rbm<f64>, x: &DMatrix<f64>) -> Vec<f64> {
    let hidden = states(first.machine().hidden);
    let energies = second.free_energy(&Dataset::new(&hidden)).unwrap();
    let log_partition = second.log_partition().unwrap();
    let told = first.transform(&Dataset::new(x)).unwrap();
    let (w, b) = (first.weights(), first.visible_bias());
    let seen = |h: &[f64]| -> Vec<f64> {
        let sum = |i: usize| b[i] + h.iter().enumerate().map(|(j, h)| w[(i, j)] * h).sum::<f64>();
        (0..x.nrows()).map(|i| 1.0 / (1.0 + (-sum(i)).exp())).collect()
    };
    let of = |sample: usize| {
        let (v, q) = (x.column(sample), told.column(sample));
        let terms = hidden.column_iter().zip(&energies).map(|(h, energy)| {
            let log_q = log_chance(q.as_slice(), h.as_slice());
            log_q.exp() * (-energy - log_partition + log_chance(&seen(h.as_slice()), v.as_slice()) - log_q)
        });
        terms.sum()
    };
    (0..x.ncols()).map(of).collect()
}
