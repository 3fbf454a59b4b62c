//! The settings: written once, here; the setters, the checks, the command and its help are made from this list.

use crate::grid::{Lattice, Surface};
use crate::neighborhood::Neighborhood;
use crate::start::Start;
use nn_core::kernels::Distance;
use nn_core::params::Range;
use nn_core::{Error, Result, Scaling};

nn_core::choices! {
    /// How the map learns.
    pub enum Algorithm {
        /// All samples find their units, then each unit moves to the mean of the samples around it: `w_i <- sum_j h(i, c_j) x_j /
        /// sum_j h(i, c_j)`, c_j the best matching unit of sample j. Kohonen 2001, eq. 3.30.
        Batch = "batch",
        /// Sample after sample, the chapter's rule: `w_i <- w_i + eta(t) h(i, c) (x - w_i)`. Kohonen 2001, eqs. 3.2 and 3.3.
        Online = "online",
    }
}

nn_core::choices! {
    /// How a number goes from its value at the start, s, to that at the end, e, with the share t of the way from 0 to 1.
    pub enum Decay {
        /// `s (e / s)^t`.
        Exponential = "exponential",
        /// `s + (e - s) t`.
        Linear = "linear",
        /// `s / (1 + (s / e - 1) t)`.
        Inverse = "inverse",
        /// `s`.
        Constant = "constant",
    }
}

impl Decay {
    /// The value after the share `t` of the way. An exponential or inverse way to 0 has no end: it is taken to a hundredth
    /// of the start.
    pub fn at(self, start: f64, end: f64, t: f64) -> f64 {
        let t = t.clamp(0.0, 1.0);
        let end_above_0 = if end == 0.0 { start / 100.0 } else { end };
        match self {
            _ if start == 0.0 => 0.0,
            Self::Constant => start,
            // To the last digit: a bubble of radius 0.999... has no neighbours, one of radius 1 has.
            Self::Linear if t == 1.0 => end,
            _ if t == 1.0 => end_above_0,
            Self::Exponential => start * (end_above_0 / start).powf(t),
            Self::Linear => start + (end - start) * t,
            Self::Inverse => start / (1.0 + (start / end_above_0 - 1.0) * t),
        }
    }
}

nn_core::params! {
    /// Settings of a self-organising map: plain data, each field with a setter of its name.
    pub struct SomParams: "som" {
        /// Units in a row; `auto` is chosen from the data: `5 sqrt(samples)` units in all, its sides as the standard deviations along the two largest principal components.
        width: Option<usize> = None, 1..=100_000;
        /// Rows of units; 1 is a chain. `auto` as width.
        height: Option<usize> = None, 1..=100_000;
        /// How the units are laid out.
        grid: Lattice = Lattice::Hexagonal, ..;
        /// What lies beyond the edges of the grid: nothing, or the opposite edge.
        surface: Surface = Surface::Planar, ..;
        /// How much of the winner's step a unit takes by its distance on the grid.
        neighborhood: Neighborhood = Neighborhood::Gaussian, ..;
        /// How a sample is compared with the weights of a unit.
        distance: Distance = Distance::Euclidean, ..;
        /// Where the weights start.
        start: Start = Start::Pca, ..;
        /// With start=given: the weights of the units, row by row, as many numbers each as there are features, in the units of the data.
        given: Vec<f64> = Vec::new(), Range::Any;
        /// How the map learns.
        algorithm: Algorithm = Algorithm::Batch, ..;
        /// With algorithm=online: share of the way to a sample that the winner goes, at the start.
        learning_rate: f64 = 0.5, Range::above_to(0.0, 1.0);
        /// The same at the end.
        learning_rate_end: f64 = 0.01, 0.0..=1.0;
        /// How the learning rate goes from the one to the other.
        learning_rate_decay: Decay = Decay::Exponential, ..;
        /// Radius of the neighbourhood at the start, in distances between neighbours on the grid; `auto` is half of the longer side, a quarter on a torus, and at least 1.
        radius: Option<f64> = None, Range::from(0.0);
        /// The same at the end; `auto` is 1, or radius where that is less. 0 moves the winner alone.
        radius_end: Option<f64> = None, Range::from(0.0);
        /// How the radius goes from the one to the other.
        radius_decay: Decay = Decay::Exponential, ..;
        /// Passes over the training samples.
        epochs: usize = 20, 1..=1_000_000_000;
        /// Steps over which rate and radius go from start to end, and then stay: samples of online training, passes of batch training; `auto` is those of all epochs. For a stream, the samples that are expected.
        steps: Option<usize> = None, 1..=1_000_000_000_000;
        /// Whether each pass of online training takes the samples in a new random order.
        shuffle: bool = true, ..;
        /// How the features are scaled, learned from the training samples and kept with the map.
        scaling: Scaling = Scaling::Standard, ..;
        /// Whether numbers may be missing (NaN; at the shell a cell that is empty or says so, of names, too): a sample is then compared by those it has.
        missing_values: bool = false, ..;
        /// How much each feature counts in distances, after scaling; none where all count alike. A feature of weight 0 is learned, and finds no unit.
        feature_weights: Vec<f64> = Vec::new(), Range::from(0.0);
        /// Units that do not move, counted row by row from 0.
        pinned: Vec<usize> = Vec::new(), 0..=100_000_000;
        /// Where they are: as many numbers each as there are features, in the units of the data; none for where they start.
        pinned_to: Vec<f64> = Vec::new(), Range::Any;
        /// Whether the topographic error of each pass is told beside the quantisation error.
        watch_topology: bool = false, ..;
        /// Into how many clusters a report parts the units; `auto` is the number with the least index of Davies and Bouldin.
        clusters: Option<usize> = None, 1..=100_000;
        /// Whether a report draws the way of the samples over the map, one after another in the order of the data.
        path: bool = false, ..;
    }
    watching {}
}

impl SomParams {
    /// Settings that were given and do nothing beside the others.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let without = |name: &str| match name {
            "learning_rate" | "learning_rate_end" | "learning_rate_decay" | "shuffle" => {
                (self.algorithm != Algorithm::Online).then_some("algorithm=online")
            }
            "given" => (self.start != Start::Given).then_some("start=given"),
            "pinned_to" => self.pinned.is_empty().then_some("pinned"),
            _ => None,
        };
        nn_core::params::idle(self, without)
    }

    /// That the settings fit together, and to samples of so many `features`.
    pub(crate) fn check_together(&self, features: usize) -> Result<()> {
        if self.start == Start::Given && self.given.is_empty() {
            return Err(Error::param("given", "none", "the weights of all units, with start=given"));
        }
        if self.start == Start::Given && (self.width.is_none() || self.height.is_none()) {
            let name = if self.width.is_none() { "width" } else { "height" };
            return Err(Error::param(name, "auto", "a number, with start=given"));
        }
        let uses = &self.feature_weights;
        if !uses.is_empty() && uses.len() != features {
            return Err(Error::param("feature_weights", uses.len(), format!("{features} numbers, one a feature")));
        }
        if !uses.is_empty() && uses.iter().all(|&weight| weight == 0.0) {
            return Err(Error::param("feature_weights", "zeros", "one above 0 at least"));
        }
        if !self.pinned_to.is_empty() && self.pinned_to.len() != self.pinned.len() * features {
            let expected = format!("{features} numbers for each pinned unit");
            return Err(Error::param("pinned_to", format!("{} numbers", self.pinned_to.len()), expected));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decay_goes_from_start_to_end_and_stays() {
        for &decay in Decay::ALL {
            assert_eq!(decay.at(8.0, 2.0, 0.0), 8.0);
            let end = if decay == Decay::Constant { 8.0 } else { 2.0 };
            assert_eq!((decay.at(8.0, 2.0, 1.0), decay.at(8.0, 2.0, 7.0)), (end, end), "{decay}");
        }
        assert_eq!(Decay::Exponential.at(8.0, 2.0, 0.5), 4.0);
        // 49 (1 / 49) is less than 1 in a float.
        for decay in [Decay::Exponential, Decay::Linear, Decay::Inverse] {
            assert!((1..1000).all(|start| decay.at(f64::from(start), 1.0, 1.0) == 1.0), "{decay}");
            assert_eq!(decay.at(0.3, 0.1, 1.0), 0.1);
        }
        assert_eq!(Decay::Linear.at(8.0, 2.0, 0.5), 5.0);
        assert_eq!(Decay::Inverse.at(8.0, 2.0, 0.5), 3.2);
        assert_eq!(Decay::Linear.at(8.0, 0.0, 1.0), 0.0);
        assert!(Decay::Exponential.at(8.0, 0.0, 1.0) - 0.08 < 1e-12);
        assert_eq!(Decay::Exponential.at(0.0, 0.0, 0.3), 0.0);
    }
}
