//! The two phases of learning: samples clamped to the visible units, and all units running free.
//!
//! Each phase gives how often units are on, alone and together, in the order of theta: a number for each pair that is joined, then one
//! for each unit. By sampling, a run begins at random, is annealed, and is then looked at after each unit of time; exactly, it is
//! a sum over all states of the units that are free.

use super::chain::Chain;
use super::couplings::Couplings;
use super::enumerate::{self, Moments};
use super::graph::{Graph, Loose};
use super::params::{Learning, Plan};
use super::sides::{Summed, summed};
use crate::logs::softplus;
use nn_core::kernels::axpy;
use nn_core::random::{Key, Uniforms};
use nn_core::{Result, side_by_side_for};
use std::collections::BTreeSet;

/// Groups of runs whose sums are added in order, at most: work for so many threads.
const GROUPS: usize = 16;
/// Numbers that all groups may sum up in together.
const MOST_NUMBERS: usize = 1 << 22;
/// Fewer multiply-adds are not worth cutting.
const WORTH_CUTTING: usize = 1 << 20;

/// What a phase came to.
#[derive(Clone, Debug)]
pub(crate) struct Phase {
    /// Shares of the time, in the order of theta.
    pub(crate) statistics: Vec<f64>,
    /// `ln sum_s e^(-E(s))`, where all states were summed over.
    pub(crate) log_partition: Option<f64>,
}

/// What a sample is unlikely by, and its most probable hidden units.
pub(crate) type Judged = (f64, Vec<bool>);

/// Some samples, as states of the visible units: 0, 1, or NaN where a unit runs free.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clamped<'a> {
    /// visible × samples.
    pub(crate) states: &'a [f64],
    /// Which of them, in order.
    pub(crate) chosen: &'a [u32],
    /// What each of all samples weighs; 1 where there are none.
    pub(crate) weights: Option<&'a [f64]>,
}

impl Clamped<'_> {
    fn weight(&self, sample: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[sample])
    }

    /// Units of a sample, and those of its visible ones that run free as well as all hidden ones.
    pub(crate) fn sample(&self, sample: usize, graph: &Graph) -> (Vec<f64>, Vec<u32>) {
        let mut state = self.states[sample * graph.visible..][..graph.visible].to_vec();
        state.resize(graph.units(), f64::NAN);
        let free = (0..state.len() as u32).filter(|&unit| state[unit as usize].is_nan()).collect::<Vec<_>>();
        free.iter().for_each(|&unit| state[unit as usize] = 0.0);
        (state, free)
    }

    /// What it takes to sum over what the samples leave free, of the one that takes most.
    pub(crate) fn loose(&self, graph: &Graph) -> Loose {
        let kinds: BTreeSet<Vec<u32>> =
            self.chosen.iter().map(|&sample| self.sample(sample as usize, graph).1).collect();
        kinds.iter().map(|free| graph.loose(free)).fold(Loose::default(), |most, loose| Loose {
            widest: most.widest.max(loose.widest),
            states: most.states.max(loose.states),
        })
    }
}

/// Who learns how: what both phases need to know.
#[derive(Debug)]
pub(crate) struct Phases<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) plan: &'a Plan,
    /// At temperature 1.
    pub(crate) couplings: &'a Couplings,
}

impl Phases<'_> {
    /// Samples are clamped to the visible units, one after another.
    ///
    /// # Errors
    /// [`Error::Data`](nn_core::Error::Data) where learning is exact and too many units are free.
    pub(crate) fn clamped(&self, samples: &Clamped<'_>, step: u64) -> Result<Phase> {
        if self.plan.learning == Learning::Exact {
            return self.clamped_exactly(samples);
        }
        let Plan { clampings, noise, seed, .. } = *self.plan;
        self.runs(samples.chosen.len() * clampings, |run, sums| {
            let sample = samples.chosen[run / clampings] as usize;
            let mut uniforms = Uniforms::new(Key { seed, step, shard: run as u64 }.stream("clamped"));
            let (mut state, free) = samples.sample(sample, self.graph);
            if noise != [0.0; 2] {
                for unit in self.told(&free) {
                    let chance = noise[usize::from(state[unit] == 0.0)];
                    if uniforms.draw() < chance {
                        state[unit] = 1.0 - state[unit];
                    }
                }
            }
            let chain = Chain::new(self.couplings, state, free, uniforms);
            self.collect(chain, samples.weight(sample), sums);
            Ok(())
        })
    }

    /// All units run free: so often as samples are clamped.
    ///
    /// # Errors
    /// [`Error::Data`](nn_core::Error::Data) where learning is exact and there are too many states.
    pub(crate) fn free(&self, samples: usize, step: u64) -> Result<Phase> {
        let Plan { learning, clampings, seed, .. } = *self.plan;
        if learning == Learning::Exact {
            let Summed { log_partition, statistics } = summed(self.couplings, self.graph)?;
            return Ok(Phase { statistics, log_partition: Some(log_partition) });
        }
        let everyone: Vec<u32> = (0..self.graph.units() as u32).collect();
        self.runs(samples * clampings, |run, sums| {
            let uniforms = Uniforms::new(Key { seed, step, shard: run as u64 }.stream("free"));
            let chain = Chain::new(self.couplings, vec![0.0; everyone.len()], everyone.clone(), uniforms);
            self.collect(chain, 1.0, sums);
            Ok(())
        })
    }

    /// `-ln P(v)` of each sample, where the logarithm of the partition function is known, and its most probable hidden units.
    ///
    /// # Errors
    /// [`Error::Data`](nn_core::Error::Data) where too many units are free.
    pub(crate) fn judged(&self, samples: &Clamped<'_>, log_partition: f64) -> Result<Vec<Judged>> {
        self.each(samples, 1, |sample| {
            let (state, units) = samples.sample(sample, self.graph);
            let (own, energy) = self.couplings.conditioned(&state, &units);
            let free = enumerate::free(&own)?;
            let hidden = free.likeliest[units.len() - self.graph.hidden..].to_vec();
            Ok((log_partition + energy - free.log_partition, hidden))
        })
    }

    /// `-sum_i ln P(v_i | all other v)` of each sample, over the visible units that it tells, and its most probable hidden units: by the
    /// free energy of the sample, and of it with each unit turned.
    ///
    /// # Errors
    /// [`Error::Data`](nn_core::Error::Data) where too many units are free.
    pub(crate) fn turned(&self, samples: &Clamped<'_>) -> Result<Vec<Judged>> {
        self.each(samples, self.graph.visible, |sample| {
            let (state, units) = samples.sample(sample, self.graph);
            let (mut own, _) = self.couplings.conditioned(&state, &units);
            let (groups, fields) = (enumerate::components(&own), self.couplings.fields_of(&state));
            let free = enumerate::free_in(&own, &groups)?;
            let biases = own.biases().to_vec();
            let mut unlikely = 0.0;
            for unit in self.told(&units) {
                let change = 1.0 - 2.0 * state[unit];
                let column = self.couplings.column(unit);
                let turned = units.iter().zip(&biases).map(|(&free, bias)| bias + change * column[free as usize]);
                own.bias_by(turned);
                let after = change * fields[unit] + enumerate::free_in(&own, &groups)?.log_partition;
                unlikely += softplus(after - free.log_partition);
            }
            Ok((unlikely, free.likeliest[units.len() - self.graph.hidden..].to_vec()))
        })
    }

    /// The mean of [`turned`](Self::turned) over samples where units that are free are too many to sum over, by sampling these for so
    /// many units of time: `1 / P(v_i | all other v)` is the mean of `1 / P(v_i | all other units)` over what is free, given v. The mean of
    /// few draws misses what is rare, so that this is nearer to 0 than the truth. Random numbers are the same at each call.
    pub(crate) fn unlikely(&self, samples: &Clamped<'_>, time: usize) -> f64 {
        let cost = self.plan.annealing.time().saturating_add(time).saturating_mul(self.graph.units().pow(2));
        let sums = self.in_groups(samples.chosen.len(), 1, cost, |index, sums| {
            let sample = samples.chosen[index] as usize;
            let (state, free) = samples.sample(sample, self.graph);
            let told: Vec<usize> = self.told(&free).collect();
            let uniforms =
                Uniforms::new(Key { seed: self.plan.seed, step: 0, shard: sample as u64 }.stream("unlikely"));
            let mut chain = Chain::new(self.couplings, state, free, uniforms);
            chain.scatter();
            chain.cool(&self.plan.annealing);
            // Of each unit the sum of e^x as a share of the largest, which none of a long time can overflow.
            let mut all = vec![(0.0_f64, 0.0_f64); told.len()];
            for _ in 0..time {
                chain.pass(1.0);
                for ((most, total), &unit) in all.iter_mut().zip(&told) {
                    let field = chain.fields()[unit];
                    let x = softplus(if chain.state()[unit] == 1.0 { -field } else { field });
                    if *most < x {
                        (*total, *most) = (*total * (*most - x).exp(), x);
                    }
                    *total += (x - *most).exp();
                }
            }
            let weight = samples.weight(sample);
            let unlikely: f64 = all.iter().map(|(most, total)| most + (total / time as f64).ln()).sum();
            sums.numbers[0] += weight * unlikely;
            sums.weight += weight;
            Ok(())
        });
        // No run of these has an error to tell.
        sums.map_or(0.0, |sums| sums.mean().numbers[0])
    }

    /// The visible units that are not free.
    fn told(&self, free: &[u32]) -> impl Iterator<Item = usize> {
        (0..self.graph.visible).filter(|&unit| free.binary_search(&(unit as u32)).is_err())
    }

    /// What `judge` says of each sample, each asked so many times.
    fn each(
        &self,
        samples: &Clamped<'_>,
        times: usize,
        judge: impl Fn(usize) -> Result<Judged> + Sync,
    ) -> Result<Vec<Judged>> {
        let mut judged: Vec<Result<Judged>> = samples.chosen.iter().map(|_| Ok((0.0, Vec::new()))).collect();
        let cost = self.graph.units().pow(2) + times.saturating_mul(8 << self.graph.hidden.min(20));
        side_by_side_for(cost.saturating_mul(judged.len()), &mut judged, |index, judged| {
            *judged = judge(samples.chosen[index] as usize);
        });
        judged.into_iter().collect()
    }

    fn clamped_exactly(&self, samples: &Clamped<'_>) -> Result<Phase> {
        let graph = self.graph;
        let (numbers, cost) = (graph.theta_len(), graph.theta_len() << graph.hidden.min(20));
        let sums = self.in_groups(samples.chosen.len(), numbers, cost, |index, sums| {
            let sample = samples.chosen[index] as usize;
            let (mut expected, free) = samples.sample(sample, graph);
            let mut place = vec![usize::MAX; graph.units()];
            let Moments { single, pair, .. } =
                enumerate::grouped_moments(&self.couplings.conditioned(&expected, &free).0)?;
            for (at, (&unit, single)) in free.iter().zip(single).enumerate() {
                expected[unit as usize] = single;
                place[unit as usize] = at;
            }
            let together = |&[i, j]: &[u32; 2]| {
                let [i, j] = [i as usize, j as usize];
                match (place[i], place[j]) {
                    // Units are free in rising order.
                    (i, j) if i < free.len() && j < free.len() => pair[j * free.len() + i],
                    _ => expected[i] * expected[j],
                }
            };
            let all = graph.pairs.iter().map(together).chain(expected.iter().copied());
            let weight = samples.weight(sample);
            sums.numbers.iter_mut().zip(all).for_each(|(sum, number)| *sum += weight * number);
            sums.weight += weight;
            Ok(())
        })?;
        Ok(Phase { statistics: sums.mean().numbers, log_partition: None })
    }

    /// Anneals a chain, then looks at it after each unit of time.
    fn collect(&self, mut chain: Chain<'_>, weight: f64, sums: &mut Sums) {
        chain.scatter();
        chain.cool(&self.plan.annealing);
        for _ in 0..self.plan.collecting_time {
            chain.pass(1.0);
            let state = chain.state();
            // units × units: all columns of units that are on gain the state.
            for (column, _) in sums.numbers.chunks_mut(state.len()).zip(state).filter(|(_, unit)| **unit == 1.0) {
                axpy(weight, state, column);
            }
            sums.weight += weight;
        }
    }

    fn runs(&self, runs: usize, run: impl Fn(usize, &mut Sums) -> Result<()> + Sync) -> Result<Phase> {
        let time = self.plan.annealing.time().saturating_add(self.plan.collecting_time);
        let cost = time.saturating_mul(self.graph.units()).saturating_mul(self.graph.units());
        let units = self.graph.units();
        let Sums { numbers, .. } = self.in_groups(runs, units * units, cost, run)?.mean();
        // A unit is together with itself where it is on.
        let pairs = self.graph.pairs.iter().map(|&[i, j]| numbers[j as usize * units + i as usize]);
        let statistics = pairs.chain((0..units).map(|unit| numbers[unit * units + unit])).collect();
        Ok(Phase { statistics, log_partition: None })
    }

    /// Does so many runs, each of some `cost`, that add up so many numbers, in groups that do not hang on the number of threads.
    fn in_groups(
        &self,
        runs: usize,
        numbers: usize,
        cost: usize,
        run: impl Fn(usize, &mut Sums) -> Result<()> + Sync,
    ) -> Result<Sums> {
        let cost = cost.saturating_mul(runs);
        let most = if cost < WORTH_CUTTING { 1 } else { GROUPS.min(MOST_NUMBERS / numbers).max(1) };
        let each = runs.div_ceil(most.min(runs).max(1)).max(1);
        let mut groups: Vec<_> = (0..runs.div_ceil(each).max(1)).map(|_| (Sums::new(numbers), Ok(()))).collect();
        side_by_side_for(cost, &mut groups, |group, (sums, told)| {
            *told = (group * each..runs.min((group + 1) * each)).try_for_each(|index| run(index, sums));
        });
        let mut all = Sums::new(numbers);
        for (sums, told) in groups {
            told?;
            all.join(&sums);
        }
        Ok(all)
    }
}

/// What is added up in a phase.
#[derive(Clone, Debug)]
struct Sums {
    numbers: Vec<f64>,
    weight: f64,
}

impl Sums {
    fn new(numbers: usize) -> Self {
        Self { numbers: vec![0.0; numbers], weight: 0.0 }
    }

    fn join(&mut self, other: &Self) {
        axpy(1.0, &other.numbers, &mut self.numbers);
        self.weight += other.weight;
    }

    /// By the weight of what was added.
    fn mean(mut self) -> Self {
        let share = if 0.0 < self.weight { 1.0 / self.weight } else { 0.0 };
        self.numbers.iter_mut().for_each(|sum| *sum *= share);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BoltzmannParams;
    use nn_core::testing::numbers;

    #[test]
    fn sampled_and_turned_pseudo_likelihoods_are_those_of_enumerated_probabilities() {
        let graph = Graph::full(&[5], 3);
        let theta: Vec<f64> = numbers(graph.theta_len(), "theta").iter().map(|number| 2.0 * number).collect();
        let couplings = Couplings::of_theta(&theta, &graph.pairs, 1.0);
        let plan = BoltzmannParams::default().plan(&graph, 1, Loose::default()).unwrap();
        let phases = Phases { graph: &graph, plan: &plan, couplings: &couplings };
        let states = [1.0, 0.0, f64::NAN, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.0];
        let samples = Clamped { states: &states, chosen: &[0, 1], weights: Some(&[1.0, 3.0]) };
        let p = couplings.distribution().unwrap();
        // The share of all states that have what the sample tells, but for `other`, where it has the opposite.
        let known = |sample: &[f64], other: usize| {
            let fits = |number: usize| {
                let mut told = sample.iter().enumerate().filter(|(_, told)| !told.is_nan());
                told.all(|(unit, &told)| ((number >> unit & 1 == 1) == (told == 1.0)) != (unit == other))
            };
            (0..p.len()).filter(|&number| fits(number)).map(|number| p[number]).sum::<f64>()
        };
        let pseudo = |sample: &[f64]| {
            let told = (0..5).filter(|&unit| !sample[unit].is_nan());
            told.map(|unit| -(known(sample, 9) / (known(sample, 9) + known(sample, unit))).ln()).sum::<f64>()
        };
        let expected = [pseudo(&states[..5]), pseudo(&states[5..])];
        let turned = phases.turned(&samples).unwrap();
        assert!(turned.iter().zip(expected).all(|((told, _), expected)| (told - expected).abs() < 1e-12));
        let mean = (expected[0] + 3.0 * expected[1]) / 4.0;
        let sampled = phases.unlikely(&samples, 50_000);
        assert!((sampled - mean).abs() < 0.02 * mean, "{sampled} {mean}");
    }
}
