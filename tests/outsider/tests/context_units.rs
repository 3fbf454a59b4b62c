//! Copy-back recurrence: the context units of Elman's net hold what the hidden units were at the step before. Between
//! two batches they are the objective's carry; no gradient flows through the copy.

use nn_core::random::Key;
use nn_core::testing::{objective_gradient_error, shard, start};
use nn_core::{
    Activation, At, BatchSize, Dataset, Dense, Layer, Loss, Objective, Point, Samples, Scalar, Shard, Span, Sum, Sums,
    Training,
};
use nn_outsider::Case;

/// `h = tanh(W [x, context] + b)`, `y = V h + c`, then `context = h`. Elman 1990.
///
/// A lane is a stream of its own: the batches hold its steps one after another. carry: the context, lanes × hidden.
#[derive(Debug)]
struct ContextNet {
    hidden: Dense,
    output: Dense,
    units: usize,
}

/// What one pass writes.
struct Memory<'s, F> {
    /// [x | context], the inputs of the hidden layer.
    joined: &'s mut [F],
    sums: &'s mut [F],
    h: &'s mut [F],
    y: &'s mut [F],
    dy: &'s mut [F],
    dh: &'s mut [F],
    dsums: &'s mut [F],
}

impl ContextNet {
    fn new(inputs: usize, units: usize) -> Self {
        Self { hidden: Dense::new(inputs + units, units), output: Dense::new(units, 2), units }
    }

    fn widths<F: Scalar>(&self) -> [usize; 7] {
        [Layer::<F>::inputs(&self.hidden), self.units, self.units, 2, 2, self.units, self.units]
    }

    fn memory<'s, F: Scalar>(&self, lanes: usize, scratch: &'s mut [F]) -> Memory<'s, F> {
        let mut rest = scratch;
        let [joined, sums, h, y, dy, dh, dsums] = self.widths::<F>().map(|width| {
            let (part, tail) = std::mem::take(&mut rest).split_at_mut(lanes * width);
            rest = tail;
            part
        });
        Memory { joined, sums, h, y, dy, dh, dsums }
    }

    fn theta<'t, F: Scalar>(&self, theta: &'t [F]) -> (&'t [F], &'t [F]) {
        theta.split_at(Layer::<F>::theta_len(&self.hidden))
    }

    fn forward<F: Scalar>(&self, theta: &[F], shard: &Shard<'_, F>, context: &mut [F], at: &mut Memory<'_, F>) -> Sum {
        let (hidden, output) = self.theta(theta);
        let (x, before) = at.joined.split_at_mut(shard.x.len());
        x.copy_from_slice(shard.x);
        before.copy_from_slice(context);
        self.hidden.forward(hidden, at.joined, at.sums, &mut [], &mut shard.pass(false, &mut []));
        Activation::Tanh.forward(at.sums, at.h);
        self.output.forward(output, at.h, at.y, &mut [], &mut shard.pass(false, &mut []));
        for (at, (context, &h)) in context.iter_mut().zip(at.h.iter()).enumerate() {
            // A lane that a short batch leaves empty keeps what it has.
            if 0 < shard.lengths[at % shard.lanes] {
                *context = h;
            }
        }
        Loss::SquaredError.gradient(shard, at.y, at.dy)
    }
}

impl<F: Scalar> Objective<F> for ContextNet {
    fn spans(&self) -> Vec<Span> {
        let start = Layer::<F>::theta_len(&self.hidden);
        let hidden = Layer::<F>::spans(&self.hidden).into_iter().map(|span| span.within("hidden", 0));
        let output = Layer::<F>::spans(&self.output).into_iter().map(|span| span.within("output", start));
        hidden.chain(output).collect()
    }

    fn targets(&self) -> usize {
        2
    }

    fn lanes(&self, _samples: usize) -> usize {
        16
    }

    fn scratch_len(&self, lanes: usize, _steps: usize) -> usize {
        lanes * self.widths::<F>().iter().sum::<usize>()
    }

    fn carry_len(&self, lanes: usize) -> usize {
        lanes * self.units
    }

    fn loss(&self, at: At<'_, F>, shard: &Shard<'_, F>, context: &mut [F], scratch: &mut [F]) -> Sum {
        self.forward(at.theta, shard, context, &mut self.memory(shard.lanes, scratch))
    }

    fn gradient(
        &self,
        at: At<'_, F>,
        shard: &Shard<'_, F>,
        sums: Sums<'_, F>,
        context: &mut [F],
        scratch: &mut [F],
    ) -> Sum {
        let mut memory = self.memory(shard.lanes, scratch);
        let sum = self.forward(at.theta, shard, context, &mut memory);
        let Memory { joined, sums: s, h, y, dy, dh, dsums } = memory;
        let (hidden, output) = self.theta(at.theta);
        let (dhidden, doutput) = sums.gradient.split_at_mut(hidden.len());
        let point = Point { x: h, y, tape: &[], dy };
        self.output.backward(output, point, Some(dh), doutput, &mut shard.pass(false, &mut []));
        Activation::Tanh.backward(s, h, dh, dsums);
        let point = Point { x: joined, y: s, tape: &[], dy: dsums };
        self.hidden.backward(hidden, point, None, dhidden, &mut shard.pass(false, &mut []));
        sum
    }
}

/// Streams side by side, steps one after another: random bits, of which each is to be told at once and one step later.
fn echo(streams: usize, steps: usize) -> (Vec<f64>, Vec<f64>) {
    let mut uniform = vec![0.0; streams * steps];
    nn_core::kernels::random::fill_uniform(&mut Key::once(2).stream("bits"), &mut uniform);
    let x: Vec<f64> = uniform.iter().map(|u| f64::from(u8::from(0.5 <= *u))).collect();
    let before = |at: usize| if at < streams { 0.0 } else { x[at - streams] };
    let target = (0..x.len()).flat_map(|at| [x[at], before(at)]).collect();
    (x, target)
}

#[test]
fn its_gradient_is_the_slope_for_the_context_that_it_found() {
    let objective = ContextNet::new(2, 3);
    let x: Vec<f64> = (0..32).map(|i| f64::from(i).sin()).collect();
    let target = [0.4; 32];
    let error = objective_gradient_error(&objective, &start(&objective), &shard(16, &x, &target));
    assert!(error < 1e-6, "{error}");
}

/// Whoever remembers nothing can do no better than to say 0.5 for the bit before, at a loss of 1/2 0.5^2.
#[test]
fn it_tells_the_bit_of_the_step_before() {
    let objective = ContextNet::new(1, 4);
    let (x, y) = echo(160, 20);
    let samples = Samples::new(Dataset::from_slice(1, &x).values_from_slice(2, &y), 2);
    let training = Training {
        batch_size: BatchSize::Count(160),
        shuffle: false,
        learning_rate: 0.01,
        epochs: 100,
        ..Training::default()
    };
    let (state, history) = Case { objective: &objective, theta: start(&objective), samples, training }.train();
    assert!(history.losses[99] < 0.02, "{:?}", history.losses.last());
    assert_eq!(state.carry.len(), 160 * 4);
}

#[test]
fn neither_threads_nor_a_kill_show() {
    let objective = ContextNet::new(1, 4);
    // The last batch holds 70 of 100 streams: two shards are left out, one is part empty.
    let (x, y) = echo(10, 27);
    let samples = Samples::new(Dataset::from_slice(1, &x).values_from_slice(2, &y), 2);
    let training = Training { batch_size: BatchSize::Count(100), shuffle: false, epochs: 5, ..Training::default() };
    Case { objective: &objective, theta: start(&objective), samples, training }.keeps_its_promises();
}
