//! Any data and any settings: an answer or a named error; and the theorems of fast learning.

use nn_art::nalgebra::DMatrix;
use nn_art::{
    Art1Params, Art2Params, Art2Variant, ArtMapParams, ArtMapVariant, Dataset, Fit, FuzzyArtParams, FuzzyArtVariant,
    Model, Online, Stopped, Task,
};
use nn_core::Learns;
use nn_core::testing::{answers_or_errors, hard_data};
use nn_strategies::matrix;
use proptest::prelude::*;

fn unit(samples: std::ops::Range<usize>) -> impl Strategy<Value = DMatrix<f64>> {
    (1..4_usize, samples).prop_flat_map(|(features, samples)| {
        prop::collection::vec(0.0..=1.0_f64, features * samples)
            .prop_map(move |x| DMatrix::from_vec(features, samples, x))
    })
}

fn bits() -> impl Strategy<Value = DMatrix<f64>> {
    (2..12_usize, 1..40_usize).prop_flat_map(|(features, samples)| {
        prop::collection::vec(0..=1_u8, features * samples)
            .prop_map(move |x| DMatrix::from_iterator(features, samples, x.into_iter().map(f64::from)))
    })
}

proptest! {
    #[test]
    fn any_samples(
        x in matrix(1..4_usize, 0..30_usize),
        labels in prop::collection::vec(0..3_u32, 30),
        (vigilance, rate) in (0.0..=1.0_f64, 0.01..=1.0_f64),
        (complement, fast_commit, shuffle) in any::<(bool, bool, bool)>(),
        tracking in -1.0..=1.0_f64,
        epochs in 1..4_usize,
        voters in 1..3_usize,
    ) {
        let labels = &labels[..x.ncols()];
        let small = x.map(|x| x as f32);
        for &variant in FuzzyArtVariant::ALL {
            let params = FuzzyArtParams::default().variant(variant).vigilance(vigilance).learning_rate(rate).epochs(epochs);
            let params = params.complement(complement).fast_commit(fast_commit).shuffle(shuffle);
            answers_or_errors(&params, &Dataset::new(&x));
            answers_or_errors(&params, &Dataset::new(&small));
        }
        let art1 = Art1Params::default().vigilance(vigilance).complement(complement).threshold(0.5).epochs(epochs);
        answers_or_errors(&art1, &Dataset::new(&x));
        for &variant in Art2Variant::ALL {
            let params = Art2Params::default().variant(variant).vigilance(vigilance).learning_rate(rate).epochs(epochs);
            answers_or_errors(&params, &Dataset::new(&x.map(f64::abs)));
            answers_or_errors(&params, &Dataset::new(&small.map(f32::abs)));
        }
        for &variant in ArtMapVariant::ALL {
            let params = ArtMapParams::default().variant(variant).vigilance(vigilance).learning_rate(rate).voters(voters);
            let params = params.complement(complement).tracking(tracking).threshold(0.5).epochs(epochs);
            answers_or_errors(&params, &Dataset::new(&x).labels(labels));
            answers_or_errors(&params, &Dataset::new(&small).labels(labels));
            // The samples as their own targets.
            answers_or_errors(&params.target_vigilance(rate), &Dataset::new(&x).values(&x));
        }
    }

    /// Carpenter, Grossberg, Rosen 1991: in fast learning with alpha near 0 one presentation of each sample is enough; a box is
    /// the least around what it has learned, and its sides come to `(1 - rho) M` at most.
    #[test]
    fn one_presentation_is_enough_and_boxes_are_bounded(x in unit(1..60), vigilance in 0.0..1.0_f64) {
        let data = Dataset::new(&x);
        let params = FuzzyArtParams::default().range([0.0, 1.0]).vigilance(vigilance).choice(1e-9);
        let once = params.clone().epochs(1).fit(&data).unwrap();
        let twice = params.clone().epochs(2).fit(&data).unwrap();
        prop_assert_eq!(once.weights(), twice.weights());
        prop_assert_eq!(twice.history().stopped, Stopped::Converged);

        let features = x.nrows();
        let mut art = nn_art::FuzzyArt::start(params, features).unwrap();
        let taken: Vec<usize> = x.column_iter().map(|x| art.learn(x.as_slice()).unwrap().unwrap()).collect();
        let weights = art.weights();
        for (j, w) in weights.column_iter().enumerate() {
            let own = || x.column_iter().zip(&taken).filter(|(_, taken)| **taken == j).map(|(x, _)| x);
            for i in 0..features {
                let ends = own().fold((f64::MAX, f64::MAX), |(low, high), x| (low.min(x[i]), high.min(1.0 - x[i])));
                prop_assert_eq!((w[i], w[features + i]), ends, "the least box");
            }
            prop_assert!(features as f64 - w.sum() <= features as f64 * (1.0 - vigilance) + 1e-12);
        }
    }

    /// Whatever alpha: no weight rises, no pass after the first makes a category.
    #[test]
    fn weights_only_fall(x in unit(2..60), vigilance in 0.0..1.0_f64, choice in 1e-6..2.0_f64, rate in 0.1..=1.0_f64) {
        let params = FuzzyArtParams::default().range([0.0, 1.0]).vigilance(vigilance).choice(choice).learning_rate(rate);
        let mut art = nn_art::FuzzyArt::start(params, x.nrows()).unwrap();
        let mut before = art.weights();
        for pass in 0..3 {
            for sample in x.column_iter() {
                art.learn(sample.as_slice()).unwrap();
                let after = art.weights();
                prop_assert!(before.iter().zip(after.iter()).all(|(before, after)| after <= before));
                prop_assert!(pass == 0 || rate < 1.0 || before.ncols() == after.ncols());
                before = after;
            }
        }
    }

    /// Georgiopoulos, Heileman, Huang 1991, and Carpenter, Grossberg 1987: codes are stable after as many passes as there are
    /// sizes of patterns, and then every pattern goes straight to a template that is within it.
    #[test]
    fn art1_settles_and_then_has_direct_access(x in bits(), vigilance in 0.0..=1.0_f64) {
        let data = Dataset::new(&x);
        let mut sizes: Vec<usize> = x.column_iter().map(|x| x.sum() as usize).collect();
        sizes.sort_unstable();
        sizes.dedup();
        // L near 1, where templates within a pattern come first, and larger ones before smaller ones.
        let model = Art1Params::default().vigilance(vigilance).choice(1.0001).fit(&data).unwrap();
        prop_assert_eq!(model.history().stopped, Stopped::Converged);
        // The last pass finds that nothing changes.
        prop_assert!(model.history().losses.len() <= sizes.len() + 1, "{} passes", model.history().losses.len());
        let templates = model.weights();
        let columns: Vec<_> = templates.column_iter().collect();
        for (a, template) in columns.iter().enumerate() {
            prop_assert!(columns[..a].iter().all(|other| other != template), "templates are distinct");
        }
        let found = model.resonances(&data).unwrap();
        for (x, found) in x.column_iter().zip(found) {
            let within = |j: usize| columns[j].iter().zip(&x).all(|(z, x)| z <= x);
            let largest = (0..columns.len()).filter(|&j| within(j)).map(|j| columns[j].sum()).fold(-1.0, f64::max);
            let own = found.category.unwrap();
            prop_assert!(within(own) && columns[own].sum() == largest);
        }
    }

    #[test]
    fn artmap_learns_what_does_not_contradict_itself(x in unit(2..40), labels in prop::collection::vec(0..3_u32, 40)) {
        let labels = &labels[..x.ncols()];
        let data = Dataset::new(&x).labels(labels);
        let mut art = nn_art::ArtMap::start(ArtMapParams::default().range([0.0, 1.0]).tracking(1e-6), x.nrows(), Task::Classes(3)).unwrap();
        for _ in 0..60 {
            art.partial_fit(&data).unwrap();
        }
        let apart = |a: usize, b: usize| (x.column(a) - x.column(b)).amax();
        let clear = (0..x.ncols()).all(|a| (0..a).all(|b| 1e-3 < apart(a, b)));
        prop_assume!(clear);
        prop_assert_eq!(art.evaluate(&data).unwrap().get("accuracy"), Some(1.0));
    }
}

/// How many of the trainings come to a model shows that not everything is refused.
#[test]
fn data_at_their_worst() {
    let kinds = [
        hard_data(&Art1Params::default().threshold(0.5), Learns::Inputs),
        hard_data(&Art2Params::default(), Learns::Inputs),
        hard_data(&FuzzyArtParams::default(), Learns::Inputs),
        hard_data(&ArtMapParams::default().epochs(3), Learns::Targets),
        hard_data(&FuzzyArtParams::default().variant(FuzzyArtVariant::Plain), Learns::Inputs),
    ];
    for [begun, fitted] in kinds {
        assert!(begun / 10 < fitted, "{fitted} of {begun}");
    }
}
