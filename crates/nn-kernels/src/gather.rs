//! Samples from the caller's matrix, one per column, into the lanes, and back.

use fearless_simd::{Simd, SimdBase};

use crate::float::{load, store};
use crate::pack::transpose_square;
use crate::{Float, level};

/// A scaling of each feature: `x' = (x - offset) scale`.
#[derive(Clone, Copy, Debug)]
pub struct Affine<'a, F> {
    /// Taken from each feature.
    pub offset: &'a [F],
    /// What is left is multiplied by this.
    pub scale: &'a [F],
}

/// `x_li = data_(i, columns_l)`, scaled if asked; lanes beyond `columns` are zero.
///
/// Squares of LANES features x LANES samples are transposed in registers, so that both sides are read and written in
/// whole vectors.
///
/// # Shapes
/// `data`: features x samples, columns `stride >= features` apart. `columns`: at most lanes. `x`: lanes x features.
/// `lanes` is 1 or a multiple of 16.
pub fn gather<F: Float>(
    data: &[F],
    stride: usize,
    columns: &[u32],
    affine: Option<Affine<F>>,
    lanes: usize,
    x: &mut [F],
) {
    assert!(lanes > 0 && x.len().is_multiple_of(lanes) && columns.len() <= lanes);
    let features = x.len() / lanes;
    if let Some(affine) = affine {
        assert!(affine.offset.len() == features && affine.scale.len() == features);
    }
    F::gather(level(), data, stride, columns, affine, lanes, x);
}

/// `out_(i, columns_l) = x_li`: the inverse of [`gather`].
///
/// # Shapes
/// As [`gather`].
pub fn scatter<F: Float>(x: &[F], lanes: usize, columns: &[u32], out: &mut [F], stride: usize) {
    assert!(lanes > 0 && x.len().is_multiple_of(lanes) && columns.len() <= lanes);
    F::scatter(level(), x, lanes, columns, out, stride);
}

#[inline(always)]
pub(super) fn gather_kernel<S: Simd, F: Float>(
    simd: S,
    data: &[F],
    stride: usize,
    columns: &[u32],
    affine: Option<Affine<F>>,
    lanes: usize,
    x: &mut [F],
) {
    let features = x.len() / lanes;
    let [zero, one] = [0.0, 1.0].map(
        #[inline(always)]
        |number| F::Vector::<S>::splat(simd, F::from_f64(number)),
    );
    for lane in (0..lanes).step_by(F::LANES) {
        let width = F::LANES.min(lanes - lane);
        let columns = &columns[lane.min(columns.len())..columns.len().min(lane + width)];
        for first in (0..features).step_by(F::LANES) {
            let height = F::LANES.min(features - first);
            // Without a scaling it is one that changes nothing, and not none: an `Option` of vectors was computed with whatever
            // lay in its place and then left out, and numbers near 0 there held up each load by a hundred cycles.
            let scaling = match affine {
                Some(affine) => (
                    load::<S, F>(simd, &affine.offset[first..first + height]),
                    load::<S, F>(simd, &affine.scale[first..first + height]),
                ),
                None => (zero, one),
            };
            if lanes == 1 {
                store(
                    read::<S, F>(simd, data, stride, columns, first, height, scaling, 0),
                    &mut x[first..first + height],
                );
                continue;
            }
            let x = &mut x[first * lanes + lane..];
            transpose_square::<S, F>(
                #[inline(always)]
                |sample| read::<S, F>(simd, data, stride, columns, first, height, scaling, sample),
                #[inline(always)]
                |feature, vector| {
                    if feature < height {
                        vector.store_slice(&mut x[feature * lanes..][..F::LANES]);
                    }
                },
            );
        }
    }
}

/// One vector of features of one sample, scaled; zero for a lane without a sample.
#[inline(always)]
#[expect(
    clippy::too_many_arguments,
    reason = "a closure's captures: safe stable Rust cannot force a closure bound by let inline"
)]
fn read<S: Simd, F: Float>(
    simd: S,
    data: &[F],
    stride: usize,
    columns: &[u32],
    first: usize,
    height: usize,
    (offset, scale): (F::Vector<S>, F::Vector<S>),
    sample: usize,
) -> F::Vector<S> {
    let Some(&column) = columns.get(sample) else { return F::Vector::<S>::splat(simd, F::default()) };
    (load::<S, F>(simd, &data[column as usize * stride + first..][..height]) - offset) * scale
}

#[inline(always)]
pub(super) fn scatter_kernel<S: Simd, F: Float>(
    simd: S,
    x: &[F],
    lanes: usize,
    columns: &[u32],
    out: &mut [F],
    stride: usize,
) {
    let features = x.len() / lanes;
    if lanes == 1 {
        for &column in columns {
            out[column as usize * stride..][..features].copy_from_slice(x);
        }
        return;
    }
    let zero = F::Vector::<S>::splat(simd, F::default());
    for (group, columns) in columns.chunks(F::LANES).enumerate() {
        for first in (0..features).step_by(F::LANES) {
            let height = F::LANES.min(features - first);
            let x = &x[first * lanes + group * F::LANES..];
            transpose_square::<S, F>(
                #[inline(always)]
                |feature| {
                    if feature < height {
                        F::Vector::<S>::from_slice(simd, &x[feature * lanes..][..F::LANES])
                    } else {
                        zero
                    }
                },
                #[inline(always)]
                |sample, vector| {
                    if let Some(&column) = columns.get(sample) {
                        store(vector, &mut out[column as usize * stride + first..][..height]);
                    }
                },
            );
        }
    }
}
