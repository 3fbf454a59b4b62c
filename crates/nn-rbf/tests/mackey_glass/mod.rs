//! The series of Mackey and Glass, and the task that Moody and Darken made of it.

use nn_rbf::nalgebra::DMatrix;
use std::sync::LazyLock;

/// Samples of what is asked are from here on.
const ASKED: usize = 4000;
/// Before it the series still remembers how it began. Of 500 points from elsewhere on the figures 6 steps ahead differ much where
/// centres are many: 0.004 to 0.037 with 200 of them.
const LEARNED: usize = 200;

/// `x(0)`, `x(1)`, ... up to 4,600.
pub(crate) static SERIES: LazyLock<Vec<f64>> = LazyLock::new(|| series(4601));

/// `x' = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x`, with x(0) = 1.2 and nothing before; by Runge and Kutta's fourth order in steps of
/// 0.1, what was in the middle of a step being the mean of its ends. Every tenth value.
fn series(count: usize) -> Vec<f64> {
    const STEP: f64 = 0.1;
    const DELAY: usize = 170;
    let mut x = vec![1.2];
    for at in 0..10 * (count - 1) {
        let before = |back: usize| if at < back { 0.0 } else { x[at - back] };
        let (old, new) = (before(DELAY), before(DELAY - 1));
        let slope = |x: f64, delayed: f64| 0.2 * delayed / (1.0 + delayed.powi(10)) - 0.1 * x;
        let now = x[at];
        let middle = (old + new) / 2.0;
        let first = slope(now, old);
        let second = slope(now + STEP / 2.0 * first, middle);
        let third = slope(now + STEP / 2.0 * second, middle);
        let fourth = slope(now + STEP * third, new);
        x.push(now + STEP / 6.0 * (first + 2.0 * second + 2.0 * third + fourth));
    }
    x.into_iter().step_by(10).collect()
}

/// What is to be learned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lesson {
    /// How many steps ahead is told.
    pub(crate) ahead: usize,
    /// How many points are learned from.
    pub(crate) learned: usize,
    /// What widths are multiplied by.
    pub(crate) factor: f64,
}

impl Lesson {
    /// Inputs x(t), x(t - 6), x(t - 12), x(t - 18) and what is `ahead`: of the points to learn from, and of 500 to be asked.
    pub(crate) fn samples(&self) -> [(DMatrix<f64>, DMatrix<f64>); 2] {
        [(LEARNED, self.learned), (ASKED, 500)].map(|(from, count)| {
            let x = DMatrix::from_fn(4, count, |lag, j| SERIES[from + j - 6 * lag]);
            (x, DMatrix::from_fn(1, count, |_, j| SERIES[from + j + self.ahead]))
        })
    }
}
