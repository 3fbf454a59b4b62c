//! Convolutions, samples in the lanes.
//!
//! For one row of an output map, the values that meet one weight lie side by side in the input: the samples of a place are a
//! vector, and the next place of the row follows them. So a row of all maps is a product of matrices whose left operand is
//! not copied together but read where it lies, each of its columns, the taps, from a start of its own; the micro-kernel is
//! that of all products. One sample alone is the same with one lane: then the places of the row fill the vectors.
//!
//! Rows that are padded, and those of which every second place is skipped, are first laid into a [frame](Conv::frame): zeros
//! around them, and the places that one tap meets side by side. Where a row is no whole number of vectors, as those of one
//! sample alone, gradients are laid into [rows](Conv::gradient_rows) that are, with zeros at their ends: what is read beyond a
//! row then counts for nothing.

use fearless_simd::{Simd, SimdBase, SimdFloat};

use crate::arrays::{slices, vectors};
use crate::reduce::sum_lanes;
use crate::tile::{Columns, Panel, panel, panel_height};
use crate::{Float, Onto, View, level};

/// Numbers that are whole vectors of any float.
const WHOLE: usize = 16;

/// The geometry of a convolution, worked out once.
///
/// `y_o(i, j) = b_o + sum_c sum_k sum_l w_o(c, k, l) x_c(s i + k - p, s j + l - p)` with the stride s and the padding p, the
/// values outside of x being 0.
///
/// # Shapes
/// A shard of images is lanes × (channels, rows, columns): a channel's places row by row, the lanes of a place side by side.
/// Weights: (channels, kernel rows, kernel columns) × maps, column-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conv {
    channels: usize,
    rows: usize,
    columns: usize,
    maps: usize,
    kernel: [usize; 2],
    stride: usize,
    padding: usize,
    /// Where each tap of the first output place begins in the frame, in lanes.
    starts: Vec<u32>,
    /// Where the gradients of the outputs that meet one row of the frame begin, seen from the first of them: row after row,
    /// those of all maps. In lanes, and for one lane alone, whose rows are laid out anew.
    meeting: [Vec<u32>; 2],
}

impl Conv {
    /// From `[channels, rows, columns]` to `maps` by a kernel of `[rows, columns]`.
    ///
    /// # Panics
    /// For a kernel of no size or a stride of 0, and where the padded input is smaller than the kernel or too large to index:
    /// layers check that.
    pub fn new(input: [usize; 3], maps: usize, kernel: [usize; 2], stride: usize, padding: usize) -> Self {
        let [channels, rows, columns] = input;
        assert!(0 < kernel[0] * kernel[1] * stride, "a kernel and a stride");
        assert!(kernel[0] <= rows + 2 * padding && kernel[1] <= columns + 2 * padding, "room for the kernel");
        let (starts, meeting) = (Vec::new(), [Vec::new(), Vec::new()]);
        let mut conv = Self { channels, rows, columns, maps, kernel, stride, padding, starts, meeting };
        let [_, out_rows, out_columns] = conv.output();
        let whole = out_columns.next_multiple_of(WHOLE);
        let places = conv.frame_places().max(maps * out_rows * whole);
        assert!(u32::try_from(places).is_ok(), "a frame and a gradient of at most 2^32 places");
        for channel in 0..channels {
            for row in 0..kernel[0] {
                for column in 0..kernel[1] {
                    // As asserted, it fits.
                    conv.starts.push(conv.place(channel, row, column) as u32);
                }
            }
        }
        conv.meeting = [out_columns, whole].map(|row| {
            let at = |n: usize| (n / maps * row + n % maps * out_rows * row) as u32;
            (0..kernel[0].div_ceil(stride) * maps).map(at).collect()
        });
        conv
    }

    /// `[channels, rows, columns]` of the input.
    pub fn input(&self) -> [usize; 3] {
        [self.channels, self.rows, self.columns]
    }

    /// `[maps, rows, columns]` of the output.
    pub fn output(&self) -> [usize; 3] {
        let places = |size: usize, kernel: usize| (size + 2 * self.padding - kernel) / self.stride + 1;
        [self.maps, places(self.rows, self.kernel[0]), places(self.columns, self.kernel[1])]
    }

    /// Weights that a map has.
    pub fn taps(&self) -> usize {
        self.starts.len()
    }

    /// Rows and columns of the kernel.
    pub fn kernel(&self) -> [usize; 2] {
        self.kernel
    }

    /// Places of an output map.
    fn map_places(&self) -> usize {
        let [_, rows, columns] = self.output();
        rows * columns
    }

    /// Columns of the frame that one tap meets in its steps.
    fn frame_columns(&self) -> usize {
        (self.columns + 2 * self.padding).div_ceil(self.stride)
    }

    /// Places of a row of the frame: a run of columns for each remainder by the stride.
    fn frame_row(&self) -> usize {
        self.stride * self.frame_columns()
    }

    fn frame_channel(&self) -> usize {
        (self.rows + 2 * self.padding) * self.frame_row()
    }

    fn frame_places(&self) -> usize {
        self.channels * self.frame_channel()
    }

    /// Where a place, padding included, lies in the frame.
    fn place(&self, channel: usize, row: usize, column: usize) -> usize {
        let run = column % self.stride * self.frame_columns();
        channel * self.frame_channel() + row * self.frame_row() + run + column / self.stride
    }

    /// Whether the input is its own frame for so many lanes: nothing is to be moved, and rows are whole vectors.
    fn is_framed(&self, lanes: usize) -> bool {
        self.stride == 1 && self.padding == 0 && lanes.is_multiple_of(WHOLE)
    }

    /// Room for the frame of so many lanes; 0 where the input is its own.
    pub fn frame_len(&self, lanes: usize) -> usize {
        // A row that is not whole vectors is read up to the end of its last one.
        if self.is_framed(lanes) { 0 } else { self.frame_places() * lanes + WHOLE }
    }

    /// Calls `visit` for each row of the input: where it begins there, and where its places go in the frame.
    fn each_row(&self, mut visit: impl FnMut(usize, usize)) {
        for channel in 0..self.channels {
            for row in 0..self.rows {
                let at = self.place(channel, row + self.padding, 0);
                visit((channel * self.rows + row) * self.columns, at);
            }
        }
    }

    /// The input as its taps meet it: `x` itself, or laid into `room`.
    ///
    /// # Shapes
    /// `room`: [`frame_len`](Self::frame_len).
    pub fn frame<'a, F: Float>(&self, x: &'a [F], lanes: usize, room: &'a mut [F]) -> &'a [F] {
        assert_eq!(x.len(), self.channels * self.rows * self.columns * lanes);
        if self.is_framed(lanes) {
            return x;
        }
        room.fill(F::default());
        self.each_row(|from, to| {
            if self.stride == 1 {
                let len = self.columns * lanes;
                room[(to + self.padding) * lanes..][..len].copy_from_slice(&x[from * lanes..][..len]);
                return;
            }
            for column in 0..self.columns {
                let to = (to + self.place(0, 0, column + self.padding)) * lanes;
                room[to..to + lanes].copy_from_slice(&x[(from + column) * lanes..][..lanes]);
            }
        });
        room
    }

    /// The inverse of [`frame`](Self::frame) for gradients: what came to the places of the input.
    fn unframe<F: Float>(&self, frame: &[F], lanes: usize, x: &mut [F]) {
        self.each_row(|to, from| {
            for column in 0..self.columns {
                let from = (from + self.place(0, 0, column + self.padding)) * lanes;
                x[(to + column) * lanes..][..lanes].copy_from_slice(&frame[from..from + lanes]);
            }
        });
    }

    fn taps_of(&self, lanes: usize) -> Taps<'_> {
        let [_, rows, columns] = self.output();
        Taps { starts: &self.starts, lanes, rows, row: columns * lanes, step: self.stride * self.frame_row() * lanes }
    }

    /// The taps where the rows of gradients are whole vectors.
    fn whole_taps(&self, lanes: usize) -> Taps<'_> {
        let taps = self.taps_of(lanes);
        Taps { row: taps.row.next_multiple_of(WHOLE), ..taps }
    }

    /// Room for the rows of gradients; 0 where they are whole vectors as they are.
    pub fn gradient_room(&self, lanes: usize) -> usize {
        let (taps, whole) = (self.taps_of(lanes), self.whole_taps(lanes));
        if taps.row == whole.row { 0 } else { self.maps * whole.rows * whole.row }
    }

    /// Gradients of y in rows of whole vectors: `dy` itself, or laid into `room`.
    ///
    /// # Shapes
    /// `room`: [`gradient_room`](Self::gradient_room).
    pub fn gradient_rows<'a, F: Float>(&self, dy: &'a [F], lanes: usize, room: &'a mut [F]) -> &'a [F] {
        let (taps, whole) = (self.taps_of(lanes), self.whole_taps(lanes));
        if taps.row == whole.row {
            return dy;
        }
        for (to, from) in room.chunks_exact_mut(whole.row).zip(dy.chunks_exact(taps.row)) {
            to[..taps.row].copy_from_slice(from);
            to[taps.row..].fill(F::default());
        }
        room
    }

    /// `y_o(i, j) = b_o + sum w x` for as many maps as `bias` has, whose weights are `w`.
    ///
    /// # Shapes
    /// `frame`: of [`frame`](Self::frame). `w`: taps × maps. `y`: lanes × (maps, rows, columns).
    pub fn forward<F: Float>(&self, frame: &[F], lanes: usize, w: &[F], bias: &[F], y: &mut [F]) {
        assert!(w.len() == self.taps() * bias.len() && y.len() == self.map_places() * lanes * bias.len());
        F::conv(level(), self.taps_of(lanes), frame, w, bias, y);
    }

    /// `dw_o(c, k, l) += sum_i sum_j dy_o(i, j) x_c(s i + k - p, s j + l - p)`, summed over the lanes too, for the maps of
    /// `dy`.
    ///
    /// # Shapes
    /// As [`forward`](Self::forward); `dy`: of [`gradient_rows`](Self::gradient_rows).
    pub fn weight_gradient<F: Float>(&self, frame: &[F], lanes: usize, dy: &[F], dw: &mut [F]) {
        let taps = self.whole_taps(lanes);
        assert_eq!(dy.len() * self.taps(), dw.len() * taps.rows * taps.row);
        F::conv_weights(level(), taps, frame, dy, dw);
    }

    /// Room that [`input_gradient`](Self::input_gradient) takes.
    pub fn input_room(&self, lanes: usize) -> usize {
        self.taps() * self.maps + self.frame_len(lanes)
    }

    /// `dx_c = sum_o sum_k sum_l w_o(c, k, l) dy_o` of the places where that weight met x.
    ///
    /// # Shapes
    /// `w`: taps × maps. `dy`: of [`gradient_rows`](Self::gradient_rows). `dx`: as x. `room`: [`input_room`](Self::input_room).
    pub fn input_gradient<F: Float>(&self, dy: &[F], lanes: usize, w: &[F], dx: &mut [F], room: &mut [F]) {
        let (turned, room) = room.split_at_mut(self.taps() * self.maps);
        self.turn(w, turned);
        let framed = self.is_framed(lanes);
        let frame = if framed { &mut *dx } else { &mut *room };
        frame.fill(F::default());
        let whole = self.whole_taps(lanes);
        let meeting = if lanes == 1 { &self.meeting[1] } else { &self.meeting[0] };
        let dy_taps = Taps { starts: meeting, ..whole };
        F::conv_inputs(level(), self, dy_taps, dy, turned, frame);
        if !framed {
            self.unframe(room, lanes, dx);
        }
    }

    /// Kernel rows whose taps meet the frame's rows of one remainder by the stride.
    fn rows_of_phase(&self, phase: usize) -> usize {
        self.kernel[0].saturating_sub(phase).div_ceil(self.stride)
    }

    /// The weights as the rows of a frame meet them: for each column of the kernel and each remainder by the stride the rows of
    /// the kernel from the last to the first, of each the maps, of each the channels.
    fn turn<F: Float>(&self, w: &[F], turned: &mut [F]) {
        let [rows, columns] = self.kernel;
        let mut to = turned.chunks_exact_mut(self.channels);
        for column in 0..columns {
            for phase in 0..self.stride.min(rows) {
                for row in (phase..rows).step_by(self.stride).rev() {
                    for (w, to) in w.chunks_exact(self.taps()).zip(&mut to) {
                        let of_channels = w[row * columns + column..].iter().step_by(rows * columns);
                        to.iter_mut().zip(of_channels).for_each(|(to, &w)| *to = w);
                    }
                }
            }
        }
    }
}

/// Where the taps of an output row begin, and how far apart things lie.
#[derive(Clone, Copy, Debug)]
pub struct Taps<'a> {
    /// The taps of the first place, in lanes.
    starts: &'a [u32],
    lanes: usize,
    /// Rows of an output map.
    rows: usize,
    /// Numbers in a row of an output map.
    row: usize,
    /// From the taps of one output row to those of the next.
    step: usize,
}

impl Taps<'_> {
    #[inline(always)]
    fn start_of(&self, tap: usize) -> usize {
        self.starts[tap] as usize * self.lanes
    }
}

impl Columns for Taps<'_> {
    const TOGETHER: bool = false;

    #[inline(always)]
    fn some<'a, F>(self, data: &'a [F], first: usize, _: usize, height: usize) -> impl Fn(usize) -> &'a [F] {
        #[inline(always)]
        move |u| &data[self.start_of(first + u)..][..height]
    }
}

/// A row of all maps at a time: (places of the row) × taps times taps × maps.
#[inline(always)]
pub(super) fn forward_kernel<S: Simd, F: Float>(simd: S, taps: Taps, x: &[F], w: &[F], bias: &[F], y: &mut [F]) {
    let weights = View::new(w, taps.starts.len(), bias.len());
    let map = taps.rows * taps.row;
    for row in 0..taps.rows {
        for_panels::<S, F>(
            taps.row,
            #[inline(always)]
            |first, rows, vectors| {
                // What is written beyond the end of a row is written anew by the next one of the map.
                let whole = vectors * F::LANES;
                let rows = if row * taps.row + first + whole <= map { whole } else { rows };
                let a = Panel { data: &x[row * taps.step + first..], columns: taps, vectors, rows };
                panel(simd, a, weights, Onto::Bias(bias), &mut y[row * taps.row + first..], map);
            },
        );
    }
}

/// Calls `work` with the first number, the count of numbers and the vectors of each panel of a row.
#[inline(always)]
fn for_panels<S: Simd, F: Float>(row: usize, mut work: impl FnMut(usize, usize, usize)) {
    let height = panel_height::<S, F>();
    for first in (0..row).step_by(height) {
        let rows = height.min(row - first);
        work(first, rows, rows.div_ceil(F::LANES));
    }
}

/// A row of the frame of all channels at a time, for each column of the kernel: (places of the row) × (rows of the gradient
/// that meet it, of all maps) times those × channels.
#[inline(always)]
pub(super) fn input_kernel<S: Simd, F: Float>(
    simd: S,
    conv: &Conv,
    taps: Taps,
    dy: &[F],
    turned: &[F],
    frame: &mut [F],
) {
    let (maps, channels) = (conv.maps, conv.channels);
    let of_column = conv.kernel[0] * maps * channels;
    if dy.is_empty() || of_column == 0 {
        return;
    }
    for row in 0..conv.rows + 2 * conv.padding {
        let (step, phase) = (row / conv.stride, row % conv.stride);
        // Row `step + n + 1 - all` of the gradient meets this one by the n-th of the phase's kernel rows.
        let all = conv.rows_of_phase(phase);
        let (from, to) = ((all.max(1) - 1).saturating_sub(step), all.min((taps.rows + all).saturating_sub(step + 1)));
        if to <= from {
            continue;
        }
        let before: usize = (0..phase).map(|phase| conv.rows_of_phase(phase)).sum();
        let first_weight = (before + from) * maps * channels;
        let dy = &dy[(step + from + 1 - all) * taps.row..];
        let starts = Taps { starts: &taps.starts[..(to - from) * maps], ..taps };
        for_panels::<S, F>(
            taps.row,
            #[inline(always)]
            |first, _, vectors| {
                // Beyond the end of a row the gradient is 0.
                let a = Panel { data: &dy[first..], columns: starts, vectors, rows: vectors * F::LANES };
                for column in 0..conv.kernel[1] {
                    let weights = &turned[column * of_column + first_weight..][..(to - from) * maps * channels];
                    let weights = View::new(weights, channels, (to - from) * maps).transposed();
                    let at = conv.place(0, row, column) * taps.lanes + first;
                    panel(simd, a, weights, Onto::Old, &mut frame[at..], conv.frame_channel() * taps.lanes);
                }
            },
        );
    }
}

/// Maps whose gradients are summed at a time, and taps.
const fn tile<S: Simd>() -> (usize, usize) {
    if <S::f32s as SimdBase<S>>::LEN == 16 { (6, 4) } else { (2, 2) }
}

/// Sums over all places in each lane, and at last over the lanes.
#[inline(always)]
pub(super) fn weight_kernel<S: Simd, F: Float>(simd: S, taps: Taps, x: &[F], dy: &[F], dw: &mut [F]) {
    let map = taps.rows * taps.row;
    let count = taps.starts.len();
    if map == 0 || count == 0 {
        return;
    }
    let (most_maps, most_taps) = const { tile::<S>() };
    let maps = dy.len() / map;
    let mut from = 0;
    while from < maps {
        let left = maps - from;
        let width = left.div_ceil(left.div_ceil(most_maps));
        let (dy, dw) = (&dy[from * map..][..width * map], &mut dw[from * count..][..width * count]);
        for tap in (0..count).step_by(most_taps) {
            let t = most_taps.min(count - tap);
            // Outlined: one function a size.
            match (width, t) {
                (6, 4) => outlined::<S, F, 6, 4>(simd, taps, tap, x, dy, dw),
                (5, 4) => outlined::<S, F, 5, 4>(simd, taps, tap, x, dy, dw),
                (4, 4) => outlined::<S, F, 4, 4>(simd, taps, tap, x, dy, dw),
                (3, 4) => outlined::<S, F, 3, 4>(simd, taps, tap, x, dy, dw),
                (2, 4) => outlined::<S, F, 2, 4>(simd, taps, tap, x, dy, dw),
                (1, 4) => outlined::<S, F, 1, 4>(simd, taps, tap, x, dy, dw),
                (2, 2) => outlined::<S, F, 2, 2>(simd, taps, tap, x, dy, dw),
                (1, 2) => outlined::<S, F, 1, 2>(simd, taps, tap, x, dy, dw),
                _ => {
                    for tap in tap..tap + t {
                        for_maps::<S, F>(simd, taps, tap, x, dy, dw, width);
                    }
                }
            }
        }
        from += width;
    }
}

/// One tap, some maps.
#[inline(always)]
fn for_maps<S: Simd, F: Float>(simd: S, taps: Taps, tap: usize, x: &[F], dy: &[F], dw: &mut [F], width: usize) {
    match width {
        6 => outlined::<S, F, 6, 1>(simd, taps, tap, x, dy, dw),
        5 => outlined::<S, F, 5, 1>(simd, taps, tap, x, dy, dw),
        4 => outlined::<S, F, 4, 1>(simd, taps, tap, x, dy, dw),
        3 => outlined::<S, F, 3, 1>(simd, taps, tap, x, dy, dw),
        2 => outlined::<S, F, 2, 1>(simd, taps, tap, x, dy, dw),
        _ => outlined::<S, F, 1, 1>(simd, taps, tap, x, dy, dw),
    }
}

#[inline(always)]
fn outlined<S: Simd, F: Float, const M: usize, const T: usize>(
    simd: S,
    taps: Taps,
    tap: usize,
    x: &[F],
    dy: &[F],
    dw: &mut [F],
) {
    if const { M <= tile::<S>().0 && T <= tile::<S>().1 } {
        simd.vectorize(
            #[inline(always)]
            || sums::<S, F, M, T>(simd, taps, tap, x, dy, dw),
        );
    }
}

/// `dw += x dy` for T taps and M maps.
#[inline(always)]
fn sums<S: Simd, F: Float, const M: usize, const T: usize>(
    simd: S,
    taps: Taps,
    tap: usize,
    x: &[F],
    dy: &[F],
    dw: &mut [F],
) {
    let (row, map) = (taps.row, taps.rows * taps.row);
    let mut sums = [[F::Vector::<S>::splat(simd, F::default()); T]; M];
    for i in 0..taps.rows {
        let x: [&[F]; T] = slices(
            #[inline(always)]
            |t| &x[i * taps.step + taps.start_of(tap + t)..][..row],
        );
        let dy: [&[F]; M] = slices(
            #[inline(always)]
            |m| &dy[m * map + i * row..][..row],
        );
        for from in (0..row).step_by(F::LANES) {
            let x = vectors::<S, F, T>(
                simd,
                #[inline(always)]
                |t| F::Vector::<S>::from_slice(simd, &x[t][from..from + F::LANES]),
            );
            for (sums, dy) in sums.iter_mut().zip(&dy) {
                let dy = F::Vector::<S>::from_slice(simd, &dy[from..from + F::LANES]);
                for (sum, x) in sums.iter_mut().zip(x) {
                    *sum = x.mul_add(dy, *sum);
                }
            }
        }
    }
    let count = taps.starts.len();
    for (m, sums) in sums.into_iter().enumerate() {
        let folded = sum_lanes::<S, F, T>(sums);
        for t in 0..T {
            dw[m * count + tap + t] += folded[t * F::LANES / T];
        }
    }
}
