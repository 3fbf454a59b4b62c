use crate::fractions;
use nn_kernels::{Activation, Float, exp, level_name, ln, sigmoid};

/// A number for the bits of all numbers, in their order: FNV-1a.
fn fingerprint(numbers: &[f32]) -> u64 {
    let bytes = numbers.iter().flat_map(|number| number.to_bits().to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A function that the kernels have for both floats.
trait Function: Copy {
    fn of<F: Float>(self, x: &[F]) -> Vec<F>;
}

macro_rules! functions {
    ($($name:ident = $into:expr;)*) => {$(
        #[derive(Clone, Copy)]
        struct $name;

        impl Function for $name {
            fn of<F: Float>(self, x: &[F]) -> Vec<F> {
                let mut y = x.to_vec();
                $into(x, &mut y);
                y
            }
        }
    )*};
}

functions! {
    Exp = |_, y: &mut [F]| exp(y);
    Ln = ln;
    Sigmoid = |_, y: &mut [F]| sigmoid(y);
}

impl Function for Activation {
    fn of<F: Float>(self, x: &[F]) -> Vec<F> {
        let mut y = x.to_vec();
        self.forward(x, &mut y);
        y
    }
}

/// Units in the last place of f32 between `y` and `exact`.
fn ulp32(y: f32, exact: f64) -> f64 {
    if f64::from(y) == exact || y == exact as f32 {
        return 0.0;
    }
    let unit = f64::from((exact as f32).abs().next_up()) - f64::from((exact as f32).abs());
    (f64::from(y) - exact).abs() / unit
}

/// Units in the last place between `y` and a reference that is itself right to one.
fn ulp64(y: f64, exact: f64) -> f64 {
    if y == exact { 0.0 } else { (y - exact).abs() / (exact.abs().next_up() - exact.abs()) }
}

/// The function, what it should be, and between which ends.
fn check(f: impl Function, exact: impl Fn(f64) -> f64, ranges: &[(f64, f64)]) {
    for &(from, to) in ranges {
        let n = 400_000;
        let x64: Vec<f64> = (0..n).map(|i| from + (to - from) * f64::from(i) / f64::from(n - 1)).collect();
        let x32: Vec<f32> = x64.iter().map(|&x| x as f32).collect();
        let (y32, y64) = (f.of(&x32), f.of(&x64));
        let error32 = x32.iter().zip(&y32).map(|(&x, &y)| ulp32(y, exact(f64::from(x)))).fold(0.0, f64::max);
        let error64 = x64.iter().zip(&y64).map(|(&x, &y)| ulp64(y, exact(x))).fold(0.0, f64::max);
        println!("[{from}, {to}]: {error32:.2} {error64:.2} ulp");
        assert!(error32 <= 3.0 && error64 <= 4.0, "{error32} {error64} ulp in [{from}, {to}]");
    }
}

#[test]
fn exp_is_right_to_three_units_from_subnormals_to_infinity() {
    check(Exp, f64::exp, &[(-1.0, 1.0), (-105.0, 90.0), (-750.0, 711.0)]);
}

#[test]
fn tanh_is_right_to_three_units_also_near_zero() {
    check(Activation::Tanh, f64::tanh, &[(-1e-3, 1e-3), (-1.0, 1.0), (-25.0, 25.0)]);
}

#[test]
fn sigmoid_is_right_to_three_units_in_both_tails() {
    check(
        Sigmoid,
        |x| if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) },
        &[(-4.0, 4.0), (-100.0, 100.0)],
    );
}

#[test]
fn ln_is_right_to_three_units_around_one_and_far_away() {
    check(Ln, f64::ln, &[(0.5, 2.0), (1e-40, 1e-37), (1e-310, 1e-307), (1.0, 1e30)]);
}

#[test]
fn softplus_is_right_to_three_units_in_both_tails() {
    check(Activation::Softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p(), &[(-4.0, 4.0), (-100.0, 100.0)]);
}

#[test]
fn levels_that_fuse_multiply_and_add_give_the_same_bits() {
    if level_name() != "plain" {
        let x: Vec<f32> = fractions(4000, 3).iter().map(|x| 20.0 * x).collect();
        // Found with AVX2. Each step of tanh is one IEEE operation, rounded once, so that AVX-512 and NEON must give the same; whoever
        // changes the formula puts here what AVX2 gives then.
        assert_eq!(fingerprint(&Activation::Tanh.of(&x)), 3_566_002_429_835_144_893, "{}", level_name());
    }
}

#[test]
fn the_ends_of_the_line_are_right() {
    let inf = f32::INFINITY;
    let x = [inf, -inf, 0.0, 1000.0, -1000.0];
    assert_eq!(Exp.of(&x), [inf, 0.0, 1.0, inf, 0.0]);
    assert_eq!(Activation::Tanh.of(&x), [1.0, -1.0, 0.0, 1.0, -1.0]);
    assert_eq!(Sigmoid.of(&x), [1.0, 0.0, 0.5, 1.0, 0.0]);
    assert_eq!(Activation::Softplus.of(&x), [inf, 0.0, std::f32::consts::LN_2, 1000.0, 0.0]);
    let y = Ln.of(&x);
    assert_eq!([y[0], y[2]], [inf, -inf]);
    assert!(y[1].is_nan() && y[4].is_nan());
    assert!(Exp.of(&[f64::NAN])[0].is_nan() && Ln.of(&[f64::NAN])[0].is_nan());
}
