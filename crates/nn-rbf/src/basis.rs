//! Radial basis functions: what a unit answers to the squared distance of a sample from its centre.

use nn_core::Scalar;
use nn_core::kernels::{exp_of_minus, ln};

nn_core::choices! {
    /// What a unit answers to the squared distance from its centre, `s = beta |x - c|^2`.
    pub enum Basis {
        /// `e^-s`, the chapter's (19).
        Gaussian = "gaussian",
        /// `sqrt(1 + s)`. Hardy 1971.
        Multiquadric = "multiquadric",
        /// `1 / sqrt(1 + s)`.
        InverseMultiquadric = "inverse-multiquadric",
        /// `s ln(s) / 2`, which is `r^2 ln r` for `r = sqrt(s)`. Duchon 1977.
        ThinPlateSpline = "thin-plate-spline",
        /// `r^3` for `r = sqrt(s)`.
        Cubic = "cubic",
    }
}

impl Basis {
    /// Whether the width of the units matters: the splines answer the more the farther, whatever the unit of distance is.
    pub(crate) fn has_width(self) -> bool {
        match self {
            Self::Gaussian | Self::Multiquadric | Self::InverseMultiquadric => true,
            Self::ThinPlateSpline | Self::Cubic => false,
        }
    }

    /// The sign with which the matrix of answers between different places is positive definite, beside the constant or linear
    /// functions that the basis asks for. Micchelli 1986.
    pub(crate) fn definite(self) -> f64 {
        match self {
            Self::Gaussian | Self::InverseMultiquadric | Self::ThinPlateSpline | Self::Cubic => 1.0,
            Self::Multiquadric => -1.0,
        }
    }

    /// Whether the answers of all units to a sample add up to more than 0, so that they can be divided by their sum.
    pub(crate) fn sums_above_0(self) -> bool {
        match self {
            Self::Gaussian | Self::Multiquadric | Self::InverseMultiquadric => true,
            Self::ThinPlateSpline | Self::Cubic => false,
        }
    }

    /// `y = rho(s)`.
    pub(crate) fn answer<F: Scalar>(self, s: &[F], y: &mut [F]) {
        let (one, half) = (F::ONE, F::from_f64(0.5));
        match self {
            Self::Gaussian => {
                exp_of_minus(s, y);
            }
            Self::Multiquadric => y.iter_mut().zip(s).for_each(|(y, &s)| *y = root(one + s)),
            Self::InverseMultiquadric => y.iter_mut().zip(s).for_each(|(y, &s)| *y = one / root(one + s)),
            Self::ThinPlateSpline => {
                ln(s, y);
                y.iter_mut().zip(s).for_each(|(y, &s)| *y = if s == F::ZERO { s } else { half * s * *y });
            }
            Self::Cubic => y.iter_mut().zip(s).for_each(|(y, &s)| *y = s * root(s)),
        }
    }

    /// `ds = dy drho/ds`, in place, given y = rho(s).
    pub(crate) fn slope<F: Scalar>(self, s: &[F], y: &[F], ds: &mut [F]) {
        let half = F::from_f64(0.5);
        let all = ds.iter_mut().zip(s).zip(y);
        match self {
            Self::Gaussian => all.for_each(|((ds, _), &y)| *ds *= -y),
            Self::Multiquadric => all.for_each(|((ds, _), &y)| *ds *= half / y),
            Self::InverseMultiquadric => all.for_each(|((ds, _), &y)| *ds *= -(half * y * y * y)),
            // At the centre itself s does not move with c.
            Self::ThinPlateSpline => all.for_each(|((ds, &s), &y)| {
                *ds *= if s == F::ZERO { s } else { y / s + half };
            }),
            Self::Cubic => all.for_each(|((ds, &s), _)| *ds *= F::from_f64(1.5) * root(s)),
        }
    }
}

fn root<F: Scalar>(x: F) -> F {
    F::from_f64(x.to_f64().sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_its_formula() {
        // s = 4, r = 2.
        for &basis in Basis::ALL {
            let expected = match basis {
                Basis::Gaussian => (-4.0_f64).exp(),
                Basis::Multiquadric => 5.0_f64.sqrt(),
                Basis::InverseMultiquadric => 0.2_f64.sqrt(),
                Basis::ThinPlateSpline => 4.0 * 2.0_f64.ln(),
                Basis::Cubic => 8.0,
            };
            let mut y = [0.0];
            basis.answer(&[4.0], &mut y);
            assert!((y[0] - expected).abs() < 1e-14, "{basis}: {} {expected}", y[0]);
        }
    }
}
