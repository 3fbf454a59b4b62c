//! Samples of the machine's own: chains that go back and forth between its sides, whole or with units that are held.

use super::exact::draw;
use super::measures::AT_ONCE;
use super::model::Rbm;
use nn_core::nalgebra::DMatrix;
use nn_core::random::Key;
use nn_core::{Dataset, Error, Result, Samples, Scalar, check_answers, kernels, side_by_side_for};

/// Steps that [`Rbm::complete`] takes before it looks, and those that it takes the mean of.
const BURN_IN: usize = 100;
/// Rounds of [`Rbm::filled`] at most.
const MEAN_FIELD: usize = 100;

/// Visible units in lanes, some of them held.
struct Chains<'a, F: Scalar> {
    model: &'a Rbm<F>,
    /// What is held, NaN where a unit is free.
    held: &'a [F],
    v: Vec<F>,
    means: Vec<F>,
    p: Vec<F>,
    h: Vec<F>,
}

impl<'a, F: Scalar> Chains<'a, F> {
    /// Free units begin as their biases would have them.
    fn new(model: &'a Rbm<F>, held: &'a [F]) -> Self {
        let machine = &model.machine;
        let none = vec![F::ZERO; AT_ONCE * machine.hidden];
        let mut means = vec![F::ZERO; held.len()];
        let biases = machine.weights(&model.state.theta).visible_bias;
        means.chunks_exact_mut(AT_ONCE).zip(biases).for_each(|(column, &b)| column.fill(b));
        machine.means_of_sums(AT_ONCE, &mut means);
        let mut chains = Self { model, held, v: means.clone(), means, p: none.clone(), h: none };
        chains.hold();
        chains
    }

    fn hold(&mut self) {
        for (v, &held) in self.v.iter_mut().zip(self.held) {
            if held.is_finite() {
                *v = held;
            }
        }
    }

    /// Samples of the free units as their means have them at the start.
    fn draw_visible(&mut self, key: Key) {
        self.model.machine.sample_visible(key, AT_ONCE, &self.means, &mut self.v);
        self.hold();
    }

    /// A step from visible units to hidden ones and back; what is left are the means, and samples of them.
    fn step(&mut self, key: Key) {
        let (machine, theta) = (&self.model.machine, &self.model.state.theta);
        machine.hidden_probabilities(theta, AT_ONCE, &self.v, &mut self.p);
        machine.sample_hidden(draw(key, 1), &self.p, &mut self.h);
        machine.visible_means(theta, AT_ONCE, &self.h, &mut self.means);
        self.draw_visible(draw(key, 2));
    }

    /// A round of means: of the hidden units given the visible ones, and back.
    fn mean_field(&mut self) -> f64 {
        let (machine, theta) = (&self.model.machine, &self.model.state.theta);
        machine.hidden_probabilities(theta, AT_ONCE, &self.v, &mut self.p);
        machine.visible_means(theta, AT_ONCE, &self.p, &mut self.means);
        let mut moved = 0.0;
        for ((v, &mean), held) in self.v.iter_mut().zip(&self.means).zip(self.held) {
            if !held.is_finite() {
                moved = f64::max(moved, (mean.to_f64() - v.to_f64()).abs());
                *v = mean;
            }
        }
        moved
    }
}

impl<F: Scalar> Rbm<F> {
    /// So many samples of the machine: each the end of a chain of `steps` steps of Gibbs sampling that begins at the biases. Binary
    /// features are 0 or 1, those that are scaled come back in the units of the data; label units stand below the features.
    ///
    /// # Shapes
    /// (features, classes) × samples.
    ///
    /// # Errors
    /// [`Error::Data`] where a sample is beyond what the float can hold, or so many samples beyond the memory there is.
    pub fn sample(&self, samples: usize, steps: usize, seed: u64) -> Result<DMatrix<F>> {
        let room = samples.checked_mul(self.machine.visible()).filter(|&len| {
            let mut room: Vec<F> = Vec::new();
            room.try_reserve_exact(len).is_ok()
        });
        if room.is_none() {
            let units = self.machine.visible();
            return Err(Error::data(format!("{samples} samples of {units} units are more than memory holds")));
        }
        let nothing = vec![F::from_f64(f64::NAN); samples * self.machine.features];
        self.sample_given(&Dataset::from_slice(self.machine.features, &nothing), steps, seed)
    }

    /// As [`sample`](Self::sample), a chain for each sample of `held`, whose numbers are held wherever they are not NaN; so are the
    /// label units where `held` has labels.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of features, [`Error::Data`] for an infinite one, one outside 0 and 1 for binary units
    /// whose features are not scaled, or classes that were not learned.
    pub fn sample_given(&self, held: &Dataset<'_, F>, steps: usize, seed: u64) -> Result<DMatrix<F>> {
        self.check_held(held)?;
        self.in_blocks(held, self.machine.visible(), steps, |block, lanes, out| {
            let mut chains = Chains::new(self, lanes);
            let key = Key { seed, step: 0, shard: block as u64 };
            chains.draw_visible(draw(key, 0));
            for step in 1..=steps {
                chains.step(Key { step: step as u64, ..key });
            }
            out.copy_from_slice(&chains.v);
        })
    }

    /// What chains have come to after each of these numbers of steps, as the means of the features: for each
    /// features × samples, in the units of the data. Chains begin and are held as those of [`sample_given`](Self::sample_given).
    ///
    /// # Errors
    /// Those of [`sample_given`](Self::sample_given).
    pub fn chain_means(&self, held: &Dataset<'_, F>, steps: &[usize], seed: u64) -> Result<Vec<DMatrix<F>>> {
        self.check_held(held)?;
        let looks = steps.iter().map(|&look| {
            self.in_blocks(held, self.machine.features, look, |block, lanes, out| {
                let mut chains = Chains::new(self, lanes);
                let key = Key { seed, step: 0, shard: block as u64 };
                chains.draw_visible(draw(key, 0));
                (1..=look).for_each(|step| chains.step(Key { step: step as u64, ..key }));
                out.copy_from_slice(&chains.means[..out.len()]);
            })
        });
        looks.collect()
    }

    /// The samples with each number that is missing (NaN) replaced by its mean given all that is there, in the units of the data:
    /// features × samples.
    ///
    /// The mean is that of 100 steps of Gibbs sampling after 100 others, with what is known held, from the seed of the settings.
    ///
    /// # Errors
    /// Those of [`sample_given`](Self::sample_given).
    pub fn complete(&self, data: &Dataset<'_, F>) -> Result<DMatrix<F>> {
        self.check_held(data)?;
        let mut whole = self.in_blocks(data, self.machine.features, 2 * BURN_IN, |block, lanes, out| {
            let mut chains = Chains::new(self, lanes);
            let key = Key { seed: self.params.seed, step: 0, shard: block as u64 };
            chains.draw_visible(draw(key, 0));
            let mut sums = vec![0.0; out.len()];
            for step in 1..=2 * BURN_IN {
                chains.step(Key { step: step as u64, ..key });
                if BURN_IN < step {
                    sums.iter_mut().zip(&chains.means).for_each(|(sum, mean)| *sum += mean.to_f64());
                }
            }
            out.iter_mut().zip(sums).for_each(|(out, sum)| *out = F::from_f64(sum / BURN_IN as f64));
        })?;
        // What was there stays to the last digit.
        let known = whole.iter_mut().zip(data.x()).filter(|(_, x)| x.is_finite());
        known.for_each(|(whole, &x)| *whole = x);
        Ok(whole)
    }

    /// Visible units in lanes whose missing features are those of the mean field: what sides tell each other in turn until
    /// nothing moves, or for 100 rounds. It hangs on the sample alone, so that samples are answered alike in any order.
    pub(crate) fn filled(&self, lanes: &[F]) -> Vec<F> {
        if kernels::all_finite(lanes) {
            return lanes.to_vec();
        }
        let mut chains = Chains::new(self, lanes);
        for _ in 0..MEAN_FIELD {
            if chains.mean_field() == 0.0 {
                break;
            }
        }
        chains.v
    }

    /// That `held` can be held: as many features, each finite or NaN, and classes that were learned.
    fn check_held(&self, held: &Dataset<'_, F>) -> Result<()> {
        if held.features() != self.machine.features {
            return Err(Error::shape("rows of x (features)", self.machine.features, held.features()));
        }
        let features = held.features();
        if let Some(at) = held.x().iter().position(|x| !x.is_finite() && !x.to_f64().is_nan()) {
            return Err(Error::value(format!("x is {}", held.x()[at]), at / features, at % features));
        }
        // All that is not a feature is checked without them.
        let zeros = vec![F::ZERO; held.x().len()];
        if held.samples() == 0 { Ok(()) } else { held.with_x(&zeros).check() }?;
        match held.target() {
            nn_core::Target::Labels { classes, .. } if 0 < self.machine.classes && self.machine.classes < classes => {
                Err(Error::shape("classes of the target", self.machine.classes, classes))
            }
            _ => self.check_range(held),
        }
    }

    /// Calls `of` for blocks of samples in lanes, free units being NaN, and puts what it writes, lanes × `rows`, in columns; rows
    /// that are features are given back in the units of the data.
    pub(crate) fn in_blocks(
        &self,
        data: &Dataset<'_, F>,
        rows: usize,
        steps: usize,
        of: impl Fn(usize, &[F], &mut [F]) + Sync,
    ) -> Result<DMatrix<F>> {
        let mut all = self.blocks_of(data, rows, steps, of);
        if let Some(scaler) = &self.scaler {
            let features = self.machine.features;
            all.chunks_exact_mut(rows).for_each(|sample| scaler.undo(&mut sample[..features]));
        }
        check_answers(&all, rows)?;
        Ok(DMatrix::from_vec(rows, data.samples(), all))
    }

    /// As [`in_blocks`](Self::in_blocks), without scaling back: rows × samples.
    pub(crate) fn blocks_of(
        &self,
        data: &Dataset<'_, F>,
        rows: usize,
        steps: usize,
        of: impl Fn(usize, &[F], &mut [F]) + Sync,
    ) -> Vec<F> {
        let machine = &self.machine;
        let labelled = matches!(data.target(), nn_core::Target::Labels { .. });
        let samples = Samples::new(*data, machine.classes).scaled(self.scaler.as_ref(), None);
        let mut all = vec![F::ZERO; rows * data.samples()];
        let mut blocks: Vec<&mut [F]> = all.chunks_mut(rows * AT_ONCE).collect();
        let cost = (data.samples() * self.state.theta.len()).saturating_mul(steps.max(1));
        side_by_side_for(cost, &mut blocks, |block, out| {
            let from = block * AT_ONCE;
            samples.read(from..samples.len().min(from + AT_ONCE), AT_ONCE, usize::MAX, |shard, shard_items| {
                let mut lanes = [shard.x, shard.target].concat();
                machine.hold_in_range(&mut lanes[..shard.x.len()]);
                if !labelled {
                    lanes[shard.x.len()..].fill(F::from_f64(f64::NAN));
                }
                let mut made = vec![F::ZERO; AT_ONCE * rows];
                of(block, &lanes, &mut made);
                let places: Vec<u32> = (0..shard_items.len() as u32).collect();
                kernels::scatter(&made, AT_ONCE, &places, out, rows);
            });
        });
        all
    }
}
