//! Learning allocates where categories have to grow, and nowhere else.

use nn_art::{
    Art1, Art1Params, Art2, Art2Params, Art2Variant, ArtMap, ArtMapParams, Dataset, FuzzyArt, FuzzyArtParams,
    FuzzyArtVariant, Online, Task,
};
use nn_core::random::{Key, uniform};

const FEATURES: usize = 16;

/// So many allocations while these samples are learned once more, one by one and as a part, and the categories did not grow.
fn again<M>(model: &mut M, learn: impl Fn(&mut M, &[f64]), part: impl Fn(&mut M)) -> [u64; 2] {
    let samples = samples();
    let once = |model: &mut M| samples.chunks(FEATURES).for_each(|x| learn(model, x));
    // The first passes make the categories and whatever room a search needs.
    for _ in 0..5 {
        once(model);
        part(model);
    }
    let counted = |work: &mut dyn FnMut()| allocation_counter::measure(work).count_total;
    [counted(&mut || once(model)), counted(&mut || part(model))]
}

fn samples() -> Vec<f64> {
    let mut rng = Key::once(1).stream("samples");
    (0..200 * FEATURES).map(|_| uniform(&mut rng)).collect()
}

#[test]
fn a_sample_that_is_known_allocates_nothing() {
    let x = samples();
    let data = Dataset::from_slice(FEATURES, &x);
    // What a part adds to the history may have to grow: a few lists, whatever the number of samples.
    let few = |[samples, part]: [u64; 2], what: &str| assert!(samples == 0 && part < 20, "{what}: {samples}, {part}");
    for &variant in FuzzyArtVariant::ALL {
        let params = FuzzyArtParams::default().variant(variant).range([0.0, 1.0]).vigilance(0.6);
        let mut art = FuzzyArt::start(params, FEATURES).unwrap();
        few(again(&mut art, |art, x| _ = art.learn(x).unwrap(), |art| art.partial_fit(&data).unwrap()), "fuzzy-art");
    }
    let mut art = Art1::start(Art1Params::default().threshold(0.5), FEATURES).unwrap();
    few(again(&mut art, |art, x| _ = art.learn(x).unwrap(), |art| art.partial_fit(&data).unwrap()), "art1");
    for &variant in Art2Variant::ALL {
        let mut art = Art2::start(Art2Params::default().variant(variant).vigilance(0.9), FEATURES).unwrap();
        few(again(&mut art, |art, x| _ = art.learn(x).unwrap(), |art| art.partial_fit(&data).unwrap()), "art2");
    }
    let labels: Vec<u32> = x.chunks(FEATURES).map(|x| u32::from(0.5 < x[0])).collect();
    let data = data.labels(&labels);
    let mut art = ArtMap::start(ArtMapParams::default().range([0.0, 1.0]), FEATURES, Task::Classes(2)).unwrap();
    let learn = |art: &mut ArtMap<f64>, x: &[f64]| _ = art.learn(x, u32::from(0.5 < x[0])).unwrap();
    few(again(&mut art, learn, |art| art.partial_fit(&data).unwrap()), "artmap");
}
