//! The two floats the kernels know, and their vectors.

use std::cell::RefCell;
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

use fearless_simd::{Bytes, Simd, SimdBase, SimdFloat, SimdFloatElement, f32x16, f64x8, u32x16, u64x8};

use crate::Buffer;
use crate::compiled::Compiled;

/// f32 or f64, and nothing else: the element type of every kernel.
pub trait Float:
    Compiled<Self>
    + SimdFloatElement
    + Copy
    + Default
    + PartialOrd
    + Debug
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
{
    /// One vector of 64 bytes, on every instruction set: a fixed width keeps the order of sums fixed.
    type Vector<S: Simd>: Lanes<S> + SimdFloat<S> + SimdBase<S, Element = Self>;

    /// Elements in a vector: 16 for f32, 8 for f64.
    const LANES: usize;
    /// Elements in a cache line of 64 bytes.
    const LINE: usize = 64 / size_of::<Self>();
    /// `exp` of more than this magnitude is infinite or zero, and half of it still has a normal power of two.
    const EXP_LIMIT: Self;
    /// Coefficients of `(e^r - 1 - r) / r^2` for `|r| <= ln 2 / 2`, lowest power first.
    const EXP: &'static [Self];
    /// Coefficients of `2 atanh(s) = 2 s + s z P(z)`, `z = s^2`, for `|s| <= 0.1716`, lowest power first.
    const LOG: &'static [Self];
    /// ln 2, short enough that its product with an exponent is exact.
    const LN_2_HIGH: Self;
    /// The rest of ln 2.
    const LN_2_LOW: Self;
    /// 1.5 times 2 to the number of mantissa bits: adding it rounds to an integer, whose bits are then the lowest of
    /// the sum.
    const ROUNDER: Self;
    /// The smallest normal number.
    const SMALLEST_NORMAL: Self;
    /// Two to the number of mantissa bits plus one, which lifts every subnormal into the normal range.
    const LIFT: Self;
    /// Log2 of [`Float::LIFT`].
    const LIFT_EXPONENT: Self;

    /// The nearest value to `x`.
    fn from_f64(x: f64) -> Self;
    /// The value, exactly.
    fn to_f64(self) -> f64;
    /// `k / 2^24` for k below 2^24, exactly.
    fn from_24_bits(k: u32) -> Self;
    /// A number in [0, 1) from the upper bits of a little-endian integer of this float's size: 24 for f32, 53 for f64.
    fn uniform(bytes: &[u8]) -> Self;
    /// Lends a scratch buffer of this thread to `f`, another one to each use within it. What it holds is left from the last
    /// use.
    fn with_scratch<R>(f: impl FnOnce(&mut Buffer<Self>) -> R) -> R;
}

/// A scratch buffer of more numbers is given back to the system.
const MOST_KEPT: usize = 1 << 20;

/// What the kernels ask of a vector beyond `fearless_simd`'s own traits: the bit work of exp and ln, and partial loads.
pub trait Lanes<S: Simd>: SimdFloat<S> {
    /// `2^(t - u)` for integers held as `ROUNDER + t` and `ROUNDER + u`.
    fn power_of_two(t: Self, u: Self) -> Self;

    /// Splits positive normal numbers into an exponent `e` and a mantissa `m` in [sqrt 1/2, sqrt 2): `self = 2^e m`.
    fn split_exponent(self) -> (Self, Self);

    /// The first lanes from `slice`, zero in the others.
    fn load_partial(simd: S, slice: &[Self::Element]) -> Self;

    /// Stores the first lanes into `slice`.
    fn store_partial(self, slice: &mut [Self::Element]);
}

/// A vector from a slice of at most as many elements.
#[inline(always)]
pub(super) fn load<S: Simd, F: Float>(simd: S, x: &[F]) -> F::Vector<S> {
    if x.len() == F::LANES { F::Vector::<S>::from_slice(simd, x) } else { F::Vector::<S>::load_partial(simd, x) }
}

/// The first lanes of a vector into a slice of at most as many elements.
#[inline(always)]
pub(super) fn store<S: Simd, V: Lanes<S>>(vector: V, x: &mut [V::Element]) {
    if x.len() == V::LEN { vector.store_slice(x) } else { vector.store_partial(x) }
}

macro_rules! float {
    ($float:ident, $vector:ident, $bits:ident, $integer:ident, $signed:ident, $lanes:literal, $mantissa_bits:literal, $rounder_bits:literal, $sqrt_half:literal,
     $integer_base:literal, $bias:literal, exp_limit $exp_limit:literal, exp $exp:expr, log $log:expr, ln_2 $high:literal $low:literal) => {
        impl Float for $float {
            type Vector<S: Simd> = $vector<S>;
            const LANES: usize = $lanes;
            const EXP_LIMIT: Self = $exp_limit;
            const EXP: &'static [Self] = &$exp;
            const LOG: &'static [Self] = &$log;
            const LN_2_HIGH: Self = $high;
            const LN_2_LOW: Self = $low;
            const ROUNDER: Self = $float::from_bits($rounder_bits);
            const SMALLEST_NORMAL: Self = $float::MIN_POSITIVE;
            const LIFT: Self = ((1 as $integer) << ($mantissa_bits + 1)) as $float;
            const LIFT_EXPONENT: Self = ($mantissa_bits + 1) as $float;

            #[inline(always)]
            fn from_f64(x: f64) -> Self {
                x as $float
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }

            #[inline(always)]
            fn from_24_bits(k: u32) -> Self {
                // Through i32, which every instruction set converts.
                (k as i32) as $float * (1.0 / 16_777_216.0)
            }

            #[inline(always)]
            fn uniform(bytes: &[u8]) -> Self {
                let mut word = [0; size_of::<$float>()];
                word.copy_from_slice(bytes);
                let kept = $mantissa_bits + 1;
                let k = $integer::from_le_bytes(word) >> ($integer::BITS - kept);
                (k as $signed) as $float * (1.0 / (1u64 << kept) as $float)
            }

            fn with_scratch<R>(f: impl FnOnce(&mut Buffer<Self>) -> R) -> R {
                thread_local!(static FREE: RefCell<Vec<Buffer<$float>>> = const { RefCell::new(Vec::new()) });
                // The last one put back is the first one taken: each depth of use finds the buffer that it had.
                let mut buffer = FREE.with_borrow_mut(Vec::pop).unwrap_or_default();
                let result = f(&mut buffer);
                if buffer.capacity() <= MOST_KEPT {
                    FREE.with_borrow_mut(|free| free.push(buffer));
                }
                result
            }
        }

        impl<S: Simd> Lanes<S> for $vector<S> {
            #[inline(always)]
            fn power_of_two(t: Self, u: Self) -> Self {
                let (t, u): ($bits<S>, $bits<S>) = (t.bitcast(), u.bitcast());
                (((t - u) << $mantissa_bits) + (1.0 as $float).to_bits()).bitcast()
            }

            #[inline(always)]
            fn split_exponent(self) -> (Self, Self) {
                const ONE: $integer = (1.0 as $float).to_bits();
                const MASK: $integer = (1 << $mantissa_bits) - 1;
                let bits: $bits<S> = self.bitcast();
                let shifted = bits + (ONE - $sqrt_half);
                let mantissa: Self = ((shifted & MASK) + $sqrt_half as $integer).bitcast();
                // An integer below 2^mantissa_bits, put into the mantissa of 2^mantissa_bits, is a float without a
                // conversion.
                let exponent: Self = ((shifted >> $mantissa_bits) | ($integer_base as $float).to_bits()).bitcast();
                (exponent - ($integer_base as $float + $bias as $float), mantissa)
            }

            #[inline(always)]
            fn load_partial(simd: S, slice: &[$float]) -> Self {
                let mut lanes = [0.0; $lanes];
                let len = slice.len().min($lanes);
                lanes[..len].copy_from_slice(&slice[..len]);
                Self::load_array(simd, lanes)
            }

            #[inline(always)]
            fn store_partial(self, slice: &mut [$float]) {
                let len = slice.len().min($lanes);
                slice[..len].copy_from_slice(&self.to_array()[..len]);
            }
        }
    };
}

// The polynomials interpolate at Chebyshev nodes, computed with 60 decimal digits. Their error is below a tenth of a
// unit in the last place.
float!(
    f32, f32x16, u32x16, u32, i32, 16, 23, 0x4b40_0000, 0x3f35_04f3, 8388608.0, 127.0,
    exp_limit 120.0,
    exp [0.5, 0.166_665_77, 0.041_666_556, 0.008_363_186, 0.001_392_619_3],
    log [0.666_666_7, 0.400_001_23, 0.285_508_03, 0.233_309_64],
    ln_2 0.693_359_4 -2.121_944_4e-4
);
float!(
    f64, f64x8, u64x8, u64, i64, 8, 52, 0x4338_0000_0000_0000, 0x3fe6_a09e_667f_3bcd, 4503599627370496.0, 1023.0,
    exp_limit 800.0,
    exp [
        0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326129, 0.0013888888888883744, 0.00019841269874844894, 2.4801587325565073e-05,
        2.7557255369427714e-06, 2.755727362113095e-07, 2.510522981321569e-08, 2.0914696114722447e-09
    ],
    log [
        0.666666666666667, 0.3999999999989924, 0.2857142862609589, 0.2222221111514416, 0.18182890556695602, 0.1533167403016786, 0.1461703754879165
    ],
    ln_2 0.693_147_180_369_123_8 1.908_214_929_270_587_7e-10
);
