//! What a report shows of a machine: what its hidden units look for, what it reconstructs, what it dreams up, how probable the
//! samples became, and how its hidden units answer.

use super::measures::{FREE_ENERGY, LOG_LIKELIHOOD, LOG_LIKELIHOOD_ERROR, VALIDATION_FREE_ENERGY};
use super::model::Rbm;
use nn_core::kernels::Float;
use nn_core::nalgebra::DMatrix;
use nn_core::{Dataset, Model, Picture, Result, Scalar};

/// Samples in a row.
const IN_A_ROW: usize = 10;
/// Steps after which chains are shown.
const LOOKS: [usize; 4] = [1, 10, 100, 1000];
/// Samples whose hidden units are counted.
const MOST_COUNTED: usize = 1000;
/// Numbers of a histogram at most.
const MOST_NUMBERS: usize = 200_000;

impl<F: Scalar> Rbm<F> {
    /// The pictures that need no samples.
    pub(crate) fn drawn(&self) -> Vec<Picture> {
        let features = self.machine.features;
        let weights = self.weights().rows(0, features).map(Float::to_f64);
        let mut pictures =
            vec![Picture::Weights { title: "filters of the hidden units".to_owned(), weights, by_class: false }];
        // What is beyond the float is not drawn.
        pictures.extend(self.dreams().ok());
        pictures.extend(self.likelihoods());
        pictures.extend(self.free_energies());
        pictures
    }

    /// Chains from the biases on; where labels are units, one for each class, which is held.
    fn dreams(&self) -> Result<Picture> {
        let (features, classes) = (self.machine.features, self.machine.classes);
        let count = if 0 < classes { classes.min(IN_A_ROW) } else { IN_A_ROW };
        let nothing = vec![F::from_f64(f64::NAN); count * features];
        let labels: Vec<u32> = (0..count as u32).collect();
        let held = Dataset::from_slice(features, &nothing);
        let held = if 0 < classes { held.labels_of(classes, &labels) } else { held };
        let looks = self.chain_means(&held, &LOOKS, self.params.seed)?;
        let name = |steps: usize| if steps == 1 { "after 1 step".to_owned() } else { format!("after {steps} steps") };
        let of_class = if 0 < classes { " Each holds the label unit of one class, in their order." } else { "" };
        Ok(Picture::Samples {
            title: "samples of the machine".to_owned(),
            text: format!(
                "What the machine makes up by itself: chains of Gibbs sampling that begin at the biases, shown as the means of the \
                 visible units.{of_class}"
            ),
            rows: LOOKS.iter().zip(&looks).map(|(&steps, look)| (name(steps), in_f64(look))).collect(),
        })
    }

    /// The log-likelihood by epochs, where it was watched.
    fn likelihoods(&self) -> Option<Picture> {
        let measures = &self.history().measures;
        let (told, errors) = (measures.get(LOG_LIKELIHOOD)?, measures.get(LOG_LIKELIHOOD_ERROR)?);
        let mut lines = vec![("log-likelihood".to_owned(), told.clone())];
        let mut text = "The mean log-likelihood of a training sample after each epoch, in nats, exactly.".to_owned();
        if errors.iter().any(|&error| 0.0 < error) {
            let beside = |sign: f64| told.iter().zip(errors).map(|(told, error)| told + sign * 2.0 * error).collect();
            lines.push(("two standard errors above".to_owned(), beside(1.0)));
            lines.push(("two standard errors below".to_owned(), beside(-1.0)));
            text = "The mean log-likelihood of a training sample after each epoch, in nats, estimated by annealed importance \
                    sampling, and two standard errors of the estimate to either side."
                .to_owned();
        }
        let names = ["epoch".to_owned(), "nats".to_owned()];
        Some(Picture::Lines { title: "likelihood by epoch".to_owned(), text, names, lines })
    }

    /// The free energies by epochs of samples learned from and of those that were kept.
    fn free_energies(&self) -> Option<Picture> {
        let measures = &self.history().measures;
        let line = |name: &str, called: &str| Some((called.to_owned(), measures.get(name)?.clone()));
        Some(Picture::Lines {
            title: "free energy by epoch".to_owned(),
            text: "The mean free energy of training and of validation samples after each epoch, of some 1,024 of each. The smaller, \
                   the more probable; its level is free to drift, but a gap that grows between the two is overfitting."
                .to_owned(),
            names: ["epoch".to_owned(), "nats".to_owned()],
            lines: vec![line(FREE_ENERGY, "training")?, line(VALIDATION_FREE_ENERGY, "validation")?],
        })
    }

    /// The pictures of samples.
    pub(crate) fn drawn_of(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
        let chosen = some(data);
        let examples = data.select(&chosen)?;
        let told = self.reconstruct(&examples.view())?;
        let features = self.machine.features;
        let own = DMatrix::from_column_slice(features, chosen.len(), examples.view().x()).map(Float::to_f64);
        let mut rows = vec![("samples".to_owned(), own), ("reconstructed".to_owned(), in_f64(&told))];
        // A missing number has no colour of its own.
        if rows[0].1.iter().any(|x| !x.is_finite()) {
            rows.remove(0);
        }
        let counted = data.samples().min(MOST_COUNTED).min(MOST_NUMBERS / self.machine.hidden).max(1);
        let hidden = self.transform(&data.part(0..counted))?;
        Ok(vec![
            Picture::Samples {
                title: "reconstructions".to_owned(),
                text: "Some samples, and what the probabilities of their hidden units tell of them again.".to_owned(),
                rows,
            },
            Picture::Histogram {
                title: "hidden probabilities".to_owned(),
                text: format!(
                    "How often a hidden unit is on with which probability, over the units and the first {counted} samples. Units that \
                     have learned something are mostly sure, near 0 or 1."
                ),
                names: ["probability".to_owned(), "units and samples".to_owned()],
                values: hidden.iter().map(|p| p.to_f64()).collect(),
            },
        ])
    }
}

/// A sample of each class, and others from all over the data, until a row is full.
fn some<F: Scalar>(data: &Dataset<'_, F>) -> Vec<usize> {
    let mut chosen = data.examples(IN_A_ROW);
    let spread = (0..IN_A_ROW).map(|place| place * data.samples() / IN_A_ROW);
    for sample in spread {
        if chosen.len() < IN_A_ROW && !chosen.contains(&sample) {
            chosen.push(sample);
        }
    }
    chosen.sort_unstable();
    chosen
}

fn in_f64<F: Scalar>(numbers: &DMatrix<F>) -> DMatrix<f64> {
    numbers.map(Float::to_f64)
}
