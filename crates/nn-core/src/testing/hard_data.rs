//! Data at their worst, the same for every model: what is drawn at random meets these cases now and then, and each is to be met.

use super::answers_soundly;
use crate::model::Fit;
use crate::{Dataset, Error, Learns, Scalar};

/// How many samples there are.
const SAMPLES: [usize; 4] = [0, 1, 2, 17];
/// How many features a sample has.
const FEATURES: [usize; 2] = [1, 3];

/// A number, by feature and sample.
type Kind = fn(usize, usize) -> f64;

/// What the features are like.
const KINDS: [(&str, Kind); 14] = [
    ("plain", plain),
    ("bits", |i, j| ((i + j * (j + 1) / 2) % 2) as f64),
    ("zeros", |_, _| 0.0),
    ("zeros of either sign", |_, j| if j % 2 == 0 { 0.0 } else { -0.0 }),
    ("constant columns", |i, _| 3.0 + i as f64),
    ("one feature constant", |i, j| if i == 0 { 0.1 } else { plain(i, j) }),
    ("copies of one feature", |_, j| plain(0, j)),
    ("copies of two samples", |i, j| plain(i, j % 2)),
    ("subnormal", |i, j| f64::MIN_POSITIVE * plain(i, j) / 1e3),
    ("subnormal in 32 bits", |i, j| f64::from(f32::MIN_POSITIVE) * plain(i, j) / 1e3),
    ("huge", |i, j| f64::MAX * plain(i, j)),
    ("huge in 32 bits", |i, j| f64::from(f32::MAX) * plain(i, j)),
    ("one far from all", |i, j| if j == 1 { 1e30 } else { plain(i, j) }),
    ("far from zero and near each other", |i, j| 1e15 + plain(i, j)),
];

/// What one number of all may be instead.
const SPOILT: [f64; 3] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

/// Between -1 and 1, no two alike.
fn plain(feature: usize, sample: usize) -> f64 {
    (1.0 + 1.7 * feature as f64 + 2.9 * sample as f64).sin()
}

/// Any of the cases gives an answer or a named error, in `f32` and in `f64`: none, one, two and some samples; numbers that
/// are not finite, subnormal, huge, constant, or copies of each other; classes of which one is missing or only one is there;
/// quantities as bad as the features; weights of zero; sequences of one step. Returns how many trainings were begun and how many came to a model.
///
/// # Panics
/// Where something else is found.
pub fn hard_data<P: Fit<f32> + Fit<f64>>(params: &P, learns: Learns) -> [usize; 2] {
    let [begun, fitted] = in_float::<f64, P>(params, learns);
    let [begun_32, fitted_32] = in_float::<f32, P>(params, learns);
    [begun + begun_32, fitted + fitted_32]
}

fn in_float<F: Scalar, P: Fit<F>>(params: &P, learns: Learns) -> [usize; 2] {
    let mut counts = [0; 2];
    for (what, kind) in KINDS {
        for (samples, features) in SAMPLES.into_iter().flat_map(|samples| FEATURES.map(|features| (samples, features)))
        {
            let x: Vec<F> =
                (0..samples * features).map(|place| F::from_f64(kind(place % features, place / features))).collect();
            with_targets(&x, features, learns, &mut |data, target| {
                counts[0] += 1;
                counts[1] += usize::from(is_answered_or_named(params, data, &format!("{what}, {target}")));
            });
        }
    }
    for spoilt in SPOILT {
        let mut x: Vec<F> = (0..17 * 3).map(|place| F::from_f64(plain(place % 3, place / 3))).collect();
        x[3 * 5 + 1] = F::from_f64(spoilt);
        with_targets(&x, 3, learns, &mut |data, target| {
            counts[0] += 1;
            counts[1] += usize::from(is_answered_or_named(params, data, &format!("one {spoilt}, {target}")));
        });
    }
    counts
}

/// Hands over these samples with every kind of target that `learns` knows, and says what was added.
fn with_targets<F: Scalar>(x: &[F], features: usize, learns: Learns, take: &mut impl FnMut(&Dataset<'_, F>, &str)) {
    let data = Dataset::from_slice(features, x);
    let samples = data.samples();
    let labels: Vec<u32> = (0..samples as u32).map(|sample| sample % 2).collect();
    let (alike, nothing) = (vec![0; samples], vec![F::ZERO; samples]);
    take(&data, "no target");
    take(&data.labels_of(2, &labels), "two classes");
    take(&data.labels_of(3, &labels), "a class without a sample");
    take(&data.labels_of(2, &alike), "all of one class");
    take(&data.labels_of(2, &labels).weights(&nothing), "weights of zero");
    if learns != Learns::Classes {
        take(&data.values_from_slice(features, x), "the features as quantities");
        take(&data.values_from_slice(1, &nothing), "a quantity that is zero");
    }
    if learns == Learns::Sequences {
        let each: Vec<usize> = (0..samples).collect();
        take(&data.values_from_slice(features, x).sequences(&each), "sequences of one step");
        take(&data.labels_of(2, &labels).sequences(&[0]), "one sequence with classes");
    }
}

/// Whether there was a model; what there was else is an error about the data or the settings.
fn is_answered_or_named<F: Scalar, P: Fit<F>>(params: &P, data: &Dataset<'_, F>, what: &str) -> bool {
    match params.fit(data) {
        Ok(model) => {
            answers_soundly(&model, data);
            true
        }
        Err(error) => {
            let named = matches!(
                error,
                Error::Data { .. } | Error::Shape { .. } | Error::Param { .. } | Error::Diverged { .. }
            );
            assert!(named, "{what}: {error}");
            let text = error.to_string();
            assert!(!text.contains('\n') && !text.is_empty(), "{what}: {text:?}");
            false
        }
    }
}
