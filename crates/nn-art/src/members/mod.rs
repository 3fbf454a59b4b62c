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
