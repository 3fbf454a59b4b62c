//! The layers: gradients, counts, equivariance, and the curvature that LeNet-5's steps are divided by.

use nn_cnn::{CnnParams, Conv2d, Dataset, Fit, Image, Model, Pool, RbfOutput, Table, Variant};
use nn_core::random::Key;
use nn_core::testing::{layer_gradient_error, objective_gradient_error};
use nn_core::{Activate, Activation, At, Chain, Dense, Layer, Loss, Objective, Pass, Shard, Supervised};

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
fn gradients_of_pooling_and_of_rbf_units_are_slopes() {
    for lanes in [1, 16] {
        for (size, stride) in [(2, 2), (2, 1), (3, 1)] {
            for pool in [Pool::mean, Pool::subsample] {
                assert!(layer_gradient_error(&pool([2, 4, 4], size, stride).unwrap(), lanes) < 1e-6, "{size} {stride}");
            }
        }
        assert!(layer_gradient_error(&RbfOutput::new(6, 4), lanes) < 1e-6);
    }
    // Among many numbers two of a window are so near that one step of the differences passes over the other, where a maximum
    // has no slope; so one lane here, and 16 and 32 by the definition in nn-core.
    for (size, stride) in [(2, 2), (2, 1), (3, 1)] {
        assert!(layer_gradient_error(&Pool::max([2, 4, 4], size, stride).unwrap(), 1) < 1e-6, "{size} {stride}");
    }
}

/// A network of all kinds of layers in small.
fn small_net(loss: Loss) -> Supervised<f64> {
    let table = Table::Maps(vec![vec![0], vec![0, 1], vec![1]]);
    let chain = Chain::new("c1", Conv2d::new([1, 6, 6], 2, [3, 3], 1, 0, &Table::All).unwrap())
        .then("c1_tanh", Activate::new(Activation::ScaledTanh, 32))
        .then("s2", Pool::subsample([2, 4, 4], 2, 2).unwrap())
        .then("s2_tanh", Activate::new(Activation::ScaledTanh, 8))
        .then("c3", Conv2d::new([2, 2, 2], 3, [2, 2], 1, 0, &table).unwrap())
        .then("c3_tanh", Activate::new(Activation::ScaledTanh, 3));
    let chain = if loss == Loss::MaximumAPosteriori {
        chain.then("output", RbfOutput::new(3, 2))
    } else {
        chain.then("output", Dense::new(3, 2))
    };
    Supervised { chain, loss }
}

fn numbers(len: usize, purpose: &str) -> Vec<f64> {
    let mut numbers = vec![0.0; len];
    nn_core::kernels::random::fill_uniform(&mut Key::once(5).stream(purpose), &mut numbers);
    numbers.iter().map(|number| 2.0 * number - 1.0).collect()
}

/// One image, its class, and lanes that only fill up.
struct OneImage {
    x: Vec<f64>,
    target: Vec<f64>,
}

impl OneImage {
    fn shard(&self) -> Shard<'_, f64> {
        let (x, target) = (&self.x, &self.target);
        Shard { lanes: 1, steps: 1, x, target, weights: &[1.0], lengths: &[1], key: Key::once(1), training: false }
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

/// Against the Jacobian by differences, and the matrix of second derivatives of the loss by differences of its gradient; with
/// RBF units both are taken before these, whose own curvature counts. What is measured is right in the mean over the signs that
/// are drawn, so it is held to five standard errors.
#[test]
fn the_curvature_is_the_diagonal_of_the_gauss_newton_matrix() {
    for loss in [Loss::CrossEntropy, Loss::SquaredError, Loss::MaximumAPosteriori, Loss::BinaryCrossEntropy] {
        let net = small_net(loss);
        let image = OneImage { x: numbers(36, "x"), target: vec![0.0, 1.0] };
        let theta = numbers(net.theta_len(), "theta");
        let mut scratch = vec![0.0; net.scratch_len(1, 1)];
        let at = At { theta: &theta, running: &[] };
        let trials = 2000;
        let (mut sums, mut squares) = (vec![0.0; theta.len()], vec![0.0; theta.len()]);
        for trial in 0..trials {
            let mut diagonal = vec![0.0; theta.len()];
            let shard = Shard { key: Key { seed: 1, step: trial, shard: 0 }, ..image.shard() };
            assert!(net.curvature(at, &shard, &mut diagonal, &mut vec![0.0; theta.len()], &mut scratch));
            for ((sum, square), h) in sums.iter_mut().zip(&mut squares).zip(&diagonal) {
                *sum += h;
                *square += h * h;
            }
        }

        let run = |chain: &Chain<f64>, theta: &[f64], x: &[f64]| {
            let (mut y, mut tape) = (vec![0.0; chain.outputs()], vec![0.0; chain.tape_len(1)]);
            let mut scratch = vec![0.0; chain.scratch_len(1)];
            let key = Key::once(1);
            let mut pass =
                Pass { lanes: 1, training: false, first: false, weights: &[1.0], key, scratch: &mut scratch };
            chain.forward(theta, x, &mut y, &mut tape, &mut pass);
            y
        };
        let rbf = RbfOutput::new(3, 2);
        let has_rbf = loss == Loss::MaximumAPosteriori;
        let before = if has_rbf { net.chain.up_to("c3").unwrap() } else { small_net(loss).chain };
        let slope_of_loss = |y: &[f64]| {
            let key = Key::once(1);
            let mut pass = Pass { lanes: 1, training: false, first: false, weights: &[1.0], key, scratch: &mut [] };
            let mut outputs = vec![0.0; 2];
            if has_rbf {
                rbf.forward(&[], y, &mut outputs, &mut [], &mut pass);
            } else {
                outputs.copy_from_slice(y);
            }
            let mut dy = vec![0.0; 2];
            loss.gradient(&image.shard(), &outputs, &mut dy);
            if !has_rbf {
                return dy;
            }
            let mut dx = vec![0.0; 3];
            let at = nn_core::Point { x: y, y: &outputs, tape: &[], dy: &dy };
            rbf.backward(&[], at, Some(&mut dx), &mut [], &mut pass);
            dx
        };
        let moved = |of: &[f64], at: usize, by: f64| {
            let mut moved = of.to_vec();
            moved[at] += by;
            moved
        };
        let h = 1e-5;
        let y = run(&before, &theta, &image.x);
        let differences = |after: Vec<f64>, before: Vec<f64>| -> Vec<f64> {
            after.iter().zip(before).map(|(after, before)| (after - before) / (2.0 * h)).collect()
        };
        let curvature: Vec<Vec<f64>> = (0..y.len())
            .map(|i| differences(slope_of_loss(&moved(&y, i, h)), slope_of_loss(&moved(&y, i, -h))))
            .collect();
        for at in 0..theta.len() {
            let output = |by: f64| run(&before, &moved(&theta, at, by), &image.x);
            let slope = differences(output(h), output(-h));
            let products =
                curvature.iter().zip(&slope).flat_map(|(row, a)| row.iter().zip(&slope).map(move |(h, b)| a * h * b));
            let exact: f64 = products.sum();
            let mean = sums[at] / trials as f64;
            let error = ((squares[at] / trials as f64 - mean * mean).max(0.0) / trials as f64).sqrt();
            assert!(
                (mean - exact).abs() <= 5.0 * error + 1e-6 * (1.0 + exact),
                "{loss} {at}: {mean} +- {error} {exact}"
            );
        }
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
    let maps = |x: &[f64]| {
        let mut y = vec![0.0; 4 * 64];
        let mut scratch = vec![0.0; Layer::<f64>::scratch_len(&conv, 1)];
        let key = Key::once(1);
        let mut pass = Pass { lanes: 1, training: false, first: false, weights: &[1.0], key, scratch: &mut scratch };
        conv.forward(&theta, x, &mut y, &mut [], &mut pass);
        y
    };
    // One row down and two columns to the right; what comes in from outside is 0.
    let moved: Vec<f64> =
        (0..144).map(|at| if at / 12 < 1 || at % 12 < 2 { 0.0 } else { image[at - 12 - 2] }).collect();
    let (before, after) = (maps(&image), maps(&moved));
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
