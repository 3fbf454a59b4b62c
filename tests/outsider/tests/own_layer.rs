//! A user's own layers: a convolution and a max-pooling with the samples in the lanes, in a chain with `Dense`.

use nn_core::kernels::{axpy, dot, sum_columns};
use nn_core::random::Key;
use nn_core::testing::layer_gradient_error;
use nn_core::{
    Activate, Activation, BatchSize, Chain, Dataset, Dense, Init, Layer, Loss, Objective, Pass, Point, Role, Samples,
    Scalar, Span, Supervised, Training,
};
use nn_outsider::Case;

/// The side of the image, of a map, of a pooled map.
const IMAGE: usize = 6;
const MAP: usize = 4;
const POOLED: usize = 2;
const MAPS: usize = 2;

/// One image of 6 × 6 into two maps of 4 × 4, by a kernel of 3 × 3 each: `y_rc = b + sum_ij w_ij x_(r+i)(c+j)`.
///
/// theta: [9 weights for each map | biases].
#[derive(Debug)]
struct Convolution;

/// For each output: its map, its column in y, and for each of its nine weights the weight and the column in x.
fn connections() -> impl Iterator<Item = (usize, usize, [(usize, usize); 9])> {
    (0..MAPS * MAP * MAP).map(|output| {
        let (map, row, column) = (output / (MAP * MAP), output / MAP % MAP, output % MAP);
        (map, output, std::array::from_fn(|k| (9 * map + k, (row + k / 3) * IMAGE + column + k % 3)))
    })
}

/// Column `index` of a matrix with so many lanes.
fn column<F>(x: &[F], index: usize, lanes: usize) -> &[F] {
    &x[index * lanes..][..lanes]
}

fn column_mut<F>(x: &mut [F], index: usize, lanes: usize) -> &mut [F] {
    &mut x[index * lanes..][..lanes]
}

impl<F: Scalar> Layer<F> for Convolution {
    fn inputs(&self) -> usize {
        IMAGE * IMAGE
    }

    fn outputs(&self) -> usize {
        MAPS * MAP * MAP
    }

    fn spans(&self) -> Vec<Span> {
        vec![Span::new("weight", 0, &[MAPS, 1, 3, 3], Role::Weight), Span::new("bias", 9 * MAPS, &[MAPS], Role::Bias)]
    }

    fn forward(&self, theta: &[F], x: &[F], y: &mut [F], _: &mut [F], pass: &mut Pass<'_, F>) {
        for (map, output, from) in connections() {
            let y = column_mut(y, output, pass.lanes);
            y.fill(theta[9 * MAPS + map]);
            from.into_iter().for_each(|(weight, input)| axpy(theta[weight], column(x, input, pass.lanes), y));
        }
    }

    fn backward(
        &self,
        theta: &[F],
        at: Point<'_, F>,
        mut dx: Option<&mut [F]>,
        grad: &mut [F],
        pass: &mut Pass<'_, F>,
    ) {
        let lanes = pass.lanes;
        if let Some(dx) = dx.as_deref_mut() {
            dx.fill(F::ZERO);
        }
        for (map, output, from) in connections() {
            let dy = column(at.dy, output, lanes);
            sum_columns(dy, lanes, &mut grad[9 * MAPS + map..][..1]);
            for (weight, input) in from {
                grad[weight] += dot(dy, column(at.x, input, lanes));
                if let Some(dx) = dx.as_deref_mut() {
                    axpy(theta[weight], dy, column_mut(dx, input, lanes));
                }
            }
        }
    }
}

/// The largest of each 2 × 2 of the maps. The tape keeps for each output and lane which of the four it was.
#[derive(Debug)]
struct MaxPooling;

/// The columns in x of the four that `output` is the largest of.
fn pooled_from(output: usize) -> [usize; 4] {
    let (map, row, column) = (output / (POOLED * POOLED), output / POOLED % POOLED, output % POOLED);
    std::array::from_fn(|k| map * MAP * MAP + (2 * row + k / 2) * MAP + 2 * column + k % 2)
}

impl<F: Scalar> Layer<F> for MaxPooling {
    fn inputs(&self) -> usize {
        MAPS * MAP * MAP
    }

    fn outputs(&self) -> usize {
        MAPS * POOLED * POOLED
    }

    fn tape_len(&self, lanes: usize) -> usize {
        lanes * Layer::<F>::outputs(self)
    }

    fn lanes(&self) -> usize {
        16
    }

    fn takes_one_lane(&self) -> bool {
        false
    }

    fn forward(&self, _: &[F], x: &[F], y: &mut [F], tape: &mut [F], pass: &mut Pass<'_, F>) {
        let lanes = pass.lanes;
        assert!(lanes.is_multiple_of(16), "a layer that takes no single lane is given none");
        for (at, (y, largest)) in y.iter_mut().zip(tape).enumerate() {
            let (output, lane) = (at / lanes, at % lanes);
            let four = pooled_from(output).map(|input| x[input * lanes + lane]);
            let place = (1..4).fold(0, |best, k| if four[best] < four[k] { k } else { best });
            (*y, *largest) = (four[place], F::from_f64(place as f64));
        }
    }

    fn backward(&self, _: &[F], at: Point<'_, F>, dx: Option<&mut [F]>, _: &mut [F], pass: &mut Pass<'_, F>) {
        let Some(dx) = dx else { return };
        let lanes = pass.lanes;
        dx.fill(F::ZERO);
        for (at, (&dy, largest)) in at.dy.iter().zip(at.tape).enumerate() {
            let input = pooled_from(at / lanes)[largest.to_f64() as usize];
            dx[input * lanes + at % lanes] = dy;
        }
    }
}

fn network<F: Scalar>() -> Supervised<F> {
    let chain = Chain::new("convolution", Convolution)
        .then("tanh", Activate::new(Activation::Tanh, MAPS * MAP * MAP))
        .then("pooling", MaxPooling)
        .then("output", Dense::new(MAPS * POOLED * POOLED, 2));
    Supervised { chain, loss: Loss::CrossEntropy }
}

/// Bars: class 0 lies, class 1 stands, one for each of six rows or columns, a little uneven.
fn bars() -> (Vec<f64>, Vec<u32>) {
    let brightness = |image: usize, pixel: usize| {
        let along = if image.is_multiple_of(2) { pixel / IMAGE } else { pixel % IMAGE };
        f64::from(u8::from(along == image / 2 % IMAGE)) + 0.1 * ((7 * image + pixel) as f64).sin()
    };
    let x = (0..36).flat_map(|image| (0..36).map(move |pixel| brightness(image, pixel))).collect();
    (x, (0..36).map(|image| image % 2).collect())
}

/// Not that of `testing`, from which one of the bars is not learned.
fn start<F: Scalar>(objective: &impl Objective<F>) -> Vec<F> {
    let mut theta = vec![F::ZERO; objective.theta_len()];
    Init::Glorot.fill(&objective.spans(), &mut theta, Key::once(2));
    theta
}

#[test]
fn gradients_are_the_slopes() {
    for error in [
        layer_gradient_error(&Convolution, 16),
        layer_gradient_error(&MaxPooling, 16),
        layer_gradient_error(&network().chain, 32),
    ] {
        assert!(error < 1e-6, "{error}");
    }
}

#[test]
fn a_chain_takes_no_single_lane_where_one_of_its_layers_does_not() {
    let objective = network::<f64>();
    assert_eq!([1, 2, 16, 17, 100].map(|samples| objective.lanes(samples)), [16; 5]);
}

#[test]
fn the_parts_of_theta_are_named_by_layer() {
    let spans = Objective::<f64>::spans(&network());
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["convolution.weight", "convolution.bias", "output.weight", "output.bias"]);
    assert_eq!(spans[0].shape, [2, 1, 3, 3]);
}

#[test]
fn it_learns_to_tell_lying_bars_from_standing_ones() {
    let (x, labels) = bars();
    let objective = network();
    let samples = Samples::new(Dataset::from_slice(36, &x).labels(&labels), 2);
    for batch_size in [BatchSize::Count(1), BatchSize::Count(5), BatchSize::All] {
        let training = Training { batch_size, learning_rate: 0.01, epochs: 200, ..Training::default() };
        let case = Case { objective: &objective, theta: start(&objective), samples, training };
        let (state, _) = case.train();
        let mut answers = vec![0.0; 2 * 36];
        objective.answer(&state.theta, &samples, &mut answers);
        let right = answers.chunks(2).zip(&labels).filter(|(answer, label)| (answer[0] < answer[1]) == (**label == 1));
        assert_eq!(right.count(), 36, "{batch_size:?}");
    }
}

#[test]
fn neither_threads_nor_a_kill_show() {
    let (x, labels) = bars();
    let objective = network();
    let samples = Samples::new(Dataset::from_slice(36, &x).labels(&labels), 2);
    for batch_size in [BatchSize::Count(1), BatchSize::All] {
        let training = Training { batch_size, epochs: 5, ..Training::default() };
        Case { objective: &objective, theta: start(&objective), samples, training }.keeps_its_promises();
    }
}
