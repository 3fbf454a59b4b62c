//! Sampling layers: maps become smaller, and what is found in them less bound to its place.

use nn_core::kernels::Windows;
use nn_core::{Layer, Pass, Point, Role, Scalar, Span, kernels, linalg};

/// What is made of the places of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `y = max x`.
    Max,
    /// `y = sum x / places`.
    Mean,
    /// `y = a_m sum x + b_m`.
    Subsample,
}

/// One number for each window of a map: its largest, its mean, or LeCun's trainable sampling, `y = a_m sum x + b_m` with one
/// coefficient and one bias for each map m. LeCun, Bottou, Bengio and Haffner 1998, section II.B.
///
/// # Shapes
/// x: lanes × (maps, rows, columns), y the same with fewer rows and columns. theta: nothing, or [a | b] of trainable sampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pool {
    kind: Kind,
    windows: Windows,
}

impl Pool {
    /// The largest of each window of `size` × `size` places, every `stride` places of maps of `[maps, rows, columns]`.
    ///
    /// # Errors
    /// In words, what is wrong: windows that do not fit into the maps, or leave some of them over.
    pub fn max(input: [usize; 3], size: usize, stride: usize) -> Result<Self, String> {
        Self::new(Kind::Max, input, size, stride)
    }

    /// The mean of each window.
    ///
    /// # Errors
    /// As [`max`](Self::max).
    pub fn mean(input: [usize; 3], size: usize, stride: usize) -> Result<Self, String> {
        Self::new(Kind::Mean, input, size, stride)
    }

    /// The sum of each window with a coefficient and a bias for its map.
    ///
    /// # Errors
    /// As [`max`](Self::max).
    pub fn subsample(input: [usize; 3], size: usize, stride: usize) -> Result<Self, String> {
        Self::new(Kind::Subsample, input, size, stride)
    }

    fn new(kind: Kind, input: [usize; 3], size: usize, stride: usize) -> Result<Self, String> {
        let [_, rows, columns] = input;
        if size == 0 || stride == 0 {
            return Err("windows of at least one place and a stride of at least 1".to_owned());
        }
        let fits = |places: usize| size <= places && (places - size).is_multiple_of(stride);
        if !fits(rows) || !fits(columns) {
            return Err(format!("windows of {size}x{size}, {stride} apart, that fill {rows}x{columns}"));
        }
        Ok(Self { kind, windows: Windows::new(input, size, stride) })
    }

    /// `[maps, rows, columns]` of the output.
    pub fn output(&self) -> [usize; 3] {
        self.windows.output()
    }

    fn maps(&self) -> usize {
        self.windows.output()[0]
    }

    /// `1 / places`, by which a mean is a sum.
    fn share<F: Scalar>(&self) -> F {
        F::from_f64(1.0 / self.windows.places() as f64)
    }
}

impl<F: Scalar> Layer<F> for Pool {
    fn inputs(&self) -> usize {
        self.windows.input().iter().product()
    }

    fn outputs(&self) -> usize {
        self.windows.output().iter().product()
    }

    fn spans(&self) -> Vec<Span> {
        if self.kind != Kind::Subsample {
            return Vec::new();
        }
        let maps = self.maps();
        let weight = Span::new("weight", 0, &[maps], Role::Weight);
        vec![weight.with_fans([self.windows.places(), 1]), Span::new("bias", maps, &[maps], Role::Bias)]
    }

    /// Each place of a window, and a bias where there is one.
    fn connections(&self) -> usize {
        let outputs: usize = self.windows.output().iter().product();
        outputs * (self.windows.places() + usize::from(self.kind == Kind::Subsample))
    }

    fn shape(&self) -> Vec<usize> {
        self.windows.output().to_vec()
    }

    /// Which place was the largest, or the sums that are weighted.
    fn tape_len(&self, lanes: usize) -> usize {
        if self.kind == Kind::Mean { 0 } else { lanes * Layer::<F>::outputs(self) }
    }

    fn scratch_len(&self, lanes: usize) -> usize {
        if self.kind == Kind::Subsample { 2 * lanes * Layer::<F>::outputs(self) } else { 0 }
    }

    fn forward(&self, theta: &[F], x: &[F], y: &mut [F], tape: &mut [F], pass: &mut Pass<'_, F>) {
        match self.kind {
            Kind::Max => self.windows.maxima(pass.lanes, x, y, tape),
            Kind::Mean => self.windows.sums(pass.lanes, x, self.share(), y),
            Kind::Subsample => {
                self.windows.sums(pass.lanes, x, F::ONE, tape);
                let (a, b) = theta.split_at(self.maps());
                let map = y.len() / self.maps();
                for ((y, sums), (&a, &b)) in y.chunks_mut(map).zip(tape.chunks(map)).zip(a.iter().zip(b)) {
                    y.iter_mut().zip(sums).for_each(|(y, &sum)| *y = a * sum + b);
                }
            }
        }
    }

    /// `dx = a_m dy` at each place of a window, `da_m += sum dy sum x`, `db_m += sum dy`; of a maximum, dy goes to where it was.
    fn backward(&self, theta: &[F], at: Point<'_, F>, dx: Option<&mut [F]>, grad: &mut [F], pass: &mut Pass<'_, F>) {
        self.add_gradients(at.tape, at.dy, grad);
        if let Some(dx) = dx {
            self.input_gradient(theta, at, dx, pass.lanes);
        }
    }

    /// `sum (dy sum x)^2` for a coefficient and `sum dy^2` for a bias, over the places of its map.
    fn curvature(
        &self,
        theta: &[F],
        at: Point<'_, F>,
        dx: Option<&mut [F]>,
        diagonal: &mut [F],
        pass: &mut Pass<'_, F>,
    ) -> bool {
        if self.kind == Kind::Subsample {
            let (sums, mut rest) = pass.split(at.dy.len());
            let (dy, _) = rest.split(at.dy.len());
            linalg::square(at.tape, sums);
            linalg::square(at.dy, dy);
            self.add_gradients(sums, dy, diagonal);
        }
        if let Some(dx) = dx {
            self.input_gradient(theta, at, dx, pass.lanes);
        }
        true
    }
}

impl Pool {
    /// Adds the gradients of coefficients and biases, where there are any.
    fn add_gradients<F: Scalar>(&self, sums: &[F], dy: &[F], grad: &mut [F]) {
        if self.kind != Kind::Subsample {
            return;
        }
        let map = dy.len() / self.maps();
        let (da, db) = grad.split_at_mut(self.maps());
        for ((dy, sums), (da, db)) in dy.chunks(map).zip(sums.chunks(map)).zip(da.iter_mut().zip(db)) {
            *da += kernels::dot(dy, sums);
            *db += F::from_f64(kernels::sum(dy));
        }
    }

    /// dL/dx.
    fn input_gradient<F: Scalar>(&self, theta: &[F], at: Point<'_, F>, dx: &mut [F], lanes: usize) {
        match self.kind {
            Kind::Max => self.windows.hand_back(lanes, at.dy, at.tape, dx),
            Kind::Mean => self.windows.spread(lanes, at.dy, &[self.share()], dx),
            Kind::Subsample => self.windows.spread(lanes, at.dy, &theta[..self.maps()], dx),
        }
    }
}
