//! Sums over all states by way of the hidden units: exact for machines whose visible units are not all joined.
//!
//! Where the hidden units are known, visible units that no connection joins, neither straight nor by way of other visible ones, have
//! nothing to do with one another. So `sum_s e^(-E(s)) = sum_h e^(-E(h)) prod_g sum_(v in g) e^(-E(v | h))` over the groups g
//! of visible units: of two sides of 8 and 3 hidden units `2^3 (2^8 + 2^8)` states instead of 2^19, and of a restricted machine
//! `2 n 2^h`.

use super::couplings::Couplings;
use super::enumerate;
use super::graph::Graph;

/// The logarithm of the partition function, and how often units are on, alone and together, in the order of theta.
pub(crate) struct Summed {
    pub(crate) log_partition: f64,
    pub(crate) statistics: Vec<f64>,
}

/// Visible units that have to do with one another where the hidden ones are known.
struct Group {
    units: Vec<u32>,
    couplings: Couplings,
}

/// Sums over all states at temperature 1; [`Graph::states`] says how many they are.
pub(crate) fn summed(couplings: &Couplings, graph: &Graph) -> Summed {
    let units = graph.units();
    let zeros = vec![0.0; units];
    let mut place = vec![(usize::MAX, 0); units];
    let mut groups = Vec::new();
    for (number, members) in graph.groups.iter().enumerate() {
        members.iter().enumerate().for_each(|(at, &unit)| place[unit as usize] = (number, at));
        groups.push(Group { couplings: couplings.conditioned(&zeros, members).0, units: members.clone() });
    }
    let (mut most, mut total) = (f64::NEG_INFINITY, 0.0);
    let mut sums = vec![0.0; graph.theta_len()];
    let mut expected = zeros;
    for code in 0..1_usize << graph.hidden {
        expected[..graph.visible].fill(0.0);
        (0..graph.hidden).for_each(|unit| expected[graph.visible + unit] = (code >> unit & 1) as f64);
        let fields = couplings.fields_of(&expected);
        let mut exponent = -couplings.energy_of(&expected);
        let mut pairs = Vec::with_capacity(groups.len());
        for group in &mut groups {
            group.couplings.bias_by(group.units.iter().map(|&unit| fields[unit as usize]));
            let moments = enumerate::moments(&group.couplings);
            exponent += moments.log_partition;
            group.units.iter().zip(&moments.single).for_each(|(&unit, &single)| expected[unit as usize] = single);
            pairs.push(moments.pair);
        }
        if most < exponent {
            // All sums are shares of the largest one so far.
            let shrink = (most - exponent).exp();
            sums.iter_mut().for_each(|sum| *sum *= shrink);
            (total, most) = (total * shrink, exponent);
        }
        let share = (exponent - most).exp();
        total += share;
        let together = |&[i, j]: &[u32; 2]| {
            let [(one, at), (other, behind)] = [place[i as usize], place[j as usize]];
            match one == other && one < groups.len() {
                true => pairs[one][behind * groups[one].units.len() + at],
                false => expected[i as usize] * expected[j as usize],
            }
        };
        let all = graph.pairs.iter().map(together).chain(expected.iter().copied());
        sums.iter_mut().zip(all).for_each(|(sum, number)| *sum += share * number);
    }
    sums.iter_mut().for_each(|sum| *sum /= total);
    Summed { log_partition: most + total.ln(), statistics: sums }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nn_core::testing::numbers;

    #[test]
    fn group_by_group_it_comes_to_what_all_states_come_to() {
        let given = [0, 5, 1, 5, 2, 6, 3, 4, 0, 1, 5, 6];
        for graph in
            [Graph::full(&[2, 3], 3), Graph::full(&[4], 0), Graph::bipartite(5, 2), Graph::given(5, 2, &given).unwrap()]
        {
            let theta: Vec<f64> = numbers(graph.theta_len(), "theta").iter().map(|number| 3.0 * number).collect();
            let couplings = Couplings::of_theta(&theta, &graph.pairs, 1.0);
            let summed = summed(&couplings, &graph);
            let moments = couplings.moments().unwrap();
            assert!((summed.log_partition - moments.log_partition).abs() < 1e-12);
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
    }
}
