//! Pooling, samples in the lanes: what the places of a window add up to, and the largest of them.

use fearless_simd::{Select, Simd, SimdBase};

use crate::{Float, level};

/// Square windows over maps, every `stride` places.
///
/// # Shapes
/// Maps are lanes × (maps, rows, columns): a map's places row by row, the lanes of a place side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    maps: usize,
    rows: usize,
    columns: usize,
    size: usize,
    stride: usize,
}

impl Windows {
    /// Over maps of `[maps, rows, columns]`.
    ///
    /// # Panics
    /// For windows of no size, no stride, or larger than a map: layers check that.
    pub fn new([maps, rows, columns]: [usize; 3], size: usize, stride: usize) -> Self {
        assert!(0 < size && 0 < stride && size <= rows && size <= columns, "windows within the maps");
        Self { maps, rows, columns, size, stride }
    }

    /// `[maps, rows, columns]` of the maps.
    pub fn input(&self) -> [usize; 3] {
        [self.maps, self.rows, self.columns]
    }

    /// `[maps, rows, columns]` of the results.
    pub fn output(&self) -> [usize; 3] {
        let places = |size: usize| (size - self.size) / self.stride + 1;
        [self.maps, places(self.rows), places(self.columns)]
    }

    /// Places in a window.
    pub fn places(&self) -> usize {
        self.size * self.size
    }

    /// `y = factor * sum of x` over each window.
    pub fn sums<F: Float>(&self, lanes: usize, x: &[F], factor: F, y: &mut [F]) {
        self.check(lanes, x, y);
        F::window_sums(level(), self, lanes, x, factor, y);
    }

    /// The way back of sums that are multiplied by a factor: `dx` is the sum of `factor * dy` over the windows in which x lies.
    ///
    /// # Shapes
    /// `factors`: one for each map, or one for all.
    pub fn spread<F: Float>(&self, lanes: usize, dy: &[F], factors: &[F], dx: &mut [F]) {
        self.check(lanes, dx, dy);
        assert!(factors.len() == 1 || factors.len() == self.maps);
        F::window_spread(level(), self, lanes, dy, factors, dx);
    }

    /// `y = max of x` over each window, and which place of the window it is, counted row by row.
    pub fn maxima<F: Float>(&self, lanes: usize, x: &[F], y: &mut [F], which: &mut [F]) {
        self.check(lanes, x, y);
        assert_eq!(y.len(), which.len());
        F::window_maxima(level(), self, lanes, x, y, which);
    }

    /// The way back of [`maxima`](Self::maxima): dy goes to the place that was the largest.
    pub fn hand_back<F: Float>(&self, lanes: usize, dy: &[F], which: &[F], dx: &mut [F]) {
        self.check(lanes, dx, dy);
        assert_eq!(dy.len(), which.len());
        F::window_back(level(), self, lanes, dy, which, dx);
    }

    fn check<F>(&self, lanes: usize, maps: &[F], results: &[F]) {
        let [_, rows, columns] = self.output();
        assert_eq!(maps.len(), self.maps * self.rows * self.columns * lanes);
        assert_eq!(results.len(), self.maps * rows * columns * lanes);
    }

    /// Whether no place lies in two windows.
    fn are_apart(&self) -> bool {
        self.size <= self.stride
    }

    /// Whether each place lies in one window.
    fn fill_the_maps(&self) -> bool {
        let [_, rows, columns] = self.output();
        self.size == self.stride && (rows * self.size, columns * self.size) == (self.rows, self.columns)
    }

    /// Calls `visit` with the map of each window, its first number, and that of its result.
    #[inline(always)]
    fn each(&self, lanes: usize, mut visit: impl FnMut(usize, usize, usize)) {
        let [_, out_rows, out_columns] = self.output();
        let mut result = 0;
        for map in 0..self.maps {
            for i in 0..out_rows {
                for j in 0..out_columns {
                    let place = (map * self.rows + i * self.stride) * self.columns + j * self.stride;
                    visit(map, place * lanes, result);
                    result += lanes;
                }
            }
        }
    }

    /// From the first number of a window to that of its place.
    #[inline(always)]
    fn at(&self, lanes: usize, row: usize, column: usize) -> usize {
        (row * self.columns + column) * lanes
    }
}

/// Calls `$whole` for each vector of lanes, or `$single` for one lane; `$from` is the first number of the vector.
macro_rules! by_lanes {
    ($float:ident, $lanes:ident, $from:ident => $whole:expr, $single:expr) => {
        if $lanes == 1 {
            let $from = 0;
            $single
        } else {
            for $from in (0..$lanes).step_by($float::LANES) {
                $whole
            }
        }
    };
}

#[inline(always)]
pub(super) fn sums_kernel<S: Simd, F: Float>(
    simd: S,
    windows: &Windows,
    lanes: usize,
    x: &[F],
    factor: F,
    y: &mut [F],
) {
    let size = windows.size;
    if lanes == 1 {
        return sums_alone(windows, x, factor, y);
    }
    let factor = F::Vector::<S>::splat(simd, factor);
    windows.each(
        lanes,
        #[inline(always)]
        |_, window, result| {
            for from in (0..lanes).step_by(F::LANES) {
                let mut sum = F::Vector::<S>::splat(simd, F::default());
                for row in 0..size {
                    for column in 0..size {
                        let at = window + windows.at(lanes, row, column) + from;
                        sum += F::Vector::<S>::from_slice(simd, &x[at..at + F::LANES]);
                    }
                }
                (sum * factor).store_slice(&mut y[result + from..][..F::LANES]);
            }
        },
    );
}

/// The sums of one sample, a row of windows at a time.
#[inline(always)]
fn sums_alone<F: Float>(windows: &Windows, x: &[F], factor: F, y: &mut [F]) {
    let [_, rows, columns] = windows.output();
    for (at, y) in y.chunks_exact_mut(columns).enumerate() {
        let first = (at / rows * windows.rows + at % rows * windows.stride) * windows.columns;
        let row = |row: usize| &x[first + windows.at(1, row, 0)..][..windows.columns];
        if (windows.size, windows.stride) == (2, 2) {
            // The usual window, in a loop that the compiler makes vectors of.
            for ((y, above), below) in y.iter_mut().zip(row(0).as_chunks::<2>().0).zip(row(1).as_chunks::<2>().0) {
                *y = factor * (above[0] + above[1] + (below[0] + below[1]));
            }
            continue;
        }
        y.fill(F::default());
        for x in (0..windows.size).map(row) {
            for (y, x) in y.iter_mut().zip(x.windows(windows.size).step_by(windows.stride)) {
                x.iter().for_each(|&x| *y += x);
            }
        }
        y.iter_mut().for_each(|y| *y *= factor);
    }
}

#[inline(always)]
pub(super) fn spread_kernel<S: Simd, F: Float>(
    simd: S,
    windows: &Windows,
    lanes: usize,
    dy: &[F],
    factors: &[F],
    dx: &mut [F],
) {
    let (size, are_apart) = (windows.size, windows.are_apart());
    if !windows.fill_the_maps() {
        dx.fill(F::default());
    }
    windows.each(
        lanes,
        #[inline(always)]
        |map, window, result| {
            let factor = factors[map % factors.len()];
            by_lanes!(F, lanes, from => {
                let dy = F::Vector::<S>::from_slice(simd, &dy[result + from..][..F::LANES]);
                let dy = dy * F::Vector::<S>::splat(simd, factor);
                for row in 0..size {
                    for column in 0..size {
                        let at = window + windows.at(lanes, row, column) + from;
                        let dx = &mut dx[at..at + F::LANES];
                        let sum = if are_apart { dy } else { F::Vector::<S>::from_slice(simd, dx) + dy };
                        sum.store_slice(dx);
                    }
                }
            }, {
                for row in 0..size {
                    for dx in &mut dx[window + from + windows.at(1, row, 0)..][..size] {
                        *dx = if are_apart { factor * dy[result] } else { *dx + factor * dy[result] };
                    }
                }
            });
        },
    );
}

#[inline(always)]
pub(super) fn maxima_kernel<S: Simd, F: Float>(
    simd: S,
    windows: &Windows,
    lanes: usize,
    x: &[F],
    y: &mut [F],
    which: &mut [F],
) {
    let size = windows.size;
    windows.each(
        lanes,
        #[inline(always)]
        |_, window, result| {
            by_lanes!(F, lanes, from => {
                let at = window + from;
                let mut largest = F::Vector::<S>::from_slice(simd, &x[at..at + F::LANES]);
                let mut place = F::Vector::<S>::splat(simd, F::default());
                for row in 0..size {
                    for column in 0..size {
                        let at = window + windows.at(lanes, row, column) + from;
                        let x = F::Vector::<S>::from_slice(simd, &x[at..at + F::LANES]);
                        let larger = x.simd_gt(largest);
                        let number = F::from_f64((row * size + column) as f64);
                        largest = larger.select(x, largest);
                        place = larger.select(F::Vector::<S>::splat(simd, number), place);
                    }
                }
                largest.store_slice(&mut y[result + from..][..F::LANES]);
                place.store_slice(&mut which[result + from..][..F::LANES]);
            }, {
                let (mut largest, mut place) = (x[window + from], 0);
                for row in 0..size {
                    for (column, &x) in x[window + windows.at(1, row, 0)..][..size].iter().enumerate() {
                        if largest < x {
                            (largest, place) = (x, row * size + column);
                        }
                    }
                }
                (y[result], which[result]) = (largest, F::from_f64(place as f64));
            });
        },
    );
}

#[inline(always)]
pub(super) fn back_kernel<S: Simd, F: Float>(
    simd: S,
    windows: &Windows,
    lanes: usize,
    dy: &[F],
    which: &[F],
    dx: &mut [F],
) {
    let (size, are_apart) = (windows.size, windows.are_apart());
    if lanes == 1 || !windows.fill_the_maps() {
        dx.fill(F::default());
    }
    windows.each(
        lanes,
        #[inline(always)]
        |_, window, result| {
            by_lanes!(F, lanes, from => {
                let dy = F::Vector::<S>::from_slice(simd, &dy[result + from..][..F::LANES]);
                let which = F::Vector::<S>::from_slice(simd, &which[result + from..][..F::LANES]);
                let zero = F::Vector::<S>::splat(simd, F::default());
                for row in 0..size {
                    for column in 0..size {
                        let at = window + windows.at(lanes, row, column) + from;
                        let number = F::from_f64((row * size + column) as f64);
                        let own = which.simd_eq(F::Vector::<S>::splat(simd, number)).select(dy, zero);
                        let dx = &mut dx[at..at + F::LANES];
                        let sum = if are_apart { own } else { F::Vector::<S>::from_slice(simd, dx) + own };
                        sum.store_slice(dx);
                    }
                }
            }, {
                let place = which[result].to_f64() as usize;
                dx[window + from + windows.at(1, place / size, place % size)] += dy[result];
            });
        },
    );
}
