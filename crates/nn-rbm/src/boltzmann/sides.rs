//! Sums over all states by way of the hidden units: exact for machines whose visible units are not all joined.
//!
//! Where the hidden units are known, visible units that no connection joins, neither straight nor by way of other visible ones, have
//! nothing to do with one another. So `sum_s e^(-E(s)) = sum_h e^(-E(h)) prod_g sum_(v in g) e^(-E(v | h))` over the groups g
//! of visible units: of two sides of 8 and 3 hidden units `2^3 (2^8 + 2^8)` states instead of 2^19, and of a restricted machine
//! `2 n 2^h`.

use super::couplings::Couplings;
use super::enumerate::{self, MOST_STATES};
use super::graph::Graph;
use super::params::counted;
use crate::logs::softplus;
use nn_core::kernels::{axpy, sigmoid};
use nn_core::{Error, Result, side_by_side_for};
use std::ops::Range;

/// Parts of the hidden units' states, added in order, at most: work for so many threads.
const PARTS: usize = 16;
/// Fewer multiply-adds are not worth cutting.
const WORTH_CUTTING: u64 = 1 << 20;

/// The logarithm of the partition function, and how often units are on, alone and together, in the order of theta.
pub(crate) struct Summed {
    pub(crate) log_partition: f64,
    pub(crate) statistics: Vec<f64>,
}

/// `ln sum_s e^(-E(s))` by the shortest way there is.
///
/// # Errors
/// [`Error::Data`] where too many states would have to be summed over, with the cost.
pub(crate) fn log_partition(couplings: &Couplings, graph: &Graph) -> Result<f64> {
    if let Some(log_partition) = enumerate::log_partition_of_sides(couplings) {
        return Ok(log_partition);
    }
    match graph.states() <= MOST_STATES {
        true => Ok(sum(couplings, graph, false)?.log_partition),
        false => enumerate::log_partition(couplings),
    }
}

/// Sums over all states at temperature 1; [`Graph::states`] says how many they are.
///
/// # Errors
/// [`Error::Data`] where they are more than 2^20.
pub(crate) fn summed(couplings: &Couplings, graph: &Graph) -> Result<Summed> {
    sum(couplings, graph, true)
}

fn sum(couplings: &Couplings, graph: &Graph, with_statistics: bool) -> Result<Summed> {
    let states = graph.states();
    if MOST_STATES < states {
        return Err(Error::data(format!("{} are too many to sum over; at most {MOST_STATES} are", counted(states))));
    }
    let sides = Sides::new(couplings, graph, with_statistics);
    let codes = 1_usize << graph.hidden;
    let cost = states.saturating_mul(graph.units() as u64);
    let each = if cost < WORTH_CUTTING { codes } else { codes.div_ceil(PARTS) };
    let mut parts: Vec<Result<Part>> = (0..codes.div_ceil(each)).map(|_| Ok(Part::new(0))).collect();
    side_by_side_for(cost as usize, &mut parts, |number, part| {
        *part = sides.part(number * each..codes.min((number + 1) * each));
    });
    let mut whole = Part::new(sides.numbers());
    for part in parts {
        let part = part?;
        let share = whole.gain(part.most);
        whole.total += share * part.total;
        axpy(share, &part.sums, &mut whole.sums);
    }
    whole.sums.iter_mut().for_each(|sum| *sum /= whole.total);
    let statistics = if with_statistics { sides.in_order_of_theta(&whole.sums) } else { Vec::new() };
    Ok(Summed { log_partition: whole.most + whole.total.ln(), statistics })
}

/// Visible units that have to do with one another where the hidden ones are known.
#[derive(Clone)]
struct Group {
    units: Vec<u32>,
    couplings: Couplings,
}

/// What was summed up, all as shares of `e^most`.
#[derive(Clone)]
struct Part {
    most: f64,
    total: f64,
    sums: Vec<f64>,
}

impl Part {
    fn new(numbers: usize) -> Self {
        Self { most: f64::NEG_INFINITY, total: 0.0, sums: vec![0.0; numbers] }
    }

    /// What share `e^exponent` has beside the largest so far, which it may itself become.
    fn gain(&mut self, exponent: f64) -> f64 {
        if self.most < exponent {
            let shrink = (self.most - exponent).exp();
            self.sums.iter_mut().for_each(|sum| *sum *= shrink);
            (self.total, self.most) = (self.total * shrink, exponent);
        }
        (exponent - self.most).exp()
    }
}

/// What each code of the hidden units is asked with.
struct Sides<'a> {
    couplings: &'a Couplings,
    graph: &'a Graph,
    with_statistics: bool,
    /// `-E` of each code of the hidden units alone.
    codes: Vec<f64>,
    /// Visible units that no visible unit is joined to.
    alone: Vec<usize>,
    /// The others.
    groups: Vec<Group>,
}

impl<'a> Sides<'a> {
    fn new(couplings: &'a Couplings, graph: &'a Graph, with_statistics: bool) -> Self {
        let zeros = vec![0.0; graph.units()];
        let of = |units: &[u32]| couplings.conditioned(&zeros, units).0;
        let hidden: Vec<u32> = (graph.visible as u32..graph.units() as u32).collect();
        let (alone, groups): (Vec<_>, Vec<_>) = graph.groups.iter().partition(|group| group.len() == 1);
        let groups = groups.into_iter().map(|units: &Vec<u32>| Group { couplings: of(units), units: units.clone() });
        Self {
            couplings,
            graph,
            with_statistics,
            codes: enumerate::table(&of(&hidden)),
            alone: alone.into_iter().map(|group| group[0] as usize).collect(),
            groups: groups.collect(),
        }
    }

    /// How many numbers are summed up: of each hidden unit how often every unit is on with it, then the visible units of each group two
    /// by two, then each visible unit.
    fn numbers(&self) -> usize {
        let pairs: usize = self.groups.iter().map(|group| group.units.len().pow(2)).sum();
        if self.with_statistics { self.graph.hidden * self.graph.units() + pairs + self.graph.visible } else { 0 }
    }

    fn part(&self, codes: Range<usize>) -> Result<Part> {
        let &Self { couplings, graph, .. } = self;
        let (visible, hidden, units) = (graph.visible, graph.hidden, graph.units());
        let mut part = Part::new(self.numbers());
        let mut groups = self.groups.clone();
        let mut pairs = vec![Vec::new(); groups.len()];
        // The fields of the visible units where the hidden units from number `level` on are what the code says and those before it
        // are off: a code differs from the last one in few of its first units, so that few levels are new.
        let mut fields = vec![couplings.biases()[..visible].to_vec(); hidden + 1];
        let mut expected = vec![0.0; units];
        for code in codes.clone() {
            let new = if code == codes.start { hidden } else { code.trailing_zeros() as usize + 1 };
            for unit in (0..new).rev() {
                let (lower, upper) = fields.split_at_mut(unit + 1);
                lower[unit].copy_from_slice(&upper[0]);
                if code >> unit & 1 == 1 {
                    axpy(1.0, &couplings.column(visible + unit)[..visible], &mut lower[unit]);
                }
            }
            let fields = &fields[0];
            let mut exponent = self.codes[code] + self.alone.iter().map(|&unit| softplus(fields[unit])).sum::<f64>();
            for (group, pairs) in groups.iter_mut().zip(&mut pairs) {
                group.couplings.bias_by(group.units.iter().map(|&unit| fields[unit as usize]));
                if !self.with_statistics {
                    exponent += enumerate::distribution(&group.couplings)?.0;
                    continue;
                }
                let moments = enumerate::moments(&group.couplings)?;
                exponent += moments.log_partition;
                group.units.iter().zip(&moments.single).for_each(|(&unit, &single)| expected[unit as usize] = single);
                *pairs = moments.pair;
            }
            let share = part.gain(exponent);
            part.total += share;
            if !self.with_statistics {
                continue;
            }
            let mut chances: Vec<f64> = self.alone.iter().map(|&unit| fields[unit]).collect();
            sigmoid(&mut chances);
            self.alone.iter().zip(chances).for_each(|(&unit, chance)| expected[unit] = chance);
            (0..hidden).for_each(|unit| expected[visible + unit] = (code >> unit & 1) as f64);
            let (columns, mut rest) = part.sums.split_at_mut(hidden * units);
            let columns = columns.chunks_mut(units).enumerate();
            columns.filter(|(unit, _)| code >> unit & 1 == 1).for_each(|(_, column)| axpy(share, &expected, column));
            for pairs in &pairs {
                let (own, behind) = rest.split_at_mut(pairs.len());
                axpy(share, pairs, own);
                rest = behind;
            }
            axpy(share, &expected[..visible], rest);
        }
        Ok(part)
    }

    /// What was summed up, a number for each pair that is joined and then one for each unit.
    fn in_order_of_theta(&self, sums: &[f64]) -> Vec<f64> {
        let Graph { visible, hidden, .. } = *self.graph;
        let units = visible + hidden;
        let (columns, rest) = sums.split_at(hidden * units);
        // Where the pairs of a visible unit begin, and its place among its group.
        let mut place = vec![(0, 0); visible];
        let mut first = 0;
        for group in &self.groups {
            let len = group.units.len();
            group.units.iter().enumerate().for_each(|(at, &unit)| place[unit as usize] = (first + at * len, at));
            first += len * len;
        }
        let together = |&[i, j]: &[u32; 2]| match (i as usize, j as usize) {
            (i, j) if j < visible => rest[place[j].0 + place[i].1],
            (i, j) => columns[(j - visible) * units + i],
        };
        let hidden = (0..hidden).map(|unit| columns[unit * units + visible + unit]);
        self.graph.pairs.iter().map(together).chain(rest[first..].iter().copied()).chain(hidden).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::testing::numbers;

    #[test]
    fn group_by_group_it_comes_to_what_all_states_come_to() {
        let given = [0, 5, 1, 5, 2, 6, 3, 4, 0, 1, 5, 6];
        for graph in [
            Graph::full(&[2, 3], 3),
            Graph::full(&[4], 0),
            Graph::bipartite(5, 2),
            Graph::given(5, 2, &given).unwrap(),
            // Worth cutting into parts.
            Graph::bipartite(4, 13),
            Graph::full(&[3, 2], 11),
        ] {
            let theta: Vec<f64> = numbers(graph.theta_len(), "theta").iter().map(|number| 3.0 * number).collect();
            let couplings = Couplings::of_theta(&theta, &graph.pairs, 1.0);
            let summed = summed(&couplings, &graph).unwrap();
            let moments = couplings.moments().unwrap();
            assert!(
                (summed.log_partition - moments.log_partition).abs() < 1e-12 * moments.log_partition.abs().max(1.0)
            );
            let bare = log_partition(&couplings, &graph).unwrap();
            assert!((bare - moments.log_partition).abs() < 1e-12 * moments.log_partition.abs().max(1.0));
            let pairs = graph.pairs.iter().map(|&[i, j]| moments.pair[j as usize * graph.units() + i as usize]);
            let all: Vec<f64> = pairs.chain(moments.single.iter().copied()).collect();
            assert!(summed.statistics.iter().zip(&all).all(|(a, b)| (a - b).abs() < 1e-12), "{graph:?}");
        }
    }

    #[test]
    fn the_states_of_two_sides_are_few() {
        assert_eq!(Graph::full(&[8, 8], 3).states(), 8 * 512);
        assert_eq!(Graph::bipartite(64, 10).states(), 1024 * 128);
        assert_eq!(Graph::full(&[70], 3).states(), u64::MAX);
        let graph = Graph::full(&[11, 11], 9);
        let couplings = Couplings::of_theta(&vec![0.1; graph.theta_len()], &graph.pairs, 1.0);
        let error = summed(&couplings, &graph).err().unwrap().to_string();
        assert_eq!(error, "about 2^21 states are too many to sum over; at most 1048576 are");
    }
}
