//! Images brought to the size that a network takes.

use nn_core::{Image, Layer, Pass, Point, Scalar, kernels};

nn_core::choices! {
    /// How an image of another size becomes one of the network's.
    pub enum Framing {
        /// A frame of background around it, in whose middle it stands.
        Pad = "pad",
        /// Scaled to it: between four pixels where it grows, over all that fall together where it shrinks.
        Resize = "resize",
    }
}

/// Gives images another size, channel by channel.
///
/// Padded, `y(i, j) = x(i - top, j - left)`, and the background outside of x. Resized, `y = R x C^T`: R and C hold the weights
/// of a tent as wide as two pixels of the coarser of both images, around the place that pixel i of y has in x, `(i + 1/2) s -
/// 1/2` with s the ratio of the sizes; where an image grows that is bilinear interpolation.
///
/// # Shapes
/// x: lanes × (channels, rows, columns), y the same with other rows and columns. theta: nothing.
#[derive(Clone, Debug)]
pub struct Frame {
    from: Image,
    to: Image,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    Pad { top: usize, left: usize, background: f64 },
    Resize { rows: Vec<Weighed>, columns: Vec<Weighed> },
}

/// What a pixel is made of: pixels from `first` on, by these weights.
#[derive(Clone, Debug)]
struct Weighed {
    first: usize,
    weights: Vec<f64>,
}

impl Frame {
    /// From images of one shape to `rows` × `columns`; `background` is what surrounds an image, as the network reads it.
    ///
    /// # Errors
    /// In words, what is wrong: an image that is to be padded is larger than the frame.
    pub fn new(from: Image, [rows, columns]: [usize; 2], framing: Framing, background: f64) -> Result<Self, String> {
        let to = Image { rows, columns, ..from };
        let way = match framing {
            Framing::Pad if rows < from.rows || columns < from.columns => {
                return Err(format!("a size that an image of {from} fits into, or framing=resize"));
            }
            Framing::Pad => Way::Pad { top: (rows - from.rows) / 2, left: (columns - from.columns) / 2, background },
            Framing::Resize => Way::Resize { rows: tents(from.rows, rows), columns: tents(from.columns, columns) },
        };
        Ok(Self { from, to, way })
    }

    /// `[channels, rows, columns]` of the output.
    pub fn output(&self) -> [usize; 3] {
        self.to.axes()
    }

    /// Calls `visit` for each pair of runs of numbers that belong together, the first in x and the second in y.
    fn each_row(&self, lanes: usize, top: usize, left: usize, mut visit: impl FnMut(usize, usize)) {
        for channel in 0..self.from.channels {
            for row in 0..self.from.rows {
                let x = (channel * self.from.rows + row) * self.from.columns;
                let y = (channel * self.to.rows + row + top) * self.to.columns + left;
                visit(x * lanes, y * lanes);
            }
        }
    }

    /// Numbers between the two halves of a resizing: all rows of y, the columns of x.
    fn middle(&self, lanes: usize) -> usize {
        match self.way {
            Way::Pad { .. } => 0,
            Way::Resize { .. } => self.from.channels * self.to.rows * self.from.columns * lanes,
        }
    }
}

/// The weights of each of `to` pixels over `from` pixels.
fn tents(from: usize, to: usize) -> Vec<Weighed> {
    let scale = from as f64 / to as f64;
    let half = scale.max(1.0);
    let tent = |to: usize| {
        let center = (to as f64 + 0.5) * scale - 0.5;
        let first = (center - half).ceil().max(0.0) as usize;
        let last = ((center + half).floor() as usize).min(from - 1);
        let weights: Vec<f64> = (first..=last).map(|at| (1.0 - (at as f64 - center).abs() / half).max(0.0)).collect();
        let sum: f64 = weights.iter().sum();
        Weighed { first, weights: weights.into_iter().map(|weight| weight / sum).collect() }
    };
    (0..to).map(tent).collect()
}

/// `y += weight x` where y is made of x; the other way round where `back`.
fn weigh<F: Scalar>(weight: f64, x: &mut [F], y: &mut [F], back: bool) {
    let weight = F::from_f64(weight);
    if back { kernels::axpy(weight, y, x) } else { kernels::axpy(weight, x, y) }
}

/// Both halves of a resizing, forwards or back: rows between x and `middle`, columns between `middle` and y.
fn rows<F: Scalar>(rows: &[Weighed], channels: usize, x: &mut [F], middle: &mut [F], back: bool) {
    let (x_channel, middle_channel) = (x.len() / channels, middle.len() / channels);
    let run = middle_channel / rows.len();
    for (x, middle) in x.chunks_mut(x_channel).zip(middle.chunks_mut(middle_channel)) {
        for (row, middle) in rows.iter().zip(middle.chunks_mut(run)) {
            for (&weight, x) in row.weights.iter().zip(x.chunks_mut(run).skip(row.first)) {
                weigh(weight, x, middle, back);
            }
        }
    }
}

fn columns<F: Scalar>(columns: &[Weighed], lanes: usize, width: usize, middle: &mut [F], y: &mut [F], back: bool) {
    for (middle, y) in middle.chunks_mut(width * lanes).zip(y.chunks_mut(columns.len() * lanes)) {
        for (column, y) in columns.iter().zip(y.chunks_mut(lanes)) {
            for (&weight, middle) in column.weights.iter().zip(middle.chunks_mut(lanes).skip(column.first)) {
                weigh(weight, middle, y, back);
            }
        }
    }
}

impl<F: Scalar> Layer<F> for Frame {
    fn inputs(&self) -> usize {
        self.from.numbers()
    }

    fn outputs(&self) -> usize {
        self.to.numbers()
    }

    fn shape(&self) -> Vec<usize> {
        self.to.axes().to_vec()
    }

    /// As of a convolution: what is framed may be large.
    fn lanes(&self) -> usize {
        16
    }

    fn scratch_len(&self, lanes: usize) -> usize {
        // A resizing works on copies: its two halves are the same code in both directions.
        self.middle(lanes)
            + if self.middle(lanes) == 0 { 0 } else { lanes * self.from.numbers().max(self.to.numbers()) }
    }

    fn forward(&self, _theta: &[F], x: &[F], y: &mut [F], _tape: &mut [F], pass: &mut Pass<'_, F>) {
        let lanes = pass.lanes;
        match &self.way {
            Way::Pad { top, left, background } => {
                y.fill(F::from_f64(*background));
                let len = self.from.columns * lanes;
                self.each_row(lanes, *top, *left, |from, to| y[to..to + len].copy_from_slice(&x[from..from + len]));
            }
            Way::Resize { rows: of_rows, columns: of_columns } => {
                let (middle, mut pass) = pass.split(self.middle(lanes));
                let (copy, _) = pass.split(x.len());
                copy.copy_from_slice(x);
                middle.fill(F::ZERO);
                y.fill(F::ZERO);
                rows(of_rows, self.from.channels, copy, middle, false);
                columns(of_columns, lanes, self.from.columns, middle, y, false);
            }
        }
    }

    fn backward(&self, _: &[F], at: Point<'_, F>, dx: Option<&mut [F]>, _: &mut [F], pass: &mut Pass<'_, F>) {
        let Some(dx) = dx else { return };
        let lanes = pass.lanes;
        match &self.way {
            Way::Pad { top, left, .. } => {
                let len = self.from.columns * lanes;
                self.each_row(lanes, *top, *left, |to, from| {
                    dx[to..to + len].copy_from_slice(&at.dy[from..from + len]);
                });
            }
            Way::Resize { rows: of_rows, columns: of_columns } => {
                let (middle, mut pass) = pass.split(self.middle(lanes));
                let (copy, _) = pass.split(at.dy.len());
                copy.copy_from_slice(at.dy);
                middle.fill(F::ZERO);
                dx.fill(F::ZERO);
                columns(of_columns, lanes, self.from.columns, middle, copy, true);
                rows(of_rows, self.from.channels, dx, middle, true);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::testing::{forward, layer_gradient_error};

    /// One image through the layer.
    fn framed(from: Image, to: [usize; 2], fit: Framing, x: &[f64]) -> Vec<f64> {
        let frame = Frame::new(from, to, fit, -0.5).unwrap();
        forward(&frame, &[], x, 1, None)
    }

    #[test]
    fn padding_puts_the_image_into_the_middle() {
        let y = framed(Image::grey(2, 2), [4, 5], Framing::Pad, &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(y[5..10], [-0.5, 1.0, 2.0, -0.5, -0.5]);
        assert_eq!(y[10..15], [-0.5, 3.0, 4.0, -0.5, -0.5]);
        assert!(Frame::new(Image::grey(9, 9), [8, 9], Framing::Pad, 0.0).unwrap_err().contains("9x9"));
    }

    #[test]
    fn resizing_keeps_a_plain_image_plain_and_a_slope_a_slope() {
        assert!(framed(Image::grey(3, 3), [7, 5], Framing::Resize, &[2.0; 9]).iter().all(|y| (y - 2.0).abs() < 1e-12));
        let y = framed(Image::grey(1, 4), [1, 8], Framing::Resize, &[0.0, 1.0, 2.0, 3.0]);
        assert_eq!(y[1..7], [0.25, 0.75, 1.25, 1.75, 2.25, 2.75]);
        let y = framed(Image::grey(1, 8), [1, 4], Framing::Resize, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
        assert!((y[1] - 2.5).abs() < 1e-12 && (y[2] - 4.5).abs() < 1e-12, "{y:?}");
    }

    #[test]
    fn what_comes_back_is_the_slope() {
        let colours = Image { rows: 3, columns: 2, channels: 2 };
        for (to, fit) in [([5, 4], Framing::Pad), ([5, 4], Framing::Resize), ([2, 1], Framing::Resize)] {
            for lanes in [1, 16] {
                assert!(
                    layer_gradient_error(&Frame::new(colours, to, fit, 0.3).unwrap(), lanes) < 1e-6,
                    "{to:?} {fit}"
                );
            }
        }
    }
}
