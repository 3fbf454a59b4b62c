//! The float a network computes in: `f32` or `f64`, and nothing else.

use crate::entry::Face;
use crate::kernels;
use std::fmt::{Debug, Display};

/// `f32` or `f64`. Settings are always `f64`; the numbers of a model are of the type of its data.
pub trait Scalar: kernels::Float + nalgebra::Scalar + Debug + Display + PartialOrd + Sealed {
    /// Which of the two this is.
    const PRECISION: Precision;
    /// The gap between 1 and the next larger number.
    const EPSILON: f64;
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;

    /// Whether it is neither infinite nor NaN.
    fn is_finite(self) -> bool;

    /// The face of a model for this float.
    #[doc(hidden)]
    fn face(f32_face: &'static dyn Face<f32>, f64_face: &'static dyn Face<f64>) -> &'static dyn Face<Self>;

    /// Appends the bytes of `values`, little-endian.
    #[doc(hidden)]
    fn extend_bytes(values: &[Self], bytes: &mut Vec<u8>);

    /// The values in `bytes`, little-endian; trailing bytes that make no whole value are left out.
    #[doc(hidden)]
    fn read_bytes(bytes: &[u8]) -> Vec<Self>;
}

crate::choices! {
    /// How many bits a number of the model has.
    pub enum Precision {
        /// 32 bits, about 7 digits.
        F32 = "f32",
        /// 64 bits, about 16 digits.
        F64 = "f64",
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}
use sealed::Sealed;

impl Scalar for f32 {
    const PRECISION: Precision = Precision::F32;
    const EPSILON: f64 = f32::EPSILON as f64;
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    fn is_finite(self) -> bool {
        f32::is_finite(self)
    }

    fn face(f32_face: &'static dyn Face<f32>, _: &'static dyn Face<f64>) -> &'static dyn Face<f32> {
        f32_face
    }

    fn extend_bytes(values: &[Self], bytes: &mut Vec<u8>) {
        bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    }

    fn read_bytes(bytes: &[u8]) -> Vec<Self> {
        bytes.as_chunks().0.iter().map(|&chunk| Self::from_le_bytes(chunk)).collect()
    }
}

impl Scalar for f64 {
    const PRECISION: Precision = Precision::F64;
    const EPSILON: f64 = f64::EPSILON;
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;

    fn is_finite(self) -> bool {
        f64::is_finite(self)
    }

    fn face(_: &'static dyn Face<f32>, f64_face: &'static dyn Face<f64>) -> &'static dyn Face<f64> {
        f64_face
    }

    fn extend_bytes(values: &[Self], bytes: &mut Vec<u8>) {
        bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    }

    fn read_bytes(bytes: &[u8]) -> Vec<Self> {
        bytes.as_chunks().0.iter().map(|&chunk| Self::from_le_bytes(chunk)).collect()
    }
}
