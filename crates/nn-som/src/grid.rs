//! The grid on which the units lie: where each is, how far two are apart, which are neighbours.

use nn_core::{Error, Result};

/// More units are taken for a slip of the finger.
const MOST_UNITS: usize = 1 << 24;

nn_core::choices! {
    /// How the units are laid out.
    pub enum Lattice {
        /// Every second row is shifted by half a place, so that each unit has six neighbours, all at distance 1.
        Hexagonal = "hexagonal",
        /// Rows and columns; four neighbours at distance 1, four more at the square root of 2.
        Rectangular = "rectangular",
    }
}

nn_core::choices! {
    /// What lies beyond the edges of the grid.
    pub enum Surface {
        /// Nothing.
        Planar = "planar",
        /// The opposite edge: no unit is at the border.
        Torus = "torus",
    }
}

/// Rows of units. Unit `row * columns + column` stands in that row and column, both counted from 0.
///
/// On a rectangular grid its place is (column, row); on a hexagonal one (column + 1/2 in odd rows, row sqrt(3)/2), so that
/// neighbours are at distance 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    columns: usize,
    rows: usize,
    lattice: Lattice,
    surface: Surface,
}

/// Which units count as neighbours of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjacency {
    /// Left, right, above and below, on a rectangular grid.
    Four,
    /// These and those across the corners.
    Eight,
    /// The six around one of a hexagonal grid.
    Six,
}

impl Adjacency {
    /// How it is called beside a measure: `4 neighbours`; in a chain there are two, whoever is asked for.
    pub fn name(self, grid: &Grid) -> &'static str {
        match self {
            _ if grid.rows == 1 || grid.columns == 1 => "2 neighbours",
            Self::Four => "4 neighbours",
            Self::Eight => "8 neighbours",
            Self::Six => "6 neighbours",
        }
    }
}

impl Grid {
    /// A grid of these sides.
    ///
    /// # Errors
    /// [`Error::Param`] for no units or more than 2^24, and for an odd number of rows on a hexagonal torus, where the shifted
    /// rows would not meet.
    pub fn new(columns: usize, rows: usize, lattice: Lattice, surface: Surface) -> Result<Self> {
        if columns == 0 || columns.checked_mul(rows).is_none_or(|units| MOST_UNITS < units) {
            return Err(Error::param("width", columns, format!("1 or more, and at most {MOST_UNITS} units in all")));
        }
        if rows == 0 || lattice == Lattice::Hexagonal && surface == Surface::Torus && 1 < rows && rows % 2 == 1 {
            return Err(Error::param("height", rows, "1 or more, and an even number on a hexagonal torus"));
        }
        Ok(Self { columns, rows, lattice, surface })
    }

    /// Units in a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Rows of units.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Units in all.
    pub fn units(&self) -> usize {
        self.columns * self.rows
    }

    /// How the units are laid out.
    pub fn lattice(&self) -> Lattice {
        self.lattice
    }

    /// What lies beyond the edges.
    pub fn surface(&self) -> Surface {
        self.surface
    }

    /// Column and row of a unit, counted row by row from 0; of one beyond the last, where it would lie if there were more rows.
    pub fn place(&self, unit: usize) -> (usize, usize) {
        (unit % self.columns, unit / self.columns)
    }

    /// Where a unit lies in the plane, in distances between neighbours.
    pub fn position(&self, unit: usize) -> (f64, f64) {
        let (column, row) = self.place(unit);
        match self.lattice {
            Lattice::Rectangular => (column as f64, row as f64),
            Lattice::Hexagonal => (column as f64 + 0.5 * (row % 2) as f64, 0.75_f64.sqrt() * row as f64),
        }
    }

    /// The square of the distance of two units on the grid, the shorter way round on a torus.
    pub fn squared_distance(&self, a: usize, b: usize) -> f64 {
        let ((column_a, row_a), (column_b, row_b)) = (self.place(a), self.place(b));
        let along = self.half_steps((column_a, self.shift(row_a)), (column_b, self.shift(row_b)));
        self.squared_along(along) + self.squared_down(self.steps_down(row_a, row_b))
    }

    /// The distance of two units on the grid.
    pub fn distance(&self, a: usize, b: usize) -> f64 {
        self.squared_distance(a, b).sqrt()
    }

    /// Half steps by which a row is shifted: 1 in the odd rows of a hexagonal grid.
    pub(crate) fn shift(&self, row: usize) -> usize {
        if self.lattice == Lattice::Hexagonal { row % 2 } else { 0 }
    }

    /// How far apart two columns are along a row, in half steps; each with the shift of its row.
    pub(crate) fn half_steps(&self, (column_a, shift_a): (usize, usize), (column_b, shift_b): (usize, usize)) -> usize {
        let apart = (2 * column_a + shift_a).abs_diff(2 * column_b + shift_b);
        match self.surface {
            Surface::Planar => apart,
            Surface::Torus => {
                // A shifted last column is half a step beyond the whole round.
                let apart = apart % (2 * self.columns);
                apart.min(2 * self.columns - apart)
            }
        }
    }

    /// How many rows lie between two.
    pub(crate) fn steps_down(&self, row_a: usize, row_b: usize) -> usize {
        let apart = row_a.abs_diff(row_b);
        if self.surface == Surface::Torus { apart.min(self.rows - apart) } else { apart }
    }

    /// The square of so many half steps along a row.
    pub(crate) fn squared_along(&self, half_steps: usize) -> f64 {
        (half_steps as f64 / 2.0).powi(2)
    }

    /// The square of so many steps from row to row. Of a hexagonal grid it is 3/4, which is exact where its root is not.
    pub(crate) fn squared_down(&self, steps: usize) -> f64 {
        let step = if self.lattice == Lattice::Hexagonal { 0.75 } else { 1.0 };
        step * (steps * steps) as f64
    }

    /// Which neighbours count where nobody says otherwise: six on a hexagonal grid, eight on a rectangular one.
    pub fn adjacency(&self) -> Adjacency {
        match self.lattice {
            Lattice::Hexagonal => Adjacency::Six,
            Lattice::Rectangular => Adjacency::Eight,
        }
    }

    /// Whether two different units are neighbours. `Four` and `Eight` are of the rectangular grid; a hexagonal one has six
    /// whichever is asked for.
    pub fn are_neighbors(&self, a: usize, b: usize, adjacency: Adjacency) -> bool {
        let most = match (self.lattice, adjacency) {
            (Lattice::Rectangular, Adjacency::Eight | Adjacency::Six) => 2.0,
            _ => 1.0,
        };
        a != b && self.squared_distance(a, b) <= most
    }

    /// The neighbours of a unit, rising.
    pub fn neighbors(&self, unit: usize, adjacency: Adjacency) -> Vec<usize> {
        let (column, row) = self.place(unit);
        let near = |at: usize, count: usize| -> Vec<usize> {
            let mut around: Vec<usize> = match self.surface {
                Surface::Planar => (at.saturating_sub(1)..=(at + 1).min(count - 1)).collect(),
                Surface::Torus => [count - 1, 0, 1].map(|step| (at + step) % count).to_vec(),
            };
            around.sort_unstable();
            around.dedup();
            around
        };
        let columns = near(column, self.columns);
        let around = near(row, self.rows).into_iter().flat_map(|row| columns.iter().map(move |&column| (column, row)));
        let units = around.map(|(column, row)| row * self.columns + column);
        units.filter(|&other| self.are_neighbors(unit, other, adjacency)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(columns: usize, rows: usize, lattice: Lattice, surface: Surface) -> Grid {
        Grid::new(columns, rows, lattice, surface).unwrap()
    }

    #[test]
    fn a_unit_amid_the_grid_has_four_eight_or_six_neighbours() {
        let square = grid(5, 5, Lattice::Rectangular, Surface::Planar);
        assert_eq!(square.neighbors(12, Adjacency::Four), [7, 11, 13, 17]);
        assert_eq!(square.neighbors(12, Adjacency::Eight), [6, 7, 8, 11, 13, 16, 17, 18]);
        assert_eq!(square.neighbors(0, Adjacency::Eight), [1, 5, 6]);
        // Row 2 is not shifted, so its neighbours above and below lie half a place to the left and to the right.
        let hexagons = grid(5, 5, Lattice::Hexagonal, Surface::Planar);
        assert_eq!(hexagons.neighbors(12, Adjacency::Six), [6, 7, 11, 13, 16, 17]);
        assert_eq!(hexagons.neighbors(7, Adjacency::Six), [2, 3, 6, 8, 12, 13]);
    }

    #[test]
    fn on_a_torus_every_unit_has_all_its_neighbours() {
        for (lattice, adjacency, count) in
            [(Lattice::Rectangular, Adjacency::Eight, 8), (Lattice::Hexagonal, Adjacency::Six, 6)]
        {
            let torus = grid(6, 4, lattice, Surface::Torus);
            assert!((0..24).all(|unit| torus.neighbors(unit, adjacency).len() == count), "{lattice}");
            assert_eq!(torus.distance(0, 5), 1.0);
        }
        let small = grid(2, 1, Lattice::Rectangular, Surface::Torus);
        assert_eq!(small.neighbors(0, Adjacency::Eight), [1]);
        assert!(Grid::new(4, 3, Lattice::Hexagonal, Surface::Torus).is_err());
    }

    #[test]
    fn distances_are_those_of_the_positions() {
        for lattice in [Lattice::Rectangular, Lattice::Hexagonal] {
            let plane = grid(7, 6, lattice, Surface::Planar);
            let torus = grid(7, 6, lattice, Surface::Torus);
            let (wide, high) = (7.0, if lattice == Lattice::Hexagonal { 6.0 * 0.75_f64.sqrt() } else { 6.0 });
            for (a, b) in (0..42).flat_map(|a| (0..42).map(move |b| (a, b))) {
                let ((xa, ya), (xb, yb)) = (plane.position(a), plane.position(b));
                assert!((plane.distance(a, b) - (xa - xb).hypot(ya - yb)).abs() < 1e-12);
                let shifts = (-1..=1).flat_map(|i| (-1..=1).map(move |j| (f64::from(i) * wide, f64::from(j) * high)));
                let least = shifts.map(|(x, y)| (xa - xb + x).hypot(ya - yb + y)).fold(f64::MAX, f64::min);
                assert!((torus.distance(a, b) - least).abs() < 1e-12, "{lattice} {a} {b}");
            }
        }
    }
}
