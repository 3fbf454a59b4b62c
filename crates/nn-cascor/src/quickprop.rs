//! How weights move: quickprop as cascade-correlation has it, or one of nn-core's rules.

use nn_core::{Rule, Scalar, Step};

/// Quickprop of one weight, as in Fahlman's program: with the slope S, that before S' and the change before d,
///
/// - no change before: `-eps S`;
/// - `S` points along d beyond `mu / (1 + mu) S'`: `mu d`, and `-eps S` more where S still points downhill;
/// - else `d S / (S' - S)`, the minimum of the parabola through both slopes, and `-eps S` more as before.
///
/// nn-core's rule of that name is Fahlman's of 1988: it limits the jump on both sides, and takes a plain step where the
/// parabola points uphill. Here such a step is `mu d`.
///
/// Fahlman and Lebiere, The cascade-correlation learning architecture, 1990; Fahlman's program.
fn quickprop<F: Scalar>(mu: F, shrink: F, epsilon: F, slope: F, before: F, change: F) -> F {
    // Downhill, against the slope, is where the change went: the same for both signs of it.
    let (slope_along, before_along) = if F::ZERO < change { (-slope, -before) } else { (slope, before) };
    if change == F::ZERO {
        return -(epsilon * slope);
    }
    let plain = if F::ZERO < slope_along { -(epsilon * slope) } else { F::ZERO };
    let far = shrink * before_along <= slope_along;
    plain + if far { mu * change } else { change * slope / (before - slope) }
}

/// By what rule one of the two kinds of weights moves, and how fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mover {
    /// `None` is quickprop as above.
    pub(crate) rule: Option<Rule>,
    pub(crate) rate: f64,
    pub(crate) decay: f64,
    /// Mu of quickprop.
    pub(crate) growth: f64,
    /// Momentum of sgd and nesterov.
    pub(crate) momentum: f64,
}

/// What a step size is multiplied by after each failure, and mu of quickprop.
const SHORTER: [f64; 2] = [0.25, 0.7];

impl Mover {
    /// The same by shorter steps, after so many failures.
    pub(crate) fn shortened(&self, failures: usize) -> Self {
        let [rate, growth] = SHORTER.map(|factor| factor.powi(failures.min(30) as i32));
        Self { rate: self.rate * rate, growth: self.growth * growth, ..*self }
    }

    /// Numbers that it remembers of so many weights; zero at first.
    pub(crate) fn memory(&self, weights: usize) -> usize {
        self.rule.map_or(2 * weights, |rule| rule.memory(weights))
    }

    /// Moves `theta` by summed slopes: quickprop takes `rate / share` of a slope, with the decay added to it as it is, and the
    /// others the slope times `scale`, of which they leave zeros.
    ///
    /// # Shapes
    /// `theta`, `slopes`: as long. `memory`: [`memory`](Self::memory).
    pub(crate) fn step<F: Scalar>(&self, theta: &mut [F], slopes: &mut [F], memory: &mut [F], by: Scale) {
        if let Some(rule) = self.rule {
            let step = Step {
                learning_rate: self.rate,
                momentum: self.momentum,
                taken: by.taken,
                gradient_scale: by.scale,
                decay: self.decay,
                pull: 0.0,
                error_rose: false,
            };
            return rule.step(0..theta.len(), theta, slopes, memory, &step);
        }
        let [mu, shrink, epsilon, decay] =
            [self.growth, self.growth / (1.0 + self.growth), self.rate / by.share, self.decay].map(F::from_f64);
        let (before, changes) = memory.split_at_mut(theta.len());
        for ((w, &slope), (before, change)) in theta.iter_mut().zip(&*slopes).zip(before.iter_mut().zip(changes)) {
            let slope = slope + decay * *w;
            *change = quickprop(mu, shrink, epsilon, slope, *before, *change);
            *before = slope;
            *w += *change;
        }
    }
}

/// What slopes are divided by before a step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    /// Of quickprop's step size: the samples, times the connections into a candidate.
    pub(crate) share: f64,
    /// What the other rules multiply a slope by.
    pub(crate) scale: f64,
    /// Steps taken before.
    pub(crate) taken: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(slope: f64, before: f64, change: f64) -> f64 {
        quickprop(2.0, 2.0 / 3.0, 0.1, slope, before, change)
    }

    #[test]
    fn a_first_step_goes_down_the_slope() {
        assert_eq!(
            (step(3.0, 0.0, 0.0), step(-3.0, 5.0, 0.0)),
            (-0.3 * 1.000_000_000_000_000_2, 0.3 * 1.000_000_000_000_000_2)
        );
    }

    #[test]
    fn a_parabola_is_minimised_in_one_jump() {
        // E = x^2: from 3, with slope 6, to 2, with slope 4; the jump goes to 0, and a plain step more.
        assert_eq!(step(4.0, 6.0, -1.0), -2.0 - 0.4);
        // The mirror.
        assert_eq!(step(-4.0, -6.0, 1.0), 2.0 + 0.4);
        // Past the minimum, at -1 with slope -2 from 2 with slope 4: one back, and no plain step.
        assert_eq!(step(-2.0, 4.0, -3.0), 1.0);
    }

    #[test]
    fn a_jump_grows_by_mu_at_most() {
        // Slopes that hardly fell, or rose.
        assert_eq!(
            (step(5.9, 6.0, -1.0), step(7.0, 6.0, -1.0)),
            (-2.0 - 0.59 * 1.0, -2.0 - 0.7 * 1.000_000_000_000_000_2)
        );
    }
}
