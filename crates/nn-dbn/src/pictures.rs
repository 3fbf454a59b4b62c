//! What a report shows of a net: what the units of each layer look for, what it makes up, how each layer learned, and what
//! pre-training was worth.

use crate::model::Dbn;
use nn_core::kernels::{Onto, View};
use nn_core::nalgebra::DMatrix;
use nn_core::{Picture, Scalar, linalg};

/// Units of a layer whose filters are drawn.
const MOST_UNITS: usize = 64;
/// Samples in a row.
const IN_A_ROW: usize = 10;
/// Steps of the chains at the top after which samples are shown, and times weights at most: a report is not to take minutes.
const LOOKS: [usize; 3] = [10, 100, 1000];
const MOST_STEPS: usize = 1 << 26;

impl<F: Scalar> Dbn<F> {
    /// All of them; none needs samples.
    pub(crate) fn drawn(&self) -> Vec<Picture> {
        let mut pictures = self.filters();
        pictures.extend(self.dreams());
        pictures.extend(self.learned());
        pictures.extend(self.compared());
        pictures
    }

    /// The weights of the first layer, and of each above it those of the layers below, added up by its own.
    fn filters(&self) -> Vec<Picture> {
        let features = self.stack.features;
        let mut below: Option<Vec<F>> = None;
        let mut pictures = Vec::new();
        for (layer, machine) in self.stack.machines.iter().enumerate() {
            let own = machine.machine();
            let weights = machine.weights().rows(0, own.features).into_owned();
            let filters = match &below {
                None => weights.as_slice().to_vec(),
                Some(below) => {
                    let mut sums = vec![F::ZERO; features * own.hidden];
                    let own_weights = View::new(weights.as_slice(), own.features, own.hidden);
                    linalg::product(View::new(below, features, own.features), own_weights, Onto::Zero, &mut sums);
                    sums
                }
            };
            let units = own.hidden.min(MOST_UNITS);
            let shown = DMatrix::from_column_slice(features, units, &filters[..features * units]);
            let title = match layer {
                0 => "filters of layer 1".to_owned(),
                _ => format!("filters of layer {}, through those below", layer + 1),
            };
            // What is beyond the float is not drawn.
            if shown.iter().all(|x| x.is_finite()) {
                pictures.push(Picture::Weights { title, weights: shown.map(F::to_f64), by_class: false });
            }
            below = Some(filters);
        }
        pictures
    }

    /// Samples that it makes up: of each class where labels are units.
    fn dreams(&self) -> Option<Picture> {
        let top = self.stack.machines.last()?;
        let classes = top.machine().classes;
        // All in one block; with the same seed each look is one at the same chains, further on.
        let each_class: Vec<u32> = (0..classes.min(IN_A_ROW) as u32).collect();
        let seed = self.params.seed;
        let made = |steps: usize| -> Option<DMatrix<f64>> {
            let made = match classes {
                0 => self.stack.generate(IN_A_ROW, None, steps, seed),
                _ => self.stack.generate_each(&each_class, steps, seed),
            };
            made.ok().map(|made| made.map(F::to_f64))
        };
        let few_enough = |steps: &&usize| **steps == LOOKS[0] || **steps * top.theta().len() <= MOST_STEPS;
        let looks = LOOKS.iter().filter(few_enough);
        let rows = looks.map(|&steps| Some((format!("after {steps} steps"), made(steps)?)));
        let of_class = if 0 < classes { " Each column holds the label unit of one class." } else { "" };
        Some(Picture::Samples {
            title: "samples that the net makes up".to_owned(),
            text: format!(
                "Chains of Gibbs sampling between the two layers at the top, told downwards to the features once, as pre-training \
                 left the net.{of_class}"
            ),
            rows: rows.collect::<Option<_>>()?,
        })
    }

    /// How each layer learned.
    fn learned(&self) -> Option<Picture> {
        let of_layer = |layer: usize| (format!("layer {}", layer + 1), self.stack.losses_of(layer).to_vec());
        let layers = (0..self.stack.machines.len()).map(of_layer);
        let lines: Vec<(String, Vec<f64>)> = layers.filter(|(_, losses)| !losses.is_empty()).collect();
        (!lines.is_empty()).then(|| Picture::Lines {
            title: "pre-training, layer by layer".to_owned(),
            text: "The loss of each epoch of a layer, by default the mean squared error of its reconstruction. Layers read different \
                   things, so that their losses are not to be compared with each other."
                .to_owned(),
            names: ["epoch of the layer".to_owned(), "loss".to_owned()],
            lines,
        })
    }

    /// What pre-training was worth.
    fn compared(&self) -> Vec<Picture> {
        let Some(comparison) = &self.comparison else { return Vec::new() };
        let both = |with: &[f64], without: &[f64]| {
            vec![("with pre-training".to_owned(), with.to_vec()), ("without".to_owned(), without.to_vec())]
        };
        let (with, without) = (&comparison.with, &comparison.without);
        vec![
            Picture::Lines {
                title: "with and without pre-training".to_owned(),
                text: format!(
                    "The training loss of back-propagation, a mean over the seeds; without pre-training there are more epochs, so that \
                     both have as many updates. On samples that were not learned from: {}.",
                    comparison.told()
                ),
                names: ["epoch".to_owned(), "loss".to_owned()],
                lines: both(&with.losses, &without.losses),
            },
            Picture::Lines {
                title: "gradients by layer".to_owned(),
                text: "The norm of the gradient by the parameters of each layer, from the inputs to the outputs, before the first \
                       epoch of back-propagation. Where it is much smaller at the first layers than at the last, these learn next to \
                       nothing."
                    .to_owned(),
                names: ["layer".to_owned(), "norm".to_owned()],
                lines: both(&with.gradient_norms, &without.gradient_norms),
            },
        ]
    }
}
