//! Which units are joined.

use nn_core::{Error, Result};

/// Visible units, then hidden ones, and the pairs that are joined.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Graph {
    pub(crate) visible: usize,
    pub(crate) hidden: usize,
    /// Each pair once, the lower unit first, in rising order.
    pub(crate) pairs: Vec<[u32; 2]>,
    /// The visible units that have to do with one another where the hidden ones are known.
    pub(crate) groups: Vec<Vec<u32>>,
}

impl Graph {
    /// All pairs, but for visible units of different groups.
    pub(crate) fn full(groups: &[usize], hidden: usize) -> Self {
        let group: Vec<usize> = groups.iter().enumerate().flat_map(|(group, &size)| vec![group; size]).collect();
        let visible = group.len();
        Self::of(visible, hidden, |i, j| visible <= j || group[i] == group[j])
    }

    /// Visible units with hidden ones.
    pub(crate) fn bipartite(visible: usize, hidden: usize) -> Self {
        Self::of(visible, hidden, |i, j| i < visible && visible <= j)
    }

    /// The pairs that `edges` names.
    ///
    /// # Errors
    /// [`Error::Param`] for a unit without a partner, one that is not there, or one that is joined to itself.
    pub(crate) fn given(visible: usize, hidden: usize, edges: &[usize]) -> Result<Self> {
        let (pairs, rest) = edges.as_chunks::<2>();
        if pairs.is_empty() && rest.is_empty() {
            return Err(Error::param("edges", "none", "units two by two, as 0-2-1-2 joins 0 with 2 and 1 with 2"));
        }
        if !rest.is_empty() {
            return Err(Error::param("edges", format!("{} units", edges.len()), "units two by two"));
        }
        let units = visible + hidden;
        let mut sorted = Vec::with_capacity(pairs.len());
        for &[i, j] in pairs {
            if units <= i.max(j) {
                return Err(Error::param(
                    "edges",
                    i.max(j),
                    format!("units below {units}, of which {visible} are visible"),
                ));
            }
            if i == j {
                return Err(Error::param("edges", format!("{i}-{i}"), "two units, since none is joined to itself"));
            }
            sorted.push([i.min(j) as u32, i.max(j) as u32]);
        }
        sorted.sort_unstable();
        sorted.dedup();
        Ok(Self::with_pairs(visible, hidden, sorted))
    }

    fn of(visible: usize, hidden: usize, joined: impl Fn(usize, usize) -> bool) -> Self {
        let units = visible + hidden;
        let pairs = (0..units).flat_map(|i| (i + 1..units).map(move |j| (i, j))).filter(|&(i, j)| joined(i, j));
        Self::with_pairs(visible, hidden, pairs.map(|(i, j)| [i as u32, j as u32]).collect())
    }

    fn with_pairs(visible: usize, hidden: usize, pairs: Vec<[u32; 2]>) -> Self {
        let own = pairs.iter().filter(|[_, j]| (*j as usize) < visible);
        let groups = groups(visible, own.map(|&[i, j]| [i as usize, j as usize]));
        Self { visible, hidden, pairs, groups }
    }

    /// How many states are gone through to sum over all: `2^h sum_g 2^g` for h hidden units and groups of g visible ones; the
    /// largest number there is where they are more than that.
    pub(crate) fn states(&self) -> u64 {
        let visible = self.groups.iter().fold(0_u64, |sum, group| sum.saturating_add(power(group.len())));
        visible.saturating_mul(power(self.hidden))
    }

    /// What it takes to sum over these units, in rising order, where all others are known.
    pub(crate) fn loose(&self, free: &[u32]) -> Loose {
        let mut place = vec![None; self.units()];
        free.iter().enumerate().for_each(|(at, &unit)| place[unit as usize] = Some(at));
        let own = self.pairs.iter().filter_map(|&[i, j]| Some([place[i as usize]?, place[j as usize]?]));
        groups(free.len(), own).iter().fold(Loose::default(), |loose, group| Loose {
            widest: loose.widest.max(group.len()),
            states: loose.states.saturating_add(power(group.len())),
        })
    }

    /// The hidden units that no unit is joined to.
    pub(crate) fn idle(&self) -> Vec<usize> {
        let mut idle = vec![true; self.units()];
        self.pairs.iter().flatten().for_each(|&unit| idle[unit as usize] = false);
        (self.visible..self.units()).filter(|&unit| idle[unit]).collect()
    }

    /// How many units there are.
    pub(crate) fn units(&self) -> usize {
        self.visible + self.hidden
    }

    /// How many weights and biases there are.
    pub(crate) fn theta_len(&self) -> usize {
        self.pairs.len() + self.units()
    }
}

/// What it takes to sum over units that are free, or over those of the sample that takes most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loose {
    /// How many units the largest group has that connections join, straight or by way of others.
    pub(crate) widest: usize,
    /// How many states all groups have, each summed over for itself.
    pub(crate) states: u64,
}

/// `2^units`, or the largest number there is.
pub(crate) fn power(units: usize) -> u64 {
    if units < 60 { 1_u64 << units } else { u64::MAX }
}

/// So many units in groups that pairs join, straight or by way of others.
fn groups(units: usize, pairs: impl Iterator<Item = [usize; 2]>) -> Vec<Vec<u32>> {
    // Each unit points to one of its group that stands before it, or to itself.
    let mut first: Vec<usize> = (0..units).collect();
    let root = |first: &[usize], mut unit: usize| {
        while first[unit] != unit {
            unit = first[unit];
        }
        unit
    };
    for [i, j] in pairs {
        let [i, j] = [root(&first, i), root(&first, j)];
        first[i.max(j)] = i.min(j);
    }
    let mut groups = vec![Vec::new(); units];
    (0..units).for_each(|unit| groups[root(&first, unit)].push(unit as u32));
    groups.retain(|group| !group.is_empty());
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_encoder_of_1985_has_no_connection_from_side_to_side() {
        let graph = Graph::full(&[4, 4], 2);
        // 6 pairs within each side, 16 from visible to hidden units, 1 between hidden units.
        assert_eq!(graph.pairs.len(), 6 + 6 + 16 + 1);
        assert!(!graph.pairs.contains(&[0, 4]) && graph.pairs.contains(&[4, 8]) && graph.pairs.contains(&[8, 9]));
        assert_eq!(graph.theta_len(), 39);
    }

    #[test]
    fn what_is_known_leaves_groups() {
        let graph = Graph::bipartite(6, 3);
        assert_eq!(graph.loose(&[6, 7, 8]), Loose { widest: 1, states: 6 });
        assert_eq!(graph.loose(&[1, 6, 7, 8]), Loose { widest: 4, states: 16 });
        assert_eq!(graph.loose(&[]), Loose::default());
        assert_eq!(Graph::given(2, 3, &[0, 3, 1, 3]).unwrap().idle(), [2, 4]);
    }

    #[test]
    fn edges_are_taken_once_and_a_self_connection_is_refused() {
        assert_eq!(Graph::given(2, 1, &[2, 0, 0, 2, 0, 1]).unwrap().pairs, [[0, 1], [0, 2]]);
        let error = |edges: &[usize]| Graph::given(2, 1, edges).unwrap_err().to_string();
        assert_eq!(error(&[1, 1]), "edges: expected two units, since none is joined to itself, got 1-1");
        assert_eq!(error(&[0, 3]), "edges: expected units below 3, of which 2 are visible, got 3");
        assert_eq!(error(&[0, 1, 2]), "edges: expected units two by two, got 3 units");
    }
}
