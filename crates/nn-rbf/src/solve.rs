//! The first step: the output weights for given centres and widths.

use crate::Basis;
use crate::linear::{self, Factors, Parts, Rows, Solution, times};
use crate::spectrum::ends_of_spectrum;
use nn_core::nalgebra::{DMatrix, DVector, Dyn, LU};
use nn_core::{Dataset, Error, Network, Result, Scalar, Target};

nn_core::choices! {
    /// By what ridge and width are chosen where they are not given.
    pub enum Criterion {
        /// The mean squared error on each sample by the network that learns from all others, in closed form.
        LeaveOneOut = "leave-one-out",
        /// The same with the mean share in place of each sample's own: generalised cross-validation. Golub, Heath, Wahba 1979.
        Gcv = "gcv",
    }
}

/// Samples of a block of a triangle, at least: to each, that of the ones before is added.
const BLOCK: usize = 1024;
/// Samples of a block whose products are added up.
const SUMMED: usize = 256;

/// Samples that are turned from columns to rows at a time.
const TURNED: usize = 32;

/// A network whose weights are to be solved for, and the samples to do so.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Problem<'a, F: Scalar> {
    pub(crate) network: &'a Network<F>,
    pub(crate) data: Dataset<'a, F>,
    pub(crate) bias: bool,
    pub(crate) parts: Parts,
}

/// What ridge was chosen, and why.
#[derive(Clone, Debug)]
pub(crate) struct Fitted {
    pub(crate) solution: Solution,
    pub(crate) ridge: f64,
    /// Ridges that were tried, each with its criterion.
    pub(crate) curve: Vec<(f64, f64)>,
    /// The criterion of the one chosen, where it was looked at.
    pub(crate) error: Option<f64>,
    /// By how much answers may miss samples that they should pass through, as a share of the greatest target.
    pub(crate) miss: f64,
    /// How many samples it contradicts since others at the same place have another target.
    pub(crate) contradictions: usize,
}

impl Fitted {
    /// With a ridge that was given.
    fn new(solution: Solution, ridge: f64) -> Self {
        Self { solution, ridge, curve: Vec::new(), error: None, miss: 0.0, contradictions: 0 }
    }
}

impl<'a, F: Scalar> Problem<'a, F> {
    /// For a network of so many basis units; the rest of what leaves its first layer is the tail.
    pub(crate) fn new(network: &'a Network<F>, data: Dataset<'a, F>, units: usize, bias: bool, tail: bool) -> Self {
        let free = usize::from(bias) + if tail { data.features() } else { 0 };
        Self { network, data, bias, parts: Parts { free, units, targets: network.outputs() } }
    }

    /// What the samples weigh together.
    pub(crate) fn weight(&self) -> f64 {
        let weights = self.data.sample_weights();
        weights.map_or(self.data.samples() as f64, |weights| weights.iter().map(|w| w.to_f64()).sum())
    }

    /// The rows `[P | Phi | Y]` of some samples, each times the root of its weight.
    pub(crate) fn rows(&self, data: &Dataset<'a, F>) -> Result<Rows> {
        let Parts { free, units, .. } = self.parts;
        let answers = self.network.activations(&data.inputs_only(), "basis")?;
        let answers = answers.ok_or_else(|| Error::data("there are no basis units"))?;
        let (samples, outputs) = (data.samples(), self.parts.targets);
        let targets = targets(self.network, data);
        let roots: Option<Vec<f64>> =
            data.sample_weights().map(|weights| weights.iter().map(|w| w.to_f64().sqrt()).collect());
        let mut all = DMatrix::zeros(samples, self.parts.columns());
        let bias = usize::from(self.bias);
        let of_layer = units + free - bias;
        // Some samples at a time, whose answers stay in the first cache while they are turned.
        for first in (0..samples).step_by(TURNED) {
            let some = first..samples.min(first + TURNED);
            for (column, rows) in all.as_mut_slice().chunks_exact_mut(samples).enumerate() {
                let rows = &mut rows[some.clone()];
                let mut copy = |numbers: &[F], index: usize, height: usize| {
                    let from = numbers[first * height..].iter().skip(index).step_by(height);
                    rows.iter_mut().zip(from).for_each(|(row, x)| *row = x.to_f64());
                };
                if column < bias {
                    rows.fill(1.0);
                } else if column < free {
                    // The tail follows the units.
                    copy(answers.as_slice(), units + column - bias, of_layer);
                } else if column < free + units {
                    copy(answers.as_slice(), column - free, of_layer);
                } else {
                    let from = targets[first * outputs..].iter().skip(column - free - units).step_by(outputs);
                    rows.iter_mut().zip(from).for_each(|(row, y)| *row = *y);
                }
                if let Some(roots) = &roots {
                    rows.iter_mut().zip(&roots[some.clone()]).for_each(|(row, root)| *row *= root);
                }
            }
        }
        Ok(Rows { all })
    }

    /// All samples, block by block of so many.
    fn blocks(&self, size: usize) -> impl Iterator<Item = Result<Rows>> + '_ {
        (0..self.data.samples()).step_by(size).map(move |first| self.rows(&self.data.part(first..first + size)))
    }

    /// The weights by least squares with this ridge, or that which the criterion asks for. `looks` asks for the criterion even
    /// where the ridge is given.
    pub(crate) fn least_squares(&self, ridge: Option<f64>, criterion: Criterion, looks: bool) -> Result<Fitted> {
        if let Some(ridge) = ridge.filter(|&ridge| 0.0 < ridge && !looks) {
            let mut sums = DMatrix::zeros(self.parts.columns(), self.parts.columns());
            for rows in self.blocks(SUMMED) {
                linear::add_products(&mut sums, &rows?);
            }
            if let Some(solution) = linear::normal_equations(&sums, self.parts, ridge) {
                return Ok(Fitted::new(solution, ridge));
            }
        }
        let mut triangle = None;
        let size = BLOCK.max(self.parts.columns().next_multiple_of(64));
        for rows in self.blocks(size) {
            triangle = Some(linear::grown(triangle, &rows?));
        }
        let factors = triangle.and_then(|triangle| Factors::of(&triangle, self.parts, self.data.samples()));
        let factors = factors.ok_or_else(|| Error::data("the design has no singular values that can be found"))?;
        let ridges = match ridge {
            Some(ridge) if !looks => {
                return Ok(Fitted::new(factors.solve(ridge), ridge));
            }
            Some(ridge) => vec![ridge],
            None => factors.ridges(F::EPSILON),
        };
        let mut sweep = factors.sweep(&ridges);
        for rows in self.blocks(size) {
            sweep.add(&rows?);
        }
        let weight = self.weight();
        let judge = |errors: &linear::Errors| match criterion {
            Criterion::LeaveOneOut => errors.leave_one_out(weight),
            Criterion::Gcv => errors.gcv(weight),
        };
        let curve: Vec<(f64, f64)> = ridges.iter().copied().zip(sweep.errors.iter().map(judge)).collect();
        let finite = curve.iter().filter(|(_, error)| error.is_finite());
        // Of several that are as good, the larger one.
        let best = finite.min_by(|a, b| a.1.total_cmp(&b.1).then(b.0.total_cmp(&a.0)));
        let &(ridge, error) = best.ok_or_else(|| Error::data("no ridge leaves a finite error"))?;
        let curve = if ridges.len() == 1 { Vec::new() } else { curve };
        Ok(Fitted { solution: factors.solve(ridge), ridge, curve, error: Some(error), miss: 0.0, contradictions: 0 })
    }
}

/// The targets of some samples as the network learns them: targets × samples.
pub(crate) fn targets<F: Scalar>(network: &Network<F>, data: &Dataset<'_, F>) -> Vec<f64> {
    let outputs = network.outputs();
    match data.target() {
        Target::Values { values, .. } => {
            let mut scaled = values.to_vec();
            if let Some(scaler) = &network.target_scaler {
                scaler.apply(&mut scaled);
            }
            scaled.iter().map(|y| y.to_f64()).collect()
        }
        Target::Labels { labels, .. } if outputs == 1 => labels.iter().map(|&label| f64::from(label)).collect(),
        Target::Labels { labels, .. } => {
            let mut all = vec![0.0; outputs * labels.len()];
            all.chunks_exact_mut(outputs).zip(labels).for_each(|(row, &label)| row[label as usize] = 1.0);
            all
        }
        _ => vec![0.0; outputs * data.samples()],
    }
}

/// A condition number beyond which no digit of the weights is sure.
const WORST: f64 = 1e15;
/// Samples up to which the leave-one-out error of an interpolation is looked at: it takes the inverse. Of more, so many drawn at
/// random stand for all.
pub(crate) const MOST_INVERTED: usize = 400;

/// The samples that are interpolated: all different, each a centre.
#[derive(Clone, Debug)]
pub(crate) struct Nodes {
    /// What each weighs: as many samples as are alike.
    pub(crate) weights: Vec<f64>,
    /// The mean of their targets: nodes × targets.
    pub(crate) targets: DMatrix<f64>,
    /// Samples that have another target than one before them at the same place.
    pub(crate) contradictions: usize,
}

impl Nodes {
    /// Of the targets of all samples, `like` telling which node each belongs to.
    pub(crate) fn new<F: Scalar>(problem: &Problem<'_, F>, nodes: usize, like: &[Option<usize>]) -> Self {
        let outputs = problem.parts.targets;
        let all = targets(problem.network, &problem.data);
        let (mut weights, mut targets) = (vec![0.0; nodes], DMatrix::zeros(nodes, outputs));
        let (mut first_of, mut contradictions) = (vec![None; nodes], 0);
        for (sample, node) in like.iter().enumerate().filter_map(|(sample, node)| Some((sample, (*node)?))) {
            let weight = problem.data.weight(sample).to_f64();
            let own = &all[sample * outputs..][..outputs];
            contradictions += usize::from(*first_of[node].get_or_insert(own) != own);
            weights[node] += weight;
            let share = weight / weights[node];
            for output in 0..outputs {
                targets[(node, output)] += share * (all[sample * outputs + output] - targets[(node, output)]);
            }
        }
        Self { weights, targets, contradictions }
    }
}

/// An answer that passes through every node, or as near as `ridge` lets it: `[K + ridge D, P; P^T, 0] [w; v] = [Y; 0]`, D holding
/// one over the weight of each node. For a basis whose matrix is negative on what P leaves, the signs are turned.
///
/// With bias and tail, `P^T w = 0` makes it one: the weights add up to 0, and so do those times each feature. Micchelli 1986 tells
/// for which bases it has one solution. Where nodes lie so near that it has none in floating point, a ridge is added, the smallest
/// of decades that helps, and told.
///
/// `rounding` is that of the float in which the network will answer by these weights.
///
/// # Shapes
/// `kernel`: nodes × (p + q), `[P | K]`.
pub(crate) fn interpolate(
    kernel: &DMatrix<f64>,
    parts: Parts,
    basis: Basis,
    nodes: &Nodes,
    ridge: f64,
    looks: bool,
    rounding: f64,
) -> Result<Fitted> {
    let sign = basis.definite();
    let free = independent(kernel, parts.free);
    let largest = kernel.columns(parts.free, parts.units).amax();
    let mut tried = ridge;
    for decade in -15..0 {
        if let Some(mut fitted) = attempt(kernel, parts, &free, sign, nodes, tried, looks) {
            if ridge == 0.0 {
                fitted.miss = miss(&fitted.solution.units, nodes, tried, rounding * largest);
            }
            return Ok(fitted);
        }
        tried = ridge.max(largest * 10.0_f64.powi(decade));
    }
    Err(Error::data("the samples cannot be interpolated in this basis; a ridge or another basis may help"))
}

/// By how much answers may miss their nodes, as a share of the greatest target: by the ridge, and by `rounding` a unit.
fn miss(units: &DMatrix<f64>, nodes: &Nodes, ridge: f64, rounding: f64) -> f64 {
    let pulled = units.row_iter().zip(&nodes.weights).map(|(w, weight)| w.amax() * ridge / weight).fold(0.0, f64::max);
    let rounded = units.column_iter().map(|w| w.iter().map(|w| w.abs()).sum::<f64>() * rounding).fold(0.0, f64::max);
    let most = nodes.targets.amax();
    if most == 0.0 { 0.0 } else { (pulled + rounded) / most }
}

/// The columns of P that are not made of those before them.
fn independent(kernel: &DMatrix<f64>, free: usize) -> Vec<usize> {
    let mut basis: Vec<DVector<f64>> = Vec::new();
    let mut kept = Vec::new();
    for column in 0..free {
        let whole = kernel.column(column).into_owned();
        let mut own = whole.clone();
        for _ in 0..2 {
            for q in &basis {
                own -= q * q.dot(&own);
            }
        }
        if 1e-10 * whole.norm() < own.norm() && basis.len() + 1 < kernel.nrows() {
            basis.push(own.normalize());
            kept.push(column);
        }
    }
    kept
}

fn attempt(
    kernel: &DMatrix<f64>,
    parts: Parts,
    free: &[usize],
    sign: f64,
    nodes: &Nodes,
    ridge: f64,
    looks: bool,
) -> Option<Fitted> {
    let (n, p) = (parts.units, free.len());
    let mut system = DMatrix::zeros(n + p, n + p);
    for column in 0..n {
        let kernel = &kernel.as_slice()[(parts.free + column) * n..][..n];
        let entry = &mut system.as_mut_slice()[column * (n + p)..][..n];
        entry.iter_mut().zip(kernel).for_each(|(entry, k)| *entry = sign * k);
        entry[column] += ridge / nodes.weights[column];
    }
    // Columns of P as long as those of K: that a feature is small or large makes no system worse.
    let size = system.amax();
    let longest = |&column: &usize| kernel.column(column).amax() / size;
    let scale: Vec<f64> = free.iter().map(longest).map(|scale| if usable(scale) { scale } else { 1.0 }).collect();
    for (index, (&column, scale)) in free.iter().zip(&scale).enumerate() {
        for row in 0..n {
            let value = kernel[(row, column)] / scale;
            (system[(row, n + index)], system[(n + index, row)]) = (value, value);
        }
    }
    let mut target = DMatrix::zeros(n + p, parts.targets);
    target.rows_mut(0, n).copy_from(&nodes.targets);
    let lu = LU::new(system.clone());
    let ends = ends_of_spectrum(n + p, |x| times_vector(&system, x), |x| lu.solve(x))?;
    let condition = ends.0 / ends.1;
    let mut found = lu.solve(&target)?;
    for _ in 0..2 {
        let left = &target - times(&system, &found);
        found += lu.solve(&left)?;
    }
    if !(condition < WORST && found.iter().all(|w| w.is_finite())) {
        return None;
    }
    let units = found.rows(0, n).into_owned();
    let error = if looks { Some(rippa(&lu, &units, nodes)?) } else { None };
    let mut solved_free = DMatrix::zeros(parts.free, parts.targets);
    for (index, &column) in free.iter().enumerate() {
        solved_free.set_row(column, &(found.row(n + index) / scale[index]));
    }
    Some(Fitted {
        solution: Solution { free: solved_free, units: units * sign, condition },
        ridge,
        curve: Vec::new(),
        error,
        miss: 0.0,
        contradictions: nodes.contradictions,
    })
}

/// Whether one can divide by it.
fn usable(scale: f64) -> bool {
    (1e-200..1e200).contains(&scale)
}

fn times_vector(a: &DMatrix<f64>, x: &DVector<f64>) -> DVector<f64> {
    DVector::from_column_slice(times(a, &DMatrix::from_column_slice(x.len(), 1, x.as_slice())).as_slice())
}

/// The mean squared error on nodes that are left out in turn: `e_i = w_i / (A^-1)_ii`. Rippa 1999.
fn rippa(lu: &LU<f64, Dyn, Dyn>, weights: &DMatrix<f64>, nodes: &Nodes) -> Option<f64> {
    let inverse = lu.try_inverse()?;
    let total: f64 = nodes.weights.iter().sum();
    let error = |node: usize| {
        let pivot = inverse[(node, node)];
        nodes.weights[node] * weights.row(node).iter().map(|w| (w / pivot).powi(2)).sum::<f64>()
    };
    Some((0..weights.nrows()).map(error).sum::<f64>() / total).filter(|error| error.is_finite())
}

/// The design of all samples, and P and Y, for a choice of centres among the units.
pub(crate) fn design<F: Scalar>(problem: &Problem<'_, F>) -> Result<[DMatrix<f64>; 3]> {
    let Parts { free, units, targets } = problem.parts;
    let rows = problem.rows(&problem.data)?.all;
    let part = |from: usize, count: usize| rows.columns(from, count).into_owned();
    Ok([part(0, free), part(free, units), part(free + units, targets)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_that_others_make_are_left_out() {
        let kernel = DMatrix::from_fn(5, 4, |i, j| [1.0, i as f64, 2.0 * i as f64 + 3.0, (i * i) as f64][j]);
        assert_eq!(independent(&kernel, 4), [0, 1, 3]);
    }

    /// Leaving a node out and solving again gives the error that the formula does.
    #[test]
    fn the_leave_one_out_formula_of_an_interpolation_equals_the_loop() {
        let at = |i: usize| i as f64 * 0.7 + (i as f64).sin();
        let problem = |keep: &[usize]| {
            let n = keep.len();
            let kernel = DMatrix::from_fn(n, n + 1, |i, j| match j {
                0 => 1.0,
                j => (-(at(keep[i]) - at(keep[j - 1])).powi(2)).exp(),
            });
            let targets = DMatrix::from_fn(n, 1, |i, _| (at(keep[i]) * 0.9).cos());
            let nodes = Nodes { weights: vec![1.0; n], targets, contradictions: 0 };
            let parts = Parts { free: 1, units: n, targets: 1 };
            interpolate(&kernel, parts, Basis::Gaussian, &nodes, 1e-3, true, f64::EPSILON).unwrap()
        };
        let all: Vec<usize> = (0..9).collect();
        let mut squares = 0.0;
        for left_out in 0..9 {
            let keep: Vec<usize> = all.iter().copied().filter(|&i| i != left_out).collect();
            let Solution { free, units, .. } = problem(&keep).solution;
            let kernel = |&j: &usize| (-(at(left_out) - at(j)).powi(2)).exp();
            let answer = free[0] + keep.iter().map(kernel).zip(&units).map(|(k, w)| k * w).sum::<f64>();
            squares += (answer - (at(left_out) * 0.9).cos()).powi(2);
        }
        let formula = problem(&all).error.unwrap();
        assert!((formula / (squares / 9.0) - 1.0).abs() < 1e-9, "{formula} {}", squares / 9.0);
    }
}
