//! A step along a direction that is neither too long nor too short: the strong Wolfe conditions.
//!
//! With `phi(a) = f(theta + a d)` a step a is taken where `phi(a) <= phi(0) + c_1 a phi'(0)`, so that the function has
//! fallen, and `|phi'(a)| <= -c_2 phi'(0)`, so that it falls no longer. Nocedal and Wright, Numerical Optimization, 2006,
//! (3.7), algorithms 3.5 and 3.6.

use super::dot;
use crate::Scalar;

const C_1: f64 = 1e-4;
const C_2: f64 = 0.9;
/// Looks at the function before the search is given up.
const MOST_LOOKS: usize = 40;

/// The function along a line.
pub(super) struct Line<'a, F: Scalar, G> {
    /// Gives the value at a theta, and writes the gradient.
    pub(super) function: &'a mut G,
    /// Where the line begins.
    pub(super) from: &'a [F],
    /// Where it leads.
    pub(super) direction: &'a [F],
    /// The last theta looked at, and the gradient there.
    pub(super) theta: Vec<F>,
    pub(super) gradient: Vec<F>,
}

/// The function at one place of the line.
#[derive(Clone, Copy, Debug)]
struct Place {
    a: f64,
    value: f64,
    slope: f64,
}

impl<F: Scalar, G: FnMut(&[F], &mut [F]) -> f64> Line<'_, F, G> {
    fn look(&mut self, a: f64) -> Place {
        let step = F::from_f64(a);
        for ((theta, &from), &d) in self.theta.iter_mut().zip(self.from).zip(self.direction) {
            *theta = from + step * d;
        }
        let value = (self.function)(&self.theta, &mut self.gradient);
        Place { a, value, slope: dot(&self.gradient, self.direction) }
    }

    /// Searches from the value and slope at 0, trying the step `first`. Gives the value there and leaves theta and gradient
    /// of the place that it takes; `None` where no place is lower.
    pub(super) fn search(&mut self, value: f64, slope: f64, first: f64) -> Option<f64> {
        let start = Place { a: 0.0, value, slope };
        let (mut before, mut a) = (start, first);
        for look in 0..MOST_LOOKS {
            let place = self.look(a);
            let risen = start.is_too_high(place) || 0 < look && before.value <= place.value;
            if risen {
                return self.zoom(start, before, place);
            }
            if start.is_flat(place) {
                return Some(place.value);
            }
            if 0.0 <= place.slope {
                return self.zoom(start, place, before);
            }
            (before, a) = (place, 2.0 * a);
        }
        // It falls and falls.
        (before.value < value).then(|| self.look(before.a).value)
    }

    /// Between two places, of which `low` is the lowest so far and the function falls from there towards `high`.
    fn zoom(&mut self, start: Place, mut low: Place, mut high: Place) -> Option<f64> {
        for _ in 0..MOST_LOOKS {
            let a = between(low, high);
            if a == low.a || a == high.a {
                break;
            }
            let place = self.look(a);
            if start.is_too_high(place) || low.value <= place.value {
                high = place;
                continue;
            }
            if start.is_flat(place) {
                return Some(place.value);
            }
            if 0.0 <= place.slope * (high.a - low.a) {
                high = low;
            }
            low = place;
        }
        (low.value < start.value).then(|| self.look(low.a).value)
    }
}

impl Place {
    /// Whether `other` has not fallen enough from here, or is no number.
    fn is_too_high(self, other: Self) -> bool {
        let low_enough = other.value <= self.value + C_1 * other.a * self.slope;
        !(low_enough && other.slope.is_finite())
    }

    /// Whether `other` falls no longer, as seen from here.
    fn is_flat(self, other: Self) -> bool {
        other.slope.abs() <= -C_2 * self.slope
    }
}

/// The minimum of the cubic through both places and their slopes, (3.59) there, or the middle where that is not well
/// between them.
fn between(low: Place, high: Place) -> f64 {
    let middle = (low.a + high.a) / 2.0;
    let d_1 = low.slope + high.slope - 3.0 * (low.value - high.value) / (low.a - high.a);
    let d_2 = (high.a - low.a).signum() * (d_1 * d_1 - low.slope * high.slope).sqrt();
    let minimum = high.a - (high.a - low.a) * (high.slope + d_2 - d_1) / (high.slope - low.slope + 2.0 * d_2);
    let share = (minimum - low.a) / (high.a - low.a);
    if (0.1..=0.9).contains(&share) { minimum } else { middle }
}
