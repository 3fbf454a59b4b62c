//! The layers: gradients, counts, equivariance, and the curvature that LeNet-5's steps are divided by.

use nn_cnn::{CnnParams, Conv2d, Dataset, Fit, Image, Model, Pool, RbfOutput, Table, Variant};
use nn_core::random::Key;
use nn_core::testing::{backward, forward, layer_gradient_error, numbers, objective_gradient_error, shard};
use nn_core::{Activate, Activation, At, Chain, Dense, Layer, Loss, Objective, Shard, Supervised};

#[test]
fn gradients_of_convolutions_of_every_geometry_are_slopes() {
    let table = Table::Maps(vec![vec![0, 2], vec![1], vec![0, 1, 2]]);
    for lanes in [1, 16, 32] {
        for (kernel, stride, padding) in
            [([2, 3], 1, 0), ([3, 3], 1, 1), ([3, 2], 2, 1), ([2, 2], 3, 0), ([5, 4], 1, 0)]
        {
            for table in [&Table::All, &table] {
                let conv = Conv2d::new([3, 5, 4], 3, kernel, stride, padding, table).unwrap();
                let error = layer_gradient_error(&conv, lanes);
                assert!(error < 1e-6, "{kernel:?} {stride} {padding} {table:?} {lanes}: {error}");
            }
        }
    }
}

#[test]
fn rbf_units_give_each_class_a_code_of_its_own() {
    // Eight classes have every code of three units; at the code of a class, only that class has no penalty.
    let rbf = RbfOutput::new(3, 8).unwrap();
    for code in 0..8 {
        let x: Vec<f64> = (0..3).map(|bit| if code >> bit & 1 == 1 { 1.0 } else { -1.0 }).collect();
        assert_eq!(run(&rbf, &[], &x).iter().filter(|&&penalty| penalty == 0.0).count(), 1, "{x:?}");
    }
    assert!(RbfOutput::new(2, 5).unwrap_err().contains("at least 3 units"));
}

#[test]
fn gradients_of_pooling_and_of_rbf_units_are_slopes() {
    for lanes in [1, 16] {
        for (size, stride) in [(2, 2), (2, 1), (3, 1)] {
            for pool in [Pool::mean, Pool::subsample] {
                assert!(layer_gradient_error(&pool([2, 4, 4], size, stride).unwrap(), lanes) < 1e-6, "{size} {stride}");
            }
        }
        assert!(layer_gradient_error(&RbfOutput::new(6, 4).unwrap(), lanes) < 1e-6);
    }
    // Among many numbers two of a window are so near that one step of the differences passes over the other, where a maximum
    // has no slope; so one lane here, and 16 and 32 by the definition in nn-core.
    for (size, stride) in [(2, 2), (2, 1), (3, 1)] {
        assert!(layer_gradient_error(&Pool::max([2, 4, 4], size, stride).unwrap(), 1) < 1e-6, "{size} {stride}");
    }
}

fn c1() -> Conv2d {
    Conv2d::new([1, 6, 6], 2, [3, 3], 1, 0, &Table::All).unwrap()
}

fn s2() -> Pool {
    Pool::subsample([2, 4, 4], 2, 2).unwrap()
}

fn c3() -> Conv2d {
    let table = Table::Maps(vec![vec![0], vec![0, 1], vec![1]]);
    Conv2d::new([2, 2, 2], 3, [2, 2], 1, 0, &table).unwrap()
}

/// Layers `from` up to `to` of a network of all kinds of layers in small; none where there are none.
fn layers(from: usize, to: usize) -> Option<Chain<f64>> {
    let (mut chain, mut count) = (None, 0);
    fn add(layer: impl Layer<f64> + 'static, name: &str, wanted: bool, chain: &mut Option<Chain<f64>>) {
        if wanted {
            *chain = Some(match chain.take() {
                None => Chain::new(name, layer),
                Some(chain) => chain.then(name, layer),
            });
        }
    }
    let mut wanted = || {
        count += 1;
        (from..to).contains(&(count - 1))
    };
    add(c1(), "c1", wanted(), &mut chain);
    add(Activate::new(Activation::ScaledTanh, 32), "c1_tanh", wanted(), &mut chain);
    add(s2(), "s2", wanted(), &mut chain);
    add(Activate::new(Activation::ScaledTanh, 8), "s2_tanh", wanted(), &mut chain);
    add(c3(), "c3", wanted(), &mut chain);
    add(Activate::new(Activation::ScaledTanh, 3), "c3_tanh", wanted(), &mut chain);
    add(Dense::new(3, 2), "output", wanted(), &mut chain);
    chain
}

/// Six layers, and the output units that go with the loss.
fn small_net(loss: Loss) -> Supervised<f64> {
    let chain = match loss {
        Loss::MaximumAPosteriori => layers(0, 6).unwrap().then("output", RbfOutput::new(3, 2).unwrap()),
        _ => layers(0, 7).unwrap(),
    };
    Supervised { chain, loss }
}

/// One image, its class, and lanes that only fill up.
struct OneImage {
    x: Vec<f64>,
    target: Vec<f64>,
}

impl OneImage {
    fn shard(&self) -> Shard<'_, f64> {
        Shard { training: false, ..shard(1, &self.x, &self.target) }
    }
}

#[test]
fn the_gradient_of_a_whole_network_is_the_slope_of_its_loss() {
    for loss in [Loss::CrossEntropy, Loss::SquaredError, Loss::MaximumAPosteriori] {
        let net = small_net(loss);
        let image = OneImage { x: numbers(36, "x"), target: vec![0.0, 1.0] };
        let error = objective_gradient_error(&net, &numbers(net.theta_len(), "theta"), &image.shard());
        assert!(error < 1e-6, "{loss}: {error}");
    }
}

/// What leaves a layer of one image.
fn run(layer: &dyn Layer<f64>, theta: &[f64], x: &[f64]) -> Vec<f64> {
    forward(layer, theta, x, 1, None)
}

/// How strongly each of `y` bends the loss through the layers from `first` on: Gauss and Newton take these for straight, and
/// only the loss, with RBF units if it has them, for bent. By differences.
fn bends(first: usize, theta: &[f64], y: &[f64], loss: Loss, image: &OneImage) -> Vec<f64> {
    let h = 1e-5;
    let moved = |of: &[f64], at: usize, by: f64| {
        let mut moved = of.to_vec();
        moved[at] += by;
        moved
    };
    let differences = |after: Vec<f64>, before: Vec<f64>| -> Vec<f64> {
        after.iter().zip(before).map(|(after, before)| (after - before) / (2.0 * h)).collect()
    };
    let rbf = RbfOutput::new(3, 2).unwrap();
    let has_rbf = loss == Loss::MaximumAPosteriori;
    let rest = layers(first, if has_rbf { 6 } else { 7 });
    let before = |y: &[f64]| rest.as_ref().map_or_else(|| y.to_vec(), |rest| run(rest, theta, y));
    let slope_of_loss = |outputs: &[f64]| {
        let mut dy = vec![0.0; 2];
        if !has_rbf {
            loss.gradient(&image.shard(), outputs, &mut dy);
            return dy;
        }
        let penalties = run(&rbf, &[], outputs);
        loss.gradient(&image.shard(), &penalties, &mut dy);
        backward(&rbf, &[], outputs, &dy, 1).dx
    };
    let outputs = before(y);
    let curvature: Vec<Vec<f64>> = (0..outputs.len())
        .map(|i| differences(slope_of_loss(&moved(&outputs, i, h)), slope_of_loss(&moved(&outputs, i, -h))))
        .collect();
    let along = |at: usize| {
        let slope = differences(before(&moved(y, at, h)), before(&moved(y, at, -h)));
        let products =
            curvature.iter().zip(&slope).flat_map(|(row, a)| row.iter().zip(&slope).map(move |(h, b)| a * h * b));
        products.sum::<f64>()
    };
    (0..y.len()).map(along).collect()
}

/// Against the Gauss-Newton matrix of what leaves each layer, by differences, and from there by the definition: a connection u
/// from x to a sum has the curvature of the sum times x^2, and those that share a parameter add up. What is measured is right in
/// the mean over the signs that are drawn, so it is held to five standard errors.
#[test]
fn the_curvature_is_the_diagonal_of_the_gauss_newton_matrix_of_the_connections() {
    for loss in [Loss::CrossEntropy, Loss::SquaredError, Loss::MaximumAPosteriori, Loss::BinaryCrossEntropy] {
        let net = small_net(loss);
        let image = OneImage { x: numbers(36, "x"), target: vec![0.0, 1.0] };
        let theta = numbers(net.theta_len(), "theta");
        let mut scratch = vec![0.0; net.scratch_len(1, 1)];
        let trials = 2000;
        let (mut sums, mut squares) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
        for trial in 0..trials {
            let mut diagonal = vec![0.0; theta.len()];
            let shard = Shard { key: Key { seed: 1, step: trial, shard: 0 }, ..image.shard() };
            assert!(net.curvature(At { theta: &theta, running: &[] }, &shard, &mut diagonal, &mut scratch));
            for ((sum, square), h) in sums.iter_mut().zip(&mut squares).zip(&diagonal) {
                *sum += h;
                *square += h * h;
            }
        }

        let spans = net.spans();
        let range = |name: &str| spans.iter().find(|span| span.name == name).map(|span| span.range.clone());
        let mut exact = vec![0.0; theta.len()];
        let places: [(usize, &str, Box<dyn Layer<f64>>); 4] = [
            (0, "c1", Box::new(c1())),
            (2, "s2", Box::new(s2())),
            (4, "c3", Box::new(c3())),
            (6, "output", Box::new(Dense::new(3, 2))),
        ];
        for (place, name, layer) in places {
            let Some(weights) = range(&format!("{name}.weight")) else { continue };
            let biases = range(&format!("{name}.bias")).unwrap();
            let x = layers(0, place).map_or_else(|| image.x.clone(), |before| run(&before, &theta, &image.x));
            let y = run(&*layer, &theta[weights.start..biases.end], &x);
            let bent = bends(place + 1, &theta[biases.end..], &y, loss, &image);
            let exact_weights = &mut exact[weights.start..biases.end];
            let (own, own_biases) = exact_weights.split_at_mut(weights.len());
            match name {
                "c1" => {
                    for (at, bent) in bent.iter().enumerate() {
                        let (map, i, j) = (at / 16, at / 4 % 4, at % 4);
                        own_biases[map] += bent;
                        for (k, l) in (0..3).flat_map(|k| (0..3).map(move |l| (k, l))) {
                            own[map * 9 + k * 3 + l] += bent * x[(i + k) * 6 + j + l].powi(2);
                        }
                    }
                }
                "s2" => {
                    for (at, bent) in bent.iter().enumerate() {
                        let (map, i, j) = (at / 4, at / 2 % 2, at % 2);
                        let window = |k: usize| x[map * 16 + (2 * i + k / 2) * 4 + 2 * j + k % 2];
                        own_biases[map] += bent;
                        own[map] += bent * (0..4).map(window).sum::<f64>().powi(2);
                    }
                }
                "c3" => {
                    let joined = [(0, 0), (1, 0), (1, 1), (2, 1)];
                    for (link, (map, input)) in joined.into_iter().enumerate() {
                        (0..4).for_each(|place| own[link * 4 + place] = bent[map] * x[input * 4 + place].powi(2));
                    }
                    own_biases.copy_from_slice(&bent);
                }
                _ => {
                    (0..6).for_each(|at| own[at] = bent[at / 3] * x[at % 3].powi(2));
                    own_biases.copy_from_slice(&bent);
                }
            }
        }
        for (at, exact) in exact.iter().enumerate() {
            let mean = sums[at] / trials as f64;
            let error = ((squares[at] / trials as f64 - mean * mean).max(0.0) / trials as f64).sqrt();
            assert!(
                (mean - exact).abs() <= 5.0 * error + 1e-6 * (1.0 + exact),
                "{loss} {at}: {mean} +- {error} {exact}"
            );
        }
    }
}

/// Sixteen images at once have the sum of what each has alone.
#[test]
fn the_curvature_of_a_shard_is_the_sum_of_its_samples() {
    let net = small_net(Loss::SquaredError);
    let theta = numbers(net.theta_len(), "theta");
    let at = At { theta: &theta, running: &[] };
    let (x, target) = (numbers(36 * 16, "images"), vec![0.5; 32]);
    let weights: Vec<f64> = (0..16).map(|lane| f64::from(lane % 3)).collect();
    let mean = |shard: Shard<'_, f64>| {
        let mut sum = vec![0.0; theta.len()];
        let mut scratch = vec![0.0; net.scratch_len(shard.lanes, 1)];
        for trial in 0..3000 {
            let shard = Shard { key: Key { seed: 1, step: trial, shard: 0 }, ..shard };
            assert!(net.curvature(at, &shard, &mut sum, &mut scratch));
        }
        sum.into_iter().map(|sum| sum / 3000.0).collect::<Vec<f64>>()
    };
    let whole = Shard { weights: &weights, training: false, ..shard(16, &x, &target) };
    let together = mean(whole);
    let mut alone = vec![0.0; theta.len()];
    for lane in 0..16 {
        let image: Vec<f64> = x.iter().skip(lane).step_by(16).copied().collect();
        let shard =
            Shard { lanes: 1, x: &image, target: &[0.5; 2], weights: &weights[lane..=lane], lengths: &[1], ..whole };
        alone.iter_mut().zip(mean(shard)).for_each(|(alone, own)| *alone += own);
    }
    for (together, alone) in together.iter().zip(&alone) {
        assert!((together - alone).abs() < 0.1 * alone + 1e-9, "{together} {alone}");
    }
}

/// LeCun and others 1998, section II.B: what each layer has.
#[test]
fn lenet5_has_the_parameters_and_connections_that_the_paper_counts() {
    let x = [0.0_f32, 1.0].repeat(1024);
    let labels = [0, 1];
    let data = Dataset::from_slice(1024, &x).labels_of(10, &labels);
    let lenet = CnnParams::lenet5_1998().epochs(1).fit(&data).unwrap();
    let counted: Vec<_> = lenet
        .layers()
        .into_iter()
        .filter(|layer| !layer.name.contains('_'))
        .map(|layer| (layer.name, layer.shape, layer.parameters, layer.connections))
        .collect();
    let expected = [
        ("c1", vec![6, 28, 28], 156, 122_304),
        ("s2", vec![6, 14, 14], 12, 5_880),
        ("c3", vec![16, 10, 10], 1_516, 151_600),
        ("s4", vec![16, 5, 5], 32, 2_000),
        ("c5", vec![120, 1, 1], 48_120, 48_120),
        ("f6", vec![84], 10_164, 10_164),
        ("output", vec![10], 0, 840),
    ];
    assert_eq!(counted, expected.map(|(name, shape, p, c)| (name.to_owned(), shape, p, c)));
    assert_eq!(lenet.theta().len(), 60_000);
    assert_eq!(counted.iter().map(|layer| layer.3).sum::<usize>(), 340_908);
}

#[test]
fn an_image_that_moves_moves_its_maps() {
    let conv = Conv2d::new([1, 12, 12], 4, [5, 5], 1, 0, &Table::All).unwrap();
    let theta = numbers(Layer::<f64>::theta_len(&conv), "theta");
    let image = numbers(144, "x");
    // One row down and two columns to the right; what comes in from outside is 0.
    let moved: Vec<f64> =
        (0..144).map(|at| if at / 12 < 1 || at % 12 < 2 { 0.0 } else { image[at - 12 - 2] }).collect();
    let (before, after) = (run(&conv, &theta, &image), run(&conv, &theta, &moved));
    for map in 0..4 {
        for (row, column) in (1..8).flat_map(|row| (2..8).map(move |column| (row, column))) {
            assert_eq!(after[(map * 8 + row) * 8 + column], before[(map * 8 + row - 1) * 8 + column - 2]);
        }
    }
}

#[test]
fn a_layers_answers_can_be_learned_from() {
    let x = nn_cnn::nalgebra::DMatrix::from_fn(36, 8, |i, j| ((i * 5 + j * 3) as f32).sin());
    let labels = [0, 1, 0, 1, 0, 1, 0, 1];
    let data = Dataset::new(&x).labels(&labels);
    let cnn = CnnParams::default().epochs(1).fit(&data).unwrap();
    let sizes = |layer: &str| cnn.activations(&data, layer).unwrap().nrows();
    assert_eq!((sizes("c1"), sizes("s3"), sizes("f4"), sizes("output")), (16 * 36, 32 * 9, 64, 2));
    // With its activation: relu leaves nothing below 0.
    assert!(cnn.activations(&data, "f4").unwrap().iter().all(|&value| 0.0 <= value));
    let error = cnn.activations(&data, "c9").unwrap_err().to_string();
    assert!(error.starts_with("layer: expected one of c1, c1_relu, c2, c2_relu, s3,"), "{error}");
}

#[test]
fn lenet_takes_images_of_any_size() {
    for (rows, columns) in [(8, 8), (28, 28), (20, 30), (40, 50)] {
        let x = vec![0.5_f32; rows * columns * 2];
        let labels = [0, 1];
        let data = Dataset::from_slice(rows * columns, &x).labels(&labels);
        for &variant in Variant::ALL {
            let params = CnnParams::default().variant(variant).image(Image::grey(rows, columns)).epochs(1);
            let cnn = params.fit(&data).unwrap();
            assert_eq!(cnn.predict(&data).unwrap().ncols(), 2, "{rows}x{columns} {variant}");
        }
    }
}
