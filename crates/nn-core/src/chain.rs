//! Layers in a row.

use crate::Scalar;
use crate::layer::{Layer, LayerFacts, MOST_LANES, Pass, Point, Span};
use std::ops::Range;
use std::sync::Arc;

/// Layers in a row over one theta: the outputs of each are the inputs of the next. A chain is a layer itself.
///
/// Its tape holds what stands between the layers, so that `backward` finds it.
#[derive(Clone, Debug)]
pub struct Chain<F: Scalar> {
    links: Vec<Link<F>>,
}

#[derive(Clone, Debug)]
struct Link<F: Scalar> {
    name: String,
    layer: Arc<dyn Layer<F>>,
    theta: Range<usize>,
    /// Those of the layer, counted once: a sample's answer may be less work than to count them.
    connections: usize,
}

impl<F: Scalar> Link<F> {
    /// With its part of theta from `start` on.
    fn new(name: &str, layer: impl Layer<F> + 'static, start: usize) -> Self {
        let theta = start..start + layer.theta_len();
        let connections = layer.connections();
        Self { name: name.to_owned(), layer: Arc::new(layer), theta, connections }
    }
}

impl<F: Scalar> Chain<F> {
    /// A chain of one layer; its parts of theta are called `name.weight` and so on.
    pub fn new(name: &str, layer: impl Layer<F> + 'static) -> Self {
        Self { links: vec![Link::new(name, layer, 0)] }
    }

    /// With one layer more, which must take as many inputs as there are outputs so far.
    ///
    /// # Panics
    /// Where it does not: a chain is built by a model from sizes that it knows, never from a user's data.
    #[must_use]
    pub fn then(mut self, name: &str, layer: impl Layer<F> + 'static) -> Self {
        assert_eq!(layer.inputs(), self.outputs(), "inputs of layer {name}");
        self.links.push(Link::new(name, layer, self.theta_len()));
        self
    }

    /// What there is to tell of each layer.
    pub fn facts(&self) -> Vec<LayerFacts> {
        let mut before = Vec::new();
        let facts = |link: &Link<F>| {
            // What is done unit by unit leaves them where they are.
            let unit_by_unit = link.theta.is_empty() && before.iter().product::<usize>() == link.layer.outputs();
            let own = link.layer.shape();
            before = if unit_by_unit && own.len() < before.len() { before.clone() } else { own };
            LayerFacts {
                name: link.name.clone(),
                shape: before.clone(),
                parameters: link.theta.len(),
                connections: link.connections,
            }
        };
        self.links.iter().map(facts).collect()
    }

    /// The layers up to the last one that is called `name`, or `name_` with more to it, such as its activation: they share
    /// their settings with these, and their theta is the beginning of it. `None` where there is no such layer.
    pub fn up_to(&self, name: &str) -> Option<Self> {
        let belongs =
            |link: &Link<F>| link.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
        let last = self.links.iter().rposition(belongs)?;
        Some(Self { links: self.links[..=last].to_vec() })
    }

    /// Goes back through the layers from the last to the first that is of use: `visit` is given each, its theta, where it
    /// starts from, where its dL/dx is wanted, its part of what is added to, and the pass.
    fn back(
        &self,
        theta: &[F],
        at: Point<'_, F>,
        mut dx: Option<&mut [F]>,
        sums: &mut [F],
        pass: &mut Pass<'_, F>,
        mut visit: impl FnMut(&Link<F>, Visit<'_, F>, &mut Pass<'_, F>),
    ) {
        let lanes = pass.lanes;
        let width = lanes * self.widest_between();
        let (buffers, mut pass) = pass.split(2 * width);
        // The gradient passes from one buffer to the other, layer by layer; the last layer reads the caller's.
        let (mut front, mut behind) = buffers.split_at_mut(width);
        let last = self.links.len() - 1;
        // Where dx is not wanted, nothing is learned from the layers before the first that has parameters.
        let learns = self.links.iter().position(|link| !link.theta.is_empty()).unwrap_or(last);
        let first = if dx.is_some() { 0 } else { learns };
        for (index, link) in self.links.iter().enumerate().skip(first).rev() {
            let (own, outputs) = self.tape_at(index, lanes);
            let x = if index == 0 { at.x } else { &at.tape[self.tape_at(index - 1, lanes).1] };
            let (y, dy) =
                if index == last { (at.y, at.dy) } else { (&at.tape[outputs.clone()], &behind[..outputs.len()]) };
            let dx = if index == first { dx.take() } else { Some(&mut front[..lanes * link.layer.inputs()]) };
            let at = Point { x, y, tape: &at.tape[own], dy };
            let (theta, sums) = (&theta[link.theta.clone()], &mut sums[link.theta.clone()]);
            let told = Visit { is_last: index == last, theta, at, dx, sums };
            of_layer(&mut pass, index, |pass| visit(link, told, pass));
            std::mem::swap(&mut front, &mut behind);
        }
    }

    /// [`Layer::curvature`], in which `of_last` is given the last layer, what it read, and dL/dx of it before that goes on to
    /// the layer before.
    pub(crate) fn curvature_with(
        &self,
        theta: &[F],
        at: Point<'_, F>,
        diagonal: &mut [F],
        pass: &mut Pass<'_, F>,
        mut of_last: impl FnMut(&dyn Layer<F>, &[F], &mut [F]),
    ) -> bool {
        let mut is_told = true;
        self.back(theta, at, None, diagonal, pass, |link, visit, pass| {
            let Visit { is_last, theta, at, mut dx, sums } = visit;
            is_told &= link.layer.curvature(theta, at, dx.as_deref_mut(), sums, pass);
            if let Some(dx) = dx.filter(|_| is_last) {
                of_last(&*link.layer, at.x, dx);
            }
        });
        is_told
    }

    fn last(&self) -> &Link<F> {
        &self.links[self.links.len() - 1]
    }

    /// The widest that anything is that stands between two layers.
    pub(crate) fn widest_between(&self) -> usize {
        self.links.iter().skip(1).map(|link| link.layer.inputs()).max().unwrap_or(0)
    }

    /// Where the tape holds the own tape of link `index`, and its outputs.
    fn tape_at(&self, index: usize, lanes: usize) -> (Range<usize>, Range<usize>) {
        let own = |link: &Link<F>| link.layer.tape_len(lanes);
        let start = self.links[..index].iter().map(|link| own(link) + lanes * link.layer.outputs()).sum::<usize>();
        let middle = start + own(&self.links[index]);
        (start..middle, middle..middle + lanes * self.links[index].layer.outputs())
    }
}

/// A layer on the way back.
struct Visit<'a, F> {
    is_last: bool,
    theta: &'a [F],
    at: Point<'a, F>,
    dx: Option<&'a mut [F]>,
    /// Its part of what is added to.
    sums: &'a mut [F],
}

/// A prime, larger than the layers that a chain has.
const WAY: u64 = 65_537;

/// The pass of one layer of a chain: each draws random numbers of its own, also where chains stand within chains.
///
/// The upper half of the key's shard tells the way to the layer, from the outermost chain inwards.
fn of_layer<F>(pass: &mut Pass<'_, F>, index: usize, call: impl FnOnce(&mut Pass<'_, F>)) {
    let shard = pass.key.shard;
    let way = (shard >> 32).wrapping_mul(WAY) + index as u64 + 1;
    pass.key.shard = way << 32 | shard & u64::from(u32::MAX);
    call(pass);
    pass.key.shard = shard;
}

impl<F: Scalar> Layer<F> for Chain<F> {
    fn inputs(&self) -> usize {
        self.links[0].layer.inputs()
    }

    fn outputs(&self) -> usize {
        self.last().layer.outputs()
    }

    fn spans(&self) -> Vec<Span> {
        let of = |link: &Link<F>| {
            let spans = link.layer.spans().into_iter();
            spans.map(|span| span.within(&link.name, link.theta.start)).collect::<Vec<_>>()
        };
        self.links.iter().flat_map(of).collect()
    }

    fn theta_len(&self) -> usize {
        self.last().theta.end
    }

    fn connections(&self) -> usize {
        self.links.iter().map(|link| link.connections).sum()
    }

    fn shape(&self) -> Vec<usize> {
        self.last().layer.shape()
    }

    fn tape_len(&self, lanes: usize) -> usize {
        // The last outputs are the caller's y.
        self.tape_at(self.links.len() - 1, lanes).0.end
    }

    fn scratch_len(&self, lanes: usize) -> usize {
        let own = self.links.iter().map(|link| link.layer.scratch_len(lanes)).max().unwrap_or(0);
        2 * lanes * self.widest_between() + own
    }

    fn lanes(&self) -> usize {
        self.links.iter().map(|link| link.layer.lanes()).min().unwrap_or(MOST_LANES)
    }

    fn takes_one_lane(&self) -> bool {
        self.links.iter().all(|link| link.layer.takes_one_lane())
    }

    fn forward(&self, theta: &[F], x: &[F], y: &mut [F], tape: &mut [F], pass: &mut Pass<'_, F>) {
        let lanes = pass.lanes;
        let (mut x, mut rest) = (x, tape);
        let last = self.links.len() - 1;
        for (index, link) in self.links[..last].iter().enumerate() {
            let (own, tail) = rest.split_at_mut(link.layer.tape_len(lanes));
            let (between, tail) = tail.split_at_mut(lanes * link.layer.outputs());
            of_layer(pass, index, |pass| link.layer.forward(&theta[link.theta.clone()], x, between, own, pass));
            (x, rest) = (between, tail);
        }
        let link = self.last();
        of_layer(pass, last, |pass| link.layer.forward(&theta[link.theta.clone()], x, y, rest, pass));
    }

    fn backward(&self, theta: &[F], at: Point<'_, F>, dx: Option<&mut [F]>, grad: &mut [F], pass: &mut Pass<'_, F>) {
        self.back(theta, at, dx, grad, pass, |link, Visit { theta, at, dx, sums, .. }, pass| {
            link.layer.backward(theta, at, dx, sums, pass);
        });
    }
}
