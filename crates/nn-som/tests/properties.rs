//! Any data and any settings: an answer or a named error, never a panic and never a NaN.

use nn_core::Learns;
use nn_core::testing::{answers_or_errors, hard_data};
use nn_som::nalgebra::DMatrix;
use nn_som::{
    Algorithm, Dataset, Decay, Distance, Fit, Lattice, Model, Neighborhood, Online, Scaling, Som, SomParams, Start,
    Surface,
};
use nn_strategies::matrix;
use proptest::prelude::*;

prop_compose! {
    /// Numbers of which some may be missing.
    fn samples()(
        mut x in matrix(1..8_usize, 0..40_usize),
        missing in prop_oneof![Just(Vec::new()), prop::collection::vec(prop::bool::weighted(0.03), 7 * 39)],
    ) -> DMatrix<f64> {
        x.iter_mut().zip(missing).filter(|(_, missing)| *missing).for_each(|(number, _)| *number = f64::NAN);
        x
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

/// Fits, answers and measures, and asks what only this model tells.
fn try_all<F: nn_core::Scalar>(params: &SomParams, data: &Dataset<'_, F>)
where
    SomParams: Fit<F, Model = Som<F>>,
{
    let Some(mut som) = answers_or_errors(params, data) else { return };
    let finite = |numbers: &[F]| numbers.iter().all(|number| number.is_finite());
    if let Ok(measures) = som.evaluate(data) {
        measures.check().unwrap();
    }
    if let Ok(filled) = som.impute(data) {
        assert!(finite(filled.as_slice()), "{filled:?}");
    }
    if let Ok(distances) = som.transform(data) {
        assert!(finite(distances.as_slice()), "{distances:?}");
    }
    assert!(som.weights().iter().all(|weight| !weight.to_f64().is_nan()));
    assert!(som.u_matrix().iter().all(|height| !height.is_nan()));
    assert!(som.clusters(None).is_ok());
    for share in [som.trustworthiness(data, 2), som.neighborhood_preservation(data, 2)].into_iter().flatten() {
        assert!(share.is_finite());
    }
    if let Ok(scores) = som.outlier_scores(data) {
        assert!(scores.iter().all(|score| !score.is_nan()));
    }
    let _ = som.pictures_of(data);
    let _ = som.classify(data);
    if som.partial_fit(data).is_ok() {
        assert!(som.weights().iter().all(|weight| !weight.to_f64().is_nan()));
    }
}

proptest! {
    #[test]
    fn any_samples(
        x in samples(),
        labels in prop::collection::vec(0..3_u32, 40),
        weights in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.0..5.0_f64], 40),
        params in params(),
        weighed in any::<bool>(),
    ) {
        let (labels, weights) = (&labels[..x.ncols()], &weights[..x.ncols()]);
        let data = Dataset::new(&x).labels(labels);
        try_all(&params, &if weighed { data.weights(weights) } else { data });
        let (x, weights) = (x.map(|v| v as f32), weights.iter().map(|&w| w as f32).collect::<Vec<_>>());
        let data = Dataset::new(&x).labels(labels);
        try_all(&params, &if weighed { data.weights(&weights) } else { data });
    }
}

/// Drawn once, when there was no answer to it: the sample that is farthest weighs nothing.
#[test]
fn a_number_whose_square_overflows() {
    let (x, weights) = ([0.0, 1.1626490130325142e270, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0, 4.639770762854341]);
    let params =
        SomParams::default().width(4).height(5).grid(Lattice::Rectangular).neighborhood(Neighborhood::CutGaussian);
    let params = params.start(Start::Samples).algorithm(Algorithm::Online).learning_rate_decay(Decay::Inverse);
    let params = params.radius(4.644200066923321).radius_end(0.6966308386230858).radius_decay(Decay::Exponential);
    let params = params.scaling(Scaling::None).watch_topology(true).epochs(2).patience(1);
    let data = Dataset::from_slice(1, &x).labels(&[2, 0, 1, 1, 2]).weights(&weights);
    try_all(&params, &data);
}

/// How many of the trainings come to a model shows that not everything is refused.
#[test]
fn data_at_their_worst() {
    let [begun, fitted] = hard_data(&SomParams::default().width(3).height(2).epochs(2), Learns::Inputs);
    assert!(begun / 10 < fitted, "{fitted} of {begun}");
}
