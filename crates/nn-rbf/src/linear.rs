//! Least squares on samples that come block by block, so that the design matrix is never held whole.
//!
//! The rows of `[P | Phi | Y]` are those of the samples, each times the root of its weight: P is what ridge does not pull (bias
//! and linear tail), Phi the answers of the basis units, Y the targets. Two ways lead to the weights:
//!
//! - *Triangle*: the R of a QR decomposition by Householder's reflections, to which each block is added, and the SVD of its
//!   part of Phi. It loses no digits, gives every ridge at once, leave-one-out errors, and the shortest weights where the design
//!   has not full rank. Golub and Van Loan, Matrix Computations, 4th ed., 5.2 and 6.1.
//! - *Normal equations*: Cholesky of `Phi^T Phi + ridge 1`, for one ridge that is given and not tiny; several times as fast.

use crate::spectrum::ends_of_spectrum;
use crate::tail::{LOST, Spanned, inverse_of_products, spanned};
use nn_core::kernels::{Onto, View, axpy, dot};
use nn_core::linalg::product;
use nn_core::nalgebra::{Cholesky, DMatrix, DVector, Dyn, SVD};

/// Rows of a design with what is to be explained: a block of samples.
#[derive(Debug)]
pub(crate) struct Rows {
    /// samples × (p + q + m), column-major.
    pub(crate) all: DMatrix<f64>,
}

/// How many columns each part has: p that no ridge pulls, q units, m targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) free: usize,
    pub(crate) units: usize,
    pub(crate) targets: usize,
}

impl Parts {
    pub(crate) fn columns(self) -> usize {
        self.free + self.units + self.targets
    }
}

/// `A B`.
pub(crate) fn times(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    multiply(view(a), view(b))
}

/// `A^T B`.
pub(crate) fn transposed_times(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    multiply(view(a).transposed(), view(b))
}

fn view(a: &DMatrix<f64>) -> View<'_, f64> {
    View::new(a.as_slice(), a.nrows(), a.ncols())
}

fn multiply(a: View<'_, f64>, b: View<'_, f64>) -> DMatrix<f64> {
    let mut c = DMatrix::zeros(a.rows, b.cols);
    product(a, b, Onto::Zero, c.as_mut_slice());
    c
}

/// Columns that are reflected one by one before the others follow by products.
const PANEL: usize = 32;

/// R of the QR decomposition of `a`, as many rows as columns, zeros where `a` has fewer.
///
/// A column x below the diagonal becomes `-sign(x_1) |x| e_1` by `1 - tau v v^T`; the reflections of a panel, `1 - V T V^T`, are
/// applied to the columns behind it by three products. Schreiber and Van Loan 1989.
pub(crate) fn triangle(mut a: DMatrix<f64>) -> DMatrix<f64> {
    let (rows, columns) = a.shape();
    let steps = rows.min(columns);
    for first in (0..steps).step_by(PANEL) {
        let last = (first + PANEL).min(steps);
        let height = rows - first;
        let mut v = DMatrix::<f64>::zeros(height, last - first);
        let mut t = DMatrix::<f64>::zeros(last - first, last - first);
        for column in first..last {
            let here = column - first;
            let x = &mut a.as_mut_slice()[column * rows..][column..rows];
            let norm = nn_core::linalg::norm(x);
            if norm == 0.0 {
                continue;
            }
            let alpha = if x[0] < 0.0 { norm } else { -norm };
            let lead = x[0] - alpha;
            let tau = -lead / alpha;
            let own = &mut v.as_mut_slice()[here * height..][here..height];
            own.iter_mut().zip(x.iter()).for_each(|(v, &x)| *v = x / lead);
            own[0] = 1.0;
            x.fill(0.0);
            x[0] = alpha;
            for other in column + 1..last {
                let own = &v.as_slice()[here * height..][here..height];
                let x = &mut a.as_mut_slice()[other * rows..][column..rows];
                let share = -tau * dot(own, x);
                axpy(share, own, x);
            }
            // T grows by the column -tau T V^T v.
            let own = &v.as_slice()[here * height..][..height];
            let along: Vec<f64> = (0..here).map(|k| dot(&v.as_slice()[k * height..][..height], own)).collect();
            for row in 0..here {
                t[(row, here)] = -tau * (row..here).map(|k| t[(row, k)] * along[k]).sum::<f64>();
            }
            t[(here, here)] = tau;
        }
        if last < columns {
            // A <- A - V T^T (V^T A).
            let behind = View::with_strides(&a.as_slice()[last * rows + first..], height, columns - last, 1, rows);
            let along = multiply(view(&v).transposed(), behind);
            let turned = transposed_times(&t, &along);
            let mut change = DMatrix::zeros(height, columns - last);
            product(view(&v), view(&turned), Onto::Zero, change.as_mut_slice());
            for (column, change) in (last..columns).zip(change.as_slice().chunks_exact(height)) {
                let x = &mut a.as_mut_slice()[column * rows..][first..rows];
                x.iter_mut().zip(change).for_each(|(x, &change)| *x -= change);
            }
        }
    }
    let mut r = DMatrix::zeros(columns, columns);
    for column in 0..columns {
        let filled = (column + 1).min(rows);
        r.as_mut_slice()[column * columns..][..filled].copy_from_slice(&a.as_slice()[column * rows..][..filled]);
    }
    r
}

/// The triangle of some rows and more of them.
pub(crate) fn grown(r: Option<DMatrix<f64>>, rows: &Rows) -> DMatrix<f64> {
    let Some(r) = r else { return triangle(rows.all.clone()) };
    let (above, below, columns) = (r.nrows(), rows.all.nrows(), r.ncols());
    let mut both = DMatrix::zeros(above + below, columns);
    for (column, both) in both.as_mut_slice().chunks_exact_mut(above + below).enumerate() {
        both[..above].copy_from_slice(&r.as_slice()[column * above..][..above]);
        both[above..].copy_from_slice(&rows.all.as_slice()[column * below..][..below]);
    }
    triangle(both)
}

/// What the triangle of all samples says, taken apart.
#[derive(Debug)]
pub(crate) struct Factors {
    parts: Parts,
    /// What makes o orthonormal columns of P, p × o; o is less than p where columns of P are made of others.
    free_inverse: DMatrix<f64>,
    /// What P shares with Phi, o × q.
    shared: DMatrix<f64>,
    /// What P explains of Y, o × m.
    free_targets: DMatrix<f64>,
    /// Singular values of Phi without what P explains, the largest first; those that are rounding are left out.
    pub(crate) singular: Vec<f64>,
    /// Its right singular vectors, q × r.
    right: DMatrix<f64>,
    /// `U^T Y`, r × m.
    turned: DMatrix<f64>,
    /// The smallest singular value, also where it is rounding.
    pub(crate) smallest: f64,
}

/// Weights that were solved for.
#[derive(Clone, Debug)]
pub(crate) struct Solution {
    /// p × m.
    pub(crate) free: DMatrix<f64>,
    /// q × m.
    pub(crate) units: DMatrix<f64>,
    /// Condition number of what was solved, ridge included; infinite where the design has not full rank and there is no ridge.
    pub(crate) condition: f64,
}

impl Factors {
    /// Of the triangle `r` of all samples, of which there are so many. `None` where the SVD finds no end.
    pub(crate) fn of(r: &DMatrix<f64>, parts: Parts, samples: usize) -> Option<Self> {
        let Parts { free: p, units: q, targets: m } = parts;
        let block = |row: usize, column: usize, rows: usize, columns: usize| {
            DMatrix::from_fn(rows, columns, |i, j| r[(row + i, column + j)])
        };
        let Spanned { inverse, along, beside } = spanned(block(0, 0, p, p), samples)?;
        let beyond = block(0, p, p, q + m);
        let (free, rest) = (transposed_times(&along, &beyond), transposed_times(&beside, &beyond));
        // Rows of the triangle that columns of P took which are made of others explain nothing: they are left to Phi.
        let own = |column: usize, columns: usize| {
            DMatrix::from_fn(rest.nrows() + q, columns, |i, j| match i.checked_sub(rest.nrows()) {
                None => rest[(i, column + j)],
                Some(i) => r[(p + i, p + column + j)],
            })
        };
        let svd = svd(own(0, q))?;
        let (u, v) = (svd.u?, svd.v_t?);
        let mut order: Vec<usize> = (0..q).collect();
        order.sort_by(|&a, &b| svd.singular_values[b].total_cmp(&svd.singular_values[a]));
        let largest = order.first().map_or(0.0, |&first| svd.singular_values[first]);
        let smallest = order.last().map_or(0.0, |&last| svd.singular_values[last]);
        // What bias and tail explain was there when the answers were rounded: of units that are all but constant it is nearly all.
        let whole = (p..p + q).map(|column| r.view((0, column), (p + q, 1)).norm()).fold(largest, f64::max);
        let rounding = f64::EPSILON * samples.max(q) as f64 * whole;
        order.retain(|&index| rounding < svd.singular_values[index]);
        let kept = DMatrix::from_fn(u.nrows(), order.len(), |row, index| u[(row, order[index])]);
        Some(Self {
            parts,
            free_inverse: inverse,
            shared: free.columns(0, q).into_owned(),
            free_targets: free.columns(q, m).into_owned(),
            singular: order.iter().map(|&index| svd.singular_values[index]).collect(),
            right: DMatrix::from_fn(q, order.len(), |row, index| v[(order[index], row)]),
            turned: transposed_times(&kept, &own(q, m)),
            smallest,
        })
    }

    /// The weights with this ridge: `w = V s / (s^2 + ridge) U^T Y`.
    pub(crate) fn solve(&self, ridge: f64) -> Solution {
        let mut shrunk = self.turned.clone();
        for (mut row, &s) in shrunk.row_iter_mut().zip(&self.singular) {
            // Not s / (s^2 + ridge), whose square may vanish.
            row *= 1.0 / (s + ridge / s);
        }
        let units = times(&self.right, &shrunk);
        let explained = &self.free_targets - times(&self.shared, &units);
        let free = times(&self.free_inverse, &explained);
        let largest = self.singular.first().copied().unwrap_or(0.0);
        let root = ridge.sqrt();
        let whole = self.singular.len() == self.parts.units;
        let condition = match largest.hypot(root) / self.smallest.hypot(root) {
            _ if !whole && ridge == 0.0 => f64::INFINITY,
            condition if condition.is_nan() => 1.0,
            condition => condition,
        };
        Solution { free, units, condition }
    }

    /// Numbers that are worth trying as ridge, a decade apart: from that which hardly pulls the least part of the answers that is
    /// more than the `rounding` of a number, to that which leaves little.
    ///
    /// Splines that grow with the distance have singular values over many decades, and the best ridge may lie at the end of them.
    pub(crate) fn ridges(&self, rounding: f64) -> Vec<f64> {
        let largest = self.singular.first().map_or(1.0, |s| s * s);
        // A part that is a hundred billionth of the largest has lost most of its digits, even of doubles.
        let decades = 2.0 * (16.0 * rounding).max(1e-11).log10().floor();
        (decades as i32..=1).map(|decade| largest * 10.0_f64.powi(decade)).collect()
    }

    /// What each of `ridges` leaves of the target where samples are left out in turn: given all samples, block by block.
    pub(crate) fn sweep<'a>(&'a self, ridges: &[f64]) -> Sweep<'a> {
        let (r, m) = (self.singular.len(), self.parts.targets);
        let share = |ridge: f64, k: usize| self.singular[k] / (self.singular[k] + ridge / self.singular[k]);
        let mut scaled = self.right.clone();
        for (mut column, s) in scaled.column_iter_mut().zip(&self.singular) {
            column /= *s;
        }
        Sweep {
            factors: self,
            scaled,
            leverages: DMatrix::from_fn(r, ridges.len(), |k, ridge| share(ridges[ridge], k)),
            answers: DMatrix::from_fn(r, ridges.len() * m, |k, column| {
                share(ridges[column / m], k) * self.turned[(k, column % m)]
            }),
            errors: vec![Errors::default(); ridges.len()],
        }
    }
}

/// Errors of all ridges at once, without solving for any.
#[derive(Debug)]
pub(crate) struct Sweep<'a> {
    factors: &'a Factors,
    /// `V / s`, which makes orthonormal columns of Phi.
    scaled: DMatrix<f64>,
    /// A column a ridge, for the leverages.
    leverages: DMatrix<f64>,
    /// m columns a ridge, for the answers.
    answers: DMatrix<f64>,
    /// Those of each ridge so far.
    pub(crate) errors: Vec<Errors>,
}

impl Sweep<'_> {
    /// Goes on with a block of samples.
    ///
    /// With the rows z of the orthonormal columns, `h_ii = sum_k z_ik^2 s_k^2 / (s_k^2 + ridge)`, and so is the answer.
    pub(crate) fn add(&mut self, rows: &Rows) {
        let Parts { free: p, units: q, targets: m } = self.factors.parts;
        let part = |from: usize, columns: usize| rows.all.columns(from, columns).into_owned();
        // Rows of orthonormal columns: those of P, then those of Phi without P.
        let free = times(&part(0, p), &self.factors.free_inverse);
        let own = times(&(part(p, q) - times(&free, &self.factors.shared)), &self.scaled);
        let whole = part(p + q, m);
        let target = &whole - times(&free, &self.factors.free_targets);
        let leverage = times(&own.map(|x| x * x), &self.leverages);
        let answer = times(&own, &self.answers);
        for (ridge, errors) in self.errors.iter_mut().enumerate() {
            for sample in 0..rows.all.nrows() {
                let h = free.row(sample).norm_squared() + leverage[(sample, ridge)];
                errors.samples += 1.0;
                errors.leverage += h;
                let left = 1.0 - h;
                for output in 0..m {
                    let error = target[(sample, output)] - answer[(sample, ridge * m + output)];
                    let square = whole[(sample, output)].powi(2);
                    errors.squares += error * error;
                    errors.targets += square;
                    errors.left_out += if SURE < left { (error / left).powi(2) } else { square };
                }
            }
        }
    }
}

/// Where a sample alone decides its answer, `e_i / (1 - h_ii)` is one rounding over another, and nothing is known of it without it:
/// the error is then the target itself, that of answering 0.
const SURE: f64 = 1e-12;

/// Errors of a fit, summed over samples and targets.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Errors {
    /// `sum e_i^2`.
    squares: f64,
    /// `sum (e_i / (1 - h_ii))^2`: what is left where each sample is left out in turn. Allen 1974.
    left_out: f64,
    /// `sum y_i^2`.
    targets: f64,
    /// `sum h_ii`, the trace of the matrix that makes answers of targets.
    leverage: f64,
    samples: f64,
}

impl Errors {
    /// The mean squared error on a sample that was left out; `weight` is that of all samples.
    pub(crate) fn leave_one_out(&self, weight: f64) -> f64 {
        self.left_out / weight
    }

    /// Generalised cross-validation: each `h_ii` replaced by their mean.
    pub(crate) fn gcv(&self, weight: f64) -> f64 {
        let left = 1.0 - self.leverage / self.samples;
        if SURE < left { self.squares / (left * left) / weight } else { self.targets / weight }
    }
}

/// The SVD, of a matrix scaled so that no square overflows; its singular values in any order, since to sort them nalgebra panics
/// where one is no number.
pub(crate) fn svd(a: DMatrix<f64>) -> Option<SVD<f64, Dyn, Dyn>> {
    let size = a.amax();
    if size == 0.0 || a.is_empty() {
        let (rows, columns) = a.shape();
        return Some(SVD {
            u: Some(DMatrix::identity(rows, rows.min(columns))),
            v_t: Some(DMatrix::identity(rows.min(columns), columns)),
            singular_values: DVector::zeros(rows.min(columns)),
        });
    }
    if !size.is_finite() || a.iter().any(|number| !number.is_finite()) {
        return None;
    }
    let mut svd = SVD::try_new_unordered(a / size, true, true, f64::EPSILON, 0)?;
    svd.singular_values *= size;
    svd.singular_values.iter().all(|s| s.is_finite()).then_some(svd)
}

/// Sums of products of all columns, for the normal equations.
pub(crate) fn add_products(sums: &mut DMatrix<f64>, rows: &Rows) {
    let all = view(&rows.all);
    product(all.transposed(), all, Onto::Old, sums.as_mut_slice());
}

/// The weights by the normal equations, whose matrix `sums` holds; `None` where they are too badly conditioned for that.
///
/// `S = Phi^T Phi - Phi^T P (P^T P)^-1 P^T Phi + ridge 1`, `S w = Phi^T Y - Phi^T P (P^T P)^-1 P^T Y`.
pub(crate) fn normal_equations(sums: &DMatrix<f64>, parts: Parts, ridge: f64) -> Option<Solution> {
    let Parts { free: p, units: q, targets: m } = parts;
    let block =
        |row: usize, column: usize, rows: usize, columns: usize| sums.view((row, column), (rows, columns)).into_owned();
    let inverse = inverse_of_products(&block(0, 0, p, p))?;
    let by_free = times(&inverse, &block(0, p, p, q + m));
    let mut system = block(p, p, q, q + m) - transposed_times(&block(0, p, p, q), &by_free);
    let targets = system.columns(q, m).into_owned();
    system = system.columns(0, q).into_owned();
    // What bias and tail explain was there when the sums were rounded: of units that are all but constant it is nearly all.
    let largest = sums.view((p, p), (q, q)).diagonal().amax();
    if !(LOST * largest <= ridge && ridge.is_finite() && largest.is_finite()) {
        return None;
    }
    for index in 0..q {
        system[(index, index)] += ridge;
    }
    let matrix = system.clone();
    let cholesky = Cholesky::new(system)?;
    let units = cholesky.solve(&targets);
    let free = by_free.columns(q, m).into_owned() - times(&by_free.columns(0, q).into_owned(), &units);
    let ends = ends_of_spectrum(q, |x| &matrix * x, |x| Some(cholesky.solve(x)));
    // Singular values of what was solved are the roots of these.
    let condition = ends.map_or(f64::INFINITY, |(largest, smallest)| (largest / smallest).sqrt());
    let finite = units.iter().chain(&free).all(|w| w.is_finite());
    finite.then_some(Solution { free, units, condition })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(rows: usize, columns: usize, seed: f64) -> DMatrix<f64> {
        DMatrix::from_fn(rows, columns, |i, j| (((17 * i + 1) * (j + 3)) as f64 * seed).sin() * 1e4 % 1.0)
    }

    #[test]
    fn a_triangle_has_the_products_of_its_matrix_also_grown_by_blocks() {
        for (rows, columns) in [(90, 70), (5, 40), (64, 1), (40, 40)] {
            let a = numbers(rows, columns, 0.7);
            let whole = triangle(a.clone());
            let split = rows / 3;
            let parts = [a.rows(0, split).into_owned(), a.rows(split, rows - split).into_owned()];
            let grown = parts.into_iter().fold(None, |r, all| Some(grown(r, &Rows { all }))).unwrap();
            for r in [whole, grown] {
                let error = (transposed_times(&r, &r) - transposed_times(&a, &a)).amax();
                assert!(error < 1e-12, "{rows} {columns}: {error:e}");
                assert!((0..columns).all(|j| (j + 1..columns).all(|i| r[(i, j)] == 0.0)));
            }
        }
    }

    /// A bias, units and targets; some columns are alike.
    fn example(samples: usize, units: usize) -> (Rows, Parts) {
        let mut all = numbers(samples, 1 + units + 2, 0.37);
        all.column_mut(0).fill(1.0);
        let parts = Parts { free: 1, units, targets: 2 };
        (Rows { all }, parts)
    }

    /// The weights by nalgebra's SVD of the design with rows for the ridge.
    fn reference(rows: &Rows, parts: Parts, ridge: f64) -> DMatrix<f64> {
        let (n, p, q) = (rows.all.nrows(), parts.free, parts.units);
        let design = DMatrix::from_fn(n + q, p + q, |i, j| match i < n {
            true => rows.all[(i, j)],
            false if p + i - n == j => ridge.sqrt(),
            false => 0.0,
        });
        let target = DMatrix::from_fn(n + q, parts.targets, |i, j| if i < n { rows.all[(i, p + q + j)] } else { 0.0 });
        design.svd(true, true).solve(&target, 1e-13).unwrap()
    }

    #[test]
    fn both_ways_find_the_weights_of_an_ordinary_solver() {
        let (rows, parts) = example(40, 12);
        let factors = Factors::of(&triangle(rows.all.clone()), parts, 40).unwrap();
        let mut sums = DMatrix::zeros(15, 15);
        add_products(&mut sums, &rows);
        for ridge in [0.0, 1e-3, 0.5] {
            let expected = reference(&rows, parts, ridge);
            let found = factors.solve(ridge);
            let normal = normal_equations(&sums, parts, ridge);
            assert_eq!(normal.is_some(), ridge != 0.0);
            for solution in [Some(found), normal].into_iter().flatten() {
                assert!((&solution.units - expected.rows(1, 12)).amax() < 1e-10);
                assert!((&solution.free - expected.rows(0, 1)).amax() < 1e-10);
                assert!(1.0 <= solution.condition && solution.condition < 1e4);
            }
        }
    }

    #[test]
    fn the_condition_numbers_of_both_ways_agree() {
        let (rows, parts) = example(60, 8);
        let factors = Factors::of(&triangle(rows.all.clone()), parts, 60).unwrap();
        let mut sums = DMatrix::zeros(11, 11);
        add_products(&mut sums, &rows);
        let (exact, rough) = (factors.solve(0.1).condition, normal_equations(&sums, parts, 0.1).unwrap().condition);
        assert!((rough / exact - 1.0).abs() < 0.05, "{rough} {exact}");
    }

    #[test]
    fn leave_one_out_equals_the_loop() {
        let (rows, parts) = example(30, 9);
        let factors = Factors::of(&triangle(rows.all.clone()), parts, 30).unwrap();
        let ridges = [1e-6, 0.01, 0.3, 10.0];
        let mut sweep = factors.sweep(&ridges);
        sweep.add(&Rows { all: rows.all.rows(0, 11).into_owned() });
        sweep.add(&Rows { all: rows.all.rows(11, 19).into_owned() });
        for (ridge, formula) in ridges.into_iter().zip(sweep.errors) {
            let mut squares = 0.0;
            for left_out in 0..30 {
                let others = Rows { all: rows.all.clone().remove_row(left_out) };
                let weights = reference(&others, parts, ridge);
                for output in 0..2 {
                    let answer = (0..10).map(|j| rows.all[(left_out, j)] * weights[(j, output)]).sum::<f64>();
                    squares += (rows.all[(left_out, 10 + output)] - answer).powi(2);
                }
            }
            let found = formula.leave_one_out(30.0);
            assert!((found / (squares / 30.0) - 1.0).abs() < 1e-9, "{ridge}: {found} {}", squares / 30.0);
        }
    }

    /// An answer that passes through every sample leaves no error, and says nothing of a sample that it has not seen.
    #[test]
    fn what_passes_through_every_sample_has_no_leave_one_out_error_to_boast_of() {
        for units in [7, 8, 20] {
            let (rows, parts) = example(8, units);
            let factors = Factors::of(&triangle(rows.all.clone()), parts, 8).unwrap();
            let mut sweep = factors.sweep(&[0.0]);
            sweep.add(&rows);
            let squares = rows.all.columns(1 + units, 2).norm_squared() / 8.0;
            for error in [sweep.errors[0].leave_one_out(8.0), sweep.errors[0].gcv(8.0)] {
                assert!((error / squares - 1.0).abs() < 1e-9, "{units}: {error:e} {squares}");
            }
        }
    }

    #[test]
    fn columns_that_are_alike_share_their_weight_and_are_told() {
        let (mut rows, parts) = example(30, 6);
        let twin = rows.all.column(2).into_owned();
        rows.all.set_column(4, &twin);
        let factors = Factors::of(&triangle(rows.all.clone()), parts, 30).unwrap();
        let solution = factors.solve(0.0);
        assert_eq!(factors.singular.len(), 5);
        assert!(solution.condition.is_infinite());
        assert!((solution.units.row(1) - solution.units.row(3)).amax() < 1e-10);
        assert!((solution.units - reference(&rows, parts, 0.0).rows(1, 6)).amax() < 1e-9);
    }

    /// The columns of bias and tail: another made of them, or of zeros, changes nothing, in either way.
    #[test]
    fn a_tail_that_says_a_thing_twice_answers_as_if_it_said_it_once() {
        let (once, _) = example(12, 5);
        let parts = |free: usize| Parts { free, units: 5 - free + 1, targets: 2 };
        for ridge in [0.0, 1e-3, 0.5] {
            let expected = reference(&once, parts(2), ridge);
            let first = once.all.column(1).into_owned();
            for twice in [&first * 0.7, &first * 3e9, &first * 0.0] {
                let mut all = once.all.clone().insert_column(2, 0.0);
                all.set_column(2, &twice);
                let rows = Rows { all };
                let more = Parts { free: 3, ..parts(2) };
                let factors = Factors::of(&triangle(rows.all.clone()), more, 12).unwrap();
                let mut sums = DMatrix::zeros(9, 9);
                add_products(&mut sums, &rows);
                for solution in [Some(factors.solve(ridge)), normal_equations(&sums, more, ridge)].into_iter().flatten()
                {
                    let error = (&solution.units - expected.rows(2, 4)).amax();
                    assert!(error < 1e-10 && solution.free.iter().all(|w| w.is_finite()), "{ridge}: {error:e}");
                }
                let left_out = |factors: &Factors, rows: &Rows| {
                    let mut sweep = factors.sweep(&[ridge + 1e-6]);
                    sweep.add(rows);
                    sweep.errors[0].leave_one_out(12.0)
                };
                let less = left_out(&Factors::of(&triangle(once.all.clone()), parts(2), 12).unwrap(), &once);
                assert!((left_out(&factors, &rows) / less - 1.0).abs() < 1e-9, "{ridge}");
            }
        }
    }

    /// Units that are all but constant: what is left of their sums of products is rounding, so these are not trusted.
    #[test]
    fn normal_equations_of_units_that_bias_explains_are_left_to_the_triangle() {
        let all = DMatrix::from_fn(50, 4, |i, j| match j {
            0 => 1.0,
            3 => (i as f64 * 0.3).sin(),
            _ => 1.0 - 1e-6 * (i as f64 * 0.3).sin() * (1.0 + 1e-3 * j as f64 * (i as f64).cos()),
        });
        let parts = Parts { free: 1, units: 2, targets: 1 };
        let mut sums = DMatrix::zeros(4, 4);
        add_products(&mut sums, &Rows { all });
        assert!(normal_equations(&sums, parts, 1e-18).is_none());
        assert!(normal_equations(&sums, parts, 1e-3).is_some());
    }

    #[test]
    fn nothing_to_explain_and_nothing_to_explain_it_by_are_no_trouble() {
        let parts = Parts { free: 1, units: 3, targets: 1 };
        for all in [DMatrix::zeros(10, 5), DMatrix::from_element(2, 5, 1.0)] {
            let solution = Factors::of(&triangle(all), parts, 10).unwrap().solve(0.0);
            assert!(solution.units.iter().chain(&solution.free).all(|w| w.is_finite()));
        }
    }
}
