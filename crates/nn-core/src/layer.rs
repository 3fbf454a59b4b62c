//! What a network is made of: differentiable maps from one slice of parameters and a shard of samples.

use crate::Scalar;
use crate::random::Key;
use std::fmt::Debug;
use std::ops::Range;

/// The most lanes that a shard has.
pub const MOST_LANES: usize = 64;
/// A shard has one lane, or a multiple of so many.
pub(crate) const LANES_STEP: usize = 16;

/// A differentiable map y = f(theta, x). It is shape and settings only; the numbers stand in theta, and nothing is
/// kept between two calls.
///
/// # Shapes
/// A shard of samples lies *in lanes*: x is lanes × inputs, column-major, so that for each input the samples of the
/// shard lie side by side and fill the vector lanes of the processor; y is lanes × outputs. There are 1 or a
/// multiple of 16 lanes, [`Pass::lanes`]. `theta` and `grad` are this layer's own [`theta_len`](Layer::theta_len)
/// numbers; `tape` is what `forward` leaves for `backward`.
pub trait Layer<F: Scalar>: Debug + Send + Sync {
    /// Columns of x.
    fn inputs(&self) -> usize;

    /// Columns of y.
    fn outputs(&self) -> usize;

    /// The parts of theta by name, in their order and without gaps.
    fn spans(&self) -> Vec<Span> {
        Vec::new()
    }

    /// Length of theta.
    fn theta_len(&self) -> usize {
        self.spans().last().map_or(0, |span| span.range.end)
    }

    /// Connections that a sample goes through, biases included: each weight as often as it is met. It is the work of a
    /// pass, and what textbooks count.
    fn connections(&self) -> usize {
        self.theta_len()
    }

    /// The axes of y, for readers: `[maps, rows, columns]` of images.
    fn shape(&self) -> Vec<usize> {
        vec![self.outputs()]
    }

    /// How much `forward` leaves for `backward` beside x and y: a mask, the place of a maximum.
    fn tape_len(&self, _lanes: usize) -> usize {
        0
    }

    /// How much scratch `forward` and `backward` take from [`Pass::scratch`]; what it holds at first is arbitrary.
    fn scratch_len(&self, _lanes: usize) -> usize {
        0
    }

    /// How many lanes a shard has at best: 64, or 16 where a sample is large.
    fn lanes(&self) -> usize {
        MOST_LANES
    }

    /// Whether a shard of a single lane is taken as well; otherwise one sample is padded to 16.
    fn takes_one_lane(&self) -> bool {
        true
    }

    /// Writes y and the tape.
    fn forward(&self, theta: &[F], x: &[F], y: &mut [F], tape: &mut [F], pass: &mut Pass<'_, F>);

    /// **Adds** to `diagonal` how the layer itself bends the loss: the diagonal of `sum_j dL/dy_j d2y_j/dx2`, where that is no
    /// less than 0. Most layers are taken for straight; the diagonal rule asks the last one.
    ///
    /// # Shapes
    /// `x`, `diagonal`: lanes × inputs. `dy`: lanes × outputs.
    fn bend(&self, _x: &[F], _dy: &[F], _lanes: usize, _diagonal: &mut [F]) {}

    /// As [`backward`](Self::backward), but **adds** to `diagonal` the squares of what each connection of each lane has for a
    /// slope: `sum (dL/du)^2` over the connections u that share the parameter, as if each had one of its own. Gives back whether
    /// it can; the diagonal rule needs it. A layer without parameters has nothing to add.
    fn curvature(
        &self,
        theta: &[F],
        at: Point<'_, F>,
        dx: Option<&mut [F]>,
        _diagonal: &mut [F],
        pass: &mut Pass<'_, F>,
    ) -> bool {
        let has_none = self.theta_len() == 0;
        if has_none {
            self.backward(theta, at, dx, &mut [], pass);
        }
        has_none
    }

    /// Given dL/dy, **adds** dL/dtheta to `grad`, and writes dL/dx where the caller wants it.
    ///
    /// Gradients are added, so a recurrent net is a plain loop; the first layer's dL/dx is never computed.
    fn backward(&self, theta: &[F], at: Point<'_, F>, dx: Option<&mut [F]>, grad: &mut [F], pass: &mut Pass<'_, F>);
}

/// Where [`Layer::backward`] starts from: what `forward` read and wrote, and the gradient that comes from behind.
#[derive(Clone, Copy, Debug)]
pub struct Point<'a, F> {
    /// What `forward` read.
    pub x: &'a [F],
    /// What it wrote.
    pub y: &'a [F],
    /// What it left behind.
    pub tape: &'a [F],
    /// dL/dy.
    pub dy: &'a [F],
}

/// The circumstances of one pass over a shard.
#[derive(Debug)]
pub struct Pass<'a, F> {
    /// Samples side by side: 1, or a multiple of 16.
    pub lanes: usize,
    /// Whether this is a training step; dropout acts only then.
    pub training: bool,
    /// Whether the gradient that `backward` adds to is still zero: a layer may then write instead of adding.
    pub first: bool,
    /// The weight of each lane; 0 marks a lane that only fills up.
    pub weights: &'a [F],
    /// Where random numbers come from. A [`Chain`](crate::Chain) gives each of its layers another one.
    pub key: Key,
    /// Room for what lasts no longer than the call; see [`split`](Pass::split).
    pub scratch: &'a mut [F],
}

impl<F> Pass<'_, F> {
    /// The first `len` numbers of the scratch, and the pass with what remains.
    pub fn split(&mut self, len: usize) -> (&mut [F], Pass<'_, F>) {
        let (own, scratch) = self.scratch.split_at_mut(len);
        let rest = Pass { scratch, ..*self };
        (own, rest)
    }
}

/// A layer as readers are told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerFacts {
    /// Its name: `c1`.
    pub name: String,
    /// The axes of what leaves it.
    pub shape: Vec<usize>,
    /// Its numbers in theta.
    pub parameters: usize,
    /// [`Layer::connections`].
    pub connections: usize,
}

/// A named part of theta.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its name, such as `output.weight`.
    pub name: String,
    /// Where it stands in theta.
    pub range: Range<usize>,
    /// Its axes, the last one running fastest: `[outputs, inputs]` for the weights of a dense layer.
    pub shape: Vec<usize>,
    /// Strength of a connection or a bias: they start differently.
    pub role: Role,
    /// Connections that come into a unit, its bias left out, and units that one of the inputs goes to: starts are scaled by
    /// them.
    pub fans: [usize; 2],
}

/// What a part of theta is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Strengths of connections.
    Weight,
    /// The chapter's thresholds with the opposite sign.
    Bias,
}

impl Span {
    /// A part called `name` that starts at `start`.
    pub fn new(name: &str, start: usize, shape: &[usize], role: Role) -> Self {
        let len = shape.iter().product::<usize>();
        let fans = match shape {
            [] => [0, 0],
            // Of a convolution's kernel each place goes to each map.
            [outputs, inputs @ ..] => {
                let places = inputs.iter().skip(1).product::<usize>();
                [inputs.iter().product(), outputs * places]
            }
        };
        Self { name: name.to_owned(), range: start..start + len, shape: shape.to_vec(), role, fans }
    }

    /// The same where so many connections come into a unit, and an input goes to so many units.
    #[must_use]
    pub fn with_fans(self, fans: [usize; 2]) -> Self {
        Self { fans, ..self }
    }

    /// The part as it stands in a larger theta, from `start` on, as a part of `owner`.
    #[must_use]
    pub fn within(mut self, owner: &str, start: usize) -> Self {
        self.name = format!("{owner}.{}", self.name);
        self.range = self.range.start + start..self.range.end + start;
        self
    }
}
