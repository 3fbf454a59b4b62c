//! Before the first step: how large the map is, where its units start, and how far its neighbourhoods reach.

use crate::grid::{Grid, Lattice, Surface};
use crate::params::SomParams;
use nn_core::kernels::{Onto, View};
use nn_core::random::{Key, below, uniform};
use nn_core::{Error, Result, Scalar, Scaler, check_room, linalg};
use std::cell::LazyCell;

/// Units of a map whose size nobody gives: `5 sqrt(samples)`. Vesanto and Alhoniemi 2000, section IV.
const UNITS_A_ROOT: f64 = 5.0;
/// More numbers in all weights are taken for a slip of the finger.
const MOST_NUMBERS: usize = 1 << 28;
/// Standard deviations from the mean to the edge of the map, where it starts on the principal plane.
const DEVIATIONS: f64 = 2.0;
/// Of more samples only so many, evenly spaced, find the principal plane.
const MOST_SAMPLES: usize = 20_000;
/// The longer side of the matrix whose eigenvectors are looked for.
const LONGEST_SIDE: usize = 2048;
/// Multiply-adds of the power iteration at most; where two eigenvalues are nearly one it takes long to part their directions,
/// and any between them is as good.
const MOST_STEPS: usize = 1 << 28;

nn_core::choices! {
    /// Where the weights start.
    pub enum Start {
        /// On the plane of the two largest principal components, through the mean of the samples and two standard deviations to
        /// either side. It draws no random number.
        Pca = "pca",
        /// Anywhere between the least and the greatest number of each feature.
        Random = "random",
        /// At samples, drawn at random.
        Samples = "samples",
        /// At those in `given`.
        Given = "given",
    }
}

/// The samples as the map sees them: scaled, a NaN where a number is missing.
#[derive(Clone, Copy)]
pub(crate) struct Cloud<'a, F> {
    pub(crate) x: &'a [F],
    pub(crate) features: usize,
    pub(crate) weights: Option<&'a [F]>,
}

impl<F: Scalar> Cloud<'_, F> {
    fn samples(&self) -> usize {
        self.x.len() / self.features
    }

    /// The samples that weigh something.
    fn choice(&self) -> Vec<usize> {
        let counts = |sample: &usize| self.weights.is_none_or(|weights| F::ZERO < weights[*sample]);
        (0..self.samples()).filter(counts).collect()
    }
}

/// The grid of the settings; what they leave open is chosen from the samples.
///
/// # Errors
/// [`Error::Param`] for more units than there may be, and those of [`Grid::new`].
pub(crate) fn grid<F: Scalar>(params: &SomParams, cloud: Cloud<'_, F>, plane: Option<&Plane>) -> Result<Grid> {
    let units = (UNITS_A_ROOT * (cloud.samples() as f64).sqrt()).ceil();
    // A side of a hexagonal grid that runs down the rows is shorter by the height of its rows, which is let be.
    let ratio = plane.map_or(1.0, Plane::ratio).clamp(1.0, units);
    let even = params.grid == Lattice::Hexagonal && params.surface == Surface::Torus;
    let rows = |rows: f64| {
        let rows = rows.round().max(1.0) as usize;
        if even && 1 < rows { rows.next_multiple_of(2) } else { rows }
    };
    let (columns, rows) = match (params.width, params.height) {
        (Some(columns), Some(rows)) => (columns, rows),
        (Some(columns), None) => (columns, rows(units / columns as f64)),
        (None, Some(rows)) => ((units / rows as f64).round().max(1.0) as usize, rows),
        (None, None) => {
            let rows = rows((units / ratio).sqrt());
            ((units / rows as f64).round().max(1.0) as usize, rows)
        }
    };
    let grid = Grid::new(columns, rows, params.grid, params.surface)?;
    if MOST_NUMBERS / grid.units() < cloud.features {
        let expected =
            format!("at most {MOST_NUMBERS} numbers in all weights, and there are {} features", cloud.features);
        return Err(Error::param("width", columns, expected));
    }
    check_room::<F>("width", grid.units() * cloud.features)?;
    if let Some(&beyond) = params.pinned.iter().find(|&&unit| grid.units() <= unit) {
        return Err(Error::param("pinned", beyond, format!("a unit below {}", grid.units())));
    }
    if let Some(count) = params.clusters.filter(|&count| grid.units() < count) {
        return Err(Error::param("clusters", count, format!("auto, or a number up to the {} units", grid.units())));
    }
    Ok(grid)
}

/// The radius at the start and at the end.
pub(crate) fn radii(params: &SomParams, grid: &Grid) -> (f64, f64) {
    let longer = grid.columns().max(grid.rows()) as f64;
    let reach = if grid.surface() == Surface::Torus { longer / 4.0 } else { longer / 2.0 };
    let radius = params.radius.unwrap_or(reach.max(1.0));
    (radius, params.radius_end.unwrap_or(radius.min(1.0)))
}

/// Where the units start, features × units.
///
/// # Errors
/// [`Error::Param`] for given weights of another number, or too large for the float.
pub(crate) fn weights<F: Scalar>(
    params: &SomParams,
    grid: &Grid,
    cloud: Cloud<'_, F>,
    plane: Option<&Plane>,
    scaler: Option<&Scaler<F>>,
) -> Result<Vec<F>> {
    let features = cloud.features;
    let mut weights = match (params.start, plane) {
        (Start::Given, _) => given("given", &params.given, grid.units() * features, scaler)?,
        (Start::Random, _) => anywhere(params.seed, grid.units(), cloud),
        (Start::Samples, _) | (Start::Pca, None) => at_samples(params.seed, grid.units(), cloud),
        (Start::Pca, Some(plane)) => on_plane(grid, plane),
    };
    if !params.pinned_to.is_empty() {
        let places = given("pinned_to", &params.pinned_to, params.pinned.len() * features, scaler)?;
        for (&unit, place) in params.pinned.iter().zip(places.chunks_exact(features)) {
            weights[unit * features..][..features].copy_from_slice(place);
        }
    }
    Ok(weights)
}

/// Weights in the units of the data, as the map sees them.
fn given<F: Scalar>(name: &str, numbers: &[f64], expected: usize, scaler: Option<&Scaler<F>>) -> Result<Vec<F>> {
    if numbers.len() != expected {
        let expected = format!("{expected} numbers, one for each feature of each unit");
        return Err(Error::param(name, format!("{} numbers", numbers.len()), expected));
    }
    let mut weights: Vec<F> = numbers.iter().map(|&number| F::from_f64(number)).collect();
    if let Some(scaler) = scaler {
        scaler.apply(&mut weights);
    }
    match weights.iter().position(|weight| !weight.is_finite()) {
        Some(at) => Err(Error::param(name, numbers[at], "numbers that the float can hold after scaling")),
        None => Ok(weights),
    }
}

/// Between the least and the greatest number of each feature: the stream `init`.
fn anywhere<F: Scalar>(seed: u64, units: usize, cloud: Cloud<'_, F>) -> Vec<F> {
    let features = cloud.features;
    let mut ends = vec![(f64::INFINITY, f64::NEG_INFINITY); features];
    for x in cloud.x.chunks_exact(features) {
        for ((low, high), x) in ends.iter_mut().zip(x) {
            // The least and the greatest of a number and NaN is the number.
            (*low, *high) = (low.min(x.to_f64()), high.max(x.to_f64()));
        }
    }
    let mut stream = Key::once(seed).stream("init");
    let mut between = |(low, high): (f64, f64)| {
        let share = uniform(&mut stream);
        F::from_f64(low * (1.0 - share) + high * share)
    };
    (0..units * features).map(|at| between(ends[at % features])).collect()
}

/// At samples that weigh something, each as likely: the stream `init`. What a sample lacks is the mean of its feature.
fn at_samples<F: Scalar>(seed: u64, units: usize, cloud: Cloud<'_, F>) -> Vec<F> {
    let choice = cloud.choice();
    // Few data lack anything.
    let means = LazyCell::new(|| means(cloud, &choice, 1));
    let mut stream = Key::once(seed).stream("init");
    let mut weights = Vec::with_capacity(units * cloud.features);
    for _ in 0..units {
        let sample = choice[below(choice.len() as u32, &mut stream) as usize];
        let x = &cloud.x[sample * cloud.features..][..cloud.features];
        let there = |(feature, &x): (usize, &F)| if x.is_finite() { x } else { F::from_f64(means[feature]) };
        weights.extend(x.iter().enumerate().map(there));
    }
    weights
}

/// The plane of the two largest principal components: the mean of the samples, and along each axis a standard deviation.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Plane {
    mean: Vec<f64>,
    axes: [Vec<f64>; 2],
}

impl Plane {
    /// How many times as long as wide the samples are.
    fn ratio(&self) -> f64 {
        let [long, wide] = [0, 1].map(|axis: usize| linalg::norm(&self.axes[axis]));
        if long == 0.0 { 1.0 } else { long / wide.max(long * 1e-9) }
    }

    /// Found from the samples, each counting alike that weighs something. An axis points to where its largest number is
    /// positive, so that runs agree.
    pub(crate) fn of<F: Scalar>(cloud: Cloud<'_, F>) -> Self {
        let features = cloud.features;
        let choice = cloud.choice();
        let mean = means(cloud, &choice, choice.len().div_ceil(MOST_SAMPLES));
        let most = if LONGEST_SIDE < features { LONGEST_SIDE } else { MOST_SAMPLES };
        let mut centred = Vec::new();
        for &sample in choice.iter().step_by(choice.len().div_ceil(most)) {
            let x = &cloud.x[sample * features..][..features];
            centred.extend(
                x.iter().zip(&mean).map(
                    |(&x, &mean)| {
                        if x.is_finite() { F::from_f64(x.to_f64() - mean) } else { F::ZERO }
                    },
                ),
            );
        }
        // Numbers whose squares the float cannot hold.
        let size = centred.iter().fold(0.0, |most: f64, x| most.max(x.to_f64().abs()));
        if size == 0.0 {
            return Self { mean, axes: [vec![0.0; features], vec![0.0; features]] };
        }
        centred.iter_mut().for_each(|x| *x = F::from_f64(x.to_f64() / size));
        let samples = centred.len() / features;
        let x = View::new(&centred, features, samples);
        // The smaller of the two products has the same eigenvalues.
        let by_samples = samples < features;
        let side = samples.min(features);
        let mut product = vec![F::ZERO; side * side];
        let (left, right) = if by_samples { (x.transposed(), x) } else { (x, x.transposed()) };
        linalg::product(left, right, Onto::Zero, &mut product);
        let product: Vec<f64> = product.iter().map(|number| number.to_f64() / samples as f64).collect();
        let mut found: Vec<Vec<f64>> = Vec::new();
        let mut axes = [vec![0.0; features], vec![0.0; features]];
        for axis in &mut axes {
            let (vector, value) = leading(&product, &found);
            let mut direction = if by_samples {
                let mut sum = vec![0.0; features];
                for (x, share) in centred.chunks_exact(features).zip(&vector) {
                    sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += share * x.to_f64());
                }
                sum
            } else {
                vector.clone()
            };
            found.push(vector);
            let length = linalg::norm(&direction);
            let largest = direction.iter().fold(0.0, |most: f64, &x| if most.abs() < x.abs() { x } else { most });
            let scale = if length == 0.0 { 0.0 } else { largest.signum() * value.max(0.0).sqrt() * size / length };
            direction.iter_mut().for_each(|x| *x *= scale);
            *axis = direction;
        }
        Self { mean, axes }
    }
}

/// The mean of each feature over every so many of the chosen samples, of those that have it.
fn means<F: Scalar>(cloud: Cloud<'_, F>, choice: &[usize], stride: usize) -> Vec<f64> {
    let (mut sums, mut counts) = (vec![0.0; cloud.features], vec![0.0_f64; cloud.features]);
    for &sample in choice.iter().step_by(stride) {
        let x = &cloud.x[sample * cloud.features..][..cloud.features];
        for ((sum, count), x) in sums.iter_mut().zip(&mut counts).zip(x) {
            if x.is_finite() {
                *count += 1.0;
                // The running mean of numbers whose sum the float might not hold.
                *sum += (x.to_f64() - *sum) / *count;
            }
        }
    }
    sums
}

/// The eigenvector of the largest eigenvalue of a symmetric matrix, among those at right angles to the ones that are
/// `found`; by power iteration from a fixed start.
fn leading(matrix: &[f64], found: &[Vec<f64>]) -> (Vec<f64>, f64) {
    let side = matrix.len().isqrt();
    let mut stream = Key::once(0).stream("principal plane");
    let mut vector: Vec<f64> = (0..side).map(|_| uniform(&mut stream) - 0.5).collect();
    let mut value = 0.0;
    for _ in 0..(MOST_STEPS / matrix.len()).min(20_000) {
        for other in found {
            let along: f64 = vector.iter().zip(other).map(|(a, b)| a * b).sum();
            vector.iter_mut().zip(other).for_each(|(a, b)| *a -= along * b);
        }
        let length = linalg::norm(&vector);
        if length < 1e-150 {
            return (vec![0.0; side], 0.0);
        }
        vector.iter_mut().for_each(|number| *number /= length);
        let next: Vec<f64> =
            matrix.chunks_exact(side).map(|row| row.iter().zip(&vector).map(|(a, b)| a * b).sum()).collect();
        value = next.iter().zip(&vector).map(|(a, b)| a * b).sum();
        let change = next.iter().zip(&vector).fold(0.0, |most: f64, (a, b)| most.max((a - value * b).abs()));
        if change <= 1e-12 * value {
            break;
        }
        vector = next;
    }
    let length = linalg::norm(&vector);
    if length == 0.0 || value <= 0.0 {
        return (vec![0.0; side], 0.0);
    }
    vector.iter_mut().for_each(|number| *number /= length);
    (vector, value)
}

/// On the principal plane, the longer side of the grid along the first axis.
fn on_plane<F: Scalar>(grid: &Grid, plane: &Plane) -> Vec<F> {
    let share = |at: usize, count: usize| if count < 2 { 0.0 } else { 2.0 * at as f64 / (count - 1) as f64 - 1.0 };
    let mut weights = Vec::with_capacity(grid.units() * plane.mean.len());
    for unit in 0..grid.units() {
        let (column, row) = grid.place(unit);
        let (along, down) = (share(column, grid.columns()), share(row, grid.rows()));
        let (first, second) = if grid.rows() <= grid.columns() { (along, down) } else { (down, along) };
        let [long, wide] = &plane.axes;
        weights.extend(
            plane
                .mean
                .iter()
                .zip(long.iter().zip(wide))
                .map(|(mean, (long, wide))| F::from_f64(mean + DEVIATIONS * (first * long + second * wide))),
        );
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(x: &[f64], features: usize) -> Cloud<'_, f64> {
        Cloud { x, features, weights: None }
    }

    #[test]
    fn the_plane_is_that_of_the_largest_spread() {
        // Along (1, 1) from -3 to 3, along (1, -1) from -1 to 1, around (5, 7).
        let mut x = Vec::new();
        for (a, b) in [(3.0, 0.0), (-3.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
            x.extend([5.0 + a + b, 7.0 + a - b, 1.0]);
        }
        let Plane { mean, axes: [long, wide] } = Plane::of(cloud(&x, 3));
        assert_eq!(mean, [5.0, 7.0, 1.0]);
        let near = |axis: &[f64], expected: [f64; 3]| {
            assert!(axis.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9), "{axis:?} {expected:?}");
        };
        // Of four samples two lie 3 along (1, 1) from the middle: the variance of each number is 2 x 9 / 4.
        near(&long, [4.5_f64.sqrt(), 4.5_f64.sqrt(), 0.0]);
        // Which of two equal numbers is the larger one is rounding.
        let sign = wide[0].signum();
        near(&wide.iter().map(|x| x * sign).collect::<Vec<_>>(), [0.5_f64.sqrt(), -(0.5_f64.sqrt()), 0.0]);
    }

    #[test]
    fn samples_of_weight_0_leave_the_plane_alone_however_they_lie() {
        // Of more samples than are looked at every second one counts.
        let x: Vec<f64> =
            (0..2 * MOST_SAMPLES).map(|i| if i % 2 == 0 { -100.0 } else { 6.0 + (i / 2 % 2) as f64 }).collect();
        let weights: Vec<f64> = (0..x.len()).map(|i| (i % 2) as f64).collect();
        let Plane { mean, axes } = Plane::of(Cloud { x: &x, features: 1, weights: Some(&weights) });
        assert!((mean[0] - 6.5).abs() < 1e-9 && (axes[0][0] - 0.5).abs() < 1e-9, "{mean:?} {axes:?}");
    }

    #[test]
    fn few_samples_of_many_features_give_the_same_plane() {
        let x: Vec<f64> = (0..40 * 7).map(|i| ((i * i) as f64 * 0.37).sin()).collect();
        let wide = Plane::of(cloud(&x, 40));
        // The same samples four times over are more than there are features.
        let long = Plane::of(cloud(&x.repeat(8), 40));
        for (a, b) in wide.axes.concat().iter().zip(long.axes.concat()) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn size_and_radius_follow_from_the_samples() {
        let x: Vec<f64> =
            (0..400 * 2).map(|i| if i % 2 == 0 { (i / 2 % 20) as f64 } else { (i / 40) as f64 }).collect();
        let cloud = cloud(&x, 2);
        let plane = Plane::of(cloud);
        let params = SomParams::default();
        let square = grid(&params, cloud, Some(&plane)).unwrap();
        assert_eq!((square.columns(), square.rows()), (10, 10));
        assert_eq!(radii(&params, &square), (5.0, 1.0));
        let chain = grid(&params.clone().height(1), cloud, Some(&plane)).unwrap();
        assert_eq!((chain.columns(), chain.rows()), (100, 1));
        assert_eq!(radii(&params.clone().radius(0.5), &chain), (0.5, 0.5));
        let torus = params.surface(Surface::Torus);
        assert_eq!(radii(&torus, &grid(&torus, cloud, Some(&plane)).unwrap()), (2.5, 1.0));
        let parted = grid(&torus.clone().width(2).height(2).clusters(5), cloud, None).unwrap_err();
        assert_eq!(parted.to_string(), "clusters: expected auto, or a number up to the 4 units, got 5");
        assert!(grid(&torus.pinned([100]), cloud, None).unwrap_err().to_string().starts_with("pinned"));
    }

    #[test]
    fn weights_start_within_the_samples_or_at_them() {
        let x = [0.0, 10.0, 1.0, 20.0, 2.0, 30.0];
        let grid = Grid::new(4, 3, Lattice::Hexagonal, Surface::Planar).unwrap();
        let start =
            |start: Start| weights(&SomParams::default().start(start), &grid, cloud(&x, 2), None, None).unwrap();
        assert!(start(Start::Random).chunks(2).all(|w| (0.0..=2.0).contains(&w[0]) && (10.0..=30.0).contains(&w[1])));
        assert!(start(Start::Samples).chunks(2).all(|w| w[1] == 10.0 * (w[0] + 1.0)));
    }
}
