//! What a trained map can do: find the unit of a sample, say how far it is, fill in what is missing, and go to a file and back.

use crate::grid::Grid;
use crate::labels::Labels;
use crate::params::{Algorithm, SomParams};
use crate::search::{Found, Measure, Scratch};
use crate::train::Inputs;
use nn_core::kernels::{BestTwo, Distance, Units};
use nn_core::nalgebra::DMatrix;
use nn_core::{
    Answer, Arrays, Dataset, Error, History, LayerFacts, Measures, Model, Online, Picture, Result, Scalar, Scaler,
    State, Target, check_answers,
};

/// Share of the training samples that are nearer than what is called far.
const NEAR: f64 = 0.99;
/// What [`History::measures`] calls the topographic error of each epoch.
pub(crate) const TOPOGRAPHIC_ERROR: &str = "topographic_error";

/// A self-organising map: units on a grid, each with a weight for every feature, neighbours with weights alike. A sample is
/// answered by its *best matching unit*, the one whose weights are nearest.
///
/// Made by [`SomParams::fit`](nn_core::Fit::fit), or by [`SomParams::start_on`] for a stream.
#[derive(Clone, Debug)]
pub struct Som<F: Scalar = f32> {
    pub(crate) params: SomParams,
    pub(crate) history: History,
    pub(crate) grid: Grid,
    pub(crate) features: usize,
    /// Theta: the weights as training sees them, features × units. Steps: those of the way of rate and radius.
    pub(crate) state: State<F>,
    pub(crate) scaler: Option<Scaler<F>>,
    pub(crate) measure: Measure<F>,
    pub(crate) ways: Ways,
    /// What the samples weigh that it was begun on: beside them a part of a stream is small or large.
    pub(crate) whole: f64,
    pub(crate) seen: Seen,
    pub(crate) labels: Option<Labels>,
}

/// From where to where the radius goes, and in how many steps; the learning rate takes as many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ways {
    pub(crate) radius: f64,
    pub(crate) radius_end: f64,
    pub(crate) steps: f64,
}

/// What the map has seen of its training samples in the end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) samples: f64,
    /// The distance from its unit that all but a hundredth of the samples do not exceed.
    pub(crate) far: f64,
    /// For each unit what the samples weigh that it has won.
    pub(crate) hits: Vec<f64>,
}

impl<F: Scalar> Som<F> {
    /// With these weights, features × units, and nothing seen. `whole`: what the samples weigh that it begins on.
    pub(crate) fn start(
        params: SomParams,
        grid: Grid,
        features: usize,
        weights: Vec<F>,
        scaler: Option<Scaler<F>>,
        ways: Ways,
        whole: f64,
    ) -> Self {
        let measure = Measure::new(params.distance, &params.feature_weights);
        let state = State::of(weights);
        let seen = Seen { samples: 0.0, far: 0.0, hits: vec![0.0; grid.units()] };
        let history = History::default();
        Self { params, history, grid, features, state, scaler, measure, ways, whole, seen, labels: None }
    }

    /// Looks at these samples without learning from them: how far they are from their units, which units they hit, and, where
    /// they have classes, which class each unit stands for. `fit` has done so with the training samples.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn label(&mut self, data: &Dataset<'_, F>) -> Result<()> {
        self.params.check_data(data, self.features)?;
        let samples = Inputs::new(data, self);
        self.remember(data, &samples)
    }

    pub(crate) fn remember(&mut self, data: &Dataset<'_, F>, samples: &Inputs<'_, F>) -> Result<()> {
        let found = samples.find(&self.measure, &self.state.theta, self.features, false);
        let hits = self.hits_of(data, &found);
        // A sample of weight 0 may lie anywhere.
        let mut distances: Vec<f64> = data.counted().map(|sample| found[sample].far).collect();
        let near = ((distances.len() as f64 * NEAR).ceil() as usize).clamp(1, distances.len());
        let (_, far, _) = distances.select_nth_unstable_by(near - 1, f64::total_cmp);
        let far = crate::train::finite(*far)?;
        self.seen = Seen { samples: data.samples() as f64, far, hits };
        self.labels = match data.target() {
            Target::Labels { labels, classes } => {
                let units = found.iter().map(|found| found.best.first);
                let weight = |sample: usize| data.weight(sample).to_f64();
                Some(Labels::by_majority(units, labels, weight, self.grid.units(), classes))
            }
            _ => None,
        };
        Ok(())
    }

    /// The grid on which the units lie.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The weights in the units of the data: features × units, row by row of the grid.
    pub fn weights(&self) -> DMatrix<F> {
        let mut weights = self.state.theta.to_vec();
        if let Some(scaler) = &self.scaler {
            scaler.undo(&mut weights);
        }
        DMatrix::from_vec(self.features, self.grid.units(), weights)
    }

    /// The radius of the neighbourhood at the start and at the end.
    pub fn radii(&self) -> (f64, f64) {
        (self.ways.radius, self.ways.radius_end)
    }

    /// The best matching unit of each sample and the second best, counted row by row of the grid from 0.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn best_matching_units(&self, data: &Dataset<'_, F>) -> Result<Vec<BestTwo>> {
        Ok(self.found(data, true)?.iter().map(|found| found.best).collect())
    }

    /// The distance of each sample from every unit: units × samples, over scaled and weighted features.
    ///
    /// # Errors
    /// Those of [`Model::predict`].
    pub fn transform(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        self.params.check_data(data, self.features)?;
        let x = data.scaled(self.scaler.as_ref());
        let units = Units::new(&self.state.theta, self.grid.units());
        let mut scratch = Scratch::new(&units);
        let mut distances = Vec::with_capacity(self.grid.units() * data.samples());
        for x in x.chunks_exact(self.features) {
            scratch.ask(&units, &self.measure, x);
            let root =
                |d: &F| if self.measure.distance == Distance::Euclidean { F::from_f64(d.to_f64().sqrt()) } else { *d };
            distances.extend(scratch.d[..self.grid.units()].iter().map(root));
        }
        check_answers(&distances, self.grid.units())?;
        Ok(DMatrix::from_vec(self.grid.units(), data.samples(), distances))
    }

    /// The samples with each number that is missing replaced by that of the best matching unit: features × samples.
    ///
    /// # Errors
    /// Those of [`Model::predict`]; [`Error::Param`] unless `missing_values` allows numbers to be missing.
    pub fn impute(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        if !self.params.missing_values {
            return Err(Error::param("missing_values", false, "true, to impute what is missing"));
        }
        let found = self.found(data, false)?;
        let weights = self.weights();
        let mut x = DMatrix::from_column_slice(self.features, data.samples(), data.x());
        for (mut x, found) in x.column_iter_mut().zip(&found) {
            let w = weights.column(found.best.first as usize);
            x.iter_mut().zip(&w).filter(|(x, _)| !x.is_finite()).for_each(|(x, &w)| *x = w);
        }
        check_answers(x.as_slice(), self.features)?;
        Ok(x)
    }

    /// How far each sample lies from the map, beside the samples it has learned from: its distance from its unit over that
    /// which 99 of 100 training samples do not exceed. Above 1 is rare, above 2 strange.
    ///
    /// # Errors
    /// Those of [`Model::predict`]; [`Error::Data`] for a map that has seen no samples ([`label`](Self::label) shows it some),
    /// or all of whose samples lay on their units.
    pub fn outlier_scores(&self, data: &Dataset<'_, F>) -> Result<Vec<f64>> {
        if self.seen.far <= 0.0 {
            return Err(Error::data("no training sample was at a distance from its unit, so none can be called far"));
        }
        Ok(self.found(data, false)?.iter().map(|found| found.far / self.seen.far).collect())
    }

    /// What each sample finds.
    pub(crate) fn found(&self, data: &Dataset<'_, F>, with_second: bool) -> Result<Vec<Found>> {
        self.params.check_data(data, self.features)?;
        let found = Inputs::new(data, self).find(&self.measure, &self.state.theta, self.features, with_second);
        match found.iter().position(|found| !F::from_f64(found.far).is_finite()) {
            Some(sample) => Err(Error::sample("the distance from the units is beyond what the float can hold", sample)),
            None => Ok(found),
        }
    }
}

impl<F: Scalar> Model<F> for Som<F> {
    type Params = SomParams;

    fn params(&self) -> &SomParams {
        &self.params
    }

    fn online(&mut self) -> Option<&mut dyn Online<F>> {
        Some(self)
    }

    fn history(&self) -> &History {
        &self.history
    }

    fn features(&self) -> usize {
        self.features
    }

    fn answer(&self) -> Answer {
        Answer::Columns(&["column", "row", "distance"])
    }

    /// For each sample column and row of its best matching unit, counted from 0, and the distance from it over scaled and
    /// weighted features.
    fn predict(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        let found = self.found(data, false)?;
        let answer = |found: &Found| {
            let (column, row) = self.grid.place(found.best.first as usize);
            [column as f64, row as f64, found.far].map(F::from_f64)
        };
        Ok(DMatrix::from_vec(3, data.samples(), found.iter().flat_map(answer).collect()))
    }

    /// `quantization_error`, the mean distance of samples from their units; `topographic_error`, the share whose two best units
    /// are no neighbours (8 on a rectangular grid, 6 on a hexagonal one), and on a rectangular grid `topographic_error_4`
    /// with four neighbours; `accuracy`, where samples and map have classes, of [`classify`](Self::classify).
    fn evaluate(&self, data: &Dataset<'_, F>) -> Result<Measures> {
        self.measures(data)?.check()
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = self.params.remarks();
        let units = self.grid.units();
        if self.seen.samples < units as f64 && 0.0 < self.seen.samples {
            remarks.push(format!("there are more units than samples, {units} for {}", self.seen.samples));
        }
        if units == 1 {
            remarks.push("a map of one unit has no neighbours, so it has no topographic error".to_owned());
        }
        if self.seen.far == 0.0 && 0.0 < self.seen.samples {
            remarks.push("every sample lies on its unit; none can be told to be an outlier".to_owned());
        }
        remarks
    }

    /// The map, its columns and rows: what was chosen where nobody said.
    fn layers(&self) -> Vec<LayerFacts> {
        let shape = vec![self.grid.columns(), self.grid.rows()];
        let numbers = self.state.theta.len();
        vec![LayerFacts { name: "map".to_owned(), shape, parameters: numbers, connections: numbers }]
    }

    fn pictures_of(&self, data: &Dataset<'_, F>) -> Result<Vec<Picture>> {
        self.drawn(data)
    }

    fn arrays(&self) -> Arrays {
        let mut arrays = Arrays::new();
        let units = self.grid.units();
        arrays.insert("weight", &[units, self.features], &self.state.theta);
        arrays.insert_counts("grid", &[self.grid.columns(), self.grid.rows()]);
        let Ways { radius, radius_end, steps } = self.ways;
        arrays.insert("way", &[3], &[radius, radius_end, steps]);
        arrays.insert_counts("steps", &[self.state.steps as usize]);
        arrays.insert("whole", &[1], &[self.whole]);
        arrays.insert("seen", &[2], &[self.seen.samples, self.seen.far]);
        arrays.insert("hits", &[units], &self.seen.hits);
        if let Some(scaler) = &self.scaler {
            scaler.save("input", &mut arrays);
        }
        if let Some(labels) = &self.labels {
            labels.save(&mut arrays);
        }
        arrays
    }

    fn from_arrays(params: SomParams, history: History, arrays: &Arrays) -> Result<Self> {
        let [units, features] = arrays.matrix("weight")?;
        params.check_together(features)?;
        let sides = arrays.counts("grid", 2)?;
        let grid = Grid::new(sides[0], sides[1], params.grid, params.surface)?;
        if grid.units() != units || params.pinned.iter().any(|&unit| units <= unit) {
            return Err(Error::format(format!("array grid: expected the sides of {units} units")));
        }
        let weights: Vec<F> = arrays.get("weight", &[units, features])?;
        if weights.iter().any(|weight| !weight.is_finite()) {
            return Err(Error::format("array weight: expected finite numbers"));
        }
        let way = arrays.numbers("way", 3, 0.0..)?;
        let ways = Ways { radius: way[0], radius_end: way[1], steps: way[2].max(1.0) };
        let seen = arrays.numbers("seen", 2, 0.0..)?;
        let hits = arrays.numbers("hits", units, 0.0..)?;
        // Files of older maps do not say what they were begun on: then it is what they have seen, and parts go all the way where that is
        // nothing.
        let whole = if arrays.has("whole") { arrays.numbers("whole", 1, 0.0..)?[0] } else { hits.iter().sum() };
        let scaler = Scaler::load("input", features, arrays)?;
        let mut model = Self::start(params, grid, features, weights, scaler, ways, whole);
        model.history = history;
        model.state.steps = arrays.count("steps")? as u64;
        model.seen = Seen { samples: seen[0], far: seen[1], hits };
        model.labels = Labels::load(units, arrays)?;
        Ok(model)
    }
}

impl<F: Scalar> Som<F> {
    /// The topographic error of each epoch, by the neighbours of [`Grid::adjacency`]: that of its samples as they were
    /// presented. Empty unless `watch_topology` asks for it; the quantisation errors are the losses of
    /// [`history`](Model::history).
    pub fn topographic_errors(&self) -> &[f64] {
        self.history.measures.get(TOPOGRAPHIC_ERROR).map_or(&[], Vec::as_slice)
    }

    /// The share of the way that rate and radius have gone, from 0 to 1.
    pub fn progress(&self) -> f64 {
        let last = match self.params.algorithm {
            Algorithm::Online => self.ways.steps,
            Algorithm::Batch => (self.ways.steps - 1.0).max(1.0),
        };
        (self.state.steps as f64 / last).min(1.0)
    }
}
