//! What is read off a map: distances between neighbours, the planes of features, hits, the way of a sequence; and the pictures
//! of them for a report.

use crate::model::Som;
use crate::search::Found;
use nn_core::nalgebra::DMatrix;
use nn_core::{CellColors, Dataset, Error, GridLayout, GridPlane, Picture, PlaneName, Result, Scalar, Target};

use crate::grid::{Lattice, Surface};

/// Samples of a picture in data space; of more only some are drawn.
const MOST_POINTS: usize = 1500;
/// Steps of a way over the map that a picture shows.
const MOST_STEPS: usize = 400;
/// Classes that are told of one unit.
const MOST_NAMES: usize = 4;

impl<F: Scalar> Som<F> {
    /// For each unit the mean distance of its weights from those of its neighbours (8 on a rectangular grid, 6 on a hexagonal
    /// one); 0 for a unit without any. High values are ridges between clusters.
    ///
    /// Ultsch and Siemon, Kohonen's self organizing feature maps for exploratory data analysis, 1990.
    pub fn u_matrix(&self) -> Vec<f64> {
        let w = |unit: usize| &self.state.theta[unit * self.features..][..self.features];
        let height = |unit: usize| {
            let neighbors = self.grid.neighbors(unit, self.grid.adjacency());
            let sum: f64 = neighbors.iter().map(|&other| self.measure.between(w(unit), w(other))).sum();
            sum / neighbors.len().max(1) as f64
        };
        (0..self.grid.units()).map(height).collect()
    }

    /// The weight of one feature in each unit, in the units of the data.
    ///
    /// # Errors
    /// [`Error::Shape`] for a feature that is not there.
    pub fn component_plane(&self, feature: usize) -> Result<Vec<F>> {
        if self.features <= feature {
            return Err(Error::shape("feature (below the number of features)", self.features, feature));
        }
        Ok(self.weights().row(feature).iter().copied().collect())
    }

    /// For each unit, the sum of the weights of the samples whose best matching unit it is (1 a sample where none are given).
    ///
    /// # Errors
    /// Those of [`Model::predict`](nn_core::Model::predict).
    pub fn hits(&self, data: &Dataset<'_, F>) -> Result<Vec<f64>> {
        Ok(self.hits_of(data, &self.found(data, false)?))
    }

    /// The same of the samples that the map has learned from.
    pub fn training_hits(&self) -> &[f64] {
        &self.seen.hits
    }

    /// The units that the samples of a sequence win, one after another.
    ///
    /// # Errors
    /// Those of [`Model::predict`](nn_core::Model::predict).
    pub fn path(&self, data: &Dataset<'_, F>) -> Result<Vec<usize>> {
        Ok(self.found(data, false)?.iter().map(|found| found.best.first as usize).collect())
    }

    pub(crate) fn hits_of(&self, data: &Dataset<'_, F>, found: &[Found]) -> Vec<f64> {
        let mut hits = vec![0.0; self.grid.units()];
        for (sample, found) in found.iter().enumerate() {
            hits[found.best.first as usize] += data.weight(sample).to_f64();
        }
        hits
    }

    /// All pictures of the map with these samples on it.
    pub(crate) fn drawn(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
        let found = self.found(data, false)?;
        let layout = GridLayout {
            columns: self.grid.columns(),
            rows: self.grid.rows(),
            hexagonal: self.grid.lattice() == Lattice::Hexagonal,
            torus: self.grid.surface() == Surface::Torus,
        };
        let names = names(data, &found, self.grid.units());
        let picture = |title: &str, text: String, planes: Vec<GridPlane>| Picture::Grid {
            title: title.to_owned(),
            text,
            layout,
            planes,
        };
        let mut pictures = Vec::new();
        if self.params.watch_topology {
            pictures.push(Picture::Course {
                title: "topographic error".to_owned(),
                text: format!(
                    "The share of the training samples, as they were presented, whose two best units are none of the {}.",
                    self.grid.adjacency().name(&self.grid)
                ),
                values: self.topographic_errors().to_vec(),
            });
        }
        if 1 < self.grid.units() {
            let text = format!(
                "Each unit has the colour of the mean distance of its weights from those of its {}: ridges part clusters. A \
                 dot is as large as the share of the samples that the unit wins{}.",
                self.grid.adjacency().name(&self.grid),
                if names.is_empty() { "" } else { "; the words are their classes" }
            );
            let hits = self.hits_of(data, &found);
            pictures.push(picture(
                "U-matrix",
                text,
                vec![plane("", CellColors::Scale(self.u_matrix()), hits, names.clone())],
            ));
            let clusters = self.clusters(self.params.clusters.filter(|&count| count <= self.grid.units()))?;
            let text = format!("{} clusters of units: regions of the map whose weights are alike.", clusters.count);
            let groups = CellColors::Groups(clusters.of_units);
            pictures.push(picture("clusters", text, vec![plane("", groups, Vec::new(), names)]));
        }
        let way: Vec<usize> = found.iter().map(|found| found.best.first as usize).collect();
        let way = match data.starts() {
            Some(starts) => &way[..starts.get(1).copied().unwrap_or(way.len())],
            None if self.params.path => &way,
            None => &[],
        };
        if !way.is_empty() {
            let shown = way.len().min(MOST_STEPS);
            let whole = if data.starts().is_some() { "the first sequence" } else { "the samples" };
            let text = format!("The units that {whole} win, in their order: {shown} of {} steps.", way.len());
            let mut plane = plane("", CellColors::Scale(self.u_matrix()), Vec::new(), Vec::new());
            plane.path = way[..shown].to_vec();
            pictures.push(picture("way over the map", text, vec![plane]));
        }
        let weights = self.weights();
        let planes = (0..self.features).map(|feature| GridPlane {
            name: PlaneName::Feature(feature),
            colors: CellColors::Scale(weights.row(feature).iter().map(|w| w.to_f64()).collect()),
            hits: Vec::new(),
            labels: Vec::new(),
            path: Vec::new(),
        });
        let text = "The weight of each feature in every unit, in the units of the data; planes that look alike belong to \
                    features that go together.";
        pictures.push(picture("component planes", text.to_owned(), planes.collect()));
        if self.features == 2 {
            pictures.push(self.net(data, &weights));
        }
        Ok(pictures)
    }

    /// The map among the samples of its two features.
    fn net(&self, data: &Dataset<'_, F>, weights: &DMatrix<F>) -> Picture {
        let adjacency = match self.grid.lattice() {
            Lattice::Rectangular => crate::Adjacency::Four,
            Lattice::Hexagonal => crate::Adjacency::Six,
        };
        let links = (0..self.grid.units())
            .flat_map(|unit| self.grid.neighbors(unit, adjacency).into_iter().map(move |other| (unit, other)))
            .filter(|(unit, other)| unit < other);
        let stride = data.samples().div_ceil(MOST_POINTS);
        let shown: Vec<usize> =
            (0..data.samples()).step_by(stride).filter(|&s| data.sample(s).iter().all(|x| x.is_finite())).collect();
        let samples: Vec<f64> = shown.iter().flat_map(|&s| data.sample(s).iter().map(|x| x.to_f64())).collect();
        let classes = match data.target() {
            Target::Labels { labels, .. } => shown.iter().map(|&sample| labels[sample]).collect(),
            _ => Vec::new(),
        };
        Picture::Net {
            title: "the map among the samples".to_owned(),
            units: weights.map(F::to_f64),
            links: links.collect(),
            samples: DMatrix::from_vec(2, shown.len(), samples),
            classes,
        }
    }
}

fn plane(name: &str, colors: CellColors, hits: Vec<f64>, labels: Vec<Vec<u32>>) -> GridPlane {
    GridPlane { name: PlaneName::Text(name.to_owned()), colors, hits, labels, path: Vec::new() }
}

/// The classes at each unit, the most frequent first; nothing where there are no classes.
fn names<F: Scalar>(data: &Dataset<'_, F>, found: &[Found], units: usize) -> Vec<Vec<u32>> {
    let Target::Labels { labels, .. } = data.target() else { return Vec::new() };
    let mut votes: Vec<(u32, u32)> = found.iter().map(|found| found.best.first).zip(labels.iter().copied()).collect();
    votes.sort_unstable();
    let mut names = vec![Vec::new(); units];
    for at_unit in votes.chunk_by(|a, b| a.0 == b.0) {
        let mut counts: Vec<(usize, u32)> =
            at_unit.chunk_by(|a, b| a.1 == b.1).map(|votes| (votes.len(), votes[0].1)).collect();
        counts.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        names[at_unit[0].0 as usize] = counts.into_iter().take(MOST_NAMES).map(|(_, class)| class).collect();
    }
    names
}
