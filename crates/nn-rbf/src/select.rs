//! Which samples become centres, where it is samples that do.

use nn_core::Scalar;
use nn_core::kernels::{axpy, dot};
use nn_core::linalg::norm;
use nn_core::nalgebra::DMatrix;
use nn_core::random::{Key, shuffle};
use std::cmp::Ordering;

/// The first of all samples that are alike, in their order, without those that weigh nothing; and for each sample which of
/// these it is like, `None` where it weighs nothing.
pub(crate) fn different<F: Scalar>(
    x: &[F],
    features: usize,
    weights: Option<&[F]>,
) -> (Vec<usize>, Vec<Option<usize>>) {
    let sample = |index: usize| &x[index * features..][..features];
    let counts = |index: usize| weights.is_none_or(|weights| F::ZERO < weights[index]);
    let compare = |a: &[F], b: &[F]| {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| a.partial_cmp(b).unwrap_or(Ordering::Equal)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
    };
    let samples = x.len() / features;
    let mut order: Vec<usize> = (0..samples).filter(|&index| counts(index)).collect();
    order.sort_by(|&a, &b| compare(sample(a), sample(b)).then(a.cmp(&b)));
    let mut first_of = vec![None; samples];
    for pair in order.chunk_by(|&a, &b| compare(sample(a), sample(b)).is_eq()) {
        pair.iter().for_each(|&index| first_of[index] = Some(pair[0]));
    }
    let firsts: Vec<usize> = (0..samples).filter(|&index| first_of[index] == Some(index)).collect();
    let place = |first: usize| firsts.binary_search(&first).ok();
    let like = first_of.into_iter().map(|first| first.and_then(place)).collect();
    (firsts, like)
}

/// At most `count` of these, at random, in their order.
pub(crate) fn draw(mut from: Vec<usize>, count: usize, seed: u64) -> Vec<usize> {
    shuffle(&mut from, &mut Key::once(seed).stream("centers"));
    from.truncate(count);
    from.sort_unstable();
    from
}

/// The candidates that orthogonal least squares chose, in the order in which it did.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Chosen {
    pub(crate) columns: Vec<usize>,
    /// The share of the targets' squares that each explains: the error reduction ratio.
    pub(crate) reductions: Vec<f64>,
}

/// A column of which so small a share is its own stands among those chosen already.
const OWN: f64 = 1e-10;

/// Chooses columns of `phi` one after another: each time that which explains most of Y beyond those before it, until `count` are
/// chosen or no more than `tolerance` is unexplained.
///
/// With w the part of a column that is orthogonal to all before it, `err = (w^T y)^2 / (w^T w  y^T y)`, of several targets summed
/// over them. Columns in `free`, bias and tail, come before all and are not counted; Y is what they leave. Chen, Cowan and Grant
/// 1991. Where they orthogonalise every candidate at each step, here only the chosen one is, against the others twice; what is left
/// of the candidates is kept as two sums, of `w^T w` and of `w^T y`.
///
/// # Shapes
/// `free`: samples × p. `phi`: samples × candidates. `y`: samples × targets.
pub(crate) fn orthogonal(
    free: &DMatrix<f64>,
    phi: &DMatrix<f64>,
    y: &DMatrix<f64>,
    count: usize,
    tolerance: f64,
) -> Chosen {
    let samples = phi.nrows();
    let mut basis: Vec<Vec<f64>> = Vec::new();
    let mut y = y.clone();
    for column in free.column_iter() {
        if let Some(q) = own_part(column.as_slice(), &basis) {
            basis.push(q);
        }
    }
    let whole: Vec<f64> = phi.column_iter().map(|column| dot(column.as_slice(), column.as_slice())).collect();
    let mut own = whole.clone();
    for q in &basis {
        for mut target in y.column_iter_mut() {
            take_away(q, target.as_mut_slice());
        }
    }
    // The shares of each target along each candidate, of what is left of both.
    let mut along = DMatrix::from_fn(phi.ncols(), y.ncols(), |candidate, target| {
        dot(&phi.as_slice()[candidate * samples..][..samples], &y.as_slice()[target * samples..][..samples])
    });
    for q in &basis {
        for (candidate, own) in own.iter_mut().enumerate() {
            *own -= dot(q, &phi.as_slice()[candidate * samples..][..samples]).powi(2);
        }
    }
    let total: f64 = y.iter().map(|y| y * y).sum();
    let mut chosen = Chosen::default();
    let mut explained = 0.0;
    while chosen.columns.len() < count && tolerance < 1.0 - explained && 0.0 < total {
        let gain = |candidate: usize| along.row(candidate).norm_squared() / own[candidate];
        let usable = (0..own.len()).filter(|&at| OWN * whole[at] < own[at] && !chosen.columns.contains(&at));
        let Some(best) = usable.max_by(|&a, &b| gain(a).total_cmp(&gain(b)).then(b.cmp(&a))) else { break };
        let column = &phi.as_slice()[best * samples..][..samples];
        let Some(q) = own_part(column, &basis) else {
            own[best] = 0.0;
            continue;
        };
        let shares: Vec<f64> = y.column_iter_mut().map(|mut target| take_away(&q, target.as_mut_slice())).collect();
        let reduction = shares.iter().map(|share| share * share).sum::<f64>() / total;
        for (candidate, own) in own.iter_mut().enumerate() {
            let part = dot(&q, &phi.as_slice()[candidate * samples..][..samples]);
            *own -= part * part;
            along.row_mut(candidate).iter_mut().zip(&shares).for_each(|(along, share)| *along -= part * share);
        }
        basis.push(q);
        explained += reduction;
        chosen.columns.push(best);
        chosen.reductions.push(reduction);
    }
    chosen
}

/// What of `x` is orthogonal to all of `basis`, of length 1; `None` where that is rounding.
fn own_part(x: &[f64], basis: &[Vec<f64>]) -> Option<Vec<f64>> {
    let before = norm(x);
    let mut own = x.to_vec();
    // Twice is enough.
    for _ in 0..2 {
        for q in basis {
            take_away(q, &mut own);
        }
    }
    let length = norm(&own);
    (OWN.sqrt() * before < length).then(|| own.iter().map(|x| x / length).collect())
}

/// Takes the part along q away from x, and tells it.
fn take_away(q: &[f64], x: &mut [f64]) -> f64 {
    let share = dot(q, x);
    axpy(-share, q, x);
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_that_are_alike_count_once_and_those_that_weigh_nothing_not_at_all() {
        let x = [1.0, 2.0, 0.0, 0.0, 1.0, 2.0, -0.0, 0.0, 5.0, 5.0];
        let (firsts, like) = different(&x, 2, Some(&[1.0, 1.0, 2.0, 1.0, 0.0]));
        assert_eq!(firsts, [0, 1]);
        assert_eq!(like, [Some(0), Some(1), Some(0), Some(1), None]);
    }

    fn series(seed: usize) -> (DMatrix<f64>, DMatrix<f64>, DMatrix<f64>) {
        let phi = DMatrix::from_fn(50, 20, |i, j| ((i * (j + 3) + seed * 17 + j * j) as f64 * 0.61).sin() * 1e4 % 1.0);
        let y = DMatrix::from_fn(50, 2, |i, j| ((i + seed) as f64 * (0.3 + j as f64)).cos() + 0.5);
        (DMatrix::from_element(50, 1, 1.0), phi, y)
    }

    /// The sum of squared errors by least squares on `columns`.
    fn least_squares(free: &DMatrix<f64>, phi: &DMatrix<f64>, y: &DMatrix<f64>, columns: &[usize]) -> f64 {
        let mut design = DMatrix::zeros(phi.nrows(), free.ncols() + columns.len());
        free.column_iter().enumerate().for_each(|(at, column)| design.set_column(at, &column));
        columns.iter().enumerate().for_each(|(at, &c)| design.set_column(free.ncols() + at, &phi.column(c)));
        if design.is_empty() {
            return y.norm_squared();
        }
        let weights = design.clone().svd(true, true).solve(y, 1e-12).unwrap();
        (y - design * weights).norm_squared()
    }

    #[test]
    fn the_shares_add_up_to_what_least_squares_explains() {
        let (bias, phi, y) = series(1);
        for free in [bias, DMatrix::zeros(50, 0)] {
            let total = least_squares(&free, &phi, &y, &[]);
            let chosen = orthogonal(&free, &phi, &y, 8, 0.0);
            for count in 1..=8 {
                let left = least_squares(&free, &phi, &y, &chosen.columns[..count]);
                let shares: f64 = chosen.reductions[..count].iter().sum();
                assert!((shares - (1.0 - left / total)).abs() < 1e-9, "{count}: {shares}");
            }
            assert!(chosen.reductions.iter().all(|share| 0.0 <= *share));
        }
    }

    #[test]
    fn it_ends_where_the_tolerance_is_reached_or_no_column_has_a_part_of_its_own() {
        let (free, mut phi, y) = series(2);
        let all = orthogonal(&free, &phi, &y, 20, 0.0);
        assert_eq!(all.columns.len(), 20);
        let some = orthogonal(&free, &phi, &y, 20, 0.8);
        let explained: f64 = some.reductions.iter().sum();
        assert!(0.2 <= explained && explained - some.reductions.last().unwrap() < 0.2, "{explained}");
        for column in 5..20 {
            let twin = phi.column(column % 5).into_owned() * 2.0;
            phi.set_column(column, &twin);
        }
        assert_eq!(orthogonal(&free, &phi, &y, 20, 0.0).columns.len(), 5);
        assert_eq!(orthogonal(&free, &DMatrix::zeros(50, 3), &y, 3, 0.0), Chosen::default());
    }
}
