//! How far samples lie from the nearest centre, and how far the network knows its way.

use crate::layer::{Squares, Units};
use crate::params::{RbfParams, Selection};
use nn_core::{Chain, Dataset, Loss, Network, Objective, Result, Scalar, Supervised};

/// How far samples lie from the nearest centre, those that were learned from, each as if it had not been.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reach {
    /// The distance of the farthest but for strays.
    pub(crate) far: f64,
    /// How many strays there are.
    pub(crate) beyond: usize,
}

/// A sample is a stray where it is farther than so many times the distance that three of four samples do not exceed, and than so
/// many times the middle half of all distances is wide beyond that. (Of distances that are exponential 5 and 1 % lie beyond
/// Tukey's fences, which take 1.5 and 3 times, and 0.02 % beyond this one.)
const STRAY: f64 = 6.0;

impl Reach {
    /// Of all distances. One stray among the samples must not make a network know all between it and the others.
    fn of(mut distances: Vec<f64>) -> Self {
        distances.sort_unstable_by(f64::total_cmp);
        let quartile = |quarter: usize| distances[(distances.len() - 1) * quarter / 4];
        let Some(&last) = distances.last() else { return Self::default() };
        let (low, high) = (quartile(1), quartile(3));
        let fence = (high + STRAY * (high - low)).max(STRAY * high);
        let known = distances.partition_point(|&distance| distance <= fence);
        // Where most samples stand on a centre, all others would be strays.
        if high == 0.0 {
            return Self { far: last, beyond: 0 };
        }
        Self { far: distances[known - 1], beyond: distances.len() - known }
    }
}

/// The distance of the farthest of the samples that were learned from, each as if it had not been, strays left out. A sample that
/// is new to the network lies as far away as these do.
///
/// A mean of samples that weigh W together moves away when one of weight w that is d from it is left out: to `d W / (W - w)`.
/// Centres that are samples stay where they are. Of either kind, one that has only this sample would not be there. Centres that
/// were given are there in any case.
pub(crate) fn farthest<F: Scalar>(
    params: &RbfParams,
    network: &Network<F>,
    theta: &[F],
    data: &Dataset<'_, F>,
) -> Result<Reach> {
    let units = units_of(params, network);
    let all = nearest_of(network, theta, units, data)?;
    let weight = |sample: usize| data.weight(sample).to_f64();
    // How many samples are nearest to each centre, and what they weigh.
    let mut own = vec![(0_usize, 0.0); units.units];
    for (sample, near) in all.iter().enumerate() {
        let (count, whole) = &mut own[near.unit];
        (*count, *whole) = (*count + 1, *whole + weight(sample));
    }
    let without = |(sample, near): (usize, &Near)| {
        let nearest = match params.selection {
            Selection::Given => near.square,
            Selection::KMeans => {
                let whole = own[near.unit].1;
                let rest = whole - weight(sample);
                let moved = if 0.0 < rest { near.square * (whole / rest).powi(2) } else { f64::INFINITY };
                moved.min(near.next)
            }
            Selection::Random | Selection::Ols | Selection::EverySample => match own[near.unit].0 {
                1 => near.next,
                _ => near.square,
            },
        };
        // One sample alone.
        in_widths(if nearest.is_finite() { nearest } else { near.square })
    };
    Ok(Reach::of(all.iter().enumerate().map(without).collect()))
}

pub(crate) fn in_widths(square: f64) -> f64 {
    (2.0 * square).sqrt()
}

pub(crate) fn units_of<F: Scalar>(params: &RbfParams, network: &Network<F>) -> Units {
    params.units(network.features(), network.supervised.spans()[0].shape[0])
}

/// What is nearest to a sample; distances are squared, in betas.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Near {
    /// The nearest unit.
    pub(crate) unit: usize,
    /// How far it is.
    pub(crate) square: f64,
    /// How far the next one is; infinite where there is none.
    pub(crate) next: f64,
}

/// The nearest units of each sample.
pub(crate) fn nearest_of<F: Scalar>(
    network: &Network<F>,
    theta: &[F],
    units: Units,
    data: &Dataset<'_, F>,
) -> Result<Vec<Near>> {
    let mut all = Vec::with_capacity(data.samples());
    squares(network, theta, units, data, |column| {
        // In whole vectors: the least of all, where it stands, and the least of the others.
        let least =
            |all: &[F]| all.iter().fold(F::from_f64(f64::INFINITY), |least, &s| if s < least { s } else { least });
        let nearest = least(column);
        let unit = column.iter().position(|&s| s == nearest).unwrap_or_default();
        let (before, behind) = (least(&column[..unit]), least(&column[unit + 1..]));
        let next = if before < behind { before } else { behind };
        all.push(Near { unit, square: nearest.to_f64(), next: next.to_f64() });
    })?;
    Ok(all)
}

/// Distances that are held at a time: they stay in the second cache.
const AT_ONCE: usize = 1 << 16;

/// The squared distances, in betas, of all samples from all centres: units × samples, in blocks.
fn squares<F: Scalar>(
    network: &Network<F>,
    theta: &[F],
    units: Units,
    data: &Dataset<'_, F>,
    mut see: impl FnMut(&[F]),
) -> Result<()> {
    data.check_features(network.features())?;
    let layer = Squares(units.still());
    let supervised = Supervised { chain: Chain::new("basis", layer), loss: Loss::SquaredError };
    let theta = &theta[..supervised.theta_len()];
    let block = (AT_ONCE / units.units).max(1).next_multiple_of(64);
    let mut answers = Vec::new();
    for first in (0..data.samples()).step_by(block) {
        let part = data.part(first..first + block);
        answers.resize(units.units * part.samples(), F::ZERO);
        supervised.answer(theta, &network.questions(&part), &mut answers);
        answers.chunks_exact(units.units).for_each(&mut see);
    }
    Ok(())
}
