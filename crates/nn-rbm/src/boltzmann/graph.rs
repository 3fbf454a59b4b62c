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
        // Each unit points to one of its group that stands before it, or to itself.
        let mut first: Vec<usize> = (0..visible).collect();
        let root = |first: &[usize], mut unit: usize| {
            while first[unit] != unit {
                unit = first[unit];
            }
            unit
        };
        for &[i, j] in pairs.iter().filter(|[_, j]| (*j as usize) < visible) {
            let [i, j] = [root(&first, i as usize), root(&first, j as usize)];
            first[i.max(j)] = i.min(j);
        }
        let mut groups = vec![Vec::new(); visible];
        (0..visible).for_each(|unit| groups[root(&first, unit)].push(unit as u32));
        groups.retain(|group| !group.is_empty());
        Self { visible, hidden, pairs, groups }
    }

    /// How many states are gone through to sum over all: `2^h sum_g 2^g` for h hidden units and groups of g visible ones; the
    /// largest number there is where they are more than that.
    pub(crate) fn states(&self) -> u64 {
        let power = |units: usize| if units < 60 { 1_u64 << units } else { u64::MAX };
        let visible = self.groups.iter().fold(0_u64, |sum, group| sum.saturating_add(power(group.len())));
        visible.saturating_mul(power(self.hidden))
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
    fn edges_are_taken_once_and_a_self_connection_is_refused() {
        assert_eq!(Graph::given(2, 1, &[2, 0, 0, 2, 0, 1]).unwrap().pairs, [[0, 1], [0, 2]]);
        let error = |edges: &[usize]| Graph::given(2, 1, edges).unwrap_err().to_string();
        assert_eq!(error(&[1, 1]), "edges: expected two units, since none is joined to itself, got 1-1");
        assert_eq!(error(&[0, 3]), "edges: expected units below 3, of which 2 are visible, got 3");
        assert_eq!(error(&[0, 1, 2]), "edges: expected units two by two, got 3 units");
    }
}
