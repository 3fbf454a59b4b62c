//! How much a unit learns from what another one has won: the neighbourhood `h(i, c)` on the grid.
//!
//! Online, `h` is asked for one winner at a time. In batch training the sums of all winners are spread over the grid at once:
//! `S'_i = sum_c h(i, c) S_c`. A Gaussian is a product of one along the rows and one down the columns, so that this takes
//! units × (columns + rows) steps and not units^2; on a hexagonal grid once more for the rows that are shifted.

use crate::grid::{Grid, Lattice};
use nn_core::kernels::{self, Buffer, Onto, View, gemm};
use nn_core::{Scalar, linalg, side_by_side_for};

/// What is less moves nothing that could be told, and would only be slow.
pub(crate) const LEAST: f64 = 1e-30;

nn_core::choices! {
    /// How much of the winner's step a unit takes at the distance d on the grid, with a radius sigma.
    pub enum Neighborhood {
        /// `exp(-d^2 / (2 sigma^2))`.
        Gaussian = "gaussian",
        /// 1 where `d <= sigma`, else 0.
        Bubble = "bubble",
        /// The Gaussian where `d <= sigma`, else 0.
        CutGaussian = "cut-gaussian",
    }
}

/// The neighbourhood of one radius.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel {
    pub(crate) grid: Grid,
    pub(crate) kind: Neighborhood,
    pub(crate) radius: f64,
}

impl Kernel {
    /// `h` of two units whose squared distance on the grid is that.
    pub(crate) fn at(&self, squared: f64) -> f64 {
        let within = squared <= self.radius * self.radius;
        match self.kind {
            Neighborhood::Gaussian => self.bell(squared),
            Neighborhood::CutGaussian => {
                if within {
                    self.bell(squared)
                } else {
                    0.0
                }
            }
            Neighborhood::Bubble => f64::from(u8::from(within)),
        }
    }

    /// `exp(-d^2 / (2 sigma^2))`; of a radius 0 nothing but its middle is left.
    fn bell(&self, squared: f64) -> f64 {
        if squared == 0.0 {
            return 1.0;
        }
        let value = (-squared / (2.0 * self.radius * self.radius)).exp();
        if value < LEAST { 0.0 } else { value }
    }

    /// Writes `rate h(i, winner)` for each unit i, by way of `lines`; what lies beyond the units stays as it is.
    pub(crate) fn around<F: Scalar>(&self, winner: usize, rate: f64, lines: &mut Lines<F>, g: &mut [F]) {
        let (grid, columns) = (&self.grid, self.grid.columns());
        let (column, row) = grid.place(winner);
        lines.fill(self, (column, grid.shift(row)));
        let least = F::from_f64(LEAST);
        for (other, g) in g.chunks_exact_mut(columns).take(grid.rows()).enumerate() {
            let down = grid.steps_down(row, other);
            if self.kind == Neighborhood::Gaussian {
                let share = F::from_f64(rate * lines.bells_down[down]);
                for (g, &along) in g.iter_mut().zip(&lines.bells[grid.shift(other)]) {
                    let value = share * along;
                    *g = if value < least { F::ZERO } else { value };
                }
            } else {
                let down = grid.squared_down(down);
                for (g, &along) in g.iter_mut().zip(&lines.squares[grid.shift(other)]) {
                    *g = F::from_f64(rate * self.at(along + down));
                }
            }
        }
    }

    /// `S'_i = sum_c h(i, c) S_c`.
    ///
    /// # Shapes
    /// `sums`, `spread`: numbers a unit × units.
    pub(crate) fn spread<F: Scalar>(&self, sums: &[F], spread: &mut [F], room: &mut Room<F>) {
        let numbers = sums.len() / self.grid.units();
        if self.radius == 0.0 {
            spread.copy_from_slice(sums);
        } else if self.kind == Neighborhood::Gaussian {
            self.spread_by_sides(numbers, sums, spread, room);
        } else {
            self.spread_by_rows(numbers, sums, spread);
        }
    }

    /// Along each row, then down the columns.
    fn spread_by_sides<F: Scalar>(&self, numbers: usize, sums: &[F], spread: &mut [F], room: &mut Room<F>) {
        let (columns, rows) = (self.grid.columns(), self.grid.rows());
        let line = numbers * columns;
        let shifts = if self.grid.lattice() == Lattice::Hexagonal { 2 } else { 1 };
        let along = room.along.get(sums.len());
        // Without shifts the product is the result.
        let lines = if shifts == 1 { 0 } else { rows.div_ceil(shifts) };
        let result = room.result.get(line * lines);
        for shift in 0..shifts {
            let matrices: Vec<Vec<F>> = (0..shifts).map(|from| self.along_a_row(shift, from, 0)).collect();
            let mut parts: Vec<&mut [F]> = along.chunks_exact_mut(line).collect();
            side_by_side_for(sums.len() * columns, &mut parts, |row, part| {
                let matrix = View::new(&matrices[self.grid.shift(row)], columns, columns);
                gemm(View::new(&sums[row * line..][..line], numbers, columns), matrix, Onto::Zero, part, numbers);
            });
            let to: Vec<usize> = (shift..rows).step_by(shifts).collect();
            let down = |from: usize, to: usize| self.bell(self.grid.squared_down(self.grid.steps_down(from, to)));
            let matrix: Vec<F> =
                to.iter().flat_map(|&to| (0..rows).map(move |from| F::from_f64(down(from, to)))).collect();
            let (along, matrix) = (View::new(along, line, rows), View::new(&matrix, rows, to.len()));
            if shifts == 1 {
                linalg::product(along, matrix, Onto::Zero, spread);
                continue;
            }
            let result = &mut result[..line * to.len()];
            linalg::product(along, matrix, Onto::Zero, result);
            for (part, &row) in result.chunks_exact(line).zip(&to) {
                spread[row * line..][..line].copy_from_slice(part);
            }
        }
    }

    /// Each row from each one within reach.
    fn spread_by_rows<F: Scalar>(&self, numbers: usize, sums: &[F], spread: &mut [F]) {
        let (columns, rows) = (self.grid.columns(), self.grid.rows());
        let line = numbers * columns;
        let mut parts: Vec<&mut [F]> = spread.chunks_exact_mut(line).collect();
        side_by_side_for(sums.len() * columns * rows, &mut parts, |to, part| {
            part.fill(F::ZERO);
            for from in 0..rows {
                let down = self.grid.steps_down(from, to);
                if self.radius * self.radius < self.grid.squared_down(down) {
                    continue;
                }
                let matrix = self.along_a_row(self.grid.shift(to), self.grid.shift(from), down);
                let matrix = View::new(&matrix, columns, columns);
                gemm(View::new(&sums[from * line..][..line], numbers, columns), matrix, Onto::Old, part, numbers);
            }
        });
    }

    /// `h` of each column from each other one, in rows so many steps apart: from × to.
    fn along_a_row<F: Scalar>(&self, shift_to: usize, shift_from: usize, down: usize) -> Vec<F> {
        let columns = self.grid.columns();
        let values: Vec<F> = (0..=2 * columns)
            .map(|steps| F::from_f64(self.at(self.grid.squared_along(steps) + self.grid.squared_down(down))))
            .collect();
        let steps = |to: usize, from: usize| self.grid.half_steps((from, shift_from), (to, shift_to));
        (0..columns)
            .flat_map(|to| (0..columns).map(move |from| (to, from)))
            .map(|(to, from)| values[steps(to, from)])
            .collect()
    }
}

/// Memory that spreading needs between its two steps.
#[derive(Debug, Default)]
pub(crate) struct Room<F> {
    along: Buffer<F>,
    result: Buffer<F>,
}

/// The way along a row from the winner's column, a line for each shift of a row: squared distances, or the Gaussian of them;
/// and the Gaussian down the columns by steps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lines<F> {
    squares: [Vec<f64>; 2],
    bells: [Vec<F>; 2],
    bells_down: Vec<f64>,
    exponents: Vec<f64>,
}

impl<F: Scalar> Lines<F> {
    fn fill(&mut self, kernel: &Kernel, winner: (usize, usize)) {
        let (grid, columns) = (&kernel.grid, kernel.grid.columns());
        let shifts = if grid.lattice() == Lattice::Hexagonal { 2 } else { 1 };
        let steps = |column: usize, shift: usize| grid.half_steps(winner, (column, shift));
        if kernel.kind != Neighborhood::Gaussian {
            for (shift, line) in self.squares.iter_mut().enumerate().take(shifts) {
                line.clear();
                line.extend((0..columns).map(|column| grid.squared_along(steps(column, shift))));
            }
            return;
        }
        // All exponents at once, in vectors: along by half steps, then down.
        let half = 1.0 / (2.0 * kernel.radius * kernel.radius);
        let exponent = |squared: f64| if squared == 0.0 { 0.0 } else { -squared * half };
        self.exponents.clear();
        self.exponents.extend((0..=2 * columns).map(|steps| exponent(grid.squared_along(steps))));
        self.exponents.extend((0..grid.rows()).map(|steps| exponent(grid.squared_down(steps))));
        kernels::exp(&mut self.exponents);
        let (along, down) = self.exponents.split_at(2 * columns + 1);
        for (shift, line) in self.bells.iter_mut().enumerate().take(shifts) {
            line.clear();
            line.extend((0..columns).map(|column| F::from_f64(along[steps(column, shift)])));
        }
        self.bells_down.clear();
        self.bells_down.extend_from_slice(down);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Surface;

    fn kernels() -> impl Iterator<Item = Kernel> {
        let kinds = Neighborhood::ALL.iter().flat_map(|&kind| [0.0, 0.5, 1.0, 2.3, 40.0].map(|radius| (kind, radius)));
        kinds.flat_map(|(kind, radius)| {
            [(1, 1), (5, 4), (7, 1), (1, 6), (6, 8)].into_iter().flat_map(move |(columns, rows)| {
                Lattice::ALL.iter().flat_map(move |&lattice| {
                    Surface::ALL.iter().map(move |&surface| Kernel {
                        grid: Grid::new(columns, rows, lattice, surface).unwrap(),
                        kind,
                        radius,
                    })
                })
            })
        })
    }

    #[test]
    fn both_ways_give_the_neighbourhood_of_the_definition() {
        for kernel in kernels() {
            let units = kernel.grid.units();
            let sums: Vec<f64> = (0..3 * units).map(|i| ((i * 7) % 5) as f64 - 1.0).collect();
            let (mut spread, mut g) = (vec![9.0; 3 * units], vec![0.0; units]);
            kernel.spread(&sums, &mut spread, &mut Room::default());
            let h = |a: usize, b: usize| kernel.at(kernel.grid.squared_distance(a, b));
            for unit in 0..units {
                kernel.around(unit, 0.5, &mut Lines::default(), &mut g);
                for (other, &g) in g.iter().enumerate() {
                    assert!((g - 0.5 * h(unit, other)).abs() < 1e-14, "{kernel:?} {unit} {other}");
                }
                for number in 0..3 {
                    let expected: f64 = (0..units).map(|c| h(unit, c) * sums[3 * c + number]).sum();
                    assert!((spread[3 * unit + number] - expected).abs() < 1e-12, "{kernel:?} {unit}");
                }
            }
        }
    }

    #[test]
    fn a_radius_of_0_moves_the_winner_alone() {
        for &kind in Neighborhood::ALL {
            let grid = Grid::new(3, 1, Lattice::Rectangular, Surface::Planar).unwrap();
            let kernel = Kernel { grid, kind, radius: 0.0 };
            assert_eq!([0.0, 1.0].map(|squared| kernel.at(squared)), [1.0, 0.0]);
        }
    }
}
