//! The members of the family, a file each: the four verbs in which they differ.

mod art1;
mod art2;
mod art2a;
mod fuzzy;
mod plain;

pub(crate) use art1::Art1Member;
pub(crate) use art2::Art2Member;
pub(crate) use art2a::Art2AMember;
pub(crate) use fuzzy::FuzzyMember;
pub(crate) use plain::PlainMember;

use nn_core::Scalar;

/// `|x|`, the sum of the numbers, added in their order as [`Units::overlaps`](nn_core::kernels::Units::overlaps) adds them: a
/// category equal to `x` then matches it to the last bit.
pub(crate) fn size<F: Scalar>(x: &[F]) -> F {
    x.iter().fold(F::ZERO, |sum, &x| sum + x)
}

/// The less of two numbers.
pub(crate) fn less<F: Scalar>(a: F, b: F) -> F {
    if b < a { b } else { a }
}

/// The Euclidean length, of the numbers over their largest, so that none overflows in its square.
fn length<F: Scalar>(x: &[F]) -> f64 {
    let most = x.iter().fold(0.0_f64, |most, x| most.max(x.to_f64().abs()));
    if most == 0.0 { 0.0 } else { most * x.iter().map(|x| (x.to_f64() / most).powi(2)).sum::<f64>().sqrt() }
}

/// `N`: to length 1. What has no length stays as it is.
pub(crate) fn shorten<F: Scalar>(x: &mut [F]) {
    let length = length(x);
    if 0.0 < length {
        x.iter_mut().for_each(|x| *x = F::from_f64(x.to_f64() / length));
    }
}

/// The feature for which a sample has no direction, and why: a number below 0, or none that `passes` as a share of its length.
fn no_direction<F: Scalar>(x: &[F], passes: impl Fn(f64) -> bool) -> Option<(usize, &'static str)> {
    if let Some(at) = x.iter().position(|&x| x < F::ZERO) {
        return Some((at, "ART2 takes numbers of 0 and more"));
    }
    let most = x.iter().fold(0.0_f64, |most, x| most.max(x.to_f64()));
    match most {
        0.0 => Some((0, "a sample of zeros has no direction")),
        most if passes(F::from_f64(most / length(x)).to_f64()) => None,
        _ => Some((0, "no feature of the sample exceeds the threshold, so nothing of it is left")),
    }
}
