//! LeNet-5's output units: how far the last features are from the picture of each class.

use nn_core::random::Key;
use nn_core::{Layer, Pass, Point, Scalar};
use std::collections::HashSet;

/// LeNet-5's output units: the negative squared distance of the features from a fixed code for each class.
///
/// `y_c = -sum_j (x_j - w_cj)^2`: the penalty of class c, negative so that the largest output is the answer. The codes w_c, of
/// -1 and 1, are fixed.
///
/// LeCun, Bottou, Bengio and Haffner 1998, eq. 7. The paper draws the codes as pictures of 7 × 12 places, which are not in its
/// text; here they are drawn by lot, once and for all, and drawn again where another class has the same.
///
/// # Shapes
/// x: lanes × features, y: lanes × classes. theta: nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RbfOutput {
    features: usize,
    /// classes × features, true for 1.
    codes: Vec<bool>,
}

/// The codes are the same in every network.
const SEED: u64 = 1998;

impl RbfOutput {
    /// From `features` to the penalties of so many classes.
    ///
    /// # Errors
    /// In words, what is wrong: so few features that two classes would have the same code.
    pub fn new(features: usize, classes: usize) -> Result<Self, String> {
        let fewest = classes.next_power_of_two().ilog2().max(1) as usize;
        if features < fewest {
            return Err(format!("at least {fewest} units before it, so that {classes} classes have a code each"));
        }
        let mut numbers = vec![0.0_f32; features];
        let mut codes = Vec::with_capacity(classes);
        let mut taken = HashSet::new();
        for class in 0..classes as u64 {
            let mut stream = Key { seed: SEED, step: class, shard: 0 }.stream("codes");
            codes.push(loop {
                nn_core::kernels::random::fill_uniform(&mut stream, &mut numbers);
                let code: Vec<bool> = numbers.iter().map(|&number| 0.5 <= number).collect();
                if taken.insert(code.clone()) {
                    break code;
                }
            });
        }
        Ok(Self { features, codes: codes.concat() })
    }

    /// Calls `visit` with class and feature of each code, and whether it is 1.
    fn each(&self, mut visit: impl FnMut(usize, usize, bool)) {
        for (class, code) in self.codes.chunks(self.features.max(1)).enumerate() {
            code.iter().enumerate().for_each(|(feature, &one)| visit(class, feature, one));
        }
    }
}

fn code<F: Scalar>(one: bool) -> F {
    if one { F::ONE } else { F::ZERO - F::ONE }
}

impl<F: Scalar> Layer<F> for RbfOutput {
    fn inputs(&self) -> usize {
        self.features
    }

    fn outputs(&self) -> usize {
        self.codes.len() / self.features
    }

    fn connections(&self) -> usize {
        self.codes.len()
    }

    fn forward(&self, _theta: &[F], x: &[F], y: &mut [F], _tape: &mut [F], pass: &mut Pass<'_, F>) {
        let lanes = pass.lanes;
        y.fill(F::ZERO);
        self.each(|class, feature, one| {
            let (x, w) = (&x[feature * lanes..][..lanes], code::<F>(one));
            for (y, &x) in y[class * lanes..][..lanes].iter_mut().zip(x) {
                *y -= (x - w) * (x - w);
            }
        });
    }

    /// `d2y_c/dx_j2 = -2`, so a loss that wants the outputs to grow, `sum_c dL/dy_c < 0`, is bent by -2 times that.
    fn bend(&self, _x: &[F], dy: &[F], lanes: usize, diagonal: &mut [F]) {
        let two = F::from_f64(2.0);
        for lane in 0..lanes {
            let mut pull = F::ZERO;
            dy.iter().skip(lane).step_by(lanes).for_each(|&dy| pull -= dy);
            if F::ZERO < pull {
                diagonal.iter_mut().skip(lane).step_by(lanes).for_each(|diagonal| *diagonal += two * pull);
            }
        }
    }

    /// `dx_j = -2 sum_c dy_c (x_j - w_cj)`.
    fn backward(&self, _: &[F], at: Point<'_, F>, dx: Option<&mut [F]>, _: &mut [F], pass: &mut Pass<'_, F>) {
        let Some(dx) = dx else { return };
        let (lanes, two) = (pass.lanes, F::from_f64(2.0));
        dx.fill(F::ZERO);
        self.each(|class, feature, one| {
            let (x, w) = (&at.x[feature * lanes..][..lanes], code::<F>(one));
            let dy = &at.dy[class * lanes..][..lanes];
            for ((dx, &x), &dy) in dx[feature * lanes..][..lanes].iter_mut().zip(x).zip(dy) {
                *dx -= two * dy * (x - w);
            }
        });
    }
}
