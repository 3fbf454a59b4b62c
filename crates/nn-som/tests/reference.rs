//! Maps beside those of other libraries, on cases that `reference/make.py` wrote: MiniSom's online rule, somoclu's batch rule.

use nn_som::{
    Adjacency, Algorithm, Dataset, Decay, Distance, Fit, Lattice, Neighborhood, Scaling, Som, SomParams, Start, Surface,
};
use serde_json::Value;

fn cases(kind: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("reference/maps.json")).unwrap();
    all[kind].as_array().unwrap().clone()
}

fn numbers(case: &Value, key: &str) -> Vec<f64> {
    case[key].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn params(case: &Value) -> SomParams {
    let side = |key: &str| case[key].as_u64().unwrap() as usize;
    let mut params = SomParams::default().width(side("columns")).height(side("rows")).scaling(Scaling::None);
    params = params.start(Start::Given).shuffle(false);
    params.given = numbers(case, "start");
    params
}

fn near(case: &Value, som: &Som<f64>, tolerance: f64) {
    for (ours, theirs) in som.weights().iter().zip(numbers(case, "weights")) {
        assert!((ours - theirs).abs() < tolerance, "{ours} {theirs} of {}", case["columns"]);
    }
}

#[test]
fn online_maps_are_those_of_minisom() {
    for case in &cases("online") {
        let (x, steps) = (numbers(case, "x"), case["steps"].as_u64().unwrap() as usize);
        // A third in the end is MiniSom's 1 / (1 + 2 t); a hundredth and one its 1 / (1 + 100 t) but for rounding of 101.
        let (rate_decay, rate_end) = match case["rate_decay"].as_str().unwrap() {
            "linear_decay_to_zero" => (Decay::Linear, 0.0),
            "inverse_decay_to_zero" => (Decay::Inverse, 0.5 / 101.0),
            _ => (Decay::Inverse, 0.5 / 3.0),
        };
        let (radius_decay, radius_end) = match case["radius_decay"].as_str().unwrap() {
            "linear_decay_to_one" => (Decay::Linear, 1.0),
            "inverse_decay_to_one" => (Decay::Inverse, 1.0),
            _ => (Decay::Inverse, 2.0 / 3.0),
        };
        let lattice = if case["grid"] == "hexagonal" { Lattice::Hexagonal } else { Lattice::Rectangular };
        let distance = Distance::ALL.iter().copied().find(|distance| case["distance"] == distance.name()).unwrap();
        let params = params(case).algorithm(Algorithm::Online).grid(lattice).distance(distance).radius(2.0);
        let params = params.radius_end(radius_end).radius_decay(radius_decay);
        let params = params.learning_rate(0.5).learning_rate_end(rate_end).learning_rate_decay(rate_decay);
        // 75 steps over 30 samples in their order: two passes and a half.
        let samples = x.repeat(3);
        let som = params.epochs(1).fit(&Dataset::from_slice(3, &samples[..3 * steps])).unwrap();
        near(case, &som, 1e-12);
        let data = Dataset::from_slice(3, &x);
        if let Some(error) = case["quantization_error"].as_f64() {
            assert!((som.quantization_error(&data).unwrap() - error).abs() < 1e-12);
        }
        if let Some(error) = case["topographic_error"].as_f64() {
            assert!((som.topographic_error(&data, Adjacency::Eight).unwrap() - error).abs() < 1e-12);
        }
    }
}

#[test]
fn batch_maps_are_those_of_somoclu() {
    for case in &cases("batch") {
        let x = numbers(case, "x");
        let neighborhood = match (case["neighborhood"].as_str().unwrap(), case["cut"].as_bool().unwrap()) {
            ("bubble", _) => Neighborhood::Bubble,
            (_, true) => Neighborhood::CutGaussian,
            _ => Neighborhood::Gaussian,
        };
        let surface = if case["surface"] == "toroid" { Surface::Torus } else { Surface::Planar };
        let params = params(case).grid(Lattice::Rectangular).surface(surface).neighborhood(neighborhood);
        let params = params.radius(3.0).radius_end(1.0).radius_decay(Decay::Linear);
        let epochs = case["epochs"].as_u64().unwrap() as usize;
        let som = params.epochs(epochs).fit(&Dataset::from_slice(3, &x)).unwrap();
        // It computes in 32 bits.
        near(case, &som, 2e-6);
    }
}
