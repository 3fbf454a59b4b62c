//! How badly a system is conditioned: the ends of its spectrum.

use nn_core::nalgebra::DVector;

/// The largest and smallest eigenvalues of a symmetric matrix by size, roughly: by power iteration forth and back.
pub(crate) fn ends_of_spectrum(
    size: usize,
    apply: impl Fn(&DVector<f64>) -> DVector<f64>,
    solve: impl Fn(&DVector<f64>) -> Option<DVector<f64>>,
) -> Option<(f64, f64)> {
    const TURNS: usize = 30;
    // A condition number is told to three digits.
    const SURE: f64 = 1e-4;
    let start = DVector::from_fn(size, |i, _| 1.0 + 0.5 * (i as f64 * 2.399).sin());
    let grow = |step: &dyn Fn(&DVector<f64>) -> Option<DVector<f64>>| {
        let mut x = start.normalize();
        let mut growth = 0.0;
        for _ in 0..TURNS {
            let y = step(&x)?;
            let before = growth;
            growth = y.norm();
            if growth == 0.0 || !growth.is_finite() {
                return None;
            }
            x = y / growth;
            if (growth - before).abs() <= SURE * growth {
                break;
            }
        }
        Some(growth)
    };
    let largest = grow(&|x| Some(apply(x)))?;
    let smallest = 1.0 / grow(&|x| solve(x))?;
    Some((largest.max(smallest), smallest))
}
