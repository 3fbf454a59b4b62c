//! The two phases of learning: samples clamped to the visible units, and all units running free.
//!
//! Each phase gives how often units are on, alone and together, in the order of theta: a number for each pair that is joined, then one
//! for each unit. By sampling, a run begins at random, is annealed, and is then looked at after each unit of time; exactly, it is
//! a sum over all states of the units that are free.

use super::chain::Chain;
use super::couplings::Couplings;
use super::enumerate::{self, softplus};
use super::graph::Graph;
use super::params::{Learning, Plan};
use super::sides::{Summed, summed};
use nn_core::kernels::axpy;
use nn_core::random::{Key, Uniforms};
use nn_core::side_by_side_for;

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
    /// What the clamped visible units are unlikely by, each given all others: `-sum_i ln P(v_i | v_others, h)`, in the mean over
    /// samples and time; of sampled runs alone.
    pub(crate) unlikely: f64,
    /// `ln sum_s e^(-E(s))`, where all states were summed over.
    pub(crate) log_partition: Option<f64>,
}

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
    /// Samples are clamped to the visible units, one after another; `stream` names the random numbers.
    pub(crate) fn clamped(&self, samples: &Clamped<'_>, step: u64, stream: &str) -> Phase {
        if self.plan.learning == Learning::Exact {
            return self.clamped_exactly(samples);
        }
        let Plan { clampings, noise, seed, .. } = *self.plan;
        self.runs(samples.chosen.len() * clampings, |run, sums| {
            let sample = samples.chosen[run / clampings] as usize;
            let mut uniforms = Uniforms::new(Key { seed, step, shard: run as u64 }.stream(stream));
            let (mut state, free) = samples.sample(sample, self.graph);
            let clamped: Vec<usize> =
                (0..self.graph.visible).filter(|&unit| free.binary_search(&(unit as u32)).is_err()).collect();
            if noise != [0.0; 2] {
                for &unit in &clamped {
                    let chance = noise[usize::from(state[unit] == 0.0)];
                    if uniforms.draw() < chance {
                        state[unit] = 1.0 - state[unit];
                    }
                }
            }
            let chain = Chain::new(self.couplings, state, free, uniforms);
            self.collect(chain, &clamped, samples.weight(sample), sums);
        })
    }

    /// All units run free: so often as samples are clamped.
    pub(crate) fn free(&self, samples: usize, step: u64) -> Phase {
        let Plan { learning, clampings, seed, .. } = *self.plan;
        if learning == Learning::Exact {
            let Summed { log_partition, statistics } = summed(self.couplings, self.graph);
            return Phase { statistics, unlikely: 0.0, log_partition: Some(log_partition) };
        }
        let everyone: Vec<u32> = (0..self.graph.units() as u32).collect();
        self.runs(samples * clampings, |run, sums| {
            let uniforms = Uniforms::new(Key { seed, step, shard: run as u64 }.stream("free"));
            let chain = Chain::new(self.couplings, vec![0.0; everyone.len()], everyone.clone(), uniforms);
            self.collect(chain, &[], 1.0, sums);
        })
    }

    /// `-ln P(v)` of each sample, where the logarithm of the partition function is known, and its most probable hidden units; none
    /// where units that run free are too many.
    pub(crate) fn judged(&self, samples: &Clamped<'_>, log_partition: f64) -> Option<Vec<(f64, Vec<bool>)>> {
        let judge = |sample: usize| {
            let (state, units) = samples.sample(sample, self.graph);
            let (own, energy) = self.couplings.conditioned(&state, &units);
            let free = match units.is_empty() {
                true => return Some((log_partition + energy, Vec::new())),
                false => enumerate::free(&own)?,
            };
            let hidden = free.likeliest[units.len() - self.graph.hidden..].to_vec();
            Some((log_partition + energy - free.log_partition, hidden))
        };
        let mut judged = vec![None; samples.chosen.len()];
        let cost = (self.graph.units() * self.graph.units() + (8 << self.graph.hidden.min(20))) * judged.len();
        side_by_side_for(cost, &mut judged, |index, judged| *judged = judge(samples.chosen[index] as usize));
        judged.into_iter().collect()
    }

    fn clamped_exactly(&self, samples: &Clamped<'_>) -> Phase {
        let graph = self.graph;
        let (numbers, cost) = (graph.theta_len(), graph.theta_len() << graph.hidden.min(20));
        let sums = self.in_groups(samples.chosen.len(), numbers, cost, |index, sums| {
            let sample = samples.chosen[index] as usize;
            let (mut expected, free) = samples.sample(sample, graph);
            let mut place = vec![usize::MAX; graph.units()];
            let mut pair = Vec::new();
            if !free.is_empty() {
                let moments = enumerate::moments(&self.couplings.conditioned(&expected, &free).0);
                for (at, (&unit, single)) in free.iter().zip(moments.single).enumerate() {
                    expected[unit as usize] = single;
                    place[unit as usize] = at;
                }
                pair = moments.pair;
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
        });
        Phase { statistics: sums.mean().numbers, unlikely: 0.0, log_partition: None }
    }

    /// Anneals a chain, then looks at it after each unit of time.
    fn collect(&self, mut chain: Chain<'_>, clamped: &[usize], weight: f64, sums: &mut Sums) {
        chain.scatter();
        chain.cool(&self.plan.annealing);
        for _ in 0..self.plan.collecting_time {
            chain.pass(1.0);
            let (state, fields) = (chain.state(), chain.fields());
            // units × units: all columns of units that are on gain the state.
            for (column, _) in sums.numbers.chunks_mut(state.len()).zip(state).filter(|(_, unit)| **unit == 1.0) {
                axpy(weight, state, column);
            }
            sums.weight += weight;
            let against = |&unit: &usize| softplus(if state[unit] == 1.0 { -fields[unit] } else { fields[unit] });
            sums.unlikely += weight * clamped.iter().map(against).sum::<f64>();
        }
    }

    fn runs(&self, runs: usize, run: impl Fn(usize, &mut Sums) + Sync) -> Phase {
        let time = self.plan.annealing.time().saturating_add(self.plan.collecting_time);
        let cost = time.saturating_mul(self.graph.units()).saturating_mul(self.graph.units());
        let units = self.graph.units();
        let Sums { numbers, unlikely, .. } = self.in_groups(runs, units * units, cost, run).mean();
        // A unit is together with itself where it is on.
        let pairs = self.graph.pairs.iter().map(|&[i, j]| numbers[j as usize * units + i as usize]);
        let statistics = pairs.chain((0..units).map(|unit| numbers[unit * units + unit])).collect();
        Phase { statistics, unlikely, log_partition: None }
    }

    /// Does so many runs, each of some `cost`, that add up so many numbers, in groups that do not hang on the number of threads.
    fn in_groups(&self, runs: usize, numbers: usize, cost: usize, run: impl Fn(usize, &mut Sums) + Sync) -> Sums {
        let cost = cost.saturating_mul(runs);
        let most = if cost < WORTH_CUTTING { 1 } else { GROUPS.min(MOST_NUMBERS / numbers).max(1) };
        let each = runs.div_ceil(most.min(runs).max(1)).max(1);
        let mut groups = vec![Sums::new(numbers); runs.div_ceil(each).max(1)];
        side_by_side_for(cost, &mut groups, |group, sums| {
            (group * each..runs.min((group + 1) * each)).for_each(|index| run(index, sums));
        });
        let mut all = Sums::new(numbers);
        groups.iter().for_each(|group| all.join(group));
        all
    }
}

/// What is added up in a phase.
#[derive(Clone, Debug)]
struct Sums {
    numbers: Vec<f64>,
    unlikely: f64,
    weight: f64,
}

impl Sums {
    fn new(numbers: usize) -> Self {
        Self { numbers: vec![0.0; numbers], unlikely: 0.0, weight: 0.0 }
    }

    fn join(&mut self, other: &Self) {
        axpy(1.0, &other.numbers, &mut self.numbers);
        self.unlikely += other.unlikely;
        self.weight += other.weight;
    }

    /// By the weight of what was added.
    fn mean(mut self) -> Self {
        let share = if 0.0 < self.weight { 1.0 / self.weight } else { 0.0 };
        self.numbers.iter_mut().for_each(|sum| *sum *= share);
        self.unlikely *= share;
        self
    }
}
