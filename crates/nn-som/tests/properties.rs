//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_som::nalgebra::DMatrix;
use nn_som::{
    Algorithm, Dataset, Decay, Distance, Fit, Lattice, Model, Neighborhood, Online, Scaling, Som, SomParams, Start,
    Surface,
};
use proptest::prelude::*;

/// Numbers of every kind: plain, whole so that many are alike, huge, tiny, and, rarely, not finite at all.
fn number() -> impl Strategy<Value = f64> {
    prop_oneof![
        60 => -10.0..10.0_f64,
        60 => (-2..3_i32).prop_map(f64::from),
        9 => prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO,
        3 => Just(f64::NAN),
        1 => prop::num::f64::ANY,
    ]
}

prop_compose! {
    fn matrix()(rows in 1..8_usize, columns in 0..40_usize)(
        numbers in prop_oneof![
            prop::collection::vec(number(), rows * columns),
            prop::collection::vec((-1..2_i32).prop_map(f64::from), rows * columns),
        ],
        rows in Just(rows),
        columns in Just(columns),
    ) -> DMatrix<f64> {
        DMatrix::from_vec(rows, columns, numbers)
    }
}

fn one_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

prop_compose! {
    fn params()(
        sides in prop::array::uniform2(prop_oneof![1 => Just(None), 3 => (1..9_usize).prop_map(Some)]),
        layout in (one_of(Lattice::ALL), one_of(Surface::ALL), one_of(Neighborhood::ALL), one_of(Distance::ALL)),
        start in one_of(Start::ALL),
        algorithm in one_of(Algorithm::ALL),
        scaling in one_of(Scaling::ALL),
        decays in (one_of(Decay::ALL), one_of(Decay::ALL)),
        radius in prop_oneof![Just(None), Just(Some(0.0)), (0.0..9.0_f64).prop_map(Some), Just(Some(1e-200)), Just(Some(1e300))],
        radius_end in prop_oneof![Just(None), Just(Some(0.0)), (0.0..9.0_f64).prop_map(Some)],
        switches in prop::array::uniform3(any::<bool>()),
        uses in prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(0.0..3.0_f64, 1..8)],
        pinned in prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(0..9_usize, 1..3)],
        given in prop::collection::vec(-3.0..3.0_f64, 1..40),
        patience in 0..2_usize,
    ) -> SomParams {
        let mut params = SomParams::default().grid(layout.0).surface(layout.1).neighborhood(layout.2).distance(layout.3)
            .start(start).algorithm(algorithm).scaling(scaling).learning_rate_decay(decays.0).radius_decay(decays.1)
            .missing_values(switches[0]).watch_topology(switches[1]).path(switches[2]).patience(patience).epochs(2);
        (params.width, params.height, params.radius, params.radius_end) = (sides[0], sides[1], radius, radius_end);
        (params.feature_weights, params.pinned, params.given) = (uses, pinned, given);
        params
    }
}

/// Fits, answers and measures; whatever is answered must be finite.
fn try_all<F: nn_core::Scalar>(params: &SomParams, data: &Dataset<'_, F>) -> Result<(), TestCaseError>
where
    SomParams: Fit<F, Model = Som<F>>,
{
    let Ok(mut som) = params.fit(data) else { return Ok(()) };
    let finite = |numbers: &[F]| numbers.iter().all(|number| number.is_finite());
    if let Ok(answers) = som.predict(data) {
        prop_assert_eq!(answers.ncols(), data.samples());
        prop_assert!(finite(answers.as_slice()), "{:?}", answers);
    }
    if let Ok(measures) = som.evaluate(data) {
        prop_assert!(measures.0.iter().all(|(_, value)| value.is_finite()), "{:?}", measures);
    }
    if let Ok(filled) = som.impute(data) {
        prop_assert!(finite(filled.as_slice()), "{:?}", filled);
    }
    if let Ok(distances) = som.transform(data) {
        prop_assert!(finite(distances.as_slice()), "{:?}", distances);
    }
    prop_assert!(som.weights().iter().all(|weight| !weight.to_f64().is_nan()));
    prop_assert!(som.u_matrix().iter().all(|height| !height.is_nan()));
    prop_assert!(som.clusters(None).is_ok());
    for share in [som.trustworthiness(data, 2), som.neighborhood_preservation(data, 2)].into_iter().flatten() {
        prop_assert!(share.is_finite());
    }
    if let Ok(scores) = som.outlier_scores(data) {
        prop_assert!(scores.iter().all(|score| !score.is_nan()));
    }
    let file = nn_core::ModelFile::from_bytes(&som.to_file().to_bytes()).unwrap();
    let again = Som::<F>::from_file(&file);
    prop_assert!(again.is_ok(), "{:?}", again);
    let _ = som.pictures_of_all(data);
    let _ = som.classify(data);
    if som.partial_fit(data).is_ok() {
        prop_assert!(som.weights().iter().all(|weight| !weight.to_f64().is_nan()));
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_samples(
        x in matrix(),
        labels in prop::collection::vec(0..3_u32, 40),
        weights in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.0..5.0_f64], 40),
        params in params(),
        f32s in any::<bool>(),
        weighed in any::<bool>(),
    ) {
        let (labels, weights) = (&labels[..x.ncols()], &weights[..x.ncols()]);
        if f32s {
            let (x, weights) = (x.map(|v| v as f32), weights.iter().map(|&w| w as f32).collect::<Vec<_>>());
            let data = Dataset::new(&x).labels(labels);
            try_all(&params, &if weighed { data.weights(&weights) } else { data })?;
        } else {
            let data = Dataset::new(&x).labels(labels);
            try_all(&params, &if weighed { data.weights(weights) } else { data })?;
        }
    }
}
