//! Sequences of unequal length in lanes: Elman's net, trained by back-propagation through time. The same two `Dense`
//! run step by step, then backwards; since gradients add, that is a plain loop.

use nn_core::kernels::axpy;
use nn_core::testing::{objective_gradient_error, shard, start};
use nn_core::{
    Activation, At, BatchSize, Dataset, Dense, Layer, Loss, Objective, Point, Rule, Samples, Scalar, Shard, Span,
    State, Sum, Sums, Training, train,
};
use nn_outsider::Case;

/// `h_t = tanh(W [x_t, h_(t-1)] + b)`, `y_t = V h_t + c`, from `h_0 = 0` in each sequence.
///
/// A lane whose sequence is over is frozen: h stays, and no gradient comes from there. carry: the last h of each lane,
/// which nothing here reads; whoever predicts onwards would.
#[derive(Debug)]
struct Elman {
    hidden: Dense,
    output: Dense,
    units: usize,
}

/// What the forward pass writes for each step, one block a step.
struct Memory<'s, F> {
    /// [x_t | h_(t-1)], the inputs of the hidden layer.
    joined: &'s mut [F],
    sums: &'s mut [F],
    /// tanh of the sums.
    tanh: &'s mut [F],
    /// The state: tanh of the sums, or the one before where the lane is frozen.
    h: &'s mut [F],
    y: &'s mut [F],
    dy: &'s mut [F],
    /// Gradients of one step, on the way back.
    djoined: &'s mut [F],
    dh: &'s mut [F],
    dsums: &'s mut [F],
}

impl Elman {
    fn new(inputs: usize, units: usize, outputs: usize) -> Self {
        Self { hidden: Dense::new(inputs + units, units), output: Dense::new(units, outputs), units }
    }

    /// Numbers a lane of each part of [`Memory`]: six for each step, three once.
    fn widths<F: Scalar>(&self, steps: usize) -> [usize; 9] {
        let (joined, outputs, units) =
            (Layer::<F>::inputs(&self.hidden), Layer::<F>::outputs(&self.output), self.units);
        let each_step = [joined, units, units, units, outputs, outputs].map(|width| steps * width);
        let [a, b, c, d, e, f] = each_step;
        [a, b, c, d, e, f, joined, units, units]
    }

    fn memory<'s, F: Scalar>(&self, shard: &Shard<'_, F>, scratch: &'s mut [F]) -> Memory<'s, F> {
        let mut rest = scratch;
        let [joined, sums, tanh, h, y, dy, djoined, dh, dsums] = self.widths::<F>(shard.steps).map(|width| {
            let (part, tail) = std::mem::take(&mut rest).split_at_mut(shard.lanes * width);
            rest = tail;
            part
        });
        Memory { joined, sums, tanh, h, y, dy, djoined, dh, dsums }
    }

    fn theta<'t, F: Scalar>(&self, theta: &'t [F]) -> (&'t [F], &'t [F]) {
        theta.split_at(Layer::<F>::theta_len(&self.hidden))
    }

    /// All steps forwards.
    fn forward<F: Scalar>(&self, theta: &[F], shard: &Shard<'_, F>, last: &mut [F], at: &mut Memory<'_, F>) -> Sum {
        let (hidden, output) = self.theta(theta);
        let mut sum = Sum::default();
        last.fill(F::ZERO);
        for t in 0..shard.steps {
            let now = shard.step(t);
            let joined = block_mut(at.joined, t, shard.steps);
            let (x, before) = joined.split_at_mut(now.x.len());
            x.copy_from_slice(now.x);
            before.copy_from_slice(last);
            let (sums, tanh) = (block_mut(at.sums, t, shard.steps), block_mut(at.tanh, t, shard.steps));
            self.hidden.forward(hidden, joined, sums, &mut [], &mut now.pass(false, &mut []));
            Activation::Tanh.forward(sums, tanh);

            for (at, (last, &tanh)) in last.iter_mut().zip(tanh.iter()).enumerate() {
                if goes_on(shard, at, t) {
                    *last = tanh;
                }
            }
            let h = block_mut(at.h, t, shard.steps);
            h.copy_from_slice(last);
            let y = block_mut(at.y, t, shard.steps);
            self.output.forward(output, h, y, &mut [], &mut now.pass(false, &mut []));
            sum += Loss::SquaredError.gradient(&now, y, block_mut(at.dy, t, shard.steps));
        }
        sum
    }

    /// All steps backwards.
    fn backward<F: Scalar>(&self, theta: &[F], shard: &Shard<'_, F>, at: &mut Memory<'_, F>, gradient: &mut [F]) {
        let (hidden, output) = self.theta(theta);
        let (dhidden, doutput) = gradient.split_at_mut(hidden.len());
        let steps = shard.steps;
        // dL/dh_t is what the output of the step wants, in dsums for the while, and what the next step wants, in dh.
        at.dh.fill(F::ZERO);
        for t in (0..steps).rev() {
            let now = shard.step(t);
            let dy = block(at.dy, t, steps);
            let point = Point { x: block(at.h, t, steps), y: block(at.y, t, steps), tape: &[], dy };
            self.output.backward(output, point, Some(at.dsums), doutput, &mut now.pass(false, &mut []));
            axpy(F::ONE, at.dsums, at.dh);

            let (sums, tanh) = (block(at.sums, t, steps), block(at.tanh, t, steps));
            Activation::Tanh.backward(sums, tanh, at.dh, at.dsums);
            freeze(shard, t, at.dsums);
            let point = Point { x: block(at.joined, t, steps), y: sums, tape: &[], dy: at.dsums };
            self.hidden.backward(hidden, point, Some(at.djoined), dhidden, &mut now.pass(false, &mut []));

            // A frozen lane hands on what it got: h_t is h_(t-1) there.
            let dbefore = &at.djoined[now.x.len()..];
            for (at, (dh, &dbefore)) in at.dh.iter_mut().zip(dbefore).enumerate() {
                if goes_on(shard, at, t) {
                    *dh = dbefore;
                }
            }
        }
    }
}

/// Whether the sequence in the lane of this number still goes on at step t.
fn goes_on<F>(shard: &Shard<'_, F>, number: usize, t: usize) -> bool {
    t < shard.lengths[number % shard.lanes] as usize
}

/// Zero where a sequence is over.
fn freeze<F: Scalar>(shard: &Shard<'_, F>, t: usize, numbers: &mut [F]) {
    for (at, number) in numbers.iter_mut().enumerate() {
        if !goes_on(shard, at, t) {
            *number = F::ZERO;
        }
    }
}

/// The block of step t.
fn block<F>(all: &[F], t: usize, steps: usize) -> &[F] {
    let len = all.len() / steps;
    &all[t * len..][..len]
}

fn block_mut<F>(all: &mut [F], t: usize, steps: usize) -> &mut [F] {
    let len = all.len() / steps;
    &mut all[t * len..][..len]
}

impl<F: Scalar> Objective<F> for Elman {
    fn spans(&self) -> Vec<Span> {
        let start = Layer::<F>::theta_len(&self.hidden);
        let hidden = Layer::<F>::spans(&self.hidden).into_iter().map(|span| span.within("hidden", 0));
        let output = Layer::<F>::spans(&self.output).into_iter().map(|span| span.within("output", start));
        hidden.chain(output).collect()
    }

    fn targets(&self) -> usize {
        Layer::<F>::outputs(&self.output)
    }

    fn lanes(&self, _samples: usize) -> usize {
        16
    }

    fn scratch_len(&self, lanes: usize, steps: usize) -> usize {
        lanes * self.widths::<F>(steps).iter().sum::<usize>()
    }

    fn carry_len(&self, lanes: usize) -> usize {
        lanes * self.units
    }

    fn loss(&self, at: At<'_, F>, shard: &Shard<'_, F>, last: &mut [F], scratch: &mut [F]) -> Sum {
        self.forward(at.theta, shard, last, &mut self.memory(shard, scratch))
    }

    fn gradient(
        &self,
        at: At<'_, F>,
        shard: &Shard<'_, F>,
        sums: Sums<'_, F>,
        last: &mut [F],
        scratch: &mut [F],
    ) -> Sum {
        let mut memory = self.memory(shard, scratch);
        let sum = self.forward(at.theta, shard, last, &mut memory);
        self.backward(at.theta, shard, &mut memory, sums.gradient);
        sum
    }
}

/// Sequences of 1 to 5 steps, of which each tells at its last step how it began; only that step counts.
struct Remember {
    x: Vec<f64>,
    target: Vec<f64>,
    weights: Vec<f64>,
    starts: Vec<usize>,
}

impl Remember {
    fn new(sequences: usize) -> Self {
        let mut all = Self { x: Vec::new(), target: Vec::new(), weights: Vec::new(), starts: Vec::new() };
        for sequence in 0..sequences {
            let length = 1 + sequence * sequence % 5;
            all.starts.push(all.x.len());
            all.x.extend((0..length).map(|t| ((7 * sequence + 3 * t) as f64).sin()));
            let first = all.x[all.x.len() - length];
            all.target.extend((0..length).map(|_| first));
            all.weights.extend((1..=length).map(|step| if step == length { 1.0 } else { 0.0 }));
        }
        all
    }

    fn samples(&self) -> Samples<'_, f64> {
        let data = Dataset::from_slice(1, &self.x).values_from_slice(1, &self.target);
        Samples::new(data.weights(&self.weights).sequences(&self.starts), 1)
    }

    /// One sequence alone.
    fn only(&self, sequence: usize) -> Self {
        let end = self.starts.get(sequence + 1).copied().unwrap_or(self.x.len());
        let part = |all: &[f64]| all[self.starts[sequence]..end].to_vec();
        Self { x: part(&self.x), target: part(&self.target), weights: part(&self.weights), starts: vec![0] }
    }
}

/// The gradient of the mean loss: where a step of length 1 down it leads from theta.
fn mean_gradient(objective: &Elman, theta: &[f64], samples: &Samples<'_, f64>) -> (f64, Vec<f64>, State<f64>) {
    let training = Training {
        optimizer: Rule::Sgd,
        learning_rate: 1.0,
        momentum: 0.0,
        batch_size: BatchSize::All,
        ..Training::default()
    };
    let mut state = State::new(objective, theta.to_vec(), training.optimizer);
    let loss = train::pass(objective, &mut state, samples, &training).unwrap();
    (loss, theta.iter().zip(&state.theta).map(|(before, after)| before - after).collect(), state)
}

#[test]
fn its_gradient_is_the_slope_whatever_the_lengths_and_weights() {
    let objective = Elman::new(2, 3, 2);
    let (lanes, steps) = (16, 4);
    let x: Vec<f64> = (0..steps * lanes * 2).map(|i| (i as f64).sin()).collect();
    let target: Vec<f64> = (0..steps * lanes * 2).map(|i| (i as f64).cos()).collect();
    // From no step at all, a lane that only fills up, to all four; within a sequence a step may weigh nothing.
    let lengths: Vec<u32> = (0..16).map(|lane| lane % 5).collect();
    let weight = |t: usize, lane: usize| if t < lengths[lane] as usize { ((t + lane) % 3) as f64 / 2.0 } else { 0.0 };
    let weights: Vec<f64> = (0..steps * lanes).map(|i| weight(i / lanes, i % lanes)).collect();
    let shard = Shard { steps, weights: &weights, lengths: &lengths, ..shard(lanes, &x, &target) };
    let error = objective_gradient_error(&objective, &start(&objective), &shard);
    assert!(error < 1e-6, "{error}");
}

#[test]
fn each_sequence_learns_as_if_it_were_alone() {
    let (objective, data) = (Elman::new(1, 3, 1), Remember::new(20));
    let theta = start(&objective);
    let (loss, gradient, _) = mean_gradient(&objective, &theta, &data.samples());
    let mut loss_alone = 0.0;
    let mut gradient_alone = vec![0.0; theta.len()];
    for sequence in 0..20 {
        let (loss, gradient, _) = mean_gradient(&objective, &theta, &data.only(sequence).samples());
        loss_alone += loss / 20.0;
        axpy(1.0 / 20.0, &gradient, &mut gradient_alone);
    }
    assert!((loss - loss_alone).abs() < 1e-15, "{loss} {loss_alone}");
    let off = gradient.iter().zip(&gradient_alone).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(off < 1e-15, "{off}");
}

#[test]
fn a_lane_whose_sequence_is_over_keeps_its_last_state() {
    let (objective, data) = (Elman::new(1, 3, 1), Remember::new(16));
    let theta = start(&objective);
    let (_, _, together) = mean_gradient(&objective, &theta, &data.samples());
    for sequence in 0..16 {
        let (_, _, alone) = mean_gradient(&objective, &theta, &data.only(sequence).samples());
        for unit in 0..3 {
            // The sequence lies in the lane of its number, and alone in the first.
            assert_eq!(together.carry[unit * 16 + sequence], alone.carry[unit * 16], "{sequence}");
        }
    }
}

/// Nothing that stands in a lane after its sequence is over shows, not in a bit.
#[test]
fn padding_never_matters() {
    let objective = Elman::new(1, 3, 1);
    let theta = start(&objective);
    let (lanes, steps) = (16, 3);
    let lengths: Vec<u32> = (0..16).map(|lane| lane % 4).collect();
    let over = |i: usize| lengths[i % lanes] as usize <= i / lanes;
    let weights: Vec<f64> = (0..48).map(|i| if over(i) { 0.0 } else { 1.0 }).collect();
    let outcome = |padding: f64| {
        let x: Vec<f64> = (0..48).map(|i| if over(i) { padding } else { (i as f64).sin() }).collect();
        let shard = Shard { steps, weights: &weights, lengths: &lengths, ..shard(lanes, &x, &x) };
        let mut gradient = vec![0.0; theta.len()];
        let mut last = vec![0.0; Objective::<f64>::carry_len(&objective, lanes)];
        let mut scratch = vec![0.0; Objective::<f64>::scratch_len(&objective, lanes, steps)];
        let sums = Sums { first: true, gradient: &mut gradient, extra: &mut [] };
        let sum = objective.gradient(At { theta: &theta, running: &[] }, &shard, sums, &mut last, &mut scratch);
        (sum, gradient, last)
    };
    assert_eq!(outcome(0.0), outcome(1e6));
}

#[test]
fn it_remembers_how_a_sequence_began() {
    let (objective, data) = (Elman::new(1, 6, 1), Remember::new(80));
    let training =
        Training { batch_size: BatchSize::Count(20), learning_rate: 0.01, epochs: 300, ..Training::default() };
    let case = Case { objective: &objective, theta: start(&objective), samples: data.samples(), training };
    let (_, history) = case.train();
    assert!(history.losses[299] < 0.05 * history.losses[0], "{:?}", history.losses.last());
}

#[test]
fn neither_threads_nor_a_kill_show() {
    let (objective, data) = (Elman::new(1, 3, 1), Remember::new(90));
    for batch_size in [BatchSize::Count(40), BatchSize::All] {
        let training = Training { batch_size, epochs: 5, ..Training::default() };
        let case = Case { objective: &objective, theta: start(&objective), samples: data.samples(), training };
        case.keeps_its_promises();
    }
}
