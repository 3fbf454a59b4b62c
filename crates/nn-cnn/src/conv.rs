//! The convolutional layer: each unit looks at a small window of the maps before it, and all units of a map share their
//! weights.

use crate::Table;
use nn_core::kernels::{Conv, Onto};
use nn_core::{Layer, Pass, Point, Role, Scalar, Span, linalg};
use std::ops::Range;

/// A convolutional layer: each output map is its input maps under a window of shared weights, and a bias.
///
/// `y_o(i, j) = b_o + sum_c sum_k sum_l w_oc(k, l) x_c(s i + k - p, s j + l - p)` over the input maps c that map o is joined to,
/// with the stride s and the padding p; what lies outside of x is 0.
///
/// # Shapes
/// x: lanes × (channels, rows, columns), y: lanes × (maps, rows, columns). theta: [w | b]; as arrays of a file w is `[maps,
/// channels, rows, columns]`, as PyTorch has it, and `[links, rows, columns]` where a [`Table`] says which maps are joined, map
/// after map.
#[derive(Clone, Debug)]
pub struct Conv2d {
    conv: Conv,
    /// Where the weights of each link stand among those of all pairs of maps, if not all pairs are joined.
    links: Option<Vec<Range<usize>>>,
    /// Whether the kernel covers all of the input, so that each map has one place: then it is a dense layer.
    covers: bool,
}

impl Conv2d {
    /// From maps of `input`, `[channels, rows, columns]`, to `maps`, by a kernel of `[rows, columns]`.
    ///
    /// # Errors
    /// In words, what is wrong: a kernel that does not fit, or a table that is not one of these maps.
    pub fn new(
        input: [usize; 3],
        maps: usize,
        kernel: [usize; 2],
        stride: usize,
        padding: usize,
        table: &Table,
    ) -> Result<Self, String> {
        let [channels, rows, columns] = input;
        let sizes = [maps, kernel[0], kernel[1], stride];
        if sizes.contains(&0) || padding >= kernel[0].max(kernel[1]) {
            return Err("at least one map, a kernel and a stride, and less padding than the kernel is wide".to_owned());
        }
        if rows + 2 * padding < kernel[0] || columns + 2 * padding < kernel[1] {
            return Err(format!("a kernel that fits into {rows}x{columns}"));
        }
        let conv = Conv::new(input, maps, kernel, stride, padding);
        let window = kernel[0] * kernel[1];
        let links = table.links(channels, maps)?.map(|links| {
            let places = links.into_iter().map(|(map, channel)| (map * channels + channel) * window);
            places.map(|start| start..start + window).collect()
        });
        let covers = [rows, columns] == kernel && padding == 0;
        Ok(Self { conv, links, covers })
    }

    /// `[maps, rows, columns]` of the output.
    pub fn output(&self) -> [usize; 3] {
        self.conv.output()
    }

    /// Weights that there are.
    fn weights(&self) -> usize {
        self.links.as_ref().map_or(self.dense(), |links| links.iter().map(ExactSizeIterator::len).sum())
    }

    /// Weights of all pairs of maps.
    fn dense(&self) -> usize {
        self.conv.taps() * self.conv.output()[0]
    }

    /// Room for the frame around the input.
    fn frame_room(&self, lanes: usize) -> usize {
        if self.covers { 0 } else { self.conv.frame_len(lanes) }
    }

    /// Room for the gradient in rows.
    fn rows_room(&self, lanes: usize) -> usize {
        if self.covers { 0 } else { self.conv.gradient_room(lanes) }
    }

    /// Room that the gradient of the input takes.
    fn input_room(&self, lanes: usize) -> usize {
        if self.covers { 0 } else { self.conv.input_room(lanes) }
    }

    /// Room for the weights of all pairs.
    fn table_room(&self) -> usize {
        if self.links.is_some() { self.dense() } else { 0 }
    }

    /// The weights of all pairs: `w` itself, or laid into `room` with zeros where maps are not joined.
    fn expanded<'a, F: Scalar>(&self, w: &'a [F], room: &'a mut [F]) -> &'a [F] {
        let Some(links) = &self.links else { return w };
        room.fill(F::ZERO);
        let mut from = 0;
        for link in links {
            room[link.clone()].copy_from_slice(&w[from..from + link.len()]);
            from += link.len();
        }
        room
    }
}

impl Conv2d {
    /// Adds the gradients of weights and biases.
    fn add_gradients<F: Scalar>(&self, x: &[F], dy: &[F], grad: &mut [F], pass: &mut Pass<'_, F>) {
        let (dw, db) = grad.split_at_mut(self.weights());
        let lanes = pass.lanes;
        let (frame, mut pass) = pass.split(self.frame_room(lanes));
        let (rows, mut pass) = pass.split(self.rows_room(lanes));
        let mut add = |dw: &mut [F], db: &mut [F]| {
            if self.covers {
                return linalg::weight_gradient(lanes, x, dy, Onto::Old, dw, db);
            }
            let rows = self.conv.gradient_rows(dy, lanes, rows);
            linalg::conv_weight_gradient(&self.conv, lanes, self.conv.frame(x, lanes, frame), rows, dw, db);
        };
        let Some(links) = &self.links else { return add(dw, db) };
        let (dense, _) = pass.split(self.table_room());
        dense.fill(F::ZERO);
        add(dense, db);
        let joined = links.iter().flat_map(|link| &dense[link.clone()]);
        dw.iter_mut().zip(joined).for_each(|(dw, &sum)| *dw += sum);
    }

    /// dL/dx.
    fn input_gradient<F: Scalar>(&self, theta: &[F], dy: &[F], dx: &mut [F], pass: &mut Pass<'_, F>) {
        let (w, _) = theta.split_at(self.weights());
        let lanes = pass.lanes;
        let (dense, mut pass) = pass.split(self.table_room());
        let w = self.expanded(w, dense);
        if self.covers {
            return linalg::input_gradient(lanes, dy, w, dx);
        }
        let (rows, mut pass) = pass.split(self.rows_room(lanes));
        let (room, _) = pass.split(self.input_room(lanes));
        self.conv.input_gradient(self.conv.gradient_rows(dy, lanes, rows), lanes, w, dx, room);
    }
}

impl<F: Scalar> Layer<F> for Conv2d {
    fn inputs(&self) -> usize {
        self.conv.input().iter().product()
    }

    fn outputs(&self) -> usize {
        self.conv.output().iter().product()
    }

    fn spans(&self) -> Vec<Span> {
        let ([channels, ..], [maps, ..], [rows, columns]) = (self.conv.input(), self.conv.output(), self.conv.kernel());
        let weights = self.weights();
        let weight = match &self.links {
            None => Span::new("weight", 0, &[maps, channels, rows, columns], Role::Weight),
            // On the average of the maps.
            Some(links) => Span::new("weight", 0, &[links.len(), rows, columns], Role::Weight)
                .with_fans([weights / maps, weights / channels]),
        };
        vec![weight, Span::new("bias", weights, &[maps], Role::Bias)]
    }

    /// Each weight and bias once for each place of its map.
    fn connections(&self) -> usize {
        let [maps, rows, columns] = self.conv.output();
        (self.weights() + maps) * rows * columns
    }

    fn shape(&self) -> Vec<usize> {
        self.conv.output().to_vec()
    }

    fn scratch_len(&self, lanes: usize) -> usize {
        let squares = lanes * (Layer::<F>::inputs(self) + Layer::<F>::outputs(self));
        let rooms = self.frame_room(lanes) + self.rows_room(lanes) + self.input_room(lanes);
        squares + rooms + 2 * self.table_room()
    }

    /// A sample is large: 16 of them stay in the nearer caches.
    fn lanes(&self) -> usize {
        16
    }

    fn forward(&self, theta: &[F], x: &[F], y: &mut [F], _tape: &mut [F], pass: &mut Pass<'_, F>) {
        let (w, b) = theta.split_at(self.weights());
        let lanes = pass.lanes;
        let (frame, mut pass) = pass.split(self.frame_room(lanes));
        let (dense, _) = pass.split(self.table_room());
        let w = self.expanded(w, dense);
        if self.covers {
            return linalg::forward(lanes, x, w, b, y);
        }
        linalg::conv_forward(&self.conv, lanes, self.conv.frame(x, lanes, frame), w, b, y);
    }

    /// `dw_oc(k, l) += sum dy_o(i, j) x_c(s i + k - p, s j + l - p)`, `db_o += sum dy_o`, and dx the same sum over maps and taps
    /// with the weights in the place of x.
    fn backward(&self, theta: &[F], at: Point<'_, F>, dx: Option<&mut [F]>, grad: &mut [F], pass: &mut Pass<'_, F>) {
        self.add_gradients(at.x, at.dy, grad, pass);
        if let Some(dx) = dx {
            self.input_gradient(theta, at.dy, dx, pass);
        }
    }

    /// The sum over the places of `(dy_o(i, j) x_c(...))^2`, which is the gradient of squares.
    fn curvature(
        &self,
        theta: &[F],
        at: Point<'_, F>,
        dx: Option<&mut [F]>,
        diagonal: &mut [F],
        pass: &mut Pass<'_, F>,
    ) -> bool {
        let (x, mut rest) = pass.split(at.x.len());
        let (dy, mut rest) = rest.split(at.dy.len());
        linalg::square(at.x, x);
        linalg::square(at.dy, dy);
        self.add_gradients(x, dy, diagonal, &mut rest);
        if let Some(dx) = dx {
            self.input_gradient(theta, at.dy, dx, &mut rest);
        }
        true
    }
}
